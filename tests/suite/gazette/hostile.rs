//! What others than tellers send as issues does no harm.

use super::{assert_one_law, bread};
use folkmoot_node::keystore::Keystore;
use folkmoot_protocol::{
    agreement::{Certificate, sign_alone},
    id::*,
    law::SignedIssue,
    limits,
    wire::Message,
};
use folkmoot_tests::sim::{Sim, forged_issue};

/// An issue so many numbers ahead, signed by a stranger.
fn forged(sim: &Sim, node: usize, ahead: u64, salt: u64) -> SignedIssue {
    let issue = forged_issue(sim.state(node), ahead, salt);
    let keys = Keystore::in_memory("Stranger", [salt as u8; 64]);
    SignedIssue { body: issue.to_bytes(), certificate: sign_alone(issue.coop, issue.height, issue.signed_after(), issue.id(), keys.key()) }
}

/// Has a machine miss issues while another one, whose owner's program is not the honest one, talks to it alone.
fn while_apart(seed: u64, mut harm: impl FnMut(&mut Sim, u64)) -> Sim {
    let mut sim = bread(seed, 3);
    sim.settle(30_000);
    // One hears only two from here on.
    sim.cut_one_way(0, 1);
    sim.cut_one_way(1, 0);
    for round in 0..60 {
        harm(&mut sim, round);
        sim.run_for(1_000);
        for node in [0, 1, 2] {
            assert!(sim.service(node).footprint().waiting_issues <= limits::WAITING_ISSUES);
        }
    }
    sim.mend();
    assert_one_law(&mut sim, &[0, 1, 2]);
    sim
}

#[test]
fn issues_of_a_stranger_are_refused_whatever_their_number() {
    let sim = while_apart(41, |sim, round| {
        let ahead = [1, 2, 3, 7, 200, 1 << 40][round as usize % 6];
        let message = Message::Issues(vec![forged(sim, 1, ahead, round)]);
        sim.say(2, 1, &message);
        sim.say(2, 0, &message);
    });
    assert!(sim.dropped.keys().any(|reason| reason.contains("it sent an invalid")), "{:?}", sim.dropped);
}

#[test]
fn garbage_for_the_numbers_to_come_takes_no_honest_issues_place() {
    let mut sim = bread(42, 3);
    sim.settle(30_000);
    for round in 0..40 {
        let flood: Vec<SignedIssue> = (0..limits::ISSUES_PER_MESSAGE as u64).map(|n| forged(&sim, 1, 2 + n + round % 8, n)).collect();
        sim.say(2, 1, &Message::Issues(flood));
        sim.run_for(1_000);
        assert_eq!(sim.service(1).footprint().waiting_issues, 0);
        assert!(sim.state(0).height() <= sim.state(1).height() + 1, "it does not keep step");
    }
    assert_one_law(&mut sim, &[0, 1, 2]);
}

#[test]
fn an_issue_with_one_signature_altered_is_none() {
    let mut sim = bread(43, 3);
    sim.settle(30_000);
    let coop = sim.service(0).world().coop.unwrap();
    let keys = Keystore::in_memory("Observer", sim.random.bytes());
    let observer = sim.add_empty(coop, keys);
    let hall = sim.operations(0, SpaceId::HALL);
    sim.import(observer, hall);
    let issues = sim.issues(0);
    for (number, honest) in issues.iter().enumerate() {
        let mut altered = honest.clone();
        altered.certificate.signatures[0].1.0[number % 64] ^= 1;
        let unsigned = SignedIssue { certificate: Certificate { round: 0, signatures: vec![] }, ..honest.clone() };
        let another_round = SignedIssue { certificate: Certificate { round: 1, ..honest.certificate.clone() }, ..honest.clone() };
        for bad in [altered, unsigned, another_round] {
            sim.import_issues(observer, vec![bad]);
            assert_eq!(sim.state(observer).height(), number as u64);
        }
        sim.import_issues(observer, vec![honest.clone()]);
        assert_eq!(sim.state(observer).height(), number as u64 + 1);
    }
    assert_one_law(&mut sim, &[0, observer]);
}

#[test]
fn an_issue_whose_operations_never_come_waits_and_keeps_nothing_else_back() {
    let mut sim = bread(44, 3);
    sim.settle(30_000);
    let coop = sim.service(0).world().coop.unwrap();
    let keys = Keystore::in_memory("Observer", sim.random.bytes());
    let observer = sim.add_empty(coop, keys);
    let (hall, issues) = (sim.operations(0, SpaceId::HALL), sim.issues(0));
    let founding = hall.iter().filter(|op| (*op).clone().verify().is_ok_and(|op| op.header().is_founding())).cloned().collect();
    sim.import(observer, founding);
    sim.import_issues(observer, issues.clone());
    assert_eq!((sim.state(observer).height(), sim.service(observer).footprint().waiting_issues), (0, issues.len()));
    // They come one by one, from the last to the first.
    for op in hall.into_iter().rev() {
        sim.import(observer, vec![op]);
    }
    assert_one_law(&mut sim, &[0, observer]);
}

#[test]
fn a_peer_that_lies_about_its_height_is_not_waited_for() {
    let sim = while_apart(45, |sim, round| {
        let message = Message::Gazette { height: 1 << 40, issue: IssueId([round as u8; 32]) };
        sim.say(2, 1, &message);
        sim.say(2, 0, &message);
        if round % 2 == 0 {
            sim.say(2, 1, &Message::Issues(vec![]));
        }
    });
    assert!(!sim.dropped.keys().any(|reason| reason.contains("it sent")), "{:?}", sim.dropped);
}
