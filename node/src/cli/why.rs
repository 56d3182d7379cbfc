//! `why`: the signed operations and the rule behind a fact.

mod adopted;
mod ballots;
mod challenge;
mod community;
mod dues;
mod gazette;
mod job;
mod moderation;
mod names;
mod office;
mod operation;
mod payment;
mod person;
mod pledge;
mod priorities;
mod recovery;
mod section;
mod written;

use self::ballots::Cast;
pub(super) use self::section::term_of;
use super::{bill, context::Context, coop::office_name, election, evidence, format, gazette::Words, law, output::Paint, resolve};
use crate::{
    api::Failure,
    store::{View, query::LawBook},
};
use folkmoot_protocol::{
    act::Act,
    id::*,
    law::{Bill, Cause, LawValue, Offered, Office, Outcome, Status, Value, charter, key},
    op::Content,
    view::PersonView,
};
use serde::Serialize;

const EXAMPLES: &str = "Examples:
  folkmoot why 3f9c01d2                a bill, a vote, or any operation of the hall
  folkmoot why 7d03b7e5                a challenge of somebody's place on the roll
  folkmoot why 2c4f9a10                a post, a comment or a page, be it removed, locked or written during a ban
  folkmoot why 61d0b2fe                a payment, as `treasury --json` lists it
  folkmoot why fee.minimum             a value of the law
  folkmoot why baker                   a job
  folkmoot why Bob                     why somebody votes among the consumers or workers, or does not
  folkmoot why receipt:3               a receipt of dues; so do budget:NAME, text:NAME, instance:HOST, priorities:NAME, job:NAME
  folkmoot why teller                  an office
  folkmoot why bread                   a community
  folkmoot why moderator:bread         the moderators of a community";

/// Shows what made something so: the signed operations, the issues that printed them, and the rule.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// A bill, an election, a vote on priorities or on a recall, a ballot, an operation, a post, a comment, a receipt of dues, a payment, a key of the law, a job, an office, a person, a device, an issue of the Gazette, a community, a budget, an adopted text or an endorsed instance
    #[arg(value_name = "ID")]
    what: String,
}

/// One link of the chain behind a fact.
#[derive(Debug, Serialize)]
pub struct Because {
    /// What happened.
    pub what: String,
    /// The operation that did it.
    pub op: Option<OpId>,
    /// Who signed that.
    pub by: Option<PersonView>,
    /// The issue that printed it.
    pub issue: Option<u64>,
    /// The rule that it followed, or why it came to nothing.
    pub rule: Option<String>,
}

#[derive(Serialize)]
struct Why {
    fact: String,
    because: Vec<Because>,
    /// What else is called so, each as `why` takes it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<String>,
}

impl Why {
    fn new(fact: String, because: Vec<Because>) -> Self {
        Self { fact, because, also: vec![] }
    }
}

/// What is asked about.
struct Asked<'a> {
    view: View<'a>,
    book: LawBook,
    /// Who asks.
    viewer: PersonId,
}

/// The chain behind a fact, by what is asked for: a bill, an office, a key of the law, and so on. As somebody sees it who may not
/// vote.
pub fn reasons(view: View<'_>, book: LawBook, what: &str) -> Result<Vec<Because>, Failure> {
    Ok(Asked { view, book, viewer: PersonId::ZERO }.why(what)?.because)
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let viewer = context.viewer(reader.view())?.person;
    let asked = Asked { view: reader.view(), book: context.law_book(reader.view())?, viewer };
    let why = asked.why(&args.what)?;
    context.out.answer(&why, |paint| page(paint, &why))
}

fn page(paint: Paint, why: &Why) -> String {
    let line = |because: &Because| {
        let by = because.by.as_ref().map(|by| format!("by {}", format::person(by))).unwrap_or_default();
        let op = because.op.map(|op| format!("operation {}", op.short())).unwrap_or_default();
        let issue = because.issue.map(|height| format!("printed in issue {height}")).unwrap_or_default();
        let facts = format::dotted(&[by, op, issue]);
        let facts = if facts.is_empty() { facts } else { format!("\n    {}", paint.dim(facts)) };
        let rule = because.rule.as_deref().map(|rule| format!("\n    {}", paint.cyan(format::line(rule)))).unwrap_or_default();
        format!("  {}{facts}{rule}\n", format::line(&because.what))
    };
    let also = why.also.iter().map(|other| format!("Something else is called so: `folkmoot why {}`\n", format::line(other)));
    format!("{}\n{}{}", paint.bold(format::line(&why.fact)), why.because.iter().map(line).collect::<String>(), also.collect::<String>())
}

impl Asked<'_> {
    fn why(&self, typed: &str) -> Result<Why, Failure> {
        let law = &self.book.printed;
        if let Some(value) = law.values.get(&typed.to_owned()) {
            return self.value(typed, value);
        }
        if key::key(typed).is_some() {
            let value = charter::assumed(typed).map(|value| format!(", and so {value}, as in the preset cast")).unwrap_or_default();
            return Ok(Why::new(format!("{typed} is not set{value}"), vec![]));
        }
        if law.job(typed).is_some() {
            return self.named(typed);
        }
        if let Some(office) = Office::OF_THE_COOP.into_iter().find(|office| office.name() == typed) {
            return self.office(office);
        }
        if typed.starts_with("moderator:") {
            return self.office(election::office(self.view, typed)?);
        }
        if let Some((key, moderated)) = self.view.find_moderated(typed, |_| true)? {
            return self.moderated(key, &moderated);
        }
        if let Some(why) = self.silenced(typed)? {
            return Ok(why);
        }
        let elections: Vec<OpId> = law.elections.iter().map(|(id, _)| *id).collect();
        if let Ok(election) = resolve::one_of("election", typed, &elections, "") {
            return self.election(election);
        }
        let recalls: Vec<OpId> = law.recalls.iter().map(|(id, _)| *id).collect();
        if let Ok(id) = resolve::one_of("vote on a recall", typed, &recalls, "")
            && let Some(recall) = law.recalls.get(&id)
        {
            return self.recall(id, recall);
        }
        let votes: Vec<OpId> = law.priorities.iter().map(|(id, _)| *id).collect();
        if let Ok(id) = resolve::one_of("vote on priorities", typed, &votes, "")
            && let Some(vote) = law.priorities.get(&id)
        {
            return self.priorities(id, vote);
        }
        let challenges: Vec<OpId> = law.challenges.iter().map(|(id, _)| *id).collect();
        if let Ok(id) = resolve::one_of("challenge", typed, &challenges, "")
            && let Some(row) = law.challenges.get(&id)
        {
            return self.challenge(id, row);
        }
        if let Some(why) = self.feature(typed)? {
            return Ok(why);
        }
        if let Some(why) = self.receipt(typed)? {
            return Ok(why);
        }
        if let Some(why) = self.payment(typed)? {
            return Ok(why);
        }
        if !self.called(typed)?.is_empty() {
            return self.named(typed);
        }
        match bill::find(self.view, &self.book, typed) {
            Ok(document) => self.bill(document),
            Err(failure) if failure.code == "ambiguous" => Err(failure),
            Err(_) => self.anything_else(typed)?.ok_or_else(|| self.unknown(typed)),
        }
    }

    /// That nothing is called so, with what may be meant.
    fn unknown(&self, typed: &str) -> Failure {
        let nothing = |hint: &str| Failure::new("not-found", format!("nothing here is called '{typed}'"), hint);
        if typed.parse().is_ok_and(|height: u64| (1..=self.book.printed.height()).contains(&height)) {
            return nothing(&format!("`folkmoot gazette {typed}` shows the issue of that number"));
        }
        if resolve::is_short(typed) {
            return nothing("give at least 8 digits of an id");
        }
        let hint = "give a bill, a ballot, an election, a vote on priorities or on a recall, an operation of the hall, a receipt of dues, a post, a comment, a payment, a key of the law, a job, an office (moderator:COMMUNITY too), a person, a device, an issue of the Gazette, a community, a budget, an adopted text or an endorsed instance";
        Failure::new("not-found", format!("nothing here is called '{typed}', and no id begins so"), hint)
    }

    /// Why whose device that is votes, or does not.
    fn device(&self, typed: &str) -> Result<Option<Why>, Failure> {
        let Some(device) = self.book.device_beginning(|device| resolve::begins(device, typed)) else { return Ok(None) };
        let Some(owner) = self.book.owner(device) else { return Ok(None) };
        let (name, why) = (format::person(&self.view.person_or_id(owner)?), self.person(owner)?);
        let state = if self.book.is_closed(device) { ", which is closed" } else { "" };
        let fact = format!("{} is a device of {name}{state}; {}", device.short(), why.fact);
        Ok(Some(Why { fact, because: self.tied(device)?.into_iter().chain(why.because).collect(), also: why.also }))
    }

    /// How a further device came to be its owner's; one with which they were let in needs no other link.
    fn tied(&self, device: DeviceId) -> Result<Option<Because>, Failure> {
        let Some(op) = self.book.credential_of(device) else { return Ok(None) };
        let Some(Ok(Content::Act(Act::GrantDevice(_)))) = self.view.operation(op)?.and_then(|held| held.op.content()) else { return Ok(None) };
        let issue = self.view.printing_of(op)?.map(|printing| printing.height);
        Ok(Some(Because { what: format!("{} was tied to its owner", device.short()), op: Some(op), by: self.author(Some(op))?, issue, rule: None }))
    }

    /// What is looked for last, as it takes longest.
    fn anything_else(&self, typed: &str) -> Result<Option<Why>, Failure> {
        for find in [Self::issue, Self::device, Self::pledge, Self::written, Self::ballot, Self::operation, Self::made_by_a_bill] {
            if let Some(why) = find(self, typed)? {
                return Ok(Some(why));
            }
        }
        Ok(None)
    }

    fn value(&self, name: &str, value: &LawValue) -> Result<Why, Failure> {
        let present = law::words(value.present());
        let mut because = Vec::new();
        for version in value.versions.iter().rev() {
            let to = version.value.as_ref().map_or_else(|| "nothing".to_owned(), Value::in_words);
            let how = match version.undoes {
                Some(bill) if version.by == Cause::Bill(bill) => format!("put back to {to}, at its sunset,"),
                Some(_) => format!("put back to {to}"),
                None => format!("set to {to}"),
            };
            because.push(self.cause(how, version.by, Some(version.height))?);
        }
        Ok(Why::new(format!("{name} is {present}"), because))
    }

    /// What brought something about; `issue`: since which it is so, if not since what brought it about came into force.
    fn cause(&self, what: String, by: Cause, issue: Option<u64>) -> Result<Because, Failure> {
        Ok(match by {
            Cause::Founding => {
                let op = self.view.coop()?.map(|coop| OpId(coop.0));
                Because { what: format!("{what} by the founding"), op, by: self.author(op)?, issue: None, rule: None }
            }
            Cause::Bill(op) => {
                let bill = self.book.printed.bills.get(&op);
                let title = bill.map(|bill| bill.proposal.title.as_str()).unwrap_or_default();
                let since = issue.or_else(|| bill.and_then(|bill| bill.status.in_force_since()));
                let since = since.map(|height| format!(", since issue {height}")).unwrap_or_default();
                let (issue, rule) = (bill.map(|bill| bill.opened_height), bill.map(|bill| self.passed(bill)));
                Because { what: format!("{what} by the bill \"{title}\"{since}"), op: Some(op), by: self.author(Some(op))?, issue, rule }
            }
            Cause::Recovery(after) => {
                let what = format!("{what} by the members, without the tellers before, after issue {}", self.words().number_of(after)?);
                Because { what, op: None, by: None, issue, rule: Some(recovery::RULE.into()) }
            }
            Cause::Election(id) => {
                let election = self.book.printed.elections.get(&id);
                let rule = election.and_then(|election| Some(self.counted(election, election.outcome.as_ref()?)));
                let issue = election.and_then(|election| election.outcome.as_ref()).map(|outcome| outcome.height);
                Because { what: format!("{what} in election {}", id.short()), op: None, by: None, issue, rule }
            }
        })
    }

    /// What operations did, for who asks.
    fn words(&self) -> Words<'_> {
        Words { view: self.view, book: &self.book, viewer: self.viewer }
    }

    /// Who signed an operation.
    fn author(&self, op: Option<OpId>) -> Result<Option<PersonView>, Failure> {
        let Some(held) = op.map(|op| self.view.operation(op)).transpose()?.flatten() else { return Ok(None) };
        let author = self.book.author(held.credential, held.op.header.device);
        Ok(author.map(|author| self.view.person_or_id(author)).transpose()?)
    }

    fn office(&self, office: Office) -> Result<Why, Failure> {
        let (mut because, mut names, mut recovered) = (Vec::new(), Vec::new(), None);
        for (person, holding) in self.book.printed.holders(office) {
            let name = format::person(&self.view.person_or_id(person)?);
            let elected = if let Cause::Election(id) = holding.by { self.book.printed.elections.get(&id) } else { None };
            because.push(self.cause(format!("{name} was {}", if elected.is_some() { "elected" } else { "appointed" }), holding.by, None)?);
            because.extend(elected.map(|election| self.opened(election)).transpose()?.unwrap_or_default());
            because.extend(self.accepted(person, holding.by, office)?);
            if let Some(until) = holding.until {
                let rule = Some(format!("the charter's {}", section::term_of(office)));
                because.push(Because { what: format!("the term ends {}", format::date_and_time(until)), op: None, by: None, issue: None, rule });
            }
            if let Cause::Recovery(after) = holding.by {
                recovered = Some(after);
            }
            names.push(name);
        }
        because.extend(recovered.map(|after| self.chosen(after)).transpose()?.unwrap_or_default());
        because.extend(self.offered(Offered::Office(office))?);
        for shown in evidence::shown(self.view, &self.book.printed, |row| evidence::concerns(&self.book.printed, office, row))? {
            let by = self.author(Some(shown.act))?;
            because.push(Because { what: shown.whole(), op: Some(shown.act), by, issue: Some(shown.issue), rule: Some(evidence::RULE.into()) });
        }
        because.extend(self.held_before(office)?);
        let called = office_name(self.view, &office)?;
        let mut fact = if names.is_empty() { format!("nobody is {called}") } else { format!("{called}: {}", names.join(", ")) };
        if let Office::Moderator(space) = office {
            because.extend(self.recalls_in(space)?);
            if let Some((name, opener)) = self.opener(space)? {
                fact = format!("{fact}; {name} moderates it");
                because.push(opener);
            }
        }
        Ok(Why::new(fact, because))
    }

    fn bill(&self, document: DocumentId) -> Result<Why, Failure> {
        let Some((op, bill)) = self.book.printed.bill_of(document) else {
            let waits = self.book.provisional.bill_of(document).is_some();
            let how = if waits { "waits to be printed: only then it is put to the vote" } else { "was not put to the vote, as printed" };
            return Ok(Why::new(format!("bill {} {how}", document.short()), vec![]));
        };
        let charter = format!(
            "judged by charter {} of the co-op, fixed at the opening (deliberation.period, voting.period); {} and {} could vote",
            bill.charter,
            format::count(bill.consumers, "consumer"),
            format::count(bill.workers, "worker")
        );
        let mut because =
            vec![Because { what: "put to the vote".into(), op: Some(op), by: self.author(Some(op))?, issue: Some(bill.opened_height), rule: Some(charter) }];
        because.extend(self.confirmed(bill)?);
        because.extend(self.ballots(&Cast::on_bill(op, bill))?);
        because.extend(self.pledges(op)?);
        because.extend(self.struck_from(bill)?);
        if let Some((_, height)) = bill.result {
            because.push(Because { what: "the vote ended".into(), op: None, by: None, issue: Some(height), rule: Some(self.passed(bill)) });
        }
        let printed = |what: &str, issue: u64, rule| Because { what: what.into(), op: None, by: None, issue: Some(issue), rule };
        if let Status::Enacted { height: since } | Status::Expired { since, .. } = bill.status {
            because.push(printed("came into force", since, Some(self.cooled(bill))));
        }
        if let Status::Expired { height, .. } = bill.status {
            let rule = bill.proposal.sunset.map(|at| format!("its sunset: {}", format::date_and_time(at)));
            because.push(printed("what it had set, and still stood, went back", height, rule));
        }
        let fact = match &bill.status {
            Status::Stale { reason } => format!("\"{}\" passed, and is stale: {reason}", bill.proposal.title),
            status => format!("\"{}\": {}", bill.proposal.title, status.name()),
        };
        Ok(Why::new(fact, because))
    }

    /// The stale bill that a bill confirms.
    fn confirmed(&self, bill: &Bill) -> Result<Option<Because>, Failure> {
        let Some(op) = bill.proposal.confirms else { return Ok(None) };
        let Some(stale) = self.book.printed.bills.get(&op) else { return Ok(None) };
        let why = if let Status::Stale { reason } = &stale.status { format!(", and was stale: {reason}") } else { String::new() };
        let (issue, rule) = (Some(stale.opened_height), Some(self.passed(stale)));
        Ok(Some(Because { what: format!("confirms the bill of the same text that passed before{why}"), op: Some(op), by: self.author(Some(op))?, issue, rule }))
    }

    fn election(&self, id: OpId) -> Result<Why, Failure> {
        let unknown = || Failure::new("not-found", "that election is not here", "`folkmoot election list` shows those that are");
        let election = self.book.printed.elections.get(&id).ok_or_else(unknown)?;
        let mut because = self.opened(election)?;
        let outcome = election.outcome.as_ref();
        because.extend(self.ballots(&Cast::in_election(id, election))?);
        let ended = |outcome: &Outcome| Because {
            what: "the vote ended".into(),
            op: None,
            by: None,
            issue: Some(outcome.height),
            rule: Some(self.counted(election, outcome)),
        };
        because.extend(outcome.map(ended));
        let winners = outcome.map(|outcome| outcome.winners.as_slice()).unwrap_or_default();
        let names = winners.iter().map(|person| Ok(format::person(&self.view.person_or_id(*person)?))).collect::<Result<Vec<_>, Failure>>()?;
        let result = match (outcome, names.as_slice()) {
            (None, _) => election.phase.name().to_owned(),
            (Some(_), []) => "nobody was elected".into(),
            (Some(_), names) => format!("elected {}", names.join(", ")),
        };
        Ok(Why::new(format!("election {} ({}, {}): {result}", id.short(), election.office.name(), format::count(election.seats, "seat")), because))
    }
}
