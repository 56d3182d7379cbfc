//! A bill as other things name it.

use super::format;
use folkmoot_protocol::{
    id::*,
    law::{Cause, State},
};
use serde::Serialize;

/// A bill by its id, as `bill show` takes it, and its title.
#[derive(Debug, Clone, Serialize)]
pub(super) struct BillRef {
    id: DocumentId,
    title: String,
}

impl BillRef {
    /// The bill that an act opened.
    pub(super) fn opened_by(law: &State, op: OpId) -> Option<Self> {
        law.bills.get(&op).map(|bill| Self { id: bill.proposal.document, title: bill.proposal.title.clone() })
    }

    /// The bill that brought something about, if one did.
    pub(super) fn behind(law: &State, cause: Cause) -> Option<Self> {
        if let Cause::Bill(op) = cause { Self::opened_by(law, op) } else { None }
    }

    /// `f76ded1f "A higher fee"`, with so many characters of the title.
    pub(super) fn short(&self, most: usize) -> String {
        format!("{} \"{}\"", self.id.short(), format::opening(&self.title, most))
    }
}

impl std::fmt::Display for BillRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the bill \"{}\" ({})", self.title, self.id.short())
    }
}
