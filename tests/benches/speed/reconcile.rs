//! Two replicas that differ in 10 operations: what it takes to make them equal, beside Automerge's own sync of
//! one document that holds the same payloads.

use super::{
    fixture::{DIFFERENCES, Fixture, feed, service},
    now_ms,
    table::{Row, Table, Target},
};
use automerge::{
    ActorId, AutoCommit, ROOT, ReadDoc,
    sync::{State, SyncDoc},
    transaction::Transactable,
};
use folkmoot_node::service::{ConnectionId, Input, Output, Service, Source};
use folkmoot_protocol::{
    op::SignedOp,
    wire::{Message, frame},
};
use std::time::Instant;

const MOST_ROUND_TRIPS: f64 = 2.0;
const MOST_BYTES: f64 = 20_000.0;
const PATIENCE: usize = 64;

/// What a reconciliation took.
struct Cost {
    /// Messages that followed each other, in either direction.
    one_way: usize,
    bytes: usize,
    seconds: f64,
}

pub(crate) fn run(fixture: &Fixture, table: &mut Table) {
    let (ours, theirs) = (ours(fixture), automerges(fixture));
    let n = fixture.operations;
    let trips = |one_way: usize| one_way as f64 / 2.0;
    // Automerge's sync has no greeting: of ours, the first message says only who speaks and which spaces differ.
    let row = Row::new("differ in 10: round trips after the greeting", n, trips(ours.one_way - 1), "");
    table.add(row.beside("Automerge sync", trips(theirs.one_way)).target_when_large(Target::AtMost(MOST_ROUND_TRIPS)));
    table.add(Row::new("differ in 10: round trips with the greeting", n, trips(ours.one_way), ""));
    let row = Row::new("differ in 10: bytes, both ways", n, ours.bytes as f64, "B");
    table.add(row.beside("Automerge sync", theirs.bytes as f64).target_when_large(Target::AtMost(MOST_BYTES)));
    table.add(Row::new("differ in 10: time of both sides", n, ours.seconds * 1e3, "ms").beside("Automerge sync", theirs.seconds * 1e3));
}

fn ours(fixture: &Fixture) -> Cost {
    let (first, second) = fixture.last.split_at(DIFFERENCES / 2);
    let (alice, bob) = (fixture.copy(0), fixture.copy(1));
    let mut nodes = [service(&alice), service(&bob)];
    feed(&mut nodes[0], first);
    feed(&mut nodes[1], second);
    let (since, now, connection) = (Instant::now(), now_ms(), ConnectionId(1));
    let devices = [nodes[0].device(), nodes[1].device()];
    let mut cost = Cost { one_way: 0, bytes: 0, seconds: 0.0 };
    let mut under_way: Vec<(usize, Vec<u8>)> = vec![];
    for at in 0..2 {
        let outputs = nodes[at].handle(Input::Connected { connection, peer: devices[1 - at], dialled: at == 0 }, now);
        post(&mut nodes[at], at, outputs, &mut under_way, now);
    }
    while !agree(&nodes) {
        assert!(!under_way.is_empty() && cost.one_way < PATIENCE, "the replicas do not become equal");
        cost.one_way += 1;
        for (from, body) in std::mem::take(&mut under_way) {
            cost.bytes += frame(&body).len();
            let outputs = nodes[1 - from].handle(arrived(connection, &body), now);
            post(&mut nodes[1 - from], 1 - from, outputs, &mut under_way, now);
        }
    }
    cost.seconds = since.elapsed().as_secs_f64();
    // What is said afterwards (receipts) is paid for too.
    cost.bytes += under_way.iter().map(|(_, body)| frame(body).len()).sum::<usize>();
    drop(nodes);
    std::fs::remove_dir_all(alice).and_then(|()| std::fs::remove_dir_all(bob)).expect("removing folders");
    cost
}

fn agree(nodes: &[Service; 2]) -> bool {
    let digests = |node: &Service| node.world().tips.iter().map(|(space, tips)| (*space, tips.digest())).collect::<Vec<_>>();
    digests(&nodes[0]) == digests(&nodes[1])
}

fn arrived(connection: ConnectionId, body: &[u8]) -> Input {
    match Message::decode(body).expect("own messages can be read") {
        Message::Operations(operations) => {
            let operations = operations.into_iter().map(|op| op.verify().map_err(|error| error.to_string())).collect();
            Input::Operations { source: Source::Peer(connection), operations }
        }
        message => Input::Message { connection, message: Box::new(message) },
    }
}

fn post(node: &mut Service, at: usize, outputs: Vec<Output>, under_way: &mut Vec<(usize, Vec<u8>)>, now: u64) {
    for output in outputs {
        if let Output::Send { connection, body } = output {
            let bytes = body.len();
            under_way.push((at, body));
            let more = node.handle(Input::Sent { connection, bytes }, now);
            post(node, at, more, under_way, now);
        }
    }
}

/// One document, a map from ids to payloads; one change for each operation.
fn automerges(fixture: &Fixture) -> Cost {
    let is_last = |op: &&SignedOp| fixture.last.iter().any(|last| last.header == op.header);
    let mut alice = AutoCommit::new().with_actor(ActorId::from([1; 16]));
    for op in fixture.workload.operations.iter().filter(|op| !is_last(op)) {
        write(&mut alice, op);
    }
    let mut bob = alice.fork();
    for (n, op) in fixture.last.iter().enumerate() {
        let doc = if n < DIFFERENCES / 2 { &mut alice } else { &mut bob };
        doc.set_actor(ActorId::from([n as u8 + 2; 16]));
        write(doc, op);
    }
    let (since, mut cost) = (Instant::now(), Cost { one_way: 0, bytes: 0, seconds: 0.0 });
    let (mut docs, mut states) = ([alice, bob], [State::new(), State::new()]);
    let mut turn = 0;
    while docs[0].get_heads() != docs[1].get_heads() {
        assert!(cost.one_way < PATIENCE, "Automerge's replicas do not become equal");
        let message = docs[turn].sync().generate_sync_message(&mut states[turn]);
        if let Some(message) = message {
            let bytes = message.encode();
            cost.one_way += 1;
            cost.bytes += bytes.len();
            let message = automerge::sync::Message::decode(&bytes).expect("own messages can be read");
            docs[1 - turn].sync().receive_sync_message(&mut states[1 - turn], message).expect("own messages are taken in");
        }
        turn = 1 - turn;
    }
    cost.seconds = since.elapsed().as_secs_f64();
    let entries = docs[0].length(ROOT);
    assert_eq!(entries, fixture.workload.operations.len(), "every operation is an entry");
    cost
}

fn write(doc: &mut AutoCommit, op: &SignedOp) {
    let id = blake3::hash(&op.header).to_hex();
    doc.put(ROOT, id.as_str(), op.payload.clone().unwrap_or_default()).expect("a map takes bytes");
    doc.commit();
}
