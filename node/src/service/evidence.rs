//! What a teller shows the co-op of officers who signed two things that exclude each other.

use super::Service;
use crate::store::StoreError;
use folkmoot_protocol::{
    act::{Act, LawAct, evidence::Evidence},
    id::*,
    op::Content,
};

impl Service {
    /// Shows what is known here and not printed, once for each device.
    pub(super) fn show_evidence(&mut self, now: u64) -> Result<(), StoreError> {
        for (device, evidence) in self.evidence()? {
            if self.printing.shown.insert(device) && !self.is_shown(device)? {
                let salt = self.salt(&[b"evidence", &device.0]);
                self.write_act(SpaceId::HALL, Act::Law(LawAct::Evidence(Box::new(evidence))), salt, now)?;
            }
        }
        Ok(())
    }

    /// Of the devices of those who hold offices: the forks that closed their chains, and what they contradicted themselves in as
    /// tellers.
    fn evidence(&self) -> Result<Vec<(DeviceId, Evidence)>, StoreError> {
        let Some(law) = &self.world.law else { return Ok(vec![]) };
        let is_new = |device: &DeviceId| !self.printing.shown.contains(device) && !law.evidence.contains(device) && law.officer_with(*device).is_some();
        let votes = self.printing.contradictions.iter().map(|(teller, votes)| (*teller, Evidence::Votes(votes.clone())));
        let mut found: Vec<_> = votes.filter(|(device, _)| is_new(device)).collect();
        let tips = self.world.tips.get(&SpaceId::HALL).into_iter().flat_map(|tips| tips.iter());
        let forked = tips.filter(|(_, tip)| tip.closed.is_some()).map(|(device, _)| *device).filter(is_new);
        for device in forked {
            let proof = self.store.as_reader().fork_proof(SpaceId::HALL, device)?;
            found.extend(proof.map(|(first, second)| (device, Evidence::Fork { first, second })));
        }
        Ok(found)
    }

    /// Whether another teller has shown it already, in what waits to be printed.
    fn is_shown(&self, device: DeviceId) -> Result<bool, StoreError> {
        let Some(law) = &self.world.law else { return Ok(false) };
        let coop = law.coop.unwrap_or(CoopId::ZERO);
        let waiting = self.store.as_reader().unprinted(law)?;
        Ok(waiting.iter().any(|held| match held.op.content() {
            Some(Ok(Content::Act(Act::Law(LawAct::Evidence(evidence))))) => evidence.against(coop) == Some(device),
            _ => false,
        }))
    }
}
