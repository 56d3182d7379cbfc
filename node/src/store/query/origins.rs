//! What came from elsewhere and was erased here: it stays away when it is brought in again. Of its address a hash
//! is kept, as the address itself was erased.

use super::View;
use crate::store::{Store, StoreError};
use folkmoot_protocol::{document::Key, id::*};
use std::collections::BTreeSet;

/// Settings that name what was erased.
const ERASED: &str = "erased-origin/";

/// What stands for an address in a space.
pub fn origin_hash(space: SpaceId, object: &str) -> String {
    OpId(tagged_hash("folkmoot/erased-origin/1", &[&space.0, object.as_bytes()])).to_string()
}

impl Store {
    /// Takes down where a document came from that is about to be erased, if it came from elsewhere.
    pub fn note_erased_origin(&mut self, document: i64) -> Result<(), StoreError> {
        let view = self.as_reader();
        let Some(state) = view.document_state(document)? else { return Ok(()) };
        let object = state.text(Key::OriginObject);
        if object.is_empty() {
            return Ok(());
        }
        let sql = "SELECT s.id FROM document d JOIN space s ON s.n = d.space WHERE d.n = ?1";
        let space = SpaceId(view.connection.prepare_cached(sql)?.query_row([document], |row| row.get(0))?);
        self.set_setting(&format!("{ERASED}{}", origin_hash(space, object)), b"")
    }
}

impl View<'_> {
    /// The hashes of what was erased, see [`origin_hash`].
    pub fn erased_origins(&self) -> Result<BTreeSet<String>, StoreError> {
        let mut select = self.connection.prepare("SELECT substr(key, ?2) FROM setting WHERE key GLOB ?1")?;
        let rows = select.query_map(rusqlite::params![format!("{ERASED}*"), ERASED.len() as i64 + 1], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
