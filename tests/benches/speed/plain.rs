//! A plain forum in SQLite on the same content, as the lower bound: tables of posts, comments and reactions with
//! their indexes and a full-text search, and nothing of what makes a forum need no server.

use super::{
    bulk,
    fixture::Fixture,
    median,
    process::own_processor_time,
    table::{Row, Table},
};
use folkmoot_node::store::{
    Reader,
    query::{FeedQuery, SearchQuery, Viewer},
};
use folkmoot_protocol::{
    act::Act,
    cbor,
    document::{DocumentKind, Edit, Key, Value},
    id::*,
    op::{Content, Header, Payload, SignedOp},
    view::{FeedSort, ThreadSort},
};
use rusqlite::{Connection, params};
use std::time::Instant;

/// Operations that share one write to the disk: as many as fit one frame of ours.
const BATCH: usize = 400;
const ASKED: usize = 21;
const NOBODY: Viewer = Viewer { person: PersonId::ZERO, device: DeviceId::ZERO };

const SCHEMA: &str = "
PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;
CREATE TABLE post (n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, community BLOB NOT NULL, author BLOB NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL, created INTEGER NOT NULL);
CREATE INDEX post_by_community ON post (community, created);
CREATE TABLE comment (n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, post BLOB NOT NULL, parent BLOB, author BLOB NOT NULL, text TEXT NOT NULL, created INTEGER NOT NULL);
CREATE INDEX comment_by_post ON comment (post);
CREATE TABLE reaction (target BLOB NOT NULL, person BLOB NOT NULL, mark INTEGER NOT NULL, PRIMARY KEY (target, person)) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (title, text, content='', tokenize='unicode61 remove_diacritics 2');
";

pub(crate) fn run(fixture: &Fixture, table: &mut Table) {
    let n = fixture.operations;
    let path = fixture.place();
    let connection = Connection::open(&path).expect("a file");
    connection.execute_batch(SCHEMA).expect("tables");
    let before = own_processor_time();
    for batch in fixture.workload.operations.chunks(BATCH) {
        connection.execute_batch("BEGIN").expect("a transaction");
        batch.iter().for_each(|op| store(&connection, op));
        connection.execute_batch("COMMIT").expect("a transaction");
    }
    let plain = fixture.workload.operations.len() as f64 / (own_processor_time() - before).as_secs_f64();
    if let Some(ours) = table.figure(bulk::PROCESSOR, n) {
        table.add(Row::new("the same beside a forum without signatures", n, ours, "op/s").beside("plain SQLite forum, one core, per s", plain));
    }
    search(fixture, &connection, table);
    read(fixture, table);
}

fn search(fixture: &Fixture, plain: &Connection, table: &mut Table) {
    let reader = Reader::open(&fixture.whole()).expect("the store opens");
    for (what, rank) in [("search, a rare word", 2_000), ("search, a common word", 40), ("search, the commonest word", 0)] {
        let word = super::zipf::Zipf::word(rank);
        let query = SearchQuery { words: format!("{word} "), community: None, author: None, kind: None, page: None, limit: 20 };
        let ours = milliseconds(|| reader.view().search(&query).expect("a search").hits.len());
        let sql = "SELECT words.rowid, ifnull(p.text, c.text) FROM words LEFT JOIN post p ON p.n = words.rowid LEFT JOIN comment c ON c.n = words.rowid
                   WHERE words MATCH ?1 ORDER BY bm25(words) LIMIT 20";
        let theirs = milliseconds(|| {
            let mut select = plain.prepare_cached(sql).expect("a query");
            select.query_map([format!("\"{word}\"")], |row| row.get::<_, Option<String>>(1)).expect("a search").count()
        });
        table.add(Row::new(what, fixture.operations, ours, "ms").beside("plain SQLite forum", theirs));
    }
}

fn read(fixture: &Fixture, table: &mut Table) {
    let reader = Reader::open(&fixture.whole()).expect("the store opens");
    for sort in [FeedSort::Active, FeedSort::Hot, FeedSort::New, FeedSort::Top] {
        let query = FeedQuery { community: None, sort, period_ms: None, page: None, saved: false, limit: 20 };
        let ours = milliseconds(|| reader.view().feed(&query, &NOBODY, super::now_ms()).expect("a feed").posts.len());
        table.add(Row::new(format!("feed, {sort:?}, 20 of all spaces"), fixture.operations, ours, "ms"));
    }
    let query = FeedQuery { community: None, sort: FeedSort::Comments, period_ms: None, page: None, saved: false, limit: 1 };
    let busiest = reader.view().feed(&query, &NOBODY, super::now_ms()).expect("a feed").posts.remove(0);
    let ours = milliseconds(|| reader.view().thread(busiest.id, ThreadSort::Hot, &NOBODY, super::now_ms()).expect("a thread").map_or(0, |t| t.comments.len()));
    table.add(Row::new(format!("thread of {} comments", busiest.comments), fixture.operations, ours, "ms"));
}

fn milliseconds(mut ask: impl FnMut() -> usize) -> f64 {
    let time = |_| {
        let since = Instant::now();
        assert!(ask() > 0, "nothing is found");
        since.elapsed()
    };
    median((0..ASKED).map(time).collect()).as_secs_f64() * 1e3
}

fn store(connection: &Connection, op: &SignedOp) {
    let header: Header = cbor::decode(&op.header).expect("an own header");
    let payload = Payload::from_bytes(op.payload.clone().unwrap_or_default());
    let sql = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
        connection.prepare_cached(sql).expect("a statement").execute(values).expect("a row");
    };
    match payload.content(&header) {
        Ok(Content::Edit(edit)) if matches!(edit.kind, DocumentKind::Post | DocumentKind::Comment) => {
            let (id, text, title) = (DocumentId::founded_by(header.id()).0, text(&edit, Key::Text), text(&edit, Key::Title));
            if edit.kind == DocumentKind::Post {
                let values = params![id, header.space.0, header.device.0, title, text, header.claimed_at as i64];
                sql(
                    "INSERT INTO post (n, id, community, author, title, text, created) VALUES ((SELECT ifnull(max(rowid), 0) + 1 FROM words),?1,?2,?3,?4,?5,?6)",
                    values,
                );
            } else {
                let values = params![id, document(&edit, Key::Post), document(&edit, Key::Parent), header.device.0, text, header.claimed_at as i64];
                sql(
                    "INSERT INTO comment (n, id, post, parent, author, text, created) VALUES ((SELECT ifnull(max(rowid), 0) + 1 FROM words),?1,?2,?3,?4,?5,?6)",
                    values,
                );
            }
            sql("INSERT INTO words (rowid, title, text) VALUES (?1, ?2, ?3)", params![connection.last_insert_rowid(), title, text]);
        }
        Ok(Content::Act(Act::React(react))) => {
            for reaction in &react.reactions {
                sql("INSERT OR REPLACE INTO reaction VALUES (?1, ?2, ?3)", params![reaction.target.0, header.device.0, reaction.mark as u8]);
            }
        }
        _ => {}
    }
}

fn text(edit: &Edit, key: Key) -> &str {
    match edit.value(key) {
        Some(Value::Text(text)) => text,
        _ => "",
    }
}

fn document(edit: &Edit, key: Key) -> Option<[u8; 32]> {
    match edit.value(key) {
        Some(Value::Document(id)) => Some(id.0),
        _ => None,
    }
}
