//! `init` and `found`: a person's keys, and a co-op.

use super::{context::Context, law, output::Paint};
use crate::{
    api::{Draft, Failure},
    keystore::{Keystore, NewPerson},
};
use folkmoot_protocol::{
    id::*,
    law::{
        Charter, Preset,
        charter::{EmptyBody, differing},
    },
    view::PersonView,
};
use serde::Serialize;
use std::{collections::BTreeMap, path::PathBuf};

const INIT_EXAMPLES: &str = "Examples:
  folkmoot init --name 'Alice Baker'
  folkmoot --data ~/folkmoot-work init --name 'Alice Baker' --passphrase";

const FOUND_EXAMPLES: &str = "Examples:
  folkmoot found 'Bread and Roses'
  folkmoot found 'Bread and Roses' --preset strict
  folkmoot found 'Bread and Roses' --charter charter.toml

The charter says how bills pass; later bills amend it. `folkmoot law charter` prints one to begin from.";

/// Makes keys and a profile; shows the recovery words once.
#[derive(Debug, clap::Args)]
#[command(after_help = INIT_EXAMPLES)]
pub(super) struct InitArgs {
    /// The name you go by; you can change it later
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    name: String,
    /// Lock the keys with a passphrase, asked for twice; where FOLKMOOT_PASSPHRASE is set, that one locks them, without this too
    #[arg(long)]
    passphrase: bool,
}

/// Founds a co-op: its first worker and its only officer are you.
#[derive(Debug, clap::Args)]
#[command(after_help = FOUND_EXAMPLES)]
pub(super) struct FoundArgs {
    /// The co-op's name
    name: String,
    /// The charter to begin with: cast, strict or quick [default: cast]
    #[arg(long, value_name = "PRESET", value_parser = law::preset_parser(), hide_possible_values = true)]
    preset: Option<Preset>,
    /// A file with the charter to begin with
    #[arg(long, value_name = "FILE", conflicts_with = "preset", value_hint = clap::ValueHint::FilePath)]
    charter: Option<PathBuf>,
}

#[derive(Serialize)]
struct Initialised<'a> {
    person: PersonView,
    device: DeviceId,
    /// Whether a passphrase locks the keys.
    locked: bool,
    words: Vec<&'a str>,
}

#[derive(Serialize)]
struct Founded {
    coop: DocumentId,
    id: DocumentId,
    op: OpId,
    /// The keys of the law that differ from the preset cast.
    charter: BTreeMap<String, String>,
}

pub(super) fn init(args: &InitArgs, context: &Context) -> Result<(), Failure> {
    if !Keystore::is_unshown(context.folder()) {
        Keystore::check_unused(context.folder())?;
    }
    let passphrase = context.new_passphrase(args.passphrase)?;
    Keystore::begin_showing(context.folder(), &args.name)?;
    let new = Keystore::create_person(context.folder(), &args.name, passphrase.as_ref(), entropy()?)?;
    let person = PersonView { id: new.person, name: args.name.clone() };
    let answer = Initialised { person, device: new.device, locked: passphrase.is_some(), words: new.words.split(' ').collect() };
    context.out.answer(&answer, |paint| {
        let locked = if answer.locked { format!("\n\n{}", context.locked_by(args.passphrase)) } else { String::new() };
        welcome(paint, &args.name, &new, &answer.words) + &locked
    })?;
    Keystore::end_showing(context.folder())
}

pub(super) async fn found(args: FoundArgs, context: &Context) -> Result<(), Failure> {
    let name = args.name.clone();
    let values = match &args.charter {
        Some(file) => law::charter_of(file)?,
        None => args.preset.unwrap_or(Preset::Cast).values(),
    };
    let charter: BTreeMap<_, _> = differing(&values).unwrap_or_default().into_iter().map(|(name, value)| (name, value.to_string())).collect();
    let done = context.submit(Draft::Found { name: args.name, charter: charter.clone() }).await?;
    let answer = Founded { coop: done.written.id, id: done.written.id, op: done.written.op, charter };
    context.out.answer(&answer, |paint| {
        let next =
            [("open a community", "folkmoot community create NAME --title TITLE"), ("let others in", "folkmoot invite"), ("be there for them", "folkmoot run")];
        let next = next.map(|(what, command)| format!("  {:<18} {}\n", what, paint.cyan(command)));
        let by = match (&args.charter, args.preset) {
            (Some(file), _) => format!("the charter in {}", file.display()),
            (None, preset) => format!("the charter {}", preset.unwrap_or(Preset::Cast)),
        };
        let alone = match Charter::read(&values).map(|charter| charter.empty_body) {
            Ok(EmptyBody::Waived) => "Until there is a consumer, whatever you vote for passes.",
            _ => "Until there is a consumer who may vote, no bill passes at all.",
        };
        format!("Founded {} ({}) by {by}.\n\n{OFFICES}\n{alone}\n\nNext:\n{}", paint.bold(super::format::line(&name)), done.written.id.short(), next.concat())
    })
}

/// What a founder is from then on.
const OFFICES: &str = "\
You are its first worker, its registrar (who keeps the roll), its treasurer (who confirms dues) and its only teller:
what counts in its law, and when, is what this device prints. One teller means trust: nobody can check yet that
you leave nothing out. That ends when the members have elected four tellers or more.
As the only worker you are the whole body of the workers: no bill that needs both bodies passes without you.";

/// Fresh random bytes from the system.
pub(super) fn entropy<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Failure::new("random", format!("the system gives no random bytes: {error}"), "try again"))?;
    Ok(bytes)
}

fn welcome(paint: Paint, name: &str, new: &NewPerson, words: &[&str]) -> String {
    format!(
        "Hello {name}. You are {}, and this device is {}.\n\n\
         These 24 words are you: they are what brings you back when every device is lost (the command for it comes\n\
         with a later version), and whoever reads them can be you.\n\
         They are shown this once and kept nowhere: write them on paper, with their numbers, and put it away safely.\n\n\
         {}\n\
         Next: {} or {}.",
        new.person.short(),
        new.device.short(),
        grid(paint, words),
        paint.cyan("folkmoot found NAME"),
        paint.cyan("folkmoot join TICKET"),
    )
}

/// The words in four columns, numbered downwards.
fn grid(paint: Paint, words: &[&str]) -> String {
    let rows = words.len().div_ceil(4);
    let cell = |n: usize| words.get(n).map_or_else(String::new, |word| format!("{} {word:<10}", paint.dim(format!("{:>2}.", n + 1))));
    let row = |row: usize| (0..4).map(|column| cell(column * rows + row)).collect::<Vec<_>>().join("  ");
    (0..rows).map(|n| format!("  {}\n", row(n).trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_numbered_downwards() {
        let words = ["one", "two", "three", "four", "five", "six", "seven", "eight"];
        assert_eq!(
            grid(Paint::NONE, &words),
            "   1. one          3. three        5. five         7. seven\n   2. two          4. four         6. six          8. eight\n"
        );
    }
}
