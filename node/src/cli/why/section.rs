//! By which keys of the charter something came out as it did.

use super::Asked;
use crate::audit;
use folkmoot_protocol::law::{Bill, Election, Office, Outcome, Route};

impl Asked<'_> {
    /// How a bill passed, by the rule in numbers, and the keys of the charter that the numbers come from.
    pub(super) fn passed(&self, bill: &Bill) -> String {
        let (charter, tally) = (self.book.printed.charter_number(bill.charter), bill.result.map(|(tally, _)| tally).unwrap_or_default());
        let verdict = bill.verdict(&charter, &tally);
        let simple = ["simple.fraction", "simple.of", "simple.quorum"];
        let mut keys = match (verdict.passes, bill.entrenched) {
            (Some(Route::Override), _) => vec![],
            (_, true) => ["entrenched.fraction"].into_iter().chain(simple).collect(),
            (_, false) => simple.to_vec(),
        };
        if verdict.passes.is_none_or(|route| route == Route::Override) && !bill.entrenched {
            keys.extend(["override.fraction", "override.of", "override.quorum"]);
        }
        if verdict.passes != Some(Route::Override) && (bill.consumers == 0 || bill.workers == 0) {
            keys.push("empty.body");
        }
        format!("{}; by charter {} ({})", verdict.in_words(), bill.charter, keys.join(", "))
    }

    /// How long a bill waited after the vote, by the charter.
    pub(super) fn cooled(&self, bill: &Bill) -> String {
        let (charter, tally) = (self.book.printed.charter_number(bill.charter), bill.result.map(|(tally, _)| tally).unwrap_or_default());
        let alone = bill.verdict(&charter, &tally).passes == Some(Route::Override);
        format!("once {} of charter {} was over", if alone { "cooling.override" } else { "cooling.period" }, bill.charter)
    }

    /// How an election was counted, and the keys of the charter by which it was held.
    pub(super) fn counted(&self, election: &Election, outcome: &Outcome) -> String {
        let keys = format!("deliberation.period, voting.period, {}", term_of(election.office));
        format!("{}; by charter {} ({keys})", audit::how_counted(outcome), election.charter)
    }
}

/// The key that says for how long an office is held.
pub(in crate::cli) fn term_of(office: Office) -> &'static str {
    if let Office::Moderator(_) = office { "moderator.term" } else { "office.term" }
}
