//! Recall: participants of a community decide whether somebody stays its moderator.

use super::{
    communities::{ELECT_ONE, elect, rank_all, sign},
    *,
};
use folkmoot_protocol::{
    act::{
        law::Ban,
        standing::{Challenge, Decision},
    },
    id::SpaceId,
    law::{Count, Office, Phase},
};

/// These vote the same on something, and that is printed.
fn say(paper: &mut Paper, voters: &[usize], of: OpId, choice: Choice) {
    vote_all(paper, voters, of, choice);
    paper.print(1);
}

/// A petition of so many opens a vote on somebody's recall.
fn petition_recall(paper: &mut Paper, space: SpaceId, signers: &[usize], moderator: usize) -> OpId {
    let demand = paper.recall_of(moderator);
    let last = signers.iter().map(|signer| paper.sign(*signer, space, demand)).last().unwrap();
    assert_eq!(paper.reason(last), None);
    last.made_by(0)
}

/// Somebody signs the petition for a moderator's recall; answers why that has no effect.
fn sign_recall(paper: &mut Paper, somebody: usize, space: SpaceId, moderator: usize) -> Option<String> {
    let demand = paper.recall_of(moderator);
    sign(paper, somebody, space, demand)
}

#[test]
fn participants_recall_a_moderator_by_petition_and_vote() {
    let (mut paper, consumers) = bread(6);
    let bob = consumers[0];
    let space = paper.community(ALICE, &consumers[..4]);
    elect(&mut paper, space, &consumers[..4], bob);
    assert_eq!(sign_recall(&mut paper, consumers[4], space, bob), Some("they do not take part in that community".into()));
    let recall = petition_recall(&mut paper, space, &consumers[1..3], bob);
    let row = paper.recall(recall).clone();
    assert_eq!((row.voters, row.petition.len(), row.deadline - row.opened_at), (4, 2, 21_000), "as long as the vote on a bill");
    let ranked = paper.rank(bob, recall, &[bob]);
    let outside = paper.vote(ALICE, recall, Choice::For);
    say(&mut paper, &consumers[1..4], recall, Choice::For);
    say(&mut paper, &[bob], recall, Choice::Against);
    assert!(paper.reason(outside).unwrap().contains("no participant of the community when the vote was opened"));
    assert!(paper.reason(ranked).unwrap().contains("for, against or abstain"));
    assert!(paper.holds(bob, Office::Moderator(space)));
    assert!(paper.end_recall(recall));
    let outcome = paper.recall(recall).outcome.unwrap();
    assert_eq!(outcome.count, Count { in_favour: 3, against: 1, abstain: 0 });
    assert!(!paper.holds(bob, Office::Moderator(space)));
    let late = paper.vote(bob, recall, Choice::Against);
    paper.print(1);
    assert!(paper.reason(late).unwrap().contains("after the vote ended"));
    assert!(paper.state.ballots.is_empty() && paper.state.electorates.is_empty());
    // Nobody is left: the next is chosen without waiting.
    elect(&mut paper, space, &consumers[..4], consumers[1]);
    check(&paper);
}

#[test]
fn a_recall_needs_more_for_than_against_and_a_quorum() {
    // Of nine, one and a half times the root of nine: 4.5, so 5.
    for (in_favour, against, recalled) in [(4, 4, false), (4, 0, false), (5, 4, true), (5, 0, true)] {
        let (mut paper, consumers) = bread(9);
        let space = paper.community(ALICE, &consumers);
        let recall = petition_recall(&mut paper, space, &consumers[..3], ALICE);
        divide(&mut paper, recall, &consumers, in_favour, against);
        assert_eq!(paper.end_recall(recall), recalled, "{in_favour} : {against}");
        assert_eq!(paper.state.mandate(space, paper.people[ALICE].person).is_err(), recalled);
        check(&paper);
    }
}

#[test]
fn who_was_recalled_does_not_moderate_by_having_opened_the_community() {
    let (mut paper, consumers) = bread(4);
    let bob = consumers[0];
    let space = paper.community(bob, &consumers);
    elect(&mut paper, space, &consumers, bob);
    let recall = petition_recall(&mut paper, space, &consumers[1..3], bob);
    say(&mut paper, &consumers[1..], recall, Choice::For);
    assert!(paper.end_recall(recall));
    assert!(paper.state.mandate(space, paper.people[bob].person).is_err());
    // To be elected again is another matter.
    elect(&mut paper, space, &consumers, bob);
    assert!(paper.state.mandate(space, paper.people[bob].person).is_ok());
    check(&paper);
}

#[test]
fn what_was_voted_down_is_not_petitioned_for_again_at_once() {
    let (mut paper, consumers) = bread(4);
    let bob = consumers[0];
    let space = paper.community(ALICE, &consumers);
    elect(&mut paper, space, &consumers, bob);
    assert!(sign(&mut paper, bob, space, ELECT_ONE).unwrap().contains("the last election there ended less than the time ago"));
    let recall = petition_recall(&mut paper, space, &consumers[1..3], bob);
    assert!(sign_recall(&mut paper, consumers[3], space, bob).unwrap().contains("a vote on their recall is open"));
    say(&mut paper, &consumers, recall, Choice::Against);
    assert!(!paper.end_recall(recall));
    assert!(sign_recall(&mut paper, consumers[3], space, bob).unwrap().contains("refile.wait"));
    paper.print(5_000);
    assert_eq!(sign_recall(&mut paper, consumers[3], space, bob), None);
    assert_eq!(sign(&mut paper, bob, space, ELECT_ONE), None);
    check(&paper);
}

#[test]
fn a_recall_is_of_the_term_in_which_it_was_demanded() {
    let (mut paper, consumers) = bread_under(5, &[("deliberation.period", "PT3S")]);
    let (bob, carol) = (consumers[0], consumers[1]);
    let space = paper.community(ALICE, &consumers);
    let appoint = |paper: &mut Paper, text| {
        let bill = paper.enact(ALICE, text, vec![Effect::Appoint { office: Office::Moderator(space), person: paper.people[bob].person }]);
        paper.law(bob, LawAct::Accept { offer: bill.made_by(0) });
        paper.print(1);
    };
    appoint(&mut paper, 1);
    assert_eq!(sign_recall(&mut paper, carol, space, bob), None);
    paper.enact(ALICE, 2, vec![Effect::Dismiss { office: Office::Moderator(space), person: paper.people[bob].person }]);
    appoint(&mut paper, 3);
    let petition = [consumers[2], consumers[3]].map(|signer| sign_recall(&mut paper, signer, space, bob));
    assert_eq!((petition, paper.state.recalls.len()), ([None, None], 0), "what Carol signed was of the term before");
    let last = paper.sign(carol, space, paper.recall_of(bob));
    let recall = last.made_by(0);
    say(&mut paper, &consumers[1..], recall, Choice::For);
    // A bill that dismisses him as well comes too late.
    let dismissed = paper.open(ALICE, 4, vec![Effect::Dismiss { office: Office::Moderator(space), person: paper.people[bob].person }]);
    assert_eq!(paper.reason(dismissed), None);
    assert!(paper.end_recall(recall) && !paper.holds(bob, Office::Moderator(space)));
    paper.all_for(dismissed, &[&consumers[..], &[ALICE]].concat());
    paper.until_in_force(dismissed);
    assert!(is_stale(&paper, dismissed, "is no moderator"));
    check(&paper);
}

#[test]
fn an_election_during_a_vote_on_a_recall_stands() {
    let (mut paper, consumers) = bread_under(4, &[("refile.wait", "PT0S"), ("deliberation.period", "PT5S")]);
    let (bob, carol) = (consumers[0], consumers[1]);
    let space = paper.community(ALICE, &consumers);
    elect(&mut paper, space, &consumers, bob);
    let election = [carol, bob].map(|signer| paper.sign(signer, space, ELECT_ONE))[1].made_by(0);
    let recall = petition_recall(&mut paper, space, &consumers[2..], bob);
    paper.law(bob, LawAct::Stand { election });
    say(&mut paper, &consumers[1..], recall, Choice::For);
    paper.next_phase(election);
    rank_all(&mut paper, &consumers, election, &[bob]);
    // One issue ends both: the election first.
    let ends = paper.election(election).deadline.max(paper.recall(recall).deadline);
    paper.print(ends - paper.now);
    assert!(paper.recall(recall).outcome.unwrap().recalled);
    assert_eq!((paper.election(election).phase, paper.holds(bob, Office::Moderator(space))), (Phase::Closed, true));
    check(&paper);
}

#[test]
fn a_moderator_cannot_choose_the_voters_by_bans() {
    let (mut paper, consumers) = bread(4);
    let (bob, carol) = (consumers[0], consumers[1]);
    let space = paper.community(ALICE, &consumers);
    elect(&mut paper, space, &consumers, bob);
    let person = paper.people[carol].person;
    let ban = paper.law(bob, LawAct::Ban(Ban { space, person, until_ms: 0, rule: 1, reason: "Because.".into() }));
    paper.print(1);
    assert_eq!(paper.reason(ban), None);
    let recall = petition_recall(&mut paper, space, &[carol, consumers[2]], bob);
    let ballot = paper.vote(carol, recall, Choice::For);
    paper.print(1);
    assert_eq!((paper.reason(ballot), paper.recall(recall).voters), (None, 4));
    check(&paper);
}

#[test]
fn an_upheld_challenge_takes_a_ballot_out_of_a_recall() {
    let (mut paper, consumers) = bread(5);
    let auditor = consumers[4];
    let appointed = paper.enact(ALICE, 1, vec![Effect::Appoint { office: Office::Auditor, person: paper.people[auditor].person }]);
    paper.law(auditor, LawAct::Accept { offer: appointed.made_by(0) });
    let space = paper.community(ALICE, &consumers[..4]);
    let recall = petition_recall(&mut paper, space, &consumers[..2], ALICE);
    say(&mut paper, &consumers[..3], recall, Choice::For);
    assert_eq!(paper.state.recall_now(recall).unwrap().count.in_favour, 3);
    let member = paper.people[consumers[0]].person;
    let challenge = paper.law(ALICE, LawAct::Challenge(Challenge { member, reason: "Nobody has met them.".into() }));
    paper.print(1);
    paper.law(auditor, LawAct::Decide(Decision { challenge, upheld: true, reason: "So it is.".into() }));
    paper.print(1);
    assert_eq!(paper.state.recall_now(recall).unwrap().count.in_favour, 2);
    assert!(!paper.end_recall(recall), "three of four are needed");
    check(&paper);
}

#[test]
fn a_ballot_on_a_recall_that_says_two_things_is_spoiled() {
    let (mut paper, consumers) = bread(4);
    let laptop = paper.device(consumers[0]);
    let space = paper.community(ALICE, &consumers);
    let recall = petition_recall(&mut paper, space, &consumers[..2], ALICE);
    paper.vote(laptop, recall, Choice::Against);
    say(&mut paper, &consumers[..3], recall, Choice::For);
    let now = paper.state.recall_now(recall).unwrap();
    assert_eq!((now.count.in_favour, now.count.against, now.spoiled), (2, 0, 1));
    check(&paper);
}

#[test]
fn an_election_ends_what_was_signed_against_a_moderator_before() {
    let (mut paper, consumers) = bread_under(4, &[("refile.wait", "PT0S")]);
    let bob = consumers[0];
    let space = paper.community(ALICE, &consumers);
    elect(&mut paper, space, &consumers, bob);
    let election = [consumers[0], consumers[1]].map(|signer| paper.sign(signer, space, ELECT_ONE))[1].made_by(0);
    paper.nominate(election, &[bob]);
    rank_all(&mut paper, &consumers, election, &[bob]);
    // The issue that ends the election prints it.
    let demand = Some(paper.recall_of(bob));
    let signed = paper.law(consumers[2], LawAct::Petition { space, demand });
    paper.next_phase(election);
    assert_eq!((paper.reason(signed), paper.elected(election), paper.state.petitions.len()), (None, Some(vec![bob]), 0));
    assert_eq!((sign_recall(&mut paper, consumers[3], space, bob), paper.state.recalls.len()), (None, 0));
    check(&paper);
}
