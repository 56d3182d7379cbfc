//! How tellers agree on the next issue, and the certificate that everybody can check.

use crate::limits;
use crate::{
    cbor,
    id::*,
    identity::{self, IdentityError, Purpose, SignatureBytes},
};
use ed25519_dalek::SigningKey;
use minicbor::{Decode, Encode};

/// The tellers' signatures under an issue.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Certificate {
    /// The round in which it was agreed on.
    #[n(0)]
    pub round: u32,
    /// Their signatures, in the order of their devices.
    #[cbor(n(1), decode_with = "crate::wire::list::<{ limits::TELLERS }, _, _>")]
    pub signatures: Vec<(DeviceId, SignatureBytes)>,
}

/// Why an issue is not certified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Too few.
    #[error("the issue has {valid} signatures of tellers; {needed} are needed")]
    TooFew {
        /// How many.
        valid: usize,
        /// How many it takes.
        needed: usize,
    },
    /// Out of order, or by somebody who is no teller.
    #[error("a signature under the issue is by no teller, or they are out of order")]
    Stranger,
    /// A signature that does not fit.
    #[error(transparent)]
    Signature(#[from] IdentityError),
}

/// How many of n tellers certify: floor(2n/3)+1.
pub fn quorum(tellers: usize) -> usize {
    2 * tellers / 3 + 1
}

fn signed_bytes(coop: CoopId, height: u64, prev: IssueId, round: u32, issue: IssueId) -> Vec<u8> {
    cbor::encode(&(coop, height, prev, round, issue))
}

/// Signs as the only teller.
pub fn sign_alone(key: &SigningKey, coop: CoopId, height: u64, prev: IssueId, issue: IssueId) -> Certificate {
    let signature = identity::sign(key, Purpose::Precommit, &signed_bytes(coop, height, prev, 0, issue));
    Certificate { round: 0, signatures: vec![(identity::device_of(key), signature)] }
}

impl Certificate {
    /// Checks that enough of the tellers signed.
    pub fn check(&self, coop: CoopId, height: u64, prev: IssueId, issue: IssueId, tellers: &[DeviceId]) -> Result<(), CertificateError> {
        let needed = quorum(tellers.len());
        if self.signatures.len() < needed || tellers.is_empty() {
            return Err(CertificateError::TooFew { valid: self.signatures.len(), needed });
        }
        let ordered = self.signatures.windows(2).all(|pair| pair[0].0 < pair[1].0);
        if !ordered || self.signatures.iter().any(|(device, _)| !tellers.contains(device)) {
            return Err(CertificateError::Stranger);
        }
        let bytes = signed_bytes(coop, height, prev, self.round, issue);
        for (device, signature) in &self.signatures {
            identity::verify("a teller", &device.0, Purpose::Precommit, &bytes, signature)?;
        }
        Ok(())
    }
}
