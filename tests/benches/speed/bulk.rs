//! Verifying, admitting and storing in bulk: a node process imports the whole workload from a file.

use super::{
    fixture::Fixture,
    process::{Cores, NodeProcess},
    table::{Row, Table, Target},
};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use folkmoot_node::api::{Request, Response};
use std::time::{Duration, Instant};

/// Signatures of the reference loop.
const SIGNATURES: usize = 1_000;
const PASSES: usize = 5;
/// Least share of the bare verification rate of one core.
const LEAST_SHARE: f64 = 0.5;

pub(crate) const ONE: &str = "verify + admit + store, one core";
pub(crate) const ALL: &str = "verify + admit + store, all cores";

pub(crate) async fn run(fixture: &Fixture, table: &mut Table) {
    for (what, cores) in [(ONE, Cores::One), (ALL, Cores::All)] {
        let before = bare_rate(fixture);
        let seconds = import(fixture, cores).await.as_secs_f64();
        let bare = before.max(bare_rate(fixture));
        let row = Row::new(what, fixture.operations, fixture.workload.operations.len() as f64 / seconds, "op/s");
        table.add(row.beside("bare verify_strict, one core, per s", bare).target(Target::RatioAtLeast(LEAST_SHARE)));
    }
}

/// How long a node takes to import everything: the best of several.
pub(crate) async fn import(fixture: &Fixture, cores: Cores) -> Duration {
    let times = if fixture.operations > 20_000 { 2 } else { 4 };
    let mut best = Duration::MAX;
    for _ in 0..times {
        let folder = fixture.empty(1);
        let mut node = NodeProcess::start(&folder, cores).await;
        let since = Instant::now();
        let answer = node.ask(Request::Import { path: fixture.file() }).await;
        best = best.min(since.elapsed());
        let Response::Imported(imported) = answer else { panic!("an import answers with what it took in") };
        assert_eq!(imported.taken, fixture.workload.operations.len() as u64, "{imported:?}");
        node.stop().await;
        std::fs::remove_dir_all(folder).expect("removing a folder");
    }
    best
}

/// Headers' worth of bytes that one core verifies in a second, in a bare loop: the best of several passes.
pub(crate) fn bare_rate(fixture: &Fixture) -> f64 {
    let key = SigningKey::from_bytes(&[7; 32]);
    let signed = |op: &folkmoot_protocol::op::SignedOp| (op.header.clone(), key.sign(&op.header));
    let signed: Vec<(Vec<u8>, Signature)> = fixture.workload.operations.iter().cycle().take(SIGNATURES).map(signed).collect();
    let key: VerifyingKey = key.verifying_key();
    let pass = |_| {
        let since = Instant::now();
        assert!(signed.iter().all(|(message, signature)| key.verify_strict(message, signature).is_ok()));
        SIGNATURES as f64 / since.elapsed().as_secs_f64()
    };
    (0..PASSES).map(pass).fold(0.0, f64::max)
}
