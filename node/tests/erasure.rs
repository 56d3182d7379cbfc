//! What its author deletes leaves every file of every node that hears of it, and does not come back.

mod common;

use common::{Coop, Member, alice_and_bob_running, files_holding, wait_until, wait_until_agreed};
use serde_json::json;

/// Made-up words, so that they stand nowhere by chance; written in other letters than they are looked for.
const TITLE: &str = "zwgfhxqvbk";
const BODY: &str = "qvxkzjbwphd";
const EDITED: &str = "jxqfvwkzmgp";
const ANSWER: &str = "bvzkqxjhwft";
const PAGE: &str = "wkxzvqgjbfn";
const MARKERS: [&str; 5] = [TITLE, BODY, EDITED, ANSWER, PAGE];

fn gone_from(member: &Member) {
    wait_until("every file is clean", || files_holding(&member.folder, &MARKERS).is_empty());
    for marker in MARKERS {
        assert_eq!(member.hits(marker), 0, "{marker}");
    }
}

/// An edited post with an edited comment by Alice, and a page that both wrote; answers their ids.
fn write_all(coop: &Coop) -> Vec<String> {
    let Coop { alice, bob, .. } = coop;
    // What stands before and after it in the same pages stays.
    (0..10).for_each(|n| drop(alice.post(&format!("Before {n}"), &"words ".repeat(100 * n))));
    let post = alice.post(&format!("About {}", TITLE.to_uppercase()), &format!("So {BODY}, {} and so on. {}", BODY.to_uppercase(), "words ".repeat(900)));
    for n in 0..10 {
        alice.done(&["edit", &post, "--text", &format!("Version {n} of {EDITED}{n} and {BODY}")]);
    }
    let comment = alice.id(&["comment", &post, "--text", &format!("Indeed {ANSWER}")]);
    alice.done(&["edit", &comment, "--text", &format!("Indeed, {} it is", ANSWER.to_uppercase())]);
    let page = alice.id(&["page", "create", "bread", "minutes", "--title", &format!("Of {PAGE}"), "--text", "One two three"]);
    wait_until("bob has the page", || bob.say(&["page", "show", "minutes"]).code == Some(0));
    bob.done(&["page", "edit", "minutes", "--text", &format!("One {PAGE} two three")]);
    wait_until("alice has bob's edit", || alice.hits(PAGE) == 1 && alice.done(&["page", "show", "minutes"])["edits"] == json!(1));
    alice.done(&["page", "edit", "minutes", "--text", &format!("One {PAGE} two {PAGE}x three")]);
    (0..10).for_each(|n| drop(bob.post(&format!("After {n}"), &"words ".repeat(100 * n))));
    wait_until_agreed(&[alice, bob]);
    for member in [alice, bob] {
        assert!([TITLE, BODY, ANSWER, PAGE].iter().all(|marker| member.hits(marker) == 1));
        assert!(!files_holding(&member.folder, &MARKERS).is_empty());
    }
    vec![post, comment, page]
}

#[test]
fn what_was_deleted_leaves_every_file_and_does_not_come_back() {
    let (coop, alices, bobs) = alice_and_bob_running();
    let ids = write_all(&coop);
    let Coop { folder, alice, bob } = &coop;
    let copy = folder.path().join("copy.folkmoot");
    bob.done(&["export", copy.to_str().unwrap()]);
    ids.iter().for_each(|id| drop(alice.done(&["delete", id, "--yes"])));
    wait_until_agreed(&[alice, bob]);
    for member in [alice, bob] {
        gone_from(member);
        assert!(ids.iter().all(|id| !member.has(id)));
    }
    for member in [alice, bob] {
        let imported = member.done(&["import", copy.to_str().unwrap()]);
        assert_eq!((&imported["taken"], &imported["waiting"]), (&json!(0), &json!(0)), "{imported}");
        gone_from(member);
    }
    alices.stop();
    bobs.stop();
    for member in [alice, bob] {
        gone_from(member);
        member.done(&["import", copy.to_str().unwrap()]);
        gone_from(member);
        let before = member.state_hash();
        member.done(&["verify", "--rebuild"]);
        assert_eq!(member.state_hash(), before);
        gone_from(member);
    }
    assert_eq!(alice.state_hash(), bob.state_hash());
}

#[test]
fn a_newcomer_agrees_and_never_sees_it() {
    let (coop, alices, bobs) = alice_and_bob_running();
    let ids = write_all(&coop);
    let Coop { folder, alice, bob } = &coop;
    ids.iter().for_each(|id| drop(alice.done(&["delete", id, "--yes"])));
    wait_until_agreed(&[alice, bob]);
    let carol = Member::new(folder.path(), "carol");
    carol.enter(alice);
    let carols = carol.run();
    wait_until_agreed(&[alice, bob, &carol]);
    gone_from(&carol);
    // And from a file that was written since.
    let copy = folder.path().join("since.folkmoot");
    bob.done(&["export", copy.to_str().unwrap()]);
    let dave = Member::new(folder.path(), "dave");
    dave.enter(alice);
    let imported = dave.done(&["import", copy.to_str().unwrap()]);
    assert_eq!((&imported["refused"], &imported["waiting"]), (&json!(0), &json!(0)), "{imported}");
    gone_from(&dave);
    let daves = dave.run();
    wait_until_agreed(&[alice, bob, &carol, &dave]);
    for node in [alices, bobs, carols, daves] {
        node.stop();
    }
}

#[test]
fn who_had_an_old_copy_drops_it_on_hearing_of_the_deletion() {
    let (coop, alices, bobs) = alice_and_bob_running();
    let ids = write_all(&coop);
    let Coop { folder, alice, bob } = &coop;
    let copy = folder.path().join("copy.folkmoot");
    bob.done(&["export", copy.to_str().unwrap()]);
    bobs.stop();
    ids.iter().for_each(|id| drop(alice.done(&["delete", id, "--yes"])));
    let carol = Member::new(folder.path(), "carol");
    carol.enter(alice);
    carol.done(&["import", copy.to_str().unwrap()]);
    assert_eq!(carol.hits(BODY), 1, "nobody has told her yet");
    let (carols, bobs) = (carol.run(), bob.run());
    wait_until_agreed(&[alice, bob, &carol]);
    [alice, bob, &carol].into_iter().for_each(gone_from);
    for node in [alices, bobs, carols] {
        node.stop();
    }
}

#[test]
fn a_node_killed_right_after_a_deletion_has_erased_it() {
    let (coop, alices, bobs) = alice_and_bob_running();
    let ids = write_all(&coop);
    let Coop { alice, bob, .. } = &coop;
    ids.iter().for_each(|id| drop(alice.done(&["delete", id, "--yes"])));
    alices.kill();
    assert_eq!(files_holding(&alice.folder, &MARKERS), Vec::<String>::new(), "it was acknowledged");
    let alices = alice.run();
    wait_until("bob hears of the last", || ids.iter().all(|id| !bob.has(id)));
    bobs.kill();
    let bobs = bob.run();
    [alice, bob].into_iter().for_each(gone_from);
    wait_until_agreed(&[alice, bob]);
    alices.stop();
    bobs.stop();
}

#[test]
fn somebody_who_reads_meanwhile_delays_the_erasure_and_nothing_else() {
    let (coop, alices, bobs) = alice_and_bob_running();
    let ids = write_all(&coop);
    let Coop { alice, bob, .. } = &coop;
    let reader = rusqlite::Connection::open(alice.store()).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM operation;").unwrap();
    let begun = std::time::Instant::now();
    ids.iter().for_each(|id| drop(alice.done(&["delete", id, "--yes"])));
    (0..10).for_each(|n| drop(alice.post(&format!("Meanwhile {n}"), "")));
    assert!(begun.elapsed().as_secs() < 8, "13 commands took {:?}", begun.elapsed());
    reader.execute_batch("COMMIT").unwrap();
    drop(reader);
    [alice, bob].into_iter().for_each(gone_from);
    wait_until_agreed(&[alice, bob]);
    alices.stop();
    bobs.stop();
}

#[test]
fn what_is_written_and_deleted_without_a_node_is_gone_at_once() {
    let (coop, alices, bobs) = alice_and_bob_running();
    alices.stop();
    let Coop { alice, bob, .. } = &coop;
    let post = alice.post(&format!("About {TITLE}"), BODY);
    alice.done(&["edit", &post, "--text", EDITED]);
    alice.done(&["delete", &post, "--yes"]);
    gone_from(alice);
    let alices = alice.run();
    wait_until_agreed(&[alice, bob]);
    [alice, bob].into_iter().for_each(gone_from);
    alices.stop();
    bobs.stop();
}
