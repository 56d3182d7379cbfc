//! The one way in: own operations, a peer's, and a file's all pass here.

use super::{
    Service,
    world::{Chain, hall_entry},
};
use crate::{
    api::{Event, Imported},
    store::{ForkProof, StoreError},
};
use folkmoot_protocol::{
    act::{Act, Erase},
    id::*,
    op::{Content, Header, Kind, SignedHeader, SignedOp, StoredOp, VerifiedOp},
    sync::{Closed, Tip},
};

/// What became of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Taken in.
    Taken,
    /// Held already.
    Held,
    /// Rests on something that is not here.
    Waiting,
    /// Of a space that is not kept here.
    Elsewhere,
    /// Does not follow the chain as it is held: the branches part further below. It waits, since with another
    /// operation of its number it proves a fork.
    Parted,
    /// Beyond the fork that closed its chain.
    Closed,
    /// Of another co-op.
    Foreign,
    /// May not be here at all.
    Refused(String),
}

impl Verdict {
    /// Adds it to an import's account.
    pub(crate) fn count(&self, imported: &mut Imported) {
        match self {
            Self::Taken => imported.taken += 1,
            Self::Held => imported.held += 1,
            Self::Waiting | Self::Parted => imported.waiting += 1,
            Self::Elsewhere => imported.not_followed += 1,
            Self::Closed => imported.closed += 1,
            Self::Foreign => imported.foreign += 1,
            Self::Refused(_) => imported.refused += 1,
        }
    }
}

impl Service {
    /// Judges an operation and takes it in. `from`: the peer that sent it, if one did.
    pub(crate) fn admit(&mut self, op: VerifiedOp, from: Option<DeviceId>, now: u64) -> Result<Verdict, StoreError> {
        self.store.begin()?;
        let verdict = self.judge(op, from, now)?;
        match &verdict {
            Verdict::Held => self.counters.duplicates += 1,
            Verdict::Foreign | Verdict::Refused(_) => self.counters.refused += 1,
            _ => {}
        }
        Ok(verdict)
    }

    fn judge(&mut self, op: VerifiedOp, from: Option<DeviceId>, now: u64) -> Result<Verdict, StoreError> {
        let header = op.header();
        let (space, device, seq) = (header.space, header.device, header.seq);
        if Some(header.belongs_to()) != self.world.coop {
            return Ok(Verdict::Foreign);
        }
        if !self.world.followed.contains(&space) {
            return Ok(Verdict::Elsewhere);
        }
        let tip = self.world.tip(space, device).unwrap_or(Tip { seq: 0, id: OpId::ZERO, closed: None });
        if tip.closed.is_some_and(|closed| seq >= closed.at) {
            self.take_erasure(&op)?;
            return Ok(Verdict::Closed);
        }
        // Beside what is held it proves a fork; in its place it would keep the branch out that is printed.
        if space == SpaceId::HALL && self.is_on_another_branch(header, op.id()) && seq > tip.seq {
            return Ok(Verdict::Closed);
        }
        if seq <= tip.seq {
            return self.judge_again(&op);
        }
        if seq > tip.seq + 1 {
            self.take_erasure(&op)?;
            return self.wait(op, from, now);
        }
        if header.prev != tip.id {
            self.take_erasure(&op)?;
            let verdict = self.wait(op, from, now)?;
            return Ok(if verdict == Verdict::Waiting { Verdict::Parted } else { verdict });
        }
        // Until the law prints others, the founding is the one issue.
        if !header.is_founding() && Some(CoopId::founded_by(header.issue)) != self.world.coop {
            return self.wait(op, from, now);
        }
        let Some(chain) = self.chain_of(op.header(), op.id())? else { return self.wait(op, from, now) };
        match chain {
            Ok(_) if self.world.tip(space, device).and_then(|tip| tip.closed).is_some_and(|closed| seq >= closed.at) => {
                self.take_erasure(&op)?;
                Ok(Verdict::Closed)
            }
            Ok(chain) => self.append(op, chain, from, now),
            Err(reason) => Ok(Verdict::Refused(reason)),
        }
    }

    /// An operation with a number that is taken: the same one, or a fork.
    fn judge_again(&mut self, op: &VerifiedOp) -> Result<Verdict, StoreError> {
        let header = op.header();
        let (space, device, seq) = (header.space, header.device, header.seq);
        let mine = self.store.as_reader().operation_at(space, device, seq)?;
        if mine == Some(op.id()) {
            return Ok(Verdict::Held);
        }
        let Some(mine) = mine.map(|id| self.store.as_reader().operation(id)).transpose()?.flatten() else { return Ok(Verdict::Parted) };
        let proof = (mine.op.to_signed_header(), signed_header(op));
        if mine.op.header.coop != header.coop {
            return Ok(Verdict::Refused("its number is that of the founding, which stands whatever else its device signed".into()));
        }
        self.close(space, device, seq, &proof)?;
        self.take_erasure(op)?;
        Ok(Verdict::Closed)
    }

    /// The chain that an operation continues or begins. None: what it rests on is not here yet.
    fn chain_of(&mut self, header: &Header, id: OpId) -> Result<Option<Result<Chain, String>>, StoreError> {
        let key = (header.space, header.device);
        let credential = if header.is_founding() { id } else { header.credential.unwrap_or(OpId::ZERO) };
        let begun = self.world.chains.get(&key).copied();
        // A chain of which nothing stands may begin anew with what rests on another act: its device was let in twice, and forks at
        // its first operation.
        if let Some(chain) = begun.filter(|chain| header.seq > 1 || chain.credential == credential) {
            return Ok(Some(Ok(chain)));
        }
        if !header.is_founding() {
            if self.world.register.author(credential, header.device).is_none() {
                self.world.refold();
            }
            if self.world.register.author(credential, header.device).is_none() {
                let known = self.store.as_reader().operation(credential)?.is_some();
                return Ok(known.then(|| Err("what it rests on does not admit its device".into())));
            }
        }
        let chain = match begun {
            Some(chain) => Chain { row: self.store.rest_chain(chain.row, credential)?, credential, ..chain },
            None => Chain { row: self.store.add_chain(key.0, key.1, credential)?, credential, confirmed: 0 },
        };
        self.world.chains.insert(key, chain);
        // Now that it is known whose chain it is, what waits of it may erase, this very operation maybe, and prove
        // a fork.
        let waiting = self.pending.of_chain(key.0, key.1);
        for waiting in &waiting {
            self.take_erasure(waiting)?;
        }
        for waiting in &waiting {
            self.close_if_forked(waiting)?;
        }
        Ok(Some(Ok(chain)))
    }

    fn append(&mut self, op: VerifiedOp, chain: Chain, from: Option<DeviceId>, now: u64) -> Result<Verdict, StoreError> {
        let (space, device, seq) = (op.header().space, op.header().device, op.header().seq);
        let founds = op.header().document.is_none();
        let number = |document| if founds { self.store.founded_number(document, space) } else { self.store.document_number(document, space) };
        let document = op.document().map(number).transpose()?;
        let erased = match document {
            Some((n, false)) => self.is_erased(n, Some(&op))?,
            _ => false,
        };
        let erased = erased || op.document().is_some_and(|document| self.is_dropped((document, space)));
        // What answers it or marks it may have come first; what edits it has not.
        let alone = match document {
            Some((n, false)) => founds && !self.store.as_reader().has_edits(n)?,
            _ => founds,
        };
        if op.payload().is_none() && !erased {
            return self.wait(op, from, now);
        }
        let row = self.store.append(&op, chain.row, document.map(|(n, _)| n), now, !erased)?;
        let closed = self.world.tip(space, device).and_then(|tip| tip.closed);
        self.world.set_tip(space, device, Tip { seq, id: op.id(), closed });
        self.counters.admitted += 1;
        self.grown.insert((space, device));
        *self.gained.entry(space).or_insert(0) += 1;
        if device == self.device() {
            self.first_own.entry(space).or_insert(seq);
        }
        self.take_erasure(&op)?;
        if erased {
            self.log_holds_erased = true;
        }
        let stored = StoredOp::from(op);
        if let Some(entry) = hall_entry(&stored, chain.credential) {
            self.world.insert_act(entry);
        } else if document.is_none_or(|_| !erased) {
            self.dirty.note(stored, chain.credential, now, row, document.map(|(n, _)| (n, alone)));
        }
        Ok(Verdict::Taken)
    }

    /// Lets an operation wait, unless it makes a fork with one that waits already.
    fn wait(&mut self, op: VerifiedOp, from: Option<DeviceId>, now: u64) -> Result<Verdict, StoreError> {
        if self.close_if_forked(&op)? {
            self.take_erasure(&op)?;
            return Ok(Verdict::Closed);
        }
        self.pending.insert(op, from, now);
        Ok(Verdict::Waiting)
    }

    /// Two headers of one number prove a fork, also while what they follow is missing.
    fn close_if_forked(&mut self, op: &VerifiedOp) -> Result<bool, StoreError> {
        let (space, device, seq) = (op.header().space, op.header().device, op.header().seq);
        let other = self.pending.other_than(op).map(signed_header);
        let Some(other) = other.filter(|_| self.world.chains.contains_key(&(space, device))) else { return Ok(false) };
        self.close(space, device, seq, &(other, signed_header(op)))?;
        Ok(true)
    }

    /// Tries what waits, as long as that gets something in. Answers how much it was.
    pub(crate) fn admit_waiting(&mut self, now: u64) -> Result<u64, StoreError> {
        let mut taken = 0;
        while self.pending.len() > 0 {
            let world = &self.world;
            let ready = self.pending.take_next(|space, device| world.tip(space, device).map_or(0, |tip| tip.seq) + 1);
            let mut progress = false;
            for (op, from) in ready {
                match self.admit(op, from, now)? {
                    Verdict::Taken => {
                        taken += 1;
                        progress = true;
                    }
                    Verdict::Waiting | Verdict::Parted => {}
                    _ => progress = true,
                }
            }
            if !progress {
                break;
            }
        }
        Ok(taken)
    }

    /// A fork closes a device's chain at a number: of what lies beyond, nothing stands. The lowest number counts.
    pub(crate) fn close(&mut self, space: SpaceId, device: DeviceId, at: u64, proof: &ForkProof) -> Result<(), StoreError> {
        let Some(chain) = self.chain_that_forks(space, device, proof)? else { return Ok(()) };
        let forked_at = at;
        let stands_to = if space == SpaceId::HALL { self.stands_to(device)? } else { 0 };
        let at = at.max(stands_to + 1);
        if self.world.tip(space, device).and_then(|tip| tip.closed).is_some_and(|closed| closed.at <= at) {
            return Ok(());
        }
        self.store.begin()?;
        if space == SpaceId::HALL {
            self.take_stand(device, forked_at)?;
        }
        let touched = self.store.close_chain(chain.row, at, proof)?;
        self.dirty.reload(touched);
        self.dirty.forget_acts(space, device, at);
        let beyond = self.pending.take_from(space, device, at);
        let prefix = (at - 1).min(self.world.tip(space, device).map_or(0, |tip| tip.seq));
        let id = if prefix == 0 { OpId::ZERO } else { self.store.as_reader().operation_at(space, device, prefix)?.unwrap_or(OpId::ZERO) };
        self.world.set_tip(space, device, Tip { seq: prefix, id, closed: Some(self.closed_tip(space, device, at)?) });
        if space == SpaceId::HALL {
            self.world.hall.close(device, at);
            self.world.hall_moved();
            self.world.moderation_changed = true;
            self.judge_anew()?;
        }
        self.counters.forks += 1;
        self.grown.insert((space, device));
        self.event(Event::ForkFound { space, device });
        beyond.iter().try_for_each(|op| self.take_erasure(op))
    }

    /// The chain that a proof closes: where nothing of it is held, since its first operations fork, what they rest on says
    /// whose it is.
    fn chain_that_forks(&mut self, space: SpaceId, device: DeviceId, proof: &ForkProof) -> Result<Option<Chain>, StoreError> {
        for header in [&proof.0, &proof.1] {
            if let Some(chain) = self.world.chains.get(&(space, device)) {
                return Ok(Some(*chain));
            }
            if let Ok((id, header)) = header.verify()
                && header.seq == 1
            {
                self.chain_of(&header, id)?;
            }
        }
        Ok(self.world.chains.get(&(space, device)).copied())
    }

    fn closed_tip(&self, space: SpaceId, device: DeviceId, at: u64) -> Result<Closed, StoreError> {
        let erasures = self.store.as_reader().erasures_from(space, device, at)?.into_iter().map(|(op, _)| op).collect();
        Ok(crate::store::closed(at, Some(&erasures)))
    }

    /// Keeps an erasure, in or out of its chain: what its owner erased stays erased, whatever becomes of the
    /// device that said so.
    fn take_erasure(&mut self, op: &VerifiedOp) -> Result<(), StoreError> {
        let header = op.header();
        let Some(erase) = erasure(op) else { return Ok(()) };
        let (space, device) = (header.space, header.device);
        // In the hall nothing can be erased.
        let Some(person) = self.world.author(space, device).filter(|_| space != SpaceId::HALL) else { return Ok(()) };
        let (document, _) = self.store.document_number(erase.document, space)?;
        if !self.store.keep_erasure(op.id(), document, person, (space, device, header.seq), &op.to_signed())? {
            return Ok(());
        }
        if let Some(closed) = self.world.tip(space, device).and_then(|tip| tip.closed) {
            let tip = self.world.tip(space, device).map(|tip| (tip.seq, tip.id)).unwrap_or((0, OpId::ZERO));
            let closed = self.closed_tip(space, device, closed.at)?;
            self.world.set_tip(space, device, Tip { seq: tip.0, id: tip.1, closed: Some(closed) });
            self.grown.insert((space, device));
        }
        if self.is_erased(document, None)? {
            self.erase(document)?;
        }
        Ok(())
    }

    /// Whether an erasure by a document's owner is held. `founding`: an operation about to be appended, which
    /// may be the one that founds it.
    pub(crate) fn is_erased(&self, document: i64, founding: Option<&VerifiedOp>) -> Result<bool, StoreError> {
        let erasures = self.store.as_reader().erasures_of(document)?;
        if erasures.is_empty() {
            return Ok(false);
        }
        let own = founding.filter(|op| op.header().document.is_none()).map(|op| (op.header().space, op.header().device));
        let founder = match own {
            Some(founder) => Some(founder),
            None => self.store.as_reader().founding_operation(document)?.map(|(_, space, device)| (space, device)),
        };
        let owner = founder.and_then(|(space, device)| self.world.author(space, device));
        Ok(owner.is_some_and(|owner| erasures.iter().any(|(person, _)| *person == owner)))
    }

    /// Takes a document off this disk.
    pub(crate) fn erase(&mut self, document: i64) -> Result<(), StoreError> {
        self.store.note_erased_origin(document)?;
        self.store.clear_state(document)?;
        let dropped = self.store.drop_payloads(document)?;
        self.dirty.forget(document);
        self.counters.erased += dropped as u64;
        self.log_holds_erased = true;
        Ok(())
    }
}

fn signed_header(op: &VerifiedOp) -> SignedHeader {
    let SignedOp { header, signature, .. } = op.to_signed();
    SignedHeader { header, signature }
}

/// Whether an operation erases something.
pub(crate) fn erases(op: &VerifiedOp) -> bool {
    erasure(op).is_some()
}

fn erasure(op: &VerifiedOp) -> Option<Erase> {
    if op.header().kind != Kind::Act {
        return None;
    }
    match op.payload()?.content(op.header()) {
        Ok(Content::Act(Act::Erase(erase))) => Some(erase),
        _ => None,
    }
}
