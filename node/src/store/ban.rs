//! Bans, kept beside the documents so that lists need not fold the law. What they hide is found when it is asked for, so
//! that it does not matter in which order documents and issues came in.

use super::{Store, StoreError, query::View};
use folkmoot_protocol::{cbor, id::*, law::Banned};
use rusqlite::{OptionalExtension, params};
use std::collections::BTreeMap;

/// Bans by community and person, the oldest first.
pub type Bans = BTreeMap<(SpaceId, PersonId), Vec<Banned>>;

impl Store {
    /// Takes down the bans of a person from a community, in place of those that were.
    pub fn set_bans(&mut self, (space, person): (SpaceId, PersonId), bans: &[Banned]) -> Result<(), StoreError> {
        self.connection.prepare_cached("DELETE FROM ban WHERE space = ?1 AND person = ?2")?.execute([space.0, person.0])?;
        let mut insert = self.connection.prepare_cached("INSERT OR REPLACE INTO ban (space, person, from_ms, to_ms, row) VALUES (?1,?2,?3,?4,?5)")?;
        for ban in bans {
            let to = if ban.until == 0 { i64::MAX } else { signed(ban.until - 1) };
            insert.execute(params![space.0, person.0, signed(ban.from), to, cbor::encode(ban)])?;
        }
        Ok(())
    }
}

impl View<'_> {
    /// All bans that are kept.
    pub fn bans(&self) -> Result<Bans, StoreError> {
        let mut select = self.connection.prepare_cached("SELECT space, person, row FROM ban ORDER BY space, person, from_ms")?;
        let rows = select.query_map([], |row| Ok(((SpaceId(row.get(0)?), PersonId(row.get(1)?)), row.get::<_, Vec<u8>>(2)?)))?;
        let mut bans = Bans::new();
        for row in rows {
            let (key, row) = row?;
            bans.entry(key).or_default().push(decoded(&row)?);
        }
        Ok(bans)
    }

    /// The ban that hides a document.
    pub fn ban_of(&self, document: i64) -> Result<Option<Banned>, StoreError> {
        let mut select = self.connection.prepare_cached("SELECT row FROM ban_of_document WHERE document = ?1")?;
        let row: Option<Vec<u8>> = select.query_row([document], |row| row.get(0)).optional()?;
        row.map(|row| decoded(&row)).transpose()
    }

    /// The posts that bans hide.
    pub(super) fn posts_hidden_by_bans(&self) -> Result<Vec<i64>, StoreError> {
        // From the bans, as there are few.
        let sql = "SELECT t.document FROM ban b CROSS JOIN space s ON s.id = b.space CROSS JOIN person p ON p.id = b.person
                     CROSS JOIN document_state t ON t.space = s.n AND t.author = p.n CROSS JOIN operation o ON o.n = t.op
                   WHERE t.kind = 2 AND t.kind <> 3 AND min(o.claimed_at, o.received_at) BETWEEN b.from_ms AND b.to_ms";
        let mut select = self.connection.prepare_cached(sql)?;
        Ok(select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }
}

pub(super) fn decoded(row: &[u8]) -> Result<Banned, StoreError> {
    cbor::decode(row).map_err(|error| StoreError::Damaged(format!("a ban cannot be read ({error})")))
}

fn signed(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}
