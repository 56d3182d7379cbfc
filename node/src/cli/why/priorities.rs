//! Why the money is shared out as it is: the bill, every ballot, and the count.

use super::{Asked, Because, Why, ballots::Cast};
use crate::{api::Failure, audit};
use folkmoot_protocol::{
    id::*,
    law::{Cause, Priorities},
};

impl Asked<'_> {
    pub(super) fn priorities(&self, id: OpId, vote: &Priorities) -> Result<Why, Failure> {
        let mut because = vec![self.cause("opened".into(), Cause::Bill(vote.by), Some(vote.opened_height))?];
        let shares = vote.outcome.as_ref();
        because.extend(self.ballots(&Cast::on_priorities(id, vote))?);
        let ended = |rule: String, issue: u64| Because { what: "the vote ended".into(), op: None, by: None, issue: Some(issue), rule: Some(rule) };
        because.extend(shares.map(|shares| ended(audit::how_shared(vote, shares), shares.height)));
        let result = match shares {
            None => "voting goes on".to_owned(),
            Some(shares) if shares.funded.is_empty() => "nothing is funded".into(),
            Some(shares) => format!("funded {}", audit::funded_names(vote, shares).join(", ")),
        };
        Ok(Why::new(format!("priorities {} ({}, {}): {result}", vote.name, id.short(), vote.budget), because))
    }
}
