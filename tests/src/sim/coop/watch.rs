//! What is looked at from outside the nodes while a month goes on: one issue of each number, one law after each, and
//! nothing of what is printed that changes.

use crate::sim::{GazetteChecks, Sim};
use folkmoot_protocol::{
    id::*,
    law::{Bill, State, Status, Tally},
};
use std::collections::{BTreeMap, BTreeSet};

/// What is fixed of a bill once it is open: charter, electorate, its numbers, who is excluded, when.
type Fixed = (u64, [u8; 32], u64, u64, Vec<PersonId>, u64, u64);

/// The checkers' memory.
#[derive(Default)]
pub(super) struct Watch {
    pub(super) gazette: GazetteChecks,
    /// What was fixed of each bill, where it was seen first.
    fixed: BTreeMap<OpId, Fixed>,
    /// How each vote ended, where that was seen first.
    results: BTreeMap<OpId, (Tally, u64)>,
    /// Values of the law by key and version, offices' holders and receipts of dues do not change under the same number.
    values: BTreeMap<(String, u64), Vec<u8>>,
    dues: BTreeMap<u64, OpId>,
    /// Issues that yesterday's tellers certified.
    pub(super) forged: BTreeSet<(u64, IssueId)>,
    /// How often something that was seen before was seen again.
    pub(super) seen_again: u64,
}

impl Watch {
    /// Looks at machines that are up.
    pub(super) fn look(&mut self, sim: &Sim, up: &[usize]) {
        self.gazette.look(sim, up);
        for node in up {
            if let Some(law) = &sim.service(*node).world().law {
                self.invariant_3_nothing_printed_changes(sim.seed, law);
            }
        }
    }

    /// What an issue has fixed, opened, closed, set or recorded is the same at each later sight.
    fn invariant_3_nothing_printed_changes(&mut self, seed: u64, law: &State) {
        for (op, bill) in law.bills.iter() {
            self.seen_again += again(&mut self.fixed, *op, fixed(bill), |op| format!("seed {seed}: what was fixed of bill {op} changed"));
            if let Some(result) = bill.result {
                assert!(!matches!(bill.status, Status::Open), "seed {seed}: bill {op} is open again");
                self.seen_again += again(&mut self.results, *op, result, |op| format!("seed {seed}: the vote on {op} ended otherwise"));
            }
        }
        for (key, value) in law.values.iter() {
            for (number, version) in value.versions.iter().enumerate() {
                let place = (key.clone(), number as u64);
                self.seen_again += again(&mut self.values, place, folkmoot_protocol::cbor::encode(version), |key| format!("seed {seed}: {key:?} changed"));
            }
        }
        for (number, row) in law.dues.iter() {
            self.seen_again += again(&mut self.dues, *number, row.op, |number| format!("seed {seed}: receipt {number} is another"));
        }
    }
}

fn fixed(bill: &Bill) -> Fixed {
    (bill.charter, bill.electorate, bill.consumers, bill.workers, bill.excluded.clone(), bill.opened_height, bill.opened_at)
}

/// Remembers what is seen first; later it has to be the same. Answers 1 where it was seen before.
fn again<K: Ord + Clone, V: PartialEq + std::fmt::Debug>(memory: &mut BTreeMap<K, V>, key: K, value: V, what: impl Fn(&K) -> String) -> u64 {
    match memory.get(&key) {
        None => drop(memory.insert(key, value)),
        Some(before) => {
            assert_eq!(*before, value, "{}", what(&key));
            return 1;
        }
    }
    0
}
