//! What a device keeps for its person alone.

use serde::{Deserialize, Serialize};

/// A private mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrivateMark {
    /// Kept to find again.
    Saved,
    /// Not shown in feeds.
    Hidden,
}

/// What of the inbox was read: the names of its items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxRead {
    /// The names, of so many items at the most as an inbox has.
    pub items: Vec<[u8; 16]>,
}
