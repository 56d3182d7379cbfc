//! A node that holds everything and has nothing to do; and a command that starts, reads the first page and ends.

use super::{
    fixture::Fixture,
    median,
    process::{Cores, NodeProcess, folkmoot},
    table::{Row, Table, Target},
};
use std::{
    process::Stdio,
    time::{Duration, Instant},
};

const SETTLE: Duration = Duration::from_secs(3);
const WATCH: Duration = Duration::from_secs(20);
const MOST_RESIDENT_MB: f64 = 60.0;
const MOST_PERCENT: f64 = 1.0;
const STARTS: usize = 21;
const MOST_OPEN_MS: f64 = 100.0;

pub(crate) async fn idle(fixture: &Fixture, table: &mut Table) {
    let folder = fixture.whole_copy(0);
    let node = NodeProcess::start(&folder, Cores::All).await;
    // Whatever follows a start is over by then; there is nothing to wait for but time itself.
    tokio::time::sleep(SETTLE).await;
    let (before, since) = (node.processor_seconds(), Instant::now());
    tokio::time::sleep(WATCH).await;
    let percent = (node.processor_seconds() - before) / since.elapsed().as_secs_f64() * 100.0;
    let n = fixture.operations;
    table.add(Row::new("idle node, resident", n, node.resident() as f64 / 1e6, "MB").target_when_large(Target::AtMost(MOST_RESIDENT_MB)));
    table.add(Row::new("  of which its own (not program or file)", n, node.own_memory() as f64 / 1e6, "MB"));
    table.add(Row::new("idle node, of one core", n, percent, "%").target_when_large(Target::AtMost(MOST_PERCENT)));
    node.stop().await;
    std::fs::remove_dir_all(folder).expect("removing a folder");
}

pub(crate) fn open(fixture: &Fixture, table: &mut Table) {
    let run = |words: &[&str]| {
        let since = Instant::now();
        let done = folkmoot(&fixture.whole(), Cores::All).args(words).stdout(Stdio::piped()).output().expect("a command runs");
        assert!(done.status.success() && !done.stdout.is_empty(), "{words:?} failed: {}", String::from_utf8_lossy(&done.stderr));
        since.elapsed()
    };
    let milliseconds = |words: &[&str]| median((0..STARTS).map(|_| run(words)).collect()).as_secs_f64() * 1e3;
    let nothing = milliseconds(&["--version"]);
    let row = Row::new("process start to the first page of `feed`", fixture.operations, milliseconds(&["feed", "--json"]), "ms");
    table.add(row.beside("`folkmoot --version`", nothing).target_when_large(Target::AtMost(MOST_OPEN_MS)));
}
