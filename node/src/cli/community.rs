//! `community`: open, list, show, follow, take part.

use super::{ban, complete, context::Context, format, output::Paint, resolve};
use crate::api::{Draft, Failure, LawDraft, Request};
use folkmoot_protocol::{
    id::*,
    view::{BanView, CommunityView},
};
use serde::Serialize;

const EXAMPLES: &str = "Examples:
  folkmoot community create bread --title 'Bread and baking'
  folkmoot community list
  folkmoot community follow bread
  folkmoot community take-part bread

To follow a community is a private choice of this device. To take part in one is a signed act that everybody can read: who takes part elects its moderators.";

/// Opens, lists and follows communities, and takes part in them.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Opens a community and follows it
    #[command(after_help = "Examples:\n  folkmoot community create bread --title 'Bread and baking' --rules 'Be kind.'")]
    Create {
        /// Its short name: a to z, 0 to 9, _ and -
        name: String,
        /// Its title
        #[arg(long, value_name = "TITLE", allow_hyphen_values = true)]
        title: String,
        /// What stands beside its posts
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true, allow_hyphen_values = true)]
        sidebar: String,
        /// Its rules
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true, allow_hyphen_values = true)]
        rules: String,
    },
    /// Lists all communities of the co-op
    #[command(after_help = "Examples:\n  folkmoot community list")]
    List,
    /// Shows a community: its title, sidebar and rules
    #[command(after_help = "Examples:\n  folkmoot community show bread")]
    Show(Named),
    /// Keeps a community on this device from now on
    #[command(after_help = "Examples:\n  folkmoot community follow bread")]
    Follow(Named),
    /// Ends keeping a community on this device
    #[command(after_help = "Examples:\n  folkmoot community unfollow bread")]
    Unfollow(Named),
    /// Takes part in a community, for everybody to read: who does elects its moderators
    #[command(after_help = "Examples:\n  folkmoot community take-part bread\n  folkmoot community take-part bread --end")]
    TakePart {
        #[command(flatten)]
        community: Named,
        /// Take part no more
        #[arg(long)]
        end: bool,
    },
}

#[derive(Debug, clap::Args)]
struct Named {
    /// The community's short name or id
    #[arg(value_name = "COMMUNITY", add = complete::communities())]
    name: String,
}

#[derive(Serialize)]
struct Communities {
    communities: Vec<CommunityView>,
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    community: CommunityView,
    bans: Vec<BanView>,
    /// How many take part and may vote on its moderators now.
    participants: u64,
    /// Since when you take part, in the Gazette's time in ms.
    you_since: Option<u64>,
}

/// A private choice: nothing is signed, so that there is no operation.
#[derive(Serialize)]
struct Chosen {
    id: SpaceId,
    op: Option<OpId>,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    match args.command {
        Command::Create { name, title, sidebar, rules } => {
            let said = name.clone();
            context.write(Draft::OpenCommunity { name, title, sidebar, rules }, |written| format!("Opened {said} ({}).", written.id.short())).await
        }
        Command::List => list(context),
        Command::Show(named) => show(&named.name, context),
        Command::Follow(named) => follow(&named.name, true, context).await,
        Command::Unfollow(named) => follow(&named.name, false, context).await,
        Command::TakePart { community, end } => take_part(&community.name, !end, context).await,
    }
}

fn list(context: &Context) -> Result<(), Failure> {
    let communities = context.reader()?.view().communities()?;
    context.out.answer(&Communities { communities: communities.clone() }, |paint| match communities.as_slice() {
        [] => format!("There is no community yet: {} opens one.", paint.cyan("folkmoot community create NAME --title TITLE")),
        communities => table(paint, communities),
    })
}

fn table(paint: Paint, communities: &[CommunityView]) -> String {
    let row = |community: &CommunityView| {
        let held = match community.followed {
            true => format!("{}, {}", format::count(community.posts, "post"), format::count(community.comments, "comment")),
            false => paint.dim("not followed"),
        };
        // Of one that is not followed only the short name is known.
        let title = if community.followed || community.title != community.name { format::opening(&community.title, 60) } else { String::new() };
        vec![paint.bold(format::line(&community.name)), community.id.short(), held, title]
    };
    format::table(paint, &["NAME", "ID", "HERE", "TITLE"], &communities.iter().map(row).collect::<Vec<_>>())
}

fn show(typed: &str, context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let community = known(reader.view(), resolve::community(reader.view(), typed)?)?;
    let law = context.law_book(reader.view())?.provisional;
    let you_since = law.takes_part_since(context.viewer(reader.view())?.person, community.id);
    let participants = law.participants(community.id, law.time()).voters();
    let shown = Shown { bans: ban::in_force(reader.view(), Some(community.id), context)?, participants, you_since, community };
    context.out.answer(&shown, |paint| {
        let Shown { community, bans, participants, you_since } = &shown;
        let state = if community.followed { "followed" } else { "not followed" };
        let facts = [
            format!("opened by {}", format::person(&community.opened_by)),
            format::count(community.posts, "post"),
            format::count(community.comments, "comment"),
            state.into(),
            format!("{} with a vote on its moderators", format::count(*participants, "participant")),
            if you_since.is_some() { "you take part" } else { "you do not take part" }.into(),
        ];
        let about = format!(
            "{}\n{} ({}) · {}\n",
            paint.bold(format::line(&community.title)),
            format::line(&community.name),
            community.id.short(),
            format::dotted(&facts)
        );
        about + &section(paint, "About", &community.sidebar) + &section(paint, "Rules", &community.rules) + &banned(paint, bans)
    })
}

fn section(paint: Paint, heading: &str, text: &str) -> String {
    if text.trim().is_empty() { String::new() } else { format!("\n{}\n{}\n", paint.bold(heading), format::body(text, 2)) }
}

fn banned(paint: Paint, bans: &[BanView]) -> String {
    if bans.is_empty() { String::new() } else { format!("\n{}\n{}", paint.bold("Banned"), ban::table(paint, bans)) }
}

fn known(view: crate::store::View<'_>, space: SpaceId) -> Result<CommunityView, Failure> {
    view.community(space)?
        .ok_or_else(|| Failure::new("not-found", "the hall does not know this community", "`folkmoot community list` shows those that it knows"))
}

async fn follow(typed: &str, on: bool, context: &Context) -> Result<(), Failure> {
    let community = {
        let reader = context.reader()?;
        known(reader.view(), resolve::community(reader.view(), typed)?)?
    };
    context.order(Request::Follow { space: community.id, on }).await?;
    let name = format::line(&community.name);
    let hint = if on { take_part_hint(community.id, &name, context)? } else { String::new() };
    context.out.answer(&Chosen { id: community.id, op: None }, |_| match on {
        true => format!("Following {name}: what stands in it comes from the others while a node runs.{hint}"),
        false => format!("{name} is not followed any more."),
    })
}

/// Tells members who follow a community that they can take part in it.
fn take_part_hint(space: SpaceId, name: &str, context: &Context) -> Result<String, Failure> {
    let reader = context.reader()?;
    let law = context.law_book(reader.view())?.provisional;
    let can = law.why_not_take_part(context.viewer(reader.view())?.person, space, true).is_none();
    Ok(if can { format!("\nWhoever takes part elects its moderators: `folkmoot community take-part {name}`.") } else { String::new() })
}

async fn take_part(typed: &str, on: bool, context: &Context) -> Result<(), Failure> {
    let community = {
        let reader = context.reader()?;
        known(reader.view(), resolve::community(reader.view(), typed)?)?
    };
    let name = format::line(&community.name);
    let said = match on {
        true => format!("You take part in {name}, once the Gazette has printed that: you vote on its moderators after the waiting time (waiting.period)."),
        false => format!("You take part in {name} no more, once the Gazette has printed that. What is open already you still vote on."),
    };
    context.write(Draft::Law(LawDraft::TakePart { space: community.id, on }), |_| said).await
}
