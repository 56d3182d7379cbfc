use super::{COOP, key, plain_header};
use folkmoot_protocol::{
    cbor, limits,
    op::{Content, Kind, Payload, SignedOp},
};

/// Acts, as they come and built from parts, and the register that is folded from them.
pub fn act(data: &[u8]) {
    let Some((form, data)) = data.split_first() else { return };
    if form & 1 == 0 { as_they_come(data) } else { super::hall::fold(data) }
}

fn as_they_come(data: &[u8]) {
    let payload = Payload::from_bytes([&[0; limits::SALT_BYTES], data].concat());
    let Ok(op) = SignedOp::sign(plain_header(Kind::Act), payload, &key(0)).verify() else {
        return assert!(data.len() + limits::SALT_BYTES > limits::ACT_PAYLOAD_BYTES);
    };
    match op.payload().expect("it was sent").content(op.header()) {
        Ok(Content::Act(act)) => {
            assert_eq!(cbor::encode(&act), data, "an act in two forms");
            assert_eq!(act.check(COOP), act.check(COOP));
            super::hall::take(act);
        }
        Ok(Content::Edit(_)) => panic!("an act's header has an edit"),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
