use super::{Account, LedgerError};
use crate::{date::Date, limits, money::Currency, text::check_line};
use std::collections::BTreeMap;

/// An amount that comes into an account, or leaves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// The account.
    pub account: Account,
    /// In the smallest unit; negative if it leaves.
    pub amount_minor: i64,
    /// Of what.
    pub currency: Currency,
}

/// Amounts that move between accounts at once, and come to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    number: u64,
    date: Date,
    memo: String,
    evidence: Vec<String>,
    postings: Vec<Posting>,
}

impl Transaction {
    /// Checks that it balances in every currency. `evidence` are ids of what it rests on: operations, bills.
    pub fn new(number: u64, date: Date, memo: String, evidence: Vec<String>, postings: Vec<Posting>) -> Result<Self, LedgerError> {
        check_line("the memo", &memo, limits::TITLE_CHARS)?;
        if evidence.len() > limits::EVIDENCE_PER_TRANSACTION {
            return Err(LedgerError::TooMuchEvidence(evidence.len()));
        }
        if let Some(id) = evidence.iter().find(|id| !is_id(id)) {
            return Err(LedgerError::Evidence(id.chars().filter(|c| !c.is_control()).take(60).collect()));
        }
        if !(2..=limits::POSTINGS_PER_TRANSACTION).contains(&postings.len()) {
            return Err(LedgerError::Postings(postings.len()));
        }
        if let Some(posting) = postings.iter().find(|posting| posting.amount_minor == 0) {
            return Err(LedgerError::Nothing(posting.account.clone()));
        }
        // So few 64-bit numbers stay far below 2^127.
        let mut sums = BTreeMap::<Currency, i128>::new();
        postings.iter().for_each(|posting| *sums.entry(posting.currency).or_default() += i128::from(posting.amount_minor));
        match sums.into_iter().find(|(_, sum)| *sum != 0) {
            Some((currency, sum)) => Err(LedgerError::Unbalanced { currency, sum }),
            None => Ok(Self { number, date, memo, evidence, postings }),
        }
    }

    /// Its number in the books.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The day that it is of.
    pub fn date(&self) -> Date {
        self.date
    }

    /// What it is, in one line.
    pub fn memo(&self) -> &str {
        &self.memo
    }

    /// Ids of what it rests on.
    pub fn evidence(&self) -> &[String] {
        &self.evidence
    }

    /// What it moves.
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }
}

fn is_id(id: &str) -> bool {
    (1..=limits::EVIDENCE_CHARS).contains(&id.len()) && id.chars().all(|c| c.is_ascii_alphanumeric() || ['-', '_', '.', '/'].contains(&c))
}

/// The books: transactions by ascending numbers, and what each account holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Journal {
    transactions: Vec<Transaction>,
    balances: BTreeMap<(Account, Currency), i64>,
}

impl Journal {
    /// Enters a transaction. If it is refused, nothing has changed.
    pub fn enter(&mut self, transaction: Transaction) -> Result<(), LedgerError> {
        if let Some(last) = self.transactions.last().map(|last| last.number).filter(|last| *last >= transaction.number) {
            return Err(LedgerError::Number { number: transaction.number, last });
        }
        // What it moves in all counts, so that the order of its postings makes no difference.
        let mut moved = BTreeMap::<(Account, Currency), i128>::new();
        for posting in &transaction.postings {
            *moved.entry((posting.account.clone(), posting.currency)).or_default() += i128::from(posting.amount_minor);
        }
        let mut after = Vec::new();
        for ((account, currency), moved) in moved {
            let before = self.balance(&account, currency);
            match i64::try_from(i128::from(before) + moved) {
                Ok(balance) => after.push(((account, currency), balance)),
                Err(_) => return Err(LedgerError::Overflow { account, currency }),
            }
        }
        self.balances.extend(after);
        self.transactions.push(transaction);
        Ok(())
    }

    /// What an account itself holds, without those within it.
    pub fn balance(&self, account: &Account, currency: Currency) -> i64 {
        self.balances.get(&(account.clone(), currency)).copied().unwrap_or_default()
    }

    /// What every account holds that was ever moved to or from, by account and currency.
    pub fn balances(&self) -> impl Iterator<Item = (&Account, Currency, i64)> {
        self.balances.iter().map(|((account, currency), balance)| (account, *currency, *balance))
    }

    /// What an account and all within it hold, by currency; empty where nothing was ever moved.
    pub fn total(&self, account: &Account) -> BTreeMap<Currency, i128> {
        let within = |other: &Account| other.as_str().strip_prefix(account.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
        let mut totals = BTreeMap::new();
        for (_, currency, balance) in self.balances().filter(|(other, ..)| within(other)) {
            *totals.entry(currency).or_default() += i128::from(balance);
        }
        totals
    }

    /// All transactions, by number.
    pub fn transactions(&self) -> &[Transaction] {
        &self.transactions
    }
}
