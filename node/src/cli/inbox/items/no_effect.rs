//! What a person signed, and was printed with no effect.

use super::{Of, SHOWN, item};
use crate::{
    api::Failure,
    cli::{format, gazette::Words},
    store::printed_op,
};
use folkmoot_protocol::{
    act::{Act, LawAct},
    id::*,
    op::Content,
    view::InboxItem,
};
use std::collections::BTreeSet;

/// How many of the last operations of each device are looked at.
const LOOKED_AT: u64 = 500;

impl Of<'_> {
    /// Acts of this person's devices that were printed with no effect. Ballots are no acts; what a device shows of itself against
    /// others, and what a ban or an expulsion takes the effect from, is told elsewhere.
    pub(super) fn no_effect(&self) -> Result<Vec<InboxItem>, Failure> {
        let (words, mut items) = (Words { view: self.view, book: self.book, viewer: self.me }, Vec::new());
        let silenced = self.silenced()?;
        for device in self.own_devices() {
            for (op, printing) in self.view.acts_without_effect(device, LOOKED_AT)? {
                let Some(held) = self.view.operation(op)?.filter(|held| !silenced.contains(&held.op.id)) else { continue };
                let printed = printed_op(&held);
                if matches!(&printed.content, Ok(Content::Act(Act::Law(LawAct::Evidence(_)))) | Err(_)) {
                    continue;
                }
                let reason = printing.reason.unwrap_or_default();
                let what = format!("what you signed had no effect ({}): {reason}", words.what(&printed)?);
                items.push(item("no-effect", op, self.time_of(printing.height)?, what, false));
            }
        }
        Ok(items)
    }

    /// Ballots of this person's on bills of which nothing was printed with effect.
    pub(super) fn lost_ballots(&self) -> Result<Vec<InboxItem>, Failure> {
        let mut items = Vec::new();
        for (op, bill) in self.book.printed.bills.iter() {
            let Some(number) = self.view.document_number(DocumentId::ballot_of(*op, self.me), SpaceId::HALL)? else { continue };
            let mut printings = Vec::new();
            for held in self.view.document_operations(number)? {
                printings.extend(self.view.printing_of(held.op.id)?);
            }
            let Some(first) = printings.iter().map(|printing| printing.height).min() else { continue };
            let ended = |height: u64| bill.result.is_some_and(|(_, ended)| height > ended);
            if printings.iter().any(|printing| printing.reason.is_none() && !ended(printing.height)) {
                continue;
            }
            let late = ended(first);
            let reason = printings.into_iter().rev().find_map(|printing| printing.reason).filter(|_| !late);
            let (title, open) = (format::opening(&bill.proposal.title, SHOWN), bill.is_open());
            let why = reason.unwrap_or_else(|| "it came after the vote ended".into());
            let again = if open { "; vote once more" } else { "" };
            let what = format!("your ballot on \"{title}\" does not count: {why}{again}");
            items.push(item("no-effect", bill.proposal.document, self.time_of(first)?, what, open));
        }
        Ok(items)
    }

    /// The devices that are or were this person's.
    fn own_devices(&self) -> BTreeSet<DeviceId> {
        let credentials = self.book.printed.register.credentials.values();
        credentials.filter(|credential| credential.person == self.me).map(|credential| credential.device).collect()
    }

    /// What a ban or an expulsion of this person takes the effect from.
    fn silenced(&self) -> Result<BTreeSet<OpId>, Failure> {
        let (silences, mut silenced) = (self.view.silences()?, BTreeSet::new());
        for silence in silences.iter().filter(|(person, _)| *person == self.me).flat_map(|(_, own)| own) {
            let own = self.view.silenced_by(silence, |credential, device| self.book.author(credential, device) == Some(self.me))?;
            silenced.extend(own.into_iter().map(|own| own.op));
        }
        Ok(silenced)
    }
}
