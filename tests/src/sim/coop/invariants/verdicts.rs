//! Invariant 6: a bill is judged by what was frozen when it opened.

use super::{Coop, History};
use folkmoot_protocol::{
    id::*,
    law::{Bill, Charter, Count, Route, State, Status, charter::Denominator},
};

impl Coop {
    /// Electorate and charter of each bill are those at its opening, and its verdict follows from its numbers by plain
    /// arithmetic. Answers how many votes were judged again.
    pub(super) fn invariant_6_what_was_frozen_decides(&self, history: &History) -> u64 {
        let seed = self.sim.seed;
        let mut judged = 0;
        for (op, bill) in history.last().bills.iter() {
            let opened = &history.issues[bill.opened_height as usize - 1];
            let first = opened.state.bills.get(op).expect("its opening opened it");
            let same = |bill: &Bill| (bill.proposal.clone(), bill.charter, bill.electorate, bill.consumers, bill.workers, bill.excluded.clone());
            assert_eq!(same(first), same(bill), "seed {seed}: what bill {op} is judged by changed");
            let slow = &history.slow[bill.opened_height as usize];
            let voters = opened.state.electorates.get(&bill.electorate).map(|electorate| (electorate.consumers.len() as u64, electorate.workers.len() as u64));
            assert!(voters.is_none_or(|voters| voters == (bill.consumers, bill.workers)), "seed {seed}: bill {op} has other voters");
            assert!(slow.bills.contains_key(op), "seed {seed}: bill {op} was not opened");
            judged += self.verdict_of(*op, bill, history.last());
        }
        judged
    }

    fn verdict_of(&self, op: OpId, bill: &Bill, law: &State) -> u64 {
        let Some((tally, _)) = bill.result else { return 0 };
        let charter = law.charter_number(bill.charter);
        let both = approves(&charter, bill.consumers, tally.consumers) && approves(&charter, bill.workers, tally.workers);
        let alone = !bill.entrenched && overrides(&charter, bill.consumers, tally.consumers);
        let route = match (both, bill.entrenched) {
            (true, true) => [tally.consumers, tally.workers].iter().all(|count| changes_rules(&charter, *count)).then_some(Route::Entrenched),
            (true, false) => Some(Route::Simple),
            (false, _) => alone.then_some(Route::Override),
        };
        let passed = !matches!(bill.status, Status::Failed);
        assert_eq!(passed, route.is_some(), "seed {}: bill {op}: {tally:?} of {} and {}", self.sim.seed, bill.consumers, bill.workers);
        if let Status::Passed { route: by, .. } = bill.status {
            assert_eq!(Some(by), route, "seed {}: bill {op} passed otherwise", self.sim.seed);
        }
        1
    }
}

/// More than the fraction of the ballots for and against (or of the body), and enough of them for.
fn approves(charter: &Charter, roll: u64, count: Count) -> bool {
    roll > 0 && more(charter.simple_fraction, charter.simple_of, roll, count) && enough(charter.simple_quorum, roll, count)
}

/// At least the fraction of the ballots for and against.
fn changes_rules(charter: &Charter, count: Count) -> bool {
    let (num, den) = charter.entrenched_fraction;
    u64::from(den) * count.in_favour >= u64::from(num) * (count.in_favour + count.against)
}

fn overrides(charter: &Charter, roll: u64, count: Count) -> bool {
    roll > 0 && more(charter.override_fraction, charter.override_of, roll, count) && enough(charter.override_quorum, roll, count)
}

fn more((num, den): (u32, u32), of: Denominator, roll: u64, count: Count) -> bool {
    let whole = if of == Denominator::Cast { count.in_favour + count.against } else { roll };
    u64::from(den) * count.in_favour > u64::from(num) * whole
}

/// At least num/den times the square root of the roll, or just over half of it.
fn enough((num, den): (u32, u32), roll: u64, count: Count) -> bool {
    let (num, den, yes) = (u64::from(num), u64::from(den), count.in_favour);
    den * den * yes * yes >= num * num * roll || yes > roll / 2
}
