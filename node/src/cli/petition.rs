//! `petition`: participants of a community demand an election of its moderators, or vote on whether one goes.

use super::{bill_view, complete, context::Context, format, output::Paint, resolve, voted};
use crate::{
    api::{Draft, Failure, LawDraft},
    store::query::{ENDED, LawBook},
};
use folkmoot_protocol::{
    id::*,
    law::{Choice, Demand},
    limits,
    view::{PetitionView, RecallResultView, RecallView},
};
use serde::Serialize;

const EXAMPLES: &str = "Examples:
  folkmoot petition elect bread --seats 2
  folkmoot petition recall bread Bob
  folkmoot petition list
  folkmoot petition vote 3f9c01d2 for

Who takes part in a community (`folkmoot community take-part`) signs one petition there at a time. With enough signatures (petition.quorum) an election of its moderators opens at once, or a vote on whether one goes; no bill of the whole co-op is needed. Everybody can see who signed, and who voted how.";

/// Demands an election of a community's moderators, or the recall of one, and votes on that.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Signs the petition for an election of moderators
    #[command(after_help = "Examples:\n  folkmoot petition elect bread --seats 2")]
    Elect {
        #[command(flatten)]
        community: Community,
        /// How many are to be elected: a petition for another number is another petition
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=limits::SEATS_PER_ELECTION))]
        seats: u64,
    },
    /// Signs the petition for a vote on whether somebody stays a moderator
    #[command(after_help = "Examples:\n  folkmoot petition recall bread Bob")]
    Recall {
        #[command(flatten)]
        community: Community,
        /// Who moderates it
        #[arg(value_name = "PERSON", add = complete::persons())]
        person: String,
    },
    /// Takes your signature in a community back
    #[command(after_help = "Examples:\n  folkmoot petition withdraw bread")]
    Withdraw(Community),
    /// Lists petitions that wait for signatures, and votes on recalls
    #[command(after_help = "Examples:\n  folkmoot petition list")]
    List,
    /// Shows a vote on a recall: who may vote, how it stands, and why
    #[command(after_help = "Examples:\n  folkmoot petition show 3f9c01d2")]
    Show(Named),
    /// Votes on a recall: `for` means that they go; works offline
    #[command(after_help = "Examples:\n  folkmoot petition vote 3f9c01d2 for\n  folkmoot petition vote 3f9c01d2 against")]
    Vote {
        #[command(flatten)]
        recall: Named,
        /// for, against or abstain
        #[arg(value_name = "CHOICE", value_enum)]
        choice: Say,
        /// Vote without being asked where the ballot will not count
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Say {
    /// They go
    For,
    /// They stay
    Against,
    /// Neither
    Abstain,
}

#[derive(Debug, clap::Args)]
struct Community {
    /// The community's short name or id
    #[arg(value_name = "COMMUNITY", add = complete::communities())]
    name: String,
}

#[derive(Debug, clap::Args)]
struct Named {
    /// The vote
    #[arg(value_name = "ID")]
    id: String,
}

#[derive(Serialize)]
struct Listed {
    petitions: Vec<PetitionView>,
    recalls: Vec<RecallView>,
}

#[derive(Serialize)]
struct Voted {
    ballot: DocumentId,
    op: OpId,
    says: Choice,
    counts: bool,
    why: String,
}

impl Named {
    fn find(&self, book: &LawBook) -> Result<OpId, Failure> {
        let all: Vec<OpId> = book.provisional.recalls.iter().map(|(id, _)| *id).collect();
        resolve::one_of("vote on a recall", &self.id, &all, "`folkmoot petition list` shows them")
    }
}

pub(super) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    match args.command {
        Command::Elect { community, seats } => sign(&community, |_| Ok(Some(Demand::Elect { seats })), context).await,
        Command::Recall { community, person } => sign(&community, |view| Ok(Some(Demand::Recall { person: resolve::person(view, &person)? })), context).await,
        Command::Withdraw(community) => sign(&community, |_| Ok(None), context).await,
        Command::List => list(context),
        Command::Show(named) => show(&named, context),
        Command::Vote { recall, choice, yes } => vote(&recall, choice, yes, context).await,
    }
}

/// Signs, and says how many have.
async fn sign(community: &Community, demand: impl FnOnce(crate::store::View<'_>) -> Result<Option<Demand>, Failure>, context: &Context) -> Result<(), Failure> {
    let (space, name, demand) = {
        let reader = context.reader()?;
        let space = resolve::community(reader.view(), &community.name)?;
        (space, format::community(&reader.view().community_named(space)?), demand(reader.view())?)
    };
    let done = context.submit(Draft::Law(LawDraft::Petition { space, demand })).await?;
    let said = {
        let reader = context.reader()?;
        let law = context.law_book(reader.view())?.provisional;
        let opens = done.written.op.made_by(0);
        let participants = law.participants(space, law.time());
        match demand {
            None => format!("You sign no petition in {name} any more, once the Gazette has printed that."),
            Some(_) if law.elections.contains(&opens) => {
                format!("You signed, and that is enough: once the Gazette has printed it, election {} is open.", opens.short())
            }
            Some(_) if law.recalls.contains(&opens) => {
                format!("You signed, and that is enough: once the Gazette has printed it, the vote {} is open.", opens.short())
            }
            Some(demand) => {
                let (many, needed) = (law.signatures(space, demand, &participants).len(), law.signatures_needed(participants.voters()));
                format!("You signed in {name}: {many} of {needed} that are needed. `folkmoot petition list` shows petitions.")
            }
        }
    };
    context.out.answer(&done.written, |_| said.clone())?;
    context.note_offline(&done);
    Ok(())
}

fn list(context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let (view, book) = (reader.view(), context.law_book(reader.view())?);
    let viewer = context.viewer(view)?.person;
    let mut recalls = Vec::new();
    for (id, _) in book.provisional.recalls.iter() {
        recalls.extend(view.recall(*id, &book, viewer)?);
    }
    recalls.sort_by_key(|shown| (std::cmp::Reverse(shown.opened_at), shown.id));
    let listed = Listed { petitions: view.petitions(&book.provisional, viewer)?, recalls };
    context.out.answer(&listed, |paint| table(paint, &listed))
}

fn table(paint: Paint, Listed { petitions, recalls }: &Listed) -> String {
    let petition = |row: &PetitionView| {
        let signed = format!("{} of {} signatures", row.signers.len(), row.needed);
        let names: Vec<String> = row.signers.iter().map(format::person).collect();
        vec![format::community(&row.community), paint.bold(demanded(row)), signed, names.join(", ")]
    };
    let recall = |row: &RecallView| {
        let person = paint.bold(format::person(&row.person));
        vec![row.id.short(), format::community(&row.community), person, state(row)]
    };
    let signed: Vec<_> = petitions.iter().map(petition).collect();
    let votes: Vec<_> = recalls.iter().map(recall).collect();
    let signed =
        if signed.is_empty() { "No petition waits for signatures.\n".into() } else { format::table(paint, &["COMMUNITY", "DEMAND", "", "BY"], &signed) };
    if votes.is_empty() { signed } else { format!("{signed}\n{}", format::table(paint, &["ID", "COMMUNITY", "RECALL OF", ""], &votes)) }
}

/// What a petition is for.
pub(super) fn demanded(petition: &PetitionView) -> String {
    match (&petition.person, petition.seats) {
        (Some(person), _) => format!("recall of {}", format::person(person)),
        (None, seats) => format!("election of {}", format::count(seats.unwrap_or(0), "moderator")),
    }
}

fn state(recall: &RecallView) -> String {
    let now = format::now_ms();
    match (&recall.outcome, recall.phase) {
        (Some(outcome), "closed") => if outcome.recalled { "recalled" } else { "stays" }.into(),
        _ if recall.closes_at > now => format!("voting, {} left", format::span(recall.closes_at - now)),
        _ => "voting, waits for an issue".into(),
    }
}

fn unknown() -> Failure {
    Failure::new("not-found", "that vote on a recall is not here", "`folkmoot petition list` shows those that are")
}

fn show(named: &Named, context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let (view, book) = (reader.view(), context.law_book(reader.view())?);
    let recall = view.recall(named.find(&book)?, &book, context.viewer(view)?.person)?.ok_or_else(unknown)?;
    context.out.answer(&recall, |paint| page(paint, &recall, book.printed.height()))
}

fn page(paint: Paint, recall: &RecallView, height: u64) -> String {
    let heading = format!("Recall of {} as moderator of {}", format::person(&recall.person), format::community(&recall.community));
    let names = |people: &[folkmoot_protocol::view::PersonView]| people.iter().map(format::person).collect::<Vec<_>>().join(", ");
    let facts = [format!("vote {}", recall.id.short()), state(recall), format!("opened {}", format::date_and_time(recall.opened_at))];
    let mut text = format!("{}\n{}\npetition signed by {}\n", paint.bold(heading), format::dotted(&facts), names(&recall.petition));
    if recall.phase == "voting" {
        let you = if recall.may_vote { "you are one of them" } else { "you are not one of them" };
        let may = format!("{}, who took part when it was opened; {you}: {}", format::count(recall.voters, "participant"), names(&recall.electorate));
        text += &format!("\n{}\n  {may}\n", paint.bold("Who may vote"));
    }
    if let Some(outcome) = &recall.outcome {
        let heading = match outcome.issue {
            Some(issue) => format!("Count, ended by issue {issue}"),
            None => format!("If it ended now, by what is printed up to issue {height}"),
        };
        text += &format!("\n{}\n  {}\n", paint.bold(heading), figures(outcome));
    }
    if let Some(outcome) = recall.provisional.as_ref().filter(|provisional| Some(*provisional) != recall.outcome.as_ref()) {
        text += &format!("  {}\n", paint.yellow(format!("provisional, with what is not printed yet: {}", figures(outcome))));
    }
    text += &format!("\n{}\n", paint.bold("Why"));
    text += &recall.why.iter().map(|line| format!("  {}\n", format::line(line))).collect::<String>();
    if let Some(ballot) = &recall.ballot {
        text += &format!("\n{}\n{}", paint.bold("Your ballot"), bill_view::own(paint, ballot));
    }
    text
}

fn figures(outcome: &RecallResultView) -> String {
    let spoiled = if outcome.spoiled > 0 { format!(", {} spoiled", outcome.spoiled) } else { String::new() };
    let count = outcome.count;
    let word = if outcome.recalled { "goes" } else { "stays" };
    format!("{} for, {} against, {} abstain{spoiled}: {word} ({})", count.in_favour, count.against, count.abstain, outcome.inequality)
}

/// Says before signing whether the ballot will count; whoever wants to may sign anyway.
async fn vote(named: &Named, choice: Say, yes: bool, context: &Context) -> Result<(), Failure> {
    let choice = match choice {
        Say::For => Choice::For,
        Say::Against => Choice::Against,
        Say::Abstain => Choice::Abstain,
    };
    let (id, warned) = {
        let reader = context.reader()?;
        let book = context.law_book(reader.view())?;
        let id = named.find(&book)?;
        let row = book.provisional.recalls.get(&id).ok_or_else(unknown)?;
        let warned = match row.is_open() {
            false => Some(ENDED.into()),
            true => {
                let viewer = context.viewer(reader.view())?.person;
                book.why_no_vote(row.electorate, row.opened_height, folkmoot_protocol::law::Recall::OUTSIDE, viewer)
            }
        };
        if let Some(reason) = &warned {
            context.confirm(yes, &format!("Your ballot will not count: {reason}."))?;
        }
        (id, warned)
    };
    let done = context.submit(Draft::Law(LawDraft::VoteOnRecall { recall: id, choice })).await?;
    let reader = context.reader()?;
    let (view, book) = (reader.view(), context.law_book(reader.view())?);
    let ballot = view.recall(id, &book, context.viewer(view)?.person)?.and_then(|recall| recall.ballot);
    let (counts, why) = voted::counts(warned, ballot.as_ref());
    let voted = Voted { ballot: done.written.id, op: done.written.op, says: choice, counts, why };
    let show = format!("petition show {}", id.short());
    context.out.answer(&voted, |_| voted::sentence(choice.name(), voted.counts, &voted.why, &show))?;
    context.note_offline(&done);
    Ok(())
}
