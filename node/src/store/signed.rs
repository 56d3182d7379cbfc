//! How many operations this device has signed and up to which issue it has printed, in a small file beside the
//! store. A store that knows fewer was cut, lost or put back from a copy: the device must not give their numbers
//! away a second time.

use super::{Store, View};
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

const FILE: &str = "store.signed";

impl Store {
    /// Takes down how many operations this device has signed, and the number of the last issue that it printed. It
    /// outlives a kill; after a loss of power it may be older than the store, which does no harm. A store in memory
    /// has no such file.
    pub fn note_signed(&self, operations: u64, printed: u64) {
        let Some(path) = self.signed_path() else { return };
        if let Err(error) = overwrite(&path, operations, printed) {
            tracing::warn!(%error, "how much this device has signed could not be taken down");
        }
    }

    /// How many operations this device had signed when that was last taken down; 0 where it never was.
    pub fn signed(&self) -> u64 {
        self.noted(0)
    }

    /// The last issue of the Gazette that this device had printed then, by number; 0 where it never did.
    pub fn printed(&self) -> u64 {
        self.noted(1)
    }

    fn noted(&self, line: usize) -> u64 {
        let text = self.signed_path().and_then(|path| fs::read_to_string(path).ok());
        text.and_then(|text| text.lines().nth(line)?.trim().parse().ok()).unwrap_or(0)
    }

    fn signed_path(&self) -> Option<PathBuf> {
        self.path.as_deref().map(|path| path.with_file_name(FILE))
    }
}

impl View<'_> {
    /// As [`was_in_a_coop`], of the folder in which the store lies.
    pub(crate) fn was_in_a_coop(&self) -> bool {
        self.connection.path().and_then(|path| Path::new(path).parent()).is_some_and(was_in_a_coop)
    }
}

/// Whether a folder belongs or belonged to a co-op, whatever its store says.
pub fn was_in_a_coop(folder: &Path) -> bool {
    folder.join(FILE).exists()
}

/// Over what stands there, and always as long: there is no moment at which the file is empty, and a full disk, too,
/// has room for it.
fn overwrite(path: &Path, operations: u64, printed: u64) -> io::Result<()> {
    let mut file = fs::File::options().create(true).truncate(false).write(true).open(path)?;
    file.write_all(format!("{operations:020}\n{printed:020}\n").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_takes_the_place_of_the_one_before_as_long_as_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(store.signed(), 0);
        let mut lengths = Vec::new();
        for operations in [9, 10, 12_345, 7] {
            store.note_signed(operations, operations / 2);
            assert_eq!((store.signed(), store.printed()), (operations, operations / 2));
            lengths.push(fs::metadata(folder.path().join(FILE)).unwrap().len());
        }
        assert!(lengths.iter().all(|length| *length == lengths[0]), "{lengths:?}");
    }

    #[test]
    fn a_note_of_an_earlier_version_is_read_and_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        fs::write(folder.path().join(FILE), "123").unwrap();
        assert_eq!((store.signed(), store.printed()), (123, 0));
        store.note_signed(124, 5);
        assert_eq!((store.signed(), store.printed()), (124, 5));
    }
}
