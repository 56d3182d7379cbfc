use folkmoot_protocol::{
    limits,
    op::SignedOp,
    wire::{FrameDecoder, Message, WireError, frame},
};

/// Frames and the messages in them.
pub fn message(data: &[u8]) {
    read(data);
    if data.len() <= limits::FRAME_BYTES {
        assert_eq!(frames(&frame(data), 7), (vec![data.to_vec()], true), "a frame comes out as it went in");
    }
    let piece = data.first().map_or(1, |byte| 1 + usize::from(*byte) % 61);
    let (bodies, whole) = frames(data, piece);
    assert_eq!(frames(data, data.len()), (bodies.clone(), whole), "the pieces make no difference");
    assert_eq!(sliced(data), (bodies.clone(), whole));
    bodies.iter().for_each(|body| read(body));
}

/// Reads one message: what is read is to the byte what was sent.
pub(super) fn read(bytes: &[u8]) {
    match Message::decode(bytes) {
        Ok(message) => {
            assert_eq!(message.encode(), bytes, "a message in two forms: {message:?}");
            assert!(!message.name().is_empty());
            look_into(message);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn look_into(message: Message) {
    match message {
        Message::Operations(operations) => operations.into_iter().for_each(check_operation),
        Message::Fork { first, second } => {
            for header in [first, second] {
                if let Ok((id, read)) = header.verify() {
                    assert_eq!((read.id(), read.to_bytes()), (id, header.header));
                }
            }
        }
        Message::Join(request) => {
            let _ = (request.invitation.check(), request.joining.check(request.invitation.coop));
        }
        _ => {}
    }
}

/// An operation that is accepted travels on as it came.
pub(super) fn check_operation(op: SignedOp) {
    if let Ok(verified) = op.clone().verify() {
        assert_eq!(verified.to_signed(), op);
        assert_eq!(verified.header().id(), verified.id());
        if let Some(payload) = verified.payload() {
            let _ = payload.content(verified.header());
        }
    }
}

/// The frames of a stream that arrives in pieces, and whether it could be read to the end and nothing was cut off.
fn frames(stream: &[u8], piece: usize) -> (Vec<Vec<u8>>, bool) {
    let (mut decoder, mut bodies) = (FrameDecoder::new(), vec![]);
    for bytes in stream.chunks(piece.max(1)) {
        decoder.push(bytes);
        loop {
            match decoder.next_frame() {
                Ok(Some(body)) => bodies.push(body),
                Ok(None) => break,
                Err(error) => {
                    assert!(matches!(error, WireError::Frame(length) if length > limits::FRAME_BYTES));
                    assert!(decoder.next_frame().is_err(), "an error is final");
                    return (bodies, false);
                }
            }
        }
    }
    let whole = decoder.is_empty();
    (bodies, whole)
}

/// The same by the plainest means.
fn sliced(mut stream: &[u8]) -> (Vec<Vec<u8>>, bool) {
    let mut bodies = vec![];
    while let Some((prefix, rest)) = stream.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*prefix) as usize;
        if length > limits::FRAME_BYTES || length > rest.len() {
            return (bodies, false);
        }
        bodies.push(rest[..length].to_vec());
        stream = &rest[length..];
    }
    (bodies, stream.is_empty())
}
