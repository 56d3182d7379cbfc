use folkmoot_protocol::{id::*, limits, op::VerifiedOp};
use std::collections::{BTreeMap, btree_map::Entry};

/// Operations that wait for what they rest on; bounded per peer and in all. What does not fit is let go and
/// asked for again by the next comparison.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    chains: BTreeMap<(SpaceId, DeviceId), BTreeMap<Place, Waiting>>,
    per_peer: BTreeMap<Option<DeviceId>, usize>,
    bytes: usize,
    count: usize,
}

/// A number in a chain, and an operation that claims it: of a fork, several do.
type Place = (u64, OpId);

#[derive(Debug)]
struct Waiting {
    op: VerifiedOp,
    from: Option<DeviceId>,
    since: u64,
}

impl Pending {
    /// Lets an operation wait. Answers whether there was room.
    pub(crate) fn insert(&mut self, op: VerifiedOp, from: Option<DeviceId>, now: u64) -> bool {
        let of_peer = self.per_peer.get(&from).copied().unwrap_or(0);
        let most = if from.is_some() { limits::PENDING_PER_PEER } else { limits::PENDING_OPERATIONS };
        if of_peer >= most || self.count >= limits::PENDING_OPERATIONS || self.bytes + op.size() > limits::PENDING_BYTES {
            return false;
        }
        let header = op.header();
        let chain = self.chains.entry((header.space, header.device)).or_default();
        match chain.entry((header.seq, op.id())) {
            Entry::Vacant(place) => {
                self.bytes += op.size();
                self.count += 1;
                *self.per_peer.entry(from).or_insert(0) += 1;
                place.insert(Waiting { op, from, since: now });
            }
            // One that came without its payload must not stand in the way of the whole one.
            Entry::Occupied(mut place) if place.get().op.payload().is_none() => {
                self.bytes += op.size();
                self.bytes -= place.get().op.size();
                place.get_mut().op = op;
            }
            Entry::Occupied(_) => {}
        }
        true
    }

    /// What waits of one chain.
    pub(crate) fn of_chain(&self, space: SpaceId, device: DeviceId) -> Vec<VerifiedOp> {
        self.chains.get(&(space, device)).into_iter().flat_map(BTreeMap::values).map(|waiting| waiting.op.clone()).collect()
    }

    /// Whether something waits that a device wrote.
    pub(crate) fn holds_of(&self, device: DeviceId) -> bool {
        self.chains.keys().any(|(_, of)| *of == device)
    }

    /// One that proves a fork together with another operation: it has the same number.
    pub(crate) fn other_than(&self, op: &VerifiedOp) -> Option<&VerifiedOp> {
        let header = op.header();
        let of_number = self.chains.get(&(header.space, header.device))?.range((header.seq, OpId::ZERO)..);
        let mut of_number = of_number.take_while(|((seq, _), _)| *seq == header.seq).map(|(_, waiting)| &waiting.op);
        of_number.find(|other| other.id() != op.id() && other.header().coop == header.coop)
    }

    /// Takes out what waits of a chain from a number on.
    pub(crate) fn take_from(&mut self, space: SpaceId, device: DeviceId, from: u64) -> Vec<VerifiedOp> {
        let key = (space, device);
        let places = self.chains.get(&key).into_iter().flat_map(|chain| chain.range((from, OpId::ZERO)..)).map(|(place, _)| *place);
        let places: Vec<Place> = places.collect();
        places.into_iter().filter_map(|place| self.take(key, place)).map(|(op, _)| op).collect()
    }

    /// Lets go of what a peer sent: it is gone. What it left is asked for again, of others.
    pub(crate) fn forget_peer(&mut self, peer: DeviceId) {
        if self.per_peer.contains_key(&Some(peer)) {
            self.forget(|waiting| waiting.from == Some(peer));
        }
    }

    /// Lets go of what peers sent before a time (or after it, by a clock that was set back since).
    pub(crate) fn forget_outside(&mut self, from: u64, to: u64) {
        self.forget(|waiting| waiting.from.is_some() && !(from..=to).contains(&waiting.since));
    }

    fn forget(&mut self, gone: impl Fn(&Waiting) -> bool) {
        let keys = self.chains.iter().flat_map(|(key, chain)| chain.iter().filter(|(_, waiting)| gone(waiting)).map(|(place, _)| (*key, *place)));
        let keys: Vec<_> = keys.collect();
        keys.into_iter().for_each(|(key, place)| drop(self.take(key, place)));
    }

    /// Takes out every operation that is the next of its chain, or may be.
    pub(crate) fn take_next(&mut self, next: impl Fn(SpaceId, DeviceId) -> u64) -> Vec<(VerifiedOp, Option<DeviceId>)> {
        let mut ready = Vec::new();
        for ((space, device), chain) in &self.chains {
            let first = chain.keys().next().map_or(u64::MAX, |(seq, _)| *seq);
            if first <= next(*space, *device) {
                ready.extend(chain.keys().take_while(|(seq, _)| *seq == first).map(|place| ((*space, *device), *place)));
            }
        }
        ready.into_iter().filter_map(|(chain, place)| self.take(chain, place)).collect()
    }

    fn take(&mut self, key: (SpaceId, DeviceId), place: Place) -> Option<(VerifiedOp, Option<DeviceId>)> {
        let chain = self.chains.get_mut(&key)?;
        let waiting = chain.remove(&place)?;
        if chain.is_empty() {
            self.chains.remove(&key);
        }
        self.bytes -= waiting.op.size();
        self.count -= 1;
        if let Some(of_peer) = self.per_peer.get_mut(&waiting.from) {
            *of_peer -= 1;
            if *of_peer == 0 {
                self.per_peer.remove(&waiting.from);
            }
        }
        Some((waiting.op, waiting.from))
    }

    /// Operations that wait.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Their bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}
