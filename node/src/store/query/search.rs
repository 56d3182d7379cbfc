//! Full-text search over posts, comments and pages.

#[cfg(test)]
mod tests;

use super::{QueryError, View, Viewer, excerpt, listed::Listed};
use crate::store::StoreError;
use folkmoot_protocol::{
    document::{DocumentKind, Key},
    id::*,
    limits,
    view::{SearchHit, SearchView},
};
use rusqlite::{OptionalExtension, Row, params};

/// What to look for. A find has all the words; the last one may be the beginning of a word, unless it is
/// very short or white space follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    /// The words.
    pub words: String,
    /// In this community alone.
    pub community: Option<SpaceId>,
    /// By this person alone.
    pub author: Option<PersonId>,
    /// Of this kind alone.
    pub kind: Option<DocumentKind>,
    /// What [`SearchView::next`] of the page before said; none: the first page. A page goes on behind the last find of
    /// the one before, wherever that stands now.
    pub page: Option<String>,
    /// How many finds, at most [`limits::SEARCH_RESULTS`].
    pub limit: usize,
}

/// The shortest beginning of a word that is looked for, in letters.
const LEAST_PREFIX: usize = 3;

// The index's own rank (BM25) is smaller for a better find. The words come first: whatever else is asked is asked
// of what they find.
const FINDS: &str = concat!(
    "SELECT words.rowid FROM words CROSS JOIN document_state t ON t.document = words.rowid
  WHERE words MATCH ?1 AND (?6 IS NULL OR (bm25(words), -t.created, -t.document) > (?6, -?7, -?8)) AND t.space IN (SELECT n FROM space WHERE followed AND (?2 IS NULL OR id = ?2))",
    not_removed!(),
    " AND (?3 IS NULL OR t.author = (SELECT n FROM person WHERE id = ?3)) AND (?4 IS NULL OR t.kind = ?4)
  ORDER BY bm25(words), t.created DESC, t.document DESC LIMIT ?5"
);

/// Where a find stands: those of a smaller rank come first, then the newer ones.
#[derive(Debug, Clone, Copy)]
struct Place {
    rank: f64,
    created: i64,
    document: i64,
}

impl View<'_> {
    /// Finds documents that are present, in followed spaces; best first, then newest.
    pub fn search(&self, query: &SearchQuery) -> Result<SearchView, QueryError> {
        let matched = match_expression(&query.words)?;
        let limit = query.limit.clamp(1, limits::SEARCH_RESULTS);
        let (community, author) = (query.community.map(|id| id.0), query.author.map(|id| id.0));
        let after = query.page.as_deref().map(|token| self.place(token, &matched)).transpose()?;
        let (rank, created, number) = (after.map(|after| after.rank), after.map(|after| after.created), after.map(|after| after.document));
        let mut select = self.connection.prepare_cached(FINDS)?;
        let kind = query.kind.map(DocumentKind::code);
        let rows = select.query_map(params![matched, community, author, kind, limit as i64 + 1, rank, created, number], |row| row.get(0))?;
        let finds: Vec<i64> = rows.collect::<Result<_, _>>()?;
        let words: Vec<Vec<char>> = query.words.split(|c: char| !c.is_alphanumeric()).map(excerpt::fold).collect();
        let shown = &finds[..finds.len().min(limit)];
        let hits = shown.iter().filter_map(|document| self.hit(*document, &words).transpose()).collect::<Result<_, _>>()?;
        let last = shown.last().filter(|_| finds.len() > limit);
        Ok(SearchView { hits, next: last.map(|last| self.token(*last)).transpose()? })
    }

    /// What names the page behind a find: the find's id.
    fn token(&self, last: i64) -> Result<String, StoreError> {
        let id = self.connection.query_row("SELECT id FROM document WHERE n = ?1", [last], |row| row.get(0))?;
        Ok(DocumentId(id).to_string())
    }

    /// Where the find of a token stands now: all ranks move with whatever else comes in.
    fn place(&self, token: &str, matched: &str) -> Result<Place, QueryError> {
        let id: DocumentId = token.parse().map_err(|_| QueryError::BadPage)?;
        let sql = "SELECT bm25(words), t.created, t.document FROM words CROSS JOIN document_state t ON t.document = words.rowid
                   WHERE words MATCH ?1 AND words.rowid = (SELECT n FROM document WHERE id = ?2)";
        let place = |row: &Row<'_>| Ok(Place { rank: row.get(0)?, created: row.get(1)?, document: row.get(2)? });
        self.connection.prepare_cached(sql)?.query_row(params![matched, id.0], place).optional()?.ok_or(QueryError::BadPage)
    }

    fn hit(&self, document: i64, words: &[Vec<char>]) -> Result<Option<SearchHit>, StoreError> {
        let Some(found) = self.listed(document, &Viewer::NOBODY)? else { return Ok(None) };
        let (post, title, removed) = match found.kind {
            DocumentKind::Comment => {
                let removed = found.post.map(|post| self.removal_of(post)).transpose()?.flatten();
                (found.content.document(Key::Post), self.title_of(found.post)?, removed)
            }
            _ => (None, title(&found), None),
        };
        Ok(Some(SearchHit {
            id: found.id,
            kind: found.kind,
            post: post.unwrap_or(found.id),
            title,
            removed,
            excerpt: excerpt::excerpt(found.content.text(Key::Text), words),
            origin: found.content.origin(),
            created: found.created,
            community: found.community,
            author: found.author,
        }))
    }

    /// The title of a comment's post, empty where that is absent.
    fn title_of(&self, post: Option<i64>) -> Result<String, StoreError> {
        let post = post.map(|post| self.listed(post, &Viewer::NOBODY)).transpose()?.flatten();
        Ok(post.as_ref().map(title).unwrap_or_default())
    }
}

fn title(listed: &Listed) -> String {
    listed.content.text(Key::Title).to_owned()
}

/// The words that have something to look for: a letter or digit.
fn terms(words: &str) -> impl Iterator<Item = &str> {
    words.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| word.contains(char::is_alphanumeric))
}

/// The words as FTS5 takes them: each in quotes, so that nothing in them is an operator; the last one as a
/// prefix, as it may still be being typed. Of one or two Latin letters too much begins with them.
fn match_expression(words: &str) -> Result<String, QueryError> {
    if words.len() > limits::SEARCH_BYTES {
        return Err(QueryError::LongSearch(words.len()));
    }
    let quoted: Vec<String> = terms(words).map(|term| format!("\"{}\"", term.replace('"', "\"\""))).collect();
    let whole = words.ends_with(char::is_whitespace) || terms(words).last().is_some_and(|last| last.is_ascii() && last.len() < LEAST_PREFIX);
    let prefix = if whole { "" } else { " *" };
    if quoted.is_empty() { Err(QueryError::NoWords) } else { Ok(quoted.join(" ") + prefix) }
}
