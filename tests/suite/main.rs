//! Stories by behaviour, properties, the simulator, and the house rules.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, unreachable_pub)]

mod agreement;
mod bans;
mod branches;
mod convergence;
mod coop;
mod counts;
mod desk;
mod documents;
mod found;
mod fuzzed;
mod gazette;
mod house;
mod law;
mod model;
mod moderation;
mod peers;
mod planted;
mod recovery;
mod stories;
mod struck;
mod tellers;
mod told;
mod vectors;
mod week;
