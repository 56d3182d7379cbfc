//! Which posts may stand on a page: read without their texts, and ranked.

use super::{
    cursor::Spot,
    way::{Way, ways},
};
use crate::store::{StoreError, query::View};
use folkmoot_protocol::view::{FeedSort, RankInput};
use rusqlite::{OptionalExtension, Row, params};
use std::collections::{HashMap, HashSet};

const MONTH_MS: u64 = 30 * 24 * 3_600_000;

/// Which posts to read.
pub(super) struct Scan {
    pub(super) spaces: Vec<i64>,
    pub(super) sort: FeedSort,
    pub(super) now_ms: u64,
    pub(super) since_ms: u64,
    pub(super) only: Option<HashSet<i64>>,
    pub(super) hidden: HashSet<i64>,
    /// The spot of the last post of the page before.
    pub(super) after: Option<Spot>,
    pub(super) limit: usize,
}

/// A post that may stand on the page. The author's own up counts unless they marked it themselves; as few
/// did, and to find out costs more than all else, its rank is known for both cases first.
#[derive(Debug, Clone, Copy)]
struct Post {
    document: i64,
    created: u64,
    if_marked: f64,
    otherwise: f64,
}

impl Post {
    /// The first spot on which it may stand.
    fn best(&self) -> Spot {
        Spot { rank: self.if_marked.max(self.otherwise), created: self.created }
    }

    /// The last one.
    fn worst(&self) -> Spot {
        Spot { rank: self.if_marked.min(self.otherwise), created: self.created }
    }

    fn is_settled(&self) -> bool {
        self.best() == self.worst()
    }
}

impl Scan {
    fn takes(&self, post: &Post) -> bool {
        let shown_before = || self.after.is_some_and(|after| post.worst() < after);
        !shown_before()
            && post.created >= self.since_ms
            && !self.hidden.contains(&post.document)
            && self.only.as_ref().is_none_or(|only| only.contains(&post.document))
    }

    /// Whether a post surely was not on the page before. One of that page's last spot may have been.
    fn is_next(&self, post: &Post) -> bool {
        self.after.is_none_or(|after| post.best() > after)
    }

    /// Whether the posts that came in order suffice, now that another one comes: a page and one more, and all
    /// of the last one's spot, as their ids are not known yet.
    fn suffice(&self, posts: &[Post], next: &Post) -> bool {
        posts.last().is_some_and(|last| last.best() < next.best()) && posts.iter().filter(|post| self.is_next(post)).count() > self.limit
    }

    /// Leaves the posts that may be among the first of a page and one more.
    fn first(&self, mut posts: Vec<Post>) -> Vec<Post> {
        let mut next: Vec<Spot> = posts.iter().filter(|post| self.is_next(post)).map(Post::worst).collect();
        if next.len() > self.limit {
            let (_, last, _) = next.select_nth_unstable(self.limit);
            posts.retain(|post| post.best() <= *last);
        }
        posts
    }

    /// `came_in`: when a post came in that says it is still to be written.
    fn post(&self, row: &Row<'_>, active_persons: u64, came_in: impl Fn(i64, u64) -> rusqlite::Result<u64>) -> rusqlite::Result<Post> {
        let number = |column| row.get::<_, Option<i64>>(column).map(|n| n.map(|n| n.max(0) as u64));
        let (written, up) = (number(1)?.unwrap_or(0), number(2)?);
        let created = if written > self.now_ms { came_in(row.get(0)?, self.now_ms)? } else { written };
        let input = RankInput {
            created,
            newest_comment_by_other: number(6)?.map(|at| at.min(self.now_ms)),
            newest_comment: number(5)?.map(|at| at.min(self.now_ms)),
            up: up.unwrap_or(0),
            down: number(3)?.unwrap_or(0),
            comments: number(4)?.unwrap_or(0),
            active_persons,
        };
        let otherwise = RankInput { up: input.up + 1, ..input }.rank(self.sort, self.now_ms);
        // Nobody marked it, so the author did not either.
        let if_marked = if up.is_some() { input.rank(self.sort, self.now_ms) } else { otherwise };
        Ok(Post { document: row.get(0)?, created, if_marked, otherwise })
    }
}

impl View<'_> {
    /// The posts that may stand on a page, in no order: documents and their spots.
    pub(super) fn scan(&self, scan: &Scan) -> Result<Vec<(i64, Spot)>, StoreError> {
        let active = if scan.sort == FeedSort::Scaled { self.active_persons(scan.now_ms)? } else { HashMap::new() };
        let (ways, mut posts) = (ways(scan.sort, scan.since_ms, scan.now_ms), Vec::new());
        for space in &scan.spaces {
            let active_persons = active.get(space).copied().unwrap_or(0);
            for way in &ways {
                self.walk(way, *space, scan, active_persons, &mut posts)?;
            }
        }
        scan.first(posts).iter().map(|post| Ok((post.document, self.settle(post)?))).collect()
    }

    fn walk(&self, way: &Way, space: i64, scan: &Scan, active_persons: u64, found: &mut Vec<Post>) -> Result<(), StoreError> {
        let [from, before] = [way.from_ms, way.before_ms].map(|at| at.min(i64::MAX as u64) as i64);
        let mut select = self.connection.prepare_cached(&way.sql)?;
        let (mut rows, mut posts) = (select.query(params![space, from, before])?, Vec::new());
        while let Some(row) = rows.next()? {
            let post = scan.post(row, active_persons, |document, now| self.came_in(document, now))?;
            if way.in_order && scan.suffice(&posts, &post) {
                break;
            }
            if scan.takes(&post) {
                posts.push(post);
            }
        }
        found.append(&mut posts);
        Ok(())
    }

    /// When a document came in whose date lies in the future, as this machine's clock was wrong: before what
    /// came in after it, and no later than now.
    fn came_in(&self, document: i64, now_ms: u64) -> rusqlite::Result<u64> {
        let sql = "SELECT received_at FROM operation WHERE n > (SELECT op FROM document_state WHERE document = ?1) AND received_at <= ?2 ORDER BY n LIMIT 1";
        let mut select = self.connection.prepare_cached(sql)?;
        let after = select.query_row(params![document, now_ms.min(i64::MAX as u64) as i64], |row| row.get::<_, i64>(0)).optional()?;
        Ok(after.map_or(now_ms, |at| (at.max(1) - 1) as u64))
    }

    fn settle(&self, post: &Post) -> Result<Spot, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM reaction WHERE document = ?1 AND person = (SELECT author FROM document_state WHERE document = ?1))";
        let marked = !post.is_settled() && self.connection.prepare_cached(sql)?.query_row([post.document], |row| row.get(0))?;
        Ok(Spot { rank: if marked { post.if_marked } else { post.otherwise }, created: post.created })
    }

    /// How many persons posted or commented in each space within 30 days.
    fn active_persons(&self, now_ms: u64) -> Result<HashMap<i64, u64>, StoreError> {
        let since = now_ms.saturating_sub(MONTH_MS).min(i64::MAX as u64) as i64;
        let mut select = self.connection.prepare_cached("SELECT space, author FROM document_state WHERE kind IN (2, 3) AND created >= ?1")?;
        let pairs = select.query_map([since], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let pairs: HashSet<(i64, i64)> = pairs.collect::<Result<_, _>>()?;
        let mut active = HashMap::new();
        pairs.into_iter().for_each(|(space, _)| *active.entry(space).or_insert(0) += 1);
        Ok(active)
    }
}
