//! `export` and `import`: operations on a stick.

use super::{
    complete,
    context::{Context, unexpected},
    format, lemmy, resolve,
};
use crate::{
    api::{Failure, Imported, Request, Response},
    export::{self, Export},
};
use serde::Serialize;
use std::path::{Path, PathBuf};

const EXPORT_EXAMPLES: &str = "Examples:
  folkmoot export /media/stick/coop.folkmoot
  folkmoot export mine.folkmoot --mine
  folkmoot export bread.folkmoot --space bread
  folkmoot export law.folkmoot --coop        (for `folkmoot audit`)";

const IMPORT_EXAMPLES: &str = "Examples:
  folkmoot import /media/stick/coop.folkmoot
  folkmoot import lemmy saved-pages/ --into bread
  folkmoot import ./lemmy                   (a file that is really called lemmy)";

/// Writes operations into a file, to carry them to another machine or to keep them.
#[derive(Debug, clap::Args)]
#[command(after_help = EXPORT_EXAMPLES)]
pub(super) struct ExportArgs {
    /// The file to write
    #[arg(value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,
    /// Only what you wrote
    #[arg(long)]
    mine: bool,
    /// Only the hall and the Gazette: all that it takes to recount the law
    #[arg(long, conflicts_with_all = ["mine", "space"])]
    coop: bool,
    /// Only this community, and the hall that it rests on
    #[arg(long, value_name = "COMMUNITY", conflicts_with = "mine", add = complete::communities())]
    space: Option<String>,
}

/// Takes operations from a file, or a community from a Lemmy.
#[derive(Debug, clap::Args)]
#[command(after_help = IMPORT_EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct ImportArgs {
    /// A file that `folkmoot export` wrote
    #[arg(required = true, value_hint = clap::ValueHint::FilePath)]
    file: Option<PathBuf>,
    #[command(subcommand)]
    from: Option<From>,
}

#[derive(Debug, clap::Subcommand)]
enum From {
    /// Brings in posts and comments as Lemmy's public API lists them
    Lemmy(lemmy::Args),
}

#[derive(Serialize)]
struct Exported {
    operations: u64,
    file: PathBuf,
}

pub(super) fn export(args: &ExportArgs, context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let view = reader.view();
    let what = match &args.space {
        _ if args.coop => Export::Coop,
        _ if args.mine => Export::Mine(context.person(view)?.id),
        Some(typed) => Export::Space(resolve::community(view, typed)?),
        None => Export::All,
    };
    let file = absolute(&args.file)?;
    let progress = context.out.progress("Writing");
    let operations = export::export(&view, what, &file, &|done, total| progress.show(done, total))?;
    drop(progress);
    context.out.answer(&Exported { operations, file: file.clone() }, |_| format!("Wrote {} to {}.", format::count(operations, "operation"), file.display()))
}

pub(super) async fn import(args: ImportArgs, context: &Context) -> Result<(), Failure> {
    match (args.from, args.file) {
        (Some(From::Lemmy(args)), _) => lemmy::run(&args, context).await,
        (None, Some(file)) => import_operations(&file, context).await,
        (None, None) => Err(Failure::new("usage", "there is no file to import", "see `folkmoot import --help`")),
    }
}

async fn import_operations(file: &Path, context: &Context) -> Result<(), Failure> {
    // What is in no co-op would take everything for another one's.
    context.reader().map(drop)?;
    let path = absolute(file)?;
    let progress = context.out.waiting("Taking in operations");
    let answer = context.call(Request::Import { path }).await;
    drop(progress);
    match answer?.0 {
        Response::Imported(imported) => {
            context.out.answer(&imported, |_| say(imported))?;
            unsound(imported).map_or(Ok(()), Err)
        }
        other => Err(unexpected(&other)),
    }
}

/// The node may run in another folder than this command.
fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| Failure::new("file", format!("{} is no path: {error}", path.display()), "name a file"))
}

/// What is wrong with the file.
fn unsound(imported: Imported) -> Option<Failure> {
    let count = |n| format::count(n, "operation");
    match (imported.foreign, imported.refused) {
        (0, 0) => None,
        (foreign, 0) => {
            let error = format!("{} of the file: of another co-op than this folder's", count(foreign));
            Some(Failure::new("foreign", error, "import it into a folder of that co-op: --data DIR"))
        }
        (0, refused) => {
            Some(Failure::new("unsound", format!("{} of the file: not as signed", count(refused)), "the file was altered or damaged: export it again"))
        }
        (foreign, refused) => {
            let error = format!("{} of the file: of another co-op; {}: not as signed", count(foreign), count(refused));
            Some(Failure::new("unsound", error, "the file was altered or damaged: export it again, from a folder of this co-op"))
        }
    }
}

fn say(imported: Imported) -> String {
    let rest = [
        (imported.held, "held already"),
        (imported.not_followed, "of communities that are not followed here"),
        (imported.waiting, "waiting for operations that they rest on"),
        (imported.closed, "beyond a fork that closed their chain"),
        (imported.foreign, "refused: of another co-op"),
        (imported.refused, "refused: not sound"),
    ];
    let rest = rest.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}.\n"));
    format!("Took in {}.\n{}", format::count(imported.taken, "new operation"), rest.collect::<String>())
}
