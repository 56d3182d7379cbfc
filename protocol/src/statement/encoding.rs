//! The letters of files: UTF-8, or Windows-1252, which holds ISO-8859-1.

use std::str::Utf8Error;

/// Names by which files declare UTF-8 or what is in it,
const UTF_8: [&str; 4] = ["utf-8", "utf8", "us-ascii", "ascii"];
/// and Windows-1252 or what is in it, as the WHATWG's *Encoding Standard* has them.
const WINDOWS_1252: [&str; 10] = ["iso-8859-1", "iso8859-1", "iso_8859-1", "iso88591", "latin1", "latin-1", "l1", "windows-1252", "cp1252", "x-cp1252"];

/// What a file says of its letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Declared {
    Utf8,
    Windows1252,
    Other,
}

/// What the name of an encoding means.
pub(super) fn declared(name: &str) -> Declared {
    let name = name.trim().to_ascii_lowercase();
    match name.as_str() {
        name if UTF_8.contains(&name) => Declared::Utf8,
        name if WINDOWS_1252.contains(&name) => Declared::Windows1252,
        _ => Declared::Other,
    }
}

/// Whether bytes begin with the mark of UTF-16.
pub(super) fn has_wide_mark(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF")
}

/// Bytes without the mark that some programs put before UTF-8.
pub(super) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

/// The text that bytes are in UTF-8.
pub(super) fn utf8(bytes: &[u8]) -> Result<&str, Utf8Error> {
    std::str::from_utf8(without_mark(bytes))
}

/// The text that bytes are in Windows-1252: any are some.
pub(super) fn windows_1252(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| letter(*byte)).collect()
}

/// Windows-1252 is Latin-1 but for these 32 places, of which five are empty.
fn letter(byte: u8) -> char {
    const OTHER: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™',
        'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9F => OTHER[usize::from(byte - 0x80)],
        byte => char::from(byte),
    }
}
