//! Who held an office and signed two things that exclude each other, holds it no more.

use super::{Offered, Office, state::State};
use crate::{act::evidence::Evidence, id::*};
use minicbor::{Decode, Encode};

/// As many tellers stay as can agree though one of them is hostile: of no more than these, none has to go.
pub const TELLERS_WHO_STAY: usize = 4;

/// That somebody's device signed two things that exclude each other.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Proven {
    /// Whose device it is.
    #[n(0)]
    pub person: PersonId,
    /// The act that shows it.
    #[n(1)]
    pub by: OpId,
    /// The issue that printed that.
    #[n(2)]
    pub height: u64,
    /// The offices that it ended.
    #[n(3)]
    pub ended: Vec<Office>,
}

impl State {
    /// Ends the offices of whom evidence is against. Of tellers at least four stay: fewer would trust each other blindly.
    pub(super) fn take_evidence(&mut self, op: OpId, evidence: &Evidence) -> Result<(), String> {
        let device = evidence.against(self.coop.unwrap_or(CoopId::ZERO)).ok_or("it proves nothing")?;
        if self.evidence.contains(&device) {
            return Err("it was shown before what this device did".into());
        }
        let person = self.officer_with(device).ok_or("whose device it is holds no office")?;
        let spares = |office: Office| office == Office::Teller && self.holders(office).len() <= TELLERS_WHO_STAY;
        let held = self.offices.iter().map(|(held, _)| *held).filter(|(office, holder)| *holder == person && !spares(*office));
        let ended: Vec<Office> = held.map(|(office, _)| office).collect();
        for office in &ended {
            self.offices.remove(&(*office, person));
        }
        // An older offer does not bring them back.
        self.end_offers(|offer| offer.person == person && matches!(offer.what, Offered::Office(_)));
        self.evidence.insert(device, Proven { person, by: op, height: self.height() + 1, ended });
        Ok(())
    }

    /// Who holds an office and has, or had, a device.
    pub fn officer_with(&self, device: DeviceId) -> Option<PersonId> {
        self.offices.iter().map(|((_, person), _)| *person).find(|person| self.register.was_tied(*person, device))
    }

    /// What was shown of somebody's devices, the latest last.
    pub fn evidence_against(&self, person: PersonId) -> Vec<&Proven> {
        let mut rows: Vec<_> = self.evidence.iter().map(|(_, row)| row).filter(|row| row.person == person).collect();
        rows.sort_by_key(|row| (row.height, row.by));
        rows
    }
}
