use crate::id::*;
use minicbor::{Decode, Encode};
use std::{fmt, str::FromStr};

/// What somebody is entrusted with, by bill or election.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Office {
    /// Keeps the roll: confirms dues.
    #[n(0)]
    Registrar,
    /// Keeps the money: records dues, pays what bills spend.
    #[n(1)]
    Treasurer,
    /// Prints the Gazette.
    #[n(2)]
    Teller,
    /// Looks into challenges and reconciliations.
    #[n(3)]
    Auditor,
    /// Runs a bridge to other instances.
    #[n(4)]
    BridgeOperator,
    /// Keeps a community in order.
    #[n(5)]
    Moderator(#[n(0)] SpaceId),
}

impl Office {
    /// The offices that are of the co-op as a whole.
    pub const OF_THE_COOP: [Self; 5] = [Self::Registrar, Self::Treasurer, Self::Teller, Self::Auditor, Self::BridgeOperator];

    /// The word for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Registrar => "registrar",
            Self::Treasurer => "treasurer",
            Self::Teller => "teller",
            Self::Auditor => "auditor",
            Self::BridgeOperator => "bridge-operator",
            Self::Moderator(_) => "moderator",
        }
    }
}

impl fmt::Display for Office {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Moderator(space) => write!(f, "moderator:{space}"),
            office => f.write_str(office.name()),
        }
    }
}

/// A word that names no office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the offices are registrar, treasurer, teller, auditor, bridge-operator, and moderator:COMMUNITY")]
pub struct OfficeError;

impl FromStr for Office {
    type Err = OfficeError;
    fn from_str(text: &str) -> Result<Self, OfficeError> {
        match text.split_once(':') {
            Some(("moderator", space)) => space.parse().map(Self::Moderator).map_err(|_| OfficeError),
            _ => Self::OF_THE_COOP.into_iter().find(|office| office.name() == text).ok_or(OfficeError),
        }
    }
}

impl serde::Serialize for Office {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
