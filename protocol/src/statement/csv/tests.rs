use super::*;
use proptest::prelude::*;

fn euro() -> Option<Currency> {
    "EUR".parse().ok()
}

fn one(text: &str) -> Statement {
    let mut statements = read(text.as_bytes(), euro()).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(statements.len(), 1);
    statements.remove(0)
}

fn fault(text: &str) -> String {
    read(text.as_bytes(), euro()).unwrap_err().to_string()
}

fn amounts(text: &str) -> Vec<i64> {
    one(text).entries.iter().map(|entry| entry.amount_minor).collect()
}

/// A savings bank's table.
const GERMAN: &str = "\"Auftragskonto\";\"Buchungstag\";\"Valutadatum\";\"Buchungstext\";\"Verwendungszweck\";\"Kundenreferenz (End-to-End)\";\"Beguenstigter/Zahlungspflichtiger\";\"Betrag\";\"Waehrung\";\"Info\"
\"DE89\";\"03.11.26\";\"04.11.26\";\"GUTSCHR. UEBERWEISUNG\";\"FM-7K3Q-9XJD-38 Beitrag; danke\";\"NOTPROVIDED\";\"Zoë Müller\";\"4,99\";\"EUR\";\"Umsatz gebucht\"
\"DE89\";\"02.11.26\";\"02.11.26\";\"LASTSCHRIFT\";\"Strom\";\"\";\"Stadtwerke\";\"-1.234,50\";\"EUR\";\"Umsatz gebucht\"
\"DE89\";\"04.11.26\";\"\";\"KARTENZAHLUNG\";\"Laden\";\"\";\"Laden\";\"-3,00\";\"EUR\";\"Umsatz vorgemerkt\"
";

#[test]
fn a_german_table_is_read() {
    let statement = one(GERMAN);
    let expected = StatementEntry {
        line: 2,
        booked: "2026-11-03".parse().unwrap(),
        amount_minor: 499,
        currency: "EUR".parse().unwrap(),
        reversal: false,
        reference: String::new(),
        remittance: "FM-7K3Q-9XJD-38 Beitrag; danke".into(),
        counterparty: "Zoë Müller".into(),
        bank_id: String::new(),
    };
    assert_eq!((statement.account.as_str(), &statement.entries[0], statement.entries[1].amount_minor), ("DE89", &expected, -123_450));
    let skipped: Vec<_> = statement.skipped.iter().map(|skipped| (skipped.line, skipped.why.as_str())).collect();
    assert_eq!((skipped, statement.notes), (vec![(4, "not booked yet")], vec![]));
}

#[test]
fn windows_letters_marks_and_line_ends_make_no_difference() {
    let windows: Vec<u8> = GERMAN.replace('\n', "\r\n").chars().map(|c| u32::from(c) as u8).collect();
    assert_eq!(read(&windows, None), read(GERMAN.as_bytes(), None));
    assert_eq!(read(format!("\u{feff}{GERMAN}").as_bytes(), None), read(GERMAN.as_bytes(), None));
    assert_eq!(read(GERMAN.trim_end().as_bytes(), None), read(GERMAN.as_bytes(), None));
    assert_eq!(encoding::windows_1252(b"\x80\xE4"), "€ä");
    let wide: Vec<u8> = "Date;Amount".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(matches!(read(&wide, None), Err(StatementError::Encoding(_))));
}

#[test]
fn an_english_table_is_read() {
    let text = "Date,Description,Reference,Payer,Payee,Debit,Credit,Balance,Transaction ID\n2026-11-03,Dues,FM1,Ann,Bread,,\"1,234.56\",\"2,000.00\",T1\n\n2026-11-04,Flour,,Bread,Mill,4.90,0.00,\"1,995.10\",T2\n";
    let statement = one(text);
    let said: Vec<_> = statement.entries.iter().map(|e| (e.line, e.amount_minor, e.counterparty.as_str(), e.reference.as_str(), e.bank_id.as_str())).collect();
    assert_eq!(said, [(2, 123_456, "Ann", "FM1", "T1"), (4, -490, "Mill", "", "T2")]);
    assert_eq!(statement.notes, [super::super::Note { line: 1, what: "columns that are not read: Balance".into() }]);
}

#[test]
fn lines_above_the_heading_tell_of_the_account() {
    let text = "\"Girokonto\";\"DE89 3704\"\n\"Kontostand vom 04.11.2026:\";\"1.000,00 EUR\"\n\"Währung\";\"USD\"\n\n\"Buchungsdatum\";\"Wertstellung\";\"Zahlungspflichtige*r\";\"Zahlungsempfänger*in\";\"Verwendungszweck\";\"Betrag\";\n\"03.11.2026\";\"03.11.2026\";\"Ann\";\"Bread\";\"dues\";\"4,99\";\n\"03.11.2026\";\"\";\"Bread\";\"Mill\";\"flour\";\"-5\";\n";
    let statement = one(text);
    assert_eq!((statement.account.as_str(), statement.currency), ("DE89 3704", "USD".parse().ok()));
    let said: Vec<_> = statement.entries.iter().map(|entry| (entry.line, entry.counterparty.as_str())).collect();
    assert_eq!(said, [(6, "Ann"), (7, "Mill")]);
    let skipped: Vec<_> = statement.skipped.iter().map(|skipped| (skipped.line, skipped.why.as_str(), skipped.text.as_str())).collect();
    assert_eq!(skipped, [(2, "stands above the heading", "Kontostand vom 04.11.2026: 1.000,00 EUR")]);
}

#[test]
fn balances_among_payments_are_checked_and_do_not_count() {
    let text = "Buchungstag;Vorgang/Verwendungszweck;Währung;Umsatz; \n03.11.2026;Beitrag;EUR;4,99;H\n04.11.2026;Mehl;EUR;1,00;S\n01.11.2026;Anfangssaldo;EUR;10,00;H\n30.11.2026;Endsaldo;EUR;13,99;H\n";
    let statement = one(text);
    assert_eq!((statement.opening, statement.closing, amounts(text)), (Some(1000), Some(1399), vec![499, -100]));
    assert_eq!((statement.skipped.len(), statement.notes.len()), (2, 0));
    let odd = one(&text.replace("13,99;H", "13,99;S"));
    assert_eq!(odd.notes[0].what, "the payments lead from 10.00 to 13.99 EUR, but the statement says -13.99: something is missing or twice");
}

#[test]
fn several_accounts_are_several_statements() {
    let text = GERMAN.replace("\"DE89\";\"02", "\"DE90\";\"02");
    let statements = read(text.as_bytes(), None).unwrap();
    let said: Vec<_> = statements.iter().map(|statement| (statement.account.as_str(), statement.entries.len(), statement.skipped.len())).collect();
    assert_eq!(said, [("DE89", 1, 1), ("DE90", 1, 0)]);
}

#[test]
fn amounts_are_read_as_people_write_them() {
    let table = |cells: &[&str]| format!("Date;Amount;\n{}", cells.iter().map(|cell| format!("2026-11-03;{cell};\n")).collect::<String>());
    let point = ["1,234.56", "-4.99", "4.99-", "+4.99 EUR", "€ 4.99", "(4.99)", "1'234.50", "1,234", "4.9", "1234", "4.99 CR", "4.99 DR", "− 4.99", "0.500"];
    let minor = [123_456, -499, -499, 499, 499, -499, 123_450, 123_400, 490, 123_400, 499, -499, -499, 50];
    assert_eq!(amounts(&table(&point)), minor);
    let comma = ["1.234,56", "4,99-", "+4,99 EUR", "4,99 €", "1.234.567,00", "1 234,56", "1\u{a0}234,5", "1.234", "-EUR 4,99", "4,99 H", "4,99 S"];
    assert_eq!(amounts(&table(&comma)), [123_456, -499, 499, 499, 123_456_700, 123_456, 123_450, 123_400, -499, 499, -499]);
    for no in ["", "-", "x", "4,9,9", "1.23.456,00", "1,5 EUR USD", "--4,99", "4,99 -1", "1e3", "12.34,56", "4,999", "٤,٩٩"] {
        let said = fault(&table(&["1,50", no]));
        assert!(said.starts_with("line 3: "), "{no}: {said}");
    }
    assert_eq!(fault(&table(&["x"])), "line 2: `x` is no amount of money; 1234.56 or 1.234,56 is expected");
    assert_eq!(fault(&table(&["1,50", "4.999,999"])), "line 3: `4.999,999`: there are more decimals than the 2 of EUR");
}

#[test]
fn what_may_be_thousands_is_refused_where_no_line_shows_it() {
    let said = fault("Date;Amount\n2026-11-03;1.234\n2026-11-03;5\n");
    assert_eq!(said, "line 2: `1.234` may be thousands or a fraction, and no line of the file shows which: write it as 1234 or 1.23");
    assert_eq!(amounts("Date;Amount\n2026-11-03;1.234\n2026-11-03;5,00\n"), [123_400, 500]);
    assert_eq!(fault("Date;Amount\n2026-11-03;1.50\n2026-11-03;5,00\n"), "line 3: `5,00` has other signs before decimals and thousands than `1.50` in line 2");
    assert_eq!(amounts("Date;Amount KWD\n2026-11-03;1.234\n2026-11-03;0.500\n"), [1234, 500]);
}

#[test]
fn days_are_read_as_people_write_them() {
    let table = |cells: &[&str]| format!("Booking date;Amount\n{}", cells.iter().map(|cell| format!("{cell};1\n")).collect::<String>());
    let days = |cells: &[&str]| one(&table(cells)).entries.iter().map(|entry| entry.booked.to_string()).collect::<Vec<_>>();
    let clear = ["2026-11-03", "03.11.2026", "3.11.26", "20261103", "2026/11/3", "2026-11-03 10:21:22", "2026-11-03T10:21:22.5Z"];
    assert_eq!(days(&clear), ["2026-11-03"; 7]);
    assert_eq!(days(&["11/03/2026", "11/13/2026"]), ["2026-11-03", "2026-11-13"]);
    assert_eq!(days(&["03/11/2026", "13-11-26"]), ["2026-11-03", "2026-11-13"]);
    assert_eq!(days(&["11/11/2026"]), ["2026-11-11"]);
    let open = "line 2: `11/03/2026` may have the day first or the month, and no line of the file shows which: write its dates as 2026-11-03";
    assert_eq!(fault(&table(&["11/03/2026", "11/11/2026"])), open);
    let mixed = "line 3: `11/13/2026` has day and month in another order than `13/11/2026` in line 2: 2026-11-03 or 03.11.2026 is expected";
    assert_eq!(fault(&table(&["13/11/2026", "11/13/2026"])), mixed);
    for no in ["31.02.2026", "2026-13-01", "3.11", "1.2.3.4", "2026-11-03x", "99999999", "13/13/2026", "1.11.126"] {
        let said = fault(&table(&["2026-11-03", no]));
        assert!(said.starts_with("line 3: "), "{no}: {said}");
    }
}

#[test]
fn lines_of_totals_below_are_listed_and_others_refused() {
    let text = "Date;Name;Amount\n2026-11-03;Ann;1.50\nTotal;;1.50\n;;\nGenerated by the bank\n";
    let skipped: Vec<_> = one(text).skipped.into_iter().map(|skipped| (skipped.line, skipped.text)).collect();
    assert_eq!(skipped, [(3, "Total 1.50".to_owned()), (5, "Generated by the bank".to_owned())]);
    let worded = "Date;Name;Amount\nNov 3, 2026;Ann;1.50\n";
    assert_eq!(fault(worded), "line 2: a date is expected in the column `Date`, as in 2026-11-03 or 03.11.2026");
    let between = "Date;Name;Amount\n2026-11-03;Ann;1.50\nTotal;;1.50\n2026-11-04;Bob;1.50\n";
    assert_eq!(fault(between), "line 3: a date is expected in the column `Date`, as in 2026-11-03 or 03.11.2026");
}

#[test]
fn a_row_out_of_shape_is_refused() {
    let shifted = "Date;Purpose;Amount\n2026-11-03;dues; thanks;1.50\n";
    assert_eq!(fault(shifted), "line 2: there are not as many cells as the 3 of the heading in line 1");
    assert!(fault("Date;Purpose;Amount\n2026-11-03;1.50\n").ends_with("not as many cells as the 3 of the heading in line 1"));
    let open = "Date;Amount;Purpose\n2026-11-03;1.50;\"dues\n2026-11-04;1.50;dues\n2026-11-05;1.50;dues\n";
    assert_eq!(fault(open), "line 2: a quotation mark is opened here and never closed");
    let closed_later = "Date;Amount;Purpose\n2026-11-03;1.50;\"dues\n2026-11-04;1.50;dues\n2026-11-05;1.50;\"dues\"\n";
    assert_eq!(fault(closed_later), "line 2: a quotation mark seems not to be closed: the cell goes on over further lines that look like payments");
    assert_eq!(fault("Date;Amount;Purpose\n2026-11-03;1.50;a\n2026-11-03;1.50;\"dues\n"), "line 3: a quotation mark is opened here and never closed");
    assert_eq!(fault("\"Date;Amount;Purpose\n2026-11-03;1.50;a\n"), "line 1: a quotation mark is opened here and never closed");
    assert_eq!(one("Date;Amount;Purpose\n2026-11-03;1.50;\"dues\nof \"\"Ann\"\"\"\n").entries[0].remittance, "dues of \"Ann\"");
}

#[test]
fn contradictions_are_refused() {
    let both = "Date;Debit;Credit\n2026-11-03;1.50;2.50\n";
    assert_eq!(fault(both), "line 2: there is a debit and a credit: one of them should be empty");
    assert_eq!(fault("Date;Amount;S/H\n2026-11-03;-1.50;H\n"), "line 2: the amount `-1.50` is below zero, but is said to have come in");
    assert_eq!(fault("Date;Amount;S/H\n2026-11-03;1.50;Q\n"), "line 2: `Q` says neither debit nor credit (S or H, D or C)");
    let other = fault("Date;Amount;Currency\n2026-11-03;1.50 EUR;USD\n");
    assert_eq!(other, "line 2: the amount `1.50 EUR` is in another currency than USD, which stands beside it");
    assert_eq!(fault("Date;Amount;Currency\n2026-11-03;1.50;euro\n"), "line 2: `euro`: a currency is three letters, as in EUR");
    assert_eq!(fault("Date;Debit;Credit\n2026-11-03;;\n"), "line 2: there is no amount; 1234.56 or 1.234,56 is expected");
    assert_eq!(read(b"Date;Amount\n2026-11-03;1.50\n", None), Err(StatementError::NoCurrency));
    assert_eq!(fault("Day;Sum\n2026-11-03;1.50\n"), StatementError::NoHeading.to_string());
    assert_eq!(fault(""), "the file is empty");
    assert_eq!(fault("\u{feff} \r\n\n"), "the file is empty");
}

#[test]
fn a_currency_is_taken_from_wherever_it_stands() {
    let currency = |text: &str| one(text).entries[0].currency.to_string();
    assert_eq!(currency("Date;Amount (USD)\n2026-11-03;1.50\n"), "USD");
    assert_eq!(currency("Datum;Betrag in CHF\n2026-11-03;1.50\n"), "CHF");
    assert_eq!(currency("Datum;Betrag (€)\n2026-11-03;1.50\n"), "EUR");
    assert_eq!(currency("Buchung;Saldo;Währung;Betrag;Währung\n03.11.2026;9,00;USD;1,50;GBP\n"), "GBP");
    assert_eq!(currency("Date;Amount\n2026-11-03;£1.50\n"), "GBP");
}

#[test]
fn a_heading_that_is_understood_in_part_names_what_is_missing() {
    let paypal = "Date,Time,TimeZone,Name,Type,Status,Currency,Gross,Fee,Net\n2026-11-03,10:00:00,CET,Ann,Payment,Completed,EUR,4.99,-0.10,4.89\n";
    assert_eq!(fault(paypal), "line 1 seems to name the columns, but none for the amount; not known are: Time, TimeZone, Gross, Fee, Net");
    let stripe = "id,Type,Amount,Fee,Net,Currency,Created (UTC),Description\nt,charge,4.99,0.10,4.89,eur,2026-11-03 10:00,dues\n";
    assert_eq!(fault(stripe), "line 1 seems to name the columns, but none for the date; not known are: Fee, Net, Created (UTC)");
    let neither = fault("Bank of Bread\n\nCreated;Name;Gross\n2026-11-03;Ann;4.99\n");
    assert_eq!(neither, "line 3 seems to name the columns, but none for the date, and none for the amount; not known are: Created, Gross");
    assert_eq!(fault("Datum;Soll;Andere\n"), "line 1 seems to name the columns, but none for what came in (credit); not known are: Andere");
}

#[test]
fn purposes_and_references_have_many_names() {
    for name in ["Zweck", "Notes", "Note", "Verwendungszweck 1"] {
        assert_eq!(one(&format!("Date;{name};Amount\n2026-11-03;dues;1.50\n")).entries[0].remittance, "dues", "{name}");
    }
    assert_eq!(one("Date;Reference number;Amount\n2026-11-03;R7;1.50\n").entries[0].reference, "R7");
    assert_eq!(one("Date;Transaction ID;Amount\n2026-11-03;NONREF;1.50\n").entries[0].bank_id, "");
}

#[test]
fn a_status_says_what_counts() {
    let text = "Type,Completed Date,Description,Amount,Currency,State\nTOPUP,2026-11-03 10:00:01,Dues,4.99,EUR,COMPLETED\nCARD,,Shop,-1.00,EUR,PENDING\nCARD,2026-11-04 10:00:01,Shop,-1.00,EUR,REVERTED\n";
    let statement = one(text);
    let skipped: Vec<_> = statement.skipped.iter().map(|skipped| skipped.why.as_str()).collect();
    assert_eq!((statement.entries.len(), skipped), (1, vec!["not booked yet", "its status `REVERTED` is not known to mean that it is booked"]));
}

#[test]
fn separators_are_found_out() {
    for separator in [";", ",", "\t"] {
        assert_eq!(amounts(&"Date|Name|Amount\n2026-11-03|Ann|1.50\n".replace('|', separator)), [150]);
    }
    assert_eq!(one("Date;Amount\n").entries.len(), 0);
}

#[test]
fn what_is_no_table_is_named() {
    assert_eq!(read(b"PK\x03\x04\x14", None).unwrap_err().to_string(), "this is an archive or a spreadsheet (ZIP), and no text");
    assert_eq!(read(b"%PDF-1.7", None).unwrap_err().to_string(), "this is a page to print (PDF), and no text");
}

#[test]
fn too_much_is_refused() {
    assert_eq!(read(&vec![b' '; limits::STATEMENT_FILE_BYTES as usize + 1], None), Err(StatementError::TooLarge));
    assert_eq!(fault(&("Date;Amount\n".to_owned() + &"2026-11-03;1\n".repeat(limits::STATEMENT_ENTRIES + 1))), StatementError::TooMany.to_string());
    let late = "x;y\n".repeat(limits::STATEMENT_HEADING_ROWS) + "Date;Amount\n2026-11-03;1\n";
    assert_eq!(fault(&late), StatementError::NoHeading.to_string());
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

proptest! {
    #[test]
    fn a_table_reads_back(
        rows in prop::collection::vec((any::<i64>(), 1..=12u8, 1..=28u8, prop::array::uniform4("[ -~äöüß€]{0,30}")), 1..6),
        german: bool,
        separator in prop_oneof![";", ",", "\t"],
    ) {
        let euro: Currency = "EUR".parse().unwrap();
        let heading = ["Date", "Name", "Purpose", "Reference", "Transaction ID", "Amount"];
        let mut text = heading.join(&separator) + "\n";
        for (amount, month, day, texts) in &rows {
            let written = euro.written((*amount).into());
            let (date, amount) = if german { (format!("{day:02}.{month:02}.2026"), written.replace('.', ",")) } else { (format!("2026-{month:02}-{day:02}"), written) };
            let cells: Vec<String> = [date].into_iter().chain(texts.iter().map(|text| quoted(text))).chain([quoted(&amount)]).collect();
            text += &(cells.join(&separator) + "\n");
        }
        let statement = read(text.as_bytes(), Some(euro)).unwrap().remove(0);
        let balances = statement.skipped.len();
        prop_assert_eq!(statement.entries.len() + balances, rows.len());
        for entry in statement.entries {
            let (amount, month, day, texts) = &rows[entry.line - 2];
            let [name, purpose, reference, id] = texts.each_ref().map(|text| tidy(text));
            prop_assert_eq!((entry.amount_minor, entry.booked.month(), entry.booked.day()), (*amount, *month, *day));
            prop_assert_eq!((entry.counterparty, entry.remittance, entry.reference, entry.bank_id), (name, purpose, reference, id));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>, text in "(Date|Amount|Soll|Haben|;|,|\t|\n|\"|03\\.11\\.26|1\\.234|-|€|EUR|S|é){0,60}") {
        let _ = read(&bytes, None);
        let _ = read(text.as_bytes(), euro());
        let _ = read(format!("Date;Amount;Name\n{text}").as_bytes(), euro());
    }
}
