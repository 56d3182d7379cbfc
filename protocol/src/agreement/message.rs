use crate::{
    id::*,
    identity::{self, IdentityError, Purpose, SignatureBytes},
    limits,
};
use ed25519_dalek::SigningKey;
use minicbor::{Decode, Encode};

/// What is agreed on: the issue of one height, after one that came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Place {
    /// The co-op.
    #[n(0)]
    pub coop: CoopId,
    /// The number of the issue.
    #[n(1)]
    pub height: u64,
    /// The issue before it.
    #[n(2)]
    pub prev: IssueId,
}

/// One thing that a teller says in a round. Of each kind it says one a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Said {
    /// The round's proposer: this issue.
    #[n(0)]
    Propose {
        /// The issue.
        #[n(0)]
        issue: IssueId,
        /// The earlier round in which it had a quorum of prevotes; none for a new one.
        #[n(1)]
        valid_round: Option<u32>,
    },
    /// This issue may be certified in this round, by what its teller knows; none: nothing may.
    #[n(1)]
    Prevote(#[n(0)] Option<IssueId>),
    /// This issue had a quorum of prevotes in this round, and its teller is locked on it; none: nothing had in time.
    #[n(2)]
    Precommit(#[n(0)] Option<IssueId>),
}

/// A signed statement of a teller, as it travels: nothing about it is known to be true.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Message {
    /// The number of the issue that is agreed on.
    #[n(0)]
    pub height: u64,
    /// The issue before it.
    #[n(1)]
    pub prev: IssueId,
    /// The round.
    #[n(2)]
    pub round: u32,
    /// Who says it.
    #[n(3)]
    pub teller: DeviceId,
    /// What.
    #[n(4)]
    pub said: Said,
    /// The teller's signature.
    #[n(5)]
    pub signature: SignatureBytes,
    /// The body of the issue, with a proposal; absent where the sender does not hold it.
    #[cbor(n(6), with = "minicbor::bytes")]
    pub body: Option<Vec<u8>>,
}

/// Why a message is refused for ever.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// A body that no issue has.
    #[error("the body of an issue has {0} bytes; 1 to {max} are allowed", max = limits::ISSUE_BYTES)]
    Size(usize),
    /// A body of another issue, or where none belongs.
    #[error("the body is not that of a proposed issue")]
    Body,
    /// A proposal that points at its own round or a later one.
    #[error("a proposal of round {round} names round {valid_round} as an earlier one")]
    ValidRound {
        /// The proposal's round.
        round: u32,
        /// The round that it names.
        valid_round: u32,
    },
    /// A signature that does not fit.
    #[error(transparent)]
    Signature(#[from] IdentityError),
}

impl Said {
    /// 0 for a proposal, 1 for a prevote, 2 for a precommit.
    pub(super) fn kind(&self) -> u8 {
        match self {
            Self::Propose { .. } => 0,
            Self::Prevote(_) => 1,
            Self::Precommit(_) => 2,
        }
    }

    /// The issue that it names.
    pub fn issue(&self) -> Option<IssueId> {
        match self {
            Self::Propose { issue, .. } => Some(*issue),
            Self::Prevote(issue) | Self::Precommit(issue) => *issue,
        }
    }

    fn purpose(&self) -> Purpose {
        match self {
            Self::Propose { .. } => Purpose::Propose,
            Self::Prevote(_) => Purpose::Prevote,
            Self::Precommit(_) => Purpose::Precommit,
        }
    }
}

impl Place {
    /// What a teller signs, behind the tag of its purpose.
    pub(super) fn signed_bytes(&self, round: u32, said: &Said) -> Vec<u8> {
        let Self { coop, height, prev } = self;
        match said {
            Said::Propose { issue, valid_round } => crate::cbor::encode(&(coop, height, prev, round, issue, valid_round)),
            Said::Prevote(issue) | Said::Precommit(issue) => crate::cbor::encode(&(coop, height, prev, round, issue)),
        }
    }
}

impl Message {
    /// Says something at a place, in a round.
    pub fn sign(place: Place, round: u32, said: Said, body: Option<Vec<u8>>, key: &SigningKey) -> Self {
        let signature = identity::sign(key, said.purpose(), &place.signed_bytes(round, &said));
        Self { height: place.height, prev: place.prev, round, teller: identity::device_of(key), said, signature, body }
    }

    /// Checks what needs nothing but the co-op: true or false for ever.
    pub fn check(&self, coop: CoopId) -> Result<(), MessageError> {
        self.check_body()?;
        if let Said::Propose { valid_round: Some(valid_round), .. } = self.said
            && valid_round >= self.round
        {
            return Err(MessageError::ValidRound { round: self.round, valid_round });
        }
        let signed = Place { coop, height: self.height, prev: self.prev }.signed_bytes(self.round, &self.said);
        Ok(identity::verify("the teller's message", &self.teller.0, self.said.purpose(), &signed, &self.signature)?)
    }

    fn check_body(&self) -> Result<(), MessageError> {
        match (&self.body, self.said) {
            (None, _) => Ok(()),
            (Some(body), _) if body.is_empty() || body.len() > limits::ISSUE_BYTES => Err(MessageError::Size(body.len())),
            (Some(body), Said::Propose { issue, .. }) if IssueId::of(body) == issue => Ok(()),
            (Some(_), _) => Err(MessageError::Body),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cbor;

    const PLACE: Place = Place { coop: CoopId([1; 32]), height: 3, prev: IssueId([2; 32]) };

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    fn proposal(body: &[u8]) -> Message {
        Message::sign(PLACE, 2, Said::Propose { issue: IssueId::of(body), valid_round: Some(1) }, Some(body.to_vec()), &key())
    }

    fn all() -> Vec<Message> {
        let said = [Said::Prevote(None), Said::Prevote(Some(IssueId([5; 32]))), Said::Precommit(None), Said::Precommit(Some(IssueId([5; 32])))];
        let mut all: Vec<_> = said.map(|said| Message::sign(PLACE, 2, said, None, &key())).into();
        all.extend([proposal(b"body"), Message { body: None, ..proposal(b"body") }]);
        all
    }

    #[test]
    fn messages_come_back_and_hold() {
        for message in all() {
            assert_eq!(message.check(PLACE.coop), Ok(()));
            assert_eq!(cbor::decode::<Message>(&cbor::encode(&message)).ok(), Some(message));
        }
    }

    #[test]
    fn no_signature_fits_another_statement() {
        let all = all();
        for one in &all {
            for other in all.iter().filter(|other| other.said != one.said) {
                let forged = Message { signature: other.signature, ..one.clone() };
                assert_eq!(forged.check(PLACE.coop), Err(IdentityError::BadSignature("the teller's message").into()));
            }
            let moved = [
                Message { height: 4, ..one.clone() },
                Message { prev: IssueId([9; 32]), ..one.clone() },
                Message { round: 3, ..one.clone() },
                Message { teller: identity::device_of(&SigningKey::from_bytes(&[8; 32])), ..one.clone() },
            ];
            moved.iter().for_each(|moved| assert!(moved.check(PLACE.coop).is_err()));
            assert!(one.check(CoopId([9; 32])).is_err());
        }
    }

    #[test]
    fn a_body_belongs_to_its_proposal() {
        let good = proposal(b"body");
        assert_eq!(Message { body: Some(b"other".to_vec()), ..good.clone() }.check(PLACE.coop), Err(MessageError::Body));
        assert_eq!(Message { body: Some(vec![]), ..good }.check(PLACE.coop), Err(MessageError::Size(0)));
        let vote = Message::sign(PLACE, 2, Said::Prevote(Some(IssueId::of(b"body"))), Some(b"body".to_vec()), &key());
        assert_eq!(vote.check(PLACE.coop), Err(MessageError::Body));
    }

    #[test]
    fn a_body_over_the_limit_is_refused() {
        assert_eq!(proposal(&vec![1; limits::ISSUE_BYTES]).check(PLACE.coop), Ok(()));
        let large = proposal(&vec![1; limits::ISSUE_BYTES + 1]);
        assert_eq!(large.check(PLACE.coop), Err(MessageError::Size(limits::ISSUE_BYTES + 1)));
    }

    #[test]
    fn a_proposal_names_no_later_round() {
        let said = Said::Propose { issue: IssueId([5; 32]), valid_round: Some(2) };
        let message = Message::sign(PLACE, 2, said, None, &key());
        assert_eq!(message.check(PLACE.coop), Err(MessageError::ValidRound { round: 2, valid_round: 2 }));
    }
}
