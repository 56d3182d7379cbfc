//! Sunsets: a bill may say when what it sets in the law ends. Then it is undone as by a repeal, without a vote.

use super::{Effect, Hindrance, Proposal, Status, Version, rows::Cause, state::State, value::duration_in_words};
use crate::{id::*, limits};

impl State {
    /// Why a proposal cannot have the sunset that it has; none where it can.
    pub(super) fn why_no_sunset(&self, proposal: &Proposal) -> Option<String> {
        let (sunset, charter, time) = (proposal.sunset?, self.charter(), self.time());
        let takes = proposal.period_ms(&charter).saturating_add(charter.cooling_override_ms);
        if sunset <= time.saturating_add(takes) {
            let takes = duration_in_words(takes);
            return Some(format!("the sunset is too early: from its opening on it may take a bill {takes} to come into force"));
        }
        if sunset > time.saturating_add(limits::SUNSET_MS) {
            return Some("the sunset is more than a hundred years away: without one the bill stands until another changes it".into());
        }
        None
    }

    /// When the next sunset is that no issue has come to yet.
    pub fn next_sunset(&self) -> Option<u64> {
        let after = (self.time().saturating_add(1), OpId::ZERO);
        self.index.sunsets.range(after..).next().map(|(at, _)| *at)
    }

    /// Undoes what bills set whose sunset has come. Where the law would contradict itself then, that waits until it
    /// does not.
    pub(super) fn end_sunsets(&mut self) {
        let (time, height) = (self.time(), self.height() + 1);
        let due: Vec<OpId> = self.index.sunsets.iter().take_while(|(at, _)| *at <= time).map(|(_, id)| *id).collect();
        for id in due {
            let Some(Status::Enacted { height: since }) = self.bills.get(&id).map(|bill| bill.status.clone()) else { continue };
            if self.attempt(false, |state| state.undo_what_stands(id)).is_ok() {
                self.set_status(id, Status::Expired { since, height });
            }
        }
    }

    /// Undoes what a bill set where it still stands.
    fn undo_what_stands(&mut self, bill: OpId) -> Result<(), Hindrance> {
        let mut keys = self.keys_set_by(&Effect::Repeal { bill });
        keys.retain(|key| self.stands(key, bill));
        keys.iter().try_for_each(|key| self.undo_key(key, bill, bill))?;
        self.settle_values(&keys)
    }

    /// Whether what a bill set a key to stands.
    pub(super) fn stands(&self, key: &str, bill: OpId) -> bool {
        let versions = self.values.get(&key.to_owned()).map(|row| row.versions.as_slice()).unwrap_or_default();
        self.standing_version(versions, None).is_some_and(|version| version.by == Cause::Bill(bill))
    }

    /// Puts a key back to what stands without a bill.
    pub(super) fn undo_key(&mut self, key: &str, undone: OpId, by: OpId) -> Result<(), Hindrance> {
        let versions = self.values.get(&key.to_owned()).map(|row| row.versions.as_slice()).unwrap_or_default();
        let (value, version) = (self.standing_version(versions, Some(undone)).and_then(|version| version.value.clone()), versions.len() as u64);
        self.add_version(key, version, Version { value, by: Cause::Bill(by), height: self.height() + 1, undoes: Some(undone) })
    }

    /// The newest version of a key that was set, and not put back, by what was neither undone nor is past its sunset;
    /// `without`: as if that bill were.
    fn standing_version<'a>(&self, versions: &'a [Version], without: Option<OpId>) -> Option<&'a Version> {
        let undone = |bill: &OpId| without == Some(*bill) || versions.iter().any(|version| version.undoes == Some(*bill));
        let past = |bill: &OpId| self.bills.get(bill).is_some_and(|bill| matches!(bill.status, Status::Expired { .. }));
        let is_over = |cause: &Cause| if let Cause::Bill(bill) = cause { undone(bill) || past(bill) } else { false };
        versions.iter().rev().find(|version| version.undoes.is_none() && !is_over(&version.by))
    }
}
