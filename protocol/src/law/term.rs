//! For how long offices are held, and how they pass on.

use super::{Cause, Charter, Holding, Offered, Office, election::Candidate, state::State};
use crate::id::*;

/// A single teller should print with a fresh key after this time: whoever has the old one then can rewrite nothing that came before.
const RESEAL_MS: u64 = 365 * 24 * 3_600_000;

impl Office {
    /// For how long somebody holds it, by a charter.
    pub fn term_ms(&self, charter: &Charter) -> u64 {
        match self {
            Self::Moderator(_) => charter.moderator_term_ms,
            _ => charter.office_term_ms,
        }
    }
}

impl State {
    /// Somebody holds an office from now on, for a term.
    pub(super) fn take_office(&mut self, office: Office, person: PersonId, device: DeviceId, by: Cause, charter: &Charter) {
        let since = self.time();
        let until = Some(since.saturating_add(office.term_ms(charter)));
        self.offices.insert((office, person), Holding { since, by, device, until, handed_over: None });
    }

    /// Those who were elected hold an office, and nobody else does.
    pub(super) fn fill_office(&mut self, office: Office, elected: &[Candidate], by: Cause, charter: &Charter) {
        for (person, _) in self.holders(office) {
            self.offices.remove(&(office, person));
        }
        // An older offer of it would bring somebody in beside them.
        self.end_offers(|offer| offer.what == Offered::Office(office));
        self.end_petitions_to_recall(office);
        for Candidate { person, device } in elected {
            self.take_office(office, *person, *device, by, charter);
        }
    }

    /// Somebody closes a device: what they hold an office with, or stand with, is from now on the device that closed it. So
    /// tellers change their keys.
    pub(super) fn hand_over(&mut self, person: PersonId, closed: DeviceId, to: DeviceId) {
        if self.register.standing(to).is_none_or(|(_, credential)| credential.person != person) {
            return;
        }
        let handed_over = Some(self.time());
        let held: Vec<_> = self.offices.iter().filter(|((_, holder), holding)| (*holder, holding.device) == (person, closed)).map(|(held, _)| *held).collect();
        for office in held {
            if let Some(holding) = self.offices.change(&office) {
                *holding = Holding { device: to, handed_over, ..*holding };
            }
        }
        let stands: Vec<OpId> = self.running_elections().filter(|(_, election)| election.has(person)).map(|(id, _)| id).collect();
        for election in stands {
            let candidates = self.elections.change(&election).into_iter().flat_map(|election| &mut election.candidates);
            candidates.filter(|candidate| (candidate.person, candidate.device) == (person, closed)).for_each(|candidate| candidate.device = to);
        }
    }

    /// The one teller, where it has printed with one key for so long that it should change it, and since when. For a founder that
    /// is when they say that they founded the co-op: nothing in law follows from it.
    pub fn stale_teller(&self) -> Option<(PersonId, u64)> {
        let tellers = self.tellers();
        let holders = self.holders(Office::Teller);
        let (person, holding) = holders.first().filter(|(_, holding)| tellers == [holding.device])?;
        let since = holding.handed_over.unwrap_or(holding.since).max(self.register.founded_at);
        (self.time() >= since.saturating_add(RESEAL_MS)).then_some((*person, since))
    }

    /// Offices whose term is over at some time. Tellers stay until others come, where nobody would be left to print.
    pub fn ended_terms(&self, time: u64) -> Vec<(Office, PersonId)> {
        let over = |holding: &Holding| holding.until.is_some_and(|until| until <= time);
        let print_on = self.holders(Office::Teller).iter().any(|(_, holding)| !over(holding));
        let ended = self.offices.iter().filter(|((office, _), holding)| over(holding) && (print_on || *office != Office::Teller));
        ended.map(|(held, _)| *held).collect()
    }

    pub(super) fn end_terms(&mut self) {
        for held in self.ended_terms(self.time()) {
            self.offices.remove(&held);
        }
    }
}
