//! What several suites need: a seeded simulator of whole nodes, samples, what the fuzzers do, and a model of the
//! tellers for a model checker.

pub mod agreement;
pub mod fuzz;
pub mod lemmy_sample;
pub mod model;
pub mod paper;
pub mod random;
pub mod sim;
pub mod slow_count;
pub mod slow_law;
