//! What a peer may send instead of what the protocol says.

use super::{tests::*, *};
use crate::{cbor, wire::Message};
use proptest::prelude::*;

fn tag(start: u16) -> Tag {
    let [a, b] = start.to_be_bytes();
    Tag([a, b, 0, 0, 0, 0, 0, 1])
}

fn item(start: u16, seq: u64) -> Item {
    Item::new(tag(start).device(), tip(start.into(), seq))
}

fn sketch(start: u16, seq: u64) -> Sketch {
    Sketch { tag: tag(start), check: [1; 8], seq, closed: None }
}

fn content() -> impl Strategy<Value = Content> {
    let starts = || prop::collection::vec(any::<u16>(), 0..20);
    prop_oneof![
        Just(Content::Same),
        any::<[u8; 8]>().prop_map(Content::Fingerprint),
        starts().prop_map(|starts| Content::Outline(starts.into_iter().map(|start| sketch(start, 5)).collect())),
        (starts(), starts()).prop_map(|(items, asks)| {
            let items = items.into_iter().map(|start| item(start, 5)).collect();
            Content::Settled(Settled { items, asks: asks.into_iter().map(tag).collect() })
        }),
    ]
}

fn ranges() -> impl Strategy<Value = Ranges> {
    let list = prop::collection::vec((prop::option::weighted(0.9, any::<u16>().prop_map(tag)), content()), 0..12);
    (any::<[u8; 8]>(), list).prop_map(|(salt, list)| Ranges { salt, list: list.into_iter().map(|(upper, content)| Range { upper, content }).collect() })
}

/// The same, put in order and cut to what each range may hold.
fn tidied(mut message: Ranges) -> Ranges {
    message.list.sort_by_key(|range| range.upper.map_or((true, Tag::FIRST), |upper| (false, upper)));
    message.list.dedup_by_key(|range| range.upper);
    if message.list.last().is_none_or(|last| last.upper.is_some()) {
        message.list.push(Range { upper: None, content: Content::Same });
    }
    let spans: Vec<_> = message.spans().map(|(span, _)| span).collect();
    for (range, span) in message.list.iter_mut().zip(spans) {
        tidy(&mut range.content, span);
    }
    message
}

fn tidy(content: &mut Content, span: Span) {
    match content {
        Content::Same | Content::Fingerprint(_) => {}
        Content::Outline(sketches) => {
            sketches.retain(|sketch| span.contains(sketch.tag));
            sketches.sort_by_key(|sketch| sketch.tag);
        }
        Content::Settled(settled) => {
            settled.items.retain(|item| span.contains(Tag::of(&item.device)));
            settled.items.sort_by_key(|item| item.device);
            settled.items.dedup_by_key(|item| item.device);
            settled.asks = settled.asks.iter().copied().filter(|tag| span.contains(*tag)).collect::<BTreeSet<_>>().into_iter().collect();
        }
    }
}

fn held() -> Tips {
    let near = (0..40).map(|n| (tag(n * 1600).device(), tip(n.into(), 5)));
    evenly(0..100).iter().map(|(device, tip)| (*device, *tip)).chain(near).collect()
}

/// Answers within the bounds of a message; gives the answer where the message was accepted.
fn bounded(tips: &Tips, message: &Ranges) -> Result<Answer, ReconcileError> {
    let answer = answer(tips, message)?;
    if !answer.reply.is_empty() {
        assert_eq!(answer.reply.check(), Ok(()));
        let bytes = Message::Ranges { space: SpaceId::HALL, ranges: answer.reply.clone() }.encode();
        assert!(bytes.len() < limits::FRAME_BYTES);
        assert!(Message::decode(&bytes).is_ok());
    }
    assert!(answer.differences.len() <= tips.len() + limits::TIPS_PER_MESSAGE);
    Ok(answer)
}

fn covering(ranges: u16, content: impl Fn(u16) -> Content) -> Ranges {
    let step = u16::MAX / ranges;
    let upper = |n: u16| (n + 1 < ranges).then(|| tag((n + 1) * step));
    Ranges { salt: [0; 8], list: (0..ranges).map(|n| Range { upper: upper(n), content: content(n * step) }).collect() }
}

proptest! {
    #[test]
    fn any_ranges_are_refused_or_answered_within_bounds(message in ranges()) {
        let _ = bounded(&held(), &message);
        prop_assert!(bounded(&held(), &tidied(message)).is_ok());
    }

    #[test]
    fn ranges_round_trip(message in ranges()) {
        let message = tidied(message);
        prop_assert_eq!(cbor::decode::<Ranges>(&cbor::encode(&message)).ok(), Some(message));
    }

    #[test]
    fn garbled_bytes_are_refused_or_answered_within_bounds(message in ranges(), flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut bytes = cbor::encode(&tidied(message));
        for (at, byte) in flips {
            *at.get_mut(&mut bytes) = byte;
        }
        if let Ok(message) = cbor::decode::<Ranges>(&bytes) {
            let _ = bounded(&held(), &message);
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = cbor::decode::<Ranges>(&bytes);
    }
}

#[test]
fn ranges_that_do_not_cover_the_devices_once_are_refused() {
    let range = |upper: Option<u16>, content| Range { upper: upper.map(tag), content };
    let refused = |list| answer(&held(), &Ranges { salt: [0; 8], list }).unwrap_err();
    assert_eq!(refused(vec![]), ReconcileError::Cover);
    assert_eq!(refused(vec![range(Some(5), Content::Same)]), ReconcileError::Cover);
    assert_eq!(refused(vec![range(None, Content::Same), range(None, Content::Same)]), ReconcileError::Cover);
    assert_eq!(refused(vec![range(Some(5), Content::Same), range(Some(5), Content::Same), range(None, Content::Same)]), ReconcileError::Cover);
    assert_eq!(refused(vec![range(Some(5), Content::Same), range(Some(4), Content::Same), range(None, Content::Same)]), ReconcileError::Cover);
}

#[test]
fn chains_out_of_place_twice_or_impossible_are_refused() {
    let refused = |content| {
        answer(&held(), &Ranges { salt: [0; 8], list: vec![Range { upper: Some(tag(9)), content }, Range { upper: None, content: Content::Same }] }).err()
    };
    let settled = |items: Vec<Item>, asks: Vec<u16>| Content::Settled(Settled { items, asks: asks.into_iter().map(tag).collect() });
    assert_eq!(refused(Content::Outline(vec![sketch(9, 1)])), Some(ReconcileError::Order));
    assert_eq!(refused(Content::Outline(vec![sketch(3, 1), sketch(2, 1)])), Some(ReconcileError::Order));
    assert_eq!(refused(Content::Outline(vec![sketch(3, 0)])), Some(ReconcileError::Tip));
    assert_eq!(refused(Content::Outline(vec![sketch(3, u64::MAX)])), Some(ReconcileError::Tip));
    assert_eq!(refused(settled(vec![item(2, 1), item(2, 1)], vec![])), Some(ReconcileError::Order));
    assert_eq!(refused(settled(vec![item(10, 1)], vec![])), Some(ReconcileError::Order));
    assert_eq!(refused(settled(vec![], vec![2, 2])), Some(ReconcileError::Order));
    assert_eq!(refused(settled(vec![item(2, u64::MAX)], vec![])), Some(ReconcileError::Tip));
    assert_eq!(refused(settled(vec![item(2, 1)], vec![2])), None);
}

#[test]
fn messages_over_the_limits_are_refused() {
    let most = limits::RANGES_PER_MESSAGE as u16;
    let over = covering(most + 1, |_| Content::Same);
    assert_eq!(over.check(), Err(ReconcileError::TooMany));
    assert!(cbor::decode::<Ranges>(&cbor::encode(&over)).is_err());
    let chains = limits::TIPS_PER_MESSAGE as u16;
    let outline = |n| covering(1, |_| Content::Outline((0..n).map(|start| sketch(start, 1)).collect()));
    assert!(cbor::decode::<Ranges>(&cbor::encode(&outline(chains))).is_ok());
    assert!(cbor::decode::<Ranges>(&cbor::encode(&outline(chains + 1))).is_err());
    let halves = covering(2, |start| Content::Outline((start..=start + chains / 2).map(|start| sketch(start, 1)).collect()));
    assert_eq!(answer(&held(), &halves), Err(ReconcileError::TooMany));
}

#[test]
fn messages_at_the_limits_are_answered_within_them() {
    let most = limits::RANGES_PER_MESSAGE as u16;
    let all = evenly(0..20_000);
    let asks: Vec<Tag> = all.iter().map(|(device, _)| Tag::of(device)).take(limits::TIPS_PER_MESSAGE).collect();
    let fingerprint = |_| Content::Fingerprint([0; 8]);
    let even = |start: u16| (start / (u16::MAX / most)).is_multiple_of(2);
    let alternating = |start| if even(start) { Content::Settled(Settled { items: vec![item(start, 1)], asks: vec![] }) } else { fingerprint(start) };
    let outlines = |start| if even(start) { Content::Outline(vec![]) } else { fingerprint(start) };
    let messages = [
        covering(most, fingerprint),
        covering(most, alternating),
        covering(most, outlines),
        covering(1, |_| Content::Outline(vec![])),
        covering(1, |_| Content::Settled(Settled { items: vec![], asks: asks.clone() })),
    ];
    for message in messages {
        assert!(!bounded(&all, &message).unwrap().reply.is_empty());
    }
}
