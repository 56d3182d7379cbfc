//! Two nodes that send each other what is written; either is killed. What one of them believes the other to
//! hold is an acknowledgement too.

use crate::{
    acknowledged::{ask, assert_agree, assert_no_forks, assert_whole},
    chance::Chance,
    common::{Coop, Member, Node, alice_and_bob, wait_until},
    kill::Tally,
    writers::{Answers, Writers, bread},
};
use std::{thread::sleep, time::Duration};

const LONGEST: Duration = Duration::from_millis(1000);

pub(crate) fn kill(chance: &mut Chance, kills: usize) -> Tally {
    let (coop, mut tally) = (alice_and_bob(), Tally::default());
    let community = bread(&coop.alice);
    let Coop { alice, bob, .. } = &coop;
    let mut answers = [Answers::default(), Answers::default()];
    let mut nodes = [Some(alice.run()), Some(bob.run())];
    while tally.kills < kills {
        wait_until("the two are connected", || [alice, bob].iter().all(|member| member.done(&["status"])["peers"][0]["connected"] == true));
        let victim = chance.below(2) as usize;
        let (killed, other) = if victim == 0 { (alice, bob) } else { (bob, alice) };
        let writers = [Writers::start(2, alice, &community, chance), Writers::start(2, bob, &community, chance)];
        sleep(chance.moment(LONGEST));
        let mut node: Node = nodes[victim].take().unwrap();
        assert!(tally.kill(node.process(), killed), "a node ends by itself");
        writers.iter().for_each(Writers::stop);
        node.kill();
        let [mut of_alice, mut of_bob] = writers.map(Some);
        let of_killed = if victim == 0 { of_alice.take() } else { of_bob.take() };
        answers[victim].add(of_killed.unwrap().end());
        // No network: what is missing now, the killed node has told wrongly.
        assert_whole(killed, &answers[victim]);
        tally.confirmed += assert_confirmed_is_held(other, killed);
        // The other one is ended well.
        nodes[1 - victim].take().unwrap().stop();
        answers[1 - victim].add(of_alice.or(of_bob).unwrap().end());
        assert_whole(other, &answers[1 - victim]);
        nodes = [Some(alice.run()), Some(bob.run())];
    }
    assert_agree([alice, bob]);
    assert_no_forks(&[alice, bob]);
    for member in [alice, bob] {
        answers.iter().for_each(|answers| assert_whole(member, answers));
    }
    tally.acknowledged = answers.iter().map(|answers| answers.written.len()).sum();
    tally
}

/// Whatever a member's node takes to be with its peer is in the peer's store. Answers how much that is.
pub(crate) fn assert_confirmed_is_held(member: &Member, peer: &Member) -> usize {
    let told = "SELECT lower(hex(o.id)) FROM operation o JOIN chain c ON c.n = o.chain WHERE o.seq <= c.confirmed";
    let told: Vec<String> = ask(member, told);
    let held: std::collections::HashSet<String> = ask(peer, "SELECT lower(hex(id)) FROM operation").into_iter().collect();
    assert!(told.iter().all(|operation| held.contains(operation)), "told to be with the peer, and not there");
    told.len()
}
