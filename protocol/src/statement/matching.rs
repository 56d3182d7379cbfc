//! Whose payment is whose: payments of a statement beside the references that a co-op's members were given.

use super::{StatementEntry, reference::find_references};
use crate::{date::Date, money::Currency};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A payment that may come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// What the member writes on it.
    pub reference: String,
    /// In which currency.
    pub currency: Currency,
    /// Whose it is, for people who read it.
    pub member: String,
}

/// What became of each entry: every one is in exactly one of these lists, in the order of entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matching {
    /// Entry, and whose payment it is.
    pub matched: Vec<(usize, usize)>,
    /// Entry, and all whose payment it could be.
    pub ambiguous: Vec<(usize, Vec<usize>)>,
    /// Entry, and which payment it repeats.
    pub duplicates: Vec<(usize, Repeats)>,
    /// Entry, and why it is nobody's payment.
    pub unmatched: Vec<(usize, Why)>,
}

/// Why an entry is nobody's payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It takes an earlier payment back.
    Reversal,
    /// Money went out.
    Debit,
    /// Nothing came in, and nothing went out.
    Nothing,
    /// It names no payment reference.
    NoReference,
    /// It names only references that nobody was given.
    UnknownReference(Vec<String>),
    /// Its reference was given out for another currency.
    OtherCurrency(Vec<usize>),
}

/// Which earlier payment an entry repeats, and how that shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeats {
    /// The earlier payment.
    pub earlier: Earlier,
    /// What both have in common.
    pub same: Same,
}

/// An earlier payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earlier {
    /// One of those that were known before, by its place.
    Already(usize),
    /// An entry further up, by its place.
    Entry(usize),
}

/// What two payments have in common that shows them to be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Same {
    /// The bank's name for it, and the amount.
    BankId,
    /// Day, amount, reference and counterparty.
    Details,
}

/// Tells whose payments these are. `already` are payments that were known before.
pub fn match_entries(entries: &[StatementEntry], expected: &[Expected], already: &[StatementEntry]) -> Matching {
    let mut by_reference: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, expected) in expected.iter().enumerate() {
        let reference = find_references(&expected.reference).into_iter().next().unwrap_or_else(|| expected.reference.clone());
        by_reference.entry(reference).or_default().push(place);
    }
    let mut matching = Matching::default();
    for (place, repeats) in repeated(entries, already).into_iter().enumerate() {
        if let Some(repeats) = repeats {
            matching.duplicates.push((place, repeats));
            continue;
        }
        match owner(&entries[place], expected, &by_reference) {
            Ok(owners) if owners.len() == 1 => matching.matched.push((place, owners[0])),
            Ok(owners) => matching.ambiguous.push((place, owners)),
            Err(why) => matching.unmatched.push((place, why)),
        }
    }
    matching
}

/// Which earlier payment each entry repeats, if any.
pub fn repeated(entries: &[StatementEntry], already: &[StatementEntry]) -> Vec<Option<Repeats>> {
    let mut seen = Seen::default();
    for (place, entry) in already.iter().enumerate() {
        seen.repeats(entry, Earlier::Already(place));
    }
    entries.iter().enumerate().map(|(place, entry)| seen.repeats(entry, Earlier::Entry(place))).collect()
}

/// The payment references that an entry names.
pub fn references_of(entry: &StatementEntry) -> Vec<String> {
    let mut found = find_references(&entry.reference);
    for reference in find_references(&entry.remittance) {
        if !found.contains(&reference) {
            found.push(reference);
        }
    }
    found
}

fn owner(entry: &StatementEntry, expected: &[Expected], by_reference: &BTreeMap<String, Vec<usize>>) -> Result<Vec<usize>, Why> {
    if entry.reversal {
        return Err(Why::Reversal);
    }
    match entry.amount_minor {
        0 => return Err(Why::Nothing),
        ..0 => return Err(Why::Debit),
        _ => {}
    }
    let references = references_of(entry);
    if references.is_empty() {
        return Err(Why::NoReference);
    }
    let known: Vec<&Vec<usize>> = references.iter().filter_map(|reference| by_reference.get(reference)).collect();
    let places: BTreeSet<usize> = known.iter().flat_map(|places| places.iter().copied()).collect();
    match known[..] {
        [] => Err(Why::UnknownReference(references)),
        [places] => {
            let fits: Vec<usize> = places.iter().copied().filter(|place| expected[*place].currency == entry.currency).collect();
            if fits.is_empty() { Err(Why::OtherCurrency(places.clone())) } else { Ok(fits) }
        }
        _ => Ok(places.into_iter().collect()),
    }
}

/// Day, amount, currency, reference, counterparty.
type Details = (Date, i64, Currency, String, String);

#[derive(Default)]
struct Seen {
    by_id: BTreeMap<(String, i64, Currency), Earlier>,
    /// What the bank calls each of those with these details; empty where it has not said it yet.
    by_details: BTreeMap<Details, Vec<(Earlier, String)>>,
}

impl Seen {
    /// Notes a payment, and answers which earlier one it repeats.
    fn repeats(&mut self, entry: &StatementEntry, place: Earlier) -> Option<Repeats> {
        // Banks give a payment and what belongs to it (a fee, its return) one name: only the same amount is the same payment.
        let id = (!entry.bank_id.is_empty()).then(|| (entry.bank_id.clone(), entry.amount_minor, entry.currency));
        let by_id = id.as_ref().and_then(|id| self.by_id.get(id)).map(|earlier| Repeats { earlier: *earlier, same: Same::BankId });
        id.map(|id| self.by_id.entry(id).or_insert(place));
        by_id.or_else(|| self.repeats_details(entry, place))
    }

    /// The same by details. What the bank calls by two names are two payments, however alike they are: an earlier one
    /// whose name is not known takes that of the first that repeats it, and no other.
    fn repeats_details(&mut self, entry: &StatementEntry, place: Earlier) -> Option<Repeats> {
        let alike = self.by_details.entry(details(entry)?).or_default();
        let same = |name: &String| name.is_empty() || entry.bank_id.is_empty() || *name == entry.bank_id;
        match alike.iter_mut().find(|(_, name)| same(name)) {
            None => {
                alike.push((place, entry.bank_id.clone()));
                None
            }
            Some((earlier, name)) => {
                if name.is_empty() {
                    name.clone_from(&entry.bank_id);
                }
                Some(Repeats { earlier: *earlier, same: Same::Details })
            }
        }
    }
}

/// What tells a payment from others where the bank has no name for it; nothing where it says neither what for nor by
/// whom. A payment reference alone is the reference, since files write the text around it differently.
fn details(entry: &StatementEntry) -> Option<Details> {
    let bare = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect::<String>();
    let reference = match references_of(entry) {
        references if references.is_empty() => bare(&entry.reference) + "/" + &bare(&entry.remittance),
        mut references => {
            references.sort();
            references.join(" ")
        }
    };
    let counterparty = bare(&entry.counterparty);
    let says_something = reference != "/" || !counterparty.is_empty();
    says_something.then_some((entry.booked, entry.amount_minor, entry.currency, reference, counterparty))
}

#[cfg(test)]
mod tests {
    use super::{super::reference::payment_reference, *};
    use crate::id::{CoopId, PersonId};

    fn reference(n: u8) -> String {
        payment_reference(CoopId([1; 32]), PersonId([n; 32]))
    }

    fn euro() -> Currency {
        "EUR".parse().unwrap()
    }

    fn paid(amount_minor: i64, remittance: &str, bank_id: &str) -> StatementEntry {
        StatementEntry {
            line: 1,
            booked: "2026-11-03".parse().unwrap(),
            amount_minor,
            currency: euro(),
            reversal: false,
            reference: String::new(),
            remittance: remittance.into(),
            counterparty: "Zoë".into(),
            bank_id: bank_id.into(),
        }
    }

    fn members() -> Vec<Expected> {
        ["Alice", "Bob"].iter().zip(1..).map(|(member, n)| Expected { reference: reference(n), currency: euro(), member: (*member).into() }).collect()
    }

    #[test]
    fn every_entry_is_in_one_list() {
        let (alice, bob, eve) = (reference(1), reference(2), reference(9));
        let entries = [
            paid(499, &format!("dues {}", alice.to_lowercase()), "a"),
            paid(499, &format!("{alice} and {bob}"), "b"),
            paid(499, &eve, "c"),
            paid(499, "thanks", "d"),
            paid(-499, &bob, "e"),
            StatementEntry { reversal: true, ..paid(499, &bob, "f") },
            paid(499, &format!("{eve} {bob}"), "g"),
            StatementEntry { currency: "USD".parse().unwrap(), ..paid(499, &bob, "h") },
        ];
        let matching = match_entries(&entries, &members(), &[]);
        assert_eq!(matching.matched, [(0, 0), (6, 1)]);
        assert_eq!(matching.ambiguous, [(1, vec![0, 1])]);
        let why = [(2, Why::UnknownReference(vec![eve])), (3, Why::NoReference), (4, Why::Debit), (5, Why::Reversal), (7, Why::OtherCurrency(vec![1]))];
        assert_eq!((matching.unmatched, matching.duplicates), (why.into(), vec![]));
    }

    #[test]
    fn two_members_with_one_reference_are_asked_about() {
        let mut expected = members();
        expected[1].reference = expected[0].reference.to_lowercase();
        assert_eq!(match_entries(&[paid(499, &reference(1), "a")], &expected, &[]).ambiguous, [(0, vec![0, 1])]);
    }

    #[test]
    fn a_payment_never_counts_twice() {
        let alice = reference(1);
        let entries = [paid(499, &alice, "a"), paid(499, "other", "a"), paid(499, &format!("Dues, {alice}"), ""), paid(499, &alice, "z")];
        let matching = match_entries(&entries, &members(), &[]);
        assert_eq!(matching.matched, [(0, 0), (3, 0)], "the bank calls them a and z");
        let repeats = |same| Repeats { earlier: Earlier::Entry(0), same };
        assert_eq!(matching.duplicates, [(1, repeats(Same::BankId)), (2, repeats(Same::Details))]);

        let known = match_entries(&entries[2..3], &members(), &entries[..1]);
        assert_eq!((known.matched.len(), known.duplicates), (0, vec![(0, Repeats { earlier: Earlier::Already(0), same: Same::Details })]));
    }

    #[test]
    fn a_payment_without_a_name_stands_for_one_with_a_name_only() {
        let alice = reference(1);
        let (bare, named) = (paid(499, &alice, ""), ["a", "z"].map(|id| paid(499, &alice, id)));
        let known = Some(Repeats { earlier: Earlier::Already(0), same: Same::Details });
        assert_eq!(repeated(&named, std::slice::from_ref(&bare)), [known, None]);
        assert_eq!(repeated(&[bare.clone(), bare.clone()], &named), [known, known]);
    }

    #[test]
    fn nothing_goes_out_with_a_payment_of_nothing() {
        assert_eq!(match_entries(&[paid(0, &reference(1), "")], &members(), &[]).unmatched, [(0, Why::Nothing)]);
    }

    #[test]
    fn what_only_looks_alike_counts() {
        let fee = [paid(-1000, "to the mill", "a"), paid(-50, "fee", "a"), paid(1000, "return", "a")];
        assert_eq!(repeated(&fee, &[]), [None, None, None]);
        let two_children = [paid(499, &reference(1), ""), paid(499, &reference(2), "")];
        assert_eq!(match_entries(&two_children, &members(), &[]).matched, [(0, 0), (1, 1)]);
        let bare = StatementEntry { counterparty: String::new(), ..paid(499, "", "") };
        assert_eq!(repeated(&[bare.clone(), bare], &[]), [None, None]);
    }
}
