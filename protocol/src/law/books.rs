//! The books that follow from the register: dues that came in, and payments that bills ordered.

use super::{Money, State};
use crate::{
    date::Date,
    id::*,
    ledger::{Account, Journal, LedgerError, Posting, Transaction},
    limits,
    text::hides,
};

/// One movement before it has its number in the books.
struct Movement {
    at: u64,
    memo: String,
    evidence: Vec<String>,
    /// Where the amount comes in.
    to: Account,
    /// Where it leaves.
    from: Account,
    amount: Money,
}

impl State {
    /// The books: receipts of dues that count, at the time when they were recorded, and payments that bills in force
    /// ordered, at the time when they came into force, in UTC by the Gazette. `name` says who somebody is.
    pub fn books(&self, name: impl Fn(PersonId) -> String) -> Result<Journal, LedgerError> {
        let (bank, dues): (Account, Account) = ("assets:bank".parse()?, "income:dues".parse()?);
        let expenses = |budget: &str| format!("expenses:{budget}").parse::<Account>();
        let mut movements = Vec::new();
        let in_force = self.dues.iter().filter(|(_, row)| row.accepted.is_some() && row.registrar.is_some());
        for (number, row) in in_force.filter(|(_, row)| row.amount.minor > 0) {
            movements.push(Movement {
                at: row.recorded,
                memo: memo(&format!("Dues of {}, receipt {number}", name(row.member))),
                evidence: vec![row.op.to_string()],
                to: bank.clone(),
                from: dues.clone(),
                amount: row.amount,
            });
        }
        for (_, spend) in self.spends.iter() {
            let bill = self.bills.get(&spend.by).map(|bill| bill.proposal.document.to_string());
            movements.push(Movement {
                at: spend.at,
                memo: memo(&spend.purpose),
                evidence: std::iter::once(spend.by.to_string()).chain(bill).collect(),
                to: expenses(&spend.budget)?,
                from: bank.clone(),
                amount: spend.amount,
            });
        }
        // What is of one issue stays in the order of the register.
        movements.sort_by_key(|movement| movement.at);
        let mut journal = Journal::default();
        for (number, movement) in (1..).zip(movements) {
            journal.enter(movement.transaction(number)?)?;
        }
        Ok(journal)
    }
}

impl Movement {
    fn transaction(self, number: u64) -> Result<Transaction, LedgerError> {
        let (date, currency) = (Date::of_ms(self.at).ok_or(LedgerError::Time(self.at))?, self.amount.currency);
        let Ok(amount_minor) = i64::try_from(self.amount.minor) else { return Err(LedgerError::Overflow { account: self.to, currency }) };
        let postings = vec![Posting { account: self.to, amount_minor, currency }, Posting { account: self.from, amount_minor: -amount_minor, currency }];
        Transaction::new(number, date, self.memo, self.evidence, postings)
    }
}

/// A memo of the length that one may have, of characters that show.
fn memo(text: &str) -> String {
    let shown = text.chars().map(|c| if c.is_control() || hides(c) { ' ' } else { c });
    shown.take(limits::TITLE_CHARS).collect::<String>().trim().to_owned()
}
