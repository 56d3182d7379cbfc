//! The roll: who pays, who works, and who may vote.

use super::{Consumer, DuesRow, Effect, Electorate, Job, Member, Money, Offer, Offered, Office, Value, state::State};
use crate::{act::law::Dues, id::*};
use std::collections::BTreeSet;

/// How a person stands in the two bodies at some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Standing {
    /// Votes among the consumers.
    pub consumer: bool,
    /// Votes among the workers.
    pub worker: bool,
}

impl Standing {
    /// Whether they vote at all.
    pub fn votes(&self) -> bool {
        self.consumer || self.worker
    }
}

/// How a receipt of dues stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReceiptState {
    /// A registrar has to confirm it.
    WaitsForRegistrar,
    /// The member has to accept it.
    WaitsForMember,
    /// It is confirmed and accepted, and the roll does not grow any further for now.
    WaitsForPlace,
    /// A challenge of the member's place was upheld after it was recorded.
    Struck,
    /// It counts.
    Counts,
}

/// A month of dues has at most so many ms: 31 days.
const MONTH_MS: u64 = 31 * 24 * 3600 * 1000;

impl State {
    /// Why a person does not vote among the consumers at some time, in the Gazette's terms; none where they do.
    pub fn why_no_consumer(&self, person: PersonId, time: u64) -> Option<String> {
        if self.is_expelled(person) {
            return Some("a bill expelled them".into());
        }
        if self.queue.iter().any(|(_, waiting)| *waiting == person) {
            return Some("they wait for a place: the roll grows by so many in a time, and no faster (growth.least, growth.percent)".into());
        }
        self.why_no_paying(person, time)
    }

    /// The same for somebody who was not expelled and does not wait for a place.
    fn why_no_paying(&self, person: PersonId, time: u64) -> Option<String> {
        let charter = self.charter();
        let Some(consumer) = self.consumer(person) else {
            let struck = self.members.get(&person).is_some_and(|member| member.struck.is_some());
            let why = if struck {
                "a challenge of their place was upheld, and no dues of theirs were accepted since"
            } else {
                "no dues of theirs are recorded and accepted"
            };
            return Some(why.into());
        };
        if consumer.paid_to.saturating_add(charter.grace_period_ms) < time {
            return Some("their dues have lapsed, and the time of grace is over".into());
        }
        if consumer.since.saturating_add(charter.waiting_period_ms) > time {
            return Some("they joined less than the waiting time ago (waiting.period)".into());
        }
        None
    }

    /// How a person stands at some time.
    pub fn standing(&self, person: PersonId, time: u64) -> Standing {
        self.standing_in_bodies(person, self.why_no_consumer(person, time).is_none())
    }

    fn standing_in_bodies(&self, person: PersonId, consumer: bool) -> Standing {
        let worker = self.members.get(&person).is_some_and(|member| member.job.is_some());
        match self.charter().dual_ballots {
            _ if !(consumer && worker) => Standing { consumer, worker },
            super::charter::DualBallots::Both => Standing { consumer, worker },
            super::charter::DualBallots::Consumers => Standing { consumer, worker: false },
            super::charter::DualBallots::Workers => Standing { consumer: false, worker },
        }
    }

    /// Who may vote at some time.
    pub fn electorate(&self, time: u64) -> Electorate {
        let mut electorate = Electorate::default();
        let waiting: BTreeSet<PersonId> = self.queue.iter().map(|(_, person)| *person).collect();
        for (person, _) in self.members.iter() {
            let standing = self.standing_in_bodies(*person, !waiting.contains(person) && self.why_no_paying(*person, time).is_none());
            electorate.consumers.extend(standing.consumer.then_some(*person));
            electorate.workers.extend(standing.worker.then_some(*person));
        }
        electorate
    }

    /// Who could vote now if these effects were in force; none where they cannot come into force.
    pub fn electorate_after(&self, effects: &[Effect]) -> Option<Electorate> {
        let mut after = self.clone();
        after.enact_all(OpId::ZERO, effects).ok()?;
        Some(after.electorate(after.time()))
    }

    /// The founder is the first worker and holds the offices without which nothing could begin.
    pub(super) fn found(&mut self, founder: PersonId, device: DeviceId) {
        let job = OpId(self.coop.unwrap_or(CoopId::ZERO).0);
        let by = super::Cause::Founding;
        let founding = Job { name: "founder".into(), title: "Founder".into(), pay: None, created: by, holder: Some((founder, 0, by)), ended: None };
        self.jobs.insert(job, founding);
        self.members.insert(founder, Member { job: Some((job, 0)), ..Member::default() });
        for office in [Office::Registrar, Office::Treasurer, Office::Teller] {
            self.offices.insert((office, founder), super::Holding { since: 0, by, device, until: None, handed_over: None });
        }
    }

    /// Why dues are not recorded; none where they can be.
    pub fn why_no_dues(&self, signer: PersonId, dues: &Dues) -> Option<String> {
        if !self.holds(Office::Treasurer, signer) {
            return Some("only a treasurer records dues".into());
        }
        let next = self.dues.iter().next_back().map_or(1, |(number, _)| number + 1);
        if dues.number != next {
            return Some(format!("its number is {}, and the next receipt is number {next}", dues.number));
        }
        if !self.register.persons.contains_key(&dues.member) {
            return Some("nobody of that id was let into the co-op".into());
        }
        if self.is_expelled(dues.member) {
            return Some("a bill expelled that person".into());
        }
        self.check_amount(dues).err()
    }

    pub(super) fn record_dues(&mut self, op: OpId, signer: PersonId, dues: &Dues) -> Result<(), String> {
        if let Some(reason) = self.why_no_dues(signer, dues) {
            return Err(reason);
        }
        let row = DuesRow {
            op,
            member: dues.member,
            from_ms: dues.from_ms,
            to_ms: dues.to_ms,
            amount: dues.amount,
            commitment: dues.commitment,
            treasurer: signer,
            // Two people, once there are two.
            registrar: self.is_only_registrar(signer).then_some(signer),
            recorded: self.time(),
            accepted: None,
        };
        self.dues.insert(dues.number, row);
        self.offers.insert(op, Offer { person: dues.member, what: Offered::Dues(dues.number), by: None });
        Ok(())
    }

    /// Whether dues that a person records wait for a registrar beside the member.
    pub fn needs_registrar(&self, treasurer: PersonId) -> bool {
        !self.is_only_registrar(treasurer)
    }

    /// How a receipt stands.
    pub fn receipt_state(&self, number: u64, row: &DuesRow) -> ReceiptState {
        let waits = || self.queue.iter().any(|(_, waiting)| *waiting == row.member);
        // What was taken in before the dues lapsed has counted.
        let taken = || self.consumer(row.member).is_some_and(|consumer| consumer.paid_to >= row.to_ms);
        match (row.registrar, row.accepted) {
            _ if number <= self.struck_receipts(row.member) => ReceiptState::Struck,
            (None, _) => ReceiptState::WaitsForRegistrar,
            (_, None) => ReceiptState::WaitsForMember,
            _ if waits() && !taken() => ReceiptState::WaitsForPlace,
            _ => ReceiptState::Counts,
        }
    }

    fn is_only_registrar(&self, person: PersonId) -> bool {
        matches!(self.holders(Office::Registrar).as_slice(), [(only, _)] if *only == person)
    }

    fn check_amount(&self, dues: &Dues) -> Result<(), String> {
        let months = (dues.to_ms - dues.from_ms).div_ceil(MONTH_MS);
        let least = match self.values.get(&"fee.minimum".to_owned()).and_then(|value| value.present()) {
            Some(Value::Money(least)) => *least,
            _ => return Ok(()),
        };
        let needed = Money { minor: least.minor.saturating_mul(months), ..least };
        if dues.amount.currency != needed.currency || dues.amount.minor < needed.minor {
            return Err(format!("the dues for that time are at least {needed}, and {} were paid", dues.amount));
        }
        Ok(())
    }

    pub(super) fn attest(&mut self, signer: PersonId, dues: OpId) -> Result<(), String> {
        if !self.holds(Office::Registrar, signer) {
            return Err("only a registrar confirms dues".into());
        }
        // What is confirmed was recorded of late.
        let number = self.dues.iter().rev().find(|(_, row)| row.op == dues).map(|(number, _)| *number).ok_or("no such receipt is printed")?;
        let Some(row) = self.dues.get(&number) else { return Err("no such receipt is printed".into()) };
        if row.registrar.is_some() {
            return Err("the receipt is confirmed already".into());
        }
        if row.treasurer == signer && !self.is_only_registrar(signer) {
            return Err("who recorded the dues cannot confirm them as well".into());
        }
        if let Some(row) = self.dues.change(&number) {
            row.registrar = Some(signer);
        }
        self.take_dues(number);
        Ok(())
    }

    /// The member accepted.
    pub(super) fn accept_dues(&mut self, number: u64) {
        let time = self.time();
        if let Some(row) = self.dues.change(&number) {
            row.accepted = Some(time);
        }
        self.take_dues(number);
    }

    /// Receipts count once both officers and the member stand behind them.
    fn take_dues(&mut self, number: u64) {
        let Some(row) = self.dues.get(&number).filter(|row| row.accepted.is_some() && row.registrar.is_some()) else { return };
        let (person, to) = (row.member, row.to_ms);
        if number <= self.struck_receipts(person) {
            return;
        }
        let grace = self.charter().grace_period_ms;
        let time = self.time();
        let lapsed = self.consumer(person).is_none_or(|consumer| consumer.paid_to.saturating_add(grace) < time);
        match self.members.change(&person).and_then(|member| member.consumer.as_mut()) {
            Some(consumer) if !lapsed => consumer.paid_to = consumer.paid_to.max(to),
            _ if self.queue.iter().any(|(_, waiting)| *waiting == person) => {}
            _ => self.queue.insert(number, person),
        }
    }

    /// Somebody does not wait for a place any more.
    pub(super) fn unqueue(&mut self, person: PersonId) {
        let queued: Vec<u64> = self.queue.iter().filter(|(_, waiting)| **waiting == person).map(|(number, _)| *number).collect();
        for number in queued {
            self.queue.remove(&number);
        }
    }

    /// Takes in who waits for a place, as far as the roll may grow.
    pub(super) fn grow(&mut self) {
        if self.queue.is_empty() {
            return;
        }
        let (charter, time) = (self.charter(), self.time());
        let recent = |consumer: &Consumer| consumer.since.saturating_add(charter.growth_period_ms) > time;
        let consumers = || self.members.iter().filter_map(|(_, member)| member.consumer);
        let before = consumers().filter(|consumer| !recent(consumer) && consumer.paid_to.saturating_add(charter.grace_period_ms) >= time).count() as u64;
        let grown = consumers().filter(recent).count() as u64;
        let most = charter.growth_least.max(before.saturating_mul(charter.growth_percent) / 100);
        let places = usize::try_from(most.saturating_sub(grown)).unwrap_or(usize::MAX);
        let next: Vec<(u64, PersonId)> = self.queue.iter().take(places).map(|(number, person)| (*number, *person)).collect();
        for (number, person) in next {
            self.queue.remove(&number);
            let first = self.struck_receipts(person) + 1;
            let paid = self.dues.from(first).filter(|(_, row)| row.member == person && row.accepted.is_some() && row.registrar.is_some());
            let paid_to = paid.map(|(_, row)| row.to_ms).max().unwrap_or(0);
            if !self.members.contains(&person) {
                self.members.insert(person, Member::default());
            }
            if let Some(member) = self.members.change(&person) {
                member.consumer = Some(Consumer { since: time, paid_to });
            }
        }
    }

    /// Accepts what waits for a person.
    pub(super) fn accept(&mut self, signer: PersonId, device: DeviceId, offer: OpId) -> Result<(), String> {
        let Some(waiting) = self.offers.get(&offer).cloned() else { return Err("nothing waits under that id".into()) };
        if waiting.person != signer {
            return Err("it waits for somebody else".into());
        }
        match waiting.what {
            Offered::Dues(number) => {
                self.offers.remove(&offer);
                self.accept_dues(number);
            }
            Offered::Job(job) => {
                self.take_job(job, signer, waiting.by)?;
                // It is filled: who else it was offered to would need a new bill.
                self.end_offers(|other| other.what == waiting.what);
            }
            Offered::Office(office) => {
                self.end_offers(|other| other.person == signer && other.what == waiting.what);
                let by = super::Cause::Bill(waiting.by.unwrap_or(OpId::ZERO));
                self.take_office(office, signer, device, by, &self.charter());
            }
        }
        Ok(())
    }

    fn take_job(&mut self, id: OpId, person: PersonId, by: Option<OpId>) -> Result<(), String> {
        let time = self.time();
        if self.members.get(&person).is_some_and(|member| member.job.is_some()) {
            return Err("they hold a job already".into());
        }
        if !self.jobs.get(&id).is_some_and(|job| job.ended.is_none() && job.holder.is_none()) {
            return Err("the job has ended, or somebody else holds it".into());
        }
        let Some(job) = self.jobs.change(&id) else { return Err("there is no such job".into()) };
        job.holder = Some((person, time, super::Cause::Bill(by.unwrap_or(OpId::ZERO))));
        if !self.members.contains(&person) {
            self.members.insert(person, Member::default());
        }
        if let Some(member) = self.members.change(&person) {
            member.job = Some((id, time));
        }
        Ok(())
    }
}
