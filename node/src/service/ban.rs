//! Bans: what the law says brought to the lists; who is banned is refused here what others would hide; and from what a
//! moderator means to do, to acts.

use super::{
    Service,
    drafts::{DraftError, Plan},
    law::act,
    moderation::check_moderates,
};
use crate::api::Failure;
use folkmoot_protocol::{
    act::{
        Act, LawAct,
        law::{Ban, Unban},
    },
    date::Date,
    id::*,
    law::Banned,
};

impl Service {
    /// Refuses to write where the law silences this person. They may still erase what is theirs, and close their devices.
    pub(super) fn check_not_silenced(&self, plan: &Plan) -> Result<(), Failure> {
        match plan {
            Plan::Found(_) | Plan::Stands(_) | Plan::Act { act: Act::Erase(_) | Act::RevokeDevice(_), .. } => return Ok(()),
            _ => self.check_not_expelled()?,
        }
        let space = match plan {
            Plan::Edit { space, .. } | Plan::Act { space, act: Act::React(_), .. } => *space,
            _ => return Ok(()),
        };
        let (Some(law), Some(person)) = (&self.world.law, self.own_person()) else { return Ok(()) };
        let Some(ban) = law.banned(space, person) else { return Ok(()) };
        let error = format!("a moderator banned you from this community {}: rule {}, {}", until(ban), ban.ruling.rule, ban.ruling.reason);
        Err(Failure::new("banned", error, "`folkmoot modlog --bans` shows who did that; a bill with the effect `lift-ban COMMUNITY PERSON` lifts it"))
    }

    /// Refuses whoever a bill expelled, as printed.
    pub(super) fn check_not_expelled(&self) -> Result<(), Failure> {
        match (&self.world.law, self.own_person()) {
            (Some(law), Some(person)) if law.is_expelled(person) => Err(Failure::new(
                "expelled",
                "a bill expelled you: what you write has no effect any more",
                "`folkmoot inbox` shows which; what is yours you can still erase",
            )),
            _ => Ok(()),
        }
    }

    pub(super) fn plan_ban(&self, ban: Ban, now: u64) -> Result<Plan, DraftError> {
        let (law, person) = (self.provisional(now)?, self.person()?);
        check_moderates(&law, ban.space, person)?;
        if let Some(reason) = law.why_no_ban(person, &ban, now) {
            return Err(no_effect(reason).into());
        }
        let id = DocumentId(ban.person.0);
        Ok(act(LawAct::Ban(ban), id))
    }

    pub(super) fn plan_unban(&self, unban: Unban, now: u64) -> Result<Plan, DraftError> {
        let (law, person) = (self.provisional(now)?, self.person()?);
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
