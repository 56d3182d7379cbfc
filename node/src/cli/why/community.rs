//! Why somebody moderates a community: who demanded an election or a recall, who could vote, and by which rule.

use super::{Asked, Because, Why, ballots::Cast};
use crate::{api::Failure, cli::format, store::query::election::who_votes};
use folkmoot_protocol::{
    id::*,
    law::{Cause, Election, Recall, Signature},
};

impl Asked<'_> {
    /// What opened an election, and who could vote in it.
    pub(super) fn opened(&self, election: &Election) -> Result<Vec<Because>, Failure> {
        let mut because = match &election.petition {
            Some(petition) => self.signed("for the election", petition)?,
            None => vec![self.cause("the election was opened".into(), Cause::Bill(election.by), Some(election.opened_height))?],
        };
        let rule = who_votes(election, &self.book.printed);
        let who = |rule| Because { what: "who may vote was fixed".into(), op: None, by: None, issue: Some(election.opened_height), rule: Some(rule) };
        because.extend(rule.map(who));
        Ok(because)
    }

    /// Every signature of a petition.
    fn signed(&self, what: &str, petition: &[Signature]) -> Result<Vec<Because>, Failure> {
        let signed = petition.iter().map(|signature| {
            let issue = self.view.printing_of(signature.op)?.map(|printing| printing.height);
            let rule = Some(format!("{} of those who take part in the community signed, and so many were enough (petition.quorum)", petition.len()));
            Ok(Because {
                what: format!("signed the petition {what}"),
                op: Some(signature.op),
                by: Some(self.view.person_or_id(signature.person)?),
                issue,
                rule,
            })
        });
        signed.collect()
    }

    pub(super) fn recall(&self, id: OpId, recall: &Recall) -> Result<Why, Failure> {
        let mut because = self.signed("for the recall", &recall.petition)?;
        let rule = Some(format!("who took part in the community and may vote on bills could vote: {} people", recall.voters));
        because.push(Because { what: "who may vote was fixed".into(), op: None, by: None, issue: Some(recall.opened_height), rule });
        because.extend(self.ballots(&Cast::on_recall(id, recall))?);
        because.extend(self.end_of_recall(recall));
        let word = match &recall.outcome {
            None => "is voted on",
            Some(outcome) if outcome.recalled => "passed",
            Some(_) => "failed",
        };
        let (name, community) = (format::person(&self.view.person_or_id(recall.person)?), format::community(&self.view.community_named(recall.space)?));
        Ok(Why::new(format!("the recall of {name} as moderator of {community} ({}) {word}", id.short()), because))
    }

    fn end_of_recall(&self, recall: &Recall) -> Option<Because> {
        let outcome = recall.outcome?;
        let verdict = recall.verdict(&self.book.printed.charter_number(recall.charter), outcome.count);
        let rule = format!("{}; by charter {} (simple.fraction, simple.of, simple.quorum)", verdict.inequality, recall.charter);
        Some(Because { what: "the vote ended".into(), op: None, by: None, issue: Some(outcome.height), rule: Some(rule) })
    }

    /// The votes on recalls in a community that have ended, the latest first.
    pub(super) fn recalls_in(&self, space: SpaceId) -> Result<Vec<Because>, Failure> {
        let ended = self.book.printed.recalls.iter().filter(|(_, recall)| recall.space == space && recall.outcome.is_some());
        let mut ended: Vec<_> = ended.collect();
        ended.sort_by_key(|(id, recall)| (std::cmp::Reverse(recall.deadline), **id));
        let because = ended.into_iter().filter_map(|(id, recall)| Some((id, recall, self.end_of_recall(recall)?))).map(|(id, recall, end)| {
            let name = format::person(&self.view.person_or_id(recall.person)?);
            let word = if recall.outcome.is_some_and(|outcome| outcome.recalled) { "recalled" } else { "not recalled" };
            Ok(Because { what: format!("{name} was {word} by the participants in vote {}", id.short()), ..end })
        });
        because.collect()
    }

    /// Who moderates a community by having opened it.
    pub(super) fn opener(&self, space: SpaceId) -> Result<Option<(String, Because)>, Failure> {
        let law = &self.book.printed;
        let Some(by) = law.register.communities.get(&space).map(|community| community.opened_by) else { return Ok(None) };
        let Some(mandate) = law.mandate(space, by).ok().filter(|mandate| matches!(mandate, folkmoot_protocol::law::Mandate::Opener(_))) else {
            return Ok(None);
        };
        Ok(Some((format::person(&self.view.person_or_id(by)?), self.moderates(space, by, mandate)?)))
    }
}
