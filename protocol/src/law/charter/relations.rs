//! What must hold between the values of one charter, so that bills can pass, and none too easily.

use super::{Charter, Denominator};
use crate::law::value::{Money, format_duration};

/// Whether one fraction is below another.
pub(in crate::law) fn below((a, b): (u32, u32), (c, d): (u32, u32)) -> bool {
    u64::from(a) * u64::from(d) < u64::from(c) * u64::from(b)
}

fn fraction((num, den): (u32, u32)) -> String {
    format!("{num}/{den}")
}

impl Charter {
    /// One sentence for each two values that do not go together.
    pub(super) fn contradictions(&self) -> Vec<String> {
        let mut found = self.in_fractions();
        found.extend(self.in_periods());
        found
    }

    fn in_fractions(&self) -> Vec<String> {
        let named =
            [("simple.fraction", self.simple_fraction), ("override.fraction", self.override_fraction), ("entrenched.fraction", self.entrenched_fraction)];
        let bounds = named.iter().filter(|(_, is)| below(*is, (1, 2)) || !below(*is, (1, 1)));
        let mut found: Vec<String> = bounds
            .map(|(name, is)| format!("{name} is {}: it must be at least 1/2, or fewer than half decide, and below 1, or nothing can pass", fraction(*is)))
            .collect();
        let simple = fraction(self.simple_fraction);
        let stricter = named[1..].iter().filter(|(_, is)| below(*is, self.simple_fraction));
        found.extend(stricter.map(|(name, is)| format!("{name} is {}: it must not be easier than simple.fraction, which is {simple}", fraction(*is))));
        if (self.simple_of, self.override_of) == (Denominator::Body, Denominator::Cast) {
            found.push("override.of is cast while simple.of is body: an override must not be easier than a simple bill".into());
        }
        if self.override_of == Denominator::Cast && below(self.override_quorum, self.simple_quorum) {
            let (is, least) = (fraction(self.override_quorum), fraction(self.simple_quorum));
            found.push(format!("override.quorum is {is}: it must not be below simple.quorum, which is {least}"));
        }
        found
    }

    fn in_periods(&self) -> Vec<String> {
        let at_least = |name: &str, is: u64, other: &str, least: u64, why: &str| {
            let sentence = || format!("{name} is {}: it must be at least {other}, which is {}: {why}", format_duration(is), format_duration(least));
            if is < least { Some(sentence()) } else { None }
        };
        let above = |name: &str, is: u64, other: &str, bound: u64, why: &str| {
            let sentence = || format!("{name} is {}: it must be longer than {other}, which is {}: {why}", format_duration(is), format_duration(bound));
            if is <= bound { Some(sentence()) } else { None }
        };
        let (voting, tolerance) = (self.voting_period_ms, self.clock_tolerance_ms);
        let printed = self.inclusion_delay_ms.saturating_add(tolerance).saturating_mul(2);
        let elected = voting.saturating_add(self.cooling_period_ms);
        let takes = "voting.period and cooling.period together";
        [
            above("voting.period", voting, "inclusion.delay and clock.tolerance together, twice", printed, "else no ballot is sure to be printed in time"),
            at_least("voting.period", voting, "ten times clock.tolerance", tolerance.saturating_mul(10), "else clocks decide when a vote ends"),
            at_least("voting.period", voting, "late.swing", self.late_swing_ms, "the late part of a vote cannot be longer than the vote"),
            at_least("cooling.override", self.cooling_override_ms, "cooling.period", self.cooling_period_ms, "an override waits no shorter than other bills"),
            above("recovery.wait", self.recovery_wait_ms, "heartbeat.period", self.heartbeat_period_ms, "else a quiet week looks like tellers who are gone"),
            above("office.term", self.office_term_ms, takes, elected, "else an office ends before the next holder can be chosen"),
            above("moderator.term", self.moderator_term_ms, takes, elected, "else a moderator's term ends before the next can be chosen"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Why a regular fee does not go with the charter's least fee, if so.
    pub(super) fn fee_contradiction(&self, regular: Money) -> Option<String> {
        let least = self.fee_minimum;
        if regular.currency != least.currency {
            return Some(format!("fee.regular is {regular} and fee.minimum is {least}: they must be in one currency"));
        }
        if regular < least { Some(format!("fee.regular is {regular}: it must be at least fee.minimum, which is {least}")) } else { None }
    }
}
