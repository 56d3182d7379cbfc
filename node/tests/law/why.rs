//! `why` for whatever the program gives an id or a name, down to the charter.

use crate::common::{Member, wait_until};
use crate::{Coop, coop, open, show, vote_all_for, wait_for};
use serde_json::json;

/// A post of Bob's in a community of Alice's.
fn posted(coop: &Coop) -> String {
    let Coop { alice, bob, .. } = coop;
    alice.done(&["community", "create", "bread", "--title", "Bread", "--rules", "1. Be kind.\n2. No advertising."]);
    wait_until("bob follows it", || bob.say(&["community", "follow", "bread"]).code == Some(0));
    let post = bob.post("Rye", "It is sour.");
    wait_until("alice reads it", || alice.say(&["thread", &post]).code == Some(0));
    post
}

#[test]
fn every_id_that_is_given_out_is_known_and_names_the_charter() {
    let coop = coop();
    let Coop { alice, .. } = &coop;
    let post = posted(&coop);
    let why = |what: &str| alice.text(&["why", what]);
    let written = why(&post);
    assert!(written.contains("stands as written: no moderator dealt with it") && written.contains("was written\n    by bob"), "{written}");
    let community = why("bread");
    assert!(community.contains("bread is a community") && community.contains("the community bread was opened\n    by alice"), "{community}");
    assert!(alice.refused(&["why", "0123456789abcdef"]).error.contains("no id begins so"));

    let bill = open(alice, "Flour", &["budget flour 500.00 EUR", "spend flour 99.50 EUR rye from the mill"]);
    vote_all_for(&coop, &bill);
    wait_for(alice, &bill, "enacted");
    a_bill_and_what_it_did_name_the_charter(alice, &bill);

    alice.done(&["moderate", "remove", &post, "--rule", "2", "--reason", "It advertises rye."]);
    wait_until("the removal is printed", || why(&post).contains("printed in issue"));
    assert!(why(&post).contains("(removal.grace)"), "{}", why(&post));
    let appeal = open(alice, "Rye is no advertising", &[&format!("reinstate {post}")]);
    vote_all_for(&coop, &appeal);
    wait_for(alice, &appeal, "enacted");
    let chain = why(&post);
    let place = |what: &str| chain.find(what).unwrap_or_else(|| panic!("{what} is missing: {chain}"));
    assert!(place("was removed: It advertises rye.\n    by alice") < place("a removal by rule 2 was taken back"), "{chain}");
    assert!(chain.contains("No advertising."), "{chain}");
}

fn a_bill_and_what_it_did_name_the_charter(alice: &Member, bill: &str) {
    let why = |what: &str| alice.text(&["why", what]);
    let keys = "by charter 1 (simple.fraction, simple.of, simple.quorum)";
    let of_bill = why(bill);
    assert!(of_bill.contains(keys) && of_bill.contains("(deliberation.period, voting.period)"), "{of_bill}");
    assert!(of_bill.contains("once cooling.period of charter 1 was over"), "{of_bill}");
    let shown = show(alice, bill);
    assert!(shown["in_force_from"].as_u64() > shown["opened_at"].as_u64(), "{shown}");
    let ballot = why(shown["ballot"]["id"].as_str().unwrap());
    assert!(ballot.contains("of alice on the bill \"Flour\"") && ballot.contains("counts"), "{ballot}");
    let treasury = alice.done(&["treasury"]);
    assert_eq!([&treasury["budgets"][0]["left"], &treasury["payments"][0]["amount"]], [&json!("400.50 EUR"), &json!("99.50 EUR")]);
    let payment = why(treasury["payments"][0]["id"].as_str().unwrap());
    for said in ["99.50 EUR for rye from the mill are to be paid out of the budget flour", "ordered by the bill \"Flour\"", keys] {
        assert!(payment.contains(said), "{said}: {payment}");
    }
    let by = |key: &str| alice.done(&["law", key])["by"].clone();
    assert_eq!((by("fee.minimum"), by("fee.regular")), (json!({"kind": "founding", "id": null}), json!(null)));
    let refused = alice.refused(&["recover-tellers", &alice.done(&["gazette"])["height"].to_string(), "--tellers", "bob"]);
    assert!(refused.code == "not-done" && refused.error.contains("cannot choose others"), "{}: {}", refused.code, refused.error);
}
