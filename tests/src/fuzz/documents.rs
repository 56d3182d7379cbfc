use super::{Bytes, key, plain_header};
use folkmoot_protocol::{
    cbor,
    document::{Document, DocumentKind, DocumentState, Edit, Entry, Key, Step, Value},
    id::*,
    limits,
    op::{Content, Kind, Payload, SignedOp},
};
use std::collections::BTreeSet;

pub(super) const KINDS: [DocumentKind; 5] = [DocumentKind::Page, DocumentKind::Post, DocumentKind::Comment, DocumentKind::Profile, DocumentKind::Community];
/// Edits made from one input.
const MOST: usize = 16;

/// Edits, as they come and built from parts, and what documents are derived from them.
pub fn document(data: &[u8]) {
    let Some((form, data)) = data.split_first() else { return };
    if form & 1 == 0 {
        let payload = Payload::from_bytes([&[0; limits::SALT_BYTES], data].concat());
        let Some((_, entry)) = arrive(payload, None, 0) else { return };
        if let Ok(edit) = &entry.edit {
            assert_eq!(cbor::encode(edit), data, "an edit in two forms");
        }
        let id = DocumentId::founded_by(entry.op);
        check(id, std::slice::from_ref(&entry));
        follow(id, entry);
    } else {
        let mut bytes = Bytes::new(data);
        let (id, entries) = edits(&mut bytes);
        check(id, &entries);
    }
}

/// What a peer makes of a payload: signed, sent, verified and read.
fn arrive(payload: Payload, document: Option<DocumentId>, author: u8) -> Option<(DocumentId, Entry)> {
    let header = folkmoot_protocol::op::Header { document, claimed_at: author.into(), ..plain_header(Kind::Edit) };
    let op = SignedOp::sign(header, payload, &key(author));
    let op = op.verify().ok()?;
    let edit = match op.payload()?.content(op.header()) {
        Ok(Content::Edit(edit)) => Ok(edit),
        Ok(Content::Act(_)) => panic!("an edit's header has an act"),
        Err(error) => Err(error.to_string()),
    };
    let entry = Entry { op: op.id(), device: op.header().device, author: PersonId([author; 32]), edit, ineffective: None };
    Some((op.document()?, entry))
}

/// Puts an edit of each kind of step on top of one that came as bytes.
fn follow(id: DocumentId, first: Entry) {
    let Ok(edit) = &first.edit else { return };
    let splice = Step::Splice { key: Key::Text, position: 0, delete: 0, insert: "x".into() };
    let put = Step::Put { key: Key::Text, value: Value::Text("y".into()) };
    let next = [splice, put].map(|step| {
        let edit = Edit { kind: edit.kind, at: vec![first.op], steps: vec![step] };
        arrive(Payload::edit([1; limits::SALT_BYTES], &edit), Some(id), 0)
    });
    let next = next.into_iter().flatten().map(|(_, entry)| entry);
    check(id, &[first.clone()].into_iter().chain(next).collect::<Vec<_>>());
}

/// Edits of one document, each on top of earlier ones, of ones to come, or of none.
fn edits(bytes: &mut Bytes<'_>) -> (DocumentId, Vec<Entry>) {
    let kind = *bytes.pick(&KINDS).unwrap_or(&DocumentKind::Page);
    let mut made: Vec<Entry> = vec![];
    let mut id = None;
    while made.len() < MOST && (made.is_empty() || !bytes.is_empty()) {
        let author = bytes.byte() % 3;
        let edit = edit(bytes, kind, &made.iter().map(|entry| entry.op).collect::<Vec<_>>());
        let mut payload = Payload::edit(bytes.array(), &edit);
        if bytes.byte() == 255 {
            let at = bytes.below(payload.as_bytes().len());
            let mut garbled = payload.as_bytes().to_vec();
            garbled[at] ^= bytes.byte();
            payload = Payload::from_bytes(garbled);
        }
        let Some((document, mut entry)) = arrive(payload, id, author) else { continue };
        entry.ineffective = (bytes.byte() % 8 == 7).then(|| "its device was closed before it".into());
        id.get_or_insert(document);
        made.push(entry);
    }
    let id = if kind.is_keyed() { DocumentId::profile_of(PersonId([0; 32])) } else { id.unwrap_or(DocumentId::ZERO) };
    (id, made)
}

/// An edit on top of some of those that were made; the first one founds the document.
pub(super) fn edit(bytes: &mut Bytes<'_>, kind: DocumentKind, made: &[OpId]) -> Edit {
    Edit { kind: kind_of(bytes, kind), at: heads(bytes, made), steps: steps(bytes, kind, made.is_empty()) }
}

fn kind_of(bytes: &mut Bytes<'_>, kind: DocumentKind) -> DocumentKind {
    if bytes.byte() == 255 { *bytes.pick(&KINDS).unwrap_or(&kind) } else { kind }
}

fn heads(bytes: &mut Bytes<'_>, made: &[OpId]) -> Vec<OpId> {
    let count = match bytes.byte() {
        0..=170 => 1,
        171..=220 => 2,
        221..=240 => 3,
        241..=250 => 0,
        _ => usize::from(bytes.byte()),
    };
    let mut heads: Vec<OpId> = (0..count)
        .filter_map(|_| match bytes.byte() {
            255 => Some(OpId([bytes.byte(); 32])),
            n => made.get(made.len().checked_sub(1 + usize::from(n) % made.len().max(1))?).copied(),
        })
        .collect();
    if bytes.byte() != 255 {
        heads.sort();
        heads.dedup();
    }
    heads
}

fn steps(bytes: &mut Bytes<'_>, kind: DocumentKind, founds: bool) -> Vec<Step> {
    let title = Step::Put { key: Key::Title, value: Value::Text("Fee".into()) };
    let name = Step::Put { key: Key::Name, value: Value::Text("fees".into()) };
    let mut steps = match kind {
        _ if !founds || bytes.byte() == 255 => vec![],
        DocumentKind::Page => vec![name, title, Step::Splice { key: Key::Text, position: 0, delete: 0, insert: bytes.text() }],
        DocumentKind::Post => vec![title],
        DocumentKind::Comment => {
            vec![Step::Put { key: Key::Post, value: Value::Document(DocumentId([1; 32])) }, Step::Put { key: Key::Text, value: Value::Text(bytes.text()) }]
        }
        DocumentKind::Bill => vec![title, Step::Splice { key: Key::Text, position: 0, delete: 0, insert: bytes.text() }],
        DocumentKind::Ballot => {
            let said = match bytes.coin() {
                true => Step::Put { key: Key::Choice, value: Value::Text("for".into()) },
                false => Step::Put { key: Key::Ranking, value: Value::Ranking(vec![PersonId([2; 32]), PersonId([1; 32])]) },
            };
            vec![Step::Put { key: Key::Bill, value: Value::Operation(OpId([1; 32])) }, said]
        }
        DocumentKind::Profile | DocumentKind::Community => vec![],
    };
    let more = bytes.below(5) + usize::from(steps.is_empty());
    steps.extend((0..more).map(|_| step(bytes, kind)));
    steps
}

fn step(bytes: &mut Bytes<'_>, kind: DocumentKind) -> Step {
    if matches!(kind, DocumentKind::Page | DocumentKind::Bill) && bytes.byte() < 200 {
        let insert = if bytes.byte() == 255 { "é".repeat(bytes.below(limits::TEXT_CHARS + 2)) } else { bytes.text() };
        // Mostly within a short text.
        let near = |n: u64, most: u32| if n >> 32 == 0 { n as u32 % most } else { n as u32 };
        return Step::Splice { key: Key::Text, position: near(bytes.number(), 40), delete: near(bytes.number(), 8), insert };
    }
    let key = *bytes.pick(&Key::ALL).unwrap_or(&Key::Text);
    let likely = match key {
        Key::Post | Key::Parent => 1,
        Key::OriginPublished => 2,
        Key::Writers => 3,
        Key::Bill => 4,
        Key::Ranking => 5,
        _ => 0,
    };
    let value = match if bytes.byte() == 255 { bytes.byte() % 6 } else { likely } {
        0 if matches!(key, Key::Url | Key::OriginActor | Key::OriginObject) => Value::Text(format!("https://{}", bytes.text())),
        0 => Value::Text(bytes.text()),
        1 => Value::Document(DocumentId([bytes.byte(); 32])),
        2 => Value::Integer(bytes.number() as i64),
        4 => Value::Operation(OpId([bytes.byte(); 32])),
        5 => Value::Ranking((0..bytes.below(35) as u8).map(|n| PersonId([n ^ (bytes.byte() & 1); 32])).collect()),
        _ => Value::Persons((0..bytes.below(4) as u8).map(|n| PersonId([n.wrapping_add(bytes.byte() & 1); 32])).collect()),
    };
    Step::Put { key, value }
}

/// Checks that the document is the same in whatever order its edits come, however often, and that what was
/// derived at named heads stays when more come.
fn check(id: DocumentId, entries: &[Entry]) {
    let document = Document::derive(id, entries.iter().cloned());
    let backwards = Document::derive(id, entries.iter().rev().cloned());
    let turned = entries.len() / 2;
    let again = Document::derive(id, entries[turned..].iter().chain(entries).cloned());
    for other in [&backwards, &again] {
        assert_eq!(all(&document), all(other));
        assert_eq!((document.heads(), document.waiting()), (other.heads(), other.waiting()));
    }
    let early = Document::derive(id, entries[..turned].iter().cloned());
    for entry in entries {
        let at = document.at(&[entry.op]);
        assert_eq!(at, backwards.at(&[entry.op]));
        assert_eq!(at, again.at(&[entry.op]));
        if entries[..turned].iter().any(|held| held.op == entry.op) && !early.history().iter().all(|version| version.op != entry.op) {
            assert_eq!(at, early.at(&[entry.op]), "what named heads say never changes");
        }
        at.iter().for_each(check_state);
    }
    document.state().iter().for_each(check_state);
    check_heads(&document);
}

/// All that is to be seen of a document.
fn all(document: &Document) -> String {
    format!("{:?} {:?}", document.state(), document.history())
}

fn check_state(state: &DocumentState) {
    let bytes = cbor::encode(state);
    assert_eq!(cbor::decode::<DocumentState>(&bytes).ok().as_ref(), Some(state));
    assert!(state.fields.iter().all(|(_, choices)| !choices.is_empty()));
    assert!(state.fields.windows(2).all(|pair| pair[0].0 < pair[1].0), "the keys stand in order");
    assert!(state.heads.is_sorted());
}

/// No void edit is a head, and no head stands on another.
fn check_heads(document: &Document) {
    let history = document.history();
    let void: BTreeSet<OpId> = history.iter().filter(|version| version.void.is_some()).map(|version| version.op).collect();
    let heads = document.heads();
    for version in history.iter().filter(|version| heads.contains(&version.op)) {
        assert!(!void.contains(&version.op), "a void edit is a head");
        assert!(version.at.iter().all(|at| !heads.contains(at)), "a head stands on a head");
    }
    if let Some(state) = document.state() {
        assert_eq!(state.heads, heads);
        assert!(state.edits as usize + void.len() >= heads.len());
        assert_eq!(document.at(&heads), Some(state));
    }
}
