use super::*;
use serde_json::{Value, json};
use tempfile::TempDir;

fn person(name: &str) -> Value {
    json!({
        "id": 2, "name": name, "banned": false, "published": "2023-06-01T08:00:00Z", "local": true, "deleted": false,
        "actor_id": format!("https://lemmy.example/u/{name}"), "bot_account": false, "instance_id": 1
    })
}

fn community() -> Value {
    json!({
        "id": 5, "name": "Bread_Baking", "title": "Bread & baking", "removed": false, "deleted": false, "nsfw": false,
        "published": "2023-06-01T08:00:00Z", "actor_id": "https://lemmy.example/c/Bread_Baking", "local": true, "hidden": false,
        "posting_restricted_to_mods": false, "instance_id": 1, "visibility": "Public"
    })
}

fn post_of(id: i64) -> Value {
    json!({
        "id": id, "name": format!("Loaf {id}"), "creator_id": 2, "community_id": 5, "removed": false, "locked": false, "deleted": false,
        "published": format!("2024-01-{id:02}T10:00:00.123456Z"), "nsfw": false, "ap_id": format!("https://lemmy.example/post/{id}"),
        "local": true, "language_id": 0, "featured_community": false, "featured_local": false
    })
}

fn post(id: i64) -> Value {
    json!({
        "post": post_of(id), "creator": person("alice"), "community": community(), "subscribed": "NotSubscribed", "saved": false,
        "read": false, "hidden": false, "creator_blocked": false, "unread_comments": 0, "creator_is_admin": false,
        "counts": {"post_id": id, "comments": 0, "score": 1, "upvotes": 1, "downvotes": 0, "published": "2024-01-01T10:00:00Z",
                   "newest_comment_time": "2024-01-01T10:00:00Z"}
    })
}

fn comment(id: i64, post: i64, path: &str) -> Value {
    json!({
        "comment": {"id": id, "creator_id": 3, "post_id": post, "content": format!("reply {id}"), "removed": false, "deleted": false,
                    "published": "2024-02-01T10:00:00Z", "ap_id": format!("https://lemmy.example/comment/{id}"), "local": true,
                    "path": path, "distinguished": false, "language_id": 0},
        "creator": person("bob"), "post": post_of(post), "community": community(), "subscribed": "NotSubscribed",
        "counts": {"comment_id": id, "score": 1, "upvotes": 1, "downvotes": 0, "published": "2024-02-01T10:00:00Z", "child_count": 0}
    })
}

/// A copy with one value changed, as `with(post(1), "/post/deleted", true)`.
fn with(mut view: Value, pointer: &str, to: impl Into<Value>) -> Value {
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer has a slash");
    view.pointer_mut(parent).expect("the parent is there")[key] = to.into();
    view
}

fn folder_of(files: &[(&str, String)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    folder
}

fn read_pages(pages: &[Value]) -> Result<Listing, LemmyError> {
    let files = pages.iter().enumerate().map(|(n, page)| (format!("page{n}.json"), page.to_string())).collect::<Vec<_>>();
    let files = files.iter().map(|(name, text)| (name.as_str(), text.clone())).collect::<Vec<_>>();
    read(folder_of(&files).path())
}

fn listing(posts: Vec<Value>, comments: Vec<Value>) -> Listing {
    read_pages(&[json!({"posts": posts, "next_page": "P1a"}), json!({"comments": comments})]).expect("a listing")
}

fn reasons(listing: &Listing) -> Vec<String> {
    listing.left_out.iter().map(|left| format!("{}: {}", left.what, left.reason)).collect()
}

fn tree(listing: &Listing) -> Vec<(i64, Option<i64>)> {
    listing.comments.iter().map(|comment| (comment.id, comment.parent)).collect()
}

#[test]
fn a_post_keeps_text_link_and_origin() {
    let view = with(with(post(3), "/post/body", "Rye, *slowly*.\n"), "/post/url", "https://bread.example/rye");
    let read = listing(vec![view], vec![]);
    let expected = ListedPost {
        id: 3,
        community: "bread_baking".into(),
        title: "Loaf 3".into(),
        text: "Rye, *slowly*.\n".into(),
        url: Some("https://bread.example/rye".into()),
        author_name: "alice".into(),
        origin: Origin {
            actor: Some("https://lemmy.example/u/alice".into()),
            object: Some("https://lemmy.example/post/3".into()),
            published_ms: 1_704_276_000_123,
        },
    };
    assert_eq!(read.posts, [expected]);
    assert_eq!(read.communities, [ListedCommunity { name: "bread_baking".into(), title: "Bread & baking".into() }]);
    assert_eq!((read.changed, read.reattached, read.left_out), (0, 0, vec![]));
}

#[test]
fn a_date_without_zone_is_utc() {
    let dates = ["2024-01-03T10:00:00.5Z", "2024-01-03T10:00:00.5", "2024-01-03T12:00:00.500000+02:00"];
    for date in dates {
        let read = listing(vec![with(post(3), "/post/published", date)], vec![]);
        assert_eq!(read.posts[0].origin.published_ms, 1_704_276_000_500, "{date}");
    }
    let read = listing(vec![post(1), with(post(3), "/post/published", "yesterday")], vec![]);
    assert_eq!(reasons(&read), [r#"post 3: it is not as Lemmy 0.19 lists it: "yesterday" is no date"#]);
}

#[test]
fn of_duplicates_the_newest_stays() {
    let old = with(post(1), "/post/body", "old");
    let new = with(with(post(1), "/post/body", "new"), "/post/updated", "2024-03-01T00:00:00Z");
    for pages in [[old.clone(), new.clone()], [new, old]] {
        let read = read_pages(&pages.map(|page| json!({"posts": [page]}))).expect("a listing");
        assert_eq!(read.posts.iter().map(|post| post.text.as_str()).collect::<Vec<_>>(), ["new"]);
    }
}

#[test]
fn an_old_page_does_not_bring_back_what_was_removed() {
    let removed = with(post(1), "/post/removed", true);
    for pages in [[removed.clone(), post(1)], [post(1), removed]] {
        let read = read_pages(&pages.map(|page| json!({"posts": [page]}))).expect("a listing");
        assert_eq!((read.posts.len(), reasons(&read)), (0, vec!["post 1: it was removed by a moderator".to_owned()]));
    }
}

#[test]
fn a_parent_always_stands_before_its_replies() {
    let early = |view| with(view, "/comment/published", "2024-01-31T00:00:00Z");
    let comments = vec![early(comment(9, 1, "0.4.7.9")), comment(4, 1, "0.4"), early(comment(7, 1, "0.4.7")), early(comment(8, 1, "0.8"))];
    let read = listing(vec![post(1)], comments);
    assert_eq!(tree(&read), [(8, None), (4, None), (7, Some(4)), (9, Some(7))]);
    assert_eq!((read.reattached, read.comments[3].post), (0, 1));
}

#[test]
fn replies_to_what_is_gone_move_up_to_the_nearest_that_is_there() {
    let comments = vec![comment(4, 1, "0.4"), with(comment(5, 1, "0.4.5"), "/comment/deleted", true), comment(7, 1, "0.4.5.6.7"), comment(8, 1, "0.3.8")];
    let read = listing(vec![post(1)], comments);
    assert_eq!(tree(&read), [(4, None), (8, None), (7, Some(4))]);
    assert_eq!(read.reattached, 2);
    assert_eq!(reasons(&read), ["comment 5: it was deleted by its author"]);
}

#[test]
fn paths_that_contradict_each_other_make_no_circle() {
    let comments = vec![comment(5, 1, "0.6.5"), comment(6, 1, "0.5.6"), comment(7, 2, "0.5.7"), comment(8, 1, "0.8.8")];
    let read = listing(vec![post(1), post(2)], comments);
    assert_eq!(tree(&read), [(5, None), (6, Some(5)), (7, None), (8, None)]);
    assert_eq!(read.reattached, 3);
}

#[test]
fn comments_that_cannot_stand_anywhere_are_left_out_by_name() {
    let comments = vec![
        comment(2, 99, "0.2"),
        with(comment(3, 1, "0.3"), "/comment/content", " \u{0}\n"),
        comment(4, 1, "0.5"),
        comment(5, 1, "0.five.5"),
        with(comment(6, 1, "0.6"), "/comment/removed", true),
        json!({"comment": {"id": 7, "post_id": 1}, "creator": person("eve")}),
    ];
    let read = listing(vec![post(1)], comments);
    let expected = [
        "comment 7: it is not as Lemmy 0.19 lists it: missing field `published`",
        "comment 2: its post 99 is not among those imported",
        "comment 3: it holds no text",
        "comment 4: its path does not lead to it",
        "comment 5: its path does not lead to it",
        "comment 6: it was removed by a moderator",
    ];
    assert_eq!(reasons(&read), expected);
    assert_eq!(read.comments, []);
}

#[test]
fn texts_are_cleaned_and_the_changes_counted() {
    let named = with(post(1), "/post/name", "long ".repeat(60));
    let crlf = with(post(2), "/post/body", "a\r\nb\u{1b}[31m");
    let link = with(post(3), "/post/url", "magnet:?xt=1");
    let hidden = with(with(post(4), "/creator/display_name", "\u{202E}eve"), "/creator/actor_id", "ftp://eve");
    let blank = with(post(5), "/post/name", "\u{200B}");
    let read = listing(vec![named, crlf, link, hidden, blank, with(post(6), "/post/url", "")], vec![]);
    assert_eq!(read.changed, 3);
    assert_eq!(read.posts[0].title.chars().count(), 200);
    assert_eq!((read.posts[1].text.as_str(), &read.posts[2].url), ("a\nb[31m", &None));
    assert_eq!((read.posts[3].author_name.as_str(), &read.posts[3].origin.actor), ("eve", &None));
    assert_eq!(reasons(&read), ["post 5: it has no title"]);
}

#[test]
fn communities_of_one_name_stay_apart() {
    let far = with(with(post(2), "/community/actor_id", "https://other.example/c/bread_baking"), "/community/id", 17);
    let odd = with(with(post(3), "/community/actor_id", "https://third.example/c/x"), "/community/name", "日本");
    let read = listing(vec![far, post(1), with(odd, "/community/id", 18)], vec![]);
    let names = read.communities.iter().map(|community| community.name.as_str()).collect::<Vec<_>>();
    assert_eq!(names, ["bread_baking", "bread_baking-other-example", "third-example"]);
    assert_eq!(read.posts.iter().map(|post| post.community.as_str()).collect::<Vec<_>>(), names);
}

#[test]
fn every_shape_of_answer_is_read() {
    let single = json!({"post_view": post(1), "community_view": {}, "moderators": [], "cross_posts": [post(9)]});
    let bare = json!([post(2), comment(20, 2, "0.20"), {"posts": [post(3)]}, 7, {"site_view": {}}]);
    let one = json!({"comment_view": comment(21, 2, "0.20.21"), "recipient_ids": []});
    let two_in_one = format!("\u{FEFF}{}\n{}\n", json!({"posts": [post(4)]}), json!({"posts": []}));
    let files = [
        ("a.json", single.to_string()),
        ("b.json", bare.to_string()),
        ("c.json", one.to_string()),
        ("d.json", two_in_one),
        ("e.json", json!({"posts": [], "next_page": null}).to_string()),
    ];
    let read = read(folder_of(&files).path()).expect("a listing");
    assert_eq!(read.posts.iter().map(|post| post.id).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(tree(&read), [(20, None), (21, Some(20))]);
    assert_eq!(reasons(&read), ["b.json: holds 2 entries that are neither posts nor comments; the others were read"]);
}

#[test]
fn other_files_in_a_folder_are_left_out_by_name() {
    let folder = folder_of(&[
        ("broken.json", "{\"posts\": [\n{]}".into()),
        ("notes.txt", "buy flour".into()),
        ("posts.json", json!({"posts": [post(1)]}).to_string()),
        ("refused.json", json!({"error": "couldnt_find_community"}).to_string()),
        ("site.json", json!({"site_view": {}, "version": "0.19.9"}).to_string()),
    ]);
    fs::create_dir(folder.path().join("sub")).expect("a folder");
    let read = read(folder.path()).expect("a listing");
    let found = reasons(&read);
    assert_eq!(read.posts.len(), 1);
    assert!(found[0].starts_with("broken.json: is not JSON: key must be a string at line 2 column 2"), "{found:?}");
    assert!(found[1].starts_with("notes.txt: is not JSON: expected value at line 1 column 1"), "{found:?}");
    assert_eq!(found[2], "refused.json: holds the answer \"couldnt_find_community\", with which the Lemmy refused; ask it again");
    assert!(found[3].starts_with("site.json: is JSON, but no list of posts or comments"), "{found:?}");
    assert!(found[4].starts_with("sub: is not a file"), "{found:?}");
}

fn refusal(files: &[(&str, &str)], name: &str) -> String {
    let files = files.iter().map(|(name, text)| (*name, (*text).to_owned())).collect::<Vec<_>>();
    let folder = folder_of(&files);
    let error = read(&folder.path().join(name)).expect_err("nothing to read").to_string();
    error.replace(&folder.path().display().to_string(), "DIR")
}

#[test]
fn a_refusal_says_what_is_wrong_and_what_to_do() {
    assert!(refusal(&[], "none.json").starts_with("there is nothing at DIR/none.json; name a JSON file"));
    assert_eq!(
        refusal(&[("a.json", "{\"posts\": [\n  {\"post\": }")], "a.json"),
        "DIR/a.json is not JSON: expected value at line 2 column 12; save the answer again exactly as the Lemmy sends it"
    );
    assert!(refusal(&[("a.json", "{\"posts\": 5}")], "a.json").contains("invalid type: integer `5`, expected a sequence at line 1"));
    assert_eq!(refusal(&[("a.json", " \n")], "a.json"), "DIR/a.json is empty; save the answer again exactly as the Lemmy sends it");
    assert!(refusal(&[("a.txt", "hi")], "").starts_with("no file in DIR/ is a list of posts or comments (a.txt is not JSON:"));
    assert!(refusal(&[], "").starts_with("no file in DIR/ is a list of posts or comments; save"));
    let comments = json!({"comments": [comment(1, 1, "0.1")]}).to_string();
    assert!(refusal(&[("a.json", comments.as_str())], "a.json").starts_with("DIR/a.json lists 1 comments but no post; save"));
    let deep = "[".repeat(4000);
    assert!(refusal(&[("a.json", deep.as_str())], "a.json").contains("recursion limit exceeded"));
}

#[test]
fn a_file_beyond_the_limit_is_refused_unread() {
    let folder = folder_of(&[]);
    let path = folder.path().join("huge.json");
    let file = fs::File::create(&path).expect("a file");
    file.set_len(folkmoot_protocol::limits::IMPORT_FILE_BYTES + 1).expect("a sparse file");
    let error = read(&path).expect_err("too large").to_string();
    assert!(error.contains("has 1073741825 bytes; a file may have at most 1073741824"), "{error}");
}

#[test]
fn pages_of_two_lemmys_are_refused() {
    let other = with(post(1), "/post/ap_id", "https://other.example/post/88");
    let error = read_pages(&[json!({"posts": [post(1)]}), json!({"posts": [other]})]).expect_err("two servers").to_string();
    assert!(error.starts_with("post 1 is \"https://lemmy.example/post/1\" on one page and \"https://other.example/post/88\""), "{error}");
}
