//! What people see happen, one story each.

use folkmoot_node::{
    api::{Draft, Request, Response},
    keystore::Keystore,
    store::query::{FeedQuery, Viewer},
};
use folkmoot_protocol::{
    document::Key,
    id::*,
    identity::PersonKey,
    ticket::Ticket,
    view::{FeedSort, ThreadSort},
};
use folkmoot_tests::sim::{Faults, Sim};
use std::collections::BTreeMap;

fn post(community: SpaceId, title: &str) -> Draft {
    Draft::Post { community, title: title.into(), text: "Text".into(), url: None, origin: None }
}

fn edit(document: DocumentId, key: Key, text: &str) -> Draft {
    Draft::Edit { document, at: None, fields: BTreeMap::from([(key, text.into())]) }
}

/// Gives the first machine's person a second device; answers its machine.
fn pair(sim: &mut Sim, community: SpaceId) -> usize {
    let keys = Keystore::in_memory_device("laptop", sim.random.bytes());
    let offer = Ticket::Offer { pairing: keys.pairing() }.to_string();
    let second = sim.add(keys);
    let Response::Welcomed { ticket, .. } = sim.ask(0, Request::AddDevice { ticket: offer, authority: None }).unwrap() else { panic!("no welcome") };
    sim.ask(second, Request::Join { ticket }).unwrap();
    sim.ask(second, Request::Follow { space: community, on: true }).unwrap();
    second
}

fn viewer(sim: &Sim, node: usize) -> Viewer {
    let device = sim.service(node).device();
    let person = sim.service(node).world().register.standing(device).map(|(_, credential)| credential.person).unwrap();
    Viewer { person, device }
}

fn titles(sim: &Sim, node: usize) -> Vec<String> {
    let query = FeedQuery { community: None, sort: FeedSort::Old, period_ms: None, page: None, saved: false, limit: 50 };
    let feed = sim.service(node).store().as_reader().feed(&query, &viewer(sim, node), sim.now).unwrap();
    feed.posts.into_iter().map(|post| post.title).collect()
}

#[test]
fn a_post_edited_at_once_on_two_devices_shows_both_versions_until_one_is_chosen() {
    let mut sim = Sim::new(11, 2, Faults::none());
    let community = sim.found();
    let laptop = pair(&mut sim, community);
    let written = sim.submit(0, post(community, "Title")).unwrap();
    sim.settle(30_000);
    sim.split(&[0, 0, 1]);
    let here = sim.submit(0, edit(written.id, Key::Title, "Title from the desk")).unwrap();
    sim.submit(laptop, edit(written.id, Key::Title, "Title from the train")).unwrap();
    sim.heal();
    sim.settle(120_000);
    let thread = |sim: &Sim| sim.service(1).store().as_reader().thread(written.id, ThreadSort::Hot, &viewer(sim, 1), sim.now).unwrap().unwrap();
    assert!(thread(&sim).post.conflict);
    let mut versions: Vec<_> = thread(&sim).conflicts.into_iter().map(|conflict| conflict.text).collect();
    versions.sort();
    assert_eq!(versions, ["Title from the desk", "Title from the train"]);
    sim.submit(laptop, Draft::Choose { document: written.id, op: here.op }).unwrap();
    sim.settle(30_000);
    assert_eq!((thread(&sim).post.title.as_str(), thread(&sim).post.conflict), ("Title from the desk", false));
}

#[test]
fn a_page_written_by_two_at_once_merges() {
    let mut sim = Sim::new(12, 2, Faults::none());
    let community = sim.found();
    let page = Draft::CreatePage { community, name: "rules".into(), title: "Rules".into(), text: "One.\nTwo.\n".into(), writers: None };
    let written = sim.submit(0, page).unwrap();
    sim.settle(30_000);
    sim.split(&[0, 1]);
    sim.submit(0, edit(written.id, Key::Text, "Zero.\nOne.\nTwo.\n")).unwrap();
    sim.submit(1, edit(written.id, Key::Text, "One.\nTwo.\nThree.\n")).unwrap();
    sim.heal();
    sim.settle(120_000);
    let page = sim.service(0).store().as_reader().page(written.id).unwrap().unwrap();
    assert_eq!(page.text, "Zero.\nOne.\nTwo.\nThree.\n");
}

#[test]
fn only_an_author_changes_or_deletes_what_is_theirs() {
    let mut sim = Sim::new(13, 2, Faults::none());
    let community = sim.found();
    let written = sim.submit(0, post(community, "Mine")).unwrap();
    sim.settle(30_000);
    assert_eq!(sim.submit(1, edit(written.id, Key::Title, "Yours")).unwrap_err().code, "not-yours");
    assert_eq!(sim.submit(1, Draft::Erase { document: written.id }).unwrap_err().code, "not-yours");
}

#[test]
fn a_revoked_device_reads_on_but_nothing_it_writes_counts() {
    let mut sim = Sim::new(14, 2, Faults::none());
    let community = sim.found();
    let laptop = pair(&mut sim, community);
    sim.submit(laptop, post(community, "Before")).unwrap();
    sim.settle(30_000);
    sim.split(&[0, 0, 1]);
    let device = sim.service(laptop).device();
    sim.submit(0, Draft::RevokeDevice { device, authority: None }).unwrap();
    sim.submit(laptop, post(community, "Stolen")).unwrap();
    // It would not be let in again; the operation reaches the others on a stick all the same.
    let carried = sim.operations(laptop, community);
    sim.heal();
    sim.import(1, carried);
    sim.run_for(30_000);
    assert_eq!(titles(&sim, 0), ["Before"]);
    assert_eq!(titles(&sim, 1), ["Before"]);
    assert_eq!(sim.verify(0).state_hash, sim.verify(1).state_hash);
}

#[test]
fn a_device_that_is_closed_while_connected_gets_nothing_more() {
    let mut sim = Sim::new(23, 2, Faults::none());
    let community = sim.found();
    let laptop = pair(&mut sim, community);
    sim.settle(30_000);
    let device = sim.service(laptop).device();
    sim.submit(0, Draft::RevokeDevice { device, authority: None }).unwrap();
    sim.run_for(5_000);
    let before = sim.operations(laptop, community).len();
    sim.submit(0, post(community, "Behind its back")).unwrap();
    sim.submit(1, post(community, "By somebody else")).unwrap();
    sim.run_for(60_000);
    assert_eq!(sim.operations(laptop, community).len(), before);
    // It heard of it, and leaves the others alone.
    assert_eq!(sim.submit(laptop, post(community, "By the thief")).unwrap_err().code, "revoked");
    for node in 0..3 {
        let connected: Vec<_> = sim.status(node).peers.into_iter().filter(|peer| peer.connected).map(|peer| peer.device).collect();
        assert!(!connected.contains(&device), "{node} still sends to it");
        assert_eq!(connected.is_empty(), node == laptop, "{node}");
    }
}

#[test]
fn recovery_words_close_a_first_device_that_is_lost() {
    let mut sim = Sim::new(19, 1, Faults::none());
    let entropy: [u8; 64] = sim.random.bytes();
    let words = PersonKey::from_entropy(entropy[..32].try_into().unwrap());
    let alice = sim.add(Keystore::in_memory("Alice", entropy));
    let community = sim.found();
    let keys = Keystore::in_memory_device("laptop", sim.random.bytes());
    let offer = Ticket::Offer { pairing: keys.pairing() }.to_string();
    let laptop = sim.add(keys);
    let Response::Welcomed { ticket, .. } = sim.ask(alice, Request::AddDevice { ticket: offer, authority: None }).unwrap() else { panic!("no welcome") };
    sim.ask(laptop, Request::Join { ticket }).unwrap();
    sim.ask(laptop, Request::Follow { space: community, on: true }).unwrap();
    sim.settle(30_000);
    let device = sim.service(alice).device();
    assert_eq!(sim.submit(laptop, Draft::RevokeDevice { device, authority: None }).unwrap_err().code, "may-not");
    let authority = Some(words.authorise(&device.0));
    sim.submit(laptop, Draft::RevokeDevice { device, authority }).unwrap();
    sim.run_for(5_000);
    assert_eq!(sim.submit(alice, post(community, "By the thief")).unwrap_err().code, "revoked");
    assert!(sim.submit(laptop, post(community, "By Alice")).is_ok());
}

#[test]
fn who_is_cut_off_while_joining_gets_in_after_a_restart() {
    let mut sim = Sim::new(23, 1, Faults::none());
    sim.found();
    let keys = Keystore::in_memory_device("laptop", sim.random.bytes());
    let offer = Ticket::Offer { pairing: keys.pairing() }.to_string();
    let laptop = sim.add(keys);
    let Response::Welcomed { ticket, .. } = sim.ask(0, Request::AddDevice { ticket: offer, authority: None }).unwrap() else { panic!("no welcome") };
    sim.split(&[0, 1]);
    assert_eq!(sim.ask(laptop, Request::Join { ticket }).unwrap_err().code, "unreachable");
    sim.crash_and_return(laptop);
    sim.heal();
    sim.settle(60_000);
    assert!(sim.operations(laptop, SpaceId::HALL).len() > 1);
}

#[test]
fn a_copied_folder_forks_the_device_and_the_fork_closes_it() {
    let mut sim = Sim::new(15, 2, Faults::none());
    let entropy: [u8; 64] = sim.random.bytes();
    let eve = sim.add(Keystore::in_memory("Eve", entropy));
    let community = sim.found();
    sim.submit(eve, post(community, "Common")).unwrap();
    sim.settle(30_000);
    let copy = sim.copy_machine(eve, Keystore::in_memory("Eve", entropy), &[SpaceId::HALL, community]);
    sim.submit(eve, post(community, "Left")).unwrap();
    sim.submit(eve, post(community, "More left")).unwrap();
    sim.settle_among(&[0, 1, eve], 30_000);
    sim.submit(copy, post(community, "Right")).unwrap();
    // One node hears of the other branch; the proof goes round.
    let carried = sim.operations(copy, community);
    sim.import(0, carried);
    sim.settle_among(&[0, 1, eve], 60_000);
    assert_eq!(titles(&sim, 1), ["Common"]);
    assert_eq!(sim.submit(eve, post(community, "Again")).unwrap_err().code, "forked");
    assert_eq!(sim.verify(1).faults, vec![]);
}

#[test]
fn what_a_forked_device_erased_stays_erased() {
    let mut sim = Sim::new(16, 2, Faults::none());
    let entropy: [u8; 64] = sim.random.bytes();
    let eve = sim.add(Keystore::in_memory("Eve", entropy));
    let community = sim.found();
    let regret = sim.submit(eve, post(community, "Regret")).unwrap();
    sim.settle(30_000);
    let copy = sim.copy_machine(eve, Keystore::in_memory("Eve", entropy), &[SpaceId::HALL, community]);
    sim.split(&[0, 1, 0, 2]);
    sim.submit(eve, Draft::Erase { document: regret.id }).unwrap();
    sim.settle_among(&[0, eve], 30_000);
    sim.submit(copy, post(community, "Right")).unwrap();
    let carried = sim.operations(copy, community);
    // Node 1 never saw the erasure's branch, only the other one.
    sim.import(1, carried.clone());
    sim.import(0, carried);
    sim.heal();
    sim.settle_among(&[0, 1, eve], 120_000);
    assert_eq!(titles(&sim, 1), Vec::<String>::new());
    let held = sim.service(1).store().as_reader().operation(regret.op).unwrap().unwrap();
    assert!(held.op.payload.is_none());
}

#[test]
fn an_erasure_is_passed_on_where_what_comes_before_it_is_missing() {
    let mut sim = Sim::new(19, 2, Faults::none());
    let eve = sim.add(Keystore::in_memory("Eve", [7; 64]));
    let community = sim.found();
    let regret = sim.submit(eve, post(community, "Regret")).unwrap();
    sim.settle(30_000);
    sim.split(&[0, 0, 1]);
    sim.submit(eve, post(community, "More")).unwrap();
    let erased = sim.submit(eve, Draft::Erase { document: regret.id }).unwrap().op;
    // Eve is never heard of again, and the one operation that got out is not the next of her chain.
    let erasure = sim.operations(eve, community).into_iter().filter(|op| op.clone().verify().is_ok_and(|op| op.id() == erased)).collect();
    sim.import(1, erasure);
    sim.run_for(70_000);
    assert_eq!((titles(&sim, 0), titles(&sim, 1)), (vec![], vec![]));
    sim.settle_among(&[0, 1], 30_000);
    assert!(sim.dropped.is_empty(), "nobody is blamed for what nobody has: {:?}", sim.dropped);
}

#[test]
fn building_anew_ends_in_the_same_state() {
    let mut sim = Sim::new(17, 3, Faults::none());
    let community = sim.found();
    let laptop = pair(&mut sim, community);
    let written = sim.submit(0, post(community, "Title")).unwrap();
    sim.settle(30_000);
    for node in 0..4 {
        let mark = if node == 2 { folkmoot_protocol::act::Mark::Down } else { folkmoot_protocol::act::Mark::Up };
        sim.submit(node, Draft::React { document: written.id, mark }).unwrap();
        sim.submit(node, Draft::Comment { on: written.id, text: format!("From {node}"), origin: None }).unwrap();
    }
    sim.submit(laptop, edit(written.id, Key::Text, "Better text")).unwrap();
    sim.submit(1, Draft::Profile { name: Some("Robert".into()), bio: None }).unwrap();
    let gone = sim.submit(2, post(community, "Gone")).unwrap();
    sim.submit(2, Draft::Erase { document: gone.id }).unwrap();
    sim.settle(30_000);
    for node in 0..4 {
        let before = sim.verify(node);
        let views =
            |sim: &Sim| (titles(sim, node), sim.service(node).store().as_reader().thread(written.id, ThreadSort::Old, &viewer(sim, 0), sim.now).unwrap());
        let seen = views(&sim);
        assert_eq!(sim.rebuild(node).state_hash, before.state_hash);
        assert_eq!(views(&sim), seen);
    }
}

#[test]
fn a_clock_years_off_hides_nothing_and_leads_no_ranking() {
    let mut sim = Sim::new(18, 2, Faults::none());
    let community = sim.found();
    sim.skew_clock(1, 86_400_000 * 365 * 20);
    sim.submit(1, post(community, "From the future")).unwrap();
    sim.skew_clock(1, -86_400_000 * 365 * 20);
    sim.submit(1, post(community, "From the past")).unwrap();
    sim.skew_clock(1, 0);
    sim.settle(60_000);
    let query = FeedQuery { community: None, sort: FeedSort::New, period_ms: None, page: None, saved: false, limit: 50 };
    let feed = sim.service(0).store().as_reader().feed(&query, &viewer(&sim, 0), sim.now).unwrap();
    let founded = sim.service(0).world().register.founded_at;
    assert_eq!(feed.posts.len(), 2);
    assert!(feed.posts.iter().all(|post| (founded..=sim.now).contains(&post.created)));
}
