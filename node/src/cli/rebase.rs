//! `bill rebase`: what was changed since a stale bill was opened, and the short vote that confirms it.

use super::{bill, context::Context, format, law::words, output::Paint};
use crate::{
    api::{Draft, Failure, LawDraft},
    store::View,
};
use folkmoot_protocol::{
    id::*,
    law::{Bill, Cause, Effect, State, Status, Value, Version, value::duration_in_words},
};
use serde::Serialize;

/// Puts a stale bill of yours to a short vote, on what is in force now
///
/// A bill that passed is stale where something that it changes was changed before it could come into force. Its text and its
/// effects stay; only what they are compared with is new. Nobody has to support it again, and there is no time for debate. It is
/// held once: if it fails, put the bill again with `folkmoot bill open`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  folkmoot bill rebase 3f9c01d2\n  folkmoot bill rebase 3f9c01d2 --yes")]
pub(super) struct Args {
    /// The bill
    #[arg(value_name = "ID")]
    id: String,
    /// Sign without being asked
    #[arg(long)]
    yes: bool,
}

/// A key that the bill sets and that was set since.
#[derive(Serialize)]
struct Changed {
    key: String,
    /// When the bill was opened,
    before: Option<Value>,
    /// and now,
    now: Option<Value>,
    /// since whom.
    by: String,
    /// What the bill sets it to.
    to: Value,
}

#[derive(Serialize)]
struct Answer {
    bill: DocumentId,
    title: String,
    /// Why it is stale.
    stale: String,
    changed: Vec<Changed>,
    /// What it will do.
    effects: Vec<String>,
    /// How long the vote is open.
    open_for: String,
    /// The act that opens it, once it is signed.
    op: Option<OpId>,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let mut answer = answer(&args, context)?;
    let json = context.out.is_json();
    if !json {
        context.out.answer(&answer, |paint| say(paint, &answer))?;
    }
    context.confirm(args.yes, "This puts it to the short vote, once.")?;
    let done = context.submit(Draft::Law(LawDraft::Rebase { document: answer.bill })).await?;
    answer.op = Some(done.written.op);
    if json {
        return context.out.value(&answer);
    }
    context.out.text(&format!("Put bill {} to a short vote. It is open once the Gazette has printed that.\n", answer.bill.short()))?;
    context.note_offline(&done);
    Ok(())
}

fn answer(args: &Args, context: &Context) -> Result<Answer, Failure> {
    let reader = context.reader()?;
    let (view, book) = (reader.view(), context.law_book(reader.view())?);
    let document = bill::find(view, &book, &args.id)?;
    let law = &book.provisional;
    let (op, row) = law.bill_of(document).ok_or_else(|| not_stale(document, "a draft"))?;
    let Status::Stale { reason } = &row.status else { return Err(not_stale(document, row.status.name())) };
    let rebased = law.rebased(op).ok_or_else(|| not_stale(document, row.status.name()))?;
    if let Some(reason) = law.why_not_open(context.viewer(view)?.person, &rebased) {
        let hint = format!("`folkmoot bill show {}` shows how it stands", document.short());
        return Err(Failure::new("cannot-open", format!("the law gives it no effect: {reason}"), &hint));
    }
    Ok(Answer {
        bill: document,
        title: row.proposal.title.clone(),
        stale: reason.to_string(),
        changed: changed(view, law, row)?,
        effects: view.effects(&rebased.effects, law)?.into_iter().map(|effect| effect.sentence).collect(),
        open_for: duration_in_words(rebased.period_ms(&law.charter())),
        op: None,
    })
}

fn not_stale(document: DocumentId, is: &str) -> Failure {
    let hint = format!("`folkmoot bill show {}` says how it stands", document.short());
    Failure::new("not-stale", format!("bill {} is {is}: only what passed and is stale is put to a short vote", document.short()), &hint)
}

/// The keys that were set since the bill was opened, in its order.
fn changed(view: View<'_>, law: &State, bill: &Bill) -> Result<Vec<Changed>, Failure> {
    let (mut changed, mut seen) = (Vec::new(), Vec::new());
    for effect in &bill.proposal.effects {
        let Effect::SetLaw { key, value, expected_version } = effect else { continue };
        let versions = law.values.get(key).map(|row| row.versions.as_slice()).unwrap_or_default();
        if seen.contains(&key) || versions.len() as u64 == *expected_version {
            continue;
        }
        seen.push(key);
        let before = usize::try_from(*expected_version).ok().and_then(|version| versions.get(version.checked_sub(1)?));
        let by = versions.last().map(|version| set_by(view, law, version.by)).transpose()?.unwrap_or_default();
        let value_of = |version: Option<&Version>| version.and_then(|version| version.value.clone());
        let (before, now) = (value_of(before), value_of(versions.last()));
        changed.push(Changed { key: key.clone(), before, now, by, to: value.clone() });
    }
    Ok(changed)
}

/// What set a value, in words.
fn set_by(view: View<'_>, law: &State, cause: Cause) -> Result<String, Failure> {
    let bill = |op: OpId| -> Result<String, Failure> {
        let Some(bill) = law.bills.get(&op) else { return Ok(format!("bill {}", op.short())) };
        Ok(format!("the bill \"{}\" of {}", format::line(&bill.proposal.title), format::person(&view.person_or_id(bill.sponsor)?)))
    };
    match cause {
        Cause::Bill(op) => bill(op),
        Cause::Founding => Ok("the founding".into()),
        Cause::Election(id) => Ok(format!("election {}", id.short())),
        Cause::Recovery(after) => Ok(format!("the members after issue {}", after.short())),
    }
}

fn say(paint: Paint, answer: &Answer) -> String {
    let mut text = format!("{}\npassed, and is stale: {}\n", paint.bold(format::line(&answer.title)), format::line(&answer.stale));
    if !answer.changed.is_empty() {
        text += &format!("\n{}\n", paint.bold("Changed since it was opened"));
    }
    for changed in &answer.changed {
        let Changed { key, before, now, by, to } = changed;
        let [before, now, to] = [before.as_ref(), now.as_ref(), Some(to)].map(|value| format::opening(&words(value), 60));
        text += &format!("  {key} was {before}; {by} set it to {now}\n    this bill would set it to {to}\n");
    }
    text += &format!("\n{}\n", paint.bold("If it passes again, it"));
    text += &match answer.effects.as_slice() {
        [] => "  says what its text says, and changes nothing else\n".into(),
        effects => effects.iter().map(|effect| format!("  {}\n", format::line(effect))).collect::<String>(),
    };
    text + &format!("\nThe vote is open for {}, without debate, for who may vote when it opens.\n", answer.open_for)
}
