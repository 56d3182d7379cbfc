//! Elections: who stands, who votes, and who holds the office then.

mod count;

pub use count::{CountStage, CountStep, Outcome};

use super::{Answer, Ballot, Cause, Hindrance, Office, Signature, state::State};
use crate::{id::*, limits};
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;

/// An election of people to an office.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Election {
    /// The office.
    #[n(0)]
    pub office: Office,
    /// How many are elected.
    #[n(1)]
    pub seats: u64,
    /// The bill that opened it, or the act that completed the petition for it.
    #[n(2)]
    pub by: OpId,
    /// The issue that opened it,
    #[n(3)]
    pub opened_height: u64,
    /// and its time.
    #[n(4)]
    pub opened_at: u64,
    /// The voting begins with the first issue from here on.
    #[n(5)]
    pub nominations_end: u64,
    /// The vote ends with the first issue from here on; put off where the voting begins late.
    #[n(6)]
    pub deadline: u64,
    /// The charter by which it is held, by number.
    #[n(7)]
    pub charter: u64,
    /// Who may vote.
    #[cbor(n(8), with = "minicbor::bytes")]
    pub electorate: [u8; 32],
    /// How many may vote.
    #[n(9)]
    pub voters: u64,
    /// Who stands, ascending.
    #[n(10)]
    pub candidates: Vec<Candidate>,
    /// The issue that opened it, once it is printed: by its hash lots are drawn.
    #[n(11)]
    pub lot: Option<IssueId>,
    /// Where it stands.
    #[n(12)]
    pub phase: Phase,
    /// What came of it.
    #[n(13)]
    pub outcome: Option<Outcome>,
    /// Of an election of moderators that participants are to hold: how many with a vote took part. They are the electorate, or
    /// were too few for it. None where nobody took part.
    #[n(14)]
    pub participants: Option<u64>,
    /// The petition that opened it; none where a bill did.
    #[n(15)]
    pub petition: Option<Vec<Signature>>,
}

/// Somebody who stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Candidate {
    /// Who.
    #[n(0)]
    pub person: PersonId,
    /// The device with which they said so: a teller prints with it.
    #[n(1)]
    pub device: DeviceId,
}

/// Where an election stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Phase {
    /// People come forward.
    #[n(0)]
    Nomination,
    /// Members vote.
    #[n(1)]
    Voting,
    /// It is over.
    #[n(2)]
    Closed,
}

impl Phase {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nomination => "nomination",
            Self::Voting => "voting",
            Self::Closed => "closed",
        }
    }
}

impl Election {
    /// When the present phase ends; none where all is over.
    pub fn ends(&self) -> Option<u64> {
        match self.phase {
            Phase::Nomination => Some(self.nominations_end),
            Phase::Voting => Some(self.deadline),
            Phase::Closed => None,
        }
    }

    /// Whether ballots approve of candidates instead of ranking them.
    pub fn is_approval(&self) -> bool {
        self.seats == 1
    }

    /// Whether only participants of the community may vote.
    pub fn is_among_participants(&self) -> bool {
        self.participants == Some(self.voters)
    }

    /// What somebody was who may not vote: "no participant of the community when the election", to be followed by "was opened".
    pub fn outside(&self) -> &'static str {
        if self.is_among_participants() { "no participant of the community when the election" } else { "in neither body when the election" }
    }

    /// Whether somebody stands.
    pub fn has(&self, person: PersonId) -> bool {
        self.place(person).is_ok()
    }

    fn place(&self, person: PersonId) -> Result<usize, usize> {
        self.candidates.binary_search_by_key(&person, |candidate| candidate.person)
    }

    /// Takes an answer as that of a ballot in it, and says who may vote; or says why it is none.
    pub(super) fn admit(&self, answer: &mut Answer) -> Result<[u8; 32], String> {
        match self.phase {
            Phase::Nomination => return Err("the voting has not begun".into()),
            Phase::Closed => return Err("it came after the vote ended".into()),
            Phase::Voting => {}
        }
        match answer {
            Answer::Ranking(approved) if self.is_approval() => approved.sort(),
            Answer::Ranking(_) => {}
            Answer::Choice(_) => return Err("a ballot in an election names candidates".into()),
        }
        Ok(self.electorate)
    }
}

impl State {
    /// The elections that are not over.
    pub fn running_elections(&self) -> impl Iterator<Item = (OpId, &Election)> {
        self.elections.iter().filter(|(_, election)| election.phase != Phase::Closed).map(|(id, election)| (*id, election))
    }

    /// When the next vote, or time to stand, ends that is open now, or the next challenge lapses.
    pub fn next_end(&self) -> Option<u64> {
        let bills = self.bills.iter().filter(|(_, bill)| bill.is_open()).map(|(_, bill)| bill.deadline);
        let elections = self.running_elections().filter_map(|(_, election)| election.ends());
        let priorities = self.running_priorities().map(|(_, vote)| vote.deadline);
        let recalls = self.open_recalls().map(|(_, recall)| recall.deadline);
        bills.chain(elections).chain(recalls).chain(priorities).chain(self.open_challenges().map(|(_, row)| row.until)).min()
    }

    /// Opens an election: charter and electorate are fixed from here on. `petition`: who demanded it, if no bill opens it.
    pub(super) fn open_election(&mut self, id: OpId, office: Office, seats: u64, by: OpId, petition: Vec<Signature>) -> Result<(), Hindrance> {
        self.check_office(office)?;
        if self.running_elections().any(|(_, running)| running.office == office) {
            return Err(Hindrance::Election { office });
        }
        if self.running_elections().count() >= limits::OPEN_ELECTIONS {
            return Err(Hindrance::Elections);
        }
        let (charter, time) = (self.charter(), self.time());
        let (electorate, participants) = self.electorate_of(office, time);
        let voters = electorate.voters();
        let nominations_end = time.saturating_add(charter.deliberation_period_ms);
        let election = Election {
            office,
            seats,
            by,
            opened_height: self.height() + 1,
            opened_at: time,
            nominations_end,
            deadline: nominations_end.saturating_add(charter.voting_period_ms),
            charter: self.charter_version(),
            electorate: self.keep_electorate(electorate),
            voters,
            candidates: vec![],
            lot: None,
            phase: Phase::Nomination,
            outcome: None,
            participants,
            petition: if petition.is_empty() { None } else { Some(petition) },
        };
        self.elections.insert(id, election);
        self.end_petitions_to_elect(office);
        Ok(())
    }

    /// The hash of an issue is known once the next one follows it: lots are fixed before anybody votes.
    pub(super) fn draw_lots(&mut self) {
        let (height, issue) = (self.height(), self.issue());
        let opened: Vec<OpId> =
            self.running_elections().filter(|(_, election)| election.lot.is_none() && election.opened_height == height).map(|(id, _)| id).collect();
        for id in opened {
            if let Some(election) = self.elections.change(&id) {
                election.lot = Some(issue);
            }
        }
    }

    /// Why somebody cannot stand; none where they can.
    pub fn why_not_stand(&self, person: PersonId, device: DeviceId, id: OpId) -> Option<String> {
        let Some(election) = self.elections.get(&id) else { return Some("no such election was opened".into()) };
        if election.phase != Phase::Nomination {
            return Some("the time to stand is over".into());
        }
        if let Some(reason) = self.why_no_member(person, "stand") {
            return Some(reason);
        }
        match election.place(person) {
            Ok(place) if election.candidates[place].device == device => Some("they stand already".into()),
            Ok(_) => None,
            Err(_) if election.candidates.len() >= limits::CANDIDATES_PER_ELECTION => Some("as many stand as can".into()),
            Err(_) => None,
        }
    }

    /// Why somebody is in neither body, be it that they may not vote yet; none where they are. `what`: what only
    /// members do.
    pub(super) fn why_no_member(&self, person: PersonId, what: &str) -> Option<String> {
        if self.is_expelled(person) {
            return Some("a bill expelled them".into());
        }
        let grace = self.charter().grace_period_ms;
        let pays = self.consumer(person).is_some_and(|consumer| consumer.paid_to.saturating_add(grace) >= self.time());
        let works = self.members.get(&person).is_some_and(|member| member.job.is_some());
        if pays || works { None } else { Some(format!("only members {what}: who pays dues, or works here")) }
    }

    /// Somebody stands. Who signs it with another device prints with that one.
    pub(super) fn stand(&mut self, person: PersonId, device: DeviceId, id: OpId) -> Result<(), String> {
        if let Some(reason) = self.why_not_stand(person, device, id) {
            return Err(reason);
        }
        let Some(election) = self.elections.change(&id) else { return Err("no such election was opened".into()) };
        let candidate = Candidate { person, device };
        match election.place(person) {
            Ok(place) => election.candidates[place] = candidate,
            Err(place) => election.candidates.insert(place, candidate),
        }
        Ok(())
    }

    /// Why somebody cannot take a candidacy back; none where they can.
    pub fn why_not_stand_down(&self, person: PersonId, id: OpId) -> Option<String> {
        match self.elections.get(&id) {
            None => Some("no such election was opened".into()),
            Some(election) if !election.has(person) => Some("they do not stand".into()),
            Some(election) if election.phase != Phase::Nomination => Some("the voting has begun: a candidacy is not taken back any more".into()),
            Some(_) => None,
        }
    }

    pub(super) fn stand_down(&mut self, person: PersonId, id: OpId) -> Result<(), String> {
        if let Some(reason) = self.why_not_stand_down(person, id) {
            return Err(reason);
        }
        if let Some(election) = self.elections.change(&id) {
            election.candidates.retain(|candidate| candidate.person != person);
        }
        Ok(())
    }

    /// Whether a candidate cannot hold the office any more: expelled, no member since an upheld challenge, or to print
    /// with a device that is closed.
    fn is_out(&self, election: &Election, candidate: &Candidate) -> bool {
        let struck = self.members.get(&candidate.person).is_some_and(|member| {
            member.job.is_none() && member.consumer.is_none() && member.struck.is_some_and(|struck| struck.height >= election.opened_height)
        });
        struck || self.is_expelled(candidate.person) || election.office == Office::Teller && !self.register.knows(candidate.device)
    }

    /// Begins the votes and ends the elections whose time has come. One that was opened by this very issue waits for
    /// the next: nobody could stand in it yet.
    pub(super) fn move_elections(&mut self) {
        let (time, height) = (self.time(), self.height() + 1);
        let is_due = |election: &Election| election.ends().is_some_and(|ends| ends <= time) && election.opened_height < height;
        let due: Vec<(OpId, Phase)> = self.running_elections().filter(|(_, election)| is_due(election)).map(|(id, election)| (id, election.phase)).collect();
        for (id, phase) in due {
            match phase {
                Phase::Nomination => self.begin_voting(id),
                _ => self.end_election(id),
            }
        }
    }

    fn begin_voting(&mut self, id: OpId) {
        let Some(election) = self.elections.get(&id) else { return };
        let mut candidates = election.candidates.clone();
        candidates.retain(|candidate| !self.is_out(election, candidate));
        let voting = self.charter_number(election.charter).voting_period_ms;
        let (deadline, nobody) = (self.time().saturating_add(voting), candidates.is_empty());
        if let Some(election) = self.elections.change(&id) {
            (election.candidates, election.deadline, election.phase) = (candidates, deadline, Phase::Voting);
        }
        if nobody {
            self.end_election(id);
        }
    }

    /// How an election would end if it did now; none where nobody votes in it yet or any more.
    pub fn outcome_now(&self, id: OpId) -> Option<Outcome> {
        let election = self.elections.get(&id).filter(|election| election.phase == Phase::Voting)?;
        let out: BTreeSet<PersonId> =
            election.candidates.iter().filter(|candidate| self.is_out(election, candidate)).map(|candidate| candidate.person).collect();
        let ballots = self.counted_ballots(id, election.electorate, election.opened_height).map(Ballot::rankings);
        Some(count::outcome(election, out, ballots, self.height() + 1))
    }

    /// The vote has ended. Who is elected holds the office from here on; where nobody is, all stays as it was.
    fn end_election(&mut self, id: OpId) {
        let Some(outcome) = self.outcome_now(id) else { return };
        self.drop_ballots(id);
        let Some(election) = self.elections.change(&id) else { return };
        let (office, electorate, charter) = (election.office, election.electorate, election.charter);
        let chosen = |person: &PersonId| election.place(*person).ok().map(|place| election.candidates[place]);
        let elected: Vec<Candidate> = outcome.winners.iter().filter_map(chosen).collect();
        (election.phase, election.outcome) = (Phase::Closed, Some(outcome));
        self.release_electorate(electorate);
        if !elected.is_empty() {
            let charter = self.charter_number(charter);
            self.fill_office(office, &elected, Cause::Election(id), &charter);
        }
    }
}
