//! Elections, and tellers who are replaced by one.

use super::*;
use folkmoot_node::api::LawDraft;
use folkmoot_protocol::{
    act::LawAct,
    agreement::most_hostile,
    law::{Election, Office, Phase, Status},
};

/// How many tellers are elected.
const SEATS: usize = 4;

impl Coop {
    /// Who is to stand stands, and everybody votes.
    pub(super) fn take_part_in_elections(&mut self) {
        let node = self.honest();
        let running: Vec<(OpId, Election)> = self.sim.state(node).running_elections().map(|(id, election)| (id, election.clone())).collect();
        for (id, election) in running {
            match election.phase {
                Phase::Nomination => self.nominate(id, &election),
                _ => self.rank(id, &election),
            }
        }
    }

    fn nominate(&mut self, election: OpId, row: &Election) {
        if row.office == Office::Teller {
            for node in self.next_tellers() {
                let stands = self.sim.state(node).elections.get(&election).is_some_and(|row| row.has(self.sim.person(node)));
                if !stands {
                    let _ = self.sim.law(node, LawDraft::Stand { election });
                }
            }
            return;
        }
        for who in [4, 5, 6] {
            if !self.people[who].forked && self.people[who].accepted.insert(election) {
                self.write(who, None, &on_paper::law(LawAct::Stand { election }));
            }
        }
    }

    /// Those who are to print after the next election: as many hostile ones as may be, and the last machines, which never
    /// did, but for the very last: its owner puts old disks back.
    pub(super) fn next_tellers(&self) -> Vec<usize> {
        let crooks = self.crooks.iter().copied().take(most_hostile(SEATS));
        let others = (0..self.sim.machines()).rev().skip(1).filter(|node| !self.crooks.contains(node));
        crooks.chain(others).take(SEATS).collect()
    }

    fn rank(&mut self, election: OpId, row: &Election) {
        let mut candidates: Vec<PersonId> = row.candidates.iter().map(|candidate| candidate.person).collect();
        for who in (0..self.people.len()).filter(|who| !self.people[*who].forked).collect::<Vec<_>>() {
            if candidates.is_empty() || !self.people[who].accepted.insert(election.made_by(0)) {
                continue;
            }
            let turn = self.sim.random.below(candidates.len() as u64) as usize;
            candidates.rotate_left(turn);
            let named = candidates[..candidates.len().min(4)].to_vec();
            let document = DocumentId::ballot_of(election, self.people[who].person);
            self.write(who, Some(document), &on_paper::ranking(election, named));
        }
    }

    /// A bill opens an election of tellers, and those who are elected print from there on.
    pub(super) fn elect_tellers(&mut self) {
        let before = self.sim.state(self.honest()).tellers();
        let opened = self.pass_somewhere("New tellers", &format!("open-election teller {SEATS}\nopen-election auditor 1"));
        assert!(matches!(self.sim.bill(self.honest(), opened).status, Status::Enacted { .. }), "seed {}: no election", self.sim.seed);
        let end = self.sim.now + 90_000;
        while self.sim.honest().iter().any(|node| self.sim.state(*node).running_elections().next().is_some()) {
            assert!(self.sim.now < end, "seed {}: the election does not end", self.sim.seed);
            self.take_part_in_elections();
            self.sim.run_for(500);
        }
        self.agree();
        let node = self.honest();
        let mut elected: Vec<DeviceId> = self.next_tellers().into_iter().map(|node| self.sim.service(node).device()).collect();
        elected.sort();
        assert_eq!(self.sim.state(node).tellers(), elected, "seed {}: those who were elected print", self.sim.seed);
        assert_ne!(before, elected, "seed {}: the same tellers as before", self.sim.seed);
        self.look();
    }

    /// The new tellers print on: a bill passes. In every second month another is to be undone before; for what is entrenched too few
    /// may be left.
    pub(super) fn go_on(&mut self) {
        let height = self.sim.state(self.honest()).height();
        if let Some(undoes) = self.repealing().filter(|_| self.sim.seed.is_multiple_of(2)) {
            self.pass("Undo that", &undoes);
        }
        let opened = self.pass("The last bill", "endorse last.example");
        let node = self.honest();
        assert!(matches!(self.sim.bill(node, opened).status, Status::Enacted { .. }), "seed {}: {:?}", self.sim.seed, self.sim.bill(node, opened).status);
        assert!(self.sim.state(node).height() > height, "seed {}: nothing is printed", self.sim.seed);
        self.sim.settle(PATIENCE_MS);
        self.look();
    }
}
