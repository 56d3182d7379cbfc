//! Petitions of participants, and votes on recalls, as screens show them.

use super::{BallotView, CommunityRef, PersonView};
use crate::{id::*, law::Count};
use serde::Serialize;

/// A petition that participants of a community sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PetitionView {
    /// The community.
    pub community: CommunityRef,
    /// `elect` or `recall`.
    pub demand: &'static str,
    /// How many are to be elected.
    pub seats: Option<u64>,
    /// Who is to be recalled.
    pub person: Option<PersonView>,
    /// Whose signatures count now.
    pub signers: Vec<PersonView>,
    /// How many it needs.
    pub needed: u64,
    /// How many could sign.
    pub participants: u64,
    /// Whether this person could and has not.
    pub may_sign: bool,
}

/// A vote on the recall of a moderator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecallView {
    /// The vote.
    pub id: OpId,
    /// The community.
    pub community: CommunityRef,
    /// Whose recall.
    pub person: PersonView,
    /// `voting` or `closed`.
    pub phase: &'static str,
    /// Who signed the petition that opened it.
    pub petition: Vec<PersonView>,
    /// When it was opened, in the Gazette's time in ms.
    pub opened_at: u64,
    /// The first issue from then on ends it.
    pub closes_at: u64,
    /// How many may vote.
    pub voters: u64,
    /// Who may vote, while it goes on.
    pub electorate: Vec<PersonView>,
    /// Whether this person may.
    pub may_vote: bool,
    /// The result; before the end how it would be by what is printed, for who has voted or may not.
    pub outcome: Option<RecallResultView>,
    /// The same with what is not printed yet, before the end.
    pub provisional: Option<RecallResultView>,
    /// How it is judged and where it stands, in sentences.
    pub why: Vec<String>,
    /// This person's ballot.
    pub ballot: Option<BallotView>,
}

/// The count of a vote on a recall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecallResultView {
    /// The issue that ended the vote; none before the end.
    pub issue: Option<u64>,
    /// The ballots, for meaning that they go.
    pub count: Count,
    /// Ballots that say several things at once.
    pub spoiled: u64,
    /// How many ballots for it needs at least.
    pub quorum: u64,
    /// Whether they are recalled.
    pub recalled: bool,
    /// The arithmetic, in words.
    pub inequality: String,
}
