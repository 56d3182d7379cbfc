//! A store that holds the whole workload of one size, and copies of it for other readers.

use super::workload::Workload;
use folkmoot_node::{
    export::{Export, export},
    keystore::Keystore,
    service::{Input, RequestId, Service, Source},
    store::{FILE_NAME, Reader, Store},
};
use folkmoot_protocol::op::SignedOp;
use rayon::prelude::*;
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// In how many operations two replicas differ, each in another chain.
pub(crate) const DIFFERENCES: usize = 10;
const BATCH: usize = 4096;

pub(crate) struct Fixture {
    pub(crate) operations: u64,
    pub(crate) workload: Workload,
    /// The last operations of some chains, which [`Fixture::base`] lacks.
    pub(crate) last: Vec<SignedOp>,
    root: TempDir,
    made: std::cell::Cell<usize>,
}

impl Fixture {
    /// Signs the operations and lets one reader take them in.
    pub(crate) fn new(operations: u64) -> Self {
        let workload = Workload::new(operations);
        let places = workload.last_of_chains(DIFFERENCES);
        let last = places.iter().map(|place| workload.operations[*place].clone()).collect();
        let root = tempfile::Builder::new().prefix("speed").tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("the target folder is writable");
        let fixture = Self { operations, workload, last, root, made: 0.into() };
        let base = fixture.root.path().join("base");
        fixture.workload.reader_folder(0, &base);
        let all_but_last = fixture.workload.operations.iter().enumerate().filter(|(place, _)| !places.contains(place)).map(|(_, op)| op.clone());
        take_in(&base, &all_but_last.collect::<Vec<_>>());
        let whole = fixture.copy(0);
        take_in(&whole, &fixture.last);
        fs::rename(whole, fixture.root.path().join("whole")).expect("renaming");
        let reader = Reader::open(&fixture.whole()).expect("the store opens");
        export(&reader.view(), Export::All, &fixture.file(), &|_, _| {}).expect("exporting");
        fixture
    }

    /// The folder of a reader who holds everything.
    pub(crate) fn whole(&self) -> PathBuf {
        self.root.path().join("whole")
    }

    /// Everything, as `folkmoot export` writes it.
    pub(crate) fn file(&self) -> PathBuf {
        self.root.path().join("all.folkmoot")
    }

    /// Leaves everything where it is, with the folder of a reader who holds nothing, to be looked at with other tools.
    pub(crate) fn leave(self) -> PathBuf {
        fs::rename(self.empty(1), self.root.path().join("empty")).expect("renaming");
        self.root.keep()
    }

    /// A place for a folder that is not there yet.
    pub(crate) fn place(&self) -> PathBuf {
        self.made.set(self.made.get() + 1);
        self.root.path().join(format!("folder-{}", self.made.get()))
    }

    /// The folder of a reader who holds nothing yet.
    pub(crate) fn empty(&self, reader: usize) -> PathBuf {
        let folder = self.place();
        self.workload.reader_folder(reader, &folder);
        folder
    }

    /// The folder of a reader who holds all but [`Fixture::last`].
    pub(crate) fn copy(&self, reader: usize) -> PathBuf {
        self.copy_of(&self.root.path().join("base"), reader)
    }

    /// The folder of a reader who holds everything.
    pub(crate) fn whole_copy(&self, reader: usize) -> PathBuf {
        self.copy_of(&self.whole(), reader)
    }

    fn copy_of(&self, from: &Path, reader: usize) -> PathBuf {
        let folder = self.empty(reader);
        let credential = Store::open(&folder).and_then(|store| store.as_reader().setting("credential")).expect("a setting").expect("readers were admitted");
        for rest in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(folder.join(format!("{FILE_NAME}{rest}")));
        }
        fs::copy(from.join(FILE_NAME), folder.join(FILE_NAME)).expect("copying a store");
        Store::open(&folder).and_then(|mut store| store.set_setting("credential", &credential)).expect("a setting");
        folder
    }
}

/// The node of a folder, without a network.
pub(crate) fn service(folder: &Path) -> Service {
    Service::open(Store::open(folder).expect("the store opens"), Keystore::open(folder, None).expect("the keys open")).expect("the service opens")
}

/// Lets the node of a folder take operations in, as from a file.
pub(crate) fn take_in(folder: &Path, operations: &[SignedOp]) {
    let mut service = service(folder);
    feed(&mut service, operations);
    assert_eq!(service.footprint().waiting, 0, "operations wait");
    // What is copied is the file alone.
    assert!(service.store().empty_log().expect("the log can be emptied"));
}

/// Lets a node take operations in.
pub(crate) fn feed(service: &mut Service, operations: &[SignedOp]) {
    for batch in operations.chunks(BATCH) {
        let operations = batch.par_iter().map(|op| op.clone().verify().map_err(|error| error.to_string())).collect();
        service.handle(Input::Operations { source: Source::File(RequestId(0)), operations }, super::now_ms());
    }
}
