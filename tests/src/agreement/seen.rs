//! Whether what a core did follows the rules, by all that was signed anywhere.

use folkmoot_protocol::{
    agreement::{
        Said, most_hostile, proposer, quorum,
        rules::{self, Evidence, Local, Proposal, Step},
    },
    id::IssueId,
};
use std::collections::{BTreeMap, BTreeSet};

/// What honest tellers signed; hostile ones may have signed anything.
#[derive(Debug, Clone, Default)]
pub struct Signed {
    /// How many tellers there are.
    pub tellers: usize,
    /// The places of the hostile ones.
    pub hostile: BTreeSet<usize>,
    /// By round and teller.
    pub said: BTreeMap<(u32, usize), BTreeSet<Said>>,
    /// All issues, and whether they are sound.
    pub issues: BTreeMap<IssueId, bool>,
}

/// What one of them may have seen of it.
struct Seen<'a> {
    signed: &'a Signed,
    me: usize,
    fresh: bool,
    draft: Option<IssueId>,
    ahead: u32,
}

impl Signed {
    /// Whether a teller may have come from one state to another by steps of the rules, signing just this.
    pub fn allows(&self, me: usize, before: &Local, after: &Local, said: &[Said]) -> bool {
        let mut reached = vec![(*before, 0)];
        let mut next = 0;
        while let Some((local, signed)) = reached.get(next).copied() {
            if local == *after && signed == said.len() {
                return true;
            }
            for (local, word) in self.steps(me, &local, after.round, said) {
                let fits = word.is_none() || word == said.get(signed).copied();
                let step = (local, signed + usize::from(word.is_some()));
                if fits && !reached.contains(&step) {
                    reached.push(step);
                }
            }
            next += 1;
        }
        false
    }

    fn steps(&self, me: usize, local: &Local, ahead: u32, said: &[Said]) -> Vec<rules::Done> {
        let draft = said.iter().find(|said| matches!(said, Said::Propose { .. })).and_then(Said::issue);
        let seen = [false, true].map(|fresh| Seen { signed: self, me, fresh, draft, ahead });
        seen.iter().flat_map(|seen| rules::step(local, seen)).collect()
    }

    /// Whether each honest teller said at most one thing of each kind in each round.
    pub fn is_honest(&self) -> bool {
        let kinds = |said: &BTreeSet<Said>| said.iter().map(std::mem::discriminant).collect::<Vec<_>>();
        self.said.values().map(kinds).all(|kinds| (1..kinds.len()).all(|i| !kinds[..i].contains(&kinds[i])))
    }

    fn count(&self, round: u32, said: impl Fn(&Said) -> bool) -> usize {
        let honest = self.said.range((round, 0)..=(round, usize::MAX)).filter(|(_, words)| words.iter().any(&said)).count();
        honest + self.hostile.len()
    }
}

impl Evidence for Seen<'_> {
    fn quorum(&self) -> usize {
        quorum(self.signed.tellers)
    }

    fn is_proposer(&self, round: u32) -> bool {
        proposer(0, round, self.signed.tellers) == self.me
    }

    fn draft(&self) -> Option<IssueId> {
        self.draft
    }

    fn issues(&self) -> Vec<IssueId> {
        self.signed.issues.keys().copied().collect()
    }

    fn sound(&self, issue: IssueId) -> Option<bool> {
        self.signed.issues.get(&issue).copied()
    }

    fn fresh(&self, _: u32, _: IssueId) -> Option<bool> {
        Some(self.fresh)
    }

    fn proposals(&self, round: u32) -> Vec<Proposal> {
        let proposer = proposer(0, round, self.signed.tellers);
        let rounds = std::iter::once(None).chain((0..round).map(Some));
        let all = rounds.flat_map(|valid_round| self.issues().into_iter().map(move |issue| Proposal { issue, valid_round }));
        let said = |it: &Proposal| {
            let words = self.signed.said.get(&(round, proposer));
            words.is_some_and(|words| words.contains(&Said::Propose { issue: it.issue, valid_round: it.valid_round }))
        };
        all.filter(|it| self.signed.hostile.contains(&proposer) || said(it)).collect()
    }

    fn prevotes(&self, round: u32, issue: Option<IssueId>) -> usize {
        self.signed.count(round, |said| *said == Said::Prevote(issue))
    }

    fn prevoters(&self, round: u32) -> usize {
        self.signed.count(round, |said| matches!(said, Said::Prevote(_)))
    }

    fn precommits(&self, round: u32, issue: IssueId) -> usize {
        self.signed.count(round, |said| *said == Said::Precommit(Some(issue)))
    }

    fn precommitters(&self, round: u32) -> usize {
        self.signed.count(round, |said| matches!(said, Said::Precommit(_)))
    }

    fn rounds(&self) -> Vec<u32> {
        self.signed.said.keys().map(|(round, _)| *round).collect()
    }

    fn ahead(&self, round: u32) -> Option<u32> {
        let came: BTreeSet<usize> = self.signed.said.range((self.ahead, 0)..).map(|((_, teller), _)| *teller).collect();
        let enough = came.len() + self.signed.hostile.len() > most_hostile(self.signed.tellers);
        (self.ahead > round && enough).then_some(self.ahead)
    }

    fn elapsed(&self, _: u32, _: Step) -> bool {
        true
    }
}
