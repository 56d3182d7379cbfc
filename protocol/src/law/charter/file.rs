//! A charter as a file that a founder writes, in TOML.

use super::{CharterError, Preset, PresetError, check_values};
use crate::{
    law::{
        key::{KEYS, KeySpec, key, nearest},
        value::{Value, quoted},
    },
    limits,
};
use std::{collections::BTreeMap, fmt, ops::Range};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// The one name in such a file that is no key of the law.
const PRESET: &str = "preset";
/// How much of a name that no key has is kept to be told.
const NAME_CHARS: usize = 80;

/// Everything that is wrong with a file, by line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CharterErrors(pub Vec<FileError>);

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileError {
    /// The line, counted from 1, where it stands at one.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: Wrong,
}

/// What is wrong at a place of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// Too large to be a charter.
    #[error("the file has {0} bytes; a charter has at most {most}", most = limits::CHARTER_TOML_BYTES)]
    TooLarge(usize),
    /// Not TOML.
    #[error("this is not TOML: {0}")]
    Toml(String),
    /// A preset that is none.
    #[error("{0}")]
    Preset(#[from] PresetError),
    /// A key that was set on another line already.
    #[error("{key} was set on line {line} already")]
    Twice {
        /// The key.
        key: &'static str,
        /// The line.
        line: usize,
    },
    /// A key or value that the law does not take, or values that do not go together.
    #[error(transparent)]
    Charter(#[from] CharterError),
    /// A list or table where a value belongs.
    #[error("{key}: a list or table stands where {expected} belongs")]
    Nested {
        /// The key.
        key: &'static str,
        /// What belongs there.
        expected: String,
    },
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.line.map_or(Ok(()), |line| write!(f, "line {line}: "))?;
        self.what.fmt(f)
    }
}

impl fmt::Display for CharterErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for CharterErrors {}

/// Reads a founder's file: a preset to begin from (cast where none is named) and the keys that differ from it,
/// as `"voting.period" = "P7D"`, `voting.period = "P7D"`, or in tables. Answers all of the law's values, or
/// everything that is wrong.
pub fn from_toml(text: &str) -> Result<BTreeMap<String, Value>, CharterErrors> {
    if text.len() > limits::CHARTER_TOML_BYTES {
        return Err(CharterErrors(vec![FileError { line: None, what: Wrong::TooLarge(text.len()) }]));
    }
    let mut reader = Reader { text, preset: Preset::Cast, set: BTreeMap::new(), errors: vec![] };
    reader.read();
    reader.finish()
}

/// What has been read of a file.
struct Reader<'t> {
    text: &'t str,
    preset: Preset,
    /// The keys that it sets, each with its place.
    set: BTreeMap<&'static str, (usize, Value)>,
    /// What is wrong, each with its place.
    errors: Vec<(usize, Wrong)>,
}

impl Reader<'_> {
    fn read(&mut self) {
        let (table, broken) = DeTable::parse_recoverable(self.text);
        for error in broken {
            let at = error.span().map_or(0, |span| span.start);
            self.errors.push((at, Wrong::Toml(error.message().into())));
        }
        // Where the text is broken, what was guessed of it would only give errors that mean nothing.
        if self.errors.is_empty() {
            self.table("", table.get_ref());
        }
    }

    fn table(&mut self, above: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let full = if above.is_empty() { name.get_ref().to_string() } else { format!("{above}.{}", name.get_ref()) };
            let full: String = full.chars().take(NAME_CHARS).collect();
            if full == PRESET {
                self.preset(value);
            } else if let Some(spec) = key(&full) {
                self.key(spec, name.span(), value.get_ref());
            } else if let DeValue::Table(within) = value.get_ref() {
                self.table(&full, within);
            } else {
                let nearest = nearest(&full);
                self.errors.push((name.span().start, CharterError::Unknown { name: quoted(&full), nearest }.into()));
            }
        }
    }

    fn preset(&mut self, value: &Spanned<DeValue<'_>>) {
        match plain(value.get_ref()).unwrap_or_default().parse() {
            Ok(preset) => self.preset = preset,
            Err(error) => self.errors.push((value.span().start, Wrong::Preset(error))),
        }
    }

    fn key(&mut self, spec: &'static KeySpec, place: Range<usize>, value: &DeValue<'_>) {
        let at = place.start;
        let read = match plain(value) {
            Some(text) => Value::parse(&spec.kind, &text).map_err(|error| CharterError::Value { key: spec.name, error }.into()),
            None => Err(Wrong::Nested { key: spec.name, expected: spec.kind.expected() }),
        };
        if let Some((first, _)) = self.set.get(spec.name) {
            let (line, at) = (self.line(at.min(*first)), at.max(*first));
            self.errors.push((at, Wrong::Twice { key: spec.name, line }));
        }
        match read {
            Ok(value) => drop(self.set.insert(spec.name, (at, value))),
            Err(wrong) => self.errors.push((at, wrong)),
        }
    }

    fn line(&self, at: usize) -> usize {
        1 + self.text.bytes().take(at).filter(|byte| *byte == b'\n').count()
    }

    fn finish(mut self) -> Result<BTreeMap<String, Value>, CharterErrors> {
        self.check_relations();
        self.errors.sort_by_key(|(at, _)| *at);
        let errors = std::mem::take(&mut self.errors);
        let mut errors: Vec<_> = errors.into_iter().map(|(at, what)| FileError { line: Some(self.line(at)), what }).collect();
        // One break of a line has more than one consequence on it.
        errors.dedup_by(|next, first| next.line == first.line && matches!((&next.what, &first.what), (Wrong::Toml(_), Wrong::Toml(_))));
        if errors.is_empty() { Ok(self.values()) } else { Err(CharterErrors(errors)) }
    }

    fn values(&self) -> BTreeMap<String, Value> {
        let mut values = self.preset.values();
        values.extend(self.set.iter().map(|(name, (_, value))| ((*name).into(), value.clone())));
        values
    }

    /// Adds what does not go together, at the first of its keys that the file sets. Where one of them was not understood, what
    /// stands there in its place says nothing.
    fn check_relations(&mut self) {
        let lost = |keys: &[&'static str]| match self.errors.as_slice() {
            [] => false,
            errors => errors.iter().any(|(_, wrong)| match wrong {
                Wrong::Charter(CharterError::Value { key, .. }) | Wrong::Nested { key, .. } | Wrong::Twice { key, .. } => keys.contains(key),
                Wrong::Preset(_) => keys.iter().any(|key| !self.set.contains_key(key)),
                Wrong::Charter(_) => false,
                Wrong::Toml(_) | Wrong::TooLarge(_) => true,
            }),
        };
        let mut found = Vec::new();
        for error in check_values(&self.values()) {
            let CharterError::Relation(contradiction) = &error else { continue };
            let keys = contradiction.rule.keys();
            let at = keys.iter().find_map(|key| self.set.get(key)).map_or(0, |(at, _)| *at);
            if !lost(&keys) {
                found.push((at, error.into()));
            }
        }
        self.errors.extend(found);
    }
}

/// A value of TOML as the text that the law reads; none for lists and tables.
fn plain(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        // What is too large for a number stays as it was written, to be told.
        DeValue::Integer(number) => Some(u64::from_str_radix(number.as_str(), number.radix()).map_or_else(|_| number.to_string(), |number| number.to_string())),
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(truth) => Some(truth.to_string()),
        DeValue::Datetime(time) => Some(time.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// Writes values as such a file, each under its key's sentence; keys that are not set are named at the end.
pub fn to_toml(values: &BTreeMap<String, Value>) -> String {
    let mut text = String::new();
    for (name, value) in values {
        if let Some(spec) = key(name) {
            text.push_str(&format!("# {}{}\n", spec.about, if spec.entrenched { " (entrenched)" } else { "" }));
        }
        text.push_str(&format!("{} = {}\n\n", basic_string(name), written(value)));
    }
    let unset: Vec<_> = KEYS.iter().filter(|spec| !values.contains_key(spec.name)).map(|spec| format!("#   {}: {}\n", spec.name, spec.about)).collect();
    if !unset.is_empty() {
        text.push_str(&format!("# Not set:\n{}", unset.concat()));
    }
    text
}

fn written(value: &Value) -> String {
    match value {
        // TOML's numbers end at 2^63.
        Value::Integer(number) if i64::try_from(*number).is_ok() => number.to_string(),
        value => basic_string(&value.to_string()),
    }
}

/// A basic string of TOML.
fn basic_string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests;
