//! Moderation as lists and screens show it.

use super::{CommunityRef, PersonView};
use crate::{act::law::Measure, id::*};
use serde::{Deserialize, Serialize};

/// What a moderator did, as far as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulingView {
    /// Who.
    pub by: PersonView,
    /// The act.
    pub op: OpId,
    /// The community's rule that it cites; 0 where it cites none.
    pub rule: u32,
    /// Why.
    pub reason: String,
    /// The issue that printed it; none as long as it is provisional.
    pub issue: Option<u64>,
}

/// What a moderator did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Deed {
    /// Something about a document.
    Document(Measure),
    /// Something about a person.
    Person(PersonDeed),
}

/// What a moderator did about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PersonDeed {
    /// Banned them from a community.
    Ban,
    /// Took that back.
    Unban,
}

impl Deed {
    /// The word for its having been done.
    pub fn past(self) -> &'static str {
        match self {
            Self::Document(measure) => measure.past(),
            Self::Person(PersonDeed::Ban) => "banned",
            Self::Person(PersonDeed::Unban) => "unbanned",
        }
    }
}

/// A ban as it stands, or stood until its time was over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BanView {
    /// The act.
    pub op: OpId,
    /// Who is banned.
    pub person: PersonView,
    /// From where.
    pub community: CommunityRef,
    /// By which moderator.
    pub by: PersonView,
    /// The community's rule that it cites.
    pub rule: u32,
    /// Why.
    pub reason: String,
    /// Since when without a break, in the Gazette's time.
    pub from: u64,
    /// Until when, in ms since 1970; none for until a moderator or a bill takes it back.
    pub until: Option<u64>,
    /// The issue that printed it; none as long as it waits.
    pub issue: Option<u64>,
}

/// One line of the public log of moderation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModerationView {
    /// The act.
    pub op: OpId,
    /// Who.
    pub by: PersonView,
    /// Where.
    pub community: CommunityRef,
    /// About what document.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub document: Option<DocumentId>,
    /// About whom.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub person: Option<PersonView>,
    /// What was done.
    pub measure: Deed,
    /// Until when a ban is to stand; none for until it is taken back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<u64>,
    /// The community's rule that it cites; 0 where it cites none.
    pub rule: u32,
    /// Why.
    pub reason: String,
    /// The issue that printed it; none as long as it waits.
    pub issue: Option<u64>,
    /// That issue's time.
    pub printed_at: Option<u64>,
    /// Whether it has effect; none as long as it waits.
    pub effect: Option<bool>,
    /// Why it has none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub no_effect: Option<String>,
    /// Whether a removal, a lock or a pin that had effect still stands: a moderator or a bill may have taken it back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stands: Option<bool>,
}

/// A report that no moderator has dealt with yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportView {
    /// The act.
    pub op: OpId,
    /// Who reports it.
    pub by: PersonView,
    /// Where.
    pub community: CommunityRef,
    /// What is reported.
    pub document: DocumentId,
    /// Why.
    pub reason: String,
    /// The issue that printed it; none as long as it waits.
    pub issue: Option<u64>,
}
