//! Many seeds of a co-op of thirty: hostile tellers, members and officers, while everything else goes wrong too.

use folkmoot_tests::sim::{CoopReport, live_through_a_month, over_seeds};

/// What has to have been done in any twenty seeds, or the simulator is broken.
const MISDEEDS: [&str; 46] = [
    "a late node comes to the law of all others",
    "all tellers are cut off together",
    "all tellers are gone",
    "auditor: upholds a challenge of their own",
    "backup: a machine goes on with an old disk",
    "member: a ballot on each of two branches",
    "member: a ballot under another issue than the founding",
    "member: a fork below the support of a bill that is open",
    "member: a late ballot that is dated back",
    "member: a receipt by no teller",
    "member: accepts what waits for somebody else",
    "member: an edit of somebody else's ballot",
    "member: a device is closed",
    "member: an edit of somebody else's bill",
    "member: challenges themselves",
    "member: chooses two sets of tellers",
    "member: moderates without the office",
    "member: opens a bill that nobody supports",
    "member: operations of another co-op",
    "member: records dues without the office",
    "member: signs with a device that is closed",
    "member: takes somebody else's bill back",
    "member: votes without a place on the roll",
    "members recover the Gazette",
    "more tellers are gone than may be",
    "registrar: reconciles without being treasurer or auditor",
    "teller: a proposal that is dated ahead",
    "teller: a proposal that is dated back",
    "teller: a proposal with a wrong register",
    "teller: a proposal without ballots that wait",
    "teller: a receipt for what it does not hold",
    "teller: a vote for each side",
    "teller: an issue that too few have certified",
    "teller: issues are withheld from some",
    "teller: no vote",
    "teller: two proposals in one round",
    "teller: two votes to everybody",
    "teller: yesterday's tellers certify another issue",
    "treasurer: a receipt for nobody",
    "treasurer: a receipt that skips numbers",
    "treasurer: a receipt with a number that there is",
    "treasurer: a reconciliation that is not what the receipts come to",
    "treasurer: a roll stuffed with made-up people",
    "treasurer: confirms dues without being a registrar",
    "treasurer: confirms what they recorded themselves",
    "treasurer: decides a challenge without being an auditor",
];

/// `FOLKMOOT_COOP_SEEDS=FROM..TO` runs others, and more of them.
#[test]
fn after_a_rough_month_the_law_is_one_and_right() {
    let mut total = CoopReport::default();
    let said = |report: &CoopReport| format!("{} machines, {} issues", report.machines, report.issues);
    let seeds = over_seeds("FOLKMOOT_COOP_SEEDS", "1..21", live_through_a_month, said, |report| total.add(report));
    println!("{seeds} seeds, {} machines, {} people on paper", total.machines, total.on_paper);
    print("looked at", total.figures().into_iter());
    print("in law", total.law.iter().map(|(what, times)| (*what, *times)));
    print("misdeeds and faults", total.fired.iter().map(|(what, times)| (*what, *times)));
    assert!(total.figures().iter().all(|(_, figure)| *figure > 0), "a checker looked at nothing");
    if seeds >= 20 {
        let never: Vec<_> = MISDEEDS.iter().filter(|what| !total.fired.contains_key(*what)).collect();
        assert!(never.is_empty(), "nobody did this: {never:?}");
        let empty: Vec<_> = total.law.iter().filter(|(_, times)| **times == 0).collect();
        assert!(empty.is_empty() && total.law.len() == EVENTS, "this never happened: {empty:?}");
    }
}

/// Kinds of what happens in law that are counted.
const EVENTS: usize = 31;

fn print(title: &str, rows: impl Iterator<Item = (&'static str, u64)>) {
    println!("{title}:");
    rows.for_each(|(what, times)| println!("{times:>10}  {what}"));
}

#[test]
fn one_seed_of_a_month_replays_everything() {
    assert_eq!(live_through_a_month(3).trace, live_through_a_month(3).trace);
}
