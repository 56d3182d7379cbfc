//! What a key of the law may be set to, and how people write it.

mod duration;
mod money;

pub use duration::{duration_in_words, format_duration, parse_duration};
pub use money::Money;

use crate::text::{self, TextError};
use minicbor::{Decode, Encode};
use serde::{Serialize, Serializer};
use std::fmt;

/// Largest number above or below the line of a fraction.
pub const FRACTION_PART: u32 = 1000;

/// A value of the law. In JSON it is its text form. The order is that of its encoding, for maps and sorting only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Value {
    /// A whole number.
    #[n(0)]
    Integer(#[n(0)] u64),
    /// A fraction in lowest terms.
    #[n(1)]
    Fraction {
        /// Above the line.
        #[n(0)]
        num: u32,
        /// Below the line.
        #[n(1)]
        den: u32,
    },
    /// A length of time in milliseconds.
    #[n(2)]
    Duration(#[n(0)] u64),
    /// An amount of money.
    #[n(3)]
    Money(#[n(0)] Money),
    /// A text of any lines.
    #[n(4)]
    Text(#[n(0)] String),
    /// One of the words that the key allows.
    #[n(5)]
    Word(#[n(0)] String),
}

/// What values a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// A whole number, both ends included.
    Integer {
        /// The smallest.
        least: u64,
        /// The largest.
        most: u64,
    },
    /// A fraction of numbers up to [`FRACTION_PART`]; it may be above one.
    Fraction,
    /// A length of time, both ends included.
    Duration {
        /// The shortest, in milliseconds.
        least_ms: u64,
        /// The longest, in milliseconds.
        most_ms: u64,
    },
    /// An amount of money.
    Money,
    /// A text.
    Text {
        /// Its greatest length in characters.
        most_chars: usize,
    },
    /// One of these words.
    Word(&'static [&'static str]),
}

/// A text or a value that the law cannot take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// Not of the form that the kind has.
    #[error("'{found}' is not {expected}")]
    Form {
        /// What was written.
        found: String,
        /// What belongs there, with its article and an example.
        expected: String,
    },
    /// Years and months.
    #[error("'{found}' names years or months, which have no fixed length: say it in weeks (P2W) or days (P30D)")]
    Calendar {
        /// What was written.
        found: String,
    },
    /// Part of a millisecond.
    #[error("'{found}' is finer than a thousandth of a second")]
    TooFine {
        /// What was written.
        found: String,
    },
    /// A fraction over zero.
    #[error("'{found}' divides by zero")]
    Zero {
        /// What was written.
        found: String,
    },
    /// A fraction that is not in lowest terms.
    #[error("{found} is to be written in lowest terms: {lowest}")]
    NotLowest {
        /// The fraction.
        found: String,
        /// The same in lowest terms.
        lowest: String,
    },
    /// Outside of the bounds.
    #[error("{found} is not from {least} to {most}")]
    Range {
        /// What was written.
        found: String,
        /// The smallest that is allowed.
        least: String,
        /// The largest that is allowed.
        most: String,
    },
    /// Money with a decimal comma.
    #[error("'{found}' has a comma: the decimals of an amount stand behind a point, as in 5.99 EUR")]
    Comma {
        /// What was written.
        found: String,
    },
    /// Money with more decimals than its currency has.
    #[error("'{found}' has too many decimals: its currency has {decimals}")]
    Decimals {
        /// What was written.
        found: String,
        /// How many the currency has.
        decimals: u32,
    },
    /// Money without a currency, or with something else in its place.
    #[error("'{found}' names no currency: it stands behind the amount in three capital letters, as in 5.99 EUR")]
    Currency {
        /// What was written.
        found: String,
    },
    /// A text that may not stand there.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A value of another kind.
    #[error("{found} is not {expected}")]
    Kind {
        /// What was found, in its text form.
        found: String,
        /// What belongs there.
        expected: String,
    },
}

/// How much of what somebody wrote an error repeats.
const QUOTED_CHARS: usize = 40;

/// The start of what somebody wrote, on one line and without characters that hide or reorder.
pub(super) fn quoted(text: &str) -> String {
    let shown = |c: char| if c.is_control() || text::hides(c) { '\u{FFFD}' } else { c };
    let mut start: String = text.chars().take(QUOTED_CHARS).map(shown).collect();
    if text.chars().nth(QUOTED_CHARS).is_some() {
        start.push('…');
    }
    start
}

impl ValueKind {
    /// What values it takes, in words.
    pub fn expected(&self) -> String {
        match self {
            Self::Integer { least, most } => format!("a whole number from {least} to {most}"),
            Self::Fraction => format!("a fraction of whole numbers up to {FRACTION_PART}, such as 2/3"),
            Self::Duration { least_ms, most_ms } => {
                format!("a duration from {} to {}, such as 7 days (P7D)", duration_in_words(*least_ms), duration_in_words(*most_ms))
            }
            Self::Money => "an amount with its currency, such as 5.99 EUR".into(),
            Self::Text { most_chars } => format!("a text of up to {most_chars} characters"),
            Self::Word(words) => match words {
                [only] => format!("the word {only}"),
                words => format!("one of the words {}", words.join(", ")),
            },
        }
    }
}

impl Value {
    /// The value as a sentence has it: durations in words.
    pub fn in_words(&self) -> String {
        if let Self::Duration(ms) = self { duration_in_words(*ms) } else { self.to_string() }
    }

    /// Reads a value as people write it.
    pub fn parse(kind: &ValueKind, text: &str) -> Result<Self, ValueError> {
        let form = || ValueError::Form { found: quoted(text), expected: kind.expected() };
        let value = match kind {
            ValueKind::Integer { .. } => Self::Integer(whole(text).ok_or_else(form)?),
            ValueKind::Fraction => parse_fraction(text, form)?,
            ValueKind::Duration { .. } => Self::Duration(parse_duration(text)?),
            ValueKind::Money => Self::Money(text.parse()?),
            ValueKind::Text { .. } => Self::Text(text.into()),
            ValueKind::Word(words) => Self::Word((*words.iter().find(|word| **word == text).ok_or_else(form)?).into()),
        };
        value.check(kind)?;
        Ok(value)
    }

    /// Checks that it is of a kind, within its bounds, and in the one form that the kind has for it.
    pub fn check(&self, kind: &ValueKind) -> Result<(), ValueError> {
        match (self, kind) {
            (Self::Integer(number), ValueKind::Integer { least, most }) => within(*number, *least, *most, |number| number.to_string()),
            (Self::Fraction { num, den }, ValueKind::Fraction) => check_fraction(*num, *den),
            (Self::Duration(ms), ValueKind::Duration { least_ms, most_ms }) => within(*ms, *least_ms, *most_ms, duration_in_words),
            (Self::Money(money), ValueKind::Money) => money.check(),
            (Self::Text(text), ValueKind::Text { most_chars }) => Ok(text::check_body("the text", text, *most_chars)?),
            (Self::Word(word), ValueKind::Word(words)) if words.contains(&word.as_str()) => Ok(()),
            _ => Err(ValueError::Kind { found: quoted(&self.to_string()), expected: kind.expected() }),
        }
    }
}

/// Digits alone, without a sign; leading zeros are no harm.
pub(super) fn whole(text: &str) -> Option<u64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn within(found: u64, least: u64, most: u64, shown: impl Fn(u64) -> String) -> Result<(), ValueError> {
    if (least..=most).contains(&found) { Ok(()) } else { Err(ValueError::Range { found: shown(found), least: shown(least), most: shown(most) }) }
}

fn parse_fraction(text: &str, form: impl Fn() -> ValueError) -> Result<Value, ValueError> {
    let (num, den) = text.split_once('/').ok_or_else(&form)?;
    let part = |part: &str| whole(part).and_then(|part| u32::try_from(part).ok()).ok_or_else(&form);
    let (num, den) = (part(num)?, part(den)?);
    if den == 0 {
        return Err(ValueError::Zero { found: quoted(text) });
    }
    let divisor = common_divisor(num, den);
    Ok(Value::Fraction { num: num / divisor, den: den / divisor })
}

fn check_fraction(num: u32, den: u32) -> Result<(), ValueError> {
    let found = format!("{num}/{den}");
    if den == 0 {
        return Err(ValueError::Zero { found });
    }
    let divisor = common_divisor(num, den);
    if divisor > 1 {
        return Err(ValueError::NotLowest { found, lowest: format!("{}/{}", num / divisor, den / divisor) });
    }
    if num.max(den) > FRACTION_PART { Err(ValueError::Form { found, expected: ValueKind::Fraction.expected() }) } else { Ok(()) }
}

/// The greatest; of 0 and a number the number.
fn common_divisor(mut a: u32, mut b: u32) -> u32 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => write!(f, "{number}"),
            Self::Fraction { num, den } => write!(f, "{num}/{den}"),
            Self::Duration(ms) => f.write_str(&format_duration(*ms)),
            Self::Money(money) => write!(f, "{money}"),
            Self::Text(text) | Self::Word(text) => f.write_str(text),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests;
