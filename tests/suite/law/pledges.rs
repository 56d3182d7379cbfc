//! Pledges: money promised for the case that a bill, or a feature, is decided and delivered.

use super::*;
use folkmoot_protocol::law::PledgeState;

fn pledge(paper: &mut Paper, somebody: usize, bill: OpId, amount: &str) -> Option<String> {
    let act = paper.law(somebody, LawAct::Pledge { to: bill, amount: money(amount) });
    paper.print(1);
    paper.reason(act).map(str::to_owned)
}

fn take_back(paper: &mut Paper, somebody: usize, bill: OpId) -> Option<String> {
    let act = paper.law(somebody, LawAct::WithdrawPledge { to: bill });
    paper.print(1);
    paper.reason(act).map(str::to_owned)
}

fn state(paper: &Paper, somebody: usize, bill: OpId) -> PledgeState {
    let row = paper.state.pledges.get(&(bill, paper.people[somebody].person)).expect("a pledge");
    paper.state.pledge_state(bill, row)
}

fn deliver(what: OpId) -> Vec<Effect> {
    vec![Effect::Deliver { what }]
}

#[test]
fn a_pledge_is_due_once_the_bill_is_in_force_and_delivered() {
    let (mut paper, consumers) = bread(4);
    let (bob, carol, dan) = (consumers[0], consumers[1], consumers[2]);
    let bill = paper.open(ALICE, 1, vec![]);
    for (somebody, amount) in [(bob, "50.00 EUR"), (carol, "25.00 EUR"), (dan, "0.10 USD"), (ALICE, "1.00 EUR")] {
        assert_eq!(pledge(&mut paper, somebody, bill, amount), None);
    }
    assert_eq!(pledge(&mut paper, carol, bill, "30.00 EUR"), None, "in place of the first");
    assert_eq!(take_back(&mut paper, ALICE, bill), None);
    assert_eq!(paper.state.pledged_to(bill), [money("80.00 EUR"), money("0.10 USD")]);
    assert_eq!((state(&paper, bob, bill), state(&paper, ALICE, bill)), (PledgeState::Pledged, PledgeState::Withdrawn));
    paper.all_for(bill, &[&[ALICE], &consumers[..]].concat());
    paper.until_ended(bill);
    assert_eq!(state(&paper, bob, bill), PledgeState::Pledged, "it passed, and cools off");
    assert_eq!(take_back(&mut paper, dan, bill), None);
    paper.until_in_force(bill);
    assert!(is_enacted(&paper, bill));
    assert_eq!((state(&paper, bob, bill), state(&paper, dan, bill)), (PledgeState::Enacted, PledgeState::Withdrawn));
    assert!(take_back(&mut paper, bob, bill).unwrap().contains("due once it is delivered"));
    assert!(pledge(&mut paper, dan, bill, "0.10 USD").unwrap().contains("in force already"));
    let delivery = paper.enact(carol, 2, deliver(bill));
    assert!(is_enacted(&paper, delivery));
    assert_eq!((state(&paper, bob, bill), state(&paper, dan, bill)), (PledgeState::Due, PledgeState::Withdrawn));
    assert_eq!(paper.state.delivered.get(&bill).map(|row| (row.by, row.height)), Some((delivery, paper.state.height())));
    assert!(take_back(&mut paper, bob, bill).unwrap().contains("is due"));
    assert!(pledge(&mut paper, dan, bill, "0.10 USD").unwrap().contains("delivered already"));
    let twice = paper.open(ALICE, 3, deliver(bill));
    assert!(paper.reason(twice).unwrap().contains("said already"));
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
    let first = paper.open(ALICE, 3, vec![set("fee.minimum", "6.99 EUR", 1)]);
    let stale = paper.open(ALICE, 4, vec![set("fee.minimum", "7.99 EUR", 1)]);
    for bill in [failed, withdrawn, stale] {
        assert_eq!(pledge(&mut paper, bob, bill, "50.00 EUR"), None);
    }
    paper.law(ALICE, LawAct::Withdraw { bill: withdrawn });
    paper.all_for(first, &everybody);
    paper.all_for(stale, &everybody);
    paper.until_in_force(first);
    paper.until_in_force(stale);
    for (text, bill) in (5..).zip([failed, withdrawn, stale]) {
        let delivery = paper.open(ALICE, text, deliver(bill));
        assert!(paper.reason(delivery).unwrap().contains("only a bill that is in force"));
        assert_eq!(state(&paper, bob, bill), PledgeState::Void, "{}", paper.status(bill).name());
        assert!(pledge(&mut paper, consumers[1], bill, "0.01 EUR").unwrap().contains("any more"));
        assert!(take_back(&mut paper, bob, bill).unwrap().contains("nothing is to be paid"));
    }
    check(&paper);
}

#[test]
fn members_pledge_to_bills_within_bounds() {
    let (mut paper, consumers) = bread(2);
    let stranger = paper.join();
    let bill = paper.open(ALICE, 1, vec![]);
    assert!(pledge(&mut paper, stranger, bill, "0.01 EUR").unwrap().contains("only members pledge"));
    assert!(pledge(&mut paper, consumers[0], OpId([7; 32]), "0.01 EUR").unwrap().contains("no such bill"));
    assert!(pledge(&mut paper, consumers[0], bill, "0.00 EUR").unwrap().contains("of nothing"));
    assert!(take_back(&mut paper, consumers[0], bill).unwrap().contains("pledge nothing"));
    assert_eq!(pledge(&mut paper, consumers[0], bill, "0.01 EUR"), None);
    assert!(pledge(&mut paper, consumers[0], bill, "0.01 EUR").unwrap().contains("already"));
    assert_eq!(take_back(&mut paper, consumers[0], bill), None);
    assert!(take_back(&mut paper, consumers[0], bill).unwrap().contains("already"));
    assert_eq!(pledge(&mut paper, consumers[0], bill, "0.01 EUR"), None, "and again");
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
    let reasons: Vec<Option<String>> = bills.iter().map(|bill| pledge(&mut paper, ALICE, *bill, "0.01 EUR")).collect();
    assert!(reasons[..64].iter().all(Option::is_none));
    assert!(reasons[64].as_ref().unwrap().contains("64 bills"));
    assert_eq!(take_back(&mut paper, ALICE, bills[0]), None);
    assert_eq!(pledge(&mut paper, ALICE, bills[64], "0.01 EUR"), None);
    check(&paper);
}

/// A vote on priorities between two features that cost 600 and 500 euros, of 1,000. Answers both.
fn features(paper: &mut Paper) -> (OpId, [OpId; 2]) {
    let feature = |name: &str, cost| law::Feature { name: name.into(), cost };
    let list = vec![feature("search", 60_000), feature("themes", 50_000)];
    let vote = paper.prioritise(100, Effect::Prioritise { name: "autumn".into(), budget: money("1000.00 EUR"), features: list });
    (vote, [vote.made_by(0), vote.made_by(1)])
}

#[test]
fn a_pledge_to_a_feature_is_due_once_it_is_chosen_and_delivered() {
    let (mut paper, consumers) = bread(4);
    let (bob, carol) = (consumers[0], consumers[1]);
    let (vote, [search, themes]) = features(&mut paper);
    assert_eq!(paper.state.feature_name(themes).as_deref(), Some("the feature themes of the priorities autumn"));
    for (somebody, feature, amount) in [(bob, search, "50.00 EUR"), (carol, search, "25.00 EUR"), (carol, themes, "1.00 EUR")] {
        assert_eq!(pledge(&mut paper, somebody, feature, amount), None);
    }
    assert_eq!(take_back(&mut paper, carol, search), None);
    assert_eq!(state(&paper, bob, search), PledgeState::Pledged);
    let early = paper.open(ALICE, 1, deliver(search));
    assert!(paper.reason(early).unwrap().contains("a feature that a vote on priorities funded"));
    for voter in [ALICE, bob, carol] {
        paper.approve(voter, vote, &[0]);
    }
    paper.end_priorities(vote);
    assert_eq!([search, themes].map(|feature| paper.state.promised(feature)), [Some(PledgeState::Enacted), Some(PledgeState::Void)]);
    assert!(take_back(&mut paper, bob, search).unwrap().contains("due once it is delivered"));
    assert!(pledge(&mut paper, carol, search, "0.01 EUR").unwrap().contains("chosen already"));
    assert!(pledge(&mut paper, bob, themes, "0.01 EUR").unwrap().contains("was not chosen"));
    let lost = paper.open(ALICE, 2, deliver(themes));
    assert!(paper.reason(lost).unwrap().contains("a feature that a vote on priorities funded"));
    let delivery = paper.enact(ALICE, 3, deliver(search));
    assert!(is_enacted(&paper, delivery));
    assert_eq!((state(&paper, bob, search), state(&paper, carol, themes)), (PledgeState::Due, PledgeState::Void));
    assert!(paper.state.spends.is_empty() && paper.state.budgets.is_empty(), "a promise is no money");
    check(&paper);
}

#[test]
fn of_two_bills_that_say_the_same_delivery_the_second_is_stale() {
    let (mut paper, consumers) = bread(3);
    let everybody = [&consumers[..], &[ALICE]].concat();
    let bill = paper.enact(ALICE, 1, vec![]);
    let both = [2, 3].map(|text| paper.open(ALICE, text, deliver(bill)));
    both.iter().for_each(|bill| paper.all_for(*bill, &everybody));
    both.iter().for_each(|bill| paper.until_in_force(*bill));
    assert!(is_enacted(&paper, both[0]) && is_stale(&paper, both[1], "said already"));
    assert_eq!(paper.state.delivered.len(), 1);
    check(&paper);
}

#[test]
fn a_pledge_to_a_bill_that_ended_undelivered_is_void() {
    let (mut paper, consumers) = bread(3);
    let bob = consumers[0];
    let everybody = [&consumers[..], &[ALICE]].concat();
    let ends = paper.now + 90_000;
    let bills = [(1, "bots.policy", "None."), (2, "endorsement.conditions", "None.")].map(|(text, key, value)| {
        let bill = paper.law(ALICE, LawAct::Open(law::Proposal { sunset: Some(ends), ..paper.proposal(text, vec![set(key, value, 0)]) }));
        paper.print(1);
        assert_eq!(pledge(&mut paper, bob, bill, "50.00 EUR"), None);
        paper.all_for(bill, &everybody);
        bill
    });
    bills.iter().for_each(|bill| paper.until_in_force(*bill));
    paper.enact(ALICE, 3, deliver(bills[0]));
    paper.print(ends.saturating_sub(paper.now).max(1));
    assert_eq!(bills.map(|bill| paper.status(bill).name()), ["expired"; 2]);
    assert_eq!(bills.map(|bill| state(&paper, bob, bill)), [PledgeState::Due, PledgeState::Void], "what was delivered stays due");
    check(&paper);
}
