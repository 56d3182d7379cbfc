//! The order in which what waits is printed: each operation behind what it names. Chains come in whatever order machines meet, and
//! what is printed before that which it names has no effect.

use super::{Effect, PrintedOp, Proposal};
use crate::{
    act::{Act, LawAct},
    document::{Key, Value},
    id::*,
    op::Content,
};
use std::collections::BTreeMap;

/// Puts operations, of each chain a part without gaps, behind those of them that they name and those before them in their chains.
/// Else they stay in the order given; but those that are to come `first` do, and then whoever is let in, a community that is
/// opened and support for a bill, which others rest on without naming the operation: each with what it needs.
pub fn in_order(operations: Vec<PrintedOp>, first: impl Fn(&PrintedOp) -> bool) -> Vec<PrintedOp> {
    let index = Index::of(&operations);
    let mut begins: Vec<usize> = (0..operations.len()).collect();
    begins.sort_by_key(|at| (!first(&operations[*at]), !is_rested_on(&operations[*at])));
    let (mut entered, mut order) = (vec![false; operations.len()], Vec::with_capacity(operations.len()));
    for begin in begins {
        let mut visits = vec![Visit::Enter(begin)];
        while let Some(visit) = visits.pop() {
            match visit {
                Visit::Enter(at) if entered[at] => {}
                Visit::Enter(at) => {
                    entered[at] = true;
                    visits.push(Visit::Leave(at));
                    visits.extend(index.needs(&operations[at]).into_iter().rev().map(Visit::Enter));
                }
                Visit::Leave(at) => order.push(at),
            }
        }
    }
    let mut operations: Vec<Option<PrintedOp>> = operations.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| operations[at].take()).collect()
}

/// Whether each of these stands behind those of them that it names.
pub fn is_in_order(operations: &[PrintedOp]) -> bool {
    let index = Index::of(operations);
    operations.iter().enumerate().all(|(at, printed)| index.needs(printed).into_iter().all(|need| need < at))
}

fn is_rested_on(printed: &PrintedOp) -> bool {
    matches!(&printed.content, Ok(Content::Act(Act::Admit(_) | Act::OpenSpace(_) | Act::Law(LawAct::Cosponsor { .. }))))
}

enum Visit {
    /// An operation, with what it needs before it.
    Enter(usize),
    /// The same, once that is done.
    Leave(usize),
}

/// Where the operations are that others may need.
struct Index {
    operations: BTreeMap<OpId, usize>,
    chains: BTreeMap<(DeviceId, u64), usize>,
}

impl Index {
    fn of(operations: &[PrintedOp]) -> Self {
        let places = || operations.iter().enumerate();
        Self {
            operations: places().map(|(at, printed)| (printed.op, at)).collect(),
            chains: places().map(|(at, printed)| ((printed.device, printed.seq), at)).collect(),
        }
    }

    /// What comes before an operation: what is before it in its chain, what that rests on, and what it names. An id covers all
    /// that it names, so that none leads back to where it began.
    fn needs(&self, printed: &PrintedOp) -> Vec<usize> {
        let before = self.chains.get(&(printed.device, printed.seq.wrapping_sub(1))).copied();
        let named = std::iter::once(printed.credential).filter(|credential| *credential != printed.op).chain(named(&printed.content));
        before.into_iter().chain(named.filter_map(|op| self.operations.get(&op).copied())).collect()
    }
}

/// The operations that an operation names.
fn named(content: &Result<Content, String>) -> Vec<OpId> {
    match content {
        Ok(Content::Edit(edit)) => {
            let vote = if let Some(Value::Operation(vote)) = edit.value(Key::Bill) { Some(*vote) } else { None };
            edit.at.iter().copied().chain(vote).collect()
        }
        Ok(Content::Act(Act::Law(act))) => match act {
            LawAct::Attest { dues: op } | LawAct::Accept { offer: op } | LawAct::Withdraw { bill: op } => vec![*op],
            LawAct::Pledge { to: op, .. } | LawAct::WithdrawPledge { to: op } => vec![*op],
            LawAct::Decide(decision) => vec![decision.challenge],
            LawAct::Open(proposal) => in_proposal(proposal),
            _ => vec![],
        },
        _ => vec![],
    }
}

fn in_proposal(proposal: &Proposal) -> Vec<OpId> {
    let effects = proposal.effects.iter().filter_map(|effect| match effect {
        Effect::Repeal { bill: op } | Effect::Deliver { what: op } => Some(*op),
        _ => None,
    });
    proposal.at.iter().copied().chain(proposal.requires).chain(proposal.confirms).chain(effects).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn printed(device: u8, seq: u64, content: Content) -> PrintedOp {
        let op = id(device, seq);
        PrintedOp { op, device: DeviceId([device; 32]), seq, credential: OpId::ZERO, claimed_at: 0, document: None, content: Ok(content) }
    }

    fn id(device: u8, seq: u64) -> OpId {
        let mut id = [device; 32];
        id[0] = u8::try_from(seq).unwrap();
        OpId(id)
    }

    fn act(device: u8, seq: u64, act: LawAct) -> PrintedOp {
        printed(device, seq, Content::Act(Act::Law(act)))
    }

    fn accept(device: u8, seq: u64, offer: OpId) -> PrintedOp {
        act(device, seq, LawAct::Accept { offer })
    }

    fn places(operations: &[PrintedOp]) -> Vec<(u8, u64)> {
        operations.iter().map(|printed| (printed.device.0[0], printed.seq)).collect()
    }

    #[test]
    fn what_is_named_comes_before_what_names_it() {
        // The member accepts what a registrar confirmed of what a treasurer recorded: here in the order of their devices.
        let recorded = act(3, 7, LawAct::Withdraw { bill: id(9, 1) });
        let waiting = vec![accept(1, 4, id(3, 7)), act(2, 5, LawAct::Attest { dues: id(3, 7) }), recorded, accept(4, 1, id(8, 8))];
        assert_eq!(places(&in_order(waiting, |_| false)), [(3, 7), (1, 4), (2, 5), (4, 1)]);
    }

    #[test]
    fn what_comes_first_brings_along_what_it_needs_and_no_more() {
        let waiting = vec![accept(5, 1, OpId::ZERO), accept(1, 1, id(2, 1)), accept(1, 2, OpId::ZERO), accept(2, 1, OpId::ZERO), accept(1, 3, OpId::ZERO)];
        let first = |printed: &PrintedOp| printed.op == id(1, 2);
        assert_eq!(places(&in_order(waiting, first)), [(2, 1), (1, 1), (1, 2), (5, 1), (1, 3)]);
    }

    #[test]
    fn support_comes_before_the_opening_that_does_not_name_it_unless_it_follows_it() {
        let document = DocumentId([1; 32]);
        let support = |device, seq| act(device, seq, LawAct::Cosponsor { proposal: [1; 32], document });
        let waiting = vec![accept(1, 1, OpId::ZERO), support(2, 1), accept(3, 1, id(1, 1)), support(3, 2)];
        assert_eq!(places(&in_order(waiting, |_| false)), [(2, 1), (1, 1), (3, 1), (3, 2)]);
    }

    proptest! {
        #[test]
        fn any_order_of_arrival_is_put_right(names in prop::collection::vec((0u8..4, 0usize..40), 0..40), turned in any::<prop::sample::Index>()) {
            let (mut next, mut made) = ([0u64; 4], Vec::<PrintedOp>::new());
            for (device, other) in names {
                next[usize::from(device)] += 1;
                let named = made.get(other).map_or(OpId::ZERO, |printed| printed.op);
                made.push(accept(device, next[usize::from(device)], named));
            }
            prop_assert!(is_in_order(&made));
            prop_assert_eq!(places(&in_order(made.clone(), |_| false)), places(&made), "what is in order stays as it is");
            let count = made.len();
            let mut arrived = made;
            arrived.rotate_left(if count == 0 { 0 } else { turned.index(count) });
            arrived.reverse();
            let ordered = in_order(arrived, |printed| printed.seq == 3);
            prop_assert!(is_in_order(&ordered));
            prop_assert_eq!(ordered.len(), count);
        }
    }
}
