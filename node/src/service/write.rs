//! Signing: from checked plans to operations of this device's chains.

use super::{Service, admit::Verdict, drafts::Plan};
use crate::{
    api::{Failure, Written},
    store::StoreError,
};
use folkmoot_protocol::{
    act::Act,
    document::Edit,
    id::*,
    op::{Header, Kind, Payload, PayloadRef, SignedOp},
};

impl Service {
    pub(super) fn write(&mut self, plan: Plan, entropy: &[u8; 32], number: u64, now: u64) -> Result<Written, StoreError> {
        let salt = self.salt(&[entropy, &number.to_be_bytes()]);
        match plan {
            Plan::Found(act) => {
                let op = self.found(act, salt, now)?;
                Ok(Written { id: DocumentId(op.0), op })
            }
            Plan::Stands(written) => Ok(written),
            Plan::Act { space, act, id } => {
                let op = self.write_act(space, act, salt, now)?;
                Ok(Written { id: id.unwrap_or(DocumentId(op.0)), op })
            }
            Plan::Edit { space, document, edit } => {
                let op = self.write_edit(space, document, &edit, salt, now)?;
                Ok(Written { id: document.unwrap_or(DocumentId::founded_by(op)), op })
            }
            Plan::OpenCommunity { act, description } => {
                let op = self.write_act(SpaceId::HALL, act, salt, now)?;
                let space = SpaceId::opened_by(op);
                self.follow(space, true)?;
                self.world.refold();
                let salt = self.salt(&[entropy, &number.to_be_bytes(), b"description"]);
                self.write_edit(space, Some(DocumentId::community_of(space)), &description, salt, now)?;
                Ok(Written { id: DocumentId(space.0), op })
            }
        }
    }

    fn found(&mut self, act: Act, salt: [u8; 16], now: u64) -> Result<OpId, StoreError> {
        let header = self.header(CoopId::ZERO, SpaceId::HALL, Kind::Act, None, now);
        let op = SignedOp::sign(header, Payload::act(salt, &act), self.keys.key());
        let id = op.clone().verify().map(|op| op.id()).unwrap_or(OpId::ZERO);
        self.enter(CoopId::founded_by(id), id)?;
        self.sign_and_take(op, now)
    }

    pub(super) fn write_act(&mut self, space: SpaceId, act: Act, salt: [u8; 16], now: u64) -> Result<OpId, StoreError> {
        let header = self.header(self.world.coop.unwrap_or(CoopId::ZERO), space, Kind::Act, None, now);
        self.sign_and_take(SignedOp::sign(header, Payload::act(salt, &act), self.keys.key()), now)
    }

    fn write_edit(&mut self, space: SpaceId, document: Option<DocumentId>, edit: &Edit, salt: [u8; 16], now: u64) -> Result<OpId, StoreError> {
        let header = self.header(self.world.coop.unwrap_or(CoopId::ZERO), space, Kind::Edit, document, now);
        self.sign_and_take(SignedOp::sign(header, Payload::edit(salt, edit), self.keys.key()), now)
    }

    fn header(&self, coop: CoopId, space: SpaceId, kind: Kind, document: Option<DocumentId>, now: u64) -> Header {
        let device = self.device();
        let (seq, prev) = self.world.tip(space, device).map_or((1, OpId::ZERO), |tip| (tip.seq + 1, tip.id));
        let first = seq == 1 && coop != CoopId::ZERO;
        Header {
            version: 1,
            coop,
            space,
            device,
            seq,
            prev,
            issue: OpId(coop.0),
            claimed_at: now,
            kind,
            payload: PayloadRef::of(&[]),
            credential: first.then(|| self.own_credential()).flatten(),
            document,
        }
    }

    fn sign_and_take(&mut self, op: SignedOp, now: u64) -> Result<OpId, StoreError> {
        let op = op.verify().map_err(|error| StoreError::Damaged(format!("an own operation is invalid: {error}")))?;
        let id = op.id();
        match self.take_own(op, now)? {
            Verdict::Taken => Ok(id),
            verdict => Err(StoreError::Damaged(format!("an own operation was not taken in: {verdict:?}"))),
        }
    }

    /// Sixteen bytes that nobody else can guess: from the request's entropy and this device's secret.
    pub(super) fn salt(&self, parts: &[&[u8]]) -> [u8; 16] {
        let secret = self.keys.key().to_bytes();
        let mut all: Vec<&[u8]> = vec![&secret];
        all.extend(parts);
        let hash = tagged_hash("folkmoot/salt/1", &all);
        let mut salt = [0; 16];
        salt.copy_from_slice(&hash[..16]);
        salt
    }

    fn own_credential(&self) -> Option<OpId> {
        self.world.register.standing(self.device()).map(|(op, _)| op)
    }

    /// Whose device this is.
    pub(super) fn own_person(&self) -> Option<PersonId> {
        self.standing().own_person()
    }

    /// Why nothing can be done as long as the folder belongs to no co-op.
    pub(super) fn no_coop(&self) -> Failure {
        self.standing().no_coop()
    }

    /// Whether this device may write at all, and why not.
    pub(super) fn may_write(&self) -> Result<(), Failure> {
        self.standing().may_write()?;
        // What it signed now could have a number that is taken: that would close it.
        match self.pending.holds_of(self.device()) || self.lacks_printed() {
            true => Err(Failure::new(
                "behind",
                "this folder lacks operations that this device wrote (it was put back from a backup, maybe); they are on their way back from others",
                "let the node run until it has synced: `folkmoot run`",
            )),
            false => Ok(()),
        }
    }

    /// Whether more of this device's chain is printed, or certified or backed by a quorum of tellers, than is held here.
    fn lacks_printed(&self) -> bool {
        let own = self.device();
        let held = self.world.tip(SpaceId::HALL, own).map_or(0, |tip| tip.seq);
        let printed = self.world.law.as_ref().map_or(0, |law| law.printed_to(own));
        let waiting =
            self.printing.issues().chain(self.backed_issues()).flat_map(|issue| issue.includes).filter(|range| range.device == own).map(|range| range.to);
        waiting.chain([printed]).any(|to| to > held)
    }

    /// Whether this device may write in the hall beyond what concerns its own person.
    pub(super) fn may_write_hall(&self) -> Result<(), Failure> {
        self.may_write()?;
        match self.world.register.standing(self.device()) {
            Some((_, credential)) if credential.guest => Err(Failure::new("guest", "guests write in communities, not in the hall", "ask a member to do it")),
            _ => Ok(()),
        }
    }
}
