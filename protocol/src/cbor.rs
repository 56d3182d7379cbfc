//! The one canonical byte form: CBOR after RFC 8949 section 4.2 (shortest integers, definite lengths,
//! structures as arrays). What does not encode back to the same bytes is refused.

use minicbor::{Decode, Decoder, Encode};

/// Bytes that are no value of the expected type in canonical form.
#[derive(Debug, thiserror::Error)]
pub enum CborError {
    /// Not CBOR, or CBOR of another shape.
    #[error("malformed: {0}")]
    Malformed(#[from] minicbor::decode::Error),
    /// A valid value in a longer form than necessary, or with something behind it.
    #[error("not in canonical form")]
    NotCanonical,
}

impl CborError {
    /// Whether the bytes name a variant of an enum that this version does not know.
    pub fn is_unknown_variant(&self) -> bool {
        matches!(self, Self::Malformed(error) if error.is_unknown_variant())
    }
}

/// Encodes in canonical form.
pub fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    minicbor::encode(value, &mut bytes).expect("writing to a vector cannot fail");
    bytes
}

/// Decodes one value that takes up all the bytes and stands in canonical form.
pub fn decode<'b, T: Decode<'b, ()> + Encode<()>>(bytes: &'b [u8]) -> Result<T, CborError> {
    let value = minicbor::decode(bytes)?;
    if encode(&value) == bytes { Ok(value) } else { Err(CborError::NotCanonical) }
}

/// Reads a byte string of exactly `N` bytes.
pub(crate) fn byte_array<const N: usize>(d: &mut Decoder<'_>) -> Result<[u8; N], minicbor::decode::Error> {
    let at = d.position();
    d.bytes()?.try_into().map_err(|_| minicbor::decode::Error::message("byte string of a wrong length").at(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_form_and_trailing_bytes_are_refused() {
        assert_eq!(decode::<u64>(&[0x05]).ok(), Some(5));
        assert!(matches!(decode::<u64>(&[0x18, 0x05]), Err(CborError::NotCanonical)));
        assert!(matches!(decode::<u64>(&[0x05, 0x00]), Err(CborError::NotCanonical)));
        assert!(matches!(decode::<u64>(&[]), Err(CborError::Malformed(_))));
    }
}
