//! Why somebody votes among the consumers or the workers, or does not.

use super::{Asked, Because, Why};
use crate::{
    api::Failure,
    cli::{format, hire::hires},
};
use folkmoot_protocol::{id::*, law::Cause};

impl Asked<'_> {
    /// What makes somebody consumer, worker or nothing.
    pub(super) fn person(&self, person: PersonId) -> Result<Why, Failure> {
        let (law, name) = (&self.book.printed, format::person(&self.view.person_or_id(person)?));
        let Some(row) = law.register.persons.get(&person) else {
            return Ok(Why::new(format!("{name} was not let into the co-op, as printed"), vec![]));
        };
        let issue = self.view.printing_of(row.admission)?.map(|printing| printing.height);
        let mut because = vec![Because { what: "was let in".into(), op: Some(row.admission), by: self.author(Some(row.admission))?, issue, rule: None }];
        for (number, receipt) in law.dues.iter().filter(|(_, receipt)| receipt.member == person) {
            because.extend(self.steps(*number, receipt)?);
        }
        for (id, challenge) in law.challenges.iter().filter(|(_, challenge)| challenge.member == person) {
            because.extend(self.challenge(*id, challenge)?.because);
        }
        for hire in hires(self.view, &self.book)?.iter().filter(|hire| hire.person == person) {
            let Some(job) = law.jobs.get(&hire.job) else { continue };
            let mut of_job = vec![self.cause("created".into(), job.created, None)?];
            of_job.extend(self.hired(hire)?);
            // That an expulsion took it is said once, below.
            let ended = hire.ended.filter(|bill| job.ended == Some(*bill));
            of_job.extend(ended.map(|bill| self.cause("ended".into(), Cause::Bill(bill), None)).transpose()?);
            because.extend(of_job.into_iter().map(|link| Because { what: format!("the job {}: {}", job.name, link.what), ..link }));
        }
        if let Some(expulsion) = law.expulsions.get(&person) {
            because.push(self.cause("was expelled".into(), Cause::Bill(expulsion.by), Some(expulsion.height))?);
        }
        because.extend(self.votes(person));
        let standing = law.standing(person, self.now());
        let votes = match (standing.consumer, standing.worker) {
            (true, true) => "votes among the consumers and among the workers",
            (true, false) => "votes among the consumers",
            (false, true) => "votes among the workers",
            (false, false) => "does not vote",
        };
        Ok(Why::new(format!("{name} {votes}"), because))
    }

    /// How somebody stands in each body now, with the rule.
    fn votes(&self, person: PersonId) -> [Because; 2] {
        let law = &self.book.printed;
        let (now, standing) = (self.now(), law.standing(person, self.now()));
        let other = "who is in both bodies votes in one of them (dual.ballots)".to_owned();
        let consumer = law.why_no_consumer(person, now).unwrap_or_else(|| match law.consumer(person) {
            _ if !standing.consumer => other.clone(),
            Some(consumer) => format!("consumer since {}, with dues paid to {}", format::date_and_time(consumer.since), format::day(consumer.paid_to)),
            None => String::new(),
        });
        let job = law.members.get(&person).and_then(|member| member.job).and_then(|(id, since)| Some((law.jobs.get(&id)?, since)));
        let worker = match job {
            None => "they hold no job".into(),
            Some(_) if !standing.worker => other,
            Some((job, 0)) => format!("holds the job {} since the founding", job.name),
            Some((job, since)) => format!("holds the job {} since {}", job.name, format::date_and_time(since)),
        };
        [("consumers", standing.consumer, consumer), ("workers", standing.worker, worker)].map(|(body, votes, rule)| {
            let what = if votes { format!("votes among the {body}") } else { format!("does not vote among the {body}") };
            Because { what, op: None, by: None, issue: None, rule: Some(rule) }
        })
    }

    /// Now, as lists of the roll take it: no earlier than the Gazette.
    fn now(&self) -> u64 {
        format::now_ms().max(self.book.printed.time())
    }
}
