//! Published ranking formulas, as Lemmy computes them, so that members find what they know
//! (federation.md, "Ranking"). Floating point is fine here: rankings are no part of law or state.

use serde::{Deserialize, Serialize};

const MS_PER_HOUR: f64 = 3_600_000.0;
const WEEK_HOURS: f64 = 24.0 * 7.0;
const TWO_DAYS_MS: u64 = 2 * 24 * 3_600_000;

/// Orders of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeedSort {
    /// Hot, counted from the newest comment by somebody else within two days of the post.
    #[default]
    Active,
    /// Score against age.
    Hot,
    /// Hot, with small communities lifted.
    Scaled,
    /// Newest first.
    New,
    /// Oldest first.
    Old,
    /// Highest score first, within a period.
    Top,
    /// Most evenly disputed first.
    Controversial,
    /// Most comments first.
    Comments,
    /// Newest comment first.
    NewComments,
}

/// Orders of a thread's comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThreadSort {
    /// Score against age.
    #[default]
    Hot,
    /// Highest score first.
    Top,
    /// Newest first.
    New,
    /// Oldest first.
    Old,
    /// Most evenly disputed first.
    Controversial,
}

/// `log10(max(2, score + 2)) / (age_hours + 2)^1.8`; 0 when the age is not positive or reaches 7 days.
pub fn hot(score: i64, at_ms: u64, now_ms: u64) -> f64 {
    let age_hours = (now_ms as f64 - at_ms as f64) / MS_PER_HOUR;
    if age_hours <= 0.0 || age_hours >= WEEK_HOURS {
        return 0.0;
    }
    (score.saturating_add(2).max(2) as f64).log10() / (age_hours + 2.0).powf(1.8)
}

/// The time that Active counts from: the newest comment not by the author within 2 days of the post, else
/// the post's own. `newest_comment_ms`: that comment's time, if there is one.
pub fn active_at(created_ms: u64, newest_comment_ms: Option<u64>) -> u64 {
    newest_comment_ms.filter(|at| *at <= created_ms.saturating_add(TWO_DAYS_MS)).unwrap_or(created_ms).max(created_ms)
}

/// `hot / log10(2 + persons active in the community this month)`.
pub fn scaled(hot: f64, active_persons: u64) -> f64 {
    hot / (2.0 + active_persons as f64).log10()
}

/// 0 if there are no ups or no downs, else `(u + d)^(min(u, d) / max(u, d))`.
pub fn controversy(up: u64, down: u64) -> f64 {
    if up == 0 || down == 0 {
        return 0.0;
    }
    let (up, down) = (up as f64, down as f64);
    (up + down).powf(up.min(down) / up.max(down))
}

/// What the rank of one post is computed from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankInput {
    /// When it was written, in ms.
    pub created: u64,
    /// Newest comment by somebody else within two days, in ms.
    pub newest_comment_by_other: Option<u64>,
    /// Newest comment at all, in ms.
    pub newest_comment: Option<u64>,
    /// Ups, the author's own included.
    pub up: u64,
    /// Downs.
    pub down: u64,
    /// Comments.
    pub comments: u64,
    /// Persons active in the community this month.
    pub active_persons: u64,
}

impl RankInput {
    fn score(&self) -> i64 {
        self.up as i64 - self.down as i64
    }

    /// The rank under a sort, higher first; ties go to the newer, then the smaller id.
    pub fn rank(&self, sort: FeedSort, now_ms: u64) -> f64 {
        match sort {
            FeedSort::Active => hot(self.score(), active_at(self.created, self.newest_comment_by_other), now_ms),
            FeedSort::Hot => hot(self.score(), self.created, now_ms),
            FeedSort::Scaled => scaled(hot(self.score(), self.created, now_ms), self.active_persons),
            FeedSort::New => self.created as f64,
            FeedSort::Old => -(self.created as f64),
            FeedSort::Top => self.score() as f64,
            FeedSort::Controversial => controversy(self.up, self.down),
            FeedSort::Comments => self.comments as f64,
            FeedSort::NewComments => self.newest_comment.unwrap_or(self.created) as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000;

    #[test]
    fn hot_is_the_published_formula() {
        let now = 1_000 * HOUR;
        assert!((hot(8, now - 2 * HOUR, now) - 1.0 / 4f64.powf(1.8)).abs() < 1e-12);
        assert!((hot(-50, now - 2 * HOUR, now) - 2f64.log10() / 4f64.powf(1.8)).abs() < 1e-12);
        assert_eq!(hot(100, now + HOUR, now), 0.0);
        assert_eq!(hot(100, now - 168 * HOUR, now), 0.0);
    }

    #[test]
    fn active_stops_counting_after_two_days() {
        assert_eq!(active_at(10, None), 10);
        assert_eq!(active_at(10, Some(10 + HOUR)), 10 + HOUR);
        assert_eq!(active_at(10, Some(11 + 48 * HOUR)), 10);
    }

    #[test]
    fn controversy_is_highest_for_an_even_dispute() {
        assert_eq!(controversy(0, 9), 0.0);
        assert_eq!(controversy(5, 5), 10.0);
        assert!(controversy(9, 1) < controversy(5, 5));
    }
}
