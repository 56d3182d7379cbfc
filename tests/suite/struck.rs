//! Whoever is struck off the roll sees why what they said in a vote that goes on does not count.

use super::tellers::{accept, act, bread, law, open, person, status};
use folkmoot_node::{
    api::{BooksDraft, LawDraft},
    store::query::STRUCK,
};
use folkmoot_protocol::law::{Choice, Status};

#[test]
fn a_ballot_on_priorities_says_that_it_does_not_count_any_more() {
    let mut sim = bread(411, 4);
    let effects = format!("appoint auditor {}\nprioritise autumn 1200.00 EUR: search 600.00 EUR", person(&sim, 1));
    let bill = open(&mut sim, 0, effects);
    for node in 0..4 {
        act(&mut sim, node, LawDraft::Vote { document: bill, choice: Choice::For });
    }
    while !matches!(status(&sim, 1, bill), Status::Enacted { .. }) {
        assert!(!matches!(status(&sim, 1, bill), Status::Failed | Status::Stale { .. }));
        sim.run_for(1_000);
    }
    accept(&mut sim, 1);
    let vote = *law(&sim, 1).priorities.iter().next().expect("it is open").0;
    sim.run_for(1_000);
    act(&mut sim, 2, LawDraft::Approve { vote, features: vec!["search".into()] });
    sim.run_for(2_000);
    let shown = |sim: &folkmoot_tests::sim::Sim| {
        let view = sim.service(2).store().as_reader();
        let book = view.law_book(sim.now).unwrap().unwrap();
        let ballot = view.priorities(vote, &book, person(sim, 2)).unwrap().unwrap().ballot.expect("they voted");
        (ballot.counts, ballot.why)
    };
    assert_eq!(shown(&sim), (true, "counts".into()));
    let member = person(&sim, 2);
    act(&mut sim, 3, LawDraft::Books(BooksDraft::Challenge { member, reason: "Nobody has met them.".into() }));
    sim.run_for(2_000);
    let challenge = *law(&sim, 1).challenges.iter().next().expect("it is printed").0;
    act(&mut sim, 1, LawDraft::Books(BooksDraft::Decide { challenge, upheld: true, reason: "Nobody has.".into() }));
    sim.run_for(2_000);
    assert!(law(&sim, 2).priorities.get(&vote).is_some_and(|vote| vote.is_open()));
    assert_eq!(shown(&sim), (false, STRUCK.into()));
}
