//! What the law takes the effect from, as it is held.

use super::View;
use crate::store::StoreError;
use folkmoot_protocol::{id::*, register::Silence, sync::ChainRange};

/// An operation without effect, as its author was silenced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silenced {
    /// The operation.
    pub op: OpId,
    /// What it founds or edits.
    pub document: Option<DocumentId>,
}

impl View<'_> {
    /// What a silence covers of all that is held. `theirs`: whether a chain, by what it rests on and its device, is of its person.
    pub fn silenced_by(&self, silence: &Silence, theirs: impl Fn(OpId, DeviceId) -> bool) -> Result<Vec<Silenced>, StoreError> {
        let mut silenced = Vec::new();
        let covers = |space: SpaceId| silence.space.is_none_or(|own| own == space);
        for chain in self.chains()?.into_iter().filter(|chain| covers(chain.space) && theirs(chain.credential, chain.device)) {
            let from = silence.from.get(&(chain.space, chain.device)).map_or(1, |end| end + 1);
            let range = ChainRange { space: chain.space, device: chain.device, from, to: chain.tip.seq };
            let held = self.chain_operations(range, usize::MAX)?;
            let covered = held.iter().filter(|held| silence.covers(chain.space, chain.device, held.op.header.seq));
            silenced.extend(covered.map(|held| Silenced { op: held.op.id, document: held.op.document() }));
        }
        Ok(silenced)
    }
}
