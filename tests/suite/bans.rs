//! Bans among nodes: who is banned is refused by their own node, and what was written all the same has no effect.

use super::moderation::{assert_agreed, talk, talk_under, thread, titles, viewer};
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
use std::collections::{BTreeMap, BTreeSet};

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

/// The founder, who is the only worker, has a bill come into force.
fn enact(sim: &mut Sim, effects: String) {
    let bill = Draft::Law(LawDraft::Bill { title: "A bill".into(), text: String::new(), effects, writers: vec![] });
    let document = sim.submit(ALICE, bill).unwrap().id;
    sim.submit(ALICE, Draft::Law(LawDraft::Open { document, requires: None, sunset: None })).unwrap();
    sim.run_for(5_000);
    sim.submit(ALICE, Draft::Law(LawDraft::Vote { document, choice: Choice::For })).unwrap();
    sim.run_for(60_000);
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
    assert_eq!(sim.service(BOB).store().as_reader().silences().unwrap().iter().count(), 1);
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
fn a_ban_ends_at_its_time_though_nothing_else_is_printed() {
    let silence = [("heartbeat.period", "PT1H"), ("recovery.wait", "PT2H")];
    let (mut sim, space) = talk_under(68, 2, &silence);
    let until = sim.now + 60_000;
    ban(&mut sim, ALICE, space, BOB, until).unwrap();
    let banned = |sim: &Sim| {
        let view = sim.service(BOB).store().as_reader();
        view.bans_in_force(&view.law_book(sim.now).unwrap().unwrap().provisional, None).unwrap().len()
    };
    sim.run_for(until - 1_000 - sim.now);
    assert_eq!((code(post(&mut sim, BOB, space, "Mill")).as_str(), banned(&sim)), ("banned", 1));
    sim.run_for(6_000);
    assert_eq!(banned(&sim), 0);
    post(&mut sim, BOB, space, "After").unwrap();
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
fn what_was_written_unaware_of_a_ban_has_no_effect_and_stays_so_when_it_has_ended() {
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
        assert!(thread(&sim, node, bread.id).comments.is_empty());
        let bob = person(&sim, BOB);
        let view = sim.service(node).store().as_reader();
        let (register, silences) = (view.register().unwrap(), view.silences().unwrap());
        let (_, silence) = silences.iter().next().unwrap();
        let silenced = view.silenced_by(&silence[0], |credential, device| register.author(credential, device) == Some(bob)).unwrap();
        assert_eq!(silenced.iter().filter_map(|silenced| silenced.document).collect::<Vec<_>>(), [mill.id, answer.id], "it can be told why");
    }
    assert_eq!(code(comment(&mut sim, CAROL, mill.id)), "not-found");
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
fn no_date_gets_anything_past_a_ban() {
    let (mut sim, space) = talk(65, 3);
    let (bread, own) = (post(&mut sim, ALICE, space, "Bread").unwrap(), post(&mut sim, BOB, space, "Rolls").unwrap());
    sim.settle(30_000);
    sim.split(&[0, 1, 0]);
    // Long before the ban, by his clock; and long after it has ended.
    for (ahead_ms, title) in [(-3_600_000, "Mill"), (7_200_000, "Oven")] {
        sim.skew_clock(BOB, ahead_ms);
        post(&mut sim, BOB, space, title).unwrap();
    }
    let until = sim.now + 30_000;
    ban(&mut sim, ALICE, space, BOB, until).unwrap();
    sim.skew_clock(BOB, -3_600_000);
    post(&mut sim, BOB, space, "Late mill").unwrap();
    sim.submit(BOB, Draft::React { document: bread.id, mark: Mark::Up }).unwrap();
    let fields = BTreeMap::from([(Key::Text, "Buy a mill.".to_owned())]);
    sim.submit(BOB, Draft::Edit { document: own.id, at: None, fields }).unwrap();
    sim.heal();
    sim.run_for(60_000);
    for node in [ALICE, BOB, CAROL] {
        assert_eq!(titles(&sim, node).into_iter().collect::<BTreeSet<_>>(), ["Rolls", "Bread"].map(String::from).into());
        assert_eq!((thread(&sim, node, bread.id).post.up, thread(&sim, node, own.id).post.text.as_str()), (1, "On Rolls."), "machine {node}");
    }
    sim.skew_clock(BOB, 0);
    sim.submit(BOB, Draft::Erase { document: own.id }).unwrap();
    sim.settle(30_000);
    assert_eq!(titles(&sim, CAROL), ["Bread"], "what is theirs they may always erase");
    assert_agreed(&sim, &[ALICE, BOB, CAROL]);
}

#[test]
fn what_somebody_writes_after_a_bill_expelled_them_has_no_effect_anywhere() {
    let (mut sim, space) = talk(66, 3);
    let before = post(&mut sim, BOB, space, "Before").unwrap();
    sim.settle(30_000);
    sim.split(&[0, 1, 0]);
    let expel = format!("expel {}", person(&sim, BOB));
    enact(&mut sim, expel);
    post(&mut sim, BOB, space, "After").unwrap();
    let elsewhere = sim.submit(BOB, Draft::OpenCommunity { name: "bobs".into(), title: "Bob's".into(), sidebar: String::new(), rules: String::new() });
    let elsewhere = SpaceId(elsewhere.unwrap().id.0);
    post(&mut sim, BOB, elsewhere, "Elsewhere").unwrap();
    sim.heal();
    sim.run_for(20_000);
    for node in [ALICE, CAROL] {
        sim.ask(node, Request::Follow { space: elsewhere, on: true }).unwrap();
    }
    sim.run_for(60_000);
    for node in [ALICE, BOB, CAROL] {
        assert_eq!(titles(&sim, node), ["Before"], "machine {node}");
    }
    assert_eq!(code(post(&mut sim, BOB, space, "Again")), "expelled");
    // Nor do they let anybody in, or do anything else but take back what is theirs.
    let open = Draft::OpenCommunity { name: "again".into(), title: "Again".into(), sidebar: String::new(), rules: String::new() };
    assert_eq!(code(sim.submit(BOB, open)), "expelled");
    let invite = Request::Invite { guest: false, expires_in_ms: 60_000, uses: 1 };
    assert!(matches!(sim.ask(BOB, invite), Err(failure) if failure.code == "expelled"));
    sim.submit(BOB, Draft::Erase { document: before.id }).unwrap();
    sim.settle(30_000);
    assert!(titles(&sim, CAROL).is_empty());
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
            enact(&mut sim, effects);
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
