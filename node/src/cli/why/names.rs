//! What goes by a name: jobs, past ones too, votes on priorities, budgets, adopted texts, endorsed instances, people, communities.

use super::{Asked, Why};
use crate::{
    api::Failure,
    cli::{format, resolve},
    store::query::Found,
};
use folkmoot_protocol::id::*;

/// What can stand before a name and a colon.
const KINDS: [&str; 6] = ["job", "priorities", "budget", "text", "instance", "community"];

/// Something that is called so.
pub(super) enum Named {
    Job,
    Priorities(OpId),
    Budget,
    Text,
    Instance,
    Person(PersonId),
    Community(SpaceId),
}

/// The kind that somebody named before a colon, and the name.
fn parts(typed: &str) -> (Option<&str>, &str) {
    let parts = typed.split_once(':').filter(|(kind, _)| KINDS.contains(kind));
    parts.map_or((None, typed), |(kind, name)| (Some(kind), name))
}

impl Asked<'_> {
    /// All that is called so, each as it can be asked for without doubt.
    pub(super) fn called(&self, typed: &str) -> Result<Vec<(String, Named)>, Failure> {
        let ((kind, name), law) = (parts(typed), &self.book.printed);
        let vote = law.priorities.iter().filter(|(_, vote)| vote.name == name).max_by_key(|(id, vote)| (vote.opened_height, **id));
        let key = name.to_owned();
        let all = [
            ("job", law.jobs.iter().any(|(_, job)| job.name == name).then_some(Named::Job)),
            ("priorities", vote.map(|(id, _)| Named::Priorities(*id))),
            ("budget", law.budgets.contains(&key).then_some(Named::Budget)),
            ("text", law.texts.contains(&key).then_some(Named::Text)),
            ("instance", self.instance(name)?.map(|_| Named::Instance)),
        ];
        let wanted = all.into_iter().filter(|(other, _)| kind.is_none_or(|kind| kind == *other));
        let mut called: Vec<(String, Named)> = wanted.filter_map(|(kind, named)| Some((format!("{kind}:{name}"), named?))).collect();
        match self.view.find_person(name)? {
            _ if kind.is_some() => {}
            Found::One(person) => called.push((format!("@{}", format::person(&self.view.person_or_id(person)?)), Named::Person(person))),
            Found::Several(_) if called.is_empty() => drop(resolve::person(self.view, name)?),
            Found::Several(_) | Found::None => {}
        }
        if kind.is_none_or(|kind| kind == "community") {
            match self.view.find_community(name)? {
                Found::One(space) => called.push((format!("community:{name}"), Named::Community(space))),
                Found::Several(_) if called.is_empty() => drop(resolve::community(self.view, name)?),
                Found::Several(_) | Found::None => {}
            }
        }
        Ok(called)
    }

    /// Why the first of these is as it is, with what else is called so.
    pub(super) fn named(&self, typed: &str) -> Result<Why, Failure> {
        let ((_, name), mut called) = (parts(typed), self.called(typed)?.into_iter());
        let why = match called.next() {
            Some((_, Named::Priorities(id))) => self.book.printed.priorities.get(&id).map(|vote| self.priorities(id, vote)).transpose()?,
            Some((_, Named::Budget)) => self.budget(name)?,
            Some((_, Named::Text)) => self.text(name)?,
            Some((_, Named::Instance)) => self.instance(name)?,
            Some((_, Named::Person(person))) => Some(self.person(person)?),
            Some((_, Named::Community(space))) => Some(self.community(space)?),
            Some((_, Named::Job)) | None => Some(self.job(name)?),
        };
        let gone = || Failure::new("not-found", format!("nothing here is called '{typed}'"), "`folkmoot law` shows what is adopted and endorsed");
        Ok(Why { also: called.map(|(other, _)| other).collect(), ..why.ok_or_else(gone)? })
    }
}
