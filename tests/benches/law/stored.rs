//! Operations as a node has them stored: signed headers and payload bytes.

use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
use folkmoot_protocol::{
    cbor,
    id::*,
    identity::device_of,
    limits,
    op::{Content, Header, Kind, Payload, PayloadRef, SignedOp},
};
use folkmoot_protocol::{document::Edit, law::PrintedOp};
use folkmoot_tests::paper::Paper;
use std::time::Duration;

/// An operation as it is stored.
pub(crate) struct Stored {
    printed: PrintedOp,
    kind: Kind,
    body: Vec<u8>,
    signed: SignedOp,
    key: VerifyingKey,
    signature: Signature,
}

/// Signs a printed operation, as its author would have.
pub(crate) fn store(paper: &Paper, printed: &PrintedOp) -> Stored {
    let (kind, body) = match &printed.content {
        Ok(Content::Act(act)) => (Kind::Act, cbor::encode(act)),
        Ok(Content::Edit(edit)) => (Kind::Edit, cbor::encode(edit)),
        Err(_) => (Kind::Act, vec![]),
    };
    let key = &paper.people.iter().find(|somebody| somebody.device == printed.device).expect("one of ours").key;
    let payload = Payload::from_bytes([&[0; limits::SALT_BYTES], body.as_slice()].concat());
    let header = Header {
        version: 1,
        coop: paper.coop(),
        space: SpaceId::HALL,
        device: device_of(key),
        seq: printed.seq,
        prev: if printed.seq == 1 { OpId::ZERO } else { OpId([1; 32]) },
        issue: OpId(paper.coop().0),
        claimed_at: printed.claimed_at,
        kind,
        payload: PayloadRef::of(&[]),
        credential: (printed.seq == 1).then_some(printed.credential),
        document: printed.document,
    };
    let signed = SignedOp::sign(header, payload, key);
    let bare = [b"folkmoot/sign/operation/1\0".as_slice(), &signed.header].concat();
    assert!(key.verifying_key().verify(&bare, &Signature::from_bytes(&signed.signature.0)).is_ok());
    let (key, signature) = (key.verifying_key(), Signature::from_bytes(&signed.signature.0));
    Stored { printed: PrintedOp { content: Err(String::new()), ..printed.clone() }, kind, body, signed, key, signature }
}

/// Reads an operation as the Gazette prints it.
pub(crate) fn read(stored: &Stored) -> PrintedOp {
    let content = match stored.kind {
        Kind::Edit => cbor::decode::<Edit>(&stored.body).map(Content::Edit),
        _ => cbor::decode(&stored.body).map(Content::Act),
    };
    PrintedOp { content: content.map_err(|error| error.to_string()), ..stored.printed.clone() }
}

impl Stored {
    /// Nothing but the signature, of a key that is unpacked already.
    pub(crate) fn verify_bare(&self) -> bool {
        let bare = [b"folkmoot/sign/operation/1\0".as_slice(), &self.signed.header].concat();
        self.key.verify_strict(&bare, &self.signature).is_ok()
    }

    /// As a node verifies what comes.
    pub(crate) fn verify(&self) -> bool {
        self.signed.clone().verify().is_ok()
    }
}

/// What this thread has had of the processor.
pub(crate) fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
