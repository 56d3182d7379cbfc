//! XML as far as statements need it: elements by their local names, their texts, and one attribute. What makes XML
//! dangerous (document types, entities of one's own) is refused, not resolved.

use super::{
    StatementError, at, beginning,
    encoding::{self, Declared},
};
use crate::limits;
use quick_xml::{
    events::{BytesStart, Event},
    reader::Reader,
};
use std::borrow::Cow;

/// An element with all that is in it.
#[derive(Debug)]
pub(super) struct Element {
    /// Its name without the prefix of a namespace.
    pub(super) name: String,
    /// Where it begins.
    pub(super) line: usize,
    /// The attribute `Ccy`; empty where there is none.
    pub(super) currency: String,
    /// Its text; empty where there are elements in it.
    pub(super) text: String,
    children: Vec<Element>,
}

/// A step through a document.
#[derive(Debug)]
pub(super) enum Step {
    /// An element begins.
    Open(Element),
    /// The innermost open element ends.
    Close,
    /// All are closed.
    End,
}

enum Part {
    Step(Step),
    Text(String),
}

/// Goes through a document from one element to the next.
pub(super) struct Walk<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    /// Elements that are open.
    depth: usize,
    /// Lines are counted up to here,
    counted: usize,
    /// and this is the line there.
    line: usize,
}

/// The text of a document. What is UTF-8 is read as that, whatever the document declares: programs that save a file anew
/// leave its first line as it was. What is not is read as the document says.
pub(super) fn text_of(bytes: &[u8]) -> Result<Cow<'_, str>, StatementError> {
    if encoding::has_wide_mark(bytes) || [b"\0<", b"<\0"].iter().any(|mark| bytes.starts_with(*mark)) {
        return Err(StatementError::Encoding("UTF-16".into()));
    }
    let error = match encoding::utf8(bytes) {
        Ok(text) => return Ok(Cow::Borrowed(text)),
        Err(error) => error,
    };
    let bytes = encoding::without_mark(bytes);
    match declared(bytes).map(|name| (encoding::declared(&name), name)) {
        Some((Declared::Windows1252, _)) => Ok(Cow::Owned(encoding::windows_1252(bytes))),
        Some((Declared::Other, name)) => Err(StatementError::Encoding(beginning(&name))),
        Some((Declared::Utf8, _)) | None => {
            let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
            Err(at(line, "there are bytes that are not UTF-8, which the file says it is: save it as UTF-8"))
        }
    }
}

/// The encoding that the first line declares.
fn declared(bytes: &[u8]) -> Option<String> {
    let head = bytes.trim_ascii_start().strip_prefix(b"<?xml")?;
    let head: String = head.iter().take(200).map(|byte| char::from(*byte)).collect();
    let (_, rest) = head.split("?>").next()?.split_once("encoding")?;
    let quoted = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = quoted.chars().next().filter(|c| *c == '"' || *c == '\'')?;
    quoted.split(quote).nth(1).map(str::to_owned)
}

impl<'a> Walk<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Self { text, reader, depth: 0, counted: 0, line: 1 }
    }

    /// The next element, or the end of one; text between is passed over.
    pub(super) fn step(&mut self) -> Result<Step, StatementError> {
        loop {
            if let Part::Step(step) = self.part()? {
                return Ok(step);
            }
        }
    }

    /// Reads an element that has just begun to its end, with at most so many in it.
    pub(super) fn whole(&mut self, element: Element) -> Result<Element, StatementError> {
        let mut left = limits::STATEMENT_ELEMENTS;
        let (mut inner, mut outer) = (element, Vec::new());
        loop {
            match self.part()? {
                Part::Text(text) => inner.text.push_str(&text),
                Part::Step(Step::Open(element)) => {
                    left = left.checked_sub(1).ok_or_else(|| at(element.line, format!("{} holds more than is read at once", inner.name)))?;
                    outer.push(std::mem::replace(&mut inner, element));
                }
                Part::Step(Step::Close | Step::End) => {
                    inner.text = if inner.children.is_empty() { inner.text.trim().to_owned() } else { String::new() };
                    match outer.pop() {
                        Some(parent) => {
                            let done = std::mem::replace(&mut inner, parent);
                            inner.children.push(done);
                        }
                        None => return Ok(inner),
                    }
                }
            }
        }
    }

    /// Passes over an element that has just begun.
    pub(super) fn skip(&mut self) -> Result<(), StatementError> {
        let outside = self.depth - 1;
        while self.depth > outside {
            self.part()?;
        }
        Ok(())
    }

    fn part(&mut self) -> Result<Part, StatementError> {
        loop {
            let begins = self.reader.buffer_position() as usize;
            let event = self.reader.read_event().map_err(|error| {
                let place = self.reader.error_position() as usize;
                at(self.line_at(place), format!("this is not well-formed XML ({error})"))
            })?;
            match event {
                Event::Start(start) => return self.open(&start, begins).map(|element| Part::Step(Step::Open(element))),
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Part::Step(Step::Close));
                }
                Event::Text(text) => return Ok(Part::Text(text.xml10_content().into_owned())),
                Event::CData(text) => return Ok(Part::Text(text.xml10_content().into_owned())),
                Event::GeneralRef(reference) => {
                    let line = self.line_at(begins);
                    return character(&reference)
                        .map(|c| Part::Text(c.into()))
                        .ok_or_else(|| at(line, format!("the entity `&{};` is not one of XML's own (&amp; &lt; &gt; &quot; &apos;)", beginning(&reference))));
                }
                Event::DocType(_) => return Err(at(self.line_at(begins), "there is a document type (DOCTYPE), which no bank statement has")),
                Event::Eof if self.depth > 0 => return Err(at(self.line_at(self.text.len()), "the file ends in the middle: fetch it from the bank again")),
                Event::Eof => return Ok(Part::Step(Step::End)),
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
    }

    fn open(&mut self, start: &BytesStart<'_>, begins: usize) -> Result<Element, StatementError> {
        let line = self.line_at(begins);
        self.depth += 1;
        if self.depth > limits::STATEMENT_DEPTH {
            return Err(at(line, format!("elements are nested deeper than {} levels", limits::STATEMENT_DEPTH)));
        }
        // Without the reader's check for repeated attributes, which compares each with all before it.
        let currency = start.attributes().with_checks(false).flatten().find(|attribute| attribute.key.local_name().into_inner() == "Ccy");
        let name = start.local_name().into_inner().to_owned();
        Ok(Element { name, line, currency: currency.map(|attribute| attribute.value.into_owned()).unwrap_or_default(), text: String::new(), children: vec![] })
    }

    /// In which line a place is. Places are asked for in the order of the text.
    fn line_at(&mut self, place: usize) -> usize {
        let between = self.text.as_bytes().get(self.counted..place).unwrap_or_default();
        self.line += between.iter().filter(|byte| **byte == b'\n').count();
        self.counted = self.counted.max(place.min(self.text.len()));
        self.line
    }
}

/// The character that a reference stands for.
fn character(reference: &str) -> Option<char> {
    match reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        reference => {
            let digits = reference.strip_prefix('#')?;
            let code = match digits.strip_prefix('x') {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => digits.parse(),
            };
            char::from_u32(code.ok()?).filter(|c| *c != '\0')
        }
    }
}

impl Element {
    /// The first element in it of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The elements in it of this name.
    pub(super) fn children(&self, name: &str) -> impl Iterator<Item = &Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The element at the end of a path of names.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Element> {
        path.iter().try_fold(self, |element, name| element.child(name))
    }

    /// The text at the end of a path; empty where there is none.
    pub(super) fn text_at(&self, path: &[&str]) -> &str {
        self.at(path).map_or("", |element| element.text.as_str())
    }
}
