//! The closed enum of typed acts: everything that is done rather than written.

pub mod evidence;
pub mod law;
pub mod standing;

pub use law::LawAct;

use crate::{
    id::*,
    identity::{IdentityError, Joining, Pairing, SignatureBytes},
    law::{
        KEYS, Value,
        charter::{self, CharterError},
    },
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
    /// The keys of the law that do not begin as the preset cast has them, ascending; absent where there are none.
    #[n(2)]
    pub charter: Option<Vec<(String, Value)>>,
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
    /// Fields that contradict each other.
    #[error("{0}")]
    Contradiction(&'static str),
    /// A charter that the law cannot begin with.
    #[error(transparent)]
    Charter(#[from] CharterError),
    /// A key that is set to what it is anyway.
    #[error("the charter sets {0} to what it is without")]
    Idle(String),
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

/// One law has one form in a founding: its keys in order, and none that says nothing.
fn check_charter(charter: &[(String, Value)]) -> Result<(), ActError> {
    count("the keys of a charter", charter.len(), 1, KEYS.len())?;
    ascending("the keys of a charter", charter.iter().map(|(name, _)| name))?;
    charter::founding::check(charter)?;
    let told = charter::differing(&charter.iter().cloned().collect()).unwrap_or_default();
    let idle = charter.iter().find(|entry| !told.contains(entry));
    idle.map_or(Ok(()), |(name, _)| Err(ActError::Idle(name.clone())))
}

impl Act {
    /// Checks all that the act's own content shows: lengths, characters, inner signatures.
    pub fn check(&self, coop: CoopId) -> Result<(), ActError> {
        match self {
            Self::Found(found) => {
                text::check_line("the co-op's name", &found.name, limits::NAME_CHARS)?;
                found.founder.check(CoopId::ZERO)?;
                found.charter.as_deref().map_or(Ok(()), check_charter)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cbor,
        identity::{PersonKey, device_of},
        law::Preset,
    };
    use ed25519_dalek::SigningKey;

    fn founding(charter: Option<Vec<(String, Value)>>) -> Act {
        let (person, key) = (PersonKey::from_entropy([1; 32]), SigningKey::from_bytes(&[2; 32]));
        let founder = Joining::sign(CoopId::ZERO, person.statement(), person.grant(device_of(&key)), "Alice".into(), &key);
        Act::Found(Found { name: "Bread".into(), founder, charter })
    }

    fn error(charter: &[(&str, Value)]) -> String {
        let charter = charter.iter().map(|(name, value)| ((*name).into(), value.clone())).collect();
        founding(Some(charter)).check(CoopId::ZERO).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_founding_carries_every_preset() {
        for preset in Preset::ALL {
            let act = founding(charter::differing(&preset.values()));
            assert_eq!(act.check(CoopId::ZERO), Ok(()));
            let bytes = cbor::encode(&act);
            assert!(bytes.len() + limits::SALT_BYTES < limits::ACT_PAYLOAD_BYTES);
            assert_eq!(cbor::decode::<Act>(&bytes).unwrap(), act);
            let Act::Found(found) = act else { unreachable!() };
            assert_eq!(found.charter.is_none(), preset == Preset::Cast);
            assert_eq!(charter::founded(found.charter.as_deref()), preset.values());
        }
    }

    #[test]
    fn a_founding_with_the_longest_texts_fits_an_act() {
        let mut values = Preset::Strict.values();
        for name in ["bots.policy", "endorsement.conditions"] {
            values.insert(name.into(), Value::Text("\u{1F33B}".repeat(limits::LAW_TEXT_CHARS)));
        }
        let act = founding(charter::differing(&values));
        assert_eq!(act.check(CoopId::ZERO), Ok(()));
        assert!(cbor::encode(&act).len() + limits::SALT_BYTES <= limits::ACT_PAYLOAD_BYTES);
    }

    #[test]
    fn a_charter_has_one_form() {
        let (days, three) = (|n: u64| Value::Duration(n * 24 * 60 * 60 * 1000), Value::Integer(3));
        assert_eq!(error(&[("sponsors.needed", three.clone()), ("voting.period", days(14))]), "");
        assert_eq!(error(&[("voting.period", days(14)), ("sponsors.needed", three.clone())]), "the keys of a charter are not in order, or one stands twice");
        assert_eq!(error(&[("voting.period", days(14)), ("voting.period", days(14))]), "the keys of a charter are not in order, or one stands twice");
        assert_eq!(error(&[("voting.period", days(7))]), "the charter sets voting.period to what it is without");
        assert_eq!(error(&[]), "the keys of a charter: 0 entries; 1 to 41 are allowed");
        assert_eq!(error(&[("voting.days", three.clone())]), "the law has no key 'voting.days'; is voting.period meant?");
        assert_eq!(error(&[("voting.period", three)]), "voting.period: 3 is not a duration from 1 second to 366 days, such as 7 days (P7D)");
        assert_eq!(error(&[("simple.fraction", Value::Fraction { num: 4, den: 6 })]), "simple.fraction: 4/6 is to be written in lowest terms: 2/3");
        assert_eq!(error(&[("voting.period", days(1)), ("waiting.period", days(1))]), "");
        assert!(error(&[("late.swing", days(8))]).contains("the late part of a vote cannot be longer"), "{}", error(&[("late.swing", days(8))]));
    }
}
