//! A person's own ballot, in whatever vote it is: what it says, how safe it is, and whether it counts.

use super::{View, law::LawBook};
use crate::store::{Held, StoreError};
use folkmoot_protocol::{act::law::ChainTo, agreement, document::DocumentState, id::*, law::Electorate, view::BallotView};

/// Why somebody has no vote any more who had one.
pub const STRUCK: &str = "a challenge of your place among the consumers was upheld";
/// What is said of a ballot once its vote is over.
pub const ENDED: &str = "the vote has ended";
/// Why no running count is shown.
pub(super) const HIDDEN: &str = "the running count is kept from you until you have voted, or the vote has ended";
/// What is said of one that was signed after the time to vote, and is not printed.
const LATE: &str = "was signed after the time to vote, and counts only if no later issue than the one that ends the vote prints it";
/// Two devices disagree.
const SEVERAL: &str = "your devices wrote different things that do not know of each other: vote once more to say what stands";

/// The vote that a ballot is cast in.
pub(super) struct Vote<'a> {
    /// What opened it.
    pub(super) id: OpId,
    pub(super) deadline: u64,
    pub(super) book: &'a LawBook,
}

impl LawBook {
    /// Who may vote where ballots are taken now, by what is printed, else with what waits.
    fn electorate_voting_on(&self, vote: OpId) -> Option<&Electorate> {
        let of = |law: &'_ folkmoot_protocol::law::State| law.electorate_voting_on(vote);
        let root = of(&self.printed).or_else(|| of(&self.provisional))?;
        self.printed.electorates.get(&root).or_else(|| self.provisional.electorates.get(&root))
    }

    /// Why somebody has no vote in what goes on: its electorate, the issue that opened it, and what who may not vote was; none
    /// where they have.
    pub fn why_no_vote(&self, electorate: [u8; 32], opened_height: u64, outside: &str, person: PersonId) -> Option<String> {
        match self.provisional.electorates.get(&electorate) {
            Some(electorate) if self.provisional.has_lost_vote(electorate, person, opened_height) => Some(STRUCK.into()),
            Some(electorate) if electorate.votes(person) => None,
            _ => Some(format!("you were {outside} was opened")),
        }
    }
}

impl View<'_> {
    /// Whether it is kept from a person how a vote stands and who says what in it: it goes on, and they may vote and have not.
    pub fn is_kept_from(&self, person: PersonId, vote: OpId, book: &LawBook) -> Result<bool, StoreError> {
        if !book.electorate_voting_on(vote).is_some_and(|electorate| electorate.votes(person)) {
            return Ok(false);
        }
        let ballot = self.document_number(DocumentId::ballot_of(vote, person), SpaceId::HALL)?;
        Ok(ballot.map(|ballot| self.document_operations(ballot)).transpose()?.is_none_or(|edits| edits.is_empty()))
    }

    /// A person's ballot in a vote. `says`: what its document says, in words; `counts`: where it counts, or why it does not,
    /// as far as the vote and the voter tell.
    pub(super) fn own_ballot(
        &self,
        vote: &Vote<'_>,
        voter: PersonId,
        says: impl FnOnce(&DocumentState) -> Result<Vec<String>, StoreError>,
        counts: impl FnOnce() -> Result<String, String>,
    ) -> Result<Option<BallotView>, StoreError> {
        let id = DocumentId::ballot_of(vote.id, voter);
        let Some(n) = self.document_number(id, SpaceId::HALL)? else { return Ok(None) };
        let edits = self.document_operations(n)?;
        let Some(last) = edits.last() else { return Ok(None) };
        let choices = self.document_state(n)?.as_ref().map(says).transpose()?.unwrap_or_default();
        let (state, receipts, refused) = self.safety(last, vote)?;
        // The law may count an edit that talk leaves out: of a device that was closed later.
        let spoiled = vote.book.provisional.ballot_of(vote.id, voter).is_some_and(|ballot| ballot.answers().len() > 1);
        let why = match refused {
            Some(reason) => Err(reason),
            None if choices.len() > 1 || spoiled => Err(SEVERAL.into()),
            None => counts(),
        };
        let why = match why {
            Ok(_) if state != "printed" && last.op.header.claimed_at >= vote.deadline => Ok(LATE.into()),
            why => why,
        };
        Ok(Some(BallotView { id, choices, state, receipts, counts: why.is_ok(), why: why.unwrap_or_else(|reason| reason) }))
    }

    /// How safe an edit of a ballot is: the word for it, how many tellers have seen it, and why it has no effect, if it
    /// is printed and has none.
    fn safety(&self, edit: &Held, vote: &Vote<'_>) -> Result<(&'static str, usize, Option<String>), StoreError> {
        let printing = self.printing_of(edit.op.id)?;
        let follows = |held: &ChainTo| self.holds_to(held).is_ok_and(|held| held);
        let receipts = vote.book.receipts_of(edit.op.header.device, edit.op.header.seq, follows);
        let charter = vote.book.provisional.charter();
        let margin = charter.inclusion_delay_ms.saturating_add(charter.clock_tolerance_ms);
        let safe = receipts.iter().filter(|at| at.saturating_add(margin) <= vote.deadline).count();
        let quorum = agreement::quorum(vote.book.printed.tellers().len());
        let state = match &printing {
            Some(_) => "printed",
            None if safe >= quorum => "cannot be left out",
            None if !receipts.is_empty() => "seen",
            None => "written",
        };
        Ok((state, receipts.len(), printing.and_then(|printing| printing.reason)))
    }
}
