//! The closed enum of typed acts: everything that is done rather than written.

pub mod law;

pub use law::LawAct;

use crate::{
    id::*,
    identity::{IdentityError, Joining, Pairing, SignatureBytes},
    limits, text,
};
use minicbor::{Decode, Encode};
use serde::Serialize;

/// One act. New variants come with new versions; a node that does not know one stores and relays it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Act {
    /// Founds a co-op: the first operation of the founder's chain in the hall.
    #[n(0)]
    Found(#[n(0)] Found),
    /// A member's device lets a person in.
    #[n(1)]
    Admit(#[n(0)] Admit),
    /// Ties a further device to the person who signs.
    #[n(2)]
    GrantDevice(#[n(0)] GrantDevice),
    /// Closes one of the person's devices.
    #[n(3)]
    RevokeDevice(#[n(0)] RevokeDevice),
    /// Opens a community.
    #[n(4)]
    OpenSpace(#[n(0)] OpenSpace),
    /// Marks documents up or down, or takes a mark back.
    #[n(5)]
    React(#[n(0)] React),
    /// Erases a document of one's own everywhere.
    #[n(6)]
    Erase(#[n(0)] Erase),
    /// Takes part in the co-op's law.
    #[n(7)]
    Law(#[n(0)] LawAct),
}

/// Founds a co-op.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Found {
    /// The co-op's name.
    #[n(0)]
    pub name: String,
    /// The founder, whose consent is over a co-op id of zeros.
    #[n(1)]
    pub founder: Joining,
    /// The law that it begins with, as far as it differs from the preset `cast`: ascending by key.
    #[n(2)]
    pub charter: Option<Vec<(String, crate::law::Value)>>,
}

/// Lets a person in. The device that signs has checked the invitation and answers for it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Admit {
    /// The person, their first device, their consent.
    #[n(0)]
    pub joining: Joining,
    /// A guest writes in communities, and in the hall only about themselves.
    #[n(1)]
    pub guest: bool,
    /// The invitation that was presented.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub invitation: [u8; 16],
}

/// Ties a further device to the person who signs: by a device that the person's key granted, or with the
/// person's own signature.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct GrantDevice {
    /// The new device's offer.
    #[n(0)]
    pub pairing: Pairing,
    /// The person's signature over the device's id, where the signing device may not grant by itself.
    #[n(1)]
    pub authority: Option<SignatureBytes>,
}

/// Closes a device: of what it wrote, only what `keep` names keeps its effect.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct RevokeDevice {
    /// The device.
    #[n(0)]
    pub device: DeviceId,
    /// Per space, the number of its last operation that stands; a space that is not listed: none.
    #[n(1)]
    pub keep: Vec<Keep>,
    /// The person's signature over the device's id, where the signing device may not revoke by itself.
    #[n(2)]
    pub authority: Option<SignatureBytes>,
}

/// The last operation of a closed device that stands in one space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Keep {
    /// The space.
    #[n(0)]
    pub space: SpaceId,
    /// The operation's number in the device's chain there.
    #[n(1)]
    pub seq: u64,
}

/// Opens a community; its space is derived from the operation.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct OpenSpace {
    /// The short name that people type. Not unique.
    #[n(0)]
    pub name: String,
}

/// Reactions, several at once.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct React {
    /// One for each document, in the order of their ids.
    #[n(0)]
    pub reactions: Vec<Reaction>,
}

/// One person's mark on one document.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Reaction {
    /// The post, comment or page.
    #[n(0)]
    pub target: DocumentId,
    /// The mark.
    #[n(1)]
    pub mark: Mark,
    /// The person's earlier acts on this target that this one replaces.
    #[n(2)]
    pub replaces: Vec<OpId>,
}

/// A mark. Never called a vote: votes are on bills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, serde::Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// Taken back.
    #[n(0)]
    None,
    /// Up.
    #[n(1)]
    Up,
    /// Down.
    #[n(2)]
    Down,
}

/// Erases a document: its payloads leave every disk, its headers stay. Cannot be undone.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Erase {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
}

/// Why an act has no effect whoever signed it: what is wrong with its content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// A text that may not stand there.
    #[error(transparent)]
    Text(#[from] text::TextError),
    /// A statement about an identity that does not hold.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// A bill that cannot be.
    #[error(transparent)]
    Effect(#[from] crate::law::EffectError),
    /// A law that a co-op cannot begin with.
    #[error(transparent)]
    Charter(#[from] crate::law::CharterError),
    /// Fields that contradict each other.
    #[error("{0}")]
    Contradiction(&'static str),
    /// More entries than allowed, or none.
    #[error("{what}: {count} entries; 1 to {most} are allowed")]
    Count {
        /// Which list.
        what: &'static str,
        /// Its length.
        count: usize,
        /// The limit.
        most: usize,
    },
    /// Entries out of order or twice.
    #[error("{0} are not in order, or one stands twice")]
    Order(&'static str),
}

fn count(what: &'static str, count: usize, least: usize, most: usize) -> Result<(), ActError> {
    if (least..=most).contains(&count) { Ok(()) } else { Err(ActError::Count { what, count, most }) }
}

fn ascending<T: Ord>(what: &'static str, keys: impl Iterator<Item = T> + Clone) -> Result<(), ActError> {
    if keys.clone().zip(keys.skip(1)).all(|(a, b)| a < b) { Ok(()) } else { Err(ActError::Order(what)) }
}

impl Found {
    /// The law that the co-op begins with.
    pub fn law(&self) -> std::collections::BTreeMap<String, crate::law::Value> {
        let mut values = crate::law::Preset::Cast.values();
        values.extend(self.charter.iter().flatten().cloned());
        values
    }

    fn check_charter(&self) -> Result<(), ActError> {
        ascending("the keys of the charter", self.charter.iter().flatten().map(|(key, _)| key))?;
        match crate::law::charter::check_values(&self.law()).into_iter().next() {
            Some(error) => Err(error.into()),
            None => Ok(()),
        }
    }
}

impl Act {
    /// Checks all that the act's own content shows: lengths, characters, inner signatures.
    pub fn check(&self, coop: CoopId) -> Result<(), ActError> {
        match self {
            Self::Found(found) => {
                text::check_line("the co-op's name", &found.name, limits::NAME_CHARS)?;
                found.founder.check(CoopId::ZERO)?;
                found.check_charter()?;
            }
            Self::Admit(admit) => admit.joining.check(coop)?,
            Self::GrantDevice(grant) => grant.pairing.check()?,
            Self::RevokeDevice(revoke) => {
                count("the spaces of a revocation", revoke.keep.len(), 0, limits::SPACES_PER_REVOCATION)?;
                ascending("the spaces of a revocation", revoke.keep.iter().map(|keep| keep.space))?;
            }
            Self::OpenSpace(open) => text::check_slug("the community's name", &open.name)?,
            Self::React(react) => {
                count("reactions", react.reactions.len(), 1, limits::REACTIONS_PER_ACT)?;
                ascending("reactions", react.reactions.iter().map(|r| r.target))?;
                for reaction in &react.reactions {
                    count("replaced reactions", reaction.replaces.len(), 0, limits::REPLACES_PER_REACTION)?;
                    ascending("replaced reactions", reaction.replaces.iter())?;
                }
            }
            Self::Erase(_) => {}
            Self::Law(act) => act.check()?,
        }
        Ok(())
    }

    /// Whether the act belongs into the hall rather than into a community.
    pub fn is_hall(&self) -> bool {
        !matches!(self, Self::React(_) | Self::Erase(_))
    }
}
