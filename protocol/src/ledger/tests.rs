use super::*;
use crate::date::Date;
use proptest::prelude::*;
use std::{
    io::{ErrorKind, Write as _},
    process::{Command, Stdio},
};

fn account(text: &str) -> Account {
    text.parse().unwrap()
}

fn posting(name: &str, amount_minor: i64, currency: &str) -> Posting {
    Posting { account: account(name), amount_minor, currency: currency.parse().unwrap() }
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn dues(number: u64, amount: i64) -> Transaction {
    let postings = vec![posting("assets:bank", amount, "EUR"), posting("income:dues", -amount, "EUR")];
    Transaction::new(number, day("2026-11-03"), "Dues of Alice".into(), vec!["25d695eb".into()], postings).unwrap()
}

/// A month of a small co-op.
fn books() -> Journal {
    let mut journal = Journal::default();
    let mut enter = |number, date: &str, memo: &str, evidence: &[&str], postings| {
        let evidence = evidence.iter().map(|id| (*id).to_owned()).collect();
        journal.enter(Transaction::new(number, day(date), memo.into(), evidence, postings).unwrap()).unwrap();
    };
    enter(1, "2026-11-03", "Dues of Alice", &["25d695eb", "receipts/7"], vec![posting("assets:bank", 499, "EUR"), posting("income:dues", -499, "EUR")]);
    enter(3, "2026-11-30", "* pay; (Bob) | =1+1", &["bill-9"], vec![posting("expenses:pay:moderator", 30_000, "EUR"), posting("assets:bank", -30_000, "EUR")]);
    let three = vec![
        posting("assets:bank", 1000, "JPY"),
        posting("liabilities:pledges", -1000, "JPY"),
        posting("assets:cash", 1234, "KWD"),
        posting("equity:opening", -1234, "KWD"),
    ];
    enter(4, "2026-11-01", "=pledges, from \"abroad\"", &[], three);
    journal
}

#[test]
fn an_account_has_names_with_colons_between() {
    assert_eq!((account("expenses:pay:moderator-2").root(), account("assets:bank").root().name()), (Root::Expenses, "assets"));
    assert_eq!(account("expenses:pay").within("moderator").unwrap(), account("expenses:pay:moderator"));
    assert!(account("expenses:pay").within("a b").is_err());
    for no in ["", "assets", "assets:", ":bank", "money:bank", "assets:Bank", "assets:a  b", "assets:bank;x", "assets:-a", "assets:bänk", "assets:a:b:c:d:e:f"]
    {
        assert!(matches!(no.parse::<Account>(), Err(LedgerError::Account(_))), "{no}");
    }
    assert!("assets:".to_owned().parse::<Account>().unwrap_err().to_string().starts_with("`assets:` is no account: names parted by colons"));
}

#[test]
fn a_transaction_balances_in_every_currency() {
    let with = |postings| Transaction::new(1, day("2026-11-03"), "x".into(), vec![], postings).map(|_| ());
    assert_eq!(with(vec![posting("assets:bank", 5, "EUR"), posting("assets:cash", -5, "EUR")]), Ok(()));
    let unbalanced = with(vec![posting("assets:bank", 500, "EUR"), posting("assets:cash", -499, "EUR")]).unwrap_err();
    assert_eq!(unbalanced.to_string(), "the postings come to 0.01 EUR instead of nothing");
    let crossed = vec![posting("assets:bank", 5, "EUR"), posting("assets:cash", -5, "USD")];
    assert!(matches!(with(crossed), Err(LedgerError::Unbalanced { sum: 5, .. })));
    assert_eq!(with(vec![posting("assets:bank", 5, "EUR")]), Err(LedgerError::Postings(1)));
    let nothing = vec![posting("assets:bank", 0, "EUR"), posting("assets:cash", 0, "EUR")];
    assert_eq!(with(nothing), Err(LedgerError::Nothing(account("assets:bank"))));
    let many = vec![posting("assets:bank", 5, "EUR"); limits::POSTINGS_PER_TRANSACTION + 1];
    assert_eq!(with(many), Err(LedgerError::Postings(limits::POSTINGS_PER_TRANSACTION + 1)));
}

#[test]
fn what_overflows_is_an_error_and_changes_nothing() {
    let most = i64::MAX;
    let both =
        vec![posting("assets:bank", most, "EUR"), posting("assets:bank", most, "EUR"), posting("equity:x", -most, "EUR"), posting("equity:x", -most, "EUR")];
    let both = Transaction::new(2, day("2026-11-03"), "x".into(), vec![], both).unwrap();
    let mut journal = Journal::default();
    journal.enter(dues(1, 499)).unwrap();
    let before = journal.clone();
    let error = journal.enter(both).unwrap_err();
    assert_eq!(error.to_string(), "assets:bank would hold more EUR than can be counted");
    assert!(matches!(journal.enter(dues(2, most)), Err(LedgerError::Overflow { .. })));
    let least = vec![posting("assets:bank", i64::MIN, "EUR"), posting("equity:x", most, "EUR")];
    assert!(matches!(Transaction::new(2, day("2026-11-03"), "x".into(), vec![], least), Err(LedgerError::Unbalanced { sum: -1, .. })));
    assert_eq!(journal, before);
    let round = vec![posting("assets:bank", most, "EUR"), posting("assets:bank", -most, "EUR")];
    journal.enter(Transaction::new(2, day("2026-11-03"), "there and back".into(), vec![], round).unwrap()).unwrap();
    assert_eq!(journal.balance(&account("assets:bank"), "EUR".parse().unwrap()), 499);
}

#[test]
fn numbers_ascend_and_texts_are_checked() {
    let mut journal = Journal::default();
    journal.enter(dues(5, 1)).unwrap();
    assert_eq!(journal.enter(dues(5, 1)), Err(LedgerError::Number { number: 5, last: 5 }));
    assert_eq!(journal.enter(dues(4, 1)).unwrap_err().to_string(), "transaction 4 does not follow transaction 5: numbers ascend");
    let with = |memo: &str, evidence: &[&str]| {
        let evidence = evidence.iter().map(|id| (*id).to_owned()).collect();
        let postings = vec![posting("assets:bank", 5, "EUR"), posting("assets:cash", -5, "EUR")];
        Transaction::new(1, day("2026-11-03"), memo.into(), evidence, postings).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(with("x", &["a/b-c_d.e"]), Ok(()));
    assert_eq!(with("x", &["a,b"]).unwrap_err(), "`a,b` names no evidence: an id of letters, digits, '-', '_', '.' and '/' is expected");
    assert!(with("x", &[""]).is_err() && with("x", &["a\nb"]).is_err() && with("", &[]).is_err() && with("a\nb", &[]).is_err());
    assert!(with("x", &vec!["a"; limits::EVIDENCE_PER_TRANSACTION + 1]).is_err());
}

#[test]
fn an_account_holds_what_came_into_it() {
    let (journal, euro) = (books(), "EUR".parse().unwrap());
    assert_eq!(journal.balance(&account("assets:bank"), euro), 499 - 30_000);
    assert_eq!(journal.balance(&account("expenses:pay"), euro), 0);
    assert_eq!(journal.total(&account("expenses:pay")), [(euro, 30_000)].into());
    assert_eq!(journal.total(&account("expenses:p")), [].into());
}

const HLEDGER: &str = "; Folkmoot: the books of a co-op
decimal-mark .

commodity 10.00 EUR
commodity 1000. JPY
commodity 1.000 KWD

account assets:bank
account assets:cash
account equity:opening
account expenses:pay:moderator
account income:dues
account liabilities:pledges

2026-11-01 (4) =pledges, from \"abroad\"
    assets:bank          1000. JPY
    liabilities:pledges  -1000. JPY
    assets:cash          1.234 KWD
    equity:opening       -1.234 KWD

2026-11-03 (1) Dues of Alice
    ; evidence:25d695eb
    ; evidence:receipts/7
    assets:bank  4.99 EUR
    income:dues  -4.99 EUR

2026-11-30 (3) * pay, (Bob) / =1+1
    ; evidence:bill-9
    expenses:pay:moderator  300.00 EUR
    assets:bank             -300.00 EUR
";

const CSV: &str = "number,date,account,amount,currency,memo,evidence
4,2026-11-01,assets:bank,1000,JPY,\"'=pledges, from \"\"abroad\"\"\",
4,2026-11-01,liabilities:pledges,-1000,JPY,\"'=pledges, from \"\"abroad\"\"\",
4,2026-11-01,assets:cash,1.234,KWD,\"'=pledges, from \"\"abroad\"\"\",
4,2026-11-01,equity:opening,-1.234,KWD,\"'=pledges, from \"\"abroad\"\"\",
1,2026-11-03,assets:bank,4.99,EUR,Dues of Alice,25d695eb receipts/7
1,2026-11-03,income:dues,-4.99,EUR,Dues of Alice,25d695eb receipts/7
3,2026-11-30,expenses:pay:moderator,300.00,EUR,* pay; (Bob) | =1+1,bill-9
3,2026-11-30,assets:bank,-300.00,EUR,* pay; (Bob) | =1+1,bill-9
";

#[test]
fn the_books_are_written_for_others() {
    assert_eq!(hledger(&books()), HLEDGER);
    assert_eq!(csv(&books()), CSV);
    assert_eq!(csv(&Journal::default()), "number,date,account,amount,currency,memo,evidence\n");
}

/// What hledger says to a journal on its standard input; nothing where hledger is not installed, which is said past the
/// capture of tests.
fn ask_hledger(journal: &str, words: &[&str]) -> Option<String> {
    let started = Command::new("hledger")
        .args(["-f", "-"])
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env("LANG", "C.UTF-8")
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let _ = writeln!(std::io::stderr(), "hledger is not installed: what we write for it is not checked by it");
            return None;
        }
        Err(error) => panic!("hledger: {error}"),
    };
    child.stdin.take().unwrap().write_all(journal.as_bytes()).unwrap();
    let said = child.wait_with_output().unwrap();
    assert!(said.status.success(), "{}\n{journal}", String::from_utf8_lossy(&said.stderr));
    Some(String::from_utf8(said.stdout).unwrap())
}

const CHECKS: [&str; 7] = ["check", "--strict", "accounts", "commodities", "balancednoautoconversion", "ordereddates", "parseable"];

#[test]
fn hledger_accepts_the_journal_and_counts_the_same() {
    for journal in [Journal::default(), books()] {
        ask_hledger(&hledger(&journal), &CHECKS);
    }
    let Some(said) = ask_hledger(&hledger(&books()), &["balance", "--flat", "-O", "csv", "--no-total", "cur:EUR"]) else { return };
    for row in ["\"assets:bank\",\"-295.01 EUR\"", "\"expenses:pay:moderator\",\"300.00 EUR\"", "\"income:dues\",\"-4.99 EUR\""] {
        assert!(said.contains(row), "{said}");
    }
    let tagged = ask_hledger(&hledger(&books()), &["print", "tag:evidence=^receipts/7$"]).unwrap();
    assert!(tagged.contains("Dues of Alice") && !tagged.contains("Bob"), "{tagged}");
}

#[test]
fn hledger_accepts_any_memo() {
    let mut journal = Journal::default();
    let memos = ["! x", "(y) z", "a:b, evidence:c", "# n", "~ 2026", "2026-01-01 x", "; only", "|", "* *", "Zoë’s “dues” €", "\"q", "\\", "{1}", "@ 1 EUR"];
    for (number, memo) in (1..).zip(memos) {
        let postings = vec![posting("assets:bank", i64::MAX / 20, "CLF"), posting("income:dues", -(i64::MAX / 20), "CLF")];
        journal.enter(Transaction::new(number, day("2026-11-03"), memo.into(), vec![], postings).unwrap()).unwrap();
    }
    if let Some(said) = ask_hledger(&hledger(&journal), &["codes"]) {
        assert_eq!(said.lines().count(), memos.len(), "{said}");
        ask_hledger(&hledger(&journal), &CHECKS);
    }
}

proptest! {
    #[test]
    fn no_money_is_made_or_lost(moves in prop::collection::vec((0..4usize, 0..4usize, any::<i64>(), prop_oneof!["EUR", "JPY"]), 0..20)) {
        let names = ["assets:bank", "assets:cash", "income:dues", "equity:opening"];
        let mut journal = Journal::default();
        for (number, (from, to, amount, currency)) in (1..).zip(moves) {
            let postings = vec![posting(names[to], amount, &currency), posting(names[from], amount.wrapping_neg(), &currency)];
            if let Ok(transaction) = Transaction::new(number, day("2026-11-03"), "x".into(), vec![], postings) {
                let before = journal.clone();
                if journal.enter(transaction).is_err() {
                    prop_assert_eq!(&journal, &before);
                }
            }
        }
        for currency in ["EUR", "JPY"] {
            let currency: Currency = currency.parse().unwrap();
            prop_assert_eq!(journal.balances().filter(|(_, of, _)| *of == currency).map(|(.., balance)| i128::from(balance)).sum::<i128>(), 0);
        }
        let table = csv(&journal);
        let mut rows = ::csv::Reader::from_reader(table.as_bytes());
        prop_assert_eq!(rows.records().filter(Result::is_ok).count(), journal.transactions().len() * 2);
    }
}
