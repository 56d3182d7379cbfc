use super::StoreError;
use rusqlite::Connection;

/// Steps from one format to the next; the file's `user_version` counts those done.
const MIGRATIONS: &[&str] = &[FIRST];

/// What the tables hold:
/// - ground: `space`, `chain`, `issue`, `document`, `operation`, `erasure`. Headers are put together again
///   from columns, so that an operation costs far less than its header's 300 bytes. A document's row is
///   its name within one space: what another space says under that name is another row.
/// - derived, and rebuilt at will: `person`, `community`, `document_state`, `activity`, `tally`,
///   `reaction`, `words`.
/// - known to this device alone: `setting`, `mark`, `invitation`, `peer`.
const FIRST: &str = "
CREATE TABLE setting (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

CREATE TABLE space (n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, followed INTEGER NOT NULL DEFAULT 0);
CREATE TABLE issue (n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE);
CREATE TABLE document (n INTEGER PRIMARY KEY, id BLOB NOT NULL, space INTEGER NOT NULL, UNIQUE (id, space));
CREATE TABLE chain (
  n INTEGER PRIMARY KEY, space INTEGER NOT NULL, device BLOB NOT NULL, credential BLOB NOT NULL,
  seq INTEGER NOT NULL, tip BLOB NOT NULL,
  closed_at INTEGER, fork_first BLOB, fork_second BLOB,
  confirmed INTEGER NOT NULL DEFAULT 0,
  UNIQUE (space, device));
CREATE TABLE operation (
  n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, chain INTEGER NOT NULL, seq INTEGER NOT NULL,
  issue INTEGER, kind INTEGER NOT NULL, claimed_at INTEGER NOT NULL, received_at INTEGER NOT NULL,
  document INTEGER, signature BLOB NOT NULL,
  payload BLOB, payload_hash BLOB, payload_length INTEGER);
CREATE UNIQUE INDEX operation_by_chain ON operation (chain, seq);
CREATE INDEX operation_by_document ON operation (document) WHERE document IS NOT NULL;
CREATE TABLE erasure (
  op BLOB PRIMARY KEY, document INTEGER NOT NULL, person BLOB NOT NULL, space INTEGER NOT NULL,
  device BLOB NOT NULL, seq INTEGER NOT NULL, signed BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX erasure_by_document ON erasure (document);

CREATE TABLE person (n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, name TEXT NOT NULL, guest INTEGER NOT NULL DEFAULT 0);
CREATE TABLE community (space INTEGER PRIMARY KEY, name TEXT NOT NULL, opened_by INTEGER NOT NULL);
CREATE TABLE document_state (
  document INTEGER PRIMARY KEY, space INTEGER NOT NULL, kind INTEGER NOT NULL, author INTEGER NOT NULL,
  op INTEGER NOT NULL, created INTEGER NOT NULL, edits INTEGER NOT NULL, conflict INTEGER NOT NULL,
  post INTEGER, parent INTEGER, name TEXT, digest BLOB NOT NULL, state BLOB);
CREATE INDEX document_state_by_post ON document_state (post) WHERE post IS NOT NULL;
CREATE INDEX document_state_by_space ON document_state (space, kind, created) WHERE kind <> 3;
CREATE TABLE activity (document INTEGER PRIMARY KEY, comments INTEGER NOT NULL, newest INTEGER, newest_by_other INTEGER);
CREATE TABLE tally (document INTEGER PRIMARY KEY, up INTEGER NOT NULL, down INTEGER NOT NULL);
CREATE TABLE reaction (
  document INTEGER NOT NULL, person INTEGER NOT NULL, op INTEGER NOT NULL, mark INTEGER NOT NULL, replaces BLOB NOT NULL,
  PRIMARY KEY (document, person, op)) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (title, text, content='', tokenize='unicode61 remove_diacritics 2');
INSERT INTO words (words, rank) VALUES ('secure-delete', 1);

CREATE TABLE mark (document BLOB NOT NULL, mark TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (document, mark)) WITHOUT ROWID;
CREATE TABLE invitation (nonce BLOB PRIMARY KEY, expires_at INTEGER NOT NULL, uses_left INTEGER NOT NULL, guest INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE peer (device BLOB PRIMARY KEY, addresses TEXT NOT NULL, seen_at INTEGER NOT NULL, note TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
";

/// Empties what is derived.
pub(super) const FORGET_DERIVED: &str = "
DELETE FROM person; DELETE FROM community; DELETE FROM document_state; DELETE FROM activity;
DELETE FROM tally; DELETE FROM reaction;
INSERT INTO words (words) VALUES ('delete-all');
";

/// The file's format, if this version knows it.
pub(super) fn check_version(connection: &Connection) -> Result<i64, StoreError> {
    version_among(connection, MIGRATIONS)
}

/// Refuses a file that has not been brought to the newest format yet, or whose making was interrupted.
pub(super) fn check_newest(connection: &Connection) -> Result<(), StoreError> {
    let (found, known) = (check_version(connection)?, MIGRATIONS.len() as i64);
    if found < known { Err(StoreError::Older { found, known }) } else { Ok(()) }
}

/// Brings a file to the newest format, one transaction for each step.
pub(super) fn migrate(connection: &Connection) -> Result<(), StoreError> {
    migrate_by(connection, MIGRATIONS)
}

fn version_among(connection: &Connection, steps: &[&str]) -> Result<i64, StoreError> {
    let known = steps.len() as i64;
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > known { Err(StoreError::Newer { found, known }) } else { Ok(found) }
}

fn migrate_by(connection: &Connection, steps: &[&str]) -> Result<(), StoreError> {
    let found = version_among(connection, steps)?;
    for (step, sql) in steps.iter().enumerate().skip(found as usize) {
        connection.execute_batch(&format!("BEGIN IMMEDIATE; {sql} PRAGMA user_version = {}; COMMIT;", step + 1))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
