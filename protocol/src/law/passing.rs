//! When a bill passes (docs/src/protocol.md, Charter and passing): counts of two bodies against the charter.
//!
//! Only ballots *for* make a quorum. So one more of them never makes a passing bill fail, and one more
//! against or abstaining never makes a failing bill pass.

use super::charter::{Charter, Denominator, EmptyBody, below};
use minicbor::{Decode, Encode};
use serde::Serialize;

/// The ballots of one body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Encode, Decode, Serialize)]
#[cbor(array)]
pub struct Count {
    /// For the bill.
    #[n(0)]
    #[serde(rename = "for")]
    pub in_favour: u64,
    /// Against it.
    #[n(1)]
    pub against: u64,
    /// Neither; told, and never counted.
    #[n(2)]
    pub abstain: u64,
}

/// One of the two bodies at the end of a vote.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Encode, Decode, Serialize)]
#[cbor(array)]
pub struct Body {
    /// How many people were on its roll when the bill opened.
    #[n(0)]
    pub roll: u64,
    /// Their ballots.
    #[n(1)]
    pub count: Count,
}

/// How a bill passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize)]
#[cbor(index_only)]
#[serde(rename_all = "lowercase")]
pub enum Route {
    /// Both bodies approved it.
    #[n(0)]
    Simple,
    /// The consumers passed it alone.
    #[n(1)]
    Override,
    /// Both bodies approved a change of an entrenched key.
    #[n(2)]
    Entrenched,
}

/// Whether a bill passes, and the arithmetic behind it for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// How it passes, if it does; where it passes in two ways, the simple one.
    pub passes: Option<Route>,
    /// The consumers' part.
    pub consumers: BodyVerdict,
    /// The workers' part.
    pub workers: BodyVerdict,
    /// Whether the consumers override.
    pub overrides: bool,
    /// How many ballots for an override needs at least.
    pub override_quorum: u64,
    /// The override's arithmetic, in words.
    pub override_inequality: String,
    /// Whether enough are for it, be it too few against those who are not: in both bodies, or among
    /// consumers for an override.
    pub quorum_met: bool,
}

impl Verdict {
    /// The arithmetic by which a bill passes, or all of it where it does not.
    pub fn in_words(&self) -> String {
        let (consumers, workers, alone) = (&self.consumers.inequality, &self.workers.inequality, &self.override_inequality);
        match self.passes {
            Some(Route::Override) => format!("override: {alone}"),
            Some(_) => format!("consumers: {consumers}; workers: {workers}"),
            None => format!("consumers: {consumers}; workers: {workers}; consumers alone: {alone}"),
        }
    }
}

/// One body's part of a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BodyVerdict {
    /// Whether it approves, or nobody is in it and the charter does without it.
    pub approves: bool,
    /// How many ballots for it needs at least.
    pub quorum: u64,
    /// The arithmetic, in words.
    pub inequality: String,
}

/// The least number of ballots for: the smallest `F` with `den^2 F^2 >= num^2 N`, but at most `floor(N/2) + 1`.
pub fn quorum((num, den): (u32, u32), n: u64) -> u64 {
    let (num, den) = (u128::from(num), u128::from(den));
    let most = n / 2 + 1;
    // F^2 is whole: it is at least a fraction where it is at least the next whole number.
    let least_square = (num * num * u128::from(n)).div_ceil((den * den).max(1));
    let root = least_square.isqrt();
    let least = if root * root < least_square { root + 1 } else { root };
    u64::try_from(least).map_or(most, |least| least.min(most))
}

/// Whether a bill passes by a charter. `entrenched`: it changes an entrenched key.
pub fn verdict(charter: &Charter, consumers: Body, workers: Body, entrenched: bool) -> Verdict {
    let part = |body| approval(charter, body, entrenched);
    let (of_consumers, of_workers) = (part(consumers), part(workers));
    let by_override = overriding(charter, consumers, entrenched);
    let somebody = consumers.roll > 0 || workers.roll > 0;
    let both = somebody && of_consumers.approves && of_workers.approves;
    let passes = match (both, entrenched) {
        (true, true) => Some(Route::Entrenched),
        (true, false) => Some(Route::Simple),
        (false, _) => by_override.approves.then_some(Route::Override),
    };
    let enough = |body: Body, part: &BodyVerdict| if body.roll == 0 { part.approves } else { body.count.in_favour >= part.quorum };
    let enough_for_override = !entrenched && consumers.roll > 0 && consumers.count.in_favour >= by_override.quorum;
    let quorum_met = somebody && enough(consumers, &of_consumers) && enough(workers, &of_workers) || enough_for_override;
    Verdict {
        passes,
        consumers: of_consumers,
        workers: of_workers,
        overrides: by_override.approves,
        override_quorum: by_override.quorum,
        override_inequality: by_override.inequality,
        quorum_met,
    }
}

pub(super) fn approval(charter: &Charter, body: Body, entrenched: bool) -> BodyVerdict {
    let least = quorum(charter.simple_quorum, body.roll);
    if body.roll == 0 {
        let approves = charter.empty_body == EmptyBody::Waived;
        let words = if approves { "nobody is in it: the other body decides alone" } else { "nobody is in it: it cannot approve" };
        return BodyVerdict { approves, quorum: least, inequality: words.into() };
    }
    let simple = Comparison::more(charter.simple_fraction, charter.simple_of, body);
    let comparisons = if entrenched {
        let at_least = Comparison::at_least(charter.entrenched_fraction, body.count);
        // Of the same ballots the greater fraction says it all.
        let implied = charter.simple_of == Denominator::Cast && below(charter.simple_fraction, charter.entrenched_fraction);
        if implied { vec![at_least] } else { vec![at_least, simple] }
    } else {
        vec![simple]
    };
    conclude(&comparisons, body, least, ["approves", "does not approve"])
}

fn overriding(charter: &Charter, consumers: Body, entrenched: bool) -> BodyVerdict {
    let least = quorum(charter.override_quorum, consumers.roll);
    let never = |words: &str| BodyVerdict { approves: false, quorum: least, inequality: words.into() };
    if entrenched {
        return never("an entrenched key is not changed by an override");
    }
    if consumers.roll == 0 {
        return never("there are no consumers: nobody can override");
    }
    let comparison = Comparison::more(charter.override_fraction, charter.override_of, consumers);
    conclude(&[comparison], consumers, least, ["overrides", "does not override"])
}

fn conclude(comparisons: &[Comparison], body: Body, quorum: u64, [yes, no]: [&str; 2]) -> BodyVerdict {
    let in_favour = body.count.in_favour;
    let approves = in_favour > 0 && in_favour >= quorum && comparisons.iter().all(Comparison::holds);
    let mut parts: Vec<String> = comparisons.iter().map(Comparison::in_words).collect();
    if quorum > 0 {
        let sign = if in_favour >= quorum { ">=" } else { "<" };
        parts.push(format!("{in_favour} {sign} quorum {quorum}"));
    }
    BodyVerdict { approves, quorum, inequality: format!("{}: {}", parts.join(", and "), if approves { yes } else { no }) }
}

/// `den x F` against `num x (what the fraction is of)`, in whole numbers.
struct Comparison {
    left: u128,
    right: u128,
    /// Whether as many are enough.
    equal_is_enough: bool,
    words: [String; 2],
}

impl Comparison {
    fn more(fraction: (u32, u32), of: Denominator, body: Body) -> Self {
        let cast = (u128::from(body.count.in_favour) + u128::from(body.count.against), format!("{} + {}", body.count.in_favour, body.count.against));
        match of {
            Denominator::Cast => Self::new(fraction, body.count, cast, false),
            Denominator::Body => Self::new(fraction, body.count, (body.roll.into(), format!("{} on the roll", body.roll)), false),
        }
    }

    fn at_least(fraction: (u32, u32), count: Count) -> Self {
        let cast = u128::from(count.in_favour) + u128::from(count.against);
        Self::new(fraction, count, (cast, format!("{} + {}", count.in_favour, count.against)), true)
    }

    fn new((num, den): (u32, u32), count: Count, (whole, words): (u128, String), equal_is_enough: bool) -> Self {
        let right = match (num, words.contains('+')) {
            (1, _) => words,
            (num, true) => format!("{num} x ({words})"),
            (num, false) => format!("{num} x {words}"),
        };
        let words = [format!("{den} x {}", count.in_favour), right];
        Self { left: u128::from(den) * u128::from(count.in_favour), right: u128::from(num) * whole, equal_is_enough, words }
    }

    fn holds(&self) -> bool {
        self.left > self.right || self.equal_is_enough && self.left == self.right
    }

    fn in_words(&self) -> String {
        let sign = match (self.left.cmp(&self.right), self.equal_is_enough) {
            (std::cmp::Ordering::Less, _) => "<",
            (std::cmp::Ordering::Equal, true) => ">=",
            (std::cmp::Ordering::Equal, false) => "=",
            (std::cmp::Ordering::Greater, true) => ">=",
            (std::cmp::Ordering::Greater, false) => ">",
        };
        format!("{} {sign} {}", self.words[0], self.words[1])
    }
}

#[cfg(test)]
mod tests;
