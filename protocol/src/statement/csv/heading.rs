use crate::money::Currency;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Booked,
    Valued,
    Amount,
    Debit,
    Credit,
    /// Whether it is a debit or a credit.
    Way,
    Currency,
    Reference,
    Remittance,
    /// What sort of payment.
    Kind,
    Counterparty,
    Payer,
    Payee,
    BankId,
    /// The customer's own account.
    Account,
    Status,
    /// Where some banks say that a payment is not booked yet, among other things.
    Info,
}

/// What banks call their columns, in the form of [`plain`].
const NAMES: [(Column, &[&str]); 17] = [
    (
        Column::Booked,
        &[
            "date",
            "booking date",
            "bookingdate",
            "booked",
            "booked at",
            "booked on",
            "posting date",
            "posted",
            "transaction date",
            "entry date",
            "completed date",
            "buchungstag",
            "buchungsdatum",
            "buchung",
            "datum",
        ],
    ),
    (
        Column::Valued,
        &["value date", "valuta", "valutadatum", "valuta datum", "valutatag", "valuta tag", "wert", "wertstellung", "wertstellungstag", "wertstellungsdatum"],
    ),
    (Column::Amount, &["amount", "transaction amount", "betrag", "umsatz", "buchungsbetrag", "umsatzbetrag"]),
    (
        Column::Debit,
        &["debit", "debit amount", "debits", "paid out", "money out", "withdrawal", "withdrawals", "soll", "belastung", "ausgabe", "ausgaben", "ausgang"],
    ),
    (
        Column::Credit,
        &["credit", "credit amount", "credits", "paid in", "money in", "deposit", "deposits", "haben", "gutschrift", "einnahme", "einnahmen", "eingang"],
    ),
    (
        Column::Way,
        &[
            "soll haben",
            "haben soll",
            "soll haben kennzeichen",
            "s h",
            "h s",
            "sh",
            "s h kennzeichen",
            "debit credit",
            "credit debit",
            "debit credit indicator",
            "credit debit indicator",
            "dr cr",
            "cr dr",
            "d c",
            "c d",
            "cdtdbtind",
        ],
    ),
    (Column::Currency, &["currency", "ccy", "waehrung", "waehrg", "whg", "umsatzwaehrung", "kontowaehrung", "currency code"]),
    (
        Column::Reference,
        &[
            "reference",
            "payment reference",
            "end to end reference",
            "end to end id",
            "endtoendid",
            "end to end referenz",
            "ende zu ende referenz",
            "referenz",
            "kundenreferenz",
            "kundenreferenz end to end",
            "customer reference",
            "reference number",
            "zahlungsreferenz",
        ],
    ),
    (
        Column::Remittance,
        &[
            "purpose",
            "remittance",
            "remittance information",
            "description",
            "details",
            "payment details",
            "transaction description",
            "narrative",
            "particulars",
            "memo",
            "note",
            "notes",
            "message",
            "verwendungszweck",
            "verwendungszweckzeile",
            "zahlungsgrund",
            "buchungsdetails",
            "vwz",
            "zweck",
            "mitteilung",
        ],
    ),
    (Column::Kind, &["type", "transaction type", "buchungstext", "umsatzart", "buchungsart", "vorgang", "vorgang verwendungszweck", "text", "umsatztyp"]),
    (
        Column::Counterparty,
        &[
            "name",
            "counterparty",
            "counter party",
            "counterparty name",
            "partner",
            "partner name",
            "partnername",
            "payer payee",
            "payee payer",
            "other party",
            "account holder",
            "beguenstigter zahlungspflichtiger",
            "name zahlungsbeteiligter",
            "zahlungsbeteiligter",
            "auftraggeber empfaenger",
            "auftraggeber beguenstigter",
            "beguenstigter auftraggeber",
            "auftraggeber zahlungsempfaenger",
            "empfaenger zahlungspflichtiger",
            "empfaenger auftraggeber",
            "gegenkonto name",
            "kontoinhaber gegenkonto",
        ],
    ),
    (
        Column::Payer,
        &["payer", "payer name", "sender", "from", "auftraggeber", "zahlungspflichtiger", "zahlungspflichtige r", "einzahler", "absender", "debtor"],
    ),
    (
        Column::Payee,
        &["payee", "payee name", "recipient", "beneficiary", "to", "beguenstigter", "empfaenger", "zahlungsempfaenger", "zahlungsempfaenger in", "creditor"],
    ),
    (
        Column::BankId,
        &[
            "transaction id",
            "transaction reference",
            "transactionid",
            "bank reference",
            "bankreferenz",
            "umsatz id",
            "buchungsreferenz",
            "transaktions id",
            "fitid",
            "id",
        ],
    ),
    (Column::Account, &["auftragskonto", "iban auftragskonto", "own account", "kontonummer auftragskonto"]),
    (Column::Status, &["status", "state"]),
    (Column::Info, &["info"]),
];

/// Lines above a heading that name the account,
pub(super) const ABOUT_ACCOUNT: [&str; 8] = ["account", "account number", "iban", "konto", "kontonummer", "girokonto", "kontokorrent", "tagesgeld"];
/// and its currency.
pub(super) const ABOUT_CURRENCY: [&str; 4] = ["currency", "account currency", "waehrung", "kontowaehrung"];

/// Words of a status that says that money may still not come.
pub(super) const PENDING: [&str; 9] = ["pending", "pdng", "vorgemerkt", "vorgemerkte", "offen", "ausstehend", "unbooked", "authorised", "authorized"];
/// Words of one that says that it is there.
pub(super) const BOOKED: [&str; 11] =
    ["booked", "book", "gebucht", "completed", "complete", "posted", "settled", "cleared", "executed", "ausgefuehrt", "abgeschlossen"];

/// What rows are called that are balances among payments, and whether it is the one after them.
pub(super) const BALANCES: [(&str, bool); 12] = [
    ("opening balance", false),
    ("balance brought forward", false),
    ("start balance", false),
    ("anfangssaldo", false),
    ("alter saldo", false),
    ("saldovortrag", false),
    ("closing balance", true),
    ("balance carried forward", true),
    ("end balance", true),
    ("endsaldo", true),
    ("neuer saldo", true),
    ("schlusssaldo", true),
];

/// The row that names the columns.
#[derive(Debug)]
pub(super) struct Heading {
    pub(super) line: usize,
    /// The columns that are read, and their places.
    pub(super) columns: Vec<(Column, usize)>,
    /// Names of the others.
    pub(super) unread: Vec<String>,
    /// Where a name says it, as `Amount (EUR)` does.
    pub(super) currency: Option<Currency>,
    /// Cells in the heading,
    pub(super) width: usize,
    /// and without the empty ones at its end.
    pub(super) filled: usize,
    dates: String,
}

/// What a row lacks to be a heading.
#[derive(Debug)]
pub(super) struct Lack {
    pub(super) line: usize,
    /// How many columns are known.
    pub(super) known: usize,
    /// What there is no column for.
    pub(super) missing: &'static str,
    /// Names that are not known.
    pub(super) unknown: Vec<String>,
}

impl Heading {
    /// Reads a row as a heading, if it has columns for a date and an amount.
    pub(super) fn read(line: usize, record: &::csv::StringRecord) -> Option<Self> {
        Self::columns(line, record)?.settle(record)
    }

    /// What a row lacks to be a heading, if it knows some column and lacks one.
    pub(super) fn lacks(line: usize, record: &::csv::StringRecord) -> Option<Lack> {
        let heading = Self::columns(line, record)?;
        let date = heading.has(Column::Booked) || heading.has(Column::Valued);
        let (debit, credit) = (heading.has(Column::Debit), heading.has(Column::Credit));
        let missing = match (date, heading.has(Column::Amount) || debit && credit) {
            (false, false) => "the date, and none for the amount",
            (false, true) => "the date",
            (true, false) if debit => "what came in (credit)",
            (true, false) if credit => "what went out (debit)",
            (true, false) => "the amount",
            (true, true) => return None,
        };
        let known = heading.columns.len();
        (known > 0 && !heading.unread.is_empty()).then_some(Lack { line, known, missing, unknown: heading.unread })
    }

    /// A row's cells as the names of columns.
    fn columns(line: usize, record: &::csv::StringRecord) -> Option<Self> {
        let filled = 1 + (0..record.len()).rev().find(|place| record.get(*place).is_some_and(|cell| !cell.trim().is_empty()))?;
        let mut heading = Self { line, columns: vec![], unread: vec![], currency: None, width: record.len(), filled, dates: String::new() };
        for (place, cell) in record.iter().enumerate() {
            let (name, currency) = name_and_currency(cell);
            let Some(column) = NAMES.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(column, _)| *column) else {
                heading.unread.extend(Some(cell.trim().to_owned()).filter(|name| !name.is_empty()));
                continue;
            };
            if heading.has(column) && !column.may_repeat() {
                heading.unread.push(cell.trim().to_owned());
                continue;
            }
            if matches!(column, Column::Amount | Column::Debit | Column::Credit) {
                heading.currency = heading.currency.or(currency);
            }
            heading.columns.push((column, place));
        }
        Some(heading)
    }

    fn settle(mut self, record: &::csv::StringRecord) -> Option<Self> {
        let date = if self.has(Column::Booked) { Column::Booked } else { Column::Valued };
        self.dates = record.get(self.place(date)?)?.trim().to_owned();
        let amount = self.place(Column::Amount).or_else(|| self.place(Column::Debit).and(self.place(Column::Credit)))?;
        self.nearest_currency(amount);
        // Some banks leave the column of S and H behind the amount without a name, or with a blank.
        let next = amount + 1;
        if self.has(Column::Amount) && !self.has(Column::Way) && next < record.len() && record.get(next).is_some_and(|cell| cell.trim().is_empty()) {
            self.columns.push((Column::Way, next));
            self.filled = self.filled.max(next);
        }
        Some(self)
    }

    /// A balance may have a currency beside it too: that which follows the amount is the amount's, else the first.
    fn nearest_currency(&mut self, amount: usize) {
        let places = || self.columns.iter().filter(|(column, _)| *column == Column::Currency).map(|(_, place)| *place);
        let own = places().find(|place| *place > amount).or_else(|| places().next());
        self.columns.retain(|(column, place)| *column != Column::Currency || Some(*place) == own);
    }

    pub(super) fn has(&self, column: Column) -> bool {
        self.place(column).is_some()
    }

    fn place(&self, column: Column) -> Option<usize> {
        self.columns.iter().find(|(kind, _)| *kind == column).map(|(_, place)| *place)
    }

    /// What the column of dates is called.
    pub(super) fn dates(&self) -> &str {
        &self.dates
    }
}

impl Column {
    /// Whether there may be several, which are read together.
    fn may_repeat(self) -> bool {
        matches!(self, Self::Reference | Self::Remittance | Self::Kind | Self::Currency)
    }
}

/// A name without capitals, umlauts and signs.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'ä' => plain.push_str("ae"),
            'ö' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            'ß' => plain.push_str("ss"),
            c if c.is_alphanumeric() => plain.push(c),
            _ => plain.push(' '),
        }
    }
    super::tidy(&plain)
}

/// A column's name without the currency and the number that may stand at its end.
fn name_and_currency(cell: &str) -> (String, Option<Currency>) {
    let words: Vec<&str> = cell.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let named = words.last().filter(|_| words.len() > 1).and_then(|word| word.parse().ok());
    let currency = named.or_else(|| cell.contains('€').then(|| "EUR".parse().ok()).flatten());
    let mut name = plain(cell);
    if named.is_some() {
        name.truncate(name.len().saturating_sub(3));
    }
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end();
    (name.strip_suffix(" in").unwrap_or(name).trim_end().to_owned(), currency)
}
