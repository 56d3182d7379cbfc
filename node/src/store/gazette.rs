//! Issues of the Gazette as they are kept, and the register of the law that follows from them.

use super::{Held, Store, StoreError, chains::forked_at, query::View};
use folkmoot_protocol::{
    act::{
        Act, LawAct,
        law::{ChainTo, Receipt},
    },
    cbor,
    document::DocumentKind,
    id::*,
    law::{Cell, Head, Issue, Judged, PrintedOp, Range, SignedIssue, State, Step, in_order},
    limits,
    op::{Content, Kind, StoredOp},
    sync::{ChainRange, Tip},
};
use rusqlite::{OptionalExtension, Row, params};
use std::ops::ControlFlow;

/// An issue that is kept.
#[derive(Debug, Clone)]
pub struct KeptIssue {
    /// Its id.
    pub id: IssueId,
    /// The issue with its certificate.
    pub signed: SignedIssue,
}

/// Where an operation of the hall was printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printing {
    /// In which issue.
    pub height: u64,
    /// Why it has no effect in law, if it has none.
    pub reason: Option<String>,
}

impl Store {
    /// Keeps an issue with what it did to the register.
    pub fn add_issue(&mut self, id: IssueId, issue: &Issue, signed: &SignedIssue, cells: &[Cell], judged: &[Judged]) -> Result<(), StoreError> {
        let sql = "INSERT INTO gazette (height, id, time, body, certificate) VALUES (?1,?2,?3,?4,?5)";
        let certificate = cbor::encode(&signed.certificate);
        self.connection.execute(sql, params![issue.height as i64, id.0, issue.time as i64, signed.body, certificate])?;
        self.set_cells(cells)?;
        self.note_printed(issue.height, judged)
    }

    /// Takes down what became of each operation that an issue printed.
    pub fn note_printed(&mut self, height: u64, judged: &[Judged]) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO printed (operation, height, reason) SELECT n, ?2, ?3 FROM operation WHERE id = ?1";
        let mut insert = self.connection.prepare_cached(sql)?;
        for judged in judged {
            insert.execute(params![judged.op.0, height as i64, judged.reason])?;
        }
        Ok(())
    }

    /// Drops issues from a number on, and the register with them: it is to be folded anew.
    pub fn drop_issues_from(&mut self, height: u64) -> Result<(), StoreError> {
        self.connection.execute("DELETE FROM gazette WHERE height >= ?1", [height as i64])?;
        self.connection.execute_batch("DELETE FROM law_cell; DELETE FROM printed;")?;
        Ok(())
    }

    /// Sets rows of the register.
    pub fn set_cells(&mut self, cells: &[Cell]) -> Result<(), StoreError> {
        let mut insert = self.connection.prepare_cached("INSERT OR REPLACE INTO law_cell (kind, key, row) VALUES (?1,?2,?3)")?;
        let mut delete = self.connection.prepare_cached("DELETE FROM law_cell WHERE kind = ?1 AND key = ?2")?;
        for cell in cells {
            match &cell.row {
                Some(row) => insert.execute(params![cell.table, cell.key, row])?,
                None => delete.execute(params![cell.table, cell.key])?,
            };
        }
        Ok(())
    }
}

impl View<'_> {
    /// The register of the law as it is kept; none where the founding is not here yet.
    pub fn law(&self) -> Result<Option<State>, StoreError> {
        self.law_of(&self.hall_acts()?)
    }

    /// As [`Self::law`], with the acts of the hall.
    pub fn law_of(&self, acts: &[Held]) -> Result<Option<State>, StoreError> {
        let Some(founding) = self.founding()? else { return Ok(None) };
        let Some(head) = self.head()? else { return Ok(Some(State::founded(&founding))) };
        let mut select = self.connection.prepare_cached("SELECT kind, key, row FROM law_cell")?;
        let cells: Vec<Cell> = select.query_map([], cell)?.collect::<Result<_, _>>()?;
        let coop = CoopId::founded_by(founding.op);
        // Of the acts, the register takes those that it has printed.
        let acts: Vec<PrintedOp> = acts.iter().map(printed_op).collect();
        match State::load(coop, head, &cells, &acts) {
            Ok(state) => Ok(Some(state)),
            Err(error) => Err(StoreError::Damaged(format!("the register of the law cannot be read ({error})"))),
        }
    }

    /// The rows of some tables of the register, as they are kept.
    pub(crate) fn law_cells(&self, tables: &[u8]) -> Result<Vec<Cell>, StoreError> {
        let mut select = self.connection.prepare_cached("SELECT kind, key, row FROM law_cell WHERE kind = ?1")?;
        let mut cells = Vec::new();
        for table in tables {
            cells.extend(select.query_map([table], cell)?.collect::<Result<Vec<_>, _>>()?);
        }
        Ok(cells)
    }

    /// The register as it follows from the founding and the issues, each checked on the way. `seen` is told of each
    /// issue, who certified it and what it did, and may end it there.
    pub fn refold_law(&self, mut seen: impl FnMut(&[DeviceId], &Issue, Step) -> ControlFlow<()>) -> Result<Option<State>, StoreError> {
        let Some(founding) = self.founding()? else { return Ok(None) };
        let mut state = State::founded(&founding);
        loop {
            let kept = self.issues_from(state.height() + 1, 16)?;
            if kept.is_empty() {
                return Ok(Some(state));
            }
            for kept in kept {
                let wrong = |error: &dyn std::fmt::Display| StoreError::Damaged(format!("issue {}: {error}", kept.id.short()));
                let (id, issue) = kept.signed.read().map_err(|error| wrong(&error))?;
                let tellers = issue.certifiers(state.tellers());
                kept.signed.check_by(id, &issue, &tellers).map_err(|error| wrong(&error))?;
                let operations = self.printed_operations(&issue.includes)?;
                let done = state.apply(id, &issue, &operations).map_err(|error| wrong(&error))?;
                if seen(&tellers, &issue, done).is_break() {
                    return Ok(Some(state));
                }
            }
        }
    }

    /// The register as it stood after an issue.
    pub fn law_at(&self, height: u64) -> Result<Option<State>, StoreError> {
        if height == 0 {
            return Ok(self.founding()?.map(|founding| State::founded(&founding)));
        }
        self.refold_law(|_, issue, _| if issue.height < height { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    }

    fn founding(&self) -> Result<Option<PrintedOp>, StoreError> {
        let Some(coop) = self.coop()? else { return Ok(None) };
        Ok(self.operation(OpId(coop.0))?.map(|held| printed_op(&held)))
    }

    /// Where the Gazette stands; none before the first issue.
    pub fn head(&self) -> Result<Option<Head>, StoreError> {
        let sql = "SELECT height, id, time FROM gazette ORDER BY height DESC LIMIT 1";
        let head = |row: &Row<'_>| Ok(Head { height: row.get::<_, i64>(0)? as u64, issue: IssueId(row.get(1)?), time: row.get::<_, i64>(2)? as u64 });
        Ok(self.connection.prepare_cached(sql)?.query_row([], head).optional()?)
    }

    /// Which issue has a number.
    pub fn issue_id(&self, height: u64) -> Result<Option<IssueId>, StoreError> {
        let mut select = self.connection.prepare_cached("SELECT id FROM gazette WHERE height = ?1")?;
        Ok(select.query_row([height as i64], |row| row.get(0).map(IssueId)).optional()?)
    }

    /// Which number an issue has that is here.
    pub fn issue_height(&self, issue: IssueId) -> Result<Option<u64>, StoreError> {
        let mut select = self.connection.prepare_cached("SELECT height FROM gazette WHERE id = ?1")?;
        Ok(select.query_row([issue.0], |row| row.get::<_, i64>(0)).optional()?.map(|height| height as u64))
    }

    /// Number and time of the issues from a number on that say of themselves that no more waits.
    pub fn whole_issues(&self, from: u64) -> Result<Vec<(u64, u64)>, StoreError> {
        let mut select = self.connection.prepare_cached("SELECT body FROM gazette WHERE height >= ?1 ORDER BY height")?;
        let mut whole = Vec::new();
        for body in select.query_map([from as i64], |row| row.get::<_, Vec<u8>>(0))? {
            let issue: Issue = cbor::decode(&body?).map_err(|error| StoreError::Damaged(format!("an issue cannot be read ({error})")))?;
            whole.extend((!issue.more).then_some((issue.height, issue.time)));
        }
        Ok(whole)
    }

    /// Number and time of the first issue from a number and a time on that says of itself that no more waits.
    pub fn whole_issue_from(&self, height: u64, time: u64) -> Result<Option<(u64, u64)>, StoreError> {
        let mut select = self.connection.prepare_cached("SELECT body FROM gazette WHERE height >= ?1 AND time >= ?2 ORDER BY height")?;
        for body in select.query_map(params![height as i64, time as i64], |row| row.get::<_, Vec<u8>>(0))? {
            let issue: Issue = cbor::decode(&body?).map_err(|error| StoreError::Damaged(format!("an issue cannot be read ({error})")))?;
            if !issue.more {
                return Ok(Some((issue.height, issue.time)));
            }
        }
        Ok(None)
    }

    /// Issues from a number on, in order.
    pub fn issues_from(&self, height: u64, most: usize) -> Result<Vec<KeptIssue>, StoreError> {
        let mut select = self.connection.prepare_cached("SELECT id, body, certificate FROM gazette WHERE height >= ?1 ORDER BY height LIMIT ?2")?;
        let rows = select.query_map(params![height as i64, most as i64], |row| Ok((IssueId(row.get(0)?), row.get(1)?, row.get::<_, Vec<u8>>(2)?)))?;
        rows.map(|row| {
            let (id, body, certificate) = row?;
            let certificate = cbor::decode(&certificate).map_err(|error| StoreError::Damaged(format!("issue {}: {error}", id.short())))?;
            Ok(KeptIssue { id, signed: SignedIssue { body, certificate } })
        })
        .collect()
    }

    /// What an issue prints, as far as it is held, in order.
    pub fn printed_operations(&self, includes: &[Range]) -> Result<Vec<PrintedOp>, StoreError> {
        let mut operations = Vec::new();
        for range in includes {
            let range = ChainRange { space: SpaceId::HALL, device: range.device, from: range.from, to: range.to };
            operations.extend(self.chain_operations(range, usize::MAX)?.iter().map(printed_op));
        }
        Ok(operations)
    }

    /// Where an operation was printed.
    pub fn printing_of(&self, op: OpId) -> Result<Option<Printing>, StoreError> {
        let sql = "SELECT p.height, p.reason FROM printed p JOIN operation o ON o.n = p.operation WHERE o.id = ?1";
        let printing = |row: &Row<'_>| Ok(Printing { height: row.get::<_, i64>(0)? as u64, reason: row.get(1)? });
        Ok(self.connection.prepare_cached(sql)?.query_row([op.0], printing).optional()?)
    }

    /// The acts among the last `looked_at` operations of a device's chain of the hall that were printed with no effect.
    pub fn acts_without_effect(&self, device: DeviceId, looked_at: u64) -> Result<Vec<(OpId, Printing)>, StoreError> {
        let sql = "SELECT o.id, p.height, p.reason FROM chain c JOIN space s ON s.n = c.space JOIN operation o ON o.chain = c.n
                   JOIN printed p ON p.operation = o.n
                   WHERE s.id = ?1 AND c.device = ?2 AND o.seq > c.seq - ?3 AND o.kind = ?4 AND p.reason IS NOT NULL ORDER BY o.seq";
        let row = |row: &Row<'_>| Ok((OpId(row.get(0)?), Printing { height: row.get::<_, i64>(1)? as u64, reason: row.get(2)? }));
        let mut select = self.connection.prepare_cached(sql)?;
        Ok(select.query_map(params![SpaceId::HALL.0, device.0, looked_at as i64, Kind::Act.code()], row)?.collect::<Result<_, _>>()?)
    }

    /// The operations of the hall that no issue has printed, in the order in which they came in.
    pub fn unprinted(&self, state: &State) -> Result<Vec<Held>, StoreError> {
        let mut unprinted = Vec::new();
        for chain in self.chains()?.into_iter().filter(|chain| chain.space == SpaceId::HALL) {
            let printed = state.printed_to(chain.device);
            if chain.tip.seq > printed {
                let to = self.printable_to(chain.device, chain.tip)?;
                let range = ChainRange { space: SpaceId::HALL, device: chain.device, from: printed + 1, to };
                unprinted.extend(self.chain_operations(range, usize::MAX)?);
            }
        }
        unprinted.sort_by_key(|held| held.row);
        Ok(unprinted)
    }

    /// Up to where a chain of the hall is to be printed: not beyond a fork, but for what this teller stands by. What else is
    /// held of a branch is there since another teller proposed it, before it knew of the fork.
    pub(crate) fn printable_to(&self, device: DeviceId, tip: Tip) -> Result<u64, StoreError> {
        if tip.closed.is_none() {
            return Ok(tip.seq);
        }
        let forked_at = self.fork_proof(SpaceId::HALL, device)?.as_ref().and_then(forked_at);
        let Some(forked_at) = forked_at else { return Ok(tip.seq) };
        let stands_to = self.stand_of(device)?.and_then(|stand| stand.branch).map_or(0, |branch| branch.seq);
        Ok(tip.seq.min(stands_to.max(forked_at.saturating_sub(1))))
    }

    /// Whether the last operation of what an issue prints of a chain is held, on that branch.
    pub(crate) fn holds_end(&self, range: &Range) -> Result<bool, StoreError> {
        self.holds_to(&ChainTo { device: range.device, seq: range.to, id: range.last })
    }

    /// Whether a chain of the hall is held up to an operation, on its branch.
    pub(crate) fn holds_to(&self, end: &ChainTo) -> Result<bool, StoreError> {
        Ok(self.operation_at(SpaceId::HALL, end.device, end.seq)? == Some(end.id))
    }

    /// As [`Self::unprinted`], as the law takes it: each operation behind what it names.
    pub fn waiting(&self, state: &State) -> Result<Vec<PrintedOp>, StoreError> {
        self.waiting_first(state, |_| false)
    }

    fn waiting_first(&self, state: &State, first: impl Fn(&PrintedOp) -> bool) -> Result<Vec<PrintedOp>, StoreError> {
        Ok(in_order(self.unprinted(state)?.iter().map(printed_op).collect(), first))
    }

    /// What the next issue takes of what waits, and whether more waits than that. Where the members chose its
    /// tellers, the acts by which they did come first, with what they need.
    pub fn next_to_print(&self, state: &State) -> Result<(Vec<PrintedOp>, bool), StoreError> {
        let mut operations = self.waiting_first(state, |printed| state.recovery.is_some() && is_recovery(printed))?;
        let more = operations.len() > limits::OPERATIONS_PER_ISSUE;
        operations.truncate(limits::OPERATIONS_PER_ISSUE);
        Ok((operations, more))
    }
}

fn cell(row: &Row<'_>) -> rusqlite::Result<Cell> {
    Ok(Cell { table: row.get(0)?, key: row.get(1)?, row: Some(row.get(2)?) })
}

/// An operation of the hall as the law takes it.
pub fn printed_op(held: &Held) -> PrintedOp {
    as_printed(&held.op, held.credential)
}

/// As [`printed_op`], of an operation whose chain rests on that act.
pub(crate) fn as_printed(op: &StoredOp, credential: OpId) -> PrintedOp {
    let header = &op.header;
    let content = match op.content() {
        Some(Ok(content)) => Ok(content),
        Some(Err(error)) => Err(error.to_string()),
        None => Err("its payload is not here".into()),
    };
    PrintedOp { op: op.id, device: header.device, seq: header.seq, credential, claimed_at: header.claimed_at, document: op.document(), content }
}

/// Whether an operation is one that the Gazette is to print: acts but receipts, and ballots. Other edits ride along.
pub fn wants_printing(held: &Held) -> bool {
    match held.op.content() {
        Some(Ok(Content::Act(Act::Law(act)))) => act.wants_printing(),
        Some(Ok(Content::Act(_))) => true,
        Some(Ok(Content::Edit(edit))) => edit.kind == DocumentKind::Ballot,
        _ => false,
    }
}

/// What a teller says in an operation that it holds; none where it is another act.
pub fn receipt_of(held: &Held) -> Option<Receipt> {
    match held.op.content() {
        Some(Ok(Content::Act(Act::Law(LawAct::Receipt(receipt))))) => Some(receipt),
        _ => None,
    }
}

/// Whether an operation is one by which a member chooses new tellers.
fn is_recovery(printed: &PrintedOp) -> bool {
    matches!(&printed.content, Ok(Content::Act(Act::Law(LawAct::Recover(_)))))
}

/// Whether an operation edits a ballot.
pub fn is_ballot(held: &Held) -> bool {
    matches!(held.op.content(), Some(Ok(Content::Edit(edit))) if edit.kind == DocumentKind::Ballot)
}
