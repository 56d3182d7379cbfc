//! How long the heavier queries take on 100,000 operations. Run by hand:
//! `cargo test --release -p folkmoot-node timings -- --ignored --nocapture`
#![expect(clippy::print_stdout, reason = "what it measures is its result")]

use super::{
    FeedQuery, Reader, SearchQuery, View, Viewer,
    fixture::{Author, DAY, NOW, World},
};
use crate::store::Store;
use folkmoot_protocol::{
    act::Mark,
    id::*,
    view::{FeedSort, ThreadSort},
};
use std::{
    fmt::Debug,
    path::Path,
    time::{Duration, Instant},
};

const POSTS: u64 = 25_000;
const COMMENTS: u64 = 45_000;
const REACTIONS: u64 = 30_000;
const PEOPLE: usize = 200;
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

/// Numbers that look like chance, the same on every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    /// The newer half of so many, mostly.
    fn recent(&mut self, of: usize) -> usize {
        let (of, back) = (of as u64, self.below(of as u64) * self.below(of as u64) / of as u64);
        (of - 1 - back) as usize
    }
}

fn text(dice: &mut Dice) -> String {
    (0..60).map(|_| format!("word{} ", dice.below(5_000) * dice.below(5_000) / 5_000)).collect()
}

/// A busy week and a thread of 2,000 comments; answers somebody to look at it, and that thread.
fn write_all(folder: &Path, days: u64) -> (Viewer, DocumentId) {
    let (mut world, alice) = World::within(Store::open(folder).unwrap());
    let people: Vec<Author> = (1..PEOPLE).map(|n| world.admit(&format!("Person {n}"), &alice)).chain([alice.clone()]).collect();
    let spaces: Vec<SpaceId> = ["bread", "rolls", "cake", "till"].map(|name| world.open(name, &alice)).to_vec();
    let (mut dice, mut posts, mut comments) = (Dice(7), Vec::<(SpaceId, DocumentId)>::new(), Vec::<(SpaceId, DocumentId, DocumentId)>::new());
    world.store.begin().unwrap();
    for step in 0..POSTS + COMMENTS + REACTIONS {
        let at = NOW - days * DAY + days * DAY * step / (POSTS + COMMENTS + REACTIONS);
        let by = &people[dice.below(PEOPLE as u64) as usize];
        match dice.below(20) {
            0..5 => {
                let space = spaces[(dice.below(16) as f64).sqrt() as usize];
                posts.push((space, world.post(space, by, &format!("Title {step} word{}", dice.below(5_000)), at)));
            }
            5..14 if !posts.is_empty() => {
                let (space, post) = posts[dice.recent(posts.len())];
                let parent = comments.last().filter(|(_, on, _)| *on == post).map(|(_, _, id)| *id);
                comments.push((space, post, world.comment(space, by, post, parent, &text(&mut dice), at)));
            }
            _ if !posts.is_empty() => {
                let (space, post) = posts[dice.recent(posts.len())];
                world.react(space, by, post, if dice.below(4) == 0 { Mark::Down } else { Mark::Up });
            }
            _ => {}
        }
    }
    let thread = world.post(spaces[0], &alice, "Long", NOW - DAY);
    let mut answers: Vec<DocumentId> = Vec::new();
    for step in 0..2_000 {
        let parent = (dice.below(4) > 0 && !answers.is_empty()).then(|| answers[dice.recent(answers.len())]);
        let by = &people[dice.below(PEOPLE as u64) as usize];
        answers.push(world.comment(spaces[0], by, thread, parent, &text(&mut dice), NOW - DAY + step));
        if step % 3 == 0 {
            world.react(spaces[0], &alice, answers[answers.len() - 1], Mark::Up);
        }
    }
    world.store.commit().unwrap();
    (alice.viewer(), thread)
}

/// The time of a query on a connection of its own, as a command has it; the best of a few.
fn timed<T, E: Debug>(folder: &Path, what: &str, query: impl Fn(View<'_>) -> Result<T, E>) {
    let once = || {
        let begin = Instant::now();
        let reader = Reader::open(folder).unwrap();
        query(reader.view()).unwrap();
        begin.elapsed()
    };
    let times: Vec<Duration> = (0..5).map(|_| once()).collect();
    println!("{what:24} {:>8.1?} to {:>8.1?}", times.iter().min().unwrap(), times.iter().max().unwrap());
}

#[test]
#[ignore = "measures, and takes a minute to write what it measures on"]
fn timings() {
    for days in [6, 120] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let (viewer, thread) = write_all(path, days);
        println!("{} bytes over {days} days", std::fs::metadata(path.join(crate::store::FILE_NAME)).unwrap().len());
        let query = |sort| FeedQuery { community: None, sort, period_ms: None, page: None, saved: false, limit: 20 };
        timed(path, "open", |_| Ok::<_, ()>(()));
        for sort in SORTS {
            timed(path, &format!("feed {sort:?}"), |view| view.feed(&query(sort), &viewer, NOW));
        }
        timed(path, "thread of 2,000", |view| view.thread(thread, ThreadSort::Hot, &viewer, NOW));
        timed(path, "communities", |view| view.communities());
        for words in ["word17 word3", "word0 ", "wor", "word4999 "] {
            let search = SearchQuery { words: words.into(), community: None, author: None, kind: None, limit: 20 };
            timed(path, &format!("search {words:?}"), |view| view.search(&search));
        }
        timed(path, "completions of nothing", |view| view.completions("", 50));
        timed(path, "completions of 'ab'", |view| view.completions("ab", 50));
        timed(path, "find_person", |view| view.find_person("@person 7"));
        timed(path, "find_page", |view| view.find_page(None, "rules"));
    }
}
