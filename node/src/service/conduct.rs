//! How peers behave, and what becomes of those who do harm.

use super::{ConnectionId, Output, Service, allowance::Allowance, peers::Peers};
use crate::{api::Event, store::StoreError};
use folkmoot_protocol::{id::*, limits};

/// A peer that was dropped for what it did is not let in again for so long; twice as long each further time.
const FIRST_BAR_MS: u64 = 60_000;
const LAST_BAR_MS: u64 = 600_000;

/// What is remembered of how a device behaved, connected or not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Conduct {
    allowance: Allowance,
    barred_until: u64,
    bar_ms: u64,
}

impl Peers {
    fn conduct(&mut self, peer: DeviceId, now: u64) -> &mut Conduct {
        self.conduct.entry(peer).or_insert(Conduct { allowance: Allowance::full(now), barred_until: 0, bar_ms: 0 })
    }

    pub(super) fn is_barred(&self, peer: DeviceId, now: u64) -> bool {
        self.conduct.get(&peer).is_some_and(|conduct| now < conduct.barred_until)
    }

    /// Takes down what a device was dropped for; answers for how long it is not let in again.
    fn bar(&mut self, peer: DeviceId, now: u64) -> u64 {
        let conduct = self.conduct(peer, now);
        conduct.bar_ms = (conduct.bar_ms * 2).clamp(FIRST_BAR_MS, LAST_BAR_MS);
        conduct.barred_until = now + conduct.bar_ms;
        conduct.bar_ms
    }
}

impl Service {
    /// Drops a peer for what it did; `peers` shows the reason.
    pub(super) fn drop_peer(&mut self, connection: ConnectionId, reason: &str, now: u64) -> Result<(), StoreError> {
        let Some(open) = self.peers.forget(connection) else { return Ok(()) };
        let peer = open.session.peer;
        tracing::warn!(peer = %peer.short(), reason, "dropped a peer");
        if self.is_welcome(peer) {
            self.store.begin()?;
            self.store.note_peer(peer, now, &format!("dropped: {reason}"))?;
            let next_at = now + self.peers.bar(peer, now);
            self.dial_later(peer, next_at);
        }
        self.pending.forget_peer(peer);
        self.close_connection(connection, reason);
        self.event(Event::Disconnected { device: peer, reason: reason.into() });
        Ok(())
    }

    /// Draws on a peer's allowance for a message that it sent, and lets the next one in. `thousandths`: of a unit.
    pub(super) fn pace(&mut self, connection: ConnectionId, thousandths: u64, now: u64) -> Result<(), StoreError> {
        let Some(peer) = self.peers.open.get(&connection).map(|open| open.session.peer) else { return Ok(()) };
        let mut after_ms = 0;
        if self.is_welcome(peer) {
            let conduct = self.peers.conduct(peer, now);
            after_ms = conduct.allowance.draw(thousandths, now);
            if conduct.allowance.floods() {
                return self.drop_peer(connection, "it floods this node with what brings nothing", now);
            }
        }
        self.outputs.push(Output::Read { connection, after_ms });
        Ok(())
    }

    /// Draws on a peer's allowance for what is sent to it a second time.
    pub(super) fn charge(&mut self, connection: ConnectionId, thousandths: u64, now: u64) {
        if let Some(peer) = self.peers.open.get(&connection).map(|open| open.session.peer).filter(|peer| self.is_welcome(*peer)) {
            self.peers.conduct(peer, now).allowance.draw(thousandths, now);
        }
    }

    pub(super) fn drop_those_who_do_not_read(&mut self, now: u64) -> Result<(), StoreError> {
        let unread = self.peers.connections_where(|open| open.unsent_bytes > limits::UNSENT_BYTES);
        unread.into_iter().try_for_each(|connection| self.drop_peer(connection, "it does not read what is sent to it", now))
    }
}
