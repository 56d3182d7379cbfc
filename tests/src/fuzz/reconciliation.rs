use super::Bytes;
use folkmoot_protocol::{
    cbor,
    id::*,
    limits,
    sync::{Closed, Difference, Ranges, Tip, Tips, answer, open},
    wire::Message,
};
use minicbor::Encoder;
use std::collections::BTreeSet;

/// Messages after which a reconciliation must have come to an end, whatever it began with.
const ROUNDS: usize = limits::RECONCILE_ROUNDS as usize;
/// Devices that are alike in their first eight bytes, at least two of each of four starts.
const ALIKE: u8 = 3;
const KNOWN: u64 = 24;

/// Two replicas that compare honestly; then ranges by a stranger, and what comes of them.
pub fn reconciliation(data: &[u8]) {
    let Some((form, data)) = data.split_first() else { return };
    let mut bytes = Bytes::new(data);
    if form & 3 == 0 {
        // As they come, to a replica of middle size.
        return hostile(&crowd(2), &crowd(1), data);
    }
    let (alice, bob) = replicas(&mut bytes);
    if form & 1 == 1 {
        honest(&alice, &bob);
    } else {
        hostile(&alice, &bob, &ranges(&mut bytes));
    }
}

thread_local! {
    /// Replicas of several sizes that are the same in every run.
    static CROWDS: [Tips; 5] = [0, 12, 150, 1500, 6000].map(|count| (0..count).map(|n| (device(n, 0), tip(device(n, 0), 1 + n % 700, 0))).collect());
}

fn crowd(size: usize) -> Tips {
    CROWDS.with(|crowds| crowds[size].clone())
}

/// Spread evenly, close together, or alike in their first eight bytes.
fn device(n: u64, closeness: u8) -> DeviceId {
    let mut id = tagged_hash("fuzz/device", &[&n.to_be_bytes()]);
    match closeness % 4 {
        0 | 1 => {}
        2 => id[..4].fill(7),
        ALIKE.. => id = [&[id[8] % 4; 8], &id[8..]].concat().try_into().unwrap_or(id),
    }
    DeviceId(id)
}

/// No two devices have an operation in common.
fn tip(device: DeviceId, seq: u64, branch: u8) -> Tip {
    let id = if seq == 0 { OpId::ZERO } else { OpId(tagged_hash("fuzz/op", &[&device.0, &seq.to_be_bytes(), &[branch]])) };
    Tip { seq, id, closed: None }
}

/// Two replicas that have a crowd in common and differ in some chains.
fn replicas(bytes: &mut Bytes<'_>) -> (Tips, Tips) {
    let size = match bytes.byte() {
        0..=100 => 0,
        101..=170 => 1,
        171..=230 => 2,
        231..=250 => 3,
        _ => 4,
    };
    let (mut alice, mut bob) = (crowd(size), crowd(size));
    if bytes.byte() == 255 {
        // One of them is new.
        bob = Tips::new();
    }
    for _ in 0..bytes.below(100) {
        if bytes.is_empty() {
            break;
        }
        let (n, closeness) = (bytes.number() % 6000, bytes.byte());
        let device = device(n, closeness);
        for tips in [&mut alice, &mut bob] {
            match end(bytes, device) {
                Some(tip) => tips.set(device, tip),
                None => drop(tips.remove(&device)),
            }
        }
    }
    // On both sides two devices of each start that others have: of a pair of keys made alike, each known on one
    // side only, one is learned later, and only its owner waits for it.
    for n in 0..KNOWN {
        let device = device(n, ALIKE);
        [&mut alice, &mut bob].into_iter().for_each(|tips| tips.set(device, tip(device, 1 + n, 0)));
    }
    (alice, bob)
}

fn end(bytes: &mut Bytes<'_>, device: DeviceId) -> Option<Tip> {
    let seq = bytes.number() % limits::MOST_SEQ;
    let closed = |seq: u64, erasures| Some(Closed { at: seq + 1, erasures: [erasures; 16] });
    match bytes.byte() % 8 {
        0 => None,
        1 => Some(Tip { closed: closed(seq, 0), ..tip(device, seq, 0) }),
        2 => Some(Tip { closed: closed(seq, 1), ..tip(device, seq, 0) }),
        3 => Some(tip(device, seq, 1)),
        4 => Some(Tip { closed: closed(0, 0), ..tip(device, 0, 0) }),
        _ => Some(tip(device, seq, 0)),
    }
}

/// Bob opens. In the end each knows every chain in which they differ, once, and no other.
fn honest(alice: &Tips, bob: &Tips) {
    let (of_alice, of_bob) = converse(alice, bob, open(bob));
    for (mine, theirs, learned) in [(alice, bob, of_alice), (bob, alice, of_bob)] {
        let devices: BTreeSet<_> = mine.iter().chain(theirs.iter()).map(|(device, _)| *device).collect();
        let differing: Vec<_> = devices.into_iter().filter(|device| mine.get(device) != theirs.get(device)).collect();
        let mut known: Vec<_> = learned.iter().map(|difference| difference.device).collect();
        known.sort();
        assert_eq!(known, differing);
        for difference in &learned {
            assert_eq!(difference.mine.as_ref(), mine.get(&difference.device));
            match (&difference.theirs, theirs.get(&difference.device)) {
                (Some(claim), Some(tip)) => assert!(claim.is(tip)),
                (None, None) => {}
                (claim, tip) => panic!("{claim:?} for {tip:?}"),
            }
        }
    }
}

/// Alice gets ranges from a stranger; whoever gets her answer can go on from it, and it ends.
fn hostile(alice: &Tips, bob: &Tips, bytes: &[u8]) {
    let Ok(ranges) = cbor::decode::<Ranges>(bytes) else { return };
    assert_eq!(cbor::encode(&ranges), bytes, "ranges in two forms");
    if let Ok(first) = answer(alice, &ranges) {
        bounded(alice, &first.differences);
        converse(bob, alice, first.reply);
    }
}

/// Sends ranges to and fro until there is nothing left to say, each message as its bytes and within the bounds.
fn converse(alice: &Tips, bob: &Tips, mut ranges: Ranges) -> (Vec<Difference>, Vec<Difference>) {
    let (mut of_alice, mut of_bob) = (vec![], vec![]);
    let mut to_alice = true;
    for _ in 0..ROUNDS {
        if ranges.is_empty() {
            return (of_alice, of_bob);
        }
        let bytes = Message::Ranges { space: SpaceId::HALL, ranges }.encode();
        assert!(bytes.len() <= limits::FRAME_BYTES);
        let Ok(Message::Ranges { ranges: arrived, .. }) = Message::decode(&bytes) else { panic!("an answer cannot be read") };
        let (tips, learned) = if to_alice { (alice, &mut of_alice) } else { (bob, &mut of_bob) };
        let answer = answer(tips, &arrived).expect("an answer is well formed");
        bounded(tips, &answer.differences);
        learned.extend(answer.differences);
        ranges = answer.reply;
        to_alice = !to_alice;
    }
    panic!("the reconciliation does not come to an end");
}

fn bounded(tips: &Tips, differences: &[Difference]) {
    assert!(differences.len() <= tips.len() + limits::TIPS_PER_MESSAGE);
}

/// Ranges in their CBOR form; mostly such as may be, and not what an honest node would say.
pub(super) fn ranges(bytes: &mut Bytes<'_>) -> Vec<u8> {
    let mut ends: BTreeSet<[u8; 8]> = (0..bytes.below(40)).map(|_| tag(bytes)).filter(|end| *end != [0; 8]).collect();
    if bytes.byte() > 250 {
        // Many, to reach the bounds.
        let many = 900 + bytes.below(200) as u64;
        ends.extend((1..=many).map(|n| ((n * 59) << 48).to_be_bytes()));
    }
    let ends: Vec<_> = ends.into_iter().map(Some).chain([None]).collect();
    let mut encoded = Vec::new();
    let mut e = Encoder::new(&mut encoded);
    let all = (|| {
        e.array(1 + 2 * ends.len() as u64)?.bytes(&bytes.array::<8>())?;
        let mut lower = [0; 8];
        for upper in ends {
            let end = upper.unwrap_or([0; 8]);
            e.bytes(&end[..end.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)])?;
            content(bytes, &mut e, lower, upper)?;
            lower = end;
        }
        Ok::<_, minicbor::encode::Error<std::convert::Infallible>>(())
    })();
    all.expect("writing to a vector cannot fail");
    encoded
}

type Written = Result<(), minicbor::encode::Error<std::convert::Infallible>>;

fn content(bytes: &mut Bytes<'_>, e: &mut Encoder<&mut Vec<u8>>, lower: [u8; 8], upper: Option<[u8; 8]>) -> Written {
    match bytes.byte() % 4 {
        0 => e.null()?.ok(),
        1 => e.bytes(&bytes.array::<8>())?.ok(),
        2 => {
            let tags = tags(bytes, lower, upper);
            e.array(2 * tags.len() as u64)?;
            for tag in tags {
                e.bytes(&[tag, bytes.array()].concat())?.u64(1 + bytes.number() % (limits::MOST_SEQ - 1))?;
            }
            Ok(())
        }
        _ => settled(bytes, e, lower, upper),
    }
}

/// A map of items and of tags asked for, empty ones left out.
fn settled(bytes: &mut Bytes<'_>, e: &mut Encoder<&mut Vec<u8>>, lower: [u8; 8], upper: Option<[u8; 8]>) -> Written {
    let (items, asks) = (tags(bytes, lower, upper), tags(bytes, lower, upper));
    e.map(2)?.u8(0)?.array(items.len() as u64)?;
    for tag in items {
        let seq = 1 + bytes.number() % (limits::MOST_SEQ - 1);
        e.array(4)?.bytes(&[tag.as_slice(), &[bytes.byte(); 24]].concat())?.u64(seq)?.bytes(&[1 | bytes.byte(); 32])?.null()?;
    }
    e.u8(1)?.array(asks.len() as u64)?;
    for tag in asks {
        e.bytes(&tag)?;
    }
    Ok(())
}

/// Tags within a range, in order.
fn tags(bytes: &mut Bytes<'_>, lower: [u8; 8], upper: Option<[u8; 8]>) -> Vec<[u8; 8]> {
    let tags: BTreeSet<_> = (0..bytes.below(12)).map(|_| tag(bytes)).filter(|tag| lower <= *tag && upper.is_none_or(|upper| *tag < upper)).collect();
    tags.into_iter().collect()
}

/// The start of a device's id: of a known one, or any.
fn tag(bytes: &mut Bytes<'_>) -> [u8; 8] {
    if bytes.coin() {
        let device = device(bytes.number() % 6000, bytes.byte());
        device.0[..8].try_into().unwrap_or_default()
    } else {
        let start: [u8; 2] = bytes.array();
        [start[0], start[1], 0, 0, 0, 0, 0, bytes.byte() & 1]
    }
}
