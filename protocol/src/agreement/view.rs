//! What the rules see of what the core keeps.

use super::{
    Core, Said, proposer, quorum,
    rules::{Evidence, Proposal, Step},
};
use crate::id::IssueId;

impl Evidence for Core {
    fn quorum(&self) -> usize {
        quorum(self.tellers.len())
    }

    fn is_proposer(&self, round: u32) -> bool {
        proposer(self.place.height, round, self.tellers.len()) == usize::from(self.me)
    }

    fn draft(&self) -> Option<IssueId> {
        self.now.draft
    }

    fn issues(&self) -> Vec<IssueId> {
        self.bodies.keys().copied().collect()
    }

    fn sound(&self, issue: IssueId) -> Option<bool> {
        self.sound.get(&issue).copied()
    }

    fn fresh(&self, round: u32, issue: IssueId) -> Option<bool> {
        self.now.fresh.get(&issue).copied().filter(|_| round == self.local.round)
    }

    fn proposals(&self, round: u32) -> Vec<Proposal> {
        self.votes.proposals(round)
    }

    fn prevotes(&self, round: u32, issue: Option<IssueId>) -> usize {
        self.votes.count(round, Said::Prevote(issue))
    }

    fn prevoters(&self, round: u32) -> usize {
        self.votes.speakers(round, Said::Prevote(None).kind())
    }

    fn precommits(&self, round: u32, issue: IssueId) -> usize {
        self.votes.count(round, Said::Precommit(Some(issue)))
    }

    fn precommitters(&self, round: u32) -> usize {
        self.votes.speakers(round, Said::Precommit(None).kind())
    }

    fn rounds(&self) -> Vec<u32> {
        self.votes.rounds().into_iter().collect()
    }

    fn ahead(&self, round: u32) -> Option<u32> {
        self.votes.ahead(round, self.tellers.len())
    }

    fn elapsed(&self, round: u32, step: Step) -> bool {
        round == self.local.round && self.now.elapsed[step as usize]
    }
}
