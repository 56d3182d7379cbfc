//! `bill`: draft together, open, vote, and see how it stands.

use super::{
    bill_view, complete,
    context::Context,
    effect, effect_file, format, parse, rebase, resolve, voted,
    write::{edited, fields},
};
use crate::{
    api::{Draft, Failure, LawDraft},
    standstill::standstill,
    store::{
        View,
        query::{ENDED, LawBook, STRUCK},
    },
};
use clap::ArgGroup;
use folkmoot_protocol::{
    document::{DocumentKind, Key},
    id::*,
    law::{Choice, FORMS},
    view::BillView,
};
use serde::Serialize;
use std::collections::BTreeSet;

const EXAMPLES: &str = "Examples:
  folkmoot bill draft --title 'A higher fee' --text 'Flour is dearer.' --effect 'set-law fee.minimum=5.99 EUR'
  folkmoot bill open 3f9c01d2
  folkmoot bill vote 3f9c01d2 for
  folkmoot bill show 3f9c01d2";

const DRAFT_EXAMPLES: &str = "Examples:
  folkmoot bill draft --title 'We like bread' --text 'Let it be said.'
  folkmoot bill draft --title 'A baker' --file baker.md --effect 'create-job baker 1800.00 EUR Bakes the bread' --effect 'fill-job baker Bob'

Effects, one a line; an amount has its currency behind it (5.99 EUR). repeal undoes what a bill set in the law (set-law), and nothing else: end-job, dismiss, unendorse, a further budget or adopt-text undo the rest.
";

/// Drafts, opens and shows bills; votes on them.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Begins a bill's text, which its writers edit together
    #[command(after_help = format!("{DRAFT_EXAMPLES}{}", indented(FORMS)))]
    Draft {
        /// Its title
        #[arg(long, value_name = "TITLE", allow_hyphen_values = true)]
        title: String,
        #[command(flatten)]
        text: parse::Text,
        /// Something that it does, or a file with a line or (TOML) a table for each; without any, it is a resolution
        #[arg(long = "effect", value_name = "LINE|FILE")]
        effects: Vec<String>,
        /// Somebody who may edit it besides you
        #[arg(long = "writer", value_name = "PERSON", add = complete::persons())]
        writers: Vec<String>,
    },
    /// Changes a draft. A bill that was opened stays as it was opened
    #[command(
        after_help = "Examples:\n  folkmoot bill edit 3f9c01d2 --file fee.md\n  folkmoot bill edit 3f9c01d2 --effect 'set-law fee.minimum=6.49 EUR'",
        group(ArgGroup::new("change").args(["text", "file", "stdin", "title", "effects"]).required(true).multiple(true))
    )]
    Edit {
        /// The bill
        #[arg(value_name = "ID")]
        id: String,
        /// A new title
        #[arg(long, value_name = "TITLE", allow_hyphen_values = true)]
        title: Option<String>,
        #[command(flatten)]
        text: parse::Text,
        /// What it does instead of what it did
        #[arg(long = "effect", value_name = "LINE|FILE")]
        effects: Vec<String>,
    },
    /// Supports a draft in its present form
    #[command(
        after_help = "Examples:\n  folkmoot bill cosponsor 3f9c01d2\n  folkmoot bill cosponsor 3f9c01d2 --sunset 2028-01-01\n  folkmoot bill cosponsor 3f9c01d2 --requires 77aa01d2"
    )]
    Cosponsor {
        #[command(flatten)]
        bill: Named,
        /// The bill that it is to require
        #[arg(long, value_name = "ID")]
        requires: Option<String>,
        /// The sunset with which it is to be opened: a day, a time such as 2028-01-01T18:30Z
        #[arg(long, value_name = "DATE", value_parser = parse::moment_ms)]
        sunset: Option<u64>,
    },
    /// Puts a bill to the vote: text, rules and who may vote are fixed from then on
    #[command(
        after_help = "Examples:\n  folkmoot bill open 3f9c01d2\n  folkmoot bill open 3f9c01d2 --requires 77aa01d2\n  folkmoot bill open 3f9c01d2 --sunset 2028-01-01"
    )]
    Open {
        #[command(flatten)]
        bill: Named,
        /// A bill that must be in force before this one can be
        #[arg(long, value_name = "ID")]
        requires: Option<String>,
        /// When what it sets in the law ends by itself: a day, a time such as 2028-01-01T18:30Z, or P365D from now
        #[arg(long, value_name = "DATE", value_parser = parse::moment_ms)]
        sunset: Option<u64>,
        /// Open it without being asked where it cannot pass
        #[arg(long)]
        yes: bool,
    },
    Rebase(rebase::Args),
    /// Takes your bill back before the vote ends
    #[command(after_help = "Examples:\n  folkmoot bill withdraw 3f9c01d2")]
    Withdraw(Named),
    /// Lists bills, the newest first
    #[command(after_help = "Examples:\n  folkmoot bill list\n  folkmoot bill list --open")]
    List {
        /// Only those that are voted on
        #[arg(long)]
        open: bool,
    },
    /// Shows a bill: what it does, how it stands, and why
    #[command(after_help = "Examples:\n  folkmoot bill show 3f9c01d2")]
    Show(Named),
    /// Votes, or changes your vote; works offline
    #[command(after_help = "Examples:\n  folkmoot bill vote 3f9c01d2 for\n  folkmoot bill vote 3f9c01d2 abstain")]
    Vote {
        #[command(flatten)]
        bill: Named,
        /// What your ballot says
        #[arg(value_enum)]
        choice: Ballot,
        /// Vote without being asked where the ballot will not count
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, clap::Args)]
struct Named {
    /// The bill
    #[arg(value_name = "ID")]
    id: String,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Ballot {
    /// For the bill
    For,
    /// Against it
    Against,
    /// Recorded, and never counted
    Abstain,
}

impl From<Ballot> for Choice {
    fn from(ballot: Ballot) -> Self {
        match ballot {
            Ballot::For => Self::For,
            Ballot::Against => Self::Against,
            Ballot::Abstain => Self::Abstain,
        }
    }
}

#[derive(Serialize)]
struct Bills {
    bills: Vec<BillView>,
}

#[derive(Serialize)]
struct Voted {
    ballot: DocumentId,
    op: OpId,
    counts: bool,
    why: String,
    receipts: usize,
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

/// A bill, by the start of its text's id or of the act that opened it.
pub(super) fn find(view: View<'_>, book: &LawBook, typed: &str) -> Result<DocumentId, Failure> {
    let opened = book.provisional.bills.iter().filter(|(op, _)| resolve::begins(op, typed));
    if let [(_, bill)] = opened.collect::<Vec<_>>().as_slice() {
        return Ok(bill.proposal.document);
    }
    resolve::document(view, typed, &[DocumentKind::Bill])
}

impl Named {
    fn find(&self, context: &Context) -> Result<DocumentId, Failure> {
        let reader = context.reader()?;
        find(reader.view(), &context.law_book(reader.view())?, &self.id)
    }
}

/// The lines of effects, with ids in place of names; a file's lines where one is named.
fn lines(effects: &[String], context: &Context) -> Result<String, Failure> {
    let reader = context.reader()?;
    let mut lines = Vec::new();
    for given in effects {
        for line in typed(given)? {
            lines.push(effect::with_ids(reader.view(), &line)?);
        }
    }
    Ok(lines.join("\n"))
}

/// The lines that are meant: one that was typed, those of a file, or what the tables of a TOML file come to.
fn typed(given: &str) -> Result<Vec<String>, Failure> {
    let path = std::path::Path::new(given);
    let is_table = path.extension().is_some_and(|extension| extension == "toml");
    let text = if path.is_file() || is_table { parse::text_file(path)? } else { given.to_owned() };
    if is_table {
        return effect_file::lines(path, &text);
    }
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect())
}

pub(super) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    match args.command {
        Command::Draft { title, text, effects, writers } => draft(title, text, &effects, &writers, context).await,
        Command::Edit { id, title, text, effects } => {
            let document = Named { id }.find(context)?;
            let effects = if effects.is_empty() { None } else { Some(lines(&effects, context)?) };
            let fields = fields([(Key::Title, title), (Key::Text, text.read()?), (Key::Effects, effects)]);
            context.write(Draft::Edit { document, at: None, fields }, |written| edited(document, written)).await
        }
        Command::Cosponsor { bill, requires, sunset } => {
            let (document, requires) = (bill.find(context)?, required(requires.as_deref(), context)?);
            write(LawDraft::Cosponsor { document, requires, sunset }, format!("You support bill {} in its present form.", document.short()), context).await
        }
        Command::Open { bill, requires, sunset, yes } => open(&bill, requires.as_deref(), sunset, yes, context).await,
        Command::Rebase(args) => rebase::run(args, context).await,
        Command::Withdraw(bill) => {
            let document = bill.find(context)?;
            write(LawDraft::Withdraw { document }, format!("Took bill {} back.", document.short()), context).await
        }
        Command::List { open } => list(open, context),
        Command::Show(bill) => show(&bill, context),
        Command::Vote { bill, choice, yes } => vote(&bill, choice.into(), yes, context).await,
    }
}

async fn write(draft: LawDraft, said: String, context: &Context) -> Result<(), Failure> {
    context.write(Draft::Law(draft), |_| said).await
}

async fn draft(title: String, text: parse::Text, effects: &[String], writers: &[String], context: &Context) -> Result<(), Failure> {
    let writers = {
        let reader = context.reader()?;
        writers.iter().map(|typed| resolve::person(reader.view(), typed)).collect::<Result<BTreeSet<_>, _>>()?.into_iter().collect()
    };
    let draft = LawDraft::Bill { title, text: text.read()?.unwrap_or_default(), effects: lines(effects, context)?, writers };
    context
        .write(Draft::Law(draft), |written| {
            format!("Drafted bill {}. `folkmoot bill open {}` puts it to the vote as it then stands.", written.id.short(), written.id.short())
        })
        .await
}

/// The act that opened the bill which another one is to require.
fn required(typed: Option<&str>, context: &Context) -> Result<Option<OpId>, Failure> {
    let Some(typed) = typed else { return Ok(None) };
    let reader = context.reader()?;
    let book = context.law_book(reader.view())?;
    let document = find(reader.view(), &book, typed)?;
    let unopened = || Failure::new("not-open", "the bill that it requires was not put to the vote yet", "open that one first");
    book.provisional.bill_of(document).map(|(op, _)| Some(op)).ok_or_else(unopened)
}

/// Says before signing whether it can pass at all; whoever wants to may open it anyway.
async fn open(bill: &Named, requires: Option<&str>, sunset: Option<u64>, yes: bool, context: &Context) -> Result<(), Failure> {
    let (document, requires) = (bill.find(context)?, required(requires, context)?);
    let never = {
        let reader = context.reader()?;
        reader.view().why_never(document, &context.law_book(reader.view())?.provisional)?
    };
    if let Some(reason) = never {
        context.confirm(yes, &format::sentence(&reason))?;
    }
    let draft = LawDraft::Open { document, requires, sunset };
    let ends = sunset.map(|at| format!(" What it sets goes back by itself with the first issue from {}.", format::date_and_time(at))).unwrap_or_default();
    let said = format!("Put bill {} to the vote. It is open once the Gazette has printed that.{ends}", document.short());
    write(draft, said, context).await
}

fn list(open: bool, context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let (view, book) = (reader.view(), context.law_book(reader.view())?);
    let viewer = context.viewer(view)?.person;
    let mut bills = Vec::new();
    for id in view.bill_texts()? {
        bills.extend(view.bill(id, &book, viewer)?.filter(|bill| !open || bill.status == "open"));
    }
    context.out.answer(&Bills { bills: bills.clone() }, |paint| bill_view::table(paint, &bills))
}

/// A bill, and why nothing goes on where it waits for an issue.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    bill: &'a BillView,
    standstill: Option<String>,
}

fn show(bill: &Named, context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let (view, book) = (reader.view(), context.law_book(reader.view())?);
    let id = find(view, &book, &bill.id)?;
    let viewer = context.viewer(view)?.person;
    let bill = view.bill(id, &book, viewer)?.ok_or_else(|| Failure::new("not-found", "that bill is not here", "`folkmoot bill list` shows those that are"))?;
    let standstill = standstill(view, &book.printed, format::now_ms())?.filter(|_| matches!(bill.status, "open" | "passed"));
    let shown = Shown { bill: &bill, standstill };
    context.out.answer(&shown, |paint| {
        let standstill = shown.standstill.as_ref().map_or_else(String::new, |why| format!("{}\n", paint.red(format::sentence(why))));
        bill_view::page(paint, &bill, &book) + &standstill
    })
}

/// Says before signing whether the ballot will count; whoever wants to may sign anyway.
async fn vote(bill: &Named, choice: Choice, yes: bool, context: &Context) -> Result<(), Failure> {
    let (document, reason) = {
        let reader = context.reader()?;
        let (view, book) = (reader.view(), context.law_book(reader.view())?);
        let document = find(view, &book, &bill.id)?;
        (document, why_not(document, &book, context.viewer(view)?.person))
    };
    if let Some(reason) = &reason {
        context.confirm(yes, &format!("Your ballot will not count: {}.", format::line(reason)))?;
    }
    let done = context.submit(Draft::Law(LawDraft::Vote { document, choice })).await?;
    let reader = context.reader()?;
    let (view, book) = (reader.view(), context.law_book(reader.view())?);
    let viewer = context.viewer(view)?.person;
    let ballot = view.bill(document, &book, viewer)?.and_then(|bill| bill.ballot);
    let (counts, why) = voted::counts(reason, ballot.as_ref());
    let receipts = ballot.map_or(0, |ballot| ballot.receipts);
    let voted = Voted { ballot: done.written.id, op: done.written.op, counts, why, receipts };
    let show = format!("bill show {}", document.short());
    context.out.answer(&voted, |_| voted::sentence(choice.name(), voted.counts, &voted.why, &show))?;
    context.note_offline(&done);
    Ok(())
}

/// Why a ballot of this person's would not count; none where it will.
fn why_not(document: DocumentId, book: &LawBook, person: PersonId) -> Option<String> {
    let (_, bill) = book.provisional.bill_of(document)?;
    if !bill.is_open() {
        return Some(ENDED.into());
    }
    if bill.excludes(person) {
        return Some("the bill names you: your ballot is shown, and not tallied".into());
    }
    let electorate = book.provisional.electorates.get(&bill.electorate);
    if electorate.is_some_and(|electorate| book.provisional.has_lost_vote(electorate, person, bill.opened_height)) {
        return Some(STRUCK.into());
    }
    if electorate.is_some_and(|electorate| electorate.votes(person)) {
        return None;
    }
    let consumer = book.provisional.why_no_consumer(person, bill.opened_at).unwrap_or_default();
    Some(format!("when the bill was opened you were no worker, and no consumer who votes: {consumer}"))
}
