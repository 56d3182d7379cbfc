//! What befalls machines, disks, clocks and the network, at a test's word.

use super::{Dying, Event, Faults, IDLE_MS, Sim};
use crate::random::Random;
use folkmoot_node::service::Service;

/// A year in ms.
const YEAR_MS: i64 = 365 * 86_400_000;

impl Sim {
    /// What goes wrong in a round, by the plan. The clocks of `steady` machines go off by `off_ms` at the most: they are
    /// tellers', which count in law.
    pub(super) fn trouble(&mut self, steady: &[usize], off_ms: u64) {
        let faults = self.faults().clone();
        let (machines, honest) = (self.machines(), self.honest());
        let one = |random: &mut Random| *random.pick(&honest).expect("somebody is honest");
        if self.random.one_in_or_never(faults.splits_one_in) {
            let labels: Vec<_> = (0..machines).map(|_| self.random.below(2) as usize).collect();
            self.split(&labels);
        }
        if self.random.one_in_or_never(faults.one_way_one_in) {
            let (from, to) = (one(&mut self.random), one(&mut self.random));
            self.cut_one_way(from, to);
        }
        if self.random.one_in_or_never(faults.heals_one_in) {
            self.mend();
        }
        if self.random.one_in_or_never(faults.crashes_one_in) {
            let node = one(&mut self.random);
            self.crash_and_return(node);
        }
        if self.random.one_in_or_never(faults.dies_writing_one_in) {
            let node = one(&mut self.random);
            self.die_writing(node);
        }
        if self.random.one_in_or_never(faults.clock_jumps_one_in) {
            let node = one(&mut self.random);
            let years = self.random.below(20) as i64 - 10;
            let ahead = if steady.contains(&node) { self.random.below(2 * off_ms) as i64 - off_ms as i64 } else { years * YEAR_MS };
            self.skew_clock(node, ahead);
        }
        if self.random.one_in_or_never(faults.full_disks_one_in) {
            let (node, for_ms) = (one(&mut self.random), 1_000 + self.random.below(20_000));
            self.fill_disk(node, for_ms);
        }
    }

    /// Splits the network: machines with equal labels reach each other.
    pub fn split(&mut self, labels: &[usize]) {
        self.mend();
        for (a, label) in labels.iter().enumerate() {
            for (b, other) in labels.iter().enumerate() {
                if label != other {
                    self.network.cut(a, b);
                }
            }
        }
        self.sever("partition");
    }

    /// From now on nothing that one machine sends reaches the other.
    pub fn cut_one_way(&mut self, from: usize, to: usize) {
        self.network.cut(from, to);
        self.sever("one-way partition");
    }

    /// Connections that are cut end when nothing has come back for long enough.
    fn sever(&mut self, fault: &'static str) {
        self.fire(fault);
        for link in self.network.severed() {
            self.later(IDLE_MS, Event::Idle { link });
        }
    }

    /// Ends all cuts: what was under way on connections that are still open arrives.
    pub fn mend(&mut self) {
        self.network.mend();
        let links: Vec<_> = self.network.links.keys().copied().collect();
        for link in links {
            let held = self.network.links.get_mut(&link).map(|link| std::mem::take(&mut link.held)).unwrap_or_default();
            for (to, body) in held {
                self.carry(link, to, body);
            }
        }
    }

    /// Changes what goes wrong by itself.
    pub fn set_faults(&mut self, faults: Faults) {
        for node in 0..self.machines() {
            self.machines[node].slow = self.happens(faults.slow_one_in, "slow machine");
        }
        self.network.faults = faults;
    }

    /// Ends all faults: every machine is up, and reaches every other. The hostile stay hostile.
    pub fn heal(&mut self) {
        self.network.faults = self.network.faults.calm();
        self.mend();
        for node in 0..self.machines() {
            self.machines[node].slow = false;
            self.machines[node].dying = None;
            self.free_disk(node);
            if !self.is_up(node) {
                self.restart(node);
            }
        }
    }

    /// Sets a machine's clock off.
    pub fn skew_clock(&mut self, node: usize, ahead_ms: i64) {
        self.fire("clock jump");
        self.machines[node].clock_ahead_ms = ahead_ms;
    }

    /// Drops a machine's memory. Its disk keeps what was committed, and forgets everything after.
    pub fn crash(&mut self, node: usize) {
        if let Some(service) = self.machines[node].service.take() {
            self.fire("crash");
            let (mut store, keys) = service.into_parts();
            store.roll_back().expect("rolling back");
            store.limit_growth(None).expect("no limit");
            self.machines[node].disk = Some((store, keys));
            self.machines[node].answers.clear();
            let open: Vec<_> = self.network.links_of(node);
            open.into_iter().for_each(|link| self.break_link(link));
        }
    }

    /// Starts a machine again from its disk.
    pub fn restart(&mut self, node: usize) {
        if let Some((store, keys)) = self.machines[node].disk.take() {
            let service = Service::open(store, keys);
            self.machines[node].service = Some(service.unwrap_or_else(|failure| panic!("seed {}: a restart needs no repair: {failure:?}", self.seed)));
            self.wake(node);
        }
    }

    /// Crashes a machine and has it come back a little later.
    pub fn crash_and_return(&mut self, node: usize) {
        if self.is_up(node) {
            self.crash(node);
            let after = 100 + self.random.below(5_000);
            self.later(after, Event::Restart { node });
        }
    }

    /// Has a machine lose its memory at the next thing that it does: before what that writes is committed, or
    /// after, but before anybody is told.
    pub fn die_writing(&mut self, node: usize) {
        let how = if self.random.one_in(2) { Dying::BeforeCommit } else { Dying::AfterCommit };
        self.machines[node].dying = Some(how);
    }

    /// A machine's disk takes nothing more for a while.
    pub fn fill_disk(&mut self, node: usize, for_ms: u64) {
        if self.is_up(node) {
            self.fire("full disk");
            self.service(node).store().limit_growth(Some(0)).expect("a limit");
            self.later(for_ms, Event::DiskFreed { node });
        }
    }

    pub(super) fn free_disk(&mut self, node: usize) {
        if self.is_up(node) {
            self.service(node).store().limit_growth(None).expect("no limit");
        }
    }

    /// Breaks a random connection.
    pub fn break_something(&mut self) {
        let links: Vec<_> = self.network.links.keys().copied().collect();
        if let Some(link) = self.random.pick(&links).copied() {
            self.fire("broken connection");
            self.break_link(link);
        }
    }
}
