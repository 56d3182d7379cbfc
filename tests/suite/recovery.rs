//! Members choose tellers without the old ones.

use super::tellers::{act, assert_same, bread, four_tellers_of, keys, law, open, person, status};
use folkmoot_node::{
    api::{Draft, Failure, LawDraft, Written},
    cli::why::{Because, reasons},
    service::Input,
};
use folkmoot_protocol::{
    id::*,
    law::{Choice, Office, Status},
};
use folkmoot_tests::sim::Sim;

fn devices(sim: &Sim, nodes: &[usize]) -> Vec<DeviceId> {
    let mut devices: Vec<DeviceId> = nodes.iter().map(|node| sim.service(*node).device()).collect();
    devices.sort();
    devices
}

fn choose(sim: &mut Sim, node: usize, tellers: &[usize]) -> Result<Written, Failure> {
    let tellers = devices(sim, tellers);
    sim.submit(node, Draft::Law(LawDraft::Recover { tellers }))
}

/// Whether the Gazette goes on: a bill passes.
fn assert_goes_on(sim: &mut Sim, node: usize, voters: &[usize]) {
    let bill = open(sim, node, String::new());
    for voter in voters {
        act(sim, *voter, LawDraft::Vote { document: bill, choice: Choice::For });
    }
    sim.run_for(60_000);
    assert!(matches!(status(sim, node, bill), Status::Enacted { .. }), "{:?}", status(sim, node, bill));
}

#[test]
fn where_the_only_teller_is_gone_two_thirds_of_the_consumers_choose_another() {
    let mut sim = bread(401, 4);
    let height = law(&sim, 1).height();
    assert_eq!(choose(&mut sim, 1, &[1]).unwrap_err().code, "too-early");
    sim.crash(0);
    sim.run_for(40_000);
    choose(&mut sim, 1, &[1]).unwrap();
    sim.run_for(20_000);
    assert_eq!(law(&sim, 2).height(), height, "one of three is not enough");
    choose(&mut sim, 2, &[1]).unwrap();
    sim.run_for(20_000);
    for node in 1..4 {
        assert!(law(&sim, node).height() > height);
        assert_eq!(law(&sim, node).tellers(), devices(&sim, &[1]), "machine {node}");
        assert!(sim.verify(node).faults.is_empty());
    }
    let view = sim.service(3).store().as_reader();
    let because = reasons(view, view.law_book(sim.now).unwrap().unwrap(), "teller").unwrap();
    let chose: Vec<&Because> = because.iter().filter(|link| link.what.starts_with("chose ")).collect();
    assert!(chose.len() == 2 && chose.iter().all(|link| link.op.is_some() && link.issue == Some(height + 1)), "{because:?}");
    assert!(because[0].what.ends_with(&format!("after issue {height}")), "{}", because[0].what);
    assert_goes_on(&mut sim, 3, &[1, 2, 3]);
    // The old one comes back and follows, whatever it might have printed.
    sim.restart(0);
    sim.run_for(60_000);
    assert_same(&sim);
}

#[test]
fn four_are_chosen_and_print_together() {
    let mut sim = bread(402, 6);
    sim.crash(0);
    sim.run_for(40_000);
    for node in 1..5 {
        choose(&mut sim, node, &[1, 2, 3, 4]).unwrap();
    }
    sim.run_for(30_000);
    // A restart in between forgets nothing.
    sim.crash_and_return(2);
    sim.run_for(30_000);
    let kept = sim.service(5).store().as_reader().issues_from(law(&sim, 5).height(), 1).unwrap();
    assert!(kept[0].signed.certificate.signatures.len() >= 3);
    assert_goes_on(&mut sim, 5, &[1, 2, 3, 4, 5]);
    sim.restart(0);
    sim.run_for(60_000);
    assert_same(&sim);
    assert_eq!(law(&sim, 0).tellers(), devices(&sim, &[1, 2, 3, 4]));
}

#[test]
fn what_the_old_teller_printed_alone_meanwhile_gives_way() {
    let mut sim = bread(403, 4);
    sim.split(&[0, 1, 1, 1]);
    sim.run_for(60_000);
    let alone = law(&sim, 0).height();
    assert!(alone > law(&sim, 1).height(), "it goes on by itself");
    choose(&mut sim, 1, &[3]).unwrap();
    choose(&mut sim, 2, &[3]).unwrap();
    sim.run_for(20_000);
    assert_eq!(law(&sim, 1).tellers(), devices(&sim, &[3]));
    sim.heal();
    sim.run_for(60_000);
    assert_same(&sim);
    for node in 0..4 {
        assert_eq!(law(&sim, node).tellers(), devices(&sim, &[3]), "machine {node}");
        assert!(sim.verify(node).faults.is_empty());
    }
    assert_goes_on(&mut sim, 0, &[0, 1, 2, 3]);
}

#[test]
fn who_chooses_twice_is_counted_for_nothing() {
    let mut sim = bread(404, 4);
    let laptop = sim.pair(1);
    sim.run_for(10_000);
    let height = law(&sim, 1).height();
    sim.crash(0);
    sim.run_for(40_000);
    sim.split(&[0, 0, 0, 0, 1]);
    choose(&mut sim, 1, &[1]).unwrap();
    assert_eq!(choose(&mut sim, 1, &[3]).unwrap_err().code, "chosen");
    // Their other device does not know that they chose.
    choose(&mut sim, laptop, &[3]).unwrap();
    sim.mend();
    sim.run_for(10_000);
    choose(&mut sim, 2, &[1]).unwrap();
    sim.run_for(30_000);
    assert_eq!(law(&sim, 3).height(), height);
    choose(&mut sim, 3, &[1]).unwrap();
    sim.run_for(30_000);
    for node in 1..4 {
        assert_eq!(law(&sim, node).tellers(), devices(&sim, &[1]), "machine {node}");
    }
}

#[test]
fn after_two_issues_of_one_number_the_members_settle_who_prints() {
    let mut sim = bread(405, 4);
    let copy = sim.copy_machine(0, keys(0), &[SpaceId::HALL]);
    for _ in 0..4 {
        sim.input(copy, Input::Tick);
        sim.run_for(1_000);
    }
    sim.split(&[0, 1, 1, 1, 1]);
    sim.connect_machine(copy, 1);
    sim.run_for(30_000);
    sim.crash(copy);
    sim.crash(0);
    for node in 1..4 {
        assert_eq!(law(&sim, node).height(), 0, "machine {node} has stopped");
    }
    // At the number before the fork nobody had paid yet: only the founder is there, and nobody can recover that.
    assert_eq!(choose(&mut sim, 1, &[1]).unwrap_err().code, "may-not");
}

/// Copies the only teller's machine, with all that it printed; both go on printing from issue `good` on. Answers the copy, and a bill
/// that only the first one printed.
fn print_on_two_machines(sim: &mut Sim, good: u64) -> (usize, DocumentId) {
    let copy = sim.copy_machine(0, keys(0), &[SpaceId::HALL]);
    let printed = sim.issues(0);
    sim.import_issues(copy, printed);
    assert_eq!(law(sim, copy).height(), good);
    let bill = open(sim, 1, String::new());
    assert!(law(sim, 1).height() > good && law(sim, 1).bill_of(bill).is_some());
    for _ in 0..60 {
        if law(sim, copy).height() > good {
            break;
        }
        sim.run_for(1_000);
        sim.input(copy, Input::Tick);
    }
    assert!(law(sim, copy).height() > good);
    (copy, bill)
}

#[test]
fn whoever_holds_either_of_two_issues_is_told() {
    let mut sim = bread(408, 2);
    let good = law(&sim, 1).height();
    let (copy, _) = print_on_two_machines(&mut sim, good);
    sim.crash(0);
    // The copy finds out by itself, and has taken its own issue back when the two meet.
    let issues = sim.issues(1);
    sim.import_issues(copy, issues);
    assert_eq!(law(&sim, copy).height(), good);
    sim.connect_machine(copy, 1);
    sim.run_for(30_000);
    for node in [1, copy] {
        let two = sim.service(node).store().as_reader().two_issues().unwrap();
        assert_eq!((two.map(|two| two.height), law(&sim, node).height()), (Some(good + 1), good), "machine {node}");
    }
}

#[test]
fn after_two_issues_of_a_later_number_the_members_go_on_from_the_last_good_one() {
    let mut sim = bread(406, 4);
    let good = law(&sim, 1).height();
    let (copy, bill) = print_on_two_machines(&mut sim, good);
    sim.split(&[0, 1, 1, 1, 1]);
    sim.connect_machine(copy, 1);
    sim.run_for(30_000);
    sim.crash(copy);
    for node in 1..4 {
        let two = sim.service(node).store().as_reader().two_issues().unwrap().expect("a proof");
        assert_eq!((two.height, law(&sim, node).height()), (good + 1, good), "machine {node}");
    }
    choose(&mut sim, 1, &[1]).unwrap();
    choose(&mut sim, 2, &[1]).unwrap();
    sim.run_for(30_000);
    for node in 1..4 {
        assert_eq!(law(&sim, node).tellers(), devices(&sim, &[1]), "machine {node}");
        // What the old one printed with the bill is printed again: nothing that somebody wrote is lost.
        assert!(law(&sim, node).bill_of(bill).is_some(), "machine {node}");
        assert!(sim.verify(node).faults.is_empty());
    }
    sim.heal();
    sim.run_for(60_000);
    for node in 0..4 {
        assert_eq!(law(&sim, node).hash(), law(&sim, 1).hash(), "machine {node}");
    }
    assert_goes_on(&mut sim, 2, &[1, 2, 3]);
}

#[test]
fn ballots_count_though_the_issue_of_a_recovery_prints_their_bill_again() {
    let mut sim = bread(409, 4);
    let good = law(&sim, 1).height();
    let (copy, bill) = print_on_two_machines(&mut sim, good);
    // Those who will choose have voted on what somebody else opened.
    for voter in [2, 3] {
        act(&mut sim, voter, LawDraft::Vote { document: bill, choice: Choice::For });
    }
    sim.run_for(5_000);
    sim.split(&[0, 1, 1, 1, 1]);
    sim.connect_machine(copy, 1);
    sim.run_for(30_000);
    sim.crash(copy);
    assert_eq!(law(&sim, 2).height(), good, "it has stopped");
    for chooser in [2, 3] {
        choose(&mut sim, chooser, &[2]).unwrap();
    }
    sim.run_for(10_000);
    for node in 1..4 {
        let (op, _) = law(&sim, node).bill_of(bill).expect("it is printed again");
        for voter in [2, 3] {
            assert!(law(&sim, node).ballot_of(op, person(&sim, voter)).is_some(), "the ballot of {voter} at machine {node}");
        }
    }
}

#[test]
fn who_prints_before_and_after_the_members_chose_has_contradicted_nothing() {
    let mut sim = four_tellers_of(bread(407, 12));
    [2, 3].into_iter().for_each(|node| sim.crash(node));
    // The two who are left agree on nothing, though something waits.
    let bill = act(&mut sim, 4, LawDraft::Bill { title: "Waits".into(), text: String::new(), effects: String::new(), writers: vec![] });
    act(&mut sim, 4, LawDraft::Open { document: bill, requires: None, sunset: None });
    sim.run_for(45_000);
    let chosen = devices(&sim, &[0, 1, 4, 5]);
    // One of them hears of the choice last, and knows what the other one said among the old ones.
    sim.split(&[0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for node in 4..12 {
        choose(&mut sim, node, &[0, 1, 4, 5]).unwrap();
    }
    sim.run_for(10_000);
    sim.mend();
    sim.run_for(60_000);
    for node in [0, 1, 4, 11] {
        assert_eq!(law(&sim, node).tellers(), chosen, "machine {node}");
        assert!(law(&sim, node).bill_of(bill).is_some(), "machine {node}");
        for office in [Office::Registrar, Office::Treasurer, Office::Teller] {
            assert!(law(&sim, node).holds(office, sim.person(0)), "at machine {node} machine 0 is no {office} any more");
        }
    }
    sim.heal();
    sim.run_for(60_000);
    assert_same(&sim);
}
