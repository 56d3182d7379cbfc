//! A founder's charter: what is wrong with it is said whole, and nothing is founded by it.

use crate::common::Member;
use serde_json::json;
use std::fs;

#[test]
fn nothing_is_founded_by_a_file_that_is_no_charter() {
    let folder = tempfile::tempdir().unwrap();
    let alice = Member::new(folder.path(), "alice");
    let path = folder.path().join("charter.toml");
    let file = path.to_str().unwrap();
    for (bytes, code) in [
        (&b"voting.days = 7"[..], "charter"),
        (b"[voting", "charter"),
        (b"late.swing = 'P30D'", "charter"),
        (b"\xff\xfe", "file"),
        (&[b'#'; 100_000], "charter"),
    ] {
        fs::write(&path, bytes).unwrap();
        assert_eq!(alice.refused(&["law", "charter", "--check", file]).code, code);
        assert_eq!(alice.refused(&["found", "Bread", "--charter", file]).code, code);
    }
    let missing = folder.path().join("missing.toml");
    assert_eq!(alice.refused(&["found", "Bread", "--charter", missing.to_str().unwrap()]).code, "file");
    assert_eq!(alice.refused(&["found", "Bread", "--charter", folder.path().to_str().unwrap()]).code, "file");
    for wrong in [&["found", "Bread", "--preset", "lax"][..], &["found", "Bread", "--preset", "cast", "--charter", file]] {
        assert_eq!(alice.say(wrong).code, Some(2), "{wrong:?}");
    }
    assert_eq!(alice.refused(&["community", "list"]).code, "no-coop");
}

#[test]
fn a_charter_goes_from_a_file_into_the_founding() {
    let folder = tempfile::tempdir().unwrap();
    let alice = Member::new(folder.path(), "alice");
    let path = folder.path().join("charter.toml");
    fs::write(&path, alice.text(&["law", "charter", "--preset", "strict"]) + "\n\"bots.policy\" = \"Say so.\"\n").unwrap();
    let file = path.to_str().unwrap();
    let checked = alice.done(&["law", "charter", "--check", file]);
    assert_eq!((&checked["differs"]["voting.period"], &checked["differs"]["bots.policy"]), (&json!("P14D"), &json!("Say so.")));
    assert_eq!(checked["values"]["fee.minimum"], json!("4.99 EUR"));
    let founded = alice.done(&["found", "Bread", "--charter", file]);
    assert_eq!(founded["charter"], checked["differs"]);
    assert_eq!(alice.done(&["verify"])["operations"], json!(1));
}
