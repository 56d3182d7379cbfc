//! Why something is hidden, locked or pinned: the act, the moderator, what made them one, and the rule.

use super::{Asked, Because, Why};
use crate::{
    api::Failure,
    cli::{format, resolve, rules},
    store::query::Silenced,
};
use folkmoot_protocol::{
    act::law::Measure,
    id::*,
    law::{Cause, Mandate, Moderated, Ruling},
    register::Silence,
    view::{Deed, ModerationView},
};

/// Characters of a rule that are shown.
const RULE_CHARS: usize = 200;

impl Asked<'_> {
    pub(super) fn moderated(&self, (document, space): (DocumentId, SpaceId), moderated: &Moderated) -> Result<Why, Failure> {
        let mut because = Vec::new();
        let standing = [("removed", &moderated.removed), ("locked", &moderated.locked), ("pinned", &moderated.pinned)];
        for (what, ruling) in standing.iter().filter_map(|(what, ruling)| Some((what, ruling.as_ref()?))) {
            because.push(self.ruled(what, space, ruling)?);
            because.push(self.mandate(space, ruling)?);
        }
        if moderated.removed.is_some() {
            because.push(self.kept(moderated)?);
        }
        for overruled in &moderated.overruled {
            because.extend(self.removals(document, space, overruled.rule, moderated.removed.as_ref())?);
            let what = format!("a removal by rule {} was taken back", overruled.rule);
            because.push(self.cause(what, Cause::Bill(overruled.bill), None)?);
        }
        let words: Vec<&str> = standing.iter().filter(|(_, ruling)| ruling.is_some()).map(|(what, _)| *what).collect();
        let fact = if words.is_empty() { "was removed, and a bill brought it back".to_owned() } else { format!("is {}", words.join(", ")) };
        Ok(Why::new(format!("{} {fact}", document.short()), because))
    }

    /// The removals by a rule that stood before a bill took that back, the oldest first.
    fn removals(&self, document: DocumentId, space: SpaceId, number: u32, standing: Option<&Ruling>) -> Result<Vec<Because>, Failure> {
        let removed = |entry: &ModerationView| {
            let same = entry.document == Some(document) && entry.rule == number && entry.measure == Deed::Document(Measure::Remove);
            same && entry.effect == Some(true) && standing.is_none_or(|ruling| ruling.act != entry.op)
        };
        self.moderated_by(space, removed)
    }

    /// What moderators did about a document, the oldest first: also what they took back since.
    pub(super) fn dealt_with(&self, document: DocumentId, space: SpaceId) -> Result<Vec<Because>, Failure> {
        self.moderated_by(space, |entry| entry.document == Some(document) && entry.effect != Some(false))
    }

    /// What moderators did about documents of a community, as far as it is wanted, the oldest first.
    fn moderated_by(&self, space: SpaceId, wanted: impl Fn(&ModerationView) -> bool) -> Result<Vec<Because>, Failure> {
        let entries = self.view.modlog(Some(space))?.into_iter().rev().filter(wanted);
        let link = |entry: ModerationView| {
            let did = match entry.measure {
                Deed::Document(Measure::Dismiss) => "the reports on it were dismissed".to_owned(),
                Deed::Document(measure) => format!("was {}", measure.past()),
                Deed::Person(_) => return Ok(None),
            };
            let reason = if entry.reason.is_empty() { String::new() } else { format!(": {}", entry.reason) };
            let waits = if entry.issue.is_none() { "; provisional: the Gazette has not printed it yet" } else { "" };
            let (what, rule) = (format!("{did}{reason}{waits}"), self.rule(space, entry.rule)?);
            Ok(Some(Because { what, op: Some(entry.op), by: Some(entry.by), issue: entry.issue, rule }))
        };
        entries.filter_map(|entry| link(entry).transpose()).collect()
    }

    /// Why something that somebody wrote has no effect: they were banned or expelled before. Answers none for anything else.
    pub(super) fn silenced(&self, typed: &str) -> Result<Option<Why>, Failure> {
        let silences = self.view.silences()?;
        for (person, silence) in silences.iter().flat_map(|(person, all)| all.iter().map(move |silence| (person, silence))) {
            let own: Vec<Silenced> = self.view.silenced_by(silence, |credential, device| self.book.author(credential, device) == Some(person))?;
            let names: Vec<OpId> = own.iter().flat_map(|silenced| [Some(silenced.op), silenced.document.map(|document| OpId(document.0))]).flatten().collect();
            let Ok(meant) = resolve::one_of("operation", typed, &names, "") else { continue };
            let because = self.silence(person, silence)?;
            return Ok(Some(Why::new(format!("{} has no effect: {}", meant.short(), silence.reason()), because)));
        }
        Ok(None)
    }

    fn silence(&self, person: PersonId, silence: &Silence) -> Result<Vec<Because>, Failure> {
        let Some(space) = silence.space else { return Ok(vec![self.cause("its author was expelled".into(), Cause::Bill(silence.by), None)?]) };
        let bans = self.book.printed.bans.get(&(space, person)).map(Vec::as_slice).unwrap_or_default();
        let Some(ban) = bans.iter().find(|ban| ban.ruling.act == silence.by) else { return Ok(vec![]) };
        let ended = ban.ended.map(|height| format!("; it ended with issue {height}")).unwrap_or_default();
        let what = format!("{} its author was banned {}{ended}", format::date_and_time(ban.from), format::until(ban.until));
        Ok(vec![self.ruled(&what, space, &ban.ruling)?, self.mandate(space, &ban.ruling)?])
    }

    fn ruled(&self, what: &str, space: SpaceId, ruling: &Ruling) -> Result<Because, Failure> {
        let view = self.view.ruling(ruling)?;
        let waits = if view.issue.is_none() { "; provisional: the Gazette has not printed it yet" } else { "" };
        let rule = self.rule(space, ruling.rule)?;
        Ok(Because { what: format!("{what}: {}{waits}", ruling.reason), op: Some(ruling.act), by: Some(view.by), issue: view.issue, rule })
    }

    /// A rule with its text as the community's description has it now.
    fn rule(&self, space: SpaceId, number: u32) -> Result<Option<String>, Failure> {
        if number == 0 {
            return Ok(None);
        }
        let written = self.view.community(space)?.map(|community| community.rules).unwrap_or_default();
        let text = rules::text(&written, number);
        Ok(Some(text.map_or_else(
            || format!("rule {number}, of which the community's description says nothing now"),
            |text| format!("rule {number}, as it reads now: {}", format::opening(text, RULE_CHARS)),
        )))
    }

    fn mandate(&self, space: SpaceId, ruling: &Ruling) -> Result<Because, Failure> {
        self.moderates(space, ruling.by, ruling.mandate)
    }

    /// By what somebody moderates a community.
    pub(super) fn moderates(&self, space: SpaceId, by: PersonId, mandate: Mandate) -> Result<Because, Failure> {
        let name = format::person(&self.view.person_or_id(by)?);
        match mandate {
            Mandate::Office(cause) => self.cause(format!("{name} was made moderator"), cause, None),
            Mandate::Opener(op) => {
                let community = self.view.community(space)?.map_or_else(|| space.short(), |community| community.name);
                let issue = self.view.printing_of(op)?.map(|printing| printing.height);
                let rule = Some("while a community has no moderator, who opened it moderates it, unless its participants recalled them".into());
                Ok(Because { what: format!("{name} opened the community {community}"), op: Some(op), by: self.author(Some(op))?, issue, rule })
            }
        }
    }

    /// How many nodes are known to have read an issue, by what they say themselves.
    fn readers(&self, height: u64) -> Result<String, Failure> {
        let (readers, met) = self.view.readers_of_issue(height)?;
        Ok(format!("this one has, and of {} that it has met, {readers} said so", format::count(met, "other device")))
    }

    /// What has become of what it said.
    fn kept(&self, moderated: &Moderated) -> Result<Because, Failure> {
        let what = match moderated.dropped {
            Some(height) => format!("what it said leaves the disk of each node as it reads issue {height}; {}", self.readers(height)?),
            None => format!(
                "what it said is kept, hidden, until {}, and while a bill on it is undecided (removal.grace)",
                format::date_and_time(moderated.kept_until)
            ),
        };
        Ok(Because { what, op: None, by: None, issue: moderated.dropped, rule: None })
    }
}
