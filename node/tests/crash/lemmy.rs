//! `import lemmy`, killed and said again: everything is there once.

use crate::{
    acknowledged::{ask, assert_whole},
    chance::Chance,
    common::{Member, alice_alone},
    import::{copy, killed_while, time},
    kill::Tally,
    writers::Answers,
};
use folkmoot_protocol::document::DocumentKind;
use serde_json::{Value, json};
use std::{fs, path::Path};

const POSTS: u64 = 150;
const COMMENTS: u64 = 600;

pub(crate) fn kill(chance: &mut Chance, kills: usize) -> Tally {
    let ((folder, alice), mut tally) = (alice_alone(), Tally::default());
    let pages = folder.path().join("pages");
    write_pages(&pages);
    let words = ["import", "lemmy", pages.to_str().unwrap()];
    let longest = time(&copy(&alice, folder.path()), &words);
    while tally.kills < kills {
        let copy = copy(&alice, folder.path());
        killed_while(&mut tally, &copy, &words, chance.moment(longest));
        assert_whole(&copy, &Answers::default());
        // Killed once more on the way, every other time.
        if chance.below(2) == 0 {
            killed_while(&mut tally, &copy, &words, chance.moment(longest));
        }
        let report = copy.done(&words);
        let count = |field: &str| report[field].as_u64().unwrap();
        assert_eq!((count("posts") + count("comments") + count("held"), report["left_out"].clone()), (POSTS + COMMENTS, json!([])), "{report}");
        assert_eq!(documents(&copy), [POSTS as i64, COMMENTS as i64]);
        assert_whole(&copy, &Answers::default());
    }
    tally
}

/// How many posts and comments are there.
fn documents(member: &Member) -> [i64; 2] {
    [DocumentKind::Post, DocumentKind::Comment].map(|kind| ask(member, &format!("SELECT count(*) FROM document_state WHERE kind = {}", kind.code()))[0])
}

fn write_pages(folder: &Path) {
    fs::create_dir(folder).unwrap();
    let posts: Vec<Value> = (1..=POSTS).map(|id| json!({"post": about_post(id), "creator": person("alice"), "community": community()})).collect();
    let comments: Vec<Value> = (1..=COMMENTS).map(comment).collect();
    fs::write(folder.join("posts.json"), json!({"posts": posts}).to_string()).unwrap();
    fs::write(folder.join("comments.json"), json!({"comments": comments}).to_string()).unwrap();
}

fn person(name: &str) -> Value {
    json!({"id": 2, "name": name, "published": "2023-06-01T08:00:00Z", "local": true, "deleted": false, "actor_id": format!("https://lemmy.example/u/{name}")})
}

fn community() -> Value {
    json!({"id": 5, "name": "cakes", "title": "Cakes", "removed": false, "deleted": false, "actor_id": "https://lemmy.example/c/cakes", "visibility": "Public"})
}

fn about_post(id: u64) -> Value {
    json!({"id": id, "name": format!("Cake {id}"), "body": "flour ".repeat(100), "creator_id": 2, "community_id": 5, "removed": false, "locked": false,
           "deleted": false, "published": "2024-01-01T10:00:00Z", "nsfw": false, "ap_id": format!("https://lemmy.example/post/{id}"), "local": true})
}

/// Every third answers a post, the others the comment before them.
fn comment(id: u64) -> Value {
    let first = id - (id - 1) % 3;
    let path = (first..=id).map(|id| format!(".{id}")).collect::<String>();
    let post = first % POSTS + 1;
    json!({
        "comment": {"id": id, "creator_id": 3, "post_id": post, "content": "butter ".repeat(50), "removed": false, "deleted": false,
                    "published": "2024-02-01T10:00:00Z", "ap_id": format!("https://lemmy.example/comment/{id}"), "local": true, "path": format!("0{path}")},
        "creator": person("bob"), "post": about_post(post), "community": community()
    })
}
