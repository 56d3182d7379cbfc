use super::{Store, StoreError, query::View};
use folkmoot_protocol::{
    id::*,
    identity::SignatureBytes,
    op::{Header, Kind, Payload, PayloadRef, StoredOp, VerifiedOp},
    sync::ChainRange,
};
use rusqlite::{OptionalExtension, Row, params};

/// The columns from which an operation is put together again; see [`stored`].
pub(super) const COLUMNS: &str =
    "o.id, s.id, c.device, o.seq, i.id, o.kind, o.claimed_at, d.id, o.signature, o.payload, o.payload_hash, o.payload_length, c.credential, o.received_at, o.n";
/// The tables that go with [`COLUMNS`].
pub(super) const TABLES: &str =
    "operation o JOIN chain c ON c.n = o.chain JOIN space s ON s.n = c.space LEFT JOIN issue i ON i.n = o.issue LEFT JOIN document d ON d.n = o.document";

/// An operation with what this store knows beside it.
#[derive(Debug, Clone)]
pub struct Held {
    /// The operation.
    pub op: StoredOp,
    /// What its chain rests on.
    pub credential: OpId,
    /// When it came in here, in ms.
    pub received_at: u64,
    /// Its row.
    pub(crate) row: i64,
}

/// Reads one operation; the header's `prev` is filled in by the caller.
pub(super) fn held(row: &Row<'_>, coop: CoopId) -> rusqlite::Result<Held> {
    let id = OpId(row.get(0)?);
    let space = SpaceId(row.get(1)?);
    let device = DeviceId(row.get(2)?);
    let seq = row.get::<_, i64>(3)? as u64;
    let issue = row.get::<_, Option<[u8; 32]>>(4)?.map_or(OpId::ZERO, OpId);
    let document = row.get::<_, Option<[u8; 32]>>(7)?.map(DocumentId).filter(|document| *document != DocumentId::founded_by(id));
    let payload = row.get::<_, Option<Vec<u8>>>(9)?.map(Payload::from_bytes);
    let reference = match &payload {
        Some(payload) => payload.reference(),
        None => PayloadRef { hash: row.get(10)?, length: row.get::<_, i64>(11)? as u32 },
    };
    let credential = OpId(row.get(12)?);
    let founding = CoopId::founded_by(id) == coop;
    let header = Header {
        version: 1,
        coop: if founding { CoopId::ZERO } else { coop },
        space,
        device,
        seq,
        prev: OpId::ZERO,
        issue,
        claimed_at: row.get::<_, i64>(6)? as u64,
        kind: Kind::from_code(row.get(5)?),
        payload: reference,
        credential: (seq == 1 && !founding).then_some(credential),
        document,
    };
    let op = StoredOp { id, header, signature: SignatureBytes(row.get(8)?), payload };
    Ok(Held { op, credential, received_at: row.get::<_, i64>(13)? as u64, row: row.get(14)? })
}

impl Store {
    /// Appends an operation to its chain. The caller has judged it; `prev` is the chain's tip.
    pub fn append(&mut self, op: &VerifiedOp, chain: i64, document: Option<i64>, received_at: u64, keep_payload: bool) -> Result<i64, StoreError> {
        let header = op.header();
        let issue = if header.issue == OpId::ZERO { None } else { Some(self.issue_number(header.issue)?) };
        let payload = op.payload().filter(|_| keep_payload);
        let reference = payload.is_none().then_some(header.payload);
        self.connection.prepare_cached(
            "INSERT INTO operation (id, chain, seq, issue, kind, claimed_at, received_at, document, signature, payload, payload_hash, payload_length) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)",
        )?
        .execute(params![
            op.id().0,
            chain,
            header.seq as i64,
            issue,
            header.kind.code(),
            header.claimed_at as i64,
            received_at as i64,
            document,
            op.signature().0,
            payload.map(Payload::as_bytes),
            reference.map(|reference| reference.hash),
            reference.map(|reference| reference.length),
        ])?;
        let row = self.connection.last_insert_rowid();
        self.connection.prepare_cached("UPDATE chain SET seq = ?2, tip = ?3 WHERE n = ?1")?.execute(params![chain, header.seq as i64, op.id().0])?;
        Ok(row)
    }

    /// Drops the payloads of all edits of a document; headers stay. Answers how many were dropped.
    pub fn drop_payloads(&mut self, document: i64) -> Result<usize, StoreError> {
        let rows: Vec<(i64, Vec<u8>)> = {
            let mut select = self.connection.prepare_cached("SELECT n, payload FROM operation WHERE document = ?1 AND payload IS NOT NULL")?;
            select.query_map([document], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?
        };
        let mut update = self.connection.prepare_cached("UPDATE operation SET payload = NULL, payload_hash = ?2, payload_length = ?3 WHERE n = ?1")?;
        for (row, payload) in &rows {
            let reference = PayloadRef::of(payload);
            update.execute(params![row, reference.hash, reference.length])?;
        }
        Ok(rows.len())
    }
}

impl View<'_> {
    /// The number under which a space's document is kept.
    pub fn document_number(&self, document: DocumentId, space: SpaceId) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT d.n FROM document d JOIN space s ON s.n = d.space WHERE d.id = ?1 AND s.id = ?2";
        Ok(self.connection.prepare_cached(sql)?.query_row([document.0, space.0], |row| row.get(0)).optional()?)
    }

    /// The document kept under a number, and its space.
    pub fn document_name(&self, n: i64) -> Result<Option<(DocumentId, SpaceId)>, StoreError> {
        let sql = "SELECT d.id, s.id FROM document d JOIN space s ON s.n = d.space WHERE d.n = ?1";
        Ok(self.connection.prepare_cached(sql)?.query_row([n], |row| Ok((DocumentId(row.get(0)?), SpaceId(row.get(1)?)))).optional()?)
    }

    /// The number and the space of a document that is present.
    pub fn present_document(&self, document: DocumentId) -> Result<Option<(i64, SpaceId)>, StoreError> {
        let sql = "SELECT d.n, s.id FROM document d JOIN document_state t ON t.document = d.n JOIN space s ON s.n = d.space WHERE d.id = ?1";
        Ok(self.connection.prepare_cached(sql)?.query_row([document.0], |row| Ok((row.get(0)?, SpaceId(row.get(1)?)))).optional()?)
    }

    /// Whether any edit of a document is held.
    pub fn has_edits(&self, document: i64) -> Result<bool, StoreError> {
        Ok(self.connection.prepare_cached("SELECT 1 FROM operation WHERE document = ?1")?.exists([document])?)
    }

    /// The founding operation of a document, where it is held: its id and its chain.
    pub fn founding_operation(&self, document: i64) -> Result<Option<(OpId, SpaceId, DeviceId)>, StoreError> {
        let sql = "SELECT o.id, d.id, s.id, c.device FROM operation o JOIN document d ON d.n = o.document JOIN chain c ON c.n = o.chain JOIN space s ON s.n = c.space WHERE o.document = ?1";
        let mut select = self.connection.prepare_cached(sql)?;
        let mut rows = select.query([document])?;
        while let Some(row) = rows.next()? {
            let (op, id) = (OpId(row.get(0)?), DocumentId(row.get(1)?));
            if DocumentId::founded_by(op) == id {
                return Ok(Some((op, SpaceId(row.get(2)?), DeviceId(row.get(3)?))));
            }
        }
        Ok(None)
    }

    /// The id of one operation of a chain.
    pub fn operation_at(&self, space: SpaceId, device: DeviceId, seq: u64) -> Result<Option<OpId>, StoreError> {
        let mut select = self.connection.prepare_cached(
            "SELECT o.id FROM operation o JOIN chain c ON c.n = o.chain JOIN space s ON s.n = c.space WHERE s.id = ?1 AND c.device = ?2 AND o.seq = ?3",
        )?;
        Ok(select.query_row(params![space.0, device.0, seq as i64], |row| row.get(0).map(OpId)).optional()?)
    }

    /// Since when, by this machine's clock in ms, a chain is held up to a number.
    pub fn held_since(&self, space: SpaceId, device: DeviceId, seq: u64) -> Result<Option<u64>, StoreError> {
        let mut select = self.connection.prepare_cached(
            "SELECT o.received_at FROM operation o JOIN chain c ON c.n = o.chain JOIN space s ON s.n = c.space WHERE s.id = ?1 AND c.device = ?2 AND o.seq = ?3",
        )?;
        Ok(select.query_row(params![space.0, device.0, seq as i64], |row| row.get::<_, i64>(0)).optional()?.map(|at| at as u64))
    }

    /// One operation.
    pub fn operation(&self, id: OpId) -> Result<Option<Held>, StoreError> {
        let coop = self.coop()?.unwrap_or(CoopId::ZERO);
        let mut select = self.connection.prepare_cached(&format!("SELECT {COLUMNS} FROM {TABLES} WHERE o.id = ?1"))?;
        let found = select.query_row([id.0], |row| held(row, coop)).optional()?;
        found.map(|held| self.with_prev(held)).transpose()
    }

    /// Operations of one chain in order, up to about `most_bytes`.
    pub fn chain_operations(&self, range: ChainRange, most_bytes: usize) -> Result<Vec<Held>, StoreError> {
        let coop = self.coop()?.unwrap_or(CoopId::ZERO);
        let mut select = self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM {TABLES} WHERE s.id = ?1 AND c.device = ?2 AND o.seq BETWEEN ?3 AND ?4 ORDER BY o.seq"))?;
        let mut rows = select.query(params![range.space.0, range.device.0, range.from as i64, range.to.min(i64::MAX as u64) as i64])?;
        let mut prev = match range.from {
            0 | 1 => OpId::ZERO,
            from => self.operation_at(range.space, range.device, from - 1)?.unwrap_or(OpId::ZERO),
        };
        let (mut operations, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let mut held = held(row, coop)?;
            held.op.header.prev = std::mem::replace(&mut prev, held.op.id);
            bytes += 400 + held.op.payload.as_ref().map_or(0, |payload| payload.as_bytes().len());
            operations.push(held);
            if bytes >= most_bytes {
                break;
            }
        }
        Ok(operations)
    }

    /// The acts of the hall that are held, without what they follow.
    pub fn hall_acts(&self) -> Result<Vec<Held>, StoreError> {
        let coop = self.coop()?.unwrap_or(CoopId::ZERO);
        let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE s.id = ?1 AND o.kind <> ?2");
        let mut select = self.connection.prepare_cached(&sql)?;
        Ok(select.query_map(params![SpaceId::HALL.0, Kind::Edit.code()], |row| held(row, coop))?.collect::<Result<_, _>>()?)
    }

    /// All operations of a document that are held, in the order they came in.
    pub fn document_operations(&self, document: i64) -> Result<Vec<Held>, StoreError> {
        let coop = self.coop()?.unwrap_or(CoopId::ZERO);
        let mut select = self.connection.prepare_cached(&format!("SELECT {COLUMNS} FROM {TABLES} WHERE o.document = ?1 ORDER BY o.n"))?;
        let found = select.query_map([document], |row| held(row, coop))?.collect::<Result<Vec<_>, _>>()?;
        found.into_iter().map(|held| self.with_prev(held)).collect()
    }

    fn with_prev(&self, mut held: Held) -> Result<Held, StoreError> {
        let header = &held.op.header;
        if header.seq > 1 {
            held.op.header.prev = self.operation_at(header.space, header.device, header.seq - 1)?.unwrap_or(OpId::ZERO);
        }
        Ok(held)
    }
}
