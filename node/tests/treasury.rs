//! `treasury` on files as banks give them.

#![allow(clippy::unwrap_used, unreachable_pub, missing_docs)]

mod common;

use common::Member;
use serde_json::{Value, json};
use std::{
    fs,
    io::{ErrorKind, Write},
    path::Path,
    process::{Command, Stdio},
};

const XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr>
<Stmt><Id>11</Id><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">CLOSING</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Ntry><Amt Ccy="EUR">9.98</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-03</Dt></BookgDt>
<AcctSvcrRef>B-1</AcctSvcrRef><NtryDtls>
<TxDtls><Amt Ccy="EUR">4.99</Amt><RltdPties><Dbtr><Pty><Nm>Alice</Nm></Pty></Dbtr></RltdPties><RmtInf><Ustrd>dues fm-7k3q</Ustrd><Ustrd>-9xjd-38</Ustrd></RmtInf></TxDtls>
<TxDtls><Amt Ccy="EUR">4.99</Amt><RltdPties><Dbtr><Pty><Nm>Carol</Nm></Pty></Dbtr></RltdPties><RmtInf><Ustrd>FM-2M8W-T4RC-19</Ustrd></RmtInf></TxDtls>
</NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">4.99</Amt><CdtDbtInd>DBIT</CdtDbtInd><RvslInd>true</RvslInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-05</Dt></BookgDt></Ntry>
<Ntry><Amt Ccy="EUR">7.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>PDNG</Cd></Sts><BookgDt><Dt>2026-11-05</Dt></BookgDt></Ntry>
</Stmt></BkToCstmrStmt></Document>
"#;
const TABLE: &str = "Date;Name;Purpose;Amount\n2026-11-03;Alice;Dues FM-7K3Q-9XJD-38;4.99\n2026-11-30;Dave;FM-7K3Q-9XJD-39;4.99\n";

/// Somebody without any keys, and a folder with files of theirs.
fn with_files(files: &[(&str, &str)]) -> (tempfile::TempDir, Member, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = |(name, text): &(&str, &str)| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let paths = files.iter().map(path).collect();
    let member = Member::at(folder.path().join("nobody"));
    (folder, member, paths)
}

#[test]
fn a_statement_is_read_for_programs_and_for_people() {
    let (_folder, member, files) = with_files(&[("november.xml", &XML.replace("CLOSING", "104.99"))]);
    let read = member.done(&["treasury", "read", &files[0]]);
    let statement = &read["statements"][0];
    assert_eq!((&read["format"], &statement["account"], &statement["closing"]), (&json!("camt053"), &json!("DE89370400440532013000"), &json!(10_499)));
    let entries = statement["entries"].as_array().unwrap();
    assert_eq!(
        (entries.len(), &entries[0]["amount_minor"], &entries[0]["booked"], &entries[0]["currency"]),
        (3, &json!(499), &json!("2026-11-03"), &json!("EUR"))
    );
    assert_eq!((&entries[0]["references"], &entries[1]["references"]), (&json!(["FM-7K3Q-9XJD-38"]), &json!(["FM-2M8W-T4RC-19"])));
    assert_eq!((&entries[1]["bank_id"], &entries[2]["reversal"], &entries[2]["repeats"]), (&json!("B-1/2"), &json!(true), &Value::Null));
    assert_eq!((&statement["skipped"][0]["line"], &statement["notes"]), (&json!(12), &json!([])));

    let said = member.text(&["treasury", "read", &files[0]]);
    let expected =
        ["Before: 100.00 EUR, after: 104.99 EUR\n", "FM-2M8W-T4RC-19", "-4.99 EUR", "reversal", "9.98 EUR in, 4.99 EUR out", "not booked yet (PDNG)"];
    expected.iter().for_each(|expected| assert!(said.contains(expected), "{expected} is missing:\n{said}"));
    assert!(!member.folder.exists(), "reading leaves nothing behind");
}

#[test]
fn what_does_not_add_up_is_noted() {
    let (_folder, member, files) = with_files(&[("november.xml", &XML.replace("CLOSING", "104.00"))]);
    let said = member.text(&["treasury", "read", &files[0]]);
    assert!(said.contains("note: line 3: the payments lead from 100.00 to 104.99 EUR, but the statement says 104.00"), "{said}");
}

#[test]
fn a_payment_of_an_earlier_statement_is_known_in_another_format_too() {
    let (_folder, member, files) = with_files(&[("november.xml", &XML.replace("CLOSING", "104.99")), ("november.csv", TABLE)]);
    let read = member.done(&["treasury", "read", &files[1], "--currency", "EUR", "--already", &files[0]]);
    let entries = &read["statements"][0]["entries"];
    assert_eq!(entries[0]["repeats"], json!({"file": files[0], "line": 8, "same": "details"}));
    assert_eq!((&entries[1]["repeats"], &entries[1]["references"]), (&Value::Null, &json!([])));
}

#[test]
fn what_cannot_be_read_is_refused_with_a_hint() {
    let refused = |text: &str, more: &[&str]| {
        let (_folder, member, files) = with_files(&[("x", text)]);
        let refusal = member.refused(&[&["treasury", "read", files[0].as_str()], more].concat());
        (refusal.error.split_once("x: ").map(|(_, error)| error.to_owned()).unwrap_or(refusal.error), refusal.hint)
    };
    let no_currency = refused(TABLE, &[]);
    assert_eq!(no_currency, ("the file does not say in which currency its amounts are".into(), "say it with --currency, as in --currency EUR".into()));
    assert_eq!(refused(&XML.replace("CLOSING", "a lot"), &[]).0, "line 5: `a lot`: this is no amount of money; digits with a point are expected, as in 4.99");
    assert_eq!(refused("", &[]), ("the file is empty".into(), "fetch the file from the bank again".into()));
    let (paypal, hint) = refused("Date,Name,Currency,Gross,Net\n2026-11-03,Ann,EUR,4.99,4.89\n", &[]);
    assert!(paypal.contains("none for the amount; not known are: Gross, Net") && hint.contains("Debit and Credit"), "{paypal}");
    assert_eq!(refused("%PDF-1.7\n", &[]).0, "this is a page to print (PDF), and no text");
    assert_eq!(refused("<html></html>", &[]).0, "this is XML that begins with `html`, and no bank statement (CAMT.053)");
    assert!(refused(TABLE, &["--format", "camt053"]).0.starts_with("line 1: this is no XML"));
    let (_folder, member, _) = with_files(&[]);
    assert!(member.refused(&["treasury", "read", "/nowhere"]).error.contains("/nowhere cannot be read: No such file or directory"));
}

/// Somebody who founded a co-op, and holds every office in it.
fn founder(within: &Path) -> Member {
    let alice = Member::new(within, "Alice");
    alice.done(&["found", "Bread", "--preset", "quick"]);
    alice
}

/// A file that says what to import.
fn write(within: &Path, name: &str, text: &str) -> String {
    let path = within.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn accept_all(member: &Member) {
    for waiting in member.done(&["accept"])["waiting"].as_array().unwrap() {
        member.done(&["accept", waiting["id"].as_str().unwrap()]);
    }
    member.done(&["gazette", "--print"]);
}

#[test]
fn dues_are_recorded_once_from_any_file_and_stand_in_the_books() {
    let folder = tempfile::tempdir().unwrap();
    let alice = founder(folder.path());
    let reference = alice.done(&["treasury", "reference"])["reference"].as_str().unwrap().to_owned();
    assert_eq!(alice.done(&["treasury", "reference", "Alice"])["reference"], json!(reference));

    let typed = reference.to_lowercase().replace('-', " ");
    let table = write(
        folder.path(),
        "november.csv",
        &format!(
            "Date;Name;Purpose;Amount;Currency\n2026-11-03;Alice;dues {typed};15.00;EUR\n2026-11-10;Alice;{reference};4.99;EUR\n\
             2026-11-11;Alice;{reference};4.98;EUR\n2026-11-12;Bob;thanks;4.99;EUR\n2026-11-13;Mill;flour;-20.00;EUR\n2026-11-14;Carol;{reference};9.00;USD\n"
        ),
    );
    let import = |file: &str, more: &[&str]| alice.done(&[&["treasury", "import", file], more].concat());
    let planned = import(&table, &["--dry-run"]);
    let pays: Vec<_> = planned["matched"].as_array().unwrap().iter().map(|one| json!([one["months"], one["from"], one["to"], one["receipt"]])).collect();
    assert_eq!(pays, [json!([3, "2026-11-01", "2027-02-01", null]), json!([1, "2027-02-01", "2027-03-01", null])]);
    let why: Vec<_> = planned["unmatched"].as_array().unwrap().iter().map(|left| left["why"].as_str().unwrap().to_owned()).collect();
    assert_eq!(why, ["less than a month costs: 4.99 EUR", "names no payment reference", "went out", "dues are paid in EUR"]);
    let gift = write(folder.path(), "gift.csv", &format!("Date;Name;Purpose;Amount;Currency\n2026-11-03;Alice;{reference};90071992547409.92;EUR\n"));
    let noted = import(&gift, &["--dry-run"]);
    assert_eq!((&noted["matched"][0]["months"], &planned["matched"][0]["note"]), (&json!(12), &Value::Null));
    assert!(noted["matched"][0]["note"].as_str().unwrap().contains("more than twice what a year costs"), "{noted}");
    assert!(alice.text(&["treasury", "import", &gift, "--dry-run"]).contains("note: line 2: 90071992547409.92 EUR is more than"));
    assert_eq!(import(&table, &["--dry-run", "--from", "2026-11-04", "--to", "2026-11-10"])["left_out"], json!(5));
    assert_eq!(alice.refused(&["treasury", "import", &table]).code, "not-done");
    assert_eq!(alice.done(&["dues", "list"])["receipts"], json!([]), "nothing was recorded so far");

    let recorded = import(&table, &["--yes"]);
    assert_eq!((&recorded["recorded"], recorded["matched"].as_array().unwrap().len()), (&json!(true), 2));
    let again = import(&table, &["--yes"]);
    assert_eq!((&again["matched"], &again["recorded"], &again["duplicates"][0]["why"]), (&json!([]), &json!(false), &json!("it is receipt 1")));
    let xml = XML.replace("FM-2M8W-T4RC-19", &reference).replace("CLOSING", "104.99").replace("2026-11-03", "2026-11-10");
    let named = write(folder.path(), "november.xml", &xml);
    let other_file = import(&named, &["--yes"]);
    assert_eq!((&other_file["matched"], &other_file["duplicates"][0]["why"]), (&json!([]), &json!("it is receipt 2")));

    assert_eq!(alice.done(&["ledger"])["balances"], json!([]), "nothing counts before it is accepted and printed");
    alice.done(&["gazette", "--print"]);
    accept_all(&alice);
    let books = alice.done(&["ledger"]);
    let bank =
        json!([{"account": "assets:bank", "currency": "EUR", "amount_minor": 1999}, {"account": "income:dues", "currency": "EUR", "amount_minor": -1999}]);
    assert_eq!((&books["balances"], books["transactions"].as_array().unwrap().len()), (&bank, 2));
    assert_eq!(books["transactions"][0]["evidence"], json!([recorded["matched"][0]["receipt"]]));
    let journal = alice.text(&["ledger", "--export", "hledger"]);
    assert!(journal.contains("Dues of Alice, receipt 1\n"), "{journal}");
    assert!(alice.text(&["ledger", "--export", "csv"]).starts_with("number,date,account,amount,currency,memo,evidence\n1,"));
    check_with_hledger(&journal);
    assert_eq!(
        alice.text(&["ledger"]),
        "ACCOUNT      BALANCE\nassets:bank  19.99 EUR\nincome:dues  -19.99 EUR\n2 transactions; what comes into an account is positive.\n"
    );
}

/// Has hledger judge a journal; where it is not installed, says so past the capture of tests.
fn check_with_hledger(journal: &str) {
    let started = Command::new("hledger").args(["-f", "-", "check", "--strict", "accounts", "commodities", "ordereddates"]).stdin(Stdio::piped()).spawn();
    match started {
        Ok(mut child) => {
            child.stdin.take().unwrap().write_all(journal.as_bytes()).unwrap();
            assert!(child.wait().unwrap().success(), "{journal}");
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let _ = writeln!(std::io::stderr(), "hledger is not installed: the books are not checked by it");
        }
        Err(error) => panic!("hledger: {error}"),
    }
}

#[test]
fn payments_that_the_bank_tells_apart_both_count_and_what_is_still_to_come_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let alice = founder(folder.path());
    let reference = alice.done(&["treasury", "reference"])["reference"].as_str().unwrap().to_owned();
    let rows = |rows: &[(&str, &str, &str)]| {
        let row = |(day, amount, id): &(&str, &str, &str)| format!("{day};Alice;{reference};{amount};EUR;{id}\n");
        format!("Date;Name;Purpose;Amount;Currency;Transaction ID\n{}", rows.iter().map(row).collect::<String>())
    };
    let import = |name: &str, text: &str| alice.done(&["treasury", "import", &write(folder.path(), name, text), "--yes"]);
    let lines = |answer: &Value, list: &str| answer[list].as_array().unwrap().iter().map(|one| one["line"].as_u64().unwrap()).collect::<Vec<_>>();

    let bare = import("bare.csv", &rows(&[("2026-11-03", "4.99", ""), ("2026-11-03", "4.99", ""), ("2026-11-03", "0.00", ""), ("2199-01-01", "4.99", "")]));
    assert_eq!(["matched", "twice", "unmatched", "duplicates"].map(|list| lines(&bare, list)), [vec![2], vec![3], vec![4, 5], vec![]]);
    let why = "like line 2 in all that the file says: if it was paid twice, record it by hand";
    assert_eq!(bare["twice"][0]["why"], json!(why));
    assert_eq!(
        [&bare["unmatched"][0]["why"], &bare["unmatched"][1]["why"]],
        [&json!("nothing was paid"), &json!("it is booked on a day that is still to come")]
    );

    // The bank's own names show that there were two, but not which of them is recorded.
    let first = import("named.csv", &rows(&[("2026-11-03", "4.99", "T1"), ("2026-11-03", "4.99", "T2")]));
    assert_eq!((lines(&first, "matched"), lines(&first, "duplicates"), &first["duplicates"][0]["why"]), (vec![], vec![2, 3], &json!("it is receipt 1")));
    assert!(first["duplicates"][1]["why"].as_str().unwrap().starts_with("like receipt 1, which another payment here has: "));

    let named = rows(&[("2026-11-04", "4.99", "T3"), ("2026-11-04", "4.99", "T4"), ("2026-11-04", "4.99", "T4")]);
    let both = import("both.csv", &named);
    assert_eq!(["matched", "twice", "duplicates"].map(|list| lines(&both, list)), [vec![2, 3], vec![4], vec![]]);
    let again = import("both.csv", &named);
    assert_eq!((lines(&again, "matched"), lines(&again, "duplicates"), &again["duplicates"][1]["why"]), (vec![], vec![2, 3], &json!("it is receipt 3")));
    assert_eq!(again["twice"][0]["why"], json!("the bank calls it the same as line 3"));
    let said = alice.text(&["treasury", "import", folder.path().join("both.csv").to_str().unwrap()]);
    assert!(
        said.contains("\nTwice in this file\n") && said.contains("0 receipts to record, 2 recorded before, 1 twice in this file, 0 nobody's dues."),
        "{said}"
    );
    let states: Vec<_> = alice.done(&["dues", "list"])["receipts"].as_array().unwrap().iter().map(|receipt| receipt["state"].clone()).collect();
    assert_eq!(states, vec![json!("waits-for-member"); 3]);
}

#[test]
fn receipts_are_reconciled_with_a_statement() {
    let folder = tempfile::tempdir().unwrap();
    let alice = founder(folder.path());
    let reference = alice.done(&["treasury", "reference"])["reference"].as_str().unwrap().to_owned();
    let today = jiff::Timestamp::now().to_string()[..10].to_owned();
    let row = |name: &str, purpose: &str, amount: &str| format!("{today};{name};{purpose};{amount};EUR\n");
    let heading = "Date;Name;Purpose;Amount;Currency\n";
    let paid = write(folder.path(), "paid.csv", &format!("{heading}{}", row("Alice", &reference, "4.99")));
    alice.done(&["treasury", "import", &paid, "--yes"]);
    alice.done(&["dues", "record", "Alice", "--from", "2026-06-01", "--to", "2026-06-30", "--amount", "6.00 EUR"]);
    alice.done(&["dues", "record", "Alice", "--from", "2026-07-01", "--to", "2026-07-31", "--amount", "7.00 EUR"]);
    alice.done(&["gazette", "--print"]);
    // The receipt of 7.00 has no payment, and Bob's gift no receipt.
    let rows = [row("Alice", &reference, "4.99"), row("Alice", &reference, "6.00"), row("Bob", "a gift", "10.00"), row("Mill", "flour", "-3.00")].concat()
        + &row("Carol", &reference, "5.00").replace(";EUR", ";USD");
    let statement = write(folder.path(), "statement.csv", &format!("{heading}{rows}"));
    let checked = alice.done(&["reconcile", "--statement", &statement, "--check"]);
    let figures = ["receipts", "sum_minor", "bank_minor", "difference_minor", "unmatched"].map(|figure| checked[figure].as_i64().unwrap());
    assert_eq!(figures, [3, 1799, 2099, 300, 2]);
    let matched: Vec<_> = checked["matched"].as_array().unwrap().iter().map(|pair| json!([pair["payment"]["line"], pair["receipt"]["number"]])).collect();
    assert_eq!(matched, [json!([2, 1]), json!([3, 2])]);
    let foreign = &checked["other_currency"][0];
    assert_eq!((&foreign["line"], &foreign["currency"], &foreign["amount_minor"]), (&json!(6), &json!("USD"), &json!(500)));
    assert_eq!((&checked["without_receipt"][0]["line"], &checked["without_payment"][0]["number"]), (&json!(4), &json!(3)));
    assert_eq!((&checked["signed"], &checked["replaces"]), (&Value::Null, &Value::Null));
    assert_eq!(alice.refused(&["reconcile", "--statement", &statement]).code, "not-done");
    assert!(alice.text(&["treasury"]).contains("were not reconciled with the bank"));
    let signed = alice.done(&["reconcile", "--statement", &statement, "--yes"]);
    alice.done(&["gazette", "--print"]);
    let stated = alice.done(&["treasury"]);
    assert_eq!(
        (&stated["reconciled"]["op"], &stated["reconciled"]["sum"], &stated["reconciled"]["unmatched"]),
        (&signed["signed"], &json!("17.99 EUR"), &json!(2))
    );
    assert_eq!(stated["unreconciled_since"], Value::Null);
    let said = alice.text(&["reconcile", "--statement", &statement, "--check"]);
    for part in [
        "Receipts and their payments",
        "Payments without a receipt",
        "Receipts without a payment",
        "Payments in another currency",
        "5.00 USD",
        "3 receipts: 17.99 EUR. Came in at the bank: 20.99 EUR. Difference: 3.00 EUR.",
        "It takes the place of what you stated of that time before",
    ] {
        assert!(said.contains(part), "{part} is missing:\n{said}");
    }
    let again = alice.done(&["reconcile", "--statement", &statement, "--yes"]);
    assert_eq!(again["replaces"], signed["signed"]);
    let refusal = alice.refused(&["reconcile", "--statement", &statement, "--month", "2031-01", "--check"]);
    assert_eq!((refusal.code.as_str(), refusal.error.as_str()), ("month", "the Gazette has printed nothing in that month yet"));
}

#[test]
fn only_a_treasurer_imports() {
    let folder = tempfile::tempdir().unwrap();
    let alice = founder(folder.path());
    let bob = Member::new(folder.path(), "Bob");
    let table = write(folder.path(), "november.csv", TABLE);
    assert_eq!(bob.refused(&["treasury", "import", &table]).code, "no-coop");
    let empty = alice.done(&["treasury", "import", &table, "--currency", "EUR", "--yes"]);
    assert_eq!((&empty["recorded"], &empty["matched"]), (&json!(false), &json!([])));
    let unknown = "nobody here has the reference FM-7K3Q-9XJD-38";
    assert_eq!((&empty["unmatched"][0]["why"], &empty["unmatched"][1]["why"]), (&json!(unknown), &json!("names no payment reference")));
    assert_eq!(alice.done(&["treasury"]), json!({"budgets": [], "payments": [], "reconciled": null, "others": [], "unreconciled_since": null}));
}
