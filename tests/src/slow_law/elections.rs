//! Elections, counted by one ballot paper at a time.

use super::{Said, Slow, number, offices::Held};
use crate::slow_count;
use folkmoot_protocol::{
    count::{Lot, stv},
    id::*,
    law::{Office, Value},
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

/// One election.
#[derive(Debug, Clone)]
pub(super) struct SlowElection {
    pub(super) id: OpId,
    pub(super) office: Office,
    seats: usize,
    opened_in: usize,
    pub(super) ends: u64,
    charter: BTreeMap<String, Value>,
    pub(super) voters: BTreeSet<PersonId>,
    /// The workers among them.
    workers: BTreeSet<PersonId>,
    /// With which device each stands.
    pub(super) candidates: BTreeMap<PersonId, DeviceId>,
    voting: bool,
    pub(super) over: bool,
    pub(super) elected: Vec<PersonId>,
}

impl Slow {
    pub(super) fn open_election(&self, id: OpId, office: Office, seats: u64, issue: usize, time: u64) -> Option<SlowElection> {
        if self.elections.iter().any(|other| other.office == office && !other.over) {
            return None;
        }
        let (charter, voters) = (self.law(), self.electors(office, time));
        let ends = time + number(&charter, "deliberation.period");
        Some(SlowElection {
            id,
            office,
            seats: usize::try_from(seats).ok()?,
            opened_in: issue,
            ends,
            charter,
            voters,
            workers: self.workers(),
            candidates: BTreeMap::new(),
            voting: false,
            over: false,
            elected: vec![],
        })
    }

    pub(super) fn stand(&mut self, time: u64, person: PersonId, device: DeviceId, id: OpId) {
        let member = self.is_member(person, time);
        let election = self.elections.iter_mut().find(|election| election.id == id && !election.voting && !election.over);
        if let Some(election) = election.filter(|_| member) {
            election.candidates.insert(person, device);
        }
    }

    /// Whether a ballot in an election is taken now; its ranking as it counts.
    pub(super) fn ranks(&self, issue: usize, id: OpId, voter: PersonId, ranking: &[PersonId]) -> Option<Said> {
        let election = self.elections.iter().find(|election| election.id == id && election.voting && !election.over)?;
        let mut ranking = ranking.to_vec();
        if election.seats == 1 {
            ranking.sort();
        }
        (election.voters.contains(&voter) && !self.has_no_vote(election, voter, issue)).then_some(Said::Ranking(ranking))
    }

    /// Whether somebody lost their place since an election was opened, and does not vote as a worker.
    fn has_no_vote(&self, election: &SlowElection, voter: PersonId, issue: usize) -> bool {
        !election.workers.contains(&voter) && self.lost_place(voter, election.opened_in, issue)
    }

    pub(super) fn move_elections(&mut self, issue: usize, time: u64) {
        let due = |election: &SlowElection| !election.over && election.ends <= time && election.opened_in < issue;
        let mut places: Vec<usize> = (0..self.elections.len()).filter(|place| due(&self.elections[*place])).collect();
        places.sort_by_key(|place| self.elections[*place].id);
        for place in places {
            let election = &self.elections[place];
            let out: Vec<PersonId> = election.candidates.keys().copied().filter(|person| self.is_out(*person, election.opened_in, issue)).collect();
            let election = &mut self.elections[place];
            if !election.voting {
                election.candidates.retain(|person, _| !out.contains(person));
                election.voting = true;
                election.ends = time + number(&election.charter, "voting.period");
                election.over = election.candidates.is_empty();
            } else {
                let winners = self.count(&self.elections[place], issue);
                (self.elections[place].over, self.elections[place].elected) = (true, winners.clone());
                self.seat(place, &winners, time);
            }
        }
    }

    /// Those who were elected hold the office, and nobody else does.
    fn seat(&mut self, place: usize, winners: &[PersonId], time: u64) {
        if winners.is_empty() {
            return;
        }
        let office = self.elections[place].office;
        self.forget_recalls(office);
        self.offices.retain(|(other, _), _| *other != office);
        self.offered.retain(|(_, _, other)| *other != office);
        for winner in winners {
            let device = self.elections[place].candidates[winner];
            self.offices.insert((office, *winner), Held { since: time, device });
        }
    }

    fn count(&self, election: &SlowElection, issue: usize) -> Vec<PersonId> {
        let candidates: Vec<PersonId> = election.candidates.keys().copied().collect();
        let gone = |person: &PersonId| self.is_out(*person, election.opened_in, issue);
        let place = |person: &PersonId| candidates.iter().position(|candidate| candidate == person && !gone(candidate));
        let one = |said: BTreeSet<Said>| said.into_iter().next().filter(|_| true);
        let mut papers: Vec<Vec<usize>> = vec![];
        for voter in election.voters.iter().filter(|voter| !self.has_no_vote(election, **voter, issue)) {
            let said = self.says(election.id, *voter, issue);
            if let (1, Some(Said::Ranking(ranking))) = (said.len(), one(said)) {
                papers.push(ranking.iter().filter_map(place).collect());
            }
        }
        papers.retain(|paper| !paper.is_empty());
        if papers.is_empty() {
            return vec![];
        }
        let lot = Lot::draw(&self.issues[election.opened_in].id.0, candidates.iter().map(|person| person.0.as_slice()));
        let winners = if election.seats == 1 {
            let approvals = |candidate: &usize| papers.iter().filter(|paper| paper.contains(candidate)).count();
            (0..candidates.len()).min_by_key(|candidate| (Reverse(approvals(candidate)), lot.place(*candidate))).into_iter().collect()
        } else {
            let papers = papers.into_iter().map(|ranking| stv::Papers { count: 1, ranking }).collect();
            let withdrawn = (0..candidates.len()).filter(|candidate| gone(&candidates[*candidate])).collect();
            slow_count::elect(&stv::Election { candidates: candidates.len(), seats: election.seats, withdrawn, papers }, &lot).0
        };
        winners.into_iter().map(|winner| candidates[winner]).collect()
    }
}
