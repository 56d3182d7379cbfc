//! `invite` and `join`: how people come into a co-op.

use super::{
    context::{Context, unexpected},
    format, parse,
};
use crate::{
    api::{Failure, Request, Response},
    client::Client,
    keystore::Keystore,
    store::Reader,
};
use folkmoot_protocol::{
    id::*,
    ticket::{Ticket, TicketError},
    view::PersonView,
};
use serde::Serialize;

const INVITE_EXAMPLES: &str = "Examples:
  folkmoot invite
  folkmoot invite --uses 20 --expires P30D
  folkmoot invite --guest --expires 12h";

const JOIN_EXAMPLES: &str = "Examples:
  folkmoot join folkmoot1qabcd…
  folkmoot join - < ticket.txt";

/// Makes an invitation: one line of text to hand to somebody. They come in while this node runs.
#[derive(Debug, clap::Args)]
#[command(after_help = INVITE_EXAMPLES)]
pub(super) struct InviteArgs {
    /// Let people in as guests, who write in communities but not in the co-op's own affairs
    #[arg(long)]
    guest: bool,
    /// How long it holds, as P7D, PT12H or 7d
    #[arg(long, value_name = "DURATION", default_value = "P7D", value_parser = parse::duration_ms, allow_hyphen_values = true)]
    expires: u64,
    /// How many people it lets in
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    uses: u32,
}

/// Enters a co-op with an invitation, or as a further device of yours.
#[derive(Debug, clap::Args)]
#[command(after_help = JOIN_EXAMPLES)]
pub(super) struct JoinArgs {
    /// The line you were given; `-` reads it from standard input
    ticket: String,
}

#[derive(Serialize)]
struct Invited {
    ticket: String,
    expires: u64,
}

#[derive(Serialize)]
struct Joined {
    coop: CoopId,
    name: String,
    person: PersonView,
    admitted_by: PersonView,
}

pub(super) async fn invite(args: &InviteArgs, context: &Context) -> Result<(), Failure> {
    let request = Request::Invite { guest: args.guest, expires_in_ms: args.expires, uses: args.uses };
    let (answer, running) = context.call(request).await?;
    let Response::Invited { ticket, expires } = answer else { return Err(unexpected(&answer)) };
    context.out.answer(&Invited { ticket: ticket.clone(), expires }, |_| ticket)?;
    let whom = if args.uses == 1 { "one person".into() } else { format!("{} people", args.uses) };
    context.out.note(format!(
        "\nIt lets {whom} in until {}: hand it over where nobody else reads it. They type `folkmoot join` and this line.\nThey come in while this node runs and can be reached: it is this device that lets them in.",
        format::date_and_time(expires)
    ));
    if !running {
        context.out.note("No node runs here now: start it with `folkmoot run`.");
    }
    Ok(())
}

pub(super) async fn join(args: JoinArgs, context: &Context) -> Result<(), Failure> {
    let ticket = if args.ticket == "-" { parse::standard_input()? } else { args.ticket };
    // A slip in the ticket is found before anything is opened or dialled.
    ticket.parse::<Ticket>().map_err(|error| {
        let code = if matches!(error, TicketError::Forged(_)) { "forged" } else { "ticket" };
        Failure::new(code, error, "ask for it again, and paste it whole")
    })?;
    let (coop, name, person, admitted_by) = match ask_to_join(ticket, context).await? {
        Response::Joined { coop, name, person, admitted_by } => (coop, name, person, admitted_by),
        other => return Err(unexpected(&other)),
    };
    let person = known_as(person, context);
    let answer = Joined { coop, name, person, admitted_by };
    context.out.answer(&answer, |paint| {
        let (name, person) = (paint.bold(format::line(&answer.name)), format::person(&answer.person));
        format!(
            "You are in {name} ({}) as {person}.\n\nNext: {} keeps you in step; {} shows what there is to follow.",
            coop.short(),
            paint.cyan("folkmoot run"),
            paint.cyan("folkmoot community list")
        )
    })
}

async fn ask_to_join(ticket: String, context: &Context) -> Result<Response, Failure> {
    let config = context.unlocked()?;
    let unlocking = context.unlocking(&config);
    let mut client = Client::open_with_network(&config).await?;
    drop(unlocking);
    let _looking = context.out.waiting("Looking for a node of the co-op");
    let answer = client.call(Request::Join { ticket }).await;
    let closed = client.close().await;
    answer.and_then(|answer| closed.map(|()| answer))
}

/// A person with the name they go by: as the hall has it, else as their keys have it.
fn known_as(id: PersonId, context: &Context) -> PersonView {
    let in_hall = Reader::open(context.folder()).and_then(|reader| reader.view().person(id)).ok().flatten();
    let in_keys = || Keystore::open(context.folder(), None).ok().filter(|keys| keys.person() == Some(id)).map(|keys| keys.name().to_owned());
    in_hall.unwrap_or_else(|| PersonView { id, name: in_keys().unwrap_or_default() })
}
