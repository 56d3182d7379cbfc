//! `priorities`: what the members want their money to be spent on.

use super::{context::Context, format, output::Paint, resolve, voted};
use crate::{
    api::{Draft, Failure, LawDraft},
    store::query::{ENDED, LawBook},
};
use folkmoot_protocol::{
    id::*,
    view::{FeatureView, PrioritiesView, RankedView, SharesView},
};
use serde::Serialize;

const EXAMPLES: &str = "Examples:
  folkmoot bill draft --title Autumn --effect 'prioritise autumn 12000.00 EUR: dark-mode 3000.00 EUR; search 5000.00 EUR'
  folkmoot priorities list
  folkmoot priorities vote 3f9c01d2 search
  folkmoot priorities show 3f9c01d2";

/// Shows votes on priorities; votes in them.
///
/// A bill opens such a vote: its effect names the money there is, and features with what each costs. Members approve of
/// features, and the money is shared out so that every group decides on its part of it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Lists votes on priorities, the newest first
    #[command(after_help = "Examples:\n  folkmoot priorities list")]
    List,
    /// Shows a vote on priorities: the features, and how the money is shared out
    #[command(after_help = "Examples:\n  folkmoot priorities show 3f9c01d2")]
    Show(Named),
    /// Votes, or changes your vote; works offline
    ///
    /// Name every feature that you want, in any order.
    #[command(after_help = "Examples:\n  folkmoot priorities vote 3f9c01d2 search dark-mode\n  folkmoot priorities vote 3f9c01d2 --none")]
    Vote {
        #[command(flatten)]
        vote: Named,
        /// Features, by name
        #[arg(value_name = "FEATURE", required_unless_present = "none")]
        features: Vec<String>,
        /// Approve of nothing
        #[arg(long, conflicts_with = "features")]
        none: bool,
        /// Vote without being asked where the ballot will not count
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, clap::Args)]
struct Named {
    /// The vote, by its id or the name of the priorities
    #[arg(value_name = "ID")]
    id: String,
}

#[derive(Serialize)]
struct List {
    priorities: Vec<PrioritiesView>,
}

#[derive(Serialize)]
struct Voted {
    ballot: DocumentId,
    op: OpId,
    says: Vec<String>,
    counts: bool,
    why: String,
    receipts: usize,
}

impl Named {
    /// By its name the newest vote that has it.
    fn find(&self, book: &LawBook) -> Result<OpId, Failure> {
        let called = book.provisional.priorities.iter().filter(|(_, vote)| vote.name == self.id);
        if let Some((id, _)) = called.max_by_key(|(id, vote)| (vote.opened_height, **id)) {
            return Ok(*id);
        }
        let all: Vec<OpId> = book.provisional.priorities.iter().map(|(id, _)| *id).collect();
        resolve::one_of("vote on priorities", &self.id, &all, "`folkmoot priorities list` shows them")
    }
}

pub(super) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    match args.command {
        Command::List => list(context),
        Command::Show(named) => show(&named, context),
        Command::Vote { vote, features, yes, .. } => self::vote(&vote, features, yes, context).await,
    }
}

fn list(context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let (view, book) = (reader.view(), context.law_book(reader.view())?);
    let viewer = context.viewer(view)?.person;
    let mut priorities = Vec::new();
    for (id, _) in book.provisional.priorities.iter() {
        priorities.extend(view.priorities(*id, &book, viewer)?);
    }
    priorities.sort_by_key(|shown| (std::cmp::Reverse(shown.opened_at), shown.id));
    let list = List { priorities };
    context.out.answer(&list, |paint| table(paint, &list.priorities))
}

fn table(paint: Paint, votes: &[PrioritiesView]) -> String {
    if votes.is_empty() {
        return "There is no vote on priorities: a bill with the effect `prioritise` opens one. `folkmoot bill draft --help` says how.".into();
    }
    let row = |vote: &PrioritiesView| {
        let result = match &vote.outcome {
            Some(shares) if shares.issue.is_some() => funded(shares),
            _ => format::count(vote.features.len() as u64, "feature"),
        };
        vec![vote.id.short(), phase(paint, vote.phase), left(vote), paint.bold(format::line(&vote.name)), vote.budget.to_string(), format::line(&result)]
    };
    format::table(paint, &["ID", "STATE", "", "NAME", "BUDGET", ""], &votes.iter().map(row).collect::<Vec<_>>())
}

fn phase(paint: Paint, phase: &str) -> String {
    if phase == "voting" { paint.cyan(phase) } else { phase.into() }
}

fn left(vote: &PrioritiesView) -> String {
    let now = format::now_ms();
    match vote.phase {
        "voting" if vote.closes_at > now => format!("{} left", format::span(vote.closes_at - now)),
        "voting" => "waits for an issue".into(),
        _ => String::new(),
    }
}

fn funded(shares: &SharesView) -> String {
    let names: Vec<&str> = shares.ranked.iter().filter(|feature| feature.funded.is_some()).map(|feature| feature.name.as_str()).collect();
    if names.is_empty() { "nothing is funded".into() } else { names.join(", ") }
}

fn show(named: &Named, context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let (view, book) = (reader.view(), context.law_book(reader.view())?);
    let viewer = context.viewer(view)?.person;
    let vote = view.priorities(named.find(&book)?, &book, viewer)?.ok_or_else(unknown)?;
    context.out.answer(&vote, |paint| page(paint, &vote, book.printed.height()))
}

fn unknown() -> Failure {
    Failure::new("not-found", "that vote on priorities is not here", "`folkmoot priorities list` shows those that are")
}

fn page(paint: Paint, vote: &PrioritiesView, height: u64) -> String {
    let heading = format!("Priorities: {}, {} to spend", format::line(&vote.name), vote.budget);
    let facts = [format!("vote {}", vote.id.short()), phase(paint, vote.phase), format!("opened by bill {}", vote.bill.short())];
    let mut text = format!("{}\n{}\n", paint.bold(heading), format::dotted(&facts));
    let at = |at: u64| format::moment(at, vote.closes_at.saturating_sub(vote.opened_at));
    let ends = if vote.phase == "voting" { format!("ends with the first issue from {}", at(vote.closes_at)) } else { String::new() };
    text += &format!("{}\n", format::dotted(&[format!("opened {}", at(vote.opened_at)), ends]));
    let you = match (vote.phase, vote.may_vote) {
        ("closed", _) => "",
        (_, true) => "; you are one of them",
        (_, false) => "; you are not one of them",
    };
    text += &format!("{} could vote{you}\n", format::count(vote.voters, "member"));
    text += &match &vote.outcome {
        Some(shares) => {
            let title = match shares.issue {
                Some(issue) => format!("Shared out, by issue {issue}"),
                None => format!("If it ended now, by what is printed up to issue {height}"),
            };
            counted(paint, shares, &title)
        }
        None => {
            let rows: Vec<Vec<String>> =
                vote.features.iter().map(|feature| vec![format!("  {}", format::line(&feature.name)), feature.cost.to_string()]).collect();
            format!("\n{}", format::table(paint, &["  FEATURE", "COST"], &rows))
        }
    };
    if vote.provisional != vote.outcome
        && let Some(shares) = &vote.provisional
    {
        text +=
            &format!("  {}\n", paint.yellow(format!("provisional, with what is not printed yet: {}; funded would be: {}", ballots(shares), funded(shares))));
    }
    text += &pledged(paint, vote);
    text += &format!("\n{}\n", paint.bold("Why"));
    text += &vote.why.iter().map(|line| format!("  {}\n", format::line(line))).collect::<String>();
    if let Some(ballot) = &vote.ballot {
        text += &format!("\n{}\n{}", paint.bold("Your ballot"), super::bill_view::own(paint, ballot));
    }
    text
}

/// What is pledged to the features, and where that stands.
fn pledged(paint: Paint, vote: &PrioritiesView) -> String {
    let stands = |state: &str| match state {
        "enacted" => "due once a bill says that it is delivered",
        "due" => "due: it is delivered",
        "void" => "void: it was not funded",
        _ => "due if it is funded, once it is delivered",
    };
    let with = vote.features.iter().filter(|feature| !feature.pledged.is_empty() || feature.state == "due");
    let row = |feature: &FeatureView| {
        let amounts: Vec<String> = feature.pledged.iter().map(ToString::to_string).collect();
        vec![format!("  {}", format::line(&feature.name)), amounts.join(" and "), stands(feature.state).into()]
    };
    let rows: Vec<Vec<String>> = with.map(row).collect();
    if rows.is_empty() { String::new() } else { format!("\n{}\n{}", paint.bold("Pledged"), format::table(paint, &["  FEATURE", "AMOUNT", ""], &rows)) }
}

fn ballots(shares: &SharesView) -> String {
    let blank = if shares.blank > 0 { format!(", {} for nothing", shares.blank) } else { String::new() };
    let spoiled = if shares.spoiled > 0 { format!(", {} spoiled", shares.spoiled) } else { String::new() };
    format!("{}{blank}{spoiled}", format::count(shares.valid, "ballot"))
}

fn counted(paint: Paint, shares: &SharesView, title: &str) -> String {
    let row = |feature: &RankedView| {
        let how = match feature.funded {
            Some("shares") => paint.green("funded by its supporters' shares"),
            Some(_) => paint.green("funded with what was left"),
            None => String::new(),
        };
        vec![format!("  {}", format::line(&feature.name)), feature.cost.to_string(), feature.supporters.to_string(), how]
    };
    let rows: Vec<Vec<String>> = shares.ranked.iter().map(row).collect();
    let spent = format!("  {}; spent {}\n", ballots(shares), shares.spent);
    format!("\n{}\n{}{spent}", paint.bold(title), format::table(paint, &["  FEATURE", "COST", "SUPPORTERS", ""], &rows))
}

/// Says before signing whether the ballot will count; whoever wants to may sign anyway.
async fn vote(named: &Named, features: Vec<String>, yes: bool, context: &Context) -> Result<(), Failure> {
    let (id, warned) = {
        let reader = context.reader()?;
        let (view, book) = (reader.view(), context.law_book(reader.view())?);
        let id = named.find(&book)?;
        let row = book.provisional.priorities.get(&id).ok_or_else(unknown)?;
        let warned = match row.is_open() {
            false => Some(ENDED.into()),
            true => book.why_no_vote(row.electorate, row.opened_height, "in neither body when the vote", context.viewer(view)?.person),
        };
        if let Some(reason) = &warned {
            context.confirm(yes, &format!("Your ballot will not count: {reason}."))?;
        }
        (id, warned)
    };
    let done = context.submit(Draft::Law(LawDraft::Approve { vote: id, features: features.clone() })).await?;
    let reader = context.reader()?;
    let (view, book) = (reader.view(), context.law_book(reader.view())?);
    let ballot = view.priorities(id, &book, context.viewer(view)?.person)?.and_then(|vote| vote.ballot);
    let says = ballot.as_ref().map(|ballot| ballot.choices.join(" and ")).unwrap_or_default();
    let (counts, why) = voted::counts(warned, ballot.as_ref());
    let receipts = ballot.map_or(0, |ballot| ballot.receipts);
    let voted = Voted { ballot: done.written.id, op: done.written.op, says: features, counts, why, receipts };
    let show = format!("priorities show {}", id.short());
    context.out.answer(&voted, |_| voted::sentence(&says, voted.counts, &voted.why, &show))?;
    context.note_offline(&done);
    Ok(())
}
