//! Cuts: where the law takes the effect from what somebody writes in communities, and where it gives it back.
//!
//! In the hall the Gazette prints what came before what. A community it does not print. So the issue that bans or expels somebody, or
//! ends that, says up to where its tellers hold the chains of that person: what comes later came later, whatever date it bears.

use super::{IssueError, state::State};
use crate::{
    id::*,
    limits,
    register::{Ends, Silence, Silences},
};
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;

/// Somebody whom an issue silences or lets speak again: in one community, or everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn {
    /// Who.
    pub person: PersonId,
    /// The community; none: everywhere.
    pub space: Option<SpaceId>,
}

/// Where a person's chains are with an issue that silences them or lets them speak again.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Cut {
    /// Who.
    #[n(0)]
    pub person: PersonId,
    /// Their chains, ascending by space.
    #[cbor(n(1), decode_with = "crate::wire::list::<{ limits::CHAINS_PER_CUT }, _, _>")]
    pub spaces: Vec<SpaceCut>,
}

/// The same in one space.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SpaceCut {
    /// The space.
    #[n(0)]
    pub space: SpaceId,
    /// The chains there, ascending by device.
    #[cbor(n(1), decode_with = "crate::wire::list::<{ limits::DEVICES_PER_PERSON }, _, _>")]
    pub chains: Vec<ChainEnd>,
}

/// Up to which number a chain is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ChainEnd {
    /// Whose chain.
    #[n(0)]
    pub device: DeviceId,
    /// The number of its last operation.
    #[n(1)]
    pub seq: u64,
}

/// That a bill expelled somebody.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Expulsion {
    /// The bill.
    #[n(0)]
    pub by: OpId,
    /// The issue with which it came into force.
    #[n(1)]
    pub height: u64,
    /// Where their chains were then; of those that are not listed nothing counts.
    #[n(2)]
    pub cut: Vec<SpaceCut>,
}

impl Turn {
    fn concerns(&self, space: SpaceId) -> bool {
        self.space.is_none_or(|own| own == space)
    }
}

impl Cut {
    /// How many chains it lists.
    pub fn chains(&self) -> usize {
        self.spaces.iter().map(|space| space.chains.len()).sum()
    }

    /// Every chain that it lists, with its end.
    pub fn ends(&self) -> impl Iterator<Item = (SpaceId, ChainEnd)> {
        self.spaces.iter().flat_map(|space| space.chains.iter().map(|chain| (space.space, *chain)))
    }
}

/// Makes the cuts of turns, of the chains that are held; in any order, each once. What is more than an issue takes is left out.
pub fn cuts(turns: &BTreeSet<Turn>, mut held: impl FnMut(&Turn) -> Vec<(SpaceId, ChainEnd)>) -> Vec<Cut> {
    let (mut cuts, mut room) = (Vec::new(), limits::CUT_CHAINS_PER_ISSUE);
    let persons: BTreeSet<PersonId> = turns.iter().map(|turn| turn.person).collect();
    for person in persons {
        let mut chains: Vec<_> = turns.iter().filter(|turn| turn.person == person).flat_map(&mut held).collect();
        chains.sort_by_key(|(space, chain)| (*space, chain.device));
        chains.dedup_by_key(|(space, chain)| (*space, chain.device));
        chains.truncate(limits::CHAINS_PER_CUT.min(room));
        room -= chains.len();
        if !chains.is_empty() {
            cuts.push(Cut { person, spaces: by_space(&chains) });
        }
    }
    cuts
}

fn by_space(chains: &[(SpaceId, ChainEnd)]) -> Vec<SpaceCut> {
    let spaces = chains.chunk_by(|one, next| one.0 == next.0);
    spaces.map(|part| SpaceCut { space: part[0].0, chains: part.iter().map(|(_, chain)| *chain).collect() }).collect()
}

/// Checks what cuts show by themselves.
pub(super) fn check(cuts: &[Cut]) -> Result<(), IssueError> {
    let ascend = cuts.is_sorted_by(|one, next| one.person < next.person)
        && cuts.iter().all(|cut| {
            cut.spaces.is_sorted_by(|one, next| one.space < next.space)
                && cut.spaces.iter().all(|space| space.chains.is_sorted_by(|one, next| one.device < next.device))
        });
    let full = cuts.iter().all(|cut| !cut.spaces.is_empty() && cut.spaces.iter().all(|space| !space.chains.is_empty()));
    if !ascend || !full {
        return Err(IssueError::Content("its cuts are out of order, or say nothing"));
    }
    let counted = cuts.iter().flat_map(Cut::ends).all(|(_, chain)| (1..limits::MOST_SEQ).contains(&chain.seq));
    let few = cuts.iter().all(|cut| cut.chains() <= limits::CHAINS_PER_CUT) && cuts.iter().map(Cut::chains).sum::<usize>() <= limits::CUT_CHAINS_PER_ISSUE;
    if counted && few { Ok(()) } else { Err(IssueError::Content("its cuts name more chains than an issue takes, or none that can be")) }
}

impl State {
    /// Takes down where the chains of those were whom this issue turned.
    pub(super) fn take_cuts(&mut self, turned: &BTreeSet<Turn>, cuts: &[Cut], time: u64) -> Result<(), IssueError> {
        let meant = |cut: &Cut, space: SpaceId| turned.iter().any(|turn| turn.person == cut.person && turn.concerns(space));
        if cuts.iter().any(|cut| cut.spaces.iter().any(|space| !meant(cut, space.space))) {
            return Err(IssueError::Content("it cuts chains of somebody whom it neither silences nor lets speak"));
        }
        for turn in turned {
            let cut = cuts.iter().find(|cut| cut.person == turn.person).map_or(&[][..], |cut| cut.spaces.as_slice());
            match turn.space {
                Some(space) => self.cut_in(space, turn.person, cut, time),
                None => self.cut_everywhere(turn.person, cut),
            }
        }
        Ok(())
    }

    fn cut_in(&mut self, space: SpaceId, person: PersonId, cut: &[SpaceCut], time: u64) {
        let height = self.height() + 1;
        let chains = cut.iter().find(|cut| cut.space == space).map_or_else(Vec::new, |cut| cut.chains.clone());
        for ban in self.bans.change(&(space, person)).into_iter().flatten() {
            if ban.from == time {
                ban.cut = chains.clone();
            }
            if ban.ended == Some(height) {
                ban.resumed = chains.clone();
            }
        }
    }

    fn cut_everywhere(&mut self, person: PersonId, cut: &[SpaceCut]) {
        if let Some(expulsion) = self.expulsions.change(&person) {
            expulsion.cut = cut.to_vec();
        }
    }

    /// What the law as printed takes the effect from.
    pub fn silences(&self) -> Silences {
        let mut silences = Silences::default();
        for ((space, person), bans) in self.bans.iter() {
            let ends = |chains: &[ChainEnd]| -> Ends { chains.iter().map(|chain| ((*space, chain.device), chain.seq)).collect() };
            for ban in bans {
                let to = ban.ended.map(|_| ends(&ban.resumed));
                silences.add(*person, Silence { space: Some(*space), by: ban.ruling.act, from: ends(&ban.cut), to });
            }
        }
        for (person, expulsion) in self.expulsions.iter() {
            let ends = expulsion.cut.iter().flat_map(|space| space.chains.iter().map(|chain| ((space.space, chain.device), chain.seq)));
            silences.add(*person, Silence { space: None, by: expulsion.by, from: ends.collect(), to: None });
        }
        silences
    }
}
