//! What must hold whatever a handful of people do, in whatever order and at whatever time.

use super::*;
use folkmoot_protocol::{
    count::{Lot, stv},
    document::{Document, DocumentKind, Edit, Entry, Key, Step, Value},
    id::{DocumentId, OpId, PersonId},
    law::{Answer, Bill, Candidate, Cell, Election, Phase, PledgeState, PrintedOp, State},
};
use folkmoot_tests::{
    fuzz::Bytes,
    paper::chance::{Game, is_identity},
    slow_count,
    slow_law::{self, Fate, SlowIssue},
};
use proptest::{collection::vec, prelude::*, sample::Index};
use std::collections::{BTreeMap, BTreeSet};

const MOVES: usize = 160;

/// How many games: more for a long run.
fn games(many: u32) -> u32 {
    std::env::var("FOLKMOOT_GAMES").ok().and_then(|games| games.parse().ok()).unwrap_or(many)
}

fn played(bytes: &[u8], plain: bool) -> Game {
    let mut dice = Bytes::new(bytes);
    let mut game = Game::new(&mut dice, plain);
    game.play(&mut dice, MOVES);
    game
}

/// Without what says only how far is printed, and where devices were cut off.
fn but_for_printing(cells: Vec<Cell>) -> Vec<Cell> {
    cells.into_iter().filter(|cell| ![1, 18].contains(&cell.table)).collect()
}

fn by_key(cells: Vec<Cell>) -> BTreeMap<(u8, Vec<u8>), Cell> {
    cells.into_iter().map(|cell| ((cell.table, cell.key.clone()), cell)).collect()
}

/// What is fixed of a bill once it is open.
fn frozen(bill: &Bill) -> (u64, u64, u64, [u8; 32], u64, Vec<PersonId>, bool) {
    (bill.consumers, bill.workers, bill.charter, bill.electorate, bill.opened_at, bill.excluded.clone(), bill.entrenched)
}

/// The same of an election.
fn fixed(election: &Election) -> (law::Office, u64, OpId, u64, u64, [u8; 32], u64, u64) {
    let Election { office, seats, by, opened_at, nominations_end, electorate, voters, charter, .. } = election;
    (*office, *seats, *by, *opened_at, *nominations_end, *electorate, *voters, *charter)
}

/// Who stands goes on standing while people vote, though with the machine that closed the one before.
fn check_candidate((old, new): (&Candidate, &Candidate), after: &State) {
    assert_eq!(old.person, new.person);
    if old.device != new.device {
        assert!(after.register.is_closed(old.device), "nobody changes their machine otherwise");
        assert!(after.register.was_tied(new.person, new.device), "and it is one of theirs");
    }
}

/// Checks what one issue may have changed of the past.
fn check_past(before: &State, after: &State) {
    for (id, old) in before.bills.iter() {
        let new = after.bills.get(id).expect("no bill is forgotten");
        assert_eq!((&old.proposal, frozen(old)), (&new.proposal, frozen(new)));
        match (&old.status, &new.status) {
            (Status::Open, _) => {}
            (Status::Passed { .. }, Status::Enacted { .. } | Status::Stale { .. } | Status::Expired { .. }) => assert_eq!(old.result, new.result),
            (Status::Enacted { height }, Status::Expired { since, .. }) => assert_eq!((height, old.result), (since, new.result)),
            _ => assert_eq!(old, new, "what has ended stays as it is"),
        }
    }
    for (id, old) in before.elections.iter() {
        let new = after.elections.get(id).expect("no election is forgotten");
        assert_eq!(fixed(old), fixed(new));
        match old.phase {
            Phase::Nomination => {}
            Phase::Voting => {
                assert_eq!((old.candidates.len(), old.lot), (new.candidates.len(), new.lot));
                old.candidates.iter().zip(&new.candidates).for_each(|candidates| check_candidate(candidates, after));
            }
            Phase::Closed => assert_eq!(old, new, "what has ended stays as it is"),
        }
    }
    for (id, old) in before.priorities.iter() {
        let new = after.priorities.get(id).expect("no vote is forgotten");
        assert_eq!((&old.features, old.budget, old.deadline, old.electorate), (&new.features, new.budget, new.deadline, new.electorate));
        assert!(old.is_open() || old == new, "what has ended stays as it is");
    }
    for (what, old) in before.delivered.iter() {
        assert_eq!(Some(old), after.delivered.get(what), "what is delivered stays so");
    }
    for (key, old) in before.pledges.iter() {
        let new = after.pledges.get(key).expect("no pledge is forgotten");
        let state = |law: &State, row| law.pledge_state(key.0, row);
        let (was, is) = (state(before, old), state(after, new));
        assert!(was == PledgeState::Pledged || old == new, "what is decided is not changed any more");
        assert!(was != PledgeState::Due || is == PledgeState::Due, "what is due stays so");
    }
    assert!(!after.tellers().is_empty(), "somebody prints on");
    for (key, old) in before.values.iter() {
        let new = after.values.get(key).expect("no value is forgotten");
        assert_eq!(old.versions, new.versions[..old.versions.len()]);
    }
    for (number, old) in before.charters.iter() {
        assert_eq!(Some(old), after.charters.get(number));
    }
    for (number, old) in before.dues.iter() {
        let new = after.dues.get(number).expect("no receipt is forgotten");
        assert_eq!((old.op, old.member, old.amount, old.recorded), (new.op, new.member, new.amount, new.recorded));
    }
}

/// What looking ahead can see: all but where an issue cuts chains.
fn seen(state: &State, issue: &law::Issue) -> Vec<Cell> {
    let cells = state.all_cells().into_iter();
    cells.filter(|cell| issue.cuts.is_empty() || !law::SILENCE_TABLES.contains(&cell.table)).collect()
}

/// Recounts a game issue by issue, from the founding and from the rows of any issue on.
fn recount(game: &Game, from: &Index) -> Result<(), TestCaseError> {
    let paper = &game.paper;
    let mut state = State::founded(&paper.founding);
    let mut loaded: Option<State> = None;
    let mut printed = vec![paper.founding.clone()];
    let start = from.index(paper.issues.len());
    for (number, (issue, _, operations)) in paper.issues.iter().enumerate() {
        let before = state.clone();
        let looked = state.provisional(issue.time, operations);
        prop_assert_eq!(before.all_cells(), state.all_cells(), "looking changes nothing");
        let step = state.apply(issue.id(), issue, operations).expect("an issue that follows");
        prop_assert_eq!(seen(&looked, issue), seen(&state, issue), "and sees what printing will do");
        check_past(&before, &state);
        for (id, _) in state.live_bills() {
            prop_assert_eq!(state.tally(id), state.recount(id), "a tally is kept up to date");
        }
        printed.extend(operations.iter().filter(|printed| is_identity(printed)).cloned());
        if let Some(loaded) = &mut loaded {
            let again = loaded.apply(issue.id(), issue, operations).expect("an issue that follows");
            prop_assert_eq!((&again.cells, &again.judged), (&step.cells, &step.judged));
        }
        if number == start {
            loaded = Some(State::load(paper.coop(), state.head.expect("a head"), &state.all_cells(), &printed).expect("rows"));
        }
        // The rows of the step are those that differ.
        let mut rows = by_key(before.all_cells());
        for cell in step.cells {
            match cell.row {
                Some(_) => rows.insert((cell.table, cell.key.clone()), cell),
                None => rows.remove(&(cell.table, cell.key)),
            };
        }
        prop_assert_eq!(rows, by_key(state.all_cells()));
    }
    prop_assert_eq!(state.issue(), paper.state.issue());
    prop_assert_eq!(state.all_cells(), paper.state.all_cells());
    prop_assert_eq!(loaded.expect("loaded").all_cells(), state.all_cells());
    Ok(())
}

/// What was refused has no effect but that it is printed: without those operations the rest is the same.
fn without_refused(game: &Game) -> Result<(), TestCaseError> {
    let paper = &game.paper;
    let mut state = State::founded(&paper.founding);
    for (issue, _, operations) in &paper.issues {
        let kept: Vec<PrintedOp> =
            operations.iter().map(|printed| if paper.reason(printed.op).is_some() { silent(printed) } else { printed.clone() }).collect();
        state.print(issue.time, false, &kept, |_| Ok::<_, law::IssueError>(issue.cuts.clone())).expect("an issue that can be");
        // Where the cut of a refused closing is missing the hash is another: lots are to be drawn from the same one.
        let head = state.head.expect("a head");
        state.head = Some(law::Head { issue: issue.id(), ..head });
    }
    prop_assert_eq!(but_for_printing(state.all_cells()), but_for_printing(paper.state.all_cells()));
    Ok(())
}

/// Counts every election that is going on once more, by one ballot paper at a time.
fn elected_slowly(game: &Game) -> Result<(), TestCaseError> {
    let paper = &game.paper;
    let mut state = State::founded(&paper.founding);
    for (issue, _, operations) in &paper.issues {
        state.apply(issue.id(), issue, operations).expect("an issue that follows");
        for (id, election) in state.running_elections().filter(|(_, election)| election.phase == Phase::Voting) {
            let outcome = state.outcome_now(id).expect("voting goes on");
            prop_assert_eq!(slowly(&state, id, election), (outcome.winners, outcome.spoiled, outcome.blank));
        }
    }
    Ok(())
}

/// Who would be elected now, how many ballots are spoiled, and how many name nobody.
fn slowly(state: &State, id: OpId, election: &Election) -> (Vec<PersonId>, u64, u64) {
    let gone = |candidate: &law::Candidate| {
        let expelled = state.is_expelled(candidate.person);
        let member = state.members.get(&candidate.person).cloned().unwrap_or_default();
        let struck = member.job.is_none() && member.consumer.is_none() && member.struck.is_some_and(|struck| struck.height >= election.opened_height);
        expelled || struck || election.office == law::Office::Teller && state.register.standing(candidate.device).is_none()
    };
    let place = |person: &PersonId| election.candidates.iter().position(|candidate| candidate.person == *person && !gone(candidate));
    // A challenge that was upheld takes a ballot out.
    let electorate = state.electorates.get(&election.electorate).expect("of an election that goes on");
    let lost = |voter| state.has_lost_vote(electorate, voter, election.opened_height);
    let said: Vec<Vec<&[PersonId]>> =
        state.ballots_on(id).filter(|(voter, _)| !lost(*voter)).map(|(_, ballot)| ballot.rankings().into_iter().collect()).collect();
    let spoiled = said.iter().filter(|said| said.len() > 1).count() as u64;
    let papers: Vec<Vec<usize>> = said.iter().filter(|said| said.len() == 1).map(|said| said[0].iter().filter_map(place).collect()).collect();
    let blank = papers.iter().filter(|paper| paper.is_empty()).count() as u64;
    if papers.len() as u64 == blank {
        return (vec![], spoiled, blank);
    }
    let people = || election.candidates.iter().map(|candidate| candidate.person);
    let ids: Vec<PersonId> = people().collect();
    let lot = Lot::draw(&election.lot.expect("drawn").0, ids.iter().map(|id| id.0.as_slice()));
    let winners = if election.seats == 1 {
        let approvals = |candidate: &usize| papers.iter().filter(|paper| paper.contains(candidate)).count();
        (0..ids.len()).min_by_key(|candidate| (std::cmp::Reverse(approvals(candidate)), lot.place(*candidate))).into_iter().collect()
    } else {
        let withdrawn = (0..ids.len()).filter(|candidate| gone(&election.candidates[*candidate])).collect();
        let papers = papers.into_iter().map(|ranking| stv::Papers { count: 1, ranking }).collect();
        slow_count::elect(&stv::Election { candidates: ids.len(), seats: election.seats as usize, withdrawn, papers }, &lot).0
    };
    (winners.into_iter().map(|winner| ids[winner]).collect(), spoiled, blank)
}

/// The same operation with a payload that nobody can read.
fn silent(printed: &PrintedOp) -> PrintedOp {
    PrintedOp { content: Err("unreadable".into()), ..printed.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(games(48)) })]

    #[test]
    fn whatever_happens_it_is_recounted_from_the_founding_and_from_the_rows(bytes in vec(any::<u8>(), 200..1500), from: Index) {
        let game = played(&bytes, false);
        recount(&game, &from)?;
        without_refused(&game)?;
        elected_slowly(&game)?;
    }

    #[test]
    fn the_slow_recount_says_the_same_of_every_bill_and_of_the_law(bytes in vec(any::<u8>(), 200..1500)) {
        let game = played(&bytes, true);
        let state = &game.paper.state;
        let issues = game.paper.issues.iter().map(|(issue, _, operations)| SlowIssue::of(issue.id(), issue, operations.clone())).collect();
        let slow = slow_law::after_each(&game.paper.founding, issues).pop().expect("how the law stands");
        let fast: BTreeMap<OpId, Fate> = state.bills.iter().map(|(id, bill)| {
            let tally = bill.result.map(|(tally, _)| tally);
            let route = tally.and_then(|tally| bill.verdict(&state.charter_number(bill.charter), &tally).passes);
            (*id, Fate { word: bill.status.name(), route, tally })
        }).collect();
        let elected: BTreeMap<OpId, Vec<PersonId>> = state.elections.iter().filter_map(|(id, election)| Some((*id, election.outcome.as_ref()?.winners.clone()))).collect();
        let voters: BTreeMap<OpId, u64> = state.elections.iter().map(|(id, election)| (*id, election.voters)).collect();
        let recalls: BTreeMap<OpId, bool> = state.recalls.iter().filter_map(|(id, recall)| Some((*id, recall.outcome?.recalled))).collect();
        prop_assert_eq!((slow.voters, slow.elected, slow.recalls), (voters, elected, recalls));
        let offices: BTreeSet<_> = state.offices.iter().map(|(held, _)| *held).collect();
        prop_assert_eq!(slow.offices, offices);
        prop_assert_eq!(slow.bills, fast);
        prop_assert_eq!(slow.values, state.present_values());
        prop_assert_eq!(slow.challenges, slow_law::challenges_of(state));
        prop_assert_eq!(slow.reconciled, state.standing_reconciliations().iter().map(|row| row.act).collect::<Vec<_>>());
        let electorate = state.electorate(state.time());
        prop_assert_eq!(slow.consumers, electorate.consumers.into_iter().collect());
    }
}

#[test]
fn games_come_to_what_the_slow_recount_is_asked_about() {
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in 0..games(48).into() {
        let mut random = folkmoot_tests::random::Random::new(seed);
        let bytes: Vec<u8> = (0..1500).map(|_| random.below(256) as u8).collect();
        for plain in [true, false] {
            let law = played(&bytes, plain).paper.state;
            for (_, bill) in law.bills.iter() {
                let confirming = if bill.proposal.confirms.is_some() { "confirming" } else { "first" };
                *seen.entry(confirming).or_default() += 1;
                *seen.entry(bill.status.name()).or_default() += 1;
            }
            for (_, recall) in law.recalls.iter().filter(|_| plain) {
                let word = if recall.outcome.is_some_and(|outcome| outcome.recalled) { "recalled" } else { "not recalled" };
                *seen.entry(word).or_default() += 1;
            }
            for (_, election) in law.elections.iter().filter(|_| plain) {
                let by = if election.petition.is_some() { "petitioned" } else { "opened by bill" };
                *seen.entry(by).or_default() += 1;
                let elected = if election.outcome.as_ref().is_some_and(|outcome| !outcome.winners.is_empty()) { "elected" } else { "nobody elected" };
                *seen.entry(elected).or_default() += 1;
                *seen.entry(if election.is_among_participants() { "by participants" } else { "by all" }).or_default() += 1;
            }
            *seen.entry("delivered").or_default() += law.delivered.len() as u64;
            if plain {
                slow_law::challenges_of(&law).into_values().for_each(|word| *seen.entry(word).or_default() += 1);
                let (all, standing) = (law.reconciliations.len(), law.standing_reconciliations().len());
                *seen.entry("corrected").or_default() += (all - standing) as u64;
                let figures =
                    |figure: fn(&law::Tally) -> u64| law.bills.iter().filter_map(|(_, bill)| bill.result.map(|(tally, _)| figure(&tally))).sum::<u64>();
                *seen.entry("provisional").or_default() += figures(|tally| tally.provisional);
                *seen.entry("struck").or_default() += figures(|tally| tally.struck);
            }
        }
    }
    println!("{seen:?}");
    let bills = ["confirming", "first", "stale", "enacted", "expired", "delivered"];
    let places = ["upheld", "dismissed", "lapsed", "corrected", "provisional", "struck"];
    let communities = ["recalled", "not recalled", "petitioned", "by participants", "by all", "elected"];
    assert!(bills.iter().chain(&places).chain(&communities).all(|word| seen.get(word).is_some_and(|many| *many > 0)), "{seen:?}");
}

/// Votes and changes of them by four people with five devices: who, what, and which earlier edits of theirs it follows.
fn votes(paper: &mut Paper, bill: OpId, rolls: &[(u8, u8, u8)]) -> Vec<PrintedOp> {
    let mut own: BTreeMap<PersonId, Vec<OpId>> = BTreeMap::new();
    for (who, choice, follows) in rolls {
        let somebody = usize::from(*who) % paper.people.len();
        let edits = own.entry(paper.people[somebody].person).or_default();
        let at = edits.iter().rev().enumerate().take(8).filter(|(place, _)| follows >> place & 1 == 1).map(|(_, edit)| *edit).collect();
        let edit = paper.vote_at(somebody, bill, Choice::ALL[usize::from(*choice) % 3], at);
        own.entry(paper.people[somebody].person).or_default().push(edit);
    }
    std::mem::take(&mut paper.waiting)
}

/// What a ballot says by its document.
fn as_document(of: OpId, voter: PersonId, ballot: &law::Ballot) -> BTreeSet<Answer> {
    let entries = ballot.edits.iter().map(|edit| {
        let said = match &edit.answer {
            Answer::Choice(choice) => Step::Put { key: Key::Choice, value: Value::Text(choice.name().into()) },
            Answer::Ranking(ranking) => Step::Put { key: Key::Ranking, value: Value::Ranking(ranking.clone()) },
        };
        let steps = vec![Step::Put { key: Key::Bill, value: Value::Operation(of) }, said];
        let edit_of = Edit { kind: DocumentKind::Ballot, at: edit.at.clone(), steps };
        Entry { op: edit.op, device: edit.device, author: voter, edit: Ok(edit_of), ineffective: None }
    });
    let state = Document::derive(DocumentId::ballot_of(of, voter), entries).state();
    let values = state.iter().flat_map(|state| [Key::Choice, Key::Ranking].into_iter().flat_map(|key| state.choices(key))).map(|choice| &choice.value);
    let answer = |value: &Value| match value {
        Value::Text(word) => Choice::of(word).map(Answer::Choice),
        Value::Ranking(ranking) => Some(Answer::Ranking(ranking.clone())),
        _ => None,
    };
    values.filter_map(answer).collect()
}

fn said(ballot: &law::Ballot) -> BTreeSet<Answer> {
    ballot.answers().into_iter().cloned().collect()
}

/// Deals operations out anew; those of one device stay in their order.
fn dealt(operations: &[PrintedOp], order: &[Index]) -> Vec<PrintedOp> {
    let mut chains: BTreeMap<_, Vec<PrintedOp>> = BTreeMap::new();
    operations.iter().rev().for_each(|printed| chains.entry(printed.device).or_default().push(printed.clone()));
    let mut dealt = vec![];
    for index in order.iter().cycle() {
        chains.retain(|_, chain| !chain.is_empty());
        let place = if chains.is_empty() { 0 } else { index.index(chains.len()) };
        let Some(chain) = chains.values_mut().nth(place) else { break };
        dealt.extend(chain.pop());
    }
    dealt
}

/// Prints operations in one issue, and on a copy in another order, in several issues.
pub(super) fn printed_anew(paper: &mut Paper, operations: &[PrintedOp], order: &[Index], cuts: &[Index]) -> Paper {
    let mut other = paper.clone();
    paper.print_these(1, operations.to_vec());
    let mut rest = dealt(operations, order);
    assert_eq!(rest.len(), operations.len());
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(operations.len() + 1)).collect();
    cuts.sort();
    for cut in cuts.iter().rev() {
        let part = rest.split_off((*cut).min(rest.len()));
        other.waiting.splice(0..0, part);
    }
    let later = std::mem::take(&mut other.waiting);
    other.print_these(1, rest);
    for chunk in later.chunks(7) {
        other.print_these(1, chunk.to_vec());
    }
    other
}

/// Ballots in an election and changes of them: who, whom they name, and which earlier edits of theirs they follow.
fn rankings(paper: &mut Paper, election: OpId, rolls: &[(u8, u16, u8)]) -> Vec<PrintedOp> {
    let mut own: BTreeMap<PersonId, Vec<OpId>> = BTreeMap::new();
    for (who, says, follows) in rolls {
        let somebody = usize::from(*who) % paper.people.len();
        let edits = own.entry(paper.people[somebody].person).or_default();
        let at = edits.iter().rev().enumerate().take(8).filter(|(place, _)| follows >> place & 1 == 1).map(|(_, edit)| *edit).collect();
        // The first four, from one of them on, as many as the number says.
        let ranking: Vec<usize> = (0..usize::from(says / 4 % 5)).map(|step| (usize::from(*says) + step * usize::from(1 + says / 20 % 2 * 2)) % 4).collect();
        let edit = paper.rank_at(somebody, election, &ranking, at);
        own.entry(paper.people[somebody].person).or_default().push(edit);
    }
    std::mem::take(&mut paper.waiting)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn an_election_comes_to_the_same_in_whatever_order_and_issues(
        rolls in vec(any::<(u8, u16, u8)>(), 1..40), order in vec(any::<Index>(), 1..40), cuts in vec(any::<Index>(), 0..4), one in any::<bool>(),
    ) {
        let (mut paper, consumers) = bread(4);
        paper.device(consumers[0]);
        let election = paper.open_election(1, law::Office::Auditor, if one { 1 } else { 2 });
        paper.nominate(election, &[ALICE, consumers[0], consumers[1], consumers[2]]);
        let operations = rankings(&mut paper, election, &rolls);
        let mut other = printed_anew(&mut paper, &operations, &order, &cuts);
        let result = |paper: &Paper| paper.state.outcome_now(election).map(|outcome| law::Outcome { height: 0, ..outcome });
        prop_assert_eq!(result(&paper), result(&other));
        for (voter, ballot) in other.state.ballots_on(election) {
            prop_assert_eq!(said(ballot), as_document(election, voter, ballot));
        }
        let slow = slowly(&paper.state, election, paper.election(election));
        [&mut paper, &mut other].into_iter().for_each(|paper| paper.next_phase(election));
        prop_assert_eq!(paper.elected(election), other.elected(election));
        let outcome = paper.election(election).outcome.clone().expect("closed");
        prop_assert_eq!(slow, (outcome.winners, outcome.spoiled, outcome.blank));
        check(&other);
    }

    #[test]
    fn ballots_come_to_the_same_in_whatever_order_and_issues(
        rolls in vec(any::<(u8, u8, u8)>(), 1..60), order in vec(any::<Index>(), 1..60), cuts in vec(any::<Index>(), 0..4),
    ) {
        let (mut paper, consumers) = bread(3);
        paper.device(consumers[0]);
        let bill = paper.open(ALICE, 1, vec![]);
        let operations = votes(&mut paper, bill, &rolls);
        let mut other = printed_anew(&mut paper, &operations, &order, &cuts);
        prop_assert_eq!(paper.state.tally(bill), other.state.tally(bill));
        for printed in &[&mut paper, &mut other].map(|paper| { paper.until_in_force(bill); paper.result(bill) }) {
            prop_assert_eq!(printed, &paper.result(bill));
        }
        prop_assert_eq!(paper.status(bill).name(), other.status(bill).name());
        let (one, two) = (paper.state.bills.get(&bill).unwrap(), other.state.bills.get(&bill).unwrap());
        prop_assert_eq!(frozen(one), frozen(two));
        check(&other);
    }

    #[test]
    fn a_ballot_says_the_same_however_its_edits_come(rolls in vec(any::<(u8, u8, u8)>(), 1..14), order in vec(any::<Index>(), 20)) {
        let (mut paper, consumers) = bread(1);
        let bill = paper.open(ALICE, 1, vec![]);
        let mut own = vec![];
        for (_, choice, follows) in &rolls {
            let at = own.iter().rev().enumerate().take(8).filter(|(place, _)| follows >> place & 1 == 1).map(|(_, edit)| *edit).collect();
            own.push(paper.vote_at(consumers[0], bill, Choice::ALL[usize::from(*choice) % 3], at));
        }
        paper.print(1);
        let (voter, ballot) = paper.state.ballots_on(bill).next().unwrap();
        let mut part = ballot.clone();
        part.edits.remove(order[1].index(part.edits.len()));
        prop_assert_eq!(said(&part), as_document(bill, voter, &part), "what follows one that is not there waits");
        let mut edits = ballot.edits.clone();
        let mut again = law::Ballot::default();
        for index in order.iter().cycle().take(200) {
            again.insert(edits[index.index(edits.len())].clone()).unwrap();
        }
        while let Some(edit) = (!edits.is_empty()).then(|| edits.remove(order[0].index(edits.len()))) {
            again.insert(edit).unwrap();
        }
        prop_assert_eq!(ballot.choices(), again.choices());
        prop_assert_eq!(said(ballot), as_document(bill, voter, ballot));
    }
}
