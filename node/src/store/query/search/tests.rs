use super::*;
use crate::store::query::fixture::{Author, DAY, HOUR, NOW, World, put};

fn query(words: &str) -> SearchQuery {
    SearchQuery { words: words.into(), community: None, author: None, kind: None, page: None, limit: 20 }
}

fn found(world: &World, query: &SearchQuery) -> Vec<String> {
    world.view().search(query).unwrap().hits.into_iter().map(|hit| if hit.kind == DocumentKind::Comment { hit.excerpt } else { hit.title }).collect()
}

fn bakery() -> (World, Author, Author, [SpaceId; 2], DocumentId) {
    let (mut world, alice) = World::new();
    let bob = world.admit("Bob", &alice);
    let spaces = ["bread", "rolls"].map(|name| world.open(name, &alice));
    let post = world.post(spaces[0], &alice, "Crème brûlée", NOW - DAY);
    world.comment(spaces[0], &bob, post, None, "Rather a croissant?", NOW - HOUR);
    world.post(spaces[1], &bob, "Croissants AND \"butter\"", NOW - 2 * DAY);
    (world, alice, bob, spaces, post)
}

#[test]
fn case_accents_and_the_last_words_end_do_not_matter() {
    let (world, ..) = bakery();
    assert_eq!(found(&world, &query("creme BRULEE")), ["Crème brûlée"]);
    assert_eq!(found(&world, &query("crois")).len(), 2);
    assert_eq!(found(&world, &query("croissant ")), ["Rather a croissant?"]);
    assert_eq!(found(&world, &query("cr")), Vec::<String>::new());
}

#[test]
fn what_looks_like_an_operator_is_a_word() {
    let (world, ..) = bakery();
    for words in ["croissants AND butter", "\"butter", "butter\"\"", "title : croissants", "croissants - butter", "(butter", "butter* ^", "butter\0croissants"]
    {
        assert_eq!(found(&world, &query(words)).len(), usize::from(words != "title : croissants"), "{words}");
    }
    assert_eq!(found(&world, &query("NOT butter")), Vec::<String>::new());
    assert_eq!(found(&world, &query(&"zz ".repeat(300))), Vec::<String>::new());
}

#[test]
fn a_search_for_nothing_or_for_too_much_is_refused() {
    let (world, ..) = bakery();
    for nothing in ["", "  ", "\"\"", "*", "- +"] {
        assert!(matches!(world.view().search(&query(nothing)), Err(QueryError::NoWords)), "{nothing}");
    }
    assert!(matches!(world.view().search(&query(&"bread ".repeat(200))), Err(QueryError::LongSearch(1200))));
}

#[test]
fn finds_are_narrowed_by_place_author_and_kind() {
    let (mut world, alice, bob, [bread, rolls], _) = bakery();
    let narrowed = |world: &World, change: fn(&mut SearchQuery, SpaceId, PersonId), space, person| {
        let mut query = query("croiss");
        change(&mut query, space, person);
        found(world, &query).len()
    };
    assert_eq!(narrowed(&world, |query, space, _| query.community = Some(space), bread, bob.person), 1);
    assert_eq!(narrowed(&world, |query, _, person| query.author = Some(person), bread, bob.person), 2);
    assert_eq!(narrowed(&world, |query, _, person| query.author = Some(person), bread, alice.person), 0);
    assert_eq!(narrowed(&world, |query, _, _| query.kind = Some(DocumentKind::Post), bread, bob.person), 1);
    world.follow(rolls, false);
    assert_eq!(narrowed(&world, |_, _, _| {}, bread, bob.person), 1);
}

#[test]
fn a_comment_is_found_with_its_post_and_not_once_it_is_erased() {
    let (mut world, _, bob, [bread, _], post) = bakery();
    let hit = world.view().search(&SearchQuery { kind: Some(DocumentKind::Comment), ..query("croissant") }).unwrap().hits.remove(0);
    assert_eq!((hit.post, hit.title.as_str(), hit.author.name.as_str(), hit.community.id), (post, "Crème brûlée", "Bob", bread));
    world.erase(bread, &bob, hit.id);
    assert_eq!(found(&world, &SearchQuery { community: Some(bread), ..query("croissant") }), Vec::<String>::new());
}

#[test]
fn the_better_find_comes_first_then_the_newer() {
    let (mut world, alice, _, [bread, _], _) = bakery();
    let post =
        |world: &mut World, title: &str, text: &str, at| world.found(bread, &alice, DocumentKind::Post, vec![put(Key::Title, title), put(Key::Text, text)], at);
    for (title, at) in [("Older", NOW - 3 * DAY), ("Newer", NOW - DAY), ("Middle", NOW - 2 * DAY)] {
        post(&mut world, title, "spelt is a grain", at);
    }
    post(&mut world, "Best", "spelt spelt spelt", NOW - 9 * DAY);
    assert_eq!(found(&world, &query("spelt ")), ["Best", "Newer", "Middle", "Older"]);
    let page = world.view().search(&SearchQuery { limit: 3, ..query("spelt ") }).unwrap();
    assert_eq!((page.hits.len(), page.next.is_some()), (3, true));
}

/// Forty posts, of which many are as good a find as others, some of one moment.
fn forty() -> (World, Author, SpaceId) {
    let (mut world, alice) = World::new();
    let space = world.open("bread", &alice);
    for n in 0..40 {
        let (title, text) = (format!("Post {n}"), "spelt ".repeat(n % 3 + 1));
        world.found(space, &alice, DocumentKind::Post, vec![put(Key::Title, &title), put(Key::Text, &text)], NOW - (n as u64 / 4) * HOUR);
    }
    (world, alice, space)
}

#[test]
fn pages_neither_repeat_nor_skip_though_more_comes_in_between() {
    let (mut world, alice, space) = forty();
    let whole = found(&world, &SearchQuery { limit: 100, ..query("spelt ") });
    assert_eq!(whole.len(), 40);
    for limit in [1, 7, 39, 40] {
        let (mut titles, mut asked) = (Vec::new(), SearchQuery { limit, ..query("spelt ") });
        loop {
            let page = world.view().search(&asked).unwrap();
            titles.extend(page.hits.into_iter().map(|hit| hit.title));
            // It moves the ranks of all.
            world.post(space, &alice, "Rye, and nothing of the sort", NOW);
            match page.next {
                Some(next) => asked.page = Some(next),
                None => break,
            }
        }
        assert_eq!(titles, whole, "by {limit}");
    }
}

#[test]
fn a_token_of_another_search_or_of_what_is_gone_is_refused() {
    let (mut world, alice, space) = forty();
    let next = world.view().search(&SearchQuery { limit: 2, ..query("spelt ") }).unwrap().next.unwrap();
    let ask = |world: &World, words: &str, page: &str| world.view().search(&SearchQuery { page: Some(page.into()), ..query(words) });
    assert_eq!(ask(&world, "spelt ", &next).unwrap().hits.len(), 20);
    for (words, page) in [("spelt ", "zzz"), ("spelt ", ""), ("rye ", &*next)] {
        assert!(matches!(ask(&world, words, page), Err(QueryError::BadPage)), "{words} {page}");
    }
    world.erase(space, &alice, next.parse().unwrap());
    assert!(matches!(ask(&world, "spelt ", &next), Err(QueryError::BadPage)));
}
