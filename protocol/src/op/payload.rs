use crate::{
    act::Act,
    cbor,
    document::Edit,
    limits,
    op::{Header, Kind, PayloadRef},
};

/// The bytes behind a header: 16 random bytes, then one canonical CBOR value.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload(Vec<u8>);

impl std::fmt::Debug for Payload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Payload({} bytes)", self.0.len())
    }
}

/// What a payload says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Something done.
    Act(Act),
    /// Something written.
    Edit(Edit),
}

/// Why a payload says nothing: the operation is void, the same on every node.
#[derive(Debug, thiserror::Error)]
pub enum PayloadError {
    /// Shorter than its random prefix.
    #[error("too short for its random prefix")]
    TooShort,
    /// Not what its kind says it is.
    #[error(transparent)]
    Cbor(#[from] cbor::CborError),
    /// From a newer version: stored and relayed.
    #[error("of a kind that this version does not know; a newer version of Folkmoot may")]
    UnknownKind,
}

impl Payload {
    /// An act's payload. `salt`: 16 fresh random bytes.
    pub fn act(salt: [u8; limits::SALT_BYTES], act: &Act) -> Self {
        Self([salt.as_slice(), &cbor::encode(act)].concat())
    }

    /// An edit's payload. `salt`: 16 fresh random bytes.
    pub fn edit(salt: [u8; limits::SALT_BYTES], edit: &Edit) -> Self {
        Self([salt.as_slice(), &cbor::encode(edit)].concat())
    }

    /// Any bytes: what they say is found out by [`Payload::content`].
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes, random prefix included.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The hash and length that a header states.
    pub fn reference(&self) -> PayloadRef {
        PayloadRef::of(&self.0)
    }

    /// Reads what it says, as the header's kind has it.
    pub fn content(&self, header: &Header) -> Result<Content, PayloadError> {
        let body = self.0.get(limits::SALT_BYTES..).ok_or(PayloadError::TooShort)?;
        let content = match header.kind {
            Kind::Act => cbor::decode(body).map(Content::Act),
            Kind::Edit => cbor::decode(body).map(Content::Edit),
            Kind::Unknown(_) => return Err(PayloadError::UnknownKind),
        };
        content.map_err(|error| if error.is_unknown_variant() { PayloadError::UnknownKind } else { error.into() })
    }
}
