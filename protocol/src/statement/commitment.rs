//! What a receipt of dues says of the bank's record: enough to know the same payment again, in another file too, and to
//! check it by whoever has the bank's record; not what it was.

use super::{StatementEntry, matching::references_of};
use crate::id::tagged_hash;

const HALF: usize = 16;

/// Commits to a payment. The first half is over its day, amount and payment references, the second over those and the
/// bank's name for it: without one, both halves are the same.
pub fn commitment(entry: &StatementEntry) -> [u8; 32] {
    let mut references = references_of(entry);
    references.sort();
    let details = format!("{}\n{}\n{}\n{}\n", entry.booked, entry.amount_minor, entry.currency, references.join(" "));
    let hash = |bank_id: &str| tagged_hash("folkmoot/bank-payment/1", &[details.as_bytes(), bank_id.as_bytes()]);
    let mut commitment = hash("");
    commitment[HALF..].copy_from_slice(&hash(&entry.bank_id)[..HALF]);
    commitment
}

/// Whether two commitments are to one payment: of the same day, amount and references, and of the same name at the bank
/// where both say it. Files in other formats may leave it out. Zeros commit to nothing.
pub fn is_same_payment(one: &[u8; 32], other: &[u8; 32]) -> bool {
    let named = |commitment: &[u8; 32]| commitment[..HALF] != commitment[HALF..];
    let alike = one[..HALF] == other[..HALF] && *one != [0; 32];
    alike && (one == other || !named(one) || !named(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paid(bank_id: &str, remittance: &str, amount_minor: i64) -> [u8; 32] {
        commitment(&StatementEntry {
            line: 7,
            booked: "2026-11-03".parse().unwrap(),
            amount_minor,
            currency: "EUR".parse().unwrap(),
            reversal: false,
            reference: String::new(),
            remittance: remittance.into(),
            counterparty: "Zoë".into(),
            bank_id: bank_id.into(),
        })
    }

    #[test]
    fn a_payment_is_known_again_with_and_without_the_banks_name_for_it() {
        let (named, bare) = (paid("B-1", "dues FM-7K3Q-9XJD-38", 499), paid("", "fm7k3q9xjd38", 499));
        assert!(is_same_payment(&named, &named) && is_same_payment(&bare, &bare) && is_same_payment(&named, &bare) && is_same_payment(&bare, &named));
        assert!(!is_same_payment(&named, &paid("B-2", "FM-7K3Q-9XJD-38", 499)), "the bank tells them apart");
        for other in [paid("B-1", "FM-7K3Q-9XJD-38", 498), paid("B-1", "FM-2M8W-T4RC-19", 499), [0; 32]] {
            assert!(!is_same_payment(&named, &other) && !is_same_payment(&bare, &other));
        }
        assert!(!is_same_payment(&[0; 32], &[0; 32]), "what commits to nothing is not the same");
    }
}
