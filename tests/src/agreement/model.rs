//! The model that stateright explores: three honest tellers and a hostile one, two issues, a few rounds.

use super::{
    evidence::{Mood, Seen, TELLERS},
    mutants::{Mutant, steps},
    state::{ISSUES, Mind, ROUNDS, State, Teller},
};
use folkmoot_protocol::agreement::{Said, quorum, rules::Local};
use stateright::Property;

/// What is explored.
#[derive(Debug, Clone, Copy)]
pub struct Model {
    /// Rounds, from 0; what leads beyond them is left out.
    pub rounds: u32,
    /// Who proposes.
    pub proposers: Proposers,
    /// What honest tellers may find fresh.
    pub freshness: Freshness,
    /// The bug in it.
    pub mutant: Option<Mutant>,
}

/// Who proposes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proposers {
    /// By turns, as in the product; the hostile teller has this place.
    Turns {
        /// 0 to 3.
        hostile: usize,
    },
    /// The hostile teller in every round. It may propose all that an honest one would, so that prevotes, precommits,
    /// locks and certificates of the other case are all among those of this one.
    Hostile,
}

/// What honest tellers may find fresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// Each in each round as it likes.
    Free,
    /// The second issue leaves out a ballot with receipts of two honest tellers and the hostile one: it is never fresh
    /// for those two.
    Omits,
    /// Nothing is fresh after round 0.
    Fades,
}

/// What happens next: to which teller, and how that leaves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// What it was.
    pub what: What,
    /// The place of the teller.
    pub teller: usize,
    /// The teller afterwards.
    pub after: Teller,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A step; with what it signs.
    Step(Option<Said>),
    /// What it knows is committed (where a bug has left that for later).
    Commit,
    /// It starts again from what is committed.
    Crash,
}

impl Model {
    /// How many tellers make a quorum here.
    pub fn quorum(&self) -> usize {
        quorum(TELLERS) - usize::from(self.mutant == Some(Mutant::SmallQuorum))
    }

    /// The honest teller who proposes in a round; none: the hostile one.
    pub fn proposer(&self, round: u32) -> Option<usize> {
        match self.proposers {
            Proposers::Hostile => None,
            Proposers::Turns { hostile } => match round as usize % TELLERS {
                place if place == hostile => None,
                place => Some(place - usize::from(place > hostile)),
            },
        }
    }

    fn moods(&self) -> impl Iterator<Item = Mood> {
        let rounds = self.rounds;
        (0..rounds.max(2)).map(move |i| Mood { fresh: i % 2 == 0, draft: ISSUES[i as usize % 2], ahead: (i + 1).min(rounds - 1) })
    }

    /// All that the rules allow a teller next.
    fn steps(&self, state: &State, me: usize) -> Vec<(Local, Option<Said>)> {
        let local = state.tellers[me].live.local();
        let all = self.moods().flat_map(|mood| steps(&local, &Seen { model: self, state, me, mood }));
        all.filter(|(local, _)| local.round < self.rounds).collect()
    }

    /// A step is committed together with what it signs, and sent at any time after, or never: others may miss it.
    fn after(&self, teller: &Teller, (local, said): (Local, Option<Said>)) -> Teller {
        let mut live = Mind::of(&local);
        if self.proposers == Proposers::Hostile {
            live.valid = None; // Nothing but an honest proposer's own proposal rests on it.
        }
        let row = (self.mutant == Some(Mutant::VoteBeforeCommit)).then(|| teller.row.unwrap_or(teller.live)).filter(|row| *row != live);
        Teller { live, row, ..*teller }.after(teller.live.round.into(), said)
    }

    /// Tellers that nothing tells apart stand in ascending order.
    fn in_order(&self, mut state: State) -> State {
        let alike = |a: usize, b: usize| {
            let proposes = |me| (0..self.rounds).any(|round| self.proposer(round) == Some(me));
            let told_apart = self.freshness == Freshness::Omits && (a == 2) != (b == 2);
            !proposes(a) && !proposes(b) && !told_apart
        };
        for (a, b) in [(0, 1), (1, 2), (0, 1), (0, 2)] {
            if state.tellers[a] > state.tellers[b] && alike(a, b) {
                state.tellers.swap(a, b);
            }
        }
        state
    }

    fn certified(&self, state: &State) -> impl Iterator<Item = (u32, u8)> {
        let all = (0..self.rounds).flat_map(|round| [(round, 0), (round, 1)]);
        all.filter(|(round, issue)| self.is_certified(state, *round, *issue))
    }
}

impl stateright::Model for Model {
    type State = State;
    type Action = Act;

    fn init_states(&self) -> Vec<State> {
        assert!((2..=ROUNDS as u32).contains(&self.rounds));
        vec![State::START]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Act>) {
        for (me, teller) in state.tellers.iter().enumerate() {
            for done in self.steps(state, me) {
                actions.push(Act { what: What::Step(done.1), teller: me, after: self.after(teller, done) });
            }
            actions.push(Act { what: What::Crash, teller: me, after: Teller { live: teller.row.unwrap_or(teller.live), row: None, ..*teller } });
            if teller.row.is_some() {
                actions.push(Act { what: What::Commit, teller: me, after: Teller { row: None, ..*teller } });
            }
        }
    }

    fn next_state(&self, state: &State, act: Act) -> Option<State> {
        let mut next = *state;
        next.tellers[act.teller] = act.after;
        let next = self.in_order(next);
        (next != *state).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut all = vec![
            Property::always("one issue is certified", one_issue),
            Property::always("one of each kind a round", |_, state: &State| state.tellers.iter().all(|it| it.said.iter().all(|words| words.is_honest()))),
            Property::always("no lock without a quorum of prevotes", locks_are_backed),
        ];
        match self.freshness {
            Freshness::Free => {
                all.push(Property::sometimes("certified in round 0", |model, state| model.certified(state).any(|(round, _)| round == 0)));
                all.push(Property::sometimes("certified in round 1 after nil", after_nil));
            }
            Freshness::Omits => all.push(Property::always("no receipted ballot is passed over", |model, state| model.certified(state).all(|it| it.1 == 0))),
            Freshness::Fades => all.push(Property::sometimes("a lock of round 0 certified in round 1, no longer fresh", a_stale_lock)),
        }
        all
    }
}

fn one_issue(model: &Model, state: &State) -> bool {
    !(model.certified(state).any(|(_, issue)| issue == 0) && model.certified(state).any(|(_, issue)| issue == 1))
}

/// By the true quorum, also where a bug counts otherwise.
fn locks_are_backed(_: &Model, state: &State) -> bool {
    let backed = |(round, issue): (u8, u8)| state.count(round.into(), |words| words.prevotes(Some(ISSUES[usize::from(issue)]))) + 1 >= quorum(TELLERS);
    state.tellers.iter().flat_map(|teller| [teller.live.locked, teller.live.valid]).flatten().all(backed)
}

/// In round 0 two honest tellers precommitted nil, so that nothing can be certified there any more.
fn after_nil(model: &Model, state: &State) -> bool {
    state.count(0, |words| words.precommits(None)) >= 2 && model.certified(state).any(|(round, _)| round == 1)
}

/// In round 1 nobody found anything fresh, so that only line 28 leads to a prevote for an issue.
fn a_stale_lock(model: &Model, state: &State) -> bool {
    let locked = |issue| state.count(0, |words| words.precommits(Some(ISSUES[usize::from(issue)]))) > 0;
    model.certified(state).any(|(round, issue)| round == 1 && locked(issue) && !model.is_certified(state, 0, issue))
}
