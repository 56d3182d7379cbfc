//! Whether an operation costs more the more there are: what it cost at the largest size beside what it cost at the
//! next smaller one.

use super::{
    bulk, catch_up,
    table::{Row, Table, Target},
};

const MOST_TIMES: f64 = 1.2;

pub(crate) fn run(sizes: &[u64], table: &mut Table) {
    let mut sizes = sizes.to_vec();
    sizes.sort_unstable();
    let [.., smaller, larger] = sizes[..] else { return };
    for what in [bulk::ONE, bulk::ALL, bulk::PROCESSOR] {
        let cost = |size| table.figure(what, size).map(|rate| 1e6 / rate);
        add(what, cost(smaller), cost(larger), larger, table);
    }
    let cost = |size| table.figure(catch_up::WHAT, size).map(|seconds| 1e6 * seconds / size as f64);
    add(catch_up::WHAT, cost(smaller), cost(larger), larger, table);
}

fn add(what: &str, smaller: Option<f64>, larger: Option<f64>, size: u64, table: &mut Table) {
    if let (Some(smaller), Some(larger)) = (smaller, larger) {
        let row = Row::new(format!("growth: {what}, per operation"), size, larger, "us");
        table.add(row.beside("at the smaller size", smaller).target(Target::RatioAtMost(MOST_TIMES)));
    }
}
