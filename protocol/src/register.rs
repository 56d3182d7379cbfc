//! Who is who: persons, devices and communities, folded from the acts of the hall.
//!
//! The result is a pure function of the set of acts, whatever the order in which they came. Rights only
//! grow along credentials, so they are found by walking from the founding; revocations are applied in
//! two layers (by a person's key first, then by devices), each walk seeing the cuts of the layer before.

mod hall;
mod silence;
mod walk;

pub use hall::{Hall, HallEntry};
pub use silence::{Ends, Silence, Silences};

use crate::{id::*, identity::Statement};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;

/// A person of the co-op.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Person {
    /// Their first identity statement.
    #[n(0)]
    pub statement: Statement,
    /// The name they came in with; their profile may say another.
    #[n(1)]
    pub name: String,
    /// Whether every admission of theirs was as a guest.
    #[n(2)]
    pub guest: bool,
    /// The founding or admission with the smallest id.
    #[n(3)]
    pub admission: OpId,
}

/// What a chain of operations rests on: the act that tied its device to a person.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Credential {
    /// The device.
    #[n(0)]
    pub device: DeviceId,
    /// The person.
    #[n(1)]
    pub person: PersonId,
    /// Whether it may tie and revoke further devices.
    #[n(2)]
    pub may_grant: bool,
    /// Whether it came with an admission as a guest.
    #[n(3)]
    pub guest: bool,
    /// What its owner calls it.
    #[n(4)]
    pub name: String,
}

/// A community as the hall knows it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Community {
    /// The short name that people type. Not unique.
    #[n(0)]
    pub name: String,
    /// Who opened it.
    #[n(1)]
    pub opened_by: PersonId,
    /// The act.
    #[n(2)]
    pub op: OpId,
}

/// A device that its person closed: per space, the number of its last operation that stands.
pub type Cut = BTreeMap<SpaceId, u64>;

/// Why a well-signed operation has no effect; the same on every node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoEffect {
    /// Its payload may not be: void.
    Void(String),
    /// Well formed, and overtaken by another fact: ineffective.
    Ineffective(String),
}

impl NoEffect {
    /// The reason, for people.
    pub fn reason(&self) -> &str {
        match self {
            Self::Void(reason) | Self::Ineffective(reason) => reason,
        }
    }
}

/// The register: who is who in a co-op, derived from the hall.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Register {
    /// The co-op's name.
    pub name: String,
    /// The founding operation's claimed time in ms: no displayed time lies before it.
    pub founded_at: u64,
    /// Everybody who was let in.
    pub persons: BTreeMap<PersonId, Person>,
    /// What chains may rest on, by the act.
    pub credentials: BTreeMap<OpId, Credential>,
    /// Communities.
    pub communities: BTreeMap<SpaceId, Community>,
    /// Closed devices.
    pub cuts: BTreeMap<(PersonId, DeviceId), Cut>,
    /// Acts of the hall without effect, and why.
    pub no_effect: BTreeMap<OpId, NoEffect>,
    /// What the law takes the effect from; no part of what is folded from the hall, nor of its hash.
    pub silences: Silences,
    /// As `credentials`, before any cut: whose a device ever was.
    bindings: BTreeMap<OpId, Credential>,
}

impl Register {
    /// The same, with what the law takes the effect from.
    pub fn under(self, silences: Silences) -> Self {
        Self { silences, ..self }
    }

    /// Whose chain it is that rests on a credential: none where that act ties no device, or another one.
    /// Closing the device later does not change it.
    pub fn author(&self, credential: OpId, device: DeviceId) -> Option<PersonId> {
        self.bindings.get(&credential).filter(|binding| binding.device == device).map(|binding| binding.person)
    }

    /// Whether a device was ever tied to a person, closed or not.
    pub fn was_tied(&self, person: PersonId, device: DeviceId) -> bool {
        self.bindings.values().any(|binding| (binding.person, binding.device) == (person, device))
    }

    /// Whose a device is, closed or not; none where it was tied to nobody.
    pub fn owner(&self, device: DeviceId) -> Option<PersonId> {
        self.bindings.values().find(|binding| binding.device == device).map(|binding| binding.person)
    }

    /// Whether an operation of that chain has effect, judged by who may write at all.
    pub fn effect(&self, credential: OpId, device: DeviceId, space: SpaceId, seq: u64) -> Result<PersonId, NoEffect> {
        let standing = self.credentials.get(&credential).filter(|standing| standing.device == device);
        let standing = standing.ok_or_else(|| NoEffect::Ineffective("the admission of its device has no effect".into()))?;
        match self.cuts.get(&(standing.person, device)) {
            Some(cut) if seq > cut.get(&space).copied().unwrap_or(0) => return Err(NoEffect::Ineffective("its device was closed before it".into())),
            _ => {}
        }
        match self.silences.on(standing.person, space, device, seq) {
            Some(silence) => Err(NoEffect::Ineffective(silence.reason().into())),
            None => Ok(standing.person),
        }
    }

    /// A device's standing: its credential that is in force and not cut, if it has one.
    pub fn standing(&self, device: DeviceId) -> Option<(OpId, &Credential)> {
        let mut own = self.credentials.iter().filter(|(_, credential)| credential.device == device);
        own.find(|(_, credential)| !self.cuts.contains_key(&(credential.person, device))).map(|(op, credential)| (*op, credential))
    }

    /// Whether a device was let in and is not closed: such a peer may sync.
    pub fn knows(&self, device: DeviceId) -> bool {
        self.standing(device).is_some()
    }

    /// Whether its owner closed a device.
    pub fn is_closed(&self, device: DeviceId) -> bool {
        self.cuts.keys().any(|(_, closed)| *closed == device)
    }

    /// A person's devices: act, credential, and the cut where it was closed.
    pub fn devices(&self, person: PersonId) -> impl Iterator<Item = (OpId, &Credential, Option<&Cut>)> {
        let own = self.credentials.iter().filter(move |(_, credential)| credential.person == person);
        own.map(move |(op, credential)| (*op, credential, self.cuts.get(&(person, credential.device))))
    }

    /// The name that a person came in with.
    pub fn person_name(&self, person: PersonId) -> &str {
        self.persons.get(&person).map_or("?", |person| &person.name)
    }

    /// The canonical bytes of all that is in force, for the state hash.
    pub fn canonical_bytes(&self) -> Vec<u8> {
        let cuts: Vec<_> = self.cuts.iter().map(|((person, device), cut)| (*person, *device, cut.iter().map(|(s, n)| (*s, *n)).collect::<Vec<_>>())).collect();
        crate::cbor::encode(&(&self.name, self.founded_at, pairs(&self.persons), pairs(&self.credentials), pairs(&self.communities), cuts))
    }
}

fn pairs<K: Copy, V: Clone>(map: &BTreeMap<K, V>) -> Vec<(K, V)> {
    map.iter().map(|(key, value)| (*key, value.clone())).collect()
}
