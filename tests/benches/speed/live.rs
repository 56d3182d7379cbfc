//! A new post at a connected peer: from the order to write it until the peer's list shows it, beside an echo of
//! as many bytes over a bare QUIC stream.

use super::{
    fixture::Fixture,
    median,
    table::{Row, Table, Target},
};
use folkmoot_node::{
    Config, NetworkConfig, Node,
    api::{Draft, Event, Request, Response},
    store::{
        Store,
        query::{FeedQuery, Viewer},
    },
};
use folkmoot_protocol::{id::*, view::FeedSort};
use iroh::{
    Endpoint, EndpointAddr, RelayMode, TransportAddr,
    endpoint::{PortmapperConfig, presets},
};
use std::time::{Duration, Instant};
use tokio::time::timeout;

const POSTS: usize = 200;
const ECHOES: usize = 500;
/// About as many bytes as such a post has on its way.
const ECHO_BYTES: usize = 900;
const MOST_MS: f64 = 10.0;
const PATIENCE: Duration = Duration::from_secs(30);
const ALPN: &[u8] = b"folkmoot/echo";

pub(crate) async fn run(fixture: &Fixture, table: &mut Table) {
    let echo = echo().await;
    let ours = posts(fixture).await;
    let row = Row::new("a new post visible at a peer, median", fixture.operations, ours.as_secs_f64() * 1e3, "ms");
    table.add(row.beside("bare QUIC echo", echo.as_secs_f64() * 1e3).target(Target::AtMost(MOST_MS)));
}

async fn posts(fixture: &Fixture) -> Duration {
    let (alice, bob) = (fixture.whole_copy(0), fixture.whole_copy(1));
    let alice = Node::start(&Config::new(alice), Some(NetworkConfig::loopback())).await.expect("alice starts");
    let mut store = Store::open(&bob).expect("bob's store opens");
    store.learn_peer(alice.device(), alice.addresses(), true).expect("an address is kept");
    drop(store);
    let bob = Node::start(&Config::new(bob), Some(NetworkConfig::loopback())).await.expect("bob starts");
    agree(&alice, fixture.workload.spaces.len() + 1).await;
    let mut events = bob.subscribe();
    let mut times = Vec::with_capacity(POSTS);
    for n in 0..POSTS {
        let community = fixture.workload.spaces[n % fixture.workload.spaces.len()];
        let title = format!("Post {n}");
        let draft = Draft::Post { community, title: title.clone(), text: "x".repeat(400), url: None, origin: None };
        let since = Instant::now();
        alice.submit(Request::Submit { drafts: vec![draft] }).await.expect("a post is written");
        while !matches!(timeout(PATIENCE, events.recv()).await.expect("the post arrives"), Ok(Event::Changed { space, .. }) if space == community) {}
        let shown = bob.query(move |view| view.feed(&newest(community), &NOBODY, super::now_ms()).map_err(|error| failure(&error))).await;
        times.push(since.elapsed());
        assert_eq!(shown.expect("a feed").posts[0].title, title, "the newest post is the one just written");
    }
    alice.shutdown().await.expect("alice ends");
    bob.shutdown().await.expect("bob ends");
    median(times)
}

const NOBODY: Viewer = Viewer { person: PersonId::ZERO, device: DeviceId::ZERO };

fn newest(community: SpaceId) -> FeedQuery {
    FeedQuery { community: Some(community), sort: FeedSort::New, period_ms: None, page: None, saved: false, limit: 1 }
}

fn failure(error: &impl std::fmt::Display) -> folkmoot_node::api::Failure {
    folkmoot_node::api::Failure::new("query", error, "")
}

/// Waits until a node has a peer that has the same of all spaces.
async fn agree(node: &Node, spaces: usize) {
    let since = Instant::now();
    loop {
        let Ok(Response::Status(status)) = node.submit(Request::Status).await else { panic!("no status") };
        if status.peers.iter().any(|peer| peer.connected && peer.agree == spaces) {
            return;
        }
        assert!(since.elapsed() < PATIENCE, "the two nodes do not meet: {:?}", status.peers);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The median time of an echo on one stream between two endpoints.
async fn echo() -> Duration {
    let (server, client) = (endpoint().await, endpoint().await);
    let addresses = server.bound_sockets().into_iter().map(TransportAddr::Ip);
    let target = EndpointAddr::from_parts(server.id(), addresses);
    let serving = server.clone();
    let echoing = tokio::spawn(async move {
        let connection = serving.accept().await.expect("somebody dials").await.expect("a connection");
        let (mut send, mut receive) = connection.accept_bi().await.expect("a stream");
        let mut bytes = vec![0; ECHO_BYTES];
        while receive.read_exact(&mut bytes).await.is_ok() {
            send.write_all(&bytes).await.expect("the echo leaves");
        }
    });
    let connection = client.connect(target, ALPN).await.expect("a connection");
    let (mut send, mut receive) = connection.open_bi().await.expect("a stream");
    let mut bytes = vec![1; ECHO_BYTES];
    let mut times = Vec::with_capacity(ECHOES);
    for _ in 0..ECHOES {
        let since = Instant::now();
        send.write_all(&bytes).await.expect("a call leaves");
        receive.read_exact(&mut bytes).await.expect("the echo comes");
        times.push(since.elapsed());
    }
    send.finish().expect("the stream ends");
    echoing.await.expect("the server ends");
    client.close().await;
    server.close().await;
    median(times)
}

async fn endpoint() -> Endpoint {
    let builder = Endpoint::builder(presets::Minimal).alpns(vec![ALPN.to_vec()]).relay_mode(RelayMode::Disabled);
    let builder = builder.portmapper_config(PortmapperConfig::Disabled).clear_ip_transports();
    builder.bind_addr("127.0.0.1:0").expect("an address").bind().await.expect("an endpoint")
}
