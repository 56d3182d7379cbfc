//! The Gazette with whole nodes: what is voted while apart, while the teller falls, and while somebody lies.

mod files;
mod forks;
mod hostile;
mod waiting;

use folkmoot_node::{
    api::{Draft, LawDraft, Request},
    keystore::Keystore,
    store::{FILE_NAME, Store},
};
use folkmoot_protocol::{
    document::Key,
    id::*,
    law::{Choice, Status},
};
use folkmoot_tests::sim::{Faults, GazetteChecks, Sim, quick, recounting_gives_the_same};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

/// A co-op whose founder is its teller, and where all others pay dues. A vote lasts two minutes.
fn bread(seed: u64, people: usize) -> Sim {
    bread_of(Sim::new(seed, people, Faults::none()))
}

fn bread_of(mut sim: Sim) -> Sim {
    sim.found_under(quick(&[("voting.period", "PT2M")]));
    sim.run_for(5_000);
    sim.pay(&(1..sim.machines()).collect::<Vec<_>>());
    sim
}

/// All machines hold the same issues and come to the same law, which each of them recounts.
fn assert_one_law(sim: &mut Sim, among: &[usize]) {
    sim.settle_among(among, 120_000);
    GazetteChecks::default().look_last(sim, among);
}

fn edit(document: DocumentId, key: Key, text: &str) -> Draft {
    Draft::Edit { document, at: None, fields: BTreeMap::from([(key, text.into())]) }
}

#[test]
fn a_bill_says_that_it_cannot_pass_for_all_whom_it_names_and_what_it_requires() {
    let mut sim = bread(35, 4);
    let lines = |people: &[usize], sim: &Sim| people.iter().map(|node| format!("appoint auditor {}", sim.person(*node))).collect::<Vec<_>>().join("\n");
    let many = lines(&[1, 2, 3], &sim);
    let bill = sim.draft_bill(1, "Auditors", &many, vec![]);
    let first = sim.open_bill(1, bill);
    sim.settle(30_000);
    assert!(sim.bill_view(0, bill).why.iter().any(|why| why.contains("it cannot pass: it names 3")), "{:?}", sim.bill_view(0, bill).why);
    assert!(sim.submit(1, edit(bill, Key::Text, "Otherwise.")).is_err_and(|failure| failure.code == "fixed"));
    let few = sim.draft_bill(2, "Bread", "", vec![]);
    sim.law(2, LawDraft::Open { document: few, requires: Some(first), sunset: None }).unwrap();
    sim.settle(30_000);
    let why = sim.bill_view(0, few).why;
    assert!(why.iter().any(|why| why.contains("it requires the bill \"Auditors\", which is open")), "{why:?}");
    assert!(!why.iter().any(|why| why.contains("cannot pass")), "{why:?}");
}

#[test]
fn a_bill_written_apart_is_opened_and_who_was_cut_off_votes_as_long_as_the_vote_lasts() {
    let mut sim = bread(31, 5);
    let friend = sim.person(2);
    let bill = sim.draft_bill(1, "A fee", "set-law fee.minimum=5.99 EUR", vec![friend]);
    sim.settle(30_000);
    sim.split(&[0, 0, 1, 0, 0]);
    sim.submit(1, edit(bill, Key::Text, "Foreword.\nWhereas.\n")).unwrap();
    sim.submit(2, edit(bill, Key::Text, "Whereas.\nAfterword.\n")).unwrap();
    sim.heal();
    sim.settle(60_000);
    let opened = sim.open_bill(1, bill);
    let view = sim.bill_view(4, bill);
    assert_eq!((view.author.id, view.writers.iter().map(|writer| writer.id).collect::<Vec<_>>()), (sim.person(1), vec![friend]));
    assert_eq!(sim.bill_view(4, bill).text, "Foreword.\nWhereas.\nAfterword.\n");
    // Three and four are cut off, each alone, and vote.
    sim.split(&[0, 0, 0, 1, 2]);
    for node in [0, 1, 2, 3] {
        sim.vote(node, bill, Choice::For).unwrap();
    }
    sim.vote(4, bill, Choice::Against).unwrap();
    // Until nothing is under way to them any more.
    sim.run_for(40_000);
    assert_eq!(sim.bill_view(3, bill).ballot.unwrap().state, "written");
    assert_eq!(sim.bill_view(2, bill).ballot.unwrap().state, "printed");
    assert_eq!(sim.tally(0, opened).consumers.in_favour, 2);
    // Three comes back in time, four does not.
    sim.split(&[0, 0, 0, 0, 1]);
    sim.until_ended(0, opened);
    sim.heal();
    assert_one_law(&mut sim, &[0, 1, 2, 3, 4]);
    let tally = sim.tally(4, opened);
    assert_eq!((tally.consumers.in_favour, tally.consumers.against, tally.workers.in_favour), (3, 0, 1));
    sim.run_for(20_000);
    let late = sim.bill_view(4, bill).ballot.unwrap();
    assert!(!late.counts && late.state == "printed" && late.why.contains("after the vote ended"), "{late:?}");
    sim.until("it is in force", 60_000, |sim| matches!(sim.bill(3, opened).status, Status::Enacted { .. }));
    assert_eq!(sim.state(3).values.get(&"fee.minimum".into()).unwrap().present().unwrap().to_string(), "5.99 EUR");
}

#[test]
fn a_node_that_was_off_and_a_newcomer_catch_up_on_all_issues() {
    let mut sim = bread(32, 3);
    let bill = sim.draft_bill(1, "Bread", "endorse bread.example", vec![]);
    let opened = sim.open_bill(1, bill);
    for node in 0..3 {
        sim.vote(node, bill, Choice::For).unwrap();
    }
    sim.run_for(5_000);
    sim.crash(2);
    sim.until_ended(0, opened);
    // More issues than one message takes.
    sim.until("many issues", 4_000_000, |sim| sim.state(0).height() > 70);
    sim.restart(2);
    let keys = Keystore::in_memory("Newcomer", sim.random.bytes());
    let newcomer = sim.add(keys);
    sim.join(newcomer, 1);
    assert_one_law(&mut sim, &[0, 1, 2, newcomer]);
    assert!(matches!(sim.bill(newcomer, opened).status, Status::Enacted { .. }));
    for node in [0, 2, newcomer] {
        let law = sim.state(node).hash();
        sim.rebuild(node);
        assert_eq!(sim.state(node).hash(), law);
        recounting_gives_the_same(&sim, node);
        assert!(sim.verify(node).faults.is_empty());
    }
}

#[test]
fn a_teller_that_falls_again_and_again_never_prints_a_number_twice() {
    let mut sim = bread(33, 4);
    let mut checks = GazetteChecks::default();
    let bill = sim.draft_bill(1, "Bread", "", vec![]);
    sim.open_bill(1, bill);
    for round in 0..60 {
        if sim.is_up(0) {
            match round % 3 {
                0 => sim.crash_and_return(0),
                1 => sim.die_writing(0),
                _ => {}
            }
        }
        let (voter, choice) = (1 + round % 3, if round % 2 == 0 { Choice::For } else { Choice::Against });
        let _ = sim.vote(voter, bill, choice);
        let pause = sim.random.below(2_000);
        sim.run_for(pause);
        let up: Vec<usize> = (0..4).filter(|node| sim.is_up(*node)).collect();
        checks.look(&sim, &up);
    }
    sim.heal();
    sim.settle(120_000);
    checks.look_last(&sim, &[0, 1, 2, 3]);
    assert!(checks.compared > 0 && checks.receipts_kept > 0);
}

#[test]
fn a_teller_whose_store_is_put_back_asks_before_it_prints() {
    let (folder, old) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let keys = || Keystore::in_memory("Teller", [9; 64]);
    let mut sim = Sim::new(34, 0, Faults::none());
    sim.add_stored(Store::open(folder.path()).unwrap(), keys());
    for number in 1..3 {
        let keys = Keystore::in_memory(&format!("Person {number}"), sim.random.bytes());
        sim.add(keys);
    }
    let mut sim = bread_of(sim);
    sim.take_down(0);
    // The store without what lies beside it.
    fs::copy(folder.path().join(FILE_NAME), old.path().join(FILE_NAME)).unwrap();
    sim.put_up(0, Store::open(folder.path()).unwrap(), keys());
    sim.run_for(2_000);
    let before = sim.state(0).height();
    // It prints what others wrote, and writes nothing itself.
    sim.submit(1, Draft::Profile { name: Some("Robert".into()), bio: None }).unwrap();
    sim.draft_bill(1, "Bread", "", vec![]);
    sim.law(1, LawDraft::Cosponsor { document: DocumentId::ZERO, requires: None, sunset: None }).unwrap_err();
    sim.until("an issue more", 120_000, |sim| sim.state(2).height() > before + 1);
    let printed = sim.state(2).height();
    sim.take_down(0);
    fs::copy(old.path().join(FILE_NAME), folder.path().join(FILE_NAME)).unwrap();
    // Its peers are out of reach, and time goes on: it must not print.
    sim.split(&[0, 1, 1]);
    sim.put_up(0, Store::open(folder.path()).unwrap(), keys());
    assert!(sim.state(0).height() < printed);
    let held = sim.state(0).height();
    sim.run_for(120_000);
    assert_eq!(sim.state(0).height(), held, "it printed while it did not know what it had printed");
    let refusal = sim.ask(0, Request::Print).unwrap_err();
    assert_eq!(refusal.code, "repairing");
    sim.heal();
    sim.until("it prints again", 240_000, |sim| sim.state(0).height() > printed);
    assert_one_law(&mut sim, &[0, 1, 2]);
}

#[test]
fn two_devices_of_one_voter_that_disagree_spoil_the_ballot_until_it_is_resolved() {
    let mut sim = bread(35, 3);
    let laptop = sim.pair(1);
    let bill = sim.draft_bill(2, "Bread", "", vec![]);
    let opened = sim.open_bill(2, bill);
    sim.settle(30_000);
    sim.split(&[0, 0, 0, 1]);
    sim.vote(1, bill, Choice::For).unwrap();
    sim.vote(laptop, bill, Choice::Against).unwrap();
    sim.heal();
    sim.run_for(15_000);
    sim.settle(60_000);
    let tally = sim.tally(0, opened);
    assert_eq!((tally.spoiled, tally.consumers.in_favour, tally.consumers.against), (1, 0, 0));
    let ballot = sim.bill_view(1, bill).ballot.unwrap();
    let said: BTreeSet<_> = ballot.choices.iter().map(String::as_str).collect();
    assert!(said == BTreeSet::from(["against", "for"]) && !ballot.counts, "{ballot:?}");
    sim.vote(laptop, bill, Choice::Against).unwrap();
    sim.run_for(10_000);
    assert_one_law(&mut sim, &[0, 1, 2, laptop]);
    let tally = sim.tally(0, opened);
    assert_eq!((tally.spoiled, tally.consumers.in_favour, tally.consumers.against), (0, 0, 1));
}

#[test]
fn a_voter_replaces_what_a_lost_device_said_before_its_closing_was_printed() {
    let mut sim = bread(37, 3);
    let laptop = sim.pair(1);
    let bill = sim.draft_bill(2, "Bread", "", vec![]);
    let opened = sim.open_bill(2, bill);
    sim.settle(30_000);
    // Whoever found the laptop votes; its owner closes it without having heard of that.
    sim.split(&[0, 1, 0, 0]);
    sim.vote(laptop, bill, Choice::Against).unwrap();
    sim.run_for(8_000);
    assert_eq!(sim.tally(0, opened).consumers.against, 1);
    let device = sim.service(laptop).device();
    sim.submit(1, Draft::RevokeDevice { device, authority: None }).unwrap();
    sim.heal();
    sim.run_for(15_000);
    assert_eq!(sim.tally(0, opened).consumers.against, 1, "what was printed before stands");
    sim.vote(1, bill, Choice::For).unwrap();
    sim.run_for(8_000);
    assert_one_law(&mut sim, &[0, 1, 2]);
    let tally = sim.tally(0, opened);
    assert_eq!((tally.spoiled, tally.consumers.in_favour, tally.consumers.against), (0, 1, 0), "{:?}", sim.bill_view(1, bill).ballot);
}

#[test]
fn a_guest_who_pays_and_accepts_votes() {
    let mut sim = bread(36, 2);
    let keys = Keystore::in_memory("Guest", sim.random.bytes());
    let guest = sim.add(keys);
    sim.join_as(guest, 1, true);
    sim.run_for(5_000);
    sim.pay(&[guest]);
    let bill = sim.draft_bill(1, "Bread", "", vec![]);
    let opened = sim.open_bill(1, bill);
    sim.vote(guest, bill, Choice::For).unwrap();
    sim.run_for(10_000);
    assert_one_law(&mut sim, &[0, 1, guest]);
    assert_eq!((sim.bill(0, opened).consumers, sim.tally(0, opened).consumers.in_favour), (2, 1), "{:?}", sim.bill_view(guest, bill).ballot);
}
