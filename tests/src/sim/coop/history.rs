//! What was printed, as it is read from one machine's operations and issues, and folded outside of it.

use crate::{
    sim::Sim,
    slow_law::{self, After, SlowIssue},
};
use folkmoot_protocol::{
    id::*,
    law::{Issue, Judged, PrintedOp, State},
};

/// One issue, with what it prints and how the law stands after it.
pub(super) struct Printed {
    pub(super) id: IssueId,
    pub(super) issue: Issue,
    pub(super) operations: Vec<PrintedOp>,
    pub(super) judged: Vec<Judged>,
    pub(super) state: State,
}

/// The Gazette of a co-op.
pub(super) struct History {
    pub(super) founding: PrintedOp,
    pub(super) issues: Vec<Printed>,
    /// How the law stands before any issue and after each, by the slow recount.
    pub(super) slow: Vec<After>,
}

impl History {
    /// Reads and recounts it.
    pub(super) fn of(sim: &Sim, node: usize) -> Self {
        let founding = founding(sim, node);
        let mut state = State::founded(&founding);
        let mut issues = vec![];
        for (id, issue, operations) in printed(sim, node) {
            let step = state.apply(id, &issue, &operations).unwrap_or_else(|error| panic!("seed {}: issue {}: {error}", sim.seed, issue.height));
            issues.push(Printed { id, issue, operations, judged: step.judged, state: state.clone() });
        }
        let slow = issues.iter().map(|printed| SlowIssue::of(printed.id, &printed.issue, printed.operations.clone())).collect();
        let slow = slow_law::after_each(&founding, slow);
        Self { founding, issues, slow }
    }

    /// The law at the end.
    pub(super) fn last(&self) -> &State {
        &self.issues.last().expect("something was printed").state
    }
}

fn founding(sim: &Sim, node: usize) -> PrintedOp {
    let coop = sim.service(node).world().coop.expect("a co-op");
    let held = sim.service(node).store().as_reader().operation(OpId(coop.0)).expect("a store").expect("the founding is held");
    folkmoot_node::store::printed_op(&held)
}

fn printed(sim: &Sim, node: usize) -> Vec<(IssueId, Issue, Vec<PrintedOp>)> {
    let view = sim.service(node).store().as_reader();
    let read = |signed: folkmoot_protocol::law::SignedIssue| signed.read().expect("an issue");
    let issues = sim.issues(node).into_iter().map(read);
    issues.map(|(id, issue)| (id, issue.clone(), view.printed_operations(&issue.includes).expect("what is printed is held"))).collect()
}

/// Who was to certify each issue, by the slow recount.
pub(super) fn tellers_of_each(sim: &Sim, node: usize) -> Vec<Vec<DeviceId>> {
    let issues = printed(sim, node).into_iter().map(|(id, issue, operations)| SlowIssue::of(id, &issue, operations)).collect();
    slow_law::after_each(&founding(sim, node), issues).into_iter().map(|after| after.tellers).collect()
}

/// How many issues lie below the last change of tellers of which an issue is known; those who come are not counted.
pub(super) fn seal(tellers: &[Vec<DeviceId>]) -> usize {
    let certified = &tellers[..tellers.len() - 1];
    let last = certified.last().expect("something was printed");
    certified.iter().rposition(|before| before != last).map_or(0, |before| before + 1)
}
