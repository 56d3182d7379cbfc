//! Three nodes under steady traffic: people write, answer, edit, react and erase, and every few seconds it is
//! taken down how much memory and disk each node takes. What a node keeps of an operation is on the disk, so its
//! memory must stay where it is once its caches are full.

use super::{
    fixture::Fixture,
    now_ms,
    process::{Cores, NodeProcess},
};
use folkmoot_node::{
    api::{Draft, Request, Response, Status},
    store::{FILE_NAME, Store},
};
use folkmoot_protocol::{act::Mark, document::Key, id::*};
use folkmoot_tests::random::Random;
use std::{
    collections::{BTreeMap, VecDeque},
    fmt::Write as _,
    fs,
    io::Write as _,
    path::PathBuf,
    time::{Duration, Instant},
};

const NODES: usize = 3;
/// Taken in at the start, so that the caches are full.
const OPERATIONS: u64 = 20_000;
/// Time between two things that are written.
const PACE: Duration = Duration::from_millis(160);
const SAMPLE_EVERY: Duration = Duration::from_secs(5);
/// Documents that people still answer and mark.
const IN_TALK: usize = 400;
const PATIENCE: Duration = Duration::from_secs(60);

/// Over the second half of the run, fitted: most that a node's own memory may grow by.
const MOST_MEMORY_GROWTH: f64 = 2e6;
/// Most that the log may grow by in that time, and ever have.
const MOST_LOG_GROWTH: f64 = 1e6;
const MOST_LOG: f64 = 16e6;
/// Most that the file may grow by for one operation: its payload, its row, its words and its indexes.
const MOST_FILE_PER_OPERATION: f64 = 3_000.0;

/// One look at one node.
#[derive(Clone, Copy)]
struct Sample {
    seconds: f64,
    own: f64,
    resident: f64,
    log: f64,
    file: f64,
    admitted: f64,
}

/// Something that was written and is not erased.
#[derive(Clone, Copy)]
struct Talk {
    document: DocumentId,
    node: usize,
}

/// Runs for so many minutes; says whether nothing grew.
pub(crate) async fn run(minutes: f64) -> bool {
    let fixture = Fixture::new(OPERATIONS);
    let mut nodes = start(&fixture).await;
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("steady.csv");
    let mut csv = fs::File::create(&path).expect("the target folder is writable");
    writeln!(csv, "seconds,node,own,resident,log,file,admitted,waiting,backlog").expect("a line");
    println!("samples go to {}", path.display());
    let mut samples: Vec<Vec<Sample>> = vec![vec![]; NODES];
    let mut traffic = Traffic::new(&fixture);
    let (since, end) = (Instant::now(), Duration::from_secs_f64(minutes * 60.0));
    let mut next_sample = Duration::ZERO;
    let mut pace = tokio::time::interval(PACE);
    while since.elapsed() < end {
        pace.tick().await;
        traffic.write(&mut nodes).await;
        if since.elapsed() >= next_sample {
            next_sample += SAMPLE_EVERY;
            for (n, node) in nodes.iter_mut().enumerate() {
                let (sample, status) = look(node, since).await;
                samples[n].push(sample);
                writeln!(csv, "{}", line(n, &sample, &status)).expect("a line");
            }
        }
    }
    println!("{} written, {} refused (not there yet, or gone)", traffic.written, traffic.refused);
    agree(&mut nodes).await;
    let fine: Vec<bool> = samples.iter().enumerate().map(|(n, samples)| judge(n, samples)).collect();
    for node in nodes {
        node.stop().await;
    }
    fine.into_iter().all(|fine| fine)
}

async fn start(fixture: &Fixture) -> Vec<NodeProcess> {
    let mut nodes: Vec<NodeProcess> = vec![];
    let mut known: Vec<(DeviceId, Vec<String>)> = vec![];
    for n in 0..NODES {
        let folder = fixture.empty(n);
        let mut store = Store::open(&folder).expect("the store opens");
        for (device, addresses) in &known {
            store.learn_peer(*device, addresses, true).expect("an address is kept");
        }
        drop(store);
        let mut node = NodeProcess::start(&folder, Cores::All).await;
        node.ask(Request::Import { path: fixture.file() }).await;
        let status = node.status().await;
        known.push((status.device, status.addresses));
        nodes.push(node);
    }
    agree(&mut nodes).await;
    nodes
}

/// Waits until every node has the same as every other.
async fn agree(nodes: &mut [NodeProcess]) {
    let since = Instant::now();
    loop {
        let mut open = 0;
        for node in nodes.iter_mut() {
            let status = node.status().await;
            let same = status.peers.iter().filter(|peer| peer.connected && peer.shared > 0 && peer.agree == peer.shared && peer.backlog == 0).count();
            open += (NODES - 1).saturating_sub(same) + status.pending;
        }
        if open == 0 {
            return;
        }
        assert!(since.elapsed() < PATIENCE, "the nodes do not come to agree");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

struct Traffic {
    random: Random,
    spaces: Vec<SpaceId>,
    talk: VecDeque<Talk>,
    written: u64,
    refused: u64,
}

impl Traffic {
    fn new(fixture: &Fixture) -> Self {
        Self { random: Random::new(now_ms()), spaces: fixture.workload.spaces.clone(), talk: VecDeque::new(), written: 0, refused: 0 }
    }

    /// Has somebody write something.
    async fn write(&mut self, nodes: &mut [NodeProcess]) {
        let node = self.random.below(NODES as u64) as usize;
        let text = "word ".repeat(20 + self.random.below(100) as usize);
        let talk: Vec<Talk> = self.talk.iter().copied().collect();
        let own: Vec<Talk> = talk.iter().copied().filter(|talk| talk.node == node).collect();
        let (any, own) = (self.random.pick(&talk).copied(), self.random.pick(&own).copied());
        let draft = match (self.random.below(100), any, own) {
            (0..30, Some(any), _) => Draft::Comment { on: any.document, text, origin: None },
            (30..60, Some(any), _) => Draft::React { document: any.document, mark: if self.random.one_in(4) { Mark::Down } else { Mark::Up } },
            (60..72, _, Some(own)) => Draft::Edit { document: own.document, at: None, fields: BTreeMap::from([(Key::Text, text)]) },
            (72..80, _, Some(own)) => {
                self.talk.retain(|talk| talk.document != own.document);
                Draft::Erase { document: own.document }
            }
            _ => {
                let community = *self.random.pick(&self.spaces).expect("there are spaces");
                Draft::Post { community, title: format!("Post {}", self.written), text, url: None, origin: None }
            }
        };
        let begins = matches!(draft, Draft::Post { .. } | Draft::Comment { .. });
        match nodes[node].try_ask(Request::Submit { drafts: vec![draft] }).await {
            Some(Response::Written { written }) => {
                self.written += 1;
                self.talk.extend(written.first().filter(|_| begins).map(|written| Talk { document: written.id, node }));
                self.talk.drain(..self.talk.len().saturating_sub(IN_TALK));
            }
            _ => self.refused += 1,
        }
    }
}

async fn look(node: &mut NodeProcess, since: Instant) -> (Sample, Status) {
    let status = node.status().await;
    let size = |rest: &str| fs::metadata(node.folder().join(format!("{FILE_NAME}{rest}"))).map_or(0, |file| file.len()) as f64;
    let sample = Sample {
        seconds: since.elapsed().as_secs_f64(),
        own: node.own_memory() as f64,
        resident: node.resident() as f64,
        log: size("-wal"),
        file: size(""),
        admitted: status.counters.admitted as f64,
    };
    (sample, status)
}

fn line(n: usize, sample: &Sample, status: &Status) -> String {
    let mut line = String::new();
    let backlog: usize = status.peers.iter().map(|peer| peer.backlog).sum();
    let Sample { seconds, own, resident, log, file, admitted } = sample;
    let _ = write!(line, "{seconds:.1},{n},{own},{resident},{log},{file},{admitted},{},{backlog}", status.pending);
    line
}

/// Judges the second half of a run.
fn judge(n: usize, samples: &[Sample]) -> bool {
    let half = &samples[samples.len() / 2..];
    let (Some(first), Some(last)) = (half.first(), half.last()) else { return false };
    let lasted = last.seconds - first.seconds;
    let own = slope(half, |sample| sample.own) * lasted;
    let log = slope(half, |sample| sample.log) * lasted;
    let most_log = samples.iter().map(|sample| sample.log).fold(0.0, f64::max);
    let (file, operations) = (last.file - first.file, last.admitted - first.admitted);
    let fine = own <= MOST_MEMORY_GROWTH && log <= MOST_LOG_GROWTH && most_log <= MOST_LOG && file <= operations * MOST_FILE_PER_OPERATION;
    println!(
        "node {n}: {operations} operations in the last {:.1} min; own memory {:.1} -> {:.1} MB, fitted {:+.2} MB; resident {:.1} MB; log {:.1} MB at most, fitted {:+.2} MB; file {:+.2} MB, {:.0} B per operation: {}",
        lasted / 60.0,
        first.own / 1e6,
        last.own / 1e6,
        own / 1e6,
        last.resident / 1e6,
        most_log / 1e6,
        log / 1e6,
        file / 1e6,
        file / operations.max(1.0),
        if fine { "nothing grows" } else { "IT GROWS" },
    );
    fine
}

/// The slope of the straight line through the samples that has the least squares.
fn slope(samples: &[Sample], of: impl Fn(&Sample) -> f64) -> f64 {
    let n = samples.len() as f64;
    let mean = |of: &dyn Fn(&Sample) -> f64| samples.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(&|sample| sample.seconds), mean(&of));
    let over: f64 = samples.iter().map(|sample| (sample.seconds - x) * (of(sample) - y)).sum();
    let under: f64 = samples.iter().map(|sample| (sample.seconds - x).powi(2)).sum();
    over / under
}
