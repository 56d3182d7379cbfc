//! What cannot be taken back is not done by accident.

use crate::common::{Member, alice_alone};
use std::fs;

#[test]
fn nobody_locks_themselves_out_by_accident() {
    let (_folder, alice) = alice_alone();
    let own = alice.done(&["device", "list"])["devices"][0]["id"].as_str().unwrap().to_owned();
    let refusal = alice.refused(&["device", "revoke", &own]);
    assert_eq!(refusal.code, "not-done");
    assert!(refusal.error.contains("your last one") && refusal.hint.contains("--yes"), "{refusal:?}");
    alice.post("Rye", "");
    alice.done(&["device", "revoke", &own, "--yes"]);
    let refusal = alice.refused(&["post", "bread", "--title", "Too late"]);
    assert_eq!(refusal.code, "revoked");
    assert!(refusal.hint.contains("init") && refusal.hint.contains("invitation"), "the way on is one that there is: {refusal:?}");
}

#[test]
fn what_is_erased_for_good_is_not_erased_by_a_script_that_did_not_say_so() {
    let (_folder, alice) = alice_alone();
    let post = alice.post("Rye", "");
    let refusal = alice.refused(&["delete", &post]);
    assert_eq!(refusal.code, "not-done");
    assert!(refusal.error.contains("Rye") && refusal.hint.contains("--yes"), "{refusal:?}");
    assert!(alice.has(&post));
    alice.done(&["delete", &post, "--yes"]);
    assert!(!alice.has(&post));
}

#[test]
fn a_folder_that_lost_its_key_says_so_and_is_given_to_nobody_else() {
    let (_folder, alice) = alice_alone();
    let identity = fs::read(alice.folder.join("identity.json")).unwrap();
    let key = fs::read(alice.folder.join("device.key")).unwrap();
    fs::remove_file(alice.folder.join("device.key")).unwrap();
    for words in [&["init", "--name", "Evil"][..], &["device", "pair"], &["feed"], &["post", "bread", "--title", "x"], &["run"], &["status"]] {
        let refusal = alice.refused(words);
        assert!(refusal.error.contains("device.key is missing") && refusal.hint.contains("device pair"), "{words:?}: {refusal:?}");
    }
    assert!(alice.say(&["doctor"]).out.contains("device.key is missing"));
    assert_eq!(fs::read(alice.folder.join("identity.json")).unwrap(), identity);
    // With the key back in its place, all is as it was.
    Member::at(alice.folder.clone()).refused(&["feed"]);
    fs::write(alice.folder.join("device.key"), key).unwrap();
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(alice.folder.join("device.key"), fs::Permissions::from_mode(0o600)).unwrap();
    alice.post("Rye", "");
}
