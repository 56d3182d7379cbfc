//! Who hears whom: nodes are told over their control sockets which devices to refuse.

use super::{Cluster, compare::look};
use crate::{
    api::{Failure, Request},
    store::SpaceHash,
};
use folkmoot_protocol::id::{DeviceId, SpaceId};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// How a node of a cluster stands.
#[derive(Debug, Clone, Serialize)]
pub struct NodeStatus {
    /// Its name.
    pub name: String,
    /// Its device.
    pub device: DeviceId,
    /// Its process, where it runs.
    pub pid: Option<u32>,
    /// Whether it runs.
    pub running: bool,
    /// Whether it answers.
    pub answering: bool,
    /// How many other nodes it is connected to.
    pub peers: usize,
    /// The nodes that it was told to refuse.
    pub refused: Vec<String>,
    /// Operations that it holds.
    pub operations: u64,
    /// One hash over all that it holds, as 64 hex digits.
    pub state_hash: String,
    /// The same for each space that it keeps.
    pub spaces: Vec<SpaceHash>,
}

/// Whether nodes hold the same of every space that several of them keep.
pub fn hold_the_same(nodes: &[NodeStatus]) -> bool {
    let mut hashes: BTreeMap<SpaceId, &str> = BTreeMap::new();
    let mut spaces = nodes.iter().flat_map(|node| &node.spaces);
    let empty = nodes.iter().filter(|node| node.spaces.is_empty()).count();
    (empty == 0 || empty == nodes.len()) && spaces.all(|space| *hashes.entry(space.id).or_insert(&space.state_hash) == space.state_hash)
}

impl Cluster {
    /// Keeps groups of nodes apart, given by their names; nodes that are not named make one more group.
    pub async fn split(&mut self, groups: Vec<Vec<String>>) -> Result<(), Failure> {
        self.record.groups = self.all_named(groups)?;
        self.tell_whom_to_refuse(&self.places()).await?;
        self.save()
    }

    /// Lets everybody hear everybody again.
    pub async fn heal(&mut self) -> Result<(), Failure> {
        self.record.groups.clear();
        self.tell_whom_to_refuse(&self.places()).await?;
        self.save()
    }

    /// Checks that each name is a node's, and stands once.
    fn all_named(&self, groups: Vec<Vec<String>>) -> Result<Vec<Vec<String>>, Failure> {
        let mut named = BTreeSet::new();
        let mut places: Vec<Vec<usize>> = Vec::new();
        for group in groups {
            let group = group.iter().map(|name| self.place(name)).collect::<Result<Vec<_>, _>>()?;
            if let Some(twice) = group.iter().find(|at| !named.insert(**at)) {
                return Err(Failure::new("groups", format!("the node {} stands in two groups", self.name(*twice)), "name each node once"));
            }
            places.push(group);
        }
        places.push(self.places().into_iter().filter(|at| !named.contains(at)).collect());
        places.retain(|group| !group.is_empty());
        if places.len() < 2 {
            return Err(Failure::new("groups", "one group alone is no split", "name at least two groups, as in `cluster split alice,bob carol`"));
        }
        Ok(places.into_iter().map(|group| group.into_iter().map(|at| self.name(at).to_owned()).collect()).collect())
    }

    /// Tells those of the nodes that run whom to refuse.
    pub(super) async fn tell_whom_to_refuse(&self, places: &[usize]) -> Result<(), Failure> {
        let running = places.iter().filter(|at| self.is_running(**at));
        let orders = running.map(|at| (*at, Request::Refuse { devices: self.refused_by(*at) }));
        self.ask_all(orders.collect()).await.map(drop)
    }

    fn refused_by(&self, at: usize) -> Vec<DeviceId> {
        let others = self.groups().iter().filter(|group| !group.iter().any(|name| name == self.name(at)));
        let names: Vec<&String> = others.flatten().collect();
        self.nodes().iter().filter(|node| names.contains(&&node.name)).map(|node| node.device).collect()
    }

    /// How all nodes stand; what they hold is checked anew, which reads everything on disk.
    pub async fn status(&self) -> Result<Vec<NodeStatus>, Failure> {
        let mut nodes = Vec::new();
        for at in self.places() {
            nodes.push(self.node_status(at).await?);
        }
        Ok(nodes)
    }

    async fn node_status(&self, at: usize) -> Result<NodeStatus, Failure> {
        let running = self.is_running(at);
        let status = if running { self.status_of(at).await.ok() } else { None };
        let held = look(&self.node_folder(at))?;
        let refused: Vec<DeviceId> = status.as_ref().map(|status| status.refused.clone()).unwrap_or_default();
        let node = self.nodes().get(at);
        Ok(NodeStatus {
            name: self.name(at).to_owned(),
            device: node.map_or(DeviceId::ZERO, |node| node.device),
            pid: node.and_then(|node| node.pid).filter(|_| running),
            running,
            answering: status.is_some(),
            peers: status.map_or(0, |status| status.peers.iter().filter(|peer| peer.connected).count()),
            refused: self.nodes().iter().filter(|node| refused.contains(&node.device)).map(|node| node.name.clone()).collect(),
            operations: held.operations,
            state_hash: held.state_hash,
            spaces: held.spaces,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(typed: &[&[&str]]) -> Vec<Vec<String>> {
        typed.iter().map(|group| group.iter().map(|name| (*name).to_owned()).collect()).collect()
    }

    #[test]
    fn a_community_that_one_node_does_not_follow_is_no_difference() {
        let space = |id: u8, hash: &str| SpaceHash { id: SpaceId([id; 32]), name: String::new(), state_hash: hash.into(), operations: 1 };
        let node = |spaces: Vec<SpaceHash>| NodeStatus {
            name: String::new(),
            device: DeviceId::ZERO,
            pid: None,
            running: true,
            answering: true,
            peers: 0,
            refused: vec![],
            operations: 0,
            state_hash: format!("{spaces:?}"),
            spaces,
        };
        assert!(hold_the_same(&[node(vec![space(0, "a"), space(1, "b")]), node(vec![space(0, "a")])]));
        assert!(!hold_the_same(&[node(vec![space(0, "a"), space(1, "b")]), node(vec![space(0, "a"), space(1, "c")])]));
        assert!(!hold_the_same(&[node(vec![space(0, "a")]), node(vec![])]), "one that is in no co-op");
    }

    #[test]
    fn whoever_is_not_named_stays_together() {
        let folder = tempfile::tempdir().unwrap();
        let mut cluster = Cluster::make(folder.path()).unwrap();
        for name in ["Alice", "Bob", "Carol"] {
            cluster.add_person(name).unwrap();
        }
        assert_eq!(cluster.all_named(groups(&[&["Alice"]])), Ok(groups(&[&["alice"], &["bob", "carol"]])));
        let refusal = |typed| cluster.all_named(groups(typed)).err().map(|failure| failure.code);
        assert_eq!(refusal(&[&["alice", "alice"]]), Some("groups".into()));
        assert_eq!(refusal(&[&["alice", "bob", "carol"]]), Some("groups".into()));
        assert_eq!(refusal(&[&["eve"], &["bob"]]), Some("not-found".into()));
    }
}
