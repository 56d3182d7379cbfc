//! The roll: dues, jobs, and who may vote.

use super::{Receipt, Slow};
use folkmoot_protocol::{
    act::law::Dues,
    id::*,
    law::{Office, Value},
};
use std::collections::BTreeSet;

impl Slow {
    pub(super) fn record(&mut self, time: u64, op: OpId, person: PersonId, dues: &Dues) {
        let in_order = dues.number == self.receipts.len() as u64 + 1;
        let Some(months) = dues.to_ms.checked_sub(dues.from_ms).map(|ms| ms.div_ceil(31 * 86_400_000)) else { return };
        let Some(Value::Money(least)) = self.law().remove("fee.minimum") else { return };
        let enough = dues.amount.currency == least.currency && dues.amount.minor >= least.minor * months;
        if in_order && enough && self.holds(Office::Treasurer, person) && self.knows(dues.member) {
            let confirmed = self.is_only_registrar(person);
            self.receipts.push(Receipt { op, dues: dues.clone(), recorded: time, treasurer: person, confirmed, accepted: false });
        }
    }

    fn is_only_registrar(&self, person: PersonId) -> bool {
        self.offices.keys().filter(|(office, _)| *office == Office::Registrar).map(|(_, holder)| *holder).eq([person])
    }

    pub(super) fn attest(&mut self, time: u64, person: PersonId, dues: OpId) {
        let alone = self.is_only_registrar(person);
        let may = self.holds(Office::Registrar, person);
        let row = self.receipts.iter_mut().find(|row| row.op == dues && !row.confirmed && may && (row.treasurer != person || alone));
        let Some(number) = row.map(|row| {
            row.confirmed = true;
            row.dues.number
        }) else {
            return;
        };
        self.take(time, number);
    }

    pub(super) fn accept(&mut self, time: u64, person: PersonId, device: DeviceId, offer: OpId) {
        let void = self.void_receipts(person);
        if let Some(row) = self.receipts.iter_mut().find(|row| row.op == offer && row.dues.member == person && !row.accepted && row.dues.number > void) {
            row.accepted = true;
            let number = row.dues.number;
            self.take(time, number);
        }
        self.accept_office(time, person, device, offer);
        let Some((_, _, job)) = self.hires.iter().find(|(id, hire, _)| *id == offer && *hire == person).copied() else { return };
        if !self.works(person)
            && let Some(job) = self.jobs.iter_mut().find(|row| row.id == job && row.holder.is_none() && !row.ended)
        {
            job.holder = Some(person);
            let filled = job.id;
            self.hires.retain(|(_, _, job)| *job != filled);
        }
    }

    /// A receipt counts once it is confirmed and accepted.
    fn take(&mut self, time: u64, number: u64) {
        let Some(row) = self.receipts.iter().find(|row| row.dues.number == number && row.accepted && row.confirmed) else { return };
        let (person, to) = (row.dues.member, row.dues.to_ms);
        if number <= self.void_receipts(person) {
            return;
        }
        let (grace, queues) = (self.duration("grace.period"), self.queues(person));
        match self.roll.get_mut(&person) {
            Some((_, paid_to)) if *paid_to + grace >= time => *paid_to = to.max(*paid_to),
            _ if queues => {}
            _ => self.queue.push((number, person)),
        }
    }

    pub(super) fn works(&self, person: PersonId) -> bool {
        self.jobs.iter().any(|job| job.holder == Some(person) && !job.ended)
    }

    pub(super) fn consumers(&self, time: u64) -> BTreeSet<PersonId> {
        let (grace, wait) = (self.duration("grace.period"), self.duration("waiting.period"));
        let good = |(person, (since, to)): (&PersonId, &(u64, u64))| (to + grace >= time && since + wait <= time && !self.queues(*person)).then_some(*person);
        self.roll.iter().filter_map(good).collect()
    }

    pub(super) fn workers(&self) -> BTreeSet<PersonId> {
        self.jobs.iter().filter(|job| !job.ended).filter_map(|job| job.holder).collect()
    }

    pub(super) fn may_propose(&self, time: u64) -> BTreeSet<PersonId> {
        self.consumers(time).union(&self.workers()).copied().collect()
    }

    fn queues(&self, person: PersonId) -> bool {
        self.queue.iter().any(|(_, waiting)| *waiting == person)
    }

    pub(super) fn grow(&mut self, time: u64) {
        let (period, grace) = (self.duration("growth.period"), self.duration("grace.period"));
        let recent = self.roll.values().filter(|(since, _)| since + period > time).count() as u64;
        let settled = self.roll.values().filter(|(since, to)| since + period <= time && to + grace >= time).count() as u64;
        let most = self.duration("growth.least").max(settled * self.duration("growth.percent") / 100);
        for _ in recent..most {
            // By the number of the receipt they wait with, whenever they accepted it.
            let Some(next) = (0..self.queue.len()).min_by_key(|place| self.queue[*place].0) else { return };
            let (_, person) = self.queue.remove(next);
            let void = self.void_receipts(person);
            let paid = self.receipts.iter().filter(|row| row.accepted && row.confirmed && row.dues.member == person && row.dues.number > void);
            self.roll.insert(person, (time, paid.map(|row| row.dues.to_ms).max().unwrap_or(0)));
        }
    }
}
