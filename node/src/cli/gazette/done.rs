//! What an issue did in law, in sentences.

use super::words::Words;
use crate::{
    api::Failure,
    audit,
    cli::{bill_ref::BillRef, coop::office_name, evidence, format, output::Paint},
    store::{StoreError, query::why_put_off},
};
use folkmoot_protocol::{
    id::*,
    law::{Bill, Happened, Issue, State, Status},
    view::PersonView,
};
use serde::Serialize;

/// One thing that an issue did.
#[derive(Serialize)]
pub(super) struct Done {
    /// `bill-opened`, `bill-closed`, `bill-in-force`, `election-closed`, and so on.
    kind: &'static str,
    /// The act, election, vote or challenge, as `why` takes it.
    id: Option<OpId>,
    /// The bill, where it is one.
    bill: Option<BillRef>,
    /// In a sentence.
    what: String,
    /// What came of a vote: `passed`, `failed`, and so on.
    result: Option<&'static str>,
    /// The rule in numbers, or the reason; of a bill that came into force what it does.
    rule: Option<String>,
    /// Whom it concerns: who was elected, expelled, recalled.
    people: Vec<PersonView>,
}

impl Done {
    fn new(kind: &'static str, id: Option<OpId>, what: String) -> Self {
        Self { kind, id, bill: None, what, result: None, rule: None, people: vec![] }
    }
}

/// As text, a line or two for each.
pub(super) fn list(paint: Paint, done: &[Done]) -> String {
    let line = |done: &Done| {
        let rule = done.rule.as_deref().map(|rule| format!("\n    {}", paint.cyan(format::line(rule)))).unwrap_or_default();
        format!("  {}{rule}\n", format::line(&done.what))
    };
    done.iter().map(line).collect()
}

/// What an issue did by the register.
pub(super) fn done_in(words: &Words<'_>, issue: &Issue) -> Result<Vec<Done>, Failure> {
    let law = &words.book.printed;
    let stale = law.bills.iter().filter(|(_, bill)| matches!(bill.status, Status::Stale { .. }));
    let first = stale.filter_map(|(_, bill)| bill.result.map(|(_, height)| height)).min();
    let whole = first.map(|first| words.view.whole_issues(first)).transpose()?.unwrap_or_default();
    let mut done = Vec::new();
    for happened in law.happened_in(issue, &whole) {
        done.extend(one(words, happened)?);
    }
    Ok(done)
}

fn one(words: &Words<'_>, happened: Happened) -> Result<Option<Done>, Failure> {
    use Happened::*;
    let law = &words.book.printed;
    Ok(match happened {
        BillOpened(id) | BillPutOff(id) | BillClosed(id) | InForce(id) | Stale(id) | Expired(id) => {
            let Some((row, bill)) = law.bills.get(&id).zip(BillRef::opened_by(law, id)) else { return Ok(None) };
            let mut done = of_bill(law, happened, id, row, bill);
            if matches!(happened, InForce(_)) && !row.proposal.effects.is_empty() {
                let effects = words.view.effects(&row.proposal.effects, law)?;
                done.rule = Some(effects.iter().map(|effect| effect.sentence.as_str()).collect::<Vec<_>>().join("; "));
            }
            Some(done)
        }
        ElectionOpened(id) | VotingBegun(id) | ElectionClosed(id) => of_election(words, happened, id)?,
        RecallOpened(id) | RecallClosed(id) => of_recall(words, happened, id)?,
        PrioritiesOpened(id) | PrioritiesClosed(id) => of_priorities(law, happened, id),
        ChallengeEnded(id) => of_challenge(words, id)?,
        Proven(device) => {
            let shown = evidence::shown(words.view, law, |row| law.evidence.get(&device) == Some(row))?.pop();
            shown.map(|shown| Done { rule: Some(evidence::RULE.into()), ..Done::new("evidence", Some(shown.act), shown.what) })
        }
        Expelled(person) => {
            let bill = law.expulsions.get(&person).and_then(|row| BillRef::opened_by(law, row.by));
            let by = bill.as_ref().map(|bill| format!(" by {bill}")).unwrap_or_default();
            let what = format!("{} was expelled{by}: membership, job and offices ended", words.name(person)?);
            Some(Done { bill, people: people(words, &[person])?, ..Done::new("expelled", None, what) })
        }
        OnTheRoll(person) => {
            let what = format!("{} came onto the roll of consumers", words.name(person)?);
            Some(Done { people: people(words, &[person])?, ..Done::new("on-the-roll", None, what) })
        }
        BanEnded(space, person) => {
            let what = format!("the ban of {} from {} was over", words.name(person)?, words.place(space)?);
            Some(Done { people: people(words, &[person])?, ..Done::new("ban-ended", None, what) })
        }
        Dropped(document, space) => {
            let what = format!("what {} in {} said, which was removed, is kept no more", document.short(), words.place(space)?);
            Some(Done::new("dropped", None, what))
        }
    })
}

fn people(words: &Words<'_>, people: &[PersonId]) -> Result<Vec<PersonView>, StoreError> {
    people.iter().map(|person| words.view.person_or_id(*person)).collect()
}

fn of_bill(law: &State, happened: Happened, id: OpId, row: &Bill, bill: BillRef) -> Done {
    let verdict = || row.verdict(&law.charter_number(row.charter), &row.result.map(|(tally, _)| tally).unwrap_or_default());
    let (kind, what) = match happened {
        Happened::BillOpened(_) => ("bill-opened", format!("{bill} was put to the vote")),
        Happened::BillPutOff(_) => ("bill-put-off", format!("the end of the vote on {bill} was put off, as the outcome {}", why_put_off(law, row))),
        Happened::BillClosed(_) => ("bill-closed", format!("the vote on {bill} ended: it {}", if verdict().passes.is_some() { "passed" } else { "failed" })),
        Happened::InForce(_) => ("bill-in-force", format!("{bill} came into force")),
        Happened::Stale(_) => ("bill-stale", format!("{bill} was stale: it had passed, and could not come into force")),
        _ => ("bill-expired", format!("{bill} had its sunset: what it had set, and still stood, went back")),
    };
    let (result, rule) = match (happened, &row.status) {
        (Happened::BillClosed(_), _) => {
            let verdict = verdict();
            (Some(if verdict.passes.is_some() { "passed" } else { "failed" }), Some(verdict.in_words()))
        }
        (Happened::Stale(_), Status::Stale { reason }) => (Some("stale"), Some(reason.to_string())),
        _ => (None, None),
    };
    Done { bill: Some(bill), result, rule, ..Done::new(kind, Some(id), what) }
}

fn of_election(words: &Words<'_>, happened: Happened, id: OpId) -> Result<Option<Done>, Failure> {
    let law = &words.book.printed;
    let Some(row) = law.elections.get(&id) else { return Ok(None) };
    let bill = BillRef::opened_by(law, row.by);
    let called = format!("the election {} ({}, {})", id.short(), office_name(words.view, &row.office)?, format::count(row.seats, "seat"));
    let done = |kind, what| Done { bill: bill.clone(), ..Done::new(kind, Some(id), what) };
    Ok(Some(match (happened, &row.outcome) {
        (Happened::ElectionOpened(_), _) => {
            let by = bill.as_ref().map_or_else(|| "a petition".to_owned(), BillRef::to_string);
            done("election-opened", format!("{called} was opened by {by}"))
        }
        (Happened::VotingBegun(_), _) => {
            done("voting-begun", format!("the voting in {called} began, with {}", format::count(row.candidates.len() as u64, "candidate")))
        }
        (_, Some(outcome)) => {
            let names = outcome.winners.iter().map(|person| words.name(*person)).collect::<Result<Vec<_>, _>>()?;
            let (result, came) = match names.as_slice() {
                [] if row.candidates.is_empty() => ("nobody", "nobody stood, and all stays as it was".to_owned()),
                [] => ("nobody", "nobody was elected".to_owned()),
                names => ("elected", format!("elected {}", names.join(", "))),
            };
            let people = people(words, &outcome.winners)?;
            Done { result: Some(result), rule: Some(audit::how_counted(outcome)), people, ..done("election-closed", format!("{called} ended: {came}")) }
        }
        _ => return Ok(None),
    }))
}

fn of_recall(words: &Words<'_>, happened: Happened, id: OpId) -> Result<Option<Done>, Failure> {
    let law = &words.book.printed;
    let Some(row) = law.recalls.get(&id) else { return Ok(None) };
    let called = format!("the vote {} on the recall of {} as moderator of {}", id.short(), words.name(row.person)?, words.place(row.space)?);
    let people = people(words, &[row.person])?;
    Ok(Some(match (happened, row.outcome) {
        (Happened::RecallClosed(_), Some(outcome)) => {
            let result = if outcome.recalled { "recalled" } else { "not recalled" };
            let rule = row.verdict(&law.charter_number(row.charter), outcome.count).inequality;
            Done { result: Some(result), rule: Some(rule), people, ..Done::new("recall-closed", Some(id), format!("{called} ended: {result}")) }
        }
        _ => Done { people, ..Done::new("recall-opened", Some(id), format!("{called} was opened by a petition")) },
    }))
}

fn of_priorities(law: &State, happened: Happened, id: OpId) -> Option<Done> {
    let row = law.priorities.get(&id)?;
    let (bill, called) = (BillRef::opened_by(law, row.by), format!("the vote {} on the priorities {}", id.short(), row.name));
    Some(match (happened, &row.outcome) {
        (Happened::PrioritiesClosed(_), Some(shares)) => {
            let names = audit::funded_names(row, shares);
            let (result, came) = if names.is_empty() { ("nothing", "nothing is funded".into()) } else { ("funded", format!("funded {}", names.join(", "))) };
            Done {
                bill,
                result: Some(result),
                rule: Some(audit::how_shared(row, shares)),
                ..Done::new("priorities-closed", Some(id), format!("{called} ended: {came}"))
            }
        }
        _ => Done { bill, ..Done::new("priorities-opened", Some(id), format!("{called} was opened")) },
    })
}

fn of_challenge(words: &Words<'_>, id: OpId) -> Result<Option<Done>, Failure> {
    let Some(row) = words.book.printed.challenges.get(&id) else { return Ok(None) };
    let Some(end) = &row.end else { return Ok(None) };
    let (result, was) = (row.state(), if end.decision.is_some() { "was " } else { "" });
    let member = words.name(row.member)?;
    let came = if end.upheld { format!(": {member} is no consumer any more") } else { String::new() };
    let what = format!("the challenge {} of {member}'s place among the consumers {was}{result}{came}", id.short());
    let rule = end.decision.as_ref().map(|(.., reason)| reason.clone());
    Ok(Some(Done { result: Some(result), rule, people: people(words, &[row.member])?, ..Done::new("challenge-ended", Some(id), what) }))
}
