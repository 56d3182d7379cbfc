//! An election as a terminal shows it.

use super::{format, output::Paint};
use folkmoot_protocol::view::{CandidateView, ElectionView, OutcomeView, PersonView, StageView};

/// So many voters are named; of more only the number is told.
const NAMED: usize = 20;

/// Elections with the office as people call it, a row for each.
pub(super) fn table(paint: Paint, elections: &[(String, &ElectionView)]) -> String {
    if elections.is_empty() {
        return format!("There is no election: {} begins a bill for one.", paint.cyan("folkmoot election open OFFICE --seats N"));
    }
    let row = |(office, election): &(String, &ElectionView)| {
        let elected: Vec<String> = election.outcome.iter().filter(|outcome| outcome.issue.is_some()).flat_map(|outcome| names(&outcome.elected)).collect();
        let result = match (election.phase, elected.as_slice()) {
            ("closed", []) => "nobody was elected".into(),
            ("closed", elected) => elected.join(", "),
            _ => format::count(election.candidates.len() as u64, "candidate"),
        };
        let seats = election.seats.to_string();
        vec![election.id.short(), phase(paint, election.phase), left(election), paint.bold(format::line(office)), seats, format::line(&result)]
    };
    format::table(paint, &["ID", "STATE", "", "OFFICE", "SEATS", ""], &elections.iter().map(row).collect::<Vec<_>>())
}

fn phase(paint: Paint, phase: &str) -> String {
    match phase {
        "nomination" | "voting" => paint.cyan(phase),
        _ => phase.into(),
    }
}

/// What is left of the present phase.
fn left(election: &ElectionView) -> String {
    let (ends, now) = match election.phase {
        "nomination" => (election.voting_from, format::now_ms()),
        "voting" => (election.closes_at, format::now_ms()),
        _ => return String::new(),
    };
    if ends > now { format!("{} left", format::span(ends - now)) } else { "waits for an issue".into() }
}

fn names(people: &[PersonView]) -> Vec<String> {
    people.iter().map(format::person).collect()
}

/// One election, whole.
pub(super) fn page(paint: Paint, office: &str, election: &ElectionView, height: u64) -> String {
    let mut text = format!("{}\n", paint.bold(format!("Election: {}, {}", format::line(office), format::count(election.seats, "seat"))));
    let facts = [format!("election {}", election.id.short()), phase(paint, election.phase), opened_by(election)];
    text += &format!("{}\n{}\n", format::dotted(&facts), times(election));
    text += &format!("\n{}\n{}", paint.bold("Candidates"), candidates(paint, election));
    text += &format!("\n{}\n  {}\n", paint.bold("Who may vote"), voters(election));
    text += &match (&election.outcome, election.phase) {
        (Some(outcome), "closed") => counted(paint, election, outcome, &format!("Count, ended by issue {}", outcome.issue.unwrap_or(0))),
        (Some(outcome), _) => counted(paint, election, outcome, &format!("If it ended now, by what is printed up to issue {height}")),
        (None, _) => String::new(),
    };
    if election.provisional != election.outcome
        && let Some(outcome) = &election.provisional
    {
        text += &format!("  {}\n", paint.yellow(format!("provisional, with what is not printed yet: {}", figures(outcome))));
    }
    text += &format!("\n{}\n", paint.bold("Why"));
    text += &election.why.iter().map(|line| format!("  {}\n", format::line(line))).collect::<String>();
    if let Some(ballot) = &election.ballot {
        text += &format!("\n{}\n{}", paint.bold("Your ballot"), super::bill_view::own(paint, ballot));
    }
    text
}

/// The bill or the petition behind it.
fn opened_by(election: &ElectionView) -> String {
    match &election.bill {
        Some(bill) => format!("opened by bill {}", bill.short()),
        None => format!("opened by petition of {}", names(&election.petition).join(", ")),
    }
}

fn times(election: &ElectionView) -> String {
    let lasts = election.closes_at.saturating_sub(election.opened_at);
    let at = |what: &str, at: u64| format!("{what} {}", format::moment(at, lasts));
    match election.phase {
        "nomination" => format::dotted(&[at("opened", election.opened_at), at("the voting begins with the first issue from", election.voting_from)]),
        "voting" => format::dotted(&[at("opened", election.opened_at), at("ends with the first issue from", election.closes_at)]),
        _ => format::dotted(&[at("opened", election.opened_at)]),
    }
}

fn candidates(paint: Paint, election: &ElectionView) -> String {
    let line = |candidate: &CandidateView| {
        let note = match candidate {
            CandidateView { elected: true, .. } => paint.green("elected"),
            CandidateView { out: true, .. } => paint.red("could not hold the office any more"),
            CandidateView { printed: false, .. } => paint.yellow("not printed yet"),
            _ => String::new(),
        };
        format!("  {}\n", format::dotted(&[format::person(&candidate.person), note]))
    };
    match (election.candidates.as_slice(), election.phase) {
        ([], "nomination") => format!("  nobody yet: {}\n", paint.cyan(format!("folkmoot election stand {}", election.id.short()))),
        ([], _) => "  nobody stood\n".into(),
        (candidates, _) => candidates.iter().map(line).collect(),
    }
}

fn voters(election: &ElectionView) -> String {
    let (what, who) = if election.among_participants { ("participant", "took part in the community") } else { ("member", "were in the two bodies") };
    let many = format!("{}, who {who} when it was opened", format::count(election.voters, what));
    let you = match (election.phase, election.may_vote) {
        ("closed", _) => "",
        (_, true) => "; you are one of them",
        (_, false) => "; you are not one of them",
    };
    let listed = match election.electorate.len() {
        0 => String::new(),
        n if n > NAMED => String::new(),
        _ => format!(": {}", names(&election.electorate).join(", ")),
    };
    format!("{many}{you}{listed}")
}

fn figures(outcome: &OutcomeView) -> String {
    let elected = if outcome.elected.is_empty() { "nobody".into() } else { names(&outcome.elected).join(", ") };
    format!("{}; elected would be {elected}", ballots(outcome))
}

fn ballots(outcome: &OutcomeView) -> String {
    let quota = outcome.quota.map(|quota| format!("quota {quota}")).unwrap_or_default();
    let blank = if outcome.blank > 0 { format!("{} for nobody who could be elected", outcome.blank) } else { String::new() };
    let spoiled = if outcome.spoiled > 0 { format!("{} spoiled", outcome.spoiled) } else { String::new() };
    let parts = [format::count(outcome.valid, "ballot"), blank, spoiled, quota];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

fn counted(paint: Paint, election: &ElectionView, outcome: &OutcomeView, heading: &str) -> String {
    let mut text = format!("\n{}\n  {}\n", paint.bold(heading), ballots(outcome));
    for (number, counted) in outcome.stages.iter().enumerate() {
        text += &stage(paint, election, outcome, number, counted);
    }
    let elected = if outcome.elected.is_empty() { "nobody".into() } else { names(&outcome.elected).join(", ") };
    let word = if outcome.issue.is_some() { "Elected:" } else { "Elected would be:" };
    text + &format!("  {} {elected}\n", paint.bold(word))
}

fn stage(paint: Paint, election: &ElectionView, outcome: &OutcomeView, number: usize, stage: &StageView) -> String {
    let before = |place: usize| number.checked_sub(1).map_or("0", |before| outcome.stages[before].votes[place].as_str());
    let lot = if stage.by_lot { " (by lot)" } else { "" };
    // Who has nothing, and had nothing, says nothing.
    let shown = |place: &usize| number == 0 || stage.votes[*place] != "0" || before(*place) != "0";
    let row = |place: usize| {
        let person = &election.candidates[place].person;
        let elected = if stage.elected.contains(person) { paint.green("elected") } else { String::new() };
        vec![format!("  {}", format::person(person)), stage.votes[place].clone(), elected]
    };
    let mut rows: Vec<Vec<String>> = (0..stage.votes.len().min(election.candidates.len())).filter(shown).map(row).collect();
    if stage.non_transferable != "0" {
        rows.push(vec![paint.dim("  with nobody any more"), stage.non_transferable.clone(), String::new()]);
    }
    let what = format!("  {}. {}{lot}\n", number + 1, format::line(&stage.what));
    what + &format::table(paint, &["  CANDIDATE", "VOTES", ""], &rows)
}
