//! A seeded simulator: whole nodes (the node's own service, store and protocol code) on one thread, with a
//! virtual clock and a network that delays, breaks and splits. One seed replays everything.
//!
//! A connection is what QUIC gives: in order and whole until it breaks, and then everything under way is
//! lost. A crash drops a node's memory; its store keeps what was committed.

mod network;

pub use network::Faults;

use crate::random::Random;
use folkmoot_node::{
    api::{Draft, Failure, Request, Response, Status, Written},
    keystore::Keystore,
    service::{ConnectionId, Input, Output, RequestId, Service, Source},
    store::{Store, VerifyReport},
};
use folkmoot_protocol::{id::*, wire::Message};
use network::Network;
use std::collections::BTreeMap;

/// When simulated time begins, in ms since 1970.
const START_MS: u64 = 1_800_000_000_000;
const TICK_MS: u64 = 500;

/// Something that will happen.
#[derive(Debug)]
enum Event {
    Input { node: usize, input: Box<Input> },
    Deliver { link: u64, to: usize, body: Vec<u8> },
    Tick { node: usize },
    Restart { node: usize },
}

/// One simulated machine.
struct Machine {
    service: Option<Service>,
    /// What stays when the memory is gone.
    disk: Option<(Store, Keystore)>,
    name: String,
    answers: BTreeMap<RequestId, Result<Response, Failure>>,
    /// Its clock less the simulation's, in ms.
    clock_ahead_ms: i64,
}

/// The simulated world.
pub struct Sim {
    /// The source of all chance.
    pub random: Random,
    /// Simulated time in ms.
    pub now: u64,
    machines: Vec<Machine>,
    network: Network,
    queue: BTreeMap<(u64, u64), Event>,
    next_event: u64,
    next_request: u64,
    /// Operations that were acknowledged to a person: they may never be lost.
    pub acknowledged: Vec<(usize, OpId)>,
    /// How often each fault fired.
    pub fired: BTreeMap<&'static str, u64>,
}

impl Sim {
    /// `people` machines without a co-op.
    pub fn new(seed: u64, people: usize, faults: Faults) -> Self {
        let mut sim = Self {
            random: Random::new(seed),
            now: START_MS,
            machines: vec![],
            network: Network::new(faults),
            queue: BTreeMap::new(),
            next_event: 0,
            next_request: 0,
            acknowledged: vec![],
            fired: BTreeMap::new(),
        };
        for i in 0..people {
            let keys = Keystore::in_memory(&format!("Person {i}"), sim.random.bytes());
            sim.add(keys);
        }
        sim
    }

    /// Adds a machine with these keys; answers its number.
    pub fn add(&mut self, keys: Keystore) -> usize {
        let node = self.machines.len();
        let name = keys.name().to_owned();
        let service = Service::open(Store::in_memory().expect("memory"), keys).expect("a fresh store opens");
        self.machines.push(Machine { service: Some(service), disk: None, name, answers: BTreeMap::new(), clock_ahead_ms: 0 });
        self.input(node, Input::Listening { addresses: vec![address(node)] });
        self.later(TICK_MS, Event::Tick { node });
        node
    }

    /// How many machines there are.
    pub fn machines(&self) -> usize {
        self.machines.len()
    }

    /// The node on a machine that is up.
    pub fn service(&self, node: usize) -> &Service {
        self.machines[node].service.as_ref().expect("the machine is up")
    }

    /// Whether a machine is up.
    pub fn is_up(&self, node: usize) -> bool {
        self.machines[node].service.is_some()
    }

    /// Sets a machine's clock off.
    pub fn skew_clock(&mut self, node: usize, ahead_ms: i64) {
        self.machines[node].clock_ahead_ms = ahead_ms;
    }

    /// Founds a co-op on machine 0 and lets all others in; all follow one community. Answers its space.
    pub fn found(&mut self) -> SpaceId {
        self.submit(0, Draft::Found { name: "Bread".into() }).expect("founding");
        let community = Draft::OpenCommunity { name: "talk".into(), title: "Talk".into(), sidebar: String::new(), rules: String::new() };
        let space = SpaceId(self.submit(0, community).expect("opening").id.0);
        for node in 1..self.machines() {
            self.join(node, 0);
            self.ask(node, Request::Follow { space, on: true }).expect("following");
        }
        space
    }

    /// Lets a machine in by an invitation of another's.
    pub fn join(&mut self, node: usize, inviter: usize) {
        let invited = self.ask(inviter, Request::Invite { guest: false, expires_in_ms: 3_600_000, uses: 1 }).expect("inviting");
        let Response::Invited { ticket, .. } = invited else { panic!("an invitation answers with a ticket") };
        self.ask(node, Request::Join { ticket }).expect("joining");
    }

    /// Writes one draft; the acknowledgement is remembered.
    pub fn submit(&mut self, node: usize, draft: Draft) -> Result<Written, Failure> {
        match self.ask(node, Request::Submit { drafts: vec![draft] })? {
            Response::Written { written } => {
                let written = written[0];
                self.acknowledged.push((node, written.op));
                Ok(written)
            }
            other => panic!("a submission answers with what was written, not {other:?}"),
        }
    }

    /// Asks a node and lets the world go on until it answers.
    pub fn ask(&mut self, node: usize, request: Request) -> Result<Response, Failure> {
        let id = RequestId(self.next_request);
        self.next_request += 1;
        let entropy = self.random.bytes();
        self.input(node, Input::Request { id, request, entropy });
        for _ in 0..1_000_000 {
            if let Some(answer) = self.machines[node].answers.remove(&id) {
                return answer;
            }
            if !self.step() {
                break;
            }
        }
        Err(Failure::new("no-answer", "the node did not answer", ""))
    }

    /// A node's status.
    pub fn status(&mut self, node: usize) -> Status {
        match self.ask(node, Request::Status) {
            Ok(Response::Status(status)) => *status,
            other => panic!("no status: {other:?}"),
        }
    }

    /// Feeds an input to a node now.
    pub fn input(&mut self, node: usize, input: Input) {
        let machine = &mut self.machines[node];
        let now = self.now.saturating_add_signed(machine.clock_ahead_ms);
        let Some(service) = machine.service.as_mut() else { return };
        let outputs = service.handle(input, now);
        outputs.into_iter().for_each(|output| self.carry_out(node, output));
    }

    /// Lets time pass.
    pub fn run_for(&mut self, ms: u64) {
        let end = self.now + ms;
        while self.queue.first_key_value().is_some_and(|((at, _), _)| *at <= end) {
            self.step();
        }
        self.now = end;
    }

    /// Splits the network: machines with equal labels reach each other.
    pub fn split(&mut self, labels: &[usize]) {
        self.fire("partition");
        self.network.labels = labels.to_vec();
        let cut: Vec<_> = self.network.links.iter().filter(|(_, link)| !self.network.reaches(link.ends[0].0, link.ends[1].0)).map(|(id, _)| *id).collect();
        cut.into_iter().for_each(|link| self.break_link(link));
    }

    /// Changes what goes wrong by itself.
    pub fn set_faults(&mut self, faults: Faults) {
        self.network.faults = faults;
    }

    /// Ends all faults: every machine is up, and reaches every other.
    pub fn heal(&mut self) {
        self.network.faults = Faults::none();
        self.network.labels.clear();
        for node in 0..self.machines() {
            if !self.is_up(node) {
                self.restart(node);
            }
        }
    }

    /// Drops a machine's memory.
    pub fn crash(&mut self, node: usize) {
        if let Some(service) = self.machines[node].service.take() {
            self.fire("crash");
            let (mut store, keys) = service.into_parts();
            store.roll_back().expect("rolling back");
            self.machines[node].disk = Some((store, keys));
            let open: Vec<_> = self.network.links_of(node);
            open.into_iter().for_each(|link| self.break_link(link));
        }
    }

    /// Starts a machine again from its disk.
    pub fn restart(&mut self, node: usize) {
        if let Some((store, keys)) = self.machines[node].disk.take() {
            self.machines[node].service = Some(Service::open(store, keys).expect("a restart needs no repair"));
            self.input(node, Input::Listening { addresses: vec![address(node)] });
            self.later(TICK_MS, Event::Tick { node });
        }
    }

    /// Crashes a machine and has it come back a little later.
    pub fn crash_and_return(&mut self, node: usize) {
        if self.is_up(node) {
            self.crash(node);
            let after = 100 + self.random.below(5_000);
            self.later(after, Event::Restart { node });
        }
    }

    /// Breaks a random connection.
    pub fn break_something(&mut self) {
        let links: Vec<_> = self.network.links.keys().copied().collect();
        if let Some(link) = self.random.pick(&links).copied() {
            self.fire("broken connection");
            self.break_link(link);
        }
    }

    /// Hands operations to a node as a file would.
    pub fn import(&mut self, node: usize, operations: Vec<folkmoot_protocol::op::SignedOp>) {
        let id = RequestId(self.next_request);
        self.next_request += 1;
        let operations = operations.into_iter().map(|op| op.verify().map_err(|error| error.to_string())).collect();
        self.input(node, Input::Operations { source: Source::File(id), operations });
    }

    /// Throws away what a node derived and builds it anew; answers the report after.
    pub fn rebuild(&mut self, node: usize) -> VerifyReport {
        self.machines[node].service.as_mut().expect("the machine is up").rebuild(&|_, _| {}).expect("rebuilding");
        self.verify(node)
    }

    /// All operations of a space that a node holds, as they travel.
    pub fn operations(&self, node: usize, space: SpaceId) -> Vec<folkmoot_protocol::op::SignedOp> {
        let view = self.service(node).store().as_reader();
        let chains = view.chains().expect("chains").into_iter().filter(|chain| chain.space == space);
        let ranges = chains.map(|chain| folkmoot_protocol::sync::ChainRange { space, device: chain.device, from: 1, to: chain.tip.seq });
        ranges.flat_map(|range| view.chain_operations(range, usize::MAX).expect("operations")).map(|held| held.op.to_signed()).collect()
    }

    /// Copies a machine with its keys, as a careless backup does; answers the copy's number. The copy has
    /// the operations that the original holds now.
    pub fn copy_machine(&mut self, node: usize, keys: Keystore, spaces: &[SpaceId]) -> usize {
        let operations: Vec<_> = spaces.iter().map(|space| self.operations(node, *space)).collect();
        let coop = self.service(node).world().coop.expect("the original belongs to a co-op");
        let mut store = Store::in_memory().expect("memory");
        store.set_setting("coop", &coop.0).expect("setting");
        spaces.iter().for_each(|space| store.follow(*space, true).expect("following"));
        let name = format!("copy of {}", self.machines[node].name);
        let service = Service::open(store, keys).expect("the copy opens");
        self.machines.push(Machine { service: Some(service), disk: None, name, answers: BTreeMap::new(), clock_ahead_ms: 0 });
        let copy = self.machines() - 1;
        operations.into_iter().for_each(|operations| self.import(copy, operations));
        copy
    }

    /// Lets a machine that was added without a network reach the others, which it hears of from `other`.
    pub fn connect_machine(&mut self, node: usize, other: usize) {
        let device = self.service(other).device();
        self.machines[node].service.as_mut().expect("the machine is up").meet(device, address(other));
        self.input(node, Input::Listening { addresses: vec![address(node)] });
        self.later(TICK_MS, Event::Tick { node });
    }

    /// Checks a node's whole store.
    pub fn verify(&self, node: usize) -> VerifyReport {
        self.service(node).store().as_reader().verify(&|_, _| {}).expect("the store can be read")
    }

    /// Runs until all machines agree; panics with what differs after `patience_ms` of simulated time.
    pub fn settle(&mut self, patience_ms: u64) {
        self.settle_among(&(0..self.machines()).collect::<Vec<_>>(), patience_ms);
    }

    /// As [`Sim::settle`], for some machines.
    pub fn settle_among(&mut self, among: &[usize], patience_ms: u64) {
        let deadline = self.now + patience_ms;
        while !self.tips_agree(among) {
            assert!(self.now < deadline, "the machines do not agree after {patience_ms} ms: {}", self.describe());
            self.run_for(500);
        }
        let first = self.verify(among[0]).state_hash;
        assert!(among.iter().all(|node| self.verify(*node).state_hash == first), "equal sets of operations, different states: {}", self.describe());
    }

    fn tips_agree(&self, among: &[usize]) -> bool {
        let tips = |node: usize| self.service(node).world().tips.iter().map(|(space, tips)| (*space, tips.digest())).collect::<BTreeMap<_, _>>();
        among.iter().all(|node| tips(*node) == tips(among[0]))
    }

    fn describe(&self) -> String {
        let line = |node: usize| {
            let report = self.verify(node);
            let spaces: Vec<_> = report.spaces.iter().map(|space| format!("{} {} {}", space.name, space.operations, &space.state_hash[..8])).collect();
            format!("\n  {}: {}; waiting {:?}", self.machines[node].name, spaces.join(", "), self.service(node).waiting())
        };
        (0..self.machines()).map(line).collect()
    }

    /// Notes that a fault fired.
    pub fn fire(&mut self, fault: &'static str) {
        *self.fired.entry(fault).or_insert(0) += 1;
    }

    fn later(&mut self, after_ms: u64, event: Event) {
        self.next_event += 1;
        self.queue.insert((self.now + after_ms, self.next_event), event);
    }

    fn step(&mut self) -> bool {
        let Some(((at, _), event)) = self.queue.pop_first() else { return false };
        self.now = self.now.max(at);
        match event {
            Event::Input { node, input } => self.input(node, *input),
            Event::Deliver { link, to, body } => self.deliver(link, to, &body),
            Event::Tick { node } => {
                if self.is_up(node) {
                    self.input(node, Input::Tick);
                    self.later(TICK_MS, Event::Tick { node });
                }
            }
            Event::Restart { node } => self.restart(node),
        }
        true
    }

    fn carry_out(&mut self, node: usize, output: Output) {
        match output {
            Output::Send { connection, body } => self.transmit(node, connection, body),
            Output::Close { connection, .. } => {
                if let Some(link) = self.network.link_at(node, connection) {
                    // What was sent before the end still arrives.
                    let at = self.network.last_delivery(link).saturating_sub(self.now) + 1;
                    let ends = self.network.links[&link].ends;
                    for (end, connection) in ends {
                        let input = Box::new(Input::Disconnected { connection, reason: "closed".into() });
                        self.later(at, Event::Input { node: end, input });
                    }
                    self.network.closing(link);
                }
            }
            Output::Dial { peer, addresses } => self.dial(node, peer, &addresses),
            Output::Reply { id, result } => drop(self.machines[node].answers.insert(id, result)),
            Output::Event(_) => {}
            Output::Stop { error } => panic!("{} stopped: {error:?}", self.machines[node].name),
        }
    }

    fn dial(&mut self, node: usize, peer: DeviceId, addresses: &[String]) {
        let target = (0..self.machines()).find(|other| addresses.contains(&address(*other)));
        let delay = self.network.delay(&mut self.random);
        let reached = target.filter(|other| self.is_up(*other) && self.network.reaches(node, *other) && self.service(*other).device() == peer);
        let Some(other) = reached else {
            self.later(delay, Event::Input { node, input: Box::new(Input::DialFailed { peer, reason: "unreachable".into() }) });
            return;
        };
        let (here, there) = self.network.connect(node, other);
        let me = self.service(node).device();
        self.later(delay, Event::Input { node, input: Box::new(Input::Connected { connection: here, peer, dialled: true }) });
        self.later(delay, Event::Input { node: other, input: Box::new(Input::Connected { connection: there, peer: me, dialled: false }) });
    }

    fn transmit(&mut self, node: usize, connection: ConnectionId, body: Vec<u8>) {
        let Some(link) = self.network.link_at(node, connection) else { return };
        if self.network.faults.breaks_one_in.is_some_and(|n| self.random.one_in(n)) {
            self.fire("broken connection");
            self.break_link(link);
            return;
        }
        let at = self.network.delivery(link, self.now, &mut self.random);
        let to = self.network.other_end(link, node);
        self.later(at - self.now, Event::Deliver { link, to, body });
        self.later(at - self.now, Event::Input { node, input: Box::new(Input::Sent { connection }) });
    }

    fn deliver(&mut self, link: u64, to: usize, body: &[u8]) {
        let Some(connection) = self.network.connection_at(link, to) else { return };
        let input = match Message::decode(body) {
            Ok(Message::Operations(operations)) => {
                let operations = operations.into_iter().map(|op| op.verify().map_err(|error| error.to_string())).collect();
                Input::Operations { source: Source::Peer(connection), operations }
            }
            Ok(message) => Input::Message { connection, message: Box::new(message) },
            Err(error) => Input::Garbage { connection, reason: error.to_string() },
        };
        self.input(to, input);
    }

    fn break_link(&mut self, link: u64) {
        let Some(broken) = self.network.links.remove(&link) else { return };
        for (node, connection) in broken.ends {
            self.later(1, Event::Input { node, input: Box::new(Input::Disconnected { connection, reason: "broken".into() }) });
        }
    }
}

fn address(node: usize) -> String {
    format!("127.0.0.1:{}", 1000 + node)
}
