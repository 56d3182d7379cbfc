//! Operations in a file, to carry them on a stick: frames as they travel, behind a line that says what it is.

use crate::{
    api::Failure,
    durable,
    reason::reason,
    store::{ChainRow, StoreError, View},
};
use folkmoot_protocol::{
    id::*,
    law::SignedIssue,
    limits,
    op::SignedOp,
    sync::ChainRange,
    wire::{FrameDecoder, Message, Salvaged, WireError, frame, salvage},
};
use std::{
    fs::File,
    io::{BufWriter, ErrorKind, Read, Write},
    path::Path,
};

/// Issues in one frame of a file.
const ISSUES_PER_FRAME: usize = 2;

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
    /// The hall and the Gazette: all that it takes to recount the law.
    Coop,
}

/// What a file holds, piece by piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Operations.
    Operations(Vec<SignedOp>),
    /// Issues of the Gazette.
    Issues(Vec<SignedIssue>),
}

impl Piece {
    fn of(message: Message) -> Option<Self> {
        match message {
            Message::Operations(operations) => Some(Self::Operations(operations)),
            Message::Issues(issues) => Some(Self::Issues(issues)),
            _ => None,
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Operations(operations) => operations.is_empty(),
            Self::Issues(issues) => issues.is_empty(),
        }
    }
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
        Export::Coop => false,
    };
    let followed = view.followed()?;
    let mut chains: Vec<_> =
        view.chains()?.into_iter().filter(|chain| followed.contains(&chain.space) && wanted(chain.space, chain.credential, chain.device)).collect();
    // The hall's acts come in the order in which they rest on each other, as far as this node saw it.
    chains.sort_by_key(|chain| (chain.space, chain.row));
    let total: u64 = chains.iter().map(|chain| chain.tip.seq).sum();
    if path.exists() {
        return Err(failed(ErrorKind::AlreadyExists.into()));
    }
    // Half a file would look like a whole one, and stand in the way of the next attempt.
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut unfinished = unfinished(folder).map_err(failed)?;
    let written = write_chains(view, chains, unfinished.as_file_mut(), path, &|done| progress(done, total))?;
    unfinished.persist_noclobber(path).map_err(|error| failed(error.error))?;
    durable::sync_folder(folder).map_err(failed)?;
    Ok(written)
}

/// A file under a name of its own, until it is whole.
fn unfinished(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".unfinished-export-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file: it is meant for others.
        let everybody = std::fs::Permissions::from_mode(0o666);
        builder.permissions(everybody).tempfile_in(folder)
    }
    #[cfg(not(unix))]
    builder.tempfile_in(folder)
}

fn write_chains(view: &View<'_>, chains: Vec<ChainRow>, file: &mut File, path: &Path, progress: &dyn Fn(u64)) -> Result<u64, Failure> {
    let failed = |error: std::io::Error| file_failure(path, "write", &error);
    let mut file = BufWriter::new(file);
    file.write_all(MAGIC).map_err(failed)?;
    let (mut frames, mut written) = (Frames { file: &mut file, operations: vec![], bytes: 0 }, 0);
    for chain in chains {
        let mut from = 1;
        while from <= chain.tip.seq {
            let batch = operations(view, ChainRange { space: chain.space, device: chain.device, from, to: chain.tip.seq })?;
            if batch.is_empty() {
                break;
            }
            from += batch.len() as u64;
            written += batch.len() as u64;
            batch.into_iter().try_for_each(|together| frames.add(together)).map_err(failed)?;
            progress(written);
        }
    }
    frames.finish().map_err(failed)?;
    write_issues(view, &mut file, path)?;
    let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    Ok(written)
}

/// The Gazette, behind what it prints.
fn write_issues(view: &View<'_>, file: &mut impl Write, path: &Path) -> Result<(), Failure> {
    let mut from = 1;
    loop {
        // The largest fill a frame two at a time.
        let kept = view.issues_from(from, ISSUES_PER_FRAME)?;
        if kept.is_empty() {
            return Ok(());
        }
        from += kept.len() as u64;
        let message = Message::Issues(kept.into_iter().map(|kept| kept.signed).collect());
        file.write_all(&frame(&message.encode())).map_err(|error| file_failure(path, "write", &error))?;
    }
}

/// Gathers operations of several chains in one frame, as many as fit.
struct Frames<'a, W: Write> {
    file: &'a mut W,
    operations: Vec<SignedOp>,
    bytes: usize,
}

impl<W: Write> Frames<'_, W> {
    /// Adds operations that have to stand in one frame.
    fn add(&mut self, together: Vec<SignedOp>) -> std::io::Result<()> {
        let bytes: usize = together.iter().map(SignedOp::size).sum();
        if self.bytes + bytes > limits::BATCH_BYTES || self.operations.len() + together.len() > limits::OPERATIONS_PER_MESSAGE {
            self.finish()?;
        }
        self.bytes += bytes;
        self.operations.extend(together);
        Ok(())
    }

    fn finish(&mut self) -> std::io::Result<()> {
        if self.operations.is_empty() {
            return Ok(());
        }
        self.bytes = 0;
        let message = Message::Operations(std::mem::take(&mut self.operations));
        self.file.write_all(&frame(&message.encode()))
    }
}

/// A batch of a chain, each header without payload behind the erasure that explains it.
fn operations(view: &View<'_>, range: ChainRange) -> Result<Vec<Vec<SignedOp>>, StoreError> {
    let mut batch = Vec::new();
    for held in view.chain_operations(range, limits::BATCH_BYTES)? {
        let mut together = Vec::new();
        if let (None, Some(document)) = (&held.op.payload, held.op.document())
            && let Some(n) = view.document_number(document, range.space)?
        {
            together.extend(view.erasures_of(n)?.into_iter().take(1).map(|(_, op)| op));
        }
        together.push(held.op.to_signed());
        batch.push(together);
    }
    Ok(batch)
}

/// Reads a file of operations batch by batch; `take` answers whether to go on. Bounded by one frame at a time.
pub fn read_operations(path: &Path, mut take: impl FnMut(Piece) -> bool) -> Result<(), Failure> {
    let file = File::open(path).map_err(|error| file_failure(path, "read", &error))?;
    read_operations_from(file, path, &mut take)
}

/// As [`read_operations`], from bytes wherever they are; `path` is what failures call them.
pub fn read_operations_from(mut file: impl Read, path: &Path, take: &mut dyn FnMut(Piece) -> bool) -> Result<(), Failure> {
    let failed = |error: std::io::Error| file_failure(path, "read", &error);
    let not_ours = || Failure::new("format", format!("{} is no file of Folkmoot operations", path.display()), "give a file that `folkmoot export` wrote");
    let mut magic = vec![0; MAGIC.len()];
    file.read_exact(&mut magic).map_err(|_| not_ours())?;
    if magic != MAGIC {
        return Err(not_ours());
    }
    let mut decoder = FrameDecoder::default();
    let (mut buffer, mut before) = (vec![0; 256 * 1024], Before::default());
    loop {
        let read = file.read(&mut buffer).map_err(failed)?;
        decoder.push(&buffer[..read]);
        while let Some(body) = decoder.next_frame().map_err(|error| no_frame(path, &error))? {
            let piece = match Message::decode(&body) {
                Ok(message) => Piece::of(message).ok_or_else(not_ours)?,
                Err(error) => return broken(path, &body, before, &Damage::Unreadable(error), take),
            };
            before.add(&piece);
            if !take(piece) {
                return Ok(());
            }
        }
        if read == 0 {
            return if decoder.is_empty() { Ok(()) } else { broken(path, decoder.waiting(), before, &Damage::Cut, take) };
        }
    }
}

/// How much of a file was read.
#[derive(Default)]
struct Before {
    operations: usize,
    issues: usize,
}

impl Before {
    /// Adds a piece. Answers what it holds, and how many of those there are now.
    fn add(&mut self, piece: &Piece) -> (&'static str, usize) {
        match piece {
            Piece::Operations(operations) => self.operations += operations.len(),
            Piece::Issues(issues) => self.issues += issues.len(),
        }
        match piece {
            Piece::Operations(_) => ("operation", self.operations),
            Piece::Issues(_) => ("issue", self.issues),
        }
    }
}

/// What is wrong with a frame.
enum Damage {
    Unreadable(WireError),
    /// The file ends before the frame does.
    Cut,
}

/// Hands over what stands before the damage in a frame, and names the first operation or issue behind it by its place.
fn broken(path: &Path, body: &[u8], mut before: Before, damage: &Damage, take: &mut dyn FnMut(Piece) -> bool) -> Result<(), Failure> {
    let salvaged = salvage(body).and_then(|Salvaged { message, listed, broken }| Some((Piece::of(message)?, listed, broken)));
    let Some((piece, listed, broken)) = salvaged else {
        return Err(match damage {
            Damage::Unreadable(error) => damaged(path, error),
            Damage::Cut => damaged(path, &"it ends where more should follow"),
        });
    };
    let (what, last) = before.add(&piece);
    let named = broken.map(|(id, device)| format!(" ({id} of device {})", device.short())).unwrap_or_default();
    let it = format!("{what} {} of the file{named}", last + 1);
    let what = match damage {
        _ if listed => format!("what stands behind {what} {last} of the file cannot be read"),
        Damage::Unreadable(_) => format!("{it} cannot be read"),
        Damage::Cut => format!("it ends in the middle of {it}"),
    };
    let goes_on = piece.is_empty() || take(piece);
    if goes_on { Err(damaged(path, &what)) } else { Ok(()) }
}

/// Where a frame should begin, something else does.
fn no_frame(path: &Path, error: &WireError) -> Failure {
    let beginning = u32::from_be_bytes([MAGIC[0], MAGIC[1], MAGIC[2], MAGIC[3]]);
    match error {
        WireError::Frame(length) if *length as u64 == u64::from(beginning) => {
            let what = format!("another file of operations begins inside {}: two were joined", path.display());
            Failure::new("joined", what, "give each file by itself")
        }
        error => damaged(path, error),
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
    Failure::new("file", format!("cannot {what} {}: {}", path.display(), reason(error)), hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use folkmoot_protocol::{agreement::Certificate, identity::SignatureBytes};

    fn operation(byte: u8) -> SignedOp {
        SignedOp { header: vec![byte; 40], signature: SignatureBytes([byte; 64]), payload: None }
    }

    fn issue(byte: u8) -> SignedIssue {
        SignedIssue { body: vec![byte; 40], certificate: Certificate { round: 0, signatures: vec![] } }
    }

    /// What came out of a file, and what is wrong with it.
    fn read(bytes: &[u8]) -> (usize, usize, String) {
        let mut before = Before::default();
        let ended = read_operations_from(bytes, Path::new("x"), &mut |piece| {
            before.add(&piece);
            true
        });
        (before.operations, before.issues, ended.map_or_else(|failure| failure.error, |()| String::new()))
    }

    #[test]
    fn a_file_that_was_cut_says_in_the_middle_of_what() {
        let operations = frame(&Message::Operations((0..9).map(operation).collect()).encode());
        let issues = [[1, 2], [3, 4]].map(|pair| frame(&Message::Issues(pair.map(issue).to_vec()).encode()));
        let law = [MAGIC, &operations].concat();
        let whole = [&law[..], &issues.concat()].concat();
        assert_eq!(read(&whole), (9, 4, String::new()));
        let cut = |at: usize| read(&whole[..at]);
        assert_eq!(cut(law.len() - 1), (8, 0, "x is damaged: it ends in the middle of operation 9 of the file".into()));
        assert_eq!(cut(MAGIC.len() + 20), (0, 0, "x is damaged: it ends in the middle of operation 1 of the file".into()));
        assert_eq!(cut(whole.len() - 1), (9, 3, "x is damaged: it ends in the middle of issue 4 of the file".into()));
        assert_eq!(cut(law.len() + issues[0].len() + 3), (9, 2, "x is damaged: it ends where more should follow".into()));
        let mut longer = law.clone();
        longer[MAGIC.len() + 2] ^= 0x80;
        assert_eq!(read(&[&longer[..], &issues[0]].concat()), (9, 0, "x is damaged: what stands behind operation 9 of the file cannot be read".into()));
    }
}
