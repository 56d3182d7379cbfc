//! `thread`: a post with its comments.

use super::{complete, context::Context, format, output::Paint, resolve};
use crate::api::Failure;
use clap::ValueEnum;
use folkmoot_protocol::{
    act::Mark,
    document::DocumentKind,
    id::*,
    view::{CommentView, ConflictView, Missing, PostView, ThreadSort, ThreadView, Whereabouts},
};
use std::collections::BTreeMap;

/// Deeper answers are not moved further to the right.
const DEEPEST_INDENT: usize = 20;

const EXAMPLES: &str = "Examples:
  folkmoot thread 2c4f9a10
  folkmoot thread 2c4f9a10 --sort new";

/// Shows a post with its comments; for a comment, its post and what stands under the comment.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The post or comment
    #[arg(add = complete::documents())]
    id: String,
    /// The order of the comments
    #[arg(long, value_enum, default_value_t = Sort::Hot)]
    sort: Sort,
}

/// Orders of comments, as they are typed; the formulas are Lemmy's.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Sort {
    /// Score against age
    Hot,
    /// Highest score first
    Top,
    /// Newest first
    New,
    /// Oldest first
    Old,
    /// Most evenly disputed first
    Controversial,
}

impl From<Sort> for ThreadSort {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Hot => Self::Hot,
            Sort::Top => Self::Top,
            Sort::New => Self::New,
            Sort::Old => Self::Old,
            Sort::Controversial => Self::Controversial,
        }
    }
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), Failure> {
    let (reader, now) = (context.reader()?, format::now_ms());
    let view = reader.view();
    let id = resolve::document_or_removed(view, &args.id, &[DocumentKind::Post, DocumentKind::Comment, DocumentKind::Bill])?;
    let gone = || Failure::new("not-found", format!("the post of {} is not here", id.short()), "it was erased, or has not come in yet");
    let thread = view.thread(id, args.sort.into(), &context.viewer(view)?, now)?.ok_or_else(gone)?;
    context.out.answer(&thread, |paint| show(paint, id, &thread, now))
}

fn show(paint: Paint, asked: DocumentId, thread: &ThreadView, now: u64) -> String {
    let mut text = post(paint, &thread.post, now);
    text += &conflicts(paint, asked, &thread.conflicts);
    if thread.comments.is_empty() {
        text += &format!("\n{}\n", paint.dim("No comments yet."));
    }
    // A deep thread is walked, not recursed into, as its depth is a stranger's choice.
    let mut open: Vec<(usize, &CommentView)> = thread.comments.iter().rev().map(|comment| (0, comment)).collect();
    while let Some((depth, comment)) = open.pop() {
        text += &format!("\n{}", said(paint, depth.min(DEEPEST_INDENT) * 2, comment, asked, now));
        open.extend(comment.children.iter().rev().map(|child| (depth + 1, child)));
    }
    text
}

fn post(paint: Paint, post: &PostView, now: u64) -> String {
    if let Some(removed) = &post.removed {
        return format!("{}\n{}  {}\n", paint.dim(format::removed(removed)), paint.cyan(post.id.short()), format::community(&post.community));
    }
    if let Some(missing) = post.missing {
        let what = match missing {
            Missing::Erased => "[erased]",
            Missing::Removed => "[removed]",
            Missing::NotHere => "[not here yet]",
        };
        return format!("{}\n{}  {}\n", paint.dim(what), paint.cyan(post.id.short()), format::community(&post.community));
    }
    let facts = [
        format::community(&post.community),
        format::author(&format::person(&post.author), post.origin.as_ref()),
        format::age(post.created, now),
        points(post.score, post.up, post.down),
        mine(post.mine),
        edits(post.edits),
        format::whereabouts(post.state).into(),
        if post.saved { "saved".into() } else { String::new() },
        if post.pinned { "pinned".into() } else { String::new() },
    ];
    let link = post.url.as_deref().map_or_else(String::new, |url| format!("{}\n", format::line(url)));
    let locked = post.locked.as_ref().map(|locked| format!("{}\n", paint.yellow(format!("locked {}", format::by_rule(locked))))).unwrap_or_default();
    let body = if post.text.trim().is_empty() { String::new() } else { format!("\n{}\n", format::body(&post.text, 2)) };
    format!("{}\n{link}{}  {}\n{locked}{body}", paint.bold(format::line(&post.title)), paint.cyan(post.id.short()), format::dotted(&facts))
}

fn said(paint: Paint, indent: usize, comment: &CommentView, asked: DocumentId, now: u64) -> String {
    let (margin, id) = (" ".repeat(indent), paint.cyan(comment.id.short()));
    if let Some(removed) = &comment.removed {
        return format!("{margin}{id}  {}\n", paint.dim(format::removed(removed)));
    }
    let Some(person) = comment.author.as_ref().filter(|_| !comment.erased) else {
        return format!("{margin}{id}  {}\n", paint.dim(if comment.erased { "[erased]" } else { "[not here yet]" }));
    };
    let facts = [
        format::author(&paint.bold(format::person(person)), comment.origin.as_ref()),
        format::age(comment.created, now),
        points(comment.score, comment.up, comment.down),
        mine(comment.mine),
        edits(comment.edits),
        if comment.after_lock { paint.yellow("after the lock") } else { String::new() },
        if comment.state == Whereabouts::OnThisDevice { format::whereabouts(comment.state).into() } else { String::new() },
    ];
    let disagree = match comment.conflict && comment.id != asked {
        true => format!("{margin}  {}\n", paint.yellow(format!("its versions disagree: folkmoot thread {}", comment.id.short()))),
        false => String::new(),
    };
    format!("{margin}{id}  {}\n{}\n{disagree}", format::dotted(&facts), format::body(&comment.text, indent + 2))
}

fn points(score: i64, up: u64, down: u64) -> String {
    if down == 0 { format!("{score} up") } else { format!("{score} ({up} up, {down} down)") }
}

fn mine(mark: Mark) -> String {
    match mark {
        Mark::Up => "you: up".into(),
        Mark::Down => "you: down".into(),
        Mark::None => String::new(),
    }
}

fn edits(edits: u32) -> String {
    match edits {
        0 => String::new(),
        1 => "edited once".into(),
        edits => format!("edited {edits} times"),
    }
}

/// Versions that disagree, and what to type to choose one of them.
fn conflicts(paint: Paint, document: DocumentId, conflicts: &[ConflictView]) -> String {
    if conflicts.is_empty() {
        return String::new();
    }
    let mut versions: BTreeMap<OpId, String> = BTreeMap::new();
    for conflict in conflicts {
        *versions.entry(conflict.op).or_default() += &format!("    {}:\n{}\n", conflict.key, format::body(&conflict.text, 6));
    }
    let choices = versions.iter().map(|(op, values)| {
        let command = paint.cyan(format!("folkmoot edit {} --choose {}", document.short(), op.short()));
        format!("\n  {command}\n{values}")
    });
    format!("\n{}\n{}", paint.yellow("These versions were written at the same time and disagree. Choose one:"), choices.collect::<String>())
}
