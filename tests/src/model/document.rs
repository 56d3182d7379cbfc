//! What people wrote: each document judged edit by edit, from nothing but its ancestors.

use super::schema;
use automerge::{
    ActorId, Automerge, ObjType, ROOT, ReadDoc, ScalarValue, TextEncoding,
    transaction::{CommitOptions, Transactable},
};
use folkmoot_protocol::{
    document::{Choice, DocumentKind, DocumentState, Edit, Key, Step, Value},
    id::*,
};
use std::collections::{BTreeMap, BTreeSet};

/// One held edit of a document.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) op: OpId,
    pub(super) author: PersonId,
    /// None where its payload is unreadable, or it may not stand there whatever its document holds.
    pub(super) edit: Option<Edit>,
    pub(super) effective: bool,
}

/// What became of an edit that does not wait.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    pub(super) entry: Entry,
    pub(super) at: BTreeSet<OpId>,
    /// All that it stands on, without itself.
    ancestors: BTreeSet<OpId>,
    pub(super) void: bool,
    /// Keys that it gave another value.
    wrote: BTreeMap<Key, Value>,
    /// The document as it stands there.
    text: Automerge,
}

/// A document, edit by edit.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) edits: BTreeMap<OpId, Judged>,
    /// In an order in which each stands after its ancestors, by id where that leaves a choice.
    pub(super) order: Vec<OpId>,
}

impl Document {
    /// Judges the edits, each once all that it names are there.
    pub(super) fn of(id: DocumentId, entries: &[Entry]) -> Self {
        let mut document = Self::default();
        while let Some(entry) = entries.iter().filter(|entry| document.is_ready(entry)).min_by_key(|entry| entry.op) {
            let judged = document.judge(id, entry);
            document.edits.insert(entry.op, judged);
            document.order.push(entry.op);
        }
        document
    }

    fn is_ready(&self, entry: &Entry) -> bool {
        !self.edits.contains_key(&entry.op) && named(entry).iter().all(|at| self.edits.contains_key(at))
    }

    fn judge(&self, id: DocumentId, entry: &Entry) -> Judged {
        let at = named(entry);
        let mut ancestors = at.clone();
        at.iter().for_each(|at| ancestors.extend(&self.edits[at].ancestors));
        let mut text = Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint);
        for at in &at {
            let _ = text.merge(&mut self.edits[at].text.clone());
        }
        let mut judged = Judged { entry: entry.clone(), at, ancestors, void: true, wrote: BTreeMap::new(), text };
        let Some(edit) = &entry.edit else { return judged };
        let founder = self.founder(&judged.ancestors);
        let fits = schema::edit_is_sound(edit)
            && judged.ancestors.len() < 4_096
            && match founder {
                _ if edit.at.is_empty() => edit.kind.is_keyed() || DocumentId::founded_by(entry.op) == id,
                Some(founder) => may_edit(&self.edits[&founder].entry, edit.kind, entry.author),
                None => false,
            };
        if !fits || !splice(&mut judged.text, entry.op, edit) {
            return judged;
        }
        judged.void = false;
        for step in &edit.steps {
            if let Step::Put { key, value } = step {
                let there = self.visible(&judged.ancestors, *key);
                let same = there.len() == 1 && self.edits[&there[0]].wrote[key] == *value;
                if !same {
                    judged.wrote.insert(*key, value.clone());
                }
            }
        }
        judged
    }

    /// Of the founding edits among some that are not void, the one with the smallest id.
    fn founder(&self, among: &BTreeSet<OpId>) -> Option<OpId> {
        among.iter().copied().find(|op| self.edits[op].entry.edit.as_ref().is_some_and(|edit| edit.at.is_empty()) && !self.edits[op].void)
    }

    /// The edits that gave a key a value which none of the others replaced.
    fn visible(&self, among: &BTreeSet<OpId>, key: Key) -> Vec<OpId> {
        let wrote = |op: &&OpId| self.edits[*op].wrote.contains_key(&key);
        let writers: Vec<OpId> = among.iter().filter(wrote).copied().collect();
        let replaced = |op: &OpId| writers.iter().any(|other| self.edits[other].ancestors.contains(op));
        writers.iter().copied().filter(|op| !replaced(op)).collect()
    }

    /// Some edits and all that they stand on.
    fn with_ancestors(&self, of: &BTreeSet<OpId>) -> BTreeSet<OpId> {
        let mut all = of.clone();
        of.iter().for_each(|op| all.extend(&self.edits[op].ancestors));
        all
    }

    /// The edits that show: those with an effect, and all that they stand on.
    pub(super) fn shown(&self) -> BTreeSet<OpId> {
        self.with_ancestors(&self.edits.values().filter(|edit| !edit.void && edit.entry.effective).map(|edit| edit.entry.op).collect())
    }

    /// Those that show and that no other one follows.
    pub(super) fn heads(&self) -> BTreeSet<OpId> {
        let shown = self.shown();
        shown.iter().copied().filter(|op| !shown.iter().any(|other| self.edits[other].ancestors.contains(op))).collect()
    }

    /// The document as it stands; none where it is absent.
    pub(super) fn state(&self) -> Option<DocumentState> {
        let heads = self.heads();
        let state = self.at(&heads)?;
        let founder = &self.edits[&self.founder(&self.with_ancestors(&heads))?];
        (state.kind.is_keyed() || founder.entry.effective).then_some(state)
    }

    /// The document at some edits, none of which stands on another.
    pub(super) fn at(&self, heads: &BTreeSet<OpId>) -> Option<DocumentState> {
        let all = self.with_ancestors(heads);
        let founder = &self.edits[&self.founder(&all)?].entry;
        let kind = founder.edit.as_ref()?.kind;
        let mut fields = vec![];
        for key in Key::ALL {
            let mut choices: Vec<Choice> = vec![];
            // Ascending by id, so the first of several with one value has the smallest.
            for op in self.visible(&all, key) {
                let value = &self.edits[&op].wrote[&key];
                if !choices.iter().any(|choice| choice.value == *value) {
                    choices.push(Choice { op, value: value.clone() });
                }
            }
            if has_shared_text(kind) && key == Key::Text {
                choices = vec![Choice { op: *heads.first()?, value: Value::Text(self.shared_text(heads)) }];
            }
            if !choices.is_empty() {
                fields.push((key, choices));
            }
        }
        let edits = all.iter().filter(|op| !self.edits[op].void).count() as u32;
        Some(DocumentState { kind, author: founder.author, heads: heads.iter().copied().collect(), edits, fields })
    }

    fn shared_text(&self, heads: &BTreeSet<OpId>) -> String {
        let mut merged = Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint);
        for head in heads {
            let _ = merged.merge(&mut self.edits[head].text.clone());
        }
        read_text(&merged)
    }
}

fn named(entry: &Entry) -> BTreeSet<OpId> {
    entry.edit.iter().filter(|edit| edit.at.len() <= 64).flat_map(|edit| edit.at.iter().copied()).collect()
}

/// Whether somebody may edit what a founding edit founded, as that kind.
fn may_edit(founding: &Entry, kind: DocumentKind, author: PersonId) -> bool {
    let Some(edit) = &founding.edit else { return false };
    let writers = edit.steps.iter().find_map(|step| match step {
        Step::Put { key: Key::Writers, value: Value::Persons(writers) } => Some(writers),
        _ => None,
    });
    let open = writers.map_or(kind == DocumentKind::Page, |writers| writers.contains(&author));
    edit.kind == kind && (kind.is_keyed() || open || founding.author == author)
}

fn has_shared_text(kind: DocumentKind) -> bool {
    matches!(kind, DocumentKind::Page | DocumentKind::Bill)
}

fn read_text(document: &Automerge) -> String {
    let text = document.get(ROOT, "text").ok().flatten().and_then(|(_, id)| document.text(id).ok());
    text.unwrap_or_default()
}

/// Makes a page's edit as the rule says. False: a splice reaches beyond the end, or the text becomes too long.
fn splice(document: &mut Automerge, op: OpId, edit: &Edit) -> bool {
    if !has_shared_text(edit.kind) {
        return true;
    }
    let mut text: Vec<char> = read_text(document).chars().collect();
    for step in &edit.steps {
        if let Step::Splice { position, delete, insert, .. } = step {
            let (from, to) = (*position as usize, *position as usize + *delete as usize);
            if to > text.len() {
                return false;
            }
            text.splice(from..to, insert.chars());
        }
    }
    if text.len() > schema::BODY {
        return false;
    }
    document.set_actor(ActorId::from(&op.0[..16]));
    let mut transaction = document.transaction();
    if edit.at.is_empty() {
        transaction.put_object(ROOT, "text", ObjType::Text).expect("a root takes a text");
    }
    for step in &edit.steps {
        match step {
            Step::Put { key, value } => {
                // A deletion counts as one operation, and by those the splices of two edits are put in order.
                if transaction.get_all(ROOT, key.name()).expect("readable").len() > 1 {
                    transaction.delete(ROOT, key.name()).expect("a root lets go of a value");
                }
                transaction.put(ROOT, key.name(), scalar(value)).expect("a root takes a value");
            }
            Step::Splice { position, delete, insert, .. } => {
                let (_, text) = transaction.get(ROOT, "text").expect("readable").expect("a page has a text");
                transaction.splice_text(text, *position as usize, *delete as isize, insert).expect("the splice lies within the text");
            }
        }
    }
    transaction.commit_with(CommitOptions::default().with_time(0));
    true
}

fn scalar(value: &Value) -> ScalarValue {
    match value {
        Value::Text(text) => ScalarValue::Str(text.as_str().into()),
        Value::Document(id) => ScalarValue::Bytes(id.0.to_vec()),
        Value::Operation(id) => ScalarValue::Bytes(id.0.to_vec()),
        Value::Integer(integer) => ScalarValue::Int(*integer),
        Value::Persons(persons) | Value::Ranking(persons) => ScalarValue::Bytes(persons.iter().flat_map(|person| person.0).collect()),
    }
}
