//! What is said fits what is the case, and can be followed.

use crate::common::{Member, alice_alone};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

#[test]
fn a_page_taken_for_a_post_is_said_to_be_one() {
    let (_folder, alice) = alice_alone();
    let id = alice.id(&["page", "create", "bread", "recipes", "--title", "Recipes", "--text", "Rye"]);
    for words in [&["thread", "recipes"][..], &["thread", &id], &["comment", &id, "--text", "x"], &["save", "recipes"], &["hide", &id]] {
        let refusal = alice.refused(words);
        assert!(refusal.code == "kind" && refusal.error.contains("is a page") && refusal.hint.contains("page show"), "{words:?}: {refusal:?}");
    }
    assert!(!alice.refused(&["page", "edit", "recipes", "--text", "Rye"]).hint.contains("--url"));
    alice.done(&["edit", "recipes", "--text", "Rye and oats"]);
    alice.done(&["history", "recipes"]);
    alice.done(&["delete", "recipes", "--yes"]);
    assert_eq!(alice.refused(&["page", "show", "recipes"]).code, "not-found");
}

#[test]
fn a_comment_is_said_to_have_no_title() {
    let (_folder, alice) = alice_alone();
    let comment = alice.id(&["comment", &alice.post("Rye", ""), "--text", "Mine"]);
    assert_eq!(alice.refused(&["edit", &comment, "--title", "Wheat"]).error, "a comment has no title");
}

#[test]
fn a_mark_that_stands_is_not_written_again() {
    let (_folder, alice) = alice_alone();
    let post = alice.post("Rye", "");
    assert_eq!(alice.refused(&["react", &post, "none"]).code, "unchanged");
    let up = alice.done(&["react", &post, "up"]);
    let operations = || alice.done(&["verify"])["operations"].clone();
    let before = operations();
    assert_eq!(alice.done(&["react", &post, "up"]), up, "the mark that stands");
    assert_eq!(operations(), before);
    alice.done(&["react", &post, "none"]);
    assert_eq!(alice.refused(&["react", &post, "none"]).code, "unchanged");
}

#[test]
fn an_empty_feed_says_why_it_is() {
    let (_folder, alice) = alice_alone();
    assert!(alice.text(&["feed"]).contains("nobody has posted"));
    let post = alice.post("Rye", "");
    assert!(alice.text(&["feed", "--saved"]).contains("folkmoot save"));
    alice.done(&["hide", &post]);
    assert!(alice.text(&["feed"]).contains("hide ID --undo"));
    alice.done(&["community", "unfollow", "bread"]);
    assert!(alice.text(&["feed"]).contains("community list"));
    assert!(alice.text(&["feed", "bread"]).contains("community follow"));
}

#[test]
fn a_further_device_is_told_how_it_comes_in_and_whose_it_was() {
    let (folder, alice) = alice_alone();
    let laptop = Member::at(folder.path().join("laptop"));
    let offer = laptop.done(&["device", "pair", "--name", "laptop"])["ticket"].as_str().unwrap().to_owned();
    assert_eq!(laptop.done(&["device", "pair", "--name", "desktop"])["name"], "laptop", "it keeps the first");
    assert!(laptop.refused(&["feed"]).hint.contains("device add"));
    assert!(laptop.text(&["status"]).contains("device add"));
    let node = alice.run();
    let welcome = alice.done(&["device", "add", &offer]);
    let again = alice.done(&["device", "add", &offer]);
    assert_eq!((&welcome["id"], &welcome["op"]), (&again["id"], &again["op"]), "the same welcome a second time");
    let joined = laptop.done(&["join", again["ticket"].as_str().unwrap()]);
    assert_eq!(joined["admitted_by"], joined["person"]);
    alice.done(&["device", "revoke", "laptop"]);
    let peers = alice.done(&["peers"])["peers"].clone();
    assert!(peers.as_array().unwrap().iter().all(|peer| peer["person"]["name"] == "alice"), "{peers}");
    node.stop();
}

#[test]
fn a_node_without_a_co_op_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let alice = Member::new(folder.path(), "alice");
    let mut program = Command::new(env!("CARGO_BIN_EXE_folkmoot"));
    let mut node =
        program.arg("--data").arg(&alice.folder).args(["run", "--listen", "127.0.0.1:0"]).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let said = BufReader::new(node.stderr.take().unwrap()).lines().map_while(Result::ok).find(|line| line.contains("No co-op yet"));
    node.kill().unwrap();
    node.wait().unwrap();
    assert!(said.unwrap().contains("folkmoot join TICKET"));
}

#[test]
fn a_node_that_does_not_answer_is_said_not_to() {
    let (_folder, alice) = alice_alone();
    let node = alice.run();
    let pid = Pid::from_raw(node.pid()).unwrap();
    kill_process(pid, Signal::STOP).unwrap();
    assert_eq!(alice.refused(&["status"]).code, "no-answer");
    assert!(alice.say(&["doctor"]).out.contains("has not answered"));
    kill_process(pid, Signal::CONT).unwrap();
    alice.post("Rye", "");
    node.stop();
}

#[test]
fn a_date_in_the_future_is_noticed_and_gets_nobody_to_the_top_for_good() {
    let (_folder, alice) = alice_alone();
    let ahead = alice.post("From a wrong clock", "");
    // No clock can be set here, so the store says what such a clock would have made it say.
    let store = rusqlite::Connection::open(alice.store()).unwrap();
    let in_20_years = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as i64 + 20 * 365 * 86_400_000;
    store
        .execute("UPDATE operation SET claimed_at = ?1, received_at = ?1 WHERE document IS NOT NULL AND n = (SELECT max(n) FROM operation)", [in_20_years])
        .unwrap();
    store.execute("UPDATE document_state SET created = ?1 WHERE kind = 2", [in_20_years]).unwrap();
    drop(store);
    let later = alice.post("From a right one", "");
    for sort in ["new", "hot", "active", "old"] {
        let feed = alice.done(&["feed", "--sort", sort]);
        let ids: Vec<&str> = feed["posts"].as_array().unwrap().iter().map(|post| post["id"].as_str().unwrap()).collect();
        let expected = if sort == "old" { [&ahead, &later] } else { [&later, &ahead] };
        assert_eq!(ids, expected, "{sort}");
    }
    assert!(!alice.text(&["feed"]).contains("days"));
    assert!(alice.say(&["doctor"]).out.contains("its clock was wrong"));
    assert_eq!(alice.done(&["thread", &ahead])["post"]["id"], json!(ahead));
}

#[test]
fn wrong_usage_is_told_programs_in_one_sentence() {
    let (_folder, alice) = alice_alone();
    let said = alice.say(&["feed", "--nonsense"]);
    assert_eq!(said.code, Some(2));
    assert!(!said.err.contains("--help"), "{}", said.err);
    assert!(alice.say(&["invite", "--expires", "-P1D"]).err.contains("longer than nothing"));
    let help = Command::new(env!("CARGO_BIN_EXE_folkmoot")).args(["demo", "--help"]).output().unwrap();
    assert!(String::from_utf8(help.stdout).unwrap().contains("5 to 13"));
}
