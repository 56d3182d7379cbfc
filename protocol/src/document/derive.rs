//! Derives a document from its edits: which of them are void, what they merge to, what stands in the end.
//!
//! Everything said of an edit depends on its ancestors alone, so the order of arrival changes nothing, and
//! the document at given heads never changes.

mod branch;
mod graph;
mod merged;
mod single;
#[cfg(test)]
mod tests;

use super::{
    Choice, DocumentKind, DocumentState, Edit, Key, Value, ValueType, Version,
    schema::{self, Field},
};
use crate::{id::*, limits};
use graph::Graph;
use merged::Merged;
use std::collections::BTreeMap;

/// One edit operation of a document as the derivation takes it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The operation.
    pub op: OpId,
    /// The device that signed it.
    pub device: DeviceId,
    /// The person of the signing chain.
    pub author: PersonId,
    /// What it says, or why it is void whatever its document holds: its payload is unreadable, or its kind is
    /// keyed and this is not the document of that person or space.
    pub edit: Result<Edit, String>,
    /// Why it has no effect though well formed: its device was closed before it, say.
    pub ineffective: Option<String>,
}

/// A document being derived from its edits.
#[derive(Debug, Clone)]
pub struct Document {
    id: DocumentId,
    graph: Graph,
    foundings: BTreeMap<usize, Founding>,
    content: Content,
    waiting: BTreeMap<OpId, Entry>,
    /// Per edit that is not there: those that wait for it.
    wanted: BTreeMap<OpId, Vec<OpId>>,
}

/// What a founding edit settles for all that follow.
#[derive(Debug, Clone)]
struct Founding {
    kind: DocumentKind,
    author: PersonId,
    writers: Option<Vec<PersonId>>,
}

/// What the altering edits say together.
#[derive(Debug, Clone)]
enum Content {
    Nothing,
    /// Most documents have one edit and *are* its values; Automerge would cost many times as much.
    One(usize, Edit),
    Many(Box<Merged>),
}

impl Document {
    /// A document without edits.
    pub fn new(id: DocumentId) -> Self {
        Self { id, graph: Graph::default(), foundings: BTreeMap::new(), content: Content::Nothing, waiting: BTreeMap::new(), wanted: BTreeMap::new() }
    }

    /// The document that some edits make, in whatever order.
    pub fn derive(id: DocumentId, entries: impl IntoIterator<Item = Entry>) -> Self {
        let mut document = Self::new(id);
        entries.into_iter().for_each(|entry| document.insert(entry));
        document
    }

    /// Takes an edit in, in any order; one that is there already is ignored, one made on top of an edit that
    /// is not there waits for it.
    pub fn insert(&mut self, entry: Entry) {
        if self.graph.find(entry.op).is_some() || self.waiting.contains_key(&entry.op) {
            return;
        }
        let mut ready = vec![entry];
        while let Some(entry) = ready.pop() {
            let op = entry.op;
            if let Some(missing) = named(&entry).iter().find(|at| self.graph.find(**at).is_none()) {
                self.wanted.entry(*missing).or_default().push(op);
                self.waiting.insert(op, entry);
                continue;
            }
            self.take_in(entry);
            let freed = self.wanted.remove(&op).unwrap_or_default();
            ready.extend(freed.iter().filter_map(|op| self.waiting.remove(op)));
        }
    }

    /// The document as it stands: at the edits that have an effect and all that they were made on top of.
    /// None where it has no effective founding edit.
    pub fn state(&self) -> Option<DocumentState> {
        let heads = self.graph.heads();
        let founder = self.graph.founder(&heads)?;
        let founding = self.foundings.get(&founder)?;
        let absent = !founding.kind.is_keyed() && self.graph.node(founder).ineffective.is_some();
        if absent { None } else { self.state_at(&heads) }
    }

    /// The document at named heads, whether they have an effect or not: it depends on their ancestors alone.
    /// None where one of them is unknown or waits, or all of them are void from the founding edit on.
    pub fn at(&self, heads: &[OpId]) -> Option<DocumentState> {
        let named: Option<Vec<usize>> = heads.iter().map(|op| self.graph.find(*op)).collect();
        self.state_at(&self.graph.frontier(named?))
    }

    /// The heads of the document as it stands, ascending: what a new edit is made on top of. They may be more
    /// than [`limits::HEADS_PER_EDIT`].
    pub fn heads(&self) -> Vec<OpId> {
        self.graph.ops(&self.graph.heads())
    }

    /// All edits but those that wait, each after those it was made on top of, and where that leaves a choice
    /// by id; with the reason where one changed nothing.
    pub fn history(&self) -> Vec<Version> {
        self.graph.history()
    }

    /// How many edits wait for others.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    fn take_in(&mut self, entry: Entry) {
        let parents = named(&entry).iter().filter_map(|op| self.graph.find(*op)).collect();
        let effective = entry.ineffective.is_none();
        let node = self.graph.add(entry.op, entry.author, parents, entry.ineffective);
        match entry.edit.and_then(|edit| self.apply(node, edit)) {
            Ok(alters) => {
                self.graph.node_mut(node).alters = alters;
                // A void edit shows nothing, else anybody could put heads on a document, or bring back
                // what has no effect by writing on top of it.
                if effective {
                    self.graph.show(node);
                }
            }
            Err(reason) => self.graph.node_mut(node).void = Some(reason),
        }
    }

    /// Judges and makes an edit. Says whether it altered anything; an error makes it void.
    fn apply(&mut self, node: usize, edit: Edit) -> Result<bool, String> {
        edit.check().map_err(|error| error.to_string())?;
        if self.graph.node(node).lineage > limits::EDITS_PER_DOCUMENT {
            return Err(format!("a document takes at most {} edits", limits::EDITS_PER_DOCUMENT));
        }
        if !edit.founds() {
            self.check_follows(node, &edit)?;
            return self.write(node, edit);
        }
        let founding = self.founding(node, &edit)?;
        let altered = self.write(node, edit)?;
        self.graph.node_mut(node).founder = Some(node);
        self.foundings.insert(node, founding);
        Ok(altered)
    }

    fn founding(&self, node: usize, edit: &Edit) -> Result<Founding, String> {
        let (op, author) = (self.graph.node(node).op, self.graph.node(node).author);
        if !edit.kind.is_keyed() && DocumentId::founded_by(op) != self.id {
            return Err("it founds a document that has another founding edit".into());
        }
        let writers = match edit.value(Key::Writers) {
            Some(Value::Persons(writers)) => Some(writers.clone()),
            _ => None,
        };
        Ok(Founding { kind: edit.kind, author, writers })
    }

    fn check_follows(&self, node: usize, edit: &Edit) -> Result<(), String> {
        let node = self.graph.node(node);
        let founding = node.founder.and_then(|founder| self.foundings.get(&founder)).ok_or("it goes back to a void founding edit")?;
        if edit.kind != founding.kind {
            return Err(format!("it says {} of a {}", edit.kind, founding.kind));
        }
        if !founding.admits(node.author) {
            return Err(format!("its author may not edit this {}", edit.kind));
        }
        Ok(())
    }

    fn write(&mut self, node: usize, edit: Edit) -> Result<bool, String> {
        if let Content::Nothing = self.content {
            single::check(&edit)?;
            self.content = Content::One(node, edit);
            return Ok(true);
        }
        self.merge()?;
        match &mut self.content {
            Content::Many(merged) => merged.apply(&self.graph, node, &edit),
            _ => Err("there is nothing to edit".into()),
        }
    }

    /// Brings the content into Automerge if it was one edit so far.
    fn merge(&mut self) -> Result<(), String> {
        if let Content::One(first, edit) = &self.content {
            let mut merged = Box::new(Merged::new());
            merged.apply(&self.graph, *first, edit)?;
            self.content = Content::Many(merged);
        }
        Ok(())
    }

    /// The document at some edits, none of which stands on another.
    fn state_at(&self, heads: &[usize]) -> Option<DocumentState> {
        let founding = self.foundings.get(&self.graph.founder(heads)?)?;
        let ops = self.graph.ops(heads);
        let edits = self.graph.closure(heads).iter().filter(|&&node| self.graph.node(node).void.is_none()).count();
        let fields = self.fields(founding.kind, &self.graph.tips(heads), *ops.first()?);
        Some(DocumentState { kind: founding.kind, author: founding.author, heads: ops, edits: edits as u32, fields })
    }

    fn fields(&self, kind: DocumentKind, tips: &[usize], head: OpId) -> Vec<(Key, Vec<Choice>)> {
        let choices = |field: Field| match &self.content {
            Content::Nothing => vec![],
            Content::One(first, edit) => {
                // As in `Merged`: nobody in particular put a text that people write together.
                let op = if field.value == ValueType::SharedText { head } else { self.graph.node(*first).op };
                single::value(edit, field).map(|value| Choice { op, value }).into_iter().collect()
            }
            Content::Many(merged) => merged.choices(field, tips, head),
        };
        let fields = Key::ALL.into_iter().filter_map(|key| schema::field(kind, key));
        fields.map(|field| (field.key, choices(field))).filter(|(_, choices)| !choices.is_empty()).collect()
    }
}

impl Founding {
    fn admits(&self, author: PersonId) -> bool {
        let open = match &self.writers {
            Some(writers) => writers.contains(&author),
            None => self.kind == DocumentKind::Page,
        };
        // Whose a keyed document is, its id says: whoever may not was voided before.
        open || author == self.author || self.kind.is_keyed()
    }
}

/// The edits that an edit is made on top of; none where they are too many, so that a void edit costs no walk.
fn named(entry: &Entry) -> &[OpId] {
    match &entry.edit {
        Ok(edit) if edit.at.len() <= limits::HEADS_PER_EDIT => &edit.at,
        _ => &[],
    }
}
