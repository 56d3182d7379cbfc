//! Who held an office before, and what ended that.

use super::{Asked, Because, section};
use crate::{
    api::Failure,
    cli::{
        format,
        office_end::{End, Ended, ended},
    },
};
use folkmoot_protocol::law::{Cause, Office};

impl Asked<'_> {
    /// How others held an office no more, the latest first. What evidence and recalls ended is said with these.
    pub(super) fn held_before(&self, office: Office) -> Result<Vec<Because>, Failure> {
        let ended = ended(self.view, &self.book)?;
        let because = ended.iter().rev().filter(|ended| ended.office == office).map(|ended| self.held_no_more(ended));
        because.filter_map(Result::transpose).collect()
    }

    fn held_no_more(&self, ended: &Ended) -> Result<Option<Because>, Failure> {
        let (name, issue) = (format::person(&self.view.person_or_id(ended.person)?), Some(ended.height));
        let cause = |how: &str, by| self.cause(format!("{name} {how}"), by, issue).map(Some);
        match ended.by {
            End::Dismissed(bill) => cause("was dismissed", Cause::Bill(bill)),
            End::Expelled(bill) => cause("was expelled", Cause::Bill(bill)),
            End::Election(id) => cause("was followed by who was elected", Cause::Election(id)),
            End::Recovery(after) => cause("was followed by who was chosen", Cause::Recovery(after)),
            End::Term => {
                let rule = Some(format!("the charter's {}", section::term_of(ended.office)));
                Ok(Some(Because { what: format!("the term of {name} was over"), op: None, by: None, issue, rule }))
            }
            End::Recall(_) | End::Evidence => Ok(None),
        }
    }
}
