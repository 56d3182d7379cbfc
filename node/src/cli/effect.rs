//! Effects as people type them: names in place of ids.

use super::{format, pledge, resolve};
use crate::{api::Failure, store::View};
use folkmoot_protocol::{document::DocumentKind, id::*, law::Office};

/// A line with the ids of what it names: persons, communities, pages, bills, features.
pub(super) fn with_ids(view: View<'_>, line: &str) -> Result<String, Failure> {
    let words: Vec<&str> = line.split_whitespace().collect();
    Ok(match words.as_slice() {
        ["fill-job", job, person @ ..] if !person.is_empty() => format!("fill-job {job} {}", resolve::person(view, &person.join(" "))?),
        [act @ ("appoint" | "dismiss"), office, person @ ..] if !person.is_empty() => {
            format!("{act} {} {}", office_with_id(view, office)?, resolve::person(view, &person.join(" "))?)
        }
        ["open-election", office, seats] => format!("open-election {} {seats}", office_with_id(view, office)?),
        ["expel", person @ ..] if !person.is_empty() => format!("expel {}", resolve::person(view, &person.join(" "))?),
        ["adopt-text", name, page] => adopted(view, name, page)?,
        ["adopt-text", name, page, versions] => {
            let document = resolve::page(view, None, page)?;
            let versions = versions.split(',').map(|typed| version(view, document, typed)).collect::<Result<Vec<_>, _>>()?;
            format!("adopt-text {name} {document} {}", versions.join(","))
        }
        ["reinstate", document] => match view.find_moderated(document, |row| row.removed.is_some())? {
            Some(((document, _), _)) => format!("reinstate {document}"),
            None => line.to_owned(),
        },
        ["lift-ban", community, person @ ..] if !person.is_empty() => {
            format!("lift-ban {} {}", resolve::community(view, community)?, resolve::person(view, &person.join(" "))?)
        }
        ["repeal", bill] => format!("repeal {}", opened(view, bill)?),
        ["deliver", what] => {
            let unknown = || Failure::new("not-synced", "the founding of the co-op is not here yet", "let the node run until it has synced: `folkmoot run`");
            format!("deliver {}", pledge::target(view, &view.law()?.ok_or_else(unknown)?, what)?)
        }
        _ => line.to_owned(),
    })
}

/// An office as effects have it.
pub(super) fn office_with_id(view: View<'_>, office: &str) -> Result<String, Failure> {
    match office.split_once(':') {
        Some(("moderator", community)) => Ok(format!("moderator:{}", resolve::community(view, community)?)),
        _ => {
            let wrong = |error: &dyn std::fmt::Display| {
                Failure::new("office", format!("'{}' is no office: {error}", format::line(office)), "`folkmoot offices` shows who holds which office")
            };
            office.parse::<Office>().map(|office| office.to_string()).map_err(|error| wrong(&error))
        }
    }
}

/// The page at its present version: what is adopted is what stands there now.
fn adopted(view: View<'_>, name: &str, page: &str) -> Result<String, Failure> {
    let document = resolve::page(view, None, page)?;
    let present = view.present_document(document)?.map(|(n, _)| view.document_state(n)).transpose()?.flatten();
    let Some(state) = present else { return Err(Failure::new("not-found", "that page is not here", "`folkmoot page list` shows those that are")) };
    let heads: Vec<String> = state.heads.iter().map(OpId::to_string).collect();
    Ok(format!("adopt-text {name} {document} {}", heads.join(",")))
}

/// A version of a page by the beginning of its id, in full.
fn version(view: View<'_>, page: DocumentId, typed: &str) -> Result<String, Failure> {
    let held = view.present_document(page)?.map(|(n, _)| view.document_operations(n)).transpose()?.unwrap_or_default();
    let ids: Vec<OpId> = held.iter().map(|held| held.op.id).collect();
    Ok(resolve::one_of("version", typed, &ids, "`folkmoot history PAGE` shows its versions")?.to_string())
}

/// The act that opened a bill.
fn opened(view: View<'_>, typed: &str) -> Result<OpId, Failure> {
    let unknown = || Failure::new("not-found", format!("no bill '{typed}' was put to the vote"), "`folkmoot bill list` shows the bills");
    let law = view.law()?.ok_or_else(unknown)?;
    if let Some(op) = typed.parse().ok().filter(|op| law.bills.contains(op)) {
        return Ok(op);
    }
    let document = resolve::document(view, typed, &[DocumentKind::Bill])?;
    law.bill_of(document).map(|(op, _)| op).ok_or_else(unknown)
}
