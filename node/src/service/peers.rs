//! Who is connected, who could be, and who is refused.

use super::{ConnectionId, Output, Service, conduct::Conduct, dialling::Dialling, fetch::Fetch, gazette::PeersIssues};
use crate::{api::Event, store::StoreError};
use folkmoot_protocol::{
    id::*,
    limits,
    sync::Session,
    wire::{Message, Refusal},
};
use std::collections::{BTreeMap, BTreeSet};

/// How often spaces are compared with every peer although nothing seems to have changed.
pub(super) const COMPARE_EVERY_MS: u64 = 30_000;
/// A connection on which nothing is said for so long is closed,
const FIRST_WORD_PATIENCE_MS: u64 = 20_000;
/// for this reason.
const SAYS_NOTHING: &str = "it says nothing";
/// After a change spaces are compared once it has been quiet for so long,
const QUIET_MS: u64 = 1_000;
/// but at least so often while it is not.
const COMPARE_WHILE_BUSY_MS: u64 = 10_000;
/// A node that did nothing for so long was asleep, or its clock was set.
const SLEEP_MS: u64 = 10_000;
/// What waits for something else that long is let go of.
const WAITING_PATIENCE_MS: u64 = 120_000;
/// One open connection.
pub(super) struct Connected {
    pub(super) session: Session,
    pub(super) unsent_bytes: usize,
    pub(super) clock_ahead_ms: Option<i64>,
    /// When it last said something,
    pub(super) heard_at: u64,
    /// and when it last sent something that was asked for.
    pub(super) useful_at: u64,
    pub(super) broken_promises: u32,
    /// Its Gazette.
    pub(super) issues: PeersIssues,
    compared_at: u64,
    /// Erasures that were passed on to it though no tip shows them,
    pub(super) passed_on: BTreeSet<OpId>,
    /// and when these were looked for last.
    pub(super) passed_on_at: u64,
}

/// The other nodes, as this one sees them.
#[derive(Default)]
pub(crate) struct Peers {
    pub(super) open: BTreeMap<ConnectionId, Connected>,
    pub(super) fetches: BTreeMap<(SpaceId, DeviceId), Fetch>,
    /// Devices refused by order.
    pub(super) refused: BTreeSet<DeviceId>,
    /// Devices that a ticket vouches for while the hall is not here yet.
    pub(super) vouched: BTreeSet<DeviceId>,
    /// Where this node listens.
    pub(super) addresses: Vec<String>,
    /// When operations were taken in last, in ms.
    pub(super) changed_at: u64,
    ticked_at: u64,
    /// When this node began, or went on after its machine had slept; none once it knows what was written meanwhile.
    pub(super) catching_up: Option<u64>,
    /// Peers whose second connection was closed in favour of the first. One that dials again nevertheless does
    /// not have the first: it was started anew, and nothing told this node that the old process is gone.
    turned_away: BTreeSet<DeviceId>,
    pub(super) dialling: BTreeMap<DeviceId, Dialling>,
    /// Of devices of the co-op alone: of strangers there is no end.
    pub(super) conduct: BTreeMap<DeviceId, Conduct>,
    pub(super) mingled_at: u64,
}

impl Peers {
    pub(super) fn session(&mut self, connection: ConnectionId) -> Option<&mut Session> {
        self.open.get_mut(&connection).map(|open| &mut open.session)
    }

    pub(super) fn connections(&self) -> impl Iterator<Item = ConnectionId> {
        self.open.keys().copied()
    }

    /// The connections of which something is so.
    pub(super) fn connections_where(&self, is: impl Fn(&Connected) -> bool) -> Vec<ConnectionId> {
        self.open.iter().filter(|(_, open)| is(open)).map(|(connection, _)| *connection).collect()
    }

    /// The connections at whose other ends somebody has said hello.
    pub(super) fn greeted(&self) -> Vec<ConnectionId> {
        self.connections_where(|open| open.session.hello().is_some())
    }

    pub(super) fn connection_of(&self, peer: DeviceId) -> Option<ConnectionId> {
        self.open.iter().find(|(_, open)| open.session.peer == peer).map(|(connection, _)| *connection)
    }

    pub(super) fn sending(&mut self, connection: ConnectionId, bytes: usize) {
        if let Some(open) = self.open.get_mut(&connection) {
            open.unsent_bytes += bytes;
        }
    }

    pub(super) fn sent(&mut self, connection: ConnectionId, bytes: usize) {
        if let Some(open) = self.open.get_mut(&connection) {
            open.unsent_bytes = open.unsent_bytes.saturating_sub(bytes);
        }
    }

    /// Devices of which something is remembered.
    pub(super) fn remembered(&self) -> usize {
        self.dialling.len() + self.conduct.len() + self.turned_away.len()
    }

    pub(super) fn forget_connections(&mut self) {
        self.open.clear();
        self.fetches.clear();
        self.turned_away.clear();
    }

    /// Who was away looks for the others at once. A clock that was set back would leave everything waiting for a time that is long to come.
    fn follow_clock(&mut self, now: u64) {
        let slept = now.saturating_sub(self.ticked_at) >= SLEEP_MS;
        if slept || now < self.ticked_at {
            self.catching_up = Some(now);
            self.dialling.clear();
        }
        if now < self.ticked_at {
            self.conduct.clear();
            self.changed_at = now;
            self.mingled_at = now;
            for open in self.open.values_mut() {
                open.compared_at = open.compared_at.min(now);
                open.useful_at = open.useful_at.min(now);
            }
            self.fetches.values_mut().for_each(|fetch| fetch.since = fetch.since.min(now));
        }
        self.ticked_at = now;
    }

    pub(super) fn forget(&mut self, connection: ConnectionId) -> Option<Connected> {
        self.fetches.retain(|_, fetch| fetch.connection != connection);
        let open = self.open.remove(&connection)?;
        self.turned_away.remove(&open.session.peer);
        Some(open)
    }
}

impl Service {
    pub(super) fn connected(&mut self, connection: ConnectionId, peer: DeviceId, dialled: bool, now: u64) -> Result<(), StoreError> {
        if dialled {
            self.dial_succeeded(peer);
        }
        if self.peers.refused.contains(&peer) || peer == self.device() {
            self.close_connection(connection, "it is refused here by order");
            return Ok(());
        }
        if self.peers.is_barred(peer, now) {
            self.close_connection(connection, "it was dropped here for what it did; later it may come again");
            return Ok(());
        }
        if let Some(older) = self.peers.connection_of(peer) {
            if !self.newer_wins(older, peer, dialled) && self.peers.turned_away.insert(peer) {
                self.close_connection(connection, "there is a connection already");
                return Ok(());
            }
            self.peers.forget(older);
            self.close_connection(older, "a newer connection took its place");
        } else if !self.has_room_for(peer) {
            self.close_connection(connection, "this node has as many connections as it takes; try another");
            return Ok(());
        }
        let session = Session::new(peer, dialled);
        let connected = Connected {
            session,
            unsent_bytes: 0,
            clock_ahead_ms: None,
            heard_at: now,
            useful_at: now,
            broken_promises: 0,
            issues: PeersIssues::default(),
            compared_at: now,
            passed_on: BTreeSet::new(),
            passed_on_at: now,
        };
        self.peers.open.insert(connection, connected);
        // The side that dialled speaks first: a QUIC stream opens with its first bytes.
        if dialled {
            match self.joining_request() {
                Some(request) => self.send(connection, &Message::Join(Box::new(request))),
                None => self.send_hello(connection, now),
            }
        }
        self.event(Event::Connected { device: peer });
        Ok(())
    }

    /// Devices of the co-op and strangers have places of their own: whoever is to be let in finds one where all
    /// others are taken. The stranger who has been here longest makes room for the next.
    fn has_room_for(&mut self, peer: DeviceId) -> bool {
        let strangers = self.peers.connections_where(|open| !self.is_welcome(open.session.peer));
        if self.is_welcome(peer) {
            return self.peers.open.len() - strangers.len() < limits::PEERS;
        }
        if let Some(longest) = strangers.first().filter(|_| strangers.len() >= limits::STRANGERS) {
            self.peers.forget(*longest);
            self.close_connection(*longest, "this node has as many connections as it takes; try another");
        }
        true
    }

    /// Of two connections between the same two nodes both keep the one dialled by the smaller device; a
    /// second one dialled by the same side means that it lost the first.
    fn newer_wins(&self, older: ConnectionId, peer: DeviceId, dialled: bool) -> bool {
        let older_dialled = self.peers.open.get(&older).is_some_and(|open| open.session.dialled());
        older_dialled == dialled || dialled == (self.device() < peer)
    }

    pub(super) fn disconnected(&mut self, connection: ConnectionId, reason: &str, now: u64) -> Result<(), StoreError> {
        let Some(open) = self.peers.forget(connection) else { return Ok(()) };
        let peer = open.session.peer;
        self.retry_later(peer, now);
        self.pending.forget_peer(peer);
        self.store.begin()?;
        if open.session.hello().is_some() {
            self.store.note_peer(peer, now, reason)?;
        }
        self.event(Event::Disconnected { device: peer, reason: reason.into() });
        self.compare_with_all(now);
        Ok(())
    }

    pub(super) fn dial_failed(&mut self, peer: DeviceId, reason: &str, now: u64) -> Result<(), StoreError> {
        self.retry_later(peer, now);
        self.joining_failed(peer, reason);
        Ok(())
    }

    pub(super) fn close_connection(&mut self, connection: ConnectionId, reason: &str) {
        self.outputs.push(Output::Close { connection, reason: reason.into() });
    }

    /// Whether a peer may sync: a device of the co-op, or one that a ticket vouches for.
    pub(super) fn is_welcome(&self, peer: DeviceId) -> bool {
        self.world.register.knows(peer) || self.peers.vouched.contains(&peer)
    }

    pub(super) fn refuse_stranger(&mut self, connection: ConnectionId) {
        const REASON: &str = "it is not a device of this co-op";
        self.send(connection, &Message::Refused { reason: Refusal::NotAdmitted });
        if let Some(open) = self.peers.forget(connection) {
            self.event(Event::Disconnected { device: open.session.peer, reason: REASON.into() });
        }
        self.close_connection(connection, REASON);
    }

    /// A device that was closed while it was connected is sent nothing more.
    pub(super) fn refuse_the_closed(&mut self) {
        let closed = self.peers.connections_where(|open| open.session.hello().is_some() && !self.is_welcome(open.session.peer));
        closed.into_iter().for_each(|connection| self.refuse_stranger(connection));
    }

    pub(super) fn refuse(&mut self, devices: BTreeSet<DeviceId>) {
        let closing = self.peers.connections_where(|open| devices.contains(&open.session.peer));
        for connection in closing {
            self.peers.forget(connection);
            self.close_connection(connection, "it is refused here by order");
        }
        // Whoever was refused before may be dialled again at once.
        self.peers.dialling.clear();
        self.peers.refused = devices;
    }

    pub(super) fn tick(&mut self, now: u64) -> Result<(), StoreError> {
        self.peers.follow_clock(now);
        self.disk_due = true;
        self.dial_known(now)?;
        self.confirm()?;
        self.become_sure(now)?;
        let connections: Vec<_> = self.peers.connections().collect();
        for connection in connections {
            self.tick_connection(connection, now)?;
        }
        self.give_up_fetches(now)?;
        self.tick_gazette(now)?;
        self.pending.forget_outside(now.saturating_sub(WAITING_PATIENCE_MS), now);
        self.joining_overdue(now);
        Ok(())
    }

    fn tick_connection(&mut self, connection: ConnectionId, now: u64) -> Result<(), StoreError> {
        let Some(open) = self.peers.open.get_mut(&connection) else { return Ok(()) };
        let since_compared = now.saturating_sub(open.compared_at);
        if open.session.hello().is_none() && since_compared > FIRST_WORD_PATIENCE_MS {
            // It may be the line: no bar.
            let peer = open.session.peer;
            if self.is_welcome(peer) {
                self.store.begin()?;
                self.store.note_peer(peer, now, SAYS_NOTHING)?;
            }
            self.close_connection(connection, SAYS_NOTHING);
            return self.disconnected(connection, SAYS_NOTHING, now);
        }
        let changed = self.peers.changed_at >= open.compared_at;
        let settled = now.saturating_sub(self.peers.changed_at) >= QUIET_MS || since_compared >= COMPARE_WHILE_BUSY_MS;
        let due = since_compared >= COMPARE_EVERY_MS || (changed && settled);
        let replica = super::world::HeldReplica { world: &self.world, store: &self.store };
        let overdue = open.session.overdue(&replica);
        if due {
            self.compare_with(connection, now);
        }
        self.pass_on_erasures(connection, now)?;
        self.carry_out(connection, overdue.into_iter().collect(), now)
    }

    pub(super) fn compare_with_all(&mut self, now: u64) {
        let connections: Vec<_> = self.peers.connections().collect();
        connections.into_iter().for_each(|connection| self.compare_with(connection, now));
    }

    /// Sends the digests of all spaces; where one differs, the peer opens a reconciliation.
    pub(super) fn compare_with(&mut self, connection: ConnectionId, now: u64) {
        let Some(open) = self.peers.open.get_mut(&connection).filter(|open| open.session.hello().is_some()) else { return };
        open.compared_at = now;
        open.session.compares_anew();
        let digests = Session::digests(&super::world::HeldReplica { world: &self.world, store: &self.store });
        self.send(connection, &Message::Spaces(digests));
        self.tell_of_gazette(connection);
    }
}
