//! What the fuzzers begin with, and every input that ever failed, through the same functions on stable Rust.
//! Long runs: `tests/fuzz/run`; see docs/src/proof/fuzzing.md.

use folkmoot_tests::fuzz::{TARGETS, Target};
use std::{
    collections::BTreeSet,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// The kept inputs of a target, in the order of their names.
fn inputs(kind: &str, target: &str) -> Vec<PathBuf> {
    let folder = folder().join(kind).join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}; every target has its folder", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.file_name().is_some_and(|name| name != ".gitkeep")).collect();
    files.sort();
    files
}

fn replay(kind: &str) -> usize {
    let mut failed = vec![];
    let mut count = 0;
    for (name, target) in TARGETS {
        let files = inputs(kind, name);
        count += files.len();
        failed.extend(files.into_iter().filter(|file| !passes(target, file)));
    }
    assert_eq!(failed, Vec::<PathBuf>::new(), "these inputs fail");
    count
}

fn passes(target: Target, file: &Path) -> bool {
    let bytes = fs::read(file).unwrap();
    catch_unwind(AssertUnwindSafe(|| target(&bytes))).is_ok()
}

#[test]
fn every_seed_passes() {
    let count = replay("corpus");
    println!("{count} seeds of {} targets", TARGETS.len());
    assert!(count >= 3 * TARGETS.len(), "there are {count} seeds: write them with the example fuzz_seeds");
}

#[test]
fn everything_that_ever_failed_passes_now() {
    println!("{} past failures of {} targets", replay("crashes"), TARGETS.len());
}

#[test]
fn every_target_is_built_and_nothing_is_kept_for_none() {
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
    let built: BTreeSet<&str> =
        manifest.lines().filter_map(|line| line.strip_prefix("path = \"fuzz_targets/")).filter_map(|rest| rest.strip_suffix(".rs\"")).collect();
    let names: BTreeSet<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(built, names);
    for kind in ["corpus", "crashes"] {
        let folders = fs::read_dir(folder().join(kind)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert_eq!(folders.collect::<BTreeSet<String>>(), names.iter().map(|name| (*name).to_owned()).collect());
    }
}

#[test]
fn what_is_kept_is_small() {
    let files = TARGETS.iter().flat_map(|(name, _)| inputs("corpus", name));
    let bytes: u64 = files.map(|file| fs::metadata(file).unwrap().len()).sum();
    assert!(bytes <= 200_000, "the seeds have {bytes} bytes; keep a grown corpus elsewhere");
}
