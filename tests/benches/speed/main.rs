//! The speed table: every target of the design beside its reference, measured in one run.
//!
//! `cargo bench -p folkmoot-tests --bench speed -- [--operations N,N,..] [--json FILE] [ROW..]`; rows are `bulk`,
//! `catch-up`, `reconcile`, `live`, `disk`, `idle`, `open`, `plain`, `memory`, `parts`,
//! `growth`; without any, all of them.
//! `prepare` leaves a folder `whole` that holds everything, a folder `empty` and a file `all.folkmoot` behind, for
//! profilers. `steady [--minutes N]` runs three nodes under steady traffic instead and fails if something grows.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod bulk;
mod catch_up;
mod disk;
mod fixture;
mod growth;
mod idle;
mod live;
mod memory;
mod parts;
mod plain;
mod process;
mod reconcile;
mod steady;
mod table;
mod workload;
mod zipf;

use fixture::Fixture;
use std::{
    path::PathBuf,
    process::ExitCode,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use table::Table;

const SIZES: [u64; 3] = [1_000, 10_000, 100_000];
const ROWS: [&str; 11] = ["bulk", "catch-up", "reconcile", "live", "disk", "idle", "open", "plain", "memory", "parts", "growth"];

/// What was asked for.
struct Args {
    sizes: Vec<u64>,
    json: Option<PathBuf>,
    rows: Vec<String>,
    minutes: f64,
}

fn main() -> ExitCode {
    if let Some(done) = process::act() {
        return done;
    }
    let args = match Args::parse(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("the system gives threads");
    runtime.block_on(async {
        if args.rows.iter().any(|row| row == "steady") {
            return if steady::run(args.minutes).await { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
        if args.rows.iter().any(|row| row == "prepare") {
            args.sizes.iter().for_each(|size| println!("{}", Fixture::new(*size).leave().display()));
            return ExitCode::SUCCESS;
        }
        measure(&args).await;
        ExitCode::SUCCESS
    })
}

async fn measure(args: &Args) {
    let mut table = Table::default();
    let asked = |row: &str| args.rows.is_empty() || args.rows.iter().any(|asked| asked == row);
    for size in &args.sizes {
        let fixture = Fixture::new(*size);
        if asked("bulk") {
            bulk::run(&fixture, &mut table).await;
        }
        if asked("catch-up") {
            catch_up::run(&fixture, &mut table).await;
        }
        if asked("reconcile") {
            reconcile::run(&fixture, &mut table);
        }
        if asked("live") {
            live::run(&fixture, &mut table).await;
        }
        if asked("disk") {
            disk::run(&fixture, &mut table);
        }
        if asked("idle") {
            idle::idle(&fixture, &mut table).await;
        }
        if asked("open") {
            idle::open(&fixture, &mut table);
        }
        if asked("plain") {
            plain::run(&fixture, &mut table);
        }
        if asked("memory") {
            memory::run(&fixture, &mut table).await;
        }
        if asked("parts") {
            parts::run(&fixture, &mut table);
        }
    }
    if asked("growth") {
        growth::run(&args.sizes, &mut table);
    }
    println!("\n{} targets missed", table.missed());
    if let Some(path) = &args.json {
        std::fs::write(path, format!("{:#}\n", table.json())).expect("the JSON file can be written");
    }
}

impl Args {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut args = Self { sizes: SIZES.to_vec(), json: None, rows: vec![], minutes: 60.0 };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                // Cargo says so to every benchmark.
                "--bench" => {}
                "--operations" => {
                    let numbers = value()?;
                    args.sizes = numbers.split(',').map(|number| number.parse().map_err(|_| format!("{number} is no number"))).collect::<Result<_, _>>()?;
                }
                "--json" => args.json = Some(value()?.into()),
                "--minutes" => args.minutes = value()?.parse().map_err(|_| "--minutes needs a number".to_owned())?,
                row if ROWS.contains(&row) || ["steady", "prepare"].contains(&row) => args.rows.push(word),
                other => return Err(format!("{other} is no row; there are {}, steady and prepare", ROWS.join(", "))),
            }
        }
        Ok(args)
    }
}

/// The middle one.
fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// This machine's clock in ms since 1970.
fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis() as u64)
}
