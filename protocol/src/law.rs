//! The law: what its keys are, what a charter says, and when a bill passes. All of it in whole numbers.

pub mod charter;
pub mod key;
pub mod passing;
pub mod value;

pub use charter::{Charter, CharterError, Preset};
pub use key::{KEYS, KeySpec, key, nearest};
pub use passing::{Body, BodyVerdict, Count, Route, Verdict, quorum, verdict};
pub use value::{Currency, Money, Value, ValueError, ValueKind};
