//! Elections as screens show them.

use super::{BallotView, PersonView};
use crate::id::*;
use serde::Serialize;

/// An election, from its opening to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ElectionView {
    /// The election.
    pub id: OpId,
    /// The office, as it is written in effects.
    pub office: String,
    /// How many are elected.
    pub seats: u64,
    /// `approval` or `stv`.
    pub method: &'static str,
    /// `nomination`, `voting` or `closed`.
    pub phase: &'static str,
    /// The text of the bill that opened it; none where a petition did.
    pub bill: Option<DocumentId>,
    /// Its title.
    pub title: String,
    /// Who signed the petition that opened it.
    pub petition: Vec<PersonView>,
    /// How many with a vote took part in the community when it was opened, where participants are to elect its moderators.
    pub participants: Option<u64>,
    /// Whether these alone may vote.
    pub among_participants: bool,
    /// When it was opened, in the Gazette's time in ms.
    pub opened_at: u64,
    /// The first issue from then on begins the voting.
    pub voting_from: u64,
    /// The first issue from then on ends it.
    pub closes_at: u64,
    /// For how long those who are elected hold the office, in ms.
    pub term_ms: u64,
    /// How many may vote.
    pub voters: u64,
    /// Who may vote, while it goes on.
    pub electorate: Vec<PersonView>,
    /// Whether this person may.
    pub may_vote: bool,
    /// Who stands.
    pub candidates: Vec<CandidateView>,
    /// The issue by whose hash lots are drawn.
    pub lot: Option<IssueId>,
    /// The result; before the end how it would be by what is printed, for who has voted or may not.
    pub outcome: Option<OutcomeView>,
    /// The same with what is not printed yet, before the end.
    pub provisional: Option<OutcomeView>,
    /// How it is counted and where it stands, in sentences.
    pub why: Vec<String>,
    /// This person's ballot.
    pub ballot: Option<BallotView>,
}

/// Somebody who stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CandidateView {
    /// Who.
    pub person: PersonView,
    /// Whether that they stand is printed.
    pub printed: bool,
    /// Whether they were elected.
    pub elected: bool,
    /// Whether they could not hold the office any more when the vote ended.
    pub out: bool,
}

/// A count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutcomeView {
    /// The issue that ended the vote; none before the end.
    pub issue: Option<u64>,
    /// Ballots that count.
    pub valid: u64,
    /// Ballots that name nobody who could be elected.
    pub blank: u64,
    /// Ballots that say several things at once.
    pub spoiled: u64,
    /// Votes that elect, where ballots rank.
    pub quota: Option<u64>,
    /// The stages.
    pub stages: Vec<StageView>,
    /// Who is elected, in order.
    pub elected: Vec<PersonView>,
}

/// A stage of a count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StageView {
    /// What happened, in words.
    pub what: String,
    /// Whether lots had to decide.
    pub by_lot: bool,
    /// The votes of each candidate afterwards, in the order of the candidates: a number of up to five decimals.
    pub votes: Vec<String>,
    /// Votes that nobody has any more.
    pub non_transferable: String,
    /// Who was elected at the end of it.
    pub elected: Vec<PersonView>,
}
