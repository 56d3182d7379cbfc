//! Money in the smallest unit of its currency.

use super::{ValueError, quoted, whole};
use crate::{limits, money::Currency};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// An amount of money. Text form: `599 EUR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Money {
    /// In the smallest unit: cents of a euro, yen.
    #[n(0)]
    pub minor: u64,
    /// The currency.
    #[n(1)]
    pub currency: Currency,
}

impl Money {
    /// The sum; none where the currencies differ or it would be more than [`limits::MONEY_MINOR`].
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.alike(other, self.minor.checked_add(other.minor).filter(|sum| *sum <= limits::MONEY_MINOR))
    }

    /// What is left; none where the currencies differ or it would be less than nothing.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.alike(other, self.minor.checked_sub(other.minor))
    }

    fn alike(self, other: Self, minor: Option<u64>) -> Option<Self> {
        let minor = minor.filter(|_| self.currency == other.currency)?;
        Some(Self { minor, ..self })
    }

    /// Checks the amount's bound.
    pub fn check(&self) -> Result<(), ValueError> {
        super::within(self.minor, 0, limits::MONEY_MINOR, |minor| minor.to_string())
    }
}

impl FromStr for Money {
    type Err = ValueError;
    fn from_str(text: &str) -> Result<Self, ValueError> {
        let currency = || ValueError::Currency { found: quoted(text) };
        if text.contains(['.', ',']) {
            return Err(ValueError::Decimal { found: quoted(text) });
        }
        let form = || ValueError::Form { found: quoted(text), expected: super::ValueKind::Money.expected() };
        let (minor, letters) = match text.split_once(' ') {
            Some(both) => both,
            None if whole(text).is_some() => return Err(currency()),
            None => return Err(form()),
        };
        let money = Self { minor: whole(minor).ok_or_else(form)?, currency: letters.parse().map_err(|_| currency())? };
        money.check()?;
        Ok(money)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.minor, self.currency)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
