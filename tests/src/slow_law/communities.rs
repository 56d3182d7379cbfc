//! Communities: who takes part, what participants sign, and whom they recall.

use super::{Said, Slow, elections::SlowElection};
use folkmoot_protocol::{
    id::*,
    law::{Choice, Demand, Office, Value, charter::assumed},
};
use std::collections::BTreeSet;

/// A vote on a recall.
pub(super) struct SlowRecall {
    pub(super) id: OpId,
    space: SpaceId,
    person: PersonId,
    opened_in: usize,
    opened_at: u64,
    ends: u64,
    voters: BTreeSet<PersonId>,
    pub(super) recalled: Option<bool>,
}

impl Slow {
    fn rule(&self, key: &str) -> Option<Value> {
        self.law().remove(key).or_else(|| assumed(key))
    }

    pub(super) fn is_member(&self, person: PersonId, time: u64) -> bool {
        self.works(person) || self.roll.get(&person).is_some_and(|(_, to)| to + self.duration("grace.period") >= time)
    }

    fn participants(&self, space: SpaceId, time: u64) -> BTreeSet<PersonId> {
        let wait = self.duration("waiting.period");
        let waited = |person: &PersonId| self.takes_part.get(&(space, *person)).is_some_and(|since| since + wait <= time);
        self.may_propose(time).into_iter().filter(waited).collect()
    }

    fn participants_elect(&self) -> bool {
        self.rule("moderator.voters") == Some(Value::Word("participants".into()))
    }

    /// Whether so many are enough to elect alone.
    fn enough(&self, participants: &BTreeSet<PersonId>) -> bool {
        let least = if let Some(Value::Integer(least)) = self.rule("participants.least") { least } else { 0 };
        participants.len() as u64 >= least
    }

    pub(super) fn electors(&self, office: Office, time: u64) -> BTreeSet<PersonId> {
        if let Office::Moderator(space) = office
            && self.participants_elect()
        {
            let participants = self.participants(space, time);
            if self.enough(&participants) {
                return participants;
            }
        }
        self.may_propose(time)
    }

    pub(super) fn take_part(&mut self, time: u64, person: PersonId, space: SpaceId, on: bool) {
        if !on {
            self.takes_part.remove(&(space, person));
            self.signed.remove(&(space, person));
        } else if self.communities.contains_key(&space) && self.is_member(person, time) {
            self.takes_part.entry((space, person)).or_insert(time);
        }
    }

    fn moderates(&self, space: SpaceId, person: PersonId) -> bool {
        let recalled = self.recalls.iter().any(|recall| (recall.space, recall.person, recall.recalled) == (space, person, Some(true)));
        let opened = self.communities.get(&space) == Some(&person) && !recalled;
        self.holds(Office::Moderator(space), person) || opened && !self.has_moderator(space)
    }

    fn has_moderator(&self, space: SpaceId) -> bool {
        self.offices.keys().any(|(office, _)| *office == Office::Moderator(space))
    }

    /// Whether somebody of a community can demand this now.
    fn may_demand(&self, space: SpaceId, demand: Demand, time: u64) -> bool {
        let wait = self.duration("refile.wait");
        match demand {
            Demand::Elect { .. } => {
                let mut elections = self.elections.iter().filter(|election| election.office == Office::Moderator(space));
                elections.all(|election| election.over && (election.ends + wait <= time || !self.has_moderator(space)))
            }
            Demand::Recall { person } => {
                let mut recalls = self.recalls.iter().filter(|recall| (recall.space, recall.person) == (space, person));
                self.moderates(space, person) && recalls.all(|recall| recall.recalled.is_some() && recall.ends + wait <= time)
            }
        }
    }

    /// Who signs a petition, as far as it counts.
    fn signers(&self, space: SpaceId, demand: Demand, among: &BTreeSet<PersonId>) -> usize {
        let since = match demand {
            Demand::Recall { person } => self.offices.get(&(Office::Moderator(space), person)).map_or(0, |held| held.since),
            Demand::Elect { .. } => 0,
        };
        among.iter().filter(|person| self.signed.get(&(space, **person)).is_some_and(|(asked, at)| *asked == demand && *at >= since)).count()
    }

    pub(super) fn petition(&mut self, issue: usize, time: u64, op: OpId, person: PersonId, space: SpaceId, demand: Option<Demand>) {
        let Some(demand) = demand else {
            self.signed.remove(&(space, person));
            return;
        };
        let participants = self.participants(space, time);
        let may = participants.contains(&person) && self.enough(&participants) && self.participants_elect();
        if !may || !self.may_demand(space, demand, time) || self.signers(space, demand, &BTreeSet::from([person])) > 0 {
            return;
        }
        self.signed.insert((space, person), (demand, time));
        // The smallest number whose square is that of the participants, times the fraction's, or more; at most just over half.
        let Some(Value::Fraction { num, den }) = self.rule("petition.quorum") else { return };
        let (n, num, den) = (participants.len() as u64, u64::from(num), u64::from(den));
        let needed = (1..).find(|f| den * den * f * f >= num * num * n).unwrap_or(0).min(n / 2 + 1);
        if (self.signers(space, demand, &participants) as u64) < needed {
            return;
        }
        let id = op.made_by(0);
        match demand {
            Demand::Elect { seats } => {
                let election = self.open_election(id, Office::Moderator(space), seats, issue, time);
                election.into_iter().for_each(|election| self.begin_election(election));
            }
            Demand::Recall { person } => {
                let ends = time + self.duration("deliberation.period") + self.duration("voting.period");
                self.recalls.push(SlowRecall { id, space, person, opened_in: issue, opened_at: time, ends, voters: participants, recalled: None });
                self.signed.retain(|(of, _), (other, _)| *of != space || *other != demand);
            }
        }
    }

    /// An election goes on from now on: nobody needs to demand it any more.
    pub(super) fn begin_election(&mut self, election: SlowElection) {
        let office = election.office;
        self.signed.retain(|(space, _), (demand, _)| Office::Moderator(*space) != office || matches!(demand, Demand::Recall { .. }));
        self.elections.push(election);
    }

    /// Others hold an office: demands that somebody loses it have come to their end.
    pub(super) fn forget_recalls(&mut self, office: Office) {
        self.signed.retain(|(space, _), (demand, _)| Office::Moderator(*space) != office || matches!(demand, Demand::Elect { .. }));
    }

    /// What a ballot on a recall says, if it is taken now.
    pub(super) fn says_on_recall(&self, id: OpId, voter: PersonId, choice: &str) -> Option<Said> {
        let recall = self.recalls.iter().find(|recall| recall.id == id && recall.recalled.is_none())?;
        Choice::of(choice).filter(|_| recall.voters.contains(&voter)).map(Said::Choice)
    }

    pub(super) fn end_recalls(&mut self, issue: usize, time: u64) {
        for place in 0..self.recalls.len() {
            let recall = &self.recalls[place];
            if recall.recalled.is_some() || recall.ends > time || recall.opened_in >= issue {
                continue;
            }
            let said: Vec<BTreeSet<Said>> = recall.voters.iter().map(|voter| self.says(recall.id, *voter, issue)).collect();
            let count = |choice| said.iter().filter(|said| **said == BTreeSet::from([Said::Choice(choice)])).count() as u64;
            let (n, in_favour, against) = (recall.voters.len() as u64, count(Choice::For), count(Choice::Against));
            // As a body approves a bill by the founding text's default.
            let quorum = (0..).find(|f| 4 * f * f >= 9 * n).unwrap_or(0).min(n / 2 + 1);
            let recalled = in_favour > against && in_favour >= quorum;
            let (office, person, opened_at) = (Office::Moderator(recall.space), recall.person, recall.opened_at);
            self.recalls[place].recalled = Some(recalled);
            if recalled {
                if self.offices.get(&(office, person)).is_some_and(|held| held.since <= opened_at) {
                    self.offices.remove(&(office, person));
                }
                self.offered.retain(|(_, to, of)| (*to, *of) != (person, office));
            }
        }
    }
}
