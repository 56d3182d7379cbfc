//! Persons and devices: keys, the statement that names a person, and what ties a device to them.
//!
//! A person's key lives only in 24 recovery words; it grants and revokes. A device's key signs operations
//! and never leaves its machine.

use crate::{cbor, id::*, limits, text};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

/// A statement about an identity that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The bytes are no Ed25519 key, or one of small order that anybody could sign for.
    #[error("{0} is not a usable Ed25519 key")]
    BadKey(&'static str),
    /// A signature is by another key or over other bytes.
    #[error("the signature of {0} does not fit")]
    BadSignature(&'static str),
    /// A name that may not be shown.
    #[error(transparent)]
    Name(#[from] text::TextError),
    /// Words that are not 24 words of the English BIP-39 list with a right checksum.
    #[error("these are not 24 recovery words: {0}")]
    Words(String),
}

/// An Ed25519 signature as 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SignatureBytes(pub [u8; 64]);

impl std::fmt::Debug for SignatureBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignatureBytes({})", data_encoding::HEXLOWER.encode(&self.0[..4]))
    }
}

impl serde::Serialize for SignatureBytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl<'de> serde::Deserialize<'de> for SignatureBytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        let text = String::deserialize(deserializer)?;
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).map_err(D::Error::custom)?;
        bytes.try_into().map(Self).map_err(|_| D::Error::custom("a signature is 128 hexadecimal digits"))
    }
}

impl<C> Encode<C> for SignatureBytes {
    fn encode<W: minicbor::encode::Write>(&self, e: &mut minicbor::Encoder<W>, _: &mut C) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for SignatureBytes {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        cbor::byte_array(d).map(Self)
    }
}

/// What a signature is for: its tag keeps a signature from meaning anything else.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    Operation,
    Grant,
    Joining,
    Pairing,
    PersonAuthority,
    Invitation,
    Propose,
    Prevote,
    Precommit,
}

impl Purpose {
    fn tag(self) -> &'static [u8] {
        match self {
            Self::Operation => b"folkmoot/sign/operation/1\0",
            Self::Grant => b"folkmoot/sign/grant/1\0",
            Self::Joining => b"folkmoot/sign/joining/1\0",
            Self::Pairing => b"folkmoot/sign/pairing/1\0",
            Self::PersonAuthority => b"folkmoot/sign/person/1\0",
            Self::Invitation => b"folkmoot/sign/invitation/1\0",
            Self::Propose => b"folkmoot/sign/propose/1\0",
            Self::Prevote => b"folkmoot/sign/prevote/1\0",
            Self::Precommit => b"folkmoot/sign/precommit/1\0",
        }
    }

    fn message(self, bytes: &[u8]) -> Vec<u8> {
        [self.tag(), bytes].concat()
    }
}

pub(crate) fn sign(key: &SigningKey, purpose: Purpose, bytes: &[u8]) -> SignatureBytes {
    SignatureBytes(key.sign(&purpose.message(bytes)).to_bytes())
}

/// A signer's key, unpacked and fit for strict verification: keys of small order and malleable signatures are
/// refused, so all nodes agree.
#[derive(Debug, Clone)]
pub(crate) struct SignerKey {
    bytes: [u8; 32],
    key: VerifyingKey,
}

impl SignerKey {
    pub(crate) fn unpack(what: &'static str, bytes: &[u8; 32]) -> Result<Self, IdentityError> {
        let key = VerifyingKey::from_bytes(bytes).ok().filter(|key| !key.is_weak()).ok_or(IdentityError::BadKey(what))?;
        Ok(Self { bytes: *bytes, key })
    }

    pub(crate) fn is_of(&self, bytes: &[u8; 32]) -> bool {
        self.bytes == *bytes
    }

    pub(crate) fn verify(&self, what: &'static str, purpose: Purpose, bytes: &[u8], signature: &SignatureBytes) -> Result<(), IdentityError> {
        self.key.verify_strict(&purpose.message(bytes), &Signature::from_bytes(&signature.0)).map_err(|_| IdentityError::BadSignature(what))
    }
}

/// Verifies one signature strictly.
pub(crate) fn verify(what: &'static str, key: &[u8; 32], purpose: Purpose, bytes: &[u8], signature: &SignatureBytes) -> Result<(), IdentityError> {
    SignerKey::unpack(what, key)?.verify(what, purpose, bytes, signature)
}

/// The id of the device that signs with a key.
pub fn device_of(key: &SigningKey) -> DeviceId {
    DeviceId(key.verifying_key().to_bytes())
}

/// A person's key, held only while it is made or its words are typed in; wiped when dropped.
pub struct PersonKey {
    entropy: Zeroizing<[u8; 32]>,
}

impl PersonKey {
    /// A new person's key from 32 random bytes.
    pub fn from_entropy(entropy: [u8; 32]) -> Self {
        Self { entropy: Zeroizing::new(entropy) }
    }

    /// The key behind 24 recovery words (BIP-39, English).
    pub fn from_words(words: &str) -> Result<Self, IdentityError> {
        let normal = words.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ");
        let mnemonic = bip39::Mnemonic::parse_in_normalized(bip39::Language::English, &normal).map_err(|e| IdentityError::Words(e.to_string()))?;
        let entropy = Zeroizing::new(mnemonic.to_entropy());
        let entropy = <[u8; 32]>::try_from(entropy.as_slice()).map_err(|_| IdentityError::Words("24 words are needed".into()))?;
        Ok(Self::from_entropy(entropy))
    }

    /// The 24 recovery words, shown once.
    pub fn words(&self) -> Zeroizing<String> {
        let mnemonic = bip39::Mnemonic::from_entropy(self.entropy.as_slice()).expect("32 bytes are 24 words");
        Zeroizing::new(mnemonic.to_string())
    }

    fn signing_key(&self) -> SigningKey {
        SigningKey::from_bytes(&tagged_hash("folkmoot/person-key/1", &[self.entropy.as_slice()]))
    }

    /// The person's first identity statement.
    pub fn statement(&self) -> Statement {
        Statement { key: self.signing_key().verifying_key().to_bytes(), nonce: tagged_hash("folkmoot/person-nonce/1", &[self.entropy.as_slice()]) }
    }

    /// Ties a device to the person and lets it tie further ones.
    pub fn grant(&self, device: DeviceId) -> Grant {
        let person = self.statement().person();
        Grant { device, signature: sign(&self.signing_key(), Purpose::Grant, &Grant::signed_bytes(person, device)) }
    }

    /// Signs an act's content in place of a device that the person lost.
    pub fn authorise(&self, content: &[u8]) -> SignatureBytes {
        sign(&self.signing_key(), Purpose::PersonAuthority, content)
    }
}

/// A person's first identity statement: its hash is their id.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Statement {
    /// The person's Ed25519 key.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub key: [u8; 32],
    /// Makes the id differ from any other of the same key.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub nonce: [u8; 32],
}

impl Statement {
    /// The person's id.
    pub fn person(&self) -> PersonId {
        PersonId(tagged_hash("folkmoot/person/1", &[&cbor::encode(self)]))
    }

    /// Checks that the person's own key signed this content.
    pub fn check_authority(&self, content: &[u8], signature: &SignatureBytes) -> Result<(), IdentityError> {
        verify("the person's authority", &self.key, Purpose::PersonAuthority, content, signature)
    }
}

/// The person's key ties a device to the person; such a device may tie and revoke others.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Grant {
    /// The device.
    #[n(0)]
    pub device: DeviceId,
    /// By the person's key, over the person's id and the device's.
    #[n(1)]
    pub signature: SignatureBytes,
}

impl Grant {
    fn signed_bytes(person: PersonId, device: DeviceId) -> Vec<u8> {
        [person.0, device.0].concat()
    }
}

/// What a person hands over to be admitted: who they are, their device, the name they go by.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Joining {
    /// The person.
    #[n(0)]
    pub statement: Statement,
    /// Their first device.
    #[n(1)]
    pub grant: Grant,
    /// The name they go by until their profile says otherwise.
    #[n(2)]
    pub name: String,
    /// By the device, over the co-op's id (zeros for the founding), the statement and the name: its consent.
    #[n(3)]
    pub acceptance: SignatureBytes,
}

impl Joining {
    /// Consents to joining a co-op.
    pub fn sign(coop: CoopId, statement: Statement, grant: Grant, name: String, device_key: &SigningKey) -> Self {
        let acceptance = sign(device_key, Purpose::Joining, &Self::signed_bytes(coop, &statement, &name));
        Self { statement, grant, name, acceptance }
    }

    /// Checks the grant, the consent and the name.
    pub fn check(&self, coop: CoopId) -> Result<(), IdentityError> {
        text::check_line("the name", &self.name, limits::NAME_CHARS)?;
        let grant_bytes = Grant::signed_bytes(self.statement.person(), self.grant.device);
        verify("the device grant", &self.statement.key, Purpose::Grant, &grant_bytes, &self.grant.signature)?;
        let bytes = Self::signed_bytes(coop, &self.statement, &self.name);
        verify("the consent to join", &self.grant.device.0, Purpose::Joining, &bytes, &self.acceptance)
    }

    fn signed_bytes(coop: CoopId, statement: &Statement, name: &str) -> Vec<u8> {
        cbor::encode(&(coop, statement, name))
    }
}

/// A further device offers itself to a person: it proves that it holds its key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Pairing {
    /// The new device.
    #[n(0)]
    pub device: DeviceId,
    /// What its owner calls it.
    #[n(1)]
    pub name: String,
    /// By the new device, over its name.
    #[n(2)]
    pub signature: SignatureBytes,
}

impl Pairing {
    /// Offers a device.
    pub fn sign(name: String, device_key: &SigningKey) -> Self {
        let signature = sign(device_key, Purpose::Pairing, name.as_bytes());
        Self { device: device_of(device_key), name, signature }
    }

    /// Checks the name and the proof.
    pub fn check(&self) -> Result<(), IdentityError> {
        text::check_line("the device's name", &self.name, limits::NAME_CHARS)?;
        verify("the device offer", &self.device.0, Purpose::Pairing, self.name.as_bytes(), &self.signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joining(coop: CoopId) -> Joining {
        let (person, device) = (PersonKey::from_entropy([7; 32]), SigningKey::from_bytes(&[8; 32]));
        Joining::sign(coop, person.statement(), person.grant(device_of(&device)), "Alice".into(), &device)
    }

    #[test]
    fn words_bring_the_same_person_back() {
        let key = PersonKey::from_entropy([3; 32]);
        let again = PersonKey::from_words(&key.words().to_uppercase()).unwrap();
        assert_eq!(key.statement(), again.statement());
        assert_eq!(key.words().split(' ').count(), 24);
        assert!(PersonKey::from_words("abandon abandon").is_err());
    }

    #[test]
    fn consent_is_for_one_co_op_only() {
        let coop = CoopId([1; 32]);
        assert_eq!(joining(coop).check(coop), Ok(()));
        assert_eq!(joining(coop).check(CoopId([2; 32])), Err(IdentityError::BadSignature("the consent to join")));
    }

    #[test]
    fn a_grant_cannot_be_moved_to_another_device() {
        let coop = CoopId([1; 32]);
        let mut forged = joining(coop);
        forged.grant.device = device_of(&SigningKey::from_bytes(&[9; 32]));
        assert_eq!(forged.check(coop), Err(IdentityError::BadSignature("the device grant")));
    }

    /// For the key of small order this is a signature over anything, unless such keys are refused.
    #[test]
    fn a_key_of_small_order_is_refused() {
        let (coop, device) = (CoopId([1; 32]), SigningKey::from_bytes(&[8; 32]));
        let mut key = [0; 32];
        key[0] = 1;
        let mut signature = [0; 64];
        signature[0] = 1;
        let grant = Grant { device: device_of(&device), signature: SignatureBytes(signature) };
        let weak = Joining::sign(coop, Statement { key, nonce: [2; 32] }, grant, "Nobody".into(), &device);
        assert_eq!(weak.check(coop), Err(IdentityError::BadKey("the device grant")));
    }
}
