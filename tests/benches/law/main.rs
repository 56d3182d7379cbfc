//! What the law costs, beside the bare signatures under it, in the same run and in processor time:
//! `cargo bench -p folkmoot-tests --bench law [-- ROW..]`; rows are `bill`, `coop`, `issue`.
#![allow(clippy::print_stdout)]

mod stored;
#[path = "../speed/table.rs"]
#[allow(dead_code, reason = "shared with the speed table")]
mod table;

use folkmoot_protocol::{
    agreement,
    id::*,
    law::{Choice, Preset, PrintedOp, Range, State},
    op::Content,
};
use folkmoot_tests::paper::Paper;
use std::hint::black_box;
use stored::{Stored, processor_time, read, store};
use table::{Row, Table, Target};

/// Ballots on the one large bill.
const BALLOTS: usize = 10_000;
/// The co-op that is replayed from nothing.
const MEMBERS: usize = 1_000;
const BILLS: usize = 200;
const BALLOTS_PER_BILL: usize = 500;
/// Operations of the issue that is checked.
const OPERATIONS: usize = 1_000;
const PASSES: usize = 3;

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let mut table = Table::default();
    for (name, row) in [("bill", bill as fn(&mut Table)), ("coop", coop), ("issue", issue)] {
        if asked.is_empty() || asked.iter().any(|word| word == name) {
            row(&mut table);
        }
    }
    println!("\n{} targets missed", table.missed());
}

fn with_consumers(many: usize) -> Paper {
    let mut paper = Paper::found(Preset::Quick, &[("growth.least", "1000000"), ("voting.period", "P1D")]);
    (0..many / MEMBERS).for_each(|_| drop(paper.consumers(MEMBERS)));
    paper
}

/// The least of several passes, in seconds.
fn seconds(mut pass: impl FnMut()) -> f64 {
    let times = (0..PASSES).map(|_| {
        let before = processor_time();
        pass();
        (processor_time() - before).as_secs_f64()
    });
    times.fold(f64::MAX, f64::min)
}

/// The issues of a co-op from a number on, as they are stored.
fn issues(paper: &Paper, from: usize) -> Vec<(usize, Vec<Stored>)> {
    (from..paper.issues.len()).map(|number| (number, paper.issues[number].2.iter().map(|printed| store(paper, printed)).collect())).collect()
}

/// Verifies as many bare signatures as there are.
fn verify(issues: &[(usize, Vec<Stored>)]) -> f64 {
    seconds(|| assert!(issues.iter().flat_map(|(_, operations)| operations).all(Stored::verify_bare)))
}

/// Verifies operations as a node does.
fn verify_all(issues: &[(usize, Vec<Stored>)]) {
    assert!(issues.iter().flat_map(|(_, operations)| operations).all(Stored::verify));
}

fn replay(paper: &Paper, mut state: State, issues: &[(usize, Vec<Stored>)]) -> State {
    for (number, operations) in issues {
        let operations: Vec<PrintedOp> = operations.iter().map(read).collect();
        let issue = &paper.issues[*number].0;
        state.apply(issue.id(), issue, &operations).expect("an issue that follows");
    }
    state
}

fn bill(table: &mut Table) {
    let mut paper = with_consumers(BALLOTS);
    let bill = paper.open(0, 1, vec![]);
    let (before, first) = (paper.state.clone(), paper.issues.len());
    for part in (1..=BALLOTS).collect::<Vec<_>>().chunks(4096) {
        for somebody in part {
            paper.vote(*somebody, bill, Choice::ALL[somebody % 3]);
        }
        paper.print(1);
    }
    let issues = issues(&paper, first);
    let ours = seconds(|| {
        verify_all(&issues);
        assert_eq!(replay(&paper, before.clone(), &issues).tally(bill), paper.state.tally(bill));
    });
    let row = Row::new("a bill's ballots verified, read, printed and tallied from scratch", BALLOTS as u64, ours * 1e3, "ms");
    table.add(row.beside("bare verify_strict", verify(&issues) * 1e3).target(Target::RatioAtMost(2.0)));
    let tallied = seconds(|| {
        black_box(paper.state.recount(bill));
    });
    table.add(Row::new("the same ballots counted anew once they are printed", BALLOTS as u64, tallied * 1e3, "ms"));
    one_more(&paper, bill, table);
}

/// What a node does to show how a vote stands once another ballot has come: the register with what waits, and the tally by it.
fn one_more(paper: &Paper, bill: OpId, table: &mut Table) {
    const TIMES: u32 = 1000;
    let mut waiting = paper.clone();
    waiting.vote_at(1, bill, Choice::Against, vec![]);
    let ours = seconds(|| {
        for _ in 0..TIMES {
            black_box(paper.state.provisional(paper.now + 1, &waiting.waiting).tally(bill));
        }
    }) / f64::from(TIMES);
    table.add(Row::new("one more ballot into the provisional tally", BALLOTS as u64, ours * 1e3, "ms").target(Target::AtMost(1.0)));
}

fn coop(table: &mut Table) {
    let mut paper = with_consumers(MEMBERS);
    for batch in 0..BILLS / 20 {
        let bills: Vec<OpId> = (0..20).map(|n| paper.open(1 + batch * 20 + n, (batch * 20 + n) as u8, vec![])).collect();
        for (number, bill) in bills.iter().enumerate() {
            for voter in 0..BALLOTS_PER_BILL {
                paper.vote(1 + (voter * 2 + number) % MEMBERS, *bill, if voter % 3 > 0 { Choice::For } else { Choice::Against });
            }
            if number % 2 == 1 {
                paper.print(1);
            }
        }
        paper.until_in_force(bills[19]);
    }
    let issues = issues(&paper, 0);
    let operations: usize = issues.iter().map(|(_, operations)| operations.len()).sum();
    let ours = seconds(|| {
        verify_all(&issues);
        let state = replay(&paper, State::founded(&paper.founding), &issues);
        assert_eq!((state.issue(), state.bills.len()), (paper.state.issue(), BILLS));
    });
    let row = Row::new("a co-op of 1,000 with 200 bills and 100,000 ballots, from nothing", operations as u64, ours, "s");
    table.add(row.beside("bare verify_strict", verify(&issues)).target(Target::RatioAtMost(3.0)));
}

fn issue(table: &mut Table) {
    let mut paper = with_consumers(MEMBERS);
    let bill = paper.open(0, 1, vec![]);
    let before = paper.state.clone();
    for somebody in 1..=OPERATIONS {
        paper.vote(somebody, bill, Choice::ALL[somebody % 3]);
    }
    paper.print(1);
    let number = paper.issues.len() - 1;
    let issues = issues(&paper, number);
    let (issue, certificate, _) = &paper.issues[number];
    let certified = || certificate.check(paper.coop(), issue.height, issue.prev, issue.id(), &before.tellers()).expect("a certificate");
    let ours = seconds(|| {
        certified();
        verify_all(&issues);
        assert_eq!(replay(&paper, before.clone(), &issues).issue(), paper.state.issue());
    });
    let reference = seconds(|| {
        certified();
        verify_all(&issues);
    });
    let row = Row::new("an issue checked by a node that is no teller", OPERATIONS as u64, ours * 1e3, "ms");
    table.add(row.beside("its certificate and operations verified", reference * 1e3).target(Target::RatioAtMost(1.5)));
    assert_eq!(agreement::quorum(1), certificate.signatures.len());
    assert_eq!(Range::of(&paper.issues[number].2).len(), issue.includes.len());
    assert!(paper.issues[number].2.iter().all(|printed| matches!(printed.content, Ok(Content::Edit(_)))));
}
