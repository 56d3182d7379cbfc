//! `history`: all versions of a document, and what differs between two.

use super::{complete, context::Context, diff::unified, format, output::Paint, resolve};
use crate::api::Failure;
use folkmoot_protocol::{
    document::DocumentKind,
    id::*,
    view::{HistoryView, VersionView},
};
use serde::Serialize;

const EXAMPLES: &str = "Examples:
  folkmoot history 2c4f9a10
  folkmoot history 2c4f9a10 --diff 8d03b7e5 f19c2ab4";

/// Lists the versions of a document, oldest first.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The post, comment, page or bill
    #[arg(add = complete::documents())]
    id: String,
    /// Show what differs between two of its versions
    #[arg(long, num_args = 2, value_names = ["OP", "OP"])]
    diff: Option<Vec<String>>,
}

/// What differs between two versions.
#[derive(Serialize)]
struct Difference {
    id: DocumentId,
    from: OpId,
    to: OpId,
    diff: String,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let view = reader.view();
    let id = resolve::document(view, &args.id, &[resolve::WRITTEN, &[DocumentKind::Bill]].concat())?;
    let unknown = || Failure::new("not-found", format!("{} has no versions here", id.short()), "it was erased or removed, or has not come in yet");
    let history = view.history(id, &view.register()?)?.ok_or_else(unknown)?;
    match args.diff.as_deref() {
        Some([from, to]) => diff(&history, from, to, context),
        _ => context.out.answer(&history, |paint| list(paint, &history)),
    }
}

fn list(paint: Paint, history: &HistoryView) -> String {
    let now = format::now_ms();
    let before = std::iter::once(None).chain(history.versions.iter().map(Some));
    let entries = history.versions.iter().zip(before).map(|(version, before)| entry(paint, history, version, before, now)).collect::<String>();
    // The heads of a page are merged; those of anything else may have to be chosen from.
    let choose = match history.kind {
        DocumentKind::Page => String::new(),
        _ if history.heads.len() < 2 => String::new(),
        _ => format!("\n{}\n", paint.dim(format!("If its versions disagree, `folkmoot thread {}` shows how to choose.", history.id.short()))),
    };
    entries + &choose
}

fn entry(paint: Paint, history: &HistoryView, version: &VersionView, before: Option<&VersionView>, now: u64) -> String {
    let on = version.at.iter().map(|op| op.short()).collect::<Vec<_>>().join(", ");
    let facts = [
        format::person(&version.author),
        format::age(version.created, now),
        if on.is_empty() { String::new() } else { format!("on {on}") },
        if history.heads.contains(&version.op) { paint.green("present") } else { String::new() },
        version.no_effect.as_ref().map_or_else(String::new, |reason| paint.yellow(format!("no effect: {}", format::line(reason)))),
    ];
    let text = before.map_or(version.text.as_str(), |before| first_change(&before.text, &version.text));
    let [title, text] = [version.title.as_str(), text].map(|text| format::opening(text, 70));
    let shown = [paint.bold(title), text].into_iter().filter(|text| !text.is_empty()).map(|text| format!("          {text}\n"));
    format!("{}  {}\n{}", paint.cyan(version.op.short()), format::dotted(&facts), shown.collect::<String>())
}

/// A text from the first line on in which it differs from the one before: else versions would look the same.
fn first_change<'a>(before: &str, after: &'a str) -> &'a str {
    let mut lines = before.lines();
    let mut rest = after;
    loop {
        let (line, next) = rest.split_once('\n').unwrap_or((rest, ""));
        match lines.next() {
            Some(same) if same == line && !next.is_empty() => rest = next,
            _ => return if line.trim().is_empty() { after } else { rest },
        }
    }
}

fn diff(history: &HistoryView, from: &str, to: &str, context: &Context) -> Result<(), Failure> {
    let [from, to] = [version(history, from)?, version(history, to)?];
    let [old, new] = [from, to].map(whole);
    let names = [from.op.short(), to.op.short()];
    let answer = Difference { id: history.id, from: from.op, to: to.op, diff: unified(Paint::NONE, &old, &new, &names) };
    context.out.answer(&answer, |paint| unified(paint, &old, &new, &names))
}

fn version<'a>(history: &'a HistoryView, typed: &str) -> Result<&'a VersionView, Failure> {
    let op = resolve::operation_of(typed, history.versions.iter().map(|version| version.op))?;
    history
        .versions
        .iter()
        .find(|version| version.op == op)
        .ok_or_else(|| Failure::new("not-found", "this version is not here", "`folkmoot history ID` lists those that are"))
}

/// A version as one text: its title, a blank line, its text.
fn whole(version: &VersionView) -> String {
    let text = [&version.title, &version.text].into_iter().filter(|text| !text.is_empty()).map(|text| format!("{text}\n"));
    text.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_shown_by_what_it_changed() {
        assert_eq!(first_change("one\ntwo\nthree", "one\n2\nthree"), "2\nthree");
        assert_eq!(first_change("one\ntwo", "one\ntwo\nthree"), "three");
        assert_eq!(first_change("one", "other"), "other");
        assert_eq!(first_change("one\ntwo", "one"), "one");
    }
}
