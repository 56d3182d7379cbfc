//! Members without a machine: keys on paper. What they sign is handed to somebody's machine, as a file would be.

use super::Coop;
use ed25519_dalek::SigningKey;
use folkmoot_protocol::{
    act::{Act, Admit, LawAct},
    document::{DocumentKind, Edit, Key, Step, Value},
    id::*,
    identity::{Joining, PersonKey, device_of},
    law::Choice,
    op::{Content, Header, Kind, Payload, PayloadRef, SignedOp},
};
use std::collections::{BTreeMap, BTreeSet};

/// So many of the last operations of a chain are handed in with the next one, in case one got lost.
const HANDED_IN_AGAIN: usize = 2;

/// Somebody with keys on paper.
pub(super) struct OnPaper {
    pub(super) person: PersonId,
    pub(super) device: DeviceId,
    pub(super) key: SigningKey,
    credential: OpId,
    /// What they signed, in order.
    pub(super) chain: Vec<(OpId, SignedOp)>,
    /// The machine to which they go first.
    pub(super) home: usize,
    /// They have signed two operations with one number: nobody listens to them any more.
    pub(super) forked: bool,
    /// The edits of their ballots, by what they vote on.
    pub(super) ballots: BTreeMap<OpId, Vec<OpId>>,
    /// What they have accepted.
    pub(super) accepted: BTreeSet<OpId>,
}

/// Where an operation stands, beside what it says.
pub(super) struct Standing {
    pub(super) coop: CoopId,
    pub(super) seq: u64,
    pub(super) prev: OpId,
    pub(super) credential: OpId,
    pub(super) claimed_at: u64,
}

/// Signs whatever its owner likes.
pub(super) fn sign(at: &Standing, document: Option<DocumentId>, content: &Content, salt: [u8; 16], key: &SigningKey) -> (OpId, SignedOp) {
    let (kind, payload) = match content {
        Content::Act(act) => (Kind::Act, Payload::act(salt, act)),
        Content::Edit(edit) => (Kind::Edit, Payload::edit(salt, edit)),
    };
    let header = Header {
        version: 1,
        coop: at.coop,
        space: SpaceId::HALL,
        device: device_of(key),
        seq: at.seq,
        prev: at.prev,
        issue: OpId(at.coop.0),
        claimed_at: at.claimed_at,
        kind,
        payload: PayloadRef::of(&[]),
        credential: (at.seq == 1).then_some(at.credential),
        document,
    };
    let signed = SignedOp::sign(header, payload, key);
    (Header::id_of(&signed.header), signed)
}

/// What a ballot on a bill says; `at`: the edits that it follows.
pub(super) fn ballot(bill: OpId, choice: Choice, mut at: Vec<OpId>) -> Content {
    at.sort();
    let steps = vec![Step::Put { key: Key::Bill, value: Value::Operation(bill) }, Step::Put { key: Key::Choice, value: Value::Text(choice.name().into()) }];
    Content::Edit(Edit { kind: DocumentKind::Ballot, at, steps })
}

/// What a ballot in an election says.
pub(super) fn ranking(election: OpId, ranking: Vec<PersonId>) -> Content {
    let steps = vec![Step::Put { key: Key::Bill, value: Value::Operation(election) }, Step::Put { key: Key::Ranking, value: Value::Ranking(ranking) }];
    Content::Edit(Edit { kind: DocumentKind::Ballot, at: vec![], steps })
}

pub(super) fn law(act: LawAct) -> Content {
    Content::Act(Act::Law(act))
}

impl OnPaper {
    /// The number and the id of the last operation.
    pub(super) fn tip(&self) -> (u64, OpId) {
        (self.chain.len() as u64, self.chain.last().map_or(OpId::ZERO, |(op, _)| *op))
    }

    /// Where an operation with this number stands.
    pub(super) fn standing(&self, coop: CoopId, seq: u64, claimed_at: u64) -> Standing {
        let prev = (seq as usize).checked_sub(2).map_or(OpId::ZERO, |before| self.chain[before].0);
        Standing { coop, seq, prev, credential: self.credential, claimed_at }
    }
}

impl Coop {
    /// The founder lets somebody in who has keys on paper; answers their number.
    pub(super) fn let_in(&mut self, home: usize) -> usize {
        let (person, key) = (PersonKey::from_entropy(self.sim.random.bytes()), SigningKey::from_bytes(&self.sim.random.bytes()));
        let name = format!("Member {}", self.people.len());
        let joining = Joining::sign(self.coop(), person.statement(), person.grant(device_of(&key)), name, &key);
        let admit = Act::Admit(Admit { joining, guest: false, invitation: [0; 16] });
        let credential = self.sign_at(0, None, &Content::Act(admit));
        let (person, device) = (person.statement().person(), device_of(&key));
        let (ballots, accepted) = (BTreeMap::new(), BTreeSet::new());
        self.people.push(OnPaper { person, device, key, credential, chain: vec![], home, forked: false, ballots, accepted });
        self.people.len() - 1
    }

    /// Signs as the owner of a machine who does without its program, and takes that in there.
    pub(super) fn sign_at(&mut self, node: usize, document: Option<DocumentId>, content: &Content) -> OpId {
        let tip = self.sim.service(node).world().tip(SpaceId::HALL, self.sim.service(node).device());
        let (seq, prev) = tip.map_or((1, OpId::ZERO), |tip| (tip.seq + 1, tip.id));
        let credential = self.sim.service(node).world().register.standing(self.sim.service(node).device()).map_or(OpId::ZERO, |(op, _)| op);
        let at = Standing { coop: self.coop(), seq, prev, credential, claimed_at: self.sim.now };
        let (op, signed) = sign(&at, document, content, self.sim.random.bytes(), &self.keys[node]);
        self.sim.import(node, vec![signed]);
        op
    }

    /// Somebody signs the next operation of their chain, and hands it in.
    pub(super) fn write(&mut self, who: usize, document: Option<DocumentId>, content: &Content) -> OpId {
        let now = self.sim.now;
        self.write_dated(who, document, content, now)
    }

    /// As [`Self::write`], with a date of their own.
    pub(super) fn write_dated(&mut self, who: usize, document: Option<DocumentId>, content: &Content, claimed_at: u64) -> OpId {
        let at = self.people[who].standing(self.coop(), self.people[who].tip().0 + 1, claimed_at);
        let (op, signed) = sign(&at, document, content, self.sim.random.bytes(), &self.people[who].key);
        self.people[who].chain.push((op, signed));
        let chain = &self.people[who].chain;
        let last: Vec<SignedOp> = chain[chain.len().saturating_sub(HANDED_IN_AGAIN)..].iter().map(|(_, signed)| signed.clone()).collect();
        if let Some(node) = self.machine_near(self.people[who].home) {
            self.sim.import(node, last);
        }
        op
    }

    /// Signs another operation with a number that the chain has already. It is handed to nobody yet.
    pub(super) fn write_beside(&mut self, who: usize, seq: u64, document: Option<DocumentId>, content: &Content) -> (OpId, SignedOp) {
        let at = self.people[who].standing(self.coop(), seq, self.sim.now);
        self.people[who].forked = true;
        sign(&at, document, content, self.sim.random.bytes(), &self.people[who].key)
    }

    /// Somebody votes on a bill, on top of what they said before.
    pub(super) fn vote(&mut self, who: usize, bill: OpId, choice: Choice) -> OpId {
        let at = self.people[who].ballots.get(&bill).and_then(|edits| edits.last()).copied().into_iter().collect();
        self.vote_at(who, bill, choice, at)
    }

    /// Somebody votes on a bill, on top of some edits of theirs.
    pub(super) fn vote_at(&mut self, who: usize, bill: OpId, choice: Choice, at: Vec<OpId>) -> OpId {
        let document = DocumentId::ballot_of(bill, self.people[who].person);
        let op = self.write(who, Some(document), &ballot(bill, choice, at));
        self.people[who].ballots.entry(bill).or_default().push(op);
        op
    }

    /// An honest machine that is up: this one, or the next.
    pub(super) fn machine_near(&self, home: usize) -> Option<usize> {
        let honest = self.sim.honest();
        let up: Vec<usize> = honest.into_iter().filter(|node| self.sim.is_up(*node)).collect();
        up.iter().find(|node| **node >= home).or(up.first()).copied()
    }
}
