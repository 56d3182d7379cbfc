//! What is looked at of the Gazette from outside the nodes.

use super::{Sim, law::receipts};
use folkmoot_protocol::{act::law::ChainTo, id::*};
use std::collections::{BTreeMap, BTreeSet};

/// The checkers' memory of the Gazette.
#[derive(Default)]
pub struct GazetteChecks {
    /// The one issue of each number, wherever it was first seen.
    issues: BTreeMap<u64, IssueId>,
    /// The law's hash after each.
    laws: BTreeMap<u64, [u8; 32]>,
    /// Up to where each machine was looked at.
    looked: BTreeMap<usize, u64>,
    /// Ballots with a teller's receipt, and up to where the teller's chain was looked at for them.
    receipts: BTreeSet<(DeviceId, u64, OpId)>,
    receipts_to: u64,
    /// How often an issue was seen at a second machine.
    pub compared: u64,
    /// How often a ballot with a receipt was looked for and found printed.
    pub receipts_kept: u64,
}

impl GazetteChecks {
    /// Looks at machines that are up.
    pub fn look(&mut self, sim: &Sim, up: &[usize]) {
        for node in up {
            self.one_issue_of_each_number(sim, *node);
            self.one_law_after_each(sim, *node);
        }
        for node in up {
            self.gather_receipts(sim, *node);
        }
        for node in up {
            self.no_receipted_ballot_is_passed_over(sim, *node);
        }
    }

    /// Looks at everything once more when all agree: what has a receipt is printed.
    pub fn look_last(&mut self, sim: &Sim, honest: &[usize]) {
        self.look(sim, honest);
        for node in honest {
            recounting_gives_the_same(sim, *node);
            let Some(law) = &sim.service(*node).world().law else { continue };
            for (device, seq, _) in &self.receipts {
                self.receipts_kept += 1;
                let printed = law.printed.get(device).map_or(0, |printed| printed.seq);
                assert!(printed >= *seq, "seed {}: machine {node}: a ballot of {} has a receipt and was never printed", sim.seed, device.short());
            }
        }
    }

    /// A machine went back to an old disk: it may have fewer issues than before.
    pub fn begin_anew(&mut self, node: usize) {
        self.looked.remove(&node);
    }

    /// The law's hash after an issue, where a machine was seen there.
    pub fn law_after(&self, height: u64) -> Option<[u8; 32]> {
        self.laws.get(&height).copied()
    }

    fn one_issue_of_each_number(&mut self, sim: &Sim, node: usize) {
        let looked = self.looked.entry(node).or_insert(0);
        for kept in sim.service(node).store().as_reader().issues_from(*looked + 1, 1 << 20).expect("issues can be read") {
            let (id, issue) = kept.signed.read().expect("what is kept can be read");
            assert_eq!((id, issue.height), (kept.id, *looked + 1), "seed {}: machine {node}: the Gazette has a gap", sim.seed);
            *looked = issue.height;
            let first = *self.issues.entry(issue.height).or_insert(id);
            self.compared += 1;
            assert_eq!(first, id, "seed {}: machine {node} has another issue {}", sim.seed, issue.height);
        }
    }

    fn one_law_after_each(&mut self, sim: &Sim, node: usize) {
        let Some(law) = &sim.service(node).world().law else { return };
        let head = sim.service(node).store().as_reader().head().expect("the store can be read").map_or(0, |head| head.height);
        assert_eq!(law.height(), head, "seed {}: machine {node}: memory and disk differ", sim.seed);
        assert!(self.looked.get(&node).is_none_or(|looked| *looked == head), "seed {}: machine {node} forgot an issue", sim.seed);
        let first = *self.laws.entry(head).or_insert_with(|| law.hash());
        assert_eq!(first, law.hash(), "seed {}: machine {node}: another law after issue {head}", sim.seed);
    }

    /// The teller's own machine has all its receipts.
    fn gather_receipts(&mut self, sim: &Sim, node: usize) {
        let device = sim.service(node).device();
        if sim.service(node).world().law.as_ref().is_none_or(|law| law.tellers() != [device]) {
            return;
        }
        for (seq, ChainTo { device, seq: to, id }) in receipts(sim, node, device, self.receipts_to + 1) {
            self.receipts_to = seq;
            self.receipts.insert((device, to, id));
        }
    }

    fn no_receipted_ballot_is_passed_over(&self, sim: &Sim, node: usize) {
        let Some(law) = &sim.service(node).world().law else { return };
        for (device, seq, id) in &self.receipts {
            if law.printed.get(device).is_some_and(|printed| printed.seq >= *seq) {
                let held = sim.service(node).store().as_reader().operation_at(SpaceId::HALL, *device, *seq).expect("the store can be read");
                assert_eq!(held, Some(*id), "seed {}: machine {node}: a ballot with a receipt was passed over", sim.seed);
            }
        }
    }
}

/// The register recounted from the founding is the one that is kept.
pub fn recounting_gives_the_same(sim: &Sim, node: usize) {
    let view = sim.service(node).store().as_reader();
    let recounted = view.refold_law(|_, _, _| std::ops::ControlFlow::Continue(())).unwrap_or_else(|error| panic!("seed {}: machine {node}: {error}", sim.seed));
    let kept = view.law().expect("the register can be read");
    let held = sim.service(node).world().law.as_ref().map(|law| (law.hash(), law.all_cells()));
    assert_eq!(recounted.as_ref().map(|law| law.hash()), held.as_ref().map(|(hash, _)| *hash), "seed {}: machine {node} recounts another law", sim.seed);
    assert_eq!(kept.map(|law| law.all_cells()), held.map(|(_, cells)| cells), "seed {}: machine {node}: disk and memory differ", sim.seed);
}
