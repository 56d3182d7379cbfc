use super::{DocumentKind, Key, Value};
use crate::id::*;
use minicbor::{Decode, Encode};

/// A document as it stands: plain data, the same on every replica that holds the same operations.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct DocumentState {
    /// What it is.
    #[n(0)]
    pub kind: DocumentKind,
    /// Whose it is.
    #[n(1)]
    pub author: PersonId,
    /// The edits that no other edit follows, ascending.
    #[n(2)]
    pub heads: Vec<OpId>,
    /// How many edits led here.
    #[n(3)]
    pub edits: u32,
    /// Per key in the order of [`Key`]: its value, or several where concurrent edits disagree.
    #[n(4)]
    pub fields: Vec<(Key, Vec<Choice>)>,
}

/// One of the values that a key has, and the edit that put it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Choice {
    /// The edit.
    #[n(0)]
    pub op: OpId,
    /// The value.
    #[n(1)]
    pub value: Value,
}

/// One edit of a document's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The edit.
    pub op: OpId,
    /// The edits it was made on top of.
    pub at: Vec<OpId>,
    /// Who made it.
    pub author: PersonId,
    /// Why it changed nothing, if so.
    pub void: Option<String>,
}

impl DocumentState {
    /// The values of a key; several where concurrent edits disagree.
    pub fn choices(&self, key: Key) -> &[Choice] {
        self.fields.iter().find(|(k, _)| *k == key).map_or(&[], |(_, choices)| choices)
    }

    /// The value that stands first: of concurrent ones that by the edit with the smallest id.
    pub fn value(&self, key: Key) -> Option<&Value> {
        self.choices(key).first().map(|choice| &choice.value)
    }

    /// The text of a key, empty where there is none.
    pub fn text(&self, key: Key) -> &str {
        match self.value(key) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// The document that a key names.
    pub fn document(&self, key: Key) -> Option<DocumentId> {
        match self.value(key) {
            Some(Value::Document(id)) => Some(*id),
            _ => None,
        }
    }

    /// The integer of a key.
    pub fn integer(&self, key: Key) -> Option<i64> {
        match self.value(key) {
            Some(Value::Integer(integer)) => Some(*integer),
            _ => None,
        }
    }

    /// Whether concurrent edits disagree somewhere, so that a version has to be chosen.
    pub fn has_conflict(&self) -> bool {
        self.fields.iter().any(|(_, choices)| choices.len() > 1)
    }
}
