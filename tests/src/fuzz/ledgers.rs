use super::bytes::Bytes;
use folkmoot_protocol::{
    date::Date,
    ledger::{self, Account, Journal, Posting, Transaction},
    limits,
    money::Currency,
};

/// Books of up to so many transactions.
const MOST: usize = 32;

/// Books: no transaction makes or loses money, a refused one leaves no trace, and what is written for others is whole.
pub fn ledger(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let mut journal = Journal::default();
    for _ in 0..MOST {
        if bytes.is_empty() {
            break;
        }
        let Some(transaction) = transaction(&mut bytes) else { continue };
        let before = journal.clone();
        match journal.enter(transaction) {
            Ok(()) => assert_eq!(journal.transactions().len(), before.transactions().len() + 1),
            Err(error) => assert!(journal == before && !error.to_string().is_empty()),
        }
    }
    check(&journal);
}

fn transaction(bytes: &mut Bytes<'_>) -> Option<Transaction> {
    let date = Date::new(bytes.number() as u16, bytes.byte(), bytes.byte()).or(Date::new(2026, 11, 1 + bytes.byte() % 30))?;
    assert_eq!(date.to_string().parse(), Ok(date));
    let (number, memo) = (bytes.number(), bytes.text());
    let evidence = (0..bytes.below(3)).map(|_| bytes.text()).collect();
    let mut postings: Vec<Posting> = (0..bytes.below(5)).filter_map(|_| posting(bytes)).collect();
    // Of what balances by itself there would be little.
    if bytes.coin() {
        let back: Vec<Posting> = postings.iter().map(|posting| Posting { amount_minor: posting.amount_minor.wrapping_neg(), ..posting.clone() }).collect();
        postings.extend(back.into_iter().map(|posting| Posting { account: account(bytes).unwrap_or(posting.account.clone()), ..posting }));
    }
    Transaction::new(number, date, memo, evidence, postings).map_err(|error| assert!(!error.to_string().is_empty())).ok()
}

fn posting(bytes: &mut Bytes<'_>) -> Option<Posting> {
    let currency: Currency = bytes.pick(&["EUR", "JPY", "KWD", "CLF"])?.parse().ok()?;
    let amount_minor = bytes.number() as i64;
    assert_eq!(currency.minor(&currency.written(amount_minor.into())), Ok(amount_minor));
    Some(Posting { account: account(bytes)?, amount_minor, currency })
}

fn account(bytes: &mut Bytes<'_>) -> Option<Account> {
    let name = if bytes.coin() { (*bytes.pick(&["assets:bank", "income:dues", "expenses:pay:x", "liabilities:pledges"])?).to_owned() } else { bytes.text() };
    let account: Account = name.parse().ok()?;
    assert!(account.as_str() == name && name.starts_with(account.root().name()));
    Some(account)
}

fn check(journal: &Journal) {
    let postings: usize = journal.transactions().iter().map(|transaction| transaction.postings().len()).sum();
    assert!(journal.transactions().is_sorted_by(|a, b| a.number() < b.number()));
    assert!(postings <= journal.transactions().len() * limits::POSTINGS_PER_TRANSACTION);
    for (_, currency, _) in journal.balances() {
        let sum: i128 = journal.balances().filter(|(_, of, _)| *of == currency).map(|(.., balance)| i128::from(balance)).sum();
        assert_eq!(sum, 0, "money is made or lost");
    }
    let (book, table) = (ledger::hledger(journal), ledger::csv(journal));
    let lines = |begins: &dyn Fn(&str) -> bool| book.lines().filter(|line| begins(line)).count();
    assert_eq!(lines(&|line| line.starts_with("    ") && !line.starts_with("    ;")), postings);
    assert_eq!(lines(&|line| line.starts_with(|c: char| c.is_ascii_digit())), journal.transactions().len());
    // No text of a transaction holds the end of a line.
    assert_eq!(table.lines().count(), postings + 1);
}
