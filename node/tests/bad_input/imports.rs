//! Files of operations that do not fit, and what comes from a Lemmy a second time.

use crate::common::{Member, alice_alone, alice_and_bob};
use serde_json::{Value, json};
use std::{fs, path::Path};

fn export(member: &Member, to: &Path) -> u64 {
    member.done(&["export", to.to_str().unwrap()])["operations"].as_u64().unwrap()
}

fn taken_and_held(answer: &Value) -> u64 {
    ["taken", "held"].iter().map(|name| answer[name].as_u64().unwrap()).sum()
}

#[test]
fn the_file_of_another_co_op_or_an_altered_one_is_refused_and_called_so() {
    let (folder, alice) = alice_alone();
    alice.post("Rye", "words that are changed");
    let eve = Member::new(folder.path(), "eve");
    eve.done(&["found", "Another"]);
    let file = folder.path().join("all.folkmoot");
    let all = export(&alice, &file);
    let path = file.to_str().unwrap();
    let said = eve.say(&["import", path]);
    assert_eq!(serde_json::from_str::<Value>(&said.out).unwrap()["foreign"], json!(all));
    assert!(said.refusal().code == "foreign" && said.refusal().error.contains("another co-op"), "{}", said.err);
    let mut bytes = fs::read(&file).unwrap();
    let at = bytes.windows(5).position(|window| window == b"words").unwrap();
    bytes[at] ^= 1;
    fs::write(&file, bytes).unwrap();
    let said = alice.say(&["import", path]);
    assert_eq!(serde_json::from_str::<Value>(&said.out).unwrap()["refused"], json!(1));
    assert_eq!(said.refusal().code, "unsound");
}

#[test]
fn a_folder_without_a_co_op_takes_no_file_and_says_why() {
    let (folder, alice) = alice_alone();
    let file = folder.path().join("all.folkmoot");
    export(&alice, &file);
    let refusal = Member::new(folder.path(), "eve").refused(&["import", file.to_str().unwrap()]);
    assert!(refusal.code == "no-coop" && refusal.hint.contains("folkmoot join"), "{refusal:?}");
}

#[test]
fn as_many_operations_are_taken_in_as_were_written_out() {
    let coop = alice_and_bob();
    let posts: Vec<String> = (0..6).map(|n| coop.alice.post(&format!("Post {n}"), "")).collect();
    posts.iter().step_by(2).for_each(|post| drop(coop.alice.done(&["delete", post, "--yes"])));
    let file = coop.folder.path().join("all.folkmoot");
    let written = export(&coop.alice, &file);
    for _ in 0..2 {
        let answer = coop.bob.done(&["import", file.to_str().unwrap()]);
        assert_eq!((taken_and_held(&answer), &answer["waiting"]), (written, &json!(0)), "{answer}");
    }
    assert_eq!(coop.bob.done(&["feed"])["posts"].as_array().map(Vec::len), Some(3));
}

fn lemmy_page(folder: &Path, comments: &[(i64, &str)]) {
    let community = json!({"id": 5, "name": "bread", "actor_id": "https://lemmy.example/c/bread", "removed": false, "deleted": false});
    let person = json!({"id": 2, "name": "alice", "actor_id": "https://lemmy.example/u/alice"});
    let times = json!({"published": "2024-01-02T10:00:00Z", "removed": false, "deleted": false});
    let with = |more: Value| {
        let mut all = times.clone();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let post =
        with(json!({"id": 7, "name": "Starter \u{7} died", "body": "sourwort", "community_id": 5, "creator_id": 2, "ap_id": "https://lemmy.example/post/7"}));
    let posts = json!({"posts": [{"post": post, "creator": person, "community": community}]});
    let comments: Vec<Value> = comments
        .iter()
        .map(|(id, path)| {
            let comment = with(json!({"id": id, "post_id": 7, "content": format!("Feed it, {id}"), "path": path, "creator_id": 2,
                                      "ap_id": format!("https://lemmy.example/comment/{id}")}));
            json!({"comment": comment, "creator": person, "post": post, "community": community})
        })
        .collect();
    fs::write(folder.join("posts.json"), posts.to_string()).unwrap();
    fs::write(folder.join("comments.json"), json!({"comments": comments}).to_string()).unwrap();
}

#[test]
fn what_was_brought_in_and_deleted_stays_away_with_what_answers_it() {
    let (folder, alice) = alice_alone();
    let pages = folder.path().join("pages");
    fs::create_dir(&pages).unwrap();
    let import = ["import", "lemmy", pages.to_str().unwrap(), "--into", "bread"];
    lemmy_page(&pages, &[(9, "0.9")]);
    let first = alice.done(&import);
    assert_eq!((&first["posts"], &first["comments"]), (&json!(1), &json!(1)), "{first}");
    assert_eq!(first["altered"][0]["what"], "post 7", "{first}");
    assert!(alice.text(&["search", "sourwort"]).contains("alice@lemmy.example (via alice)"));
    let post = alice.done(&["feed"])["posts"][0]["id"].as_str().unwrap().to_owned();
    alice.done(&["delete", &post, "--yes"]);
    lemmy_page(&pages, &[(9, "0.9"), (10, "0.9.10"), (11, "0.11")]);
    let second = alice.done(&import);
    assert_eq!((&second["posts"], &second["comments"], &second["held"], &second["deleted"]), (&json!(0), &json!(0), &json!(1), &json!(3)), "{second}");
    assert_eq!(second["left_out"][0]["what"], "post 7");
    assert!(second["left_out"].to_string().contains("deleted here"), "{second}");
    assert_eq!(alice.done(&["feed"])["posts"], json!([]));
    // What answers it can be read still.
    let comment = alice.done(&["search", "feed"])["hits"][0]["id"].as_str().unwrap().to_owned();
    let thread = alice.done(&["thread", &comment]);
    assert_eq!((&thread["post"]["missing"], &thread["comments"][0]["text"]), (&json!("erased"), &json!("Feed it, 9")));
    assert!(alice.text(&["thread", &comment]).starts_with("[erased]\n"));
}

#[test]
fn an_import_of_which_nothing_can_be_used_is_a_failure() {
    let (folder, alice) = alice_alone();
    let page = folder.path().join("page.json");
    fs::write(&page, json!({"posts": [{"post": {"id": 1}}]}).to_string()).unwrap();
    assert_eq!(alice.refused(&["import", "lemmy", page.to_str().unwrap()]).code, "nothing");
}
