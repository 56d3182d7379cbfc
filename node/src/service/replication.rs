//! Keeping step with peers: what comes in from them, what they are told, what they are sent.

use super::{
    ConnectionId, Service,
    admit::{self, Verdict},
    peers::{COMPARE_EVERY_MS, Connected},
    world::HeldReplica,
};
use crate::{api::Event, store::StoreError};
use folkmoot_protocol::{
    id::*,
    limits,
    op::{SignedHeader, SignedOp, VerifiedOp},
    sync::{self, Breach, ChainRange, Session},
    wire::{Hello, Message},
};
use std::collections::BTreeMap;

/// What a message with operations draws on its sender's allowance, where most of it is known already,
const THOUSANDTHS_PER_MESSAGE: u64 = 1000;
/// and each such operation in it; as much as one that is sent to a peer again draws on the peer's.
const THOUSANDTHS_PER_OPERATION: u64 = 50;
/// Most erasures in a message that brings nothing else.
const ERASURES_PER_MESSAGE: usize = 256;

impl Service {
    pub(super) fn send_hello(&mut self, connection: ConnectionId, now: u64) {
        let Some(coop) = self.world.coop else { return };
        let spaces = Session::digests(&HeldReplica { world: &self.world, store: &self.store });
        let agent = concat!("folkmoot ", env!("CARGO_PKG_VERSION")).to_owned();
        let hello = Hello { versions: vec![sync::VERSION], coop, clock_ms: now, agent, addresses: self.peers.addresses.clone(), spaces };
        self.send(connection, &Message::Hello(hello));
    }

    pub(super) fn receive(&mut self, connection: ConnectionId, message: Message, now: u64) -> Result<(), StoreError> {
        self.counters.messages += 1;
        let Some(open) = self.peers.open.get_mut(&connection) else { return Ok(()) };
        open.heard_at = now;
        let (peer, dialled) = (open.session.peer, open.session.dialled());
        if let Message::Hello(hello) = &message {
            if !self.is_welcome(peer) {
                self.refuse_stranger(connection);
                return Ok(());
            }
            if Some(hello.coop) != self.world.coop {
                return self.drop_peer(connection, &Breach::Foreign(hello.coop).to_string(), now);
            }
            if !dialled {
                self.send_hello(connection, now);
            }
            self.greeted(connection, hello, now)?;
        }
        let replica = HeldReplica { world: &self.world, store: &self.store };
        let Some(open) = self.peers.open.get_mut(&connection) else { return Ok(()) };
        match open.session.receive(message, &replica) {
            Ok(outputs) => self.carry_out(connection, outputs, now),
            Err(breach) => self.drop_peer(connection, &breach.to_string(), now),
        }
    }

    fn greeted(&mut self, connection: ConnectionId, hello: &Hello, now: u64) -> Result<(), StoreError> {
        let Some(open) = self.peers.open.get_mut(&connection) else { return Ok(()) };
        open.clock_ahead_ms = Some(hello.clock_ms as i64 - now as i64);
        let peer = open.session.peer;
        self.peers.dialling.remove(&peer);
        self.store.begin()?;
        if !hello.addresses.is_empty() {
            self.store.learn_peer(peer, &hello.addresses, true)?;
        }
        self.store.note_peer(peer, now, "")?;
        let known = self.known_addresses()?;
        if !known.is_empty() {
            self.send(connection, &Message::Peers(known));
        }
        self.tell_of_gazette(connection);
        self.tell_of_contradiction(connection)?;
        self.offer_agreement(connection, None, None);
        Ok(())
    }

    pub(super) fn carry_out(&mut self, connection: ConnectionId, outputs: Vec<sync::Output>, now: u64) -> Result<(), StoreError> {
        for output in outputs {
            match output {
                sync::Output::Send(message) => self.send(connection, &message),
                sync::Output::Fetch(ranges) => self.fetch(connection, ranges, now),
                sync::Output::SendFork(space, device) => self.send_fork(connection, space, device)?,
                sync::Output::SendErasures(space, device) => self.send_erasures(connection, space, device)?,
                sync::Output::CheckFork(first, second) => self.check_fork(connection, &first, &second, now)?,
                sync::Output::Learn(addresses) => self.hear_of(&addresses)?,
                sync::Output::Join(request) => self.decide_join(connection, *request, now)?,
                sync::Output::Admitted(op) => self.was_admitted(connection, op, now)?,
                sync::Output::Refused(reason) => self.was_refused(connection, &reason, now)?,
                sync::Output::Hears(height, issue) => self.hear_of_issues(connection, height, issue)?,
                sync::Output::SendIssues(from) => self.send_issues(connection, from, now)?,
                sync::Output::Agreement(said) => self.hear_teller(connection, *said, now)?,
                sync::Output::OfferAgreement { height, prev, round } => self.offer_agreement(connection, Some((height, prev)), round),
                sync::Output::Issues(issues) => self.take_issues(connection, issues, now)?,
            }
        }
        Ok(())
    }

    pub(super) fn receive_operations(&mut self, connection: ConnectionId, operations: Vec<Result<VerifiedOp, String>>, now: u64) -> Result<(), StoreError> {
        self.counters.messages += 1;
        let Some(open) = self.peers.open.get(&connection) else { return Ok(()) };
        let peer = open.session.peer;
        if open.session.hello().is_none() {
            return self.drop_peer(connection, &Breach::OutOfTurn("operations").to_string(), now);
        }
        let (mut new, mut known) = (0, 0);
        for operation in operations {
            let op = match operation {
                Ok(op) => op,
                Err(reason) => return self.drop_peer(connection, &Breach::Invalid(reason).to_string(), now),
            };
            match self.receive_operation(connection, peer, op, now)? {
                true => new += 1,
                false => known += 1,
            }
        }
        self.admit_waiting(now)?;
        let weight = if new > known { 0 } else { THOUSANDTHS_PER_MESSAGE + known * THOUSANDTHS_PER_OPERATION };
        self.pace(connection, weight, now)
    }

    /// Takes an operation in. Answers whether it was new.
    fn receive_operation(&mut self, connection: ConnectionId, peer: DeviceId, op: VerifiedOp, now: u64) -> Result<bool, StoreError> {
        let (space, device, seq) = (op.header().space, op.header().device, op.header().seq);
        let mut holds_before = !admit::erases(&op);
        if let Some(session) = self.session(connection) {
            // An erasure is passed on also by those who lack what comes before it.
            holds_before |= session.known(space, device) + 1 >= seq;
            if holds_before {
                session.note_held(space, device, seq);
            }
        }
        let whole = op.payload().is_some();
        let verdict = self.admit(op, Some(peer), now)?;
        let new = verdict == Verdict::Taken;
        // A header alone keeps nobody waiting for the rest.
        let useful = new || (whole && verdict == Verdict::Waiting);
        if useful {
            self.was_useful(connection, now);
        }
        if let Some(fetch) = self.peers.fetches.get_mut(&(space, device)) {
            if useful {
                fetch.since = now;
            }
            let answered = useful || verdict == Verdict::Held;
            if (answered && seq >= fetch.to) || matches!(verdict, Verdict::Parted | Verdict::Closed) {
                self.peers.fetches.remove(&(space, device));
            }
        }
        match verdict {
            Verdict::Parted => {
                let replica = HeldReplica { world: &self.world, store: &self.store };
                let Some(open) = self.peers.open.get_mut(&connection) else { return Ok(false) };
                let outputs = open.session.parted(space, device, &replica);
                self.carry_out(connection, outputs, now)?;
            }
            Verdict::Waiting => {
                let from = self.world.tip(space, device).map_or(0, |tip| tip.seq) + 1;
                if from < seq && holds_before {
                    self.fetch(connection, vec![ChainRange { space, device, from, to: seq - 1 }], now);
                }
            }
            Verdict::Foreign => self.drop_peer(connection, &Breach::Invalid("it belongs to another co-op".into()).to_string(), now)?,
            Verdict::Refused(reason) => tracing::debug!(peer = %peer.short(), %reason, "refused an operation"),
            _ => {}
        }
        Ok(new)
    }

    fn send_fork(&mut self, connection: ConnectionId, space: SpaceId, device: DeviceId) -> Result<(), StoreError> {
        if let Some((first, second)) = self.store.as_reader().fork_proof(space, device)? {
            self.send(connection, &Message::Fork { first, second });
        }
        Ok(())
    }

    fn send_erasures(&mut self, connection: ConnectionId, space: SpaceId, device: DeviceId) -> Result<(), StoreError> {
        let Some(closed) = self.world.tip(space, device).and_then(|tip| tip.closed) else { return Ok(()) };
        let erasures: Vec<_> = self.store.as_reader().erasures_from(space, device, closed.at)?.into_iter().map(|(_, op)| op).collect();
        for batch in erasures.chunks(ERASURES_PER_MESSAGE) {
            self.send(connection, &Message::Operations(batch.to_vec()));
        }
        Ok(())
    }

    /// What was erased by an operation that others before are missing of shows in no tip. It is passed on, once to
    /// each peer: whoever lacks the same operations has to come to the same state.
    pub(super) fn pass_on_erasures(&mut self, connection: ConnectionId, now: u64) -> Result<(), StoreError> {
        let due = |open: &&mut Connected| now.saturating_sub(open.passed_on_at) >= COMPARE_EVERY_MS;
        let Some(open) = self.peers.open.get_mut(&connection).filter(due) else { return Ok(()) };
        open.passed_on_at = now;
        let mut erasures = Vec::new();
        for (space, document, op, signed) in self.store.as_reader().loose_erasures()? {
            let lacks = |open: &&Connected| open.session.shares(space) && !open.passed_on.contains(&op);
            if self.peers.open.get(&connection).filter(lacks).is_some() && self.is_erased(document, None)? && erasures.len() < ERASURES_PER_MESSAGE {
                erasures.push((op, signed));
            }
        }
        if let Some(open) = self.peers.open.get_mut(&connection).filter(|_| !erasures.is_empty()) {
            open.passed_on.extend(erasures.iter().map(|(op, _)| *op));
            self.send(connection, &Message::Operations(erasures.into_iter().map(|(_, signed)| signed).collect()));
        }
        Ok(())
    }

    fn check_fork(&mut self, connection: ConnectionId, first: &SignedHeader, second: &SignedHeader, now: u64) -> Result<(), StoreError> {
        match first.fork(second).filter(|header| Some(header.coop) == self.world.coop) {
            Some(header) if header.space == SpaceId::HALL && self.awaits_branch(header.device, header.seq)? => Ok(()),
            Some(header) if self.world.followed.contains(&header.space) => {
                self.close(header.space, header.device, header.seq, &(first.clone(), second.clone()))
            }
            Some(_) => Ok(()),
            None => self.drop_peer(connection, &Breach::BadProof.to_string(), now),
        }
    }

    /// After a commit: own operations go out at once, others' are announced.
    pub(super) fn publish(&mut self) {
        for (space, operations) in std::mem::take(&mut self.gained) {
            self.event(Event::Changed { space, operations });
        }
        let mut by_space: BTreeMap<SpaceId, Vec<DeviceId>> = BTreeMap::new();
        for (space, device) in std::mem::take(&mut self.grown) {
            by_space.entry(space).or_default().push(device);
        }
        let own = self.device();
        let first_own = std::mem::take(&mut self.first_own);
        for (space, devices) in by_space {
            let Some(tips) = self.world.tips.get(&space) else { continue };
            let news: Vec<_> = devices.iter().filter_map(|device| Some((*device, *tips.get(device)?))).collect();
            let mut messages = Vec::new();
            for (connection, open) in &mut self.peers.open {
                let others: Vec<_> = news.iter().copied().filter(|(device, tip)| *device != own || tip.closed.is_some()).collect();
                for others in others.chunks(limits::TIPS_PER_MESSAGE) {
                    messages.extend(open.session.announce(space, others).map(|message| (*connection, message)));
                }
                if let Some((_, tip)) = news.iter().find(|(device, tip)| *device == own && tip.closed.is_none()) {
                    let from = first_own.get(&space).copied().unwrap_or(tip.seq).max(open.session.sent_up_to(space, own) + 1);
                    open.session.push(ChainRange { space, device: own, from, to: tip.seq });
                }
            }
            messages.iter().for_each(|(connection, message)| self.send(*connection, message));
        }
    }

    /// Fills every peer's frames from what it waits for.
    pub(super) fn serve(&mut self, now: u64) -> Result<(), StoreError> {
        let connections: Vec<_> = self.peers.connections().collect();
        for connection in connections {
            while self.peers.open.get(&connection).is_some_and(|open| open.unsent_bytes <= limits::BYTES_IN_FLIGHT && open.session.backlog() > 0) {
                let batch = self.next_batch(connection, now)?;
                if batch.is_empty() {
                    break;
                }
                self.counters.sent += batch.len() as u64;
                self.send(connection, &Message::Operations(batch));
            }
        }
        Ok(())
    }

    fn next_batch(&mut self, connection: ConnectionId, now: u64) -> Result<Vec<SignedOp>, StoreError> {
        let (mut batch, mut bytes, mut again) = (Vec::new(), 0, 0);
        while bytes < limits::BATCH_BYTES && batch.len() < limits::OPERATIONS_PER_MESSAGE / 2 {
            let Some(range) = self.session(connection).and_then(Session::next_serve) else { break };
            let held = self.store.as_reader().chain_operations(range, limits::BATCH_BYTES - bytes)?;
            let Some(last) = held.last().map(|last| last.op.header.seq) else { continue };
            if let Some(session) = self.session(connection) {
                if last < range.to {
                    session.put_back(ChainRange { from: last + 1, ..range });
                }
                again += session.served_again(ChainRange { to: last, ..range });
            }
            for held in held {
                if held.op.payload.is_none() {
                    self.add_erasures(held.op.document(), range.space, &mut batch)?;
                }
                let op = held.op.to_signed();
                bytes += op.size();
                batch.push(op);
            }
        }
        if again > 0 {
            self.charge(connection, again * THOUSANDTHS_PER_OPERATION, now);
        }
        Ok(batch)
    }

    /// A header without its payload travels with the erasure that explains it, before it.
    fn add_erasures(&self, document: Option<DocumentId>, space: SpaceId, batch: &mut Vec<SignedOp>) -> Result<(), StoreError> {
        let Some(document) = document else { return Ok(()) };
        let view = self.store.as_reader();
        if let Some(n) = view.document_number(document, space)? {
            let erasures = view.erasures_of(n)?.into_iter().map(|(_, op)| op).take(4);
            let new: Vec<_> = erasures.filter(|op| !batch.contains(op)).collect();
            batch.extend(new);
        }
        Ok(())
    }

    /// Notes how far other nodes hold what was written here, for "on this device" and "with peers".
    pub(super) fn confirm(&mut self) -> Result<(), StoreError> {
        let own = self.device();
        let mut rows = Vec::new();
        for ((space, _), chain) in self.world.chains.iter_mut().filter(|((_, device), _)| *device == own) {
            let held = self.peers.open.values().map(|open| open.session.known(*space, own)).max().unwrap_or(0);
            let held = held.min(self.world.tips.get(space).and_then(|tips| tips.get(&own)).map_or(0, |tip| tip.seq));
            if held > chain.confirmed {
                chain.confirmed = held;
                rows.push((chain.row, held));
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        self.store.begin()?;
        rows.into_iter().try_for_each(|(row, held)| self.store.confirm(row, held))
    }
}
