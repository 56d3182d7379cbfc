//! What is typed as an argument: durations, addresses, texts.

use crate::{api::Failure, reason::reason};
use clap::builder::ValueParser;
use folkmoot_protocol::limits;
use jiff::{Span, Timestamp, tz::TimeZone};
use std::{
    fs::File,
    io::{Read, stdin},
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

/// More than any text may have, so that it is refused by its length and not by memory.
const READ_BYTES: u64 = limits::TEXT_CHARS as u64 * 8;

/// A text that is given in one of three ways.
#[derive(Debug, clap::Args)]
#[group(id = "body", multiple = false)]
pub(super) struct Text {
    /// The text
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    text: Option<String>,
    /// Read the text from a file
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    file: Option<PathBuf>,
    /// Read the text from standard input
    #[arg(value_name = "-", value_parser = ValueParser::from(["-"]))]
    stdin: Option<String>,
}

impl Text {
    /// The text; none where none was given.
    pub(super) fn read(self) -> Result<Option<String>, Failure> {
        match (self.text, self.file) {
            (Some(text), _) if text == "-" => standard_input().map(Some),
            (Some(text), _) => Ok(Some(text.replace("\r\n", "\n"))),
            (None, Some(file)) if file == Path::new("-") => standard_input().map(Some),
            (None, Some(file)) => text_file(&file).map(Some),
            (None, None) if self.stdin.is_some() => standard_input().map(Some),
            (None, None) => Ok(None),
        }
    }
}

/// All of standard input, as a text.
pub(super) fn standard_input() -> Result<String, Failure> {
    text_of(stdin().lock(), "standard input")
}

/// A file's bytes, one more than `most` at the most; `hint` says what file to name.
pub(super) fn file_bytes(path: &Path, most: u64, hint: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes));
    read.map_err(|error| unreadable(path, &reason(&error), hint)).map(|_| bytes)
}

/// Why a file is of no use.
pub(super) fn unreadable(path: &Path, why: &str, hint: &str) -> Failure {
    Failure::new("file", format!("{} cannot be read: {why}", path.display()), hint)
}

pub(super) fn text_file(path: &Path) -> Result<String, Failure> {
    let file = File::open(path).map_err(|error| unreadable(path, &error.to_string(), "check the file's name and whether you may read it"))?;
    text_of(file, &path.display().to_string())
}

/// A text as documents hold it: lines end with a line feed, none after the last.
fn text_of(from: impl Read, what: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = from.take(READ_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::new("file", format!("{what} cannot be read: {error}"), "check what it is"))?;
    if bytes.len() as u64 > READ_BYTES {
        return Err(Failure::new("text", format!("{what} is too long: a text may have {} characters", limits::TEXT_CHARS), "write less, or write several"));
    }
    let text = String::from_utf8(bytes).map_err(|_| Failure::new("text", format!("{what} is no text in UTF-8"), "save it as plain text in UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Ok(text.replace("\r\n", "\n").trim_end_matches('\n').to_owned())
}

/// A length of time in ms, from now where it has months or years: ISO 8601 (`P7D`) or as `7d`, `12h`.
pub(super) fn duration_ms(text: &str) -> Result<u64, String> {
    let span: Span = text.parse().map_err(|_| "a length of time is written P7D, PT12H, PT30S or 7d, 12h, 30s".to_owned())?;
    let now = Timestamp::now().to_zoned(TimeZone::UTC);
    let duration = span.to_duration(&now).map_err(|_| "it is too long".to_owned())?;
    match u64::try_from(duration.as_millis()) {
        Ok(ms) if ms > 0 => Ok(ms),
        _ => Err("it must be longer than nothing".into()),
    }
}

/// A day, `2026-12-01`, as its first ms in UTC.
pub(super) fn day_ms(text: &str) -> Result<u64, String> {
    let day: jiff::civil::Date = text.parse().map_err(|_| "a day is written 2026-12-01".to_owned())?;
    let begins = day.to_zoned(TimeZone::UTC).map_err(|_| "there is no such day".to_owned())?;
    u64::try_from(begins.timestamp().as_millisecond()).map_err(|_| "days before 1970 are not known".to_owned())
}

/// A moment: a day as its first ms in UTC, a time of a day in UTC, or a length of time from now on.
pub(super) fn moment_ms(text: &str) -> Result<u64, String> {
    let time = || text.parse::<Timestamp>().ok().and_then(|time| u64::try_from(time.as_millisecond()).ok());
    let from_now = || Some(super::format::now_ms().saturating_add(duration_ms(text).ok()?));
    let form = "a moment is written 2026-12-01, 2026-12-01T18:30Z, or P30D for thirty days from now";
    day_ms(text).ok().or_else(time).or_else(from_now).ok_or_else(|| form.to_owned())
}

/// An address to listen on; without a port, any free one.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    let with_port = text.parse::<SocketAddr>().ok();
    with_port
        .or_else(|| text.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, 0)))
        .ok_or_else(|| "an address is written 192.0.2.7:4711, [2001:db8::7]:4711 or 0.0.0.0".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_iso_or_friendly() {
        assert_eq!(duration_ms("P7D"), Ok(7 * 86_400_000));
        assert_eq!(duration_ms("7d"), Ok(7 * 86_400_000));
        assert_eq!(duration_ms("PT30S"), Ok(30_000));
        assert!(duration_ms("P1M").is_ok_and(|ms| ms >= 28 * 86_400_000));
        assert!(duration_ms("-P1D").is_err());
        assert!(duration_ms("PT0S").is_err());
        assert!(duration_ms("soon").is_err());
    }

    #[test]
    fn a_moment_is_a_day_a_time_or_a_length_of_time_from_now() {
        assert_eq!(moment_ms("2026-12-01"), Ok(1_796_083_200_000));
        assert_eq!(moment_ms("2026-12-01T18:30Z"), Ok(1_796_083_200_000 + 18 * 3_600_000 + 1_800_000));
        let later = moment_ms("P1D").unwrap() - super::super::format::now_ms();
        assert!((86_300_000..=86_400_000).contains(&later));
        assert!(moment_ms("soon").unwrap_err().contains("2026-12-01T18:30Z"));
    }

    #[test]
    fn addresses_need_no_port() {
        assert_eq!(address("127.0.0.1"), Ok(SocketAddr::from(([127, 0, 0, 1], 0))));
        assert_eq!(address("[::1]:80").map(|address| address.port()), Ok(80));
        assert!(address("localhost").is_err());
    }

    #[test]
    fn a_text_loses_its_last_line_end_and_what_other_systems_add() {
        assert_eq!(text_of(&b"\xEF\xBB\xBFone\r\ntwo\n"[..], "it"), Ok("one\ntwo".into()));
        assert_eq!(text_of(&b"\xff"[..], "it").map_err(|failure| failure.code), Err("text".into()));
    }
}
