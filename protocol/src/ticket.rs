//! What one person hands another out of band: an invitation into a co-op, the offer of a further device,
//! and the answer to it. One line of text each.

use crate::{
    cbor,
    id::*,
    identity::{self, IdentityError, Pairing, Purpose, SignatureBytes},
    limits,
    wire::{PeerAddress, Refusal},
};
use data_encoding::BASE32_NOPAD;
use ed25519_dalek::SigningKey;
use minicbor::{Decode, Encode};
use std::{fmt, str::FromStr};

/// Permission to be admitted, signed by a device of the co-op.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Invitation {
    /// The co-op.
    #[n(0)]
    pub coop: CoopId,
    /// A recent issue; until the law comes the founding operation. A newcomer accepts no history without it.
    #[n(1)]
    pub issue: OpId,
    /// The device that invites, and will admit.
    #[n(2)]
    pub device: DeviceId,
    /// Tells this invitation from others; random.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub nonce: [u8; 16],
    /// When it ends, in ms since 1970, by the inviting device's clock.
    #[n(4)]
    pub expires_at: u64,
    /// How many people it lets in.
    #[n(5)]
    pub uses: u32,
    /// Whether they come in as guests.
    #[n(6)]
    pub guest: bool,
    /// By the inviting device, over all the above.
    #[n(7)]
    pub signature: SignatureBytes,
}

impl Invitation {
    /// Signs the invitation's other fields.
    pub fn sign(mut self, key: &SigningKey) -> Self {
        self.device = identity::device_of(key);
        self.signature = identity::sign(key, Purpose::Invitation, &self.signed_bytes());
        self
    }

    /// Checks that the device it names signed it.
    pub fn check(&self) -> Result<(), IdentityError> {
        identity::verify("the invitation", &self.device.0, Purpose::Invitation, &self.signed_bytes(), &self.signature)
    }

    /// Why the device that gave it refuses it, if it does. `uses_left`: what that device has noted of it; `now`: its
    /// clock in ms.
    pub fn refusal(&self, coop: CoopId, inviter: DeviceId, uses_left: Option<u32>, now: u64) -> Option<Refusal> {
        if self.coop != coop {
            return Some(Refusal::Foreign);
        }
        if self.check().is_err() || self.device != inviter {
            return Some(Refusal::Forged);
        }
        match uses_left {
            _ if self.expires_at <= now => Some(Refusal::Expired),
            None => Some(Refusal::Unknown),
            Some(0) => Some(Refusal::Used),
            Some(_) => None,
        }
    }

    fn signed_bytes(&self) -> Vec<u8> {
        cbor::encode(&(self.coop, self.issue, self.device, minicbor::bytes::ByteArray::from(self.nonce), self.expires_at, self.uses, self.guest))
    }
}

/// One line of text that brings a device into a co-op, or a person's devices together.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Ticket {
    /// Lets a person in.
    #[n(0)]
    Invite {
        /// The permission.
        #[n(0)]
        invitation: Invitation,
        /// The co-op's name, to show.
        #[n(1)]
        coop_name: String,
        /// Where nodes of the co-op can be reached.
        #[n(2)]
        peers: Vec<PeerAddress>,
    },
    /// A new device offers itself to its owner's other device.
    #[n(1)]
    Offer {
        /// The offer.
        #[n(0)]
        pairing: Pairing,
    },
    /// The owner's other device took the offer: where the new one goes next.
    #[n(2)]
    Welcome {
        /// The co-op.
        #[n(0)]
        coop: CoopId,
        /// The person that the device now belongs to.
        #[n(1)]
        person: PersonId,
        /// The device that was taken in.
        #[n(2)]
        device: DeviceId,
        /// The grant that it rests on.
        #[n(3)]
        credential: OpId,
        /// The co-op's name, to show.
        #[n(4)]
        coop_name: String,
        /// Where nodes of the co-op can be reached.
        #[n(5)]
        peers: Vec<PeerAddress>,
    },
}

/// A text that is no ticket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// Something else entirely.
    #[error("this is no Folkmoot ticket (one begins with '{PREFIX}')")]
    Prefix,
    /// A part is missing or was changed on the way.
    #[error("the ticket is damaged: copy it again, whole and in one piece")]
    Damaged,
    /// Well formed, but not by whom it claims to be.
    #[error("the ticket is forged: {0}")]
    Forged(#[from] IdentityError),
}

const PREFIX: &str = "folkmoot1";

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = cbor::encode(self);
        let sum = checksum(&bytes);
        bytes.extend(sum);
        write!(f, "{PREFIX}{}", BASE32_NOPAD.encode(&bytes).to_lowercase())
    }
}

impl FromStr for Ticket {
    type Err = TicketError;

    fn from_str(text: &str) -> Result<Self, TicketError> {
        // Letters lose their lines, and codes to scan are in capitals.
        let text: String = text.split_whitespace().collect();
        let (prefix, body) = text.split_at_checked(PREFIX.len()).ok_or(TicketError::Prefix)?;
        if !prefix.eq_ignore_ascii_case(PREFIX) {
            return Err(TicketError::Prefix);
        }
        if body.len() > limits::TICKET_CHARS {
            return Err(TicketError::Damaged);
        }
        let bytes = BASE32_NOPAD.decode(body.to_uppercase().as_bytes()).map_err(|_| TicketError::Damaged)?;
        let (body, sum) = bytes.split_last_chunk::<4>().ok_or(TicketError::Damaged)?;
        if checksum(body) != *sum {
            return Err(TicketError::Damaged);
        }
        let ticket: Self = cbor::decode(body).map_err(|_| TicketError::Damaged)?;
        ticket.check()?;
        Ok(ticket)
    }
}

impl Ticket {
    fn check(&self) -> Result<(), TicketError> {
        match self {
            Self::Invite { invitation, peers, .. } => {
                invitation.check()?;
                check_peers(peers)
            }
            Self::Offer { pairing } => Ok(pairing.check()?),
            Self::Welcome { peers, .. } => check_peers(peers),
        }
    }
}

fn check_peers(peers: &[PeerAddress]) -> Result<(), TicketError> {
    if peers.len() <= limits::PEERS_PER_MESSAGE && peers.iter().all(|peer| peer.check().is_ok()) { Ok(()) } else { Err(TicketError::Damaged) }
}

/// Catches slips of the hand, not of intent: the signature does that.
fn checksum(bytes: &[u8]) -> [u8; 4] {
    let hash = tagged_hash("folkmoot/ticket/1", &[bytes]);
    [hash[0], hash[1], hash[2], hash[3]]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invitation() -> Invitation {
        let unsigned = Invitation {
            coop: CoopId([1; 32]),
            issue: OpId([1; 32]),
            device: DeviceId::ZERO,
            nonce: [5; 16],
            expires_at: 10,
            uses: 1,
            guest: false,
            signature: SignatureBytes([0; 64]),
        };
        unsigned.sign(&SigningKey::from_bytes(&[4; 32]))
    }

    fn invite(invitation: Invitation) -> Ticket {
        Ticket::Invite { invitation, coop_name: "Bread".into(), peers: vec![] }
    }

    #[test]
    fn a_ticket_survives_upper_case_and_blanks_around_it() {
        let ticket = invite(invitation());
        let text = ticket.to_string();
        assert_eq!(text.parse(), Ok(ticket.clone()));
        let upper = format!("  {PREFIX}{}\n", text.strip_prefix(PREFIX).unwrap().to_uppercase());
        assert_eq!(upper.parse(), Ok(ticket.clone()));
        assert_eq!(text.to_uppercase().parse(), Ok(ticket.clone()));
        let (start, end) = text.split_at(60);
        assert_eq!(format!("> {start}\r\n{end}").trim_start_matches("> ").parse(), Ok(ticket));
    }

    #[test]
    fn a_cut_off_ticket_is_damaged_and_a_changed_one_forged() {
        let text = invite(invitation()).to_string();
        assert_eq!(text[..text.len() - 8].parse::<Ticket>(), Err(TicketError::Damaged));
        assert_eq!("hello".parse::<Ticket>(), Err(TicketError::Prefix));
        let longer = Invitation { expires_at: 99, ..invitation() };
        assert!(matches!(invite(longer).to_string().parse::<Ticket>(), Err(TicketError::Forged(_))));
    }
}
