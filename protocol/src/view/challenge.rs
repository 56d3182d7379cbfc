//! Challenges as lists and screens show them.

use super::PersonView;
use crate::id::*;
use serde::{Deserialize, Serialize};

/// A challenge of somebody's place among the consumers, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeView {
    /// The act.
    pub id: OpId,
    /// Whose place.
    pub member: PersonView,
    /// Who challenges it.
    pub by: PersonView,
    /// Why.
    pub reason: String,
    /// `open`, `upheld`, `dismissed` or `lapsed`.
    pub state: String,
    /// Whether that is printed.
    pub printed: bool,
    /// The time of the issue that printed the challenge, in ms; of what waits, when that would be.
    pub at: u64,
    /// It lapses with the first issue from here on.
    pub until: u64,
    /// The auditor who decided it.
    pub auditor: Option<PersonView>,
    /// Why they decided so.
    pub because: Option<String>,
}
