use super::{Store, StoreError, query::View};
use folkmoot_protocol::{
    cbor,
    id::*,
    op::{SignedHeader, SignedOp},
    sync::{Closed, Tip, Tips},
};
use rusqlite::{OptionalExtension, params};
use std::collections::BTreeMap;

/// One device's chain in one space.
#[derive(Debug, Clone)]
pub struct ChainRow {
    /// Its row.
    pub(crate) row: i64,
    /// The space.
    pub space: SpaceId,
    /// The device.
    pub device: DeviceId,
    /// What it rests on.
    pub credential: OpId,
    /// Its end.
    pub tip: Tip,
    /// How far another node is known to hold it.
    pub confirmed: u64,
}

impl ChainRow {
    /// Whether nothing of it is held: its first operation still waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.tip.seq == 0 && self.tip.closed.is_none()
    }
}

/// Two headers of one device with one number.
pub type ForkProof = (SignedHeader, SignedHeader);

impl Store {
    /// Begins a chain.
    pub fn add_chain(&mut self, space: SpaceId, device: DeviceId, credential: OpId) -> Result<i64, StoreError> {
        let space = self.space_number(space)?;
        self.connection.prepare_cached("INSERT INTO chain (space, device, credential, seq, tip) VALUES (?1, ?2, ?3, 0, ?4)")?.execute(params![
            space,
            device.0,
            credential.0,
            OpId::ZERO.0
        ])?;
        Ok(self.connection.last_insert_rowid())
    }

    /// Has a chain of which nothing is held rest on another credential. Answers the chain.
    pub fn rest_chain(&mut self, chain: i64, credential: OpId) -> Result<i64, StoreError> {
        self.connection.prepare_cached("UPDATE chain SET credential = ?2 WHERE n = ?1")?.execute(params![chain, credential.0])?;
        Ok(chain)
    }

    /// Records that a fork closed a chain at a number, and removes what lies beyond. Answers the documents
    /// whose edits went.
    pub fn close_chain(&mut self, chain: i64, at: u64, proof: &ForkProof) -> Result<Vec<i64>, StoreError> {
        let touched = self.cut_chain(chain, at)?;
        self.connection.prepare_cached("UPDATE chain SET closed_at = ?2, fork_first = ?3, fork_second = ?4 WHERE n = ?1")?.execute(params![
            chain,
            at as i64,
            cbor::encode(&proof.0),
            cbor::encode(&proof.1)
        ])?;
        Ok(touched)
    }

    /// Lets a closed chain grow up to a number again: the Gazette printed more of it than stood.
    pub fn reopen_chain(&mut self, chain: i64, closed_at: u64) -> Result<(), StoreError> {
        self.connection.prepare_cached("UPDATE chain SET closed_at = ?2 WHERE n = ?1")?.execute(params![chain, closed_at as i64])?;
        Ok(())
    }

    /// Removes a chain whole: what it rests on is gone.
    pub fn remove_chain(&mut self, chain: i64) -> Result<Vec<i64>, StoreError> {
        let touched = self.cut_chain(chain, 1)?;
        self.connection.prepare_cached("DELETE FROM chain WHERE n = ?1")?.execute([chain])?;
        Ok(touched)
    }

    /// Removes a chain's operations from a number on, their reactions included.
    fn cut_chain(&mut self, chain: i64, from: u64) -> Result<Vec<i64>, StoreError> {
        let bounds = params![chain, from as i64];
        let documents =
            |sql: &str| -> Result<Vec<i64>, StoreError> { Ok(self.connection.prepare(sql)?.query_map(bounds, |row| row.get(0))?.collect::<Result<_, _>>()?) };
        let touched = documents("SELECT DISTINCT document FROM operation WHERE chain = ?1 AND seq >= ?2 AND document IS NOT NULL")?;
        let marked = documents("SELECT DISTINCT r.document FROM reaction r JOIN operation o ON o.n = r.op WHERE o.chain = ?1 AND o.seq >= ?2")?;
        // What a search finds has to go while its text is still here.
        touched.iter().try_for_each(|document| self.clear_state(*document))?;
        self.connection.execute("DELETE FROM reaction WHERE op IN (SELECT n FROM operation WHERE chain = ?1 AND seq >= ?2)", bounds)?;
        self.connection.execute("DELETE FROM operation WHERE chain = ?1 AND seq >= ?2", bounds)?;
        marked.iter().try_for_each(|document| self.recount_reactions(*document))?;
        let last: Option<(i64, [u8; 32])> = self
            .connection
            .query_row("SELECT seq, id FROM operation WHERE chain = ?1 ORDER BY seq DESC LIMIT 1", [chain], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (seq, tip) = last.unwrap_or((0, [0; 32]));
        self.connection.execute("UPDATE chain SET seq = ?2, tip = ?3 WHERE n = ?1", params![chain, seq, tip])?;
        Ok(touched)
    }

    /// Records how far another node is known to hold a chain.
    pub fn confirm(&mut self, chain: i64, seq: u64) -> Result<(), StoreError> {
        self.connection.prepare_cached("UPDATE chain SET confirmed = ?2 WHERE n = ?1 AND confirmed < ?2")?.execute(params![chain, seq as i64])?;
        Ok(())
    }

    /// Keeps an erasure as evidence of its own: it holds whatever becomes of the chain that it came in.
    /// Answers whether it was new.
    pub fn keep_erasure(&mut self, op: OpId, document: i64, person: PersonId, place: (SpaceId, DeviceId, u64), signed: &SignedOp) -> Result<bool, StoreError> {
        let space = self.space_number(place.0)?;
        let added = self
            .connection
            .prepare_cached("INSERT OR IGNORE INTO erasure (op, document, person, space, device, seq, signed) VALUES (?1,?2,?3,?4,?5,?6,?7)")?
            .execute(params![op.0, document, person.0, space, place.1.0, place.2 as i64, cbor::encode(signed)])?;
        Ok(added > 0)
    }

    /// Begins or ends keeping a space.
    pub fn follow(&mut self, space: SpaceId, followed: bool) -> Result<(), StoreError> {
        let n = self.space_number(space)?;
        self.connection.execute("UPDATE space SET followed = ?2 WHERE n = ?1", params![n, followed])?;
        Ok(())
    }
}

impl View<'_> {
    /// The spaces that are kept here, the hall first.
    pub fn followed(&self) -> Result<Vec<SpaceId>, StoreError> {
        let mut select = self.connection.prepare_cached("SELECT id FROM space WHERE followed = 1 ORDER BY id")?;
        Ok(select.query_map([], |row| row.get(0).map(SpaceId))?.collect::<Result<_, _>>()?)
    }

    /// Every chain.
    pub fn chains(&self) -> Result<Vec<ChainRow>, StoreError> {
        let erasures = self.closed_erasures()?;
        let mut select = self
            .connection
            .prepare("SELECT c.n, s.id, c.device, c.credential, c.seq, c.tip, c.closed_at, c.confirmed FROM chain c JOIN space s ON s.n = c.space")?;
        let rows = select.query_map([], |row| {
            let (space, device) = (SpaceId(row.get(1)?), DeviceId(row.get(2)?));
            let closed = row.get::<_, Option<i64>>(6)?.map(|at| closed(at as u64, erasures.get(&(space, device))));
            let tip = Tip { seq: row.get::<_, i64>(4)? as u64, id: OpId(row.get(5)?), closed };
            Ok(ChainRow { row: row.get(0)?, space, device, credential: OpId(row.get(3)?), tip, confirmed: row.get::<_, i64>(7)? as u64 })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The tips of all spaces.
    pub fn tips(&self) -> Result<BTreeMap<SpaceId, Tips>, StoreError> {
        let mut tips: BTreeMap<SpaceId, Tips> = BTreeMap::new();
        for chain in self.chains()?.into_iter().filter(|chain| !chain.is_empty()) {
            tips.entry(chain.space).or_default().set(chain.device, chain.tip);
        }
        Ok(tips)
    }

    /// The proof that closed a chain.
    pub fn fork_proof(&self, space: SpaceId, device: DeviceId) -> Result<Option<ForkProof>, StoreError> {
        let sql = "SELECT c.fork_first, c.fork_second FROM chain c JOIN space s ON s.n = c.space WHERE s.id = ?1 AND c.device = ?2 AND c.closed_at IS NOT NULL";
        let found: Option<(Vec<u8>, Vec<u8>)> = self.connection.query_row(sql, params![space.0, device.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        Ok(found.and_then(|(first, second)| Some((cbor::decode(&first).ok()?, cbor::decode(&second).ok()?))))
    }

    /// The erasures of a device from a number on: what they erased stays erased when a fork closes the chain.
    pub fn erasures_from(&self, space: SpaceId, device: DeviceId, seq: u64) -> Result<Vec<(OpId, SignedOp)>, StoreError> {
        let sql = "SELECT e.op, e.signed FROM erasure e JOIN space s ON s.n = e.space WHERE s.id = ?1 AND e.device = ?2 AND e.seq >= ?3 ORDER BY e.op";
        let mut select = self.connection.prepare_cached(sql)?;
        let rows = select.query_map(params![space.0, device.0, seq as i64], |row| Ok((OpId(row.get(0)?), row.get::<_, Vec<u8>>(1)?)))?;
        let mut erasures = Vec::new();
        for row in rows {
            let (op, bytes) = row?;
            erasures.push((op, cbor::decode(&bytes).map_err(|error| StoreError::Damaged(error.to_string()))?));
        }
        Ok(erasures)
    }

    /// The erasures that name a document, with who signed them.
    pub fn erasures_of(&self, document: i64) -> Result<Vec<(PersonId, SignedOp)>, StoreError> {
        let mut select = self.connection.prepare_cached("SELECT person, signed FROM erasure WHERE document = ?1 ORDER BY op")?;
        let rows = select.query_map([document], |row| Ok((PersonId(row.get(0)?), row.get::<_, Vec<u8>>(1)?)))?;
        let mut erasures = Vec::new();
        for row in rows {
            let (person, bytes) = row?;
            erasures.push((person, cbor::decode(&bytes).map_err(|error| StoreError::Damaged(error.to_string()))?));
        }
        Ok(erasures)
    }

    /// Erasures that stand beyond the end of their chain as it is held, and not beyond a fork: no tip shows them.
    /// Answers space, document and the operation.
    pub fn loose_erasures(&self) -> Result<Vec<(SpaceId, i64, OpId, SignedOp)>, StoreError> {
        let sql = "SELECT s.id, e.document, e.op, e.signed FROM erasure e JOIN chain c ON c.space = e.space AND c.device = e.device
                   JOIN space s ON s.n = e.space WHERE e.seq > c.seq AND (c.closed_at IS NULL OR e.seq < c.closed_at) ORDER BY e.op";
        let mut select = self.connection.prepare_cached(sql)?;
        let rows = select.query_map([], |row| Ok((SpaceId(row.get(0)?), row.get(1)?, OpId(row.get(2)?), row.get::<_, Vec<u8>>(3)?)))?;
        let mut erasures = Vec::new();
        for row in rows {
            let (space, document, op, bytes) = row?;
            erasures.push((space, document, op, cbor::decode(&bytes).map_err(|error| StoreError::Damaged(error.to_string()))?));
        }
        Ok(erasures)
    }

    fn closed_erasures(&self) -> Result<BTreeMap<(SpaceId, DeviceId), Vec<OpId>>, StoreError> {
        let sql = "SELECT s.id, e.device, e.op FROM erasure e JOIN chain c ON c.space = e.space AND c.device = e.device AND e.seq >= c.closed_at JOIN space s ON s.n = e.space ORDER BY e.op";
        let mut found: BTreeMap<_, Vec<OpId>> = BTreeMap::new();
        let mut select = self.connection.prepare(sql)?;
        for row in select.query_map([], |row| Ok(((SpaceId(row.get(0)?), DeviceId(row.get(1)?)), OpId(row.get(2)?))))? {
            let (chain, op) = row?;
            found.entry(chain).or_default().push(op);
        }
        Ok(found)
    }
}

/// The number that two operations have.
pub(crate) fn forked_at(proof: &ForkProof) -> Option<u64> {
    Some(proof.0.verify().ok()?.1.seq)
}

/// What a tip says of a chain that a fork closed. `erasures`: those held from beyond the fork, ascending.
pub(crate) fn closed(at: u64, erasures: Option<&Vec<OpId>>) -> Closed {
    let ids: Vec<u8> = erasures.into_iter().flatten().flat_map(|op| op.0).collect();
    let hash = tagged_hash("folkmoot/closed-erasures/1", &[&ids]);
    let mut digest = [0; 16];
    digest.copy_from_slice(&hash[..16]);
    Closed { at, erasures: digest }
}
