//! A document's edits: as its derivation takes them, and as people read them.

#[cfg(test)]
mod tests;

use super::View;
use crate::store::{StoreError, operations::Held};
use folkmoot_protocol::{
    document::{Document, DocumentKind, DocumentState, Edit, Entry, Key, Value, Version},
    id::*,
    op::{Content, StoredOp},
    register::Register,
    view::{HistoryView, VersionView},
};
use std::collections::BTreeMap;

impl View<'_> {
    /// A document's edits in the order they came in, each with why it is void or without effect, if so. Those
    /// that rest on no known credential are left out.
    pub fn entries(&self, document: i64, register: &Register) -> Result<Vec<Entry>, StoreError> {
        Ok(judged(&self.document_operations(document)?, register))
    }

    /// Every document that is held here.
    pub fn documents(&self) -> Result<Vec<DocumentId>, StoreError> {
        let mut select = self.connection.prepare_cached("SELECT d.id FROM document_state t JOIN document d ON d.n = t.document ORDER BY d.id")?;
        Ok(select.query_map([], |row| row.get(0).map(DocumentId))?.collect::<Result<_, _>>()?)
    }

    /// The latest date that a device gave anything it wrote, in ms.
    pub fn newest_claim(&self, device: DeviceId) -> Result<Option<u64>, StoreError> {
        let sql = "SELECT max(o.claimed_at) FROM operation o JOIN chain c ON c.n = o.chain WHERE c.device = ?1";
        let newest: Option<i64> = self.connection.prepare_cached(sql)?.query_row([device.0], |row| row.get(0))?;
        Ok(newest.map(|at| at.max(0) as u64))
    }

    /// All versions of a document; none where it is unknown or erased.
    pub fn history(&self, id: DocumentId, register: &Register) -> Result<Option<HistoryView>, StoreError> {
        // What another space says under the same name has no founding edit there, and so no kind.
        let sql = "SELECT d.n FROM document d LEFT JOIN document_state t ON t.document = d.n WHERE d.id = ?1 ORDER BY t.document IS NULL, d.n";
        let mut select = self.connection.prepare_cached(sql)?;
        let numbers: Vec<i64> = select.query_map([id.0], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for number in numbers {
            if let Some(history) = self.history_of(id, &self.document_operations(number)?, register)? {
                return Ok(Some(history));
            }
        }
        Ok(None)
    }

    fn history_of(&self, id: DocumentId, operations: &[Held], register: &Register) -> Result<Option<HistoryView>, StoreError> {
        let document = Document::derive(id, judged(operations, register));
        let history = document.history();
        let Some(kind) = history.iter().find_map(|version| document.at(&[version.op])).map(|state| state.kind) else { return Ok(None) };
        let held: BTreeMap<OpId, &Held> = operations.iter().map(|held| (held.op.id, held)).collect();
        let versions = history.iter().filter_map(|version| Some((version, *held.get(&version.op)?)));
        let versions = versions.map(|(version, held)| self.version(version, held, document.at(&[version.op]), register));
        Ok(Some(HistoryView { id, kind, versions: versions.collect::<Result<_, _>>()?, heads: document.heads() }))
    }

    fn version(&self, version: &Version, held: &Held, state: Option<DocumentState>, register: &Register) -> Result<VersionView, StoreError> {
        let (title, text) = state.as_ref().map(shown).unwrap_or_default();
        Ok(VersionView {
            op: version.op,
            at: version.at.clone(),
            author: self.person_or_id(version.author)?,
            device: held.op.header.device,
            created: held.op.header.claimed_at.max(register.founded_at).min(held.received_at),
            title,
            text,
            no_effect: version.void.clone(),
        })
    }
}

fn judged(operations: &[Held], register: &Register) -> Vec<Entry> {
    operations.iter().filter_map(|held| entry(&held.op, held.credential, register)).collect()
}

/// One edit as its document's derivation takes it; none where it rests on no known credential. What is said of
/// it depends on the hall and the edit alone, never on what else came in.
pub(crate) fn entry(op: &StoredOp, credential: OpId, register: &Register) -> Option<Entry> {
    let header = &op.header;
    let author = register.author(credential, header.device)?;
    let edit = edit(op).and_then(|edit| check_owner(op, edit, author, register));
    let effect = register.effect(credential, header.device, header.space, header.seq);
    Some(Entry { op: op.id, device: header.device, author, edit, ineffective: effect.err().map(|no_effect| no_effect.reason().to_owned()) })
}

fn edit(op: &StoredOp) -> Result<Edit, String> {
    match op.payload.as_ref().ok_or("erased")?.content(&op.header) {
        Ok(Content::Edit(edit)) => Ok(edit),
        Ok(Content::Act(_)) => Err("it is an act, not an edit".into()),
        Err(error) => Err(error.to_string()),
    }
}

/// A profile and a community's description are found by whose they are, so only that person may write them.
fn check_owner(op: &StoredOp, edit: Edit, author: PersonId, register: &Register) -> Result<Edit, String> {
    let (document, space) = (op.document(), op.header.space);
    let opener = || register.communities.get(&space).map(|community| community.opened_by);
    let fault = match edit.kind {
        DocumentKind::Profile if document != Some(DocumentId::profile_of(author)) => "only the person themselves may write their profile",
        DocumentKind::Profile if space != SpaceId::HALL => "a profile stands in the hall",
        DocumentKind::Post | DocumentKind::Page if space == SpaceId::HALL => "it belongs into a community, not into the hall",
        DocumentKind::Bill | DocumentKind::Ballot if space != SpaceId::HALL => "bills and ballots stand in the hall",
        DocumentKind::Ballot if !is_ballot_of(&edit, document, author) => "it is not the ballot of its author on the bill that it names",
        DocumentKind::Community if document != Some(DocumentId::community_of(space)) => "a community is described in its own space",
        DocumentKind::Community if opener() != Some(author) => "only who opened the community may describe it",
        _ => return Ok(edit),
    };
    Err(fault.into())
}

fn is_ballot_of(edit: &Edit, document: Option<DocumentId>, author: PersonId) -> bool {
    matches!(edit.value(Key::Bill), Some(Value::Operation(bill)) if document == Some(DocumentId::ballot_of(*bill, author)))
}

/// What a version's title and text are, by the kind of document.
fn shown(state: &DocumentState) -> (String, String) {
    let text = |key| state.text(key).to_owned();
    match state.kind {
        DocumentKind::Profile => (text(Key::Name), text(Key::Bio)),
        DocumentKind::Community => (text(Key::Title), [Key::Sidebar, Key::Rules].map(text).join("\n\n").trim().to_owned()),
        DocumentKind::Post | DocumentKind::Comment | DocumentKind::Page => (text(Key::Title), text(Key::Text)),
        DocumentKind::Bill => (text(Key::Title), [Key::Text, Key::Effects].map(text).join("\n\n").trim().to_owned()),
        DocumentKind::Ballot => (String::new(), text(Key::Choice)),
    }
}
