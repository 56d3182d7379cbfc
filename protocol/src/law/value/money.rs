//! Money in the smallest unit of its currency.

use super::{ValueError, quoted, whole};
use crate::limits;
use minicbor::{Decode, Decoder, Encode, Encoder, encode::Write};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// A currency by its three capital letters after ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(pub [u8; 3]);

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

impl Currency {
    fn is_valid(self) -> bool {
        self.0.iter().all(u8::is_ascii_uppercase)
    }
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

    /// Checks the amount's bound and the currency's letters.
    pub fn check(&self) -> Result<(), ValueError> {
        if !self.currency.is_valid() {
            return Err(ValueError::Currency { found: self.to_string() });
        }
        super::within(self.minor, 0, limits::MONEY_MINOR, |minor| minor.to_string())
    }
}

impl FromStr for Currency {
    type Err = ValueError;
    fn from_str(text: &str) -> Result<Self, ValueError> {
        let letters = <[u8; 3]>::try_from(text.as_bytes()).ok().map(Self);
        letters.filter(|letters| letters.is_valid()).ok_or_else(|| ValueError::Currency { found: quoted(text) })
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

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|letter| write!(f, "{}", char::from(*letter)))
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Currency({self})")
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.minor, self.currency)
    }
}

impl<C> Encode<C> for Currency {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(&self.to_string())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Currency {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let at = d.position();
        d.str()?.parse().map_err(|_| minicbor::decode::Error::message("a currency is three capital letters").at(at))
    }
}

macro_rules! text_in_json {
    ($($name:ident)*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    )*};
}

text_in_json! { Currency Money }
