//! Decides what is imported, and where each comment stands.

use super::gather::Gathered;
use super::view::{CommentView, Community, Listed, Person, PostView, State, View};
use super::{LeftOut, ListedComment, ListedCommunity, ListedPost, Listing, Origin, clean};
use folkmoot_protocol::limits;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The listing of what was gathered.
pub(super) fn listing(gathered: Gathered) -> Listing {
    let mut listing = Listing { left_out: gathered.left_out, ..Listing::default() };
    let posts = gathered.posts.into_values().filter_map(|view| listing.keep(shown_post(&view), view)).collect();
    listing.add_posts(posts);
    let ids = listing.posts.iter().map(|post| post.id).collect::<BTreeSet<_>>();
    let comments = gathered.comments.into_values().filter_map(|view| listing.keep(shown_comment(&view, &ids), view)).collect();
    listing.add_comments(comments);
    listing
}

/// Why a post stays behind, or that it does not.
fn shown_post(view: &Listed<PostView>) -> Result<(), String> {
    match view.state.gone() {
        Some(reason) => Err(reason.into()),
        None if clean::line(&view.view.post.name, limits::TITLE_CHARS).is_empty() => Err("it has no title".into()),
        None => Ok(()),
    }
}

/// Why a comment stays behind, or that it does not.
fn shown_comment(listed: &Listed<CommentView>, posts: &BTreeSet<i64>) -> Result<(), String> {
    let comment = &listed.view.comment;
    if let Some(reason) = listed.state.gone() {
        return Err(reason.into());
    }
    if !posts.contains(&comment.post_id) {
        return Err(format!("its post {} is not among those imported", comment.post_id));
    }
    if clean::body(&comment.content).trim().is_empty() {
        return Err("it holds no text".into());
    }
    match path(&comment.path).as_deref() {
        Some([.., own]) if *own == listed.state.id => Ok(()),
        _ => Err("its path does not lead to it".into()),
    }
}

/// The numbers of a path such as `0.12.40`, without the 0 that every path begins with.
fn path(from: &str) -> Option<Vec<i64>> {
    let steps = from.split('.').map(|step| step.parse().ok()).collect::<Option<Vec<i64>>>()?;
    match steps.split_first() {
        Some((0, rest)) => Some(rest.to_vec()),
        _ => None,
    }
}

const TEXT_ALTERED: &str = "its text was shortened, or held line ends or characters that ours may not";

impl Listing {
    fn keep<V: View>(&mut self, shown: Result<(), String>, view: Listed<V>) -> Option<Listed<V>> {
        match shown {
            Ok(()) => Some(view),
            Err(reason) => {
                self.left_out.push(LeftOut { what: view.what(), reason });
                None
            }
        }
    }

    fn note_altered(&mut self, what: String, altered: &[Option<&str>]) {
        let reasons: Vec<&str> = altered.iter().flatten().copied().collect();
        if !reasons.is_empty() {
            self.changed += 1;
            self.altered.push(LeftOut { what, reason: reasons.join("; ") });
        }
    }

    fn add_posts(&mut self, mut views: Vec<Listed<PostView>>) {
        views.sort_by_key(|view| (view.state.published, view.state.id));
        let communities = communities(&views);
        for Listed { state, view } in views {
            let community = communities.get(&identity(&view.community)).map_or_else(String::new, |listed| listed.name.clone());
            let title = clean::line(&view.post.name, limits::TITLE_CHARS);
            let written = view.post.body.unwrap_or_default();
            let text = clean::body(&written);
            let link = view.post.url.filter(|url| !url.is_empty());
            let url = link.as_deref().and_then(clean::url);
            let altered = [
                (title != view.post.name).then_some("its title was shortened, or held characters that ours may not"),
                (text != written).then_some(TEXT_ALTERED),
                (url != link).then_some("its link is none that a post here may have"),
            ];
            self.note_altered(format!("post {}", state.id), &altered);
            let (author_name, origin) = (shown_name(&view.creator), origin(&state, &view.creator));
            self.posts.push(ListedPost { id: state.id, community, title, text, url, author_name, origin });
        }
        self.communities = communities.into_values().collect();
        self.communities.sort_by(|a, b| a.name.cmp(&b.name));
    }

    fn add_comments(&mut self, views: Vec<Listed<CommentView>>) {
        let mut views = views.into_iter().filter_map(|view| Some((path(&view.view.comment.path)?, view))).collect::<Vec<_>>();
        views.sort_by_key(|(path, view)| (path.len(), view.state.published, view.state.id));
        let mut placed = HashMap::with_capacity(views.len());
        for (path, Listed { state, view }) in views {
            let post = view.comment.post_id;
            // Only what is placed already can be a parent, so that paths that contradict each other make no circle.
            let above = path.iter().rev().skip(1);
            let parent = above.copied().find(|above| placed.get(above) == Some(&post));
            self.reattached += usize::from(parent.as_ref() != path.iter().rev().nth(1));
            placed.insert(state.id, post);
            let text = clean::body(&view.comment.content);
            self.note_altered(format!("comment {}", state.id), &[(text != view.comment.content).then_some(TEXT_ALTERED)]);
            let (author_name, origin) = (shown_name(&view.creator), origin(&state, &view.creator));
            self.comments.push(ListedComment { id: state.id, post, parent, text, author_name, origin });
        }
    }
}

fn origin(state: &State, author: &Person) -> Origin {
    Origin { actor: author.actor_id.as_deref().and_then(clean::url), object: state.ap_id.as_deref().and_then(clean::url), published_ms: state.published.ms() }
}

fn shown_name(person: &Person) -> String {
    let chosen = clean::line(person.display_name.as_deref().unwrap_or_default(), limits::NAME_CHARS);
    if chosen.is_empty() { clean::line(&person.name, limits::NAME_CHARS) } else { chosen }
}

/// What tells communities apart: their address, or their short name where they have none.
fn identity(community: &Community) -> String {
    community.actor_id.as_ref().unwrap_or(&community.name).clone()
}

/// The communities of posts by their identity, each with a short name of its own.
fn communities(views: &[Listed<PostView>]) -> BTreeMap<String, ListedCommunity> {
    let mut known = views.iter().map(|view| &view.view.community).collect::<Vec<_>>();
    known.sort_by_key(|community| community.id);
    let mut listed = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for community in known {
        let Entry::Vacant(free) = listed.entry(identity(community)) else { continue };
        let name = free_name(community, &taken);
        let title = clean::line(community.title.as_deref().unwrap_or_default(), limits::TITLE_CHARS);
        let title = if title.is_empty() { name.clone() } else { title };
        taken.insert(name.clone());
        free.insert(ListedCommunity { name, title });
    }
    listed
}

/// The community's own name; where another one has it, with its server; and where that does not do, its number.
fn free_name(community: &Community, taken: &BTreeSet<String>) -> String {
    let server = community.actor_id.as_ref().and_then(|address| address.split('/').nth(2)).unwrap_or_default();
    let wanted = [community.name.clone(), format!("{}-{server}", community.name)];
    let numbered = (1..=u64::MAX).map(|n| format!("community-{}-{n}", community.id));
    wanted.iter().filter_map(|name| clean::slug(name)).chain(numbered).find(|name| !taken.contains(name)).unwrap_or_default()
}
