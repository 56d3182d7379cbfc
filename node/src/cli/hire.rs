//! Who came into a job, and what ended that. The law keeps who holds a job now; who held it before follows from the founding, and
//! from the bills and acceptances that are kept.

use crate::{
    api::Failure,
    store::{View, printed_op, query::LawBook},
};
use folkmoot_protocol::{
    act::{Act, LawAct},
    id::*,
    law::{Cause, Effect, Job, State},
    op::Content,
};
use std::collections::BTreeMap;

/// That somebody came into a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hire {
    pub(super) job: OpId,
    pub(super) person: PersonId,
    /// The founding, or the bill that hired them.
    pub(super) by: Cause,
    /// What they signed to accept it, with its issue; none of the founder's.
    pub(super) accepted: Option<(OpId, u64)>,
    /// The bill by which they hold it no more.
    pub(super) ended: Option<OpId>,
}

/// Who came into a job by what is printed, in order.
pub(super) fn hires(view: View<'_>, book: &LawBook) -> Result<Vec<Hire>, Failure> {
    let (law, founded) = (&book.printed, view.law_at(0)?.unwrap_or_default());
    let hire = |job: OpId, person, by, accepted| Hire { job, person, by, accepted, ended: ended(law, job, person) };
    let founder = |(id, job): (&OpId, &Job)| job.holder.map(|(person, _, by)| hire(*id, person, by, None));
    let mut hires: Vec<Hire> = founded.jobs.iter().filter_map(founder).collect();
    let (offers, mut accepted) = (offers(law), Vec::new());
    if offers.is_empty() {
        return Ok(hires);
    }
    for held in view.hall_acts()? {
        let Ok(Content::Act(Act::Law(LawAct::Accept { offer }))) = printed_op(&held).content else { continue };
        let Some((job, person, bill)) = offers.get(&offer) else { continue };
        let Some(printing) = view.printing_of(held.op.id)?.filter(|printing| printing.reason.is_none()) else { continue };
        accepted.push(hire(*job, *person, Cause::Bill(*bill), Some((held.op.id, printing.height))));
    }
    accepted.sort_by_key(|hire| hire.accepted.map(|(op, height)| (height, op)));
    hires.extend(accepted);
    Ok(hires)
}

/// The jobs that bills in force offered, by offer: which, to whom, and by what bill.
fn offers(law: &State) -> BTreeMap<OpId, (OpId, PersonId, OpId)> {
    let mut offers = BTreeMap::new();
    for (id, bill) in law.bills.iter() {
        let Some(height) = bill.status.in_force_since() else { continue };
        for (effect, number) in bill.proposal.effects.iter().zip(0..) {
            let Effect::FillJob { job, person } = effect else { continue };
            offers.extend(job_at(law, job, height).map(|job| (id.made_by(number), (job, *person, *id))));
        }
    }
    offers
}

/// The job that had a name once an issue was printed: of those created by then, the latest.
fn job_at(law: &State, name: &str, height: u64) -> Option<OpId> {
    let since = |cause: &Cause| if let Cause::Bill(bill) = cause { in_force_since(law, *bill) } else { Some(0) };
    let named = law.jobs.iter().filter(|(_, job)| job.name == name);
    let created = named.filter_map(|(id, job)| Some((since(&job.created)?, *id))).filter(|(created, _)| *created <= height);
    created.max().map(|(_, id)| id)
}

/// The bill by which somebody who came into a job holds it no more: their expulsion, or the end of the job.
fn ended(law: &State, id: OpId, person: PersonId) -> Option<OpId> {
    let job = law.jobs.get(&id)?;
    if job.holder.is_some_and(|(holder, ..)| holder == person) {
        return None;
    }
    let expelled = law.expulsions.get(&person).map(|expulsion| (expulsion.height, expulsion.by));
    let over = job.ended.and_then(|by| Some((in_force_since(law, by)?, by)));
    expelled.into_iter().chain(over).min().map(|(_, bill)| bill)
}

fn in_force_since(law: &State, bill: OpId) -> Option<u64> {
    law.bills.get(&bill).and_then(|bill| bill.status.in_force_since())
}
