//! The rows of the register that are plain facts. Those with rules of their own stand with them.

use super::{Money, Office, Struck, Value};
use crate::id::*;
use minicbor::{Decode, Encode};

/// What brought something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Cause {
    /// The founding.
    #[n(0)]
    Founding,
    /// A bill, by the act that opened it.
    #[n(1)]
    Bill(#[n(0)] OpId),
    /// An election.
    #[n(2)]
    Election(#[n(0)] OpId),
    /// The members' choice without the old tellers, after that issue.
    #[n(3)]
    Recovery(#[n(0)] IssueId),
}

/// Where the Gazette stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Head {
    /// How many issues there are.
    #[n(0)]
    pub height: u64,
    /// The newest; before the first, the founding.
    #[n(1)]
    pub issue: IssueId,
    /// Its time in ms; 0 before the first.
    #[n(2)]
    pub time: u64,
}

/// Up to where a device's chain in the hall is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Printed {
    /// The number of the last operation that is printed.
    #[n(0)]
    pub seq: u64,
    /// That operation.
    #[n(1)]
    pub id: OpId,
}

/// A value of the law with its history.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct LawValue {
    /// Every version, the present one last.
    #[n(0)]
    pub versions: Vec<Version>,
}

/// One version of a value.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Version {
    /// What it was set to; none where that was undone and there was nothing before.
    #[n(0)]
    pub value: Option<Value>,
    /// By what.
    #[n(1)]
    pub by: Cause,
    /// In which issue.
    #[n(2)]
    pub height: u64,
    /// The bill that this version undoes: by a repeal, or, where it is its own, by its sunset.
    #[n(3)]
    pub undoes: Option<OpId>,
}

impl LawValue {
    /// What is in force.
    pub fn present(&self) -> Option<&Value> {
        self.versions.last().and_then(|version| version.value.as_ref())
    }

    /// The number of the version in force.
    pub fn version(&self) -> u64 {
        self.versions.len() as u64
    }
}

/// A person's membership.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Member {
    /// As a consumer, if they ever were.
    #[n(0)]
    pub consumer: Option<Consumer>,
    /// The job they hold, and since when in the Gazette's time.
    #[n(1)]
    pub job: Option<(OpId, u64)>,
    /// That an upheld challenge ended their being a consumer, the last time.
    #[n(2)]
    pub struck: Option<Struck>,
}

/// Somebody who pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Consumer {
    /// Since when without a gap, in the Gazette's time.
    #[n(0)]
    pub since: u64,
    /// Until when dues are paid, in ms since 1970.
    #[n(1)]
    pub paid_to: u64,
}

/// One receipt of dues.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct DuesRow {
    /// The act that recorded it.
    #[n(0)]
    pub op: OpId,
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
    /// Commits to the bank's record.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub commitment: [u8; 32],
    /// Who recorded it.
    #[n(6)]
    pub treasurer: PersonId,
    /// Who confirmed it; none as long as nobody did.
    #[n(7)]
    pub registrar: Option<PersonId>,
    /// When it was recorded, in the Gazette's time.
    #[n(8)]
    pub recorded: u64,
    /// When the member accepted it.
    #[n(9)]
    pub accepted: Option<u64>,
}

/// Something that waits for a person's acceptance.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Offer {
    /// Whose acceptance.
    #[n(0)]
    pub person: PersonId,
    /// What it is.
    #[n(1)]
    pub what: Offered,
    /// What made it; for dues the recording is the offer itself.
    #[n(2)]
    pub by: Option<OpId>,
}

/// What is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Offered {
    /// Dues that were recorded, by the receipt's number.
    #[n(0)]
    Dues(#[n(0)] u64),
    /// A job.
    #[n(1)]
    Job(#[n(0)] OpId),
    /// An office.
    #[n(2)]
    Office(#[n(0)] Office),
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Job {
    /// Its short name.
    #[n(0)]
    pub name: String,
    /// What it is.
    #[n(1)]
    pub title: String,
    /// The pay a month; none for the founder's, which no bill has set.
    #[n(2)]
    pub pay: Option<Money>,
    /// What created it.
    #[n(3)]
    pub created: Cause,
    /// Who holds it, since when in the Gazette's time, and by which bill.
    #[n(4)]
    pub holder: Option<(PersonId, u64, Cause)>,
    /// The bill that ended it.
    #[n(5)]
    pub ended: Option<OpId>,
}

/// Somebody holds an office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Holding {
    /// Since when, in the Gazette's time.
    #[n(0)]
    pub since: u64,
    /// By what.
    #[n(1)]
    pub by: Cause,
    /// The device with which it was accepted: a teller prints with it.
    #[n(2)]
    pub device: DeviceId,
    /// When the term ends, in the Gazette's time; none for what the founding gave.
    #[n(3)]
    pub until: Option<u64>,
    /// When they closed the device with which they held it before, in the Gazette's time; none where they did not.
    #[n(4)]
    pub handed_over: Option<u64>,
}

/// How much may be spent under a name.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Budget {
    /// In all.
    #[n(0)]
    pub amount: Money,
    /// Of which bills have spent.
    #[n(1)]
    pub spent: u64,
    /// What set it last.
    #[n(2)]
    pub by: OpId,
}

/// A payment that a bill ordered.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Spend {
    /// Out of which budget.
    #[n(0)]
    pub budget: String,
    /// How much.
    #[n(1)]
    pub amount: Money,
    /// To whom or for what.
    #[n(2)]
    pub purpose: String,
    /// The bill.
    #[n(3)]
    pub by: OpId,
    /// When it came into force, in the Gazette's time.
    #[n(4)]
    pub at: u64,
}

/// A text that was adopted at a fixed version.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct AdoptedText {
    /// The page.
    #[n(0)]
    pub document: DocumentId,
    /// The version.
    #[n(1)]
    pub at: Vec<OpId>,
    /// The bill.
    #[n(2)]
    pub by: OpId,
    /// In which issue.
    #[n(3)]
    pub height: u64,
}

/// An instance that the co-op endorses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Endorsement {
    /// The bill.
    #[n(0)]
    pub by: OpId,
    /// In which issue.
    #[n(1)]
    pub height: u64,
}
