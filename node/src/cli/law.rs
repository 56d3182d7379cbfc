//! `law`: what a co-op goes by.

use super::{context::Context, format, output::Paint};
use crate::{api::Failure, reason::reason};
use folkmoot_protocol::{
    law::{
        Preset, Value,
        charter::{differing, from_toml, to_toml},
    },
    limits,
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

const EXAMPLES: &str = "Examples:
  folkmoot law charter > charter.toml";

const CHARTER_EXAMPLES: &str = "Examples:
  folkmoot law charter --preset strict > charter.toml
  folkmoot law charter --check charter.toml
  folkmoot found 'Bread and Roses' --charter charter.toml

The presets: cast counts majorities of the ballots cast, with a quorum; strict counts majorities of everybody, and takes longer; quick is cast with periods of seconds, to try things.";

/// What the co-op goes by.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Prints a charter to found a co-op with, or checks one
    #[command(after_help = CHARTER_EXAMPLES)]
    Charter(CharterArgs),
}

#[derive(Debug, clap::Args)]
struct CharterArgs {
    /// The charter to print: cast, strict or quick
    #[arg(long, value_name = "PRESET", default_value = "cast", value_parser = preset_parser(), hide_possible_values = true)]
    preset: Preset,
    /// Checks a file instead, and says in what it differs from cast
    #[arg(long, value_name = "FILE", conflicts_with = "preset", value_hint = clap::ValueHint::FilePath)]
    check: Option<PathBuf>,
}

/// Reads a preset's name, and offers the three.
pub(super) fn preset_parser() -> impl clap::builder::TypedValueParser<Value = Preset> {
    use clap::builder::{PossibleValuesParser, TypedValueParser};
    PossibleValuesParser::new(Preset::ALL.map(Preset::name)).try_map(|name| name.parse::<Preset>())
}

#[derive(Serialize)]
struct Checked<'a> {
    /// The keys that differ from the preset cast, and how.
    differs: BTreeMap<&'a str, &'a Value>,
    values: &'a BTreeMap<String, Value>,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), Failure> {
    let What::Charter(charter) = &args.what;
    match &charter.check {
        Some(file) => check(file, context),
        None => {
            let values = charter.preset.values();
            context.out.answer(&values, |_| to_toml(&values))
        }
    }
}

fn check(file: &Path, context: &Context) -> Result<(), Failure> {
    let values = charter_of(file)?;
    let differing = differing(&values).unwrap_or_default();
    let differs = differing.iter().map(|(name, value)| (name.as_str(), value)).collect();
    context.out.answer(&Checked { differs, values: &values }, |paint| say_checked(paint, &differing))
}

fn say_checked(paint: Paint, differing: &[(String, Value)]) -> String {
    if differing.is_empty() {
        return "This is a charter: that of the preset cast.\n".into();
    }
    let cast = Preset::Cast.values();
    let before = |name: &String| cast.get(name).map_or_else(|| "not set".into(), ToString::to_string);
    let rows: Vec<_> = differing.iter().map(|(name, value)| vec![name.clone(), format::opening(&value.to_string(), 40), before(name)]).collect();
    let many = format::count(differing.len() as u64, "key");
    format!("This is a charter. It differs from the preset cast in {many}:\n\n{}", format::table(paint, &["KEY", "HERE", "IN CAST"], &rows))
}

/// A founder's file as the law's values.
pub(super) fn charter_of(path: &Path) -> Result<BTreeMap<String, Value>, Failure> {
    let cannot = |why: String| Failure::new("file", format!("{} cannot be read: {why}", path.display()), "name a file with a charter");
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| cannot(reason(&error)))?;
    file.take(limits::CHARTER_TOML_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|error| cannot(reason(&error)))?;
    let text = String::from_utf8(bytes).map_err(|_| cannot("it is no text in UTF-8".into()))?;
    let hint = "change the file; `folkmoot law charter` prints one to begin from, and docs/src/guide/charter.md says what each key means";
    from_toml(&text).map_err(|errors| Failure::new("charter", format!("{} is no charter\n{errors}", path.display()), hint))
}
