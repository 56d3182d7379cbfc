//! From money that a member promises to acts.

use super::{act, opened, refused};
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
    law::Money,
};

impl Service {
    pub(super) fn plan_pledge(&self, document: DocumentId, amount: &str) -> Result<Plan, DraftError> {
        let hint = "write it in the smallest unit with its currency: 5000 EUR is 50.00 euros";
        let amount: Money = amount.parse().map_err(|error| Failure::new("amount", error, hint))?;
        let law = self.provisional()?;
        let (bill, _) = opened(&law, document)?;
        let pledge = LawAct::Pledge { bill, amount };
        let check = Act::Law(pledge.clone()).check(self.world.coop.unwrap_or(CoopId::ZERO));
        check.map_err(|error| Failure::new("amount", error, hint))?;
        refused("cannot-pledge", law.why_not_pledge(self.person()?, bill, amount))?;
        Ok(act(pledge, document))
    }

    pub(super) fn plan_withdraw_pledge(&self, document: DocumentId) -> Result<Plan, DraftError> {
        let law = self.provisional()?;
        let (bill, _) = opened(&law, document)?;
        refused("cannot-withdraw", law.why_not_withdraw_pledge(self.person()?, bill))?;
        Ok(act(LawAct::WithdrawPledge { bill }, document))
    }
}
