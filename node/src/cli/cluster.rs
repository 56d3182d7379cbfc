//! `cluster`: many nodes on one machine, for whoever wants to see or try how they get on.

use super::{
    demo::{interrupted, quoted},
    format,
    output::{Output, Paint},
};
use crate::{
    api::Failure,
    cluster::{Cluster, Founding, NodeStatus, hold_the_same},
};
use folkmoot_protocol::id::DeviceId;
use serde::Serialize;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "Examples:
  folkmoot cluster up 4
  folkmoot cluster split amara,bilal chiara,dilnoza
  folkmoot cluster heal
  folkmoot cluster down";

/// Where a cluster is when nobody says.
const FOLDER: &str = "folkmoot-cluster";
/// The most nodes: one for each person who has a name.
const PEOPLE: usize = crate::cluster::texts::PEOPLE.len();
/// How many nodes a new cluster has when nobody says.
const NODES: usize = 5;

/// Runs many nodes on this machine, to try how they get on.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
    /// The cluster's folder
    #[arg(long, global = true, value_name = "DIR", default_value = FOLDER, value_hint = clap::ValueHint::DirPath)]
    dir: PathBuf,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Starts the nodes; in a new folder, makes them first: people in one co-op
    #[command(after_help = "Examples:\n  folkmoot cluster up 4\n  folkmoot cluster up --dir ./look-around")]
    Up {
        /// How many, 1 to 12, in a new folder [default: 5]
        #[arg(value_name = "N", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=PEOPLE as u64))]
        nodes: Option<usize>,
    },
    /// Ends all nodes
    #[command(after_help = "Examples:\n  folkmoot cluster down")]
    Down,
    /// Shows who runs, who hears whom, and whether all hold the same
    #[command(after_help = "Examples:\n  folkmoot cluster status\n  folkmoot cluster status --json | jq .equal")]
    Status,
    /// Keeps groups of nodes from hearing each other
    #[command(after_help = "Examples:\n  folkmoot cluster split amara,bilal chiara,dilnoza\n  folkmoot cluster split amara        (all others stay together)")]
    Split {
        /// Names with commas between; whoever is not named makes one more group
        #[arg(value_name = "GROUP", required = true)]
        groups: Vec<String>,
    },
    /// Lets everybody hear everybody again
    #[command(after_help = "Examples:\n  folkmoot cluster heal")]
    Heal,
    /// Ends a node as a loss of power would
    #[command(after_help = "Examples:\n  folkmoot cluster kill bilal")]
    Kill(Named),
    /// Starts a node again; one that runs is ended first
    #[command(after_help = "Examples:\n  folkmoot cluster restart bilal")]
    Restart(Named),
}

#[derive(Debug, clap::Args)]
struct Named {
    /// The node's name
    node: String,
}

#[derive(Serialize)]
struct Started {
    folder: PathBuf,
    nodes: Vec<StartedNode>,
}

#[derive(Serialize)]
struct StartedNode {
    name: String,
    pid: Option<u32>,
    folder: PathBuf,
    device: DeviceId,
    addresses: Vec<String>,
}

#[derive(Serialize)]
struct Stopped {
    stopped: Vec<String>,
}

#[derive(Serialize)]
struct Standing {
    folder: PathBuf,
    nodes: Vec<NodeStatus>,
    equal: bool,
    groups: Vec<Vec<String>>,
}

#[derive(Serialize)]
struct Groups<'a> {
    groups: &'a [Vec<String>],
}

#[derive(Serialize)]
struct Killed {
    name: String,
    pid: u32,
}

pub(super) async fn run(args: Args, out: &Output) -> Result<(), Failure> {
    let interrupted = interrupted()?;
    tokio::select! {
        done = carry_out(args, out) => done,
        () = interrupted => Err(Failure::new("interrupted", "interrupted", "`folkmoot cluster status` shows how the nodes stand")),
    }
}

async fn carry_out(Args { command, dir }: Args, out: &Output) -> Result<(), Failure> {
    match command {
        Command::Up { nodes } => up(nodes, &dir, out).await,
        Command::Down => down(Cluster::load(&dir)?, out).await,
        Command::Status => status(&Cluster::load(&dir)?, out).await,
        Command::Split { groups } => split(Cluster::load(&dir)?, &groups, out).await,
        Command::Heal => heal(Cluster::load(&dir)?, out).await,
        Command::Kill(named) => kill(Cluster::load(&dir)?, &named.node, &dir, out).await,
        Command::Restart(named) => restart(Cluster::load(&dir)?, &named.node, out).await,
    }
}

async fn up(nodes: Option<usize>, dir: &Path, out: &Output) -> Result<(), Failure> {
    let progress = out.waiting("Starting the nodes");
    let mut cluster = match Cluster::load(dir) {
        Ok(cluster) => start_resting(cluster, nodes).await?,
        Err(failure) if failure.code == "no-cluster" => Cluster::found(dir, Founding { people: nodes.unwrap_or(NODES) }).await?,
        Err(failure) => return Err(failure),
    };
    cluster.let_go();
    drop(progress);
    let started = Started { folder: cluster.folder().to_owned(), nodes: started(&cluster, &cluster.places()).await? };
    out.answer(&started, |paint| format!("{}\n{}", node_table(paint, &started.nodes), hints(paint, &cluster, dir)))
}

/// Starts those of a cluster's nodes that do not run.
async fn start_resting(mut cluster: Cluster, nodes: Option<usize>) -> Result<Cluster, Failure> {
    let there = cluster.nodes().len();
    if nodes.is_some_and(|nodes| nodes != there) {
        let error = format!("{} holds a cluster of {there} nodes already", cluster.folder().display());
        return Err(Failure::new("exists", error, "leave the number out to start these, or choose another folder with --dir"));
    }
    cluster.detached = true;
    let resting: Vec<usize> = cluster.places().into_iter().filter(|at| !cluster.is_running(*at)).collect();
    cluster.start(&resting).await?;
    Ok(cluster)
}

async fn started(cluster: &Cluster, places: &[usize]) -> Result<Vec<StartedNode>, Failure> {
    let mut nodes = Vec::new();
    for at in places {
        let status = cluster.status_of(*at).await?;
        let pid = cluster.nodes().get(*at).and_then(|node| node.pid);
        nodes.push(StartedNode {
            name: cluster.name(*at).to_owned(),
            pid,
            folder: cluster.node_folder(*at),
            device: status.device,
            addresses: status.addresses,
        });
    }
    Ok(nodes)
}

fn node_table(paint: Paint, nodes: &[StartedNode]) -> String {
    let row = |node: &StartedNode| {
        vec![paint.bold(&node.name), process(node.pid), node.device.short(), format::line(&node.addresses.join(" ")), node.folder.display().to_string()]
    };
    format::table(paint, &["NODE", "PROCESS", "DEVICE", "ADDRESSES", "FOLDER"], &nodes.iter().map(row).collect::<Vec<_>>())
}

fn process(pid: Option<u32>) -> String {
    pid.map_or_else(|| "-".into(), |pid| pid.to_string())
}

fn hints(paint: Paint, cluster: &Cluster, dir: &Path) -> String {
    let (node, at) = (quoted(&dir.join(cluster.name(0))), option(dir));
    let commands = [
        ("write", format!("folkmoot --data {node} post commons --title Hello")),
        ("read", format!("folkmoot --data {node} feed")),
        ("see how they stand", format!("folkmoot cluster status{at}")),
        ("split them", format!("folkmoot cluster split {}{at}", cluster.name(0))),
        ("end them", format!("folkmoot cluster down{at}")),
    ];
    commands.iter().map(|(what, command)| format!("  {what:<19} {}\n", paint.cyan(command))).collect()
}

/// How a command is told of a folder, where it has to be.
fn option(dir: &Path) -> String {
    if dir == Path::new(FOLDER) { String::new() } else { format!(" --dir {}", quoted(dir)) }
}

async fn down(mut cluster: Cluster, out: &Output) -> Result<(), Failure> {
    let progress = out.waiting("Ending the nodes");
    let running: Vec<usize> = cluster.places().into_iter().filter(|at| cluster.is_running(*at)).collect();
    cluster.stop(&running).await?;
    drop(progress);
    let stopped = Stopped { stopped: running.iter().map(|at| cluster.name(*at).to_owned()).collect() };
    out.answer(&stopped, |_| match running.len() {
        0 => "No node was running.".into(),
        _ => format!("Ended {}.", cluster.names(&running)),
    })
}

async fn status(cluster: &Cluster, out: &Output) -> Result<(), Failure> {
    let progress = out.waiting("Checking what they hold");
    let nodes = cluster.status().await?;
    drop(progress);
    let equal = hold_the_same(&nodes);
    let alike = nodes.iter().all(|node| nodes.first().is_some_and(|first| first.state_hash == node.state_hash));
    let standing = Standing { folder: cluster.folder().to_owned(), nodes, equal, groups: cluster.groups().to_vec() };
    out.answer(&standing, |paint| {
        let row = |node: &NodeStatus| {
            let state = match (node.running, node.answering) {
                (true, true) => paint.green(process(node.pid)),
                (true, false) => paint.red(format!("{} does not answer", process(node.pid))),
                (false, _) => paint.red("not running"),
            };
            let hash = node.state_hash.get(..16).unwrap_or_default().to_owned();
            vec![paint.bold(&node.name), node.device.short(), state, node.peers.to_string(), node.refused.join(" "), node.operations.to_string(), hash]
        };
        let heading = ["NODE", "DEVICE", "PROCESS", "PEERS", "REFUSES", "OPERATIONS", "STATE HASH"];
        let table = format::table(paint, &heading, &standing.nodes.iter().map(row).collect::<Vec<_>>());
        let verdict = match (equal, alike) {
            (true, true) => paint.green("All hold the same."),
            (true, false) => paint.green("All hold the same of what they keep; not everybody follows every community."),
            (false, _) => paint.yellow("They do not hold the same now."),
        };
        format!("{table}\n{verdict}")
    })
}

async fn split(mut cluster: Cluster, typed: &[String], out: &Output) -> Result<(), Failure> {
    let groups = typed.iter().map(|group| group.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect());
    cluster.split(groups.collect()).await?;
    let groups = cluster.groups();
    out.answer(&Groups { groups }, |_| format!("Split: {}.", groups.iter().map(|group| group.join(", ")).collect::<Vec<_>>().join(" | ")))
}

async fn heal(mut cluster: Cluster, out: &Output) -> Result<(), Failure> {
    let running = cluster.places().into_iter().filter(|at| cluster.is_running(*at)).count();
    cluster.heal().await?;
    out.answer(&Groups { groups: &[] }, |_| match running {
        0 => "No node is running; nobody is kept apart any more when they start.".into(),
        _ => "Everybody hears everybody again.".into(),
    })
}

async fn kill(mut cluster: Cluster, node: &str, dir: &Path, out: &Output) -> Result<(), Failure> {
    let at = cluster.place(node)?;
    let again = format!("folkmoot cluster restart {}{}", cluster.name(at), option(dir));
    let pid = cluster.kill(at).await.map_err(|failure| match failure.code.as_str() {
        "not-running" => Failure { hint: format!("start it with `{again}`"), ..failure },
        _ => failure,
    })?;
    let killed = Killed { name: cluster.name(at).to_owned(), pid };
    out.answer(&killed, |paint| format!("Killed {} (process {}). Start it again: {}", killed.name, killed.pid, paint.cyan(again)))
}

async fn restart(mut cluster: Cluster, node: &str, out: &Output) -> Result<(), Failure> {
    let at = cluster.place(node)?;
    if cluster.is_running(at) {
        cluster.stop(&[at]).await?;
    }
    cluster.detached = true;
    cluster.start(&[at]).await?;
    cluster.let_go();
    for node in started(&cluster, &[at]).await? {
        out.answer(&node, |_| format!("{} runs as process {}, listening on {}.", node.name, process(node.pid), format::line(&node.addresses.join(" "))))?;
    }
    Ok(())
}
