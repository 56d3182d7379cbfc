//! A post with its comments.

#[cfg(test)]
mod tests;

use super::{
    View, Viewer,
    listed::{Content, Listed},
    tree::{self, Leaf},
};
use crate::store::StoreError;
use folkmoot_protocol::{
    act::Mark,
    document::{DocumentKind, Key, Value},
    id::*,
    view::{CommentView, CommunityRef, ConflictView, Missing, PostView, ThreadSort, ThreadView, Whereabouts},
};
use rusqlite::OptionalExtension;
use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

impl View<'_> {
    /// A post with its comments; for a comment's id: its post with what stands on that comment alone, and the
    /// versions of the comment to choose from. None where it is absent, erased, or neither.
    pub fn thread(&self, id: DocumentId, sort: ThreadSort, viewer: &Viewer, now_ms: u64) -> Result<Option<ThreadView>, StoreError> {
        let Some((number, _)) = self.present_document(id)? else { return self.removed_thread(id, sort, viewer, now_ms) };
        let Some(asked) = self.listed(number, viewer)? else { return Ok(None) };
        let conflicts = conflicts(&asked.content);
        let branch = (asked.kind == DocumentKind::Comment).then_some(number);
        let (post, view) = match asked.post {
            None if is_answered(asked.kind) => (number, self.as_post(asked)?),
            None => return Ok(None),
            Some(post) => match self.listed(post, viewer)? {
                Some(listed) if is_answered(listed.kind) => (post, self.as_post(listed)?),
                Some(_) => return Ok(None),
                None => (post, self.missing_post(post, asked.community.clone(), asked.created)?),
            },
        };
        let leaves = self.leaves(post, viewer)?;
        let comments = match branch {
            Some(branch) => tree::trees(leaves, |leaf| leaf.document == branch, sort, now_ms),
            None => tree::trees(leaves, |leaf| leaf.parent.is_none(), sort, now_ms),
        };
        Ok(Some(ThreadView { post: view, conflicts, comments }))
    }

    /// The thread of a post that a moderator removed and whose text is gone.
    fn removed_thread(&self, id: DocumentId, sort: ThreadSort, viewer: &Viewer, now_ms: u64) -> Result<Option<ThreadView>, StoreError> {
        let sql = "SELECT d.n, s.id FROM moderation m JOIN document d ON d.n = m.document JOIN space s ON s.n = d.space WHERE d.id = ?1 AND m.removed";
        let place = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, SpaceId(row.get(1)?)));
        let Some((number, space)) = self.connection.prepare_cached(sql)?.query_row([id.0], place).optional()? else { return Ok(None) };
        let leaves = self.leaves(number, viewer)?;
        let oldest = leaves.iter().map(|leaf| leaf.view.created).min().unwrap_or(now_ms);
        let post = self.missing_post(number, self.community_named(space)?, oldest)?;
        Ok(Some(ThreadView { post, conflicts: vec![], comments: tree::trees(leaves, |leaf| leaf.parent.is_none(), sort, now_ms) }))
    }

    /// A post's comments, and one in place of each that is gone and was answered.
    fn leaves(&self, post: i64, viewer: &Viewer) -> Result<Vec<Leaf>, StoreError> {
        let locked_at = self.moderation_of(post)?.and_then(|row| row.locked).map(|lock| lock.at);
        let mut leaves: Vec<Leaf> = self.listed_comments(post, viewer)?.into_iter().map(|listed| leaf(listed, locked_at)).collect();
        let here: BTreeSet<i64> = leaves.iter().map(|leaf| leaf.document).collect();
        let mut gone: BTreeMap<i64, Option<CommentView>> = BTreeMap::new();
        for leaf in &mut leaves {
            let Some(parent) = leaf.parent.filter(|parent| !here.contains(parent)) else { continue };
            let place = match gone.entry(parent) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(self.gone(parent)?),
            };
            match place {
                // It goes where its oldest answer would.
                Some(place) => place.created = place.created.min(leaf.view.created),
                None => leaf.parent = None,
            }
        }
        leaves.extend(gone.into_iter().filter_map(|(document, view)| Some(Leaf { document, parent: None, view: view? })));
        Ok(leaves)
    }

    /// What stands for a post that was erased, was removed or has not come in, above the comments on it.
    fn missing_post(&self, post: i64, community: CommunityRef, created: u64) -> Result<PostView, StoreError> {
        let id = self.document_name(post)?.map_or(DocumentId::ZERO, |(id, _)| id);
        // Somebody else's erasure of it erases nothing.
        let founding = self.founding_operation(post)?.map(|(op, _, _)| self.operation(op)).transpose()?.flatten();
        let erased = founding.is_some_and(|held| held.op.payload.is_none());
        let removed = self.removal_of(post)?;
        let missing = if removed.is_some() { Missing::Removed } else { [Missing::NotHere, Missing::Erased][usize::from(erased)] };
        Ok(PostView {
            id,
            community,
            title: String::new(),
            text: String::new(),
            url: None,
            author: super::person::person_view(PersonId::ZERO, String::new()),
            origin: None,
            created,
            score: 0,
            up: 0,
            down: 0,
            comments: self.listed_comments(post, &Viewer::NOBODY)?.len() as u64,
            edits: 0,
            conflict: false,
            mine: Mark::None,
            saved: false,
            state: Whereabouts::WithPeers,
            missing: Some(missing),
            removed,
            locked: None,
            pinned: false,
        })
    }

    /// What stands for a comment that was erased or has not come in; none for a document that is present,
    /// which then is no comment of this thread.
    fn gone(&self, document: i64) -> Result<Option<CommentView>, StoreError> {
        let sql = "SELECT d.id FROM document d WHERE d.n = ?1 AND NOT EXISTS (SELECT 1 FROM document_state t WHERE t.document = d.n)";
        let id = self.connection.prepare_cached(sql)?.query_row([document], |row| row.get(0).map(DocumentId)).optional()?;
        // Somebody else's erasure of it erases nothing.
        let founding = self.founding_operation(document)?.map(|(op, _, _)| self.operation(op)).transpose()?.flatten();
        let erased = founding.is_some_and(|held| held.op.payload.is_none());
        let removed = self.removal_of(document)?;
        Ok(id.map(|id| CommentView { removed, ..tree::placeholder(id, erased, u64::MAX) }))
    }
}

/// Whether a thread hangs on documents of a kind.
fn is_answered(kind: DocumentKind) -> bool {
    matches!(kind, DocumentKind::Post | DocumentKind::Bill)
}

/// `locked_at`: since when its post is locked, in the Gazette's time.
fn leaf(listed: Listed, locked_at: Option<u64>) -> Leaf {
    let view = CommentView {
        removed: listed.removed.clone(),
        after_lock: locked_at.is_some_and(|at| listed.created > at),
        id: listed.id,
        text: listed.content.text(Key::Text).to_owned(),
        erased: false,
        origin: listed.content.origin(),
        created: listed.created,
        score: listed.score(),
        up: listed.up,
        down: listed.down,
        edits: listed.edits,
        conflict: listed.conflict,
        mine: listed.mine,
        state: listed.state,
        author: Some(listed.author),
        children: vec![],
    };
    Leaf { document: listed.document, parent: listed.parent, view }
}

/// The versions among which somebody has to choose.
fn conflicts(content: &Content) -> Vec<ConflictView> {
    let Content::State(state) = content else { return vec![] };
    let open = state.fields.iter().filter(|(_, choices)| choices.len() > 1);
    let versions =
        open.flat_map(|(key, choices)| choices.iter().map(|choice| ConflictView { op: choice.op, key: key.to_string(), text: shown(&choice.value) }));
    versions.collect()
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Document(id) => id.to_string(),
        Value::Integer(integer) => integer.to_string(),
        Value::Operation(id) => id.to_string(),
        Value::Persons(persons) | Value::Ranking(persons) => persons.iter().map(PersonId::to_string).collect::<Vec<_>>().join(", "),
    }
}
