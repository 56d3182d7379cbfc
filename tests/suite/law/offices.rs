//! Jobs and offices: offered by bill, held once they are accepted, ended by bill.

use super::*;
use folkmoot_protocol::{
    act::evidence::Evidence,
    agreement::{Contradiction, Message, Place, Said},
    id::IssueId,
    law::Office,
};

fn create(name: &str) -> Effect {
    Effect::CreateJob { name: name.into(), title: "A job".into(), pay: money("3000.00 EUR") }
}

fn fill(paper: &Paper, name: &str, somebody: usize) -> Effect {
    Effect::FillJob { job: name.into(), person: paper.people[somebody].person }
}

fn appoint(paper: &Paper, office: Office, somebody: usize) -> Effect {
    Effect::Appoint { office, person: paper.people[somebody].person }
}

fn dismiss(paper: &Paper, office: Office, somebody: usize) -> Effect {
    Effect::Dismiss { office, person: paper.people[somebody].person }
}

/// Accepts what a bill's effect offers, prints that, and answers why it has no effect.
fn accept(paper: &mut Paper, somebody: usize, bill: OpId, effect: u64) -> Option<String> {
    let accepted = paper.law(somebody, LawAct::Accept { offer: bill.made_by(effect) });
    paper.print(1);
    paper.reason(accepted).map(str::to_owned)
}

fn works(paper: &Paper, somebody: usize) -> bool {
    paper.state.standing(paper.people[somebody].person, paper.now).worker
}

#[test]
fn a_hire_works_here_once_they_accept_and_until_the_job_ends() {
    let (mut paper, consumers) = bread(3);
    let (bob, carol) = (consumers[0], consumers[1]);
    let effects = vec![create("baker"), fill(&paper, "baker", bob)];
    let bill = paper.enact(ALICE, 1, effects);
    assert!(is_enacted(&paper, bill) && !works(&paper, bob), "nobody works here without their own signature");
    assert!(accept(&mut paper, carol, bill, 1).unwrap().contains("waits for somebody else"));
    assert!(accept(&mut paper, bob, bill, 0).unwrap().contains("nothing waits"));
    assert_eq!(accept(&mut paper, bob, bill, 1), None);
    assert!(works(&paper, bob) && accept(&mut paper, bob, bill, 1).is_some());
    let (_, job) = paper.state.job("baker").unwrap();
    assert_eq!(job.holder.map(|(person, _, by)| (person, by)), Some((paper.people[bob].person, law::Cause::Bill(bill))));
    let twice = paper.open(ALICE, 2, vec![create("miller"), fill(&paper, "miller", bob)]);
    assert!(paper.reason(twice).unwrap().contains("holds a job already"));
    let ended = paper.enact(ALICE, 3, vec![Effect::EndJob { job: "baker".into() }]);
    assert!(is_enacted(&paper, ended) && !works(&paper, bob) && paper.state.job("baker").is_none());
    let again = paper.enact(ALICE, 4, vec![create("baker")]);
    assert!(is_enacted(&paper, again), "the name is free again");
    check(&paper);
}

#[test]
fn an_offer_ends_with_the_job() {
    let (mut paper, consumers) = bread(3);
    let effects = vec![create("baker"), fill(&paper, "baker", consumers[0])];
    let bill = paper.enact(ALICE, 1, effects);
    paper.enact(ALICE, 2, vec![Effect::EndJob { job: "baker".into() }]);
    assert!(accept(&mut paper, consumers[0], bill, 1).is_some() && !works(&paper, consumers[0]));
    assert!(paper.state.offers.is_empty());
}

#[test]
fn of_two_who_are_offered_a_job_the_first_to_accept_has_it() {
    // Those whom the bill names do not count: there must be enough others.
    let (mut paper, consumers) = bread(6);
    let (bob, carol) = (consumers[0], consumers[1]);
    let effects = vec![create("baker"), fill(&paper, "baker", bob), fill(&paper, "baker", carol)];
    let bill = paper.enact(ALICE, 1, effects);
    assert_eq!(accept(&mut paper, carol, bill, 2), None);
    assert!(accept(&mut paper, bob, bill, 1).is_some());
    assert_eq!((works(&paper, bob), works(&paper, carol), paper.state.offers.len()), (false, true, 0));
    check(&paper);
}

#[test]
fn who_is_offered_two_jobs_takes_one_and_the_other_offer_stands() {
    let (mut paper, consumers) = bread(3);
    let bob = consumers[0];
    let effects = vec![create("baker"), create("miller"), fill(&paper, "baker", bob), fill(&paper, "miller", bob)];
    let bill = paper.enact(ALICE, 1, effects);
    assert_eq!(accept(&mut paper, bob, bill, 2), None);
    assert!(accept(&mut paper, bob, bill, 3).unwrap().contains("hold a job already"));
    assert!(paper.state.job("miller").unwrap().1.holder.is_none());
    paper.enact(ALICE, 2, vec![Effect::EndJob { job: "baker".into() }]);
    assert_eq!(accept(&mut paper, bob, bill, 3), None, "what was refused took nothing away");
    assert!(works(&paper, bob));
    check(&paper);
}

#[test]
fn an_officer_is_appointed_accepts_and_is_recalled() {
    let (mut paper, consumers) = bread(3);
    let bob = consumers[0];
    let effect = appoint(&paper, Office::Auditor, bob);
    let first = paper.enact(ALICE, 1, vec![effect.clone()]);
    assert!(!paper.holds(bob, Office::Auditor));
    let second = paper.enact(ALICE, 2, vec![effect]);
    assert_eq!(accept(&mut paper, bob, second, 0), None);
    assert!(paper.holds(bob, Office::Auditor));
    let recall = paper.open(consumers[1], 3, vec![dismiss(&paper, Office::Auditor, bob)]);
    paper.all_for(recall, &[ALICE, consumers[1], bob]);
    paper.until_in_force(recall);
    assert!(is_enacted(&paper, recall) && !paper.holds(bob, Office::Auditor));
    assert!(accept(&mut paper, bob, first, 0).is_some(), "an offer from before does not bring them back");
    assert!(!paper.holds(bob, Office::Auditor));
    check(&paper);
}

#[test]
fn the_last_teller_is_not_dismissed() {
    let (mut paper, consumers) = bread(3);
    let alice = paper.open(ALICE, 1, vec![dismiss(&paper, Office::Teller, ALICE)]);
    assert!(paper.reason(alice).unwrap().contains("only teller"));
    let nobody = paper.open(ALICE, 2, vec![dismiss(&paper, Office::Teller, consumers[0])]);
    assert!(paper.reason(nobody).unwrap().contains("that person is no teller"));
    let effect = appoint(&paper, Office::Teller, consumers[0]);
    let bill = paper.enact(ALICE, 3, vec![effect]);
    accept(&mut paper, consumers[0], bill, 0);
    // Two hold the office, one prints: the longest-serving.
    assert_eq!(paper.state.tellers(), [paper.people[ALICE].device]);
    paper.enact(ALICE, 4, vec![dismiss(&paper, Office::Teller, ALICE)]);
    assert_eq!(paper.state.tellers(), [paper.people[consumers[0]].device]);
    paper.print(1);
    check(&paper);
}

#[test]
fn four_tellers_print_once_all_four_have_accepted() {
    let (mut paper, consumers) = bread(8);
    let alone = vec![paper.people[ALICE].device];
    let effects = consumers[..3].iter().map(|somebody| appoint(&paper, Office::Teller, *somebody)).collect();
    let bill = paper.enact(ALICE, 1, effects);
    for (number, somebody) in consumers[..3].iter().enumerate() {
        assert_eq!(paper.state.tellers(), alone);
        assert_eq!(accept(&mut paper, *somebody, bill, number as u64), None);
    }
    assert_eq!(paper.state.tellers().len(), 4);
    paper.print(1);
    let (issue, certificate, _) = paper.issues.last().unwrap().clone();
    let (tellers, coop) = (paper.state.tellers(), paper.coop());
    let check_with = |signatures: usize| {
        let mut fewer = certificate.clone();
        fewer.signatures.truncate(signatures);
        fewer.check(coop, issue.height, issue.prev, issue.id(), &tellers).is_ok()
    };
    assert_eq!([2, 3, 4].map(check_with), [false, true, true]);
    assert!(certificate.check(coop, issue.height, issue.signed_after(), issue.id(), &alone).is_err(), "yesterday's teller alone is not enough");
    // Three hold the office: one of them prints, since two or three would hang on every single one.
    paper.enact(ALICE, 2, vec![dismiss(&paper, Office::Teller, consumers[2])]);
    assert_eq!(paper.state.tellers(), alone);
    check(&paper);
}

fn show(paper: &mut Paper, by: usize, evidence: Evidence) -> Option<String> {
    let shown = paper.law(by, LawAct::Evidence(Box::new(evidence)));
    paper.print(1);
    paper.reason(shown).map(str::to_owned)
}

/// Alice, so many who pay, and of these so many tellers beside Alice.
fn with_tellers(consumers: usize, tellers: usize) -> (Paper, Vec<usize>) {
    let (mut paper, consumers) = bread_under(consumers, &[("conflict.rule", "counted")]);
    let effects = consumers[..tellers].iter().map(|teller| appoint(&paper, Office::Teller, *teller)).collect();
    let bill = paper.enact(ALICE, 1, effects);
    for (effect, teller) in consumers[..tellers].iter().enumerate() {
        assert_eq!(accept(&mut paper, *teller, bill, effect as u64), None);
    }
    (paper, consumers)
}

#[test]
fn an_officer_whose_device_signs_two_operations_with_one_number_is_no_officer_any_more() {
    let (mut paper, consumers) = bread(6);
    let (bob, carol) = (consumers[0], consumers[1]);
    let effects = vec![appoint(&paper, Office::Treasurer, bob), appoint(&paper, Office::Auditor, bob), appoint(&paper, Office::Registrar, carol)];
    let bill = paper.enact(ALICE, 1, effects);
    (0..2).for_each(|effect| assert_eq!(accept(&mut paper, bob, bill, effect), None));
    accept(&mut paper, carol, bill, 2);
    let again = paper.enact(ALICE, 2, vec![appoint(&paper, Office::BridgeOperator, bob)]);
    let fork = paper.fork(bob, 2);
    assert_eq!(show(&mut paper, carol, fork.clone()), None);
    assert!([Office::Treasurer, Office::Auditor].iter().all(|office| !paper.holds(bob, *office)) && paper.holds(carol, Office::Registrar));
    let rows = paper.state.evidence_against(paper.people[bob].person);
    assert_eq!(rows[0].ended, [Office::Treasurer, Office::Auditor]);
    assert!(accept(&mut paper, bob, again, 0).is_some(), "an older offer brings nobody back");
    let back = paper.enact(ALICE, 3, vec![appoint(&paper, Office::Treasurer, bob)]);
    assert_eq!(accept(&mut paper, bob, back, 0), None, "a bill does");
    assert!(show(&mut paper, carol, fork).unwrap().contains("shown before"));
    assert!(paper.holds(bob, Office::Treasurer));
    check(&paper);
}

#[test]
fn a_further_device_of_an_officer_counts_as_theirs() {
    let (mut paper, consumers) = bread(3);
    let laptop = paper.device(ALICE);
    paper.print(1);
    let fork = paper.fork(laptop, 1);
    assert_eq!(show(&mut paper, consumers[0], fork), None);
    assert!(!paper.holds(ALICE, Office::Treasurer) && paper.holds(ALICE, Office::Teller), "somebody has to print");
    check(&paper);
}

#[test]
fn what_proves_nothing_ends_nothing() {
    let (mut paper, consumers) = bread(3);
    let bob = consumers[0];
    let Evidence::Fork { first, second } = paper.fork(ALICE, 2) else { unreachable!() };
    let Evidence::Fork { first: third, .. } = paper.fork(ALICE, 3) else { unreachable!() };
    let mut forged = second.clone();
    forged.header[40] ^= 1;
    for (first, second) in [(first.clone(), first.clone()), (first.clone(), third), (first.clone(), forged)] {
        assert!(show(&mut paper, bob, Evidence::Fork { first, second }).unwrap().contains("proves nothing"));
    }
    let fork = paper.fork(bob, 2);
    assert!(show(&mut paper, ALICE, fork).unwrap().contains("holds no office"));
    assert!(paper.holds(ALICE, Office::Treasurer) && paper.state.evidence.is_empty());
    check(&paper);
}

/// A single teller seals the past under a fresh key so; one of several whose machine is lost goes on with another.
#[test]
fn who_closes_the_device_with_which_they_print_prints_with_the_one_that_closed_it() {
    let (mut paper, _) = bread(3);
    let old = paper.people[ALICE].device;
    let stand = paper.open_election(1, Office::Auditor, 1);
    paper.nominate(stand, &[ALICE]);
    let laptop = paper.device(ALICE);
    paper.print(1);
    assert_eq!(paper.state.tellers(), [old], "a further device changes nothing");
    let refused = paper.revoke(laptop, ALICE, 0);
    paper.print(1);
    assert!(paper.reason(refused).is_some() && paper.state.tellers() == [old], "who found the laptop takes nothing over");
    let closed = paper.revoke_by_words(laptop, ALICE, ALICE);
    paper.print(1);
    let new = paper.people[laptop].device;
    assert_eq!((paper.reason(closed), paper.state.tellers()), (None, vec![new]));
    assert_eq!(paper.election(stand).candidates[0].device, new, "who stands prints with it, once elected");
    let (_, holding) = paper.state.holders(Office::Treasurer)[0];
    assert_eq!((holding.since, holding.handed_over), (0, Some(paper.state.time())));
    check(&paper);
}

#[test]
fn of_five_tellers_one_goes_and_of_four_none() {
    let (mut paper, consumers) = with_tellers(8, 4);
    let votes = |paper: &Paper, teller: usize| {
        let place = Place { coop: paper.coop(), height: 3, prev: IssueId([1; 32]) };
        let say = |said| Message::sign(place, 0, said, None, &paper.people[teller].key);
        Evidence::Votes(Contradiction { first: say(Said::Prevote(None)), second: say(Said::Prevote(Some(IssueId([2; 32])))) })
    };
    assert_eq!(paper.state.tellers().len(), 5);
    let first = votes(&paper, consumers[0]);
    assert_eq!(show(&mut paper, ALICE, first), None);
    assert_eq!((paper.state.tellers().len(), paper.holds(consumers[0], Office::Teller)), (4, false));
    let second = votes(&paper, consumers[1]);
    assert_eq!(show(&mut paper, ALICE, second), None);
    assert_eq!((paper.state.tellers().len(), paper.holds(consumers[1], Office::Teller)), (4, true));
    assert!(paper.state.evidence_against(paper.people[consumers[1]].person)[0].ended.is_empty());
    check(&paper);
}

#[test]
fn a_single_teller_is_told_after_a_year_to_change_its_key() {
    let (mut paper, _) = bread(3);
    let year = 365 * 24 * 3_600_000;
    paper.print(year);
    let alice = paper.people[ALICE].person;
    assert_eq!(paper.state.stale_teller().map(|(person, _)| person), Some(alice));
    let laptop = paper.device(ALICE);
    paper.revoke_by_words(laptop, ALICE, ALICE);
    paper.print(1);
    assert_eq!(paper.state.stale_teller(), None);
    paper.print(year);
    assert_eq!(paper.state.stale_teller().map(|(person, _)| person), Some(alice));
}
