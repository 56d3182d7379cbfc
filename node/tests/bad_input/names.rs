//! Ids and names that stand for nothing, for several things, or for what is somebody else's.

use crate::common::{alice_alone, alice_and_bob, wait_until, wait_until_agreed};
use serde_json::json;

#[test]
fn what_does_not_exist_is_not_found() {
    let (_folder, alice) = alice_alone();
    alice.post("Rye", "Dark");
    let zeros = "00000000";
    for words in [
        &["thread", zeros][..],
        &["history", zeros],
        &["delete", zeros, "--yes"],
        &["edit", zeros, "--text", "x"],
        &["comment", zeros, "--text", "x"],
        &["react", zeros, "up"],
        &["save", zeros],
        &["hide", zeros],
        &["page", "show", "nope"],
        &["post", "nope", "--title", "x"],
        &["community", "show", "nope"],
        &["community", "follow", "nope"],
        &["profile", "show", "Nobody"],
        &["device", "revoke", "nope"],
        &["search", "rye", "--in", "nope"],
        &["search", "rye", "--by", "Nobody"],
        &["feed", "nope"],
    ] {
        assert_eq!(alice.refused(words).code, "not-found", "{words:?}");
    }
}

#[test]
fn what_is_no_id_is_said_to_be_none() {
    let (_folder, alice) = alice_alone();
    let post = alice.post("Rye", "Dark");
    for typed in ["", "xyz", "0000000", &post[..7], "12345678x", &format!("{post}0"), "日本日本日本", "'; DROP TABLE operation; --", "%%%%%%%%"] {
        assert_eq!(alice.refused(&["thread", "--", typed]).code, "id", "{typed}");
    }
    assert_eq!(alice.done(&["thread", &post[..8].to_uppercase()])["post"]["id"], json!(post));
    for words in [&["search", "\""][..], &["search", ""], &["search", "( * )"], &["feed", "--page", "zzz"]] {
        assert!(!alice.say(words).refusal().error.is_empty());
    }
    assert_eq!(alice.hits("rye AND ("), 0);
}

#[test]
fn two_communities_of_one_name_are_listed_and_not_chosen_from() {
    let coop = alice_and_bob();
    let ours = [&coop.alice, &coop.bob].map(|member| member.id(&["community", "create", "twins", "--title", "Twins"]));
    let nodes = (coop.alice.run(), coop.bob.run());
    wait_until("both are known", || coop.bob.done(&["community", "list"])["communities"].as_array().map(Vec::len) == Some(3));
    for words in [&["post", "twins", "--title", "Which?"][..], &["community", "follow", "twins"], &["feed", "twins"]] {
        let refusal = coop.bob.refused(words);
        assert_eq!(refusal.code, "ambiguous");
        assert!(ours.iter().all(|id| refusal.error.contains(&id[..8])), "{}", refusal.error);
        let said: serde_json::Value = serde_json::from_str(&coop.bob.say(words).err).unwrap();
        assert!(ours.iter().all(|id| said["candidates"].as_array().unwrap().iter().any(|one| one["id"] == json!(id))), "{said}");
    }
    coop.bob.done(&["post", &ours[1][..8], "--title", "This one"]);
    nodes.0.stop();
    nodes.1.stop();
}

#[test]
fn digits_that_begin_several_ids_are_refused_with_all_of_them() {
    let (_folder, alice) = alice_alone();
    let posts = ["Rye", "Oats"].map(|title| alice.post(title, ""));
    // Nobody finds two such ids by chance; so they are made.
    let store = rusqlite::Connection::open(alice.store()).unwrap();
    for (n, post) in posts.iter().enumerate() {
        let alike = format!("{}0{n}", "ab".repeat(31));
        store.execute_batch(&format!("UPDATE document SET id = x'{alike}' WHERE id = x'{post}'")).unwrap();
    }
    drop(store);
    let refusal = alice.refused(&["thread", "abababab"]);
    assert_eq!(refusal.code, "ambiguous");
    assert!(refusal.error.contains("Rye") && refusal.error.contains("Oats"), "{}", refusal.error);
    assert_eq!(alice.done(&["thread", &format!("{}01", "ab".repeat(31))])["post"]["title"], "Oats");
}

#[test]
fn what_somebody_else_wrote_stays_as_it_is() {
    let coop = alice_and_bob();
    let post = coop.alice.post("Rye", "Dark");
    let comment = coop.alice.id(&["comment", &post, "--text", "Mine"]);
    coop.alice.done(&["page", "create", "bread", "minutes", "--title", "Minutes", "--text", "As it was", "--writer", "alice"]);
    let nodes = (coop.alice.run(), coop.bob.run());
    wait_until("bob has it", || coop.bob.has(&comment));
    wait_until_agreed(&[&coop.alice, &coop.bob]);
    let before = coop.alice.state_hash();
    for words in [
        &["edit", &post, "--text", "Light"][..],
        &["edit", &post, "--title", "Wheat"],
        &["delete", &post, "--yes"],
        &["delete", &post],
        &["edit", &comment, "--text", "Yours"],
        &["delete", &comment, "--yes"],
        &["page", "edit", "minutes", "--text", "As it never was"],
        &["delete", coop.alice.done(&["page", "show", "minutes"])["id"].as_str().unwrap(), "--yes"],
    ] {
        assert_eq!(coop.bob.refused(words).code, "not-yours", "{words:?}");
    }
    assert_eq!((coop.bob.state_hash(), coop.alice.state_hash()), (before.clone(), before));
    nodes.0.stop();
    nodes.1.stop();
}
