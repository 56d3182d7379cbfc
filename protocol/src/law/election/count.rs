//! How an election is counted (docs/src/protocol.md, Elections).

use super::Election;
use crate::{
    count::{Lot, stv},
    id::*,
};
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};

/// What came of an election.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Outcome {
    /// The issue that ended it.
    #[n(0)]
    pub height: u64,
    /// Ballots that name somebody who could be elected.
    #[n(1)]
    pub valid: u64,
    /// Ballots that name nobody who could.
    #[n(2)]
    pub blank: u64,
    /// Ballots that say several things at once and count for nobody.
    #[n(3)]
    pub spoiled: u64,
    /// Votes that elect, where ballots rank; for approval none.
    #[n(4)]
    pub quota: Option<u64>,
    /// Candidates who could not hold the office any more. Ascending.
    #[n(5)]
    pub out: Vec<PersonId>,
    /// The stages of the count; none where there was nothing to count.
    #[n(6)]
    pub stages: Vec<CountStage>,
    /// Who is elected, in order.
    #[n(7)]
    pub winners: Vec<PersonId>,
}

/// One stage of a count.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CountStage {
    /// What happened.
    #[n(0)]
    pub step: CountStep,
    /// Whether lots had to decide.
    #[n(1)]
    pub by_lot: bool,
    /// Each candidate's votes afterwards, in the order of the candidates, in hundred-thousandths.
    #[n(2)]
    pub votes: Vec<u64>,
    /// Votes that no candidate has any more, in hundred-thousandths.
    #[n(3)]
    pub non_transferable: u64,
    /// Who was elected at the end of it, in this order.
    #[n(4)]
    pub elected: Vec<PersonId>,
}

/// What happened in a stage of a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum CountStep {
    /// Everybody's approvals were counted.
    #[n(0)]
    Approvals,
    /// First choices were counted.
    #[n(1)]
    FirstChoices,
    /// What a candidate had above the quota went on.
    #[n(2)]
    Surplus(#[n(0)] PersonId),
    /// A candidate was excluded, and the papers went on.
    #[n(3)]
    Exclusion(#[n(0)] PersonId),
}

/// Counts an election by what each ballot says. `out`: who cannot be elected. `height`: the issue that ends it.
pub(super) fn outcome<'a>(election: &Election, out: BTreeSet<PersonId>, ballots: impl Iterator<Item = BTreeSet<&'a [PersonId]>>, height: u64) -> Outcome {
    let mut outcome = Outcome { height, valid: 0, blank: 0, spoiled: 0, quota: None, out: out.iter().copied().collect(), stages: vec![], winners: vec![] };
    let mut papers: BTreeMap<Vec<usize>, u64> = BTreeMap::new();
    for said in ballots {
        match said.first() {
            None => {}
            Some(_) if said.len() > 1 => outcome.spoiled += 1,
            Some(ranking) => *papers.entry(places(election, &out, ranking)).or_default() += 1,
        }
    }
    outcome.blank = papers.remove(&[][..]).unwrap_or(0);
    outcome.valid = papers.values().sum();
    if outcome.valid > 0 {
        let lot = lot(election);
        if election.is_approval() {
            approve(election, &papers, &lot, &mut outcome)
        } else {
            rank(election, &out, papers, &lot, &mut outcome)
        }
        outcome.winners = outcome.stages.iter().flat_map(|stage| stage.elected.iter().copied()).collect();
    }
    outcome
}

/// The candidates on a ballot who can be elected, by their numbers, in its order.
fn places(election: &Election, out: &BTreeSet<PersonId>, ranking: &[PersonId]) -> Vec<usize> {
    ranking.iter().filter(|person| !out.contains(*person)).filter_map(|person| election.place(*person).ok()).collect()
}

/// The order of candidates that decides where nothing else does.
fn lot(election: &Election) -> Lot {
    let seed = election.lot.unwrap_or(IssueId::ZERO).0;
    Lot::draw(&seed, election.candidates.iter().map(|candidate| candidate.person.0.as_slice()))
}

/// Whoever is acceptable to most is elected.
fn approve(election: &Election, papers: &BTreeMap<Vec<usize>, u64>, lot: &Lot, outcome: &mut Outcome) {
    let mut votes = vec![0; election.candidates.len()];
    for (approved, count) in papers {
        approved.iter().for_each(|candidate| votes[*candidate] += count);
    }
    let most = votes.iter().copied().max().unwrap_or(0);
    let foremost = || (0..votes.len()).filter(|candidate| votes[*candidate] == most);
    let elected = foremost().min_by_key(|candidate| lot.place(*candidate));
    let stage = CountStage {
        step: CountStep::Approvals,
        by_lot: foremost().count() > 1,
        votes: votes.iter().map(|votes| hundred_thousandths(u128::from(*votes) * stv::VOTE)).collect(),
        non_transferable: 0,
        elected: elected.map(|candidate| election.candidates[candidate].person).into_iter().collect(),
    };
    outcome.stages.push(stage);
}

fn rank(election: &Election, out: &BTreeSet<PersonId>, papers: BTreeMap<Vec<usize>, u64>, lot: &Lot, outcome: &mut Outcome) {
    let person = |candidate: usize| election.candidates[candidate].person;
    let counted = stv::count(
        &stv::Election {
            candidates: election.candidates.len(),
            seats: usize::try_from(election.seats).unwrap_or(usize::MAX),
            withdrawn: (0..election.candidates.len()).filter(|candidate| out.contains(&person(*candidate))).collect(),
            papers: papers.into_iter().map(|(ranking, count)| stv::Papers { count, ranking }).collect(),
        },
        lot,
    );
    outcome.quota = Some(counted.quota);
    for stage in counted.stages {
        outcome.stages.push(CountStage {
            step: match stage.step {
                stv::Step::FirstChoices => CountStep::FirstChoices,
                stv::Step::Surplus { of } => CountStep::Surplus(person(of)),
                stv::Step::Exclusion { of } => CountStep::Exclusion(person(of)),
            },
            by_lot: stage.by_lot,
            votes: stage.votes.into_iter().map(hundred_thousandths).collect(),
            non_transferable: hundred_thousandths(stage.non_transferable),
            elected: stage.elected.into_iter().map(person).collect(),
        });
    }
}

/// No roll is so long that its votes would not fit.
fn hundred_thousandths(votes: u128) -> u64 {
    u64::try_from(votes).unwrap_or(u64::MAX)
}
