//! Which receipts the payments of a statement make.

use crate::api::Failure;
use folkmoot_protocol::{
    act::law::Dues,
    date::{DAY_MS, Date},
    id::*,
    law::{Money, Office, State, Value},
    statement::{
        StatementEntry,
        commitment::{commitment, is_same_payment},
        matching::{Earlier, Expected, Same, Why, match_entries},
        reference::payment_reference,
    },
};
use std::collections::{BTreeMap, BTreeSet};

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
    /// Twice in the file, as far as the bank says.
    pub(super) twice: Vec<(&'a StatementEntry, String)>,
}

/// A payment and its receipt; the receipt's number is found when it is recorded.
pub(super) struct Matched<'a> {
    pub(super) entry: &'a StatementEntry,
    pub(super) reference: String,
    pub(super) months: u16,
    pub(super) from: Date,
    pub(super) to: Date,
    /// What there is to look at before it is recorded.
    pub(super) note: Option<String>,
    pub(super) dues: Dues,
}

/// Somebody who holds the treasurer's office.
pub(super) fn treasurer(law: &State, person: PersonId) -> Result<PersonId, Failure> {
    if law.holds(Office::Treasurer, person) {
        return Ok(person);
    }
    Err(Failure::new("may-not", "only a treasurer records dues, and you are none", "`folkmoot treasury read` shows a statement without recording anything"))
}

/// Tells what becomes of each payment, by a law that holds all receipts so far. `today`: banks and this machine may be a day apart.
pub(super) fn plan<'a>(entries: &'a [StatementEntry], law: &State, treasurer: PersonId, coop: CoopId, today: u64) -> Result<Plan<'a>, Failure> {
    let Some(Value::Money(fee)) = law.values.get(&"fee.minimum".to_owned()).and_then(|value| value.present()).cloned() else {
        return Err(Failure::new("no-fee", "the law does not say what a month costs", "a bill sets it: set-law fee.minimum=4.99 EUR"));
    };
    let members: Vec<PersonId> = law.register.persons.keys().copied().collect();
    let name = |person: &PersonId| Expected { reference: payment_reference(coop, *person), currency: fee.currency, member: String::new() };
    let expected: Vec<Expected> = members.iter().map(name).collect();
    let matching = match_entries(entries, &expected, &[]);
    let mut planner = Planner { law, fee, treasurer, paid_to: paid_to(law), latest: today.saturating_add(DAY_MS) };
    let mut plan = Plan { matched: vec![], unmatched: vec![], duplicates: vec![], twice: vec![] };
    let recorded = recorded(entries, &matching.matched, law);
    for (place, member) in matching.matched {
        let (entry, commitment) = (&entries[place], commitment(&entries[place]));
        if let Some((number, taken)) = recorded.get(&place) {
            let why = match taken {
                false => format!("it is receipt {number}"),
                true => format!("like receipt {number}, which another payment here has: if it was paid beside that, record it by hand"),
            };
            plan.duplicates.push((entry, why));
            continue;
        }
        match planner.receipt(entry, members[member], commitment) {
            Ok(matched) => plan.matched.push(Matched { reference: expected[member].reference.clone(), ..matched }),
            Err(why) => plan.unmatched.push((entry, why)),
        }
    }
    for (place, repeats) in matching.duplicates {
        let (Earlier::Entry(earlier) | Earlier::Already(earlier)) = repeats.earlier;
        let line = entries[earlier].line;
        let why = match repeats.same {
            Same::BankId => format!("the bank calls it the same as line {line}"),
            Same::Details => format!("like line {line} in all that the file says: if it was paid twice, record it by hand"),
        };
        plan.twice.push((&entries[place], why));
    }
    for (place, owners) in matching.ambiguous {
        let named: Vec<&str> = owners.iter().map(|owner| expected[*owner].reference.as_str()).collect();
        plan.unmatched.push((&entries[place], format!("names several members: {}", named.join(", "))));
    }
    plan.unmatched.extend(matching.unmatched.iter().map(|(place, why)| (&entries[*place], describe(why, fee))));
    plan.unmatched.sort_by_key(|(entry, _)| entry.line);
    plan.duplicates.sort_by_key(|(entry, _)| entry.line);
    plan.twice.sort_by_key(|(entry, _)| entry.line);
    Ok(plan)
}

fn describe(why: &Why, fee: Money) -> String {
    match why {
        Why::Reversal => "takes an earlier payment back".into(),
        Why::Debit => "went out".into(),
        Why::Nothing => "nothing was paid".into(),
        Why::NoReference => "names no payment reference".into(),
        Why::UnknownReference(references) => format!("nobody here has the reference {}", references.join(", ")),
        Why::OtherCurrency(_) => format!("dues are paid in {}", fee.currency),
    }
}

/// The receipts of payments that have one or may have, by the payments' places: the number, and whether another payment in
/// the file has it already. Exact ones come first. A receipt from a file without the bank's names may be of any that is
/// like it: the first is taken for it, and of the others somebody has to judge.
fn recorded(entries: &[StatementEntry], matched: &[(usize, usize)], law: &State) -> BTreeMap<usize, (u64, bool)> {
    let (mut found, mut taken) = (BTreeMap::new(), BTreeSet::new());
    let exact = |one: &[u8; 32], other: &[u8; 32]| one == other && *one != [0; 32];
    for same in [&exact as &dyn Fn(&[u8; 32], &[u8; 32]) -> bool, &is_same_payment] {
        for (place, _) in matched {
            let commitment = commitment(&entries[*place]);
            let mut alike = law.dues.iter().filter(|(_, row)| same(&row.commitment, &commitment)).map(|(number, _)| *number).peekable();
            if found.contains_key(place) {
                continue;
            }
            let first = alike.peek().copied();
            if let Some(number) = alike.find(|number| !taken.contains(number)).or(first) {
                found.insert(*place, (number, !taken.insert(number)));
            }
        }
    }
    found
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
    /// What was booked after this is not there yet.
    latest: u64,
}

impl Planner<'_> {
    /// The receipt that a payment makes, or why it makes none.
    fn receipt<'a>(&mut self, entry: &'a StatementEntry, member: PersonId, commitment: [u8; 32]) -> Result<Matched<'a>, String> {
        let amount = Money { minor: u64::try_from(entry.amount_minor).unwrap_or_default(), currency: entry.currency };
        amount.check().map_err(|error| error.to_string())?;
        if entry.booked.ms().is_some_and(|booked| booked > self.latest) {
            return Err("it is booked on a day that is still to come".into());
        }
        let months = match amount.minor.checked_div(self.fee.minor) {
            Some(0) => return Err(format!("less than a month costs: {}", self.fee)),
            // Where nothing has to be paid, each payment is for a month.
            None => 1,
            Some(months) => months.min(MOST_MONTHS) as u16,
        };
        let note = self.is_far_more(amount).then(|| format!("{amount} is more than twice what a year costs at least, and pays a year: is it all dues?"));
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
        Ok(Matched { entry, reference: String::new(), months, from, to, note, dues })
    }

    /// Whether a payment is more than twice a year's dues, of which a receipt is for one at most.
    fn is_far_more(&self, amount: Money) -> bool {
        let year = self.fee.minor.saturating_mul(MOST_MONTHS);
        year > 0 && amount.minor > year.saturating_mul(2)
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
