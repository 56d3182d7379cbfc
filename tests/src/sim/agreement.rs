//! When machines agree.

use super::Sim;
use folkmoot_protocol::{id::*, sync::Tip};
use std::collections::{BTreeMap, BTreeSet};

impl Sim {
    /// Runs until all honest machines agree; panics with what differs after `patience_ms` of simulated time.
    pub fn settle(&mut self, patience_ms: u64) {
        self.settle_among(&self.honest(), patience_ms);
    }

    /// As [`Sim::settle`], for some machines.
    pub fn settle_among(&mut self, among: &[usize], patience_ms: u64) {
        self.until_all_hold_the_same(among, patience_ms);
        let mut states: BTreeMap<SpaceId, String> = BTreeMap::new();
        for space in among.iter().flat_map(|node| self.verify(*node).spaces) {
            let first = states.entry(space.id).or_insert_with(|| space.state_hash.clone());
            assert_eq!(*first, space.state_hash, "seed {}: equal sets of operations, different states of {}: {}", self.seed, space.name, self.describe(among));
        }
        let mut laws = among.iter().map(|node| self.service(*node).world().law.as_ref().map(|law| law.hash()));
        let first = laws.next();
        assert!(laws.all(|law| Some(law) == first), "seed {}: equal issues, different laws: {}", self.seed, self.describe(among));
    }

    /// Runs until these machines hold the same operations and issues; what follows from them is not looked at.
    pub fn until_all_hold_the_same(&mut self, among: &[usize], patience_ms: u64) {
        let deadline = self.now + patience_ms;
        while !self.tips_agree(among) || !self.gazettes_agree(among) {
            assert!(self.now < deadline, "seed {}: the machines do not agree after {patience_ms} ms: {}", self.seed, self.describe(among));
            self.run_for(500);
        }
    }

    /// Whether the same is printed everywhere.
    fn gazettes_agree(&self, among: &[usize]) -> bool {
        let mut heads = among.iter().map(|node| self.service(*node).world().law.as_ref().map(|law| law.issue()));
        let first = heads.next();
        heads.all(|head| Some(head) == first)
    }

    /// Whether those who keep a space hold the same of it.
    fn tips_agree(&self, among: &[usize]) -> bool {
        let mut digests: BTreeMap<SpaceId, [u8; 32]> = BTreeMap::new();
        among.iter().all(|node| {
            let world = self.service(*node).world();
            world.followed.iter().all(|space| {
                let digest = world.tips.get(space).map(|tips| tips.digest()).unwrap_or_default();
                *digests.entry(*space).or_insert(digest) == digest
            })
        })
    }

    pub(super) fn describe(&self, among: &[usize]) -> String {
        let line = |node: &usize| {
            let report = self.verify(*node);
            let spaces: Vec<_> = report.spaces.iter().map(|space| format!("{} {} {}", space.name, space.operations, &space.state_hash[..8])).collect();
            format!("\n  {node} {}: {}; issue {}; {:?}", self.machines[*node].name, spaces.join(", "), report.issues, self.service(*node).footprint())
        };
        among.iter().map(line).chain(self.differing_chains(among)).collect()
    }

    /// The chains that these machines hold differently: where each ends, and where a fork has closed it.
    fn differing_chains(&self, among: &[usize]) -> Vec<String> {
        let tips = |node: &usize| self.service(*node).world().tips.iter().flat_map(|(space, tips)| tips.iter().map(|(device, tip)| ((*space, *device), *tip)));
        let held: Vec<BTreeMap<_, _>> = among.iter().map(|node| tips(node).collect()).collect();
        let chains: BTreeSet<_> = held.iter().flat_map(|held| held.keys().copied()).collect();
        let differing = chains.into_iter().filter(|chain| {
            let keeps = among.iter().zip(&held).filter(|(node, _)| self.service(**node).world().followed.contains(&chain.0));
            keeps.map(|(_, held)| held.get(chain)).collect::<Vec<_>>().windows(2).any(|pair| pair[0] != pair[1])
        });
        let end =
            |tip: &Tip| format!("{} {}{}", tip.seq, &tip.id.to_string()[..6], tip.closed.map_or(String::new(), |closed| format!(" closed at {}", closed.at)));
        let line = |chain: (SpaceId, DeviceId)| {
            let ends: Vec<_> = held.iter().map(|held| held.get(&chain).map_or("none".to_owned(), end)).collect();
            format!("\n  chain of {} in {}: {}", chain.1.short(), chain.0.short(), ends.join(", "))
        };
        differing.map(line).collect()
    }
}
