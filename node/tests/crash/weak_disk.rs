//! A node with writers and a peer, on a disk whose power goes, whose syncs fail, or that is full.

use crate::{
    acknowledged::{assert_agree, assert_no_forks, assert_whole},
    chance::{self, Chance},
    common::{alice_alone, alice_and_bob, wait_until},
    live::assert_confirmed_is_held,
    shim::Shim,
    writers::{Answers, Conversation, Writers, bread, post},
};
use serde_json::json;
use std::time::{Duration, Instant};

/// How long a node is written to whose disk does not fail,
const LONGEST: Duration = Duration::from_secs(15);
/// and how long it is written to when it has.
const AFTERWARDS: Duration = Duration::from_millis(400);

fn planned() -> usize {
    chance::kills().div_ceil(5)
}

/// Runs Alice's node on weak disks, round after round, with Bob's beside it on a good one: what was acknowledged is
/// there, nothing has to be repaired, and what Bob was sent is what Alice has.
fn survive(name: &str, sign: &str, mut plan: impl FnMut(&mut Chance) -> String) {
    let (mut chance, shim, coop) = (Chance::from_environment(), Shim::build(), alice_and_bob());
    let community = bread(&coop.alice);
    let bob = coop.bob.run();
    let (mut all, mut struck, mut refused) = (Answers::default(), 0, 0);
    let rounds = chance::rounds(planned(), || {
        let plan = plan(&mut chance);
        if let Some(node) = shim.run(&coop.alice, &plan) {
            let writers = Writers::start(3, &coop.alice, &community, &mut chance);
            let started = Instant::now();
            wait_until("the disk fails", || writers.have_ended() || shim.said().contains(sign) || started.elapsed() > LONGEST);
            let struck = Instant::now();
            wait_until("the writers are told", || writers.have_ended() || struck.elapsed() > AFTERWARDS);
            shim.kill(node);
            let answers = writers.end();
            refused += answers.refused.len();
            all.add(answers);
        }
        struck += usize::from(shim.said().contains(sign));
        println!("{name}, {plan}: {}", shim.said().replace('\n', "; "));
        assert_whole(&coop.alice, &all);
        struck > 0 && !all.written.is_empty()
    });
    let alice = coop.alice.run();
    assert_agree([&coop.alice, &coop.bob]);
    assert_no_forks(&[&coop.alice, &coop.bob]);
    assert_whole(&coop.bob, &all);
    coop.alice.post("Life goes on", "");
    alice.stop();
    bob.stop();
    println!("{name}: {rounds} rounds, struck in {struck}, {} acknowledged, {refused} refused", all.written.len());
}

#[test]
fn what_was_acknowledged_outlives_a_loss_of_power() {
    survive("power", "the power went", |chance| format!("power {} {}", 20 + chance.below(1500), chance.next()));
}

#[test]
fn what_was_acknowledged_outlives_a_sync_that_fails_once() {
    survive("one failing sync", "a sync failed", |chance| format!("fail-once {}", 3 + chance.below(30)));
}

#[test]
fn what_was_acknowledged_outlives_a_sync_that_fails_and_then_a_loss_of_power() {
    survive("a failing sync, then power", "a sync failed", |chance| {
        format!("fail-once {} power {} {}", 3 + chance.below(6), 700 + chance.below(1000), chance.next())
    });
}

#[test]
fn what_was_acknowledged_outlives_syncs_that_fail_for_good() {
    survive("failing syncs", "a sync failed", |chance| format!("fail-from {}", 3 + chance.below(30)));
}

#[test]
fn what_was_acknowledged_outlives_a_disk_that_is_full() {
    // Room enough to start, or nothing is tried.
    survive("full disk", "the disk is full", |chance| format!("full {}", 100_000 + chance.below(500_000)));
}

/// Bob takes in what Alice writes: what she takes to be with him is there when his power went.
#[test]
fn what_a_peer_says_it_holds_outlives_a_loss_of_power() {
    let (mut chance, shim, coop) = (Chance::from_environment(), Shim::build(), alice_and_bob());
    let (community, mut struck, mut told) = (bread(&coop.alice), 0, 0);
    let alice = coop.alice.run();
    let rounds = chance::rounds(planned(), || {
        let plan = format!("power {} {}", 50 + chance.below(1000), chance.next());
        if let Some(mut bob) = shim.run(&coop.bob, &plan) {
            let writers = Writers::start(2, &coop.alice, &community, &mut chance);
            let started = Instant::now();
            wait_until("the power goes", || !bob.is_running() || started.elapsed() > LONGEST);
            writers.stop();
            shim.kill(bob);
            writers.end();
        }
        struck += usize::from(shim.said().contains("the power went"));
        assert_whole(&coop.bob, &Answers::default());
        told += assert_confirmed_is_held(&coop.alice, &coop.bob);
        println!("the peer's power, {plan}: {}; told {told}", shim.said().replace('\n', "; "));
        struck > 0 && told > 0
    });
    let bob = coop.bob.run();
    assert_agree([&coop.alice, &coop.bob]);
    assert_no_forks(&[&coop.alice, &coop.bob]);
    println!("the peer's power: {rounds} rounds, struck in {struck}, told to be there {told}");
    alice.stop();
    bob.stop();
}

/// Its answer says what became of a request, also where the disk failed just behind the commit.
#[test]
fn what_was_refused_did_not_happen_and_what_was_acknowledged_did() {
    let (mut chance, shim, (_folder, alice)) = (Chance::from_environment(), Shim::build(), alice_alone());
    let (community, mut struck) = (bread(&alice), 0);
    for sync in 1..16 {
        let Some(node) = shim.run(&alice, &format!("fail-once {sync}")) else { continue };
        let mut answers = Answers::default();
        let mut conversation = Conversation::with(&alice).unwrap();
        for _ in 0..3 {
            let title = format!("Title {}", chance.word());
            let before = answers.written.len();
            assert!(conversation.submit(vec![post(&community, &title, "crumbs")], &mut answers));
            let Some(written) = answers.written.get(before).cloned() else {
                assert_eq!(alice.hits(&title[6..]), 0, "refused and there");
                continue;
            };
            let erasing = json!({"request": "submit", "drafts": [{"draft": "erase", "document": written.document}]});
            let answer = conversation.ask(&erasing).expect("the node lives");
            assert_eq!(alice.has(&written.document), answer.is_err(), "sync {sync}: {answer:?}");
        }
        node.stop();
        struck += usize::from(shim.said().contains("a sync failed"));
    }
    assert!(struck > 5, "nothing was tried");
    alice.state_hash();
}
