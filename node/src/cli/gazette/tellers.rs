//! Who certified an issue, and whether it seals those before it.

use super::words::Words;
use crate::store::{KeptIssue, StoreError, View};
use folkmoot_protocol::{
    act::{Act, LawAct},
    id::*,
    law::{Effect, Happened, Issue, Office, PrintedOp, State},
    op::Content,
    view::PersonView,
};
use std::{collections::BTreeSet, ops::ControlFlow};

/// Tellers of whom none has signed any of so many issues before may be new.
const LOOKED_AT: usize = 20;

/// Who signed an issue, by name; a device that is nobody's here by its id.
pub(in crate::cli) fn signers(words: &Words<'_>, devices: &[DeviceId]) -> Result<Vec<PersonView>, StoreError> {
    let owner = |device: &DeviceId| words.book.owner(*device).map(|person| words.view.person_or_id(person));
    devices.iter().filter_map(owner).collect()
}

/// Whether an issue is the first by other tellers than the one before it: it seals all issues before it. Who the tellers were
/// only a recount from the founding on tells: it is done where something says that they may be others.
pub(super) fn seals(words: &Words<'_>, kept: &KeptIssue, issue: &Issue) -> Result<bool, StoreError> {
    let Some(before) = issue.height.checked_sub(1).filter(|before| *before > 0) else { return Ok(false) };
    if issue.recovery.is_none() && !may_be_new(words.view, kept, issue)? && !may_change(words, before)? {
        return Ok(false);
    }
    let mut tellers: Vec<Vec<DeviceId>> = Vec::new();
    words.view.refold_law(|certifiers, read, _| {
        if read.height >= before {
            tellers.push(certifiers.to_vec());
        }
        if read.height >= issue.height { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok(matches!(tellers.as_slice(), [before, now] if before != now))
}

/// Whether somebody signed it who signed none of the last issues before.
fn may_be_new(view: View<'_>, kept: &KeptIssue, issue: &Issue) -> Result<bool, StoreError> {
    let from = issue.height.saturating_sub(LOOKED_AT as u64).max(1);
    let before = view.issues_from(from, (issue.height - from) as usize)?;
    let known: BTreeSet<DeviceId> = before.iter().flat_map(|kept| &kept.signed.certificate.signatures).map(|(device, _)| *device).collect();
    Ok(kept.signed.certificate.signatures.iter().any(|(device, _)| !known.contains(device)))
}

/// Whether an issue did something after which others may be tellers.
fn may_change(words: &Words<'_>, height: u64) -> Result<bool, StoreError> {
    let (law, view) = (&words.book.printed, words.view);
    let Some(kept) = view.issues_from(height, 1)?.pop() else { return Ok(false) };
    let Ok((_, issue)) = kept.signed.read() else { return Ok(false) };
    let changes = |what: &Happened| match what {
        Happened::InForce(bill) => law.bills.get(bill).is_some_and(|bill| bill.proposal.effects.iter().any(ends_teller)),
        Happened::ElectionClosed(id) => law.elections.get(id).is_some_and(|election| election.office == Office::Teller),
        Happened::Proven(_) => true,
        _ => false,
    };
    Ok(law.happened_in(&issue, &[]).iter().any(changes) || view.printed_operations(&issue.includes)?.iter().any(|printed| may_seat(law, printed)))
}

fn ends_teller(effect: &Effect) -> bool {
    matches!(effect, Effect::Dismiss { office: Office::Teller, .. } | Effect::Expel { .. })
}

/// Whether an operation makes somebody teller, or has a teller print with another device.
fn may_seat(law: &State, printed: &PrintedOp) -> bool {
    let seats = |effect: &Effect| matches!(effect, Effect::Appoint { office: Office::Teller, .. });
    match &printed.content {
        Ok(Content::Act(Act::RevokeDevice(_))) => true,
        Ok(Content::Act(Act::Law(LawAct::Accept { offer }))) => {
            law.bills.iter().any(|(id, bill)| bill.proposal.effects.iter().zip(0..).any(|(effect, number)| seats(effect) && id.made_by(number) == *offer))
        }
        _ => false,
    }
}
