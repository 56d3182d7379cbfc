//! What the model found, as ordinary tests: each is a shrunk list of operations, delivered as a file would.

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
    view::{FeedSort, ThreadSort},
};
use std::collections::BTreeMap;

pub(super) const NOW: u64 = 1_800_000_600_000;

/// A person with a device.
pub(super) struct Pen {
    person: PersonKey,
    pub(super) key: SigningKey,
    pub(super) credential: OpId,
    /// Per space: the number and the id of the last operation.
    ends: BTreeMap<SpaceId, (u64, OpId)>,
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
        let found = desk.act(ANN, SpaceId::HALL, Act::Found(Found { name: "Bread".into(), founder: desk.joining(ANN, "Ann") }));
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

    fn person(&self, pen: usize) -> PersonId {
        self.pens[pen].person.statement().person()
    }

    pub(super) fn joining(&self, pen: usize, name: &str) -> Joining {
        let Pen { person, key, .. } = &self.pens[pen];
        Joining::sign(self.coop, person.statement(), person.grant(DeviceId(key.verifying_key().to_bytes())), name.into(), key)
    }

    fn admit(&mut self, by: usize, pen: usize, name: &str) -> VerifiedOp {
        let op = self.act(by, SpaceId::HALL, Act::Admit(Admit { joining: self.joining(pen, name), guest: false, invitation: [0; 16] }));
        self.pens[pen].credential = op.id();
        op
    }

    fn try_sign(&mut self, by: usize, space: SpaceId, kind: Kind, document: Option<DocumentId>, payload: Payload) -> Result<VerifiedOp, InvalidOp> {
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

    fn salt(&mut self) -> [u8; 16] {
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

    fn comment(&mut self, by: usize, post: DocumentId, parent: Option<DocumentId>) -> (VerifiedOp, DocumentId) {
        let name = |key| move |id| Step::Put { key, value: Value::Document(id) };
        let steps = [Some(name(Key::Post)(post)), parent.map(name(Key::Parent)), Some(put(Key::Text, "Yes"))];
        let op = self.edit(by, self.space, None, &Edit { kind: DocumentKind::Comment, at: vec![], steps: steps.into_iter().flatten().collect() });
        let id = DocumentId::founded_by(op.id());
        (op, id)
    }

    fn profile(&mut self, by: usize, name: &str) -> VerifiedOp {
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
    fn forget(&mut self, by: usize, space: SpaceId, last: &VerifiedOp) {
        self.pens[by].ends.insert(space, (last.header().seq - 1, last.header().prev));
    }

    /// A node that follows the community, and holds how the co-op began.
    pub(super) fn node(&self) -> Node {
        let mut node = self.empty_node();
        node.give(&self.start);
        node
    }

    fn empty_node(&self) -> Node {
        self.node_on(Store::in_memory().unwrap())
    }

    pub(super) fn node_on(&self, mut store: Store) -> Node {
        store.set_setting("coop", &self.coop.0).unwrap();
        [SpaceId::HALL, self.space].iter().for_each(|space| store.follow(*space, true).unwrap());
        Node(Service::open(store, Keystore::in_memory_device("a reader", [3; 32])).unwrap())
    }
}

fn put(key: Key, text: &str) -> Step {
    Step::Put { key, value: Value::Text(text.into()) }
}

/// An operation as it comes where its document was erased.
fn bare(op: &VerifiedOp) -> VerifiedOp {
    SignedOp { payload: None, ..op.to_signed() }.verify().unwrap()
}

pub(super) struct Node(pub(super) Service);

impl Node {
    /// Hands over operations in one batch.
    pub(super) fn give(&mut self, operations: &[VerifiedOp]) {
        let operations = operations.iter().cloned().map(Ok).collect();
        self.0.handle(Input::Operations { source: Source::File(RequestId(1)), operations }, NOW);
    }

    fn hash(&self) -> String {
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

#[test]
fn acts_count_where_the_first_operation_in_the_hall_was_a_profile() {
    let mut desk = Desk::new();
    let carl = desk.pen(3);
    let (profile, admit) = (desk.profile(BOB, "Robert"), desk.admit(BOB, carl, "Carl"));
    let mut node = desk.node();
    node.give(&[profile, admit]);
    assert_eq!(node.names(), ["Ann", "Carl", "Robert"]);
}

#[test]
fn only_an_edit_names_a_document() {
    let mut desk = Desk::new();
    let payload = || Payload::from_bytes(vec![0; 17]);
    let named = desk.try_sign(BOB, desk.space, Kind::Unknown(9), Some(DocumentId([1; 32])), payload());
    assert_eq!(named.unwrap_err().to_string(), "the header contradicts itself: only an edit names a document");
    // One of a newer version is kept and handed on as it came.
    let newer = desk.try_sign(BOB, desk.space, Kind::Unknown(9), None, payload()).unwrap();
    let mut node = desk.node();
    node.give(std::slice::from_ref(&newer));
    assert_eq!(node.0.store().as_reader().operation(newer.id()).unwrap().unwrap().op.to_signed(), newer.to_signed());
    node.assert_rebuilt_is_the_same();
}

#[test]
fn a_name_goes_with_what_said_it() {
    let mut desk = Desk::new();
    let carl = desk.pen(3);
    let (profile, admit) = (desk.profile(BOB, "Robert"), desk.admit(BOB, carl, "Carl"));
    desk.forget(BOB, SpaceId::HALL, &admit);
    let fork = desk.profile(BOB, "Bobby");
    let mut node = desk.node();
    node.give(&[profile.clone(), admit]);
    node.give(&[fork]);
    assert_eq!(node.names(), ["Ann", "Robert"], "the admission is beyond the fork");
    desk.forget(BOB, SpaceId::HALL, &profile);
    let fork = desk.profile(BOB, "Bobby");
    node.give(&[fork]);
    assert_eq!(node.names(), ["Ann", "Bob"], "the profile is beyond the fork");
    node.assert_rebuilt_is_the_same();
    assert_eq!(node.names(), ["Ann", "Bob"]);
}

#[test]
fn one_without_its_payload_does_not_keep_the_whole_one_out() {
    let mut desk = Desk::new();
    let (post, _) = desk.post(BOB, "Rye");
    let mut node = desk.empty_node();
    node.give(&[bare(&post)]);
    node.give(&[post]);
    node.give(&desk.start);
    assert_eq!(node.posts(), [("Rye".into(), 1)]);
}

#[test]
fn both_branches_of_a_fork_may_wait() {
    let mut desk = Desk::new();
    let (below, _) = desk.post(BOB, "Rye");
    let (first, _) = desk.post(BOB, "Oats");
    desk.forget(BOB, desk.space, &first);
    let (second, _) = desk.post(BOB, "Spelt");
    let mut node = desk.node();
    node.give(&[first, second]);
    node.give(&[below]);
    assert_eq!((node.posts(), node.closed()), (vec![("Rye".into(), 1)], vec![2]));
}

#[test]
fn nobody_reacts_in_the_hall() {
    let mut desk = Desk::new();
    let profile = desk.profile(BOB, "Robert");
    let reaction = desk.react(ANN, SpaceId::HALL, DocumentId::profile_of(desk.person(BOB)));
    let mut node = desk.node();
    node.give(&[profile, reaction]);
    node.assert_rebuilt_is_the_same();
}

#[test]
fn a_reaction_beyond_a_fork_in_the_same_batch_leaves_nothing() {
    let mut desk = Desk::new();
    let (post, id) = desk.post(ANN, "Rye");
    let reaction = desk.react(BOB, desk.space, id);
    desk.forget(BOB, desk.space, &reaction);
    let (fork, _) = desk.post(BOB, "Oats");
    let (after, _) = desk.post(ANN, "Spelt");
    let mut node = desk.node();
    node.give(&[post, reaction, fork, after]);
    assert_eq!(node.posts(), [("Rye".into(), 1), ("Spelt".into(), 1)]);
    node.assert_rebuilt_is_the_same();
}

#[test]
fn an_erasure_counts_wherever_its_chain_parts() {
    let mut desk = Desk::new();
    let (post, id) = desk.post(BOB, "Rye");
    let (missing, _) = desk.post(BOB, "Oats");
    let erasure = desk.erase(BOB, id);
    // It came before its chain was known, and what lies between is missing still.
    let mut node = desk.node();
    node.give(std::slice::from_ref(&erasure));
    node.give(std::slice::from_ref(&post));
    assert_eq!(node.posts(), []);
    // It stands on the other branch of a fork of which this node has one only.
    desk.forget(BOB, desk.space, &missing);
    let (other, _) = desk.post(BOB, "Spelt");
    let (longer, _) = desk.post(BOB, "Millet");
    let mut node = desk.node();
    node.give(&[post, other]);
    node.give(std::slice::from_ref(&erasure));
    assert_eq!((node.posts(), node.closed()), (vec![("Spelt".into(), 1)], vec![]));
    node.give(&[longer]);
    assert_eq!((node.posts(), node.closed()), (vec![("Spelt".into(), 1)], vec![3]));
    node.give(&[missing]);
    assert_eq!((node.posts(), node.closed()), (vec![], vec![2]));
}

#[test]
fn two_of_one_number_prove_a_fork_whatever_they_follow() {
    let mut desk = Desk::new();
    let (below, _) = desk.post(BOB, "Rye");
    let (first, last) = (desk.post(BOB, "Oats").0, desk.post(BOB, "Millet").0);
    desk.forget(BOB, desk.space, &first);
    let (other, other_last) = (desk.post(BOB, "Spelt").0, desk.post(BOB, "Emmer").0);
    let posts = |titles: &[&str]| titles.iter().map(|title| (title.to_string(), 1)).collect::<Vec<_>>();
    let mut node = desk.node();
    node.give(&[below.clone(), first.clone(), last.clone()]);
    node.give(std::slice::from_ref(&other_last));
    assert_eq!((node.posts(), node.closed()), (posts(&["Oats", "Rye"]), vec![3]));
    node.give(std::slice::from_ref(&other));
    assert_eq!((node.posts(), node.closed()), (posts(&["Rye"]), vec![2]));
    node.assert_rebuilt_is_the_same();
    // Both wait for what they follow; the one that came in before it, too.
    let mut node = desk.node();
    node.give(&[last.clone(), bare(&other_last)]);
    assert_eq!(node.closed(), [0; 0], "whose chain it is, is not known yet");
    node.give(&[below.clone(), first.clone()]);
    assert_eq!((node.posts(), node.closed()), (posts(&["Oats", "Rye"]), vec![3]));
    let mut node = desk.node();
    node.give(&[below, first]);
    node.give(std::slice::from_ref(&other_last));
    assert_eq!(node.closed(), [0; 0], "it parts below, but there is nothing to show for it");
    node.give(&[last]);
    assert_eq!((node.posts(), node.closed()), (posts(&["Oats", "Rye"]), vec![3]));
    node.give(&[other]);
    assert_eq!((node.posts(), node.closed()), (posts(&["Rye"]), vec![2]));
    node.assert_rebuilt_is_the_same();
}

#[test]
fn nothing_that_the_founder_signs_takes_the_founding_away() {
    let mut desk = Desk::new();
    let mut node = desk.node();
    desk.pens[ANN].ends.remove(&SpaceId::HALL);
    let again = desk.profile(ANN, "Anna");
    node.give(&[again]);
    assert_eq!((node.names(), node.closed()), (vec!["Ann".into(), "Bob".into()], vec![]));
}

#[test]
fn a_chain_that_begins_with_something_erased_comes_in() {
    let mut desk = Desk::new();
    let (post, id) = desk.post(BOB, "Rye");
    let (erasure, after) = (desk.erase(BOB, id), desk.post(BOB, "Oats").0);
    // As a peer sends it: what explains a missing payload comes first.
    let mut node = desk.node();
    node.give(&[erasure.clone(), bare(&post), erasure, after]);
    assert_eq!(node.posts(), [("Oats".into(), 1)]);
    node.assert_rebuilt_is_the_same();
}

#[test]
fn what_a_stranger_erased_is_not_shown_as_erased() {
    let mut desk = Desk::new();
    let (post, post_id) = desk.post(ANN, "Rye");
    let (comment, comment_id) = desk.comment(ANN, post_id, None);
    let (answer, _) = desk.comment(BOB, post_id, Some(comment_id));
    let erasure = desk.erase(BOB, comment_id);
    let own = desk.erase(ANN, comment_id);
    let shown = |node: &Node| {
        let viewer = Viewer { person: PersonId::ZERO, device: DeviceId::ZERO };
        node.0.store().as_reader().thread(post_id, ThreadSort::Old, &viewer, NOW).unwrap().unwrap().comments[0].erased
    };
    let mut node = desk.node();
    node.give(&[post, answer, erasure]);
    assert!(!shown(&node), "the comment has not come in yet");
    node.give(&[comment, own]);
    assert!(shown(&node));
}
