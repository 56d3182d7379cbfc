//! Numbers, times and strangers' texts as people read them in a terminal.

use super::{alike, output::Paint};
use folkmoot_protocol::view::{CommunityRef, OriginView, PersonView, RulingView, Whereabouts};
use jiff::{Timestamp, tz::TimeZone};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

/// Now, in ms since 1970.
pub(super) fn now_ms() -> u64 {
    u64::try_from(Timestamp::now().as_millisecond()).unwrap_or_default()
}

/// How long ago, or the day where it is more than a month. Nothing was written in the future: a clock was wrong.
pub(super) fn age(at: u64, now: u64) -> String {
    match now.saturating_sub(at) {
        ms if ms < MINUTE_MS => "just now".into(),
        ms if ms < 31 * DAY_MS => format!("{} ago", span(ms)),
        _ => local(at, "%Y-%m-%d"),
    }
}

/// A length of time in its largest unit.
pub(super) fn span(ms: u64) -> String {
    match ms {
        ms if ms < MINUTE_MS => format!("{} s", ms / 1000),
        ms if ms < HOUR_MS => format!("{} min", ms / MINUTE_MS),
        ms if ms < 2 * DAY_MS => format!("{} h", ms / HOUR_MS),
        ms => format!("{} days", ms / DAY_MS),
    }
}

/// A date and time on this machine's clock.
pub(super) fn date_and_time(at: u64) -> String {
    local(at, "%Y-%m-%d %H:%M")
}

/// The same of the beginning or the end of what lasts so long: with seconds where it is over within minutes.
pub(super) fn moment(at: u64, lasts_ms: u64) -> String {
    if lasts_ms < 10 * MINUTE_MS { local(at, "%Y-%m-%d %H:%M:%S") } else { date_and_time(at) }
}

/// A day in UTC, as dues have it.
pub(super) fn day(at: u64) -> String {
    let at = i64::try_from(at).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    at.map_or_else(|| "?".into(), |at| at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d").to_string())
}

fn local(at: u64, format: &str) -> String {
    let at = i64::try_from(at).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    at.map_or_else(|| "?".into(), |at| at.to_zoned(TimeZone::system()).strftime(format).to_string())
}

/// A clause as a sentence.
pub(super) fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

/// `1 comment`, `3 comments`.
pub(super) fn count(n: u64, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// Where a thing is known to be.
pub(super) fn whereabouts(state: Whereabouts) -> &'static str {
    match state {
        Whereabouts::OnThisDevice => "on this device",
        Whereabouts::WithPeers => "with peers",
    }
}

/// A person's name, with the start of their id where somebody else's looks like it; or that alone where they have none.
pub(super) fn person(person: &PersonView) -> String {
    named(&person.name, person.id.short(), alike::is_person(person.id))
}

/// What stands in place of what a moderator removed.
pub(super) fn removed(ruling: &RulingView) -> String {
    format!("[removed {}]", by_rule(ruling))
}

/// Until when a ban stands; 0: until it is taken back.
pub(super) fn until(until_ms: u64) -> String {
    if until_ms == 0 { "until that is taken back".into() } else { format!("until {}", date_and_time(until_ms)) }
}

/// `by Bob: rule 2, advertises a mill`
pub(super) fn by_rule(ruling: &RulingView) -> String {
    let rule = if ruling.rule == 0 { String::new() } else { format!("rule {}, ", ruling.rule) };
    let waits = if ruling.issue.is_none() { " (not printed yet)" } else { "" };
    format!("by {}: {rule}{}{waits}", person(&ruling.by), line(&ruling.reason))
}

fn named(name: &str, id: String, alike: bool) -> String {
    match name {
        "" => id,
        name if alike && name != id => format!("{} ({id})", line(name)),
        name => line(name),
    }
}

/// Who wrote something; for what came from elsewhere, who wrote it there, and who brought it in.
pub(super) fn author(name: &str, origin: Option<&OriginView>) -> String {
    match origin.map(|origin| address(&origin.actor)).filter(|actor| !actor.is_empty()) {
        Some(actor) => format!("{actor} (via {name})"),
        None => name.to_owned(),
    }
}

/// `https://lemmy.example/u/alice` as people write it: `alice@lemmy.example`.
fn address(actor: &str) -> String {
    let parts = actor.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
    match parts.map(|(host, path)| (host, path.rsplit('/').next().unwrap_or_default().trim_start_matches('@'))) {
        Some((host, name)) if !name.is_empty() => line(&format!("{name}@{host}")),
        _ => line(actor),
    }
}

/// A community's name, with the start of its id where another one's looks like it; or that alone where it has none.
pub(super) fn community(community: &CommunityRef) -> String {
    named(&community.name, community.id.short(), alike::is_community(community.id))
}

/// Parts with a dot between, without the empty ones.
pub(super) fn dotted(parts: &[String]) -> String {
    parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" · ")
}

/// A text on one line that a terminal takes for nothing else.
pub(super) fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || reorders(c) { ' ' } else { c }).collect()
}

/// A text of several lines that a terminal takes for nothing else, with so many blanks before each.
pub(super) fn body(text: &str, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let lines = text.trim_end().lines().map(|text| match line(&text.replace('\t', "    ")) {
        text if text.trim().is_empty() => String::new(),
        text => format!("{margin}{text}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The first line of a text, cut at so many characters.
pub(super) fn opening(text: &str, most: usize) -> String {
    let first = line(text.trim_start().lines().next().unwrap_or_default());
    match first.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", first[..end].trim_end()),
        None => first,
    }
}

/// Unicode's bidirectional overrides, embeddings and isolates.
fn reorders(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Rows with their cells under each other; the first row is a heading.
pub(super) fn table(paint: Paint, heading: &[&str], rows: &[Vec<String>]) -> String {
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| visible(cell)).chain([heading[column].chars().count()]).max().unwrap_or(0);
    let widths: Vec<usize> = (0..heading.len()).map(width).collect();
    let heading = heading.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    let mut text = paint.dim(aligned(&heading, &widths)) + "\n";
    for row in rows {
        text += &(aligned(row, &widths) + "\n");
    }
    text
}

fn aligned(row: &[String], widths: &[usize]) -> String {
    let last = row.len().saturating_sub(1);
    let cells = row.iter().zip(widths).enumerate().map(|(column, (cell, width))| match column {
        column if column == last => cell.clone(),
        _ => format!("{cell}{}", " ".repeat(width.saturating_sub(visible(cell)))),
    });
    cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

/// Characters that take room: all but those between an escape and its `m`.
fn visible(cell: &str) -> usize {
    let mut escaped = false;
    let takes_room = |c: &char| {
        let was = escaped || *c == '\u{1b}';
        escaped = was && *c != 'm';
        !was
    };
    cell.chars().filter(takes_room).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_in_the_largest_unit() {
        let now = 100 * DAY_MS;
        assert_eq!(age(now - 30_000, now), "just now");
        assert_eq!(age(now - 3 * MINUTE_MS, now), "3 min ago");
        assert_eq!(age(now - 30 * HOUR_MS, now), "30 h ago");
        assert_eq!(age(now - 5 * DAY_MS, now), "5 days ago");
        assert_eq!(age(now + 2 * HOUR_MS, now), "just now");
    }

    #[test]
    fn what_is_over_within_minutes_has_seconds() {
        assert!(moment(DAY_MS, 9 * MINUTE_MS).ends_with(":00:00") && !moment(DAY_MS, 10 * MINUTE_MS).ends_with(":00:00"));
    }

    #[test]
    fn a_remote_author_is_written_as_an_address() {
        let from = |actor: &str| OriginView { actor: actor.into(), object: String::new() };
        assert_eq!(author("Bob", Some(&from("https://lemmy.example/u/alice"))), "alice@lemmy.example (via Bob)");
        assert_eq!(author("Bob", Some(&from("https://social.example/@alice"))), "alice@social.example (via Bob)");
        assert_eq!(author("Bob", Some(&from(""))), "Bob");
    }

    #[test]
    fn a_terminal_is_not_commanded_by_a_text() {
        assert_eq!(body("a\u{1b}[31mb\n\tc\u{202E}d\r\n", 2), "  a [31mb\n      c d");
        assert_eq!(opening("one two\nthree", 5), "one t…");
    }

    #[test]
    fn colours_take_no_room_in_a_table() {
        let rows = vec![vec!["\u{1b}[1mab\u{1b}[0m".to_owned(), "x".into()], vec!["abcd".into(), "y".into()]];
        assert_eq!(table(Paint::NONE, &["n", "what"], &rows), "n     what\n\u{1b}[1mab\u{1b}[0m    x\nabcd  y\n");
    }
}
