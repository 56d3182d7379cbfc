//! Quotation marks around cells.

/// Where text stands, as [`::csv`] reads it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the first letter of a cell.
    Begins,
    /// In a cell without quotation marks, or behind its closing one.
    Bare,
    /// Between marks, of which the first stands in this line.
    Within(usize),
    /// Behind a mark that closes the cell, if no second one follows.
    Closing(usize),
}

/// The line of a quotation mark that is opened and never closed.
pub(super) fn unclosed(text: &str, separator: u8) -> Option<usize> {
    let (mut place, mut line) = (Place::Begins, 1);
    for byte in text.bytes() {
        place = match (place, byte) {
            (Place::Begins, b'"') => Place::Within(line),
            (Place::Within(since), b'"') => Place::Closing(since),
            (Place::Closing(since), b'"') => Place::Within(since),
            (Place::Within(since), _) => Place::Within(since),
            (_, byte) if byte == separator || byte == b'\n' || byte == b'\r' => Place::Begins,
            _ => Place::Bare,
        };
        line += usize::from(byte == b'\n');
    }
    match place {
        Place::Within(since) => Some(since),
        _ => None,
    }
}
