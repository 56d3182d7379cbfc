//! Recovery: where the tellers are gone, or have signed two issues of one number, the members choose others.
//!
//! Each signs a [`Recover`] act that names the last good issue and the new tellers. The next issue prints enough of
//! these acts, and is certified by the tellers that they name: so that everybody who holds the issue can count them.

use super::{Candidate, Cause, Electorate, Office, PrintedOp, Recovered, State};
use crate::{
    act::{Act, LawAct, law::Recover},
    id::*,
    op::Content,
};
use std::collections::{BTreeMap, BTreeSet};

/// From so many people in each of two bodies on, more than half of each is asked for.
const BODY: usize = 4;

/// How far members are with choosing tellers of one composition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryCount {
    /// The devices that are to print, ascending.
    pub tellers: Vec<DeviceId>,
    /// Who signed for them, ascending.
    pub signers: Vec<PersonId>,
    /// In words: how many signed of how many that are needed.
    pub inequality: String,
    /// Whether they are enough, and the tellers could print.
    pub enough: bool,
}

impl State {
    /// Counts the acts of recovery among operations that are on the newest issue here, as the register stands after
    /// it. Somebody who signed for different tellers is counted for none.
    pub fn recoveries(&self, operations: &[PrintedOp]) -> Vec<RecoveryCount> {
        let mut choices: BTreeMap<PersonId, BTreeSet<&[DeviceId]>> = BTreeMap::new();
        for printed in operations {
            let Ok(Content::Act(Act::Law(LawAct::Recover(recover)))) = &printed.content else { continue };
            let signer = self.register.effect(printed.credential, printed.device, SpaceId::HALL, printed.seq);
            if let (Ok(person), true) = (signer, recover.last_good == self.issue()) {
                choices.entry(person).or_default().insert(&recover.tellers);
            }
        }
        if choices.is_empty() {
            return vec![];
        }
        let mut signers: BTreeMap<&[DeviceId], Vec<PersonId>> = BTreeMap::new();
        for (person, chosen) in &choices {
            if let (Some(tellers), 1) = (chosen.first(), chosen.len()) {
                signers.entry(tellers).or_default().push(*person);
            }
        }
        let electorate = self.electorate(self.time());
        let count = |(tellers, signers): (&[DeviceId], Vec<PersonId>)| {
            let (enough, inequality) = enough(&electorate, &signers);
            let enough = enough && self.why_not_tellers(tellers, &electorate).is_none();
            RecoveryCount { tellers: tellers.to_vec(), signers, inequality, enough }
        };
        signers.into_iter().map(count).collect()
    }

    /// The tellers whom enough members have chosen by such operations; none where there are none, or two sets of them.
    pub fn recovered_by(&self, operations: &[PrintedOp]) -> Option<Recovered> {
        let mut enough = self.recoveries(operations).into_iter().filter(|count| count.enough);
        let tellers = enough.next()?.tellers;
        enough.next().is_none().then_some(Recovered(tellers))
    }

    /// Why somebody's act of recovery counts for nothing; none where it counts.
    pub fn why_not_recover(&self, signer: PersonId, recover: &Recover) -> Option<String> {
        let electorate = self.electorate(self.time());
        if recover.last_good != self.issue() {
            return Some("it is not on the newest issue".into());
        }
        if !electorate.votes(signer) {
            return Some("only those who may vote choose tellers".into());
        }
        self.why_not_tellers(&recover.tellers, &electorate)
    }

    fn why_not_tellers(&self, tellers: &[DeviceId], electorate: &Electorate) -> Option<String> {
        let mut people = BTreeSet::new();
        for device in tellers {
            let Some((_, credential)) = self.register.standing(*device) else {
                return Some(format!("{device} is no device of the co-op, as printed"));
            };
            if !electorate.votes(credential.person) {
                return Some("tellers are chosen among those who may vote".into());
            }
            if !people.insert(credential.person) {
                return Some("each teller is a person of their own".into());
            }
        }
        None
    }

    /// Who was chosen holds the office, and nobody else does.
    pub(super) fn seat_recovered(&mut self) {
        let Some(Recovered(tellers)) = self.recovery.take() else { return };
        let candidate = |device: &DeviceId| self.register.standing(*device).map(|(_, credential)| Candidate { person: credential.person, device: *device });
        let seated: Vec<Candidate> = tellers.iter().filter_map(candidate).collect();
        let charter = self.charter();
        self.fill_office(Office::Teller, &seated, Cause::Recovery(self.issue()), &charter);
    }
}

/// More than half of each body where both have four at least, else two thirds of the consumers.
fn enough(electorate: &Electorate, signers: &[PersonId]) -> (bool, String) {
    let consumers = signers.iter().filter(|person| electorate.is_consumer(**person)).count();
    let workers = signers.iter().filter(|person| electorate.is_worker(**person)).count();
    let (all, all_workers) = (electorate.consumers.len(), electorate.workers.len());
    if all >= BODY && all_workers >= BODY {
        let said = format!("{consumers} of {all} consumers and {workers} of {all_workers} workers signed; more than half of each are needed");
        return (2 * consumers > all && 2 * workers > all_workers, said);
    }
    (all > 0 && 3 * consumers >= 2 * all, format!("{consumers} of {all} consumers signed; two thirds of them are needed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(from: u8, many: u8) -> Vec<PersonId> {
        (from..from + many).map(|n| PersonId([n; 32])).collect()
    }

    fn said(consumers: u8, workers: u8, signed: (u8, u8)) -> bool {
        let electorate = Electorate { consumers: people(0, consumers), workers: people(100, workers) };
        enough(&electorate, &[people(0, signed.0), people(100, signed.1)].concat()).0
    }

    #[test]
    fn of_two_bodies_of_four_more_than_half_of_each_has_to_sign() {
        assert!(said(4, 5, (3, 3)));
        assert!(!said(4, 5, (2, 5)) && !said(4, 5, (4, 2)));
    }

    #[test]
    fn else_two_thirds_of_the_consumers_are_enough_whoever_works() {
        assert!(said(3, 9, (2, 0)) && said(9, 3, (6, 0)));
        assert!(!said(3, 9, (1, 9)) && !said(9, 3, (5, 3)));
        assert!(!said(0, 9, (0, 9)), "without consumers nobody can");
    }
}
