//! How a device stands in its co-op: what its store and the public part of its keys tell, whether or not a node runs.

use super::World;
use crate::{
    api::{Counters, Failure, PeerStatus, SpaceStatus, Status},
    keystore::{self, Identity},
    store::{PeerRow, StoreError, View},
};
use folkmoot_protocol::{id::*, view::PersonView};

/// What tells how a device stands.
pub(crate) struct Standing<'a> {
    pub(crate) identity: &'a Identity,
    pub(crate) world: &'a World,
    pub(crate) view: View<'a>,
}

impl Standing<'_> {
    /// How things stand where no node runs.
    pub(crate) fn status(&self) -> Result<Status, StoreError> {
        let device = self.identity.device();
        let person = self.own_person().or(self.identity.person()).or(self.owner_of(device));
        let known = person.map(|person| self.view.person(person)).transpose()?.flatten();
        Ok(Status {
            running: false,
            device,
            person: person.unwrap_or(PersonId::ZERO),
            name: known.map_or_else(|| self.identity.name().to_owned(), |person| person.name),
            coop: self.world.coop,
            coop_name: self.world.register.name.clone(),
            cannot_write: self.may_write().err().map(|failure| failure.error),
            trouble: None,
            addresses: vec![],
            spaces: self.world.followed.iter().map(|space| self.space_status(*space)).collect(),
            peers: self.view.peers()?.into_iter().filter(|row| row.device != device).map(|row| self.peer_status(row)).collect(),
            refused: vec![],
            pending: 0,
            counters: Counters::default(),
        })
    }

    fn space_status(&self, id: SpaceId) -> SpaceStatus {
        let name = match self.world.register.communities.get(&id) {
            _ if id == SpaceId::HALL => SpaceId::HALL_NAME.to_owned(),
            Some(community) => community.name.clone(),
            None => id.short(),
        };
        let tips = self.world.tips.get(&id);
        SpaceStatus {
            id,
            name,
            operations: tips.map_or(0, |tips| tips.iter().map(|(_, tip)| tip.seq).sum()),
            closed: tips.map_or(0, |tips| tips.iter().filter(|(_, tip)| tip.closed.is_some()).count()),
            agree: 0,
            kept_by: 0,
        }
    }

    /// How another node stands that is not connected.
    pub(super) fn peer_status(&self, row: PeerRow) -> PeerStatus {
        PeerStatus {
            device: row.device,
            person: self.owner_of(row.device).map(|person| self.person_view(person)),
            connected: false,
            dialled: false,
            addresses: row.addresses,
            agree: 0,
            shared: 0,
            backlog: 0,
            clock_ahead_ms: None,
            seen_at: row.seen_at,
            note: row.note,
        }
    }

    /// Whose a device is or was.
    fn owner_of(&self, device: DeviceId) -> Option<PersonId> {
        self.world.register.credentials.values().find(|credential| credential.device == device).map(|credential| credential.person)
    }

    /// A person by the name they go by.
    pub(super) fn person_view(&self, person: PersonId) -> PersonView {
        let known = self.view.person(person).ok().flatten();
        known.unwrap_or_else(|| PersonView { id: person, name: self.world.register.person_name(person).to_owned() })
    }

    /// Whose device this is.
    pub(super) fn own_person(&self) -> Option<PersonId> {
        self.world.register.standing(self.identity.device()).map(|(_, credential)| credential.person)
    }

    /// As [`Standing::own_person`], or why it is nobody's.
    pub(super) fn person(&self) -> Result<PersonId, Failure> {
        self.own_person().ok_or_else(|| Failure::new("not-admitted", "this device is not in the co-op yet", "join with a ticket: `folkmoot join TICKET`"))
    }

    /// Why nothing can be done as long as the folder belongs to no co-op.
    pub(super) fn no_coop(&self) -> Failure {
        keystore::no_coop(self.view.was_in_a_coop(), self.identity.person().is_none())
    }

    /// Whether this device may write at all, and why not.
    pub(super) fn may_write(&self) -> Result<(), Failure> {
        if self.world.coop.is_none() {
            return Err(self.no_coop());
        }
        let device = self.identity.device();
        if self.world.register.is_closed(device) {
            return Err(Failure::new("revoked", "this device was closed by its owner: it can read, but nothing it writes counts", self.way_back(device)));
        }
        self.person()?;
        if self.has_forked(device) {
            return Err(Failure::new(
                "forked",
                "this device signed two different operations with one number (a copied data folder does that), which closed it",
                self.way_back(device),
            ));
        }
        match self.unsure()? {
            true => Err(Failure::new(
                "repairing",
                "the store was repaired or lost: until another node was asked, what this device wrote last may be missing here",
                "let the node run until it has synced once: `folkmoot run`",
            )),
            false => Ok(()),
        }
    }

    /// Whether a fork has closed a chain of a device.
    fn has_forked(&self, device: DeviceId) -> bool {
        self.world.tips.values().any(|tips| tips.get(&device).is_some_and(|tip| tip.closed.is_some()))
    }

    /// What somebody can do whose device was closed.
    fn way_back(&self, closed: DeviceId) -> &'static str {
        let (register, owner) = (&self.world.register, self.world.register.owner(closed));
        let devices = owner.into_iter().flat_map(|owner| register.devices(owner));
        let mut open = devices.filter(|(_, credential, cut)| cut.is_none() && !self.has_forked(credential.device)).peekable();
        if open.peek().is_none() {
            return "you have no other device here: `folkmoot init` a fresh folder (--data DIR), and ask for an invitation as somebody new";
        }
        match open.any(|(_, credential, _)| credential.may_grant) {
            true => "pair this machine anew: `folkmoot device pair` in a fresh folder (--data DIR), then `folkmoot device add` on another of yours",
            false => "pair this machine anew: `folkmoot device pair` in a fresh folder (--data DIR), then `folkmoot device add --words` on another of yours",
        }
    }

    /// Whether what this device wrote last may be missing here: its store was repaired, or begun anew, and no peer
    /// was asked yet. Who is alone has nobody to ask.
    fn unsure(&self) -> Result<bool, Failure> {
        if !self.view.is_unsure()? {
            return Ok(false);
        }
        let own = self.identity.device();
        Ok(!self.view.peers()?.is_empty() || self.world.register.credentials.values().any(|credential| credential.device != own))
    }
}
