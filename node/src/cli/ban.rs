//! `moderate ban` and `unban`, and who is banned.

use super::{complete, context::Context, format, moderate::rule_number, output::Paint, parse, resolve, rules};
use crate::{
    api::{Draft, Failure, LawDraft},
    store::View,
};
use folkmoot_protocol::{date::DAY_MS, id::*, view::BanView};
use serde::Serialize;

const BAN_EXAMPLES: &str = "Examples:
  folkmoot moderate ban Eve --community bread --rule 2 --reason 'Advertises again and again.' --days 7
  folkmoot moderate ban Eve --community bread --rule 2 --reason 'Advertises again and again.' --until 2027-01-31
  folkmoot moderate ban Eve --community bread --rule 2 --reason 'For good.'    (until it is taken back)";

#[derive(Debug, clap::Args)]
#[command(after_help = BAN_EXAMPLES)]
pub(super) struct BanArgs {
    /// Who
    #[arg(add = complete::persons())]
    person: String,
    /// From which community
    #[arg(long, value_name = "NAME", add = complete::communities())]
    community: String,
    /// The community's rule that you act by, from 1
    #[arg(long, value_name = "N", value_parser = rule_number)]
    rule: u32,
    /// Why, for everybody to read
    #[arg(long, value_name = "REASON", allow_hyphen_values = true)]
    reason: String,
    /// When it ends: a day, a time such as 2027-01-31T18:30Z, or PT12H from now; without it or --days, it stands until it is taken back
    #[arg(long, value_name = "TIME", value_parser = parse::moment_ms, conflicts_with = "days")]
    until: Option<u64>,
    /// For so many days from now
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=36_525))]
    days: Option<u64>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  folkmoot moderate unban Eve --community bread --reason 'She has understood.'")]
pub(super) struct UnbanArgs {
    /// Who
    #[arg(add = complete::persons())]
    person: String,
    /// From which community
    #[arg(long, value_name = "NAME", add = complete::communities())]
    community: String,
    /// Why, for everybody to read
    #[arg(long, value_name = "REASON", allow_hyphen_values = true)]
    reason: String,
}

#[derive(Serialize)]
struct Bans {
    bans: Vec<BanView>,
}

/// A person and a community by their names, and what to call them.
fn named(person: &str, community: &str, context: &Context) -> Result<(PersonId, SpaceId, String), Failure> {
    let reader = context.reader()?;
    let (person, space) = (resolve::person(reader.view(), person)?, resolve::community(reader.view(), community)?);
    let who = format::person(&reader.view().person_or_id(person)?);
    Ok((person, space, format!("{who} from {}", format::community(&reader.view().community_named(space)?))))
}

pub(super) async fn ban(args: BanArgs, context: &Context) -> Result<(), Failure> {
    let (person, space, whom) = named(&args.person, &args.community, context)?;
    rules::check(context.reader()?.view(), space, args.rule)?;
    let until_ms = args.until.or(args.days.map(|days| format::now_ms() + days * DAY_MS)).unwrap_or(0);
    let draft = LawDraft::Ban { space, person, until_ms, rule: args.rule, reason: args.reason };
    let said = |_: &_| {
        let until = format::until(until_ms);
        format!("Banned {whom}, {until}: in force once the Gazette has printed it. What they wrote before stays.")
    };
    context.write(Draft::Law(draft), said).await
}

pub(super) async fn unban(args: UnbanArgs, context: &Context) -> Result<(), Failure> {
    let (person, space, whom) = named(&args.person, &args.community, context)?;
    let draft = LawDraft::Unban { space, person, reason: args.reason };
    context.write(Draft::Law(draft), |_| format!("Unbanned {whom}: once the Gazette has printed it.")).await
}

/// Who is banned.
pub(super) fn list(view: View<'_>, community: Option<SpaceId>, context: &Context) -> Result<(), Failure> {
    let bans = Bans { bans: in_force(view, community, context)? };
    context.out.answer(&bans, |paint| match bans.bans.as_slice() {
        [] => "Nobody is banned.\n".into(),
        bans => table(paint, bans),
    })
}

/// The bans that stand, with what waits.
pub(super) fn in_force(view: View<'_>, community: Option<SpaceId>, context: &Context) -> Result<Vec<BanView>, Failure> {
    Ok(view.bans_in_force(&context.law_book(view)?.provisional, community)?)
}

fn until(ban: &BanView) -> String {
    match ban.until {
        None => "it is taken back".into(),
        Some(until) if until <= format::now_ms() => "the next issue".into(),
        Some(until) => format::date_and_time(until),
    }
}

pub(super) fn table(paint: Paint, bans: &[BanView]) -> String {
    let row = |ban: &BanView| {
        vec![
            format::person(&ban.person),
            format::community(&ban.community),
            ban.issue.map_or_else(|| "not printed yet".into(), |_| format::date_and_time(ban.from)),
            until(ban),
            format::person(&ban.by),
            ban.rule.to_string(),
            format::line(&ban.reason),
        ]
    };
    format::table(paint, &["WHO", "COMMUNITY", "SINCE", "UNTIL", "BY", "RULE", "REASON"], &bans.iter().map(row).collect::<Vec<_>>())
}
