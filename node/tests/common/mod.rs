//! What the tests of the built program share: members with their data folders, commands, running nodes.
//! Nothing waits for luck: whatever takes time is asked again until a deadline.
#![allow(dead_code, reason = "each suite uses a part of it")]

pub(crate) mod small_disk;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::{
    collections::HashSet,
    fs,
    io::{BufRead, BufReader, Read, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread::JoinHandle,
    time::{Duration, Instant},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_folkmoot");
/// The machine may be busy with something else; a healthy command takes a few hundredths of a second.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a command said.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Why a command was refused.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) error: String,
    pub(crate) code: String,
    pub(crate) hint: String,
}

impl Said {
    fn of(mut child: Child, what: &str) -> Self {
        let (out, err) = (swallow(child.stdout.take()), swallow(child.stderr.take()));
        let deadline = Instant::now() + PATIENCE;
        let code = loop {
            match child.try_wait().expect("it can be waited for") {
                Some(status) => break status.code(),
                None if Instant::now() > deadline => {
                    let _ = child.kill();
                    panic!("{what} does not end");
                }
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        };
        let said = Self { code, out: out.join().expect("it is read"), err: err.join().expect("it is read") };
        said.assert_calm(what);
        said
    }

    /// Nobody is ever shown a panic or a backtrace.
    fn assert_calm(&self, what: &str) {
        for word in ["panicked", "RUST_BACKTRACE", "stack backtrace"] {
            assert!(!self.out.contains(word) && !self.err.contains(word), "{what}: {}\n{}", self.out, self.err);
        }
    }

    /// The error on standard error, complete, with exit code 1.
    pub(crate) fn refusal(&self) -> Refusal {
        assert_eq!(self.code, Some(1), "{}\n{}", self.out, self.err);
        let last: Value = self.err.lines().last().and_then(|line| serde_json::from_str(line).ok()).unwrap_or_else(|| panic!("no error in {:?}", self.err));
        let field = |name: &str| last[name].as_str().filter(|text| !text.is_empty()).unwrap_or_else(|| panic!("no {name} in {last}")).to_owned();
        Refusal { error: field("error"), code: field("code"), hint: field("hint") }
    }
}

fn swallow(stream: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Somebody with keys in a data folder.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) folder: PathBuf,
}

impl Member {
    /// Makes keys in a folder of that name.
    pub(crate) fn new(within: &Path, name: &str) -> Self {
        let member = Self::at(within.join(name));
        member.done(&["init", "--name", name]);
        member
    }

    /// Whoever's folder it is.
    pub(crate) fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The program, about to say a command.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.arg("--json").arg("--data").arg(&self.folder).args(words);
        command.env_remove("FOLKMOOT_PASSPHRASE").env_remove("FOLKMOOT_DATA").env("RUST_BACKTRACE", "0");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Says a command, with changes to how it is started.
    pub(crate) fn say_with(&self, words: &[&str], change: impl FnOnce(&mut Command)) -> Said {
        let mut command = self.command(words);
        change(&mut command);
        Said::of(command.spawn().expect("the program starts"), &words.join(" "))
    }

    pub(crate) fn say(&self, words: &[&str]) -> Said {
        self.say_with(words, |_| {})
    }

    /// Says a command with something on its standard input.
    pub(crate) fn say_with_input(&self, words: &[&str], input: &[u8]) -> Said {
        let mut child = self.command(words).stdin(Stdio::piped()).spawn().expect("the program starts");
        let mut stdin = child.stdin.take().expect("it has one");
        let input = input.to_vec();
        // Whoever refuses may not read to the end.
        let writing = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let said = Said::of(child, &words.join(" "));
        writing.join().expect("it is written");
        said
    }

    /// The answer of a command that is done.
    pub(crate) fn done(&self, words: &[&str]) -> Value {
        let said = self.say(words);
        assert_eq!(said.code, Some(0), "{words:?}: {}{}", said.out, said.err);
        serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{words:?}: {error}: {:?}", said.out))
    }

    /// What a command says to people, on standard output.
    pub(crate) fn text(&self, words: &[&str]) -> String {
        let mut command = Command::new(PROGRAM);
        command.arg("--data").arg(&self.folder).args(words).env_remove("FOLKMOOT_PASSPHRASE").env_remove("FOLKMOOT_DATA");
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        Said::of(child, &words.join(" ")).out
    }

    /// The error of a command that is refused.
    pub(crate) fn refused(&self, words: &[&str]) -> Refusal {
        self.say(words).refusal()
    }

    /// Writes a post; answers its id.
    pub(crate) fn post(&self, title: &str, text: &str) -> String {
        self.id(&["post", "bread", "--title", title, "--text", text])
    }

    /// The id of what a command wrote.
    pub(crate) fn id(&self, words: &[&str]) -> String {
        self.done(words)["id"].as_str().expect("it has an id").to_owned()
    }

    pub(crate) fn ticket(&self, words: &[&str]) -> String {
        self.done(&[&["invite"], words].concat())["ticket"].as_str().expect("it has a ticket").to_owned()
    }

    /// Whether a post or comment is here.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.say(&["thread", id]).code == Some(0)
    }

    /// How many hits a search has.
    pub(crate) fn hits(&self, word: &str) -> usize {
        self.done(&["search", word])["hits"].as_array().map_or(0, Vec::len)
    }

    /// The state hash of a store without faults.
    pub(crate) fn state_hash(&self) -> String {
        let report = self.done(&["verify"]);
        assert_eq!(report["faults"], serde_json::json!([]), "{}", self.folder.display());
        report["state_hash"].as_str().expect("it has one").to_owned()
    }

    /// Brings the member in with an invitation of a running node's, into the community `bread`.
    pub(crate) fn enter(&self, by: &Member) {
        self.done(&["join", &by.ticket(&[])]);
        self.done(&["community", "follow", "bread"]);
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.folder.join("store.sqlite")
    }

    /// Changes the bytes of the store, which no program may have open.
    pub(crate) fn change_store(&self, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = fs::read(self.store()).expect("there is a store");
        change(&mut bytes);
        fs::write(self.store(), bytes).expect("it can be written");
    }

    /// Starts a node and waits until it is ready.
    pub(crate) fn run(&self) -> Node {
        self.run_with(|_| {}).unwrap_or_else(|err| panic!("no node became ready: {err}"))
    }

    /// As [`Member::run`], with changes to how it is started. Where it ends before it is ready, what it said.
    pub(crate) fn run_with(&self, change: impl FnOnce(&mut Command)) -> Result<Node, String> {
        let mut command = self.command(&["run", "--listen", "127.0.0.1:0"]);
        change(&mut command);
        let mut child = command.spawn().expect("the program starts");
        let (sender, lines) = channel();
        let stdout = child.stdout.take().expect("it is piped");
        std::thread::spawn(move || BufReader::new(stdout).lines().map_while(Result::ok).for_each(|line| drop(sender.send(line))));
        let err = Some(swallow(child.stderr.take()));
        let mut node = Node { child, err, addresses: vec![], device: String::new(), lines };
        let ready: Value = match node.lines.recv_timeout(PATIENCE) {
            Ok(line) => serde_json::from_str(&line).expect("the first line is JSON"),
            Err(_) => return Err(node.kill()),
        };
        assert_eq!(ready["event"], "ready");
        node.device = ready["device"].as_str().expect("it has one").to_owned();
        node.addresses = ready["addresses"].as_array().expect("they are listed").iter().filter_map(|address| address.as_str().map(str::to_owned)).collect();
        Ok(node)
    }

    /// Sends bytes to the control socket of the running node; answers all that comes back.
    pub(crate) fn control(&self, bytes: &[u8]) -> String {
        let mut stream = UnixStream::connect(self.folder.join("control.sock")).expect("a node runs");
        stream.set_read_timeout(Some(PATIENCE)).expect("it can be set");
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }
}

/// A running node; killed where a test ends early.
pub(crate) struct Node {
    child: Child,
    err: Option<JoinHandle<String>>,
    pub(crate) addresses: Vec<String>,
    pub(crate) device: String,
    lines: Receiver<String>,
}

impl Node {
    /// Ends it as a person does, and expects it to end well.
    pub(crate) fn stop(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).expect("it runs");
        let deadline = Instant::now() + PATIENCE;
        while self.child.try_wait().expect("it can be waited for").is_none() {
            assert!(Instant::now() < deadline, "the node does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
        let status = self.child.wait().expect("it has ended");
        let err = self.err.take().map(|err| err.join().expect("it is read")).unwrap_or_default();
        assert!(status.success(), "{err}");
        Said { code: Some(0), out: String::new(), err }.assert_calm("run");
    }

    /// Ends it without a warning; answers what it said on standard error.
    pub(crate) fn kill(mut self) -> String {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let err = self.err.take().map(|err| err.join().expect("it is read")).unwrap_or_default();
        Said { code: None, out: String::new(), err: err.clone() }.assert_calm("run");
        err
    }

    /// The process.
    pub(crate) fn process(&mut self) -> &mut Child {
        &mut self.child
    }

    /// What it said on standard output since this was asked last, line by line.
    pub(crate) fn said(&self) -> Vec<Value> {
        self.lines.try_iter().filter_map(|line| serde_json::from_str(&line).ok()).collect()
    }

    pub(crate) fn pid(&self) -> i32 {
        self.child.id().try_into().expect("it is small")
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("it can be asked").is_none()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks again until it holds.
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(30));
    }
}

/// Waits until members hold the same, without faults.
pub(crate) fn wait_until_agreed(members: &[&Member]) {
    wait_until("agreement", || {
        let hashes: Vec<String> = members.iter().map(|member| member.state_hash()).collect();
        hashes.iter().all(|hash| *hash == hashes[0])
    });
}

/// A co-op with the community `bread`.
pub(crate) struct Coop {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) alice: Member,
    pub(crate) bob: Member,
}

/// Alice, alone in her co-op with the community `bread`; no node runs.
pub(crate) fn alice_alone() -> (tempfile::TempDir, Member) {
    let folder = tempfile::tempdir().expect("there is room");
    let alice = Member::new(folder.path(), "alice");
    alice.done(&["found", "Bread and Roses"]);
    alice.done(&["community", "create", "bread", "--title", "Bread", "--rules", "1. Be kind."]);
    (folder, alice)
}

/// Alice and Bob in one co-op, both following `bread`; no node runs.
pub(crate) fn alice_and_bob() -> Coop {
    let (folder, alice) = alice_alone();
    let bob = Member::new(folder.path(), "bob");
    let node = alice.run();
    bob.enter(&alice);
    node.stop();
    Coop { folder, alice, bob }
}

/// As [`alice_and_bob`], with both nodes running.
pub(crate) fn alice_and_bob_running() -> (Coop, Node, Node) {
    let coop = alice_and_bob();
    let nodes = (coop.alice.run(), coop.bob.run());
    (coop, nodes.0, nodes.1)
}

/// The files of a folder that hold one of some pieces of text, in capitals or not, whole or in part.
pub(crate) fn files_holding(folder: &Path, markers: &[&str]) -> Vec<String> {
    /// So many letters of a made-up word stand nowhere by chance.
    const PIECE: usize = 8;
    assert!(markers.iter().all(|marker| marker.len() >= PIECE && marker.chars().all(|c| c.is_ascii_lowercase())));
    let pieces: HashSet<&[u8]> = markers.iter().flat_map(|marker| marker.as_bytes().windows(PIECE)).collect();
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("it can be read").map(|entry| entry.expect("it can be read")) {
            let kind = entry.file_type().expect("it has one");
            if kind.is_dir() {
                open.push(entry.path());
            } else if kind.is_file() {
                let bytes = fs::read(entry.path()).unwrap_or_default().to_ascii_lowercase();
                let held = bytes.windows(PIECE).filter(|window| pieces.contains(window)).count();
                if held > 0 {
                    found.push(format!("{} ({held} pieces)", entry.path().display()));
                }
            }
        }
    }
    found
}
