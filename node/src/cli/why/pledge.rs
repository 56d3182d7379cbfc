//! Who pledges what to a bill or a feature, by which acts, and what made it due.

use super::{Asked, Because, Why};
use crate::{api::Failure, cli::format, cli::pledge};
use folkmoot_protocol::{
    id::*,
    law::{Cause, Pledge},
};

/// The rule of pledges.
const RULE: &str = "a pledge is due once what it is for is decided, and a bill says that it is delivered";

impl Asked<'_> {
    /// What is pledged to a bill or a feature, and what delivered it.
    pub(super) fn pledges(&self, to: OpId) -> Result<Vec<Because>, Failure> {
        let pledged = self.book.printed.pledges_to(to).map(|(person, pledge)| self.pledged(to, person, pledge));
        pledged.chain(self.delivered(to).transpose()).collect()
    }

    fn pledged(&self, to: OpId, person: PersonId, pledge: &Pledge) -> Result<Because, Failure> {
        let issue = self.view.printing_of(pledge.op)?.map(|printing| printing.height);
        let rule = Some(format!("{}: {RULE}", self.book.printed.pledge_state(to, pledge).name()));
        Ok(Because { what: format!("pledged {}", pledge.amount), op: Some(pledge.op), by: Some(self.view.person_or_id(person)?), issue, rule })
    }

    /// The bill that said that something is delivered.
    fn delivered(&self, what: OpId) -> Result<Option<Because>, Failure> {
        let delivered = self.book.printed.delivered.get(&what);
        delivered.map(|row| self.cause("said to be delivered".into(), Cause::Bill(row.by), Some(row.height))).transpose()
    }

    /// Why a feature is chosen, delivered, paid for; none where nothing is called so.
    pub(super) fn feature(&self, typed: &str) -> Result<Option<Why>, Failure> {
        let law = &self.book.printed;
        let features = |id: &OpId| law.features.get(id).copied();
        let Ok(id) = pledge::target(self.view, law, typed) else { return Ok(None) };
        let Some((vote, _)) = features(&id) else { return Ok(None) };
        let Some(row) = law.priorities.get(&vote) else { return Ok(None) };
        let Why { fact, mut because, .. } = self.priorities(vote, row)?;
        because.push(Because { what: fact, op: None, by: None, issue: None, rule: None });
        because.extend(self.pledges(id)?);
        let state = law.promised(id).map(|state| state.name()).unwrap_or_default();
        Ok(Some(Why::new(format!("{}: what is pledged to it is {state}", pledge::what(law, id)), because)))
    }

    /// Why a pledge stands as it does; none where no pledge that counts was made by an act that begins so.
    pub(super) fn pledge(&self, typed: &str) -> Result<Option<Why>, Failure> {
        let law = &self.book.printed;
        let acts: Vec<OpId> = law.pledges.iter().map(|(_, pledge)| pledge.op).collect();
        let Ok(act) = super::resolve::one_of("pledge", typed, &acts, "") else { return Ok(None) };
        let Some(((to, person), row)) = law.pledges.iter().find(|(_, pledge)| pledge.op == act) else { return Ok(None) };
        let mut because = vec![self.pledged(*to, *person, row)?];
        if let Some(bill) = law.bills.get(to) {
            let (issue, rule) = (Some(bill.opened_height), Some(self.passed(bill)));
            because.push(Because { what: format!("the bill is {}", bill.status.name()), op: Some(*to), by: self.author(Some(*to))?, issue, rule });
        }
        because.extend(self.delivered(*to)?);
        let name = format::person(&self.view.person_or_id(*person)?);
        let state = law.pledge_state(*to, row).name();
        Ok(Some(Why::new(format!("{name} pledged {} to {}: {state}", row.amount, pledge::what(law, *to)), because)))
    }
}
