//! The fault plan: all that goes wrong in one run, as one struct.

use super::Malice;
use crate::random::Random;

/// What goes wrong by itself, and how often. Chances are "once in so many"; 0: never.
#[derive(Debug, Clone)]
pub struct Faults {
    /// Shortest and longest time that a message is under way, in ms.
    pub delay_ms: (u64, u64),
    /// A connection breaks at a message.
    pub breaks_one_in: u64,
    /// A message is lost though its connection goes on. QUIC does not do that; it is asked for all the same.
    pub loses_one_in: u64,
    /// A message arrives twice.
    pub doubles_one_in: u64,
    /// A message overtakes those before it.
    pub reorders_one_in: u64,
    /// A machine is slow: once in so many machines, drawn when the run begins.
    pub slow_one_in: u64,
    /// The network splits in two, in a round.
    pub splits_one_in: u64,
    /// One machine is no longer heard by another, in a round.
    pub one_way_one_in: u64,
    /// All cuts end, in a round.
    pub heals_one_in: u64,
    /// A machine loses its memory and comes back, in a round.
    pub crashes_one_in: u64,
    /// A machine loses its memory while it writes, before or after the commit, in a round.
    pub dies_writing_one_in: u64,
    /// A clock is set, years off, in a round.
    pub clock_jumps_one_in: u64,
    /// A disk is full for a while, in a round.
    pub full_disks_one_in: u64,
    /// Machines whose owners mean harm, beside the honest ones.
    pub hostile: Vec<Malice>,
}

impl Faults {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self {
            delay_ms: (1, 5),
            breaks_one_in: 0,
            loses_one_in: 0,
            doubles_one_in: 0,
            reorders_one_in: 0,
            slow_one_in: 0,
            splits_one_in: 0,
            one_way_one_in: 0,
            heals_one_in: 0,
            crashes_one_in: 0,
            dies_writing_one_in: 0,
            clock_jumps_one_in: 0,
            full_disks_one_in: 0,
            hostile: vec![],
        }
    }

    /// A run of its own kind for each seed: every fault is left out of some runs, so that none hides another.
    pub fn drawn(random: &mut Random) -> Self {
        let quic = random.one_in(3);
        let mut chance = |often: u64| if random.one_in(4) { 0 } else { often / 2 + random.below(often) };
        let mut faults = Self {
            delay_ms: (1, 20),
            breaks_one_in: chance(80),
            loses_one_in: chance(80),
            doubles_one_in: chance(40),
            reorders_one_in: chance(40),
            slow_one_in: chance(6),
            splits_one_in: chance(30),
            one_way_one_in: chance(20),
            heals_one_in: 12,
            crashes_one_in: chance(25),
            dies_writing_one_in: chance(25),
            clock_jumps_one_in: chance(25),
            full_disks_one_in: chance(25),
            hostile: vec![],
        };
        if quic {
            (faults.loses_one_in, faults.doubles_one_in, faults.reorders_one_in) = (0, 0, 0);
        }
        faults.delay_ms.1 += random.below(3) * 1_000;
        for _ in 0..random.below(4) {
            faults.hostile.extend(random.pick(&Malice::ALL).copied());
        }
        faults
    }

    /// What a healed network does: nothing. The hostile stay what they are.
    pub(super) fn calm(&self) -> Self {
        Self { hostile: self.hostile.clone(), ..Self::none() }
    }
}
