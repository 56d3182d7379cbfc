//! Members who cheat, and machines whose owners put an old disk back.

use super::*;
use folkmoot_node::{api::LawDraft, keystore::Keystore, store::Store};
use folkmoot_protocol::{
    act::{
        LawAct,
        law::{ChainTo, Measure, Moderation, Receipt},
    },
    document::{DocumentKind, Edit, Key, Step, Value},
    law::{Choice, Proposal, SignedIssue},
    op::Content,
};

/// What a machine held a while ago.
pub(super) struct Backup {
    node: usize,
    operations: Vec<SignedOp>,
    issues: Vec<SignedIssue>,
}

/// What members do, each in its turn and when chance has it.
const MISDEEDS: [fn(&mut Coop) -> Option<&'static str>; 14] = [
    Coop::vote_on_two_branches,
    Coop::fork_after_support,
    Coop::vote_late_and_date_back,
    Coop::name_another_issue,
    Coop::vote_for_somebody_else,
    Coop::write_into_anothers_bill,
    Coop::give_a_receipt,
    Coop::replay_another_coop,
    Coop::accept_for_somebody_else,
    Coop::moderate,
    Coop::open_alone,
    Coop::withdraw_anothers_bill,
    Coop::go_back_to_an_old_disk,
    Coop::vote_before_they_may,
];

impl Coop {
    /// Somebody does something that must come to nothing.
    pub(super) fn misdeed(&mut self, round: usize) {
        let all = || MISDEEDS.iter().chain(&offices::MISDEEDS).chain(&disputes::MISDEEDS);
        let number = (round + self.sim.random.below(2) as usize) % all().count();
        let misdeed = all().nth(number).expect("there is one");
        if let Some(what) = misdeed(self) {
            self.fire(what);
        }
    }

    /// Notes that an operation must not have an effect in law.
    pub(super) fn idle(&mut self, op: OpId, what: &'static str) -> Option<&'static str> {
        self.idle.insert(op, what);
        Some(what)
    }

    /// A bill that is open, by the opening.
    pub(super) fn open_bill(&mut self) -> Option<OpId> {
        let node = self.honest();
        let open: Vec<OpId> = self.sim.state(node).live_bills().filter(|(_, bill)| bill.is_open()).map(|(op, _)| op).collect();
        self.sim.random.pick(&open).copied()
    }

    /// A bill whose vote has ended.
    fn closed_bill(&mut self) -> Option<OpId> {
        let node = self.honest();
        let closed: Vec<OpId> = self.sim.state(node).bills.iter().filter(|(_, bill)| !bill.is_open()).map(|(op, _)| *op).collect();
        self.sim.random.pick(&closed).copied()
    }

    /// One branch goes to one machine, the other to another one.
    fn hand_out(&mut self, first: Vec<SignedOp>, second: Vec<SignedOp>) {
        let up: Vec<usize> = self.sim.honest().into_iter().filter(|node| self.sim.is_up(*node)).collect();
        let (one, other) = (self.sim.random.pick(&up).copied(), self.sim.random.pick(&up).copied());
        one.into_iter().for_each(|node| self.sim.import(node, first.clone()));
        other.into_iter().for_each(|node| self.sim.import(node, second.clone()));
    }

    fn vote_on_two_branches(&mut self) -> Option<&'static str> {
        let (bill, who) = (self.open_bill()?, self.somebody());
        let (seq, document) = (self.people[who].tip().0 + 1, DocumentId::ballot_of(bill, self.people[who].person));
        let rest: Vec<SignedOp> = self.people[who].chain.iter().map(|(_, signed)| signed.clone()).collect();
        let (first, one) = self.write_beside(who, seq, Some(document), &on_paper::ballot(bill, Choice::For, vec![]));
        let (second, other) = self.write_beside(who, seq, Some(document), &on_paper::ballot(bill, Choice::Against, vec![]));
        self.rivals.push([first, second]);
        self.hand_out([rest.clone(), vec![one]].concat(), [rest, vec![other]].concat());
        Some("member: a ballot on each of two branches")
    }

    /// Who supports a bill that is open signs something else with the number of that.
    fn fork_after_support(&mut self) -> Option<&'static str> {
        let node = self.honest();
        let open = |text: &Text| text.opened.is_some_and(|op| self.sim.state(node).bills.get(&op).is_some_and(|bill| bill.is_open()));
        let (who, op) = self.texts.iter().filter(|text| open(text)).find_map(|text| text.support.filter(|(who, _)| !self.people[*who].forked))?;
        let seq = self.people[who].chain.iter().position(|(own, _)| *own == op)? as u64 + 1;
        let act = LawAct::Cosponsor { proposal: [7; 32], document: DocumentId([7; 32]) };
        let (other, signed) = self.write_beside(who, seq, None, &on_paper::law(act));
        self.rivals.push([op, other]);
        self.hand_out(vec![signed.clone()], vec![signed]);
        Some("member: a fork below the support of a bill that is open")
    }

    fn vote_late_and_date_back(&mut self) -> Option<&'static str> {
        let (bill, who) = (self.closed_bill()?, self.somebody());
        let opened_at = self.sim.state(self.honest()).bills.get(&bill)?.opened_at;
        let document = DocumentId::ballot_of(bill, self.people[who].person);
        let op = self.write_dated(who, Some(document), &on_paper::ballot(bill, Choice::Against, vec![]), opened_at);
        self.idle(op, "member: a late ballot that is dated back")
    }

    /// Its header names an issue that is none.
    fn name_another_issue(&mut self) -> Option<&'static str> {
        let (bill, who) = (self.open_bill()?, self.somebody());
        let (seq, document) = (self.people[who].tip().0 + 1, DocumentId::ballot_of(bill, self.people[who].person));
        let (_, honest) = self.write_beside(who, seq, Some(document), &on_paper::ballot(bill, Choice::For, vec![]));
        let mut header: folkmoot_protocol::op::Header = folkmoot_protocol::cbor::decode(&honest.header).expect("a header");
        header.issue = OpId(self.sim.state(self.honest()).issue().0);
        let payload = folkmoot_protocol::op::Payload::from_bytes(honest.payload.unwrap_or_default());
        let signed = SignedOp::sign(header, payload, &self.people[who].key);
        let op = folkmoot_protocol::op::Header::id_of(&signed.header);
        self.hand_out(vec![signed.clone()], vec![signed]);
        self.idle(op, "member: a ballot under another issue than the founding")
    }

    fn vote_for_somebody_else(&mut self) -> Option<&'static str> {
        let (bill, who, victim) = (self.open_bill()?, self.somebody(), self.somebody());
        if who == victim {
            return None;
        }
        let document = DocumentId::ballot_of(bill, self.people[victim].person);
        let at = self.people[victim].ballots.get(&bill).cloned().unwrap_or_default();
        let op = self.write(who, Some(document), &on_paper::ballot(bill, Choice::Against, at.into_iter().rev().take(1).collect()));
        self.idle(op, "member: an edit of somebody else's ballot")
    }

    /// The text that is voted on stays what it is.
    fn write_into_anothers_bill(&mut self) -> Option<&'static str> {
        let (bill, who) = (self.open_bill()?, self.somebody());
        let proposal = self.sim.state(self.honest()).bills.get(&bill)?.proposal.clone();
        let steps = vec![Step::Put { key: Key::Title, value: Value::Text("Mine".into()) }, Step::Put { key: Key::Effects, value: Value::Text(String::new()) }];
        let edit = Edit { kind: DocumentKind::Bill, at: proposal.at, steps };
        self.write(who, Some(proposal.document), &Content::Edit(edit));
        Some("member: an edit of somebody else's bill")
    }

    /// A receipt by somebody who is no teller, for what does not exist.
    fn give_a_receipt(&mut self) -> Option<&'static str> {
        let (who, other) = (self.somebody(), self.somebody());
        let held = ChainTo { device: self.people[other].device, seq: self.people[other].tip().0 + 3, id: OpId(self.sim.random.bytes()) };
        let receipt = LawAct::Receipt(Receipt { at_ms: self.sim.now.saturating_sub(60_000), held: vec![held] });
        self.write(who, None, &on_paper::law(receipt));
        Some("member: a receipt by no teller")
    }

    /// Operations of another co-op; and one of one's own that says that it is of another.
    fn replay_another_coop(&mut self) -> Option<&'static str> {
        let (node, who, foreign) = (self.honest(), self.somebody(), self.foreign.clone());
        self.sim.import(node, foreign);
        let at = on_paper::Standing { coop: CoopId([9; 32]), ..self.people[who].standing(self.coop(), self.people[who].tip().0 + 1, self.sim.now) };
        let act = on_paper::law(LawAct::Cosponsor { proposal: [8; 32], document: DocumentId([8; 32]) });
        let (op, signed) = on_paper::sign(&at, None, &act, self.sim.random.bytes(), &self.people[who].key);
        self.sim.import(node, vec![signed]);
        self.idle(op, "member: operations of another co-op")
    }

    fn accept_for_somebody_else(&mut self) -> Option<&'static str> {
        let who = self.somebody();
        let person = self.people[who].person;
        let offer = self.sim.state(self.honest()).offers.iter().find(|(_, offer)| offer.person != person).map(|(op, _)| *op)?;
        let op = self.write(who, None, &on_paper::law(LawAct::Accept { offer }));
        self.idle(op, "member: accepts what waits for somebody else")
    }

    fn moderate(&mut self) -> Option<&'static str> {
        let (who, node) = (self.somebody(), self.honest());
        let space = *self.sim.service(node).world().register.communities.keys().next()?;
        let act = Moderation { space, document: DocumentId([3; 32]), measure: Measure::Remove, rule: 1, reason: "Because.".into() };
        let op = self.write(who, None, &on_paper::law(LawAct::Moderate(act)));
        self.idle(op, "member: moderates without the office")
    }

    fn open_alone(&mut self) -> Option<&'static str> {
        let (who, round) = (self.somebody(), self.sim.random.bytes());
        let proposal = Proposal {
            document: DocumentId(round),
            at: vec![OpId(round)],
            title: "Mine".into(),
            effects: vec![],
            requires: None,
            confirms: None,
            sunset: None,
        };
        let op = self.write(who, None, &on_paper::law(LawAct::Open(proposal)));
        self.idle(op, "member: opens a bill that nobody supports")
    }

    fn withdraw_anothers_bill(&mut self) -> Option<&'static str> {
        let (bill, who) = (self.open_bill()?, self.somebody());
        let op = self.write(who, None, &on_paper::law(LawAct::Withdraw { bill }));
        self.idle(op, "member: takes somebody else's bill back")
    }

    /// Somebody who has only just been let in, and never paid, votes.
    fn vote_before_they_may(&mut self) -> Option<&'static str> {
        let bill = self.open_bill()?;
        if !self.sim.is_up(0) || self.people.len() + self.sim.machines() > PEOPLE + 2 {
            return None;
        }
        let who = self.let_in(0);
        let op = self.vote(who, bill, Choice::For);
        self.people[who].forked = true;
        self.idle(op, "member: votes without a place on the roll")
    }

    /// The last machine's owner keeps a copy of its disk, and later goes on with that. It does not know what it wrote.
    fn go_back_to_an_old_disk(&mut self) -> Option<&'static str> {
        let node = self.sim.machines() - 1;
        match self.backup.take() {
            _ if !self.sim.is_up(node) => None,
            None => {
                let (operations, issues) = (self.sim.operations(node, SpaceId::HALL), self.sim.issues(node));
                self.backup = Some(Backup { node, operations, issues });
                None
            }
            Some(backup) => self.put_back(backup),
        }
    }

    fn put_back(&mut self, Backup { node, operations, issues }: Backup) -> Option<&'static str> {
        let profile = |bio: &str| folkmoot_node::api::Draft::Profile { name: None, bio: Some(bio.into()) };
        self.sim.submit(node, profile("Before.")).ok()?;
        self.sim.run_for(1_500);
        let coop = self.coop();
        if !self.sim.is_up(node) {
            return None;
        }
        self.sim.take_down(node);
        self.watch.gazette.begin_anew(node);
        let mut store = Store::in_memory().expect("memory");
        store.set_setting("coop", &coop.0).expect("setting");
        store.follow(SpaceId::HALL, true).expect("following");
        let keys = Keystore::in_memory(&format!("Person {node}"), self.entropy[node]);
        self.sim.put_up(node, store, keys);
        self.sim.import(node, operations);
        self.sim.import_issues(node, issues);
        let written = self.sim.submit(node, profile("After.")).is_ok();
        let bill = self.open_bill().and_then(|bill| Some(self.sim.state(self.honest()).bills.get(&bill)?.proposal.document));
        bill.into_iter().for_each(|document| drop(self.sim.law(node, LawDraft::Vote { document, choice: Choice::For })));
        written.then_some("backup: a machine goes on with an old disk")
    }
}
