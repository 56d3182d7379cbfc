//! `audit`: recounts a co-op's law from one file.

use super::{context::Context, format, output::Paint};
use crate::{
    api::Failure,
    audit::{self, Audit, AuditedBill},
};
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  folkmoot export law.folkmoot --coop        (by a member)
  folkmoot audit law.folkmoot                (by anybody)";

/// Recounts a co-op's whole law from one file, offline; you need not be a member.
///
/// Every signature, every issue and every vote is checked from the founding on. The hash at the end is the one that
/// `folkmoot verify` says of the law: whoever gets another one holds other facts.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// A file that `folkmoot export --coop` wrote
    #[arg(value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), Failure> {
    let progress = context.out.waiting("Recounting");
    let audit = audit::audit(&args.file);
    drop(progress);
    let audit = audit?;
    context.out.answer(&audit, |paint| page(paint, &audit))
}

fn page(paint: Paint, audit: &Audit) -> String {
    let facts =
        [format::count(audit.operations, "operation of the hall"), format::count(audit.issues, "issue"), format::count(audit.bills.len() as u64, "bill")];
    let mut text = format!("{} ({})\n{}\n", paint.bold(format::line(&audit.name)), audit.coop.short(), format::dotted(&facts));
    for bill in &audit.bills {
        text += &entry(paint, bill);
    }
    text + &format!("\nlaw {}\n{}\n", paint.bold(&audit.state_hash), paint.green("All of it follows from what was signed."))
}

fn entry(paint: Paint, bill: &AuditedBill) -> String {
    let lines = ["consumers", "workers", "consumers alone"].iter().zip(&bill.why).map(|(name, why)| format!("  {name}: {}\n", format::line(why)));
    format!("\n{} {} ({})\n{}", bill.id.short(), paint.bold(format::line(&bill.title)), bill.status, lines.collect::<String>())
}
