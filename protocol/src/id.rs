//! Names of things: 32 bytes each, told apart by type, with one text form (64 lower-case hex digits).

use crate::cbor;
use data_encoding::HEXLOWER;
use minicbor::{Decode, Decoder, Encode, Encoder, encode::Write};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// A text that is not 64 lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is 64 hexadecimal digits, lower case")]
pub struct IdError;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 32]);

        impl $name {
            /// The id of all zeros, which names nothing (for [`SpaceId`]: the hall).
            pub const ZERO: Self = Self([0; 32]);

            /// Its 32 bytes.
            pub fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }

            /// The start of its text form, for people who compare two.
            pub fn short(&self) -> String {
                HEXLOWER.encode(&self.0[..4])
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&HEXLOWER.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.short())
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| IdError)?;
                Ok(Self(bytes.try_into().map_err(|_| IdError)?))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                cbor::byte_array(d).map(Self)
            }
        }
    )*};
}

ids! {
    /// A co-op: the id of its founding operation.
    CoopId;
    /// A person: the hash of their first identity statement.
    PersonId;
    /// A device: its Ed25519 key, which is also its iroh endpoint id.
    DeviceId;
    /// A space: all zeros for the hall, else derived from the act that opened the community.
    SpaceId;
    /// A document: derived from the operation that founded it.
    DocumentId;
    /// An operation: the hash of its header.
    OpId;
    /// An issue of the Gazette: the hash of its body.
    IssueId;
}

/// BLAKE3 of a domain tag, a zero byte and the parts: what every id and signature in the protocol is made from.
pub fn tagged_hash(tag: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(tag.as_bytes()).update(&[0]);
    for part in parts {
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

impl CoopId {
    /// The co-op that an operation founds.
    pub fn founded_by(op: OpId) -> Self {
        Self(op.0)
    }
}

impl OpId {
    /// What one of a bill's effects brings into being, by its place among them: a job, an offer, a payment.
    pub fn made_by(self, effect: u64) -> Self {
        Self(tagged_hash("folkmoot/effect/1", &[&self.0, &effect.to_be_bytes()]))
    }
}

impl IssueId {
    /// What the first issue follows: the founding itself.
    pub fn founding(coop: CoopId) -> Self {
        Self(coop.0)
    }

    /// The issue that has this body.
    pub fn of(body: &[u8]) -> Self {
        Self(tagged_hash("folkmoot/issue/1", &[body]))
    }
}

impl SpaceId {
    /// The hall of any co-op.
    pub const HALL: Self = Self::ZERO;
    /// What people call it.
    pub const HALL_NAME: &str = "hall";

    /// The community that an act opens.
    pub fn opened_by(op: OpId) -> Self {
        Self(tagged_hash("folkmoot/space/1", &[&op.0]))
    }
}

impl DocumentId {
    /// The document that an edit founds. The operation's id already covers its space and its kind.
    pub fn founded_by(op: OpId) -> Self {
        Self(tagged_hash("folkmoot/document/1", &[&op.0]))
    }

    /// The one profile of a person.
    pub fn profile_of(person: PersonId) -> Self {
        Self(tagged_hash("folkmoot/profile/1", &[&person.0]))
    }

    /// The one ballot of a person on a bill, by the act that opened it.
    pub fn ballot_of(bill: OpId, person: PersonId) -> Self {
        Self(tagged_hash("folkmoot/ballot/1", &[&bill.0, &person.0]))
    }

    /// The one description of a community.
    pub fn community_of(space: SpaceId) -> Self {
        Self(tagged_hash("folkmoot/community/1", &[&space.0]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips_and_refuses_upper_case() {
        let id = OpId(tagged_hash("test", &[b"x"]));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_string().to_uppercase().parse::<OpId>(), Err(IdError));
        assert_eq!("abc".parse::<OpId>(), Err(IdError));
    }
}
