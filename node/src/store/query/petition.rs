//! Petitions of participants, and votes on recalls, as lists and screens show them.

use super::{
    View,
    ballot::{ENDED, HIDDEN, Vote},
    law::LawBook,
};
use crate::store::StoreError;
use folkmoot_protocol::{
    document::{DocumentState, Key, Value},
    id::*,
    law::{Demand, Recall, RecallResult, Signature, State},
    view::{BallotView, PersonView, PetitionView, RecallResultView, RecallView},
};
use std::collections::BTreeSet;

impl View<'_> {
    /// The petitions that somebody signs, with what waits to be printed, by community.
    pub fn petitions(&self, law: &State, viewer: PersonId) -> Result<Vec<PetitionView>, StoreError> {
        let signed: BTreeSet<(SpaceId, Demand)> = law.petitions.iter().map(|((space, _), signature)| (*space, signature.demand)).collect();
        signed.into_iter().map(|(space, demand)| self.petition(law, space, demand, viewer)).collect()
    }

    fn petition(&self, law: &State, space: SpaceId, demand: Demand, viewer: PersonId) -> Result<PetitionView, StoreError> {
        let participants = law.participants(space, law.time());
        let (name, seats, person) = match demand {
            Demand::Elect { seats } => ("elect", Some(seats), None),
            Demand::Recall { person } => ("recall", None, Some(self.person_or_id(person)?)),
        };
        Ok(PetitionView {
            community: self.community_named(space)?,
            demand: name,
            seats,
            person,
            signers: self.signers(&law.signatures(space, demand, &participants))?,
            needed: law.signatures_needed(participants.voters()),
            participants: participants.voters(),
            may_sign: law.why_not_petition(viewer, space, Some(demand)).is_none(),
        })
    }

    pub(super) fn signers(&self, signatures: &[Signature]) -> Result<Vec<PersonView>, StoreError> {
        signatures.iter().map(|signature| self.person_or_id(signature.person)).collect()
    }

    /// A vote on a recall as a person sees it.
    pub fn recall(&self, id: OpId, book: &LawBook, viewer: PersonId) -> Result<Option<RecallView>, StoreError> {
        let Some(expected) = book.provisional.recalls.get(&id) else { return Ok(None) };
        let recall = book.printed.recalls.get(&id).unwrap_or(expected);
        let electorate = book.provisional.electorates.get(&recall.electorate).filter(|_| recall.is_open()).cloned().unwrap_or_default();
        let ballot = self.ballot_on_recall(id, recall, book, viewer)?;
        // Running totals are kept from members until they voted.
        let hidden = self.is_kept_from(viewer, id, book)?;
        let result = |outcome: &RecallResult| result(recall, &book.provisional, outcome);
        let count = |state: &State| state.recall_now(id).filter(|_| !hidden).map(|outcome| result(&outcome));
        let voters: BTreeSet<PersonId> = electorate.consumers.iter().chain(&electorate.workers).copied().collect();
        Ok(Some(RecallView {
            id,
            community: self.community_named(recall.space)?,
            person: self.person_or_id(recall.person)?,
            phase: if recall.is_open() { "voting" } else { "closed" },
            petition: self.signers(&recall.petition)?,
            opened_at: recall.opened_at,
            closes_at: recall.deadline,
            voters: recall.voters,
            electorate: self.people(&voters.into_iter().collect::<Vec<_>>())?,
            may_vote: electorate.votes(viewer),
            outcome: recall.outcome.as_ref().map_or_else(|| count(&book.printed), |outcome| Some(result(outcome))),
            provisional: if recall.is_open() { count(&book.provisional) } else { None },
            why: why(recall, hidden),
            ballot,
        }))
    }

    fn ballot_on_recall(&self, id: OpId, recall: &Recall, book: &LawBook, voter: PersonId) -> Result<Option<BallotView>, StoreError> {
        let word = |value: &Value| if let Value::Text(word) = value { Some(word.clone()) } else { None };
        let says = |state: &DocumentState| Ok(state.choices(Key::Choice).iter().filter_map(|choice| word(&choice.value)).collect());
        let counts = || match recall.is_open() {
            false => Ok(ENDED.to_owned()),
            true => book.why_no_vote(recall.electorate, recall.opened_height, Recall::OUTSIDE, voter).map_or_else(|| Ok("counts".into()), Err),
        };
        self.own_ballot(&Vote { id, deadline: recall.deadline, book }, voter, says, counts)
    }
}

fn result(recall: &Recall, law: &State, outcome: &RecallResult) -> RecallResultView {
    let verdict = recall.verdict(&law.charter_number(recall.charter), outcome.count);
    RecallResultView {
        issue: recall.outcome.map(|outcome| outcome.height),
        count: outcome.count,
        spoiled: outcome.spoiled,
        quorum: verdict.quorum,
        recalled: outcome.recalled,
        inequality: verdict.inequality,
    }
}

fn why(recall: &Recall, hidden: bool) -> Vec<String> {
    let mut why = vec![
        format!("only who took part in the community when the vote was opened may vote: {}", recall.voters),
        "it is judged as one body judges a bill: more for than against, and enough for".to_owned(),
        "the ballots are open: everybody can see who voted how".into(),
    ];
    if hidden {
        why.push(HIDDEN.into());
    }
    why
}
