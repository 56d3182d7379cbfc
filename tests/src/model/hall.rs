//! Who is who: walks over the acts of the hall, each to its fixed point.

use super::{Model, held::Chains};
use folkmoot_protocol::{
    act::Act,
    id::*,
    identity::{SignatureBytes, Statement},
    limits,
    register::{Community, Credential, Cut, Person},
};
use std::collections::BTreeMap;

/// Per person and device: what stands of it in each space.
pub(super) type Cuts = BTreeMap<(PersonId, DeviceId), Cut>;

/// Who is who.
#[derive(Debug, Default)]
pub(super) struct Hall {
    pub(super) name: String,
    pub(super) founded_at: u64,
    pub(super) persons: BTreeMap<PersonId, Person>,
    pub(super) credentials: BTreeMap<OpId, Credential>,
    pub(super) communities: BTreeMap<SpaceId, Community>,
    pub(super) cuts: Cuts,
    /// Whose a device ever was, by what tied it.
    pub(super) bindings: BTreeMap<OpId, (DeviceId, PersonId)>,
}

#[derive(Debug, Clone)]
struct Revocation {
    person: PersonId,
    device: DeviceId,
    keep: Cut,
    by_person: bool,
}

#[derive(Debug, Default)]
struct Walk {
    name: String,
    founded_at: u64,
    persons: BTreeMap<PersonId, Person>,
    credentials: BTreeMap<OpId, Credential>,
    communities: BTreeMap<SpaceId, Community>,
    revocations: Vec<Revocation>,
}

/// What ties which device to whom, before any cut.
pub(super) fn bindings(model: &Model, chains: &Chains) -> BTreeMap<OpId, (DeviceId, PersonId)> {
    walk(model, chains, &Cuts::new()).credentials.into_iter().map(|(op, credential)| (op, (credential.device, credential.person))).collect()
}

/// The register.
pub(super) fn hall(model: &Model, chains: &Chains) -> Hall {
    let first = walk(model, chains, &Cuts::new());
    let by_person: Vec<Revocation> = first.revocations.iter().filter(|revocation| revocation.by_person).cloned().collect();
    let second = walk(model, chains, &cuts(&by_person));
    let mut all = by_person.clone();
    all.extend(if by_person.is_empty() { first.revocations.clone() } else { second.revocations.clone() });
    let cuts = cuts(&all);
    let last = walk(model, chains, &cuts);
    Hall {
        name: last.name,
        founded_at: last.founded_at,
        persons: last.persons,
        credentials: last.credentials,
        communities: last.communities,
        cuts,
        bindings: bindings(model, chains),
    }
}

/// Of several revocations of one device the lowest number counts, and a space only if all list it.
fn cuts(revocations: &[Revocation]) -> Cuts {
    let mut cuts = Cuts::new();
    for one in revocations {
        let of_device: Vec<&Revocation> = revocations.iter().filter(|other| (other.person, other.device) == (one.person, one.device)).collect();
        let mut cut = Cut::new();
        for space in one.keep.keys() {
            let numbers: Vec<u64> = of_device.iter().filter_map(|other| other.keep.get(space).copied()).collect();
            if numbers.len() == of_device.len() {
                cut.insert(*space, numbers.into_iter().min().unwrap_or(0));
            }
        }
        cuts.insert((one.person, one.device), cut);
    }
    cuts
}

fn walk(model: &Model, chains: &Chains, cuts: &Cuts) -> Walk {
    let mut before = usize::MAX;
    let mut walk = Walk::default();
    // Each round begins anew with the credentials that the one before found.
    while walk.credentials.len() != before {
        before = walk.credentials.len();
        let known = std::mem::take(&mut walk).credentials;
        walk = round(model, chains, cuts, &known);
    }
    walk
}

fn round(model: &Model, chains: &Chains, cuts: &Cuts, known: &BTreeMap<OpId, Credential>) -> Walk {
    let mut walk = Walk::default();
    let statements: BTreeMap<PersonId, Statement> = statements(model, chains);
    for ((_, device), chain) in chains.iter().filter(|((space, _), _)| *space == SpaceId::HALL) {
        let (mut tied, mut opened) = (0, 0);
        for (seq, op) in (1u64..).zip(&chain.ops) {
            let operation = &model.known[op];
            let act = model.acts.get(op).cloned();
            if operation.header().is_founding() {
                if let Some(Act::Found(found)) = act {
                    walk.name = found.name.clone();
                    walk.founded_at = operation.header().claimed_at;
                    if found.founder.grant.device == *device {
                        walk.admit(*op, &found.founder, false);
                    }
                }
                continue;
            }
            let Some(signer) = known.get(&chain.credential).filter(|credential| credential.device == *device) else { continue };
            let last = cuts.get(&(signer.person, *device)).map_or(u64::MAX, |cut| cut.get(&SpaceId::HALL).copied().unwrap_or(0));
            let Some(act) = act.filter(|_| seq <= last) else { continue };
            // None: no signature is there. Some(false): it does not fit.
            let authority = |closed: DeviceId, signature: Option<SignatureBytes>| {
                signature.map(|signature| {
                    let check = || statements.get(&signer.person).is_some_and(|statement| statement.check_authority(&closed.0, &signature).is_ok());
                    *model.authorities.borrow_mut().entry((signer.person, closed, signature.0)).or_insert_with(check)
                })
            };
            match act {
                Act::Admit(admit) if !signer.guest => walk.admit(*op, &admit.joining, admit.guest),
                Act::OpenSpace(open) if !signer.guest => {
                    opened += 1;
                    if opened <= limits::SPACES_PER_PERSON {
                        walk.communities.insert(SpaceId::opened_by(*op), Community { name: open.name, opened_by: signer.person, op: *op });
                    }
                }
                Act::GrantDevice(grant) => {
                    tied += 1;
                    let device = grant.pairing.device;
                    let by_person = authority(device, grant.authority);
                    if tied <= limits::DEVICES_PER_PERSON && by_person.unwrap_or(signer.may_grant) {
                        let may_grant = by_person == Some(true);
                        let credential = Credential { device, person: signer.person, may_grant, guest: signer.guest, name: grant.pairing.name };
                        walk.credentials.insert(*op, credential);
                    }
                }
                Act::RevokeDevice(revoke) => {
                    let by_person = authority(revoke.device, revoke.authority);
                    if by_person.unwrap_or(signer.may_grant || revoke.device == *device) {
                        let keep = revoke.keep.iter().map(|keep| (keep.space, keep.seq)).collect();
                        walk.revocations.push(Revocation { person: signer.person, device: revoke.device, keep, by_person: by_person == Some(true) });
                    }
                }
                _ => {}
            }
        }
    }
    walk
}

/// The statement behind each person's id: it is the same wherever it stands.
fn statements(model: &Model, chains: &Chains) -> BTreeMap<PersonId, Statement> {
    let mut statements = BTreeMap::new();
    for op in chains.iter().filter(|((space, _), _)| *space == SpaceId::HALL).flat_map(|(_, chain)| &chain.ops) {
        let statement = match model.acts.get(op) {
            Some(Act::Found(found)) => found.founder.statement.clone(),
            Some(Act::Admit(admit)) => admit.joining.statement.clone(),
            _ => continue,
        };
        statements.insert(statement.person(), statement);
    }
    statements
}

impl Walk {
    fn admit(&mut self, op: OpId, joining: &folkmoot_protocol::identity::Joining, guest: bool) {
        let person = joining.statement.person();
        let credential = Credential { device: joining.grant.device, person, may_grant: true, guest, name: "first device".into() };
        self.credentials.insert(op, credential);
        let new = Person { statement: joining.statement.clone(), name: joining.name.clone(), guest, admission: op };
        let merged = match self.persons.get(&person) {
            None => new,
            Some(old) => Person { guest: old.guest && guest, ..if old.admission < op { old.clone() } else { new } },
        };
        self.persons.insert(person, merged);
    }
}

impl Hall {
    /// The person of a chain whose operation of that number has an effect.
    pub(super) fn effect(&self, credential: OpId, space: SpaceId, device: DeviceId, seq: u64) -> Option<PersonId> {
        let standing = self.credentials.get(&credential).filter(|standing| standing.device == device)?;
        let within = match self.cuts.get(&(standing.person, device)) {
            Some(cut) => cut.get(&space).is_some_and(|last| seq <= *last),
            None => true,
        };
        within.then_some(standing.person)
    }
}
