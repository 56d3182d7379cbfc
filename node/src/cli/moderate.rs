//! `moderate`, `report`, `reports`, `modlog`, `appeal`: what moderators do, and what members say to it.

use super::{complete, context::Context, format, output::Paint, resolve};
use crate::{
    api::{Draft, Failure, LawDraft},
    store::View,
};
use clap::ValueEnum;
use folkmoot_protocol::{
    act::law::Measure,
    id::*,
    law::{Moderated, value::format_duration},
    limits,
    view::{ModerationView, ReportView},
};
use serde::Serialize;

const MODERATE_EXAMPLES: &str = "Examples:
  folkmoot moderate remove 2c4f9a10 --rule 2 --reason 'Advertises a mill.'
  folkmoot moderate restore 2c4f9a10 --reason 'It was a joke.'
  folkmoot moderate lock 2c4f9a10 --rule 1 --reason 'Nothing new is said.'
  folkmoot moderate pin 2c4f9a10 --reason 'Read this first.'
  folkmoot moderate dismiss 2c4f9a10";

const APPEAL_EXAMPLES: &str = "Examples:
  folkmoot appeal 2c4f9a10 --reason 'The rule speaks of mills, and this is a bakery.'
  folkmoot bill open 3f9c01d2                (the bill that it drafts)";

/// What takes something from somebody cites a rule,
const TAKING: [(&str, &str); 2] = [("measure", "remove"), ("measure", "lock")];
/// and all but a dismissal says why.
const SAYING_WHY: [(&str, &str); 6] =
    [("measure", "remove"), ("measure", "restore"), ("measure", "lock"), ("measure", "unlock"), ("measure", "pin"), ("measure", "unpin")];

/// What a dismissal says where nothing else is said.
const DISMISSED: &str = "Nothing is to be done about it.";

/// Removes, locks or pins something in a community that you moderate, or takes that back.
#[derive(Debug, clap::Args)]
#[command(after_help = MODERATE_EXAMPLES)]
pub(super) struct ModerateArgs {
    /// What to do
    #[arg(value_enum)]
    measure: Word,
    /// The post, comment or page
    #[arg(add = complete::documents())]
    id: String,
    /// The community's rule that you act by, from 1
    #[arg(long, value_name = "N", required_if_eq_any(TAKING), value_parser = clap::value_parser!(u32).range(1..=i64::from(limits::RULES)))]
    rule: Option<u32>,
    /// Why, for everybody to read
    #[arg(long, value_name = "REASON", allow_hyphen_values = true, required_if_eq_any(SAYING_WHY))]
    reason: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Word {
    /// Hide it, and have its text leave every disk when the time of grace is over
    Remove,
    /// Take a removal back
    Restore,
    /// End the comments under a post
    Lock,
    /// Let them go on
    Unlock,
    /// Put a post first in its community's feed
    Pin,
    /// Take that back
    Unpin,
    /// Close the reports on it, and leave it as it is
    Dismiss,
}

impl From<Word> for Measure {
    fn from(word: Word) -> Self {
        match word {
            Word::Remove => Self::Remove,
            Word::Restore => Self::Restore,
            Word::Lock => Self::Lock,
            Word::Unlock => Self::Unlock,
            Word::Pin => Self::Pin,
            Word::Unpin => Self::Unpin,
            Word::Dismiss => Self::Dismiss,
        }
    }
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
#[command(after_help = "Examples:\n  folkmoot modlog\n  folkmoot modlog bread --limit 100")]
pub(super) struct ModlogArgs {
    /// Of this community; without it, of all
    #[arg(add = complete::communities())]
    community: Option<String>,
    /// How many, 1 to 1000
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=1000))]
    limit: u64,
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
    let measure = Measure::from(args.measure);
    let (document, grace_ms) = {
        let reader = context.reader()?;
        (resolve::document_or_removed(reader.view(), &args.id, resolve::WRITTEN)?, context.law(reader.view())?.charter().removal_grace_ms)
    };
    let reason = args.reason.unwrap_or_else(|| DISMISSED.into());
    let draft = LawDraft::Moderate { document, measure, rule: args.rule.unwrap_or(0), reason };
    context.write(Draft::Law(draft), |_| said(measure, document, grace_ms)).await
}

/// How many nodes have heard of it is not known, so nothing is said of that.
fn said(measure: Measure, document: DocumentId, grace_ms: u64) -> String {
    let id = document.short();
    match measure {
        Measure::Remove => format!(
            "Removed {id}: hidden here, and on each other node as it hears of it. {} after the Gazette has printed that, its text leaves the disks.",
            format_duration(grace_ms)
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
    let mut log = Modlog { log: view.modlog(community)? };
    log.log.truncate(args.limit as usize);
    context.out.answer(&log, |paint| match log.log.as_slice() {
        [] => "No moderator has done anything yet.\n".into(),
        rows => format::table(
            paint,
            &["PRINTED", "BY", "DID", "ID", "COMMUNITY", "RULE", "REASON", ""],
            &rows.iter().map(|row| logged(paint, row)).collect::<Vec<_>>(),
        ),
    })
}

fn logged(paint: Paint, entry: &ModerationView) -> Vec<String> {
    let no_effect = entry.no_effect.as_deref().map(|reason| paint.yellow(format!("no effect: {}", format::line(reason)))).unwrap_or_default();
    vec![
        entry.printed_at.map_or_else(|| "not yet".into(), format::date_and_time),
        format::person(&entry.by),
        entry.measure.past().into(),
        entry.document.short(),
        format::community(&entry.community),
        if entry.rule == 0 { String::new() } else { entry.rule.to_string() },
        format::line(&entry.reason),
        no_effect,
    ]
}

pub(super) async fn appeal(args: AppealArgs, context: &Context) -> Result<(), Failure> {
    let (document, row) = find_removed(context.reader()?.view(), &args.id)?;
    if row.dropped.is_some() {
        return Err(Failure::new("gone", "what it said has left every disk", "its author can write it anew, and moderators may then be asked about that"));
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
