use crate::{cbor, id::*};
use minicbor::{Decode, Encode};

/// The version of the format that this crate writes.
pub(crate) const VERSION: u8 = 1;

/// What a device signs. Canonical CBOR; at most [`crate::limits::HEADER_BYTES`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Header {
    /// Version of the format.
    #[n(0)]
    pub version: u8,
    /// The co-op; zeros in the founding operation.
    #[n(1)]
    pub coop: CoopId,
    /// The hall (zeros) or a community.
    #[n(2)]
    pub space: SpaceId,
    /// The signer.
    #[n(3)]
    pub device: DeviceId,
    /// Number in this device's chain in this space, from 1, without gaps.
    #[n(4)]
    pub seq: u64,
    /// The operation numbered `seq - 1`; zeros where `seq` is 1.
    #[n(5)]
    pub prev: OpId,
    /// The newest issue of the Gazette that the author had (until the law comes: the founding operation);
    /// zeros in the founding operation.
    #[n(6)]
    pub issue: OpId,
    /// The author's clock in ms since 1970; for display and ranking only.
    #[n(7)]
    pub claimed_at: u64,
    /// Act or edit.
    #[n(8)]
    pub kind: Kind,
    /// Hash and length of the payload.
    #[n(9)]
    pub payload: PayloadRef,
    /// On a chain's first operation: the founding, admission or device grant that it rests on.
    #[n(10)]
    pub credential: Option<OpId>,
    /// For an edit of a document that exists: which. An edit without founds one.
    #[n(11)]
    pub document: Option<DocumentId>,
}

/// What a payload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An act (0).
    Act,
    /// An edit (1).
    Edit,
    /// Of a newer version: stored and relayed, without effect.
    Unknown(u8),
}

impl Kind {
    /// Its number on the wire.
    pub fn code(self) -> u8 {
        match self {
            Self::Act => 0,
            Self::Edit => 1,
            Self::Unknown(code) => code,
        }
    }

    /// The kind of a number.
    pub fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Act,
            1 => Self::Edit,
            code => Self::Unknown(code),
        }
    }
}

impl<C> Encode<C> for Kind {
    fn encode<W: minicbor::encode::Write>(&self, e: &mut minicbor::Encoder<W>, _: &mut C) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.u8(self.code())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Kind {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        d.u8().map(Self::from_code)
    }
}

/// Names a payload without holding it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PayloadRef {
    /// BLAKE3 of a domain tag and the payload's bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub hash: [u8; 32],
    /// Its length in bytes.
    #[n(1)]
    pub length: u32,
}

impl PayloadRef {
    /// Names these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        Self { hash: tagged_hash("folkmoot/payload/1", &[bytes]), length }
    }
}

impl Header {
    /// The operation's id: the hash of its header.
    pub fn id(&self) -> OpId {
        Self::id_of(&self.to_bytes())
    }

    /// The id of a header's bytes.
    pub fn id_of(bytes: &[u8]) -> OpId {
        OpId(tagged_hash("folkmoot/operation/1", &[bytes]))
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Whether this is the operation that founds a co-op.
    pub fn is_founding(&self) -> bool {
        self.coop == CoopId::ZERO
    }

    /// The co-op that the operation belongs to, the founding operation to the one it founds.
    pub fn belongs_to(&self) -> CoopId {
        if self.is_founding() { CoopId::founded_by(self.id()) } else { self.coop }
    }
}
