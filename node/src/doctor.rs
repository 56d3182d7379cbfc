//! What is wrong with a set-up, and the repair of a damaged store.

use crate::{
    Config,
    api::Failure,
    control::Control,
    durable::sync_folder,
    keystore::{self, Keystore, check_private},
    node::{lock, open_reader},
    reason::reason,
    runtime::now_ms,
    service::{Input, RequestId, Service, Source, mark_unsure},
    standstill::standstill,
    store::{self, FILE_NAME, READY, Reader, Salvage, Store, StoreError, salvage},
};
use folkmoot_protocol::{
    id::*,
    op::{SignedOp, StoredOp},
};
use serde::Serialize;
use std::{
    io::Write,
    path::{Path, PathBuf},
};

/// How the folders of damaged stores begin.
const DAMAGED: &str = "damaged-";
/// How the folders of repairs begin that are under way.
const UNFINISHED: &str = "repair-";

/// How far ahead of the clock a date is nothing to speak of.
const FUTURE_MS: u64 = 300_000;

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
    /// Operations saved that rest on lost ones; they are taken in when a peer has sent those.
    pub waiting: u64,
    /// Operations that could not be read, as far as that can be told; peers that have them send them again.
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
    if !store::exists(folder) {
        let failure = keystore::no_coop(store::was_in_a_coop(folder), Keystore::is_further(folder));
        findings.push(Finding::note(failure.error, &failure.hint));
        return findings;
    }
    match check_store(folder) {
        Ok(notes) => {
            findings.push(Finding::fine("the store is sound"));
            findings.extend(notes);
        }
        Err(failure) => findings.push(Finding::problem(&failure)),
    }
    findings.extend(examine_damaged(folder));
    findings.push(examine_writing(folder));
    match Control::connect(folder).await {
        Some(mut control) => findings.extend(examine_running(&mut control).await),
        None => findings.push(Finding::note("no node runs on this folder: nothing is synced", "start it with `folkmoot run`")),
    }
    findings.extend(examine_gazette(folder));
    findings.extend(examine_clock(folder));
    findings.extend(examine_dates(folder));
    findings
}

/// That the Gazette stands still, if it does.
fn examine_gazette(folder: &Path) -> Option<Finding> {
    let reader = open_reader(folder).ok()?;
    let law = reader.view().law().ok().flatten()?;
    let why = standstill(reader.view(), &law, crate::runtime::now_ms()).ok().flatten()?;
    Some(Finding::note(why, "`folkmoot gazette` shows what is printed, `folkmoot recover-tellers` what the members can do"))
}

fn way_in(folder: &Path) -> &'static str {
    keystore::way_in(Keystore::is_further(folder))
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

/// Answers what is worth knowing of a sound store.
fn check_store(folder: &Path) -> Result<Option<Finding>, Failure> {
    let reader = open_reader(folder)?;
    reader.view().check_pages()?;
    let (coop, unsure) = (reader.view().coop()?, reader.view().is_unsure()?);
    Ok(match (coop, unsure) {
        (None, unsure) => {
            let failure = keystore::no_coop(unsure || store::was_in_a_coop(folder), Keystore::is_further(folder));
            Some(Finding::note(failure.error, &failure.hint))
        }
        (Some(_), true) => {
            let register = reader.view().register()?;
            let alone = register.credentials.len() < 2 && reader.view().peers()?.is_empty();
            Some(match alone {
                true => Finding::note(
                    "the store was repaired, or lost its newest part: what was written last may be gone, though it was acknowledged",
                    "no other node has a copy; look through your latest posts, and invite somebody (`folkmoot invite`), so that one has",
                ),
                false => Finding::note(
                    "the store was repaired or lost: this device writes again when another node has sent what may be missing",
                    "let the node run until it has synced once: `folkmoot run`",
                ),
            })
        }
        (Some(_), false) => None,
    })
}

fn examine_damaged(folder: &Path) -> Option<Finding> {
    let names = std::fs::read_dir(folder).ok()?.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let damaged: Vec<String> = names.filter(|name| name.starts_with(DAMAGED)).collect();
    (!damaged.is_empty()).then(|| {
        let what = format!("damaged stores lie in {}: {}", folder.display(), damaged.join(", "));
        Finding::note(what, "delete them when nothing is missing any more: what its author erases leaves the store, but not these")
    })
}

fn examine_writing(folder: &Path) -> Finding {
    // A file can often be made where there is no room for what it holds.
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| file.write_all(&[1; 64 * 1024]).map(|()| file));
    match written {
        Ok(_) => Finding::fine("the folder can be written"),
        Err(error) => Finding::problem(&Failure::new(
            "folder",
            format!("the folder cannot be written: {}", reason(&error)),
            "make it writable for you, and see that the disk is not full",
        )),
    }
}

async fn examine_running(control: &mut Control) -> Vec<Finding> {
    let status = match control.call(&crate::api::Request::Status, || ()).await {
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
    findings.extend(status.cannot_write.map(|reason| Finding {
        severity: Severity::Problem,
        what: reason,
        hint: "`folkmoot device list` shows your devices".into(),
    }));
    findings.extend(status.trouble.map(|what| Finding {
        severity: Severity::Problem,
        what,
        hint: "the node goes on as soon as the disk lets it; until then it takes nothing in".into(),
    }));
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

/// What this device wrote while its clock was ahead.
fn examine_dates(folder: &Path) -> Option<Finding> {
    let reader = Reader::open(folder).ok()?;
    let credential = reader.view().admission().ok()??;
    let device = reader.view().register().ok()?.credentials.get(&credential)?.device;
    let newest = reader.view().newest_claim(device).ok()??;
    (newest > now_ms().saturating_add(FUTURE_MS)).then(|| {
        let what = format!("something that this device wrote is dated {} days from now: its clock was wrong then", (newest - now_ms()) / 86_400_000);
        Finding::note(what, "nothing is lost, and here it is shown as of when it came in; see that the clock is right now")
    })
}

/// Saves what can be read of a folder's store into a new one. The old file is kept beside it. Until a peer
/// was asked, this device does not write: what it wrote last might be among what was lost.
pub fn repair(config: &Config, progress: &dyn Fn(u64, u64)) -> Result<Repaired, Failure> {
    let folder = &config.folder;
    let keys = Keystore::open(folder, config.passphrase.as_ref())?;
    if !folder.join(FILE_NAME).exists() && !folder.join(READY).exists() {
        return Err(Failure::new("no-store", format!("there is no store in {} to repair", folder.display()), way_in(folder)));
    }
    let _lock = lock(folder)?;
    drop_unfinished(folder);
    if folder.join(READY).exists() {
        drop(Store::open(folder)?);
    }
    if let Err(error @ StoreError::Newer { .. }) = Reader::open(folder) {
        return Err(error.into());
    }
    let salvaged = salvage(folder);
    // Built beside the old one, which stays as it is should this fail.
    let fresh = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(folder).map_err(|error| cannot_set_aside(&error))?;
    let (kept, waiting) = build_anew(fresh.path(), folder, keys, &salvaged, progress)?;
    let aside = set_aside(folder)?;
    put_in_place(fresh, folder, &aside)?;
    Ok(Repaired { kept, waiting, lost: salvaged.expected.saturating_sub(kept + waiting), folder_of_damaged: aside })
}

/// Answers how many operations were taken in, and how many wait.
fn build_anew(fresh: &Path, damaged: &Path, keys: Keystore, salvaged: &Salvage, progress: &dyn Fn(u64, u64)) -> Result<(u64, u64), Failure> {
    let mut store = Store::open(fresh)?;
    store.take_private_of(damaged)?;
    take_settings(&mut store, salvaged)?;
    let mut service = Service::open(store, keys)?;
    let mut kept = 0;
    let operations = salvaged.operations.chunks(512).map(|batch| batch.iter().map(StoredOp::to_signed).collect());
    for (number, batch) in salvaged.erasures.chunks(512).map(<[SignedOp]>::to_vec).chain(operations).enumerate() {
        kept += admit(&mut service, number as u64, batch);
        progress(kept, salvaged.expected);
    }
    let own = service.world().register.standing(service.device()).map(|(credential, _)| credential);
    let (mut store, _) = service.into_parts();
    if let (None, Some(credential)) = (salvaged.credential, own) {
        store.set_setting("credential", &credential.0)?;
    }
    let waiting = keep_waiting(&mut store, &salvaged.operations)?;
    // Only the file itself will be moved.
    match store.empty_log()? {
        true => Ok((kept, waiting)),
        false => Err(StoreError::Busy.into()),
    }
}

/// Takes away what repairs left that were killed. One that was ready is still wanted.
fn drop_unfinished(folder: &Path) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let unfinished = |name: &str| name.starts_with(UNFINISHED) && name != READY;
    let unfinished = entries.filter(|entry| entry.file_name().to_str().is_some_and(unfinished));
    unfinished.for_each(|entry| drop(std::fs::remove_dir_all(entry.path())));
}

/// Keeps what could be read and does not follow its chain yet: what stands between was lost here, not elsewhere.
fn keep_waiting(store: &mut Store, operations: &[StoredOp]) -> Result<u64, StoreError> {
    store.begin()?;
    let mut waiting = 0;
    for op in operations {
        let header = &op.header;
        // Without the operation before it nobody can tell yet whether it is sound.
        let follows = header.seq == 1 || header.prev != OpId::ZERO;
        let altered = || follows && op.to_signed().verify().is_err();
        if store.as_reader().operation_at(header.space, header.device, header.seq)?.is_none() && !altered() {
            store.keep_salvaged(op)?;
            waiting += 1;
        }
    }
    store.commit()?;
    Ok(waiting)
}

fn take_settings(store: &mut Store, salvaged: &Salvage) -> Result<(), StoreError> {
    store.begin()?;
    mark_unsure(store)?;
    let Some(coop) = salvaged.coop else { return store.commit() };
    store.set_setting("coop", &coop.0)?;
    if let Some(credential) = salvaged.credential {
        store.set_setting("credential", &credential.0)?;
    }
    for space in salvaged.followed.iter().chain([&SpaceId::HALL]) {
        store.follow(*space, true)?;
    }
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

/// Keeps the damaged store's files under a name that says when. They stay where they are too.
fn set_aside(folder: &Path) -> Result<PathBuf, Failure> {
    let aside = folder.join(format!("{DAMAGED}{}", now_ms()));
    std::fs::create_dir(&aside).map_err(|error| cannot_set_aside(&error))?;
    let keep = || {
        for name in ["", "-wal"].map(|suffix| format!("{FILE_NAME}{suffix}")) {
            let (from, to) = (folder.join(&name), aside.join(&name));
            if from.exists() {
                // Not every file system knows a second name for one file.
                std::fs::hard_link(&from, &to).or_else(|_| std::fs::copy(&from, &to).map(drop))?;
                std::fs::File::open(&to)?.sync_all()?;
            }
        }
        sync_folder(&aside)?;
        sync_folder(folder)
    };
    match keep() {
        Ok(()) => Ok(aside),
        Err(error) => {
            let _ = std::fs::remove_dir_all(&aside);
            Err(cannot_set_aside(&error))
        }
    }
}

/// From its new name on, the repaired store is the one: the rest is done, or finished by whoever opens it.
fn put_in_place(fresh: tempfile::TempDir, folder: &Path, aside: &Path) -> Result<(), Failure> {
    if let Err(error) = std::fs::rename(fresh.path(), folder.join(READY)) {
        let _ = std::fs::remove_dir_all(aside);
        return Err(cannot_set_aside(&error));
    }
    drop(fresh.keep());
    sync_folder(folder).map_err(|error| cannot_set_aside(&error))?;
    drop(Store::open(folder)?);
    Ok(())
}

fn cannot_set_aside(error: &std::io::Error) -> Failure {
    Failure::new(
        "folder",
        format!("cannot set the damaged store aside: {}", reason(error)),
        "make the folder writable for you, and see that the disk is not full",
    )
}
