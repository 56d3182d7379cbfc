//! The data plane: authenticated QUIC streams over iroh. A device's key is its endpoint id, so whoever is
//! at the other end of a connection has proven which device it is.

use crate::{
    NetworkConfig,
    api::Failure,
    intake::Intake,
    runtime::Links,
    service::{ConnectionId, Input, Source},
};
use ed25519_dalek::SigningKey;
use folkmoot_protocol::{
    id::DeviceId,
    limits,
    op::{SignedOp, Verifier},
    wire::{ALPN, FrameDecoder, Message, frame},
};
use iroh::{
    Endpoint, EndpointAddr, EndpointId, RelayMode, SecretKey, TransportAddr,
    endpoint::{Connection, ConnectionError, PortmapperConfig, RecvStream, SendStream, VarInt, presets},
};
use rayon::prelude::*;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    sync::{
        Semaphore,
        mpsc::{Sender, UnboundedReceiver, unbounded_channel},
        watch,
    },
    time::timeout,
};

const DIAL_PATIENCE: Duration = Duration::from_secs(8);
const FIRST_WORD_PATIENCE: Duration = Duration::from_secs(10);
const LAST_WORD_PATIENCE: Duration = Duration::from_secs(2);
/// Connections to the living end at once; those to the dead would be waited for.
const CLOSING_PATIENCE: Duration = Duration::from_millis(700);
/// What is left out of the log: iroh's socket calls it an error when a node ends without waiting for connections
/// to machines that are gone.
pub(crate) const NOT_LOGGED: &str = "iroh::socket=off";
const READ_BYTES: usize = 64 * 1024;

/// What is to leave on a connection.
pub(crate) enum Outgoing {
    /// A message's bytes.
    Frame(Vec<u8>),
    /// The end, and why.
    Close(String),
}

/// This node's endpoint.
#[derive(Clone)]
pub(crate) struct Network {
    endpoint: Endpoint,
    links: Arc<Links>,
    inputs: Sender<Input>,
    /// Turns true when this node ends: dials that are under way are given up.
    ending: Arc<watch::Sender<bool>>,
}

impl Network {
    /// Listens. Nothing beyond the configured addresses is contacted unless relays are switched on.
    pub(crate) async fn bind(key: &SigningKey, config: &NetworkConfig, links: Arc<Links>, inputs: Sender<Input>) -> Result<Self, Failure> {
        let preferred = config.preferred_port.filter(|_| config.listen.iter().all(|address| address.port() == 0));
        let at_preferred = match preferred {
            Some(port) => Self::endpoint(key, config, Some(port)).await.ok(),
            None => None,
        };
        let endpoint = match at_preferred {
            Some(endpoint) => endpoint,
            None => Self::endpoint(key, config, None).await?,
        };
        Ok(Self { endpoint, links, inputs, ending: Arc::new(watch::channel(false).0) })
    }

    async fn endpoint(key: &SigningKey, config: &NetworkConfig, port: Option<u16>) -> Result<Endpoint, Failure> {
        let relay = if config.relay { RelayMode::Default } else { RelayMode::Disabled };
        let mut builder = Endpoint::builder(presets::Minimal)
            .secret_key(SecretKey::from_bytes(&key.to_bytes()))
            .alpns(vec![ALPN.to_vec()])
            .relay_mode(relay)
            .portmapper_config(PortmapperConfig::Disabled)
            .clear_ip_transports();
        for address in &config.listen {
            let address = SocketAddr::new(address.ip(), port.unwrap_or(address.port()));
            builder = builder.bind_addr(address).map_err(|error| listen_failure(address, &error))?;
        }
        let first = config.listen.first().copied().unwrap_or(SocketAddr::from(([0, 0, 0, 0], 0)));
        builder.bind().await.map_err(|error| listen_failure(first, &error))
    }

    /// Where peers can reach this node.
    pub(crate) fn addresses(&self) -> Vec<String> {
        let bound = self.endpoint.bound_sockets();
        let definite = bound.iter().filter(|socket| !socket.ip().is_unspecified()).copied();
        let known = self.endpoint.addr();
        let found = known.addrs.iter().filter_map(|address| match address {
            TransportAddr::Ip(socket) => Some(*socket),
            _ => None,
        });
        let mut sockets: Vec<SocketAddr> =
            definite.chain(found.filter(|socket| bound.iter().any(|own| own.ip().is_unspecified() && own.port() == socket.port()))).collect();
        // A machine without any network still has itself.
        sockets.extend(
            bound.iter().filter(|socket| socket.ip().is_unspecified() && socket.is_ipv4()).map(|socket| SocketAddr::from(([127, 0, 0, 1], socket.port()))),
        );
        sockets.sort();
        sockets.dedup();
        let relays = known.addrs.iter().filter_map(|address| match address {
            TransportAddr::Relay(url) => Some(url.to_string()),
            _ => None,
        });
        relays.chain(sockets.iter().map(SocketAddr::to_string)).take(limits::ADDRESSES_PER_DEVICE).collect()
    }

    /// Takes connections in until the endpoint closes.
    pub(crate) async fn accept(self) {
        let handshakes = Arc::new(Semaphore::new(limits::HANDSHAKES));
        while let Some(incoming) = self.endpoint.accept().await {
            // Whoever finds no place dials again.
            let Ok(place) = handshakes.clone().try_acquire_owned() else {
                incoming.refuse();
                continue;
            };
            let network = self.clone();
            tokio::spawn(async move {
                let connected = timeout(FIRST_WORD_PATIENCE, incoming).await;
                drop(place);
                if let Ok(Ok(connection)) = connected {
                    network.run(connection, false).await;
                }
            });
        }
    }

    /// Connects to a peer; what comes of it reaches the service as an input.
    pub(crate) fn dial(&self, peer: DeviceId, addresses: &[String]) {
        let network = self.clone();
        let target = endpoint_address(peer, addresses);
        let mut ending = self.ending.subscribe();
        let dialling = async move {
            let dialled = match target {
                Some(target) => match timeout(DIAL_PATIENCE, network.endpoint.connect(target, ALPN)).await {
                    Ok(Ok(connection)) => Ok(connection),
                    Ok(Err(error)) => Err(error.to_string()),
                    Err(_) => Err("no answer".to_owned()),
                },
                None => Err("none of its addresses can be used".to_owned()),
            };
            match dialled {
                Ok(connection) => network.run(connection, true).await,
                Err(reason) => drop(network.inputs.send(Input::DialFailed { peer, reason }).await),
            }
        };
        tokio::spawn(async move {
            tokio::select! {
                () = dialling => {}
                _ = ending.wait_for(|ending| *ending) => {}
            }
        });
    }

    pub(crate) async fn close(&self) {
        let _ = self.ending.send(true);
        // What was sent has left before; iroh logs an error where it is not given the whole time.
        let _ = timeout(CLOSING_PATIENCE, self.endpoint.close()).await;
    }

    async fn run(&self, connection: Connection, dialled: bool) {
        let streams =
            if dialled { connection.open_bi().await.ok() } else { timeout(FIRST_WORD_PATIENCE, connection.accept_bi()).await.ok().and_then(Result::ok) };
        let peer = DeviceId(*connection.remote_id().as_bytes());
        let Some((send, receive)) = streams else {
            if dialled {
                drop(self.inputs.send(Input::DialFailed { peer, reason: "the connection broke at once".into() }).await);
            }
            return;
        };
        let (outgoing, frames) = unbounded_channel();
        let (id, intake) = self.links.add(outgoing);
        let _ = self.inputs.send(Input::Connected { connection: id, peer, dialled }).await;
        let writer = tokio::spawn(write(id, send, frames, connection.clone(), self.inputs.clone()));
        let reason = read(id, receive, &connection, &self.inputs, &intake).await;
        self.links.remove(id);
        let _ = self.inputs.send(Input::Disconnected { connection: id, reason }).await;
        let _ = timeout(LAST_WORD_PATIENCE * 2, writer).await;
        connection.close(0u32.into(), b"done");
    }
}

fn listen_failure(address: SocketAddr, error: &impl std::fmt::Display) -> Failure {
    Failure::new("listen", format!("cannot listen on {address}: {error}"), "choose another address with --listen ADDR:PORT (port 0 lets the system choose)")
}

fn endpoint_address(peer: DeviceId, addresses: &[String]) -> Option<EndpointAddr> {
    let id = EndpointId::from_bytes(&peer.0).ok()?;
    let parsed: Vec<_> = addresses.iter().filter_map(|text| transport_address(text)).collect();
    (!parsed.is_empty()).then(|| EndpointAddr::from_parts(id, parsed))
}

fn transport_address(text: &str) -> Option<TransportAddr> {
    text.parse().map(TransportAddr::Ip).ok().or_else(|| text.parse().map(TransportAddr::Relay).ok())
}

/// Reads messages until the connection ends; answers why it did.
async fn read(id: ConnectionId, mut stream: RecvStream, connection: &Connection, inputs: &Sender<Input>, intake: &Intake) -> String {
    let mut decoder = FrameDecoder::default();
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let read = match stream.read(&mut buffer).await {
            Ok(Some(read)) => read,
            Ok(None) => return closing_reason(connection, "the other node ended the connection"),
            Err(_) => return closing_reason(connection, "the other node broke off"),
        };
        decoder.push(&buffer[..read]);
        loop {
            let input = match decoder.next_frame() {
                Ok(Some(body)) => {
                    // The service lets the next one in when it has dealt with one.
                    tokio::select! {
                        () = intake.enter(body.len()) => {}
                        reason = connection.closed() => return in_words(&reason),
                    }
                    decode(id, body).await
                }
                Ok(None) => break,
                Err(error) => Input::Garbage { connection: id, reason: error.to_string() },
            };
            let garbage = matches!(input, Input::Garbage { .. });
            if inputs.send(input).await.is_err() {
                return "this node ends".into();
            }
            if garbage {
                // The service closes the connection; nothing more of it is read.
                connection.closed().await;
                return "it sent what is no message".into();
            }
        }
    }
}

fn closing_reason(connection: &Connection, otherwise: &str) -> String {
    connection.close_reason().map_or_else(|| otherwise.to_owned(), |reason| in_words(&reason))
}

/// Why a connection ended, for people.
fn in_words(reason: &ConnectionError) -> String {
    match reason {
        ConnectionError::ApplicationClosed(close) if close.error_code == VarInt::from_u32(1) && !close.reason.is_empty() => {
            format!("the other node ended it: {}", String::from_utf8_lossy(&close.reason))
        }
        ConnectionError::ApplicationClosed(_) => "the other node ended the connection".into(),
        ConnectionError::LocallyClosed => "this node ended the connection".into(),
        ConnectionError::TimedOut => "the other node fell silent".into(),
        ConnectionError::Reset | ConnectionError::ConnectionClosed(_) => "the other node broke off".into(),
        other => format!("the connection broke ({other})"),
    }
}

async fn decode(connection: ConnectionId, body: Vec<u8>) -> Input {
    let decoded = tokio::task::spawn_blocking(move || match Message::decode(&body) {
        Ok(Message::Operations(operations)) => Input::Operations { source: Source::Peer(connection), operations: verify_all(operations) },
        Ok(message) => Input::Message { connection, message: Box::new(message) },
        Err(error) => Input::Garbage { connection, reason: error.to_string() },
    });
    decoded.await.unwrap_or_else(|error| Input::Garbage { connection, reason: error.to_string() })
}

/// Verifies operations on all cores.
pub(crate) fn verify_all(operations: Vec<SignedOp>) -> Vec<Result<folkmoot_protocol::op::VerifiedOp, String>> {
    let verify = |verifier: &mut Verifier, op| verifier.verify(op).map_err(|error| error.to_string());
    operations.into_par_iter().with_min_len(16).map_init(Verifier::default, verify).collect()
}

async fn write(id: ConnectionId, mut stream: SendStream, mut frames: UnboundedReceiver<Outgoing>, connection: Connection, inputs: Sender<Input>) {
    while let Some(outgoing) = frames.recv().await {
        match outgoing {
            Outgoing::Frame(body) => {
                if stream.write_all(&frame(&body)).await.is_err() {
                    break;
                }
                let _ = inputs.send(Input::Sent { connection: id, bytes: body.len() }).await;
            }
            Outgoing::Close(reason) => {
                let _ = stream.finish();
                let _ = timeout(LAST_WORD_PATIENCE, stream.stopped()).await;
                connection.close(1u32.into(), reason.as_bytes());
                return;
            }
        }
    }
    let _ = stream.finish();
}
