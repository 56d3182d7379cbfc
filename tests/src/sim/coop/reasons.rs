//! Invariant 7: for whatever the law says, a node shows what made it so.

use crate::sim::Sim;
use folkmoot_node::cli::why::{Because, reasons};
use folkmoot_protocol::{
    id::*,
    law::{Office, State},
};

/// Every bill, value, office and job has a chain of operations that exist and are printed, and of issues that there are.
/// Answers how many links were followed.
pub(super) fn invariant_7_everything_has_its_reasons(sim: &Sim, node: usize, law: &State) -> u64 {
    let view = sim.service(node).store().as_reader();
    let book = view.law_book(sim.now).expect("a store").expect("the founding");
    let mut asked: Vec<String> = law.bills.iter().map(|(op, _)| op.to_string()).collect();
    asked.extend(law.values.iter().map(|(key, _)| key.clone()));
    asked.extend(Office::OF_THE_COOP.iter().filter(|office| !law.holders(**office).is_empty()).map(|office| office.name().to_owned()));
    asked.extend(law.jobs.iter().filter(|(_, job)| job.ended.is_none()).map(|(_, job)| job.name.clone()));
    asked.extend(law.elections.iter().map(|(id, _)| id.to_string()));
    let mut links = 0;
    for what in asked {
        let because = reasons(view, book.clone(), &what).unwrap_or_else(|failure| panic!("seed {}: why {what}: {}", sim.seed, failure.error));
        assert!(!because.is_empty(), "seed {}: machine {node} gives no reason for {what}", sim.seed);
        for link in &because {
            is_printed(sim, node, law, &what, link);
            links += 1;
        }
    }
    links
}

fn is_printed(sim: &Sim, node: usize, law: &State, what: &str, link: &Because) {
    let view = sim.service(node).store().as_reader();
    if let Some(op) = link.op {
        assert!(view.operation(op).expect("a store").is_some(), "seed {}: why {what}: {op} is not here", sim.seed);
        let printed = view.printing_of(op).expect("a store").is_some() || law.coop == Some(CoopId::founded_by(op));
        assert!(printed, "seed {}: why {what}: {op} is not printed", sim.seed);
    }
    assert!(link.issue.is_none_or(|issue| issue <= law.height()), "seed {}: why {what}: {:?}", sim.seed, link.issue);
    assert!(link.op.is_some() || link.issue.is_some() || link.rule.is_some(), "seed {}: why {what}: {}", sim.seed, link.what);
}
