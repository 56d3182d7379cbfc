//! Bans: whom moderators keep from writing in a community, until when, by which rule.

use super::{ChainEnd, Head, Hindrance, Ruling, Turn, state::State};
use crate::{
    act::law::{Ban, Unban},
    id::*,
    limits,
};
use minicbor::{Decode, Encode};

/// A ban as it stands, or stood until its time was over.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Banned {
    /// By whom, by which rule and why; of several without a break between them, the last.
    #[n(0)]
    pub ruling: Ruling,
    /// Since when they are banned without a break, in the Gazette's time.
    #[n(1)]
    pub from: u64,
    /// Until when, in ms since 1970; 0 for until a moderator takes it back.
    #[n(2)]
    pub until: u64,
    /// The issue with which it ended, once its time was over.
    #[n(3)]
    pub ended: Option<u64>,
    /// Where their chains there were when it began; of those that are not listed nothing counts.
    #[n(4)]
    pub cut: Vec<ChainEnd>,
    /// Where they were when it ended: what came later counts again.
    #[n(5)]
    pub resumed: Vec<ChainEnd>,
}

impl State {
    /// The ban of a person from a community that stands.
    pub fn banned(&self, space: SpaceId, person: PersonId) -> Option<&Banned> {
        self.bans.get(&(space, person)).and_then(|bans| bans.last()).filter(|ban| ban.ended.is_none())
    }

    /// Why a ban would have no effect now; none where it would have. `now`: when the issue that prints it may come.
    pub fn why_no_ban(&self, person: PersonId, ban: &Ban, now: u64) -> Option<String> {
        let mut state = self.clone();
        state.head = state.head.map(|head| Head { time: now.max(head.time.saturating_add(1)), ..head });
        state.end_bans();
        state.ban(OpId::ZERO, person, ban).err()
    }

    /// Why the taking back of a ban would have no effect now; none where it would have.
    pub fn why_no_unban(&self, person: PersonId, unban: &Unban) -> Option<String> {
        self.clone().unban(person, unban).err()
    }

    /// A moderator bans somebody. Who is banned already, is from now on banned as this says.
    pub(super) fn ban(&mut self, act: OpId, by: PersonId, ban: &Ban) -> Result<(), String> {
        let Ban { space, person, until_ms, rule, reason } = ban;
        let (mandate, time) = (self.mandate(*space, by)?, self.time());
        if *person == by {
            return Err("nobody bans themselves".into());
        }
        if !self.register.persons.contains_key(person) {
            return Err("nobody of that id was let into the co-op".into());
        }
        if self.mandate(*space, *person).is_ok() {
            return Err("they moderate that community: moderators are dismissed or recalled by a bill, not banned".into());
        }
        if *until_ms != 0 && *until_ms <= time {
            return Err("it would end before it begins".into());
        }
        let ruling = Ruling { by, mandate, act, rule: *rule, reason: reason.clone(), height: self.height() + 1, at: time };
        let mut bans = self.bans.get(&(*space, *person)).cloned().unwrap_or_default();
        let before = bans.pop_if(|last| last.ended.is_none());
        if let Some(before) = &before {
            self.ban_ends.remove(&(before.until, *space, *person));
        }
        match before {
            // Nothing of what is silenced changes.
            Some(before) => bans.push(Banned { ruling, until: *until_ms, ..before }),
            None => {
                self.turned.insert(Turn { person: *person, space: Some(*space) });
                bans.push(Banned { ruling, from: time, until: *until_ms, ended: None, cut: vec![], resumed: vec![] });
            }
        }
        if bans.len() > limits::BANS_KEPT {
            bans.remove(0);
        }
        self.bans.insert((*space, *person), bans);
        if *until_ms != 0 {
            self.ban_ends.insert((*until_ms, *space, *person), act);
        }
        Ok(())
    }

    /// A moderator takes a ban back.
    pub(super) fn unban(&mut self, by: PersonId, unban: &Unban) -> Result<(), String> {
        self.mandate(unban.space, by)?;
        Ok(self.lift_ban(unban.space, unban.person)?)
    }

    /// A moderator, or a bill, takes a ban back, and with it what it hid is shown.
    pub(super) fn lift_ban(&mut self, space: SpaceId, person: PersonId) -> Result<(), Hindrance> {
        let key = (space, person);
        let mut bans = self.bans.get(&key).cloned().unwrap_or_default();
        let lifted = bans.pop_if(|last| last.ended.is_none()).ok_or(Hindrance::NotBanned)?;
        self.ban_ends.remove(&(lifted.until, space, person));
        if bans.is_empty() {
            self.bans.remove(&key);
        } else {
            self.bans.insert(key, bans);
        }
        Ok(())
    }

    /// When the next ban ends.
    pub(super) fn next_ban_end(&self) -> Option<u64> {
        self.ban_ends.iter().next().map(|((until, ..), _)| *until)
    }

    /// Bans end with the first issue whose time is theirs, before what it prints is judged.
    pub(super) fn end_bans(&mut self) {
        let (time, height) = (self.time(), self.height() + 1);
        let due: Vec<_> = self.ban_ends.iter().map(|(key, _)| *key).take_while(|(until, ..)| *until <= time).collect();
        for (until, space, person) in due {
            self.ban_ends.remove(&(until, space, person));
            if let Some(last) = self.bans.change(&(space, person)).and_then(|bans| bans.last_mut()) {
                last.ended = Some(height);
            }
            self.turned.insert(Turn { person, space: Some(space) });
        }
    }
}
