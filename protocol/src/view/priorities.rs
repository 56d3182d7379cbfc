//! Votes on priorities as screens show them.

use super::BallotView;
use crate::{id::*, law::Money};
use serde::Serialize;

/// A vote on priorities, from its opening to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PrioritiesView {
    /// The vote.
    pub id: OpId,
    /// Its short name.
    pub name: String,
    /// `voting` or `closed`.
    pub phase: &'static str,
    /// What there is to spend.
    pub budget: Money,
    /// The text of the bill that opened it,
    pub bill: DocumentId,
    /// and its title.
    pub title: String,
    /// When it was opened, in the Gazette's time in ms.
    pub opened_at: u64,
    /// The first issue from then on ends it.
    pub closes_at: u64,
    /// How many may vote.
    pub voters: u64,
    /// Whether this person may.
    pub may_vote: bool,
    /// What the money can be spent on, in the order of the bill.
    pub features: Vec<FeatureView>,
    /// The issue by whose hash lots are drawn.
    pub lot: Option<IssueId>,
    /// The result; before the end how it would be by what is printed, for who has voted or may not.
    pub outcome: Option<SharesView>,
    /// The same with what is not printed yet, before the end.
    pub provisional: Option<SharesView>,
    /// How it is counted and where it stands, in sentences.
    pub why: Vec<String>,
    /// This person's ballot.
    pub ballot: Option<BallotView>,
}

/// A feature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeatureView {
    /// By what ballots and pledges call it.
    pub id: OpId,
    /// Its short name.
    pub name: String,
    /// What it costs.
    pub cost: Money,
    /// What members promise if it is chosen and delivered, an amount for each currency; with what is not printed yet.
    pub pledged: Vec<Money>,
    /// Where what is pledged stands: `pledged`, `enacted` (it waits for its delivery), `due` or `void`.
    pub state: &'static str,
}

/// How the money is shared out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SharesView {
    /// The issue that ended the vote; none before the end.
    pub issue: Option<u64>,
    /// Ballots that count.
    pub valid: u64,
    /// Ballots that approve of nothing there is.
    pub blank: u64,
    /// Ballots that say several things at once.
    pub spoiled: u64,
    /// By so many units of the currency every share was larger than an equal part.
    pub steps: u64,
    /// What all that is funded costs.
    pub spent: Money,
    /// The features: those that are funded in their order, then the others by the number of their supporters.
    pub ranked: Vec<RankedView>,
}

/// A feature in a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RankedView {
    /// Its short name.
    pub name: String,
    /// What it costs.
    pub cost: Money,
    /// `shares` or `left-over`, the money with which it is funded; none where it is not.
    pub funded: Option<&'static str>,
    /// How many approve of it.
    pub supporters: u64,
}
