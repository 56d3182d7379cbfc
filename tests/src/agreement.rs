//! The tellers' agreement, for a model checker and for tests of several cores together.
//!
//! [`model`] explores every order of steps that the rules allow to three honest tellers beside a hostile one, by
//! the product's own `rules::step`. [`mutants`] are bugs that it has to find. [`several`] runs several cores on a
//! network without a clock, and [`seen`] is what the rules may rest on there.

pub mod evidence;
pub mod model;
pub mod mutants;
pub mod seen;
pub mod several;
pub mod state;
