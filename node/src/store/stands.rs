//! What this node's teller does about chains that fork, as it is kept.

use super::{Store, StoreError, query::View};
use folkmoot_protocol::{act::law::ChainTo, cbor, id::DeviceId};

const ROW: &str = "stands";

/// What this teller does about a chain of the hall that forks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stand {
    pub(crate) device: DeviceId,
    /// The ballot up to which it stands by a branch; none where it listens whether a quorum gave receipts for a ballot.
    pub(crate) branch: Option<ChainTo>,
    /// A ballot with the receipts of a quorum that is not held here, and that it asks for.
    pub(crate) awaits: Option<ChainTo>,
    /// Since when, in ms; none where it has not told the others yet.
    pub(crate) since: Option<u64>,
}

type Row = (DeviceId, Option<ChainTo>, Option<ChainTo>, Option<u64>);

impl Store {
    /// Keeps these, and no others.
    pub(crate) fn set_stands(&mut self, stands: &[Stand]) -> Result<(), StoreError> {
        let rows: Vec<Row> = stands.iter().map(|stand| (stand.device, stand.branch, stand.awaits, stand.since)).collect();
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
        let rows: Vec<Row> = cbor::decode(&row).map_err(|error| StoreError::Damaged(format!("the branches that this teller stands by: {error}")))?;
        Ok(rows.into_iter().map(|(device, branch, awaits, since)| Stand { device, branch, awaits, since }).collect())
    }

    /// The one about a device's chain.
    pub(crate) fn stand_of(&self, device: DeviceId) -> Result<Option<Stand>, StoreError> {
        Ok(self.stands()?.into_iter().find(|stand| stand.device == device))
    }
}
