use super::{Bytes, documents, hall, key};
use folkmoot_node::{
    keystore::Keystore,
    service::{Input, Output, RequestId, Service, Source},
    store::{Store, VerifyReport},
};
use folkmoot_protocol::{
    act::*,
    document::DocumentKind,
    id::*,
    identity::{Joining, PersonKey, device_of},
    op::{Header, Kind, Payload, PayloadRef, SignedOp, VerifiedOp},
};
use std::collections::BTreeMap;
use std::sync::OnceLock;

const NOW: u64 = 1_800_000_000_000;
/// Devices that write: the founder's, a member's, a guest's, and a stranger's.
const DEVICES: u8 = 4;
/// Operations made from one input.
const MOST: usize = 24;
/// How often everything is handed in again: a header that came without its payload may keep a place that long.
const ROUNDS: usize = 4;

/// A co-op as it was before the strangers came.
struct Start {
    coop: CoopId,
    space: SpaceId,
    operations: Vec<VerifiedOp>,
    /// What the chains of each device rest on.
    credentials: Vec<OpId>,
    /// Who may come in besides.
    parts: hall::Parts,
}

fn start() -> &'static Start {
    static START: OnceLock<Start> = OnceLock::new();
    START.get_or_init(|| {
        let joining = |coop, n: u8| {
            let person = PersonKey::from_entropy([n + 1; 32]);
            Joining::sign(coop, person.statement(), person.grant(device_of(&key(n))), format!("Person {n}"), &key(n))
        };
        let mut chain = Chain { tip: (0, OpId::ZERO), credential: OpId::ZERO };
        let mut operations: Vec<VerifiedOp> = vec![];
        let mut act = |coop, act: Act| {
            let header = chain.header(coop, SpaceId::HALL, Kind::Act);
            let op = SignedOp::sign(header, Payload::act([0; 16], &act), &key(0)).verify().expect("an act of the founder");
            chain.tip = (op.header().seq, op.id());
            operations.push(op.clone());
            op.id()
        };
        let founding = act(CoopId::ZERO, Act::Found(Found { name: "Bread".into(), founder: joining(CoopId::ZERO, 0), charter: None }));
        let coop = CoopId::founded_by(founding);
        let space = SpaceId::opened_by(act(coop, Act::OpenSpace(OpenSpace { name: "talk".into() })));
        let member = act(coop, Act::Admit(Admit { joining: joining(coop, 1), guest: false, invitation: [1; 16] }));
        let guest = act(coop, Act::Admit(Admit { joining: joining(coop, 2), guest: true, invitation: [2; 16] }));
        Start { coop, space, operations, credentials: vec![founding, member, guest, member], parts: hall::Parts::of(coop) }
    })
}

/// Where a device's chain ends.
#[derive(Clone, Copy)]
struct Chain {
    tip: (u64, OpId),
    credential: OpId,
}

impl Chain {
    fn header(&self, coop: CoopId, space: SpaceId, kind: Kind) -> Header {
        let (seq, prev) = (self.tip.0 + 1, self.tip.1);
        let founding = coop == CoopId::ZERO;
        Header {
            version: 1,
            coop,
            space,
            device: DeviceId::ZERO,
            seq,
            prev,
            issue: OpId(coop.0),
            claimed_at: NOW + seq,
            kind,
            payload: PayloadRef::of(&[]),
            credential: (seq == 1 && !founding).then_some(self.credential),
            document: None,
        }
    }
}

/// What members and strangers may sign, to two nodes that get it in different orders.
pub fn node(data: &[u8]) {
    let operations = operations(&mut Bytes::new(data));
    let (mut one, mut other) = (begun(), begun());
    operations.iter().for_each(|op| import(&mut one, vec![op.clone()]));
    import(&mut other, operations.iter().rev().cloned().collect());
    // What was let go is asked for again, as long as the two differ.
    for _ in 0..ROUNDS {
        if held(&one) == held(&other) {
            break;
        }
        [&mut one, &mut other].into_iter().for_each(|node| import(node, operations.clone()));
    }
    assert_eq!(held(&one), held(&other), "two nodes hold different operations");
    let (first, second) = (report(&one), report(&other));
    assert_eq!((first.faults, second.faults), (vec![], vec![]));
    assert_eq!(first.state_hash, second.state_hash, "equal sets of operations, different states");
    one.rebuild(&|_, _| {}).expect("memory does not fail");
    assert_eq!(report(&one).state_hash, first.state_hash, "a state that cannot be built anew");
}

fn held(service: &Service) -> BTreeMap<SpaceId, [u8; 32]> {
    service.world().tips.iter().map(|(space, tips)| (*space, tips.digest())).collect()
}

fn report(service: &Service) -> VerifyReport {
    service.store().as_reader().verify(&|_, _| {}).expect("the store can be read")
}

fn begun() -> Service {
    let mut store = Store::in_memory().expect("memory");
    store.set_setting("coop", &start().coop.0).expect("memory does not fail");
    [SpaceId::HALL, start().space].into_iter().for_each(|space| store.follow(space, true).expect("memory does not fail"));
    let keys = Keystore::in_memory_device("Reader", [77; 32]);
    let mut service = Service::open(store, keys).expect("a fresh store opens");
    import(&mut service, start().operations.clone());
    service
}

fn import(service: &mut Service, operations: Vec<VerifiedOp>) {
    let input = Input::Operations { source: Source::File(RequestId(1)), operations: operations.into_iter().map(Ok).collect() };
    for output in service.handle(input, NOW) {
        match output {
            Output::Reply { result, .. } => drop(result.expect("an import has an answer")),
            Output::Stop { error } => panic!("an operation ends the node: {error:?}"),
            _ => {}
        }
    }
}

/// Chains by a few devices in the hall and in a community; now and then a fork, a gap or a missing payload.
fn operations(bytes: &mut Bytes<'_>) -> Vec<VerifiedOp> {
    let mut chains: BTreeMap<(SpaceId, u8), Chain> = BTreeMap::new();
    let last = start().operations.last().map_or((0, OpId::ZERO), |op| (op.header().seq, op.id()));
    chains.insert((SpaceId::HALL, 0), Chain { tip: last, credential: start().credentials[0] });
    let mut made: Vec<VerifiedOp> = vec![];
    while made.len() < MOST && !bytes.is_empty() {
        let device = bytes.byte() % DEVICES;
        let space = if bytes.byte().is_multiple_of(4) { SpaceId::HALL } else { start().space };
        let chain = chains.entry((space, device)).or_insert(Chain { tip: (0, OpId::ZERO), credential: start().credentials[usize::from(device)] });
        let (header, payload) = content(bytes, chain.header(start().coop, space, Kind::Edit), &made);
        let Ok(op) = SignedOp::sign(header, payload, &key(device)).verify() else { continue };
        match bytes.byte() {
            // The next one has the same number.
            240.. => {}
            _ => chain.tip = (op.header().seq, op.id()),
        }
        let bare = bytes.byte() > 240;
        if bare {
            made.extend(SignedOp { payload: None, ..op.to_signed() }.verify());
        }
        if !bare || bytes.coin() {
            made.push(op);
        }
    }
    made
}

/// An edit of a document that is there, that is not, or that it founds; or an act.
fn content(bytes: &mut Bytes<'_>, header: Header, made: &[VerifiedOp]) -> (Header, Payload) {
    let document = |bytes: &mut Bytes<'_>| {
        let known: Vec<_> = made.iter().filter_map(VerifiedOp::document).collect();
        if bytes.byte() > 240 { Some(DocumentId([bytes.byte(); 32])) } else { bytes.pick(&known).copied() }
    };
    let salt = bytes.array();
    match bytes.byte() % 8 {
        0 | 1 if header.space != SpaceId::HALL => {
            let target = document(bytes).unwrap_or(DocumentId::ZERO);
            let act = if bytes.coin() { Act::Erase(Erase { document: target }) } else { Act::React(React { reactions: vec![reaction(bytes, target, made)] }) };
            (Header { kind: Kind::Act, ..header }, Payload::act(salt, &act))
        }
        0..=2 => (Header { kind: Kind::Act, ..header }, Payload::act(salt, &hall::one(bytes, &start().parts))),
        3 if bytes.byte() > 200 => (header, Payload::from_bytes(bytes.piece().to_vec())),
        n => {
            let kind = *bytes.pick(&documents::KINDS).unwrap_or(&DocumentKind::Post);
            let document = if n > 4 { document(bytes) } else { None };
            let heads: Vec<_> = made.iter().filter(|op| document.is_some() && op.document() == document).map(VerifiedOp::id).collect();
            let edit = documents::edit(bytes, kind, &heads);
            (Header { document, ..header }, Payload::edit(salt, &edit))
        }
    }
}

fn reaction(bytes: &mut Bytes<'_>, target: DocumentId, made: &[VerifiedOp]) -> Reaction {
    let mark = *bytes.pick(&[Mark::Up, Mark::Down, Mark::None]).unwrap_or(&Mark::Up);
    let replaces = if bytes.coin() { bytes.pick(made).map(VerifiedOp::id).into_iter().collect() } else { vec![] };
    Reaction { target, mark, replaces }
}
