//! What the parts cost on one core, in processor time: the best of several passes.

use super::{
    fixture::{Fixture, service},
    process::own_processor_time,
    table::{Row, Table},
};
use ed25519_dalek::{Signer, SigningKey};
use folkmoot_protocol::{
    cbor,
    document::{Document, DocumentKind, Edit, Entry, Key, Step, Value},
    id::*,
    op::{Header, Payload, SignedOp},
    sync::{answer, open},
    view::{FeedSort, RankInput},
    wire::Message,
};
use std::hint::black_box;

const PASSES: usize = 5;
const MANY: usize = 500;
const EDITS: usize = 100;
const NOW: u64 = 1_800_000_000_000;

pub(crate) fn run(fixture: &Fixture, table: &mut Table) {
    let ops: Vec<SignedOp> = fixture.workload.operations.iter().rev().take(MANY).cloned().collect();
    let mut add = |what: &str, microseconds: f64| table.add(Row::new(format!("part: {what}"), fixture.operations, microseconds, "us"));
    let key = SigningKey::from_bytes(&[7; 32]);
    add(
        "bare Ed25519 signature",
        each(MANY, || {
            for op in &ops {
                black_box(key.sign(&op.header));
            }
        }),
    );
    let signed: Vec<_> = ops.iter().map(|op| (&op.header, key.sign(&op.header))).collect();
    let verifying = key.verifying_key();
    add("bare verify_strict", each(MANY, || assert!(signed.iter().all(|(bytes, signature)| verifying.verify_strict(bytes, signature).is_ok()))));
    add("verify an operation", each(MANY, || assert!(ops.iter().all(|op| op.clone().verify().is_ok()))));
    let message = Message::Operations(ops.clone());
    let bytes = message.encode();
    add("encode an operation into a message", each(MANY, || drop(black_box(message.encode()))));
    add("decode an operation from a message", each(MANY, || drop(black_box(Message::decode(&bytes).expect("an own message")))));
    add("decode a header", each(MANY, || assert!(ops.iter().all(|op| cbor::decode::<Header>(&op.header).is_ok()))));
    let payloads: Vec<_> = ops.iter().filter_map(|op| op.payload.clone()).map(Payload::from_bytes).collect();
    add(
        "hash a payload",
        each(payloads.len(), || {
            for payload in &payloads {
                black_box(payload.reference());
            }
        }),
    );
    add("derive a document of one edit", each(MANY, || (0..MANY).for_each(|_| drop(black_box(edited(1).state())))));
    add("derive a document of 100 edits, each", each(EDITS, || drop(black_box(edited(EDITS).state()))));
    let rank = |n: usize| {
        RankInput { created: NOW - n as u64, up: n as u64, down: 1, comments: 1, newest_comment: None, newest_comment_by_other: None, active_persons: 9 }
            .rank(FeedSort::Hot, NOW)
    };
    add("rank a post", each(MANY, || assert!((0..MANY).map(rank).sum::<f64>().is_finite())));
    reconcile(fixture, &mut add);
}

fn reconcile(fixture: &Fixture, add: &mut impl FnMut(&str, f64)) {
    let service = service(&fixture.whole());
    let Some(tips) = service.world().tips.values().max_by_key(|tips| tips.len()) else { return };
    let opening = open(tips);
    add(&format!("open a reconciliation of {} chains", tips.len()), each(1, || drop(black_box(open(tips)))));
    add("answer an opening that is the same", each(1, || drop(black_box(answer(tips, &opening).expect("an own opening")))));
}

/// A post that its author edited again and again.
fn edited(edits: usize) -> Document {
    let step = |key, text: String| Step::Put { key, value: Value::Text(text) };
    let op = |n: usize| OpId([n as u8 + 1; 32]);
    let entry = |n: usize| {
        let mut steps = vec![step(Key::Text, format!("{n} ").repeat(200))];
        steps.extend((n == 0).then(|| step(Key::Title, "A title".into())));
        let at = n.checked_sub(1).map(op).into_iter().collect();
        Entry { op: op(n), device: DeviceId([1; 32]), author: PersonId([1; 32]), edit: Ok(Edit { kind: DocumentKind::Post, at, steps }), ineffective: None }
    };
    Document::derive(DocumentId::founded_by(op(0)), (0..edits).map(entry))
}

/// Microseconds for one of `n` things that a pass does.
fn each(n: usize, mut pass: impl FnMut()) -> f64 {
    let times = (0..PASSES).map(|_| {
        let before = own_processor_time();
        pass();
        (own_processor_time() - before).as_secs_f64() * 1e6 / n as f64
    });
    times.fold(f64::MAX, f64::min)
}
