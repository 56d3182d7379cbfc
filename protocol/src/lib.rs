//! The rules of Folkmoot: what a signed operation is, when one is taken in, what it does, and how two
//! replicas come to hold the same ones. No IO, no clock, no randomness, no async, no threads.
//!
//! ```text
//!  a peer's bytes / a member's intent
//!          |
//!  wire, op    decode and verify      SignedOp -> VerifiedOp        (trust is a type)
//!          |
//!  register    the hall: who is who   persons, devices, communities  } derived: a pure function
//!  document    what people wrote      posts, comments, pages         } of the set of operations
//!  reaction    ups and downs                                         }
//!  count       elections and shares of money                         }
//!  agreement   how the tellers come to certify one issue of the Gazette
//!          |
//!  view        plain data for a command line, a desktop, a bridge
//! ```
//!
//! Modules in reading order:
//! [`limits`], [`id`], [`text`], [`cbor`], [`identity`], [`ticket`], [`act`], [`document`], [`op`],
//! [`register`], [`reaction`], [`state_hash`], [`count`], [`agreement`], [`wire`], [`sync`], [`view`].

pub mod act;
pub mod agreement;
pub mod cbor;
pub mod count;
pub mod document;
pub mod id;
pub mod identity;
pub mod law;
pub mod limits;
pub mod op;
pub mod reaction;
pub mod register;
pub mod state_hash;
pub mod sync;
pub mod text;
pub mod ticket;
pub mod view;
pub mod wire;
