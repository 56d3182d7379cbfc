//! What a command line or desktop asks, and the answers.

use super::{Output, RequestId, Service, Standing, world::HeldReplica};
use crate::{
    api::{Failure, InboxRead, PeerStatus, PrivateMark, Request, Response, SpaceStatus, Status},
    store::{InvitationRow, LocalMark, PeerRow, StoreError},
};
use folkmoot_protocol::{
    act::{Act, GrantDevice},
    cbor,
    id::*,
    identity::{Pairing, SignatureBytes},
    limits,
    op::Header,
    ticket::{Invitation, Ticket},
};

/// What this device wrote last may be missing here: it does not write until a peer was asked.
const UNSURE: &str = "own-chain-unsure";
/// This store is not the first of its device: of any space that it begins to keep, it may have written some before.
const RESTORED: &str = "restored";

impl Service {
    pub(super) fn request(&mut self, id: RequestId, request: Request, entropy: [u8; 32], now: u64) -> Result<(), StoreError> {
        let result = match request {
            Request::Submit { drafts } => self.submit(drafts, entropy, now)?.map(|written| Response::Written { written }),
            Request::Invite { guest, expires_in_ms, uses } => self.invite(guest, expires_in_ms, uses, entropy, now)?,
            Request::Join { ticket } => match self.join(id, &ticket, now) {
                Ok(()) => return Ok(()),
                Err(failure) => Err(failure),
            },
            Request::AddDevice { ticket, authority } => self.add_device(&ticket, authority, entropy, now)?,
            Request::Follow { space, on } => self.change_following(space, on, now)?,
            Request::Read(read) => self.note_read(&read)?,
            Request::Mark { document, mark, on } => self.mark(document, mark, on, now)?,
            Request::Status => self.status().map(|status| Response::Status(Box::new(status))).map_err(Failure::from),
            Request::Refuse { devices } => {
                self.refuse(devices.into_iter().collect());
                Ok(Response::Done)
            }
            Request::Print => self.print_now(now)?,
            Request::Import { .. } => Err(Failure::new("internal", "files are read by the runtime", "report this")),
            Request::Shutdown => {
                self.outputs.push(Output::Stop { error: None });
                Ok(Response::Done)
            }
        };
        self.reply(id, result);
        Ok(())
    }

    pub(super) fn reply(&mut self, id: RequestId, result: Result<Response, Failure>) {
        self.outputs.push(Output::Reply { id, result });
    }

    fn invite(&mut self, guest: bool, expires_in_ms: u64, uses: u32, entropy: [u8; 32], now: u64) -> Result<Result<Response, Failure>, StoreError> {
        if let Err(failure) = self.may_write_hall().and_then(|()| self.check_not_expelled()) {
            return Ok(Err(failure));
        }
        if uses == 0 || expires_in_ms == 0 {
            return Ok(Err(Failure::new("invalid", "an invitation lets in at least one person, for some time", "raise --uses or --expires")));
        }
        let Some(coop) = self.world.coop else { return Ok(Err(self.no_coop())) };
        let expires_at = now.saturating_add(expires_in_ms);
        let nonce = self.salt(&[&entropy, b"invitation"]);
        let unsigned = Invitation { coop, issue: OpId(coop.0), device: self.device(), nonce, expires_at, uses, guest, signature: SignatureBytes([0; 64]) };
        let invitation = unsigned.sign(self.keys.key());
        self.store.begin()?;
        self.store.add_invitation(nonce, InvitationRow { expires_at, uses_left: uses }, guest)?;
        let peers = self.own_address_first()?;
        let ticket = Ticket::Invite { invitation, coop_name: self.world.register.name.clone(), peers }.to_string();
        Ok(Ok(Response::Invited { ticket, expires: expires_at }))
    }

    /// A few addresses for a ticket, this node's own first; as they were last where no node runs now.
    fn own_address_first(&self) -> Result<Vec<folkmoot_protocol::wire::PeerAddress>, StoreError> {
        let mut peers = self.known_addresses()?;
        if self.peers.addresses.is_empty() {
            let last = self.store.as_reader().setting("addresses")?.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
            let addresses: Vec<String> = last.lines().map(str::to_owned).collect();
            if !addresses.is_empty() {
                peers.insert(0, folkmoot_protocol::wire::PeerAddress { device: self.device(), addresses });
            }
        }
        peers.truncate(8);
        Ok(peers)
    }

    /// Remembers where this node listens, for invitations made while it does not run.
    pub(super) fn listening(&mut self, addresses: Vec<String>) -> Result<(), StoreError> {
        self.store.begin()?;
        self.store.set_setting("addresses", addresses.join("\n").as_bytes())?;
        self.peers.addresses = addresses;
        Ok(())
    }

    fn add_device(&mut self, ticket: &str, authority: Option<SignatureBytes>, entropy: [u8; 32], now: u64) -> Result<Result<Response, Failure>, StoreError> {
        let (pairing, known) = match self.check_offer(ticket, authority.is_some()) {
            Ok(offered) => offered,
            Err(failure) => return Ok(Err(failure)),
        };
        let (Some(coop), Some(person)) = (self.world.coop, self.own_person()) else { return Ok(Err(self.no_coop())) };
        let salt = self.salt(&[&entropy, b"grant"]);
        let (device, op) = match known {
            // Asked a second time, as the answer got lost: it is the same one.
            Some(op) => (pairing.device, op),
            None => (pairing.device, self.write_act(SpaceId::HALL, Act::GrantDevice(GrantDevice { pairing, authority }), salt, now)?),
        };
        let peers = self.own_address_first()?;
        let welcome = Ticket::Welcome { coop, person, device, credential: op, coop_name: self.world.register.name.clone(), peers };
        Ok(Ok(Response::Welcomed { device, op, ticket: welcome.to_string() }))
    }

    /// A device's offer, and the act that took it in, where this person did that already.
    fn check_offer(&self, ticket: &str, by_words: bool) -> Result<(Pairing, Option<OpId>), Failure> {
        self.may_write().and_then(|()| self.check_not_expelled())?;
        let ticket: Ticket = ticket.parse().map_err(|error| Failure::new("ticket", error, "make a new offer on the other machine: `folkmoot device pair`"))?;
        let Ticket::Offer { pairing } = ticket else {
            return Err(Failure::new("ticket", "this is an invitation, not a device's offer", "make an offer on the other machine: `folkmoot device pair`"));
        };
        if let Some((op, credential)) = self.world.register.standing(pairing.device)
            && Some(credential.person) == self.own_person()
        {
            return Ok((pairing, Some(op)));
        }
        if !by_words && !self.world.register.standing(self.device()).is_some_and(|(_, credential)| credential.may_grant) {
            return Err(Failure::new("may-not", "this device may not take others in", "do it on your first device, or with your recovery words: --words"));
        }
        if self.world.register.credentials.values().any(|credential| credential.device == pairing.device) {
            return Err(Failure::new("exists", "that device belongs to somebody here already", "make a new offer in a fresh folder"));
        }
        Ok((pairing, None))
    }

    fn change_following(&mut self, space: SpaceId, on: bool, now: u64) -> Result<Result<Response, Failure>, StoreError> {
        if !self.world.register.communities.contains_key(&space) {
            return Ok(Err(Failure::new("not-found", "there is no such community", "see them with `folkmoot community list`")));
        }
        let anew = on && !self.world.followed.contains(&space);
        self.follow(space, on)?;
        if anew && self.store.as_reader().setting(RESTORED)?.is_some() {
            mark_unsure(&mut self.store)?;
        }
        self.compare_with_all(now);
        Ok(Ok(Response::Done))
    }

    pub(super) fn follow(&mut self, space: SpaceId, on: bool) -> Result<(), StoreError> {
        self.store.begin()?;
        self.store.follow(space, on)?;
        if on {
            self.world.followed.insert(space);
            self.world.tips.entry(space).or_default();
        } else {
            self.world.followed.remove(&space);
        }
        Ok(())
    }

    fn mark(&mut self, document: DocumentId, mark: PrivateMark, on: bool, now: u64) -> Result<Result<Response, Failure>, StoreError> {
        if self.store.as_reader().present_document(document)?.is_none() {
            return Ok(Err(Failure::new("not-found", "there is nothing here under that id", "see ids with `folkmoot feed`")));
        }
        let mark = match mark {
            PrivateMark::Saved => LocalMark::Saved,
            PrivateMark::Hidden => LocalMark::Hidden,
        };
        self.store.begin()?;
        self.store.set_mark(document, mark, on, now)?;
        Ok(Ok(Response::Done))
    }

    /// Remembers what of the inbox was read, in place of what was read before.
    fn note_read(&mut self, read: &InboxRead) -> Result<Result<Response, Failure>, StoreError> {
        if read.items.len() > limits::INBOX_ITEMS {
            return Ok(Err(Failure::new("invalid", "an inbox has fewer things than that", "report this")));
        }
        self.store.begin()?;
        self.store.set_read_items(&read.items)?;
        Ok(Ok(Response::Done))
    }

    /// How this device stands, by what its folder and its keys tell.
    pub(super) fn standing(&self) -> Standing<'_> {
        Standing { identity: self.keys.identity(), world: &self.world, view: self.store.as_reader() }
    }

    /// How things stand, with what only a node that runs knows.
    fn status(&self) -> Result<Status, StoreError> {
        let at_rest = self.standing().status()?;
        Ok(Status {
            running: !self.peers.addresses.is_empty(),
            trouble: self.trouble.clone(),
            addresses: self.peers.addresses.clone(),
            spaces: at_rest.spaces.into_iter().map(|space| self.space_status(space)).collect(),
            peers: self.peer_statuses(at_rest.peers),
            refused: self.peers.refused.iter().copied().collect(),
            pending: self.pending.len(),
            counters: self.counters,
            ..at_rest
        })
    }

    fn space_status(&self, space: SpaceStatus) -> SpaceStatus {
        let replica = HeldReplica { world: &self.world, store: &self.store };
        SpaceStatus {
            agree: self.peers.open.values().filter(|open| open.session.agrees(space.id, &replica)).count(),
            kept_by: self.peers.open.values().filter(|open| open.session.shares(space.id)).count(),
            ..space
        }
    }

    fn peer_statuses(&self, mut known: Vec<PeerStatus>) -> Vec<PeerStatus> {
        for open in self.peers.open.values() {
            if !known.iter().any(|peer| peer.device == open.session.peer) {
                let row = PeerRow { device: open.session.peer, addresses: vec![], seen_at: 0, note: String::new() };
                known.push(self.standing().peer_status(row));
            }
        }
        known.into_iter().map(|peer| self.peer_status(peer)).collect()
    }

    fn peer_status(&self, peer: PeerStatus) -> PeerStatus {
        let Some(open) = self.peers.open.values().find(|open| open.session.peer == peer.device) else { return peer };
        let replica = HeldReplica { world: &self.world, store: &self.store };
        let followed = || self.world.followed.iter();
        PeerStatus {
            connected: true,
            dialled: open.session.dialled(),
            agree: followed().filter(|space| open.session.agrees(**space, &replica)).count(),
            shared: followed().filter(|space| open.session.shares(**space)).count(),
            backlog: open.session.backlog(),
            clock_ahead_ms: open.clock_ahead_ms,
            ..peer
        }
    }

    /// Once the peers have the same of every space that they keep too, and no issue more, they have handed over what
    /// was missing.
    pub(super) fn become_sure(&mut self, now: u64) -> Result<(), StoreError> {
        if !self.store.as_reader().is_unsure()? || !self.is_in_step() || !self.has_all_issues() {
            return Ok(());
        }
        self.store.begin()?;
        self.place_salvaged(now)?;
        self.store.clear_setting(UNSURE)?;
        let printed = self.world.law.as_ref().filter(|_| self.is_only_teller()).map_or(0, |law| law.height());
        self.store.note_signed(self.world.written_by(self.device()), printed);
        if let Some((credential, _)) = self.world.register.standing(self.device()) {
            self.store.set_setting("credential", &credential.0)?;
        }
        self.peers.vouched.clear();
        Ok(())
    }

    fn is_in_step(&self) -> bool {
        let replica = HeldReplica { world: &self.world, store: &self.store };
        let agrees = |space: SpaceId| self.peers.open.values().any(|open| open.session.agrees(space, &replica));
        let kept = |space: SpaceId| self.peers.open.values().any(|open| open.session.shares(space));
        agrees(SpaceId::HALL) && self.world.followed.iter().all(|space| agrees(*space) || !kept(*space))
    }

    /// Takes in what was saved of a damaged store and rests on what was lost: peers have sent that, if they have it.
    fn place_salvaged(&mut self, now: u64) -> Result<(), StoreError> {
        loop {
            let salvaged = self.store.take_salvaged()?;
            if salvaged.is_empty() {
                break;
            }
            for mut op in salvaged {
                let Ok(mut header) = cbor::decode::<Header>(&op.header) else { continue };
                if let Some(prev) = self.store.as_reader().operation_at(header.space, header.device, header.seq.saturating_sub(1))? {
                    header.prev = prev;
                    op.header = cbor::encode(&header);
                }
                if let Ok(op) = op.verify() {
                    self.admit(op, None, now)?;
                }
            }
            self.admit_waiting(now)?;
        }
        // Some of it may have been erased in the meantime.
        self.log_holds_erased = true;
        Ok(())
    }
}

/// Marks a store as repaired, or begun anew: its device asks a peer before it writes.
pub(crate) fn mark_unsure(store: &mut crate::store::Store) -> Result<(), StoreError> {
    store.set_setting(UNSURE, b"1")?;
    store.set_setting(RESTORED, b"1")
}

impl crate::store::View<'_> {
    /// Whether what this device wrote last may be missing here.
    pub(crate) fn is_unsure(&self) -> Result<bool, StoreError> {
        Ok(self.setting(UNSURE)?.is_some())
    }
}
