//! A corrupt store is repaired from peers, and says so.

use crate::common::{Coop, Member, alice_alone, alice_and_bob, wait_until, wait_until_agreed};
use serde_json::{Value, json};
use std::fs;

const PAGE: usize = 4096;

/// Alice and Bob with 30 posts that both have, by both in turn, and five that only Bob has; no node runs.
fn with_posts() -> Coop {
    let coop = alice_and_bob();
    let nodes = (coop.alice.run(), coop.bob.run());
    for n in 0..15 {
        coop.alice.post(&format!("By alice {n}"), &format!("common ground {n}. {}", "rye ".repeat(400)));
        coop.bob.post(&format!("By bob {n}"), &format!("common ground {n}. {}", "oats ".repeat(300)));
    }
    wait_until_agreed(&[&coop.alice, &coop.bob]);
    nodes.0.stop();
    for n in 0..5 {
        coop.bob.post(&format!("Only bob {n}"), &format!("nobody else has {n}. {}", "wheat ".repeat(300)));
    }
    nodes.1.stop();
    coop
}

/// Overwrites the page on which a text begins for the last time: that of the operation, not of an index.
fn spoil_page_of(member: &Member, text: &str) {
    member.change_store(|bytes| {
        let at = bytes.windows(text.len()).rposition(|window| window == text.as_bytes()).expect("the text is there");
        let page = at / PAGE * PAGE;
        let mut noise = 0x2545_F491_4F6C_DD1D_u64;
        for byte in &mut bytes[page..page + PAGE] {
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *byte = (noise >> 56) as u8;
        }
    });
}

fn repair(member: &Member) -> Value {
    member.done(&["doctor", "--repair"])["repaired"].clone()
}

/// Runs both until Bob may write again and they agree.
fn heal(coop: &Coop) {
    let nodes = (coop.alice.run(), coop.bob.run());
    wait_until("bob may write", || coop.bob.say(&["post", "bread", "--title", "After the repair", "--text", ""]).code == Some(0));
    wait_until_agreed(&[&coop.alice, &coop.bob]);
    nodes.0.stop();
    nodes.1.stop();
}

fn titles(member: &Member, beginning: &str) -> usize {
    let feed = member.done(&["feed", "--sort", "new", "--limit", "50"]);
    feed["posts"].as_array().unwrap().iter().filter(|post| post["title"].as_str().unwrap().starts_with(beginning)).count()
}

fn forks(member: &Member) -> u64 {
    member.done(&["status"])["spaces"].as_array().unwrap().iter().map(|space| space["closed"].as_u64().unwrap()).sum()
}

#[test]
fn a_corrupt_page_costs_what_stood_on_it_and_peers_send_that_again() {
    let coop = with_posts();
    for damaged in ["common ground 3. oats", "common ground 8. rye"] {
        spoil_page_of(&coop.bob, damaged);
    }
    let refusal = coop.bob.refused(&["verify"]);
    assert!(refusal.error.contains("damaged") && refusal.hint.contains("doctor --repair"), "{refusal:?}");
    let repaired = repair(&coop.bob);
    let number = |name: &str| repaired[name].as_u64().unwrap();
    assert!(number("lost") > 0 && number("lost") <= 8 && number("waiting") > 0 && number("kept") > 0, "{repaired}");
    assert!(fs::exists(format!("{}/store.sqlite", repaired["folder_of_damaged"].as_str().unwrap())).unwrap());
    assert_eq!(coop.bob.refused(&["post", "bread", "--title", "Too early"]).code, "repairing");
    assert!(coop.bob.say(&["doctor"]).out.contains("another node has sent what may be missing"));
    heal(&coop);
    for member in [&coop.alice, &coop.bob] {
        assert_eq!((titles(member, "By"), titles(member, "Only bob"), forks(member)), (30, 5, 0));
    }
}

#[test]
fn a_repair_says_in_a_sentence_what_it_saved() {
    let coop = with_posts();
    spoil_page_of(&coop.bob, "common ground 3. oats");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_folkmoot"));
    let said = command.arg("--data").arg(&coop.bob.folder).args(["doctor", "--repair"]).output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(said.starts_with("Saved ") && said.contains("could not be read") && said.contains("damaged-"), "{said}");
}

#[test]
fn a_changed_byte_is_seen_by_verify_and_mended_by_a_repair() {
    let coop = with_posts();
    coop.bob.change_store(|bytes| {
        let at = bytes.windows(16).rposition(|window| window == b"common ground 5.").unwrap();
        bytes[at] ^= 1;
    });
    assert_eq!(coop.bob.done(&["feed"])["posts"].as_array().map(Vec::len), Some(20));
    let said = coop.bob.say(&["verify"]);
    assert_eq!(serde_json::from_str::<Value>(&said.out).unwrap()["faults"].as_array().map(Vec::len), Some(1));
    assert!(said.refusal().hint.contains("doctor --repair"));
    assert_eq!(repair(&coop.bob)["lost"], json!(1));
    heal(&coop);
    assert_eq!((titles(&coop.bob, "By"), titles(&coop.alice, "Only bob")), (30, 5));
}

#[test]
fn a_store_without_its_hall_finds_its_peers_again() {
    let coop = with_posts();
    // The founding is the first operation; on its page stand the hall and whatever came in first.
    spoil_page_of(&coop.bob, "Bread and Roses");
    repair(&coop.bob);
    heal(&coop);
    assert_eq!((titles(&coop.bob, "By"), forks(&coop.alice)), (30, 0));
}

#[test]
fn a_store_that_is_gone_is_entered_again_without_contradicting_oneself() {
    for garbage in [Some(vec![0xA5; 100_000]), Some(vec![]), None] {
        let coop = with_posts();
        match &garbage {
            Some(bytes) => coop.bob.change_store(|store| store.clone_from(bytes)),
            None => fs::remove_file(coop.bob.store()).unwrap(),
        }
        if garbage.as_ref().is_some_and(|bytes| !bytes.is_empty()) {
            assert!(coop.bob.refused(&["run"]).hint.contains("doctor --repair"));
            repair(&coop.bob);
        }
        // Whoever founds another co-op here could not go back into their own.
        for words in [&["post", "bread", "--title", "Where?"][..], &["found", "Another"], &["feed"]] {
            let refusal = coop.bob.refused(words);
            assert!(refusal.code == "no-coop" && refusal.error.contains("lost with its store"), "{words:?}: {refusal:?}");
            assert!(refusal.hint.contains("folkmoot join"), "{words:?}: {refusal:?}");
        }
        let node = coop.alice.run();
        coop.bob.enter(&coop.alice);
        node.stop();
        // Nothing is written over what stands under the same number elsewhere.
        assert_eq!(coop.bob.refused(&["post", "bread", "--title", "Too early"]).code, "repairing");
        heal(&coop);
        assert_eq!((titles(&coop.bob, "By"), forks(&coop.alice)), (30, 0));
    }
}

#[test]
fn who_is_alone_need_not_wait_for_anybody_after_a_repair() {
    let (_folder, alice) = alice_alone();
    let post = alice.post("Rye", "");
    alice.done(&["save", &post]);
    assert_eq!(repair(&alice)["lost"], json!(0));
    alice.post("Oats", "");
    let saved = alice.done(&["feed", "--saved"]);
    assert_eq!(saved["posts"][0]["id"], json!(post), "what is saved is known nowhere else");
    alice.state_hash();
}

#[test]
fn a_repair_without_a_store_or_in_the_way_of_a_node_is_refused() {
    let (folder, alice) = alice_alone();
    let bob = Member::new(folder.path(), "bob");
    assert_eq!(bob.refused(&["doctor", "--repair"]).code, "no-store");
    let node = alice.run();
    assert_eq!(alice.refused(&["doctor", "--repair"]).code, "in-use");
    node.stop();
}

#[test]
fn noise_anywhere_in_the_file_is_an_error_and_never_a_crash() {
    let (folder, alice) = alice_alone();
    for n in 0..20 {
        alice.post(&format!("Post {n}"), &"words ".repeat(200));
    }
    let good = fs::read(alice.store()).unwrap();
    let copy = Member::at(folder.path().join("copy"));
    fs::create_dir(&copy.folder).unwrap();
    for file in ["device.key", "identity.json"] {
        fs::copy(alice.folder.join(file), copy.folder.join(file)).unwrap();
    }
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(&copy.folder, fs::Permissions::from_mode(0o700)).unwrap();
    for page in (0..good.len() / PAGE).step_by(7) {
        for suffix in ["-wal", "-shm"] {
            let _ = fs::remove_file(copy.folder.join(format!("store.sqlite{suffix}")));
        }
        let mut bad = good.clone();
        bad[page * PAGE..(page + 1) * PAGE].iter_mut().enumerate().for_each(|(n, byte)| *byte ^= (n * 167 + page) as u8 | 1);
        fs::write(copy.store(), bad).unwrap();
        for words in [&["feed"][..], &["search", "words"], &["verify"], &["post", "bread", "--title", "x"]] {
            let said = copy.say(words);
            assert!(said.code == Some(0) || said.refusal().hint.contains("doctor --repair"), "page {page}, {words:?}: {}", said.err);
        }
    }
}

#[test]
fn a_log_that_is_lost_after_a_kill_is_noticed_and_peers_send_what_it_held() {
    let coop = alice_and_bob();
    let nodes = (coop.alice.run(), coop.bob.run());
    for n in 0..6 {
        coop.bob.post(&format!("By bob {n}"), "");
    }
    wait_until_agreed(&[&coop.alice, &coop.bob]);
    nodes.1.kill();
    nodes.0.stop();
    fs::remove_file(coop.bob.folder.join("store.sqlite-wal")).unwrap();
    let refusal = coop.bob.refused(&["post", "bread", "--title", "Too early"]);
    assert!(["repairing", "no-coop"].contains(&refusal.code.as_str()), "{refusal:?}");
    if refusal.code == "no-coop" {
        let node = coop.alice.run();
        coop.bob.enter(&coop.alice);
        node.stop();
    }
    heal(&coop);
    assert_eq!((titles(&coop.bob, "By bob"), forks(&coop.alice)), (6, 0));
}

/// Overwrites the root page of a table or index, and with it a small one whole.
fn spoil_root_of(member: &Member, name: &str) {
    let store = rusqlite::Connection::open(member.store()).unwrap();
    let root: u32 = store.query_row("SELECT rootpage FROM sqlite_master WHERE name = ?1", [name], |row| row.get(0)).unwrap();
    store.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(store);
    spoil_page(member, root as usize);
}

fn spoil_page(member: &Member, page: usize) {
    member.change_store(|bytes| bytes[(page - 1) * PAGE..page * PAGE].iter_mut().enumerate().for_each(|(n, byte)| *byte = (n * 89 + 7) as u8));
}

#[test]
fn without_the_way_to_them_operations_are_taken_from_the_pages_on_which_they_stand() {
    let (_folder, alice) = alice_alone();
    for n in 0..30 {
        alice.post(&format!("Post {n}"), &"words ".repeat(if n % 10 == 0 { 2_000 } else { 200 }));
    }
    let (whole, hash) = (alice.done(&["verify"])["operations"].clone(), alice.state_hash());
    let good = fs::read(alice.store()).unwrap();
    for first in [true, false] {
        fs::write(alice.store(), &good).unwrap();
        if first {
            spoil_page(&alice, 1)
        } else {
            spoil_root_of(&alice, "operation")
        }
        let repaired = repair(&alice);
        assert_eq!((&repaired["kept"], &repaired["waiting"], &repaired["lost"]), (&whole, &json!(0), &json!(0)), "the first page: {first}");
        assert_eq!(alice.state_hash(), hash, "the first page: {first}");
        alice.post("After the repair", "");
    }
    // Of a file that was cut off the rest is saved.
    fs::write(alice.store(), &good[..good.len() / 4 * 3]).unwrap();
    let repaired = repair(&alice);
    assert!(repaired["kept"].as_u64().unwrap() + repaired["waiting"].as_u64().unwrap() > 5, "{repaired}");
}

#[test]
fn no_table_but_that_of_the_operations_is_needed_to_save_them() {
    let (_folder, alice) = alice_alone();
    for n in 0..8 {
        let post = alice.post(&format!("Post {n}"), "Words");
        alice.done(&["edit", &post, "--text", "Other words"]);
        alice.done(&["comment", &post, "--text", "An answer"]);
    }
    alice.done(&["community", "create", "rolls", "--title", "Rolls"]);
    alice.done(&["profile", "edit", "--bio", "Bakes"]);
    let (whole, hash) = (alice.done(&["verify"])["operations"].clone(), alice.state_hash());
    let good = fs::read(alice.store()).unwrap();
    let tables = ["space", "chain", "document", "issue", "setting", "person"];
    let indices = ["sqlite_autoindex_space_1", "sqlite_autoindex_chain_1", "operation_by_chain", "operation_by_document", "sqlite_autoindex_operation_1"];
    let both = ["space", "sqlite_autoindex_space_1", "chain", "sqlite_autoindex_chain_1", "document", "sqlite_autoindex_document_1", "setting", "issue"];
    let alone = tables.iter().chain(&indices).map(std::slice::from_ref);
    for spoilt in alone.chain([&both[..]]) {
        for suffix in ["-wal", "-shm"] {
            let _ = fs::remove_file(alice.folder.join(format!("store.sqlite{suffix}")));
        }
        fs::write(alice.store(), &good).unwrap();
        spoilt.iter().for_each(|name| spoil_root_of(&alice, name));
        let damaged = fs::read(alice.store()).unwrap();
        let repaired = repair(&alice);
        assert_eq!((&repaired["kept"], &repaired["waiting"], &repaired["lost"]), (&whole, &json!(0), &json!(0)), "{spoilt:?}");
        assert_eq!(fs::read(format!("{}/store.sqlite", repaired["folder_of_damaged"].as_str().unwrap())).unwrap(), damaged);
        assert_eq!(alice.state_hash(), hash, "{spoilt:?}");
        assert_eq!(alice.done(&["profile", "show"])["name"], "alice", "{spoilt:?}");
        alice.post("After the repair", "");
    }
}
