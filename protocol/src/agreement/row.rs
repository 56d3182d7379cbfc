//! What a teller has to keep of a height, as the bytes of one row.

use super::{
    AgreementError, Core, Place,
    core::Now,
    in_order,
    rules::Local,
    votes::{Vote, Votes},
};
use crate::{cbor, id::*};
use minicbor::{Decode, Encode, bytes::ByteVec};
use std::collections::BTreeSet;

#[derive(Encode, Decode)]
#[cbor(array)]
struct Row {
    #[n(0)]
    place: Place,
    #[n(1)]
    tellers: Vec<DeviceId>,
    #[n(2)]
    me: u8,
    #[n(3)]
    quick: bool,
    #[n(4)]
    local: Local,
    /// By round, teller and kind; what contradicts another follows it.
    #[n(5)]
    votes: Vec<Vote>,
    /// Ascending by issue: its body, and whether it is sound, if that is known.
    #[n(6)]
    bodies: Vec<(IssueId, ByteVec, Option<bool>)>,
    #[n(7)]
    ended: Option<IssueId>,
}

impl Core {
    /// All that has to be kept, in canonical form.
    pub fn to_row(&self) -> Vec<u8> {
        let body = |(issue, body): (&IssueId, &Vec<u8>)| (*issue, body.clone().into(), self.sound.get(issue).copied());
        cbor::encode(&Row {
            place: self.place,
            tellers: self.tellers.clone(),
            me: self.me,
            quick: self.quick,
            local: self.local,
            votes: self.votes.all().copied().collect(),
            bodies: self.bodies.iter().map(body).collect(),
            ended: self.ended,
        })
    }

    /// What was kept. [`Core::resume`] goes on from there.
    pub fn from_row(bytes: &[u8]) -> Result<Self, AgreementError> {
        let row: Row = cbor::decode(bytes)?;
        let fits = in_order(&row.tellers).is_some_and(|ordered| ordered == row.tellers) && usize::from(row.me) < row.tellers.len();
        let votes = votes(&row).filter(|_| fits).ok_or(AgreementError::Contradictory)?;
        let sound = row.bodies.iter().filter_map(|(issue, _, sound)| Some((*issue, (*sound)?))).collect();
        let bodies = row.bodies.into_iter().map(|(issue, body, _)| (issue, body.into())).collect();
        let Row { place, tellers, me, quick, local, ended, .. } = row;
        let core = Self { place, tellers, me, quick, local, votes, bodies, sound, ended, now: Now::default() };
        if core.to_row() == bytes { Ok(core) } else { Err(AgreementError::Contradictory) }
    }
}

/// The votes of a row, if all of them may be kept.
fn votes(row: &Row) -> Option<Votes> {
    let rounds: BTreeSet<u32> = row.votes.iter().map(|vote| vote.round).collect();
    let known = row.votes.iter().all(|vote| usize::from(vote.teller) < row.tellers.len());
    Votes::kept(&row.votes, row.local.round, &rounds).filter(|_| known)
}
