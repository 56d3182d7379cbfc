use crate::store::query::QueryError;
use folkmoot_protocol::{id::*, view::FeedSort};
use std::{cmp::Ordering, fmt};

/// A rank and a time. The smaller spot comes first: that of the higher rank, then of the newer post.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub(super) rank: f64,
    pub(super) created: u64,
}

impl Ord for Spot {
    fn cmp(&self, other: &Self) -> Ordering {
        other.rank.total_cmp(&self.rank).then(other.created.cmp(&self.created))
    }
}

impl PartialOrd for Spot {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Spot {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Spot {}

/// Where a post stands in a feed: those of one spot stand in the order of their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) spot: Spot,
    pub(super) id: DocumentId,
}

/// Where a page ended: what its token says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cursor {
    pub(super) sort: FeedSort,
    /// The time at which the first page was ranked.
    pub(super) now_ms: u64,
    /// The last post of the page.
    pub(super) last: Place,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { spot, id } = self.last;
        write!(f, "{}-{:x}-{:x}-{:x}-{id}", self.sort as u8, self.now_ms, spot.rank.to_bits(), spot.created)
    }
}

impl Cursor {
    /// Reads a token back; it belongs to feeds of one sort.
    pub(super) fn parse(token: &str, sort: FeedSort) -> Result<Self, QueryError> {
        Self::parts(token, sort).ok_or(QueryError::BadPage)
    }

    fn parts(token: &str, sort: FeedSort) -> Option<Self> {
        let parts: [&str; 5] = token.split('-').collect::<Vec<_>>().try_into().ok()?;
        let number = |digits: &str| u64::from_str_radix(digits, 16).ok();
        let spot = Spot { rank: f64::from_bits(number(parts[2])?), created: number(parts[3])? };
        let cursor = Self { sort, now_ms: number(parts[1])?, last: Place { spot, id: parts[4].parse().ok()? } };
        // One token for one place: anything else was not given out here.
        (spot.rank.is_finite() && cursor.to_string() == token).then_some(cursor)
    }
}
