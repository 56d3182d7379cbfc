//! `recall`: a bill that takes an office from somebody, drafted and opened in one step.

use super::{complete, context::Context, coop::office_name, election, format, resolve};
use crate::api::{Draft, Failure, LawDraft};
use folkmoot_protocol::{
    id::*,
    law::{Effect, Office},
};
use serde::Serialize;

/// Puts to the vote that somebody loses an office: drafts the bill and opens it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  folkmoot recall treasurer Bob\n  folkmoot recall moderator:bread Bob\n\nThat is a bill of the whole co-op. Those who take part in a community recall its moderators without one: `folkmoot petition recall`."
)]
pub(super) struct Args {
    /// registrar, treasurer, teller, auditor, bridge-operator, or moderator:COMMUNITY
    #[arg(value_name = "OFFICE")]
    office: String,
    /// Who holds it
    #[arg(value_name = "PERSON", add = complete::persons())]
    person: String,
}

#[derive(Serialize)]
struct Recalled {
    bill: DocumentId,
    op: OpId,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let (draft, title, does, hint) = {
        let reader = context.reader()?;
        let (view, book) = (reader.view(), context.law_book(reader.view())?);
        let office = election::office(view, &args.office)?;
        let person = resolve::person(view, &args.person)?;
        let (name, called) = (view.person_or_id(person)?.name, office_name(view, &office)?);
        if !book.printed.holds(office, person) {
            return Err(Failure::new("not-found", format!("{} is no {called}", format::line(&name)), "`folkmoot offices` shows who holds which office"));
        }
        let hint = match office {
            Office::Moderator(space) if book.provisional.takes_part_since(context.viewer(view)?.person, space).is_some() => {
                "\nAs a participant you can ask the others for a vote among yourselves as well: `folkmoot petition recall`."
            }
            _ => "",
        };
        let title = format!("Recall of {name} as {called}");
        let effect = Effect::Dismiss { office, person };
        // Of a teller it says how many print then.
        let does = view.effects(std::slice::from_ref(&effect), &book.provisional)?.into_iter().map(|view| view.sentence).collect::<String>();
        (LawDraft::Bill { title: title.clone(), text: String::new(), effects: effect.to_string(), writers: vec![] }, title, does, hint)
    };
    let document = context.submit(Draft::Law(draft)).await?.written.id;
    let opened = context.submit(Draft::Law(LawDraft::Open { document, requires: None, sunset: None })).await.map_err(|failure| {
        let error = format!("the recall is drafted as bill {}, and not open: {}", document.short(), failure.error);
        let hint = format!("`folkmoot bill cosponsor {0}` supports it, `folkmoot bill open {0}` puts it to the vote", document.short());
        Failure::new(&failure.code, error, &hint)
    })?;
    context.out.answer(&Recalled { bill: document, op: opened.written.op }, |_| {
        let (id, does) = (document.short(), format::line(&does));
        format!("Put bill {id} to the vote: {}. If it is in force, it {does}. It is open once the Gazette has printed that.{hint}", format::line(&title))
    })?;
    context.note_offline(&opened);
    Ok(())
}
