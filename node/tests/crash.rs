//! The built program is killed at random instants, and its disk fails, fills and loses power: nothing that it
//! acknowledged is lost, no repair is needed, and no device signs two different things with one number.
//!
//! Short in `cargo test`. Longer: `FOLKMOOT_CRASH_KILLS=200 cargo test -p folkmoot-node --test crash -- --nocapture`.
//! Everything left to chance follows a seed, which is printed; `FOLKMOOT_CRASH_SEED` sets it.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, unreachable_pub, missing_docs)]

mod common;

#[path = "crash/acknowledged.rs"]
mod acknowledged;
#[path = "crash/beginning.rs"]
mod beginning;
#[path = "crash/bulk.rs"]
mod bulk;
#[path = "crash/chance.rs"]
mod chance;
#[path = "crash/erasing.rs"]
mod erasing;
#[path = "crash/first_steps.rs"]
mod first_steps;
#[path = "crash/import.rs"]
mod import;
#[path = "crash/kill.rs"]
mod kill;
#[path = "crash/lemmy.rs"]
mod lemmy;
#[path = "crash/live.rs"]
mod live;
#[path = "crash/log.rs"]
mod log;
#[path = "crash/repair.rs"]
mod repair;
#[path = "crash/shim.rs"]
mod shim;
#[path = "crash/weak_disk.rs"]
mod weak_disk;
#[path = "crash/writers.rs"]
mod writers;

use chance::Chance;
use kill::Tally;

/// A scenario: its name, its share of the kills in percent, and what kills that often.
type Scenario = (&'static str, usize, fn(&mut Chance, usize) -> Tally);

const SCENARIOS: [Scenario; 6] = [
    ("bulk writes", 30, bulk::kill),
    ("live sync", 20, live::kill),
    ("import of a file", 15, import::kill),
    ("import from a Lemmy", 10, lemmy::kill),
    ("first opening", 10, beginning::kill),
    ("erasures and checkpoints", 15, erasing::kill),
];

#[test]
fn nothing_acknowledged_is_lost_to_kills_at_random_instants() {
    let mut chance = Chance::from_environment();
    let kills = chance::kills();
    let mut rows = Vec::new();
    for (name, percent, run) in SCENARIOS {
        let started = std::time::Instant::now();
        let tally = run(&mut chance, (kills * percent / 100).max(1));
        println!("{name}: {} kills in {:.1} s", tally.kills, started.elapsed().as_secs_f64());
        rows.push((name, tally));
    }
    println!("{}", kill::table(&rows));
    // In a short run luck may spare a scenario, but not all of them.
    let hits = rows.iter().map(|(_, tally)| tally.open_writes).sum::<usize>();
    assert!(hits > 0, "no kill hit an open write: the run shows nothing");
    for (name, tally) in rows.iter().filter(|(_, tally)| tally.kills >= 20) {
        assert!(tally.open_writes > 0, "{name}: no kill hit an open write: the run shows nothing");
    }
}
