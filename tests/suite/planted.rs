//! The planted bugs (`tests/planted/`) fit the sources as they are: a patch that does not apply shows nothing.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn patches() -> Vec<(String, String)> {
    let files = fs::read_dir(root().join("tests/planted")).unwrap().map(|entry| entry.unwrap().path());
    let patches = files.filter(|path| path.extension().is_some_and(|extension| extension == "patch"));
    let mut patches: Vec<_> = patches.map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap())).collect();
    patches.sort();
    patches
}

/// A hunk of a unified diff: its file, and the lines before and after.
struct Hunk {
    file: String,
    before: String,
    after: String,
}

fn hunks(patch: &str) -> Vec<Hunk> {
    let (mut hunks, mut file): (Vec<Hunk>, _) = (vec![], "");
    for line in patch.lines().skip_while(|line| !line.starts_with("--- a/")) {
        if let Some(name) = line.strip_prefix("--- a/") {
            file = name;
        } else if line.starts_with("@@ ") {
            hunks.push(Hunk { file: file.into(), before: String::new(), after: String::new() });
        } else if let (Some(hunk), false) = (hunks.last_mut(), line.starts_with("+++ b/")) {
            let (sign, text) = line.split_at_checked(1).unwrap_or((" ", ""));
            if sign != "+" {
                hunk.before += &format!("{text}\n");
            }
            if sign != "-" {
                hunk.after += &format!("{text}\n");
            }
        }
    }
    hunks
}

#[test]
fn every_planted_bug_fits_the_sources() {
    let patches = patches();
    assert!(patches.len() >= 12, "{} bugs are planted", patches.len());
    for (name, patch) in patches {
        let hunks = hunks(&patch);
        assert!(!hunks.is_empty(), "{name} changes nothing");
        for Hunk { file, before, after } in hunks {
            let source = fs::read_to_string(root().join(&file)).unwrap_or_else(|error| panic!("{name}: {file}: {error}"));
            assert_eq!(source.matches(&before).count(), 1, "{name} does not fit {file}: make the patch anew");
            assert_ne!(before, after, "{name} changes nothing in {file}");
        }
    }
}

#[test]
fn every_planted_bug_says_what_it_is_and_which_test_catches_it() {
    for (name, patch) in patches() {
        let said: Vec<&str> = patch.lines().take_while(|line| !line.starts_with("--- ")).collect();
        let test = said.iter().find_map(|line| line.strip_prefix("test: ")).unwrap_or_else(|| panic!("{name} names no test"));
        let words: Vec<&str> = test.split(' ').skip_while(|word| word.contains('=')).collect();
        let [package, binary, filter] = words[..] else { panic!("{name}: 'test: [NAME=VALUE...] PACKAGE BINARY FILTER', not '{test}'") };
        let folder = package.strip_prefix("folkmoot-").unwrap_or_else(|| panic!("{name}: {package} is no package of this workspace"));
        assert!(root().join(folder).join("Cargo.toml").exists(), "{name}: there is no package {package}");
        assert!(!said[0].starts_with("test: ") && !binary.is_empty() && !filter.is_empty(), "{name} does not say what it is");
    }
}
