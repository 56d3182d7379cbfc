//! What people write: small documents, derived from typed edits. The only module that knows Automerge.
//!
//! Automerge's bytes never travel: an [`Edit`] does, and every replica derives the same Automerge change
//! from it. So a document at given heads is a function of the ancestors of those heads alone.

mod derive;
mod edit;
mod schema;
mod state;

pub use derive::{Document, Entry};
pub use edit::{Edit, EditError, Step, Value};
pub use schema::{DocumentKind, Key, ValueType};
pub use state::{Choice, DocumentState, Version};
