use crate::store::query::fixture::{Author, DAY, HOUR, NOW, World, put};
use folkmoot_protocol::{
    act::Mark,
    document::{DocumentKind, Edit, Key, Step, Value},
    id::*,
    limits,
    view::{CommentView, Missing, ThreadSort, ThreadView},
};

fn thread(world: &World, id: DocumentId, sort: ThreadSort) -> Option<ThreadView> {
    world.view().thread(id, sort, &super::Viewer::NOBODY, NOW).unwrap()
}

/// A tree in one line: `text(answers)`.
fn outline(comments: &[CommentView]) -> String {
    let line = |comment: &CommentView| match comment.children.len() {
        0 => comment.text.clone(),
        _ => format!("{}({})", comment.text, outline(&comment.children)),
    };
    comments.iter().map(line).collect::<Vec<_>>().join(" ")
}

fn bakery() -> (World, Author, Author, SpaceId, DocumentId) {
    let (mut world, alice) = World::new();
    let (bob, space) = (world.admit("Bob", &alice), world.open("bread", &alice));
    let post = world.post(space, &alice, "Rye", NOW - DAY);
    (world, alice, bob, space, post)
}

#[test]
fn answers_stand_under_what_they_answer_in_the_order_asked_for() {
    let (mut world, alice, bob, space, post) = bakery();
    let a = world.comment(space, &alice, post, None, "a", NOW - 9 * HOUR);
    let b = world.comment(space, &bob, post, None, "b", NOW - 8 * HOUR);
    let c = world.comment(space, &alice, post, Some(a), "c", NOW - 7 * HOUR);
    world.comment(space, &bob, post, Some(a), "d", NOW - 6 * HOUR);
    world.comment(space, &bob, post, Some(c), "e", NOW - 5 * HOUR);
    world.react(space, &bob, a, Mark::Up);
    world.react(space, &alice, b, Mark::Down);
    let shown = |sort| outline(&thread(&world, post, sort).unwrap().comments);
    assert_eq!(shown(ThreadSort::Old), "a(c(e) d) b");
    assert_eq!(shown(ThreadSort::New), "b a(d c(e))");
    assert_eq!(shown(ThreadSort::Top), "a(d c(e)) b");
    assert_eq!(shown(ThreadSort::Controversial), "b a(d c(e))");
    assert_eq!(shown(ThreadSort::Hot), "a(d c(e)) b");
}

#[test]
fn a_comments_id_shows_its_branch_alone() {
    let (mut world, alice, bob, space, post) = bakery();
    let a = world.comment(space, &alice, post, None, "a", NOW - 9 * HOUR);
    let b = world.comment(space, &bob, post, Some(a), "b", NOW - 8 * HOUR);
    world.comment(space, &bob, post, Some(b), "c", NOW - 7 * HOUR);
    world.comment(space, &bob, post, Some(a), "d", NOW - 6 * HOUR);
    let branch = thread(&world, b, ThreadSort::Old).unwrap();
    assert_eq!((branch.post.id, branch.post.comments, outline(&branch.comments)), (post, 4, "b(c)".into()));
    assert_eq!(thread(&world, DocumentId([9; 32]), ThreadSort::Old), None);
}

#[test]
fn an_erased_comment_keeps_its_place_only_while_something_answers_it() {
    let (mut world, alice, bob, space, post) = bakery();
    let a = world.comment(space, &alice, post, None, "a", NOW - 9 * HOUR);
    let b = world.comment(space, &alice, post, Some(a), "b", NOW - 8 * HOUR);
    let c = world.comment(space, &bob, post, Some(b), "c", NOW - 7 * HOUR);
    world.comment(space, &bob, post, None, "d", NOW - 6 * HOUR);
    world.erase(space, &alice, b);
    let shown = thread(&world, post, ThreadSort::Old).unwrap();
    assert_eq!(outline(&shown.comments), "a (c) d");
    let gone = &shown.comments[1];
    assert_eq!((gone.id, gone.author.clone(), gone.erased, gone.created), (b, None, true, NOW - 7 * HOUR));
    world.erase(space, &bob, c);
    assert_eq!(outline(&thread(&world, post, ThreadSort::Old).unwrap().comments), "a d");
    assert_eq!(thread(&world, b, ThreadSort::Old), None);
    world.erase(space, &alice, post);
    assert_eq!(thread(&world, post, ThreadSort::Old), None);
    let below = thread(&world, a, ThreadSort::Old).unwrap();
    assert_eq!((below.post.id, below.post.missing, below.post.comments), (post, Some(Missing::Erased), 2));
    assert_eq!(below.comments[0].text, "a", "what others wrote below it stays");
}

#[test]
fn an_answer_to_what_has_not_come_in_waits_beside_it() {
    let (mut world, alice, _, space, post) = bakery();
    let unknown = DocumentId([7; 32]);
    world.comment(space, &alice, post, Some(unknown), "a", NOW - HOUR);
    // The post itself, and a comment of another thread, are no comments of this one.
    world.comment(space, &alice, post, Some(post), "b", NOW - HOUR / 2);
    let elsewhere = world.post(space, &alice, "Oats", NOW - HOUR);
    let other = world.comment(space, &alice, elsewhere, None, "x", NOW - HOUR);
    world.comment(space, &alice, post, Some(other), "c", NOW - HOUR / 3);
    let shown = thread(&world, post, ThreadSort::Old).unwrap();
    assert_eq!(outline(&shown.comments), "(a) b c");
    assert_eq!((shown.comments[0].id, shown.comments[0].erased), (unknown, false));
}

#[test]
fn what_lies_too_deep_is_shown_at_the_deepest_place() {
    let (mut world, alice, _, space, post) = bakery();
    let (mut parent, total) = (None, limits::THREAD_DEPTH + 40);
    for n in 0..total {
        parent = Some(world.comment(space, &alice, post, parent, &n.to_string(), NOW - DAY + n as u64));
    }
    let (mut level, mut depth) = (thread(&world, post, ThreadSort::New).unwrap().comments, 0);
    while level.len() == 1 {
        assert_eq!(level[0].text, depth.to_string());
        depth += 1;
        level = std::mem::take(&mut level[0].children);
    }
    assert_eq!(depth, limits::THREAD_DEPTH - 1);
    let deepest: Vec<usize> = level.iter().map(|comment| comment.text.parse().unwrap()).collect();
    assert_eq!(deepest, (depth..total).collect::<Vec<_>>());
    assert!(level.iter().all(|comment| comment.children.is_empty()));
}

#[test]
fn concurrent_edits_leave_versions_to_choose_from() {
    let (mut world, alice, _, space, post) = bakery();
    let first = world.view().history(post, &world.register).unwrap().unwrap().heads;
    let edit = |title: &str| Edit { kind: DocumentKind::Post, at: first.clone(), steps: vec![put(Key::Title, title)] };
    let ops = ["Wheat", "Spelt"].map(|title| world.edit(space, &alice, Some(post), edit(title), NOW - HOUR));
    let shown = thread(&world, post, ThreadSort::Old).unwrap();
    assert!(shown.post.conflict && shown.post.edits == 2);
    let mut choices: Vec<(OpId, &str, &str)> = shown.conflicts.iter().map(|choice| (choice.op, choice.key.as_str(), choice.text.as_str())).collect();
    choices.sort();
    let mut expected = vec![(ops[0], "title", "Wheat"), (ops[1], "title", "Spelt")];
    expected.sort();
    assert_eq!(choices, expected);
}

#[test]
fn an_import_keeps_its_author_and_says_where_it_is_from() {
    let (mut world, alice, _, space, _) = bakery();
    let origin = [put(Key::OriginActor, "https://a.example/u/zoe"), Step::Put { key: Key::OriginPublished, value: Value::Integer(5) }];
    let steps = [put(Key::Title, "Old"), put(Key::Url, "https://a.example/x")].into_iter().chain(origin).collect();
    let post = world.found(space, &alice, DocumentKind::Post, steps, NOW - HOUR);
    let shown = thread(&world, post, ThreadSort::Old).unwrap().post;
    assert_eq!((shown.author.name.as_str(), shown.url.as_deref()), ("Alice", Some("https://a.example/x")));
    let origin = shown.origin.unwrap();
    assert_eq!((origin.actor.as_str(), origin.object.as_str()), ("https://a.example/u/zoe", ""));
}
