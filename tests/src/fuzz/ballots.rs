use folkmoot_protocol::{
    count::{
        Lot,
        blt::{self, Blt},
        pabulib::{self, Pabulib},
        shares,
        stv::{self, VOTE},
        text_of,
    },
    limits,
};
use std::collections::BTreeSet;

/// So much is counted of what was read; larger budgets take longer and show no more.
const MOST_VOTES: usize = 128;

/// Files of ballots: whatever can be read can be counted.
pub fn ballots(data: &[u8]) {
    let text = text_of(data);
    match blt::parse(&text) {
        Ok(file) => elect(&file),
        Err(error) => assert!(error.line >= 1 && error.line <= text.lines().count().max(1), "{error}"),
    }
    match pabulib::parse(&text) {
        Ok(file) => fund(&file),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn elect(file: &Blt) {
    let election = &file.election;
    assert!(election.candidates <= limits::CANDIDATES && election.seats > 0 && file.names.len() == election.candidates);
    let papers: u64 = election.papers.iter().map(|papers| papers.count).sum();
    assert!(papers + file.empty <= limits::PAPERS);
    let ids: Vec<[u8; 8]> = (0..election.candidates).map(|n| n.to_be_bytes()).collect();
    let count = stv::count(election, &Lot::draw(&[0; 32], ids.iter().map(<[u8; 8]>::as_slice)));
    let winners: BTreeSet<usize> = count.winners.iter().copied().collect();
    assert_eq!((winners.len(), count.winners.len()), (count.winners.len(), election.seats.min(election.candidates - election.withdrawn.len())));
    assert!(count.valid <= papers && winners.is_disjoint(&election.withdrawn));
    for stage in &count.stages {
        assert_eq!(stage.votes.iter().sum::<u128>() + stage.non_transferable, u128::from(count.valid) * VOTE, "votes are lost or made");
    }
}

fn fund(file: &Pabulib) {
    let budget = &file.budget;
    assert!(budget.proposals.len() == file.projects.len() && budget.voters > 0);
    assert!(budget.proposals.iter().flat_map(|proposal| &proposal.supporters).all(|voter| *voter < budget.voters));
    if budget.voters * budget.proposals.len() > MOST_VOTES {
        return;
    }
    let funded = shares::fund(budget, &Lot::draw(&[0; 32], file.projects.iter().map(|project| project.id.as_bytes())));
    let all: Vec<usize> = funded.by_shares.iter().chain(&funded.by_support).copied().collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "funded twice");
    assert_eq!(all.iter().map(|proposal| budget.proposals[*proposal].cost).sum::<u128>(), funded.spent);
    assert!(funded.spent <= budget.amount, "more is spent than there is");
}
