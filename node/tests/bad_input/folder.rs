//! Data folders that are open to others, locked, read-only, in use, or of another version.

use crate::common::{Member, alice_alone, wait_until};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

#[test]
fn keys_that_are_open_to_others_are_not_used() {
    let (_folder, alice) = alice_alone();
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let key = alice.folder.join("device.key");
    for (path, wide, narrow) in [(&key, 0o644, 0o600), (&key, 0o660, 0o600), (&alice.folder, 0o755, 0o700), (&alice.folder, 0o701, 0o700)] {
        mode(path, wide);
        for words in [&["post", "bread", "--title", "x"][..], &["run"], &["status"], &["doctor", "--repair"]] {
            let refusal = alice.refused(words);
            assert_eq!(refusal.code, "permissions", "{words:?} {wide:o}");
            assert!(refusal.hint.contains("chmod"), "{}", refusal.hint);
        }
        assert!(alice.say(&["doctor"]).out.contains("is open to others"));
        mode(path, narrow);
    }
    alice.post("Rye", "");
}

#[test]
fn a_passphrase_is_needed_to_sign_and_to_start_and_for_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let alice = Member::at(folder.path().join("alice"));
    let unlocked = |words: &[&str]| {
        let said = alice.say_with(words, |command| {
            command.env("FOLKMOOT_PASSPHRASE", "sesame");
        });
        assert_eq!(said.code, Some(0), "{}", said.err);
    };
    unlocked(&["init", "--name", "alice"]);
    assert_eq!(alice.done(&["status"])["coop"], serde_json::Value::Null);
    assert!(!alice.store().exists(), "looking makes nothing");
    unlocked(&["found", "Bread and Roses"]);
    let status = alice.done(&["status"]);
    assert_eq!((&status["person"]["name"], &status["coop_name"], &status["running"]), (&"alice".into(), &"Bread and Roses".into(), &false.into()));
    assert_eq!((&status["cannot_write"], &status["spaces"][0]["operations"]), (&serde_json::Value::Null, &1.into()));
    assert_eq!(alice.done(&["peers"])["peers"], serde_json::json!([]));
    assert_eq!(alice.refused(&["community", "create", "bread", "--title", "Bread"]).code, "passphrase");
    assert_eq!(alice.refused(&["run"]).code, "passphrase");
}

#[test]
fn a_wrong_passphrase_opens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let alice = Member::at(folder.path().join("alice"));
    let with = |passphrase: &str, words: &[&str]| {
        alice.say_with(words, |command| {
            command.env("FOLKMOOT_PASSPHRASE", passphrase);
        })
    };
    let made = with("sesame", &["init", "--name", "alice"]);
    assert_eq!((made.code, made.out.contains("\"locked\":true")), (Some(0), true), "{}", made.out);
    for refusal in [with("guess", &["found", "Bread"]).refusal(), alice.refused(&["found", "Bread"]), alice.refused(&["run"])] {
        assert_eq!(refusal.code, "passphrase");
    }
    assert!(!alice.store().exists());
    assert_eq!(with("sesame", &["found", "Bread"]).code, Some(0));
    // Reading needs no keys.
    assert_eq!(alice.done(&["feed"])["posts"], serde_json::json!([]));
}

#[test]
fn keys_that_are_damaged_or_not_ones_own_are_named() {
    let (folder, alice) = alice_alone();
    let bob = Member::new(folder.path(), "bob");
    let (key, identity) = (alice.folder.join("device.key"), alice.folder.join("identity.json"));
    let (good_key, good_identity) = (fs::read(&key).unwrap(), fs::read(&identity).unwrap());
    for bad in [&b"zz"[..], b"", b"\xff\xff", &fs::read(bob.folder.join("device.key")).unwrap(), &good_key[..32]] {
        fs::write(&key, bad).unwrap();
        assert_eq!(alice.refused(&["post", "bread", "--title", "x"]).code, "keys");
    }
    fs::write(&key, &good_key).unwrap();
    fs::write(&identity, &good_identity[..40]).unwrap();
    assert_eq!(alice.refused(&["post", "bread", "--title", "x"]).code, "keys");
    fs::write(&identity, &good_identity).unwrap();
    assert_eq!(alice.refused(&["init", "--name", "alice"]).code, "exists");
    assert_eq!(fs::read(&key).unwrap(), good_key);
    alice.post("Rye", "");
}

#[test]
fn only_one_node_works_on_a_folder() {
    let (_folder, alice) = alice_alone();
    let mut node = alice.run();
    for words in [&["run"][..], &["verify", "--rebuild"], &["doctor", "--repair"]] {
        assert_eq!(alice.refused(words).code, "in-use", "{words:?}");
    }
    alice.post("Rye", "");
    assert!(node.is_running());
    node.stop();
}

#[test]
fn what_a_killed_node_leaves_behind_is_in_nobodys_way() {
    let (_folder, alice) = alice_alone();
    alice.run().kill();
    assert!(alice.folder.join("control.sock").exists());
    alice.post("Rye", "");
    let node = alice.run();
    alice.post("Oats", "");
    node.stop();
    assert!(!alice.folder.join("control.sock").exists());
}

#[test]
fn a_store_of_a_newer_version_is_left_alone() {
    let (_folder, alice) = alice_alone();
    alice.post("Rye", "");
    // `user_version` stands at offset 60 of the file.
    let present: [u8; 4] = fs::read(alice.store()).unwrap()[60..64].try_into().unwrap();
    alice.change_store(|bytes| bytes[60..64].copy_from_slice(&99_u32.to_be_bytes()));
    let before = fs::read(alice.store()).unwrap();
    for words in [&["feed"][..], &["post", "bread", "--title", "x"], &["verify"], &["run"], &["doctor", "--repair"], &["export", "/tmp/never-written"]] {
        let refusal = alice.refused(words);
        assert!(refusal.error.contains("newer version") && refusal.error.contains("99"), "{words:?}: {}", refusal.error);
    }
    assert!(alice.say(&["doctor"]).out.contains("newer version"));
    assert_eq!(fs::read(alice.store()).unwrap(), before, "nothing was changed");
    alice.change_store(|bytes| bytes[60..64].copy_from_slice(&present));
    assert_eq!(alice.hits("rye"), 1);
}

/// A folder shown a second time, where it is read-only; none where this user may not do that.
struct ReadOnly(Member);

impl ReadOnly {
    fn of(member: &Member) -> Option<Self> {
        let twin = member.folder.with_extension("read-only");
        fs::create_dir(&twin).unwrap();
        fs::set_permissions(&twin, fs::Permissions::from_mode(0o700)).unwrap();
        let mount = |words: &[&str]| Command::new("mount").args(words).arg(&twin).stderr(Stdio::null()).status().is_ok_and(|status| status.success());
        let bound = mount(&["--bind", member.folder.to_str().unwrap()]);
        let twin = Self(Member::at(twin.clone()));
        (bound && Command::new("mount").args(["-o", "remount,ro,bind"]).arg(&twin.0.folder).status().is_ok_and(|status| status.success())).then_some(twin)
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0.folder).stderr(Stdio::null()).status();
    }
}

#[test]
fn a_read_only_folder_is_said_to_be_one() {
    let (_folder, alice) = alice_alone();
    alice.post("Rye", "");
    let Some(ReadOnly(twin)) = &ReadOnly::of(&alice) else { return println!("skipped: nothing can be mounted here") };
    for words in [&["post", "bread", "--title", "x"][..], &["run"], &["found", "x"], &["feed"], &["verify"], &["doctor", "--repair"]] {
        let refusal = twin.refused(words);
        assert!(refusal.hint.contains("writ"), "{words:?}: {refusal:?}");
    }
    assert!(twin.say(&["doctor"]).out.contains("cannot be written"));
    assert_eq!(Member::at(twin.folder.join("new")).refused(&["init", "--name", "x"]).code, "folder");
    assert_eq!(alice.done(&["feed"])["posts"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_node_ends_though_nobody_reads_what_it_says() {
    let (_folder, alice) = alice_alone();
    let mut command = Command::new(env!("CARGO_BIN_EXE_folkmoot"));
    command.args(["--json", "--data"]).arg(&alice.folder).args(["run", "--listen", "127.0.0.1:0"]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("it runs", || alice.folder.join("control.sock").exists());
    let community = alice.done(&["community", "list"])["communities"][0]["id"].clone();
    // Every post is an event, and a pipe holds 64 KiB.
    let draft = serde_json::json!({"draft": "post", "community": community, "title": "T", "text": "", "url": null, "origin": null});
    let request = format!("{}\n", serde_json::json!({"request": "submit", "drafts": [draft]}));
    assert_eq!(alice.control(request.repeat(900).as_bytes()).matches("\"ok\"").count(), 900);
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::TERM).unwrap();
    let ended = |child: &mut std::process::Child| child.try_wait().unwrap();
    wait_until("it ends", || ended(&mut child).is_some());
    assert!(child.wait().unwrap().success());
}
