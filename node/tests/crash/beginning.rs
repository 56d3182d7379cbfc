//! The first steps, killed and said again: keys, the founding, a community, joining. Here the store is made.

use crate::{
    acknowledged::{assert_no_forks, assert_whole},
    chance::Chance,
    common::{Member, alice_alone, wait_until, wait_until_agreed},
    import::killed_while,
    kill::Tally,
    writers::Answers,
};
use serde_json::Value;
use std::{
    fs::File,
    path::Path,
    process::{Command, Stdio},
    thread::sleep,
    time::Duration,
};

pub(crate) fn kill(chance: &mut Chance, kills: usize) -> Tally {
    let mut tally = Tally::default();
    let (folder, alice) = alice_alone();
    let node = alice.run();
    let mut number = 0;
    while tally.kills < kills {
        number += 1;
        let folder = folder.path().join(number.to_string());
        match chance.below(3) {
            0 => make_keys(&mut tally, chance, &folder),
            1 => found(&mut tally, chance, &folder),
            _ => join(&mut tally, chance, &folder, &alice),
        }
    }
    node.stop();
    tally
}

/// Until the program has answered, whoever is interrupted begins again.
fn make_keys(tally: &mut Tally, chance: &mut Chance, folder: &Path) {
    let member = Member::at(folder.join("someone"));
    let words = ["init", "--name", "Someone"];
    let mut child = member.command(&words).stdout(Stdio::piped()).spawn().unwrap();
    sleep(chance.moment(Duration::from_millis(40)));
    tally.kill(&mut child, &member);
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut child.stdout.take().unwrap(), &mut answer).unwrap();
    if answer.ends_with('\n') {
        let answer: Value = serde_json::from_str(&answer).unwrap();
        member.done(&["found", "A co-op"]);
        assert_eq!(member.done(&["status"])["device"], answer["device"], "the acknowledged keys are not there");
        tally.acknowledged += 1;
    } else {
        assert_eq!(member.done(&words)["words"].as_array().map(Vec::len), Some(24), "nobody has seen the words");
        member.done(&["found", "A co-op"]);
    }
    assert_whole(&member, &Answers::default());
}

fn found(tally: &mut Tally, chance: &mut Chance, folder: &Path) {
    let member = Member::new(folder, "someone");
    killed_while(tally, &member, &["found", "A co-op"], chance.moment(Duration::from_millis(80)));
    assert_asks_well(&member);
    let again = member.say(&["found", "A co-op"]);
    assert!(again.code == Some(0) || again.refusal().code == "exists", "{}", again.err);
    killed_while(tally, &member, &["community", "create", "bread", "--title", "Bread"], chance.moment(Duration::from_millis(80)));
    assert_whole(&member, &Answers::default());
    if member.say(&["post", "bread", "--title", "First", "--text", ""]).code != Some(0) {
        member.done(&["community", "create", "bread", "--title", "Bread"]);
        member.post("First", "");
    }
    assert_whole(&member, &Answers::default());
}

fn join(tally: &mut Tally, chance: &mut Chance, folder: &Path, alice: &Member) {
    let member = Member::new(folder, "someone");
    let ticket = alice.ticket(&[]);
    killed_while(tally, &member, &["join", &ticket], chance.moment(Duration::from_millis(250)));
    assert_asks_well(&member);
    let again = member.say(&["join", &ticket]);
    assert!(again.code == Some(0) || again.refusal().code == "member", "{}", again.err);
    let node = member.run();
    // The hall may have to come first: the folder knew its co-op before.
    wait_until("the community", || member.say(&["community", "follow", "bread"]).code == Some(0));
    member.post("I am in", "");
    wait_until_agreed(&[&member, alice]);
    assert_no_forks(&[&member, alice]);
    node.stop();
}

/// Whatever state the folder is in, a question is answered, or refused with what to do; never is it in need of a repair.
fn assert_asks_well(member: &Member) {
    for words in [&["feed"][..], &["verify"]] {
        let said = member.say(words);
        assert!(said.code == Some(0) || said.refusal().code == "no-coop", "{words:?}: {}", said.err);
    }
    let doctor = member.say(&["doctor"]);
    assert!(doctor.code == Some(0) && !doctor.out.contains("repair"), "{}", doctor.out);
}

fn into_nothing(command: &mut Command) {
    command.stdout(File::options().write(true).open("/dev/full").unwrap());
}

#[test]
fn keys_whose_words_nobody_saw_are_made_anew_and_others_never_are() {
    let folder = tempfile::tempdir().unwrap();
    let member = Member::at(folder.path().join("someone"));
    let words = ["init", "--name", "Someone"];
    let unseen = member.say_with(&words, into_nothing);
    assert_eq!(unseen.code, Some(1), "{}", unseen.err);
    assert_eq!(member.done(&words)["words"].as_array().map(Vec::len), Some(24));
    assert_eq!(member.refused(&words).code, "exists");
    // Whoever goes on with keys has seen to the words.
    let other = Member::at(folder.path().join("other"));
    other.say_with(&words, into_nothing);
    other.done(&["found", "A co-op"]);
    assert_eq!(other.refused(&words).code, "exists");
    std::fs::remove_file(other.store()).unwrap();
    assert_eq!(other.refused(&words).code, "exists");
}

#[test]
fn a_store_without_tables_is_finished_by_whoever_looks() {
    let folder = tempfile::tempdir().unwrap();
    let member = Member::new(folder.path(), "someone");
    let made = rusqlite::Connection::open(member.store()).unwrap();
    made.execute_batch("PRAGMA journal_mode = WAL").unwrap();
    drop(made);
    for words in [&["feed"][..], &["verify"], &["search", "rye"]] {
        assert_eq!(member.refused(words).code, "no-coop");
    }
    assert_asks_well(&member);
}
