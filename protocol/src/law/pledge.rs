//! Pledges: money that members promise for the case that a bill comes into force, or a feature is chosen, and is
//! delivered. A promise is no money: the books know nothing of it.

use super::{Hindrance, Money, Status, state::State};
use crate::{id::*, limits};
use minicbor::{Decode, Encode};

/// What somebody pledges to a bill or a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Pledge {
    /// The act that pledged it last.
    #[n(0)]
    pub op: OpId,
    /// How much.
    #[n(1)]
    pub amount: Money,
    /// When, in the Gazette's time.
    #[n(2)]
    pub at: u64,
    /// When it was taken back.
    #[n(3)]
    pub withdrawn: Option<u64>,
}

/// That a bill said that something is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Delivered {
    /// The bill.
    #[n(0)]
    pub by: OpId,
    /// The issue that brought it into force,
    #[n(1)]
    pub height: u64,
    /// and its time.
    #[n(2)]
    pub at: u64,
}

/// Where a pledge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PledgeState {
    /// It is promised, and nothing is decided.
    Pledged,
    /// It is decided, and waits for its delivery.
    Enacted,
    /// It is delivered: it is to be paid.
    Due,
    /// It was decided against.
    Void,
    /// It was taken back.
    Withdrawn,
}

impl PledgeState {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pledged => "pledged",
            Self::Enacted => "enacted",
            Self::Due => "due",
            Self::Void => "void",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl State {
    /// Where a pledge to something stands.
    pub fn pledge_state(&self, to: OpId, pledge: &Pledge) -> PledgeState {
        if pledge.withdrawn.is_some() { PledgeState::Withdrawn } else { self.promised(to).unwrap_or(PledgeState::Void) }
    }

    /// Where pledges to a bill or a feature stand that were not taken back; none where there is no such thing.
    pub fn promised(&self, to: OpId) -> Option<PledgeState> {
        let decided = match self.bills.get(&to) {
            Some(bill) => match bill.status {
                Status::Open | Status::Passed { .. } => PledgeState::Pledged,
                Status::Enacted { .. } => PledgeState::Enacted,
                Status::Failed | Status::Stale { .. } | Status::Withdrawn | Status::Expired { .. } => PledgeState::Void,
            },
            None => self.promised_feature(to)?,
        };
        Some(if self.delivered.contains(&to) { PledgeState::Due } else { decided })
    }

    fn promised_feature(&self, feature: OpId) -> Option<PledgeState> {
        let (vote, place) = self.features.get(&feature)?;
        Some(match &self.priorities.get(vote)?.outcome {
            None => PledgeState::Pledged,
            Some(shares) if usize::try_from(*place).is_ok_and(|place| shares.funded(place).is_some()) => PledgeState::Enacted,
            Some(_) => PledgeState::Void,
        })
    }

    /// What to call a bill or a feature.
    pub fn promise_name(&self, to: OpId) -> Option<String> {
        let bill = self.bills.get(&to).map(|bill| format!("the bill \"{}\"", bill.proposal.title));
        bill.or_else(|| self.feature_name(to))
    }

    /// The pledges to a bill or a feature, those that were taken back too.
    pub fn pledges_to(&self, to: OpId) -> impl Iterator<Item = (PersonId, &Pledge)> {
        self.pledges.under(to, PersonId::ZERO)
    }

    /// What is pledged to a bill or a feature in all and not taken back, an amount for each currency.
    pub fn pledged_to(&self, to: OpId) -> Vec<Money> {
        let mut totals: Vec<Money> = Vec::new();
        for (_, pledge) in self.pledges_to(to).filter(|(_, pledge)| pledge.withdrawn.is_none()) {
            match totals.iter_mut().find(|total| total.currency == pledge.amount.currency) {
                Some(total) => total.minor = total.minor.saturating_add(pledge.amount.minor),
                None => totals.push(pledge.amount),
            }
        }
        totals.sort_by_key(|total| total.currency);
        totals
    }

    /// Why nothing can be pledged to a bill or a feature any more; none where something can.
    fn why_decided(&self, to: OpId) -> Option<&'static str> {
        let feature = self.features.contains(&to);
        match self.promised(to) {
            None => Some("no such bill was opened, and no such feature is voted on"),
            Some(PledgeState::Pledged) => None,
            Some(PledgeState::Enacted) if feature => Some("the feature is chosen already"),
            Some(PledgeState::Enacted) => Some("the bill is in force already"),
            Some(PledgeState::Due) => Some("it is delivered already"),
            Some(_) if feature => Some("the feature was not chosen"),
            Some(_) => Some("the bill does not come into force any more"),
        }
    }

    /// The bills and features of which nothing is decided yet.
    fn undecided(&self) -> impl Iterator<Item = OpId> {
        let of = |(vote, row): (OpId, &super::Priorities)| (0..row.features.len()).map(move |place| vote.made_by(place as u64));
        self.live_bills().map(|(id, _)| id).chain(self.running_priorities().flat_map(of))
    }

    /// Why somebody cannot pledge something to a bill or a feature; none where they can.
    pub fn why_not_pledge(&self, person: PersonId, to: OpId, amount: Money) -> Option<String> {
        if let Some(reason) = self.why_decided(to).map(str::to_owned).or_else(|| self.why_no_member(person, "pledge")) {
            return Some(reason);
        }
        let stands = |pledge: &&Pledge| pledge.withdrawn.is_none();
        let own = |to: OpId| self.pledges.get(&(to, person));
        match own(to) {
            Some(pledge) if stands(&pledge) && pledge.amount == amount => return Some("they pledge just that already".into()),
            Some(_) => {}
            None if self.pledges_to(to).count() >= limits::PLEDGES_PER_BILL => return Some("as many pledge to it as can".into()),
            None => {}
        }
        let others = self.undecided().filter(|other| *other != to && own(*other).is_some_and(|pledge| stands(&pledge))).count();
        if others >= limits::PLEDGES_PER_PERSON {
            return Some(format!("they pledge to {others} bills and features, as many as may be at one time"));
        }
        None
    }

    /// Somebody pledges something; it stands in place of what they pledged to the same before.
    pub(super) fn pledge(&mut self, op: OpId, person: PersonId, to: OpId, amount: Money) -> Result<(), String> {
        if let Some(reason) = self.why_not_pledge(person, to, amount) {
            return Err(reason);
        }
        let at = self.time();
        self.pledges.insert((to, person), Pledge { op, amount, at, withdrawn: None });
        Ok(())
    }

    /// Why somebody cannot take back what they pledge; none where they can.
    pub fn why_not_withdraw_pledge(&self, person: PersonId, to: OpId) -> Option<String> {
        let Some(pledge) = self.pledges.get(&(to, person)) else { return Some("they pledge nothing to that".into()) };
        match self.pledge_state(to, pledge) {
            PledgeState::Pledged => None,
            PledgeState::Enacted => Some("it is decided: what was pledged is due once it is delivered".into()),
            PledgeState::Due => Some("it is delivered: what was pledged is due".into()),
            PledgeState::Void => Some("it was decided against: nothing is to be paid".into()),
            PledgeState::Withdrawn => Some("it was taken back already".into()),
        }
    }

    pub(super) fn withdraw_pledge(&mut self, person: PersonId, to: OpId) -> Result<(), String> {
        if let Some(reason) = self.why_not_withdraw_pledge(person, to) {
            return Err(reason);
        }
        let now = self.time();
        if let Some(pledge) = self.pledges.change(&(to, person)) {
            pledge.withdrawn = Some(now);
        }
        Ok(())
    }

    /// A bill says that something is delivered: what was pledged to it is due from here on.
    pub(super) fn deliver(&mut self, what: OpId, by: OpId) -> Result<(), Hindrance> {
        match self.promised(what) {
            Some(PledgeState::Due) => return Err(Hindrance::Delivered),
            Some(PledgeState::Enacted) => {}
            _ => return Err(Hindrance::NotDecided),
        }
        let (height, at) = (self.height() + 1, self.time());
        self.delivered.insert(what, Delivered { by, height, at });
        Ok(())
    }
}
