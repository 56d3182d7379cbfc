//! From what a person types to what they mean, or a failure that lists what it could have been.

use crate::{
    api::{Candidate, Failure},
    store::{
        View,
        query::{Found, QueryError},
    },
};
use folkmoot_protocol::{document::DocumentKind, id::*, register::Register, view::DeviceView};
use std::fmt::Display;

/// What may be marked, answered, edited and read by its id.
pub(super) const WRITTEN: &[DocumentKind] = &[DocumentKind::Post, DocumentKind::Comment, DocumentKind::Page];

/// Fewest digits that stand for an id.
const LEAST_DIGITS: usize = 8;

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        Self::new(error.code(), &error, error.hint())
    }
}

/// The one thing that was found.
fn one<T: Display>(what: &str, typed: &str, found: Found<T>, hint: &str) -> Result<T, Failure> {
    match found {
        Found::One(one) => Ok(one),
        Found::None => Err(Failure::new("not-found", format!("there is no {what} '{typed}' here"), hint)),
        Found::Several(several) => {
            let list = several.iter().map(|(_, label)| format!("\n  {}", super::format::line(label))).collect::<String>();
            let failure = Failure::new("ambiguous", format!("'{typed}' may be any of these:{list}"), "say which one by the digits in brackets");
            Err(Failure { candidates: several.into_iter().map(|(id, label)| Candidate { id: id.to_string(), label }).collect(), ..failure })
        }
    }
}

/// A community, by short name or id.
pub(super) fn community(view: View<'_>, typed: &str) -> Result<SpaceId, Failure> {
    one("community", typed, view.find_community(typed)?, "`folkmoot community list` shows those that the hall knows")
}

/// A community that may be left open.
pub(super) fn some_community(view: View<'_>, typed: Option<&str>) -> Result<Option<SpaceId>, Failure> {
    typed.map(|typed| community(view, typed)).transpose()
}

/// A post or comment by id, a page by id or short name.
pub(super) fn document(view: View<'_>, typed: &str, kinds: &[DocumentKind]) -> Result<DocumentId, Failure> {
    let found = view.find_document(typed, kinds);
    if matches!(found, Ok(Found::One(_) | Found::Several(_)) | Err(QueryError::Store(_))) {
        return one("document", typed, found?, "");
    }
    let (what, page) = (listed(kinds), view.find_page(None, typed)?);
    let is_page = !matches!(page, Found::None) || matches!(view.find_document(typed, &[DocumentKind::Page]), Ok(Found::One(_)));
    match kinds.contains(&DocumentKind::Page) {
        true if is_page => one("page", typed, page, ""),
        false if is_page => {
            let hint = format!("`folkmoot page show {typed}` shows it, `folkmoot page edit {typed}` changes it");
            Err(Failure::new("kind", format!("'{typed}' is a page, not a {what}"), &hint))
        }
        listed => {
            let pages = if listed { ", `folkmoot page list` those of pages" } else { "" };
            let hint =
                format!("`folkmoot feed`, `thread` and `search` show ids{pages}; what was erased, or stands in a community that is not followed, is not here");
            one(&what, typed, found?, &hint)
        }
    }
}

/// As [`document`]; of what was removed its place may be all that is left.
pub(super) fn document_or_removed(view: View<'_>, typed: &str, kinds: &[DocumentKind]) -> Result<DocumentId, Failure> {
    match document(view, typed, kinds) {
        Err(failure) if failure.code == "not-found" => {
            let removed = view.find_moderated(typed, |row| row.removed.is_some())?;
            removed.map(|((document, _), _)| document).ok_or(failure)
        }
        found => found,
    }
}

/// `post`, `post or comment`, `post, comment or page`.
fn listed(kinds: &[DocumentKind]) -> String {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => names.concat(),
    }
}

/// A page, by short name or id.
pub(super) fn page(view: View<'_>, community: Option<SpaceId>, typed: &str) -> Result<DocumentId, Failure> {
    let by_name = view.find_page(community, typed)?;
    if let (Found::None, true) = (&by_name, is_id_start(typed)) {
        return document(view, typed, &[DocumentKind::Page]);
    }
    one("page", typed, by_name, "`folkmoot page list` shows those of the communities followed here")
}

/// A person, by name or id.
pub(super) fn person(view: View<'_>, typed: &str) -> Result<PersonId, Failure> {
    one("person", typed, view.find_person(typed)?, "names are those shown beside posts; `folkmoot profile show` shows your own")
}

/// One of several operations, by the start of its id.
pub(super) fn operation_of(typed: &str, operations: impl Iterator<Item = OpId>) -> Result<OpId, Failure> {
    let hint = "`folkmoot history ID` lists the versions with their ids";
    one("version", typed, starting_with(typed, operations.map(|op| (op, String::new()))), hint)
}

/// One of several things of one sort, by the start of its id.
pub(super) fn one_of(what: &str, typed: &str, all: &[OpId], hint: &str) -> Result<OpId, Failure> {
    one(what, typed, starting_with(typed, all.iter().map(|op| (*op, String::new()))), hint)
}

/// One of a person's devices, by name or id.
pub(super) fn device(typed: &str, devices: &[DeviceView]) -> Result<DeviceId, Failure> {
    let named = devices.iter().filter(|device| device.name == typed).map(|device| (device.id, device.name.clone()));
    let found = match several(named) {
        Found::None => starting_with(typed, devices.iter().map(|device| (device.id, device.name.clone()))),
        found => found,
    };
    one("device of yours", typed, found, "`folkmoot device list` shows them")
}

/// The devices of a person.
pub(super) fn devices(register: &Register, person: PersonId, this: DeviceId) -> Vec<DeviceView> {
    let view = |(_, credential, cut): (_, &folkmoot_protocol::register::Credential, Option<_>)| DeviceView {
        id: credential.device,
        name: credential.name.clone(),
        this: credential.device == this,
        may_grant: credential.may_grant,
        revoked: cut.is_some(),
    };
    register.devices(person).map(view).collect()
}

/// Whether it may be the beginning of an id with too few digits.
pub(super) fn is_short(typed: &str) -> bool {
    typed.len() < LEAST_DIGITS && typed.chars().all(|c| c.is_ascii_hexdigit()) && typed.chars().any(|c| c.is_ascii_digit())
}

fn is_id_start(typed: &str) -> bool {
    (LEAST_DIGITS..=64).contains(&typed.len()) && typed.chars().all(|c| c.is_ascii_hexdigit())
}

/// Whether an id begins so, with as many digits as stand for one.
pub(super) fn begins(id: impl Display, typed: &str) -> bool {
    is_id_start(typed) && id.to_string().starts_with(&typed.to_ascii_lowercase())
}

fn starting_with<T: Display + Copy>(typed: &str, all: impl Iterator<Item = (T, String)>) -> Found<T> {
    several(all.filter(|(id, _)| begins(id, typed)))
}

fn several<T: Display + Copy>(found: impl Iterator<Item = (T, String)>) -> Found<T> {
    let mut found = found.map(|(id, label)| (id, format!("{label} ({id})"))).collect::<Vec<_>>();
    match found.len() {
        0 | 1 => found.pop().map_or(Found::None, |(id, _)| Found::One(id)),
        _ => Found::Several(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(first: u8, name: &str) -> DeviceView {
        DeviceView { id: DeviceId([first; 32]), name: name.into(), this: false, may_grant: true, revoked: false }
    }

    #[test]
    fn a_device_goes_by_its_name_or_the_start_of_its_id() {
        let devices = [device(0x11, "laptop"), device(0x22, "phone"), device(0x33, "phone")];
        assert_eq!(super::device("laptop", &devices), Ok(DeviceId([0x11; 32])));
        assert_eq!(super::device("22222222", &devices), Ok(DeviceId([0x22; 32])));
        assert_eq!(super::device("2222222", &devices).map_err(|failure| failure.code), Err("not-found".into()));
        let ambiguous = super::device("phone", &devices).expect_err("two phones");
        assert_eq!(ambiguous.code, "ambiguous");
        assert!(ambiguous.error.contains(&"33".repeat(32)), "{}", ambiguous.error);
    }
}
