//! Money: whole numbers of a currency's smallest unit, and how they are written.

use minicbor::{Decode, Decoder, Encode, Encoder, encode::Write};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// A currency by its three capital letters (ISO 4217). No other letters ever stand in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// A text that names no currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a currency is three letters, as in EUR")]
pub struct CurrencyError;

/// A text that is no amount of money in its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Something else than digits with a point.
    #[error("this is no amount of money; digits with a point are expected, as in 4.99")]
    Form,
    /// Parts of the smallest unit.
    #[error("there are more decimals than the {decimals} of {currency}")]
    Decimals {
        /// The currency.
        currency: Currency,
        /// Its decimals.
        decimals: u32,
    },
    /// More than is counted.
    #[error("the amount is too large")]
    TooLarge,
}

/// Currencies whose smallest unit is not a hundredth, with their decimals (ISO 4217, table A.1).
const DECIMALS: [(&str, u32); 26] = [
    ("BHD", 3),
    ("BIF", 0),
    ("CLF", 4),
    ("CLP", 0),
    ("DJF", 0),
    ("GNF", 0),
    ("IQD", 3),
    ("ISK", 0),
    ("JOD", 3),
    ("JPY", 0),
    ("KMF", 0),
    ("KRW", 0),
    ("KWD", 3),
    ("LYD", 3),
    ("OMR", 3),
    ("PYG", 0),
    ("RWF", 0),
    ("TND", 3),
    ("UGX", 0),
    ("UYI", 0),
    ("UYW", 4),
    ("VND", 0),
    ("VUV", 0),
    ("XAF", 0),
    ("XOF", 0),
    ("XPF", 0),
];

impl Currency {
    /// How many decimals its amounts have: its smallest unit is so small a part of it.
    pub fn decimals(self) -> u32 {
        DECIMALS.iter().find(|(name, _)| *name == self.as_str()).map_or(2, |(_, decimals)| *decimals)
    }

    /// Its three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// An amount of its smallest units as people write it, without the currency: `-4.99`.
    pub fn written(self, amount_minor: i128) -> String {
        let (sign, amount) = (if amount_minor < 0 { "-" } else { "" }, amount_minor.unsigned_abs());
        match self.decimals() {
            0 => format!("{sign}{amount}"),
            decimals => {
                let unit = 10u128.pow(decimals);
                format!("{sign}{}.{:0width$}", amount / unit, amount % unit, width = decimals as usize)
            }
        }
    }

    /// The smallest units of an amount: digits, perhaps with a point and decimals, perhaps a sign before them. Further
    /// decimals are refused unless they are zeros.
    pub fn minor(self, text: &str) -> Result<i64, AmountError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.len() + part.len() == 0 || !whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit()) {
            return Err(AmountError::Form);
        }
        let (part, decimals) = (part.trim_end_matches('0'), self.decimals());
        let missing = (decimals as usize).checked_sub(part.len()).ok_or(AmountError::Decimals { currency: self, decimals })?;
        let units = whole.bytes().chain(part.bytes()).chain(std::iter::repeat_n(b'0', missing));
        let add = |amount: i64, digit: u8| amount.checked_mul(10)?.checked_sub(i64::from(digit - b'0'));
        // Below zero there is one number more.
        let below = units.into_iter().try_fold(0i64, add).ok_or(AmountError::TooLarge)?;
        if negative { Ok(below) } else { below.checked_neg().ok_or(AmountError::TooLarge) }
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        let letters: [u8; 3] = text.as_bytes().try_into().map_err(|_| CurrencyError)?;
        if letters.iter().all(u8::is_ascii_uppercase) { Ok(Self(letters)) } else { Err(CurrencyError) }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl<C> Encode<C> for Currency {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(self.as_str())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Currency {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let at = d.position();
        d.str()?.parse().map_err(|_| minicbor::decode::Error::message("a currency is three capital letters").at(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn currency(text: &str) -> Currency {
        text.parse().unwrap()
    }

    #[test]
    fn a_currency_is_three_capital_letters() {
        assert_eq!(currency("EUR").to_string(), "EUR");
        for no in ["", "eur", "EURO", "EU", "EU1", "€", "ÄU"] {
            assert_eq!(no.parse::<Currency>(), Err(CurrencyError), "{no}");
        }
    }

    #[test]
    fn amounts_have_their_currencys_decimals() {
        let minor = |text: &str, of: &str| currency(of).minor(text);
        assert_eq!((minor("4.99", "EUR"), minor("4.9", "EUR"), minor("-4", "EUR"), minor("+.5", "EUR")), (Ok(499), Ok(490), Ok(-400), Ok(50)));
        assert_eq!((minor("4.990000", "EUR"), minor("499", "JPY"), minor("4.", "JPY"), minor("0.123", "KWD")), (Ok(499), Ok(499), Ok(4), Ok(123)));
        assert_eq!(minor("4.999", "EUR"), Err(AmountError::Decimals { currency: currency("EUR"), decimals: 2 }));
        assert_eq!(minor("4.5", "JPY").unwrap_err().to_string(), "there are more decimals than the 0 of JPY");
        for no in ["", ".", "-", "4,99", "1e3", "4.9.9", "--4", "4 ", "٤"] {
            assert_eq!(minor(no, "EUR"), Err(AmountError::Form), "{no}");
        }
    }

    #[test]
    fn the_largest_amounts_are_read_and_no_larger_ones() {
        let minor = |text: &str| currency("JPY").minor(text);
        assert_eq!((minor("9223372036854775807"), minor("-9223372036854775808")), (Ok(i64::MAX), Ok(i64::MIN)));
        assert_eq!((minor("9223372036854775808"), minor("-9223372036854775809")), (Err(AmountError::TooLarge), Err(AmountError::TooLarge)));
        assert_eq!(currency("EUR").minor("92233720368547758.08"), Err(AmountError::TooLarge));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(amount: i64, which in 0..DECIMALS.len() + 1) {
            let currency = currency(DECIMALS.get(which).map_or("EUR", |(name, _)| name));
            prop_assert_eq!(currency.minor(&currency.written(amount.into())), Ok(amount));
        }
    }
}
