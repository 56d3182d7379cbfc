//! What a node is started with. Read from the command line once; nothing else reads the environment.

use age::secrecy::SecretString;
use std::{net::SocketAddr, path::PathBuf};

/// Where a node's data is, and how to unlock it.
#[derive(Clone)]
pub struct Config {
    /// The data folder.
    pub folder: PathBuf,
    /// Unlocks the keys, where they are locked.
    pub passphrase: Option<SecretString>,
}

impl Config {
    /// A folder without a passphrase.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), passphrase: None }
    }

    /// The platform's folder for a program's data.
    pub fn default_folder() -> PathBuf {
        let platform = directories::ProjectDirs::from("", "", "folkmoot");
        platform.map_or_else(|| PathBuf::from("folkmoot-data"), |dirs| dirs.data_dir().to_owned())
    }
}

/// How a node reaches others.
#[derive(Debug, Clone)]
pub struct NetworkConfig {
    /// Where to listen; port 0 lets the system choose.
    pub listen: Vec<SocketAddr>,
    /// Whether public relays may help where no direct connection can be made.
    pub relay: bool,
    /// The port to try first where `listen` leaves it to the system.
    pub preferred_port: Option<u16>,
}

impl Default for NetworkConfig {
    /// All addresses of this machine, no relay.
    fn default() -> Self {
        Self { listen: vec![SocketAddr::from(([0, 0, 0, 0], 0))], relay: false, preferred_port: None }
    }
}

impl NetworkConfig {
    /// This machine alone.
    pub fn loopback() -> Self {
        Self { listen: vec![SocketAddr::from(([127, 0, 0, 1], 0))], ..Self::default() }
    }

    /// Where the system may choose the port, the one that it chose last time is tried first: others remember it.
    pub(crate) fn at_port(mut self, last: Option<u16>) -> Self {
        self.preferred_port = last;
        self
    }
}
