use crate::store::StoreError;
use folkmoot_protocol::limits;

/// Why a question has no answer, for people.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Text that is no id and no start of one.
    #[error("{0:?} is no id: an id is 64 digits from 0 to 9 and a to f, or 8 and more that it begins with")]
    NotAnId(String),
    /// Too few digits to tell ids apart.
    #[error("{0:?} is too short for an id: at least 8 of its digits are needed")]
    TooShort(String),
    /// A page token that this feed or search did not give out, or of a find that is gone.
    #[error("the page token does not belong here, or what stood there is gone")]
    BadPage,
    /// A search for nothing.
    #[error("there is nothing to search for: a search needs at least one letter or digit")]
    NoWords,
    /// A search for too much.
    #[error("the search has {0} bytes; at most {max} are allowed", max = limits::SEARCH_BYTES)]
    LongSearch(usize),
}

impl From<rusqlite::Error> for QueryError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl QueryError {
    /// A short code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(_) => "store",
            Self::NotAnId(_) | Self::TooShort(_) => "id",
            Self::BadPage => "page",
            Self::NoWords | Self::LongSearch(_) => "search",
        }
    }

    /// A sentence on what to do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Store(error) => error.hint(),
            Self::NotAnId(_) | Self::TooShort(_) => "copy the id from `folkmoot feed`, `thread` or `search`",
            Self::BadPage => "pass --page exactly as `next` was printed, with all else as it was, or leave it out to begin anew",
            Self::NoWords => "name the words to look for",
            Self::LongSearch(_) => "leave some words out",
        }
    }
}
