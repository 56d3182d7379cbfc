use super::StoreError;
use rusqlite::Connection;

/// Steps from one format to the next; the file's `user_version` counts those done.
const MIGRATIONS: &[&str] = &[FIRST, GAZETTE, MODERATION, BANS, SILENCES];

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
INSERT INTO words (words, rank) VALUES ('automerge', 8);
INSERT INTO words (words, rank) VALUES ('hashsize', 4194304);

CREATE TABLE mark (document BLOB NOT NULL, mark TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (document, mark)) WITHOUT ROWID;
CREATE TABLE invitation (nonce BLOB PRIMARY KEY, expires_at INTEGER NOT NULL, uses_left INTEGER NOT NULL, guest INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE peer (device BLOB PRIMARY KEY, addresses TEXT NOT NULL, seen_at INTEGER NOT NULL, note TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
";

/// - ground: `gazette`.
/// - derived: `law_cell`, the rows of the law's register; `printed`, which issue printed an operation of the hall.
const GAZETTE: &str = "
CREATE TABLE gazette (height INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, time INTEGER NOT NULL, body BLOB NOT NULL, certificate BLOB NOT NULL);
CREATE TABLE law_cell (kind INTEGER NOT NULL, key BLOB NOT NULL, row BLOB NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE TABLE printed (operation INTEGER PRIMARY KEY, height INTEGER NOT NULL, reason TEXT);
";

/// - derived: `moderation`, what stands about documents by the law's register, with what waits to be printed.
const MODERATION: &str = "
CREATE TABLE moderation (document INTEGER PRIMARY KEY, removed INTEGER NOT NULL, pinned INTEGER NOT NULL, row BLOB NOT NULL);
";

/// - derived, and gone with the next step: `ban`, which hid by dates.
/// - known to this device alone: `peer.height`, how many issues a node has said that it has read.
const BANS: &str = "
CREATE TABLE ban (
  space BLOB NOT NULL, person BLOB NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL, row BLOB NOT NULL,
  PRIMARY KEY (space, person, from_ms)) WITHOUT ROWID;
CREATE VIEW ban_of_document AS SELECT t.document, b.row FROM document_state t CROSS JOIN operation o ON o.n = t.op CROSS JOIN ban b
  ON b.space = (SELECT id FROM space WHERE n = t.space) AND b.person = (SELECT id FROM person WHERE n = t.author)
  AND min(o.claimed_at, o.received_at) BETWEEN b.from_ms AND b.to_ms;
ALTER TABLE peer ADD COLUMN height INTEGER NOT NULL DEFAULT 0;
";

/// What bans take the effect from follows from the register's own rows.
const SILENCES: &str = "
DROP VIEW ban_of_document; DROP TABLE ban;
";

/// Empties what is derived.
pub(super) const FORGET_DERIVED: &str = "
DELETE FROM person; DELETE FROM community; DELETE FROM document_state; DELETE FROM activity;
DELETE FROM tally; DELETE FROM reaction; DELETE FROM law_cell; DELETE FROM printed; DELETE FROM moderation;
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
#[allow(clippy::print_stdout, reason = "a process tells its test how far it is")]
mod tests {
    use super::*;
    use crate::store::{FILE_NAME, Reader, Store};
    use std::{
        io::{BufRead, BufReader, Read},
        path::Path,
        process::{Child, Command, Stdio},
        time::{Duration, Instant},
    };

    /// A step that the program does not have yet: every row of the largest table is written anew.
    const FURTHER: &str = "ALTER TABLE operation ADD COLUMN weight INTEGER NOT NULL DEFAULT 0;
    UPDATE operation SET weight = n * 2, payload = zeroblob(length(payload));
    CREATE INDEX operation_by_weight ON operation (weight);";
    const ROWS: i64 = 20_000;
    const CHILD: &str = "store::schema::tests::a_migration_that_is_killed_has_not_begun_or_is_done";
    const FOLDER: &str = "FOLKMOOT_TEST_FOLDER";

    /// A store of the present format, which is the older one here.
    fn older_store(folder: &Path) {
        let store = Store::open(folder).unwrap();
        let fill = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ?1)
            INSERT INTO operation (id, chain, seq, kind, claimed_at, received_at, signature, payload)
            SELECT randomblob(32), 1, n, 1, n, n, randomblob(64), randomblob(400) FROM c";
        store.connection.execute(fill, [ROWS]).unwrap();
    }

    fn open(folder: &Path) -> Connection {
        let connection = Connection::open(folder.join(FILE_NAME)).unwrap();
        crate::store::configure(&connection).unwrap();
        connection
    }

    /// The steps of a version to come.
    fn newer_steps() -> Vec<&'static str> {
        [MIGRATIONS, &[FURTHER]].concat()
    }

    /// This version's format.
    fn present() -> i64 {
        MIGRATIONS.len() as i64
    }

    fn one(connection: &Connection, sql: &str) -> i64 {
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// What the test below does in a process of its own.
    fn be_the_newer_version(folder: &std::ffi::OsStr) {
        let connection = open(Path::new(folder));
        println!("begins");
        migrate_by(&connection, &newer_steps()).unwrap();
        println!("is done");
    }

    fn newer_version(folder: &Path) -> Child {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", CHILD, "--nocapture"]).env(FOLDER, folder);
        command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
    }

    fn wait_for_beginning(child: &mut Child) -> BufReader<std::process::ChildStdout> {
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("begins") {
            line.clear();
            assert!(lines.read_line(&mut line).unwrap() > 0, "it does not begin");
        }
        lines
    }

    #[test]
    fn a_migration_that_is_killed_has_not_begun_or_is_done() {
        if let Some(folder) = std::env::var_os(FOLDER) {
            return be_the_newer_version(&folder);
        }
        let folder = tempfile::tempdir().unwrap();
        older_store(folder.path());
        let good = std::fs::read(folder.path().join(FILE_NAME)).unwrap();
        let begun = Instant::now();
        let mut child = newer_version(folder.path());
        let lines = wait_for_beginning(&mut child);
        assert!(lines.lines().any(|line| line.unwrap().contains("is done")));
        child.wait().unwrap();
        let (longest, mut killed_within) = (begun.elapsed(), 0);
        for n in 0..8 {
            let _ = ["", "-wal", "-shm"].map(|suffix| std::fs::remove_file(folder.path().join(format!("{FILE_NAME}{suffix}"))).ok());
            std::fs::write(folder.path().join(FILE_NAME), &good).unwrap();
            let mut child = newer_version(folder.path());
            let mut lines = wait_for_beginning(&mut child);
            std::thread::sleep(longest * n / 10 + Duration::from_millis(1));
            child.kill().unwrap();
            child.wait().unwrap();
            let mut said = String::new();
            lines.read_to_string(&mut said).unwrap();
            let connection = open(folder.path());
            let version = one(&connection, "PRAGMA user_version");
            assert!(version > present() || !said.contains("is done"), "acknowledged and lost");
            killed_within += u32::from(version == present());
            migrate_by(&connection, &newer_steps()).unwrap();
            assert_eq!(one(&connection, "SELECT count(*) FROM operation WHERE weight = n * 2"), ROWS);
            let sound: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
            assert_eq!((one(&connection, "PRAGMA user_version"), sound.as_str()), (present() + 1, "ok"));
        }
        assert!(killed_within > 0, "no kill fell into the migration");
    }

    #[test]
    fn a_step_that_fails_leaves_the_older_format() {
        let folder = tempfile::tempdir().unwrap();
        older_store(folder.path());
        let connection = open(folder.path());
        assert!(migrate_by(&connection, &[MIGRATIONS, &["ALTER TABLE operation ADD COLUMN weight; UPDATE nothing SET x = 1;"]].concat()).is_err());
        drop(connection);
        assert_eq!(one(&open(folder.path()), "PRAGMA user_version"), present());
        assert_eq!(one(&open(folder.path()), "SELECT count(*) FROM pragma_table_info('operation') WHERE name = 'weight'"), 0);
        drop(Store::open(folder.path()).unwrap());
    }

    #[test]
    fn a_format_from_another_version_is_not_read_as_this_one() {
        let folder = tempfile::tempdir().unwrap();
        // What is left where the making of a store was interrupted.
        drop(open(folder.path()));
        assert!(matches!(Reader::open(folder.path()), Err(StoreError::Older { found: 0, .. })));
        drop(Store::open(folder.path()).unwrap());
        assert!(Reader::open(folder.path()).is_ok());
        migrate_by(&open(folder.path()), &newer_steps()).unwrap();
        assert!(matches!(Reader::open(folder.path()), Err(StoreError::Newer { .. })));
        assert!(matches!(Store::open(folder.path()), Err(StoreError::Newer { .. })));
    }
}
