//! From what a member means to do about the roll and the books to acts. What would have no effect is refused.

use super::{
    Service,
    drafts::{DraftError, Plan},
    law::{act, refused},
};
use crate::api::{BooksDraft, Failure};
use folkmoot_protocol::{
    act::{
        Act, LawAct,
        standing::{Challenge, Decision, Reconcile},
    },
    id::*,
    law::Money,
};

impl Service {
    pub(super) fn plan_books(&self, draft: BooksDraft, now: u64) -> Result<Plan, DraftError> {
        let (law, person) = (self.provisional(now)?, self.person()?);
        match draft {
            BooksDraft::Challenge { member, reason } => {
                let challenge = Challenge { member, reason };
                refused("no-effect", law.why_no_challenge(person, &challenge))?;
                Ok(made(LawAct::Challenge(challenge)))
            }
            BooksDraft::Decide { challenge, upheld, reason } => {
                refused("no-effect", law.why_no_decision(person, challenge))?;
                Ok(act(LawAct::Decide(Decision { challenge, upheld, reason }), DocumentId(challenge.0)))
            }
            BooksDraft::Reconcile { from_ms, to_ms, receipts, sum, bank, unmatched, commitment } => {
                let money = |text: &str| text.parse::<Money>().map_err(|error| Failure::new("amount", error, "write it with its currency, such as 5.99 EUR"));
                let says = Reconcile { from_ms, to_ms, receipts, sum: money(&sum)?, bank: money(&bank)?, unmatched, commitment };
                refused("no-effect", law.why_no_reconciliation(person, &says, law.time()))?;
                Ok(made(LawAct::Reconcile(says)))
            }
        }
    }
}

/// An act that is itself the thing which it makes.
fn made(act: LawAct) -> Plan {
    Plan::Act { space: SpaceId::HALL, act: Act::Law(act), id: None }
}
