//! What one member writes: posts, comments, edits, erasures, marks.

use super::{complete, context::Context, format, parse, resolve};
use crate::api::{Draft, Failure, PrivateMark, Request, Written};
use clap::ArgGroup;
use folkmoot_protocol::{
    act::Mark,
    document::{DocumentKind, Key},
    id::*,
};
use serde::Serialize;
use std::collections::BTreeMap;

const POST_EXAMPLES: &str = "Examples:
  folkmoot post bread --title 'My starter died' --text 'What did I do wrong?'
  folkmoot post bread --title 'A good read' --url https://example.org/rye
  fortune | folkmoot post bread --title 'Of the day' -";

const COMMENT_EXAMPLES: &str = "Examples:
  folkmoot comment 2c4f9a10 --text 'Feed it twice a day.'
  folkmoot comment 2c4f9a10 - < reply.md";

const EDIT_EXAMPLES: &str = "Examples:
  folkmoot edit 2c4f9a10 --text 'Feed it once a day.'
  folkmoot edit 2c4f9a10 --title 'My starter lives' --file post.md
  folkmoot edit 2c4f9a10 --choose 8d03b7e5";

const DELETE_EXAMPLES: &str = "Examples:
  folkmoot delete 2c4f9a10
  folkmoot delete 2c4f9a10 --yes            (without being asked; scripts need it)";

const REACT_EXAMPLES: &str = "Examples:
  folkmoot react 2c4f9a10 up
  folkmoot react 2c4f9a10 none";

const SAVE_EXAMPLES: &str = "Examples:
  folkmoot save 2c4f9a10
  folkmoot save 2c4f9a10 --undo
  folkmoot feed --saved";

const HIDE_EXAMPLES: &str = "Examples:
  folkmoot hide 2c4f9a10
  folkmoot hide 2c4f9a10 --undo";

/// Writes a post.
#[derive(Debug, clap::Args)]
#[command(after_help = POST_EXAMPLES)]
pub(super) struct PostArgs {
    /// Where: a community's short name or id
    #[arg(add = complete::communities())]
    community: String,
    /// Its title
    #[arg(long, value_name = "TITLE", allow_hyphen_values = true)]
    title: String,
    #[command(flatten)]
    text: parse::Text,
    /// A link
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

/// Answers a post or a comment.
#[derive(Debug, clap::Args)]
#[command(after_help = COMMENT_EXAMPLES, group(ArgGroup::new("said").args(["text", "file", "stdin"]).required(true)))]
pub(super) struct CommentArgs {
    /// The post or comment that you answer
    #[arg(value_name = "ID", add = complete::documents())]
    on: String,
    #[command(flatten)]
    text: parse::Text,
}

/// Changes what you wrote; earlier versions stay in its history.
#[derive(Debug, clap::Args)]
#[command(after_help = EDIT_EXAMPLES, group(ArgGroup::new("change").args(["text", "file", "stdin", "title", "url", "choose"]).required(true).multiple(true)))]
pub(super) struct EditArgs {
    /// The post, comment or page
    #[arg(add = complete::documents())]
    id: String,
    /// A new title
    #[arg(long, value_name = "TITLE", allow_hyphen_values = true)]
    title: Option<String>,
    #[command(flatten)]
    text: parse::Text,
    /// A new link; '' takes it away
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Where versions disagree: take this one's values
    #[arg(long, value_name = "OP", conflicts_with_all = ["title", "text", "file", "stdin", "url"])]
    choose: Option<String>,
}

/// Erases what you wrote, on every node. Cannot be undone.
#[derive(Debug, clap::Args)]
#[command(after_help = DELETE_EXAMPLES)]
pub(super) struct DeleteArgs {
    /// The post, comment or page
    #[arg(add = complete::documents())]
    id: String,
    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,
}

/// Marks something up or down, for everybody to see, or takes the mark back.
#[derive(Debug, clap::Args)]
#[command(after_help = REACT_EXAMPLES)]
pub(super) struct ReactArgs {
    /// The post, comment or page
    #[arg(add = complete::documents())]
    id: String,
    /// Your mark
    mark: Reaction,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Reaction {
    Up,
    Down,
    None,
}

/// Keeps something to find it again, for you alone.
#[derive(Debug, clap::Args)]
#[command(after_help = SAVE_EXAMPLES)]
pub(super) struct SaveArgs {
    #[command(flatten)]
    mark: MarkArgs,
}

/// Takes something out of your feeds, for you alone.
#[derive(Debug, clap::Args)]
#[command(after_help = HIDE_EXAMPLES)]
pub(super) struct HideArgs {
    #[command(flatten)]
    mark: MarkArgs,
}

#[derive(Debug, clap::Args)]
struct MarkArgs {
    /// The post or comment
    #[arg(add = complete::documents())]
    id: String,
    /// Take it back
    #[arg(long)]
    undo: bool,
}

/// A private mark: nothing is signed, so that there is no operation.
#[derive(Serialize)]
struct Marked {
    id: DocumentId,
    op: Option<OpId>,
}

pub(super) async fn post(args: PostArgs, context: &Context) -> Result<(), Failure> {
    let community = resolve::community(context.reader()?.view(), &args.community)?;
    let text = args.text.read()?.unwrap_or_default();
    let draft = Draft::Post { community, title: args.title, text, url: args.url.filter(|url| !url.is_empty()), origin: None };
    context.write(draft, |written| format!("Posted {}.", written.id.short())).await
}

pub(super) async fn comment(args: CommentArgs, context: &Context) -> Result<(), Failure> {
    let on = resolve::document(context.reader()?.view(), &args.on, &[DocumentKind::Post, DocumentKind::Comment, DocumentKind::Bill])?;
    let text = args.text.read()?.unwrap_or_default();
    context.write(Draft::Comment { on, text, origin: None }, |written| format!("Answered {}: {}.", on.short(), written.id.short())).await
}

pub(super) async fn edit(args: EditArgs, context: &Context) -> Result<(), Failure> {
    let document = resolve::document(context.reader()?.view(), &args.id, resolve::WRITTEN)?;
    let draft = match args.choose {
        Some(typed) => Draft::Choose { document, op: version(context, document, &typed)? },
        None => Draft::Edit { document, at: None, fields: fields([(Key::Title, args.title), (Key::Text, args.text.read()?), (Key::Url, args.url)]) },
    };
    context.write(draft, |written| edited(document, written)).await
}

/// What an edit sets: the keys that have a value.
pub(super) fn fields<const N: usize>(given: [(Key, Option<String>); N]) -> BTreeMap<Key, String> {
    given.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

/// Says that an edit was written.
pub(super) fn edited(document: DocumentId, written: &Written) -> String {
    format!("Edited {} (version {}).", document.short(), written.op.short())
}

fn version(context: &Context, document: DocumentId, typed: &str) -> Result<OpId, Failure> {
    let reader = context.reader()?;
    let history = reader.view().history(document, &reader.view().register()?)?;
    resolve::operation_of(typed, history.iter().flat_map(|history| &history.versions).map(|version| version.op))
}

pub(super) async fn delete(args: DeleteArgs, context: &Context) -> Result<(), Failure> {
    let document = resolve::document(context.reader()?.view(), &args.id, resolve::WRITTEN)?;
    check_own(document, context)?;
    context.confirm(args.yes, &format!("This erases {} on every node, and cannot be undone.", label(document, context)?))?;
    context.write(Draft::Erase { document }, |_| format!("Erased {}: it leaves every other disk as the nodes hear of it.", document.short())).await
}

/// Refuses what another one wrote before anybody is asked whether to go on.
fn check_own(document: DocumentId, context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let (view, person) = (reader.view(), context.viewer(reader.view())?.person);
    let Some((n, _)) = view.present_document(document)? else { return Ok(()) };
    match view.document_state(n)? {
        Some(state) if person != PersonId::ZERO && state.author != person => Err(Failure::not_yours_to_delete(state.kind)),
        _ => Ok(()),
    }
}

/// What somebody is about to erase.
fn label(document: DocumentId, context: &Context) -> Result<String, Failure> {
    let label = context.reader()?.view().completions(&document.to_string(), 1)?.pop().map(|(_, label)| label);
    Ok(label.map_or_else(|| document.short(), |label| format::line(&label)))
}

pub(super) async fn react(args: ReactArgs, context: &Context) -> Result<(), Failure> {
    let document = resolve::document(context.reader()?.view(), &args.id, resolve::WRITTEN)?;
    if matches!(args.mark, Reaction::None) && !is_marked(document, context)? {
        return Err(Failure::new("unchanged", format!("you have no mark on {}", document.short()), "mark it with `folkmoot react ID up` or `down`"));
    }
    let (mark, said) = match args.mark {
        Reaction::Up => (Mark::Up, "Marked up"),
        Reaction::Down => (Mark::Down, "Marked down"),
        Reaction::None => (Mark::None, "Took the mark back from"),
    };
    context.write(Draft::React { document, mark }, |_| format!("{said} {}.", document.short())).await
}

/// Whether there is a mark to take back, or several that contradict each other.
fn is_marked(document: DocumentId, context: &Context) -> Result<bool, Failure> {
    let reader = context.reader()?;
    let (view, person) = (reader.view(), context.viewer(reader.view())?.person);
    let Some((n, _)) = view.present_document(document)? else { return Ok(true) };
    Ok(view.mark_of_person(n, person)? != Mark::None || view.standing_reactions(n, person)?.len() > 1)
}

pub(super) async fn save(args: SaveArgs, context: &Context) -> Result<(), Failure> {
    mark(&args.mark, PrivateMark::Saved, ["Saved", "Not saved any more:"], context).await
}

pub(super) async fn hide(args: HideArgs, context: &Context) -> Result<(), Failure> {
    mark(&args.mark, PrivateMark::Hidden, ["Hidden from your feeds:", "Back in your feeds:"], context).await
}

async fn mark(args: &MarkArgs, mark: PrivateMark, said: [&str; 2], context: &Context) -> Result<(), Failure> {
    // Feeds list no pages, so that there is nothing to find again and nothing to hide.
    let document = resolve::document(context.reader()?.view(), &args.id, &[DocumentKind::Post, DocumentKind::Comment])?;
    context.order(Request::Mark { document, mark, on: !args.undo }).await?;
    let said = said[usize::from(args.undo)];
    context.out.answer(&Marked { id: document, op: None }, |_| format!("{said} {}.", document.short()))
}
