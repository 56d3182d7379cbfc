use rusqlite::ErrorCode;

/// What went wrong with the store, for people.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file is not, or no longer, a sound database.
    #[error("the store is damaged ({0})")]
    Damaged(String),
    /// No room on the disk.
    #[error("the disk is full: nothing was lost, but the store cannot be worked with until there is room")]
    Full,
    /// The disk does not do what it is told.
    #[error("the disk fails ({0}): what was acknowledged is not lost, but nothing can be relied on until it works again")]
    Failing(String),
    /// The folder or file may not be written.
    #[error("the store cannot be written (read-only folder or file)")]
    ReadOnly,
    /// The file cannot be opened.
    #[error("the store cannot be opened: {0}")]
    CannotOpen(String),
    /// Written by a newer version.
    #[error("the store was written by a newer version of Folkmoot (format {found}; this version knows up to {known}): use that version, nothing was changed")]
    Newer {
        /// The file's format.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// Not brought to this version's format yet; the writer does that when it opens the file.
    #[error("the store is of an older format ({found}; this version works with {known})")]
    Older {
        /// The file's format.
        found: i64,
        /// The one that this program works with.
        known: i64,
    },
    /// Another program holds the file.
    #[error("the store is in use by another program")]
    Busy,
    /// Any other failure of the database.
    #[error("the store failed: {0}")]
    Other(rusqlite::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        // There is no room for the file that readers and the writer share.
        if error.sqlite_error().is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE) {
            return Self::Full;
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error.to_string()),
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::SystemIoFailure) => Self::Failing(error.to_string()),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly,
            Some(ErrorCode::CannotOpen) => Self::CannotOpen(error.to_string()),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            _ => match error {
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::Utf8Error(..) => Self::Damaged(error.to_string()),
                error => Self::Other(error),
            },
        }
    }
}

impl StoreError {
    /// Whether repairing from peers is the way out.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged(_))
    }

    /// A sentence on what to do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Damaged(_) => "run `folkmoot doctor --repair`: it saves what is sound and fetches the rest from peers",
            Self::Failing(_) => "see what the system says of the disk, then start the node again and run `folkmoot verify`",
            Self::Full => "free some space and try again",
            Self::ReadOnly => "make the folder writable for you, or choose another with --data",
            Self::CannotOpen(_) => "check that the folder is yours and can be written: on a disk that is read-only a store cannot even be read",
            Self::Newer { .. } => "install the newer version",
            Self::Older { .. } => "run `folkmoot status` once: it brings the store up to date",
            Self::Busy => "wait a moment and try again; is another node running on this folder?",
            Self::Other(_) => "run `folkmoot doctor`",
        }
    }
}
