use crate::{id::*, limits::MOST_SEQ};
use minicbor::{Decode, Encode};
use std::{cell::Cell, collections::BTreeMap, ops::Bound};

/// The end of one device's chain in one space. Chains are linked by hashes, so the tips name the whole set
/// of operations. Of a chain that a fork closed, the end of what lies before the fork.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Tip {
    /// The number of the last operation; 0 where a fork left nothing.
    #[n(0)]
    pub seq: u64,
    /// The id of that operation; zeros where `seq` is 0.
    #[n(1)]
    pub id: OpId,
    /// The fork that closed the chain, if one did.
    #[n(2)]
    pub closed: Option<Closed>,
}

impl Tip {
    /// Whether more of the chain may be taken in: no fork closed it, or something below the fork is missing.
    pub fn may_grow(&self) -> bool {
        self.closed.is_none_or(|closed| closed.at > self.seq + 1)
    }
}

/// A fork closed the chain: two operations of the device have one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Closed {
    /// The lowest forked number that is known.
    #[n(0)]
    pub at: u64,
    /// Digest over the ids of the erasures that this replica holds from beyond the fork: an erasure cannot
    /// be taken back, so these keep their effect.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub erasures: [u8; 16],
}

/// A tip and whose chain it ends, as it travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Item {
    /// Whose chain.
    #[n(0)]
    pub device: DeviceId,
    /// As in [`Tip`].
    #[n(1)]
    pub seq: u64,
    /// As in [`Tip`].
    #[n(2)]
    pub id: OpId,
    /// As in [`Tip`].
    #[n(3)]
    pub closed: Option<Closed>,
}

impl Item {
    /// Puts the two together.
    pub fn new(device: DeviceId, tip: Tip) -> Self {
        Self { device, seq: tip.seq, id: tip.id, closed: tip.closed }
    }

    /// The tip without its device.
    pub fn tip(&self) -> Tip {
        Tip { seq: self.seq, id: self.id, closed: self.closed }
    }

    /// Whether such a tip can exist at all.
    pub(crate) fn is_possible(&self) -> bool {
        is_possible(self.seq, self.closed.as_ref()) && (self.seq == 0) == (self.id == OpId::ZERO)
    }
}

/// Whether a chain can end like that: it holds something or is closed, and closed only beyond its end.
pub(super) fn is_possible(seq: u64, closed: Option<&Closed>) -> bool {
    seq < MOST_SEQ && closed.map_or(seq > 0, |closed| closed.at > seq && closed.at <= MOST_SEQ)
}

/// The tips of all chains in one space, by device.
#[derive(Debug, Clone, Default)]
pub struct Tips {
    tips: BTreeMap<DeviceId, Tip>,
    digest: Cell<Option<[u8; 32]>>,
}

impl PartialEq for Tips {
    fn eq(&self, other: &Self) -> bool {
        self.tips == other.tips
    }
}

impl Eq for Tips {}

impl Tips {
    /// No chain at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// The end of a device's chain.
    pub fn get(&self, device: &DeviceId) -> Option<&Tip> {
        self.tips.get(device)
    }

    /// Sets the end of a device's chain. A tip that says nothing (number 0, not closed) is left out, so that
    /// an empty chain and none are the same.
    pub fn set(&mut self, device: DeviceId, tip: Tip) {
        if tip.seq == 0 && tip.closed.is_none() {
            self.remove(&device);
        } else {
            self.digest.take();
            self.tips.insert(device, tip);
        }
    }

    /// Forgets a device's chain.
    pub fn remove(&mut self, device: &DeviceId) -> Option<Tip> {
        self.digest.take();
        self.tips.remove(device)
    }

    /// All tips, in the order of the devices.
    pub fn iter(&self) -> impl Iterator<Item = (&DeviceId, &Tip)> {
        self.tips.iter()
    }

    /// The tips from `lower` to before `upper`, or to the end; none where the two are out of order.
    pub fn range(&self, lower: DeviceId, upper: Option<DeviceId>) -> impl Iterator<Item = (&DeviceId, &Tip)> {
        let end = upper.map_or(Bound::Unbounded, |upper| Bound::Excluded(upper.max(lower)));
        self.tips.range((Bound::Included(lower), end))
    }

    /// How many chains there are.
    pub fn len(&self) -> usize {
        self.tips.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tips.is_empty()
    }

    /// The space's set hash: equal on two replicas that hold the same operations and know the same forks.
    /// BLAKE3 over (device, seq, id, closed) in the order of the devices; kept until a tip changes.
    pub fn digest(&self) -> [u8; 32] {
        if let Some(digest) = self.digest.get() {
            return digest;
        }
        let digest = tagged_hash("folkmoot/set/1", &[&bytes_of(self.iter())]);
        self.digest.set(Some(digest));
        digest
    }
}

impl FromIterator<(DeviceId, Tip)> for Tips {
    fn from_iter<I: IntoIterator<Item = (DeviceId, Tip)>>(tips: I) -> Self {
        let mut all = Self::new();
        for (device, tip) in tips {
            all.set(device, tip);
        }
        all
    }
}

/// What is hashed of some tips: fixed widths, so that no two lists give the same bytes.
pub(super) fn bytes_of<'a>(tips: impl Iterator<Item = (&'a DeviceId, &'a Tip)>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (device, tip) in tips {
        bytes.extend(device.0);
        bytes.extend(tip.seq.to_be_bytes());
        bytes.extend(tip.id.0);
        bytes.push(tip.closed.is_some().into());
        if let Some(closed) = tip.closed {
            bytes.extend(closed.at.to_be_bytes());
            bytes.extend(closed.erasures);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cbor;

    fn tip(seq: u64) -> Tip {
        Tip { seq, id: OpId([seq as u8; 32]), closed: None }
    }

    #[test]
    fn the_digest_covers_every_field_and_no_order() {
        let (a, b) = (DeviceId([1; 32]), DeviceId([2; 32]));
        let base: Tips = [(a, tip(3)), (b, tip(4))].into_iter().collect();
        assert_eq!(base.digest(), Tips::from_iter([(b, tip(4)), (a, tip(3))]).digest());
        let closed = Some(Closed { at: 9, erasures: [0; 16] });
        let later = Some(Closed { at: 9, erasures: [1; 16] });
        let others = [tip(5), Tip { id: OpId([7; 32]), ..tip(4) }, Tip { closed, ..tip(4) }, Tip { closed: later, ..tip(4) }];
        let mut seen = vec![base.digest()];
        for other in others {
            let mut changed = base.clone();
            changed.set(b, other);
            assert!(!seen.contains(&changed.digest()), "{other:?}");
            seen.push(changed.digest());
            changed.set(b, tip(4));
            assert_eq!(changed.digest(), base.digest());
        }
    }

    #[test]
    fn an_empty_chain_is_no_chain() {
        let mut tips = Tips::new();
        tips.set(DeviceId([1; 32]), Tip { seq: 0, id: OpId::ZERO, closed: None });
        assert!(tips.is_empty());
        assert_eq!(tips.digest(), Tips::new().digest());
    }

    #[test]
    fn a_range_out_of_order_is_empty() {
        let tips = Tips::from_iter([(DeviceId([1; 32]), tip(1))]);
        assert_eq!(tips.range(DeviceId([2; 32]), Some(DeviceId([1; 32]))).count(), 0);
        assert_eq!(tips.range(DeviceId::ZERO, None).count(), 1);
    }

    #[test]
    fn items_round_trip() {
        let closed = Some(Closed { at: 5, erasures: [3; 16] });
        for item in [Item::new(DeviceId([1; 32]), tip(4)), Item::new(DeviceId([1; 32]), Tip { closed, ..tip(4) })] {
            assert_eq!(cbor::decode::<Item>(&cbor::encode(&item)).ok(), Some(item));
            assert!(item.is_possible());
        }
        assert!(!Item::new(DeviceId([1; 32]), Tip { closed, ..tip(5) }).is_possible());
        assert!(!Item::new(DeviceId([1; 32]), Tip { seq: u64::MAX, ..tip(5) }).is_possible());
    }
}
