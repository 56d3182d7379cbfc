//! Who follows whom among a document's edits. What it says of an edit depends on that edit's ancestors alone.

use crate::{document::Version, id::*, limits};
use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};

/// An edit that was taken in, after all that it was made on top of.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) op: OpId,
    pub(super) author: PersonId,
    /// The edits it was made on top of. Their indices are smaller, since they were taken in before.
    pub(super) parents: Vec<usize>,
    /// The founding edit it goes back to, not a void one; of several (keyed documents) that with the smallest id.
    pub(super) founder: Option<usize>,
    /// How many edits led here, itself included; whatever exceeds the limit counts as one more than it.
    pub(super) lineage: usize,
    pub(super) void: Option<String>,
    pub(super) ineffective: Option<String>,
    /// Whether it changed a value: a void edit does not, nor one that puts what stands there already.
    pub(super) alters: bool,
    /// Whether an edit that has an effect, or a later one, stands on it.
    shown: bool,
}

/// The edits of a document in an order in which they could be taken in.
#[derive(Debug, Clone, Default)]
pub(super) struct Graph {
    nodes: Vec<Node>,
    index: BTreeMap<OpId, usize>,
    heads: BTreeSet<usize>,
}

impl Graph {
    pub(super) fn node(&self, node: usize) -> &Node {
        &self.nodes[node]
    }

    pub(super) fn node_mut(&mut self, node: usize) -> &mut Node {
        &mut self.nodes[node]
    }

    pub(super) fn find(&self, op: OpId) -> Option<usize> {
        self.index.get(&op).copied()
    }

    /// The shown edits that no other shown edit follows.
    pub(super) fn heads(&self) -> Vec<usize> {
        self.heads.iter().copied().collect()
    }

    /// The ids of some edits, ascending.
    pub(super) fn ops(&self, nodes: &[usize]) -> Vec<OpId> {
        let ops: BTreeSet<OpId> = nodes.iter().map(|&node| self.nodes[node].op).collect();
        ops.into_iter().collect()
    }

    /// The founding edit that some edits go back to; of several that with the smallest id.
    pub(super) fn founder(&self, of: &[usize]) -> Option<usize> {
        of.iter().filter_map(|&node| self.nodes[node].founder).min_by_key(|&founder| self.nodes[founder].op)
    }

    /// Adds an edit whose parents are all there; it is not shown yet.
    pub(super) fn add(&mut self, op: OpId, author: PersonId, mut parents: Vec<usize>, ineffective: Option<String>) -> usize {
        parents.sort_unstable();
        parents.dedup();
        let (founder, lineage) = (self.founder(&parents), self.lineage(&parents));
        let node = self.nodes.len();
        self.index.insert(op, node);
        self.nodes.push(Node { op, author, parents, founder, lineage, void: None, ineffective, alters: false, shown: false });
        node
    }

    /// The lineage of an edit on top of these. A walk only where several are merged, and never past the limit.
    fn lineage(&self, parents: &[usize]) -> usize {
        let most = limits::EDITS_PER_DOCUMENT + 1;
        match parents {
            [] => 1,
            [parent] => most.min(self.nodes[*parent].lineage + 1),
            _ if parents.iter().any(|&parent| self.nodes[parent].lineage == most) => most,
            _ => most.min(self.closure(parents).len() + 1),
        }
    }

    /// The edits that these stand on, without themselves unless one of them stands on another: marks per index.
    fn below(&self, nodes: &[usize]) -> Vec<bool> {
        let mut below = vec![false; nodes.iter().max().map_or(0, |most| most + 1)];
        let mut open: Vec<usize> = nodes.iter().flat_map(|&node| &self.nodes[node].parents).copied().collect();
        while let Some(node) = open.pop() {
            if !mem::replace(&mut below[node], true) {
                open.extend(&self.nodes[node].parents);
            }
        }
        below
    }

    /// These edits and all that they stand on.
    pub(super) fn closure(&self, nodes: &[usize]) -> Vec<usize> {
        let mut marks = self.below(nodes);
        nodes.iter().for_each(|&node| marks[node] = true);
        (0..marks.len()).filter(|&node| marks[node]).collect()
    }

    /// Those of these edits that no other of them stands on, ascending by index.
    pub(super) fn frontier(&self, mut nodes: Vec<usize>) -> Vec<usize> {
        nodes.sort_unstable();
        nodes.dedup();
        if nodes.len() > 1 {
            let below = self.below(&nodes);
            nodes.retain(|&node| !below[node]);
        }
        nodes
    }

    /// The altering edits whose ancestors make up the document at these edits.
    pub(super) fn tips(&self, nodes: &[usize]) -> Vec<usize> {
        if let [node] = nodes
            && self.nodes[*node].alters
        {
            return vec![*node];
        }
        let (mut tips, mut seen, mut open) = (vec![], vec![false; self.nodes.len()], nodes.to_vec());
        while let Some(node) = open.pop() {
            if self.nodes[node].alters {
                tips.push(node);
            } else if !mem::replace(&mut seen[node], true) {
                open.extend(&self.nodes[node].parents);
            }
        }
        self.frontier(tips)
    }

    /// Shows an edit that no shown one follows, and all that it stands on. Every edit is visited once in all.
    pub(super) fn show(&mut self, shown: usize) {
        let mut open = vec![shown];
        while let Some(node) = open.pop() {
            if mem::replace(&mut self.nodes[node].shown, true) {
                self.heads.remove(&node);
            } else {
                open.extend(&self.nodes[node].parents);
            }
        }
        self.heads.insert(shown);
    }

    /// All edits, each after those it stands on, and where that leaves a choice by id.
    pub(super) fn history(&self) -> Vec<Version> {
        let mut followers = vec![vec![]; self.nodes.len()];
        let mut unmet: Vec<usize> = self.nodes.iter().map(|node| node.parents.len()).collect();
        for (index, node) in self.nodes.iter().enumerate() {
            node.parents.iter().for_each(|&parent| followers[parent].push(index));
        }
        let mut ready: BTreeSet<(OpId, usize)> = self.index.iter().filter(|(_, node)| unmet[**node] == 0).map(|(op, node)| (*op, *node)).collect();
        let mut versions = Vec::with_capacity(self.nodes.len());
        while let Some((_, node)) = ready.pop_first() {
            versions.push(self.version(node));
            for &follower in &followers[node] {
                unmet[follower] -= 1;
                if unmet[follower] == 0 {
                    ready.insert((self.nodes[follower].op, follower));
                }
            }
        }
        versions
    }

    fn version(&self, node: usize) -> Version {
        let Node { op, author, parents, void, ineffective, shown, .. } = &self.nodes[node];
        // An ineffective edit that an effective one was made on top of did change something.
        let hidden = ineffective.as_ref().filter(|_| !shown);
        Version { op: *op, at: self.ops(parents), author: *author, void: void.as_ref().or(hidden).cloned() }
    }
}
