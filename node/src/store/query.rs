//! Queries: from rows to the protocol's views.

/// Of documents `t`: no moderator removed it.
macro_rules! not_removed {
    () => {
        " AND NOT EXISTS (SELECT 1 FROM moderation q WHERE q.document = t.document AND q.removed)"
    };
}

mod ballot;
mod challenge;
mod community;
pub(crate) mod election;
mod error;
mod excerpt;
mod feed;
#[cfg(test)]
mod fixture;
pub(crate) mod history;
mod inbox;
mod law;
mod listed;
mod moderation;
mod names;
mod origins;
mod page;
mod person;
mod petition;
mod pledge;
pub(crate) mod priorities;
mod search;
mod silence;
mod thread;
mod tree;
mod viewer;

pub use ballot::{ENDED, STRUCK};
pub use error::QueryError;
pub use feed::FeedQuery;
pub use law::LawBook;
pub(crate) use law::why_put_off;
pub use names::Found;
pub use origins::origin_hash;
pub use search::SearchQuery;
pub use silence::Silenced;
pub use viewer::Viewer;

use super::{StoreError, open_read_only};
use folkmoot_protocol::{
    cbor,
    document::{Document, DocumentState, Entry},
    id::*,
    op::Content,
};
use rusqlite::{Connection, OptionalExtension};
use std::path::Path;

/// A connection for queries alone, beside the one that writes.
pub struct Reader {
    connection: Connection,
}

impl Reader {
    /// Opens the store of a data folder for queries.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Self::open_file(&folder.join(super::FILE_NAME))
    }

    pub(super) fn open_file(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { connection: open_read_only(path)? })
    }

    /// What can be asked.
    pub fn view(&self) -> View<'_> {
        View::new(&self.connection)
    }
}

/// Everything that can be asked of a store.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub(super) connection: &'a Connection,
}

impl<'a> View<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }

    /// A document's state; none where it is absent or erased.
    pub fn document_state(&self, document: i64) -> Result<Option<DocumentState>, StoreError> {
        let sql = "SELECT t.state, d.id, o.id, p.id, c.device FROM document_state t JOIN document d ON d.n = t.document
                   JOIN operation o ON o.n = t.op JOIN chain c ON c.n = o.chain JOIN person p ON p.n = t.author WHERE t.document = ?1";
        let row = self
            .connection
            .prepare_cached(sql)?
            .query_row([document], |row| {
                Ok((row.get::<_, Option<Vec<u8>>>(0)?, DocumentId(row.get(1)?), OpId(row.get(2)?), PersonId(row.get(3)?), DeviceId(row.get(4)?)))
            })
            .optional()?;
        let Some((state, id, op, author, device)) = row else { return Ok(None) };
        if let Some(bytes) = state {
            return cbor::decode(&bytes).map(Some).map_err(|error| StoreError::Damaged(error.to_string()));
        }
        let Some(held) = self.operation(op)? else { return Ok(None) };
        let Some(Ok(Content::Edit(edit))) = held.op.content() else { return Ok(None) };
        let entry = Entry { op, device, author, edit: Ok(edit), ineffective: None };
        Ok(Document::derive(id, [entry]).state())
    }
}
