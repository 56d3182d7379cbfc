//! Operations in a file, to carry them on a stick: frames as they travel, behind a line that says what it is.

use crate::{
    api::Failure,
    store::{ChainRow, StoreError, View},
};
use folkmoot_protocol::{
    id::*,
    limits,
    op::SignedOp,
    sync::ChainRange,
    wire::{FrameDecoder, Message, frame},
};
use std::{
    fs::File,
    io::{BufWriter, Read, Write},
    path::Path,
};

const MAGIC: &[u8] = b"folkmoot operations 1\n";

/// What an export holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    /// Every space that is kept here.
    All,
    /// What one person wrote, and the hall, without which nobody could judge it.
    Mine(PersonId),
    /// One space, and the hall.
    Space(SpaceId),
}

/// Writes operations to a file; a file that is there already is never overwritten. Answers how many.
pub fn export(view: &View<'_>, what: Export, path: &Path, progress: &dyn Fn(u64, u64)) -> Result<u64, Failure> {
    let failed = |error: std::io::Error| file_failure(path, "write", &error);
    let register = view.register()?;
    let wanted = |space: SpaceId, credential: OpId, device: DeviceId| match what {
        _ if space == SpaceId::HALL => true,
        Export::All => true,
        Export::Mine(person) => register.author(credential, device) == Some(person),
        Export::Space(only) => space == only,
    };
    let followed = view.followed()?;
    let mut chains: Vec<_> =
        view.chains()?.into_iter().filter(|chain| followed.contains(&chain.space) && wanted(chain.space, chain.credential, chain.device)).collect();
    // The hall's acts come in the order in which they rest on each other, as far as this node saw it.
    chains.sort_by_key(|chain| (chain.space, chain.row));
    let total: u64 = chains.iter().map(|chain| chain.tip.seq).sum();
    let file = File::options().write(true).create_new(true).open(path).map_err(failed)?;
    let written = write_chains(view, chains, file, path, &|done| progress(done, total));
    if written.is_err() {
        // Half a file would only stand in the way of the next attempt.
        let _ = std::fs::remove_file(path);
    }
    written
}

fn write_chains(view: &View<'_>, chains: Vec<ChainRow>, file: File, path: &Path, progress: &dyn Fn(u64)) -> Result<u64, Failure> {
    let failed = |error: std::io::Error| file_failure(path, "write", &error);
    let mut file = BufWriter::new(file);
    file.write_all(MAGIC).map_err(failed)?;
    let mut written = 0;
    for chain in chains {
        let mut from = 1;
        while from <= chain.tip.seq {
            let batch = operations(view, ChainRange { space: chain.space, device: chain.device, from, to: chain.tip.seq })?;
            if batch.is_empty() {
                break;
            }
            from += batch.iter().filter(|(counted, _)| *counted).count() as u64;
            written += batch.iter().filter(|(counted, _)| *counted).count() as u64;
            let message = Message::Operations(batch.into_iter().map(|(_, op)| op).collect());
            file.write_all(&frame(&message.encode())).map_err(failed)?;
            progress(written);
        }
    }
    let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    Ok(written)
}

/// A batch of a chain, each header without payload behind the erasure that explains it (which does not count).
fn operations(view: &View<'_>, range: ChainRange) -> Result<Vec<(bool, SignedOp)>, StoreError> {
    let mut batch = Vec::new();
    for held in view.chain_operations(range, limits::BATCH_BYTES)? {
        if let (None, Some(document)) = (&held.op.payload, held.op.document())
            && let Some(n) = view.document_number(document, range.space)?
        {
            batch.extend(view.erasures_of(n)?.into_iter().take(1).map(|(_, op)| (false, op)));
        }
        batch.push((true, held.op.to_signed()));
    }
    Ok(batch)
}

/// Reads a file of operations batch by batch; `take` answers whether to go on. Bounded by one frame at a time.
pub fn read_operations(path: &Path, mut take: impl FnMut(Vec<SignedOp>) -> bool) -> Result<(), Failure> {
    let file = File::open(path).map_err(|error| file_failure(path, "read", &error))?;
    read_operations_from(file, path, &mut take)
}

/// As [`read_operations`], from bytes wherever they are; `path` is what failures call them.
pub fn read_operations_from(mut file: impl Read, path: &Path, take: &mut dyn FnMut(Vec<SignedOp>) -> bool) -> Result<(), Failure> {
    let failed = |error: std::io::Error| file_failure(path, "read", &error);
    let not_ours = || Failure::new("format", format!("{} is no file of Folkmoot operations", path.display()), "give a file that `folkmoot export` wrote");
    let mut magic = vec![0; MAGIC.len()];
    file.read_exact(&mut magic).map_err(|_| not_ours())?;
    if magic != MAGIC {
        return Err(not_ours());
    }
    let mut decoder = FrameDecoder::default();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let read = file.read(&mut buffer).map_err(failed)?;
        decoder.push(&buffer[..read]);
        while let Some(body) = decoder.next_frame().map_err(|error| damaged(path, &error))? {
            match Message::decode(&body) {
                Ok(Message::Operations(operations)) => {
                    if !take(operations) {
                        return Ok(());
                    }
                }
                Ok(_) => return Err(not_ours()),
                Err(error) => return Err(damaged(path, &error)),
            }
        }
        if read == 0 {
            return if decoder.is_empty() { Ok(()) } else { Err(damaged(path, &"it ends in the middle of an operation")) };
        }
    }
}

fn damaged(path: &Path, error: &impl std::fmt::Display) -> Failure {
    Failure::new("damaged", format!("{} is damaged: {error}", path.display()), "what stands before the damage was taken in; export the file again for the rest")
}

fn file_failure(path: &Path, what: &str, error: &std::io::Error) -> Failure {
    let hint = match error.kind() {
        std::io::ErrorKind::AlreadyExists => "choose another name: an export never overwrites a file",
        std::io::ErrorKind::StorageFull => "free some space and try again",
        std::io::ErrorKind::NotFound => "check the name",
        _ => "check that you may read and write there",
    };
    Failure::new("file", format!("cannot {what} {}: {error}", path.display()), hint)
}
