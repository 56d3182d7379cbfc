//! One SQLite file for everything: operations (the ground), what is derived from them, and what only this
//! device knows. The only module that names rusqlite.
//!
//! One [`Store`] writes; any number of [`Reader`]s answer queries beside it (WAL). What is acknowledged to
//! a person was committed with `synchronous=FULL`. Erased payloads leave the file: freed cells are
//! overwritten (`secure_delete`) and the log is emptied.

mod chains;
mod derived;
mod error;
mod gazette;
mod local;
mod moderation;
mod numbers;
mod operations;
pub mod query;
mod repair;
mod schema;
mod signed;
mod stands;
mod verify;
mod words;

pub use chains::{ChainRow, ForkProof};
pub(crate) use chains::{closed, forked_at};
pub use derived::DocumentRow;
pub use error::StoreError;
pub(crate) use gazette::as_printed;
pub use gazette::{KeptIssue, Printing, is_ballot, printed_op, receipt_of, wants_printing};
pub use local::{InvitationRow, LocalMark, PeerRow};
pub use moderation::ModeratedDocument;
pub use operations::Held;
pub use query::{Reader, View};
pub use repair::{READY, Salvage, salvage};
pub use signed::was_in_a_coop;
pub(crate) use stands::Stand;
pub use verify::{Fault, SpaceHash, VerifyReport};

use folkmoot_protocol::id::CoopId;
use rusqlite::{Connection, OpenFlags, config::DbConfig};
use std::path::{Path, PathBuf};

/// Name of the store's file in a data folder.
pub const FILE_NAME: &str = "store.sqlite";
/// How long another connection is waited for.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

/// As far as SQLite goes.
const MOST_PAGES: u32 = 0xffff_fffe;
/// What is written to try the disk.
const TRIAL: &str = "trial";
const TRIAL_BYTES: usize = 64 * 1024;

/// Whether a data folder holds a store; a file without a byte is none.
pub fn exists(folder: &Path) -> bool {
    std::fs::metadata(folder.join(FILE_NAME)).is_ok_and(|file| file.len() > 0)
}

/// The one writer.
pub struct Store {
    connection: Connection,
    path: Option<PathBuf>,
    in_transaction: bool,
    numbers: numbers::Numbers,
    words: words::Changes,
}

impl Store {
    /// Opens the store of a data folder; makes it where there is none yet.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        repair::finish(folder)?;
        let path = folder.join(FILE_NAME);
        let connection = Connection::open(&path)?;
        Self::prepare(connection, Some(path))
    }

    /// A store that lives in memory, for tests and simulations.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::prepare(Connection::open_in_memory()?, None)
    }

    fn prepare(connection: Connection, path: Option<PathBuf>) -> Result<Self, StoreError> {
        configure(&connection)?;
        schema::migrate(&connection)?;
        let store = Self { connection, path, in_transaction: false, numbers: numbers::Numbers::default(), words: words::Changes::default() };
        store.sync_log()?;
        Ok(store)
    }

    /// Makes what was read of the log last. A process that was killed before it could sync has told nobody of its
    /// last transaction; this one takes it for committed, and would tell.
    fn sync_log(&self) -> Result<(), StoreError> {
        let Some(path) = &self.path else { return Ok(()) };
        match std::fs::File::open(path.with_file_name(format!("{FILE_NAME}-wal"))) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            opened => opened.and_then(|log| log.sync_all()).map_err(|error| StoreError::Failing(error.to_string())),
        }
    }

    /// A second connection to the same file for queries; none for a store in memory.
    pub fn reader(&self) -> Result<Option<Reader>, StoreError> {
        self.path.as_deref().map(Reader::open_file).transpose()
    }

    /// The same connection, for queries between writes.
    pub fn as_reader(&self) -> query::View<'_> {
        query::View::new(&self.connection)
    }

    /// Begins a transaction unless one is open.
    pub fn begin(&mut self) -> Result<(), StoreError> {
        if !self.in_transaction {
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
            self.in_transaction = true;
        }
        Ok(())
    }

    /// Whether a transaction is open.
    pub fn is_writing(&self) -> bool {
        self.in_transaction
    }

    /// Makes everything since [`Store::begin`] last, through a loss of power too.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        if self.in_transaction {
            self.index_words()?;
            self.connection.execute_batch("COMMIT")?;
            self.in_transaction = false;
        }
        Ok(())
    }

    /// Forgets everything since [`Store::begin`].
    pub fn roll_back(&mut self) -> Result<(), StoreError> {
        self.numbers.forget();
        self.words.forget();
        if std::mem::take(&mut self.in_transaction) && !self.connection.is_autocommit() {
            self.connection.execute_batch("ROLLBACK")?;
        }
        Ok(())
    }

    /// Tries whether the disk takes what is written: so much as a busy node commits at once.
    pub fn try_disk(&mut self) -> Result<(), StoreError> {
        self.begin()?;
        self.set_setting(TRIAL, &[0; TRIAL_BYTES])?;
        self.commit()?;
        self.begin()?;
        self.clear_setting(TRIAL)?;
        self.commit()
    }

    /// Empties the write-ahead log, so that erased payloads leave it too. Answers whether it is empty now;
    /// a reader may hold it for a moment.
    pub fn empty_log(&self) -> Result<bool, StoreError> {
        // Not waited for: everything else would wait as long.
        self.connection.busy_timeout(std::time::Duration::ZERO)?;
        let busy: Result<i64, _> = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
        self.connection.busy_timeout(PATIENCE)?;
        match busy.map_err(StoreError::from) {
            Err(StoreError::Busy) => Ok(false),
            busy => busy.map(|busy| busy == 0),
        }
    }

    /// Lets the file grow by so many more pages and then refuses to write, as a full disk does; none: as far as the
    /// disk goes.
    pub fn limit_growth(&self, pages: Option<u32>) -> Result<(), StoreError> {
        let most = match pages {
            Some(pages) => self.connection.pragma_query_value(None, "page_count", |row| row.get::<_, u32>(0))?.saturating_add(pages),
            None => MOST_PAGES,
        };
        self.connection.pragma_update_and_check(None, "max_page_count", most, |_| Ok(()))?;
        Ok(())
    }

    /// The co-op whose operations are kept here.
    pub fn coop(&self) -> Result<Option<CoopId>, StoreError> {
        self.as_reader().coop()
    }
}

/// Opens an existing store for queries alone.
fn open_read_only(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    configure(&connection)?;
    schema::check_newest(&connection)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn configure(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(128);
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    // Damaged pages are found where they are read instead of being followed.
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    // Else SQLite plans a statement anew for every value that it is run with, where an index leaves rows out.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}
