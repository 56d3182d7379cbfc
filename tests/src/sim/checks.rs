//! What is looked at from outside the nodes while a run goes on, and at its end.

use super::{GazetteChecks, Sim, recounting_gives_the_same};
use folkmoot_protocol::{id::*, limits};
use std::collections::BTreeMap;

/// A space, the digest of what is held of it, that of the hall, erasures that no tip shows, and where the Gazette stands: what it
/// says of bans has no effect.
type Held = (SpaceId, [u8; 32], [u8; 32], Vec<OpId>, u64);

/// The checkers' memory.
#[derive(Default)]
pub struct Checks {
    /// What an edit's document said at that edit, wherever it was first seen.
    texts: BTreeMap<OpId, (String, String)>,
    /// How many pairs of machines held the same of a space and were compared.
    pub compared: u64,
    /// How often a text that had been seen before was seen again.
    pub texts_seen_again: u64,
    /// How often an acknowledged operation was looked for.
    pub looked_for: u64,
    /// What is remembered of the Gazette.
    pub gazette: GazetteChecks,
}

impl Checks {
    /// Looks at all machines that are up.
    pub fn look(&mut self, sim: &mut Sim) {
        let up: Vec<usize> = sim.honest().into_iter().filter(|node| sim.is_up(*node)).collect();
        self.equal_sets_give_equal_hashes(sim, &up);
        for node in &up {
            memory_is_bounded(sim, *node);
        }
        self.gazette.look(sim, &up);
        if let Some(node) = sim.random.pick(&up).copied() {
            self.texts_stay(sim, node);
            self.nothing_acknowledged_is_lost(sim, node);
            recounting_gives_the_same(sim, node);
        }
    }

    /// Looks at everything once more when all agree.
    pub fn look_last(&mut self, sim: &mut Sim) {
        let honest = sim.honest();
        self.equal_sets_give_equal_hashes(sim, &honest);
        for node in &honest {
            self.texts_stay(sim, *node);
            self.nothing_acknowledged_is_lost(sim, *node);
            memory_is_bounded(sim, *node);
            let faults = sim.verify(*node).faults;
            assert!(faults.is_empty(), "seed {}: machine {node}: {faults:?}", sim.seed);
        }
        self.gazette.look_last(sim, &honest);
        let node = *sim.random.pick(&honest).expect("somebody is honest");
        let law = sim.service(node).world().law.as_ref().map(|law| law.hash());
        let before = sim.verify(node).state_hash;
        assert_eq!(sim.rebuild(node).state_hash, before, "seed {}: machine {node} built anew is another", sim.seed);
        assert_eq!(sim.service(node).world().law.as_ref().map(|law| law.hash()), law, "seed {}: machine {node} built anew has another law", sim.seed);
        recounting_gives_the_same(sim, node);
    }

    fn equal_sets_give_equal_hashes(&mut self, sim: &Sim, among: &[usize]) {
        let mut seen: BTreeMap<Held, (usize, [u8; 32])> = BTreeMap::new();
        for node in among {
            let world = sim.service(*node).world();
            // What a space says is judged by the hall.
            let hall = world.tips.get(&SpaceId::HALL).map(|tips| tips.digest()).unwrap_or_default();
            // An erasure counts from when it is there, though what comes before it is missing; no tip shows it till then.
            let loose = sim.service(*node).store().as_reader().loose_erasures().expect("the store can be read");
            for (space, tips) in world.tips.iter().filter(|(space, _)| world.followed.contains(space)) {
                let hash = sim.service(*node).store().as_reader().state_hash(*space, tips, &world.register).expect("the store can be read");
                let loose = loose.iter().filter(|(of, ..)| of == space).map(|(.., op, _)| *op).collect::<Vec<_>>();
                let held = (*space, tips.digest(), hall, loose, world.law.as_ref().map_or(0, |law| law.height()));
                match seen.get(&held) {
                    Some((other, theirs)) => {
                        self.compared += 1;
                        assert_eq!(*theirs, hash, "seed {}: machines {other} and {node} hold the same of {space:?} and differ in state", sim.seed);
                    }
                    None => drop(seen.insert(held, (*node, hash))),
                }
            }
        }
    }

    fn texts_stay(&mut self, sim: &Sim, node: usize) {
        let view = sim.service(node).store().as_reader();
        let register = view.register().expect("the register can be read");
        for document in view.documents().expect("documents can be read") {
            let Some(history) = view.history(document, &register).expect("a history can be read") else { continue };
            for version in history.versions.into_iter().filter(|version| version.no_effect.as_deref() != Some("erased")) {
                let text = (version.title, version.text);
                match self.texts.get(&version.op) {
                    Some(before) => {
                        self.texts_seen_again += 1;
                        assert_eq!(*before, text, "seed {}: machine {node}: the text at {} changed", sim.seed, version.op);
                    }
                    None => drop(self.texts.insert(version.op, text)),
                }
            }
        }
    }

    fn nothing_acknowledged_is_lost(&mut self, sim: &Sim, node: usize) {
        let view = sim.service(node).store().as_reader();
        for (_, op) in sim.acknowledged.iter().filter(|(writer, _)| *writer == node) {
            self.looked_for += 1;
            let held = view.operation(*op).expect("the store can be read");
            assert!(held.is_some(), "seed {}: machine {node} lost {op}, which it had acknowledged", sim.seed);
        }
    }
}

fn memory_is_bounded(sim: &Sim, node: usize) {
    let kept = sim.service(node).footprint();
    let bounds = [
        (kept.waiting, limits::PENDING_OPERATIONS),
        (kept.waiting_bytes, limits::PENDING_BYTES),
        (kept.waiting_issues, limits::WAITING_ISSUES),
        (kept.connections, limits::PEERS + limits::STRANGERS),
        (kept.fetches, limits::FETCHES_PER_PEER * limits::PEERS),
        (kept.unsent_bytes, limits::UNSENT_BYTES),
        (kept.backlog, limits::SERVES_PER_PEER),
        (kept.remembered, 3 * sim.machines()),
    ];
    assert!(bounds.iter().all(|(is, most)| is <= most), "seed {}: machine {node} keeps too much for its peers: {kept:?}", sim.seed);
}
