//! Reads what a Lemmy's public API lists: pages of posts and comments that somebody saved as JSON files.
//!
//! ```text
//!  file or folder
//!       |  page, view   JSON entry by entry; a bad one does not cost the page
//!       |  gather       every number once, in its newest form
//!       |  select       what is deleted, empty or without its post stays behind, and is named
//!       |  clean        texts as our rules admit them
//!    Listing            plain data; nothing is signed or sent here
//! ```
//!
//! Field names are those of Lemmy 0.19 (types `PostView`, `CommentView`, `GetPostsResponse` of its JavaScript
//! client, version 0.19.9). The numbers are those of one Lemmy, so that two Lemmys' pages cannot be read together.

mod clean;
mod gather;
mod page;
mod select;
#[cfg(test)]
mod tests;
mod view;

pub use page::PageError;

use gather::Gathered;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// What was read, cleaned and put in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The communities of the posts, by short name.
    pub communities: Vec<ListedCommunity>,
    /// The posts, oldest first.
    pub posts: Vec<ListedPost>,
    /// The comments; each one stands after the one it answers.
    pub comments: Vec<ListedComment>,
    /// What stays behind, and why.
    pub left_out: Vec<LeftOut>,
    /// Comments that stand higher in their tree than on Lemmy, as the ones they answered are not in the listing.
    pub reattached: usize,
    /// Posts and comments whose title, text or link is not to the letter what Lemmy lists.
    pub changed: usize,
    /// Those, each with what is other than there.
    pub altered: Vec<LeftOut>,
}

/// A community that posts were listed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedCommunity {
    /// Its short name as we write such names; unique in the listing.
    pub name: String,
    /// Its title.
    pub title: String,
}

/// A post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPost {
    /// Its number on that Lemmy.
    pub id: i64,
    /// The short name of its community, as in [`Listing::communities`].
    pub community: String,
    /// Its title.
    pub title: String,
    /// Its text, empty where it has none.
    pub text: String,
    /// Its link.
    pub url: Option<String>,
    /// The name its author shows; empty where no character of it may be shown.
    pub author_name: String,
    /// Where it is from.
    pub origin: Origin,
}

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedComment {
    /// Its number on that Lemmy.
    pub id: i64,
    /// The number of its post, which is in [`Listing::posts`].
    pub post: i64,
    /// The number of the comment it answers, which stands before it in [`Listing::comments`].
    pub parent: Option<i64>,
    /// Its text.
    pub text: String,
    /// The name its author shows; empty where no character of it may be shown.
    pub author_name: String,
    /// Where it is from.
    pub origin: Origin,
}

/// Where a post or comment was published first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The address of its author; absent where it is not a link.
    pub actor: Option<String>,
    /// Its own address; absent where it is not a link.
    pub object: Option<String>,
    /// When it was published there, in ms since 1970.
    pub published_ms: i64,
}

/// Something that stays behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// What: `post 7`, `comment 12`, or the name of a file.
    pub what: String,
    /// Why.
    pub reason: String,
}

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub enum LemmyError {
    /// The path names nothing.
    #[error("there is nothing at {}; name a JSON file that holds what a Lemmy answers, or a folder of such files", path.display())]
    Missing {
        /// The path.
        path: PathBuf,
    },
    /// The path cannot be looked at.
    #[error("{} cannot be read: {fault}", path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// What the system says.
        fault: io::Error,
    },
    /// The one file named is not a page.
    #[error("{} {fault}", path.display())]
    Page {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: PageError,
    },
    /// No file of the folder is a page.
    #[error("no file in {} is a list of posts or comments{}; save what /api/v3/post/list and /api/v3/comment/list answer, one page per file", path.display(), for_example(first.as_ref()))]
    NothingListed {
        /// The folder.
        path: PathBuf,
        /// The first file, and what is wrong with it.
        first: Option<LeftOut>,
    },
    /// Comments, and none of the posts they stand under.
    #[error("{} lists {comments} comments but no post; save what /api/v3/post/list answers for the same community, and import both from one folder", path.display())]
    OnlyComments {
        /// The file or folder.
        path: PathBuf,
        /// How many.
        comments: usize,
    },
    /// Two things of one kind have the same number.
    #[error("{what} is {one:?} on one page and {other:?} on another, so that the pages come from different Lemmys; import each Lemmy's pages by themselves")]
    TwoLemmys {
        /// Which post or comment.
        what: String,
        /// Its address on one page.
        one: String,
        /// Its address on another.
        other: String,
    },
}

fn for_example(first: Option<&LeftOut>) -> String {
    first.map_or_else(String::new, |file| format!(" ({} {})", file.what, file.reason))
}

/// Reads one file, or every file of a folder (not of the folders in it).
///
/// Takes lists of posts and of comments, single posts and comments, bare arrays of either, and several of these
/// after one another in one file. What a number stands for is read from the page with the newest change.
///
/// # Errors
/// When the path cannot be read, holds no page, holds comments only, or holds pages of different Lemmys.
/// In a folder, a file that is not a page is left out by name instead.
pub fn read(path: &Path) -> Result<Listing, LemmyError> {
    let about = fs::metadata(path).map_err(|fault| unreadable(path, fault))?;
    let gathered = if about.is_dir() { folder(path)? } else { single(path, page::open(path))? };
    listing(path, gathered)
}

/// As [`read`], from bytes wherever they are; `path` is what errors call them.
pub fn read_from(from: impl io::BufRead, path: &Path) -> Result<Listing, LemmyError> {
    listing(path, single(path, page::read(from))?)
}

fn listing(path: &Path, gathered: Gathered) -> Result<Listing, LemmyError> {
    if gathered.posts.is_empty() && !gathered.comments.is_empty() {
        return Err(LemmyError::OnlyComments { path: path.into(), comments: gathered.comments.len() });
    }
    Ok(select::listing(gathered))
}

fn unreadable(path: &Path, fault: io::Error) -> LemmyError {
    match fault.kind() {
        io::ErrorKind::NotFound => LemmyError::Missing { path: path.into() },
        _ => LemmyError::Unreadable { path: path.into(), fault },
    }
}

fn single(path: &Path, page: Result<page::Page, PageError>) -> Result<Gathered, LemmyError> {
    let page = page.map_err(|fault| LemmyError::Page { path: path.into(), fault })?;
    let mut gathered = Gathered::default();
    gathered.add(&file_name(path), page)?;
    Ok(gathered)
}

fn folder(path: &Path) -> Result<Gathered, LemmyError> {
    let mut gathered = Gathered::default();
    let mut pages = 0;
    for file in files(path).map_err(|fault| unreadable(path, fault))? {
        let name = file_name(&file);
        match page::open(&file) {
            Ok(page) => {
                pages += 1;
                gathered.add(&name, page)?;
            }
            Err(fault) => gathered.left_out.push(LeftOut { what: name, reason: fault.to_string() }),
        }
    }
    match pages {
        0 => Err(LemmyError::NothingListed { path: path.into(), first: gathered.left_out.into_iter().next() }),
        _ => Ok(gathered),
    }
}

/// What is in a folder, by name, so that the same folder always reads the same.
fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

fn file_name(path: &Path) -> String {
    clean::line(&path.file_name().unwrap_or_default().to_string_lossy(), 100)
}
