//! Recovery: members choose tellers without those who print nothing any more, or have signed two issues of one number.

use super::{
    Service,
    contradiction::PROOF,
    drafts::{DraftError, Plan},
    law::{act, refused},
};
use crate::{api::Failure, store::StoreError};
use folkmoot_protocol::{
    act::{LawAct, law::Recover},
    id::*,
    law::{Issue, SignedIssue, value::duration_in_words},
};

impl Service {
    /// Finds out whether enough members have chosen other tellers for the next issue.
    pub(super) fn look_for_recovery(&mut self) -> Result<(), StoreError> {
        let known = self.printing.knows_recovery && !self.gained.contains_key(&SpaceId::HALL);
        if known || !self.world.members_chose {
            return Ok(());
        }
        let Some(law) = &mut self.world.law else { return Ok(()) };
        self.printing.knows_recovery = true;
        let recovery = law.recovered_by(&self.store.as_reader().waiting(law)?);
        if recovery.is_none() || recovery == law.recovery {
            return Ok(());
        }
        tracing::warn!(height = law.height() + 1, "the members have chosen other tellers for the next issue");
        law.recovery = recovery;
        self.printing.waiting.clear();
        self.printing.branches.clear();
        self.printing.stopped = None;
        Ok(())
    }

    /// An issue that was read gives way to one by tellers whom the members chose, unless other tellers have certified
    /// one above it since.
    pub(super) fn supersede(&mut self, issue: &Issue, id: IssueId, signed: &SignedIssue) -> Result<(), StoreError> {
        let view = self.store.as_reader();
        let Some(mut before) = view.law_at(issue.height - 1)?.filter(|before| before.issue() == issue.prev) else { return Ok(()) };
        let tellers = before.tellers();
        before.recovery = before.recovered_by(&view.waiting(&before)?);
        let chosen = before.recovery.is_some() && signed.check_by(id, issue, &issue.certifiers(vec![])).is_ok();
        if !chosen || before.recovery != issue.recovery {
            return Ok(());
        }
        for kept in view.issues_from(issue.height, usize::MAX)? {
            let Ok((id, issue)) = kept.signed.read() else { return Ok(()) };
            if kept.signed.check_by(id, &issue, &tellers).is_err() {
                tracing::warn!(height = issue.height, "other tellers have printed since: a recovery below that is of no account");
                return Ok(());
            }
        }
        tracing::warn!(height = issue.height, "the members have chosen other tellers: what the old ones printed from here on is of no account");
        self.store.begin()?;
        self.store.drop_issues_from(issue.height)?;
        self.refold_law()?;
        self.printing.knows_recovery = false;
        self.look_for_recovery()?;
        self.let_wait(vec![signed.clone()]);
        Ok(())
    }

    /// Once the tellers whom the members chose have printed, no proof against the old ones holds anything up.
    pub(super) fn end_recovery(&mut self, issue: &Issue) -> Result<(), StoreError> {
        if issue.recovery.is_none() {
            return Ok(());
        }
        self.printing.has_two_issues = false;
        self.printing.lines.clear();
        self.store.clear_setting(PROOF)
    }

    pub(super) fn plan_recovery(&self, tellers: Vec<DeviceId>, now: u64) -> Result<Plan, DraftError> {
        let law = self.printed_law()?;
        let wait = law.charter().recovery_wait_ms;
        let quiet = now.saturating_sub(law.time());
        if quiet < wait && self.store.as_reader().two_issues()?.is_none() {
            let error = format!("the Gazette has printed within the last {}: recovery is for tellers who are gone", duration_in_words(wait));
            return Err(
                Failure::new("too-early", error, "a bill can dismiss tellers and appoint others: `folkmoot bill draft --effect 'dismiss teller …'`").into()
            );
        }
        let waiting = self.store.as_reader().waiting(law)?;
        let person = self.person()?;
        let mut chosen = law.recoveries(&waiting).into_iter().filter(|count| count.signers.contains(&person));
        if let Some(before) = chosen.next() {
            let same = before.tellers == tellers;
            let error = if same { "you chose these already" } else { "you chose others after this issue already: who chooses twice counts for nobody" };
            return Err(Failure::new("chosen", error, "`folkmoot recover-tellers` shows who chose whom; persuade the others to choose the same").into());
        }
        let recover = Recover { last_good: law.issue(), tellers };
        refused("may-not", law.why_not_recover(person, &recover))?;
        Ok(act(LawAct::Recover(recover), DocumentId(law.issue().0)))
    }
}
