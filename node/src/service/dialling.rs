//! Where other nodes can be reached, and which of them to dial when.

use super::{Output, Service};
use crate::store::{PeerRow, StoreError};
use folkmoot_protocol::{id::*, limits, wire::PeerAddress};

const FIRST_RETRY_MS: u64 = 500;
const LAST_RETRY_MS: u64 = 60_000;
/// Every so often a connection more is made than is needed, so that no group of nodes keeps to itself.
const MINGLE_EVERY_MS: u64 = 300_000;

/// When to dial a device again.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Dialling {
    under_way: bool,
    next_at: u64,
    wait_ms: u64,
}

impl Service {
    pub(super) fn retry_later(&mut self, peer: DeviceId, now: u64) {
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

    /// The peer answered; whether it also speaks is not known yet.
    pub(super) fn dial_succeeded(&mut self, peer: DeviceId) {
        if let Some(dialling) = self.peers.dialling.get_mut(&peer) {
            dialling.under_way = false;
        }
    }

    /// A closed device lets the others be: none of them lets it in.
    pub(super) fn dial_known(&mut self, now: u64) -> Result<(), StoreError> {
        if self.peers.addresses.is_empty() || self.world.register.is_closed(self.device()) {
            return Ok(());
        }
        let under_way = self.peers.dialling.values().filter(|dialling| dialling.under_way).count();
        let have = self.peers.open.len() + under_way;
        let mut wanted = limits::PEERS_SOUGHT.saturating_sub(have);
        if wanted == 0 && now.saturating_sub(self.peers.mingled_at) >= MINGLE_EVERY_MS && have < limits::PEERS_SOUGHT * 2 {
            self.peers.mingled_at = now;
            wanted = 1;
        }
        if wanted == 0 {
            return Ok(());
        }
        let mut known = self.store.as_reader().peers()?;
        known.retain(|peer| self.may_dial(peer, now));
        // Everybody in an order of their own, or all would dial the same few.
        let own = self.device();
        known.sort_by_cached_key(|peer| tagged_hash("folkmoot/dial-order/1", &[&own.0, &peer.device.0]));
        known.into_iter().take(wanted).for_each(|peer| self.dial(peer.device, peer.addresses));
        Ok(())
    }

    fn may_dial(&self, peer: &PeerRow, now: u64) -> bool {
        let wanted = !peer.addresses.is_empty() && self.is_welcome(peer.device) && !self.peers.refused.contains(&peer.device) && peer.device != self.device();
        let dialling = self.peers.dialling.get(&peer.device).copied().unwrap_or_default();
        wanted && !dialling.under_way && dialling.next_at <= now && self.peers.connection_of(peer.device).is_none()
    }

    /// Leaves a device alone for so long.
    pub(super) fn dial_later(&mut self, peer: DeviceId, next_at: u64) {
        self.peers.dialling.insert(peer, Dialling { under_way: false, next_at, wait_ms: LAST_RETRY_MS });
    }

    pub(super) fn dial(&mut self, peer: DeviceId, addresses: Vec<String>) {
        self.peers.dialling.entry(peer).or_default().under_way = true;
        self.outputs.push(Output::Dial { peer, addresses });
    }

    /// Hears from outside the protocol where a node can be reached.
    pub fn meet(&mut self, peer: DeviceId, address: String) {
        if let Err(error) = self.learn(&[PeerAddress { device: peer, addresses: vec![address] }]) {
            tracing::warn!(%error, "an address could not be kept");
        }
    }

    /// Remembers what a peer tells of others; of strangers it would be without end.
    pub(super) fn hear_of(&mut self, addresses: &[PeerAddress]) -> Result<(), StoreError> {
        let welcome: Vec<_> = addresses.iter().filter(|peer| self.is_welcome(peer.device)).cloned().collect();
        self.learn(&welcome)
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
}
