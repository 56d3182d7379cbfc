//! What a single member or peer may not do to a node, message by message: no network, no luck.

use super::desk::{ANN, BOB, Desk, NOW, Node};
use folkmoot_node::{
    api::Request,
    service::{ConnectionId, Input, Output, RequestId, Source},
    store::Store,
};
use folkmoot_protocol::{
    act::*,
    document::*,
    id::*,
    limits,
    op::*,
    sync::Item,
    wire::{Hello, Message, SpaceDigest, Want},
};

const LINE: ConnectionId = ConnectionId(1);

fn device(desk: &Desk, pen: usize) -> DeviceId {
    DeviceId(desk.pens[pen].key.verifying_key().to_bytes())
}

fn connect(node: &mut Node, peer: DeviceId, connection: ConnectionId, now: u64) -> Vec<Output> {
    node.0.handle(Input::Connected { connection, peer, dialled: false }, now)
}

fn say(node: &mut Node, message: Message, now: u64) -> Vec<Output> {
    node.0.handle(Input::Message { connection: LINE, message: Box::new(message) }, now)
}

/// A node that Bob's device is connected with, and has greeted.
fn greeted(desk: &Desk) -> Node {
    let mut node = desk.node();
    assert_eq!(closing(&connect(&mut node, device(desk, BOB), LINE, NOW)), None);
    let hello = Hello { versions: vec![1], coop: desk.coop, clock_ms: NOW, agent: "a test".into(), addresses: vec![], spaces: vec![] };
    assert_eq!(closing(&say(&mut node, Message::Hello(hello), NOW)), None);
    node
}

/// Why the connection is closed, if it is.
fn closing(outputs: &[Output]) -> Option<&str> {
    outputs.iter().find_map(|output| if let Output::Close { reason, .. } = output { Some(reason.as_str()) } else { None })
}

#[test]
fn who_reads_nothing_is_dropped() {
    let desk = Desk::new();
    let mut node = greeted(&desk);
    let probe = || Message::Probe { space: SpaceId::HALL, device: device(&desk, ANN), seq: 1 };
    // At a pace that is allowed, so that nothing else ends it.
    let dropped = (1..200_000).find_map(|n| {
        let outputs = say(&mut node, probe(), NOW + n * 10);
        assert!(node.0.footprint().unsent_bytes <= limits::UNSENT_BYTES);
        closing(&outputs).map(str::to_owned)
    });
    assert_eq!(dropped.as_deref(), Some("it does not read what is sent to it"));
}

#[test]
fn what_a_peer_asks_for_is_bounded() {
    let desk = Desk::new();
    let mut node = greeted(&desk);
    let want = Want { device: device(&desk, ANN), from: 1, to: 1 };
    for second in 0..8 {
        let chains = vec![want; limits::WANTS_PER_MESSAGE];
        say(&mut node, Message::Want { space: SpaceId::HALL, chains }, NOW + second * 1_000);
        assert!(node.0.footprint().backlog <= limits::SERVES_PER_PEER);
    }
    assert!(node.0.footprint().backlog > limits::SERVES_PER_PEER / 2, "it was asked for too little to tell");
}

#[test]
fn what_waits_for_others_is_bounded() {
    let mut desk = Desk::new();
    let posts: Vec<_> = (0..limits::PENDING_PER_PEER + 100).map(|n| desk.post(BOB, &format!("Rye {n}")).0).collect();
    let mut node = greeted(&desk);
    let operations = posts[1..].iter().cloned().map(Ok).collect();
    node.0.handle(Input::Operations { source: Source::Peer(LINE), operations }, NOW);
    assert_eq!(node.0.footprint().waiting, limits::PENDING_PER_PEER);
}

#[test]
fn one_header_twice_proves_no_fork() {
    let mut desk = Desk::new();
    let op = desk.post(ANN, "Rye").0;
    let mut node = greeted(&desk);
    node.give(std::slice::from_ref(&op));
    let SignedOp { header, signature, .. } = op.to_signed();
    let header = SignedHeader { header, signature };
    let outputs = say(&mut node, Message::Fork { first: header.clone(), second: header }, NOW);
    assert_eq!(node.closed(), [0; 0]);
    assert_eq!(closing(&outputs), Some("it sent a fork proof that proves nothing"));
}

#[test]
fn what_was_signed_for_another_co_op_is_refused() {
    let mut desk = Desk::new();
    let (post, _) = desk.post(ANN, "Rye");
    // All else fits: the chain, the community, the issue.
    let header = Header { coop: CoopId([9; 32]), ..post.header().clone() };
    let foreign = SignedOp::sign(header, post.payload().unwrap().clone(), &desk.pens[ANN].key).verify().unwrap();
    let mut node = greeted(&desk);
    node.give(std::slice::from_ref(&foreign));
    assert_eq!(node.posts(), []);
    node.give(&[post]);
    assert_eq!((node.posts(), node.closed()), (vec![("Rye".into(), 1)], vec![]));
    // No honest node has such a thing to send.
    let outputs = node.0.handle(Input::Operations { source: Source::Peer(LINE), operations: vec![Ok(foreign)] }, NOW);
    assert_eq!(closing(&outputs), Some("it sent an invalid operation: it belongs to another co-op"));
}

#[test]
fn who_was_dropped_is_not_let_in_again_for_a_while() {
    let desk = Desk::new();
    let (mut node, bob) = (greeted(&desk), device(&desk, BOB));
    node.0.handle(Input::Garbage { connection: LINE, reason: "noise".into() }, NOW);
    let again = connect(&mut node, bob, ConnectionId(2), NOW + 1_000);
    assert_eq!(closing(&again), Some("it was dropped here for what it did; later it may come again"));
    assert_eq!(closing(&connect(&mut node, bob, ConnectionId(3), NOW + 3_600_000)), None);
}

#[test]
fn who_says_nothing_may_have_a_bad_line_and_comes_again() {
    let desk = Desk::new();
    let (mut node, bob) = (desk.node(), device(&desk, BOB));
    connect(&mut node, bob, LINE, NOW);
    assert_eq!(closing(&node.0.handle(Input::Tick, NOW + 30_000)), Some("it says nothing"));
    assert_eq!(closing(&connect(&mut node, bob, ConnectionId(2), NOW + 31_000)), None);
}

#[test]
fn who_does_not_send_what_it_claims_is_dropped_however_often_it_claims() {
    let desk = Desk::new();
    let mut node = greeted(&desk);
    say(&mut node, Message::Spaces(vec![SpaceDigest { space: SpaceId::HALL, digest: [1; 32] }]), NOW);
    let dropped = (1..60).find(|second| {
        let now = NOW + second * 1_000;
        let item = Item { device: device(&desk, ANN), seq: 100 + second, id: OpId([7; 32]), closed: None };
        let mut outputs = say(&mut node, Message::Have { space: SpaceId::HALL, tips: vec![item] }, now);
        outputs.extend(node.0.handle(Input::Tick, now));
        closing(&outputs) == Some("it does not send what it says it has")
    });
    assert!(dropped.is_some(), "it is believed for ever");
}

#[test]
fn equal_reactions_of_one_person_count_once() {
    let mut desk = Desk::new();
    let (post, id) = desk.post(ANN, "Rye");
    // Neither names the other, as of two devices that do not know of each other.
    let (first, second) = (desk.react(BOB, desk.space, id), desk.react(BOB, desk.space, id));
    let mut node = desk.node();
    node.give(&[post, first, second]);
    assert_eq!(node.posts(), [("Rye".into(), 2)], "the author's and Bob's");
    node.assert_rebuilt_is_the_same();
}

#[test]
fn a_guest_admits_nobody() {
    let mut desk = Desk::new();
    let (guest, friend) = (desk.pen(3), desk.pen(4));
    let mut node = desk.node();
    for (by, who, name) in [(ANN, guest, "Carl"), (guest, friend, "Dora")] {
        let admit = Act::Admit(Admit { joining: desk.joining(who, name), guest: true, invitation: [0; 16] });
        let op = desk.act(by, SpaceId::HALL, admit);
        desk.pens[who].credential = op.id();
        node.give(&[op]);
    }
    assert_eq!(node.names(), ["Ann", "Bob", "Carl"]);
}

#[test]
fn what_belongs_to_something_erased_is_kept_without_its_words() {
    let mut desk = Desk::new();
    let (post, id) = desk.post(ANN, "Rye");
    let title = Step::Put { key: Key::Title, value: Value::Text("Rye, and whose it was".into()) };
    let edit = desk.edit(BOB, desk.space, Some(id), &Edit { kind: DocumentKind::Post, at: vec![post.id()], steps: vec![title] });
    let erase = desk.erase(ANN, id);
    let mut node = desk.node();
    node.give(&[post, erase]);
    node.give(std::slice::from_ref(&edit));
    let held = node.0.store().as_reader().operation(edit.id()).unwrap();
    assert_eq!(held.map(|held| held.op.payload), Some(None));
}

#[test]
fn how_things_stand_is_told_also_where_nothing_can_be_written() {
    let (mut desk, folder) = (Desk::new(), tempfile::tempdir().unwrap());
    let (post, _) = desk.post(ANN, "Rye");
    let mut node = desk.node_on(Store::open(folder.path()).unwrap());
    node.give(&desk.start);
    node.0.store().limit_growth(Some(0)).unwrap();
    let posts: Vec<_> = std::iter::once(post).chain((0..60).map(|n| desk.post(ANN, &format!("Oats {n}")).0)).map(Ok).collect();
    let status = |id| Input::Request { id: RequestId(id), request: Request::Status, entropy: [0; 32] };
    let refuse = |id| Input::Request { id: RequestId(id), request: Request::Refuse { devices: vec![] }, entropy: [0; 32] };
    let file = Input::Operations { source: Source::File(RequestId(1)), operations: posts };
    let outputs = node.0.handle_all([status(2), file, status(3), refuse(4)], NOW);
    let answers: Vec<_> =
        outputs.iter().filter_map(|output| if let Output::Reply { id, result } = output { Some((id.0, result.is_ok())) } else { None }).collect();
    assert_eq!(answers, [(1, false), (4, false), (2, true), (3, true)]);
}

#[test]
fn what_is_answered_is_committed() {
    let (mut desk, folder) = (Desk::new(), tempfile::tempdir().unwrap());
    let (post, _) = desk.post(ANN, "Rye");
    let mut node = desk.node_on(Store::open(folder.path()).unwrap());
    node.give(&desk.start);
    node.give(std::slice::from_ref(&post));
    // As whoever finds the folder after a crash in this instant.
    let found = Store::open(folder.path()).unwrap();
    assert!(found.as_reader().operation(post.id()).unwrap().is_some());
}
