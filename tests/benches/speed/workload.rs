//! The workload of the design's table, from one seed: 1 device for every 500 operations, 20 spaces, posts and
//! comments of 400 bytes of Zipf text, 30 % reactions. Whoever runs it twice on one day signs the same
//! operations.

use super::zipf::Zipf;
use ed25519_dalek::SigningKey;
use folkmoot_node::{keystore::Keystore, store::Store};
use folkmoot_protocol::{
    act::{Act, Admit, Found, Mark, OpenSpace, React, Reaction},
    document::{DocumentKind, Edit, Key, Step, Value},
    id::*,
    identity::{Joining, PersonKey, device_of},
    op::{Header, Kind, Payload, SignedOp},
};
use folkmoot_tests::random::Random;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

const SEED: u64 = 0x0F01_C300;
pub(crate) const OPERATIONS_PER_DEVICE: u64 = 500;
pub(crate) const SPACES: usize = 20;
/// Each author writes in so many of the spaces.
const SPACES_PER_AUTHOR: usize = 5;
const TEXT_BYTES: usize = 400;
const REACTIONS_PERCENT: u64 = 30;
/// Of what is written, so much begins a thread.
const POSTS_PERCENT: u64 = 30;
/// What was written lies within so long before the day of the run.
const SPREAD_MS: u64 = 90 * 24 * 3_600_000;
/// People who write nothing: the nodes that are measured are theirs.
const READERS: usize = 3;

/// A person of the workload.
struct Author {
    entropy: [u8; 64],
    key: SigningKey,
    name: String,
    credential: OpId,
    spaces: Vec<usize>,
}

/// A document that others answer and mark.
#[derive(Clone, Copy)]
struct Written {
    document: DocumentId,
    /// The post that it answers, itself for a post.
    post: DocumentId,
}

/// The operations, and who may read them.
pub(crate) struct Workload {
    pub(crate) coop: CoopId,
    pub(crate) spaces: Vec<SpaceId>,
    /// In the order in which they were written.
    pub(crate) operations: Vec<SignedOp>,
    readers: Vec<Author>,
}

impl Workload {
    /// Signs about `operations` operations, the hall's included.
    pub(crate) fn new(operations: u64) -> Self {
        Generator::new().run(operations)
    }

    /// Makes the data folder of a reader who follows every space and holds nothing yet.
    pub(crate) fn reader_folder(&self, reader: usize, folder: &Path) {
        let author = &self.readers[reader];
        Keystore::create_person(folder, &author.name, None, author.entropy).expect("a fresh folder takes keys");
        let mut store = Store::open(folder).expect("a fresh folder takes a store");
        store.set_setting("coop", &self.coop.0).expect("a setting");
        store.set_setting("credential", &author.credential.0).expect("a setting");
        for space in std::iter::once(SpaceId::HALL).chain(self.spaces.iter().copied()) {
            store.follow(space, true).expect("following");
        }
    }

    /// Operations of a reader's chain whose first one is missing.
    pub(crate) fn orphans(&self, operations: usize, text_bytes: usize) -> Vec<SignedOp> {
        let (author, mut random, mut zipf) = (&self.readers[2], Random::new(SEED), Zipf::new(SEED));
        let mut prev = OpId([1; 32]);
        let sign = |seq| {
            let steps = vec![text(Key::Title, zipf.text(40)), text(Key::Text, zipf.text(text_bytes))];
            let payload = Payload::edit(random.bytes(), &Edit { kind: DocumentKind::Post, at: vec![], steps });
            let header = Header {
                version: 1,
                coop: self.coop,
                space: self.spaces[0],
                device: device_of(&author.key),
                seq,
                prev,
                issue: OpId(self.coop.0),
                claimed_at: 0,
                kind: Kind::Edit,
                payload: payload.reference(),
                credential: None,
                document: None,
            };
            prev = header.id();
            SignedOp::sign(header, payload, &author.key)
        };
        (2..).take(operations).map(sign).collect()
    }

    /// The places of the last operations of `n` chains that end in a community, each of another chain.
    pub(crate) fn last_of_chains(&self, n: usize) -> Vec<usize> {
        let mut seen = BTreeSet::new();
        let mut last = Vec::new();
        for (place, op) in self.operations.iter().enumerate().rev() {
            let header: Header = folkmoot_protocol::cbor::decode(&op.header).expect("an own header");
            if header.space != SpaceId::HALL && header.seq > 1 && seen.insert((header.space, header.device)) {
                last.push(place);
                if last.len() == n {
                    break;
                }
            }
        }
        last
    }
}

struct Generator {
    random: Random,
    zipf: Zipf,
    coop: CoopId,
    now: u64,
    operations: Vec<SignedOp>,
    chains: BTreeMap<(DeviceId, SpaceId), (u64, OpId)>,
}

impl Generator {
    fn new() -> Self {
        let day = 24 * 3_600_000;
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock after 1970").as_millis() as u64;
        Self {
            random: Random::new(SEED),
            zipf: Zipf::new(SEED),
            coop: CoopId::ZERO,
            now: now / day * day - SPREAD_MS,
            operations: vec![],
            chains: BTreeMap::new(),
        }
    }

    fn run(mut self, operations: u64) -> Workload {
        let devices = (operations / OPERATIONS_PER_DEVICE).max(2) as usize;
        let founder = self.found();
        let spaces = self.open_spaces(&founder);
        let mut authors: Vec<Author> = (0..devices).map(|n| self.admit(&founder, format!("Author {n}"))).collect();
        let readers = (0..READERS).map(|n| self.admit(&founder, format!("Reader {n}"))).collect();
        let step = SPREAD_MS / operations.max(1);
        let mut written: Vec<Vec<Written>> = vec![vec![]; SPACES];
        let mut marked = BTreeSet::new();
        for author in &mut authors {
            while author.spaces.len() < SPACES_PER_AUTHOR {
                let space = self.random.below(SPACES as u64) as usize;
                if !author.spaces.contains(&space) {
                    author.spaces.push(space);
                }
            }
        }
        while (self.operations.len() as u64) < operations {
            self.now += step;
            let author = &authors[self.random.below(devices as u64) as usize];
            let place = *self.random.pick(&author.spaces).expect("authors have spaces");
            self.write(author, spaces[place], &mut written[place], &mut marked);
        }
        Workload { coop: self.coop, spaces, operations: self.operations, readers }
    }

    fn person(&mut self, name: String) -> (Author, PersonKey) {
        let entropy: [u8; 64] = self.random.bytes();
        let (person, device) = entropy.split_at(32);
        let person = PersonKey::from_entropy(person.try_into().expect("32 of 64 bytes"));
        let key = SigningKey::from_bytes(device.try_into().expect("32 of 64 bytes"));
        (Author { entropy, key, name, credential: OpId::ZERO, spaces: vec![] }, person)
    }

    fn joining(&self, author: &Author, person: &PersonKey) -> Joining {
        Joining::sign(self.coop, person.statement(), person.grant(device_of(&author.key)), author.name.clone(), &author.key)
    }

    fn found(&mut self) -> Author {
        let (mut founder, person) = self.person("Founder".into());
        let act = Act::Found(Found { name: "Bread and Roses".into(), founder: self.joining(&founder, &person), charter: None });
        founder.credential = self.act(&founder, SpaceId::HALL, &act);
        self.coop = CoopId::founded_by(founder.credential);
        founder
    }

    fn open_spaces(&mut self, founder: &Author) -> Vec<SpaceId> {
        let open = |n| {
            let act = Act::OpenSpace(OpenSpace { name: format!("talk-{n}") });
            let space = SpaceId::opened_by(self.act(founder, SpaceId::HALL, &act));
            let edit = Edit { kind: DocumentKind::Community, at: vec![], steps: vec![text(Key::Title, format!("Talk {n}"))] };
            self.edit(founder, space, Some(DocumentId::community_of(space)), &edit);
            space
        };
        (0..SPACES).map(open).collect()
    }

    fn admit(&mut self, founder: &Author, name: String) -> Author {
        let (mut author, person) = self.person(name);
        let admit = Admit { joining: self.joining(&author, &person), guest: false, invitation: self.random.bytes() };
        author.credential = self.act(founder, SpaceId::HALL, &Act::Admit(admit));
        author
    }

    fn write(&mut self, author: &Author, space: SpaceId, written: &mut Vec<Written>, marked: &mut BTreeSet<(DeviceId, DocumentId)>) {
        let device = device_of(&author.key);
        // People react to and answer what is new.
        let recent = |random: &mut Random| written.len().checked_sub(1 + random.below(200) as usize).and_then(|place| written.get(place)).copied();
        let target = recent(&mut self.random);
        if self.random.below(100) < REACTIONS_PERCENT
            && let Some(target) = target.filter(|target| marked.insert((device, target.document)))
        {
            let mark = if self.random.one_in(6) { Mark::Down } else { Mark::Up };
            let reaction = Reaction { target: target.document, mark, replaces: vec![] };
            self.act(author, space, &Act::React(React { reactions: vec![reaction] }));
            return;
        }
        let body = self.zipf.text(TEXT_BYTES);
        let answered = target.filter(|_| self.random.below(100) >= POSTS_PERCENT);
        let edit = match answered {
            None => Edit { kind: DocumentKind::Post, at: vec![], steps: vec![text(Key::Title, self.zipf.text(40)), text(Key::Text, body)] },
            Some(on) => {
                let link = |key, id| Step::Put { key, value: Value::Document(id) };
                let mut steps = vec![link(Key::Post, on.post)];
                steps.extend((on.post != on.document).then(|| link(Key::Parent, on.document)));
                steps.push(text(Key::Text, body));
                Edit { kind: DocumentKind::Comment, at: vec![], steps }
            }
        };
        let document = DocumentId::founded_by(self.edit(author, space, None, &edit));
        written.push(Written { document, post: answered.map_or(document, |on| on.post) });
    }

    fn act(&mut self, author: &Author, space: SpaceId, act: &Act) -> OpId {
        let salt = self.random.bytes();
        self.sign(author, space, Kind::Act, None, Payload::act(salt, act))
    }

    fn edit(&mut self, author: &Author, space: SpaceId, document: Option<DocumentId>, edit: &Edit) -> OpId {
        let salt = self.random.bytes();
        self.sign(author, space, Kind::Edit, document, Payload::edit(salt, edit))
    }

    fn sign(&mut self, author: &Author, space: SpaceId, kind: Kind, document: Option<DocumentId>, payload: Payload) -> OpId {
        let device = device_of(&author.key);
        let (last, prev) = self.chains.get(&(device, space)).copied().unwrap_or((0, OpId::ZERO));
        let header = Header {
            version: 1,
            coop: self.coop,
            space,
            device,
            seq: last + 1,
            prev,
            issue: OpId(self.coop.0),
            claimed_at: self.now,
            kind,
            payload: payload.reference(),
            credential: (last == 0 && self.coop != CoopId::ZERO).then_some(author.credential),
            document,
        };
        let id = header.id();
        self.operations.push(SignedOp::sign(header, payload, &author.key));
        self.chains.insert((device, space), (last + 1, id));
        id
    }
}

fn text(key: Key, text: String) -> Step {
    Step::Put { key, value: Value::Text(text) }
}
