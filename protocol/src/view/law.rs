//! The law as screens show it.

use super::PersonView;
use crate::{
    id::*,
    law::{Money, Tally},
};
use serde::Serialize;

/// A bill, from its draft to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BillView {
    /// Its text.
    pub id: DocumentId,
    /// The act that opened it; none as long as it is a draft.
    pub op: Option<OpId>,
    /// Title.
    pub title: String,
    /// Text: of a bill that was opened, the version that is voted on.
    pub text: String,
    /// What it does.
    pub effects: Vec<EffectView>,
    /// `draft`, `open`, `passed`, `failed`, `enacted`, `stale`, `withdrawn` or `expired`, as printed; `waiting` where its opening
    /// is not printed yet.
    pub status: &'static str,
    /// Who wrote it, or opened it.
    pub sponsor: PersonView,
    /// Who began its text.
    pub author: PersonView,
    /// Whom the author lets write it too.
    pub writers: Vec<PersonView>,
    /// Of a draft: who else supports it in its present form.
    pub others: Vec<PersonView>,
    /// What a draft's writers disagree on: each choice with who wrote it.
    pub disputed: Vec<String>,
    /// When it was opened, in the Gazette's time in ms.
    pub opened_at: Option<u64>,
    /// The first issue from then on ends the vote.
    pub closes_at: Option<u64>,
    /// Whether the end was put off, as the outcome turned late.
    pub extended: bool,
    /// From when on a bill that passed comes into force; once it did, since when it is, in the Gazette's time in ms.
    pub in_force_from: Option<u64>,
    /// When what it sets in the law ends by itself, in the Gazette's time in ms.
    pub sunset: Option<u64>,
    /// The act that opened the bill that this one confirms, which passed and was stale.
    pub confirms: Option<OpId>,
    /// How each body stands, by the printed count.
    pub bodies: Vec<BodyView>,
    /// In which way it passes by the printed count: `simple`, `override` or `entrenched`.
    pub route: Option<String>,
    /// The printed count; none where it is kept from who has not voted yet.
    pub printed: Option<Tally>,
    /// The count with what is not printed yet.
    pub provisional: Option<Tally>,
    /// Why it stands as it stands, in sentences.
    pub why: Vec<String>,
    /// What members promise if it comes into force and is delivered, an amount for each currency; with what is not printed yet.
    pub pledged: Vec<Money>,
    /// The issue by which a bill said that this one is delivered.
    pub delivered: Option<u64>,
    /// This person's ballot.
    pub ballot: Option<BallotView>,
}

/// What somebody pledges to a bill or a feature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PledgeView {
    /// The act that pledged it.
    pub op: OpId,
    /// To what: the act that opened a bill, or a feature of a vote on priorities.
    pub to: OpId,
    /// The text of the bill, where it is one.
    pub bill: Option<DocumentId>,
    /// The bill's title, or what to call the feature.
    pub title: String,
    /// Who.
    pub by: PersonView,
    /// How much.
    pub amount: Money,
    /// `pledged`, `enacted` (it waits for its delivery), `due`, `void` or `withdrawn`.
    pub state: &'static str,
    /// Whether that is printed.
    pub printed: bool,
}

/// One effect of a bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EffectView {
    /// As it is written.
    pub line: String,
    /// As a sentence.
    pub sentence: String,
}

/// How a body stands on a bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BodyView {
    /// `consumers` or `workers`.
    pub name: &'static str,
    /// Ballots for it.
    #[serde(rename = "for")]
    pub in_favour: u64,
    /// Ballots against it.
    pub against: u64,
    /// Ballots that abstain.
    pub abstain: u64,
    /// How many may vote.
    pub roll: u64,
    /// How many have to be for it at least.
    pub quorum: u64,
    /// Whether the body approves.
    pub approves: bool,
    /// The rule in numbers.
    pub inequality: String,
}

/// A person's ballot on a bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BallotView {
    /// The ballot.
    pub id: DocumentId,
    /// What it says; several where devices disagree, which spoils it.
    pub choices: Vec<String>,
    /// `printed`, `cannot be left out`, `seen` or `written`.
    pub state: &'static str,
    /// How many tellers have seen it.
    pub receipts: usize,
    /// Whether it counts.
    pub counts: bool,
    /// Why, or why not.
    pub why: String,
}
