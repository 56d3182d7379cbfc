//! Short numbers in place of ids of 32 bytes: what the tables name a space, an issue, a person or a document by.

use super::{Store, StoreError};
use folkmoot_protocol::id::*;
use rusqlite::{OptionalExtension, params};
use std::{cell::RefCell, collections::HashMap};

/// So many ids of a table are remembered with their numbers; they are asked for again and again.
const REMEMBERED: usize = 4096;

/// Numbers that were looked up before. A row of these tables keeps its number, unless it was rolled back or
/// everything derived is thrown away.
#[derive(Default)]
pub(super) struct Numbers {
    spaces: Remembered,
    issues: Remembered,
    persons: Remembered,
}

type Remembered = RefCell<HashMap<[u8; 32], i64>>;

impl Numbers {
    /// Forgets all of them.
    pub(super) fn forget(&self) {
        for remembered in [&self.spaces, &self.issues, &self.persons] {
            remembered.borrow_mut().clear();
        }
    }
}

impl Store {
    /// The number under which a space is kept.
    pub(super) fn space_number(&self, space: SpaceId) -> Result<i64, StoreError> {
        self.number(&self.numbers.spaces, space.0, "SELECT n FROM space WHERE id = ?1", "INSERT INTO space (id) VALUES (?1)")
    }

    /// The number under which an issue is kept.
    pub(super) fn issue_number(&self, issue: OpId) -> Result<i64, StoreError> {
        self.number(&self.numbers.issues, issue.0, "SELECT n FROM issue WHERE id = ?1", "INSERT INTO issue (id) VALUES (?1)")
    }

    /// The number under which a person is kept.
    pub fn person_number(&self, person: PersonId) -> Result<i64, StoreError> {
        self.number(&self.numbers.persons, person.0, "SELECT n FROM person WHERE id = ?1", "INSERT INTO person (id, name) VALUES (?1, '')")
    }

    fn number(&self, remembered: &Remembered, id: [u8; 32], select: &str, insert: &str) -> Result<i64, StoreError> {
        if let Some(n) = remembered.borrow().get(&id) {
            return Ok(*n);
        }
        let n = match self.connection.prepare_cached(select)?.query_row([id], |row| row.get(0)).optional()? {
            Some(n) => n,
            None => self.connection.prepare_cached(insert)?.insert([id])?,
        };
        let mut remembered = remembered.borrow_mut();
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        remembered.insert(id, n);
        Ok(n)
    }

    /// The number under which a space's document is kept, and whether its name was taken down just now.
    pub fn document_number(&self, document: DocumentId, space: SpaceId) -> Result<(i64, bool), StoreError> {
        let space = self.space_number(space)?;
        match self.known_document(document, space)? {
            Some(n) => Ok((n, false)),
            None => Ok((self.add_document(document, space)?.unwrap_or_default(), true)),
        }
    }

    /// The same for a document that is most likely new: its founding edit is here.
    pub fn founded_number(&self, document: DocumentId, space: SpaceId) -> Result<(i64, bool), StoreError> {
        let space = self.space_number(space)?;
        match self.add_document(document, space)? {
            Some(n) => Ok((n, true)),
            None => Ok((self.known_document(document, space)?.unwrap_or_default(), false)),
        }
    }

    fn known_document(&self, document: DocumentId, space: i64) -> Result<Option<i64>, StoreError> {
        let mut select = self.connection.prepare_cached("SELECT n FROM document WHERE id = ?1 AND space = ?2")?;
        Ok(select.query_row(params![document.0, space], |row| row.get(0)).optional()?)
    }

    /// None where it is there already.
    fn add_document(&self, document: DocumentId, space: i64) -> Result<Option<i64>, StoreError> {
        let added = self.connection.prepare_cached("INSERT OR IGNORE INTO document (id, space) VALUES (?1, ?2)")?.execute(params![document.0, space])?;
        Ok((added > 0).then(|| self.connection.last_insert_rowid()))
    }
}
