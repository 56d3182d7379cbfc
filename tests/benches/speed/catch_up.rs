//! A new member catches up over loopback: from the invitation in hand to everything held, between two node
//! processes, beside importing the same operations from a file.

use super::{
    bulk,
    fixture::Fixture,
    process::{Cores, NodeProcess},
    table::{Row, Table, Target},
};
use folkmoot_node::{
    api::{Request, Response},
    keystore::Keystore,
};
use std::time::{Duration, Instant};

const HOUR_MS: u64 = 3_600_000;
const POLL: Duration = Duration::from_millis(5);
const PATIENCE: Duration = Duration::from_secs(600);
/// At most so many times as long as from a file.
const MOST_TIMES: f64 = 1.3;

pub(crate) const WHAT: &str = "a new member's catch-up";

pub(crate) async fn run(fixture: &Fixture, table: &mut Table) {
    let file = bulk::import(fixture, Cores::All).await.seconds;
    let times = if fixture.operations > 20_000 { 2 } else { 4 };
    let (mut best, mut peak) = (f64::MAX, 0);
    for round in 0..times {
        let (seconds, most) = catch_up(fixture, round).await;
        if seconds < best {
            (best, peak) = (seconds, most);
        }
    }
    table.add(Row::new(WHAT, fixture.operations, best, "s").beside("the same from a file", file).target_when_large(Target::RatioAtMost(MOST_TIMES)));
    table.add(Row::new("peak memory while catching up", fixture.operations, peak as f64 / 1e6, "MB"));
}

/// Seconds, and the newcomer's peak memory in bytes.
async fn catch_up(fixture: &Fixture, round: usize) -> (f64, u64) {
    let (host, guest) = (fixture.whole_copy(0), fixture.place());
    Keystore::create_person(&guest, "Newcomer", None, [round as u8 + 1; 64]).expect("a fresh folder takes keys");
    let mut host_node = NodeProcess::start(&host, Cores::All).await;
    let mut node = NodeProcess::start(&guest, Cores::All).await;
    let invitation = host_node.ask(Request::Invite { guest: false, expires_in_ms: HOUR_MS, uses: 1 }).await;
    let Response::Invited { ticket, .. } = invitation else { panic!("an invitation answers with a ticket") };
    let since = Instant::now();
    node.ask(Request::Join { ticket }).await;
    for space in &fixture.workload.spaces {
        // A community is known once the hall has come.
        while node.try_ask(Request::Follow { space: *space, on: true }).await.is_none() {
            assert!(since.elapsed() < PATIENCE, "the hall does not come");
            tokio::time::sleep(POLL).await;
        }
    }
    // The newcomer's admission is one more.
    let all = fixture.workload.operations.len() as u64 + 1;
    while node.operations().await < all {
        assert!(since.elapsed() < PATIENCE, "the newcomer does not catch up: {:?}", node.status().await);
        tokio::time::sleep(POLL).await;
    }
    let measured = (since.elapsed().as_secs_f64(), node.peak());
    node.stop().await;
    host_node.stop().await;
    std::fs::remove_dir_all(host).and_then(|()| std::fs::remove_dir_all(guest)).expect("removing folders");
    measured
}
