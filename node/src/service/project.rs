//! From operations to what lists and searches read: register, documents, reactions. Everything here can be
//! thrown away and built anew from the operations, with the same result.

use super::Service;
use crate::store::{DocumentRow, StoreError, query::history::entry};
use folkmoot_protocol::{
    act::{Act, React},
    document::{Document, DocumentKind, DocumentState, Key},
    id::*,
    op::{Content, Kind, StoredOp},
    register::Register,
    state_hash::document_digest,
    sync::ChainRange,
};
use rayon::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

/// Documents with at least so many edits stay built between two changes.
const WORTH_KEEPING: u32 = 8;
/// How many such documents.
const KEPT_DOCUMENTS: usize = 32;

/// What changed since the last commit.
#[derive(Default)]
pub(crate) struct Dirty {
    /// Documents whose founding edit came in and of which nothing else is known.
    fresh: BTreeMap<i64, Fresh>,
    /// Documents with one more edit, by the edit's operation.
    grown: BTreeMap<i64, Vec<Fresh>>,
    /// Documents to be derived from all their operations.
    reload: BTreeSet<i64>,
    /// Acts of communities.
    acts: Vec<Fresh>,
    /// Documents that are kept built.
    built: BTreeMap<i64, Document>,
}

struct Fresh {
    op: StoredOp,
    credential: OpId,
    received_at: u64,
    row: i64,
}

impl Dirty {
    /// Takes down what an operation touches: a document, and whether the operation founds it and nothing else of
    /// it is held.
    pub(crate) fn note(&mut self, op: StoredOp, credential: OpId, received_at: u64, row: i64, document: Option<(i64, bool)>) {
        let fresh = Fresh { op, credential, received_at, row };
        match document {
            Some((n, true)) => {
                self.fresh.insert(n, fresh);
            }
            Some((n, _)) if self.built.contains_key(&n) => self.grown.entry(n).or_default().push(fresh),
            Some((n, _)) => {
                self.reload.insert(n);
            }
            None => self.acts.push(fresh),
        }
    }

    /// Has documents derived from all their operations.
    pub(crate) fn reload(&mut self, documents: impl IntoIterator<Item = i64>) {
        for document in documents {
            self.built.remove(&document);
            self.reload.insert(document);
        }
    }

    /// A chain lost its operations from a number on.
    pub(crate) fn forget_acts(&mut self, space: SpaceId, device: DeviceId, from: u64) {
        self.acts.retain(|fresh| {
            let header = &fresh.op.header;
            (header.space, header.device) != (space, device) || header.seq < from
        });
    }

    /// A document was erased.
    pub(crate) fn forget(&mut self, document: i64) {
        self.fresh.remove(&document);
        self.grown.remove(&document);
        self.reload.remove(&document);
        self.built.remove(&document);
    }
}

/// What a document became: its row, or none where it is absent.
type Projected = (i64, Option<DocumentRow>);

impl Service {
    /// Brings what is derived up to the operations that came in.
    pub(crate) fn project(&mut self) -> Result<(), StoreError> {
        self.project_silences();
        self.project_register()?;
        for fresh in std::mem::take(&mut self.dirty.acts) {
            self.project_act(&fresh)?;
        }
        let fresh = std::mem::take(&mut self.dirty.fresh);
        let reload = std::mem::take(&mut self.dirty.reload);
        let register = &self.world.register;
        let (again, first): (Vec<_>, Vec<_>) = fresh.into_iter().partition(|(n, _)| reload.contains(n));
        drop(again);
        let derived: Vec<Projected> = first.into_par_iter().map(|(n, fresh)| derive_fresh(n, fresh, register)).collect();
        for (n, row) in derived {
            self.keep(n, row, true)?;
        }
        for (n, more) in std::mem::take(&mut self.dirty.grown) {
            self.project_grown(n, more)?;
        }
        for n in reload {
            self.project_document(n)?;
        }
        self.project_moderation()
    }

    fn project_register(&mut self) -> Result<(), StoreError> {
        if !std::mem::take(&mut self.world.hall_changed) {
            return Ok(());
        }
        self.world.refold();
        while self.remove_unfounded_chains()? {
            self.world.refold();
            self.world.hall_changed = false;
        }
        let before = std::mem::replace(&mut self.world.projected, self.world.register.clone());
        self.store.begin()?;
        self.store.set_register(&before, &self.world.register)?;
        let touched = changed_devices(&before, &self.world.register);
        self.project_descriptions(&before)?;
        let chains: Vec<_> = self.world.chains.keys().copied().filter(|(_, device)| touched.contains(device)).collect();
        for (space, device) in chains {
            self.project_chain(space, device)?;
        }
        Ok(())
    }

    /// Who may describe a community hangs on who opened it.
    fn project_descriptions(&mut self, before: &Register) -> Result<(), StoreError> {
        let (old, new) = (&before.communities, &self.world.register.communities);
        let lost = old.iter().filter(|(space, community)| new.get(space) != Some(community)).map(|(space, _)| *space);
        let won = new.keys().filter(|space| !old.contains_key(space)).copied();
        let changed: Vec<SpaceId> = lost.chain(won).collect();
        for space in changed {
            if let Some(n) = self.store.as_reader().document_number(DocumentId::community_of(space), space)? {
                self.dirty.reload([n]);
            }
        }
        Ok(())
    }

    /// Chains whose credential a fork took away are no longer held: nobody could be given them.
    fn remove_unfounded_chains(&mut self) -> Result<bool, StoreError> {
        let register = &self.world.register;
        let gone: Vec<_> = self
            .world
            .chains
            .iter()
            .filter(|((_, device), chain)| register.author(chain.credential, *device).is_none())
            .map(|(key, chain)| (*key, chain.row))
            .collect();
        for ((space, device), row) in &gone {
            self.store.begin()?;
            let touched = self.store.remove_chain(*row)?;
            self.dirty.reload(touched);
            self.dirty.forget_acts(*space, *device, 1);
            self.world.chains.remove(&(*space, *device));
            if let Some(tips) = self.world.tips.get_mut(space) {
                tips.remove(device);
            }
            if *space == SpaceId::HALL {
                self.world.hall.close(*device, 0);
                self.world.hall_moved();
                self.world.moderation_changed = true;
            }
        }
        Ok(!gone.is_empty())
    }

    /// A device's standing changed: everything that it wrote in a space is judged anew.
    fn project_chain(&mut self, space: SpaceId, device: DeviceId) -> Result<(), StoreError> {
        let Some(chain) = self.world.chains.get(&(space, device)).copied() else { return Ok(()) };
        let touched = self.store.remove_reactions(chain.row)?;
        self.dirty.reload(touched);
        let to = self.world.tip(space, device).map_or(0, |tip| tip.seq);
        let mut from = 1;
        while from <= to {
            let held = self.store.as_reader().chain_operations(ChainRange { space, device, from, to }, 1 << 20)?;
            let Some(last) = held.last() else { break };
            from = last.op.header.seq + 1;
            for held in held {
                if let Some(document) = held.op.document() {
                    let (n, _) = self.store.document_number(document, space)?;
                    self.dirty.reload([n]);
                } else {
                    self.project_act(&Fresh { op: held.op, credential: held.credential, received_at: held.received_at, row: held.row })?;
                }
            }
        }
        Ok(())
    }

    fn project_act(&mut self, fresh: &Fresh) -> Result<(), StoreError> {
        let header = &fresh.op.header;
        // What is said of the hall is the register's.
        if header.space == SpaceId::HALL {
            return Ok(());
        }
        let Some(Ok(Content::Act(Act::React(react)))) = fresh.op.content() else { return Ok(()) };
        let Ok(person) = self.world.register.effect(fresh.credential, header.device, header.space, header.seq) else { return Ok(()) };
        if self.world.coop.is_none_or(|coop| Act::React(react.clone()).check(coop).is_err()) {
            return Ok(());
        }
        let React { reactions } = react;
        for reaction in &reactions {
            self.store.add_reaction(header.space, person, (fresh.row, fresh.op.id), reaction)?;
        }
        Ok(())
    }

    fn project_grown(&mut self, n: i64, more: Vec<Fresh>) -> Result<(), StoreError> {
        let Some(mut document) = self.dirty.built.remove(&n) else { return self.project_document(n) };
        let register = &self.world.register;
        for fresh in more {
            match entry(&fresh.op, fresh.credential, register) {
                Some(entry) => document.insert(entry),
                None => return self.project_document(n),
            }
        }
        self.keep_built(n, document)
    }

    fn project_document(&mut self, n: i64) -> Result<(), StoreError> {
        if self.is_erased(n, None)? {
            return self.erase(n);
        }
        let Some((id, _)) = self.store.as_reader().document_name(n)? else { return Ok(()) };
        let entries = self.store.as_reader().entries(n, &self.world.register)?;
        self.keep_built(n, Document::derive(id, entries))
    }

    fn keep_built(&mut self, n: i64, document: Document) -> Result<(), StoreError> {
        let state = document.state();
        if state.as_ref().is_some_and(|state| state.edits >= WORTH_KEEPING) {
            while self.dirty.built.len() >= KEPT_DOCUMENTS {
                self.dirty.built.pop_first();
            }
            self.dirty.built.insert(n, document);
        }
        let row = match state {
            Some(state) => self.row_of(n, state)?,
            None => None,
        };
        self.keep(n, row, false)
    }

    fn row_of(&self, n: i64, state: DocumentState) -> Result<Option<DocumentRow>, StoreError> {
        let held = self.store.as_reader().document_operations(n)?;
        let founding = held.iter().filter(|held| founds(held.op.document(), &held.op, state.kind)).min_by_key(|held| held.op.id);
        Ok(founding.map(|held| row(n, held.op.header.space, held.row, held.op.header.claimed_at, held.received_at, &self.world.register, state)))
    }

    /// Takes down what a document became. `fresh`: nothing was known of it.
    fn keep(&mut self, n: i64, row: Option<DocumentRow>, fresh: bool) -> Result<(), StoreError> {
        self.store.begin()?;
        let Some(row) = row else {
            if !fresh {
                self.store.clear_state(n)?;
            }
            return self.unname(n);
        };
        if fresh {
            self.store.add_state(&row)?;
        } else {
            self.store.set_state(&row)?;
        }
        match row.state.kind {
            DocumentKind::Profile => self.store.name_person(row.state.author, &self.world.register),
            _ => Ok(()),
        }
    }

    /// What a profile said that is absent now, it says no more.
    fn unname(&mut self, n: i64) -> Result<(), StoreError> {
        let Some((document, SpaceId::HALL)) = self.store.as_reader().document_name(n)? else { return Ok(()) };
        match self.store.as_reader().owner_of_profile(document)? {
            Some(person) => self.store.name_person(person, &self.world.register),
            None => Ok(()),
        }
    }

    /// Throws away everything derived and builds it anew from the operations.
    pub fn rebuild(&mut self, progress: &dyn Fn(u64, u64)) -> Result<(), StoreError> {
        self.store.begin()?;
        self.store.forget_derived()?;
        self.world.hall = self.store.as_reader().hall()?;
        self.world.hall_moved();
        self.world.projected = Register::default();
        self.dirty = Dirty::default();
        self.project_register()?;
        let chains: Vec<_> = self.world.chains.keys().copied().collect();
        let total = chains.len() as u64;
        for (done, (space, device)) in chains.into_iter().enumerate() {
            progress(done as u64, total);
            self.project_chain(space, device)?;
        }
        self.project()?;
        self.refold_law()?;
        self.world.moderation_changed = true;
        self.project_moderation()?;
        self.store.commit()
    }

    /// The law anew, issue by issue.
    pub(super) fn refold_law(&mut self) -> Result<(), StoreError> {
        let mut printed = Vec::new();
        self.world.law = self.store.as_reader().refold_law(|_, issue, step| {
            printed.push((issue.height, step.judged));
            ControlFlow::Continue(())
        })?;
        for (height, judged) in printed {
            self.store.note_printed(height, &judged)?;
        }
        match &self.world.law {
            Some(law) if law.height() > 0 => self.store.set_cells(&law.all_cells()),
            _ => Ok(()),
        }
    }
}

/// The devices whose operations may have another effect under a changed register. New credentials are no
/// change: no chain rested on them before.
fn changed_devices(before: &Register, after: &Register) -> BTreeSet<DeviceId> {
    let cut = |register: &Register, other: &Register| -> Vec<DeviceId> {
        register.cuts.iter().filter(|(key, cut)| other.cuts.get(key) != Some(cut)).map(|((_, device), _)| *device).collect()
    };
    let lost = before.credentials.iter().filter(|(op, credential)| after.credentials.get(op) != Some(credential));
    let won = after.credentials.iter().filter(|(op, credential)| before.credentials.get(op) != Some(credential));
    let silenced: BTreeSet<PersonId> = before.silences.changed(&after.silences).collect();
    let mut devices: BTreeSet<DeviceId> = lost.chain(won.filter(|_| !before.credentials.is_empty())).map(|(_, credential)| credential.device).collect();
    devices.extend(cut(before, after));
    devices.extend(cut(after, before));
    devices.extend(after.credentials.values().filter(|credential| silenced.contains(&credential.person)).map(|credential| credential.device));
    devices
}

fn derive_fresh(n: i64, fresh: Fresh, register: &Register) -> Projected {
    let Some(id) = fresh.op.document() else { return (n, None) };
    let header = fresh.op.header.clone();
    let state = entry(&fresh.op, fresh.credential, register).and_then(|entry| Document::derive(id, [entry]).state());
    (n, state.map(|state| row(n, header.space, fresh.row, header.claimed_at, fresh.received_at, register, state)))
}

/// Whether an operation founds its document. A profile or a community's description may have several.
fn founds(document: Option<DocumentId>, op: &StoredOp, kind: DocumentKind) -> bool {
    op.header.kind == Kind::Edit && (kind.is_keyed() || document == Some(DocumentId::founded_by(op.id)))
}

fn row(n: i64, space: SpaceId, op: i64, claimed_at: u64, received_at: u64, register: &Register, state: DocumentState) -> DocumentRow {
    let claimed = state.integer(Key::OriginPublished).and_then(|ms| u64::try_from(ms).ok());
    // What came from elsewhere may be older than the co-op.
    let claimed = claimed.unwrap_or(claimed_at.max(register.founded_at));
    let digest = document_digest(&state);
    DocumentRow { document: n, space, op, created: claimed.min(received_at), state, digest }
}
