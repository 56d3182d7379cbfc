//! The Gazette at this node: issues come in and are read, and where this device is the only teller, printed.

use super::{ConnectionId, Service};
use crate::{
    api::{Event, Failure, Response},
    store::{StoreError, is_ballot, printed_op, wants_printing},
};
use folkmoot_protocol::{
    act::{
        Act, LawAct,
        law::{ChainTo, Receipt},
    },
    agreement,
    id::*,
    law::{Issue, IssueError, PrintedOp, Range, SignedIssue, Status, Step},
    limits,
    sync::{Breach, ChainRange, Closed, Tip},
    wire::Message,
};
use std::collections::BTreeMap;

/// A peer that was asked for issues is not asked again for so long.
const ASK_AGAIN_MS: u64 = 3_000;
/// Something that waits is printed after this part of the time within which it has to be.
const PROMPTNESS: u64 = 10;
/// Issues for numbers that were read already, looked at between two commits.
const SUSPECTS: usize = 64;
/// How far below that number peers are asked for issues.
const LOOKED_BACK: u64 = 48;
/// While something is voted on, the Gazette comes out at least daily.
const DAY_MS: u64 = 24 * 3_600_000;

/// Issues that wait, and what this teller has looked at.
#[derive(Default)]
pub(super) struct Printing {
    /// Issues that wait for what they print, or for those before them, by their number.
    waiting: BTreeMap<u64, SignedIssue>,
    /// Up to where chains of the hall were looked at and found to hold nothing to print.
    looked: BTreeMap<DeviceId, u64>,
    /// The last ballot that waits in each chain,
    ballots: BTreeMap<DeviceId, ChainTo>,
    /// and up to where these have this teller's receipt.
    receipted: BTreeMap<DeviceId, u64>,
    /// Since when something waits to be printed, in ms.
    wanted_since: Option<u64>,
    /// Issues for numbers of which another one was read already.
    suspects: BTreeMap<u64, SignedIssue>,
    /// Another Gazette than this one parts from it below that number: peers are asked for what lies there.
    pub(super) parts_below: Option<u64>,
    /// Why the Gazette does not go on here.
    pub(super) stopped: Option<String>,
}

impl Service {
    /// Tells a peer where the Gazette stands here.
    pub(super) fn tell_of_gazette(&mut self, connection: ConnectionId) {
        let Some(law) = self.world.law.as_ref().filter(|law| law.height() > 0) else { return };
        let message = Message::Gazette { height: law.height(), issue: law.issue() };
        self.send(connection, &message);
    }

    fn tell_all_of_gazette(&mut self) {
        let greeted = self.peers.open.iter().filter(|(_, open)| open.session.hello().is_some()).map(|(connection, _)| *connection);
        let greeted: Vec<_> = greeted.collect();
        greeted.into_iter().for_each(|connection| self.tell_of_gazette(connection));
    }

    /// A peer says how many issues it has.
    pub(super) fn hear_of_issues(&mut self, connection: ConnectionId, height: u64, issue: IssueId) -> Result<(), StoreError> {
        if let Some(open) = self.peers.open.get_mut(&connection) {
            open.issues = height;
            open.asked_issues_at = 0;
        }
        let read = self.store.as_reader().issues_from(height, 1)?.pop().filter(|kept| kept.height() == height);
        if read.is_some_and(|kept| kept.id != issue) {
            self.printing.parts_below = Some(height);
        }
        Ok(())
    }

    /// The number of the first issue that is neither read nor waits.
    fn next_unknown(&self) -> u64 {
        let mut next = self.world.law.as_ref().map_or(0, |law| law.height()) + 1;
        while self.printing.waiting.contains_key(&next) {
            next += 1;
        }
        next
    }

    /// Asks one of the peers that have more issues.
    fn ask_for_issues(&mut self, now: u64) {
        let from = self.next_unknown();
        if self.world.law.is_none() || self.printing.stopped.is_some() || self.printing.waiting.len() + limits::ISSUES_PER_MESSAGE > limits::WAITING_ISSUES {
            return;
        }
        let behind = |open: &super::peers::Connected| open.issues >= from;
        let asked = |open: &super::peers::Connected| behind(open) && now.saturating_sub(open.asked_issues_at) < ASK_AGAIN_MS;
        if self.peers.open.values().any(asked) {
            return;
        }
        // The one that was asked longest ago: a peer that does not answer holds nothing up.
        let Some((connection, open)) = self.peers.open.iter_mut().filter(|(_, open)| behind(open)).min_by_key(|(_, open)| open.asked_issues_at) else { return };
        open.asked_issues_at = now;
        let connection = *connection;
        self.send(connection, &Message::WantIssues { from });
    }

    /// Answers a peer that asks for issues.
    pub(super) fn send_issues(&mut self, connection: ConnectionId, from: u64) -> Result<(), StoreError> {
        let (mut issues, mut bytes) = (Vec::new(), 0);
        for kept in self.store.as_reader().issues_from(from, limits::ISSUES_PER_MESSAGE)? {
            bytes += kept.signed.body.len() + 1024;
            if bytes > limits::FRAME_BYTES {
                break;
            }
            issues.push(kept.signed);
        }
        self.send(connection, &Message::Issues(issues));
        Ok(())
    }

    /// Takes issues in. They are read once what they print is here.
    pub(super) fn take_issues(&mut self, connection: ConnectionId, issues: Vec<SignedIssue>, now: u64) -> Result<(), StoreError> {
        if let Some(open) = self.peers.open.get_mut(&connection) {
            open.asked_issues_at = 0;
        }
        if let Some(reason) = self.let_wait(issues) {
            return self.drop_peer(connection, &Breach::Invalid(reason).to_string(), now);
        }
        Ok(())
    }

    /// Lets issues wait until what they print is here. Answers what is wrong with one that is none.
    pub(super) fn let_wait(&mut self, issues: Vec<SignedIssue>) -> Option<String> {
        let height = self.world.law.as_ref().map_or(0, |law| law.height());
        let near = height + 1..=height + limits::WAITING_ISSUES as u64;
        for signed in issues {
            let issue = match signed.read() {
                Ok((_, issue)) if Some(issue.coop) == self.world.coop => issue,
                Ok(_) => return Some(IssueError::Foreign.to_string()),
                Err(error) => return Some(error.to_string()),
            };
            if issue.height <= height && self.printing.suspects.len() < SUSPECTS {
                self.printing.suspects.insert(issue.height, signed);
            } else if near.contains(&issue.height) && self.printing.waiting.len() < limits::WAITING_ISSUES {
                // Of two for one number the one that follows and is certified is read; see `read_gazette`.
                self.printing.waiting.entry(issue.height).or_insert(signed);
            }
        }
        None
    }

    /// Reads the issues that follow what is printed here, as far as what they print is held.
    pub(super) fn read_gazette(&mut self, now: u64) -> Result<(), StoreError> {
        self.begin_gazette()?;
        for (_, suspect) in std::mem::take(&mut self.printing.suspects) {
            self.check_contradiction(&suspect)?;
        }
        let mut read = false;
        while self.read_next()? {
            read = true;
        }
        if read {
            self.printing.looked.clear();
            self.tell_all_of_gazette();
        }
        self.ask_where_it_parts();
        self.ask_for_issues(now);
        Ok(())
    }

    /// Asks the peers for issues around the place where another Gazette parts from this one.
    fn ask_where_it_parts(&mut self) {
        let Some(below) = self.printing.parts_below.take().filter(|_| self.printing.stopped.is_none()) else { return };
        let message = Message::WantIssues { from: below.saturating_sub(LOOKED_BACK).max(1) };
        let connections: Vec<_> = self.peers.open.iter().filter(|(_, open)| open.issues > 0).map(|(connection, _)| *connection).collect();
        connections.into_iter().for_each(|connection| self.send(connection, &message));
    }

    /// Whether the present tellers certified an issue.
    pub(super) fn is_by_tellers(&self, issue: &Issue, id: IssueId, signed: &SignedIssue) -> bool {
        let tellers = self.world.law.as_ref().map(|law| law.tellers()).unwrap_or_default();
        signed.certificate.check(issue.coop, issue.height, issue.prev, id, &tellers).is_ok()
    }

    /// Once the founding is here, the law begins.
    fn begin_gazette(&mut self) -> Result<(), StoreError> {
        if self.world.law.is_none() && self.world.coop.is_some() && self.gained.contains_key(&SpaceId::HALL) {
            self.world.law = self.store.as_reader().law()?;
        }
        Ok(())
    }

    fn read_next(&mut self) -> Result<bool, StoreError> {
        let Some(law) = self.world.law.as_ref().filter(|_| self.printing.stopped.is_none()) else { return Ok(false) };
        let height = law.height() + 1;
        let Some(signed) = self.printing.waiting.get(&height).cloned() else { return Ok(false) };
        let (id, issue) = match self.judge_issue(&signed) {
            Ok(judged) => judged,
            Err(error) => {
                tracing::warn!(height, %error, "an issue of the Gazette is refused");
                // Well certified and not following: somewhere below there are two of one number.
                if let (IssueError::Order { .. }, Ok((id, issue))) = (&error, signed.read())
                    && self.is_by_tellers(&issue, id, &signed)
                {
                    self.printing.parts_below = Some(height);
                }
                self.printing.waiting.remove(&height);
                return Ok(false);
            }
        };
        if !self.holds(&issue)? {
            return Ok(false);
        }
        self.printing.waiting.remove(&height);
        let operations = self.store.as_reader().printed_operations(&issue.includes)?;
        let Some(law) = &mut self.world.law else { return Ok(false) };
        match law.apply(id, &issue, &operations) {
            Ok(step) => {
                self.keep_issue(id, &issue, &signed, step)?;
                Ok(true)
            }
            Err(error) => {
                tracing::error!(height, %error, "an issue of the Gazette cannot be followed");
                self.printing.stopped = Some(error.to_string());
                self.world.law = self.store.as_reader().law()?;
                Ok(false)
            }
        }
    }

    /// Whether an issue follows what is printed here and is certified by the tellers of the register.
    fn judge_issue(&self, signed: &SignedIssue) -> Result<(IssueId, Issue), IssueError> {
        let (id, issue) = signed.read()?;
        let Some(law) = &self.world.law else { return Err(IssueError::Foreign) };
        if issue.prev != law.issue() {
            return Err(IssueError::Order { height: issue.height, here: law.height() });
        }
        signed.certificate.check(issue.coop, issue.height, issue.prev, id, &law.tellers())?;
        Ok((id, issue))
    }

    /// Whether everything that an issue prints is held here.
    pub(super) fn holds(&mut self, issue: &Issue) -> Result<bool, StoreError> {
        let mut all = true;
        for range in &issue.includes {
            let held = self.world.tip(SpaceId::HALL, range.device).map_or(0, |tip| tip.seq);
            if held < range.to || self.store.as_reader().operation_at(SpaceId::HALL, range.device, range.to)? != Some(range.last) {
                self.reopen(range.device, range.to + 1)?;
                all = false;
            }
        }
        Ok(all)
    }

    /// What the Gazette printed stands, also beyond a fork that closed its chain: it is taken in again.
    fn reopen(&mut self, device: DeviceId, closed_at: u64) -> Result<(), StoreError> {
        let Some(tip) = self.world.tip(SpaceId::HALL, device) else { return Ok(()) };
        let (Some(closed), Some(chain)) = (tip.closed.filter(|closed| closed.at < closed_at), self.world.chains.get(&(SpaceId::HALL, device))) else {
            return Ok(());
        };
        self.store.begin()?;
        self.store.reopen_chain(chain.row, closed_at)?;
        self.world.set_tip(SpaceId::HALL, device, Tip { closed: Some(Closed { at: closed_at, ..closed }), ..tip });
        self.grown.insert((SpaceId::HALL, device));
        Ok(())
    }

    fn keep_issue(&mut self, id: IssueId, issue: &Issue, signed: &SignedIssue, step: Step) -> Result<(), StoreError> {
        self.store.begin()?;
        if issue.height == 1
            && let Some(law) = &self.world.law
        {
            self.store.set_cells(&law.all_cells())?;
        }
        self.store.add_issue(id, issue, signed, &step.cells, &step.judged)?;
        self.event(Event::Printed { height: issue.height, operations: issue.operations() });
        Ok(())
    }

    /// Whether this device alone certifies the next issue.
    fn is_only_teller(&self) -> bool {
        self.world.law.as_ref().is_some_and(|law| law.tellers() == [self.device()])
    }

    /// Whether this device is a teller's.
    fn is_teller(&self) -> bool {
        self.world.law.as_ref().is_some_and(|law| law.tellers().contains(&self.device()))
    }

    /// What a teller does about twice a second: it gives receipts, and prints what is due, alone or with the others.
    pub(super) fn tick_gazette(&mut self, now: u64) -> Result<(), StoreError> {
        // What the folder has lost may have been printed: peers are asked first.
        if !self.is_teller() || self.printing.stopped.is_some() || self.store.as_reader().is_unsure()? {
            return Ok(());
        }
        self.look_for_what_waits()?;
        self.give_receipt(now)?;
        let due = self.is_due(now);
        match self.is_only_teller() {
            true if due => self.print(now),
            true => Ok(()),
            false => self.tick_agreement(due, now),
        }
    }

    /// Tells voters that their ballots have come: whoever holds a receipt is not left out.
    fn give_receipt(&mut self, now: u64) -> Result<(), StoreError> {
        let receipted = |held: &ChainTo| self.printing.receipted.get(&held.device).is_some_and(|seq| *seq >= held.seq);
        let held = self.printing.ballots.values().filter(|held| !receipted(held)).copied().take(limits::CHAINS_PER_RECEIPT);
        let held: Vec<ChainTo> = held.collect();
        if held.is_empty() {
            return Ok(());
        }
        self.printing.receipted.extend(held.iter().map(|held| (held.device, held.seq)));
        let salt = self.salt(&[b"receipt", &now.to_be_bytes()]);
        self.write_act(SpaceId::HALL, Act::Law(LawAct::Receipt(Receipt { at_ms: now, held })), salt, now)?;
        Ok(())
    }

    /// Finds out since when something waits to be printed.
    fn look_for_what_waits(&mut self) -> Result<(), StoreError> {
        let (Some(law), Some(tips)) = (&self.world.law, self.world.tips.get(&SpaceId::HALL)) else { return Ok(()) };
        let (mut since, mut ballots) = (None, BTreeMap::new());
        for (device, tip) in tips.iter() {
            let printed = law.printed.get(device).map_or(0, |printed| printed.seq);
            let from = self.printing.looked.get(device).copied().unwrap_or(0).max(printed) + 1;
            if from > tip.seq {
                continue;
            }
            let range = ChainRange { space: SpaceId::HALL, device: *device, from, to: tip.seq };
            let waiting = self.store.as_reader().chain_operations(range, usize::MAX)?;
            match waiting.iter().find(|held| wants_printing(held)) {
                Some(held) => since = Some(since.unwrap_or(u64::MAX).min(held.received_at)),
                None => drop(self.printing.looked.insert(*device, tip.seq)),
            }
            if let Some(ballot) = waiting.iter().rfind(|held| is_ballot(held)) {
                ballots.insert(*device, ChainTo { device: *device, seq: ballot.op.header.seq, id: ballot.op.id });
            }
        }
        self.printing.wanted_since = since;
        self.printing.ballots = ballots;
        Ok(())
    }

    /// Whether an issue is to come out now: something waits, a vote ends or begins, a bill comes into force, a term is
    /// over, or it is time for a sign of life.
    fn is_due(&self, now: u64) -> bool {
        let Some(law) = &self.world.law else { return false };
        let charter = law.charter();
        if self.printing.wanted_since.is_some_and(|since| now >= since.saturating_add(charter.inclusion_delay_ms / PROMPTNESS)) {
            return true;
        }
        let in_force = |status: &Status| matches!(status, Status::Passed { in_force_from, .. } if *in_force_from <= now);
        let ends = law.next_end();
        let quiet_ms = if ends.is_some() { charter.heartbeat_period_ms.min(DAY_MS) } else { charter.heartbeat_period_ms };
        ends.is_some_and(|ends| ends <= now)
            || law.bills.iter().any(|(_, bill)| in_force(&bill.status))
            || !law.ended_terms(now).is_empty()
            || (law.height() > 0 && now >= law.time().saturating_add(quiet_ms))
    }

    /// Prints what waits at once, by order.
    pub(super) fn print_now(&mut self, now: u64) -> Result<Result<Response, Failure>, StoreError> {
        if !self.is_only_teller() {
            let hint = "`folkmoot offices` shows the tellers; their nodes print what waits by themselves";
            return Ok(Err(Failure::new("may-not", "only the co-op's one teller prints at will, and this device is not that teller's", hint)));
        }
        if let Some(reason) = &self.printing.stopped {
            return Ok(Err(Failure::new("stopped", format!("the Gazette does not go on here: {reason}"), "`folkmoot verify` looks into what is held")));
        }
        if self.store.as_reader().is_unsure()? {
            return Ok(Err(Failure::new("repairing", "what was printed may be missing here", "let the node run until it has synced: `folkmoot run`")));
        }
        self.store.begin()?;
        self.print(now)?;
        Ok(Ok(Response::Done))
    }

    /// Prints what waits, as the only teller.
    fn print(&mut self, now: u64) -> Result<(), StoreError> {
        let Some(law) = &mut self.world.law else { return Ok(()) };
        let mut operations: Vec<PrintedOp> = self.store.as_reader().unprinted(law)?.iter().map(printed_op).collect();
        let more = operations.len() > limits::OPERATIONS_PER_ISSUE;
        operations.truncate(limits::OPERATIONS_PER_ISSUE);
        let time = now.max(law.time() + 1);
        let (issue, step) = match law.print(time, more, ranges(&operations), &operations) {
            Ok(printed) => printed,
            Err(error) => {
                tracing::error!(%error, "the next issue cannot be printed");
                self.printing.stopped = Some(error.to_string());
                self.world.law = self.store.as_reader().law()?;
                return Ok(());
            }
        };
        let (body, id) = (issue.to_bytes(), issue.id());
        let certificate = agreement::sign_alone(issue.coop, issue.height, issue.prev, id, self.keys.key());
        self.keep_issue(id, &issue, &SignedIssue { body, certificate }, step)?;
        self.printing.wanted_since = None;
        self.printing.looked.clear();
        self.tell_all_of_gazette();
        Ok(())
    }
}

/// The parts of chains that operations make, in this order.
pub(super) fn ranges(operations: &[PrintedOp]) -> Vec<Range> {
    let mut ranges: Vec<Range> = Vec::new();
    for printed in operations {
        match ranges.last_mut() {
            Some(range) if range.device == printed.device && range.to + 1 == printed.seq => {
                range.to = printed.seq;
                range.last = printed.op;
            }
            _ => ranges.push(Range { device: printed.device, from: printed.seq, to: printed.seq, last: printed.op }),
        }
    }
    ranges
}
