//! What happens to a node, and what it wants done.

use crate::api::{Event, Failure, Request, Response};
use folkmoot_protocol::{id::*, law::SignedIssue, op::VerifiedOp, wire::Message};

/// A connection's number in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

/// A request's number in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestId(pub u64);

/// Where operations came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A peer.
    Peer(ConnectionId),
    /// A file; the answer counts what became of them.
    File(RequestId),
}

/// What happens to a node.
#[derive(Debug)]
pub enum Input {
    /// The network listens there.
    Listening {
        /// Addresses as peers can use them.
        addresses: Vec<String>,
    },
    /// A connection is open, and the peer's key proven.
    Connected {
        /// Its number.
        connection: ConnectionId,
        /// Who is at the other end.
        peer: DeviceId,
        /// Whether this node dialled.
        dialled: bool,
    },
    /// A connection is gone.
    Disconnected {
        /// Its number.
        connection: ConnectionId,
        /// Why.
        reason: String,
    },
    /// A peer could not be reached.
    DialFailed {
        /// Who.
        peer: DeviceId,
        /// Why.
        reason: String,
    },
    /// A message came in.
    Message {
        /// On which connection.
        connection: ConnectionId,
        /// What it says.
        message: Box<Message>,
    },
    /// Bytes came in that are no message: the peer is dropped.
    Garbage {
        /// On which connection.
        connection: ConnectionId,
        /// What is wrong with them.
        reason: String,
    },
    /// Operations came in and were verified.
    Operations {
        /// From where.
        source: Source,
        /// Each, or why it is invalid.
        operations: Vec<Result<VerifiedOp, String>>,
    },
    /// Issues of the Gazette came in from a file.
    Issues {
        /// The issues.
        issues: Vec<SignedIssue>,
    },
    /// A frame has left.
    Sent {
        /// On which connection.
        connection: ConnectionId,
        /// Its length.
        bytes: usize,
    },
    /// Somebody asks something.
    Request {
        /// Number for the answer.
        id: RequestId,
        /// What.
        request: Request,
        /// Fresh random bytes.
        entropy: [u8; 32],
    },
    /// About a second has passed.
    Tick,
}

impl Input {
    /// Who waits for an answer to it.
    pub(super) fn asked(&self) -> Option<RequestId> {
        match self {
            Self::Request { id, .. } | Self::Operations { source: Source::File(id), .. } => Some(*id),
            _ => None,
        }
    }

    /// Whether it changes nothing.
    pub(super) fn only_looks(&self) -> bool {
        matches!(self, Self::Request { request: Request::Status, .. })
    }
}

/// What the runtime carries out.
#[derive(Debug)]
pub enum Output {
    /// Sends a frame; [`Input::Sent`] follows when it has left.
    Send {
        /// On which connection.
        connection: ConnectionId,
        /// The message's bytes, without length prefix.
        body: Vec<u8>,
    },
    /// Lets another message in; one follows each message that came in.
    Read {
        /// On which connection.
        connection: ConnectionId,
        /// How long to wait before, in ms.
        after_ms: u64,
    },
    /// Closes a connection, after what was sent has left.
    Close {
        /// Which.
        connection: ConnectionId,
        /// Why; the peer sees it too.
        reason: String,
    },
    /// Connects to a peer.
    Dial {
        /// Who.
        peer: DeviceId,
        /// Where it may be.
        addresses: Vec<String>,
    },
    /// Answers a request.
    Reply {
        /// Which.
        id: RequestId,
        /// The answer.
        result: Result<Response, Failure>,
    },
    /// Tells those who subscribed.
    Event(Event),
    /// Ends the node.
    Stop {
        /// Why, if not by order.
        error: Option<Failure>,
    },
}

/// What a node keeps in memory on behalf of peers; each figure has its bound in [`folkmoot_protocol::limits`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Footprint {
    /// Operations that wait for what they rest on.
    pub waiting: usize,
    /// Their bytes.
    pub waiting_bytes: usize,
    /// Issues of the Gazette that wait for what they print.
    pub waiting_issues: usize,
    /// Open connections.
    pub connections: usize,
    /// Chains that peers were asked for.
    pub fetches: usize,
    /// Bytes that the slowest peer has not read yet.
    pub unsent_bytes: usize,
    /// Parts of chains that are still to be sent to the peer that waits for most.
    pub backlog: usize,
    /// Devices about which something is remembered: their pace, a penalty, when to dial them again.
    pub remembered: usize,
}
