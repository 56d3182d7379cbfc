//! The kill, what was going on at that moment, and the account of it.

use crate::{common::Member, log};
use rustix::process::{Flock, FlockType, Pid, Signal, fcntl_getlk, kill_process};
use std::{
    fs::{self, File},
    process::Child,
    time::{Duration, Instant},
};

/// Bytes of the file `-shm` that a connection locks while it writes, and while it empties the log
/// (<https://www.sqlite.org/walformat.html#wal_locks>).
const WRITE_LOCK: u64 = 120;
const CHECKPOINT_LOCK: u64 = 121;

/// What became of a scenario's kills.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Tally {
    /// Processes that were killed.
    pub(crate) kills: usize,
    /// In the middle of a transaction.
    pub(crate) open_writes: usize,
    /// With frames in the log that no transaction ends yet.
    pub(crate) torn_logs: usize,
    /// While the log was written back into the store.
    pub(crate) checkpoints: usize,
    /// Acknowledged to a writer, and there afterwards.
    pub(crate) acknowledged: usize,
    /// Known to be held by a peer, and there afterwards.
    pub(crate) confirmed: usize,
}

impl Tally {
    /// Kills a process that works on a member's folder. Answers whether it was still running.
    pub(crate) fn kill(&mut self, child: &mut Child, member: &Member) -> bool {
        let ran = freeze(child);
        if ran {
            self.kills += 1;
            self.open_writes += usize::from(is_locked(member, WRITE_LOCK));
            self.checkpoints += usize::from(is_locked(member, CHECKPOINT_LOCK));
            self.torn_logs += usize::from(log::uncommitted_frames(&member.folder.join("store.sqlite-wal")) > 0);
        }
        let _ = child.kill();
        child.wait().expect("it can be waited for");
        ran
    }
}

/// Stops a process where it stands; false where it had ended.
pub(crate) fn freeze(child: &mut Child) -> bool {
    if child.try_wait().expect("it can be asked").is_some() {
        return false;
    }
    kill_process(Pid::from_child(child), Signal::STOP).expect("it is ours");
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
        match stat.rsplit(") ").next().and_then(|rest| rest.chars().next()) {
            Some('T') => return true,
            Some('Z' | 'X') | None => return false,
            Some(_) => assert!(Instant::now() < deadline, "the process does not stop: {stat}"),
        }
        std::thread::yield_now();
    }
}

fn is_locked(member: &Member, byte: u64) -> bool {
    let Ok(file) = File::options().read(true).write(true).open(member.folder.join("store.sqlite-shm")) else { return false };
    let lock = Flock { start: byte, length: 1, ..Flock::from(FlockType::WriteLock) };
    fcntl_getlk(file, &lock).expect("locks can be asked for").is_some()
}

/// The account of several scenarios, in Markdown.
pub(crate) fn table(rows: &[(&str, Tally)]) -> String {
    let mut text =
        "| killed during | kills | in an open write | log without an end | log being emptied | acknowledged | known to be with a peer |\n".to_owned();
    text += "|---|---:|---:|---:|---:|---:|---:|\n";
    for (name, t) in rows {
        text += &format!("| {name} | {} | {} | {} | {} | {} | {} |\n", t.kills, t.open_writes, t.torn_logs, t.checkpoints, t.acknowledged, t.confirmed);
    }
    let sum = |what: fn(&Tally) -> usize| rows.iter().map(|(_, tally)| what(tally)).sum::<usize>();
    let all = [sum(|t| t.kills), sum(|t| t.open_writes), sum(|t| t.torn_logs), sum(|t| t.checkpoints), sum(|t| t.acknowledged), sum(|t| t.confirmed)];
    text + &format!("| all | {} |\n", all.map(|n| n.to_string()).join(" | "))
}
