//! The roll: dues, who records and confirms them, grace, waiting, growth.

use super::*;
use folkmoot_protocol::{
    act::law::Dues,
    id::PersonId,
    law::{Office, ReceiptState},
};
use folkmoot_tests::paper::BEGINNING;

const LONG: u64 = BEGINNING * 2;

fn pays(paper: &Paper, somebody: usize) -> bool {
    paper.state.standing(paper.people[somebody].person, paper.now).consumer
}

/// Records a receipt as somebody, prints that, and answers the act and why it has no effect.
fn record(paper: &mut Paper, treasurer: usize, dues: Dues) -> (OpId, Option<String>) {
    let op = paper.law(treasurer, LawAct::Dues(dues));
    paper.print(1);
    (op, paper.reason(op).map(str::to_owned))
}

fn accept(paper: &mut Paper, somebody: usize, offer: OpId) -> Option<String> {
    let op = paper.law(somebody, LawAct::Accept { offer });
    paper.print(1);
    paper.reason(op).map(str::to_owned)
}

#[test]
fn dues_are_refused_with_the_reason() {
    let (mut paper, consumers) = bread(3);
    let bob = paper.join();
    paper.print(1);
    let good = paper.receipt(4, bob, LONG);
    let with = |change: &dyn Fn(&mut Dues)| {
        let mut dues = good.clone();
        change(&mut dues);
        dues
    };
    for (treasurer, dues, reason) in [
        (ALICE, with(&|dues| dues.number = 3), "the next receipt is number 4"),
        (ALICE, with(&|dues| dues.number = 5), "the next receipt is number 4"),
        (ALICE, with(&|dues| dues.number = 0), "numbered from 1"),
        (ALICE, with(&|dues| dues.amount = money("4.98 EUR")), "at least 4.99 EUR"),
        (ALICE, with(&|dues| dues.from_ms -= 24 * 3_600_000 * 2), "at least 9.98 EUR"),
        (ALICE, with(&|dues| dues.amount = money("1000.00 USD")), "at least 4.99 EUR"),
        (ALICE, with(&|dues| dues.amount.minor = u64::MAX), "nobody pays so much"),
        (ALICE, with(&|dues| dues.from_ms = dues.to_ms), "ends after it begins"),
        (ALICE, with(&|dues| dues.from_ms = 0), "ends after it begins"),
        (ALICE, with(&|dues| dues.member = PersonId([9; 32])), "nobody of that id"),
        (consumers[0], good.clone(), "only a treasurer"),
        (bob, good.clone(), "only a treasurer"),
    ] {
        let mut dues = dues;
        if reason.contains("9.98") {
            dues.amount = money("9.97 EUR");
        }
        let (_, found) = record(&mut paper, treasurer, dues);
        assert!(found.as_deref().is_some_and(|found| found.contains(reason)), "{reason}: {found:?}");
    }
    assert_eq!((paper.state.dues.len(), record(&mut paper, ALICE, good).1), (3, None));
    check(&paper);
}

#[test]
fn a_member_accepts_their_dues_themselves() {
    let (mut paper, consumers) = bread(1);
    let bob = paper.join();
    paper.print(1);
    let dues = paper.receipt(2, bob, LONG);
    let (receipt, _) = record(&mut paper, ALICE, dues);
    assert!(!pays(&paper, bob));
    assert!(accept(&mut paper, consumers[0], receipt).unwrap().contains("somebody else"));
    assert_eq!(accept(&mut paper, bob, receipt), None);
    assert!(pays(&paper, bob) && accept(&mut paper, bob, receipt).is_some());
}

/// Appoints somebody to an office, and they accept.
fn appoint(paper: &mut Paper, text: u8, office: Office, somebody: usize) {
    let bill = paper.enact(ALICE, text, vec![Effect::Appoint { office, person: paper.people[somebody].person }]);
    assert_eq!(accept(paper, somebody, bill.made_by(0)), None);
}

#[test]
fn dues_take_two_people_once_there_are_two() {
    let (mut paper, consumers) = bread(3);
    let registrar = consumers[0];
    appoint(&mut paper, 1, Office::Registrar, registrar);
    let bob = paper.join();
    paper.print(1);
    let dues = paper.receipt(4, bob, LONG);
    let (receipt, reason) = record(&mut paper, ALICE, dues);
    assert_eq!((reason, accept(&mut paper, bob, receipt)), (None, None));
    assert!(!pays(&paper, bob), "nobody but the treasurer stands behind it");
    for (somebody, reason) in
        [(ALICE, Some("cannot confirm them as well")), (bob, Some("only a registrar")), (registrar, None), (registrar, Some("confirmed already"))]
    {
        let op = paper.law(somebody, LawAct::Attest { dues: receipt });
        paper.print(1);
        assert_eq!(paper.reason(op).is_some(), reason.is_some());
        assert!(reason.is_none_or(|reason| paper.reason(op).unwrap().contains(reason)));
    }
    assert!(pays(&paper, bob));
    let unknown = paper.law(registrar, LawAct::Attest { dues: OpId([9; 32]) });
    paper.print(1);
    assert!(paper.reason(unknown).unwrap().contains("no such receipt"));
    check(&paper);
}

#[test]
fn a_treasurer_without_a_registrar_admits_nobody_alone() {
    let (mut paper, _) = bread(3);
    paper.enact(ALICE, 1, vec![Effect::Dismiss { office: Office::Registrar, person: paper.people[ALICE].person }]);
    let bob = paper.join();
    paper.print(1);
    let dues = paper.receipt(4, bob, LONG);
    let (receipt, reason) = record(&mut paper, ALICE, dues);
    assert_eq!((reason, accept(&mut paper, bob, receipt)), (None, None));
    assert!(!pays(&paper, bob));
    // Who becomes the only registrar confirms what waits.
    appoint(&mut paper, 2, Office::Registrar, ALICE);
    let op = paper.law(ALICE, LawAct::Attest { dues: receipt });
    paper.print(1);
    assert!(paper.reason(op).is_none() && pays(&paper, bob));
}

#[test]
fn grace_then_lapse_then_a_new_beginning_with_a_new_waiting_time() {
    let mut paper = Paper::found(Preset::Quick, &[("waiting.period", "PT3S")]);
    let bob = paper.join();
    paper.print(1);
    let until = paper.now + 10_000;
    let receipt = paper.dues(bob, until);
    accept(&mut paper, bob, receipt);
    assert!(!pays(&paper, bob), "they joined only now");
    paper.print(3_000);
    assert!(pays(&paper, bob));
    paper.print(until + 4_999 - paper.now);
    assert!(pays(&paper, bob), "the time of grace");
    // Paid within the time of grace, membership goes on.
    let receipt = paper.dues(bob, until + 10_000);
    accept(&mut paper, bob, receipt);
    assert!(pays(&paper, bob));
    paper.print(until + 15_001 - paper.now);
    assert!(!pays(&paper, bob));
    let receipt = paper.dues(bob, LONG);
    accept(&mut paper, bob, receipt);
    assert!(paper.state.why_no_consumer(paper.people[bob].person, paper.now).unwrap().contains("waiting time"));
    paper.print(3_000);
    assert!(pays(&paper, bob));
    check(&paper);
}

#[test]
fn the_roll_grows_by_so_many_in_a_time_and_the_rest_wait_their_turn() {
    let (mut paper, joined) = bread_under(8, &[("growth.least", "3")]);
    let in_time = |paper: &Paper| joined.iter().map(|somebody| pays(paper, *somebody)).collect::<Vec<_>>();
    assert_eq!((in_time(&paper), paper.state.queue.len()), (vec![true, true, true, false, false, false, false, false], 5));
    let wait = |paper: &Paper| paper.state.dues.iter().filter(|(number, row)| paper.state.receipt_state(**number, row) == ReceiptState::WaitsForPlace).count();
    assert_eq!(wait(&paper), 5);
    let waiting = paper.people[joined[3]].person;
    assert!(paper.state.why_no_consumer(waiting, paper.now).unwrap().contains("growth.least"));
    // Who pays again while they wait keeps their place.
    let receipt = paper.dues(joined[7], LONG + 1);
    accept(&mut paper, joined[7], receipt);
    assert_eq!((paper.state.queue.len(), wait(&paper)), (5, 6), "both receipts of theirs wait");
    paper.print(9_000);
    assert_eq!(paper.state.queue.len(), 5);
    paper.print(1_000);
    assert_eq!(in_time(&paper), [true, true, true, true, true, true, false, false]);
    paper.print(10_000);
    assert_eq!((in_time(&paper), paper.state.queue.len(), wait(&paper)), (vec![true; 8], 0, 0));
    assert_eq!(paper.state.consumer(paper.people[joined[7]].person).unwrap().paid_to, LONG + 1);
    check(&paper);
}

#[test]
fn a_large_roll_grows_by_its_percentage() {
    let (mut paper, _) = bread_under(40, &[("growth.least", "40"), ("growth.percent", "20")]);
    paper.enact(ALICE, 1, vec![set("growth.least", "1", 1)]);
    paper.print(10_000);
    let before = paper.state.electorate(paper.now).consumers.len();
    paper.consumers(12);
    assert_eq!((before, paper.state.electorate(paper.now).consumers.len(), paper.state.queue.len()), (40, 48, 4));
    check(&paper);
}
