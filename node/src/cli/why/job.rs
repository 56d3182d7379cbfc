//! Why a job is there, who holds it, and why somebody holds an office: with what they signed themselves.

use super::{Asked, Because, Why};
use crate::{
    api::Failure,
    cli::{
        format,
        hire::{Hire, hires},
    },
    store::printed_op,
};
use folkmoot_protocol::{
    act::{Act, LawAct},
    id::*,
    law::{Cause, Effect, Job, Offered, Office},
    op::Content,
};

impl Asked<'_> {
    /// Why the jobs of a name are as they are: the one there is, and those that have ended.
    pub(super) fn job(&self, name: &str) -> Result<Why, Failure> {
        let jobs = self.book.printed.jobs.iter().filter(|(_, job)| job.name == name);
        let (present, ended): (Vec<_>, Vec<_>) = jobs.partition(|(_, job)| job.ended.is_none());
        let (hires, mut because) = (hires(self.view, &self.book)?, Vec::new());
        for (id, job) in present.iter().chain(&ended) {
            because.extend(self.made(job, hires.iter().filter(|hire| hire.job == **id))?);
            because.extend(self.offered(Offered::Job(**id))?);
        }
        let fact = match present.first().map(|(_, job)| job.holder) {
            Some(Some((person, ..))) => format!("{} holds the job {name}", format::person(&self.view.person_or_id(person)?)),
            Some(None) => format!("the job {name} is vacant"),
            None => format!("the job {name} has ended"),
        };
        Ok(Why::new(fact, because))
    }

    /// What created a job, who accepted it, and what ended it.
    fn made<'a>(&self, job: &Job, hires: impl Iterator<Item = &'a Hire>) -> Result<Vec<Because>, Failure> {
        let mut because = vec![self.cause("created".into(), job.created, None)?];
        for hire in hires {
            because.extend(self.hired(hire)?);
            let expelled = hire.ended.filter(|bill| job.ended != Some(*bill));
            let name = format::person(&self.view.person_or_id(hire.person)?);
            because.extend(expelled.map(|bill| self.cause(format!("{name} was expelled"), Cause::Bill(bill), None)).transpose()?);
        }
        because.extend(job.ended.map(|by| self.cause("ended".into(), Cause::Bill(by), None)).transpose()?);
        Ok(because)
    }

    /// What offered somebody a job, and that they accepted it.
    pub(super) fn hired(&self, hire: &Hire) -> Result<Vec<Because>, Failure> {
        let mut because = vec![self.cause("filled".into(), hire.by, None)?];
        let by = Some(self.view.person_or_id(hire.person)?);
        because.extend(hire.accepted.map(|(op, height)| Because { what: "accepted it".into(), op: Some(op), by, issue: Some(height), rule: None }));
        Ok(because)
    }

    /// By which bills something is offered to people who have not accepted it yet.
    pub(super) fn offered(&self, what: Offered) -> Result<Vec<Because>, Failure> {
        let offers = self.book.printed.offers.iter().filter(|(_, offer)| offer.what == what);
        let because = offers.filter_map(|(_, offer)| Some((offer.person, offer.by?))).map(|(person, by)| {
            let name = format::person(&self.view.person_or_id(person)?);
            self.cause(format!("offered to {name}, who has not accepted it yet,"), Cause::Bill(by), None)
        });
        because.collect()
    }

    /// What somebody signed to hold an office: their acceptance of what a bill offered, or that they stood.
    pub(super) fn accepted(&self, person: PersonId, by: Cause, office: Office) -> Result<Vec<Because>, Failure> {
        let offers = if let Cause::Bill(bill) = by { self.offers(bill, person, office) } else { vec![] };
        self.signed_acts(|signer, act| {
            Ok(match act {
                LawAct::Accept { offer } if signer == person && offers.contains(offer) => Some("accepted it".to_owned()),
                LawAct::Stand { election } if signer == person && by == Cause::Election(*election) => Some("stood in the election".into()),
                _ => None,
            })
        })
    }

    /// The offers of an office to somebody that a bill made.
    fn offers(&self, bill: OpId, person: PersonId, offered: Office) -> Vec<OpId> {
        let is_it = |effect: &Effect| matches!(effect, Effect::Appoint { office, person: whom } if *whom == person && *office == offered);
        let effects = self.book.printed.bills.get(&bill).map(|bill| bill.proposal.effects.as_slice()).unwrap_or_default();
        effects.iter().zip(0..).filter(|(effect, _)| is_it(effect)).map(|(_, number)| bill.made_by(number)).collect()
    }

    /// The acts that had effect or are not printed yet, of which `says` says something, in the order of the issues.
    pub(super) fn signed_acts(&self, says: impl Fn(PersonId, &LawAct) -> Result<Option<String>, Failure>) -> Result<Vec<Because>, Failure> {
        let mut because = Vec::new();
        for held in self.view.hall_acts()? {
            let Ok(Content::Act(Act::Law(act))) = printed_op(&held).content else { continue };
            let Some(signer) = self.book.author(held.credential, held.op.header.device) else { continue };
            let Some(what) = says(signer, &act)? else { continue };
            let printing = self.view.printing_of(held.op.id)?;
            if printing.as_ref().is_some_and(|printing| printing.reason.is_some()) {
                continue;
            }
            let what = if printing.is_some() { what } else { format!("{what}, which is not printed yet") };
            let by = Some(self.view.person_or_id(signer)?);
            because.push(Because { what, op: Some(held.op.id), by, issue: printing.map(|printing| printing.height), rule: None });
        }
        because.sort_by_key(|link| link.issue.unwrap_or(u64::MAX));
        Ok(because)
    }
}
