//! Offices: who is appointed, who accepts, who certifies.

use super::Slow;
use folkmoot_protocol::{act::evidence::Evidence, id::*, law::Office};

/// Since when somebody holds an office, and with which device.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    pub(super) since: u64,
    pub(super) device: DeviceId,
}

impl Slow {
    pub(super) fn holds(&self, office: Office, person: PersonId) -> bool {
        self.offices.contains_key(&(office, person))
    }

    pub(super) fn accept_office(&mut self, time: u64, person: PersonId, device: DeviceId, offer: OpId) {
        let Some((_, _, office)) = self.offered.iter().find(|(id, to, _)| *id == offer && *to == person).copied() else { return };
        self.offered.retain(|(_, to, other)| (*to, *other) != (person, office));
        self.offices.insert((office, person), Held { since: time, device });
    }

    /// Whose device is closed goes on in their offices, and as a candidate, with their own device that closed it.
    pub(super) fn hand_over(&mut self, person: PersonId, from: DeviceId, to: DeviceId) {
        if !self.closed.contains_key(&from) || self.closed.contains_key(&to) || self.devices.get(&from) != Some(&person) {
            return;
        }
        let held = self.offices.iter_mut().filter(|((_, holder), held)| *holder == person && held.device == from);
        held.for_each(|(_, held)| held.device = to);
        let stands = self.elections.iter_mut().filter(|election| !election.over).flat_map(|election| &mut election.candidates);
        stands.filter(|(candidate, device)| **candidate == person && **device == from).for_each(|(_, device)| *device = to);
    }

    /// Who signed two operations with one number, or voted two ways in one round, loses every office; but four tellers stay.
    pub(super) fn dishonour(&mut self, evidence: &Evidence) {
        let Some(coop) = self.coop else { return };
        let device = match evidence {
            Evidence::Fork { first, second } => {
                let (Ok((one, a)), Ok((other, b))) = (first.verify(), second.verify()) else { return };
                let proves = one != other && a.device == b.device && a.seq == b.seq && a.space == b.space && a.space == SpaceId::HALL;
                if !proves || (a.coop, b.coop) != (coop, coop) {
                    return;
                }
                a.device
            }
            Evidence::Votes(votes) if votes.holds(coop) && votes.first.body.is_none() && votes.second.body.is_none() => votes.first.teller,
            Evidence::Votes(_) => return,
        };
        let Some(person) = self.devices.get(&device).copied() else { return };
        if !self.offices.keys().any(|(_, holder)| *holder == person) || !self.proven.insert(device) {
            return;
        }
        let tellers = self.offices.keys().filter(|(office, _)| *office == Office::Teller).count();
        self.offices.retain(|(office, holder), _| *holder != person || *office == Office::Teller && tellers < 5);
        self.offered.retain(|(_, to, _)| *to != person);
    }

    /// The longest-serving seven, five, four or one.
    pub(super) fn tellers(&self) -> Vec<DeviceId> {
        let mut holders: Vec<_> = self.offices.iter().filter(|((office, _), _)| *office == Office::Teller).collect();
        holders.sort_by_key(|((_, person), held)| (held.since, *person));
        let many = match holders.len() {
            7.. => 7,
            5.. => 5,
            4.. => 4,
            some => some.min(1),
        };
        let mut devices: Vec<DeviceId> = holders[..many].iter().map(|(_, held)| held.device).collect();
        devices.sort();
        devices
    }
}
