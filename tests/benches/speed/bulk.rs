//! Verifying, admitting and storing in bulk: a node process imports the whole workload from a file.

use super::{
    fixture::Fixture,
    process::{Cores, NodeProcess, own_processor_time},
    table::{Row, Table, Target},
};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use folkmoot_node::api::{Request, Response};
use std::time::Instant;

/// Signatures of the reference loop.
const SIGNATURES: usize = 1_000;
const PASSES: usize = 5;
/// Least share of the bare verification rate of one core.
const LEAST_SHARE: f64 = 0.5;

pub(crate) const PROCESSOR: &str = "verify + admit + store, one core, processor time";
pub(crate) const ONE: &str = "verify + admit + store, one core, by the clock";
pub(crate) const ALL: &str = "verify + admit + store, all cores, by the clock";

pub(crate) async fn run(fixture: &Fixture, table: &mut Table) {
    let (n, all) = (fixture.operations, fixture.workload.operations.len() as f64);
    let bare = bare_rate(fixture);
    let (one, every) = (import(fixture, Cores::One).await, import(fixture, Cores::All).await);
    let bare = bare.max(bare_rate(fixture));
    let beside = |what, seconds: f64| Row::new(what, n, all / seconds, "op/s").beside("bare verify_strict, one core, per s", bare);
    // What other programs do on the same core does not show here, nor do waits for the disk.
    table.add(beside(PROCESSOR, one.processor_seconds).target(Target::RatioAtLeast(LEAST_SHARE)));
    table.add(beside(ONE, one.seconds));
    table.add(beside(ALL, every.seconds).target(Target::RatioAtLeast(LEAST_SHARE)));
}

/// What an import took.
pub(crate) struct Took {
    pub(crate) seconds: f64,
    pub(crate) processor_seconds: f64,
}

/// How long a node takes to import everything: the best of several.
pub(crate) async fn import(fixture: &Fixture, cores: Cores) -> Took {
    let times = if fixture.operations > 20_000 { 2 } else { 4 };
    let mut best = Took { seconds: f64::MAX, processor_seconds: f64::MAX };
    for _ in 0..times {
        let folder = fixture.empty(1);
        let mut node = NodeProcess::start(&folder, cores).await;
        let (since, before) = (Instant::now(), node.processor_seconds());
        let answer = node.ask(Request::Import { path: fixture.file() }).await;
        best.seconds = best.seconds.min(since.elapsed().as_secs_f64());
        best.processor_seconds = best.processor_seconds.min(node.processor_seconds() - before);
        let Response::Imported(imported) = answer else { panic!("an import answers with what it took in") };
        assert_eq!(imported.taken, fixture.workload.operations.len() as u64, "{imported:?}");
        node.stop().await;
        std::fs::remove_dir_all(folder).expect("removing a folder");
    }
    best
}

/// How many signed headers one core verifies in a second of processor time, in a bare loop: the best of several
/// passes.
fn bare_rate(fixture: &Fixture) -> f64 {
    let key = SigningKey::from_bytes(&[7; 32]);
    let signed = |op: &folkmoot_protocol::op::SignedOp| (op.header.clone(), key.sign(&op.header));
    let signed: Vec<(Vec<u8>, Signature)> = fixture.workload.operations.iter().cycle().take(SIGNATURES).map(signed).collect();
    let key: VerifyingKey = key.verifying_key();
    let pass = |_| {
        let before = own_processor_time();
        assert!(signed.iter().all(|(message, signature)| key.verify_strict(message, signature).is_ok()));
        SIGNATURES as f64 / (own_processor_time() - before).as_secs_f64()
    };
    (0..PASSES).map(pass).fold(0.0, f64::max)
}
