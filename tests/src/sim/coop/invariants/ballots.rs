//! Invariant 5: a ballot with receipts of q tellers in time is printed, by the issue that ends the vote at the latest.

use super::{Coop, History};
use crate::sim::{coop::OFF_MS, law::receipts};
use folkmoot_protocol::{
    act::law::ChainTo,
    agreement::quorum,
    document::{DocumentKind, Key, Value},
    id::*,
    law::PrintedOp,
    op::Content,
    sync::ChainRange,
};
use std::collections::{BTreeMap, BTreeSet};

/// Receipts of each teller: by its own clock, and of what.
type Receipts = BTreeMap<DeviceId, Vec<(u64, ChainTo)>>;

impl Coop {
    /// Answers how many ballots with such receipts there were.
    pub(super) fn invariant_5_no_receipted_ballot_is_passed_over(&self, history: &History) -> u64 {
        let (receipts, forked) = (self.receipts(history), self.devices());
        let mut safe = 0;
        for (op, bill) in history.last().bills.iter() {
            let Some((_, height)) = bill.result else { continue };
            let closing = &history.issues[height as usize - 1];
            let tellers = &history.slow[height as usize - 1].tellers;
            // Who were tellers all the time.
            let always = |teller: &&DeviceId| (bill.opened_height..height).all(|height| history.slow[height as usize].tellers.contains(teller));
            let tellers_always: Vec<DeviceId> = tellers.iter().filter(always).copied().collect();
            let charter = closing.state.charter_number(bill.charter);
            let by = bill.deadline.min(closing.issue.time).saturating_sub(charter.inclusion_delay_ms + charter.clock_tolerance_ms + 2 * OFF_MS);
            for ballot in self.ballots(*op).into_iter().filter(|ballot| !forked.contains(&ballot.device)) {
                let gave = tellers_always.iter().filter(|teller| has(&receipts, teller, &ballot, by)).count();
                if gave >= quorum(tellers.len()) {
                    safe += 1;
                    let printed = closing.state.printed.get(&ballot.device).is_some_and(|printed| printed.seq >= ballot.seq);
                    assert!(printed, "seed {}: {gave} tellers gave a receipt for {}, and issue {height} passed it over", self.sim.seed, ballot.op);
                }
            }
        }
        safe
    }

    /// Of a device that signed two operations with one number, the branch is printed on which a ballot is of which q tellers said
    /// by itself that they hold it. Answers how many such ballots there were.
    pub(super) fn invariant_5_of_two_branches(&self, history: &History) -> u64 {
        let (view, forked) = (self.sim.service(self.honest()).store().as_reader(), self.devices());
        let mut given: BTreeMap<ChainTo, BTreeMap<DeviceId, u64>> = BTreeMap::new();
        for (teller, receipts) in self.receipts(history) {
            for (at, ballot) in receipts.into_iter().filter(|(_, ballot)| forked.contains(&ballot.device)) {
                given.entry(ballot).or_default().entry(teller).or_insert(at);
            }
        }
        let mut safe = 0;
        for (ballot, by) in given {
            let first = by.values().min().copied().unwrap_or(0);
            let later = || history.issues.iter().zip(&history.slow).filter(|(printed, _)| printed.issue.time >= first);
            let always = by.keys().filter(|teller| later().all(|(_, slow)| slow.tellers.contains(teller))).count();
            if always >= quorum(history.slow.last().map_or(usize::MAX, |slow| slow.tellers.len())) {
                safe += 1;
                let held = view.operation_at(SpaceId::HALL, ballot.device, ballot.seq).expect("a store");
                let printed = history.last().printed_to(ballot.device) >= ballot.seq;
                assert!(
                    held == Some(ballot.id) && printed,
                    "seed {}: {always} tellers gave a receipt for {}, and another branch was printed, or none",
                    self.sim.seed,
                    ballot.id
                );
            }
        }
        safe
    }

    /// What every device that ever was a teller's said that it holds.
    fn receipts(&self, history: &History) -> Receipts {
        let tellers: BTreeSet<DeviceId> = history.slow.iter().flat_map(|after| after.tellers.clone()).collect();
        let node = self.honest();
        let dated = |teller: DeviceId| receipts(&self.sim, node, teller, 1).into_iter().map(|(seq, to)| (self.receipt_time(node, teller, seq), to)).collect();
        tellers.into_iter().map(|teller| (teller, dated(teller))).collect()
    }

    fn receipt_time(&self, node: usize, teller: DeviceId, seq: u64) -> u64 {
        let range = ChainRange { space: SpaceId::HALL, device: teller, from: seq, to: seq };
        let held = self.sim.service(node).store().as_reader().chain_operations(range, usize::MAX).expect("a store");
        held.first().and_then(folkmoot_node::store::receipt_of).map_or(u64::MAX, |receipt| receipt.at_ms)
    }

    /// Every ballot on a bill that is held, printed or not.
    fn ballots(&self, bill: OpId) -> Vec<PrintedOp> {
        let view = self.sim.service(self.honest()).store().as_reader();
        let people = self.sim.state(self.honest()).register.persons.keys();
        let documents = people.filter_map(|person| view.document_number(DocumentId::ballot_of(bill, *person), SpaceId::HALL).expect("a store"));
        let held = documents.flat_map(|n| view.document_operations(n).expect("a store"));
        held.map(|held| folkmoot_node::store::printed_op(&held)).filter(|printed| is_on(printed, bill)).collect()
    }
}

fn is_on(printed: &PrintedOp, bill: OpId) -> bool {
    matches!(&printed.content, Ok(Content::Edit(edit)) if edit.kind == DocumentKind::Ballot && edit.value(Key::Bill) == Some(&Value::Operation(bill)))
}

fn has(receipts: &Receipts, teller: &DeviceId, ballot: &PrintedOp, by: u64) -> bool {
    let covers = |to: &ChainTo| to.device == ballot.device && (to.seq > ballot.seq || to.seq == ballot.seq && to.id == ballot.op);
    receipts.get(teller).is_some_and(|given| given.iter().any(|(at, to)| *at <= by && covers(to)))
}
