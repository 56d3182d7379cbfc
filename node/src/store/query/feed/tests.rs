use super::*;
use crate::store::query::fixture::{Author, DAY, HOUR, NOW, World};
use folkmoot_protocol::{
    act::Mark,
    view::{PostView, RankInput, Whereabouts},
};

const SORTS: [FeedSort; 9] = [
    FeedSort::Active,
    FeedSort::Hot,
    FeedSort::Scaled,
    FeedSort::New,
    FeedSort::Old,
    FeedSort::Top,
    FeedSort::Controversial,
    FeedSort::Comments,
    FeedSort::NewComments,
];

fn query(sort: FeedSort) -> FeedQuery {
    FeedQuery { community: None, sort, period_ms: None, page: None, saved: false, limit: 50 }
}

fn list(world: &World, viewer: &Author, query: &FeedQuery) -> Vec<PostView> {
    world.view().feed(query, &viewer.viewer(), NOW).unwrap().posts
}

fn titles(posts: &[PostView]) -> Vec<&str> {
    posts.iter().map(|post| post.title.as_str()).collect()
}

/// All pages of a feed, walked with its tokens.
fn pages(world: &World, viewer: &Author, mut query: FeedQuery, limit: usize) -> Vec<PostView> {
    let mut posts = Vec::new();
    query.limit = limit;
    loop {
        // The clock moves on; the feed does not.
        let page = world.view().feed(&query, &viewer.viewer(), NOW + posts.len() as u64 * HOUR).unwrap();
        assert!(page.posts.len() <= limit);
        posts.extend(page.posts);
        match page.next {
            Some(next) => query.page = Some(next),
            None => return posts,
        }
    }
}

/// Two communities, 40 posts over 20 days (some in the same moment), and marks and comments on many of them.
fn busy() -> (World, Author) {
    let (mut world, alice) = World::new();
    let mut people: Vec<Author> = ["Bob", "Carol", "Dave", "Eve"].map(|name| world.admit(name, &alice)).into();
    people.push(alice.clone());
    let spaces = ["bread", "rolls"].map(|name| world.open(name, &alice));
    for n in 0..40 {
        let (space, by, at) = (spaces[n % 3 % 2], &people[n % 5], NOW - 20 * DAY + (n as u64 / 2) * DAY);
        let post = world.post(space, by, &format!("Post {n}"), at);
        for (i, person) in people.iter().enumerate().filter(|(i, _)| (n * 7 + i * 3) % 4 == 0) {
            world.react(space, person, post, if (n + i) % 3 == 0 { Mark::Down } else { Mark::Up });
        }
        for i in 0..n * 5 % 4 {
            world.comment(space, &people[(n + i) % 5], post, None, "Well.", at + (1 + i as u64) * 5 * HOUR);
        }
    }
    (world, alice)
}

#[test]
fn every_sort_lists_by_the_published_formula() {
    let (world, alice) = busy();
    for sort in SORTS {
        let posts = list(&world, &alice, &query(sort));
        assert_eq!(posts.len(), 40, "{sort:?}");
        let places: Vec<Place> = posts.iter().map(|post| place(&world, post, sort)).collect();
        assert!(places.windows(2).all(|pair| pair[0] < pair[1]), "{sort:?}");
    }
}

/// Where a post belongs, computed in another way: from its comments and what the list says of it.
fn place(world: &World, post: &PostView, sort: FeedSort) -> Place {
    let comments = world.view().thread(post.id, folkmoot_protocol::view::ThreadSort::New, &Viewer::NOBODY, NOW).unwrap().unwrap().comments;
    let by_other = comments.iter().filter(|comment| comment.author != Some(post.author.clone()) && comment.created <= post.created + 2 * DAY);
    let input = RankInput {
        created: post.created,
        newest_comment_by_other: by_other.map(|comment| comment.created).max(),
        newest_comment: comments.iter().map(|comment| comment.created).max(),
        up: post.up,
        down: post.down,
        comments: comments.len() as u64,
        // All five wrote in both communities.
        active_persons: 5,
    };
    Place { spot: Spot { rank: input.rank(sort, NOW), created: post.created }, id: post.id }
}

#[test]
fn pages_neither_repeat_nor_skip() {
    let (world, alice) = busy();
    for sort in SORTS {
        let whole = list(&world, &alice, &query(sort));
        for limit in [1, 3, 7, 20, 39, 40] {
            assert_eq!(titles(&pages(&world, &alice, query(sort), limit)), titles(&whole), "{sort:?} by {limit}");
        }
    }
}

#[test]
fn posts_of_one_moment_stand_in_the_order_of_their_ids() {
    let (mut world, alice) = World::new();
    let space = world.open("bread", &alice);
    for n in 0..30 {
        world.post(space, &alice, &format!("Post {n}"), NOW - 30 * DAY);
    }
    for sort in SORTS {
        let ids: Vec<DocumentId> = pages(&world, &alice, query(sort), 4).iter().map(|post| post.id).collect();
        assert!(ids.len() == 30 && ids.is_sorted(), "{sort:?}");
    }
}

#[test]
fn the_authors_own_up_counts_until_they_mark_it_otherwise() {
    let (mut world, alice) = World::new();
    let (bob, space) = (world.admit("Bob", &alice), world.open("bread", &alice));
    let post = world.post(space, &alice, "Rye", NOW - HOUR);
    let counts = |world: &World| {
        let post = list(world, &bob, &query(FeedSort::Top)).remove(0);
        (post.up, post.down, post.score, post.mine)
    };
    assert_eq!(counts(&world), (1, 0, 1, Mark::None));
    world.react(space, &bob, post, Mark::Up);
    assert_eq!(counts(&world), (2, 0, 2, Mark::Up));
    world.react(space, &alice, post, Mark::Up);
    assert_eq!(counts(&world), (2, 0, 2, Mark::Up));
    world.react(space, &alice, post, Mark::Down);
    world.react(space, &bob, post, Mark::None);
    assert_eq!(counts(&world), (0, 1, -1, Mark::None));
}

#[test]
fn hidden_posts_are_left_out_and_saved_ones_can_be_asked_for() {
    let (mut world, alice) = World::new();
    let space = world.open("bread", &alice);
    let posts = ["Rye", "Oats", "Spelt"].map(|title| world.post(space, &alice, title, NOW - HOUR));
    world.mark(posts[0], LocalMark::Hidden);
    world.mark(posts[1], LocalMark::Saved);
    for sort in SORTS {
        let shown = list(&world, &alice, &query(sort));
        assert!(shown.len() == 2 && shown.iter().all(|post| post.id != posts[0] && post.saved == (post.id == posts[1])), "{sort:?}");
        assert_eq!(titles(&list(&world, &alice, &FeedQuery { saved: true, ..query(sort) })), ["Oats"], "{sort:?}");
    }
}

#[test]
fn communities_that_are_not_followed_are_listed_only_by_name() {
    let (mut world, alice) = World::new();
    let [bread, rolls] = ["bread", "rolls"].map(|name| world.open(name, &alice));
    world.post(bread, &alice, "Rye", NOW - HOUR);
    world.post(rolls, &alice, "Bun", NOW - HOUR);
    world.follow(rolls, false);
    assert_eq!(titles(&list(&world, &alice, &query(FeedSort::New))), ["Rye"]);
    let named = list(&world, &alice, &FeedQuery { community: Some(rolls), ..query(FeedSort::Hot) });
    assert_eq!((titles(&named), named[0].community.name.as_str()), (vec!["Bun"], "rolls"));
}

#[test]
fn a_period_leaves_out_what_is_older() {
    let (world, alice) = busy();
    for sort in SORTS {
        let posts = list(&world, &alice, &FeedQuery { period_ms: Some(3 * DAY), ..query(sort) });
        assert!(posts.len() == 6 && posts.iter().all(|post| post.created >= NOW - 3 * DAY), "{sort:?}");
    }
}

#[test]
fn a_post_is_on_this_device_until_another_node_holds_it() {
    let (mut world, alice) = World::new();
    let (bob, space) = (world.admit("Bob", &alice), world.open("bread", &alice));
    world.post(space, &alice, "Rye", NOW - HOUR);
    let state = |world: &World, viewer| list(world, viewer, &query(FeedSort::New))[0].state;
    assert_eq!((state(&world, &alice), state(&world, &bob)), (Whereabouts::OnThisDevice, Whereabouts::WithPeers));
    world.confirm(space, &alice);
    assert_eq!(state(&world, &alice), Whereabouts::WithPeers);
}

#[test]
fn a_token_of_another_sort_or_another_make_is_refused() {
    let (world, alice) = busy();
    let next = world.view().feed(&FeedQuery { limit: 2, ..query(FeedSort::Top) }, &alice.viewer(), NOW).unwrap().next.unwrap();
    let ask = |sort, page: &str| world.view().feed(&FeedQuery { page: Some(page.into()), ..query(sort) }, &alice.viewer(), NOW);
    assert!(ask(FeedSort::Top, &next).is_ok());
    assert!(matches!(ask(FeedSort::New, &next), Err(QueryError::BadPage)));
    let nan = next.replacen(&format!("-{:x}-", 5f64.to_bits()), &format!("-{:x}-", f64::NAN.to_bits()), 1);
    for bad in ["", "x", "2", "-----", "5-ffffffffffffffffff-0-0-00", &next[1..], &next.to_uppercase(), &format!("{next}0"), &nan.replace("5-", "5-+")] {
        assert!(matches!(ask(FeedSort::Top, bad), Err(QueryError::BadPage)), "{bad}");
    }
}

#[test]
fn what_is_dated_later_than_now_stands_where_it_came_in() {
    let (mut world, alice) = World::new();
    let space = world.open("bread", &alice);
    world.post(space, &alice, "before", NOW - 3 * HOUR);
    world.received_at = Some(NOW + 9 * DAY);
    world.post(space, &alice, "ahead", NOW + 9 * DAY);
    world.received_at = None;
    world.post(space, &alice, "after", NOW - 2 * HOUR);
    world.post(space, &alice, "last", NOW - HOUR);
    for (sort, expected) in [(FeedSort::New, ["last", "after", "ahead", "before"]), (FeedSort::Old, ["before", "ahead", "after", "last"])] {
        assert_eq!(titles(&list(&world, &alice, &query(sort))), expected, "{sort:?}");
        assert_eq!(titles(&pages(&world, &alice, query(sort), 1)), expected, "{sort:?}");
    }
    assert!(list(&world, &alice, &query(FeedSort::New)).iter().all(|post| post.created <= NOW));
}
