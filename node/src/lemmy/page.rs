//! One file: which of Lemmy's answers it holds, and the entries in them.

use super::view::{CommentView, Listed, PostView, View};
use super::{LeftOut, clean};
use folkmoot_protocol::limits;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Why a file is not a page; each message continues a sentence that begins with the file's name.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A folder, a pipe or a device.
    #[error("is not a file; put the JSON files into one folder, without folders in it")]
    NotAFile,
    /// Beyond what an import reads.
    #[error("has {bytes} bytes; a file may have at most {}, so split it into its pages", limits::IMPORT_FILE_BYTES)]
    TooLarge {
        /// Its size.
        bytes: u64,
    },
    /// The system does not let us.
    #[error("cannot be read: {0}")]
    Io(io::Error),
    /// Nothing in it.
    #[error("is empty; save the answer again exactly as the Lemmy sends it")]
    Empty,
    /// Broken JSON, or none; with line and column.
    #[error("is not JSON: {0}; save the answer again exactly as the Lemmy sends it")]
    NotJson(serde_json::Error),
    /// JSON that says no post or comment.
    #[error("is JSON, but no list of posts or comments as /api/v3/post/list and /api/v3/comment/list answer it{0}")]
    NotAListing(String),
    /// The Lemmy refused when the page was asked for.
    #[error("holds the answer {0:?}, with which the Lemmy refused; ask it again")]
    Refused(String),
}

impl From<serde_json::Error> for PageError {
    fn from(fault: serde_json::Error) -> Self {
        match fault.classify() {
            serde_json::error::Category::Io => Self::Io(fault.into()),
            serde_json::error::Category::Data => Self::NotAListing(format!(": {}", brief(&fault))),
            serde_json::error::Category::Syntax | serde_json::error::Category::Eof => Self::NotJson(fault),
        }
    }
}

/// A fault in words; a stranger's value in it does not fill the screen.
pub(super) fn brief(fault: &impl fmt::Display) -> String {
    clean::line(&fault.to_string(), 160)
}

/// The entries of one file.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) posts: Vec<Listed<PostView>>,
    pub(super) comments: Vec<Listed<CommentView>>,
    /// Posts and comments that are not as Lemmy lists them.
    pub(super) malformed: Vec<LeftOut>,
    /// Entries that are neither.
    pub(super) strange: usize,
    lists: bool,
    refusal: Option<String>,
}

/// Reads a file; one page, or several after one another.
pub(super) fn open(path: &Path) -> Result<Page, PageError> {
    let about = fs::metadata(path).map_err(PageError::Io)?;
    if !about.is_file() {
        return Err(PageError::NotAFile);
    }
    if about.len() > limits::IMPORT_FILE_BYTES {
        return Err(PageError::TooLarge { bytes: about.len() });
    }
    let file = File::open(path).map_err(PageError::Io)?;
    read(BufReader::with_capacity(1 << 16, file.take(limits::IMPORT_FILE_BYTES)))
}

/// Reads the bytes of a file; they are bounded by whoever hands them in.
pub(super) fn read(mut from: impl BufRead) -> Result<Page, PageError> {
    const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
    if from.fill_buf().map_err(PageError::Io)?.starts_with(BYTE_ORDER_MARK) {
        from.consume(BYTE_ORDER_MARK.len());
    }
    let mut pages = serde_json::Deserializer::from_reader(from).into_iter::<Page>();
    let mut whole = pages.next().ok_or(PageError::Empty)??;
    for page in pages {
        whole.append(page?);
    }
    match (whole.lists, whole.refusal.take()) {
        (true, _) => Ok(whole),
        (false, Some(refusal)) => Err(PageError::Refused(refusal)),
        (false, None) => Err(PageError::NotAListing(String::new())),
    }
}

impl Page {
    fn append(&mut self, mut other: Self) {
        self.posts.append(&mut other.posts);
        self.comments.append(&mut other.comments);
        self.malformed.append(&mut other.malformed);
        self.strange += other.strange;
        self.lists |= other.lists;
        self.refusal = other.refusal.or(self.refusal.take());
    }

    fn post(&mut self, Entry(entry): Entry<PostView>) {
        match entry {
            Ok(post) => self.posts.push(post),
            Err(left_out) => self.malformed.push(left_out),
        }
        self.lists = true;
    }

    fn comment(&mut self, Entry(entry): Entry<CommentView>) {
        match entry {
            Ok(comment) => self.comments.push(comment),
            Err(left_out) => self.malformed.push(left_out),
        }
        self.lists = true;
    }

    /// Takes an element of a bare array: a view, or a whole answer.
    fn element(&mut self, value: Value) {
        if value.get(CommentView::KIND).is_some() {
            self.comment(Entry(Listed::from_value(value)));
        } else if value.get(PostView::KIND).is_some() {
            self.post(Entry(Listed::from_value(value)));
        } else {
            match serde_json::from_value::<Self>(value) {
                Ok(page) if page.lists => self.append(page),
                _ => self.strange += 1,
            }
        }
    }
}

/// An entry of a list, or why it is none. What is read stays whole when one entry is not.
struct Entry<V>(Result<Listed<V>, LeftOut>);

impl<'de, V: View> Deserialize<'de> for Entry<V> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Value::deserialize(from).map(|value| Self(Listed::from_value(value)))
    }
}

impl<'de> Deserialize<'de> for Page {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(PageVisitor)
    }
}

struct PageVisitor;

impl<'de> Visitor<'de> for PageVisitor {
    type Value = Page;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer of Lemmy or an array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Page, A::Error> {
        let mut page = Page::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "posts" => {
                    page.lists = true;
                    map.next_value::<Vec<_>>()?.into_iter().for_each(|entry| page.post(entry));
                }
                "comments" => {
                    page.lists = true;
                    map.next_value::<Vec<_>>()?.into_iter().for_each(|entry| page.comment(entry));
                }
                "post_view" => page.post(map.next_value()?),
                "comment_view" => page.comment(map.next_value()?),
                "error" => page.refusal = map.next_value::<Value>()?.as_str().map(|error| clean::line(error, 100)),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(page)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Page, A::Error> {
        let mut page = Page::default();
        let mut elements = 0;
        while let Some(value) = array.next_element()? {
            page.element(value);
            elements += 1;
        }
        page.lists |= elements == 0;
        Ok(page)
    }
}
