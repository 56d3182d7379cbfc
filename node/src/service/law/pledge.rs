//! From money that a member promises to acts.

use super::{act, refused};
use crate::{
    api::Failure,
    service::{
        Service,
        drafts::{DraftError, Plan},
    },
};
use folkmoot_protocol::{
    act::{Act, LawAct},
    id::*,
    law::{Money, State},
};

impl Service {
    pub(super) fn plan_pledge(&self, to: OpId, amount: &str, now: u64) -> Result<Plan, DraftError> {
        let hint = "write it with its currency, such as 50.00 EUR";
        let amount: Money = amount.parse().map_err(|error| Failure::new("amount", error, hint))?;
        let law = self.provisional(now)?;
        let pledge = LawAct::Pledge { to, amount };
        let check = Act::Law(pledge.clone()).check(self.world.coop.unwrap_or(CoopId::ZERO));
        check.map_err(|error| Failure::new("amount", error, hint))?;
        refused("cannot-pledge", law.why_not_pledge(self.person()?, to, amount))?;
        Ok(act(pledge, named(&law, to)))
    }

    pub(super) fn plan_withdraw_pledge(&self, to: OpId, now: u64) -> Result<Plan, DraftError> {
        let law = self.provisional(now)?;
        refused("cannot-withdraw", law.why_not_withdraw_pledge(self.person()?, to))?;
        Ok(act(LawAct::WithdrawPledge { to }, named(&law, to)))
    }
}

/// What people know it by: a bill by its text, a feature by itself.
fn named(law: &State, to: OpId) -> DocumentId {
    law.bills.get(&to).map_or(DocumentId(to.0), |bill| bill.proposal.document)
}
