//! A voter signs two operations with one number while tellers agree on an issue that prints one of them.

use super::tellers::{act, assert_same, law, open, own_end, signed_after, with_four_tellers};
use folkmoot_node::api::LawDraft;
use folkmoot_protocol::{agreement::Core, id::*, law::Choice, op::SignedOp};
use folkmoot_tests::sim::{Faults, Sim};

/// The voter's machine; the tellers' are those before it.
const VOTER: usize = 4;

/// A bill is open, and the voter votes; answers the ballot, and another operation with its number, which nobody has yet.
fn vote(sim: &mut Sim) -> ((u64, OpId), SignedOp) {
    let bill = open(sim, 0, String::new());
    let other = signed_after(sim, VOTER, own_end(sim, VOTER), 9);
    act(sim, VOTER, LawDraft::Vote { document: bill, choice: Choice::For });
    (own_end(sim, VOTER), other)
}

/// The tellers that are locked on the next issue.
fn locked(sim: &Sim) -> Vec<usize> {
    let is_locked = |node: &usize| {
        let row = sim.service(*node).store().as_reader().setting("agreement").unwrap();
        let core = row.and_then(|row| Core::from_row(&row).ok());
        core.is_some_and(|core| core.place().height == law(sim, *node).height() + 1 && core.local().locked.is_some())
    };
    (0..VOTER).filter(is_locked).collect()
}

/// Lets time pass until so many tellers at least are locked on an issue that nobody has read: lines are slow and uneven, so that
/// one is locked long before another.
fn until_locked(sim: &mut Sim, many: usize) {
    let height = law(sim, 0).height();
    sim.set_faults(Faults { delay_ms: (1, 150), ..Faults::none() });
    for _ in 0..20_000 {
        sim.run_for(1);
        if locked(sim).len() >= many {
            assert!((0..VOTER).all(|node| law(sim, node).height() == height), "the issue is not read yet");
            return;
        }
    }
    panic!("never are {many} tellers locked")
}

/// The ballot is printed everywhere, and the Gazette goes on.
fn assert_printed(sim: &Sim, ballot: (u64, OpId), height: u64, among: &[usize]) {
    for node in among {
        let printed = law(sim, *node).printed.get(&sim.service(VOTER).device()).map(|printed| (printed.seq, printed.id));
        assert_eq!(printed, Some(ballot), "machine {node}");
        assert!(law(sim, *node).height() > height + 1, "machine {node} prints on");
    }
}

#[test]
fn a_branch_that_tellers_signed_stays_though_the_other_one_comes_before_they_read_the_issue() {
    let mut sim = with_four_tellers(351);
    let (ballot, other) = vote(&mut sim);
    let height = law(&sim, 0).height();
    until_locked(&mut sim, 2);
    (0..VOTER).for_each(|node| sim.import(node, vec![other.clone()]));
    sim.run_for(60_000);
    assert_printed(&sim, ballot, height, &[0, 1, 2, 3]);
    assert_same(&sim);
}
