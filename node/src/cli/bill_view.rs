//! A bill as a terminal shows it.

use super::{format, output::Paint};
use crate::store::query::LawBook;
use folkmoot_protocol::{
    law::Tally,
    view::{BallotView, BillView, BodyView},
};

/// All bills, a row for each.
pub(super) fn table(paint: Paint, bills: &[BillView]) -> String {
    if bills.is_empty() {
        return format!("There is no bill: {} begins one.", paint.cyan("folkmoot bill draft --title TITLE"));
    }
    let now = format::now_ms();
    let row = |bill: &BillView| {
        let until = match (bill.status, bill.closes_at) {
            ("open", Some(at)) if at > now => format!("{} left", format::span(at - now)),
            ("open", Some(_)) => "waits for an issue".into(),
            _ => String::new(),
        };
        vec![bill.id.short(), status(paint, bill.status), until, format::person(&bill.sponsor), format::opening(&bill.title, 60)]
    };
    format::table(paint, &["ID", "STATUS", "", "BY", "TITLE"], &bills.iter().map(row).collect::<Vec<_>>())
}

fn status(paint: Paint, status: &str) -> String {
    match status {
        "open" => paint.cyan(status),
        "enacted" | "passed" => paint.green(status),
        "failed" | "stale" => paint.red(status),
        _ => status.into(),
    }
}

/// One bill, whole.
pub(super) fn page(paint: Paint, bill: &BillView, book: &LawBook) -> String {
    let mut text = format!("{}\n", paint.bold(format::line(&bill.title)));
    let route = bill.route.as_deref().filter(|_| matches!(bill.status, "passed" | "enacted" | "stale" | "expired")).map(how).unwrap_or_default();
    let author = if bill.author.id == bill.sponsor.id { String::new() } else { format!("written by {}", format::person(&bill.author)) };
    let by = format!("by {}", format::person(&bill.sponsor));
    let facts = [format!("bill {}", bill.id.short()), status(paint, bill.status), route.into(), by, author];
    text += &format!("{}\n", format::dotted(&facts));
    text += &times(bill);
    text += &disputed(paint, bill);
    if !bill.text.trim().is_empty() {
        text += &format!("\n{}\n", format::body(&bill.text, 2));
    }
    if !bill.writers.is_empty() && bill.status == "draft" {
        text += &format!("may be edited by {} too\n", bill.writers.iter().map(format::person).collect::<Vec<_>>().join(", "));
    }
    if !bill.others.is_empty() {
        text += &format!("supported in this form by {}\n", bill.others.iter().map(format::person).collect::<Vec<_>>().join(", "));
    }
    text += &format!("\n{}\n", paint.bold(if bill.status == "enacted" { "In force, it" } else { "If it is in force, it" }));
    text += &match bill.effects.as_slice() {
        [] => "  says what its text says, and changes nothing else\n".into(),
        effects => effects.iter().map(|effect| format!("  {}\n", format::line(&effect.sentence))).collect::<String>(),
    };
    text += &bill
        .sunset
        .map(|at| format!("  until {}: then the law goes back by itself to what stands without it\n", format::date_and_time(at)))
        .unwrap_or_default();
    if !bill.bodies.is_empty() {
        text += &format!("\n{}\n{}", paint.bold(format!("Printed up to issue {}", book.printed.height())), bodies(paint, &bill.bodies));
        text += &bill.printed.as_ref().map(uncounted).unwrap_or_default();
        if bill.provisional != bill.printed && bill.status == "open" {
            text += &provisional(paint, bill);
        }
    }
    if !bill.pledged.is_empty() {
        let amounts: Vec<String> = bill.pledged.iter().map(ToString::to_string).collect();
        let due = match (bill.status, bill.delivered) {
            (_, Some(issue)) => format!("due: it was delivered, as issue {issue} printed"),
            ("enacted", None) => "due once a bill says that it is delivered".into(),
            ("failed" | "stale" | "withdrawn" | "expired", None) => "void: nothing is to be paid".into(),
            _ => "due if it comes into force, once it is delivered".into(),
        };
        text += &format!("\n{}\n  {}, {due}: `folkmoot pledges {}`\n", paint.bold("Pledged"), amounts.join(" and "), bill.id.short());
    }
    text += &format!("\n{}\n", paint.bold("Why"));
    text += &bill.why.iter().map(|line| format!("  {}\n", format::line(line))).collect::<String>();
    if let Some(ballot) = &bill.ballot {
        text += &format!("\n{}\n{}", paint.bold("Your ballot"), own(paint, ballot));
    }
    text
}

/// What its writers wrote at the same time: what is shown above and below is only the first of it.
fn disputed(paint: Paint, bill: &BillView) -> String {
    if bill.disputed.is_empty() {
        return String::new();
    }
    let heading = paint.yellow("Its writers disagree, and what is shown otherwise is only the first choice:");
    let choices: String = bill.disputed.iter().map(|choice| format!("  {}\n", format::line(choice))).collect();
    let id = bill.id.short();
    format!("{heading}\n{choices}  `folkmoot bill edit {id} --title TITLE` or `folkmoot bill edit {id} --effect LINE` makes the choice\n")
}

fn times(bill: &BillView) -> String {
    if bill.status == "waiting" {
        return "opens once printed\n".into();
    }
    let lasts = bill.opened_at.zip(bill.closes_at).map_or(u64::MAX, |(opened, closes)| closes.saturating_sub(opened));
    let at = |what: &str, at: Option<u64>| at.map(|at| format!("{what} {}", format::moment(at, lasts))).unwrap_or_default();
    let ends = if bill.status == "open" { "ends with the first issue from" } else { "its vote ended" };
    let facts = [at("opened", bill.opened_at), at(ends, bill.closes_at), at("in force from", bill.in_force_from)];
    match format::dotted(&facts) {
        facts if facts.is_empty() => facts,
        facts => facts + "\n",
    }
}

/// How it passed, in words.
fn how(route: &str) -> &'static str {
    match route {
        "override" => "passed by the consumers alone",
        "entrenched" => "passed by two thirds of both bodies",
        _ => "passed by both bodies",
    }
}

/// Ballots that are shown and count for nothing.
fn uncounted(tally: &Tally) -> String {
    let rows =
        [(tally.named, "of whom the bill names"), (tally.spoiled, "that cancel each other, of one voter's devices"), (tally.struck, "of who lost their place")];
    let rows = rows.into_iter().filter(|(many, _)| *many > 0);
    rows.map(|(many, whose)| format!("  not tallied: {} {whose}\n", format::count(many, "ballot"))).collect()
}

fn bodies(paint: Paint, bodies: &[BodyView]) -> String {
    let row = |body: &BodyView| {
        let approves = if body.approves { paint.green("approves") } else { "does not approve".into() };
        let figures = [body.in_favour, body.against, body.abstain, body.roll, body.quorum].map(|figure| figure.to_string());
        [vec![format!("  {}", body.name)], figures.to_vec(), vec![approves]].concat()
    };
    format::table(paint, &["  BODY", "FOR", "AGAINST", "ABSTAIN", "ROLL", "QUORUM", ""], &bodies.iter().map(row).collect::<Vec<_>>())
}

fn provisional(paint: Paint, bill: &BillView) -> String {
    let Some(tally) = &bill.provisional else { return String::new() };
    let body =
        |name: &str, count: folkmoot_protocol::law::Count| format!("{name} {} for, {} against, {} abstain", count.in_favour, count.against, count.abstain);
    let text = format!("{}; {}", body("consumers", tally.consumers), body("workers", tally.workers));
    format!("  {}\n", paint.yellow(format!("provisional, with what is not printed yet: {text}")))
}

/// A person's own ballot.
pub(super) fn own(paint: Paint, ballot: &BallotView) -> String {
    let counts = if ballot.counts { paint.green(format::line(&ballot.why)) } else { paint.red(format!("does not count: {}", format::line(&ballot.why))) };
    let seen = if ballot.receipts > 0 { format!("seen by {}", format::count(ballot.receipts as u64, "teller")) } else { String::new() };
    let state = if ballot.state == "seen" { String::new() } else { ballot.state.into() };
    format!("  {}\n", format::dotted(&[ballot.choices.join(" and "), state, seen, counts]))
}
