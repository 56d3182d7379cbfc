//! What is wrong with a set-up, and the repair of a damaged store.

use crate::{
    Config,
    api::Failure,
    control::Control,
    keystore::{Keystore, check_private},
    node::lock,
    runtime::now_ms,
    service::{Input, RequestId, Service, Source, mark_unsure},
    store::{FILE_NAME, Reader, Salvage, Store, StoreError, salvage},
};
use folkmoot_protocol::{id::*, op::SignedOp};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// As it should be.
    Fine,
    /// Worth knowing.
    Note,
    /// Something to mend.
    Problem,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What was found.
    pub what: String,
    /// What to do; empty where nothing is.
    pub hint: String,
}

/// What a repair did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repaired {
    /// Operations saved.
    pub kept: u64,
    /// Operations that could not be read or did not fit any more; peers send them again.
    pub lost: u64,
    /// Where the damaged file lies now.
    pub folder_of_damaged: PathBuf,
}

impl Finding {
    fn fine(what: impl Into<String>) -> Self {
        Self { severity: Severity::Fine, what: what.into(), hint: String::new() }
    }

    fn note(what: impl Into<String>, hint: &str) -> Self {
        Self { severity: Severity::Note, what: what.into(), hint: hint.into() }
    }

    fn problem(failure: &Failure) -> Self {
        Self { severity: Severity::Problem, what: failure.error.clone(), hint: failure.hint.clone() }
    }
}

/// Looks at everything that commonly goes wrong.
pub async fn examine(config: &Config) -> Vec<Finding> {
    let folder = &config.folder;
    let mut findings = vec![examine_keys(config)];
    if !folder.join(FILE_NAME).exists() {
        findings.push(Finding::note("no store yet: this folder belongs to no co-op", "found one (`folkmoot found NAME`) or join one (`folkmoot join TICKET`)"));
        return findings;
    }
    findings.push(match check_store(folder) {
        Ok(()) => Finding::fine("the store is sound"),
        Err(error) => Finding::problem(&error.into()),
    });
    findings.push(examine_writing(folder));
    match Control::connect(folder).await {
        Some(mut control) => findings.extend(examine_running(&mut control).await),
        None => findings.push(Finding::note("no node runs on this folder: nothing is synced", "start it with `folkmoot run`")),
    }
    findings.extend(examine_clock(folder));
    findings
}

fn examine_keys(config: &Config) -> Finding {
    if Keystore::is_locked(&config.folder) && config.passphrase.is_none() {
        return match check_private(&config.folder) {
            Ok(()) => Finding::fine("keys are there, locked with a passphrase"),
            Err(failure) => Finding::problem(&failure),
        };
    }
    match Keystore::open(&config.folder, config.passphrase.as_ref()) {
        Ok(keys) => Finding::fine(format!("keys of device {} are there, for you alone", keys.device().short())),
        Err(failure) => Finding::problem(&failure),
    }
}

fn check_store(folder: &Path) -> Result<(), StoreError> {
    Reader::open(folder)?.view().check_pages()
}

fn examine_writing(folder: &Path) -> Finding {
    match tempfile::NamedTempFile::new_in(folder) {
        Ok(_) => Finding::fine("the folder can be written"),
        Err(error) => Finding::problem(&Failure::new(
            "folder",
            format!("the folder cannot be written: {error}"),
            "make it writable for you, and see that the disk is not full",
        )),
    }
}

async fn examine_running(control: &mut Control) -> Vec<Finding> {
    let status = match control.call(&crate::api::Request::Status).await {
        Ok(crate::api::Response::Status(status)) => status,
        Ok(_) => return vec![],
        Err(failure) => return vec![Finding::problem(&failure)],
    };
    let connected = status.peers.iter().filter(|peer| peer.connected).count();
    let mut findings = vec![Finding::fine(format!("a node runs and listens on {}", status.addresses.join(", ")))];
    findings.push(match connected {
        0 => Finding::note("no other node is connected", "others must run and be reachable; see `folkmoot peers` for why each is not"),
        1 => Finding::fine("one other node is connected"),
        n => Finding::fine(format!("{n} other nodes are connected")),
    });
    findings.extend(status.cannot_write.map(|reason| Finding { severity: Severity::Problem, what: reason, hint: "see `folkmoot device list`".into() }));
    let skewed = status.peers.iter().filter_map(|peer| peer.clock_ahead_ms).filter(|ahead| ahead.abs() > 300_000).count();
    if skewed > 0 {
        let what = format!("the clocks of {skewed} connected nodes differ from this one's by more than five minutes");
        findings.push(Finding::note(what, "set this machine's clock by the network; nothing is lost, but your posts may be ranked wrongly"));
    }
    findings
}

fn examine_clock(folder: &Path) -> Option<Finding> {
    let founded = Reader::open(folder).ok()?.view().register().ok()?.founded_at;
    (now_ms() < founded).then(|| {
        Finding::note("this machine's clock stands before the founding of the co-op", "set the clock: your posts count as written at the founding until then")
    })
}

/// Saves what can be read of a folder's store into a new one. The old file is kept beside it. Until a peer
/// was asked, this device does not write: what it wrote last might be among what was lost.
pub fn repair(config: &Config, progress: &dyn Fn(u64, u64)) -> Result<Repaired, Failure> {
    let _lock = lock(&config.folder)?;
    let keys = Keystore::open(&config.folder, config.passphrase.as_ref())?;
    let salvaged = salvage(&config.folder);
    let aside = set_aside(&config.folder)?;
    let mut store = Store::open(&config.folder)?;
    take_settings(&mut store, &salvaged)?;
    let total = salvaged.operations.len() as u64;
    let unreadable = salvaged.unreadable;
    let mut service = Service::open(store, keys)?;
    let mut kept = 0;
    for (number, batch) in salvaged.erasures.chunks(512).chain(salvaged.operations.chunks(512)).enumerate() {
        kept += admit(&mut service, number as u64, batch.to_vec());
        progress(kept, total);
    }
    Ok(Repaired { kept, lost: total.saturating_sub(kept) + unreadable, folder_of_damaged: aside })
}

fn take_settings(store: &mut Store, salvaged: &Salvage) -> Result<(), StoreError> {
    store.begin()?;
    let Some(coop) = salvaged.coop else { return store.commit() };
    store.set_setting("coop", &coop.0)?;
    if let Some(credential) = salvaged.credential {
        store.set_setting("credential", &credential.0)?;
    }
    for space in salvaged.followed.iter().chain([&SpaceId::HALL]) {
        store.follow(*space, true)?;
    }
    for peer in &salvaged.peers {
        store.learn_peer(peer.device, &peer.addresses, true)?;
    }
    mark_unsure(store)?;
    store.commit()
}

fn admit(service: &mut Service, number: u64, batch: Vec<SignedOp>) -> u64 {
    let operations = crate::net::verify_all(batch);
    let input = Input::Operations { source: Source::File(RequestId(number)), operations };
    let outputs = service.handle(input, now_ms());
    outputs
        .iter()
        .map(|output| if let crate::service::Output::Reply { result: Ok(crate::api::Response::Imported(imported)), .. } = output { imported.taken } else { 0 })
        .sum()
}

/// Moves the store's files aside, under a name that says when.
fn set_aside(folder: &Path) -> Result<PathBuf, Failure> {
    let aside = folder.join(format!("damaged-{}", now_ms()));
    let failed = |error: std::io::Error| {
        Failure::new("folder", format!("cannot set the damaged store aside: {error}"), "make the folder writable for you, and see that the disk is not full")
    };
    std::fs::create_dir(&aside).map_err(failed)?;
    for suffix in ["", "-wal", "-shm"] {
        let name = format!("{FILE_NAME}{suffix}");
        if folder.join(&name).exists() {
            std::fs::rename(folder.join(&name), aside.join(&name)).map_err(failed)?;
        }
    }
    Ok(aside)
}
