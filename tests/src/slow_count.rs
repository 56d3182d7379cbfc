//! The counting rules once more, as plainly as they can be written: one ballot paper at a time, small fractions, no
//! care for speed. What counts for the co-op is compared with it.

use folkmoot_protocol::count::{
    Lot,
    shares::{Budget, Funded},
    stv::{Election, VOTE},
};
use std::cmp::Reverse;

struct Paper {
    ranking: Vec<usize>,
    value: u128,
    /// Where in the ranking it lies; behind the end, with nobody.
    at: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Is {
    Running,
    In,
    Out,
}

/// Who is elected, in order, and every candidate's votes after each stage.
pub fn elect(election: &Election, lot: &Lot) -> (Vec<usize>, Vec<Vec<u128>>) {
    let mut is: Vec<Is> = (0..election.candidates).map(|c| if election.withdrawn.contains(&c) { Is::Out } else { Is::Running }).collect();
    let mut papers = Vec::new();
    for alike in &election.papers {
        for _ in 0..alike.count {
            let ranking: Vec<usize> = alike.ranking.iter().copied().filter(|c| is[*c] == Is::Running).collect();
            if !ranking.is_empty() {
                papers.push(Paper { ranking, value: VOTE, at: 0 });
            }
        }
    }
    if papers.is_empty() {
        return (vec![], vec![vec![0; election.candidates]]);
    }
    let quota = papers.len() as u128 / (election.seats as u128 + 1) + 1;
    let quota = quota * VOTE;
    // Votes that stay with an elected candidate whose papers have gone on.
    let mut kept = vec![0u128; election.candidates];
    let (mut winners, mut stages): (Vec<usize>, Vec<Vec<u128>>) = (vec![], vec![]);
    loop {
        let votes: Vec<u128> = (0..election.candidates)
            .map(|c| kept[c] + papers.iter().filter(|paper| paper.ranking.get(paper.at) == Some(&c)).map(|paper| paper.value).sum::<u128>())
            .collect();
        stages.push(votes.clone());
        // Most votes first, now or in the latest stage that tells two apart, else by lot.
        let history = |c: usize| stages.iter().rev().map(|votes| votes[c]).collect::<Vec<_>>();
        let mut running: Vec<usize> = (0..election.candidates).filter(|c| is[*c] == Is::Running).collect();
        running.sort_by_key(|c| (Reverse(history(*c)), lot.place(*c)));
        let mut enter = |c: usize, is: &mut Vec<Is>| {
            is[c] = Is::In;
            winners.push(c);
        };
        running.iter().filter(|c| votes[**c] >= quota).for_each(|c| enter(*c, &mut is));
        running.retain(|c| is[*c] == Is::Running);
        let vacancies = election.seats - is.iter().filter(|is| **is == Is::In).count();
        if running.len() <= vacancies {
            running.iter().for_each(|c| enter(*c, &mut is));
            return (winners, stages);
        }
        if vacancies == 0 {
            return (winners, stages);
        }
        let mut above: Vec<usize> = (0..election.candidates).filter(|c| is[*c] == Is::In && votes[*c] > quota).collect();
        above.sort_by_key(|c| (Reverse(history(*c)), lot.place(*c)));
        let from = match above.first() {
            Some(c) => *c,
            None => {
                let last = running.into_iter().min_by_key(|c| (history(*c), Reverse(lot.place(*c)))).unwrap_or_default();
                is[last] = Is::Out;
                last
            }
        };
        for paper in papers.iter_mut().filter(|paper| paper.ranking.get(paper.at) == Some(&from)) {
            if is[from] == Is::In {
                paper.value = (votes[from] - quota) * paper.value / votes[from];
                kept[from] = quota;
            }
            while paper.ranking.get(paper.at).is_some_and(|c| is[*c] != Is::Running) {
                paper.at += 1;
            }
        }
    }
}

/// A fraction in lowest terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fraction(i128, i128);

impl Fraction {
    fn new(over: i128, under: i128) -> Self {
        let (mut a, mut b) = (over.abs(), under.abs());
        while b > 0 {
            (a, b) = (b, a % b);
        }
        Self(over / a.max(1), under / a.max(1))
    }

    fn minus(self, other: Self) -> Self {
        Self::new(self.0 * other.1 - other.0 * self.1, self.1 * other.1)
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0 * other.1).cmp(&(other.0 * self.1))
    }
}

/// What is funded, for small numbers.
pub fn fund(budget: &Budget, lot: &Lot) -> Funded {
    let wanted: Vec<usize> = (0..budget.proposals.len()).filter(|p| !budget.proposals[*p].supporters.is_empty()).collect();
    let wanted: Vec<usize> = wanted.into_iter().filter(|p| budget.proposals[*p].cost <= budget.amount).collect();
    let cost = |funded: &[usize]| funded.iter().map(|p| budget.proposals[*p].cost).sum::<u128>();
    let (mut steps, mut by_shares) = (0, by_shares(budget, lot, &wanted, 0));
    while by_shares.len() < wanted.len() {
        let more = self::by_shares(budget, lot, &wanted, steps + 1);
        if cost(&more) > budget.amount {
            break;
        }
        (steps, by_shares) = (steps + 1, more);
    }
    let mut all = by_shares.clone();
    let mut rest: Vec<usize> = wanted.into_iter().filter(|p| !all.contains(p)).collect();
    rest.sort_by_key(|p| (Reverse(budget.proposals[*p].supporters.len()), budget.proposals[*p].cost, lot.place(*p)));
    for p in rest {
        if cost(&all) + budget.proposals[p].cost <= budget.amount {
            all.push(p);
        }
    }
    Funded { by_support: all[by_shares.len()..].to_vec(), spent: cost(&all), by_shares, steps }
}

fn by_shares(budget: &Budget, lot: &Lot, wanted: &[usize], steps: u64) -> Vec<usize> {
    let voters = budget.voters as i128;
    let share = Fraction::new(budget.amount as i128 + budget.unit as i128 * i128::from(steps) * voters, voters);
    let mut purses = vec![share; budget.voters];
    let mut funded: Vec<usize> = wanted.iter().copied().filter(|p| budget.proposals[*p].cost == 0).collect();
    loop {
        let open = wanted.iter().copied().filter(|p| !funded.contains(p));
        let rated = open.filter_map(|p| {
            let proposal = &budget.proposals[p];
            let most = most_each_pays(&purses, proposal.cost as i128, &proposal.supporters)?;
            let rate = Fraction::new(most.0, most.1 * proposal.cost as i128);
            Some(((rate, proposal.cost, Reverse(proposal.supporters.len()), lot.place(p)), p, most))
        });
        let Some((_, p, most)) = rated.min_by_key(|(key, _, _)| *key) else { return funded };
        for voter in &budget.proposals[p].supporters {
            purses[*voter] = purses[*voter].minus(most.min(purses[*voter]));
        }
        funded.push(p);
    }
}

/// The least such that supporters pay a cost if none pays more than that.
fn most_each_pays(purses: &[Fraction], cost: i128, supporters: &[usize]) -> Option<Fraction> {
    let mut contents: Vec<Fraction> = supporters.iter().map(|voter| purses[*voter]).collect();
    contents.sort();
    let mut rest = Fraction::new(cost, 1);
    for (n, content) in contents.iter().enumerate() {
        let each = Fraction::new(rest.0, rest.1 * (contents.len() - n) as i128);
        if each <= *content {
            return Some(each);
        }
        rest = rest.minus(*content);
    }
    None
}
