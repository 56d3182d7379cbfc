//! What a member may mean to do about the roll and the books.

use folkmoot_protocol::id::*;
use serde::{Deserialize, Serialize};

/// Something about the roll or the books that a member means to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "books", rename_all = "kebab-case")]
pub enum BooksDraft {
    /// Challenges somebody's place among the consumers.
    Challenge {
        /// Whose.
        member: PersonId,
        /// Why.
        reason: String,
    },
    /// Decides a challenge.
    Decide {
        /// The challenge.
        challenge: OpId,
        /// Whether the member is on the roll wrongly.
        upheld: bool,
        /// Why.
        reason: String,
    },
}
