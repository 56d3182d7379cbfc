//! What a teller does of a chain that forks, where it gave receipts for one of the branches: it stands by them
//! for as long as it takes to hear of the others' receipts, and for good where a quorum gave them for one ballot. It takes
//! that back in if it let go of it before it heard. So a ballot that has its receipts is printed, though its voter's device
//! signs something else with its number.

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

/// For so many times `inclusion.delay` after a fork a teller listens whether a quorum gave receipts for a ballot.
const LISTENS: u64 = 10;

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
        let view = self.store.as_reader();
        let given = match view.stand_of(device)? {
            Some(stand) => stand.branch,
            None => {
                let given = self.printing.receipted.as_ref().and_then(|receipted| receipted.get(&device)).copied();
                let forked_at = self.forked_at(device)?;
                given.filter(|given| forked_at.is_none_or(|at| at > given.seq))
            }
        };
        Ok(match given {
            Some(given) if self.store.as_reader().holds_to(&given)? => Some(given),
            _ => None,
        })
    }

    fn forked_at(&self, device: DeviceId) -> Result<Option<u64>, StoreError> {
        Ok(self.store.as_reader().fork_proof(SpaceId::HALL, device)?.as_ref().and_then(forked_at))
    }

    /// A chain is about to be closed where it forks: this teller stands by what it gave receipts for from there on, and hears
    /// what the others gave receipts for.
    pub(super) fn take_stand(&mut self, device: DeviceId, forked_at: u64) -> Result<(), StoreError> {
        if !self.is_teller() || self.store.as_reader().stand_of(device)?.is_some() {
            return Ok(());
        }
        let branch = self.receipted(device)?.filter(|given| given.seq >= forked_at);
        let mut stands = self.store.as_reader().stands()?;
        stands.push(Stand { device, branch, awaits: None, since: None });
        self.store.set_stands(&stands)
    }

    /// A certified issue prints another branch of a chain than the one that is held here, or that this teller stands by: it is
    /// let go of.
    pub(super) fn yield_to(&mut self, issue: &Issue) -> Result<(), StoreError> {
        let mut stands = self.store.as_reader().stands()?;
        let (before, mut parts) = (stands.len(), false);
        for range in &issue.includes {
            if !self.store.as_reader().holds_end(range)? {
                stands.retain(|stand| stand.device != range.device);
                parts |= self.world.tip(SpaceId::HALL, range.device).is_some_and(|tip| tip.closed.is_some() && tip.seq >= range.to);
            }
        }
        if stands.len() != before {
            self.store.begin()?;
            self.store.set_stands(&stands)?;
            parts = true;
        }
        if parts { self.close_again() } else { Ok(()) }
    }

    /// Whether this teller waits for a ballot that has to be printed.
    pub(super) fn awaits_a_ballot(&self) -> Result<bool, StoreError> {
        Ok(self.store.as_reader().stands()?.iter().any(|stand| stand.awaits.is_some()))
    }

    /// Looks again, about twice a second, how far this teller stands by what.
    pub(super) fn look_to_stands(&mut self, now: u64) -> Result<(), StoreError> {
        let before = self.store.as_reader().stands()?;
        if before.is_empty() {
            return Ok(());
        }
        self.hear_receipts(before.iter().map(|stand| stand.device).collect())?;
        let mut stands = Vec::new();
        for stand in &before {
            if stand.since.is_none() {
                self.repeat_receipts(&self.contested_ballots(stand)?, now)?;
            }
            stands.extend(self.stand_from_now_on(stand, now)?);
        }
        if stands != before {
            self.store.begin()?;
            self.store.set_stands(&stands)?;
            self.close_again()?;
        }
        for ballot in stands.iter().filter_map(|stand| stand.awaits) {
            self.reopen(ballot.device, ballot.seq + 1)?;
            self.printing.branches.insert((ballot.device, ballot.seq), ballot.id);
        }
        Ok(())
    }

    /// How this teller goes on about a chain that forks; none: that has come to an end.
    fn stand_from_now_on(&self, stand: &Stand, now: u64) -> Result<Option<Stand>, StoreError> {
        let (Some(law), Some(_)) = (&self.world.law, self.forked_at(stand.device)?) else { return Ok(None) };
        let (delay, printed) = (law.charter().inclusion_delay_ms, law.printed_to(stand.device));
        // Where the clock was set back, it takes as long again.
        let since = stand.since.filter(|since| *since <= now).unwrap_or(now);
        let is_within = |delay: u64| now < since.saturating_add(delay);
        let own = stand.branch.filter(|branch| branch.seq > printed);
        let stand = Stand { since: Some(since), ..*stand };
        Ok(match self.last_sure(stand.device, printed) {
            Some(sure) if self.store.as_reader().holds_to(&sure)? => {
                let branch = own.filter(|own| own.seq > sure.seq && is_within(delay)).unwrap_or(sure);
                Some(Stand { branch: Some(branch), awaits: None, ..stand })
            }
            Some(sure) if stand.awaits != Some(sure) => {
                Some(Stand { branch: own.filter(|own| self.has_quorum(own)), awaits: Some(sure), since: Some(now), ..stand })
            }
            // Nobody has it who could be asked.
            Some(_) => Some(stand).filter(|_| is_within(delay)),
            None if own.is_some() && is_within(delay) => Some(stand),
            None => Some(Stand { branch: None, awaits: None, ..stand }).filter(|_| is_within(delay.saturating_mul(LISTENS))),
        })
    }

    /// The last ballot of a chain that has the receipts of a quorum and is not printed.
    fn last_sure(&self, device: DeviceId, printed: u64) -> Option<ChainTo> {
        let given = self.printing.receipts.given.keys().filter(|ballot| ballot.device == device && ballot.seq > printed);
        given.rev().find(|ballot| self.has_quorum(ballot)).copied()
    }

    /// The ballots that are held of a branch from the fork on and not printed, ascending: the last is the one up to which this
    /// teller stands by it.
    fn contested_ballots(&self, stand: &Stand) -> Result<Vec<ChainTo>, StoreError> {
        let (Some(branch), Some(forked_at)) = (stand.branch, self.forked_at(stand.device)?) else { return Ok(vec![]) };
        let printed = self.world.law.as_ref().map_or(0, |law| law.printed_to(branch.device));
        let range = ChainRange { space: SpaceId::HALL, device: branch.device, from: forked_at.max(printed + 1), to: branch.seq };
        if range.from > range.to || !self.store.as_reader().holds_to(&branch)? {
            return Ok(vec![]);
        }
        let operations = self.store.as_reader().chain_operations(range, usize::MAX)?;
        let ballots = operations.iter().filter(|held| is_ballot(held));
        Ok(ballots.map(|held| ChainTo { device: branch.device, seq: held.op.header.seq, id: held.op.id }).collect())
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
