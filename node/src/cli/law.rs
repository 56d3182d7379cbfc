//! `law`: what a co-op goes by.

use super::{
    adopted::{self, Adopted, Endorsed},
    bill_ref::BillRef,
    context::Context,
    format,
    output::Paint,
    parse,
};
use crate::api::Failure;
use folkmoot_protocol::{
    law::{
        Cause, KEYS, KeySpec, Preset, State, Value, Version,
        charter::{assumed, differing, from_toml, to_toml},
        key,
    },
    limits,
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

const EXAMPLES: &str = "Examples:
  folkmoot law
  folkmoot law fee.minimum --history
  folkmoot law charter > charter.toml";

const CHARTER_EXAMPLES: &str = "Examples:
  folkmoot law charter --preset strict > charter.toml
  folkmoot law charter --check charter.toml
  folkmoot found 'Bread and Roses' --charter charter.toml

The presets: cast counts majorities of the ballots cast, with a quorum; strict counts majorities of everybody, and takes longer; quick is cast with periods of seconds, to try things.";

/// Shows what the co-op goes by: all of it, or one key.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    /// One key
    #[arg(value_name = "KEY")]
    key: Option<String>,
    /// Every version that it had
    #[arg(long, requires = "key")]
    history: bool,
    #[command(subcommand)]
    what: Option<What>,
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

/// One key of the law.
#[derive(Serialize)]
struct Row {
    key: &'static str,
    value: Option<Value>,
    version: u64,
    /// What set it; none where nothing did and it has no value.
    by: Option<SetBy>,
    /// That bill, as `bill show` takes it.
    bill: Option<BillRef>,
    entrenched: bool,
    about: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    history: Vec<Past>,
}

/// What set a key.
#[derive(Clone, Serialize)]
struct SetBy {
    /// `founding`, `bill`, `election` or `recovery`; `cast` where it was never set and is as in that preset.
    kind: &'static str,
    /// Of a bill the act that opened it, of an election its id, of a recovery the issue after which members chose tellers.
    id: Option<String>,
}

impl SetBy {
    fn by(cause: Cause) -> Self {
        let (kind, id) = match cause {
            Cause::Founding => ("founding", None),
            Cause::Bill(op) => ("bill", Some(op.to_string())),
            Cause::Election(op) => ("election", Some(op.to_string())),
            Cause::Recovery(issue) => ("recovery", Some(issue.to_string())),
        };
        Self { kind, id }
    }

    fn word(&self) -> String {
        self.id.clone().unwrap_or_else(|| self.kind.into())
    }
}

/// A version of a key.
#[derive(Serialize)]
struct Past {
    version: u64,
    value: Option<Value>,
    by: SetBy,
    bill: Option<BillRef>,
    issue: u64,
    /// The act that opened the bill that this version undoes; at its sunset, where it is `by` itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    undoes: Option<String>,
    /// That bill, as `bill show` takes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    undone: Option<BillRef>,
}

#[derive(Serialize)]
struct Rows {
    law: Vec<Row>,
    texts: Vec<Adopted>,
    endorsements: Vec<Endorsed>,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), Failure> {
    match (&args.what, &args.key) {
        (Some(What::Charter(charter)), _) => run_charter(charter, context),
        (None, Some(key)) => one(key, args.history, context),
        (None, None) => all(context),
    }
}

fn all(context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let law = context.law(reader.view())?;
    let keys = KEYS.iter().map(|spec| row(&law, spec, false)).collect();
    let rows = Rows { law: keys, texts: adopted::texts(reader.view(), &law)?, endorsements: adopted::instances(&law) };
    context.out.answer(&rows, |paint| {
        let cells = |row: &Row| {
            let by = if row.value.is_none() {
                String::new()
            } else {
                row.bill.as_ref().map_or_else(|| row.by.as_ref().map(SetBy::word).unwrap_or_default(), |bill| bill.short(24))
            };
            vec![
                paint.bold(row.key),
                row.value.as_ref().map_or_else(|| paint.dim("not set"), |value| format::opening(&value.in_words(), 40)),
                by,
                row.about.to_owned(),
            ]
        };
        let table = format::table(paint, &["KEY", "VALUE", "SET BY", "WHAT IT IS"], &rows.law.iter().map(cells).collect::<Vec<_>>());
        table + &adopted::sections(paint, &rows.texts, &rows.endorsements)
    })
}

fn one(typed: &str, history: bool, context: &Context) -> Result<(), Failure> {
    let unknown = || {
        let hint = key::nearest(typed).map_or_else(|| "`folkmoot law` lists them".to_owned(), |name| format!("did you mean {name}? `folkmoot law` lists all"));
        Failure::new("not-found", format!("the law has no key '{typed}'"), &hint)
    };
    let spec = key::key(typed).ok_or_else(unknown)?;
    let reader = context.reader()?;
    let law = context.law(reader.view())?;
    let row = row(&law, spec, history);
    context.out.answer(&row, |paint| {
        let value = words(row.value.as_ref());
        let entrenched = if row.entrenched { "\nEntrenched: changing it takes two thirds of both bodies." } else { "" };
        let past = row.history.iter().map(|past| {
            let by = past.bill.as_ref().map_or_else(|| past.by.word(), |bill| format::line(&bill.to_string()));
            let undoes = match (&past.undoes, &past.undone) {
                (Some(bill), _) if past.by.id.as_ref() == Some(bill) => ", at its sunset".to_owned(),
                (_, Some(bill)) => format!(", which repeals {}", format::line(&bill.to_string())),
                _ => String::new(),
            };
            format!("  {}  {} (by {by}{undoes}, issue {})\n", past.version, words(past.value.as_ref()), past.issue)
        });
        format!("{} = {}\n{}{entrenched}\n{}", paint.bold(row.key), paint.bold(value), row.about, past.collect::<String>())
    })
}

/// A value for people.
pub(super) fn words(value: Option<&Value>) -> String {
    value.map_or_else(|| "not set".into(), Value::in_words)
}

fn row(law: &State, spec: &'static KeySpec, history: bool) -> Row {
    let versions = law.values.get(&spec.name.to_owned()).map(|value| value.versions.clone()).unwrap_or_default();
    let value_of = |version: &Version| version.value.clone();
    let past = versions.iter().zip(1..).map(|(version, number)| Past {
        version: number,
        value: value_of(version),
        by: SetBy::by(version.by),
        bill: BillRef::behind(law, version.by),
        issue: version.height,
        undone: version.undoes.and_then(|bill| BillRef::opened_by(law, bill)),
        undoes: version.undoes.map(|bill| bill.to_string()),
    });
    Row {
        key: spec.name,
        value: versions.last().and_then(value_of).or_else(|| assumed(spec.name)),
        version: versions.len() as u64,
        by: versions.last().map(|version| SetBy::by(version.by)).or_else(|| assumed(spec.name).map(|_| SetBy { kind: "cast", id: None })),
        bill: versions.last().and_then(|version| BillRef::behind(law, version.by)),
        entrenched: spec.entrenched,
        about: spec.about,
        history: if history { past.collect() } else { vec![] },
    }
}

fn run_charter(charter: &CharterArgs, context: &Context) -> Result<(), Failure> {
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
    let rows: Vec<_> = differing.iter().map(|(name, value)| vec![name.clone(), format::opening(&value.in_words(), 40), words(cast.get(name))]).collect();
    let many = format::count(differing.len() as u64, "key");
    format!("This is a charter. It differs from the preset cast in {many}:\n\n{}", format::table(paint, &["KEY", "HERE", "IN CAST"], &rows))
}

/// A founder's file as the law's values.
pub(super) fn charter_of(path: &Path) -> Result<BTreeMap<String, Value>, Failure> {
    let named = "name a file with a charter";
    let bytes = parse::file_bytes(path, limits::CHARTER_TOML_BYTES as u64, named)?;
    let text = String::from_utf8(bytes).map_err(|_| parse::unreadable(path, "it is no text in UTF-8", named))?;
    let hint = "change the file; `folkmoot law charter` prints one to begin from, and docs/src/guide/charter.md says what each key means";
    from_toml(&text).map_err(|errors| Failure::new("charter", format!("{} is no charter\n{errors}", path.display()), hint))
}
