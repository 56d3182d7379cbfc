//! Erasures, after each of which the log is emptied, with a kill among them: what was erased stays erased, and
//! leaves every file when the node runs again.

use crate::{
    acknowledged::{assert_agree, assert_no_forks, assert_whole},
    chance::Chance,
    common::{Member, alice_and_bob, files_holding, wait_until},
    kill::Tally,
    writers::{Answers, Conversation, Writers, bread, post},
};
use serde_json::json;
use std::{thread::sleep, time::Duration};

const ERASURES: usize = 24;
const LONGEST: Duration = Duration::from_millis(400);

pub(crate) fn kill(chance: &mut Chance, kills: usize) -> Tally {
    let (coop, mut tally, mut all) = (alice_and_bob(), Tally::default(), Answers::default());
    let community = bread(&coop.alice);
    let bob = coop.bob.run();
    let mut words = Vec::new();
    while tally.kills < kills {
        let mut node = coop.alice.run();
        // Those of the round before, now that the node runs again.
        assert_gone(&coop.alice, &words);
        words = (0..ERASURES).map(|_| chance.word()).collect();
        let mut posts = Answers::default();
        let drafts = words.iter().map(|word| post(&community, &format!("Title {word}"), &format!("{word} and more"))).collect();
        assert!(Conversation::with(&coop.alice).unwrap().submit(drafts, &mut posts));
        let documents: Vec<String> = posts.written.iter().map(|written| written.document.clone()).collect();
        all.add(posts);
        let others = Writers::start(1, &coop.alice, &community, chance);
        let eraser = std::thread::spawn({
            let (mut conversation, documents) = (Conversation::with(&coop.alice).unwrap(), documents.clone());
            move || documents.into_iter().take_while(|document| erase(&mut conversation, document)).collect::<Vec<_>>()
        });
        sleep(chance.moment(LONGEST));
        assert!(tally.kill(node.process(), &coop.alice), "a node ends by itself");
        node.kill();
        let erased = eraser.join().unwrap();
        // What was not acknowledged may be gone or there: only the acknowledged words must not be found.
        words.truncate(erased.len());
        let unsure: Vec<String> = documents.into_iter().skip(erased.len()).collect();
        all.erased.extend(erased);
        all.add(others.end());
        all.written.retain(|written| !unsure.contains(&written.document));
        assert_whole(&coop.alice, &all);
    }
    let alice = coop.alice.run();
    assert_agree([&coop.alice, &coop.bob]);
    assert_no_forks(&[&coop.alice, &coop.bob]);
    assert_gone(&coop.alice, &words);
    assert_gone(&coop.bob, &words);
    assert_whole(&coop.bob, &all);
    tally.acknowledged = all.written.len() + all.erased.len();
    alice.stop();
    bob.stop();
    tally
}

fn erase(conversation: &mut Conversation, document: &str) -> bool {
    let answer = conversation.ask(&json!({"request": "submit", "drafts": [{"draft": "erase", "document": document}]}));
    answer.is_some_and(|answer| {
        answer.expect("an own post can be erased");
        true
    })
}

fn assert_gone(member: &Member, words: &[String]) {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if !words.is_empty() {
        wait_until("what was erased leaves every file", || files_holding(&member.folder, &words).is_empty());
    }
}
