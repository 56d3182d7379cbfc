//! The law on paper: how bills pass and fail, edge case by edge case (design: governance).

use folkmoot_protocol::law::{Choice, Effect, Preset, Status, passing::Route};
use folkmoot_tests::paper::Paper;

fn resolution(paper: &mut Paper, sponsor: usize) -> folkmoot_protocol::id::OpId {
    paper.open(sponsor, 1, vec![])
}

#[test]
fn a_bill_passes_when_both_bodies_are_for_it_and_every_node_recounts_the_same() {
    let mut paper = Paper::found(Preset::Quick, &[]);
    let consumers = paper.consumers(4);
    let set = Effect::SetLaw { key: "fee.minimum".into(), value: "599 EUR".parse().map(folkmoot_protocol::law::Value::Money).unwrap(), expected_version: 1 };
    let bill = paper.open(0, 1, vec![set]);
    assert_eq!(paper.reasons.get(&bill), None);
    for consumer in &consumers[..3] {
        paper.vote(*consumer, bill, Choice::For);
    }
    paper.vote(consumers[3], bill, Choice::Against);
    paper.vote(0, bill, Choice::For);
    paper.print(1);
    paper.until_ended(bill);
    assert!(matches!(paper.status(bill), Status::Passed { route: Route::Simple, .. }), "{:?} {:?}", paper.status(bill), paper.reasons);
    paper.until_in_force(bill);
    assert!(matches!(paper.status(bill), Status::Enacted { .. }), "{:?}", paper.status(bill));
    assert_eq!(paper.state.values.get(&"fee.minimum".to_owned()).unwrap().present().unwrap().to_string(), "599 EUR");
    assert_eq!(paper.recount().issue(), paper.state.issue());
}

#[test]
fn without_workers_only_the_override_is_left() {
    let mut paper = Paper::found(Preset::Quick, &[]);
    let consumers = paper.consumers(4);
    let bill = resolution(&mut paper, consumers[0]);
    for consumer in &consumers {
        paper.vote(*consumer, bill, Choice::For);
    }
    paper.print(1);
    paper.until_ended(bill);
    assert!(matches!(paper.status(bill), Status::Passed { route: Route::Override, .. }), "{:?}", paper.status(bill));
}
