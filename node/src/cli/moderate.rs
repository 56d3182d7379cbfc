//! `moderate`, `report`, `reports`, `modlog`, `appeal`: what moderators do, and what members say to it.

use super::{ban, complete, context::Context, format, output::Paint, resolve, rules};
use crate::{
    api::{Draft, Failure, LawDraft},
    store::View,
};
use folkmoot_protocol::{
    act::law::Measure,
    id::*,
    law::{Moderated, value::duration_in_words},
    limits,
    view::{ModerationView, ReportView},
};
use serde::Serialize;

const MODERATE_EXAMPLES: &str = "Examples:
  folkmoot moderate remove 2c4f9a10 --rule 2 --reason 'Advertises a mill.'
  folkmoot moderate restore 2c4f9a10 --reason 'It was a joke.'
  folkmoot moderate lock 2c4f9a10 --rule 1 --reason 'Nothing new is said.'
  folkmoot moderate pin 2c4f9a10 --reason 'Read this first.'
  folkmoot moderate dismiss 2c4f9a10
  folkmoot moderate ban Eve --community bread --rule 2 --reason 'Advertises again and again.' --days 7
  folkmoot moderate unban Eve --community bread --reason 'She has understood.'";

const APPEAL_EXAMPLES: &str = "Examples:
  folkmoot appeal 2c4f9a10 --reason 'The rule speaks of mills, and this is a bakery.'
  folkmoot bill open 3f9c01d2                (the bill that it drafts)";

/// What a dismissal says where nothing else is said.
const DISMISSED: &str = "Nothing is to be done about it.";

/// Removes, locks or pins something in a community that you moderate, bans somebody from it, or takes that back.
#[derive(Debug, clap::Args)]
#[command(after_help = MODERATE_EXAMPLES)]
pub(super) struct ModerateArgs {
    #[command(subcommand)]
    command: Moderate,
}

#[derive(Debug, clap::Subcommand)]
enum Moderate {
    /// Hides it, and has its text leave every disk when the time of grace is over
    #[command(after_help = "Examples:\n  folkmoot moderate remove 2c4f9a10 --rule 2 --reason 'Advertises a mill.'")]
    Remove(Taking),
    /// Takes a removal back
    #[command(after_help = "Examples:\n  folkmoot moderate restore 2c4f9a10 --reason 'It was a joke.'")]
    Restore(Other),
    /// Ends the comments under a post
    #[command(after_help = "Examples:\n  folkmoot moderate lock 2c4f9a10 --rule 1 --reason 'Nothing new is said.'")]
    Lock(Taking),
    /// Lets them go on
    #[command(after_help = "Examples:\n  folkmoot moderate unlock 2c4f9a10 --reason 'There is news.'")]
    Unlock(Other),
    /// Puts a post first in its community's feed
    #[command(after_help = "Examples:\n  folkmoot moderate pin 2c4f9a10 --reason 'Read this first.'")]
    Pin(Other),
    /// Takes that back
    #[command(after_help = "Examples:\n  folkmoot moderate unpin 2c4f9a10 --reason 'That is over.'")]
    Unpin(Other),
    /// Closes the reports on it, and leaves it as it is
    #[command(after_help = "Examples:\n  folkmoot moderate dismiss 2c4f9a10")]
    Dismiss(Dismissal),
    /// Keeps somebody from writing in a community
    Ban(ban::BanArgs),
    /// Takes a ban back
    Unban(ban::UnbanArgs),
}

/// The number of a community's rule.
pub(super) fn rule_number(text: &str) -> Result<u32, String> {
    text.parse().ok().filter(|rule| (1..=limits::RULES).contains(rule)).ok_or_else(|| format!("rules are numbered from 1 to {}", limits::RULES))
}

#[derive(Debug, clap::Args)]
struct Taking {
    /// The post, comment or page
    #[arg(add = complete::documents())]
    id: String,
    /// The community's rule that you act by, from 1
    #[arg(long, value_name = "N", value_parser = rule_number)]
    rule: u32,
    /// Why, for everybody to read
    #[arg(long, value_name = "REASON", allow_hyphen_values = true)]
    reason: String,
}

#[derive(Debug, clap::Args)]
struct Other {
    /// The post, comment or page
    #[arg(add = complete::documents())]
    id: String,
    /// The community's rule that you act by, from 1
    #[arg(long, value_name = "N", value_parser = rule_number)]
    rule: Option<u32>,
    /// Why, for everybody to read
    #[arg(long, value_name = "REASON", allow_hyphen_values = true)]
    reason: String,
}

#[derive(Debug, clap::Args)]
struct Dismissal {
    /// The post, comment or page
    #[arg(add = complete::documents())]
    id: String,
    /// The community's rule that you act by, from 1
    #[arg(long, value_name = "N", value_parser = rule_number)]
    rule: Option<u32>,
    /// Why, for everybody to read
    #[arg(long, value_name = "REASON", default_value = DISMISSED, allow_hyphen_values = true)]
    reason: String,
}

/// Reports something to the moderators of its community. Everybody can read that you did, and why.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  folkmoot report 2c4f9a10 --reason 'Advertises a mill.'")]
pub(super) struct ReportArgs {
    /// The post, comment or page
    #[arg(add = complete::documents())]
    id: String,
    /// What is wrong with it
    #[arg(long, value_name = "REASON", allow_hyphen_values = true)]
    reason: String,
}

/// Lists reports that no moderator has dealt with yet, the oldest first.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  folkmoot reports\n  folkmoot reports bread")]
pub(super) struct ReportsArgs {
    /// Of this community; without it, of all
    #[arg(add = complete::communities())]
    community: Option<String>,
}

/// Shows what moderators did, the newest first: who, what, by which rule, why, and whether it has effect.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  folkmoot modlog\n  folkmoot modlog bread --limit 100\n  folkmoot modlog --bans")]
pub(super) struct ModlogArgs {
    /// Of this community; without it, of all
    #[arg(add = complete::communities())]
    community: Option<String>,
    /// How many, 1 to 1000
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=1000))]
    limit: u64,
    /// Only who is banned now, from where and until when
    #[arg(long)]
    bans: bool,
}

/// Drafts a bill that brings back what a moderator removed.
#[derive(Debug, clap::Args)]
#[command(after_help = APPEAL_EXAMPLES)]
pub(super) struct AppealArgs {
    /// The post, comment or page
    id: String,
    /// Why it should come back; the bill's text
    #[arg(long, value_name = "REASON", allow_hyphen_values = true)]
    reason: String,
}

#[derive(Serialize)]
struct Reports {
    reports: Vec<ReportView>,
}

#[derive(Serialize)]
struct Modlog {
    log: Vec<ModerationView>,
}

/// Something that is removed.
fn find_removed(view: View<'_>, typed: &str) -> Result<(DocumentId, Moderated), Failure> {
    let not_removed = || Failure::new("not-removed", format!("nothing that '{typed}' may mean is removed"), "`folkmoot modlog` shows what moderators did");
    let ((document, _), row) = view.find_moderated(typed, |row| row.removed.is_some())?.ok_or_else(not_removed)?;
    Ok((document, row))
}

pub(super) async fn moderate(args: ModerateArgs, context: &Context) -> Result<(), Failure> {
    let (measure, id, rule, reason) = match args.command {
        Moderate::Remove(Taking { id, rule, reason }) => (Measure::Remove, id, rule, reason),
        Moderate::Lock(Taking { id, rule, reason }) => (Measure::Lock, id, rule, reason),
        Moderate::Restore(Other { id, rule, reason }) => (Measure::Restore, id, rule.unwrap_or(0), reason),
        Moderate::Unlock(Other { id, rule, reason }) => (Measure::Unlock, id, rule.unwrap_or(0), reason),
        Moderate::Pin(Other { id, rule, reason }) => (Measure::Pin, id, rule.unwrap_or(0), reason),
        Moderate::Unpin(Other { id, rule, reason }) => (Measure::Unpin, id, rule.unwrap_or(0), reason),
        Moderate::Dismiss(Dismissal { id, rule, reason }) => (Measure::Dismiss, id, rule.unwrap_or(0), reason),
        Moderate::Ban(args) => return ban::ban(args, context).await,
        Moderate::Unban(args) => return ban::unban(args, context).await,
    };
    let (document, grace_ms) = {
        let reader = context.reader()?;
        let (view, law) = (reader.view(), context.law(reader.view())?);
        let document = resolve::document_or_removed(view, &id, resolve::WRITTEN)?;
        if let Some((n, space)) = view.present_document(document)? {
            rules::check(view, space, rule)?;
            let removed = view.moderation_of(n)?.is_some_and(|row| row.removed.is_some());
            if removed && measure == Measure::Pin {
                return Err(Failure::new("removed", "what is removed does not stand in any feed", "restore it first: `folkmoot moderate restore`"));
            }
        }
        (document, law.charter().removal_grace_ms)
    };
    let draft = LawDraft::Moderate { document, measure, rule, reason };
    context.write(Draft::Law(draft), |_| said(measure, document, grace_ms)).await
}

/// How many nodes have heard of it is not known, so nothing is said of that.
fn said(measure: Measure, document: DocumentId, grace_ms: u64) -> String {
    let id = document.short();
    match measure {
        Measure::Remove => format!(
            "Removed {id}: hidden here, and on each other node as it hears of it. {} after the Gazette has printed that, its text leaves the disks.",
            duration_in_words(grace_ms)
        ),
        Measure::Restore => format!("Restored {id}."),
        Measure::Lock => format!("Locked {id}: whoever hears of it writes no more comments there."),
        Measure::Unlock => format!("Unlocked {id}."),
        Measure::Pin => format!("Pinned {id}: it stands first in its community's feed."),
        Measure::Unpin => format!("Unpinned {id}."),
        Measure::Dismiss => format!("Dismissed the reports on {id}."),
    }
}

pub(super) async fn report(args: ReportArgs, context: &Context) -> Result<(), Failure> {
    let document = resolve::document(context.reader()?.view(), &args.id, resolve::WRITTEN)?;
    let draft = LawDraft::Report { document, reason: args.reason };
    context.write(Draft::Law(draft), |_| format!("Reported {}: `folkmoot reports` lists it until a moderator has dealt with it.", document.short())).await
}

pub(super) fn reports(args: &ReportsArgs, context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let view = reader.view();
    let community = resolve::some_community(view, args.community.as_deref())?;
    let reports = Reports { reports: view.open_reports(&context.law_book(view)?.provisional, community)? };
    context.out.answer(&reports, |paint| match reports.reports.as_slice() {
        [] => "No report is open.\n".into(),
        rows => format::table(paint, &["ID", "COMMUNITY", "BY", "REASON"], &rows.iter().map(reported).collect::<Vec<_>>()),
    })
}

fn reported(report: &ReportView) -> Vec<String> {
    vec![report.document.short(), format::community(&report.community), format::person(&report.by), format::line(&report.reason)]
}

pub(super) fn modlog(args: &ModlogArgs, context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let view = reader.view();
    let community = resolve::some_community(view, args.community.as_deref())?;
    if args.bans {
        return ban::list(view, community, context);
    }
    let mut log = Modlog { log: view.modlog(community)? };
    log.log.truncate(args.limit as usize);
    context.out.answer(&log, |paint| match log.log.as_slice() {
        [] => "No moderator has done anything yet.\n".into(),
        rows => format::table(
            paint,
            &["PRINTED", "BY", "DID", "WHAT", "COMMUNITY", "RULE", "REASON", ""],
            &rows.iter().map(|row| logged(paint, row)).collect::<Vec<_>>(),
        ),
    })
}

fn logged(paint: Paint, entry: &ModerationView) -> Vec<String> {
    let state = match (&entry.no_effect, entry.stands) {
        (Some(reason), _) => paint.yellow(format!("no effect: {}", format::line(reason))),
        (None, Some(false)) => "taken back since".into(),
        (None, _) => String::new(),
    };
    vec![
        entry.printed_at.map_or_else(|| "not yet".into(), format::date_and_time),
        format::person(&entry.by),
        entry.measure.past().into(),
        about(entry),
        format::community(&entry.community),
        if entry.rule == 0 { String::new() } else { entry.rule.to_string() },
        format::line(&entry.reason),
        state,
    ]
}

/// What, or whom and until when.
fn about(entry: &ModerationView) -> String {
    let document = entry.document.map(|document| document.short());
    let until = entry.until.map(|until| format!(" {}", format::until(until))).unwrap_or_default();
    document.or_else(|| entry.person.as_ref().map(|person| format!("{}{until}", format::person(person)))).unwrap_or_default()
}

pub(super) async fn appeal(args: AppealArgs, context: &Context) -> Result<(), Failure> {
    let (document, row) = find_removed(context.reader()?.view(), &args.id)?;
    if row.dropped.is_some() {
        return Err(Failure::new(
            "gone",
            "what it said is dropped, and every node deletes it as it hears of that",
            "its author can write it anew, and moderators may then be asked about that",
        ));
    }
    let title = format!("Bring back {}", document.short());
    let draft = LawDraft::Bill { title, text: args.reason, effects: format!("reinstate {document}"), writers: vec![] };
    let until = format::date_and_time(row.kept_until);
    context
        .write(Draft::Law(draft), |written| {
            let open = format!("folkmoot bill open {}", written.id.short());
            format!(
                "Drafted bill {}. `{open}` puts it to the vote; until {until} that is in time, and then its text is kept while the bill is open.",
                written.id.short()
            )
        })
        .await
}
