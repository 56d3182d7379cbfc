//! What is on the disk, seen from outside: what was erased is gone from every file, and a damaged store is
//! repaired from peers.

#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

fn folkmoot(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_folkmoot"));
    command.arg("--json").arg("--data").arg(folder).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn done(folder: &Path, arguments: &[&str]) -> Value {
    let output = folkmoot(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn refused(folder: &Path, arguments: &[&str]) -> Value {
    let output = folkmoot(folder, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!said.contains("panicked"), "{said}");
    said.lines().rev().find_map(|line| serde_json::from_str(line).ok()).unwrap_or_else(|| panic!("no error in {said}"))
}

struct Running(Child);

impl Running {
    fn start(folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_folkmoot"));
        command.arg("--json").arg("--data").arg(folder).args(["run", "--listen", "127.0.0.1:0"]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.next().unwrap().unwrap().contains("ready"));
        std::thread::spawn(move || lines.for_each(drop));
        Self(child)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(40);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}: not within 40 s");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn files_holding(folder: &Path, marker: &str) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let holds = |path: &Path| {
        let bytes = std::fs::read(path).unwrap_or_default().to_ascii_lowercase();
        bytes.windows(marker.len()).any(|window| window == marker.as_bytes())
    };
    files.filter(|path| holds(path)).map(|path| path.display().to_string()).collect()
}

/// Alice's and Bob's folders in one co-op with one community, which both follow.
fn two_members() -> (tempfile::TempDir, std::path::PathBuf, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (alice, bob) = (folder.path().join("alice"), folder.path().join("bob"));
    done(&alice, &["init", "--name", "Alice"]);
    done(&alice, &["found", "Bread"]);
    done(&alice, &["community", "create", "talk", "--title", "Talk"]);
    done(&bob, &["init", "--name", "Bob"]);
    let node = Running::start(&alice);
    let ticket = done(&alice, &["invite"])["ticket"].as_str().unwrap().to_owned();
    done(&bob, &["join", &ticket]);
    let again = refused(&folder.path().join("nobody"), &["join", &ticket]);
    assert_eq!(again["code"], "no-keys");
    done(&bob, &["community", "follow", "talk"]);
    drop(node);
    (folder, alice, bob)
}

fn state(folder: &Path) -> Value {
    done(folder, &["verify"])["state_hash"].clone()
}

#[test]
fn what_was_deleted_leaves_every_file_of_every_node() {
    let (_folder, alice, bob) = two_members();
    let (a, b) = (Running::start(&alice), Running::start(&bob));
    let post = done(&alice, &["post", "talk", "--title", "Xylophagous qwertzuiop", "--text", "zyxwvutsrq indeed"]);
    let id = post["id"].as_str().unwrap();
    done(&alice, &["edit", id, "--text", "zyxwvutsrq twice mnbvcxyasd"]);
    wait_until("bob has the post", || done(&bob, &["search", "mnbvcxyasd"])["hits"].as_array().is_some_and(|hits| hits.len() == 1));
    let export = alice.with_file_name("before.ops");
    done(&bob, &["export", export.to_str().unwrap()]);
    done(&alice, &["delete", id, "--yes"]);
    for folder in [&alice, &bob] {
        for marker in ["qwertzuiop", "zyxwvutsrq", "mnbvcxyasd"] {
            wait_until(&format!("{marker} leaves {}", folder.display()), || files_holding(folder, marker).is_empty());
        }
    }
    drop((a, b));
    for folder in [&alice, &bob] {
        done(folder, &["import", export.to_str().unwrap()]);
        assert_eq!(files_holding(folder, "zyxwvutsrq"), Vec::<String>::new(), "it came back");
        assert_eq!(done(folder, &["verify"])["faults"], serde_json::json!([]));
    }
    assert_eq!(state(&alice), state(&bob));
}

#[test]
fn a_damaged_store_is_named_and_repaired_from_peers() {
    let (_folder, alice, bob) = two_members();
    let (a, b) = (Running::start(&alice), Running::start(&bob));
    for n in 0..40 {
        done(&alice, &["post", "talk", "--title", &format!("Post {n}"), "--text", &"words ".repeat(200)]);
    }
    wait_until("both agree", || state(&alice) == state(&bob));
    drop((a, b));
    // A clean end empties the log into the file.
    done(&bob, &["community", "follow", "talk"]);
    let store = bob.join("store.sqlite");
    let mut bytes = std::fs::read(&store).unwrap();
    // A page that holds posts.
    let holds_posts = |page: &[u8]| page.windows(11).any(|window| window == b"words words");
    let damaged = bytes.chunks_mut(4096).filter(|page| holds_posts(page)).nth(2).unwrap();
    damaged.fill(0xA5);
    std::fs::write(&store, bytes).unwrap();
    let said = folkmoot(&bob, &["verify"]);
    assert!(!said.status.success(), "the damage is seen");
    let repaired = folkmoot(&bob, &["doctor", "--repair"]);
    assert!(!String::from_utf8_lossy(&repaired.stderr).contains("panicked"));
    let _nodes = (Running::start(&alice), Running::start(&bob));
    wait_until("bob has everything again", || folkmoot(&bob, &["verify"]).status.success() && state(&alice) == state(&bob));
}

#[test]
fn garbage_in_place_of_a_store_is_an_error_and_no_panic() {
    let (_folder, alice, _bob) = two_members();
    std::fs::write(alice.join("store.sqlite"), [0x5A; 20_000]).unwrap();
    for suffix in ["store.sqlite-wal", "store.sqlite-shm"] {
        let _ = std::fs::remove_file(alice.join(suffix));
    }
    for command in [vec!["feed"], vec!["status"], vec!["verify"], vec!["post", "talk", "--title", "x", "--text", "y"]] {
        assert_eq!(refused(&alice, &command)["code"], "store", "{command:?}");
    }
}

#[test]
fn two_nodes_never_work_on_one_folder() {
    let (_folder, alice, _bob) = two_members();
    let _node = Running::start(&alice);
    assert_eq!(refused(&alice, &["run"])["code"], "in-use");
}

#[test]
fn names_that_could_deceive_and_texts_too_long_are_refused_with_a_reason() {
    let (_folder, alice, _bob) = two_members();
    for (title, text) in
        [("ali\u{202E}ce", "x"), ("a\u{7}b", "x"), ("   ", "x"), (&*"t".repeat(201), "x"), ("fine", &*"x".repeat(40_001)), ("fine", "a\u{1b}[31m")]
    {
        let error = refused(&alice, &["post", "talk", "--title", title, "--text", text]);
        assert!(error["error"].as_str().is_some_and(|error| !error.is_empty()) && error["hint"].as_str().is_some_and(|hint| !hint.is_empty()));
    }
    assert_eq!(done(&alice, &["feed"])["posts"], serde_json::json!([]));
}

#[test]
fn a_killed_node_loses_nothing_that_it_acknowledged() {
    let (_folder, alice, _bob) = two_members();
    for round in 0..5 {
        let node = Running::start(&alice);
        let id = done(&alice, &["post", "talk", "--title", &format!("Round {round}"), "--text", "x"])["id"].as_str().unwrap().to_owned();
        drop(node);
        assert_eq!(done(&alice, &["thread", &id])["post"]["title"], format!("Round {round}"));
        assert_eq!(done(&alice, &["verify"])["faults"], serde_json::json!([]));
    }
}
