//! `cluster.json`: which nodes a cluster's folder holds, and what was last known of them.

use crate::{api::Failure, reason::reason};
use folkmoot_protocol::id::DeviceId;
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::{ErrorKind, Write},
    path::Path,
};

const FILE: &str = "cluster.json";
const VERSION: u32 = 1;

/// What stands in `cluster.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    version: u32,
    pub(super) nodes: Vec<Member>,
    /// Who is kept apart from whom.
    pub(super) groups: Vec<Vec<String>>,
}

/// One node of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its name, which is the name of its data folder too.
    pub name: String,
    /// Its device.
    pub device: DeviceId,
    /// Its process, when it was last started.
    pub pid: Option<u32>,
}

impl Default for Record {
    fn default() -> Self {
        Self { version: VERSION, nodes: vec![], groups: vec![] }
    }
}

impl Record {
    pub(super) fn read(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(FILE);
        let bytes = fs::read(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Failure::new(
                "no-cluster",
                format!("{} holds no cluster", folder.display()),
                "make one with `folkmoot cluster up 5`, or point to another folder with --dir",
            ),
            _ => Failure::new("folder", format!("cannot read {}: {error}", path.display()), "check the folder"),
        })?;
        let damaged = |what: &str| {
            Failure::new(
                "cluster",
                format!("{} is damaged: {what}", path.display()),
                "the nodes' own folders are not touched by that; use them with --data, or make a new cluster",
            )
        };
        let record: Self = serde_json::from_slice(&bytes).map_err(|error| damaged(&error.to_string()))?;
        match (record.version, record.nodes.iter().find(|node| !is_plain(&node.name))) {
            (VERSION, None) => Ok(record),
            (VERSION, Some(_)) => Err(damaged("a node has a name that is no folder's")),
            (version, _) => Err(Failure::new(
                "version",
                format!("{} is of version {version}, which this program does not know", path.display()),
                "use the program that made the cluster",
            )),
        }
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), Failure> {
        let write = || -> std::io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&serde_json::to_vec_pretty(self)?)?;
            file.persist(folder.join(FILE))?;
            Ok(())
        };
        write().map_err(|error| {
            let error = format!("cannot write {}: {}", folder.join(FILE).display(), reason(&error));
            Failure::new("folder", error, "make the folder writable for you, and see that the disk is not full")
        })
    }

    pub(super) fn remove(&self, folder: &Path) {
        let _ = fs::remove_file(folder.join(FILE));
    }
}

/// Whether a node's name stays inside its cluster's folder.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && name.chars().all(|c| c.is_alphanumeric() || "-_".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_elsewhere_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let record = Record { nodes: vec![Member { name: "../eve".into(), device: DeviceId::ZERO, pid: None }], ..Record::default() };
        record.write(folder.path()).unwrap();
        assert_eq!(Record::read(folder.path()).err().unwrap().code, "cluster");
    }

    #[test]
    fn a_folder_without_a_cluster_says_how_to_make_one() {
        let folder = tempfile::tempdir().unwrap();
        let failure = Record::read(folder.path()).err().unwrap();
        assert_eq!(failure.code, "no-cluster");
        assert!(failure.hint.contains("cluster up"));
    }
}
