//! Chance from a seed (splitmix64).

use std::time::Duration;

pub(crate) struct Chance(u64);

impl Chance {
    /// With the seed of `FOLKMOOT_CRASH_SEED`, else with a new one; prints it.
    pub(crate) fn from_environment() -> Self {
        let seed = number("FOLKMOOT_CRASH_SEED", fresh_seed());
        println!("FOLKMOOT_CRASH_SEED={seed}");
        Self::new(seed as u64)
    }

    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// One of `0..below`.
    pub(crate) fn below(&mut self, below: u64) -> u64 {
        self.next() % below.max(1)
    }

    /// A time up to a longest one.
    pub(crate) fn moment(&mut self, longest: Duration) -> Duration {
        Duration::from_micros(self.below(longest.as_micros() as u64))
    }

    /// A made-up word of 16 small letters.
    pub(crate) fn word(&mut self) -> String {
        (0..16).map(|_| char::from(b'a' + self.below(26) as u8)).collect()
    }

    /// Another source of chance, for a thread of its own.
    pub(crate) fn part(&mut self) -> Self {
        Self(self.next())
    }
}

/// Goes through so many rounds, and through more of them until something was tried: chance may strike too early in
/// each of a few. A round answers whether enough was tried by then. Answers how many rounds it took.
pub(crate) fn rounds(planned: usize, mut round: impl FnMut() -> bool) -> usize {
    const MORE: usize = 40;
    let (mut done, mut tried) = (0, false);
    while done < planned || !tried {
        assert!(done < planned + MORE, "nothing was tried");
        tried = round();
        done += 1;
    }
    done
}

/// How many kills a run has; the other tests go by it too.
pub(crate) fn kills() -> usize {
    number("FOLKMOOT_CRASH_KILLS", 10)
}

/// A number of the environment.
pub(crate) fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text}")))
}

fn fresh_seed() -> usize {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    u32::from_be_bytes(bytes) as usize
}
