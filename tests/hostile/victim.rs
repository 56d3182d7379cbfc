//! The victim and the honest, as processes of the real program, and how they are looked at from outside.

use crate::attack::{Behaviour, Done};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Mutex,
    time::{Duration, Instant},
};

const PATIENCE: Duration = Duration::from_secs(60);

/// Asks until it is so.
pub fn wait(what: &str, mut is: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A co-op with a community and two honest members.
pub struct Stand {
    root: tempfile::TempDir,
    pub alice: Home,
    pub bob: Home,
    pub community: String,
}

impl Stand {
    pub fn set_up() -> Self {
        let root = tempfile::tempdir().unwrap();
        let (alice, bob) = (Home::new(root.path(), "alice"), Home::new(root.path(), "bob"));
        alice.say(&["found", "Bread"]);
        alice.say(&["community", "create", "talk", "--title", "Talk"]);
        {
            let running = alice.start();
            bob.say(&["join", &running.invitation()]);
            let bob_runs = bob.start();
            wait("the community", || bob.try_say(&["community", "follow", "talk"]).is_ok());
            drop(bob_runs);
        }
        Self { root, alice, bob, community: "talk".into() }
    }
}

/// A member's data folder.
pub struct Home {
    folder: PathBuf,
}

impl Home {
    fn new(root: &Path, name: &str) -> Self {
        let home = Self { folder: root.join(name) };
        home.say(&["init", "--name", name]);
        home
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg("--data").arg(&self.folder).args(words).arg("--json");
        command
    }

    fn try_say(&self, words: &[&str]) -> Result<Value, String> {
        let said = self.command(words).output().unwrap();
        if !said.status.success() {
            return Err(String::from_utf8_lossy(&said.stderr).into_owned());
        }
        Ok(serde_json::from_slice(&said.stdout).unwrap_or(Value::Null))
    }

    fn say(&self, words: &[&str]) -> Value {
        self.try_say(words).unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }

    /// Starts the node.
    pub fn start(&self) -> Running<'_> {
        let mut process = self.command(&["run", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap());
        let mut ready = String::new();
        lines.read_line(&mut ready).unwrap();
        let ready: Value = serde_json::from_str(&ready).unwrap();
        // What it goes on to say is not of interest, but must not fill the pipe.
        std::thread::spawn(move || drop(std::io::copy(&mut lines, &mut std::io::sink())));
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Running { home: self, process, device: text(&ready["device"]), address: text(&ready["addresses"][0]) }
    }
}

/// A node that runs.
pub struct Running<'a> {
    home: &'a Home,
    process: Child,
    device: String,
    address: String,
}

/// What a process has used.
pub struct Usage {
    pub at: Instant,
    pub memory_kb: u64,
    pub processor_ms: u64,
}

impl Running<'_> {
    fn invitation(&self) -> String {
        self.home.say(&["invite"])["ticket"].as_str().unwrap().to_owned()
    }

    /// Whether so many peers have the same of every space.
    pub fn agrees_with(&self, peers: usize) -> bool {
        let status = self.home.say(&["status"]);
        status["spaces"].as_array().unwrap().iter().all(|space| space["agree"].as_u64() >= Some(peers as u64))
    }

    /// Resident memory and processor time, as Linux tells them.
    pub fn usage(&self) -> Usage {
        let file = |name: &str| std::fs::read_to_string(format!("/proc/{}/{name}", self.process.id())).unwrap();
        let memory = file("status").lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.trim().parse().ok());
        // Fields 14 and 15 of stat(5), counted from behind the name; a hundred ticks are a second.
        let stat = file("stat");
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Usage { at: Instant::now(), memory_kb: memory.unwrap(), processor_ms: ticks * 10 }
    }

    /// Posts here and waits until another node has it; answers how long that took.
    pub fn post(&self, community: &str, title: &str, other: &Running<'_>, patience: Duration) -> Duration {
        let posted = self.home.say(&["post", community, "--title", title, "--text", "Is anybody there?"]);
        let id = posted["id"].as_str().unwrap().to_owned();
        let begun = Instant::now();
        while other.home.try_say(&["thread", &id]).is_err() {
            assert!(begun.elapsed() < patience, "an honest post did not arrive: {title}");
            std::thread::sleep(Duration::from_millis(10));
        }
        begun.elapsed()
    }

    /// What `peers` says of a device.
    pub fn note_on(&self, device: &str) -> String {
        let peers = self.home.say(&["peers"]);
        let peers = peers["peers"].as_array().or(peers.as_array()).cloned().unwrap_or_default();
        let note = peers.iter().find(|peer| peer["device"].as_str() == Some(device)).and_then(|peer| peer["note"].as_str());
        note.unwrap_or_default().to_owned()
    }

    /// Whether everything on the disk checks out.
    pub fn is_sound(&self) -> bool {
        self.home.say(&["verify"])["faults"].as_array().is_some_and(Vec::is_empty)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Somebody who was let in and means harm.
pub struct Member {
    home: Home,
    pub device: String,
}

impl Member {
    pub fn join(stand: &Stand, name: &str, alice: &Running<'_>) -> Self {
        let home = Home::new(stand.root.path(), &name.replace(' ', "-"));
        home.say(&["join", &alice.invitation()]);
        {
            let running = home.start();
            wait("the community", || home.try_say(&["community", "follow", "talk"]).is_ok());
            wait("what was written", || running.agrees_with(1));
        }
        for i in 0..6 {
            home.say(&["post", "talk", "--title", &format!("Hello {i}"), "--text", "I mean harm."]);
        }
        let device = home.say(&["status"])["device"].as_str().unwrap().to_owned();
        Self { home, device }
    }

    /// Begins an attack.
    pub fn attack(&self, behaviour: &Behaviour, on: &Running<'_>, seconds: u64) -> Attacker {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .arg("attack")
            .arg(behaviour.name)
            .arg(&self.home.folder)
            .args([&on.device, &on.address, &seconds.to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = process.stdout.take().unwrap();
        Attacker { process: Mutex::new(process), said }
    }
}

/// The attacker's process.
pub struct Attacker {
    process: Mutex<Child>,
    said: std::process::ChildStdout,
}

impl Attacker {
    pub fn is_running(&self) -> bool {
        self.process.lock().unwrap().try_wait().unwrap().is_none()
    }

    /// What it says it did.
    pub fn report(mut self) -> Done {
        let mut said = String::new();
        self.said.read_to_string(&mut said).unwrap();
        let figures: Vec<u64> = said.lines().last().unwrap_or_default().split(' ').filter_map(|word| word.parse().ok()).collect();
        match figures[..] {
            [connections, messages, bytes] => Done { connections, messages, bytes },
            _ => panic!("the attacker broke: {said}"),
        }
    }
}
