//! Petitions of a community's participants: enough signatures open an election of its moderators, or a vote on the recall of
//! one (docs/src/protocol.md, Petitions and recall). A participant signs one petition in a community at a time.

use super::{EffectError, Electorate, Hindrance, Office, Phase, charter::ModeratorVoters, effect::check_seats, passing::quorum, state::State};
use crate::{id::*, limits};
use minicbor::{Decode, Encode};

/// What a petition asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, serde::Serialize, serde::Deserialize)]
#[serde(tag = "demand", rename_all = "kebab-case")]
pub enum Demand {
    /// An election of the community's moderators.
    #[n(0)]
    Elect {
        /// How many are to be elected.
        #[n(0)]
        seats: u64,
    },
    /// A vote on whether somebody stays its moderator.
    #[n(1)]
    Recall {
        /// Who.
        #[n(0)]
        person: PersonId,
    },
}

impl Demand {
    /// Checks what its own content shows.
    pub(crate) fn check(&self) -> Result<(), EffectError> {
        match self {
            Self::Elect { seats } => check_seats(Office::Moderator(SpaceId::HALL), *seats),
            Self::Recall { .. } => Ok(()),
        }
    }
}

/// That a participant signs a petition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Signature {
    /// Who.
    #[n(0)]
    pub person: PersonId,
    /// The act.
    #[n(1)]
    pub op: OpId,
    /// What it asks for.
    #[n(2)]
    pub demand: Demand,
    /// The time of the issue that printed it.
    #[n(3)]
    pub at: u64,
}

impl State {
    /// Why a person may not sign a petition in a community; none where they may.
    pub fn why_not_petition(&self, person: PersonId, space: SpaceId, demand: Option<Demand>) -> Option<String> {
        let signed = self.petitions.get(&(space, person)).map(|signature| signature.demand);
        let Some(demand) = demand else {
            return signed.is_none().then(|| "they sign no petition in that community".into());
        };
        let time = self.time();
        if let Err(hindrance) = self.check_office(Office::Moderator(space)) {
            return Some(hindrance.into());
        }
        if self.charter().moderator_voters == ModeratorVoters::Members {
            return Some("by the charter all members elect moderators (moderator.voters): a bill opens an election, or dismisses one".into());
        }
        if let Some(reason) = self.why_no_participant(person, space, time) {
            return Some(reason);
        }
        let participants = self.participants(space, time);
        let (least, many) = (self.charter().participants_least, participants.voters());
        if many < least {
            let few = format!("only {many} of those who take part there may vote, and {least} are needed for petitions (participants.least)");
            return Some(format!("{few}: a bill opens an election, or dismisses a moderator"));
        }
        let hindered = match demand {
            Demand::Elect { .. } => self.why_not_demand_election(space),
            Demand::Recall { person } => self.why_not_demand_recall(space, person),
        };
        hindered.or_else(|| {
            let counts = self.signatures(space, demand, &participants).iter().any(|signature| signature.person == person);
            counts.then(|| "they sign that petition already".into())
        })
    }

    fn why_not_demand_election(&self, space: SpaceId) -> Option<String> {
        let office = Office::Moderator(space);
        if self.running_elections().any(|(_, running)| running.office == office) {
            return Some(Hindrance::Election { office }.into());
        }
        if self.running_elections().filter(|(_, running)| running.petition.is_some()).count() >= limits::ELECTIONS_BY_PETITION {
            return Some(format!("{} elections that petitions opened are under way, as many as may be at one time", limits::ELECTIONS_BY_PETITION));
        }
        if self.running_elections().count() >= limits::OPEN_ELECTIONS {
            return Some(Hindrance::Elections.into());
        }
        // Where nobody is left, the next can be chosen at once.
        if self.holders(office).is_empty() {
            return None;
        }
        let wait = self.charter().refile_wait_ms;
        let ended = self.elections.iter().filter(|(_, election)| election.office == office && election.phase == Phase::Closed);
        let last = ended.map(|(_, election)| election.deadline).max();
        let fresh = last.is_some_and(|ended| ended.saturating_add(wait) > self.time());
        fresh.then(|| "the last election there ended less than the time ago after which a petition can ask for another (refile.wait)".into())
    }

    fn why_not_demand_recall(&self, space: SpaceId, person: PersonId) -> Option<String> {
        if self.mandate(space, person).is_err() {
            return Some("that person does not moderate the community".into());
        }
        let own = || self.recalls.iter().map(|(_, recall)| recall).filter(|recall| (recall.space, recall.person) == (space, person));
        if own().any(|recall| recall.is_open()) {
            return Some("a vote on their recall is open".into());
        }
        if self.open_recalls().count() >= limits::OPEN_RECALLS {
            return Some(format!("{} votes on recalls are open, as many as may be at one time", limits::OPEN_RECALLS));
        }
        let fresh = own().any(|recall| recall.deadline.saturating_add(self.charter().refile_wait_ms) > self.time());
        fresh.then(|| "the last vote on their recall ended less than the time ago after which it can be put again (refile.wait)".into())
    }

    /// The signatures under a petition that count among these participants: not those that were given before the moderator
    /// whose recall they ask for took office.
    pub fn signatures(&self, space: SpaceId, demand: Demand, participants: &Electorate) -> Vec<Signature> {
        let since = match demand {
            Demand::Recall { person } => self.offices.get(&(Office::Moderator(space), person)).map_or(0, |holding| holding.since),
            Demand::Elect { .. } => 0,
        };
        let counts = |signature: &&Signature| signature.demand == demand && signature.at >= since && participants.votes(signature.person);
        self.petitions.under(space, PersonId::ZERO).map(|(_, signature)| signature).filter(counts).copied().collect()
    }

    /// How many signatures a petition among so many participants needs.
    pub fn signatures_needed(&self, participants: u64) -> u64 {
        quorum(self.charter().petition_quorum, participants).max(1)
    }

    /// Somebody signs a petition, or none any more. With the last signature that is needed it has effect at once.
    pub(super) fn petition(&mut self, op: OpId, signer: PersonId, space: SpaceId, demand: Option<Demand>) -> Result<(), String> {
        if let Some(reason) = self.why_not_petition(signer, space, demand) {
            return Err(reason);
        }
        let Some(demand) = demand else {
            self.petitions.remove(&(space, signer));
            return Ok(());
        };
        let time = self.time();
        self.petitions.insert((space, signer), Signature { person: signer, op, demand, at: time });
        let participants = self.participants(space, time);
        let signatures = self.signatures(space, demand, &participants);
        if (signatures.len() as u64) < self.signatures_needed(participants.voters()) {
            return Ok(());
        }
        match demand {
            Demand::Elect { seats } => self.open_election(op.made_by(0), Office::Moderator(space), seats, op, signatures)?,
            Demand::Recall { person } => self.open_recall(op.made_by(0), space, person, participants, signatures),
        }
        Ok(())
    }

    /// Petitions for an election to an office have come to their end: there is one.
    pub(super) fn end_petitions_to_elect(&mut self, office: Office) {
        self.end_petitions(office, |demand| matches!(demand, Demand::Elect { .. }));
    }

    /// So have petitions for recalls where others, or the same anew, hold the office.
    pub(super) fn end_petitions_to_recall(&mut self, office: Office) {
        self.end_petitions(office, |demand| matches!(demand, Demand::Recall { .. }));
    }

    pub(super) fn end_petitions(&mut self, office: Office, ends: impl Fn(&Demand) -> bool) {
        let Office::Moderator(space) = office else { return };
        let ended: Vec<PersonId> =
            self.petitions.under(space, PersonId::ZERO).filter(|(_, signature)| ends(&signature.demand)).map(|(person, _)| person).collect();
        for person in ended {
            self.petitions.remove(&(space, person));
        }
    }
}
