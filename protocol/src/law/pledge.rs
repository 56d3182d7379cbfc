//! Pledges: money that members promise for the case that a bill comes into force. A promise is no money: the books
//! know nothing of it.

use super::{Money, Status, state::State};
use crate::{id::*, limits};
use minicbor::{Decode, Encode};

/// What somebody pledges to a bill.
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

/// Where a pledge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PledgeState {
    /// It is promised, and what becomes of the bill is not settled.
    Pledged,
    /// The bill is in force: it is to be paid.
    Due,
    /// The bill does not come into force any more.
    Void,
    /// It was taken back.
    Withdrawn,
}

impl PledgeState {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pledged => "pledged",
            Self::Due => "due",
            Self::Void => "void",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl Pledge {
    /// Where it stands, by where its bill stands.
    pub fn state(&self, bill: &Status) -> PledgeState {
        match bill {
            _ if self.withdrawn.is_some() => PledgeState::Withdrawn,
            Status::Open | Status::Passed { .. } => PledgeState::Pledged,
            Status::Enacted { .. } | Status::Expired { .. } => PledgeState::Due,
            Status::Failed | Status::Stale { .. } | Status::Withdrawn => PledgeState::Void,
        }
    }
}

impl State {
    /// The pledges to a bill, those that were taken back too.
    pub fn pledges_to(&self, bill: OpId) -> impl Iterator<Item = (PersonId, &Pledge)> {
        self.pledges.under(bill, PersonId::ZERO)
    }

    /// What is pledged to a bill in all and not taken back, an amount for each currency.
    pub fn pledged_to(&self, bill: OpId) -> Vec<Money> {
        let mut totals: Vec<Money> = Vec::new();
        for (_, pledge) in self.pledges_to(bill).filter(|(_, pledge)| pledge.withdrawn.is_none()) {
            match totals.iter_mut().find(|total| total.currency == pledge.amount.currency) {
                Some(total) => total.minor = total.minor.saturating_add(pledge.amount.minor),
                None => totals.push(pledge.amount),
            }
        }
        totals.sort_by_key(|total| total.currency);
        totals
    }

    /// Why somebody cannot pledge something to a bill; none where they can.
    pub fn why_not_pledge(&self, person: PersonId, id: OpId, amount: Money) -> Option<String> {
        let Some(bill) = self.bills.get(&id) else { return Some("no such bill was opened".into()) };
        match bill.status {
            Status::Open | Status::Passed { .. } => {}
            Status::Enacted { .. } => return Some("the bill is in force already".into()),
            Status::Expired { .. } => return Some("the bill was in force until its sunset".into()),
            Status::Failed | Status::Stale { .. } | Status::Withdrawn => return Some("the bill does not come into force any more".into()),
        }
        if let Some(reason) = self.why_no_member(person, "pledge") {
            return Some(reason);
        }
        let stands = |pledge: &&Pledge| pledge.withdrawn.is_none();
        let own = |bill: OpId| self.pledges.get(&(bill, person));
        match own(id) {
            Some(pledge) if stands(&pledge) && pledge.amount == amount => return Some("they pledge just that already".into()),
            Some(_) => {}
            None if self.pledges_to(id).count() >= limits::PLEDGES_PER_BILL => return Some("as many pledge to the bill as can".into()),
            None => {}
        }
        let others = self.live_bills().filter(|(other, _)| *other != id && own(*other).is_some_and(|pledge| stands(&pledge))).count();
        if others >= limits::PLEDGES_PER_PERSON {
            return Some(format!("they pledge to {others} bills, as many as may be at one time"));
        }
        None
    }

    /// Somebody pledges something to a bill; it stands in place of what they pledged before.
    pub(super) fn pledge(&mut self, op: OpId, person: PersonId, bill: OpId, amount: Money) -> Result<(), String> {
        if let Some(reason) = self.why_not_pledge(person, bill, amount) {
            return Err(reason);
        }
        let at = self.time();
        self.pledges.insert((bill, person), Pledge { op, amount, at, withdrawn: None });
        Ok(())
    }

    /// Why somebody cannot take back what they pledge to a bill; none where they can.
    pub fn why_not_withdraw_pledge(&self, person: PersonId, id: OpId) -> Option<String> {
        let (Some(bill), Some(pledge)) = (self.bills.get(&id), self.pledges.get(&(id, person))) else {
            return Some("they pledge nothing to that bill".into());
        };
        match pledge.state(&bill.status) {
            PledgeState::Pledged => None,
            PledgeState::Due => Some("the bill is in force: what was pledged is due".into()),
            PledgeState::Void => Some("the bill does not come into force any more: nothing is to be paid".into()),
            PledgeState::Withdrawn => Some("it was taken back already".into()),
        }
    }

    pub(super) fn withdraw_pledge(&mut self, person: PersonId, bill: OpId) -> Result<(), String> {
        if let Some(reason) = self.why_not_withdraw_pledge(person, bill) {
            return Err(reason);
        }
        let now = self.time();
        if let Some(pledge) = self.pledges.change(&(bill, person)) {
            pledge.withdrawn = Some(now);
        }
        Ok(())
    }
}
