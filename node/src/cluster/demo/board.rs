//! What was written so far and which node has heard of it: from this the next things to write are chosen.

use super::{dice::Dice, tally::Tally};
use folkmoot_protocol::{act::Mark, id::*};
use std::collections::BTreeSet;

/// Answers are not nested deeper.
const DEEPEST: u32 = 8;

/// What kind of thing it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Post,
    Comment,
}

/// A post or a comment.
#[derive(Debug, Clone)]
pub(super) struct Thing {
    pub(super) id: DocumentId,
    pub(super) kind: Kind,
    /// Which node wrote it; no other changes or deletes it unless the story says so.
    pub(super) writer: usize,
    depth: u32,
    edits: usize,
    /// Set where the story has other plans for it.
    pub(super) reserved: bool,
    heard_by: BTreeSet<usize>,
    gone_for: BTreeSet<usize>,
}

/// What a draft will be once it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intent {
    Post,
    Comment { depth: u32 },
    Reaction,
    Edit,
    Deletion,
    Choice,
}

/// Everything that was written.
#[derive(Debug, Default)]
pub(super) struct Board {
    pub(super) things: Vec<Thing>,
    pub(super) tally: Tally,
    reacted: BTreeSet<(usize, usize)>,
}

impl Board {
    /// Takes down what a node has written.
    pub(super) fn note(&mut self, node: usize, intent: Intent, id: DocumentId) {
        let (counted, thing) = match intent {
            Intent::Post => (&mut self.tally.posts, Some((Kind::Post, 0))),
            Intent::Comment { depth } => (&mut self.tally.comments, Some((Kind::Comment, depth))),
            Intent::Reaction => (&mut self.tally.reactions, None),
            Intent::Edit => (&mut self.tally.edits, None),
            Intent::Deletion => (&mut self.tally.deletions, None),
            Intent::Choice => (&mut self.tally.choices, None),
        };
        *counted += 1;
        if let Some((kind, depth)) = thing {
            self.things.push(Thing { id, kind, writer: node, depth, edits: 0, reserved: false, heard_by: [node].into(), gone_for: BTreeSet::new() });
        }
    }

    /// Nodes have the same now: what one has heard of, or knows to be gone, all do.
    pub(super) fn meet(&mut self, nodes: &[usize]) {
        for thing in &mut self.things {
            if nodes.iter().any(|node| thing.heard_by.contains(node)) {
                thing.heard_by.extend(nodes);
            }
            if nodes.iter().any(|node| thing.gone_for.contains(node)) {
                thing.gone_for.extend(nodes);
            }
        }
    }

    fn known_to(&self, node: usize) -> impl Iterator<Item = (usize, &Thing)> {
        self.things.iter().enumerate().filter(move |(_, thing)| thing.heard_by.contains(&node) && !thing.gone_for.contains(&node))
    }

    /// Something to answer: comments more often than posts, so that threads grow deep.
    pub(super) fn pick_to_answer(&self, node: usize, dice: &mut Dice) -> Option<(DocumentId, Intent)> {
        let wanted = if dice.chance(65) { Kind::Comment } else { Kind::Post };
        let of = |kind| {
            self.known_to(node).filter(|(_, thing)| thing.kind == kind && thing.depth < DEEPEST).map(|(_, thing)| (thing.id, thing.depth)).collect::<Vec<_>>()
        };
        let (id, depth) = dice.pick(&of(wanted)).or_else(|| dice.pick(&of(Kind::Post)))?;
        Some((id, Intent::Comment { depth: depth + 1 }))
    }

    /// Something to react to that a person has not reacted to yet; now and then a mark that is taken back.
    pub(super) fn pick_to_mark(&mut self, node: usize, person: usize, dice: &mut Dice) -> Option<(DocumentId, Mark)> {
        let back = dice.chance(6);
        let fits = |(n, thing): &(usize, &Thing)| thing.writer != node && self.reacted.contains(&(person, *n)) == back;
        let things: Vec<(usize, DocumentId)> = self.known_to(node).filter(fits).map(|(n, thing)| (n, thing.id)).collect();
        let (n, id) = dice.pick(&things)?;
        self.reacted.insert((person, n));
        let mark = if back {
            Mark::None
        } else if dice.chance(85) {
            Mark::Up
        } else {
            Mark::Down
        };
        Some((id, mark))
    }

    /// A post of its own for a node to change, and how often it was changed before.
    pub(super) fn pick_to_edit(&mut self, node: usize, dice: &mut Dice) -> Option<(DocumentId, usize)> {
        let own: Vec<usize> = self.known_to(node).filter(|(_, thing)| thing.kind == Kind::Post && is_free_for(thing, node)).map(|(n, _)| n).collect();
        let thing = self.things.get_mut(dice.pick(&own)?)?;
        thing.edits += 1;
        Some((thing.id, thing.edits - 1))
    }

    /// Something of its own for a node to delete. From then on nobody in its group addresses it.
    pub(super) fn pick_to_delete(&mut self, node: usize, group: &[usize], kind: Kind, dice: &mut Dice) -> Option<DocumentId> {
        let own: Vec<usize> =
            self.known_to(node).filter(|(_, thing)| thing.kind == kind && thing.edits == 0 && is_free_for(thing, node)).map(|(n, _)| n).collect();
        let thing = self.things.get_mut(dice.pick(&own)?)?;
        thing.gone_for.extend(group);
        Some(thing.id)
    }

    /// Takes a post that all nodes know and one of them wrote out of the common lot, for the story's own ends.
    pub(super) fn reserve(&mut self, writer: usize, nodes: &[usize]) -> Option<DocumentId> {
        let fits = |thing: &&mut Thing| {
            thing.kind == Kind::Post
                && thing.edits == 0
                && is_free_for(thing, writer)
                && nodes.iter().all(|node| thing.heard_by.contains(node))
                && thing.gone_for.is_empty()
        };
        let thing = self.things.iter_mut().find(fits)?;
        thing.reserved = true;
        Some(thing.id)
    }

    /// Nobody in a group addresses it any more.
    pub(super) fn forget(&mut self, id: DocumentId, group: &[usize]) {
        for thing in self.things.iter_mut().filter(|thing| thing.id == id) {
            thing.gone_for.extend(group);
        }
    }
}

fn is_free_for(thing: &Thing, node: usize) -> bool {
    thing.writer == node && !thing.reserved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_answers_only_what_it_has_heard_of() {
        let (mut board, mut dice) = (Board::default(), Dice::new(1));
        board.note(0, Intent::Post, DocumentId([1; 32]));
        assert!(board.pick_to_answer(1, &mut dice).is_none());
        board.meet(&[0, 1]);
        assert!(board.pick_to_answer(1, &mut dice).is_some());
        assert!(board.pick_to_answer(2, &mut dice).is_none());
    }

    #[test]
    fn what_one_side_deleted_the_other_still_answers() {
        let (mut board, mut dice) = (Board::default(), Dice::new(1));
        board.note(0, Intent::Post, DocumentId([1; 32]));
        board.meet(&[0, 1, 2]);
        assert!(board.pick_to_delete(0, &[0, 1], Kind::Post, &mut dice).is_some());
        assert!(board.pick_to_answer(1, &mut dice).is_none());
        assert!(board.pick_to_answer(2, &mut dice).is_some());
        board.meet(&[0, 1, 2]);
        assert!(board.pick_to_answer(2, &mut dice).is_none());
    }
}
