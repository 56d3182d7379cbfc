//! How a vote on priorities is counted (docs/src/protocol.md, Priorities).

use super::Priorities;
use crate::{
    count::{
        Lot,
        shares::{self, Budget, Proposal},
    },
    id::*,
    limits,
};
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;

/// What came of a vote on priorities.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Shares {
    /// The issue that ended it.
    #[n(0)]
    pub height: u64,
    /// Ballots that approve of a feature; the money is shared among their voters.
    #[n(1)]
    pub valid: u64,
    /// Ballots that approve of nothing there is.
    #[n(2)]
    pub blank: u64,
    /// Ballots that say several things at once and count for nothing.
    #[n(3)]
    pub spoiled: u64,
    /// How many approve of each feature, in the order of the list.
    #[n(4)]
    pub supporters: Vec<u64>,
    /// What is funded, in order.
    #[n(5)]
    pub funded: Vec<FundedFeature>,
    /// By so many units of the currency every share was larger than an equal part.
    #[n(6)]
    pub steps: u64,
    /// What all that is funded costs, in the smallest unit.
    #[n(7)]
    pub spent: u64,
}

/// A feature that is funded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct FundedFeature {
    /// Its place in the list, from 0.
    #[n(0)]
    pub place: u64,
    /// Whether with what was left, by the number of its supporters, and not by the shares of those.
    #[n(1)]
    pub left_over: bool,
}

impl Shares {
    /// Whether a feature is funded, and with what was left.
    pub fn funded(&self, place: usize) -> Option<FundedFeature> {
        self.funded.iter().find(|funded| funded.place == place as u64).copied()
    }
}

/// Shares the money out by what each ballot says. `height`: the issue that ends the vote.
pub(super) fn share<'a>(id: OpId, vote: &Priorities, ballots: impl Iterator<Item = BTreeSet<&'a [PersonId]>>, height: u64) -> Shares {
    let ids = vote.ballot_ids(id);
    let mut shares = Shares { height, valid: 0, blank: 0, spoiled: 0, supporters: vec![], funded: vec![], steps: 0, spent: 0 };
    let mut proposals: Vec<Proposal> = vote.features.iter().map(|feature| Proposal { cost: u128::from(feature.cost), supporters: vec![] }).collect();
    let mut voters = 0;
    for said in ballots {
        match said.first() {
            None => {}
            Some(_) if said.len() > 1 => shares.spoiled += 1,
            Some(approved) if !ids.iter().any(|id| approved.contains(id)) => shares.blank += 1,
            Some(approved) => {
                let supported = ids.iter().zip(&mut proposals).filter(|(id, _)| approved.contains(id));
                supported.for_each(|(_, proposal)| proposal.supporters.push(voters));
                voters += 1;
            }
        }
    }
    shares.valid = voters as u64;
    shares.supporters = proposals.iter().map(|proposal| proposal.supporters.len() as u64).collect();
    if voters > 0 {
        let unit = 10u128.pow(vote.budget.currency.decimals());
        let budget = Budget { amount: u128::from(vote.budget.minor), unit, voters, proposals };
        let lot = Lot::draw(&vote.lot.unwrap_or(IssueId::ZERO).0, vote.features.iter().map(|feature| feature.name.as_bytes()));
        let funded = shares::fund_within(&budget, &lot, limits::PRIORITY_STEPS);
        let of = |places: Vec<usize>, left_over: bool| places.into_iter().map(move |place| FundedFeature { place: place as u64, left_over });
        shares.funded = of(funded.by_shares, false).chain(of(funded.by_support, true)).collect();
        shares.steps = funded.steps;
        shares.spent = u64::try_from(funded.spent).unwrap_or(u64::MAX);
    }
    shares
}
