//! For how long offices are held, and how they pass on.

use super::{Cause, Charter, Holding, Offered, Office, election::Candidate, state::State};
use crate::id::*;

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
        self.offices.insert((office, person), Holding { since, by, device, until });
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
