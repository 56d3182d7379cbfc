//! Nodes as processes of their own: this very program, acting as `folkmoot`, so that the memory and the time that
//! are measured are those of a node and of nothing else.

use folkmoot_node::{
    Config,
    api::{Request, Response, Status},
    client::Client,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

/// Set for a process that is to be `folkmoot`.
const ACT: &str = "FOLKMOOT_BENCH_ACTS";
/// Set for one that is to keep to the first core.
const PINNED: &str = "FOLKMOOT_BENCH_PINNED";
const START_PATIENCE: Duration = Duration::from_secs(60);
/// Of the kernel's account of processor time; Linux has had 100 on every platform for decades.
const TICKS_PER_SECOND: f64 = 100.0;

/// Becomes `folkmoot` where this process was started for that.
pub(crate) fn act() -> Option<ExitCode> {
    std::env::var_os(ACT)?;
    if std::env::var_os(PINNED).is_some() {
        pin();
    }
    Some(folkmoot_node::cli::main())
}

/// Keeps this process, and the threads that it will have, to the first core.
fn pin() {
    let mut cores = rustix::thread::CpuSet::new();
    cores.set(0);
    rustix::thread::sched_setaffinity(None, &cores).expect("a process may give up cores");
}

/// Processor time that this thread has used.
pub(crate) fn own_processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// How many cores a node may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cores {
    One,
    All,
}

/// A command that runs `folkmoot` on a data folder.
pub(crate) fn folkmoot(folder: &Path, cores: Cores) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a program knows where it is"));
    command.env(ACT, "1").env_remove("FOLKMOOT_PASSPHRASE").arg("--data").arg(folder).stdin(Stdio::null());
    if cores == Cores::One {
        command.env(PINNED, "1").env("RAYON_NUM_THREADS", "1").env("TOKIO_WORKER_THREADS", "1");
    }
    command
}

/// A node that runs.
pub(crate) struct NodeProcess {
    child: Child,
    folder: PathBuf,
    client: Client,
}

impl NodeProcess {
    /// Starts a node on a folder and waits until it answers.
    pub(crate) async fn start(folder: &Path, cores: Cores) -> Self {
        let log = fs::File::create(folder.join("node.log")).expect("the folder takes a log");
        let mut command = folkmoot(folder, cores);
        command.args(["run", "--json", "--listen", "127.0.0.1:0"]).stdout(Stdio::null()).stderr(log);
        let mut child = command.spawn().expect("a node starts");
        let since = Instant::now();
        let client = loop {
            if let Some(client) = Client::running(&Config::new(folder)).await {
                break client;
            }
            let ended = child.try_wait().expect("a child can be waited for");
            assert!(ended.is_none() && since.elapsed() < START_PATIENCE, "a node does not start: see {}/node.log", folder.display());
            tokio::time::sleep(Duration::from_millis(2)).await;
        };
        Self { child, folder: folder.to_owned(), client }
    }

    /// Asks it.
    pub(crate) async fn ask(&mut self, request: Request) -> Response {
        self.client.call(request).await.unwrap_or_else(|failure| panic!("the node on {} refused: {failure} ({})", self.folder.display(), failure.hint))
    }

    /// Asks it for something that it may refuse.
    pub(crate) async fn try_ask(&mut self, request: Request) -> Option<Response> {
        self.client.call(request).await.ok()
    }

    pub(crate) async fn status(&mut self) -> Status {
        match self.ask(Request::Status).await {
            Response::Status(status) => *status,
            other => panic!("no status: {other:?}"),
        }
    }

    /// Operations held, in all spaces.
    pub(crate) async fn operations(&mut self) -> u64 {
        self.status().await.spaces.iter().map(|space| space.operations).sum()
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Resident memory in bytes.
    pub(crate) fn resident(&self) -> u64 {
        self.kilobytes("VmRSS:") * 1024
    }

    /// Of that, what is its own: neither program text nor files that are read through memory.
    pub(crate) fn own_memory(&self) -> u64 {
        self.kilobytes("RssAnon:") * 1024
    }

    /// The most that was ever resident, in bytes.
    pub(crate) fn peak(&self) -> u64 {
        self.kilobytes("VmHWM:") * 1024
    }

    /// Processor time that it has used, in seconds.
    pub(crate) fn processor_seconds(&self) -> f64 {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("Linux has /proc");
        let after_name = text.rsplit(") ").next().expect("a name in brackets");
        let field = |n: usize| after_name.split(' ').nth(n).and_then(|ticks| ticks.parse::<f64>().ok()).expect("a number of ticks");
        // Fields 14 and 15 of the line, the name being the second.
        (field(11) + field(12)) / TICKS_PER_SECOND
    }

    fn kilobytes(&self, name: &str) -> u64 {
        let text = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("Linux has /proc");
        let line = text.lines().find_map(|line| line.strip_prefix(name)).expect("the kernel accounts for memory");
        line.trim().trim_end_matches(" kB").parse().expect("a number of kilobytes")
    }

    /// Ends it cleanly.
    pub(crate) async fn stop(mut self) {
        let _ = self.client.call(Request::Shutdown).await;
        let ended = tokio::task::spawn_blocking(move || self.child.wait()).await.expect("waiting").expect("a child can be waited for");
        assert!(ended.success(), "a node ended badly: {ended}");
    }
}
