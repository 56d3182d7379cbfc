//! Which receipts and payments belong together.

use folkmoot_protocol::{
    id::*,
    law::{DuesRow, State},
    money::Currency,
    statement::{
        StatementEntry,
        commitment::{commitment, is_same_payment},
        matching::references_of,
        reference::payment_reference,
    },
};

/// Receipts and payments, and what is left of both.
pub(super) struct Pairs<'a> {
    pub(super) matched: Vec<(&'a StatementEntry, (u64, &'a DuesRow))>,
    /// What came in in that time, without a receipt.
    pub(super) without_receipt: Vec<&'a StatementEntry>,
    /// Receipts that were recorded in that time, without a payment in the statement.
    pub(super) without_payment: Vec<(u64, &'a DuesRow)>,
    /// What came in in that time.
    pub(super) came_in: u128,
}

impl<'a> Pairs<'a> {
    /// Of payments in one currency, for a time whose end is not in it. A payment may have a receipt from another time.
    pub(super) fn of(entries: &'a [StatementEntry], currency: Currency, law: &'a State, coop: CoopId, (from, to): (u64, u64)) -> Self {
        let mut left: Vec<(u64, &DuesRow)> = law.dues.iter().map(|(number, row)| (*number, row)).collect();
        let mut pairs = Self { matched: vec![], without_receipt: vec![], without_payment: vec![], came_in: 0 };
        for entry in entries.iter().filter(|entry| entry.amount_minor > 0 && !entry.reversal) {
            let in_time = entry.booked.ms().is_some_and(|booked| (from..to).contains(&booked));
            pairs.came_in += if in_time { entry.amount_minor.unsigned_abs().into() } else { 0 };
            match place(entry, &left, coop) {
                Some(place) => pairs.matched.push((entry, left.remove(place))),
                None if in_time => pairs.without_receipt.push(entry),
                None => {}
            }
        }
        left.retain(|(_, row)| (from..to).contains(&row.recorded) && row.amount.currency == currency);
        pairs.without_payment = left;
        pairs
    }

    pub(super) fn unmatched(&self) -> u64 {
        (self.without_receipt.len() + self.without_payment.len()) as u64
    }
}

/// Where a payment's receipt stands: one that commits to it, or one by hand for that member and amount.
fn place(entry: &StatementEntry, receipts: &[(u64, &DuesRow)], coop: CoopId) -> Option<usize> {
    let of_entry = commitment(entry);
    let by_commitment = receipts.iter().position(|(_, row)| is_same_payment(&row.commitment, &of_entry));
    by_commitment.or_else(|| {
        let references = references_of(entry);
        let same_amount = |row: &DuesRow| row.amount.currency == entry.currency && row.amount.minor == entry.amount_minor.unsigned_abs();
        let by_hand = |row: &DuesRow| row.commitment == [0; 32] && same_amount(row) && references.contains(&payment_reference(coop, row.member));
        receipts.iter().position(|(_, row)| by_hand(row))
    })
}
