//! What bills do: refused where it cannot be, whole or not at all, and never more money than there is.

use super::*;

fn job(name: &str) -> Effect {
    Effect::CreateJob { name: name.into(), title: "A job".into(), pay: money("3000.00 EUR") }
}

fn budget(amount: &str) -> Effect {
    Effect::Budget { name: "flour".into(), amount: money(amount) }
}

fn spend(amount: &str) -> Effect {
    Effect::Spend { budget: "flour".into(), amount: money(amount), purpose: "Ten sacks".into() }
}

#[test]
fn effects_that_cannot_apply_are_refused_before_the_vote_with_the_reason() {
    let (mut paper, consumers) = bread(3);
    let nobody = folkmoot_protocol::id::PersonId([9; 32]);
    let bob = paper.people[consumers[0]].person;
    let cases = [
        (set("fee.minimum", "6.99 EUR", 2), "changed in the meantime"),
        (set("fee.minimum", "6.99 EUR", 0), "changed in the meantime"),
        (set("voting.period", "PT3S", 1), "voting.period"),
        (set("fee.regular", "1.00 EUR", 0), "at least fee.minimum"),
        (job("founder"), "there is a job named founder already"),
        (Effect::FillJob { job: "baker".into(), person: bob }, "there is no job named baker"),
        (Effect::FillJob { job: "founder".into(), person: bob }, "somebody holds the job"),
        (Effect::EndJob { job: "baker".into() }, "there is no job named baker"),
        (Effect::Appoint { office: law::Office::Auditor, person: nobody }, "nobody of that id"),
        (Effect::Appoint { office: law::Office::Teller, person: paper.people[ALICE].person }, "holds the office already"),
        (Effect::Dismiss { office: law::Office::Teller, person: bob }, "that person is no teller"),
        (spend("0.01 EUR"), "there is no budget named flour"),
        (Effect::Unendorse { instance: "example.org".into() }, "is not endorsed"),
        (Effect::Expel { person: nobody }, "nobody of that id"),
        (Effect::Repeal { bill: OpId([7; 32]) }, "is not in force"),
        (Effect::Endorse { instance: "Example.org".into() }, "lower case"),
    ];
    let before = paper.state.all_cells();
    for (text, (effect, reason)) in cases.into_iter().enumerate() {
        let bill = paper.law(ALICE, LawAct::Open(paper.proposal(text as u8, vec![job("baker2"), effect])));
        paper.print(1);
        assert!(paper.reason(bill).is_some_and(|found| found.contains(reason)), "{reason}: {:?}", paper.reason(bill));
    }
    let others = |cells: Vec<law::Cell>| cells.into_iter().filter(|cell| cell.table != 1).collect::<Vec<_>>();
    assert_eq!(others(paper.state.all_cells()), others(before), "what was refused left nothing but that it is printed");
    check(&paper);
}

#[test]
fn a_bill_of_which_one_effect_fails_at_enactment_leaves_nothing() {
    let (mut paper, consumers) = bread(3);
    let everybody = [&consumers[..], &[ALICE]].concat();
    let first = paper.open(ALICE, 1, vec![set("fee.minimum", "6.99 EUR", 1)]);
    let effects = vec![job("baker"), set("voting.period", "PT30S", 1), budget("0.05 EUR"), set("fee.minimum", "7.99 EUR", 1)];
    let second = paper.open(ALICE, 2, effects);
    paper.all_for(first, &everybody);
    paper.all_for(second, &everybody);
    paper.until_in_force(first);
    let charter = paper.state.charter_version();
    paper.until_in_force(second);
    assert!(is_stale(&paper, second, "fee.minimum"), "{:?}", paper.status(second));
    assert!(paper.state.job("baker").is_none() && paper.state.budgets.is_empty());
    assert_eq!((value(&paper, "voting.period").as_str(), paper.state.charter_version()), ("PT20S", charter));
    check(&paper);
}

#[test]
fn keys_of_the_charter_that_hang_together_are_changed_together() {
    let (mut paper, _) = bread(3);
    let apart = paper.open(ALICE, 1, vec![set("simple.fraction", "3/4", 1)]);
    assert!(paper.reason(apart).unwrap().contains("must not be easier than simple.fraction"));
    let effects = vec![set("simple.fraction", "3/4", 1), set("override.fraction", "4/5", 1), set("entrenched.fraction", "4/5", 1)];
    let together = paper.enact(ALICE, 2, effects);
    assert!(is_enacted(&paper, together));
    assert_eq!(paper.state.charter().override_fraction, (4, 5));
    check(&paper);
}

#[test]
fn budgets_are_spent_to_the_last_cent_and_not_beyond() {
    let (mut paper, _) = bread(3);
    let beyond = Money { minor: u64::MAX, currency: "EUR".parse().unwrap() };
    for (text, effect) in [
        (1, Effect::Budget { name: "flour".into(), amount: beyond }),
        (2, Effect::CreateJob { name: "baker".into(), title: "Baker".into(), pay: beyond }),
        (3, Effect::Spend { budget: "flour".into(), amount: beyond, purpose: "Everything".into() }),
    ] {
        let bill = paper.open(ALICE, text, vec![effect]);
        assert!(paper.reason(bill).is_some_and(|reason| reason.contains("is not from 0.00 EUR to")), "{:?}", paper.reason(bill));
    }
    let most = "90071992547409.92 EUR";
    let all = paper.enact(ALICE, 4, vec![budget(most), spend(most)]);
    assert!(is_enacted(&paper, all));
    for (text, effects, reason) in [
        (5, vec![spend("0.01 EUR")], "does not have that much left"),
        (6, vec![budget("0.05 EUR")], "more is spent already"),
        (7, vec![budget("0.05 USD")], "in another currency"),
        (8, vec![spend("0.01 USD")], "is in EUR"),
        (9, vec![spend("0.00 EUR")], "a payment of nothing"),
    ] {
        let bill = paper.open(ALICE, text, effects);
        assert!(paper.reason(bill).is_some_and(|found| found.contains(reason)), "{:?}", paper.reason(bill));
    }
    assert_eq!((paper.state.spends.len(), paper.state.budgets.iter().next().unwrap().1.spent), (1, 1 << 53));
    check(&paper);
}

#[test]
fn of_two_bills_that_spend_the_same_money_the_second_is_stale() {
    let (mut paper, consumers) = bread(3);
    let everybody = [&consumers[..], &[ALICE]].concat();
    paper.enact(ALICE, 1, vec![budget("1.00 EUR")]);
    let bills = [2, 3].map(|text| paper.open(ALICE, text, vec![spend("0.60 EUR")]));
    bills.iter().for_each(|bill| paper.all_for(*bill, &everybody));
    bills.iter().for_each(|bill| paper.until_in_force(*bill));
    assert!(is_enacted(&paper, bills[0]) && is_stale(&paper, bills[1], "does not have that much left"));
    assert_eq!(paper.state.spends.len(), 1);
}

#[test]
fn instances_are_endorsed_and_texts_adopted_at_a_version() {
    let (mut paper, _) = bread(3);
    let endorse = |instance: &str| Effect::Endorse { instance: instance.into() };
    let adopt = Effect::AdoptText { name: "conduct".into(), document: folkmoot_protocol::id::DocumentId([5; 32]), at: vec![OpId([6; 32])] };
    let bill = paper.enact(ALICE, 1, vec![endorse("example.org"), endorse("bread.example"), adopt]);
    assert_eq!((paper.state.endorsements.len(), paper.state.texts.get(&"conduct".to_owned()).unwrap().by), (2, bill));
    let twice = paper.open(ALICE, 2, vec![endorse("example.org")]);
    assert!(paper.reason(twice).unwrap().contains("endorsed already"));
    paper.enact(ALICE, 3, vec![Effect::Unendorse { instance: "example.org".into() }]);
    assert_eq!(paper.state.endorsements.iter().map(|(host, _)| host.as_str()).collect::<Vec<_>>(), ["bread.example"]);
    check(&paper);
}

#[test]
fn who_is_expelled_holds_nothing_any_more_and_does_not_come_back() {
    let (mut paper, consumers) = bread(4);
    let bob = consumers[0];
    paper.hire(bob, 1, "baker");
    let auditor = Effect::Appoint { office: law::Office::Auditor, person: paper.people[bob].person };
    let bill = paper.enact(ALICE, 2, vec![auditor.clone()]);
    paper.law(bob, LawAct::Accept { offer: bill.made_by(0) });
    let pending = paper.enact(ALICE, 3, vec![Effect::Appoint { office: law::Office::Registrar, person: paper.people[bob].person }]);
    let open = paper.open(ALICE, 4, vec![]);
    let expelled = paper.enact(ALICE, 5, vec![Effect::Expel { person: paper.people[bob].person }]);
    assert!(is_enacted(&paper, expelled), "{:?}", paper.status(expelled));
    let person = paper.people[bob].person;
    assert!(!paper.state.standing(person, paper.now).votes() && !paper.holds(bob, law::Office::Auditor));
    assert_eq!(paper.state.job("baker").unwrap().1.holder, None);
    let accept = paper.law(bob, LawAct::Accept { offer: pending.made_by(0) });
    let dues = paper.dues(bob, paper.now * 2);
    let bills = [(6, auditor), (7, Effect::FillJob { job: "baker".into(), person }), (8, Effect::Expel { person })]
        .map(|(text, effect)| paper.open(ALICE, text, vec![effect]));
    assert!(paper.reason(accept).is_some() && paper.reason(dues).unwrap().contains("expelled"));
    assert!(bills.iter().all(|bill| paper.reason(*bill).unwrap().contains("expelled")));
    assert!(!matches!(paper.status(open), Status::Open));
    let last = paper.open(ALICE, 9, vec![Effect::Expel { person: paper.people[ALICE].person }]);
    assert!(paper.reason(last).unwrap().contains("only teller"));
    check(&paper);
}
