//! A small co-op in memory: signed operations, appended and projected as the service does it.

use crate::store::{DocumentRow, Store, local::LocalMark};
use ed25519_dalek::SigningKey;
use folkmoot_protocol::{
    act::{Act, Admit, Erase, Found, GrantDevice, Mark, OpenSpace, React, Reaction},
    document::{Document, DocumentKind, DocumentState, Edit, Entry, Key, Step, Value},
    id::*,
    identity::{Joining, Pairing, PersonKey, device_of},
    op::{Header, Kind, Payload, PayloadRef, SignedOp, VerifiedOp},
    register::{Hall, HallEntry, Register},
    state_hash::document_digest,
};
use std::collections::BTreeMap;

use super::{View, Viewer};

/// Midday of some day, in ms; the founding is a hundred days before.
pub(super) const NOW: u64 = 1_750_000_000_000;
pub(super) const HOUR: u64 = 3_600_000;
pub(super) const DAY: u64 = 24 * HOUR;

/// Somebody with one device.
#[derive(Clone)]
pub(super) struct Author {
    pub(super) person: PersonId,
    pub(super) device: DeviceId,
    key: SigningKey,
    pub(super) credential: OpId,
}

impl Author {
    pub(super) fn viewer(&self) -> Viewer {
        Viewer { person: self.person, device: self.device }
    }
}

/// A chain's row, and its tip.
#[derive(Clone, Copy)]
struct Chain {
    row: i64,
    seq: u64,
    tip: OpId,
}

/// A store and what was written into it.
pub(super) struct World {
    pub(super) store: Store,
    coop: CoopId,
    hall: Hall,
    pub(super) register: Register,
    /// When edits come in; else when they say that they were made.
    pub(super) received_at: Option<u64>,
    chains: BTreeMap<(SpaceId, DeviceId), Chain>,
    salt: u64,
}

impl World {
    /// A co-op that alice founded.
    pub(super) fn new() -> (Self, Author) {
        Self::within(Store::in_memory().unwrap())
    }

    pub(super) fn within(store: Store) -> (Self, Author) {
        let mut world =
            Self { store, coop: CoopId::ZERO, hall: Hall::default(), register: Register::default(), received_at: None, chains: BTreeMap::new(), salt: 0 };
        let (mut alice, founder) = world.joining("Alice");
        let act = Act::Found(Found { name: "Bakery".into(), founder, charter: None });
        let salt = world.salt();
        let header = world.header(SpaceId::HALL, &alice, Kind::Act, None, NOW - 100 * DAY);
        let op = SignedOp::sign(Header { coop: CoopId::ZERO, issue: OpId::ZERO, credential: None, ..header }, Payload::act(salt, &act), &alice.key)
            .verify()
            .unwrap();
        alice.credential = op.id();
        world.coop = CoopId::founded_by(op.id());
        world.store.set_setting("coop", &world.coop.0).unwrap();
        world.hall = Hall::new(world.coop);
        world.append(&op, &alice, None, NOW);
        world.enact(&op, &alice, act);
        world.follow(SpaceId::HALL, true);
        (world, alice)
    }

    /// Lets somebody in.
    pub(super) fn admit(&mut self, name: &str, by: &Author) -> Author {
        let (mut author, joining) = self.joining(name);
        author.credential = self.act(SpaceId::HALL, by, Act::Admit(Admit { joining, guest: false, invitation: [0; 16] }), NOW - 90 * DAY);
        author
    }

    /// Takes a further device of somebody in.
    pub(super) fn grant(&mut self, to: &Author) -> Author {
        let key = SigningKey::from_bytes(&[to.key.to_bytes()[0] ^ 0x55; 32]);
        let grant = GrantDevice { pairing: Pairing::sign("laptop".into(), &key), authority: None };
        let credential = self.act(SpaceId::HALL, to, Act::GrantDevice(grant), NOW - 85 * DAY);
        Author { person: to.person, device: device_of(&key), key, credential }
    }

    /// Opens a community and follows it.
    pub(super) fn open(&mut self, name: &str, by: &Author) -> SpaceId {
        let space = SpaceId::opened_by(self.act(SpaceId::HALL, by, Act::OpenSpace(OpenSpace { name: name.into() }), NOW - 80 * DAY));
        self.follow(space, true);
        space
    }

    pub(super) fn follow(&mut self, space: SpaceId, on: bool) {
        self.store.follow(space, on).unwrap();
    }

    pub(super) fn post(&mut self, space: SpaceId, by: &Author, title: &str, at: u64) -> DocumentId {
        self.found(space, by, DocumentKind::Post, vec![put(Key::Title, title), put(Key::Text, &format!("On {title}."))], at)
    }

    pub(super) fn comment(&mut self, space: SpaceId, by: &Author, post: DocumentId, parent: Option<DocumentId>, text: &str, at: u64) -> DocumentId {
        let answers = |key, id| Step::Put { key, value: Value::Document(id) };
        let parent = parent.map(|parent| answers(Key::Parent, parent));
        let steps = [answers(Key::Post, post)].into_iter().chain(parent).chain([put(Key::Text, text)]);
        self.found(space, by, DocumentKind::Comment, steps.collect(), at)
    }

    /// Founds a document.
    pub(super) fn found(&mut self, space: SpaceId, by: &Author, kind: DocumentKind, steps: Vec<Step>, at: u64) -> DocumentId {
        let op = self.edit(space, by, None, Edit { kind, at: vec![], steps }, at);
        DocumentId::founded_by(op)
    }

    /// Edits a document, or founds one.
    pub(super) fn edit(&mut self, space: SpaceId, by: &Author, document: Option<DocumentId>, edit: Edit, at: u64) -> OpId {
        let op = self.sign(space, by, Kind::Edit, document, at, |salt| Payload::edit(salt, &edit));
        let id = op.document().unwrap();
        let (number, _) = self.store.document_number(id, space).unwrap();
        let row = self.append(&op, by, Some(number), self.received_at.unwrap_or(at));
        match document {
            None => self.project_one(DocumentRow { document: number, space, op: row, created: at, state: alone(&op, by, edit), digest: [0; 32] }),
            Some(_) => self.project(id, number, space),
        }
        op.id()
    }

    /// Marks a document, in place of what stands of the person's marks on it.
    pub(super) fn react(&mut self, space: SpaceId, by: &Author, target: DocumentId, mark: Mark) {
        let (number, _) = self.store.document_number(target, space).unwrap();
        let replaces = self.view().standing_reactions(number, by.person).unwrap();
        let reaction = Reaction { target, mark, replaces };
        let act = Act::React(React { reactions: vec![reaction.clone()] });
        let op = self.sign(space, by, Kind::Act, None, NOW, |salt| Payload::act(salt, &act));
        let row = self.append(&op, by, None, NOW);
        self.store.add_reaction(space, by.person, (row, op.id()), &reaction).unwrap();
    }

    /// Erases a document.
    pub(super) fn erase(&mut self, space: SpaceId, by: &Author, document: DocumentId) {
        let op = self.sign(space, by, Kind::Act, None, NOW, |salt| Payload::act(salt, &Act::Erase(Erase { document })));
        self.append(&op, by, None, NOW);
        let (number, _) = self.store.document_number(document, space).unwrap();
        self.store.keep_erasure(op.id(), number, by.person, (space, by.device, op.header().seq), &op.to_signed()).unwrap();
        self.store.clear_state(number).unwrap();
        self.store.drop_payloads(number).unwrap();
    }

    pub(super) fn mark(&mut self, document: DocumentId, mark: LocalMark) {
        self.store.set_mark(document, mark, true, NOW).unwrap();
    }

    /// Another node is known to hold all that a device wrote in a space.
    pub(super) fn confirm(&mut self, space: SpaceId, by: &Author) {
        let chain = self.chains[&(space, by.device)];
        self.store.confirm(chain.row, chain.seq).unwrap();
    }

    /// Signs an act of the hall.
    pub(super) fn act(&mut self, space: SpaceId, by: &Author, act: Act, at: u64) -> OpId {
        let op = self.sign(space, by, Kind::Act, None, at, |salt| Payload::act(salt, &act));
        self.append(&op, by, None, NOW);
        self.enact(&op, by, act);
        op.id()
    }

    pub(super) fn view(&self) -> View<'_> {
        self.store.as_reader()
    }

    fn joining(&mut self, name: &str) -> (Author, Joining) {
        let entropy = tagged_hash("fixture", &[name.as_bytes()]);
        let (person, key) = (PersonKey::from_entropy(entropy), SigningKey::from_bytes(&entropy));
        let device = device_of(&key);
        let joining = Joining::sign(self.coop, person.statement(), person.grant(device), name.into(), &key);
        (Author { person: person.statement().person(), device, key, credential: OpId::ZERO }, joining)
    }

    fn salt(&mut self) -> [u8; 16] {
        self.salt += 1;
        u128::from(self.salt).to_be_bytes()
    }

    fn header(&self, space: SpaceId, by: &Author, kind: Kind, document: Option<DocumentId>, claimed_at: u64) -> Header {
        let (seq, prev) = self.chains.get(&(space, by.device)).map_or((1, OpId::ZERO), |chain| (chain.seq + 1, chain.tip));
        let credential = (seq == 1).then_some(by.credential);
        let payload = PayloadRef { hash: [0; 32], length: 0 };
        Header { version: 1, coop: self.coop, space, device: by.device, seq, prev, issue: OpId(self.coop.0), claimed_at, kind, payload, credential, document }
    }

    fn sign(&mut self, space: SpaceId, by: &Author, kind: Kind, document: Option<DocumentId>, at: u64, payload: impl Fn([u8; 16]) -> Payload) -> VerifiedOp {
        let salt = self.salt();
        SignedOp::sign(self.header(space, by, kind, document, at), payload(salt), &by.key).verify().unwrap()
    }

    fn append(&mut self, op: &VerifiedOp, by: &Author, document: Option<i64>, received_at: u64) -> i64 {
        let place = (op.header().space, by.device);
        let known = self.chains.get(&place).map(|chain| chain.row);
        let chain = known.unwrap_or_else(|| self.store.add_chain(place.0, by.device, by.credential).unwrap());
        self.chains.insert(place, Chain { row: chain, seq: op.header().seq, tip: op.id() });
        self.store.append(op, chain, document, received_at, true).unwrap()
    }

    fn enact(&mut self, op: &VerifiedOp, by: &Author, act: Act) {
        let header = op.header();
        self.hall.insert(HallEntry { op: op.id(), device: by.device, seq: header.seq, credential: by.credential, claimed_at: header.claimed_at, act: Ok(act) });
        let before = std::mem::replace(&mut self.register, self.hall.fold());
        self.store.set_register(&before, &self.register).unwrap();
    }

    fn project_one(&mut self, row: DocumentRow) {
        let digest = document_digest(&row.state);
        self.store.set_state(&DocumentRow { digest, ..row }).unwrap();
    }

    fn project(&mut self, id: DocumentId, document: i64, space: SpaceId) {
        let Some(state) = Document::derive(id, self.view().entries(document, &self.register).unwrap()).state() else { return };
        let first = self.view().document_operations(document).unwrap().swap_remove(0);
        self.project_one(DocumentRow { document, space, op: first.row, created: first.op.header.claimed_at, state, digest: [0; 32] });
    }
}

/// What a founding edit makes by itself.
fn alone(op: &VerifiedOp, by: &Author, edit: Edit) -> DocumentState {
    let entry = Entry { op: op.id(), device: by.device, author: by.person, edit: Ok(edit), ineffective: None };
    Document::derive(op.document().unwrap(), [entry]).state().unwrap()
}

/// Sets a key to a text.
pub(super) fn put(key: Key, text: &str) -> Step {
    Step::Put { key, value: Value::Text(text.into()) }
}
