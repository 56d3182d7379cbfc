//! `profile`: how a person presents themselves.

use super::{complete, context::Context, format, parse, resolve};
use crate::api::{Draft, Failure};
use clap::ArgGroup;
use folkmoot_protocol::view::PersonView;
use serde::Serialize;

const EXAMPLES: &str = "Examples:
  folkmoot profile show Alice
  folkmoot profile edit --name 'Alice B.' --bio 'Bakes on Sundays.'";

/// Shows and changes how people present themselves.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Shows a person
    #[command(after_help = "Examples:\n  folkmoot profile show\n  folkmoot profile show Alice")]
    Show {
        /// Their name or id; without it, you
        #[arg(add = complete::persons())]
        person: Option<String>,
    },
    /// Changes how you present yourself
    #[command(after_help = "Examples:\n  folkmoot profile edit --name 'Alice B.'\n  folkmoot profile edit --bio - < about-me.md", group(ArgGroup::new("change").args(["name", "bio"]).required(true).multiple(true)))]
    Edit {
        /// The name you go by
        #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
        name: Option<String>,
        /// About you; `-` reads it from standard input
        #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
        bio: Option<String>,
    },
}

#[derive(Serialize)]
struct Profile {
    #[serde(flatten)]
    person: PersonView,
    bio: String,
    guest: bool,
    devices: usize,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    match args.command {
        Command::Show { person } => show(person.as_deref(), context),
        Command::Edit { name, bio } => {
            let bio = if bio.as_deref() == Some("-") { Some(parse::standard_input()?) } else { bio };
            context.write(Draft::Profile { name, bio }, |_| "Your profile is changed.".into()).await
        }
    }
}

fn show(typed: Option<&str>, context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let view = reader.view();
    let id = match typed {
        Some(typed) => resolve::person(view, typed)?,
        None => context.person(view)?.id,
    };
    let register = view.register()?;
    let profile = Profile {
        person: view.person(id)?.unwrap_or_else(|| PersonView { id, name: String::new() }),
        bio: view.bio(id)?,
        guest: register.persons.get(&id).is_some_and(|person| person.guest),
        devices: register.devices(id).filter(|(_, _, cut)| cut.is_none()).count(),
    };
    context.out.answer(&profile, |paint| {
        let facts = [id.short(), if profile.guest { "guest".into() } else { "member".into() }, format::count(profile.devices as u64, "device")];
        let bio = if profile.bio.trim().is_empty() { String::new() } else { format!("\n{}\n", format::body(&profile.bio, 2)) };
        format!("{}\n{}\n{bio}", paint.bold(format::person(&profile.person)), format::dotted(&facts))
    })
}
