//! Documents converge: whatever the order in which edits arrive, every replica derives the same document, and
//! what was derived at named heads stays.

use folkmoot_protocol::{document::*, id::*};
use proptest::{prelude::*, sample::Index};
use std::collections::{BTreeMap, BTreeSet};

const OWNER: PersonId = PersonId([1; 32]);
const WRITER: PersonId = PersonId([2; 32]);
const DEVICES: usize = 4;

/// What a device does: hears from another, then edits what it has.
#[derive(Debug, Clone)]
struct Deed {
    device: usize,
    hears: Option<usize>,
    /// Where in the text, as a share of its length.
    place: Index,
    delete: u32,
    insert: String,
    /// Sets a title too, one of a few so that equal ones meet.
    title: Option<u8>,
    /// Writes beyond the end.
    beyond: bool,
    ineffective: bool,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = (0..DEVICES, prop::option::of(0..DEVICES), any::<Index>(), 0u32..4, "[a-zäß😀\n]{0,5}", prop::option::of(0u8..3), 0u8..8, 0u8..6);
    let deed = deed.prop_map(|(device, hears, place, delete, insert, title, beyond, ineffective)| Deed {
        device,
        hears,
        place,
        delete,
        insert,
        title,
        beyond: beyond == 0,
        ineffective: ineffective == 0,
    });
    prop::collection::vec(deed, 1..24)
}

fn op(n: usize) -> OpId {
    OpId(tagged_hash("suite/documents", &[&n.to_be_bytes()]))
}

fn id() -> DocumentId {
    DocumentId::founded_by(op(0))
}

fn put(key: Key, text: &str) -> Step {
    Step::Put { key, value: Value::Text(text.into()) }
}

fn entry(n: usize, device: usize, edit: Edit, ineffective: bool) -> Entry {
    // The owner has two devices; on a page somebody else has the others.
    let author = if edit.kind == DocumentKind::Page && device >= 2 { WRITER } else { OWNER };
    let ineffective = ineffective.then(|| "its device was closed before it".to_owned());
    Entry { op: op(n), device: DeviceId([device as u8; 32]), author, edit: Ok(edit), ineffective }
}

fn founding(kind: DocumentKind) -> Entry {
    let text = match kind {
        DocumentKind::Page => Step::Splice { key: Key::Text, position: 0, delete: 0, insert: "The fee is 4.99 a month.".into() },
        _ => put(Key::Text, "The fee is 4.99 a month."),
    };
    let name = (kind == DocumentKind::Page).then(|| put(Key::Name, "fees"));
    entry(0, 0, Edit { kind, at: vec![], steps: name.into_iter().chain([put(Key::Title, "Fee"), text]).collect() }, false)
}

fn steps(deed: &Deed, kind: DocumentKind, text: &str) -> Vec<Step> {
    let title = deed.title.map(|title| put(Key::Title, &format!("Title {title}")));
    let length = text.chars().count();
    let position = if deed.beyond { length + 1 } else { deed.place.index(length + 1) } as u32;
    let delete = if deed.beyond { deed.delete } else { deed.delete.min(length as u32 - position) };
    let text = match kind {
        DocumentKind::Page => Step::Splice { key: Key::Text, position, delete, insert: deed.insert.clone() },
        _ => put(Key::Text, &deed.insert),
    };
    title.into_iter().chain([text]).collect()
}

/// The edits that some devices make of a document, in an order in which they were made.
fn edits(kind: DocumentKind, deeds: &[Deed]) -> Vec<Entry> {
    let mut entries = vec![founding(kind)];
    let mut replicas = vec![Document::derive(id(), entries.clone()); DEVICES];
    let mut held = vec![BTreeSet::from([0]); DEVICES];
    for (n, deed) in (1..).zip(deeds) {
        let heard: Vec<usize> = deed.hears.map(|other| held[other].difference(&held[deed.device]).copied().collect()).unwrap_or_default();
        for number in heard {
            replicas[deed.device].insert(entries[number].clone());
            held[deed.device].insert(number);
        }
        let replica = &mut replicas[deed.device];
        let text = replica.state().map(|state| state.text(Key::Text).to_owned()).unwrap_or_default();
        let edit = Edit { kind, at: replica.heads(), steps: steps(deed, kind, &text) };
        let entry = entry(n, deed.device, edit, deed.ineffective);
        replica.insert(entry.clone());
        held[deed.device].insert(n);
        entries.push(entry);
    }
    entries
}

fn kinds() -> impl Strategy<Value = DocumentKind> {
    prop_oneof![Just(DocumentKind::Post), Just(DocumentKind::Page)]
}

fn world() -> impl Strategy<Value = Vec<Entry>> {
    (kinds(), deeds()).prop_map(|(kind, deeds)| edits(kind, &deeds))
}

/// A world, and its edits in another order, each at least once.
fn world_and_delivery() -> impl Strategy<Value = (Vec<Entry>, Vec<Entry>)> {
    world().prop_flat_map(|entries| {
        let twice: Vec<Entry> = entries.iter().chain(&entries).cloned().collect();
        (Just(entries), Just(twice).prop_shuffle())
    })
}

/// An edit and all that it stands on, by the edits' own words.
fn ancestors(entries: &[Entry], heads: &[OpId]) -> BTreeSet<OpId> {
    let at: BTreeMap<OpId, &[OpId]> = entries.iter().filter_map(|entry| Some((entry.op, entry.edit.as_ref().ok()?.at.as_slice()))).collect();
    let (mut found, mut open) = (BTreeSet::new(), heads.to_vec());
    while let Some(op) = open.pop() {
        if found.insert(op) {
            open.extend(at[&op]);
        }
    }
    found
}

fn any_step() -> impl Strategy<Value = Step> {
    let key = prop::sample::select(Key::ALL.to_vec());
    let value = prop_oneof![
        "[ab]{0,3}".prop_map(Value::Text),
        Just(Value::Document(id())),
        any::<i64>().prop_map(Value::Integer),
        prop::collection::vec(prop_oneof![Just(OWNER), Just(WRITER)], 0..3).prop_map(Value::Persons),
    ];
    let likely = prop_oneof![Just(put(Key::Title, "A")), Just(put(Key::Title, "B")), Just(put(Key::Name, "fees")), Just(put(Key::Text, "x"))];
    let position = prop_oneof![0u32..6, Just(u32::MAX)];
    prop_oneof![
        3 => likely,
        1 => (key, value).prop_map(|(key, value)| Step::Put { key, value }),
        2 => (position.clone(), position, "[a-z]{0,3}").prop_map(|(position, delete, insert)| Step::Splice { key: Key::Text, position, delete, insert }),
    ]
}

/// What strangers send: edits of any kind and author on top of anything, themselves and the unknown included.
fn strange() -> impl Strategy<Value = Vec<Entry>> {
    let kind = prop_oneof![4 => kinds(), 1 => Just(DocumentKind::Profile), 1 => Just(DocumentKind::Comment)];
    let parts = (0..DEVICES, kind, prop::collection::vec(0usize..24, 0..4), prop::collection::vec(any_step(), 0..4), 0u8..8, any::<bool>());
    (kinds(), prop::collection::vec(parts, 1..20)).prop_map(|(kind, strange)| {
        let strange = (1..).zip(strange).map(|(n, (device, kind, at, steps, fate, sorted))| {
            let mut at: Vec<OpId> = at.into_iter().map(|at| op(at.min(n + 1))).collect();
            if sorted {
                at.sort();
                at.dedup();
            }
            let strange = entry(n, device, Edit { kind, at, steps }, fate == 0);
            if fate == 1 { Entry { edit: Err("unreadable".into()), ..strange } } else { strange }
        });
        [founding(kind)].into_iter().chain(strange).collect()
    })
}

fn voids(document: &Document) -> BTreeMap<OpId, String> {
    document.history().into_iter().filter_map(|version| Some((version.op, version.void?))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_order_of_delivery_gives_the_same_document((made, delivered) in world_and_delivery()) {
        let document = Document::derive(id(), made);
        let mut other = Document::new(id());
        for entry in delivered {
            other.insert(entry);
            // Reading in between changes nothing.
            other.state();
        }
        prop_assert_eq!(other.waiting(), 0);
        prop_assert_eq!(document.state(), other.state());
        prop_assert_eq!(document.heads(), other.heads());
        prop_assert_eq!(document.history(), other.history());
    }

    #[test]
    fn what_named_heads_say_stays_whatever_arrives((made, delivered) in world_and_delivery(), pair in any::<(Index, Index)>()) {
        let pair = [pair.0.get(&made).op, pair.1.get(&made).op];
        let mut document = Document::new(id());
        let mut said = BTreeMap::new();
        for entry in delivered {
            document.insert(entry);
            for heads in [document.heads(), pair.to_vec()] {
                if let Some(state) = document.at(&heads) {
                    prop_assert_eq!(said.entry(heads).or_insert_with(|| state.clone()), &state);
                }
            }
        }
        for (heads, state) in said {
            let alone = ancestors(&made, &heads);
            let alone = Document::derive(id(), made.iter().filter(|entry| alone.contains(&entry.op)).cloned());
            prop_assert_eq!(alone.at(&heads), Some(state));
        }
    }

    #[test]
    fn the_document_stands_at_what_has_an_effect_and_what_that_was_made_on((made, delivered) in world_and_delivery()) {
        let document = Document::derive(id(), delivered);
        let voids = voids(&Document::derive(id(), made.iter().cloned().map(|entry| Entry { ineffective: None, ..entry })));
        let effective: Vec<OpId> = made.iter().filter(|entry| entry.ineffective.is_none() && !voids.contains_key(&entry.op)).map(|entry| entry.op).collect();
        let shown = ancestors(&made, &effective);
        let heads: Vec<OpId> = shown.iter().copied().filter(|op| !shown.iter().any(|other| other != op && ancestors(&made, &[*other]).contains(op))).collect();
        prop_assert_eq!(document.heads(), heads.clone());
        let state = document.state().expect("the founding edit has an effect");
        prop_assert_eq!(state.edits as usize, shown.iter().filter(|op| !voids.contains_key(*op)).count());
        prop_assert_eq!(document.at(&heads), Some(state));
    }

    #[test]
    fn a_splice_beyond_the_end_is_void_everywhere_and_changes_nothing(deeds in deeds()) {
        let made = edits(DocumentKind::Page, &deeds);
        let document = Document::derive(id(), made.iter().rev().cloned());
        let voids = voids(&Document::derive(id(), made.iter().cloned().map(|entry| Entry { ineffective: None, ..entry })));
        for (n, deed) in (1..).zip(&deeds) {
            prop_assert_eq!(deed.beyond, voids.contains_key(&op(n)));
        }
        let kept = made.iter().filter(|entry| !voids.contains_key(&entry.op)).cloned();
        prop_assert_eq!(Document::derive(id(), kept).state(), document.state());
    }

    #[test]
    fn whatever_strangers_send_every_replica_makes_the_same_of_it((sent, shuffled) in strange().prop_flat_map(|sent| (Just(sent.clone()), Just(sent).prop_shuffle()))) {
        let (document, other) = (Document::derive(id(), sent.clone()), Document::derive(id(), shuffled));
        prop_assert_eq!((document.state(), document.history(), document.waiting()), (other.state(), other.history(), other.waiting()));
        for entry in sent {
            prop_assert_eq!(document.at(&[entry.op]), other.at(&[entry.op]));
        }
    }

    #[test]
    fn one_edit_is_the_same_once_more_arrive((made, delivered) in world_and_delivery()) {
        let alone = Document::derive(id(), made.first().cloned());
        prop_assert_eq!(Document::derive(id(), delivered).at(&[op(0)]), alone.state());
    }
}
