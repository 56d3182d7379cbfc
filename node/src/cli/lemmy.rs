//! `import lemmy`: a community as Lemmy's public API lists it.

use super::{bring_in, complete, context::Context, format, output::Paint, resolve};
use crate::{
    api::Failure,
    lemmy::{self, LeftOut, Listing},
    store::query::Found,
};
use folkmoot_protocol::id::*;
use serde::Serialize;
use std::{collections::BTreeMap, path::PathBuf};

/// Things left out that people are shown; programs are given all.
const SHOWN: usize = 20;

const EXAMPLES: &str = "Examples:
  curl 'https://lemmy.example/api/v3/post/list?community_name=bread&limit=50' > pages/posts-1.json
  curl 'https://lemmy.example/api/v3/comment/list?community_name=bread&limit=50' > pages/comments-1.json
  folkmoot import lemmy pages/
  folkmoot import lemmy pages/ --into bread";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// A JSON file, or a folder of them: what /api/v3/post/list and /api/v3/comment/list answer
    #[arg(value_name = "FILE|DIR", value_hint = clap::ValueHint::AnyPath)]
    path: PathBuf,
    /// Put everything into this community; without it, each goes into the one of its name, made where it is missing
    #[arg(long, value_name = "COMMUNITY", add = complete::communities())]
    into: Option<String>,
}

/// What was taken and what was left.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    /// Where it went.
    pub(super) communities: Vec<Place>,
    /// Posts written.
    pub(super) posts: usize,
    /// Comments written.
    pub(super) comments: usize,
    /// Posts and comments that an earlier import wrote.
    pub(super) held: usize,
    /// Those that are not to the letter what was listed.
    pub(super) changed: usize,
    /// Those, each with what is other than there.
    pub(super) altered: Vec<Left>,
    /// What stays behind because it, or what it answers, was brought in before and deleted here.
    pub(super) deleted: usize,
    /// Comments that stand higher in their tree than there.
    pub(super) reattached: usize,
    /// What stays behind.
    pub(super) left_out: Vec<Left>,
}

/// A community that things were brought into.
#[derive(Debug, Serialize)]
pub(super) struct Place {
    /// The community.
    pub(super) id: SpaceId,
    /// Its short name.
    pub(super) name: String,
    /// Whether the import opened it.
    pub(super) opened: bool,
}

/// Something that stays behind, and why.
#[derive(Debug, Serialize)]
pub(super) struct Left {
    /// What.
    pub(super) what: String,
    /// Why.
    pub(super) reason: String,
}

impl From<LeftOut> for Left {
    fn from(left: LeftOut) -> Self {
        Self { what: left.what, reason: left.reason }
    }
}

pub(super) async fn run(args: &Args, context: &Context) -> Result<(), Failure> {
    let reading = context.out.waiting("Reading");
    let listing = lemmy::read(&args.path).map_err(|error| Failure::new("lemmy", error, "see `folkmoot import lemmy --help`"))?;
    drop(reading);
    let places = places(&listing, args.into.as_deref(), context)?;
    let mut report = Report { changed: listing.changed, reattached: listing.reattached, ..Report::default() };
    report.altered = listing.altered.iter().cloned().map(Left::from).collect();
    report.left_out = listing.left_out.iter().cloned().map(Left::from).collect();
    let done = bring_in::all(listing, &places, context, &mut report).await;
    done.map_err(|failure| Failure { hint: format!("{}; what was written stays, and the same command goes on from there", failure.hint), ..failure })?;
    context.out.answer(&report, |paint| say(paint, &report))?;
    match report.posts + report.comments + report.held + report.deleted {
        0 if !report.left_out.is_empty() => Err(Failure::new(
            "nothing",
            "nothing of it could be brought in",
            "the reasons are listed; save what /api/v3/post/list and /api/v3/comment/list answer",
        )),
        _ => Ok(()),
    }
}

/// Where the posts of each listed community go; none where it has to be opened first.
fn places(listing: &Listing, into: Option<&str>, context: &Context) -> Result<BTreeMap<String, Option<SpaceId>>, Failure> {
    let reader = context.reader()?;
    let forced = resolve::some_community(reader.view(), into)?;
    let place = |name: &str| match forced {
        Some(space) => Ok(Some(space)),
        None => match reader.view().find_community(name)? {
            Found::None => Ok(None),
            _ => resolve::community(reader.view(), name).map(Some).map_err(|failure| Failure { hint: "say which one with --into".into(), ..failure }),
        },
    };
    listing.communities.iter().map(|community| Ok((community.name.clone(), place(&community.name)?))).collect()
}

fn say(paint: Paint, report: &Report) -> String {
    let mut text = format!("Brought in {} and {}", format::count(report.posts as u64, "post"), format::count(report.comments as u64, "comment"));
    text += &if report.held > 0 { format!("; {} were here already.\n", report.held) } else { ".\n".into() };
    for place in &report.communities {
        let opened = if place.opened { " (opened)" } else { "" };
        text += &format!("  into {}{opened}  {}\n", paint.bold(format::line(&place.name)), place.id.short());
    }
    if report.changed > 0 {
        text += &format!("{} not to the letter what was listed, as our texts may not hold everything:\n", are(report.changed));
        text += &list(&report.altered);
    }
    if report.reattached > 0 {
        text += &format!("{} higher in the tree than there, as what was answered is not listed.\n", stand(report.reattached));
    }
    if report.left_out.is_empty() {
        return text;
    }
    text + &format!("Left out, {}:\n", report.left_out.len()) + &list(&report.left_out)
}

fn list(things: &[Left]) -> String {
    let shown = things.iter().take(SHOWN).map(|left| format!("  {}: {}\n", format::line(&left.what), format::line(&left.reason)));
    let shown: String = shown.collect();
    match things.len().saturating_sub(SHOWN) {
        0 => shown,
        more => shown + &format!("  and {more} more, which --json lists\n"),
    }
}

fn are(n: usize) -> String {
    if n == 1 { "1 is".into() } else { format!("{n} are") }
}

fn stand(n: usize) -> String {
    if n == 1 { "1 comment stands".into() } else { format!("{n} comments stand") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_shown_the_first_things_left_out() {
        let left = |n| Left { what: format!("post {n}"), reason: "it has no title".into() };
        let report = Report { posts: 1, comments: 2, left_out: (0..22).map(left).collect(), ..Report::default() };
        let text = say(Paint::NONE, &report);
        assert!(text.starts_with("Brought in 1 post and 2 comments.\nLeft out, 22:\n  post 0: it has no title\n"), "{text}");
        assert!(text.ends_with("post 19: it has no title\n  and 2 more, which --json lists\n"), "{text}");
    }
}
