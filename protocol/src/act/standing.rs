//! Acts about who is on the roll rightly, and whether the receipts of dues are those of the bank.

use super::ActError;
use crate::{id::*, limits, text};
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
