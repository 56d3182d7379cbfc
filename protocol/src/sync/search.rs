//! Where do two branches of a chain part? Found by bisection, one question at a time.

use crate::{
    id::*,
    limits,
    wire::{Message, Want},
};
use std::collections::BTreeMap;

/// A chain in a space.
type Chain = (SpaceId, DeviceId);

/// The search for the first number at which the two sides' operations differ.
#[derive(Debug, Clone, Copy)]
struct Search {
    /// Both have the same operation here; 0 where that is known of none.
    same: u64,
    /// They differ here.
    differ: u64,
}

/// The searches that are under way on one connection.
#[derive(Debug, Default)]
pub(super) struct Searches(BTreeMap<Chain, Search>);

impl Searches {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_under_way(&self, chain: Chain) -> bool {
        self.0.contains_key(&chain)
    }

    /// Both hold an operation with the number `differ`, and not the same. Answers what to ask the peer.
    pub(super) fn begin(&mut self, chain: Chain, differ: u64) -> Option<Message> {
        if differ == 0 || self.is_under_way(chain) || self.len() >= limits::PENDING_PER_PEER {
            return None;
        }
        Some(self.ask(chain, Search { same: 0, differ }))
    }

    /// Whether both sides have the same operation at `seq`. Answers what to ask the peer next; an answer to what was
    /// not asked ends the search.
    pub(super) fn narrow(&mut self, chain: Chain, seq: u64, both: bool) -> Option<Message> {
        let Search { same, differ } = self.0.remove(&chain)?;
        if seq <= same || seq >= differ {
            return None;
        }
        let search = if both { Search { same: seq, differ } } else { Search { same, differ: seq } };
        Some(self.ask(chain, search))
    }

    fn ask(&mut self, chain: Chain, search: Search) -> Message {
        let (space, device) = chain;
        let Search { same, differ } = search;
        if differ - same > 1 {
            self.0.insert(chain, search);
            return Message::Probe { space, device, seq: same + (differ - same) / 2 };
        }
        Message::Want { space, chains: vec![Want { device, from: differ, to: differ }] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAIN: Chain = (SpaceId::HALL, DeviceId::ZERO);

    /// Searches in a chain of `length` whose branches part at `first`; answers what is wanted, and the questions it took.
    fn search(length: u64, first: u64) -> (u64, u32) {
        let mut searches = Searches::default();
        let mut next = searches.begin(CHAIN, length);
        let mut questions = 0;
        loop {
            match next {
                Some(Message::Probe { seq, .. }) => next = searches.narrow(CHAIN, seq, seq < first),
                Some(Message::Want { chains, .. }) => {
                    assert_eq!(searches.len(), 0);
                    return (chains[0].from, questions);
                }
                _ => panic!("the search ended without a find"),
            }
            questions += 1;
        }
    }

    #[test]
    fn it_finds_where_they_part_in_few_questions() {
        for length in 1..40 {
            for first in 1..=length {
                assert_eq!(search(length, first).0, first);
            }
        }
        assert!(search(1 << 40, 12_345).1 <= 40);
    }

    #[test]
    fn an_answer_that_was_not_asked_for_ends_it() {
        let mut searches = Searches::default();
        assert!(searches.begin(CHAIN, 10).is_some());
        assert!(searches.begin(CHAIN, 12).is_none(), "one at a time");
        assert!(searches.narrow(CHAIN, 10, false).is_none());
        assert_eq!(searches.len(), 0);
    }
}
