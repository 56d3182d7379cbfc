//! Two issues for one number: tellers have signed both, and nobody can say which one is the law. A node that holds
//! both stops at the number before, and hands both on.

use super::{ConnectionId, Service};
use crate::store::StoreError;
use folkmoot_protocol::{
    cbor,
    id::*,
    law::{Issue, SignedIssue},
    wire::Message,
};
use std::ops::ControlFlow;

/// Where the proof is kept.
pub(super) const PROOF: &str = "two-issues";

/// How far below the number at which they differ peers are asked for issues.
const LOOKED_BACK: u64 = 48;

/// Two certified issues of one number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TwoIssues {
    /// The number.
    pub height: u64,
    /// The one that was read here.
    pub read: SignedIssue,
    /// The other.
    pub other: SignedIssue,
}

impl TwoIssues {
    /// What people are told.
    pub fn banner(&self) -> String {
        format!(
            "tellers have signed two different issues number {}: nothing is printed beyond issue {} until the members have settled which one stands",
            self.height,
            self.height.saturating_sub(1)
        )
    }
}

impl Service {
    /// Takes up what was found before this node was started.
    pub(super) fn remember_contradiction(&mut self) -> Result<(), StoreError> {
        self.printing.stopped = self.store.as_reader().two_issues()?.map(|two| two.banner());
        self.printing.has_two_issues = self.printing.stopped.is_some();
        Ok(())
    }

    /// Looks at an issue of a number that was read already. One that an issue by other tellers has sealed since is of
    /// no account.
    pub(super) fn check_contradiction(&mut self, signed: &SignedIssue) -> Result<(), StoreError> {
        let Ok((id, issue)) = signed.read() else { return Ok(()) };
        let Some(kept) = self.store.as_reader().issues_from(issue.height, 1)?.pop().filter(|kept| kept.id != id) else { return Ok(()) };
        // What the members chose stands above what tellers sign for its number.
        match (issue.recovery.is_some(), kept.signed.read().is_ok_and(|(_, kept)| kept.recovery.is_some())) {
            (true, false) => return self.supersede(&issue, id, signed),
            (false, true) => return Ok(()),
            _ => {}
        }
        let before = if issue.height == 1 { self.world.coop.map(IssueId::founding) } else { self.store.as_reader().issue_id(issue.height - 1)? };
        if before != Some(issue.prev) {
            // The two parted further below.
            if self.may_be_another_gazettes(&issue, id, signed) {
                self.printing.parts_below = Some(issue.height);
            }
            return Ok(());
        }
        let Some(sealed) = self.is_sealed(&issue, id, signed)? else { return Ok(()) };
        if sealed {
            tracing::warn!(height = issue.height, "former tellers signed another issue; it is of no account");
            return Ok(());
        }
        let two = TwoIssues { height: issue.height, read: kept.signed, other: signed.clone() };
        tracing::error!("{}", two.banner());
        self.store.begin()?;
        self.store.set_setting(PROOF, &cbor::encode(&(two.height, &two.read, &two.other)))?;
        self.store.drop_issues_from(issue.height)?;
        self.refold_law()?;
        self.printing.stopped = Some(two.banner());
        self.printing.has_two_issues = true;
        self.printing.waiting.clear();
        let connections: Vec<_> = self.peers.connections().collect();
        connections.into_iter().for_each(|connection| self.send(connection, &proof(&two)));
        Ok(())
    }

    /// Whether tellers certified an issue that contradicts one that was read, and other tellers have certified a later
    /// one since. None: they did not certify it.
    fn is_sealed(&self, issue: &Issue, id: IssueId, signed: &SignedIssue) -> Result<Option<bool>, StoreError> {
        let (mut tellers, mut certified, mut sealed) = (vec![], false, false);
        self.store.as_reader().refold_law(|before, read, _| {
            if read.height == issue.height && read.prev == issue.prev {
                certified = signed.check_by(id, issue, before).is_ok();
                tellers = before.to_vec();
            }
            sealed = certified && read.height > issue.height && before != tellers;
            // What it asks about is found, or there is nothing to ask about: the rest of the law is not folded for it.
            if sealed || read.height >= issue.height && !certified { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        Ok(certified.then_some(sealed))
    }

    /// Asks the peers for issues around the place where another Gazette parts from this one.
    pub(super) fn ask_where_it_parts(&mut self) {
        let Some(below) = self.printing.parts_below.take().filter(|_| self.printing.stopped.is_none()) else { return };
        let message = Message::WantIssues { from: below.saturating_sub(LOOKED_BACK).max(1) };
        self.peers.connections_where(|open| open.issues.claims(1)).into_iter().for_each(|connection| self.send(connection, &message));
    }

    /// Whether an issue that does not follow may be of another Gazette than a stranger's invention: the present tellers
    /// certified it, or members have chosen others.
    pub(super) fn may_be_another_gazettes(&self, issue: &Issue, id: IssueId, signed: &SignedIssue) -> bool {
        let tellers = self.world.law.as_ref().map(|law| law.tellers()).unwrap_or_default();
        self.world.members_chose || signed.check_by(id, issue, &tellers).is_ok()
    }

    /// Hands the proof on to a peer.
    pub(super) fn tell_of_contradiction(&mut self, connection: ConnectionId) -> Result<(), StoreError> {
        if let Some(two) = self.store.as_reader().two_issues()? {
            self.send(connection, &proof(&two));
        }
        Ok(())
    }
}

fn proof(two: &TwoIssues) -> Message {
    Message::Issues(vec![two.read.clone(), two.other.clone()])
}

impl crate::store::View<'_> {
    /// Two issues of one number, where such were found.
    pub fn two_issues(&self) -> Result<Option<TwoIssues>, StoreError> {
        let proof = self.setting(PROOF)?.and_then(|bytes| cbor::decode::<(u64, SignedIssue, SignedIssue)>(&bytes).ok());
        Ok(proof.map(|(height, read, other)| TwoIssues { height, read, other }))
    }
}
