//! The keys that the law has: a closed table.

use super::{
    charter::{BallotMode, ConflictRule, Denominator, DualBallots, EmptyBody, ModeratorVoters, Proposers},
    value::ValueKind,
};
use crate::limits;

/// One key that the law has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeySpec {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: ValueKind,
    /// Whether only two thirds of both bodies change it (the fraction is itself a key).
    pub entrenched: bool,
    /// Whether it is part of the charter, which stays for a bill as it was when the bill opened.
    pub charter: bool,
    /// Whether it came after the first co-ops: where the law does not set it, it is as in cast, so that no register has a
    /// row for it that those before it had not.
    pub later: bool,
    /// What it does, in one sentence for members.
    pub about: &'static str,
    /// Its values in the presets cast, strict and quick, in text form; empty for none.
    pub presets: [&'static str; 3],
}

const SECOND: u64 = 1000;
const DAY: u64 = 24 * 60 * 60 * SECOND;
/// No period of the charter is longer,
const LONG: u64 = 366 * DAY;
/// but for terms of office and for how long things are kept.
const VERY_LONG: u64 = 36_525 * DAY;

const fn up_to(most_ms: u64) -> ValueKind {
    ValueKind::Duration { least_ms: 0, most_ms }
}

const fn some(most_ms: u64) -> ValueKind {
    ValueKind::Duration { least_ms: SECOND, most_ms }
}

const fn integer(least: u64, most: u64) -> ValueKind {
    ValueKind::Integer { least, most }
}

const TEXT: ValueKind = ValueKind::Text { most_chars: limits::LAW_TEXT_CHARS };

const fn charter(name: &'static str, kind: ValueKind, presets: [&'static str; 3], about: &'static str) -> KeySpec {
    KeySpec { name, kind, entrenched: false, charter: true, later: false, about, presets }
}

const fn entrenched(name: &'static str, kind: ValueKind, presets: [&'static str; 3], about: &'static str) -> KeySpec {
    KeySpec { entrenched: true, ..charter(name, kind, presets, about) }
}

const fn later(name: &'static str, kind: ValueKind, presets: [&'static str; 3], about: &'static str) -> KeySpec {
    KeySpec { later: true, ..charter(name, kind, presets, about) }
}

const fn beside(name: &'static str, kind: ValueKind, about: &'static str) -> KeySpec {
    KeySpec { charter: false, ..charter(name, kind, [""; 3], about) }
}

/// All keys, by name.
pub const KEYS: &[KeySpec] = &[
    entrenched(
        "ballot.mode",
        ValueKind::Word(BallotMode::WORDS),
        ["open"; 3],
        "How ballots on bills are made: open ones are signed, and everybody sees who voted how.",
    ),
    beside("bots.policy", TEXT, "What programs that write by themselves may do here."),
    charter("clock.tolerance", some(LONG), ["PT5M", "PT5M", "PT2S"], "How far a teller's clock may be from the time that an issue of the Gazette states."),
    charter(
        "confirming.period",
        some(LONG),
        ["P3D", "P4D", "PT10S"],
        "How long a vote is open that confirms a bill which passed and is stale; never longer than voting.period, and without debate.",
    ),
    entrenched(
        "conflict.rule",
        ValueKind::Word(ConflictRule::WORDS),
        ["shown"; 3],
        "Whether ballots of people whom a bill names as its beneficiaries are only shown, or counted too.",
    ),
    charter("cooling.override", up_to(LONG), ["P7D", "P14D", "PT4S"], "How long a bill that consumers passed alone waits after the vote before it is enacted."),
    charter("cooling.period", up_to(LONG), ["P3D", "P7D", "PT2S"], "How long a bill that passed waits after the vote before it is enacted."),
    charter(
        "deliberation.period",
        up_to(LONG),
        ["P5D", "P14D", "PT1S"],
        "How much longer than voting.period a vote lasts, for the debate; ballots count from the opening on.",
    ),
    entrenched(
        "dual.ballots",
        ValueKind::Word(DualBallots::WORDS),
        ["both"; 3],
        "Where the one ballot of a worker who also pays dues counts: in both bodies, or in one of them.",
    ),
    entrenched(
        "empty.body",
        ValueKind::Word(EmptyBody::WORDS),
        ["override"; 3],
        "What happens while a body has nobody in it: only the override can pass a bill, or the other body decides alone.",
    ),
    beside("endorsement.conditions", TEXT, "What another instance must do for this co-op to endorse it."),
    entrenched(
        "entrenched.fraction",
        ValueKind::Fraction,
        ["2/3"; 3],
        "Which part of the ballots for and against must be for, in both bodies, to change an entrenched key; exactly so many are enough.",
    ),
    charter("fee.minimum", ValueKind::Money, ["4.99 EUR"; 3], "The least that a consumer pays a month."),
    beside("fee.regular", ValueKind::Money, "What a consumer is asked to pay a month."),
    charter("grace.period", up_to(LONG), ["P14D", "P14D", "PT5S"], "How long somebody stays a consumer in good standing after the time that was paid for."),
    charter("growth.least", integer(1, 1_000_000), ["10"; 3], "How many may always enter the roll within one growth period, however small the roll is."),
    charter(
        "growth.percent",
        integer(0, 1000),
        ["10"; 3],
        "By how many percent the roll may grow within one growth period; who comes beyond waits for the next.",
    ),
    charter("growth.period", some(LONG), ["P30D", "P30D", "PT10S"], "The time within which the growth of the roll is bounded."),
    charter("heartbeat.period", some(LONG), ["P7D", "P7D", "PT20S"], "How long at most the Gazette goes without an issue, even when nothing happens."),
    charter("inclusion.delay", some(LONG), ["PT10M", "PT10M", "PT1S"], "How long at most what a teller gave a receipt for stays unprinted."),
    charter("late.swing", up_to(LONG), ["P1D", "P1D", "PT5S"], "If the outcome turns within so long before the end, the vote goes on for as long once more."),
    charter("moderator.term", some(VERY_LONG), ["P365D"; 3], "For how long a community elects its moderators."),
    later(
        "moderator.voters",
        ValueKind::Word(ModeratorVoters::WORDS),
        ["participants"; 3],
        "Who elects and recalls the moderators of a community: those who take part in it, or all members who may vote.",
    ),
    charter("office.term", some(VERY_LONG), ["P365D"; 3], "For how long somebody is appointed to an office: teller, registrar, treasurer, auditor."),
    entrenched("override.fraction", ValueKind::Fraction, ["2/3"; 3], "More than this part of the consumers must be for a bill to pass it without the workers."),
    entrenched(
        "override.of",
        ValueKind::Word(Denominator::WORDS),
        ["cast", "body", "cast"],
        "Of what the override's fraction is taken: of the ballots for and against, or of all consumers.",
    ),
    entrenched(
        "override.quorum",
        ValueKind::Fraction,
        ["3/1", "0/1", "3/1"],
        "An override needs this times the square root of the number of consumers as ballots for, but never more than just over half of them.",
    ),
    later(
        "participants.least",
        integer(1, 1_000_000),
        ["5", "5", "2"],
        "From how many participants with a vote on these alone elect the moderators of their community; while they are fewer, all members who may vote do.",
    ),
    later(
        "petition.quorum",
        ValueKind::Fraction,
        ["1/1"; 3],
        "A petition in a community needs this times the square root of the number of its participants as signatures, but never more than just over half of them.",
    ),
    charter(
        "proposers",
        ValueKind::Word(Proposers::WORDS),
        ["members"; 3],
        "Who may propose a bill: everybody in either body, consumers only, or workers only.",
    ),
    beside("quota.attachments", integer(0, 1_000_000), "How many megabytes of attachments one member may keep here."),
    charter("recovery.wait", some(LONG), ["P14D", "P14D", "PT30S"], "After how long without an issue the members may choose new tellers without the old ones."),
    charter("refile.wait", up_to(LONG), ["P30D", "P30D", "PT5S"], "How long after a bill failed the same may not be proposed again."),
    charter(
        "removal.grace",
        up_to(LONG),
        ["P7D", "P14D", "PT30S"],
        "How long what a moderator removed is kept, hidden, before it leaves every disk; longer while a bill on it is undecided.",
    ),
    beside("retention.period", ValueKind::Duration { least_ms: DAY, most_ms: VERY_LONG }, "How long records that nobody must keep for ever are kept."),
    entrenched("simple.fraction", ValueKind::Fraction, ["1/2"; 3], "More than this part must be for a bill, in both bodies, for it to pass."),
    entrenched(
        "simple.of",
        ValueKind::Word(Denominator::WORDS),
        ["cast", "body", "cast"],
        "Of what that fraction is taken: of the ballots for and against, or of everybody in the body.",
    ),
    entrenched(
        "simple.quorum",
        ValueKind::Fraction,
        ["3/2", "0/1", "3/2"],
        "A body needs this times the square root of its number of people as ballots for, but never more than just over half of it.",
    ),
    charter(
        "sponsors.needed",
        integer(1, 1000),
        ["1", "3", "1"],
        "How many members must stand behind a bill, its proposer among them, before its vote can open.",
    ),
    charter("voting.period", some(LONG), ["P7D", "P14D", "PT20S"], "How long a vote is open."),
    charter(
        "waiting.period",
        up_to(LONG),
        ["P30D", "P30D", "PT0S"],
        "How long a new member waits before they vote on bills, and a new participant before they vote on the moderators of the community.",
    ),
];

/// The key of this name.
pub fn key(name: &str) -> Option<&'static KeySpec> {
    KEYS.binary_search_by(|spec| spec.name.cmp(name)).ok().map(|at| &KEYS[at])
}

/// The key whose name is most like what somebody typed, if one is much like it.
pub fn nearest(name: &str) -> Option<&'static str> {
    let longest = KEYS.iter().map(|spec| spec.name.len()).max().unwrap_or(0);
    if name.len() > longest * 2 {
        return None;
    }
    let typed: String = name.to_lowercase().chars().map(|c| if matches!(c, '_' | '-' | ' ') { '.' } else { c }).collect();
    let letters: Vec<char> = typed.chars().collect();
    let ranked = |names: &mut dyn Iterator<Item = &'static str>| names.map(|name| (steps_between(&letters, name), name)).min();
    let names = || KEYS.iter().map(|spec| spec.name);
    let (steps, best) = ranked(&mut names())?;
    if steps <= 1 + letters.len() / 4 {
        return Some(best);
    }
    let begins_alike = |name: &&str| name.split('.').next() == typed.split('.').next();
    let has_a_part_of = |name: &&str| name.split('.').any(|part| typed.split('.').any(|typed| typed == part));
    ranked(&mut names().filter(begins_alike)).or_else(|| ranked(&mut names().filter(has_a_part_of))).map(|(_, name)| name)
}

/// How many letters have to be put in, taken out or replaced (Levenshtein).
fn steps_between(typed: &[char], name: &str) -> usize {
    let mut row: Vec<usize> = (0..=typed.len()).collect();
    for (line, letter) in name.chars().enumerate() {
        let mut before = std::mem::replace(&mut row[0], line + 1);
        for (at, other) in typed.iter().enumerate() {
            let replaced = before + usize::from(*other != letter);
            before = row[at + 1];
            row[at + 1] = replaced.min(before + 1).min(row[at] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stand_in_order_and_are_found() {
        assert!(KEYS.windows(2).all(|pair| pair[0].name < pair[1].name));
        assert!(KEYS.iter().all(|spec| key(spec.name) == Some(spec)));
        assert_eq!(key("voting"), None);
        assert!(KEYS.iter().all(|spec| spec.about.ends_with('.') && !spec.about.contains(". ")), "each is told in one sentence");
    }

    #[test]
    fn what_is_mistyped_has_a_nearest_key() {
        for (typed, meant) in [
            ("voting.periods", Some("voting.period")),
            ("Voting_Period", Some("voting.period")),
            ("voting.days", Some("voting.period")),
            ("cooling", Some("cooling.period")),
            ("simple.majority", Some("simple.quorum")),
            ("fee", Some("fee.minimum")),
            ("my.quorum", Some("simple.quorum")),
            ("proposer", Some("proposers")),
            ("xyzzy", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed), meant, "{typed}");
        }
        assert_eq!(nearest(&"x".repeat(1_000_000)), None);
    }
}
