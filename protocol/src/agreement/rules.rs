//! What a teller may do, as one pure function of its own state and of the evidence before it. The core takes the
//! first step that is allowed; the model checker takes every one. Line numbers are those of Algorithm 1 in Buchman,
//! Kwon and Milosevic, "The latest gossip on BFT consensus" (arXiv 1807.04938).
//!
//! Every condition on the evidence asks that something was said, never that it was not: who has seen more may do
//! all that who has seen less may do.

use super::Said;
use crate::id::IssueId;
use minicbor::{Decode, Encode};

/// The part of a round in which a teller is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Step {
    /// Until it prevotes.
    #[n(0)]
    Propose,
    /// Until it precommits.
    #[n(1)]
    Prevote,
    /// Until the next round.
    #[n(2)]
    Precommit,
}

/// An issue, and a round in which it has a quorum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Backed {
    /// The round.
    #[n(0)]
    pub round: u32,
    /// The issue.
    #[n(1)]
    pub issue: IssueId,
}

/// What a teller has to remember of its own, whatever happens to its machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Local {
    /// The present round.
    #[n(0)]
    pub round: u32,
    /// The part of it.
    #[n(1)]
    pub step: Step,
    /// Whether it proposed in this round.
    #[n(2)]
    pub proposed: bool,
    /// The issue that it last precommitted: it prevotes for no other without line 29's reason.
    #[n(3)]
    pub locked: Option<Backed>,
    /// The issue of the newest quorum of prevotes that it knows: the one that it proposes.
    #[n(4)]
    pub valid: Option<Backed>,
}

/// A proposal, as its round's proposer signed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proposal {
    /// The issue.
    pub issue: IssueId,
    /// The earlier round in which it had a quorum of prevotes; none for a new one.
    pub valid_round: Option<u32>,
}

/// What a teller knows of the others, of the issues and of time.
pub trait Evidence {
    /// How many tellers make a quorum.
    fn quorum(&self) -> usize;
    /// Whether this teller is the proposer of a round.
    fn is_proposer(&self, round: u32) -> bool;
    /// The new issue that this teller would propose, once there is one.
    fn draft(&self) -> Option<IssueId>;
    /// The issues whose bodies are held.
    fn issues(&self) -> Vec<IssueId>;
    /// Whether all that an issue includes is held, it follows the one before and its derived fields recompute
    /// equal; none while that cannot be told. The same for ever, and for all who hold the same.
    fn sound(&self, issue: IssueId) -> Option<bool>;
    /// Whether an issue is near this teller's clock and leaves out nothing that is due by its receipts; none while
    /// that was not judged in this round.
    fn fresh(&self, round: u32, issue: IssueId) -> Option<bool>;
    /// What the proposer of a round proposed; more than one thing if it is hostile.
    fn proposals(&self, round: u32) -> Vec<Proposal>;
    /// How many tellers prevoted so in a round.
    fn prevotes(&self, round: u32, issue: Option<IssueId>) -> usize;
    /// How many tellers prevoted at all in a round.
    fn prevoters(&self, round: u32) -> usize;
    /// How many tellers precommitted an issue in a round.
    fn precommits(&self, round: u32, issue: IssueId) -> usize;
    /// How many tellers precommitted at all in a round.
    fn precommitters(&self, round: u32) -> usize;
    /// The rounds of which something is held.
    fn rounds(&self) -> Vec<u32>;
    /// A round above this one that more tellers have come to than may be hostile.
    fn ahead(&self, round: u32) -> Option<u32>;
    /// Whether the timer for a part of a round has run out.
    fn elapsed(&self, round: u32, step: Step) -> bool;
}

/// What a teller does: its state after, and what it says, if anything.
pub type Done = (Local, Option<Said>);

impl Local {
    /// Before anything (lines 2 to 10).
    pub const START: Self = Self { round: 0, step: Step::Propose, proposed: false, locked: None, valid: None };

    /// Lines 11 to 13.
    fn start(self, round: u32) -> Self {
        Self { round, step: Step::Propose, proposed: false, ..self }
    }

    fn prevote(self, issue: Option<IssueId>) -> Done {
        (Self { step: Step::Prevote, ..self }, Some(Said::Prevote(issue)))
    }

    fn precommit(self, issue: Option<IssueId>) -> Done {
        (Self { step: Step::Precommit, ..self }, Some(Said::Precommit(issue)))
    }
}

/// Everything that a teller may do next, what is better first.
pub fn step(local: &Local, evidence: &impl Evidence) -> Vec<Done> {
    let mut steps = propose(local, evidence);
    steps.extend(answer(local, evidence));
    steps.extend(back(local, evidence));
    steps.extend(give_up(local, evidence));
    steps.extend(catch_up(local, evidence));
    steps.extend(time_out(local, evidence));
    steps
}

/// The issue that is certified by what is held (lines 49 to 51), if there is one.
pub fn certified(evidence: &impl Evidence) -> Option<Backed> {
    let issues = evidence.issues();
    let all = evidence.rounds().into_iter().flat_map(|round| issues.iter().map(move |issue| Backed { round, issue: *issue }));
    let mut certified = all.filter(|it| evidence.precommits(it.round, it.issue) >= evidence.quorum());
    certified.find(|it| evidence.sound(it.issue) == Some(true))
}

/// Lines 14 to 19.
fn propose(local: &Local, evidence: &impl Evidence) -> Vec<Done> {
    if local.step != Step::Propose || local.proposed || !evidence.is_proposer(local.round) {
        return vec![];
    }
    let said = match local.valid {
        Some(valid) => Some(Said::Propose { issue: valid.issue, valid_round: Some(valid.round) }),
        None => evidence.draft().map(|issue| Said::Propose { issue, valid_round: None }),
    };
    said.map(|said| (Local { proposed: true, ..*local }, Some(said))).into_iter().collect()
}

/// Lines 22 to 33. What cannot be judged yet is waited for, until the timer runs out.
fn answer(local: &Local, evidence: &impl Evidence) -> Vec<Done> {
    if local.step != Step::Propose {
        return vec![];
    }
    let answers = evidence.proposals(local.round).into_iter().filter_map(|proposal| {
        let may = match proposal.valid_round {
            None => may_begin(local, proposal.issue, evidence),
            Some(valid_round) => may_go_on(local, proposal.issue, valid_round, evidence),
        };
        may.map(|may| local.prevote(may.then_some(proposal.issue)))
    });
    answers.collect()
}

/// Line 23: a new issue is sound and fresh, and this teller is not locked on another.
fn may_begin(local: &Local, issue: IssueId, evidence: &impl Evidence) -> Option<bool> {
    let free = local.locked.is_none_or(|locked| locked.issue == issue);
    let good = evidence.sound(issue)? && evidence.fresh(local.round, issue)?;
    Some(good && free)
}

/// Lines 28 and 29: an issue that a quorum prevoted in an earlier round was fresh then; a lock is left for a quorum
/// that is no older.
fn may_go_on(local: &Local, issue: IssueId, valid_round: u32, evidence: &impl Evidence) -> Option<bool> {
    if valid_round >= local.round || evidence.prevotes(valid_round, Some(issue)) < evidence.quorum() {
        return None;
    }
    let free = local.locked.is_none_or(|locked| locked.issue == issue || locked.round <= valid_round);
    Some(evidence.sound(issue)? && free)
}

/// Lines 36 to 43. The proposal itself is not asked for, its body is: a quorum of prevotes holds honest ones, which
/// saw it proposed.
fn back(local: &Local, evidence: &impl Evidence) -> Vec<Done> {
    if local.step == Step::Propose {
        return vec![];
    }
    let has_quorum = |issue: &IssueId| evidence.prevotes(local.round, Some(*issue)) >= evidence.quorum();
    let backed = evidence.issues().into_iter().filter(has_quorum).filter(|issue| evidence.sound(*issue) == Some(true));
    let backed = backed.map(|issue| Backed { round: local.round, issue });
    let done = backed.filter_map(|backed| match local.step {
        Step::Prevote => Some(Local { locked: Some(backed), valid: Some(backed), ..*local }.precommit(Some(backed.issue))),
        _ if local.valid.is_none_or(|valid| valid.round < backed.round) => Some((Local { valid: Some(backed), ..*local }, None)),
        _ => None,
    });
    done.collect()
}

/// Lines 44 to 46.
fn give_up(local: &Local, evidence: &impl Evidence) -> Option<Done> {
    let none = local.step == Step::Prevote && evidence.prevotes(local.round, None) >= evidence.quorum();
    none.then(|| local.precommit(None))
}

/// Lines 55 and 56.
fn catch_up(local: &Local, evidence: &impl Evidence) -> Option<Done> {
    let round = evidence.ahead(local.round).filter(|round| *round > local.round)?;
    Some((local.start(round), None))
}

/// Lines 57 to 67, with the conditions of lines 34 and 47 under which the timers were set.
fn time_out(local: &Local, evidence: &impl Evidence) -> Vec<Done> {
    let elapsed = |step| evidence.elapsed(local.round, step);
    let mut done = vec![];
    if local.step == Step::Propose && elapsed(Step::Propose) {
        done.push(local.prevote(None));
    }
    if local.step == Step::Prevote && elapsed(Step::Prevote) && evidence.prevoters(local.round) >= evidence.quorum() {
        done.push(local.precommit(None));
    }
    if elapsed(Step::Precommit) && evidence.precommitters(local.round) >= evidence.quorum() {
        done.extend(local.round.checked_add(1).map(|next| (local.start(next), None)));
    }
    done
}
