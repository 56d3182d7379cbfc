use super::Message;
use crate::{cbor, id::*, limits, op::Header};
use minicbor::{Decode, Decoder, Encode};

/// What can be read of a damaged message of operations or of issues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salvaged {
    /// The operations or issues before the damage, of which nothing else is known to be true.
    pub message: Message,
    /// Whether those are all that the message lists: the damage is behind them.
    pub listed: bool,
    /// Of the first operation that cannot be read: its id and the device that signed it, as its header has them, if that can be read.
    pub broken: Option<(OpId, DeviceId)>,
}

/// Reads of a message of operations or issues what stands before the damage; none where it is no such message, or not damaged.
pub fn salvage(bytes: &[u8]) -> Option<Salvaged> {
    if Message::decode(bytes).is_ok() {
        return None;
    }
    let mut decoder = Decoder::new(bytes);
    let (kind, length) = begin(&mut decoder)?;
    let (message, whole) = match kind {
        OPERATIONS => {
            let operations = list_before_damage(&mut decoder, bytes, length.min(limits::OPERATIONS_PER_MESSAGE as u64));
            let whole = operations.len();
            (Message::Operations(operations), whole)
        }
        ISSUES => {
            let issues = list_before_damage(&mut decoder, bytes, length.min(limits::ISSUES_PER_MESSAGE as u64));
            let whole = issues.len();
            (Message::Issues(issues), whole)
        }
        _ => return None,
    };
    let broken = if kind == OPERATIONS { header_at(bytes.get(decoder.position()..).unwrap_or_default()) } else { None };
    Some(Salvaged { message, listed: whole as u64 == length, broken })
}

const OPERATIONS: u32 = 5;
const ISSUES: u32 = 16;

/// A message is its kind and what it says; these kinds say one list. Answers which, and how long that claims to be.
fn begin(decoder: &mut Decoder<'_>) -> Option<(u32, u64)> {
    decoder.array().ok()?;
    let kind = decoder.u32().ok()?;
    decoder.array().ok()?;
    Some((kind, decoder.array().ok()??))
}

/// The items of a list in front of the first that cannot be read, where the decoder stands afterwards.
fn list_before_damage<'b, T: Decode<'b, ()> + Encode<()>>(decoder: &mut Decoder<'b>, bytes: &'b [u8], most: u64) -> Vec<T> {
    let mut items = Vec::new();
    for _ in 0..most {
        let at = decoder.position();
        let read = decoder.skip().ok().and_then(|()| cbor::decode(bytes.get(at..decoder.position())?).ok());
        let Some(item) = read else {
            decoder.set_position(at);
            break;
        };
        items.push(item);
    }
    items
}

fn header_at(bytes: &[u8]) -> Option<(OpId, DeviceId)> {
    let mut decoder = Decoder::new(bytes);
    decoder.array().ok()?;
    let header = decoder.bytes().ok()?;
    let device = cbor::decode::<Header>(header).ok()?.device;
    Some((Header::id_of(header), device))
}
