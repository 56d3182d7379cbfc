//! The Gazette at this node: issues come in, wait for what they print, and are read.

use super::{ConnectionId, Service, seal::Line, stands::Receipts};
use crate::{api::Event, store::StoreError};
use folkmoot_protocol::{
    act::law::ChainTo,
    agreement::Contradiction,
    id::*,
    law::{Issue, IssueError, SignedIssue, Step},
    limits,
    sync::Breach,
    wire::Message,
};
use std::collections::{BTreeMap, BTreeSet};

/// A peer that was asked for issues has so long to answer before another one is asked.
const ASK_AGAIN_MS: u64 = 3_000;
/// and one that did not is asked as if it had been so many times more often.
const UNANSWERED: u64 = 8;
/// What an issue that a peer was sent before draws on its allowance: as much as a few operations sent again.
const THOUSANDTHS_PER_ISSUE_AGAIN: u64 = 200;

/// A peer's Gazette, as far as this node knows.
#[derive(Debug, Default)]
pub(super) struct PeersIssues {
    /// How many issues it says it has.
    held: u64,
    /// It had none where it had said so.
    had_none: bool,
    /// What it was asked for, and when; none once it answered.
    asked: Option<(u64, u64)>,
    times_asked: u64,
    /// The number behind the last issue that it was sent.
    sent_before: u64,
}

impl PeersIssues {
    pub(super) fn claims(&self, height: u64) -> bool {
        self.held >= height && !self.had_none
    }
}

/// Issues that wait, and what this teller has looked at.
#[derive(Default)]
pub(super) struct Printing {
    /// Issues that wait for what they print, by their number: each follows the one before it, the first what is
    /// printed here, and all of them are certified by the tellers as they are now.
    pub(super) waiting: BTreeMap<u64, (IssueId, SignedIssue)>,
    /// Of chains that fork: the operations that the next of these prints, as far as they are known.
    pub(super) branches: BTreeMap<(DeviceId, u64), OpId>,
    /// Up to where chains of the hall were looked at and found to hold nothing to print.
    pub(super) looked: BTreeMap<DeviceId, u64>,
    /// The last ballot that waits in each chain,
    pub(super) ballots: BTreeMap<DeviceId, ChainTo>,
    /// and what of these has this teller's receipt; none before its own chain was looked through for those that it
    /// gave.
    pub(super) receipted: Option<BTreeMap<DeviceId, ChainTo>>,
    /// What tellers gave receipts for of chains that fork.
    pub(super) receipts: Receipts,
    /// In what each teller contradicted itself last.
    pub(super) contradictions: BTreeMap<DeviceId, Contradiction>,
    /// Devices of which this teller has shown what they signed, or found it shown.
    pub(super) shown: BTreeSet<DeviceId>,
    /// Up to which number this teller has printed since the last commit.
    pub(super) printed: Option<u64>,
    /// Since when something waits to be printed, in ms.
    pub(super) wanted_since: Option<u64>,
    /// Issues for numbers of which one was read already.
    pub(super) suspects: BTreeMap<(u64, IssueId), SignedIssue>,
    /// Another Gazette than this one parts from it at that number or below: peers are asked for what lies there.
    pub(super) parts_below: Option<u64>,
    /// Two issues of one number are here.
    pub(super) has_two_issues: bool,
    /// Issues that came since,
    pub(super) beyond: Vec<SignedIssue>,
    /// and what they make of each of the two.
    pub(super) lines: Vec<Line>,
    /// Whether it was found out what acts of recovery there are on the newest issue.
    pub(super) knows_recovery: bool,
    /// Why the Gazette does not go on here.
    pub(super) stopped: Option<String>,
}

impl Printing {
    /// The issues that wait for what they print.
    pub(super) fn issues(&self) -> impl Iterator<Item = Issue> {
        self.waiting.values().filter_map(|(_, signed)| Some(signed.read().ok()?.1))
    }
}

impl Service {
    /// Tells a peer where the Gazette stands here.
    pub(super) fn tell_of_gazette(&mut self, connection: ConnectionId) {
        let Some(law) = self.world.law.as_ref().filter(|law| law.height() > 0) else { return };
        let message = Message::Gazette { height: law.height(), issue: law.issue() };
        self.send(connection, &message);
    }

    pub(super) fn tell_all_of_gazette(&mut self) {
        self.peers.greeted().into_iter().for_each(|connection| self.tell_of_gazette(connection));
    }

    /// A peer says how many issues it has. One that said so before and had none is not believed again.
    pub(super) fn hear_of_issues(&mut self, connection: ConnectionId, height: u64, issue: IssueId) -> Result<(), StoreError> {
        let Some(open) = self.peers.open.get_mut(&connection) else { return Ok(()) };
        open.issues.held = height;
        if self.store.as_reader().issue_id(height)?.is_some_and(|read| read != issue) {
            self.printing.parts_below = Some(height);
            return Ok(());
        }
        let peer = open.session.peer;
        self.store.begin()?;
        self.store.note_height(peer, height)
    }

    /// The number of the first issue that is neither read nor waits, and the issue that it follows.
    fn next_unknown(&self) -> Option<(u64, IssueId)> {
        let law = self.world.law.as_ref()?;
        let last = self.printing.waiting.last_key_value();
        Some(last.map_or((law.height() + 1, law.issue()), |(height, (id, _))| (height + 1, *id)))
    }

    /// How many issues wait for what they print.
    pub(super) fn waiting_issues(&self) -> usize {
        self.printing.waiting.len()
    }

    /// Asks one of the peers that have more issues: the one that was asked least often, so that one that does not
    /// answer holds nothing up.
    fn ask_for_issues(&mut self, now: u64) {
        let Some((next, _)) = self.next_unknown() else { return };
        // Of two issues of one number, and what follows them: now from there, now what comes next.
        let from = self.next_on_lines().filter(|_| (now / ASK_AGAIN_MS).is_multiple_of(2)).unwrap_or(next);
        let stands_still = self.printing.stopped.is_some() && !self.printing.has_two_issues;
        if stands_still || self.printing.waiting.len() + limits::ISSUES_PER_MESSAGE > limits::WAITING_ISSUES {
            return;
        }
        for open in self.peers.open.values_mut().filter(|open| open.issues.asked.is_some_and(|(_, at)| now.abs_diff(at) >= ASK_AGAIN_MS)) {
            open.issues.asked = None;
            open.issues.times_asked += UNANSWERED;
        }
        if self.peers.open.values().any(|open| open.issues.asked.is_some()) {
            return;
        }
        let behind = self.peers.open.iter_mut().filter(|(_, open)| open.issues.claims(from));
        let Some((connection, open)) = behind.min_by_key(|(_, open)| open.issues.times_asked) else { return };
        open.issues.asked = Some((from, now));
        open.issues.times_asked += 1;
        let connection = *connection;
        self.send(connection, &Message::WantIssues { from });
    }

    /// Whether all issues that peers have are read here, as far as they hand them over.
    pub(super) fn has_all_issues(&self) -> bool {
        let height = self.world.law.as_ref().map_or(0, |law| law.height());
        self.printing.waiting.is_empty() && !self.peers.open.values().any(|open| open.issues.claims(height + 1))
    }

    /// Answers a peer that asks for issues.
    pub(super) fn send_issues(&mut self, connection: ConnectionId, from: u64, now: u64) -> Result<(), StoreError> {
        let (mut issues, mut bytes) = (Vec::new(), 0);
        for kept in self.store.as_reader().issues_from(from, limits::ISSUES_PER_MESSAGE)? {
            bytes += kept.signed.body.len() + 1024;
            if bytes > limits::FRAME_BYTES {
                break;
            }
            issues.push(kept.signed);
        }
        let to = from.saturating_add(issues.len() as u64);
        self.send(connection, &Message::Issues(issues));
        let Some(open) = self.peers.open.get_mut(&connection) else { return Ok(()) };
        // Whoever asks for what was sent before pays for it.
        let again = open.issues.sent_before.min(to).saturating_sub(from);
        open.issues.sent_before = open.issues.sent_before.max(to);
        self.charge(connection, again * THOUSANDTHS_PER_ISSUE_AGAIN, now);
        Ok(())
    }

    /// Takes issues in. They are read once what they print is here.
    pub(super) fn take_issues(&mut self, connection: ConnectionId, issues: Vec<SignedIssue>, now: u64) -> Result<(), StoreError> {
        let nothing = issues.is_empty();
        let before = self.next_unknown();
        if let Some(reason) = self.let_wait(issues) {
            return self.drop_peer(connection, &Breach::Invalid(reason).to_string(), now);
        }
        let useful = self.next_unknown() != before;
        if let Some(open) = self.peers.open.get_mut(&connection) {
            let asked = open.issues.asked;
            // Who stands still at two issues of one number takes back what it said that it has.
            open.issues.had_none |= nothing && asked.is_some() && !self.printing.has_two_issues;
            if useful || nothing {
                // Else it is asked again in a while: what it sent is of no use yet.
                open.issues.asked = None;
            }
        }
        Ok(())
    }

    /// Lets issues wait until what they print is here: those that follow what is printed or waits here, and are
    /// certified. Whatever else somebody sends takes nobody's place. Answers what is wrong with one that is none.
    pub(super) fn let_wait(&mut self, issues: Vec<SignedIssue>) -> Option<String> {
        for signed in issues {
            let (id, issue) = match signed.read() {
                Ok((id, issue)) if Some(issue.coop) == self.world.coop => (id, issue),
                Ok(_) => return Some(IssueError::Foreign.to_string()),
                Err(error) => return Some(error.to_string()),
            };
            let (Some((height, prev)), Some(law)) = (self.next_unknown(), &self.world.law) else { return None };
            if issue.height <= law.height() {
                if self.printing.suspects.len() < limits::ISSUES_PER_MESSAGE {
                    self.printing.suspects.insert((issue.height, id), signed);
                }
                continue;
            }
            if self.printing.stopped.is_some() {
                if self.printing.beyond.len() < limits::ISSUES_PER_MESSAGE {
                    self.printing.beyond.push(signed);
                }
                continue;
            }
            // Well certified and not following: somewhere below there are two of one number.
            if issue.height == law.height() + 1 && issue.prev != law.issue() && self.may_be_another_gazettes(&issue, id, &signed) {
                self.printing.parts_below = Some(issue.height);
            }
            if (issue.height, issue.prev) != (height, prev) || self.printing.waiting.len() >= limits::WAITING_ISSUES {
                continue;
            }
            // As long as not enough acts of recovery are here, and of the old tellers once they are, it is of no use.
            if issue.recovery != law.recovery {
                return None;
            }
            match signed.check_by(id, &issue, &law.tellers()) {
                Ok(()) => drop(self.printing.waiting.insert(height, (id, signed))),
                Err(error) if self.printing.waiting.is_empty() => return Some(error.to_string()),
                // What waits may make others the tellers: it is asked for again then.
                Err(_) => return None,
            }
        }
        None
    }

    /// Reads the issues that follow what is printed here, as far as what they print is held.
    pub(super) fn read_gazette(&mut self, now: u64) -> Result<(), StoreError> {
        self.begin_gazette()?;
        self.look_for_recovery()?;
        let beyond = std::mem::take(&mut self.printing.beyond);
        self.seek_seal(beyond)?;
        for (_, suspect) in std::mem::take(&mut self.printing.suspects) {
            self.check_contradiction(&suspect)?;
        }
        let mut read = false;
        while self.printing.stopped.is_none() && self.read_next()? {
            read = true;
            self.printing.knows_recovery = false;
        }
        if read {
            self.leave_old_height();
            self.close_again()?;
            self.printing.looked.clear();
            self.tell_all_of_gazette();
            // Headers of what a removal has dropped wait for the issue that says so.
            self.admit_waiting(now)?;
        }
        self.ask_where_it_parts();
        self.ask_for_issues(now);
        Ok(())
    }

    /// Once the founding is here, the law begins.
    fn begin_gazette(&mut self) -> Result<(), StoreError> {
        if self.world.law.is_none() && self.world.coop.is_some() && self.gained.contains_key(&SpaceId::HALL) {
            self.world.law = self.store.as_reader().law()?;
        }
        Ok(())
    }

    fn read_next(&mut self) -> Result<bool, StoreError> {
        let Some(law) = &self.world.law else { return Ok(false) };
        let height = law.height() + 1;
        let Some((id, signed)) = self.printing.waiting.get(&height).cloned() else { return Ok(false) };
        let issue = match self.judge_issue(id, &signed) {
            Ok(issue) => issue,
            Err(error) => {
                tracing::warn!(height, %error, "an issue of the Gazette is refused");
                // With it goes what follows it.
                self.printing.waiting.clear();
                self.printing.branches.clear();
                return Ok(false);
            }
        };
        self.yield_to(&issue)?;
        if !self.holds(&issue)? {
            return Ok(false);
        }
        self.printing.waiting.remove(&height);
        self.printing.branches.clear();
        let operations = self.store.as_reader().printed_operations(&issue.includes)?;
        let Some(law) = &mut self.world.law else { return Ok(false) };
        match law.apply(id, &issue, &operations) {
            Ok(step) => {
                self.keep_issue(id, &issue, &signed, step)?;
                Ok(true)
            }
            Err(error) => {
                tracing::error!(height, %error, "an issue of the Gazette cannot be followed");
                self.printing.waiting.clear();
                self.stop_gazette(&error)?;
                Ok(false)
            }
        }
    }

    /// The Gazette does not go on here; the register stands as it did before the issue that it stops at.
    pub(super) fn stop_gazette(&mut self, error: &IssueError) -> Result<(), StoreError> {
        self.printing.stopped = Some(error.to_string());
        self.world.law = self.store.as_reader().law()?;
        Ok(())
    }

    /// Whether an issue follows what is printed here and is certified by the tellers of the register.
    fn judge_issue(&self, id: IssueId, signed: &SignedIssue) -> Result<Issue, IssueError> {
        let (_, issue) = signed.read()?;
        let Some(law) = &self.world.law else { return Err(IssueError::Foreign) };
        if issue.prev != law.issue() {
            return Err(IssueError::Order { height: issue.height, here: law.height() });
        }
        signed.check_by(id, &issue, &law.tellers())?;
        Ok(issue)
    }

    pub(super) fn keep_issue(&mut self, id: IssueId, issue: &Issue, signed: &SignedIssue, step: Step) -> Result<(), StoreError> {
        self.store.begin()?;
        self.end_recovery(issue)?;
        if issue.height == 1
            && let Some(law) = &self.world.law
        {
            self.store.set_cells(&law.all_cells())?;
        }
        self.store.add_issue(id, issue, signed, &step.cells, &step.judged)?;
        self.world.moderation_changed = true;
        self.event(Event::Printed { height: issue.height, operations: issue.operations() });
        Ok(())
    }
}
