//! Many seeds of the simulator: everything goes wrong, then it ends, and all agree.

use folkmoot_tests::sim::{Report, live_through, over_seeds};
use std::collections::BTreeMap;

/// What must have fired in any thirty seeds, or the simulator is broken.
const FAULTS: [&str; 22] = [
    "broken connection",
    "clock jump",
    "crash",
    "crash after a commit",
    "crash before a commit",
    "doubled message",
    "full disk",
    "hostile: flood",
    "hostile: forge",
    "hostile: fork",
    "hostile: garbage",
    "hostile: lie",
    "hostile: replay",
    "hostile: stall",
    "hostile: void",
    "hostile: withhold",
    "lost message",
    "one-way partition",
    "partition",
    "peer made to wait",
    "reordered message",
    "slow machine",
];

/// `FOLKMOOT_SIM_SEEDS=FROM..TO` runs others, and more of them.
#[test]
fn after_a_rough_week_all_honest_nodes_agree() {
    let mut total = Report::default();
    let said = |report: &Report| format!("{} machines", report.machines);
    let seeds = over_seeds("FOLKMOOT_SIM_SEEDS", "1..31", live_through, said, |report| total.add(report));
    println!("{seeds} seeds, {} machines, {} operations", total.machines, total.operations);
    println!("checked: {} equal sets, {} texts at heads, {} acknowledged operations", total.compared, total.texts, total.looked_for);
    println!("law: {} issues, {} ballots, {} votes that ended, {} bills in force", total.issues, total.ballots, total.votes, total.in_force);
    println!("checked: {} issues at a second machine, {} ballots with a receipt", total.issues_compared, total.receipts);
    let law = [total.issues, total.issues_compared, total.receipts, total.ballots, total.votes, total.in_force];
    assert!(law.iter().all(|figure| *figure > 0), "nothing happened in law: {law:?}");
    assert!(total.compared.min(total.texts).min(total.looked_for) > 0, "a checker looked at nothing");
    println!("agreed after at most {} s; at most {} bytes under way on a connection", total.healed_in_ms / 1000, total.most_under_way);
    print("faults that fired", total.fired.iter().map(|(fault, times)| (*fault, *times)));
    print("peers that were dropped", total.dropped.iter().map(|(reason, times)| (reason.as_str(), *times)));
    for fault in FAULTS.iter().filter(|_| seeds >= 30) {
        assert!(total.fired.get(fault).is_some_and(|times| *times > 0), "{fault} never fired");
    }
}

fn print<'a>(title: &str, rows: impl Iterator<Item = (&'a str, u64)>) {
    println!("{title}:");
    let rows: BTreeMap<_, _> = rows.collect();
    rows.iter().for_each(|(what, times)| println!("{times:>10}  {what}"));
}

#[test]
fn one_seed_replays_everything() {
    assert_eq!(live_through(3).trace, live_through(3).trace);
    assert_ne!(live_through(3).trace, live_through(4).trace);
}
