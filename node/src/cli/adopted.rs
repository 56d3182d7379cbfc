//! Texts that are adopted, and instances that are endorsed.

use super::{bill_ref::BillRef, format, output::Paint};
use crate::{
    api::Failure,
    store::{StoreError, View},
};
use folkmoot_protocol::{
    id::*,
    law::{AdoptedText, State},
};
use serde::Serialize;
use std::collections::BTreeSet;

/// A text that is law.
#[derive(Serialize)]
pub(super) struct Adopted {
    /// What it is adopted as.
    name: String,
    /// The page,
    document: DocumentId,
    /// and its title, where it is here.
    title: Option<String>,
    /// The version: the operations that made it.
    version: Vec<OpId>,
    /// Whether the page reads so now; none where it is not here.
    present: Option<bool>,
    /// The bill that set it.
    bill: Option<BillRef>,
    /// The issue that brought that into force.
    issue: u64,
}

/// An instance that the co-op endorses.
#[derive(Serialize)]
pub(super) struct Endorsed {
    instance: String,
    bill: Option<BillRef>,
    issue: u64,
}

/// The adopted texts, by name.
pub(super) fn texts(view: View<'_>, law: &State) -> Result<Vec<Adopted>, Failure> {
    law.texts.iter().map(|(name, row)| Ok(adopted(view, law, name, row)?)).collect()
}

fn adopted(view: View<'_>, law: &State, name: &str, row: &AdoptedText) -> Result<Adopted, StoreError> {
    let heads = view.page_heads(row.document)?;
    let same = |heads: &Vec<OpId>| heads.iter().collect::<BTreeSet<_>>() == row.at.iter().collect();
    Ok(Adopted {
        name: name.into(),
        document: row.document,
        title: view.page(row.document)?.map(|page| page.title),
        version: row.at.clone(),
        present: heads.as_ref().map(same),
        bill: BillRef::opened_by(law, row.by),
        issue: row.height,
    })
}

/// The endorsed instances, by name.
pub(super) fn instances(law: &State) -> Vec<Endorsed> {
    let endorsed = law.endorsements.iter();
    endorsed.map(|(instance, row)| Endorsed { instance: instance.clone(), bill: BillRef::opened_by(law, row.by), issue: row.height }).collect()
}

/// What adopts a page.
pub(super) fn of_page(view: View<'_>, law: &State, page: DocumentId) -> Result<Vec<Adopted>, Failure> {
    let own = law.texts.iter().filter(|(_, row)| row.document == page);
    own.map(|(name, row)| Ok(adopted(view, law, name, row)?)).collect()
}

impl Adopted {
    /// The version, by the starts of the ids that made it.
    fn of_version(&self) -> String {
        self.version.iter().map(|op| op.short()).collect::<Vec<_>>().join("+")
    }

    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name == name
    }

    fn by(&self) -> String {
        self.bill.as_ref().map(|bill| format!(", by {bill}")).unwrap_or_default()
    }

    /// What to say beside the page.
    pub(super) fn beside_page(&self) -> String {
        let which = if self.present == Some(true) { "This version is law" } else { "Another version of it is law" };
        let older = if self.present == Some(true) { "" } else { "; `folkmoot history` lists the versions" };
        format!("{which}, as {} (version {}, issue {}{}){older}", format::line(&self.name), self.of_version(), self.issue, self.by())
    }

    /// In a sentence.
    pub(super) fn sentence(&self) -> String {
        let page = self.title.as_deref().map_or_else(|| "a page that is not here".to_owned(), |title| format!("the page \"{title}\""));
        let since = match self.present {
            Some(false) => "; the page reads otherwise now",
            _ => "",
        };
        format!("{} is {page} ({}) at version {}{since}", self.name, self.document.short(), self.of_version())
    }
}

/// Both as sections; nothing where there are none.
pub(super) fn sections(paint: Paint, texts: &[Adopted], instances: &[Endorsed]) -> String {
    let bill = |bill: &Option<BillRef>| bill.as_ref().map(|bill| bill.short(40)).unwrap_or_default();
    let text = |row: &Adopted| {
        let title = row.title.as_deref().map_or_else(|| paint.dim("not here"), |title| format::opening(title, 40));
        let changed = if row.present == Some(false) { paint.yellow("the page reads otherwise now") } else { String::new() };
        vec![paint.bold(format::line(&row.name)), row.document.short(), row.of_version(), title, bill(&row.bill), changed]
    };
    let instance = |row: &Endorsed| vec![paint.bold(format::line(&row.instance)), bill(&row.bill)];
    let mut sections = String::new();
    if !texts.is_empty() {
        let rows: Vec<_> = texts.iter().map(text).collect();
        sections += &format!("\n{}\n{}", paint.bold("Adopted texts"), format::table(paint, &["NAME", "PAGE", "VERSION", "TITLE", "SET BY", ""], &rows));
    }
    if !instances.is_empty() {
        let rows: Vec<_> = instances.iter().map(instance).collect();
        sections += &format!("\n{}\n{}", paint.bold("Endorsed instances"), format::table(paint, &["INSTANCE", "SET BY"], &rows));
    }
    sections
}
