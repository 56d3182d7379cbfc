use crate::{
    cbor,
    id::*,
    identity::{self, IdentityError, Purpose, SignatureBytes, SignerKey},
    limits,
    op::{Content, Header, Kind, Payload, PayloadError, header::VERSION},
};
use ed25519_dalek::SigningKey;
use minicbor::{Decode, Encode};

/// What a signature is on, in errors.
const SIGNED: &str = "the operation";

/// An operation as it travels: nothing about it is known to be true.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SignedOp {
    /// The header's canonical bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub header: Vec<u8>,
    /// The device's signature over them.
    #[n(1)]
    pub signature: SignatureBytes,
    /// The payload; absent only where its document was erased.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub payload: Option<Vec<u8>>,
}

/// A header and its signature, as evidence (of a fork, say).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SignedHeader {
    /// The header's canonical bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub header: Vec<u8>,
    /// The device's signature over them.
    #[n(1)]
    pub signature: SignatureBytes,
}

/// Why an operation is refused for ever and never relayed.
#[derive(Debug, thiserror::Error)]
pub enum InvalidOp {
    /// Header over its limit.
    #[error("the header has {0} bytes; at most {max} are allowed", max = limits::HEADER_BYTES)]
    HeaderTooLarge(usize),
    /// Header that is no canonical CBOR of the expected shape.
    #[error("the header is {0}")]
    Header(#[from] cbor::CborError),
    /// A version that this program cannot judge.
    #[error("the header is of version {0}, which this version of Folkmoot does not know; a newer one may")]
    Version(u8),
    /// Fields that contradict each other.
    #[error("the header contradicts itself: {0}")]
    Contradiction(&'static str),
    /// Key or signature.
    #[error(transparent)]
    Signature(#[from] IdentityError),
    /// Payload over its limit.
    #[error("the payload has {length} bytes; at most {most} are allowed")]
    PayloadTooLarge {
        /// What the header states.
        length: u32,
        /// The limit for its kind.
        most: usize,
    },
    /// Payload that is not the one the header names.
    #[error("the payload is not the one that the header names")]
    PayloadMismatch,
}

/// An operation whose form and signature were checked: the only kind that can be admitted.
/// Its one constructor is [`Verifier::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedOp {
    id: OpId,
    header: Header,
    signature: SignatureBytes,
    payload: Option<Payload>,
}

/// An operation read back from this node's own file. Made from a [`VerifiedOp`] when it was written;
/// [`StoredOp::to_signed`] and [`SignedOp::verify`] check it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOp {
    /// Its id as it was stored.
    pub id: OpId,
    /// Its header, put together again from the store's columns.
    pub header: Header,
    /// The signature.
    pub signature: SignatureBytes,
    /// The payload, absent where its document was erased.
    pub payload: Option<Payload>,
}

impl SignedOp {
    /// Signs an operation on this device. The header's payload reference is set from the payload.
    pub fn sign(mut header: Header, payload: Payload, key: &SigningKey) -> Self {
        header.version = VERSION;
        header.device = identity::device_of(key);
        header.payload = payload.reference();
        let bytes = header.to_bytes();
        let signature = identity::sign(key, Purpose::Operation, &bytes);
        Self { header: bytes, signature, payload: Some(payload.as_bytes().to_vec()) }
    }

    /// Checks form, limits, signature and payload: true or false for ever, whatever else is known.
    pub fn verify(self) -> Result<VerifiedOp, InvalidOp> {
        Verifier::default().verify(self)
    }

    /// Bytes it takes up, about.
    pub fn size(&self) -> usize {
        self.header.len() + 64 + self.payload.as_ref().map_or(0, Vec::len) + 16
    }
}

impl SignedHeader {
    /// What these two prove: that their device signed two operations with one number in one space; none where they do not.
    /// Answers the header of this one.
    pub fn fork(&self, other: &Self) -> Option<Header> {
        let ((id, header), (other_id, other)) = (self.verify().ok()?, other.verify().ok()?);
        let place = |header: &Header| (header.coop, header.space, header.device, header.seq);
        (id != other_id && place(&header) == place(&other)).then_some(header)
    }

    /// Checks form and signature.
    pub fn verify(&self) -> Result<(OpId, Header), InvalidOp> {
        Verifier::default().check(&self.header, &self.signature)
    }
}

/// Verifies operations one after another. Where they come chain by chain, one signer's key is unpacked once.
#[derive(Debug, Clone, Default)]
pub struct Verifier {
    signer: Option<SignerKey>,
}

impl Verifier {
    /// Checks form, limits, signature and payload: true or false for ever, whatever else is known.
    pub fn verify(&mut self, op: SignedOp) -> Result<VerifiedOp, InvalidOp> {
        let (id, header) = self.check(&op.header, &op.signature)?;
        let payload = op.payload.map(Payload::from_bytes);
        if payload.as_ref().is_some_and(|payload| payload.reference() != header.payload) {
            return Err(InvalidOp::PayloadMismatch);
        }
        Ok(VerifiedOp { id, header, signature: op.signature, payload })
    }

    fn check(&mut self, bytes: &[u8], signature: &SignatureBytes) -> Result<(OpId, Header), InvalidOp> {
        if bytes.len() > limits::HEADER_BYTES {
            return Err(InvalidOp::HeaderTooLarge(bytes.len()));
        }
        // The version stands first, so that a newer one is named even where the rest differs.
        if let Some(version) = version_of(bytes).filter(|&version| version != VERSION) {
            return Err(InvalidOp::Version(version));
        }
        let header: Header = cbor::decode(bytes)?;
        check_fields(&header)?;
        let signer = match self.signer.take().filter(|signer| signer.is_of(&header.device.0)) {
            Some(signer) => signer,
            None => SignerKey::unpack("the device in the header", &header.device.0)?,
        };
        let verified = signer.verify(SIGNED, Purpose::Operation, bytes, signature);
        self.signer = Some(signer);
        verified?;
        Ok((Header::id_of(bytes), header))
    }
}

fn version_of(bytes: &[u8]) -> Option<u8> {
    let mut decoder = minicbor::Decoder::new(bytes);
    decoder.array().ok()?;
    decoder.u8().ok()
}

fn check_fields(header: &Header) -> Result<(), InvalidOp> {
    let contradiction = |what| Err(InvalidOp::Contradiction(what));
    let first = header.seq == 1;
    if !(1..limits::MOST_SEQ).contains(&header.seq) {
        return contradiction("operations are numbered from 1 to 2^53");
    }
    if first != (header.prev == OpId::ZERO) {
        return contradiction("only a chain's first operation has no predecessor");
    }
    if header.is_founding() {
        if !(first && header.space == SpaceId::HALL && header.issue == OpId::ZERO && header.credential.is_none() && header.kind == Kind::Act) {
            return contradiction("a founding operation rests on nothing");
        }
    } else {
        if header.issue == OpId::ZERO {
            return contradiction("an issue is missing");
        }
        // The founder's second operation in the hall has the founding one as its predecessor.
        if first != header.credential.is_some() {
            return contradiction("a chain's first operation, and only it, names its credential");
        }
    }
    if header.document.is_some() && header.kind != Kind::Edit {
        return contradiction("only an edit names a document");
    }
    let most = match header.kind {
        Kind::Act => limits::ACT_PAYLOAD_BYTES,
        Kind::Edit | Kind::Unknown(_) => limits::EDIT_PAYLOAD_BYTES,
    };
    let length = header.payload.length;
    if length as usize > most { Err(InvalidOp::PayloadTooLarge { length, most }) } else { Ok(()) }
}

impl VerifiedOp {
    /// Its id.
    pub fn id(&self) -> OpId {
        self.id
    }

    /// Its header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The device's signature.
    pub fn signature(&self) -> &SignatureBytes {
        &self.signature
    }

    /// Its payload; absent where it came without, because its document was erased.
    pub fn payload(&self) -> Option<&Payload> {
        self.payload.as_ref()
    }

    /// The document that an edit founds or changes; none for an act.
    pub fn document(&self) -> Option<DocumentId> {
        document_of(self.id, &self.header)
    }

    /// Bytes it takes up, about.
    pub fn size(&self) -> usize {
        512 + self.payload.as_ref().map_or(0, |payload| payload.as_bytes().len())
    }

    /// What travels.
    pub fn to_signed(&self) -> SignedOp {
        signed(&self.header, self.signature, self.payload.as_ref())
    }
}

impl From<VerifiedOp> for StoredOp {
    fn from(op: VerifiedOp) -> Self {
        Self { id: op.id, header: op.header, signature: op.signature, payload: op.payload }
    }
}

impl StoredOp {
    /// What travels.
    pub fn to_signed(&self) -> SignedOp {
        signed(&self.header, self.signature, self.payload.as_ref())
    }

    /// Header and signature alone.
    pub fn to_signed_header(&self) -> SignedHeader {
        SignedHeader { header: self.header.to_bytes(), signature: self.signature }
    }

    /// The document that an edit founds or changes; none for an act.
    pub fn document(&self) -> Option<DocumentId> {
        document_of(self.id, &self.header)
    }

    /// What it says, or why that cannot be read; none where the payload is not here.
    pub fn content(&self) -> Option<Result<Content, PayloadError>> {
        self.payload.as_ref().map(|payload| payload.content(&self.header))
    }
}

fn signed(header: &Header, signature: SignatureBytes, payload: Option<&Payload>) -> SignedOp {
    SignedOp { header: header.to_bytes(), signature, payload: payload.map(|payload| payload.as_bytes().to_vec()) }
}

fn document_of(id: OpId, header: &Header) -> Option<DocumentId> {
    (header.kind == Kind::Edit).then(|| header.document.unwrap_or_else(|| DocumentId::founded_by(id)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::PayloadRef;

    fn signed(key: &SigningKey, seq: u64) -> SignedOp {
        let (coop, issue, prev) = (CoopId([1; 32]), OpId([1; 32]), OpId([2; 32]));
        let (version, space, device, kind) = (VERSION, SpaceId([3; 32]), DeviceId::ZERO, Kind::Edit);
        let payload = PayloadRef::of(&[]);
        let header = Header { version, coop, space, device, seq, prev, issue, claimed_at: 0, kind, payload, credential: None, document: None };
        SignedOp::sign(header, Payload::from_bytes(vec![7; 40]), key)
    }

    #[test]
    fn a_verifier_judges_each_operation_by_its_own_signer() {
        let [alice, bob] = [1, 2].map(|n| SigningKey::from_bytes(&[n; 32]));
        let mut verifier = Verifier::default();
        for (key, seq) in [(&alice, 2), (&alice, 3), (&bob, 2), (&alice, 4), (&bob, 3)] {
            assert!(verifier.verify(signed(key, seq)).is_ok_and(|op| op.header().device == identity::device_of(key)));
        }
        let forged = SignedOp { signature: signed(&bob, 5).signature, ..signed(&alice, 5) };
        assert!(matches!(verifier.verify(forged), Err(InvalidOp::Signature(IdentityError::BadSignature(_)))));
        assert!(verifier.verify(signed(&alice, 5)).is_ok());
    }
}
