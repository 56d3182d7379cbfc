//! From what a participant of a community means to acts and ballots.

use super::{act, refused};
use crate::{
    api::Failure,
    service::{
        Service,
        drafts::{DraftError, Plan},
    },
};
use folkmoot_protocol::{
    act::LawAct,
    document::{Key, Value},
    id::*,
    law::{Choice, Demand},
};

impl Service {
    pub(super) fn plan_take_part(&self, space: SpaceId, on: bool, now: u64) -> Result<Plan, DraftError> {
        refused("cannot-take-part", self.provisional(now)?.why_not_take_part(self.person()?, space, on))?;
        Ok(act(LawAct::TakePart { space, on }, DocumentId(space.0)))
    }

    pub(super) fn plan_petition(&self, space: SpaceId, demand: Option<Demand>, now: u64) -> Result<Plan, DraftError> {
        let law = self.provisional(now)?;
        if demand.is_some() && law.takes_part_since(self.person()?, space).is_none() {
            let hint = "`folkmoot community take-part` says that you do; then you wait for waiting.period";
            return Err(Failure::new("cannot-sign", "only who takes part in a community signs petitions there", hint).into());
        }
        refused("cannot-sign", law.why_not_petition(self.person()?, space, demand))?;
        Ok(act(LawAct::Petition { space, demand }, DocumentId(space.0)))
    }

    /// As on bills, a ballot is written even where it comes too late.
    pub(super) fn plan_vote_on_recall(&self, recall: OpId, choice: Choice, now: u64) -> Result<Plan, DraftError> {
        let law = self.provisional(now)?;
        if !law.recalls.contains(&recall) {
            return Err(Failure::new("not-found", "no such vote on a recall is here", "`folkmoot petition list` shows those that are").into());
        }
        self.plan_ballot(&law, recall, Key::Choice, Value::Text(choice.name().into()))
    }
}
