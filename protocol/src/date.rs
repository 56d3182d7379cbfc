//! Days of the calendar, as banks and books date things. No clock and no zone: a day is what was written.

use serde::{Serialize, Serializer};
use std::{fmt, str::FromStr};

/// A day of the Gregorian calendar, from 1 January 1 to 31 December 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// A text that is no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a day is written as 2026-11-03")]
pub struct DateError;

impl Date {
    /// The day of these numbers, where there is one.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let there = (1..=9999).contains(&year) && (1..=12).contains(&month) && (1..=days(year, month)).contains(&day);
        there.then_some(Self { year, month, day })
    }

    /// Its year.
    pub fn year(self) -> u16 {
        self.year
    }

    /// Its month, from 1.
    pub fn month(self) -> u8 {
        self.month
    }

    /// Its day of the month, from 1.
    pub fn day(self) -> u8 {
        self.day
    }
}

fn days(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let bytes = text.as_bytes();
        let digits = |(n, byte): (usize, &u8)| if n == 4 || n == 7 { *byte == b'-' } else { byte.is_ascii_digit() };
        if bytes.len() != 10 || !bytes.iter().enumerate().all(digits) {
            return Err(DateError);
        }
        let number = |from: usize, to: usize| text[from..to].parse::<u16>().map_err(|_| DateError);
        let small = |from, to| number(from, to).map(|n| n as u8);
        Self::new(number(0, 4)?, small(5, 7)?, small(8, 10)?).ok_or(DateError)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_of_the_calendar_are_days() {
        let is = |text: &str| text.parse::<Date>().map(|date| date.to_string()) == Ok(text.to_owned());
        assert!(is("2026-11-03") && is("2024-02-29") && is("2000-02-29") && is("0001-01-01") && is("9999-12-31"));
        for no in ["2026-02-29", "1900-02-29", "2026-11-31", "2026-13-01", "2026-00-01", "2026-01-00", "0000-01-01", "2026-1-1", "20261103", "2026-11-0ü", ""]
        {
            assert_eq!(no.parse::<Date>(), Err(DateError), "{no}");
        }
    }

    #[test]
    fn days_are_in_order() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        assert!(day("2026-11-03") < day("2026-11-10") && day("2026-11-30") < day("2026-12-01") && day("2025-12-31") < day("2026-01-01"));
    }
}
