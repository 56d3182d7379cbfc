//! One hash for all that a replica holds of a space and derived from it: equal on two replicas that hold
//! the same operations, whatever way these came.

use crate::{act::Mark, id::*};

/// Hashes a space's set of operations and its derived state. Feed documents in the order of their ids, then
/// reactions in the order of (document, person).
pub struct StateHasher {
    hasher: blake3::Hasher,
}

impl StateHasher {
    /// Begins with the hash of the set of operations (see [`crate::sync::Tips::digest`]).
    pub fn new(set_hash: [u8; 32]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"folkmoot/state/1\0").update(&set_hash);
        Self { hasher }
    }

    /// The canonical bytes of the register; in the hall only.
    pub fn register(&mut self, canonical: &[u8]) {
        self.hasher.update(b"r").update(blake3::hash(canonical).as_bytes());
    }

    /// A document that is present, by the digest of its state.
    pub fn document(&mut self, id: DocumentId, digest: &[u8; 32]) {
        self.hasher.update(b"d").update(&id.0).update(digest);
    }

    /// A person's mark on a document that is present; [`Mark::None`] is left out.
    pub fn reaction(&mut self, target: DocumentId, person: PersonId, mark: Mark) {
        self.hasher.update(b"m").update(&target.0).update(&person.0).update(&[mark as u8]);
    }

    /// The hash.
    pub fn finish(self) -> [u8; 32] {
        *self.hasher.finalize().as_bytes()
    }
}

/// The digest of one document's state.
pub fn document_digest(state: &crate::document::DocumentState) -> [u8; 32] {
    tagged_hash("folkmoot/document-state/1", &[&crate::cbor::encode(state)])
}

/// One hash over several spaces, in the order of their ids.
pub fn combined(spaces: impl IntoIterator<Item = (SpaceId, [u8; 32])>) -> [u8; 32] {
    let mut spaces: Vec<_> = spaces.into_iter().collect();
    spaces.sort();
    let parts: Vec<u8> = spaces.iter().flat_map(|(space, hash)| space.0.iter().chain(hash).copied()).collect();
    tagged_hash("folkmoot/state-of-spaces/1", &[&parts])
}
