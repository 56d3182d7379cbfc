use super::{WireError, list};
use crate::{id::*, identity::Joining, limits, text, ticket::Invitation};
use core::net::SocketAddr;
use minicbor::{Decode, Encode};

/// What a node says of itself, and of what it keeps.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Hello {
    /// Protocol versions that it speaks.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub versions: Vec<u8>,
    /// The co-op.
    #[n(1)]
    pub coop: CoopId,
    /// Its clock in ms since 1970, to warn of one that is wrong.
    #[n(2)]
    pub clock_ms: u64,
    /// The program and its version, to show.
    #[n(3)]
    pub agent: String,
    /// Where it can be reached.
    #[cbor(n(4), decode_with = "list::<{ limits::ADDRESSES_PER_DEVICE }, _, _>")]
    pub addresses: Vec<String>,
    /// Each space that it keeps and may show to the peer.
    #[cbor(n(5), decode_with = "list::<{ limits::SPACES_PER_HELLO }, _, _>")]
    pub spaces: Vec<SpaceDigest>,
}

/// A space and the [digest](crate::sync::Tips::digest) of what a node holds of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SpaceDigest {
    /// The space.
    #[n(0)]
    pub space: SpaceId,
    /// The digest.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub digest: [u8; 32],
}

/// Consecutive operations of one chain that a node asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Want {
    /// Whose chain.
    #[n(0)]
    pub device: DeviceId,
    /// The first number, from 1.
    #[n(1)]
    pub from: u64,
    /// The last number, not below the first.
    #[n(2)]
    pub to: u64,
}

/// Where a node can be reached.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PeerAddress {
    /// Its device.
    #[n(0)]
    pub device: DeviceId,
    /// Each an IP address with a port, or the http(s) address of a relay.
    #[cbor(n(1), decode_with = "list::<{ limits::ADDRESSES_PER_DEVICE }, _, _>")]
    pub addresses: Vec<String>,
}

/// Asks to be let in.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct JoinRequest {
    /// The permission.
    #[n(0)]
    pub invitation: Invitation,
    /// Who asks.
    #[n(1)]
    pub joining: Joining,
}

/// Why a node does not do what it was asked: a sentence for the person who asked, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, thiserror::Error)]
#[cbor(index_only)]
pub enum Refusal {
    /// The invitation's signature is not by the device it names.
    #[error("the invitation is damaged or forged; ask for a new one, from the person who sent it")]
    #[n(0)]
    Forged,
    /// Past its end.
    #[error("the invitation has expired; ask for a new one")]
    #[n(1)]
    Expired,
    /// It let in as many as it may.
    #[error("the invitation has been used as often as it may be; ask for a new one")]
    #[n(2)]
    Used,
    /// Of another co-op.
    #[error("the invitation is into another co-op; check that you opened the right ticket and the right data folder")]
    #[n(3)]
    Foreign,
    /// Not one that this node gave out, or withdrawn.
    #[error("the other node does not know this invitation, or has withdrawn it; ask for a new one")]
    #[n(4)]
    Unknown,
    /// The device is not known to the co-op, or closed.
    #[error(
        "the co-op does not know this device (yet), or its owner closed it; join with an invitation, or wait until your admission has reached the other node"
    )]
    #[n(5)]
    NotAdmitted,
    /// Too many connections or too much waiting.
    #[error("the other node is busy; try again in a few minutes, or through another node")]
    #[n(6)]
    Busy,
    /// A message that cannot be read or is against the protocol.
    #[error("the other node could not make sense of what this one sent; update whichever of the two is older")]
    #[n(7)]
    Malformed,
    /// No protocol version in common.
    #[error("the two nodes speak no protocol version in common; update whichever of the two is older")]
    #[n(8)]
    Version,
}

impl Hello {
    pub(super) fn check(&self) -> Result<(), WireError> {
        let versions = self.versions.len();
        if !(1..=crate::limits::VERSIONS_PER_HELLO).contains(&versions) {
            return Err(WireError::Range("the number of versions"));
        }
        text::check_line("the program's name", &self.agent, limits::NAME_CHARS)?;
        check_addresses(&self.addresses)
    }
}

impl Want {
    pub(super) fn check(&self) -> Result<(), WireError> {
        if self.from >= 1 && self.from <= self.to && self.to <= crate::limits::MOST_SEQ { Ok(()) } else { Err(WireError::Range("the operations asked for")) }
    }
}

impl PeerAddress {
    /// Checks the number and the form of its addresses.
    pub fn check(&self) -> Result<(), WireError> {
        check_addresses(&self.addresses)
    }
}

fn check_addresses(addresses: &[String]) -> Result<(), WireError> {
    let fits = |text: &String| text.len() <= limits::ADDRESS_BYTES && (text.parse::<SocketAddr>().is_ok() || text::check_url("the address", text).is_ok());
    if addresses.len() > limits::ADDRESSES_PER_DEVICE {
        return Err(WireError::Range("the number of addresses"));
    }
    if addresses.iter().all(fits) { Ok(()) } else { Err(WireError::Address) }
}
