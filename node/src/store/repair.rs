use super::{FILE_NAME, operations, query::View};
use folkmoot_protocol::{id::*, op::SignedOp};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

/// What could still be read of a damaged store.
#[derive(Debug, Default)]
pub struct Salvage {
    /// The co-op, if that much is readable.
    pub coop: Option<CoopId>,
    /// What this device rests on.
    pub credential: Option<OpId>,
    /// Spaces that were kept.
    pub followed: Vec<SpaceId>,
    /// Operations, unchecked.
    pub operations: Vec<SignedOp>,
    /// Erasures, unchecked.
    pub erasures: Vec<SignedOp>,
    /// Other nodes and where they were reached.
    pub peers: Vec<super::PeerRow>,
    /// Operations that were there by count and could not be read.
    pub unreadable: u64,
}

/// Reads what can be read of the store in a folder. Never fails: a page that cannot be read costs what is on it.
pub fn salvage(folder: &Path) -> Salvage {
    let mut salvage = Salvage::default();
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let Ok(connection) = Connection::open_with_flags(folder.join(FILE_NAME), flags) else { return salvage };
    if !operations::has_table(&connection, "operation") {
        return salvage;
    }
    let view = View::new(&connection);
    salvage.coop = view.coop().ok().flatten();
    salvage.credential = view.setting("credential").ok().flatten().and_then(|bytes| bytes.try_into().ok()).map(OpId);
    salvage.followed = view.followed().unwrap_or_default();
    salvage.peers = view.peers().unwrap_or_default();
    salvage_operations(&connection, &mut salvage);
    salvage_erasures(&connection, &mut salvage);
    salvage
}

/// Row by row, so that one bad page does not cost the rest.
fn salvage_operations(connection: &Connection, salvage: &mut Salvage) {
    let Some(coop) = salvage.coop else { return };
    let last: i64 = connection.query_row("SELECT max(n) FROM operation", [], |row| row.get(0)).unwrap_or(0);
    let sql = format!("SELECT {} FROM {} WHERE o.n = ?1", operations::COLUMNS, operations::TABLES);
    let view = View::new(connection);
    for n in 1..=last.clamp(0, 100_000_000) {
        let Ok(mut select) = connection.prepare_cached(&sql) else { return };
        match select.query_row([n], |row| operations::held(row, coop)) {
            Ok(mut held) => {
                if held.op.header.seq > 1 {
                    let header = &held.op.header;
                    held.op.header.prev = view.operation_at(header.space, header.device, header.seq - 1).ok().flatten().unwrap_or(OpId::ZERO);
                }
                salvage.operations.push(held.op.to_signed());
            }
            Err(rusqlite::Error::QueryReturnedNoRows) => {}
            Err(_) => salvage.unreadable += 1,
        }
    }
}

fn salvage_erasures(connection: &Connection, salvage: &mut Salvage) {
    let Ok(mut select) = connection.prepare("SELECT signed FROM erasure") else { return };
    let Ok(rows) = select.query_map([], |row| row.get::<_, Vec<u8>>(0)) else { return };
    salvage.erasures.extend(rows.flatten().filter_map(|bytes| folkmoot_protocol::cbor::decode(&bytes).ok()));
}
