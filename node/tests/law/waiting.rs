//! A bill before the Gazette has opened it: what is said of it, and whether it can pass at all.

use crate::common::Member;
use serde_json::{Value, json};

#[test]
fn a_bill_that_cannot_pass_is_opened_only_on_purpose_and_has_no_times_until_it_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let alice = Member::new(folder.path(), "alice");
    alice.done(&["found", "Bread", "--preset", "quick"]);
    let bill = alice.id(&["bill", "draft", "--title", "Fee", "--effect", "set-law fee.minimum=6.49 EUR"]);
    let never = "it cannot pass, though all who can vote were for it: consumers: nobody is in it";
    assert!(alice.text(&["bill", "show", &bill]).contains(never));
    let refusal = alice.refused(&["bill", "open", &bill]);
    assert!(refusal.code == "not-done" && refusal.error.contains("t cannot pass"), "{}", refusal.error);
    alice.done(&["bill", "open", &bill, "--yes"]);

    let shown = alice.done(&["bill", "show", &bill]);
    assert_eq!((&shown["status"], &shown["opened_at"], &shown["closes_at"]), (&json!("waiting"), &Value::Null, &Value::Null));
    let text = alice.text(&["bill", "show", &bill]);
    assert!(text.contains("\nopens once printed\n") && !text.contains("first issue from"), "{text}");
    let inbox = alice.done(&["inbox"]);
    let vote = inbox["inbox"].as_array().unwrap().iter().find(|item| item["kind"] == json!("vote")).unwrap();
    assert_eq!(vote["what"], json!("you have not voted on \"Fee\"; it opens once printed"));
    alice.done(&["gazette", "--print"]);
    assert!(alice.done(&["bill", "show", &bill])["closes_at"].is_u64());
}

#[test]
fn an_effect_that_is_none_is_refused_by_the_word_that_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let alice = Member::new(folder.path(), "alice");
    alice.done(&["found", "Bread", "--preset", "quick"]);
    let said = |effect: &str| alice.refused(&["bill", "draft", "--title", "T", "--effect", effect]).error;
    let king = said("appoint king alice");
    assert!(king.contains("'king' is no office") && king.contains("registrar, treasurer"), "{king}");
    assert!(said("budget b 90071992547409.93 EUR").contains("the amount: 90071992547409.93 EUR is not from 0.00 EUR"));
}
