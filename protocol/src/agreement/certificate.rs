use super::{Message, Place, Said, in_order, quorum};
use crate::{
    id::*,
    identity::{self, IdentityError, Purpose, SignatureBytes},
    limits,
    wire::list,
};
use ed25519_dalek::SigningKey;
use minicbor::{Decode, Encode};

/// What makes an issue printed: precommits for it by a quorum of the tellers, all of one round.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Certificate {
    /// The round in which they were signed.
    #[n(0)]
    pub round: u32,
    /// Tellers and their precommits, ascending by device.
    #[cbor(n(1), decode_with = "list::<{ limits::TELLERS }, _, _>")]
    pub signatures: Vec<(DeviceId, SignatureBytes)>,
}

/// Why a certificate certifies nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// A set of tellers that may not be.
    #[error("there are 1, 4, 5 or 7 different tellers, not {0}")]
    Tellers(usize),
    /// Signatures out of order, or two of one teller.
    #[error("the signatures of a certificate stand in the order of devices, one of each")]
    Order,
    /// A signature of somebody else.
    #[error("{0} is no teller of this height")]
    NoTeller(DeviceId),
    /// Too few signatures.
    #[error("{have} of {need} tellers signed")]
    TooFew {
        /// How many signed.
        have: usize,
        /// How many must.
        need: usize,
    },
    /// A signature that does not fit.
    #[error(transparent)]
    Signature(#[from] IdentityError),
}

impl Certificate {
    /// Checks that these tellers certified this issue at this height, after that one.
    pub fn check(&self, coop: CoopId, height: u64, prev: IssueId, issue: IssueId, tellers: &[DeviceId]) -> Result<(), CertificateError> {
        let tellers = in_order(tellers).ok_or(CertificateError::Tellers(tellers.len()))?;
        if !self.signatures.is_sorted_by(|(a, _), (b, _)| a < b) {
            return Err(CertificateError::Order);
        }
        if let Some((stranger, _)) = self.signatures.iter().find(|(device, _)| !tellers.contains(device)) {
            return Err(CertificateError::NoTeller(*stranger));
        }
        let (have, need) = (self.signatures.len(), quorum(tellers.len()));
        if have < need {
            return Err(CertificateError::TooFew { have, need });
        }
        let signed = Place { coop, height, prev }.signed_bytes(self.round, &Said::Precommit(Some(issue)));
        let verify = |(device, signature): &(DeviceId, SignatureBytes)| identity::verify("the precommit", &device.0, Purpose::Precommit, &signed, signature);
        Ok(self.signatures.iter().try_for_each(verify)?)
    }
}

/// The certificate of a single teller. Whoever calls it has committed before that this issue is the one of its
/// height: of two the second is proof against the teller.
pub fn sign_alone(coop: CoopId, height: u64, prev: IssueId, issue: IssueId, key: &SigningKey) -> Certificate {
    let precommit = Message::sign(Place { coop, height, prev }, 0, Said::Precommit(Some(issue)), None, key);
    Certificate { round: 0, signatures: vec![(precommit.teller, precommit.signature)] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cbor;

    const COOP: CoopId = CoopId([1; 32]);
    const PREV: IssueId = IssueId([2; 32]);
    const ISSUE: IssueId = IssueId([3; 32]);

    fn keys(n: u8) -> Vec<SigningKey> {
        let mut keys: Vec<_> = (1..=n).map(|i| SigningKey::from_bytes(&[i; 32])).collect();
        keys.sort_by_key(identity::device_of);
        keys
    }

    fn certified(keys: &[SigningKey], round: u32) -> Certificate {
        let place = Place { coop: COOP, height: 9, prev: PREV };
        let signed = keys.iter().map(|key| Message::sign(place, round, Said::Precommit(Some(ISSUE)), None, key));
        Certificate { round, signatures: signed.map(|message| (message.teller, message.signature)).collect() }
    }

    fn devices(keys: &[SigningKey]) -> Vec<DeviceId> {
        keys.iter().map(identity::device_of).collect()
    }

    #[test]
    fn a_quorum_certifies_and_one_less_does_not() {
        for (n, need) in [(1, 1), (4, 3), (5, 4), (7, 5)] {
            let keys = keys(n);
            for signers in 0..=n.into() {
                let said = certified(&keys[..signers], 2).check(COOP, 9, PREV, ISSUE, &devices(&keys));
                let expected = if signers >= need { Ok(()) } else { Err(CertificateError::TooFew { have: signers, need }) };
                assert_eq!(said, expected, "{signers} of {n}");
            }
        }
    }

    #[test]
    fn it_is_for_one_issue_at_one_place_and_round_only() {
        let keys = keys(4);
        let (tellers, good) = (devices(&keys), certified(&keys, 2));
        let other = |coop, height, prev, issue| good.check(coop, height, prev, issue, &tellers);
        assert_eq!(other(COOP, 9, PREV, ISSUE), Ok(()));
        let forged = Err(CertificateError::Signature(IdentityError::BadSignature("the precommit")));
        assert_eq!(other(CoopId([9; 32]), 9, PREV, ISSUE), forged);
        assert_eq!(other(COOP, 8, PREV, ISSUE), forged);
        assert_eq!(other(COOP, 9, IssueId([9; 32]), ISSUE), forged);
        assert_eq!(other(COOP, 9, PREV, IssueId([9; 32])), forged);
        assert_eq!(Certificate { round: 3, ..good.clone() }.check(COOP, 9, PREV, ISSUE, &tellers), forged);
    }

    #[test]
    fn prevotes_and_nil_do_not_make_a_certificate() {
        let (keys, place) = (keys(4), Place { coop: COOP, height: 9, prev: PREV });
        for said in [Said::Prevote(Some(ISSUE)), Said::Precommit(None), Said::Propose { issue: ISSUE, valid_round: None }] {
            let signed = keys.iter().map(|key| Message::sign(place, 2, said, None, key));
            let made = Certificate { round: 2, signatures: signed.map(|message| (message.teller, message.signature)).collect() };
            assert!(matches!(made.check(COOP, 9, PREV, ISSUE, &devices(&keys)), Err(CertificateError::Signature(_))));
        }
    }

    #[test]
    fn nobody_counts_twice_and_strangers_not_at_all() {
        let keys = keys(5);
        let mut twice = certified(&keys[..2], 0);
        twice.signatures.insert(1, twice.signatures[0]);
        assert_eq!(twice.check(COOP, 9, PREV, ISSUE, &devices(&keys[..4])), Err(CertificateError::Order));
        let stranger = devices(&keys)[4];
        assert_eq!(certified(&keys[2..], 0).check(COOP, 9, PREV, ISSUE, &devices(&keys[..4])), Err(CertificateError::NoTeller(stranger)));
        assert_eq!(certified(&keys[..3], 0).check(COOP, 9, PREV, ISSUE, &devices(&keys[..3])), Err(CertificateError::Tellers(3)));
        let doubled = [devices(&keys[..3]), devices(&keys[..1])].concat();
        assert_eq!(certified(&keys[..3], 0).check(COOP, 9, PREV, ISSUE, &doubled), Err(CertificateError::Tellers(4)));
    }

    #[test]
    fn one_teller_signs_alone() {
        let key = &keys(1)[0];
        let alone = sign_alone(COOP, 9, PREV, ISSUE, key);
        assert_eq!(alone, certified(std::slice::from_ref(key), 0));
        assert_eq!(alone.check(COOP, 9, PREV, ISSUE, &[identity::device_of(key)]), Ok(()));
    }

    #[test]
    fn a_list_over_the_number_of_tellers_is_refused_unread() {
        let certificate = certified(&keys(7), 0);
        assert_eq!(cbor::decode::<Certificate>(&cbor::encode(&certificate)).ok(), Some(certificate));
        let long = certified(&keys(8), 0);
        assert!(cbor::decode::<Certificate>(&cbor::encode(&long)).is_err());
    }
}
