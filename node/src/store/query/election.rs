//! Elections as lists and screens show them.

use super::{
    View,
    ballot::{ENDED, HIDDEN, Vote},
    law::LawBook,
};
use crate::store::StoreError;
use folkmoot_protocol::{
    document::{DocumentState, Key, Value},
    id::*,
    law::{CountStage, CountStep, Election, Outcome, Phase, State},
    view::{BallotView, CandidateView, ElectionView, OutcomeView, PersonView, StageView},
};
use std::collections::BTreeSet;

/// So many units of a count are one vote.
const VOTE: u64 = folkmoot_protocol::count::stv::VOTE as u64;

impl View<'_> {
    /// An election as a person sees it.
    pub fn election(&self, id: OpId, book: &LawBook, viewer: PersonId) -> Result<Option<ElectionView>, StoreError> {
        let Some(expected) = book.provisional.elections.get(&id) else { return Ok(None) };
        let printed = book.printed.elections.get(&id);
        let election = printed.unwrap_or(expected);
        let bill = book.provisional.bills.get(&election.by);
        let electorate = book.provisional.electorates.get(&election.electorate).filter(|_| election.phase != Phase::Closed).cloned().unwrap_or_default();
        let ballot = self.ballot_in(id, election, book, viewer)?;
        // Running totals are kept from members until they voted.
        let hidden = self.is_kept_from(viewer, id, book)?;
        let count = |state: &State| state.outcome_now(id).filter(|_| !hidden).map(|outcome| self.outcome(election, &outcome)).transpose();
        let voters: BTreeSet<PersonId> = electorate.consumers.iter().chain(&electorate.workers).copied().collect();
        Ok(Some(ElectionView {
            id,
            office: election.office.to_string(),
            seats: election.seats,
            method: if election.is_approval() { "approval" } else { "stv" },
            phase: election.phase.name(),
            bill: bill.map(|bill| bill.proposal.document),
            title: bill.map(|bill| bill.proposal.title.clone()).unwrap_or_default(),
            petition: self.signers(election.petition.as_deref().unwrap_or_default())?,
            participants: election.participants,
            among_participants: election.is_among_participants(),
            opened_at: election.opened_at,
            voting_from: election.nominations_end,
            closes_at: election.deadline,
            term_ms: election.office.term_ms(&book.provisional.charter_number(election.charter)),
            voters: election.voters,
            electorate: voters.iter().map(|voter| self.person_or_id(*voter)).collect::<Result<_, _>>()?,
            may_vote: electorate.votes(viewer),
            candidates: self.candidates(printed, expected)?,
            lot: election.lot,
            outcome: match &election.outcome {
                Some(outcome) => Some(self.outcome(election, outcome)?),
                None => count(&book.printed)?,
            },
            provisional: if election.outcome.is_none() { count(&book.provisional)? } else { None },
            why: why(election, &book.provisional, hidden),
            ballot,
        }))
    }

    /// Who stands, by what is printed and what waits.
    fn candidates(&self, printed: Option<&Election>, expected: &Election) -> Result<Vec<CandidateView>, StoreError> {
        // Once the voting has begun, nothing that waits changes who stands.
        let election = printed.filter(|election| election.phase != Phase::Nomination).unwrap_or(expected);
        let outcome = election.outcome.as_ref();
        let view = |person: PersonId| -> Result<CandidateView, StoreError> {
            Ok(CandidateView {
                person: self.person_or_id(person)?,
                printed: printed.is_some_and(|election| election.has(person)),
                elected: outcome.is_some_and(|outcome| outcome.winners.contains(&person)),
                out: outcome.is_some_and(|outcome| outcome.out.contains(&person)),
            })
        };
        election.candidates.iter().map(|candidate| view(candidate.person)).collect()
    }

    fn outcome(&self, election: &Election, outcome: &Outcome) -> Result<OutcomeView, StoreError> {
        Ok(OutcomeView {
            issue: (election.phase == Phase::Closed).then_some(outcome.height),
            valid: outcome.valid,
            blank: outcome.blank,
            spoiled: outcome.spoiled,
            quota: outcome.quota,
            stages: outcome.stages.iter().map(|stage| self.stage(stage)).collect::<Result<_, _>>()?,
            elected: self.people(&outcome.winners)?,
        })
    }

    fn stage(&self, stage: &CountStage) -> Result<StageView, StoreError> {
        let name = |person: PersonId| self.person_or_id(person).map(|person| person.name);
        let what = match stage.step {
            CountStep::Approvals => "approvals".into(),
            CountStep::FirstChoices => "first choices".into(),
            CountStep::Surplus(of) => format!("surplus of {}", name(of)?),
            CountStep::Exclusion(of) => format!("exclusion of {}", name(of)?),
        };
        Ok(StageView {
            what,
            by_lot: stage.by_lot,
            votes: stage.votes.iter().map(|votes| decimals(*votes)).collect(),
            non_transferable: decimals(stage.non_transferable),
            elected: self.people(&stage.elected)?,
        })
    }

    pub(super) fn people(&self, persons: &[PersonId]) -> Result<Vec<PersonView>, StoreError> {
        persons.iter().map(|person| self.person_or_id(*person)).collect()
    }

    /// A person's ballot in an election, and how safe it is.
    fn ballot_in(&self, id: OpId, election: &Election, book: &LawBook, voter: PersonId) -> Result<Option<BallotView>, StoreError> {
        let says = |state: &DocumentState| {
            let said: BTreeSet<Vec<PersonId>> = state.choices(Key::Ranking).iter().filter_map(|choice| ranking(election, &choice.value)).collect();
            said.iter().map(|ranking| self.in_words(election, ranking)).collect()
        };
        let counts = || match election.phase {
            Phase::Closed => Ok(ENDED.to_owned()),
            _ => book.why_no_vote(election.electorate, election.opened_height, election.outside(), voter).map_or_else(|| Ok("counts".into()), Err),
        };
        self.own_ballot(&Vote { id, deadline: election.deadline, book }, voter, says, counts)
    }

    /// What a ballot says: names, where it ranks them with their places.
    fn in_words(&self, election: &Election, ranking: &[PersonId]) -> Result<String, StoreError> {
        let mut words = Vec::new();
        for (person, place) in ranking.iter().zip(1..) {
            let name = self.person_or_id(*person)?.name;
            words.push(if election.is_approval() { name } else { format!("{place}. {name}") });
        }
        Ok(if words.is_empty() { "nobody".into() } else { words.join(", ") })
    }
}

/// Whom a ballot names; where their order has no meaning, in one order.
fn ranking(election: &Election, value: &Value) -> Option<Vec<PersonId>> {
    let Value::Ranking(ranking) = value else { return None };
    let mut ranking = ranking.clone();
    if election.is_approval() {
        ranking.sort();
    }
    Some(ranking)
}

/// Hundred-thousandths of a vote as a number, without zeros at its end.
fn decimals(votes: u64) -> String {
    let text = format!("{}.{:05}", votes / VOTE, votes % VOTE);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn why(election: &Election, law: &State, hidden: bool) -> Vec<String> {
    let mut why = vec![if election.is_approval() {
        "one seat: a ballot names those who are acceptable, in any order; whoever is acceptable to most is elected".to_owned()
    } else {
        format!("{} seats: a ballot ranks candidates; they are counted by Scottish STV", election.seats)
    }];
    why.extend(who_votes(election, law));
    why.push("the ballots are open: everybody can see who voted for whom".into());
    match (&election.outcome, election.phase) {
        (Some(outcome), _) if election.candidates.is_empty() => {
            why.push(format!("nobody stood when the voting was to begin (issue {}): all stays as it was", outcome.height))
        }
        (Some(outcome), _) if outcome.winners.is_empty() => why.push("nobody was voted for: all stays as it was".into()),
        (Some(outcome), _) if (outcome.winners.len() as u64) < election.seats => {
            why.push(format!("{} of {} seats are filled: nobody else could be elected", outcome.winners.len(), election.seats));
        }
        (None, Phase::Nomination) => why.push("members can stand until the voting begins".into()),
        (None, _) if hidden => why.push(HIDDEN.into()),
        _ => {}
    }
    if election.outcome.as_ref().is_some_and(|outcome| outcome.stages.iter().any(|stage| stage.by_lot)) {
        why.push("where votes were equal, lots decided that were fixed when the election was opened".into());
    }
    why
}

/// Who may vote in an election of moderators that participants are to hold, by which rule.
pub(crate) fn who_votes(election: &Election, law: &State) -> Option<String> {
    let (many, least) = (election.participants?, law.charter_number(election.charter).participants_least);
    Some(if election.is_among_participants() {
        format!("who took part in the community and may vote on bills could vote: {many} people, and {least} are enough (participants.least)")
    } else {
        format!("all members could vote: of those who may vote only {many} took part in the community, and {least} are needed (participants.least)")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn votes_are_written_with_the_decimals_they_have() {
        assert_eq!([0, 400_000, 299_998, 150_000, 1].map(decimals), ["0", "4", "2.99998", "1.5", "0.00001"]);
    }
}
