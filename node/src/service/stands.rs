//! What a teller does of a chain that forks, where it gave receipts for one of the branches: it stands by them
//! for as long as it takes to hear of the others' receipts, and for good where a quorum gave them for one ballot. So a ballot
//! that has its receipts is printed, though its voter's device signs something else with its number.

use super::Service;
use crate::store::{Stand, StoreError, forked_at, is_ballot, receipt_of};
use folkmoot_protocol::{
    act::{
        Act, LawAct,
        law::{ChainTo, Receipt},
    },
    agreement,
    id::*,
    law::Issue,
    limits,
    sync::ChainRange,
};
use std::collections::{BTreeMap, BTreeSet};

/// Which tellers gave receipts for what, of the chains that this one stands by.
#[derive(Default)]
pub(super) struct Receipts {
    of: BTreeSet<DeviceId>,
    /// Up to where each teller's own chain was looked through.
    looked: BTreeMap<DeviceId, u64>,
    given: BTreeMap<ChainTo, BTreeSet<DeviceId>>,
}

impl Service {
    /// Up to where this teller gave receipts for what is held of a chain, and stands by them if it forks below.
    pub(super) fn receipted(&mut self, device: DeviceId) -> Result<Option<ChainTo>, StoreError> {
        if !self.is_teller() {
            return Ok(None);
        }
        self.recall_receipts()?;
        let given = self.printing.receipted.as_ref().and_then(|receipted| receipted.get(&device)).copied();
        let Some(given) = given else { return Ok(None) };
        let view = self.store.as_reader();
        let forked_at = view.fork_proof(SpaceId::HALL, device)?.as_ref().and_then(forked_at);
        let stands = forked_at.is_none_or(|at| at > given.seq) || view.stands()?.iter().any(|stand| stand.branch.device == device);
        let held = view.operation_at(SpaceId::HALL, device, given.seq)? == Some(given.id);
        Ok((stands && held).then_some(given))
    }

    /// A chain is about to be closed where it forks: this teller stands by what it gave receipts for from there on.
    pub(super) fn take_stand(&mut self, device: DeviceId, forked_at: u64) -> Result<(), StoreError> {
        let Some(branch) = self.receipted(device)?.filter(|given| given.seq >= forked_at) else { return Ok(()) };
        let mut stands = self.store.as_reader().stands()?;
        if stands.iter().any(|stand| stand.branch.device == device) {
            return Ok(());
        }
        stands.push(Stand { branch, since: None });
        self.store.set_stands(&stands)
    }

    /// A certified issue prints another branch of a chain than the one that this teller stands by: it is let go of.
    pub(super) fn yield_to(&mut self, issue: &Issue) -> Result<(), StoreError> {
        let mut stands = self.store.as_reader().stands()?;
        let before = stands.len();
        for range in &issue.includes {
            if stands.iter().any(|stand| stand.branch.device == range.device) && !self.store.as_reader().holds_end(range)? {
                stands.retain(|stand| stand.branch.device != range.device);
                self.give_up(range.device, None);
            }
        }
        if stands.len() == before {
            return Ok(());
        }
        self.store.begin()?;
        self.store.set_stands(&stands)?;
        self.close_again()
    }

    fn give_up(&mut self, device: DeviceId, keeps: Option<ChainTo>) {
        let Some(receipted) = &mut self.printing.receipted else { return };
        match keeps {
            Some(keeps) => drop(receipted.insert(device, keeps)),
            None => drop(receipted.remove(&device)),
        }
    }

    /// Looks again, about twice a second, how far this teller stands by what.
    pub(super) fn look_to_stands(&mut self, now: u64) -> Result<(), StoreError> {
        let before = self.store.as_reader().stands()?;
        if before.is_empty() {
            return Ok(());
        }
        let Some(delay) = self.world.law.as_ref().map(|law| law.charter().inclusion_delay_ms) else { return Ok(()) };
        self.hear_receipts(before.iter().map(|stand| stand.branch.device).collect())?;
        let mut stands = Vec::new();
        for stand in &before {
            let ballots = self.contested_ballots(stand)?;
            if ballots.is_empty() {
                continue;
            }
            // Where the clock was set back, it takes as long again.
            let since = stand.since.filter(|since| *since <= now);
            if since.is_none() {
                self.repeat_receipts(&ballots, now)?;
            }
            let sure = ballots.iter().rfind(|ballot| self.has_quorum(ballot)).copied();
            let waits = since.is_none_or(|since| now < since.saturating_add(delay));
            if waits || sure == Some(stand.branch) {
                stands.push(Stand { since: since.or(Some(now)), ..*stand });
            } else {
                self.give_up(stand.branch.device, sure);
                stands.extend(sure.map(|branch| Stand { branch, ..*stand }));
            }
        }
        if stands != before {
            self.store.begin()?;
            self.store.set_stands(&stands)?;
            self.close_again()?;
        }
        Ok(())
    }

    /// The ballots that are held of a branch from the fork on and not printed, ascending: the last is the one up to which this
    /// teller stands by it. None where that has come to an end.
    fn contested_ballots(&self, stand: &Stand) -> Result<Vec<ChainTo>, StoreError> {
        let (view, device) = (self.store.as_reader(), stand.branch.device);
        let forked_at = view.fork_proof(SpaceId::HALL, device)?.as_ref().and_then(forked_at);
        let printed = self.world.law.as_ref().map_or(0, |law| law.printed_to(device));
        let Some(forked_at) = forked_at.filter(|at| *at <= stand.branch.seq && printed < stand.branch.seq) else { return Ok(vec![]) };
        if view.operation_at(SpaceId::HALL, device, stand.branch.seq)? != Some(stand.branch.id) {
            return Ok(vec![]);
        }
        let range = ChainRange { space: SpaceId::HALL, device, from: forked_at.max(printed + 1), to: stand.branch.seq };
        let operations = view.chain_operations(range, usize::MAX)?;
        let ballots = operations.iter().filter(|held| is_ballot(held));
        Ok(ballots.map(|held| ChainTo { device, seq: held.op.header.seq, id: held.op.id }).collect())
    }

    /// Says of each of these ballots, by itself, that it is held: receipts for what follows a ballot do not show which branch
    /// they mean to who does not hold it.
    fn repeat_receipts(&mut self, ballots: &[ChainTo], now: u64) -> Result<(), StoreError> {
        if self.may_write().is_err() {
            return Ok(());
        }
        let me = self.device();
        for ballot in ballots.iter().rev().take(limits::RECEIPTS_REPEATED) {
            if !self.printing.receipts.given.get(ballot).is_some_and(|tellers| tellers.contains(&me)) {
                let salt = self.salt(&[b"receipt again", &ballot.id.0, &now.to_be_bytes()]);
                self.write_act(SpaceId::HALL, Act::Law(LawAct::Receipt(Receipt { at_ms: now, held: vec![*ballot] })), salt, now)?;
            }
        }
        Ok(())
    }

    fn has_quorum(&self, ballot: &ChainTo) -> bool {
        let (Some(law), Some(given)) = (&self.world.law, self.printing.receipts.given.get(ballot)) else { return false };
        let tellers = law.tellers();
        given.iter().filter(|teller| tellers.contains(teller)).count() >= agreement::quorum(tellers.len())
    }

    /// Takes in what tellers gave receipts for, of these chains.
    fn hear_receipts(&mut self, of: BTreeSet<DeviceId>) -> Result<(), StoreError> {
        let receipts = &mut self.printing.receipts;
        if receipts.of != of {
            *receipts = Receipts { of, ..Receipts::default() };
        }
        for teller in self.world.law.as_ref().map(|law| law.tellers()).unwrap_or_default() {
            let Some(tip) = self.world.tip(SpaceId::HALL, teller) else { continue };
            let looked = receipts.looked.get(&teller).copied().unwrap_or_else(|| tip.seq.saturating_sub(limits::RECEIPTS_LOOKED_THROUGH));
            let range = ChainRange { space: SpaceId::HALL, device: teller, from: looked + 1, to: tip.seq };
            let operations = self.store.as_reader().chain_operations(range, usize::MAX)?;
            for held in operations.iter().filter_map(receipt_of).flat_map(|receipt| receipt.held) {
                if receipts.of.contains(&held.device) {
                    receipts.given.entry(held).or_default().insert(teller);
                }
            }
            receipts.looked.insert(teller, tip.seq);
        }
        Ok(())
    }
}
