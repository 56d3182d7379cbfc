//! What stands about documents, kept beside them so that lists need not fold the law.

use super::{Store, StoreError, query::View};
use folkmoot_protocol::{cbor, id::*, law::Moderated};
use rusqlite::{OptionalExtension, params};
use std::collections::{BTreeMap, HashSet};

/// A document of a space, and what stands about it.
pub type ModeratedDocument = ((DocumentId, SpaceId), Moderated);

impl Store {
    /// Takes down what stands about a document of a space. Answers the document's number.
    pub fn set_moderation(&mut self, (document, space): (DocumentId, SpaceId), row: Option<&Moderated>) -> Result<i64, StoreError> {
        let (n, _) = self.document_number(document, space)?;
        match row {
            None => self.connection.prepare_cached("DELETE FROM moderation WHERE document = ?1")?.execute([n])?,
            Some(row) => self
                .connection
                .prepare_cached("INSERT OR REPLACE INTO moderation (document, removed, pinned, row) VALUES (?1,?2,?3,?4)")?
                .execute(params![n, row.removed.is_some(), row.pinned.is_some(), cbor::encode(row)])?,
        };
        Ok(n)
    }
}

impl View<'_> {
    /// What stands about a document, by its number.
    pub fn moderation_of(&self, document: i64) -> Result<Option<Moderated>, StoreError> {
        let mut select = self.connection.prepare_cached("SELECT row FROM moderation WHERE document = ?1")?;
        let row: Option<Vec<u8>> = select.query_row([document], |row| row.get(0)).optional()?;
        row.map(|row| decoded(&row)).transpose()
    }

    /// What stands about all documents.
    pub fn moderations(&self) -> Result<BTreeMap<(DocumentId, SpaceId), Moderated>, StoreError> {
        let sql = "SELECT d.id, s.id, m.row FROM moderation m JOIN document d ON d.n = m.document JOIN space s ON s.n = d.space";
        let mut select = self.connection.prepare_cached(sql)?;
        let rows = select.query_map([], |row| Ok(((DocumentId(row.get(0)?), SpaceId(row.get(1)?)), row.get::<_, Vec<u8>>(2)?)))?;
        rows.map(|row| row.map_err(StoreError::from).and_then(|(key, row)| Ok((key, decoded(&row)?)))).collect()
    }

    /// The documents that are removed.
    pub(super) fn removed_documents(&self) -> Result<HashSet<i64>, StoreError> {
        let mut select = self.connection.prepare_cached("SELECT document FROM moderation WHERE removed")?;
        Ok(select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// The pinned posts of a community, the latest first.
    pub(super) fn pinned_posts(&self, space: SpaceId) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT m.document, m.row FROM moderation m JOIN document_state t ON t.document = m.document JOIN space s ON s.n = t.space
                   WHERE m.pinned AND NOT m.removed AND t.kind = 2 AND s.id = ?1";
        let mut select = self.connection.prepare_cached(sql)?;
        let rows = select.query_map([space.0], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
        let mut pinned = Vec::new();
        for row in rows {
            let (document, row) = row?;
            pinned.push((decoded(&row)?.pinned.map(|pin| (pin.height, pin.act)), document));
        }
        pinned.sort_by(|one, other| other.cmp(one));
        Ok(pinned.into_iter().map(|(_, document)| document).collect())
    }

    /// The one document that an id or its start may mean, among those about which something stands; nothing else may be
    /// left of it.
    pub fn find_moderated(&self, text: &str, fits: impl Fn(&Moderated) -> bool) -> Result<Option<ModeratedDocument>, StoreError> {
        let digits = text.to_ascii_lowercase();
        let meant = |document: &DocumentId| digits.len() >= 8 && document.to_string().starts_with(&digits);
        let mut rows = self.moderations()?.into_iter().filter(|((document, _), row)| meant(document) && fits(row));
        Ok(rows.next().filter(|_| rows.next().is_none()))
    }
}

pub(super) fn decoded(row: &[u8]) -> Result<Moderated, StoreError> {
    cbor::decode(row).map_err(|error| StoreError::Damaged(format!("what moderators did cannot be read ({error})")))
}
