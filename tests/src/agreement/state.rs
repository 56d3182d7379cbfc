//! What the model remembers of three honest tellers, in few bytes.

use folkmoot_protocol::{
    agreement::{
        Said,
        rules::{Backed, Local, Step},
    },
    id::IssueId,
};

/// Most rounds that fit.
pub const ROUNDS: usize = 4;
/// The two issues.
pub const ISSUES: [IssueId; 2] = [IssueId([0; 32]), IssueId([1; 32])];

const STEPS: [Step; 3] = [Step::Propose, Step::Prevote, Step::Precommit];

/// All that can be said for sure, whatever is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct State {
    /// The honest tellers; where they are alike, in ascending order.
    pub tellers: [Teller; 3],
}

/// An honest teller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Teller {
    /// Its state.
    pub live: Mind,
    /// The state that it would restart from, where that is another: never, but with a bug.
    pub row: Option<Mind>,
    /// What it signed, by round.
    pub said: [Words; ROUNDS],
}

/// A [`Local`] in few bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mind {
    /// The present round.
    pub round: u8,
    step: u8,
    proposed: bool,
    /// Round and issue.
    pub locked: Option<(u8, u8)>,
    /// Round and issue.
    pub valid: Option<(u8, u8)>,
}

/// What a teller signed in one round: a bit for each thing that can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Words {
    /// For each issue, each earlier round, and none.
    proposals: u8,
    /// Nothing, then each issue.
    prevotes: u8,
    /// Nothing, then each issue.
    precommits: u8,
}

/// Its number, from 0.
pub fn number(issue: IssueId) -> u8 {
    issue.0[0]
}

/// The bit of a vote.
fn vote(issue: Option<IssueId>) -> u8 {
    issue.map_or(1, |issue| 2 << number(issue))
}

fn proposal(issue: IssueId, valid_round: Option<u32>) -> u8 {
    1 << (number(issue) * ROUNDS as u8 + valid_round.map_or(0, |round| round as u8 + 1))
}

impl State {
    /// Before anything.
    pub const START: Self = Self { tellers: [Teller { live: Mind::of(&Local::START), row: None, said: [Words::NONE; ROUNDS] }; 3] };

    /// How many honest tellers signed something that a test of their words finds.
    pub fn count(&self, round: u32, said: impl Fn(&Words) -> bool) -> usize {
        self.tellers.iter().filter(|teller| teller.said.get(round as usize).is_some_and(&said)).count()
    }
}

impl Teller {
    /// After it signed something in a round.
    pub fn after(mut self, round: u32, said: Option<Said>) -> Self {
        if let Some(said) = said {
            self.said[round as usize].add(said);
        }
        self
    }

    /// Whether it signed anything in a round at or after this one.
    pub fn came_to(&self, round: u32) -> bool {
        self.said[round as usize..].iter().any(|words| *words != Words::NONE)
    }
}

impl Words {
    const NONE: Self = Self { proposals: 0, prevotes: 0, precommits: 0 };

    fn add(&mut self, said: Said) {
        match said {
            Said::Propose { issue, valid_round } => self.proposals |= proposal(issue, valid_round),
            Said::Prevote(issue) => self.prevotes |= vote(issue),
            Said::Precommit(issue) => self.precommits |= vote(issue),
        }
    }

    /// Whether it holds a proposal.
    pub fn proposes(&self, issue: IssueId, valid_round: Option<u32>) -> bool {
        self.proposals & proposal(issue, valid_round) != 0
    }

    /// Whether it holds a prevote.
    pub fn prevotes(&self, issue: Option<IssueId>) -> bool {
        self.prevotes & vote(issue) != 0
    }

    /// Whether it holds a precommit.
    pub fn precommits(&self, issue: Option<IssueId>) -> bool {
        self.precommits & vote(issue) != 0
    }

    /// Whether it holds any prevote.
    pub fn has_prevoted(&self) -> bool {
        self.prevotes != 0
    }

    /// Whether it holds any precommit.
    pub fn has_precommitted(&self) -> bool {
        self.precommits != 0
    }

    /// Whether it holds no two things of one kind.
    pub fn is_honest(&self) -> bool {
        [self.proposals, self.prevotes, self.precommits].iter().all(|bits| bits.count_ones() <= 1)
    }
}

impl Mind {
    /// In few bytes.
    pub const fn of(local: &Local) -> Self {
        const fn pair(backed: &Option<Backed>) -> Option<(u8, u8)> {
            match backed {
                Some(backed) => Some((backed.round as u8, backed.issue.0[0])),
                None => None,
            }
        }
        let Local { round, step, proposed, locked, valid } = local;
        Self { round: *round as u8, step: *step as u8, proposed: *proposed, locked: pair(locked), valid: pair(valid) }
    }

    /// As the rules know it.
    pub fn local(&self) -> Local {
        let backed = |(round, issue): (u8, u8)| Backed { round: round.into(), issue: ISSUES[usize::from(issue)] };
        Local {
            round: self.round.into(),
            step: STEPS[usize::from(self.step)],
            proposed: self.proposed,
            locked: self.locked.map(backed),
            valid: self.valid.map(backed),
        }
    }
}
