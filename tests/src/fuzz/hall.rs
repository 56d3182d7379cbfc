use super::{Bytes, key};
use folkmoot_protocol::{
    act::*,
    id::*,
    identity::{Joining, Pairing, PersonKey, SignatureBytes, device_of},
    register::{Hall, HallEntry, NoEffect, Register},
};
use std::collections::BTreeMap;
use std::sync::OnceLock;

const PERSONS: usize = 3;
const DEVICES: usize = 6;
/// Acts made from one input.
const MOST: usize = 24;

/// Everything that takes a signature, made once.
pub(super) struct Parts {
    coop: CoopId,
    found: Act,
    joinings: Vec<Joining>,
    pairings: Vec<Pairing>,
    /// By person, then by device.
    authorities: Vec<SignatureBytes>,
    devices: Vec<DeviceId>,
}

fn parts() -> &'static Parts {
    static PARTS: OnceLock<Parts> = OnceLock::new();
    PARTS.get_or_init(|| Parts::of(CoopId([9; 32])))
}

impl Parts {
    /// Of people who may come into a co-op.
    pub(super) fn of(coop: CoopId) -> Self {
        let keys: Vec<_> = (0..DEVICES as u8).map(key).collect();
        let persons: Vec<_> = (0..PERSONS as u8).map(|n| PersonKey::from_entropy([n + 1; 32])).collect();
        let joining =
            |coop, person: &PersonKey, n: usize| Joining::sign(coop, person.statement(), person.grant(device_of(&keys[n])), format!("Person {n}"), &keys[n]);
        let found = Act::Found(Found { name: "Bread".into(), founder: joining(CoopId::ZERO, &persons[0], 0), charter: None });
        let joinings = persons.iter().flat_map(|person| (0..DEVICES).map(move |n| (person, n))).map(|(person, n)| joining(coop, person, n)).collect();
        let authorities = persons.iter().flat_map(|person| keys.iter().map(|key| person.authorise(&device_of(key).0))).collect();
        let pairings = keys.iter().map(|key| Pairing::sign("laptop".into(), key)).collect();
        Self { coop, found, joinings, pairings, authorities, devices: keys.iter().map(device_of).collect() }
    }
}

/// Chains of acts by a few devices of a few people, folded.
pub(super) fn fold(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let mut entries = vec![founding()];
    let mut chains = BTreeMap::from([(parts().devices[0], (1, OpId(parts().coop.0)))]);
    while entries.len() < MOST && !bytes.is_empty() {
        let device = parts().devices[bytes.below(DEVICES)];
        let credential = if bytes.byte() == 255 { OpId([bytes.byte(); 32]) } else { bytes.pick(&entries).map_or(OpId::ZERO, |entry| entry.op) };
        let (seq, credential) = chains.get(&device).map_or((1, credential), |(seq, credential)| (seq + 1, *credential));
        let act = if bytes.byte() == 255 { Err("unreadable".into()) } else { Ok(one(&mut bytes, parts())) };
        let op = OpId(tagged_hash("fuzz/act", &[&device.0, &u64::to_be_bytes(seq), &[bytes.byte()]]));
        chains.insert(device, (seq, credential));
        entries.push(HallEntry { op, device, seq, credential, claimed_at: bytes.number(), act });
    }
    check(&entries);
}

/// One act that came as bytes, in the founder's chain.
pub(super) fn take(act: Act) {
    let device = parts().devices[0];
    let second = HallEntry { op: OpId([2; 32]), device, seq: 2, credential: OpId(parts().coop.0), claimed_at: 2, act: Ok(act) };
    check(&[founding(), second]);
}

fn founding() -> HallEntry {
    let op = OpId(parts().coop.0);
    HallEntry { op, device: parts().devices[0], seq: 1, credential: op, claimed_at: 1, act: Ok(parts().found.clone()) }
}

/// An act of the hall, signed within by one of a few people, or one that does not belong there.
pub(super) fn one(bytes: &mut Bytes<'_>, parts: &Parts) -> Act {
    let device = parts.devices[bytes.below(DEVICES)];
    match bytes.byte() % 16 {
        0..=3 => Act::Admit(Admit { joining: joining(bytes, parts), guest: bytes.coin(), invitation: bytes.array() }),
        4..=6 => {
            let pairing = bytes.pick(&parts.pairings).expect("there are some").clone();
            Act::GrantDevice(GrantDevice { pairing, authority: authority(bytes, parts) })
        }
        7..=10 => {
            let keep = (0..bytes.below(4)).map(|n| Keep { space: SpaceId([n as u8; 32]), seq: bytes.number() }).collect();
            Act::RevokeDevice(RevokeDevice { device, keep, authority: authority(bytes, parts) })
        }
        11 | 12 => Act::OpenSpace(OpenSpace { name: bytes.text() }),
        13 => {
            let reaction = |n: usize| Reaction { target: DocumentId([n as u8; 32]), mark: Mark::Up, replaces: vec![OpId([1; 32])] };
            Act::React(React { reactions: (0..bytes.below(70)).map(reaction).collect() })
        }
        14 => Act::Erase(Erase { document: DocumentId([1; 32]) }),
        _ => Act::Found(Found { name: bytes.text(), founder: joining(bytes, parts), charter: None }),
    }
}

fn joining(bytes: &mut Bytes<'_>, parts: &Parts) -> Joining {
    let mut joining = bytes.pick(&parts.joinings).expect("there are some").clone();
    if bytes.byte() == 255 {
        joining.name = bytes.text();
    }
    joining
}

fn authority(bytes: &mut Bytes<'_>, parts: &Parts) -> Option<SignatureBytes> {
    if bytes.coin() { bytes.pick(&parts.authorities).copied() } else { None }
}

fn folded<'a>(entries: impl Iterator<Item = &'a HallEntry>) -> (Hall, Register) {
    let mut hall = Hall::new(parts().coop);
    entries.for_each(|entry| hall.insert(entry.clone()));
    let register = hall.fold();
    (hall, register)
}

fn check(entries: &[HallEntry]) {
    let (hall, register) = folded(entries.iter());
    let (_, backwards) = folded(entries.iter().rev());
    assert_eq!(register, backwards);
    assert_eq!(register.canonical_bytes(), backwards.canonical_bytes());
    assert_eq!(hall.judged(&register).count(), entries.len());
    for credential in register.credentials.values() {
        assert!(register.persons.contains_key(&credential.person), "a device of nobody");
    }
    for (op, credential) in &register.credentials {
        assert_eq!(register.author(*op, credential.device), Some(credential.person), "closing a device does not change whose it is");
    }
    for entry in entries {
        check_effect(&register, entry);
    }
    if let Some((op, _)) = register.standing(parts().devices[0]) {
        assert!(register.credentials.contains_key(&op));
    }
}

/// Who is cut off, or was never let in, changes nothing.
fn check_effect(register: &Register, entry: &HallEntry) {
    if let Err(error) = register.effect(entry.credential, entry.device, SpaceId::HALL, entry.seq)
        && entry.op != OpId(parts().coop.0)
    {
        assert!(matches!(error, NoEffect::Ineffective(_)));
        assert!(register.no_effect.contains_key(&entry.op), "an act of a closed device has an effect: {entry:?}");
        assert!(!register.credentials.contains_key(&entry.op));
        assert!(!register.communities.values().any(|community| community.op == entry.op));
    }
}
