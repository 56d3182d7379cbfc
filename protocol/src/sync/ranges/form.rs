//! The CBOR form of ranges. Types tell contents apart: null, byte string, array, map.

use super::*;

impl<C> Encode<C> for Ranges {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, context: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.array(1 + 2 * self.list.len() as u64)?.bytes(&self.salt)?;
        for range in &self.list {
            let end = range.upper.map_or([0; 8], |upper| upper.0);
            let length = end.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            e.bytes(&end[..length])?.encode_with(&range.content, context)?;
        }
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Ranges {
    fn decode(d: &mut Decoder<'b>, context: &mut C) -> Result<Self, decode::Error> {
        let length = definite(d.array()?)?;
        let salt = cbor::byte_array(d)?;
        let ranges = length.saturating_sub(1) / 2;
        if length.is_multiple_of(2) || ranges > limits::RANGES_PER_MESSAGE as u64 {
            return Err(decode::Error::message("wrong number of ranges"));
        }
        let list = (0..ranges).map(|_| Ok(Range { upper: end(d)?, content: d.decode_with(context)? })).collect::<Result<_, _>>()?;
        Ok(Self { salt, list })
    }
}

/// A range's end without its trailing zeros; nothing where the range is open.
fn end(d: &mut Decoder<'_>) -> Result<Option<Tag>, decode::Error> {
    let bytes = d.bytes()?;
    let mut tag = [0; 8];
    tag.get_mut(..bytes.len()).ok_or_else(|| decode::Error::message("end of a range is too long"))?.copy_from_slice(bytes);
    Ok((!bytes.is_empty()).then_some(Tag(tag)))
}

fn definite(length: Option<u64>) -> Result<u64, decode::Error> {
    length.ok_or_else(|| decode::Error::message("indefinite length"))
}

impl<C> Encode<C> for Content {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, context: &mut C) -> Result<(), encode::Error<W::Error>> {
        match self {
            Self::Same => e.null()?.ok(),
            Self::Fingerprint(hash) => e.bytes(hash)?.ok(),
            Self::Outline(sketches) => encode_outline(sketches, e, context),
            Self::Settled(settled) => settled.encode(e, context),
        }
    }
}

impl<'b, C> Decode<'b, C> for Content {
    fn decode(d: &mut Decoder<'b>, context: &mut C) -> Result<Self, decode::Error> {
        match d.datatype()? {
            Type::Null => d.null().map(|()| Self::Same),
            Type::Bytes => cbor::byte_array(d).map(Self::Fingerprint),
            Type::Array => decode_outline(d, context).map(Self::Outline),
            _ => d.decode_with(context).map(Self::Settled),
        }
    }
}

/// Flat: for each chain its tag and check as 16 bytes, its number and, where it is closed, an array.
fn encode_outline<C, W: Write>(sketches: &[Sketch], e: &mut Encoder<W>, context: &mut C) -> Result<(), encode::Error<W::Error>> {
    let closed = sketches.iter().filter(|sketch| sketch.closed.is_some()).count();
    e.array((2 * sketches.len() + closed) as u64)?;
    for Sketch { tag, check, seq, closed } in sketches {
        e.bytes(&[tag.0, *check].concat())?.u64(*seq)?;
        if let Some(closed) = closed {
            closed.encode(e, context)?;
        }
    }
    Ok(())
}

fn decode_outline<'b, C>(d: &mut Decoder<'b>, context: &mut C) -> Result<Vec<Sketch>, decode::Error> {
    let mut left = definite(d.array()?)?;
    let mut sketches = Vec::new();
    while left >= 2 && sketches.len() < limits::TIPS_PER_MESSAGE {
        let [tag, check] = halves(cbor::byte_array(d)?);
        let seq = d.u64()?;
        left -= 2;
        let mut closed = None;
        if left > 0 && d.datatype()? == Type::Array {
            closed = Some(d.decode_with(context)?);
            left -= 1;
        }
        sketches.push(Sketch { tag: Tag(tag), check, seq, closed });
    }
    if left == 0 { Ok(sketches) } else { Err(decode::Error::message("outline of a wrong or too large length")) }
}

fn halves(bytes: [u8; 16]) -> [Short; 2] {
    let mut halves = [[0; 8]; 2];
    halves[0].copy_from_slice(&bytes[..8]);
    halves[1].copy_from_slice(&bytes[8..]);
    halves
}

impl<C> Encode<C> for Tag {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Tag {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        cbor::byte_array(d).map(Self)
    }
}
