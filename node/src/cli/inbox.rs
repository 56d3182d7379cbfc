//! `inbox`: what concerns the person of this node.

mod items;

use super::{context::Context, format, output::Paint};
use crate::{
    api::{Failure, InboxRead, Request},
    standstill::standstill,
    store::{
        View,
        query::{LawBook, Viewer},
    },
};
use folkmoot_protocol::{id::tagged_hash, limits, view::InboxItem};
use serde::Serialize;
use std::collections::BTreeSet;

const EXAMPLES: &str = "Examples:
  folkmoot inbox
  folkmoot inbox --unread
  folkmoot inbox --read          marks all of it as read
  folkmoot inbox --unread --json | jq '.inbox[] | select(.to_do)'

It holds answers to what you wrote, what waits for your acceptance, votes, elections and recalls in which you have not voted, petitions that you could sign, what became of your bills, reports to you as a moderator, what moderators did about what you wrote, jobs and offices that you hold or hold no more, what you signed with no effect, and challenges of you, or for you to decide. What is read is known to this device alone.";

/// Shows what concerns you, the newest first: answers, votes, offers, reports, challenges.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Only what came since it was last marked as read
    #[arg(long)]
    unread: bool,
    /// Mark all of it as read
    #[arg(long)]
    read: bool,
}

#[derive(Serialize)]
struct Inbox {
    inbox: Vec<InboxItem>,
    /// How many of all are not read.
    unread: usize,
    /// Why nothing is printed, where that lasts.
    standstill: Option<String>,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let (mut inbox, names, standstill) = {
        let reader = context.reader()?;
        let book = context.law_book(reader.view())?;
        let standstill = standstill(reader.view(), &book.printed, format::now_ms())?;
        let inbox = inbox(reader.view(), &book, context)?;
        let names: Vec<[u8; 16]> = inbox.iter().map(name).collect();
        (inbox, names, standstill)
    };
    let unread = inbox.iter().filter(|item| item.unread).count();
    inbox.retain(|item| !args.unread || item.unread);
    let answer = Inbox { inbox, unread, standstill };
    if args.read {
        context.order(Request::Read(InboxRead { items: names })).await?;
    }
    context.out.answer(&answer, |paint| say(paint, &answer, args.unread))
}

/// All of it, marked by what was read before.
fn inbox(view: View<'_>, book: &LawBook, context: &Context) -> Result<Vec<InboxItem>, Failure> {
    let mut inbox = concerns(view, book, &context.viewer(view)?)?;
    let read: BTreeSet<[u8; 16]> = view.read_items()?;
    inbox.iter_mut().for_each(|item| item.unread = !read.contains(&name(item)));
    Ok(inbox)
}

/// What concerns a person, the newest first.
pub fn concerns(view: View<'_>, book: &LawBook, viewer: &Viewer) -> Result<Vec<InboxItem>, Failure> {
    let mut inbox = items::of(view, book, viewer)?;
    inbox.sort_by(|one, other| (other.at, &one.kind, &one.id).cmp(&(one.at, &other.kind, &other.id)));
    inbox.truncate(limits::INBOX_ITEMS);
    Ok(inbox)
}

/// By what an item is known again: what it is about, and what became of that.
fn name(item: &InboxItem) -> [u8; 16] {
    let hash = tagged_hash("folkmoot/inbox-item/1", &[item.kind.as_bytes(), &[0], item.id.as_bytes(), &[0], item.what.as_bytes()]);
    let mut name = [0; 16];
    name.copy_from_slice(&hash[..16]);
    name
}

fn say(paint: Paint, answer: &Inbox, unread: bool) -> String {
    let now = format::now_ms();
    let row = |item: &InboxItem| {
        let mark = if item.unread { paint.yellow("*") } else { String::new() };
        let what = if item.to_do { paint.bold(format::line(&item.what)) } else { format::line(&item.what) };
        vec![mark, format::age(item.at, now), item.kind.clone(), item.id.get(..8).unwrap_or(&item.id).to_owned(), what]
    };
    let standstill = answer.standstill.as_ref().map_or_else(String::new, |why| format!("{}\n", paint.red(format::sentence(why))));
    let items = match answer.inbox.as_slice() {
        [] if unread => "Nothing new.\n".into(),
        [] => "Nothing concerns you so far.\n".into(),
        items => {
            let table = format::table(paint, &["", "WHEN", "WHAT", "ID", ""], &items.iter().map(row).collect::<Vec<_>>());
            format!("{table}{} not read. What waits for you to do something stands out.\n", answer.unread)
        }
    };
    standstill + &items
}
