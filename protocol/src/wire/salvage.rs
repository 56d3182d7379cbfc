use super::Message;
use crate::{
    cbor,
    id::*,
    limits,
    op::{Header, SignedOp},
};
use minicbor::Decoder;

/// What can be read of a damaged message of operations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Salvaged {
    /// The operations before the damage, of which nothing else is known to be true.
    pub operations: Vec<SignedOp>,
    /// Of the first that cannot be read: its id and the device that signed it, as its header has them, if that can be read.
    pub broken: Option<(OpId, DeviceId)>,
}

/// Reads of a message of operations what stands before the damage; none where it is no such message, or not damaged.
pub fn salvage(bytes: &[u8]) -> Option<Salvaged> {
    if Message::decode(bytes).is_ok() {
        return None;
    }
    let mut decoder = Decoder::new(bytes);
    let mut salvaged = Salvaged::default();
    let length = begin(&mut decoder)?;
    for _ in 0..length.min(limits::OPERATIONS_PER_MESSAGE as u64) {
        let at = decoder.position();
        match decoder.decode::<SignedOp>() {
            Ok(op) => salvaged.operations.push(op),
            Err(_) => {
                salvaged.broken = header_at(bytes.get(at..).unwrap_or_default());
                break;
            }
        }
    }
    Some(salvaged)
}

/// A message is its kind and what it says; this kind says one list. Answers how long that claims to be.
fn begin(decoder: &mut Decoder<'_>) -> Option<u64> {
    decoder.array().ok()?;
    let kind = decoder.u32().ok()?;
    decoder.array().ok()?;
    if kind == 5 { decoder.array().ok()? } else { None }
}

fn header_at(bytes: &[u8]) -> Option<(OpId, DeviceId)> {
    let mut decoder = Decoder::new(bytes);
    decoder.array().ok()?;
    let header = decoder.bytes().ok()?;
    let device = cbor::decode::<Header>(header).ok()?.device;
    Some((Header::id_of(header), device))
}
