//! `audit`: recounts a co-op's law from one file.

use super::{context::Context, format, output::Paint};
use crate::{
    api::Failure,
    audit::{self, Audit, AuditedBill, AuditedElection, AuditedPriorities, AuditedRecall},
};
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  folkmoot export law.folkmoot --coop        (by a member)
  folkmoot audit law.folkmoot                (by anybody)";

/// Recounts a co-op's whole law from one file, offline; you need not be a member.
///
/// Every signature, every issue and every vote is checked from the founding on. The hash at the end is the one that
/// `folkmoot verify` says of the law: whoever gets another one holds other facts. That issues were cut off the end of a file, the
/// file cannot show: compare the last issue with the co-op's, which `folkmoot gazette` lists.
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
    let facts = [
        format!("{} of the hall", format::count(audit.operations, "operation")),
        format::count(audit.issues, "issue"),
        format::count(audit.bills.len() as u64, "bill"),
        format::count(audit.elections.len() as u64, "election"),
    ];
    let mut text = format!("{} ({})\n{}\n{}", paint.bold(format::line(&audit.name)), audit.coop.short(), format::dotted(&facts), end(audit));
    for bill in &audit.bills {
        text += &entry(paint, bill);
    }
    for election in &audit.elections {
        text += &elected(paint, election);
    }
    for recall in &audit.recalls {
        text += &recalled(paint, recall);
    }
    for vote in &audit.priorities {
        text += &shared(paint, vote);
    }
    let verdict = match audit.last_issue {
        Some(_) => paint.green("All of it follows from what was signed."),
        None => paint.yellow("What it holds is well signed, and by no issue does any of it count: if the co-op has printed any, they were cut off."),
    };
    text + &format!("\nlaw {}\n{verdict}\n", paint.bold(&audit.law))
}

/// Where the file ends.
fn end(audit: &Audit) -> String {
    let last = match &audit.last_issue {
        None => "It holds no issue of the Gazette.".to_owned(),
        Some(last) => format!(
            "Its last issue is number {}, of {} ({}). If issues were cut off behind it, nothing here shows that: compare it with the co-op's.",
            last.height,
            format::date_and_time(last.time),
            last.id
        ),
    };
    format!("{last}\n{} printed by no issue in it.\n", format::count(audit.unprinted, "operation") + if audit.unprinted == 1 { " is" } else { " are" })
}

fn entry(paint: Paint, bill: &AuditedBill) -> String {
    let bodies = [format!("consumers ({} could vote)", bill.consumers), format!("workers ({} could vote)", bill.workers), "consumers alone".to_owned()];
    let lines = bodies.iter().zip(&bill.why).map(|(body, why)| format!("  {body}: {}\n", format::line(why)));
    let heading = format!("{} {} ({})", bill.id.short(), paint.bold(format::line(&bill.title)), bill.status);
    let deadline = format!("the vote ends, or ended, with the first issue from {}", format::date_and_time(bill.deadline));
    format!("\n{heading}\n  {deadline}\n{}", lines.collect::<String>())
}

fn shared(paint: Paint, vote: &AuditedPriorities) -> String {
    let state = if vote.closed { "closed" } else { "voting" };
    let funded = if vote.funded.is_empty() { "nothing is funded".into() } else { format::line(&vote.funded.join(", ")) };
    let heading = format!("Priorities: {}, {}", format::line(&vote.name), vote.budget);
    format!("\n{} {} ({state})\n  {funded}\n  {}\n", vote.id.short(), paint.bold(heading), vote.count)
}

fn recalled(paint: Paint, recall: &AuditedRecall) -> String {
    let heading = format!("Recall of {} as moderator of {}", format::line(&recall.person.1), format::line(&recall.community));
    let state = match (recall.closed, recall.recalled) {
        (false, _) => "voting",
        (true, true) => "recalled",
        (true, false) => "stays",
    };
    format!("\n{} {} ({state})\n  {} could vote: {}\n", recall.id.short(), paint.bold(heading), format::count(recall.voters, "participant"), recall.count)
}

fn elected(paint: Paint, election: &AuditedElection) -> String {
    let name = |id| election.candidates.iter().find(|(candidate, _)| *candidate == id).map_or_else(|| id.short(), |(_, name)| format::line(name));
    let elected = match election.elected.as_deref() {
        None => "goes on".to_owned(),
        Some([]) => "nobody was elected".into(),
        Some(elected) => elected.iter().map(|id| name(*id)).collect::<Vec<_>>().join(", "),
    };
    let office = election.community.as_ref().map_or_else(|| election.office.clone(), |name| format!("moderator of {}", format::line(name)));
    let heading = format!("Election: {office}, {}", format::count(election.seats, "seat"));
    let count = if election.count.is_empty() { String::new() } else { format!("  {}\n", election.count) };
    let who = if election.among_participants { format!("  {} could vote\n", format::count(election.voters, "participant")) } else { String::new() };
    format!("\n{} {} ({})\n  {elected}\n{who}{count}", election.id.short(), paint.bold(heading), election.phase)
}
