//! `pledge`, `pledges`: money promised for the case that something is decided and delivered.

use super::{complete, context::Context, format, output::Paint, resolve};
use crate::{
    api::{Draft, Failure, LawDraft},
    store::View,
};
use folkmoot_protocol::{
    document::DocumentKind,
    id::*,
    law::{Money, State},
    statement::reference::payment_reference,
    view::PledgeView,
};
use serde::Serialize;

const EXAMPLES: &str = "Examples:
  folkmoot pledge 3f9c01d2 --amount '50.00 EUR'
  folkmoot pledge autumn/search --amount '50.00 EUR'
  folkmoot pledge withdraw 3f9c01d2";

/// Promises money for the case that a bill, or a feature, is decided and delivered.
///
/// It is due once the bill is in force, or the vote on priorities has funded the feature, and a later bill says that it is
/// delivered; it is void where it was decided against. Until it is decided it can be taken back, or another amount be pledged in
/// its place. It is a promise: the books know nothing of it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct PledgeArgs {
    /// The bill; or a feature, as PRIORITIES/FEATURE
    #[arg(value_name = "ID", required = true, add = complete::pledgeable())]
    id: Option<String>,
    /// How much, with its currency: 50.00 EUR
    #[arg(long, value_name = "AMOUNT", required = true)]
    amount: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Takes back what you pledge; possible until it is decided
    #[command(after_help = "Examples:\n  folkmoot pledge withdraw 3f9c01d2\n  folkmoot pledge withdraw autumn/search")]
    Withdraw {
        /// The bill; or a feature, as PRIORITIES/FEATURE
        #[arg(value_name = "ID", add = complete::pledgeable())]
        id: String,
    },
}

/// Lists what members pledge, to one bill or feature or to all, and what you have to pay
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  folkmoot pledges\n  folkmoot pledges 3f9c01d2\n  folkmoot pledges autumn/search")]
pub(super) struct PledgesArgs {
    /// The bill; or a feature, as PRIORITIES/FEATURE
    #[arg(value_name = "ID", add = complete::pledgeable())]
    id: Option<String>,
}

#[derive(Serialize)]
struct Pledges {
    pledges: Vec<PledgeView>,
    /// What this person writes on a payment.
    reference: String,
    #[serde(skip)]
    viewer: PersonId,
}

/// A bill that was put to the vote, or a feature of a vote on priorities: by `PRIORITIES/FEATURE`, or the start of an id.
pub(super) fn target(view: View<'_>, law: &State, typed: &str) -> Result<OpId, Failure> {
    if let Some((vote, feature)) = typed.split_once('/') {
        return named_feature(law, vote, feature);
    }
    let ids: Vec<OpId> = law.bills.iter().map(|(id, _)| *id).chain(law.features.iter().map(|(id, _)| *id)).collect();
    if let Ok(id) = resolve::one_of("bill or feature", typed, &ids, "") {
        return Ok(id);
    }
    let hint = "give a bill's id (`folkmoot bill list`), or a feature as PRIORITIES/FEATURE (`folkmoot priorities list`)";
    let none = |failure: Failure| Failure::new(&failure.code, failure.error, hint);
    let document = resolve::document(view, typed, &[DocumentKind::Bill]).map_err(none)?;
    let unopened = || Failure::new("not-open", "that bill was not put to the vote yet", "its sponsor opens it: `folkmoot bill open`");
    law.bill_of(document).map(|(op, _)| op).ok_or_else(unopened)
}

/// By the name of the priorities the newest vote that has it.
fn named_feature(law: &State, vote: &str, feature: &str) -> Result<OpId, Failure> {
    let called = law.priorities.iter().filter(|(id, row)| row.name == vote || resolve::begins(id, vote));
    let newest = called.max_by_key(|(id, row)| (row.opened_height, **id));
    let no_vote = || Failure::new("not-found", format!("there is no vote on priorities '{vote}'"), "`folkmoot priorities list` shows them");
    let (id, row) = newest.ok_or_else(no_vote)?;
    let place = row.features.iter().position(|row| row.name == feature);
    let none = || Failure::new("not-found", format!("'{feature}' is no feature of that vote"), "`folkmoot priorities show` lists them");
    Ok(id.made_by(place.ok_or_else(none)? as u64))
}

/// What somebody pledges to, in words.
pub(super) fn what(law: &State, to: OpId) -> String {
    if let Some(bill) = law.bills.get(&to) {
        return format!("bill {} \"{}\"", bill.proposal.document.short(), format::opening(&bill.proposal.title, 60));
    }
    law.feature_name(to).unwrap_or_else(|| to.short())
}

pub(super) async fn pledge(args: PledgeArgs, context: &Context) -> Result<(), Failure> {
    let find = |typed: &str| -> Result<_, Failure> {
        let reader = context.reader()?;
        let book = context.law_book(reader.view())?;
        let to = target(reader.view(), &book.provisional, typed)?;
        Ok((to, what(&book.provisional, to)))
    };
    if let Some(Command::Withdraw { id }) = args.command {
        let (to, what) = find(&id)?;
        let said = format!("You pledge nothing to {what} any more, once the Gazette has printed that.");
        return context.write(Draft::Law(LawDraft::WithdrawPledge { to }), |_| said).await;
    }
    let (id, amount) = (args.id.unwrap_or_default(), args.amount.unwrap_or_default());
    let (to, what) = find(&id)?;
    let shown = amount.parse::<Money>().map_or_else(|_| amount.clone(), |amount| amount.to_string());
    let said = format!("You pledge {shown} to {what}, once the Gazette has printed that: due if it is decided, and once it is delivered.");
    context.write(Draft::Law(LawDraft::Pledge { to, amount }), |_| said).await
}

pub(super) fn pledges(args: &PledgesArgs, context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let (view, book) = (reader.view(), context.law_book(reader.view())?);
    let to = args.id.as_deref().map(|id| target(view, &book.provisional, id)).transpose()?;
    let viewer = context.viewer(view)?.person;
    let reference = payment_reference(view.coop()?.unwrap_or(CoopId::ZERO), viewer);
    let pledges = Pledges { pledges: view.pledges(&book, to)?, reference, viewer };
    context.out.answer(&pledges, |paint| table(paint, &pledges))
}

/// What to do about money that is due.
pub(super) fn how_to_pay(reference: &str) -> String {
    format!("pay it to the co-op's account, with {reference} on the payment")
}

fn state(paint: Paint, state: &str) -> String {
    match state {
        "due" => paint.green(state),
        "pledged" => paint.cyan(state),
        "enacted" => paint.cyan("enacted, waits for delivery"),
        state => state.into(),
    }
}

fn table(paint: Paint, list: &Pledges) -> String {
    if list.pledges.is_empty() {
        return format!("Nothing is pledged: {} promises money to a bill or a feature.", paint.cyan("folkmoot pledge ID --amount AMOUNT"));
    }
    let row = |pledge: &PledgeView| {
        let printed = if pledge.printed { String::new() } else { paint.yellow("not printed yet") };
        let id = pledge.bill.map_or_else(|| pledge.to.short(), |bill| bill.short());
        vec![id, state(paint, pledge.state), pledge.amount.to_string(), format::person(&pledge.by), format::opening(&pledge.title, 60), printed]
    };
    let mut text = format::table(paint, &["TO", "STATE", "AMOUNT", "BY", "", ""], &list.pledges.iter().map(row).collect::<Vec<_>>());
    let due: Vec<String> = list.pledges.iter().filter(|row| row.state == "due" && row.by.id == list.viewer).map(|row| row.amount.to_string()).collect();
    if !due.is_empty() {
        let are = if due.len() == 1 { "is" } else { "are" };
        text += &format!("{} of yours {are} due, unless you paid it: {}.\n", due.join(" and "), how_to_pay(&list.reference));
    }
    text
}
