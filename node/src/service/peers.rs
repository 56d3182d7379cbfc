//! Who is connected, who could be, and who is refused.

use super::{ConnectionId, Output, Service};
use crate::{api::Event, store::StoreError};
use folkmoot_protocol::{
    id::*,
    limits,
    sync::Session,
    wire::{Message, PeerAddress, Refusal},
};
use std::collections::{BTreeMap, BTreeSet};

/// A peer that does not read what it asked for is dropped when so many frames wait.
const FRAMES_UNREAD: usize = 4096;
const FIRST_RETRY_MS: u64 = 500;
const LAST_RETRY_MS: u64 = 60_000;
/// How often spaces are compared with every peer although nothing seems to have changed.
const COMPARE_EVERY_MS: u64 = 30_000;
/// A connection on which nothing is said for so long is closed.
const FIRST_WORD_PATIENCE_MS: u64 = 20_000;
/// After a change spaces are compared once it has been quiet for so long,
const QUIET_MS: u64 = 1_000;
/// but at least so often while it is not.
const COMPARE_WHILE_BUSY_MS: u64 = 10_000;
/// A transfer without progress for so long is given to another peer.
const FETCH_PATIENCE_MS: u64 = 10_000;

/// One open connection.
pub(super) struct Connected {
    pub(super) session: Session,
    pub(super) frames: usize,
    pub(super) clock_ahead_ms: Option<i64>,
    pub(super) unread: bool,
    compared_at: u64,
}

/// A transfer that a peer was asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fetch {
    pub(super) connection: ConnectionId,
    pub(super) to: u64,
    pub(super) since: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Dialling {
    under_way: bool,
    next_at: u64,
    wait_ms: u64,
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
    /// Peers whose second connection was closed in favour of the first. One that dials again nevertheless does
    /// not have the first: it was started anew, and nothing told this node that the old process is gone.
    turned_away: BTreeSet<DeviceId>,
    dialling: BTreeMap<DeviceId, Dialling>,
}

impl Peers {
    pub(super) fn session(&mut self, connection: ConnectionId) -> Option<&mut Session> {
        self.open.get_mut(&connection).map(|open| &mut open.session)
    }

    pub(super) fn connections(&self) -> impl Iterator<Item = ConnectionId> {
        self.open.keys().copied()
    }

    pub(super) fn connection_of(&self, peer: DeviceId) -> Option<ConnectionId> {
        self.open.iter().find(|(_, open)| open.session.peer == peer).map(|(connection, _)| *connection)
    }

    pub(super) fn count_frame(&mut self, connection: ConnectionId) {
        if let Some(open) = self.open.get_mut(&connection) {
            open.frames += 1;
            open.unread |= open.frames > FRAMES_UNREAD;
        }
    }

    pub(super) fn sent(&mut self, connection: ConnectionId) {
        if let Some(open) = self.open.get_mut(&connection) {
            open.frames = open.frames.saturating_sub(1);
        }
    }

    pub(super) fn forget_connections(&mut self) {
        self.open.clear();
        self.fetches.clear();
        self.turned_away.clear();
    }

    /// A clock that was set back would leave everything waiting for a time that is long to come.
    fn follow_clock(&mut self, now: u64) {
        if now < self.ticked_at {
            self.dialling.clear();
            self.changed_at = now;
            self.open.values_mut().for_each(|open| open.compared_at = open.compared_at.min(now));
            self.fetches.values_mut().for_each(|fetch| fetch.since = fetch.since.min(now));
        }
        self.ticked_at = now;
    }

    fn forget(&mut self, connection: ConnectionId) -> Option<Connected> {
        self.fetches.retain(|_, fetch| fetch.connection != connection);
        let open = self.open.remove(&connection)?;
        self.turned_away.remove(&open.session.peer);
        Some(open)
    }
}

impl Service {
    pub(super) fn connected(&mut self, connection: ConnectionId, peer: DeviceId, dialled: bool, now: u64) -> Result<(), StoreError> {
        if dialled {
            self.peers.dialling.remove(&peer);
        }
        if self.peers.refused.contains(&peer) || peer == self.device() {
            self.close_connection(connection, "it is refused here by order");
            return Ok(());
        }
        if let Some(older) = self.peers.connection_of(peer) {
            if !self.newer_wins(older, peer, dialled) && self.peers.turned_away.insert(peer) {
                self.close_connection(connection, "there is a connection already");
                return Ok(());
            }
            self.peers.forget(older);
            self.close_connection(older, "a newer connection took its place");
        } else if self.peers.open.len() >= limits::PEERS && !self.make_room_for(peer) {
            self.close_connection(connection, "this node has as many connections as it takes; try another");
            return Ok(());
        }
        let session = Session::new(peer, dialled);
        self.peers.open.insert(connection, Connected { session, frames: 0, clock_ahead_ms: None, unread: false, compared_at: now });
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

    /// A device of the co-op takes the place of a stranger who has not said anything yet.
    fn make_room_for(&mut self, peer: DeviceId) -> bool {
        let stranger = self.peers.open.iter().find(|(_, open)| open.session.hello().is_none() && !self.is_welcome(open.session.peer));
        let Some(stranger) = stranger.map(|(connection, _)| *connection).filter(|_| self.is_welcome(peer)) else { return false };
        self.peers.forget(stranger);
        self.close_connection(stranger, "this node has as many connections as it takes; try another");
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

    fn retry_later(&mut self, peer: DeviceId, now: u64) {
        // Nothing is remembered of strangers: there is no end of them.
        if !self.is_welcome(peer) {
            self.peers.dialling.remove(&peer);
            return;
        }
        let dialling = self.peers.dialling.entry(peer).or_default();
        dialling.under_way = false;
        dialling.wait_ms = (dialling.wait_ms * 2).clamp(FIRST_RETRY_MS, LAST_RETRY_MS);
        dialling.next_at = now + dialling.wait_ms;
    }

    /// Drops a peer for what it did; `peers` shows the reason.
    pub(super) fn drop_peer(&mut self, connection: ConnectionId, reason: &str, now: u64) -> Result<(), StoreError> {
        let Some(open) = self.peers.forget(connection) else { return Ok(()) };
        let peer = open.session.peer;
        tracing::warn!(peer = %peer.short(), reason, "dropped a peer");
        if self.is_welcome(peer) {
            self.store.begin()?;
            self.store.note_peer(peer, now, &format!("dropped: {reason}"))?;
            self.peers.dialling.insert(peer, Dialling { under_way: false, next_at: now + LAST_RETRY_MS, wait_ms: LAST_RETRY_MS });
        }
        self.close_connection(connection, reason);
        self.event(Event::Disconnected { device: peer, reason: reason.into() });
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
        self.send(connection, &Message::Refused { reason: Refusal::NotAdmitted });
        self.peers.forget(connection);
        self.close_connection(connection, "it is not a device of this co-op");
    }

    pub(super) fn refuse(&mut self, devices: BTreeSet<DeviceId>) {
        let closing: Vec<_> = self.peers.open.iter().filter(|(_, open)| devices.contains(&open.session.peer)).map(|(connection, _)| *connection).collect();
        for connection in closing {
            self.peers.forget(connection);
            self.close_connection(connection, "it is refused here by order");
        }
        // Whoever was refused before may be dialled again at once.
        self.peers.dialling.clear();
        self.peers.refused = devices;
    }

    /// Hears from outside the protocol where a node can be reached.
    pub fn meet(&mut self, peer: DeviceId, address: String) {
        if let Err(error) = self.learn(&[PeerAddress { device: peer, addresses: vec![address] }]) {
            tracing::warn!(%error, "an address could not be kept");
        }
    }

    pub(super) fn learn(&mut self, addresses: &[PeerAddress]) -> Result<(), StoreError> {
        self.store.begin()?;
        for peer in addresses.iter().filter(|peer| peer.device != self.keys.device() && !peer.addresses.is_empty()) {
            self.store.learn_peer(peer.device, &peer.addresses, false)?;
        }
        Ok(())
    }

    /// Where other nodes can be reached, to pass on.
    pub(super) fn known_addresses(&self) -> Result<Vec<PeerAddress>, StoreError> {
        let known = self.store.as_reader().peers()?.into_iter();
        let useful = known.filter(|peer| !peer.addresses.is_empty() && self.is_welcome(peer.device));
        let mut addresses: Vec<_> = useful.map(|peer| PeerAddress { device: peer.device, addresses: peer.addresses }).collect();
        if !self.peers.addresses.is_empty() {
            addresses.insert(0, PeerAddress { device: self.device(), addresses: self.peers.addresses.clone() });
        }
        addresses.truncate(limits::PEERS_PER_MESSAGE);
        Ok(addresses)
    }

    pub(super) fn tick(&mut self, now: u64) -> Result<(), StoreError> {
        self.peers.follow_clock(now);
        self.dial_known(now)?;
        self.confirm()?;
        self.become_sure(now)?;
        let connections: Vec<_> = self.peers.connections().collect();
        for connection in connections {
            self.tick_connection(connection, now)?;
        }
        let before = self.peers.fetches.len();
        self.peers.fetches.retain(|_, fetch| now.saturating_sub(fetch.since) < FETCH_PATIENCE_MS);
        if self.peers.fetches.len() < before {
            self.compare_with_all(now);
        }
        self.joining_overdue(now);
        Ok(())
    }

    fn tick_connection(&mut self, connection: ConnectionId, now: u64) -> Result<(), StoreError> {
        let Some(open) = self.peers.open.get_mut(&connection) else { return Ok(()) };
        if open.unread {
            return self.drop_peer(connection, "it does not read what it asks for", now);
        }
        let since_compared = now.saturating_sub(open.compared_at);
        if open.session.hello().is_none() && since_compared > FIRST_WORD_PATIENCE_MS {
            return self.drop_peer(connection, "it says nothing", now);
        }
        let changed = self.peers.changed_at >= open.compared_at;
        let settled = now.saturating_sub(self.peers.changed_at) >= QUIET_MS || since_compared >= COMPARE_WHILE_BUSY_MS;
        let due = since_compared >= COMPARE_EVERY_MS || (changed && settled);
        let replica = super::world::HeldReplica { world: &self.world, store: &self.store };
        let overdue = open.session.overdue(&replica);
        if due {
            self.compare_with(connection, now);
        }
        self.carry_out(connection, overdue.into_iter().collect(), now)
    }

    fn dial_known(&mut self, now: u64) -> Result<(), StoreError> {
        if self.peers.addresses.is_empty() || self.peers.open.len() >= limits::PEERS {
            return Ok(());
        }
        for peer in self.store.as_reader().peers()? {
            let wanted =
                !peer.addresses.is_empty() && self.is_welcome(peer.device) && !self.peers.refused.contains(&peer.device) && peer.device != self.device();
            let dialling = self.peers.dialling.get(&peer.device).copied().unwrap_or_default();
            if wanted && !dialling.under_way && dialling.next_at <= now && self.peers.connection_of(peer.device).is_none() {
                self.dial(peer.device, peer.addresses);
            }
        }
        Ok(())
    }

    pub(super) fn dial(&mut self, peer: DeviceId, addresses: Vec<String>) {
        self.peers.dialling.entry(peer).or_default().under_way = true;
        self.outputs.push(Output::Dial { peer, addresses });
    }

    pub(super) fn compare_with_all(&mut self, now: u64) {
        let connections: Vec<_> = self.peers.connections().collect();
        connections.into_iter().for_each(|connection| self.compare_with(connection, now));
    }

    /// Sends the digests of all spaces; where one differs, the peer opens a reconciliation.
    pub(super) fn compare_with(&mut self, connection: ConnectionId, now: u64) {
        let Some(open) = self.peers.open.get_mut(&connection).filter(|open| open.session.hello().is_some()) else { return };
        open.compared_at = now;
        let digests = Session::digests(&super::world::HeldReplica { world: &self.world, store: &self.store });
        self.send(connection, &Message::Spaces(digests));
    }
}
