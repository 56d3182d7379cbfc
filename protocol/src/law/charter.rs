//! The charter: the keys by which a bill is judged, and ready-made readings of the founding text.

mod file;
pub(crate) mod founding;
mod relations;
mod words;

pub use file::{CharterErrors, FileError, Wrong, from_toml, to_toml};
pub use founding::{assumed, differing, founded};
pub(super) use relations::below;
pub use relations::{Contradiction, Rule};
pub use words::{BallotMode, ConflictRule, Denominator, DualBallots, EmptyBody, ModeratorVoters, Proposers};

use super::{
    Route,
    key::{KEYS, key, nearest},
    value::{Money, Value, ValueError, quoted},
};
use std::{collections::BTreeMap, fmt, str::FromStr};

/// What is wrong with a charter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CharterError {
    /// A key of the charter that is not there.
    #[error("the charter lacks {0}")]
    Missing(&'static str),
    /// A key that the law does not have.
    #[error("the law has no key '{name}'{}", nearest.map(|nearest| format!("; is {nearest} meant?")).unwrap_or_default())]
    Unknown {
        /// What was written.
        name: String,
        /// What may have been meant.
        nearest: Option<&'static str>,
    },
    /// A value that its key does not take.
    #[error("{key}: {error}")]
    Value {
        /// The key.
        key: &'static str,
        /// What is wrong with the value.
        error: ValueError,
    },
    /// Two values that do not go together.
    #[error("{0}")]
    Relation(Contradiction),
}

/// A reading of the founding text to begin from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Preset {
    /// Majorities of the ballots cast, with a quorum.
    Cast,
    /// Majorities of everybody in a body, with longer periods.
    Strict,
    /// As cast, with periods of seconds: for developers and the demo.
    Quick,
}

impl Preset {
    /// All of them, in the order of the table of keys.
    pub const ALL: [Self; 3] = [Self::Cast, Self::Strict, Self::Quick];

    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cast => "cast",
            Self::Strict => "strict",
            Self::Quick => "quick",
        }
    }

    /// Its values: every key of the charter, and every other key for which it has one.
    pub fn values(self) -> BTreeMap<String, Value> {
        let value = |kind, text: &str| Value::parse(kind, text).expect("the table holds values that its keys take");
        let texts = KEYS.iter().map(|spec| (spec, spec.presets[self as usize])).filter(|(_, text)| !text.is_empty());
        texts.map(|(spec, text)| (spec.name.into(), value(&spec.kind, text))).collect()
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that names no preset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no preset '{0}': they are cast, strict and quick")]
pub struct PresetError(pub String);

impl FromStr for Preset {
    type Err = PresetError;
    fn from_str(text: &str) -> Result<Self, PresetError> {
        Self::ALL.into_iter().find(|preset| preset.name() == text).ok_or_else(|| PresetError(quoted(text)))
    }
}

/// What a value of the charter becomes in Rust. That it is of its key's kind has been checked before.
trait Term: Sized {
    fn of(value: &Value) -> Option<Self>;
}

impl Term for u64 {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Integer(number) | Value::Duration(number) => Some(*number),
            _ => None,
        }
    }
}

impl Term for (u32, u32) {
    fn of(value: &Value) -> Option<Self> {
        if let Value::Fraction { num, den } = value { Some((*num, *den)) } else { None }
    }
}

impl Term for Money {
    fn of(value: &Value) -> Option<Self> {
        if let Value::Money(money) = value { Some(*money) } else { None }
    }
}

macro_rules! word_terms {
    ($($name:ident)*) => {$(
        impl Term for $name {
            fn of(value: &Value) -> Option<Self> {
                if let Value::Word(word) = value { Self::of(word) } else { None }
            }
        }
    )*};
}

word_terms! { BallotMode ConflictRule Denominator DualBallots EmptyBody ModeratorVoters Proposers }

fn term<T: Term>(values: &BTreeMap<String, Value>, name: &'static str) -> Result<T, CharterError> {
    let value = values.get(name).cloned().or_else(|| assumed(name)).ok_or(CharterError::Missing(name))?;
    check_value(name, &value)?;
    T::of(&value).ok_or(CharterError::Missing(name))
}

/// Checks one value against its key, which the law must have.
pub fn check_value(name: &str, value: &Value) -> Result<(), CharterError> {
    let spec = key(name).ok_or_else(|| CharterError::Unknown { name: quoted(name), nearest: nearest(name) })?;
    value.check(&spec.kind).map_err(|error| CharterError::Value { key: spec.name, error })
}

macro_rules! charter {
    ($($field:ident: $type:ty = $key:literal, $about:literal;)*) => {
        /// The charter as a bill is judged by it. Fractions are (above the line, below it).
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Charter {
            $(#[doc = concat!("`", $key, "`: ", $about)] pub $field: $type,)*
        }

        /// The keys that [`Charter`] reads.
        #[cfg(test)]
        const READ: &[&str] = &[$($key),*];

        impl Charter {
            fn terms(values: &BTreeMap<String, Value>) -> Result<Self, CharterError> {
                Ok(Self { $($field: term(values, $key)?,)* })
            }
        }
    };
}

charter! {
    ballot_mode: BallotMode = "ballot.mode", "how ballots on bills are made.";
    clock_tolerance_ms: u64 = "clock.tolerance", "how far tellers' clocks may be off.";
    confirming_period_ms: u64 = "confirming.period", "how long a confirming vote is open.";
    conflict_rule: ConflictRule = "conflict.rule", "what becomes of beneficiaries' ballots.";
    cooling_override_ms: u64 = "cooling.override", "from the close to the enactment after an override.";
    cooling_period_ms: u64 = "cooling.period", "from the close to the enactment.";
    deliberation_period_ms: u64 = "deliberation.period", "from the proposal to the earliest opening.";
    dual_ballots: DualBallots = "dual.ballots", "where the ballot of a member of both bodies counts.";
    empty_body: EmptyBody = "empty.body", "what a body does in which nobody is.";
    entrenched_fraction: (u32, u32) = "entrenched.fraction", "of the ballots cast, at least so many.";
    fee_minimum: Money = "fee.minimum", "the least monthly fee.";
    grace_period_ms: u64 = "grace.period", "from the end of the paid time to the loss of good standing.";
    growth_least: u64 = "growth.least", "people who may enter in a growth period at any size.";
    growth_percent: u64 = "growth.percent", "by how much the roll may grow in a growth period.";
    growth_period_ms: u64 = "growth.period", "the growth period.";
    heartbeat_period_ms: u64 = "heartbeat.period", "longest time without an issue.";
    inclusion_delay_ms: u64 = "inclusion.delay", "from a receipt to being printed.";
    late_swing_ms: u64 = "late.swing", "the end of a vote in which a turn extends it, and by how much; zero: never.";
    moderator_term_ms: u64 = "moderator.term", "a moderator's term.";
    moderator_voters: ModeratorVoters = "moderator.voters", "who elects and recalls a community's moderators.";
    office_term_ms: u64 = "office.term", "an officer's term.";
    override_fraction: (u32, u32) = "override.fraction", "more than so many consumers.";
    override_of: Denominator = "override.of", "of what the override's fraction is taken.";
    override_quorum: (u32, u32) = "override.quorum", "times the square root of the consumers.";
    participants_least: u64 = "participants.least", "from how many participants on these alone elect moderators.";
    petition_quorum: (u32, u32) = "petition.quorum", "times the square root of a community's participants.";
    proposers: Proposers = "proposers", "who may propose.";
    recovery_wait_ms: u64 = "recovery.wait", "without an issue, until members may recover.";
    refile_wait_ms: u64 = "refile.wait", "from a failure to the next proposal of the same.";
    removal_grace_ms: u64 = "removal.grace", "from a removal to the drop of what was removed.";
    simple_fraction: (u32, u32) = "simple.fraction", "more than so many in each body.";
    simple_of: Denominator = "simple.of", "of what the simple fraction is taken.";
    simple_quorum: (u32, u32) = "simple.quorum", "times the square root of the body.";
    sponsors_needed: u64 = "sponsors.needed", "members behind a bill, its proposer among them.";
    voting_period_ms: u64 = "voting.period", "from the opening to the deadline.";
    waiting_period_ms: u64 = "waiting.period", "from a member's entry to their first vote.";
}

impl Charter {
    /// How long a bill that passed in some way cools off.
    pub fn cooling_ms(&self, route: Route) -> u64 {
        if route == Route::Override { self.cooling_override_ms } else { self.cooling_period_ms }
    }

    /// Reads the charter from the law: all its keys there (or [`assumed`]), of their kinds, and in agreement with each other.
    /// Other keys are left alone.
    pub fn read(values: &BTreeMap<String, Value>) -> Result<Self, CharterError> {
        let charter = Self::terms(values)?;
        match charter.contradictions().into_iter().next() {
            Some(contradiction) => Err(CharterError::Relation(contradiction)),
            None => Ok(charter),
        }
    }
}

impl Default for Charter {
    fn default() -> Self {
        Self::read(&Preset::Cast.values()).expect("the preset cast is a charter")
    }
}

/// Checks all of the law's values: every key known, every value of its kind, the charter whole and in agreement.
/// Answers everything that is wrong.
pub fn check_values(values: &BTreeMap<String, Value>) -> Vec<CharterError> {
    let mut errors: Vec<_> = values.iter().filter_map(|(name, value)| check_value(name, value).err()).collect();
    let missing = KEYS.iter().filter(|spec| spec.charter && !spec.later && !values.contains_key(spec.name));
    errors.extend(missing.map(|spec| CharterError::Missing(spec.name)));
    if let (true, Ok(charter)) = (errors.is_empty(), Charter::terms(values)) {
        let fee = values.get("fee.regular").and_then(<Money as Term>::of);
        let found = charter.contradictions().into_iter().chain(fee.and_then(|fee| charter.fee_contradiction(fee)));
        errors.extend(found.map(CharterError::Relation));
    }
    errors
}

#[cfg(test)]
mod tests;
