//! `demo`: the main job on one machine.

use super::{
    format,
    output::{Output, Paint, Progress},
};
use crate::{
    api::Failure,
    cluster::demo::{self, Audience, FEWEST_NODES, MOST_NODES, NodeOutcome, Options, Outcome},
};
use std::{
    future::Future,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tokio::signal::unix::{SignalKind, signal};

const EXAMPLES: &str = "Examples:
  folkmoot demo
  folkmoot demo --nodes 8 --keep ./look-around
  folkmoot demo --json | jq .state_hash";

/// The seed of a demo that is asked for none.
const SEED: &str = "1844";
/// How long a number stands before it is replaced, so that it can be read.
const REDRAWN_AFTER: Duration = Duration::from_millis(150);

/// Shows the main job on this machine: nodes found a co-op, write while offline and split, merge, make law, agree.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// How many nodes, 5 to 13; the last is a second device of the first person
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(FEWEST_NODES as u64..=MOST_NODES as u64))]
    nodes: usize,
    /// Leave the nodes' folders in this new folder, to look around in them
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    keep: Option<PathBuf>,
    /// Decides who writes what
    #[arg(long, value_name = "S", default_value = SEED)]
    seed: u64,
    /// Let one node write what the others never hear of, to see that it is noticed
    #[arg(long, hide = true)]
    plant_fault: bool,
}

pub(super) async fn run(args: Args, out: &Output) -> Result<(), Failure> {
    let interrupted = interrupted()?;
    let options = Options { nodes: args.nodes, seed: args.seed, keep: args.keep, plant_fault: args.plant_fault };
    let mut teller = Teller { out, shown: None };
    let shown = tokio::select! {
        shown = demo::run(&options, &mut teller) => shown,
        () = interrupted => Err(Failure::new("interrupted", "the demo was interrupted", "its nodes have ended; start it again")),
    };
    drop(teller);
    let outcome = shown?;
    out.answer(&outcome, |paint| ending(paint, &outcome, options.keep.as_deref()))?;
    outcome.failure().map_or(Ok(()), Err)
}

/// Tells what happens: sentences with the answer, progress beside it.
struct Teller<'a> {
    out: &'a Output,
    shown: Option<Shown>,
}

/// What is being waited for, as it stands on the terminal.
struct Shown {
    what: String,
    since: Instant,
    _progress: Progress,
}

impl Audience for Teller<'_> {
    fn said(&mut self, seconds: f64, sentence: &str) {
        self.shown = None;
        if !self.out.is_json() {
            // Whoever does not read this misses nothing that the end does not say again.
            let _ = self.out.answer(&(), |paint| format!("{}  {}\n", paint.dim(format!("{seconds:5.1} s")), format::line(sentence)));
        }
    }

    fn progress(&mut self, what: &str, done: u64, total: u64) {
        if self.shown.as_ref().is_some_and(|shown| shown.what == what && shown.since.elapsed() < REDRAWN_AFTER) {
            return;
        }
        // The one before leaves the line before the next takes it.
        self.shown = None;
        let progress = self.out.waiting(&format!("{what}: {done} of {total}"));
        self.shown = Some(Shown { what: what.to_owned(), since: Instant::now(), _progress: progress });
    }
}

fn ending(paint: Paint, outcome: &Outcome, kept: Option<&Path>) -> String {
    let row = |node: &NodeOutcome| vec![paint.bold(format::line(&node.name)), node.device.short(), node.operations.to_string(), node.state_hash.clone()];
    let table = format::table(paint, &["NODE", "DEVICE", "OPERATIONS", "STATE HASH"], &outcome.nodes.iter().map(row).collect::<Vec<_>>());
    let phases = outcome.phases.iter().map(|phase| format!("{} {:.1} s", phase.name, phase.seconds)).collect::<Vec<_>>().join(", ");
    let verdict = match (&outcome.state_hash, outcome.converged) {
        (Some(hash), true) => format!("{} {}", paint.green(format!("All {} nodes have the same state:", outcome.nodes.len())), paint.bold(hash)),
        _ => paint.red("The nodes do not have the same state."),
    };
    let law = match &outcome.law {
        Some(hash) => format!(
            "{} {}",
            paint.green(format!("All have the same law after {} issues of the Gazette, and so has a recount:", outcome.issues)),
            paint.bold(hash)
        ),
        None => paint.red("The nodes do not have the same law."),
    };
    format!(
        "\n{table}\n{} operations were written: {}.\n{:.1} s in all: {phases}.\n\n{verdict}\n{law}\n{}",
        outcome.operations,
        outcome.tally.listed(),
        outcome.seconds,
        kept.map_or_else(String::new, |folder| look_around(paint, outcome, folder)),
    )
}

/// What can be done with the folders that were kept.
fn look_around(paint: Paint, outcome: &Outcome, folder: &Path) -> String {
    let Some(first) = outcome.nodes.first() else { return String::new() };
    let (cluster, node) = (quoted(folder), quoted(&folder.join(&first.name)));
    let commands = [
        ("read", format!("folkmoot --data {node} feed")),
        ("a thread", format!("folkmoot --data {node} thread ID")),
        ("the page", format!("folkmoot --data {node} page show house-rules")),
        ("the bills", format!("folkmoot --data {node} bill list")),
        ("check a disk", format!("folkmoot --data {node} verify")),
        ("start them again", format!("folkmoot cluster up --dir {cluster}")),
        ("how they stand", format!("folkmoot cluster status --dir {cluster}")),
    ];
    let lines: String = commands.iter().map(|(what, command)| format!("  {what:<17} {}\n", paint.cyan(command))).collect();
    format!("\nThe folders stay in {}. Look around:\n{lines}", folder.display())
}

/// Resolves when this program is told to end, or its terminal goes: then it takes its nodes with it.
pub(super) fn interrupted() -> Result<impl Future<Output = ()>, Failure> {
    let catch = |kind| signal(kind).map_err(|error| Failure::new("signal", format!("signals cannot be caught: {error}"), "try again"));
    let (mut interrupt, mut terminate, mut hang_up) = (catch(SignalKind::interrupt())?, catch(SignalKind::terminate())?, catch(SignalKind::hangup())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    })
}

/// A path as a shell takes it.
pub(super) fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = !path.is_empty() && path.chars().all(|c| c.is_alphanumeric() || "/._-+,:@".contains(c));
    if plain { path } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_blanks_is_quoted() {
        assert_eq!(quoted(Path::new("/tmp/a-b")), "/tmp/a-b");
        assert_eq!(quoted(Path::new("it's here")), r"'it'\''s here'");
    }
}
