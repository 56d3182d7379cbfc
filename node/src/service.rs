//! The node as a state machine: inputs in, outputs back, the time handed in. The store is the only thing it
//! touches; sockets, timers, entropy and threads belong to [`crate::runtime`].
//!
//! Whatever is answered or sent was committed before: outputs leave [`Service::handle_all`] after the
//! transaction that holds what they speak of.

mod admit;
mod allowance;
mod ban;
mod books;
mod branches;
mod conduct;
mod contradiction;
mod cuts;
mod dialling;
mod difference;
mod drafts;
mod evidence;
mod fetch;
mod gazette;
mod io;
mod joining;
mod law;
mod moderation;
mod peers;
mod pending;
mod printing;
mod project;
mod recovery;
mod replication;
mod requests;
mod seal;
mod standing;
mod stands;
mod tellers;
mod world;
mod write;

pub use contradiction::TwoIssues;
pub use io::{ConnectionId, Footprint, Input, Output, RequestId, Source};
pub(crate) use requests::mark_unsure;
pub(crate) use standing::Standing;
pub use world::World;

use crate::{
    api::{Counters, Event, Failure, Imported, Response},
    keystore::Keystore,
    store::{Store, StoreError},
};
use folkmoot_protocol::{id::*, op::VerifiedOp, sync::Session, wire::Message};
use gazette::Printing;
use joining::Joining;
use peers::Peers;
use pending::Pending;
use project::Dirty;
use std::collections::{BTreeMap, BTreeSet};
use tellers::Agreeing;

/// One node.
pub struct Service {
    store: Store,
    keys: Keystore,
    world: World,
    pending: Pending,
    peers: Peers,
    joining: Option<Joining>,
    printing: Printing,
    agreeing: Agreeing,
    dirty: Dirty,
    /// Chains that grew since the last commit, and how many operations each space gained.
    grown: BTreeSet<(SpaceId, DeviceId)>,
    gained: BTreeMap<SpaceId, u64>,
    /// The first of this device's own operations since the last commit, per space.
    first_own: BTreeMap<SpaceId, u64>,
    /// Erased payloads may still stand in the write-ahead log.
    log_holds_erased: bool,
    /// What the disk refused last, until it takes something again.
    trouble: Option<String>,
    /// Whether the disk is to be tried behind this commit.
    disk_due: bool,
    counters: Counters,
    outputs: Vec<Output>,
}

impl Service {
    /// Takes up a node's work where its store left it.
    pub fn open(mut store: Store, keys: Keystore) -> Result<Self, Failure> {
        let world = World::load(store.as_reader())?;
        // Others may still hold what this device signed and its store knows nothing of.
        let lacks = store.signed() > world.written_by(keys.device()) || store.printed() > world.law.as_ref().map_or(0, |law| law.height());
        if lacks && !store.as_reader().is_unsure()? {
            tracing::warn!("the store lacks some of what this device has signed: it was cut, lost or put back from a copy");
            mark_unsure(&mut store)?;
        }
        let mut peers = Peers::default();
        // Who is welcome, the hall says; of a repaired store it may be among what was lost, and of one that lost its
        // power while it joined it has not come yet.
        let lacks_hall = store.as_reader().admission()?.is_some_and(|admission| !world.register.credentials.contains_key(&admission));
        if lacks_hall || store.as_reader().is_unsure()? {
            peers.vouched = store.as_reader().peers()?.into_iter().map(|peer| peer.device).collect();
        }
        let mut service = Self {
            store,
            keys,
            world,
            pending: Pending::default(),
            peers,
            joining: None,
            printing: Printing::default(),
            agreeing: Agreeing::default(),
            dirty: Dirty::default(),
            grown: BTreeSet::new(),
            gained: BTreeMap::new(),
            first_own: BTreeMap::new(),
            // A crash may have come between an erasure and the emptying of the log.
            log_holds_erased: true,
            trouble: None,
            disk_due: false,
            counters: Counters::default(),
            outputs: Vec::new(),
        };
        service.recall()?;
        Ok(service)
    }

    /// The store, for looking into it.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The store and keys, when the node has ended.
    pub fn into_parts(self) -> (Store, Keystore) {
        (self.store, self.keys)
    }

    /// What this node holds of the co-op.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// This device.
    pub fn device(&self) -> DeviceId {
        self.keys.device()
    }

    /// What is kept in memory on behalf of peers.
    pub fn footprint(&self) -> Footprint {
        Footprint {
            waiting: self.pending.len(),
            waiting_bytes: self.pending.bytes(),
            waiting_issues: self.waiting_issues(),
            connections: self.peers.open.len(),
            fetches: self.peers.fetches.len(),
            unsent_bytes: self.peers.open.values().map(|open| open.unsent_bytes).max().unwrap_or(0),
            backlog: self.peers.open.values().map(|open| open.session.backlog()).max().unwrap_or(0),
            remembered: self.peers.remembered(),
        }
    }

    /// Takes one input in.
    pub fn handle(&mut self, input: Input, now: u64) -> Vec<Output> {
        self.handle_all([input], now)
    }

    /// Takes inputs in and commits once for all of them: a busy node pays for one write to the disk, not for
    /// many. `now`: this node's clock in ms since 1970.
    pub fn handle_all(&mut self, inputs: impl IntoIterator<Item = Input>, now: u64) -> Vec<Output> {
        let (looks, inputs): (Vec<_>, Vec<_>) = inputs.into_iter().partition(Input::only_looks);
        let requests: Vec<_> = inputs.iter().filter_map(Input::asked).collect();
        let done = inputs.into_iter().try_for_each(|input| self.take(input, now));
        let mut outputs = match done.and_then(|()| self.settle(now)) {
            Ok(()) => self.speak(now),
            Err(error) => self.fail(&error, &requests),
        };
        // How things stand is told whatever became of the rest.
        for input in looks {
            if let Err(error) = self.take(input, now) {
                self.note_trouble(&error);
            }
        }
        outputs.append(&mut self.outputs);
        outputs
    }

    fn take(&mut self, input: Input, now: u64) -> Result<(), StoreError> {
        match input {
            Input::Listening { addresses } => self.listening(addresses)?,
            Input::Connected { connection, peer, dialled } => self.connected(connection, peer, dialled, now)?,
            Input::Disconnected { connection, reason } => self.disconnected(connection, &reason, now)?,
            Input::DialFailed { peer, reason } => self.dial_failed(peer, &reason, now)?,
            Input::Message { connection, message } => {
                let weight = message.weight();
                self.receive(connection, *message, now)?;
                self.pace(connection, weight, now)?;
            }
            Input::Garbage { connection, reason } => self.drop_peer(connection, &format!("it sent what is no message: {reason}"), now)?,
            Input::Operations { source: Source::Peer(connection), operations } => self.receive_operations(connection, operations, now)?,
            Input::Operations { source: Source::File(id), operations } => self.import(id, operations, now)?,
            Input::Issues { issues } => {
                self.let_wait(issues);
                self.read_gazette(now)?;
            }
            Input::Sent { connection, bytes } => self.peers.sent(connection, bytes),
            Input::Request { id, request, entropy } => self.request(id, request, entropy, now)?,
            Input::Tick => self.tick(now)?,
        }
        Ok(())
    }

    /// Derives and commits.
    fn settle(&mut self, now: u64) -> Result<(), StoreError> {
        self.drop_those_who_do_not_read(now)?;
        self.read_gazette(now)?;
        self.project()?;
        let signed = (!self.first_own.is_empty() || self.printing.printed.is_some()) && !self.store.as_reader().is_unsure()?;
        if self.store.is_writing() {
            self.store.commit()?;
            self.counters.commits += 1;
        }
        if signed {
            self.note_signed();
        }
        Ok(())
    }

    /// Takes down how much this device has signed: operations, and issues if it prints.
    fn note_signed(&mut self) {
        let printed = self.printing.printed.take().unwrap_or(0).max(self.store.printed());
        self.store.note_signed(self.world.written_by(self.device()), printed);
    }

    /// Speaks of what is new, now that it is committed: whatever fails from here on, it happened.
    fn speak(&mut self, now: u64) -> Vec<Output> {
        self.clear_log();
        self.try_disk();
        if !self.gained.is_empty() {
            self.peers.changed_at = now;
        }
        let hall_grew = self.grown.iter().any(|(space, _)| *space == SpaceId::HALL);
        self.publish();
        self.check_joined();
        let served = self.serve(now);
        if hall_grew {
            self.refuse_the_closed();
        }
        let mut outputs = std::mem::take(&mut self.outputs);
        if let Err(error) = served {
            outputs.extend(self.fail(&error, &[]));
        }
        outputs
    }

    /// Takes what was erased out of the log too; tried again behind the next commit where it cannot be done now.
    fn clear_log(&mut self) {
        if self.log_holds_erased {
            match self.store.empty_log() {
                Ok(empty) => self.log_holds_erased = !empty,
                Err(error) => self.note_trouble(&error),
            }
        }
    }

    /// Whether what the disk refused would be taken again.
    fn try_disk(&mut self) {
        if !std::mem::take(&mut self.disk_due) || self.trouble.is_none() {
            return;
        }
        match self.store.try_disk() {
            Ok(()) => {
                tracing::info!("the disk takes what is written again");
                self.trouble = None;
            }
            Err(error) => {
                let _ = self.store.roll_back();
                self.note_trouble(&error);
            }
        }
    }

    /// Tells whoever watches, once.
    fn note_trouble(&mut self, error: &StoreError) {
        let error = error.to_string();
        if self.trouble.as_ref() != Some(&error) {
            // Whoever is to know is told by the event, or by the answer to what they asked.
            tracing::debug!(%error, "the store cannot be written");
            self.event(Event::Trouble { error: error.clone() });
            self.trouble = Some(error);
        }
    }

    /// The disk refused: nothing of this batch happened. What is in memory is read anew from the store.
    fn fail(&mut self, error: &StoreError, requests: &[RequestId]) -> Vec<Output> {
        let failure = Failure::from_ref(error);
        self.outputs.clear();
        self.note_trouble(error);
        let mut outputs: Vec<Output> = requests.iter().map(|id| Output::Reply { id: *id, result: Err(failure.clone()) }).collect();
        let closing = self.peers.connections().map(|connection| Output::Close { connection, reason: "the other node has trouble with its disk".into() });
        outputs.extend(closing);
        outputs.append(&mut self.outputs);
        match self.reload() {
            Ok(()) if !error.is_damage() => {
                self.pending = Pending::default();
                self.peers.forget_connections();
                self.dirty = Dirty::default();
                self.grown.clear();
                self.gained.clear();
                self.first_own.clear();
            }
            _ => outputs.push(Output::Stop { error: Some(failure) }),
        }
        outputs
    }

    /// Reads anew from the store what is kept of it in memory.
    fn reload(&mut self) -> Result<(), StoreError> {
        self.store.roll_back()?;
        self.world = World::load(self.store.as_reader())?;
        self.printing = Printing::default();
        self.recall()
    }

    /// Takes up from the store what it keeps of the Gazette's making: what a teller said and could not write down was not said, and its
    /// timers run anew.
    fn recall(&mut self) -> Result<(), StoreError> {
        self.remember_contradiction()?;
        self.look_for_recovery()?;
        self.recall_agreement()
    }

    fn import(&mut self, id: RequestId, operations: Vec<Result<VerifiedOp, String>>, now: u64) -> Result<(), StoreError> {
        let mut imported = Imported::default();
        for operation in operations {
            match operation {
                Ok(op) => {
                    let verdict = self.admit(op, None, now)?;
                    verdict.count(&mut imported);
                }
                Err(_) => imported.refused += 1,
            }
        }
        imported.taken += self.admit_waiting(now)?;
        // What waited for a moment is not waiting any more.
        imported.waiting = self.pending.len() as u64;
        self.outputs.push(Output::Reply { id, result: Ok(Response::Imported(imported)) });
        Ok(())
    }

    fn event(&mut self, event: Event) {
        self.outputs.push(Output::Event(event));
    }

    fn send(&mut self, connection: ConnectionId, message: &Message) {
        let body = message.encode();
        self.peers.sending(connection, body.len());
        self.outputs.push(Output::Send { connection, body });
    }

    fn session(&mut self, connection: ConnectionId) -> Option<&mut Session> {
        self.peers.session(connection)
    }
}
