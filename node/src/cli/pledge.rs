//! `pledge`, `pledges`: money promised for the case that a bill comes into force.

use super::{bill, context::Context, format, output::Paint, treasury::written};
use crate::api::{Draft, Failure, LawDraft};
use folkmoot_protocol::{law::Money, view::PledgeView};
use serde::Serialize;

const EXAMPLES: &str = "Examples:
  folkmoot pledge 3f9c01d2 --amount '5000 EUR'
  folkmoot pledge withdraw 3f9c01d2";

/// Promises money for the case that a bill comes into force.
///
/// It is due once the bill is in force, and void where the bill fails. Until then it can be taken back, or another
/// amount be pledged in its place. It is a promise: the books know nothing of it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct PledgeArgs {
    /// The bill
    #[arg(value_name = "ID", required = true)]
    id: Option<String>,
    /// How much, in the smallest unit: 5000 EUR is 50.00 euros
    #[arg(long, value_name = "AMOUNT", required = true)]
    amount: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Takes back what you pledge to a bill; possible until it is in force
    #[command(after_help = "Examples:\n  folkmoot pledge withdraw 3f9c01d2")]
    Withdraw {
        /// The bill
        #[arg(value_name = "ID")]
        id: String,
    },
}

/// Lists what members pledge, to one bill or to all
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  folkmoot pledges\n  folkmoot pledges 3f9c01d2")]
pub(super) struct PledgesArgs {
    /// The bill
    #[arg(value_name = "ID")]
    id: Option<String>,
}

#[derive(Serialize)]
struct Pledges {
    pledges: Vec<PledgeView>,
}

pub(super) async fn pledge(args: PledgeArgs, context: &Context) -> Result<(), Failure> {
    let find = |typed: &str| -> Result<_, Failure> {
        let reader = context.reader()?;
        let book = context.law_book(reader.view())?;
        bill::find(reader.view(), &book, typed)
    };
    if let Some(Command::Withdraw { id }) = args.command {
        let document = find(&id)?;
        let said = format!("You pledge nothing to bill {} any more, once the Gazette has printed that.", document.short());
        return context.write(Draft::Law(LawDraft::WithdrawPledge { document }), |_| said).await;
    }
    let (id, amount) = (args.id.unwrap_or_default(), args.amount.unwrap_or_default());
    let document = find(&id)?;
    let shown = amount.parse::<Money>().map_or_else(|_| amount.clone(), |amount| written(&amount));
    let said = format!("You pledge {shown} to bill {}, once the Gazette has printed that: due if the bill comes into force.", document.short());
    context.write(Draft::Law(LawDraft::Pledge { document, amount }), |_| said).await
}

pub(super) fn pledges(args: &PledgesArgs, context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let (view, book) = (reader.view(), context.law_book(reader.view())?);
    let bill = args.id.as_deref().map(|id| bill::find(view, &book, id)).transpose()?;
    let pledges = Pledges { pledges: view.pledges(&book, bill)? };
    context.out.answer(&pledges, |paint| table(paint, &pledges.pledges))
}

fn table(paint: Paint, pledges: &[PledgeView]) -> String {
    if pledges.is_empty() {
        return format!("Nothing is pledged: {} promises money to a bill.", paint.cyan("folkmoot pledge ID --amount AMOUNT"));
    }
    let row = |pledge: &PledgeView| {
        let state = match pledge.state {
            "due" => paint.green(pledge.state),
            "pledged" => paint.cyan(pledge.state),
            state => state.into(),
        };
        let printed = if pledge.printed { String::new() } else { paint.yellow("not printed yet") };
        vec![pledge.bill.short(), state, written(&pledge.amount), format::person(&pledge.by), format::opening(&pledge.title, 60), printed]
    };
    format::table(paint, &["BILL", "STATE", "AMOUNT", "BY", "TITLE", ""], &pledges.iter().map(row).collect::<Vec<_>>())
}
