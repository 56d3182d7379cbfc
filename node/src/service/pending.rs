use folkmoot_protocol::{id::*, limits, op::VerifiedOp};
use std::collections::{BTreeMap, btree_map::Entry};

/// Operations that wait for what they rest on; bounded per peer and in all. What does not fit is let go and
/// asked for again by the next comparison.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    chains: BTreeMap<(SpaceId, DeviceId), BTreeMap<u64, Waiting>>,
    per_peer: BTreeMap<Option<DeviceId>, usize>,
    bytes: usize,
    count: usize,
}

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
        if let Entry::Vacant(place) = chain.entry(header.seq) {
            self.bytes += op.size();
            self.count += 1;
            *self.per_peer.entry(from).or_insert(0) += 1;
            place.insert(Waiting { op, from, since: now });
        }
        true
    }

    /// Takes out every operation that is the next of its chain.
    pub(crate) fn take_next(&mut self, next: impl Fn(SpaceId, DeviceId) -> u64) -> Vec<(VerifiedOp, Option<DeviceId>)> {
        let ready: Vec<_> = self
            .chains
            .iter()
            .filter_map(|((space, device), chain)| {
                let (&seq, _) = chain.first_key_value()?;
                (seq <= next(*space, *device)).then_some(((*space, *device), seq))
            })
            .collect();
        ready.into_iter().filter_map(|(chain, seq)| self.take(chain, seq)).collect()
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
        let keys = self.chains.iter().flat_map(|(key, chain)| chain.iter().filter(|(_, waiting)| gone(waiting)).map(|(seq, _)| (*key, *seq)));
        let keys: Vec<_> = keys.collect();
        keys.into_iter().for_each(|(key, seq)| drop(self.take(key, seq)));
    }

    fn take(&mut self, key: (SpaceId, DeviceId), seq: u64) -> Option<(VerifiedOp, Option<DeviceId>)> {
        let chain = self.chains.get_mut(&key)?;
        let waiting = chain.remove(&seq)?;
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
