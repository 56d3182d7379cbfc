//! What a clumsy or hostile person does to the built program: a clear error, nothing lost, exit 1, never a panic
//! (every command that `common` runs is searched for one).

#![allow(clippy::unwrap_used, unreachable_pub, missing_docs)]

mod common;

#[path = "bad_input/alike.rs"]
mod alike;
#[path = "bad_input/charter.rs"]
mod charter;
#[path = "bad_input/disk.rs"]
mod disk;
#[path = "bad_input/folder.rs"]
mod folder;
#[path = "bad_input/hints.rs"]
mod hints;
#[path = "bad_input/imports.rs"]
mod imports;
#[path = "bad_input/names.rs"]
mod names;
#[path = "bad_input/repair.rs"]
mod repair;
#[path = "bad_input/second_thoughts.rs"]
mod second_thoughts;
#[path = "bad_input/stopped.rs"]
mod stopped;
#[path = "bad_input/strangers.rs"]
mod strangers;
#[path = "bad_input/texts.rs"]
mod texts;
#[path = "bad_input/tickets.rs"]
mod tickets;
