//! Pledges as lists show them.

use super::{View, law::LawBook};
use crate::store::StoreError;
use folkmoot_protocol::{id::*, view::PledgeView};

impl View<'_> {
    /// What members pledge, the latest first; with what is not printed yet. `to`: only to that bill or feature.
    pub fn pledges(&self, book: &LawBook, to: Option<OpId>) -> Result<Vec<PledgeView>, StoreError> {
        let (mut pledges, law) = (Vec::new(), &book.provisional);
        for ((of, person), pledge) in law.pledges.iter().filter(|((of, _), _)| to.is_none_or(|to| to == *of)) {
            let bill = law.bills.get(of);
            let title = bill.map(|bill| bill.proposal.title.clone()).or_else(|| law.feature_name(*of));
            let view = PledgeView {
                op: pledge.op,
                to: *of,
                bill: bill.map(|bill| bill.proposal.document),
                title: title.unwrap_or_default(),
                by: self.person_or_id(*person)?,
                amount: pledge.amount,
                state: law.pledge_state(*of, pledge).name(),
                printed: book.printed.pledges.get(&(*of, *person)) == Some(pledge),
            };
            pledges.push((pledge.at, view));
        }
        pledges.sort_by_key(|(at, view)| (std::cmp::Reverse(*at), view.op));
        Ok(pledges.into_iter().map(|(_, view)| view).collect())
    }
}
