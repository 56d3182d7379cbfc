//! Ups and downs: what a person's reactions to one document amount to.

use crate::{act::Mark, id::OpId};
use std::collections::BTreeSet;

/// One reaction of a person to a document, with effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReactionEntry {
    /// The act.
    pub op: OpId,
    /// The mark.
    pub mark: Mark,
    /// The acts that it replaces.
    pub replaces: Vec<OpId>,
}

/// The mark that a person's reactions to one document amount to: those that no other replaces; equal ones
/// count once, differing ones cancel each other.
pub fn resolve(entries: &[ReactionEntry]) -> Mark {
    let marks: BTreeSet<Mark> = standing(entries).map(|entry| entry.mark).collect();
    match (marks.len(), marks.first()) {
        (1, Some(mark)) => *mark,
        _ => Mark::None,
    }
}

/// The reactions that no other replaces: what a new one has to name.
pub fn standing(entries: &[ReactionEntry]) -> impl Iterator<Item = &ReactionEntry> {
    let replaced: BTreeSet<OpId> = entries.iter().flat_map(|entry| entry.replaces.iter().copied()).collect();
    entries.iter().filter(move |entry| !replaced.contains(&entry.op))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(op: u8, mark: Mark, replaces: &[u8]) -> ReactionEntry {
        ReactionEntry { op: OpId([op; 32]), mark, replaces: replaces.iter().map(|&r| OpId([r; 32])).collect() }
    }

    #[test]
    fn a_later_reaction_replaces_an_earlier_one() {
        assert_eq!(resolve(&[entry(1, Mark::Up, &[]), entry(2, Mark::Down, &[1])]), Mark::Down);
        assert_eq!(resolve(&[entry(2, Mark::None, &[1]), entry(1, Mark::Up, &[])]), Mark::None);
    }

    #[test]
    fn of_two_devices_equal_ones_count_once_and_differing_ones_cancel() {
        assert_eq!(resolve(&[entry(1, Mark::Up, &[]), entry(2, Mark::Up, &[])]), Mark::Up);
        assert_eq!(resolve(&[entry(1, Mark::Up, &[]), entry(2, Mark::Down, &[])]), Mark::None);
        assert_eq!(resolve(&[]), Mark::None);
    }
}
