//! Which receipts the payments of a statement make.

use crate::api::Failure;
use folkmoot_protocol::{
    act::law::Dues,
    date::Date,
    id::*,
    law::{Money, Office, State, Value},
    statement::{
        StatementEntry,
        commitment::{commitment, is_same_payment},
        matching::{Earlier, Expected, Why, match_entries},
        reference::payment_reference,
    },
};
use std::collections::BTreeMap;

/// Most months that one receipt is for: a year, as the law has it.
const MOST_MONTHS: u64 = 12;

/// What becomes of a statement's payments: each is in one of these lists.
pub(super) struct Plan<'a> {
    /// Payments that make a receipt.
    pub(super) matched: Vec<Matched<'a>>,
    /// Nobody's dues, and why.
    pub(super) unmatched: Vec<(&'a StatementEntry, String)>,
    /// Recorded before, and where.
    pub(super) duplicates: Vec<(&'a StatementEntry, String)>,
}

/// A payment and its receipt; the receipt's number is found when it is recorded.
pub(super) struct Matched<'a> {
    pub(super) entry: &'a StatementEntry,
    pub(super) reference: String,
    pub(super) months: u16,
    pub(super) from: Date,
    pub(super) to: Date,
    pub(super) dues: Dues,
}

/// Somebody who holds the treasurer's office.
pub(super) fn treasurer(law: &State, person: PersonId) -> Result<PersonId, Failure> {
    if law.holds(Office::Treasurer, person) {
        return Ok(person);
    }
    Err(Failure::new("may-not", "only a treasurer records dues, and you are none", "`folkmoot treasury read` shows a statement without recording anything"))
}

/// Tells what becomes of each payment, by a law that holds all receipts so far.
pub(super) fn plan<'a>(entries: &'a [StatementEntry], law: &State, treasurer: PersonId, coop: CoopId) -> Result<Plan<'a>, Failure> {
    let Some(Value::Money(fee)) = law.values.get(&"fee.minimum".to_owned()).and_then(|value| value.present()).cloned() else {
        return Err(Failure::new("no-fee", "the law does not say what a month costs", "a bill sets it: set-law fee.minimum=4.99 EUR"));
    };
    let members: Vec<PersonId> = law.register.persons.keys().copied().collect();
    let name = |person: &PersonId| Expected { reference: payment_reference(coop, *person), currency: fee.currency, member: String::new() };
    let expected: Vec<Expected> = members.iter().map(name).collect();
    let matching = match_entries(entries, &expected, &[]);
    let mut planner = Planner { law, fee, treasurer, paid_to: paid_to(law) };
    let mut plan = Plan { matched: vec![], unmatched: vec![], duplicates: vec![] };
    for (place, member) in matching.matched {
        let (entry, commitment) = (&entries[place], commitment(&entries[place]));
        if let Some((number, _)) = law.dues.iter().find(|(_, row)| is_same_payment(&row.commitment, &commitment)) {
            plan.duplicates.push((entry, format!("it is receipt {number}")));
            continue;
        }
        match planner.receipt(entry, members[member], commitment) {
            Ok(matched) => plan.matched.push(Matched { reference: expected[member].reference.clone(), ..matched }),
            Err(why) => plan.unmatched.push((entry, why)),
        }
    }
    for (place, repeats) in matching.duplicates {
        let (Earlier::Entry(earlier) | Earlier::Already(earlier)) = repeats.earlier;
        plan.duplicates.push((&entries[place], format!("repeats line {}", entries[earlier].line)));
    }
    for (place, owners) in matching.ambiguous {
        let named: Vec<&str> = owners.iter().map(|owner| expected[*owner].reference.as_str()).collect();
        plan.unmatched.push((&entries[place], format!("names several members: {}", named.join(", "))));
    }
    plan.unmatched.extend(matching.unmatched.iter().map(|(place, why)| (&entries[*place], describe(why, fee))));
    plan.unmatched.sort_by_key(|(entry, _)| entry.line);
    plan.duplicates.sort_by_key(|(entry, _)| entry.line);
    Ok(plan)
}

fn describe(why: &Why, fee: Money) -> String {
    match why {
        Why::Reversal => "takes an earlier payment back".into(),
        Why::Debit => "went out".into(),
        Why::NoReference => "names no payment reference".into(),
        Why::UnknownReference(references) => format!("nobody here has the reference {}", references.join(", ")),
        Why::OtherCurrency(_) => format!("dues are paid in {}", fee.currency),
    }
}

/// Until when each member has paid, by every receipt that is recorded.
fn paid_to(law: &State) -> BTreeMap<PersonId, u64> {
    let mut paid_to = BTreeMap::new();
    for (_, row) in law.dues.iter() {
        let to = paid_to.entry(row.member).or_default();
        *to = row.to_ms.max(*to);
    }
    paid_to
}

struct Planner<'a> {
    law: &'a State,
    fee: Money,
    treasurer: PersonId,
    paid_to: BTreeMap<PersonId, u64>,
}

impl Planner<'_> {
    /// The receipt that a payment makes, or why it makes none.
    fn receipt<'a>(&mut self, entry: &'a StatementEntry, member: PersonId, commitment: [u8; 32]) -> Result<Matched<'a>, String> {
        let amount = Money { minor: u64::try_from(entry.amount_minor).unwrap_or_default(), currency: entry.currency };
        amount.check().map_err(|error| error.to_string())?;
        let months = match amount.minor.checked_div(self.fee.minor) {
            Some(0) => return Err(format!("less than a month costs: {}", super::money(self.fee.currency, self.fee.minor.into()))),
            // Where nothing has to be paid, each payment is for a month.
            None => 1,
            Some(months) => months.min(MOST_MONTHS) as u16,
        };
        let from = self.begins(entry.booked, self.paid_to.get(&member).copied())?;
        let to = from.plus_months(months).ok_or("no calendar goes so far")?;
        let ms = |date: Date| date.ms().ok_or("it is of before 1970");
        // Its number is that of the next receipt, so that the law can say what else is in the way.
        let number = self.law.dues.iter().next_back().map_or(1, |(number, _)| number + 1);
        let dues = Dues { number, member, from_ms: ms(from)?, to_ms: ms(to)?, amount, commitment };
        if let Some(why) = self.law.why_no_dues(self.treasurer, &dues) {
            return Err(why);
        }
        self.paid_to.insert(member, dues.to_ms);
        Ok(Matched { entry, reference: String::new(), months, from, to, dues })
    }

    /// When the time begins that a payment is for: where the last one ended, unless the dues had lapsed by then.
    fn begins(&self, booked: Date, paid_to: Option<u64>) -> Result<Date, String> {
        let month = booked.first_of_month();
        let Some(paid_to) = paid_to else { return Ok(month) };
        let booked = booked.ms().ok_or("it is of before 1970")?;
        let ended = Date::of_ms(paid_to).ok_or("no calendar goes as far as what is paid")?;
        let lapsed = paid_to.saturating_add(self.law.charter().grace_period_ms) < booked;
        Ok(if lapsed { ended.max(month) } else { ended })
    }
}
