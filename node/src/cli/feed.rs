//! `feed` and `search`: lists of what was written.

use super::{complete, context::Context, format, output::Paint, parse, resolve};
use crate::{
    api::Failure,
    store::{
        View,
        query::{FeedQuery, SearchQuery},
    },
};
use clap::ValueEnum;
use folkmoot_protocol::{
    document::DocumentKind,
    limits,
    view::{CommunityView, FeedSort, FeedView, PostView, SearchHit, SearchView},
};

const FEED_EXAMPLES: &str = "Examples:
  folkmoot feed
  folkmoot feed bread --sort top --period P7D
  folkmoot feed --saved --sort new";

const SEARCH_EXAMPLES: &str = "Examples:
  folkmoot search sourdough starter
  folkmoot search rye --in bread --by Alice --kind comment
  folkmoot search rye --limit 100 --json | jq -r .next";

/// What is said of a page with nothing on it.
const LAST_PAGE: &str = "That was the last page.";

/// Lists posts.
#[derive(Debug, clap::Args)]
#[command(after_help = FEED_EXAMPLES)]
pub(super) struct FeedArgs {
    /// Of this community; without it, of all that are followed here
    #[arg(add = complete::communities())]
    community: Option<String>,
    /// The order
    #[arg(long, value_enum, default_value_t = Sort::Active)]
    sort: Sort,
    /// Only posts of this last while, as P1D, PT6H or 7d
    #[arg(long, value_name = "DURATION", value_parser = parse::duration_ms, allow_hyphen_values = true)]
    period: Option<u64>,
    /// Go on where a page ended: its `next`, with the same --sort
    #[arg(long, value_name = "TOKEN")]
    page: Option<String>,
    /// Only what you saved
    #[arg(long)]
    saved: bool,
    /// How many, 1 to 50
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=limits::FEED_PAGE as u64))]
    limit: u64,
}

/// Finds posts, comments and pages that have all the words.
#[derive(Debug, clap::Args)]
#[command(after_help = SEARCH_EXAMPLES)]
pub(super) struct SearchArgs {
    /// What to look for
    #[arg(required = true)]
    words: Vec<String>,
    /// Only in this community
    #[arg(long = "in", value_name = "COMMUNITY", add = complete::communities())]
    within: Option<String>,
    /// Only what this person wrote
    #[arg(long, value_name = "PERSON", add = complete::persons())]
    by: Option<String>,
    /// Only this kind
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Go on where a page ended: its `next`, with all else as it was
    #[arg(long, value_name = "TOKEN")]
    page: Option<String>,
    /// How many, 1 to 100
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=limits::SEARCH_RESULTS as u64))]
    limit: u64,
}

/// Orders of a feed, as they are typed; the formulas are Lemmy's.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Sort {
    /// Score against age, counted from the newest comment
    Active,
    /// Score against age
    Hot,
    /// Hot, with small communities lifted
    Scaled,
    /// Newest first
    New,
    /// Oldest first
    Old,
    /// Highest score first
    Top,
    /// Most evenly disputed first
    Controversial,
    /// Most comments first
    Comments,
    /// Newest comment first
    NewComments,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Post,
    Comment,
    Page,
}

impl From<Sort> for FeedSort {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Active => Self::Active,
            Sort::Hot => Self::Hot,
            Sort::Scaled => Self::Scaled,
            Sort::New => Self::New,
            Sort::Old => Self::Old,
            Sort::Top => Self::Top,
            Sort::Controversial => Self::Controversial,
            Sort::Comments => Self::Comments,
            Sort::NewComments => Self::NewComments,
        }
    }
}

impl From<Kind> for DocumentKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Post => Self::Post,
            Kind::Comment => Self::Comment,
            Kind::Page => Self::Page,
        }
    }
}

pub(super) fn feed(args: FeedArgs, context: &Context) -> Result<(), Failure> {
    let (reader, now) = (context.reader()?, format::now_ms());
    let view = reader.view();
    let query = FeedQuery {
        community: resolve::some_community(view, args.community.as_deref())?,
        sort: args.sort.into(),
        period_ms: args.period,
        page: args.page,
        saved: args.saved,
        limit: args.limit as usize,
    };
    let feed = view.feed(&query, &context.viewer(view)?, now)?;
    let empty = if feed.posts.is_empty() { why_empty(view, &query)? } else { String::new() };
    context.out.answer(&feed, |paint| if feed.posts.is_empty() { empty } else { list(paint, &feed, now) })
}

/// Why a feed is empty, and what fills it.
fn why_empty(view: View<'_>, query: &FeedQuery) -> Result<String, Failure> {
    let communities = view.communities()?;
    let asked = |community: &&CommunityView| query.community.map_or(community.followed, |id| community.id == id);
    let (followed, posts) = communities.iter().filter(asked).fold((false, 0), |(followed, posts), one| (followed || one.followed, posts + one.posts));
    Ok(match (followed, query) {
        (_, FeedQuery { page: Some(_), .. }) => LAST_PAGE,
        (_, FeedQuery { saved: true, .. }) => "Nothing saved is here: `folkmoot save ID` keeps a post for you.",
        (false, FeedQuery { community: Some(_), .. }) => {
            "Nothing here: this community is not followed; `folkmoot community follow NAME` keeps it on this device."
        }
        (false, _) => "Nothing here, as no community is followed: `folkmoot community list` shows what there is to follow.",
        (true, _) if posts == 0 => "Nothing here yet: nobody has posted, or it has not come in; `folkmoot status` shows whether this node is in step.",
        (true, FeedQuery { period_ms: Some(_), .. }) => "Nothing of that time: without --period there is more.",
        (true, _) => "Nothing to show: what is here is hidden; `folkmoot hide ID --undo` brings it back.",
    }
    .to_owned())
}

fn list(paint: Paint, feed: &FeedView, now: u64) -> String {
    let posts = feed.posts.iter().enumerate().map(|(n, post)| entry(paint, n + 1, post, now)).collect::<String>();
    posts + &next_page(paint, feed.next.as_deref())
}

/// How the page after this one is come by, if there is one.
fn next_page(paint: Paint, next: Option<&str>) -> String {
    next.map_or_else(String::new, |token| format!("\n{}\n", paint.dim(format!("Next page: the same with --page {token}"))))
}

fn entry(paint: Paint, n: usize, post: &PostView, now: u64) -> String {
    let link = post.url.as_deref().map_or_else(String::new, |url| format!("  {}", paint.dim(format!("({})", host(url)))));
    let facts = [
        format::community(&post.community),
        format::author(&format::person(&post.author), post.origin.as_ref()),
        format::age(post.created, now),
        format::count(post.comments, "comment"),
        format::whereabouts(post.state).into(),
        if post.saved { "saved".into() } else { String::new() },
        if post.conflict { paint.yellow("versions disagree") } else { String::new() },
        if post.pinned { "pinned".into() } else { String::new() },
        if post.locked.is_some() { "locked".into() } else { String::new() },
    ];
    let title = match &post.removed {
        Some(removed) => paint.dim(format::removed(removed)),
        None => paint.bold(format::line(&post.title)),
    };
    format!("{n:>3}. {:>4}  {title}{link}\n           {}  {}\n", post.score, paint.cyan(post.id.short()), format::dotted(&facts))
}

/// Where a link leads, in short.
fn host(url: &str) -> String {
    let host = url.split("://").nth(1).and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or(url);
    format::opening(host.trim_start_matches("www."), 40)
}

pub(super) fn search(args: &SearchArgs, context: &Context) -> Result<(), Failure> {
    let (reader, now) = (context.reader()?, format::now_ms());
    let view = reader.view();
    let query = SearchQuery {
        words: args.words.join(" "),
        community: resolve::some_community(view, args.within.as_deref())?,
        author: args.by.as_deref().map(|typed| resolve::person(view, typed)).transpose()?,
        kind: args.kind.map(DocumentKind::from),
        page: args.page.clone(),
        limit: args.limit as usize,
    };
    let found = view.search(&query)?;
    context.out.answer(&found, |paint| match (found.hits.as_slice(), &query.page) {
        ([], None) => "Nothing found in the communities followed here.".into(),
        ([], Some(_)) => LAST_PAGE.into(),
        _ => finds(paint, &found, now),
    })
}

fn finds(paint: Paint, found: &SearchView, now: u64) -> String {
    let hits = found.hits.iter().map(|hit| find(paint, hit, now)).collect::<String>();
    hits + &next_page(paint, found.next.as_deref())
}

fn find(paint: Paint, hit: &SearchHit, now: u64) -> String {
    let facts = [
        hit.kind.to_string(),
        format::community(&hit.community),
        format::author(&format::person(&hit.author), hit.origin.as_ref()),
        format::age(hit.created, now),
    ];
    let excerpt = if hit.excerpt.is_empty() { String::new() } else { format!("{}\n", format::body(&hit.excerpt, 10)) };
    let title = match hit.title.as_str() {
        "" if hit.removed.is_some() => hit.removed.as_ref().map(|removed| paint.dim(format::removed(removed))).unwrap_or_default(),
        "" if hit.kind == DocumentKind::Comment => paint.dim("[its post is not here, or was erased]"),
        title => paint.bold(format::line(title)),
    };
    format!("{}  {title}\n          {}\n{excerpt}", paint.cyan(hit.id.short()), format::dotted(&facts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_can_be_typed() {
        let typed = Sort::value_variants().iter().map(|sort| sort.to_possible_value().map(|value| value.get_name().to_owned()));
        let meant =
            Sort::value_variants().iter().map(|sort| serde_json::to_value(FeedSort::from(*sort)).ok().and_then(|name| name.as_str().map(str::to_owned)));
        assert_eq!(typed.collect::<Vec<_>>(), meant.collect::<Vec<_>>());
    }

    #[test]
    fn a_link_is_shown_by_its_host() {
        assert_eq!(host("https://www.example.org/a?b"), "example.org");
        assert_eq!(host("https://example.org"), "example.org");
    }
}
