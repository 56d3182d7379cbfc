//! Pledges as lists show them.

use super::{View, law::LawBook};
use crate::store::StoreError;
use folkmoot_protocol::{id::*, view::PledgeView};

impl View<'_> {
    /// What members pledge, the latest first; with what is not printed yet. `bill`: only to that one, by its text.
    pub fn pledges(&self, book: &LawBook, bill: Option<DocumentId>) -> Result<Vec<PledgeView>, StoreError> {
        let mut pledges = Vec::new();
        for ((op, person), pledge) in book.provisional.pledges.iter() {
            let Some(row) = book.provisional.bills.get(op).filter(|row| bill.is_none_or(|bill| bill == row.proposal.document)) else { continue };
            let view = PledgeView {
                op: pledge.op,
                bill: row.proposal.document,
                title: row.proposal.title.clone(),
                by: self.person_or_id(*person)?,
                amount: pledge.amount,
                state: pledge.state(&row.status).name(),
                printed: book.printed.pledges.get(&(*op, *person)) == Some(pledge),
            };
            pledges.push((pledge.at, view));
        }
        pledges.sort_by_key(|(at, view)| (std::cmp::Reverse(*at), view.op));
        Ok(pledges.into_iter().map(|(_, view)| view).collect())
    }
}
