//! `gazette`: what was printed, and when.

mod done;
mod tellers;
mod words;

pub(super) use tellers::signers;
pub(super) use words::Words;

use super::{context::Context, format, output::Paint};
use crate::{
    api::{Failure, Request},
    store::{StoreError, query::Found},
};
use data_encoding::HEXLOWER;
use done::Done;
use folkmoot_protocol::{
    id::*,
    law::Issue,
    view::{CommunityRef, PersonView},
};
use serde::Serialize;

/// How many issues are listed.
const LISTED: u64 = 20;

/// Shows what the Gazette printed: the newest issues, or one of them with what it did in law
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  folkmoot gazette\n  folkmoot gazette 12\n  folkmoot gazette --print")]
pub(super) struct Args {
    /// The issue's number, or its id
    #[arg(value_name = "ISSUE")]
    issue: Option<String>,
    /// Print what waits now instead of in a moment; the only teller can do that
    #[arg(long, conflicts_with = "issue")]
    print: bool,
}

#[derive(Serialize)]
struct IssueRow {
    height: u64,
    id: IssueId,
    time: u64,
    operations: u64,
    more: bool,
    register: String,
    tellers: Vec<DeviceId>,
}

#[derive(Serialize)]
struct Issues {
    height: u64,
    issues: Vec<IssueRow>,
    waiting: usize,
    /// Why nothing more is printed, if so.
    stopped: Option<String>,
}

#[derive(Serialize)]
struct OperationRow {
    op: OpId,
    by: PersonView,
    what: String,
    no_effect: Option<String>,
}

#[derive(Serialize)]
struct OneIssue {
    #[serde(flatten)]
    issue: IssueRow,
    /// The tellers who certified it.
    signed_by: Vec<PersonView>,
    /// Whether the members chose these without the tellers before.
    chosen_by_members: bool,
    /// Whether it is the first by other tellers than before: no issue before it can be put in question any more.
    seals: bool,
    printed: Vec<OperationRow>,
    /// What it did in law.
    did: Vec<Done>,
    /// How far the tellers held the chains of those whom it silences or lets speak again.
    cuts: Vec<CutRow>,
}

#[derive(Serialize)]
struct CutRow {
    person: PersonView,
    community: CommunityRef,
    device: DeviceId,
    seq: u64,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    if args.print {
        context.call(Request::Print).await?;
    }
    match args.issue {
        Some(typed) => one(&typed, context),
        None => list(context),
    }
}

fn list(context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let (view, law) = (reader.view(), context.law(reader.view())?);
    let from = (law.height() + 1).saturating_sub(LISTED).max(1);
    let rows: Result<Vec<IssueRow>, Failure> = view.issues_from(from, LISTED as usize)?.iter().map(issue_row).map(|row| row.map(|(row, _)| row)).collect();
    let waiting = view.unprinted(&law)?.iter().filter(|held| crate::store::wants_printing(held)).count();
    let stopped = view.two_issues()?.map(|two| two.banner());
    let issues = Issues { height: law.height(), issues: rows?, waiting, stopped };
    context.out.answer(&issues, |paint| {
        let lasts = law.charter().voting_period_ms;
        let row = |row: &IssueRow| vec![row.height.to_string(), format::moment(row.time, lasts), row.operations.to_string(), row.id.short()];
        let table = match issues.issues.as_slice() {
            [] => "Nothing is printed yet: the teller's node prints when something waits.\n".into(),
            rows => format::table(paint, &["ISSUE", "TIME", "PRINTS", "ID"], &rows.iter().map(row).collect::<Vec<_>>()),
        };
        let banner = issues.stopped.as_deref().map(|why| paint.red(format!("Stopped: {}.\n", format::line(why)))).unwrap_or_default();
        banner + &table + &format!("{} to be printed.\n", format::count(waiting as u64, "operation") + if waiting == 1 { " waits" } else { " wait" })
    })
}

fn issue_row(kept: &crate::store::KeptIssue) -> Result<(IssueRow, Issue), Failure> {
    let (id, issue) = kept.signed.read().map_err(|error| Failure::new("damaged", error, "`folkmoot doctor` looks into the store"))?;
    let row = IssueRow {
        height: issue.height,
        id,
        time: issue.time,
        operations: issue.operations(),
        more: issue.more,
        register: HEXLOWER.encode(&issue.register),
        tellers: kept.signed.certificate.signatures.iter().map(|(device, _)| *device).collect(),
    };
    Ok((row, issue))
}

fn one(typed: &str, context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let view = reader.view();
    let unknown = || Failure::new("not-found", format!("there is no issue {} here", format::line(typed)), "`folkmoot gazette` lists the newest");
    let of_id = || if let Ok(Found::One(height)) = view.find_issue(typed) { Some(height) } else { None };
    let of_number = typed.parse().ok().filter(|height| *height > 0);
    let height = of_number.or_else(of_id).ok_or_else(unknown)?;
    let kept = view.issues_from(height, 1)?.pop().ok_or_else(unknown)?;
    let (row, issue) = issue_row(&kept)?;
    if row.height != height {
        return Err(unknown());
    }
    let book = context.law_book(view)?;
    let words = Words::new(view, &book, context)?;
    let mut printed = Vec::new();
    for operation in view.printed_operations(&issue.includes)? {
        let by = book.author(operation.credential, operation.device).unwrap_or(PersonId::ZERO);
        let no_effect = view.printing_of(operation.op)?.and_then(|printing| printing.reason);
        printed.push(OperationRow { op: operation.op, by: view.person_or_id(by)?, what: words.what(&operation)?, no_effect });
    }
    let cuts = issue.cuts.iter().flat_map(|cut| cut.ends().map(|end| (cut.person, end)));
    let cuts = cuts.map(|(person, (space, end))| {
        Ok(CutRow { person: view.person_or_id(person)?, community: view.community_named(space)?, device: end.device, seq: end.seq })
    });
    let one = OneIssue {
        signed_by: tellers::signers(&words, &row.tellers)?,
        chosen_by_members: issue.recovery.is_some(),
        seals: tellers::seals(&words, &kept, &issue)?,
        did: done::done_in(&words, &issue)?,
        issue: row,
        printed,
        cuts: cuts.collect::<Result<_, StoreError>>()?,
    };
    let lasts = book.printed.charter().voting_period_ms;
    context.out.answer(&one, |paint| page(paint, &one, lasts))
}

/// `lasts_ms`: how long votes do.
fn page(paint: Paint, one: &OneIssue, lasts_ms: u64) -> String {
    let issue = &one.issue;
    let facts = [format::moment(issue.time, lasts_ms), format::count(issue.operations, "operation"), format!("register {}", &issue.register[..8])];
    let heading = format!("{} ({})\n{}\n", paint.bold(format!("Issue {}", issue.height)), issue.id.short(), format::dotted(&facts));
    let row = |row: &OperationRow| {
        let no_effect = row.no_effect.as_deref().map(|reason| paint.yellow(format!("no effect: {}", format::line(reason)))).unwrap_or_default();
        vec![row.op.short(), format::person(&row.by), format::line(&row.what), no_effect]
    };
    let printed = match (one.printed.as_slice(), one.did.as_slice()) {
        ([], []) => "It prints nothing but the time.\n".into(),
        ([], _) => String::new(),
        (rows, _) => format::table(paint, &["OPERATION", "BY", "DID", ""], &rows.iter().map(row).collect::<Vec<_>>()),
    };
    let did = match one.did.as_slice() {
        [] => String::new(),
        did => format!("\n{}\n{}", paint.bold("What it did in law"), done::list(paint, did)),
    };
    heading + &signed(paint, one) + &printed + &did + &cuts(paint, &one.cuts)
}

/// Who certified it.
fn signed(paint: Paint, one: &OneIssue) -> String {
    let names = one.signed_by.iter().map(format::person).collect::<Vec<_>>().join(", ");
    let chosen = if one.chosen_by_members { ", whom the members chose without the tellers before" } else { "" };
    let seal = if one.seals { paint.green("It is the first by other tellers than before: it seals all issues before it.\n") } else { String::new() };
    format!("signed by {names}{chosen}\n{seal}")
}

fn cuts(paint: Paint, cuts: &[CutRow]) -> String {
    let row = |row: &CutRow| vec![format::person(&row.person), format::community(&row.community), row.device.short(), row.seq.to_string()];
    match cuts {
        [] => String::new(),
        rows => format!(
            "\nBefore it the tellers held, of those whom it silences or lets speak again:\n{}",
            format::table(paint, &["WHO", "COMMUNITY", "DEVICE", "OPERATIONS"], &rows.iter().map(row).collect::<Vec<_>>())
        ),
    }
}
