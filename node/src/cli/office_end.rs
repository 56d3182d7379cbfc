//! Who holds an office no more, and what ended that. The law keeps who holds an office now; who held it before follows from the
//! founding, and from the acts, bills, elections and recalls that it keeps.

use crate::{
    api::Failure,
    store::{View, printed_op, query::LawBook},
};
use folkmoot_protocol::{
    act::{Act, LawAct},
    id::*,
    law::{Charter, Effect, Office, State, Value},
    op::Content,
};
use std::collections::BTreeMap;

/// What ended that somebody held an office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// A bill dismissed them.
    Dismissed(OpId),
    /// A bill expelled them.
    Expelled(OpId),
    /// An election of others.
    Election(OpId),
    /// The participants of a community recalled them.
    Recall(OpId),
    /// The members chose others after that issue.
    Recovery(IssueId),
    /// Their term was over.
    Term,
    /// Evidence against them.
    Evidence,
}

/// That somebody holds an office no more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ended {
    pub(super) office: Office,
    pub(super) person: PersonId,
    pub(super) by: End,
    /// The issue that did so.
    pub(super) height: u64,
}

/// Something that changed who holds an office, as the steps of one issue follow each other.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Accepted(Office, PersonId),
    Proven(PersonId, Vec<Office>),
    Recovered(IssueId, Vec<PersonId>),
    Dismissed(OpId, Office, PersonId),
    Expelled(OpId, PersonId),
    Elected(OpId),
    Recalled(OpId),
}

/// How offices ended by what is printed, in order; nothing of an office where what is found does not lead to who holds it now.
pub(super) fn ended(view: View<'_>, book: &LawBook) -> Result<Vec<Ended>, Failure> {
    let founded = view.law_at(0)?.unwrap_or_default();
    let held = founded.offices.iter().map(|(key, holding)| (*key, Held { since: holding.since, until: holding.until })).collect();
    let mut past = Past { view, law: &book.printed, held, height: 1, ended: vec![] };
    for (height, step) in steps(view, book)? {
        past.end_terms(height)?;
        past.height = height;
        past.take(step)?;
    }
    past.end_terms(u64::MAX)?;
    let ended = std::mem::take(&mut past.ended);
    Ok(ended.into_iter().filter(|ended| past.is_known(ended.office)).collect())
}

/// What changed who holds an office, each with the issue that printed or did it, in order.
fn steps(view: View<'_>, book: &LawBook) -> Result<Vec<(u64, Step)>, Failure> {
    let (law, mut steps, mut offers) = (&book.printed, Vec::new(), BTreeMap::new());
    for (id, bill) in law.bills.iter() {
        let Some(height) = bill.status.in_force_since() else { continue };
        for (effect, number) in bill.proposal.effects.iter().zip(0..) {
            match effect {
                Effect::Appoint { office, person } => {
                    offers.insert(id.made_by(number), (*office, *person));
                }
                Effect::Dismiss { office, person } => steps.push((height, Step::Dismissed(*id, *office, *person))),
                Effect::Expel { person } => steps.push((height, Step::Expelled(*id, *person))),
                _ => {}
            }
        }
    }
    let elected = law.elections.iter().filter_map(|(id, election)| Some((id, election.outcome.as_ref()?)));
    steps.extend(elected.filter(|(_, outcome)| !outcome.winners.is_empty()).map(|(id, outcome)| (outcome.height, Step::Elected(*id))));
    let recalled = law.recalls.iter().filter_map(|(id, recall)| Some((id, recall.outcome.filter(|outcome| outcome.recalled)?)));
    steps.extend(recalled.map(|(id, outcome)| (outcome.height, Step::Recalled(*id))));
    steps.extend(law.evidence.iter().map(|(_, row)| (row.height, Step::Proven(row.person, row.ended.clone()))));
    for held in view.hall_acts()? {
        let step = match printed_op(&held).content {
            Ok(Content::Act(Act::Law(LawAct::Accept { offer }))) => offers.get(&offer).map(|(office, person)| Step::Accepted(*office, *person)),
            Ok(Content::Act(Act::Law(LawAct::Recover(recover)))) => {
                let people = recover.tellers.iter().filter_map(|device| book.owner(*device));
                Some(Step::Recovered(recover.last_good, people.collect()))
            }
            _ => None,
        };
        let Some(step) = step else { continue };
        let printing = view.printing_of(held.op.id)?.filter(|printing| printing.reason.is_none());
        steps.extend(printing.map(|printing| (printing.height, step)));
    }
    steps.sort();
    // The acts of those who choose tellers say the same.
    steps.dedup();
    Ok(steps)
}

/// Who holds what.
type Holder = (Office, PersonId);

#[derive(Debug, Clone, Copy)]
struct Held {
    since: u64,
    until: Option<u64>,
}

/// Who held what after the steps up to an issue.
struct Past<'a> {
    view: View<'a>,
    law: &'a State,
    held: BTreeMap<Holder, Held>,
    height: u64,
    ended: Vec<Ended>,
}

impl Past<'_> {
    fn take(&mut self, step: Step) -> Result<(), Failure> {
        let since = self.view.time_of_issue(self.height)?.unwrap_or(0);
        match step {
            Step::Accepted(office, person) => self.seat(office, &[person], since, self.term_ms(office)),
            Step::Proven(person, offices) => offices.into_iter().for_each(|office| self.end((office, person), End::Evidence, self.height)),
            Step::Recovered(after, people) => {
                self.clear(Office::Teller, &people, End::Recovery(after));
                self.seat(Office::Teller, &people, since, self.term_ms(Office::Teller));
            }
            Step::Dismissed(bill, office, person) => self.end((office, person), End::Dismissed(bill), self.height),
            Step::Expelled(bill, person) => {
                let held: Vec<_> = self.held.keys().copied().filter(|(_, holder)| *holder == person).collect();
                held.into_iter().for_each(|key| self.end(key, End::Expelled(bill), self.height));
            }
            Step::Elected(id) => {
                let Some(election) = self.law.elections.get(&id) else { return Ok(()) };
                let winners = election.outcome.as_ref().map(|outcome| outcome.winners.clone()).unwrap_or_default();
                self.clear(election.office, &winners, End::Election(id));
                self.seat(election.office, &winners, since, election.office.term_ms(&self.law.charter_number(election.charter)));
            }
            Step::Recalled(id) => {
                let Some(recall) = self.law.recalls.get(&id) else { return Ok(()) };
                let key = (Office::Moderator(recall.space), recall.person);
                if self.held.get(&key).is_some_and(|held| held.since <= recall.opened_at) {
                    self.end(key, End::Recall(id), self.height);
                }
            }
        }
        Ok(())
    }

    fn seat(&mut self, office: Office, people: &[PersonId], since: u64, term_ms: u64) {
        let held = Held { since, until: Some(since.saturating_add(term_ms)) };
        self.held.extend(people.iter().map(|person| ((office, *person), held)));
    }

    /// Whoever holds an office holds it no more, but for those who hold it anew.
    fn clear(&mut self, office: Office, anew: &[PersonId], by: End) {
        let others: Vec<_> = self.held.keys().copied().filter(|(other, person)| *other == office && !anew.contains(person)).collect();
        others.into_iter().for_each(|key| self.end(key, by, self.height));
    }

    fn end(&mut self, (office, person): Holder, by: End, height: u64) {
        if self.held.remove(&(office, person)).is_some() {
            self.ended.push(Ended { office, person, by, height });
        }
    }

    /// Ends the terms that were over before an issue.
    fn end_terms(&mut self, before: u64) -> Result<(), Failure> {
        while let Some((height, key)) = self.next_term()?.filter(|(height, _)| *height < before) {
            self.end(key, End::Term, height);
        }
        Ok(())
    }

    /// The next term that is over, and the issue that ended it. Tellers stay where nobody would be left to print.
    fn next_term(&self) -> Result<Option<(u64, Holder)>, Failure> {
        let mut next: Option<(u64, Holder)> = None;
        for (key, held) in &self.held {
            let Some(until) = held.until.filter(|until| *until <= self.law.time()) else { continue };
            let Some((height, time)) = self.view.whole_issue_from(self.height, until)? else { continue };
            let prints_on = |((office, _), held): (&Holder, &Held)| *office == Office::Teller && held.until.is_none_or(|until| until > time);
            let goes = key.0 != Office::Teller || self.held.iter().any(prints_on);
            if goes && next.is_none_or(|(least, _)| height < least) {
                next = Some((height, *key));
            }
        }
        Ok(next)
    }

    /// For how long somebody holds an office whom the present issue seats without an election.
    fn term_ms(&self, office: Office) -> u64 {
        let versions = self.law.values.get(&super::why::term_of(office).to_owned()).map(|value| value.versions.as_slice()).unwrap_or_default();
        let version = versions.iter().rev().find(|version| version.height < self.height);
        match version.and_then(|version| version.value.as_ref()) {
            Some(Value::Duration(ms)) => *ms,
            _ => office.term_ms(&Charter::default()),
        }
    }

    /// Whether what was found leads to who holds an office now, and since when.
    fn is_known(&self, office: Office) -> bool {
        let mut found: Vec<(u64, PersonId)> =
            self.held.iter().filter(|((other, _), _)| *other == office).map(|((_, person), held)| (held.since, *person)).collect();
        found.sort();
        found.into_iter().eq(self.law.holders(office).into_iter().map(|(person, holding)| (holding.since, person)))
    }
}
