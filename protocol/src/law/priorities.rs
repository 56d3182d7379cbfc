//! Votes on priorities: which features the co-op wants for its money.

mod count;

pub use count::{FundedFeature, Shares};

use super::{Answer, Ballot, Hindrance, Money, state::State};
use crate::{id::*, limits};
use minicbor::{Decode, Encode};

/// Something that a vote on priorities can fund.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Feature {
    /// Its short name.
    #[n(0)]
    pub name: String,
    /// What it costs, in the smallest unit of the budget's currency.
    #[n(1)]
    pub cost: u64,
}

/// A vote on priorities.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Priorities {
    /// Its short name.
    #[n(0)]
    pub name: String,
    /// What there is to spend.
    #[n(1)]
    pub budget: Money,
    /// What it can be spent on, as the bill lists it.
    #[n(2)]
    pub features: Vec<Feature>,
    /// The bill that opened it.
    #[n(3)]
    pub by: OpId,
    /// The issue that opened it,
    #[n(4)]
    pub opened_height: u64,
    /// and its time.
    #[n(5)]
    pub opened_at: u64,
    /// The vote ends with the first issue from here on.
    #[n(6)]
    pub deadline: u64,
    /// Who may vote.
    #[cbor(n(7), with = "minicbor::bytes")]
    pub electorate: [u8; 32],
    /// How many may vote.
    #[n(8)]
    pub voters: u64,
    /// The issue that opened it, once it is printed: by its hash lots are drawn.
    #[n(9)]
    pub lot: Option<IssueId>,
    /// What came of it.
    #[n(10)]
    pub outcome: Option<Shares>,
}

impl Priorities {
    /// Whether it goes on.
    pub fn is_open(&self) -> bool {
        self.outcome.is_none()
    }

    /// How ballots name a feature, by its place in the list: in the form of a person's id, as they name candidates.
    pub fn ballot_id(vote: OpId, place: usize) -> PersonId {
        PersonId(vote.made_by(place as u64).0)
    }

    /// Of each feature how ballots name it.
    pub fn ballot_ids(&self, vote: OpId) -> Vec<PersonId> {
        (0..self.features.len()).map(|place| Self::ballot_id(vote, place)).collect()
    }

    /// Takes an answer as that of a ballot in it, and says who may vote; or says why it is none.
    pub(super) fn admit(&self, answer: &mut Answer) -> Result<[u8; 32], String> {
        if !self.is_open() {
            return Err("it came after the vote ended".into());
        }
        match answer {
            // The order has no meaning: two devices that say the same are to agree.
            Answer::Ranking(approved) => approved.sort(),
            Answer::Choice(_) => return Err("a ballot on priorities names features".into()),
        }
        Ok(self.electorate)
    }
}

impl State {
    /// The votes on priorities that are not over.
    pub fn running_priorities(&self) -> impl Iterator<Item = (OpId, &Priorities)> {
        self.priorities.iter().filter(|(_, vote)| vote.is_open()).map(|(id, vote)| (*id, vote))
    }

    /// What to call a feature.
    pub fn feature_name(&self, feature: OpId) -> Option<String> {
        let (vote, place) = self.features.get(&feature)?;
        let (vote, place) = (self.priorities.get(vote)?, usize::try_from(*place).ok()?);
        Some(format!("the feature {} of the priorities {}", vote.features.get(place)?.name, vote.name))
    }

    /// Opens a vote on priorities: features and electorate are fixed from here on.
    pub(super) fn open_priorities(&mut self, id: OpId, name: &str, budget: Money, features: &[Feature], by: OpId) -> Result<(), Hindrance> {
        if self.running_priorities().any(|(_, running)| running.name == name) {
            return Err(Hindrance::Priorities { name: name.into() });
        }
        if self.running_priorities().count() >= limits::OPEN_PRIORITIES {
            return Err(Hindrance::ManyPriorities);
        }
        let time = self.time();
        let electorate = self.electorate(time);
        let voters = electorate.voters();
        let vote = Priorities {
            name: name.into(),
            budget,
            features: features.to_vec(),
            by,
            opened_height: self.height() + 1,
            opened_at: time,
            deadline: time.saturating_add(self.charter().voting_period_ms),
            electorate: self.keep_electorate(electorate),
            voters,
            lot: None,
            outcome: None,
        };
        for place in 0..features.len() {
            self.features.insert(id.made_by(place as u64), (id, place as u64));
        }
        self.priorities.insert(id, vote);
        Ok(())
    }

    /// The hash of an issue is known once the next one follows it: lots are fixed before anybody votes.
    pub(super) fn draw_lots_of_priorities(&mut self) {
        let (height, issue) = (self.height(), self.issue());
        let opened: Vec<OpId> = self.running_priorities().filter(|(_, vote)| vote.lot.is_none() && vote.opened_height == height).map(|(id, _)| id).collect();
        for id in opened {
            if let Some(vote) = self.priorities.change(&id) {
                vote.lot = Some(issue);
            }
        }
    }

    /// How a vote on priorities would end if it did now; none where it is over.
    pub fn shares_now(&self, id: OpId) -> Option<Shares> {
        let vote = self.priorities.get(&id).filter(|vote| vote.is_open())?;
        let ballots = self.counted_ballots(id, vote.electorate, vote.opened_height).map(Ballot::rankings);
        Some(count::share(id, vote, ballots, self.height() + 1))
    }

    /// Ends the votes on priorities whose time has come; not in the issue that opened them.
    pub(super) fn end_priorities(&mut self) {
        let (time, height) = (self.time(), self.height() + 1);
        let is_due = |vote: &Priorities| vote.deadline <= time && vote.opened_height < height;
        let due: Vec<OpId> = self.running_priorities().filter(|(_, vote)| is_due(vote)).map(|(id, _)| id).collect();
        for id in due {
            let Some(outcome) = self.shares_now(id) else { continue };
            self.drop_ballots(id);
            let Some(vote) = self.priorities.change(&id) else { continue };
            vote.outcome = Some(outcome);
            let electorate = vote.electorate;
            self.release_electorate(electorate);
        }
    }
}
