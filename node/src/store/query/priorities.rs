//! Votes on priorities as lists and screens show them.

use super::{
    View,
    ballot::{ENDED, HIDDEN, Vote},
    law::LawBook,
};
use crate::store::StoreError;
use folkmoot_protocol::{
    document::{DocumentState, Key, Value},
    id::*,
    law::{Feature, Money, Priorities, Shares, State},
    view::{BallotView, FeatureView, PrioritiesView, RankedView, SharesView},
};
use std::{cmp::Reverse, collections::BTreeSet};

impl View<'_> {
    /// A vote on priorities as a person sees it.
    pub fn priorities(&self, id: OpId, book: &LawBook, viewer: PersonId) -> Result<Option<PrioritiesView>, StoreError> {
        let Some(expected) = book.provisional.priorities.get(&id) else { return Ok(None) };
        let vote = book.printed.priorities.get(&id).unwrap_or(expected);
        let bill = book.provisional.bills.get(&vote.by);
        let may_vote = may_vote(vote, book, viewer);
        let ballot = self.ballot_on_priorities(id, vote, book, viewer)?;
        // Running totals are kept from members until they voted.
        let hidden = self.is_kept_from(viewer, id, book)?;
        let count = |state: &State| if hidden { None } else { state.shares_now(id).map(|shares| shares_view(vote, &shares)) };
        Ok(Some(PrioritiesView {
            id,
            name: vote.name.clone(),
            phase: if vote.is_open() { "voting" } else { "closed" },
            budget: vote.budget,
            bill: bill.map_or(DocumentId::ZERO, |bill| bill.proposal.document),
            title: bill.map(|bill| bill.proposal.title.clone()).unwrap_or_default(),
            opened_at: vote.opened_at,
            closes_at: vote.deadline,
            voters: vote.voters,
            may_vote,
            features: features(id, vote, &book.provisional),
            lot: vote.lot,
            outcome: match &vote.outcome {
                Some(shares) => Some(shares_view(vote, shares)),
                None => count(&book.printed),
            },
            provisional: if vote.is_open() { count(&book.provisional) } else { None },
            why: why(vote, hidden),
            ballot,
        }))
    }

    /// A person's ballot on priorities, and how safe it is.
    fn ballot_on_priorities(&self, id: OpId, vote: &Priorities, book: &LawBook, voter: PersonId) -> Result<Option<BallotView>, StoreError> {
        let says = |state: &DocumentState| {
            let said: BTreeSet<String> = state.choices(Key::Ranking).iter().filter_map(|choice| approved(id, vote, &choice.value)).collect();
            Ok(said.into_iter().collect())
        };
        let counts = || match vote.is_open() {
            false => Ok(ENDED.to_owned()),
            true => book.why_no_vote(vote.electorate, vote.opened_height, "in neither body when the vote", voter).map_or_else(|| Ok("counts".into()), Err),
        };
        self.own_ballot(&Vote { id, deadline: vote.deadline, book }, voter, says, counts)
    }
}

fn features(id: OpId, vote: &Priorities, law: &State) -> Vec<FeatureView> {
    let view = |(place, feature): (usize, &Feature)| {
        let id = id.made_by(place as u64);
        let state = law.promised(id).map_or("pledged", |state| state.name());
        FeatureView { id, name: feature.name.clone(), cost: in_currency(vote, feature.cost), pledged: law.pledged_to(id), state }
    };
    vote.features.iter().enumerate().map(view).collect()
}

fn may_vote(vote: &Priorities, book: &LawBook, person: PersonId) -> bool {
    vote.is_open() && book.provisional.electorates.get(&vote.electorate).is_some_and(|electorate| electorate.votes(person))
}

/// The features that a ballot approves of, by their names in the order of the list.
pub(crate) fn approved(id: OpId, vote: &Priorities, value: &Value) -> Option<String> {
    let Value::Ranking(named) = value else { return None };
    let approved = vote.ballot_ids(id).into_iter().zip(&vote.features).filter(|(id, _)| named.contains(id));
    let names: Vec<&str> = approved.map(|(_, feature)| feature.name.as_str()).collect();
    Some(if names.is_empty() { "nothing".into() } else { names.join(", ") })
}

fn in_currency(vote: &Priorities, minor: u64) -> Money {
    Money { minor, currency: vote.budget.currency }
}

/// A result; what is funded in its order, then the rest by the number of supporters.
fn shares_view(vote: &Priorities, shares: &Shares) -> SharesView {
    let supporters = |place: usize| shares.supporters.get(place).copied().unwrap_or_default();
    let order = |place: usize| shares.funded.iter().position(|funded| funded.place == place as u64).unwrap_or(usize::MAX);
    let mut places: Vec<(usize, &Feature)> = vote.features.iter().enumerate().collect();
    places.sort_by_key(|(place, _)| (order(*place), Reverse(supporters(*place)), *place));
    let ranked = places.into_iter().map(|(place, feature)| RankedView {
        name: feature.name.clone(),
        cost: in_currency(vote, feature.cost),
        funded: shares.funded(place).map(|funded| if funded.left_over { "left-over" } else { "shares" }),
        supporters: supporters(place),
    });
    SharesView {
        issue: vote.outcome.as_ref().map(|shares| shares.height),
        valid: shares.valid,
        blank: shares.blank,
        spoiled: shares.spoiled,
        steps: shares.steps,
        spent: in_currency(vote, shares.spent),
        ranked: ranked.collect(),
    }
}

fn why(vote: &Priorities, hidden: bool) -> Vec<String> {
    let mut why = vec![
        "a ballot approves of features, in any order; the money is shared by the Method of Equal Shares: everybody who approves of something has an equal part of it, and what is funded is paid for by those who want it".to_owned(),
        "the ballots are open: everybody can see who approved of what".into(),
    ];
    match &vote.outcome {
        Some(shares) if shares.valid == 0 => why.push("nobody approved of anything: nothing is funded".into()),
        Some(shares) if shares.steps > 0 => {
            why.push(format!("every share was {} {} larger than an equal part, so that more could be paid for", shares.steps, vote.budget.currency));
        }
        None if hidden => why.push(HIDDEN.into()),
        _ => {}
    }
    why
}
