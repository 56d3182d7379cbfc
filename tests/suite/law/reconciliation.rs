//! What officers state of the receipts of some time and of the bank.

use super::*;
use folkmoot_protocol::{act::standing::Reconcile, law::Office};
use folkmoot_tests::paper::BEGINNING;

/// What is true of the receipts up to now.
fn says(paper: &Paper) -> Reconcile {
    let (receipts, sum) = paper.state.receipts_between(BEGINNING, paper.now, money("0.01 EUR").currency);
    let sum = Money { minor: u64::try_from(sum).unwrap(), ..money("0.01 EUR") };
    Reconcile { from_ms: BEGINNING, to_ms: paper.now, receipts, sum, bank: money("2000.00 EUR"), unmatched: 1, commitment: [7; 32] }
}

fn reconcile(paper: &mut Paper, by: usize, says: Reconcile) -> OpId {
    let act = paper.law(by, LawAct::Reconcile(says));
    paper.print(1);
    act
}

fn reason(paper: &Paper, op: OpId) -> String {
    paper.reason(op).unwrap_or_default().to_owned()
}

#[test]
fn receipts_of_a_time_are_reconciled_as_they_are() {
    let (mut paper, members) = bread(3);
    paper.print(1);
    let true_of_now = says(&paper);
    assert_eq!((true_of_now.receipts, true_of_now.sum), (3, money("3000.00 EUR")));
    let stated = reconcile(&mut paper, ALICE, true_of_now.clone());
    assert_eq!(paper.reason(stated), None);
    let row = paper.state.last_reconciliation().unwrap();
    assert_eq!((row.by, row.act, &row.says), (paper.people[ALICE].person, stated, &true_of_now));
    // What is recorded later is of no time that is over.
    paper.dues(members[0], BEGINNING * 2);
    let again = reconcile(&mut paper, ALICE, true_of_now);
    assert_eq!((paper.reason(again), paper.state.reconciliations.len()), (None, 2));
    paper.print(1);
    assert_eq!(says(&paper).receipts, 4);
    assert_eq!(paper.recount().all_cells(), paper.reloaded().all_cells());
}

fn standing(paper: &Paper) -> Vec<OpId> {
    paper.state.standing_reconciliations().iter().map(|row| row.act).collect()
}

/// Alice is the treasurer; Bob, the first of the members, becomes an auditor.
fn audited() -> (Paper, usize) {
    let (mut paper, members) = bread(3);
    let bill = paper.enact(ALICE, 1, vec![Effect::Appoint { office: Office::Auditor, person: paper.people[members[0]].person }]);
    paper.law(members[0], LawAct::Accept { offer: bill.made_by(0) });
    paper.print(1);
    (paper, members[0])
}

#[test]
fn a_second_one_of_the_same_month_corrects_the_first_and_both_stay() {
    let (mut paper, _) = audited();
    let wrong = says(&paper);
    let first = reconcile(&mut paper, ALICE, wrong.clone());
    let right = Reconcile { bank: money("3000.00 EUR"), unmatched: 0, ..wrong };
    assert_eq!(paper.state.replaced_by(paper.people[ALICE].person, &right).map(|row| row.act), Some(first));
    let second = reconcile(&mut paper, ALICE, right.clone());
    assert_eq!((paper.reason(second), standing(&paper)), (None, vec![second]));
    assert_eq!(paper.state.reconciliations.len(), 2, "what was stated stays in the register");
    // The month is over: it reaches further.
    let whole = Reconcile { to_ms: paper.now, ..right };
    let third = reconcile(&mut paper, ALICE, whole);
    assert_eq!((paper.reason(third), standing(&paper)), (None, vec![third]));
    check(&paper);
}

#[test]
fn nobody_covers_what_another_officer_stated_or_what_is_of_another_time_or_currency() {
    let (mut paper, bob) = audited();
    let true_of_now = says(&paper);
    let of_bob = reconcile(&mut paper, bob, Reconcile { unmatched: 3, ..true_of_now.clone() });
    let of_alice = reconcile(&mut paper, ALICE, true_of_now.clone());
    let shorter = Reconcile { to_ms: true_of_now.to_ms - 1, ..true_of_now.clone() };
    let in_dollars = Reconcile { receipts: 0, sum: money("0.00 USD"), bank: money("0.00 USD"), ..true_of_now.clone() };
    let later = Reconcile { from_ms: paper.now, to_ms: paper.now + 1, receipts: 0, sum: money("0.00 EUR"), ..true_of_now };
    let (receipts, sum) = paper.state.receipts_between(shorter.from_ms, shorter.to_ms, money("0.01 EUR").currency);
    let shorter = Reconcile { receipts, sum: Money { minor: u64::try_from(sum).unwrap(), ..money("0.01 EUR") }, ..shorter };
    let others = [in_dollars, later, shorter].map(|says| reconcile(&mut paper, ALICE, says));
    assert!(others.iter().all(|act| paper.reason(*act).is_none()), "{:?}", paper.reasons);
    assert_eq!(standing(&paper), [vec![of_bob, of_alice], others.to_vec()].concat());
}

#[test]
fn what_differs_from_the_register_is_refused_with_both_figures() {
    let (mut paper, _) = bread(3);
    paper.print(1);
    let right = says(&paper);
    let fewer = reconcile(&mut paper, ALICE, Reconcile { receipts: 2, ..right.clone() });
    let less = reconcile(&mut paper, ALICE, Reconcile { sum: money("2999.99 EUR"), ..right.clone() });
    assert!(reason(&paper, fewer).contains("2 receipts of 3000.00 EUR in all, and 3 of 3000.00 EUR are printed"), "{}", reason(&paper, fewer));
    assert!(reason(&paper, less).contains("3 receipts of 2999.99 EUR"));
    let dollars = Reconcile { receipts: 0, sum: money("0.00 USD"), bank: money("0.05 USD"), ..right.clone() };
    let other = reconcile(&mut paper, ALICE, dollars);
    assert_eq!(paper.reason(other), None, "of each currency by itself");
    let early = reconcile(&mut paper, ALICE, Reconcile { to_ms: u64::MAX / 2, from_ms: u64::MAX / 2 - 1, ..right });
    assert!(reason(&paper, early).contains("not over yet"));
}

#[test]
fn treasurers_and_auditors_reconcile_and_nobody_else() {
    let (mut paper, members) = bread(3);
    let bob = members[0];
    paper.print(1);
    let refused = says(&paper);
    let refused = reconcile(&mut paper, bob, refused);
    assert!(reason(&paper, refused).contains("only a treasurer or an auditor"));
    let bill = paper.enact(ALICE, 1, vec![Effect::Appoint { office: Office::Auditor, person: paper.people[bob].person }]);
    paper.law(bob, LawAct::Accept { offer: bill.made_by(0) });
    paper.print(1);
    let stated = says(&paper);
    let stated = reconcile(&mut paper, bob, stated);
    assert_eq!(paper.reason(stated), None);
}

#[test]
fn a_reconciliation_has_one_currency_and_a_time() {
    let (mut paper, _) = bread(1);
    paper.print(1);
    let right = says(&paper);
    let wrong = [
        Reconcile { bank: money("0.05 USD"), ..right.clone() },
        Reconcile { to_ms: right.from_ms, ..right.clone() },
        Reconcile { to_ms: right.from_ms + Reconcile::MOST_MS + 1, ..right.clone() },
        Reconcile { unmatched: u64::MAX, ..right.clone() },
        Reconcile { receipts: u64::MAX, ..right.clone() },
    ];
    for wrong in wrong {
        let act = reconcile(&mut paper, ALICE, wrong.clone());
        assert!(paper.reason(act).is_some(), "{wrong:?}");
    }
    assert_eq!(paper.state.last_reconciliation(), None);
}
