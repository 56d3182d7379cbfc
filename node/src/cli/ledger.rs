//! `ledger`: the co-op's books, as they follow from the law.

use super::{context::Context, format, output::Paint, treasury::money};
use crate::api::Failure;
use folkmoot_protocol::{
    date::Date,
    ledger::{Journal, Transaction, csv, hledger},
    money::Currency,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Shows the co-op's books: dues that count, and payments that bills ordered
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  folkmoot ledger
  folkmoot ledger --export hledger > books.journal
  folkmoot ledger --export csv > books.csv
  folkmoot ledger --json | jq '.balances'

The books follow from the Gazette alone: everybody's are the same. In the bank is what came in, less what was ordered.")]
pub(super) struct Args {
    /// Every transaction, for other programs
    #[arg(long, value_enum)]
    export: Option<Export>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Export {
    /// A journal for hledger
    Hledger,
    /// A table, a row for each posting
    Csv,
}

#[derive(Serialize)]
struct Books<'a> {
    balances: Vec<Balance<'a>>,
    transactions: Vec<TransactionView<'a>>,
}

#[derive(Serialize)]
struct Balance<'a> {
    account: &'a str,
    currency: Currency,
    amount_minor: i64,
}

#[derive(Serialize)]
struct TransactionView<'a> {
    number: u64,
    date: Date,
    memo: &'a str,
    evidence: &'a [String],
    postings: Vec<Balance<'a>>,
}

pub(super) fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let journal = journal(context)?;
    let books = Books {
        balances: journal.balances().map(|(account, currency, amount_minor)| Balance { account: account.as_str(), currency, amount_minor }).collect(),
        transactions: journal.transactions().iter().map(view).collect(),
    };
    context.out.answer(&books, |paint| match args.export {
        None => say(paint, &books),
        Some(Export::Hledger) => hledger(&journal),
        Some(Export::Csv) => csv(&journal),
    })
}

fn journal(context: &Context) -> Result<Journal, Failure> {
    let reader = context.reader()?;
    let law = context.law(reader.view())?;
    let mut names = BTreeMap::new();
    for (_, row) in law.dues.iter().filter(|(_, row)| row.accepted.is_some()) {
        names.insert(row.member, format::person(&reader.view().person_or_id(row.member)?));
    }
    let books = law.books(|person| names.get(&person).cloned().unwrap_or_else(|| person.short()));
    books.map_err(|error| Failure::new("books", format!("the books cannot be made: {error}"), "report this as a bug"))
}

fn view(transaction: &Transaction) -> TransactionView<'_> {
    let postings = transaction.postings().iter();
    TransactionView {
        number: transaction.number(),
        date: transaction.date(),
        memo: transaction.memo(),
        evidence: transaction.evidence(),
        postings: postings
            .map(|posting| Balance { account: posting.account.as_str(), currency: posting.currency, amount_minor: posting.amount_minor })
            .collect(),
    }
}

fn say(paint: Paint, books: &Books<'_>) -> String {
    if books.balances.is_empty() {
        return "The books are empty: no dues count yet, and no payment was ordered.\n".into();
    }
    let row = |balance: &Balance<'_>| vec![balance.account.to_owned(), money(balance.currency, balance.amount_minor.into())];
    let table = format::table(paint, &["ACCOUNT", "BALANCE"], &books.balances.iter().map(row).collect::<Vec<_>>());
    format!("{table}{}; what comes into an account is positive.\n", format::count(books.transactions.len() as u64, "transaction"))
}
