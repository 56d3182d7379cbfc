//! `recover-tellers`: members choose who prints the Gazette where those who do are gone.

use super::{complete, context::Context, format, resolve};
use crate::{
    api::{Draft, Failure, LawDraft},
    runtime::now_ms,
    store::View,
};
use folkmoot_protocol::{
    id::*,
    law::{RecoveryCount, State, value::duration_in_words},
    view::PersonView,
};
use serde::Serialize;

/// Chooses who prints the Gazette where its tellers are gone, or shows how far that is.
///
/// This is for the case that no bill can pass any more, because nothing is printed. Enough members have to choose the same
/// people after the same issue: more than half of each body where both have four people at least, else two thirds of the
/// consumers. Whoever chooses different people at different times is counted for none.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  folkmoot recover-tellers\n  folkmoot recover-tellers 41 --tellers Bob\n  folkmoot recover-tellers 41 --tellers Bob Carol Dan Erin"
)]
pub(super) struct Args {
    /// The number of the last issue that is good: the newest one here
    #[arg(value_name = "ISSUE", requires = "tellers")]
    issue: Option<u64>,
    /// Who is to print: 1, 4, 5 or 7 people by name or id, or by a device's id
    #[arg(long, value_name = "TELLER", num_args = 1.., requires = "issue", add = complete::persons())]
    tellers: Vec<String>,
    /// Choose without being asked: a choice is final
    #[arg(long, requires = "issue")]
    yes: bool,
}

#[derive(Serialize)]
struct Recovery {
    issue: u64,
    issue_id: IssueId,
    printed_at: u64,
    /// From when on members may choose.
    from_ms: u64,
    choices: Vec<Choice>,
}

#[derive(Serialize)]
struct Choice {
    tellers: Vec<Teller>,
    signers: Vec<PersonView>,
    enough: bool,
    #[serde(skip)]
    sentence: String,
}

#[derive(Serialize)]
struct Chosen {
    op: OpId,
    tellers: Vec<Teller>,
}

/// Who is to print, and with what.
#[derive(Serialize)]
struct Teller {
    #[serde(flatten)]
    person: PersonView,
    device: DeviceId,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let Some(issue) = args.issue else { return show(context) };
    let (tellers, listed) = {
        let reader = context.reader()?;
        let (view, law) = (reader.view(), context.law(reader.view())?);
        if issue != law.height() {
            let error = format!("the newest issue here is number {}, not {issue}", law.height());
            return Err(Failure::new(
                "not-newest",
                error,
                "agree with the others on the newest issue that any of you holds; let your nodes run until all have it",
            ));
        }
        let mut tellers = args.tellers.iter().map(|typed| device(view, &law, typed)).collect::<Result<Vec<_>, _>>()?;
        tellers.sort();
        let listed = listed(view, &law, &tellers)?;
        (tellers, listed)
    };
    let names = names(&listed);
    let question = format!("You choose {names} to print after issue {issue}, and cannot choose others after that issue any more.");
    context.confirm(args.yes, &question)?;
    let done = context.submit(Draft::Law(LawDraft::Recover { tellers })).await?;
    let said = format!("You chose {names} to print after issue {issue}. `folkmoot recover-tellers` shows how many have.");
    context.out.answer(&Chosen { op: done.written.op, tellers: listed }, |_| said)?;
    context.note_offline(&done);
    Ok(())
}

/// The device that somebody prints with: their only one, or the one that is named.
fn device(view: View<'_>, law: &State, typed: &str) -> Result<DeviceId, Failure> {
    let standing = || law.register.credentials.values().map(|credential| credential.device).filter(|device| law.register.knows(*device));
    if let [device] = standing().filter(|device| resolve::begins(device, typed)).collect::<Vec<_>>().as_slice() {
        return Ok(*device);
    }
    let person = resolve::person(view, typed)?;
    let own: Vec<DeviceId> = law.register.devices(person).map(|(_, credential, _)| credential.device).filter(|device| law.register.knows(*device)).collect();
    match own.as_slice() {
        [device] => Ok(*device),
        [] => Err(Failure::new("not-found", format!("no device of {typed} is printed"), "choose somebody whom the Gazette has let in")),
        several => {
            let listed: Vec<String> = several.iter().map(|device| device.short()).collect();
            Err(Failure::new("ambiguous", format!("{typed} has several devices: {}", listed.join(", ")), "name the one that is to print instead of the person"))
        }
    }
}

fn listed(view: View<'_>, law: &State, tellers: &[DeviceId]) -> Result<Vec<Teller>, Failure> {
    let people = tellers.iter().filter_map(|device| Some((*device, law.register.standing(*device)?.1.person)));
    people.map(|(device, person)| Ok(Teller { person: view.person_or_id(person)?, device })).collect()
}

fn names(tellers: &[Teller]) -> String {
    tellers.iter().map(|teller| format::person(&teller.person)).collect::<Vec<_>>().join(", ")
}

fn show(context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let (view, law) = (reader.view(), context.law(reader.view())?);
    let choice = |count: RecoveryCount| {
        let signers = count.signers.iter().map(|person| Ok(view.person_or_id(*person)?)).collect::<Result<Vec<_>, Failure>>()?;
        let tellers = listed(view, &law, &count.tellers)?;
        let chosen_by = signers.iter().map(format::person).collect::<Vec<_>>().join(", ");
        let sentence = format!("  {}: {}; chosen by {chosen_by}\n", names(&tellers), count.inequality);
        Ok(Choice { tellers, signers, enough: count.enough, sentence })
    };
    let choices = law.recoveries(&view.waiting(&law)?).into_iter().map(choice).collect::<Result<Vec<_>, Failure>>()?;
    let two = view.two_issues()?.is_some();
    let from_ms = if two { law.time() } else { law.time().saturating_add(law.charter().recovery_wait_ms) };
    let recovery = Recovery { issue: law.height(), issue_id: law.issue(), printed_at: law.time(), from_ms, choices };
    context.out.answer(&recovery, |paint| {
        let number = recovery.issue;
        let when = match number {
            0 => "Nothing is printed yet.".to_owned(),
            _ => format!("The newest issue here is number {number}, of {}.", format::date_and_time(recovery.printed_at)),
        };
        let may = if two {
            "Two different issues of the next number are signed: members may choose other tellers now.".to_owned()
        } else if from_ms <= now_ms() {
            format!("Nothing was printed for longer than {}: members may choose other tellers.", duration_in_words(law.charter().recovery_wait_ms))
        } else {
            format!("Members may choose other tellers from {} on, if nothing is printed until then.", format::date_and_time(from_ms))
        };
        let listed = if recovery.choices.is_empty() {
            "Nobody has.\n".into()
        } else {
            recovery.choices.iter().map(|choice| choice.sentence.as_str()).collect::<String>()
        };
        format!("{}\n{may}\n{listed}", paint.bold(when))
    })
}
