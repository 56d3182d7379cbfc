//! Pledges: money promised for the case that a bill comes into force.

use super::*;
use folkmoot_protocol::law::PledgeState;

fn pledge(paper: &mut Paper, somebody: usize, bill: OpId, amount: &str) -> Option<String> {
    let act = paper.law(somebody, LawAct::Pledge { bill, amount: money(amount) });
    paper.print(1);
    paper.reason(act).map(str::to_owned)
}

fn take_back(paper: &mut Paper, somebody: usize, bill: OpId) -> Option<String> {
    let act = paper.law(somebody, LawAct::WithdrawPledge { bill });
    paper.print(1);
    paper.reason(act).map(str::to_owned)
}

fn state(paper: &Paper, somebody: usize, bill: OpId) -> PledgeState {
    let row = paper.state.pledges.get(&(bill, paper.people[somebody].person)).expect("a pledge");
    row.state(&paper.status(bill))
}

#[test]
fn a_pledge_is_due_once_the_bill_is_in_force() {
    let (mut paper, consumers) = bread(4);
    let (bob, carol, dan) = (consumers[0], consumers[1], consumers[2]);
    let bill = paper.open(ALICE, 1, vec![]);
    for (somebody, amount) in [(bob, "5000 EUR"), (carol, "2500 EUR"), (dan, "10 USD"), (ALICE, "100 EUR")] {
        assert_eq!(pledge(&mut paper, somebody, bill, amount), None);
    }
    assert_eq!(pledge(&mut paper, carol, bill, "3000 EUR"), None, "in place of the first");
    assert_eq!(take_back(&mut paper, ALICE, bill), None);
    assert_eq!(paper.state.pledged_to(bill), [money("8000 EUR"), money("10 USD")]);
    assert_eq!((state(&paper, bob, bill), state(&paper, ALICE, bill)), (PledgeState::Pledged, PledgeState::Withdrawn));
    paper.all_for(bill, &[&[ALICE], &consumers[..]].concat());
    paper.until_ended(bill);
    assert_eq!(state(&paper, bob, bill), PledgeState::Pledged, "it passed, and cools off");
    assert_eq!(take_back(&mut paper, dan, bill), None);
    paper.until_in_force(bill);
    assert!(is_enacted(&paper, bill));
    assert_eq!((state(&paper, bob, bill), state(&paper, dan, bill)), (PledgeState::Due, PledgeState::Withdrawn));
    assert!(take_back(&mut paper, bob, bill).unwrap().contains("is due"));
    assert!(pledge(&mut paper, dan, bill, "10 USD").unwrap().contains("in force already"));
    assert!(paper.state.spends.is_empty() && paper.state.budgets.is_empty(), "a promise is no money");
    check(&paper);
}

#[test]
fn a_pledge_is_void_where_the_bill_fails_or_is_taken_back_or_stale() {
    let (mut paper, consumers) = bread(4);
    let everybody = [&[ALICE], &consumers[..]].concat();
    let bob = consumers[0];
    let failed = paper.open(ALICE, 1, vec![]);
    let withdrawn = paper.open(ALICE, 2, vec![]);
    let first = paper.open(ALICE, 3, vec![set("fee.minimum", "699 EUR", 1)]);
    let stale = paper.open(ALICE, 4, vec![set("fee.minimum", "799 EUR", 1)]);
    for bill in [failed, withdrawn, stale] {
        assert_eq!(pledge(&mut paper, bob, bill, "5000 EUR"), None);
    }
    paper.law(ALICE, LawAct::Withdraw { bill: withdrawn });
    paper.all_for(first, &everybody);
    paper.all_for(stale, &everybody);
    paper.until_in_force(first);
    paper.until_in_force(stale);
    for bill in [failed, withdrawn, stale] {
        assert_eq!(state(&paper, bob, bill), PledgeState::Void, "{}", paper.status(bill).name());
        assert!(pledge(&mut paper, consumers[1], bill, "1 EUR").unwrap().contains("any more"));
        assert!(take_back(&mut paper, bob, bill).unwrap().contains("nothing is to be paid"));
    }
    check(&paper);
}

#[test]
fn members_pledge_to_bills_within_bounds() {
    let (mut paper, consumers) = bread(2);
    let stranger = paper.join();
    let bill = paper.open(ALICE, 1, vec![]);
    assert!(pledge(&mut paper, stranger, bill, "1 EUR").unwrap().contains("only members pledge"));
    assert!(pledge(&mut paper, consumers[0], OpId([7; 32]), "1 EUR").unwrap().contains("no such bill"));
    assert!(pledge(&mut paper, consumers[0], bill, "0 EUR").unwrap().contains("of nothing"));
    assert!(take_back(&mut paper, consumers[0], bill).unwrap().contains("pledge nothing"));
    assert_eq!(pledge(&mut paper, consumers[0], bill, "1 EUR"), None);
    assert!(pledge(&mut paper, consumers[0], bill, "1 EUR").unwrap().contains("already"));
    assert_eq!(take_back(&mut paper, consumers[0], bill), None);
    assert!(take_back(&mut paper, consumers[0], bill).unwrap().contains("already"));
    assert_eq!(pledge(&mut paper, consumers[0], bill, "1 EUR"), None, "and again");
    check(&paper);
}

#[test]
fn nobody_pledges_to_more_bills_than_are_allowed() {
    let (mut paper, consumers) = bread(5);
    let mut bills = vec![];
    for text in 0..=64 {
        bills.push(paper.open(consumers[usize::from(text) % 5], text + 1, vec![]));
    }
    assert!(bills.iter().all(|bill| paper.reason(*bill).is_none()));
    let reasons: Vec<Option<String>> = bills.iter().map(|bill| pledge(&mut paper, ALICE, *bill, "1 EUR")).collect();
    assert!(reasons[..64].iter().all(Option::is_none));
    assert!(reasons[64].as_ref().unwrap().contains("64 bills"));
    assert_eq!(take_back(&mut paper, ALICE, bills[0]), None);
    assert_eq!(pledge(&mut paper, ALICE, bills[64], "1 EUR"), None);
    check(&paper);
}
