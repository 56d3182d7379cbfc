use crate::store::{Held, Store, StoreError, View};
use folkmoot_protocol::{
    act::{Act, LawAct},
    id::*,
    law::State,
    op::{Content, Kind, StoredOp},
    register::{Hall, HallEntry, Register, Silences},
    sync::{Replica, Tip, Tips},
};
use std::collections::{BTreeMap, BTreeSet};

/// What a node keeps in memory of its co-op: who is who, and where each chain ends.
#[derive(Debug, Default)]
pub struct World {
    /// The co-op.
    pub coop: Option<CoopId>,
    /// The acts of the hall.
    pub(crate) hall: Hall,
    /// Acts came in since the register was folded.
    stale: bool,
    /// Acts came in since the register was projected.
    pub(crate) hall_changed: bool,
    /// The register as it was last projected.
    pub(crate) projected: Register,
    /// What moderators did may be another than was taken down.
    pub(crate) moderation_changed: bool,
    /// There are acts by which members choose other tellers.
    pub(crate) members_chose: bool,
    /// Who is who.
    pub register: Register,
    /// Spaces that are kept here: those that its person follows, and all of them at a teller's.
    pub followed: BTreeSet<SpaceId>,
    /// Where each chain ends.
    pub tips: BTreeMap<SpaceId, Tips>,
    pub(crate) chains: BTreeMap<(SpaceId, DeviceId), Chain>,
    /// The register of the law, by what was printed; none until the founding is here.
    pub law: Option<State>,
}

/// What is known of a chain beside its tip.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chain {
    pub(crate) row: i64,
    pub(crate) credential: OpId,
    pub(crate) confirmed: u64,
}

impl World {
    /// Reads it from the store.
    pub fn load(view: View<'_>) -> Result<Self, StoreError> {
        let Some(coop) = view.coop()? else { return Ok(Self::default()) };
        let acts = view.hall_acts()?;
        let mut world = Self { coop: Some(coop), hall: view.hall_of(&acts)?, followed: view.followed()?.into_iter().collect(), ..Self::default() };
        for chain in view.chains()? {
            if !chain.is_empty() {
                world.tips.entry(chain.space).or_default().set(chain.device, chain.tip);
            }
            world.chains.insert((chain.space, chain.device), Chain { row: chain.row, credential: chain.credential, confirmed: chain.confirmed });
        }
        for space in &world.followed {
            world.tips.entry(*space).or_default();
        }
        world.law = view.law_of(&acts)?;
        world.stale = true;
        world.refold();
        world.projected = world.register.clone();
        world.members_chose = world.hall.acts().any(chooses_tellers);
        Ok(world)
    }

    /// A chain's tip.
    pub fn tip(&self, space: SpaceId, device: DeviceId) -> Option<Tip> {
        self.tips.get(&space).and_then(|tips| tips.get(&device)).copied()
    }

    /// Operations of a device that are held, in all spaces.
    pub(crate) fn written_by(&self, device: DeviceId) -> u64 {
        self.tips.values().filter_map(|tips| tips.get(&device)).map(|tip| tip.seq).sum()
    }

    pub(crate) fn set_tip(&mut self, space: SpaceId, device: DeviceId, tip: Tip) {
        self.tips.entry(space).or_default().set(device, tip);
    }

    /// An act of the hall came in.
    pub(crate) fn insert_act(&mut self, entry: HallEntry) {
        self.moderation_changed |= matches!(&entry.act, Ok(Act::Law(LawAct::Moderate(_))));
        self.members_chose |= entry.act.as_ref().is_ok_and(chooses_tellers);
        self.hall.insert(entry);
        self.hall_moved();
    }

    /// The hall is another than it was.
    pub(crate) fn hall_moved(&mut self) {
        self.stale = true;
        self.hall_changed = true;
    }

    /// Whom the law silences, as printed: what waits binds nobody yet.
    pub(super) fn silences(&self) -> Silences {
        self.law.as_ref().map(State::silences).unwrap_or_default()
    }

    /// Folds the hall, if it moved since.
    pub(crate) fn refold(&mut self) {
        if std::mem::take(&mut self.stale) {
            self.register = self.hall.fold().under(self.silences());
        }
    }

    /// Becomes a replica of a co-op.
    pub(crate) fn enter(&mut self, coop: CoopId) {
        self.coop = Some(coop);
        self.hall = Hall::new(coop);
        self.followed.insert(SpaceId::HALL);
        self.tips.entry(SpaceId::HALL).or_default();
    }

    /// Whose chain it is.
    pub(crate) fn author(&self, space: SpaceId, device: DeviceId) -> Option<PersonId> {
        let chain = self.chains.get(&(space, device))?;
        self.register.author(chain.credential, device)
    }
}

fn chooses_tellers(act: &Act) -> bool {
    matches!(act, Act::Law(LawAct::Recover(_)))
}

/// An act of the hall as the fold takes it; none for an edit.
pub(crate) fn hall_entry(op: &StoredOp, credential: OpId) -> Option<HallEntry> {
    if op.header.space != SpaceId::HALL || op.header.kind == Kind::Edit {
        return None;
    }
    let act = match op.content() {
        Some(Ok(Content::Act(act))) => Ok(act),
        Some(Ok(Content::Edit(_))) | None => Err("no act".into()),
        Some(Err(error)) => Err(error.to_string()),
    };
    Some(HallEntry { op: op.id, device: op.header.device, seq: op.header.seq, credential, claimed_at: op.header.claimed_at, act })
}

impl View<'_> {
    /// The acts of the hall that are held.
    pub fn hall(&self) -> Result<Hall, StoreError> {
        self.hall_of(&self.hall_acts()?)
    }

    /// As [`Self::hall`], with its acts.
    pub fn hall_of(&self, acts: &[Held]) -> Result<Hall, StoreError> {
        let Some(coop) = self.coop()? else { return Ok(Hall::default()) };
        let mut hall = Hall::new(coop);
        acts.iter().filter_map(|held| hall_entry(&held.op, held.credential)).for_each(|entry| hall.insert(entry));
        Ok(hall)
    }

    /// Who is who, folded from the hall as it is held, and whom the law silences.
    pub fn register(&self) -> Result<Register, StoreError> {
        Ok(self.hall()?.fold().under(self.silences()?))
    }
}

/// The replica as a session sees it.
pub(crate) struct HeldReplica<'a> {
    pub(crate) world: &'a World,
    pub(crate) store: &'a Store,
}

impl Replica for HeldReplica<'_> {
    fn spaces(&self) -> Vec<SpaceId> {
        self.world.followed.iter().copied().collect()
    }

    fn tips(&self, space: SpaceId) -> Option<&Tips> {
        self.world.tips.get(&space).filter(|_| self.world.followed.contains(&space))
    }

    fn operation_at(&self, space: SpaceId, device: DeviceId, seq: u64) -> Option<OpId> {
        // A failing read here ends in "differs", which costs a probe; the next write reports the failure.
        self.store.as_reader().operation_at(space, device, seq).ok().flatten()
    }
}
