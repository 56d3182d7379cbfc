//! Whether nodes hold the same, and what differs where they do not. Reads the folders, beside running nodes.

use super::Cluster;
use crate::{
    api::Failure,
    store::{Reader, StoreError, VerifyReport, View},
};
use folkmoot_protocol::{
    id::*,
    state_hash::document_digest,
    sync::{ChainRange, Tips},
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::{Duration, Instant},
};

const POLL: Duration = Duration::from_millis(25);
/// Differences listed at the most.
const LISTED: usize = 50;

/// Something that nodes do not have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The operation, document or space, as 64 hex digits.
    pub id: String,
    /// What it is, and who has it.
    pub what: String,
}

/// A node's name and a connection to its store.
struct Held {
    name: String,
    reader: Reader,
}

/// Which operation stands in a place of a chain, and on which nodes.
type Holders = BTreeMap<Option<OpId>, Vec<String>>;

/// Checks everything that a folder holds; nothing where its device is in no co-op yet.
pub(super) fn look(folder: &Path) -> Result<VerifyReport, Failure> {
    if !folder.join(crate::store::FILE_NAME).exists() {
        return Ok(VerifyReport { operations: 0, issues: 0, law: String::new(), spaces: vec![], state_hash: String::new(), faults: vec![] });
    }
    Ok(Reader::open(folder)?.view().verify(&|_, _| ())?)
}

impl Cluster {
    /// Checks everything on a node's disk.
    pub fn verify(&self, at: usize) -> Result<VerifyReport, Failure> {
        look(&self.node_folder(at))
    }

    /// Waits until nodes hold the same operations of the spaces that all of them keep. Answers whether they
    /// came to. `progress`: how many do, of how many.
    pub async fn agree(&self, places: &[usize], patience: Duration, progress: &mut dyn FnMut(u64, u64)) -> Result<bool, Failure> {
        let held = self.open(places)?;
        let since = Instant::now();
        loop {
            let agreeing = agreeing(&held)?;
            progress(agreeing as u64, held.len() as u64);
            if agreeing == held.len() {
                return Ok(true);
            }
            if since.elapsed() > patience {
                return Ok(false);
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// What nodes do not have in common: operations first; where these are the same, what was derived.
    pub fn differences(&self, places: &[usize]) -> Result<Vec<Difference>, Failure> {
        let held = self.open(places)?;
        let mut found = followings(&held)?;
        found.extend(operations(&held)?);
        if found.is_empty() {
            found = documents(&held)?;
        }
        if found.is_empty() {
            found = spaces(&held)?;
        }
        found.truncate(LISTED);
        Ok(found)
    }

    fn open(&self, places: &[usize]) -> Result<Vec<Held>, Failure> {
        let open = |at: &usize| Ok(Held { name: self.name(*at).to_owned(), reader: Reader::open(&self.node_folder(*at))? });
        places.iter().map(open).collect()
    }
}

/// How many nodes hold what most of them hold.
fn agreeing(held: &[Held]) -> Result<usize, StoreError> {
    let common = common_spaces(held)?;
    let mut counts: BTreeMap<Vec<[u8; 32]>, usize> = BTreeMap::new();
    for held in held {
        let tips = held.reader.view().tips()?;
        let digests = common.iter().map(|space| tips.get(space).map_or([0; 32], Tips::digest)).collect();
        *counts.entry(digests).or_insert(0) += 1;
    }
    Ok(counts.into_values().max().unwrap_or(0))
}

fn common_spaces(held: &[Held]) -> Result<BTreeSet<SpaceId>, StoreError> {
    let kept = held.iter().map(|held| Ok(held.reader.view().followed()?.into_iter().collect::<BTreeSet<_>>()));
    let kept = kept.collect::<Result<Vec<_>, StoreError>>()?;
    Ok(kept.into_iter().reduce(|common, kept| common.intersection(&kept).copied().collect()).unwrap_or_default())
}

fn followings(held: &[Held]) -> Result<Vec<Difference>, StoreError> {
    let mut keepers: BTreeMap<SpaceId, Vec<String>> = BTreeMap::new();
    for held in held {
        for space in held.reader.view().followed()? {
            keepers.entry(space).or_default().push(held.name.clone());
        }
    }
    keepers.retain(|_, names| names.len() < held.len());
    Ok(keepers
        .into_iter()
        .map(|(space, names)| Difference { id: space.to_string(), what: format!("this community is kept by {} alone", super::listed(&names)) })
        .collect())
}

/// The operations that some have and others lack.
fn operations(held: &[Held]) -> Result<Vec<Difference>, StoreError> {
    let mut ends: BTreeMap<(SpaceId, DeviceId), Vec<u64>> = BTreeMap::new();
    for space in common_spaces(held)? {
        for held in held {
            for (device, tip) in held.reader.view().tips()?.remove(&space).unwrap_or_default().iter() {
                ends.entry((space, *device)).or_default().push(tip.seq);
            }
        }
    }
    let mut found = Vec::new();
    for ((space, device), ends) in ends {
        let longest = ends.iter().copied().max().unwrap_or(0);
        for seq in (1..=longest).rev() {
            let holders = holders(held, space, device, seq)?;
            // Chains are linked: below a place where all have the same, all have the same.
            if holders.len() < 2 || found.len() >= LISTED {
                break;
            }
            found.extend(holders.iter().filter_map(|(op, names)| Some(lacking((*op)?, seq, device, names, held))));
        }
    }
    Ok(found)
}

fn holders(held: &[Held], space: SpaceId, device: DeviceId, seq: u64) -> Result<Holders, StoreError> {
    let mut holders = Holders::new();
    for held in held {
        holders.entry(held.reader.view().operation_at(space, device, seq)?).or_default().push(held.name.clone());
    }
    Ok(holders)
}

fn lacking(op: OpId, seq: u64, device: DeviceId, holders: &[String], held: &[Held]) -> Difference {
    let others: Vec<&str> = held.iter().map(|held| held.name.as_str()).filter(|name| !holders.iter().any(|holder| holder == name)).collect();
    let (has, lack) = (if holders.len() == 1 { "has" } else { "have" }, if others.len() == 1 { "lacks" } else { "lack" });
    let what = format!("{} {has} operation {seq} of device {}, which {} {lack}", super::listed(holders), device.short(), super::listed(&others));
    Difference { id: op.to_string(), what }
}

/// The documents that were derived differently from the same operations.
fn documents(held: &[Held]) -> Result<Vec<Difference>, StoreError> {
    let states = held.iter().map(|held| document_states(held.reader.view())).collect::<Result<Vec<_>, _>>()?;
    let all: BTreeSet<DocumentId> = states.iter().flat_map(|states| states.keys().copied()).collect();
    let differ = all.into_iter().filter(|document| states.iter().any(|of| of.get(document) != states.first().and_then(|first| first.get(document))));
    let say = |document: DocumentId| {
        let each = states
            .iter()
            .zip(held)
            .map(|(states, held)| format!("{} {}", held.name, states.get(&document).map_or_else(|| "none".into(), |digest| OpId(*digest).short())));
        Difference { id: document.to_string(), what: format!("this document's state differs: {}", each.collect::<Vec<_>>().join(", ")) }
    };
    Ok(differ.map(say).collect())
}

fn document_states(view: View<'_>) -> Result<BTreeMap<DocumentId, [u8; 32]>, StoreError> {
    let mut states = BTreeMap::new();
    for chain in view.chains()? {
        let range = ChainRange { space: chain.space, device: chain.device, from: 1, to: chain.tip.seq };
        for held in view.chain_operations(range, usize::MAX)? {
            let Some(document) = held.op.document() else { continue };
            let Some(n) = view.document_number(document, chain.space)? else { continue };
            if let Some(state) = view.document_state(n)? {
                states.insert(document, document_digest(&state));
            }
        }
    }
    Ok(states)
}

/// The spaces whose hashes differ although their operations and documents are the same.
fn spaces(held: &[Held]) -> Result<Vec<Difference>, StoreError> {
    let mut hashes: BTreeMap<SpaceId, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for held in held {
        for space in held.reader.view().verify(&|_, _| ())?.spaces {
            hashes.entry(space.id).or_default().entry(space.state_hash).or_default().push(held.name.clone());
        }
    }
    hashes.retain(|_, hashes| hashes.len() > 1);
    let say = |(space, hashes): (SpaceId, BTreeMap<String, Vec<String>>)| {
        let each = hashes.into_iter().map(|(hash, names)| format!("{} {}", super::listed(&names), hash.get(..8).unwrap_or_default()));
        Difference { id: space.to_string(), what: format!("reactions or the register of this space differ: {}", each.collect::<Vec<_>>().join(", ")) }
    };
    Ok(hashes.into_iter().map(say).collect())
}
