use super::*;
use crate::store::query::fixture::{DAY, HOUR, NOW, World, put};
use folkmoot_protocol::document::Step;

const KINDS: &[DocumentKind] = &[DocumentKind::Post, DocumentKind::Comment];

#[test]
fn a_community_is_found_by_name_or_by_how_its_id_begins() {
    let (mut world, alice) = World::new();
    let (bob, bread) = (world.admit("Bob", &alice), world.open("bread", &alice));
    let find = |world: &World, text: &str| world.view().find_community(text).unwrap();
    assert_eq!(find(&world, "bread"), Found::One(bread));
    assert_eq!(find(&world, "!Bread"), Found::One(bread));
    assert_eq!(find(&world, &bread.to_string()[..8]), Found::One(bread));
    assert_eq!(find(&world, &bread.to_string()), Found::One(bread));
    assert_eq!(find(&world, &bread.to_string()[..7]), Found::None);
    assert_eq!(find(&world, "brea"), Found::None);
    let second = world.open("bread", &bob);
    let Found::Several(several) = find(&world, "bread") else { panic!("two are called bread") };
    assert_eq!(several.iter().map(|(id, _)| *id).collect::<std::collections::BTreeSet<_>>(), [bread, second].into());
    let (_, label) = several.iter().find(|(id, _)| *id == second).unwrap();
    assert_eq!(*label, format!("bread ({}…), opened by Bob", second.short()));
}

#[test]
fn a_document_is_found_by_how_its_id_begins_while_it_is_present() {
    let (mut world, alice) = World::new();
    let space = world.open("bread", &alice);
    let post = world.post(space, &alice, "Rye", NOW - HOUR);
    let comment = world.comment(space, &alice, post, None, "Yes", NOW);
    let find = |world: &World, text: &str, kinds| world.view().find_document(text, kinds);
    assert_eq!(find(&world, &post.to_string()[..9], KINDS).unwrap(), Found::One(post));
    assert_eq!(find(&world, &comment.to_string().to_uppercase(), KINDS).unwrap(), Found::One(comment));
    assert_eq!(find(&world, &comment.to_string(), &KINDS[..1]).unwrap(), Found::None);
    assert!(matches!(find(&world, &post.to_string()[..7], KINDS), Err(QueryError::TooShort(_))));
    for bad in ["", "bread", "12345678x", "日本日本日本", &format!("{post}0")] {
        assert!(matches!(find(&world, bad, KINDS), Err(QueryError::NotAnId(_))), "{bad}");
    }
    world.erase(space, &alice, post);
    assert_eq!(find(&world, &post.to_string(), KINDS).unwrap(), Found::None);
}

#[test]
fn ids_that_begin_alike_are_told_apart_by_label() {
    let (mut world, alice) = World::new();
    let space = world.open("bread", &alice);
    let posts = ["Rye", "Oats"].map(|title| world.post(space, &alice, title, NOW - HOUR));
    // Nobody finds two such ids by chance; so they are made.
    for (n, post) in posts.iter().enumerate() {
        let mut alike = [0xab; 32];
        alike[31] = n as u8;
        world.view().connection.execute("UPDATE document SET id = ?2 WHERE id = ?1", params![post.0, alike]).unwrap();
    }
    let Found::Several(several) = world.view().find_document("abababab", KINDS).unwrap() else { panic!("both begin so") };
    let labels: Vec<&str> = several.iter().map(|(_, label)| label.as_str()).collect();
    assert_eq!(labels, ["post \"Rye\" by Alice (abababababab…)", "post \"Oats\" by Alice (abababababab…)"]);
    assert_eq!(world.view().find_document(&format!("{}01", "ab".repeat(31)), KINDS).unwrap(), Found::One(several[1].0));
}

#[test]
fn a_person_is_found_by_name_whatever_the_case() {
    let (mut world, alice) = World::new();
    let (zoe, second) = (world.admit("Zoë Öl", &alice), world.admit("alice", &alice));
    let find = |text: &str| world.view().find_person(text).unwrap();
    assert_eq!(find("zoë öl"), Found::One(zoe.person));
    assert_eq!(find("@ZOË ÖL"), Found::One(zoe.person));
    assert_eq!(find(&zoe.person.to_string()[..12]), Found::One(zoe.person));
    assert_eq!(find("zoë"), Found::None);
    assert_eq!(find(""), Found::None);
    assert!(matches!(find("Alice"), Found::Several(both) if both.iter().any(|(id, _)| *id == second.person)));
}

#[test]
fn a_page_is_found_by_name_in_one_community_or_all() {
    let (mut world, alice) = World::new();
    let [bread, rolls] = ["bread", "rolls"].map(|name| world.open(name, &alice));
    let page = |world: &mut World, space, text: &str, at| {
        let splice = Step::Splice { key: Key::Text, position: 0, delete: 0, insert: text.into() };
        world.found(space, &alice, DocumentKind::Page, vec![put(Key::Name, "recipe"), put(Key::Title, "The recipe"), splice], at)
    };
    let one = page(&mut world, bread, "Flour", NOW - HOUR);
    assert_eq!(world.view().find_page(None, "recipe").unwrap(), Found::One(one));
    let two = page(&mut world, rolls, "Butter", NOW);
    assert_eq!(world.view().find_page(Some(rolls), "recipe").unwrap(), Found::One(two));
    assert!(matches!(world.view().find_page(None, "recipe").unwrap(), Found::Several(_)));
    assert_eq!(world.view().find_page(None, "recip").unwrap(), Found::None);
    let shown: Vec<(String, String)> = world.view().pages(None).unwrap().into_iter().map(|page| (page.community.name, page.text)).collect();
    assert_eq!(shown, [("bread".into(), "Flour".into()), ("rolls".into(), "Butter".into())]);
    world.follow(rolls, false);
    assert_eq!(world.view().pages(None).unwrap().len(), 1);
    let shown = world.view().page(two).unwrap().unwrap();
    assert_eq!((shown.title.as_str(), shown.writers, shown.edits), ("The recipe", None, 0));
}

#[test]
fn completion_offers_the_newest_first() {
    let (mut world, alice) = World::new();
    let space = world.open("bread", &alice);
    let ids: Vec<String> = (0..30).map(|n| world.post(space, &alice, &format!("Post {n}"), NOW - DAY + n).to_string()).collect();
    let offered = world.view().completions("", 3).unwrap();
    assert_eq!(offered.iter().map(|(id, _)| id).collect::<Vec<_>>(), [&ids[29], &ids[28], &ids[27]]);
    assert_eq!(offered[0].1, "post \"Post 29\" by Alice");
    for digits in [1, 2, 8, 64] {
        let begins = |id: &&String| id.starts_with(&ids[0][..digits]);
        let expected: Vec<&String> = ids.iter().rev().filter(begins).collect();
        let offered = world.view().completions(&ids[0][..digits], 50).unwrap();
        assert_eq!(offered.iter().map(|(id, _)| id).collect::<Vec<_>>(), expected);
    }
    assert!(world.view().completions("xyz", 3).unwrap().is_empty());
    assert_eq!(world.view().community_names().unwrap(), ["bread"]);
}

#[test]
fn an_operation_is_found_by_how_its_id_begins() {
    let (mut world, alice) = World::new();
    let space = world.open("bread", &alice);
    let post = world.post(space, &alice, "Rye", NOW);
    let op = world.view().history(post, &world.register).unwrap().unwrap().heads[0];
    assert_eq!(world.view().find_operation(&op.to_string()[..10]).unwrap(), Found::One(op));
    assert_eq!(world.view().find_operation(&post.to_string()).unwrap(), Found::None);
}
