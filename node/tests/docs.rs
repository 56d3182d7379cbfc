//! The documentation is true: its examples run, its commands and options exist, and its tables are the code's.
#![allow(missing_docs, clippy::unwrap_used, unreachable_pub)]

#[path = "docs/commands.rs"]
mod commands;
#[path = "docs/pages.rs"]
mod pages;
#[path = "docs/story.rs"]
mod story;
#[path = "docs/tables.rs"]
mod tables;
