//! `treasury import`: from a bank's statement to receipts of dues.

use super::{file::StatementFile, money};
use crate::{
    api::{Draft, Failure, LawDraft, Request, Response},
    cli::{
        context::{Context, Done, unexpected},
        format,
        output::Paint,
    },
};
use data_encoding::HEXLOWER;
use folkmoot_protocol::{
    date::Date,
    id::*,
    money::Currency,
    statement::{Format, Note, Skipped, StatementEntry},
    view::PersonView,
};
use plan::Matched;
use serde::Serialize;

mod plan;

pub(super) const EXAMPLES: &str = "Examples:
  folkmoot treasury import november.xml --dry-run
  folkmoot treasury import november.csv --currency EUR --from 2026-11-01 --to 2026-11-30
  folkmoot treasury import november.xml --yes --json

A payment is a member's if it names the payment reference of that member alone (see `folkmoot treasury reference`). It pays as many whole months as fee.minimum allows, a year at most, from the end of what that member has paid; of a member whose dues have lapsed, or who never paid, from the month in which it was booked. What was recorded before is not recorded again, from another file either.";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    statement: StatementFile,
    /// Leave out what was booked before this day
    #[arg(long, value_name = "DAY")]
    from: Option<Date>,
    /// Leave out what was booked after this day
    #[arg(long, value_name = "DAY")]
    to: Option<Date>,
    /// Only show what would be recorded
    #[arg(long)]
    dry_run: bool,
    /// Record without being asked
    #[arg(long)]
    yes: bool,
}

/// What became of a statement, and of what was in it.
#[derive(Serialize)]
struct Answer {
    format: Format,
    /// Whether receipts were recorded.
    recorded: bool,
    matched: Vec<Match>,
    unmatched: Vec<Left>,
    /// Recorded before.
    duplicates: Vec<Left>,
    /// Like another further up in the file, as far as the bank says.
    twice: Vec<Left>,
    /// Payments outside of the days that were asked for.
    left_out: usize,
    skipped: Vec<Skipped>,
    notes: Vec<Note>,
    /// Whether nobody else has to confirm the receipts.
    #[serde(skip)]
    confirmed: bool,
}

#[derive(Serialize)]
struct EntryRow {
    line: usize,
    booked: Date,
    amount_minor: i64,
    currency: Currency,
    counterparty: String,
    remittance: String,
}

#[derive(Serialize)]
struct Match {
    #[serde(flatten)]
    entry: EntryRow,
    member: PersonView,
    reference: String,
    months: u16,
    from: Date,
    to: Date,
    /// What there is to look at before it is recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    commitment: String,
    /// The receipt, once it is recorded.
    receipt: Option<OpId>,
    #[serde(skip)]
    draft: LawDraft,
}

#[derive(Serialize)]
struct Left {
    #[serde(flatten)]
    entry: EntryRow,
    why: String,
}

impl EntryRow {
    fn of(entry: &StatementEntry) -> Self {
        Self {
            line: entry.line,
            booked: entry.booked,
            amount_minor: entry.amount_minor,
            currency: entry.currency,
            counterparty: entry.counterparty.clone(),
            remittance: if entry.remittance.is_empty() { entry.reference.clone() } else { entry.remittance.clone() },
        }
    }

    fn cells(&self) -> Vec<String> {
        vec![self.line.to_string(), self.booked.to_string(), money(self.currency, self.amount_minor.into())]
    }
}

pub(super) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let mut answer = answer(&args, context)?;
    let (json, due) = (context.out.is_json(), answer.matched.len() as u64);
    if !json {
        context.out.answer(&answer, |paint| say(paint, &answer))?;
    }
    if !args.dry_run && due > 0 {
        context.confirm(args.yes, &format!("This records {}.", format::count(due, "receipt")))?;
        let done = record(&mut answer.matched, context).await?;
        answer.recorded = true;
        if !json {
            let counts = match (due, answer.confirmed) {
                (1, true) => "It counts once the member accepts it",
                (1, false) => "It counts once a registrar confirms it and the member accepts it",
                (_, true) => "Each counts once its member accepts it",
                (_, false) => "Each counts once a registrar confirms it and its member accepts it",
            };
            context.out.text(&format!("Recorded {}. {counts}.\n", format::count(due, "receipt")))?;
            done.iter().for_each(|done| context.note_offline(done));
        }
    }
    if json { context.out.value(&answer) } else { Ok(()) }
}

fn answer(args: &Args, context: &Context) -> Result<Answer, Failure> {
    let reader = context.reader()?;
    let view = reader.view();
    let law = context.law_book(view)?.provisional;
    let treasurer = plan::treasurer(&law, context.viewer(view)?.person)?;
    let (format, statements) = args.statement.read()?;
    let (mut entries, mut skipped, mut notes) = (vec![], vec![], vec![]);
    for statement in statements {
        entries.extend(statement.entries);
        skipped.extend(statement.skipped);
        notes.extend(statement.notes);
    }
    let all = entries.len();
    entries.retain(|entry| args.from.is_none_or(|from| from <= entry.booked) && args.to.is_none_or(|to| entry.booked <= to));
    let plan = plan::plan(&entries, &law, treasurer, view.coop()?.unwrap_or(CoopId::ZERO), format::now_ms().max(law.time()))?;
    let mut matched = Vec::new();
    for one in plan.matched {
        let Matched { entry, reference, months, from, to, note, dues } = one;
        matched.push(Match {
            entry: EntryRow::of(entry),
            member: view.person_or_id(dues.member)?,
            reference,
            months,
            from,
            to,
            note,
            commitment: HEXLOWER.encode(&dues.commitment),
            receipt: None,
            draft: LawDraft::Dues {
                member: dues.member,
                from_ms: dues.from_ms,
                to_ms: dues.to_ms,
                amount: dues.amount.to_string(),
                commitment: dues.commitment,
            },
        });
    }
    let left = |(entry, why): (&StatementEntry, String)| Left { entry: EntryRow::of(entry), why };
    let left_out = all - entries.len();
    let [unmatched, duplicates, twice] = [plan.unmatched, plan.duplicates, plan.twice].map(|list| list.into_iter().map(left).collect());
    let confirmed = !law.needs_registrar(treasurer);
    Ok(Answer { format, recorded: false, matched, unmatched, duplicates, twice, left_out, skipped, notes, confirmed })
}

/// Records receipts one after the other, for each takes the next number. Answers what became of the last.
async fn record(matched: &mut [Match], context: &Context) -> Result<Option<Done>, Failure> {
    let mut client = context.client().await?;
    let on_its_way = client.is_running_node();
    let (mut done, mut failed, mut recorded) = (None, None, 0);
    for one in matched.iter_mut() {
        let request = Request::Submit { drafts: vec![Draft::Law(one.draft.clone())] };
        match client.call_telling(request, || context.note_slow()).await {
            Ok(Response::Written { written }) if !written.is_empty() => {
                (one.receipt, recorded) = (Some(written[0].op), recorded + 1);
                done = Some(Done { written: written[0], on_its_way });
            }
            Ok(other) => failed = Some(unexpected(&other)),
            Err(failure) => failed = Some(failure),
        }
        if failed.is_some() {
            break;
        }
    }
    client.close().await?;
    let Some(failure) = failed else { return Ok(done) };
    let error = format!("{} recorded; then: {}", format::count(recorded, "receipt"), failure.error);
    Err(Failure { error, ..failure })
}

fn say(paint: Paint, answer: &Answer) -> String {
    let mut text = String::new();
    let mut section = |heading: &str, columns: &[&str], rows: Vec<Vec<String>>| {
        if !rows.is_empty() {
            let blank = if text.is_empty() { "" } else { "\n" };
            text += &format!("{blank}{}\n{}", paint.bold(heading), format::table(paint, columns, &rows));
        }
    };
    let pays = |one: &Match| format!("{}: {} to {}", format::count(one.months.into(), "month"), one.from, one.to);
    let row = |one: &Match| [one.entry.cells(), vec![format::person(&one.member), pays(one)]].concat();
    section("Dues", &["LINE", "BOOKED", "AMOUNT", "MEMBER", "PAYS"], answer.matched.iter().map(row).collect());
    let row = |left: &Left| [left.entry.cells(), vec![format::opening(&left.entry.counterparty, 24), format::line(&left.why)]].concat();
    let columns = ["LINE", "BOOKED", "AMOUNT", "WHO", "WHY"];
    section("Recorded before", &columns, answer.duplicates.iter().map(row).collect());
    section("Twice in this file", &columns, answer.twice.iter().map(row).collect());
    section("Nobody's dues", &columns, answer.unmatched.iter().map(row).collect());
    if !text.is_empty() {
        text.push('\n');
    }
    let mut counts =
        vec![format!("{} to record", format::count(answer.matched.len() as u64, "receipt")), format!("{} recorded before", answer.duplicates.len())];
    counts.extend((!answer.twice.is_empty()).then(|| format!("{} twice in this file", answer.twice.len())));
    counts.push(format!("{} nobody's dues", answer.unmatched.len()));
    text += &format!("{}.\n", counts.join(", "));
    if answer.left_out > 0 {
        text += &format!("{} on other days.\n", format::count(answer.left_out as u64, "payment"));
    }
    for skipped in &answer.skipped {
        text += &paint.dim(format!("line {} does not count: {}: {}\n", skipped.line, skipped.why, format::line(&skipped.text)));
    }
    for (line, note) in answer.matched.iter().filter_map(|one| Some((one.entry.line, one.note.as_ref()?))) {
        text += &format!("{} line {line}: {note}\n", paint.yellow("note:"));
    }
    for note in &answer.notes {
        text += &format!("{} line {}: {}\n", paint.yellow("note:"), note.line, format::line(&note.what));
    }
    text
}
