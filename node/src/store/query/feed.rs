//! Lists of posts in a published order (federation.md, "Ranking").

mod cursor;
mod scan;
#[cfg(test)]
mod tests;
mod way;

use super::{QueryError, View, Viewer};
use crate::store::{StoreError, local::LocalMark};
use cursor::{Cursor, Place, Spot};
use folkmoot_protocol::{
    id::*,
    limits,
    view::{FeedSort, FeedView, PostView},
};
use scan::Scan;
use std::collections::HashSet;

/// Which posts, in which order. Hidden and removed ones are left out; those that a community has pinned stand before
/// its first page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedQuery {
    /// Of this community; none: of all that are followed.
    pub community: Option<SpaceId>,
    /// The order.
    pub sort: FeedSort,
    /// Only posts of so long before now, in ms.
    pub period_ms: Option<u64>,
    /// What [`FeedView::next`] of the page before said; none: the first page. A page goes on where the one
    /// before ended, and ranks by that one's clock.
    pub page: Option<String>,
    /// Only saved ones.
    pub saved: bool,
    /// How many, at most [`limits::FEED_PAGE`].
    pub limit: usize,
}

impl View<'_> {
    /// A page of a feed.
    pub fn feed(&self, query: &FeedQuery, viewer: &Viewer, now_ms: u64) -> Result<FeedView, QueryError> {
        let cursor = query.page.as_deref().map(|token| Cursor::parse(token, query.sort)).transpose()?;
        let now_ms = cursor.map_or(now_ms, |cursor| cursor.now_ms);
        let after = cursor.map(|cursor| cursor.last);
        let limit = query.limit.clamp(1, limits::FEED_PAGE);
        let mut hidden = self.marked(LocalMark::Hidden)?;
        let pinned = match query.community.filter(|_| !query.saved) {
            Some(community) => self.pinned_posts(community)?.into_iter().filter(|post| !hidden.contains(post)).collect(),
            None => vec![],
        };
        hidden.extend(&pinned);
        // Whoever saved what was removed since finds out why it is gone.
        if !query.saved {
            hidden.extend(self.removed_documents()?);
        }
        let scan = Scan {
            spaces: self.spaces_of(query.community)?,
            sort: query.sort,
            now_ms,
            since_ms: query.period_ms.map_or(0, |period| now_ms.saturating_sub(period)),
            only: query.saved.then(|| self.marked(LocalMark::Saved)).transpose()?,
            hidden,
            after: after.map(|place| place.spot),
            limit,
        };
        let places = self.places(self.scan(&scan)?, after)?;
        let shown = &places[..places.len().min(limit)];
        let posts = shown.iter().filter_map(|(document, place)| {
            let post = self.post(*document, viewer).transpose()?;
            Some(post.map(|post| PostView { created: post.created.min(place.spot.created), ..post }))
        });
        // Pinned ones stand before the first page.
        let first = pinned.into_iter().filter(|_| after.is_none()).filter_map(|document| self.post(document, viewer).transpose());
        let posts = first.chain(posts).collect::<Result<_, _>>()?;
        let last = shown.last().filter(|_| places.len() > limit);
        let next = last.map(|(_, last)| Cursor { sort: query.sort, now_ms, last: *last }.to_string());
        Ok(FeedView { posts, next })
    }

    fn post(&self, document: i64, viewer: &Viewer) -> Result<Option<PostView>, StoreError> {
        self.listed(document, viewer)?.map(|listed| self.as_post(listed)).transpose()
    }

    /// Those posts that stand after a place, in order.
    fn places(&self, posts: Vec<(i64, Spot)>, after: Option<Place>) -> Result<Vec<(i64, Place)>, StoreError> {
        let mut select = self.connection.prepare_cached("SELECT id FROM document WHERE n = ?1")?;
        let mut place = |(document, spot)| Ok((document, Place { spot, id: DocumentId(select.query_row([document], |row| row.get(0))?) }));
        let mut places = posts.into_iter().map(&mut place).collect::<Result<Vec<(i64, Place)>, StoreError>>()?;
        places.retain(|(_, place)| after.is_none_or(|after| after < *place));
        places.sort_unstable_by_key(|(_, place)| *place);
        Ok(places)
    }

    /// The spaces whose posts a feed lists.
    fn spaces_of(&self, community: Option<SpaceId>) -> Result<Vec<i64>, StoreError> {
        let mut select = self.connection.prepare_cached("SELECT n FROM space WHERE CASE WHEN ?1 IS NULL THEN followed ELSE id = ?1 END")?;
        Ok(select.query_map([community.map(|id| id.0)], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// The documents that carry one of this person's private marks.
    fn marked(&self, mark: LocalMark) -> Result<HashSet<i64>, StoreError> {
        let mut select = self.connection.prepare_cached("SELECT d.n FROM mark m CROSS JOIN document d ON d.id = m.document WHERE m.mark = ?1")?;
        Ok(select.query_map([mark.name()], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }
}
