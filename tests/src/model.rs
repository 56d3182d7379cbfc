//! A naive community: an independent, slow reading of docs/src/protocol.md, to be compared with the real thing.
//!
//! It keeps what was delivered in one ordered map and works everything out from scratch whenever it is asked,
//! with nested loops. Of the protocol crate it shares how operations are read and verified, and the plain data
//! that answers are made of; none of the code that folds, derives, counts or lists.

mod answers;
mod document;
mod hall;
mod held;
mod list;
mod reached;
mod real;
mod run;
mod schema;
mod shrink;
mod views;

pub use reached::reached;
pub use run::{Failure, check};
pub use shrink::shortest;

use folkmoot_protocol::{act::Act, id::*, op::VerifiedOp};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

/// What every replica's clock says: what is claimed to be later is shown as of then.
pub(crate) const NOW: u64 = 1_800_000_600_000;

/// Answers by question, in words.
pub(crate) type Answers = BTreeMap<String, String>;

/// Whether a person's key signed for a device, by person, device and signature.
type Authorities = BTreeMap<(PersonId, DeviceId, [u8; 64]), bool>;

/// The naive community.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(crate) coop: CoopId,
    /// Spaces that are kept, the hall included.
    pub(crate) followed: BTreeSet<SpaceId>,
    /// All that was delivered and may matter.
    pub(crate) known: BTreeMap<OpId, VerifiedOp>,
    /// Erasures that were kept through a restart, while the same operations no longer wait for their chains.
    evidence: BTreeMap<OpId, VerifiedOp>,
    /// What chains rest on of which a first operation was there before a restart, held or not.
    begun: BTreeMap<(SpaceId, DeviceId), OpId>,
    /// The acts among it whose own content is sound. To check their signatures again and again takes long.
    acts: BTreeMap<OpId, Act>,
    /// Whether a person's key signed for a device, as far as that was asked.
    authorities: RefCell<Authorities>,
}

impl Model {
    /// Nothing but the name of a co-op.
    pub(crate) fn new(coop: CoopId, followed: impl IntoIterator<Item = SpaceId>) -> Self {
        Self {
            coop,
            followed: followed.into_iter().collect(),
            known: BTreeMap::new(),
            evidence: BTreeMap::new(),
            begun: BTreeMap::new(),
            acts: BTreeMap::new(),
            authorities: RefCell::default(),
        }
    }

    /// Takes an operation down.
    pub(crate) fn deliver(&mut self, op: VerifiedOp) {
        let kept = op.header().belongs_to() == self.coop && self.followed.contains(&op.header().space);
        let better = self.known.get(&op.id()).is_none_or(|known| known.payload().is_none());
        if kept && better {
            if let Some(act) = held::act(&op).filter(|act| schema::act_is_sound(act, self.coop)) {
                self.acts.insert(op.id(), act);
            }
            self.known.insert(op.id(), op);
        }
    }
}
