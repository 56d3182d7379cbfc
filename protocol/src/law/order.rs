//! The order in which what waits is printed: each operation behind what it names. Chains come in whatever order machines meet, and
//! what is printed before that which it names has no effect.

use super::{Effect, PrintedOp, Proposal};
use crate::{
    act::{Act, Admit, LawAct},
    document::{Key, Value},
    id::*,
    op::Content,
};
use std::collections::{BTreeMap, VecDeque};

/// Puts operations, of each chain a part without gaps, behind those of them that they name and behind those before them in their
/// chains; else they stay in the order given, but for those that are to come first, with what they need.
pub fn in_order(operations: Vec<PrintedOp>, first: impl Fn(&PrintedOp) -> bool) -> Vec<PrintedOp> {
    let (mut index, count) = (Index::of(&operations), operations.len());
    let (mut entered, mut devices) = (vec![false; count], Vec::with_capacity(count));
    let (early, late): (Vec<usize>, Vec<usize>) = (0..count).partition(|at| first(&operations[*at]));
    for from in early.into_iter().chain(late) {
        let mut visits = vec![Visit::Enter(from)];
        while let Some(visit) = visits.pop() {
            match visit {
                Visit::Enter(at) if entered[at] => {}
                Visit::Enter(at) => {
                    entered[at] = true;
                    visits.push(Visit::Leave(at));
                    visits.extend(index.needs(&operations[at]).into_iter().rev().map(Visit::Enter));
                }
                Visit::Leave(at) => devices.push(operations[at].device),
            }
        }
    }
    // Chains stay in order whatever strangers have their operations name.
    let mut chains: BTreeMap<DeviceId, VecDeque<PrintedOp>> = BTreeMap::new();
    let mut operations = operations;
    operations.sort_by_key(|printed| printed.seq);
    operations.into_iter().for_each(|printed| chains.entry(printed.device).or_default().push_back(printed));
    devices.into_iter().filter_map(|device| chains.get_mut(&device)?.pop_front()).collect()
}

enum Visit {
    /// An operation, with what it needs before it.
    Enter(usize),
    /// The same, once that is done.
    Leave(usize),
}

/// Where the operations are that others may name.
#[derive(Default)]
struct Index {
    operations: BTreeMap<OpId, usize>,
    chains: BTreeMap<(DeviceId, u64), usize>,
    people: BTreeMap<PersonId, usize>,
    communities: BTreeMap<SpaceId, usize>,
    /// Who stands behind a proposal.
    sponsors: BTreeMap<[u8; 32], Vec<usize>>,
}

impl Index {
    fn of(operations: &[PrintedOp]) -> Self {
        let mut index = Self::default();
        for (at, printed) in operations.iter().enumerate() {
            index.operations.insert(printed.op, at);
            index.chains.insert((printed.device, printed.seq), at);
            match &printed.content {
                Ok(Content::Act(Act::Admit(Admit { joining, .. }))) => drop(index.people.entry(joining.statement.person()).or_insert(at)),
                Ok(Content::Act(Act::OpenSpace(_))) => drop(index.communities.insert(SpaceId::opened_by(printed.op), at)),
                Ok(Content::Act(Act::Law(LawAct::Cosponsor { proposal, .. }))) => index.sponsors.entry(*proposal).or_default().push(at),
                _ => {}
            }
        }
        index
    }

    /// What comes before an operation: what its chain rests on, what is before it there, and what it names.
    fn needs(&mut self, printed: &PrintedOp) -> Vec<usize> {
        let before = self.chains.get(&(printed.device, printed.seq.wrapping_sub(1))).copied();
        let mut needs: Vec<usize> = self.operations.get(&printed.credential).copied().into_iter().chain(before).collect();
        match &printed.content {
            Ok(Content::Edit(edit)) => {
                let vote = if let Some(Value::Operation(vote)) = edit.value(Key::Bill) { Some(vote) } else { None };
                needs.extend(edit.at.iter().chain(vote).filter_map(|op| self.operations.get(op)));
            }
            Ok(Content::Act(Act::Law(act))) => {
                let named = Named::by(act);
                needs.extend(named.operations.iter().filter_map(|op| self.operations.get(op)));
                needs.extend(named.people.iter().filter_map(|person| self.people.get(person)));
                needs.extend(named.community.iter().filter_map(|space| self.communities.get(space)));
                // Once is enough: then they are all on their way.
                needs.extend(named.proposal.and_then(|digest| self.sponsors.remove(&digest)).unwrap_or_default());
            }
            _ => {}
        }
        needs
    }
}

/// What an act names.
#[derive(Default)]
struct Named {
    operations: Vec<OpId>,
    people: Vec<PersonId>,
    community: Option<SpaceId>,
    proposal: Option<[u8; 32]>,
}

impl Named {
    fn by(act: &LawAct) -> Self {
        let operation = |op: &OpId| Self { operations: vec![*op], ..Self::default() };
        let person = |person: PersonId| Self { people: vec![person], ..Self::default() };
        let community = |space: SpaceId| Self { community: Some(space), ..Self::default() };
        match act {
            LawAct::Dues(dues) => person(dues.member),
            LawAct::Challenge(challenge) => person(challenge.member),
            LawAct::Attest { dues: op } | LawAct::Accept { offer: op } | LawAct::Withdraw { bill: op } => operation(op),
            LawAct::Pledge { to: op, .. } | LawAct::WithdrawPledge { to: op } => operation(op),
            LawAct::Decide(decision) => operation(&decision.challenge),
            LawAct::Open(proposal) => Self::in_proposal(proposal),
            LawAct::Moderate(moderation) => community(moderation.space),
            LawAct::Report(report) => community(report.space),
            LawAct::TakePart { space, .. } | LawAct::Petition { space, .. } => community(*space),
            LawAct::Ban(ban) => Self { people: vec![ban.person], ..community(ban.space) },
            LawAct::Unban(unban) => Self { people: vec![unban.person], ..community(unban.space) },
            _ => Self::default(),
        }
    }

    fn in_proposal(proposal: &Proposal) -> Self {
        let (mut operations, mut people) = (proposal.at.clone(), Vec::new());
        operations.extend(proposal.requires.into_iter().chain(proposal.confirms));
        for effect in &proposal.effects {
            match effect {
                Effect::FillJob { person, .. } | Effect::Appoint { person, .. } | Effect::Dismiss { person, .. } => people.push(*person),
                Effect::Expel { person } => people.push(*person),
                Effect::Repeal { bill: op } | Effect::Deliver { what: op } => operations.push(*op),
                _ => {}
            }
        }
        Self { operations, people, proposal: Some(proposal.digest()), ..Self::default() }
    }
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

    proptest! {
        /// Whatever names what, in circles too: all is there, and chains are in order.
        #[test]
        fn chains_stay_in_order(names in prop::collection::vec((0u8..4, 0u8..4, 1u64..12), 0..40)) {
            let mut next = [1u64; 4];
            let mut waiting = Vec::new();
            for (device, other, seq) in names {
                waiting.push(accept(device, next[usize::from(device)], id(other, seq)));
                next[usize::from(device)] += 1;
            }
            let count = waiting.len();
            let ordered = in_order(waiting, |printed| printed.seq == 3);
            prop_assert_eq!(ordered.len(), count);
            let mut last = [0u64; 4];
            for printed in &ordered {
                prop_assert_eq!(printed.seq, last[usize::from(printed.device.0[0])] + 1);
                last[usize::from(printed.device.0[0])] = printed.seq;
            }
        }
    }
}
