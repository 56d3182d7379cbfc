//! Rows taken from a damaged file's pages themselves, where SQLite finds no way to them any more: the first page or
//! a table's root is spoilt. The format is that of <https://sqlite.org/fileformat2.html>, sections 1.6, 2.1 and 4.

use crate::store::FILE_NAME;
use rusqlite::types::Value;
use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

/// Where the first page does not say it.
const PAGE_BYTES: usize = 4096;
const TABLE_LEAF: u8 = 13;
const LOG_HEADER_BYTES: u64 = 32;
const FRAME_HEADER_BYTES: u64 = 24;

/// A table's row, of whichever table.
pub(super) struct Found {
    pub(super) n: i64,
    /// In the table's order. Where the first is the row's number, it is null.
    pub(super) columns: Vec<Value>,
}

/// Reads every page on which rows of tables stand; those that are longer are left out.
pub(super) fn rows(folder: &Path, most_bytes: usize) -> io::Result<Vec<Found>> {
    let mut pages = Pages::open(folder)?;
    let mut found = Vec::new();
    for number in 1..=pages.count {
        // A page that cannot be read costs what is on it.
        let Some(page) = pages.read(number) else { continue };
        for cell in cells(&page) {
            let row = pages.record(cell, most_bytes).and_then(|(n, record)| Some(Found { n, columns: values(&record)? }));
            found.extend(row);
        }
    }
    Ok(found)
}

fn page_bytes(header: &[u8]) -> usize {
    match usize::from(u16::from_be_bytes([header[16], header[17]])) {
        1 => 65_536,
        said if said.is_power_of_two() && said >= 512 => said,
        _ => PAGE_BYTES,
    }
}

/// The pages of a file, each as its write-ahead log has it last.
struct Pages {
    file: File,
    log: Option<File>,
    /// Where in the log a page begins.
    in_log: BTreeMap<u32, u64>,
    page_bytes: usize,
    count: u32,
}

impl Pages {
    fn open(folder: &Path) -> io::Result<Self> {
        let mut file = File::open(folder.join(FILE_NAME))?;
        let mut header = [0; 18];
        // Of a file that short there is one page at most.
        let _ = read_at(&mut file, 0, &mut header);
        let page_bytes = page_bytes(&header);
        let count = u32::try_from(file.metadata()?.len().div_ceil(page_bytes as u64)).unwrap_or(u32::MAX);
        let mut pages = Self { file, log: File::open(folder.join(format!("{FILE_NAME}-wal"))).ok(), in_log: BTreeMap::new(), page_bytes, count };
        pages.list_log();
        Ok(pages)
    }

    /// Whatever was written since the log was begun counts; what a crash cut off there is told from the rest by what
    /// the rows say.
    fn list_log(&mut self) {
        let Some(log) = &mut self.log else { return };
        let mut header = [0; LOG_HEADER_BYTES as usize];
        if read_at(log, 0, &mut header).is_err() {
            return;
        }
        let mut at = LOG_HEADER_BYTES;
        let mut frame = [0; FRAME_HEADER_BYTES as usize];
        while read_at(log, at, &mut frame).is_ok() && frame[8..16] == header[16..24] {
            let number = u32::from_be_bytes([frame[0], frame[1], frame[2], frame[3]]);
            self.in_log.insert(number, at + FRAME_HEADER_BYTES);
            at += FRAME_HEADER_BYTES + self.page_bytes as u64;
        }
        self.count = self.count.max(self.in_log.keys().next_back().copied().unwrap_or(0));
    }

    fn read(&mut self, number: u32) -> Option<Vec<u8>> {
        let mut page = vec![0; self.page_bytes];
        let of_log = self.in_log.get(&number).copied().zip(self.log.as_mut());
        let (at, file) = of_log.unwrap_or((u64::from(number.checked_sub(1)?) * self.page_bytes as u64, &mut self.file));
        read_at(file, at, &mut page).ok()?;
        Some(page)
    }

    /// A cell's number and record, with what of it stands on other pages.
    fn record(&mut self, cell: &[u8], most_bytes: usize) -> Option<(i64, Vec<u8>)> {
        let (length, rest) = varint(cell)?;
        let (n, rest) = varint(rest)?;
        let length = usize::try_from(length).ok().filter(|length| *length <= most_bytes)?;
        let here = here(length, self.page_bytes);
        let mut record = rest.get(..here)?.to_vec();
        let mut next = rest.get(here..here + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes);
        while record.len() < length {
            let page = self.read(next)?;
            let (onward, content) = page.split_at(4);
            next = u32::from_be_bytes(onward.try_into().ok()?);
            record.extend_from_slice(&content[..content.len().min(length - record.len())]);
        }
        Some((n as i64, record))
    }
}

fn read_at(file: &mut File, at: u64, into: &mut [u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(into)
}

/// How much of a record of that length stands in the cell itself.
fn here(length: usize, page_bytes: usize) -> usize {
    if length <= page_bytes - 35 {
        return length;
    }
    let least = (page_bytes - 12) * 32 / 255 - 23;
    let most = least + (length - least) % (page_bytes - 4);
    if most <= page_bytes - 35 { most } else { least }
}

/// The cells of a page, if it is a leaf of a table. The first page of all holds the schema alone.
fn cells(page: &[u8]) -> impl Iterator<Item = &[u8]> {
    let count = if page[0] == TABLE_LEAF { usize::from(u16::from_be_bytes([page[3], page[4]])) } else { 0 };
    let pointers = page[8..].chunks_exact(2).take(count);
    pointers.filter_map(|pointer| page.get(usize::from(u16::from_be_bytes([pointer[0], pointer[1]]))..))
}

/// What a record holds.
fn values(record: &[u8]) -> Option<Vec<Value>> {
    let (header, _) = varint(record)?;
    let (mut types, mut content) = record.split_at_checked(usize::try_from(header).ok()?)?;
    types = varint(types)?.1;
    let mut values = Vec::new();
    while !types.is_empty() {
        let (code, rest) = varint(types)?;
        types = rest;
        let bytes = match code {
            0 | 8 | 9 => 0,
            1..=4 => code,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            text_or_blob => (text_or_blob - 12) / 2,
        };
        let (value, rest) = content.split_at_checked(usize::try_from(bytes).ok()?)?;
        content = rest;
        values.push(match code {
            0 => Value::Null,
            8 | 9 => Value::Integer(code as i64 - 8),
            1..=6 => Value::Integer(integer(value)),
            7 => Value::Real(f64::from_be_bytes(value.try_into().ok()?)),
            code if code % 2 == 0 => Value::Blob(value.to_vec()),
            _ => Value::Text(String::from_utf8(value.to_vec()).ok()?),
        });
    }
    Some(values)
}

/// In two's complement, the highest byte first.
fn integer(bytes: &[u8]) -> i64 {
    let sign = if bytes.first().is_some_and(|first| first & 0x80 != 0) { -1 } else { 0 };
    bytes.iter().fold(sign, |integer, byte| integer << 8 | i64::from(*byte))
}

/// A number of seven bits a byte, the highest first; a ninth byte has eight. Answers what is behind it too.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (at, byte) in bytes.iter().enumerate().take(9) {
        if at == 8 {
            return Some((value << 8 | u64::from(*byte), &bytes[9..]));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[at + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::{Connection, params};

    #[test]
    fn it_reads_what_sqlite_wrote_in_the_file_and_in_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(folder.path().join(FILE_NAME)).unwrap();
        connection.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER PRIMARY KEY, number INTEGER, bytes BLOB, text TEXT)").unwrap();
        let lengths = [0, 1, 300, 4_000, 4_061, 4_062, 5_000, 70_000];
        let numbers = [0, 1, -1, 127, -129, 40_000, -9_000_000, 1 << 40, i64::MIN];
        let mut written = Vec::new();
        for (round, length) in lengths.into_iter().enumerate() {
            for number in numbers {
                let bytes: Vec<u8> = (0..length).map(|at| (at * 7 + round) as u8).collect();
                connection.execute("INSERT INTO t (number, bytes, text) VALUES (?1, ?2, 'rye')", params![number, bytes]).unwrap();
                written.push(vec![
                    Value::Integer(connection.last_insert_rowid()),
                    Value::Null,
                    Value::Integer(number),
                    Value::Blob(bytes),
                    Value::Text("rye".into()),
                ]);
            }
            if round == 4 {
                connection.pragma_update(None, "wal_checkpoint", "TRUNCATE").unwrap();
            }
        }
        let read = rows(folder.path(), 100_000).unwrap();
        let mut read: Vec<_> = read.into_iter().map(|row| [vec![Value::Integer(row.n)], row.columns].concat()).collect();
        // The schema is a table too.
        read.retain(|row| row.len() == 5);
        let key = |row: &Vec<Value>| format!("{row:?}");
        read.sort_by_key(key);
        written.sort_by_key(key);
        assert_eq!(read, written);
    }

    #[test]
    fn noise_does_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let mut noise = 1_u64;
        let mut byte = || {
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (noise >> 56) as u8
        };
        let mut bytes: Vec<u8> = (0..64 * PAGE_BYTES + 17).map(|_| byte()).collect();
        // Leaves, as far as their first byte tells, some of which lead to themselves.
        bytes.chunks_mut(PAGE_BYTES).for_each(|page| page[0] = TABLE_LEAF);
        std::fs::write(folder.path().join(FILE_NAME), &bytes).unwrap();
        std::fs::write(folder.path().join(format!("{FILE_NAME}-wal")), &bytes[..9_000]).unwrap();
        assert!(rows(folder.path(), 100_000).unwrap().iter().all(|row| row.columns.len() < 100_000));
    }
}
