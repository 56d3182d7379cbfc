//! One signed unit of replication: a header that is always kept, and a payload that can be erased.

mod header;
mod payload;
mod verify;

pub use header::{Header, Kind, PayloadRef};
pub use payload::{Content, Payload, PayloadError};
pub use verify::{InvalidOp, SignedHeader, SignedOp, StoredOp, VerifiedOp, Verifier};
