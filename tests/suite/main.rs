//! Stories by behaviour, properties, the simulator, and the house rules.
#![allow(missing_docs, clippy::unwrap_used, unreachable_pub)]

mod convergence;
mod documents;
mod fuzzed;
mod house;
mod stories;
mod vectors;
