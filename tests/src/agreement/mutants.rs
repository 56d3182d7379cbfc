//! Bugs in the rules or around them. The model has to find each; none is in the product's code.

use super::{
    evidence::Seen,
    model::Model,
    state::{ISSUES, State, number},
};
use folkmoot_protocol::agreement::{
    Said,
    rules::{self, Done, Evidence, Local, Proposal, Step},
};

/// A bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutant {
    /// A quorum is one less.
    SmallQuorum,
    /// A lock is left for any earlier quorum: line 29 without its condition.
    LooseLock,
    /// A precommit needs no prevotes.
    NoPrevotes,
    /// Whoever has voted certifies: a quorum of prevotes is a certificate, and what a later round may vote for is
    /// read from the votes that a quorum hands over. No second phase, no locks.
    OnePhase,
    /// A vote is sent before it is committed, so that a crash in between forgets it.
    VoteBeforeCommit,
    /// Line 23 asks for soundness only: whoever gave a receipt votes for what leaves the ballot out.
    NoFreshness,
}

impl Mutant {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::SmallQuorum, Self::LooseLock, Self::NoPrevotes, Self::OnePhase, Self::VoteBeforeCommit, Self::NoFreshness];
}

/// What a teller may do in the model: by the rules, or by a bug.
pub fn steps(local: &Local, seen: &Seen<'_>) -> Vec<Done> {
    match seen.model.mutant {
        Some(Mutant::LooseLock) => loose_lock(local, seen),
        Some(Mutant::OnePhase) => one_phase(local, seen),
        _ => rules::step(local, seen),
    }
}

/// Beside what the rules allow: any proposal with an earlier quorum, as if nothing were locked.
fn loose_lock(local: &Local, seen: &Seen<'_>) -> Vec<Done> {
    let mut steps = rules::step(local, seen);
    let quorum = |it: &Proposal| it.valid_round.is_some_and(|round| seen.prevotes(round, Some(it.issue)) >= seen.quorum());
    if local.step == Step::Propose {
        let left = seen.proposals(local.round).into_iter().filter(quorum);
        steps.extend(left.map(|it| (Local { step: Step::Prevote, ..*local }, Some(Said::Prevote(Some(it.issue))))));
    }
    steps
}

/// Steps without locks, and no vote in a later round for what the votes handed over speak against.
fn one_phase(local: &Local, seen: &Seen<'_>) -> Vec<Done> {
    let free = Local { locked: None, valid: None, ..*local };
    let steps = rules::step(&free, seen).into_iter();
    let handed_over = |said: &Option<Said>| match said {
        Some(Said::Prevote(Some(issue))) if local.round > 0 => may_be_handed_over(seen.state, local.round - 1, number(*issue)),
        _ => true,
    };
    steps.map(|(local, said)| (Local { locked: None, valid: None, ..local }, said)).filter(|(_, said)| handed_over(said)).collect()
}

/// Whether some quorum of votes of a round, with the hostile one's among them, has no other issue more often.
fn may_be_handed_over(state: &State, round: u32, issue: u8) -> bool {
    let count = |number: u8| state.count(round, |words| words.prevotes(Some(ISSUES[usize::from(number)])));
    // Two honest votes and the hostile one's: those for the other issue are left out as far as can be.
    let others = count(1 - issue);
    let honest = 3 - others;
    let least_others = 2usize.saturating_sub(honest);
    let for_it = count(issue).min(2 - least_others) + 1;
    for_it >= least_others
}

impl Model {
    /// Whether a certificate for an issue can be put together from a round, by what this model calls one.
    pub fn is_certified(&self, state: &State, round: u32, issue: u8) -> bool {
        let issue = Some(ISSUES[usize::from(issue)]);
        let votes = match self.mutant {
            Some(Mutant::OnePhase) => state.count(round, |words| words.prevotes(issue)),
            _ => state.count(round, |words| words.precommits(issue)),
        };
        votes + 1 >= self.quorum()
    }
}
