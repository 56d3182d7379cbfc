//! A node that holds two issues of one number stands still. Where other tellers have certified an issue above one of the two since,
//! that one is sealed, and the other is of no account: the node goes on with it, once it has heard of all up to there.

use super::{Service, contradiction::PROOF};
use crate::store::StoreError;
use folkmoot_protocol::{
    id::*,
    law::{Issue, SignedIssue, State},
    limits,
};

/// Of one number there are two issues.
const LINES: usize = 2;

/// One of the two issues and what follows it, recounted beside the law that stands here.
pub(super) struct Line {
    state: State,
    issues: Vec<(IssueId, SignedIssue)>,
}

impl Line {
    fn begins_with(&self, id: IssueId) -> bool {
        self.issues.first().is_some_and(|(first, _)| *first == id)
    }
}

impl Service {
    /// Takes in issues while two of one number are here. Goes on with the one that is sealed.
    pub(super) fn seek_seal(&mut self, issues: Vec<SignedIssue>) -> Result<(), StoreError> {
        if issues.is_empty() || !self.printing.has_two_issues {
            return Ok(());
        }
        let Some(two) = self.store.as_reader().two_issues()? else { return Ok(()) };
        for signed in [two.read, two.other].into_iter().chain(issues) {
            let Ok((id, issue)) = signed.read() else { continue };
            if let Some(sealed) = self.extend_line(id, &issue, signed)? {
                return self.go_on_with(sealed);
            }
        }
        Ok(())
    }

    /// The number of the next issue on the longest line.
    pub(super) fn next_on_lines(&self) -> Option<u64> {
        self.printing.lines.iter().map(|line| line.state.height() + 1).max()
    }

    /// Puts an issue on the line that it follows, if what it prints is held. Answers the line if other tellers than those of its first
    /// issue have certified this one.
    fn extend_line(&mut self, id: IssueId, issue: &Issue, signed: SignedIssue) -> Result<Option<Line>, StoreError> {
        let Some(law) = &self.world.law else { return Ok(None) };
        let lines = &mut self.printing.lines;
        let place = lines.iter().position(|line| line.state.issue() == issue.prev && line.issues.len() < limits::WAITING_ISSUES);
        let begins = issue.prev == law.issue() && lines.len() < LINES && !lines.iter().any(|line| line.begins_with(id));
        let mut state = match place {
            Some(place) => lines[place].state.clone(),
            None if begins => law.clone(),
            None => return Ok(None),
        };
        let (view, tellers) = (self.store.as_reader(), issue.certifiers(state.tellers()));
        for range in &issue.includes {
            if !view.holds_end(range)? {
                return Ok(None);
            }
        }
        let certified = signed.check_by(id, issue, &tellers).is_ok();
        if !certified || state.apply(id, issue, &view.printed_operations(&issue.includes)?).is_err() {
            return Ok(None);
        }
        let mut issues = place.map(|place| lines.swap_remove(place).issues).unwrap_or_default();
        issues.push((id, signed));
        let line = Line { state, issues };
        if tellers != law.tellers() {
            return Ok(Some(line));
        }
        lines.push(line);
        Ok(None)
    }

    fn go_on_with(&mut self, sealed: Line) -> Result<(), StoreError> {
        tracing::warn!(height = sealed.state.height(), "other tellers have printed since one of the two issues: it stands");
        self.store.begin()?;
        self.store.clear_setting(PROOF)?;
        (self.printing.stopped, self.printing.has_two_issues) = (None, false);
        self.printing.lines.clear();
        let next = self.world.law.as_ref().map_or(0, State::height) + 1;
        self.printing.waiting = (next..).zip(sealed.issues).collect();
        Ok(())
    }
}
