//! The node beside a naive model of the rules, over random lists of operations in random orders.
//!
//! `FOLKMOOT_MODEL_SEEDS=1..2000 cargo test -p folkmoot-tests --test suite model` tries more lists than a plain run.

use folkmoot_tests::model::{check, reached, shortest};
use std::{collections::BTreeMap, ops::Range};

/// The lists of a plain run.
const SEEDS: Range<u64> = 0..24;

fn seeds() -> Range<u64> {
    let Ok(asked) = std::env::var("FOLKMOOT_MODEL_SEEDS") else { return SEEDS };
    let (from, to) = asked.split_once("..").expect("FOLKMOOT_MODEL_SEEDS is like 1..2000");
    from.parse().expect("a number")..to.parse().expect("a number")
}

#[test]
fn the_node_does_what_the_model_says() {
    for seed in seeds() {
        if let Some(failure) = check(seed) {
            panic!("{}", shortest(failure));
        }
    }
}

#[test]
fn the_lists_reach_what_has_a_rule_of_its_own() {
    let mut all: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in SEEDS {
        reached(seed).into_iter().for_each(|(what, times)| *all.entry(what).or_insert(0) += times);
    }
    let rare: Vec<_> = all.iter().filter(|(_, times)| **times == 0).collect();
    assert!(rare.is_empty(), "never reached: {rare:?}, of {all:?}");
}
