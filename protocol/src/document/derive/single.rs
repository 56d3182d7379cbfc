//! A document of one edit: what Automerge would make of it, without Automerge.

use crate::{
    document::{
        DocumentKind, Edit, Key, Step, Value, ValueType,
        schema::{self, Field},
    },
    limits,
};

/// The keys that hold texts which people write together.
pub(super) fn shared_texts(kind: DocumentKind) -> impl Iterator<Item = Key> {
    schema::fields(kind).iter().filter(|field| field.value == ValueType::SharedText).map(|field| field.key)
}

/// Checks a founding edit's splices.
pub(super) fn check(edit: &Edit) -> Result<(), String> {
    shared_texts(edit.kind).try_for_each(|key| check_splices(edit, key, 0))
}

/// Checks an edit's splices of a text that has so many characters: none reaches beyond its end, and in the
/// end it is not too long.
pub(super) fn check_splices(edit: &Edit, key: Key, length: usize) -> Result<(), String> {
    let mut length = length;
    for (position, delete, insert) in splices(edit, key) {
        let rest = length.checked_sub(position).and_then(|rest| rest.checked_sub(delete));
        rest.ok_or_else(|| format!("it changes the {key} beyond its end"))?;
        length = length - delete + insert.chars().count();
    }
    if length > limits::TEXT_CHARS {
        return Err(format!("the {key} would have {length} characters; at most {} are allowed", limits::TEXT_CHARS));
    }
    Ok(())
}

/// The value that a founding edit, checked before, gives a field.
pub(super) fn value(edit: &Edit, field: Field) -> Option<Value> {
    if field.value != ValueType::SharedText {
        return edit.value(field.key).cloned();
    }
    let mut text: Vec<char> = vec![];
    for (position, delete, insert) in splices(edit, field.key) {
        let end = text.len().min(position + delete);
        text.splice(position.min(end)..end, insert.chars());
    }
    Some(Value::Text(text.into_iter().collect()))
}

fn splices(edit: &Edit, of: Key) -> impl Iterator<Item = (usize, usize, &str)> {
    edit.steps.iter().filter_map(move |step| match step {
        Step::Splice { key, position, delete, insert } if *key == of => Some((*position as usize, *delete as usize, insert.as_str())),
        _ => None,
    })
}
