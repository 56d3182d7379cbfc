//! Every precommit that went over any line: whoever could make a certificate of them, the checks can.

use folkmoot_protocol::{
    agreement::{Message as Words, Said, quorum},
    id::*,
    wire::Message,
};
use std::collections::{BTreeMap, BTreeSet};

/// More messages than these go over no lines within a simulated second, or nodes talk without end.
const MESSAGES_A_SECOND: u64 = 20_000;
/// How a message with words of a teller begins.
const WORDS: [u8; 2] = [0x82, 0x11];

/// Precommits by number, issue before, round and issue.
#[derive(Default)]
pub(crate) struct Heard {
    precommits: BTreeMap<(u64, IssueId, u32, IssueId), BTreeMap<DeviceId, Words>>,
    /// The present second, and how many messages of each kind it had, from whom to whom.
    second: (u64, BTreeMap<(u8, usize, usize), u64>),
}

impl Heard {
    /// Takes down what goes over a line at a time, from whom and to whom.
    pub(crate) fn listen(&mut self, now: u64, (from, to): (usize, usize), body: &[u8]) {
        if self.second.0 != now / 1_000 {
            self.second = (now / 1_000, BTreeMap::new());
        }
        *self.second.1.entry((body.get(1).copied().unwrap_or(0), from, to)).or_insert(0) += 1;
        let all: u64 = self.second.1.values().sum();
        assert!(all < MESSAGES_A_SECOND, "nodes talk without end at {now}: {:?}: {:?}", self.most(), Message::decode(body));
        if !body.starts_with(&WORDS) {
            return;
        }
        if let Ok(Message::Agreement(words)) = Message::decode(body)
            && let Said::Precommit(Some(issue)) = words.said
        {
            let place = (words.height, words.prev, words.round, issue);
            self.precommits.entry(place).or_default().entry(words.teller).or_insert(*words);
        }
    }

    /// Of which kind of message most are sent, from whom to whom.
    fn most(&self) -> Vec<(&(u8, usize, usize), &u64)> {
        self.second.1.iter().filter(|(_, times)| **times > MESSAGES_A_SECOND / 100).collect()
    }

    /// How many were taken down.
    pub(crate) fn len(&self) -> usize {
        self.precommits.values().map(BTreeMap::len).sum()
    }

    /// Which issues of a number could be certified by these tellers.
    pub(crate) fn certified(&self, coop: CoopId, (height, prev): (u64, IssueId), tellers: &[DeviceId]) -> BTreeSet<IssueId> {
        let least = (height, prev, 0, IssueId::ZERO);
        let here = self.precommits.range(least..).take_while(|((at, after, ..), _)| (*at, *after) == (height, prev));
        let sound = |words: &&Words| tellers.contains(&words.teller) && words.check(coop).is_ok();
        here.filter(|(_, words)| words.values().filter(sound).count() >= quorum(tellers.len())).map(|((.., issue), _)| *issue).collect()
    }
}
