//! A disk that fails, is full, or loses power: `shim.c` between the program and the C library.

use crate::{
    common::{Member, Node},
    kill::freeze,
};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// With what a process ends whose power went.
const LOST: i32 = 77;

/// The shim, built for one test.
pub(crate) struct Shim {
    folder: tempfile::TempDir,
}

impl Shim {
    pub(crate) fn build() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crash/shim.c");
        let mut command = Command::new("cc");
        command.args(["-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o"]).arg(folder.path().join("shim.so"));
        let built = command.arg(source).args(["-ldl", "-lpthread"]).output().expect("there is a C compiler");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        Self { folder }
    }

    fn report(&self) -> PathBuf {
        self.folder.path().join("report")
    }

    /// Makes a plan for the files of a folder; see `shim.c`.
    pub(crate) fn plan<'a>(&'a self, folder: &'a Path, plan: &'a str) -> impl FnOnce(&mut Command) + 'a {
        let _ = fs::remove_file(self.report());
        move |command| {
            command.env("LD_PRELOAD", self.folder.path().join("shim.so"));
            command.env("FOLKMOOT_SHIM_FOLDER", folder).env("FOLKMOOT_SHIM_PLAN", plan).env("FOLKMOOT_SHIM_REPORT", self.report());
        }
    }

    /// What became of the last plan.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(self.report()).unwrap_or_default()
    }

    /// A node on such a disk; none where it ended before it was ready.
    pub(crate) fn run(&self, member: &Member, plan: &str) -> Option<Node> {
        member.run_with(self.plan(&member.folder, plan)).ok()
    }

    /// Kills a node; where its power is just going, that is let happen first.
    pub(crate) fn kill(&self, mut node: Node) {
        if freeze(node.process()) && self.said().contains("the power goes") {
            kill_process(Pid::from_child(node.process()), Signal::CONT).expect("it is ours");
            node.process().wait().expect("it can be waited for");
        }
        node.kill();
    }

    /// Says a command on such a disk. Answers what was acknowledged, if anything was.
    pub(crate) fn say(&self, member: &Member, words: &[&str], watched: &Path, plan: &str) -> Option<serde_json::Value> {
        let said = member.say_with(words, self.plan(watched, plan));
        assert!([Some(0), Some(1), Some(LOST)].contains(&said.code), "{words:?}: {:?} {}{}", said.code, said.out, said.err);
        said.out.ends_with('\n').then(|| serde_json::from_str(&said.out).unwrap())
    }
}
