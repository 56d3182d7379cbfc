//! Many nodes on one machine: real processes, each with its own keys and data folder, over loopback.
//!
//! A cluster's folder holds one data folder for each node and `cluster.json`, which says who they are. Nodes
//! are told what to do over their control sockets, as any program of their owner could.

mod compare;
pub mod demo;
mod partition;
mod process;
mod set_up;
mod state;
pub mod texts;

pub use compare::Difference;
pub use partition::{NodeStatus, hold_the_same};
pub use set_up::Founding;
pub use state::Member;

use crate::{
    Config,
    api::{Failure, Request, Response},
    client::Client,
    keystore::make_private_folder,
};
use state::Record;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Child,
};
use tokio::task::JoinSet;

/// Nodes on one machine. Those that were started through this value end with it, unless it lets them go.
pub struct Cluster {
    /// The program that a node runs: this one, unless set otherwise.
    pub program: PathBuf,
    /// Whether nodes outlive an interrupted shell: each in a process group of its own.
    pub detached: bool,
    folder: PathBuf,
    record: Record,
    children: BTreeMap<usize, Child>,
    /// Set while it is being made: what is there so far is of no use to anybody.
    unfinished: Option<Unfinished>,
}

/// What was there before a cluster was made.
#[derive(Debug, Clone, Copy)]
struct Unfinished {
    folder_existed: bool,
}

impl Cluster {
    /// Begins a cluster without nodes, in a folder that is new or empty.
    pub fn make(folder: &Path) -> Result<Self, Failure> {
        if !is_free(folder)? {
            return Err(Failure::new("exists", format!("{} is not empty", folder.display()), "choose a folder that does not exist yet"));
        }
        // A folder that is there already may be open to others: those of the nodes inside are not.
        if !folder.exists() {
            make_private_folder(folder)?;
        }
        Self::of(folder, Record::default())
    }

    /// Takes up the cluster that a folder holds.
    pub fn load(folder: &Path) -> Result<Self, Failure> {
        Self::of(folder, Record::read(folder)?)
    }

    fn of(folder: &Path, record: Record) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::new("folder", format!("cannot find out where {} is: {error}", folder.display()), "check the folder");
        let program = std::env::current_exe()
            .map_err(|error| Failure::new("program", format!("cannot find the program that runs: {error}"), "start it by its full path"))?;
        let folder = folder.canonicalize().map_err(failed)?;
        Ok(Self { program, detached: false, folder, record, children: BTreeMap::new(), unfinished: None })
    }

    /// The cluster's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its nodes. Their places in this list name them below.
    pub fn nodes(&self) -> &[Member] {
        &self.record.nodes
    }

    /// Who is kept apart from whom; empty where nobody is.
    pub fn groups(&self) -> &[Vec<String>] {
        &self.record.groups
    }

    /// The places of all nodes.
    pub fn places(&self) -> Vec<usize> {
        (0..self.record.nodes.len()).collect()
    }

    /// The place of a node by its name, in capitals or not.
    pub fn place(&self, name: &str) -> Result<usize, Failure> {
        let wanted = name.trim().to_lowercase();
        let names = || self.record.nodes.iter().map(|node| node.name.as_str()).collect::<Vec<_>>().join(", ");
        let found = self.record.nodes.iter().position(|node| node.name == wanted);
        found.ok_or_else(|| Failure::new("not-found", format!("there is no node {name:?} here"), &format!("the nodes are {}", names())))
    }

    /// A node's name; empty for no node.
    pub fn name(&self, at: usize) -> &str {
        self.record.nodes.get(at).map_or("", |node| &node.name)
    }

    /// The names of several nodes, as a sentence lists them.
    pub fn names(&self, places: &[usize]) -> String {
        listed(&places.iter().map(|at| self.name(*at)).collect::<Vec<_>>())
    }

    /// A node's data folder.
    pub fn node_folder(&self, at: usize) -> PathBuf {
        self.folder.join(self.name(at))
    }

    /// Writes down who the nodes are.
    pub fn save(&self) -> Result<(), Failure> {
        self.record.write(&self.folder)
    }

    /// Whether a process works on a node's folder.
    pub fn is_running(&self, at: usize) -> bool {
        process::is_at_work(&self.node_folder(at))
    }

    /// Asks a node that runs.
    pub async fn ask(&self, at: usize, request: Request) -> Result<Response, Failure> {
        ask(self.node_folder(at), self.name(at).to_owned(), request).await
    }

    /// Asks several nodes at once; the answers come in the order of the questions.
    pub async fn ask_all(&self, questions: Vec<(usize, Request)>) -> Result<Vec<Response>, Failure> {
        let mut asked = JoinSet::new();
        for (number, (at, request)) in questions.into_iter().enumerate() {
            let (folder, name) = (self.node_folder(at), self.name(at).to_owned());
            asked.spawn(async move { (number, ask(folder, name, request).await) });
        }
        let mut answers = BTreeMap::new();
        while let Some(done) = asked.join_next().await {
            let (number, answer) = done.map_err(|error| Failure::new("internal", error, "report this"))?;
            answers.insert(number, answer?);
        }
        Ok(answers.into_values().collect())
    }

    /// Works on the folder of a node that does not run, as a command of its owner would.
    pub async fn ask_at_rest(&self, at: usize, request: Request) -> Result<Response, Failure> {
        let mut client = Client::open(&Config::new(self.node_folder(at))).await?;
        let answer = client.call(request).await;
        let closed = client.close().await;
        answer.and_then(|answer| closed.map(|()| answer))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for child in self.children.values_mut() {
            // It may have ended by itself; either way it is gone afterwards.
            let _ = child.kill();
            let _ = child.wait();
        }
        if let Some(before) = self.unfinished {
            self.take_away(before);
        }
    }
}

async fn ask(folder: PathBuf, name: String, request: Request) -> Result<Response, Failure> {
    let Some(mut client) = Client::running(&Config::new(&folder)).await else {
        let advice = format!("start it with `folkmoot cluster restart {name}`");
        return Err(Failure::new("not-running", format!("the node {name} does not run"), &process::log_hint(&folder, &advice)));
    };
    client.call(request).await.map_err(|failure| match failure.code.as_str() {
        "no-answer" => {
            let advice = format!("end it with `folkmoot cluster kill {name}`");
            Failure::new("no-answer", format!("the node {name} does not answer"), &process::log_hint(&folder, &advice))
        }
        _ => Failure { error: format!("{name}: {}", failure.error), ..failure },
    })
}

/// Whether a folder is absent or empty.
fn is_free(folder: &Path) -> Result<bool, Failure> {
    match std::fs::read_dir(folder) {
        Ok(mut inside) => Ok(inside.next().is_none()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(Failure::new("folder", format!("cannot look into {}: {error}", folder.display()), "choose another folder")),
    }
}

/// `a`, `a and b`, `a, b and c`.
fn listed(names: &[impl AsRef<str>]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// An answer to another question than the one asked.
fn unexpected(name: &str) -> Failure {
    Failure::new("node", format!("the node {name} answered something else"), "is it of another version than this program? Start the cluster again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_as_in_a_sentence() {
        assert_eq!(listed(&["a"]), "a");
        assert_eq!(listed(&["a", "b", "c"]), "a, b and c");
        assert_eq!(listed(&[""; 0]), "");
    }

    #[test]
    fn a_cluster_is_made_in_an_empty_folder_only() {
        let folder = tempfile::tempdir().unwrap();
        let mut cluster = Cluster::make(folder.path()).unwrap();
        cluster.add_person("Alice").unwrap();
        cluster.save().unwrap();
        assert_eq!(Cluster::make(folder.path()).err().unwrap().code, "exists");
        let again = Cluster::load(folder.path()).unwrap();
        assert_eq!(again.place("ALICE"), Ok(0));
        assert_eq!(again.place("eve").err().unwrap().hint, "the nodes are alice");
        assert!(!again.is_running(0));
    }
}
