//! Communities: those who take part in one elect its moderators, and can demand an election.

use super::*;
use folkmoot_protocol::{
    act::{Act, OpenSpace},
    cbor,
    id::SpaceId,
    law::{Cause, Demand, Mandate, Office},
    limits,
};

pub(super) const ELECT_ONE: Demand = Demand::Elect { seats: 1 };

pub(super) fn rank_all(paper: &mut Paper, voters: &[usize], election: OpId, ranking: &[usize]) {
    for voter in voters {
        paper.rank(*voter, election, ranking);
    }
    paper.print(1);
}

/// Does something about a community, prints that, and answers why it has no effect.
fn refused(paper: &mut Paper, somebody: usize, act: LawAct) -> Option<String> {
    let op = paper.law(somebody, act);
    paper.print(1);
    paper.reason(op).map(str::to_owned)
}

pub(super) fn sign(paper: &mut Paper, somebody: usize, space: SpaceId, demand: Demand) -> Option<String> {
    refused(paper, somebody, LawAct::Petition { space, demand: Some(demand) })
}

/// An election of one moderator that a petition of the first two participants opens, and these all vote for one of them.
pub(super) fn elect(paper: &mut Paper, space: SpaceId, voters: &[usize], moderator: usize) -> OpId {
    let last = voters[..2].iter().map(|voter| paper.sign(*voter, space, ELECT_ONE)).last().unwrap();
    let election = last.made_by(0);
    paper.nominate(election, &[moderator]);
    rank_all(paper, voters, election, &[moderator]);
    paper.next_phase(election);
    assert!(paper.holds(moderator, Office::Moderator(space)));
    election
}

#[test]
fn those_who_take_part_elect_the_moderators_and_nobody_else_does() {
    let (mut paper, consumers) = bread(6);
    let (bob, carol, dan, eve) = (consumers[0], consumers[1], consumers[2], consumers[3]);
    let space = paper.community(eve, &[bob, carol, ALICE]);
    let election = paper.open_election(1, Office::Moderator(space), 1);
    let row = paper.election(election);
    assert_eq!((row.voters, row.participants, row.is_among_participants(), &row.petition), (3, Some(3), true, &None));
    // Whoever is a member can stand, be it that they do not take part.
    paper.nominate(election, &[bob, dan]);
    let outside = paper.rank(eve, election, &[dan]);
    rank_all(&mut paper, &[bob, carol], election, &[bob]);
    rank_all(&mut paper, &[ALICE], election, &[dan]);
    assert!(paper.reason(outside).unwrap().contains("no participant of the community when the election was opened"), "who opened it has no vote");
    paper.next_phase(election);
    assert_eq!((paper.elected(election), paper.election(election).outcome.as_ref().unwrap().valid), (Some(vec![bob]), 3));
    assert!(matches!(paper.state.mandate(space, paper.people[bob].person), Ok(Mandate::Office(Cause::Election(by))) if by == election));
    assert!(paper.state.electorates.is_empty());
    check(&paper);
}

#[test]
fn all_members_elect_while_too_few_take_part_or_the_charter_says_so() {
    for (charter, taking_part, voters, participants) in [
        (&[][..], 0, 5, None),
        (&[], 1, 5, Some(1)),
        (&[], 2, 2, Some(2)),
        (&[("participants.least", "3")], 2, 5, Some(2)),
        (&[("moderator.voters", "members")], 3, 5, None),
    ] {
        let (mut paper, consumers) = bread_under(4, charter);
        let space = paper.community(ALICE, &consumers[..taking_part]);
        let election = paper.open_election(1, Office::Moderator(space), 1);
        let row = paper.election(election);
        assert_eq!((row.voters, row.participants), (voters, participants), "{charter:?}, {taking_part}");
        paper.nominate(election, &consumers[..1]);
        let ballot = paper.rank(ALICE, election, &consumers[..1]);
        paper.print(1);
        assert_eq!(paper.reason(ballot).is_some(), voters == 2, "{charter:?}, {taking_part}");
        check(&paper);
    }
}

#[test]
fn where_nobody_takes_part_the_register_is_as_it_was_before_there_were_participants() {
    let cast = Paper::found(Preset::Cast, &[]);
    let later = law::KEYS.iter().filter(|spec| spec.later).map(|spec| spec.name.to_owned());
    assert_eq!(later.filter(|name| cast.state.values.contains(name)).count(), 0);
    assert_eq!(cast.state.charter().participants_least, 5);
    let (mut paper, consumers) = bread(3);
    let space = paper.community(consumers[0], &[]);
    let election = paper.open_election(1, Office::Moderator(space), 1);
    assert_eq!(cbor::encode(paper.election(election))[0], 0x8d, "an array of thirteen, as before: no outcome, no participants, no petition");
    // What is set later is a version like any other.
    let changed = paper.enact(ALICE, 2, vec![set("petition.quorum", "2/1", 0)]);
    assert!(is_enacted(&paper, changed) && paper.state.charter().petition_quorum == (2, 1));
    paper.enact(ALICE, 3, vec![Effect::Repeal { bill: changed }]);
    assert_eq!(paper.state.charter().petition_quorum, (1, 1));
    check(&paper);
}

#[test]
fn other_offices_are_of_the_whole_coop() {
    let (mut paper, consumers) = bread(4);
    paper.community(ALICE, &consumers);
    let election = paper.open_election(1, Office::Auditor, 1);
    assert_eq!((paper.election(election).voters, paper.election(election).participants), (5, None));
}

#[test]
fn the_participants_are_those_of_the_opening() {
    let (mut paper, consumers) = bread_under(5, &[("deliberation.period", "PT60S")]);
    let (bob, carol, dan) = (consumers[0], consumers[1], consumers[2]);
    let space = paper.community(ALICE, &[bob, carol]);
    let election = paper.open_election(1, Office::Moderator(space), 1);
    paper.law(dan, LawAct::TakePart { space, on: true });
    paper.law(carol, LawAct::TakePart { space, on: false });
    paper.nominate(election, &[bob]);
    let [late, left] = [dan, carol].map(|voter| paper.rank(voter, election, &[bob]));
    paper.print(1);
    assert!(paper.reason(late).unwrap().contains("no participant"));
    assert_eq!(paper.reason(left), None, "who takes part no more votes on what was opened before");
    check(&paper);
}

#[test]
fn whoever_takes_part_waits_as_new_members_do_before_they_vote_on_moderators() {
    let (mut paper, consumers) = bread_under(5, &[("waiting.period", "PT40S")]);
    paper.print(41_000);
    let (bob, carol, dan) = (consumers[0], consumers[1], consumers[2]);
    let space = paper.community(ALICE, &[bob, carol]);
    let opening = paper.open(ALICE, 1, vec![Effect::OpenElection { office: Office::Moderator(space), seats: 1 }]);
    // The friends of the bill come when it is put.
    paper.law(dan, LawAct::TakePart { space, on: true });
    paper.all_for(opening, &[&consumers[..], &[ALICE]].concat());
    assert!(sign(&mut paper, bob, space, ELECT_ONE).unwrap().contains("less than the waiting time"));
    paper.print(19_000);
    paper.until_in_force(opening);
    let row = paper.election(opening.made_by(0));
    assert_eq!((row.participants, row.voters), (None, 6), "nobody has waited long enough yet");
    paper.next_phase(opening.made_by(0));
    paper.print(20_000);
    let since = paper.state.takes_part_since(paper.people[dan].person, space).unwrap();
    assert_eq!(paper.state.participants(space, since + 39_999).voters(), 2);
    assert_eq!(paper.state.participants(space, since + 40_000).voters(), 3);
    check(&paper);
}

#[test]
fn members_take_part_by_their_own_word_until_they_take_it_back() {
    let (mut paper, consumers) = bread(2);
    let bob = consumers[0];
    let space = paper.community(ALICE, &[]);
    let take_part = |space, on| LawAct::TakePart { space, on };
    assert!(refused(&mut paper, bob, take_part(space, false)).unwrap().contains("do not take part"));
    assert_eq!(refused(&mut paper, bob, take_part(space, true)), None);
    assert!(refused(&mut paper, bob, take_part(space, true)).unwrap().contains("already"));
    assert!(refused(&mut paper, bob, take_part(SpaceId([7; 32]), true)).unwrap().contains("no such community"));
    assert!(refused(&mut paper, bob, take_part(SpaceId::HALL, true)).unwrap().contains("every member is in it"));
    let guest = paper.join();
    assert!(refused(&mut paper, guest, take_part(space, true)).unwrap().contains("only members take part"));
    assert_eq!(paper.state.participations_of(paper.people[bob].person).map(|(space, _)| space).collect::<Vec<_>>(), [space]);
    assert_eq!(refused(&mut paper, bob, take_part(space, false)), None);
    assert!(paper.state.participations.is_empty());
    check(&paper);
}

#[test]
fn nobody_takes_part_in_more_communities_than_are_kept_of_one() {
    let (mut paper, consumers) = bread(5);
    // Nobody opens so many alone.
    let open = |n: usize| SpaceId::opened_by(paper.act(consumers[n % 5], Act::OpenSpace(OpenSpace { name: "talk".into() })));
    let spaces: Vec<SpaceId> = (0..=limits::PARTICIPATIONS_PER_PERSON).map(open).collect();
    paper.print(1);
    let acts: Vec<OpId> = spaces.iter().map(|space| paper.law(consumers[0], LawAct::TakePart { space: *space, on: true })).collect();
    paper.print(1);
    let refused: Vec<bool> = acts.iter().map(|act| paper.reason(*act).is_some_and(|reason| reason.contains("as many as one can"))).collect();
    assert_eq!(refused.iter().position(|refused| *refused), Some(limits::PARTICIPATIONS_PER_PERSON));
    assert_eq!(paper.state.participations.len(), limits::PARTICIPATIONS_PER_PERSON);
}

#[test]
fn a_participant_without_a_vote_on_the_roll_has_none_on_moderators() {
    let (mut paper, consumers) = bread(3);
    let lapsing = paper.join();
    paper.print(1);
    let to = paper.now + 10_000;
    let receipt = paper.dues(lapsing, to);
    paper.law(lapsing, LawAct::Accept { offer: receipt });
    paper.print(1);
    let space = paper.community(ALICE, &[consumers[0], consumers[1], lapsing]);
    assert_eq!(paper.state.participants(space, paper.now).voters(), 3);
    paper.print(16_000);
    assert_eq!(paper.state.participants(space, paper.now).voters(), 2, "the dues have lapsed, and grace is over");
    assert!(sign(&mut paper, lapsing, space, ELECT_ONE).unwrap().contains("only who may vote on bills"));
    check(&paper);
}

#[test]
fn enough_signatures_of_participants_open_an_election_without_a_bill() {
    let (mut paper, consumers) = bread(6);
    let (bob, carol) = (consumers[0], consumers[1]);
    let space = paper.community(ALICE, &consumers[..5]);
    assert_eq!(paper.state.signatures_needed(5), 3, "the root of five, rounded up");
    let first = paper.sign(bob, space, Demand::Elect { seats: 2 });
    paper.sign(carol, space, Demand::Elect { seats: 2 });
    paper.sign(consumers[2], space, ELECT_ONE);
    assert!(paper.state.elections.is_empty(), "the third asks for something else");
    let last = paper.sign(consumers[3], space, Demand::Elect { seats: 2 });
    let row = paper.election(last.made_by(0)).clone();
    let petition = row.petition.clone().unwrap();
    let mut signed: Vec<OpId> = petition.iter().map(|signature| signature.op).collect();
    signed.sort();
    assert_eq!((row.by, row.seats, row.voters, signed.len(), signed.contains(&first)), (last, 2, 5, 3, true));
    assert!(paper.state.petitions.is_empty(), "petitions for an election end when there is one");
    assert!(sign(&mut paper, bob, space, ELECT_ONE).unwrap().contains("is under way"));
    let bill = paper.open(ALICE, 1, vec![Effect::OpenElection { office: Office::Moderator(space), seats: 1 }]);
    assert!(paper.reason(bill).unwrap().contains("is under way"));
    paper.nominate(last.made_by(0), &[bob, carol]);
    rank_all(&mut paper, &consumers[..5], last.made_by(0), &[carol, bob]);
    paper.next_phase(last.made_by(0));
    assert_eq!(paper.elected(last.made_by(0)), Some(vec![carol, bob]));
    check(&paper);
}

#[test]
fn a_participant_signs_one_petition_in_a_community_and_takes_it_back() {
    let (mut paper, consumers) = bread(5);
    let (bob, carol) = (consumers[0], consumers[1]);
    let space = paper.community(bob, &consumers);
    let none = LawAct::Petition { space, demand: None };
    assert!(refused(&mut paper, carol, none.clone()).unwrap().contains("sign no petition"));
    assert_eq!(sign(&mut paper, carol, space, ELECT_ONE), None);
    assert!(sign(&mut paper, carol, space, ELECT_ONE).unwrap().contains("already"));
    let recall = paper.recall_of(bob);
    assert_eq!(sign(&mut paper, carol, space, recall), None, "who opened the community moderates it, and can be recalled");
    let demands: Vec<Demand> = paper.state.petitions.iter().map(|(_, signature)| signature.demand).collect();
    assert_eq!(demands, [recall]);
    assert_eq!(refused(&mut paper, carol, none), None);
    assert!(paper.state.petitions.is_empty());
    assert_eq!(sign(&mut paper, carol, space, recall), None);
    assert_eq!(refused(&mut paper, carol, LawAct::TakePart { space, on: false }), None);
    assert!(paper.state.petitions.is_empty(), "who takes part no more signs nothing either");
    check(&paper);
}

#[test]
fn petitions_are_of_participants_and_of_enough_of_them() {
    let (mut paper, consumers) = bread_under(4, &[("participants.least", "3")]);
    let (bob, carol, dan) = (consumers[0], consumers[1], consumers[2]);
    let space = paper.community(ALICE, &[bob, carol]);
    assert!(sign(&mut paper, dan, space, ELECT_ONE).unwrap().contains("do not take part"));
    assert!(sign(&mut paper, bob, space, ELECT_ONE).unwrap().contains("3 are needed for petitions"));
    assert!(sign(&mut paper, bob, SpaceId([7; 32]), ELECT_ONE).unwrap().contains("no such community"));
    paper.law(dan, LawAct::TakePart { space, on: true });
    paper.print(1);
    assert_eq!(sign(&mut paper, bob, space, ELECT_ONE), None);
    let recall = paper.recall_of(dan);
    assert!(sign(&mut paper, bob, space, recall).unwrap().contains("does not moderate"));
    let (mut paper, consumers) = bread_under(4, &[("moderator.voters", "members")]);
    let space = paper.community(ALICE, &consumers);
    assert!(sign(&mut paper, consumers[0], space, ELECT_ONE).unwrap().contains("all members elect moderators"));
}

#[test]
fn petitions_leave_room_for_elections_that_bills_open() {
    let (mut paper, consumers) = bread_under(2, &[("deliberation.period", "P1D")]);
    let many = limits::ELECTIONS_BY_PETITION;
    let spaces: Vec<SpaceId> = (0..=many).map(|_| paper.community(ALICE, &consumers)).collect();
    for space in &spaces {
        let reasons: Vec<Option<String>> = consumers.iter().map(|signer| sign(&mut paper, *signer, *space, ELECT_ONE)).collect();
        assert_eq!(reasons.iter().flatten().next().is_some(), *space == spaces[many], "{reasons:?}");
    }
    assert_eq!(paper.state.running_elections().count(), many);
    let bill = paper.open(ALICE, 1, vec![Effect::OpenElection { office: Office::Moderator(spaces[many]), seats: 1 }]);
    assert_eq!(paper.reason(bill), None);
    check(&paper);
}
