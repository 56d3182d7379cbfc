//! `treasury`: the co-op's money, as the law has it and as banks say it.

mod file;
mod import;
mod overview;
mod read;

pub(super) use file::statements_of;

use super::{complete, context::Context};
use crate::api::Failure;
use folkmoot_protocol::money::Currency;

const EXAMPLES: &str = "Examples:
  folkmoot treasury
  folkmoot treasury reference Bob
  folkmoot treasury read november.xml
  folkmoot treasury import november.xml --dry-run";

/// Shows budgets and payments; reads bank statements, and records dues from them
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Shows what somebody writes on payments to the co-op, so that they are known to be theirs
    #[command(after_help = "Examples:\n  folkmoot treasury reference\n  folkmoot treasury reference Bob")]
    Reference {
        /// Whose [default: your own]
        #[arg(value_name = "MEMBER", add = complete::persons())]
        member: Option<String>,
    },
    /// Shows what a bank's statement says: payments, their references, what comes twice, what is odd
    #[command(after_help = read::EXAMPLES)]
    Read(read::Args),
    /// Records the dues in a bank's statement; the treasurer does that
    #[command(after_help = import::EXAMPLES)]
    Import(import::Args),
}

pub(super) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    match args.what {
        None => overview::show(context),
        Some(What::Reference { member }) => overview::reference(member.as_deref(), context),
        Some(What::Read(args)) => read::run(&args, context),
        Some(What::Import(args)) => import::run(args, context).await,
    }
}

/// An amount as people write it: `4.99 EUR`.
pub(super) fn money(currency: Currency, minor: i128) -> String {
    format!("{} {currency}", currency.written(minor))
}
