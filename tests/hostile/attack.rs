//! The attacker's process: a device of the co-op that runs the honest service and bends what leaves it.

use folkmoot_node::{
    keystore::Keystore,
    service::{ConnectionId, Input, Output, RequestId, Service, Source},
    store::Store,
};
use folkmoot_protocol::{
    id::DeviceId,
    wire::{ALPN, FrameDecoder, frame},
};
use folkmoot_tests::{
    random::Random,
    sim::{Malice, Villain, another_coop, arrival},
};
use iroh::{
    Endpoint, EndpointAddr, EndpointId, RelayMode, SecretKey, TransportAddr,
    endpoint::{Connection, PortmapperConfig, RecvStream, SendStream, presets},
};
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::time::{sleep, timeout};

/// What an attacker does.
pub struct Behaviour {
    pub name: &'static str,
    pub malice: Malice,
    /// Which kind of flood.
    pub flood: u64,
    /// What `peers` says of it in the end.
    pub reason: &'static str,
    /// It is dropped at once, not after a while.
    pub at_once: bool,
}

const fn behaviour(name: &'static str, malice: Malice, flood: u64, reason: &'static str, at_once: bool) -> Behaviour {
    Behaviour { name, malice, flood, reason, at_once }
}

const FLOODS: &str = "floods this node";

/// All of them. A flood of the smallest frames may end below us, in QUIC, which counts gaps. Who forks, or signs what
/// says nothing, harms nobody's connection: it stays, and its chain is closed, or its operations have no effect.
pub const BEHAVIOURS: [Behaviour; 14] = [
    behaviour("garbage", Malice::Garbage, 0, "no message", true),
    behaviour("stall", Malice::Stall, 0, "", false),
    behaviour("flood of probes", Malice::Flood, 0, "", false),
    behaviour("flood of wants", Malice::Flood, 1, "", false),
    behaviour("flood of wanted forks", Malice::Flood, 2, FLOODS, false),
    behaviour("flood of digests", Malice::Flood, 3, "", false),
    behaviour("flood of addresses", Malice::Flood, 4, FLOODS, false),
    behaviour("flood of ranges", Malice::Flood, 5, "does not come to an end", true),
    behaviour("flood of operations", Malice::Flood, 6, FLOODS, false),
    behaviour("lie", Malice::Lie, 0, "dropped: ", false),
    behaviour("withhold", Malice::Withhold, 0, "does not send what it says it has", false),
    behaviour("fork", Malice::Fork, 0, "", false),
    behaviour("replay", Malice::Replay, 0, "it belongs to another co-op", true),
    behaviour("void", Malice::Void, 0, "", false),
];

/// What was done, as the attacker's process says it on its last line.
#[derive(Default)]
pub struct Done {
    pub connections: u64,
    pub messages: u64,
    pub bytes: u64,
}

const TICK: Duration = Duration::from_millis(100);
const READ_BYTES: usize = 64 * 1024;

/// `NAME FOLDER PEER ADDRESS SECONDS`
pub fn run(words: &[String]) {
    let [name, folder, peer, address, seconds] = words else { panic!("attack NAME FOLDER PEER ADDRESS SECONDS") };
    let behaviour = BEHAVIOURS.iter().find(|behaviour| behaviour.name == name).unwrap();
    let until = Instant::now() + Duration::from_secs(seconds.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let done = runtime.block_on(async {
        let mut attacker = Attacker::new(behaviour, Path::new(folder)).await;
        attacker.attack(peer.parse().unwrap(), address, until).await;
        attacker.done
    });
    println!("{} {} {}", done.connections, done.messages, done.bytes);
    runtime.shutdown_background();
}

struct Attacker {
    endpoint: Endpoint,
    folder: PathBuf,
    service: Service,
    villain: Villain,
    random: Random,
    next: u64,
    done: Done,
}

impl Attacker {
    async fn new(behaviour: &Behaviour, folder: &Path) -> Self {
        let key = Keystore::open(folder, None).unwrap().key().clone();
        let endpoint = Endpoint::builder(presets::Minimal)
            .secret_key(SecretKey::from_bytes(&key.to_bytes()))
            .alpns(vec![ALPN.to_vec()])
            .relay_mode(RelayMode::Disabled)
            .portmapper_config(PortmapperConfig::Disabled)
            .clear_ip_transports()
            .bind_addr("127.0.0.1:0")
            .unwrap()
            .bind()
            .await
            .unwrap();
        let mut random = Random::new(7);
        let foreign = another_coop(&mut random);
        let mut villain = Villain::new(behaviour.malice, key, Random::new(11), foreign);
        villain.specialise(behaviour.flood);
        Self { endpoint, folder: folder.to_owned(), service: open(folder), villain, random, next: 0, done: Done::default() }
    }

    /// Attacks, and comes back as often as it is dropped.
    async fn attack(&mut self, peer: DeviceId, address: &str, until: Instant) {
        let target = EndpointAddr::from_parts(EndpointId::from_bytes(&peer.0).unwrap(), [TransportAddr::Ip(address.parse().unwrap())]);
        while Instant::now() < until {
            if let Ok(Ok(connection)) = timeout(Duration::from_secs(5), self.endpoint.connect(target.clone(), ALPN)).await {
                self.done.connections += 1;
                let left = until.saturating_duration_since(Instant::now());
                let _ = timeout(left, self.harass(&connection, peer)).await;
                connection.close(0u32.into(), b"");
            }
            sleep(Duration::from_millis(200)).await;
        }
    }

    async fn harass(&mut self, connection: &Connection, peer: DeviceId) -> Option<()> {
        // It holds nothing against the victim from before.
        self.service = open(&self.folder);
        let (mut send, mut receive) = connection.open_bi().await.ok()?;
        let id = ConnectionId(self.next);
        self.next += 1;
        let mut decoder = FrameDecoder::new();
        let mut buffer = vec![0; READ_BYTES];
        self.feed(Input::Connected { connection: id, peer, dialled: true }, &mut send).await?;
        let greeted = Instant::now() + Duration::from_millis(500);
        let pace = if self.villain.malice == Malice::Flood { Duration::from_millis(1) } else { TICK };
        let mut ticks = tokio::time::interval(pace);
        loop {
            let reads = self.villain.reads() || Instant::now() < greeted;
            tokio::select! {
                read = read(&mut receive, &mut buffer), if reads => {
                    decoder.push(&buffer[..read?]);
                    while let Some(body) = decoder.next_frame().ok()? {
                        self.feed(arrival(id, &body), &mut send).await?;
                    }
                }
                reason = connection.closed() => { eprintln!("{reason}"); return None; }
                _ = ticks.tick() => {
                    if self.villain.malice != Malice::Garbage && Instant::now() < greeted {
                        continue;
                    }
                    if let Some(op) = self.villain.void(&self.service) {
                        let operations = vec![op.verify().map_err(|error| error.to_string())];
                        self.feed(Input::Operations { source: Source::File(RequestId(0)), operations }, &mut send).await?;
                    }
                    for body in self.villain.urge(&self.service) {
                        self.write(body, &mut send).await?;
                    }
                    self.feed(Input::Tick, &mut send).await?;
                }
            }
        }
    }

    /// Has the honest service under it take something in, and bends what it says.
    async fn feed(&mut self, input: Input, send: &mut SendStream) -> Option<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
        for output in self.service.handle(input, now) {
            // Nothing else it wants is done: what it thinks of the victim, after all these lies, is no matter.
            let Output::Send { connection, body } = output else { continue };
            let bytes = body.len();
            // One victim is alone: the other branch of a fork is for it, every other time.
            let shown = ConnectionId(self.random.below(4));
            for body in self.villain.bend(shown, body, &self.service) {
                self.write(body, send).await?;
            }
            let _ = self.service.handle(Input::Sent { connection, bytes }, now);
        }
        Some(())
    }

    async fn write(&mut self, body: Vec<u8>, send: &mut SendStream) -> Option<()> {
        self.done.messages += 1;
        self.done.bytes += body.len() as u64;
        send.write_all(&frame(&body)).await.ok()
    }
}

fn open(folder: &Path) -> Service {
    Service::open(Store::open(folder).unwrap(), Keystore::open(folder, None).unwrap()).unwrap()
}

async fn read(stream: &mut RecvStream, buffer: &mut [u8]) -> Option<usize> {
    stream.read(buffer).await.ok().flatten()
}
