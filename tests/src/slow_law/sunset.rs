//! What ends by itself, and what is put to the vote once more.

use super::{Slow, Was, bills::SlowBill, number, present};
use folkmoot_protocol::{
    id::*,
    law::{Effect, Proposal},
};
use std::collections::{BTreeMap, BTreeSet};

impl Slow {
    pub(super) fn takes(&self, proposal: &Proposal) -> u64 {
        let (voting, short) = (self.duration("voting.period"), self.duration("confirming.period"));
        if proposal.confirms.is_some() { short.min(voting) } else { self.duration("deliberation.period") + voting }
    }

    /// Whether a bill may have a sunset: it sets keys of the law and does nothing else, and is in force before, by whatever way
    /// it passes.
    pub(super) fn may_end(&self, time: u64, sunset: u64, proposal: &Proposal) -> bool {
        let laws = proposal.effects.iter().filter(|effect| matches!(effect, Effect::SetLaw { .. })).count();
        let hundred_years = 36_525 * 86_400_000;
        laws > 0 && laws == proposal.effects.len() && sunset > time + self.takes(proposal) + self.duration("cooling.override") && sunset <= time + hundred_years
    }

    /// Whether somebody may put a stale bill to a confirming vote in this form: it is theirs, the last one of its text, and
    /// differs in nothing but the versions.
    pub(super) fn confirms(&self, stale: OpId, sponsor: PersonId, proposal: &Proposal) -> bool {
        let Some(row) = self.bills.iter().find(|row| row.id == stale && row.sponsor == sponsor && row.word == "stale") else { return false };
        let (old, last) = (&row.proposal, self.bills.iter().rfind(|bill| bill.proposal.document == proposal.document));
        let same_effect = |pair: (&Effect, &Effect)| match pair {
            (Effect::SetLaw { key, value, .. }, Effect::SetLaw { key: other_key, value: other, .. }) => key == other_key && value == other,
            (one, other) => one == other,
        };
        let head = |of: &Proposal| (of.document, of.at.clone(), of.title.clone(), of.requires, of.sunset);
        let effects = old.effects.len() == proposal.effects.len() && old.effects.iter().zip(&proposal.effects).all(same_effect);
        effects && head(old) == head(proposal) && last.is_some_and(|last| last.id == stale)
    }

    /// Undoes the keys that a bill in force set, if what it set to each of them stands.
    pub(super) fn repeal(&self, values: &mut BTreeMap<String, Vec<Was>>, by: OpId, repealed: OpId) -> Option<()> {
        let bill = self.bills.iter().find(|row| row.id == repealed && row.word == "enacted")?;
        let keys: BTreeSet<&String> =
            bill.proposal.effects.iter().filter_map(|effect| if let Effect::SetLaw { key, .. } = effect { Some(key) } else { None }).collect();
        let over = self.expired();
        for key in &keys {
            let versions = values.get_mut(*key)?;
            if set(versions, &over, None).is_none_or(|was| was.by != Some(repealed)) {
                return None;
            }
            let value = set(versions, &over, Some(repealed)).and_then(|was| was.value);
            versions.push(Was { value, by: Some(by), undoes: Some(repealed) });
        }
        (!keys.is_empty()).then_some(())
    }

    fn expired(&self) -> BTreeSet<OpId> {
        self.bills.iter().filter(|bill| bill.word == "expired").map(|bill| bill.id).collect()
    }

    /// A bill, or whatever confirmed it last.
    pub(super) fn last_of(&self, id: OpId) -> Option<&SlowBill> {
        match self.bills.iter().find(|bill| bill.proposal.confirms == Some(id)) {
            Some(next) => self.last_of(next.id),
            None => self.bills.iter().find(|bill| bill.id == id),
        }
    }

    /// What is in force and past its sunset ends: where its value is the one in force, what would be without it comes back.
    pub(super) fn expire(&mut self, time: u64) {
        let past = |bill: &&SlowBill| bill.word == "enacted" && bill.proposal.sunset.is_some_and(|sunset| sunset <= time);
        let mut ended: Vec<(u64, OpId)> = self.bills.iter().filter(past).filter_map(|bill| Some((bill.proposal.sunset?, bill.id))).collect();
        ended.sort();
        for (_, id) in ended {
            let over = self.expired();
            let mut values = self.values.clone();
            for versions in values.values_mut().filter(|versions| set(versions, &over, None).is_some_and(|was| was.by == Some(id))) {
                let value = set(versions, &over, Some(id)).and_then(|was| was.value);
                versions.push(Was { value, by: Some(id), undoes: Some(id) });
            }
            let law = present(&values);
            if number(&law, "cooling.override") >= number(&law, "cooling.period") {
                self.values = values;
                self.bills.iter_mut().filter(|bill| bill.id == id).for_each(|bill| bill.word = "expired");
            }
        }
    }
}

/// Who set a key last, of what is neither over nor undone there; `without` a bill as if it had never been.
fn set(versions: &[Was], over: &BTreeSet<OpId>, without: Option<OpId>) -> Option<Was> {
    let is_over = |by: OpId| over.contains(&by) || Some(by) == without || versions.iter().any(|was| was.undoes == Some(by));
    versions.iter().rfind(|was| was.undoes.is_none() && was.by.is_none_or(|by| !is_over(by))).cloned()
}
