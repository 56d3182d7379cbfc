//! Operations that peers were asked for: each chain of one peer at a time, and of another where that one does not
//! send.

use super::{ConnectionId, Service};
use crate::store::StoreError;
use folkmoot_protocol::{
    id::*,
    limits,
    sync::ChainRange,
    wire::{Message, Want},
};
use std::collections::{BTreeMap, BTreeSet};

/// A transfer from a peer that sends nothing for so long is given to another,
const FETCH_PATIENCE_MS: u64 = 10_000;
/// and so is one that does not get on for so long whatever else the peer sends.
const FETCH_LONGEST_MS: u64 = 120_000;
/// A peer that so many times in a row did not send what it says it has is dropped.
const PROMISES_BROKEN: u32 = 3;

/// A transfer that a peer was asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fetch {
    pub(super) connection: ConnectionId,
    pub(super) to: u64,
    pub(super) since: u64,
}

impl Service {
    /// Asks for operations, each chain of one peer at a time; the hall first, since all else rests on it.
    pub(super) fn fetch(&mut self, connection: ConnectionId, ranges: Vec<ChainRange>, now: u64) {
        let mut wants: BTreeMap<SpaceId, Vec<Want>> = BTreeMap::new();
        let mut room = limits::FETCHES_PER_PEER.saturating_sub(self.peers.fetches.values().filter(|fetch| fetch.connection == connection).count());
        for range in ranges {
            let key = (range.space, range.device);
            let before = self.peers.fetches.get(&key).copied();
            if before.is_some_and(|fetch| fetch.to >= range.to) || room == 0 {
                continue;
            }
            room -= 1;
            // Of the same peer only the rest is wanted. Who claims more and more gains no time by it.
            let (from, since) = match before.filter(|fetch| fetch.connection == connection) {
                Some(before) => (range.from.max(before.to + 1), before.since),
                None => (range.from, now),
            };
            self.peers.fetches.insert(key, Fetch { connection, to: range.to, since });
            wants.entry(range.space).or_default().push(Want { device: range.device, from, to: range.to });
        }
        for (space, chains) in wants {
            for chains in chains.chunks(limits::WANTS_PER_MESSAGE) {
                self.send(connection, &Message::Want { space, chains: chains.to_vec() });
            }
        }
    }

    /// What a peer said it has and does not send is asked for elsewhere.
    pub(super) fn give_up_fetches(&mut self, now: u64) -> Result<(), StoreError> {
        let open = &self.peers.open;
        let given_up = |fetch: &Fetch| {
            let useful_at = open.get(&fetch.connection).map_or(0, |open| open.useful_at);
            now.saturating_sub(fetch.since.max(useful_at)) >= FETCH_PATIENCE_MS || now.saturating_sub(fetch.since) >= FETCH_LONGEST_MS
        };
        let late: BTreeSet<ConnectionId> = self.peers.fetches.values().filter(|fetch| given_up(fetch)).map(|fetch| fetch.connection).collect();
        if late.is_empty() {
            return Ok(());
        }
        self.peers.fetches.retain(|_, fetch| !late.contains(&fetch.connection));
        for connection in late {
            let Some(open) = self.peers.open.get_mut(&connection) else { continue };
            open.broken_promises += 1;
            if open.broken_promises >= PROMISES_BROKEN {
                self.drop_peer(connection, "it does not send what it says it has", now)?;
            }
        }
        self.compare_with_all(now);
        Ok(())
    }

    /// A peer sent something that was asked for.
    pub(super) fn was_useful(&mut self, connection: ConnectionId, now: u64) {
        if let Some(open) = self.peers.open.get_mut(&connection) {
            open.useful_at = now;
            open.broken_promises = 0;
        }
    }
}
