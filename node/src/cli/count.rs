//! `count`: the counting rules on anybody's files.

use super::{context::Context, format, output::Paint, parse};
use crate::api::Failure;
use folkmoot_protocol::{
    count::{
        Lot,
        blt::{self, Blt},
        pabulib::{self, Pabulib},
        saved_otherwise,
        shares::{self, Drawn, Funded},
        stv::{self, Count, Stage, Step},
        text_of,
    },
    id::tagged_hash,
    limits,
};
use serde::Serialize;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

const EXAMPLES: &str = "Examples:
  folkmoot count stv ward-8.blt
  folkmoot count budget wieliczka-2023.pb --json | jq .selected";

const STV_EXAMPLES: &str = "Examples:
  folkmoot count stv ward-8.blt
  folkmoot count stv ward-8.blt --json | jq .winners

The rule: Scottish Local Government Elections Order 2007 (weighted inclusive Gregory, five decimals). Where candidates have had the same votes in every stage, lots decide: whoever comes first in the order of BLAKE3 over the file and the candidate's number is placed first.";

const BUDGET_EXAMPLES: &str = "Examples:
  folkmoot count budget wieliczka-2023.pb
  folkmoot count budget wieliczka-2023.pb --json | jq .spent

The rule: Method of Equal Shares with cost utilities; everybody's share grows by one unit of money at a time (by more, where a share is more than 100,000 of them) for as long as the result fits the budget; what is left is spent on what has most support.";

/// Counts published ballots by the rules that a co-op's own elections and budgets go by.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// An election to several seats (Scottish STV), its ballots as BLT
    #[command(after_help = STV_EXAMPLES)]
    Stv(FileArgs),
    /// A budget (Method of Equal Shares), its ballots as Pabulib has them
    #[command(after_help = BUDGET_EXAMPLES)]
    Budget(FileArgs),
}

#[derive(Debug, clap::Args)]
struct FileArgs {
    /// The file with the ballots
    #[arg(value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<(), Failure> {
    match &args.what {
        What::Stv(args) => elect(&args.file, context),
        What::Budget(args) => fund(&args.file, context),
    }
}

#[derive(Serialize)]
struct Elected<'a> {
    title: &'a str,
    seats: usize,
    /// All papers; those that count; and those without a choice among the candidates who stand.
    papers: u64,
    valid: u64,
    empty: u64,
    quota: u64,
    /// Who has withdrawn, and does not count as standing.
    withdrawn: Vec<&'a str>,
    /// In the file's order; `stages` tells who was elected when.
    winners: Vec<&'a str>,
    /// What is odd about the file.
    notes: Vec<String>,
    stages: Vec<StageView<'a>>,
}

#[derive(Serialize)]
struct StageView<'a> {
    stage: usize,
    step: &'static str,
    candidate: Option<&'a str>,
    by_lot: bool,
    votes: Vec<Votes<'a>>,
    non_transferable: String,
    elected: Vec<&'a str>,
}

#[derive(Serialize)]
struct Votes<'a> {
    /// The candidate's number in the file.
    number: usize,
    candidate: &'a str,
    votes: String,
}

fn elect(file: &Path, context: &Context) -> Result<(), Failure> {
    let (text, seed) = read(file)?;
    let blt = blt::parse(&text_of(&text)).map_err(|error| no_ballots(file, &text, &error, &error.fault.advice()))?;
    let numbers: Vec<[u8; 4]> = (1..=blt.election.candidates as u32).map(u32::to_be_bytes).collect();
    let lot = Lot::draw(&seed, numbers.iter().map(<[u8; 4]>::as_slice));
    let count = stv::count(&blt.election, &lot);
    context.out.answer(&elected(&blt, &count), |paint| say_elected(paint, &blt, &count))
}

fn elected<'a>(blt: &'a Blt, count: &Count) -> Elected<'a> {
    let name = |candidate: usize| blt.names[candidate].as_str();
    let winners: BTreeSet<usize> = count.winners.iter().copied().collect();
    let stage = |(n, stage): (usize, &Stage)| {
        let (step, of) = match stage.step {
            Step::FirstChoices => ("first choices", None),
            Step::Surplus { of } => ("surplus", Some(of)),
            Step::Exclusion { of } => ("exclusion", Some(of)),
        };
        StageView {
            stage: n + 1,
            step,
            candidate: of.map(name),
            by_lot: stage.by_lot,
            votes: standing(blt).map(|candidate| Votes { number: candidate + 1, candidate: name(candidate), votes: decimal(stage.votes[candidate]) }).collect(),
            non_transferable: decimal(stage.non_transferable),
            elected: stage.elected.iter().map(|candidate| name(*candidate)).collect(),
        }
    };
    Elected {
        title: &blt.title,
        seats: blt.election.seats,
        papers: blt.papers(),
        valid: count.valid,
        empty: blt.papers() - count.valid,
        quota: count.quota,
        withdrawn: blt.election.withdrawn.iter().map(|candidate| name(*candidate)).collect(),
        winners: winners.into_iter().map(name).collect(),
        notes: notes(blt, count),
        stages: count.stages.iter().enumerate().map(stage).collect(),
    }
}

/// Those who can be elected.
fn standing(blt: &Blt) -> impl Iterator<Item = usize> {
    (0..blt.election.candidates).filter(|candidate| !blt.election.withdrawn.contains(candidate))
}

fn notes(blt: &Blt, count: &Count) -> Vec<String> {
    let (mut notes, seats) = (blt.notes.clone(), blt.election.seats);
    let candidates = standing(blt).count();
    if count.valid == 0 {
        notes.push("no paper names anybody who stands: nobody is elected".into());
    } else if candidates < seats {
        let places = format::count(seats as u64, "seat");
        notes.push(format!("{places} and only {}: {} stay empty", format::count(candidates as u64, "candidate"), seats - candidates));
    }
    if blt.repeated > 0 {
        notes.push(format!("{} with a candidate named more than once: the first place counts", format::count(blt.repeated, "paper")));
    }
    let without = blt.without_standing();
    if without > 0 {
        notes.push(format!("{} without a choice: all whom they name have withdrawn", format::count(without, "paper")));
    }
    let mut seen = BTreeSet::new();
    let alike = blt.names.iter().filter(|name| !seen.insert(name.as_str()));
    notes.extend(alike.map(|name| format!("more than one candidate is called {name}")));
    notes
}

/// Votes, in hundred-thousandths.
fn decimal(votes: u128) -> String {
    format!("{}.{:05}", votes / stv::VOTE, votes % stv::VOTE)
}

fn say_elected(paint: Paint, blt: &Blt, count: &Count) -> String {
    let name = |candidate: usize| format::line(&blt.names[candidate]);
    let mut text = heading(paint, &blt.title);
    text += &format!(
        "{} for {}, {} ({} without a choice)\nQuota {}: more than {} / ({} + 1)\n",
        format::count(blt.election.candidates as u64, "candidate"),
        format::count(blt.election.seats as u64, "seat"),
        format::count(blt.papers(), "paper"),
        blt.papers() - count.valid,
        count.quota,
        count.valid,
        blt.election.seats,
    );
    if !blt.election.withdrawn.is_empty() {
        let names: Vec<_> = blt.election.withdrawn.iter().map(|candidate| name(*candidate)).collect();
        text += &format!("Withdrawn: {}\n", names.join(", "));
    }
    let mut before = vec![0; blt.names.len()];
    for (n, stage) in count.stages.iter().enumerate() {
        let lots = if stage.by_lot { " (drawn by lot: they had the same votes in every stage)" } else { "" };
        let what = match stage.step {
            Step::FirstChoices => "First choices".to_owned(),
            Step::Surplus { of } => format!("The surplus of {} goes on{lots}", name(of)),
            Step::Exclusion { of } => format!("{} is excluded{lots}", name(of)),
        };
        let row = |candidate: usize| {
            let (now, before) = (stage.votes[candidate], before[candidate]);
            let change = match now.cmp(&before) {
                std::cmp::Ordering::Greater => format!("+{}", decimal(now - before)),
                std::cmp::Ordering::Less => format!("-{}", decimal(before - now)),
                std::cmp::Ordering::Equal => String::new(),
            };
            let elected = if stage.elected.contains(&candidate) { paint.green("elected") } else { String::new() };
            vec![format!("  {}", name(candidate)), decimal(now), change, elected]
        };
        let shown = |candidate: &usize| n == 0 || stage.votes[*candidate] > 0 || before[*candidate] > 0 || stage.elected.contains(candidate);
        let mut rows: Vec<_> = standing(blt).filter(shown).map(row).collect();
        rows.push(vec![paint.dim("  with nobody any more"), decimal(stage.non_transferable), String::new(), String::new()]);
        text += &format!("\n{}. {what}\n{}", n + 1, format::table(paint, &["  CANDIDATE", "VOTES", "CHANGE", ""], &rows));
        before.clone_from(&stage.votes);
    }
    let winners: Vec<_> = count.winners.iter().map(|candidate| name(*candidate)).collect();
    text += &format!("\n{} {}\n", paint.bold("Elected:"), if winners.is_empty() { "nobody".to_owned() } else { winners.join(", ") });
    text + &noted(paint, &notes(blt, count))
}

/// What is counted, where the file says so.
fn heading(paint: Paint, title: &str) -> String {
    if title.is_empty() { String::new() } else { format!("{}\n", paint.bold(format::line(title))) }
}

fn noted(paint: Paint, notes: &[String]) -> String {
    notes.iter().map(|note| format!("{} {}\n", paint.yellow("note:"), format::line(note))).collect()
}

#[derive(Serialize)]
struct Shared<'a> {
    title: &'a str,
    /// Money is written as a text: programs round numbers with decimals.
    budget: String,
    voters: usize,
    /// The projects' ids, in the file's order.
    selected: Vec<&'a str>,
    spent: String,
    /// How many units every share was larger by in the end.
    steps: u64,
    /// Those of `selected` that were paid for with what was left.
    by_support: Vec<&'a str>,
    /// Those of `selected` that would not be if the lot had fallen the other way.
    by_lot: Vec<&'a str>,
    /// Whether the file itself says that these were funded; null where it says nothing.
    as_recorded: Option<bool>,
    notes: &'a [String],
}

fn fund(file: &Path, context: &Context) -> Result<(), Failure> {
    let (text, seed) = read(file)?;
    let pabulib = pabulib::parse(&text_of(&text)).map_err(|error| no_ballots(file, &text, &error, &error.advice))?;
    let lot = Lot::draw(&seed, pabulib.projects.iter().map(|project| project.id.as_bytes()));
    let waiting = context.out.waiting("Counting");
    let funded = shares::fund(&pabulib.budget, &lot);
    let drawn = shares::drawn(&pabulib.budget, &lot, &funded);
    drop(waiting);
    let selected: BTreeSet<usize> = funded.by_shares.iter().chain(&funded.by_support).copied().collect();
    let id = |project: &usize| pabulib.projects[*project].id.as_str();
    let shared = Shared {
        title: &pabulib.title,
        budget: money(pabulib.budget.amount, pabulib.decimals),
        voters: pabulib.budget.voters,
        selected: selected.iter().map(id).collect(),
        spent: money(funded.spent, pabulib.decimals),
        steps: funded.steps,
        by_support: funded.by_support.iter().map(id).collect(),
        by_lot: drawn.for_them.iter().map(id).collect(),
        as_recorded: pabulib.recorded.as_ref().map(|recorded| *recorded == selected),
        notes: &pabulib.notes,
    };
    context.out.answer(&shared, |paint| say_funded(paint, &pabulib, &funded, &drawn, &selected))
}

/// An amount of money as people write it.
fn money(amount: u128, decimals: u32) -> String {
    let unit = 10u128.pow(decimals);
    match decimals {
        0 => amount.to_string(),
        decimals => format!("{}.{:0width$}", amount / unit, amount % unit, width = decimals as usize),
    }
}

fn say_funded(paint: Paint, file: &Pabulib, funded: &Funded, drawn: &Drawn, selected: &BTreeSet<usize>) -> String {
    let currency = if file.currency.is_empty() { String::new() } else { format!(" {}", format::line(&file.currency)) };
    let money = |amount| money(amount, file.decimals);
    let mut text = heading(paint, &file.title);
    text += &format!(
        "{}{currency} among {}, {}\n\n",
        money(file.budget.amount),
        format::count(file.projects.len() as u64, "project"),
        format::count(file.budget.voters as u64, "voter")
    );
    let row = |project: &usize| {
        let how = if funded.by_support.contains(project) { "with what was left" } else { "" };
        let (proposal, names) = (&file.budget.proposals[*project], &file.projects[*project]);
        vec![format::line(&names.id), money(proposal.cost), proposal.supporters.len().to_string(), format::opening(&names.name, 60), how.to_owned()]
    };
    let rows: Vec<_> = selected.iter().map(row).collect();
    text += &format::table(paint, &["ID", "COST", "SUPPORTERS", "PROJECT", ""], &rows);
    let funded_what =
        format!("{} of {}{currency} spent on {}", money(funded.spent), money(file.budget.amount), format::count(selected.len() as u64, "project"));
    text += &format!("\n{}. Every voter's share was {} larger than an equal part.\n", paint.bold(funded_what), format::count(funded.steps, "unit"));
    text += &say_drawn(file, drawn);
    text += match file.recorded.as_ref().map(|recorded| recorded == selected) {
        Some(true) => "The file says the same.\n",
        Some(false) => "The file itself says that other projects were funded: it may have been counted by another rule.\n",
        None => "",
    };
    text + &noted(paint, &file.notes)
}

/// What the lot decided, if anything.
fn say_drawn(file: &Pabulib, drawn: &Drawn) -> String {
    let named = |projects: &BTreeSet<usize>| projects.iter().map(|project| format::line(&file.projects[*project].id)).collect::<Vec<_>>().join(", ");
    match (named(&drawn.for_them), named(&drawn.against)) {
        (funded, other) if funded.is_empty() && other.is_empty() => String::new(),
        (funded, other) if other.is_empty() => format!("The lot decided between equals: {funded} would not be funded if it had fallen the other way.\n"),
        (funded, other) if funded.is_empty() => format!("The lot decided between equals: {other} would be funded if it had fallen the other way.\n"),
        (funded, other) => format!("The lot decided between equals: {other} would be funded instead of {funded} if it had fallen the other way.\n"),
    }
}

fn no_ballots(file: &Path, bytes: &[u8], error: &dyn std::fmt::Display, hint: &str) -> Failure {
    Failure::new("ballots", format!("{}: {error}", file.display()), saved_otherwise(bytes).unwrap_or(hint))
}

/// A file's bytes, and what lots are drawn from.
fn read(path: &Path) -> Result<(Vec<u8>, [u8; 32]), Failure> {
    let hint = "name a file with ballots";
    let bytes = parse::file_bytes(path, limits::BALLOT_FILE_BYTES, hint)?;
    if bytes.len() as u64 > limits::BALLOT_FILE_BYTES {
        return Err(parse::unreadable(path, &format!("it has more than {} MB", limits::BALLOT_FILE_BYTES / 1_000_000), hint));
    }
    let seed = tagged_hash("folkmoot/count/1", &[&bytes]);
    Ok((bytes, seed))
}
