//! What is said once a ballot is signed.

use super::format;
use crate::store::query::ENDED;
use folkmoot_protocol::view::BallotView;

/// Whether a ballot counts that was just signed, and where it does or why it does not. `warned`: why it would not, as was
/// said before; who signed it all the same is told so again.
pub(super) fn counts(warned: Option<String>, ballot: Option<&BallotView>) -> (bool, String) {
    match (warned, ballot) {
        (Some(reason), _) => (false, reason),
        // Of one that is in time the end is not known yet: this one came behind it.
        (None, Some(ballot)) => (ballot.counts && ballot.why != ENDED, ballot.why.clone()),
        (None, None) => (false, "it is not here".into()),
    }
}

/// All of it in a sentence. `show`: the command that shows the vote.
pub(super) fn sentence(says: &str, counts: bool, why: &str, show: &str) -> String {
    let says = format::line(says);
    match counts {
        true => format!("Your ballot says: {says}; it {}. `folkmoot {show}` tells how safe it is.", format::line(why)),
        false => format!("Your ballot says: {says}; it does not count: {}. `folkmoot {show}` shows the vote.", format::line(why)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use folkmoot_protocol::id::DocumentId;

    #[test]
    fn a_ballot_behind_the_end_does_not_count() {
        let ballot =
            |counts, why: &str| BallotView { id: DocumentId::ZERO, choices: vec!["for".into()], state: "written", receipts: 0, counts, why: why.into() };
        let said = |warned: Option<&str>, ballot: BallotView| {
            let (counts, why) = counts(warned.map(str::to_owned), Some(&ballot));
            sentence("for", counts, &why, "bill show 3f9c01d2")
        };
        let late = "Your ballot says: for; it does not count: the vote has ended. `folkmoot bill show 3f9c01d2` shows the vote.";
        assert_eq!(said(Some(ENDED), ballot(true, ENDED)), late);
        assert_eq!(said(None, ballot(true, ENDED)), late);
        let among = "counts among the workers";
        assert_eq!(said(None, ballot(true, among)), format!("Your ballot says: for; it {among}. `folkmoot bill show 3f9c01d2` tells how safe it is."));
    }
}
