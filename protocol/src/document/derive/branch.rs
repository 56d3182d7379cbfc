//! Edits as Automerge changes and values as Automerge's. With `merged` the only file that calls Automerge.

use super::single;
use crate::{
    document::{Edit, Key, Step, Value, ValueType},
    id::*,
};
use automerge::{
    ActorId, Automerge, AutomergeError, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, TextEncoding,
    transaction::{CommitOptions, Transactable, Transaction},
};

/// The document at some altering edits: all that led to them, and nothing else.
#[derive(Debug, Clone)]
pub(super) struct Branch {
    pub(super) doc: Automerge,
    /// Those edits, ascending by index.
    pub(super) tips: Vec<usize>,
}

impl Branch {
    pub(super) fn new() -> Self {
        Self { doc: Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint), tips: vec![] }
    }

    /// Makes an edit on top of all that is here. No change where it alters nothing; an error makes it void.
    pub(super) fn apply(&mut self, node: usize, edit: &Edit, actor: &ActorId) -> Result<Option<ChangeHash>, String> {
        for key in single::shared_texts(edit.kind) {
            single::check_splices(edit, key, text(&self.doc, key).map_or(0, |text| self.doc.length(text)))?;
        }
        self.doc.set_actor(actor.clone());
        let mut transaction = self.doc.transaction();
        // Dropped on an error, it is rolled back.
        write(&mut transaction, edit).map_err(|error| error.to_string())?;
        let (change, _) = transaction.commit_with(CommitOptions::default().with_time(0));
        if change.is_some() {
            self.tips = vec![node];
        }
        Ok(change)
    }

    /// Takes changes over from another branch that holds what they rest on.
    pub(super) fn take_over(&mut self, changes: Vec<automerge::Change>) {
        // It can only refuse two changes of one actor, and every change has its own.
        let taken = self.doc.apply_changes(changes);
        debug_assert!(taken.is_ok(), "{taken:?}");
    }
}

fn write(to: &mut Transaction<'_>, edit: &Edit) -> Result<(), AutomergeError> {
    // Whoever founds makes the text, splice or not: one made later by two people would be two texts.
    if edit.founds() {
        for key in single::shared_texts(edit.kind) {
            to.put_object(ROOT, key.name(), ObjType::Text)?;
        }
    }
    for step in &edit.steps {
        match step {
            Step::Put { key, value } => {
                // Put over several values, Automerge would keep the one that is equal and take only the others
                // away. A choice is a value of its own: it stands whatever becomes of the edit chosen.
                if to.get_all(ROOT, key.name())?.len() > 1 {
                    to.delete(ROOT, key.name())?;
                }
                to.put(ROOT, key.name(), scalar_of(value))?;
            }
            Step::Splice { key, position, delete, insert } => {
                let text = to.get(ROOT, key.name())?.map_or(ROOT, |(_, id)| id);
                to.splice_text(text, *position as usize, *delete as isize, insert)?
            }
        }
    }
    Ok(())
}

/// The object of a text that people write together.
pub(super) fn text(doc: &Automerge, key: Key) -> Option<ObjId> {
    doc.get(ROOT, key.name()).ok()?.map(|(_, id)| id)
}

fn scalar_of(value: &Value) -> ScalarValue {
    match value {
        Value::Text(text) => ScalarValue::Str(text.as_str().into()),
        Value::Document(id) => ScalarValue::Bytes(id.0.to_vec()),
        Value::Operation(id) => ScalarValue::Bytes(id.0.to_vec()),
        Value::Integer(integer) => ScalarValue::Int(*integer),
        Value::Persons(persons) | Value::Ranking(persons) => ScalarValue::Bytes(persons.iter().flat_map(|person| person.0).collect()),
    }
}

/// A value as it was put.
pub(super) fn value_of(value: ValueType, scalar: &ScalarValue) -> Option<Value> {
    let id = |bytes: &[u8]| bytes.try_into().ok();
    let persons = |bytes: &[u8]| bytes.chunks(32).map(|one| id(one).map(PersonId)).collect::<Option<Vec<_>>>();
    match (value, scalar) {
        (ValueType::Document, ScalarValue::Bytes(bytes)) => id(bytes).map(|id| Value::Document(DocumentId(id))),
        (ValueType::Operation, ScalarValue::Bytes(bytes)) => id(bytes).map(|id| Value::Operation(OpId(id))),
        (ValueType::Persons, ScalarValue::Bytes(bytes)) => persons(bytes).map(Value::Persons),
        (ValueType::Ranking, ScalarValue::Bytes(bytes)) => persons(bytes).map(Value::Ranking),
        (ValueType::Integer, ScalarValue::Int(integer)) => Some(Value::Integer(*integer)),
        (_, ScalarValue::Str(text)) => Some(Value::Text(text.as_str().into())),
        _ => None,
    }
}
