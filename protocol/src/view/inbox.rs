//! What concerns one person, as lists and screens show it.

use super::PersonView;
use crate::id::*;
use serde::{Deserialize, Serialize};

/// An answer to something that a person wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyView {
    /// The answer.
    pub id: DocumentId,
    /// When, by its author's clock as far as it is believed.
    pub created: u64,
    /// What it says.
    pub text: String,
    /// Who.
    pub by: PersonView,
    /// What it answers.
    pub to: DocumentId,
    /// The title of that, where it has one.
    pub title: Option<String>,
}

/// One thing that concerns a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxItem {
    /// `reply`, `accept`, `confirm`, `dues`, `vote`, `bill`, `pledge`, `election`, `recall`, `petition`, `job`, `office`, `teller`,
    /// `report`, `moderation`, `silence`, `challenge`, `evidence` or `no-effect`.
    pub kind: String,
    /// What it is about, as commands take it.
    pub id: String,
    /// When, in ms since 1970.
    pub at: u64,
    /// In a sentence.
    pub what: String,
    /// Whether it waits for this person to do something.
    pub to_do: bool,
    /// Whether it came since the inbox was last read on this device.
    pub unread: bool,
}
