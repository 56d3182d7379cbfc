use super::*;
use proptest::prelude::*;

const CREDIT: &str = r#"<Ntry><NtryRef>1</NtryRef><Amt Ccy="EUR">4.99</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><Dt>2026-11-03</Dt></BookgDt><ValDt><Dt>2026-11-04</Dt></ValDt><AcctSvcrRef>B-1</AcctSvcrRef>
<NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>
<RltdPties><Dbtr><Nm>Zoë &amp; Co</Nm></Dbtr><DbtrAcct><Id><IBAN>DE02</IBAN></Id></DbtrAcct><Cdtr><Nm>Bread</Nm></Cdtr></RltdPties>
<RmtInf><Ustrd>Dues FM-7K3Q-</Ustrd><Ustrd>9XJD-38</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"#;

fn file(statements: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr>
{statements}</BkToCstmrStmt></Document>
"#
    )
}

fn balance(kind: &str, amount: &str, way: &str) -> String {
    format!(r#"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd></Bal>"#)
}

fn stmt(inside: &str) -> String {
    format!("<Stmt><Id>S</Id><Acct><Id><IBAN>DE89 3704</IBAN></Id><Ccy>EUR</Ccy></Acct>{inside}</Stmt>\n")
}

fn one(inside: &str) -> Statement {
    let mut statements = read(file(&stmt(inside)).as_bytes()).unwrap();
    assert_eq!(statements.len(), 1);
    statements.remove(0)
}

fn fault(text: &str) -> String {
    read(text.as_bytes()).unwrap_err().to_string()
}

fn notes(statement: &Statement) -> Vec<&str> {
    statement.notes.iter().map(|note| note.what.as_str()).collect()
}

#[test]
fn a_payment_is_read_with_all_that_is_said_of_it() {
    let statement = one(&(balance("OPBD", "100.00", "CRDT") + CREDIT + &balance("CLBD", "104.99", "CRDT")));
    let expected = StatementEntry {
        line: 3,
        booked: "2026-11-03".parse().unwrap(),
        amount_minor: 499,
        currency: "EUR".parse().unwrap(),
        reversal: false,
        reference: String::new(),
        remittance: "Dues FM-7K3Q- 9XJD-38".into(),
        counterparty: "Zoë & Co".into(),
        bank_id: "B-1".into(),
    };
    assert_eq!(statement.entries, [expected]);
    assert_eq!((statement.account.as_str(), statement.opening, statement.closing), ("DE89 3704", Some(10_000), Some(10_499)));
    assert_eq!((notes(&statement).len(), statement.skipped.len()), (0, 0));
}

#[test]
fn prefixes_envelopes_byte_order_marks_and_versions_make_no_difference() {
    let plain = file(&stmt(CREDIT));
    let newer = plain.replace("<Sts>BOOK</Sts>", "<Sts><Cd>BOOK</Cd></Sts>").replace("<Dbtr><Nm>Zoë &amp; Co</Nm>", "<Dbtr><Pty><Nm>Zoë &amp; Co</Nm></Pty>");
    let prefixed = plain.replace("</", "\u{1}").replace('<', "<n:").replace('\u{1}', "</n:").replace("<n:?", "<?").replace("xmlns=", "xmlns:n=");
    let wrapped = plain.replace("<Document", "<Envelope><Header><Id>7</Id></Header><Document").replace("</Document>", "</Document></Envelope>");
    let quoted = plain.replace("Zoë &amp; Co", "<![CDATA[Zoë & Co]]>").replace("Dues", "&#68;ues").replace("<GrpHdr>", "<!-- <Stmt> --><GrpHdr>");
    for text in [newer, prefixed, wrapped, quoted, format!("\u{feff}{plain}"), plain.replace('\n', "\r\n"), plain.replace("\"UTF-8\"", "'utf-8'")] {
        assert_eq!(read(text.as_bytes()), read(plain.as_bytes()), "{text}");
    }
}

#[test]
fn several_statements_are_several_accounts() {
    let second = stmt(CREDIT).replace("<IBAN>DE89 3704</IBAN>", "<Othr><Id>7-12</Id></Othr>").replace("EUR", "JPY").replace("4.99", "499");
    let statements = read(file(&(stmt(CREDIT) + &second + "<Stmt/>")).as_bytes()).unwrap();
    let said: Vec<_> = statements.iter().map(|s| (s.account.as_str(), s.currency.map(|c| c.to_string()), s.entries.len())).collect();
    assert_eq!(said, [("DE89 3704", Some("EUR".into()), 1), ("7-12", Some("JPY".into()), 1), ("", None, 0)]);
    assert_eq!(statements[1].entries[0].amount_minor, 499);
}

#[test]
fn money_goes_out_and_balances_may_be_below_zero() {
    let debit = CREDIT.replace("CRDT", "DBIT");
    let statement = one(&(balance("PRCD", "1.00", "CRDT") + &debit + &balance("CLBD", "3.99", "DBIT") + &balance("CLAV", "9", "CRDT")));
    assert_eq!((statement.entries[0].amount_minor, statement.entries[0].counterparty.as_str()), (-499, "Bread"));
    assert_eq!((statement.opening, statement.closing, notes(&statement)), (Some(100), Some(-399), vec![]));
}

#[test]
fn only_what_is_booked_counts() {
    let pending = CREDIT.replace("BOOK", "PDNG").replace("<NtryDtls>", "<AddtlNtryInf>card</AddtlNtryInf><NtryDtls>");
    let coded = CREDIT.replace("<Sts>BOOK</Sts>", "<Sts><Cd>INFO</Cd></Sts>");
    let nothing = CREDIT.replace("<Sts>BOOK</Sts>", "");
    let statement = one(&(pending + &coded + &nothing + CREDIT));
    let whys: Vec<_> = statement.skipped.iter().map(|skipped| skipped.why.as_str()).collect();
    assert_eq!(whys, ["not booked yet (PDNG)", "for information only (INFO)", "does not say that it is booked (Sts)"]);
    assert_eq!((statement.skipped[0].text.as_str(), statement.entries.len()), ("4.99 EUR card", 1));
}

#[test]
fn balances_that_do_not_fit_are_noted() {
    let statement = one(&(balance("OPBD", "1", "CRDT") + CREDIT + CREDIT + &balance("CLBD", "5.99", "CRDT")));
    let expected = "the payments lead from 1.00 to 10.98 EUR, but the statement says 5.99: something is missing or twice";
    assert_eq!((statement.entries.len(), notes(&statement)), (2, vec![expected]));
}

fn batch(parts: &[(&str, &str)], total: &str) -> String {
    let part = |(amount, name): &(&str, &str)| {
        format!(
            "<TxDtls><Refs><EndToEndId>E-{name}</EndToEndId></Refs>{amount}<RltdPties><Dbtr><Nm>{name}</Nm></Dbtr></RltdPties><RmtInf><Ustrd>for {name}</Ustrd></RmtInf></TxDtls>\n"
        )
    };
    let parts: String = parts.iter().map(part).collect();
    let (before, _) = CREDIT.split_once("<NtryDtls>").unwrap();
    format!("{}<NtryDtls>\n{parts}</NtryDtls></Ntry>", before.replace("4.99", total))
}

#[test]
fn a_batch_is_read_as_its_payments() {
    let old = "<AmtDtls><InstdAmt><Amt Ccy=\"USD\">6</Amt></InstdAmt><TxAmt><Amt Ccy=\"EUR\">5.00</Amt></TxAmt></AmtDtls>";
    let new = "<Amt Ccy=\"EUR\">1.00</Amt><CdtDbtInd>DBIT</CdtDbtInd>";
    let statement = one(&batch(&[(old, "Ann"), (old, "Bob"), (new, "Fee")], "9.00"));
    let said: Vec<_> = statement.entries.iter().map(|e| (e.line, e.amount_minor, e.remittance.as_str(), e.reference.as_str(), e.bank_id.as_str())).collect();
    assert_eq!(said, [(6, 500, "for Ann", "E-Ann", "B-1/1"), (7, 500, "for Bob", "E-Bob", "B-1/2"), (8, -100, "for Fee", "E-Fee", "B-1/3")]);
    assert_eq!(notes(&statement), Vec::<&str>::new());
}

#[test]
fn what_a_bank_calls_several_payments_gets_numbers() {
    let with = |refs: &str, name| format!("{}<!--{name}-->", refs);
    let text = batch(&[("<Amt Ccy=\"EUR\">1</Amt>", "Ann"), ("<Amt Ccy=\"EUR\">1</Amt>", "Bob"), ("<Amt Ccy=\"EUR\">1</Amt>", "Cat")], "3");
    let text = text.replace("<EndToEndId>E-Ann", &with("<AcctSvcrRef>X</AcctSvcrRef><EndToEndId>E-Ann", 1));
    let text =
        text.replace("<EndToEndId>E-Bob", "<AcctSvcrRef>X</AcctSvcrRef><EndToEndId>E-Bob").replace("<EndToEndId>E-Cat", "<TxId>T</TxId><EndToEndId>E-Cat");
    let ids: Vec<String> = one(&text).entries.into_iter().map(|entry| entry.bank_id).collect();
    assert_eq!(ids, ["X/1", "X/2", "T"]);
}

#[test]
fn a_batch_that_does_not_add_up_is_one_payment() {
    let amount = "<Amt Ccy=\"EUR\">5.00</Amt>";
    let statement = one(&batch(&[(amount, "Ann"), (amount, "Bob")], "9.00"));
    assert_eq!(notes(&statement), ["the 2 parts of this batch come to 10.00, and 9.00 EUR was booked: it is read as one payment"]);
    assert_eq!((statement.entries.len(), statement.entries[0].amount_minor, statement.entries[0].remittance.as_str()), (1, 900, "for Ann for Bob"));
    assert_eq!((statement.entries[0].reference.as_str(), statement.entries[0].counterparty.as_str()), ("E-Ann E-Bob", "Ann Bob"));
    let statement = one(&batch(&[(amount, "Ann"), ("", "Bob")], "9.00"));
    assert_eq!(notes(&statement), ["the 2 parts of this batch do not all say their amount, and 9.00 EUR was booked: it is read as one payment"]);
    let statement = one(&batch(&[(amount, "Ann")], "4.50"));
    assert_eq!(notes(&statement), ["the payment was of 5.00 EUR, but 4.50 EUR was booked, and counts"]);
    let closed = CREDIT.split_once("<NtryDtls>").unwrap().0.to_owned() + "<NtryDtls><Btch><NbOfTxs>12</NbOfTxs></Btch></NtryDtls></Ntry>";
    assert_eq!(notes(&one(&closed)), ["this is a batch of 12 payments that the file does not tell apart"]);
}

#[test]
fn structured_references_and_what_the_bank_adds_are_read() {
    let strd = "<RmtInf><Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>RF18 5390</Ref></CdtrRefInf><AddtlRmtInf>note</AddtlRmtInf></Strd></RmtInf>";
    let (before, rest) = CREDIT.split_once("<RmtInf>").unwrap();
    let text = format!("{before}{strd}{}", rest.split_once("</RmtInf>").unwrap().1).replace("NOTPROVIDED", "E-7");
    let entry = one(&text).entries.remove(0);
    assert_eq!((entry.reference.as_str(), entry.remittance.as_str()), ("RF18 5390 E-7", "note"));
    let bare = CREDIT.split_once("<NtryDtls>").unwrap().0.to_owned() + "<AddtlNtryInf>Cash\n  desk</AddtlNtryInf></Ntry>";
    assert_eq!(one(&bare).entries[0].remittance, "Cash desk");
}

#[test]
fn the_balances_show_which_way_a_reversal_went() {
    let reversal = CREDIT.replace("<CdtDbtInd>CRDT", "<CdtDbtInd>DBIT").replace("<Sts>", "<RvslInd>true</RvslInd><Sts>");
    let with = |closing: &str| one(&(balance("OPBD", "10", "CRDT") + &reversal + &balance("CLBD", closing, "CRDT")));
    let standard = with("5.01");
    assert_eq!((standard.entries[0].amount_minor, standard.entries[0].reversal, notes(&standard)), (-499, true, vec![]));
    assert_eq!(standard.entries[0].counterparty, "Zoë & Co Bread");
    let other = with("14.99");
    let turned = "the balances show that reversals went the other way than they are marked: their signs are turned";
    assert_eq!((other.entries[0].amount_minor, notes(&other)), (499, vec![turned]));
    let wrong = with("7");
    assert_eq!((wrong.entries[0].amount_minor, notes(&wrong).len()), (-499, 1));
    assert!(notes(&one(&reversal))[0].starts_with("there are reversals, and no two balances"));
    assert!(!one(&CREDIT.replace("<Sts>", "<RvslInd>false</RvslInd><Sts>")).entries[0].reversal);
}

#[test]
fn currencies_have_the_decimals_that_they_have() {
    let minor = |amount: &str, currency: &str| {
        let text = CREDIT.replace("4.99", amount).replace("EUR", currency);
        read(file(&format!("<Stmt>{text}</Stmt>")).as_bytes()).map(|s| s[0].entries[0].amount_minor).map_err(|error| error.to_string())
    };
    assert_eq!((minor("499", "JPY"), minor("1.234", "KWD"), minor("1.23400", "KWD"), minor("0.00001", "CLF").is_err()), (Ok(499), Ok(1234), Ok(1234), true));
    assert_eq!(minor("4.999", "EUR").unwrap_err(), "line 3: `4.999`: there are more decimals than the 2 of EUR");
    assert_eq!(minor("-4.99", "EUR").unwrap_err(), "line 3: `-4.99` is below zero; CdtDbtInd says which way money went");
    assert_eq!(minor("4,99", "EUR").unwrap_err(), "line 3: `4,99`: this is no amount of money; digits with a point are expected, as in 4.99");
    assert_eq!(minor("4.99", "euro").unwrap_err(), "line 3: `euro`: a currency is three letters, as in EUR");
}

#[test]
fn a_day_may_have_a_time() {
    let day = |text: &str| one(&CREDIT.replace("<Dt>2026-11-03</Dt>", text)).entries[0].booked.to_string();
    assert_eq!(day("<DtTm>2026-11-03T23:59:00+01:00</DtTm>"), "2026-11-03");
    assert_eq!(day("<Dt>2026-11-03Z</Dt>"), "2026-11-03");
    assert_eq!(day(""), "2026-11-04");
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let good = file(&stmt(CREDIT));
    let said = |from: &str, to: &str| fault(&good.replacen(from, to, 1));
    assert_eq!(said("<Amt Ccy=\"EUR\">4.99</Amt>", ""), "line 3: Ntry has no amount (Amt)");
    assert_eq!(said("CRDT", "CREDIT"), "line 3: `CREDIT` is neither CRDT nor DBIT");
    assert_eq!(said("<CdtDbtInd>CRDT</CdtDbtInd>", ""), "line 3: Ntry does not say CRDT or DBIT (CdtDbtInd)");
    assert_eq!(said("2026-11-03", "2026-02-30"), "line 4: `2026-02-30` is no date; 2026-11-03 is expected");
    assert_eq!(said("<Sts>", "<RvslInd>maybe</RvslInd><Sts>"), "line 3: `maybe` is neither true nor false");
    assert_eq!(said("&amp;", "&evil;"), "line 6: the entity `&evil;` is not one of XML's own (&amp; &lt; &gt; &quot; &apos;)");
    assert!(said("</Ntry>", "</Entry>").starts_with("line 7: this is not well-formed XML"), "{}", said("</Ntry>", "</Entry>"));
    assert_eq!(fault(good.split_once("<Ustrd>").unwrap().0), "line 7: the file ends in the middle: fetch it from the bank again");
    assert_eq!(fault("<!-- -->"), "line 1: this is no XML: an element should begin here");
    assert_eq!(fault("<html><body/></html>"), "this is XML that begins with `html`, and no bank statement (CAMT.053)");
    assert_eq!(fault(&good.replace("BkToCstmrStmt", "BkToCstmrAcctRpt")), "this is an account report of one day (CAMT.052), and no bank statement (CAMT.053)");
}

#[test]
fn what_makes_xml_dangerous_is_refused() {
    let laughs = r#"<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]>
<Document><BkToCstmrStmt/></Document>"#;
    assert_eq!(fault(laughs), "line 2: there is a document type (DOCTYPE), which no bank statement has");
    let deep = "<a>".repeat(limits::STATEMENT_DEPTH + 1);
    assert_eq!(fault(&deep), format!("line 1: elements are nested deeper than {} levels", limits::STATEMENT_DEPTH));
    let deep_inside = file(&stmt(&format!("<Ntry>{}", "<a>".repeat(limits::STATEMENT_DEPTH))));
    assert!(fault(&deep_inside).contains("nested deeper"));
    let wide = file(&stmt(&format!("<Ntry>{}</Ntry>", "<a/>".repeat(limits::STATEMENT_ELEMENTS + 1))));
    assert_eq!(fault(&wide), "line 3: Ntry holds more than is read at once");
    assert_eq!(read(&vec![b' '; limits::STATEMENT_FILE_BYTES as usize + 1]), Err(StatementError::TooLarge));
}

#[test]
fn western_letters_are_read_as_the_file_declares_them() {
    let plain = file(&stmt(CREDIT));
    assert!(plain.contains('ë'));
    let narrow = |text: &str| text.chars().map(|c| u32::from(c) as u8).collect::<Vec<u8>>();
    for name in ["ISO-8859-1", "iso-8859-1", "Windows-1252", "latin1"] {
        let declared = plain.replace("UTF-8", name);
        assert_eq!(read(&narrow(&declared)), read(plain.as_bytes()), "{name}");
        // Saved as UTF-8, with the first line left as it was.
        assert_eq!(read(declared.as_bytes()), read(plain.as_bytes()), "{name}");
    }
    assert_eq!(read(plain.replace("UTF-8", "KOI8-R").as_bytes()), read(plain.as_bytes()));
}

#[test]
fn other_encodings_are_refused_by_name() {
    let narrow: Vec<u8> = file(&stmt(CREDIT)).replace("UTF-8", "KOI8-R").chars().map(|c| u32::from(c) as u8).collect();
    assert_eq!(read(&narrow).unwrap_err().to_string(), "its letters are encoded as KOI8-R, which is not read: save it as UTF-8");
    let wide: Vec<u8> = [0xFEFF].into_iter().chain("<?xml?>".encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(read(&wide), Err(StatementError::Encoding("UTF-16".into())));
    let broken = file(&stmt(CREDIT)).into_bytes().into_iter().map(|byte| if byte == 0xC3 { 0xE4 } else { byte }).collect::<Vec<u8>>();
    assert_eq!(read(&broken).unwrap_err().to_string(), "line 6: there are bytes that are not UTF-8, which the file says it is: save it as UTF-8");
}

#[test]
fn a_file_without_anything_is_called_empty() {
    for nothing in ["", " \n\r\n", "\u{feff}\n"] {
        assert_eq!(read(nothing.as_bytes()), Err(StatementError::Empty));
    }
}

#[test]
fn a_missing_currency_is_named() {
    let bare = file(&stmt(&CREDIT.replacen(" Ccy=\"EUR\"", "", 1)));
    assert!(fault(&bare).ends_with(": the currency is missing: it stands in the attribute Ccy, as in <Amt Ccy=\"EUR\">"), "{}", fault(&bare));
}

#[test]
fn too_many_payments_are_refused() {
    let small = r#"<Ntry><Amt Ccy="EUR">1</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-03</Dt></BookgDt></Ntry>"#;
    assert_eq!(read(file(&stmt(&small.repeat(limits::STATEMENT_ENTRIES + 1))).as_bytes()), Err(StatementError::TooMany));
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn rendered(entries: &[StatementEntry]) -> String {
    let entry = |entry: &StatementEntry| {
        let (way, party) = if entry.amount_minor < 0 { ("DBIT", "Cdtr") } else { ("CRDT", "Dbtr") };
        format!(
            "<Ntry><Amt Ccy=\"{}\">{}</Amt><CdtDbtInd>{way}</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>{}</Dt></BookgDt><AcctSvcrRef>{}</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>{}</EndToEndId></Refs><RltdPties><{party}><Nm>{}</Nm></{party}></RltdPties><RmtInf><Ustrd>{}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>\n",
            entry.currency,
            entry.currency.written(i128::from(entry.amount_minor).abs()),
            entry.booked,
            escaped(&entry.bank_id),
            escaped(&entry.reference),
            escaped(&entry.counterparty),
            escaped(&entry.remittance),
        )
    };
    file(&format!("<Stmt>\n{}</Stmt>", entries.iter().map(entry).collect::<String>()))
}

prop_compose! {
    fn any_entry()(
        amount in any::<i64>(), currency in prop_oneof!["EUR", "JPY", "KWD", "CLF"], year in 1..=9999u16, month in 1..=12u8, day in 1..=28u8,
        texts in prop::array::uniform4("[ -~äöüß€]{0,30}"),
    ) -> StatementEntry {
        let [reference, remittance, counterparty, bank_id] = texts.map(|text| tidy(&text));
        StatementEntry {
            line: 0, booked: Date::new(year, month, day).unwrap(), amount_minor: amount.max(-i64::MAX), currency: currency.parse().unwrap(), reversal: false,
            reference: if reference.eq_ignore_ascii_case("NOTPROVIDED") { String::new() } else { reference }, remittance, counterparty, bank_id,
        }
    }
}

proptest! {
    #[test]
    fn a_statement_reads_back(entries in prop::collection::vec(any_entry(), 1..6)) {
        let mut read = read(rendered(&entries).as_bytes()).unwrap();
        let read: Vec<_> = read.remove(0).entries.into_iter().map(|entry| StatementEntry { line: 0, ..entry }).collect();
        prop_assert_eq!(read, entries);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>, text in "(<|>|/|&|a|Ntry|Stmt|BkToCstmrStmt|Amt|\"| |=|!|\\[|\\?|é){0,60}") {
        let _ = read(&bytes);
        let _ = read(text.as_bytes());
    }

    #[test]
    fn any_change_of_a_file_is_read_or_refused(place in 0..1300usize, byte: u8, cut in 0..1300usize) {
        let mut bytes = file(&stmt(&(balance("OPBD", "1", "CRDT") + CREDIT))).into_bytes();
        let place = place % bytes.len();
        bytes[place] = byte;
        let _ = read(&bytes);
        bytes.truncate(cut);
        let _ = read(&bytes);
    }
}
