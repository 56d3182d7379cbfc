//! `election`: open one, stand, vote, and see how it was counted.

use super::{complete, context::Context, coop::office_name, effect, election_view, format, resolve, voted};
use crate::{
    api::{Candidate, Draft, Failure, LawDraft},
    store::{
        View,
        query::{ENDED, LawBook},
    },
};
use folkmoot_protocol::{
    id::*,
    law::{Effect, Office, Phase},
    limits,
    view::{BallotView, ElectionView},
};
use serde::Serialize;

const EXAMPLES: &str = "Examples:
  folkmoot election open teller --seats 4
  folkmoot election list
  folkmoot election stand 3f9c01d2
  folkmoot election vote 3f9c01d2 Bob Carol
  folkmoot election show 3f9c01d2";

/// Opens and shows elections; stands and votes in them.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Lists elections, the newest first
    #[command(after_help = "Examples:\n  folkmoot election list\n  folkmoot election list --open")]
    List {
        /// Only those that go on
        #[arg(long)]
        open: bool,
    },
    /// Drafts a bill that opens an election: members decide by vote that there is one
    #[command(after_help = "Examples:\n  folkmoot election open teller --seats 4\n  folkmoot election open moderator:bread --seats 2")]
    Open {
        /// registrar, treasurer, teller, auditor, bridge-operator, or moderator:COMMUNITY
        #[arg(value_name = "OFFICE")]
        office: String,
        /// How many are elected
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=limits::SEATS_PER_ELECTION))]
        seats: u64,
    },
    /// Stands as a candidate; whoever is elected holds the office without accepting again
    #[command(after_help = "Examples:\n  folkmoot election stand 3f9c01d2")]
    Stand(Named),
    /// Stands no more; possible until the voting begins
    #[command(after_help = "Examples:\n  folkmoot election withdraw 3f9c01d2")]
    Withdraw(Named),
    /// Votes, or changes your vote; works offline
    ///
    /// To one seat, name everybody who is acceptable to you, in any order. To several seats, name candidates in the
    /// order of your choice: the first is the one whom you want most.
    #[command(after_help = "Examples:\n  folkmoot election vote 3f9c01d2 Bob Carol\n  folkmoot election vote 3f9c01d2 --none")]
    Vote {
        #[command(flatten)]
        election: Named,
        /// Candidates, by name or id
        #[arg(value_name = "CANDIDATE", required_unless_present = "none", add = complete::persons())]
        candidates: Vec<String>,
        /// Vote for nobody
        #[arg(long, conflicts_with = "candidates")]
        none: bool,
        /// Vote without being asked where the ballot will not count
        #[arg(long)]
        yes: bool,
    },
    /// Shows an election: who stands, who may vote, and how it was counted
    #[command(after_help = "Examples:\n  folkmoot election show 3f9c01d2")]
    Show(Named),
}

#[derive(Debug, clap::Args)]
struct Named {
    /// The election
    #[arg(value_name = "ID")]
    id: String,
}

#[derive(Serialize)]
struct Elections {
    elections: Vec<ElectionView>,
}

#[derive(Serialize)]
struct Voted {
    ballot: DocumentId,
    op: OpId,
    says: Vec<PersonId>,
    counts: bool,
    why: String,
    receipts: usize,
}

impl Named {
    fn find(&self, book: &LawBook) -> Result<OpId, Failure> {
        let all: Vec<OpId> = book.provisional.elections.iter().map(|(id, _)| *id).collect();
        resolve::one_of("election", &self.id, &all, "`folkmoot election list` shows them")
    }
}

pub(super) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    match args.command {
        Command::List { open } => list(open, context),
        Command::Open { office, seats } => open(&office, seats, context).await,
        Command::Stand(named) => stand(&named, context).await,
        Command::Withdraw(named) => {
            let election = named.find(&context.law_book(context.reader()?.view())?)?;
            let said = format!("You stand no more in election {}, once the Gazette has printed that.", election.short());
            context.write(Draft::Law(LawDraft::StandDown { election }), |_| said).await
        }
        Command::Vote { election, candidates, yes, .. } => vote(&election, &candidates, yes, context).await,
        Command::Show(named) => show(&named, context),
    }
}

fn list(open: bool, context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let (view, book) = (reader.view(), context.law_book(reader.view())?);
    let viewer = context.viewer(view)?.person;
    let mut elections = Vec::new();
    for (id, election) in book.provisional.elections.iter().filter(|(_, election)| !open || election.phase != Phase::Closed) {
        elections.extend(view.election(*id, &book, viewer)?.map(|shown| (election.office, shown)));
    }
    elections.sort_by_key(|(_, shown)| (std::cmp::Reverse(shown.opened_at), shown.id));
    let mut rows = Vec::new();
    for (office, shown) in &elections {
        rows.push((office_name(view, office)?, shown));
    }
    let shown = Elections { elections: elections.iter().map(|(_, shown)| shown.clone()).collect() };
    context.out.answer(&shown, |paint| election_view::table(paint, &rows))
}

async fn open(typed: &str, seats: u64, context: &Context) -> Result<(), Failure> {
    let (effects, title) = {
        let reader = context.reader()?;
        let office: Office = office(reader.view(), typed)?;
        let effect = Effect::OpenElection { office, seats };
        let hint = "`folkmoot election open --help` tells what can be elected";
        effect.check().map_err(|error| Failure::new("effect", error, hint))?;
        (effect.to_string(), format!("An election: {}, {}", office_name(reader.view(), &office)?, format::count(seats, "seat")))
    };
    let draft = LawDraft::Bill { title, text: String::new(), effects, writers: vec![] };
    let said = |id: DocumentId| {
        let id = id.short();
        format!(
            "Drafted bill {id}, which opens the election once it is in force. `folkmoot bill open {id}` puts it to the vote; `folkmoot bill edit {id}` says why."
        )
    };
    context.write(Draft::Law(draft), |written| said(written.id)).await
}

/// An office, as people type it.
pub(super) fn office(view: View<'_>, typed: &str) -> Result<Office, Failure> {
    let with_id = effect::office_with_id(view, typed)?;
    with_id.parse().map_err(|error| Failure::new("office", error, "`folkmoot offices` shows who holds which office"))
}

async fn stand(named: &Named, context: &Context) -> Result<(), Failure> {
    let (election, teller) = {
        let book = context.law_book(context.reader()?.view())?;
        let election = named.find(&book)?;
        (election, book.provisional.elections.get(&election).is_some_and(|row| row.office == Office::Teller))
    };
    let device = if teller { " If you are elected, this device prints the Gazette: its node has to run." } else { "" };
    let said = format!("You stand in election {}, once the Gazette has printed that.{device}", election.short());
    context.write(Draft::Law(LawDraft::Stand { election }), |_| said).await
}

fn show(named: &Named, context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let (view, book) = (reader.view(), context.law_book(reader.view())?);
    let id = named.find(&book)?;
    let viewer = context.viewer(view)?.person;
    let unknown = || Failure::new("not-found", "that election is not here", "`folkmoot election list` shows those that are");
    let election = view.election(id, &book, viewer)?.ok_or_else(unknown)?;
    let office = book.provisional.elections.get(&id).map(|row| row.office).ok_or_else(unknown)?;
    let office = office_name(view, &office)?;
    context.out.answer(&election, |paint| election_view::page(paint, &office, &election, book.printed.height()))
}

/// Says before signing whether the ballot will count; whoever wants to may sign anyway.
async fn vote(named: &Named, typed: &[String], yes: bool, context: &Context) -> Result<(), Failure> {
    let (id, ranking, warned) = {
        let reader = context.reader()?;
        let (view, book) = (reader.view(), context.law_book(reader.view())?);
        let id = named.find(&book)?;
        let viewer = context.viewer(view)?.person;
        let Some(shown) = view.election(id, &book, viewer)? else { return Err(Failure::new("not-found", "that election is not here", "")) };
        let ranking = candidates(&shown, typed)?;
        let warned = why_not(&book, id, viewer);
        if let Some(reason) = &warned {
            context.confirm(yes, &format!("Your ballot will not count: {reason}."))?;
        }
        (id, ranking, warned)
    };
    let done = context.submit(Draft::Law(LawDraft::Elect { election: id, ranking: ranking.clone() })).await?;
    let reader = context.reader()?;
    let (view, book) = (reader.view(), context.law_book(reader.view())?);
    let viewer = context.viewer(view)?.person;
    let ballot: Option<BallotView> = view.election(id, &book, viewer)?.and_then(|election| election.ballot);
    let says = ballot.as_ref().map(|ballot| ballot.choices.join(" and ")).unwrap_or_default();
    let (counts, why) = voted::counts(warned, ballot.as_ref());
    let receipts = ballot.map_or(0, |ballot| ballot.receipts);
    let voted = Voted { ballot: done.written.id, op: done.written.op, says: ranking, counts, why, receipts };
    let show = format!("election show {}", id.short());
    context.out.answer(&voted, |_| voted::sentence(&says, voted.counts, &voted.why, &show))?;
    context.note_offline(&done);
    Ok(())
}

/// Why a ballot of this person's would not count; none where it will.
fn why_not(book: &LawBook, id: OpId, person: PersonId) -> Option<String> {
    let election = book.provisional.elections.get(&id)?;
    match election.phase {
        Phase::Closed => Some(ENDED.into()),
        _ => book.why_no_vote(election.electorate, election.opened_height, election.outside(), person),
    }
}

/// Who is meant, each once.
fn candidates(election: &ElectionView, typed: &[String]) -> Result<Vec<PersonId>, Failure> {
    if typed.len() > limits::CANDIDATES_PER_BALLOT {
        let hint = "leave out those whom you want least";
        return Err(Failure::new("too-many", format!("a ballot names at most {} candidates", limits::CANDIDATES_PER_BALLOT), hint));
    }
    let mut ranking = Vec::new();
    for typed in typed {
        let person = candidate(election, typed)?;
        if ranking.contains(&person) {
            return Err(Failure::new("twice", format!("the ballot names '{typed}' twice"), "name each candidate once"));
        }
        ranking.push(person);
    }
    Ok(ranking)
}

fn candidate(election: &ElectionView, typed: &str) -> Result<PersonId, Failure> {
    let all = || election.candidates.iter().map(|candidate| &candidate.person);
    let fits = |id: &PersonId, name: &str| name.eq_ignore_ascii_case(typed) || resolve::begins(id, typed);
    match all().filter(|person| fits(&person.id, &person.name)).collect::<Vec<_>>().as_slice() {
        [one] => Ok(one.id),
        [] => {
            let names: Vec<String> = all().map(format::person).collect();
            let hint = if names.is_empty() { "nobody stands".into() } else { format!("these stand: {}", names.join(", ")) };
            Err(Failure::new("not-found", format!("'{typed}' does not stand in that election"), &hint))
        }
        several => {
            let candidates = several.iter().map(|person| Candidate { id: person.id.to_string(), label: person.name.clone() }).collect();
            let failure =
                Failure::new("ambiguous", format!("several candidates are called '{typed}'"), "name them by their ids: `folkmoot election show ID --json`");
            Err(Failure { candidates, ..failure })
        }
    }
}
