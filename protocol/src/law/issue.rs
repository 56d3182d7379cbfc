use super::{Cut, PrintedOp, cut};
use crate::{
    agreement::{Certificate, CertificateError},
    cbor,
    id::*,
    limits,
};
use minicbor::{Decode, Encode};

/// One issue of the Gazette: what was printed, in the order in which it takes effect, and when.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Issue {
    /// The co-op.
    #[n(0)]
    pub coop: CoopId,
    /// Issues are numbered from 1.
    #[n(1)]
    pub height: u64,
    /// The issue before; the first follows [`IssueId::founding`].
    #[n(2)]
    pub prev: IssueId,
    /// The Gazette's time in ms since 1970: later than that of the issue before.
    #[n(3)]
    pub time: u64,
    /// What is printed, in order.
    #[cbor(n(4), decode_with = "crate::wire::list::<{ limits::OPERATIONS_PER_ISSUE }, _, _>")]
    pub includes: Vec<Range>,
    /// More waits than an issue takes: nothing is closed or enacted yet.
    #[n(5)]
    pub more: bool,
    /// The hash over the register after this issue ([`super::Cells::root`]).
    #[cbor(n(6), with = "minicbor::bytes")]
    pub register: [u8; 32],
    /// The tellers who certify it, ascending, where the members chose them instead of those who held the office: it
    /// prints the acts by which they did.
    #[n(7)]
    pub recovery: Option<Recovered>,
    /// Where the chains of those are whom it silences or lets speak again, ascending by person.
    #[cbor(n(8), decode_with = "crate::wire::list::<{ limits::CUT_CHAINS_PER_ISSUE }, _, _>")]
    pub cuts: Vec<Cut>,
}

/// Tellers whom the members chose, ascending.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Recovered(#[cbor(n(0), decode_with = "crate::wire::list::<{ limits::TELLERS }, _, _>")] pub Vec<DeviceId>);

/// The issue before the next one, as tellers name it when they sign: where the members chose them, together with the choice. Who
/// was a teller before and is one again may have said something else of the same number among the old ones; that is no contradiction.
pub(crate) fn signed_after(prev: IssueId, recovery: Option<&Recovered>) -> IssueId {
    recovery.map_or(prev, |chosen| IssueId(tagged_hash("folkmoot/recovered/1", &[&prev.0, &cbor::encode(chosen)])))
}

/// A part of a device's chain in the hall. It begins where the Gazette has printed up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Range {
    /// Whose chain.
    #[n(0)]
    pub device: DeviceId,
    /// The number of its first operation.
    #[n(1)]
    pub from: u64,
    /// The number of its last operation.
    #[n(2)]
    pub to: u64,
    /// That last operation: of a chain that forks, this branch.
    #[n(3)]
    pub last: OpId,
}

/// An issue and what makes it one.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SignedIssue {
    /// The issue's canonical bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub body: Vec<u8>,
    /// The tellers' signatures.
    #[n(1)]
    pub certificate: Certificate,
}

/// Why something is no issue of this Gazette.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// Over the limit.
    #[error("the issue has {0} bytes; at most {max} are allowed", max = limits::ISSUE_BYTES)]
    TooLarge(usize),
    /// No canonical CBOR of the expected shape.
    #[error("the issue is {0}")]
    Cbor(#[from] cbor::CborError),
    /// Of another co-op.
    #[error("the issue is of another co-op")]
    Foreign,
    /// Does not follow what is printed here.
    #[error("the issue is number {height} and does not follow number {here} as it is held here")]
    Order {
        /// Its number.
        height: u64,
        /// The last here.
        here: u64,
    },
    /// Not signed by the tellers.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// It contradicts itself or what was printed.
    #[error("the issue cannot be: {0}")]
    Content(&'static str),
    /// What it says of the register is not what follows from it.
    #[error("the register after issue {0} is another than the issue says: its tellers are wrong, or this program is")]
    Register(u64),
}

impl Issue {
    /// Its id: the hash of its body.
    pub fn id(&self) -> IssueId {
        IssueId::of(&self.to_bytes())
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Who certifies it, where the register says that these are the tellers.
    pub fn certifiers(&self, tellers: Vec<DeviceId>) -> Vec<DeviceId> {
        self.recovery.clone().map_or(tellers, |recovered| recovered.0)
    }

    /// The issue that it follows, as its tellers name it when they sign.
    pub fn signed_after(&self) -> IssueId {
        signed_after(self.prev, self.recovery.as_ref())
    }

    /// How many operations it prints.
    pub fn operations(&self) -> u64 {
        self.includes.iter().fold(0, |sum, range| sum.saturating_add(range.len()))
    }

    /// Checks what its own content shows.
    pub fn check(&self) -> Result<(), IssueError> {
        if self.height == 0 {
            return Err(IssueError::Content("issues are numbered from 1"));
        }
        if self.includes.iter().any(|range| range.from == 0 || range.to < range.from || range.to >= limits::MOST_SEQ) {
            return Err(IssueError::Content("a part of a chain ends before it begins"));
        }
        let operations = self.operations();
        if operations > limits::OPERATIONS_PER_ISSUE as u64 {
            return Err(IssueError::Content("it prints more operations than an issue takes"));
        }
        // Else tellers could keep a vote open for ever.
        if self.more && operations < limits::OPERATIONS_PER_ISSUE as u64 / 2 {
            return Err(IssueError::Content("it says that more waits, and is not half full"));
        }
        cut::check(&self.cuts)
    }
}

impl Range {
    /// The parts of chains that operations make, in this order.
    pub fn of(operations: &[PrintedOp]) -> Vec<Self> {
        let mut ranges: Vec<Self> = Vec::new();
        for printed in operations {
            match ranges.last_mut() {
                Some(range) if range.device == printed.device && range.to + 1 == printed.seq => {
                    range.to = printed.seq;
                    range.last = printed.op;
                }
                _ => ranges.push(Self { device: printed.device, from: printed.seq, to: printed.seq, last: printed.op }),
            }
        }
        ranges
    }

    /// How many operations.
    #[allow(clippy::len_without_is_empty, reason = "a part of a chain has one at least")]
    pub fn len(&self) -> u64 {
        self.to.saturating_sub(self.from).saturating_add(1)
    }
}

impl SignedIssue {
    /// Reads the issue. Nothing is known of its signatures yet.
    pub fn read(&self) -> Result<(IssueId, Issue), IssueError> {
        if self.body.len() > limits::ISSUE_BYTES {
            return Err(IssueError::TooLarge(self.body.len()));
        }
        let issue: Issue = cbor::decode(&self.body)?;
        issue.check()?;
        Ok((IssueId::of(&self.body), issue))
    }

    /// Checks that these tellers certified it; `id` and `issue` as [`Self::read`] answered.
    pub fn check_by(&self, id: IssueId, issue: &Issue, tellers: &[DeviceId]) -> Result<(), CertificateError> {
        self.certificate.check(issue.coop, issue.height, issue.signed_after(), id, tellers)
    }
}
