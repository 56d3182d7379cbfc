//! `reconcile`: the receipts of dues of some month beside what the bank says came in.

mod pairs;

use super::{
    context::Context,
    format,
    output::Paint,
    parse,
    treasury::{money, statements_of},
};
use crate::{
    api::{BooksDraft, Draft, Failure, LawDraft},
    store::View,
};
use data_encoding::HEXLOWER;
use folkmoot_protocol::{
    act::standing::Reconcile,
    date::Date,
    id::*,
    law::{DuesRow, Money, State},
    limits,
    money::Currency,
    statement::StatementEntry,
    view::PersonView,
};
use pairs::Pairs;
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  folkmoot reconcile --statement november.xml --check
  folkmoot reconcile --statement november.csv --currency EUR --month 2026-11

A payment and a receipt belong together if the receipt commits to that payment (`folkmoot treasury import` makes such receipts), or if it was recorded by hand for the same amount and the payment names that member's payment reference. What is signed states the month, how many receipts the Gazette printed in it and what they come to, what came in at the bank, how many of both have no counterpart, and the hash of the file, for everybody to read. The register refuses it if its own receipts come to something else.";

/// Shows receipts of dues beside a bank's statement, and signs what they come to; a treasurer or an auditor does that.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The statement, as the bank gives it (CAMT.053 or a table)
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    statement: PathBuf,
    /// What amounts are in where a table does not say
    #[arg(long, value_name = "CURRENCY")]
    currency: Option<Currency>,
    /// The month, as 2026-11 [default: that of the last payment in the file]
    #[arg(long, value_name = "MONTH", value_parser = month)]
    month: Option<Date>,
    /// Only show it, and sign nothing
    #[arg(long)]
    check: bool,
    /// Sign without being asked
    #[arg(long)]
    yes: bool,
}

fn month(typed: &str) -> Result<Date, String> {
    format!("{typed}-01").parse().map_err(|_| "a month is written as 2026-11".to_owned())
}

#[derive(Serialize)]
struct PaymentRow {
    line: usize,
    booked: Date,
    amount_minor: i64,
    counterparty: String,
    remittance: String,
}

#[derive(Serialize)]
struct ForeignRow {
    currency: Currency,
    #[serde(flatten)]
    payment: PaymentRow,
}

#[derive(Serialize)]
struct ReceiptRow {
    number: u64,
    id: OpId,
    member: PersonView,
    amount_minor: u64,
    recorded: u64,
}

#[derive(Serialize)]
struct Pair {
    payment: PaymentRow,
    receipt: ReceiptRow,
}

#[derive(Serialize)]
struct Answer {
    currency: Currency,
    /// From when,
    from: u64,
    /// until when; the end is not in it.
    to: u64,
    matched: Vec<Pair>,
    /// What came in in that time and has no receipt.
    without_receipt: Vec<PaymentRow>,
    /// What came in in that time in another currency than dues are paid in; it is in no sum and has no receipt.
    other_currency: Vec<ForeignRow>,
    /// Receipts of that time for which nothing came in.
    without_payment: Vec<ReceiptRow>,
    /// Receipts that were recorded in that time,
    receipts: u64,
    /// what they come to,
    sum_minor: u64,
    /// what came in,
    bank_minor: u64,
    /// and how much more that is.
    difference_minor: i128,
    unmatched: u64,
    /// Payments that take earlier ones back; they are in no sum.
    reversals: usize,
    commitment: String,
    /// What the same person stated of that time, which gives way to this.
    replaces: Option<OpId>,
    /// The act that states it, once it is signed.
    signed: Option<OpId>,
    #[serde(skip)]
    draft: BooksDraft,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let mut answer = answer(&args, context)?;
    let json = context.out.is_json();
    if !json {
        context.out.answer(&answer, |paint| say(paint, &answer))?;
    }
    if !args.check {
        context.confirm(args.yes, "This states it in the co-op's books, for everybody to read.")?;
        let done = context.submit(Draft::Law(LawDraft::Books(answer.draft.clone()))).await?;
        answer.signed = Some(done.written.op);
        if !json {
            context.out.text(&format!("Signed as {}: `folkmoot treasury` shows it once the Gazette has printed it.\n", done.written.op.short()))?;
            context.note_offline(&done);
        }
    }
    if json { context.out.value(&answer) } else { Ok(()) }
}

fn answer(args: &Args, context: &Context) -> Result<Answer, Failure> {
    let reader = context.reader()?;
    let (view, law) = (reader.view(), context.law(reader.view())?);
    let bytes = parse::file_bytes(&args.statement, limits::STATEMENT_FILE_BYTES, "name a file with a bank statement")?;
    let currency = law.charter().fee_minimum.currency;
    let mut entries: Vec<StatementEntry> = statements_of(&args.statement, args.currency)?.into_iter().flat_map(|statement| statement.entries).collect();
    // The month may be that of a payment in another currency: it is listed there.
    let (from, to) = time(args.month, &entries, &law)?;
    let in_time = |entry: &StatementEntry| entry.booked.ms().is_some_and(|booked| (from..to).contains(&booked));
    let foreign = entries.iter().filter(|entry| entry.currency != currency && entry.amount_minor > 0 && in_time(entry));
    let other_currency: Vec<ForeignRow> = foreign.map(|entry| ForeignRow { currency: entry.currency, payment: payment(entry) }).collect();
    entries.retain(|entry| entry.currency == currency);
    let pairs = Pairs::of(&entries, currency, &law, view.coop()?.unwrap_or(CoopId::ZERO), (from, to));
    let (receipts, sum) = law.receipts_between(from, to, currency);
    let amount = |minor: u128| Money { minor: u64::try_from(minor).unwrap_or(u64::MAX), currency };
    let (sum, bank, unmatched) = (amount(sum), amount(pairs.came_in), pairs.unmatched());
    let commitment = tagged_hash("folkmoot/bank-statement/1", &[&bytes]);
    let says = Reconcile { from_ms: from, to_ms: to, receipts, sum, bank, unmatched, commitment };
    let replaces = law.replaced_by(context.person(view)?.id, &says).map(|row| row.act);
    let receipt = |(number, row): &(u64, &DuesRow)| receipt(view, *number, row);
    let matched = pairs.matched.iter().map(|(entry, row)| Ok(Pair { payment: payment(entry), receipt: receipt(row)? }));
    Ok(Answer {
        currency,
        from,
        to,
        matched: matched.collect::<Result<_, Failure>>()?,
        without_receipt: pairs.without_receipt.iter().map(|entry| payment(entry)).collect(),
        other_currency,
        without_payment: pairs.without_payment.iter().map(receipt).collect::<Result<_, _>>()?,
        receipts,
        sum_minor: sum.minor,
        bank_minor: bank.minor,
        difference_minor: i128::from(bank.minor) - i128::from(sum.minor),
        unmatched,
        reversals: entries.iter().filter(|entry| entry.reversal).count(),
        commitment: HEXLOWER.encode(&commitment),
        replaces,
        signed: None,
        draft: BooksDraft::Reconcile { from_ms: from, to_ms: to, receipts, sum: sum.to_string(), bank: bank.to_string(), unmatched, commitment },
    })
}

/// The month that is asked for, or that of the last payment; of one that is not over, as much as the Gazette has printed.
fn time(month: Option<Date>, entries: &[StatementEntry], law: &State) -> Result<(u64, u64), Failure> {
    let last = entries.iter().map(|entry| entry.booked).max();
    let no_month = || Failure::new("month", "the statement has no payment, and so does not say for which month it is", "say it with --month, as 2026-11");
    let month = month.or(last.map(Date::first_of_month)).ok_or_else(no_month)?;
    let no_time = || Failure::new("month", format!("{month} is in no month that can be reconciled"), "give a month since 1970, as 2026-11");
    let from = month.ms().ok_or_else(no_time)?;
    let end = month.plus_months(1).and_then(Date::ms).ok_or_else(no_time)?;
    let to = end.min(law.time().saturating_add(1));
    if to <= from {
        let hint = "name an earlier month with --month, or wait for the next issue: `folkmoot gazette`";
        return Err(Failure::new("month", "the Gazette has printed nothing in that month yet", hint));
    }
    Ok((from, to))
}

fn payment(entry: &StatementEntry) -> PaymentRow {
    PaymentRow {
        line: entry.line,
        booked: entry.booked,
        amount_minor: entry.amount_minor,
        counterparty: entry.counterparty.clone(),
        remittance: if entry.remittance.is_empty() { entry.reference.clone() } else { entry.remittance.clone() },
    }
}

fn receipt(view: View<'_>, number: u64, row: &DuesRow) -> Result<ReceiptRow, Failure> {
    Ok(ReceiptRow { number, id: row.op, member: view.person_or_id(row.member)?, amount_minor: row.amount.minor, recorded: row.recorded })
}

fn say(paint: Paint, answer: &Answer) -> String {
    const SHOWN: usize = 32;
    let amount = |minor: i128| money(answer.currency, minor);
    let mut text = format!("{} to {}\n", format::date_and_time(answer.from), format::date_and_time(answer.to));
    let mut section = |heading: &str, columns: &[&str], rows: Vec<Vec<String>>| {
        if !rows.is_empty() {
            text += &format!("\n{}\n{}", paint.bold(heading), format::table(paint, columns, &rows));
        }
    };
    let paid = |row: &PaymentRow| vec![row.line.to_string(), row.booked.to_string(), amount(row.amount_minor.into())];
    let recorded = |row: &ReceiptRow| vec![row.number.to_string(), format::person(&row.member), amount(row.amount_minor.into()), format::day(row.recorded)];
    let pair = |pair: &Pair| [paid(&pair.payment), recorded(&pair.receipt)].concat();
    section(
        "Receipts and their payments",
        &["LINE", "BOOKED", "CAME IN", "RECEIPT", "MEMBER", "AMOUNT", "RECORDED"],
        answer.matched.iter().map(pair).collect(),
    );
    let row = |row: &PaymentRow| [paid(row), vec![format::opening(&row.counterparty, SHOWN), format::opening(&row.remittance, SHOWN)]].concat();
    section("Payments without a receipt", &["LINE", "BOOKED", "CAME IN", "WHO", "FOR"], answer.without_receipt.iter().map(row).collect());
    let foreign = |foreign: &ForeignRow| {
        let mut cells = row(&foreign.payment);
        cells[2] = money(foreign.currency, foreign.payment.amount_minor.into());
        cells
    };
    section("Payments in another currency, in no sum", &["LINE", "BOOKED", "CAME IN", "WHO", "FOR"], answer.other_currency.iter().map(foreign).collect());
    section("Receipts without a payment", &["RECEIPT", "MEMBER", "AMOUNT", "RECORDED"], answer.without_payment.iter().map(recorded).collect());
    text += &format!(
        "\n{}: {}. Came in at the bank: {}. Difference: {}.\n",
        format::count(answer.receipts, "receipt"),
        amount(answer.sum_minor.into()),
        amount(answer.bank_minor.into()),
        amount(answer.difference_minor)
    );
    if let Some(earlier) = answer.replaces {
        text += &format!("It takes the place of what you stated of that time before: {}, which stays in the Gazette.\n", earlier.short());
    }
    if answer.reversals > 0 {
        text += &format!("{} {} taken back, and in no sum: look at them.\n", paint.yellow("note:"), format::count(answer.reversals as u64, "payment"));
    }
    text
}
