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

/// One line of the public log of moderation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModerationView {
    /// The act.
    pub op: OpId,
    /// Who.
    pub by: PersonView,
    /// Where.
    pub community: CommunityRef,
    /// About what.
    pub document: DocumentId,
    /// What was done.
    pub measure: Measure,
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
