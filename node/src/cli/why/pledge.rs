//! Who pledges what to a bill, by which acts.

use super::{Asked, Because, Why};
use crate::{api::Failure, cli::format, cli::treasury::written};
use folkmoot_protocol::{
    id::*,
    law::{Bill, Pledge},
};

impl Asked<'_> {
    /// What is pledged to a bill.
    pub(super) fn pledges(&self, op: OpId, bill: &Bill) -> Result<Vec<Because>, Failure> {
        self.book.printed.pledges_to(op).map(|(person, pledge)| self.pledged(bill, person, pledge)).collect()
    }

    fn pledged(&self, bill: &Bill, person: PersonId, pledge: &Pledge) -> Result<Because, Failure> {
        let issue = self.view.printing_of(pledge.op)?.map(|printing| printing.height);
        let rule = Some(format!("{}: a pledge is due once its bill is in force", pledge.state(&bill.status).name()));
        Ok(Because { what: format!("pledged {}", written(&pledge.amount)), op: Some(pledge.op), by: Some(self.view.person_or_id(person)?), issue, rule })
    }

    /// Why a pledge stands as it does; none where no pledge that counts was made by an act that begins so.
    pub(super) fn pledge(&self, typed: &str) -> Result<Option<Why>, Failure> {
        let law = &self.book.printed;
        let acts: Vec<OpId> = law.pledges.iter().map(|(_, pledge)| pledge.op).collect();
        let Ok(act) = super::resolve::one_of("pledge", typed, &acts, "") else { return Ok(None) };
        let Some(((op, person), pledge)) = law.pledges.iter().find(|(_, pledge)| pledge.op == act) else { return Ok(None) };
        let Some(bill) = law.bills.get(op) else { return Ok(None) };
        let mut because = vec![self.pledged(bill, *person, pledge)?];
        let rule = Some(self.passed(bill));
        let issue = bill.result.map(|(_, height)| height);
        because.push(Because { what: format!("the bill is {}", bill.status.name()), op: Some(*op), by: self.author(Some(*op))?, issue, rule });
        let name = format::person(&self.view.person_or_id(*person)?);
        let state = pledge.state(&bill.status).name();
        Ok(Some(Why { fact: format!("{name} pledged {} to \"{}\": {state}", written(&pledge.amount), bill.proposal.title), because }))
    }
}
