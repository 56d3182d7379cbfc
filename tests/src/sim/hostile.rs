//! Machines whose owners mean harm. Each runs the honest program, so that it is a member like any other and is
//! let in everywhere; what leaves it is bent, and it sends things of its own.

use super::Crook;
use crate::random::Random;
use ed25519_dalek::SigningKey;
use folkmoot_node::service::{ConnectionId, Service};
use folkmoot_protocol::{
    agreement::{Certificate, sign_alone},
    cbor,
    id::*,
    identity::device_of,
    law::{Issue, SignedIssue, State},
    op::{Header, Kind, Payload, PayloadRef, SignedOp},
    sync::{ChainRange, Item, Tip, Tips, open},
    wire::{Message, PeerAddress, SpaceDigest, Want},
};

/// What a hostile machine does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malice {
    /// Sends bytes that are no message, and messages with altered bytes.
    Garbage,
    /// Falls silent after a few messages and reads nothing more.
    Stall,
    /// Sends whatever makes work, as much as it can.
    Flood,
    /// Claims to have what it has not, and to lack what it has.
    Lie,
    /// Sends operations without their payloads, or not at all.
    Withhold,
    /// Signs two operations with one number, and shows one to each half of the others.
    Fork,
    /// Sends the operations of another co-op, again and again.
    Replay,
    /// Signs operations that say nothing: random bytes, unknown kinds.
    Void,
    /// Sends issues of the Gazette that are none, and claims to have more than there are.
    Forge,
    /// As a teller, says other things to the other tellers than its program would. Not among [`Malice::ALL`].
    Crook,
}

impl Malice {
    /// All of them that anybody can do.
    pub const ALL: [Self; 9] = [Self::Garbage, Self::Stall, Self::Flood, Self::Lie, Self::Withhold, Self::Fork, Self::Replay, Self::Void, Self::Forge];

    /// What to call it in a report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Garbage => "hostile: garbage",
            Self::Stall => "hostile: stall",
            Self::Flood => "hostile: flood",
            Self::Lie => "hostile: lie",
            Self::Withhold => "hostile: withhold",
            Self::Fork => "hostile: fork",
            Self::Replay => "hostile: replay",
            Self::Void => "hostile: void",
            Self::Forge => "hostile: forge",
            Self::Crook => "hostile: crook",
        }
    }
}

/// Kinds of floods.
pub const FLOODS: [&str; 7] = ["probes", "wants", "wanted forks", "digests", "addresses", "ranges", "operations"];
/// Messages that a flooding machine sends to each connection in half a second.
const FLOOD: usize = 100;
/// Messages after which a stalling machine falls silent, at the most.
const WORDS_BEFORE_SILENCE: u64 = 6;

/// One hostile machine's mind.
pub struct Villain {
    /// What it does.
    pub malice: Malice,
    key: SigningKey,
    random: Random,
    /// Operations of another co-op.
    foreign: Vec<SignedOp>,
    words: u64,
    specialty: u64,
    /// It waits for its time.
    pub good: bool,
    /// How often it did harm.
    pub done: u64,
    crook: Crook,
}

impl Villain {
    /// `foreign`: operations of another co-op, to replay.
    pub fn new(malice: Malice, key: SigningKey, mut random: Random, foreign: Vec<SignedOp>) -> Self {
        let specialty = random.below(7);
        let crook = Crook::new(specialty);
        Self { malice, key, random, foreign, words: 0, specialty, good: false, done: 0, crook }
    }

    /// Has a flood be of another kind than chance would have it.
    pub fn specialise(&mut self, specialty: u64) {
        self.specialty = specialty;
    }

    /// Whether it takes what is sent to it off the line.
    pub fn reads(&self) -> bool {
        self.good || !matches!(self.malice, Malice::Stall | Malice::Flood)
    }

    /// Whether it behaves until it is let in.
    pub fn waits_for_hello(&self) -> bool {
        self.malice != Malice::Garbage
    }

    /// What it did, and how often.
    pub fn deeds(&self) -> Vec<(&'static str, u64)> {
        let crooked = self.crook.did.iter().map(|(what, times)| (*what, *times));
        if self.malice == Malice::Crook { crooked.collect() } else { vec![(self.malice.name(), self.done)] }
    }

    /// What leaves in place of a message of the honest program's.
    pub fn bend(&mut self, connection: ConnectionId, body: Vec<u8>, service: &Service) -> Vec<Vec<u8>> {
        if self.good {
            return vec![body];
        }
        self.words += 1;
        let bent = match (self.malice, Message::decode(&body)) {
            (Malice::Stall, _) if self.words > self.random.below(WORDS_BEFORE_SILENCE) => Some(vec![]),
            (Malice::Lie, Ok(message)) => self.lie(message, service).map(|message| vec![message.encode()]),
            (Malice::Withhold, Ok(Message::Operations(operations))) => Some(self.withhold(operations)),
            (Malice::Forge, Ok(Message::Gazette { .. } | Message::Issues(_))) => self.forge(service).map(|message| vec![message.encode()]),
            (Malice::Fork, Ok(Message::Operations(operations))) if connection.0 % 4 < 2 => fork(operations, &self.key),
            (Malice::Crook, Ok(message)) => {
                let bent = self.crook.bend(connection.0 % 4 < 2, &message, service, &self.key, &mut self.random);
                bent.map(|messages| messages.iter().map(Message::encode).collect())
            }
            _ => None,
        };
        self.done += u64::from(bent.is_some());
        bent.unwrap_or_else(|| vec![body])
    }

    /// What it sends over a connection on its own account, about twice a second.
    pub fn urge(&mut self, service: &Service) -> Vec<Vec<u8>> {
        if self.good {
            return vec![];
        }
        let urged = match self.malice {
            Malice::Garbage if self.random.one_in(8) => vec![self.garbage(service)],
            Malice::Flood => (0..FLOOD).map(|_| self.nonsense(service).encode()).collect(),
            Malice::Lie if self.random.one_in(4) => vec![self.claim(service).encode()],
            Malice::Forge if self.random.one_in(4) => self.forge(service).map(|message| message.encode()).into_iter().collect(),
            Malice::Replay if self.random.one_in(4) => vec![self.replay()],
            _ => vec![],
        };
        self.done += urged.len() as u64;
        urged
    }

    /// An operation of its own chain that says nothing; it takes it in itself and spreads it like any other.
    pub fn void(&mut self, service: &Service) -> Option<SignedOp> {
        if self.good || self.malice != Malice::Void || !self.random.one_in(8) {
            return None;
        }
        let op = own_operation(service, &self.key, &mut self.random)?;
        self.done += 1;
        Some(op)
    }

    fn garbage(&mut self, service: &Service) -> Vec<u8> {
        let length = self.random.below(600) as usize;
        if self.random.one_in(2) {
            return (0..length).map(|_| self.random.bits() as u8).collect();
        }
        let mut body = self.nonsense(service).encode();
        let at = self.random.below(body.len() as u64) as usize;
        body[at] ^= 1 << self.random.below(8);
        body
    }

    fn replay(&mut self) -> Vec<u8> {
        let foreign = self.foreign.clone();
        Message::Operations(foreign).encode()
    }

    /// A claim to have more issues than there are, issues that are far ahead, altered, or its own.
    fn forge(&mut self, service: &Service) -> Option<Message> {
        let law = service.world().law.as_ref()?;
        let issue = forged_issue(law, 1 + self.random.below(3), self.random.bits());
        let signed = match self.random.below(5) {
            0 => return Some(Message::Gazette { height: self.random.below(1 << 40), issue: IssueId(self.random.bytes()) }),
            1 => return Some(Message::Issues(vec![])),
            2 => SignedIssue { body: issue.to_bytes(), certificate: sign_alone(issue.coop, issue.height, issue.signed_after(), issue.id(), &self.key) },
            3 => SignedIssue { body: issue.to_bytes(), certificate: Certificate { round: 0, signatures: vec![] } },
            _ => {
                let mut last = service.store().as_reader().issues_from(law.height(), 1).ok()?.pop()?.signed;
                let at = self.random.below(last.body.len() as u64) as usize;
                last.body[at] ^= 1 << self.random.below(8);
                last
            }
        };
        Some(Message::Issues(vec![signed]))
    }

    fn withhold(&mut self, operations: Vec<SignedOp>) -> Vec<Vec<u8>> {
        if self.random.one_in(2) {
            return vec![];
        }
        let bare = operations.into_iter().map(|op| SignedOp { payload: None, ..op }).collect();
        vec![Message::Operations(bare).encode()]
    }

    fn lie(&mut self, message: Message, service: &Service) -> Option<Message> {
        match message {
            Message::Spaces(spaces) => Some(Message::Spaces(spaces.into_iter().map(|space| SpaceDigest { digest: self.random.bytes(), ..space }).collect())),
            Message::Ranges { space, .. } => Some(Message::Ranges { space, ranges: open(&self.false_tips(service, space)) }),
            Message::Have { space, tips } => {
                let tips = tips.into_iter().map(|item| Item { seq: item.seq + self.random.below(1 << 30), id: OpId(self.random.bytes()), ..item }).collect();
                Some(Message::Have { space, tips })
            }
            Message::Probed { space, device, seq, .. } => Some(Message::Probed { space, device, seq, id: Some(OpId(self.random.bytes())) }),
            _ => None,
        }
    }

    /// A claim that chains of others go on.
    fn claim(&mut self, service: &Service) -> Message {
        let space = self.space(service);
        let tips = self.false_tips(service, space);
        let tips: Vec<_> = tips.iter().map(|(device, tip)| Item::new(*device, *tip)).collect();
        if self.random.one_in(2) { Message::Have { space, tips } } else { Message::Spaces(vec![SpaceDigest { space, digest: self.random.bytes() }]) }
    }

    fn false_tips(&mut self, service: &Service, space: SpaceId) -> Tips {
        let Some(tips) = service.world().tips.get(&space) else { return Tips::new() };
        let random = &mut self.random;
        let alter = |(device, tip): (&DeviceId, &Tip)| match random.below(4) {
            0 => (*device, *tip),
            1 => (*device, Tip { id: OpId(random.bytes()), ..*tip }),
            _ => (*device, Tip { seq: tip.seq + 1 + random.below(1 << 40), id: OpId(random.bytes()), closed: None }),
        };
        tips.iter().map(alter).collect()
    }

    fn space(&mut self, service: &Service) -> SpaceId {
        let spaces: Vec<_> = service.world().followed.iter().copied().collect();
        self.random.pick(&spaces).copied().unwrap_or(SpaceId::HALL)
    }

    /// Something that is well formed and leads nowhere.
    fn nonsense(&mut self, service: &Service) -> Message {
        let space = self.space(service);
        let devices: Vec<_> = service.world().register.credentials.values().map(|credential| credential.device).collect();
        let device = self.random.pick(&devices).copied().unwrap_or(DeviceId::ZERO);
        // A flood is of one kind: of several, the strictest bound would meet it first.
        let kind = if self.malice == Malice::Flood { self.specialty } else { self.random.below(7) };
        match kind {
            0 => Message::Probe { space, device, seq: 1 + self.random.below(1 << 40) },
            1 => Message::Want { space, chains: devices.iter().map(|device| Want { device: *device, from: 1, to: 1 << 40 }).collect() },
            2 => Message::WantFork { space, device },
            3 => Message::Spaces(vec![SpaceDigest { space, digest: self.random.bytes() }]),
            4 => Message::Peers((0..16).map(|i| self.somewhere(i)).collect()),
            5 => Message::Ranges { space, ranges: open(&self.false_tips(service, space)) },
            _ => Message::Operations(own_chain(service, space)),
        }
    }

    fn somewhere(&mut self, number: u16) -> PeerAddress {
        PeerAddress { device: DeviceId(self.random.bytes()), addresses: vec![format!("127.0.0.1:{}", 20_000 + number)] }
    }
}

/// An issue as somebody would have it, so many numbers ahead.
pub fn forged_issue(law: &State, ahead: u64, salt: u64) -> Issue {
    let coop = law.coop.unwrap_or(CoopId::ZERO);
    let (height, time) = (law.height() + ahead, law.time() + 1 + salt % 1_000);
    Issue { coop, height, prev: law.issue(), time, includes: vec![], more: false, register: [salt as u8; 32], recovery: None, cuts: vec![] }
}

/// The other branch of a chain: each third operation is another one.
fn fork(operations: Vec<SignedOp>, key: &SigningKey) -> Option<Vec<Vec<u8>>> {
    let me = device_of(key);
    let mut forked = false;
    let operations = operations.into_iter().map(|op| match cbor::decode::<Header>(&op.header) {
        Ok(header) if header.device == me && header.space != SpaceId::HALL && header.seq % 3 == 0 => {
            forked = true;
            let payload = Payload::from_bytes(op.payload.unwrap_or_default());
            SignedOp::sign(Header { claimed_at: header.claimed_at + 1, ..header }, payload, key)
        }
        _ => op,
    });
    let operations = operations.collect();
    forked.then(|| vec![Message::Operations(operations).encode()])
}

fn own_chain(service: &Service, space: SpaceId) -> Vec<SignedOp> {
    let range = ChainRange { space, device: service.device(), from: 1, to: u64::MAX >> 1 };
    let held = service.store().as_reader().chain_operations(range, 1 << 14).unwrap_or_default();
    held.into_iter().map(|held| held.op.to_signed()).collect()
}

/// The next operation of its chain in a community that it writes in, with a payload that says nothing.
fn own_operation(service: &Service, key: &SigningKey, random: &mut Random) -> Option<SignedOp> {
    let me = service.device();
    let (space, tip) = service.world().tips.iter().find_map(|(space, tips)| Some((*space, *tips.get(&me)?)).filter(|(space, _)| *space != SpaceId::HALL))?;
    let coop = service.world().coop?;
    let kind = match random.below(3) {
        0 => Kind::Act,
        1 => Kind::Edit,
        _ => Kind::Unknown(7 + random.below(90) as u8),
    };
    let header = Header {
        version: 1,
        coop,
        space,
        device: me,
        seq: tip.seq + 1,
        prev: tip.id,
        issue: OpId(coop.0),
        claimed_at: random.bits() >> 20,
        kind,
        payload: PayloadRef::of(&[]),
        credential: None,
        document: None,
    };
    let length = random.below(80) as usize;
    let payload = (0..length).map(|_| random.bits() as u8).collect();
    Some(SignedOp::sign(header, Payload::from_bytes(payload), key))
}
