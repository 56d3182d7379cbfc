//! Every precommit that went over any line: whoever could make a certificate of them, the checks can.

use folkmoot_protocol::{
    agreement::{Message as Words, Said, quorum},
    id::*,
    wire::Message,
};
use std::collections::{BTreeMap, BTreeSet};

/// How a message with words of a teller begins.
const WORDS: [u8; 2] = [0x82, 0x11];

/// Precommits by number, issue before, round and issue.
#[derive(Default)]
pub(crate) struct Heard {
    precommits: BTreeMap<(u64, IssueId, u32, IssueId), BTreeMap<DeviceId, Words>>,
}

impl Heard {
    /// Takes down what goes over a line.
    pub(crate) fn listen(&mut self, body: &[u8]) {
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
