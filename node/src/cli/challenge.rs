//! `challenge` and `challenges`: whose place on the roll is disputed, and what auditors found.

use super::{complete, context::Context, format, output::Paint, resolve};
use crate::api::{BooksDraft, Draft, Failure, LawDraft};
use folkmoot_protocol::{id::*, view::ChallengeView};
use serde::Serialize;

const EXAMPLES: &str = "Examples:
  folkmoot challenge Mallory --reason 'Nobody has ever met them.'
  folkmoot challenge decide 3f9c01d2 --uphold --reason 'It is the same account as that of Eve.'
  folkmoot challenges

While a challenge is open, the member's ballots count and are shown as under challenge. If an auditor upholds it, the member is no consumer any more, and their ballots on what is still open do not count; they may pay again. If no auditor decides within grace.period, the challenge lapses.";

const DECIDE_EXAMPLES: &str = "Examples:
  folkmoot challenge decide 3f9c01d2 --uphold --reason 'No such payment came.'
  folkmoot challenge decide 3f9c01d2 --dismiss --reason 'They showed the receipt of the bank.'";

/// Challenges somebody's place among the consumers, for auditors to decide. Everybody can read that you did, and why.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct ChallengeArgs {
    /// Who is no real person, did not pay, or is counted twice
    #[arg(required = true, value_name = "MEMBER", add = complete::persons())]
    member: Option<String>,
    /// Why you think so
    #[arg(long, required = true, value_name = "REASON", allow_hyphen_values = true)]
    reason: Option<String>,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Decides a challenge; an auditor does that
    #[command(after_help = DECIDE_EXAMPLES)]
    Decide(DecideArgs),
}

#[derive(Debug, clap::Args)]
struct DecideArgs {
    /// The challenge
    #[arg(value_name = "ID")]
    id: String,
    /// They are on the roll wrongly: they are no consumer any more
    #[arg(long, required_unless_present = "dismiss", conflicts_with = "dismiss")]
    uphold: bool,
    /// They are on the roll rightly
    #[arg(long)]
    dismiss: bool,
    /// Why, for everybody to read
    #[arg(long, value_name = "REASON", allow_hyphen_values = true)]
    reason: String,
}

/// Lists challenges of members' places on the roll, the open ones first.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  folkmoot challenges\n  folkmoot challenges --open")]
pub(super) struct ChallengesArgs {
    /// Only those that are open
    #[arg(long)]
    open: bool,
}

#[derive(Serialize)]
struct Challenges {
    challenges: Vec<ChallengeView>,
}

pub(super) async fn challenge(args: ChallengeArgs, context: &Context) -> Result<(), Failure> {
    if let Some(What::Decide(args)) = args.what {
        return decide(args, context).await;
    }
    let member = resolve::person(context.reader()?.view(), &args.member.unwrap_or_default())?;
    let draft = LawDraft::Books(BooksDraft::Challenge { member, reason: args.reason.unwrap_or_default() });
    let said = |id: OpId| format!("Challenged as {}: `folkmoot challenges` shows it until an auditor has decided, or it lapses.", id.short());
    context.write(Draft::Law(draft), |written| said(written.op)).await
}

async fn decide(args: DecideArgs, context: &Context) -> Result<(), Failure> {
    let (challenge, member) = {
        let reader = context.reader()?;
        let (view, book) = (reader.view(), context.law_book(reader.view())?);
        let all: Vec<OpId> = book.provisional.challenges.iter().map(|(id, _)| *id).collect();
        let id = resolve::one_of("challenge", &args.id, &all, "`folkmoot challenges` shows them")?;
        let member = book.provisional.challenges.get(&id).map_or(PersonId::ZERO, |row| row.member);
        (id, format::person(&view.person_or_id(member)?))
    };
    let draft = LawDraft::Books(BooksDraft::Decide { challenge, upheld: args.uphold, reason: args.reason });
    let said = if args.uphold { "Upheld: once that is printed, {} is no consumer any more." } else { "Dismissed: {} stays on the roll." };
    context.write(Draft::Law(draft), |_| said.replace("{}", &member)).await
}

pub(super) fn list(args: &ChallengesArgs, context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let (view, book) = (reader.view(), context.law_book(reader.view())?);
    let mut challenges = view.challenges(&book)?;
    challenges.retain(|challenge| !args.open || challenge.state == "open");
    let challenges = Challenges { challenges };
    context.out.answer(&challenges, |paint| match challenges.challenges.as_slice() {
        [] if args.open => "No challenge is open.\n".into(),
        [] => "Nobody's place on the roll was challenged.\n".into(),
        rows => format::table(paint, &["ID", "MEMBER", "BY", "STATE", "REASON", ""], &rows.iter().map(|row| listed(paint, row)).collect::<Vec<_>>()),
    })
}

fn listed(paint: Paint, row: &ChallengeView) -> Vec<String> {
    let state = match row.state.as_str() {
        "open" => paint.yellow(&row.state),
        "upheld" => paint.red(&row.state),
        other => other.to_owned(),
    };
    let decided = match (&row.auditor, &row.because) {
        (Some(auditor), Some(because)) => format!("{}: {}", format::person(auditor), format::line(because)),
        _ if row.state == "open" => format!("lapses with the first issue from {}", format::date_and_time(row.until)),
        _ => String::new(),
    };
    let waits = if row.printed { "" } else { "not printed yet" };
    vec![row.id.short(), format::person(&row.member), format::person(&row.by), state, format::line(&row.reason), format::dotted(&[decided, waits.to_owned()])]
}
