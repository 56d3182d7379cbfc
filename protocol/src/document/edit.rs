use super::schema::{self, DocumentKind, Key, ValueType};
use crate::{id::*, limits, text};
use minicbor::{Decode, Encode};
use serde::Serialize;

/// Typed changes to one document, against named heads.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Edit {
    /// What the document is; the same in all its edits.
    #[n(0)]
    pub kind: DocumentKind,
    /// The edits that this one was made on top of, ascending; empty where it founds the document.
    #[n(1)]
    pub at: Vec<OpId>,
    /// What changes, in order.
    #[n(2)]
    pub steps: Vec<Step>,
}

/// One change within an edit.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Step {
    /// Sets a key to a value.
    #[n(0)]
    Put {
        /// The key.
        #[n(0)]
        key: Key,
        /// Its new value.
        #[n(1)]
        value: Value,
    },
    /// Changes a text that people write together. Positions count Unicode scalar values.
    #[n(1)]
    Splice {
        /// The key of the text.
        #[n(0)]
        key: Key,
        /// Where; beyond the end makes the edit void.
        #[n(1)]
        position: u32,
        /// How many characters go.
        #[n(2)]
        delete: u32,
        /// What comes in their place.
        #[n(3)]
        insert: String,
    },
}

/// A value of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// A text: a title, a body, a link.
    #[n(0)]
    Text(#[n(0)] String),
    /// Another document: the post of a comment.
    #[n(1)]
    Document(#[n(0)] DocumentId),
    /// A time in ms since 1970, or a count.
    #[n(2)]
    Integer(#[n(0)] i64),
    /// Persons, ascending: the writers of a page.
    #[n(3)]
    Persons(#[n(0)] Vec<PersonId>),
    /// An operation: the act that opened the bill of a ballot.
    #[n(4)]
    Operation(#[n(0)] OpId),
    /// Persons in the order of a voter's choice, each once.
    #[n(5)]
    Ranking(#[n(0)] Vec<PersonId>),
}

/// Why an edit is void: its own content is outside the schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// A text that may not stand there.
    #[error(transparent)]
    Text(#[from] text::TextError),
    /// A key that documents of this kind do not have.
    #[error("a {kind} has no {key}")]
    Key {
        /// The document's kind.
        kind: DocumentKind,
        /// The key.
        key: Key,
    },
    /// A value of another type than the key's.
    #[error("the {key} of a {kind} is not written in that way")]
    Type {
        /// The document's kind.
        kind: DocumentKind,
        /// The key.
        key: Key,
    },
    /// A key that only the founding edit may set.
    #[error("the {0} cannot be changed later")]
    FoundingOnly(Key),
    /// A founding edit without what every such document has.
    #[error("a {kind} needs a {key}")]
    Missing {
        /// The document's kind.
        kind: DocumentKind,
        /// The key.
        key: Key,
    },
    /// Too many or too few entries, or out of order.
    #[error("{0}")]
    Form(&'static str),
}

impl Edit {
    /// Checks what the edit's own content shows. Whether its positions lie within the text is found out when
    /// the document is derived.
    pub fn check(&self) -> Result<(), EditError> {
        if self.at.len() > limits::HEADS_PER_EDIT || self.at.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(EditError::Form("the heads are too many, out of order, or one stands twice"));
        }
        if self.steps.is_empty() || self.steps.len() > limits::STEPS_PER_EDIT {
            return Err(EditError::Form("an edit has 1 to 256 steps"));
        }
        for step in &self.steps {
            self.check_step(step)?;
        }
        if self.spliced() > 2 * limits::TEXT_CHARS as u64 {
            return Err(EditError::Form("an edit takes out and puts in at most twice as much as a text may hold"));
        }
        let puts = || self.steps.iter().filter_map(|step| if let Step::Put { key, .. } = step { Some(*key) } else { None });
        if puts().enumerate().any(|(i, key)| puts().skip(i + 1).any(|other| other == key)) {
            return Err(EditError::Form("an edit sets a key once"));
        }
        match schema::fields(self.kind).iter().find(|field| self.founds() && field.required && !puts().any(|key| key == field.key)) {
            Some(field) => Err(EditError::Missing { kind: self.kind, key: field.key }),
            None => Ok(()),
        }
    }

    /// Characters that its splices take out and put in: what deriving it costs.
    fn spliced(&self) -> u64 {
        let cost = |step: &Step| match step {
            Step::Splice { delete, insert, .. } => u64::from(*delete) + insert.chars().count() as u64,
            Step::Put { .. } => 0,
        };
        self.steps.iter().map(cost).sum()
    }

    /// Whether it founds its document.
    pub fn founds(&self) -> bool {
        self.at.is_empty()
    }

    fn check_step(&self, step: &Step) -> Result<(), EditError> {
        let key = match step {
            Step::Put { key, .. } | Step::Splice { key, .. } => *key,
        };
        let refused = EditError::Type { kind: self.kind, key };
        let field = schema::field(self.kind, key).ok_or(EditError::Key { kind: self.kind, key })?;
        match step {
            Step::Put { value, .. } => {
                if field.founding_only && !self.founds() {
                    return Err(EditError::FoundingOnly(key));
                }
                match (field.value, value) {
                    (ValueType::Line(most), Value::Text(text)) => text::check_line(key.name(), text, most)?,
                    (ValueType::Body, Value::Text(text)) => text::check_body(key.name(), text, limits::TEXT_CHARS)?,
                    (ValueType::Slug, Value::Text(text)) => text::check_slug(key.name(), text)?,
                    (ValueType::Url, Value::Text(text)) => {
                        if !text.is_empty() {
                            text::check_url(key.name(), text)?
                        }
                    }
                    (ValueType::Document, Value::Document(_)) | (ValueType::Integer, Value::Integer(_)) | (ValueType::Operation, Value::Operation(_)) => {}
                    (ValueType::Persons, Value::Persons(persons)) => {
                        if persons.len() > limits::WRITERS_PER_PAGE || persons.windows(2).any(|pair| pair[0] >= pair[1]) {
                            return Err(EditError::Form("writers are at most 64, in order, each once"));
                        }
                    }
                    (ValueType::Ranking, Value::Ranking(ranking)) => check_ranking(ranking)?,
                    _ => return Err(refused),
                }
            }
            Step::Splice { insert, .. } if field.value == ValueType::SharedText => text::check_body(key.name(), insert, limits::TEXT_CHARS)?,
            Step::Splice { .. } => return Err(refused),
        }
        Ok(())
    }

    /// The value that it puts, if it puts one for this key.
    pub fn value(&self, key: Key) -> Option<&Value> {
        self.steps.iter().find_map(|step| match step {
            Step::Put { key: k, value } if *k == key => Some(value),
            _ => None,
        })
    }
}

fn check_ranking(ranking: &[PersonId]) -> Result<(), EditError> {
    let twice = || ranking.iter().enumerate().any(|(place, person)| ranking[..place].contains(person));
    if ranking.len() > limits::CANDIDATES_PER_BALLOT || twice() {
        return Err(EditError::Form("a ballot names at most 32 candidates, each once"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(key: Key, text: &str) -> Step {
        Step::Put { key, value: Value::Text(text.into()) }
    }

    fn post(steps: Vec<Step>) -> Edit {
        Edit { kind: DocumentKind::Post, at: vec![], steps }
    }

    #[test]
    fn a_post_needs_a_title_and_only_what_posts_have() {
        assert_eq!(post(vec![put(Key::Title, "Hello"), put(Key::Text, "")]).check(), Ok(()));
        assert!(matches!(post(vec![put(Key::Text, "x")]).check(), Err(EditError::Missing { key: Key::Title, .. })));
        assert!(matches!(post(vec![put(Key::Title, "Hello"), put(Key::Bio, "x")]).check(), Err(EditError::Key { key: Key::Bio, .. })));
        assert!(matches!(post(vec![put(Key::Title, "Hello"), put(Key::Title, "Again")]).check(), Err(EditError::Form(_))));
    }

    #[test]
    fn a_ranking_names_nobody_twice_and_keeps_its_order() {
        let ballot = |ranking: Vec<u8>| {
            let ranking = Value::Ranking(ranking.into_iter().map(|n| PersonId([n; 32])).collect());
            let steps = vec![Step::Put { key: Key::Bill, value: Value::Operation(OpId([1; 32])) }, Step::Put { key: Key::Ranking, value: ranking }];
            Edit { kind: DocumentKind::Ballot, at: vec![], steps }.check()
        };
        assert_eq!([vec![], vec![3, 1, 2], (0..32).rev().collect()].map(ballot), [Ok(()), Ok(()), Ok(())]);
        assert!([vec![1, 2, 1], (0..33).collect()].map(ballot).iter().all(|checked| matches!(checked, Err(EditError::Form(_)))));
    }

    #[test]
    fn what_a_comment_replies_to_is_fixed() {
        let at = vec![OpId([1; 32])];
        let moved = Edit { kind: DocumentKind::Comment, at, steps: vec![Step::Put { key: Key::Post, value: Value::Document(DocumentId([2; 32])) }] };
        assert_eq!(moved.check(), Err(EditError::FoundingOnly(Key::Post)));
    }
}
