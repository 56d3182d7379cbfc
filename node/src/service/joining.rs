//! Letting people in, and being let in.

use super::{ConnectionId, RequestId, Service, admit::Verdict};
use crate::{
    api::{Failure, Response},
    store::StoreError,
};
use folkmoot_protocol::{
    act::{Act, Admit},
    id::*,
    op::VerifiedOp,
    ticket::{Invitation, Ticket},
    view::PersonView,
    wire::{JoinRequest, Message, PeerAddress, Refusal},
};

/// How long a newcomer waits for an answer and for the hall.
const PATIENCE_MS: u64 = 20_000;

/// This device is on its way into a co-op.
pub(super) struct Joining {
    request: RequestId,
    /// What is presented; none for a further device, which its owner's other device took in already.
    invitation: Option<Invitation>,
    coop: CoopId,
    admitted_by: DeviceId,
    person: Option<PersonId>,
    /// The act that lets this device in, once known.
    credential: Option<OpId>,
    since: u64,
    last_error: String,
    dials_left: usize,
}

impl Service {
    /// Begins to join with a ticket.
    pub(super) fn join(&mut self, request: RequestId, ticket: &str, now: u64) -> Result<(), Failure> {
        let ticket: Ticket = ticket.parse().map_err(|error| Failure::new("ticket", error, "ask for a new ticket, and copy it whole"))?;
        if self.joining.is_some() {
            return Err(Failure::new("busy", "joining is under way already", "wait for it to end"));
        }
        let (joining, peers) = match ticket {
            Ticket::Invite { invitation, peers, .. } => {
                self.check_free_for(invitation.coop)?;
                if invitation.expires_at <= now {
                    return Err(refused(&Refusal::Expired));
                }
                if self.keys.person().is_none() {
                    return Err(Failure::new(
                        "device",
                        "this folder holds a further device's key, not a person's",
                        "join with the welcome ticket that `device add` printed, or `init` another folder",
                    ));
                }
                let (coop, admitted_by) = (invitation.coop, invitation.device);
                (
                    Joining {
                        request,
                        invitation: Some(invitation),
                        coop,
                        admitted_by,
                        person: self.keys.person(),
                        credential: None,
                        since: now,
                        last_error: String::new(),
                        dials_left: 0,
                    },
                    peers,
                )
            }
            Ticket::Welcome { coop, person, device, credential, peers, .. } => {
                self.check_free_for(coop)?;
                if device != self.device() {
                    return Err(Failure::new("ticket", "this welcome is for another device", "use it on the machine whose offer was added"));
                }
                let admitted_by = peers.first().map_or(DeviceId::ZERO, |peer| peer.device);
                (
                    Joining {
                        request,
                        invitation: None,
                        coop,
                        admitted_by,
                        person: Some(person),
                        credential: Some(credential),
                        since: now,
                        last_error: String::new(),
                        dials_left: 0,
                    },
                    peers,
                )
            }
            Ticket::Offer { .. } => {
                return Err(Failure::new("ticket", "this is a device's offer, not an invitation", "use it with `folkmoot device add` on your other device"));
            }
        };
        self.dial_for_joining(joining, &peers).map_err(Failure::from)?
    }

    fn check_free_for(&self, coop: CoopId) -> Result<(), Failure> {
        match self.world.coop {
            None => Ok(()),
            Some(own) if own == coop => Err(Failure::new("member", "this folder belongs to that co-op already", "just run the node: `folkmoot run`")),
            Some(_) => Err(Failure::new(
                "foreign",
                "this folder belongs to another co-op; one folder holds one co-op",
                "use another folder: --data DIR, with its own `init`",
            )),
        }
    }

    fn dial_for_joining(&mut self, mut joining: Joining, peers: &[PeerAddress]) -> Result<Result<(), Failure>, StoreError> {
        if self.peers.addresses.is_empty() {
            return Ok(Err(Failure::new(
                "offline",
                "joining needs the network, and this node has none",
                "run the command again without a node that is offline",
            )));
        }
        // Only the device that invited can admit; a further device may sync with any of the co-op's.
        let wanted: Vec<_> = peers.iter().filter(|peer| joining.invitation.is_none() || peer.device == joining.admitted_by).collect();
        if wanted.is_empty() {
            return Ok(Err(Failure::new(
                "ticket",
                "the ticket names no address where the inviting node could be reached",
                "ask for a ticket made while that node runs (`folkmoot run`, then `folkmoot invite`)",
            )));
        }
        joining.dials_left = wanted.len();
        self.learn(peers)?;
        for peer in wanted {
            self.peers.vouched.insert(peer.device);
            self.dial(peer.device, peer.addresses.clone());
        }
        self.joining = Some(joining);
        if let Some(joining) = &self.joining
            && joining.invitation.is_none()
            && let Some(credential) = joining.credential
        {
            self.enter(joining.coop, credential)?;
        }
        Ok(Ok(()))
    }

    /// What a newcomer says first.
    pub(super) fn joining_request(&self) -> Option<JoinRequest> {
        let joining = self.joining.as_ref().filter(|joining| joining.credential.is_none())?;
        Some(JoinRequest { invitation: joining.invitation.clone()?, joining: self.keys.joining(joining.coop)? })
    }

    /// Decides on somebody who presents an invitation.
    pub(super) fn decide_join(&mut self, connection: ConnectionId, request: JoinRequest, now: u64) -> Result<(), StoreError> {
        let Some(peer) = self.peers.open.get(&connection).map(|open| open.session.peer) else { return Ok(()) };
        match self.admit_newcomer(peer, request, now)? {
            Ok(op) => self.send(connection, &Message::Admitted { op }),
            Err(reason) => {
                self.send(connection, &Message::Refused { reason });
                self.close_connection(connection, "its invitation is refused");
            }
        }
        Ok(())
    }

    fn admit_newcomer(&mut self, peer: DeviceId, request: JoinRequest, now: u64) -> Result<Result<OpId, Refusal>, StoreError> {
        let JoinRequest { invitation, joining } = request;
        let Some(coop) = self.world.coop else { return Ok(Err(Refusal::Foreign)) };
        if let Some((credential, _)) = self.world.register.standing(peer) {
            return Ok(Ok(credential));
        }
        let uses = self.store.as_reader().invitation(invitation.nonce)?;
        if let Some(refusal) = invitation.refusal(coop, self.device(), uses.map(|row| row.uses_left), now) {
            return Ok(Err(refusal));
        }
        if joining.grant.device != peer || joining.check(coop).is_err() {
            return Ok(Err(Refusal::Malformed));
        }
        // Whoever the members expelled lets nobody in.
        if self.check_not_expelled().is_err() {
            return Ok(Err(Refusal::Unknown));
        }
        if self.may_write_hall().is_err() {
            return Ok(Err(Refusal::Busy));
        }
        let act = Act::Admit(Admit { joining, guest: invitation.guest, invitation: invitation.nonce });
        let salt = self.salt(&[&invitation.nonce, &peer.0]);
        let op = self.write_act(SpaceId::HALL, act, salt, now)?;
        self.store.use_invitation(invitation.nonce)?;
        self.world.refold();
        Ok(Ok(op))
    }

    /// This device was let in: from here on it holds the co-op's hall.
    pub(super) fn was_admitted(&mut self, connection: ConnectionId, op: OpId, now: u64) -> Result<(), StoreError> {
        let Some(joining) = self.joining.as_mut().filter(|joining| joining.credential.is_none()) else { return Ok(()) };
        joining.credential = Some(op);
        let coop = joining.coop;
        self.enter(coop, op)?;
        self.send_hello(connection, now);
        Ok(())
    }

    pub(super) fn was_refused(&mut self, connection: ConnectionId, reason: &Refusal, now: u64) -> Result<(), StoreError> {
        if let Some(joining) = self.joining.take_if(|joining| joining.invitation.is_some() && joining.credential.is_none()) {
            self.reply(joining.request, Err(refused(reason)));
        } else if let Some(peer) = self.peers.open.get(&connection).map(|open| open.session.peer).filter(|peer| self.is_welcome(*peer)) {
            self.store.begin()?;
            self.store.note_peer(peer, now, &format!("it refused this node: {reason}"))?;
        }
        self.close_connection(connection, "refused");
        Ok(())
    }

    /// Takes down which co-op this folder belongs to.
    pub(super) fn enter(&mut self, coop: CoopId, credential: OpId) -> Result<(), StoreError> {
        self.store.begin()?;
        self.store.set_setting("coop", &coop.0)?;
        self.store.set_setting("credential", &credential.0)?;
        self.store.follow(SpaceId::HALL, true)?;
        self.world.enter(coop);
        Ok(())
    }

    /// The hall has come far enough when it holds the act that let this device in.
    pub(super) fn check_joined(&mut self) {
        let arrived = self.joining.as_ref().and_then(|joining| joining.credential).is_some_and(|op| self.world.register.credentials.contains_key(&op));
        if !arrived {
            return;
        }
        // From here on the folder is known to belong to a co-op, should its store be lost.
        self.note_signed();
        if let Some(joining) = self.joining.take() {
            let response = Response::Joined {
                coop: joining.coop,
                name: self.world.register.name.clone(),
                person: joining.person.unwrap_or(PersonId::ZERO),
                admitted_by: self.host(&joining),
            };
            self.reply(joining.request, Ok(response));
        }
    }

    /// Who let this device in: whoever invited, or for a further device its owner.
    fn host(&self, joining: &Joining) -> PersonView {
        let register = &self.world.register;
        let of_device = register.credentials.values().find(|credential| credential.device == joining.admitted_by).map(|credential| credential.person);
        let host = of_device.filter(|_| joining.invitation.is_some()).or(joining.person).unwrap_or(PersonId::ZERO);
        self.standing().person_view(host)
    }

    pub(super) fn joining_failed(&mut self, peer: DeviceId, reason: &str) {
        let Some(joining) = self.joining.as_mut().filter(|_| self.peers.vouched.contains(&peer)) else { return };
        joining.last_error = reason.to_owned();
        joining.dials_left = joining.dials_left.saturating_sub(1);
        if joining.dials_left == 0 && joining.credential.is_none() {
            self.give_up_joining();
        }
    }

    pub(super) fn joining_overdue(&mut self, now: u64) {
        if self.joining.as_ref().is_some_and(|joining| now.saturating_sub(joining.since) > PATIENCE_MS) {
            self.give_up_joining();
        }
    }

    fn give_up_joining(&mut self) {
        let Some(joining) = self.joining.take() else { return };
        let why = if joining.last_error.is_empty() { "no answer came in time".to_owned() } else { joining.last_error };
        self.reply(
            joining.request,
            Err(Failure::new(
                "unreachable",
                format!("the inviting node cannot be reached: {why}"),
                "check that it runs and that you are on a network from which it can be reached, then try again; the ticket stays good until it expires",
            )),
        );
    }
}

fn refused(reason: &Refusal) -> Failure {
    let code = match reason {
        Refusal::Forged => "forged",
        Refusal::Expired => "expired",
        Refusal::Used => "used",
        Refusal::Foreign => "foreign",
        _ => "refused",
    };
    // The reason says what to do behind what was wrong.
    let reason = reason.to_string();
    let (error, hint) = reason.split_once("; ").unwrap_or((&reason, "ask somebody in the co-op for a new invitation"));
    Failure::new(code, error, hint)
}

impl Service {
    /// Admits what this device just signed: it cannot fail but by the disk.
    pub(super) fn take_own(&mut self, op: VerifiedOp, now: u64) -> Result<Verdict, StoreError> {
        let verdict = self.admit(op, None, now)?;
        if verdict != Verdict::Taken {
            tracing::error!(?verdict, "an own operation was not taken in");
        }
        Ok(verdict)
    }
}
