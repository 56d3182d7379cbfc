//! What moderators did, brought to the documents: hidden as soon as the act is held, dropped once the Gazette's time has
//! come; and from what a member means to do, to acts.

use super::{
    Service,
    drafts::{DraftError, Plan},
    law::act,
};
use crate::{api::Failure, store::StoreError};
use folkmoot_protocol::{
    act::{
        Act, LawAct,
        law::{Measure, Moderation, Report},
    },
    document::{DocumentKind, DocumentState, Key},
    id::*,
    law::{Moderated, PrintedOp, State},
    op::Content,
};
use std::collections::{BTreeMap, BTreeSet};

type Standing = BTreeMap<(DocumentId, SpaceId), Moderated>;

impl Service {
    /// Takes down what stands about documents, where an issue or an act of a moderator came in.
    pub(super) fn project_moderation(&mut self) -> Result<(), StoreError> {
        if !std::mem::take(&mut self.world.moderation_changed) {
            return Ok(());
        }
        let (wanted, kept) = (self.standing_moderation()?, self.store.as_reader().moderations()?);
        let keys: BTreeSet<_> = wanted.keys().chain(kept.keys()).copied().collect();
        for key in keys.into_iter().filter(|key| wanted.get(key) != kept.get(key)) {
            self.store.begin()?;
            let n = self.store.set_moderation(key, wanted.get(&key))?;
            let dropped = |rows: &Standing| rows.get(&key).is_some_and(|row| row.dropped.is_some());
            if self.is_dropped(key) && !dropped(&kept) {
                self.erase(n)?;
            }
        }
        Ok(())
    }

    /// What stands about all documents: as printed, and with what waits where a moderator's act does. Nothing is dropped by
    /// what waits.
    fn standing_moderation(&self) -> Result<Standing, StoreError> {
        let Some(law) = &self.world.law else { return Ok(Standing::new()) };
        let waiting = self.store.as_reader().waiting(law)?;
        let moderates = |printed: &PrintedOp| matches!(&printed.content, Ok(Content::Act(Act::Law(LawAct::Moderate(_)))));
        if !waiting.iter().any(moderates) {
            return Ok(law.moderated.iter().map(|(key, row)| (*key, row.clone())).collect());
        }
        let provisional = law.provisional(law.time() + 1, &waiting);
        let dropped = |key| law.moderated.get(key).and_then(|row| row.dropped);
        Ok(provisional.moderated.iter().map(|(key, row)| (*key, Moderated { dropped: dropped(key), ..row.clone() })).collect())
    }

    /// Whether, as printed, what a document said is gone from every disk.
    pub(super) fn is_dropped(&self, (document, space): (DocumentId, SpaceId)) -> bool {
        self.world.law.as_ref().is_some_and(|law| law.is_dropped(space, document))
    }

    /// Refuses to write to what is removed.
    pub(super) fn check_not_removed(&self, n: i64) -> Result<(), DraftError> {
        let Some(ruling) = self.store.as_reader().moderation_of(n)?.and_then(|row| row.removed) else { return Ok(()) };
        let error = format!("a moderator removed it: rule {}, {}", ruling.rule, ruling.reason);
        Err(Failure::new("removed", error, "`folkmoot why` shows who and by what right, `folkmoot appeal` asks the members").into())
    }

    /// Refuses a comment where comments have ended. `on`: a post or a comment.
    pub(super) fn check_not_locked(&self, on: (i64, SpaceId), state: &DocumentState) -> Result<(), DraftError> {
        let view = self.store.as_reader();
        let post = match state.document(Key::Post) {
            Some(post) => view.document_number(post, on.1)?.unwrap_or(on.0),
            None => on.0,
        };
        self.check_not_removed(post)?;
        let Some(ruling) = view.moderation_of(post)?.and_then(|row| row.locked) else { return Ok(()) };
        let error = format!("a moderator locked the post: rule {}, {}", ruling.rule, ruling.reason);
        Err(Failure::new("locked", error, "comments under it have ended").into())
    }

    pub(super) fn plan_moderation(&self, document: DocumentId, measure: Measure, rule: u32, reason: String, now: u64) -> Result<Plan, DraftError> {
        let (space, kind) = self.place_of(document)?;
        let of_posts = matches!(measure, Measure::Lock | Measure::Unlock | Measure::Pin | Measure::Unpin);
        if of_posts && kind.is_some_and(|kind| kind != DocumentKind::Post) {
            return Err(Failure::new("kind", format!("only posts can be {}", measure.past()), "give the id of a post").into());
        }
        let (law, person) = (self.provisional(now)?, self.person()?);
        check_moderates(&law, space, person)?;
        let moderation = Moderation { space, document, measure, rule, reason };
        if let Some(reason) = law.why_no_measure(person, &moderation) {
            return Err(Failure::new("no-effect", format!("it would have no effect: {reason}"), "`folkmoot modlog` shows what stands").into());
        }
        Ok(act(LawAct::Moderate(moderation), document))
    }

    pub(super) fn plan_report(&self, document: DocumentId, reason: String, now: u64) -> Result<Plan, DraftError> {
        let (n, space, _) = self.present(document)?;
        self.check_not_removed(n)?;
        let report = Report { space, document, reason };
        if let Some(reason) = self.provisional(now)?.why_no_report(self.person()?, &report) {
            return Err(Failure::new("no-effect", format!("it would have no effect: {reason}"), "`folkmoot reports` shows those that are open").into());
        }
        Ok(act(LawAct::Report(report), document))
    }

    /// The community of something written there, and what it is; of what is gone only the place is known.
    fn place_of(&self, document: DocumentId) -> Result<(SpaceId, Option<DocumentKind>), DraftError> {
        if self.store.as_reader().present_document(document)?.is_none()
            && let Some(((_, space), _)) = self.store.as_reader().find_moderated(&document.to_string(), |row| row.removed.is_some())?
        {
            return Ok((space, None));
        }
        let (_, space, state) = self.present(document)?;
        match state.kind {
            DocumentKind::Post | DocumentKind::Comment | DocumentKind::Page => Ok((space, Some(state.kind))),
            kind => Err(Failure::new("kind", format!("a {kind} is not moderated"), "give the id of a post, a comment or a page").into()),
        }
    }
}

/// Refuses what only a moderator of a community may.
pub(super) fn check_moderates(law: &State, space: SpaceId, person: PersonId) -> Result<(), Failure> {
    let hint = "`folkmoot report ID --reason R` tells its moderators; `folkmoot offices` shows who they are";
    law.mandate(space, person).map(|_| ()).map_err(|reason| Failure::new("may-not", reason, hint))
}
