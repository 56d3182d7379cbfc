//! Elections and budgets: real ones with their known results, and made-up ones beside a slow count.

use folkmoot_protocol::count::{
    Lot, blt, pabulib,
    shares::{self, Budget, Proposal},
    stv::{self, Count, Election, Papers, VOTE},
    text_of,
};
use folkmoot_tests::slow_count;
use proptest::{collection::vec, prelude::*, sample::Index};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// What others published; it lies beside the project, not in it.
fn published(what: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(what);
    if !path.exists() {
        println!("skipped: there is no {}", path.display());
    }
    path.exists().then_some(path)
}

fn lot(candidates: usize) -> Lot {
    let ids: Vec<[u8; 8]> = (0..candidates).map(|n| n.to_be_bytes()).collect();
    Lot::draw(&[7; 32], ids.iter().map(<[u8; 8]>::as_slice))
}

fn count(election: &Election) -> Count {
    stv::count(election, &lot(election.candidates))
}

#[test]
fn edinburghs_wards_elect_whom_they_elected() {
    let Some(folder) = published("stv") else { return };
    let winners: BTreeMap<String, BTreeSet<String>> = serde_json::from_slice(&fs::read(folder.join("winners.json")).unwrap()).unwrap();
    assert_eq!(winners.len(), 7);
    for (ward, expected) in winners {
        let bytes = fs::read(folder.join(format!("{ward}.blt"))).unwrap();
        let file = blt::parse(&text_of(&bytes)).unwrap();
        let count = count(&file.election);
        let elected: BTreeSet<String> = count.winners.iter().map(|winner| file.names[*winner].clone()).collect();
        assert_eq!(elected, expected, "{ward}");
        assert!(count.stages.iter().all(|stage| !stage.by_lot), "{ward}");
        let (winners, votes) = slow_count::elect(&file.election, &lot(file.election.candidates));
        assert_eq!((&winners, votes.as_slice()), (&count.winners, &count.stages.iter().map(|stage| stage.votes.clone()).collect::<Vec<_>>()[..]), "{ward}");
    }
}

#[test]
fn wieliczkas_budget_of_2023_is_spent_as_it_was() {
    let Some(path) = published("budgets/poland_wieliczka_2023.pb") else { return };
    let file = pabulib::parse(&text_of(&fs::read(path).unwrap())).unwrap();
    let funded = shares::fund(&file.budget, &lot(file.projects.len()));
    let selected: BTreeSet<usize> = funded.by_shares.iter().chain(&funded.by_support).copied().collect();
    assert_eq!((selected.len(), funded.spent, file.notes.len()), (30, 995_079, 0));
    assert_eq!(Some(selected), file.recorded);
}

fn papers(said: &[(u64, &[usize])]) -> Vec<Papers> {
    said.iter().map(|(count, ranking)| Papers { count: *count, ranking: ranking.to_vec() }).collect()
}

#[test]
fn equal_candidates_are_told_apart_by_the_latest_stage_in_which_they_were_not_equal() {
    // 3 is excluded first, and its paper makes 1 and 2 equal; before, 1 had more.
    let election = Election { candidates: 4, seats: 1, withdrawn: BTreeSet::new(), papers: papers(&[(5, &[0]), (4, &[1]), (3, &[2]), (1, &[3, 2])]) };
    let count = count(&election);
    let excluded: Vec<_> = count.stages.iter().map(|stage| stage.step).collect();
    assert_eq!(excluded[1..3], [stv::Step::Exclusion { of: 3 }, stv::Step::Exclusion { of: 2 }]);
    assert!(count.stages.iter().all(|stage| !stage.by_lot));
}

#[test]
fn lots_decide_what_nothing_else_does_and_it_is_said() {
    let election = Election { candidates: 2, seats: 1, withdrawn: BTreeSet::new(), papers: papers(&[(3, &[0]), (3, &[1])]) };
    let count = count(&election);
    assert!(count.stages[1].by_lot);
    assert_eq!(count.winners, [usize::from(lot(2).place(1) < lot(2).place(0))]);
}

#[test]
fn whoever_has_withdrawn_is_passed_over() {
    let election = Election { candidates: 3, seats: 1, withdrawn: BTreeSet::from([0]), papers: papers(&[(5, &[0, 2]), (4, &[1])]) };
    assert_eq!((count(&election).winners, count(&election).valid), (vec![2], 9));
}

#[test]
fn seats_that_nobody_stands_for_stay_empty() {
    let election = Election { candidates: 2, seats: 4, withdrawn: BTreeSet::from([1]), papers: papers(&[(1, &[0])]) };
    assert_eq!(count(&election).winners, [0]);
}

fn elections() -> impl Strategy<Value = Election> {
    (2usize..7, 1usize..4).prop_flat_map(|(candidates, seats)| {
        let ranking = vec(0..candidates, 0..=candidates).prop_map(|named| {
            let mut seen = BTreeSet::new();
            named.into_iter().filter(|candidate| seen.insert(*candidate)).collect::<Vec<_>>()
        });
        let papers = vec((0u64..9, ranking).prop_map(|(count, ranking)| Papers { count, ranking }), 0..14);
        let withdrawn = proptest::collection::btree_set(0..candidates, 0..2);
        (papers, withdrawn).prop_map(move |(papers, withdrawn)| Election { candidates, seats, withdrawn, papers })
    })
}

fn budgets() -> impl Strategy<Value = Budget> {
    (1usize..6, 1usize..6, 0u128..30).prop_flat_map(|(voters, proposals, amount)| {
        let supporters = proptest::collection::btree_set(0..voters, 0..=voters);
        let proposal = (0u128..20, supporters).prop_map(|(cost, supporters)| Proposal { cost, supporters: supporters.into_iter().collect() });
        vec(proposal, proposals).prop_map(move |proposals| Budget { amount, unit: 1, voters, proposals })
    })
}

proptest! {
    #[test]
    fn an_election_is_counted_as_the_slow_count_has_it(election in elections()) {
        let count = count(&election);
        let (winners, votes) = slow_count::elect(&election, &lot(election.candidates));
        prop_assert_eq!(&count.winners, &winners);
        prop_assert_eq!(count.stages.iter().map(|stage| stage.votes.clone()).collect::<Vec<_>>(), votes);
        for stage in &count.stages {
            prop_assert_eq!(stage.votes.iter().sum::<u128>() + stage.non_transferable, u128::from(count.valid) * VOTE);
        }
        let standing = election.candidates - election.withdrawn.len();
        prop_assert_eq!(count.winners.len(), if count.valid > 0 { election.seats.min(standing) } else { 0 });
        prop_assert!(count.winners.iter().all(|winner| !election.withdrawn.contains(winner)));
    }

    #[test]
    fn how_papers_are_put_together_changes_nothing(election in elections(), swap in any::<(Index, Index)>()) {
        let mut other = election.clone();
        for papers in &election.papers {
            if papers.count > 1 {
                other.papers.push(Papers { count: 1, ranking: papers.ranking.clone() });
            }
        }
        other.papers.iter_mut().take(election.papers.len()).for_each(|papers| papers.count -= u64::from(papers.count > 1));
        if !other.papers.is_empty() {
            let len = other.papers.len();
            other.papers.swap(swap.0.index(len), swap.1.index(len));
        }
        prop_assert_eq!(count(&other), count(&election));
    }

    #[test]
    fn money_is_shared_as_the_slow_count_has_it(budget in budgets()) {
        let lot = lot(budget.proposals.len());
        let funded = shares::fund(&budget, &lot);
        prop_assert_eq!(&funded, &slow_count::fund(&budget, &lot));
        prop_assert!(funded.spent <= budget.amount);
    }

    #[test]
    fn voters_are_told_apart_by_their_votes_alone(budget in budgets(), turn in any::<Index>()) {
        let lot = lot(budget.proposals.len());
        let mut other = budget.clone();
        let turn = turn.index(budget.voters);
        for proposal in &mut other.proposals {
            proposal.supporters.iter_mut().for_each(|voter| *voter = (*voter + turn) % budget.voters);
        }
        prop_assert_eq!(shares::fund(&other, &lot), shares::fund(&budget, &lot));
    }
}
