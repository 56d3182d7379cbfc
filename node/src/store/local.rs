use super::{Store, StoreError, query::View};
use folkmoot_protocol::{id::*, limits};
use rusqlite::{OptionalExtension, params};
use std::collections::BTreeSet;

/// The setting that says what of the inbox was read.
const INBOX_READ: &str = "inbox-read";

/// What only this person cares about; never synced, never hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalMark {
    /// To find it again.
    Saved,
    /// Not to see it in feeds.
    Hidden,
}

impl LocalMark {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::Hidden => "hidden",
        }
    }
}

/// An invitation that this device signed.
#[derive(Debug, Clone, Copy)]
pub struct InvitationRow {
    /// When it ends, in ms.
    pub expires_at: u64,
    /// How many people it still lets in.
    pub uses_left: u32,
}

/// Another node that this one has heard of.
#[derive(Debug, Clone)]
pub struct PeerRow {
    /// Its device.
    pub device: DeviceId,
    /// Where it may be reached.
    pub addresses: Vec<String>,
    /// When it was last connected, in ms; 0: never.
    pub seen_at: u64,
    /// Why it was dropped last, if it was.
    pub note: String,
}

impl Store {
    /// Sets a setting.
    pub fn set_setting(&mut self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.connection.execute("INSERT OR REPLACE INTO setting (key, value) VALUES (?1, ?2)", params![key, value])?;
        Ok(())
    }

    /// Remembers which things of the inbox were read, and forgets which were before.
    pub fn set_read_items(&mut self, items: &[[u8; 16]]) -> Result<(), StoreError> {
        self.set_setting(INBOX_READ, items.as_flattened())
    }

    /// Forgets a setting.
    pub fn clear_setting(&mut self, key: &str) -> Result<(), StoreError> {
        self.connection.execute("DELETE FROM setting WHERE key = ?1", [key])?;
        Ok(())
    }

    /// Sets or takes back a local mark.
    pub fn set_mark(&mut self, document: DocumentId, mark: LocalMark, on: bool, now: u64) -> Result<(), StoreError> {
        let sql = if on {
            "INSERT OR IGNORE INTO mark (document, mark, at) VALUES (?1, ?2, ?3)"
        } else {
            "DELETE FROM mark WHERE document = ?1 AND mark = ?2 AND ?3 > 0"
        };
        self.connection.execute(sql, params![document.0, mark.name(), now.max(1) as i64])?;
        Ok(())
    }

    /// Remembers an invitation that this device signed.
    pub fn add_invitation(&mut self, nonce: [u8; 16], row: InvitationRow, guest: bool) -> Result<(), StoreError> {
        self.connection.execute(
            "INSERT OR REPLACE INTO invitation (nonce, expires_at, uses_left, guest) VALUES (?1,?2,?3,?4)",
            params![nonce, row.expires_at as i64, row.uses_left, guest],
        )?;
        Ok(())
    }

    /// Takes one use off an invitation.
    pub fn use_invitation(&mut self, nonce: [u8; 16]) -> Result<(), StoreError> {
        self.connection.execute("UPDATE invitation SET uses_left = uses_left - 1 WHERE nonce = ?1 AND uses_left > 0", [nonce])?;
        Ok(())
    }

    /// Remembers where a node may be reached. What it says itself replaces what was known; what others say of
    /// it only adds to that, so that nobody can make a node unreachable by lying about it.
    pub fn learn_peer(&mut self, device: DeviceId, addresses: &[String], first_hand: bool) -> Result<(), StoreError> {
        let known: Option<String> = self.connection.query_row("SELECT addresses FROM peer WHERE device = ?1", [device.0], |row| row.get(0)).optional()?;
        let before = known.as_deref().unwrap_or("").lines().filter(|_| !first_hand);
        let mut all: Vec<&str> = before.collect();
        all.extend(addresses.iter().map(String::as_str));
        let mut seen = BTreeSet::new();
        all.retain(|address| seen.insert(*address));
        all.truncate(limits::ADDRESSES_PER_DEVICE);
        self.connection.execute(
            "INSERT INTO peer (device, addresses, seen_at) SELECT ?1, ?2, 0 WHERE (SELECT count(*) FROM peer) < ?3 OR EXISTS (SELECT 1 FROM peer WHERE device = ?1)
             ON CONFLICT DO UPDATE SET addresses = excluded.addresses",
            params![device.0, all.join("\n"), limits::KNOWN_PEERS as i64],
        )?;
        Ok(())
    }

    /// Notes that a node was connected, or why it was dropped.
    pub fn note_peer(&mut self, device: DeviceId, seen_at: u64, note: &str) -> Result<(), StoreError> {
        self.connection.execute(
            "INSERT INTO peer (device, addresses, seen_at, note) VALUES (?1, '', ?2, ?3) ON CONFLICT DO UPDATE SET seen_at = excluded.seen_at, note = excluded.note",
            params![device.0, seen_at as i64, note],
        )?;
        Ok(())
    }

    /// Notes how many issues of the Gazette a node says it has read.
    pub fn note_height(&mut self, device: DeviceId, height: u64) -> Result<(), StoreError> {
        let mut update = self.connection.prepare_cached("UPDATE peer SET height = ?2 WHERE device = ?1 AND height < ?2")?;
        update.execute(params![device.0, height as i64])?;
        Ok(())
    }
}

impl View<'_> {
    /// Of the devices that this one has met, how many have said that they read so many issues; and of how many.
    pub fn readers_of_issue(&self, height: u64) -> Result<(u64, u64), StoreError> {
        let mut select = self.connection.prepare_cached("SELECT count(*) FILTER (WHERE height >= ?1), count(*) FROM peer WHERE seen_at > 0")?;
        Ok(select.query_row([height as i64], |row| Ok((row.get::<_, i64>(0)? as u64, row.get::<_, i64>(1)? as u64)))?)
    }

    /// Reads a setting.
    pub fn setting(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.connection.prepare_cached("SELECT value FROM setting WHERE key = ?1")?.query_row([key], |row| row.get(0)).optional()?)
    }

    /// The things of the inbox that were read.
    pub fn read_items(&self) -> Result<BTreeSet<[u8; 16]>, StoreError> {
        Ok(self.setting(INBOX_READ)?.unwrap_or_default().as_chunks().0.iter().copied().collect())
    }

    /// Reads every page and checks the file's structure.
    pub fn check_pages(&self) -> Result<(), StoreError> {
        let found: String = self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if found == "ok" { Ok(()) } else { Err(StoreError::Damaged(found)) }
    }

    /// The co-op whose operations are kept here.
    pub fn coop(&self) -> Result<Option<CoopId>, StoreError> {
        Ok(self.setting("coop")?.and_then(|bytes| bytes.try_into().ok()).map(CoopId))
    }

    /// The port on which this node listened last.
    pub fn last_port(&self) -> Result<Option<u16>, StoreError> {
        let addresses = self.setting("addresses")?.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
        Ok(addresses.lines().find_map(|address| address.parse::<std::net::SocketAddr>().ok()).map(|address| address.port()))
    }

    /// An invitation that this device signed.
    pub fn invitation(&self, nonce: [u8; 16]) -> Result<Option<InvitationRow>, StoreError> {
        let sql = "SELECT expires_at, uses_left FROM invitation WHERE nonce = ?1";
        let row = |row: &rusqlite::Row<'_>| Ok(InvitationRow { expires_at: row.get::<_, i64>(0)? as u64, uses_left: row.get(1)? });
        Ok(self.connection.query_row(sql, [nonce], row).optional()?)
    }

    /// The nodes that this one has heard of.
    pub fn peers(&self) -> Result<Vec<PeerRow>, StoreError> {
        let mut select = self.connection.prepare_cached("SELECT device, addresses, seen_at, note FROM peer ORDER BY seen_at DESC, device")?;
        let rows = select.query_map([], |row| {
            let addresses: String = row.get(1)?;
            Ok(PeerRow {
                device: DeviceId(row.get(0)?),
                addresses: addresses.lines().map(str::to_owned).collect(),
                seen_at: row.get::<_, i64>(2)? as u64,
                note: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
