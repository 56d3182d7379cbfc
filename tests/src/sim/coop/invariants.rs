//! The invariants of the law, checked at the end of a month from operations and issues alone.

mod ballots;
mod recount;
mod verdicts;

use super::{Coop, CoopReport, history::History, reasons};
use folkmoot_protocol::{id::*, law::State};
use std::collections::BTreeSet;

impl Coop {
    /// Checks everything; answers what was looked at.
    pub(super) fn end(mut self) -> CoopReport {
        self.look();
        let (node, honest) = (self.honest(), self.sim.honest());
        let history = History::of(&self.sim, node);
        let mut report = CoopReport::of(&self, &history);
        let some: Vec<usize> = honest.iter().copied().take(1).chain(honest.last().copied()).collect();
        self.watch.gazette.look_last(&self.sim, &some);
        report.recounted = self.invariant_1_one_law_however_it_comes(&history);
        report.slow = self.invariant_2_no_authors_time_counts(&history);
        report.seen_again = self.watch.seen_again;
        report.certified = self.invariant_4_one_certified_issue_of_each_number(&history);
        report.receipted = self.invariant_5_no_receipted_ballot_is_passed_over(&history);
        report.law.insert("ballots with receipts of q tellers on one of two branches", self.invariant_5_of_two_branches(&history));
        report.verdicts = self.invariant_6_what_was_frozen_decides(&history);
        for node in &some {
            report.why += reasons::invariant_7_everything_has_its_reasons(&self.sim, *node, history.last());
        }
        honest.iter().for_each(|node| self.nothing_idle_has_effect(*node));
        report.law.insert("ballots of closed devices that stand", self.what_was_printed_before_a_closing_stands(node));
        report.idle = self.idle.len() as u64;
        report.grown = self.the_roll_grew_no_faster_than_it_may(&history);
        report.late = self.who_has_not_heard_of_the_seal(&history);
        self.sim.count_harm();
        report.fired = std::mem::take(&mut self.sim.fired);
        report.trace = self.sim.trace.finalize().to_hex().to_string();
        report
    }

    /// Of all that anybody precommitted over any line, no two issues of one number could be certified; and what is printed is
    /// what could.
    fn invariant_4_one_certified_issue_of_each_number(&self, history: &History) -> u64 {
        let heard = self.sim.heard.as_ref().expect("it is listened to");
        for (printed, before) in history.issues.iter().zip(&history.slow) {
            let (height, prev) = (printed.issue.height, printed.issue.prev);
            // What the members chose stands above whatever the tellers before certified.
            let tellers = printed.issue.recovery.as_ref().map_or(&before.tellers, |chosen| &chosen.0);
            let mut certified = heard.certified(self.coop(), (height, prev), tellers);
            certified.insert(printed.id);
            assert_eq!(certified.len(), 1, "seed {}: two issues {height} could be certified", self.sim.seed);
        }
        for (height, id) in &self.watch.forged {
            assert!(history.issues.iter().all(|printed| printed.id != *id), "seed {}: yesterday's issue {height} is printed", self.sim.seed);
        }
        heard.len() as u64
    }

    /// What must come to nothing was not printed, or has no effect; of two operations with one number one is printed at most.
    fn nothing_idle_has_effect(&self, node: usize) {
        let view = self.sim.service(node).store().as_reader();
        let printing = |op: OpId| view.printing_of(op).expect("a store");
        for (op, what) in &self.idle {
            let effect = printing(*op).filter(|printing| printing.reason.is_none());
            assert!(effect.is_none(), "seed {}: machine {node}: {what}, and it has an effect", self.sim.seed);
        }
        for [one, other] in &self.rivals {
            assert!(printing(*one).is_none() || printing(*other).is_none(), "seed {}: machine {node}: both branches are printed", self.sim.seed);
        }
        for op in &self.foreign {
            let id = folkmoot_protocol::op::Header::id_of(&op.header);
            assert!(view.operation(id).expect("a store").is_none(), "seed {}: machine {node} holds what is of another co-op", self.sim.seed);
        }
    }

    /// In no time of the growth period more came in than the charter lets in.
    fn the_roll_grew_no_faster_than_it_may(&self, history: &History) -> u64 {
        let mut most = 0;
        for printed in &history.issues {
            let (state, time) = (&printed.state, printed.issue.time);
            let (grown, may) = growth(state, time);
            assert!(grown <= may, "seed {}: issue {}: {grown} came in, and {may} may", self.sim.seed, printed.issue.height);
            most = most.max(grown);
        }
        most
    }

    fn devices(&self) -> BTreeSet<DeviceId> {
        self.people.iter().filter(|person| person.forked).map(|person| person.device).collect()
    }
}

/// How many came in within a growth period that ends then, and how many may.
fn growth(state: &State, time: u64) -> (u64, u64) {
    let charter = state.charter();
    let consumers = || state.members.iter().filter_map(|(_, member)| member.consumer);
    let recent = consumers().filter(|consumer| consumer.since + charter.growth_period_ms > time).count() as u64;
    let settled =
        consumers().filter(|consumer| consumer.since + charter.growth_period_ms <= time && consumer.paid_to + charter.grace_period_ms >= time).count() as u64;
    (recent, charter.growth_least.max(settled * charter.growth_percent / 100))
}
