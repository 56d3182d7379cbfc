//! A voter signs two operations with one number while tellers agree on an issue that prints one of them, or before they do.

use super::tellers::{TELLERS, act, assert_same, bread_under, four_tellers_of, keys, law, open, own_end, signed_after, with_four_tellers};
use folkmoot_node::api::LawDraft;
use folkmoot_protocol::{
    agreement::{
        Core, proposer,
        rules::{Local, Step},
    },
    id::*,
    law::Choice,
    op::{Header, SignedOp},
};
use folkmoot_tests::sim::{Faults, Sim};

/// The voter's machine; the tellers' are those before it.
const VOTER: usize = 4;

/// The voter opens a bill, of which tellers give no receipt; answers where their chain ends, and another operation with its number,
/// which nobody has yet.
fn open_a_bill(sim: &mut Sim) -> ((u64, OpId), SignedOp) {
    let bill = act(sim, VOTER, LawDraft::Bill { title: "A bill".into(), text: String::new(), effects: String::new(), writers: vec![] });
    sim.run_for(5_000);
    let other = signed_after(sim, VOTER, own_end(sim, VOTER), 9);
    act(sim, VOTER, LawDraft::Open { document: bill, requires: None, sunset: None });
    (own_end(sim, VOTER), other)
}

/// A teller's part in the agreement on the next issue, if it takes one.
fn core(sim: &Sim, node: usize) -> Option<Core> {
    let core = Core::from_row(&sim.service(node).store().as_reader().setting("agreement").unwrap()?).ok()?;
    (core.place().height == law(sim, node).height() + 1).then_some(core)
}

/// How far each teller is with the next issue, if it takes part.
fn steps(sim: &Sim) -> Vec<Local> {
    (0..VOTER).filter_map(|node| Some(*core(sim, node)?.local())).collect()
}

/// Lets time pass until tellers are that far with an issue that nobody has read: lines are slow and uneven, so that one is
/// long before another.
fn until(sim: &mut Sim, they_are: impl Fn(&[Local]) -> bool) {
    let height = law(sim, 0).height();
    sim.set_faults(Faults { delay_ms: (1, 150), ..Faults::none() });
    for _ in 0..20_000 {
        sim.run_for(1);
        if they_are(&steps(sim)) {
            assert!((0..VOTER).all(|node| law(sim, node).height() == height), "the issue is not read yet");
            return;
        }
    }
    panic!("never are the tellers that far")
}

/// Lets time pass until so many tellers at least are locked on an issue.
fn until_locked(sim: &mut Sim, many: usize) {
    until(sim, |steps| steps.iter().filter(|local| local.locked.is_some()).count() >= many);
}

/// The voter's chain is printed up to there everywhere, and the Gazette goes on.
fn assert_printed(sim: &Sim, end: (u64, OpId), height: u64, among: &[usize]) {
    let voter = keys(VOTER).device();
    for node in among {
        let printed = law(sim, *node).printed.get(&voter).map(|printed| (printed.seq, printed.id));
        assert_eq!(printed, Some(end), "machine {node}");
        assert!(law(sim, *node).height() > height + 1, "machine {node} prints on");
    }
}

#[test]
fn a_branch_that_tellers_signed_stays_though_the_other_one_comes_before_they_read_the_issue() {
    let mut sim = with_four_tellers(351);
    let (end, other) = open_a_bill(&mut sim);
    let height = law(&sim, 0).height();
    until_locked(&mut sim, 2);
    (0..VOTER).for_each(|node| sim.import(node, vec![other.clone()]));
    sim.run_for(60_000);
    assert_printed(&sim, end, height, &[0, 1, 2, 3]);
    assert_same(&sim);
}

#[test]
fn a_teller_that_is_started_anew_keeps_the_branch_that_it_signed_from_the_first_moment() {
    let mut sim = with_four_tellers(352);
    let (end, other) = open_a_bill(&mut sim);
    let height = law(&sim, 0).height();
    until_locked(&mut sim, 3);
    // Each hears of the other branch before it does anything else.
    for node in 0..VOTER {
        sim.crash(node);
        sim.restart(node);
        sim.import(node, vec![other.clone()]);
    }
    sim.crash(VOTER);
    sim.run_for(60_000);
    assert_printed(&sim, end, height, &[0, 1, 2, 3]);
}

/// Tellers have said that an issue is good, and do not know yet that the others said so, when they hear of the fork. Were it
/// certified though they let go of what it prints, nobody could ever follow it.
#[test]
fn what_tellers_said_is_good_they_keep_until_they_know_what_the_others_said() {
    let mut sim = with_four_tellers(353);
    let (end, other) = open_a_bill(&mut sim);
    let height = law(&sim, 0).height();
    until(&mut sim, |steps| steps.len() == TELLERS && steps.iter().all(|local| local.step == Step::Prevote));
    (0..=VOTER).for_each(|node| sim.import(node, vec![other.clone()]));
    sim.run_for(60_000);
    assert_printed(&sim, end, height, &[0, 1, 2, 3]);
    assert_same(&sim);
}

/// A teller's folder is run twice: one copy prints with two others, of the other one a teller that is apart says that what it
/// proposes is good.
#[test]
fn who_said_of_the_other_branch_that_it_is_good_follows_what_is_printed() {
    let mut sim = four_tellers_of(bread_under(356, TELLERS + 1, &[("heartbeat.period", 3_600_000), ("recovery.wait", 7_200_000)]));
    let draft = |title: &str| LawDraft::Bill { title: title.into(), text: String::new(), effects: String::new(), writers: vec![] };
    let bills = ["One", "Another"].map(|title| act(&mut sim, VOTER, draft(title)));
    sim.run_for(5_000);
    let (height, tellers) = (law(&sim, 0).height(), law(&sim, 0).tellers());
    let turn = tellers[proposer(height + 1, 0, TELLERS)];
    let forker = (0..TELLERS).find(|node| keys(*node).device() == turn).unwrap();
    let apart = (forker + 1) % TELLERS;
    let copy = sim.copy_machine(forker, keys(forker), &[SpaceId::HALL]);
    let issues = sim.issues(0);
    sim.import_issues(copy, issues);
    let sides: Vec<usize> = (0..=copy).map(|node| usize::from(node == apart || node == copy)).collect();
    sim.split(&sides);
    sim.connect_machine(copy, apart);
    sim.run_for(2_000);
    for (node, document) in [forker, copy].into_iter().zip(bills) {
        act(&mut sim, node, LawDraft::Cosponsor { document, requires: None, sunset: None });
    }
    sim.until("the others print it", 20_000, |sim| law(sim, VOTER).height() == height + 1);
    sim.until("it is good", 20_000, |sim| core(sim, apart).is_some_and(|core| core.backed().count() > 0));
    assert_eq!(law(&sim, apart).height(), height);
    sim.crash(copy);
    sim.mend();
    sim.run_for(60_000);
    assert!(law(&sim, apart).height() > height, "machine {apart} follows");
}

/// As above, but that only one of them has said so: the others find anew what they make of the issue.
#[test]
fn what_was_let_go_of_is_judged_anew() {
    let mut sim = with_four_tellers(354);
    let (_, other) = open_a_bill(&mut sim);
    let height = law(&sim, 0).height();
    until(&mut sim, |steps| steps.iter().filter(|local| local.step == Step::Prevote).count() == 1);
    (0..=VOTER).for_each(|node| sim.import(node, vec![other.clone()]));
    sim.run_for(60_000);
    assert!((0..VOTER).all(|node| law(&sim, node).height() > height + 1), "the Gazette goes on");
    assert_same(&sim);
}

/// Four tellers who take two seconds until they print what waits, and twenty in which they have to.
fn slow_tellers(seed: u64) -> Sim {
    four_tellers_of(bread_under(
        seed,
        TELLERS + 1,
        &[("inclusion.delay", 20_000), ("voting.period", 50_000), ("confirming.period", 50_000), ("recovery.wait", 600_000)],
    ))
}

/// Whether the voter's machine knows of receipts for its ballot from so many tellers.
fn has_receipts(sim: &Sim, bill: DocumentId, many: usize) -> bool {
    let view = sim.bill_view(VOTER, bill);
    view.ballot.is_some_and(|ballot| ballot.receipts >= many && ballot.state != "printed")
}

#[test]
fn a_ballot_with_the_receipts_of_a_quorum_is_printed_though_its_voter_forks() {
    let mut sim = slow_tellers(361);
    let bill = open(&mut sim, 0, String::new());
    let other = signed_after(&sim, VOTER, own_end(&sim, VOTER), 9);
    act(&mut sim, VOTER, LawDraft::Vote { document: bill, choice: Choice::For });
    let (ballot, height) = (own_end(&sim, VOTER), law(&sim, 0).height());
    sim.run_for(1_200);
    assert!(has_receipts(&sim, bill, 3) && law(&sim, 0).height() == height, "receipts, and no issue");
    (0..VOTER).for_each(|node| sim.import(node, vec![other.clone()]));
    // What a teller stands by it keeps to when it is started anew.
    [0, 1].into_iter().for_each(|node| sim.crash_and_return(node));
    sim.run_for(60_000);
    assert_printed(&sim, ballot, height, &[0, 1, 2, 3, VOTER]);
    assert_same(&sim);
    let (opened, row) = law(&sim, 0).bill_of(bill).unwrap();
    let tally = row.result.map_or_else(|| law(&sim, 0).tally(opened), |(tally, _)| tally);
    assert_eq!(tally.consumers.in_favour, 1);
}

/// The voter's machine votes for a bill, and a copy of it against; tellers know of one or the other, as the sides say. Then
/// all of them hear of both.
fn vote_twice(sim: &mut Sim, sides: [usize; TELLERS]) -> ((u64, OpId), (u64, OpId)) {
    let bill = open(sim, 0, String::new());
    let copy = sim.copy_machine(VOTER, keys(VOTER), &[SpaceId::HALL]);
    let [zero, one, two, three] = sides;
    sim.split(&[zero, one, two, three, 0, 1]);
    (0..TELLERS).filter(|node| sides[*node] == 1).for_each(|node| sim.connect_machine(copy, node));
    act(sim, VOTER, LawDraft::Vote { document: bill, choice: Choice::For });
    act(sim, copy, LawDraft::Vote { document: bill, choice: Choice::Against });
    let ballots = (own_end(sim, VOTER), own_end(sim, copy));
    assert!(ballots.0.0 == ballots.1.0 && ballots.0 != ballots.1, "one number, two ballots");
    let height = law(sim, 0).height();
    sim.run_for(1_500);
    assert_eq!(law(sim, 0).height(), height, "nothing is printed yet");
    sim.crash(copy);
    sim.mend();
    ballots
}

#[test]
fn of_two_ballots_the_one_with_the_receipts_of_a_quorum_is_printed() {
    let mut sim = slow_tellers(362);
    let height = law(&sim, 0).height();
    let (ballot, _) = vote_twice(&mut sim, [0, 0, 0, 1]);
    sim.run_for(90_000);
    assert_printed(&sim, ballot, height, &[0, 1, 2, 3, VOTER]);
}

#[test]
fn of_two_ballots_with_the_receipts_of_half_the_tellers_neither_stands_and_the_gazette_goes_on() {
    let mut sim = slow_tellers(363);
    let ((seq, _), _) = vote_twice(&mut sim, [0, 0, 1, 1]);
    let height = law(&sim, 0).height();
    sim.run_for(90_000);
    let device = sim.service(VOTER).device();
    for node in 0..TELLERS {
        assert!(law(&sim, node).printed_to(device) < seq, "machine {node}");
        assert!(law(&sim, node).height() > height + 1, "machine {node} prints on");
        assert_eq!(sim.service(node).store().as_reader().operation_at(SpaceId::HALL, device, seq).unwrap(), None);
    }
}

#[test]
fn who_let_go_of_a_ballot_before_they_heard_of_its_receipts_takes_it_back_in() {
    let mut sim = slow_tellers(364);
    let bill = open(&mut sim, 0, String::new());
    let other = signed_after(&sim, VOTER, own_end(&sim, VOTER), 9);
    sim.split(&[0, 1, 2, 2, 0]);
    sim.connect_machine(VOTER, 1);
    sim.connect_machine(VOTER, 2);
    act(&mut sim, VOTER, LawDraft::Vote { document: bill, choice: Choice::For });
    let (ballot, height) = (own_end(&sim, VOTER), law(&sim, 0).height());
    sim.run_for(300);
    // Each of the four gives a receipt; two hear of the fork, and of nobody else's receipt, for longer than the delay.
    sim.split(&[0, 1, 2, 2, 3]);
    sim.run_for(1_500);
    [0, 1].into_iter().for_each(|node| sim.import(node, vec![other.clone()]));
    sim.run_for(25_000);
    assert!((0..VOTER).all(|node| law(&sim, node).height() == height), "nothing is printed yet");
    sim.set_faults(Faults { delay_ms: (100, 400), ..Faults::none() });
    sim.mend();
    [2, 3].into_iter().for_each(|node| sim.import(node, vec![other.clone()]));
    sim.run_for(5_000);
    for node in 0..VOTER {
        let held = sim.service(node).store().as_reader().operation_at(SpaceId::HALL, keys(VOTER).device(), ballot.0).unwrap();
        assert_eq!(held, Some(ballot.1), "machine {node}");
    }
    sim.run_for(60_000);
    assert_printed(&sim, ballot, height, &[0, 1, 2, 3, VOTER]);
    assert_same(&sim);
}

#[test]
fn who_holds_the_other_branch_from_below_the_fork_that_they_know_of_gets_what_is_printed() {
    let mut sim = four_tellers_of(bread_under(365, TELLERS + 2, &[]));
    let follower = VOTER + 1;
    let fork = own_end(&sim, VOTER);
    sim.split(&[0, 0, 0, 0, 0, 1]);
    let bill = || LawDraft::Bill { title: "A bill".into(), text: String::new(), effects: String::new(), writers: vec![] };
    let first = act(&mut sim, VOTER, bill());
    act(&mut sim, VOTER, LawDraft::Open { document: first, requires: None, sunset: None });
    sim.run_for(20_000);
    let printed = own_end(&sim, VOTER);
    // A later issue prints more of it, so that it is open for longer elsewhere.
    act(&mut sim, VOTER, LawDraft::Withdraw { document: first });
    sim.run_for(20_000);
    let end = own_end(&sim, VOTER);
    let below = signed_after(&sim, VOTER, fork, 9);
    let other = signed_after(&sim, VOTER, (fork.0 + 1, Header::id_of(&below.header)), 9);
    let rival = sim.service(VOTER).store().as_reader().operation(printed.1).unwrap().unwrap().op.to_signed();
    assert_eq!(printed.0, fork.0 + 2, "two were written");
    sim.import(follower, vec![below, other, rival]);
    let closed = sim.service(follower).world().tip(SpaceId::HALL, keys(VOTER).device()).and_then(|tip| tip.closed).map(|closed| closed.at);
    assert_eq!(closed, Some(printed.0), "the fork that they know of is the higher one");
    sim.mend();
    sim.run_for(30_000);
    assert_eq!(law(&sim, follower).printed_to(keys(VOTER).device()), end.0);
    assert_same(&sim);
}
