//! Pages, which people write together.

use super::{View, listed::community_ref};
use crate::store::StoreError;
use folkmoot_protocol::{
    document::{DocumentKind, DocumentState, Key, Value},
    id::*,
    view::{CommunityRef, PageView, PersonView},
};
use rusqlite::params;

const PAGES: &str = concat!(
    "SELECT d.n, d.id, s.id, m.name FROM document_state t JOIN document d ON d.n = t.document JOIN space s ON s.n = t.space
    LEFT JOIN community m ON m.space = t.space WHERE t.kind = ?2 AND t.kind <> 3",
    not_removed!()
);

impl View<'_> {
    /// One page; none where it is absent, erased, removed, or no page.
    pub fn page(&self, id: DocumentId) -> Result<Option<PageView>, StoreError> {
        Ok(self.pages_where("d.id = ?1", Some(id.0))?.pop())
    }

    /// The version that a page is at: the edits that no other follows; none where it is not here.
    pub fn page_heads(&self, id: DocumentId) -> Result<Option<Vec<OpId>>, StoreError> {
        let Some((n, _)) = self.present_document(id)? else { return Ok(None) };
        Ok(self.document_state(n)?.map(|state| state.heads))
    }

    /// The pages of one community, or of all spaces that are followed, by name.
    pub fn pages(&self, community: Option<SpaceId>) -> Result<Vec<PageView>, StoreError> {
        self.pages_where("CASE WHEN ?1 IS NULL THEN s.followed ELSE s.id = ?1 END", community.map(|space| space.0))
    }

    fn pages_where(&self, condition: &str, bound: Option<[u8; 32]>) -> Result<Vec<PageView>, StoreError> {
        let mut select = self.connection.prepare_cached(&format!("{PAGES} AND {condition} ORDER BY t.name, t.created, d.id"))?;
        let rows = select.query_map(params![bound, DocumentKind::Page.code()], |row| {
            Ok((row.get(0)?, DocumentId(row.get(1)?), community_ref(SpaceId(row.get(2)?), row.get(3)?)))
        })?;
        let rows: Vec<(i64, DocumentId, CommunityRef)> = rows.collect::<Result<_, _>>()?;
        let pages = rows.into_iter().filter_map(|(document, id, community)| self.page_of(document, id, community).transpose());
        pages.collect()
    }

    fn page_of(&self, document: i64, id: DocumentId, community: CommunityRef) -> Result<Option<PageView>, StoreError> {
        let Some(state) = self.document_state(document)? else { return Ok(None) };
        let text = |key| state.text(key).to_owned();
        Ok(Some(PageView {
            id,
            community,
            name: text(Key::Name),
            title: text(Key::Title),
            text: text(Key::Text),
            author: self.person_or_id(state.author)?,
            writers: writers(&state).is_some().then(|| self.writers(&state)).transpose()?,
            edits: state.edits.saturating_sub(1),
        }))
    }

    /// Whom a document's author lets write it too.
    pub(super) fn writers(&self, state: &DocumentState) -> Result<Vec<PersonView>, StoreError> {
        writers(state).unwrap_or_default().iter().map(|writer| self.person_or_id(*writer)).collect()
    }
}

fn writers(state: &DocumentState) -> Option<&[PersonId]> {
    match state.value(Key::Writers) {
        Some(Value::Persons(writers)) => Some(writers),
        _ => None,
    }
}
