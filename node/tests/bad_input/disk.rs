//! Disks that are full, and nodes that are killed.

use crate::common::{Member, Said, alice_alone, alice_and_bob, small_disk::SmallDisk, wait_until, wait_until_agreed};
use serde_json::json;
use std::{
    fs::{self, File},
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
};

fn id_of(said: &Said) -> String {
    serde_json::from_str::<serde_json::Value>(&said.out).unwrap()["id"].as_str().unwrap().to_owned()
}

/// Alice on a small disk.
fn alice_on(disk: &SmallDisk) -> Member {
    let alice = Member::new(&disk.0, "alice");
    alice.done(&["found", "Bread and Roses"]);
    alice.done(&["community", "create", "bread", "--title", "Bread"]);
    alice
}

#[test]
fn a_full_disk_is_said_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::new(&folder, "1M") else { return println!("skipped: nothing can be mounted here") };
    let alice = alice_on(&disk);
    let posts: Vec<String> = (0..3).map(|n| alice.post(&format!("Post {n}"), &"words ".repeat(200))).collect();
    let whole = folder.path().join("whole.folkmoot");
    alice.done(&["export", whole.to_str().unwrap()]);
    let refusal = alice.refused(&["export", whole.to_str().unwrap()]);
    assert!(refusal.error.ends_with("it is there already") && refusal.hint.contains("another name"), "{refusal:?}");
    disk.fill();
    for words in [&["post", "bread", "--title", "One more"][..], &["react", &posts[0], "up"], &["delete", &posts[0], "--yes"], &["invite"], &["run"]] {
        let refusal = alice.refused(words);
        assert!(refusal.error.contains("disk is full") && refusal.hint.contains("space"), "{words:?}: {refusal:?}");
        assert_eq!(alice.say(words).err.lines().count(), 1, "the refusal and nothing else: {words:?}");
    }
    let examined = alice.say(&["doctor"]);
    assert!(examined.code == Some(1) && examined.out.contains("disk is full") && examined.out.contains("cannot be written"), "{}", examined.out);
    let copy = disk.0.join("copy.folkmoot");
    assert_eq!(alice.say(&["export", copy.to_str().unwrap()]).code, Some(1));
    assert!(!copy.exists(), "half an export stands in the way of the next");
    let refusal = Member::at(disk.0.join("bob")).refused(&["init", "--name", "bob"]);
    assert!(refusal.error.ends_with("the disk is full") && refusal.hint.contains("space"), "{refusal:?}");
    assert!(!examined.out.contains(".tmp"), "{}", examined.out);
    disk.make_room();
    assert!(posts.iter().all(|post| alice.has(post)));
    alice.post("One more", "");
    alice.state_hash();
}

#[test]
fn what_is_held_already_needs_no_room() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::new(&folder, "1M") else { return println!("skipped: nothing can be mounted here") };
    let alice = alice_on(&disk);
    // Somebody reads meanwhile, so that the log cannot be emptied into the file before the disk is full.
    let reading = rusqlite::Connection::open(alice.store()).unwrap();
    reading.execute_batch("BEGIN; SELECT count(*) FROM operation").unwrap();
    (0..3).for_each(|n| drop(alice.post(&format!("Post {n}"), &"words ".repeat(6_000))));
    reading.execute_batch("COMMIT").unwrap();
    let whole = folder.path().join("whole.folkmoot");
    alice.done(&["export", whole.to_str().unwrap()]);
    disk.fill();
    let imported = alice.say(&["import", whole.to_str().unwrap()]);
    assert_eq!((imported.code, imported.err.as_str()), (Some(0), ""), "{}", imported.out);
}

#[test]
fn a_node_outlives_a_full_disk() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::new(&folder, "1M") else { return println!("skipped: nothing can be mounted here") };
    let alice = alice_on(&disk);
    let mut node = alice.run();
    let mut acknowledged = vec![alice.post("Before", "")];
    disk.fill();
    // What the log has taken up already, it can still use.
    let refusal = (0..200).find_map(|n| {
        let said = alice.say_with_input(&["post", "bread", "--title", &format!("Post {n}"), "-"], &[b'x'; 39_000]);
        match said.code {
            Some(0) => acknowledged.push(id_of(&said)),
            _ => return Some(said.refusal()),
        }
        None
    });
    assert!(refusal.as_ref().is_some_and(|refusal| refusal.error.contains("disk is full")), "{refusal:?}");
    assert!(node.is_running() && acknowledged.iter().all(|id| alice.has(id)));
    disk.make_room();
    wait_until("there is room again", || alice.say(&["post", "bread", "--title", "Again", "--text", ""]).code == Some(0));
    node.stop();
    assert!(acknowledged.iter().all(|id| alice.has(id)));
    alice.state_hash();
}

#[test]
fn a_node_that_takes_in_more_than_there_is_room_for_says_so_and_goes_on_when_there_is() {
    let coop = alice_and_bob();
    let Some(disk) = SmallDisk::new(&coop.folder, "8M") else { return println!("skipped: nothing can be mounted here") };
    let bob = Member::at(disk.0.join("bob"));
    assert!(Command::new("cp").arg("-a").arg(&coop.bob.folder).arg(&bob.folder).status().unwrap().success());
    let alice = coop.alice.run();
    let mut node = bob.run();
    let early = coop.alice.post("Early", "in good time");
    wait_until("bob has the first post", || bob.has(&early));
    disk.fill();
    let posts: Vec<String> = (0..30).map(|n| coop.alice.post(&format!("Post {n}"), &"heavy ".repeat(6_000))).collect();
    let trouble = || bob.done(&["status"])["trouble"].as_str().unwrap_or_default().to_owned();
    wait_until("the node says what is wrong", || node.said().iter().any(|line| line["event"] == "trouble"));
    wait_until("whoever asks is told", || trouble().contains("disk is full"));
    let examined = bob.say(&["doctor"]);
    assert!(examined.code == Some(1) && examined.out.contains("disk is full"), "{}", examined.out);
    assert!(bob.has(&early) && bob.hits("good") == 1 && node.is_running(), "what is there can be read");
    assert!(bob.refused(&["post", "bread", "--title", "No room", "--text", &"heavy ".repeat(6_000)]).error.contains("disk is full"));
    assert_ne!(bob.state_hash(), coop.alice.state_hash());
    disk.make_room();
    wait_until_agreed(&[&bob, &coop.alice]);
    assert!(posts.iter().all(|post| bob.has(post)));
    wait_until("nothing is wrong any more", || trouble().is_empty());
    let examined = bob.say(&["doctor"]);
    assert_eq!(examined.code, Some(0), "{}", examined.out);
    bob.post("Room again", "");
    wait_until_agreed(&[&bob, &coop.alice]);
    node.stop();
    alice.stop();
}

#[test]
fn a_repair_that_finds_no_room_leaves_everything_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::new(&folder, "1M") else { return println!("skipped: nothing can be mounted here") };
    let alice = alice_on(&disk);
    (0..40).for_each(|n| drop(alice.post(&format!("Post {n}"), &"words ".repeat(600))));
    alice.change_store(|bytes| {
        let at = bytes.windows(11).position(|window| window == b"words words").unwrap();
        bytes[at / 4096 * 4096..][..4096].fill(0xA5);
    });
    let before = fs::read(alice.store()).unwrap();
    disk.fill();
    assert!(alice.refused(&["doctor", "--repair"]).error.contains("disk is full"));
    assert_eq!(fs::read(alice.store()).unwrap(), before);
    let left = fs::read_dir(&alice.folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left: Vec<String> = left.filter(|name| name.starts_with("repair-") || name.starts_with("damaged-")).collect();
    assert_eq!(left, Vec::<String>::new(), "nothing half done is left");
    disk.make_room();
    let repaired = alice.done(&["doctor", "--repair"])["repaired"].clone();
    assert!(repaired["kept"].as_u64().unwrap() + repaired["waiting"].as_u64().unwrap() >= 38, "{repaired}");
}

#[test]
fn a_killed_node_keeps_what_it_acknowledged() {
    let (_folder, alice) = alice_alone();
    for round in 0..3 {
        let node = alice.run();
        let (ended, enough) = (AtomicBool::new(false), 15);
        let write = |who: u32| {
            let mut acknowledged = Vec::new();
            while !ended.load(Ordering::Relaxed) {
                let said = alice.say(&["post", "bread", "--title", &format!("{round} {who} {}", acknowledged.len()), "--text", &"words ".repeat(300)]);
                if said.code == Some(0) {
                    acknowledged.push(id_of(&said));
                }
            }
            acknowledged
        };
        let acknowledged = std::thread::scope(|scope| {
            let writers = [0, 1].map(|who| scope.spawn(move || write(who)));
            wait_until("some is written", || alice.say(&["feed", "--limit", "50"]).out.matches(&format!("\"title\":\"{round} ")).count() > enough);
            node.kill();
            ended.store(true, Ordering::Relaxed);
            writers.map(|writer| writer.join().unwrap()).concat()
        });
        assert!(acknowledged.iter().all(|id| alice.has(id)), "round {round}");
        alice.state_hash();
    }
}

#[test]
fn a_store_whose_log_was_cut_or_taken_away_opens_as_it_was_before() {
    for cut in [0, 1, 2, 3] {
        let (_folder, alice) = alice_alone();
        let node = alice.run();
        let posts: Vec<String> = (0..6).map(|n| alice.post(&format!("Post {n}"), &"words ".repeat(300))).collect();
        node.kill();
        let log = alice.folder.join("store.sqlite-wal");
        let length = fs::metadata(&log).unwrap().len();
        match cut {
            0 => fs::remove_file(&log).unwrap(),
            1 => File::options().write(true).open(&log).unwrap().set_len(length / 2).unwrap(),
            2 => File::options().write(true).open(&log).unwrap().set_len(length - 777).unwrap(),
            _ => fs::write(alice.folder.join("store.sqlite-shm"), [0xA5; 32_768]).unwrap(),
        }
        let there = posts.iter().map(|post| alice.has(post)).collect::<Vec<_>>();
        assert!(there.is_sorted_by(|before, after| before >= after), "a beginning is left: {there:?}");
        assert!(cut < 3 || there.iter().all(|there| *there), "the index of the log is made anew");
        alice.post("One more", "");
        alice.state_hash();
    }
}

#[test]
fn a_damaged_export_takes_nothing_wrong_in() {
    let (folder, alice) = alice_alone();
    for n in 0..5 {
        alice.post(&format!("Post {n}"), &"words ".repeat(100));
    }
    let copy = folder.path().join("copy.folkmoot");
    alice.done(&["export", copy.to_str().unwrap()]);
    assert_eq!(alice.refused(&["export", copy.to_str().unwrap()]).code, "file");
    let good = fs::read(&copy).unwrap();
    let (before, bad) = (alice.state_hash(), folder.path().join("bad.folkmoot"));
    let import = |bytes: &[u8]| {
        fs::write(&bad, bytes).unwrap();
        alice.say(&["import", bad.to_str().unwrap()])
    };
    let header = good.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for (bytes, code) in [
        (&b""[..], "format"),
        (&good[..10], "format"),
        (&[0xA5; 5_000], "format"),
        (&good[..good.len() / 2], "damaged"),
        (&good[..good.len() - 1], "damaged"),
        (&[&good[..header], &[0xFF; 100]].concat(), "damaged"),
        (&[&good[..header], &[0, 0, 0, 3, 1, 2, 3]].concat(), "damaged"),
    ] {
        assert_eq!(import(bytes).refusal().code, code);
    }
    let mut altered = good.clone();
    let at = altered.windows(5).rposition(|window| window == b"words").unwrap();
    altered[at] ^= 1;
    assert_eq!(serde_json::from_str::<serde_json::Value>(&import(&altered).out).unwrap()["refused"], json!(1));
    for missing in ["/nowhere/at/all", folder.path().to_str().unwrap(), "/dev/null"] {
        alice.refused(&["import", missing]);
    }
    assert_eq!(alice.state_hash(), before);
}
