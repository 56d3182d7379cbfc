//! Money of a currency.

use super::{ValueError, quoted};
use crate::{
    limits,
    money::{AmountError, Currency},
};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// An amount of money. Text form: `5.99 EUR`, with as many decimals as the currency has; fewer are read too.
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
        super::within(self.minor, 0, limits::MONEY_MINOR, |minor| Self { minor, ..*self }.to_string())
    }
}

impl Money {
    /// What was written is more than an amount may be.
    fn beyond(text: &str, currency: Currency) -> ValueError {
        let amount = |minor| Self { minor, currency }.to_string();
        ValueError::Range { found: quoted(text), least: amount(0), most: amount(limits::MONEY_MINOR) }
    }
}

impl FromStr for Money {
    type Err = ValueError;
    fn from_str(text: &str) -> Result<Self, ValueError> {
        let form = || ValueError::Form { found: quoted(text), expected: super::ValueKind::Money.expected() };
        let is_amount = |amount: &str| amount.starts_with(|first: char| first.is_ascii_digit()) && !amount.ends_with('.');
        let Some((amount, letters)) = text.split_once(' ') else {
            let alone = is_amount(text) && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            return Err(if alone { ValueError::Currency { found: quoted(text) } } else { form() });
        };
        if amount.contains(',') {
            return Err(ValueError::Comma { found: quoted(text) });
        }
        let currency: Currency = letters.parse().map_err(|_| ValueError::Currency { found: quoted(text) })?;
        let minor = currency.minor(amount).map_err(|error| match error {
            AmountError::Form => form(),
            AmountError::Decimals { .. } => ValueError::Decimals { found: quoted(text), decimals: currency.decimals() },
            AmountError::TooLarge => Self::beyond(text, currency),
        })?;
        let money = Self { minor: u64::try_from(minor).ok().filter(|_| is_amount(amount)).ok_or_else(form)?, currency };
        money.check().map_err(|_| Self::beyond(text, currency))?;
        Ok(money)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency.written(self.minor.into()), self.currency)
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
