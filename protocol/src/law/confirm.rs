//! Confirming votes: a bill that passed and is stale is put on the versions in force now, and to a short vote.

use super::{Charter, Effect, Proposal, Status, state::State};
use crate::id::*;
use std::collections::BTreeMap;

impl Proposal {
    /// The same bill whatever versions it is on: what a confirming vote cannot change.
    fn but_for_versions(&self) -> Self {
        let mut same = Self { confirms: None, ..self.clone() };
        for effect in &mut same.effects {
            if let Effect::SetLaw { expected_version, .. } = effect {
                *expected_version = 0;
            }
        }
        same
    }

    /// How long the vote on it is open by a charter.
    pub fn period_ms(&self, charter: &Charter) -> u64 {
        match self.confirms {
            Some(_) => charter.confirming_period_ms.min(charter.voting_period_ms),
            None => charter.deliberation_period_ms.saturating_add(charter.voting_period_ms),
        }
    }
}

impl State {
    /// A stale bill on the versions in force now, as its sponsor may put it to a confirming vote; none where it is not
    /// stale.
    pub fn rebased(&self, stale: OpId) -> Option<Proposal> {
        let bill = self.bills.get(&stale).filter(|bill| matches!(bill.status, Status::Stale { .. }))?;
        let mut rebased = Proposal { confirms: Some(stale), ..bill.proposal.clone() };
        // What the bill itself sets before counts as a version too.
        let mut own: BTreeMap<String, u64> = BTreeMap::new();
        for effect in &mut rebased.effects {
            let keys = self.keys_set_by(effect);
            if let Effect::SetLaw { key, expected_version, .. } = effect {
                *expected_version = self.values.get(key).map_or(0, |value| value.version()) + own.get(key).copied().unwrap_or(0);
            }
            keys.into_iter().for_each(|key| *own.entry(key).or_default() += 1);
        }
        Some(rebased)
    }

    /// The bill that stands for another: the one that confirms it, and so on; where none does, itself.
    pub(super) fn confirmed(&self, mut bill: OpId) -> OpId {
        while let Some((id, _)) = self.bills.iter().find(|(_, row)| row.proposal.confirms == Some(bill)) {
            bill = *id;
        }
        bill
    }

    /// Why a proposal does not confirm a stale bill; none where it does.
    pub(super) fn why_not_confirm(&self, signer: PersonId, proposal: &Proposal, stale: OpId) -> Option<String> {
        let Some(bill) = self.bills.get(&stale) else { return Some("the bill that it confirms was never opened".into()) };
        if !matches!(bill.status, Status::Stale { .. }) {
            return Some(format!("the bill that it confirms is {}: only what passed and is stale is confirmed", bill.status.name()));
        }
        if bill.sponsor != signer {
            return Some("only who opened a bill puts it to a confirming vote".into());
        }
        let later = |other: &super::Bill| other.proposal.document == bill.proposal.document && other.opened_height > bill.opened_height;
        if self.bills.iter().any(|(_, other)| later(other)) {
            return Some("that bill was put to the vote once more since it was stale: a confirming vote is held once".into());
        }
        if proposal.but_for_versions() != bill.proposal.but_for_versions() {
            return Some("a confirming vote is on the same text and the same effects: whoever wants others opens a new bill".into());
        }
        None
    }
}
