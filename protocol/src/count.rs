//! Counting: elections to several seats by Scottish STV, money by the Method of Equal Shares, and the files in which
//! others publish their ballots. Whole numbers and exact fractions only; the same ballots in any order give the same
//! result.

pub mod blt;
mod exact;
mod lot;
pub mod pabulib;
pub mod shares;
pub mod stv;

pub use lot::Lot;

use std::borrow::Cow;

/// The text of a published file: UTF-8 with or without a byte order mark, else Latin-1, in which any bytes are text.
pub fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
    }
}

/// What to do with a published file that is not lines of text as [`text_of`] reads them; none where it is.
pub fn saved_otherwise(bytes: &[u8]) -> Option<&'static str> {
    // Text has no zero bytes, but UTF-16 has one in each letter of plain English.
    let wide = [b"\xFF\xFE", b"\xFE\xFF"].iter().any(|mark| bytes.starts_with(*mark)) || bytes.contains(&0);
    let old = bytes.contains(&b'\r') && !bytes.contains(&b'\n');
    match (wide, old) {
        (true, _) => Some("the file is in UTF-16, or no text: save it as text in UTF-8"),
        (false, true) => Some("the lines of the file end with CR alone, as on old Macs: save it with LF or CRLF at their ends"),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_encoding_and_other_line_ends_are_told() {
        let wide = |number: fn(u16) -> [u8; 2]| "3 2\n".encode_utf16().flat_map(number).collect::<Vec<u8>>();
        for bytes in [wide(u16::to_le_bytes), wide(u16::to_be_bytes), b"\xFF\xFE".to_vec()] {
            assert!(saved_otherwise(&bytes).is_some_and(|advice| advice.contains("UTF-16")));
        }
        assert!(saved_otherwise(b"3 2\r1 1 0\r").is_some_and(|advice| advice.contains("CR alone")));
        for text in [&b""[..], b"3 2", b"3 2\n", b"3 2\r\n", b"\xEF\xBB\xBF3 2\n", b"\"Jos\xE9\"\n"] {
            assert_eq!(saved_otherwise(text), None);
        }
    }
}
