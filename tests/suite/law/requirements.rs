//! Bills about other bills: the same key twice, requirements, repeals, sponsors, refiling, withdrawing.

use super::*;

#[test]
fn of_two_bills_that_change_the_same_key_the_second_is_stale() {
    let (mut paper, consumers) = bread(4);
    let everybody = [&consumers[..], &[ALICE]].concat();
    let first = paper.open(ALICE, 1, vec![set("fee.minimum", "6.99 EUR", 1)]);
    let second = paper.open(consumers[0], 2, vec![set("fee.minimum", "7.99 EUR", 1)]);
    paper.all_for(first, &everybody);
    paper.all_for(second, &everybody);
    paper.until_in_force(first);
    paper.until_in_force(second);
    assert!(is_enacted(&paper, first));
    assert!(is_stale(&paper, second, "is on version 1, in force is version 2"), "{:?}", paper.status(second));
    assert_eq!(value(&paper, "fee.minimum"), "6.99 EUR");
    // Rebased by its sponsor it may be put at once.
    let rebased = paper.enact(consumers[0], 2, vec![set("fee.minimum", "7.99 EUR", 2)]);
    assert!(is_enacted(&paper, rebased));
    let versions: Vec<_> = paper.state.values.get(&"fee.minimum".to_owned()).unwrap().versions.iter().map(|version| version.by).collect();
    assert_eq!(versions, [law::Cause::Founding, law::Cause::Bill(first), law::Cause::Bill(rebased)]);
    check(&paper);
}

/// Opens a bill that requires another, and prints that.
fn open_requiring(paper: &mut Paper, text: u8, required: OpId) -> OpId {
    let proposal = law::Proposal { requires: Some(required), ..paper.proposal(text, vec![]) };
    let bill = paper.law(ALICE, LawAct::Open(proposal));
    paper.print(1);
    bill
}

#[test]
fn a_bill_comes_into_force_after_the_one_that_it_requires_even_in_one_issue() {
    let (mut paper, consumers) = bread(4);
    let everybody = [&consumers[..], &[ALICE]].concat();
    // Ids are as good as random: some of these pairs are the wrong way round.
    let pairs: Vec<(OpId, OpId)> = (0..6)
        .map(|pair| {
            let required = paper.open(ALICE, pair * 2 + 1, vec![]);
            (required, open_requiring(&mut paper, pair * 2 + 2, required))
        })
        .collect();
    for (required, bill) in &pairs {
        paper.all_for(*required, &everybody);
        paper.all_for(*bill, &everybody);
    }
    assert!(pairs.iter().any(|(required, bill)| bill < required));
    paper.print(30_000);
    paper.print(30_000);
    assert!(pairs.iter().all(|(required, bill)| is_enacted(&paper, *required) && is_enacted(&paper, *bill)));
    check(&paper);
}

#[test]
fn a_bill_waits_for_the_one_that_it_requires_and_is_stale_if_that_fails() {
    let (mut paper, consumers) = bread(4);
    let everybody = [&consumers[..], &[ALICE]].concat();
    for (text, passes) in [(1, true), (3, false)] {
        let required = paper.open(ALICE, text, vec![]);
        let bill = open_requiring(&mut paper, text + 1, required);
        paper.all_for(bill, &everybody);
        // Only consumers are for the required one: it cools off longer.
        let choice = if passes { Choice::For } else { Choice::Against };
        vote_all(&mut paper, &consumers, required, choice);
        paper.print(1);
        paper.until_in_force(bill);
        if passes {
            assert_eq!((route(&paper, bill), route(&paper, required)), (Some(Route::Simple), Some(Route::Override)));
            paper.until_in_force(required);
            assert!(is_enacted(&paper, bill) && is_enacted(&paper, required));
        } else {
            assert!(is_stale(&paper, bill, "requires is not in force"), "{:?}", paper.status(bill));
        }
    }
    let bill = open_requiring(&mut paper, 7, OpId([3; 32]));
    assert!(paper.reason(bill).unwrap().contains("was never opened"));
}

#[test]
fn a_repeal_puts_back_what_stood_before_unless_it_was_changed_since() {
    let (mut paper, _) = bread(4);
    let first = paper.enact(ALICE, 1, vec![set("fee.minimum", "6.50 EUR", 1), set("fee.minimum", "6.99 EUR", 2), set("bots.policy", "None.", 0)]);
    let repeal = paper.enact(ALICE, 2, vec![Effect::Repeal { bill: first }]);
    assert!(is_enacted(&paper, repeal), "{:?}", paper.status(repeal));
    assert_eq!((value(&paper, "fee.minimum").as_str(), paper.state.charter().fee_minimum), ("4.99 EUR", money("4.99 EUR")));
    assert_eq!(paper.state.values.get(&"bots.policy".to_owned()).unwrap().present(), None);

    let second = paper.enact(ALICE, 3, vec![set("fee.minimum", "7.99 EUR", 4)]);
    let repeal = paper.open(ALICE, 4, vec![Effect::Repeal { bill: second }]);
    assert_eq!(paper.reason(repeal), None);
    let everybody: Vec<usize> = (0..paper.people.len()).collect();
    paper.all_for(repeal, &everybody);
    paper.until_ended(repeal);
    // Changed between the repeal's passing and its coming into force: by a bill that passed before.
    let refused = paper.enact(ALICE, 5, vec![set("fee.minimum", "8.99 EUR", 5)]);
    assert!(is_enacted(&paper, repeal) && is_stale(&paper, refused, "changed in the meantime"));
    let again = paper.open(ALICE, 6, vec![Effect::Repeal { bill: second }]);
    assert!(paper.reason(again).unwrap().contains("changed again since that bill"));
    check(&paper);
}

#[test]
fn a_repeal_after_another_change_is_stale() {
    let (mut paper, consumers) = bread(4);
    let everybody = [&consumers[..], &[ALICE]].concat();
    let first = paper.enact(ALICE, 1, vec![set("fee.minimum", "6.99 EUR", 1)]);
    let change = paper.open(ALICE, 2, vec![set("fee.minimum", "7.99 EUR", 2)]);
    let repeal = paper.open(ALICE, 3, vec![Effect::Repeal { bill: first }]);
    paper.all_for(change, &everybody);
    paper.all_for(repeal, &everybody);
    paper.until_in_force(change);
    paper.until_in_force(repeal);
    assert!(is_enacted(&paper, change) && is_stale(&paper, repeal, "changed again"), "{:?}", paper.status(repeal));
}

#[test]
fn a_bill_that_failed_waits_before_it_is_put_again() {
    let (mut paper, _) = bread(4);
    let bill = paper.open(ALICE, 1, vec![]);
    let twice = paper.open(ALICE, 1, vec![]);
    assert!(paper.reason(twice).unwrap().contains("that bill is open"));
    paper.until_ended(bill);
    assert_eq!(paper.status(bill), Status::Failed);
    let again = paper.open(ALICE, 1, vec![]);
    assert!(paper.reason(again).unwrap().contains("refile.wait"));
    assert_eq!(paper.reloaded().why_not_open(paper.people[ALICE].person, &paper.proposal(1, vec![])).as_deref(), paper.reason(again));
    paper.print(5_000);
    let again = paper.open(ALICE, 1, vec![]);
    assert_eq!(paper.reason(again), None);
}

#[test]
fn sponsors_stand_behind_one_form_of_a_bill() {
    let (mut paper, consumers) = bread_under(4, &[("sponsors.needed", "3")]);
    let (bob, carol, dave) = (consumers[0], consumers[1], consumers[2]);
    let outsider = paper.join();
    let proposal = paper.proposal(1, vec![]);
    let support = |proposal: &law::Proposal| LawAct::Cosponsor { proposal: proposal.digest(), document: proposal.document };
    let alone = paper.law(bob, LawAct::Open(proposal.clone()));
    paper.law(carol, support(&proposal));
    let again = paper.law(carol, support(&proposal));
    let nobody = paper.law(outsider, support(&proposal));
    let two = paper.law(bob, LawAct::Open(proposal.clone()));
    paper.law(dave, support(&proposal));
    let changed = law::Proposal { title: "Bill 1, changed after they signed".into(), ..proposal.clone() };
    let other = paper.law(bob, LawAct::Open(changed));
    let three = paper.law(bob, LawAct::Open(proposal.clone()));
    paper.print(1);
    assert!(paper.reason(alone).unwrap().contains("it has one sponsor in this form, and 3 are needed"));
    assert!(paper.reason(two).unwrap().contains("it has 2 sponsors"));
    assert!(paper.reason(again).unwrap().contains("support it already"));
    assert!(paper.reason(nobody).unwrap().contains("only who may vote"));
    assert!(paper.reason(other).unwrap().contains("it has one sponsor in this form"));
    assert_eq!((paper.reason(three), paper.state.sponsors.len(), paper.state.supports.len()), (None, 0, 0));
    check(&paper);
}

#[test]
fn what_one_person_supports_and_opens_is_bounded() {
    let (mut paper, consumers) = bread(3);
    for n in 0..200u8 {
        paper.law(consumers[0], LawAct::Cosponsor { proposal: [n; 32], document: folkmoot_protocol::id::DocumentId::ZERO });
    }
    paper.law(consumers[1], LawAct::Cosponsor { proposal: [199; 32], document: folkmoot_protocol::id::DocumentId::ZERO });
    let bills: Vec<OpId> = (0..20).map(|text| paper.law(consumers[0], LawAct::Open(paper.proposal(text, vec![])))).collect();
    paper.print(1);
    assert_eq!((paper.state.sponsors.len(), paper.state.supports.len()), (64, 65));
    assert_eq!(paper.state.sponsors.get(&[199; 32]).map(Vec::len), Some(2), "the latest are kept");
    assert_eq!(bills.iter().filter(|bill| paper.reason(**bill).is_none()).count(), 16);
    let other = paper.open(consumers[1], 30, vec![]);
    assert_eq!(paper.reason(other), None, "others are not kept from it");
    check(&paper);
}

#[test]
fn who_may_propose_is_as_the_charter_says() {
    for (rule, alice, bob) in [("members", true, true), ("consumers", false, true), ("workers", true, false)] {
        let (mut paper, consumers) = bread_under(3, &[("proposers", rule)]);
        let bills = [paper.open(ALICE, 1, vec![]), paper.open(consumers[0], 2, vec![])];
        assert_eq!(bills.map(|bill| paper.reason(bill).is_none()), [alice, bob], "{rule}");
    }
}

#[test]
fn a_bill_is_withdrawn_by_its_sponsor_while_it_is_open() {
    let (mut paper, consumers) = bread(3);
    let bill = paper.open(consumers[0], 1, vec![]);
    paper.all_for(bill, &consumers);
    let other = paper.law(ALICE, LawAct::Withdraw { bill });
    let own = paper.law(consumers[0], LawAct::Withdraw { bill });
    let twice = paper.law(consumers[0], LawAct::Withdraw { bill });
    let late = paper.vote(consumers[1], bill, Choice::Against);
    paper.print(1);
    assert!(paper.reason(other).unwrap().contains("only who opened"));
    assert_eq!((paper.reason(own), paper.status(bill)), (None, Status::Withdrawn));
    assert!(paper.reason(twice).unwrap().contains("has ended") && paper.reason(late).unwrap().contains("after the vote ended"));
    assert_eq!((paper.state.ballots.len(), paper.state.electorates.len()), (0, 0));
    let again = paper.open(consumers[0], 1, vec![]);
    assert_eq!(paper.reason(again), None);
    check(&paper);
}
