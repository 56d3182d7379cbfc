//! Invariants 1 and 2: the law follows from what was printed, whatever the order in which it came and whatever its authors
//! said of the time.

use super::{Coop, History};
use crate::slow_law::{self, After, Fate};
use folkmoot_node::{
    audit::audit,
    export::{Export, export},
    keystore::Keystore,
};
use folkmoot_protocol::{id::*, law::State};
use std::collections::{BTreeMap, BTreeSet};

/// So many times everything is handed to a node that begins with nothing: what it lets go of comes again.
const HANDED_IN: usize = 3;

impl Coop {
    /// A node that gets everything in any order, and who has a file alone, come to the law of all others.
    pub(super) fn invariant_1_one_law_however_it_comes(&mut self, history: &History) -> u64 {
        for (printed, before) in history.issues.iter().zip(&history.slow) {
            let seen = self.watch.gazette.law_after(printed.issue.height);
            assert!(seen.is_none_or(|law| law == printed.state.hash()), "seed {}: another law after issue {}", self.sim.seed, printed.issue.height);
            assert!(!before.tellers.is_empty(), "seed {}: nobody prints", self.sim.seed);
        }
        let law = history.last().hash();
        if self.sim.seed.is_multiple_of(4) {
            assert_eq!(self.shuffled(), law, "seed {}: in another order it is another law", self.sim.seed);
        }
        if self.sim.seed % 4 == 1 {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("coop");
            export(&self.sim.service(self.honest()).store().as_reader(), Export::Coop, &path, &|_, _| {}).expect("an export");
            let audit = audit(&path).unwrap_or_else(|failure| panic!("seed {}: {}", self.sim.seed, failure.error));
            assert_eq!(audit.law, self.sim.verify(self.honest()).law, "seed {}: the file says another law", self.sim.seed);
        }
        history.issues.len() as u64
    }

    fn shuffled(&mut self) -> [u8; 32] {
        let (node, coop) = (self.honest(), self.coop());
        let (mut operations, issues) = (self.sim.operations(node, SpaceId::HALL), self.sim.issues(node));
        for last in (1..operations.len()).rev() {
            operations.swap(last, self.sim.random.below(last as u64 + 1) as usize);
        }
        let keys = Keystore::in_memory("Observer", self.sim.random.bytes());
        let observer = self.sim.add_empty(coop, keys);
        for _ in 0..HANDED_IN {
            for (number, part) in operations.chunks(50).enumerate() {
                self.sim.import(observer, part.to_vec());
                let from = number * 20 % issues.len();
                self.sim.import_issues(observer, issues[from..issues.len().min(from + 20)].to_vec());
            }
            for part in issues.chunks(64) {
                self.sim.import_issues(observer, part.to_vec());
            }
        }
        let law = self.sim.state(observer).hash();
        self.sim.take_down(observer);
        law
    }

    /// The slow recount, which never reads what an author says of the time, comes to the same after each issue; and so does
    /// the fold where all authors say something else.
    pub(super) fn invariant_2_no_authors_time_counts(&mut self, history: &History) -> u64 {
        let (seed, mut dated) = (self.sim.seed, State::founded(&history.founding));
        for (number, printed) in history.issues.iter().enumerate() {
            same_law(seed, printed.issue.height, &printed.state, printed.issue.time, &history.slow[number + 1]);
            let mut operations = printed.operations.clone();
            operations.iter_mut().for_each(|printed| printed.claimed_at = self.sim.random.bits() >> 12);
            dated.apply(printed.id, &printed.issue, &operations).unwrap_or_else(|error| panic!("seed {seed}: with other dates: {error}"));
        }
        assert_eq!(dated.hash(), history.last().hash(), "seed {seed}: authors' dates count");
        history.issues.len() as u64
    }
}

fn same_law(seed: u64, height: u64, fast: &State, time: u64, slow: &After) {
    let electorate = fast.electorate(time);
    let set = |people: Vec<PersonId>| people.into_iter().collect::<BTreeSet<_>>();
    assert_eq!(set(electorate.consumers), slow.consumers, "seed {seed}: issue {height}: other consumers");
    assert_eq!(set(electorate.workers), slow.workers, "seed {seed}: issue {height}: other workers");
    assert_eq!(fast.present_values(), slow.values, "seed {seed}: issue {height}: other values");
    assert_eq!(fast.offices.iter().map(|(held, _)| *held).collect::<BTreeSet<_>>(), slow.offices, "seed {seed}: issue {height}: other offices");
    assert_eq!(fast.tellers(), slow.tellers, "seed {seed}: issue {height}: other tellers");
    let since = fast.members.iter().filter_map(|(person, member)| Some((*person, member.consumer?.since))).collect::<BTreeMap<_, _>>();
    assert_eq!(since, slow.since, "seed {seed}: issue {height}: another roll");
    let elected = fast.elections.iter().filter_map(|(id, election)| Some((*id, election.outcome.as_ref()?.winners.clone()))).collect::<BTreeMap<_, _>>();
    assert_eq!(elected, slow.elected, "seed {seed}: issue {height}: other winners");
    assert_eq!(slow_law::challenges_of(fast), slow.challenges, "seed {seed}: issue {height}: other challenges");
    let standing: Vec<OpId> = fast.standing_reconciliations().iter().map(|row| row.act).collect();
    assert_eq!(standing, slow.reconciled, "seed {seed}: issue {height}: other reconciliations");
    let voters = fast.elections.iter().map(|(id, election)| (*id, election.voters)).collect::<BTreeMap<_, _>>();
    assert_eq!(voters, slow.voters, "seed {seed}: issue {height}: other voters in an election");
    assert_eq!(fates(fast), slow.bills, "seed {seed}: issue {height}: other bills");
}

fn fates(state: &State) -> BTreeMap<OpId, Fate> {
    let fate = |(id, bill): (&OpId, &folkmoot_protocol::law::Bill)| {
        let tally = bill.result.map(|(tally, _)| tally);
        let route = tally.and_then(|tally| bill.verdict(&state.charter_number(bill.charter), &tally).passes);
        (*id, Fate { word: bill.status.name(), route, tally })
    };
    state.bills.iter().map(fate).collect()
}
