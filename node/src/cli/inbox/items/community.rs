//! What concerns a person as a participant of communities.

use super::{Of, ends, item};
use crate::{
    api::Failure,
    cli::{format, petition},
};
use folkmoot_protocol::{law::Recall, view::InboxItem};

impl Of<'_> {
    /// Votes on recalls that wait for this person, and those that are about them.
    pub(super) fn recalls(&self) -> Result<Vec<InboxItem>, Failure> {
        let (law, mut items) = (&self.book.provisional, Vec::new());
        for (id, recall) in law.recalls.iter() {
            let community = format::community(&self.view.community_named(recall.space)?);
            let ends = ends(recall.opened_at, recall.deadline);
            if recall.is_open() && self.votes_on(recall) && !self.has_ballot(*id)? {
                let what = format!("you have not voted on the recall of {} as moderator of {community}; the vote ends {ends}", self.name(recall.person)?);
                items.push(item("recall", id, recall.opened_at, what, true));
            }
            if recall.person == self.me {
                let (at, what) = match &recall.outcome {
                    None => (recall.opened_at, format!("the participants of {community} vote on your recall as its moderator; the vote ends {ends}")),
                    Some(outcome) => {
                        let word = if outcome.recalled { "recalled you" } else { "did not recall you" };
                        (self.time_of(outcome.height)?, format!("the participants of {community} {word} as its moderator"))
                    }
                };
                items.push(item("recall", id, at, what, false));
            }
        }
        Ok(items)
    }

    fn votes_on(&self, recall: &Recall) -> bool {
        self.book.why_no_vote(recall.electorate, recall.opened_height, Recall::OUTSIDE, self.me).is_none()
    }

    /// Petitions of others that this person could sign.
    pub(super) fn petitions(&self) -> Result<Vec<InboxItem>, Failure> {
        let law = &self.book.provisional;
        let petitions = self.view.petitions(law, self.me)?;
        let open = petitions.iter().filter(|petition| petition.may_sign && !petition.signers.is_empty());
        let said = open.map(|row| {
            let signed = row.signers.iter().filter_map(|signer| law.petitions.get(&(row.community.id, signer.id)));
            let (demand, community) = (petition::demanded(row), format::community(&row.community));
            let what = format!("{} of {} that are needed sign a petition in {community}: {demand}", row.signers.len(), row.needed);
            item("petition", row.community.id, signed.map(|signature| signature.at).max().unwrap_or(0), what, false)
        });
        Ok(said.collect())
    }
}
