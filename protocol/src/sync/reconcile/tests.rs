use super::*;
use crate::wire::Message;
use proptest::prelude::*;

/// One exchange: what each side learned, and the size of each message as a frame's body.
#[derive(Debug)]
struct Exchange {
    alice: Vec<Difference>,
    bob: Vec<Difference>,
    sizes: Vec<usize>,
}

/// Bob opens. Every message goes through its bytes and is held to the bounds.
fn exchange(alice: &Tips, bob: &Tips) -> Exchange {
    let mut result = Exchange { alice: vec![], bob: vec![], sizes: vec![] };
    let mut ranges = open(bob);
    while !ranges.is_empty() {
        assert!(result.sizes.len() < 100, "no end: {:?}", result.sizes);
        let bytes = Message::Ranges { space: SpaceId([9; 32]), ranges }.encode();
        let Message::Ranges { ranges: arrived, .. } = Message::decode(&bytes).unwrap() else { unreachable!() };
        let to_alice = result.sizes.len().is_multiple_of(2);
        result.sizes.push(bytes.len());
        let (tips, learned) = if to_alice { (alice, &mut result.alice) } else { (bob, &mut result.bob) };
        let answer = answer(tips, &arrived).unwrap();
        learned.extend(answer.differences);
        ranges = answer.reply;
    }
    result
}

/// Each side knows each true difference, once, and nothing else.
fn check(alice: &Tips, bob: &Tips) -> Exchange {
    let result = exchange(alice, bob);
    for (mine, theirs, learned) in [(alice, bob, &result.alice), (bob, alice, &result.bob)] {
        let devices: BTreeSet<_> = mine.iter().chain(theirs.iter()).map(|(device, _)| *device).collect();
        let differing: Vec<_> = devices.into_iter().filter(|device| mine.get(device) != theirs.get(device)).collect();
        let mut known: Vec<_> = learned.iter().map(|difference| difference.device).collect();
        known.sort();
        assert_eq!(known, differing);
        for difference in learned {
            assert_eq!(difference.mine.as_ref(), mine.get(&difference.device));
            match (&difference.theirs, theirs.get(&difference.device)) {
                (Some(claim), Some(tip)) => assert!(claim.is(tip) && claim.names(&tip.id) && !claim.names(&OpId([1; 32]))),
                (None, None) => {}
                (claim, tip) => panic!("{claim:?} for {tip:?}"),
            }
        }
    }
    result
}

fn op(seed: u64, seq: u64, branch: u8) -> OpId {
    if seq == 0 { OpId::ZERO } else { OpId(tagged_hash("op", &[&seed.to_be_bytes(), &seq.to_be_bytes(), &[branch]])) }
}

pub(super) fn tip(seed: u64, seq: u64) -> Tip {
    Tip { seq, id: op(seed, seq, 0), closed: None }
}

fn closed(seed: u64, seq: u64, erasures: u8) -> Tip {
    Tip { closed: Some(Closed { at: seq + 1, erasures: [erasures; 16] }), ..tip(seed, seq) }
}

/// Spread evenly, close together, or alike in their first eight bytes.
fn device(seed: u64, closeness: u8) -> DeviceId {
    let mut id = tagged_hash("device", &[&seed.to_be_bytes()]);
    match closeness {
        0 => {}
        1 => id[..4].fill(7),
        _ => id = [&[id[0] % 4; 8], &id[8..]].concat().try_into().unwrap(),
    }
    DeviceId(id)
}

pub(super) fn evenly(seeds: std::ops::Range<u64>) -> Tips {
    seeds.map(|seed| (device(seed, 0), tip(seed, 1 + seed % 700))).collect()
}

/// Alice's and Bob's end of one chain.
fn ends(seed: u64, seq: u64, kind: u8) -> [Option<Tip>; 2] {
    let here = Some(tip(seed, seq));
    let forked = Some(Tip { id: op(seed, seq, 1), ..tip(seed, seq) });
    match kind {
        0 => [here, None],
        1 => [None, here],
        2 => [here, Some(tip(seed, seq + 1 + seed % 90))],
        3 => [Some(tip(seed, seq + 1 + seed % 90)), here],
        4 => [here, forked],
        5 => [Some(closed(seed, seq / 2, 0)), here],
        6 => [here, Some(closed(seed, 0, 0))],
        7 => [Some(closed(seed, seq, 0)), Some(closed(seed, seq / 3, 0))],
        8 => [Some(closed(seed, seq, 0)), Some(closed(seed, seq, 1))],
        9 => [Some(closed(seed, seq, 0)), Some(closed(seed, seq, 0))],
        10 => [Some(closed(seed, 0, 0)), None],
        _ => [here, here],
    }
}

fn pair(chains: &[(u64, u8, u64, u8)]) -> [Tips; 2] {
    let mut tips = [Tips::new(), Tips::new()];
    for (seed, closeness, seq, kind) in chains {
        for (tips, end) in tips.iter_mut().zip(ends(*seed, *seq, *kind)) {
            end.into_iter().for_each(|end| tips.set(device(*seed, *closeness), end));
        }
    }
    tips
}

/// `same`: how many of 256 kinds leave a chain equal.
fn chains(most: usize, same: u8) -> impl Strategy<Value = Vec<(u64, u8, u64, u8)>> {
    let kind = any::<(u8, u8)>().prop_map(move |(roll, kind)| if roll < same { 255 } else { kind % 11 });
    let closeness = prop_oneof![9 => Just(0u8), 1 => Just(1)];
    prop::collection::vec((any::<u64>(), closeness, 1u64..5000, kind), 0..most)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn both_know_exactly_the_differences(chains in prop_oneof![chains(40, 128), chains(600, 250), chains(300, 0)]) {
        let [alice, bob] = pair(&chains);
        let sizes = check(&alice, &bob).sizes;
        prop_assert!(sizes.len() <= 6, "{sizes:?}");
    }

    #[test]
    fn crowded_devices_are_told_apart(seeds in prop::collection::vec((any::<u64>(), 1u8..3, 1u64..9, 0u8..20), 0..80)) {
        // On both sides two devices of each start that the others have, so that none is taken for another.
        let known = (0..30).map(|seed| (seed, 2, 3, 255));
        let [alice, bob] = pair(&seeds.into_iter().chain(known).collect::<Vec<_>>());
        prop_assert!(check(&alice, &bob).sizes.len() <= 6);
    }
}

#[test]
fn equal_and_empty_replicas_have_nothing_to_tell() {
    for tips in [Tips::new(), evenly(0..5), evenly(0..500)] {
        let result = check(&tips, &tips.clone());
        assert_eq!((result.sizes.len(), result.bob.len()), (1, 0));
    }
}

#[test]
fn a_newcomer_learns_of_all_chains_in_one_answer_each() {
    let (all, none) = (evenly(0..3000), Tips::new());
    assert!(check(&none, &all).sizes.len() <= 3);
    assert!(check(&all, &none).sizes.len() <= 3);
}

#[test]
fn more_chains_than_fit_a_message_take_several() {
    let all = evenly(0..20_000);
    for (alice, bob) in [(&all, &Tips::new()), (&Tips::new(), &all), (&evenly(20_000..40_000), &all)] {
        let result = check(alice, bob);
        assert!(result.sizes.len() <= 64, "{} messages", result.sizes.len());
        assert!(result.sizes.iter().all(|size| *size < limits::FRAME_BYTES));
    }
}

#[test]
fn the_side_that_reads_an_outline_can_send_and_ask_at_once() {
    let (mut alice, bob) = (evenly(0..200), evenly(0..200));
    alice.set(device(7, 0), tip(7, 900));
    let opened = open(&bob);
    let outline = answer(&alice, &opened).unwrap();
    assert_eq!(outline.differences, []);
    let settled = answer(&bob, &outline.reply).unwrap();
    assert_eq!(settled.differences.len(), 1);
    assert_eq!(settled.differences[0].theirs.unwrap().seq, 900);
    let end = answer(&alice, &settled.reply).unwrap();
    assert_eq!(end.differences, [Difference { device: device(7, 0), mine: Some(tip(7, 900)), theirs: Some(tip(7, 8).into()) }]);
    assert!(end.reply.is_empty());
}

#[test]
fn a_pair_of_keys_made_alike_delays_only_its_owner() {
    let [one, two] = [[1; 32], [2; 32]].map(|mut id: [u8; 32]| {
        id[..8].fill(5);
        DeviceId(id)
    });
    let (mut alice, mut bob) = (evenly(0..200), evenly(0..200));
    alice.set(one, tip(1, 4));
    bob.set(two, tip(2, 6));
    let learned = exchange(&alice, &bob).alice;
    assert_eq!(learned.iter().map(|difference| difference.device).collect::<Vec<_>>(), [one, two]);
    bob.set(one, tip(1, 4));
    check(&alice, &bob);
}
