//! The tellers' agreement: what the model checker shows of the rules, and several cores together.

use folkmoot_protocol::agreement::Input;
use folkmoot_tests::{
    agreement::{
        model::{Freshness, Model, Proposers},
        mutants::Mutant,
        several::{Crash, Due, Several},
    },
    random::Random,
};
use stateright::{Checker, HasDiscoveries, Model as _};
use std::{collections::BTreeMap, time::Instant};

const FRESHNESS: [Freshness; 3] = [Freshness::Free, Freshness::Omits, Freshness::Fades];

/// 2, or what `FOLKMOOT_AGREEMENT_ROUNDS` says.
fn rounds() -> u32 {
    std::env::var("FOLKMOOT_AGREEMENT_ROUNDS").map_or(2, |rounds| rounds.parse().expect("a number of rounds"))
}

/// Explores all there is, and says how much that was.
fn explore(model: Model) {
    let begun = Instant::now();
    let checker = model.checker().threads(2).spawn_dfs().join();
    let (states, steps, depth) = (checker.unique_state_count(), checker.state_count(), checker.max_depth());
    println!("{model:?}: {states} states, {steps} steps, depth {depth}, {:.1} s", begun.elapsed().as_secs_f64());
    checker.assert_properties();
}

#[test]
fn no_two_issues_are_certified_whatever_a_hostile_proposer_does() {
    for freshness in FRESHNESS {
        explore(Model { rounds: rounds(), proposers: Proposers::Hostile, freshness, mutant: None });
    }
}

/// In the third and the fourth place the hostile teller does not propose in the first two rounds: they are alike.
#[test]
fn no_two_issues_are_certified_where_proposers_take_turns() {
    for (hostile, freshness) in (0..3).flat_map(|hostile| FRESHNESS.map(|freshness| (hostile, freshness))) {
        explore(Model { rounds: 2, proposers: Proposers::Turns { hostile }, freshness, mutant: None });
    }
}

/// A model with a bug breaks this property; the shortest way there is printed.
fn breaks(mutant: Mutant, property: &'static str) {
    let freshness = if mutant == Mutant::NoFreshness { Freshness::Omits } else { Freshness::Free };
    let model = Model { rounds: 3, proposers: Proposers::Hostile, freshness, mutant: Some(mutant) };
    let checker = model.checker().threads(2).finish_when(HasDiscoveries::AnyOf([property].into())).spawn_bfs().join();
    let path = checker.assert_any_discovery(property);
    println!("{mutant:?} breaks \"{property}\"; {} states seen:", checker.unique_state_count());
    path.into_actions().iter().for_each(|act| println!("  {} {:?}", act.teller, act.what));
}

#[test]
fn every_planted_bug_is_found() {
    let agreement = "one issue is certified";
    let found = [
        (Mutant::SmallQuorum, agreement),
        (Mutant::LooseLock, agreement),
        (Mutant::NoPrevotes, agreement),
        (Mutant::NoPrevotes, "no lock without a quorum of prevotes"),
        (Mutant::OnePhase, agreement),
        (Mutant::VoteBeforeCommit, agreement),
        (Mutant::VoteBeforeCommit, "one of each kind a round"),
        (Mutant::NoFreshness, "no receipted ballot is passed over"),
    ];
    assert!(Mutant::ALL.iter().all(|mutant| found.iter().any(|(it, _)| it == mutant)));
    found.into_iter().for_each(|(mutant, property)| breaks(mutant, property));
}

/// Whatever comes in whatever order, twice, or not at all, with crashes at any place and hostile tellers: what a core
/// does is among the steps of the rules (checked in [`Several`]), and no two issues are certified.
#[test]
fn cores_take_only_steps_of_the_rules() {
    let (mut certified, mut furthest, mut locked) = (0, 0, 0);
    for seed in 0..120 {
        let tellers = [4, 5, 7][seed as usize % 3];
        println!("seed {seed}, {tellers} tellers");
        let several = disorder(tellers, seed);
        let issues: std::collections::BTreeSet<_> = several.certified.iter().flatten().collect();
        assert!(issues.len() <= 1, "{issues:?}");
        certified += issues.len();
        let locals = several.cores.iter().flatten().map(|core| *core.local());
        furthest = locals.clone().map(|local| local.round).max().into_iter().chain([furthest]).max().unwrap();
        locked += locals.filter(|local| local.locked.is_some_and(|it| it.round < local.round)).count();
    }
    println!("{certified} of 120 certified an issue, round {furthest} was reached, {locked} locks were carried on");
    assert!(certified > 20 && furthest > 2 && locked > 5);
}

fn disorder(tellers: usize, seed: u64) -> Several {
    let mut several = Several::new(tellers, seed as usize % 3, seed, true);
    let bodies: Vec<_> = (0..2).map(|_| several.draft()).collect();
    for _ in 0..1500 {
        if several.random.one_in(12) {
            several.lie(4, &bodies);
        }
        let i = several.random.below(several.due.len().min(60) as u64) as usize;
        if i >= several.due.len() {
            break;
        }
        let (crash, again) = (crash(&mut several.random, 100), several.random.one_in(10));
        // Timers seldom run out before what came in was read, or nothing would ever be certified.
        let early = Several::timer(&several.due[i]).is_some() && !several.random.one_in(6);
        let due = if again || early { several.due[i].clone() } else { several.due.swap_remove(i) };
        if !early && !several.random.one_in(25) {
            several.happen(due, crash);
        }
    }
    several
}

/// A crash of one kind or another, once in so many times.
fn crash(random: &mut Random, times: u64) -> Crash {
    match (random.one_in(times), random.below(3)) {
        (false, _) => Crash::Not,
        (_, 0) => Crash::BeforeCommit,
        (_, 1) => Crash::BeforeSend,
        _ => Crash::AfterSend,
    }
}

/// A line with a time, in ms.
struct Line {
    several: Several,
    queue: BTreeMap<(u64, u64), Due>,
    now: u64,
    sent: u64,
}

impl Line {
    /// What was asked gets a time; before the line is good, half of what others say is lost.
    fn schedule(&mut self, good_from: u64) {
        for due in std::mem::take(&mut self.several.due) {
            let between_tellers = matches!(due.input, Input::Message(_) | Input::Certified { .. });
            if between_tellers && self.now < good_from && self.several.random.one_in(2) {
                continue;
            }
            let after = due.after_ms.unwrap_or_else(|| 10 + self.several.random.below(2000));
            self.sent += 1;
            self.queue.insert((self.now + after, self.sent), due);
        }
    }

    /// Until all honest tellers are at the end of the height; answers when.
    fn run(mut self, good_from: u64, most_ms: u64) -> (Several, u64) {
        let bodies: Vec<_> = (0..2).map(|_| self.several.draft()).collect();
        self.schedule(good_from);
        let ended = |several: &Several| several.cores.iter().flatten().all(|core| core.ended().is_some());
        while !ended(&self.several) {
            let next = self.queue.first_key_value().map(|((time, _), _)| *time);
            if self.now < good_from && next.is_none_or(|time| time >= good_from) {
                self.now = good_from;
                self.connect();
                self.schedule(good_from);
            }
            let Some(((time, _), due)) = self.queue.pop_first() else { panic!("nothing happens any more at {} ms", self.now) };
            self.now = time;
            assert!(time < most_ms, "no end: {:?}", self.several.cores.iter().flatten().map(|core| *core.local()).collect::<Vec<_>>());
            // Seldom: a teller that starts again asks the others for a whole round.
            let crash = if time < good_from { crash(&mut self.several.random, 400) } else { Crash::Not };
            self.several.happen(due, crash);
            if self.several.random.one_in(20) {
                let round = self.several.cores.iter().flatten().map(|core| core.local().round).max().unwrap();
                self.several.lie(round + 2, &bodies);
            }
            self.schedule(good_from);
        }
        (self.several, self.now)
    }

    /// On a new connection everything is offered again, and whoever is at the end says so.
    fn connect(&mut self) {
        for place in 0..self.several.cores.len() {
            self.several.offer(place, None);
        }
        self.several.certified_again();
    }
}

fn line(tellers: usize, hostile: usize, seed: u64) -> Line {
    Line { several: Several::new(tellers, hostile, seed, false), queue: BTreeMap::new(), now: 0, sent: 0 }
}

#[test]
fn without_faults_the_first_round_certifies() {
    for (seed, tellers) in (0..30).map(|seed| (seed, [4, 5, 7][seed as usize % 3])) {
        println!("seed {seed}, {tellers} tellers");
        let (several, ms) = line(tellers, 0, seed).run(0, 20_000);
        assert!(several.cores.iter().flatten().all(|core| core.local().round == 0), "{ms} ms");
    }
}

/// As many hostile tellers as may be, and for ten minutes a line that loses half and tellers that crash; then the line
/// is good, and an hour later at the latest all have certified the same.
#[test]
fn after_faults_it_ends() {
    let mut latest = 0;
    for (seed, tellers) in (0..45).map(|seed| (seed, [4, 5, 7][seed as usize % 3])) {
        println!("seed {seed}, {tellers} tellers");
        let (several, ms) = line(tellers, 2, seed).run(600_000, 4_200_000);
        let issues: std::collections::BTreeSet<_> = several.cores.iter().flatten().filter_map(|core| core.ended()).collect();
        assert_eq!(issues.len(), 1);
        latest = latest.max(ms);
    }
    println!("the last of all was at its end after {} s", latest / 1000);
}
