//! The main job on one machine: nodes found a co-op, let people in, write offline and while split in two,
//! merge, make its law, and end with the same state.
//!
//! The nodes are processes of their own that talk over iroh; this module only tells them what to write and,
//! at the end, reads what is on their disks.

mod board;
mod dice;
mod ending;
mod law;
mod meeting;
mod offices;
mod splitting;
mod tally;
mod writing;

pub use ending::{NodeOutcome, Outcome, PhaseTime};
pub use tally::Tally;

use super::{Cluster, texts};
use crate::api::Failure;
use board::Board;
use dice::Dice;
use folkmoot_protocol::id::*;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// The fewest nodes: a worker and three consumers, and a second device of the first.
pub const FEWEST_NODES: usize = 5;
/// The most nodes: everybody who has a name, and that device.
pub const MOST_NODES: usize = texts::PEOPLE.len() + 1;
/// How long nodes may take to agree.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is to be shown.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many nodes; the last is a second device of the first person.
    pub nodes: usize,
    /// Decides who writes what.
    pub seed: u64,
    /// Where the folders stay; none: in a temporary folder that goes.
    pub keep: Option<PathBuf>,
    /// Lets one node write something that the others never hear of, to see that it is noticed.
    pub plant_fault: bool,
}

/// Who is told what happens while it does.
pub trait Audience {
    /// Something happened, so many seconds after the beginning.
    fn said(&mut self, seconds: f64, sentence: &str);
    /// Something has come so far, of so far.
    fn progress(&mut self, what: &str, done: u64, total: u64);
}

/// A demo under way.
struct Demo<'a> {
    cluster: Cluster,
    audience: &'a mut dyn Audience,
    dice: Dice,
    board: Board,
    spaces: Vec<SpaceId>,
    /// How many of the posts and comments that there are texts for were used.
    posts: usize,
    comments: usize,
    /// Nodes that do not run for now.
    resting: BTreeSet<usize>,
    began: Instant,
    phases: Vec<PhaseTime>,
    plots: splitting::Plots,
}

/// Shows it. The processes end with this future, however it ends.
pub async fn run(options: &Options, audience: &mut dyn Audience) -> Result<Outcome, Failure> {
    if !(FEWEST_NODES..=MOST_NODES).contains(&options.nodes) {
        return Err(Failure::new("nodes", format!("the demo has {FEWEST_NODES} to {MOST_NODES} nodes"), "choose another number with --nodes"));
    }
    let temporary = match options.keep {
        Some(_) => None,
        None => {
            Some(tempfile::tempdir().map_err(|error| Failure::new("folder", format!("cannot make a temporary folder: {error}"), "give a folder with --keep"))?)
        }
    };
    let folder = options.keep.as_deref().or(temporary.as_ref().map(|folder| folder.path())).unwrap_or(Path::new("."));
    Demo::new(folder, options, audience)?.play(options).await
}

impl<'a> Demo<'a> {
    fn new(folder: &Path, options: &Options, audience: &'a mut dyn Audience) -> Result<Self, Failure> {
        Ok(Self {
            cluster: Cluster::make(folder)?,
            audience,
            dice: Dice::new(options.seed),
            board: Board::default(),
            spaces: vec![],
            posts: 0,
            comments: 0,
            resting: BTreeSet::new(),
            began: Instant::now(),
            phases: vec![],
            plots: splitting::Plots::default(),
        })
    }

    async fn play(mut self, options: &Options) -> Result<Outcome, Failure> {
        self.found(options.nodes).await?;
        self.finish_phase("found");
        self.join().await?;
        self.finish_phase("join");
        self.talk().await?;
        self.finish_phase("talk");
        self.write_offline().await?;
        self.finish_phase("offline");
        self.split().await?;
        self.finish_phase("split");
        self.heal().await?;
        self.finish_phase("heal");
        self.legislate().await?;
        self.finish_phase("law");
        let checked = self.check(options.plant_fault).await?;
        self.finish_phase("verify");
        Ok(self.outcome(checked))
    }

    fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    fn finish_phase(&mut self, name: &'static str) {
        let before: f64 = self.phases.iter().map(|phase| phase.seconds).sum();
        self.phases.push(PhaseTime { name, seconds: self.seconds() - before });
    }

    fn say(&mut self, sentence: &str) {
        self.audience.said(self.seconds(), sentence);
    }

    /// Which person a node belongs to: the last one to the first.
    fn person_of(&self, node: usize) -> usize {
        node % (self.cluster.nodes().len() - 1).max(1)
    }

    fn person(&self, node: usize) -> &'static str {
        texts::PEOPLE[self.person_of(node)]
    }

    /// Waits until nodes hold the same; what differs is said where they do not come to.
    async fn agree(&mut self, nodes: &[usize]) -> Result<(), Failure> {
        let audience = &mut *self.audience;
        let agreed = self.cluster.agree(nodes, PATIENCE, &mut |done, total| audience.progress("Waiting until they hold the same", done, total)).await?;
        if agreed { Ok(()) } else { Err(ending::disagreement(&self.cluster.differences(nodes)?)) }
    }
}
