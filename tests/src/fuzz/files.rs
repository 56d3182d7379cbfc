use super::messages::check_operation;
use folkmoot_node::{
    export::{Piece, read_operations_from},
    lemmy::{self, Listing, Origin},
};
use folkmoot_protocol::{limits, text, wire::frame};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read,
    path::Path,
};

const OPERATIONS: &[u8] = b"folkmoot operations 1\n";

/// A file of operations: as it comes, and as a right file with a frame that comes.
pub fn operations(data: &[u8]) {
    file(data);
    if data.len() <= limits::FRAME_BYTES {
        file(&[OPERATIONS, &frame(data)].concat());
    }
}

fn file(data: &[u8]) {
    let whole = read(data);
    assert_eq!(read(Pieces { data, size: 1 + data.len() % 31 }), whole, "the pieces make no difference");
    if !data.starts_with(OPERATIONS) {
        assert_eq!(whole, (0, Err("format".to_owned())));
    }
    // Whoever has enough is not read on to.
    let mut batches = 0;
    let stopped = read_operations_from(data, Path::new("file"), &mut |_| {
        batches += 1;
        false
    });
    assert!(batches <= 1 && (batches == 0 || stopped.is_ok()));
}

/// How many operations came out, and how it ended.
fn read(from: impl Read) -> (usize, Result<(), String>) {
    let mut count = 0;
    let ended = read_operations_from(from, Path::new("file"), &mut |piece| {
        let Piece::Operations(operations) = piece else { return true };
        assert!(operations.len() <= limits::OPERATIONS_PER_MESSAGE);
        count += operations.len();
        operations.into_iter().for_each(check_operation);
        true
    });
    (count, ended.map_err(|failure| failure.code))
}

/// A file that is read a few bytes at a time.
struct Pieces<'a> {
    data: &'a [u8],
    size: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let size = self.size.min(buffer.len());
        self.data.read(&mut buffer[..size])
    }
}

/// What somebody saved of a Lemmy.
pub fn lemmy(data: &[u8]) {
    let listing = lemmy::read_from(data, Path::new("page.json"));
    match &listing {
        Ok(listing) => check(listing),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    assert_eq!(lemmy::read_from(data, Path::new("page.json")).ok(), listing.ok(), "a page reads the same twice");
}

/// Everything in a listing may be written as it stands, in the order in which it stands.
fn check(listing: &Listing) {
    let communities: BTreeSet<&str> = listing.communities.iter().map(|community| community.name.as_str()).collect();
    assert_eq!(communities.len(), listing.communities.len(), "two communities of one name");
    for community in &listing.communities {
        assert_eq!(text::check_slug("name", &community.name), Ok(()));
        assert_eq!(text::check_line("title", &community.title, limits::TITLE_CHARS), Ok(()));
    }
    for post in &listing.posts {
        assert!(communities.contains(post.community.as_str()), "a post without a community");
        assert_eq!(text::check_line("title", &post.title, limits::TITLE_CHARS), Ok(()));
        assert_eq!(text::check_body("text", &post.text, limits::TEXT_CHARS), Ok(()));
        assert!(post.url.iter().all(|url| text::check_url("url", url).is_ok()));
        check_author(&post.author_name, &post.origin);
    }
    let mut placed: BTreeMap<i64, i64> = BTreeMap::new();
    let posts: BTreeSet<i64> = listing.posts.iter().map(|post| post.id).collect();
    assert_eq!(posts.len(), listing.posts.len(), "two posts of one number");
    for comment in &listing.comments {
        assert!(posts.contains(&comment.post), "a comment without a post");
        assert!(comment.parent.is_none_or(|parent| placed.get(&parent) == Some(&comment.post)), "an answer stands before what it answers");
        assert!(!comment.text.trim().is_empty());
        assert_eq!(text::check_body("text", &comment.text, limits::TEXT_CHARS), Ok(()));
        check_author(&comment.author_name, &comment.origin);
        assert_eq!(placed.insert(comment.id, comment.post), None, "two comments of one number");
    }
    for left in &listing.left_out {
        assert!(!left.what.is_empty() && !left.reason.is_empty());
    }
}

fn check_author(name: &str, origin: &Origin) {
    assert!(name.is_empty() || text::check_line("name", name, limits::NAME_CHARS).is_ok());
    for address in [&origin.actor, &origin.object].into_iter().flatten() {
        assert_eq!(text::check_url("address", address), Ok(()));
    }
}
