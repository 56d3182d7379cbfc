//! What issues did, who voted how, what is law and why: as the program shows it.

use crate::common::{Member, wait_until};
use crate::{Coop, accept, coop, coop_under, open, show, vote_all_for, wait_for};
use serde_json::{Value, json};

/// All issues with what they did, the first one first.
fn issues(member: &Member) -> Vec<Value> {
    let last = member.done(&["gazette"])["height"].as_u64().unwrap();
    (1..=last).map(|height| member.done(&["gazette", &height.to_string()])).collect()
}

/// What an issue did of some sort, with the issue.
fn did(issues: &[Value], kind: &str) -> Vec<(u64, Value)> {
    let of = |issue: &Value| issue["did"].as_array().unwrap().iter().map(|did| (issue["height"].as_u64().unwrap(), did.clone())).collect::<Vec<_>>();
    issues.iter().flat_map(of).filter(|(_, did)| did["kind"] == json!(kind)).collect()
}

fn ballots(member: &Member, bill: &str) -> Vec<(String, String, String)> {
    let why = member.done(&["why", bill]);
    let text = |link: &Value, key: &str| link[key].as_str().unwrap_or_default().to_owned();
    let links = why["because"].as_array().unwrap().iter().filter(|link| text(link, "what").starts_with("voted"));
    links.map(|link| (link["by"]["name"].as_str().unwrap().to_owned(), text(link, "what"), text(link, "rule"))).collect()
}

fn wait_for_print(member: &Member, bill: &str) {
    wait_until("the ballot is printed", || show(member, bill)["ballot"]["state"] == json!("printed"));
}

#[test]
fn an_issue_says_what_it_did_and_keeps_ballots_from_who_has_not_voted() {
    let coop = coop();
    let Coop { alice, bob, carol, .. } = &coop;
    let bill = open(bob, "A higher fee", &["set-law fee.minimum=6.49 EUR", "create-job baker 1800.00 EUR Bakes", "fill-job baker carol"]);
    alice.done(&["bill", "vote", &bill, "against"]);
    wait_for_print(alice, &bill);
    wait_until("carol's node knows", || !ballots(carol, &bill).is_empty());
    assert_eq!(ballots(carol, &bill), [("alice".into(), "voted".into(), "counts".into())], "carol may vote and has not");
    let all = issues(carol);
    let shown = serde_json::to_string(&all).unwrap();
    assert!(shown.contains(r#"voted on the bill \"A higher fee\""#) && !shown.contains("voted against"), "{shown}");
    assert_eq!(ballots(alice, &bill)[0].1, "voted against");
    alice.done(&["bill", "vote", &bill, "for"]);
    for member in [bob, carol] {
        member.done(&["bill", "vote", &bill, "for"]);
        wait_for_print(member, &bill);
    }
    wait_for(carol, &bill, "enacted");
    let late = carol.done(&["bill", "vote", &bill, "against", "--yes"]);
    assert_eq!((&late["counts"], &late["why"]), (&json!(false), &json!("the vote has ended")));
    assert!(carol.text(&["bill", "vote", &bill, "against", "--yes"]).contains("it does not count: the vote has ended."));
    let alices: Vec<_> = ballots(carol, &bill).into_iter().filter(|(name, ..)| name == "alice").collect();
    let said = |what: &str, rule: &str| ("alice".to_owned(), what.to_owned(), rule.to_owned());
    assert_eq!(alices, [said("voted against", "does not count: a later one replaced it"), said("voted for", "counts")]);

    let all = issues(carol);
    let [opened, closed, in_force] = ["bill-opened", "bill-closed", "bill-in-force"].map(|kind| did(&all, kind).remove(0));
    assert!(opened.0 < closed.0 && closed.0 <= in_force.0);
    assert_eq!((&closed.1["result"], &closed.1["bill"]["title"], &closed.1["bill"]["id"]), (&json!("passed"), &json!("A higher fee"), &json!(bill)));
    assert!(closed.1["rule"].as_str().unwrap().contains("consumers: 2 x 2 > 2 + 0"), "{}", closed.1);
    assert_eq!(did(&all, "on-the-roll").len(), 2);
    assert_eq!((&all[0]["signed_by"][0]["name"], &all[0]["seals"]), (&json!("alice"), &json!(false)));
    let page = carol.text(&["gazette", &closed.0.to_string()]);
    assert!(page.contains("the vote on the bill \"A higher fee\"") && page.contains("signed by alice") && !page.contains("nothing but the time"), "{page}");
    assert!(serde_json::to_string(&all).unwrap().contains(r#"voted against on the bill \"A higher fee\""#));

    let row = carol.done(&["law", "fee.minimum", "--history"]);
    assert_eq!((&row["bill"]["id"], &row["history"][1]["bill"]["title"]), (&json!(bill), &json!("A higher fee")));
    assert!(carol.text(&["law", "fee.minimum", "--history"]).contains(&format!("by the bill \"A higher fee\" ({})", &bill[..8])));
    let offered = carol.text(&["why", "baker"]);
    assert!(offered.contains("is vacant") && offered.contains("offered to carol, who has not accepted it yet, by the bill"), "{offered}");
    assert!(carol.text(&["peers"]).contains("prints the Gazette"));
    accept(carol);
    wait_until("carol works", || alice.done(&["roll"])["workers"] == json!(2));
    who_does_what_is_explained(&coop);
}

/// Carol pays and bakes; Bob pays; Alice founded.
fn who_does_what_is_explained(coop: &Coop) {
    let Coop { alice, bob, .. } = coop;
    let why = |what: &str| bob.text(&["why", what]);
    let carol = why("carol");
    for said in [
        "carol votes among the consumers and among the workers",
        "dues were recorded",
        "who recorded them was the only registrar",
        "accepted them",
        "the job baker: accepted it",
        "votes among the workers",
        "holds the job baker since",
    ] {
        assert!(carol.contains(said), "{said}: {carol}");
    }
    assert!(why("bob").contains("does not vote among the workers") && why("alice").contains("alice votes among the workers"));
    let job = why("baker");
    assert!(job.contains("carol holds the job baker") && job.contains("accepted it\n    by carol"), "{job}");
    let receipt = alice.done(&["dues", "list"])["receipts"][1].clone();
    for typed in [receipt["id"].as_str().unwrap(), "receipt:2"] {
        assert!(why(typed).contains("receipt 2 of carol counts"), "{}", why(typed));
    }
    assert_eq!(bob.refused(&["why", "receipt:9"]).code, "not-found");
    let device = why(coop.carol.done(&["status"])["device"].as_str().unwrap());
    assert!(device.contains("is a device of carol") && device.contains("votes among"), "{device}");
    let hint = |typed: &str| bob.refused(&["why", typed]).hint;
    assert!(hint("1").contains("`folkmoot gazette 1`") && hint("4f0c9e").contains("8 digits"), "{} {}", hint("1"), hint("4f0c9e"));
    let set = bob.done(&["why", "fee.minimum"])["because"][0].clone();
    let printed = bob.done(&["why", set["op"].as_str().unwrap()])["because"][0]["issue"].clone();
    assert_eq!(set["issue"], printed, "what printed the bill, and not what brought it into force");
    assert!(set["what"].as_str().unwrap().contains(", since issue "), "{set}");
}

#[test]
fn what_is_adopted_and_endorsed_is_shown_with_the_bill() {
    let coop = coop();
    let Coop { alice, bob, carol, .. } = &coop;
    alice.done(&["community", "create", "bread", "--title", "Bread"]);
    let page = alice.id(&["page", "create", "bread", "conduct", "--title", "Conduct", "--text", "Be kind."]);
    let effects = ["adopt-text rules conduct", "endorse bread.example", "budget flour 500.00 EUR", "create-job miller 1000.00 EUR Mills"];
    let bill = open(alice, "How we are", &effects);
    vote_all_for(&coop, &bill);
    wait_for(alice, &bill, "enacted");
    let law = alice.done(&["law"]);
    assert_eq!((&law["texts"][0]["name"], &law["texts"][0]["document"], &law["texts"][0]["present"]), (&json!("rules"), &json!(page), &json!(true)));
    assert_eq!((&law["texts"][0]["bill"]["id"], &law["endorsements"][0]["instance"]), (&json!(bill), &json!("bread.example")));
    let text = alice.text(&["law"]);
    assert!(text.contains("Adopted texts") && text.contains("Endorsed instances") && text.contains("\"How we are\""), "{text}");
    assert_eq!(alice.done(&["page", "show", "conduct"])["adopted"][0]["present"], json!(true));
    alice.done(&["page", "edit", "conduct", "--text", "Be kind, or else."]);
    assert_eq!(alice.done(&["page", "show", "conduct"])["adopted"][0]["present"], json!(false));
    assert!(alice.text(&["law"]).contains("the page reads otherwise now"));

    let ending = open(bob, "No mill", &["end-job miller"]);
    vote_all_for(&coop, &ending);
    wait_for(alice, &ending, "enacted");
    let why = |what: &str| alice.text(&["why", what]);
    for (typed, said) in [
        ("rules", "rules is the page \"Conduct\""),
        ("text:rules", "adopted by the bill \"How we are\""),
        ("bread.example", "the co-op endorses bread.example"),
        ("flour", "the budget flour is"),
        ("miller", "the job miller has ended"),
        ("job:miller", "ended by the bill \"No mill\""),
    ] {
        assert!(why(typed).contains(said), "{typed}: {}", why(typed));
    }
    // An id is taken whole as well as by its beginning.
    let undoing = alice.id(&["bill", "draft", "--title", "As we were", "--effect", &format!("repeal {bill}")]);
    assert!(alice.text(&["bill", "show", &undoing]).contains("undoes what the bill \"How we are\" set"));
    let miller = alice.done(&["jobs", "--all"])["jobs"].as_array().unwrap().iter().find(|job| job["name"] == json!("miller")).unwrap()["id"].clone();
    assert!(why(miller.as_str().unwrap()).contains("the job miller has ended"));
    let version = alice.done(&["history", &page])["versions"][0]["op"].clone();
    assert!(why(version.as_str().unwrap()).contains("is an edit; page"));
    let file = coop.folder.path().join("law.folkmoot");
    let file = file.to_str().unwrap();
    carol.done(&["export", file, "--coop"]);
    an_audit_says_where_its_file_ends(&Member::at(coop.folder.path().join("nobody")), carol, file);
}

fn an_audit_says_where_its_file_ends(nobody: &Member, member: &Member, file: &str) {
    let audit = nobody.done(&["audit", file]);
    let height = audit["last_issue"]["height"].clone();
    assert_eq!(height, audit["issues"]);
    assert_eq!(member.done(&["gazette", &height.to_string()])["id"], audit["last_issue"]["id"]);
    assert!(audit["unprinted"].is_u64());
    assert_eq!((&audit["bills"][0]["consumers"], &audit["bills"][0]["workers"]), (&json!(2), &json!(1)));
    assert!(audit["bills"][0]["deadline"].as_u64() > Some(0));
    let text = nobody.text(&["audit", file]);
    assert!(text.contains(&format!("Its last issue is number {height}")) && text.contains("consumers (2 could vote)"), "{text}");
    let cut = format!("{file}.cut");
    let bytes = std::fs::read(file).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() - 10]).unwrap();
    let refusal = nobody.refused(&["audit", &cut]);
    assert!(refusal.code == "damaged" && !refusal.hint.contains("taken in"), "{}: {}", refusal.code, refusal.hint);
}

#[test]
fn the_first_issue_by_another_teller_seals_those_before() {
    let coop = coop_under("\"voting.period\" = \"PT10S\"\n\"clock.tolerance\" = \"PT1S\"\n\"deliberation.period\" = \"PT6S\"\n");
    let Coop { alice, bob, carol, .. } = &coop;
    let bill = open(alice, "Another teller", &["open-election teller 1"]);
    vote_all_for(&coop, &bill);
    wait_until("the election is open", || !bob.done(&["election", "list"])["elections"].as_array().unwrap().is_empty());
    let election = bob.done(&["election", "list"])["elections"][0]["id"].as_str().unwrap().to_owned();
    bob.done(&["election", "stand", &election]);
    assert_eq!(bob.done(&["election", "show", &election])["candidates"][0]["person"]["name"], json!("bob"));
    for member in [alice, carol] {
        wait_until("they vote", || member.say(&["election", "vote", &election, "bob"]).code == Some(0));
    }
    let is_elected = || bob.text(&["why", "teller"]).contains("bob was elected");
    wait_until("bob prints", is_elected);
    let why = bob.text(&["why", "teller"]);
    assert!(why.contains("stood in the election\n    by bob"), "{why}");
    open(carol, "Bread is good", &[]);
    open(carol, "Rye is better", &[]);
    let all = issues(carol);
    let begun = did(&all, "voting-begun").len();
    let closed = did(&all, "election-closed").remove(0);
    assert_eq!((begun, &closed.1["result"], &closed.1["people"][0]["name"]), (1, &json!("elected"), &json!("bob")));
    for issue in &all {
        let (height, signer) = (issue["height"].as_u64().unwrap(), issue["signed_by"][0]["name"].as_str().unwrap());
        assert_eq!((signer, &issue["seals"]), (if height > closed.0 { "bob" } else { "alice" }, &json!(height == closed.0 + 1)), "issue {height}");
    }
    assert!(carol.text(&["gazette", &(closed.0 + 1).to_string()]).contains("it seals all issues before it"));
}
