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
    /// States what the receipts of some time and the bank come to.
    Reconcile {
        /// From when, in ms since 1970,
        from_ms: u64,
        /// until when; the end is not in it.
        to_ms: u64,
        /// How many receipts.
        receipts: u64,
        /// What they come to, as `5.99 EUR`.
        sum: String,
        /// What came in at the bank.
        bank: String,
        /// How many of both have no counterpart.
        unmatched: u64,
        /// Commits to the bank's statement.
        commitment: [u8; 32],
    },
}
