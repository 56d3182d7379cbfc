//! Brings a stranger's text into the form that our rules for texts admit.

use folkmoot_protocol::limits;
use folkmoot_protocol::text::{self, TextError};

/// One line: breaks become blanks, characters that hide or reorder are dropped, and it is cut to `most` characters.
pub(super) fn line(from: &str, most: usize) -> String {
    let breaks = |c: char| matches!(c, '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}');
    let mut line = from.replace(breaks, " ");
    // The rule itself names each character that it does not admit, so that there is one list of them.
    while let Err(TextError::Character { code, .. }) = text::check_line("line", &line, usize::MAX) {
        line.retain(|c| u32::from(c) != code);
    }
    cut(line.trim(), most)
}

/// A text of several lines: line ends become line feeds, other control characters but tabs are dropped.
pub(super) fn body(from: &str) -> String {
    let mut body = from.replace("\r\n", "\n").replace('\r', "\n");
    body.retain(|c| !c.is_control() || matches!(c, '\n' | '\t'));
    cut(&body, limits::TEXT_CHARS)
}

/// A link that may stand in a document.
pub(super) fn url(from: &str) -> Option<String> {
    text::check_url("link", from).is_ok().then(|| from.to_owned())
}

/// A short name; nothing where no letter or digit is left. Other characters become `-`.
pub(super) fn slug(from: &str) -> Option<String> {
    let mut slug = String::new();
    for c in from.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' | '_' => slug.push(c),
            _ if slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    let slug = slug.trim_start_matches(['_', '-']).chars().take(limits::SLUG_CHARS).collect::<String>();
    let slug = slug.trim_end_matches('-').to_owned();
    text::check_slug("name", &slug).is_ok().then_some(slug)
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NASTY: [&str; 7] = [
        " \u{202E}ecila\u{202C}\t\r\nand \u{FEFF}bob\u{0} ",
        "\u{1b}[31mred\u{1b}[0m",
        "a\rb\r\nc\n\u{85}d\u{7f}",
        "👩\u{200D}🌾 grows\u{E0041} leeks",
        "\u{200B}",
        "",
        "Zoë Müller",
    ];

    #[test]
    fn every_cleaned_text_passes_our_rules() {
        for from in NASTY {
            for text in [from.to_owned(), from.repeat(9000)] {
                let title = line(&text, limits::TITLE_CHARS);
                assert!(title.is_empty() || text::check_line("title", &title, limits::TITLE_CHARS).is_ok(), "{title:?}");
                let body = body(&text);
                assert_eq!(text::check_body("text", &body, limits::TEXT_CHARS), Ok(()), "{from:?}");
                assert!(slug(&text).is_none_or(|slug| text::check_slug("name", &slug).is_ok()), "{from:?}");
            }
        }
    }

    #[test]
    fn a_clean_text_stays_as_it_is() {
        assert_eq!(line("Zoë Müller: 1 < 2", 200), "Zoë Müller: 1 < 2");
        assert_eq!(body("one\n\n\ttwo  \n"), "one\n\n\ttwo  \n");
        assert_eq!(body("a\rb\r\nc\u{7}"), "a\nb\nc");
        assert_eq!(line("so\nit  goes", 200), "so it  goes");
    }

    #[test]
    fn a_long_line_is_cut_with_a_sign() {
        let cut = line(&"é".repeat(201), 200);
        assert_eq!(cut.chars().count(), 200);
        assert!(cut.ends_with("é…"));
        assert_eq!(line(&"é".repeat(200), 200), "é".repeat(200));
    }

    #[test]
    fn community_names_become_short_names() {
        assert_eq!(slug("AskLemmy").as_deref(), Some("asklemmy"));
        assert_eq!(slug("_garten & küche_").as_deref(), Some("garten-k-che_"));
        assert_eq!(slug(&"x".repeat(60)), Some("x".repeat(40)));
        assert_eq!(slug("日本語"), None);
    }
}
