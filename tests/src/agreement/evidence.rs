//! What an honest teller of the model may come to see: whatever honest ones signed, and whatever the hostile one can
//! sign. The conditions of the rules ask only that something was said, so that all that a teller may do after it
//! missed something is among what it may do after it saw everything.

use super::{
    model::{Freshness, Model},
    mutants::Mutant,
    state::{ISSUES, State, Words},
};
use folkmoot_protocol::{
    agreement::{
        quorum,
        rules::{Evidence, Proposal, Step},
    },
    id::IssueId,
};

/// Tellers, the hostile one included.
pub const TELLERS: usize = 4;

/// What is free: each is one way in which it can come.
#[derive(Debug, Clone, Copy)]
pub struct Mood {
    /// Whether a teller finds what it judges fresh, where it may.
    pub fresh: bool,
    /// The issue that it would propose.
    pub draft: IssueId,
    /// The round that it may catch up with.
    pub ahead: u32,
}

/// What one teller may see.
pub struct Seen<'a> {
    /// What is explored.
    pub model: &'a Model,
    /// What everybody signed.
    pub state: &'a State,
    /// The place of the teller among the honest ones.
    pub me: usize,
    /// What is free.
    pub mood: Mood,
}

impl Seen<'_> {
    /// The hostile one may say anything beside.
    fn count(&self, round: u32, said: impl Fn(&Words) -> bool) -> usize {
        self.state.count(round, said) + 1
    }
}

impl Evidence for Seen<'_> {
    fn quorum(&self) -> usize {
        quorum(TELLERS) - usize::from(self.model.mutant == Some(Mutant::SmallQuorum))
    }

    fn is_proposer(&self, round: u32) -> bool {
        self.model.proposer(round) == Some(self.me)
    }

    fn draft(&self) -> Option<IssueId> {
        Some(self.mood.draft)
    }

    fn issues(&self) -> Vec<IssueId> {
        ISSUES.to_vec()
    }

    fn sound(&self, _: IssueId) -> Option<bool> {
        Some(true)
    }

    fn fresh(&self, round: u32, issue: IssueId) -> Option<bool> {
        let may = match self.model.freshness {
            Freshness::Free => true,
            Freshness::Omits => issue == ISSUES[0] || self.me == 2,
            Freshness::Fades => round == 0,
        };
        Some((may || self.model.mutant == Some(Mutant::NoFreshness)) && self.mood.fresh)
    }

    fn proposals(&self, round: u32) -> Vec<Proposal> {
        let rounds = std::iter::once(None).chain((0..round).map(Some));
        let all = rounds.flat_map(|valid_round| ISSUES.map(|issue| Proposal { issue, valid_round }));
        let said = |it: &Proposal| self.state.count(round, |words| words.proposes(it.issue, it.valid_round)) > 0;
        let hostile = self.model.proposer(round).is_none();
        all.filter(|proposal| hostile || said(proposal)).collect()
    }

    fn prevotes(&self, round: u32, issue: Option<IssueId>) -> usize {
        match self.model.mutant {
            Some(Mutant::NoPrevotes) => TELLERS,
            _ => self.count(round, |words| words.prevotes(issue)),
        }
    }

    fn prevoters(&self, round: u32) -> usize {
        self.count(round, Words::has_prevoted)
    }

    fn precommits(&self, round: u32, issue: IssueId) -> usize {
        self.count(round, |words| words.precommits(Some(issue)))
    }

    fn precommitters(&self, round: u32) -> usize {
        self.count(round, Words::has_precommitted)
    }

    fn rounds(&self) -> Vec<u32> {
        (0..self.model.rounds).collect()
    }

    fn ahead(&self, round: u32) -> Option<u32> {
        let ahead = self.mood.ahead;
        let came = self.state.tellers.iter().any(|teller| teller.came_to(ahead));
        (ahead > round && came).then_some(ahead)
    }

    fn elapsed(&self, _: u32, _: Step) -> bool {
        true
    }
}
