//! Durations after ISO 8601, without years and months: these have no fixed length.

use super::{ValueError, quoted, whole};

const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;

/// Reads a duration, in milliseconds: `P7D`, `P2W`, `PT10M`, `P1DT12H`, `PT2.5S`.
pub fn parse_duration(text: &str) -> Result<u64, ValueError> {
    let form =
        || ValueError::Form { found: quoted(text), expected: "a duration, such as P7D (days), PT24H (hours), PT10M (minutes) or PT2.5S (seconds)".into() };
    let rest = text.strip_prefix('P').ok_or_else(form)?;
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
            let ms = match number.split_once('.') {
                Some((seconds, part)) if *unit == 'S' => {
                    whole(seconds).filter(|_| !seconds.is_empty())?.checked_mul(SECOND)?.checked_add(thousandths(part)?)?
                }
                _ => whole(number)?.checked_mul(*length)?,
            };
            sum = sum.checked_add(ms)?;
            text = rest;
        }
    }
    if text.is_empty() { Some(sum) } else { None }
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

/// Writes a duration in the one form that it has here: days, hours, minutes and seconds, without those that are zero.
pub fn format_duration(ms: u64) -> String {
    let mut text = String::from("P");
    push(&mut text, ms / DAY, 'D');
    if !ms.is_multiple_of(DAY) || ms == 0 {
        text.push('T');
    }
    push(&mut text, ms % DAY / HOUR, 'H');
    push(&mut text, ms % HOUR / MINUTE, 'M');
    match (ms % MINUTE / SECOND, ms % SECOND) {
        (0, 0) if ms > 0 => {}
        (seconds, 0) => text.push_str(&format!("{seconds}S")),
        (seconds, part) => text.push_str(&format!("{seconds}.{}S", format!("{part:03}").trim_end_matches('0'))),
    }
    text
}

fn push(text: &mut String, number: u64, unit: char) {
    if number > 0 {
        text.push_str(&format!("{number}{unit}"));
    }
}
