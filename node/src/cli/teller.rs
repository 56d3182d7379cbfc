//! `teller`: the node of somebody who prints the Gazette.

use super::{context::Context, run};
use crate::api::Failure;

const EXAMPLES: &str = "Examples:
  folkmoot teller run
  folkmoot teller run --listen 0.0.0.0:4711";

/// Runs the node of a teller: it gives receipts, and prints what is due with the other tellers.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Runs the node, as `run` does, and says at once if this device is no teller's
    #[command(after_help = EXAMPLES)]
    Run(run::Args),
}

pub(super) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let Command::Run(args) = args.command;
    let reader = context.reader()?;
    let (law, device) = (reader.view().law()?, context.viewer(reader.view())?.device);
    if !law.is_some_and(|law| law.tellers().contains(&device)) {
        let hint = "`folkmoot offices` shows the tellers; a bill appoints them, or opens an election, and `folkmoot run` runs any node";
        return Err(Failure::new("may-not", "this device is no teller's, as printed", hint));
    }
    drop(reader);
    run::run(args, context).await
}
