//! Durations after ISO 8601 or in words, without years and months: these have no fixed length.

use super::{ValueError, quoted, whole};

const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;

/// The units as words, the largest first.
const UNITS: [(&str, u64); 5] = [("week", WEEK), ("day", DAY), ("hour", HOUR), ("minute", MINUTE), ("second", SECOND)];

/// Reads a duration, in milliseconds: `7 days`, `1 hour and 30 minutes`, or `P7D`, `P2W`, `PT10M`, `P1DT12H`, `PT2.5S`.
pub fn parse_duration(text: &str) -> Result<u64, ValueError> {
    let form = || ValueError::Form {
        found: quoted(text),
        expected: "a duration, such as 7 days, 24 hours, 10 minutes or 2.5 seconds, which are also P7D, PT24H, PT10M and PT2.5S".into(),
    };
    let Some(rest) = text.strip_prefix('P') else {
        let calendar = || text.contains("month") || text.contains("year");
        return words(text).ok_or_else(|| if calendar() { ValueError::Calendar { found: quoted(text) } } else { form() });
    };
    let (date, time) = match rest.split_once('T') {
        Some((date, time)) if !time.is_empty() => (date, time),
        None if !rest.is_empty() => (rest, ""),
        _ => return Err(form()),
    };
    if date.contains(['Y', 'M']) {
        return Err(ValueError::Calendar { found: quoted(text) });
    }
    if time.split_once('.').is_some_and(|(_, part)| part.trim_end_matches('S').len() > 3) {
        return Err(ValueError::TooFine { found: quoted(text) });
    }
    let date = parts(date, &[('W', WEEK), ('D', DAY)]).ok_or_else(form)?;
    let time = parts(time, &[('H', HOUR), ('M', MINUTE), ('S', SECOND)]).ok_or_else(form)?;
    date.checked_add(time).ok_or_else(form)
}

/// The sum of numbers, each before its unit, the units in order and each at most once.
fn parts(mut text: &str, units: &[(char, u64)]) -> Option<u64> {
    let mut sum: u64 = 0;
    for (unit, length) in units {
        if let Some((number, rest)) = text.split_once(*unit) {
            sum = sum.checked_add(units_of(number, *length)?)?;
            text = rest;
        }
    }
    if text.is_empty() { Some(sum) } else { None }
}

/// So many units in ms; of seconds alone there are parts.
fn units_of(number: &str, length: u64) -> Option<u64> {
    match number.split_once('.') {
        Some((seconds, part)) if length == SECOND => whole(seconds).filter(|_| !seconds.is_empty())?.checked_mul(SECOND)?.checked_add(thousandths(part)?),
        _ => whole(number)?.checked_mul(length),
    }
}

/// What stands behind the point of a number of seconds.
fn thousandths(part: &str) -> Option<u64> {
    let number = whole(part)?;
    match part.len() {
        1 => Some(number * 100),
        2 => Some(number * 10),
        3 => Some(number),
        _ => None,
    }
}

/// The sum of numbers, each before its unit as a word: as [`duration_in_words`] writes it.
fn words(text: &str) -> Option<u64> {
    let mut sum: u64 = 0;
    let mut units = UNITS.iter();
    for part in text.split(", ").flat_map(|part| part.split(" and ")) {
        let (number, unit) = part.split_once(' ')?;
        let (_, length) = units.find(|(word, _)| unit.strip_prefix(word).is_some_and(|end| end.is_empty() || end == "s"))?;
        sum = sum.checked_add(units_of(number, *length)?)?;
    }
    Some(sum)
}

/// Writes a duration as people say it: `7 days`, `1 hour and 30 minutes`, `2.5 seconds`.
pub fn duration_in_words(ms: u64) -> String {
    let mut parts: Vec<String> = Vec::new();
    let (mut rest, counted) = (ms, &UNITS[1..4]);
    for (word, length) in counted {
        let number = rest / length;
        rest %= length;
        if number > 0 {
            parts.push(format!("{number} {word}{}", if number == 1 { "" } else { "s" }));
        }
    }
    if rest > 0 || parts.is_empty() {
        parts.push(format!("{} second{}", seconds(rest), if rest == SECOND { "" } else { "s" }));
    }
    match parts.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => parts.concat(),
    }
}

/// So many ms as seconds, without zeros at the end.
fn seconds(ms: u64) -> String {
    match (ms / SECOND, ms % SECOND) {
        (seconds, 0) => seconds.to_string(),
        (seconds, part) => format!("{seconds}.{}", format!("{part:03}").trim_end_matches('0')),
    }
}

/// Writes a duration in the one form that it has here: days, hours, minutes and seconds, without those that are zero.
pub fn format_duration(ms: u64) -> String {
    let mut text = String::from("P");
    push(&mut text, ms / DAY, 'D');
    if !ms.is_multiple_of(DAY) || ms == 0 {
        text.push('T');
    }
    push(&mut text, ms % DAY / HOUR, 'H');
    push(&mut text, ms % HOUR / MINUTE, 'M');
    if !ms.is_multiple_of(MINUTE) || ms == 0 {
        text.push_str(&seconds(ms % MINUTE));
        text.push('S');
    }
    text
}

fn push(text: &mut String, number: u64, unit: char) {
    if number > 0 {
        text.push_str(&format!("{number}{unit}"));
    }
}
