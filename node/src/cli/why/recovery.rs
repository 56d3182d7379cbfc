//! Why the tellers are those whom members chose without the ones before.

use super::{Asked, Because};
use crate::api::Failure;
use folkmoot_protocol::{act::LawAct, id::*};

/// The rule.
pub(super) const RULE: &str = "more than half of each body signed, where both have four people at least, else two thirds of the consumers";

impl Asked<'_> {
    /// What each of the members signed who chose tellers after an issue.
    pub(super) fn chosen(&self, after: IssueId) -> Result<Vec<Because>, Failure> {
        let (words, number) = (self.words(), self.words().number_of(after)?);
        self.signed_acts(|_, act| match act {
            LawAct::Recover(recover) if recover.last_good == after => {
                Ok(Some(format!("chose {} to print after issue {number}", words.tellers(&recover.tellers)?)))
            }
            _ => Ok(None),
        })
    }
}
