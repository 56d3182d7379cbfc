//! The branches of chains that fork which this node's teller stands by, as they are kept.

use super::{Store, StoreError, query::View};
use folkmoot_protocol::{act::law::ChainTo, cbor};

const ROW: &str = "stands";

/// A branch of a chain of the hall that forks, of which this teller gave receipts before it knew of the fork.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stand {
    /// Up to where this teller stands by it.
    pub(crate) branch: ChainTo,
    /// Since when, in ms; none where it has not told the others yet.
    pub(crate) since: Option<u64>,
}

impl Store {
    /// Keeps these, and no others.
    pub(crate) fn set_stands(&mut self, stands: &[Stand]) -> Result<(), StoreError> {
        let rows: Vec<(ChainTo, Option<u64>)> = stands.iter().map(|stand| (stand.branch, stand.since)).collect();
        match stands {
            [] => self.clear_setting(ROW),
            _ => self.set_setting(ROW, &cbor::encode(&rows)),
        }
    }
}

impl View<'_> {
    /// Those that are kept.
    pub(crate) fn stands(&self) -> Result<Vec<Stand>, StoreError> {
        let Some(row) = self.setting(ROW)? else { return Ok(Vec::new()) };
        let rows: Vec<(ChainTo, Option<u64>)> =
            cbor::decode(&row).map_err(|error| StoreError::Damaged(format!("the branches that this teller stands by: {error}")))?;
        Ok(rows.into_iter().map(|(branch, since)| Stand { branch, since }).collect())
    }
}
