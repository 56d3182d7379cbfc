//! Challenges of somebody's place among the consumers, and what came of them.

use super::{DuesRow, Offered, Office, state::State};
use crate::{
    act::standing::{Challenge, Decision},
    id::*,
    limits,
};
use minicbor::{Decode, Encode};

/// A challenge of somebody's place among the consumers.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ChallengeRow {
    /// Whose place.
    #[n(0)]
    pub member: PersonId,
    /// Who challenges it.
    #[n(1)]
    pub by: PersonId,
    /// Why.
    #[n(2)]
    pub reason: String,
    /// The issue that printed it,
    #[n(3)]
    pub height: u64,
    /// and its time.
    #[n(4)]
    pub at: u64,
    /// It lapses with the first issue from here on, if no auditor has decided it.
    #[n(5)]
    pub until: u64,
    /// What came of it; none while it is open.
    #[n(6)]
    pub end: Option<ChallengeEnd>,
}

/// What came of a challenge.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ChallengeEnd {
    /// Whether the member was on the roll wrongly.
    #[n(0)]
    pub upheld: bool,
    /// The issue with which it ended.
    #[n(1)]
    pub height: u64,
    /// The auditor, the act, and why; none where it lapsed.
    #[n(2)]
    pub decision: Option<(PersonId, OpId, String)>,
}

impl ChallengeRow {
    /// Where it stands, in a word: open, upheld, dismissed, or lapsed because no auditor decided it in time.
    pub fn state(&self) -> &'static str {
        match &self.end {
            None => "open",
            Some(end) if end.upheld => "upheld",
            Some(end) if end.decision.is_some() => "dismissed",
            Some(_) => "lapsed",
        }
    }
}

/// That an upheld challenge ended somebody's place among the consumers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Struck {
    /// The challenge.
    #[n(0)]
    pub challenge: OpId,
    /// The issue that ended it: the member has no vote as a consumer in what was opened up to it.
    #[n(1)]
    pub height: u64,
    /// Receipts up to this number count for them no more.
    #[n(2)]
    pub receipts: u64,
}

impl State {
    /// The challenges that are open, by whose place they are of.
    pub fn open_challenges(&self) -> impl Iterator<Item = (OpId, &ChallengeRow)> {
        self.challenged.iter().filter_map(|(_, id)| Some((*id, self.challenges.get(id)?)))
    }

    /// Whether a challenge ended somebody's place among the consumers with an issue of that height or after it.
    pub fn is_struck_since(&self, person: PersonId, height: u64) -> bool {
        self.members.get(&person).and_then(|member| member.struck).is_some_and(|struck| struck.height >= height)
    }

    /// The number of the last receipt that does not count for somebody; 0 where all do.
    pub(super) fn struck_receipts(&self, person: PersonId) -> u64 {
        self.members.get(&person).and_then(|member| member.struck).map_or(0, |struck| struck.receipts)
    }

    /// The receipts of somebody, but for those that a challenge of their place ended.
    pub fn counting_dues(&self, person: PersonId) -> impl Iterator<Item = &DuesRow> {
        self.dues.from(self.struck_receipts(person) + 1).map(|(_, row)| row).filter(move |row| row.member == person)
    }

    /// Why a challenge would have no effect now; none where it would have.
    pub fn why_no_challenge(&self, by: PersonId, challenge: &Challenge) -> Option<String> {
        let (charter, time, member) = (self.charter(), self.time(), challenge.member);
        if !self.standing(by, time).votes() {
            return Some("only who may vote challenges somebody's place on the roll".into());
        }
        if by == member {
            return Some("nobody challenges themselves".into());
        }
        if self.consumer(member).is_none_or(|consumer| consumer.paid_to.saturating_add(charter.grace_period_ms) < time) {
            return Some("that person is not among the consumers".into());
        }
        if self.challenged.contains(&member) {
            return Some("a challenge of that person is open already".into());
        }
        if self.dismissed.get(&(by, member)).is_some_and(|ended| ended.saturating_add(charter.refile_wait_ms) > time) {
            return Some(
                "a challenge of that person by the same one was dismissed less than the time ago after which it can be put again (refile.wait)".into(),
            );
        }
        if self.open_challenges().filter(|(_, row)| row.by == by).count() >= limits::CHALLENGES_PER_PERSON {
            return Some(format!("{} challenges by one person are open, as many as may be at one time", limits::CHALLENGES_PER_PERSON));
        }
        None
    }

    pub(super) fn challenge(&mut self, op: OpId, by: PersonId, challenge: &Challenge) -> Result<(), String> {
        if let Some(reason) = self.why_no_challenge(by, challenge) {
            return Err(reason);
        }
        let (member, at) = (challenge.member, self.time());
        let until = at.saturating_add(self.charter().grace_period_ms);
        let row = ChallengeRow { member, by, reason: challenge.reason.clone(), height: self.height() + 1, at, until, end: None };
        self.challenges.insert(op, row);
        self.challenged.insert(member, op);
        self.index.tallies.clear();
        Ok(())
    }

    /// Why somebody does not decide a challenge; none where they do.
    pub fn why_no_decision(&self, by: PersonId, challenge: OpId) -> Option<String> {
        if !self.holds(Office::Auditor, by) {
            return Some("only an auditor decides challenges".into());
        }
        match self.challenges.get(&challenge) {
            None => Some("no such challenge is printed".into()),
            Some(row) if row.end.is_some() => Some("it is decided already, or has lapsed".into()),
            Some(row) if row.by == by || row.member == by => Some("an auditor does not decide a challenge by them or of them".into()),
            Some(_) => None,
        }
    }

    pub(super) fn decide(&mut self, act: OpId, by: PersonId, decision: &Decision) -> Result<(), String> {
        if let Some(reason) = self.why_no_decision(by, decision.challenge) {
            return Err(reason);
        }
        self.end_challenge(decision.challenge, decision.upheld, Some((by, act, decision.reason.clone())));
        Ok(())
    }

    /// Challenges that nobody has decided in time are dismissed.
    pub(super) fn lapse_challenges(&mut self) {
        let time = self.time();
        let lapsed: Vec<OpId> = self.open_challenges().filter(|(_, row)| row.until <= time).map(|(id, _)| id).collect();
        lapsed.into_iter().for_each(|id| self.end_challenge(id, false, None));
    }

    fn end_challenge(&mut self, id: OpId, upheld: bool, decision: Option<(PersonId, OpId, String)>) {
        let (height, time) = (self.height() + 1, self.time());
        let Some(row) = self.challenges.change(&id) else { return };
        row.end = Some(ChallengeEnd { upheld, height, decision });
        let (by, member) = (row.by, row.member);
        self.challenged.remove(&member);
        self.index.tallies.clear();
        if upheld {
            let receipts = self.dues.iter().next_back().map_or(0, |(number, _)| *number);
            self.strike(member, Struck { challenge: id, height, receipts });
        } else {
            self.dismissed.insert((by, member), time);
        }
    }

    /// Somebody is no consumer any more, and nothing that they paid so far counts. A job of theirs stays.
    fn strike(&mut self, person: PersonId, struck: Struck) {
        self.end_offers(|offer| offer.person == person && matches!(offer.what, Offered::Dues(_)));
        self.unqueue(person);
        if let Some(member) = self.members.change(&person) {
            (member.consumer, member.struck) = (None, Some(struck));
        }
    }
}
