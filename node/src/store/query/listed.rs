//! A document as lists show it, read as one row.

use super::{View, Viewer, person::person_view};
use crate::store::{StoreError, moderation::decoded};
use folkmoot_protocol::{
    act::Mark,
    cbor,
    document::{DocumentKind, DocumentState, Edit, Key, Value},
    id::*,
    law::{Moderated, Ruling},
    limits,
    reaction::resolve,
    view::{CommunityRef, OriginView, PersonView, PostView, RulingView, Whereabouts},
};
use rusqlite::{Row, params};

/// Everything about a document that a list may show; ?2 is the viewer's number.
const LISTED: &str = "SELECT t.document, t.kind, t.created, t.edits, t.conflict, t.post, t.parent, d.id, s.id, m.name, p.id, p.name,
    c.device, o.seq > c.confirmed, ifnull(y.up, 0), ifnull(y.down, 0), ifnull(a.comments, 0),
    EXISTS (SELECT 1 FROM reaction r WHERE r.document = t.document AND r.person = t.author),
    EXISTS (SELECT 1 FROM reaction r WHERE r.document = t.document AND r.person = ?2),
    EXISTS (SELECT 1 FROM mark k WHERE k.document = d.id AND k.mark = 'saved'),
    t.state, o.payload, q.row
  FROM document_state t JOIN document d ON d.n = t.document JOIN space s ON s.n = t.space JOIN person p ON p.n = t.author
    JOIN operation o ON o.n = t.op JOIN chain c ON c.n = o.chain LEFT JOIN community m ON m.space = t.space
    LEFT JOIN tally y ON y.document = t.document LEFT JOIN activity a ON a.document = t.document
    LEFT JOIN moderation q ON q.document = t.document";

/// Whether the viewer reacted, the state of several edits, the payload of one: columns that are not for every row.
const REACTED: usize = 18;
const STATE: usize = 20;
const PAYLOAD: usize = 21;
const MODERATION: usize = 22;

/// One document of a list.
pub(super) struct Listed {
    pub(super) document: i64,
    pub(super) kind: DocumentKind,
    pub(super) created: u64,
    pub(super) edits: u32,
    pub(super) conflict: bool,
    pub(super) post: Option<i64>,
    pub(super) parent: Option<i64>,
    pub(super) id: DocumentId,
    pub(super) community: CommunityRef,
    pub(super) author: PersonView,
    pub(super) state: Whereabouts,
    pub(super) up: u64,
    pub(super) down: u64,
    pub(super) comments: u64,
    pub(super) mine: Mark,
    pub(super) saved: bool,
    pub(super) content: Content,
    pub(super) removed: Option<RulingView>,
    pub(super) locked: Option<Ruling>,
    pub(super) pinned: bool,
}

/// What a document says. Most have one edit and are its values: they are read from it without a detour.
pub(super) enum Content {
    Edit(Edit),
    State(DocumentState),
    Nothing,
}

impl Content {
    fn value(&self, key: Key) -> Option<&Value> {
        match self {
            Self::Edit(edit) => edit.value(key),
            Self::State(state) => state.value(key),
            Self::Nothing => None,
        }
    }

    /// The text of a key, empty where there is none.
    pub(super) fn text(&self, key: Key) -> &str {
        match self.value(key) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// The document that a key names.
    pub(super) fn document(&self, key: Key) -> Option<DocumentId> {
        match self.value(key) {
            Some(Value::Document(id)) => Some(*id),
            _ => None,
        }
    }

    /// Where it came from outside the co-op.
    pub(super) fn origin(&self) -> Option<OriginView> {
        let [actor, object] = [Key::OriginActor, Key::OriginObject].map(|key| self.text(key).to_owned());
        (!actor.is_empty() || !object.is_empty()).then_some(OriginView { actor, object })
    }
}

impl View<'_> {
    /// One document; none where it is absent or erased.
    pub(super) fn listed(&self, document: i64, viewer: &Viewer) -> Result<Option<Listed>, StoreError> {
        Ok(self.list("t.document = ?1", document, viewer)?.pop())
    }

    /// The comments under a post, in the order they came in, at most [`limits::THREAD_COMMENTS`].
    pub(super) fn listed_comments(&self, post: i64, viewer: &Viewer) -> Result<Vec<Listed>, StoreError> {
        self.list(&format!("t.post = ?1 ORDER BY t.document LIMIT {}", limits::THREAD_COMMENTS), post, viewer)
    }

    fn list(&self, condition: &str, bound: i64, viewer: &Viewer) -> Result<Vec<Listed>, StoreError> {
        let person = self.number_of_person(viewer.person)?;
        let mut select = self.connection.prepare_cached(&format!("{LISTED} WHERE {condition}"))?;
        let (mut rows, mut list) = (select.query(params![bound, person])?, Vec::new());
        while let Some(row) = rows.next()? {
            let mut listed = listed(row, viewer)?;
            if row.get(REACTED)? {
                listed.mine = resolve(&self.reactions_of(listed.document, person)?);
            }
            if let Some(moderated) = row.get::<_, Option<Vec<u8>>>(MODERATION)? {
                self.moderate(&mut listed, decoded(&moderated)?)?;
            }
            // What is removed says nothing.
            if listed.removed.is_none() {
                listed.content = self.content(&listed, row)?;
            }
            list.push(listed);
        }
        Ok(list)
    }

    fn moderate(&self, listed: &mut Listed, moderated: Moderated) -> Result<(), StoreError> {
        listed.removed = moderated.removed.map(|ruling| self.ruling(&ruling)).transpose()?;
        listed.pinned = moderated.pinned.is_some();
        listed.locked = moderated.locked;
        Ok(())
    }

    fn content(&self, listed: &Listed, row: &Row<'_>) -> Result<Content, StoreError> {
        let damaged = |error: cbor::CborError| StoreError::Damaged(error.to_string());
        if let Some(state) = row.get::<_, Option<Vec<u8>>>(STATE)? {
            return cbor::decode(&state).map(Content::State).map_err(damaged);
        }
        if !matches!(listed.kind, DocumentKind::Post | DocumentKind::Comment) {
            return Ok(self.document_state(listed.document)?.map_or(Content::Nothing, Content::State));
        }
        let payload: Option<Vec<u8>> = row.get(PAYLOAD)?;
        match payload.as_ref().and_then(|payload| payload.get(limits::SALT_BYTES..)) {
            Some(edit) => cbor::decode(edit).map(Content::Edit).map_err(damaged),
            None => Ok(Content::Nothing),
        }
    }
}

fn listed(row: &Row<'_>, viewer: &Viewer) -> rusqlite::Result<Listed> {
    let on_this_device = DeviceId(row.get(12)?) == viewer.device && row.get(13)?;
    let authors_own = u64::from(!row.get::<_, bool>(17)?);
    Ok(Listed {
        document: row.get(0)?,
        kind: kind(row.get(1)?)?,
        created: row.get::<_, i64>(2)? as u64,
        edits: row.get::<_, u32>(3)?.saturating_sub(1),
        conflict: row.get(4)?,
        post: row.get(5)?,
        parent: row.get(6)?,
        id: DocumentId(row.get(7)?),
        community: community_ref(SpaceId(row.get(8)?), row.get(9)?),
        author: person_view(PersonId(row.get(10)?), row.get(11)?),
        state: if on_this_device { Whereabouts::OnThisDevice } else { Whereabouts::WithPeers },
        up: row.get::<_, i64>(14)?.max(0) as u64 + authors_own,
        down: row.get::<_, i64>(15)?.max(0) as u64,
        comments: row.get::<_, i64>(16)?.max(0) as u64,
        mine: Mark::None,
        saved: row.get(19)?,
        content: Content::Nothing,
        removed: None,
        locked: None,
        pinned: false,
    })
}

fn kind(code: u8) -> rusqlite::Result<DocumentKind> {
    let known = DocumentKind::ALL.into_iter().find(|kind| kind.code() == code);
    known.ok_or(rusqlite::Error::IntegralValueOutOfRange(1, code.into()))
}

/// A community as lists show it; one that the hall does not know goes by the start of its id.
pub(super) fn community_ref(id: SpaceId, name: Option<String>) -> CommunityRef {
    let unnamed = || if id == SpaceId::HALL { SpaceId::HALL_NAME.into() } else { id.short() };
    CommunityRef { id, name: name.unwrap_or_else(unnamed) }
}

impl Listed {
    /// Ups less downs.
    pub(super) fn score(&self) -> i64 {
        self.up as i64 - self.down as i64
    }

    /// The document as a post in a list. `locked`: its lock as people read it.
    pub(super) fn into_post(self, locked: Option<RulingView>) -> PostView {
        let text = |key| self.content.text(key).to_owned();
        PostView {
            id: self.id,
            title: text(Key::Title),
            text: text(Key::Text),
            url: Some(text(Key::Url)).filter(|url| !url.is_empty()),
            origin: self.content.origin(),
            created: self.created,
            score: self.score(),
            up: self.up,
            down: self.down,
            comments: self.comments,
            edits: self.edits,
            conflict: self.conflict,
            mine: self.mine,
            saved: self.saved,
            state: self.state,
            missing: None,
            removed: self.removed,
            locked,
            pinned: self.pinned,
            community: self.community,
            author: self.author,
        }
    }
}
