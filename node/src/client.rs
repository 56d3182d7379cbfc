//! Asks the node that runs on a folder, or works on the folder itself where none does.

use crate::{
    Config, NetworkConfig, Node,
    api::{Failure, Request, Response},
    control::Control,
};
use std::time::Duration;

const BETWEEN_TRIES: Duration = Duration::from_millis(100);
/// How often a folder is tried that another program works on: for 5 s.
const MOST_TRIES: u32 = 50;
/// After how many of them somebody is told.
const TRIES_UNTOLD: u32 = 10;

/// A node to ask, wherever it runs.
pub struct Client(Inner);

enum Inner {
    Running(Control),
    Here(Box<Node>),
}

impl Client {
    /// Finds the running node, else opens the store in this process, without a network.
    pub async fn open(config: &Config) -> Result<Self, Failure> {
        Self::open_in(config, None, || ()).await
    }

    /// As [`Client::open`]; `busy` is told once where another program works on the folder for longer than a moment.
    pub async fn open_telling(config: &Config, busy: impl Fn()) -> Result<Self, Failure> {
        Self::open_in(config, None, busy).await
    }

    /// As [`Client::open`], with a network in this process where no node runs: for joining.
    pub async fn open_with_network(config: &Config) -> Result<Self, Failure> {
        Self::open_in(config, Some(NetworkConfig::default()), || ()).await
    }

    async fn open_in(config: &Config, network: Option<NetworkConfig>, busy: impl Fn()) -> Result<Self, Failure> {
        // A node that just starts holds the folder a moment before it listens.
        let mut tries = 0;
        loop {
            if let Some(control) = Control::connect(&config.folder).await {
                return Ok(Self(Inner::Running(control)));
            }
            match Node::start(config, network.clone()).await {
                Ok(node) => return Ok(Self(Inner::Here(Box::new(node)))),
                Err(failure) if failure.code == "in-use" && tries < MOST_TRIES => tries += 1,
                Err(failure) => return Err(failure),
            }
            if tries == TRIES_UNTOLD {
                busy();
            }
            tokio::time::sleep(BETWEEN_TRIES).await;
        }
    }

    /// Only a node that runs.
    pub async fn running(config: &Config) -> Option<Self> {
        Control::connect(&config.folder).await.map(|control| Self(Inner::Running(control)))
    }

    /// Whether it is a node that runs, rather than this process.
    pub fn is_running_node(&self) -> bool {
        matches!(self.0, Inner::Running(_))
    }

    /// Asks.
    pub async fn call(&mut self, request: Request) -> Result<Response, Failure> {
        self.call_telling(request, || ()).await
    }

    /// Asks; `slow` is told once where a running node takes longer than a moment to answer.
    pub async fn call_telling(&mut self, request: Request, slow: impl FnOnce()) -> Result<Response, Failure> {
        match &mut self.0 {
            Inner::Running(control) => control.call(&request, slow).await,
            Inner::Here(node) => node.submit(request).await,
        }
    }

    /// Ends the conversation; closes the store where this process opened it.
    pub async fn close(self) -> Result<(), Failure> {
        match self.0 {
            Inner::Running(_) => Ok(()),
            Inner::Here(node) => node.shutdown().await,
        }
    }
}
