//! Several tellers, each with a node of their own: what they print together, and what they do not.

use folkmoot_node::{
    api::{Draft, LawDraft, Request},
    keystore::Keystore,
    service::Input,
};
use folkmoot_protocol::{
    act::{Act, LawAct},
    agreement::{Core, Message as Words, Place, Said, proposer},
    id::*,
    identity::{PersonKey, device_of},
    law::{Choice, Issue, IssueError, Office, Preset, Range, State, Status, Value, charter::differing},
    op::{Header, Kind, Payload, PayloadRef, SignedOp},
    wire::Message,
};
use folkmoot_tests::sim::{Faults, Sim};

pub(super) const TELLERS: usize = 4;

/// The keys of a machine: known, so that they can be copied.
pub(super) fn keys(node: usize) -> Keystore {
    Keystore::in_memory(&format!("Person {node}"), [node as u8 + 1; 64])
}

pub(super) fn law(sim: &Sim, node: usize) -> &State {
    sim.service(node).world().law.as_ref().unwrap()
}

pub(super) fn person(sim: &Sim, node: usize) -> PersonId {
    sim.service(node).world().register.standing(sim.service(node).device()).unwrap().1.person
}

pub(super) fn act(sim: &mut Sim, node: usize, draft: LawDraft) -> DocumentId {
    sim.submit(node, Draft::Law(draft)).unwrap().id
}

/// A co-op whose bills take half a minute; everybody but the founder pays.
pub(super) fn bread(seed: u64, people: usize) -> Sim {
    bread_under(seed, people, &[])
}

/// As [`bread`], with these periods other ones, in ms.
pub(super) fn bread_under(seed: u64, people: usize, periods: &[(&str, u64)]) -> Sim {
    let mut sim = Sim::new(seed, 0, Faults::none());
    for node in 0..people {
        sim.add(keys(node));
    }
    let mut values = Preset::Quick.values();
    values.insert("conflict.rule".into(), Value::Word("counted".into()));
    values.extend(periods.iter().map(|(key, ms)| ((*key).into(), Value::Duration(*ms))));
    let charter = differing(&values).unwrap().into_iter().map(|(key, value)| (key, value.to_string())).collect();
    sim.submit(0, Draft::Found { name: "Bread".into(), charter }).unwrap();
    for node in 1..people {
        sim.join(node, 0);
    }
    sim.settle(60_000);
    for node in 1..people {
        let (member, from_ms) = (person(&sim, node), sim.now);
        act(&mut sim, 0, LawDraft::Dues { member, from_ms, to_ms: from_ms + 300 * 24 * 3_600_000, amount: "50.00 EUR".into(), commitment: [0; 32] });
    }
    sim.run_for(10_000);
    for node in 1..people {
        accept(&mut sim, node);
    }
    sim.run_for(10_000);
    sim
}

pub(super) fn accept(sim: &mut Sim, node: usize) {
    let me = person(sim, node);
    let offer = law(sim, node).offers.iter().find(|(_, offer)| offer.person == me).map(|(id, _)| *id).expect("something waits");
    act(sim, node, LawDraft::Accept { offer });
}

/// A bill for which everybody votes.
pub(super) fn pass(sim: &mut Sim, effects: String) -> DocumentId {
    let bill = open(sim, 0, effects);
    for node in 0..sim.machines() {
        act(sim, node, LawDraft::Vote { document: bill, choice: Choice::For });
    }
    sim.run_for(60_000);
    bill
}

pub(super) fn open(sim: &mut Sim, node: usize, effects: String) -> DocumentId {
    let bill = act(sim, node, LawDraft::Bill { title: "A bill".into(), text: String::new(), effects, writers: vec![] });
    act(sim, node, LawDraft::Open { document: bill, requires: None, sunset: None });
    sim.run_for(10_000);
    bill
}

pub(super) fn with_four_tellers(seed: u64) -> Sim {
    four_tellers_of(bread(seed, TELLERS + 1))
}

pub(super) fn four_tellers_of(mut sim: Sim) -> Sim {
    let lines = (1..TELLERS).map(|node| format!("appoint teller {}", person(&sim, node))).collect::<Vec<_>>().join("\n");
    pass(&mut sim, lines);
    (1..TELLERS).for_each(|node| accept(&mut sim, node));
    sim.run_for(15_000);
    for node in 0..sim.machines() {
        assert_eq!(law(&sim, node).tellers().len(), TELLERS, "at machine {node}");
    }
    sim
}

pub(super) fn status(sim: &Sim, node: usize, bill: DocumentId) -> Status {
    law(sim, node).bill_of(bill).unwrap().1.status.clone()
}

/// Whether all nodes hold the same issues.
pub(super) fn assert_same(sim: &Sim) {
    for node in 1..sim.machines() {
        assert_eq!(law(sim, node).hash(), law(sim, 0).hash(), "machine {node} has issue {}, machine 0 issue {}", law(sim, node).height(), law(sim, 0).height());
    }
}

#[test]
fn four_tellers_print_together_and_each_issue_has_three_signatures() {
    let mut sim = with_four_tellers(301);
    let before = law(&sim, 4).height();
    let bill = pass(&mut sim, "budget ovens 9000.00 EUR".into());
    assert!(matches!(status(&sim, 4, bill), Status::Enacted { .. }), "{:?}", status(&sim, 4, bill));
    assert_same(&sim);
    let kept = sim.service(4).store().as_reader().issues_from(before + 1, 100).unwrap();
    assert!(kept.len() >= 3);
    assert!(kept.iter().all(|kept| kept.signed.certificate.signatures.len() >= 3));
}

#[test]
fn three_tellers_go_on_without_the_fourth_who_catches_up() {
    let mut sim = with_four_tellers(302);
    sim.split(&[0, 0, 0, 1, 0]);
    let before = law(&sim, 3).height();
    let bill = open(&mut sim, 0, String::new());
    for node in [0, 1, 2, 4] {
        act(&mut sim, node, LawDraft::Vote { document: bill, choice: Choice::For });
    }
    sim.run_for(90_000);
    assert!(matches!(status(&sim, 4, bill), Status::Enacted { .. }), "{:?}", status(&sim, 4, bill));
    assert_eq!(law(&sim, 3).height(), before);
    sim.heal();
    sim.settle(60_000);
    sim.run_for(10_000);
    assert_same(&sim);
}

#[test]
fn two_tellers_of_four_print_nothing_until_a_third_is_back() {
    let mut sim = with_four_tellers(303);
    sim.split(&[0, 0, 1, 1, 0]);
    sim.run_for(5_000);
    let before = law(&sim, 0).height();
    let document = act(&mut sim, 0, LawDraft::Bill { title: "A bill".into(), text: String::new(), effects: String::new(), writers: vec![] });
    act(&mut sim, 0, LawDraft::Open { document, requires: None, sunset: None });
    sim.run_for(60_000);
    for node in 0..sim.machines() {
        assert_eq!(law(&sim, node).height(), before, "machine {node}");
    }
    sim.heal();
    sim.settle(60_000);
    sim.run_for(60_000);
    assert!(law(&sim, 3).bill_of(document).is_some());
    assert_same(&sim);
}

#[test]
fn a_teller_that_is_killed_goes_on_where_it_was() {
    let mut sim = with_four_tellers(304);
    let bill = open(&mut sim, 1, "budget ovens 9000.00 EUR".into());
    for round in 0..8 {
        sim.crash_and_return(round % TELLERS);
        act(&mut sim, 4, LawDraft::Vote { document: bill, choice: if round % 2 == 0 { Choice::Against } else { Choice::For } });
        sim.run_for(2_000);
    }
    while !(0..sim.machines()).all(|node| sim.is_up(node)) {
        sim.run_for(1_000);
    }
    sim.settle(60_000);
    sim.run_for(60_000);
    assert!(!matches!(status(&sim, 4, bill), Status::Open), "{:?}", status(&sim, 4, bill));
    assert_same(&sim);
    let tellers: Vec<_> = sim.service(0).store().as_reader().issues_from(1, 1000).unwrap();
    let heights: Vec<u64> = tellers.iter().map(|kept| kept.signed.read().unwrap().1.height).collect();
    assert_eq!(heights, (1..=law(&sim, 0).height()).collect::<Vec<_>>());
}

#[test]
fn two_issues_of_one_number_stop_every_node_at_the_number_before() {
    let mut sim = bread(305, 3);
    let (height, register) = (law(&sim, 1).height(), law(&sim, 1).hash());
    assert!(height > 0);
    // A copy of the teller's machine, with its operations and without what it printed, prints the first issue again.
    let copy = sim.copy_machine(0, keys(0), &[SpaceId::HALL]);
    for _ in 0..4 {
        sim.input(copy, Input::Tick);
        sim.run_for(1_000);
    }
    assert_eq!(law(&sim, copy).height(), 1);
    // Two machines of one key do not meet one peer at a time.
    sim.split(&[0, 1, 1, 1]);
    sim.connect_machine(copy, 1);
    sim.run_for(30_000);
    for node in [1, 2] {
        let two = sim.service(node).store().as_reader().two_issues().unwrap().expect("a proof");
        assert_eq!((two.height, law(&sim, node).height()), (1, 0), "machine {node}");
        assert_ne!(law(&sim, node).hash(), register);
        assert!(sim.verify(node).faults.is_empty());
    }
    // Nobody prints on, whatever waits, and a restart remembers.
    sim.crash_and_return(1);
    sim.run_for(30_000);
    assert_eq!(law(&sim, 1).height(), 0);
    // So does a node whose disk refused something since.
    sim.fill_disk(1, 5_000);
    let community = Draft::OpenCommunity { name: "talk".into(), title: "Talk".into(), sidebar: "All about bread. ".repeat(2_000), rules: String::new() };
    assert_eq!(sim.submit(1, community).unwrap_err().code, "store");
    sim.run_for(10_000);
    let issues = sim.issues(0);
    assert!(!issues.is_empty());
    sim.import_issues(1, issues);
    sim.run_for(10_000);
    assert_eq!(law(&sim, 1).height(), 0);
}

#[test]
fn a_teller_that_says_ever_new_things_keeps_no_other_from_being_heard() {
    // With so little printed that the words of one issue are many.
    let mut sim = four_tellers_of(bread_under(306, TELLERS + 1, &[("heartbeat.period", 3_600_000), ("recovery.wait", 7_200_000)]));
    sim.run_for(30_000);
    let (state, keys) = (law(&sim, 3), keys(3));
    let place = Place { coop: state.coop.unwrap(), height: state.height() + 1, prev: state.issue() };
    // To each peer other words, as fast as may be: they hand them on to each other.
    for round in 1..=1_100 {
        for (number, node) in [0, 1, 2, 4].into_iter().enumerate() {
            let said = Said::Prevote(None);
            let words = Message::Agreement(Box::new(Words::sign(place, round + 2_000 * number as u32, said, None, keys.key())));
            sim.say(3, node, &words);
        }
    }
    sim.run_for(60_000);
    sim.crash(3);
    let bill = act(&mut sim, 0, LawDraft::Bill { title: "A bill".into(), text: String::new(), effects: String::new(), writers: vec![] });
    act(&mut sim, 0, LawDraft::Open { document: bill, requires: None, sunset: None });
    sim.run_for(120_000);
    assert!(law(&sim, 4).bill_of(bill).is_some(), "nothing is printed any more: issue {}", law(&sim, 4).height());
}

/// An issue without anything.
fn empty(sim: &Sim) -> Issue {
    law(sim, 0).clone().print(sim.now, false, &[], |_| Ok::<_, IssueError>(vec![])).unwrap().0
}

/// An issue with all that waits, that says that nobody whom it silences had written anything.
fn cutting_all(sim: &Sim) -> Issue {
    let (operations, more) = sim.service(0).store().as_reader().next_to_print(law(sim, 0)).unwrap();
    law(sim, 0).clone().print(sim.now, more, &operations, |_| Ok::<_, IssueError>(vec![])).unwrap().0
}

/// What the fourth teller says of a round: in its turn that issue, else that there is none.
fn words_for(sim: &Sim, issue: &Issue) -> Vec<Words> {
    let (state, keys) = (law(sim, 0), keys(3));
    let place = Place { coop: state.coop.unwrap(), height: state.height() + 1, prev: state.issue() };
    let row = sim.service(0).store().as_reader().setting("agreement").unwrap().unwrap();
    let round = Core::from_row(&row).unwrap().local().round;
    let turn = state.tellers()[proposer(place.height, round, TELLERS)] == device_of(keys.key());
    let (body, issue) = (issue.to_bytes(), turn.then(|| issue.id()));
    let sign = |said, body| Words::sign(place, round, said, body, keys.key());
    let proposal = issue.map(|issue| sign(Said::Propose { issue, valid_round: None }, Some(body)));
    proposal.into_iter().chain([sign(Said::Prevote(issue), None), sign(Said::Precommit(issue), None)]).collect()
}

/// An issue that prints of everybody's chain a next operation that nobody has signed.
fn made_up(sim: &Sim) -> Issue {
    let ends = sim.service(0).world().tips[&SpaceId::HALL].iter().map(|(device, tip)| (*device, tip.seq));
    let printed = |device: &DeviceId| law(sim, 0).printed.get(device).map_or(0, |printed| printed.seq);
    let includes = ends.map(|(device, seq)| Range { device, from: printed(&device) + 1, to: seq + 1, last: OpId([9; 32]) }).collect();
    Issue { includes, ..empty(sim) }
}

/// A hostile teller proposes what nobody signed: nobody's next operation is kept out for it, and no teller stops.
#[test]
fn a_proposal_of_operations_that_nobody_signed_keeps_no_others_out() {
    let mut sim = with_four_tellers(313);
    let bill = open(&mut sim, 0, String::new());
    sim.split(&[0, 0, 0, 1, 0]);
    sim.run_for(1_000);
    let mut turns = 0;
    for round in 0..60 {
        let words = words_for(&sim, &made_up(&sim));
        let turn = words.len() == 3;
        for words in words {
            (0..3).for_each(|teller| sim.say(4, teller, &Message::Agreement(Box::new(words.clone()))));
        }
        sim.run_for(50);
        let post = |node| LawDraft::Bill { title: format!("{round} {node}"), text: String::new(), effects: String::new(), writers: vec![] };
        [0, 1, 2, 4].into_iter().filter(|_| turn).for_each(|node| assert!(sim.law(node, post(node)).is_ok()));
        turns += usize::from(turn);
        sim.run_for(150);
    }
    assert!(turns > 2, "it was its turn {turns} times");
    [0, 1, 2, 4].into_iter().for_each(|node| drop(sim.law(node, LawDraft::Vote { document: bill, choice: Choice::For })));
    sim.run_for(60_000);
    assert!(law(&sim, 4).bill_of(bill).unwrap().1.result.is_some());
    sim.settle_among(&[0, 1, 2, 4], 60_000);
}

#[test]
fn a_folder_put_back_from_a_backup_signs_nothing_until_what_is_printed_of_it_has_come() {
    let mut sim = bread(342, 3);
    let copy = sim.copy_machine(1, keys(1), &[SpaceId::HALL]);
    let profile = |bio: &str| Draft::Profile { name: None, bio: Some(bio.into()) };
    let said = sim.submit(1, profile("After the backup.")).unwrap();
    sim.run_for(30_000);
    sim.crash(1);
    let issues = sim.issues(0);
    sim.import_issues(copy, issues);
    assert_eq!(sim.submit(copy, profile("From the backup.")).unwrap_err().code, "behind");
    let operations = sim.operations(0, SpaceId::HALL);
    sim.import(copy, operations);
    assert_eq!(law(&sim, copy).hash(), law(&sim, 0).hash());
    sim.submit(copy, profile("Once all is here.")).unwrap();
    assert!(sim.service(copy).store().as_reader().operation(said.op).unwrap().is_some());
}

#[test]
fn a_proposal_that_leaves_out_ballots_is_not_certified() {
    let mut sim = with_four_tellers(307);
    let bill = open(&mut sim, 0, String::new());
    // Of the other tellers one is away: without the fourth, who is up to no good, nothing is printed.
    sim.split(&[0, 0, 1, 2, 0]);
    sim.run_for(1_000);
    let before = law(&sim, 0).height();
    act(&mut sim, 4, LawDraft::Vote { document: bill, choice: Choice::For });
    sim.run_for(5_000);
    let mut turns = 0;
    for _ in 0..60 {
        let words = words_for(&sim, &empty(&sim));
        turns += usize::from(words.len() == 3);
        for words in words {
            // Whoever has heard a teller's words hands them on.
            [0, 1].into_iter().for_each(|teller| sim.say(4, teller, &Message::Agreement(Box::new(words.clone()))));
        }
        sim.run_for(300);
        assert_eq!((law(&sim, 0).height(), law(&sim, 1).height()), (before, before), "issue without the ballot");
    }
    assert!(turns > 2, "it was its turn {turns} times");
    sim.heal();
    sim.run_for(60_000);
    sim.settle(120_000);
    let (opened, row) = law(&sim, 4).bill_of(bill).unwrap();
    let tally = row.result.map_or_else(|| law(&sim, 4).tally(opened), |(tally, _)| tally);
    assert_eq!(tally.consumers.in_favour, 1);
}

#[test]
fn a_proposal_that_cuts_off_what_was_said_before_a_ban_is_not_certified() {
    let mut sim = with_four_tellers(308);
    let talk = Draft::OpenCommunity { name: "talk".into(), title: "Talk".into(), sidebar: String::new(), rules: String::new() };
    let space = SpaceId(sim.submit(0, talk).unwrap().id.0);
    sim.settle(60_000);
    sim.ask(4, Request::Follow { space, on: true }).unwrap();
    for title in ["Bread", "Rolls"] {
        let post = Draft::Post { community: space, title: title.into(), text: String::new(), url: None, origin: None };
        sim.submit(4, post).unwrap();
    }
    sim.settle(60_000);
    sim.run_for(10_000);
    assert!((1..TELLERS).all(|teller| sim.service(teller).world().followed.contains(&space)), "tellers keep every community");
    sim.split(&[0, 0, 1, 2, 0]);
    sim.run_for(1_000);
    let (before, bob) = (law(&sim, 0).height(), person(&sim, 4));
    act(&mut sim, 0, LawDraft::Ban { space, person: bob, until_ms: 0, rule: 1, reason: "Because.".into() });
    sim.run_for(5_000);
    let mut turns = 0;
    for _ in 0..60 {
        let words = words_for(&sim, &cutting_all(&sim));
        turns += usize::from(words.len() == 3);
        for words in words {
            [0, 1].into_iter().for_each(|teller| sim.say(4, teller, &Message::Agreement(Box::new(words.clone()))));
        }
        sim.run_for(300);
        assert_eq!((law(&sim, 0).height(), law(&sim, 1).height()), (before, before), "what was said in time is cut off");
    }
    assert!(turns > 2, "it was its turn {turns} times");
    sim.heal();
    sim.run_for(60_000);
    sim.settle(120_000);
    let device = sim.service(4).device();
    for node in 0..sim.machines() {
        let silenced: Vec<u64> = (1..=4).filter(|seq| law(&sim, node).silences().on(bob, space, device, *seq).is_some()).collect();
        assert_eq!(silenced, [3, 4], "machine {node}");
    }
}

/// An operation of the hall that a machine's device signs as if its chain ended like that; `number` tells two of them apart.
pub(super) fn signed_after(sim: &Sim, of: usize, (seq, prev): (u64, OpId), number: u8) -> SignedOp {
    let coop = sim.service(of).world().coop.unwrap();
    let payload = Payload::act([0; 16], &Act::Law(LawAct::Withdraw { bill: OpId([number; 32]) }));
    let header = Header {
        version: 1,
        coop,
        space: SpaceId::HALL,
        device: sim.service(of).device(),
        seq: seq + 1,
        prev,
        issue: OpId(coop.0),
        claimed_at: sim.now,
        kind: Kind::Act,
        payload: PayloadRef::of(&[]),
        credential: None,
        document: None,
    };
    SignedOp::sign(header, payload, keys(of).key())
}

/// Where a machine's own chain in the hall ends.
pub(super) fn own_end(sim: &Sim, of: usize) -> (u64, OpId) {
    let (world, device) = (sim.service(of).world(), sim.service(of).device());
    world.tips[&SpaceId::HALL].get(&device).map(|tip| (tip.seq, tip.id)).unwrap()
}

/// A machine's device signs two operations with the next number of its chain; one node gets one of them, another node the other.
fn fork(sim: &mut Sim, of: usize, (one, other): (usize, usize)) {
    let end = own_end(sim, of);
    for (node, number) in [(one, 1), (other, 2)] {
        let operation = signed_after(sim, of, end, number);
        sim.import(node, vec![operation]);
    }
}

/// An officer's fork ends the officer's offices at the next issue. A teller whose device forked prints on, as one of four, and
/// writes nothing any more.
#[test]
fn who_forks_holds_no_office_with_the_next_issue_but_four_tellers_stay() {
    let mut sim = with_four_tellers(311);
    let treasurer = person(&sim, 4);
    pass(&mut sim, format!("appoint treasurer {treasurer}"));
    accept(&mut sim, 4);
    sim.run_for(15_000);
    assert!(law(&sim, 0).holds(Office::Treasurer, treasurer));
    fork(&mut sim, 4, (0, 2));
    sim.run_for(15_000);
    for node in 0..5 {
        assert!(!law(&sim, node).holds(Office::Treasurer, treasurer), "at machine {node}");
    }
    assert_eq!(law(&sim, 1).evidence_against(treasurer)[0].ended, [Office::Treasurer]);
    fork(&mut sim, 1, (0, 2));
    sim.run_for(15_000);
    let teller = person(&sim, 1);
    assert!(law(&sim, 3).holds(Office::Teller, teller) && law(&sim, 3).evidence_against(teller)[0].ended.is_empty());
    sim.split(&[0, 0, 1, 0, 0]);
    let bill = open(&mut sim, 0, String::new());
    act(&mut sim, 3, LawDraft::Vote { document: bill, choice: Choice::For });
    sim.run_for(60_000);
    let (_, bill) = law(&sim, 1).bill_of(bill).unwrap();
    assert_eq!(bill.result.unwrap().0.consumers.in_favour, 1, "machines 0, 1 and 3 print");
}

/// The founder prints alone. Their laptop closes the first machine, with their recovery words: it prints from then on, and what
/// the first machine certifies now is nobody's.
#[test]
fn a_single_teller_goes_on_with_the_machine_that_closed_the_first() {
    let mut sim = bread(312, 2);
    let laptop = sim.pair(0);
    sim.run_for(10_000);
    let (device, founder) = (sim.service(0).device(), person(&sim, 0));
    let authority = Some(PersonKey::from_entropy([1; 32]).authorise(&device.0));
    sim.submit(laptop, Draft::RevokeDevice { device, authority }).unwrap();
    sim.run_for(10_000);
    assert_eq!(law(&sim, 1).tellers(), [sim.service(laptop).device()]);
    assert!(law(&sim, 1).holds(Office::Teller, founder));
    let before = law(&sim, 1).height();
    act(&mut sim, 1, LawDraft::Bill { title: "A bill".into(), text: String::new(), effects: String::new(), writers: vec![] });
    sim.run_for(30_000);
    assert!(law(&sim, 1).height() > before, "the laptop prints");
    assert_eq!(law(&sim, 1).hash(), law(&sim, laptop).hash());
}
