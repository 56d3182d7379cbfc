//! A co-op on paper: people who sign nothing but say who they are, and a Gazette that prints what they do. The
//! law's rules are tried on it without nodes.

pub mod chance;
mod community;

use ed25519_dalek::SigningKey;
use folkmoot_protocol::{
    act::{Act, Admit, Found, GrantDevice, Keep, LawAct, RevokeDevice, evidence::Evidence, law::Dues},
    agreement::{self, Certificate},
    document::{DocumentKind, Edit, Key, Step, Value},
    id::*,
    identity::{Joining, Pairing, PersonKey, device_of},
    law::{
        self, ChainEnd, Choice, Cut, Effect, Election, Head, Issue, IssueError, Money, Office, Preset, PrintedOp, Priorities, Proposal, State, Status, Tally,
        Turn,
    },
    op::{Content, Header, Kind, Payload, PayloadRef, SignedHeader, SignedOp},
};
use std::collections::{BTreeMap, BTreeSet};

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
    /// How much somebody has written in a community, as the tellers hold it.
    pub written: BTreeMap<(SpaceId, usize), u64>,
    ends: BTreeMap<DeviceId, u64>,
    operations: u64,
}

fn secret(number: usize) -> [u8; 32] {
    tagged_hash("folkmoot-tests/person", &[&number.to_be_bytes()])
}

fn joining(coop: CoopId, number: usize) -> (Joining, SigningKey, PersonId) {
    let (person, key) = (PersonKey::from_entropy(secret(number)), SigningKey::from_bytes(&secret(number)));
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
        let found = Act::Found(Found { name: "Bread".into(), founder, charter: law::charter::differing(&charter) });
        let founding = PrintedOp { op, device, seq: 1, credential: op, claimed_at: 1, document: None, content: Ok(Content::Act(found)) };
        Self {
            state: State::founded(&founding),
            people: vec![Somebody { person, device, key, credential: op }],
            founding,
            issues: vec![],
            waiting: vec![],
            reasons: BTreeMap::new(),
            now: BEGINNING,
            written: BTreeMap::new(),
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

    /// Two operations of the hall with one number, by a device of somebody: proof of that.
    pub fn fork(&self, somebody: usize, seq: u64) -> Evidence {
        let Somebody { device, key, credential, .. } = &self.people[somebody];
        let header = |claimed_at| {
            let (space, prev, issue) = (SpaceId::HALL, OpId([7; 32]), OpId(self.coop().0));
            let prev = if seq == 1 { OpId::ZERO } else { prev };
            let (kind, payload, credential) = (Kind::Act, PayloadRef::of(&[]), (seq == 1).then_some(*credential));
            Header { version: 1, coop: self.coop(), space, device: *device, seq, prev, issue, claimed_at, kind, payload, credential, document: None }
        };
        let sign = |claimed_at| {
            let SignedOp { header, signature, .. } =
                SignedOp::sign(header(claimed_at), Payload::act([0; 16], &Act::Law(LawAct::Withdraw { bill: OpId::ZERO })), key);
            SignedHeader { header, signature }
        };
        Evidence::Fork { first: sign(1), second: sign(2) }
    }

    /// The founder lets somebody in. Answers their number.
    pub fn join(&mut self) -> usize {
        let number = self.people.len();
        let (joining, key, person) = joining(self.coop(), number + 1);
        let device = device_of(&key);
        let credential = self.act(0, Act::Admit(Admit { joining, guest: false, invitation: [0; 16] }));
        self.people.push(Somebody { person, device, key, credential });
        number
    }

    /// Somebody ties a further device. Answers its number among the people: the same person, another chain.
    pub fn device(&mut self, somebody: usize) -> usize {
        let number = self.people.len();
        let key = SigningKey::from_bytes(&secret(number + 1));
        let grant = GrantDevice { pairing: Pairing::sign("laptop".into(), &key), authority: None };
        let credential = self.act(somebody, Act::GrantDevice(grant));
        self.people.push(Somebody { person: self.people[somebody].person, device: device_of(&key), key, credential });
        number
    }

    /// Closes one of somebody's devices, with another of theirs; `keep`: what the closing says stands.
    pub fn revoke(&mut self, somebody: usize, device: usize, keep: u64) -> OpId {
        let keep = vec![Keep { space: SpaceId::HALL, seq: keep }];
        self.act(somebody, Act::RevokeDevice(RevokeDevice { device: self.people[device].device, keep, authority: None }))
    }

    /// As [`Self::revoke`], with the recovery words of whose devices both are: `owner` came in with the first of them.
    pub fn revoke_by_words(&mut self, somebody: usize, owner: usize, device: usize) -> OpId {
        let device = self.people[device].device;
        let authority = Some(PersonKey::from_entropy(secret(owner + 1)).authorise(&device.0));
        self.act(somebody, Act::RevokeDevice(RevokeDevice { device, keep: vec![], authority }))
    }

    /// Somebody pays: recorded by the founder. Answers the receipt's operation, which waits for acceptance.
    pub fn dues(&mut self, somebody: usize, to_ms: u64) -> OpId {
        let waiting = self.waiting.iter().filter(|printed| matches!(&printed.content, Ok(Content::Act(Act::Law(LawAct::Dues(_)))))).count() as u64;
        let number = self.state.dues.len() as u64 + waiting + 1;
        let dues = self.receipt(number, somebody, to_ms);
        self.law(0, LawAct::Dues(dues))
    }

    /// What the treasurer writes down of a payment of enough.
    pub fn receipt(&self, number: u64, somebody: usize, to_ms: u64) -> Dues {
        let amount = Money { minor: 100_000, currency: "EUR".parse().expect("a currency") };
        Dues { number, member: self.people[somebody].person, from_ms: to_ms - 30 * 24 * 3_600_000, to_ms, amount, commitment: [0; 32] }
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
        Proposal {
            document: DocumentId([text; 32]),
            at: vec![OpId([text; 32])],
            title: format!("Bill {text}"),
            effects,
            requires: None,
            confirms: None,
            sunset: None,
        }
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

    /// Votes in an election; `at`: the edits of the ballot that this one follows.
    pub fn rank_at(&mut self, somebody: usize, election: OpId, ranking: &[usize], at: Vec<OpId>) -> OpId {
        let ranking = ranking.iter().map(|candidate| self.people[*candidate].person).collect();
        self.name_at(somebody, election, ranking, at)
    }

    /// Votes on priorities: these features, by their places in the list.
    pub fn approve_at(&mut self, somebody: usize, vote: OpId, features: &[usize], at: Vec<OpId>) -> OpId {
        let approved = features.iter().map(|place| Priorities::ballot_id(vote, *place)).collect();
        self.name_at(somebody, vote, approved, at)
    }

    /// Votes on priorities for the first time.
    pub fn approve(&mut self, somebody: usize, vote: OpId, features: &[usize]) -> OpId {
        self.approve_at(somebody, vote, features, vec![])
    }

    fn name_at(&mut self, somebody: usize, vote: OpId, named: Vec<PersonId>, mut at: Vec<OpId>) -> OpId {
        at.sort();
        let steps = vec![Step::Put { key: Key::Bill, value: Value::Operation(vote) }, Step::Put { key: Key::Ranking, value: Value::Ranking(named) }];
        let document = DocumentId::ballot_of(vote, self.people[somebody].person);
        self.append(somebody, Some(document), Content::Edit(Edit { kind: DocumentKind::Ballot, at, steps }))
    }

    /// Votes in an election for the first time.
    pub fn rank(&mut self, somebody: usize, election: OpId, ranking: &[usize]) -> OpId {
        self.rank_at(somebody, election, ranking, vec![])
    }

    /// A bill that everybody is for opens an election. Answers the election.
    pub fn open_election(&mut self, text: u8, office: Office, seats: u64) -> OpId {
        self.enact(0, text, vec![Effect::OpenElection { office, seats }]).made_by(0)
    }

    /// A bill that everybody is for opens a vote on priorities. Answers the vote.
    pub fn prioritise(&mut self, text: u8, effect: Effect) -> OpId {
        self.enact(0, text, vec![effect]).made_by(0)
    }

    /// Prints what waits when a vote on priorities ends.
    pub fn end_priorities(&mut self, vote: OpId) {
        let ends = self.priorities(vote).deadline;
        self.print(ends.saturating_sub(self.now).max(1));
    }

    /// A vote on priorities.
    pub fn priorities(&self, vote: OpId) -> &Priorities {
        self.state.priorities.get(&vote).expect("a vote that was opened")
    }

    /// These stand, and then the voting begins.
    pub fn nominate(&mut self, election: OpId, candidates: &[usize]) {
        for candidate in candidates {
            self.law(*candidate, LawAct::Stand { election });
        }
        self.print(1);
        self.next_phase(election);
    }

    /// Prints what waits when the present phase of an election ends.
    pub fn next_phase(&mut self, election: OpId) {
        let ends = self.election(election).ends().unwrap_or(self.now);
        self.print(ends.saturating_sub(self.now).max(1));
    }

    /// An election.
    pub fn election(&self, election: OpId) -> &Election {
        self.state.elections.get(&election).expect("an election that was opened")
    }

    /// Who was elected, in order; none as long as it goes on.
    pub fn elected(&self, election: OpId) -> Option<Vec<usize>> {
        let number = |person: &PersonId| self.people.iter().position(|somebody| somebody.person == *person).expect("somebody");
        self.election(election).outcome.as_ref().map(|outcome| outcome.winners.iter().map(number).collect())
    }

    /// These vote for a bill, and that is printed.
    pub fn all_for(&mut self, bill: OpId, voters: &[usize]) {
        for voter in voters {
            self.vote(*voter, bill, Choice::For);
        }
        self.print(1);
    }

    /// A bill that everybody is for, until it is in force or cannot be.
    pub fn enact(&mut self, sponsor: usize, text: u8, effects: Vec<Effect>) -> OpId {
        let bill = self.open(sponsor, text, effects);
        assert_eq!(self.reason(bill), None);
        let electorate = self.state.electorate(self.state.time());
        let mut seen = std::collections::BTreeSet::new();
        let may = |person| electorate.is_consumer(person) || electorate.is_worker(person);
        let voters: Vec<usize> = (0..self.people.len()).filter(|n| may(self.people[*n].person) && seen.insert(self.people[*n].person)).collect();
        self.all_for(bill, &voters);
        self.until_in_force(bill);
        bill
    }

    /// Creates a job and hires somebody, who accepts.
    pub fn hire(&mut self, somebody: usize, text: u8, job: &str) -> OpId {
        let pay = Money { minor: 300_000, currency: "EUR".parse().expect("a currency") };
        let create = Effect::CreateJob { name: job.into(), title: "A job".into(), pay };
        let bill = self.enact(0, text, vec![create, Effect::FillJob { job: job.into(), person: self.people[somebody].person }]);
        let accepted = self.law(somebody, LawAct::Accept { offer: bill.made_by(1) });
        self.print(1);
        assert_eq!(self.reason(accepted), None);
        bill
    }

    /// Why a printed operation had no effect; none where it had.
    pub fn reason(&self, op: OpId) -> Option<&str> {
        self.reasons.get(&op).map(String::as_str)
    }

    /// The count when the vote on a bill ended.
    pub fn result(&self, bill: OpId) -> Tally {
        self.state.bills.get(&bill).and_then(|bill| bill.result).expect("a bill whose vote ended").0
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
        let mut state = std::mem::take(&mut self.state);
        let (issue, step) = state.print(self.now, false, &operations, |turned| self.cuts(turned)).expect("an issue that can be");
        self.state = state;
        let certificate = self.certify(&issue, &tellers);
        self.reasons.extend(step.judged.into_iter().filter_map(|judged| Some((judged.op, judged.reason?))));
        self.issues.push((issue, certificate, operations));
    }

    /// Where the chains of those are whom an issue turns.
    fn cuts(&self, turned: &BTreeSet<Turn>) -> Result<Vec<Cut>, IssueError> {
        Ok(law::cuts(turned, |turn| {
            let own = self
                .written
                .iter()
                .filter(|((space, somebody), _)| self.people[*somebody].person == turn.person && turn.space.is_none_or(|only| only == *space));
            own.map(|((space, somebody), seq)| (*space, ChainEnd { device: self.people[*somebody].device, seq: *seq })).collect()
        }))
    }

    /// All tellers sign an issue.
    pub fn certify(&self, issue: &Issue, tellers: &[DeviceId]) -> Certificate {
        let signers = tellers.iter().map(|teller| self.people.iter().find(|somebody| somebody.device == *teller).expect("a teller of ours"));
        let alone = signers.map(|signer| agreement::sign_alone(self.coop(), issue.height, issue.signed_after(), issue.id(), &signer.key));
        Certificate { round: 0, signatures: alone.flat_map(|certificate| certificate.signatures).collect() }
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

    /// The register as it is read from its stored rows and what is printed.
    pub fn reloaded(&self) -> State {
        let printed = std::iter::once(&self.founding).chain(self.issues.iter().flat_map(|(.., operations)| operations));
        State::load(self.coop(), self.state.head.expect("a head"), &self.state.all_cells(), printed).expect("rows that can be read")
    }

    /// The next issue as it could be printed, changed before it is, and why another node refuses it.
    pub fn refuses(&self, operations: &[PrintedOp], change: impl FnOnce(&mut Issue)) -> Option<IssueError> {
        let mut state = self.reloaded();
        let (mut issue, _) = state.clone().print(self.now + 1, false, operations, |turned| self.cuts(turned)).expect("an issue that can be");
        change(&mut issue);
        state.apply(issue.id(), &issue, operations).err()
    }

    /// Numbers operations from here on, so that those of two co-ops differ.
    pub fn operations_from(&mut self, number: u64) {
        self.operations = number;
    }

    /// Where the Gazette stands.
    pub fn head(&self) -> Head {
        self.state.head.expect("a head")
    }
}
