//! The house rules (design: Invariants) as ordinary tests: who may know what, and no file left out.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources(folder: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            match entry.path() {
                path if path.is_dir() => walk(&path, found),
                path if path.extension().is_some_and(|e| e == "rs") => found.push(path),
                _ => {}
            }
        }
    }
    let mut found = vec![];
    walk(&root().join(folder), &mut found);
    assert!(!found.is_empty(), "{folder} holds no sources");
    found.sort();
    let name = |path: &Path| path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
    found.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

/// Lines of code, without comments.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(i, line)| (i + 1, line.split("//").next().unwrap_or(""))).filter(|(_, line)| !line.trim().is_empty())
}

/// A file without its unit tests.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

fn assert_nowhere(folder: &str, words: &[&str], allowed: impl Fn(&str) -> bool) {
    for (name, text) in sources(folder) {
        if allowed(&name) {
            continue;
        }
        for (line, source) in code(without_tests(&text)) {
            for word in words {
                assert!(!source.contains(word), "{name}:{line} names {word}: {source}");
            }
        }
    }
}

#[test]
fn the_protocol_knows_no_io_clock_randomness_or_disorder() {
    let words = [
        "tokio",
        "std::net",
        "std::fs",
        "std::io",
        "std::thread",
        "std::env",
        "SystemTime",
        "Instant",
        "rand::",
        "getrandom",
        "HashMap",
        "HashSet",
        "async fn",
        "println!",
    ];
    assert_nowhere("protocol/src", &words, |name| name.ends_with("tests.rs"));
}

#[test]
fn no_fraction_is_rounded_by_chance_where_votes_or_money_are_counted() {
    let counted = ["count", "law", "statement", "ledger"];
    let others = |name: &str| !counted.iter().any(|module| name.starts_with(&format!("protocol/src/{module}")));
    assert_nowhere("protocol/src", &["f32", "f64"], others);
}

#[test]
fn only_documents_name_automerge() {
    let documents = |name: &str| name.starts_with("protocol/src/document/") || name == "protocol/src/document.rs";
    assert_nowhere("protocol/src", &["automerge::", "use automerge"], documents);
    assert_nowhere("node/src", &["automerge::", "use automerge"], |_| false);
}

#[test]
fn only_the_store_names_rusqlite() {
    assert_nowhere("node/src", &["rusqlite"], |name| name.starts_with("node/src/store/") || name == "node/src/store.rs");
    assert_nowhere("protocol/src", &["rusqlite"], |_| false);
}

#[test]
fn only_the_network_names_iroh() {
    assert_nowhere("node/src", &["iroh::", "use iroh", "libp2p"], |name| name.starts_with("node/src/net"));
    assert_nowhere("protocol/src", &["iroh", "libp2p"], |_| false);
}

#[test]
fn only_bridges_know_activity_streams() {
    for folder in ["protocol/src", "node/src"] {
        assert_nowhere(folder, &["activitystreams", "ActivityStreams", "activitypub_federation"], |_| false);
    }
}

#[test]
fn a_verified_operation_has_one_constructor() {
    let made: Vec<_> = sources("protocol/src")
        .iter()
        .flat_map(|(name, text)| {
            code(without_tests(text))
                .filter(|(_, line)| line.contains("VerifiedOp {") && !line.contains("struct") && !line.contains("impl"))
                .map(move |(line, _)| format!("{name}:{line}"))
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(made.len(), 1, "{made:?}");
    assert!(made[0].starts_with("protocol/src/op/verify.rs"));
}

#[test]
fn the_environment_is_read_by_the_command_line_alone() {
    assert_nowhere("node/src", &["std::env::var", "env::var("], |name| name.starts_with("node/src/cli"));
}

#[test]
fn nothing_is_printed_but_by_the_command_lines_output() {
    assert_nowhere("node/src", &["println!", "eprintln!", "print!("], |name| name.starts_with("node/src/cli/output"));
}

#[test]
fn nothing_is_left_to_do() {
    for folder in ["protocol/src", "node/src", "tests/src", "tests/suite"] {
        assert_nowhere(folder, &["todo!(", "unimplemented!(", "#[ignore"], |name| name.ends_with("house.rs"));
    }
}

#[test]
fn no_file_is_forgotten() {
    for folder in ["protocol/src", "node/src", "tests/src", "tests/suite"] {
        for (name, _) in sources(folder) {
            let path = Path::new(&name);
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            if ["lib", "main"].contains(&stem.as_str()) {
                continue;
            }
            let parent = root().join(path.parent().unwrap());
            let owners = [parent.join("lib.rs"), parent.join("main.rs"), parent.with_extension("rs")];
            let declared = owners.iter().filter_map(|owner| fs::read_to_string(owner).ok()).any(|text| text.contains(&format!("mod {stem};")));
            assert!(declared, "{name} is compiled by nobody");
        }
    }
}

#[test]
fn every_limit_is_used() {
    let limits = fs::read_to_string(root().join("protocol/src/limits.rs")).unwrap();
    let names = limits.lines().filter_map(|line| line.strip_prefix("pub const ")).filter_map(|line| line.split(':').next());
    let all: String =
        ["protocol/src", "node/src"].iter().flat_map(|folder| sources(folder)).filter(|(name, _)| !name.ends_with("limits.rs")).map(|(_, text)| text).collect();
    let unused: Vec<_> = names.filter(|name| !all.contains(*name)).collect();
    assert_eq!(unused, Vec::<&str>::new(), "limits that nothing obeys");
}

#[test]
fn files_are_short() {
    for folder in ["protocol/src", "node/src", "tests/src", "tests/suite"] {
        for (name, text) in sources(folder) {
            let lines = text.lines().count();
            assert!(lines <= 500, "{name} has {lines} lines: it wants to be two");
        }
    }
}
