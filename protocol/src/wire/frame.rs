use super::WireError;
use crate::limits;

const PREFIX_BYTES: usize = 4;

/// Puts a message's bytes into a frame: their number (32 bits, big endian), then they. At most
/// [`limits::FRAME_BYTES`], or the other side refuses it.
pub fn frame(body: &[u8]) -> Vec<u8> {
    debug_assert!(body.len() <= limits::FRAME_BYTES, "a message of {} bytes does not fit a frame", body.len());
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), body].concat()
}

/// Takes frames out of a stream of bytes. It never holds more than what has arrived.
#[derive(Debug, Default)]
pub struct FrameDecoder {
    arrived: Vec<u8>,
    taken: usize,
}

impl FrameDecoder {
    /// Nothing has arrived.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing waits: the stream may end here without anything being cut off.
    pub fn is_empty(&self) -> bool {
        self.taken == self.arrived.len()
    }

    /// What waits: the beginning of a frame, without its length, that has not arrived whole.
    pub fn waiting(&self) -> &[u8] {
        self.arrived.get(self.taken + PREFIX_BYTES..).unwrap_or_default()
    }

    /// Bytes have arrived. Take all whole frames out before pushing more, so that at most one frame waits.
    pub fn push(&mut self, bytes: &[u8]) {
        self.arrived.drain(..self.taken);
        self.taken = 0;
        self.arrived.extend(bytes);
    }

    /// The next whole frame without its length, or none yet. An error is final: the stream cannot be read on.
    pub fn next_frame(&mut self) -> Result<Option<Vec<u8>>, WireError> {
        let waiting = self.arrived.get(self.taken..).unwrap_or_default();
        let Some((prefix, rest)) = waiting.split_first_chunk::<PREFIX_BYTES>() else { return Ok(None) };
        let length = u32::from_be_bytes(*prefix) as usize;
        if length > limits::FRAME_BYTES {
            return Err(WireError::Frame(length));
        }
        let Some(body) = rest.get(..length) else { return Ok(None) };
        let body = body.to_vec();
        self.taken += PREFIX_BYTES + length;
        if self.taken == self.arrived.len() {
            // A peer that is silent now keeps no memory.
            *self = Self::new();
        }
        Ok(Some(body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_frame_over_the_limit_is_refused_before_it_arrives() {
        let mut decoder = FrameDecoder::new();
        decoder.push(&(limits::FRAME_BYTES as u32 + 1).to_be_bytes());
        for _ in 0..2 {
            assert!(matches!(decoder.next_frame(), Err(WireError::Frame(length)) if length == limits::FRAME_BYTES + 1));
        }
    }

    #[test]
    fn a_frame_claimed_but_not_sent_takes_up_nothing() {
        let mut decoder = FrameDecoder::new();
        decoder.push(&(limits::FRAME_BYTES as u32).to_be_bytes());
        assert!(matches!(decoder.next_frame(), Ok(None)));
        assert!(decoder.arrived.capacity() < 64);
    }

    proptest! {
        #[test]
        fn frames_come_out_as_they_went_in_whatever_the_pieces(
            bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..20),
            piece in 1usize..200,
        ) {
            let stream: Vec<u8> = bodies.iter().flat_map(|body| frame(body)).collect();
            let (mut decoder, mut out) = (FrameDecoder::new(), Vec::new());
            for bytes in stream.chunks(piece) {
                decoder.push(bytes);
                while let Some(body) = decoder.next_frame().unwrap() {
                    out.push(body);
                }
                prop_assert!(decoder.arrived.len() - decoder.taken < PREFIX_BYTES + 300);
            }
            prop_assert_eq!(out, bodies);
        }

        #[test]
        fn garbled_streams_never_panic(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 0..20)) {
            let mut decoder = FrameDecoder::new();
            for piece in pieces {
                decoder.push(&piece);
                while let Ok(Some(_)) = decoder.next_frame() {}
            }
        }
    }
}
