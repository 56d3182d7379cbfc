//! What a person may write where: lengths, and which characters a name may hold.

use crate::limits;

/// A text that may not stand where it was put.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing, or nothing but white space.
    #[error("{what} is empty")]
    Empty {
        /// Which text.
        what: &'static str,
    },
    /// Longer than allowed.
    #[error("{what} has {length} characters; at most {most} are allowed")]
    TooLong {
        /// Which text.
        what: &'static str,
        /// Its length in characters.
        length: usize,
        /// The limit in characters.
        most: usize,
    },
    /// A character that hides or reorders what is shown.
    #[error(
        "{what} holds the character U+{code:04X}, which is not allowed there (control characters and those that reverse the reading order could make a text look like another)"
    )]
    Character {
        /// Which text.
        what: &'static str,
        /// The character's code point.
        code: u32,
    },
    /// White space around the text.
    #[error("{what} begins or ends with white space")]
    Padded {
        /// Which text.
        what: &'static str,
    },
    /// A short name outside a-z, 0-9, `_` and `-`.
    #[error("{what} may only hold the letters a to z, digits, '_' and '-', and begins with a letter or digit")]
    Slug {
        /// Which text.
        what: &'static str,
    },
    /// A link that is not http or https.
    #[error("{what} must begin with http:// or https:// and hold no white space")]
    Url {
        /// Which text.
        what: &'static str,
    },
}

/// Characters that change the direction or hide: Unicode's bidirectional controls, zero-width ones,
/// line and paragraph separators, the byte-order mark, interlinear marks and tags.
pub(crate) fn hides(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

fn within(what: &'static str, text: &str, most: usize) -> Result<(), TextError> {
    let length = text.chars().count();
    if length > most { Err(TextError::TooLong { what, length, most }) } else { Ok(()) }
}

/// Checks one line that is shown as a name or title: not empty, no control or hiding characters.
pub fn check_line(what: &'static str, text: &str, most: usize) -> Result<(), TextError> {
    if text.trim().is_empty() {
        return Err(TextError::Empty { what });
    }
    within(what, text, most)?;
    if let Some(c) = text.chars().find(|&c| c.is_control() || hides(c)) {
        return Err(TextError::Character { what, code: c.into() });
    }
    if text.trim() != text { Err(TextError::Padded { what }) } else { Ok(()) }
}

/// Checks a text of several lines: no control characters but line feed and tab.
pub fn check_body(what: &'static str, text: &str, most: usize) -> Result<(), TextError> {
    within(what, text, most)?;
    match text.chars().find(|&c| c.is_control() && c != '\n' && c != '\t') {
        Some(c) => Err(TextError::Character { what, code: c.into() }),
        None => Ok(()),
    }
}

/// Checks the short name of a community or page, which people type.
pub fn check_slug(what: &'static str, text: &str) -> Result<(), TextError> {
    if text.is_empty() {
        return Err(TextError::Empty { what });
    }
    within(what, text, limits::SLUG_CHARS)?;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    if text.chars().all(fits) && !text.starts_with(['_', '-']) { Ok(()) } else { Err(TextError::Slug { what }) }
}

/// Checks a link.
pub fn check_url(what: &'static str, text: &str) -> Result<(), TextError> {
    if text.len() > limits::URL_BYTES {
        return Err(TextError::TooLong { what, length: text.chars().count(), most: limits::URL_BYTES });
    }
    let http = ["http://", "https://"].iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme));
    if http && !text.chars().any(|c| c.is_control() || c.is_whitespace() || hides(c)) { Ok(()) } else { Err(TextError::Url { what }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_reversing_character_is_refused() {
        assert_eq!(check_line("name", "ali\u{202E}ce", 60), Err(TextError::Character { what: "name", code: 0x202E }));
        assert_eq!(check_line("name", "a\0b", 60), Err(TextError::Character { what: "name", code: 0 }));
        assert_eq!(check_line("name", "  ", 60), Err(TextError::Empty { what: "name" }));
        assert_eq!(check_line("name", "Zoë Müller", 60), Ok(()));
    }

    #[test]
    fn a_body_keeps_lines_and_refuses_escapes() {
        assert_eq!(check_body("text", "one\n\ttwo", 10), Ok(()));
        assert!(check_body("text", "\u{1b}[31m", 10).is_err());
        assert!(check_body("text", "long", 3).is_err());
    }

    #[test]
    fn links_are_http_only() {
        assert_eq!(check_url("url", "https://example.org/a?b"), Ok(()));
        assert!(check_url("url", "javascript:alert(1)").is_err());
        assert!(check_url("url", "https://").is_err());
    }
}
