//! Bank statements as files.

use crate::{api::Failure, cli::parse};
use folkmoot_protocol::{
    limits,
    money::Currency,
    statement::{Format, Statement, StatementError, camt053, csv},
};
use std::path::{Path, PathBuf};

/// A statement, and how it is to be read.
#[derive(Debug, clap::Args)]
pub(super) struct StatementFile {
    /// The statement, as the bank gives it
    #[arg(value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,
    /// How it is written [default: XML is camt053, all else csv]
    #[arg(long, value_enum)]
    format: Option<FormatArg>,
    /// What amounts are in where a table does not say
    #[arg(long, value_name = "CURRENCY")]
    pub(super) currency: Option<Currency>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum FormatArg {
    /// A table, as spreadsheets read it
    Csv,
    /// XML by ISO 20022, camt.053.001.02 to .13
    Camt053,
}

impl StatementFile {
    /// Its statements, and how it is written.
    pub(super) fn read(&self) -> Result<(Format, Vec<Statement>), Failure> {
        statements(&self.file, self.format, self.currency)
    }
}

/// The statements of a file whose format shows.
pub(in crate::cli) fn statements_of(file: &Path, currency: Option<Currency>) -> Result<Vec<Statement>, Failure> {
    statements(file, None, currency).map(|(_, statements)| statements)
}

/// The statements of a file, and how it is written.
fn statements(file: &Path, format: Option<FormatArg>, currency: Option<Currency>) -> Result<(Format, Vec<Statement>), Failure> {
    let bytes = parse::file_bytes(file, limits::STATEMENT_FILE_BYTES, "name a file with a bank statement")?;
    let format = match format {
        Some(FormatArg::Csv) => Format::Csv,
        Some(FormatArg::Camt053) => Format::Camt053,
        None => Format::of(&bytes),
    };
    let read = match format {
        Format::Camt053 => camt053::read(&bytes),
        Format::Csv => csv::read(&bytes, currency),
    };
    let failure = |error| Failure::new("statement", format!("{}: {error}", file.display()), hint(&error, format));
    read.map(|statements| (format, statements)).map_err(failure)
}

fn hint(error: &StatementError, format: Format) -> &'static str {
    match (error, format) {
        (StatementError::NoCurrency, _) => "say it with --currency, as in --currency EUR",
        (StatementError::NoHeading, _) => "name the columns in the first line, as in Date;Amount;Name;Purpose, or take the bank's CAMT.053",
        (StatementError::NoColumn { .. }, _) => "in a copy of the file, name the column that holds it: Date, Amount, or Debit and Credit",
        (StatementError::Empty, _) => "fetch the file from the bank again",
        (StatementError::OtherXml(_), _) => "ask the bank for account statements in CAMT.053",
        (StatementError::TooLarge | StatementError::TooMany, _) => "ask the bank for a shorter time, and read one file after the other",
        (StatementError::NoText(_), _) => "unpack an archive, and save a spreadsheet as CSV, or take the bank's CAMT.053",
        (StatementError::Encoding(_), _) => "open it in a text editor, and save it as UTF-8",
        (StatementError::At { .. }, Format::Csv) => "correct that line in a copy of the file, or take the bank's CAMT.053",
        (StatementError::At { .. }, Format::Camt053) => "fetch the file from the bank again; if it stays so, take a table (CSV)",
    }
}
