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
