use super::{NoEffect, Register, Silences, walk};
use crate::{act::Act, id::*};
use std::{collections::BTreeMap, sync::Arc};

/// One act of the hall, as the fold takes it.
#[derive(Debug, Clone)]
pub struct HallEntry {
    /// The operation.
    pub op: OpId,
    /// Its signer.
    pub device: DeviceId,
    /// Its number in the signer's chain in the hall.
    pub seq: u64,
    /// What the signer's chain rests on; the founding operation rests on itself.
    pub credential: OpId,
    /// The author's clock in ms.
    pub claimed_at: u64,
    /// What it says, or why it is void.
    pub act: Result<Act, String>,
}

/// The acts of the hall that a replica holds. A copy shares them until one is added.
#[derive(Debug, Clone, Default)]
pub struct Hall {
    coop: Option<CoopId>,
    chains: Arc<BTreeMap<DeviceId, BTreeMap<u64, HallEntry>>>,
}

impl Hall {
    /// An empty hall of a co-op.
    pub fn new(coop: CoopId) -> Self {
        Self { coop: Some(coop), chains: Arc::default() }
    }

    /// Takes an act in. What its own content shows to be wrong is void from here on.
    pub fn insert(&mut self, mut entry: HallEntry) {
        if let (Ok(act), Some(coop)) = (&entry.act, self.coop) {
            if let Err(error) = act.check(coop) {
                entry.act = Err(error.to_string());
            } else if !act.is_hall() {
                entry.act = Err("it belongs into a community, not into the hall".into());
            }
        }
        Arc::make_mut(&mut self.chains).entry(entry.device).or_default().insert(entry.seq, entry);
    }

    /// The acts that are well formed, in no order that matters.
    pub fn acts(&self) -> impl Iterator<Item = &Act> {
        self.chains.values().flat_map(|chain| chain.values()).filter_map(|entry| entry.act.as_ref().ok())
    }

    /// Forgets a device's acts from a number on: a fork closed its chain there.
    pub fn close(&mut self, device: DeviceId, from: u64) {
        if let Some(chain) = Arc::make_mut(&mut self.chains).get_mut(&device) {
            chain.split_off(&from);
        }
    }

    /// Folds the acts into the register. Cost: two to three passes over all acts.
    pub fn fold(&self) -> Register {
        let Some(coop) = self.coop else { return Register::default() };
        let free = walk::walk(coop, &self.chains, &BTreeMap::new());
        let by_person = walk::cuts(free.revocations.iter().filter(|revocation| revocation.by_person));
        let second = if by_person.is_empty() { None } else { Some(walk::walk(coop, &self.chains, &by_person)) };
        let all = walk::cuts(second.as_ref().unwrap_or(&free).revocations.iter().chain(free.revocations.iter().filter(|r| r.by_person)));
        let bindings = free.credentials.clone();
        let last = if all.is_empty() { free } else { walk::walk(coop, &self.chains, &all) };
        Register {
            name: last.name,
            founded_at: last.founded_at,
            persons: last.persons,
            credentials: last.credentials,
            communities: last.communities,
            cuts: all,
            no_effect: last.no_effect,
            silences: Silences::default(),
            bindings,
        }
    }

    /// Every act with its reason where a register gives it no effect.
    pub fn judged<'a>(&'a self, register: &'a Register) -> impl Iterator<Item = (&'a HallEntry, Option<&'a NoEffect>)> {
        self.chains.values().flat_map(|chain| chain.values()).map(|entry| (entry, register.no_effect.get(&entry.op)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        act::{Found, OpenSpace},
        identity::{Joining, PersonKey, device_of},
    };
    use ed25519_dalek::SigningKey;

    #[test]
    fn an_act_on_another_devices_credential_has_no_effect_and_a_reason() {
        let (alice, eve) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
        let (person, op) = (PersonKey::from_entropy([1; 32]), OpId([9; 32]));
        let founder = Joining::sign(CoopId::ZERO, person.statement(), person.grant(device_of(&alice)), "Alice".into(), &alice);
        let entry = |op, key, act| HallEntry { op, device: device_of(key), seq: 1, credential: OpId([9; 32]), claimed_at: 1, act: Ok(act) };
        let mut hall = Hall::new(CoopId(op.0));
        hall.insert(entry(op, &alice, Act::Found(Found { name: "Bread".into(), founder, charter: None })));
        hall.insert(entry(OpId([8; 32]), &eve, Act::OpenSpace(OpenSpace { name: "eves".into() })));
        let register = hall.fold();
        assert!(register.communities.is_empty());
        let reasons: Vec<_> = hall.judged(&register).filter_map(|(entry, reason)| reason.map(|_| entry.op)).collect();
        assert_eq!(reasons, [OpId([8; 32])]);
    }
}
