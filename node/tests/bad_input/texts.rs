//! Texts that are too long, empty, or would deceive whoever reads them.

use crate::common::alice_alone;
use folkmoot_protocol::limits;
use serde_json::json;

#[test]
fn a_text_is_refused_by_its_length_and_taken_up_to_it() {
    let (_folder, alice) = alice_alone();
    let post = |text: &str| alice.say_with_input(&["post", "bread", "--title", "Long", "-"], text.as_bytes());
    let refusal = post(&"x".repeat(limits::TEXT_CHARS + 1)).refusal();
    assert!(refusal.error.contains("40001") && refusal.error.contains("40000"), "{refusal:?}");
    let refusal = post(&"x".repeat(4_000_000)).refusal();
    assert!(refusal.error.contains("40000"), "{refusal:?}");
    assert_eq!(post(&"\u{1F600}".repeat(limits::TEXT_CHARS)).code, Some(0));
    let refusal = alice.refused(&["post", "bread", "--title", &"t".repeat(201)]);
    assert!(refusal.error.contains("201") && refusal.error.contains("200"), "{refusal:?}");
    alice.post(&"t".repeat(200), "");
    assert_eq!(alice.done(&["feed"])["posts"].as_array().map(Vec::len), Some(2));
}

#[test]
fn what_hides_or_reverses_is_refused_in_names_and_titles() {
    let (folder, alice) = alice_alone();
    let nobody = crate::common::Member::at(folder.path().join("nobody"));
    let other = crate::common::Member::new(folder.path(), "other");
    for bad in ["ali\u{202E}ce", "a\u{1b}[31mb", "a\nb", "a\tb", "a\u{200B}b", "a\u{2066}b", "\u{FEFF}a", "", "   ", "\u{A0}", &"x".repeat(201)] {
        for words in [
            &["post", "bread", "--title", bad][..],
            &["community", "create", "rolls", "--title", bad],
            &["page", "create", "bread", "rules", "--title", bad],
            &["profile", "edit", "--name", bad],
        ] {
            assert_eq!(alice.refused(words).code, "invalid", "{words:?}");
        }
        assert_eq!(nobody.refused(&["init", "--name", bad]).code, "name", "{bad:?}");
        assert!(!nobody.folder.exists(), "nothing was made for {bad:?}");
        assert_eq!(other.refused(&["found", bad]).code, "invalid", "{bad:?}");
    }
    for name in ["Bread", "a b", "", "-x", "ä", "..", "br\u{202E}ead", &"x".repeat(100)] {
        assert_eq!(alice.refused(&["community", "create", "--title", "T", "--", name]).code, "invalid", "{name:?}");
    }
    assert_eq!(alice.done(&["community", "list"])["communities"].as_array().map(Vec::len), Some(1));
    assert_eq!(alice.done(&["feed"])["posts"], json!([]));
}

#[test]
fn control_characters_and_what_is_no_text_are_refused_in_bodies() {
    let (_folder, alice) = alice_alone();
    let post = alice.post("Rye", "Dark");
    for bad in [&b"a\0b"[..], b"\x1b[2J", b"a\x08b", b"\xff\xfe", b"\xc3"] {
        for words in [&["post", "bread", "--title", "T", "-"][..], &["comment", &post, "-"], &["edit", &post, "-"]] {
            let refusal = alice.say_with_input(words, bad).refusal();
            assert!(["invalid", "text"].contains(&refusal.code.as_str()), "{refusal:?}");
        }
    }
    for empty in ["", "  \n "] {
        assert_eq!(alice.refused(&["comment", &post, "--text", empty]).code, "text");
    }
    assert_eq!(alice.refused(&["post", "bread", "--title", "T", "--url", "javascript:alert(1)"]).code, "invalid");
    // Lines that end as on another system are no control characters.
    alice.post("Wheat", "one\r\ntwo");
    let thread = alice.done(&["thread", &post]);
    assert_eq!((&thread["post"]["text"], &thread["post"]["edits"]), (&json!("Dark"), &json!(0)));
}

#[test]
fn nothing_passes_through_the_control_socket_that_the_command_line_refuses() {
    let (_folder, alice) = alice_alone();
    let node = alice.run();
    let community = alice.done(&["community", "list"])["communities"][0]["id"].clone();
    let submit = |title: &str, text: &str| {
        let draft = json!({"draft": "post", "community": community, "title": title, "text": text, "url": null, "origin": null});
        alice.control(format!("{}\n", json!({"request": "submit", "drafts": [draft]})).as_bytes())
    };
    for (title, text) in [("a\0b", "x"), ("a\u{202E}b", "x"), ("", "x"), (&*"t".repeat(201), "x"), ("fine", "\0"), ("fine", &*"x".repeat(40_001))] {
        assert!(submit(title, text).contains("\"code\":\"invalid\""), "{title:.20?} {text:.20?}");
    }
    let actor = json!({"draft": "post", "community": community, "title": "T", "text": "", "url": null, "origin": {"actor": "x".repeat(5000), "object": "\0", "published": u64::MAX}});
    let answer = alice.control(format!("{}\n", json!({"request": "submit", "drafts": [actor]})).as_bytes());
    assert!(answer.contains("\"err\""), "{answer}");
    assert_eq!(alice.done(&["feed"])["posts"], json!([]));
    node.stop();
}

#[test]
fn a_terminal_is_not_commanded_by_what_others_wrote() {
    let (_folder, alice) = alice_alone();
    let post = alice.post("Rye", "left \u{202E}right\u{2066} and\u{200B} so");
    let shown = std::process::Command::new(env!("CARGO_BIN_EXE_folkmoot")).arg("--data").arg(&alice.folder).args(["thread", &post]).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("left  right") && !shown.contains(['\u{202E}', '\u{2066}', '\u{1b}']), "{shown:?}");
}
