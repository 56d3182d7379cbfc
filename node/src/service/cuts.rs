//! Whom the law silences: where their chains are when it begins and ends, as this teller holds them; and what follows from it for
//! what is shown here.

use super::Service;
use crate::store::{StoreError, View};
use folkmoot_protocol::{
    id::*,
    law::{ChainEnd, Cut, Issue, SILENCE_TABLES, State, Turn, cuts},
    register::Silences,
};
use std::collections::BTreeSet;

impl super::World {
    /// Where the chains of those are held here whom an issue turns out to silence or to let speak again.
    pub(super) fn cuts(&self, turned: &BTreeSet<Turn>) -> Vec<Cut> {
        cuts(turned, |turn| self.chains_of(turn).collect())
    }

    fn chains_of(&self, turn: &Turn) -> impl Iterator<Item = (SpaceId, ChainEnd)> {
        let Turn { person, space: only } = *turn;
        let own = self.chains.iter().filter(move |((space, _), _)| only.is_none_or(|only| only == *space));
        let own = own.filter(move |((_, device), chain)| self.register.author(chain.credential, *device) == Some(person));
        own.filter_map(|((space, device), _)| {
            let tip = self.tip(*space, *device).filter(|tip| tip.seq > 0)?;
            Some((*space, ChainEnd { device: *device, seq: tip.seq }))
        })
    }
}

impl Service {
    /// A teller keeps every community, whatever its person follows: where somebody is silenced, it has to say how far their chains
    /// are held.
    pub(super) fn keep_everything(&mut self, now: u64) {
        let missing: Vec<SpaceId> = self.world.register.communities.keys().filter(|space| !self.world.followed.contains(space)).copied().collect();
        for space in &missing {
            self.world.followed.insert(*space);
            self.world.tips.entry(*space).or_default();
        }
        if !missing.is_empty() {
            self.compare_with_all(now);
        }
    }

    /// Whether everything is here of the chains that an issue cuts, up to there.
    pub(super) fn holds_cuts(&self, issue: &Issue) -> bool {
        let mut ends = issue.cuts.iter().flat_map(Cut::ends);
        ends.all(|(space, chain)| self.world.tip(space, chain.device).is_some_and(|tip| tip.seq >= chain.seq))
    }

    /// Whether an issue cuts off what this teller has held for longer than the delay.
    pub(super) fn cuts_what_was_here(&self, issue: &Issue, turned: &BTreeSet<Turn>, now: u64) -> Result<bool, StoreError> {
        let Some(law) = &self.world.law else { return Ok(false) };
        let due = now.saturating_sub(law.charter().inclusion_delay_ms);
        // As many as an issue takes; what it has no room for is cut off whoever writes it.
        for (person, (space, chain)) in self.world.cuts(turned).iter().flat_map(|cut| cut.ends().map(|end| (cut.person, end))) {
            let listed = issue.cuts.iter().find(|cut| cut.person == person).into_iter().flat_map(Cut::ends);
            let to = listed.filter(|(of, listed)| (*of, listed.device) == (space, chain.device)).map(|(_, listed)| listed.seq).max().unwrap_or(0);
            if to < chain.seq && self.store.as_reader().held_since(space, chain.device, to + 1)?.is_some_and(|since| since <= due) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes in whom the law silences.
    pub(super) fn project_silences(&mut self) {
        if self.world.silences() != self.world.register.silences {
            self.world.hall_moved();
        }
    }
}

impl View<'_> {
    /// What the law takes the effect from, as it is kept.
    pub fn silences(&self) -> Result<Silences, StoreError> {
        State::silences_in(&self.law_cells(&SILENCE_TABLES)?).map_err(|error| StoreError::Damaged(format!("the register of the law cannot be read ({error})")))
    }
}
