//! Which operations are held, and where forks close chains.

use super::{Model, hall};
use folkmoot_protocol::{
    act::Act,
    id::*,
    op::{Content, Kind, VerifiedOp},
};
use std::collections::{BTreeMap, BTreeSet};

/// One device's chain in one space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chain {
    pub(super) credential: OpId,
    pub(super) ops: Vec<OpId>,
    /// The number at which a fork closed it.
    pub(super) closed: Option<u64>,
}

pub(super) type Chains = BTreeMap<(SpaceId, DeviceId), Chain>;

/// An erasure that is held, in its chain or out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Erasure {
    pub(super) op: OpId,
    pub(super) space: SpaceId,
    pub(super) device: DeviceId,
    pub(super) seq: u64,
    pub(super) document: DocumentId,
    pub(super) person: PersonId,
}

/// What an act says; none for anything else and for what cannot be read.
pub(super) fn act(op: &VerifiedOp) -> Option<Act> {
    match op.payload()?.content(op.header()).ok()? {
        Content::Act(act) => Some(act),
        Content::Edit(_) => None,
    }
}

impl Model {
    /// The chains as they are held. What is held makes more of what came be held, until nothing is left.
    pub(super) fn chains(&self) -> Chains {
        let mut chains = Chains::new();
        loop {
            let bindings = hall::bindings(self, &chains);
            let erased = self.erased(&chains, &bindings);
            let more = self.chains_under(&chains, &bindings, &erased);
            if more == chains {
                return chains;
            }
            chains = more;
        }
    }

    fn chains_under(&self, before: &Chains, bindings: &BTreeMap<OpId, (DeviceId, PersonId)>, erased: &BTreeSet<(SpaceId, DocumentId)>) -> Chains {
        let places: BTreeSet<(SpaceId, DeviceId)> = self.known.values().map(|op| (op.header().space, op.header().device)).collect();
        let mut chains = Chains::new();
        for (space, device) in places {
            let of_chain: Vec<&VerifiedOp> = self.known.values().filter(|op| (op.header().space, op.header().device) == (space, device)).collect();
            let rests_on = |op: &VerifiedOp| if op.header().is_founding() { Some(op.id()) } else { op.header().credential };
            let tied = |op: &VerifiedOp| {
                let credential = rests_on(op).filter(|credential| bindings.get(credential).is_some_and(|(tied, _)| *tied == device));
                op.header().is_founding() || credential.is_some()
            };
            let begins = self.begins(before, bindings, (space, device));
            // Two of one number, whatever they follow.
            let forks =
                |op: &VerifiedOp, other: &VerifiedOp| (op.header().coop, op.header().seq) == (other.header().coop, other.header().seq) && op.id() != other.id();
            let forked = of_chain.iter().filter(|op| of_chain.iter().any(|other| forks(op, other))).map(|op| op.header().seq);
            let closed = forked.min().filter(|_| begins.is_some());
            let mut chain = closed.zip(begins).map(|(closed, credential)| Chain { credential, ops: vec![], closed: Some(closed) });
            for seq in 1..closed.unwrap_or(u64::MAX) {
                let prev = chain.as_ref().and_then(|chain| chain.ops.last().copied()).unwrap_or(OpId::ZERO);
                let next = |op: &&VerifiedOp| op.header().seq == seq && op.header().prev == prev && (seq > 1 || tied(op));
                let Some(op) = of_chain.iter().copied().find(next).filter(|op| self.may_be_held(op, erased)) else { break };
                let chain = chain.get_or_insert_with(|| Chain { credential: rests_on(op).unwrap_or(OpId::ZERO), ops: vec![], closed: None });
                chain.ops.push(op.id());
            }
            if let Some(chain) = chain {
                chains.insert((space, device), chain);
            }
        }
        chains
    }

    /// Whether nothing but its chain keeps an operation from being held: its issue is known, its payload is
    /// there or need not be.
    fn may_be_held(&self, op: &VerifiedOp, erased: &BTreeSet<(SpaceId, DocumentId)>) -> bool {
        let header = op.header();
        let issue = header.is_founding() || header.issue.0 == self.coop.0;
        issue && (op.payload().is_some() || op.document().is_some_and(|document| erased.contains(&(header.space, document))))
    }

    /// What a chain rests on, if that ties its device: the chain is known, though its first operation may still
    /// lack its payload.
    fn begins(&self, chains: &Chains, bindings: &BTreeMap<OpId, (DeviceId, PersonId)>, place: (SpaceId, DeviceId)) -> Option<OpId> {
        let first = |op: &&VerifiedOp| (op.header().space, op.header().device) == place && op.header().seq == 1 && op.header().issue.0 == self.coop.0;
        let waiting = self.known.values().filter(first).filter_map(|op| op.header().credential);
        let credentials = chains.get(&place).map(|chain| chain.credential).into_iter().chain(self.begun.get(&place).copied()).chain(waiting);
        credentials.into_iter().find(|credential| bindings.get(credential).is_some_and(|(device, _)| *device == place.1))
    }

    /// All erasures whose signer's chain is known, wherever they stand in it.
    pub(super) fn erasures(&self, chains: &Chains, bindings: &BTreeMap<OpId, (DeviceId, PersonId)>) -> Vec<Erasure> {
        let mut erasures = vec![];
        for (_, op) in self.known.iter().chain(&self.evidence).filter(|(_, op)| op.header().space != SpaceId::HALL) {
            let (space, device) = (op.header().space, op.header().device);
            let person = self.begins(chains, bindings, (space, device)).map(|credential| bindings[&credential].1);
            if let (Some(Act::Erase(erase)), Some(person)) = (self.acts.get(&op.id()), person) {
                let erasure = Erasure { op: op.id(), space, device, seq: op.header().seq, document: erase.document, person };
                if !erasures.contains(&erasure) {
                    erasures.push(erasure);
                }
            }
        }
        erasures
    }

    /// The documents that their owners erased.
    pub(super) fn erased(&self, chains: &Chains, bindings: &BTreeMap<OpId, (DeviceId, PersonId)>) -> BTreeSet<(SpaceId, DocumentId)> {
        let mut erased = BTreeSet::new();
        for erasure in self.erasures(chains, bindings) {
            for ((space, device), op) in held(self, chains) {
                let founds = op.header().kind == Kind::Edit && op.header().document.is_none() && DocumentId::founded_by(op.id()) == erasure.document;
                let owner = bindings.get(&chains[&(space, device)].credential).map(|(_, person)| *person);
                if founds && space == erasure.space && owner == Some(erasure.person) {
                    erased.insert((space, erasure.document));
                }
            }
            // The operation about to be held may be the one that founds it.
            for op in self.known.values().filter(|op| op.header().space == erasure.space && op.header().document.is_none()) {
                let header = op.header();
                let chain = chains.get(&(header.space, header.device));
                let credential = chain.map(|chain| chain.credential).or(header.credential);
                let owner =
                    credential.and_then(|credential| bindings.get(&credential)).filter(|(device, _)| *device == header.device).map(|(_, person)| *person);
                let (length, prev) = chain.map_or((0, OpId::ZERO), |chain| (chain.ops.len() as u64, chain.ops.last().copied().unwrap_or(OpId::ZERO)));
                let next = header.seq == length + 1 && header.prev == prev && chain.and_then(|chain| chain.closed).is_none_or(|closed| header.seq < closed);
                if next && op.document() == Some(erasure.document) && owner == Some(erasure.person) {
                    erased.insert((erasure.space, erasure.document));
                }
            }
        }
        erased
    }

    /// Whether an edit is of a document that was erased before a fork took its founding edit away: a payload that
    /// was dropped then cannot come back, and no rule explains it any more. See docs/src/proof/model.md.
    pub(super) fn lost_its_erasure(&self, op: OpId) -> bool {
        let chains = self.chains();
        let document = self.known.get(&op).and_then(|op| Some((op.header().space, op.document()?)));
        let Some((space, document)) = document else { return false };
        let founded = held(self, &chains).any(|((of, _), op)| of == space && DocumentId::founded_by(op.id()) == document);
        let erasures = self.erasures(&chains, &hall::bindings(self, &chains));
        !founded && erasures.iter().any(|erasure| (erasure.space, erasure.document) == (space, document))
    }

    /// A node that starts again has lost what waited.
    pub(super) fn forget_waiting(&mut self) {
        let chains = self.chains();
        let bindings = hall::bindings(self, &chains);
        let mut kept: BTreeSet<OpId> = chains.values().flat_map(|chain| chain.ops.iter().copied()).collect();
        for erasure in self.erasures(&chains, &bindings) {
            if let Some(op) = self.known.get(&erasure.op) {
                self.evidence.insert(erasure.op, op.clone());
            }
        }
        for ((space, device), chain) in &chains {
            let proof = self.known.values().filter(|op| (op.header().space, op.header().device, Some(op.header().seq)) == (*space, *device, chain.closed));
            kept.extend(proof.map(VerifiedOp::id));
        }
        let places: BTreeSet<(SpaceId, DeviceId)> = self.known.values().map(|op| (op.header().space, op.header().device)).collect();
        for place in places {
            if let Some(credential) = self.begins(&chains, &bindings, place) {
                self.begun.insert(place, credential);
            }
        }
        self.known.retain(|id, _| kept.contains(id));
    }
}

/// All operations that are held, with their places.
pub(super) fn held<'a>(model: &'a Model, chains: &'a Chains) -> impl Iterator<Item = ((SpaceId, DeviceId), &'a VerifiedOp)> {
    chains.iter().flat_map(|(place, chain)| chain.ops.iter().map(|op| (*place, &model.known[op])))
}
