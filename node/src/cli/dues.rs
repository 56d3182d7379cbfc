//! `dues` and `accept`: what members pay, and what waits for a person's acceptance.

use super::{complete, context::Context, coop::office_name, format, output::Paint, parse, resolve};
use crate::{
    api::{Draft, Failure, LawDraft},
    store::{View, query::LawBook},
};
use folkmoot_protocol::{
    id::*,
    law::{DuesRow, Offer, Offered, ReceiptState, State},
    view::PersonView,
};
use serde::Serialize;

/// Records and confirms what members pay.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  folkmoot dues record Bob --from 2026-12-01 --to 2026-12-31 --amount '4.99 EUR'\n  folkmoot dues list")]
pub(super) struct DuesArgs {
    #[command(subcommand)]
    command: Dues,
}

#[derive(Debug, clap::Subcommand)]
enum Dues {
    /// Records that somebody paid; the treasurer does that
    #[command(after_help = "Examples:\n  folkmoot dues record Bob --from 2026-12-01 --to 2026-12-31 --amount '4.99 EUR'")]
    Record {
        /// Who paid
        #[arg(value_name = "MEMBER", add = complete::persons())]
        member: String,
        /// The first day
        #[arg(long, value_name = "DAY", value_parser = parse::day_ms)]
        from: u64,
        /// The day on which it ends
        #[arg(long, value_name = "DAY", value_parser = parse::day_ms)]
        to: u64,
        /// How much, with its currency
        #[arg(long, value_name = "AMOUNT")]
        amount: String,
    },
    /// Confirms what the treasurer recorded; the registrar does that
    #[command(after_help = "Examples:\n  folkmoot dues confirm 7\n  folkmoot dues confirm 3f9c01d2")]
    Confirm {
        /// The receipt, by its number or id
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Lists the receipts
    #[command(after_help = "Examples:\n  folkmoot dues list")]
    List,
}

/// Accepts what waits for you: dues, a job, an office; without an ID, lists it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  folkmoot accept\n  folkmoot accept 3f9c01d2")]
pub(super) struct AcceptArgs {
    /// What waits
    #[arg(value_name = "ID")]
    id: Option<String>,
}

#[derive(Serialize)]
struct Receipt {
    number: u64,
    id: OpId,
    member: PersonView,
    from: u64,
    to: u64,
    amount: String,
    treasurer: PersonView,
    registrar: Option<PersonView>,
    accepted: bool,
    state: ReceiptState,
    /// Whether that is so as printed.
    printed: bool,
}

#[derive(Serialize)]
struct Receipts {
    receipts: Vec<Receipt>,
}

#[derive(Serialize)]
struct Waiting {
    id: OpId,
    what: String,
}

#[derive(Serialize)]
struct AllWaiting {
    waiting: Vec<Waiting>,
}

pub(super) async fn dues(args: DuesArgs, context: &Context) -> Result<(), Failure> {
    match args.command {
        Dues::Record { member, from, to, amount } => {
            let (member, counts) = {
                let reader = context.reader()?;
                let view = reader.view();
                let treasurer = context.viewer(view)?.person;
                (resolve::person(view, &member)?, when_it_counts(&context.law_book(view)?.provisional, treasurer))
            };
            let draft = LawDraft::Dues { member, from_ms: from, to_ms: to, amount, commitment: [0; 32] };
            context.write(Draft::Law(draft), |written| format!("Recorded as receipt {}; it counts once {counts}.", written.op.short())).await
        }
        Dues::Confirm { id } => {
            let dues = {
                let reader = context.reader()?;
                let book = context.law_book(reader.view())?;
                let dues = &book.provisional.dues;
                let all: Vec<OpId> = dues.iter().map(|(_, row)| row.op).collect();
                let numbered = id.parse().ok().and_then(|number| dues.get(&number)).map(|row| row.op);
                numbered.map_or_else(|| resolve::one_of("receipt", &id, &all, "`folkmoot dues list` shows them"), Ok)?
            };
            context.write(Draft::Law(LawDraft::Attest { dues }), |_| format!("Confirmed receipt {}.", dues.short())).await
        }
        Dues::List => list(context),
    }
}

/// What has to happen before a receipt of this treasurer's counts.
fn when_it_counts(law: &State, treasurer: PersonId) -> &'static str {
    match law.needs_registrar(treasurer) {
        true => "a registrar confirms it and the member accepts it",
        false => "the member accepts it",
    }
}

fn list(context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let (view, book) = (reader.view(), context.law_book(reader.view())?);
    let receipts: Result<Vec<Receipt>, Failure> = book.provisional.dues.iter().map(|(number, row)| receipt(view, &book, *number, row)).collect();
    let receipts = Receipts { receipts: receipts? };
    context.out.answer(&receipts, |paint| table(paint, &receipts.receipts))
}

fn receipt(view: View<'_>, book: &LawBook, number: u64, row: &DuesRow) -> Result<Receipt, Failure> {
    let state = book.provisional.receipt_state(number, row);
    let printed = book.printed.dues.get(&number).is_some_and(|row| book.printed.receipt_state(number, row) == state);
    Ok(Receipt {
        number,
        id: row.op,
        member: view.person_or_id(row.member)?,
        from: row.from_ms,
        to: row.to_ms,
        amount: row.amount.to_string(),
        treasurer: view.person_or_id(row.treasurer)?,
        registrar: row.registrar.map(|person| view.person_or_id(person)).transpose()?,
        accepted: row.accepted.is_some(),
        state,
        printed,
    })
}

fn table(paint: Paint, receipts: &[Receipt]) -> String {
    if receipts.is_empty() {
        return format!("Nobody's dues are recorded: the treasurer does that with {}.", paint.cyan("folkmoot dues record"));
    }
    let row = |receipt: &Receipt| {
        let state = match receipt.state {
            ReceiptState::WaitsForRegistrar => "waits for the registrar",
            ReceiptState::WaitsForMember => "waits for the member",
            ReceiptState::WaitsForPlace => "waits for a place",
            ReceiptState::Struck => "struck",
            ReceiptState::Counts => "counts",
        };
        let state = if receipt.printed { state.to_owned() } else { format!("{state}, once it is printed") };
        let days = format!("{} to {}", format::day(receipt.from), format::day(receipt.to));
        vec![receipt.number.to_string(), receipt.id.short(), format::person(&receipt.member), days, receipt.amount.clone(), state]
    };
    format::table(paint, &["NO.", "ID", "MEMBER", "FOR", "AMOUNT", "STATE"], &receipts.iter().map(row).collect::<Vec<_>>())
}

pub(super) async fn accept(args: AcceptArgs, context: &Context) -> Result<(), Failure> {
    let Some(typed) = args.id else { return list_waiting(context) };
    let (offer, what) = {
        let reader = context.reader()?;
        let mine = waiting(reader.view(), context)?;
        let all: Vec<OpId> = mine.iter().map(|waiting| waiting.id).collect();
        let offer = resolve::one_of("offer", &typed, &all, "`folkmoot accept` lists what waits for you")?;
        (offer, mine.into_iter().find(|waiting| waiting.id == offer).map(|waiting| waiting.what).unwrap_or_default())
    };
    context.write(Draft::Law(LawDraft::Accept { offer }), |_| format!("Accepted {}. It counts once the Gazette has printed that.", format::line(&what))).await
}

fn list_waiting(context: &Context) -> Result<(), Failure> {
    let waiting = AllWaiting { waiting: waiting(context.reader()?.view(), context)? };
    context.out.answer(&waiting, |paint| match waiting.waiting.as_slice() {
        [] => "Nothing waits for your acceptance.".into(),
        all => format::table(paint, &["ID", "WHAT"], &all.iter().map(|one| vec![one.id.short(), format::line(&one.what)]).collect::<Vec<_>>()),
    })
}

fn waiting(view: View<'_>, context: &Context) -> Result<Vec<Waiting>, Failure> {
    let book = context.law_book(view)?;
    let person = context.viewer(view)?.person;
    book.offers_to(person).map(|(id, offer)| Ok(Waiting { id, what: describe(view, &book.provisional, offer)? })).collect()
}

/// What waits, in words.
pub(super) fn describe(view: View<'_>, law: &State, offer: &Offer) -> Result<String, Failure> {
    Ok(match offer.what {
        Offered::Dues(number) => match law.dues.get(&number) {
            Some(row) => format!("dues of {} from {} to {} (receipt {number})", row.amount, format::day(row.from_ms), format::day(row.to_ms)),
            None => format!("receipt {number}"),
        },
        Offered::Job(id) => {
            let job = law.jobs.get(&id);
            let pay = job.and_then(|job| job.pay).map(|pay| format!(", paid {pay} a month")).unwrap_or_default();
            format!("the job {}{pay}", job.map_or("?", |job| &job.name))
        }
        Offered::Office(office) => format!("the office of {}", office_name(view, &office)?),
    })
}
