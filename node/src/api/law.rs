//! What a member may mean to do in the co-op's law.

use super::BooksDraft;
use folkmoot_protocol::{
    act::law::Measure,
    id::*,
    law::{Choice, Demand},
};
use serde::{Deserialize, Serialize};

/// Something about the law that a member means to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "law", rename_all = "kebab-case")]
pub enum LawDraft {
    /// Begins a bill's text.
    Bill {
        /// Title.
        title: String,
        /// Text.
        text: String,
        /// What it does, a line for each effect.
        effects: String,
        /// Who else may edit it.
        writers: Vec<PersonId>,
    },
    /// Supports a bill in its present form.
    Cosponsor {
        /// The bill's text.
        document: DocumentId,
        /// The bill with whose requirement it is to be opened.
        requires: Option<OpId>,
        /// The sunset with which it is to be opened.
        sunset: Option<u64>,
    },
    /// Puts a bill to the vote in its present form.
    Open {
        /// The bill's text.
        document: DocumentId,
        /// A bill that must be in force before.
        requires: Option<OpId>,
        /// When what it sets in the law is to end, in ms since 1970.
        sunset: Option<u64>,
    },
    /// Puts a stale bill of one's own to a confirming vote.
    Rebase {
        /// The bill's text.
        document: DocumentId,
    },
    /// Takes one's bill back.
    Withdraw {
        /// The bill's text.
        document: DocumentId,
    },
    /// Votes on a bill, or changes one's vote.
    Vote {
        /// The bill's text.
        document: DocumentId,
        /// What the ballot says.
        choice: Choice,
    },
    /// Stands in an election.
    Stand {
        /// The election.
        election: OpId,
    },
    /// Stands no more.
    StandDown {
        /// The election.
        election: OpId,
    },
    /// Votes in an election, or changes one's vote.
    Elect {
        /// The election.
        election: OpId,
        /// Whom the ballot names, the first choice first.
        ranking: Vec<PersonId>,
    },
    /// Takes part in a community from now on, or no more.
    TakePart {
        /// The community.
        space: SpaceId,
        /// Whether one does.
        on: bool,
    },
    /// Signs a petition in a community, or none any more.
    Petition {
        /// The community.
        space: SpaceId,
        /// What it asks for.
        demand: Option<Demand>,
    },
    /// Votes on the recall of a moderator, or changes one's vote.
    VoteOnRecall {
        /// The vote.
        recall: OpId,
        /// What the ballot says.
        choice: Choice,
    },
    /// Votes on priorities, or changes one's vote.
    Approve {
        /// The vote.
        vote: OpId,
        /// The features, by their names.
        features: Vec<String>,
    },
    /// Promises money for the case that something is decided and delivered.
    Pledge {
        /// The act that opened a bill, or a feature of a vote on priorities.
        to: OpId,
        /// How much, as `5.99 EUR`.
        amount: String,
    },
    /// Takes back what one pledges.
    WithdrawPledge {
        /// The bill or feature.
        to: OpId,
    },
    /// Accepts dues, a job, an office.
    Accept {
        /// What waits.
        offer: OpId,
    },
    /// Records that somebody paid.
    Dues {
        /// Who.
        member: PersonId,
        /// From when, in ms since 1970,
        from_ms: u64,
        /// until when.
        to_ms: u64,
        /// How much, as `5.99 EUR`.
        amount: String,
        /// Commits to the bank's record of the payment; zeros where there is none.
        commitment: [u8; 32],
    },
    /// Does something about the roll or the books.
    Books(BooksDraft),
    /// Does something about a document as a moderator of its community.
    Moderate {
        /// The document.
        document: DocumentId,
        /// What.
        measure: Measure,
        /// The community's rule, from 1; 0 for none.
        rule: u32,
        /// Why.
        reason: String,
    },
    /// Reports a document to the moderators of its community.
    Report {
        /// The document.
        document: DocumentId,
        /// Why.
        reason: String,
    },
    /// Chooses other tellers where the present ones print nothing any more.
    Recover {
        /// The devices that are to print, ascending.
        tellers: Vec<DeviceId>,
    },
    /// Bans somebody as a moderator of a community.
    Ban {
        /// The community.
        space: SpaceId,
        /// Who.
        person: PersonId,
        /// Until when, in ms since 1970; 0 for until it is taken back.
        until_ms: u64,
        /// The community's rule, from 1.
        rule: u32,
        /// Why.
        reason: String,
    },
    /// Takes a ban back.
    Unban {
        /// The community.
        space: SpaceId,
        /// Who.
        person: PersonId,
        /// Why.
        reason: String,
    },
    /// Confirms what the treasurer recorded.
    Attest {
        /// The recording.
        dues: OpId,
    },
}
