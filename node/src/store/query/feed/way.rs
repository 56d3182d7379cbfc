//! How a feed's posts are read: no more of them, and no more about them, than its order needs.

use folkmoot_protocol::{date::DAY_MS, view::FeedSort};

/// One way through the posts of a space.
pub(super) struct Way {
    /// ?1 the space, ?2 and ?3 the time. Columns: the post, when, ups and downs (null without any), comments,
    /// the newest, the newest by somebody else.
    pub(super) sql: String,
    pub(super) from_ms: u64,
    pub(super) before_ms: u64,
    /// Whether the posts come in the feed's order, so that reading may end where the page does.
    pub(super) in_order: bool,
}

/// The ways through the posts since some time.
pub(super) fn ways(sort: FeedSort, since_ms: u64, now_ms: u64) -> Vec<Way> {
    let way = |sql, from_ms, before_ms, in_order| Way { sql, from_ms, before_ms, in_order };
    let in_order = |order, before_ms| way(sql(false, false, order), since_ms, before_ms, true);
    let ranked = |marks, activity, from_ms| way(sql(marks, activity, ""), from_ms, u64::MAX, false);
    // After 7 days a rank is 0 and the newer comes first; a comment counts for the first 2 days.
    let fresh = |days: u64| since_ms.max(now_ms.saturating_sub(days * DAY_MS));
    let to_come = now_ms.saturating_add(1);
    match sort {
        // What a wrong clock dated later than now stands where it came in, not where its date would put it.
        FeedSort::New => vec![in_order("ORDER BY t.created DESC", to_come), ranked(false, false, since_ms.max(to_come))],
        FeedSort::Old => vec![in_order("ORDER BY t.created", to_come), ranked(false, false, since_ms.max(to_come))],
        FeedSort::Hot | FeedSort::Scaled => vec![ranked(true, false, fresh(7)), in_order("ORDER BY t.created DESC", fresh(7))],
        FeedSort::Active => vec![ranked(true, true, fresh(9)), in_order("ORDER BY t.created DESC", fresh(9))],
        FeedSort::Top | FeedSort::Controversial => vec![ranked(true, false, since_ms)],
        FeedSort::Comments | FeedSort::NewComments => vec![ranked(false, true, since_ms)],
    }
}

fn sql(marks: bool, activity: bool, order: &str) -> String {
    let (tally, marks) = if marks { ("LEFT JOIN tally y ON y.document = t.document", "y.up, y.down") } else { ("", "NULL, NULL") };
    let (comments, activity) = match activity {
        true => ("LEFT JOIN activity a ON a.document = t.document", "a.comments, a.newest, a.newest_by_other"),
        false => ("", "NULL, NULL, NULL"),
    };
    // The index is kept for "kind <> 3", so that has to be said.
    format!(
        "SELECT t.document, t.created, {marks}, {activity} FROM document_state t {tally} {comments}
         WHERE t.space = ?1 AND t.kind = 2 AND t.kind <> 3 AND t.created >= ?2 AND t.created < ?3 {order}"
    )
}
