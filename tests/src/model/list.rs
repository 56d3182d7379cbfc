//! Random lists of signed operations: what several people with several devices do, and what goes wrong.

mod hall;
mod writing;

use crate::random::Random;
use ed25519_dalek::SigningKey;
use folkmoot_protocol::{
    act::{Act, Admit, Found},
    document::{DocumentKind, Edit},
    id::*,
    identity::{Joining, PersonKey},
    op::{Header, Kind, Payload, PayloadRef, SignedOp, VerifiedOp},
    view::ThreadSort,
};
use std::collections::{BTreeMap, BTreeSet};

/// When the co-op was founded.
const FOUNDED: u64 = 1_800_000_000_000;

/// One thing that somebody does: a number from which it is made. A list without it is a list too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Deed {
    pub(super) number: u64,
    pub(super) seed: u64,
}

/// An operation and what it does, in words.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) op: VerifiedOp,
    pub(super) words: String,
    pub(super) deed: Deed,
}

/// What is asked of both sides.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) viewer: PersonId,
    pub(super) persons: Vec<PersonId>,
    pub(super) documents: Vec<(SpaceId, DocumentId)>,
    pub(super) words: Vec<String>,
}

impl Asked {
    /// Words to search for, some of all: a search takes long.
    pub(super) fn words(&self) -> impl Iterator<Item = &String> {
        self.words.iter().step_by(4)
    }

    /// Threads, each in one order, by turns.
    pub(super) fn threads(&self) -> impl Iterator<Item = (DocumentId, ThreadSort)> {
        let sorts = [ThreadSort::Old, ThreadSort::New, ThreadSort::Top];
        self.documents.iter().zip(sorts.into_iter().cycle()).map(|((_, document), sort)| (*document, sort))
    }
}

struct Human {
    key: PersonKey,
    id: PersonId,
}

/// A device. `solid`: no fork of anybody's can take its credential away. Only such ones erase: what was
/// erased cannot come back, and so the rules cannot agree on an erasure whose signer was never admitted.
struct Machine {
    human: usize,
    key: SigningKey,
    credential: OpId,
    solid: bool,
    chains: BTreeMap<SpaceId, Vec<OpId>>,
}

#[derive(Clone)]
struct Written {
    id: DocumentId,
    space: SpaceId,
    kind: DocumentKind,
    machine: usize,
    edits: Vec<OpId>,
}

/// A list in the making.
pub(super) struct List {
    random: Random,
    deed: Deed,
    pub(super) coop: CoopId,
    pub(super) made: Vec<Made>,
    pub(super) spaces: Vec<SpaceId>,
    pub(super) asked: Asked,
    humans: Vec<Human>,
    machines: Vec<Machine>,
    documents: Vec<Written>,
    reacted: Vec<(OpId, usize, DocumentId)>,
}

impl List {
    /// The list that some deeds make. A co-op with three people and a community comes before.
    pub(super) fn of(deeds: &[Deed]) -> Self {
        let mut list = Self {
            random: Random::new(7),
            deed: Deed { number: 0, seed: 7 },
            coop: CoopId::ZERO,
            made: vec![],
            spaces: vec![],
            asked: Asked { viewer: PersonId::ZERO, persons: vec![], documents: vec![], words: vec![] },
            humans: vec![],
            machines: vec![],
            documents: vec![],
            reacted: vec![],
        };
        list.found();
        list.open("talk");
        list.admit_somebody(0, None, false);
        list.admit_somebody(0, None, false);
        for deed in deeds {
            list.random = Random::new(deed.seed);
            list.deed = *deed;
            list.act();
        }
        let mut documents: BTreeSet<(SpaceId, DocumentId)> = list.documents.iter().map(|document| (document.space, document.id)).collect();
        documents.extend(list.spaces.iter().map(|space| (*space, DocumentId::community_of(*space))));
        list.asked.documents = documents.into_iter().collect();
        list.asked.persons = list.humans.iter().map(|human| human.id).collect();
        list.asked.viewer = list.humans[0].id;
        list
    }

    fn act(&mut self) {
        match self.random.below(100) {
            0..4 => self.admit(),
            4..9 => self.grant(),
            9..14 => self.revoke(),
            14..16 => self.open_community(),
            16..21 => self.profile(),
            21..24 => self.describe(),
            24..34 => self.write_post(),
            34..43 => self.write_comment(),
            43..60 => self.edit(),
            60..63 => self.write_page(),
            63..77 => self.edit_page(),
            77..85 => self.react(),
            85..90 => self.erase(),
            90..93 => self.garbage(),
            93..98 => self.fork(),
            _ => self.misplace(),
        }
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.random.below(100) < percent
    }

    fn index(&mut self, of: usize) -> usize {
        self.random.below(of as u64) as usize
    }

    fn machine(&mut self) -> usize {
        let machines = self.machines.len();
        // The first ones do more, so that there is something to do it with.
        if self.chance(50) { self.index(machines.min(3)) } else { self.index(machines) }
    }

    fn space(&mut self) -> SpaceId {
        let spaces = self.spaces.len();
        if self.chance(70) { self.spaces[0] } else { self.spaces[self.random.below(spaces as u64) as usize] }
    }

    /// A word that stands nowhere else.
    fn word(&mut self) -> String {
        let word = format!("w{}x", self.deed.number);
        self.asked.words.push(word.clone());
        word
    }

    fn claimed_at(&mut self) -> u64 {
        match self.random.below(20) {
            // Before the co-op, far in the future, or at the same time as others.
            0 => FOUNDED - 5_000,
            1 => FOUNDED + 900_000,
            2..5 => FOUNDED + 50_000,
            _ => FOUNDED + self.made.len() as u64 * 1_000,
        }
    }

    /// Signs the next operation of a device's chain.
    fn sign(&mut self, machine: usize, space: SpaceId, kind: Kind, document: Option<DocumentId>, payload: Payload, words: String) -> OpId {
        let claimed_at = self.claimed_at();
        let (founding, signer) = (self.made.is_empty(), &self.machines[machine]);
        let chain = signer.chains.get(&space).map_or(&[][..], |chain| chain);
        let header = Header {
            version: 1,
            coop: self.coop,
            space,
            device: DeviceId::ZERO,
            seq: chain.len() as u64 + 1,
            prev: chain.last().copied().unwrap_or(OpId::ZERO),
            issue: OpId(self.coop.0),
            claimed_at: if founding { FOUNDED } else { claimed_at },
            kind,
            payload: PayloadRef { hash: [0; 32], length: 0 },
            credential: (chain.is_empty() && !founding).then_some(signer.credential),
            document,
        };
        let place = format!("device {machine} of person {}, {} in {space:?}", signer.human, header.seq);
        let op = self.keep(SignedOp::sign(header, payload, &signer.key), format!("{place}: {words}"));
        self.machines[machine].chains.entry(space).or_default().push(op);
        op
    }

    fn keep(&mut self, op: SignedOp, words: String) -> OpId {
        let op = op.verify().expect("what was signed here is valid");
        let id = op.id();
        let words = format!("{id:?} {words}");
        self.made.push(Made { op, words, deed: self.deed });
        id
    }

    fn sign_act(&mut self, machine: usize, space: SpaceId, act: &Act, words: String) -> OpId {
        let payload = Payload::act(self.random.bytes(), act);
        self.sign(machine, space, Kind::Act, None, payload, words)
    }

    fn sign_edit(&mut self, machine: usize, space: SpaceId, document: Option<DocumentId>, edit: &Edit, words: &str) -> OpId {
        let payload = Payload::edit(self.random.bytes(), edit);
        let words = format!("{words} {document:?} on {:?}: {:?}", edit.at, edit.steps);
        self.sign(machine, space, Kind::Edit, document, payload, words)
    }

    fn person(&mut self) -> usize {
        let key = PersonKey::from_entropy(self.random.bytes());
        let id = key.statement().person();
        self.humans.push(Human { key, id });
        self.documents.push(Written { id: DocumentId::profile_of(id), space: SpaceId::HALL, kind: DocumentKind::Profile, machine: 0, edits: vec![] });
        self.humans.len() - 1
    }

    fn new_machine(&mut self, human: usize, key: SigningKey, solid: bool) -> usize {
        self.machines.push(Machine { human, key, credential: OpId::ZERO, solid, chains: BTreeMap::new() });
        self.machines.len() - 1
    }

    fn joining(&self, human: usize, name: String, key: &SigningKey) -> Joining {
        let person = &self.humans[human].key;
        let grant = person.grant(DeviceId(key.verifying_key().to_bytes()));
        Joining::sign(self.coop, person.statement(), grant, name, key)
    }

    fn found(&mut self) {
        let (human, key) = (self.person(), SigningKey::from_bytes(&self.random.bytes()));
        let founder = self.joining(human, "Person 0".into(), &key);
        let machine = self.new_machine(human, key, true);
        let op = self.sign_act(machine, SpaceId::HALL, &Act::Found(Found { name: "Bread".into(), founder, charter: None }), "founds".into());
        self.machines[machine].credential = op;
        self.coop = CoopId::founded_by(op);
    }

    /// Lets a person in by a device: a new one, or one who is in already.
    fn admit_somebody(&mut self, by: usize, human: Option<usize>, guest: bool) {
        let human = human.unwrap_or_else(|| self.person());
        let key = SigningKey::from_bytes(&self.random.bytes());
        let name = format!("Person {human} of {}", self.made.len());
        let joining = self.joining(human, name, &key);
        let machine = self.new_machine(human, key, by == 0);
        let act = Act::Admit(Admit { joining, guest, invitation: self.random.bytes() });
        self.machines[machine].credential = self.sign_act(by, SpaceId::HALL, &act, format!("admits person {human} with device {machine}, guest {guest}"));
    }
}
