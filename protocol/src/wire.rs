//! The messages of the sync protocol, and the frames they travel in. Canonical CBOR; what is over a limit is
//! refused before anybody acts on it.

mod frame;
mod list;
mod parts;
mod salvage;

pub use frame::{FrameDecoder, frame};
pub(crate) use list::list;
pub use parts::{Hello, JoinRequest, PeerAddress, Refusal, SpaceDigest, Want};
pub use salvage::{Salvaged, salvage};

use crate::{
    agreement, cbor,
    id::*,
    law::SignedIssue,
    limits,
    op::{SignedHeader, SignedOp},
    sync::{Item, Ranges},
    text,
};
use minicbor::{Decode, Encode};

/// Names the protocol when a connection is made.
pub const ALPN: &[u8] = b"folkmoot/sync/1";

/// Bytes that are no message.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// Not the canonical form of a message, or a list over its limit.
    #[error("the message is {0}")]
    Cbor(#[from] cbor::CborError),
    /// Of a newer version.
    #[error("the message is of a kind that this version of Folkmoot does not know; a newer one may")]
    UnknownKind,
    /// A frame over the limit.
    #[error("a frame of {0} bytes; at most {max} are allowed", max = limits::FRAME_BYTES)]
    Frame(usize),
    /// A text that may not stand there.
    #[error(transparent)]
    Text(#[from] text::TextError),
    /// A text that is no address.
    #[error("an address is neither an IP address with a port nor the http(s) address of a relay")]
    Address,
    /// A number or a size that cannot be.
    #[error("{0} is out of range")]
    Range(&'static str),
}

/// One message. Either side may send any of them once both said hello; only [`Message::Join`] and its answers
/// need none.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Message {
    /// Both sides, first. The side that did not dial answers with [`Message::Ranges`] for each space kept on
    /// both sides whose digests differ.
    #[n(0)]
    Hello(#[n(0)] Hello),
    /// Both sides, every now and then and when a space is newly followed: the digests as in the hello.
    /// Answered with [`Message::Ranges`] where they differ.
    #[n(1)]
    Spaces(#[cbor(n(0), decode_with = "list::<{ limits::SPACES_PER_HELLO }, _, _>")] Vec<SpaceDigest>),
    /// A step of the reconciliation of a space. Answered with the next, until nothing is left to say.
    #[n(2)]
    Ranges {
        /// The space.
        #[n(0)]
        space: SpaceId,
        /// What is said of which devices.
        #[n(1)]
        ranges: Ranges,
    },
    /// Chains that grew or were closed. Who lacks something asks with [`Message::Want`] or
    /// [`Message::WantFork`]; to whom sent it, this is the receipt.
    #[n(3)]
    Have {
        /// The space.
        #[n(0)]
        space: SpaceId,
        /// Where the chains end now.
        #[cbor(n(1), decode_with = "list::<{ limits::TIPS_PER_MESSAGE }, _, _>")]
        tips: Vec<Item>,
    },
    /// Asks for operations. Answered with [`Message::Operations`], as far as they are held.
    #[n(4)]
    Want {
        /// The space.
        #[n(0)]
        space: SpaceId,
        /// Which.
        #[cbor(n(1), decode_with = "list::<{ limits::WANTS_PER_MESSAGE }, _, _>")]
        chains: Vec<Want>,
    },
    /// Answers [`Message::Want`], and pushes what was just written. Within a chain in order; the erasure that
    /// covers a header without payload stands earlier in the same message. Not answered as such: what was
    /// admitted shows in [`Message::Have`].
    #[n(5)]
    Operations(#[cbor(n(0), decode_with = "list::<{ limits::OPERATIONS_PER_MESSAGE }, _, _>")] Vec<SignedOp>),
    /// Proves a fork: two headers of one device with one number in one space. Sent to whom it closes a chain
    /// for that is still open there. Not answered.
    #[n(6)]
    Fork {
        /// One header.
        #[n(0)]
        first: SignedHeader,
        /// The other.
        #[n(1)]
        second: SignedHeader,
    },
    /// Asks for the proof that closed a chain. Answered with [`Message::Fork`].
    #[n(7)]
    WantFork {
        /// The space.
        #[n(0)]
        space: SpaceId,
        /// Whose chain.
        #[n(1)]
        device: DeviceId,
    },
    /// Asks which operation has a number, to find where two branches part. Answered with [`Message::Probed`].
    #[n(8)]
    Probe {
        /// The space.
        #[n(0)]
        space: SpaceId,
        /// Whose chain.
        #[n(1)]
        device: DeviceId,
        /// The number, from 1.
        #[n(2)]
        seq: u64,
    },
    /// Answers [`Message::Probe`].
    #[n(9)]
    Probed {
        /// The space.
        #[n(0)]
        space: SpaceId,
        /// Whose chain.
        #[n(1)]
        device: DeviceId,
        /// The number.
        #[n(2)]
        seq: u64,
        /// The operation; none where it is not held.
        #[n(3)]
        id: Option<OpId>,
    },
    /// Tells of other nodes of the co-op, after the hello. Not answered.
    #[n(10)]
    Peers(#[cbor(n(0), decode_with = "list::<{ limits::PEERS_PER_MESSAGE }, _, _>")] Vec<PeerAddress>),
    /// A newcomer, to the device that signed the invitation. Answered with [`Message::Admitted`] or
    /// [`Message::Refused`].
    #[n(11)]
    Join(#[n(0)] Box<JoinRequest>),
    /// The newcomer was let in.
    #[n(12)]
    Admitted {
        /// The act that did.
        #[n(0)]
        op: OpId,
    },
    /// The node does not do what it was asked. As an answer to anything but [`Message::Join`], the last
    /// message before the connection ends.
    #[n(13)]
    Refused {
        /// Why, and what to do.
        #[n(0)]
        reason: Refusal,
    },
    /// Where the Gazette stands: after the hello, and whenever it goes on. Who is behind asks with
    /// [`Message::WantIssues`].
    #[n(14)]
    Gazette {
        /// How many issues there are.
        #[n(0)]
        height: u64,
        /// The newest.
        #[n(1)]
        issue: IssueId,
    },
    /// Asks for issues. Answered with [`Message::Issues`], as far as they are held.
    #[n(15)]
    WantIssues {
        /// The number of the first.
        #[n(0)]
        from: u64,
    },
    /// Issues in order. What they print comes with the hall.
    #[n(16)]
    Issues(#[cbor(n(0), decode_with = "list::<{ limits::ISSUES_PER_MESSAGE }, _, _>")] Vec<SignedIssue>),
    /// What a teller said of the next issue, by the teller or handed on. Not answered.
    #[n(17)]
    Agreement(#[n(0)] Box<agreement::Message>),
    /// A teller asks another one what it holds of the next issue. Answered with [`Message::Agreement`].
    #[n(18)]
    WantAgreement {
        /// The issue's number.
        #[n(0)]
        height: u64,
        /// The issue before.
        #[n(1)]
        prev: IssueId,
        /// Of this round; none: of all.
        #[n(2)]
        round: Option<u32>,
    },
}

impl Message {
    /// The canonical bytes, without a frame.
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Reads a message and checks it against the limits.
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        if bytes.len() > limits::FRAME_BYTES {
            return Err(WireError::Frame(bytes.len()));
        }
        let message: Self = cbor::decode(bytes).map_err(|error| if error.is_unknown_variant() { WireError::UnknownKind } else { error.into() })?;
        message.check()?;
        Ok(message)
    }

    /// How much work it asks for, in thousandths of the least: a message counts whole, and each thing that it
    /// lists a little more.
    pub fn weight(&self) -> u64 {
        let listed = match self {
            Self::Hello(hello) => hello.spaces.len(),
            Self::Spaces(spaces) => spaces.len(),
            Self::Ranges { ranges, .. } => ranges.len(),
            Self::Have { tips, .. } => tips.len(),
            Self::Want { chains, .. } => chains.len(),
            Self::Operations(operations) => operations.len(),
            Self::Peers(peers) => peers.len(),
            // A certificate costs as much as a few operations to check.
            Self::Issues(issues) => issues.len() * 4,
            _ => 0,
        };
        1000 + listed as u64 * 20
    }

    /// What to call it in a log.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Hello(_) => "hello",
            Self::Spaces(_) => "spaces",
            Self::Ranges { .. } => "ranges",
            Self::Have { .. } => "have",
            Self::Want { .. } => "want",
            Self::Operations(_) => "operations",
            Self::Fork { .. } => "fork",
            Self::WantFork { .. } => "want-fork",
            Self::Probe { .. } => "probe",
            Self::Probed { .. } => "probed",
            Self::Peers(_) => "peers",
            Self::Join(_) => "join",
            Self::Admitted { .. } => "admitted",
            Self::Refused { .. } => "refused",
            Self::Gazette { .. } => "gazette",
            Self::WantIssues { .. } => "want-issues",
            Self::Issues(_) => "issues",
            Self::Agreement(_) => "agreement",
            Self::WantAgreement { .. } => "want-agreement",
        }
    }

    /// Checks what the form alone does not bound. The lists were bounded while they were read, and ranges are
    /// checked when they are answered.
    fn check(&self) -> Result<(), WireError> {
        match self {
            Self::Hello(hello) => hello.check(),
            Self::Have { tips, .. } => within("a chain's end", tips.iter().all(Item::is_possible)),
            Self::Want { chains, .. } => chains.iter().try_for_each(Want::check),
            Self::Operations(operations) => within("the size of an operation", operations.iter().all(operation_fits)),
            Self::Fork { first, second } => within("the size of a header", first.header.len().max(second.header.len()) <= limits::HEADER_BYTES),
            Self::Probe { seq, .. } | Self::Probed { seq, .. } => within("the number of an operation", (1..=limits::MOST_SEQ).contains(seq)),
            Self::Peers(peers) => peers.iter().try_for_each(PeerAddress::check),
            Self::Join(request) => Ok(text::check_line("the name", &request.joining.name, limits::NAME_CHARS)?),
            Self::Agreement(said) => within("the size of an issue", said.body.as_ref().is_none_or(|body| body.len() <= limits::ISSUE_BYTES)),
            Self::Gazette { height, .. } | Self::WantIssues { from: height } | Self::WantAgreement { height, .. } => {
                within("the number of an issue", *height <= limits::MOST_SEQ)
            }
            Self::Issues(issues) => within("the size of an issue", issues.iter().all(|issue| issue.body.len() <= limits::ISSUE_BYTES)),
            Self::Spaces(_) | Self::Ranges { .. } | Self::WantFork { .. } | Self::Admitted { .. } | Self::Refused { .. } => Ok(()),
        }
    }
}

fn within(what: &'static str, is: bool) -> Result<(), WireError> {
    if is { Ok(()) } else { Err(WireError::Range(what)) }
}

fn operation_fits(op: &SignedOp) -> bool {
    op.header.len() <= limits::HEADER_BYTES && op.payload.as_ref().is_none_or(|payload| payload.len() <= limits::EDIT_PAYLOAD_BYTES)
}

#[cfg(test)]
mod tests;
