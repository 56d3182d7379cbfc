//! Moderation: what moderators did about documents, what people report to them, and what a bill says to it.

use super::{Cause, Effect, Hindrance, Office, state::State};
use crate::{
    act::law::{Measure, Moderation, Report},
    id::*,
    limits,
};
use minicbor::{Decode, Encode};

/// By what somebody moderates a community.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Mandate {
    /// They hold the office, by this.
    #[n(0)]
    Office(#[n(0)] Cause),
    /// They opened the community, nobody holds the office, and its participants recalled them in no vote: the act that opened it.
    #[n(1)]
    Opener(#[n(0)] OpId),
}

/// What a moderator did, as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Ruling {
    /// Who.
    #[n(0)]
    pub by: PersonId,
    /// What made them a moderator.
    #[n(1)]
    pub mandate: Mandate,
    /// The act.
    #[n(2)]
    pub act: OpId,
    /// The community's rule that it cites; 0 where it cites none.
    #[n(3)]
    pub rule: u32,
    /// Why.
    #[n(4)]
    pub reason: String,
    /// In which issue,
    #[n(5)]
    pub height: u64,
    /// and that time.
    #[n(6)]
    pub at: u64,
}

/// A removal that a bill took back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Overruled {
    /// The rule that the removal cited.
    #[n(0)]
    pub rule: u32,
    /// The bill.
    #[n(1)]
    pub bill: OpId,
}

/// What stands about a document of a community.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Moderated {
    /// It is removed.
    #[n(0)]
    pub removed: Option<Ruling>,
    /// What it said is kept, hidden, until here in the Gazette's time, and as long as a bill on it is undecided.
    #[n(1)]
    pub kept_until: u64,
    /// The issue with which what it said left every disk.
    #[n(2)]
    pub dropped: Option<u64>,
    /// It is locked.
    #[n(3)]
    pub locked: Option<Ruling>,
    /// It is pinned.
    #[n(4)]
    pub pinned: Option<Ruling>,
    /// Removals that bills took back, one for each rule at the most.
    #[n(5)]
    pub overruled: Vec<Overruled>,
}

/// A report that is open.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Reported {
    /// Who reports it.
    #[n(0)]
    pub by: PersonId,
    /// The act.
    #[n(1)]
    pub act: OpId,
    /// Why.
    #[n(2)]
    pub reason: String,
    /// The time of the issue that printed it.
    #[n(3)]
    pub at: u64,
}

impl State {
    /// By what a person moderates a community, or why they do not.
    pub fn mandate(&self, space: SpaceId, person: PersonId) -> Result<Mandate, String> {
        let office = Office::Moderator(space);
        if let Some(holding) = self.offices.get(&(office, person)) {
            return Ok(Mandate::Office(holding.by));
        }
        let Some(community) = self.register.communities.get(&space) else { return Err("there is no such community".into()) };
        let held = self.offices.under(office, PersonId::ZERO).next().is_some();
        match (held, community.opened_by == person) {
            (true, _) => Err("only a moderator of the community may".into()),
            (false, false) => Err("only a moderator of the community may; while it has none, only who opened it".into()),
            (false, true) if self.is_expelled(person) => Err("a bill expelled them".into()),
            (false, true) if self.is_recalled(space, person) => Err("its participants recalled them; only a moderator who comes after them may".into()),
            (false, true) => Ok(Mandate::Opener(community.op)),
        }
    }

    /// What stands about a document of a community.
    pub fn moderated(&self, space: SpaceId, document: DocumentId) -> Option<&Moderated> {
        self.moderated.get(&(document, space))
    }

    /// Whether what a document said is gone from every disk.
    pub fn is_dropped(&self, space: SpaceId, document: DocumentId) -> bool {
        self.moderated(space, document).is_some_and(|row| row.dropped.is_some())
    }

    /// Why a measure would have no effect now; none where it would have.
    pub fn why_no_measure(&self, person: PersonId, moderation: &Moderation) -> Option<String> {
        self.clone().moderate(OpId::ZERO, person, moderation).err()
    }

    /// Why a report would have no effect now; none where it would have.
    pub fn why_no_report(&self, person: PersonId, report: &Report) -> Option<String> {
        self.clone().report(OpId::ZERO, person, report).err()
    }

    /// When what a removed document said is next to be dropped, in the Gazette's time.
    pub fn next_drop(&self) -> Option<u64> {
        let appealed = self.appealed();
        self.dropping.iter().find(|((_, document, _), _)| !appealed.contains(document)).map(|((until, ..), _)| *until)
    }

    /// A moderator does something about a document.
    pub(super) fn moderate(&mut self, act: OpId, by: PersonId, moderation: &Moderation) -> Result<(), String> {
        let Moderation { space, document, measure, rule, reason } = moderation;
        let mandate = self.mandate(*space, by)?;
        let ruling = Ruling { by, mandate, act, rule: *rule, reason: reason.clone(), height: self.height() + 1, at: self.time() };
        let key = (*document, *space);
        let mut row = self.moderated.get(&key).cloned().unwrap_or_default();
        match measure {
            Measure::Remove => self.remove_document(&mut row, key, ruling)?,
            Measure::Restore => self.restore_document(&mut row, key)?,
            Measure::Lock => set(&mut row.locked, ruling, "it is locked already")?,
            Measure::Unlock => clear(&mut row.locked, "it is not locked")?,
            Measure::Pin => {
                set(&mut row.pinned, ruling, "it is pinned already")?;
                self.pin(key)?;
            }
            Measure::Unpin => {
                clear(&mut row.pinned, "it is not pinned")?;
                self.unpin(key);
            }
            Measure::Dismiss if self.reports.contains(&key) => {}
            Measure::Dismiss => return Err("nobody's report of it is open".into()),
        }
        self.keep_moderated(key, row);
        self.close_reports(key);
        Ok(())
    }

    fn remove_document(&mut self, row: &mut Moderated, (document, space): (DocumentId, SpaceId), ruling: Ruling) -> Result<(), String> {
        if row.overruled.iter().any(|overruled| overruled.rule == ruling.rule) {
            return Err(format!("a bill took back its removal by rule {}: that rule removes it no more", ruling.rule));
        }
        row.kept_until = ruling.at.saturating_add(self.charter().removal_grace_ms);
        let act = ruling.act;
        set(&mut row.removed, ruling, "it is removed already")?;
        self.dropping.insert((row.kept_until, document, space), act);
        Ok(())
    }

    fn restore_document(&mut self, row: &mut Moderated, (document, space): (DocumentId, SpaceId)) -> Result<(), Hindrance> {
        if row.dropped.is_some() {
            return Err(Hindrance::Dropped);
        }
        row.removed.take().ok_or(Hindrance::NotRemoved)?;
        self.dropping.remove(&(row.kept_until, document, space));
        row.kept_until = 0;
        Ok(())
    }

    /// The pinned documents of a community, the latest first.
    fn pin(&mut self, (document, space): (DocumentId, SpaceId)) -> Result<(), String> {
        let mut pins = self.pins.get(&space).cloned().unwrap_or_default();
        if pins.len() >= limits::PINS_PER_COMMUNITY {
            return Err(format!("{} are pinned in that community, as many as may be", limits::PINS_PER_COMMUNITY));
        }
        pins.insert(0, document);
        self.pins.insert(space, pins);
        Ok(())
    }

    fn unpin(&mut self, (document, space): (DocumentId, SpaceId)) {
        let mut pins = self.pins.remove(&space).unwrap_or_default();
        pins.retain(|pinned| *pinned != document);
        if !pins.is_empty() {
            self.pins.insert(space, pins);
        }
    }

    fn keep_moderated(&mut self, key: (DocumentId, SpaceId), row: Moderated) {
        if row == Moderated::default() {
            self.moderated.remove(&key);
        } else {
            self.moderated.insert(key, row);
        }
    }

    /// Somebody reports a document to the community's moderators.
    pub(super) fn report(&mut self, act: OpId, by: PersonId, report: &Report) -> Result<(), String> {
        if !self.register.communities.contains_key(&report.space) {
            return Err("there is no such community".into());
        }
        let key = (report.document, report.space);
        if self.moderated.get(&key).is_some_and(|row| row.removed.is_some()) {
            return Err("it is removed already".into());
        }
        let mut reports = self.reports.get(&key).cloned().unwrap_or_default();
        let open = self.reporters.get(&by).copied().unwrap_or(0);
        if reports.iter().any(|reported| reported.by == by) {
            return Err("a report of theirs on it is open already".into());
        }
        if reports.len() >= limits::REPORTS_PER_DOCUMENT {
            return Err(format!("{} reports on it are open, as many as are kept", limits::REPORTS_PER_DOCUMENT));
        }
        if open >= limits::REPORTS_PER_PERSON {
            return Err(format!("{} reports of one person are open, as many as may be at one time", limits::REPORTS_PER_PERSON));
        }
        reports.push(Reported { by, act, reason: report.reason.clone(), at: self.time() });
        self.reports.insert(key, reports);
        self.reporters.insert(by, open + 1);
        Ok(())
    }

    /// A moderator has looked at it, whatever they did.
    fn close_reports(&mut self, key: (DocumentId, SpaceId)) {
        for reported in self.reports.remove(&key).unwrap_or_default() {
            match self.reporters.remove(&reported.by) {
                Some(open) if open > 1 => self.reporters.insert(reported.by, open - 1),
                _ => {}
            }
        }
    }

    /// A bill takes back the removal of a document, wherever it is removed.
    pub(super) fn reinstate(&mut self, document: DocumentId, bill: OpId) -> Result<(), Hindrance> {
        let rows = self.moderated.under(document, SpaceId::HALL);
        let removed: Vec<_> = rows.filter(|(_, row)| row.removed.is_some()).map(|(space, row)| ((document, space), row.clone())).collect();
        if removed.is_empty() {
            return Err(Hindrance::NotRemoved);
        }
        for (key, mut row) in removed {
            let rule = row.removed.as_ref().map_or(0, |ruling| ruling.rule);
            self.restore_document(&mut row, key)?;
            row.overruled.push(Overruled { rule, bill });
            self.keep_moderated(key, row);
        }
        Ok(())
    }

    /// The documents on whose removal a bill is undecided.
    fn appealed(&self) -> Vec<DocumentId> {
        let reinstated = |effect: &Effect| if let Effect::Reinstate { document } = effect { Some(*document) } else { None };
        self.live_bills().flat_map(|(_, bill)| bill.proposal.effects.iter().filter_map(reinstated)).collect()
    }

    /// What removed documents said leaves every disk when its time has come.
    pub(super) fn drop_removed(&mut self) {
        let time = self.time();
        let mut due: Vec<_> = self.dropping.iter().map(|(key, _)| *key).take_while(|(until, ..)| *until <= time).collect();
        if due.is_empty() {
            return;
        }
        let (appealed, height) = (self.appealed(), self.height() + 1);
        due.retain(|(_, document, _)| !appealed.contains(document));
        for (until, document, space) in due {
            self.dropping.remove(&(until, document, space));
            if let Some(row) = self.moderated.change(&(document, space)) {
                row.dropped = Some(height);
            }
        }
    }
}

fn set(place: &mut Option<Ruling>, ruling: Ruling, otherwise: &str) -> Result<(), String> {
    if place.is_some() {
        return Err(otherwise.into());
    }
    *place = Some(ruling);
    Ok(())
}

fn clear(place: &mut Option<Ruling>, otherwise: &str) -> Result<(), String> {
    place.take().map(|_| ()).ok_or_else(|| otherwise.into())
}
