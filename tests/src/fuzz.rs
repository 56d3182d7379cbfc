//! What the fuzzers do with a stranger's bytes: for each reader, read them and check what must hold whatever
//! they are. The suite calls the same functions with every input that is kept (`tests/fuzz/`).
//!
//! A panic is a failure. Where a signature or a canonical form would stop nearly all inputs at the door, a target
//! also builds values from the bytes, signs them with a fixed key, and goes in through the same door.

mod acts;
mod ballots;
mod bytes;
mod control;
mod documents;
mod files;
mod hall;
mod headers;
mod laws;
mod messages;
mod nodes;
mod reconciliation;
mod sessions;
mod tickets;

pub use acts::act;
pub use ballots::ballots;
pub use bytes::Bytes;
pub use control::control;
pub use documents::document;
pub use files::{lemmy, operations};
pub use headers::header;
pub use laws::law;
pub use messages::message;
pub use nodes::node;
pub use reconciliation::reconciliation;
pub use sessions::session;
pub use tickets::ticket;

use ed25519_dalek::{Signer, SigningKey};
use folkmoot_protocol::{
    id::*,
    identity::SignatureBytes,
    op::{Header, Kind, PayloadRef},
};

/// Reads bytes and checks what must hold; panics where it does not.
pub type Target = fn(&[u8]);

/// Every target, by the name that its folders have too.
pub const TARGETS: [(&str, Target); 13] = [
    ("message", message),
    ("header", header),
    ("act", act),
    ("document", document),
    ("reconciliation", reconciliation),
    ("session", session),
    ("node", node),
    ("ticket", ticket),
    ("control", control),
    ("operations", operations),
    ("lemmy", lemmy),
    ("ballots", ballots),
    ("law", law),
];

/// The device of whoever signs here, by number.
pub fn key(n: u8) -> SigningKey {
    SigningKey::from_bytes(&[n + 100; 32])
}

/// Signs any bytes as a header, whatever they are.
pub fn sign_header(bytes: &[u8], key: &SigningKey) -> SignatureBytes {
    // The tag stands in the protocol's documentation: what is signed there is fixed.
    SignatureBytes(key.sign(&[b"folkmoot/sign/operation/1\0", bytes].concat()).to_bytes())
}

/// The co-op that signed operations here belong to.
pub const COOP: CoopId = CoopId([1; 32]);

/// A header that verifies once it is signed: the first of its chain.
pub fn plain_header(kind: Kind) -> Header {
    Header {
        version: 1,
        coop: COOP,
        space: SpaceId([2; 32]),
        device: DeviceId::ZERO,
        seq: 1,
        prev: OpId::ZERO,
        issue: OpId(COOP.0),
        claimed_at: 1_800_000_000_000,
        kind,
        payload: PayloadRef::of(&[]),
        credential: Some(OpId([3; 32])),
        document: None,
    }
}
