//! What bills in force do to the register.

use super::{
    AdoptedText, Bill, Budget, Cause, Effect, Endorsement, Expulsion, Hindrance, Job, LawValue, Money, Offer, Offered, Office, Spend, Status, Turn, Value,
    Version, charter, key, state::State,
};
use crate::id::*;

impl State {
    /// When the next bill that passed comes into force. One that waits for the bill that it requires comes with that.
    pub(super) fn next_enactment(&self) -> Option<u64> {
        let in_force_from = |(id, bill): (OpId, &Bill)| match bill.status {
            Status::Passed { in_force_from, .. } if self.waits_for(id).is_none() => Some(in_force_from),
            _ => None,
        };
        self.live_bills().filter_map(in_force_from).min()
    }

    /// From when on a bill that passed is in force: with the one that it requires, if it waits for that. None where that is
    /// not known yet, or it did not pass.
    pub fn comes_into_force(&self, id: OpId) -> Option<u64> {
        let (mut at, mut next) = (0, Some(id));
        while let Some(id) = next {
            let Status::Passed { in_force_from, .. } = self.bills.get(&id)?.status else { return None };
            at = at.max(in_force_from);
            next = self.waits_for(id);
        }
        Some(at)
    }

    /// Brings into force what passed and has cooled off, in the order in which the votes ended, then by id.
    pub(super) fn enact_bills(&mut self) {
        let time = self.time();
        let ended = |id: &OpId| self.bills.get(id).and_then(|bill| bill.result).map(|(_, height)| height);
        let due = |status: &Status| matches!(status, Status::Passed { in_force_from, .. } if *in_force_from <= time);
        let mut due: Vec<OpId> = self.index.live.iter().filter(|id| self.bills.get(id).is_some_and(|bill| due(&bill.status))).copied().collect();
        due.sort_by_key(|id| (ended(id), *id));
        // A bill whose vote ended with, or before, that on the bill that it requires comes after it all the same.
        while let Some(place) = due.iter().position(|id| self.waits_for(*id).is_none()) {
            let id = due.remove(place);
            let status = match self.enact(id) {
                Ok(()) => Status::Enacted { height: self.height() + 1 },
                Err(reason) => Status::Stale { reason },
            };
            self.set_status(id, status);
        }
    }

    /// The bill that a bill requires, or what confirms that, as long as it is not settled what becomes of it.
    pub fn waits_for(&self, id: OpId) -> Option<OpId> {
        let required = self.bills.get(&id).and_then(|bill| bill.proposal.requires)?;
        Some(self.confirmed(required)).filter(|required| self.index.live.contains(required))
    }

    /// Brings one bill into force: whole or not at all.
    fn enact(&mut self, id: OpId) -> Result<(), Hindrance> {
        let Some(proposal) = self.bills.get(&id).map(|bill| bill.proposal.clone()) else { return Err(Hindrance::NoBill) };
        if let Some(required) = proposal.requires
            && !self.bills.get(&self.confirmed(required)).is_some_and(|bill| matches!(bill.status, Status::Enacted { .. }))
        {
            return Err(Hindrance::Required);
        }
        if proposal.sunset.is_some_and(|sunset| sunset <= self.time()) {
            return Err(Hindrance::Sunset);
        }
        self.attempt(false, |state| state.enact_all(id, &proposal.effects))
    }

    /// Applies effects one after the other; an error leaves the register half changed.
    pub(super) fn enact_all(&mut self, bill: OpId, effects: &[Effect]) -> Result<(), Hindrance> {
        let mut changed = Vec::new();
        for (number, effect) in effects.iter().enumerate() {
            self.apply_effect(bill, number as u64, effect)?;
            changed.extend(self.keys_set_by(effect));
        }
        self.settle_values(&changed)
    }

    /// Some keys were changed: together, so that their relations are looked at once all are.
    pub(super) fn settle_values(&mut self, changed: &[String]) -> Result<(), Hindrance> {
        if !changed.is_empty()
            && let Some(error) = charter::check_values(&self.present_values()).into_iter().next()
        {
            return Err(error.into());
        }
        if changed.iter().any(|name| key::key(name).is_some_and(|key| key.charter)) {
            self.renew_charter();
        }
        Ok(())
    }

    /// The keys that an effect sets, each once, as they stand in the bill.
    pub(super) fn keys_set_by(&self, effect: &Effect) -> Vec<String> {
        let mut keys = Vec::new();
        let repealed = match effect {
            Effect::Repeal { bill } => self.bills.get(bill).map(|bill| bill.proposal.effects.as_slice()),
            _ => None,
        };
        for effect in repealed.unwrap_or(std::slice::from_ref(effect)) {
            match effect {
                Effect::SetLaw { key, .. } if !keys.contains(key) => keys.push(key.clone()),
                _ => {}
            }
        }
        keys
    }

    fn apply_effect(&mut self, bill: OpId, number: u64, effect: &Effect) -> Result<(), Hindrance> {
        let made = bill.made_by(number);
        match effect {
            Effect::SetLaw { key, value, expected_version } => self.set_law(key, value.clone(), *expected_version, bill),
            Effect::CreateJob { name, title, pay } => self.create_job(made, name, title, *pay, bill),
            Effect::FillJob { job, person } => self.fill_job(made, job, *person, bill),
            Effect::EndJob { job } => self.end_job(job, bill),
            Effect::Appoint { office, person } => self.appoint(made, *office, *person, bill),
            Effect::Dismiss { office, person } => self.dismiss(*office, *person),
            Effect::Budget { name, amount } => self.set_budget(name, *amount, bill),
            Effect::Spend { budget, amount, purpose } => self.spend(made, budget, *amount, purpose, bill),
            Effect::Endorse { instance } => self.endorse(instance, bill),
            Effect::Unendorse { instance } => match self.endorsements.remove(instance) {
                Some(_) => Ok(()),
                None => Err(Hindrance::NotEndorsed { instance: instance.clone() }),
            },
            Effect::AdoptText { name, document, at } => {
                let text = AdoptedText { document: *document, at: at.clone(), by: bill, height: self.height() + 1 };
                self.texts.insert(name.clone(), text);
                Ok(())
            }
            Effect::Expel { person } => self.expel(*person, bill),
            Effect::Repeal { bill: repealed } => self.repeal(*repealed, bill),
            Effect::OpenElection { office, seats } => self.open_election(made, *office, *seats, bill, vec![]),
            Effect::Prioritise { name, budget, features } => self.open_priorities(made, name, *budget, features, bill),
            Effect::Reinstate { document } => self.reinstate(*document, bill),
            Effect::Deliver { what } => self.deliver(*what, bill),
            Effect::LiftBan { space, person } => self.lift_ban(*space, *person),
        }
    }

    /// Compare and set: whoever voted, voted on a change of that version.
    fn set_law(&mut self, key: &str, value: Value, expected_version: u64, by: OpId) -> Result<(), Hindrance> {
        self.add_version(key, expected_version, Version { value: Some(value), by: Cause::Bill(by), height: self.height() + 1, undoes: None })
    }

    pub(super) fn add_version(&mut self, key: &str, expected_version: u64, version: Version) -> Result<(), Hindrance> {
        let name = key.to_owned();
        let present = self.values.get(&name).map_or(0, LawValue::version);
        if present != expected_version {
            return Err(Hindrance::Version { key: name, expected: expected_version, present });
        }
        match self.values.change(&name) {
            Some(row) => row.versions.push(version),
            None => self.values.insert(name, LawValue { versions: vec![version] }),
        }
        Ok(())
    }

    /// Undoes what a bill set, where it still is in force.
    fn repeal(&mut self, repealed: OpId, by: OpId) -> Result<(), Hindrance> {
        if !self.bills.get(&repealed).is_some_and(|bill| matches!(bill.status, Status::Enacted { .. })) {
            return Err(Hindrance::RepealedNotInForce);
        }
        let keys = self.keys_set_by(&Effect::Repeal { bill: repealed });
        if keys.is_empty() {
            return Err(Hindrance::RepealedNothing);
        }
        for key in keys {
            if !self.stands(&key, repealed) {
                return Err(Hindrance::RepealedChanged { key });
            }
            self.undo_key(&key, repealed, by)?;
        }
        Ok(())
    }

    fn create_job(&mut self, id: OpId, name: &str, title: &str, pay: Money, by: OpId) -> Result<(), Hindrance> {
        if self.job(name).is_some() {
            return Err(Hindrance::JobExists { job: name.into() });
        }
        let job = Job { name: name.into(), title: title.into(), pay: Some(pay), created: Cause::Bill(by), holder: None, ended: None };
        self.jobs.insert(id, job);
        Ok(())
    }

    fn fill_job(&mut self, offer: OpId, name: &str, person: PersonId, by: OpId) -> Result<(), Hindrance> {
        let Some((id, job)) = self.job(name) else { return Err(Hindrance::NoJob { job: name.into() }) };
        if job.holder.is_some() {
            return Err(Hindrance::JobHeld { job: name.into() });
        }
        self.check_person(person)?;
        if self.members.get(&person).is_some_and(|member| member.job.is_some()) {
            return Err(Hindrance::HasJob);
        }
        self.offers.insert(offer, Offer { person, what: Offered::Job(id), by: Some(by) });
        Ok(())
    }

    fn end_job(&mut self, name: &str, by: OpId) -> Result<(), Hindrance> {
        let Some((id, _)) = self.job(name) else { return Err(Hindrance::NoJob { job: name.into() }) };
        self.vacate(id);
        if let Some(job) = self.jobs.change(&id) {
            job.ended = Some(by);
        }
        self.end_offers(|offer| offer.what == Offered::Job(id));
        Ok(())
    }

    /// Nobody accepts any more what was offered so.
    pub(super) fn end_offers(&mut self, ends: impl Fn(&Offer) -> bool) {
        let ended: Vec<OpId> = self.offers.iter().filter(|(_, offer)| ends(offer)).map(|(id, _)| *id).collect();
        for offer in ended {
            self.offers.remove(&offer);
        }
    }

    /// Whoever holds a job holds it no more.
    fn vacate(&mut self, id: OpId) {
        let holder = self.jobs.change(&id).and_then(|job| job.holder.take());
        if let Some(member) = holder.and_then(|(person, ..)| self.members.change(&person)) {
            member.job = None;
        }
    }

    fn appoint(&mut self, offer: OpId, office: Office, person: PersonId, by: OpId) -> Result<(), Hindrance> {
        self.check_person(person)?;
        self.check_office(office)?;
        if self.holds(office, person) {
            return Err(Hindrance::HoldsOffice);
        }
        self.offers.insert(offer, Offer { person, what: Offered::Office(office), by: Some(by) });
        Ok(())
    }

    /// A moderator is one of a community that there is.
    pub(super) fn check_office(&self, office: Office) -> Result<(), Hindrance> {
        match office {
            Office::Moderator(space) if !self.register.communities.contains_key(&space) => Err(Hindrance::NoCommunity),
            _ => Ok(()),
        }
    }

    fn dismiss(&mut self, office: Office, person: PersonId) -> Result<(), Hindrance> {
        if !self.holds(office, person) {
            return Err(Hindrance::HoldsNoOffice { office });
        }
        if office == Office::Teller && self.holders(office).len() == 1 {
            return Err(Hindrance::OnlyTeller);
        }
        self.offices.remove(&(office, person));
        // An older offer of it does not bring them back.
        self.end_offers(|offer| offer.person == person && offer.what == Offered::Office(office));
        Ok(())
    }

    fn set_budget(&mut self, name: &str, amount: Money, by: OpId) -> Result<(), Hindrance> {
        let spent = self.budgets.get(&name.to_owned()).map(|budget| (budget.spent, budget.amount.currency));
        if spent.is_some_and(|(spent, currency)| spent > 0 && currency != amount.currency) {
            return Err(Hindrance::SpentInCurrency { budget: name.into() });
        }
        let spent = spent.map_or(0, |(spent, _)| spent);
        if spent > amount.minor {
            return Err(Hindrance::SpentMore { budget: name.into() });
        }
        self.budgets.insert(name.into(), Budget { amount, spent, by });
        Ok(())
    }

    fn spend(&mut self, id: OpId, name: &str, amount: Money, purpose: &str, by: OpId) -> Result<(), Hindrance> {
        let Some(budget) = self.budgets.change(&name.to_owned()) else { return Err(Hindrance::NoBudget { budget: name.into() }) };
        if budget.amount.currency != amount.currency {
            return Err(Hindrance::BudgetCurrency { budget: name.into(), currency: budget.amount.currency });
        }
        let spent = budget.spent.checked_add(amount.minor).filter(|spent| *spent <= budget.amount.minor);
        budget.spent = spent.ok_or_else(|| Hindrance::BudgetLeft { budget: name.into() })?;
        let at = self.time();
        self.spends.insert(id, Spend { budget: name.into(), amount, purpose: purpose.into(), by, at });
        Ok(())
    }

    fn endorse(&mut self, instance: &str, by: OpId) -> Result<(), Hindrance> {
        if self.endorsements.contains(&instance.to_owned()) {
            return Err(Hindrance::Endorsed { instance: instance.into() });
        }
        self.endorsements.insert(instance.into(), Endorsement { by, height: self.height() + 1 });
        Ok(())
    }

    /// Membership, jobs and offices end; what the person did before stands.
    fn expel(&mut self, person: PersonId, by: OpId) -> Result<(), Hindrance> {
        self.check_person(person)?;
        let tellers = self.holders(Office::Teller);
        if tellers.len() == 1 && tellers[0].0 == person {
            return Err(Hindrance::OnlyTeller);
        }
        let held: Vec<_> = self.offices.iter().map(|(key, _)| *key).filter(|(_, holder)| *holder == person).collect();
        for key in held {
            self.offices.remove(&key);
        }
        self.end_offers(|offer| offer.person == person);
        self.unqueue(person);
        if let Some((job, _)) = self.members.get(&person).and_then(|member| member.job) {
            self.vacate(job);
        }
        if let Some(member) = self.members.change(&person) {
            member.consumer = None;
        }
        self.expulsions.insert(person, Expulsion { by, height: self.height() + 1, cut: vec![] });
        self.turned.insert(Turn { person, space: None });
        Ok(())
    }

    fn check_person(&self, person: PersonId) -> Result<(), Hindrance> {
        if !self.register.persons.contains_key(&person) {
            return Err(Hindrance::NoPerson);
        }
        if self.is_expelled(person) {
            return Err(Hindrance::Expelled);
        }
        Ok(())
    }
}
