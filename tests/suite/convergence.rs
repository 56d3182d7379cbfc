//! Whatever happens on the way, equal sets of operations end in one state.

use super::tellers::{keys, own_end, signed_after};
use folkmoot_node::{
    api::{Draft, Request},
    keystore::Keystore,
};
use folkmoot_protocol::{act::Mark, id::*};
use folkmoot_tests::sim::{Faults, Sim};

fn post(community: SpaceId, title: &str) -> Draft {
    Draft::Post { community, title: title.into(), text: format!("About {title}"), url: None, origin: None }
}

fn comment(on: DocumentId, text: &str) -> Draft {
    Draft::Comment { on, text: text.into(), origin: None }
}

#[test]
fn two_nodes_see_each_others_posts() {
    let mut sim = Sim::new(1, 2, Faults::none());
    let community = sim.found();
    for node in 0..2 {
        sim.submit(node, post(community, &format!("From {node}"))).unwrap();
    }
    sim.settle(10_000);
    assert_eq!(sim.verify(0).faults, vec![]);
}

#[test]
fn what_was_written_on_both_sides_of_a_split_merges() {
    let mut sim = Sim::new(2, 5, Faults::none());
    let community = sim.found();
    let first = sim.submit(0, post(community, "Before")).unwrap();
    sim.settle(10_000);
    sim.split(&[0, 0, 0, 1, 1]);
    for node in 0..5 {
        sim.submit(node, comment(first.id, &format!("From {node}"))).unwrap();
        sim.submit(node, Draft::React { document: first.id, mark: if node % 2 == 0 { Mark::Up } else { Mark::Down } }).unwrap();
    }
    sim.run_for(10_000);
    assert_eq!(sim.verify(0).state_hash, sim.verify(2).state_hash);
    assert_eq!(sim.verify(3).state_hash, sim.verify(4).state_hash);
    assert_ne!(sim.verify(0).state_hash, sim.verify(3).state_hash, "the split is real");
    sim.heal();
    sim.settle(120_000);
}

#[test]
fn a_deleted_post_leaves_every_node_and_stays_away() {
    let mut sim = Sim::new(3, 3, Faults::none());
    let community = sim.found();
    let written = sim.submit(0, post(community, "Regret")).unwrap();
    sim.settle(10_000);
    let whole: Vec<_> = sim.service(1).store().as_reader().operation(written.op).unwrap().into_iter().map(|held| held.op.to_signed()).collect();
    assert!(whole[0].payload.is_some());
    sim.submit(0, Draft::Erase { document: written.id }).unwrap();
    sim.settle(10_000);
    for node in 0..3 {
        sim.import(node, whole.clone());
        let held = sim.service(node).store().as_reader().operation(written.op).unwrap().unwrap();
        assert!(held.op.payload.is_none(), "node {node} still has the payload");
        assert_eq!(sim.verify(node).faults, vec![]);
    }
}

#[test]
fn a_newcomer_gets_headers_of_what_was_erased_and_agrees() {
    let mut sim = Sim::new(4, 2, Faults::none());
    let community = sim.found();
    let written = sim.submit(0, post(community, "Regret")).unwrap();
    sim.submit(0, Draft::Erase { document: written.id }).unwrap();
    sim.submit(0, post(community, "After")).unwrap();
    sim.settle(10_000);
    let entropy = sim.random.bytes();
    let late = sim.add(folkmoot_node::keystore::Keystore::in_memory("Late", entropy));
    sim.join(late, 1);
    sim.ask(late, Request::Follow { space: community, on: true }).unwrap();
    sim.settle(20_000);
}

/// A folder that was put back from a backup: what the device wrote since comes back to it from others, in any order. Until all of
/// it has, the device signs nothing: it would be a second operation with a number that is taken.
#[test]
fn a_device_signs_nothing_while_newer_operations_of_its_own_are_on_the_way_back() {
    let mut sim = Sim::new(61, 0, Faults::none());
    sim.add(keys(0));
    let community = sim.found();
    sim.run_for(5_000);
    let end = own_end(&sim, 0);
    let next = signed_after(&sim, 0, end, 1);
    let after = signed_after(&sim, 0, (end.0 + 1, next.clone().verify().unwrap().id()), 2);
    sim.import(0, vec![after]);
    let refused = sim.submit(0, post(community, "From a backup")).unwrap_err();
    assert_eq!(refused.code, "behind", "{}", refused.error);
    sim.import(0, vec![next]);
    assert_eq!(own_end(&sim, 0).0, end.0 + 2);
    sim.submit(0, post(community, "From a backup")).unwrap();
    let device = sim.service(0).device();
    assert!(sim.service(0).world().tips.values().all(|tips| tips.get(&device).is_none_or(|tip| tip.closed.is_none())));
}

#[test]
fn who_holds_nothing_of_a_chain_hears_that_its_first_operations_fork() {
    let mut sim = Sim::new(19, 3, Faults::none());
    let entropy: [u8; 64] = sim.random.bytes();
    let eve = sim.add(Keystore::in_memory("Eve", entropy));
    let talk = sim.found();
    sim.settle(30_000);
    let copy = sim.copy_machine(eve, Keystore::in_memory("Eve", entropy), &[SpaceId::HALL, talk]);
    sim.split(&[0, 1, 2, 3, 4]);
    sim.submit(eve, post(talk, "Rye")).unwrap();
    sim.submit(copy, post(talk, "Oats")).unwrap();
    for node in [eve, copy] {
        let operations = sim.operations(node, talk);
        sim.import(0, operations);
        sim.crash(node);
    }
    sim.heal();
    sim.settle_among(&[0, 1, 2], 60_000);
    let device = sim.service(eve).device();
    let closed = |sim: &Sim, node: usize| sim.service(node).world().tips[&talk].get(&device).and_then(|tip| tip.closed).map(|closed| closed.at);
    assert_eq!([0, 1, 2].map(|node| closed(&sim, node)), [Some(1); 3]);
}
