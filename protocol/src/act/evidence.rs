//! Evidence: two things that one device signed, and that exclude each other.

use crate::{
    agreement::Contradiction,
    id::*,
    op::{Header, SignedHeader},
};
use minicbor::{Decode, Encode};

/// Two statements of one device that exclude each other. Nobody else can make them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Evidence {
    /// Two operations of the hall with one number.
    #[n(0)]
    Fork {
        /// One.
        #[n(0)]
        first: SignedHeader,
        /// The other.
        #[n(1)]
        second: SignedHeader,
    },
    /// Two different votes or proposals of a teller, of one kind, in one round.
    #[n(1)]
    Votes(#[n(0)] Contradiction),
}

impl Evidence {
    /// The device that it is against; none where it proves nothing in this co-op. Checks signatures.
    pub fn against(&self, coop: CoopId) -> Option<DeviceId> {
        match self {
            Self::Fork { first, second } => {
                let is_here = |header: &Header| header.coop == coop && header.space == SpaceId::HALL;
                first.fork(second).filter(is_here).map(|header| header.device)
            }
            Self::Votes(votes) => {
                let bare = votes.first.body.is_none() && votes.second.body.is_none();
                (bare && votes.holds(coop)).then_some(votes.first.teller)
            }
        }
    }

    /// What the device did, in words.
    pub fn what(&self) -> &'static str {
        match self {
            Self::Fork { .. } => "signed two different operations with one number",
            Self::Votes(_) => "voted for two different things in one round of the tellers",
        }
    }
}
