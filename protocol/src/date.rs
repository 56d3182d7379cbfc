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

    /// The day in UTC of a time in ms since 1970; none after the year 9999.
    pub fn of_ms(ms: u64) -> Option<Self> {
        let length = |year: u16| if days(year, 2) == 29 { 366 } else { 365 };
        let (mut left, mut year) = (ms / DAY_MS, 1970);
        while left >= length(year) {
            (left, year) = (left - length(year), year + 1);
            if year > 9999 {
                return None;
            }
        }
        let mut month = 1;
        while left >= u64::from(days(year, month)) {
            (left, month) = (left - u64::from(days(year, month)), month + 1);
        }
        Self::new(year, month, left as u8 + 1)
    }

    /// When it begins in UTC, in ms since 1970; none before that.
    pub fn ms(self) -> Option<u64> {
        let year = u64::from(self.year.checked_sub(1970)?);
        // Leap days from 1970 on: 1969 years have 477.
        let past = u64::from(self.year - 1);
        let leap_days = past / 4 - past / 100 + past / 400 - 477;
        let months: u64 = (1..self.month).map(|month| u64::from(days(self.year, month))).sum();
        Some((year * 365 + leap_days + months + u64::from(self.day) - 1) * DAY_MS)
    }

    /// The first day of its month.
    pub fn first_of_month(self) -> Self {
        Self { day: 1, ..self }
    }

    /// The same day so many months later, or the last of that month if it is shorter; none after the year 9999.
    pub fn plus_months(self, months: u16) -> Option<Self> {
        let months = u16::from(self.month - 1).checked_add(months)?;
        let (year, month) = (self.year.checked_add(months / 12)?, (months % 12) as u8 + 1);
        Self::new(year, month, self.day.min(days(year, month)))
    }
}

/// A day, in ms.
pub const DAY_MS: u64 = 24 * 3600 * 1000;

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

    #[test]
    fn times_and_days_lead_to_each_other() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        for (text, ms) in [("1970-01-01", 0), ("2026-11-28", 1_795_824_000_000), ("2000-03-01", 951_868_800_000), ("9999-12-31", 253_402_214_400_000)] {
            assert_eq!((day(text).ms(), Date::of_ms(ms), Date::of_ms(ms + DAY_MS - 1)), (Some(ms), Some(day(text)), Some(day(text))), "{text}");
        }
        assert_eq!((day("1969-12-31").ms(), Date::of_ms(253_402_300_800_000), Date::of_ms(u64::MAX)), (None, None, None));
        let mut date = day("1970-01-01");
        for n in 0..60_000 {
            assert_eq!((Date::of_ms(n * DAY_MS), date.ms()), (Some(date), Some(n * DAY_MS)));
            let next = Date::new(date.year, date.month, date.day + 1);
            date = next.or_else(|| date.first_of_month().plus_months(1)).unwrap();
        }
    }

    #[test]
    fn months_end_where_they_end() {
        let later = |text: &str, months| text.parse::<Date>().unwrap().plus_months(months).map(|date| date.to_string());
        let expected = [("2026-11-01", 3, "2027-02-01"), ("2026-12-31", 2, "2027-02-28"), ("2024-01-31", 1, "2024-02-29"), ("2026-11-30", 12, "2027-11-30")];
        expected.iter().for_each(|(from, months, to)| assert_eq!(later(from, *months).as_deref(), Some(*to)));
        assert_eq!((later("9999-12-01", 1), later("2026-01-01", u16::MAX)), (None, Some("7487-04-01".into())));
    }
}
