//! A small co-op made by hand: what its people sign, and a node that is handed it, message by message.

use ed25519_dalek::SigningKey;
use folkmoot_node::{
    keystore::Keystore,
    service::{Input, RequestId, Service, Source},
    store::{Store, query::Viewer},
};
use folkmoot_protocol::{
    act::*,
    document::*,
    id::*,
    identity::{Joining, PersonKey},
    op::*,
    view::FeedSort,
};
use std::collections::BTreeMap;

pub(super) const NOW: u64 = 1_800_000_600_000;

/// A person with a device.
pub(super) struct Pen {
    person: PersonKey,
    pub(super) key: SigningKey,
    pub(super) credential: OpId,
    /// Per space: the number and the id of the last operation.
    pub(super) ends: BTreeMap<SpaceId, (u64, OpId)>,
}

/// A co-op of two people with a community, and what they sign.
pub(super) struct Desk {
    pub(super) coop: CoopId,
    pub(super) space: SpaceId,
    pub(super) pens: Vec<Pen>,
    /// Founding, opening, and the second one's admission.
    pub(super) start: Vec<VerifiedOp>,
    salt: u32,
}

pub(super) const ANN: usize = 0;
pub(super) const BOB: usize = 1;

impl Desk {
    pub(super) fn new() -> Self {
        let mut desk = Self { coop: CoopId::ZERO, space: SpaceId::HALL, pens: vec![], start: vec![], salt: 0 };
        desk.pen(1);
        let found = desk.act(ANN, SpaceId::HALL, Act::Found(Found { name: "Bread".into(), founder: desk.joining(ANN, "Ann"), charter: None }));
        (desk.coop, desk.pens[ANN].credential) = (CoopId::founded_by(found.id()), found.id());
        let open = desk.act(ANN, SpaceId::HALL, Act::OpenSpace(OpenSpace { name: "talk".into() }));
        desk.space = SpaceId::opened_by(open.id());
        desk.pen(2);
        let admit = desk.admit(ANN, BOB, "Bob");
        desk.start = vec![found, open, admit];
        desk
    }

    pub(super) fn pen(&mut self, seed: u8) -> usize {
        let (person, key) = (PersonKey::from_entropy([seed; 32]), SigningKey::from_bytes(&[seed + 100; 32]));
        self.pens.push(Pen { person, key, credential: OpId::ZERO, ends: BTreeMap::new() });
        self.pens.len() - 1
    }

    pub(super) fn person(&self, pen: usize) -> PersonId {
        self.pens[pen].person.statement().person()
    }

    pub(super) fn joining(&self, pen: usize, name: &str) -> Joining {
        let Pen { person, key, .. } = &self.pens[pen];
        Joining::sign(self.coop, person.statement(), person.grant(DeviceId(key.verifying_key().to_bytes())), name.into(), key)
    }

    pub(super) fn admit(&mut self, by: usize, pen: usize, name: &str) -> VerifiedOp {
        let op = self.act(by, SpaceId::HALL, Act::Admit(Admit { joining: self.joining(pen, name), guest: false, invitation: [0; 16] }));
        self.pens[pen].credential = op.id();
        op
    }

    pub(super) fn try_sign(&mut self, by: usize, space: SpaceId, kind: Kind, document: Option<DocumentId>, payload: Payload) -> Result<VerifiedOp, InvalidOp> {
        let pen = &mut self.pens[by];
        let (seq, prev) = pen.ends.get(&space).copied().unwrap_or((0, OpId::ZERO));
        let header = Header {
            version: 1,
            coop: self.coop,
            space,
            device: DeviceId::ZERO,
            seq: seq + 1,
            prev,
            issue: OpId(self.coop.0),
            claimed_at: 1_800_000_000_000,
            kind,
            payload: payload.reference(),
            credential: (seq == 0 && self.coop != CoopId::ZERO).then_some(pen.credential),
            document,
        };
        let op = SignedOp::sign(header, payload, &pen.key).verify()?;
        pen.ends.insert(space, (seq + 1, op.id()));
        Ok(op)
    }

    pub(super) fn salt(&mut self) -> [u8; 16] {
        self.salt += 1;
        let [.., high, low] = self.salt.to_be_bytes();
        let mut salt = [low; 16];
        salt[0] ^= high;
        salt
    }

    pub(super) fn act(&mut self, by: usize, space: SpaceId, act: Act) -> VerifiedOp {
        let payload = Payload::act(self.salt(), &act);
        self.try_sign(by, space, Kind::Act, None, payload).unwrap()
    }

    pub(super) fn edit(&mut self, by: usize, space: SpaceId, document: Option<DocumentId>, edit: &Edit) -> VerifiedOp {
        let payload = Payload::edit(self.salt(), edit);
        self.try_sign(by, space, Kind::Edit, document, payload).unwrap()
    }

    pub(super) fn post(&mut self, by: usize, title: &str) -> (VerifiedOp, DocumentId) {
        let op = self.edit(by, self.space, None, &Edit { kind: DocumentKind::Post, at: vec![], steps: vec![put(Key::Title, title)] });
        let id = DocumentId::founded_by(op.id());
        (op, id)
    }

    pub(super) fn comment(&mut self, by: usize, post: DocumentId, parent: Option<DocumentId>) -> (VerifiedOp, DocumentId) {
        let name = |key| move |id| Step::Put { key, value: Value::Document(id) };
        let steps = [Some(name(Key::Post)(post)), parent.map(name(Key::Parent)), Some(put(Key::Text, "Yes"))];
        let op = self.edit(by, self.space, None, &Edit { kind: DocumentKind::Comment, at: vec![], steps: steps.into_iter().flatten().collect() });
        let id = DocumentId::founded_by(op.id());
        (op, id)
    }

    pub(super) fn profile(&mut self, by: usize, name: &str) -> VerifiedOp {
        let edit = Edit { kind: DocumentKind::Profile, at: vec![], steps: vec![put(Key::Name, name)] };
        self.edit(by, SpaceId::HALL, Some(DocumentId::profile_of(self.person(by))), &edit)
    }

    pub(super) fn react(&mut self, by: usize, space: SpaceId, target: DocumentId) -> VerifiedOp {
        self.act(by, space, Act::React(React { reactions: vec![Reaction { target, mark: Mark::Up, replaces: vec![] }] }))
    }

    pub(super) fn erase(&mut self, by: usize, document: DocumentId) -> VerifiedOp {
        self.act(by, self.space, Act::Erase(Erase { document }))
    }

    /// The device forgets its last operation in a space: what it signs next is a fork.
    pub(super) fn forget(&mut self, by: usize, space: SpaceId, last: &VerifiedOp) {
        self.pens[by].ends.insert(space, (last.header().seq - 1, last.header().prev));
    }

    /// A node that follows the community, and holds how the co-op began.
    pub(super) fn node(&self) -> Node {
        let mut node = self.empty_node();
        node.give(&self.start);
        node
    }

    pub(super) fn empty_node(&self) -> Node {
        self.node_on(Store::in_memory().unwrap())
    }

    pub(super) fn node_on(&self, mut store: Store) -> Node {
        store.set_setting("coop", &self.coop.0).unwrap();
        [SpaceId::HALL, self.space].iter().for_each(|space| store.follow(*space, true).unwrap());
        Node(Service::open(store, Keystore::in_memory_device("a reader", [3; 32])).unwrap())
    }
}

pub(super) fn put(key: Key, text: &str) -> Step {
    Step::Put { key, value: Value::Text(text.into()) }
}

/// An operation as it comes where its document was erased.
pub(super) fn bare(op: &VerifiedOp) -> VerifiedOp {
    SignedOp { payload: None, ..op.to_signed() }.verify().unwrap()
}

pub(super) struct Node(pub(super) Service);

impl Node {
    /// Hands over operations in one batch.
    pub(super) fn give(&mut self, operations: &[VerifiedOp]) {
        let operations = operations.iter().cloned().map(Ok).collect();
        self.0.handle(Input::Operations { source: Source::File(RequestId(1)), operations }, NOW);
    }

    pub(super) fn hash(&self) -> String {
        let report = self.0.store().as_reader().verify(&|_, _| {}).unwrap();
        assert_eq!(report.faults, []);
        report.state_hash
    }

    pub(super) fn assert_rebuilt_is_the_same(&mut self) {
        let before = self.hash();
        self.0.rebuild(&|_, _| {}).unwrap();
        assert_eq!(self.hash(), before);
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.0.store().as_reader().persons().unwrap().into_iter().map(|person| person.name).collect()
    }

    /// Titles and ups, by title.
    pub(super) fn posts(&self) -> Vec<(String, u64)> {
        let query = folkmoot_node::store::query::FeedQuery { community: None, sort: FeedSort::Old, period_ms: None, page: None, saved: false, limit: 50 };
        let viewer = Viewer { person: PersonId::ZERO, device: DeviceId::ZERO };
        let feed = self.0.store().as_reader().feed(&query, &viewer, NOW).unwrap();
        let mut posts: Vec<_> = feed.posts.into_iter().map(|post| (post.title, post.up)).collect();
        posts.sort();
        posts
    }

    /// The numbers at which chains are closed.
    pub(super) fn closed(&self) -> Vec<u64> {
        self.0.world().tips.values().flat_map(|tips| tips.iter()).filter_map(|(_, tip)| tip.closed).map(|closed| closed.at).collect()
    }
}
