//! How two replicas come to hold the same operations: a state machine without IO, one session for each
//! connection.
//!
//! ```text
//!   alice, who dialled                                bob
//!     Hello: a digest of each space  ------------->
//!                                    <-------------   Hello, and for each space that differs
//!                                                     Ranges: a fingerprint of each part of its chains
//!     Ranges: an outline of each     ------------->
//!     part that differs                               bob knows the differences
//!                                    <-------------   Ranges: his chains that differ, in full;
//!                                                     Operations that alice lacks
//!     alice knows the differences
//!     Operations that bob lacks      ------------->
//! ```
//!
//! 1. *Digest*: the [`Tips`] of a space name the whole set of operations in it, because chains are linked by
//!    hashes. Equal [digests](Tips::digest) end the comparison.
//! 2. *Reconcile*: [`open`] and [`answer`] find the chains whose tips differ, at a cost that follows the
//!    difference. Both sides get each [`Difference`] once.
//! 3. *Transfer*: [`Session`] sends what the peer lacks and asks for what is missing here; where two tips
//!    contradict each other it searches, by bisection, for the two headers that prove the fork.
//! 4. *Live*: what is new is pushed to connected peers, and told of to the others.

mod ranges;
mod reconcile;
mod search;
mod session;
mod tips;

pub use ranges::{Ranges, ReconcileError};
pub use reconcile::{Answer, Claim, Difference, answer, open};
pub use session::*;
pub use tips::{Closed, Item, Tip, Tips};
