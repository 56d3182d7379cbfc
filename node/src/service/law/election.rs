//! From what a member means in an election to acts and ballots.

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
    law::Phase,
};

impl Service {
    pub(super) fn plan_stand(&self, election: OpId, now: u64) -> Result<Plan, DraftError> {
        let law = self.provisional(now)?;
        refused("cannot-stand", law.why_not_stand(self.person()?, self.device(), election))?;
        Ok(act(LawAct::Stand { election }, DocumentId(election.0)))
    }

    pub(super) fn plan_stand_down(&self, election: OpId, now: u64) -> Result<Plan, DraftError> {
        let law = self.provisional(now)?;
        refused("cannot-withdraw", law.why_not_stand_down(self.person()?, election))?;
        Ok(act(LawAct::StandDown { election }, DocumentId(election.0)))
    }

    /// As on bills, a ballot is written even where it comes too late; one that comes too early could never count.
    pub(super) fn plan_elect(&self, election: OpId, mut ranking: Vec<PersonId>, now: u64) -> Result<Plan, DraftError> {
        let law = self.provisional(now)?;
        let unknown = || Failure::new("not-found", "no such election is here", "`folkmoot election list` shows those that are");
        let row = law.elections.get(&election).ok_or_else(unknown)?;
        if row.phase == Phase::Nomination {
            let hint = "`folkmoot election show` says when it does";
            return Err(Failure::new("not-open", "the voting has not begun: people can still stand", hint).into());
        }
        if let Some(stranger) = ranking.iter().find(|person| !row.has(**person)) {
            let error = format!("person {} does not stand in that election", stranger.short());
            return Err(Failure::new("not-found", error, "`folkmoot election show` lists the candidates").into());
        }
        if row.is_approval() {
            // The order has no meaning: two devices that say the same are to agree.
            ranking.sort();
        }
        self.plan_ballot(&law, election, Key::Ranking, Value::Ranking(ranking))
    }
}
