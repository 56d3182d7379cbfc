//! `gazette`: what was printed, and when.

use super::{context::Context, format, output::Paint};
use crate::{
    api::{Failure, Request},
    store::{StoreError, View, query::priorities::approved},
};
use data_encoding::HEXLOWER;
use folkmoot_protocol::{
    act::{Act, LawAct, law::Moderation},
    document::{DocumentKind, Edit, Key, Value},
    id::*,
    law::{Demand, Issue, PrintedOp},
    op::Content,
    view::{CommunityRef, PersonView},
};
use serde::Serialize;

/// How many issues are listed.
const LISTED: u64 = 20;

/// Shows what the Gazette printed: the newest issues, or one of them
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  folkmoot gazette\n  folkmoot gazette 12\n  folkmoot gazette --print")]
pub(super) struct Args {
    /// The issue's number
    #[arg(value_name = "HEIGHT")]
    height: Option<u64>,
    /// Print what waits now instead of in a moment; the only teller can do that
    #[arg(long, conflicts_with = "height")]
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
    printed: Vec<OperationRow>,
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
    match args.height {
        Some(height) => one(height, context),
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
        let row = |row: &IssueRow| vec![row.height.to_string(), format::date_and_time(row.time), row.operations.to_string(), row.id.short()];
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

fn one(height: u64, context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let view = reader.view();
    let kept = view.issues_from(height.max(1), 1)?.pop();
    let unknown = || Failure::new("not-found", format!("there is no issue {height} here"), "`folkmoot gazette` lists the newest");
    let (row, issue) = issue_row(&kept.ok_or_else(unknown)?)?;
    if row.height != height {
        return Err(unknown());
    }
    let register = view.register()?;
    let mut printed = Vec::new();
    for operation in view.printed_operations(&issue.includes)? {
        let by = register.author(operation.credential, operation.device).unwrap_or(PersonId::ZERO);
        let no_effect = view.printing_of(operation.op)?.and_then(|printing| printing.reason);
        printed.push(OperationRow { op: operation.op, by: view.person_or_id(by)?, what: what(view, &operation)?, no_effect });
    }
    let cuts = issue.cuts.iter().flat_map(|cut| cut.ends().map(|end| (cut.person, end)));
    let cuts = cuts.map(|(person, (space, end))| {
        Ok(CutRow { person: view.person_or_id(person)?, community: view.community_named(space)?, device: end.device, seq: end.seq })
    });
    let one = OneIssue { issue: row, printed, cuts: cuts.collect::<Result<_, StoreError>>()? };
    context.out.answer(&one, |paint| page(paint, &one))
}

fn page(paint: Paint, one: &OneIssue) -> String {
    let issue = &one.issue;
    let facts = [format::date_and_time(issue.time), format::count(issue.operations, "operation"), format!("register {}", &issue.register[..8])];
    let heading = format!("{} ({})\n{}\n", paint.bold(format!("Issue {}", issue.height)), issue.id.short(), format::dotted(&facts));
    let row = |row: &OperationRow| {
        let no_effect = row.no_effect.as_deref().map(|reason| paint.yellow(format!("no effect: {}", format::line(reason)))).unwrap_or_default();
        vec![row.op.short(), format::person(&row.by), format::line(&row.what), no_effect]
    };
    let printed = match one.printed.as_slice() {
        [] => "It prints nothing but the time.\n".into(),
        rows => format::table(paint, &["OPERATION", "BY", "DID", ""], &rows.iter().map(row).collect::<Vec<_>>()),
    };
    heading + &printed + &cuts(paint, &one.cuts)
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

/// Whom a ballot in an election names, or which features one on priorities.
fn voted_for(view: View<'_>, edit: &Edit, name: impl Fn(PersonId) -> Result<String, StoreError>) -> Result<String, Failure> {
    let Some(said @ Value::Ranking(ranking)) = edit.value(Key::Ranking) else { return Ok("voted".into()) };
    if let Some(Value::Operation(vote)) = edit.value(Key::Bill)
        && let Some(row) = view.priorities_row(*vote)?
    {
        return Ok(format!("voted for {}", approved(*vote, &row, said).unwrap_or_default()));
    }
    let names = ranking.iter().map(|person| name(*person)).collect::<Result<Vec<_>, _>>()?;
    Ok(if names.is_empty() { "voted for nobody".into() } else { format!("voted for {}", names.join(", ")) })
}

/// What an operation did, in words.
pub(super) fn what(view: View<'_>, operation: &PrintedOp) -> Result<String, Failure> {
    let name = |person: PersonId| view.person_or_id(person).map(|person| format::person(&person));
    let place = |space: SpaceId| view.community_named(space).map(|community| format::community(&community));
    Ok(match &operation.content {
        Err(error) => format!("nothing: {error}"),
        Ok(Content::Edit(edit)) if edit.kind == DocumentKind::Ballot => match edit.value(Key::Choice) {
            Some(Value::Text(choice)) => format!("voted {choice}"),
            _ => voted_for(view, edit, name)?,
        },
        Ok(Content::Edit(edit)) => format!("wrote in a {}", edit.kind),
        Ok(Content::Act(act)) => match act {
            Act::Found(found) => format!("founded {}", found.name),
            Act::Admit(admit) => format!("let {} in", admit.joining.name),
            Act::GrantDevice(grant) => format!("tied the device {}", grant.pairing.name),
            Act::RevokeDevice(revoke) => format!("closed the device {}", revoke.device.short()),
            Act::OpenSpace(open) => format!("opened the community {}", open.name),
            Act::React(_) | Act::Erase(_) => "did what belongs into a community".into(),
            Act::Law(act) => match act {
                LawAct::Dues(dues) => format!("recorded {} of dues by {}", dues.amount, name(dues.member)?),
                LawAct::Attest { dues } => format!("confirmed receipt {}", dues.short()),
                LawAct::Accept { offer } => format!("accepted {}", offer.short()),
                LawAct::Cosponsor { document, .. } => format!("supports bill {}", document.short()),
                LawAct::Open(proposal) if proposal.confirms.is_some() => {
                    format!("put bill {} to a confirming vote: {}", proposal.document.short(), proposal.title)
                }
                LawAct::Open(proposal) => format!("put bill {} to the vote: {}", proposal.document.short(), proposal.title),
                LawAct::Withdraw { bill } => format!("took back the bill opened by {}", bill.short()),
                LawAct::Recover(recover) => {
                    format!("chose {} to print after issue {}", format::count(recover.tellers.len() as u64, "teller"), recover.last_good.short())
                }
                LawAct::Challenge(challenge) => format!("challenged {}: {}", name(challenge.member)?, challenge.reason),
                LawAct::Decide(decision) => {
                    let word = if decision.upheld { "upheld" } else { "dismissed" };
                    format!("{word} challenge {}: {}", decision.challenge.short(), decision.reason)
                }
                LawAct::Evidence(evidence) => format!("showed that somebody's device {}", evidence.what()),
                LawAct::Reconcile(says) => {
                    let receipts = format::count(says.receipts, "receipt");
                    format!("reconciled {receipts} of {} with {} at the bank, {} without counterpart", says.sum, says.bank, says.unmatched)
                }
                LawAct::Moderate(Moderation { document, measure, rule, reason, .. }) => {
                    let rule = if *rule == 0 { String::new() } else { format!("rule {rule}, ") };
                    format!("{} {}: {rule}{reason}", measure.past(), document.short())
                }
                LawAct::Ban(ban) => {
                    format!("banned {} from {} {}: rule {}, {}", name(ban.person)?, place(ban.space)?, format::until(ban.until_ms), ban.rule, ban.reason)
                }
                LawAct::Unban(unban) => format!("unbanned {} from {}: {}", name(unban.person)?, place(unban.space)?, unban.reason),
                LawAct::Report(report) => format!("reported {}: {}", report.document.short(), report.reason),
                LawAct::TakePart { space, on: true } => format!("takes part in {}", place(*space)?),
                LawAct::TakePart { space, on: false } => format!("takes part in {} no more", place(*space)?),
                LawAct::Petition { space, demand } => {
                    let asked = match demand {
                        None => "no petition any more".to_owned(),
                        Some(Demand::Elect { seats }) => format!("the petition for an election of {}", format::count(*seats, "moderator")),
                        Some(Demand::Recall { person }) => format!("the petition for a vote on the recall of {}", name(*person)?),
                    };
                    format!("signs {asked} in {}", place(*space)?)
                }
                LawAct::Stand { election } => format!("stands in election {}", election.short()),
                LawAct::StandDown { election } => format!("stands no more in election {}", election.short()),
                LawAct::Pledge { to, amount } => format!("pledges {amount} to the bill or feature {}", to.short()),
                LawAct::WithdrawPledge { to } => format!("pledges nothing any more to the bill or feature {}", to.short()),
                LawAct::Receipt(receipt) => format!("gave receipts for {}", format::count(receipt.held.len() as u64, "chain")),
            },
        },
    })
}
