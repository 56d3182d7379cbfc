//! Why a text is adopted, an instance endorsed, and a budget as large as it is.

use super::{Asked, Because, Why};
use crate::{api::Failure, cli::adopted};
use folkmoot_protocol::{
    id::*,
    law::{Bill, Cause, Effect, Money},
};

impl Asked<'_> {
    /// Why a text is law, with the bills that adopted one of that name before.
    pub(super) fn text(&self, name: &str) -> Result<Option<Why>, Failure> {
        let law = &self.book.printed;
        let Some(row) = law.texts.get(&name.to_owned()) else { return Ok(None) };
        let fact = adopted::of_page(self.view, law, row.document)?.iter().find(|text| text.is_called(name)).map(adopted::Adopted::sentence);
        let mut because = vec![self.cause("adopted".into(), Cause::Bill(row.by), Some(row.height))?];
        because.extend(self.in_force_before(row.by, "adopted before", |effect| matches!(effect, Effect::AdoptText { name: other, .. } if other == name))?);
        Ok(Some(Why::new(fact.unwrap_or_default(), because)))
    }

    /// Why an instance is endorsed, or is no more; the latest first.
    pub(super) fn instance(&self, host: &str) -> Result<Option<Why>, Failure> {
        let how = |effect: &Effect| match effect {
            Effect::Endorse { instance } if instance == host => Some("endorsed"),
            Effect::Unendorse { instance } if instance == host => Some("the endorsement was taken back"),
            _ => None,
        };
        let because = self.in_force(how)?;
        let is = if self.book.printed.endorsements.contains(&host.to_owned()) { "endorses" } else { "does not endorse" };
        Ok(Some(Why::new(format!("the co-op {is} {host}"), because)).filter(|why| !why.because.is_empty()))
    }

    /// Why a budget is as large as it is, and what was spent out of it.
    pub(super) fn budget(&self, name: &str) -> Result<Option<Why>, Failure> {
        let law = &self.book.printed;
        let Some(row) = law.budgets.get(&name.to_owned()) else { return Ok(None) };
        let mut because = vec![self.cause(format!("set to {}", row.amount), Cause::Bill(row.by), None)?];
        because.extend(self.in_force_before(row.by, "set before", |effect| matches!(effect, Effect::Budget { name: other, .. } if other == name))?);
        let mut spends: Vec<_> = law.spends.iter().map(|(_, spend)| spend).filter(|spend| spend.budget == name).collect();
        spends.sort_by_key(|spend| spend.at);
        for spend in spends {
            because.push(self.cause(format!("{} for {} were ordered", spend.amount, spend.purpose), Cause::Bill(spend.by), None)?);
        }
        let spent = Money { minor: row.spent, ..row.amount };
        Ok(Some(Why::new(format!("the budget {name} is {}, of which bills have spent {spent}", row.amount), because)))
    }

    /// What other bills in force did of the same sort, the latest first.
    fn in_force_before(&self, last: OpId, what: &str, does: impl Fn(&Effect) -> bool) -> Result<Vec<Because>, Failure> {
        let before = self.in_force(|effect| does(effect).then_some(what))?;
        Ok(before.into_iter().filter(|link| link.op != Some(last)).collect())
    }

    /// What bills in force did, by what is said of their effects; the latest first.
    fn in_force<'a>(&self, said: impl Fn(&Effect) -> Option<&'a str>) -> Result<Vec<Because>, Failure> {
        let done = |(id, bill): (&OpId, &Bill)| {
            let what = bill.proposal.effects.iter().rev().find_map(&said)?;
            Some((bill.status.in_force_since()?, *id, what))
        };
        let mut done: Vec<_> = self.book.printed.bills.iter().filter_map(done).collect();
        done.sort_by(|a, b| b.cmp(a));
        done.into_iter().map(|(height, id, what)| self.cause(what.into(), Cause::Bill(id), Some(height))).collect()
    }
}
