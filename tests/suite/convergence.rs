//! Whatever happens on the way, equal sets of operations end in one state.

use folkmoot_node::api::{Draft, Request};
use folkmoot_protocol::{act::Mark, document::Key, id::*};
use folkmoot_tests::sim::{Faults, Sim};
use std::collections::BTreeMap;

fn post(community: SpaceId, title: &str) -> Draft {
    Draft::Post { community, title: title.into(), text: format!("About {title}"), url: None, origin: None }
}

fn comment(on: DocumentId, text: &str) -> Draft {
    Draft::Comment { on, text: text.into(), origin: None }
}

fn retitle(document: DocumentId, title: &str) -> Draft {
    Draft::Edit { document, at: None, fields: BTreeMap::from([(Key::Title, title.into())]) }
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

/// Random people doing random things under faults; then the faults end and all must agree.
fn a_rough_week(seed: u64) -> BTreeMap<&'static str, u64> {
    let mut sim = Sim::new(seed, 5, Faults::none());
    let community = sim.found();
    sim.settle(30_000);
    sim.set_faults(Faults::harsh());
    let mut documents = vec![];
    for round in 0..120 {
        let node = sim.random.below(5) as usize;
        match sim.random.below(40) {
            0 => {
                let labels: Vec<_> = (0..5).map(|_| sim.random.below(2) as usize).collect();
                sim.split(&labels);
            }
            1 => sim.crash_and_return(node),
            2 => sim.break_something(),
            3 => sim.split(&[]),
            4 => {
                let ahead = sim.random.below(20) as i64 - 10;
                sim.skew_clock(node, ahead * 86_400_000 * 365);
                sim.fire("clock skew");
            }
            _ => {}
        }
        if sim.is_up(node) {
            act(&mut sim, node, community, &mut documents, round);
        }
        let pause = sim.random.below(3_000);
        sim.run_for(pause);
    }
    sim.heal();
    sim.settle(300_000);
    for node in 0..5 {
        assert_eq!(sim.verify(node).faults, vec![], "seed {seed}");
    }
    let acknowledged = sim.acknowledged.clone();
    for (_, op) in acknowledged {
        assert!(sim.service(0).store().as_reader().operation(op).unwrap().is_some(), "seed {seed}: an acknowledged operation is lost");
    }
    sim.fired
}

fn act(sim: &mut Sim, node: usize, community: SpaceId, documents: &mut Vec<DocumentId>, round: usize) {
    let target = sim.random.pick(documents).copied();
    let draft = match (sim.random.below(10), target) {
        (0..=2, _) | (_, None) => post(community, &format!("Post {round}")),
        (3..=5, Some(on)) => comment(on, &format!("Comment {round}")),
        (6..=7, Some(document)) => Draft::React { document, mark: if sim.random.one_in(2) { Mark::Up } else { Mark::Down } },
        (8, Some(document)) => retitle(document, &format!("Edited {round}")),
        (_, Some(document)) => Draft::Erase { document },
    };
    let founds = matches!(draft, Draft::Post { .. } | Draft::Comment { .. });
    // Refusals are fine: somebody else's post, or one that this node does not know.
    if let Ok(written) = sim.submit(node, draft)
        && founds
    {
        documents.push(written.id);
    }
}

/// `FOLKMOOT_SIM_SEEDS=FROM..TO` runs others, and more of them.
#[test]
fn after_a_rough_week_all_agree() {
    let range = std::env::var("FOLKMOOT_SIM_SEEDS").unwrap_or_else(|_| "1..11".into());
    let (from, to) = range.split_once("..").expect("FOLKMOOT_SIM_SEEDS is FROM..TO");
    let mut fired = BTreeMap::new();
    for seed in from.parse::<u64>().unwrap()..to.parse().unwrap() {
        println!("seed {seed}");
        for (fault, times) in a_rough_week(seed) {
            *fired.entry(fault).or_insert(0) += times;
        }
    }
    println!("faults that fired: {fired:?}");
    for fault in ["partition", "crash", "broken connection", "clock skew"] {
        assert!(fired.contains_key(fault), "{fault} never fired");
    }
}
