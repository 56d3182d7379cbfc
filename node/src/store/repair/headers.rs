//! Puts headers together again from rows, also where the tables that a row points to are damaged: an operation's
//! id is the hash of its header, so that a guess proves itself.

use super::pages::Found;
use folkmoot_protocol::{
    act::Act,
    cbor,
    id::*,
    identity::SignatureBytes,
    limits,
    op::{Header, Kind, Payload, PayloadRef, StoredOp},
};
use rusqlite::{
    Connection, OptionalExtension, Row,
    types::{FromSql, FromSqlError, FromSqlResult, Value},
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Operations of a chain on which the guesses of whose it is are tried.
const TRIED_PER_CHAIN: usize = 8;

/// The columns of a row of `operation`.
pub(super) const COLUMNS: usize = 13;

/// An operation as its own row tells of it.
pub(super) struct Bare {
    id: OpId,
    chain: i64,
    seq: u64,
    kind: Kind,
    claimed_at: u64,
    document: Option<i64>,
    signature: SignatureBytes,
    payload: Option<Payload>,
    reference: PayloadRef,
}

impl Bare {
    /// From a row's columns, in the table's order.
    pub(super) fn of(row: &[Value]) -> FromSqlResult<Self> {
        let [_, id, chain, seq, _, kind, claimed_at, _, document, signature, payload, hash, length] = row else {
            return Err(FromSqlError::InvalidType);
        };
        let payload = column::<Option<Vec<u8>>>(payload)?.map(Payload::from_bytes);
        let reference = match &payload {
            Some(payload) => payload.reference(),
            None => PayloadRef { hash: column(hash)?, length: column(length)? },
        };
        Ok(Self {
            id: OpId(column(id)?),
            chain: column(chain)?,
            seq: column::<i64>(seq)? as u64,
            kind: Kind::from_code(column(kind)?),
            claimed_at: column::<i64>(claimed_at)? as u64,
            document: column(document)?,
            signature: SignatureBytes(column(signature)?),
            payload,
            reference,
        })
    }

    pub(super) fn id(&self) -> OpId {
        self.id
    }

    fn act(&self) -> Option<Act> {
        let payload = self.payload.as_ref().filter(|_| self.kind == Kind::Act)?;
        cbor::decode(payload.as_bytes().get(limits::SALT_BYTES..)?).ok()
    }
}

fn column<T: FromSql>(value: &Value) -> FromSqlResult<T> {
    T::column_result(value.into())
}

/// Where a chain stands and what it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    space: SpaceId,
    device: DeviceId,
    credential: OpId,
}

/// What the tables beside the operations still say, each read as far as it can be.
#[derive(Default)]
pub(super) struct Tables {
    spaces: BTreeMap<i64, Vec<SpaceId>>,
    chains: BTreeMap<i64, Vec<(i64, DeviceId, Option<OpId>)>>,
    documents: BTreeMap<i64, Vec<DocumentId>>,
    /// The founding operation.
    pub(super) issue: Option<OpId>,
}

impl Tables {
    /// From each table, and from the index that holds the same a second time on other pages.
    pub(super) fn read(connection: &Connection) -> Self {
        let mut tables = Self::default();
        for (n, space) in both(connection, "space", "n, id", |row| Ok((row.get(0)?, SpaceId(row.get(1)?)))) {
            tables.spaces.entry(n).or_default().push(space);
        }
        for (n, document) in both(connection, "document", "n, id", |row| Ok((row.get(0)?, DocumentId(row.get(1)?)))) {
            tables.documents.entry(n).or_default().push(document);
        }
        let chain = |row: &Row<'_>| Ok((row.get(0)?, (row.get(1)?, DeviceId(row.get(2)?), Some(OpId(row.get(3)?)))));
        let by_index = |row: &Row<'_>| Ok((row.get(0)?, (row.get(1)?, DeviceId(row.get(2)?), None)));
        let told = table(connection, "chain", "n, space, device, credential", chain);
        for (n, place) in told.into_iter().chain(index(connection, "chain", "n, space, device", by_index)) {
            tables.chains.entry(n).or_default().push(place);
        }
        tables
    }

    /// Takes what was found on pages. Of which table a row is shows in its columns; a document's looks as a space's
    /// does, and is tried as both.
    pub(super) fn take(&mut self, rows: &[Found]) {
        for Found { n, columns } in rows {
            match &columns[..] {
                [Value::Null, Value::Blob(id)] => self.issue = self.issue.or(bytes(id).map(OpId)),
                [Value::Null, Value::Blob(id), Value::Integer(_)] => {
                    self.spaces.entry(*n).or_default().extend(bytes(id).map(SpaceId));
                    self.documents.entry(*n).or_default().extend(bytes(id).map(DocumentId));
                }
                [Value::Null, Value::Integer(space), Value::Blob(device), Value::Blob(credential), _, _, _, _, _, _] => {
                    let place = bytes(device).map(|device| (*space, DeviceId(device), bytes(credential).map(OpId)));
                    self.chains.entry(*n).or_default().extend(place);
                }
                _ => {}
            }
        }
    }
}

fn bytes(blob: &[u8]) -> Option<[u8; 32]> {
    blob.try_into().ok()
}

fn both<T>(connection: &Connection, name: &str, columns: &str, read: impl Fn(&Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
    let mut found = table(connection, name, columns, &read);
    found.extend(index(connection, name, columns, &read));
    found
}

/// From its beginning and from its end, each time up to the first page that cannot be read.
fn table<T>(connection: &Connection, name: &str, columns: &str, read: impl Fn(&Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
    let mut found = Vec::new();
    for order in ["", "DESC"] {
        found.extend(rows(connection, &format!("SELECT {columns} FROM {name} NOT INDEXED ORDER BY n {order}"), &read));
    }
    found
}

fn index<T>(connection: &Connection, name: &str, columns: &str, read: impl Fn(&Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
    rows(connection, &format!("SELECT {columns} FROM {name} INDEXED BY sqlite_autoindex_{name}_1"), read)
}

fn rows<T>(connection: &Connection, sql: &str, read: impl Fn(&Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
    let mut found = Vec::new();
    let Ok(mut select) = connection.prepare(sql) else { return found };
    let Ok(mut rows) = select.query([]) else { return found };
    while let Ok(Some(row)) = rows.next() {
        found.extend(read(row).optional().ok().flatten());
    }
    found
}

/// All that is known by which headers can be put together.
pub(super) struct Clues {
    coop: CoopId,
    ids: HashMap<(i64, u64), OpId>,
    /// Places of chains that an operation's id has proven.
    proven: HashMap<i64, Place>,
    told: HashMap<i64, Vec<Place>>,
    documents: HashMap<i64, BTreeSet<DocumentId>>,
}

impl Clues {
    /// Finds out where each chain stands. `coop`: what the store says of it, if it does. None where nothing tells
    /// which co-op it is.
    pub(super) fn gather(coop: Option<CoopId>, tables: &Tables, operations: &[Bare]) -> Option<Self> {
        let mut seen = Seen::of(operations);
        let coop = coop.or_else(|| seen.founding.map(CoopId::founded_by))?;
        seen.spaces.extend(tables.spaces.values().flatten());
        for (_, device, credential) in tables.chains.values().flatten() {
            seen.ties.insert((*device, credential.unwrap_or(OpId::ZERO)));
        }
        let mut clues = Self {
            coop,
            ids: operations.iter().map(|op| ((op.chain, op.seq), op.id)).collect(),
            proven: HashMap::new(),
            told: HashMap::new(),
            documents: tables.documents.iter().map(|(n, ids)| (*n, ids.iter().copied().collect())).collect(),
        };
        for op in operations.iter().filter(|op| op.kind == Kind::Edit) {
            if let Some(n) = op.document {
                // The one among them that founded it names it.
                clues.documents.entry(n).or_default().insert(DocumentId::founded_by(op.id));
            }
        }
        clues.place_chains(tables, &seen, operations);
        clues.name_documents(&seen, operations);
        Some(clues)
    }

    fn place_chains(&mut self, tables: &Tables, seen: &Seen, operations: &[Bare]) {
        let mut of_chain: BTreeMap<i64, Vec<&Bare>> = BTreeMap::new();
        operations.iter().for_each(|op| of_chain.entry(op.chain).or_default().push(op));
        for (chain, operations) in of_chain {
            let told = told(tables, chain);
            // Only a chain's first operation tells what the chain rests on.
            let first = operations.iter().filter(|op| op.seq == 1).copied().collect::<Vec<_>>();
            let others = operations.iter().filter(|op| op.seq > 1 && self.prev(op).is_some()).take(TRIED_PER_CHAIN).copied().collect::<Vec<_>>();
            let find = |proofs: &[&Bare]| {
                let proves = |place: &Place| proofs.iter().any(|op| self.proven_header(op, *place, seen).is_some());
                told.iter().copied().chain(seen.places()).find(proves)
            };
            if let Some(place) = find(&first).or_else(|| find(&others)) {
                self.proven.insert(chain, place);
            }
            self.told.insert(chain, told);
        }
    }

    /// Keeps of the names that a document may have the one that an operation's id proves.
    fn name_documents(&mut self, seen: &Seen, operations: &[Bare]) {
        let mut names: HashMap<i64, DocumentId> = HashMap::new();
        for op in operations {
            let (Some(n), Some(place)) = (op.document, self.proven.get(&op.chain)) else { continue };
            if !names.contains_key(&n)
                && let Some(header) = self.proven_header(op, *place, seen)
            {
                names.insert(n, header.document.unwrap_or_else(|| DocumentId::founded_by(op.id)));
            }
        }
        self.documents.extend(names.into_iter().map(|(n, name)| (n, BTreeSet::from([name]))));
    }

    /// The header whose hash is the operation's id.
    fn proven_header(&self, op: &Bare, place: Place, seen: &Seen) -> Option<Header> {
        let keyed = seen.keyed(place.space).filter(|_| op.document.is_some());
        let named = op.document.and_then(|n| self.documents.get(&n)).into_iter().flatten().copied();
        let prev = self.prev(op)?;
        std::iter::once(None).chain(named.chain(keyed).map(Some)).map(|document| self.header(op, place, prev, document)).find(|header| header.id() == op.id)
    }

    /// The operation before it, where its id is known.
    fn prev(&self, op: &Bare) -> Option<OpId> {
        if op.seq == 1 { Some(OpId::ZERO) } else { self.ids.get(&(op.chain, op.seq.checked_sub(1)?)).copied() }
    }

    fn header(&self, op: &Bare, place: Place, prev: OpId, document: Option<DocumentId>) -> Header {
        let founding = CoopId::founded_by(op.id) == self.coop;
        Header {
            version: 1,
            coop: if founding { CoopId::ZERO } else { self.coop },
            space: place.space,
            device: place.device,
            seq: op.seq,
            prev,
            // Until the law prints others, the founding is the one issue.
            issue: if founding { OpId::ZERO } else { OpId(self.coop.0) },
            claimed_at: op.claimed_at,
            kind: op.kind,
            payload: op.reference,
            credential: (op.seq == 1 && !founding).then_some(place.credential),
            document,
        }
    }

    /// An operation as it was signed, as far as that can be told; `prev` is zero where the one before is lost.
    pub(super) fn put_together(&self, op: &Bare) -> Option<StoredOp> {
        let place = self.proven.get(&op.chain).or_else(|| self.told.get(&op.chain)?.first())?;
        let named = || op.document.and_then(|n| self.documents.get(&n)).into_iter().flatten().copied();
        let prev = self.prev(op).unwrap_or(OpId::ZERO);
        let candidates = std::iter::once(None).chain(named().map(Some)).map(|document| self.header(op, *place, prev, document));
        let unproven = || {
            let document = named().next().filter(|document| *document != DocumentId::founded_by(op.id));
            self.header(op, *place, prev, document)
        };
        let header = candidates.into_iter().find(|header| header.id() == op.id).unwrap_or_else(unproven);
        Some(StoredOp { id: op.id, header, signature: op.signature, payload: op.payload.clone() })
    }

    /// The co-op that the operations are of.
    pub(super) fn coop(&self) -> CoopId {
        self.coop
    }

    /// How many operations the chains had, as far as their ends are here.
    pub(super) fn accounted_for(&self) -> u64 {
        let mut ends: HashMap<i64, u64> = HashMap::new();
        for (chain, seq) in self.ids.keys() {
            let end = ends.entry(*chain).or_default();
            *end = (*end).max(*seq);
        }
        ends.values().sum()
    }
}

fn told(tables: &Tables, chain: i64) -> Vec<Place> {
    let mut places = Vec::new();
    for (space, device, credential) in tables.chains.get(&chain).into_iter().flatten() {
        for space in tables.spaces.get(space).into_iter().flatten() {
            let place = Place { space: *space, device: *device, credential: credential.unwrap_or(OpId::ZERO) };
            if !places.contains(&place) {
                places.push(place);
            }
        }
    }
    places
}

/// What the acts say of spaces, persons and devices.
#[derive(Default)]
struct Seen {
    founding: Option<OpId>,
    spaces: BTreeSet<SpaceId>,
    persons: BTreeSet<PersonId>,
    /// Devices, each with the act that tied it to its person; zero where only the device is known.
    ties: BTreeSet<(DeviceId, OpId)>,
}

impl Seen {
    fn of(operations: &[Bare]) -> Self {
        let mut seen = Self { spaces: BTreeSet::from([SpaceId::HALL]), ..Self::default() };
        for op in operations {
            match op.act() {
                Some(Act::Found(found)) => {
                    seen.founding = seen.founding.or((op.seq == 1).then_some(op.id));
                    seen.persons.insert(found.founder.statement.person());
                    seen.ties.insert((found.founder.grant.device, op.id));
                }
                Some(Act::Admit(admit)) => {
                    seen.persons.insert(admit.joining.statement.person());
                    seen.ties.insert((admit.joining.grant.device, op.id));
                }
                Some(Act::GrantDevice(grant)) => drop(seen.ties.insert((grant.pairing.device, op.id))),
                Some(Act::OpenSpace(_)) => drop(seen.spaces.insert(SpaceId::opened_by(op.id))),
                _ => {}
            }
        }
        seen
    }

    /// Every place where a chain may stand.
    fn places(&self) -> impl Iterator<Item = Place> {
        self.spaces.iter().flat_map(|space| self.ties.iter().map(|(device, credential)| Place { space: *space, device: *device, credential: *credential }))
    }

    /// The documents of a space whose names come from elsewhere than an operation.
    fn keyed(&self, space: SpaceId) -> impl Iterator<Item = DocumentId> {
        let profiles = self.persons.iter().filter(move |_| space == SpaceId::HALL).map(|person| DocumentId::profile_of(*person));
        profiles.chain([DocumentId::community_of(space)])
    }
}
