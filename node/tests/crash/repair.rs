//! A repair, killed or without power in the midst of it.

use crate::{
    acknowledged::ask,
    chance::{self, Chance},
    common::{Member, alice_alone},
    import::{copy, killed_while, time},
    kill::Tally,
    shim::Shim,
};

/// Alice with a damaged page in her store, and with a log that her killed node left.
fn damaged() -> (tempfile::TempDir, Member) {
    let (folder, alice) = alice_alone();
    (0..40).for_each(|n| drop(alice.post(&format!("Post {n}"), &"words ".repeat(400))));
    let node = alice.run();
    (0..5).for_each(|n| drop(alice.post(&format!("In the log {n}"), "")));
    node.kill();
    alice.change_store(|bytes| {
        let at = bytes.windows(11).position(|window| window == b"words words").unwrap();
        bytes[at / 4096 * 4096..][..4096].fill(0xA5);
    });
    assert!(std::fs::metadata(alice.folder.join("store.sqlite-wal")).unwrap().len() > 0);
    (folder, alice)
}

/// Operations that are kept, in their place or waiting for it.
fn kept(member: &Member) -> i64 {
    let salvaged = "SELECT count(*) FROM setting WHERE key GLOB 'salvaged/*'";
    ask::<i64>(member, "SELECT count(*) FROM operation")[0] + ask::<i64>(member, salvaged)[0]
}

#[test]
fn a_repair_that_is_interrupted_loses_nothing_and_can_be_said_again() {
    let mut chance = Chance::from_environment();
    let (shim, (folder, alice), mut tally) = (Shim::build(), damaged(), Tally::default());
    let words = ["doctor", "--repair"];
    let undisturbed = copy(&alice, folder.path());
    let longest = time(&undisturbed, &words);
    let expected = kept(&undisturbed);
    assert!(expected > 40, "{expected}");
    for round in 0..chance::kills().div_ceil(2) {
        let copy = copy(&alice, folder.path());
        if round % 2 == 0 {
            killed_while(&mut tally, &copy, &words, chance.moment(longest));
        } else {
            shim.say(&copy, &words, &copy.folder, &format!("power {} {}", chance.below(200) + 1, chance.next()));
        }
        // Whatever else is said: it works, or says what to do.
        let said = copy.say(&["feed"]);
        assert!(said.code == Some(0) || said.refusal().hint.contains("doctor --repair"), "{}", said.err);
        copy.done(&words);
        assert_eq!(kept(&copy), expected, "round {round}: {}", shim.said());
        let left = std::fs::read_dir(&copy.folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let left: Vec<String> = left.collect();
        assert!(!left.iter().any(|name| name.starts_with("repair-")) && left.iter().any(|name| name.starts_with("damaged-")), "{left:?}");
    }
}
