//! `jobs`, `offices`, `roll`: who does what in the co-op, and who may vote.

use super::{
    context::Context,
    evidence::{self, Shown},
    format,
    output::Paint,
};
use crate::{api::Failure, standstill::standstill, store::View};
use folkmoot_protocol::{
    id::*,
    law::{Job, Office, State, value::duration_in_words},
    view::PersonView,
};
use serde::Serialize;

/// Lists the co-op's jobs
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  folkmoot jobs\n  folkmoot jobs --all")]
pub(super) struct JobsArgs {
    /// Those that have ended too
    #[arg(long)]
    all: bool,
}

/// Lists who holds which office
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  folkmoot offices")]
pub(super) struct OfficesArgs {}

/// Lists who is in the two bodies, and who may vote
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  folkmoot roll\n  folkmoot roll --body workers")]
pub(super) struct RollArgs {
    /// Of this body alone
    #[arg(long, value_enum)]
    body: Option<BodyName>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum BodyName {
    /// Those who pay
    Consumers,
    /// Those who were hired
    Workers,
}

#[derive(Serialize)]
struct JobRow {
    id: OpId,
    name: String,
    title: String,
    pay: Option<String>,
    holder: Option<PersonView>,
    since: Option<u64>,
    ended: bool,
}

#[derive(Serialize)]
struct Jobs {
    jobs: Vec<JobRow>,
}

#[derive(Serialize)]
struct OfficeRow {
    office: String,
    holder: PersonView,
    since: u64,
    /// When the term ends; none for what the founding gave.
    until: Option<u64>,
    /// Of a teller: whether they certify issues now; the rest wait until there are 4, 5 or 7.
    #[serde(skip_serializing_if = "Option::is_none")]
    prints: Option<bool>,
}

#[derive(Serialize)]
struct Offices {
    offices: Vec<OfficeRow>,
    /// The offices of the co-op that nobody holds.
    vacant: Vec<String>,
    tellers: usize,
    quorum: usize,
    evidence: Vec<Shown>,
    /// Why nothing is printed, where that lasts.
    standstill: Option<String>,
}

#[derive(Serialize)]
struct RollRow {
    person: PersonView,
    consumer: bool,
    worker: bool,
    paid_to: Option<u64>,
    job: Option<String>,
    /// The challenge of their place that is open.
    challenge: Option<OpId>,
    note: Option<String>,
}

#[derive(Serialize)]
struct WaitingRow {
    person: PersonView,
    /// The receipt for which they wait.
    receipt: u64,
    /// When they accepted it.
    since: u64,
    /// By which rule.
    rule: String,
}

#[derive(Serialize)]
struct Roll {
    members: Vec<RollRow>,
    /// How many vote among each body, whatever is shown.
    consumers: usize,
    workers: usize,
    /// Who waits for a place among the consumers, the next first.
    waiting: Vec<WaitingRow>,
}

pub(super) fn jobs(args: &JobsArgs, context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let law = context.law(reader.view())?;
    let shown = law.jobs.iter().filter(|(_, job)| args.all || job.ended.is_none());
    let jobs: Result<Vec<JobRow>, Failure> = shown.map(|(id, job)| job_row(reader.view(), *id, job)).collect();
    let jobs = Jobs { jobs: jobs? };
    context.out.answer(&jobs, |paint| job_table(paint, &jobs.jobs))
}

fn job_row(view: View<'_>, id: OpId, job: &Job) -> Result<JobRow, Failure> {
    Ok(JobRow {
        id,
        name: job.name.clone(),
        title: job.title.clone(),
        pay: job.pay.map(|pay| pay.to_string()),
        holder: job.holder.map(|(person, ..)| view.person_or_id(person)).transpose()?,
        since: job.holder.map(|(_, since, _)| since),
        ended: job.ended.is_some(),
    })
}

fn job_table(paint: Paint, jobs: &[JobRow]) -> String {
    let row = |job: &JobRow| {
        let holder = match (&job.holder, job.ended) {
            (_, true) => paint.dim("ended"),
            (Some(person), _) => format::person(person),
            (None, _) => paint.yellow("vacant"),
        };
        vec![paint.bold(format::line(&job.name)), holder, job.pay.clone().unwrap_or_else(|| "unpaid".into()), format::opening(&job.title, 60)]
    };
    match jobs {
        [] => "There is no job: a bill creates one (create-job).".into(),
        jobs => format::table(paint, &["JOB", "HELD BY", "A MONTH", "TITLE"], &jobs.iter().map(row).collect::<Vec<_>>()),
    }
}

pub(super) fn offices(context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let view = reader.view();
    let law = context.law(view)?;
    let (serving, now) = (law.tellers(), law.time());
    let tellers = serving.len();
    let mut offices = Vec::new();
    for ((office, person), holding) in law.offices.iter() {
        offices.push(OfficeRow {
            office: office_name(view, office)?,
            holder: view.person_or_id(*person)?,
            since: holding.since,
            until: holding.until,
            prints: (*office == Office::Teller).then(|| serving.contains(&holding.device)),
        });
    }
    let vacant = Office::OF_THE_COOP.into_iter().filter(|office| law.holders(*office).is_empty()).map(|office| office.name().to_owned()).collect();
    let (evidence, standstill) = (evidence::shown(view, &law, |_| true)?, standstill(view, &law, format::now_ms())?);
    let offices = Offices { offices, vacant, tellers, quorum: folkmoot_protocol::agreement::quorum(tellers), evidence, standstill };
    context.out.answer(&offices, |paint| {
        let since = |at: u64| if at == 0 { "the founding".into() } else { format::date_and_time(at) };
        let until = |at: u64| if at <= now { paint.yellow("over: until others come") } else { format::day(at) };
        let row = |row: &OfficeRow| {
            let until = row.until.map(until).unwrap_or_default();
            let waits = if row.prints == Some(false) { paint.yellow(" (waits)") } else { String::new() };
            vec![paint.bold(format::line(&row.office)) + &waits, format::person(&row.holder), since(row.since), until]
        };
        let table = format::table(paint, &["OFFICE", "HELD BY", "SINCE", "UNTIL"], &offices.offices.iter().map(row).collect::<Vec<_>>());
        let trust = match offices.tellers {
            1 => {
                let stale = law.stale_teller().map(|(_, since)| paint.yellow(format!("That teller prints {}.\n", stale_key(since)))).unwrap_or_default();
                let others = offices.offices.iter().filter(|row| row.prints == Some(false)).count();
                let wait = match others {
                    0 => String::new(),
                    some => paint.yellow(format!("{} until there are four: two or three agree on nothing.\n", who_waits(some))),
                };
                let who = offices.offices.iter().find(|row| row.prints == Some(true)).map_or_else(|| "One teller".into(), |row| format::person(&row.holder));
                format!("{who} alone prints the Gazette: what counts as in time rests on trust in that person.\n{wait}{stale}")
            }
            n => format!("{n} tellers print the Gazette; {} of them have to agree on each issue.\n", offices.quorum),
        };
        // What was put right is told by `gazette` and `why`.
        let open = offices.evidence.iter().filter(|shown| shown.open.is_some());
        let evidence: String = open.map(|shown| format!("Issue {}: {}\n", shown.issue, paint.yellow(format::line(&shown.whole())))).collect();
        let standstill = offices.standstill.as_ref().map_or_else(String::new, |why| format!("{}\n", paint.red(format::sentence(why))));
        let vacant = if offices.vacant.is_empty() { String::new() } else { format!("Nobody is {}.\n", offices.vacant.join(" or ")) };
        table + &vacant + &trust + &evidence + &standstill
    })
}

fn who_waits(others: usize) -> String {
    match others {
        1 => "The other teller waits".into(),
        some => format!("The {some} others wait"),
    }
}

/// What to tell of a single teller who has printed with one key for too long.
pub(super) fn stale_key(since: u64) -> String {
    let day = format::day(since);
    format!(
        "with one key since {day}: let members elect four tellers, or `folkmoot device add` another machine with your recovery words, and close this one with it"
    )
}

/// An office as people call it.
pub(super) fn office_name(view: View<'_>, office: &Office) -> Result<String, Failure> {
    Ok(match office {
        Office::Moderator(space) => format!("moderator of {}", view.community(*space)?.map_or_else(|| space.short(), |community| community.name)),
        office => office.name().to_owned(),
    })
}

pub(super) fn roll(args: &RollArgs, context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let view = reader.view();
    let law = context.law(view)?;
    let now = format::now_ms().max(law.time());
    let mut members = Vec::new();
    for (person, _) in law.members.iter() {
        members.push(roll_row(view, &law, *person, now)?);
    }
    members.sort_by_cached_key(|row| (row.person.name.to_lowercase(), row.person.id));
    let count = |of: fn(&RollRow) -> bool| members.iter().filter(|row| of(row)).count();
    let (consumers, workers) = (count(|row| row.consumer), count(|row| row.worker));
    members.retain(|row| match args.body {
        Some(BodyName::Consumers) => row.paid_to.is_some(),
        Some(BodyName::Workers) => row.job.is_some(),
        None => true,
    });
    let waiting = if args.body == Some(BodyName::Workers) { vec![] } else { waiting(view, &law)? };
    let roll = Roll { consumers, workers, members, waiting };
    context.out.answer(&roll, |paint| roll_table(paint, &roll))
}

/// Who waits for a place among the consumers, in the order in which they get one.
fn waiting(view: View<'_>, law: &State) -> Result<Vec<WaitingRow>, Failure> {
    let charter = law.charter();
    let rule = format!(
        "within {} the roll grows by {} or by {} %, whichever is more (growth.period, growth.least, growth.percent)",
        duration_in_words(charter.growth_period_ms),
        charter.growth_least,
        charter.growth_percent
    );
    let row = |(number, person): (&u64, &PersonId)| {
        let since = law.dues.get(number).and_then(|row| row.accepted).unwrap_or_default();
        Ok(WaitingRow { person: view.person_or_id(*person)?, receipt: *number, since, rule: rule.clone() })
    };
    law.queue.iter().map(row).collect()
}

fn roll_row(view: View<'_>, law: &State, person: PersonId, now: u64) -> Result<RollRow, Failure> {
    let standing = law.standing(person, now);
    let member = law.members.get(&person);
    let consumer = member.and_then(|member| member.consumer);
    let job = member.and_then(|member| member.job).and_then(|(id, _)| law.jobs.get(&id)).map(|job| job.name.clone());
    let expelled = law.is_expelled(person);
    let struck = member.is_some_and(|member| member.struck.is_some());
    let note = if consumer.is_some() || expelled || struck { law.why_no_consumer(person, now) } else { None };
    let challenge = law.challenged.get(&person).copied();
    let paid_to = consumer.map(|consumer| consumer.paid_to);
    Ok(RollRow { person: view.person_or_id(person)?, consumer: standing.consumer, worker: standing.worker, paid_to, job, challenge, note })
}

fn roll_table(paint: Paint, roll: &Roll) -> String {
    let row = |row: &RollRow| {
        let votes = match (row.consumer, row.worker) {
            (true, true) => "consumers and workers",
            (true, false) => "consumers",
            (false, true) => "workers",
            (false, false) => "does not vote",
        };
        let paid = row.paid_to.map(|to| format!("paid to {}", format::day(to))).unwrap_or_default();
        let job = row.job.clone().unwrap_or_default();
        let note = row.note.as_deref().map(format::line).unwrap_or_default();
        let challenge = row.challenge.map(|id| paint.yellow(format!("challenged ({})", id.short()))).unwrap_or_default();
        vec![format::person(&row.person), votes.into(), job, format::dotted(&[paid, note, challenge])]
    };
    let table = match roll.members.as_slice() {
        [] => "Nobody is on the roll.\n".into(),
        members => format::table(paint, &["MEMBER", "VOTES AMONG", "JOB", ""], &members.iter().map(row).collect::<Vec<_>>()),
    };
    let votes = format!("{}, {} may vote now.\n", format::count(roll.consumers as u64, "consumer"), format::count(roll.workers as u64, "worker"));
    table + &votes + &waiting_table(paint, &roll.waiting)
}

fn waiting_table(paint: Paint, waiting: &[WaitingRow]) -> String {
    let Some(first) = waiting.first() else { return String::new() };
    let row = |row: &WaitingRow| vec![format::person(&row.person), format::day(row.since), row.receipt.to_string()];
    let table = format::table(paint, &["MEMBER", "SINCE", "RECEIPT"], &waiting.iter().map(row).collect::<Vec<_>>());
    format!("\n{}\n{table}The rule: {}.\n", paint.bold("Waiting for a place among the consumers"), first.rule)
}
