//! How the tellers agree on one issue of the Gazette at each height: Algorithm 1 of Buchman, Kwon and Milosevic,
//! "The latest gossip on BFT consensus" (arXiv 1807.04938), with one vote a teller and one change
//! (docs/src/decisions/0013). Knows nothing of what an issue says: that is judged elsewhere.
//!
//! ```text
//!  Input    a message, a tick, a judgement, a draft, a certificate
//!    |
//!  core     keeps what was said (votes), asks the rules what may be done, signs it
//!    |        rules::step is one pure function: the model checker calls the very same
//!  row      is committed, then
//!    |
//!  Output   send, timer, judge, draft, ask, certified, evidence
//! ```

mod certificate;
mod core;
mod io;
mod message;
mod row;
pub mod rules;
mod view;
mod votes;

#[cfg(test)]
mod tests;

pub use certificate::{Certificate, CertificateError, sign_alone};
pub use core::Core;
pub use io::{AgreementError, Contradiction, Input, Judgement, Output, Timer};
pub use message::{Message, MessageError, Place, Said};

use crate::id::DeviceId;

/// How many tellers certify an issue: floor(2n/3) + 1 of n.
pub fn quorum(tellers: usize) -> usize {
    tellers * 2 / 3 + 1
}

/// How many hostile tellers n tellers bear: floor((n-1)/3).
pub fn most_hostile(tellers: usize) -> usize {
    tellers.saturating_sub(1) / 3
}

/// Which teller, in the order of devices, proposes in a round.
pub fn proposer(height: u64, round: u32, tellers: usize) -> usize {
    let turn = u128::from(height) + u128::from(round);
    (turn % tellers.max(1) as u128) as usize
}

/// Whether there may be so many tellers.
pub fn is_number_of_tellers(tellers: usize) -> bool {
    [1, 4, 5, 7].contains(&tellers)
}

/// The tellers in the order of devices, if there may be so many and none is named twice.
fn in_order(tellers: &[DeviceId]) -> Option<Vec<DeviceId>> {
    let mut ordered = tellers.to_vec();
    ordered.sort();
    ordered.dedup();
    (is_number_of_tellers(tellers.len()) && ordered.len() == tellers.len()).then_some(ordered)
}
