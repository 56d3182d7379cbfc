//! Folders that are older than what their device signed, and tellers who stand still.

use crate::common::{Member, wait_until};
use crate::{Coop, coop};
use serde_json::json;
use std::{fs, path::Path, time::Duration};

/// The files of a folder, in another.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap().map(Result::unwrap).filter(|file| file.file_type().unwrap().is_file()) {
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

#[test]
fn a_folder_from_a_backup_that_is_repaired_first_asks_before_it_writes() {
    let mut coop = coop();
    coop.alice.done(&["community", "create", "bread", "--title", "Bread"]);
    wait_until("bob follows it", || coop.bob.say(&["community", "follow", "bread"]).code == Some(0));
    coop._nodes.remove(1).stop();
    let backup = coop.folder.path().join("backup");
    copy(&coop.bob.folder, &backup);
    let node = coop.bob.run();
    let post = coop.bob.post("Rye", "It is sour.");
    let Coop { alice, bob, .. } = &coop;
    wait_until("alice reads it", || alice.say(&["thread", &post]).code == Some(0));
    node.stop();
    fs::read_dir(&bob.folder).unwrap().map(Result::unwrap).filter(|file| file.file_type().unwrap().is_file()).for_each(|file| {
        fs::remove_file(file.path()).unwrap();
    });
    copy(&backup, &bob.folder);
    assert!(bob.text(&["doctor", "--repair"]).contains("Saved "));
    assert_eq!(bob.refused(&["post", "bread", "--title", "Wheat", "--text", "It is not."]).code, "repairing");
    let _node = bob.run();
    let write = || bob.say(&["post", "bread", "--title", "Wheat", "--text", "It is not."]).code == Some(0);
    wait_until("bob's node has asked", write);
    assert!(bob.say(&["thread", &post]).code == Some(0) && bob.done(&["status"])["cannot_write"].is_null());
}

#[test]
fn the_only_teller_is_told_that_their_own_node_prints_on() {
    let folder = tempfile::tempdir().unwrap();
    let alice = Member::new(folder.path(), "alice");
    let charter = folder.path().join("charter.toml");
    fs::write(&charter, "preset = \"quick\"\n\"heartbeat.period\" = \"PT4S\"\n\"recovery.wait\" = \"PT6S\"\n").unwrap();
    alice.done(&["found", "Bread", "--charter", charter.to_str().unwrap()]);
    let node = alice.run();
    alice.done(&["community", "create", "bread", "--title", "Bread"]);
    wait_until("something is printed", || alice.done(&["gazette"])["height"].as_u64() > Some(0));
    assert_eq!(alice.done(&["status"])["standstill"], json!(null));
    node.stop();
    std::thread::sleep(Duration::from_secs(8));
    let said = alice.done(&["status"])["standstill"].as_str().unwrap_or_default().to_owned();
    assert!(said.ends_with("you are the teller: `folkmoot run` prints on"), "{said}");
}
