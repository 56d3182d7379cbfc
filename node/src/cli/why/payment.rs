//! Why a payment was ordered.

use super::{Asked, Why};
use crate::{
    api::Failure,
    cli::{format, resolve},
};
use folkmoot_protocol::{id::*, law::Cause};

impl Asked<'_> {
    /// The bill that ordered a payment, and the one that set its budget; none where no payment's id begins so.
    pub(super) fn payment(&self, typed: &str) -> Result<Option<Why>, Failure> {
        let law = &self.book.printed;
        let all: Vec<OpId> = law.spends.iter().map(|(id, _)| *id).collect();
        let Ok(id) = resolve::one_of("payment", typed, &all, "") else { return Ok(None) };
        let Some(spend) = law.spends.get(&id) else { return Ok(None) };
        let mut because = vec![self.cause("ordered".into(), Cause::Bill(spend.by), None)?];
        if let Some(budget) = law.budgets.get(&spend.budget) {
            because.push(self.cause(format!("the budget {} was set to {}", spend.budget, budget.amount), Cause::Bill(budget.by), None)?);
        }
        let when = format::day(spend.at);
        Ok(Some(Why::new(format!("{} for {} are to be paid out of the budget {}, ordered {when}", spend.amount, spend.purpose, spend.budget), because)))
    }
}
