//! A co-op on paper: people who sign nothing but say who they are, and a Gazette that prints what they do. The
//! law's rules are tried on it without nodes.

use ed25519_dalek::SigningKey;
use folkmoot_protocol::{
    act::{Act, Admit, Found, LawAct, law::Dues},
    agreement::{self, Certificate},
    document::{DocumentKind, Edit, Key, Step, Value},
    id::*,
    identity::{Joining, PersonKey, device_of},
    law::{self, Choice, Effect, Issue, Money, Office, Preset, PrintedOp, Proposal, Range, State, Status},
    op::Content,
};
use std::collections::BTreeMap;

/// The Gazette's time of the first issue, in ms.
pub const BEGINNING: u64 = 1_800_000_000_000;

/// Somebody in the co-op.
#[derive(Debug, Clone)]
pub struct Somebody {
    /// Who they are.
    pub person: PersonId,
    /// Their device.
    pub device: DeviceId,
    /// Its key.
    pub key: SigningKey,
    credential: OpId,
}

/// A co-op on paper.
#[derive(Debug, Clone)]
pub struct Paper {
    /// The register.
    pub state: State,
    /// Everybody, the founder first.
    pub people: Vec<Somebody>,
    /// The founding.
    pub founding: PrintedOp,
    /// What was printed so far, with what was printed.
    pub issues: Vec<(Issue, Certificate, Vec<PrintedOp>)>,
    /// What waits to be printed.
    pub waiting: Vec<PrintedOp>,
    /// Why an operation had no effect.
    pub reasons: BTreeMap<OpId, String>,
    /// The time of the next issue, in ms.
    pub now: u64,
    ends: BTreeMap<DeviceId, u64>,
    operations: u64,
}

fn joining(coop: CoopId, number: u8) -> (Joining, SigningKey, PersonId) {
    let (person, key) = (PersonKey::from_entropy([number; 32]), SigningKey::from_bytes(&[number; 32]));
    let joining = Joining::sign(coop, person.statement(), person.grant(device_of(&key)), format!("Person {number}"), &key);
    (joining, key, person.statement().person())
}

impl Paper {
    /// Founds a co-op under a preset, with some keys set otherwise.
    pub fn found(preset: Preset, others: &[(&str, &str)]) -> Self {
        let mut charter = preset.values();
        for (name, text) in others {
            let kind = &law::key::key(name).expect("a key of the law").kind;
            charter.insert((*name).into(), law::Value::parse(kind, text).expect("a value"));
        }
        let (founder, key, person) = joining(CoopId::ZERO, 1);
        let device = device_of(&key);
        let op = OpId([255; 32]);
        let found = Act::Found(Found { name: "Bread".into(), founder, charter: Some(charter.into_iter().collect()) });
        let founding = PrintedOp { op, device, seq: 1, credential: op, claimed_at: 1, document: None, content: Ok(Content::Act(found)) };
        Self {
            state: State::founded(&founding),
            people: vec![Somebody { person, device, key, credential: op }],
            founding,
            issues: vec![],
            waiting: vec![],
            reasons: BTreeMap::new(),
            now: BEGINNING,
            ends: BTreeMap::from([(device, 1)]),
            operations: 0,
        }
    }

    /// The co-op.
    pub fn coop(&self) -> CoopId {
        CoopId::founded_by(self.founding.op)
    }

    fn append(&mut self, somebody: usize, document: Option<DocumentId>, content: Content) -> OpId {
        let Somebody { device, credential, .. } = self.people[somebody];
        self.operations += 1;
        let op = OpId(tagged_hash("folkmoot-tests/paper", &[&self.operations.to_be_bytes()]));
        let seq = self.ends.entry(device).or_insert(0);
        *seq += 1;
        self.waiting.push(PrintedOp { op, device, seq: *seq, credential, claimed_at: 1, document, content: Ok(content) });
        op
    }

    /// Does something.
    pub fn act(&mut self, somebody: usize, act: Act) -> OpId {
        self.append(somebody, None, Content::Act(act))
    }

    /// Does something that concerns the law.
    pub fn law(&mut self, somebody: usize, act: LawAct) -> OpId {
        self.act(somebody, Act::Law(act))
    }

    /// The founder lets somebody in. Answers their number.
    pub fn join(&mut self) -> usize {
        let number = self.people.len();
        let (joining, key, person) = joining(self.coop(), u8::try_from(number + 1).expect("few people"));
        let device = device_of(&key);
        let credential = self.act(0, Act::Admit(Admit { joining, guest: false, invitation: [0; 16] }));
        self.people.push(Somebody { person, device, key, credential });
        number
    }

    /// Somebody pays: recorded by the founder. Answers the receipt's operation, which waits for acceptance.
    pub fn dues(&mut self, somebody: usize, to_ms: u64) -> OpId {
        let waiting = self.waiting.iter().filter(|printed| matches!(&printed.content, Ok(Content::Act(Act::Law(LawAct::Dues(_)))))).count() as u64;
        let number = self.state.dues.len() as u64 + waiting + 1;
        let amount = Money { minor: 100_000, currency: "EUR".parse().expect("a currency") };
        let member = self.people[somebody].person;
        let dues = Dues { number, member, from_ms: to_ms - 30 * 24 * 3_600_000, to_ms, amount, commitment: [0; 32] };
        self.law(0, LawAct::Dues(dues))
    }

    /// Lets so many people in who pay for a long time, and prints it all. Answers their numbers.
    pub fn consumers(&mut self, many: usize) -> Vec<usize> {
        let joined: Vec<usize> = (0..many).map(|_| self.join()).collect();
        self.print(1);
        for somebody in &joined {
            let receipt = self.dues(*somebody, BEGINNING * 2);
            self.law(*somebody, LawAct::Accept { offer: receipt });
        }
        self.print(1);
        joined
    }

    /// A bill's proposal.
    pub fn proposal(&self, text: u8, effects: Vec<Effect>) -> Proposal {
        Proposal { document: DocumentId([text; 32]), at: vec![OpId([text; 32])], title: format!("Bill {text}"), effects, requires: None }
    }

    /// Opens a bill, and prints that. Answers the bill.
    pub fn open(&mut self, somebody: usize, text: u8, effects: Vec<Effect>) -> OpId {
        let proposal = self.proposal(text, effects);
        let bill = self.law(somebody, LawAct::Open(proposal));
        self.print(1);
        bill
    }

    /// Votes; `at`: the edits of the ballot that this one follows.
    pub fn vote_at(&mut self, somebody: usize, bill: OpId, choice: Choice, mut at: Vec<OpId>) -> OpId {
        at.sort();
        let steps = vec![Step::Put { key: Key::Bill, value: Value::Operation(bill) }, Step::Put { key: Key::Choice, value: Value::Text(choice.name().into()) }];
        let document = DocumentId::ballot_of(bill, self.people[somebody].person);
        self.append(somebody, Some(document), Content::Edit(Edit { kind: DocumentKind::Ballot, at, steps }))
    }

    /// Votes for the first time.
    pub fn vote(&mut self, somebody: usize, bill: OpId, choice: Choice) -> OpId {
        self.vote_at(somebody, bill, choice, vec![])
    }

    /// Prints what waits, so many ms after the issue before.
    pub fn print(&mut self, after_ms: u64) {
        let operations = std::mem::take(&mut self.waiting);
        self.print_these(after_ms, operations);
    }

    /// Prints these operations, in this order.
    pub fn print_these(&mut self, after_ms: u64, operations: Vec<PrintedOp>) {
        self.now += after_ms;
        let tellers = self.state.tellers();
        let (issue, step) = self.state.print(self.now, false, ranges(&operations), &operations).expect("an issue that can be");
        let signer = self.people.iter().find(|somebody| tellers == [somebody.device]).expect("one teller");
        let certificate = agreement::sign_alone(&signer.key, self.coop(), issue.height, issue.prev, issue.id());
        self.reasons.extend(step.judged.into_iter().filter_map(|judged| Some((judged.op, judged.reason?))));
        self.issues.push((issue, certificate, operations));
    }

    /// Prints empty issues until the vote on a bill has ended.
    pub fn until_ended(&mut self, bill: OpId) {
        while self.state.bills.get(&bill).is_some_and(|bill| bill.is_open()) {
            let deadline = self.state.bills.get(&bill).map_or(self.now, |bill| bill.deadline);
            self.print(deadline.saturating_sub(self.now).max(1));
        }
    }

    /// Prints empty issues until a bill is in force, or is not going to be.
    pub fn until_in_force(&mut self, bill: OpId) {
        self.until_ended(bill);
        if let Status::Passed { in_force_from, .. } = self.status(bill) {
            self.print(in_force_from.saturating_sub(self.now).max(1));
        }
    }

    /// Where a bill stands.
    pub fn status(&self, bill: OpId) -> Status {
        self.state.bills.get(&bill).expect("a bill that was opened").status.clone()
    }

    /// Whether somebody holds an office.
    pub fn holds(&self, somebody: usize, office: Office) -> bool {
        self.state.holds(office, self.people[somebody].person)
    }

    /// The register as another node comes to it: from the founding, issue by issue, each with its certificate.
    pub fn recount(&self) -> State {
        let mut state = State::founded(&self.founding);
        for (issue, certificate, operations) in &self.issues {
            certificate.check(self.coop(), issue.height, issue.prev, issue.id(), &state.tellers()).expect("a certificate");
            state.apply(issue.id(), issue, operations).expect("an issue that follows");
        }
        state
    }
}

/// The parts of chains that operations make, in this order.
pub fn ranges(operations: &[PrintedOp]) -> Vec<Range> {
    let mut ranges: Vec<Range> = Vec::new();
    for printed in operations {
        match ranges.last_mut() {
            Some(range) if range.device == printed.device && range.to + 1 == printed.seq => {
                range.to = printed.seq;
                range.last = printed.op;
            }
            _ => ranges.push(Range { device: printed.device, from: printed.seq, to: printed.seq, last: printed.op }),
        }
    }
    ranges
}
