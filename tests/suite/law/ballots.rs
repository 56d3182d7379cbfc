//! Ballots: whose count, when, and what becomes of several.

use super::*;
use folkmoot_protocol::{
    document::{DocumentKind, Edit, Key, Step, Value},
    id::DocumentId,
    law::PrintedOp,
    limits,
    op::Content,
};

fn tally(paper: &Paper, bill: OpId) -> (u64, u64, u64) {
    let tally = paper.state.tally(bill);
    (tally.consumers.in_favour, tally.consumers.against, tally.spoiled)
}

/// Somebody pays and accepts, and that is printed.
fn pay(paper: &mut Paper, somebody: usize, to_ms: u64) {
    let offer = paper.dues(somebody, to_ms);
    paper.law(somebody, LawAct::Accept { offer });
    paper.print(1);
}

#[test]
fn a_member_of_both_bodies_counts_where_the_charter_says() {
    for (rule, consumers, workers) in [("both", 1, 1), ("consumers", 1, 0), ("workers", 0, 1)] {
        let mut paper = Paper::found(Preset::Quick, &[("dual.ballots", rule)]);
        pay(&mut paper, ALICE, folkmoot_tests::paper::BEGINNING * 2);
        let bill = paper.open(ALICE, 1, vec![]);
        paper.all_for(bill, &[ALICE]);
        let (row, tally) = (paper.state.bills.get(&bill).unwrap(), paper.state.tally(bill));
        assert_eq!((row.consumers, row.workers), (consumers, workers), "{rule}");
        assert_eq!((tally.consumers.in_favour, tally.workers.in_favour), (consumers, workers), "{rule}: one ballot");
    }
}

#[test]
fn who_lapses_while_the_vote_goes_on_still_counts() {
    let (mut paper, consumers) = bread(2);
    let bob = paper.join();
    paper.print(1);
    let until = paper.now + 1_000;
    pay(&mut paper, bob, until);
    let bill = paper.open(ALICE, 1, vec![]);
    paper.print(10_000);
    let person = paper.people[bob].person;
    assert!(paper.state.why_no_consumer(person, paper.now).unwrap().contains("lapsed"));
    let ballot = paper.vote(bob, bill, Choice::For);
    paper.print(1);
    assert_eq!((paper.reason(ballot), tally(&paper, bill)), (None, (1, 0, 0)));
    let next = paper.open(ALICE, 2, vec![]);
    assert_eq!(paper.state.bills.get(&next).unwrap().consumers, consumers.len() as u64);
    check(&paper);
}

#[test]
fn who_joins_after_the_opening_does_not_vote() {
    let (mut paper, _) = bread(3);
    let bill = paper.open(ALICE, 1, vec![]);
    let bob = paper.join();
    paper.print(1);
    pay(&mut paper, bob, folkmoot_tests::paper::BEGINNING * 2);
    assert!(paper.state.standing(paper.people[bob].person, paper.now).consumer);
    let ballot = paper.vote(bob, bill, Choice::For);
    paper.print(1);
    assert!(paper.reason(ballot).unwrap().contains("in neither body when the bill was opened"));
    assert_eq!((paper.state.bills.get(&bill).unwrap().consumers, tally(&paper, bill)), (3, (0, 0, 0)));
}

#[test]
fn ballots_of_those_whom_a_bill_names_are_shown_and_not_tallied() {
    for (rule, consumers, named) in [("shown", 2, 1), ("counted", 3, 0)] {
        let (mut paper, members) = bread_under(3, &[("conflict.rule", rule)]);
        let create = Effect::CreateJob { name: "baker".into(), title: "Baker".into(), pay: money("3000.00 EUR") };
        let person = paper.people[members[0]].person;
        let bill = paper.open(ALICE, 1, vec![create, Effect::FillJob { job: "baker".into(), person }]);
        paper.all_for(bill, &members);
        let tally = paper.state.tally(bill);
        assert_eq!((tally.consumers.in_favour, tally.named), (consumers, named), "{rule}");
        assert_eq!(paper.state.ballots_on(bill).count(), 3, "all are shown");
        assert_eq!(paper.state.bills.get(&bill).unwrap().consumers, 3, "the body is as large as it is");
    }
}

#[test]
fn a_vote_is_changed_by_an_edit_that_follows_it() {
    let (mut paper, consumers) = bread(3);
    let bill = paper.open(ALICE, 1, vec![]);
    let bob = consumers[0];
    let mut at = vec![];
    for (choice, expected) in
        [(Choice::For, (1, 0, 0)), (Choice::Against, (0, 1, 0)), (Choice::Against, (0, 1, 0)), (Choice::For, (1, 0, 0)), (Choice::Abstain, (0, 0, 0))]
    {
        at = vec![paper.vote_at(bob, bill, choice, at)];
        paper.print(1);
        assert_eq!(tally(&paper, bill), expected);
    }
    // All printed at once it is the same.
    let carol = consumers[1];
    let first = paper.vote(carol, bill, Choice::Against);
    paper.vote_at(carol, bill, Choice::For, vec![first]);
    paper.print(1);
    assert_eq!(tally(&paper, bill), (1, 0, 0));
    check(&paper);
}

#[test]
fn two_devices_that_disagree_spoil_a_ballot_until_an_edit_follows_both() {
    let (mut paper, consumers) = bread(3);
    let bob = consumers[0];
    let laptop = paper.device(bob);
    let bill = paper.open(ALICE, 1, vec![]);
    let phone = paper.vote(bob, bill, Choice::For);
    paper.print(1);
    let other = paper.vote(laptop, bill, Choice::Against);
    paper.print(1);
    assert_eq!(tally(&paper, bill), (0, 0, 1));
    let third = paper.vote_at(bob, bill, Choice::For, vec![phone]);
    paper.print(1);
    assert_eq!(tally(&paper, bill), (0, 0, 1), "an edit that follows one of them settles nothing");
    paper.vote_at(laptop, bill, Choice::Against, vec![third, other]);
    paper.print(1);
    assert_eq!(tally(&paper, bill), (0, 1, 0));
    paper.until_ended(bill);
    assert_eq!((paper.result(bill).consumers.against, paper.result(bill).spoiled), (1, 0));
    check(&paper);
}

#[test]
fn two_devices_that_agree_count_once() {
    let (mut paper, consumers) = bread(3);
    let laptop = paper.device(consumers[0]);
    let bill = paper.open(ALICE, 1, vec![]);
    paper.all_for(bill, &[consumers[0], laptop]);
    assert_eq!(tally(&paper, bill), (1, 0, 0));
}

#[test]
fn a_ballot_counts_only_from_a_voter_in_time_on_a_bill_that_is_there_and_in_its_own_document() {
    let (mut paper, consumers) = bread(3);
    let guest = paper.join();
    paper.print(1);
    let early = paper.vote(consumers[0], OpId([9; 32]), Choice::For);
    let bill = paper.open(ALICE, 1, vec![]);
    let stranger = paper.vote(guest, bill, Choice::For);
    // Bob writes into Carol's ballot.
    let steps = vec![Step::Put { key: Key::Bill, value: Value::Operation(bill) }, Step::Put { key: Key::Choice, value: Value::Text("for".into()) }];
    paper.vote(consumers[0], bill, Choice::For);
    let mut forged: PrintedOp = paper.waiting.pop().unwrap();
    forged.document = Some(DocumentId::ballot_of(bill, paper.people[consumers[1]].person));
    forged.content = Ok(Content::Edit(Edit { kind: DocumentKind::Ballot, at: vec![], steps }));
    paper.waiting.push(forged.clone());
    paper.print(1);
    assert!(paper.reason(early).unwrap().contains("no such bill"));
    assert!(paper.reason(stranger).unwrap().contains("neither body"));
    assert!(paper.reason(forged.op).unwrap().contains("not the ballot of that person"));
    assert_eq!((tally(&paper, bill), paper.state.ballots.len()), ((0, 0, 0), 0));
    paper.until_ended(bill);
    let late = paper.vote(consumers[2], bill, Choice::For);
    paper.print(1);
    assert!(paper.reason(late).unwrap().contains("after the vote ended"));
    assert_eq!(paper.result(bill), law::Tally::default());
    check(&paper);
}

#[test]
fn an_edit_that_follows_something_unprinted_counts_once_that_is_printed() {
    let (mut paper, consumers) = bread(3);
    let laptop = paper.device(consumers[0]);
    let bill = paper.open(ALICE, 1, vec![]);
    let first = paper.vote(consumers[0], bill, Choice::For);
    let held_back = paper.waiting.pop().unwrap();
    paper.vote_at(laptop, bill, Choice::Against, vec![first]);
    paper.print(1);
    assert_eq!(tally(&paper, bill), (0, 0, 0));
    paper.waiting.push(held_back);
    paper.print(1);
    assert_eq!(tally(&paper, bill), (0, 1, 0));
}

#[test]
fn a_ballot_takes_so_many_edits_and_no_more() {
    let (mut paper, consumers) = bread(3);
    let bill = paper.open(ALICE, 1, vec![]);
    let edits: Vec<OpId> = (0..limits::EDITS_PER_BALLOT + 1).map(|n| paper.vote(consumers[0], bill, Choice::ALL[n % 2])).collect();
    paper.print(1);
    assert_eq!(edits.iter().filter(|edit| paper.reason(**edit).is_some()).count(), 1);
    assert_eq!(tally(&paper, bill), (0, 0, 1));
}

#[test]
fn a_ballot_that_says_nonsense_is_printed_without_effect() {
    let (mut paper, consumers) = bread(3);
    let bill = paper.open(ALICE, 1, vec![]);
    let ballot = |steps| Content::Edit(Edit { kind: DocumentKind::Ballot, at: vec![], steps });
    let put = |key, value| Step::Put { key, value };
    let nonsense = [
        Ok(ballot(vec![put(Key::Bill, Value::Operation(bill)), put(Key::Choice, Value::Text("perhaps".into()))])),
        Ok(ballot(vec![put(Key::Bill, Value::Operation(bill))])),
        Ok(ballot(vec![put(Key::Choice, Value::Text("for".into()))])),
        Ok(ballot(vec![])),
        Err("its payload is unreadable".to_owned()),
    ];
    for content in nonsense {
        let op = paper.vote(consumers[0], bill, Choice::For);
        paper.waiting.last_mut().unwrap().content = content;
        paper.print(1);
        assert!(paper.reason(op).is_some());
    }
    assert_eq!(tally(&paper, bill), (0, 0, 0));
    paper.all_for(bill, &consumers[..1]);
    assert_eq!(tally(&paper, bill), (1, 0, 0));
}
