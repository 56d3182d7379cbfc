//! The law on paper: how bills pass and fail, edge case by edge case (design: governance).
//!
//! Alice founds the co-op: she is its first worker, and its registrar, treasurer and teller. The others pay dues.

mod ballots;
mod bans;
mod challenges;
mod chance;
mod communities;
mod confirming;
mod effects;
mod elections;
mod happened;
mod issues;
mod moderation;
mod offices;
mod pledges;
mod priorities;
mod recalls;
mod reconciliation;
mod requirements;
mod roll;
mod sunsets;

use folkmoot_protocol::{
    act::LawAct,
    id::OpId,
    law::{self, Choice, Effect, Money, Preset, Route, Status, quorum},
};
use folkmoot_tests::paper::Paper;

const ALICE: usize = 0;

/// Alice, and so many who pay.
fn bread(consumers: usize) -> (Paper, Vec<usize>) {
    bread_under(consumers, &[])
}

fn bread_under(consumers: usize, others: &[(&str, &str)]) -> (Paper, Vec<usize>) {
    let mut paper = Paper::found(Preset::Quick, others);
    let consumers = paper.consumers(consumers);
    (paper, consumers)
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

/// Sets a key that is at a version.
fn set(key: &str, text: &str, expected_version: u64) -> Effect {
    let value = law::Value::parse(&law::key::key(key).unwrap().kind, text).unwrap();
    Effect::SetLaw { key: key.into(), value, expected_version }
}

fn value(paper: &Paper, key: &str) -> String {
    paper.state.values.get(&key.to_owned()).unwrap().present().unwrap().to_string()
}

/// So many of the consumers are for a bill and so many against it; then it is printed.
fn divide(paper: &mut Paper, bill: OpId, consumers: &[usize], in_favour: usize, against: usize) {
    for (number, consumer) in consumers.iter().enumerate().take(in_favour + against) {
        paper.vote(*consumer, bill, if number < in_favour { Choice::For } else { Choice::Against });
    }
    paper.print(1);
}

/// These all choose the same; nothing is printed yet.
fn vote_all(paper: &mut Paper, voters: &[usize], bill: OpId, choice: Choice) {
    for voter in voters {
        paper.vote(*voter, bill, choice);
    }
}

fn route(paper: &Paper, bill: OpId) -> Option<Route> {
    match paper.status(bill) {
        Status::Passed { route, .. } => Some(route),
        _ => None,
    }
}

fn is_stale(paper: &Paper, bill: OpId, why: &str) -> bool {
    matches!(paper.status(bill), Status::Stale { reason } if reason.to_string().contains(why))
}

fn is_enacted(paper: &Paper, bill: OpId) -> bool {
    matches!(paper.status(bill), Status::Enacted { .. })
}

/// Every node recounts the same, issue by issue and from the rows.
fn check(paper: &Paper) {
    let recount = paper.recount();
    assert_eq!(recount.issue(), paper.state.issue());
    assert_eq!(recount.all_cells(), paper.state.all_cells());
    assert_eq!(paper.reloaded().all_cells(), paper.state.all_cells());
}

#[test]
fn a_bill_passes_when_both_bodies_are_for_it_and_every_node_recounts_the_same() {
    let (mut paper, consumers) = bread(4);
    let bill = paper.open(ALICE, 1, vec![set("fee.minimum", "6.99 EUR", 1)]);
    assert_eq!(paper.reason(bill), None);
    paper.vote(ALICE, bill, Choice::For);
    divide(&mut paper, bill, &consumers, 3, 1);
    paper.until_ended(bill);
    assert_eq!(route(&paper, bill), Some(Route::Simple));
    assert_eq!(value(&paper, "fee.minimum"), "4.99 EUR");
    paper.until_in_force(bill);
    assert!(is_enacted(&paper, bill));
    assert_eq!(value(&paper, "fee.minimum"), "6.99 EUR");
    check(&paper);
}

#[test]
fn an_empty_worker_body_leaves_only_the_override() {
    let (mut paper, consumers) = bread(5);
    paper.enact(ALICE, 1, vec![Effect::EndJob { job: "founder".into() }]);
    let bill = paper.open(consumers[0], 2, vec![]);
    divide(&mut paper, bill, &consumers, 3, 2);
    paper.until_ended(bill);
    assert_eq!((paper.state.bills.get(&bill).unwrap().workers, paper.status(bill)), (0, Status::Failed), "more than half, not more than two thirds");
    let bill = paper.open(consumers[0], 3, vec![]);
    divide(&mut paper, bill, &consumers, 4, 1);
    paper.until_ended(bill);
    assert_eq!(route(&paper, bill), Some(Route::Override));
    check(&paper);
}

#[test]
fn an_empty_worker_body_is_waived_where_the_charter_says_so() {
    let (mut paper, consumers) = bread_under(5, &[("empty.body", "waived")]);
    paper.enact(ALICE, 1, vec![Effect::EndJob { job: "founder".into() }]);
    let bill = paper.open(consumers[0], 2, vec![]);
    divide(&mut paper, bill, &consumers, 3, 2);
    paper.until_ended(bill);
    assert_eq!(route(&paper, bill), Some(Route::Simple));
}

#[test]
fn a_sole_worker_has_a_veto_that_consumers_override() {
    let (mut paper, consumers) = bread(5);
    for (text, in_favour, alice, expected) in [
        (1, 3, Choice::For, Some(Route::Simple)),
        (2, 3, Choice::Against, None),
        (3, 3, Choice::Abstain, None),
        (4, 4, Choice::Against, Some(Route::Override)),
        (5, 4, Choice::For, Some(Route::Simple)),
    ] {
        let bill = paper.open(ALICE, text, vec![]);
        paper.vote(ALICE, bill, alice);
        divide(&mut paper, bill, &consumers, in_favour, 5 - in_favour);
        paper.until_ended(bill);
        assert_eq!(route(&paper, bill), expected, "bill {text}");
    }
}

#[test]
fn a_tie_fails_and_exactly_two_thirds_are_no_override() {
    let (mut paper, consumers) = bread(6);
    for (text, in_favour, against, alice) in [(1, 3, 3, Choice::For), (2, 4, 2, Choice::Against)] {
        let bill = paper.open(ALICE, text, vec![]);
        paper.vote(ALICE, bill, alice);
        divide(&mut paper, bill, &consumers, in_favour, against);
        paper.until_ended(bill);
        assert_eq!(paper.status(bill), Status::Failed, "bill {text}");
    }
}

#[test]
fn abstentions_and_too_few_for_do_not_pass_a_bill() {
    let (mut paper, consumers) = bread(9);
    // Of nine, one and a half times the root of nine: 4.5, so 5; half of them and one are 5 as well.
    for (text, in_favour, expected) in [(1, 4, None), (2, 5, Some(Route::Simple))] {
        let bill = paper.open(ALICE, text, vec![]);
        paper.vote(ALICE, bill, Choice::For);
        vote_all(&mut paper, &consumers[in_favour..], bill, Choice::Abstain);
        divide(&mut paper, bill, &consumers, in_favour, 0);
        paper.until_ended(bill);
        assert_eq!(route(&paper, bill), expected, "bill {text}");
        assert_eq!(paper.result(bill).consumers.abstain, 9 - in_favour as u64);
    }
}

#[test]
fn quorums_are_those_of_the_design() {
    for (n, simple, overriding) in [(0, 0, 0), (1, 1, 1), (10, 5, 6), (100, 15, 30), (1000, 48, 95)] {
        assert_eq!((quorum((3, 2), n), quorum((3, 1), n)), (simple, overriding), "of {n}");
    }
}

#[test]
fn a_bill_is_judged_by_the_charter_that_was_in_force_when_it_opened() {
    let (mut paper, consumers) = bread(5);
    let stricter = paper.open(ALICE, 1, vec![set("simple.fraction", "3/5", 1), set("voting.period", "PT60S", 1)]);
    let mut everybody = consumers.clone();
    everybody.push(ALICE);
    paper.all_for(stricter, &everybody);
    paper.until_ended(stricter);
    let old = paper.open(ALICE, 2, vec![]);
    paper.until_in_force(stricter);
    assert!(is_enacted(&paper, stricter) && paper.state.bills.get(&old).unwrap().is_open());
    let new = paper.open(ALICE, 3, vec![]);
    for bill in [old, new] {
        paper.vote(ALICE, bill, Choice::For);
        divide(&mut paper, bill, &consumers, 3, 2);
    }
    let lasts = |bill| paper.state.bills.get(&bill).map(|bill| bill.deadline - bill.opened_at).unwrap();
    assert_eq!((lasts(old), lasts(new)), (21_000, 61_000));
    paper.until_in_force(old);
    paper.until_ended(new);
    assert!(is_enacted(&paper, old), "three fifths are more than half: {:?}", paper.status(old));
    assert_eq!(paper.status(new), Status::Failed, "and no more than three fifths");
    check(&paper);
}

/// Prints what waits so long before a bill's vote ends.
fn print_before_end(paper: &mut Paper, bill: OpId, before_ms: u64) {
    let deadline = paper.state.bills.get(&bill).unwrap().deadline;
    paper.print(deadline - before_ms - paper.now);
}

#[test]
fn an_outcome_that_flips_late_puts_the_end_off_once() {
    let (mut paper, consumers) = bread(5);
    let bill = paper.open(ALICE, 1, vec![]);
    paper.vote(ALICE, bill, Choice::For);
    divide(&mut paper, bill, &consumers, 3, 1);
    let first = paper.state.bills.get(&bill).unwrap().deadline;
    paper.vote(consumers[4], bill, Choice::Against);
    let edit = paper.vote(ALICE, bill, Choice::For);
    print_before_end(&mut paper, bill, 2_000);
    // Alice's second ballot does not know of her first, and says the same: it is one.
    assert_eq!(paper.reason(edit), None);
    paper.print(2_000);
    assert!(!paper.state.bills.get(&bill).unwrap().extended, "3 : 2 passes as 3 : 1 did");
    assert_eq!(route(&paper, bill), Some(Route::Simple));

    let bill = paper.open(ALICE, 2, vec![]);
    let yes = paper.vote(ALICE, bill, Choice::For);
    divide(&mut paper, bill, &consumers, 3, 2);
    let no = paper.vote_at(ALICE, bill, Choice::Against, vec![yes]);
    print_before_end(&mut paper, bill, 1);
    paper.print(1);
    let row = paper.state.bills.get(&bill).unwrap();
    assert_eq!((row.is_open(), row.extended, row.deadline), (true, true, paper.now + 5_000));
    paper.vote_at(ALICE, bill, Choice::For, vec![no]);
    print_before_end(&mut paper, bill, 1);
    paper.print(1);
    assert_eq!(route(&paper, bill), Some(Route::Simple), "a second turn puts nothing off");
    assert!(first < paper.now);
    check(&paper);
}

#[test]
fn a_quorum_that_is_met_late_puts_the_end_off() {
    let (mut paper, consumers) = bread(5);
    let bill = paper.open(ALICE, 1, vec![]);
    divide(&mut paper, bill, &consumers, 3, 2);
    // Enough for an override's quorum as well, so that only the consumers' own count turns with the workers'.
    paper.vote(ALICE, bill, Choice::Against);
    print_before_end(&mut paper, bill, 6_000);
    print_before_end(&mut paper, bill, 0);
    assert_eq!(paper.status(bill), Status::Failed, "nothing turned");

    let bill = paper.open(ALICE, 2, vec![]);
    paper.vote(ALICE, bill, Choice::Against);
    divide(&mut paper, bill, &consumers, 2, 0);
    paper.vote(consumers[2], bill, Choice::For);
    paper.vote(consumers[3], bill, Choice::Against);
    paper.vote(consumers[4], bill, Choice::Against);
    print_before_end(&mut paper, bill, 1_000);
    paper.print(1_000);
    assert!(paper.state.bills.get(&bill).unwrap().extended, "it fails before and after, and enough are for it only now");
    paper.until_ended(bill);
    assert_eq!(paper.status(bill), Status::Failed);
}

#[test]
fn no_late_swing_means_none() {
    let (mut paper, consumers) = bread_under(4, &[("late.swing", "PT0S")]);
    let bill = paper.open(ALICE, 1, vec![]);
    vote_all(&mut paper, &consumers, bill, Choice::For);
    print_before_end(&mut paper, bill, 0);
    assert_eq!(route(&paper, bill), Some(Route::Override), "the first issue at the end closes it, and what it prints counts");
}

#[test]
fn a_gazette_that_stood_still_past_the_end_leaves_time_to_answer_a_late_turn() {
    let (mut paper, consumers) = bread(4);
    let bill = paper.open(ALICE, 1, vec![]);
    vote_all(&mut paper, &consumers, bill, Choice::For);
    paper.print(100_000);
    let row = paper.state.bills.get(&bill).unwrap();
    assert_eq!((row.extended, row.deadline), (true, paper.now + 5_000));
}

#[test]
fn entrenched_keys_need_two_thirds_of_both_bodies_and_no_override_helps() {
    let (mut paper, consumers) = bread(6);
    for (text, in_favour, alice, passes) in
        [(1, 6, Choice::Against, false), (2, 6, Choice::Abstain, false), (3, 3, Choice::For, false), (4, 4, Choice::For, true)]
    {
        let bill = paper.open(ALICE, text, vec![set("dual.ballots", "workers", 1)]);
        paper.vote(ALICE, bill, alice);
        divide(&mut paper, bill, &consumers, in_favour, 6 - in_favour);
        paper.until_ended(bill);
        assert_eq!(route(&paper, bill).is_some(), passes, "bill {text}");
        assert!(!passes || route(&paper, bill) == Some(Route::Entrenched), "exactly two thirds are enough");
    }
}

#[test]
fn undoing_a_change_of_an_entrenched_key_needs_as_much_as_making_it() {
    let (mut paper, consumers) = bread(6);
    let changed = paper.enact(ALICE, 1, vec![set("dual.ballots", "workers", 1)]);
    assert!(is_enacted(&paper, changed));
    for (text, in_favour, alice, passes) in [(2, 6, Choice::Against, false), (3, 3, Choice::For, false), (4, 4, Choice::For, true)] {
        let bill = paper.open(ALICE, text, vec![Effect::Repeal { bill: changed }]);
        paper.vote(ALICE, bill, alice);
        divide(&mut paper, bill, &consumers, in_favour, 6 - in_favour);
        paper.until_in_force(bill);
        assert_eq!(is_enacted(&paper, bill), passes, "bill {text}: {:?}", paper.status(bill));
    }
    assert_eq!(value(&paper, "dual.ballots"), "both");
}
