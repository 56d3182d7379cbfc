//! A made-up Lemmy, as large as asked for: pages in the shape of Lemmy 0.19's post and comment lists.

use serde_json::{Value, json};

const SERVER: &str = "https://lemmy.example";
const COMMUNITIES: [(&str, &str); 5] = [
    ("gardening", "Gardening"),
    ("Bread_Baking", "Bread & baking"),
    ("selfhosted", "Run it yourself"),
    ("cycling", "Everyday cycling"),
    ("mending", "Mending circle"),
];
const SUBJECTS: [&str; 12] = [
    "the old kettle",
    "a raised bed",
    "sourdough",
    "my back wheel",
    "the shared server",
    "a wool jumper",
    "the tomato bed",
    "the compost",
    "a squeaky door",
    "the library card",
    "the rain barrel",
    "a second-hand radio",
];
const SAYINGS: [&str; 12] = [
    "took longer than planned, but it works now",
    "could use a second pair of hands",
    "is harder than the book makes it look",
    "did better this year than last",
    "needs a part that nobody sells any more",
    "turned out well in the end",
    "is worth the trouble",
    "was a gift from a neighbour",
    "surprised all of us",
    "has to wait until the weekend",
    "is the best thing I made this month",
    "smells a little odd today",
];
/// Deepest reply; Lemmy itself stops at 50.
const DEPTH: usize = 24;

/// What `/api/v3/post/list` and `/api/v3/comment/list` would answer if they had no pages.
///
/// The same numbers always give the same listing. About one post in 50 and one comment in 30 is deleted or removed;
/// two comments in three answer another comment, mostly a recent one, down to 24 levels; a few posts have most of them.
pub fn listing(posts: usize, comments: usize, seed: u64) -> (Value, Value) {
    let mut dice = Dice(seed);
    let posts = (1..=posts).map(|id| post_view(id, &mut dice)).collect::<Vec<_>>();
    let comments = comment_views(&posts, comments, &mut dice);
    (json!({"posts": posts, "next_page": "Pffff"}), json!({"comments": comments}))
}

/// SplitMix64 (Steele, Lea and Flood, 2014): small, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, sides: usize) -> usize {
        (self.next() % sides.max(1) as u64) as usize
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.below(sides) == 0
    }

    /// A number below `sides`, small ones far more often.
    fn low(&mut self, sides: usize) -> usize {
        let at_most = self.below(sides) + 1;
        self.below(at_most)
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn text(&mut self, most: usize) -> String {
        let sentences = (0..=self.below(most)).map(|_| format!("I think {} {}.", self.pick(&SUBJECTS), self.pick(&SAYINGS)));
        sentences.collect::<Vec<_>>().join(if most > 4 { "\n\n" } else { " " })
    }
}

/// A date, `step` minutes into a calendar of 28-day months, so that later steps are later dates.
fn date(step: usize) -> String {
    let (days, minute) = (step / 1440, step % 1440);
    let (year, month, day) = (2023 + days / 336, days / 28 % 12 + 1, days % 28 + 1);
    format!("{year}-{month:02}-{day:02}T{:02}:{:02}:07.{:06}Z", minute / 60, minute % 60, step % 1_000_000)
}

fn post_view(id: usize, dice: &mut Dice) -> Value {
    let (community, title) = COMMUNITIES[dice.low(COMMUNITIES.len())];
    let community_id = COMMUNITIES.iter().position(|(name, _)| *name == community);
    let body = (!dice.one_in(3)).then(|| dice.text(8));
    let url = dice.one_in(4).then(|| format!("https://pictures.example/{id}.webp"));
    let (person, updated) = (dice.low(400), dice.one_in(9).then(|| date(id * 7 + 3)));
    let mut post = json!({
        "id": id, "name": format!("{}: {} {}", title, dice.pick(&SUBJECTS), dice.pick(&SAYINGS)), "creator_id": person,
        "community_id": community_id, "removed": dice.one_in(90), "locked": dice.one_in(60), "published": date(id * 7),
        "deleted": dice.one_in(110), "nsfw": false, "ap_id": format!("{SERVER}/post/{id}"), "local": true, "language_id": 37,
        "featured_community": false, "featured_local": false,
    });
    set(&mut post, [("body", body), ("url", url), ("updated", updated)]);
    json!({
        "post": post, "creator": creator(person),
        "community": {
            "id": community_id, "name": community, "title": title, "removed": false, "published": date(0), "deleted": false, "nsfw": false,
            "actor_id": format!("{SERVER}/c/{community}"), "local": true, "hidden": false, "posting_restricted_to_mods": false,
            "instance_id": 1, "visibility": "Public",
        },
        "counts": {
            "post_id": id, "comments": 0, "score": 1, "upvotes": 1, "downvotes": 0, "published": date(id * 7), "newest_comment_time": date(id * 7),
        },
        "creator_banned_from_community": false, "banned_from_community": false, "creator_is_moderator": false, "creator_is_admin": false,
        "subscribed": "NotSubscribed", "saved": false, "read": false, "hidden": false, "creator_blocked": false, "unread_comments": 0,
    })
}

fn creator(id: usize) -> Value {
    let mut person = json!({
        "id": id, "name": format!("person{id}"), "banned": false, "published": date(id), "actor_id": format!("{SERVER}/u/person{id}"),
        "local": true, "deleted": false, "bot_account": id.is_multiple_of(50), "instance_id": 1,
    });
    let shown = id.is_multiple_of(3).then(|| format!("Person No. {id}"));
    set(&mut person, [("display_name", shown)]);
    person
}

/// Lemmy leaves a field out where it has no value.
fn set<const N: usize>(of: &mut Value, fields: [(&str, Option<String>); N]) {
    for (key, value) in fields {
        if let Some(value) = value {
            of[key] = value.into();
        }
    }
}

fn comment_views(posts: &[Value], count: usize, dice: &mut Dice) -> Vec<Value> {
    let mut paths: Vec<Vec<String>> = vec![Vec::new(); posts.len()];
    let mut views = Vec::with_capacity(count);
    for id in 1..=if posts.is_empty() { 0 } else { count } {
        let under = dice.low(posts.len());
        let above = if dice.one_in(3) { "0" } else { recent(&paths[under], dice) };
        let path = format!("{above}.{id}");
        views.push(comment_view(id, &posts[under], &path, (posts.len() * 7) + id * 3, dice));
        paths[under].push(path);
    }
    views
}

/// The path of one of the newest comments, or that of the post itself.
fn recent<'a>(paths: &'a [String], dice: &mut Dice) -> &'a str {
    let back = dice.low(paths.len()) + 1;
    let found = paths.len().checked_sub(back).and_then(|at| paths.get(at));
    found.filter(|path| path.split('.').count() <= DEPTH).map_or("0", String::as_str)
}

fn comment_view(id: usize, under: &Value, path: &str, step: usize, dice: &mut Dice) -> Value {
    let (deleted, removed) = (dice.one_in(60), dice.one_in(70));
    let content = if deleted || removed { String::new() } else { dice.text(4) };
    let (person, updated) = (dice.low(400), dice.one_in(12).then(|| date(step + 2)));
    let mut comment = json!({
        "id": id, "creator_id": person, "post_id": under["post"]["id"], "content": content, "removed": removed, "published": date(step),
        "deleted": deleted, "ap_id": format!("{SERVER}/comment/{id}"), "local": true, "path": path, "distinguished": false, "language_id": 37,
    });
    set(&mut comment, [("updated", updated)]);
    json!({
        "comment": comment, "creator": creator(person), "post": under["post"], "community": under["community"],
        "counts": {"comment_id": id, "score": 1, "upvotes": 1, "downvotes": 0, "published": date(step), "child_count": 0},
        "creator_banned_from_community": false, "banned_from_community": false, "creator_is_moderator": false, "creator_is_admin": false,
        "subscribed": "NotSubscribed", "saved": false, "creator_blocked": false,
    })
}
