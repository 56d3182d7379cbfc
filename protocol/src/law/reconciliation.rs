//! Reconciliations: what officers state of the receipts of dues and of the bank, for some time.

use super::{Office, state::State};
use crate::{act::standing::Reconcile, id::*, money::Currency};
use minicbor::{Decode, Encode};

/// A reconciliation of the receipts of some time with the bank.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Reconciliation {
    /// Who states it.
    #[n(0)]
    pub by: PersonId,
    /// The act.
    #[n(1)]
    pub act: OpId,
    /// When, in the Gazette's time.
    #[n(2)]
    pub at: u64,
    /// What it states.
    #[n(3)]
    pub says: Reconcile,
}

impl Reconciliation {
    /// Whether this one, which is printed later, takes the place of another one: it is by the same person, in the same currency, and
    /// begins at the same time and reaches as far at least. What another officer stated stands beside it.
    pub fn replaces(&self, earlier: &Self) -> bool {
        self.by == earlier.by && covers(&self.says, &earlier.says)
    }
}

fn covers(later: &Reconcile, earlier: &Reconcile) -> bool {
    later.sum.currency == earlier.sum.currency && later.from_ms == earlier.from_ms && later.to_ms >= earlier.to_ms
}

impl State {
    /// How many receipts in a currency were recorded by issues of some time, the end not in it, and their sum.
    pub fn receipts_between(&self, from_ms: u64, to_ms: u64, currency: Currency) -> (u64, u128) {
        let recorded = self.dues.iter().map(|(_, row)| row).filter(|row| (from_ms..to_ms).contains(&row.recorded));
        let amounts = recorded.filter(|row| row.amount.currency == currency).map(|row| u128::from(row.amount.minor));
        amounts.fold((0, 0), |(count, sum), amount| (count + 1, sum + amount))
    }

    /// The last reconciliation.
    pub fn last_reconciliation(&self) -> Option<&Reconciliation> {
        self.reconciliations.iter().next_back().map(|(_, row)| row)
    }

    /// The reconciliations that stand, in the order of printing: those that no later one [takes the place of](Reconciliation::replaces).
    pub fn standing_reconciliations(&self) -> Vec<&Reconciliation> {
        let mut standing: Vec<&Reconciliation> = vec![];
        for (_, row) in self.reconciliations.iter() {
            standing.retain(|earlier| !row.replaces(earlier));
            standing.push(row);
        }
        standing
    }

    /// What somebody has stated that one by them of some time would take the place of.
    pub fn replaced_by(&self, by: PersonId, says: &Reconcile) -> Option<&Reconciliation> {
        let mut standing = self.standing_reconciliations().into_iter().rev();
        standing.find(|earlier| earlier.by == by && covers(says, &earlier.says))
    }

    /// Why a reconciliation would have no effect if an issue of some time printed it; none where it would have.
    pub fn why_no_reconciliation(&self, by: PersonId, says: &Reconcile, time: u64) -> Option<String> {
        if !self.holds(Office::Treasurer, by) && !self.holds(Office::Auditor, by) {
            return Some("only a treasurer or an auditor reconciles receipts with the bank".into());
        }
        if says.to_ms > time {
            return Some("the time is not over yet: receipts may still come".into());
        }
        let (count, sum) = self.receipts_between(says.from_ms, says.to_ms, says.sum.currency);
        if (count, sum) != (says.receipts, says.sum.minor.into()) {
            let (receipts, stated, sum) = (says.receipts, says.sum, says.sum.currency.written(i128::try_from(sum).unwrap_or(i128::MAX)));
            return Some(format!("it states {receipts} receipts of {stated} in all, and {count} of {sum} {} are printed for that time", stated.currency));
        }
        None
    }

    pub(super) fn reconcile(&mut self, act: OpId, by: PersonId, says: &Reconcile) -> Result<(), String> {
        if let Some(reason) = self.why_no_reconciliation(by, says, self.time()) {
            return Err(reason);
        }
        let number = self.reconciliations.iter().next_back().map_or(1, |(number, _)| number + 1);
        let row = Reconciliation { by, act, at: self.time(), says: says.clone() };
        self.reconciliations.insert(number, row);
        Ok(())
    }
}
