//! SQLite's write-ahead log, read from outside (<https://www.sqlite.org/fileformat.html#the_write_ahead_log>).

use std::path::Path;

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// How many sound frames of the present generation lie behind the last one that ends a transaction.
pub(crate) fn uncommitted_frames(log: &Path) -> usize {
    let bytes = std::fs::read(log).unwrap_or_default();
    let Some(header) = bytes.get(..HEADER) else { return 0 };
    let big_endian = word(header, 0) & 1 == 1;
    let page = word(header, 8) as usize;
    let mut sum = checksum([0, 0], &header[..24], big_endian);
    if sum != [word(header, 24), word(header, 28)] || page == 0 {
        return 0;
    }
    let mut open = 0;
    for frame in bytes[HEADER..].chunks_exact(FRAME_HEADER + page) {
        sum = checksum(checksum(sum, &frame[..8], big_endian), &frame[FRAME_HEADER..], big_endian);
        if frame[8..16] != header[16..24] || sum != [word(frame, 16), word(frame, 20)] {
            break;
        }
        open = if word(frame, 4) == 0 { open + 1 } else { 0 };
    }
    open
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn checksum(mut sum: [u32; 2], bytes: &[u8], big_endian: bool) -> [u32; 2] {
    for pair in bytes.as_chunks::<8>().0 {
        let part = |at: usize| {
            let bytes = [pair[at], pair[at + 1], pair[at + 2], pair[at + 3]];
            if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
        };
        sum[0] = sum[0].wrapping_add(part(0)).wrapping_add(sum[1]);
        sum[1] = sum[1].wrapping_add(part(4)).wrapping_add(sum[0]);
    }
    sum
}

#[test]
fn frames_without_an_end_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let connection = rusqlite::Connection::open(&store).unwrap();
    let log = folder.path().join("store-wal");
    // A cache of one page: what is changed goes into the log long before the transaction ends.
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA cache_size = 1; CREATE TABLE t (x)").unwrap();
    assert_eq!(uncommitted_frames(&log), 0);
    connection.execute_batch("BEGIN").unwrap();
    (0..100).for_each(|_| drop(connection.execute("INSERT INTO t VALUES (randomblob(3000))", [])));
    assert!(uncommitted_frames(&log) > 10);
    connection.execute_batch("COMMIT").unwrap();
    assert_eq!(uncommitted_frames(&log), 0);
}
