//! From the features that a member wants to a ballot.

use crate::{
    api::Failure,
    service::{
        Service,
        drafts::{DraftError, Plan},
    },
};
use folkmoot_protocol::{
    document::{Key, Value},
    id::*,
    law::Priorities,
};

impl Service {
    /// As on bills, a ballot is written even where it comes too late.
    pub(super) fn plan_approve(&self, vote: OpId, features: &[String], now: u64) -> Result<Plan, DraftError> {
        let law = self.provisional(now)?;
        let unknown = || Failure::new("not-found", "no such vote on priorities is here", "`folkmoot priorities list` shows those that are");
        let row = law.priorities.get(&vote).ok_or_else(unknown)?;
        let mut approved = Vec::new();
        for name in features {
            let place = row.features.iter().position(|feature| feature.name == *name);
            let none = || Failure::new("not-found", format!("'{name}' is no feature of that vote"), "`folkmoot priorities show` lists them");
            approved.push(Priorities::ballot_id(vote, place.ok_or_else(none)?));
        }
        // The order has no meaning: two devices that say the same are to agree.
        approved.sort();
        approved.dedup();
        self.plan_ballot(&law, vote, Key::Ranking, Value::Ranking(approved))
    }
}
