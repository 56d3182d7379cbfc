//! Scottish STV: the Scottish Local Government Elections Order 2007 (SSI 2007/42), schedule 1, rules 45 to 52: the
//! weighted inclusive Gregory method with five decimals, the rest of each division being left out.

use super::Lot;
use std::{cmp::Reverse, collections::BTreeSet};

/// A vote, in the units in which this module counts: five decimals.
pub const VOTE: u128 = 100_000;

/// An election and its ballot papers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Election {
    /// How many stand; they are named by their numbers from 0.
    pub candidates: usize,
    /// How many are elected.
    pub seats: usize,
    /// Those who are not counted as standing any more.
    pub withdrawn: BTreeSet<usize>,
    /// The papers, those alike in any way put together. At most 2^53 in all.
    pub papers: Vec<Papers>,
}

/// Papers that say the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Papers {
    /// How many.
    pub count: u64,
    /// The candidates, the first choice first. One that is named again counts where it stands first.
    pub ranking: Vec<usize>,
}

/// What happened in a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// First choices were counted.
    FirstChoices,
    /// What a candidate had above the quota went on.
    Surplus {
        /// Whose.
        of: usize,
    },
    /// A candidate was excluded, and the papers went on.
    Exclusion {
        /// Who.
        of: usize,
    },
}

/// One stage of the count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// What happened.
    pub step: Step,
    /// Whether lots had to decide whose turn it was.
    pub by_lot: bool,
    /// Each candidate's votes afterwards, in hundred-thousandths.
    pub votes: Vec<u128>,
    /// Votes that no candidate has any more, in hundred-thousandths.
    pub non_transferable: u128,
    /// Who was elected at the end of it, in this order.
    pub elected: Vec<usize>,
}

/// What came of an election.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// Papers with a choice for somebody who stands.
    pub valid: u64,
    /// Votes that elect.
    pub quota: u64,
    /// The stages.
    pub stages: Vec<Stage>,
    /// Who is elected, in order.
    pub winners: Vec<usize>,
}

/// Counts an election. Where fewer stand than there are seats, the rest stay empty; where no paper names anybody who stands,
/// nobody is elected.
pub fn count(election: &Election, lot: &Lot) -> Count {
    let mut counting = Counting::begin(election, lot);
    counting.end_stage(Step::FirstChoices, false);
    while counting.vacancies() > 0 {
        match counting.next_surplus() {
            Some((of, by_lot)) => counting.transfer_surplus(of, by_lot),
            None => counting.exclude_last(),
        }
    }
    let winners = counting.stages.iter().flat_map(|stage| stage.elected.iter().copied()).collect();
    Count { valid: counting.valid, quota: counting.quota, stages: counting.stages, winners }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Continuing,
    Elected,
    Excluded,
}

/// Papers in a candidate's pile.
#[derive(Debug, Clone, Copy)]
struct Parcel<'a> {
    papers: &'a Papers,
    /// The place of the candidate who has them.
    at: usize,
    /// What each is worth.
    value: u128,
}

struct Counting<'a> {
    lot: &'a Lot,
    seats: usize,
    valid: u64,
    quota: u64,
    standing: Vec<Standing>,
    piles: Vec<Vec<Parcel<'a>>>,
    votes: Vec<u128>,
    stages: Vec<Stage>,
}

impl<'a> Counting<'a> {
    fn begin(election: &'a Election, lot: &'a Lot) -> Self {
        let standing = |candidate| if election.withdrawn.contains(&candidate) { Standing::Excluded } else { Standing::Continuing };
        let standing: Vec<_> = (0..election.candidates).map(standing).collect();
        let seats = election.seats.min(standing.iter().filter(|standing| **standing == Standing::Continuing).count());
        let (piles, votes) = (vec![vec![]; election.candidates], vec![0; election.candidates]);
        let mut counting = Self { lot, seats, valid: 0, quota: 0, standing, piles, votes, stages: vec![] };
        for papers in &election.papers {
            if let Some(at) = counting.next_choice(papers, 0) {
                counting.give(Parcel { papers, at, value: VOTE });
                counting.valid += papers.count;
            }
        }
        if counting.valid == 0 {
            counting.seats = 0;
        }
        // Rule 46: of the seats, not of those who could fill them.
        counting.quota = counting.valid / (election.seats as u64).saturating_add(1) + 1;
        counting
    }

    fn vacancies(&self) -> usize {
        self.seats - self.standing.iter().filter(|standing| **standing == Standing::Elected).count()
    }

    fn continuing(&self) -> Vec<usize> {
        (0..self.standing.len()).filter(|candidate| self.standing[*candidate] == Standing::Continuing).collect()
    }

    fn next_choice(&self, papers: &Papers, from: usize) -> Option<usize> {
        let rest = papers.ranking.iter().enumerate().skip(from);
        rest.into_iter().find(|(_, candidate)| self.standing[**candidate] == Standing::Continuing).map(|(at, _)| at)
    }

    fn give(&mut self, parcel: Parcel<'a>) {
        let to = parcel.papers.ranking[parcel.at];
        self.votes[to] += parcel.value * u128::from(parcel.papers.count);
        self.piles[to].push(parcel);
    }

    /// Papers go to their next choices at a new value each; what nobody is chosen on stays with nobody.
    fn pass_on(&mut self, from: usize, value: impl Fn(u128) -> u128) {
        for Parcel { papers, at, value: before } in std::mem::take(&mut self.piles[from]) {
            if let Some(at) = self.next_choice(papers, at + 1) {
                self.give(Parcel { papers, at, value: value(before) });
            }
        }
    }

    /// The elected candidate whose surplus is due: the largest.
    fn next_surplus(&self) -> Option<(usize, bool)> {
        let quota = u128::from(self.quota) * VOTE;
        let elected = (0..self.votes.len()).filter(|c| self.standing[*c] == Standing::Elected && self.votes[*c] > quota).collect();
        self.foremost(elected, Reverse)
    }

    /// Rule 48: each paper goes on at surplus x value / votes.
    fn transfer_surplus(&mut self, of: usize, by_lot: bool) {
        let (quota, votes) = (u128::from(self.quota) * VOTE, self.votes[of]);
        let surplus = votes - quota;
        self.votes[of] = quota;
        self.pass_on(of, |value| surplus * value / votes);
        self.end_stage(Step::Surplus { of }, by_lot);
    }

    /// Rules 50 and 51: whoever has fewest votes is excluded; the papers go on at their value.
    fn exclude_last(&mut self) {
        let Some((of, by_lot)) = self.foremost(self.continuing(), |votes| votes) else { return };
        self.standing[of] = Standing::Excluded;
        self.votes[of] = 0;
        self.pass_on(of, |value| value);
        self.end_stage(Step::Exclusion { of }, by_lot);
    }

    /// The first of candidates by their votes now; where these are equal, by those of the last stage before in which
    /// they were not (rules 49 and 51); where they always were, by lot. Answers whether by lot.
    fn foremost<K: Ord + Copy>(&self, mut among: Vec<usize>, key: impl Fn(u128) -> K) -> Option<(usize, bool)> {
        let stages = self.stages.iter().rev().map(|stage| &stage.votes);
        for votes in [&self.votes].into_iter().chain(stages) {
            let first = among.iter().map(|candidate| key(votes[*candidate])).min()?;
            among.retain(|candidate| key(votes[*candidate]) == first);
        }
        let by_lot = among.len() > 1;
        // As if whoever comes first in the lot had had most.
        let drawn = |candidate: usize| (self.votes.len() - self.lot.place(candidate)) as u128;
        among.into_iter().min_by_key(|candidate| key(drawn(*candidate))).map(|first| (first, by_lot))
    }

    /// Who has reached the quota is elected; the last vacancies go to whoever is left for them (rule 52).
    fn end_stage(&mut self, step: Step, by_lot: bool) {
        let quota = u128::from(self.quota) * VOTE;
        let mut elected = self.elect(|votes| votes >= quota);
        if self.vacancies() > 0 && self.continuing().len() <= self.vacancies() {
            elected.extend(self.elect(|_| true));
        }
        let total = u128::from(self.valid) * VOTE;
        let non_transferable = total - self.votes.iter().sum::<u128>();
        self.stages.push(Stage { step, by_lot, votes: self.votes.clone(), non_transferable, elected });
    }

    fn elect(&mut self, reaches: impl Fn(u128) -> bool) -> Vec<usize> {
        let mut left: Vec<usize> = self.continuing().into_iter().filter(|candidate| reaches(self.votes[*candidate])).collect();
        let mut elected = Vec::new();
        while let Some((first, _)) = self.foremost(left.clone(), Reverse) {
            left.retain(|candidate| *candidate != first);
            self.standing[first] = Standing::Elected;
            elected.push(first);
        }
        elected
    }
}
