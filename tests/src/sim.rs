//! A seeded simulator: whole nodes (the node's own service, store and protocol code) on one thread, with a
//! virtual clock, a network that delays, breaks, splits, loses, doubles and reorders, disks that forget
//! everything after the last commit, and machines whose owners mean harm. One seed replays everything.
//!
//! A connection is what QUIC gives: in order and whole until it breaks, and then everything under way is
//! lost. Beyond what QUIC allows, [`Faults`] may lose, double and reorder single messages too.

mod agreement;
mod checks;
mod coop;
mod faults;
mod gazette;
mod hostile;
mod law;
mod network;
mod people;
mod seeds;
mod transport;
mod trouble;
mod week;

pub use checks::Checks;
use coop::Crook;
pub use coop::{CoopReport, live_through_a_month};
pub use faults::Faults;
pub use gazette::{GazetteChecks, recounting_gives_the_same};
pub use hostile::{FLOODS, Malice, Villain, forged_issue};
pub use law::quick;
pub use people::another_coop;
pub use seeds::over_seeds;
pub use transport::arrival;
pub use week::{Report, live_through};

use crate::random::Random;
use folkmoot_node::{
    api::{Failure, Response},
    keystore::Keystore,
    service::{Input, Output, RequestId, Service},
    store::Store,
};
use folkmoot_protocol::{id::*, op::SignedOp};
use network::{IDLE_MS, Network};
use std::collections::BTreeMap;

/// When simulated time begins, in ms since 1970.
const START_MS: u64 = 1_800_000_000_000;
const TICK_MS: u64 = 500;
/// In so long two nodes have greeted each other.
const HELLO_MS: u64 = 4_000;

/// Something that will happen.
#[derive(Debug)]
enum Event {
    Input {
        node: usize,
        input: Box<Input>,
    },
    Deliver {
        link: u64,
        to: usize,
        body: Vec<u8>,
    },
    /// A node reads on.
    Read {
        link: u64,
        to: usize,
    },
    Tick {
        node: usize,
        life: u32,
    },
    Restart {
        node: usize,
    },
    Idle {
        link: u64,
    },
    Closed {
        link: u64,
        reason: String,
    },
    DiskFreed {
        node: usize,
    },
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
    /// How often it was started.
    life: u32,
    slow: bool,
    dying: Option<Dying>,
    villain: Option<Villain>,
}

/// How a machine loses its memory while it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dying {
    BeforeCommit,
    AfterCommit,
}

/// The simulated world.
pub struct Sim {
    /// What everything follows from.
    pub seed: u64,
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
    /// Why peers were dropped, and how often.
    pub dropped: BTreeMap<String, u64>,
    /// Most bytes that were ever under way on one connection in one direction, sent by an honest machine.
    pub most_under_way: usize,
    /// What tellers precommitted over any line, if somebody listens.
    heard: Option<coop::Heard>,
    /// A hash over all that happened: two runs of one seed end with the same.
    pub trace: blake3::Hasher,
}

impl Sim {
    /// `people` honest machines without a co-op, and the hostile ones of the plan after them.
    pub fn new(seed: u64, people: usize, faults: Faults) -> Self {
        let hostile = faults.hostile.clone();
        let mut sim = Self {
            seed,
            random: Random::new(seed),
            now: START_MS,
            machines: vec![],
            network: Network::new(faults),
            queue: BTreeMap::new(),
            next_event: 0,
            next_request: 0,
            acknowledged: vec![],
            fired: BTreeMap::new(),
            dropped: BTreeMap::new(),
            most_under_way: 0,
            heard: None,
            trace: blake3::Hasher::new(),
        };
        for i in 0..people {
            let keys = Keystore::in_memory(&format!("Person {i}"), sim.random.bytes());
            sim.add(keys);
        }
        for malice in hostile {
            sim.add_hostile(malice);
        }
        sim
    }

    /// Adds a machine with these keys; answers its number.
    pub fn add(&mut self, keys: Keystore) -> usize {
        let service = Service::open(Store::in_memory().expect("memory"), keys).expect("a fresh store opens");
        let node = self.add_service(service);
        self.wake(node);
        node
    }

    fn add_service(&mut self, service: Service) -> usize {
        let name = format!("machine {}", self.machines.len());
        let answers = BTreeMap::new();
        self.machines.push(Machine { service: Some(service), disk: None, name, answers, clock_ahead_ms: 0, life: 0, slow: false, dying: None, villain: None });
        self.machines.len() - 1
    }

    fn add_hostile(&mut self, malice: Malice) {
        let keys = Keystore::in_memory(malice.name(), self.random.bytes());
        let foreign = another_coop(&mut self.random);
        self.add_villain(malice, keys, foreign);
    }

    /// Adds a machine whose owner means harm. `foreign`: operations of another co-op.
    fn add_villain(&mut self, malice: Malice, keys: Keystore, foreign: Vec<SignedOp>) {
        let key = keys.key().clone();
        let node = self.add(keys);
        self.machines[node].name = malice.name().into();
        self.machines[node].villain = Some(Villain::new(malice, key, Random::new(self.random.bits()), foreign));
    }

    fn wake(&mut self, node: usize) {
        self.machines[node].life += 1;
        let life = self.machines[node].life;
        self.input(node, Input::Listening { addresses: vec![address(node)] });
        self.later(TICK_MS, Event::Tick { node, life });
    }

    /// Has the hostile hold back for a while, or no longer.
    pub fn be_good(&mut self, good: bool) {
        self.machines.iter_mut().filter_map(|machine| machine.villain.as_mut()).for_each(|villain| villain.good = good);
    }

    /// Takes down how often each hostile machine did harm.
    pub fn count_harm(&mut self) {
        for machine in &self.machines {
            if let Some(villain) = &machine.villain {
                for (what, times) in villain.deeds() {
                    *self.fired.entry(what).or_insert(0) += times;
                }
            }
        }
    }

    /// The plan of faults.
    pub fn faults(&self) -> &Faults {
        &self.network.faults
    }

    /// How many machines there are.
    pub fn machines(&self) -> usize {
        self.machines.len()
    }

    /// The machines whose owners mean no harm.
    pub fn honest(&self) -> Vec<usize> {
        (0..self.machines()).filter(|node| self.machines[*node].villain.is_none()).collect()
    }

    /// The node on a machine that is up.
    pub fn service(&self, node: usize) -> &Service {
        self.machines[node].service.as_ref().expect("the machine is up")
    }

    /// Whether a machine is up.
    pub fn is_up(&self, node: usize) -> bool {
        self.machines[node].service.is_some()
    }

    /// Lets time pass.
    pub fn run_for(&mut self, ms: u64) {
        let end = self.now + ms;
        while self.queue.first_key_value().is_some_and(|((at, _), _)| *at <= end) {
            self.step();
        }
        self.now = end;
    }

    /// Notes that a fault fired.
    pub fn fire(&mut self, fault: &'static str) {
        *self.fired.entry(fault).or_insert(0) += 1;
    }

    /// Feeds an input to a node now.
    pub fn input(&mut self, node: usize, input: Input) {
        let machine = &mut self.machines[node];
        let now = self.now.saturating_add_signed(machine.clock_ahead_ms);
        let Some(service) = machine.service.as_mut() else { return };
        match machine.dying.take() {
            None => {
                let outputs = service.handle(input, now);
                outputs.into_iter().for_each(|output| self.carry_out(node, output));
            }
            Some(how) => {
                // Whether it was written or not: nobody is told.
                if how == Dying::BeforeCommit {
                    service.store().limit_growth(Some(0)).expect("a limit");
                }
                drop(service.handle(input, now));
                self.fire(if how == Dying::BeforeCommit { "crash before a commit" } else { "crash after a commit" });
                self.crash_and_return(node);
            }
        }
    }

    fn later(&mut self, after_ms: u64, event: Event) {
        self.next_event += 1;
        self.queue.insert((self.now + after_ms, self.next_event), event);
    }

    fn step(&mut self) -> bool {
        let Some(((at, _), event)) = self.queue.pop_first() else { return false };
        self.now = self.now.max(at);
        self.note(&event);
        match event {
            Event::Input { node, input } => self.input(node, *input),
            Event::Deliver { link, to, body } => self.arrive(link, to, body),
            Event::Read { link, to } => self.read(link, to),
            Event::Tick { node, life } => self.tick(node, life),
            Event::Restart { node } => self.restart(node),
            Event::Idle { link } => {
                if self.network.severed().contains(&link) {
                    self.break_link(link);
                }
            }
            Event::Closed { link, reason } => self.closed(link, &reason),
            Event::DiskFreed { node } => self.free_disk(node),
        }
        true
    }

    /// Puts what happens into the trace.
    fn note(&mut self, event: &Event) {
        self.trace.update(&self.now.to_be_bytes());
        match event {
            Event::Deliver { link, to, body } => {
                self.trace.update(&link.to_be_bytes()).update(&to.to_be_bytes()).update(body);
            }
            Event::Tick { node, .. } | Event::Restart { node } | Event::Input { node, .. } | Event::DiskFreed { node } => {
                self.trace.update(&node.to_be_bytes());
            }
            Event::Idle { link } | Event::Read { link, .. } | Event::Closed { link, .. } => {
                self.trace.update(&link.to_be_bytes());
            }
        }
    }

    fn tick(&mut self, node: usize, life: u32) {
        if !self.is_up(node) || self.machines[node].life != life {
            return;
        }
        self.input(node, Input::Tick);
        self.later(TICK_MS, Event::Tick { node, life });
        self.do_harm(node);
    }

    fn do_harm(&mut self, node: usize) {
        let Some(mut villain) = self.machines[node].villain.take() else { return };
        if self.is_up(node) {
            if let Some(op) = villain.void(self.service(node)) {
                self.import(node, vec![op]);
            }
            for link in self.network.links_of(node) {
                if villain.waits_for_hello() && self.now < self.network.links[&link].since + HELLO_MS {
                    continue;
                }
                for body in villain.urge(self.service(node)) {
                    self.put_on_the_line(link, node, body);
                }
            }
        }
        self.machines[node].villain = Some(villain);
    }

    fn carry_out(&mut self, node: usize, output: Output) {
        match output {
            Output::Send { connection, body } => self.transmit(node, connection, body),
            Output::Read { connection, after_ms } => self.read_on(node, connection, after_ms),
            Output::Close { connection, reason } => self.close(node, connection, reason),
            Output::Dial { peer, addresses } => self.dial(node, peer, &addresses),
            Output::Reply { id, result } => drop(self.machines[node].answers.insert(id, result)),
            Output::Event(_) => {}
            Output::Stop { error } => panic!("seed {}: {} stopped: {error:?}", self.seed, self.machines[node].name),
        }
    }

    fn happens(&mut self, one_in: u64, fault: &'static str) -> bool {
        let happens = self.random.one_in_or_never(one_in);
        if happens {
            self.fire(fault);
        }
        happens
    }
}

fn address(node: usize) -> String {
    format!("127.0.0.1:{}", 1000 + node)
}
