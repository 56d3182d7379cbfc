//! From what a member means to do about the roll and the books to acts. What would have no effect is refused.

use super::{
    Service,
    drafts::{DraftError, Plan},
    law::{act, refused},
};
use crate::api::BooksDraft;
use folkmoot_protocol::{
    act::{
        LawAct,
        standing::{Challenge, Decision},
    },
    id::*,
};

impl Service {
    pub(super) fn plan_books(&self, draft: BooksDraft, now: u64) -> Result<Plan, DraftError> {
        let (law, person) = (self.provisional_at(now)?, self.person()?);
        match draft {
            BooksDraft::Challenge { member, reason } => {
                let challenge = Challenge { member, reason };
                refused("no-effect", law.why_no_challenge(person, &challenge))?;
                Ok(act(LawAct::Challenge(challenge), DocumentId(member.0)))
            }
            BooksDraft::Decide { challenge, upheld, reason } => {
                refused("no-effect", law.why_no_decision(person, challenge))?;
                Ok(act(LawAct::Decide(Decision { challenge, upheld, reason }), DocumentId(challenge.0)))
            }
        }
    }
}
