//! Bans: what the law says brought to the lists; who is banned is refused here what others would hide; and from what a
//! moderator means to do, to acts.

use super::{
    Service,
    drafts::{DraftError, Plan},
    law::act,
    moderation::check_moderates,
};
use crate::{
    api::Failure,
    store::{Bans, StoreError},
};
use folkmoot_protocol::{
    act::{
        Act, LawAct,
        law::{Ban, Unban},
    },
    date::Date,
    id::*,
    law::Banned,
};
use std::collections::BTreeSet;

impl Service {
    /// Takes down the bans, as printed: those that wait bind nobody yet.
    pub(super) fn project_bans(&mut self) -> Result<(), StoreError> {
        let printed: Bans = self.world.law.iter().flat_map(|law| law.bans.iter()).map(|(key, bans)| (*key, bans.clone())).collect();
        let kept = self.store.as_reader().bans()?;
        let keys: BTreeSet<_> = printed.keys().chain(kept.keys()).copied().collect();
        for key in keys.into_iter().filter(|key| printed.get(key) != kept.get(key)) {
            self.store.begin()?;
            self.store.set_bans(key, printed.get(&key).map_or(&[], Vec::as_slice))?;
        }
        Ok(())
    }

    /// Refuses to write in a community from which this person is banned. They may still erase what is theirs.
    pub(super) fn check_not_banned(&self, plan: &Plan, now: u64) -> Result<(), Failure> {
        let space = match plan {
            Plan::Edit { space, .. } | Plan::Act { space, act: Act::React(_), .. } => *space,
            _ => return Ok(()),
        };
        let (Some(law), Some(person)) = (&self.world.law, self.own_person()) else { return Ok(()) };
        let Some(ban) = law.banned(space, person).filter(|ban| ban.covers(now.max(law.time()))) else { return Ok(()) };
        let error = format!("a moderator banned you from this community {}: rule {}, {}", until(ban), ban.ruling.rule, ban.ruling.reason);
        Err(Failure::new("banned", error, "`folkmoot modlog --bans` shows who did that; a bill with the effect `lift-ban COMMUNITY PERSON` lifts it"))
    }

    pub(super) fn plan_ban(&self, ban: Ban, now: u64) -> Result<Plan, DraftError> {
        let (law, person) = (self.provisional()?, self.person()?);
        check_moderates(&law, ban.space, person)?;
        if let Some(reason) = law.why_no_ban(person, &ban, now) {
            return Err(no_effect(reason).into());
        }
        let id = DocumentId(ban.person.0);
        Ok(act(LawAct::Ban(ban), id))
    }

    pub(super) fn plan_unban(&self, unban: Unban) -> Result<Plan, DraftError> {
        let (law, person) = (self.provisional()?, self.person()?);
        check_moderates(&law, unban.space, person)?;
        if let Some(reason) = law.why_no_unban(person, &unban) {
            return Err(no_effect(reason).into());
        }
        let id = DocumentId(unban.person.0);
        Ok(act(LawAct::Unban(unban), id))
    }
}

fn no_effect(reason: String) -> Failure {
    Failure::new("no-effect", format!("it would have no effect: {reason}"), "`folkmoot modlog --bans` shows the bans that stand")
}

/// `until 2026-12-01 18:30 UTC`
fn until(ban: &Banned) -> String {
    let minute = ban.until / 60_000;
    match Date::of_ms(ban.until) {
        Some(day) if ban.until > 0 => format!("until {day} {:02}:{:02} UTC", minute / 60 % 24, minute % 60),
        _ => "until a moderator or a bill takes that back".into(),
    }
}
