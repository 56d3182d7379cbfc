use super::{Claim, Closed, Difference, Item, Ranges, Tip, Tips, answer, open, search::Searches};
use crate::{
    agreement,
    id::*,
    law::SignedIssue,
    limits,
    op::SignedHeader,
    wire::{Hello, JoinRequest, Message, PeerAddress, Refusal, SpaceDigest, Want},
};
use std::collections::{BTreeMap, VecDeque};

/// The protocol version that this crate speaks.
pub const VERSION: u8 = 1;

/// Where both have a chain and one lacks at most so many operations of it, the side that has them sends them
/// at once; everything else is asked for by the side that lacks it, from one peer at a time.
const PUSHED_AT_ONCE: u64 = 64;

/// What a session may look up in the replica that it speaks for.
pub trait Replica {
    /// The spaces that are kept here, the hall first.
    fn spaces(&self) -> Vec<SpaceId>;
    /// The chain tips of a space that is kept here.
    fn tips(&self, space: SpaceId) -> Option<&Tips>;
    /// The id of one operation of a chain.
    fn operation_at(&self, space: SpaceId, device: DeviceId, seq: u64) -> Option<OpId>;
}

/// Consecutive operations of one chain, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainRange {
    /// The space.
    pub space: SpaceId,
    /// Whose chain.
    pub device: DeviceId,
    /// The first number.
    pub from: u64,
    /// The last number.
    pub to: u64,
}

/// What the caller does next.
#[derive(Debug)]
pub enum Output {
    /// Sends a message to the peer.
    Send(Message),
    /// Asks the peer for these, unless another peer is already sending them.
    Fetch(Vec<ChainRange>),
    /// Sends the proof that closed a chain here.
    SendFork(SpaceId, DeviceId),
    /// Sends the erasures held of a closed chain.
    SendErasures(SpaceId, DeviceId),
    /// Checks a proof that the peer sent, and closes the chain.
    CheckFork(SignedHeader, SignedHeader),
    /// Remembers where other nodes can be reached.
    Learn(Vec<PeerAddress>),
    /// Decides on somebody who asks to be let in.
    Join(Box<JoinRequest>),
    /// This device was let in by that act.
    Admitted(OpId),
    /// This device was refused.
    Refused(Refusal),
    /// The peer's Gazette has so many issues, and this is the newest.
    Hears(u64, IssueId),
    /// Sends issues from a number on.
    SendIssues(u64),
    /// Takes issues in.
    Issues(Vec<SignedIssue>),
    /// Hears what a teller said.
    Agreement(Box<agreement::Message>),
    /// Offers what is held of the next issue.
    OfferAgreement {
        /// Its number.
        height: u64,
        /// The issue before.
        prev: IssueId,
        /// Of this round; none: of all.
        round: Option<u32>,
    },
}

/// Why a peer is dropped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    /// No version in common.
    #[error("it speaks no protocol version that this node knows (ours is {VERSION}); one of the two needs an update")]
    Version,
    /// Another co-op.
    #[error("it belongs to another co-op ({0})")]
    Foreign(CoopId),
    /// Too many messages out of turn.
    #[error("it keeps sending messages out of turn (the last was {0})")]
    OutOfTurn(&'static str),
    /// Reconciliation that does not come to an end.
    #[error("its reconciliation of space {0} does not come to an end")]
    Endless(SpaceId),
    /// Ranges that are no partition of the key space.
    #[error("its reconciliation is malformed: {0}")]
    Ranges(String),
    /// An operation that is invalid for ever.
    #[error("it sent an invalid operation: {0}")]
    Invalid(String),
    /// A proof of a fork that proves nothing.
    #[error("it sent a fork proof that proves nothing")]
    BadProof,
}

/// One connection's side of the sync protocol.
#[derive(Debug)]
pub struct Session {
    /// The other end.
    pub peer: DeviceId,
    dialled: bool,
    hello: Option<Hello>,
    digests: BTreeMap<SpaceId, [u8; 32]>,
    rounds: BTreeMap<SpaceId, u32>,
    /// Comparisons that may be under way: on a slow line several follow each other before the first is answered.
    comparisons: u32,
    known: BTreeMap<(SpaceId, DeviceId), u64>,
    pushed: BTreeMap<(SpaceId, DeviceId), u64>,
    serving: VecDeque<ChainRange>,
    served: BTreeMap<(SpaceId, DeviceId), u64>,
    searches: Searches,
    late: BTreeMap<(SpaceId, DeviceId), u64>,
    out_of_turn: u32,
}

impl Session {
    /// A session with a peer that was dialled, or that dialled here.
    pub fn new(peer: DeviceId, dialled: bool) -> Self {
        Self {
            peer,
            dialled,
            hello: None,
            digests: BTreeMap::new(),
            rounds: BTreeMap::new(),
            comparisons: 1,
            known: BTreeMap::new(),
            pushed: BTreeMap::new(),
            serving: VecDeque::new(),
            served: BTreeMap::new(),
            searches: Searches::default(),
            late: BTreeMap::new(),
            out_of_turn: 0,
        }
    }

    /// What the peer said of itself, once it did.
    pub fn hello(&self) -> Option<&Hello> {
        self.hello.as_ref()
    }

    /// Whether this node dialled.
    pub fn dialled(&self) -> bool {
        self.dialled
    }

    /// The digests of all spaces that are kept here.
    pub fn digests(replica: &impl Replica) -> Vec<SpaceDigest> {
        let spaces = replica.spaces().into_iter().take(limits::SPACES_PER_HELLO);
        spaces.filter_map(|space| Some(SpaceDigest { space, digest: replica.tips(space)?.digest() })).collect()
    }

    /// This side compares all spaces anew: each reconciliation may take its rounds again.
    pub fn compares_anew(&mut self) {
        if self.comparisons < limits::COMPARISONS_UNDER_WAY {
            self.comparisons += 1;
        } else {
            self.rounds.values_mut().for_each(|rounds| *rounds = rounds.saturating_sub(limits::RECONCILE_ROUNDS));
        }
    }

    /// Whether the peer keeps a space.
    pub fn shares(&self, space: SpaceId) -> bool {
        self.digests.contains_key(&space)
    }

    /// Whether both sides had the same operations of a space when they last compared.
    pub fn agrees(&self, space: SpaceId, replica: &impl Replica) -> bool {
        self.digests.get(&space).zip(replica.tips(space)).is_some_and(|(theirs, mine)| *theirs == mine.digest())
    }

    /// How far the peer is known to hold a chain; 0 where nothing is known.
    pub fn known(&self, space: SpaceId, device: DeviceId) -> u64 {
        self.known.get(&(space, device)).copied().unwrap_or(0)
    }

    /// Operations still to be sent, by chain.
    pub fn backlog(&self) -> usize {
        self.serving.len()
    }

    /// Entries that this session keeps, in all: what the peer can make this node remember.
    pub fn entries(&self) -> usize {
        let of_chains = self.known.len() + self.pushed.len() + self.searches.len() + self.late.len();
        self.digests.len() + self.rounds.len() + self.serving.len() + of_chains
    }

    /// Takes a message in (operations go to the admit path instead).
    pub fn receive(&mut self, message: Message, replica: &impl Replica) -> Result<Vec<Output>, Breach> {
        let name = message.name();
        match message {
            Message::Hello(hello) if self.hello.is_none() => return self.greet(hello, replica),
            Message::Join(request) => return Ok(vec![Output::Join(request)]),
            Message::Admitted { op } => return Ok(vec![Output::Admitted(op)]),
            Message::Refused { reason } => return Ok(vec![Output::Refused(reason)]),
            _ if self.hello.is_none() => {}
            Message::Spaces(spaces) => return Ok(self.compare_again(spaces, replica)),
            Message::Ranges { space, ranges } if self.shares(space) => return self.reconcile(space, &ranges, replica),
            Message::Have { space, tips } if self.shares(space) => return Ok(self.have(space, &tips, replica)),
            Message::Want { space, chains } => {
                self.want(space, &chains, replica);
                return Ok(vec![]);
            }
            Message::Fork { first, second } => return Ok(vec![Output::CheckFork(first, second)]),
            Message::WantFork { space, device } => return Ok(vec![Output::SendFork(space, device)]),
            Message::Probe { space, device, seq } => {
                let id = replica.operation_at(space, device, seq);
                return Ok(vec![Output::Send(Message::Probed { space, device, seq, id })]);
            }
            Message::Probed { space, device, seq, id } if self.searches.is_under_way((space, device)) => {
                let same = id.is_some() && id == replica.operation_at(space, device, seq);
                return Ok(self.searches.narrow((space, device), seq, same).map(Output::Send).into_iter().collect());
            }
            Message::Peers(peers) => return Ok(vec![Output::Learn(peers)]),
            Message::Gazette { height, issue } => return Ok(vec![Output::Hears(height, issue)]),
            Message::WantIssues { from } => return Ok(vec![Output::SendIssues(from)]),
            Message::Issues(issues) => return Ok(vec![Output::Issues(issues)]),
            Message::Agreement(said) => return Ok(vec![Output::Agreement(said)]),
            Message::WantAgreement { height, prev, round } => return Ok(vec![Output::OfferAgreement { height, prev, round }]),
            _ => {}
        }
        self.out_of_turn += 1;
        if self.out_of_turn > limits::UNEXPECTED_PER_PEER { Err(Breach::OutOfTurn(name)) } else { Ok(vec![]) }
    }

    /// How far a chain was pushed to the peer, or is known to be held by it.
    pub fn sent_up_to(&self, space: SpaceId, device: DeviceId) -> u64 {
        self.pushed.get(&(space, device)).copied().unwrap_or(0).max(self.known(space, device))
    }

    /// The replica grew by what this node wrote itself: it is sent at once, unless the peer has it.
    pub fn push(&mut self, range: ChainRange) {
        if self.shares(range.space) && range.from <= range.to {
            self.pushed.insert((range.space, range.device), range.to);
            self.serve(range);
        }
    }

    /// The replica grew by what others wrote: whoever lacks it asks. To the peer that sent it, this is the receipt.
    pub fn announce(&self, space: SpaceId, grown: &[(DeviceId, Tip)]) -> Option<Message> {
        let news: Vec<_> = grown.iter().map(|(device, tip)| Item::new(*device, *tip)).collect();
        (self.shares(space) && !news.is_empty()).then_some(Message::Have { space, tips: news })
    }

    /// The peer sent an operation: it holds the chain up to there.
    pub fn note_held(&mut self, space: SpaceId, device: DeviceId, seq: u64) {
        let known = self.known.entry((space, device)).or_insert(0);
        *known = (*known).max(seq);
        if self.known.len() > limits::TIPS_PER_MESSAGE * 16 {
            self.known.clear();
        }
    }

    /// An operation of the peer's does not follow the chain held here: the branches part further below.
    pub fn parted(&mut self, space: SpaceId, device: DeviceId, replica: &impl Replica) -> Vec<Output> {
        let Some(mine) = replica.tips(space).and_then(|tips| tips.get(&device)).filter(|tip| tip.may_grow()) else { return vec![] };
        self.searches.begin((space, device), mine.seq).map(Output::Send).into_iter().collect()
    }

    /// The next operations to send; what does not fit a frame is put back with [`Session::put_back`].
    pub fn next_serve(&mut self) -> Option<ChainRange> {
        self.serving.pop_front()
    }

    /// Notes that operations were sent. Answers how many of them had been sent on this connection before.
    pub fn served_again(&mut self, range: ChainRange) -> u64 {
        if self.served.len() > limits::TIPS_PER_MESSAGE * 16 {
            self.served.clear();
        }
        let before = self.served.entry((range.space, range.device)).or_insert(0);
        let again = (range.to.min(*before) + 1).saturating_sub(range.from);
        *before = (*before).max(range.to);
        again
    }

    /// Puts back what did not fit.
    pub fn put_back(&mut self, range: ChainRange) {
        self.serving.push_front(range);
    }

    /// What the peer should have pushed by now is asked for. Call about once a second.
    pub fn overdue(&mut self, replica: &impl Replica) -> Option<Output> {
        let late = std::mem::take(&mut self.late);
        let missing = late.into_iter().filter_map(|((space, device), to)| behind(replica, space, device, to));
        let missing: Vec<_> = missing.collect();
        (!missing.is_empty()).then_some(Output::Fetch(missing))
    }

    fn greet(&mut self, mut hello: Hello, replica: &impl Replica) -> Result<Vec<Output>, Breach> {
        if !hello.versions.contains(&VERSION) {
            return Err(Breach::Version);
        }
        let theirs = std::mem::take(&mut hello.spaces);
        self.hello = Some(hello);
        Ok(self.compare(theirs, replica, !self.dialled))
    }

    /// The peer's digests, later on. One side alone opens reconciliations; the other has it compare anew.
    fn compare_again(&mut self, theirs: Vec<SpaceDigest>, replica: &impl Replica) -> Vec<Output> {
        let outputs = self.compare(theirs, replica, !self.dialled);
        let differ = self.digests.iter().any(|(space, digest)| replica.tips(*space).is_some_and(|tips| tips.digest() != *digest));
        if !(self.dialled && differ) {
            return outputs;
        }
        self.compares_anew();
        vec![Output::Send(Message::Spaces(Self::digests(replica)))]
    }

    /// Takes the peer's digests in; where one differs, one side opens the reconciliation.
    fn compare(&mut self, theirs: Vec<SpaceDigest>, replica: &impl Replica, opens: bool) -> Vec<Output> {
        let mut outputs = Vec::new();
        // Spaces that are not kept here are noted too: this node may begin to follow one.
        let theirs: BTreeMap<_, _> = theirs.into_iter().map(|s| (s.space, s.digest)).collect();
        // A peer could name ever new ones.
        self.rounds.retain(|space, _| theirs.contains_key(space));
        for (space, digest) in &theirs {
            let Some(tips) = replica.tips(*space) else { continue };
            if tips.digest() != *digest && opens {
                self.rounds.remove(space);
                outputs.push(Output::Send(Message::Ranges { space: *space, ranges: open(tips) }));
            }
        }
        self.digests = theirs;
        outputs
    }

    fn reconcile(&mut self, space: SpaceId, ranges: &Ranges, replica: &impl Replica) -> Result<Vec<Output>, Breach> {
        let rounds = self.rounds.entry(space).or_insert(0);
        *rounds += 1;
        if *rounds > limits::RECONCILE_ROUNDS * self.comparisons {
            return Err(Breach::Endless(space));
        }
        let Some(tips) = replica.tips(space) else { return Ok(vec![]) };
        let answer = answer(tips, ranges).map_err(|error| Breach::Ranges(error.to_string()))?;
        let mut outputs = Vec::new();
        if !answer.reply.is_empty() {
            outputs.push(Output::Send(Message::Ranges { space, ranges: answer.reply }));
        }
        outputs.extend(self.settle(space, &answer.differences, replica));
        Ok(outputs)
    }

    /// Both sides see the same differences, so both know who sends and who asks.
    fn settle(&mut self, space: SpaceId, differences: &[Difference], replica: &impl Replica) -> Vec<Output> {
        let ends = |d: &Difference| (d.mine.map_or(0, |tip| tip.seq), d.theirs.map_or(0, |claim| claim.seq));
        let mut outputs = Vec::new();
        let mut fetch = Vec::new();
        for difference @ Difference { device, mine, theirs } in differences {
            let (m, t) = ends(difference);
            self.note_held(space, *device, t);
            if self.settle_closed(space, *device, *mine, *theirs, &mut outputs) {
                continue;
            }
            let low = m.min(t);
            let pushed = low > 0 && m.abs_diff(t) <= PUSHED_AT_ONCE;
            if low > 0 && m >= t && !theirs.zip(replica.operation_at(space, *device, low)).is_some_and(|(claim, id)| claim.names(&id)) {
                outputs.extend(self.searches.begin((space, *device), low).map(Output::Send));
            } else if t > m && pushed {
                self.late.insert((space, *device), t);
            } else if t > m {
                fetch.push(ChainRange { space, device: *device, from: m + 1, to: t });
            } else if m > t && pushed {
                self.serve(ChainRange { space, device: *device, from: t + 1, to: m });
            }
        }
        if !fetch.is_empty() {
            outputs.push(Output::Fetch(fetch));
        }
        outputs
    }

    /// Where a fork closed the chain on one side, the lower number wins; where both closed it at one number,
    /// the erasures from beyond it are exchanged. Answers whether that is all there is to do.
    fn settle_closed(&mut self, space: SpaceId, device: DeviceId, mine: Option<Tip>, theirs: Option<Claim>, outputs: &mut Vec<Output>) -> bool {
        let grows = mine.is_some_and(|tip| tip.may_grow());
        let (mine, theirs) = (mine.and_then(|tip| tip.closed), theirs.and_then(|claim| claim.closed));
        let at = |closed: Option<Closed>| closed.map_or(u64::MAX, |closed| closed.at);
        if at(mine) < at(theirs) {
            outputs.push(Output::SendFork(space, device));
            outputs.push(Output::SendErasures(space, device));
            return !grows;
        }
        if at(theirs) < at(mine) {
            outputs.push(Output::Send(Message::WantFork { space, device }));
            // What lies below the fork may still be missing here.
            return false;
        }
        if mine != theirs {
            outputs.push(Output::SendErasures(space, device));
        }
        false
    }

    fn have(&mut self, space: SpaceId, tips: &[Item], replica: &impl Replica) -> Vec<Output> {
        let Some(held) = replica.tips(space) else { return vec![] };
        let mut outputs = Vec::new();
        let mut fetch = Vec::new();
        for item in tips {
            let (device, theirs) = (item.device, item.tip());
            let mine = held.get(&device).copied();
            self.note_held(space, device, theirs.seq);
            if mine == Some(theirs) || self.settle_closed(space, device, mine, Some(theirs.into()), &mut outputs) {
                continue;
            }
            let m = mine.map_or(0, |tip| tip.seq);
            if theirs.seq > m {
                fetch.push(ChainRange { space, device, from: m + 1, to: theirs.seq });
            } else if theirs.seq > 0 && replica.operation_at(space, device, theirs.seq) != Some(theirs.id) {
                outputs.extend(self.searches.begin((space, device), theirs.seq).map(Output::Send));
            } else if let Some(closed) = theirs.closed.filter(|_| theirs.may_grow() && m > theirs.seq) {
                // It has opened the chain again for what an issue prints, and nothing that grows here would tell it that it is here.
                self.serve(ChainRange { space, device, from: theirs.seq + 1, to: m.min(closed.at - 1).min(theirs.seq + PUSHED_AT_ONCE) });
            }
        }
        if !fetch.is_empty() {
            outputs.push(Output::Fetch(fetch));
        }
        outputs
    }

    fn want(&mut self, space: SpaceId, chains: &[Want], replica: &impl Replica) {
        let Some(tips) = replica.tips(space) else { return };
        for want in chains {
            let Some(tip) = tips.get(&want.device) else { continue };
            let to = want.to.min(tip.seq);
            if (1..=to).contains(&want.from) {
                self.serve(ChainRange { space, device: want.device, from: want.from, to });
            }
        }
    }

    fn serve(&mut self, range: ChainRange) {
        if self.serving.len() < limits::SERVES_PER_PEER {
            self.serving.push_back(range);
        }
    }
}

fn behind(replica: &impl Replica, space: SpaceId, device: DeviceId, to: u64) -> Option<ChainRange> {
    let from = replica.tips(space)?.get(&device).map_or(0, |tip| tip.seq) + 1;
    (from <= to).then_some(ChainRange { space, device, from, to })
}

#[cfg(test)]
mod tests;
