//! One step of the fold: from the register before an issue to the register after it.

use super::{Cause, Cell, Cut, Head, Issue, IssueError, LawValue, Printed, Range, Turn, Version, charter, state::State};
use crate::{
    act::{Act, Keep, LawAct, RevokeDevice},
    document::DocumentKind,
    id::*,
    limits,
    op::Content,
    register::HallEntry,
};
use std::{collections::BTreeSet, sync::Arc};

/// An operation of the hall as the Gazette prints it.
#[derive(Debug, Clone)]
pub struct PrintedOp {
    /// Its id.
    pub op: OpId,
    /// Its signer.
    pub device: DeviceId,
    /// Its number in the signer's chain in the hall.
    pub seq: u64,
    /// What the signer's chain rests on; the founding operation rests on itself.
    pub credential: OpId,
    /// The author's clock in ms; for display alone.
    pub claimed_at: u64,
    /// The document that an edit is of.
    pub document: Option<DocumentId>,
    /// What it says, or why it is void.
    pub content: Result<Content, String>,
}

/// What a printed operation came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The operation.
    pub op: OpId,
    /// Why it has no effect in law, if it has none.
    pub reason: Option<String>,
}

/// What an issue did to the register.
#[derive(Debug, Clone, Default)]
pub struct Step {
    /// The rows that changed.
    pub cells: Vec<Cell>,
    /// What became of each operation, in the order of printing.
    pub judged: Vec<Judged>,
    /// Whom it silenced or let speak again.
    pub turned: BTreeSet<Turn>,
}

impl State {
    /// Applies a certified issue. On an error the register is no more good for anything: read it anew.
    pub fn apply(&mut self, id: IssueId, issue: &Issue, operations: &[PrintedOp]) -> Result<Step, IssueError> {
        issue.check()?;
        self.check_follows(issue)?;
        check_operations(&issue.includes, operations)?;
        self.recovery = issue.recovery.clone();
        self.check_recovery(operations)?;
        let step = self.advance(issue.time, issue.more, operations, |_| Ok::<_, IssueError>(issue.cuts.clone()))?.0;
        if self.cells.root() != issue.register {
            return Err(IssueError::Register(issue.height));
        }
        self.head = Some(Head { height: issue.height, issue: id, time: issue.time });
        Ok(step)
    }

    /// Writes the next issue as its teller would print it. `cuts` is asked where the chains of those are whom it turns out to
    /// silence or to let speak again ([`super::cuts`]). The register stands as after it; on an error it is no more good for anything.
    pub fn print<E: From<IssueError>>(
        &mut self,
        time: u64,
        more: bool,
        operations: &[PrintedOp],
        cuts: impl FnOnce(&BTreeSet<Turn>) -> Result<Vec<Cut>, E>,
    ) -> Result<(Issue, Step), E> {
        let (coop, prev, includes, recovery) = (self.coop.unwrap_or(CoopId::ZERO), self.issue(), Range::of(operations), self.recovery.clone());
        let mut issue = Issue { coop, height: self.height() + 1, prev, time, includes, more, register: [0; 32], recovery, cuts: vec![] };
        issue.check()?;
        self.check_follows(&issue)?;
        check_operations(&issue.includes, operations)?;
        self.check_recovery(operations)?;
        let (step, cuts) = self.advance(time, more, operations, cuts)?;
        issue.cuts = cuts;
        issue.register = self.cells.root();
        self.head = Some(Head { height: issue.height, issue: issue.id(), time });
        Ok((issue, step))
    }

    /// Where the members chose the tellers, enough of them did by what is printed.
    fn check_recovery(&self, operations: &[PrintedOp]) -> Result<(), IssueError> {
        if self.recovery.is_some() && self.recovery != self.recovered_by(operations) {
            return Err(IssueError::Content("it is by tellers whom not enough members chose in what it prints"));
        }
        Ok(())
    }

    fn check_follows(&self, issue: &Issue) -> Result<(), IssueError> {
        if Some(issue.coop) != self.coop {
            return Err(IssueError::Foreign);
        }
        if issue.height != self.height() + 1 || issue.prev != self.issue() {
            return Err(IssueError::Order { height: issue.height, here: self.height() });
        }
        if issue.time <= self.time() {
            return Err(IssueError::Content("its time is not after that of the issue before"));
        }
        let mut printed = std::collections::BTreeMap::new();
        for range in &issue.includes {
            let before = printed.insert(range.device, range.to).unwrap_or_else(|| self.printed_to(range.device));
            if range.from != before + 1 {
                return Err(IssueError::Content("a part of a chain does not follow what is printed of it"));
            }
        }
        Ok(())
    }

    /// When time alone next changes something, for which an issue is to come out: a vote ends, a bill comes into force or to
    /// its sunset, a ban ends, or what was removed is to be dropped.
    pub fn next_due(&self) -> Option<u64> {
        [self.next_end(), self.next_enactment(), self.next_sunset(), self.next_ban_end(), self.next_drop()].into_iter().flatten().min()
    }

    /// What a provisional issue of that time with all that waits would do; for looking, not for printing. Who may do what is
    /// asked of that time too.
    pub fn provisional(&self, time: u64, operations: &[PrintedOp]) -> Self {
        let time = time.max(self.time().saturating_add(1));
        let mut state = self.clone();
        state.step(time, false, operations);
        state.head = state.head.map(|head| Head { time, ..head });
        state
    }

    /// The one step, and what it changed taken into the hash.
    fn advance<E: From<IssueError>>(
        &mut self,
        time: u64,
        more: bool,
        operations: &[PrintedOp],
        cuts: impl FnOnce(&BTreeSet<Turn>) -> Result<Vec<Cut>, E>,
    ) -> Result<(Step, Vec<Cut>), E> {
        let (moved, judged) = self.step(time, more, operations);
        let turned = std::mem::take(&mut self.turned);
        let cuts = cuts(&turned)?;
        self.take_cuts(&turned, &cuts, time)?;
        if moved {
            self.settle_register();
        }
        Ok((Step { cells: self.settle(), judged, turned }, cuts))
    }

    /// First who is who, then each operation in order, then what the time has brought. Answers whether it changed
    /// who is who.
    fn step(&mut self, time: u64, more: bool, operations: &[PrintedOp]) -> (bool, Vec<Judged>) {
        self.note_eves(time);
        self.draw_lots();
        self.draw_lots_of_priorities();
        // Operations are judged at the time of the issue that prints them.
        let before = self.head;
        self.head = before.map(|head| Head { time, ..head });
        self.end_bans();
        for printed in operations {
            self.printed.insert(printed.device, Printed { seq: printed.seq, id: printed.op });
        }
        let moved = self.take_identities(operations);
        if moved {
            self.register = Arc::new(self.hall.fold());
        }
        let judged = operations.iter().map(|printed| Judged { op: printed.op, reason: self.judge(printed).err() }).collect();
        self.seat_recovered();
        self.grow();
        if !more {
            self.lapse_challenges();
            self.close_bills();
            self.enact_bills();
            self.end_sunsets();
            self.move_elections();
            self.end_recalls();
            self.end_priorities();
            self.end_terms();
            self.drop_removed();
        }
        self.head = before;
        (moved, judged)
    }

    /// Takes in the acts that say who is who.
    fn take_identities(&mut self, operations: &[PrintedOp]) -> bool {
        let mut moved = false;
        for printed in operations {
            if let Ok(Content::Act(Act::RevokeDevice(revoke))) = &printed.content {
                let stands = self.printed_to(revoke.device);
                self.cuts.insert(printed.op, stands);
            }
            if let Some(entry) = self.printed_entry(printed) {
                self.hall.insert(entry);
                moved = true;
            }
        }
        moved
    }

    /// An act that says who is who, as the printed register takes it in. What a closed device wrote stands as far
    /// as it is printed when the closing is, whatever the closing says; nothing of it that is printed later does.
    pub(super) fn printed_entry(&self, printed: &PrintedOp) -> Option<HallEntry> {
        let Ok(Content::Act(act)) = &printed.content else { return None };
        let act = match act {
            Act::Law(_) | Act::React(_) | Act::Erase(_) => return None,
            Act::RevokeDevice(revoke) => {
                let seq = self.cuts.get(&printed.op).copied().unwrap_or(0);
                Act::RevokeDevice(RevokeDevice { keep: vec![Keep { space: SpaceId::HALL, seq }], ..revoke.clone() })
            }
            act => act.clone(),
        };
        let PrintedOp { op, device, seq, credential, claimed_at, .. } = *printed;
        Some(HallEntry { op, device, seq, credential, claimed_at, act: Ok(act) })
    }

    /// What one operation does, or why nothing. A device's cut is where its chain was printed up to, so that what
    /// the closing's own issue prints of it stands. A device that a closed one tied afterwards is nobody's.
    fn judge(&mut self, printed: &PrintedOp) -> Result<(), String> {
        let content = printed.content.as_ref().map_err(Clone::clone)?;
        let effect = self.register.effect(printed.credential, printed.device, SpaceId::HALL, printed.seq);
        let person = effect.map_err(|no_effect| no_effect.reason().to_owned())?;
        match content {
            Content::Act(Act::Law(act)) => self.act(printed, person, act),
            Content::Act(act) => match self.register.no_effect.get(&printed.op) {
                Some(no_effect) => Err(no_effect.reason().to_owned()),
                None => {
                    if let Act::RevokeDevice(revoke) = act {
                        self.hand_over(person, revoke.device, printed.device);
                    }
                    Ok(())
                }
            },
            Content::Edit(edit) if edit.kind == DocumentKind::Ballot => self.vote(person, printed.document, printed.op, printed.device, edit),
            Content::Edit(_) => Ok(()),
        }
    }

    fn act(&mut self, printed: &PrintedOp, person: PersonId, act: &LawAct) -> Result<(), String> {
        // Its inner form was not looked at before.
        Act::Law(act.clone()).check(self.coop.unwrap_or(CoopId::ZERO)).map_err(|error| error.to_string())?;
        match act {
            LawAct::Dues(dues) => self.record_dues(printed.op, person, dues),
            LawAct::Attest { dues } => self.attest(person, *dues),
            LawAct::Accept { offer } => self.accept(person, printed.device, *offer),
            LawAct::Cosponsor { proposal, .. } => self.cosponsor(person, *proposal),
            LawAct::Open(proposal) => self.open(printed.op, person, proposal),
            LawAct::Withdraw { bill } => self.withdraw(person, *bill),
            LawAct::Stand { election } => self.stand(person, printed.device, *election),
            LawAct::StandDown { election } => self.stand_down(person, *election),
            LawAct::Pledge { to, amount } => self.pledge(printed.op, person, *to, *amount),
            LawAct::WithdrawPledge { to } => self.withdraw_pledge(person, *to),
            LawAct::Challenge(challenge) => self.challenge(printed.op, person, challenge),
            LawAct::Decide(decision) => self.decide(printed.op, person, decision),
            LawAct::Reconcile(says) => self.reconcile(printed.op, person, says),
            LawAct::Moderate(moderation) => self.moderate(printed.op, person, moderation),
            LawAct::Report(report) => self.report(printed.op, person, report),
            LawAct::Recover(recover) if self.recovery.as_ref().is_some_and(|chosen| chosen.0 == recover.tellers) && recover.last_good == self.issue() => Ok(()),
            LawAct::Recover(_) => Err("it was not among those by which new tellers came".into()),
            LawAct::Ban(ban) => self.ban(printed.op, person, ban),
            LawAct::Unban(unban) => self.unban(person, unban),
            LawAct::Evidence(evidence) => self.take_evidence(printed.op, evidence),
            LawAct::TakePart { space, on } => self.take_part(person, *space, *on),
            LawAct::Petition { space, demand } => self.petition(printed.op, person, *space, *demand),
            LawAct::Receipt(_) => Ok(()),
        }
    }

    /// The founding sets the charter, and makes the founder the first worker and the holder of the first offices.
    pub(super) fn take_founding(&mut self, founding: &PrintedOp) {
        let Ok(Content::Act(Act::Found(found))) = &founding.content else { return };
        for (key, value) in charter::founded(found.charter.as_deref()).into_iter().filter(|(key, value)| charter::assumed(key).as_ref() != Some(value)) {
            self.values.insert(key, LawValue { versions: vec![Version { value: Some(value), by: Cause::Founding, height: 0, undoes: None }] });
        }
        self.renew_charter();
        self.printed.insert(founding.device, Printed { seq: founding.seq, id: founding.op });
        if let Some(entry) = self.printed_entry(founding) {
            self.hall.insert(entry);
        }
        self.register = Arc::new(self.hall.fold());
        self.found(found.founder.statement.person(), founding.device);
    }
}

/// Checks that operations are those that an issue lists.
fn check_operations(includes: &[Range], operations: &[PrintedOp]) -> Result<(), IssueError> {
    let wrong = Err(IssueError::Content("it prints other operations than those at hand"));
    if operations.len() > limits::OPERATIONS_PER_ISSUE {
        return wrong;
    }
    let mut rest = operations;
    for range in includes {
        let Some((part, behind)) = usize::try_from(range.len()).ok().and_then(|length| rest.split_at_checked(length)) else { return wrong };
        let fits = part.iter().zip(range.from..).all(|(printed, seq)| printed.device == range.device && printed.seq == seq);
        if !fits || part.last().map(|printed| printed.op) != Some(range.last) {
            return wrong;
        }
        rest = behind;
    }
    if rest.is_empty() { Ok(()) } else { wrong }
}
