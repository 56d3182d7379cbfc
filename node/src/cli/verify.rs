//! `verify`: checks everything on disk again.

use super::{context::Context, format, output::Paint};
use crate::{
    api::Failure,
    store::{SpaceHash, VerifyReport},
};
use std::cell::Cell;

const EXAMPLES: &str = "Examples:
  folkmoot verify
  folkmoot verify --rebuild
  folkmoot verify --json | jq -r .state_hash";

/// Checks every signature, hash and chain on disk; two nodes that hold the same have the same state hash.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Throw away what is derived and derive it anew; no node may be running
    #[arg(long)]
    rebuild: bool,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), Failure> {
    let report = if args.rebuild { rebuild(context)? } else { check(context)? };
    context.out.answer(&report, |paint| say(paint, &report))?;
    match report.faults.len() {
        0 => Ok(()),
        faults => Err(Failure::new(
            "faults",
            format!("{} found", format::count(faults as u64, "fault")),
            "run `folkmoot doctor --repair`: it saves what is sound and fetches the rest from peers",
        )),
    }
}

fn check(context: &Context) -> Result<VerifyReport, Failure> {
    let progress = context.out.progress("Checking");
    Ok(context.reader()?.view().verify(&|done, total| progress.show(done, total))?)
}

fn rebuild(context: &Context) -> Result<VerifyReport, Failure> {
    let config = context.unlocked()?;
    let unlocking = Cell::new(context.unlocking(&config));
    let progress = context.out.progress("Deriving anew, and checking");
    crate::rebuild(&config, &|done, total| {
        drop(unlocking.take());
        progress.show(done, total);
    })
}

fn say(paint: Paint, report: &VerifyReport) -> String {
    let row = |space: &SpaceHash| vec![format::line(&space.name), space.id.short(), space.operations.to_string(), space.state_hash.clone()];
    let spaces = format::table(paint, &["SPACE", "ID", "OPERATIONS", "STATE HASH"], &report.spaces.iter().map(row).collect::<Vec<_>>());
    let faults = report.faults.iter().map(|fault| {
        let which = fault.op.map_or_else(String::new, |op| format!("{}  ", op.short()));
        format!("{} {which}{}\n", paint.red("fault"), format::line(&fault.what))
    });
    let verdict = if report.faults.is_empty() { paint.green("All is sound.") } else { paint.red("Not all is sound.") };
    format!(
        "{spaces}\n{}state hash {}\nlaw        {} ({})\n{}  {verdict}\n",
        faults.collect::<String>(),
        paint.bold(&report.state_hash),
        report.law,
        format::count(report.issues, "issue"),
        format::count(report.operations, "operation")
    )
}
