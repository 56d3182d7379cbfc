//! The Method of Equal Shares with cost utilities (Peters, Pierczyński, Skowron: Proportional Participatory Budgeting
//! with Additive Utilities, 2021; Peters, Skowron: <https://equalshares.net>), completed by Add1 and then greedily:
//!
//! 1. Every voter gets an equal part of the money. Again and again the proposal is funded that costs its supporters
//!    least, measured by what each of them pays at most for each unit of its cost. Each pays the same, or all that is
//!    left where it is less. It ends when no supporters can pay for another one.
//! 2. Add1: every voter gets one unit more, and 1. begins anew; over and over, until what is funded costs more than the
//!    budget; then the result before stands.
//! 3. What still fits is funded by the number of its supporters.
//!
//! Where two proposals are equal in this, the cheaper comes first, then the one with more supporters, then the lot.

use super::{
    Lot,
    exact::{Fraction, Purses},
};
use crate::limits;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

/// Money and what may be done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// What there is, in the smallest unit.
    pub amount: u128,
    /// What every voter gets more in each step of Add1.
    pub unit: u128,
    /// How many vote; they are named by their numbers from 0.
    pub voters: usize,
    /// What can be funded.
    pub proposals: Vec<Proposal>,
}

/// Something that can be funded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proposal {
    /// What it costs, in the smallest unit.
    pub cost: u128,
    /// The voters who approve of it, each once.
    pub supporters: Vec<usize>,
}

/// What is funded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Funded {
    /// By the voters' equal shares, in this order,
    pub by_shares: Vec<usize>,
    /// and with what was left, in this order.
    pub by_support: Vec<usize>,
    /// Steps of Add1: every voter's share was larger by so many units.
    pub steps: u64,
    /// What all of it costs.
    pub spent: u128,
}

/// Decides what is funded.
pub fn fund(budget: &Budget, lot: &Lot) -> Funded {
    fund_within(budget, lot, limits::SHARE_STEPS)
}

/// Decides what is funded, with so many steps of Add1 at most.
pub fn fund_within(budget: &Budget, lot: &Lot, steps: u64) -> Funded {
    let counting = Counting { budget, lot, most_steps: steps };
    let (by_shares, steps) = counting.with_add_one();
    let mut funded: BTreeSet<usize> = by_shares.iter().copied().collect();
    let mut by_support = Vec::new();
    while let Some(next) = counting.fitting(&funded).min_by_key(|proposal| counting.by_support(*proposal)) {
        funded.insert(next);
        by_support.push(next);
    }
    Funded { spent: counting.cost(&funded), by_shares, by_support, steps }
}

/// What the lot decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Proposals that are funded, and would not be if the lot had fallen the other way,
    pub for_them: BTreeSet<usize>,
    /// and those that would be instead.
    pub against: BTreeSet<usize>,
}

/// What the lot decided about a result: it speaks only between proposals of the same cost with as many supporters.
pub fn drawn(budget: &Budget, lot: &Lot, funded: &Funded) -> Drawn {
    let all = |funded: &Funded| funded.by_shares.iter().chain(&funded.by_support).copied().collect::<BTreeSet<usize>>();
    let is = all(funded);
    let mut alike = BTreeMap::<_, BTreeSet<bool>>::new();
    for (proposal, Proposal { cost, supporters }) in budget.proposals.iter().enumerate().filter(|(_, proposal)| !proposal.supporters.is_empty()) {
        alike.entry((cost, supporters.len())).or_default().insert(is.contains(&proposal));
    }
    // Where all of those are funded, or none, there was nothing to decide between them.
    if alike.values().all(|funded| funded.len() < 2) {
        return Drawn::default();
    }
    let other = all(&fund(budget, &lot.reversed()));
    Drawn { for_them: &is - &other, against: &other - &is }
}

struct Counting<'a> {
    budget: &'a Budget,
    lot: &'a Lot,
    most_steps: u64,
}

/// A proposal that may be funded by shares.
struct Offer {
    proposal: usize,
    /// What it costs its supporters; it never becomes less.
    rate: Fraction,
    /// Whether that is what it costs now.
    fresh: bool,
}

impl Counting<'_> {
    fn with_add_one(&self) -> (Vec<usize>, u64) {
        let (all, stride) = (self.eligible().count(), self.stride());
        let mut best = (self.by_shares(0), 0);
        for steps in (1..=self.most_steps).map(|step| step.saturating_mul(stride)) {
            if best.0.len() == all {
                break;
            }
            let more = self.by_shares(steps);
            if self.cost(&more) > self.budget.amount {
                break;
            }
            best = (more, steps);
        }
        best
    }

    /// By how many units shares grow at once: all steps together at least double them, in whatever unit money is counted.
    fn stride(&self) -> u64 {
        let Budget { amount, unit, voters, .. } = *self.budget;
        let in_all = unit.saturating_mul(voters as u128).saturating_mul(self.most_steps.into());
        u64::try_from(amount / in_all.max(1)).map_or(u64::MAX, |stride| stride.max(1))
    }

    /// What the voters fund whose shares are larger by so many units.
    fn by_shares(&self, steps: u64) -> Vec<usize> {
        let Budget { amount, unit, voters, ref proposals } = *self.budget;
        let mut purses = Purses::filled(amount + unit * u128::from(steps) * voters as u128, voters);
        let (mut funded, priced): (Vec<usize>, Vec<usize>) = self.eligible().partition(|proposal| proposals[*proposal].cost == 0);
        let offer = |proposal: usize| {
            let Proposal { cost, supporters } = &proposals[proposal];
            let rate = purses.rate(&purses.price(*cost, supporters)?, *cost);
            Some(Offer { proposal, rate, fresh: true })
        };
        let mut offers: Vec<Offer> = priced.into_iter().filter_map(offer).collect();
        while let Some(at) = self.cheapest(&offers) {
            let Offer { proposal, fresh, .. } = offers[at];
            let Proposal { cost, supporters } = &proposals[proposal];
            match purses.price(*cost, supporters) {
                None => drop(offers.swap_remove(at)),
                Some(price) if !fresh => {
                    offers[at].rate = purses.rate(&price, *cost);
                    offers[at].fresh = true;
                }
                Some(price) => {
                    purses.pay(&price, supporters);
                    funded.push(proposal);
                    offers.swap_remove(at);
                    offers.iter_mut().for_each(|offer| offer.fresh = false);
                }
            }
        }
        funded
    }

    fn cheapest(&self, offers: &[Offer]) -> Option<usize> {
        (0..offers.len()).min_by(|a, b| {
            let [a, b] = [a, b].map(|at| &offers[*at]);
            a.rate.cmp(&b.rate).then_with(|| self.by_cost(a.proposal).cmp(&self.by_cost(b.proposal)))
        })
    }

    fn by_cost(&self, proposal: usize) -> impl Ord + use<> {
        let Proposal { cost, supporters } = &self.budget.proposals[proposal];
        (*cost, Reverse(supporters.len()), self.lot.place(proposal))
    }

    fn by_support(&self, proposal: usize) -> impl Ord + use<> {
        let Proposal { cost, supporters } = &self.budget.proposals[proposal];
        (Reverse(supporters.len()), *cost, self.lot.place(proposal))
    }

    /// What somebody wants and the money is enough for.
    fn eligible(&self) -> impl Iterator<Item = usize> {
        let eligible = |proposal: &Proposal| proposal.cost <= self.budget.amount && !proposal.supporters.is_empty();
        (0..self.budget.proposals.len()).filter(move |proposal| eligible(&self.budget.proposals[*proposal]))
    }

    /// What could be funded beside what is.
    fn fitting(&self, funded: &BTreeSet<usize>) -> impl Iterator<Item = usize> {
        let left = self.budget.amount.saturating_sub(self.cost(funded));
        self.eligible().filter(move |proposal| !funded.contains(proposal) && self.budget.proposals[*proposal].cost <= left)
    }

    fn cost<'b>(&self, funded: impl IntoIterator<Item = &'b usize>) -> u128 {
        funded.into_iter().map(|proposal| self.budget.proposals[*proposal].cost).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(costs: &[(u128, &[usize])], amount: u128) -> (Funded, Drawn) {
        let proposals: Vec<_> = costs.iter().map(|(cost, supporters)| Proposal { cost: *cost, supporters: supporters.to_vec() }).collect();
        let ids: Vec<[u8; 1]> = (0..proposals.len() as u8).map(|n| [n]).collect();
        let (budget, lot) = (Budget { amount, unit: 1, voters: 4, proposals }, Lot::draw(&[7; 32], ids.iter().map(<[u8; 1]>::as_slice)));
        let funded = fund(&budget, &lot);
        let drawn = drawn(&budget, &lot, &funded);
        (funded, drawn)
    }

    #[test]
    fn it_is_known_what_the_lot_decided() {
        let (funded, drawn) = decided(&[(60, &[0, 1]), (60, &[2, 3])], 100);
        let all: BTreeSet<usize> = funded.by_shares.iter().chain(&funded.by_support).copied().collect();
        assert_eq!((all.len(), &drawn.for_them, drawn.against), (1, &all, &BTreeSet::from([0, 1]) - &all));
    }

    /// Six of ten want something for 70 % of the money, four something for 44 %: the four pay for theirs before the six can.
    #[test]
    fn in_which_unit_money_is_counted_decides_nothing() {
        for (amount, unit, steps) in [(1_000, 1, 100_000), (1_000_000_000, 1, 100_000), (100_000, 100, 200), (50_000_000, 100, 200)] {
            let proposal = |percent: u128, supporters: std::ops::Range<usize>| Proposal { cost: amount / 100 * percent, supporters: supporters.collect() };
            let proposals = vec![proposal(70, 0..6), proposal(44, 6..10)];
            let budget = Budget { amount, unit, voters: 10, proposals };
            let funded = fund_within(&budget, &Lot::draw(&[7; 32], [b"a".as_slice(), b"b"]), steps);
            assert_eq!((&funded.by_shares[..], &funded.by_support[..]), (&[1][..], &[][..]), "of {amount}");
        }
    }

    #[test]
    fn where_there_is_room_for_both_or_their_cost_tells_nothing_is_drawn() {
        assert_eq!(decided(&[(50, &[0, 1]), (50, &[2, 3])], 100).1, Drawn::default());
        assert_eq!(decided(&[(60, &[0, 1]), (59, &[2, 3])], 100).1, Drawn::default());
        assert_eq!(decided(&[(60, &[0, 1]), (60, &[])], 100).1, Drawn::default());
    }
}
