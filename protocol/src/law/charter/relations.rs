//! What must hold between the values of one charter, so that bills can pass, and none too easily.

use super::{Charter, Denominator};
use crate::law::value::{Money, Value};
use minicbor::{Decode, Encode};
use std::fmt;

/// Whether one fraction is below another.
pub(in crate::law) fn below((a, b): (u32, u32), (c, d): (u32, u32)) -> bool {
    u64::from(a) * u64::from(d) < u64::from(c) * u64::from(b)
}

/// A relation between values of the law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Rule {
    /// `simple.fraction` is from a half to below one.
    #[n(0)]
    SimpleFraction,
    /// `override.fraction` is from a half to below one.
    #[n(1)]
    OverrideFraction,
    /// `entrenched.fraction` is from a half to below one.
    #[n(2)]
    EntrenchedFraction,
    /// `override.fraction` is not below `simple.fraction`.
    #[n(3)]
    OverrideEasier,
    /// `entrenched.fraction` is not below `simple.fraction`.
    #[n(4)]
    EntrenchedEasier,
    /// `override.of` is body where `simple.of` is.
    #[n(5)]
    OverrideOf,
    /// `override.quorum` is not below `simple.quorum`.
    #[n(6)]
    OverrideQuorum,
    /// `voting.period` lets every ballot be printed.
    #[n(7)]
    VotingPrinted,
    /// `voting.period` is long beside `clock.tolerance`.
    #[n(8)]
    VotingClocks,
    /// `voting.period` is not below `late.swing`.
    #[n(9)]
    VotingSwing,
    /// `cooling.override` is not below `cooling.period`.
    #[n(10)]
    CoolingOverride,
    /// `recovery.wait` is above `heartbeat.period`.
    #[n(11)]
    RecoveryWait,
    /// `office.term` is above the time that a bill takes.
    #[n(12)]
    OfficeTerm,
    /// `moderator.term` is above the time that a bill takes.
    #[n(13)]
    ModeratorTerm,
    /// `fee.regular` is in the currency of `fee.minimum`.
    #[n(14)]
    FeeCurrency,
    /// `fee.regular` is not below `fee.minimum`.
    #[n(15)]
    FeeLeast,
    /// `confirming.period` lets every ballot be printed.
    #[n(16)]
    ConfirmingPrinted,
    /// `confirming.period` is not below `late.swing`.
    #[n(17)]
    ConfirmingSwing,
}

impl Rule {
    /// The key that it is about, what that must be, and why.
    fn said(self) -> (&'static str, &'static str, &'static str) {
        let printed = ("be longer than inclusion.delay and clock.tolerance together, twice", "else no ballot is sure to be printed in time");
        let swing = ("be at least late.swing", "the late part of a vote cannot be longer than the vote");
        let takes = "be longer than voting.period and cooling.period together";
        match self {
            Self::SimpleFraction => ("simple.fraction", "", ""),
            Self::OverrideFraction => ("override.fraction", "", ""),
            Self::EntrenchedFraction => ("entrenched.fraction", "", ""),
            Self::OverrideEasier => ("override.fraction", "not be easier than simple.fraction", ""),
            Self::EntrenchedEasier => ("entrenched.fraction", "not be easier than simple.fraction", ""),
            Self::OverrideOf => ("override.of", "", ""),
            Self::OverrideQuorum => ("override.quorum", "not be below simple.quorum", ""),
            Self::VotingPrinted => ("voting.period", printed.0, printed.1),
            Self::VotingClocks => ("voting.period", "be at least ten times clock.tolerance", "else clocks decide when a vote ends"),
            Self::VotingSwing => ("voting.period", swing.0, swing.1),
            Self::CoolingOverride => ("cooling.override", "be at least cooling.period", "an override waits no shorter than other bills"),
            Self::RecoveryWait => ("recovery.wait", "be longer than heartbeat.period", "else a quiet week looks like tellers who are gone"),
            Self::OfficeTerm => ("office.term", takes, "else an office ends before the next holder can be chosen"),
            Self::ModeratorTerm => ("moderator.term", takes, "else a moderator's term ends before the next can be chosen"),
            Self::FeeCurrency => ("fee.regular", "", ""),
            Self::FeeLeast => ("fee.regular", "be at least fee.minimum", ""),
            Self::ConfirmingPrinted => ("confirming.period", printed.0, printed.1),
            Self::ConfirmingSwing => ("confirming.period", swing.0, swing.1),
        }
    }
}

impl Rule {
    /// The keys between which it is, that which it is about first.
    pub(super) fn keys(self) -> Vec<&'static str> {
        let compared: &[&'static str] = match self {
            Self::SimpleFraction | Self::OverrideFraction | Self::EntrenchedFraction => &[],
            Self::OverrideEasier | Self::EntrenchedEasier => &["simple.fraction"],
            Self::OverrideOf => &["simple.of"],
            Self::OverrideQuorum => &["simple.quorum", "override.of"],
            Self::VotingPrinted | Self::ConfirmingPrinted => &["inclusion.delay", "clock.tolerance"],
            Self::VotingClocks => &["clock.tolerance"],
            Self::VotingSwing | Self::ConfirmingSwing => &["late.swing"],
            Self::CoolingOverride => &["cooling.period"],
            Self::RecoveryWait => &["heartbeat.period"],
            Self::OfficeTerm | Self::ModeratorTerm => &["voting.period", "cooling.period"],
            Self::FeeCurrency | Self::FeeLeast => &["fee.minimum"],
        };
        [&[self.said().0], compared].concat()
    }
}

/// Two values of the law that do not go together.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Contradiction {
    /// What does not hold.
    #[n(0)]
    pub rule: Rule,
    /// The value that the rule is about,
    #[n(1)]
    pub is: Value,
    /// and that to which it is compared.
    #[n(2)]
    pub bound: Value,
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (is, bound, (key, must, why)) = (self.is.in_words(), self.bound.in_words(), self.rule.said());
        match self.rule {
            Rule::SimpleFraction | Rule::OverrideFraction | Rule::EntrenchedFraction => {
                write!(f, "{key} is {is}: it must be at least 1/2, or fewer than half decide, and below 1, or nothing can pass")
            }
            Rule::OverrideOf => write!(f, "{key} is {is} while simple.of is {bound}: an override must not be easier than a simple bill"),
            Rule::FeeCurrency => write!(f, "{key} is {is} and fee.minimum is {bound}: they must be in one currency"),
            _ if why.is_empty() => write!(f, "{key} is {is}: it must {must}, which is {bound}"),
            _ => write!(f, "{key} is {is}: it must {must}, which is {bound}: {why}"),
        }
    }
}

fn fraction((num, den): (u32, u32)) -> Value {
    Value::Fraction { num, den }
}

impl Charter {
    /// All that does not go together.
    pub(super) fn contradictions(&self) -> Vec<Contradiction> {
        let mut found = self.in_fractions();
        found.extend(self.in_periods());
        found
    }

    fn in_fractions(&self) -> Vec<Contradiction> {
        let (simple, overriding, entrenched) = (self.simple_fraction, self.override_fraction, self.entrenched_fraction);
        let named = [(Rule::SimpleFraction, simple), (Rule::OverrideFraction, overriding), (Rule::EntrenchedFraction, entrenched)];
        let bounds = named.into_iter().filter(|(_, is)| below(*is, (1, 2)) || !below(*is, (1, 1)));
        let mut found: Vec<Contradiction> = bounds.map(|(rule, is)| Contradiction { rule, is: fraction(is), bound: fraction((1, 2)) }).collect();
        let stricter = [(Rule::OverrideEasier, overriding), (Rule::EntrenchedEasier, entrenched)].into_iter().filter(|(_, is)| below(*is, simple));
        found.extend(stricter.map(|(rule, is)| Contradiction { rule, is: fraction(is), bound: fraction(simple) }));
        if (self.simple_of, self.override_of) == (Denominator::Body, Denominator::Cast) {
            let (is, bound) = (Value::Word("cast".into()), Value::Word("body".into()));
            found.push(Contradiction { rule: Rule::OverrideOf, is, bound });
        }
        if self.override_of == Denominator::Cast && below(self.override_quorum, self.simple_quorum) {
            found.push(Contradiction { rule: Rule::OverrideQuorum, is: fraction(self.override_quorum), bound: fraction(self.simple_quorum) });
        }
        found
    }

    fn in_periods(&self) -> Vec<Contradiction> {
        let contradiction = |rule, is, bound| Contradiction { rule, is: Value::Duration(is), bound: Value::Duration(bound) };
        let at_least = |rule, is: u64, least: u64| if is < least { Some(contradiction(rule, is, least)) } else { None };
        let above = |rule, is: u64, bound: u64| if is <= bound { Some(contradiction(rule, is, bound)) } else { None };
        let (voting, confirming, tolerance) = (self.voting_period_ms, self.confirming_period_ms, self.clock_tolerance_ms);
        let printed = self.inclusion_delay_ms.saturating_add(tolerance).saturating_mul(2);
        let elected = voting.saturating_add(self.cooling_period_ms);
        [
            above(Rule::VotingPrinted, voting, printed),
            at_least(Rule::VotingClocks, voting, tolerance.saturating_mul(10)),
            at_least(Rule::VotingSwing, voting, self.late_swing_ms),
            above(Rule::ConfirmingPrinted, confirming, printed),
            at_least(Rule::ConfirmingSwing, confirming, self.late_swing_ms),
            at_least(Rule::CoolingOverride, self.cooling_override_ms, self.cooling_period_ms),
            above(Rule::RecoveryWait, self.recovery_wait_ms, self.heartbeat_period_ms),
            above(Rule::OfficeTerm, self.office_term_ms, elected),
            above(Rule::ModeratorTerm, self.moderator_term_ms, elected),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Why a regular fee does not go with the charter's least fee, if so.
    pub(super) fn fee_contradiction(&self, regular: Money) -> Option<Contradiction> {
        let least = self.fee_minimum;
        let contradiction = |rule| Some(Contradiction { rule, is: Value::Money(regular), bound: Value::Money(least) });
        match regular {
            regular if regular.currency != least.currency => contradiction(Rule::FeeCurrency),
            regular if regular < least => contradiction(Rule::FeeLeast),
            _ => None,
        }
    }
}
