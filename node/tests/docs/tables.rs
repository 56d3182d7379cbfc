//! The tables of the documentation say what the code says.

use crate::pages::read;
use folkmoot_protocol::law::{KEYS, ValueKind, value::format_duration};
use serde_json::Value as Json;

const PROTOCOL: &str = "docs/src/protocol.md";

/// The variants of an enum, with their numbers in the encoding, as its source has them.
fn variants(source: &str, name: &str) -> Vec<(u32, String)> {
    let text = read(source);
    let (_, body) = text.split_once(&format!("pub enum {name} {{\n")).unwrap_or_else(|| panic!("{source} holds no enum {name}"));
    let body = body.split("\n}").next().unwrap();
    let (mut variants, mut number) = (vec![], None);
    for line in body.lines().filter(|line| line.starts_with("    ") && !line.starts_with("     ")) {
        let line = line.trim();
        if let Some(n) = line.strip_prefix("#[n(").and_then(|rest| rest.strip_suffix(")]")) {
            number = n.parse().ok();
        } else if line.starts_with(char::is_uppercase) {
            let name = line.split(|c: char| !c.is_alphanumeric()).next().unwrap();
            variants.push((number.take().unwrap(), name.to_owned()));
        }
    }
    assert!(!variants.is_empty(), "{source}: {name} has no variants");
    variants
}

#[test]
fn enums_are_listed_with_their_numbers() {
    let protocol = read(PROTOCOL);
    let enums = [
        ("protocol/src/wire.rs", "Message"),
        ("protocol/src/wire/parts.rs", "Refusal"),
        ("protocol/src/act.rs", "Act"),
        ("protocol/src/document/edit.rs", "Step"),
        ("protocol/src/document/edit.rs", "Value"),
        ("protocol/src/document/schema.rs", "DocumentKind"),
        ("protocol/src/document/schema.rs", "Key"),
        ("protocol/src/ticket.rs", "Ticket"),
        ("protocol/src/law/value.rs", "Value"),
        ("protocol/src/act/law.rs", "LawAct"),
        ("protocol/src/law/effect.rs", "Effect"),
        ("protocol/src/agreement/message.rs", "Said"),
    ];
    for (source, name) in enums {
        for (number, variant) in variants(source, name) {
            let row = format!("\n| {number} | `{variant}` |");
            assert!(protocol.contains(&row), "{PROTOCOL} does not list {name}::{variant} as number {number}");
        }
    }
}

#[test]
fn headers_fields_are_listed_with_their_numbers() {
    let source = read("protocol/src/op/header.rs");
    let (_, body) = source.split_once("pub struct Header {\n").unwrap();
    let mut number = None;
    for line in body.split("\n}").next().unwrap().lines().map(str::trim) {
        if let Some(n) = line.strip_prefix("#[n(").and_then(|rest| rest.strip_suffix(")]")) {
            number = Some(n.to_owned());
        } else if let Some((field, _)) = line.strip_prefix("pub ").and_then(|rest| rest.split_once(':')) {
            let row = format!("\n| {} | `{field}` |", number.take().unwrap());
            assert!(read(PROTOCOL).contains(&row), "{PROTOCOL} does not list the header's {field}");
        }
    }
}

#[test]
fn domain_tags_are_listed() {
    let protocol = read(PROTOCOL);
    let sources = [
        "id",
        "identity",
        "op/header",
        "sync/tips",
        "sync/reconcile",
        "state_hash",
        "ticket",
        "wire",
        "law/table",
        "law/state",
        "law/issue",
        "law/proposal",
        "law/bill",
    ]
    .map(|name| format!("protocol/src/{name}.rs"));
    let mut found = 0;
    for source in sources.into_iter().chain(["node/src/store/chains.rs".to_owned()]) {
        for tag in read(&source).split('"').skip(1).filter(|part| part.starts_with("folkmoot/")) {
            let tag = tag.trim_end_matches("\\0");
            assert!(protocol.contains(&format!("`{tag}`")), "{PROTOCOL} does not name the tag {tag} of {source}");
            found += 1;
        }
    }
    assert!(found > 20, "only {found} tags were found in the sources");
}

/// The value of a constant's expression: products and shifts of numbers.
fn value(expression: &str) -> u64 {
    match expression.split_once("<<") {
        Some((number, shift)) => value(number) << value(shift),
        None => expression.split('*').map(|factor| factor.trim().replace('_', "").parse::<u64>().unwrap()).product(),
    }
}

#[test]
fn limits_are_listed_with_their_values() {
    let (protocol, limits) = (read(PROTOCOL), read("protocol/src/limits.rs"));
    let mut names = vec![];
    for constant in limits.lines().filter_map(|line| line.strip_prefix("pub const ")) {
        let (name, rest) = constant.split_once(':').unwrap();
        let expected = value(rest.split_once('=').unwrap().1.trim().trim_end_matches(';'));
        let row = protocol.lines().find(|line| line.starts_with(&format!("| `{name}` |"))).unwrap_or_else(|| panic!("{PROTOCOL} does not list {name}"));
        let listed = row.split('|').nth(2).unwrap().trim().replace(',', "");
        assert_eq!(listed.parse(), Ok(expected), "{PROTOCOL}: {name}");
        names.push(name);
    }
    let table = protocol.split_once("\n| limit | value |").unwrap().1.split("\n\n").next().unwrap();
    let listed = table.lines().filter_map(|row| row.strip_prefix("| `")?.split('`').next());
    listed.for_each(|name| assert!(names.contains(&name), "{PROTOCOL} lists {name}, which is no limit"));
}

#[test]
fn keys_of_the_law_are_listed_with_their_values() {
    let (protocol, guide) = (read(PROTOCOL), read("docs/src/guide/charter.md"));
    let shown = |text: &str| if text.is_empty() { "not set".to_owned() } else { format!("`{text}`") };
    for spec in KEYS {
        let row = format!("\n| `{}` | {} | {} |\n", spec.name, spec.about, spec.presets.map(shown).join(" | "));
        assert!(guide.contains(&row), "docs/src/guide/charter.md lacks the row {row}");
        let rank = if spec.entrenched { "entrenched" } else { ["beside the charter", ""][usize::from(spec.charter)] };
        let row = format!("\n| `{}` | {} | {} | {rank} |\n", spec.name, taken(&spec.kind), shown(spec.presets[0]));
        assert!(protocol.contains(&row), "{PROTOCOL} lacks the row {row}");
    }
}

/// What a key takes, as the table has it.
fn taken(kind: &ValueKind) -> String {
    match kind {
        ValueKind::Integer { least, most } => format!("integer, {least} to {}", thousands(*most)),
        ValueKind::Fraction => "fraction".into(),
        ValueKind::Duration { least_ms, most_ms } => format!("duration, {} to {}", format_duration(*least_ms), format_duration(*most_ms)),
        ValueKind::Money => "money".into(),
        ValueKind::Text { .. } => "text".into(),
        ValueKind::Word(words) => format!("word: {}", words.join(", ")),
    }
}

/// A number with a comma between its thousands.
fn thousands(number: u64) -> String {
    if number < 1000 { number.to_string() } else { format!("{},{:03}", thousands(number / 1000), number % 1000) }
}

#[test]
fn the_worked_example_is_the_test_vectors() {
    let protocol = read(PROTOCOL);
    let operations: Json = serde_json::from_str(&read("tests/vectors/operations.json")).unwrap();
    let states: Json = serde_json::from_str(&read("tests/vectors/states.json")).unwrap();
    let found = &operations[0];
    for known in [&found["id"], &states["set_hash"], &states["hall"]] {
        assert!(protocol.contains(known.as_str().unwrap()), "{PROTOCOL}: the worked example lacks {known}");
    }
    let table = protocol.split_once("\n| bytes | meaning |\n|---|---|\n").unwrap().1.split("\n\n").next().unwrap();
    let bytes: String = table.lines().filter_map(|row| row.split('`').nth(1)).collect();
    assert_eq!(Some(bytes.as_str()), found["header"].as_str());
}

#[test]
fn every_dependency_has_its_reason() {
    let (manifest, page) = (read("Cargo.toml"), read("docs/src/dependencies.md"));
    let section = manifest.split_once("[workspace.dependencies]\n").unwrap().1.split("\n[").next().unwrap();
    let names: Vec<&str> =
        section.lines().filter_map(|line| line.split_once(" = ").map(|(name, _)| name)).filter(|name| !name.starts_with("folkmoot-")).collect();
    let rows: Vec<&str> = page.lines().filter_map(|row| row.strip_prefix("| `")?.split('`').next()).collect();
    names.iter().for_each(|name| assert!(rows.contains(name), "docs/src/dependencies.md does not say why {name} is here"));
    rows.iter().for_each(|name| assert!(names.contains(name), "docs/src/dependencies.md speaks of {name}, which is not used"));
}
