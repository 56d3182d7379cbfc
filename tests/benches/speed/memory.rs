//! What memory grows with: open peers, and operations that wait.

use super::{
    fixture::Fixture,
    process::{Cores, NodeProcess},
    table::{Row, Table},
};
use folkmoot_node::{
    Config, NetworkConfig, Node,
    api::{Request, Response},
    keystore::Keystore,
};
use folkmoot_protocol::{
    limits,
    wire::{Message, frame},
};
use std::time::{Duration, Instant};

const PEERS: usize = 24;
const HOUR_MS: u64 = 3_600_000;
const PATIENCE: Duration = Duration::from_secs(60);
/// The line that a file of operations begins with.
const MAGIC: &[u8] = b"folkmoot operations 1\n";

pub(crate) async fn run(fixture: &Fixture, table: &mut Table) {
    peers(fixture, table).await;
    pending(fixture, table, "short texts", 400, limits::PENDING_OPERATIONS).await;
    pending(fixture, table, "long texts", 39_000, limits::PENDING_BYTES / 39_800).await;
}

/// Newcomers who follow nothing but the hall connect and stay.
async fn peers(fixture: &Fixture, table: &mut Table) {
    let mut node = NodeProcess::start(&fixture.whole_copy(0), Cores::All).await;
    let invitation = node.ask(Request::Invite { guest: false, expires_in_ms: HOUR_MS, uses: PEERS as u32 + 1 }).await;
    let Response::Invited { ticket, .. } = invitation else { panic!("an invitation answers with a ticket") };
    let mut newcomers = vec![newcomer(fixture, &ticket, 0).await];
    // The first connection pays for what all of them share.
    settled(&mut node, 1).await;
    let before = node.own_memory();
    for n in 1..=PEERS {
        newcomers.push(newcomer(fixture, &ticket, n).await);
    }
    settled(&mut node, PEERS + 1).await;
    let each = (node.own_memory() - before) as f64 / PEERS as f64;
    table.add(Row::new("memory per open peer", fixture.operations, each / 1e3, "kB"));
    for newcomer in newcomers {
        newcomer.shutdown().await.expect("a newcomer ends");
    }
    node.stop().await;
}

async fn newcomer(fixture: &Fixture, ticket: &str, n: usize) -> Node {
    let folder = fixture.place();
    Keystore::create_person(&folder, &format!("Peer {n}"), None, [100 + n as u8; 64]).expect("a fresh folder takes keys");
    let node = Node::start(&Config::new(folder), Some(NetworkConfig::loopback())).await.expect("a newcomer starts");
    node.submit(Request::Join { ticket: ticket.into() }).await.expect("a newcomer is let in");
    node
}

/// Waits until so many peers have the same of all that they share with a node.
async fn settled(node: &mut NodeProcess, peers: usize) {
    let since = Instant::now();
    loop {
        let status = node.status().await;
        if status.peers.iter().filter(|peer| peer.connected && peer.shared > 0 && peer.agree == peer.shared).count() >= peers {
            return;
        }
        assert!(since.elapsed() < PATIENCE, "the peers do not settle: {:?}", status.peers);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Operations whose chain's beginning is missing wait in memory.
async fn pending(fixture: &Fixture, table: &mut Table, what: &str, text_bytes: usize, operations: usize) {
    let orphans = fixture.workload.orphans(operations, text_bytes);
    let bytes: usize = orphans.iter().map(|op| op.clone().verify().expect("orphans are valid").size()).sum();
    let file = fixture.place();
    let batches = orphans.chunks((limits::BATCH_BYTES / (text_bytes + 600)).max(1)).map(|batch| frame(&Message::Operations(batch.to_vec()).encode()));
    std::fs::write(&file, std::iter::once(MAGIC.to_vec()).chain(batches).collect::<Vec<_>>().concat()).expect("a file");
    let mut node = NodeProcess::start(&fixture.whole_copy(0), Cores::All).await;
    let before = node.own_memory();
    node.ask(Request::Import { path: file }).await;
    let waiting = node.status().await.pending;
    assert_eq!(waiting, operations, "all of them wait");
    let each = (node.own_memory() - before) as f64 / bytes as f64;
    table.add(Row::new(format!("memory per pending byte, {what} ({waiting} operations)"), fixture.operations, each, "B"));
    node.stop().await;
}
