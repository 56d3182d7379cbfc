//! Nodes as processes: begun, waited for, ended.

use super::{Cluster, unexpected};
use crate::{
    Config,
    api::{Failure, Request, Response, Status},
    client::Client,
};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    os::unix::{ffi::OsStrExt, process::CommandExt},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const LOG: &str = "node.log";
/// A node that does not listen by then will not.
const START_PATIENCE: Duration = Duration::from_secs(20);
/// A node that was asked to end and has not by then is made to.
const END_PATIENCE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(10);
const TAIL_BYTES: u64 = 4096;
const TAIL_LINES: usize = 8;

impl Cluster {
    /// Starts nodes and waits until they listen. Nodes that are kept apart are told before others start.
    pub async fn start(&mut self, places: &[usize]) -> Result<(), Failure> {
        for at in places {
            self.spawn(*at)?;
            if !self.groups().is_empty() {
                self.ready(*at).await?;
                self.tell_whom_to_refuse(&[*at]).await?;
            }
        }
        for at in places {
            self.ready(*at).await?;
        }
        self.save()
    }

    fn spawn(&mut self, at: usize) -> Result<(), Failure> {
        let (folder, name) = (self.node_folder(at), self.name(at).to_owned());
        if is_at_work(&folder) {
            return Err(Failure::new("running", format!("the node {name} runs already"), "see `folkmoot cluster status`"));
        }
        let failed = |error: std::io::Error| {
            Failure::new(
                "process",
                format!("cannot start the node {name}: {error}"),
                "check that the folder is writable and the machine has room for another process",
            )
        };
        let log = File::options().create(true).append(true).open(folder.join(LOG)).map_err(failed)?;
        let mut command = Command::new(&self.program);
        command.arg("--data").arg(&folder).args(["run", "--json", "--listen", "127.0.0.1:0"]);
        command.stdin(Stdio::null()).stdout(log.try_clone().map_err(failed)?).stderr(log);
        if self.detached {
            command.process_group(0);
        }
        let child = command.spawn().map_err(failed)?;
        if let Some(node) = self.record.nodes.get_mut(at) {
            node.pid = Some(child.id());
        }
        self.children.insert(at, child);
        Ok(())
    }

    /// Waits until a node that was just started answers.
    async fn ready(&mut self, at: usize) -> Result<Status, Failure> {
        let (folder, name) = (self.node_folder(at), self.name(at).to_owned());
        let since = Instant::now();
        loop {
            if let Some(status) = status_of(&folder).await {
                return Ok(status);
            }
            let ended = self.children.get_mut(&at).and_then(|child| child.try_wait().ok().flatten());
            if let Some(status) = ended {
                return Err(Failure::new("node", format!("the node {name} ended as it started ({status})"), &log_hint(&folder, "start it again")));
            }
            if since.elapsed() > START_PATIENCE {
                return Err(Failure::new("node", format!("the node {name} does not answer"), &log_hint(&folder, "start it again")));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Ends nodes cleanly: each is asked to, and made to where it does not. One that is silent hears no signal either.
    pub async fn stop(&mut self, places: &[usize]) -> Result<(), Failure> {
        for at in places {
            // One that ends before its answer has left ends all the same.
            let asked = self.ask(*at, Request::Shutdown).await;
            if asked.is_err_and(|failure| failure.code == "no-answer") {
                self.kill(*at).await?;
            }
        }
        for at in places {
            if !self.gone(*at, END_PATIENCE).await {
                self.signal(*at, Signal::TERM)?;
            }
            if !self.gone(*at, END_PATIENCE).await {
                self.kill(*at).await?;
            }
            self.forget_process(*at);
        }
        self.save()
    }

    /// Ends a node as a loss of power would. Answers which process it was.
    pub async fn kill(&mut self, at: usize) -> Result<u32, Failure> {
        let pid = self.signal(at, Signal::KILL)?;
        if !self.gone(at, END_PATIENCE).await {
            return Err(Failure::new("process", format!("the node {} does not end (process {pid})", self.name(at)), "look for it with `ps`"));
        }
        self.forget_process(at);
        self.save()?;
        Ok(pid)
    }

    /// Lets the nodes run on when this value goes.
    pub fn let_go(&mut self) {
        self.children.clear();
    }

    fn signal(&self, at: usize, signal: Signal) -> Result<u32, Failure> {
        let name = self.name(at);
        if !self.is_running(at) {
            return Err(Failure::new("not-running", format!("the node {name} does not run"), &format!("start it with `folkmoot cluster restart {name}`")));
        }
        let pid = self.nodes().get(at).and_then(|node| node.pid).filter(|pid| is_node(*pid, &self.node_folder(at)));
        let Some(pid) = pid else {
            return Err(Failure::new("process", format!("the node {name} was not started by this cluster"), "end it where it was started"));
        };
        let target = i32::try_from(pid).ok().and_then(Pid::from_raw);
        let sent = target.map_or(Err(rustix::io::Errno::SRCH), |target| kill_process(target, signal));
        sent.map_err(|error| Failure::new("process", format!("cannot end the node {name} (process {pid}): {error}"), "see whether it is yours"))?;
        Ok(pid)
    }

    /// Whether a node's process has ended, within some time.
    async fn gone(&mut self, at: usize, patience: Duration) -> bool {
        let folder = self.node_folder(at);
        let since = Instant::now();
        loop {
            let own = self.children.get_mut(&at).is_none_or(|child| !matches!(child.try_wait(), Ok(None)));
            if own && !is_at_work(&folder) {
                return true;
            }
            if since.elapsed() > patience {
                return false;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    fn forget_process(&mut self, at: usize) {
        self.children.remove(&at);
        if let Some(node) = self.record.nodes.get_mut(at) {
            node.pid = None;
        }
    }

    /// How a node that runs stands.
    pub async fn status_of(&self, at: usize) -> Result<Status, Failure> {
        match self.ask(at, Request::Status).await? {
            Response::Status(status) => Ok(*status),
            _ => Err(unexpected(self.name(at))),
        }
    }
}

async fn status_of(folder: &Path) -> Option<Status> {
    let mut client = Client::running(&Config::new(folder)).await?;
    match client.call(Request::Status).await {
        Ok(Response::Status(status)) => Some(*status),
        _ => None,
    }
}

/// Whether a process is the node of a folder: a number of long ago may be another program's by now. Where the
/// system does not tell, it is taken to be.
fn is_node(pid: u32, folder: &Path) -> bool {
    match fs::read(format!("/proc/{pid}/cmdline")) {
        Ok(words) => words.split(|byte| *byte == 0).any(|word| word == folder.as_os_str().as_bytes()),
        Err(_) => !Path::new("/proc/self").exists(),
    }
}

/// Whether some process holds a data folder.
pub(super) fn is_at_work(folder: &Path) -> bool {
    folder.exists() && crate::node::lock(folder).is_err_and(|failure| failure.code == "in-use")
}

/// What to do, with the end of a node's log where there is one.
pub(super) fn log_hint(folder: &Path, advice: &str) -> String {
    let path = folder.join(LOG);
    match tail(&path) {
        Some(tail) if !tail.is_empty() => format!("{advice}; its log {} ends with:\n{tail}", path.display()),
        _ => advice.to_owned(),
    }
}

fn tail(path: &Path) -> Option<String> {
    let mut file = File::open(path).ok()?;
    let length = fs::metadata(path).ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES))).ok()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    Some(lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n"))
}
