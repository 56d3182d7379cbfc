use super::{Community, Credential, Cut, HallEntry, NoEffect, Person};
use crate::{
    act::{Act, Admit, GrantDevice, RevokeDevice},
    id::*,
    identity::Joining,
    limits,
};
use std::collections::BTreeMap;

/// A revocation that is in force.
#[derive(Debug, Clone)]
pub(super) struct Revocation {
    pub(super) person: PersonId,
    pub(super) device: DeviceId,
    pub(super) keep: Cut,
    pub(super) by_person: bool,
}

/// What one walk from the founding along the credentials finds.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub(super) name: String,
    pub(super) founded_at: u64,
    pub(super) persons: BTreeMap<PersonId, Person>,
    pub(super) credentials: BTreeMap<OpId, Credential>,
    pub(super) communities: BTreeMap<SpaceId, Community>,
    pub(super) revocations: Vec<Revocation>,
    pub(super) no_effect: BTreeMap<OpId, NoEffect>,
}

type Cuts = BTreeMap<(PersonId, DeviceId), Cut>;

/// The cuts that revocations amount to: of several for one device, the lowest number per space.
pub(super) fn cuts<'a>(revocations: impl Iterator<Item = &'a Revocation>) -> Cuts {
    let mut cuts = Cuts::new();
    for revocation in revocations {
        cuts.entry((revocation.person, revocation.device))
            .and_modify(|cut| *cut = cut.iter().filter_map(|(space, n)| revocation.keep.get(space).map(|m| (*space, *n.min(m)))).collect())
            .or_insert_with(|| revocation.keep.clone());
    }
    cuts
}

/// Walks from the founding act along the credentials. What has effect depends only on the signer's own
/// credential and the cuts, so the order of the walk does not matter.
pub(super) fn walk(coop: CoopId, chains: &BTreeMap<DeviceId, BTreeMap<u64, HallEntry>>, cuts: &Cuts) -> Walk {
    let mut walk = Walk::default();
    let founding = OpId(coop.0);
    let founder = chains.values().filter_map(|chain| chain.get(&1)).find(|entry| entry.op == founding);
    let Some((founder, Ok(Act::Found(found)))) = founder.map(|entry| (entry, &entry.act)) else { return walk };
    walk.name = found.name.clone();
    walk.founded_at = founder.claimed_at;
    if found.founder.grant.device == founder.device {
        walk.admit(founding, &found.founder, false);
    }
    let mut open: Vec<OpId> = walk.credentials.keys().copied().collect();
    while let Some(credential) = open.pop() {
        let Some(standing) = walk.credentials.get(&credential).cloned() else { continue };
        let Some(chain) = chains.get(&standing.device).filter(|chain| chain.values().next().is_some_and(|first| first.credential == credential)) else {
            continue;
        };
        let last = cuts.get(&(standing.person, standing.device)).map_or(u64::MAX, |cut| cut.get(&SpaceId::HALL).copied().unwrap_or(0));
        let mut counted = Counted::default();
        for entry in chain.values().filter(|entry| entry.op != founding) {
            match walk.take(entry, &standing, &mut counted, entry.seq <= last) {
                Ok(new) => open.extend(new),
                Err(no_effect) => {
                    walk.no_effect.insert(entry.op, no_effect);
                }
            }
        }
    }
    for entry in chains.values().flat_map(BTreeMap::values) {
        let rests = walk.credentials.get(&entry.credential).is_some_and(|credential| credential.device == entry.device);
        if !rests && entry.op != founding {
            walk.no_effect.insert(entry.op, NoEffect::Ineffective("the admission of its device has no effect".into()));
        }
    }
    walk
}

/// How much of what is capped a chain has used up.
#[derive(Default)]
struct Counted {
    communities: usize,
    devices: usize,
}

impl Walk {
    /// Applies one act; answers the credential that it opens.
    fn take(&mut self, entry: &HallEntry, signer: &Credential, counted: &mut Counted, within: bool) -> Result<Option<OpId>, NoEffect> {
        let act = entry.act.as_ref().map_err(|reason| NoEffect::Void(reason.clone()))?;
        if !within {
            return Err(NoEffect::Ineffective("its device was closed before it".into()));
        }
        let void = |reason: &str| Err(NoEffect::Void(reason.into()));
        match act {
            Act::Found(_) => void("a co-op is founded once"),
            Act::Admit(_) | Act::OpenSpace(_) if signer.guest => void("a guest writes in the hall only about themselves"),
            Act::Admit(Admit { joining, guest, .. }) => {
                self.admit(entry.op, joining, *guest);
                Ok(Some(entry.op))
            }
            Act::OpenSpace(open) => {
                counted.communities += 1;
                if counted.communities > limits::SPACES_PER_PERSON {
                    return void("its device has opened as many communities as it may");
                }
                let community = Community { name: open.name.clone(), opened_by: signer.person, op: entry.op };
                self.communities.insert(SpaceId::opened_by(entry.op), community);
                Ok(None)
            }
            Act::GrantDevice(grant) => {
                counted.devices += 1;
                if counted.devices > limits::DEVICES_PER_PERSON {
                    return void("its device has tied as many devices as it may");
                }
                self.grant(entry.op, signer, grant)
            }
            Act::RevokeDevice(revoke) => self.revoke(signer, revoke).map(|()| None),
            // What it does to the law is found out when it is printed.
            Act::Law(_) => Ok(None),
            Act::React(_) | Act::Erase(_) => void("it belongs into a community, not into the hall"),
        }
    }

    fn admit(&mut self, op: OpId, joining: &Joining, guest: bool) {
        let person = joining.statement.person();
        let new = Person { statement: joining.statement.clone(), name: joining.name.clone(), guest, admission: op };
        let known = self.persons.entry(person).or_insert_with(|| new.clone());
        known.guest &= guest;
        if op < known.admission {
            *known = Person { guest: known.guest, ..new };
        }
        let credential = Credential { device: joining.grant.device, person, may_grant: true, guest, name: "first device".into() };
        self.credentials.insert(op, credential);
    }

    fn grant(&mut self, op: OpId, signer: &Credential, grant: &GrantDevice) -> Result<Option<OpId>, NoEffect> {
        let by_person = self.by_person(signer.person, grant.pairing.device, grant.authority.as_ref())?;
        if !by_person && !signer.may_grant {
            return Err(NoEffect::Void("its device may not tie others: the person's first device or recovery words can".into()));
        }
        let credential =
            Credential { device: grant.pairing.device, person: signer.person, may_grant: by_person, guest: signer.guest, name: grant.pairing.name.clone() };
        self.credentials.insert(op, credential);
        Ok(Some(op))
    }

    fn revoke(&mut self, signer: &Credential, revoke: &RevokeDevice) -> Result<(), NoEffect> {
        let by_person = self.by_person(signer.person, revoke.device, revoke.authority.as_ref())?;
        if !by_person && !signer.may_grant && revoke.device != signer.device {
            return Err(NoEffect::Void("its device may not close others: the person's first device or recovery words can".into()));
        }
        let keep = revoke.keep.iter().map(|keep| (keep.space, keep.seq)).collect();
        self.revocations.push(Revocation { person: signer.person, device: revoke.device, keep, by_person });
        Ok(())
    }

    /// Whether the person's own key stands behind the act; void where a signature is given and does not fit.
    fn by_person(&self, person: PersonId, device: DeviceId, authority: Option<&crate::identity::SignatureBytes>) -> Result<bool, NoEffect> {
        let Some(signature) = authority else { return Ok(false) };
        let statement = self.persons.get(&person).map(|person| &person.statement);
        match statement.map(|statement| statement.check_authority(&device.0, signature)) {
            Some(Ok(())) => Ok(true),
            _ => Err(NoEffect::Void("the signature of the person's authority does not fit".into())),
        }
    }
}
