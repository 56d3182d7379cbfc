//! Challenges of somebody's place among the consumers.

use super::*;
use folkmoot_protocol::{
    act::standing::{Challenge, Decision},
    law::{Feature, Office, ReceiptState},
    limits,
};
use folkmoot_tests::paper::BEGINNING;

/// Alice, six who pay, and the auditor: the first of them, appointed by a bill.
fn audited(others: &[(&str, &str)]) -> (Paper, Vec<usize>) {
    let (mut paper, members) = bread_under(6, others);
    let bill = paper.enact(ALICE, 100, vec![Effect::Appoint { office: Office::Auditor, person: paper.people[members[0]].person }]);
    let offer = LawAct::Accept { offer: bill.made_by(0) };
    paper.law(members[0], offer);
    paper.print(1);
    assert!(paper.holds(members[0], Office::Auditor));
    (paper, members)
}

fn challenge(paper: &mut Paper, by: usize, member: usize) -> OpId {
    let member = paper.people[member].person;
    let act = paper.law(by, LawAct::Challenge(Challenge { member, reason: "Nobody has met them.".into() }));
    paper.print(1);
    act
}

fn decide(paper: &mut Paper, by: usize, challenge: OpId, upheld: bool) -> OpId {
    let act = paper.law(by, LawAct::Decide(Decision { challenge, upheld, reason: "Looked into it.".into() }));
    paper.print(1);
    act
}

fn votes(paper: &Paper, somebody: usize) -> bool {
    paper.state.standing(paper.people[somebody].person, paper.state.time()).consumer
}

fn says(paper: &Paper, op: OpId, what: &str) -> bool {
    paper.reason(op).is_some_and(|reason| reason.contains(what))
}

#[test]
fn an_upheld_challenge_ends_a_place_and_the_votes_on_what_is_open() {
    let (mut paper, members) = audited(&[]);
    let bill = paper.open(ALICE, 1, vec![]);
    let (bob, carol, dave) = (members[1], members[2], members[3]);
    vote_all(&mut paper, &[bob, carol], bill, Choice::For);
    let challenged = challenge(&mut paper, carol, bob);
    assert_eq!(paper.reason(challenged), None);
    let tally = paper.state.tally(bill);
    assert_eq!((tally.consumers.in_favour, tally.provisional, tally.struck), (2, 1, 0), "it counts for now");
    assert!(votes(&paper, bob));
    let decided = decide(&mut paper, members[0], challenged, true);
    assert_eq!((paper.reason(decided), votes(&paper, bob)), (None, false));
    let tally = paper.state.tally(bill);
    assert_eq!((tally.consumers.in_favour, tally.provisional, tally.struck), (1, 0, 1));
    let late = paper.vote(bob, bill, Choice::Against);
    let of_nobody = challenge(&mut paper, dave, bob);
    assert!(says(&paper, late, "was upheld") && says(&paper, of_nobody, "not among the consumers"));
    paper.until_ended(bill);
    assert_eq!((paper.result(bill).consumers.in_favour, paper.result(bill).struck), (1, 1));
    assert_eq!(paper.state.bills.get(&bill).unwrap().consumers, 6, "who could vote stays as it was fixed");
    assert_eq!(paper.recount().all_cells(), paper.state.all_cells());
}

#[test]
fn whoever_was_struck_off_pays_again_and_old_receipts_do_not_count() {
    let (mut paper, members) = audited(&[("grace.period", "PT1H")]);
    let bob = members[1];
    let unaccepted = paper.dues(bob, BEGINNING * 2);
    paper.print(1);
    let challenged = challenge(&mut paper, ALICE, bob);
    decide(&mut paper, members[0], challenged, true);
    let accepted = paper.law(bob, LawAct::Accept { offer: unaccepted });
    paper.print(1);
    assert!(says(&paper, accepted, "nothing waits") && !votes(&paper, bob));
    let person = paper.people[bob].person;
    let states = |paper: &Paper| {
        let own = paper.state.dues.iter().filter(|(_, row)| row.member == person);
        own.map(|(number, row)| paper.state.receipt_state(*number, row)).collect::<Vec<_>>()
    };
    assert_eq!(states(&paper), [ReceiptState::Struck; 2]);
    assert_eq!(paper.state.counting_dues(person).count(), 0, "what comes next begins anew");
    let open = paper.open(ALICE, 1, vec![]);
    let until = paper.now + 30_000;
    let again = paper.dues(bob, until);
    paper.print(1);
    assert_eq!(states(&paper)[2], ReceiptState::WaitsForMember);
    paper.law(bob, LawAct::Accept { offer: again });
    paper.print(1);
    assert!(votes(&paper, bob) && states(&paper)[2] == ReceiptState::Counts);
    assert_eq!(paper.state.consumer(paper.people[bob].person).unwrap().paid_to, until, "what was paid before does not count");
    let early = paper.vote(bob, open, Choice::For);
    let bill = paper.open(ALICE, 2, vec![]);
    let ballot = paper.vote(bob, bill, Choice::For);
    paper.print(1);
    assert!(says(&paper, early, "in neither body") && paper.reason(ballot).is_none());
    assert_eq!(paper.state.tally(bill).struck, 0);
}

#[test]
fn whoever_was_struck_off_has_no_say_in_priorities_that_are_voted_on() {
    let (mut paper, members) = audited(&[]);
    let features = vec![Feature { name: "search".into(), cost: 60_000 }, Feature { name: "themes".into(), cost: 50_000 }];
    let vote = paper.prioritise(1, Effect::Prioritise { name: "autumn".into(), budget: "1200.00 EUR".parse().unwrap(), features });
    let (bob, carol) = (members[1], members[2]);
    paper.approve(bob, vote, &[0]);
    paper.approve(carol, vote, &[1]);
    let challenged = challenge(&mut paper, carol, bob);
    assert_eq!(paper.state.shares_now(vote).unwrap().valid, 2);
    decide(&mut paper, members[0], challenged, true);
    let shares = paper.state.shares_now(vote).unwrap();
    assert_eq!((shares.valid, shares.supporters), (1, vec![0, 1]));
}

#[test]
fn a_worker_who_is_struck_off_votes_on_among_the_workers() {
    let (mut paper, members) = audited(&[]);
    let bob = members[1];
    paper.hire(bob, 1, "baker");
    let bill = paper.open(ALICE, 2, vec![]);
    let challenged = challenge(&mut paper, members[2], bob);
    paper.vote(bob, bill, Choice::For);
    decide(&mut paper, members[0], challenged, true);
    let tally = paper.state.tally(bill);
    assert_eq!((tally.consumers.in_favour, tally.workers.in_favour, tally.struck), (0, 1, 0));
}

#[test]
fn a_dismissed_challenge_waits_before_it_is_put_again() {
    let (mut paper, members) = audited(&[]);
    let (bob, carol, dave) = (members[1], members[2], members[3]);
    let first = challenge(&mut paper, carol, bob);
    let second = challenge(&mut paper, dave, bob);
    assert!(says(&paper, second, "open already"));
    decide(&mut paper, members[0], first, false);
    assert!(votes(&paper, bob));
    let third = challenge(&mut paper, carol, bob);
    let fourth = challenge(&mut paper, dave, bob);
    assert!(says(&paper, third, "refile.wait") && paper.reason(fourth).is_none(), "another person may");
    paper.print(5_000);
    assert_eq!(paper.state.open_challenges().count(), 0, "that one lapsed");
    let fifth = challenge(&mut paper, carol, bob);
    assert_eq!(paper.reason(fifth), None);
}

#[test]
fn without_an_auditor_a_challenge_lapses_after_the_time_of_grace() {
    let (mut paper, members) = bread(3);
    let challenged = challenge(&mut paper, members[0], members[1]);
    let decided = decide(&mut paper, ALICE, challenged, true);
    assert!(says(&paper, decided, "only an auditor"));
    let until = paper.state.challenges.get(&challenged).unwrap().until;
    paper.print(until - paper.now - 1);
    assert_eq!(paper.state.open_challenges().count(), 1);
    paper.print(1);
    let end = paper.state.challenges.get(&challenged).unwrap().end.clone().unwrap();
    assert_eq!((end.upheld, end.decision, votes(&paper, members[1])), (false, None, true));
    assert_eq!(paper.recount().all_cells(), paper.reloaded().all_cells());
}

#[test]
fn who_may_challenge_and_decide() {
    let (mut paper, members) = audited(&[]);
    let guest = paper.join();
    paper.print(1);
    let (auditor, bob) = (members[0], members[1]);
    for (by, member, what) in [(guest, bob, "only who may vote"), (bob, bob, "themselves"), (bob, guest, "not among the consumers"), (bob, ALICE, "not among")]
    {
        let refused = challenge(&mut paper, by, member);
        assert!(says(&paper, refused, what), "{:?}", paper.reason(refused));
    }
    let of_auditor = challenge(&mut paper, bob, auditor);
    let by_auditor = challenge(&mut paper, auditor, bob);
    for challenge in [of_auditor, by_auditor] {
        let refused = decide(&mut paper, auditor, challenge, false);
        assert!(says(&paper, refused, "by them or of them"));
    }
    let silent = Challenge { member: paper.people[members[2]].person, reason: String::new() };
    let silent = paper.law(bob, LawAct::Challenge(silent));
    paper.print(1);
    assert!(paper.reason(silent).is_some(), "a challenge says why");
    let unknown = decide(&mut paper, auditor, OpId([7; 32]), true);
    assert!(says(&paper, unknown, "no such challenge"));
    assert_eq!(paper.state.open_challenges().count(), 2);
}

#[test]
fn one_person_has_so_many_challenges_open() {
    let mut paper = Paper::found(Preset::Quick, &[("growth.least", "100"), ("grace.period", "P1D")]);
    let members = paper.consumers(limits::CHALLENGES_PER_PERSON + 2);
    for (number, member) in members[1..].iter().enumerate() {
        let act = challenge(&mut paper, members[0], *member);
        assert_eq!(says(&paper, act, "as many as may be"), number >= limits::CHALLENGES_PER_PERSON);
    }
}

#[test]
fn a_vote_that_hangs_on_a_challenge_is_put_off_once() {
    let (mut paper, members) = audited(&[("grace.period", "PT10M")]);
    let bill = paper.open(ALICE, 1, vec![]);
    let deadline = paper.state.bills.get(&bill).unwrap().deadline;
    vote_all(&mut paper, &[ALICE, members[1], members[2], members[3], members[4]], bill, Choice::For);
    let challenged = challenge(&mut paper, members[5], members[1]);
    paper.print(deadline - paper.now);
    let row = paper.state.bills.get(&bill).unwrap();
    assert!(row.is_open() && row.extended, "4 of 6 are enough for it, and 3 are not");
    assert_eq!(row.deadline, paper.now + paper.state.charter().late_swing_ms);
    let mut undecided = paper.clone();
    undecided.until_ended(bill);
    assert!(matches!(undecided.status(bill), Status::Passed { .. }), "undecided, it counts");
    assert_eq!(undecided.result(bill).provisional, 1);
    let result = undecided.result(bill);
    decide(&mut undecided, members[0], challenged, true);
    assert_eq!(undecided.result(bill), result, "what ended stays as it is");
    decide(&mut paper, members[0], challenged, true);
    paper.until_ended(bill);
    assert_eq!((paper.status(bill), paper.result(bill).provisional), (Status::Failed, 0));
}

#[test]
fn who_is_struck_off_neither_votes_in_an_election_nor_is_elected() {
    let (mut paper, members) = audited(&[("grace.period", "PT10M")]);
    let election = paper.open_election(1, Office::Treasurer, 1);
    let (bob, carol) = (members[1], members[2]);
    paper.nominate(election, &[bob, carol]);
    for voter in [bob, members[3], members[4]] {
        paper.rank(voter, election, &[bob]);
    }
    paper.rank(carol, election, &[carol]);
    let challenged = challenge(&mut paper, carol, bob);
    decide(&mut paper, members[0], challenged, true);
    let late = paper.rank(bob, election, &[carol]);
    paper.print(1);
    assert!(says(&paper, late, "was upheld"));
    paper.next_phase(election);
    assert_eq!(paper.elected(election), Some(vec![carol]));
    let outcome = paper.election(election).outcome.clone().unwrap();
    assert_eq!((outcome.valid, outcome.blank, outcome.out), (1, 2, vec![paper.people[bob].person]));
}
