//! Challenges of members' places on the roll.

use super::{LawBook, View};
use crate::store::StoreError;
use folkmoot_protocol::{id::*, law::ChallengeRow, view::ChallengeView};

impl View<'_> {
    /// All challenges, with those that are not printed yet: the open ones first, then the newest.
    pub fn challenges(&self, book: &LawBook) -> Result<Vec<ChallengeView>, StoreError> {
        let mut rows: Vec<(OpId, &ChallengeRow)> = book.provisional.challenges.iter().map(|(id, row)| (*id, row)).collect();
        rows.sort_by_key(|(id, row)| (row.end.is_some(), std::cmp::Reverse((row.at, *id))));
        rows.into_iter().map(|(id, row)| self.challenge(id, row, book)).collect()
    }

    fn challenge(&self, id: OpId, row: &ChallengeRow, book: &LawBook) -> Result<ChallengeView, StoreError> {
        let decision = row.end.as_ref().and_then(|end| end.decision.as_ref());
        Ok(ChallengeView {
            id,
            member: self.person_or_id(row.member)?,
            by: self.person_or_id(row.by)?,
            reason: row.reason.clone(),
            state: row.state().into(),
            printed: book.printed.challenges.get(&id).is_some_and(|printed| printed.end == row.end),
            at: row.at,
            until: row.until,
            auditor: decision.map(|(person, ..)| self.person_or_id(*person)).transpose()?,
            because: decision.map(|(.., reason)| reason.clone()),
        })
    }
}
