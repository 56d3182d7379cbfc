//! Who voted how, and which of it counts.

use super::{Asked, Because, Why};
use crate::{
    api::Failure,
    cli::{format, resolve},
    store::printed_op,
};
use folkmoot_protocol::{
    document::DocumentKind,
    id::*,
    law::{Answer, Ballot, BallotEntry, Bill, Election, PrintedOp, Priorities, Recall},
    op::Content,
};

/// The ballots in one vote.
pub(super) struct Cast<'a> {
    vote: OpId,
    opened: u64,
    ended: Option<u64>,
    /// Whose ballots the bill names.
    excluded: &'a [PersonId],
    /// Whether the order in which a ballot names things has no meaning.
    unordered: bool,
}

impl<'a> Cast<'a> {
    pub(super) fn on_bill(vote: OpId, bill: &'a Bill) -> Self {
        Self { vote, opened: bill.opened_height, ended: bill.result.map(|(_, height)| height), excluded: &bill.excluded, unordered: false }
    }

    pub(super) fn in_election(vote: OpId, election: &Election) -> Self {
        let ended = election.outcome.as_ref().map(|outcome| outcome.height);
        Self { vote, opened: election.opened_height, ended, excluded: &[], unordered: election.is_approval() }
    }

    pub(super) fn on_recall(vote: OpId, recall: &Recall) -> Self {
        Self { vote, opened: recall.opened_height, ended: recall.outcome.map(|outcome| outcome.height), excluded: &[], unordered: false }
    }

    pub(super) fn on_priorities(vote: OpId, row: &Priorities) -> Self {
        let ended = row.outcome.as_ref().map(|shares| shares.height);
        Self { vote, opened: row.opened_height, ended, excluded: &[], unordered: true }
    }

    /// An edit as the law takes it in.
    fn entry(&self, op: &PrintedOp) -> Option<BallotEntry> {
        let Ok(Content::Edit(edit)) = &op.content else { return None };
        let (_, mut entry) = BallotEntry::read(op.op, op.device, edit).ok()?;
        if let (Answer::Ranking(named), true) = (&mut entry.answer, self.unordered) {
            named.sort();
        }
        Some(entry)
    }
}

impl Asked<'_> {
    /// What somebody's ballot says, by its own id, and whether it counts; none where no ballot's id begins so.
    pub(super) fn ballot(&self, typed: &str) -> Result<Option<Why>, Failure> {
        for (vote, called) in self.votes_held() {
            for person in self.book.printed.register.persons.keys() {
                let id = DocumentId::ballot_of(vote.vote, *person);
                if !resolve::begins(id, typed) || self.view.document_number(id, SpaceId::HALL)?.is_none() {
                    continue;
                }
                let (name, because) = (format::person(&self.view.person_or_id(*person)?), self.ballots_of(&vote, *person)?);
                let waits = if because.is_empty() { ": nothing of it is printed yet" } else { "" };
                return Ok(Some(Why::new(format!("ballot {} of {name} {called}{waits}", id.short()), because)));
            }
        }
        Ok(None)
    }

    /// What an operation says as part of a ballot, and whether that counts; none where it is of no ballot that is printed.
    pub(super) fn as_ballot(&self, op: OpId, printed: &PrintedOp) -> Result<Option<Because>, Failure> {
        let (Ok(Content::Edit(edit)), Some(person)) = (&printed.content, self.book.author(printed.credential, printed.device)) else { return Ok(None) };
        if edit.kind != DocumentKind::Ballot {
            return Ok(None);
        }
        let vote = self.votes_held().into_iter().map(|(vote, _)| vote).find(|vote| printed.document == Some(DocumentId::ballot_of(vote.vote, person)));
        let links = vote.map(|vote| self.ballots_of(&vote, person)).transpose()?.unwrap_or_default();
        Ok(links.into_iter().find(|link| link.op == Some(op)))
    }

    /// Everything that was voted on, and what to call it.
    fn votes_held(&self) -> Vec<(Cast<'_>, String)> {
        let law = &self.book.printed;
        let bills = law.bills.iter().map(|(id, bill)| (Cast::on_bill(*id, bill), format!("on the bill \"{}\"", bill.proposal.title)));
        let elections = law.elections.iter().map(|(id, election)| (Cast::in_election(*id, election), format!("in election {}", id.short())));
        let recalls = law.recalls.iter().map(|(id, recall)| (Cast::on_recall(*id, recall), format!("on recall {}", id.short())));
        let priorities = law.priorities.iter().map(|(id, row)| (Cast::on_priorities(*id, row), format!("on the priorities {}", row.name)));
        bills.chain(elections).chain(recalls).chain(priorities).collect()
    }

    /// Every ballot in a vote that was printed in time, with its operations, and whether it counts.
    pub(super) fn ballots(&self, cast: &Cast<'_>) -> Result<Vec<Because>, Failure> {
        let mut ballots = Vec::new();
        for person in self.book.printed.register.persons.keys() {
            ballots.extend(self.ballots_of(cast, *person)?);
        }
        Ok(ballots)
    }

    fn ballots_of(&self, cast: &Cast<'_>, person: PersonId) -> Result<Vec<Because>, Failure> {
        let Some(n) = self.view.document_number(DocumentId::ballot_of(cast.vote, person), SpaceId::HALL)? else { return Ok(vec![]) };
        let (mut links, mut ballot) = (Vec::new(), Ballot::default());
        for held in self.view.document_operations(n)? {
            let Some(printing) = self.view.printing_of(held.op.id)? else { continue };
            if printing.reason.is_none() && cast.ended.is_some_and(|ended| printing.height > ended) {
                continue;
            }
            let printed = printed_op(&held);
            let what = match &printed.content {
                Ok(Content::Edit(edit)) => self.words().choice(cast.vote, edit)?,
                _ => self.words().what(&printed)?,
            };
            let entry = cast.entry(&printed).filter(|_| printing.reason.is_none());
            links.push((printing.height, Because { what, op: Some(held.op.id), by: None, issue: Some(printing.height), rule: printing.reason }, entry));
        }
        // In the order in which they were printed.
        links.sort_by_key(|(height, ..)| *height);
        links.iter().filter_map(|(.., entry)| entry.clone()).for_each(|entry| drop(ballot.insert(entry)));
        let (by, struck) = (self.view.person_or_id(person)?, self.struck_since(person, cast));
        let marked = links.into_iter().map(|(_, link, entry)| {
            let rule = match (&link.rule, entry) {
                (Some(reason), _) => format!("no effect: {reason}"),
                (None, Some(entry)) => counts(&ballot, &entry, cast.excluded.contains(&person), struck).to_owned(),
                (None, None) => "does not count: it is no ballot".into(),
            };
            Because { by: Some(by.clone()), rule: Some(rule), ..link }
        });
        Ok(marked.collect())
    }

    /// Whether an upheld challenge ended somebody's place among the consumers while the vote went on.
    fn struck_since(&self, person: PersonId, cast: &Cast<'_>) -> bool {
        let while_open = |height: u64| height >= cast.opened && cast.ended.is_none_or(|ended| height <= ended);
        let own = self.book.printed.challenges.iter().filter(|(_, row)| row.member == person);
        own.filter_map(|(_, row)| row.end.as_ref()).any(|end| end.upheld && while_open(end.height))
    }
}

/// Whether an edit of a ballot counts, in words.
fn counts(ballot: &Ballot, edit: &BallotEntry, named: bool, struck: bool) -> &'static str {
    let follows = |op: &OpId| ballot.edits.iter().any(|other| other.op == *op);
    if !edit.at.iter().all(follows) {
        return "does not count: what it follows is not printed";
    }
    match (ballot.standing().contains(&edit.op), ballot.heads().contains(&edit.op)) {
        (false, false) => "does not count: a later one replaced it",
        (false, true) => "says once more what stands",
        _ if ballot.answers().len() > 1 => "does not count: spoiled, as two devices said different things that do not know of each other",
        _ if named => "shown, and not counted: the bill names its voter",
        _ if struck => "shown, and not counted among the consumers: a challenge of its voter's place was upheld",
        _ => "counts",
    }
}
