//! All edits of a document that alter something, merged in Automerge.
//!
//! An edit is made on a branch that holds just its ancestors, under an actor id of its own. So its change is
//! the same on every replica, whatever else has arrived.

use super::{
    branch::{self, Branch},
    graph::Graph,
};
use crate::{
    document::{Choice, Edit, Value, ValueType, schema::Field},
    id::*,
};
use automerge::{ActorId, Automerge, ChangeHash, ObjId, ROOT, ReadDoc};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

/// How much of an operation's id is its change's actor id.
const ACTOR_BYTES: usize = 16;
/// Branches kept beside the main one: to make one anew takes as long as all its changes took.
const FORKS: usize = 4;

/// The altering edits of a document.
#[derive(Debug, Clone)]
pub(super) struct Merged {
    /// All that was merged so far. What grows aside is merged when it is needed here, many changes at once:
    /// one costs as much as a walk over the whole text.
    main: Branch,
    forks: Vec<Branch>,
    /// What main would be with all forks merged, for readers.
    whole: OnceLock<Automerge>,
    /// The altering edits that no other follows, ascending by index.
    tips: Vec<usize>,
    changes: BTreeMap<usize, ChangeHash>,
    actors: BTreeMap<ActorId, OpId>,
}

impl Merged {
    pub(super) fn new() -> Self {
        Self { main: Branch::new(), forks: vec![], whole: OnceLock::new(), tips: vec![], changes: BTreeMap::new(), actors: BTreeMap::new() }
    }

    /// Makes an edit on top of its parents. Says whether that altered anything; an error makes it void.
    pub(super) fn apply(&mut self, graph: &Graph, node: usize, edit: &Edit) -> Result<bool, String> {
        let op = graph.node(node).op;
        let actor = ActorId::from(&op.0[..ACTOR_BYTES]);
        if self.actors.contains_key(&actor) {
            return Err("its id begins like that of another edit".into());
        }
        let tips = graph.tips(&graph.node(node).parents);
        if let Some(doc) = self.whole.take() {
            self.main = Branch { doc, tips: self.tips.clone() };
        } else if tips == self.tips {
            self.merge();
        }
        let change = if tips == self.main.tips { self.main.apply(node, edit, &actor)? } else { self.apply_aside(graph, node, edit, &actor, &tips)? };
        let Some(change) = change else { return Ok(false) };
        self.tips.retain(|tip| !tips.contains(tip));
        self.tips.push(node);
        self.changes.insert(node, change);
        self.actors.insert(actor, op);
        Ok(true)
    }

    fn apply_aside(&mut self, graph: &Graph, node: usize, edit: &Edit, actor: &ActorId, tips: &[usize]) -> Result<Option<ChangeHash>, String> {
        let mut fork = match self.forks.iter().position(|fork| fork.tips == tips) {
            Some(index) => self.forks.remove(index),
            None => self.fork(graph, tips),
        };
        let change = fork.apply(node, edit, actor);
        self.forks.push(fork);
        change
    }

    /// A branch at some edits, made from the fork that has come closest to them.
    fn fork(&mut self, graph: &Graph, tips: &[usize]) -> Branch {
        self.merge();
        let wanted: BTreeSet<usize> = graph.closure(tips).into_iter().collect();
        let within = |fork: &Branch| fork.tips.iter().all(|tip| wanted.contains(tip));
        let closest = (0..self.forks.len()).filter(|&fork| within(&self.forks[fork])).max_by_key(|&fork| graph.closure(&self.forks[fork].tips).len());
        let mut branch = match closest {
            Some(fork) => self.forks.remove(fork),
            None => Branch::new(),
        };
        if self.forks.len() == FORKS {
            self.forks.remove(0);
        }
        let hashes: BTreeSet<ChangeHash> = wanted.iter().filter_map(|node| self.changes.get(node).copied()).collect();
        let mut missing = self.main.doc.get_changes(&self.heads(&branch.tips));
        missing.retain(|change| hashes.contains(&change.hash()));
        branch.take_over(missing);
        branch.tips = tips.to_vec();
        branch
    }

    /// Brings what grew aside into main.
    fn merge(&mut self) {
        if self.main.tips != self.tips {
            merge_into(&mut self.main, &self.forks, &self.tips);
        }
    }

    fn whole(&self) -> &Automerge {
        if self.main.tips == self.tips {
            return &self.main.doc;
        }
        self.whole.get_or_init(|| {
            let mut main = self.main.clone();
            merge_into(&mut main, &self.forks, &self.tips);
            main.doc
        })
    }

    fn heads(&self, tips: &[usize]) -> Vec<ChangeHash> {
        tips.iter().filter_map(|tip| self.changes.get(tip).copied()).collect()
    }

    /// The values of a field at some edits, of which `head` is the one with the smallest id.
    pub(super) fn choices(&self, field: Field, tips: &[usize], head: OpId) -> Vec<Choice> {
        let (doc, heads) = (self.whole(), self.heads(tips));
        if field.value == ValueType::SharedText {
            let text = branch::text(doc, field.key).and_then(|text| doc.text_at(&text, &heads).ok());
            return text.map(|text| Choice { op: head, value: Value::Text(text) }).into_iter().collect();
        }
        let mut choices: BTreeMap<Value, OpId> = BTreeMap::new();
        for (value, id) in doc.get_all_at(ROOT, field.key.name(), &heads).unwrap_or_default() {
            if let (Some(value), Some(op)) = (value.as_scalar().and_then(|scalar| branch::value_of(field.value, scalar)), self.op_of(&id)) {
                choices.entry(value).and_modify(|first| *first = op.min(*first)).or_insert(op);
            }
        }
        let mut choices: Vec<Choice> = choices.into_iter().map(|(value, op)| Choice { op, value }).collect();
        choices.sort_by_key(|choice| choice.op);
        choices
    }

    fn op_of(&self, id: &ObjId) -> Option<OpId> {
        match id {
            ObjId::Id(_, actor, _) => self.actors.get(actor).copied(),
            ObjId::Root => None,
        }
    }
}

fn merge_into(main: &mut Branch, forks: &[Branch], tips: &[usize]) {
    for fork in forks {
        main.take_over(main.doc.get_changes_added(&fork.doc));
    }
    main.tips = tips.to_vec();
}
