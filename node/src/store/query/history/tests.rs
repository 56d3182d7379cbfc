use crate::store::query::fixture::{Author, DAY, HOUR, NOW, World, put};
use folkmoot_protocol::{
    act::{Act, Keep, RevokeDevice},
    document::{Document, DocumentKind, Edit, Key},
    id::*,
    view::VersionView,
};

fn versions(world: &World, id: DocumentId) -> Vec<VersionView> {
    world.view().history(id, &world.register).unwrap().unwrap().versions
}

fn title(kind: DocumentKind, at: Vec<OpId>, title: &str) -> Edit {
    Edit { kind, at, steps: vec![put(if kind == DocumentKind::Profile { Key::Name } else { Key::Title }, title)] }
}

fn bakery() -> (World, Author, Author, SpaceId) {
    let (mut world, alice) = World::new();
    let (bob, space) = (world.admit("Bob", &alice), world.open("bread", &alice));
    (world, alice, bob, space)
}

#[test]
fn each_version_has_its_text_and_why_it_changed_nothing() {
    let (mut world, alice, bob, space) = bakery();
    let post = world.post(space, &alice, "Rye", NOW - DAY);
    let first = world.view().history(post, &world.register).unwrap().unwrap().heads;
    let second = world.edit(space, &alice, Some(post), title(DocumentKind::Post, first.clone(), "Wheat"), NOW - HOUR);
    let eves = world.edit(space, &bob, Some(post), title(DocumentKind::Post, vec![second], "Mine"), NOW);
    let history = world.view().history(post, &world.register).unwrap().unwrap();
    let shown: Vec<(&str, OpId, &str)> = history.versions.iter().map(|version| (version.author.name.as_str(), version.op, version.title.as_str())).collect();
    assert_eq!(shown, [("Alice", first[0], "Rye"), ("Alice", second, "Wheat"), ("Bob", eves, "Wheat")]);
    assert_eq!((history.kind, history.heads.as_slice()), (DocumentKind::Post, [second].as_slice()));
    assert_eq!(history.versions[1].at, first);
    assert_eq!(history.versions[2].no_effect.as_deref(), Some("its author may not edit this post"));
    assert_eq!(history.versions[0].text, "On Rye.");
}

#[test]
fn a_time_is_shown_no_later_than_it_came_in_and_no_earlier_than_the_founding() {
    let (mut world, alice, _, space) = bakery();
    world.received_at = Some(NOW);
    let post = world.post(space, &alice, "Rye", 5);
    let first = world.view().history(post, &world.register).unwrap().unwrap().heads;
    world.edit(space, &alice, Some(post), title(DocumentKind::Post, first, "Wheat"), NOW + DAY);
    let times: Vec<u64> = versions(&world, post).iter().map(|version| version.created).collect();
    assert_eq!(times, [NOW - 100 * DAY, NOW]);
}

#[test]
fn an_edit_after_its_device_was_closed_has_no_effect() {
    let (mut world, _, bob, space) = bakery();
    let post = world.post(space, &bob, "Rye", NOW - DAY);
    let first = world.view().history(post, &world.register).unwrap().unwrap().heads;
    world.edit(space, &bob, Some(post), title(DocumentKind::Post, first, "Wheat"), NOW - HOUR);
    let keep = vec![Keep { space, seq: 1 }, Keep { space: SpaceId::HALL, seq: 1 }];
    let keep = if keep[0].space < keep[1].space { keep } else { keep.into_iter().rev().collect() };
    world.act(SpaceId::HALL, &bob, Act::RevokeDevice(RevokeDevice { device: bob.device, keep, authority: None }), NOW);
    let shown = versions(&world, post);
    assert_eq!(shown[0].no_effect, None);
    assert_eq!(shown[1].no_effect.as_deref(), Some("its device was closed before it"));
    assert_eq!(shown[1].title, "Wheat");
}

#[test]
fn a_profile_is_its_persons_alone() {
    let (mut world, alice, bob, space) = bakery();
    let profile = DocumentId::profile_of(alice.person);
    world.edit(SpaceId::HALL, &bob, Some(profile), title(DocumentKind::Profile, vec![], "Eve"), NOW - DAY);
    assert!(world.view().history(profile, &world.register).unwrap().is_none());
    world.edit(SpaceId::HALL, &alice, Some(profile), title(DocumentKind::Profile, vec![], "Alice B."), NOW - HOUR);
    world.edit(space, &alice, Some(profile), title(DocumentKind::Profile, vec![], "Elsewhere"), NOW);
    let shown = versions(&world, profile);
    let mut reasons: Vec<(&str, Option<&str>)> = shown.iter().map(|version| (version.title.as_str(), version.no_effect.as_deref())).collect();
    reasons.sort();
    assert_eq!(reasons, [("", Some("only the person themselves may write their profile")), ("Alice B.", None)]);
}

#[test]
fn a_community_is_described_by_who_opened_it_in_its_own_space() {
    let (mut world, alice, bob, space) = bakery();
    let (id, kind) = (DocumentId::community_of(space), DocumentKind::Community);
    let other = world.open("rolls", &bob);
    world.edit(space, &bob, Some(id), title(kind, vec![], "Bob's"), NOW - DAY);
    world.edit(other, &alice, Some(id), title(kind, vec![], "Elsewhere"), NOW - DAY);
    assert!(world.view().history(id, &world.register).unwrap().is_none());
    world.edit(space, &alice, Some(id), title(kind, vec![], "All bread"), NOW);
    let number = world.view().document_number(id, space).unwrap().unwrap();
    let entries = world.view().entries(number, &world.register).unwrap();
    assert_eq!(entries.iter().filter_map(|entry| entry.edit.clone().err()).collect::<Vec<_>>(), ["only who opened the community may describe it"]);
    assert_eq!(Document::derive(id, entries).state().map(|state| state.text(Key::Title).to_owned()), Some("All bread".into()));
}

#[test]
fn an_erased_document_has_no_history() {
    let (mut world, alice, _, space) = bakery();
    let post = world.post(space, &alice, "Rye", NOW - DAY);
    world.erase(space, &alice, post);
    assert_eq!(world.view().history(post, &world.register).unwrap(), None);
    let number = world.view().document_number(post, space).unwrap().unwrap();
    assert_eq!(world.view().entries(number, &world.register).unwrap()[0].edit, Err("erased".into()));
}
