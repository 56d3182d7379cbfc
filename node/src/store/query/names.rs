//! From what a person types to what they mean: short names, and ids or the digits that these begin with.

#[cfg(test)]
mod tests;

use super::{QueryError, View, Viewer};
use crate::store::StoreError;
use folkmoot_protocol::{
    document::{DocumentKind, Key},
    id::*,
};
use rusqlite::params;

/// The fewest digits that stand for an id.
const LEAST_DIGITS: usize = 8;
/// Characters of a title or text in a label.
const LABEL_CHARS: usize = 48;

/// What a typed text stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<T> {
    /// Nothing that is known here.
    None,
    /// One thing.
    One(T),
    /// Several things, each with a label by which a person tells them apart.
    Several(Vec<(T, String)>),
}

impl<T> Found<T> {
    fn of(mut found: Vec<(T, String)>) -> Self {
        match found.len() {
            0 | 1 => found.pop().map_or(Self::None, |(one, _)| Self::One(one)),
            _ => Self::Several(found),
        }
    }
}

/// All ids that begin with the same digits.
struct Range {
    low: [u8; 32],
    high: [u8; 32],
}

/// The ids that begin with a text; none where it holds anything but hexadecimal digits.
fn starting_with(digits: &str) -> Option<Range> {
    let digits = digits.to_ascii_lowercase();
    let (low, high): (OpId, OpId) = (format!("{digits:0<64}").parse().ok()?, format!("{digits:f<64}").parse().ok()?);
    Some(Range { low: low.0, high: high.0 })
}

fn id_range(text: &str) -> Result<Range, QueryError> {
    let range = starting_with(text).filter(|_| !text.is_empty()).ok_or_else(|| QueryError::NotAnId(text.into()))?;
    if text.len() < LEAST_DIGITS { Err(QueryError::TooShort(text.into())) } else { Ok(range) }
}

/// The start of an id, with a few digits more than were typed.
fn start(id: impl ToString, typed: usize) -> String {
    let digits: String = id.to_string().chars().take(LEAST_DIGITS.max(typed + 4)).collect();
    digits + "…"
}

impl View<'_> {
    /// The communities of a short name (they are not unique; a leading `!` is ignored), or of an id or its start.
    pub fn find_community(&self, text: &str) -> Result<Found<SpaceId>, StoreError> {
        let name = text.strip_prefix('!').unwrap_or(text).to_lowercase();
        let range = id_range(&name).ok();
        let sql = "SELECT s.id, m.name, p.id, p.name FROM community m JOIN space s ON s.n = m.space JOIN person p ON p.n = m.opened_by
                   WHERE m.name = ?1 OR s.id BETWEEN ?2 AND ?3 ORDER BY s.followed DESC, s.id";
        let mut select = self.connection.prepare_cached(sql)?;
        let rows = select.query_map(params![name, range.as_ref().map(|range| range.low), range.as_ref().map(|range| range.high)], |row| {
            let (id, opener) = (SpaceId(row.get(0)?), super::person::person_view(PersonId(row.get(2)?), row.get(3)?));
            Ok((id, format!("{} ({}), opened by {}", row.get::<_, String>(1)?, start(id, 0), opener.name)))
        })?;
        Ok(Found::of(rows.collect::<Result<_, _>>()?))
    }

    /// The document of an id or its start, among those of some kinds that are present.
    pub fn find_document(&self, text: &str, kinds: &[DocumentKind]) -> Result<Found<DocumentId>, QueryError> {
        let range = id_range(text)?;
        let sql = "SELECT d.n, d.id, t.kind FROM document d JOIN document_state t ON t.document = d.n WHERE d.id BETWEEN ?1 AND ?2 ORDER BY d.id";
        let mut select = self.connection.prepare_cached(sql)?;
        let rows = select.query_map(params![range.low, range.high], |row| Ok((row.get(0)?, DocumentId(row.get(1)?), row.get(2)?)))?;
        let rows: Vec<(i64, DocumentId, u8)> = rows.collect::<Result<_, _>>()?;
        let fitting = rows.into_iter().filter(|(_, _, code)| kinds.iter().any(|kind| kind.code() == *code));
        let labelled = fitting.map(|(n, id, _)| Ok((id, format!("{} ({})", self.label(n)?, start(id, text.len())))));
        Ok(Found::of(labelled.collect::<Result<_, StoreError>>()?))
    }

    /// The page of a short name in one community or in all that are followed.
    pub fn find_page(&self, community: Option<SpaceId>, name: &str) -> Result<Found<DocumentId>, StoreError> {
        let sql = concat!(
            "SELECT d.n, d.id, s.id, m.name FROM document_state t JOIN document d ON d.n = t.document JOIN space s ON s.n = t.space
                     LEFT JOIN community m ON m.space = t.space
                   WHERE t.kind = ?1 AND t.kind <> 3 AND t.name = ?2",
            not_removed!(),
            " AND CASE WHEN ?3 IS NULL THEN s.followed ELSE s.id = ?3 END ORDER BY t.created, d.id"
        );
        let mut select = self.connection.prepare_cached(sql)?;
        let rows = select.query_map(params![DocumentKind::Page.code(), name, community.map(|space| space.0)], |row| {
            Ok((row.get(0)?, DocumentId(row.get(1)?), super::listed::community_ref(SpaceId(row.get(2)?), row.get(3)?)))
        })?;
        let rows: Vec<(i64, DocumentId, _)> = rows.collect::<Result<_, _>>()?;
        let labelled = rows.into_iter().map(|(n, id, community)| Ok((id, format!("{} in {} ({})", self.label(n)?, community.name, start(id, 0)))));
        Ok(Found::of(labelled.collect::<Result<_, StoreError>>()?))
    }

    /// The persons of a name (in capitals or not; a leading `@` is ignored), or of an id or its start.
    pub fn find_person(&self, text: &str) -> Result<Found<PersonId>, StoreError> {
        let name = text.strip_prefix('@').unwrap_or(text).to_lowercase();
        let range = id_range(&name).ok();
        let fits = |id: &PersonId| range.as_ref().is_some_and(|range| (range.low..=range.high).contains(&id.0));
        let mut select = self.connection.prepare_cached("SELECT id, name FROM person ORDER BY id")?;
        let (mut rows, mut found) = (select.query([])?, Vec::new());
        while let Some(row) = rows.next()? {
            let (id, known) = (PersonId(row.get(0)?), row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?);
            if fits(&id) || (!name.is_empty() && known.to_lowercase() == name) {
                found.push((id, format!("{known} ({})", start(id, 0))));
            }
        }
        Ok(Found::of(found))
    }

    /// The operation of an id or its start.
    pub fn find_operation(&self, text: &str) -> Result<Found<OpId>, QueryError> {
        let range = id_range(text)?;
        let sql = "SELECT o.id, o.seq, c.device FROM operation o JOIN chain c ON c.n = o.chain WHERE o.id BETWEEN ?1 AND ?2 ORDER BY o.id";
        let mut select = self.connection.prepare_cached(sql)?;
        let rows = select.query_map(params![range.low, range.high], |row| {
            let (id, seq, device) = (OpId(row.get(0)?), row.get::<_, i64>(1)?, DeviceId(row.get(2)?));
            Ok((id, format!("operation {seq} of device {} ({})", device.short(), start(id, text.len()))))
        })?;
        Ok(Found::of(rows.collect::<Result<_, _>>()?))
    }

    /// The number of the issue of an id or its start.
    pub fn find_issue(&self, text: &str) -> Result<Found<u64>, QueryError> {
        let range = id_range(text)?;
        let mut select = self.connection.prepare_cached("SELECT height FROM gazette WHERE id BETWEEN ?1 AND ?2 ORDER BY height")?;
        let rows = select.query_map(params![range.low, range.high], |row| row.get::<_, i64>(0))?;
        Ok(Found::of(rows.map(|height| height.map(|height| (height as u64, format!("issue {height}")))).collect::<Result<_, _>>()?))
    }

    /// Posts, comments and pages whose ids begin with some digits (or none), newest first, for the completion
    /// of a command line: the id and a label.
    pub fn completions(&self, prefix: &str, limit: usize) -> Result<Vec<(String, String)>, StoreError> {
        let Some(range) = starting_with(prefix) else { return Ok(vec![]) };
        // Few ids begin with two digits or more; with fewer, many do, and those that came in last are near.
        let sql = match prefix.len() {
            0 | 1 => {
                "SELECT d.n, d.id FROM document_state t JOIN document d ON d.n = t.document WHERE t.kind > 1 AND +d.id BETWEEN ?1 AND ?2 ORDER BY t.document DESC LIMIT ?3"
            }
            _ => {
                "SELECT d.n, d.id FROM document d JOIN document_state t ON t.document = d.n WHERE t.kind > 1 AND d.id BETWEEN ?1 AND ?2 ORDER BY t.created DESC, d.id LIMIT ?3"
            }
        };
        let mut select = self.connection.prepare_cached(sql)?;
        let rows = select.query_map(params![range.low, range.high, limit as i64], |row| Ok((row.get(0)?, DocumentId(row.get(1)?))))?;
        let rows: Vec<(i64, DocumentId)> = rows.collect::<Result<_, _>>()?;
        rows.into_iter().map(|(n, id)| Ok((id.to_string(), self.label(n)?))).collect()
    }

    /// All communities by id and short name.
    pub fn named_communities(&self) -> Result<Vec<(SpaceId, String)>, StoreError> {
        let mut select = self.connection.prepare_cached("SELECT s.id, m.name FROM community m JOIN space s ON s.n = m.space")?;
        Ok(select.query_map([], |row| Ok((SpaceId(row.get(0)?), row.get(1)?)))?.collect::<Result<_, _>>()?)
    }

    /// The short names of all communities, for the completion of a command line.
    pub fn community_names(&self) -> Result<Vec<String>, StoreError> {
        let mut select = self.connection.prepare_cached("SELECT DISTINCT name FROM community ORDER BY name")?;
        Ok(select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// What a document is, by its title or else how its text begins, and whose.
    fn label(&self, document: i64) -> Result<String, StoreError> {
        let Some(found) = self.listed(document, &Viewer::NOBODY)? else { return Ok(String::new()) };
        let title = [Key::Title, Key::Name, Key::Text].map(|key| found.content.text(key)).into_iter().find(|text| !text.is_empty());
        Ok(format!("{} \"{}\" by {}", found.kind, super::excerpt::beginning(title.unwrap_or_default(), LABEL_CHARS), found.author.name))
    }
}
