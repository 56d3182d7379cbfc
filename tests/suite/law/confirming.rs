//! Confirming votes: what passed and is stale is put on what is in force now, and to a short vote.

use super::*;

/// Two bills on one key; the second, Bob's, is stale. Answers the consumers, and both.
fn one_stale(others: &[(&str, &str)]) -> (Paper, Vec<usize>, OpId, OpId) {
    let (mut paper, consumers) = bread_under(4, others);
    let first = paper.open(ALICE, 1, vec![set("fee.minimum", "6.99 EUR", 1)]);
    let second = paper.open(consumers[0], 2, vec![set("fee.minimum", "7.99 EUR", 1), set("fee.minimum", "8.49 EUR", 2), set("bots.policy", "None.", 0)]);
    for bill in [first, second] {
        paper.all_for(bill, &[&consumers[..], &[ALICE]].concat());
    }
    paper.until_in_force(first);
    paper.until_in_force(second);
    assert!(is_enacted(&paper, first) && is_stale(&paper, second, "is on version 1, in force is version 2"));
    (paper, consumers, first, second)
}

/// Somebody puts a stale bill, as the law would rebase it, to a confirming vote. Answers it, and why it has no effect.
fn rebase(paper: &mut Paper, somebody: usize, stale: OpId) -> (OpId, Option<String>) {
    let proposal = paper.state.rebased(stale).expect("a stale bill");
    put(paper, somebody, proposal)
}

fn put(paper: &mut Paper, somebody: usize, proposal: law::Proposal) -> (OpId, Option<String>) {
    let bill = paper.law(somebody, LawAct::Open(proposal));
    paper.print(1);
    (bill, paper.reason(bill).map(str::to_owned))
}

fn everybody(paper: &Paper) -> Vec<usize> {
    (0..paper.people.len()).collect()
}

#[test]
fn a_stale_bill_is_rebased_and_confirmed_in_a_short_vote() {
    let (mut paper, consumers, first, stale) = one_stale(&[("deliberation.period", "PT9S")]);
    let (bill, refused) = rebase(&mut paper, consumers[0], stale);
    assert_eq!(refused, None);
    let row = paper.state.bills.get(&bill).unwrap();
    assert_eq!(row.proposal.effects, [set("fee.minimum", "7.99 EUR", 2), set("fee.minimum", "8.49 EUR", 3), set("bots.policy", "None.", 0)]);
    assert_eq!((row.proposal.confirms, row.deadline - row.opened_at), (Some(stale), 10_000), "no time for debate, and half of a vote");
    let voters = everybody(&paper);
    paper.all_for(bill, &voters);
    paper.until_ended(bill);
    assert_eq!((route(&paper, bill), value(&paper, "fee.minimum").as_str()), (Some(Route::Simple), "6.99 EUR"), "it cools off as any");
    paper.until_in_force(bill);
    assert!(is_enacted(&paper, bill) && matches!(paper.status(stale), Status::Stale { .. }));
    let versions: Vec<_> = paper.state.values.get(&"fee.minimum".to_owned()).unwrap().versions.iter().map(|version| version.by).collect();
    assert_eq!(versions, [law::Cause::Founding, law::Cause::Bill(first), law::Cause::Bill(bill), law::Cause::Bill(bill)]);
    check(&paper);
}

#[test]
fn only_its_sponsor_rebases_a_stale_bill_and_changes_nothing_else() {
    let (mut paper, consumers, first, stale) = one_stale(&[]);
    let bob = consumers[0];
    let right = paper.state.rebased(stale).unwrap();
    let cases: [(usize, law::Proposal, &str); 8] = [
        (ALICE, right.clone(), "only who opened a bill"),
        (bob, law::Proposal { title: "Another".into(), ..right.clone() }, "the same text and the same effects"),
        (bob, law::Proposal { at: vec![OpId([9; 32])], ..right.clone() }, "the same text and the same effects"),
        (bob, law::Proposal { effects: vec![set("fee.minimum", "8.99 EUR", 2)], ..right.clone() }, "the same text and the same effects"),
        (bob, law::Proposal { requires: Some(first), ..right.clone() }, "the same text and the same effects"),
        (bob, law::Proposal { confirms: Some(first), ..right.clone() }, "is enacted: only what passed and is stale"),
        (bob, law::Proposal { confirms: Some(OpId([9; 32])), ..right.clone() }, "never opened"),
        (
            bob,
            law::Proposal {
                effects: vec![set("fee.minimum", "7.99 EUR", 1), set("fee.minimum", "8.49 EUR", 2), set("bots.policy", "None.", 0)],
                ..right.clone()
            },
            "changed in the meantime",
        ),
    ];
    for (somebody, proposal, why) in cases {
        let (_, refused) = put(&mut paper, somebody, proposal);
        assert!(refused.as_ref().is_some_and(|reason| reason.contains(why)), "{why}: {refused:?}");
    }
    assert_eq!(paper.state.rebased(first), None, "it is in force");
    assert_eq!(rebase(&mut paper, bob, stale).1, None);
    check(&paper);
}

#[test]
fn a_confirming_vote_is_held_once_whatever_becomes_of_it() {
    for withdrawn in [false, true] {
        let (mut paper, consumers, _, stale) = one_stale(&[("refile.wait", "PT0S")]);
        let (bill, refused) = rebase(&mut paper, consumers[0], stale);
        assert_eq!(refused, None);
        assert!(rebase(&mut paper, consumers[0], stale).1.unwrap().contains("that bill is open"));
        if withdrawn {
            paper.law(consumers[0], LawAct::Withdraw { bill });
            paper.print(1);
        } else {
            paper.until_ended(bill);
            assert_eq!(paper.status(bill), Status::Failed);
        }
        assert!(rebase(&mut paper, consumers[0], stale).1.unwrap().contains("held once"));
        // As a new bill it may be put by anybody, with debate.
        let again = law::Proposal { confirms: None, ..paper.state.rebased(stale).unwrap() };
        assert_eq!(put(&mut paper, ALICE, again).1, None);
        check(&paper);
    }
}

#[test]
fn a_confirming_bill_that_is_stale_too_is_confirmed_in_its_turn() {
    let (mut paper, consumers, _, stale) = one_stale(&[]);
    let voters = everybody(&paper);
    // It has passed and cools off while the confirming vote opens.
    let overtaking = paper.open(ALICE, 3, vec![set("fee.minimum", "6.50 EUR", 2)]);
    paper.all_for(overtaking, &voters);
    paper.until_ended(overtaking);
    let (bill, refused) = rebase(&mut paper, consumers[0], stale);
    assert_eq!(refused, None);
    paper.all_for(bill, &voters);
    paper.until_in_force(bill);
    assert!(is_enacted(&paper, overtaking) && is_stale(&paper, bill, "is on version 2, in force is version 3"), "{:?}", paper.status(bill));
    assert!(rebase(&mut paper, consumers[0], stale).1.unwrap().contains("held once"));
    let (again, refused) = rebase(&mut paper, consumers[0], bill);
    assert_eq!(refused, None);
    paper.all_for(again, &voters);
    paper.until_in_force(again);
    assert!(is_enacted(&paper, again));
    assert_eq!(value(&paper, "fee.minimum"), "8.49 EUR");
    check(&paper);
}

#[test]
fn a_confirming_vote_needs_no_further_sponsors() {
    let (mut paper, consumers) = bread_under(4, &[("sponsors.needed", "2")]);
    let voters = everybody(&paper);
    let bills = [(ALICE, 1, "6.99 EUR"), (consumers[0], 2, "7.99 EUR")].map(|(sponsor, text, fee)| {
        let proposal = paper.proposal(text, vec![set("fee.minimum", fee, 1)]);
        paper.law(consumers[1], LawAct::Cosponsor { proposal: proposal.digest(), document: proposal.document });
        let (bill, refused) = put(&mut paper, sponsor, proposal);
        assert_eq!(refused, None);
        bill
    });
    bills.iter().for_each(|bill| paper.all_for(*bill, &voters));
    bills.iter().for_each(|bill| paper.until_in_force(*bill));
    assert!(is_stale(&paper, bills[1], "changed in the meantime"));
    let anew = law::Proposal { confirms: None, ..paper.state.rebased(bills[1]).unwrap() };
    assert!(put(&mut paper, consumers[0], anew).1.unwrap().contains("it has one sponsor in this form, and 2 are needed"));
    assert_eq!(rebase(&mut paper, consumers[0], bills[1]).1, None);
    check(&paper);
}

#[test]
fn a_confirming_vote_goes_by_the_charter_and_the_roll_of_its_own_opening() {
    let (mut paper, consumers, _, stale) = one_stale(&[]);
    let charter = paper.enact(ALICE, 3, vec![set("confirming.period", "PT30S", 1), set("voting.period", "PT25S", 1)]);
    assert!(is_enacted(&paper, charter));
    let newcomers = paper.consumers(2);
    let (bill, refused) = rebase(&mut paper, consumers[0], stale);
    assert_eq!(refused, None);
    let row = paper.state.bills.get(&bill).unwrap();
    assert_eq!(row.deadline - row.opened_at, 25_000, "never longer than another vote");
    assert_eq!((row.consumers, row.charter), (6, paper.state.charter_version()));
    paper.all_for(bill, &newcomers);
    assert_eq!(paper.state.tally(bill).consumers.in_favour, 2);
    paper.until_ended(bill);
    assert_eq!(paper.status(bill), Status::Failed, "that it passed once does not help it");
    check(&paper);
}

#[test]
fn a_sponsor_who_may_not_propose_any_more_does_not_rebase() {
    let (mut paper, consumers, _, stale) = one_stale(&[]);
    let expelled = paper.enact(ALICE, 3, vec![Effect::Expel { person: paper.people[consumers[0]].person }]);
    assert!(is_enacted(&paper, expelled));
    assert!(rebase(&mut paper, consumers[0], stale).1.unwrap().contains("only who may vote proposes bills"));
    check(&paper);
}

#[test]
fn a_bill_that_requires_a_stale_one_comes_into_force_with_what_confirms_it() {
    let (mut paper, consumers, _, stale) = one_stale(&[]);
    let voters = everybody(&paper);
    let requiring = |text| law::Proposal { requires: Some(stale), ..Paper::found(Preset::Quick, &[]).proposal(text, vec![]) };
    // One is stale before the confirming vote, one passes during it.
    let (early, _) = put(&mut paper, ALICE, requiring(3));
    paper.all_for(early, &voters);
    paper.until_in_force(early);
    assert!(is_stale(&paper, early, "requires is not in force"));
    let (late, _) = put(&mut paper, ALICE, requiring(4));
    paper.all_for(late, &voters);
    let ends = paper.state.bills.get(&late).unwrap().deadline;
    paper.print(ends - 5_000 - paper.now);
    let (bill, refused) = rebase(&mut paper, consumers[0], stale);
    assert_eq!(refused, None);
    paper.until_in_force(late);
    assert!(matches!(paper.status(late), Status::Passed { .. }), "it waits: {:?}", paper.status(late));
    let (again, refused) = rebase(&mut paper, ALICE, early);
    assert_eq!(refused, None);
    [bill, again].iter().for_each(|bill| paper.all_for(*bill, &voters));
    [bill, again].iter().for_each(|bill| paper.until_in_force(*bill));
    assert_eq!([bill, late, again].map(|bill| is_enacted(&paper, bill)), [true; 3]);
    check(&paper);
}
