//! Comments as a tree, built without recursion: how deep it is, strangers decide.

use folkmoot_protocol::{
    id::*,
    limits,
    view::{CommentView, ThreadSort, controversy, hot},
};
use std::{cmp::Ordering, collections::HashMap};

/// A comment on its way to its place.
pub(super) struct Leaf {
    pub(super) document: i64,
    /// The document that it answers, where that stands in the tree.
    pub(super) parent: Option<i64>,
    pub(super) view: CommentView,
}

/// The trees that stand on some comments, each list of answers in the order of a sort. Answers that lie
/// deeper than [`limits::THREAD_DEPTH`] stand at that depth, each behind what it answers.
pub(super) fn trees(leaves: Vec<Leaf>, roots: impl Fn(&Leaf) -> bool, sort: ThreadSort, now_ms: u64) -> Vec<CommentView> {
    let mut order: Vec<usize> = (0..leaves.len()).collect();
    let ranks: Vec<f64> = leaves.iter().map(|leaf| rank(&leaf.view, sort, now_ms)).collect();
    order.sort_unstable_by(|&a, &b| ranks[b].total_cmp(&ranks[a]).then_with(|| newer_first(&leaves[a].view, &leaves[b].view)));
    let index: HashMap<i64, usize> = leaves.iter().enumerate().map(|(at, leaf)| (leaf.document, at)).collect();
    let mut answers = vec![vec![]; leaves.len()];
    for &at in &order {
        if let Some(parent) = leaves[at].parent.and_then(|parent| index.get(&parent)) {
            answers[*parent].push(at);
        }
    }
    let first = order.into_iter().filter(|&at| roots(&leaves[at])).collect();
    let places = places(&answers, first);
    assemble(leaves.into_iter().map(|leaf| Some(leaf.view)).collect(), &places)
}

/// Where a comment stands: on which other one, at which depth.
struct Place {
    at: usize,
    on: Option<usize>,
    depth: usize,
}

/// All comments that the first ones lead to, in reading order.
fn places(answers: &[Vec<usize>], first: Vec<usize>) -> Vec<Place> {
    let place = |on: Option<usize>, depth: usize| move |&at: &usize| Place { at, on, depth };
    let mut open: Vec<Place> = first.iter().rev().map(place(None, 1)).collect();
    let mut places = Vec::new();
    while let Some(Place { at, on, depth }) = open.pop() {
        let below = if depth < limits::THREAD_DEPTH { place(Some(at), depth + 1) } else { place(on, depth) };
        open.extend(answers[at].iter().rev().map(below));
        places.push(Place { at, on, depth });
    }
    places
}

/// Puts comments together from the last one back, so that each has its answers before it goes to its place.
fn assemble(mut views: Vec<Option<CommentView>>, places: &[Place]) -> Vec<CommentView> {
    let mut roots = Vec::new();
    for place in places.iter().rev() {
        let Some(mut view) = views[place.at].take() else { continue };
        view.children.reverse();
        match place.on.and_then(|on| views[on].as_mut()) {
            Some(on) => on.children.push(view),
            None => roots.push(view),
        }
    }
    roots.reverse();
    roots
}

fn rank(comment: &CommentView, sort: ThreadSort, now_ms: u64) -> f64 {
    match sort {
        ThreadSort::Hot => hot(comment.score, comment.created, now_ms),
        ThreadSort::Top => comment.score as f64,
        ThreadSort::New => comment.created as f64,
        ThreadSort::Old => -(comment.created as f64),
        ThreadSort::Controversial => controversy(comment.up, comment.down),
    }
}

/// Those of one rank: the newer first, then the smaller id.
fn newer_first(a: &CommentView, b: &CommentView) -> Ordering {
    b.created.cmp(&a.created).then(a.id.cmp(&b.id))
}

/// A comment of which nothing is left but its answers.
pub(super) fn placeholder(id: DocumentId, erased: bool, created: u64) -> CommentView {
    CommentView {
        id,
        author: None,
        text: String::new(),
        erased,
        removed: None,
        after_lock: false,
        origin: None,
        created,
        score: 0,
        up: 0,
        down: 0,
        edits: 0,
        conflict: false,
        mine: folkmoot_protocol::act::Mark::None,
        state: folkmoot_protocol::view::Whereabouts::WithPeers,
        children: vec![],
    }
}
