//! Many writers at one node, which is killed; a peer takes everything in meanwhile.

use crate::{
    acknowledged::{assert_agree, assert_no_forks, assert_whole},
    chance::Chance,
    common::{alice_and_bob, wait_until},
    kill::Tally,
    writers::{Answers, Writers, bread},
};
use std::{thread::sleep, time::Duration};

const LONGEST: Duration = Duration::from_millis(400);

pub(crate) fn kill(chance: &mut Chance, kills: usize) -> Tally {
    let (coop, mut tally, mut all) = (alice_and_bob(), Tally::default(), Answers::default());
    let community = bread(&coop.alice);
    let bob = coop.bob.run();
    while tally.kills < kills {
        let mut node = coop.alice.run();
        let writers = Writers::start(4, &coop.alice, &community, chance);
        wait_until("something is written", || writers.answered() > 0);
        sleep(chance.moment(LONGEST));
        assert!(tally.kill(node.process(), &coop.alice), "a node ends by itself");
        node.kill();
        let answers = writers.end();
        assert_eq!(answers.refused, Vec::<serde_json::Value>::new());
        all.add(answers);
        assert_whole(&coop.alice, &all);
    }
    tally.acknowledged = all.written.len();
    let alice = coop.alice.run();
    assert_agree([&coop.alice, &coop.bob]);
    assert_no_forks(&[&coop.alice, &coop.bob]);
    assert_whole(&coop.bob, &all);
    coop.alice.post("Life goes on", "");
    alice.stop();
    bob.stop();
    tally
}
