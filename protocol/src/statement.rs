//! Bank statements: what a bank says came in and went out, read from the files that banks give their customers, and
//! whose payment is whose. Amounts are whole numbers of a currency's smallest unit throughout.
//!
//! Readers refuse rather than guess: what cannot be read is named with its line, and what does not count (a payment
//! that is not booked yet, a bank's line of totals) is listed as skipped.

pub mod camt053;
pub mod commitment;
pub mod csv;
mod encoding;
pub mod matching;
pub mod reference;
mod xml;

use crate::{date::Date, limits, money::Currency};
use serde::Serialize;

/// What one account's statement says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// The account's number (IBAN where there is one); empty where the file does not say.
    pub account: String,
    /// The account's currency, where the file says so.
    pub currency: Option<Currency>,
    /// What was there before, in the smallest unit of the account's currency.
    pub opening: Option<i64>,
    /// What was there after.
    pub closing: Option<i64>,
    /// What was booked, in the file's order.
    pub entries: Vec<StatementEntry>,
    /// What the file holds and does not count.
    pub skipped: Vec<Skipped>,
    /// What is odd about it, and should be looked at.
    pub notes: Vec<Note>,
}

/// One payment that was booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatementEntry {
    /// Where in the file it begins, from 1.
    pub line: usize,
    /// The day when it was booked.
    pub booked: Date,
    /// In the smallest unit; positive if money came in.
    pub amount_minor: i64,
    /// Of what.
    pub currency: Currency,
    /// Whether it takes an earlier payment back.
    pub reversal: bool,
    /// References that have a place of their own in the file, parted by blanks.
    pub reference: String,
    /// What the payment is for, in free text.
    pub remittance: String,
    /// Who paid, or was paid.
    pub counterparty: String,
    /// What the bank calls the payment; empty where the file does not say.
    pub bank_id: String,
}

/// Something in a file that does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Where in the file it begins, from 1.
    pub line: usize,
    /// Why it does not count.
    pub why: String,
    /// How it begins.
    pub text: String,
}

/// Something odd, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// Where in the file, from 1.
    pub line: usize,
    /// What is odd.
    pub what: String,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Something that cannot be read, where it is, and what was expected there.
    #[error("line {line}: {what}")]
    At {
        /// Counted from 1.
        line: usize,
        /// What is wrong, and what was expected.
        what: String,
    },
    /// Larger than is read.
    #[error("the file has more than {} MB, which is more than is read", limits::STATEMENT_FILE_BYTES / 1_000_000)]
    TooLarge,
    /// More than is read.
    #[error("there are more than {} payments, which is more than is read", limits::STATEMENT_ENTRIES)]
    TooMany,
    /// Nothing, or blanks only.
    #[error("the file is empty")]
    Empty,
    /// No text at all.
    #[error("this is {0}, and no text")]
    NoText(&'static str),
    /// Letters in an encoding that is not read.
    #[error("its letters are encoded as {0}, which is not read: save it as UTF-8")]
    Encoding(String),
    /// XML that is something else.
    #[error("this is {0}, and no bank statement (CAMT.053)")]
    OtherXml(String),
    /// A table whose heading is understood in part.
    #[error("line {line} seems to name the columns, but none for {missing}; not known are: {unknown}")]
    NoColumn {
        /// Where the heading stands, from 1.
        line: usize,
        /// What no column is for.
        missing: &'static str,
        /// The names that are not known.
        unknown: String,
    },
    /// A table without the columns that make a statement.
    #[error("no line names a column for the date and one for the amount (or one for debit and one for credit)")]
    NoHeading,
    /// Amounts of nobody knows what.
    #[error("the file does not say in which currency its amounts are")]
    NoCurrency,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// XML by ISO 20022.
    Camt053,
    /// A table.
    Csv,
}

impl Format {
    /// How a file seems to be written: XML begins with `<`.
    pub fn of(bytes: &[u8]) -> Self {
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace() && !b"\xEF\xBB\xBF\xFE\xFF\0".contains(byte));
        if first == Some(&b'<') { Self::Camt053 } else { Self::Csv }
    }
}

impl Statement {
    fn new() -> Self {
        Self { account: String::new(), currency: None, opening: None, closing: None, entries: vec![], skipped: vec![], notes: vec![] }
    }

    fn note(&mut self, line: usize, what: impl Into<String>) {
        self.notes.push(Note { line, what: what.into() });
    }

    /// What its entries in the account's currency come to.
    pub fn sum(&self) -> i128 {
        let own = self.entries.iter().filter(|entry| Some(entry.currency) == self.currency);
        own.map(|entry| i128::from(entry.amount_minor)).sum()
    }

    /// Notes where the entries do not lead from one balance to the other.
    fn check_balances(&mut self, line: usize) {
        let (Some(opening), Some(closing), Some(currency)) = (self.opening, self.closing, self.currency) else { return };
        let reached = i128::from(opening) + self.sum();
        if reached != i128::from(closing) {
            let (opening, reached, closing) = (currency.written(opening.into()), currency.written(reached), currency.written(closing.into()));
            self.note(
                line,
                format!("the payments lead from {opening} to {reached} {currency}, but the statement says {closing}: something is missing or twice"),
            );
        }
    }
}

/// Refuses what is too large, and what people take for a statement and is none.
fn check_file(bytes: &[u8]) -> Result<(), StatementError> {
    const OTHER: [(&[u8], &str); 3] =
        [(b"PK\x03\x04", "an archive or a spreadsheet (ZIP)"), (b"%PDF", "a page to print (PDF)"), (b"\xD0\xCF\x11\xE0", "an old spreadsheet (XLS)")];
    if bytes.len() as u64 > limits::STATEMENT_FILE_BYTES {
        return Err(StatementError::TooLarge);
    }
    if encoding::without_mark(bytes).trim_ascii().is_empty() {
        return Err(StatementError::Empty);
    }
    let other = OTHER.iter().find(|(mark, _)| bytes.starts_with(mark));
    other.map_or(Ok(()), |(_, what)| Err(StatementError::NoText(what)))
}

fn at(line: usize, what: impl Into<String>) -> StatementError {
    StatementError::At { line, what: what.into() }
}

/// A text on one line, with one blank where there were several.
fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How a text begins, for people who look for it in the file.
fn beginning(text: &str) -> String {
    const SHOWN: usize = 60;
    let text = tidy(text);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A reference, or nothing where it is a word by which payments say that they have none.
fn given(reference: &str) -> String {
    let reference = tidy(reference);
    if ["NOTPROVIDED", "NONREF"].iter().any(|none| reference.eq_ignore_ascii_case(none)) { String::new() } else { reference }
}
