//! Elections: who stands, who votes, who wins, and for how long.

use super::*;
use folkmoot_protocol::{
    count::Lot,
    document::{DocumentKind, Edit, Key, Step, Value},
    id::{DocumentId, PersonId},
    law::{Cause, CountStep, Office, Phase},
    op::Content,
};

/// A candidate's votes after a stage of the count, in hundred-thousandths.
fn votes(paper: &Paper, election: OpId, stage: usize, candidate: usize) -> u64 {
    let (row, person) = (paper.election(election), paper.people[candidate].person);
    let place = row.candidates.iter().position(|candidate| candidate.person == person).unwrap();
    row.outcome.as_ref().unwrap().stages[stage].votes[place]
}

fn steps(paper: &Paper, election: OpId) -> Vec<CountStep> {
    paper.election(election).outcome.as_ref().unwrap().stages.iter().map(|stage| stage.step).collect()
}

/// These all vote the same in an election, and that is printed.
fn rank_all(paper: &mut Paper, voters: &[usize], election: OpId, ranking: &[usize]) {
    for voter in voters {
        paper.rank(*voter, election, ranking);
    }
    paper.print(1);
}

fn stand(paper: &mut Paper, somebody: usize, election: OpId) -> Option<String> {
    let stood = paper.law(somebody, LawAct::Stand { election });
    paper.print(1);
    paper.reason(stood).map(str::to_owned)
}

#[test]
fn one_seat_goes_to_whoever_is_acceptable_to_most() {
    let (mut paper, consumers) = bread(5);
    let (bob, carol) = (consumers[0], consumers[1]);
    let election = paper.open_election(1, Office::Auditor, 1);
    let row = paper.election(election);
    assert_eq!((row.phase, row.voters, row.nominations_end - row.opened_at), (Phase::Nomination, 6, 1_000), "both bodies make one roll");
    paper.nominate(election, &[bob, carol]);
    let row = paper.election(election);
    assert_eq!((row.phase, row.deadline), (Phase::Voting, paper.now + 20_000));
    rank_all(&mut paper, &[ALICE, consumers[2]], election, &[bob, carol]);
    rank_all(&mut paper, &[consumers[3]], election, &[carol]);
    rank_all(&mut paper, &[bob], election, &[bob]);
    rank_all(&mut paper, &[consumers[4]], election, &[carol]);
    assert!(!paper.holds(carol, Office::Auditor));
    paper.next_phase(election);
    assert_eq!(paper.elected(election), Some(vec![carol]), "who is named first does not matter");
    assert_eq!([bob, carol].map(|candidate| votes(&paper, election, 0, candidate)), [300_000, 400_000]);
    assert_eq!(steps(&paper, election), [CountStep::Approvals]);
    let (person, holding) = paper.state.holders(Office::Auditor)[0];
    let term = paper.state.charter().office_term_ms;
    assert_eq!((person, holding.by, holding.until), (paper.people[carol].person, Cause::Election(election), Some(paper.now + term)));
    assert!(paper.state.ballots.is_empty() && paper.state.electorates.is_empty(), "ballots stay in the operations");
    check(&paper);
}

#[test]
fn several_seats_are_shared_by_scottish_stv() {
    let (mut paper, consumers) = bread(8);
    let (bob, carol, dan) = (consumers[0], consumers[1], consumers[2]);
    let election = paper.open_election(1, Office::Registrar, 2);
    paper.nominate(election, &[dan, bob, carol]);
    rank_all(&mut paper, &consumers[..6], election, &[bob, carol]);
    rank_all(&mut paper, &consumers[6..], election, &[dan]);
    rank_all(&mut paper, &[ALICE], election, &[carol]);
    paper.next_phase(election);
    let outcome = paper.election(election).outcome.clone().unwrap();
    assert_eq!((outcome.valid, outcome.quota), (9, Some(4)));
    let person = |somebody: usize| paper.people[somebody].person;
    assert_eq!(steps(&paper, election), [CountStep::FirstChoices, CountStep::Surplus(person(bob)), CountStep::Exclusion(person(dan))]);
    // Bob's surplus of two goes on at two sixths of each paper, cut off after five decimals.
    assert_eq!((votes(&paper, election, 1, bob), votes(&paper, election, 1, carol)), (400_000, 100_000 + 6 * 33_333));
    assert_eq!(paper.elected(election), Some(vec![bob, carol]));
    assert!(!paper.holds(ALICE, Office::Registrar), "an election fills the office anew");
    check(&paper);
}

#[test]
fn a_tie_is_settled_by_a_lot_that_was_fixed_before_anybody_voted() {
    for seats in [1, 2] {
        let (mut paper, consumers) = bread(4);
        let election = paper.open_election(1, Office::Auditor, seats);
        paper.nominate(election, &consumers);
        for candidate in &consumers {
            rank_all(&mut paper, &[*candidate], election, &[*candidate]);
        }
        paper.next_phase(election);
        let row = paper.election(election);
        let opening = paper.issues[row.opened_height as usize - 1].0.id();
        assert_eq!(row.lot, Some(opening));
        assert!(row.outcome.as_ref().unwrap().stages.iter().any(|stage| stage.by_lot));
        let lot = Lot::draw(&opening.0, row.candidates.iter().map(|candidate| candidate.person.0.as_slice()));
        let mut drawn: Vec<usize> = (0..row.candidates.len()).collect();
        drawn.sort_by_key(|candidate| lot.place(*candidate));
        let drawn: Vec<PersonId> = drawn.into_iter().take(seats as usize).map(|candidate| row.candidates[candidate].person).collect();
        assert_eq!(row.outcome.as_ref().unwrap().winners, drawn, "{seats} seats");
        check(&paper);
    }
}

#[test]
fn a_tie_is_settled_by_an_earlier_stage_where_one_differs() {
    let (mut paper, consumers) = bread(9);
    let [a, b, c, d] = consumers[..4] else { panic!("four") };
    let election = paper.open_election(1, Office::Auditor, 2);
    paper.nominate(election, &[a, b, c, d]);
    // First choices: A 4, B 3, C 2, D 1; then D's paper goes to C, who now has as many as B, and had fewer.
    rank_all(&mut paper, &consumers[..4], election, &[a]);
    rank_all(&mut paper, &consumers[4..7], election, &[b]);
    rank_all(&mut paper, &consumers[7..], election, &[c]);
    rank_all(&mut paper, &[ALICE], election, &[d, c]);
    paper.next_phase(election);
    assert_eq!(paper.elected(election), Some(vec![a, b]));
    assert!(paper.election(election).outcome.as_ref().unwrap().stages.iter().all(|stage| !stage.by_lot));
}

#[test]
fn ballots_count_in_time_from_voters_who_name_candidates() {
    let (mut paper, consumers) = bread(4);
    let bob = consumers[0];
    let bill = paper.open(ALICE, 9, vec![]);
    let ranked_bill = paper.rank(ALICE, bill, &[bob]);
    let unknown = paper.rank(ALICE, OpId([9; 32]), &[bob]);
    let election = paper.open_election(1, Office::Auditor, 1);
    let newcomer = paper.join();
    let early = paper.rank(ALICE, election, &[bob]);
    paper.nominate(election, &[bob]);
    let chosen = paper.vote(ALICE, election, Choice::For);
    let stranger = paper.rank(newcomer, election, &[bob]);
    let put = |key, value| Step::Put { key, value };
    let steps = [put(Key::Bill, Value::Operation(election)), put(Key::Choice, Value::Text("for".into())), put(Key::Ranking, Value::Ranking(vec![]))];
    let both = paper.rank(consumers[2], election, &[]);
    paper.waiting.last_mut().unwrap().content = Ok(Content::Edit(Edit { kind: DocumentKind::Ballot, at: vec![], steps: steps.into() }));
    let forged = paper.rank(consumers[2], election, &[bob]);
    paper.waiting.last_mut().unwrap().document = Some(DocumentId::ballot_of(election, paper.people[consumers[3]].person));
    paper.print(1);
    for (ballot, reason) in [
        (ranked_bill, "says for, against or abstain"),
        (unknown, "no such bill"),
        (early, "the voting has not begun"),
        (chosen, "names candidates"),
        (stranger, "neither body when the election was opened"),
        (both, "on a bill and in an election at once"),
        (forged, "not the ballot of that person"),
    ] {
        assert!(paper.reason(ballot).is_some_and(|found| found.contains(reason)), "{reason}: {:?}", paper.reason(ballot));
    }
    // Bob is named beside somebody who does not stand, and one ballot names nobody at all.
    rank_all(&mut paper, &[ALICE], election, &[consumers[1], bob]);
    rank_all(&mut paper, &[consumers[1]], election, &[]);
    let in_time = paper.rank(consumers[2], election, &[bob]);
    paper.next_phase(election);
    let late = paper.rank(consumers[3], election, &[bob]);
    paper.print(1);
    assert_eq!(paper.reason(in_time), None, "what the closing issue prints counts");
    assert!(paper.reason(late).unwrap().contains("after the vote ended"));
    let outcome = paper.election(election).outcome.as_ref().unwrap();
    assert_eq!((outcome.valid, outcome.blank, outcome.spoiled), (2, 1, 0));
    check(&paper);
}

#[test]
fn a_ballot_is_spoiled_by_devices_that_disagree_until_an_edit_follows_both() {
    let (mut paper, consumers) = bread(4);
    let (bob, carol, dan) = (consumers[0], consumers[1], consumers[2]);
    let laptop = paper.device(dan);
    let other = paper.device(ALICE);
    let election = paper.open_election(1, Office::Auditor, 1);
    paper.nominate(election, &[bob, carol]);
    let phone = paper.rank(dan, election, &[bob]);
    let second = paper.rank(laptop, election, &[carol]);
    // To one seat the order has no meaning: these two say the same.
    paper.rank(ALICE, election, &[bob, carol]);
    paper.rank(other, election, &[carol, bob]);
    paper.print(1);
    let now = paper.state.outcome_now(election).unwrap();
    assert_eq!((now.spoiled, now.valid), (1, 1));
    paper.rank_at(laptop, election, &[carol], vec![phone, second]);
    paper.next_phase(election);
    let outcome = paper.election(election).outcome.as_ref().unwrap();
    assert_eq!((outcome.spoiled, outcome.valid), (0, 2));
    assert_eq!(paper.elected(election), Some(vec![carol]));
    check(&paper);
}

#[test]
fn an_expelled_candidate_is_passed_over() {
    let (mut paper, consumers) = bread_under(5, &[("deliberation.period", "PT5S")]);
    let everybody = [&consumers[..], &[ALICE]].concat();
    let (bob, carol, dan) = (consumers[0], consumers[1], consumers[2]);
    let opening = paper.open(ALICE, 1, vec![Effect::OpenElection { office: Office::Auditor, seats: 2 }]);
    paper.all_for(opening, &everybody);
    paper.print(10_000);
    let expel = paper.open(ALICE, 2, vec![Effect::Expel { person: paper.people[bob].person }]);
    paper.all_for(expel, &everybody);
    paper.until_in_force(opening);
    let election = opening.made_by(0);
    paper.nominate(election, &[bob, carol, dan]);
    rank_all(&mut paper, &[ALICE, bob, consumers[3]], election, &[bob, dan]);
    rank_all(&mut paper, &[consumers[4]], election, &[bob]);
    rank_all(&mut paper, &[carol], election, &[carol]);
    paper.until_in_force(expel);
    assert!(is_enacted(&paper, expel) && paper.election(election).phase == Phase::Voting);
    paper.next_phase(election);
    let outcome = paper.election(election).outcome.as_ref().unwrap();
    assert_eq!((outcome.out.as_slice(), outcome.valid, outcome.blank), (&[paper.people[bob].person][..], 4, 1));
    assert_eq!(paper.elected(election), Some(vec![dan, carol]));
    assert!(!paper.holds(bob, Office::Auditor));
    check(&paper);
}

#[test]
fn members_stand_by_their_own_word_and_stand_down_until_the_voting_begins() {
    let (mut paper, consumers) = bread_under(4, &[("waiting.period", "PT10S"), ("deliberation.period", "PT5S")]);
    paper.print(11_000);
    let (bob, carol) = (consumers[0], consumers[1]);
    let election = paper.open_election(1, Office::Auditor, 1);
    let guest = paper.join();
    paper.print(1);
    assert!(stand(&mut paper, guest, election).unwrap().contains("only members stand"));
    let receipt = paper.dues(guest, paper.now * 2);
    paper.law(guest, LawAct::Accept { offer: receipt });
    paper.print(1);
    assert!(!paper.state.standing(paper.people[guest].person, paper.now).votes());
    assert_eq!(stand(&mut paper, guest, election), None, "who may not vote yet may stand");
    assert_eq!(stand(&mut paper, bob, election), None);
    assert!(stand(&mut paper, bob, election).unwrap().contains("stand already"));
    assert!(stand(&mut paper, bob, OpId([9; 32])).unwrap().contains("no such election"));
    assert_eq!(stand(&mut paper, carol, election), None);
    let down = paper.law(carol, LawAct::StandDown { election });
    let never = paper.law(ALICE, LawAct::StandDown { election });
    paper.next_phase(election);
    assert!(paper.reason(down).is_none() && paper.reason(never).unwrap().contains("do not stand"));
    assert_eq!(paper.election(election).candidates.len(), 2);
    let late = paper.law(bob, LawAct::StandDown { election });
    paper.print(1);
    assert!(paper.reason(late).unwrap().contains("the voting has begun"));
    assert!(stand(&mut paper, ALICE, election).unwrap().contains("the time to stand is over"));
    check(&paper);
}

#[test]
fn nobody_elected_leaves_all_as_it_was() {
    let (mut paper, consumers) = bread(4);
    let alone = paper.open_election(1, Office::Teller, 1);
    paper.next_phase(alone);
    assert_eq!((paper.election(alone).phase, paper.elected(alone)), (Phase::Closed, Some(vec![])), "nobody stood: there is nothing to vote on");
    let election = paper.open_election(2, Office::Teller, 4);
    paper.nominate(election, &consumers);
    rank_all(&mut paper, &[ALICE], election, &[]);
    paper.next_phase(election);
    let outcome = paper.election(election).outcome.as_ref().unwrap();
    assert_eq!((paper.elected(election), outcome.blank, outcome.stages.len()), (Some(vec![]), 1, 0), "nobody voted for anybody");
    assert!(paper.holds(ALICE, Office::Teller) && paper.state.tellers() == [paper.people[ALICE].device]);
    check(&paper);
}

#[test]
fn one_teller_becomes_four_by_election_and_they_print_with_the_devices_they_stood_with() {
    let (mut paper, consumers) = bread(6);
    let laptop = paper.device(consumers[3]);
    let election = paper.open_election(1, Office::Teller, 4);
    assert_eq!(stand(&mut paper, consumers[3], election), None);
    paper.nominate(election, &[consumers[0], consumers[1], consumers[2], laptop]);
    assert_eq!(paper.election(election).candidates.len(), 4, "the same person, by another device");
    rank_all(&mut paper, &[&consumers[..], &[ALICE]].concat(), election, &consumers[..4]);
    assert_eq!(paper.state.tellers(), [paper.people[ALICE].device]);
    paper.next_phase(election);
    let mut devices = [consumers[0], consumers[1], consumers[2], laptop].map(|somebody| paper.people[somebody].device);
    devices.sort();
    assert_eq!(paper.state.tellers(), devices);
    assert!(!paper.holds(ALICE, Office::Teller), "the founder prints no more");
    paper.print(1);
    assert_eq!(paper.issues.last().unwrap().1.signatures.len(), 4);
    check(&paper);
}

#[test]
fn a_candidate_whose_device_is_closed_does_not_become_a_teller() {
    let (mut paper, consumers) = bread(4);
    let (bob, carol) = (consumers[0], consumers[1]);
    let laptop = paper.device(bob);
    let election = paper.open_election(1, Office::Teller, 1);
    paper.nominate(election, &[laptop, carol]);
    rank_all(&mut paper, &consumers, election, &[bob]);
    rank_all(&mut paper, &[ALICE], election, &[bob, carol]);
    // By another device of Bob's it would hand over to that.
    paper.revoke(laptop, laptop, 0);
    paper.next_phase(election);
    assert_eq!(paper.elected(election), Some(vec![carol]), "else nobody could print any more");
    assert_eq!(paper.state.tellers(), [paper.people[carol].device]);
    paper.print(1);
    check(&paper);
}

#[test]
fn an_office_ends_with_its_term_but_tellers_stay_until_others_come() {
    let (mut paper, consumers) = bread_under(4, &[("office.term", "PT60S")]);
    let bob = consumers[0];
    let elect = |paper: &mut Paper, text, office| {
        let election = paper.open_election(text, office, 1);
        paper.nominate(election, &[bob]);
        rank_all(paper, &[ALICE], election, &[bob]);
        paper.next_phase(election);
        paper.now + 60_000
    };
    let until = elect(&mut paper, 1, Office::Auditor);
    paper.print(until - paper.now - 1);
    assert!(paper.holds(bob, Office::Auditor));
    paper.print(1);
    assert!(!paper.holds(bob, Office::Auditor));
    assert!(paper.holds(ALICE, Office::Treasurer), "what the founding gave has no term");
    let until = elect(&mut paper, 2, Office::Teller);
    paper.print(until - paper.now);
    assert!(paper.holds(bob, Office::Teller) && paper.state.ended_terms(paper.now).is_empty());
    // Somebody is appointed beside him: now he can go.
    let carol = consumers[1];
    let bill = paper.enact(ALICE, 3, vec![Effect::Appoint { office: Office::Teller, person: paper.people[carol].person }]);
    paper.law(carol, LawAct::Accept { offer: bill.made_by(0) });
    paper.print(1);
    assert_eq!(paper.state.tellers(), [paper.people[carol].device]);
    assert!(!paper.holds(bob, Office::Teller));
    paper.print(1);
    check(&paper);
}

#[test]
fn who_was_elected_is_recalled_by_bill() {
    let (mut paper, consumers) = bread(4);
    let bob = consumers[0];
    let election = paper.open_election(1, Office::Treasurer, 1);
    paper.nominate(election, &[bob]);
    rank_all(&mut paper, &consumers, election, &[bob]);
    paper.next_phase(election);
    assert!(paper.holds(bob, Office::Treasurer) && !paper.holds(ALICE, Office::Treasurer));
    let recall = paper.enact(consumers[1], 2, vec![Effect::Dismiss { office: Office::Treasurer, person: paper.people[bob].person }]);
    assert!(is_enacted(&paper, recall) && paper.state.holders(Office::Treasurer).is_empty());
    check(&paper);
}

#[test]
fn an_office_has_one_election_at_a_time() {
    let (mut paper, consumers) = bread_under(4, &[("deliberation.period", "PT60S")]);
    let everybody = [&consumers[..], &[ALICE]].concat();
    let effect = || vec![Effect::OpenElection { office: Office::Auditor, seats: 1 }];
    let bills = [1, 2].map(|text| paper.open(ALICE, text, effect()));
    bills.iter().for_each(|bill| paper.all_for(*bill, &everybody));
    bills.iter().for_each(|bill| paper.until_in_force(*bill));
    assert!(is_enacted(&paper, bills[0]) && is_stale(&paper, bills[1], "is under way"));
    let third = paper.open(ALICE, 3, effect());
    assert!(paper.reason(third).unwrap().contains("is under way"));
    let nowhere = Office::Moderator(folkmoot_protocol::id::SpaceId([7; 32]));
    let nowhere = paper.open(ALICE, 4, vec![Effect::OpenElection { office: nowhere, seats: 1 }]);
    assert!(paper.reason(nowhere).unwrap().contains("no such community"));
    paper.next_phase(bills[0].made_by(0));
    let fourth = paper.open(ALICE, 5, effect());
    assert_eq!(paper.reason(fourth), None);
    check(&paper);
}

#[test]
fn there_is_an_issue_to_stand_in_and_a_whole_time_to_vote_even_where_the_gazette_stood_still() {
    let (mut paper, consumers) = bread_under(4, &[("deliberation.period", "PT0S")]);
    let election = paper.open_election(1, Office::Auditor, 1);
    assert_eq!(paper.election(election).phase, Phase::Nomination);
    paper.law(consumers[0], LawAct::Stand { election });
    paper.print(100_000);
    let row = paper.election(election);
    assert_eq!((row.phase, row.candidates.len(), row.deadline), (Phase::Voting, 1, paper.now + 20_000));
    check(&paper);
}

#[test]
fn an_election_keeps_to_the_charter_and_the_roll_of_its_opening() {
    let (mut paper, consumers) = bread_under(4, &[("deliberation.period", "PT60S")]);
    let everybody = [&consumers[..], &[ALICE]].concat();
    let opening = paper.open(ALICE, 1, vec![Effect::OpenElection { office: Office::Auditor, seats: 1 }]);
    paper.all_for(opening, &everybody);
    let longer = paper.open(ALICE, 2, vec![set("voting.period", "PT90S", 1), set("office.term", "P1D", 1)]);
    paper.all_for(longer, &everybody);
    paper.until_in_force(opening);
    let election = opening.made_by(0);
    let bob = consumers[0];
    paper.until_in_force(longer);
    let newcomer = paper.consumers(1)[0];
    paper.nominate(election, &[bob]);
    assert_eq!(paper.election(election).deadline, paper.now + 20_000);
    let ballot = paper.rank(newcomer, election, &[bob]);
    rank_all(&mut paper, &[ALICE], election, &[bob]);
    assert!(paper.reason(ballot).unwrap().contains("neither body when the election was opened"));
    paper.next_phase(election);
    assert_eq!(paper.state.holders(Office::Auditor)[0].1.until, Some(paper.now + 365 * 86_400_000));
    check(&paper);
}
