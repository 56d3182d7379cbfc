//! Who takes part in which community: a printed act, since posts are not printed. Those who may vote on the roll and take part
//! elect the community's moderators (docs/src/protocol.md, Communities; decision 0031).

use super::{Electorate, Office, charter::ModeratorVoters, state::State};
use crate::{id::*, limits};

impl State {
    /// Since when a person takes part in a community, in the Gazette's time; none where they do not.
    pub fn takes_part_since(&self, person: PersonId, space: SpaceId) -> Option<u64> {
        self.participations.get(&(person, space)).copied()
    }

    /// The communities in which a person takes part, each with since when.
    pub fn participations_of(&self, person: PersonId) -> impl Iterator<Item = (SpaceId, u64)> {
        self.participations.under(person, SpaceId::HALL).map(|(space, since)| (space, *since))
    }

    /// Who may vote on a community's moderators at some time, by having a vote on the roll and taking part for long enough.
    pub fn participants(&self, space: SpaceId, time: u64) -> Electorate {
        let mut electorate = self.electorate(time);
        let wait = self.charter().waiting_period_ms;
        let takes_part = |person: &PersonId| self.takes_part_since(*person, space).is_some_and(|since| since.saturating_add(wait) <= time);
        electorate.consumers.retain(takes_part);
        electorate.workers.retain(takes_part);
        electorate
    }

    /// Who elects to an office at some time. For moderators whose participants are to elect them also how many these are: they
    /// are the electorate where they are enough (`participants.least`), else everybody is.
    pub fn electorate_of(&self, office: Office, time: u64) -> (Electorate, Option<u64>) {
        let charter = self.charter();
        let (Office::Moderator(space), ModeratorVoters::Participants) = (office, charter.moderator_voters) else { return (self.electorate(time), None) };
        let participants = self.participants(space, time);
        match participants.voters() {
            0 => (self.electorate(time), None),
            few if few < charter.participants_least => (self.electorate(time), Some(few)),
            many => (participants, Some(many)),
        }
    }

    /// Why it would have no effect that a person says that they take part in a community, or no more; none where it would have.
    pub fn why_not_take_part(&self, person: PersonId, space: SpaceId, on: bool) -> Option<String> {
        match (on, self.takes_part_since(person, space).is_some()) {
            (true, true) => return Some("they take part in that community already".into()),
            (false, false) => return Some("they do not take part in that community".into()),
            (false, true) => return None,
            (true, false) => {}
        }
        if let Err(hindrance) = self.check_office(Office::Moderator(space)) {
            return Some(hindrance.into());
        }
        if self.participations_of(person).count() >= limits::PARTICIPATIONS_PER_PERSON {
            return Some(format!("they take part in {} communities, as many as one can: take part in another no more", limits::PARTICIPATIONS_PER_PERSON));
        }
        self.why_no_member(person, "take part")
    }

    /// Somebody takes part in a community from now on, or no more; then they sign no petition there either.
    pub(super) fn take_part(&mut self, person: PersonId, space: SpaceId, on: bool) -> Result<(), String> {
        if let Some(reason) = self.why_not_take_part(person, space, on) {
            return Err(reason);
        }
        if on {
            self.participations.insert((person, space), self.time());
        } else {
            self.participations.remove(&(person, space));
            self.petitions.remove(&(space, person));
        }
        Ok(())
    }

    /// Why a person is not among those who may vote on a community's moderators at some time; none where they are.
    pub fn why_no_participant(&self, person: PersonId, space: SpaceId, time: u64) -> Option<String> {
        let Some(since) = self.takes_part_since(person, space) else {
            return Some("they do not take part in that community".into());
        };
        if !self.standing(person, time).votes() {
            return Some("only who may vote on bills votes on moderators".into());
        }
        let wait = self.charter().waiting_period_ms;
        (since.saturating_add(wait) > time).then(|| "they have taken part for less than the waiting time (waiting.period)".into())
    }
}
