//! What an issue did is found in the register afterwards.

use super::*;
use folkmoot_protocol::{
    act::standing::{Challenge, Decision},
    law::{Happened, Issue, Office},
};

/// What the issues did in which something happened to a bill or an election, or that is asked for, by number.
fn happened(paper: &Paper, concerns: impl Fn(&Happened) -> bool) -> Vec<(u64, Happened)> {
    let issues: Vec<&Issue> = paper.issues.iter().map(|(issue, ..)| issue).collect();
    let whole: Vec<(u64, u64)> = issues.iter().filter(|issue| !issue.more).map(|issue| (issue.height, issue.time)).collect();
    let of = |issue: &&Issue| paper.state.happened_in(issue, &whole).into_iter().map(|what| (issue.height, what)).collect::<Vec<_>>();
    issues.iter().flat_map(of).filter(|(_, what)| concerns(what)).collect()
}

fn of_bill(paper: &Paper, bill: OpId) -> Vec<Happened> {
    use Happened::{BillClosed, BillOpened, Expired, InForce, Stale};
    let concerns = |what: &Happened| matches!(what, BillOpened(id) | BillClosed(id) | InForce(id) | Stale(id) | Expired(id) if *id == bill);
    happened(paper, concerns).into_iter().map(|(_, what)| what).collect()
}

fn height_of(paper: &Paper, what: Happened) -> u64 {
    let found = happened(paper, |other| *other == what);
    assert_eq!(found.len(), 1, "{what:?} happened in one issue");
    found[0].0
}

#[test]
fn each_step_of_a_bill_is_found_in_its_issue() {
    let (mut paper, consumers) = bread(4);
    let bill = paper.open(ALICE, 1, vec![set("fee.minimum", "6.50 EUR", 1)]);
    let opened = paper.state.height();
    let everybody: Vec<usize> = (0..paper.people.len()).collect();
    paper.all_for(bill, &everybody);
    paper.until_ended(bill);
    let closed = paper.state.height();
    paper.until_in_force(bill);
    let in_force = paper.state.height();
    assert_eq!(of_bill(&paper, bill), [Happened::BillOpened(bill), Happened::BillClosed(bill), Happened::InForce(bill)]);
    let heights = [Happened::BillOpened(bill), Happened::BillClosed(bill), Happened::InForce(bill)].map(|what| height_of(&paper, what));
    assert_eq!(heights, [opened, closed, in_force]);
    for consumer in consumers {
        height_of(&paper, Happened::OnTheRoll(paper.people[consumer].person));
    }
}

#[test]
fn a_stale_bill_was_so_from_the_issue_on_that_could_have_brought_it_into_force() {
    let (mut paper, _) = bread(4);
    let everybody: Vec<usize> = (0..paper.people.len()).collect();
    let rival = paper.open(ALICE, 1, vec![set("fee.minimum", "6.50 EUR", 1)]);
    let stale = paper.open(ALICE, 2, vec![set("fee.minimum", "7.00 EUR", 1)]);
    for bill in [rival, stale] {
        paper.all_for(bill, &everybody);
    }
    let mut since = None;
    for _ in 0..400 {
        paper.print(1_000);
        let stale = [rival, stale].into_iter().find(|bill| is_stale(&paper, *bill, "changed in the meantime"));
        since = since.or(stale.map(|bill| (bill, paper.state.height())));
    }
    let (stale, height) = since.expect("one of the two came first");
    assert_eq!(of_bill(&paper, stale), [Happened::BillOpened(stale), Happened::BillClosed(stale), Happened::Stale(stale)]);
    assert_eq!(height_of(&paper, Happened::Stale(stale)), height);
}

#[test]
fn an_election_is_opened_begun_and_ended() {
    let (mut paper, consumers) = bread(4);
    let election = paper.open_election(1, Office::Auditor, 1);
    let opened = paper.state.height();
    paper.nominate(election, &consumers[..2]);
    let begun = paper.state.height();
    paper.rank(consumers[3], election, &consumers[..1]);
    paper.next_phase(election);
    let heights = [Happened::ElectionOpened(election), Happened::VotingBegun(election), Happened::ElectionClosed(election)].map(|what| height_of(&paper, what));
    assert_eq!(heights, [opened, begun, paper.state.height()]);
    assert_eq!(paper.elected(election), Some(vec![consumers[0]]));
}

#[test]
fn an_expulsion_and_the_end_of_a_challenge_are_found() {
    let (mut paper, consumers) = bread(6);
    let [auditor, carol, dave] = [consumers[0], consumers[1], consumers[2]];
    let person = |paper: &Paper, somebody: usize| paper.people[somebody].person;
    let appointed = paper.enact(ALICE, 1, vec![Effect::Appoint { office: Office::Auditor, person: person(&paper, auditor) }]);
    paper.law(auditor, LawAct::Accept { offer: appointed.made_by(0) });
    paper.print(1);
    let member = person(&paper, carol);
    let challenge = paper.law(dave, LawAct::Challenge(Challenge { member, reason: "Nobody has met them.".into() }));
    paper.print(1);
    paper.law(auditor, LawAct::Decide(Decision { challenge, upheld: true, reason: "So it is.".into() }));
    paper.print(1);
    assert_eq!(height_of(&paper, Happened::ChallengeEnded(challenge)), paper.state.height());
    let expelled = person(&paper, dave);
    let bill = paper.enact(ALICE, 2, vec![Effect::Expel { person: expelled }]);
    assert_eq!(height_of(&paper, Happened::Expelled(expelled)), height_of(&paper, Happened::InForce(bill)));
}
