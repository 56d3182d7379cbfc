//! Books by double entry: every transaction moves amounts between accounts and comes to nothing, in each currency of its
//! own. Amounts are whole numbers of the smallest unit; what would overflow is an error.
//!
//! The sign is that of hledger and Ledger: what comes into an account is positive. So money in the bank is positive,
//! and the income that it came from is negative.

mod account;
mod export;
mod journal;

pub use account::{Account, Root};
pub use export::{csv, hledger};
pub use journal::{Journal, Posting, Transaction};

use crate::{limits, money::Currency, text::TextError};

/// Why something may not stand in the books.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// A text that is no account.
    #[error(
        "`{0}` is no account: names parted by colons are expected, as in expenses:pay:moderator, of the letters a to z, digits, '-' and '_', and the first is assets, liabilities, equity, income or expenses"
    )]
    Account(String),
    /// A memo that may not be one.
    #[error(transparent)]
    Memo(#[from] TextError),
    /// Evidence that is no id.
    #[error("`{0}` names no evidence: an id of letters, digits, '-', '_', '.' and '/' is expected")]
    Evidence(String),
    /// More evidence than a transaction may have.
    #[error("a transaction has {0} pieces of evidence; at most {most} are allowed", most = limits::EVIDENCE_PER_TRANSACTION)]
    TooMuchEvidence(usize),
    /// Fewer or more postings than a transaction may have.
    #[error("a transaction has {0} postings; 2 to {most} are allowed", most = limits::POSTINGS_PER_TRANSACTION)]
    Postings(usize),
    /// A posting that moves nothing.
    #[error("the posting to {0} moves nothing")]
    Nothing(Account),
    /// A transaction that loses or makes money.
    #[error("the postings come to {} {currency} instead of nothing", currency.written(*sum))]
    Unbalanced {
        /// In which currency.
        currency: Currency,
        /// What they come to, in its smallest unit.
        sum: i128,
    },
    /// A time that no calendar has.
    #[error("{0} ms after 1970 is no day of the calendar")]
    Time(u64),
    /// A number that does not follow.
    #[error("transaction {number} does not follow transaction {last}: numbers ascend")]
    Number {
        /// Its number.
        number: u64,
        /// The last one.
        last: u64,
    },
    /// More in an account than is counted.
    #[error("{account} would hold more {currency} than can be counted")]
    Overflow {
        /// The account.
        account: Account,
        /// The currency.
        currency: Currency,
    },
}

#[cfg(test)]
mod tests;
