//! Sunsets: what a bill sets ends by itself.

use super::*;

/// A bill with a sunset so many ms from now, that everybody is for, until it is in force or cannot be.
fn enact_until(paper: &mut Paper, text: u8, effects: Vec<Effect>, ends: u64) -> OpId {
    let bill = paper.law(ALICE, LawAct::Open(law::Proposal { sunset: Some(ends), ..paper.proposal(text, effects) }));
    paper.print(1);
    assert_eq!(paper.reason(bill), None);
    let everybody: Vec<usize> = (0..paper.people.len()).collect();
    paper.all_for(bill, &everybody);
    paper.until_in_force(bill);
    bill
}

fn until(paper: &mut Paper, time: u64) {
    paper.print(time.saturating_sub(paper.now).max(1));
}

fn expired(paper: &Paper, bill: OpId) -> bool {
    matches!(paper.status(bill), Status::Expired { .. })
}

#[test]
fn a_law_with_a_sunset_ends_by_itself() {
    let (mut paper, _) = bread(4);
    let ends = paper.now + 100_000;
    let bill = enact_until(&mut paper, 1, vec![set("fee.minimum", "6.50 EUR", 1), set("fee.minimum", "6.99 EUR", 2), set("bots.policy", "None.", 0)], ends);
    assert_eq!((value(&paper, "fee.minimum").as_str(), paper.state.next_sunset()), ("6.99 EUR", Some(ends)));
    let since = if let Status::Enacted { height } = paper.status(bill) { height } else { panic!("{:?}", paper.status(bill)) };
    until(&mut paper, ends - 1);
    assert!(is_enacted(&paper, bill));
    until(&mut paper, ends);
    assert_eq!(paper.status(bill), Status::Expired { since, height: paper.state.height() });
    assert_eq!((value(&paper, "fee.minimum").as_str(), paper.state.charter().fee_minimum), ("4.99 EUR", money("4.99 EUR")));
    assert_eq!(paper.state.values.get(&"bots.policy".to_owned()).unwrap().present(), None);
    let last = paper.state.values.get(&"fee.minimum".to_owned()).unwrap().versions.last().cloned().unwrap();
    assert_eq!((last.by, last.undoes), (law::Cause::Bill(bill), Some(bill)), "history says what put it back");
    assert_eq!(paper.state.next_sunset(), None);
    check(&paper);
}

#[test]
fn a_sunset_leaves_what_another_bill_set_since() {
    let (mut paper, _) = bread(4);
    let ends = paper.now + 120_000;
    let bill = enact_until(&mut paper, 1, vec![set("fee.minimum", "6.99 EUR", 1), set("bots.policy", "None.", 0)], ends);
    paper.enact(ALICE, 2, vec![set("fee.minimum", "7.99 EUR", 2)]);
    until(&mut paper, ends);
    assert!(expired(&paper, bill));
    assert_eq!((value(&paper, "fee.minimum").as_str(), paper.state.values.get(&"bots.policy".to_owned()).unwrap().present()), ("7.99 EUR", None));
    check(&paper);
}

#[test]
fn of_two_sunsets_on_one_key_each_leaves_what_stands_without_it() {
    // The later bill ends first: the earlier one's value stands again until its own end.
    let (mut paper, _) = bread(4);
    let (short, long) = (paper.now + 150_000, paper.now + 200_000);
    let outer = enact_until(&mut paper, 1, vec![set("fee.minimum", "5.99 EUR", 1)], long);
    let inner = enact_until(&mut paper, 2, vec![set("fee.minimum", "6.99 EUR", 2)], short);
    until(&mut paper, short);
    assert_eq!((expired(&paper, inner), value(&paper, "fee.minimum").as_str()), (true, "5.99 EUR"));
    until(&mut paper, long);
    assert_eq!((expired(&paper, outer), value(&paper, "fee.minimum").as_str()), (true, "4.99 EUR"));
    check(&paper);
    // The earlier bill ends first, below: its value does not come back with the later one's end.
    let (mut paper, _) = bread(4);
    let (short, long) = (paper.now + 150_000, paper.now + 200_000);
    let below = enact_until(&mut paper, 1, vec![set("fee.minimum", "5.99 EUR", 1)], short);
    let above = enact_until(&mut paper, 2, vec![set("fee.minimum", "6.99 EUR", 2)], long);
    until(&mut paper, short);
    assert_eq!((expired(&paper, below), value(&paper, "fee.minimum").as_str()), (true, "6.99 EUR"));
    until(&mut paper, long);
    assert_eq!((expired(&paper, above), value(&paper, "fee.minimum").as_str()), (true, "4.99 EUR"));
    check(&paper);
}

#[test]
fn a_repeal_and_a_sunset_do_not_undo_twice() {
    let (mut paper, _) = bread(4);
    let ends = paper.now + 150_000;
    let bill = enact_until(&mut paper, 1, vec![set("fee.minimum", "5.99 EUR", 1)], ends);
    let over = paper.enact(ALICE, 2, vec![set("fee.minimum", "6.99 EUR", 2)]);
    let repeal = paper.enact(ALICE, 3, vec![Effect::Repeal { bill: over }]);
    assert_eq!((is_enacted(&paper, repeal), value(&paper, "fee.minimum").as_str()), (true, "5.99 EUR"));
    until(&mut paper, ends);
    assert_eq!((expired(&paper, bill), value(&paper, "fee.minimum").as_str()), (true, "4.99 EUR"), "what the repeal put back was this bill's");
    let again = paper.open(ALICE, 4, vec![Effect::Repeal { bill }]);
    assert!(paper.reason(again).unwrap().contains("is not in force"));
    check(&paper);
}

#[test]
fn a_bill_that_replaces_a_law_on_the_day_of_its_sunset_is_not_stale() {
    let (mut paper, consumers) = bread(4);
    let ends = paper.now + 100_000;
    let bill = enact_until(&mut paper, 1, vec![set("fee.minimum", "6.99 EUR", 1)], ends);
    let next = paper.open(ALICE, 2, vec![set("fee.minimum", "7.99 EUR", 2)]);
    paper.all_for(next, &[&consumers[..], &[ALICE]].concat());
    paper.until_ended(next);
    until(&mut paper, ends);
    assert!(is_enacted(&paper, next) && expired(&paper, bill), "what comes into force does so before what ends");
    assert_eq!(value(&paper, "fee.minimum"), "7.99 EUR");
    check(&paper);
}

#[test]
fn a_bill_that_is_overtaken_by_a_sunset_is_stale_and_can_be_confirmed() {
    let (mut paper, consumers) = bread(4);
    let everybody = [&consumers[..], &[ALICE]].concat();
    let ends = paper.now + 60_000;
    let bill = enact_until(&mut paper, 1, vec![set("fee.minimum", "6.99 EUR", 1)], ends);
    until(&mut paper, ends - 5_000);
    let longer = paper.open(ALICE, 2, vec![set("fee.minimum", "6.99 EUR", 2)]);
    paper.all_for(longer, &everybody);
    paper.until_in_force(longer);
    assert!(expired(&paper, bill) && is_stale(&paper, longer, "is on version 2, in force is version 3"));
    let proposal = paper.state.rebased(longer).unwrap();
    let again = paper.law(ALICE, LawAct::Open(proposal));
    paper.print(1);
    paper.all_for(again, &everybody);
    paper.until_in_force(again);
    assert_eq!((is_enacted(&paper, again), value(&paper, "fee.minimum").as_str()), (true, "6.99 EUR"));
    check(&paper);
}

#[test]
fn a_sunset_that_cannot_be_is_refused_before_the_vote() {
    let (mut paper, _) = bread(4);
    let fee = || set("fee.minimum", "6.99 EUR", 1);
    let soonest = paper.now + 1 + 21_000 + 4_000;
    let years = |n: u64| paper.now + n * 365 * 86_400_000;
    let job = Effect::EndJob { job: "founder".into() };
    for (text, effects, sunset, why) in [
        (1, vec![fee()], 1, "the sunset is too early"),
        (2, vec![fee()], soonest, "may take a bill 25 seconds to come into force"),
        (3, vec![fee()], years(101), "more than a hundred years away"),
        (4, vec![fee()], u64::MAX, "more than a hundred years away"),
        (5, vec![fee(), job], years(1), "sets values of the law and does nothing else"),
        (6, vec![], years(1), "sets values of the law and does nothing else"),
    ] {
        let mut paper = paper.clone();
        let bill = paper.law(ALICE, LawAct::Open(law::Proposal { sunset: Some(sunset), ..paper.proposal(text, effects) }));
        paper.print(1);
        assert!(paper.reason(bill).is_some_and(|reason| reason.contains(why)), "{why}: {:?}", paper.reason(bill));
    }
    let bill = enact_until(&mut paper, 7, vec![fee()], soonest + 1);
    assert!(is_enacted(&paper, bill), "{:?}", paper.status(bill));
    check(&paper);
}

#[test]
fn a_bill_whose_sunset_was_over_before_it_could_be_in_force_never_is() {
    let (mut paper, consumers) = bread(4);
    let ends = paper.now + 60_000;
    let bill = paper.law(ALICE, LawAct::Open(law::Proposal { sunset: Some(ends), ..paper.proposal(1, vec![set("fee.minimum", "6.99 EUR", 1)]) }));
    paper.print(1);
    paper.all_for(bill, &[&consumers[..], &[ALICE]].concat());
    // The Gazette stands still.
    until(&mut paper, ends);
    paper.until_in_force(bill);
    assert!(is_stale(&paper, bill, "its sunset was over"), "{:?}", paper.status(bill));
    assert_eq!(value(&paper, "fee.minimum"), "4.99 EUR");
    let rebased = paper.state.rebased(bill).unwrap();
    assert!(paper.state.why_not_open(paper.people[ALICE].person, &rebased).unwrap().contains("too early"));
    check(&paper);
}

#[test]
fn a_sunset_waits_while_the_law_would_contradict_itself() {
    let (mut paper, _) = bread(4);
    let ends = paper.now + 100_000;
    // An override waits longer than it did; then other bills wait longer than that.
    let bill = enact_until(&mut paper, 1, vec![set("cooling.override", "PT20S", 1)], ends);
    paper.enact(ALICE, 2, vec![set("cooling.period", "PT10S", 1)]);
    until(&mut paper, ends);
    assert!(is_enacted(&paper, bill), "an override would wait shorter than other bills");
    assert_eq!((value(&paper, "cooling.override").as_str(), paper.state.next_sunset()), ("PT20S", None), "no issue is printed for it");
    paper.enact(ALICE, 3, vec![set("cooling.period", "PT3S", 2)]);
    assert_eq!((expired(&paper, bill), value(&paper, "cooling.override").as_str()), (true, "PT4S"));
    check(&paper);
}

#[test]
fn what_requires_a_bill_that_is_past_its_sunset_is_stale() {
    let (mut paper, consumers) = bread(4);
    let ends = paper.now + 60_000;
    let bill = enact_until(&mut paper, 1, vec![set("fee.minimum", "6.99 EUR", 1)], ends);
    let requiring = paper.law(ALICE, LawAct::Open(law::Proposal { requires: Some(bill), ..paper.proposal(2, vec![]) }));
    paper.print(1);
    assert_eq!(paper.reason(requiring), None);
    paper.all_for(requiring, &[&consumers[..], &[ALICE]].concat());
    until(&mut paper, ends);
    paper.until_in_force(requiring);
    assert!(expired(&paper, bill) && is_stale(&paper, requiring, "requires is not in force"));
    check(&paper);
}
