//! A Folkmoot node: storage, sync, a member's keys, the command line.
//!
//! [`Node`] is all that a command line, a desktop or a bridge sees: start, submit, query, subscribe,
//! shutdown. Inside, [`service`] is the node as a state machine, [`store`] its one file, [`runtime`] the
//! loop that joins it to sockets, timers and entropy, and [`net`] the data plane over iroh.

pub mod api;
pub mod audit;
pub mod cli;
pub mod client;
pub mod cluster;
pub mod config;
pub mod control;
pub mod doctor;
mod durable;
pub mod export;
mod intake;
pub mod keystore;
pub mod lemmy;
mod net;
mod node;
mod reason;
mod runtime;
pub mod service;
pub mod standstill;
pub mod store;

pub use config::{Config, NetworkConfig};
pub use node::{Node, rebuild};
