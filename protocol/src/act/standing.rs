//! Acts about who is on the roll rightly, and whether the receipts of dues are those of the bank.

use super::ActError;
use crate::{id::*, law::Money, limits, text};
use minicbor::{Decode, Encode};

/// That somebody is on the roll wrongly.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Challenge {
    /// The consumer.
    #[n(0)]
    pub member: PersonId,
    /// Why: they are no real person, did not pay, are counted twice.
    #[n(1)]
    pub reason: String,
}

/// What an auditor found of a challenge.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Decision {
    /// The [`Challenge`].
    #[n(0)]
    pub challenge: OpId,
    /// Whether the member is on the roll wrongly.
    #[n(1)]
    pub upheld: bool,
    /// Why.
    #[n(2)]
    pub reason: String,
}

impl Challenge {
    pub(super) fn check(&self) -> Result<(), ActError> {
        Ok(text::check_line("the reason", &self.reason, limits::REASON_CHARS)?)
    }
}

impl Decision {
    pub(super) fn check(&self) -> Result<(), ActError> {
        Ok(text::check_line("the reason", &self.reason, limits::REASON_CHARS)?)
    }
}

/// What an officer states of the receipts of some time and of the bank.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Reconcile {
    /// From when, in ms since 1970,
    #[n(0)]
    pub from_ms: u64,
    /// until when; the end is not in it.
    #[n(1)]
    pub to_ms: u64,
    /// How many receipts of dues issues of that time recorded, in the currency of the sum,
    #[n(2)]
    pub receipts: u64,
    /// and how much they come to.
    #[n(3)]
    pub sum: Money,
    /// How much came in by the bank's statement, in the same currency.
    #[n(4)]
    pub bank: Money,
    /// How many of those receipts and of the bank's incoming payments have no counterpart.
    #[n(5)]
    pub unmatched: u64,
    /// Commits to the bank's statement: the hash of the file.
    #[cbor(n(6), with = "minicbor::bytes")]
    pub commitment: [u8; 32],
}

impl Reconcile {
    /// The longest time that one reconciliation is of: a year.
    pub const MOST_MS: u64 = 366 * 24 * 3600 * 1000;

    pub(super) fn check(&self) -> Result<(), ActError> {
        if self.to_ms <= self.from_ms || self.to_ms - self.from_ms > Self::MOST_MS {
            return Err(ActError::Contradiction("a reconciliation is of a time that ends after it begins, a year at most"));
        }
        if self.sum.check().is_err() || self.bank.check().is_err() || self.receipts > limits::MOST_SEQ {
            return Err(ActError::Contradiction("no such amount of money is written anywhere"));
        }
        if self.sum.currency != self.bank.currency {
            return Err(ActError::Contradiction("a reconciliation is in one currency"));
        }
        if self.unmatched > self.receipts.saturating_add(limits::STATEMENT_ENTRIES as u64) {
            return Err(ActError::Contradiction("no statement has so many payments"));
        }
        Ok(())
    }
}
