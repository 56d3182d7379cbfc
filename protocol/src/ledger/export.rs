use super::{Journal, Transaction};
use crate::money::Currency;
use std::collections::BTreeSet;

/// The books as a journal for hledger (<https://hledger.org/hledger.html#journal>), in the order of days: accounts and
/// commodities are declared, each transaction has its number as code and its evidence as tags.
pub fn hledger(journal: &Journal) -> String {
    let mut text = "; Folkmoot: the books of a co-op\ndecimal-mark .\n\n".to_owned();
    let currencies: BTreeSet<Currency> = journal.balances().map(|(_, currency, _)| currency).collect();
    for currency in currencies {
        text += &format!("commodity {}\n", amount(currency, 1000));
    }
    text.push('\n');
    let accounts: BTreeSet<&str> = journal.balances().map(|(account, ..)| account.as_str()).collect();
    for account in accounts {
        text += &format!("account {account}\n");
    }
    for transaction in by_day(journal) {
        text += &format!("\n{} ({}) {}\n", transaction.date(), transaction.number(), description(transaction.memo()));
        for id in transaction.evidence() {
            text += &format!("    ; evidence:{id}\n");
        }
        let width = transaction.postings().iter().map(|posting| posting.account.as_str().len()).max().unwrap_or(0);
        for posting in transaction.postings() {
            text += &format!("    {:width$}  {}\n", posting.account.as_str(), amount(posting.currency, posting.amount_minor));
        }
    }
    text
}

/// The books as a table, one row for each posting, in the order of days.
pub fn csv(journal: &Journal) -> String {
    let mut table = ::csv::Writer::from_writer(Vec::new());
    let mut rows = vec![["number", "date", "account", "amount", "currency", "memo", "evidence"].map(str::to_owned)];
    for transaction in by_day(journal) {
        let (number, date, memo, evidence) =
            (transaction.number().to_string(), transaction.date().to_string(), harmless(transaction.memo()), harmless(&transaction.evidence().join(" ")));
        rows.extend(transaction.postings().iter().map(|posting| {
            let (account, amount) = (posting.account.to_string(), posting.currency.written(posting.amount_minor.into()));
            [number.clone(), date.clone(), account, amount, posting.currency.to_string(), memo.clone(), evidence.clone()]
        }));
    }
    // Writing to memory, with rows of one length, does not fail.
    let written = rows.iter().try_for_each(|row| table.write_record(row)).is_ok();
    let bytes = table.into_inner().unwrap_or_default();
    if written { String::from_utf8(bytes).unwrap_or_default() } else { String::new() }
}

fn by_day(journal: &Journal) -> Vec<&Transaction> {
    let mut transactions: Vec<&Transaction> = journal.transactions().iter().collect();
    transactions.sort_by_key(|transaction| (transaction.date(), transaction.number()));
    transactions
}

/// An amount with its currency; where it has no decimals, a point says that there are none.
fn amount(currency: Currency, minor: i64) -> String {
    let unit = if currency.decimals() == 0 { "." } else { "" };
    format!("{}{unit} {currency}", currency.written(minor.into()))
}

/// A memo where hledger reads on to a comment (`;`) or parts payee and note (`|`).
fn description(memo: &str) -> String {
    memo.replace(';', ",").replace('|', "/")
}

/// A text that a spreadsheet takes for no formula: one that could be gets an apostrophe, by which spreadsheets know text.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() }
}
