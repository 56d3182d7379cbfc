//! Why an issue of the Gazette stands: who certified it, and what it follows.

use super::{Asked, Because, Why};
use crate::{
    api::Failure,
    cli::{format, gazette::signers},
    store::query::Found,
};

/// Where the rule is written.
const RULE: &str = "each issue names the one before it, and so many of its tellers sign it that two issues of one number would need tellers who sign both (protocol, The Gazette)";

impl Asked<'_> {
    /// Who certified an issue; none where no issue's id begins so.
    pub(super) fn issue(&self, typed: &str) -> Result<Option<Why>, Failure> {
        let Ok(Found::One(height)) = self.view.find_issue(typed) else { return Ok(None) };
        let Some(kept) = self.view.issues_from(height, 1)?.pop() else { return Ok(None) };
        let (id, issue) = kept.signed.read().map_err(|error| Failure::new("damaged", error, "`folkmoot doctor` looks into the store"))?;
        let devices: Vec<_> = kept.signed.certificate.signatures.iter().map(|(device, _)| *device).collect();
        let names: Vec<String> = signers(&self.words(), &devices)?.iter().map(format::person).collect();
        let chosen = if issue.recovery.is_some() { ", whom the members chose without the tellers before" } else { "" };
        let printed = |what: String, rule: Option<String>| Because { what, op: None, by: None, issue: None, rule };
        let mut because = vec![printed(format!("was certified by {}{chosen}", names.join(", ")), Some(RULE.into()))];
        if height > 1 {
            because.push(printed(format!("follows issue {} ({})", height - 1, issue.prev.short()), None));
        }
        let fact = format!(
            "{} is issue {height} of the Gazette, of {}, and prints {}; `folkmoot gazette {height}` shows what it did",
            id.short(),
            format::date_and_time(issue.time),
            format::count(issue.operations(), "operation")
        );
        Ok(Some(Why::new(fact, because)))
    }
}
