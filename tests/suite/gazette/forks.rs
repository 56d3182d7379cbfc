//! A voter's device signs two things with one number: what the Gazette printed stands, on every node, whatever
//! comes to it first.

use super::assert_one_law;
use folkmoot_node::{api::Draft, keystore::Keystore};
use folkmoot_protocol::{
    id::*,
    law::{Choice, SignedIssue},
    op::SignedOp,
};
use folkmoot_tests::{
    random::Random,
    sim::{GazetteChecks, Sim, recounting_gives_the_same},
};

/// A co-op in which Eve's folder was copied before she voted.
struct Story {
    sim: Sim,
    eve: usize,
    copy: usize,
    bill: DocumentId,
    opened: OpId,
}

fn story(seed: u64) -> Story {
    let mut sim = Sim::new(seed, 4, folkmoot_tests::sim::Faults::none());
    let entropy: [u8; 64] = sim.random.bytes();
    let eve = sim.add(Keystore::in_memory("Eve", entropy));
    let mut sim = super::bread_of(sim);
    let bill = sim.draft_bill(1, "Bread", "", vec![]);
    let opened = sim.open_bill(1, bill);
    sim.settle(30_000);
    let copy = sim.copy_machine(eve, Keystore::in_memory("Eve", entropy), &[SpaceId::HALL]);
    let issues = sim.issues(eve);
    sim.import_issues(copy, issues);
    Story { sim, eve, copy, bill, opened }
}

impl Story {
    /// Eve votes here, and her copy votes otherwise there.
    fn vote_twice(&mut self) -> Vec<SignedOp> {
        self.sim.vote(self.eve, self.bill, Choice::For).unwrap();
        self.sim.vote(self.copy, self.bill, Choice::Against).unwrap();
        self.sim.operations(self.copy, SpaceId::HALL)
    }

    fn assert_eve_is_for(&mut self, among: &[usize]) {
        assert_one_law(&mut self.sim, among);
        for node in among {
            let tally = self.sim.tally(*node, self.opened);
            assert_eq!((tally.consumers.in_favour, tally.consumers.against, tally.spoiled), (1, 0, 0), "machine {node}");
        }
    }
}

#[test]
fn what_was_printed_stands_where_the_other_branch_comes_later() {
    let mut story = story(61);
    let other = story.vote_twice();
    story.sim.run_for(5_000);
    assert_eq!(story.sim.tally(0, story.opened).consumers.in_favour, 1);
    for node in [0, 2] {
        story.sim.import(node, other.clone());
    }
    story.sim.run_for(5_000);
    story.assert_eve_is_for(&[0, 1, 2, 3, story.eve]);
    // Whoever comes now hears of both.
    let keys = Keystore::in_memory("Newcomer", story.sim.random.bytes());
    let newcomer = story.sim.add(keys);
    story.sim.join(newcomer, 2);
    story.assert_eve_is_for(&[0, 1, 2, 3, newcomer]);
    assert_eq!(story.sim.vote(story.eve, story.bill, Choice::Against).unwrap_err().code, "forked");
}

#[test]
fn what_was_printed_stands_where_the_other_branch_came_first() {
    let mut story = story(62);
    // Three is apart and hears of the other branch alone.
    story.sim.split(&[0, 0, 0, 1, 0, 2]);
    let other = story.vote_twice();
    story.sim.import(3, other.clone());
    story.sim.run_for(5_000);
    assert_eq!(story.sim.tally(0, story.opened).consumers.in_favour, 1);
    story.sim.heal();
    story.assert_eve_is_for(&[0, 1, 2, 3, story.eve]);
}

#[test]
fn what_was_printed_stands_where_the_proof_came_first() {
    let mut story = story(63);
    story.sim.split(&[0, 0, 0, 1, 0, 2]);
    let other = story.vote_twice();
    let hers = story.sim.operations(story.eve, SpaceId::HALL);
    // Three hears of both branches and closes the chain; only then it hears of the issue.
    story.sim.import(3, hers);
    story.sim.import(3, other);
    story.sim.run_for(5_000);
    story.sim.heal();
    story.assert_eve_is_for(&[0, 1, 2, 3, story.eve]);
}

#[test]
fn what_was_printed_stands_where_the_other_branch_rests_on_another_admission() {
    let mut sim = super::bread(60, 4);
    // Eve copies her folder before she joins, and two members let the same device in.
    let entropy: [u8; 64] = sim.random.bytes();
    let [eve, copy] = [(); 2].map(|()| sim.add(Keystore::in_memory("Eve", entropy)));
    sim.split(&[0, 0, 1, 1, 0, 1]);
    sim.join(eve, 0);
    sim.join(copy, 2);
    sim.draft_bill(eve, "Bread", "", vec![]);
    sim.draft_bill(copy, "Cake", "", vec![]);
    sim.run_for(20_000);
    let device = sim.service(eve).device();
    assert!(sim.state(0).printed_to(device) > 0 && sim.service(2).world().tip(SpaceId::HALL, device).is_some_and(|tip| tip.seq > 0));
    sim.crash(copy);
    sim.mend();
    assert_one_law(&mut sim, &[0, 1, 2, 3, eve]);
    for node in 0..4 {
        assert!(sim.verify(node).faults.is_empty(), "machine {node}: {:?}", sim.verify(node).faults);
        recounting_gives_the_same(&sim, node);
    }
    // Whoever joins has it all from one who held the other branch.
    let keys = Keystore::in_memory("Newcomer", sim.random.bytes());
    let newcomer = sim.add(keys);
    sim.split(&[0, 0, 1, 0, 0, 0, 1]);
    sim.join(newcomer, 2);
    assert_one_law(&mut sim, &[2, newcomer]);
}

#[test]
fn a_ballot_with_a_receipt_is_printed_though_its_device_forks_meanwhile() {
    for seed in 64..72 {
        let mut story = story(seed);
        let mut checks = GazetteChecks::default();
        let other = story.vote_twice();
        // At some moment between the ballot's arrival, its receipt and its issue the other branch comes to the teller.
        let moment = story.sim.random.below(1_500);
        story.sim.run_for(moment);
        story.sim.import(0, other);
        for _ in 0..20 {
            story.sim.run_for(250);
            checks.look(&story.sim, &[0, 1, 2, 3]);
        }
        story.sim.settle_among(&[0, 1, 2, 3, story.eve], 120_000);
        checks.look_last(&story.sim, &[0, 1, 2, 3]);
    }
}

/// What can come to a node, piece by piece.
#[derive(Clone)]
enum Comes {
    Operations(Vec<SignedOp>),
    Issues(Vec<SignedIssue>),
}

#[test]
fn in_whatever_order_branches_and_issues_come_every_node_ends_with_the_same_law() {
    let mut story = story(73);
    let other = story.vote_twice();
    // A second fork, further up, of what is not printed: the lower one counts, and what is printed of hers stands.
    story.sim.run_for(5_000);
    let (hers, coop) = (story.sim.operations(0, SpaceId::HALL), story.sim.service(0).world().coop.unwrap());
    let issues = story.sim.issues(0);
    for seed in 0..40 {
        let mut random = Random::new(seed);
        let keys = Keystore::in_memory("Observer", random.bytes());
        let observer = story.sim.add_empty(coop, keys);
        let mut pieces: Vec<Comes> = hers.iter().chain(&other).map(|op| Comes::Operations(vec![op.clone()])).collect();
        pieces.extend(issues.chunks(3).map(|issues| Comes::Issues(issues.to_vec())));
        for last in (1..pieces.len()).rev() {
            pieces.swap(last, random.below(last as u64 + 1) as usize);
        }
        // What is let go of the first time is asked for again, as a peer is.
        for _ in 0..12 {
            for piece in pieces.clone() {
                match piece {
                    Comes::Operations(operations) => story.sim.import(observer, operations),
                    Comes::Issues(issues) => story.sim.import_issues(observer, issues),
                }
            }
        }
        assert_eq!(story.sim.state(observer).height(), issues.len() as u64, "order {seed}");
        let tally = story.sim.tally(observer, story.opened);
        assert_eq!((tally.consumers.in_favour, tally.consumers.against), (1, 0), "order {seed}");
        GazetteChecks::default().look_last(&story.sim, &[0, observer]);
        assert!(story.sim.verify(observer).faults.is_empty());
    }
}

#[test]
fn rough_networks_with_a_forked_voter_end_with_one_law() {
    for seed in 80..92 {
        let mut story = story(seed);
        let mut checks = GazetteChecks::default();
        let labels: Vec<usize> = (0..story.sim.machines()).map(|_| story.sim.random.below(3) as usize).collect();
        story.sim.split(&labels);
        let other = story.vote_twice();
        for _ in 0..12 {
            let node = story.sim.random.below(4) as usize;
            if story.sim.random.one_in(2) && story.sim.is_up(node) {
                story.sim.import(node, other.clone());
            } else if story.sim.random.one_in(2) {
                let labels: Vec<usize> = (0..story.sim.machines()).map(|_| story.sim.random.below(2) as usize).collect();
                story.sim.split(&labels);
            } else {
                story.sim.crash_and_return(node);
            }
            let _ = story.sim.submit(1, Draft::Profile { name: None, bio: Some("Baker".into()) });
            let pause = story.sim.random.below(8_000);
            story.sim.run_for(pause);
            let up: Vec<usize> = (0..4).filter(|node| story.sim.is_up(*node)).collect();
            checks.look(&story.sim, &up);
        }
        story.sim.heal();
        story.sim.settle_among(&[0, 1, 2, 3], 240_000);
        checks.look_last(&story.sim, &[0, 1, 2, 3]);
    }
}

#[test]
fn a_member_let_in_by_a_device_that_forked_stays_where_both_are_printed() {
    let mut story = story(93);
    let keys = Keystore::in_memory("Guest of Eve's", story.sim.random.bytes());
    story.sim.split(&[0, 0, 0, 1, 0, 2, 0]);
    let friend = story.sim.add(keys);
    story.sim.join(friend, story.eve);
    story.sim.run_for(5_000);
    story.sim.submit(friend, Draft::Profile { name: None, bio: Some("New".into()) }).unwrap();
    story.sim.run_for(5_000);
    story.sim.vote(story.copy, story.bill, Choice::Against).unwrap();
    let other = story.sim.operations(story.copy, SpaceId::HALL);
    story.sim.import(3, other.clone());
    story.sim.import(1, other);
    story.sim.run_for(5_000);
    story.sim.heal();
    assert_one_law(&mut story.sim, &[0, 1, 2, 3]);
    let person = story.sim.person(friend);
    assert!((0..4).all(|node| story.sim.state(node).register.persons.contains_key(&person)));
}

#[test]
fn who_waits_for_the_branch_that_is_printed_does_not_argue_with_who_has_not_heard_of_it() {
    let mut story = story(94);
    // Two and three have heard of both branches, and that one of them is printed only three has: nobody there holds it.
    story.sim.split(&[0, 0, 1, 1, 0, 2]);
    let other = story.vote_twice();
    let hers = story.sim.operations(story.eve, SpaceId::HALL);
    for node in [2, 3] {
        story.sim.import(node, hers.clone());
        story.sim.import(node, other.clone());
    }
    story.sim.run_for(5_000);
    let issues = story.sim.issues(0);
    let before = story.sim.status(2).counters.messages;
    story.sim.import_issues(3, issues);
    story.sim.run_for(3_000);
    assert!(story.sim.status(2).counters.messages < before + 100, "{} messages", story.sim.status(2).counters.messages - before);
    story.sim.heal();
    story.assert_eve_is_for(&[0, 1, 2, 3, story.eve]);
}
