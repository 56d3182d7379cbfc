//! Votes on priorities: what the money is shared out to.

use super::*;
use folkmoot_protocol::{
    count::{Lot, pabulib, shares},
    law::{Feature, Priorities, Shares},
};
use folkmoot_tests::slow_count;
use proptest::{collection::vec, prelude::*, sample::Index};
use std::collections::{BTreeMap, BTreeSet};

fn feature(name: &str, cost: u64) -> Feature {
    Feature { name: name.into(), cost }
}

/// A vote on how 1,200 euros are spent.
fn autumn(features: Vec<Feature>) -> Effect {
    Effect::Prioritise { name: "autumn".into(), budget: money("1200.00 EUR"), features }
}

fn outcome(paper: &Paper, vote: OpId) -> Shares {
    paper.priorities(vote).outcome.clone().expect("it has ended")
}

/// What is funded by shares, and with what was left.
fn funded(paper: &Paper, vote: OpId) -> (Vec<u64>, Vec<u64>) {
    let places = |left_over: bool| outcome(paper, vote).funded.iter().filter(|funded| funded.left_over == left_over).map(|funded| funded.place).collect();
    (places(false), places(true))
}

#[test]
fn a_small_group_decides_on_its_share_of_the_money() {
    let (mut paper, consumers) = bread(5);
    // Six vote, each with 200 euros: four want the first two, which would take all, and two want the third.
    let vote = paper.prioritise(1, autumn(vec![feature("search", 60_000), feature("themes", 50_000), feature("screen-reader", 40_000)]));
    let row = paper.priorities(vote);
    assert_eq!((row.voters, row.deadline - row.opened_at, row.is_open()), (6, 20_000, true), "both bodies make one roll");
    for voter in &consumers[..4] {
        paper.approve(*voter, vote, &[1, 0]);
    }
    for voter in [ALICE, consumers[4]] {
        paper.approve(voter, vote, &[2]);
    }
    paper.print(1);
    assert_eq!(paper.state.shares_now(vote).unwrap().valid, 6);
    paper.end_priorities(vote);
    assert_eq!(funded(&paper, vote), (vec![1, 2], vec![]), "by votes alone the first two would have been funded");
    let outcome = outcome(&paper, vote);
    assert_eq!((outcome.valid, outcome.spent, outcome.supporters), (6, 90_000, vec![4, 4, 2]));
    assert!(paper.state.ballots.is_empty() && paper.state.electorates.is_empty(), "ballots stay in the operations");
    check(&paper);
}

#[test]
fn what_is_left_goes_by_the_number_of_supporters_then_by_cost() {
    let (mut paper, consumers) = bread(1);
    let vote = paper.prioritise(1, autumn(vec![feature("search", 70_000), feature("themes", 69_950)]));
    paper.approve(ALICE, vote, &[0]);
    paper.approve(consumers[0], vote, &[1]);
    paper.end_priorities(vote);
    let outcome = outcome(&paper, vote);
    // Each share of 600 euros grew to 699; with one more euro both could be paid, and there is not enough for both.
    assert_eq!((funded(&paper, vote), outcome.steps, outcome.spent), ((vec![], vec![1]), 99, 69_950));
    check(&paper);
}

#[test]
fn ballots_count_in_time_from_voters_and_once() {
    let (mut paper, consumers) = bread(4);
    let (bob, carol, dan) = (consumers[0], consumers[1], consumers[2]);
    let laptop = paper.device(dan);
    let early = paper.approve(ALICE, OpId([9; 32]), &[0]);
    let vote = paper.prioritise(1, autumn(vec![feature("search", 60_000), feature("themes", 50_000)]));
    let newcomer = paper.join();
    let chosen = paper.vote(ALICE, vote, Choice::For);
    let stranger = paper.approve(newcomer, vote, &[0]);
    let candidates = paper.rank(bob, vote, &[bob]);
    let (phone, second) = (paper.approve(dan, vote, &[0]), paper.approve(laptop, vote, &[1]));
    // A first choice, and another one in its place.
    let before = paper.approve(carol, vote, &[0]);
    paper.approve_at(carol, vote, &[1, 0], vec![before]);
    paper.print(1);
    for (ballot, reason) in [(early, "no such bill"), (chosen, "names features"), (stranger, "neither body when the vote on priorities was opened")] {
        assert!(paper.reason(ballot).is_some_and(|found| found.contains(reason)), "{reason}: {:?}", paper.reason(ballot));
    }
    let now = paper.state.shares_now(vote).unwrap();
    assert_eq!((paper.reason(candidates), now.valid, now.blank, now.spoiled), (None, 1, 1, 1));
    paper.approve_at(laptop, vote, &[1], vec![phone, second]);
    paper.end_priorities(vote);
    let late = paper.approve(consumers[3], vote, &[0]);
    paper.print(1);
    assert!(paper.reason(late).unwrap().contains("after the vote ended"));
    let outcome = outcome(&paper, vote);
    assert_eq!((outcome.valid, outcome.blank, outcome.spoiled, outcome.supporters), (2, 1, 0, vec![1, 2]));
    check(&paper);
}

#[test]
fn nobody_votes_and_nothing_is_funded() {
    let (mut paper, _) = bread(2);
    let vote = paper.prioritise(1, autumn(vec![feature("search", 60_000)]));
    let again = paper.open(ALICE, 2, vec![autumn(vec![feature("icons", 100)])]);
    assert!(paper.reason(again).unwrap().contains("under way"));
    paper.end_priorities(vote);
    assert_eq!((funded(&paper, vote), outcome(&paper, vote).valid), ((vec![], vec![]), 0));
    let again = paper.open(ALICE, 3, vec![autumn(vec![feature("icons", 100)])]);
    assert_eq!(paper.reason(again), None, "the first is over");
    check(&paper);
}

#[test]
fn equal_features_are_told_apart_by_a_lot_that_was_fixed_before_anybody_voted() {
    let (mut paper, consumers) = bread(2);
    let names = ["a", "b", "c", "d", "e"];
    let vote = paper.prioritise(1, autumn(names.iter().map(|name| feature(name, 70_000)).collect()));
    for voter in [ALICE, consumers[0], consumers[1]] {
        paper.approve(voter, vote, &[0, 1, 2, 3, 4]);
    }
    paper.end_priorities(vote);
    let row = paper.priorities(vote);
    let opening = paper.issues[row.opened_height as usize - 1].0.id();
    assert_eq!(row.lot, Some(opening));
    let lot = Lot::draw(&opening.0, names.iter().map(|name| name.as_bytes()));
    let first = (0..names.len()).find(|place| lot.place(*place) == 0).unwrap() as u64;
    assert_eq!(funded(&paper, vote), (vec![first], vec![]));
    check(&paper);
}

#[test]
fn a_list_that_is_none_opens_nothing() {
    let (mut paper, _) = bread(1);
    for (text, features) in
        [vec![], vec![feature("search", 0)], vec![feature("search", 120_001)], vec![feature("a b", 1)], vec![feature("a", 1), feature("a", 2)]]
            .into_iter()
            .enumerate()
    {
        let opening = paper.open(ALICE, text as u8 + 1, vec![autumn(features)]);
        assert!(paper.reason(opening).is_some());
    }
    let many = (0..33).map(|n| feature(&format!("feature-{n}"), 1)).collect();
    let opening = paper.open(ALICE, 9, vec![autumn(many)]);
    assert!(paper.reason(opening).unwrap().contains("1 to 32"));
}

/// The same votes as a file that `folkmoot count budget` reads, in euros and cents.
fn as_file(vote: &Priorities, ballots: &BTreeMap<usize, BTreeSet<usize>>) -> String {
    let euros = |minor: u64| format!("{}.{:02}", minor / 100, minor % 100);
    let mut text = format!("META\nkey;value\nbudget;{}\nvote_type;approval\nPROJECTS\nproject_id;cost\n", euros(vote.budget.minor));
    vote.features.iter().for_each(|feature| text += &format!("{};{}\n", feature.name, euros(feature.cost)));
    text += "VOTES\nvoter_id;vote\n";
    for (voter, approved) in ballots.iter().filter(|(_, approved)| !approved.is_empty()) {
        let names: Vec<&str> = approved.iter().map(|place| vote.features[*place].name.as_str()).collect();
        text += &format!("{voter};{}\n", names.join(","));
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn the_money_is_shared_the_same_in_whatever_order_and_issues(
        rolls in vec(any::<(u8, u8, u8)>(), 1..40), order in vec(any::<Index>(), 1..40), cuts in vec(any::<Index>(), 0..4),
    ) {
        let (mut paper, consumers) = bread(4);
        paper.device(consumers[0]);
        let costs = [60_000, 60_000, 45_000, 30_000, 5_000];
        let vote = paper.prioritise(1, autumn(costs.iter().enumerate().map(|(n, cost)| feature(&format!("feature-{n}"), *cost)).collect()));
        let mut own: BTreeMap<_, Vec<OpId>> = BTreeMap::new();
        for (who, says, follows) in rolls {
            let somebody = usize::from(who) % paper.people.len();
            let edits = own.entry(paper.people[somebody].person).or_default();
            let at = edits.iter().rev().enumerate().take(8).filter(|(place, _)| follows >> place & 1 == 1).map(|(_, edit)| *edit).collect();
            let features: Vec<usize> = (0..5).filter(|place| says >> place & 1 == 1).collect();
            edits.push(paper.approve_at(somebody, vote, &features, at));
        }
        let operations = std::mem::take(&mut paper.waiting);
        let mut other = super::chance::printed_anew(&mut paper, &operations, &order, &cuts);
        for paper in [&mut paper, &mut other] {
            paper.end_priorities(vote);
            check(paper);
        }
        let result = |paper: &Paper| Shares { height: 0, ..outcome(paper, vote) };
        prop_assert_eq!(result(&paper), result(&other));
    }

    #[test]
    fn the_law_counts_as_count_budget_does_and_as_a_slow_count(costs in vec(1u64..200, 1..6), approvals in vec((0usize..6, any::<u8>()), 1..10)) {
        let (mut paper, consumers) = bread(5);
        let everybody = [&[ALICE], &consumers[..]].concat();
        let features = costs.iter().enumerate().map(|(n, cost)| feature(&format!("feature-{n}"), cost * 50)).collect();
        let vote = paper.prioritise(1, Effect::Prioritise { name: "autumn".into(), budget: money("100.00 EUR"), features });
        let (mut ballots, mut last) = (BTreeMap::new(), BTreeMap::new());
        for (voter, approved) in approvals {
            let approved: BTreeSet<usize> = (0..costs.len()).filter(|place| approved >> place & 1 == 1).collect();
            let places: Vec<usize> = approved.iter().rev().copied().collect();
            let edit = paper.approve_at(everybody[voter], vote, &places, last.get(&voter).copied().into_iter().collect());
            last.insert(voter, edit);
            ballots.insert(voter, approved);
        }
        paper.end_priorities(vote);
        check(&paper);
        let (row, outcome) = (paper.priorities(vote), outcome(&paper, vote));
        prop_assert_eq!(outcome.valid + outcome.blank, ballots.len() as u64);
        if let Ok(file) = pabulib::parse(&as_file(row, &ballots)) {
            let lot = Lot::draw(&row.lot.unwrap().0, file.projects.iter().map(|project| project.id.as_bytes()));
            let counted = shares::fund(&file.budget, &lot);
            prop_assert_eq!(&slow_count::fund(&file.budget, &lot), &counted);
            let places = |places: &[usize]| places.iter().map(|place| *place as u64).collect::<Vec<_>>();
            prop_assert_eq!(funded(&paper, vote), (places(&counted.by_shares), places(&counted.by_support)));
            prop_assert_eq!(outcome.steps, counted.steps);
            // The file may be in tenths or whole euros, as its amounts are.
            prop_assert_eq!(u128::from(outcome.spent), counted.spent * 10u128.pow(2 - file.decimals));
        } else {
            prop_assert_eq!(outcome.valid, 0);
        }
    }
}
