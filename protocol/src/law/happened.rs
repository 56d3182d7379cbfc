//! What an issue did to the law beside what it prints. The rows of the register say which issue made and ended them; what
//! leaves no such row is not found: that the term of an office was over, say.

use super::{Bill, Election, Issue, Phase, Status, state::State};
use crate::id::*;

/// How far bills that require each other are followed.
const REQUIRED: usize = 64;

/// Something that an issue did to the law.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// A bill was put to the vote.
    BillOpened(OpId),
    /// The end of the vote on a bill was put off.
    BillPutOff(OpId),
    /// The vote on a bill ended.
    BillClosed(OpId),
    /// A bill came into force.
    InForce(OpId),
    /// A bill that passed cannot come into force as it stands.
    Stale(OpId),
    /// What a bill set ended at its sunset.
    Expired(OpId),
    /// An election was opened.
    ElectionOpened(OpId),
    /// The voting in an election began.
    VotingBegun(OpId),
    /// An election ended.
    ElectionClosed(OpId),
    /// A petition opened a vote on the recall of a moderator.
    RecallOpened(OpId),
    /// A vote on a recall ended.
    RecallClosed(OpId),
    /// A vote on priorities was opened.
    PrioritiesOpened(OpId),
    /// A vote on priorities ended.
    PrioritiesClosed(OpId),
    /// A challenge was decided, or lapsed.
    ChallengeEnded(OpId),
    /// Somebody's device was shown to have signed two things that exclude each other.
    Proven(DeviceId),
    /// A bill expelled somebody.
    Expelled(PersonId),
    /// Somebody came onto the roll of consumers, and has been there since.
    OnTheRoll(PersonId),
    /// The time of a ban was over.
    BanEnded(SpaceId, PersonId),
    /// What a removed document said is kept no more.
    Dropped(DocumentId, SpaceId),
}

impl State {
    /// What an issue did, by the register after it or after any later one. `whole`: number and time of the issues that say of
    /// themselves that no more waits, ascending, from the first on that ended the vote on a bill that is stale now.
    pub fn happened_in(&self, issue: &Issue, whole: &[(u64, u64)]) -> Vec<Happened> {
        let mut happened = self.happened_to_persons(issue);
        for (id, bill) in self.bills.iter() {
            happened.extend(self.happened_to_bill(issue, *id, bill, whole));
        }
        for (id, election) in self.elections.iter() {
            happened.extend(self.happened_to_election(issue, *id, election));
        }
        let (height, mut add) = (issue.height, |did: bool, what: Happened| happened.extend(did.then_some(what)));
        for (id, recall) in self.recalls.iter() {
            add(recall.opened_height == height, Happened::RecallOpened(*id));
            add(recall.outcome.is_some_and(|outcome| outcome.height == height), Happened::RecallClosed(*id));
        }
        for (id, vote) in self.priorities.iter() {
            add(vote.opened_height == height, Happened::PrioritiesOpened(*id));
            add(vote.outcome.as_ref().is_some_and(|shares| shares.height == height), Happened::PrioritiesClosed(*id));
        }
        for ((document, space), row) in self.moderated.iter() {
            add(row.dropped == Some(height), Happened::Dropped(*document, *space));
        }
        happened
    }

    fn happened_to_persons(&self, issue: &Issue) -> Vec<Happened> {
        let height = issue.height;
        let proven = self.evidence.iter().filter(|(_, row)| row.height == height).map(|(device, _)| Happened::Proven(*device));
        let ended = self.challenges.iter().filter(|(_, row)| row.end.as_ref().is_some_and(|end| end.height == height));
        let ended = ended.map(|(id, _)| Happened::ChallengeEnded(*id));
        let expelled = self.expulsions.iter().filter(|(_, row)| row.height == height).map(|(person, _)| Happened::Expelled(*person));
        let joined = self.members.iter().filter(|(_, member)| member.consumer.is_some_and(|consumer| consumer.since == issue.time));
        let joined = joined.map(|(person, _)| Happened::OnTheRoll(*person));
        let bans = self.bans.iter().filter(|(_, bans)| bans.iter().any(|ban| ban.ended == Some(height)));
        let bans = bans.map(|((space, person), _)| Happened::BanEnded(*space, *person));
        proven.chain(joined).chain(bans).chain(ended).chain(expelled).collect()
    }

    fn happened_to_bill(&self, issue: &Issue, id: OpId, bill: &Bill, whole: &[(u64, u64)]) -> Vec<Happened> {
        let height = issue.height;
        let swing = self.charter_number(bill.charter).late_swing_ms;
        let put_off = bill.extended && bill.deadline == issue.time.saturating_add(swing);
        let (enacted, expired) = match bill.status {
            Status::Enacted { height } => (Some(height), None),
            Status::Expired { since, height } => (Some(since), Some(height)),
            _ => (None, None),
        };
        let stale = matches!(bill.status, Status::Stale { .. }) && self.stale_since(bill, whole, REQUIRED) == Some(height);
        let all = [
            (bill.opened_height == height, Happened::BillOpened(id)),
            (put_off, Happened::BillPutOff(id)),
            (bill.result.is_some_and(|(_, closed)| closed == height), Happened::BillClosed(id)),
            (enacted == Some(height), Happened::InForce(id)),
            (stale, Happened::Stale(id)),
            (expired == Some(height), Happened::Expired(id)),
        ];
        all.into_iter().filter(|(did, _)| *did).map(|(_, what)| what).collect()
    }

    fn happened_to_election(&self, issue: &Issue, id: OpId, election: &Election) -> Vec<Happened> {
        let closed = election.outcome.as_ref().is_some_and(|outcome| outcome.height == issue.height);
        // The time to vote is counted from the issue that begins it.
        let voting = self.charter_number(election.charter).voting_period_ms;
        let begun = election.phase != Phase::Nomination && election.deadline == issue.time.saturating_add(voting) && !election.candidates.is_empty();
        let all = [
            (election.opened_height == issue.height, Happened::ElectionOpened(id)),
            (begun, Happened::VotingBegun(id)),
            (closed, Happened::ElectionClosed(id)),
        ];
        all.into_iter().filter(|(did, _)| *did).map(|(_, what)| what).collect()
    }

    /// The issue with which a bill that passed was stale: the first that could have brought it into force. The row of a stale bill
    /// does not say so itself.
    fn stale_since(&self, bill: &Bill, whole: &[(u64, u64)], most: usize) -> Option<u64> {
        let (tally, closed) = bill.result?;
        let charter = self.charter_number(bill.charter);
        let cooling = charter.cooling_ms(bill.verdict(&charter, &tally).passes?);
        let ended = whole.iter().find(|(height, _)| *height == closed).map(|(_, time)| *time)?;
        let due = |(height, time): &&(u64, u64)| *height >= closed && *time >= ended.saturating_add(cooling);
        let own = whole.iter().find(due).map(|(height, _)| *height)?;
        let Some(required) = bill.proposal.requires else { return Some(own) };
        self.settled(required, own, whole, most.checked_sub(1)?)
    }

    /// The issue from `at` on with which it was settled what becomes of a bill, and of those that confirm it.
    fn settled(&self, id: OpId, at: u64, whole: &[(u64, u64)], most: usize) -> Option<u64> {
        let bill = self.bills.get(&id)?;
        let settled = match bill.status {
            Status::Enacted { height } | Status::Expired { since: height, .. } => Some(height),
            Status::Failed => bill.result.map(|(_, height)| height),
            Status::Stale { .. } => self.stale_since(bill, whole, most),
            Status::Open | Status::Passed { .. } | Status::Withdrawn => None,
        };
        let at = settled?.max(at);
        let confirms = |(_, other): &(&OpId, &Bill)| other.proposal.confirms == Some(id) && other.opened_height <= at;
        match self.bills.iter().find(confirms) {
            Some((other, _)) => self.settled(*other, at, whole, most.checked_sub(1)?),
            None => Some(at),
        }
    }
}
