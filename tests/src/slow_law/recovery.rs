//! Tellers whom the members chose.

use super::{Held, Slow};
use folkmoot_protocol::{
    act::{Act, LawAct},
    id::*,
    law::Office,
    op::Content,
};
use std::collections::{BTreeMap, BTreeSet};

impl Slow {
    /// Whether the acts of recovery that an issue prints on the one before it are enough for these tellers, and for no others.
    pub(super) fn have_chosen(&self, number: usize, tellers: &[DeviceId]) -> bool {
        let Some(before) = number.checked_sub(1).map(|before| &self.issues[before]) else { return false };
        let (consumers, workers) = (self.consumers(before.time), self.workers());
        let votes = |person: &PersonId| consumers.contains(person) || workers.contains(person);
        let mut choices: BTreeMap<PersonId, BTreeSet<Vec<DeviceId>>> = BTreeMap::new();
        for printed in &self.issues[number].operations {
            let Ok(Content::Act(Act::Law(LawAct::Recover(recover)))) = &printed.content else { continue };
            let signer = self.admitted.get(&printed.credential).filter(|_| !self.is_closed(printed.device, number));
            if let Some(person) = signer.filter(|person| votes(person) && recover.last_good == before.id) {
                choices.entry(*person).or_default().insert(recover.tellers.clone());
            }
        }
        let one = |chosen: &BTreeSet<Vec<DeviceId>>| chosen.iter().map(Vec::as_slice).eq([tellers]);
        let signers: BTreeSet<PersonId> = choices.iter().filter(|(_, chosen)| one(chosen)).map(|(person, _)| *person).collect();
        let of = |body: &BTreeSet<PersonId>| body.intersection(&signers).count();
        let enough = if consumers.len() >= 4 && workers.len() >= 4 {
            of(&consumers) * 2 > consumers.len() && of(&workers) * 2 > workers.len()
        } else {
            !consumers.is_empty() && of(&consumers) * 3 >= consumers.len() * 2
        };
        let people: BTreeSet<PersonId> = tellers.iter().filter_map(|device| self.devices.get(device)).copied().collect();
        enough && people.len() == tellers.len() && people.iter().all(votes)
    }

    /// Those hold the office from an issue on, and nobody else does.
    pub(super) fn seat_recovered(&mut self, time: u64, tellers: &[DeviceId]) {
        self.offices.retain(|(office, _), _| *office != Office::Teller);
        self.offered.retain(|(_, _, office)| *office != Office::Teller);
        for device in tellers {
            if let Some(person) = self.devices.get(device) {
                self.offices.insert((Office::Teller, *person), Held { since: time, device: *device });
            }
        }
    }
}
