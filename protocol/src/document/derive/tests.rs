#![allow(clippy::unwrap_used, reason = "a test fails loudly")]

use super::*;
use crate::document::Step;
use automerge::{ActorId, AutoCommit, ChangeHash, ObjType, ROOT, ReadDoc, transaction::Transactable};
use proptest::prelude::*;

const ALICE: PersonId = PersonId([1; 32]);
const BOB: PersonId = PersonId([2; 32]);
const EVE: PersonId = PersonId([3; 32]);

fn op(n: u32) -> OpId {
    OpId(tagged_hash("test", &[&n.to_be_bytes()]))
}

fn put(key: Key, text: &str) -> Step {
    Step::Put { key, value: Value::Text(text.into()) }
}

fn splice(position: u32, delete: u32, insert: &str) -> Step {
    Step::Splice { key: Key::Text, position, delete, insert: insert.into() }
}

fn entry(n: u32, author: PersonId, kind: DocumentKind, at: &[u32], steps: Vec<Step>) -> Entry {
    let mut at: Vec<OpId> = at.iter().map(|n| op(*n)).collect();
    at.sort();
    Entry { op: op(n), device: DeviceId(author.0), author, edit: Ok(Edit { kind, at, steps }), ineffective: None }
}

fn post(n: u32, author: PersonId, at: &[u32], title: &str) -> Entry {
    entry(n, author, DocumentKind::Post, at, vec![put(Key::Title, title)])
}

fn page(n: u32, author: PersonId, at: &[u32], step: Step) -> Entry {
    let founding = if at.is_empty() { vec![put(Key::Name, "fees"), put(Key::Title, "Fees")] } else { vec![] };
    entry(n, author, DocumentKind::Page, at, founding.into_iter().chain([step]).collect())
}

fn profile(n: u32, at: &[u32], name: &str) -> Entry {
    entry(n, ALICE, DocumentKind::Profile, at, vec![put(Key::Name, name)])
}

fn ineffective(entry: Entry) -> Entry {
    Entry { ineffective: Some("its device was closed before it".into()), ..entry }
}

fn derived(entries: impl IntoIterator<Item = Entry>) -> Document {
    Document::derive(DocumentId::founded_by(op(0)), entries)
}

fn void(document: &Document, n: u32) -> Option<String> {
    document.history().into_iter().find(|version| version.op == op(n)).and_then(|version| version.void)
}

fn text(document: &Document, key: Key) -> String {
    document.state().map_or("absent".into(), |state| state.text(key).into())
}

fn ops(numbers: &[u32]) -> Vec<OpId> {
    let mut ops: Vec<OpId> = numbers.iter().map(|n| op(*n)).collect();
    ops.sort();
    ops
}

#[test]
fn only_the_owner_edits_a_post() {
    let document = derived([post(0, ALICE, &[], "Fee"), post(1, EVE, &[0], "Eve was here"), post(2, ALICE, &[0], "Fees")]);
    assert_eq!(void(&document, 1).as_deref(), Some("its author may not edit this post"));
    assert_eq!((text(&document, Key::Title).as_str(), document.heads()), ("Fees", ops(&[2])));
}

#[test]
fn a_page_is_open_to_all_or_to_its_writers() {
    let open = derived([page(0, ALICE, &[], splice(0, 0, "fee")), page(1, EVE, &[0], splice(3, 0, "!"))]);
    assert_eq!(text(&open, Key::Text), "fee!");
    let mut founding = page(0, ALICE, &[], splice(0, 0, "fee"));
    if let Ok(edit) = &mut founding.edit {
        edit.steps.push(Step::Put { key: Key::Writers, value: Value::Persons(vec![BOB]) });
    }
    let listed = derived([founding, page(1, EVE, &[0], splice(3, 0, "!")), page(2, BOB, &[0], splice(3, 0, "s")), page(3, ALICE, &[2], splice(0, 1, "F"))]);
    assert_eq!((text(&listed, Key::Text).as_str(), void(&listed, 1).is_some()), ("Fees", true));
    assert_eq!(listed.state().unwrap().value(Key::Writers), Some(&Value::Persons(vec![BOB])));
}

#[test]
fn a_post_has_one_founding_edit() {
    let document = derived([post(1, ALICE, &[], "Other"), post(0, ALICE, &[], "Fee"), post(2, ALICE, &[1], "On the other")]);
    assert_eq!(document.history().iter().filter(|version| version.void.is_some()).count(), 2);
    assert_eq!((text(&document, Key::Title).as_str(), document.heads()), ("Fee", ops(&[0])));
}

#[test]
fn without_a_founding_edit_that_stands_there_is_no_document() {
    let void_founding = derived([page(0, ALICE, &[], splice(1, 0, "beyond")), page(1, ALICE, &[0], splice(0, 0, "x"))]);
    assert_eq!((void_founding.state(), void_founding.at(&[op(1)])), (None, None));
    assert_eq!(void(&void_founding, 1).as_deref(), Some("it goes back to a void founding edit"));
    let unreadable = Entry { edit: Err("no CBOR".into()), ..post(0, ALICE, &[], "") };
    assert_eq!(derived([unreadable, post(1, ALICE, &[0], "x")]).state(), None);
    let closed = derived([ineffective(post(0, ALICE, &[], "Fee")), post(1, ALICE, &[0], "Fees")]);
    assert_eq!(closed.state(), None);
    assert_eq!(closed.at(&[op(1)]).unwrap().text(Key::Title), "Fees", "what heads name does not depend on effect");
}

#[test]
fn an_edit_of_another_kind_is_void() {
    let comment = entry(1, ALICE, DocumentKind::Comment, &[0], vec![put(Key::Text, "x")]);
    let document = derived([post(0, ALICE, &[], "Fee"), comment]);
    assert_eq!(void(&document, 1).as_deref(), Some("it says comment of a post"));
}

#[test]
fn an_edit_waits_for_what_it_was_made_on() {
    let mut document = derived([post(2, ALICE, &[1], "Third"), post(1, ALICE, &[0], "Second"), post(2, ALICE, &[1], "Third")]);
    assert_eq!((document.waiting(), document.state(), document.at(&[op(1)])), (2, None, None));
    document.insert(post(0, ALICE, &[], "First"));
    assert_eq!((document.waiting(), text(&document, Key::Title).as_str()), (0, "Third"));
    assert_eq!(document.history().iter().map(|version| version.op).collect::<Vec<_>>(), [op(0), op(1), op(2)]);
    assert_eq!(document.at(&[op(9)]), None);
    assert_eq!(document.at(&[]), None);
}

#[test]
fn a_void_edit_neither_becomes_a_head_nor_brings_back_what_has_no_effect() {
    let document = derived([post(0, ALICE, &[], "Fee"), ineffective(post(1, ALICE, &[0], "Closed")), post(2, EVE, &[1], "Eve")]);
    let state = document.state().unwrap();
    assert_eq!((state.text(Key::Title), &state.heads, state.edits), ("Fee", &ops(&[0]), 1));
    let built_on = derived([post(0, ALICE, &[], "Fee"), ineffective(post(1, ALICE, &[0], "Closed")), post(3, ALICE, &[1], "Kept")]);
    assert_eq!((text(&built_on, Key::Title).as_str(), void(&built_on, 1)), ("Kept", None));
    assert_eq!(void(&document, 1).as_deref(), Some("its device was closed before it"));
}

#[test]
fn at_a_void_edit_the_document_says_the_same_before_and_after_a_second_edit() {
    let early = derived([post(0, ALICE, &[], "Fee"), post(1, EVE, &[0], "Eve was here")]);
    let late = derived([post(0, ALICE, &[], "Fee"), post(1, EVE, &[0], "Eve was here"), post(2, ALICE, &[0], "Fees")]);
    assert_eq!(early.at(&[op(1)]), late.at(&[op(1)]));
    assert_eq!(early.at(&[op(1)]).unwrap().choices(Key::Title)[0].op, op(0));
}

#[test]
fn concurrent_titles_are_all_shown_and_equal_ones_once() {
    let document = derived([post(0, ALICE, &[], "Fee"), post(1, ALICE, &[0], "A"), post(2, ALICE, &[0], "B"), post(3, ALICE, &[0], "A")]);
    let state = document.state().unwrap();
    let mut expected = vec![Choice { op: op(1).min(op(3)), value: Value::Text("A".into()) }, Choice { op: op(2), value: Value::Text("B".into()) }];
    expected.sort_by_key(|choice| choice.op);
    assert_eq!((state.choices(Key::Title), &state.heads), (expected.as_slice(), &ops(&[1, 2, 3])));
    let resolved = derived([post(0, ALICE, &[], "Fee"), post(1, ALICE, &[0], "A"), post(2, ALICE, &[0], "B"), post(4, ALICE, &[0, 1, 2], "A")]);
    assert_eq!((resolved.state().unwrap().has_conflict(), text(&resolved, Key::Title).as_str()), (false, "A"));
}

#[test]
fn a_choice_is_a_value_of_its_own() {
    let choice = |n, title: &str| Choice { op: op(n), value: Value::Text(title.into()) };
    let both = || [post(0, ALICE, &[], "Fee"), post(1, ALICE, &[0], "A"), post(2, ALICE, &[0], "B")];
    let titles = |more: &[Entry]| derived(both().into_iter().chain(more.iter().cloned())).state().unwrap().choices(Key::Title).to_vec();
    // Whichever of the two Automerge would show.
    for (title, chosen, other) in [("A", 1, "B"), ("B", 2, "A")] {
        let chooses = post(3, ALICE, &[1, 2], title);
        assert_eq!(titles(std::slice::from_ref(&chooses)), [choice(3, title)]);
        let mut expected = vec![choice(3, title), choice(4, other)];
        expected.sort_by_key(|choice| choice.op);
        let elsewhere = post(4, ALICE, &[1, 2], other);
        assert_eq!(titles(&[chooses.clone(), elsewhere]), expected, "somebody chooses the other one meanwhile");
        expected.iter_mut().filter(|choice| choice.op == op(4)).for_each(|choice| choice.value = Value::Text("C".into()));
        let unaware = post(4, ALICE, &[chosen], "C");
        assert_eq!(titles(&[chooses, unaware]), expected, "somebody edits the one chosen meanwhile");
    }
}

#[test]
fn a_profile_may_be_founded_twice() {
    let both = [profile(1, &[], "Alice"), profile(2, &[], "Alicia"), profile(3, &[1, 2], "Ali")];
    let document = Document::derive(DocumentId::profile_of(ALICE), both[..2].to_vec());
    assert_eq!(document.state().unwrap().choices(Key::Name).len(), 2);
    let document = Document::derive(DocumentId::profile_of(ALICE), both.clone());
    assert_eq!((text(&document, Key::Name).as_str(), document.state().unwrap().edits), ("Ali", 3));
    let closed = Document::derive(DocumentId::profile_of(ALICE), both.map(ineffective));
    assert_eq!(closed.state(), None);
}

#[test]
fn a_text_is_never_longer_than_allowed() {
    let full = "x".repeat(limits::TEXT_CHARS);
    let document = derived([page(0, ALICE, &[], splice(0, 0, &full)), page(1, ALICE, &[0], splice(0, 0, "y")), page(2, ALICE, &[0], splice(0, 1, "y"))]);
    assert_eq!((void(&document, 1).is_some(), void(&document, 2)), (true, None));
    // Merged it may be: nobody's edit is to blame.
    let merged = derived([page(0, ALICE, &[], splice(0, 0, &full[1..])), page(1, ALICE, &[0], splice(0, 0, "y")), page(2, ALICE, &[0], splice(0, 0, "z"))]);
    assert_eq!(text(&merged, Key::Text).len(), limits::TEXT_CHARS + 1);
}

#[test]
fn positions_count_characters_and_the_far_end_is_out_of_reach() {
    let beyond = [splice(3, 0, "x"), splice(0, 3, ""), splice(u32::MAX, u32::MAX, "x"), splice(2, 1, "x")];
    let edits = beyond.into_iter().enumerate().map(|(n, step)| page(n as u32 + 1, ALICE, &[0], step));
    let document = derived([page(0, ALICE, &[], splice(0, 0, "ä😀"))].into_iter().chain(edits).chain([page(9, ALICE, &[0], splice(1, 1, "é"))]));
    assert_eq!((1..5).filter(|n| void(&document, *n).is_some()).count(), 4);
    assert_eq!(text(&document, Key::Text), "äé");
}

#[test]
fn a_document_takes_so_many_edits_and_no_more() {
    let most = limits::EDITS_PER_DOCUMENT as u32;
    let merge = (0..most).map(|n| post(n, ALICE, &(n.saturating_sub(2)..n).collect::<Vec<_>>(), "Fee"));
    let more = [post(most, ALICE, &[most - 1], "Late"), post(most + 1, ALICE, &[most - 2, most - 1], "Late"), post(most + 2, ALICE, &[most - 2], "Fees")];
    let document = derived(merge.chain(more));
    assert_eq!((void(&document, most - 1), void(&document, most).is_some(), void(&document, most + 1).is_some()), (None, true, true));
    assert_eq!((text(&document, Key::Title).as_str(), document.heads()), ("Fees", ops(&[most - 1, most + 2])));
}

#[test]
fn an_edit_that_names_too_many_heads_follows_none() {
    let wide: Vec<u32> = (1..=limits::HEADS_PER_EDIT as u32 + 1).collect();
    let document = derived([post(0, ALICE, &[], "Fee"), post(99, ALICE, &wide, "Wide")]);
    assert_eq!((void(&document, 99).is_some(), document.waiting()), (true, 0));
}

/// The derivation as the protocol states it, one fork for every edit.
fn plain_text(entries: &[Entry]) -> String {
    let mut whole = AutoCommit::new();
    let mut changes: BTreeMap<OpId, ChangeHash> = BTreeMap::new();
    for Entry { op, edit, .. } in entries {
        let Edit { at, steps, .. } = edit.as_ref().unwrap();
        let heads: Vec<ChangeHash> = at.iter().map(|at| changes[at]).collect();
        let mut fork = if heads.is_empty() { AutoCommit::new() } else { whole.fork_at(&heads).unwrap() };
        fork.set_actor(ActorId::from(&op.0[..16]));
        for step in steps {
            match step {
                Step::Put { key, .. } => fork.put(ROOT, key.name(), "x").unwrap(),
                Step::Splice { position, delete, insert, .. } => {
                    let text = fork.get(ROOT, "text").unwrap().map(|(_, id)| id);
                    let text = text.unwrap_or_else(|| fork.put_object(ROOT, "text", ObjType::Text).unwrap());
                    fork.splice_text(text, *position as usize, *delete as isize, insert).unwrap();
                }
            }
        }
        changes.insert(*op, fork.commit().unwrap());
        whole.merge(&mut fork).unwrap();
    }
    let (_, text) = whole.get(ROOT, "text").unwrap().unwrap();
    whole.text(text).unwrap()
}

/// Edits of a page, each on top of up to three earlier ones.
fn branching() -> impl Strategy<Value = Vec<Entry>> {
    let edit = (prop::collection::vec(0u32..6, 1..4), any::<prop::sample::Index>(), 0u32..3, "[a-z😀]{1,4}");
    prop::collection::vec(edit, 1..40).prop_map(|edits| {
        let mut document = derived([page(0, ALICE, &[], splice(0, 0, "The fee is 4.99 a month."))]);
        let mut entries = vec![page(0, ALICE, &[], splice(0, 0, "The fee is 4.99 a month."))];
        for (n, (back, position, delete, insert)) in (1u32..).zip(edits) {
            let at: BTreeMap<u32, ()> = back.into_iter().map(|back| (n - 1 - back.min(n - 1), ())).collect();
            let at: Vec<u32> = at.into_keys().collect();
            let length = document.at(&ops(&at)).unwrap().text(Key::Text).chars().count();
            let position = position.index(length + 1) as u32;
            let entry = page(n, ALICE, &at, splice(position, delete.min(length as u32 - position), &insert));
            document.insert(entry.clone());
            entries.push(entry);
        }
        entries
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_text_is_what_plain_automerge_makes_of_it(entries in branching(), read_between in any::<bool>()) {
        let mut document = derived([]);
        for entry in &entries {
            document.insert(entry.clone());
            prop_assert!(!read_between || document.state().is_some());
        }
        prop_assert_eq!(text(&document, Key::Text), plain_text(&entries));
    }

    #[test]
    fn one_edit_is_its_values_with_and_without_automerge(
        title in "[a-zA-Z]{1,9}", body in prop::option::of("[a-z ]{0,9}"), published in any::<i64>(),
        splices in prop::collection::vec((0u32..12, 0u32..3, "[a-zä😀]{0,6}"), 0..6),
        writers in prop::option::of(prop::collection::btree_set(any::<[u8; 32]>(), 0..4)),
    ) {
        let mut post = vec![put(Key::Title, &title), Step::Put { key: Key::OriginPublished, value: Value::Integer(published) }];
        post.extend(body.map(|body| put(Key::Text, &body)));
        let comment = vec![put(Key::Text, &title), Step::Put { key: Key::Post, value: Value::Document(DocumentId([7; 32])) }];
        let mut page = vec![put(Key::Name, "fees"), put(Key::Title, &title)];
        page.extend(splices.iter().map(|(position, delete, insert)| splice(*position, *delete, insert)));
        page.extend(writers.map(|writers| Step::Put { key: Key::Writers, value: Value::Persons(writers.into_iter().map(PersonId).collect()) }));
        for (kind, steps) in [(DocumentKind::Post, post), (DocumentKind::Comment, comment), (DocumentKind::Page, page)] {
            let mut document = derived([entry(0, ALICE, kind, &[], steps)]);
            let alone = document.state();
            prop_assert_eq!(alone.is_none(), void(&document, 0).is_some());
            document.merge().unwrap();
            prop_assert_eq!(alone, document.state());
        }
    }
}
