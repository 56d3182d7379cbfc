//! `count` on files as people have them.

#![allow(clippy::unwrap_used, unreachable_pub, missing_docs)]

mod common;

use common::Member;
use serde_json::{Value, json};
use std::fs;

const ELECTION: &str = "3 2\n-3\n5 1 2 0\n3 2 0\n2 3 2 0\n1 0\n0\n\"Alice\"\n\"Bob\"\n\"Carol\"\n\"Moderators of bread\"\n";
const BUDGET: &str = "META\nkey;value\nbudget;10.50\nvote_type;approval\ncurrency;EUR\nnum_votes;3\nPROJECTS\nproject_id;cost;name\nx;7;Ovens\ny;3.5;Flour\nz;9;Mill\nVOTES\nvoter_id;vote\n1;x,y\n2;x\n";

/// Somebody without any keys, and a file of theirs.
fn with_file(name: &str, text: impl AsRef<[u8]>) -> (tempfile::TempDir, Member, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    let member = Member::at(folder.path().join("nobody"));
    (folder, member, path.to_str().unwrap().to_owned())
}

#[test]
fn an_election_is_counted_for_programs_and_for_people() {
    let (_folder, member, file) = with_file("bread.blt", ELECTION);
    let counted = member.done(&["count", "stv", &file]);
    assert_eq!(counted["winners"], json!(["Alice", "Bob"]));
    assert_eq!([&counted["quota"], &counted["valid"], &counted["empty"], &counted["seats"]], [4, 10, 1, 2]);
    assert_eq!((&counted["withdrawn"], &counted["notes"]), (&json!(["Carol"]), &json!([])));
    let stages: Vec<&Value> = counted["stages"].as_array().unwrap().iter().collect();
    assert_eq!((stages.len(), &stages[0]["step"], &stages[0]["elected"]), (1, &json!("first choices"), &json!(["Alice", "Bob"])));
    assert_eq!(stages[0]["votes"][0], json!({"number": 1, "candidate": "Alice", "votes": "5.00000"}));
    let said = member.text(&["count", "stv", &file]);
    for expected in ["Moderators of bread", "Quota 4: more than 10 / (2 + 1)", "Withdrawn: Carol\n", "1. First choices", "Elected: Alice, Bob"] {
        assert!(said.contains(expected), "{expected} is missing:\n{said}");
    }
    assert!(!member.folder.exists(), "counting leaves nothing behind");
}

#[test]
fn a_budget_is_counted_for_programs_and_for_people() {
    let (_folder, member, file) = with_file("bread.pb", BUDGET);
    let counted = member.done(&["count", "budget", &file]);
    assert_eq!((&counted["selected"], &counted["spent"], &counted["as_recorded"]), (&json!(["x", "y"]), &json!("10.5"), &Value::Null));
    let said = member.text(&["count", "budget", &file]);
    for expected in ["10.5 EUR among 3 projects, 2 voters", "Ovens", "10.5 of 10.5 EUR spent on 2 projects", "note: the file states num_votes 3, but holds 2"] {
        assert!(said.contains(expected), "{expected} is missing:\n{said}");
    }
}

#[test]
fn a_paper_for_somebody_who_has_withdrawn_stays_a_paper() {
    let (_folder, member, file) = with_file("x.blt", "3 1\n-3\n5 3 0\n2 1 0\n1 0\n0\n\"A\"\n\"B\"\n\"C\"\n\"T\"\n");
    let counted = member.done(&["count", "stv", &file]);
    assert_eq!([&counted["papers"], &counted["valid"], &counted["empty"], &counted["quota"]], [8, 2, 6, 2]);
    let said = member.text(&["count", "stv", &file]);
    for expected in ["8 papers (6 without a choice)", "note: 5 papers without a choice: all whom they name have withdrawn"] {
        assert!(said.contains(expected), "{expected} is missing:\n{said}");
    }
}

#[test]
fn what_the_lot_decides_about_a_budget_is_said() {
    let text =
        BUDGET.replace("x;7;Ovens\ny;3.5;Flour\nz;9;Mill\n", "x;7;Ovens\ny;7;Flour\n").replace("1;x,y\n2;x\n", "1;x\n2;y\n").replace("approval", "choose-1");
    let (_folder, member, file) = with_file("x.pb", text);
    let counted = member.done(&["count", "budget", &file]);
    assert_eq!((&counted["selected"], &counted["spent"], &counted["budget"]), (&counted["by_lot"], &json!("7.0"), &json!("10.5")));
    assert!(member.text(&["count", "budget", &file]).contains("The lot decided between equals: "));
}

#[test]
fn without_a_paper_that_counts_nobody_is_elected_and_it_is_said() {
    for papers in ["", "4 3 0\n2 0\n"] {
        let (_folder, member, file) = with_file("x.blt", format!("3 2\n-3\n{papers}0\n\"A\"\n\"B\"\n\"C\"\n"));
        let counted = member.done(&["count", "stv", &file]);
        assert_eq!((&counted["winners"], &counted["valid"]), (&json!([]), &json!(0)));
        assert!(counted["notes"].to_string().contains("no paper names anybody who stands: nobody is elected"), "{counted}");
        assert!(member.text(&["count", "stv", &file]).contains("Elected: nobody\n"));
    }
    let (_folder, member, file) = with_file("x.blt", ELECTION.replace("3 2\n", "3 4\n"));
    let counted = member.done(&["count", "stv", &file]);
    assert_eq!((&counted["winners"], &counted["notes"]), (&json!(["Alice", "Bob"]), &json!(["4 seats and only 2 candidates: 2 stay empty"])));
}

#[test]
fn what_cannot_be_counted_says_what_to_do() {
    let hint = |rule: &str, name: &str, text: &str| {
        let (_folder, member, file) = with_file(name, text);
        let refusal = member.refused(&["count", rule, &file]);
        (refusal.error.rsplit_once(": line ").map(|(_, error)| error.to_owned()).unwrap_or_default(), refusal.hint)
    };
    let (error, advice) = hint("stv", "x.blt", "4 2\n7 1 2 0\n3 2 0\n");
    assert_eq!(error, "3: the file ends among the papers, without the names of its 4 candidates");
    assert!(advice.starts_with("end the papers with a line `0`"), "{advice}");
    let (error, advice) = hint("budget", "x.pb", &BUDGET.replace("y;3.5;Flour", "y;3.5;\"Flour"));
    assert_eq!(error, "10: a quotation mark opens here, and nothing closes it");
    assert!(advice.starts_with("close the text"), "{advice}");
    assert_eq!(hint("budget", "x.pb", &BUDGET.replace("vote_type;approval\n", "")).1, "add a row to it, as in `vote_type;approval`");
    assert_eq!(hint("budget", "x.pb", &BUDGET.replace(";cost;", ";price;")).0, "8: the table PROJECTS has no column `cost`");
}

#[test]
fn what_cannot_be_counted_is_refused_with_the_place() {
    let refused = |rule: &str, name: &str, text: &[u8]| {
        let (_folder, member, file) = with_file(name, text);
        let refusal = member.refused(&["count", rule, &file]);
        assert!(!refusal.hint.is_empty());
        refusal.error
    };
    assert!(refused("stv", "x.blt", ELECTION.replace("3 2 0", "3 4 0").as_bytes()).ends_with("x.blt: line 4: there is no candidate 4"));
    assert!(refused("stv", "x.blt", BUDGET.as_bytes()).contains("line 1: the number of candidates and the number of seats should stand here"));
    assert!(refused("stv", "x.blt", &[0xFF, 0xFE, 0, 1]).contains("line 1"));
    assert!(refused("budget", "x.pb", ELECTION.as_bytes()).contains("line 1: the table META should begin here"));
    assert!(refused("budget", "x.pb", BUDGET.replace("approval", "cumulative").as_bytes()).contains("`cumulative`"));
    assert!(refused("budget", "x.pb", BUDGET.replace("2;x\n", "2\n").as_bytes()).ends_with("x.pb: line 15: VOTES has 2 columns, and this row 1"));
    assert!(refused("stv", "x.blt", ELECTION.replace("3 2 0", "9000000000000000000 2 0").as_bytes()).contains("is too large"));
    let (folder, member, _) = with_file("x.blt", "");
    let missing = folder.path().join("missing.blt");
    assert_eq!(member.refused(&["count", "stv", missing.to_str().unwrap()]).code, "file");
    assert_eq!(member.refused(&["count", "stv", folder.path().to_str().unwrap()]).code, "file");
}

#[test]
fn a_file_that_is_saved_otherwise_is_told_how_to_save_it() {
    let wide: Vec<u8> = format!("\u{feff}{ELECTION}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, said) in [(wide, "UTF-8"), (ELECTION.replace('\n', "\r").into_bytes(), "CR alone")] {
        let (_folder, member, file) = with_file("x.blt", bytes);
        let hint = member.refused(&["count", "stv", &file]).hint;
        assert!(hint.contains(said), "{hint}");
    }
}

#[test]
fn names_in_another_encoding_are_read() {
    let text = ELECTION.replace("Alice", "Jos?").into_bytes();
    let latin: Vec<u8> = text.into_iter().map(|byte| if byte == b'?' { 0xE9 } else { byte }).collect();
    let (_folder, member, file) = with_file("latin.blt", latin);
    assert_eq!(member.done(&["count", "stv", &file])["winners"][0], json!("José"));
}
