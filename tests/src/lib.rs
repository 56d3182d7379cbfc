//! What several suites need: a seeded simulator of whole nodes, samples, and what the fuzzers do.

pub mod fuzz;
pub mod lemmy_sample;
pub mod model;
pub mod paper;
pub mod random;
pub mod sim;
pub mod slow_count;
pub mod slow_law;
