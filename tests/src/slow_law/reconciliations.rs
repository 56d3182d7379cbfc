//! Reconciliations: what officers state of the receipts of some time, and which of these statements stand.

use super::Slow;
use folkmoot_protocol::{act::standing::Reconcile, id::*, law::Office};

/// A year, in ms.
const YEAR_MS: u64 = 366 * 86_400_000;
/// No bank statement has more entries.
const STATEMENT_ENTRIES: u64 = 131_072;

impl Slow {
    pub(super) fn reconcile(&mut self, time: u64, op: OpId, person: PersonId, says: &Reconcile) {
        let of_that_time = self.receipts.iter().filter(|row| says.from_ms <= row.recorded && row.recorded < says.to_ms);
        let amounts: Vec<u64> =
            of_that_time.map(|row| row.dues.amount).filter(|amount| amount.currency == says.sum.currency).map(|amount| amount.minor).collect();
        let may = self.holds(Office::Treasurer, person) || self.holds(Office::Auditor, person);
        let sane = says.from_ms < says.to_ms
            && says.to_ms - says.from_ms <= YEAR_MS
            && says.bank.currency == says.sum.currency
            && says.unmatched <= says.receipts + STATEMENT_ENTRIES;
        if may && sane && says.to_ms <= time && (says.receipts, says.sum.minor) == (amounts.len() as u64, amounts.iter().sum()) {
            self.reconciliations.push((op, person, says.clone()));
        }
    }

    /// Those of which the same officer has not stated since, in the same currency, what begins at the same time and reaches as
    /// far.
    pub(super) fn standing_reconciliations(&self) -> Vec<OpId> {
        let all = &self.reconciliations;
        let replaced = |place: usize| {
            let (_, by, says) = &all[place];
            let same = |other: &Reconcile| other.from_ms == says.from_ms && other.sum.currency == says.sum.currency && other.to_ms >= says.to_ms;
            all[place + 1..].iter().any(|(_, person, other)| person == by && same(other))
        };
        (0..all.len()).filter(|place| !replaced(*place)).map(|place| all[place].0).collect()
    }
}
