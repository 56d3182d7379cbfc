//! How much work a peer may make. What brings something new is free; everything else draws on an allowance that
//! fills up with time. A peer that has used it up is read no faster than it fills; one that keeps it used up is
//! dropped. Pace only: it decides when something is looked at, never what becomes of it.

use folkmoot_protocol::limits;

/// A peer that was let off nothing for so long floods this node.
const FLOOD_MS: u64 = 60_000;
const PER_UNIT: i64 = 1000;
const MOST: i64 = limits::PEER_BURST as i64 * PER_UNIT;

/// What a peer may still ask for, in thousandths of a unit; a message is one unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    left: i64,
    at: u64,
    /// Since when it has not been half full again.
    short_since: Option<u64>,
}

impl Allowance {
    pub(super) fn full(now: u64) -> Self {
        Self { left: MOST, at: now, short_since: None }
    }

    /// Draws thousandths of a unit. Answers how long to wait before the peer is read again, in ms.
    pub(super) fn draw(&mut self, thousandths: u64, now: u64) -> u64 {
        // A unit a second is a thousandth a millisecond. A clock that was set back fills nothing.
        let elapsed = now.saturating_sub(self.at).min(u64::from(u32::MAX)) as i64;
        self.at = now;
        self.left = (self.left + elapsed * limits::PEER_UNITS_PER_SECOND as i64).min(MOST) - thousandths as i64;
        if self.left < 0 {
            self.short_since.get_or_insert(now);
        } else if self.left > MOST / 2 {
            self.short_since = None;
        }
        (-self.left).max(0) as u64 / limits::PEER_UNITS_PER_SECOND
    }

    /// Whether the peer keeps asking for more than it may.
    pub(super) fn floods(&self) -> bool {
        self.short_since.is_some_and(|since| self.left < 0 && self.at.saturating_sub(since) >= FLOOD_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_peer_never_waits() {
        let mut allowance = Allowance::full(0);
        for second in 1..10_000 {
            assert_eq!(allowance.draw(limits::PEER_UNITS_PER_SECOND * 1000, second * 1000), 0);
            assert!(!allowance.floods());
        }
    }

    #[test]
    fn a_burst_waits_and_is_forgiven() {
        let mut allowance = Allowance::full(0);
        let wait = allowance.draw(2 * limits::PEER_BURST * 1000, 1);
        assert!(wait > 0);
        assert_eq!(allowance.draw(0, 2 + wait), 0);
        assert!(!allowance.floods());
        assert_eq!(allowance.draw(0, 3_600_000), 0);
        assert!(allowance.short_since.is_none());
    }

    #[test]
    fn who_keeps_it_used_up_floods() {
        let mut allowance = Allowance::full(0);
        let mut now = 1;
        let mut units = 0;
        while !allowance.floods() {
            now += allowance.draw(1000, now);
            units += 1;
            assert!(now < 2 * FLOOD_MS, "it is noticed in time");
        }
        assert!(units <= limits::PEER_BURST + now / 1000 * limits::PEER_UNITS_PER_SECOND + 2, "no faster than it fills");
    }
}
