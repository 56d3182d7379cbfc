use super::super::{StatementError, at, beginning};
use crate::date::Date;

/// In which order a file writes days that could be read in two ways.
#[derive(Debug, Default)]
pub(super) struct Days {
    month_first: bool,
}

enum Written {
    /// Can be read in one way only.
    Clear(Date),
    /// Two numbers that are day and month, in either order.
    Open { first: u8, second: u8, year: u16 },
}

const EXPECTED: &str = "2026-11-03 or 03.11.2026 is expected";

impl Days {
    /// Finds the order out from all days of a file: no month is beyond 12.
    pub(super) fn of<'a>(days: impl Iterator<Item = (usize, &'a str)> + Clone) -> Result<Self, StatementError> {
        let open = days.filter_map(|(line, text)| match written(text) {
            Some(Written::Open { first, second, .. }) => Some((line, text, first, second)),
            _ => None,
        });
        let day_first = open.clone().find(|(_, _, first, _)| *first > 12);
        let month_first = open.clone().find(|(_, _, _, second)| *second > 12);
        match (day_first, month_first, open.clone().find(|(_, _, first, second)| first != second)) {
            (Some(day), Some(month), _) => {
                let (first, second) = if day.0 < month.0 { (day, month) } else { (month, day) };
                let what =
                    format!("`{}` has day and month in another order than `{}` in line {}: {EXPECTED}", beginning(second.1), beginning(first.1), first.0);
                Err(at(second.0, what))
            }
            (None, None, Some((line, text, ..))) => {
                let what = "may have the day first or the month, and no line of the file shows which: write its dates as 2026-11-03";
                Err(at(line, format!("`{}` {what}", beginning(text))))
            }
            (day, _, _) => Ok(Self { month_first: day.is_none() }),
        }
    }

    pub(super) fn read(&self, line: usize, text: &str) -> Result<Date, StatementError> {
        let date = written(text).and_then(|written| match written {
            Written::Clear(date) => Some(date),
            Written::Open { first, second, year } if self.month_first => Date::new(year, first, second),
            Written::Open { first, second, year } => Date::new(year, second, first),
        });
        date.ok_or_else(|| at(line, format!("`{}` is no date; {EXPECTED}", beginning(text))))
    }
}

fn written(text: &str) -> Option<Written> {
    let (day, time) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    if !time.chars().all(|c| c.is_ascii_digit() || [':', '.', '+', '-', 'Z', ' '].contains(&c)) {
        return None;
    }
    if day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit()) {
        return Date::new(day[..4].parse().ok()?, day[4..6].parse().ok()?, day[6..].parse().ok()?).map(Written::Clear);
    }
    let mark = day.chars().find(|c| ['.', '/', '-'].contains(c))?;
    let parts: Vec<&str> = day.split(mark).collect();
    let [a, b, c] = parts[..] else { return None };
    if !parts.iter().all(|part| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())) || b.len() > 2 {
        return None;
    }
    let number = |part: &str| part.parse::<u8>().ok();
    match (a.len(), c.len()) {
        (4, 1 | 2) => Date::new(a.parse().ok()?, number(b)?, number(c)?).map(Written::Clear),
        (1 | 2, 2 | 4) => {
            let year: u16 = c.parse().ok()?;
            let year = if c.len() == 2 { 2000 + year } else { year };
            let (first, second) = (number(a)?, number(b)?);
            if mark == '.' { Date::new(year, second, first).map(Written::Clear) } else { Some(Written::Open { first, second, year }) }
        }
        _ => None,
    }
}
