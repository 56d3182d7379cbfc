//! Bans among nodes: who is banned is refused by their own node, and what was written all the same is hidden by the others.

use super::moderation::{assert_agreed, talk, thread, titles, viewer};
use folkmoot_node::{
    api::{Draft, Failure, LawDraft, Request, Written},
    keystore::Keystore,
    service::Input,
    store::query::SearchQuery,
};
use folkmoot_protocol::{
    act::Mark,
    document::Key,
    id::*,
    law::Choice,
    view::{Deed, PersonDeed},
};
use folkmoot_tests::sim::Sim;
use std::collections::BTreeMap;

const ALICE: usize = 0;
const BOB: usize = 1;
const CAROL: usize = 2;

fn person(sim: &Sim, node: usize) -> PersonId {
    viewer(sim, node).person
}

fn ban(sim: &mut Sim, by: usize, space: SpaceId, whom: usize, until_ms: u64) -> Result<Written, Failure> {
    let person = person(sim, whom);
    let written = sim.submit(by, Draft::Law(LawDraft::Ban { space, person, until_ms, rule: 2, reason: "Advertises.".into() }))?;
    sim.run_for(5_000);
    Ok(written)
}

fn unban(sim: &mut Sim, by: usize, space: SpaceId, whom: usize) -> Result<Written, Failure> {
    let person = person(sim, whom);
    let written = sim.submit(by, Draft::Law(LawDraft::Unban { space, person, reason: "Enough.".into() }))?;
    sim.run_for(5_000);
    Ok(written)
}

fn post(sim: &mut Sim, node: usize, community: SpaceId, title: &str) -> Result<Written, Failure> {
    sim.submit(node, Draft::Post { community, title: title.into(), text: format!("On {title}."), url: None, origin: None })
}

fn comment(sim: &mut Sim, node: usize, on: DocumentId) -> Result<Written, Failure> {
    sim.submit(node, Draft::Comment { on, text: "Indeed.".into(), origin: None })
}

fn hits(sim: &Sim, node: usize, words: &str) -> usize {
    let query = SearchQuery { words: words.into(), community: None, author: None, kind: None, page: None, limit: 50 };
    sim.service(node).store().as_reader().search(&query).unwrap().hits.len()
}

fn code(result: Result<Written, Failure>) -> String {
    result.unwrap_err().code
}

#[test]
fn the_node_of_who_is_banned_writes_nothing_there_until_it_ends() {
    let (mut sim, space) = talk(61, 2);
    let before = post(&mut sim, BOB, space, "Before").unwrap();
    sim.settle(30_000);
    let until = sim.now + 60_000;
    ban(&mut sim, ALICE, space, BOB, until).unwrap();
    let refused = post(&mut sim, BOB, space, "Mill").unwrap_err();
    assert!(refused.code == "banned" && refused.error.contains("rule 2, Advertises.") && refused.error.contains(" UTC"), "{refused}");
    assert_eq!(code(comment(&mut sim, BOB, before.id)), "banned");
    assert_eq!(code(sim.submit(BOB, Draft::React { document: before.id, mark: Mark::Up })), "banned");
    let fields = BTreeMap::from([(Key::Text, "Mill.".to_owned())]);
    assert_eq!(code(sim.submit(BOB, Draft::Edit { document: before.id, at: None, fields })), "banned");
    assert_eq!(sim.service(BOB).store().as_reader().bans().unwrap().len(), 1);
    for node in [ALICE, BOB] {
        assert_eq!(titles(&sim, node), ["Before"], "what was written before stays");
    }
    // What binds in one community is nothing in another.
    let other = sim.submit(BOB, Draft::OpenCommunity { name: "bobs".into(), title: "Bob's".into(), sidebar: String::new(), rules: String::new() });
    let other = SpaceId(other.unwrap().id.0);
    post(&mut sim, BOB, other, "Elsewhere").unwrap();
    sim.settle(30_000);
    sim.ask(ALICE, Request::Follow { space: other, on: true }).unwrap();
    sim.submit(BOB, Draft::Erase { document: before.id }).unwrap();
    sim.run_for(61_000);
    post(&mut sim, BOB, space, "After").unwrap();
    sim.settle(30_000);
    assert_eq!(titles(&sim, ALICE), ["Elsewhere", "After"]);
    assert_agreed(&sim, &[ALICE, BOB]);
}

#[test]
fn only_a_moderator_bans_and_nobody_bans_a_moderator() {
    let (mut sim, space) = talk(62, 3);
    let forever = 0;
    assert_eq!(code(ban(&mut sim, BOB, space, CAROL, forever)), "may-not");
    assert_eq!(code(ban(&mut sim, BOB, space, ALICE, forever)), "may-not");
    let refused = ban(&mut sim, ALICE, space, ALICE, forever).unwrap_err();
    assert!(refused.code == "no-effect" && refused.error.contains("nobody bans themselves"), "{refused}");
    let past = sim.now - 1;
    assert!(ban(&mut sim, ALICE, space, BOB, past).unwrap_err().error.contains("would end before it begins"));
    assert_eq!(code(unban(&mut sim, ALICE, space, BOB)), "no-effect");
    ban(&mut sim, ALICE, space, BOB, forever).unwrap();
    assert_eq!(code(unban(&mut sim, BOB, space, BOB)), "may-not");
    unban(&mut sim, ALICE, space, BOB).unwrap();
    post(&mut sim, BOB, space, "Bread").unwrap();
    let log = sim.service(CAROL).store().as_reader().modlog(Some(space)).unwrap();
    let did: Vec<_> = log.iter().map(|entry| (entry.measure, entry.effect)).collect();
    assert_eq!(did, [(Deed::Person(PersonDeed::Unban), Some(true)), (Deed::Person(PersonDeed::Ban), Some(true))]);
}

#[test]
fn what_was_written_unaware_of_a_ban_is_hidden_and_stays_so_when_it_has_ended() {
    let (mut sim, space) = talk(63, 3);
    let bread = post(&mut sim, ALICE, space, "Bread").unwrap();
    sim.settle(30_000);
    sim.split(&[0, 1, 0]);
    let until = sim.now + 60_000;
    ban(&mut sim, ALICE, space, BOB, until).unwrap();
    let (mill, answer) = (post(&mut sim, BOB, space, "Mill").unwrap(), comment(&mut sim, BOB, bread.id).unwrap());
    assert_eq!(titles(&sim, BOB), ["Bread", "Mill"], "nobody could tell it");
    sim.heal();
    sim.run_for(20_000);
    for node in [ALICE, BOB, CAROL] {
        assert_eq!((titles(&sim, node), hits(&sim, node, "mill")), (vec!["Bread".to_owned()], 0));
        let post = thread(&sim, node, mill.id).post;
        assert!(post.title.is_empty() && post.removed.is_some_and(|hidden| hidden.ban && hidden.rule == 2 && hidden.issue.is_some()));
        let comments = thread(&sim, node, bread.id).comments;
        assert!(comments[0].id == answer.id && comments[0].text.is_empty() && comments[0].removed.as_ref().is_some_and(|hidden| hidden.ban));
    }
    assert_eq!(code(comment(&mut sim, CAROL, mill.id)), "removed");
    sim.run_for(60_000);
    post(&mut sim, BOB, space, "After").unwrap();
    sim.settle(30_000);
    for node in [ALICE, BOB, CAROL] {
        assert_eq!(titles(&sim, node), ["Bread", "After"]);
    }
    // Whatever came first: what was written, or the issue that says so.
    let nobody = |sim: &mut Sim| Keystore::in_memory("Nobody", sim.random.bytes());
    for spaces in [[SpaceId::HALL, space], [space, SpaceId::HALL]] {
        let keys = nobody(&mut sim);
        let copy = sim.copy_machine(CAROL, keys, &spaces);
        let issues = sim.service(CAROL).store().as_reader().issues_from(1, 64).unwrap().into_iter().map(|kept| kept.signed).collect();
        sim.input(copy, Input::Issues { issues });
        assert_eq!(hits(&sim, copy, "mill") + hits(&sim, copy, "indeed"), 0);
        assert_eq!(hits(&sim, copy, "bread"), 1);
    }
    let before = sim.verify(CAROL).state_hash;
    assert_eq!(sim.rebuild(CAROL).state_hash, before);
    assert_eq!(titles(&sim, CAROL), ["Bread", "After"]);
    assert_agreed(&sim, &[ALICE, BOB, CAROL]);
}

#[test]
fn what_a_ban_hid_is_back_when_a_moderator_or_a_bill_takes_it_back() {
    let (mut sim, space) = talk(64, 3);
    for (title, by_bill) in [("Mill", false), ("Oven", true)] {
        sim.split(&[0, 1, 0]);
        ban(&mut sim, ALICE, space, BOB, 0).unwrap();
        post(&mut sim, BOB, space, title).unwrap();
        sim.heal();
        sim.run_for(20_000);
        assert!(!titles(&sim, CAROL).contains(&title.to_owned()));
        if by_bill {
            let effects = format!("lift-ban {space} {}", person(&sim, BOB));
            let bill = Draft::Law(LawDraft::Bill { title: "Let him write".into(), text: String::new(), effects, writers: vec![] });
            let document = sim.submit(ALICE, bill).unwrap().id;
            sim.submit(ALICE, Draft::Law(LawDraft::Open { document, requires: None, sunset: None })).unwrap();
            sim.run_for(5_000);
            sim.submit(ALICE, Draft::Law(LawDraft::Vote { document, choice: Choice::For })).unwrap();
            sim.run_for(60_000);
        } else {
            unban(&mut sim, ALICE, space, BOB).unwrap();
            sim.run_for(5_000);
        }
        assert!(titles(&sim, CAROL).contains(&title.to_owned()), "{title}");
        post(&mut sim, BOB, space, "Again").unwrap();
        sim.settle(30_000);
    }
    assert_agreed(&sim, &[ALICE, BOB, CAROL]);
}
