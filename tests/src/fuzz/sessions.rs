use super::{Bytes, COOP, key, plain_header, reconciliation};
use folkmoot_protocol::{
    cbor,
    id::*,
    limits,
    op::{Kind, Payload, SignedHeader, SignedOp},
    sync::{Breach, ChainRange, Closed, Item, Output, Replica, Session, Tip, Tips},
    wire::{Hello, Message, Refusal, SpaceDigest, Want},
};
use std::collections::BTreeMap;

const SPACES: u8 = 3;
const CHAINS: u8 = 40;
const CROWD: u16 = 400;

/// A small replica that never changes, so that one session may be told anything of it.
struct Held(BTreeMap<SpaceId, Tips>);

thread_local! {
    static HELD: Held = Held::new();
}

impl Held {
    fn new() -> Self {
        let mut spaces: BTreeMap<_, Tips> = (0..SPACES).map(|space| (SpaceId([space; 32]), (0..CHAINS).map(|n| (device(n), tip(n))).collect())).collect();
        // One space is large enough that it is compared in parts.
        let crowd = (0..CROWD).map(|n| DeviceId(tagged_hash("fuzz/crowd", &[&n.to_be_bytes()])));
        let large = spaces.entry(SpaceId([SPACES - 1; 32])).or_default();
        crowd.for_each(|device| large.set(device, Tip { seq: 3, id: op(device, 3), closed: None }));
        Self(spaces)
    }
}

impl Replica for Held {
    fn spaces(&self) -> Vec<SpaceId> {
        self.0.keys().copied().collect()
    }

    fn tips(&self, space: SpaceId) -> Option<&Tips> {
        self.0.get(&space)
    }

    fn operation_at(&self, space: SpaceId, device: DeviceId, seq: u64) -> Option<OpId> {
        let tip = self.0.get(&space)?.get(&device)?;
        (1..=tip.seq).contains(&seq).then(|| op(device, seq))
    }
}

fn device(n: u8) -> DeviceId {
    DeviceId([n.wrapping_mul(6); 32])
}

fn op(device: DeviceId, seq: u64) -> OpId {
    OpId(tagged_hash("fuzz/session", &[&device.0, &seq.to_be_bytes()]))
}

/// Chains of all lengths, some of them closed by a fork.
fn tip(n: u8) -> Tip {
    let seq = if n.is_multiple_of(5) { 0 } else { u64::from(n) * u64::from(n) };
    let closed = (n.is_multiple_of(5) || n.is_multiple_of(7)).then_some(Closed { at: seq + 1 + u64::from(n % 3), erasures: [n; 16] });
    Tip { seq, id: if seq == 0 { OpId::ZERO } else { op(device(n), seq) }, closed }
}

/// A peer that sends any messages in any order, between all that the node itself does with a session.
pub fn session(data: &[u8]) {
    HELD.with(|held| converse(data, held));
}

fn converse(data: &[u8], held: &Held) {
    let mut bytes = Bytes::new(data);
    let dialled = bytes.coin();
    let mut session = Session::new(DeviceId([99; 32]), dialled);
    let mut out_of_turn = 0;
    while !bytes.is_empty() {
        // Said over and over again, whatever it is.
        let times = if bytes.byte() == 255 { 1 + bytes.below(300) } else { 1 };
        if bytes.byte() % 4 == 3 {
            node_does(&mut session, &mut bytes, held);
        } else if let Some(message) = message(&mut bytes, held) {
            for _ in 0..times {
                match session.receive(message.clone(), held) {
                    Ok(outputs) => check(&session, &message, &outputs, held),
                    Err(breach) => return check_breach(&breach, out_of_turn),
                }
                out_of_turn += 1;
            }
        }
        bounded(&session);
    }
}

/// What one session may make a node remember.
fn bounded(session: &Session) {
    assert!(session.backlog() <= limits::SERVES_PER_PEER + 1);
    assert!(session.entries() <= limits::SERVES_PER_PEER + 16 * limits::TIPS_PER_MESSAGE + 4 * limits::SPACES_PER_HELLO + limits::PENDING_PER_PEER + 1024);
}

fn check_breach(breach: &Breach, received: u32) {
    assert!(!breach.to_string().is_empty());
    match breach {
        Breach::OutOfTurn(_) => assert!(received >= limits::UNEXPECTED_PER_PEER),
        Breach::Endless(_) => assert!(received >= limits::RECONCILE_ROUNDS),
        Breach::Invalid(_) | Breach::BadProof => panic!("a session does not judge operations"),
        Breach::Version | Breach::Foreign(_) | Breach::Ranges(_) => {}
    }
}

/// What goes back can be read at the other end, and is not more than the message asked for.
fn check(session: &Session, message: &Message, outputs: &[Output], held: &Held) {
    let most = match message {
        Message::Ranges { .. } => 4 * (limits::TIPS_PER_MESSAGE + usize::from(CROWD)),
        Message::Have { tips, .. } => 3 * tips.len() + 1,
        _ => usize::from(SPACES),
    };
    assert!(outputs.len() <= most, "{} outputs for {}", outputs.len(), message.name());
    for output in outputs {
        match output {
            Output::Send(answer) => {
                let body = answer.encode();
                assert!(body.len() <= limits::FRAME_BYTES);
                assert_eq!(Message::decode(&body).ok().as_ref(), Some(answer), "an answer cannot be read");
            }
            Output::Fetch(ranges) => ranges.iter().for_each(|range| check_fetch(*range, held)),
            Output::SendFork(space, _) | Output::SendErasures(space, _) => assert!(session.shares(*space) || matches!(message, Message::WantFork { .. })),
            _ => {}
        }
    }
}

/// Only what is missing here is asked for.
fn check_fetch(range: ChainRange, held: &Held) {
    let mine = held.tips(range.space).and_then(|tips| tips.get(&range.device)).map_or(0, |tip| tip.seq);
    assert!(range.from == mine + 1 && range.from <= range.to && range.to <= limits::MOST_SEQ, "{range:?}");
}

/// What a node does with a session besides handing in messages.
fn node_does(session: &mut Session, bytes: &mut Bytes<'_>, held: &Held) {
    let (space, device) = (space(bytes), some_device(bytes));
    let tip = held.tips(space).and_then(|tips| tips.get(&device)).copied();
    match bytes.byte() % 6 {
        0 => {
            if let Some(range) = session.next_serve() {
                let held = held.tips(range.space).and_then(|tips| tips.get(&range.device)).map_or(0, |tip| tip.seq);
                assert!((1..=held).contains(&range.from) && (range.from..=held).contains(&range.to), "{range:?} is not held");
                if bytes.coin() && range.from < range.to {
                    session.put_back(ChainRange { from: range.from + 1, ..range });
                }
            }
        }
        1 => {
            if let Some(tip) = tip.filter(|tip| tip.seq > 0) {
                session.push(ChainRange { space, device, from: tip.seq, to: tip.seq });
                assert!(!session.shares(space) || session.sent_up_to(space, device) >= tip.seq);
            }
        }
        2 => {
            if let Some(Output::Fetch(ranges)) = session.overdue(held) {
                ranges.into_iter().for_each(|range| check_fetch(range, held));
            }
        }
        3 => {
            session.note_held(space, device, bytes.number() % limits::MOST_SEQ);
        }
        4 => {
            let outputs = session.parted(space, device, held);
            assert!(outputs.len() <= 1);
        }
        _ => {
            let news: Vec<_> = tip.map(|tip| (device, tip)).into_iter().collect();
            assert!(session.announce(space, &news).is_none_or(|message| Message::decode(&message.encode()).is_ok()));
            assert!(!session.agrees(space, held) || session.shares(space));
        }
    }
}

fn space(bytes: &mut Bytes<'_>) -> SpaceId {
    SpaceId([bytes.byte() % (SPACES + 1); 32])
}

fn some_device(bytes: &mut Bytes<'_>) -> DeviceId {
    device(bytes.byte() % (CHAINS + 2))
}

/// A message: one of those that make sense in the small world, or any bytes.
fn message(bytes: &mut Bytes<'_>, held: &Held) -> Option<Message> {
    let message = match bytes.byte() % 20 {
        0 | 1 => Message::Hello(hello(bytes, held)),
        2 | 3 => Message::Spaces(digests(bytes, held)),
        4..=6 => {
            let ranges = reconciliation::ranges(bytes);
            Message::Ranges { space: space(bytes), ranges: cbor::decode(&ranges).ok()? }
        }
        7..=9 => Message::Have { space: space(bytes), tips: items(bytes) },
        10 | 11 => Message::Want { space: space(bytes), chains: wants(bytes) },
        12 => Message::WantFork { space: space(bytes), device: some_device(bytes) },
        13 => Message::Probe { space: space(bytes), device: some_device(bytes), seq: bytes.number() },
        14 | 15 => probed(bytes),
        16 => Message::Fork { first: proof(bytes), second: proof(bytes) },
        17 => Message::Refused { reason: if bytes.coin() { Refusal::Busy } else { Refusal::Malformed } },
        18 => Message::Admitted { op: OpId(bytes.array()) },
        _ => return Message::decode(bytes.piece()).ok(),
    };
    // What no peer could send does not come in.
    Message::decode(&message.encode()).ok()
}

fn hello(bytes: &mut Bytes<'_>, held: &Held) -> Hello {
    let versions = if bytes.byte() == 255 { vec![bytes.byte()] } else { vec![1] };
    Hello { versions, coop: COOP, clock_ms: bytes.number(), agent: "folkmoot".into(), addresses: vec![], spaces: digests(bytes, held) }
}

fn digests(bytes: &mut Bytes<'_>, held: &Held) -> Vec<SpaceDigest> {
    let count = if bytes.byte() == 255 { bytes.below(limits::SPACES_PER_HELLO + 1) } else { bytes.below(6) };
    let beyond = bytes.byte();
    let digest = |n: usize, bytes: &mut Bytes<'_>| {
        let space = if n < 6 { space(bytes) } else { SpaceId(tagged_hash("fuzz/space", &[&n.to_be_bytes(), &[beyond]])) };
        let digest = held.tips(space).filter(|_| bytes.coin()).map_or([bytes.byte(); 32], Tips::digest);
        SpaceDigest { space, digest }
    };
    (0..count).map(|n| digest(n, bytes)).collect()
}

fn items(bytes: &mut Bytes<'_>) -> Vec<Item> {
    let item = |bytes: &mut Bytes<'_>| {
        let n = bytes.byte() % (CHAINS + 2);
        let seq = if bytes.coin() { tip(n).seq } else { bytes.number() % limits::MOST_SEQ };
        let id = if seq == 0 {
            OpId::ZERO
        } else if bytes.coin() {
            op(device(n), seq)
        } else {
            OpId([1 | bytes.byte(); 32])
        };
        let closed = (seq == 0 || bytes.byte() > 180).then(|| Closed { at: seq + 1 + bytes.number() % 4, erasures: [bytes.byte(); 16] });
        Item { device: device(n), seq, id, closed }
    };
    (0..bytes.below(30)).map(|_| item(bytes)).collect()
}

fn wants(bytes: &mut Bytes<'_>) -> Vec<Want> {
    let count = if bytes.byte() == 255 { limits::WANTS_PER_MESSAGE } else { bytes.below(8) };
    let first = bytes.byte();
    (0..count)
        .map(|n| {
            let from = 1 + bytes.number() % limits::MOST_SEQ;
            Want { device: device(first.wrapping_add(n as u8) % (CHAINS + 2)), from, to: from.saturating_add(bytes.number()).min(limits::MOST_SEQ) }
        })
        .collect()
}

fn probed(bytes: &mut Bytes<'_>) -> Message {
    let (space, device, seq) = (space(bytes), some_device(bytes), bytes.number());
    let id = match bytes.byte() % 3 {
        0 => None,
        1 => Some(op(device, seq)),
        _ => Some(OpId([1; 32])),
    };
    Message::Probed { space, device, seq, id }
}

fn proof(bytes: &mut Bytes<'_>) -> SignedHeader {
    let payload = Payload::from_bytes(vec![bytes.byte(); 20]);
    let op = SignedOp::sign(plain_header(Kind::Edit), payload, &key(0));
    SignedHeader { header: op.header, signature: op.signature }
}
