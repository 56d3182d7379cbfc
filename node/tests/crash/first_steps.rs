//! The first steps, with a loss of power in the midst of them or right behind: keys, the founding, a community,
//! joining, a file on a stick.

use crate::{
    acknowledged::{assert_no_forks, assert_whole},
    chance::Chance,
    common::{Member, alice_alone, wait_until, wait_until_agreed},
    shim::Shim,
    writers::Answers,
};
use serde_json::Value;
use std::path::Path;

const ROUNDS: u64 = 4;

/// Every other time behind the end, else somewhere before it.
fn plan(chance: &mut Chance, round: u64, events: u64) -> String {
    match round % 2 {
        0 => format!("power-at-end {}", chance.next()),
        _ => format!("power {} {}", chance.below(events) + 1, chance.next()),
    }
}

/// Runs each round in a folder of its own.
fn rounds(mut round: impl FnMut(&Shim, &Path, &mut Chance, u64)) {
    let (mut chance, shim, folder) = (Chance::from_environment(), Shim::build(), tempfile::tempdir().unwrap());
    for number in 0..ROUNDS {
        let folder = folder.path().join(number.to_string());
        std::fs::create_dir(&folder).unwrap();
        round(&shim, &folder, &mut chance, number);
    }
}

#[test]
fn keys_whose_words_were_shown_outlive_a_loss_of_power() {
    rounds(|shim, folder, chance, round| {
        let member = Member::at(folder.join("someone"));
        let words = ["init", "--name", "Someone"];
        let shown = shim.say(&member, &words, &member.folder, &plan(chance, round, 6));
        let device = shown.unwrap_or_else(|| member.done(&words))["device"].clone();
        member.done(&["found", "A co-op"]);
        assert_eq!(member.done(&["status"])["device"], device, "{}", shim.said());
    });
}

#[test]
fn a_co_op_and_a_community_outlive_a_loss_of_power() {
    rounds(|shim, folder, chance, round| {
        let member = Member::new(folder, "someone");
        let words = ["found", "A co-op"];
        let founded = shim.say(&member, &words, &member.folder, &plan(chance, round, 400));
        let coop = founded.map(|founded| founded["coop"].clone());
        let again = member.say(&words);
        assert!(again.code == Some(0) || again.refusal().code == "exists", "{}", again.err);
        let now = member.done(&["status"])["coop"].clone();
        assert!(coop.is_none_or(|coop| coop == now), "acknowledged and lost: {}", shim.said());
        let words = ["community", "create", "bread", "--title", "Bread"];
        if shim.say(&member, &words, &member.folder, &plan(chance, round, 100)).is_some() {
            member.post("First", "");
        } else if member.say(&["post", "bread", "--title", "First", "--text", ""]).code != Some(0) {
            member.done(&words);
        }
        assert_whole(&member, &Answers::default());
    });
}

#[test]
fn who_has_joined_stays_in_through_a_loss_of_power() {
    let (_folder, alice) = alice_alone();
    let node = alice.run();
    rounds(|shim, folder, chance, round| {
        let member = Member::new(folder, "someone");
        let ticket = alice.ticket(&[]);
        let joined = shim.say(&member, &["join", &ticket], &member.folder, &plan(chance, round, 500)).is_some();
        let again = member.say(&["join", &ticket]);
        let code = (again.code != Some(0)).then(|| again.refusal().code);
        assert!(code.as_deref() == Some("member") || (code.is_none() && !joined), "{joined}: {}{}", again.err, shim.said());
        let running = member.run();
        // The hall may have to come first: the folder knew its co-op before.
        wait_until("the community", || member.say(&["community", "follow", "bread"]).code == Some(0));
        member.post("I am in", "");
        wait_until_agreed(&[&alice, &member]);
        assert_no_forks(&[&alice, &member]);
        running.stop();
    });
    node.stop();
}

#[test]
fn an_export_is_whole_or_not_there() {
    let (folder, alice) = alice_alone();
    (0..30).for_each(|n| drop(alice.post(&format!("Post {n}"), &"words ".repeat(2000))));
    let stick = folder.path().join("stick");
    std::fs::create_dir(&stick).unwrap();
    let mut chance = Chance::from_environment();
    let shim = Shim::build();
    for round in 0..ROUNDS {
        let file = stick.join(format!("{round}.folkmoot"));
        let words = ["export", file.to_str().unwrap()];
        let written = shim.say(&alice, &words, &stick, &plan(&mut chance, round, 8));
        assert!(written.is_none() || file.exists(), "acknowledged and lost: {}", shim.said());
        if !file.exists() {
            alice.done(&words);
        }
        let imported: Value = alice.done(&["import", file.to_str().unwrap()]);
        assert_eq!((imported["held"].as_u64().unwrap(), &imported["taken"]), (33, &0.into()), "{imported}");
    }
}
