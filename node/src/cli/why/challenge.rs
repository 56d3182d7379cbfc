//! Why somebody's place on the roll is disputed, or was ended: the challenge, the auditor, and the rule.

use super::{Asked, Because, Why};
use crate::{api::Failure, cli::format};
use folkmoot_protocol::{
    id::*,
    law::{Bill, ChallengeRow},
};

impl Asked<'_> {
    pub(super) fn challenge(&self, id: OpId, row: &ChallengeRow) -> Result<Why, Failure> {
        let member = format::person(&self.view.person_or_id(row.member)?);
        let until = format!("without a decision it lapses with the first issue from {} (grace.period)", format::date_and_time(row.until));
        let mut because = vec![Because {
            what: format!("challenged: {}", row.reason),
            op: Some(id),
            by: Some(self.view.person_or_id(row.by)?),
            issue: Some(row.height),
            rule: Some(until),
        }];
        because.extend(self.end_of(row)?);
        let fact = match &row.end {
            None => "is challenged",
            Some(end) if end.upheld => "was ended by a challenge",
            Some(_) => "stands, though it was challenged",
        };
        Ok(Why::new(format!("{member}'s place among the consumers {fact}"), because))
    }

    pub(super) fn end_of(&self, row: &ChallengeRow) -> Result<Option<Because>, Failure> {
        let Some(end) = &row.end else { return Ok(None) };
        let Some((auditor, act, reason)) = &end.decision else {
            let what = "it lapsed: no auditor decided it in time".to_owned();
            return Ok(Some(Because { what, op: None, by: None, issue: Some(end.height), rule: None }));
        };
        let (word, rule) = match end.upheld {
            true => ("upheld", "they vote no more as a consumer on what was opened up to this issue, and receipts up to it count no more"),
            false => ("dismissed", "the same person may not challenge them again before the time is over (refile.wait)"),
        };
        let by = Some(self.view.person_or_id(*auditor)?);
        Ok(Some(Because { what: format!("{word}: {reason}"), op: Some(*act), by, issue: Some(end.height), rule: Some(rule.into()) }))
    }

    /// Challenges that took ballots out of the count of a bill.
    pub(super) fn struck_from(&self, bill: &Bill) -> Result<Vec<Because>, Failure> {
        let closed = bill.result.map_or(u64::MAX, |(_, height)| height);
        let mut because = Vec::new();
        for (_, row) in self.book.printed.challenges.iter() {
            let counts = |height: u64| height >= bill.opened_height && height <= closed;
            if row.end.as_ref().is_some_and(|end| end.upheld && counts(end.height)) {
                let member = format::person(&self.view.person_or_id(row.member)?);
                because.extend(self.end_of(row)?.map(|end| Because { what: format!("a challenge of {member} was {}", end.what), ..end }));
            }
        }
        Ok(because)
    }
}
