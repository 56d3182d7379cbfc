//! What moderators did, and what waits for them.

use super::{
    View,
    listed::{Listed, community_ref},
};
use crate::store::{Held, StoreError};
use folkmoot_protocol::{
    act::{
        Act, LawAct,
        law::{Ban, Measure, Moderation, Unban},
    },
    id::*,
    law::{Moderated, Ruling, State},
    op::Content,
    register::Register,
    view::{BanView, CommunityRef, Deed, ModerationView, PersonDeed, PersonView, PostView, ReportView, RulingView},
};
use rusqlite::OptionalExtension;

/// What a moderator did.
struct Did {
    space: SpaceId,
    document: Option<DocumentId>,
    person: Option<PersonView>,
    measure: Deed,
    until: Option<u64>,
    rule: u32,
    reason: String,
}

/// Whether what an act did to a document stands there; none for what takes something back, and for what is done to people.
fn stands(act: OpId, measure: Deed, row: Option<&Moderated>) -> Option<bool> {
    let Deed::Document(measure) = measure else { return None };
    let ruling = |of: fn(&Moderated) -> &Option<Ruling>| row.and_then(|row| of(row).as_ref()).is_some_and(|ruling| ruling.act == act);
    match measure {
        Measure::Remove => Some(ruling(|row| &row.removed)),
        Measure::Lock => Some(ruling(|row| &row.locked)),
        Measure::Pin => Some(ruling(|row| &row.pinned)),
        _ => None,
    }
}

impl View<'_> {
    /// A ruling as people read it.
    pub fn ruling(&self, ruling: &Ruling) -> Result<RulingView, StoreError> {
        let issue = self.printing_of(ruling.act)?.map(|printing| printing.height);
        Ok(RulingView { by: self.person_or_id(ruling.by)?, op: ruling.act, rule: ruling.rule, reason: ruling.reason.clone(), issue })
    }

    /// The removal of a document that is removed.
    pub(super) fn removal_of(&self, document: i64) -> Result<Option<RulingView>, StoreError> {
        self.moderation_of(document)?.and_then(|row| row.removed).map(|ruling| self.ruling(&ruling)).transpose()
    }

    /// A listed document as a post.
    pub(super) fn as_post(&self, listed: Listed) -> Result<PostView, StoreError> {
        let locked = listed.locked.as_ref().map(|ruling| self.ruling(ruling)).transpose()?;
        Ok(listed.into_post(locked))
    }

    /// What moderators did, in one community or all of them, the newest first: what is printed, and before it what waits.
    pub fn modlog(&self, community: Option<SpaceId>) -> Result<Vec<ModerationView>, StoreError> {
        let (register, moderated, mut log) = (self.register()?, self.moderations()?, Vec::new());
        for held in self.hall_acts()? {
            let Some(did) = self.did(&held)?.filter(|did| community.is_none_or(|community| community == did.space)) else { continue };
            let row = did.document.and_then(|document| moderated.get(&(document, did.space)));
            log.push((held.row, self.logged(&held, did, row, &register)?));
        }
        // What is not printed is the newest.
        log.sort_by_key(|(row, entry)| std::cmp::Reverse((entry.issue.unwrap_or(u64::MAX), *row)));
        Ok(log.into_iter().map(|(_, entry)| entry).collect())
    }

    /// What a moderator did with an act, if it is one of a moderator.
    fn did(&self, held: &Held) -> Result<Option<Did>, StoreError> {
        let Some(Ok(Content::Act(Act::Law(act)))) = held.op.content() else { return Ok(None) };
        Ok(match act {
            LawAct::Moderate(Moderation { space, document, measure, rule, reason }) => {
                Some(Did { space, document: Some(document), person: None, measure: Deed::Document(measure), until: None, rule, reason })
            }
            LawAct::Ban(Ban { space, person, until_ms, rule, reason }) => {
                let (person, until) = (Some(self.person_or_id(person)?), (until_ms != 0).then_some(until_ms));
                Some(Did { space, document: None, person, measure: Deed::Person(PersonDeed::Ban), until, rule, reason })
            }
            LawAct::Unban(Unban { space, person, reason }) => {
                let person = Some(self.person_or_id(person)?);
                Some(Did { space, document: None, person, measure: Deed::Person(PersonDeed::Unban), until: None, rule: 0, reason })
            }
            _ => None,
        })
    }

    fn logged(&self, held: &Held, did: Did, row: Option<&Moderated>, register: &Register) -> Result<ModerationView, StoreError> {
        let printing = self.printing_of(held.op.id)?;
        let issue = printing.as_ref().map(|printing| printing.height);
        Ok(ModerationView {
            op: held.op.id,
            by: self.author_of(held, register)?,
            community: self.community_named(did.space)?,
            document: did.document,
            person: did.person,
            measure: did.measure,
            until: did.until,
            rule: did.rule,
            reason: did.reason,
            issue,
            printed_at: issue.map(|height| self.time_of_issue(height)).transpose()?.flatten(),
            effect: printing.as_ref().map(|printing| printing.reason.is_none()),
            stands: printing.as_ref().filter(|printing| printing.reason.is_none()).and_then(|_| stands(held.op.id, did.measure, row)),
            no_effect: printing.and_then(|printing| printing.reason),
        })
    }

    /// Bans that stand by a register, in one community or all of them, the oldest first.
    pub fn bans_in_force(&self, law: &State, community: Option<SpaceId>) -> Result<Vec<BanView>, StoreError> {
        let mut standing = Vec::new();
        for ((space, person), bans) in law.bans.iter().filter(|((space, _), _)| community.is_none_or(|community| community == *space)) {
            let Some(ban) = bans.last().filter(|ban| ban.ended.is_none()) else { continue };
            let ruling = self.ruling(&ban.ruling)?;
            standing.push(BanView {
                op: ruling.op,
                person: self.person_or_id(*person)?,
                community: self.community_named(*space)?,
                by: ruling.by,
                rule: ruling.rule,
                reason: ruling.reason,
                from: ban.from,
                until: (ban.until != 0).then_some(ban.until),
                issue: ruling.issue,
            });
        }
        standing.sort_by_key(|ban| (ban.from, ban.op));
        Ok(standing)
    }

    fn author_of(&self, held: &Held, register: &Register) -> Result<PersonView, StoreError> {
        self.person_or_id(register.author(held.credential, held.op.header.device).unwrap_or(PersonId::ZERO))
    }

    /// A community as lists name it.
    pub fn community_named(&self, space: SpaceId) -> Result<CommunityRef, StoreError> {
        let sql = "SELECT m.name FROM community m JOIN space s ON s.n = m.space WHERE s.id = ?1";
        Ok(community_ref(space, self.connection.prepare_cached(sql)?.query_row([space.0], |row| row.get(0)).optional()?))
    }

    /// The time of an issue that is here.
    pub(crate) fn time_of_issue(&self, height: u64) -> Result<Option<u64>, StoreError> {
        let mut select = self.connection.prepare_cached("SELECT time FROM gazette WHERE height = ?1")?;
        Ok(select.query_row([height as i64], |row| row.get::<_, i64>(0)).optional()?.map(|time| time as u64))
    }

    /// Reports that are open by a register, in one community or all of them, the oldest first.
    pub fn open_reports(&self, law: &State, community: Option<SpaceId>) -> Result<Vec<ReportView>, StoreError> {
        let mut open = Vec::new();
        for ((document, space), reports) in law.reports.iter().filter(|((_, space), _)| community.is_none_or(|community| community == *space)) {
            for reported in reports {
                let report = ReportView {
                    op: reported.act,
                    by: self.person_or_id(reported.by)?,
                    community: self.community_named(*space)?,
                    document: *document,
                    reason: reported.reason.clone(),
                    issue: self.printing_of(reported.act)?.map(|printing| printing.height),
                };
                open.push((reported.at, report));
            }
        }
        open.sort_by_key(|(at, report)| (*at, report.op));
        Ok(open.into_iter().map(|(_, report)| report).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::query::{
        FeedQuery, SearchQuery,
        fixture::{Author, DAY, NOW, World},
    };
    use folkmoot_protocol::{
        law::{Mandate, Moderated},
        view::{FeedSort, Missing, ThreadSort},
    };

    fn ruling(by: &Author, height: u64) -> Option<Ruling> {
        let (mandate, act) = (Mandate::Opener(OpId([1; 32])), OpId([height as u8; 32]));
        Some(Ruling { by: by.person, mandate, act, rule: 2, reason: "It advertises.".into(), height, at: NOW - 3 * DAY })
    }

    fn ids(world: &World, viewer: &Author, community: Option<SpaceId>, page: Option<String>) -> (Vec<(DocumentId, bool)>, Option<String>) {
        let query = FeedQuery { community, sort: FeedSort::New, period_ms: None, page, saved: false, limit: 2 };
        let feed = world.view().feed(&query, &viewer.viewer(), NOW).unwrap();
        (feed.posts.into_iter().map(|post| (post.id, post.pinned)).collect(), feed.next)
    }

    #[test]
    fn pinned_posts_stand_before_the_first_page_and_on_no_other() {
        let (mut world, alice) = World::new();
        let bread = world.open("bread", &alice);
        let posts: Vec<DocumentId> = (1..=5).map(|n| world.post(bread, &alice, &format!("Post {n}"), NOW - n * DAY)).collect();
        for (height, post) in [(1, posts[3]), (2, posts[4])] {
            world.store.set_moderation((post, bread), Some(&Moderated { pinned: ruling(&alice, height), ..Moderated::default() })).unwrap();
        }
        let (first, next) = ids(&world, &alice, Some(bread), None);
        assert_eq!(first, [(posts[4], true), (posts[3], true), (posts[0], false), (posts[1], false)]);
        assert_eq!(ids(&world, &alice, Some(bread), next).0, [(posts[2], false)]);
        assert_eq!(ids(&world, &alice, None, None).0, [(posts[0], false), (posts[1], false)]);
    }

    #[test]
    fn what_is_removed_stands_in_no_list_and_says_nothing() {
        let (mut world, alice) = World::new();
        let bread = world.open("bread", &alice);
        let post = world.post(bread, &alice, "Mill", NOW - 5 * DAY);
        let early = world.comment(bread, &alice, post, None, "Early", NOW - 4 * DAY);
        let late = world.comment(bread, &alice, post, None, "Late", NOW - DAY);
        let thread = |world: &World| world.view().thread(post, ThreadSort::Old, &alice.viewer(), NOW).unwrap().unwrap();
        world.store.set_moderation((post, bread), Some(&Moderated { locked: ruling(&alice, 1), ..Moderated::default() })).unwrap();
        assert_eq!(thread(&world).comments.iter().map(|comment| comment.after_lock).collect::<Vec<_>>(), [false, true]);
        world.store.set_moderation((early, bread), Some(&Moderated { removed: ruling(&alice, 2), ..Moderated::default() })).unwrap();
        let comment = thread(&world).comments.remove(0);
        assert_eq!((comment.text.as_str(), comment.removed.map(|removed| removed.rule)), ("", Some(2)));
        world.store.set_moderation((post, bread), Some(&Moderated { removed: ruling(&alice, 3), ..Moderated::default() })).unwrap();
        assert_eq!(ids(&world, &alice, None, None).0, []);
        let found = |world: &World, words: &str| {
            let query = SearchQuery { words: words.into(), community: None, author: None, kind: None, page: None, limit: 9 };
            world.view().search(&query).unwrap().hits
        };
        assert!(found(&world, "mill").is_empty() && found(&world, "early").is_empty());
        let hit = found(&world, "late").remove(0);
        assert_eq!((hit.id, hit.title.as_str(), hit.removed.is_some()), (late, "", true));
        assert!(world.view().history(post, &world.register).unwrap().is_none());
        // Once it is dropped, its place is left.
        let (n, _) = world.view().present_document(post).unwrap().unwrap();
        world.store.clear_state(n).unwrap();
        let left = thread(&world);
        assert_eq!((left.post.missing, left.post.removed.is_some(), left.comments.len()), (Some(Missing::Removed), true, 2));
        assert_eq!(world.view().find_moderated(&post.to_string()[..8], |_| true).unwrap().map(|(key, _)| key), Some((post, bread)));
        world.store.set_moderation((post, bread), None).unwrap();
        assert!(world.view().find_moderated(&post.to_string()[..8], |_| true).unwrap().is_none());
    }
}
