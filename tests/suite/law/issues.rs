//! Issues that cannot be are refused; devices that were closed do nothing any more.

use super::*;
use folkmoot_protocol::{
    id::{CoopId, IssueId},
    law::{Issue, IssueError, PrintedOp, Range},
    limits,
};

fn contents(error: Option<IssueError>) -> String {
    match error {
        Some(IssueError::Content(what)) => what.into(),
        other => panic!("{other:?}"),
    }
}

/// Some operations that could be printed next.
fn waiting(paper: &mut Paper) -> Vec<PrintedOp> {
    for n in 0..3 {
        paper.law(ALICE, LawAct::Accept { offer: OpId([n; 32]) });
    }
    std::mem::take(&mut paper.waiting)
}

#[test]
fn an_issue_that_does_not_follow_is_refused() {
    let (mut paper, _) = bread(3);
    let operations = waiting(&mut paper);
    let time = paper.now;
    assert!(paper.refuses(&operations, |_| ()).is_none());
    let refused = |change: &dyn Fn(&mut Issue)| paper.refuses(&operations, change);
    assert!(matches!(refused(&|issue| issue.register[0] ^= 1), Some(IssueError::Register(_))));
    assert!(matches!(refused(&|issue| issue.prev = IssueId([1; 32])), Some(IssueError::Order { .. })));
    assert!(matches!(refused(&|issue| issue.height += 1), Some(IssueError::Order { .. })));
    assert!(matches!(refused(&|issue| issue.height = 0), Some(IssueError::Content(_))));
    assert!(matches!(refused(&|issue| issue.coop = CoopId([1; 32])), Some(IssueError::Foreign)));
    assert!(contents(refused(&|issue| issue.time = time)).contains("time is not after"));
    assert!(contents(refused(&|issue| issue.time = 0)).contains("time is not after"));
    assert!(refused(&|issue| issue.time = u64::MAX).is_none(), "clocks are the tellers' matter");
}

#[test]
fn an_issue_that_lists_other_operations_is_refused() {
    let (mut paper, _) = bread(3);
    let operations = waiting(&mut paper);
    let refused = |change: &dyn Fn(&mut Issue)| contents(paper.refuses(&operations, change));
    assert!(refused(&|issue| issue.includes[0].last = OpId([1; 32])).contains("other operations"));
    assert!(refused(&|issue| issue.includes[0].to -= 1).contains("other operations"));
    assert!(refused(&|issue| issue.includes[0].to += 1).contains("other operations"));
    assert!(refused(&|issue| issue.includes.clear()).contains("other operations"));
    assert!(refused(&|issue| issue.includes.push(issue.includes[0])).contains("does not follow what is printed"));
    assert!(refused(&|issue| issue.includes[0].from -= 1).contains("does not follow what is printed"));
    assert!(refused(&|issue| issue.includes[0].from += 1).contains("does not follow what is printed"), "a gap");
    assert!(refused(&|issue| issue.includes[0].from = 0).contains("ends before it begins"));
    assert!(refused(&|issue| issue.includes[0].to = 1).contains("ends before it begins"));
    assert!(refused(&|issue| issue.more = true).contains("not half full"));
    assert!(refused(&|issue| issue.includes[0].to = u64::MAX).contains("ends before it begins"));
    assert!(refused(&|issue| issue.includes[0].to += 4096).contains("more operations than an issue takes"));
    let endless = |issue: &mut Issue| {
        let range = law::Range { to: limits::MOST_SEQ - 1, ..issue.includes[0] };
        issue.includes = vec![range; limits::OPERATIONS_PER_ISSUE];
    };
    assert!(refused(&endless).contains("more operations than an issue takes"), "their number is beyond any");
    let alone = paper.refuses(&operations[..2], |issue| issue.includes = Range::of(&operations));
    assert!(contents(alone).contains("other operations"));
}

#[test]
fn a_refused_issue_changes_nothing() {
    let (mut paper, _) = bread(3);
    let operations = waiting(&mut paper);
    let before = (paper.reloaded().all_cells(), paper.head());
    let mut state = paper.reloaded();
    let (issue, _) = state.clone().print(paper.now + 1, false, &operations, |_| Ok::<_, IssueError>(vec![])).unwrap();
    for changed in [Issue { time: 1, ..issue.clone() }, Issue { prev: IssueId::ZERO, ..issue.clone() }, Issue { includes: vec![], ..issue.clone() }] {
        assert!(state.apply(changed.id(), &changed, &operations).is_err());
        assert_eq!((state.all_cells(), state.head.unwrap()), before);
    }
    assert!(state.apply(issue.id(), &issue, &operations).is_ok());
}

#[test]
fn while_more_waits_nothing_is_closed() {
    let (mut paper, consumers) = bread(3);
    let bill = paper.open(ALICE, 1, vec![]);
    paper.all_for(bill, &consumers);
    for _ in 0..2048 {
        paper.law(ALICE, LawAct::Accept { offer: OpId::ZERO });
    }
    let operations = std::mem::take(&mut paper.waiting);
    paper.now += 100_000;
    let mut state = paper.state.clone();
    let (issue, _) = state.print(paper.now, true, &operations, |_| Ok::<_, IssueError>(vec![])).unwrap();
    assert!(state.bills.get(&bill).unwrap().is_open() && issue.check().is_ok());
    state.print(paper.now + 1, false, &[], |_| Ok::<_, IssueError>(vec![])).unwrap();
    assert!(!state.bills.get(&bill).unwrap().is_open());
}

#[test]
fn operations_of_another_coop_have_no_effect_here() {
    let (mut paper, consumers) = bread(3);
    let bill = paper.open(ALICE, 1, vec![]);
    // Mallory founded another one, where her chain is full of rights.
    let mut other = bread(3).0;
    other.operations_from(1_000_000);
    let mallory = other.join();
    other.print(1);
    other.vote(mallory, bill, Choice::For);
    other.law(mallory, LawAct::Open(other.proposal(9, vec![])));
    let stolen = std::mem::take(&mut other.waiting);
    paper.waiting.extend(stolen.iter().cloned());
    paper.print(1);
    for op in &stolen {
        assert!(paper.reason(op.op).unwrap().contains("the admission of its device has no effect"));
    }
    assert_eq!((paper.state.ballots_on(bill).count(), paper.state.bills.len()), (0, 1));
    paper.all_for(bill, &consumers);
    check(&paper);
}

#[test]
fn what_a_closed_device_wrote_stands_as_far_as_it_is_printed_whatever_the_closing_keeps() {
    for keep in [0, 1, 1_000_000] {
        let (mut paper, consumers) = bread(3);
        let bob = consumers[0];
        let laptop = paper.device(bob);
        let bill = paper.open(ALICE, 1, vec![]);
        let before = paper.vote(laptop, bill, Choice::For);
        paper.print(1);
        let with = paper.vote_at(laptop, bill, Choice::Against, vec![before]);
        let revoked = paper.revoke(bob, laptop, keep);
        paper.print(1);
        assert_eq!((paper.reason(with), paper.reason(revoked)), (None, None));
        let after = paper.vote_at(laptop, bill, Choice::For, vec![with]);
        let opened = paper.law(laptop, LawAct::Open(paper.proposal(2, vec![])));
        paper.print(1);
        assert!([after, opened].iter().all(|op| paper.reason(*op).unwrap().contains("device was closed")), "keep {keep}");
        let tally = paper.state.tally(bill);
        assert_eq!((tally.consumers.in_favour, tally.consumers.against), (0, 1), "keep {keep}");
        paper.vote_at(bob, bill, Choice::For, vec![with]);
        paper.print(1);
        assert_eq!(paper.state.tally(bill).consumers.in_favour, 1);
        check(&paper);
    }
}

#[test]
fn a_device_that_a_closed_one_tied_afterwards_is_nobodys() {
    let (mut paper, consumers) = bread(3);
    let bob = consumers[0];
    let laptop = paper.device(bob);
    paper.print(1);
    let bill = paper.open(ALICE, 1, vec![]);
    // Whoever found Bob's phone ties a device of their own, too late.
    paper.revoke(laptop, laptop, 0);
    paper.revoke(bob, bob, 0);
    paper.print(1);
    let thief = paper.device(bob);
    let ballot = paper.vote(thief, bill, Choice::For);
    paper.print(1);
    assert!(paper.reason(ballot).is_some_and(|reason| reason.contains("admission of its device has no effect")), "{:?}", paper.reason(ballot));
    assert_eq!(paper.state.ballots_on(bill).count(), 0);
    check(&paper);
}
