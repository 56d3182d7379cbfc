mod headers;
mod pages;

use super::{FILE_NAME, Store, StoreError, query::View};
use crate::durable;
use folkmoot_protocol::{
    cbor,
    id::*,
    limits,
    op::{SignedOp, StoredOp},
};
use headers::{Bare, Clues, Tables};
use rusqlite::{Connection, OpenFlags, params, types::Value};
use std::{
    collections::{HashMap, HashSet},
    fs, io,
    path::Path,
};

/// Settings under which operations wait that were saved of a damaged store.
const SALVAGED: &str = "salvaged/";
/// How many of them are handed over at once.
const AT_ONCE: usize = 64;
/// Rows that are looked for beyond those that the chains account for.
const ROWS_BEYOND: i64 = 4096;
/// No operation's row is longer: its payload, and what else stands in it.
const MOST_ROW_BYTES: usize = limits::EDIT_PAYLOAD_BYTES + 1024;
/// Bounds the search where a damaged page says how far it goes.
const MOST_ROWS: i64 = 100_000_000;

/// The folder in which a repaired store waits to take the place of the damaged one.
pub const READY: &str = "repair-ready";

/// Puts a repaired store in the place of the damaged one, whose files were kept elsewhere before. Whoever opens the
/// store does so: a repair that was killed at this point is finished, and nobody goes on with what is half of it.
pub(super) fn finish(folder: &Path) -> Result<(), StoreError> {
    let ready = folder.join(READY);
    if !ready.exists() {
        return Ok(());
    }
    let finish = || -> io::Result<()> {
        if !ready.join(FILE_NAME).exists() {
            return fs::remove_dir_all(&ready);
        }
        // The damaged store's log first: it would be taken for the new one's.
        for suffix in ["-wal", "-shm"] {
            match fs::remove_file(folder.join(format!("{FILE_NAME}{suffix}"))) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        durable::sync_folder(folder)?;
        fs::rename(ready.join(FILE_NAME), folder.join(FILE_NAME))?;
        durable::sync_folder(folder)?;
        fs::remove_dir_all(&ready)
    };
    finish().map_err(|error| StoreError::CannotOpen(format!("the repaired store cannot be put in its place: {error}")))
}

/// What could still be read of a damaged store.
#[derive(Debug, Default)]
pub struct Salvage {
    /// The co-op, if that much is readable.
    pub coop: Option<CoopId>,
    /// What this device rests on.
    pub credential: Option<OpId>,
    /// Spaces that were kept.
    pub followed: Vec<SpaceId>,
    /// Operations, unchecked; `prev` is zero where the operation before could not be read.
    pub operations: Vec<StoredOp>,
    /// Erasures, unchecked.
    pub erasures: Vec<SignedOp>,
    /// Operations that were there, as far as that can be told.
    pub expected: u64,
}

/// Reads what can be read of the store in a folder. Never fails: a page that cannot be read costs what is on it.
pub fn salvage(folder: &Path) -> Salvage {
    let mut salvage = Salvage::default();
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let Ok(connection) = Connection::open_with_flags(folder.join(FILE_NAME), flags) else { return salvage };
    let view = View::new(&connection);
    // Until the law comes, the founding operation is the only issue.
    let by_issue = || connection.query_row("SELECT id FROM issue ORDER BY n LIMIT 1", [], |row| row.get(0).map(CoopId)).ok();
    salvage.coop = view.coop().ok().flatten().or_else(by_issue);
    salvage.credential = view.admission().ok().flatten();
    salvage.followed = view.followed().unwrap_or_default();
    salvage_operations(&connection, folder, &mut salvage);
    salvage_erasures(&connection, &mut salvage);
    if salvage.followed.is_empty() {
        salvage.followed = salvage.operations.iter().map(|op| op.header.space).collect();
        salvage.followed.sort();
        salvage.followed.dedup();
    }
    salvage
}

/// Row by row, so that one bad page does not cost the rest; and from the pages themselves where there is no way to a row.
fn salvage_operations(connection: &Connection, folder: &Path, salvage: &mut Salvage) {
    let by_chains = connection.query_row("SELECT sum(seq) FROM chain", [], |row| row.get::<_, i64>(0)).ok();
    let last = connection.query_row("SELECT max(n) FROM operation", [], |row| row.get::<_, i64>(0));
    let last = last.unwrap_or_else(|_| by_chains.unwrap_or(0).saturating_add(ROWS_BEYOND)).clamp(0, MOST_ROWS);
    let (mut operations, mut unreadable) = (Vec::new(), 0);
    for n in 1..=last {
        let Ok(mut select) = connection.prepare_cached("SELECT * FROM operation WHERE n = ?1") else { break };
        match select.query_row([n], |row| (0..headers::COLUMNS).map(|column| row.get(column)).collect::<rusqlite::Result<Vec<Value>>>()) {
            Ok(row) => operations.extend(Bare::of(&row)),
            Err(rusqlite::Error::QueryReturnedNoRows) => {}
            Err(_) => unreadable += 1,
        }
    }
    let mut tables = Tables::read(connection);
    if unreadable > 0 || by_chains.is_none_or(|sum| operations.len() as i64 != sum) {
        let rows = pages::rows(folder, MOST_ROW_BYTES).unwrap_or_default();
        let met: HashSet<OpId> = operations.iter().map(Bare::id).collect();
        let beside: HashMap<OpId, Bare> = rows.iter().filter_map(|row| Bare::of(&row.columns).ok()).map(|operation| (operation.id(), operation)).collect();
        operations.extend(beside.into_values().filter(|operation| !met.contains(&operation.id())));
        tables.take(&rows);
    }
    let met = operations.len() as u64;
    salvage.expected = by_chains.and_then(|sum| u64::try_from(sum).ok()).unwrap_or(met + unreadable).max(met);
    salvage.coop = salvage.coop.or(tables.issue.map(|founding| CoopId(founding.0)));
    let Some(clues) = Clues::gather(salvage.coop, &tables, &operations) else { return };
    salvage.coop = Some(clues.coop());
    salvage.expected = salvage.expected.max(clues.accounted_for());
    salvage.operations.extend(operations.iter().filter_map(|operation| clues.put_together(operation)));
}

fn salvage_erasures(connection: &Connection, salvage: &mut Salvage) {
    let Ok(mut select) = connection.prepare("SELECT signed FROM erasure") else { return };
    let Ok(rows) = select.query_map([], |row| row.get::<_, Vec<u8>>(0)) else { return };
    salvage.erasures.extend(rows.flatten().filter_map(|bytes| cbor::decode(&bytes).ok()));
}

impl Store {
    /// Takes over from a folder's damaged store what only this device knows: marks, invitations, other nodes.
    pub fn take_private_of(&mut self, folder: &Path) -> Result<(), StoreError> {
        if self.connection.execute("ATTACH DATABASE ?1 AS damaged", [folder.join(FILE_NAME).to_string_lossy()]).is_err() {
            return Ok(());
        }
        for columns in ["mark (document, mark, at)", "invitation (nonce, expires_at, uses_left, guest)", "peer (device, addresses, seen_at, note)"] {
            let (table, names) = columns.split_once(' ').unwrap_or_default();
            // A table that cannot be read is lost.
            let _ = self.connection.execute(&format!("INSERT OR IGNORE INTO {columns} SELECT {} FROM damaged.{table}", names.trim_matches(['(', ')'])), []);
        }
        let _ = self.connection.execute(
            "INSERT OR IGNORE INTO setting SELECT key, value FROM damaged.setting WHERE key = 'addresses' OR key GLOB ?1 OR key GLOB 'erased-origin/*'",
            [format!("{SALVAGED}*")],
        );
        self.connection.execute("DETACH DATABASE damaged", [])?;
        Ok(())
    }

    /// Keeps an operation of a damaged store until what it rests on is here.
    pub fn keep_salvaged(&mut self, op: &StoredOp) -> Result<(), StoreError> {
        let header = &op.header;
        self.set_setting(&format!("{SALVAGED}{}/{}/{:016x}", header.space, header.device, header.seq), &cbor::encode(&op.to_signed()))
    }

    /// Hands over some of the operations that were kept, the hall's first and each chain in order, and forgets them.
    pub fn take_salvaged(&mut self) -> Result<Vec<SignedOp>, StoreError> {
        let sql = "SELECT key, value FROM setting WHERE key GLOB ?1 ORDER BY key LIMIT ?2";
        let rows = {
            let mut select = self.connection.prepare_cached(sql)?;
            let rows = select.query_map(params![format!("{SALVAGED}*"), AT_ONCE as i64], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
            rows.collect::<Result<Vec<_>, _>>()?
        };
        rows.iter().try_for_each(|(key, _)| self.clear_setting(key))?;
        Ok(rows.into_iter().filter_map(|(_, bytes)| cbor::decode(&bytes).ok()).collect())
    }
}
