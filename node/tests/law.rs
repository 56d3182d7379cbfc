//! The law on the built program: as founder, officer, member and outside auditor.

#![allow(missing_docs, clippy::unwrap_used, unreachable_pub)]

#[path = "law/backup.rs"]
mod backup;
mod common;
#[path = "law/shown.rs"]
mod shown;
#[path = "law/waiting.rs"]
mod waiting;
#[path = "law/why.rs"]
mod why;

use common::{Member, Node, wait_until};
use serde_json::{Value, json};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    time::{SystemTime, UNIX_EPOCH},
};

/// Bills of some seconds; what is named by a bill counts, since the co-op is so small.
const CHARTER: &str = "preset = \"quick\"\n\"conflict.rule\" = \"counted\"\n";

/// Alice, who founded, with Bob and Carol, who pay.
struct Coop {
    folder: tempfile::TempDir,
    alice: Member,
    bob: Member,
    carol: Member,
    _nodes: Vec<Node>,
}

fn coop() -> Coop {
    coop_under("")
}

/// The same, with more keys of the charter set.
fn coop_under(more: &str) -> Coop {
    let folder = tempfile::tempdir().unwrap();
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| Member::new(folder.path(), name));
    let charter = folder.path().join("charter.toml");
    fs::write(&charter, format!("{CHARTER}{more}")).unwrap();
    alice.done(&["found", "Bread", "--charter", charter.to_str().unwrap()]);
    let mut nodes = vec![alice.run()];
    for member in [&bob, &carol] {
        member.done(&["join", &alice.ticket(&[])]);
        nodes.push(member.run());
    }
    for (member, name) in [(&bob, "bob"), (&carol, "carol")] {
        wait_until("the treasurer knows them", || {
            alice.say(&["dues", "record", name, "--from", &today(-29), "--to", &today(305), "--amount", "60.00 EUR"]).code == Some(0)
        });
        accept(member);
    }
    wait_until("both are on the roll", || carol.done(&["roll"])["consumers"] == json!(2));
    Coop { folder, alice, bob, carol, _nodes: nodes }
}

/// The day that is so many days from today.
fn today(days: i64) -> String {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    today.saturating_add(jiff::Span::new().days(days)).to_string()
}

/// Accepts what comes to wait for somebody.
fn accept(member: &Member) {
    let waiting = || member.done(&["accept"])["waiting"][0]["id"].as_str().map(str::to_owned);
    wait_until("something waits", || waiting().is_some());
    member.done(&["accept", &waiting().unwrap()]);
}

fn show(member: &Member, bill: &str) -> Value {
    member.done(&["bill", "show", bill])
}

fn wait_for(member: &Member, bill: &str, status: &str) {
    wait_until(status, || {
        let shown = show(member, bill);
        let ended = ["failed", "withdrawn", "stale", "repealed", "expired"].iter().any(|end| shown["status"] == json!(end));
        assert!(!ended || shown["status"] == json!(status), "it will not be {status} any more: {shown}");
        shown["status"] == json!(status)
    });
}

fn open(member: &Member, title: &str, effects: &[&str]) -> String {
    let mut words = vec!["bill", "draft", "--title", title];
    effects.iter().for_each(|effect| words.extend(["--effect", effect]));
    let bill = member.id(&words);
    member.done(&["bill", "open", &bill]);
    wait_for(member, &bill, "open");
    bill
}

#[test]
fn a_bill_goes_from_its_draft_into_force_and_anybody_recounts_it() {
    let coop = coop();
    let Coop { alice, bob, carol, .. } = &coop;
    let bill = open(bob, "A higher fee", &["set-law fee.minimum=6.49 EUR", "create-job baker 1800.00 EUR Bakes the bread", "fill-job baker carol"]);
    wait_for(carol, &bill, "open");
    // Nobody sees how it stands before they voted.
    assert_eq!((&show(carol, &bill)["printed"], &show(carol, &bill)["bodies"]), (&Value::Null, &json!([])));
    for member in [alice, bob, carol] {
        wait_until("they know of it", || member.say(&["bill", "show", &bill]).code == Some(0));
        assert_eq!(member.done(&["bill", "vote", &bill, "for"])["counts"], json!(true));
    }
    // The debate is a thread.
    let question = carol.id(&["comment", &bill, "--text", "Why 649?"]);
    wait_until("bob reads it", || bob.say(&["comment", &question, "--text", "Flour is dearer."]).code == Some(0));
    wait_until("carol reads the answer", || carol.done(&["thread", &bill])["comments"][0]["children"][0]["text"] == json!("Flour is dearer."));
    assert_eq!((carol.refused(&["react", &question, "up"]).code, carol.refused(&["delete", &question, "--yes"]).code), ("kind".into(), "kind".into()));
    // Bob changes his mind twice: the last ballot stands.
    bob.done(&["bill", "vote", &bill, "against"]);
    bob.done(&["bill", "vote", &bill, "for"]);
    wait_until("the ballot is printed", || show(bob, &bill)["ballot"]["state"] == json!("printed"));
    assert_eq!(show(bob, &bill)["ballot"]["choices"], json!(["for"]));
    wait_for(carol, &bill, "enacted");
    let shown = show(carol, &bill);
    assert_eq!(shown["route"], json!("simple"));
    assert_eq!(
        shown["bodies"][0],
        json!({"name": "consumers", "for": 2, "against": 0, "abstain": 0, "roll": 2, "quorum": 2, "approves": true, "inequality": shown["bodies"][0]["inequality"]})
    );
    assert_eq!(carol.done(&["law", "fee.minimum"])["value"], json!("6.49 EUR"));
    // A hire takes their own acceptance.
    let jobs = alice.done(&["jobs"])["jobs"].clone();
    let baker = jobs.as_array().unwrap().iter().find(|job| job["name"] == json!("baker"));
    assert_eq!(baker.unwrap()["holder"], Value::Null);
    accept(carol);
    wait_until("carol works", || alice.done(&["roll"])["workers"] == json!(2));
    let rolled = |words: &[&str]| {
        let roll = alice.done(words);
        let names: Vec<_> = roll["members"].as_array().unwrap().iter().map(|row| row["person"]["name"].as_str().unwrap().to_lowercase()).collect();
        (names.join(" "), roll["consumers"].clone(), roll["workers"].clone(), roll["waiting"].clone())
    };
    assert_eq!(rolled(&["roll"]), ("alice bob carol".into(), json!(2), json!(2), json!([])));
    assert_eq!(rolled(&["roll", "--body", "consumers"]), ("bob carol".into(), json!(2), json!(2), json!([])));
    assert_eq!(rolled(&["roll", "--body", "workers"]), ("alice carol".into(), json!(2), json!(2), json!([])));
    let why = bob.done(&["why", "fee.minimum"]);
    assert_eq!(why["fact"], json!("fee.minimum is 6.49 EUR"));
    assert_eq!(why["because"][0]["op"], shown["op"]);
    // A recount from a file, by somebody who is no member.
    wait_until("they hold the same issues", || alice.done(&["verify"])["law"] == carol.done(&["verify"])["law"]);
    let file = coop.folder.path().join("law.folkmoot");
    let file = file.to_str().unwrap();
    carol.done(&["export", file, "--coop"]);
    let audit = Member::at(coop.folder.path().join("nobody")).done(&["audit", file]);
    assert_eq!((audit["bills"][0]["status"].as_str(), audit["bills"][0]["tally"]["consumers"]["for"].as_u64()), (Some("enacted"), Some(2)));
    assert!(carol.done(&["verify"])["issues"].as_u64() >= audit["issues"].as_u64());
    tampered_files_are_refused(coop.folder.path(), &fs::read(file).unwrap());
}

/// Whatever byte of a file is altered, the audit says which operation or issue is wrong, or that it is no such file.
fn tampered_files_are_refused(folder: &std::path::Path, whole: &[u8]) {
    let path = folder.join("altered.folkmoot");
    let nobody = Member::at(folder.join("nobody"));
    for n in 1..24 {
        let mut bytes = whole.to_vec();
        let at = bytes.len() * n / 24;
        bytes[at] ^= 1;
        fs::write(&path, &bytes).unwrap();
        let refusal = nobody.refused(&["audit", path.to_str().unwrap()]);
        assert!(["wrong", "damaged", "format"].contains(&refusal.code.as_str()), "byte {at}: {}: {}", refusal.code, refusal.error);
    }
    fs::write(&path, [whole, whole].concat()).unwrap();
    let joined = nobody.refused(&["audit", path.to_str().unwrap()]);
    assert!(joined.code == "joined" && joined.error.contains("another file of operations begins inside"), "{}: {}", joined.code, joined.error);
}

#[test]
fn what_the_law_does_not_allow_is_refused_with_the_reason() {
    let coop = coop();
    let Coop { alice, bob, .. } = &coop;
    for (words, code, said) in [
        (&["dues", "record", "bob", "--from", "2026-11-01", "--to", "2026-12-01", "--amount", "0.01 EUR"][..], "cannot-record", "at least 4.99 EUR"),
        (&["dues", "record", "bob", "--from", "2999-01-01", "--to", "2999-12-01", "--amount", "60.00 EUR"], "leaves-out", "2999-01-01"),
        (&["bill", "draft", "--title", "x", "--effect", "set-law fee.minimun=0.01 EUR"], "effect", "fee.minimum"),
        (&["bill", "draft", "--title", "x", "--effect", "create-job baker lots"], "effect", "create-job NAME AMOUNT CURRENCY TITLE"),
        (&["law", "voting.days"], "not-found", "voting.days"),
        (&["accept", "0123456789"], "not-found", "offer"),
        (&["why", "nothing-of-that-name"], "not-found", "nothing-of-that-name"),
        (&["gazette", "4711"], "not-found", "4711"),
    ] {
        let refusal = alice.refused(words);
        assert!(refusal.code == code && refusal.error.contains(said), "{words:?}: {}: {}", refusal.code, refusal.error);
    }
    let bill = alice.id(&["bill", "draft", "--title", "Impossible", "--effect", "end-job baker"]);
    let refusal = alice.refused(&["bill", "open", &bill]);
    assert!(refusal.error.contains("there is no job named baker"), "{}", refusal.error);
    assert_eq!(bob.refused(&["dues", "record", "alice", "--from", "2026-11-01", "--to", "2026-12-01", "--amount", "4.99 EUR"]).code, "may-not");
    assert_eq!(bob.refused(&["gazette", "--print"]).code, "may-not");
    // What is voted on is fixed; what nobody has cannot be adopted; a rule that is not there cannot be cited.
    let open_bill = open(alice, "Flour", &[]);
    assert_eq!(alice.refused(&["bill", "edit", &open_bill, "--text", "Otherwise."]).code, "fixed");
    alice.done(&["community", "create", "bread", "--title", "Bread", "--rules", "1. Be kind."]);
    let page = alice.id(&["page", "create", "bread", "conduct", "--title", "Conduct", "--text", "Be kind."]);
    let unknown = format!("adopt-text conduct {page} ffffffff");
    assert_eq!(alice.refused(&["bill", "draft", "--title", "x", "--effect", &unknown]).code, "not-found");
    let made_up = format!("adopt-text conduct {} {}", "f".repeat(64), "f".repeat(64));
    assert_eq!(alice.refused(&["bill", "draft", "--title", "x", "--effect", &made_up]).code, "not-found");
    let post = alice.id(&["post", "bread", "--title", "Rye"]);
    assert_eq!(alice.refused(&["moderate", "lock", &post, "--rule", "9", "--reason", "No."]).code, "no-rule");
    // Whoever may not vote is told, and may sign all the same.
    let dave = Member::new(coop.folder.path(), "dave");
    dave.done(&["join", &alice.ticket(&[])]);
    let _node = dave.run();
    let bill = open(alice, "Bread is good", &[]);
    wait_until("dave knows of it", || dave.say(&["bill", "show", &bill]).code == Some(0));
    let refusal = dave.refused(&["bill", "vote", &bill, "for"]);
    assert!(refusal.code == "not-done" && refusal.error.contains("no dues of theirs"), "{}", refusal.error);
    let voted = dave.done(&["bill", "vote", &bill, "for", "--yes"]);
    assert_eq!(voted["counts"], json!(false));
    // The founder alone votes: no consumer is for it.
    alice.done(&["bill", "vote", &bill, "for"]);
    wait_for(bob, &bill, "failed");
}

#[test]
fn members_say_what_their_money_is_spent_on_and_what_they_give() {
    let coop = coop();
    let Coop { alice, bob, carol, .. } = &coop;
    let list = "prioritise autumn 1200.00 EUR: search 600.00 EUR; themes 500.00 EUR; screen-reader 400.00 EUR";
    let bill = open(bob, "Autumn", &[list]);
    // Pledges: to a bill that goes on, by members.
    carol.done(&["pledge", &bill, "--amount", "25.00 EUR"]);
    bob.done(&["pledge", &bill, "--amount", "50.00 EUR"]);
    bob.done(&["pledge", "withdraw", &bill]);
    assert_eq!(bob.refused(&["pledge", "withdraw", &bill]).code, "cannot-withdraw");
    assert_eq!(bob.refused(&["pledge", &bill, "--amount", "0.00 EUR"]).code, "amount");
    wait_until("alice reads the pledge", || show(alice, &bill)["pledged"] == json!(["25.00 EUR"]));
    for member in [alice, bob, carol] {
        wait_until("they know of it", || member.say(&["bill", "show", &bill]).code == Some(0));
        member.done(&["bill", "vote", &bill, "for"]);
    }
    wait_for(carol, &bill, "enacted");
    let states = |member: &Member| member.done(&["pledges", &bill])["pledges"].as_array().unwrap().iter().map(|row| row["state"].clone()).collect::<Vec<_>>();
    assert!(states(carol).contains(&json!("enacted")) && states(carol).contains(&json!("withdrawn")), "{:?}", states(carol));
    carol.done(&["pledge", "autumn/screen-reader", "--amount", "1.00 EUR"]);
    assert_eq!(carol.refused(&["pledge", "autumn/icons", "--amount", "1.00 EUR"]).code, "not-found");
    assert_eq!(carol.refused(&["pledge", &bill, "--amount", "0.01 EUR"]).code, "cannot-pledge");
    // Three votes, each for 400 euros: the two who want themes have their money's worth, and the third too.
    for (member, features) in [(alice, &["themes", "search"][..]), (bob, &["search", "themes"][..]), (carol, &["screen-reader"][..])] {
        wait_until("the vote is open", || member.done(&["priorities", "list"])["priorities"][0]["phase"] == json!("voting"));
        assert_eq!(member.done(&["priorities", "show", "autumn"])["outcome"], Value::Null, "kept from who has not voted");
        assert_eq!(member.done(&[&["priorities", "vote", "autumn"], features].concat())["counts"], json!(true));
    }
    assert_eq!(bob.refused(&["priorities", "vote", "autumn", "icons"]).code, "not-found");
    wait_until("the vote ends", || [alice, carol].iter().all(|member| member.done(&["priorities", "show", "autumn"])["phase"] == json!("closed")));
    let shown = carol.done(&["priorities", "show", "autumn"]);
    let ranked: Vec<_> = shown["outcome"]["ranked"].as_array().unwrap().iter().map(|row| (row["name"].clone(), row["funded"].clone())).collect();
    assert_eq!(ranked, [(json!("themes"), json!("shares")), (json!("screen-reader"), json!("shares")), (json!("search"), Value::Null)]);
    let id = shown["id"].as_str().unwrap();
    let why = bob.done(&["why", id]);
    assert!(why["fact"].as_str().unwrap().contains("funded themes, screen-reader"), "{why}");
    assert!(why["because"].as_array().unwrap().iter().any(|link| link["what"] == json!("voted for screen-reader")), "{why}");
    let file = coop.folder.path().join("priorities.folkmoot");
    carol.done(&["export", file.to_str().unwrap(), "--coop"]);
    let audit = Member::at(coop.folder.path().join("nobody")).done(&["audit", file.to_str().unwrap()]);
    assert_eq!(audit["priorities"][0]["funded"], json!(["themes", "screen-reader"]));
    // What is funded waits for its delivery; then it is due.
    let pledged = |to: &str| carol.done(&["pledges", to])["pledges"][0]["state"].clone();
    assert_eq!(pledged("autumn/screen-reader"), json!("enacted"));
    let words = ["bill", "draft", "--title", "Done", "--effect", "deliver autumn/search"];
    assert_eq!(alice.refused(&["bill", "open", &alice.id(&words)]).code, "cannot-open");
    let done = open(alice, "The screen reader is there", &["deliver autumn/screen-reader"]);
    vote_all_for(&coop, &done);
    wait_for(carol, &done, "enacted");
    assert_eq!(pledged("autumn/screen-reader"), json!("due"));
    let items = carol.done(&["inbox"])["inbox"].clone();
    let due = |item: &Value| item["kind"] == json!("pledge") && item["to_do"] == json!(true) && item["what"].as_str().unwrap().contains("FM-");
    assert!(items.as_array().unwrap().iter().any(due), "{items}");
    let why = bob.done(&["why", "autumn/screen-reader"]);
    assert!(why["because"].as_array().unwrap().iter().any(|link| link["what"].as_str().unwrap().contains("The screen reader is there")), "{why}");
}

/// Everybody votes for a bill as soon as they know of it.
fn vote_all_for(coop: &Coop, bill: &str) {
    for member in [&coop.alice, &coop.bob, &coop.carol] {
        wait_until("they know of it", || member.say(&["bill", "show", bill]).code == Some(0));
        member.done(&["bill", "vote", bill, "for"]);
    }
}

#[test]
fn a_stale_bill_is_put_to_a_short_vote() {
    let coop = coop();
    let Coop { alice, bob, carol, .. } = &coop;
    let first = open(bob, "A little more", &["set-law fee.minimum=6.99 EUR"]);
    vote_all_for(&coop, &first);
    // Some seconds later, so that its vote ends in a later issue: of two that end in one, either may come into force first.
    let opened_at = show(bob, &first)["opened_at"].as_u64().unwrap();
    let now_ms = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    wait_until("the votes end apart", || now_ms() >= u128::from(opened_at) + 4_000);
    let rival = open(alice, "More", &["set-law fee.minimum=8.99 EUR"]);
    vote_all_for(&coop, &rival);
    wait_for(carol, &first, "enacted");
    wait_for(alice, &rival, "stale");
    assert!(alice.done(&["inbox"])["inbox"].to_string().contains("folkmoot bill rebase"));
    assert_eq!(carol.refused(&["bill", "rebase", &rival]).code, "cannot-open");
    assert_eq!(bob.refused(&["bill", "rebase", &first]).code, "not-stale");
    assert_eq!(alice.refused(&["bill", "rebase", &rival]).code, "not-done");
    let rebased = alice.done(&["bill", "rebase", &rival, "--yes"]);
    let changed = &rebased["changed"][0];
    assert_eq!((&changed["before"], &changed["now"], &changed["to"]), (&json!("4.99 EUR"), &json!("6.99 EUR"), &json!("8.99 EUR")), "{rebased}");
    wait_until("it is open again", || show(carol, &rival)["status"] == json!("open"));
    assert!(show(carol, &rival)["confirms"].is_string());
    vote_all_for(&coop, &rival);
    wait_for(carol, &rival, "enacted");
    assert_eq!(carol.done(&["law", "fee.minimum"])["value"], json!("8.99 EUR"));
    let why = alice.done(&["why", &rival]);
    assert!(why["because"].to_string().contains("confirms the bill of the same text"), "{why}");
}

#[test]
fn a_law_ends_at_its_sunset() {
    let coop = coop();
    let Coop { alice, bob, carol, .. } = &coop;
    let draft = bob.id(&["bill", "draft", "--title", "For a while", "--effect", "set-law fee.minimum=6.99 EUR"]);
    assert_eq!(bob.refused(&["bill", "open", &draft, "--sunset", "PT5S"]).code, "cannot-open");
    let job = alice.id(&["bill", "draft", "--title", "A baker", "--effect", "create-job baker 1800.00 EUR Bakes"]);
    assert_eq!(alice.refused(&["bill", "open", &job, "--sunset", "P30D"]).code, "effect");
    bob.done(&["bill", "open", &draft, "--sunset", "PT70S"]);
    wait_for(bob, &draft, "open");
    vote_all_for(&coop, &draft);
    let versions = |member: &Member| member.done(&["law", "fee.minimum", "--history"])["history"].as_array().unwrap().len();
    let before = versions(carol);
    wait_until("it was in force", || versions(carol) > before);
    wait_for(bob, &draft, "expired");
    wait_until("carol's node knows", || carol.done(&["law", "fee.minimum"])["value"] == json!("4.99 EUR"));
}

#[test]
fn a_ballot_that_is_cast_offline_counts_when_it_comes_in_time() {
    let mut coop = coop();
    let bill = open(&coop.alice, "Bread is good", &[]);
    wait_until("carol knows of it", || coop.carol.say(&["bill", "show", &bill]).code == Some(0));
    coop._nodes.pop().unwrap().stop();
    assert_eq!(coop.carol.done(&["bill", "vote", &bill, "against"])["counts"], json!(true));
    assert_eq!(show(&coop.carol, &bill)["ballot"]["state"], json!("written"));
    let node = coop.carol.run();
    wait_until("it is printed", || show(&coop.carol, &bill)["ballot"]["state"] == json!("printed"));
    coop.bob.done(&["bill", "vote", &bill, "for"]);
    wait_until("the vote has ended", || show(&coop.bob, &bill)["status"] != json!("open"));
    assert_eq!(show(&coop.bob, &bill)["printed"]["consumers"], json!({"for": 1, "against": 1, "abstain": 0}));
    node.stop();
}

/// What stands in somebody's inbox: the kind, the id, and whether it waits for them to do something.
fn inbox(member: &Member, words: &[&str]) -> Vec<(String, String, bool)> {
    let inbox = member.done(&[&["inbox"], words].concat());
    let text = |item: &Value, key: &str| item[key].as_str().unwrap().to_owned();
    inbox["inbox"].as_array().unwrap().iter().map(|item| (text(item, "kind"), text(item, "id"), item["to_do"] == json!(true))).collect()
}

fn wait_for_item(member: &Member, kind: &str, id: &str, to_do: bool) {
    wait_until(kind, || inbox(member, &[]).contains(&(kind.into(), id.into(), to_do)));
}

#[test]
fn an_auditor_decides_a_challenge_and_everybody_concerned_hears_of_it() {
    let coop = coop_under("\"grace.period\" = \"P1D\"\n");
    let Coop { alice, bob, carol, .. } = &coop;
    let appointing = open(bob, "An auditor", &["appoint auditor alice"]);
    for member in [alice, bob, carol] {
        wait_for_item(member, "vote", &appointing, true);
        member.done(&["bill", "vote", &appointing, "for"]);
    }
    assert!(!inbox(bob, &[]).iter().any(|(kind, ..)| kind == "vote"));
    wait_for_item(bob, "bill", &appointing, false);
    wait_until("the office is offered", || inbox(alice, &[]).iter().any(|(kind, _, to_do)| kind == "accept" && *to_do));
    accept(alice);
    let is_auditor = || alice.text(&["offices"]).contains("auditor");
    wait_until("alice is auditor", is_auditor);

    let bill = open(bob, "Bread is good", &[]);
    wait_for_item(carol, "vote", &bill, true);
    carol.done(&["bill", "vote", &bill, "against"]);
    alice.done(&["bill", "vote", &bill, "for"]);
    bob.done(&["bill", "vote", &bill, "for"]);
    assert!(bob.refused(&["challenge", "bob", "--reason", "It is me."]).error.contains("nobody challenges themselves"));
    let challenge = bob.id(&["challenge", "carol", "--reason", "Nobody has met her."]);
    wait_for_item(alice, "challenge", &challenge, true);
    wait_for_item(carol, "challenge", &challenge, false);
    wait_until("her ballot is under challenge", || show(bob, &bill)["printed"]["provisional"] == json!(1));
    assert!(alice.text(&["roll"]).contains("challenged"));
    assert!(carol.refused(&["challenge", "decide", &challenge, "--dismiss", "--reason", "I am here."]).error.contains("only an auditor"));
    alice.done(&["challenge", "decide", &challenge, "--uphold", "--reason", "There is no Carol."]);
    wait_until("her ballot counts no more", || show(bob, &bill)["printed"]["struck"] == json!(1));
    wait_for(bob, &bill, "failed");
    assert_eq!(show(bob, &bill)["printed"]["consumers"], json!({"for": 1, "against": 0, "abstain": 0}));
    wait_until("carol hears of it", || carol.text(&["inbox"]).contains("the challenge of your place on the roll was upheld"));
    assert_eq!(bob.done(&["challenges"])["challenges"][0]["state"], json!("upheld"));
    let why = bob.done(&["why", &challenge]);
    assert_eq!(
        (why["fact"].as_str(), why["because"][1]["by"]["name"].as_str()),
        (Some("carol's place among the consumers was ended by a challenge"), Some("alice"))
    );
    assert!(bob.text(&["why", &bill]).contains("a challenge of carol was upheld"));
}

#[test]
fn an_inbox_holds_what_others_said_and_did_until_it_is_read() {
    let (coop, _alice, _bob) = common::alice_and_bob_running();
    let (alice, bob) = (&coop.alice, &coop.bob);
    let post = bob.post("Who bakes?", "On Sunday.");
    wait_until("alice reads it", || alice.has(&post));
    let reply = alice.id(&["comment", &post, "--text", "I do."]);
    wait_for_item(bob, "reply", &reply, false);
    assert_eq!(inbox(bob, &["--unread", "--read"]).len(), 1);
    assert_eq!((inbox(bob, &["--unread"]), inbox(bob, &[]).len()), (vec![], 1), "read, and still there");
    assert!(bob.text(&["inbox"]).contains("alice answered \"Who bakes?\": I do."));
    alice.done(&["moderate", "lock", &post, "--rule", "1", "--reason", "Nothing new is said."]);
    wait_until("bob hears of it", || inbox(bob, &["--unread"]) == [("moderation".to_owned(), post.clone(), false)]);
    bob.done(&["report", &reply, "--reason", "She does not."]);
    wait_for_item(alice, "report", &reply, true);
}

/// A folder that is copied signs two different things with one number. Everybody sees it, and the office is gone.
#[test]
fn an_officer_whose_folder_is_copied_and_used_twice_holds_no_office_any_more() {
    let mut coop = coop();
    let bill = open(&coop.alice, "An auditor", &["appoint auditor bob"]);
    vote_all_for(&coop, &bill);
    wait_for(&coop.bob, &bill, "enacted");
    accept(&coop.bob);
    wait_until("bob audits", || coop.carol.text(&["offices"]).contains("auditor"));
    coop._nodes.remove(1).stop();
    let copy = Member::at(coop.folder.path().join("copy"));
    fs::create_dir(&copy.folder).unwrap();
    fs::set_permissions(&copy.folder, fs::Permissions::from_mode(0o700)).unwrap();
    for file in fs::read_dir(&coop.bob.folder).unwrap().map(Result::unwrap).filter(|file| file.file_type().unwrap().is_file()) {
        fs::copy(file.path(), copy.folder.join(file.file_name())).unwrap();
    }
    for (member, title) in [(&coop.bob, "Less flour"), (&copy, "More flour")] {
        let bill = member.id(&["bill", "draft", "--title", title]);
        let node = member.run();
        wait_until("it gets through, or is found out", || {
            coop.alice.say(&["bill", "show", &bill]).code == Some(0) || coop.alice.text(&["offices"]).contains("signed two different operations")
        });
        node.stop();
    }
    wait_until("everybody is told", || coop.carol.done(&["offices"])["evidence"][0]["ended"] == json!(["auditor"]));
    let (shown, why) = (coop.carol.text(&["offices"]), coop.carol.text(&["why", "auditor"]));
    assert!(shown.contains("signed two different operations with one number: auditor no more"), "{shown}");
    assert!(why.contains("nobody is auditor") && why.contains("who signs two things that exclude each other"), "{why}");
    assert!(coop.carol.text(&["inbox"]).contains("auditor no more"));
    let refused = copy.refused(&["bill", "draft", "--title", "More flour still"]);
    assert_eq!(refused.code, "forked", "{}", refused.error);
}

#[test]
fn participants_of_a_community_elect_and_recall_its_moderator_without_a_bill() {
    let coop = coop_under("\"voting.period\" = \"PT10S\"\n\"clock.tolerance\" = \"PT1S\"\n\"deliberation.period\" = \"PT6S\"\n");
    let Coop { folder, alice, bob, carol, .. } = &coop;
    let space = alice.id(&["community", "create", "bread", "--title", "Bread"]);
    for member in [bob, carol] {
        wait_until("they know of it", || member.say(&["community", "take-part", "bread"]).code == Some(0));
    }
    assert!(bob.text(&["community", "show", "bread"]).contains("you take part"));
    wait_until("two take part", || bob.done(&["community", "show", "bread"])["participants"] == json!(2));
    assert!(alice.text(&["community", "follow", "bread"]).contains("folkmoot community take-part bread"));
    let refusal = alice.refused(&["petition", "elect", "bread", "--seats", "1"]);
    assert!(refusal.error.contains("only who takes part") && refusal.hint.contains("take-part"), "{}: {}", refusal.error, refusal.hint);

    bob.done(&["petition", "elect", "bread", "--seats", "1"]);
    wait_for_item(carol, "petition", &space, false);
    assert_eq!(carol.done(&["petition", "list"])["petitions"][0]["needed"], json!(2));
    carol.done(&["petition", "elect", "bread", "--seats", "1"]);
    let election = carol.done(&["election", "list", "--open"])["elections"][0]["id"].as_str().unwrap().to_owned();
    wait_until("bob stands", || bob.say(&["election", "stand", &election]).code == Some(0));
    wait_for_item(carol, "election", &election, true);
    assert!(!inbox(alice, &[]).iter().any(|(kind, _, to_do)| kind == "election" && *to_do));
    assert!(alice.refused(&["election", "vote", &election, "bob"]).error.contains("no participant of the community"));
    carol.done(&["election", "vote", &election, "bob"]);
    wait_until("bob moderates", || alice.text(&["offices"]).contains("moderator of bread"));
    let why = alice.text(&["why", "moderator:bread"]);
    assert!(why.contains("signed the petition for the election") && why.contains("2 people, and 2 are enough (participants.least)"), "{why}");

    bob.done(&["petition", "recall", "bread", "bob"]);
    wait_for_item(carol, "petition", &space, false);
    carol.done(&["petition", "recall", "bread", "bob"]);
    let recall = carol.done(&["petition", "list"])["recalls"][0]["id"].as_str().unwrap().to_owned();
    for member in [bob, carol] {
        wait_for_item(member, "recall", &recall, true);
        assert_eq!(member.done(&["petition", "vote", &recall, "for"])["counts"], json!(true));
    }
    assert!(alice.refused(&["petition", "vote", &recall, "against"]).error.contains("no participant of the community"));
    wait_until("bob moderates no more", || !alice.text(&["offices"]).contains("moderator of bread"));
    let why = alice.text(&["why", "moderator:bread"]);
    assert!(why.contains("bob was recalled by the participants") && why.contains("alice moderates it"), "{why}");

    let file = folder.path().join("law.folkmoot");
    wait_until("they hold the same issues", || alice.done(&["verify"])["law"] == carol.done(&["verify"])["law"]);
    carol.done(&["export", file.to_str().unwrap(), "--coop"]);
    let audit = Member::at(folder.path().join("nobody")).done(&["audit", file.to_str().unwrap()]);
    assert_eq!((&audit["elections"][0]["among_participants"], &audit["recalls"][0]["recalled"]), (&json!(true), &json!(true)));
    assert_eq!(audit["elections"][0]["community"], json!("bread"));
    let text = Member::at(folder.path().join("nobody")).text(&["audit", file.to_str().unwrap()]);
    assert!(text.contains("Election: moderator of bread, 1 seat"), "{text}");
}
