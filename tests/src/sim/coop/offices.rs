//! Officers who cheat: the treasurer, who is the first on paper, a registrar who helps, and tellers beside the agreement.

use super::*;
use folkmoot_protocol::{
    act::{
        LawAct,
        law::{ChainTo, Dues, Receipt},
    },
    agreement::{Certificate, sign_alone},
    law::SignedIssue,
};

/// What officers do.
pub(super) const MISDEEDS: [fn(&mut Coop) -> Option<&'static str>; 9] = [
    Coop::skip_a_number,
    Coop::repeat_a_number,
    Coop::invent_a_member,
    Coop::stuff_the_roll,
    Coop::attest_their_own,
    Coop::record_without_the_office,
    Coop::attest_without_the_office,
    Coop::receipt_for_nothing,
    Coop::certify_alone,
];

/// People whom the treasurer makes up.
const MADE_UP: usize = 12;
const YEAR_MS: u64 = 366 * 86_400_000 - 1;

impl Coop {
    fn dues(&self, number: u64, member: PersonId) -> LawAct {
        let amount = "99.99 EUR".parse().expect("money");
        let from_ms = self.sim.now;
        LawAct::Dues(Dues { number, member, from_ms, to_ms: from_ms + YEAR_MS / 2, amount, commitment: [0; 32] })
    }

    fn next_number(&self) -> u64 {
        self.sim.state(self.honest()).dues.iter().next_back().map_or(1, |(number, _)| number + 1)
    }

    fn skip_a_number(&mut self) -> Option<&'static str> {
        let (who, member) = (self.treasurer, self.somebody());
        let act = self.dues(self.next_number() + 40, self.people[member].person);
        let op = self.write(who, None, &on_paper::law(act));
        self.idle(op, "treasurer: a receipt that skips numbers")
    }

    fn repeat_a_number(&mut self) -> Option<&'static str> {
        let (who, member) = (self.treasurer, self.somebody());
        let number = 1 + self.sim.random.below(5);
        let act = self.dues(number, self.people[member].person);
        let op = self.write(who, None, &on_paper::law(act));
        self.idle(op, "treasurer: a receipt with a number that there is")
    }

    fn invent_a_member(&mut self) -> Option<&'static str> {
        let member = PersonId(self.sim.random.bytes());
        let act = self.dues(self.next_number(), member);
        let op = self.write(self.treasurer, None, &on_paper::law(act));
        self.idle(op, "treasurer: a receipt for nobody")
    }

    /// The treasurer lets made-up people in, records what they never paid, and the registrar confirms: no rule forbids
    /// that, but the roll does not grow faster for it.
    fn stuff_the_roll(&mut self) -> Option<&'static str> {
        if !self.sim.is_up(0) || self.people.len() + self.sim.machines() > PEOPLE + MADE_UP {
            return None;
        }
        let (treasurer, registrar, first) = (self.treasurer, self.registrar, self.next_number());
        for number in first..first + MADE_UP as u64 {
            // It may crash on taking one of them in.
            if !self.sim.is_up(0) {
                return None;
            }
            let puppet = self.let_in(0);
            let act = self.dues(number, self.people[puppet].person);
            let dues = self.write(treasurer, None, &on_paper::law(act));
            self.write(registrar, None, &on_paper::law(LawAct::Attest { dues }));
        }
        Some("treasurer: a roll stuffed with made-up people")
    }

    /// The founder is a treasurer and a registrar, and not the only one.
    fn attest_their_own(&mut self) -> Option<&'static str> {
        let member = self.somebody();
        if !self.sim.is_up(0) {
            return None;
        }
        let act = self.dues(self.next_number(), self.people[member].person);
        let dues = self.sign_at(0, None, &on_paper::law(act));
        // It may have crashed on taking that in.
        if !self.sim.is_up(0) {
            return None;
        }
        let op = self.sign_at(0, None, &on_paper::law(LawAct::Attest { dues }));
        self.idle(op, "treasurer: confirms what they recorded themselves")
    }

    fn record_without_the_office(&mut self) -> Option<&'static str> {
        let (who, member) = (self.somebody(), self.somebody());
        let act = self.dues(self.next_number(), self.people[member].person);
        let op = self.write(who, None, &on_paper::law(act));
        self.idle(op, "member: records dues without the office")
    }

    fn attest_without_the_office(&mut self) -> Option<&'static str> {
        let dues = self.sim.state(self.honest()).dues.iter().find(|(_, row)| row.registrar.is_none()).map(|(_, row)| row.op)?;
        let op = self.write(self.treasurer, None, &on_paper::law(LawAct::Attest { dues }));
        self.idle(op, "treasurer: confirms dues without being a registrar")
    }

    /// A hostile teller says that it holds what nobody has written.
    fn receipt_for_nothing(&mut self) -> Option<&'static str> {
        let crook = self.crooks.iter().copied().find(|node| self.sim.is_up(*node))?;
        let who = self.somebody();
        let held = ChainTo { device: self.people[who].device, seq: self.people[who].tip().0 + 2, id: OpId(self.sim.random.bytes()) };
        self.sign_at(crook, None, &on_paper::law(LawAct::Receipt(Receipt { at_ms: self.sim.now, held: vec![held] })));
        Some("teller: a receipt for what it does not hold")
    }

    /// A hostile teller signs an issue with too few others, and hands it out as a file.
    fn certify_alone(&mut self) -> Option<&'static str> {
        let crook = self.crooks.iter().copied().find(|node| self.sim.is_up(*node))?;
        let salt = self.sim.random.bits();
        let issue = super::super::forged_issue(self.sim.state(crook), 1, salt);
        let crooks = self.crooks.iter().map(|node| sign_alone(issue.coop, issue.height, issue.signed_after(), issue.id(), &self.keys[*node]));
        let mut signatures: Vec<_> = crooks.flat_map(|certificate| certificate.signatures).collect();
        signatures.sort_by_key(|(device, _)| *device);
        let signed = SignedIssue { body: issue.to_bytes(), certificate: Certificate { round: 0, signatures } };
        for node in self.sim.honest() {
            self.sim.import_issues(node, vec![signed.clone()]);
        }
        Some("teller: an issue that too few have certified")
    }
}
