//! A recount of a whole co-op's law from one file, by whoever has it: without a node, a network, or keys.

use crate::{
    api::Failure,
    export::{Piece, read_operations},
};
use folkmoot_protocol::{
    cbor,
    id::*,
    law::{Bill, Election, Money, Office, Outcome, Priorities, Range, Recall, RecallResult, Route, Shares, SignedIssue, State, Tally},
    limits,
    op::{Header, SignedOp, StoredOp, VerifiedOp},
};
use rayon::prelude::*;
use serde::Serialize;
use std::{collections::BTreeMap, path::Path};

/// What a recount came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// The co-op.
    pub coop: CoopId,
    /// Its name.
    pub name: String,
    /// Operations of the hall checked.
    pub operations: u64,
    /// Issues of the Gazette checked.
    pub issues: u64,
    /// The last of them. That others followed, and were cut off, cannot be seen in the file: it shows beside the co-op's own.
    pub last_issue: Option<AuditedIssue>,
    /// Operations of the hall in the file that no issue in it prints.
    pub unprinted: u64,
    /// The law's hash, as `verify` and `demo` call it too, as 64 hex digits.
    pub law: String,
    /// Every bill that was opened.
    pub bills: Vec<AuditedBill>,
    /// Every election that was opened.
    pub elections: Vec<AuditedElection>,
    /// Every vote on the recall of a moderator.
    pub recalls: Vec<AuditedRecall>,
    /// Every vote on priorities that was opened.
    pub priorities: Vec<AuditedPriorities>,
}

/// An issue of the Gazette by the recount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditedIssue {
    /// Its number.
    pub height: u64,
    /// Its id.
    pub id: IssueId,
    /// The Gazette's time in ms.
    pub time: u64,
}

/// A vote on priorities by the recount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditedPriorities {
    /// The vote.
    pub id: OpId,
    /// The bill that opened it, by the act that opened that.
    pub by: OpId,
    /// Its short name.
    pub name: String,
    /// What there is to spend.
    pub budget: Money,
    /// Whether it is over.
    pub closed: bool,
    /// The features that are funded, in order; before the end those that would be.
    pub funded: Vec<String>,
    /// The count, in words.
    pub count: String,
}

/// A vote on the recall of a moderator by the recount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditedRecall {
    /// The vote.
    pub id: OpId,
    /// The community.
    pub community: String,
    /// Whose recall, by id and the name that they came in with.
    pub person: (PersonId, String),
    /// How many could vote.
    pub voters: u64,
    /// Whether it is over.
    pub closed: bool,
    /// Whether they are recalled; before the end whether they would be.
    pub recalled: bool,
    /// The count, in words.
    pub count: String,
}

/// An election by the recount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditedElection {
    /// The election.
    pub id: OpId,
    /// The bill that opened it, by the act that opened that; or the act that completed the petition for it.
    pub by: OpId,
    /// How many could vote,
    pub voters: u64,
    /// and whether only those who took part in the community could.
    pub among_participants: bool,
    /// The office.
    pub office: String,
    /// The community's name, where it is an office of one.
    pub community: Option<String>,
    /// How many are elected.
    pub seats: u64,
    /// `nomination`, `voting` or `closed`.
    pub phase: &'static str,
    /// Who stands, by id and the name that they came in with.
    pub candidates: Vec<(PersonId, String)>,
    /// Who was elected, in order; none as long as it goes on.
    pub elected: Option<Vec<PersonId>>,
    /// The count, in words.
    pub count: String,
}

/// A bill by the recount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditedBill {
    /// Its text.
    pub id: DocumentId,
    /// The act that opened it.
    pub op: OpId,
    /// Title.
    pub title: String,
    /// Where it stands.
    pub status: &'static str,
    /// How many consumers,
    pub consumers: u64,
    /// and how many workers could vote.
    pub workers: u64,
    /// The first issue from then on ends the vote, in the Gazette's time in ms.
    pub deadline: u64,
    /// The count.
    pub tally: Tally,
    /// How it passed, or would if the vote ended now.
    pub route: Option<Route>,
    /// The rule in numbers: consumers, workers, consumers alone.
    pub why: [String; 3],
}

/// The chains of the hall as they come out of the file.
#[derive(Default)]
struct Recount {
    coop: Option<CoopId>,
    chains: BTreeMap<DeviceId, Vec<StoredOp>>,
    issues: Vec<SignedIssue>,
    wrong: Option<Failure>,
    operations: u64,
    /// The last operation that was read whole.
    last: Option<OpId>,
    /// How many were.
    read: u64,
}

/// Recounts the law from a file that `folkmoot export --coop` wrote.
pub fn audit(path: &Path) -> Result<Audit, Failure> {
    let mut recount = Recount::default();
    let read = read_operations(path, |piece| {
        let taken = match piece {
            Piece::Operations(operations) => recount.take_operations(operations),
            Piece::Issues(issues) => {
                recount.issues.extend(issues);
                Ok(())
            }
        };
        recount.wrong = taken.err();
        recount.wrong.is_none()
    });
    match (recount.wrong.take(), read) {
        (Some(wrong), _) => Err(wrong),
        (None, Err(failure)) => Err(recount.behind(failure)),
        (None, Ok(())) => recount.fold(),
    }
}

/// What to do with a file that is not as it was exported.
const ALTERED: &str = "the file was altered or damaged: ask for it from somebody else, or have it exported again";

fn wrong(what: String) -> Failure {
    Failure::new("wrong", what, ALTERED)
}

impl Recount {
    /// Says how far the file is sound before the damage; what is wrong before it goes first.
    fn behind(self, failure: Failure) -> Failure {
        let sound = match (self.issues.len(), self.last) {
            (0, None) if failure.code == "damaged" => "; no operation stands before that".to_owned(),
            (0, None) => String::new(),
            (0, Some(last)) => format!("; it is sound as far as operation {} of the file ({last})", self.read),
            (..) => match self.fold() {
                Ok(audit) => format!("; it is sound as far as issue {} of the Gazette", audit.issues),
                Err(wrong) => return wrong,
            },
        };
        // A recount takes nothing in.
        let hint = if failure.code == "damaged" { ALTERED } else { &failure.hint };
        Failure::new(&failure.code, failure.error + &sound, hint)
    }

    fn take_operations(&mut self, operations: Vec<SignedOp>) -> Result<(), Failure> {
        let ids: Vec<OpId> = operations.iter().map(|op| Header::id_of(&op.header)).collect();
        let devices: Vec<String> = operations.iter().map(signer).collect();
        let verified: Vec<Result<VerifiedOp, String>> = operations.into_par_iter().map(|op| op.verify().map_err(|error| error.to_string())).collect();
        for ((id, device), op) in ids.into_iter().zip(devices).zip(verified) {
            let number = self.read + 1;
            let op = op.map_err(|error| wrong(format!("operation {number} of the file ({id}{device}) is not as signed: {error}")))?;
            self.append(op)?;
            (self.last, self.read) = (Some(id), number);
        }
        Ok(())
    }

    /// Appends an operation to its chain; those of communities have no effect in law.
    fn append(&mut self, op: VerifiedOp) -> Result<(), Failure> {
        let header = op.header();
        if header.space != SpaceId::HALL {
            return Ok(());
        }
        let (id, coop) = (op.id(), header.belongs_to());
        if op.payload().is_none() {
            return Err(wrong(format!("operation {id} comes without what it says, and nothing is erased in the hall")));
        }
        if *self.coop.get_or_insert(coop) != coop {
            return Err(wrong(format!("operation {id} is of another co-op than those before it")));
        }
        let chain = self.chains.entry(header.device).or_default();
        let (seq, prev) = chain.last().map_or((0, OpId::ZERO), |last| (last.header.seq, last.id));
        if header.seq != seq + 1 || header.prev != prev {
            return Err(wrong(format!("operation {id} does not follow the one before it in its chain")));
        }
        self.operations += 1;
        chain.push(StoredOp::from(op));
        Ok(())
    }

    fn fold(self) -> Result<Audit, Failure> {
        let nothing = || Failure::new("empty", "the file holds no founding of a co-op", "give a file that `folkmoot export --coop` wrote");
        let coop = self.coop.ok_or_else(nothing)?;
        let founding = self.chains.values().filter_map(|chain| chain.first()).find(|op| CoopId::founded_by(op.id) == coop).ok_or_else(nothing)?;
        let mut state = State::founded(&crate::store::as_printed(founding, founding.id));
        for signed in &self.issues {
            let number = state.height() + 1;
            let failed = |error: &dyn std::fmt::Display| wrong(format!("issue {number} of the Gazette: {error}"));
            let (id, issue) = signed.read().map_err(|error| failed(&error))?;
            if issue.coop != coop || issue.prev != state.issue() {
                return Err(match issue.height {
                    first if number == 1 && first > 1 => wrong(format!("issue {first} of the Gazette is the first in the file: those before it are missing")),
                    _ => failed(&"it does not follow the issue before it"),
                });
            }
            signed.check_by(id, &issue, &issue.certifiers(state.tellers())).map_err(|error| failed(&error))?;
            let mut operations = Vec::new();
            for range in &issue.includes {
                operations.extend(self.part(range).map_err(|error| failed(&error))?);
            }
            state.apply(id, &issue, &operations).map_err(|error| failed(&error))?;
        }
        Ok(Audit {
            coop,
            name: state.register.name.clone(),
            operations: self.operations,
            issues: state.height(),
            last_issue: state.head.filter(|head| head.height > 0).map(|head| AuditedIssue { height: head.height, id: head.issue, time: head.time }),
            unprinted: self.chains.iter().map(|(device, chain)| (chain.len() as u64).saturating_sub(state.printed_to(*device))).sum(),
            law: IssueId(state.hash()).to_string(),
            bills: state.bills.iter().map(|(op, bill)| audited(&state, *op, bill)).collect(),
            elections: state.elections.iter().map(|(id, election)| audited_election(&state, *id, election)).collect(),
            recalls: state.recalls.iter().map(|(id, recall)| audited_recall(&state, *id, recall)).collect(),
            priorities: state.priorities.iter().map(|(id, vote)| audited_priorities(&state, *id, vote)).collect(),
        })
    }

    /// The operations of a part of a chain.
    fn part(&self, range: &Range) -> Result<Vec<folkmoot_protocol::law::PrintedOp>, String> {
        let missing = |seq: u64| format!("operation {seq} of device {}, which it prints, is not in the file", range.device.short());
        if range.len() > limits::OPERATIONS_PER_ISSUE as u64 {
            return Err("it prints more operations than an issue takes".into());
        }
        let chain = self.chains.get(&range.device).ok_or_else(|| missing(range.from))?;
        let credential = chain.first().map_or(OpId::ZERO, |first| first.header.credential.unwrap_or(first.id));
        let at = |seq: u64| chain.get(usize::try_from(seq - 1).unwrap_or(usize::MAX)).ok_or_else(|| missing(seq));
        (range.from..=range.to).map(|seq| at(seq).map(|op| crate::store::as_printed(op, credential))).collect()
    }
}

/// Which device an operation says signed it, where its header can be read.
fn signer(op: &SignedOp) -> String {
    cbor::decode::<Header>(&op.header).map(|header| format!(" of device {}", header.device.short())).unwrap_or_default()
}

fn audited(state: &State, op: OpId, bill: &Bill) -> AuditedBill {
    let tally = bill.result.map_or_else(|| state.tally(op), |(tally, _)| tally);
    let verdict = bill.verdict(&state.charter_number(bill.charter), &tally);
    AuditedBill {
        id: bill.proposal.document,
        op,
        title: bill.proposal.title.clone(),
        status: bill.status.name(),
        consumers: bill.consumers,
        workers: bill.workers,
        deadline: bill.deadline,
        tally,
        route: verdict.passes,
        why: [verdict.consumers.inequality, verdict.workers.inequality, verdict.override_inequality],
    }
}

fn audited_election(state: &State, id: OpId, election: &Election) -> AuditedElection {
    let outcome = election.outcome.as_ref();
    AuditedElection {
        id,
        by: election.by,
        voters: election.voters,
        among_participants: election.is_among_participants(),
        office: election.office.to_string(),
        community: community_of(state, election.office),
        seats: election.seats,
        phase: election.phase.name(),
        candidates: election.candidates.iter().map(|candidate| (candidate.person, state.register.person_name(candidate.person).to_owned())).collect(),
        elected: outcome.map(|outcome| outcome.winners.clone()),
        count: outcome.cloned().or_else(|| state.outcome_now(id)).map(|outcome| how_counted(&outcome)).unwrap_or_default(),
    }
}

fn community_of(state: &State, office: Office) -> Option<String> {
    let Office::Moderator(space) = office else { return None };
    state.register.communities.get(&space).map(|community| community.name.clone())
}

fn audited_recall(state: &State, id: OpId, recall: &Recall) -> AuditedRecall {
    let outcome = recall.outcome.or_else(|| state.recall_now(id));
    let inequality = |outcome: RecallResult| recall.verdict(&state.charter_number(recall.charter), outcome.count).inequality;
    AuditedRecall {
        id,
        community: state.register.communities.get(&recall.space).map(|community| community.name.clone()).unwrap_or_default(),
        person: (recall.person, state.register.person_name(recall.person).to_owned()),
        voters: recall.voters,
        closed: !recall.is_open(),
        recalled: outcome.is_some_and(|outcome| outcome.recalled),
        count: outcome.map(inequality).unwrap_or_default(),
    }
}

fn audited_priorities(state: &State, id: OpId, vote: &Priorities) -> AuditedPriorities {
    let shares = vote.outcome.clone().or_else(|| state.shares_now(id));
    AuditedPriorities {
        id,
        by: vote.by,
        name: vote.name.clone(),
        budget: vote.budget,
        closed: !vote.is_open(),
        funded: shares.iter().flat_map(|shares| funded_names(vote, shares)).collect(),
        count: shares.map(|shares| how_shared(vote, &shares)).unwrap_or_default(),
    }
}

/// The features that are funded, in order.
pub fn funded_names(vote: &Priorities, shares: &Shares) -> Vec<String> {
    let name = |place: u64| usize::try_from(place).ok().and_then(|place| vote.features.get(place)).map(|feature| feature.name.clone());
    shares.funded.iter().filter_map(|funded| name(funded.place)).collect()
}

/// How a vote on priorities was counted, in a line.
pub fn how_shared(vote: &Priorities, shares: &Shares) -> String {
    let Shares { valid, blank, spoiled, steps, .. } = shares;
    let spent = Money { minor: shares.spent, ..vote.budget };
    let left = shares.funded.iter().filter(|funded| funded.left_over).count();
    format!(
        "Method of Equal Shares: {valid} valid, {spent} of {} spent, shares {steps} {} larger than an equal part, {left} funded with what was left; {blank} for nothing, {spoiled} spoiled",
        vote.budget, vote.budget.currency
    )
}

/// How an election was counted, in a line.
pub fn how_counted(outcome: &Outcome) -> String {
    let Outcome { valid, blank, spoiled, .. } = outcome;
    let lots = if outcome.stages.iter().any(|stage| stage.by_lot) { ", lots drawn" } else { "" };
    let method = match outcome.quota {
        Some(quota) => format!("Scottish STV: {valid} valid, quota {quota}, stages {}{lots}", outcome.stages.len()),
        None => format!("{valid} valid{lots}"),
    };
    format!("{method}; {blank} for nobody who could be elected, {spoiled} spoiled")
}
