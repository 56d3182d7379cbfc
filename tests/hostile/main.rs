//! Hostile peers against a real node: a process of its own, with a device of the co-op, does over iroh what the
//! simulator's hostile machines do. The victim's memory and processor time stay bounded, honest people's posts go on
//! arriving, and whoever does harm is dropped with a reason that `peers` shows.
//!
//! `FOLKMOOT_HOSTILE_SECONDS=90` is the long form: so long for each behaviour, and those that are dropped only after
//! a while are looked for too.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, unreachable_pub)]

mod attack;
mod victim;

use attack::{BEHAVIOURS, Behaviour};
use std::{process::ExitCode, time::Duration};
use victim::{Member, Stand};

/// How much a victim may grow under an attack, in kB: its bounds for one peer (limits.rs) and the store's cache.
const GROWTH_KB: u64 = 48 * 1024;
/// A post of an honest member arrives within so long.
const ARRIVAL: Duration = Duration::from_secs(20);
/// From so many seconds on an attack is long enough for the slowest of reasons.
const LONG_S: u64 = 75;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.first().map(String::as_str) {
        Some("--data") => folkmoot_node::cli::main(),
        Some("attack") => {
            attack::run(&words[1..]);
            ExitCode::SUCCESS
        }
        // `cargo test` lists and filters; there is one test here.
        Some("--list") => ExitCode::SUCCESS,
        _ => test(words.iter().find(|word| !word.starts_with('-')).map(String::as_str)),
    }
}

fn test(filter: Option<&str>) -> ExitCode {
    let seconds = std::env::var("FOLKMOOT_HOSTILE_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(3);
    let behaviours: Vec<_> = BEHAVIOURS.iter().filter(|behaviour| filter.is_none_or(|filter| behaviour.name.contains(filter))).collect();
    println!("\nrunning {} tests", behaviours.len());
    let stand = Stand::set_up();
    println!("| behaviour | connections | messages | MB | victim's memory, MB | most, MB | processor, % | posts arrived | slowest, ms | reason |");
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|---|");
    let failed =
        behaviours.iter().filter(|behaviour| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| withstand(&stand, behaviour, seconds))).is_err()).count();
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    println!("\ntest result: {verdict}. {} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out", behaviours.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One behaviour against a node that is started anew, while an honest member posts from another.
fn withstand(stand: &Stand, behaviour: &Behaviour, seconds: u64) {
    let (alice, bob) = (stand.alice.start(), stand.bob.start());
    let mallory = Member::join(stand, behaviour.name, &alice);
    victim::wait("the two to meet", || alice.agrees_with(1));
    let before = alice.usage();
    let attacker = mallory.attack(behaviour, &alice, seconds);
    let (mut posts, mut slowest, mut most_kb) = (0, 0, before.memory_kb);
    while attacker.is_running() {
        let title = format!("{} {posts}", behaviour.name);
        let took = bob.post(&stand.community, &title, &alice, ARRIVAL);
        slowest = slowest.max(took.as_millis());
        posts += 1;
        most_kb = most_kb.max(alice.usage().memory_kb);
    }
    let did = attacker.report();
    let after = alice.usage();
    let processor = (after.processor_ms - before.processor_ms) * 100 / (after.at - before.at).as_millis().max(1) as u64;
    let reason = alice.note_on(&mallory.device);
    println!(
        "| {} | {} | {} | {} | {} | {} | {processor} | {posts} | {slowest} | {reason} |",
        behaviour.name,
        did.connections,
        did.messages,
        did.bytes >> 20,
        before.memory_kb >> 10,
        most_kb >> 10,
    );
    assert!(did.connections > 0 && did.messages > 0, "{}: nothing was done", behaviour.name);
    assert!(posts > 0, "{}: no honest post was looked for", behaviour.name);
    assert!(most_kb < before.memory_kb + GROWTH_KB, "{}: the victim grew from {} to {most_kb} kB", behaviour.name, before.memory_kb);
    if behaviour.at_once || seconds >= LONG_S {
        assert!(reason.contains(behaviour.reason), "{}: peers says {reason:?}, not {:?}", behaviour.name, behaviour.reason);
    }
    assert!(alice.is_sound(), "{}: the victim's store is not sound", behaviour.name);
}
