use super::super::{StatementError, at, beginning};
use crate::money::Currency;

/// Which way money went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    In,
    Out,
}

/// Debit or credit, in one letter or more.
pub(super) fn way(text: &str) -> Option<Way> {
    match text.trim().to_uppercase().as_str() {
        "H" | "HABEN" | "C" | "CR" | "CRDT" | "CREDIT" | "+" => Some(Way::In),
        "S" | "SOLL" | "D" | "DR" | "DBIT" | "DEBIT" | "-" => Some(Way::Out),
        _ => None,
    }
}

/// An amount as a cell has it.
#[derive(Debug)]
pub(super) struct Written {
    negative: bool,
    /// Digits, with whatever stands between them.
    digits: String,
    pub(super) currency: Option<Currency>,
    pub(super) way: Option<Way>,
}

const EXPECTED: &str = "1234.56 or 1.234,56 is expected";

fn refused(line: usize, text: &str) -> StatementError {
    match text.trim() {
        "" => at(line, format!("there is no amount; {EXPECTED}")),
        text => at(line, format!("`{}` is no amount of money; {EXPECTED}", beginning(text))),
    }
}

/// Whether it may stand between thousands, whatever stands before the decimals.
fn parts_thousands(c: char) -> bool {
    c == '\'' || c == '’' || c.is_whitespace()
}

impl Written {
    pub(super) fn read(line: usize, text: &str) -> Result<Self, StatementError> {
        let mut rest = text.trim();
        let mut written = Self { negative: false, digits: String::new(), currency: None, way: None };
        let mut signs = 0;
        if let Some(inner) = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            (rest, written.negative, signs) = (inner.trim(), true, 1);
        }
        // Signs and currencies stand before or behind, in any order, each once.
        while !rest.is_empty() {
            let outside = |c: char| !c.is_ascii_digit() && c != '.' && c != ',' && !c.is_whitespace();
            let (word, left) = match (rest.starts_with(outside), rest.ends_with(outside)) {
                (true, _) => split_front(rest),
                (_, true) => split_back(rest),
                _ => break,
            };
            match word {
                "-" | "−" | "–" if signs == 0 => (written.negative, signs) = (true, 1),
                "+" if signs == 0 => signs = 1,
                word => written.word(word).ok_or_else(|| refused(line, text))?,
            }
            rest = left.trim();
        }
        let fits = |c: char| c.is_ascii_digit() || c == '.' || c == ',' || parts_thousands(c);
        if !rest.chars().all(fits) || !rest.contains(|c: char| c.is_ascii_digit()) {
            return Err(refused(line, text));
        }
        written.digits = rest.to_owned();
        Ok(written)
    }

    /// A currency, or debit or credit.
    fn word(&mut self, word: &str) -> Option<()> {
        let currency = match word {
            "€" => "EUR".parse().ok(),
            "£" => "GBP".parse().ok(),
            word => word.to_uppercase().parse().ok(),
        };
        match (currency, way(word)) {
            (Some(currency), _) if self.currency.is_none() => self.currency = Some(currency),
            (None, Some(way)) if self.way.is_none() && word.starts_with(char::is_alphabetic) => self.way = Some(way),
            _ => return None,
        }
        Some(())
    }

    /// Which sign stands before the decimals, if this amount alone shows it.
    fn mark(&self) -> Option<char> {
        let (points, commas) = (self.digits.matches('.').count(), self.digits.matches(',').count());
        match (points, commas) {
            (0, 0) => None,
            (1.., 1..) => self.digits.chars().rev().find(|c| ['.', ','].contains(c)),
            (2.., 0) => Some(','),
            (0, 2..) => Some('.'),
            (points, _) => {
                let mark = if points == 1 { '.' } else { ',' };
                let (whole, part) = self.digits.split_once(mark)?;
                let thousands = part.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0') && !whole.contains(parts_thousands);
                (!thousands).then_some(mark)
            }
        }
    }
}

/// A sign, or a word, at the beginning, and what is left.
fn split_front(text: &str) -> (&str, &str) {
    let end = match text.chars().next() {
        Some(c) if c.is_alphabetic() => text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len()),
        Some(c) => c.len_utf8(),
        None => 0,
    };
    text.split_at(end)
}

/// The same at the end.
fn split_back(text: &str) -> (&str, &str) {
    let begins = match text.chars().next_back() {
        Some(c) if c.is_alphabetic() => text.char_indices().rev().find(|(_, c)| !c.is_alphabetic()).map_or(0, |(at, c)| at + c.len_utf8()),
        Some(c) => text.len() - c.len_utf8(),
        None => 0,
    };
    let (left, word) = text.split_at(begins);
    (word, left)
}

/// What a file has before its decimals.
#[derive(Debug, Default)]
pub(super) struct Marks {
    decimal: Option<char>,
}

impl Marks {
    /// Finds it out from all amounts of a file.
    pub(super) fn of<'a>(cells: impl Iterator<Item = (usize, &'a str)>) -> Result<Self, StatementError> {
        let mut known: Option<(char, usize, &str)> = None;
        for (line, cell) in cells {
            let Some(mark) = Written::read(line, cell).ok().and_then(|written| written.mark()) else { continue };
            match known {
                None => known = Some((mark, line, cell)),
                Some((other, first, example)) if other != mark => {
                    let what = format!("`{}` has other signs before decimals and thousands than `{}` in line {first}", beginning(cell), beginning(example));
                    return Err(at(line, what));
                }
                Some(_) => {}
            }
        }
        Ok(Self { decimal: known.map(|(mark, ..)| mark) })
    }

    /// The smallest units of an amount.
    pub(super) fn minor(&self, line: usize, cell: &str, written: &Written, currency: Currency) -> Result<i64, StatementError> {
        let digits = &written.digits;
        let decimal = match self.decimal.or_else(|| written.mark()) {
            None if digits.contains(['.', ',']) => {
                let what = "may be thousands or a fraction, and no line of the file shows which: write it as 1234 or 1.23";
                return Err(at(line, format!("`{}` {what}", beginning(cell))));
            }
            decimal => decimal.unwrap_or('.'),
        };
        let (whole, part) = digits.split_once(decimal).unwrap_or((digits, ""));
        let whole = without_thousands(whole, decimal).ok_or_else(|| refused(line, cell))?;
        let sign = if written.negative { "-" } else { "" };
        currency.minor(&format!("{sign}{whole}.{part}")).map_err(|error| at(line, format!("`{}`: {error}", beginning(cell))))
    }
}

/// Digits whose thousands may be parted, all by the same sign.
fn without_thousands(whole: &str, decimal: char) -> Option<String> {
    let mark = whole.chars().find(|c| !c.is_ascii_digit());
    let Some(mark) = mark else { return Some(whole.to_owned()) };
    let groups: Vec<&str> = whole.split(mark).collect();
    let (first, rest) = groups.split_first()?;
    let digits = |group: &&str| group.bytes().all(|byte| byte.is_ascii_digit());
    let fits = mark != decimal && (1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3) && groups.iter().all(digits);
    fits.then(|| groups.concat())
}
