//! Officers who signed two things that exclude each other: what was shown, and what came of it.

use super::{coop::office_name, format};
use crate::{api::Failure, store::View};
use folkmoot_protocol::{
    act::{Act, LawAct},
    id::*,
    law::{Office, Proven, State},
    op::Content,
    view::PersonView,
};
use serde::Serialize;

/// The rule.
pub(super) const RULE: &str =
    "who signs two things that exclude each other holds no office any more, until a bill or an election says otherwise; at least four tellers stay";

/// One such case.
#[derive(Serialize)]
pub(super) struct Shown {
    person: PersonView,
    /// The device that signed.
    device: DeviceId,
    /// The act that shows it.
    pub(super) act: OpId,
    /// The issue that printed that.
    pub(super) issue: u64,
    /// The offices that ended.
    ended: Vec<String>,
    /// Whether the person is a teller still.
    teller: bool,
    /// What was shown and what came of it, in a sentence.
    pub(super) what: String,
    /// What is still to be put right; none once others hold the offices.
    pub(super) open: Option<String>,
}

impl Shown {
    /// All of it in a sentence.
    pub(super) fn whole(&self) -> String {
        self.open.as_ref().map_or_else(|| self.what.clone(), |open| format!("{}; {open}", self.what))
    }
}

/// All cases of some offices, the latest last.
pub(super) fn shown(view: View<'_>, law: &State, concerns: impl Fn(&Proven) -> bool) -> Result<Vec<Shown>, Failure> {
    let mut rows: Vec<_> = law.evidence.iter().filter(|(_, row)| concerns(row)).collect();
    rows.sort_by_key(|(_, row)| row.height);
    rows.into_iter().map(|(device, row)| one(view, law, *device, row)).collect()
}

/// Whether it concerns an office: it ended it, or its holder is a teller still.
pub(super) fn concerns(law: &State, office: Office, row: &Proven) -> bool {
    row.ended.contains(&office) || office == Office::Teller && law.holds(office, row.person)
}

fn one(view: View<'_>, law: &State, device: DeviceId, row: &Proven) -> Result<Shown, Failure> {
    let person = view.person_or_id(row.person)?;
    let did = match view.operation(row.by)?.and_then(|held| held.op.content()) {
        Some(Ok(Content::Act(Act::Law(LawAct::Evidence(evidence))))) => evidence.what(),
        _ => "signed two things that exclude each other",
    };
    let ended = row.ended.iter().map(|office| office_name(view, office)).collect::<Result<Vec<_>, _>>()?;
    let teller = law.holds(Office::Teller, row.person);
    let ended_words = if ended.is_empty() { String::new() } else { format!(": {} no more", ended.join(", ")) };
    let what = format!("device {} of {} {did}{ended_words}", device.short(), format::person(&person));
    let mut open = Vec::new();
    for office in row.ended.iter().filter(|office| law.holders(**office).is_empty()) {
        open.push(format!("nobody is {} now", office_name(view, office)?));
    }
    if teller {
        open.push("they are a teller still, as no more than four are left".to_owned());
    }
    let open = (!open.is_empty()).then(|| format!("{}: a bill or an election can put somebody else in their place", open.join(", ")));
    Ok(Shown { person, device, act: row.by, issue: row.height, ended, teller, what, open })
}
