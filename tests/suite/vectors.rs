//! Test vectors, so that another implementation can check itself: `tests/vectors/*.json` hold what this one
//! computes from fixed keys. `FOLKMOOT_WRITE_VECTORS=1` writes them anew, for a change of format.

use ed25519_dalek::SigningKey;
use folkmoot_protocol::{
    act::{
        Act, Admit, Erase, Found, LawAct, Mark, OpenSpace, React, Reaction,
        law::{Ban, Measure, Moderation, Report, Unban},
    },
    cbor,
    document::{Document, DocumentKind, Edit, Entry, Key, Step, Value},
    id::*,
    identity::{Joining, PersonKey, device_of},
    law::{Demand, Preset, Value as LawValue, charter::differing},
    op::{Content, Header, Kind, Payload, PayloadRef, SignedOp},
    register::{Hall, HallEntry},
    state_hash::{StateHasher, combined, document_digest},
    sync::{Tip, Tips},
};
use serde_json::{Value as Json, json};
use std::path::Path;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

/// Compares with the file, or writes it.
fn check(name: &str, computed: &Json) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(name);
    if std::env::var_os("FOLKMOOT_WRITE_VECTORS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, serde_json::to_string_pretty(computed).unwrap() + "\n").unwrap();
    }
    let kept: Json = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(&kept, computed, "{name}: the format changed");
}

struct Author {
    person: PersonKey,
    key: SigningKey,
}

impl Author {
    fn new(n: u8) -> Self {
        Self { person: PersonKey::from_entropy([n; 32]), key: SigningKey::from_bytes(&[n + 100; 32]) }
    }

    fn joining(&self, coop: CoopId, name: &str) -> Joining {
        Joining::sign(coop, self.person.statement(), self.person.grant(device_of(&self.key)), name.into(), &self.key)
    }
}

fn header(coop: CoopId, space: SpaceId, (seq, prev): (u64, OpId), credential: Option<OpId>, kind: Kind) -> Header {
    Header {
        version: 1,
        coop,
        space,
        device: DeviceId::ZERO,
        seq,
        prev,
        issue: OpId(coop.0),
        claimed_at: 1_800_000_000_000 + seq,
        kind,
        payload: PayloadRef::of(&[]),
        credential,
        document: None,
    }
}

fn sign_act(header: Header, act: &Act, author: &Author) -> SignedOp {
    SignedOp::sign(header, Payload::act([9; 16], act), &author.key)
}

fn sign_edit(header: Header, edit: &Edit, author: &Author) -> SignedOp {
    SignedOp::sign(header, Payload::edit([9; 16], edit), &author.key)
}

fn id_of(op: &SignedOp) -> OpId {
    op.clone().verify().unwrap().id()
}

/// A founding, an admission, a community, a post, a comment, a reaction, an erasure.
fn story() -> Vec<(&'static str, SignedOp)> {
    let (alice, bob) = (Author::new(1), Author::new(2));
    let none = (1, OpId::ZERO);
    let found = sign_act(
        header(CoopId::ZERO, SpaceId::HALL, none, None, Kind::Act),
        &Act::Found(Found { name: "Bread".into(), founder: alice.joining(CoopId::ZERO, "Alice"), charter: None }),
        &alice,
    );
    let founding = id_of(&found);
    let coop = CoopId::founded_by(founding);
    let admit = Act::Admit(Admit { joining: bob.joining(coop, "Bob"), guest: false, invitation: [5; 16] });
    let admit = sign_act(header(coop, SpaceId::HALL, (2, founding), None, Kind::Act), &admit, &alice);
    let open = sign_act(header(coop, SpaceId::HALL, (3, id_of(&admit)), None, Kind::Act), &Act::OpenSpace(OpenSpace { name: "talk".into() }), &alice);
    let space = SpaceId::opened_by(id_of(&open));
    let text = |key, text: &str| Step::Put { key, value: Value::Text(text.into()) };
    let post = Edit { kind: DocumentKind::Post, at: vec![], steps: vec![text(Key::Title, "Hello"), text(Key::Text, "Who bakes on Sunday?")] };
    let post = sign_edit(header(coop, space, none, Some(id_of(&admit)), Kind::Edit), &post, &bob);
    let document = DocumentId::founded_by(id_of(&post));
    let steps = vec![Step::Put { key: Key::Post, value: Value::Document(document) }, text(Key::Text, "I do.")];
    let comment = sign_edit(header(coop, space, none, Some(founding), Kind::Edit), &Edit { kind: DocumentKind::Comment, at: vec![], steps }, &alice);
    let react = Act::React(React { reactions: vec![Reaction { target: document, mark: Mark::Up, replaces: vec![] }] });
    let react = sign_act(header(coop, space, (2, id_of(&comment)), None, Kind::Act), &react, &alice);
    let erase = sign_act(header(coop, space, (2, id_of(&post)), None, Kind::Act), &Act::Erase(Erase { document }), &bob);
    vec![("found", found), ("admit", admit), ("open", open), ("post", post), ("comment", comment), ("react", react), ("erase", erase)]
}

/// The founding of another co-op, with a charter that is not cast's.
fn founding_with_a_charter() -> SignedOp {
    let alice = Author::new(1);
    let mut values = Preset::Strict.values();
    values.insert("bots.policy".into(), LawValue::Text("Bots say that they are.".into()));
    let found = Found { name: "Roses".into(), founder: alice.joining(CoopId::ZERO, "Alice"), charter: differing(&values) };
    sign_act(header(CoopId::ZERO, SpaceId::HALL, (1, OpId::ZERO), None, Kind::Act), &Act::Found(found), &alice)
}

/// The founder removes Bob's post, bans him and takes that back, and Bob reports it: all in the hall.
fn moderation() -> Vec<(&'static str, SignedOp)> {
    let story = story();
    let (alice, bob) = (Author::new(1), Author::new(2));
    let (coop, admit, open) = (CoopId::founded_by(id_of(&story[0].1)), id_of(&story[1].1), id_of(&story[2].1));
    let (space, document) = (SpaceId::opened_by(open), DocumentId::founded_by(id_of(&story[3].1)));
    let (measure, reason) = (Measure::Remove, "It advertises a mill.".to_owned());
    let remove = LawAct::Moderate(Moderation { space, document, measure, rule: 2, reason: reason.clone() });
    let person = bob.joining(coop, "Bob").statement.person();
    let ban = LawAct::Ban(Ban { space, person, until_ms: 1_800_000_000_000, rule: 2, reason: reason.clone() });
    let unban = LawAct::Unban(Unban { space, person, reason: "He has understood.".into() });
    let report = LawAct::Report(Report { space, document, reason });
    let remove = sign_act(header(coop, SpaceId::HALL, (4, open), None, Kind::Act), &Act::Law(remove), &alice);
    let report = sign_act(header(coop, SpaceId::HALL, (1, OpId::ZERO), Some(admit), Kind::Act), &Act::Law(report), &bob);
    let ban = sign_act(header(coop, SpaceId::HALL, (5, id_of(&remove)), None, Kind::Act), &Act::Law(ban), &alice);
    let unban = sign_act(header(coop, SpaceId::HALL, (6, id_of(&ban)), None, Kind::Act), &Act::Law(unban), &alice);
    vec![("moderate", remove), ("report", report), ("ban", ban), ("unban", unban)]
}

/// The founder takes part in the community, demands an election there, and takes that back.
fn participation() -> Vec<(&'static str, SignedOp)> {
    let (story, alice) = (story(), Author::new(1));
    let (coop, space) = (CoopId::founded_by(id_of(&story[0].1)), SpaceId::opened_by(id_of(&story[2].1)));
    let unban = id_of(&moderation()[3].1);
    let petition = |demand| LawAct::Petition { space, demand };
    let acts = [("take-part", LawAct::TakePart { space, on: true }), ("petition", petition(Some(Demand::Elect { seats: 2 }))), ("no-petition", petition(None))];
    let mut prev = unban;
    let sign = |(seq, (name, act)): (u64, (&'static str, LawAct))| {
        let op = sign_act(header(coop, SpaceId::HALL, (seq, prev), None, Kind::Act), &Act::Law(act), &alice);
        prev = id_of(&op);
        (name, op)
    };
    (7..).zip(acts).map(sign).collect()
}

#[test]
fn the_kept_foundings_begin_with_the_charter_that_they_name() {
    let founded = |op: SignedOp| {
        let op = op.verify().unwrap();
        let Ok(Content::Act(Act::Found(found))) = op.payload().unwrap().content(op.header()) else { panic!("a founding") };
        folkmoot_protocol::law::charter::founded(found.charter.as_deref())
    };
    assert_eq!(founded(story().remove(0).1), Preset::Cast.values());
    let mut strict = Preset::Strict.values();
    strict.insert("bots.policy".into(), LawValue::Text("Bots say that they are.".into()));
    assert_eq!(founded(founding_with_a_charter()), strict);
}

#[test]
fn operations() {
    let vectors: Vec<Json> = story()
        .into_iter()
        .chain([("found-strict", founding_with_a_charter())])
        .chain(moderation())
        .chain(participation())
        .map(|(name, op)| {
            let verified = op.clone().verify().unwrap();
            json!({
                "name": name,
                "header": hex(&op.header),
                "signature": hex(&op.signature.0),
                "payload": hex(op.payload.as_ref().unwrap()),
                "id": verified.id(),
                "device": verified.header().device,
                "document": verified.document(),
            })
        })
        .collect();
    check("operations.json", &json!(vectors));
}

#[test]
fn the_kept_operations_verify_and_mutilated_ones_do_not() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/operations.json");
    let kept: Vec<Json> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for vector in kept {
        let field = |name: &str| unhex(vector[name].as_str().unwrap());
        let op = SignedOp {
            header: field("header"),
            signature: folkmoot_protocol::identity::SignatureBytes(field("signature").try_into().unwrap()),
            payload: Some(field("payload")),
        };
        let verified = op.clone().verify().unwrap();
        assert_eq!(vector["id"], json!(verified.id()));
        for byte in 0..op.header.len() {
            let mut bad = op.clone();
            bad.header[byte] ^= 1;
            assert!(bad.verify().is_err(), "{}: a changed header byte {byte} passes", vector["name"]);
        }
        let mut bad = op;
        bad.payload.as_mut().unwrap()[0] ^= 1;
        assert!(bad.verify().is_err());
    }
}

#[test]
fn identities() {
    let person = PersonKey::from_entropy([1; 32]);
    let statement = person.statement();
    check(
        "identities.json",
        &json!({
            "entropy": hex(&[1; 32]),
            "words": person.words().as_str(),
            "statement": hex(&cbor::encode(&statement)),
            "person": statement.person(),
            "profile": DocumentId::profile_of(statement.person()),
            "tagged_hash": { "tag": "folkmoot/test/1", "part": hex(b"abc"), "hash": hex(&tagged_hash("folkmoot/test/1", &[b"abc"])) },
        }),
    );
}

#[test]
fn states() {
    let story = story();
    let coop = CoopId::founded_by(id_of(&story[0].1));
    let mut hall = Hall::new(coop);
    let mut tips = Tips::new();
    for (_, op) in &story[..3] {
        let op = op.clone().verify().unwrap();
        let Ok(Content::Act(act)) = op.payload().unwrap().content(op.header()) else { panic!("an act") };
        let entry = HallEntry {
            op: op.id(),
            device: op.header().device,
            seq: op.header().seq,
            credential: OpId(coop.0),
            claimed_at: op.header().claimed_at,
            act: Ok(act),
        };
        hall.insert(entry);
        tips.set(op.header().device, Tip { seq: op.header().seq, id: op.id(), closed: None });
    }
    let register = hall.fold();
    let mut hasher = StateHasher::new(tips.digest());
    hasher.register(&register.canonical_bytes());
    let hall_hash = hasher.finish();
    let post = story[3].1.clone().verify().unwrap();
    let Ok(Content::Edit(edit)) = post.payload().unwrap().content(post.header()) else { panic!("an edit") };
    let author = register.author(post.header().credential.unwrap(), post.header().device).unwrap();
    let entry = Entry { op: post.id(), device: post.header().device, author, edit: Ok(edit), ineffective: None };
    let state = Document::derive(post.document().unwrap(), [entry]).state().unwrap();
    check(
        "states.json",
        &json!({
            "set_hash": hex(&tips.digest()),
            "register": hex(&register.canonical_bytes()),
            "hall": hex(&hall_hash),
            "combined": hex(&combined([(SpaceId::HALL, hall_hash)])),
            "document": hex(&cbor::encode(&state)),
            "document_digest": hex(&document_digest(&state)),
        }),
    );
}
