//! What changed between two texts, as the steps of an edit.

use folkmoot_protocol::{
    document::{DocumentKind, DocumentState, Key, Step, Value},
    limits,
};
use similar::{ChangeTag, TextDiff};

/// Sets a key to a text.
pub(super) fn put(key: Key, text: String) -> Step {
    Step::Put { key, value: Value::Text(text) }
}

/// The steps from a document's present value of a key to a new text: none where it stays, splices for a
/// text that people write together.
pub(super) fn change(base: &DocumentState, key: Key, text: String) -> Vec<Step> {
    if base.text(key) == text && base.choices(key).len() < 2 {
        return vec![];
    }
    if matches!(base.kind, DocumentKind::Page | DocumentKind::Bill) && key == Key::Text { splices(base.text(key), &text) } else { vec![put(key, text)] }
}

/// The difference between two texts as splices, word by word; as one splice where it would take too many.
fn splices(before: &str, after: &str) -> Vec<Step> {
    let diff = TextDiff::from_words(before, after);
    let (mut steps, mut position): (Vec<Step>, u32) = (Vec::new(), 0);
    let mut open = false;
    for part in diff.iter_all_changes() {
        let length = part.value().chars().count() as u32;
        if part.tag() == ChangeTag::Equal {
            position += length;
            open = false;
            continue;
        }
        if !open {
            steps.push(Step::Splice { key: Key::Text, position, delete: 0, insert: String::new() });
            open = true;
        }
        if let Some(Step::Splice { delete, insert, .. }) = steps.last_mut() {
            match part.tag() {
                ChangeTag::Delete => *delete += length,
                _ => {
                    insert.push_str(part.value());
                    position += length;
                }
            }
        }
    }
    if steps.len() < limits::STEPS_PER_EDIT {
        return steps;
    }
    vec![Step::Splice { key: Key::Text, position: 0, delete: before.chars().count() as u32, insert: after.to_owned() }]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(text: &str, steps: &[Step]) -> String {
        let mut chars: Vec<char> = text.chars().collect();
        for step in steps {
            if let Step::Splice { position, delete, insert, .. } = step {
                let at = *position as usize;
                chars.splice(at..at + *delete as usize, insert.chars());
            }
        }
        chars.into_iter().collect()
    }

    #[test]
    fn splices_lead_from_one_text_to_the_other() {
        for (before, after) in
            [("", "one two"), ("one two three", "one three"), ("a b c d", "a x c y z"), ("grüße an alle", "Grüße an alle hier"), ("gone", "")]
        {
            assert_eq!(apply(before, &splices(before, after)), after);
        }
    }
}
