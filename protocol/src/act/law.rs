//! Acts by which people take part in the co-op's law. What they do is found out when the Gazette prints them
//! ([`crate::law`]).

use super::ActError;
use crate::{
    id::*,
    law::{Money, Proposal},
    limits,
};
use minicbor::{Decode, Encode};

/// One act of the law.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum LawAct {
    /// The treasurer records that somebody paid.
    #[n(0)]
    Dues(#[n(0)] Dues),
    /// The registrar confirms what the treasurer recorded.
    #[n(1)]
    Attest {
        /// The [`LawAct::Dues`].
        #[n(0)]
        dues: OpId,
    },
    /// Accepts what waits for the person who signs: dues, a job, an office.
    #[n(2)]
    Accept {
        /// What: the recording of the dues, or what a bill's effect made ([`OpId::made_by`]).
        #[n(0)]
        offer: OpId,
    },
    /// Supports that a bill be opened, in exactly this form.
    #[n(3)]
    Cosponsor {
        /// [`Proposal::digest`].
        #[cbor(n(0), with = "minicbor::bytes")]
        proposal: [u8; 32],
        /// The bill's text.
        #[n(1)]
        document: DocumentId,
    },
    /// Puts a bill to the vote.
    #[n(4)]
    Open(#[n(0)] Proposal),
    /// Takes back one's own bill before its vote ends.
    #[n(5)]
    Withdraw {
        /// The act that opened it.
        #[n(0)]
        bill: OpId,
    },
    /// A teller states up to where it holds the chains of the hall.
    #[n(6)]
    Receipt(#[n(0)] Receipt),
    /// Stands as a candidate. Who is elected holds the office without a further acceptance, and a teller prints with
    /// the device that signs this.
    #[n(7)]
    Stand {
        /// The election ([`OpId::made_by`]).
        #[n(0)]
        election: OpId,
    },
    /// Takes a candidacy back before the voting begins.
    #[n(8)]
    StandDown {
        /// The election.
        #[n(0)]
        election: OpId,
    },
}

/// That somebody paid.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Dues {
    /// Receipts are numbered without gaps, from 1.
    #[n(0)]
    pub number: u64,
    /// Who paid.
    #[n(1)]
    pub member: PersonId,
    /// From when, in ms since 1970,
    #[n(2)]
    pub from_ms: u64,
    /// until when.
    #[n(3)]
    pub to_ms: u64,
    /// How much.
    #[n(4)]
    pub amount: Money,
    /// Commits to the bank's record of the payment without showing it; zeros where there is none.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub commitment: [u8; 32],
}

/// Up to where a teller holds chains of the hall, by its own clock.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Receipt {
    /// When, in ms since 1970.
    #[n(0)]
    pub at_ms: u64,
    /// The chains, in the order of their devices.
    #[n(1)]
    pub held: Vec<ChainTo>,
}

/// A chain of the hall up to one of its operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct ChainTo {
    /// Whose chain.
    #[n(0)]
    pub device: DeviceId,
    /// The number of the operation.
    #[n(1)]
    pub seq: u64,
    /// The operation.
    #[n(2)]
    pub id: OpId,
}

impl LawAct {
    /// Checks what the act's own content shows.
    pub(super) fn check(&self) -> Result<(), ActError> {
        match self {
            Self::Dues(dues) => dues.check(),
            Self::Open(proposal) => Ok(proposal.check()?),
            Self::Receipt(receipt) => {
                super::count("the chains of a receipt", receipt.held.len(), 1, limits::CHAINS_PER_RECEIPT)?;
                super::ascending("the chains of a receipt", receipt.held.iter().map(|held| held.device))
            }
            Self::Attest { .. } | Self::Accept { .. } | Self::Cosponsor { .. } | Self::Withdraw { .. } => Ok(()),
            Self::Stand { .. } | Self::StandDown { .. } => Ok(()),
        }
    }

    /// Whether the Gazette is to print it. Receipts speak of printing; to print them would never end.
    pub fn wants_printing(&self) -> bool {
        !matches!(self, Self::Receipt(_))
    }
}

impl Dues {
    /// The longest time that one receipt covers.
    pub const MOST_MS: u64 = 366 * 24 * 3600 * 1000;

    fn check(&self) -> Result<(), ActError> {
        if self.number == 0 || self.number > limits::MOST_SEQ {
            return Err(ActError::Contradiction("receipts are numbered from 1"));
        }
        if self.to_ms <= self.from_ms || self.to_ms - self.from_ms > Self::MOST_MS {
            return Err(ActError::Contradiction("dues are for a time that ends after it begins, a year at most"));
        }
        if self.amount.check().is_err() {
            return Err(ActError::Contradiction("no such amount of money is written anywhere"));
        }
        Ok(())
    }
}
