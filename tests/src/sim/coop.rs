//! A rough month in a co-op of thirty: tellers of whom some are hostile, members and officers who cheat, backups that come
//! back. Then the faults end, other tellers are elected, and the law has to be one, and right.

mod business;
mod crook;
mod disputes;
mod election;
mod founding;
mod heard;
mod history;
mod invariants;
mod laptops;
mod late;
mod members;
mod offices;
mod on_paper;
mod reasons;
mod recovery;
mod report;
mod sealed;
mod watch;

pub(super) use crook::Crook;
pub(super) use heard::Heard;
pub use report::CoopReport;

use super::{Faults, Malice, Sim, quick};
use business::Text;
use ed25519_dalek::SigningKey;
use folkmoot_protocol::{id::*, op::SignedOp};
use on_paper::OnPaper;
use std::collections::{BTreeMap, BTreeSet};
use watch::Watch;

/// People in the co-op.
const PEOPLE: usize = 30;
/// Machines beside the tellers'.
const OTHERS: usize = 2;
/// Rounds of faults.
const ROUNDS: usize = 50;
/// Simulated time in which all must agree once the faults have ended.
const PATIENCE_MS: u64 = 180_000;
/// How far honest tellers' clocks may be off, in ms.
pub(super) const OFF_MS: u64 = 400;

/// A co-op, and who is up to what.
struct Coop {
    sim: Sim,
    /// The keys of the machines: also whoever stole a copy signs with them.
    keys: Vec<SigningKey>,
    entropy: Vec<[u8; 64]>,
    /// Members with keys on paper.
    people: Vec<OnPaper>,
    /// How many tellers there are in the beginning: the first machines.
    tellers: usize,
    /// Which of them are hostile.
    crooks: Vec<usize>,
    /// Second devices of some of them.
    laptops: Vec<laptops::Laptop>,
    /// Bills, drafted or open.
    texts: Vec<Text>,
    /// Who is the treasurer and who the registrar beside the founder: on paper, the first hostile.
    treasurer: usize,
    registrar: usize,
    /// What machines' owners have accepted.
    accepted: BTreeSet<(usize, OpId)>,
    /// Operations that must not have any effect in law, and what they were.
    idle: BTreeMap<OpId, &'static str>,
    /// Operations with one number: at most one of them may be printed.
    rivals: Vec<[OpId; 2]>,
    /// Operations of another co-op.
    foreign: Vec<SignedOp>,
    /// An old disk: what a machine held a while ago.
    backup: Option<members::Backup>,
    watch: Watch,
}

/// Lives through one seed's month. Panics, with the seed, where something is wrong.
pub fn live_through_a_month(seed: u64) -> CoopReport {
    let mut coop = Coop::found(seed);
    coop.hire_tellers();
    coop.tie_laptops();
    let faults = coop.faults();
    coop.sim.set_faults(faults);
    coop.sim.be_good(false);
    for round in 0..ROUNDS {
        coop.sim.trouble(&(0..coop.tellers).collect::<Vec<_>>(), OFF_MS);
        if coop.somebody_is_up() {
            coop.business(round);
        }
        if coop.somebody_is_up() {
            coop.misdeed(round);
        }
        let pause = coop.sim.random.below(2_200);
        coop.sim.run_for(pause);
        if round % 4 == 0 {
            coop.look();
        }
    }
    coop.calm_down();
    if seed % 5 == 2 {
        coop.lose_the_tellers();
    }
    coop.elect_tellers();
    coop.sign_below_the_seal();
    coop.go_on();
    coop.end()
}

impl Coop {
    /// As in a rough week, but that cuts are rarer and end sooner, and no machine is slow: the tellers' timers run a hundred
    /// times as fast as in a co-op that is not `quick`. The hostile are those with keys here.
    fn faults(&mut self) -> Faults {
        let drawn = Faults::drawn(&mut self.sim.random);
        let (splits_one_in, one_way_one_in) = (3 * drawn.splits_one_in, 2 * drawn.one_way_one_in);
        Faults { hostile: vec![], delay_ms: (1, 20 + drawn.delay_ms.1 / 20), splits_one_in, one_way_one_in, heals_one_in: 4, slow_one_in: 0, ..drawn }
    }

    fn coop(&self) -> CoopId {
        self.sim.service(self.honest()).world().coop.expect("it was founded")
    }

    /// Whether any honest machine is up: those who have keys on paper hand in what they sign at one.
    fn somebody_is_up(&self) -> bool {
        self.sim.honest().into_iter().any(|node| self.sim.is_up(node))
    }

    /// The first machine that is honest and up.
    fn honest(&self) -> usize {
        self.sim.honest().into_iter().find(|node| self.sim.is_up(*node)).unwrap_or(0)
    }

    fn look(&mut self) {
        let up: Vec<usize> = self.sim.honest().into_iter().filter(|node| self.sim.is_up(*node)).collect();
        self.watch.look(&self.sim, &up);
    }

    /// Notes that something happened.
    fn fire(&mut self, what: &'static str) {
        self.sim.fire(what);
    }

    /// The faults end: all agree, what waits is printed, and what is open comes to its end.
    fn calm_down(&mut self) {
        self.sim.heal();
        for node in 0..self.sim.machines() {
            self.sim.skew_clock(node, 0);
        }
        self.hand_in_all();
        self.agree();
        self.look();
        let end = self.sim.now + 60_000;
        while self.sim.now < end && self.sim.state(self.honest()).next_end().is_some() {
            self.business(ROUNDS);
            self.sim.run_for(3_000);
        }
        self.agree();
        self.look();
    }

    /// All honest machines hold the same.
    fn agree(&mut self) {
        let honest = self.sim.honest();
        self.sim.until_all_hold_the_same(&honest, PATIENCE_MS);
    }

    /// Everybody on paper hands in all that they ever signed.
    fn hand_in_all(&mut self) {
        let node = self.honest();
        for who in 0..self.people.len() {
            let chain: Vec<SignedOp> = self.people[who].chain.iter().map(|(_, signed)| signed.clone()).collect();
            self.sim.import(node, chain);
        }
        self.sim.import(node, self.laptops_chains());
    }
}
