//! What several suites need: a seeded simulator of whole nodes, and samples.

pub mod lemmy_sample;
pub mod model;
pub mod random;
pub mod sim;
