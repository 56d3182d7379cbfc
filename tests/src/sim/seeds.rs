//! Many seeds, on all cores.

use std::{sync::Mutex, thread, time::Instant};

/// Lives through the seeds that an environment variable names as FROM..TO, or `otherwise`; takes in what each came to. `said` sums one
/// up. Answers how many there were.
#[allow(clippy::print_stdout, reason = "a long test says how far it is")]
pub fn over_seeds<R: Send>(
    variable: &str,
    otherwise: &str,
    live: impl Fn(u64) -> R + Sync,
    said: impl Fn(&R) -> String + Sync,
    take: impl FnMut(&R) + Send,
) -> usize {
    let range = std::env::var(variable).unwrap_or_else(|_| otherwise.into());
    let (from, to) = range.split_once("..").unwrap_or_else(|| panic!("{variable} is FROM..TO"));
    let seeds = from.parse::<u64>().expect("a number")..to.parse().expect("a number");
    let (left, total) = (Mutex::new(seeds), Mutex::new((0, take)));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let Some(seed) = left.lock().expect("no panic").next() else { return };
                    println!("seed {seed}");
                    let begun = Instant::now();
                    let report = live(seed);
                    println!("seed {seed}: {}, {} ms", said(&report), begun.elapsed().as_millis());
                    let mut total = total.lock().expect("no panic");
                    total.0 += 1;
                    (total.1)(&report);
                }
            });
        }
    });
    total.into_inner().expect("no panic").0
}
