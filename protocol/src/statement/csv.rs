//! Statements as tables, as banks give them: parted by semicolons, commas or tabs, with or without lines before the
//! heading, in English or German, with points or commas before decimals.
//!
//! What a file leaves open is not guessed. `1.234` is a thousand or one and a bit, `05/03/2026` in May or in March: other
//! lines of the same file tell, or the file is refused.

mod amount;
mod day;
mod heading;
mod quotes;

use super::{Skipped, Statement, StatementEntry, StatementError, at, beginning, check_file, encoding, given, tidy};
use crate::{limits, money::Currency};
use amount::{Marks, Way, Written, way};
use day::Days;
use heading::{Column, Heading, Lack, plain};
use std::borrow::Cow;

const SEPARATORS: [u8; 3] = [b';', b',', b'\t'];
const UNCLOSED: &str = "a quotation mark is opened here and never closed";

/// Reads a file: one statement for each account that it names. `currency` is what amounts are in where the file does not
/// say.
pub fn read(bytes: &[u8], currency: Option<Currency>) -> Result<Vec<Statement>, StatementError> {
    check_file(bytes)?;
    let text = text_of(bytes)?;
    let found = SEPARATORS.iter().filter_map(|separator| Table::find(&text, *separator)).max_by_key(|table| table.heading.columns.len());
    match found {
        Some(table) => match quotes::unclosed(&text, table.separator) {
            Some(line) => Err(at(line, UNCLOSED)),
            None => table.read(currency),
        },
        None => Err(why_no_heading(&text)),
    }
}

/// What to say of a file without a heading: what its likeliest one lacks, or which mark swallows it.
fn why_no_heading(text: &str) -> StatementError {
    let rows = |separator| records(text, separator).take(limits::STATEMENT_HEADING_ROWS);
    let lacks = SEPARATORS.into_iter().flat_map(|separator| rows(separator).filter_map(|(line, record)| Heading::lacks(line, &record)));
    if let Some(Lack { line, missing, unknown, .. }) = lacks.max_by_key(|lack| (lack.known, std::cmp::Reverse(lack.line))) {
        return StatementError::NoColumn { line, missing, unknown: beginning(&unknown.join(", ")) };
    }
    SEPARATORS.into_iter().find_map(|separator| quotes::unclosed(text, separator)).map_or(StatementError::NoHeading, |line| at(line, UNCLOSED))
}

/// The text of a file: UTF-8 with or without a byte order mark, else Windows-1252.
fn text_of(bytes: &[u8]) -> Result<Cow<'_, str>, StatementError> {
    if encoding::has_wide_mark(bytes) || bytes.iter().take(200).any(|byte| *byte == 0) {
        return Err(StatementError::Encoding("UTF-16 (or it is no text)".into()));
    }
    Ok(encoding::utf8(bytes).map_or_else(|_| Cow::Owned(encoding::windows_1252(bytes)), Cow::Borrowed))
}

/// A row of the table, as far as it is read.
struct Row {
    line: usize,
    /// What stands in the heading's columns.
    cells: Vec<String>,
    /// How it begins.
    text: String,
    /// Whether it has as many cells as the heading.
    fits: bool,
    /// Whether a cell holds what looks like further rows.
    swallows: bool,
}

/// A file whose heading was found.
struct Table<'a> {
    text: &'a str,
    separator: u8,
    heading: Heading,
    /// Rows up to and with the heading.
    above: usize,
}

/// Rows with the lines where they begin.
fn records(text: &str, separator: u8) -> impl Iterator<Item = (usize, ::csv::StringRecord)> + '_ {
    let mut reader = ::csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let (mut counted, mut line) = (0, 1);
    std::iter::from_fn(move || {
        let mut record = ::csv::StringRecord::new();
        // The text is UTF-8 and in memory, and rows may have any length: nothing is left to fail.
        if !reader.read_record(&mut record).ok()? {
            return None;
        }
        // Empty lines before the row are passed over by the reader without saying so.
        let from = record.position().map_or(0, |position| position.byte() as usize).min(text.len());
        let begins = from + text.as_bytes()[from..].iter().take_while(|byte| **byte == b'\n' || **byte == b'\r').count();
        line += text.as_bytes().get(counted..begins).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count();
        counted = counted.max(begins);
        Some((line, record))
    })
}

impl<'a> Table<'a> {
    fn find(text: &'a str, separator: u8) -> Option<Self> {
        let mut rows = records(text, separator).take(limits::STATEMENT_HEADING_ROWS).enumerate();
        rows.find_map(|(n, (line, record))| Heading::read(line, &record).map(|heading| Self { text, separator, heading, above: n + 1 }))
    }

    fn read(&self, fallback: Option<Currency>) -> Result<Vec<Statement>, StatementError> {
        let mut table = Statement::new();
        let mut currency = self.heading.currency.or(fallback);
        for (line, record) in records(self.text, self.separator).take(self.above - 1) {
            self.above_heading(line, &record, &mut table, &mut currency);
        }
        if !self.heading.unread.is_empty() {
            table.note(self.heading.line, format!("columns that are not read: {}", beginning(&self.heading.unread.join(", "))));
        }
        let rows = self.rows()?;
        let last = rows.iter().rposition(|row| self.is_dated(row));
        let mut entries = Vec::new();
        for (n, row) in rows.iter().enumerate() {
            match self.why_skipped(row) {
                Some(why) => table.skipped.push(Skipped { line: row.line, why, text: row.text.clone() }),
                None if self.is_dated(row) => entries.push(row),
                None if last.is_none_or(|last| n > last) && !(last.is_none() && self.has_amount(row)) => {
                    table.skipped.push(Skipped { line: row.line, why: "stands below the payments and has no date".into(), text: row.text.clone() });
                }
                None => return Err(at(row.line, format!("a date is expected in the column `{}`, as in 2026-11-03 or 03.11.2026", self.heading.dates()))),
            }
        }
        self.entries(&rows, &entries, table, currency)
    }

    /// What a line before the heading tells of the account.
    fn above_heading(&self, line: usize, record: &::csv::StringRecord, table: &mut Statement, currency: &mut Option<Currency>) {
        let cells: Vec<&str> = record.iter().map(str::trim).filter(|cell| !cell.is_empty()).collect();
        let (name, value) = (cells.first().map(|cell| plain(cell)).unwrap_or_default(), cells.get(1).copied().unwrap_or_default());
        match (heading::ABOUT_ACCOUNT.contains(&name.as_str()), heading::ABOUT_CURRENCY.contains(&name.as_str()), value.parse().ok()) {
            (true, ..) if !value.is_empty() && table.account.is_empty() => table.account = tidy(value),
            (_, true, Some(said)) => *currency = Some(said),
            _ if cells.is_empty() => {}
            _ => table.skipped.push(Skipped { line, why: "stands above the heading".into(), text: beginning(&cells.join(" ")) }),
        }
    }

    fn rows(&self) -> Result<Vec<Row>, StatementError> {
        let mut rows = Vec::new();
        for (line, record) in records(self.text, self.separator).skip(self.above) {
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if rows.len() >= limits::STATEMENT_ENTRIES {
                return Err(StatementError::TooMany);
            }
            let beyond = record.iter().skip(self.heading.width).any(|cell| !cell.trim().is_empty());
            let like_rows =
                |cell: &str| cell.lines().skip(1).any(|line| line.bytes().filter(|byte| *byte == self.separator).count() + 1 >= self.heading.filled);
            rows.push(Row {
                line,
                cells: self.heading.columns.iter().map(|(_, place)| record.get(*place).unwrap_or_default().trim().to_owned()).collect(),
                text: beginning(&record.iter().take(12).map(str::trim).filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join(" ")),
                fits: record.len() >= self.heading.filled && !beyond,
                swallows: record.iter().any(like_rows),
            });
        }
        Ok(rows)
    }

    /// What stands in a row's column of this kind, the first of them.
    fn cell<'r>(&self, row: &'r Row, column: Column) -> &'r str {
        self.cells(row, column).next().unwrap_or_default()
    }

    fn cells<'r>(&self, row: &'r Row, column: Column) -> impl Iterator<Item = &'r str> {
        self.heading.columns.iter().zip(&row.cells).filter(move |((kind, _), _)| *kind == column).map(|(_, cell)| cell.as_str())
    }

    fn joined(&self, row: &Row, column: Column) -> String {
        let mut texts: Vec<String> = Vec::new();
        self.cells(row, column).map(tidy).filter(|text| !text.is_empty()).for_each(|text| {
            if !texts.contains(&text) {
                texts.push(text);
            }
        });
        texts.join(" ")
    }

    fn date<'r>(&self, row: &'r Row) -> &'r str {
        if self.heading.has(Column::Booked) { self.cell(row, Column::Booked) } else { self.cell(row, Column::Valued) }
    }

    /// Whether a row means to say when.
    fn is_dated(&self, row: &Row) -> bool {
        self.date(row).starts_with(|c: char| c.is_ascii_digit())
    }

    /// Whether a row means to say how much.
    fn has_amount(&self, row: &Row) -> bool {
        AMOUNTS.iter().flat_map(|column| self.cells(row, *column)).any(|cell| Written::read(row.line, cell).is_ok())
    }

    /// Why a row does not count: it is not booked, or a balance.
    fn why_skipped(&self, row: &Row) -> Option<String> {
        let (status, info) = (plain(self.cell(row, Column::Status)), plain(self.cell(row, Column::Info)));
        let waits = |text: &str| heading::PENDING.iter().any(|word| text.split(' ').any(|part| part == *word));
        if waits(&status) || waits(&info) || waits(&plain(self.date(row))) {
            return Some("not booked yet".into());
        }
        if !status.is_empty() && !heading::BOOKED.iter().any(|word| status.split(' ').any(|part| part == *word)) {
            return Some(format!("its status `{}` is not known to mean that it is booked", beginning(self.cell(row, Column::Status))));
        }
        self.balance(row).map(|_| "a balance, no payment".into())
    }

    /// Whether a row is the balance before (`false`) or after (`true`).
    fn balance(&self, row: &Row) -> Option<bool> {
        let texts = [Column::Remittance, Column::Kind, Column::Counterparty].into_iter().flat_map(|column| self.cells(row, column)).map(plain);
        let mut known = texts.filter_map(|text| heading::BALANCES.iter().find(|(name, _)| *name == text).map(|(_, after)| *after));
        known.next()
    }

    fn entries(&self, rows: &[Row], dated: &[&Row], table: Statement, currency: Option<Currency>) -> Result<Vec<Statement>, StatementError> {
        for row in dated {
            if row.swallows {
                return Err(at(row.line, "a quotation mark seems not to be closed: the cell goes on over further lines that look like payments"));
            }
            if !row.fits {
                return Err(at(row.line, format!("there are not as many cells as the {} of the heading in line {}", self.heading.filled, self.heading.line)));
            }
        }
        let days = Days::of(dated.iter().map(|row| (row.line, self.date(row))))?;
        let amounts = || dated.iter().flat_map(|row| AMOUNTS.iter().flat_map(|column| self.cells(row, *column)).map(|cell| (row.line, cell)));
        let marks = Marks::of(amounts())?;
        let mut statements: Vec<Statement> = vec![];
        for row in dated {
            let account = tidy(self.cell(row, Column::Account));
            let account = if account.is_empty() { table.account.clone() } else { account };
            let amount = self.amount(row, &marks, currency)?;
            let place = statements.iter().position(|statement| statement.account == account).unwrap_or_else(|| {
                statements.push(Statement { account, currency: Some(amount.1), ..Statement::new() });
                statements.len() - 1
            });
            statements[place].entries.push(self.entry(row, &days, amount)?);
        }
        if statements.is_empty() {
            statements.push(Statement { account: table.account, currency, ..Statement::new() });
        }
        let first = &mut statements[0];
        (first.skipped, first.notes) = (table.skipped, table.notes);
        if statements.len() == 1 {
            self.set_balances(rows, &marks, &mut statements[0]);
            statements[0].check_balances(self.heading.line);
        }
        Ok(statements)
    }

    fn set_balances(&self, rows: &[Row], marks: &Marks, statement: &mut Statement) {
        for row in rows {
            let Some(after) = self.balance(row) else { continue };
            let said = self.amount(row, marks, statement.currency).ok().filter(|(_, currency)| Some(*currency) == statement.currency);
            let balance = if after { &mut statement.closing } else { &mut statement.opening };
            *balance = said.map(|(minor, _)| minor).or(*balance);
        }
    }

    fn entry(&self, row: &Row, days: &Days, (amount_minor, currency): (i64, Currency)) -> Result<StatementEntry, StatementError> {
        let (from, to) = if amount_minor < 0 { (Column::Payee, Column::Payer) } else { (Column::Payer, Column::Payee) };
        let named = [Column::Counterparty, from, to].map(|column| self.joined(row, column));
        let texts = [Column::Remittance, Column::Kind].map(|column| self.joined(row, column));
        Ok(StatementEntry {
            line: row.line,
            booked: days.read(row.line, self.date(row))?,
            amount_minor,
            currency,
            reversal: false,
            reference: given(&self.joined(row, Column::Reference)),
            remittance: texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default(),
            counterparty: named.into_iter().find(|text| !text.is_empty()).unwrap_or_default(),
            bank_id: given(&self.joined(row, Column::BankId)),
        })
    }

    /// What a row's amount is, with its sign.
    fn amount(&self, row: &Row, marks: &Marks, fallback: Option<Currency>) -> Result<(i64, Currency), StatementError> {
        let line = row.line;
        let (cell, column_way) = self.amount_cell(row)?;
        let written = Written::read(line, cell)?;
        let named = self.cell(row, Column::Currency);
        let said: Option<Currency> = match named {
            "" => None,
            named => Some(named.to_uppercase().parse().map_err(|error| at(line, format!("`{}`: {error}", beginning(named))))?),
        };
        if let (Some(column), Some(own)) = (said, written.currency)
            && column != own
        {
            return Err(at(line, format!("the amount `{}` is in another currency than {column}, which stands beside it", beginning(cell))));
        }
        let currency = said.or(written.currency).or(fallback).ok_or(StatementError::NoCurrency)?;
        let minor = marks.minor(line, cell, &written, currency)?;
        let beside = match self.cell(row, Column::Way) {
            "" => None,
            text => Some(way(text).ok_or_else(|| at(line, format!("`{}` says neither debit nor credit (S or H, D or C)", beginning(text))))?),
        };
        match column_way.or(beside).or(written.way) {
            None => Ok((minor, currency)),
            Some(Way::Out) => Ok((-minor.saturating_abs(), currency)),
            Some(Way::In) if minor < 0 && column_way.is_none() => {
                Err(at(line, format!("the amount `{}` is below zero, but is said to have come in", beginning(cell))))
            }
            Some(Way::In) => Ok((minor, currency)),
        }
    }

    /// The cell with the amount, and which way it went where there is a column for each.
    fn amount_cell<'r>(&self, row: &'r Row) -> Result<(&'r str, Option<Way>), StatementError> {
        if self.heading.has(Column::Amount) {
            return Ok((self.cell(row, Column::Amount), None));
        }
        let (out, came) = (self.cell(row, Column::Debit), self.cell(row, Column::Credit));
        let nothing = |cell: &str| !cell.contains(|c: char| c.is_ascii_digit() && c != '0');
        match (nothing(out), nothing(came)) {
            (true, true) if came.is_empty() => Ok((out, Some(Way::Out))),
            (true, _) => Ok((came, Some(Way::In))),
            (false, true) => Ok((out, Some(Way::Out))),
            (false, false) => Err(at(row.line, "there is a debit and a credit: one of them should be empty")),
        }
    }
}

const AMOUNTS: [Column; 3] = [Column::Amount, Column::Debit, Column::Credit];

#[cfg(test)]
mod tests;
