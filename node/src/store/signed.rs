//! How many operations this device has signed, in a small file beside the store. A store that knows fewer was
//! cut, lost or put back from a copy: the device must not give their numbers away a second time.

use super::Store;
use std::{fs, path::PathBuf};

const FILE: &str = "store.signed";

impl Store {
    /// Takes down how many operations this device has signed. It outlives a kill; after a loss of power it may
    /// be older than the store, which does no harm. A store in memory has no such file.
    pub fn note_signed(&self, operations: u64) {
        let Some(path) = self.signed_path() else { return };
        if let Err(error) = fs::write(&path, operations.to_string()) {
            tracing::warn!(%error, "how much this device has signed could not be taken down");
        }
    }

    /// How many operations this device had signed when that was last taken down; 0 where it never was.
    pub fn signed(&self) -> u64 {
        let text = self.signed_path().and_then(|path| fs::read_to_string(path).ok());
        text.and_then(|text| text.trim().parse().ok()).unwrap_or(0)
    }

    fn signed_path(&self) -> Option<PathBuf> {
        self.path.as_deref().map(|path| path.with_file_name(FILE))
    }
}
