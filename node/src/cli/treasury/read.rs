//! `treasury read`: what a bank's statement says.

use super::{
    file::{StatementFile, statements_of},
    money,
};
use crate::{
    api::Failure,
    cli::{context::Context, format, output::Paint},
};
use folkmoot_protocol::{
    money::Currency,
    statement::{
        Format, Note, Skipped, Statement, StatementEntry,
        matching::{Earlier, Same, references_of, repeated},
    },
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

pub(super) const EXAMPLES: &str = "Examples:
  folkmoot treasury read november.xml
  folkmoot treasury read november.csv --currency EUR
  folkmoot treasury read november.xml --already october.xml
  folkmoot treasury read november.csv --json | jq '.statements[].entries'

Nothing is stored and nothing is sent. A payment reference looks like FM-7K3Q-9XJD-38; it is found with small letters, without dashes and across line breaks too, and is shown only if its last two letters fit the others.";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    statement: StatementFile,
    /// An earlier statement: payments in it are known (may be given several times)
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    already: Vec<PathBuf>,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), Failure> {
    let (format, statements) = args.statement.read()?;
    let mut already = Already::default();
    for file in &args.already {
        already.add(file, statements_of(file, args.statement.currency)?);
    }
    let answer = answer(format, &statements, &already);
    context.out.answer(&answer, |paint| say(paint, &answer))
}

/// Payments of earlier statements, and where they stand.
#[derive(Default)]
struct Already {
    entries: Vec<StatementEntry>,
    files: Vec<String>,
}

impl Already {
    fn add(&mut self, file: &Path, statements: Vec<Statement>) {
        for entry in statements.into_iter().flat_map(|statement| statement.entries) {
            self.entries.push(entry);
            self.files.push(file.display().to_string());
        }
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    format: Format,
    statements: Vec<StatementView<'a>>,
}

#[derive(Serialize)]
struct StatementView<'a> {
    account: &'a str,
    currency: Option<Currency>,
    opening: Option<i64>,
    closing: Option<i64>,
    entries: Vec<EntryView<'a>>,
    skipped: &'a [Skipped],
    notes: &'a [Note],
}

#[derive(Serialize)]
struct EntryView<'a> {
    #[serde(flatten)]
    entry: &'a StatementEntry,
    /// Payment references that it names.
    references: Vec<String>,
    /// The earlier payment that it repeats.
    repeats: Option<RepeatsView>,
}

#[derive(Serialize)]
struct RepeatsView {
    /// The earlier statement; null for this one.
    file: Option<String>,
    line: usize,
    same: Same,
}

fn answer<'a>(format: Format, statements: &'a [Statement], already: &Already) -> Answer<'a> {
    let all: Vec<StatementEntry> = statements.iter().flat_map(|statement| statement.entries.iter().cloned()).collect();
    let mut repeats = repeated(&all, &already.entries).into_iter();
    let mut view = |entry: &'a StatementEntry| {
        let repeats = repeats.next().flatten().map(|repeats| match repeats.earlier {
            Earlier::Already(place) => RepeatsView { file: Some(already.files[place].clone()), line: already.entries[place].line, same: repeats.same },
            Earlier::Entry(place) => RepeatsView { file: None, line: all[place].line, same: repeats.same },
        });
        EntryView { entry, references: references_of(entry), repeats }
    };
    let statement = |statement: &'a Statement| StatementView {
        account: &statement.account,
        currency: statement.currency,
        opening: statement.opening,
        closing: statement.closing,
        entries: statement.entries.iter().map(&mut view).collect(),
        skipped: &statement.skipped,
        notes: &statement.notes,
    };
    Answer { format, statements: statements.iter().map(statement).collect() }
}

fn say(paint: Paint, answer: &Answer<'_>) -> String {
    if answer.statements.is_empty() {
        return "The file holds no statement.\n".into();
    }
    answer.statements.iter().map(|statement| say_statement(paint, statement)).collect::<Vec<_>>().join("\n")
}

fn say_statement(paint: Paint, statement: &StatementView<'_>) -> String {
    let account = if statement.account.is_empty() { "An account that the file does not name".to_owned() } else { format::line(statement.account) };
    let mut text = format!("{}\n", paint.bold(account));
    let balances = [("Before", statement.opening), ("after", statement.closing)];
    let balances = balances.iter().filter_map(|(when, amount)| Some(format!("{when}: {}", money(statement.currency?, (*amount)?.into()))));
    text += &balances.map(|line| line + "\n").collect::<String>().replace("\nafter", ", after");
    if !statement.entries.is_empty() {
        let rows: Vec<_> = statement.entries.iter().map(|entry| row(paint, entry)).collect();
        text += &format!("\n{}", format::table(paint, &["LINE", "BOOKED", "AMOUNT", "REFERENCE", "WHO", "FOR", ""], &rows));
    }
    text += &format!("\n{}\n", sums(&statement.entries));
    for skipped in statement.skipped {
        text += &paint.dim(format!("line {} does not count: {}: {}", skipped.line, skipped.why, format::line(&skipped.text)));
        text.push('\n');
    }
    for note in statement.notes {
        text += &format!("{} line {}: {}\n", paint.yellow("note:"), note.line, format::line(&note.what));
    }
    text
}

fn row(paint: Paint, view: &EntryView<'_>) -> Vec<String> {
    const SHOWN: usize = 32;
    let entry = view.entry;
    let remark = match &view.repeats {
        Some(RepeatsView { file: Some(file), line, .. }) => paint.yellow(format!("known: line {line} of {}", format::line(file))),
        Some(RepeatsView { file: None, line, .. }) => paint.yellow(format!("repeats line {line}")),
        None if entry.reversal => paint.yellow("reversal"),
        None => String::new(),
    };
    vec![
        entry.line.to_string(),
        entry.booked.to_string(),
        money(entry.currency, entry.amount_minor.into()),
        view.references.join(" "),
        format::opening(&entry.counterparty, SHOWN),
        format::opening(if entry.remittance.is_empty() { &entry.reference } else { &entry.remittance }, SHOWN),
        remark,
    ]
}

/// What came in and went out, in each currency.
fn sums(entries: &[EntryView<'_>]) -> String {
    let (mut sums, mut named, mut twice) = (BTreeMap::<Currency, (i128, i128)>::new(), 0u64, 0u64);
    for view in entries {
        named += u64::from(!view.references.is_empty());
        twice += u64::from(view.repeats.is_some());
        let (came, went) = sums.entry(view.entry.currency).or_default();
        let amount = i128::from(view.entry.amount_minor);
        *(if amount < 0 { went } else { came }) += amount;
    }
    let sums: Vec<_> = sums.into_iter().map(|(currency, (came, went))| format!("{} in, {} out", money(currency, came), money(currency, -went))).collect();
    let twice = if twice == 0 { String::new() } else { format!(", {twice} known before") };
    let sums = if sums.is_empty() { String::new() } else { format!(": {}", sums.join("; ")) };
    format!("{}{sums}. {named} with a payment reference{twice}.", format::count(entries.len() as u64, "payment"))
}
