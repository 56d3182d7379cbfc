//! The words around a find. The index takes letters without their accents and in lower case; so does this,
//! for Latin letters: elsewhere an excerpt may begin at the beginning.

/// Characters of an excerpt, about.
const EXCERPT_CHARS: usize = 160;
/// Characters shown before the find, about.
const BEFORE_CHARS: usize = 50;

/// How a text begins, on one line, in at most `most` characters and `…` where it goes on.
pub(super) fn beginning(text: &str, most: usize) -> String {
    cut(&one_line(text), 0, most)
}

/// About 160 characters of a text, on one line, around the first place where one of some words begins (folded,
/// see [`fold`]); the beginning where none does. `…` stands where something was left out.
pub(super) fn excerpt(text: &str, words: &[Vec<char>]) -> String {
    let line = one_line(text);
    let find = first_find(&line, words).unwrap_or(0);
    let room = line.len().saturating_sub(EXCERPT_CHARS);
    let from = find.saturating_sub(BEFORE_CHARS).min(room);
    cut(&line, word_start(&line, from, find), EXCERPT_CHARS)
}

/// A word as it is compared: in lower case, without accents.
pub(super) fn fold(word: &str) -> Vec<char> {
    word.chars().filter_map(fold_char).collect()
}

fn one_line(text: &str) -> Vec<char> {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let mut line: Vec<char> = words.flat_map(|word| word.chars().chain([' '])).collect();
    line.pop();
    line
}

fn cut(line: &[char], from: usize, most: usize) -> String {
    let end = line.len().min(from + most);
    let left = if from > 0 { "…" } else { "" };
    let right = if end < line.len() { "…" } else { "" };
    let shown: String = line[from..end].iter().collect();
    format!("{left}{}{right}", shown.trim())
}

/// The beginning of the word after a place, unless that lies beyond the find.
fn word_start(line: &[char], from: usize, find: usize) -> usize {
    if from == 0 {
        return 0;
    }
    let space = line.get(from - 1..find).and_then(|before| before.iter().position(|c| *c == ' '));
    space.map_or(from, |space| from + space)
}

fn first_find(line: &[char], words: &[Vec<char>]) -> Option<usize> {
    let begins = |at: usize| at == 0 || !line[at - 1].is_alphanumeric();
    (0..line.len()).find(|&at| begins(at) && words.iter().any(|word| stands_at(&line[at..], word)))
}

fn stands_at(line: &[char], word: &[char]) -> bool {
    let mut folded = line.iter().filter_map(|c| fold_char(*c));
    !word.is_empty() && word.iter().all(|c| folded.next() == Some(*c))
}

/// A letter in lower case without its accent; none for an accent that stands by itself.
fn fold_char(c: char) -> Option<char> {
    let lower = c.to_lowercase().next().unwrap_or(c);
    Some(match lower {
        '\u{0300}'..='\u{036F}' => return None,
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => 'c',
        'ď' => 'd',
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => 'e',
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => 'g',
        'ĥ' => 'h',
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' => 'i',
        'ĵ' => 'j',
        'ķ' => 'k',
        'ĺ' | 'ļ' | 'ľ' => 'l',
        'ñ' | 'ń' | 'ņ' | 'ň' => 'n',
        'ò'..='ö' | 'ō' | 'ŏ' | 'ő' => 'o',
        'ŕ' | 'ŗ' | 'ř' => 'r',
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => 's',
        'ţ' | 'ť' | 'ț' => 't',
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => 'u',
        'ŵ' => 'w',
        'ý' | 'ÿ' | 'ŷ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(text: &str, word: &str) -> String {
        excerpt(text, &[fold(word)])
    }

    #[test]
    fn a_short_text_is_shown_whole_on_one_line() {
        assert_eq!(around("One\n\n  two\tthree ", "two"), "One two three");
        assert_eq!(around("", "two"), "");
    }

    #[test]
    fn a_long_text_is_cut_around_the_find_at_words() {
        let text = format!("{}Brûlée {}", "before ".repeat(100), "after ".repeat(100));
        let shown = around(&text, "brulee");
        assert!(shown.starts_with("…before before ") && shown.contains("before Brûlée after") && shown.ends_with('…'), "{shown}");
        assert!((150..=162).contains(&shown.chars().count()));
        assert!(around(&text, "nowhere").starts_with("before before"));
    }

    #[test]
    fn a_find_near_the_end_shows_the_end() {
        let shown = around(&format!("{}last", "before ".repeat(100)), "last");
        assert!(shown.starts_with('…') && shown.ends_with(" last"), "{shown}");
        assert!(shown.chars().count() >= 150);
    }

    #[test]
    fn only_the_beginning_of_a_word_is_a_find() {
        let text = format!("{}shear {}ear", "x ".repeat(200), "y ".repeat(200));
        assert!(around(&text, "ear").ends_with(" ear"));
    }
}
