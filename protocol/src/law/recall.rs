//! Votes on whether somebody stays the moderator of a community, opened by petition, among its participants.

use super::{Answer, Ballot, BodyVerdict, Choice, Count, Electorate, Offered, Office, Signature, passing, passing::Body, petition::Demand, state::State};
use crate::id::*;
use minicbor::{Decode, Encode};

/// A vote on the recall of a moderator.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Recall {
    /// The community.
    #[n(0)]
    pub space: SpaceId,
    /// Whose recall.
    #[n(1)]
    pub person: PersonId,
    /// The petition that opened it, by person.
    #[n(2)]
    pub petition: Vec<Signature>,
    /// The issue that opened it,
    #[n(3)]
    pub opened_height: u64,
    /// and its time.
    #[n(4)]
    pub opened_at: u64,
    /// The vote ends with the first issue from here on.
    #[n(5)]
    pub deadline: u64,
    /// The charter by which it is judged, by number.
    #[n(6)]
    pub charter: u64,
    /// Who may vote: the participants when it was opened.
    #[cbor(n(7), with = "minicbor::bytes")]
    pub electorate: [u8; 32],
    /// How many may vote.
    #[n(8)]
    pub voters: u64,
    /// What came of it.
    #[n(9)]
    pub outcome: Option<RecallResult>,
}

/// What came of a vote on a recall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct RecallResult {
    /// The issue that ended it.
    #[n(0)]
    pub height: u64,
    /// The ballots, for meaning that they go.
    #[n(1)]
    pub count: Count,
    /// Ballots that say several things at once and count for none.
    #[n(2)]
    pub spoiled: u64,
    /// Whether they are recalled.
    #[n(3)]
    pub recalled: bool,
}

impl Recall {
    /// What somebody was who may not vote, to be followed by "was opened".
    pub const OUTSIDE: &str = "no participant of the community when the vote";

    /// Whether the vote goes on.
    pub fn is_open(&self) -> bool {
        self.outcome.is_none()
    }

    /// Judges a count as that of one body on a bill, by the charter of its opening.
    pub fn verdict(&self, charter: &super::Charter, count: Count) -> BodyVerdict {
        passing::approval(charter, Body { roll: self.voters, count }, false)
    }

    /// Takes an answer as that of a ballot in it, and says who may vote; or says why it is none.
    pub(super) fn admit(&self, answer: &Answer) -> Result<[u8; 32], String> {
        match answer {
            _ if !self.is_open() => Err("it came after the vote ended".into()),
            Answer::Choice(_) => Ok(self.electorate),
            Answer::Ranking(_) => Err("a ballot on a recall says for, against or abstain".into()),
        }
    }
}

impl State {
    /// The votes on recalls that are not over.
    pub fn open_recalls(&self) -> impl Iterator<Item = (OpId, &Recall)> {
        self.recalls.iter().filter(|(_, recall)| recall.is_open()).map(|(id, recall)| (*id, recall))
    }

    /// Whether participants recalled somebody as moderator of a community, ever.
    pub fn is_recalled(&self, space: SpaceId, person: PersonId) -> bool {
        let theirs = |recall: &Recall| (recall.space, recall.person) == (space, person);
        self.recalls.iter().any(|(_, recall)| theirs(recall) && recall.outcome.is_some_and(|outcome| outcome.recalled))
    }

    /// Opens a vote on a recall: charter and electorate are fixed from here on. It lasts as long as that on a bill.
    pub(super) fn open_recall(&mut self, id: OpId, space: SpaceId, person: PersonId, participants: Electorate, petition: Vec<Signature>) {
        let (charter, time) = (self.charter(), self.time());
        let voters = participants.voters();
        let recall = Recall {
            space,
            person,
            petition,
            opened_height: self.height() + 1,
            opened_at: time,
            deadline: time.saturating_add(charter.deliberation_period_ms).saturating_add(charter.voting_period_ms),
            charter: self.charter_version(),
            electorate: self.keep_electorate(participants),
            voters,
            outcome: None,
        };
        self.recalls.insert(id, recall);
        self.end_petitions(Office::Moderator(space), |demand| *demand == Demand::Recall { person });
    }

    /// How a vote on a recall would end if it did now; none where it is over.
    pub fn recall_now(&self, id: OpId) -> Option<RecallResult> {
        let recall = self.recalls.get(&id).filter(|recall| recall.is_open())?;
        let (mut count, mut spoiled) = (Count::default(), 0);
        for choices in self.counted_ballots(id, recall.electorate, recall.opened_height).map(Ballot::choices) {
            match choices.first() {
                None => {}
                Some(_) if choices.len() > 1 => spoiled += 1,
                Some(Choice::For) => count.in_favour += 1,
                Some(Choice::Against) => count.against += 1,
                Some(Choice::Abstain) => count.abstain += 1,
            }
        }
        let recalled = recall.verdict(&self.charter_number(recall.charter), count).approves;
        Some(RecallResult { height: self.height() + 1, count, spoiled, recalled })
    }

    /// Ends the votes on recalls whose time has come; not in the issue that opened them.
    pub(super) fn end_recalls(&mut self) {
        let (time, height) = (self.time(), self.height() + 1);
        let is_due = |recall: &Recall| recall.deadline <= time && recall.opened_height < height;
        let due: Vec<OpId> = self.open_recalls().filter(|(_, recall)| is_due(recall)).map(|(id, _)| id).collect();
        for id in due {
            let Some(outcome) = self.recall_now(id) else { continue };
            self.drop_ballots(id);
            let Some(recall) = self.recalls.change(&id) else { continue };
            recall.outcome = Some(outcome);
            let (space, person, opened_at, electorate) = (recall.space, recall.person, recall.opened_at, recall.electorate);
            self.release_electorate(electorate);
            if outcome.recalled {
                self.remove_moderator(space, person, opened_at);
            }
        }
    }

    /// A moderator holds the office no more, unless they took it anew while the vote went on.
    fn remove_moderator(&mut self, space: SpaceId, person: PersonId, opened_at: u64) {
        let office = Office::Moderator(space);
        if self.offices.get(&(office, person)).is_some_and(|holding| holding.since <= opened_at) {
            self.offices.remove(&(office, person));
        }
        // An older offer of it does not bring them back.
        self.end_offers(|offer| offer.person == person && offer.what == Offered::Office(office));
    }
}
