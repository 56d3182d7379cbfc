//! What is written in communities, and what goes wrong.

use super::{FOUNDED, List, Written};
use ed25519_dalek::SigningKey;
use folkmoot_protocol::{
    act::{Act, Erase, Found, Mark, OpenSpace, React, Reaction},
    document::{DocumentKind, Edit, Key, Step, Value},
    id::*,
    op::{Header, Kind, Payload, PayloadRef, SignedOp},
};

fn put(key: Key, text: impl Into<String>) -> Step {
    Step::Put { key, value: Value::Text(text.into()) }
}

impl List {
    /// Some edits of a document to write on top of.
    pub(super) fn heads(&mut self, document: usize) -> Vec<OpId> {
        let edits = self.documents[document].edits.clone();
        let mut at: Vec<OpId> = match self.random.below(20) {
            0..4 => edits.last().into_iter().copied().collect(),
            4..7 => edits.clone(),
            7 => vec![OpId([9; 32])],
            8 => vec![],
            9..13 => edits.first().into_iter().copied().collect(),
            _ => (0..=self.random.below(3)).filter_map(|_| self.random.pick(&edits).copied()).collect(),
        };
        at.sort();
        at.dedup();
        at.truncate(64);
        if self.chance(3) {
            at.reverse();
        }
        at
    }

    /// Signs an edit of a document and takes it down there.
    pub(super) fn add_edit(&mut self, by: usize, document: usize, edit: &Edit, words: &str) {
        let (space, id) = (self.documents[document].space, self.documents[document].id);
        // What another space says under the same name is another document.
        let space = if self.chance(2) { self.spaces[self.random.below(self.spaces.len() as u64) as usize] } else { space };
        let op = self.sign_edit(by, space, Some(id), edit, words);
        self.documents[document].edits.push(op);
    }

    fn found_document(&mut self, by: usize, space: SpaceId, kind: DocumentKind, steps: Vec<Step>, words: &str) {
        let op = self.sign_edit(by, space, None, &Edit { kind, at: vec![], steps }, words);
        self.documents.push(Written { id: DocumentId::founded_by(op), space, kind, machine: by, edits: vec![op] });
    }

    pub(super) fn description(&mut self, space: SpaceId) -> usize {
        let id = DocumentId::community_of(space);
        if let Some(known) = self.documents.iter().position(|one| one.id == id) {
            return known;
        }
        self.documents.push(Written { id, space, kind: DocumentKind::Community, machine: 0, edits: vec![] });
        self.documents.len() - 1
    }

    fn title(&mut self) -> String {
        match self.random.below(12) {
            0 => " padded".into(),
            1 => "x".repeat(201),
            n => ["Rye", "Oats", "Spelt"][n as usize % 3].into(),
        }
    }

    pub(super) fn write_post(&mut self) {
        let (by, space, title, word) = (self.machine(), self.space(), self.title(), self.word());
        let mut steps = vec![put(Key::Title, title)];
        if self.chance(70) {
            steps.push(put(Key::Text, format!("{word} bread")));
        }
        if self.chance(25) {
            steps.push(put(Key::Url, ["https://example.org/a", "", "ftp://example.org", "https://example.org/\u{200B}b"][self.index(4)]));
        }
        if self.chance(15) {
            steps.push(put(Key::OriginActor, "https://example.org/u/ann"));
            let at = [FOUNDED as i64 - 80_000, -5, FOUNDED as i64 + 40_000][self.index(3)];
            steps.push(Step::Put { key: Key::OriginPublished, value: Value::Integer(at) });
        }
        let space = if self.chance(3) { SpaceId::HALL } else { space };
        self.found_document(by, space, DocumentKind::Post, steps, "posts");
    }

    /// A document of some kinds, or the name of one that there is not.
    fn some_document(&mut self, kinds: &[DocumentKind]) -> DocumentId {
        let of_kind: Vec<DocumentId> = self.documents.iter().filter(|one| kinds.contains(&one.kind)).map(|one| one.id).collect();
        let nothing = DocumentId([self.random.below(3) as u8 + 1; 32]);
        if self.chance(6) { nothing } else { self.random.pick(&of_kind).copied().unwrap_or(nothing) }
    }

    pub(super) fn write_comment(&mut self) {
        let (by, word) = (self.machine(), self.word());
        let post = self.some_document(&[DocumentKind::Post]);
        let mut steps = vec![Step::Put { key: Key::Post, value: Value::Document(post) }, put(Key::Text, word)];
        if self.chance(60) {
            let kinds = if self.chance(90) { &[DocumentKind::Comment][..] } else { &[DocumentKind::Post, DocumentKind::Page] };
            steps.push(Step::Put { key: Key::Parent, value: Value::Document(self.some_document(kinds)) });
        }
        if self.chance(5) {
            steps.remove(1);
        }
        let home = self.documents.iter().find(|one| one.id == post).map(|one| one.space);
        let space = home.filter(|_| !self.random.one_in(15)).unwrap_or(self.spaces[0]);
        self.found_document(by, space, DocumentKind::Comment, steps, "comments");
    }

    /// One who may edit a document, mostly.
    fn editor(&mut self, document: usize) -> usize {
        let human = self.machines[self.documents[document].machine].human;
        let own: Vec<usize> = (0..self.machines.len()).filter(|machine| self.machines[*machine].human == human).collect();
        if self.chance(80) { own[self.index(own.len())] } else { self.machine() }
    }

    fn pick_document(&mut self, kinds: &[DocumentKind]) -> Option<usize> {
        let of_kind: Vec<usize> = (0..self.documents.len()).filter(|one| kinds.contains(&self.documents[*one].kind)).collect();
        // The first ones mostly, so that edits meet.
        let few = if self.chance(70) { of_kind.len().min(2) } else { of_kind.len() };
        self.random.pick(&of_kind[..few]).copied()
    }

    pub(super) fn edit(&mut self) {
        let Some(document) = self.pick_document(&[DocumentKind::Post, DocumentKind::Post, DocumentKind::Comment]) else { return };
        let (by, word, at) = (self.editor(document), self.word(), self.heads(document));
        let kind = if self.chance(4) { DocumentKind::Page } else { self.documents[document].kind };
        let text = if self.chance(50) { word } else { ["as it was", "as it will be"][self.index(2)].to_owned() };
        let mut steps = vec![];
        if kind == DocumentKind::Post && self.chance(70) {
            steps.push(put(Key::Title, self.title()));
        }
        if steps.is_empty() || self.chance(50) {
            steps.push(put(Key::Text, text));
        }
        if self.chance(4) {
            // Fixed, unknown to its kind, or twice.
            let more = [put(Key::OriginActor, ""), put(Key::Bio, "x"), steps[0].clone()];
            steps.push(more[self.index(3)].clone());
        }
        self.add_edit(by, document, &Edit { kind, at, steps }, "edits");
    }

    pub(super) fn write_page(&mut self) {
        let (by, space, title, word) = (self.machine(), self.space(), self.title(), self.word());
        let name = ["fees", "rules", "-no"][self.index(3)];
        let mut steps = vec![put(Key::Name, name), put(Key::Title, title)];
        if self.chance(80) {
            steps.push(Step::Splice { key: Key::Text, position: 0, delete: 0, insert: format!("{word} and a fee") });
        }
        if self.chance(20) {
            let mut writers: Vec<PersonId> = (0..self.random.below(3)).filter_map(|_| self.random.pick(&self.humans).map(|human| human.id)).collect();
            writers.sort();
            writers.dedup();
            steps.push(Step::Put { key: Key::Writers, value: Value::Persons(writers) });
        }
        self.found_document(by, space, DocumentKind::Page, steps, "founds a page");
    }

    pub(super) fn edit_page(&mut self) {
        let Some(document) = self.pick_document(&[DocumentKind::Page]) else { return self.write_page() };
        let (by, at) = (if self.chance(50) { self.machine() } else { self.editor(document) }, self.heads(document));
        let mut steps = vec![];
        for _ in 0..=self.random.below(2) {
            let (position, delete) = (self.random.below(9) as u32, self.random.below(4) as u32);
            let position = if self.chance(8) { 4_000 } else { position };
            let insert = ["", "ß", "a\nb", "😀", "with "][self.index(5)].to_owned();
            steps.push(Step::Splice { key: Key::Text, position, delete, insert });
        }
        if self.chance(30) {
            steps.push(put(Key::Title, self.title()));
        }
        self.add_edit(by, document, &Edit { kind: DocumentKind::Page, at, steps }, "edits a page");
    }

    pub(super) fn react(&mut self) {
        let by = self.machine();
        let human = self.machines[by].human;
        let all = [DocumentKind::Post, DocumentKind::Comment, DocumentKind::Page, DocumentKind::Profile];
        let kinds = if self.chance(90) { &all[..3] } else { &all };
        let mut targets: Vec<DocumentId> = (0..=self.random.below(3)).map(|_| self.some_document(kinds)).collect();
        targets.sort();
        targets.dedup();
        let home = self.documents.iter().find(|one| one.id == targets[0]).map(|one| one.space);
        let mut reactions = vec![];
        for target in targets {
            let own: Vec<OpId> = self.reacted.iter().filter(|(_, who, on)| (*who, *on) == (human, target)).map(|(op, _, _)| *op).collect();
            let mut replaces: Vec<OpId> = match self.random.below(10) {
                0 => self.reacted.iter().map(|(op, _, _)| *op).take(7).collect(),
                1..3 => vec![],
                3..5 => own.first().into_iter().copied().collect(),
                _ => own,
            };
            replaces.sort();
            replaces.dedup();
            reactions.push(Reaction { target, mark: [Mark::None, Mark::Up, Mark::Up, Mark::Down][self.index(4)], replaces });
        }
        if self.chance(5) {
            reactions.reverse();
        }
        let targets: Vec<DocumentId> = reactions.iter().map(|reaction| reaction.target).collect();
        let words = format!("reacts {reactions:?}");
        // In the hall nobody reacts.
        let home = if self.chance(3) { Some(SpaceId::HALL) } else { home };
        let op = self.sign_act(by, home.unwrap_or(self.spaces[0]), &Act::React(React { reactions }), words);
        self.reacted.extend(targets.into_iter().map(|target| (op, human, target)));
    }

    pub(super) fn erase(&mut self) {
        let kinds = [DocumentKind::Post, DocumentKind::Comment, DocumentKind::Page];
        let all: Vec<usize> = (0..self.documents.len()).filter(|one| kinds.contains(&self.documents[*one].kind)).collect();
        let Some(document) = self.random.pick(&all).copied() else { return };
        let Written { id, space, machine, .. } = self.documents[document].clone();
        let human = self.machines[machine].human;
        let solid: Vec<usize> = (0..self.machines.len()).filter(|machine| self.machines[*machine].solid).collect();
        let own: Vec<usize> = solid.iter().copied().filter(|machine| self.machines[*machine].human == human).collect();
        let by = if own.is_empty() || self.chance(20) { solid[self.index(solid.len())] } else { own[self.index(own.len())] };
        self.sign_act(by, space, &Act::Erase(Erase { document: id }), format!("erases {id:?}"));
    }

    pub(super) fn garbage(&mut self) {
        let (by, space) = (self.machine(), if self.chance(30) { SpaceId::HALL } else { self.space() });
        let bytes = (0..self.random.below(40)).map(|_| self.random.bits() as u8).collect();
        let kind = [Kind::Act, Kind::Edit, Kind::Unknown(9)][self.index(3)];
        let document = if kind != Kind::Edit || self.documents.is_empty() {
            None
        } else {
            Some(self.documents[self.random.below(self.documents.len() as u64) as usize].id)
        };
        self.sign(by, space, kind, document, Payload::from_bytes(bytes), format!("writes garbage as {kind:?} of {document:?}"));
    }

    /// A device forgets its last operations, as one put back from a copy does, and writes others.
    pub(super) fn fork(&mut self) {
        let machines = self.machines.len();
        let by = self.index(machines);
        // The founder's hall never forks: nothing would be left.
        let spaces: Vec<SpaceId> = self.machines[by].chains.keys().copied().filter(|space| by > 0 || *space != SpaceId::HALL).collect();
        let Some(space) = self.random.pick(&spaces).copied() else { return };
        let lost = self.random.below(3) + 1;
        if let Some(chain) = self.machines[by].chains.get_mut(&space) {
            chain.truncate(chain.len().saturating_sub(lost as usize));
        }
        let word = self.word();
        if space == SpaceId::HALL {
            let open = Act::OpenSpace(OpenSpace { name: "fork".into() });
            self.sign_act(by, space, &open, "forks and opens a community".into());
        } else {
            self.found_document(by, space, DocumentKind::Post, vec![put(Key::Title, "Fork"), put(Key::Text, word)], "forks and posts");
        }
    }

    /// An operation of another co-op, one of an issue that nobody knows, or an act where it does not belong.
    pub(super) fn misplace(&mut self) {
        let by = self.machine();
        match self.random.below(3) {
            0 => {
                let key = SigningKey::from_bytes(&self.random.bytes());
                let act = Act::Found(Found { name: "Another".into(), founder: self.joining(0, "Somebody".into(), &key), charter: None });
                let payload = Payload::act(self.random.bytes(), &act);
                let header = self.bare_header(CoopId::ZERO, OpId::ZERO);
                self.keep(SignedOp::sign(header, payload, &key), "founds another co-op".into());
            }
            1 => {
                let payload = Payload::act(self.random.bytes(), &Act::Erase(Erase { document: DocumentId([1; 32]) }));
                let mut header = self.bare_header(self.coop, OpId([8; 32]));
                header.credential = Some(self.machines[by].credential);
                let key = self.machines[by].key.clone();
                // Only where no chain begins with it: else it were a fork.
                header.space = SpaceId([5; 32]);
                self.keep(SignedOp::sign(header, payload, &key), format!("device {by} names an unknown issue in an unknown space"));
            }
            _ => {
                let space = self.space();
                self.sign_act(by, space, &Act::OpenSpace(OpenSpace { name: "inside".into() }), "opens a community from within one".into());
            }
        }
    }

    fn bare_header(&self, coop: CoopId, issue: OpId) -> Header {
        let payload = PayloadRef { hash: [0; 32], length: 0 };
        let (device, space, prev) = (DeviceId::ZERO, SpaceId::HALL, OpId::ZERO);
        Header { version: 1, coop, space, device, seq: 1, prev, issue, claimed_at: FOUNDED, kind: Kind::Act, payload, credential: None, document: None }
    }
}
