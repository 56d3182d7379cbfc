//! What waits for an issue: nothing of it is in force by looking at it, and who only waits has none printed.

use super::quick;
use crate::tellers::{TELLERS, accept, act, bread, law, open, pass, with_four_tellers};
use folkmoot_node::{
    api::{Draft, LawDraft},
    standstill::standstill,
};
use folkmoot_protocol::{
    id::*,
    law::{Choice, Status},
};
use folkmoot_tests::sim::{Faults, Sim};

const TELLER: usize = 0;
const OVERRIDE_MS: u64 = 600_000;

/// A founder who prints, four consumers, and two speeds to come into force.
fn story(seed: u64) -> Sim {
    let mut sim = Sim::new(seed, 5, Faults::none());
    let speeds = [("voting.period", "PT2M"), ("cooling.period", "PT1M"), ("cooling.override", "PT10M")];
    let silence = [("heartbeat.period", "PT1H"), ("recovery.wait", "PT2H")];
    sim.found_under(quick(&[&speeds[..], &silence].concat()));
    sim.run_for(5_000);
    sim.pay(&[1, 2, 3, 4]);
    sim
}

fn comes_into_force(sim: &Sim, bill: OpId) -> u64 {
    match sim.bill(TELLER, bill).status {
        Status::Passed { in_force_from, .. } => in_force_from,
        ref other => panic!("it is {other:?}"),
    }
}

#[test]
fn a_bill_comes_into_force_by_an_issue_and_not_by_looking_at_it() {
    let mut sim = story(36);
    let (baker, effects) = (sim.person(1), |baker| format!("open-election auditor 1\ncreate-job baker 1800.00 EUR Bakes\nfill-job baker {baker}"));
    let document = sim.draft_bill(1, "Bakers", &effects(baker), vec![]);
    let bill = sim.open_bill(1, document);
    for node in 0..5 {
        sim.vote(node, document, Choice::For).unwrap();
    }
    sim.until_ended(TELLER, bill);
    sim.settle(20_000);
    let in_force_from = comes_into_force(&sim, bill);
    sim.crash(TELLER);
    sim.run_for(in_force_from + 1_000 - sim.now);
    let seen = |sim: &Sim| {
        let book = sim.service(1).store().as_reader().law_book(sim.now).unwrap().unwrap();
        (book.provisional.elections.iter().map(|(id, _)| *id).collect::<Vec<_>>(), book.offers_to(baker).count())
    };
    let waits = sim.bill_view(1, document);
    assert_eq!((waits.status, waits.in_force_from), ("passed", Some(in_force_from)));
    assert_eq!(seen(&sim), (vec![], 0), "what nobody can take part in yet is not shown as if they could");
    sim.restart(TELLER);
    sim.until("it is in force", 60_000, |sim| sim.state(1).elections.iter().count() == 1);
    let (elections, offers) = seen(&sim);
    assert_eq!((elections.len(), offers), (1, 1));
    sim.submit(1, Draft::Law(LawDraft::Stand { election: elections[0] })).unwrap();
}

#[test]
fn nothing_is_printed_for_a_bill_that_waits_for_the_one_that_it_requires() {
    let mut sim = story(37);
    let required_text = sim.draft_bill(1, "Flour", "endorse flour.example", vec![]);
    let required = sim.open_bill(1, required_text);
    let text = sim.draft_bill(2, "Bread", "endorse bread.example", vec![]);
    sim.run_for(5_000);
    let bill = sim.law(2, LawDraft::Open { document: text, requires: Some(required), sunset: None }).unwrap().op;
    sim.run_for(5_000);
    // The one worker is against the first, which waits longer for that.
    sim.vote(TELLER, required_text, Choice::Against).unwrap();
    sim.vote(TELLER, text, Choice::For).unwrap();
    for node in 1..5 {
        sim.vote(node, required_text, Choice::For).unwrap();
        sim.vote(node, text, Choice::For).unwrap();
    }
    sim.until_ended(TELLER, required);
    sim.until_ended(TELLER, bill);
    let (first, then) = (comes_into_force(&sim, bill), comes_into_force(&sim, required));
    assert!(first + OVERRIDE_MS / 2 < then);
    sim.run_for(first + 5_000 - sim.now);
    let (height, waits) = (sim.state(TELLER).height(), sim.bill_view(3, text));
    assert_eq!((waits.status, waits.in_force_from), ("passed", Some(then)), "it is not in force before the other");
    assert!(waits.why.iter().any(|why| why.contains("comes into force no sooner than the bill that it requires")), "{:?}", waits.why);
    sim.run_for(120_000);
    let printed = sim.state(TELLER).height() - height;
    assert_eq!(printed, 0, "issues in two minutes in which nothing happened");
    sim.until("both are in force", OVERRIDE_MS, |sim| [required, bill].iter().all(|id| matches!(sim.bill(1, *id).status, Status::Enacted { .. })));
}

#[test]
fn a_ballot_behind_its_time_is_told_to_depend_on_the_issue_that_ends_the_vote() {
    let mut sim = story(38);
    let document = sim.draft_bill(1, "Bread", "", vec![]);
    let bill = sim.open_bill(1, document);
    let why = |sim: &Sim, node: usize| sim.bill_view(node, document).ballot.map(|ballot| (ballot.counts, ballot.why)).unwrap();
    sim.vote(1, document, Choice::For).unwrap();
    assert_eq!(why(&sim, 1), (true, "counts among the consumers".into()));
    sim.run_for(5_000);
    sim.crash(TELLER);
    sim.run_for(sim.bill(1, bill).deadline + 1_000 - sim.now);
    sim.vote(2, document, Choice::For).unwrap();
    let told = |sim: &Sim| standstill(sim.service(2).store().as_reader(), sim.state(2), sim.now).unwrap();
    assert_eq!(told(&sim), None, "an issue may take a while");
    let (counts, said) = why(&sim, 2);
    assert!(counts && said.contains("signed after the time to vote"), "{said}");
    sim.run_for(90_000);
    let late = told(&sim).unwrap();
    assert!(late.contains("one is late") && late.contains("its one teller prints"), "{late}");
    sim.restart(TELLER);
    sim.until_ended(TELLER, bill);
    sim.settle(20_000);
    assert!(!why(&sim, 2).1.contains("signed after the time to vote"));
    assert_eq!(told(&sim), None);
}

/// A vote to whose end the founder's machine comes too late, and what a consumer says meanwhile.
fn voted_while_away(seed: u64, away: impl FnOnce(&mut Sim), back: impl FnOnce(&mut Sim, u64)) {
    let mut sim = story(seed);
    let document = sim.draft_bill(1, "Bread", "", vec![]);
    let bill = sim.open_bill(1, document);
    sim.run_for(20_000);
    away(&mut sim);
    sim.run_for(1_000);
    sim.vote(1, document, Choice::For).unwrap();
    let deadline = sim.bill(1, bill).deadline;
    back(&mut sim, deadline);
    sim.until_ended(TELLER, bill);
    sim.settle(30_000);
    assert_eq!(sim.tally(TELLER, bill).consumers.in_favour, 1, "what was signed in time counts, though the teller was away");
}

#[test]
fn an_only_teller_that_begins_behind_the_end_of_a_vote_looks_first_for_what_was_voted() {
    let back = |sim: &mut Sim, deadline: u64| {
        sim.run_for(deadline + 5_000 - sim.now);
        sim.restart(TELLER);
    };
    voted_while_away(39, |sim| sim.crash(TELLER), back);
}

#[test]
fn an_only_teller_that_slept_looks_first_for_what_was_voted() {
    let back = |sim: &mut Sim, deadline: u64| {
        sim.run_for(60_000);
        sim.skew_clock(TELLER, (deadline + 5_000 - sim.now) as i64);
        sim.mend();
    };
    voted_while_away(40, |sim| sim.split(&[0, 1, 1, 1, 1]), back);
}

#[test]
fn an_only_teller_that_meets_nobody_prints_all_the_same() {
    let mut sim = story(41);
    let document = sim.draft_bill(1, "Bread", "", vec![]);
    let bill = sim.open_bill(1, document);
    sim.settle(20_000);
    let deadline = sim.bill(TELLER, bill).deadline;
    (0..5).for_each(|node| sim.crash(node));
    sim.run_for(deadline + 5_000 - sim.now);
    sim.restart(TELLER);
    sim.until_ended(TELLER, bill);
}

#[test]
fn who_may_vote_by_now_opens_a_bill_though_nothing_was_printed_since() {
    let mut sim = Sim::new(38, 2, Faults::none());
    sim.found_under(quick(&[("waiting.period", "PT1M"), ("heartbeat.period", "PT1H"), ("recovery.wait", "PT2H")]));
    sim.run_for(5_000);
    sim.pay(&[1]);
    let document = sim.draft_bill(1, "Ovens", "", vec![]);
    sim.run_for(20_000);
    let open = || Draft::Law(LawDraft::Open { document, requires: None, sunset: None });
    let too_early = sim.submit(1, open()).unwrap_err();
    assert!(too_early.error.contains("only who may vote"), "{}", too_early.error);
    let height = sim.state(1).height();
    sim.run_for(60_000);
    assert_eq!(sim.state(1).height(), height, "nothing was printed since");
    sim.submit(1, open()).unwrap();
    sim.run_for(10_000);
    assert_eq!(sim.state(0).bills.iter().count(), 1, "it is open");
}

#[test]
fn what_members_did_among_themselves_is_printed_behind_what_it_names() {
    let mut sim = bread(716, 4);
    let officers: Vec<String> = (1..4).flat_map(|node| ["treasurer", "registrar"].map(|office| format!("appoint {office} {}", sim.person(node)))).collect();
    pass(&mut sim, officers.join("\n"));
    for node in [1, 1, 2, 2, 3, 3] {
        accept(&mut sim, node);
        sim.run_for(5_000);
    }
    // Each records dues of the next, which the third confirms, where no teller is: their chains come to the teller all at once.
    for first in 0..3 {
        let [treasurer, registrar, member] = [0, 1, 2].map(|place| 1 + (first + place) % 3);
        sim.split(&[0, 1, 1, 1]);
        let (whom, from_ms) = (sim.person(member), sim.now);
        let dues = LawDraft::Dues { member: whom, from_ms, to_ms: from_ms + 300 * 24 * 3_600_000, amount: "50.00 EUR".into(), commitment: [0; 32] };
        let receipt = sim.submit(treasurer, Draft::Law(dues)).unwrap().op;
        sim.run_for(5_000);
        act(&mut sim, registrar, LawDraft::Attest { dues: receipt });
        act(&mut sim, member, LawDraft::Accept { offer: receipt });
        sim.run_for(5_000);
        sim.heal();
        sim.run_for(30_000);
        let row = law(&sim, 0).dues.iter().map(|(_, row)| row).find(|row| row.op == receipt).expect("it is printed");
        assert!(row.registrar.is_some() && row.accepted.is_some(), "recorded by machine {treasurer}: {row:?}");
    }
}

#[test]
fn tellers_whose_disks_are_full_for_moments_go_on_with_the_others() {
    let mut sim = with_four_tellers(717);
    for turn in 0..40 {
        let (title, text, effects) = (format!("Turn {turn}"), String::new(), String::new());
        let document = act(&mut sim, TELLERS, LawDraft::Bill { title, text, effects, writers: vec![] });
        act(&mut sim, TELLERS, LawDraft::Open { document, requires: None, sunset: None });
        // At another moment of what the tellers say to each other each time.
        sim.run_for(100 + 37 * turn);
        for node in 0..TELLERS {
            sim.fill_disk(node, 700);
        }
        sim.run_for(2_000);
    }
    sim.run_for(30_000);
    let bill = open(&mut sim, TELLERS, String::new());
    for node in 0..TELLERS {
        assert!(law(&sim, node).bill_of(bill).is_some(), "at machine {node}, of issue {}", law(&sim, node).height());
    }
}
