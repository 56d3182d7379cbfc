//! `page`: texts that people write together.

use super::{
    adopted::{self, Adopted},
    complete,
    context::Context,
    format, parse, resolve,
    write::{edited, fields},
};
use crate::api::{Draft, Failure};
use clap::ArgGroup;
use folkmoot_protocol::{document::Key, id::*, view::PageView};
use serde::Serialize;
use std::collections::BTreeSet;

const EXAMPLES: &str = "Examples:
  folkmoot page create bread recipes --title 'Our recipes' --file recipes.md
  folkmoot page show recipes > recipes.md
  folkmoot page edit recipes --file recipes.md";

/// Texts that several people write together; concurrent changes are merged.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Begins a page
    #[command(
        after_help = "Examples:\n  folkmoot page create bread recipes --title 'Our recipes'\n  folkmoot page create bread minutes --title Minutes --writer Alice --writer Bob"
    )]
    Create {
        /// Where: a community's short name or id
        #[arg(add = complete::communities())]
        community: String,
        /// Its short name: a to z, 0 to 9, _ and -
        name: String,
        /// Its title
        #[arg(long, value_name = "TITLE", allow_hyphen_values = true)]
        title: String,
        #[command(flatten)]
        text: parse::Text,
        /// Somebody who may edit it besides you; without any, everybody in the co-op may
        #[arg(long = "writer", value_name = "PERSON", add = complete::persons())]
        writers: Vec<String>,
    },
    /// Changes a page: only what differs from its present text is written
    #[command(
        after_help = "Examples:\n  folkmoot page edit recipes --file recipes.md\n  folkmoot page edit recipes --in bread --title 'Recipes'",
        group(ArgGroup::new("change").args(["text", "file", "stdin", "title"]).required(true).multiple(true))
    )]
    Edit {
        #[command(flatten)]
        page: Named,
        /// A new title
        #[arg(long, value_name = "TITLE", allow_hyphen_values = true)]
        title: Option<String>,
        #[command(flatten)]
        text: parse::Text,
    },
    /// Shows a page
    #[command(after_help = "Examples:\n  folkmoot page show recipes\n  folkmoot page show recipes --in bread")]
    Show {
        #[command(flatten)]
        page: Named,
    },
    /// Lists pages
    #[command(after_help = "Examples:\n  folkmoot page list\n  folkmoot page list bread")]
    List {
        /// Of this community alone
        #[arg(add = complete::communities())]
        community: Option<String>,
    },
}

#[derive(Debug, clap::Args)]
struct Named {
    /// The page's short name or id
    #[arg(value_name = "PAGE", add = complete::pages())]
    name: String,
    /// The community it stands in, where several have a page of that name
    #[arg(long = "in", value_name = "COMMUNITY", add = complete::communities())]
    within: Option<String>,
}

/// A page, and what of it is law.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    page: PageView,
    adopted: Vec<Adopted>,
}

#[derive(Serialize)]
struct Pages {
    pages: Vec<PageView>,
}

impl Named {
    fn resolve(&self, context: &Context) -> Result<DocumentId, Failure> {
        let reader = context.reader()?;
        let community = resolve::some_community(reader.view(), self.within.as_deref())?;
        resolve::page(reader.view(), community, &self.name)
    }
}

pub(super) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    match args.command {
        Command::Create { community, name, title, text, writers } => create(&community, name, title, text, &writers, context).await,
        Command::Edit { page, title, text } => {
            let document = page.resolve(context)?;
            let fields = fields([(Key::Title, title), (Key::Text, text.read()?)]);
            context.write(Draft::Edit { document, at: None, fields }, |written| edited(document, written)).await
        }
        Command::Show { page } => show(page.resolve(context)?, context),
        Command::List { community } => list(community.as_deref(), context),
    }
}

async fn create(community: &str, name: String, title: String, text: parse::Text, writers: &[String], context: &Context) -> Result<(), Failure> {
    let (community, writers) = {
        let reader = context.reader()?;
        let persons = writers.iter().map(|typed| resolve::person(reader.view(), typed)).collect::<Result<BTreeSet<_>, _>>()?;
        (resolve::community(reader.view(), community)?, Some(persons.into_iter().collect::<Vec<_>>()).filter(|persons| !persons.is_empty()))
    };
    let (text, said) = (text.read()?.unwrap_or_default(), name.clone());
    let draft = Draft::CreatePage { community, name, title, text, writers };
    context.write(draft, |written| format!("Began the page {said} ({}).", written.id.short())).await
}

/// The text alone goes to standard output, and as it is where that is no terminal: it can be edited and given back.
fn show(document: DocumentId, context: &Context) -> Result<(), Failure> {
    let unknown = || Failure::new("not-found", "this page is not here any more", "`folkmoot page list` shows those that are");
    let reader = context.reader()?;
    let page = reader.view().page(document)?.ok_or_else(unknown)?;
    let adopted = reader.view().law()?.map(|law| adopted::of_page(reader.view(), &law, document)).transpose()?.unwrap_or_default();
    let writers = match &page.writers {
        None => "everybody may edit it".into(),
        Some(writers) => format!("{} may edit it", [&page.author].into_iter().chain(writers).map(format::person).collect::<Vec<_>>().join(", ")),
    };
    let facts = [format::community(&page.community), format::person(&page.author), format::count(page.edits.into(), "edit"), writers, page.id.short()];
    let law = adopted.iter().map(|text| format!("{}\n", text.beside_page())).collect::<String>();
    context.out.note(format!("{}\n{}\n{law}", format::line(&page.title), format::dotted(&facts)));
    let shown = Shown { page, adopted };
    context.out.answer(&shown, |_| if context.out.is_watched() { format::body(&shown.page.text, 0) } else { shown.page.text.clone() })
}

fn list(community: Option<&str>, context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let community = resolve::some_community(reader.view(), community)?;
    let pages = reader.view().pages(community)?;
    context.out.answer(&Pages { pages: pages.clone() }, |paint| {
        let row = |page: &PageView| {
            vec![
                paint.bold(format::line(&page.name)),
                page.id.short(),
                format::community(&page.community),
                page.edits.to_string(),
                format::opening(&page.title, 60),
            ]
        };
        match pages.as_slice() {
            [] => format!("There is no page here yet: {} begins one.", paint.cyan("folkmoot page create COMMUNITY NAME --title TITLE")),
            pages => format::table(paint, &["NAME", "ID", "COMMUNITY", "EDITS", "TITLE"], &pages.iter().map(row).collect::<Vec<_>>()),
        }
    })
}
