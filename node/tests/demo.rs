//! `folkmoot demo` and `folkmoot cluster`, as somebody types them.

#![allow(missing_docs, clippy::unwrap_used, unreachable_pub)]

use folkmoot_node::store::Reader;
use folkmoot_protocol::{act::Act, id::OpId, law::Office, op::Content, sync::ChainRange};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::{
    fs::File,
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_folkmoot");
const PATIENCE: Duration = Duration::from_secs(20);

fn folkmoot(words: &[&str]) -> Output {
    Command::new(PROGRAM).args(words).output().expect("the program starts")
}

/// The answer of a command that is done.
fn answer(words: &[&str]) -> Value {
    let output = folkmoot(words);
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    json(&output.stdout)
}

/// The code and the hint of a command that is refused.
fn refusal(words: &[&str]) -> (String, String) {
    let output = folkmoot(words);
    assert_eq!(output.status.code(), Some(1), "{words:?}");
    let failure = json(&output.stderr);
    (failure["code"].to_string().replace('"', ""), failure["hint"].to_string())
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(bytes)))
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Whether no process holds a data folder.
fn is_at_rest(folder: &Path) -> bool {
    File::open(folder.join("lock")).map_or(true, |lock| lock.try_lock().is_ok())
}

/// A cluster that ends with the test.
struct Cluster<'a>(&'a str);

impl Cluster<'_> {
    fn is_equal(&self) -> bool {
        answer(&["cluster", "status", "--json", "--dir", self.0])["equal"] == true
    }
}

impl Drop for Cluster<'_> {
    fn drop(&mut self) {
        folkmoot(&["cluster", "down", "--dir", self.0]);
    }
}

#[test]
fn the_demo_ends_with_one_state_and_all_that_was_written() {
    let home = tempfile::tempdir().unwrap();
    let kept = home.path().join("kept");
    let outcome = answer(&["demo", "--json", "--nodes", "5", "--keep", text(&kept)]);
    let mut keys: Vec<&String> = outcome.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["audit", "bills", "converged", "elections", "issues", "law", "nodes", "operations", "phases", "seconds", "state_hash"]);
    assert_eq!(outcome["converged"], true);
    let nodes = outcome["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 5);
    for node in nodes {
        assert_eq!((&node["state_hash"], &node["operations"]), (&outcome["state_hash"], &outcome["operations"]));
        let verified = answer(&["verify", "--json", "--data", text(&kept.join(node["name"].as_str().unwrap()))]);
        assert_eq!(verified["state_hash"], outcome["state_hash"]);
        assert_eq!((&verified["law"], &node["law"]), (&outcome["law"], &outcome["law"]));
    }
    assert_law_was_made(home.path(), &kept, &outcome);
    assert_enough_was_written(&Reader::open(&kept.join("chiara")).unwrap());
    let status = answer(&["cluster", "status", "--json", "--dir", text(&kept)]);
    assert_eq!((&status["equal"], &status["nodes"][0]["running"]), (&true.into(), &false.into()));
}

/// Five bills: three by both bodies, one by the override, one that failed. A recount from an export says the same.
fn assert_law_was_made(home: &Path, kept: &Path, outcome: &Value) {
    let file = home.join("coop");
    answer(&["export", "--coop", "--json", "--data", text(&kept.join("bilal")), text(&file)]);
    let audit = answer(&["audit", "--json", text(&file)]);
    assert_eq!((&audit["law"], &audit["issues"]), (&outcome["law"], &outcome["issues"]));
    assert_eq!((&outcome["audit"]["agrees"], &outcome["audit"]["law"]), (&true.into(), &outcome["law"]));
    assert!(!outcome["elections"][0]["elected"].as_array().unwrap().is_empty(), "{}", outcome["elections"]);
    assert!(outcome["bills"].as_array().unwrap().iter().any(|bill| bill["route"] == "override"), "{}", outcome["bills"]);
    let bills = audit["bills"].as_array().unwrap();
    let mut ends: Vec<(&str, &str)> = bills.iter().map(|bill| (bill["title"].as_str().unwrap(), bill["status"].as_str().unwrap())).collect();
    ends.sort();
    assert_eq!(
        ends,
        [
            ("A baker", "enacted"),
            ("A fee of 5.49", "enacted"),
            ("A holiday", "failed"),
            ("Bread on Sundays", "enacted"),
            ("Four tellers and a moderator", "enacted")
        ]
    );
    let law = Reader::open(&kept.join("chiara")).unwrap().view().law().unwrap().unwrap();
    assert_eq!(law.tellers().len(), 4);
    let moderators = law.offices.iter().filter(|((office, _), _)| matches!(office, Office::Moderator(_))).count();
    assert_eq!(moderators, 1, "by election");
    assert!(law.job("baker").is_some_and(|(_, job)| job.holder.is_some()), "the hire accepted");
    assert_eq!(law.values.get(&"fee.minimum".to_owned()).and_then(|value| value.present()).map(ToString::to_string).as_deref(), Some("5.49 EUR"));
}

fn assert_enough_was_written(reader: &Reader) {
    let view = reader.view();
    let communities = view.communities().expect("a store");
    assert!(communities.len() >= 3);
    assert!(communities.iter().map(|community| community.posts).sum::<u64>() >= 40);
    assert!(communities.iter().map(|community| community.comments).sum::<u64>() >= 200);
    let (mut reactions, mut deletions) = (0, 0);
    for chain in view.chains().expect("a store") {
        let range = ChainRange { space: chain.space, device: chain.device, from: 1, to: chain.tip.seq };
        for held in view.chain_operations(range, usize::MAX).expect("a store") {
            match held.op.payload.as_ref().map(|payload| payload.content(&held.op.header)) {
                Some(Ok(Content::Act(Act::React(_)))) => reactions += 1,
                Some(Ok(Content::Act(Act::Erase(_)))) => deletions += 1,
                _ => {}
            }
        }
    }
    assert!(reactions >= 100 && deletions >= 5, "{reactions} reactions, {deletions} deletions");
    assert!(view.pages(None).expect("a store").iter().any(|page| page.edits == 4));
}

#[test]
fn a_planted_fault_is_reported_with_its_id() {
    let home = tempfile::tempdir().unwrap();
    let kept = home.path().join("kept");
    let output = folkmoot(&["demo", "--json", "--nodes", "5", "--plant-fault", "--keep", text(&kept)]);
    assert_eq!(output.status.code(), Some(1));
    let (outcome, failure) = (json(&output.stdout), json(&output.stderr));
    assert_eq!((&outcome["converged"], &outcome["state_hash"]), (&false.into(), &Value::Null));
    assert_eq!(failure["code"], "not-converged");
    let said = failure["error"].as_str().unwrap();
    let id: OpId = said.split([' ', '\n', ':']).find_map(|word| word.parse().ok()).expect("an id");
    let holds = |name: &str| Reader::open(&kept.join(name)).unwrap().view().operation(id).unwrap().is_some();
    assert!(holds("bilal") && !holds("amara") && !holds("chiara"));
}

#[test]
fn an_interrupted_demo_leaves_no_process_behind() {
    let home = tempfile::tempdir().unwrap();
    let kept = home.path().join("kept");
    let mut demo = Command::new(PROGRAM).args(["demo", "--nodes", "5", "--keep", text(&kept)]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("the nodes run", || kept.join("cluster.json").exists());
    kill_process(Pid::from_raw(demo.id() as i32).unwrap(), Signal::INT).unwrap();
    assert_eq!(demo.wait().unwrap().code(), Some(1));
    assert!(["amara", "bilal", "chiara", "dilnoza", "amara-phone"].iter().all(|name| is_at_rest(&kept.join(name))));
}

#[test]
fn a_cluster_splits_heals_loses_a_node_and_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("cluster");
    let dir = text(&folder);
    let started = answer(&["cluster", "up", "3", "--json", "--dir", dir]);
    let cluster = Cluster(dir);
    assert_eq!(started["nodes"].as_array().unwrap().len(), 3);
    let post = |name: &str, title: &str| drop(answer(&["post", "commons", "--title", title, "--json", "--data", text(&folder.join(name))]));
    until("they begin alike", || cluster.is_equal());

    let split = answer(&["cluster", "split", "Chiara", "--json", "--dir", dir]);
    assert_eq!(split["groups"], serde_json::json!([["chiara"], ["amara", "bilal"]]));
    post("chiara", "Said alone");
    post("amara", "Said to Bilal");
    assert!(!cluster.is_equal());
    answer(&["cluster", "heal", "--json", "--dir", dir]);
    until("the halves agree", || cluster.is_equal());

    answer(&["cluster", "kill", "bilal", "--json", "--dir", dir]);
    assert_eq!(refusal(&["cluster", "kill", "bilal", "--json", "--dir", dir]).0, "not-running");
    post("bilal", "Said offline");
    post("amara", "Said meanwhile");
    answer(&["cluster", "restart", "bilal", "--json", "--dir", dir]);
    until("bilal has caught up", || cluster.is_equal());
    assert_eq!(answer(&["cluster", "status", "--json", "--dir", dir])["nodes"][1]["operations"], 5 + 4);

    let stopped = answer(&["cluster", "down", "--json", "--dir", dir]);
    assert_eq!(stopped["stopped"], serde_json::json!(["amara", "bilal", "chiara"]));
    assert!(["amara", "bilal", "chiara"].iter().all(|name| is_at_rest(&folder.join(name))));
}

#[test]
fn what_cannot_be_done_says_what_can() {
    let home = tempfile::tempdir().unwrap();
    let dir = text(home.path());
    assert_eq!(refusal(&["cluster", "status", "--json", "--dir", dir]).0, "no-cluster");
    let started = answer(&["cluster", "up", "1", "--json", "--dir", dir]);
    let cluster = Cluster(dir);
    assert_eq!(started["nodes"][0]["name"], "amara");
    let (code, hint) = refusal(&["cluster", "restart", "eve", "--json", "--dir", dir]);
    assert!(code == "not-found" && hint.contains("amara"));
    assert_eq!(refusal(&["cluster", "up", "2", "--json", "--dir", dir]).0, "exists");
    assert_eq!(refusal(&["demo", "--json", "--keep", dir]).0, "exists");
    assert_eq!(folkmoot(&["demo", "--nodes", "3"]).status.code(), Some(2));
    drop(cluster);
}
