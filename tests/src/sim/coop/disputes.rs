//! Disputed places on the roll, and what auditors find; and officers who reconcile the receipts with the bank.

use super::*;
use folkmoot_node::api::{BooksDraft, LawDraft};
use folkmoot_protocol::{
    act::{
        LawAct,
        standing::{Challenge, Decision, Reconcile},
    },
    law::Money,
};

/// The auditors, on paper.
pub(super) const AUDITORS: [usize; 2] = [7, 8];
/// How long the months are of which officers state what came in.
const MONTH_MS: u64 = 40_000;

/// What members and officers do that must come to nothing.
pub(super) const MISDEEDS: [fn(&mut Coop) -> Option<&'static str>; 5] =
    [Coop::challenge_themselves, Coop::decide_without_the_office, Coop::decide_their_own, Coop::reconcile_without_the_office, Coop::reconcile_what_is_not];

impl Coop {
    /// Somebody's place is challenged now and then. An auditor decides, or does not in time.
    pub(super) fn dispute_places(&mut self) {
        if self.sim.random.one_in(4) {
            let (by, member) = (self.somebody(), self.somebody());
            self.challenge(by, member);
        }
        let node = self.honest();
        let open: Vec<OpId> = self.sim.state(node).open_challenges().map(|(id, _)| id).collect();
        for challenge in open {
            let auditor = AUDITORS[self.sim.random.below(2) as usize];
            if self.sim.random.one_in(4) && !self.people[auditor].forked {
                let upheld = self.sim.random.one_in(2);
                self.decide(auditor, challenge, upheld);
            }
        }
    }

    fn challenge(&mut self, by: usize, member: usize) -> OpId {
        let challenge = Challenge { member: self.people[member].person, reason: "Nobody has met them.".into() };
        self.write(by, None, &on_paper::law(LawAct::Challenge(challenge)))
    }

    fn decide(&mut self, by: usize, challenge: OpId, upheld: bool) -> OpId {
        self.write(by, None, &on_paper::law(LawAct::Decide(Decision { challenge, upheld, reason: "Looked into it.".into() })))
    }

    /// The founder, the treasurer on paper or an auditor states what came in this month, and corrects what they stated.
    pub(super) fn reconcile_books(&mut self) {
        let node = self.honest();
        if !self.sim.random.one_in(5) {
            return;
        }
        let Some(says) = self.receipts_of_this_month(node) else { return };
        match self.sim.random.below(3) {
            0 if self.sim.is_up(0) => {
                let Reconcile { from_ms, to_ms, receipts, sum, bank, unmatched, commitment } = says;
                let (sum, bank) = (sum.to_string(), bank.to_string());
                let _ = self.sim.law(0, LawDraft::Books(BooksDraft::Reconcile { from_ms, to_ms, receipts, sum, bank, unmatched, commitment }));
            }
            1 => drop(self.write(self.treasurer, None, &on_paper::law(LawAct::Reconcile(says)))),
            _ if !self.people[AUDITORS[0]].forked => drop(self.write(AUDITORS[0], None, &on_paper::law(LawAct::Reconcile(says)))),
            _ => {}
        }
    }

    /// What is true of the receipts of the month so far, as a machine has it printed. Nobody checks what it says of the bank.
    fn receipts_of_this_month(&mut self, node: usize) -> Option<Reconcile> {
        let law = self.sim.state(node);
        let (to_ms, euro) = (law.time() + 1, "0.00 EUR".parse::<Money>().expect("money"));
        let from_ms = to_ms - to_ms % MONTH_MS;
        let (receipts, sum) = law.receipts_between(from_ms, to_ms, euro.currency);
        let sum = Money { minor: u64::try_from(sum).ok()?, ..euro };
        let bank = Money { minor: self.sim.random.below(1_000), ..euro };
        (from_ms < to_ms).then_some(Reconcile { from_ms, to_ms, receipts, sum, bank, unmatched: 0, commitment: [1; 32] })
    }

    fn challenge_themselves(&mut self) -> Option<&'static str> {
        let who = self.somebody();
        let op = self.challenge(who, who);
        self.idle(op, "member: challenges themselves")
    }

    fn open_challenge(&self) -> Option<OpId> {
        self.sim.state(self.honest()).open_challenges().next().map(|(id, _)| id)
    }

    /// The treasurer is no auditor, whatever bills say.
    fn decide_without_the_office(&mut self) -> Option<&'static str> {
        let challenge = self.open_challenge()?;
        let op = self.decide(self.treasurer, challenge, true);
        self.idle(op, "treasurer: decides a challenge without being an auditor")
    }

    fn decide_their_own(&mut self) -> Option<&'static str> {
        let (auditor, member) = (AUDITORS[1], self.somebody());
        if self.people[auditor].forked {
            return None;
        }
        let challenge = self.challenge(auditor, member);
        let op = self.decide(auditor, challenge, true);
        self.idle(op, "auditor: upholds a challenge of their own")
    }

    /// The registrar is neither treasurer nor auditor.
    fn reconcile_without_the_office(&mut self) -> Option<&'static str> {
        let says = self.receipts_of_this_month(self.honest())?;
        let op = self.write(self.registrar, None, &on_paper::law(LawAct::Reconcile(says)));
        self.idle(op, "registrar: reconciles without being treasurer or auditor")
    }

    /// The treasurer leaves a receipt out, or adds one.
    fn reconcile_what_is_not(&mut self) -> Option<&'static str> {
        let mut says = self.receipts_of_this_month(self.honest())?;
        (says.receipts, says.sum.minor) = if self.sim.random.one_in(2) { (says.receipts + 1, says.sum.minor) } else { (says.receipts, says.sum.minor + 1) };
        let op = self.write(self.treasurer, None, &on_paper::law(LawAct::Reconcile(says)));
        self.idle(op, "treasurer: a reconciliation that is not what the receipts come to")
    }
}
