//! Names that look like somebody else's.

use crate::common::{Member, alice_alone, wait_until};

#[test]
fn whoever_takes_somebody_elses_name_is_told_from_them() {
    let (folder, alice) = alice_alone();
    let post = alice.post("Rye", "");
    assert!(alice.text(&["feed"]).contains("bread · alice · "), "nobody else has the name yet");
    let node = alice.run();
    // With a Cyrillic A, and a 1 for an l.
    let eve = Member::at(folder.path().join("eve"));
    eve.done(&["init", "--name", "А1ice"]);
    eve.enter(&alice);
    let eves = eve.run();
    wait_until("eve has the post", || eve.has(&post));
    let comment = eve.id(&["comment", &post, "--text", "It is me"]);
    wait_until("alice has the answer", || alice.has(&comment));
    let person = |member: &Member| member.done(&["profile", "show"])["id"].as_str().unwrap().to_owned();
    for member in [&alice, &eve] {
        let said = member.text(&["thread", &post]);
        assert!(said.contains(&format!("alice ({})", &person(&alice)[..8])), "{said}");
        assert!(said.contains(&format!("А1ice ({})", &person(&eve)[..8])), "{said}");
        assert_eq!(member.done(&["thread", &post])["post"]["author"]["name"], "alice", "programs have the id anyway");
    }
    let said = alice.text(&["peers"]);
    assert!(said.contains(&format!("А1ice ({})", &person(&eve)[..8])), "{said}");
    eve.done(&["community", "create", "bread", "--title", "Not that one"]);
    wait_until("both are known", || alice.done(&["community", "list"])["communities"].as_array().map(Vec::len) == Some(2));
    let bread = alice.done(&["feed"])["posts"][0]["community"]["id"].as_str().unwrap().to_owned();
    assert!(alice.text(&["feed"]).contains(&format!("bread ({}) · alice (", &bread[..8])));
    eves.stop();
    node.stop();
}

#[test]
fn a_name_that_looks_marked_is_told_from_a_marked_one() {
    let (folder, alice) = alice_alone();
    let person = |member: &Member| member.done(&["profile", "show"])["id"].as_str().unwrap()[..8].to_owned();
    let (post, marked) = (alice.post("Rye", ""), format!("alice ({})", person(&alice)));
    let node = alice.run();
    let eve = Member::at(folder.path().join("eve"));
    eve.done(&["init", "--name", &marked]);
    eve.enter(&alice);
    let eves = eve.run();
    wait_until("eve has the post", || eve.has(&post));
    let comment = eve.id(&["comment", &post, "--text", "It is me"]);
    wait_until("alice has the answer", || alice.has(&comment));
    let said = alice.text(&["thread", &post]);
    assert!(said.contains(&format!("{marked} ({})", person(&eve))), "{said}");
    eves.stop();
    node.stop();
}

#[test]
fn nobody_opens_a_second_community_or_page_of_one_name_by_accident() {
    let (_folder, alice) = alice_alone();
    for name in ["bread", "hall"] {
        assert_eq!(alice.refused(&["community", "create", name, "--title", "Again"]).code, "exists");
    }
    alice.done(&["page", "create", "bread", "recipes", "--title", "Recipes"]);
    let refusal = alice.refused(&["page", "create", "bread", "recipes", "--title", "Again"]);
    assert!(refusal.code == "exists" && refusal.hint.contains("page edit"), "{refusal:?}");
}
