//! Writes what a listing from a Lemmy holds, in batches, and nothing of it twice.

use super::{
    context::{Context, unexpected},
    lemmy::{Left, Place, Report},
    output::Progress,
};
use crate::{
    api::{Draft, Failure, Origin, Request, Response, Written},
    client::Client,
    lemmy::{self, ListedComment, ListedCommunity, ListedPost, Listing},
    store::query::origin_hash,
};
use folkmoot_protocol::{id::*, limits};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fmt,
};

/// Most drafts in one request.
const BATCH: usize = 256;
/// Most bytes of one request, about; a single draft has far fewer.
const BATCH_BYTES: usize = limits::CONTROL_LINE_BYTES / 2;

/// What a draft brings in, by its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Thing {
    Post(i64),
    Comment(i64),
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Post(n) => write!(f, "post {n}"),
            Self::Comment(n) => write!(f, "comment {n}"),
        }
    }
}

/// An import under way.
struct Import<'a> {
    client: &'a mut Client,
    report: &'a mut Report,
    progress: Progress,
    total: u64,
    /// What earlier imports wrote, by its address there.
    held: BTreeMap<String, DocumentId>,
    /// What was deleted here, see [`origin_hash`].
    deleted: BTreeSet<String>,
    /// Things of this listing that stay away because they, or what they answer, were deleted here.
    away: HashSet<Thing>,
    /// Where each post goes.
    spaces: HashMap<i64, SpaceId>,
    written: HashMap<Thing, DocumentId>,
    batch: Vec<(Thing, Draft)>,
    batch_bytes: usize,
}

/// Writes a listing; `places` says where the posts of each listed community go, if not into a new one.
pub(super) async fn all(listing: Listing, places: &BTreeMap<String, Option<SpaceId>>, context: &Context, report: &mut Report) -> Result<(), Failure> {
    let mut client = context.client().await?;
    let mut import = Import {
        client: &mut client,
        report,
        progress: context.out.progress("Writing"),
        total: (listing.posts.len() + listing.comments.len()) as u64,
        held: BTreeMap::new(),
        deleted: BTreeSet::new(),
        away: HashSet::new(),
        spaces: HashMap::new(),
        written: HashMap::new(),
        batch: Vec::new(),
        batch_bytes: 0,
    };
    let done = import.run(listing, places, context).await;
    drop(import);
    let closed = client.close().await;
    done.and(closed)
}

impl Import<'_> {
    async fn run(&mut self, listing: Listing, places: &BTreeMap<String, Option<SpaceId>>, context: &Context) -> Result<(), Failure> {
        let mut spaces = BTreeMap::new();
        for community in listing.communities {
            let space = match places.get(&community.name).copied().flatten() {
                Some(space) => self.enter(space, context).await?,
                None => self.open(&community).await?,
            };
            spaces.insert(community.name, space);
        }
        for post in listing.posts {
            if let Some(&space) = spaces.get(&post.community) {
                self.spaces.insert(post.id, space);
                self.post(space, post).await?;
            }
        }
        // Comments name their post by the id that it got here.
        self.flush().await?;
        for comment in listing.comments {
            self.comment(comment).await?;
        }
        self.flush().await
    }

    /// Goes on in a community that is there, where an earlier import may have been.
    async fn enter(&mut self, space: SpaceId, context: &Context) -> Result<SpaceId, Failure> {
        if self.report.communities.iter().any(|place| place.id == space) {
            return Ok(space);
        }
        let known = {
            let reader = context.reader()?;
            self.held.extend(reader.view().origins(space)?);
            self.deleted = reader.view().erased_origins()?;
            reader.view().community(space)?
        };
        let (name, followed) = known.map(|community| (community.name, community.followed)).unwrap_or_default();
        if !followed {
            match self.client.call(Request::Follow { space, on: true }).await? {
                Response::Done => {}
                other => return Err(unexpected(&other)),
            }
        }
        self.report.communities.push(Place { id: space, name, opened: false });
        Ok(space)
    }

    async fn open(&mut self, community: &ListedCommunity) -> Result<SpaceId, Failure> {
        let draft = Draft::OpenCommunity { name: community.name.clone(), title: community.title.clone(), sidebar: String::new(), rules: String::new() };
        let written = self.submit(vec![draft]).await?;
        // A community is named by its space, in the same digits.
        let id = written.first().map(|written| SpaceId(written.id.0)).ok_or_else(|| unexpected(&Response::Done))?;
        self.report.communities.push(Place { id, name: community.name.clone(), opened: true });
        Ok(id)
    }

    async fn post(&mut self, community: SpaceId, post: ListedPost) -> Result<(), Failure> {
        let (thing, origin) = (Thing::Post(post.id), origin(post.origin));
        if self.is_held(thing, &origin) || self.stays_away(thing, community, &origin) {
            return Ok(());
        }
        self.push(thing, Draft::Post { community, title: post.title, text: post.text, url: post.url, origin: Some(origin) }).await
    }

    async fn comment(&mut self, comment: ListedComment) -> Result<(), Failure> {
        let (thing, origin) = (Thing::Comment(comment.id), origin(comment.origin));
        let space = self.spaces.get(&comment.post).copied().unwrap_or(SpaceId::HALL);
        if self.is_held(thing, &origin) || self.stays_away(thing, space, &origin) {
            return Ok(());
        }
        let answered = comment.parent.map_or(Thing::Post(comment.post), Thing::Comment);
        if self.away.contains(&answered) || self.away.contains(&Thing::Post(comment.post)) {
            self.leave(thing, "what it answers was deleted here");
            return Ok(());
        }
        if self.batch.iter().any(|(waiting, _)| *waiting == answered) {
            self.flush().await?;
        }
        match self.written.get(&answered).copied() {
            Some(on) => self.push(thing, Draft::Comment { on, text: comment.text, origin: Some(origin) }).await,
            None => {
                self.report.left_out.push(Left { what: thing.to_string(), reason: "what it answers was left out".into() });
                Ok(())
            }
        }
    }

    /// Whether an earlier import wrote it and it was deleted since.
    fn stays_away(&mut self, thing: Thing, space: SpaceId, origin: &Origin) -> bool {
        let deleted = origin.object.as_ref().is_some_and(|object| self.deleted.contains(&origin_hash(space, object)));
        if deleted {
            self.leave(thing, "it was brought in before, and deleted here");
        }
        deleted
    }

    fn leave(&mut self, thing: Thing, reason: &str) {
        self.away.insert(thing);
        self.report.deleted += 1;
        self.report.left_out.push(Left { what: thing.to_string(), reason: reason.into() });
    }

    /// Whether an earlier import wrote it; what answers it goes there.
    fn is_held(&mut self, thing: Thing, origin: &Origin) -> bool {
        let held = origin.object.as_ref().and_then(|object| self.held.get(object)).copied();
        if let Some(id) = held {
            self.written.insert(thing, id);
            self.report.held += 1;
        }
        held.is_some()
    }

    async fn push(&mut self, thing: Thing, draft: Draft) -> Result<(), Failure> {
        let bytes = serde_json::to_vec(&draft).map_or(0, |json| json.len());
        if self.batch.len() >= BATCH || (self.batch_bytes + bytes > BATCH_BYTES && !self.batch.is_empty()) {
            self.flush().await?;
        }
        self.batch.push((thing, draft));
        self.batch_bytes += bytes;
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Failure> {
        let (things, drafts): (Vec<_>, Vec<_>) = std::mem::take(&mut self.batch).into_iter().unzip();
        self.batch_bytes = 0;
        if drafts.is_empty() {
            return Ok(());
        }
        let written = self.submit(drafts).await?;
        for (thing, written) in things.into_iter().zip(written) {
            self.written.insert(thing, written.id);
            match thing {
                Thing::Post(_) => self.report.posts += 1,
                Thing::Comment(_) => self.report.comments += 1,
            }
        }
        self.progress.show(self.written.len() as u64, self.total);
        Ok(())
    }

    async fn submit(&mut self, drafts: Vec<Draft>) -> Result<Vec<Written>, Failure> {
        let sent = drafts.len();
        match self.client.call(Request::Submit { drafts }).await? {
            Response::Written { written } if written.len() == sent => Ok(written),
            other => Err(unexpected(&other)),
        }
    }
}

fn origin(origin: lemmy::Origin) -> Origin {
    Origin { actor: origin.actor, object: origin.object, published: u64::try_from(origin.published_ms).ok() }
}
