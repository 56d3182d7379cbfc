//! Bans as law: who may ban whom from a community, until when, and who lifts it.

use super::*;
use folkmoot_protocol::{
    act::{
        Act, OpenSpace,
        law::{Ban, Unban},
    },
    id::SpaceId,
    law::{Banned, Office},
    limits,
};
use folkmoot_tests::paper::Somebody;

/// A co-op of so many with a community that Alice opened, and so moderates.
fn talk(consumers: usize) -> (Paper, Vec<usize>, SpaceId) {
    let (mut paper, consumers) = bread(consumers);
    let opened = paper.act(ALICE, Act::OpenSpace(OpenSpace { name: "talk".into() }));
    paper.print(1);
    (paper, consumers, SpaceId::opened_by(opened))
}

fn act_on(paper: &mut Paper, by: usize, act: LawAct) -> Option<String> {
    let act = paper.law(by, act);
    paper.print(1);
    paper.reason(act).map(str::to_owned)
}

/// Somebody bans somebody, and that is printed. Answers why it has no effect.
fn bans(paper: &mut Paper, by: usize, space: SpaceId, somebody: usize, until_ms: u64, rule: u32) -> Option<String> {
    let person = paper.people[somebody].person;
    act_on(paper, by, LawAct::Ban(Ban { space, person, until_ms, rule, reason: "Because.".into() }))
}

fn unbans(paper: &mut Paper, by: usize, space: SpaceId, somebody: usize) -> Option<String> {
    let person = paper.people[somebody].person;
    act_on(paper, by, LawAct::Unban(Unban { space, person, reason: "Enough.".into() }))
}

fn banned(paper: &Paper, space: SpaceId, somebody: usize) -> Option<Banned> {
    paper.state.banned(space, paper.people[somebody].person).cloned()
}

fn kept(paper: &Paper, space: SpaceId, somebody: usize) -> usize {
    paper.state.bans.get(&(space, paper.people[somebody].person)).map_or(0, Vec::len)
}

#[test]
fn only_a_moderator_bans_and_nobody_bans_a_moderator_or_themselves() {
    let (mut paper, consumers, space) = talk(3);
    let (bob, carol) = (consumers[0], consumers[1]);
    assert!(bans(&mut paper, bob, space, carol, 0, 1).unwrap().contains("only a moderator"));
    assert!(bans(&mut paper, ALICE, space, ALICE, 0, 1).unwrap().contains("nobody bans themselves"));
    assert!(bans(&mut paper, ALICE, SpaceId([9; 32]), bob, 0, 1).unwrap().contains("no such community"));
    assert_eq!(bans(&mut paper, ALICE, space, bob, 0, 2), None);
    let ban = banned(&paper, space, bob).unwrap();
    assert_eq!((ban.ruling.by, ban.ruling.rule, ban.from, ban.until), (paper.people[ALICE].person, 2, paper.now, 0));
    assert!(unbans(&mut paper, bob, space, bob).is_some(), "not even who is banned");
    let person = paper.people[carol].person;
    let bill = paper.enact(ALICE, 1, vec![Effect::Appoint { office: Office::Moderator(space), person }]);
    paper.law(carol, LawAct::Accept { offer: bill.made_by(0) });
    paper.print(1);
    assert!(bans(&mut paper, ALICE, space, bob, 0, 1).is_some(), "whoever opened it moderates it no more");
    assert_eq!(bans(&mut paper, carol, space, ALICE, 0, 1), None);
    assert!(bans(&mut paper, carol, space, carol, 0, 1).is_some());
    assert_eq!(unbans(&mut paper, carol, space, bob), None, "another moderator than who banned him");
    let appointed = paper.enact(ALICE, 2, vec![Effect::Appoint { office: Office::Moderator(space), person: paper.people[bob].person }]);
    paper.law(bob, LawAct::Accept { offer: appointed.made_by(0) });
    paper.print(1);
    assert!(bans(&mut paper, carol, space, bob, 0, 1).unwrap().contains("dismissed or recalled"));
    check(&paper);
}

#[test]
fn a_ban_cites_a_rule_and_is_of_somebody_who_is_there() {
    let (mut paper, consumers, space) = talk(1);
    assert!(bans(&mut paper, ALICE, space, consumers[0], 0, 0).unwrap().contains("cites a rule"));
    assert!(bans(&mut paper, ALICE, SpaceId::HALL, consumers[0], 0, 1).unwrap().contains("the hall"));
    let nobody = LawAct::Ban(Ban { space, person: folkmoot_protocol::id::PersonId([7; 32]), until_ms: 0, rule: 1, reason: "Because.".into() });
    assert!(act_on(&mut paper, ALICE, nobody).unwrap().contains("nobody of that id"));
    assert!(paper.state.bans.is_empty());
    check(&paper);
}

#[test]
fn a_ban_ends_by_the_time_of_the_issues_and_by_no_other() {
    let (mut paper, consumers, space) = talk(1);
    let bob = consumers[0];
    let now = paper.now;
    assert!(bans(&mut paper, ALICE, space, bob, now + 1, 1).unwrap().contains("end before it begins"), "the issue that prints it comes then");
    assert_eq!(bans(&mut paper, ALICE, space, bob, now + 5_000, 1), None);
    paper.print(now + 4_999 - paper.now);
    assert!(banned(&paper, space, bob).is_some_and(|ban| ban.until == now + 5_000));
    assert_eq!(unbans(&mut paper, ALICE, space, bob), Some("they are not banned there".into()), "the issue that would print it ends it first");
    assert!(banned(&paper, space, bob).is_none() && paper.state.ban_ends.is_empty());
    assert_eq!(kept(&paper, space, bob), 1, "what was written while it stood stays hidden");
    let until = paper.now + 60_000;
    assert_eq!(bans(&mut paper, ALICE, space, bob, until, 1), None);
    assert_eq!(unbans(&mut paper, ALICE, space, bob), None);
    assert_eq!((kept(&paper, space, bob), paper.state.ban_ends.len()), (1, 0), "taken back, as if it had not been; the first stays");
    check(&paper);
}

#[test]
fn banning_again_replaces_and_leaves_no_gap() {
    let (mut paper, consumers, space) = talk(1);
    let bob = consumers[0];
    let long = paper.now + 50_000;
    assert_eq!(bans(&mut paper, ALICE, space, bob, long, 1), None);
    let from = paper.now;
    paper.print(3_000);
    let short = paper.now + 4_000;
    assert_eq!(bans(&mut paper, ALICE, space, bob, short, 2), None);
    let ban = banned(&paper, space, bob).unwrap();
    assert_eq!((ban.from, ban.until, ban.ruling.rule, ban.ruling.at, kept(&paper, space, bob)), (from, short, 2, paper.now, 1));
    paper.print(4_000);
    assert!(banned(&paper, space, bob).is_none());
    paper.print(60_000);
    assert_eq!(kept(&paper, space, bob), 1);
    for _ in 0..limits::BANS_KEPT + 2 {
        let until = paper.now + 10;
        assert_eq!(bans(&mut paper, ALICE, space, bob, until, 1), None);
        paper.print(20);
    }
    assert_eq!(kept(&paper, space, bob), limits::BANS_KEPT, "the oldest go");
    check(&paper);
}

#[test]
fn a_bill_lifts_a_ban() {
    let (mut paper, consumers, space) = talk(2);
    let bob = consumers[0];
    let person = paper.people[bob].person;
    let nothing = paper.open(ALICE, 1, vec![Effect::LiftBan { space, person }]);
    assert!(paper.reason(nothing).unwrap().contains("not banned"));
    assert_eq!(bans(&mut paper, ALICE, space, bob, 0, 1), None);
    let bill = paper.enact(ALICE, 2, vec![Effect::LiftBan { space, person }]);
    assert!(is_enacted(&paper, bill) && banned(&paper, space, bob).is_none());
    assert_eq!(bans(&mut paper, ALICE, space, bob, 0, 1), None, "what he does afterwards is another matter");
    check(&paper);
}

/// Which of somebody's first nine operations in a community have no effect.
fn silenced(paper: &Paper, space: SpaceId, somebody: usize) -> Vec<u64> {
    let Somebody { person, device, .. } = paper.people[somebody];
    (1..=9).filter(|seq| paper.state.silences().on(person, space, device, *seq).is_some()).collect()
}

#[test]
fn an_issue_says_where_a_chain_was_when_a_ban_began_and_ended() {
    let (mut paper, consumers, space) = talk(2);
    let bob = consumers[0];
    paper.written.insert((space, bob), 3);
    let until = paper.now + 10_000;
    assert_eq!(bans(&mut paper, ALICE, space, bob, until, 1), None);
    assert_eq!(silenced(&paper, space, bob), [4, 5, 6, 7, 8, 9]);
    paper.written.insert((space, bob), 5);
    let longer = until + 10_000;
    assert_eq!(bans(&mut paper, ALICE, space, bob, longer, 2), None);
    assert_eq!(silenced(&paper, space, bob), [4, 5, 6, 7, 8, 9], "a longer ban began with the first");
    paper.written.insert((space, bob), 6);
    paper.print(20_000);
    assert_eq!(silenced(&paper, space, bob), [4, 5, 6]);
    paper.written.insert((space, bob), 8);
    assert_eq!(bans(&mut paper, ALICE, space, bob, 0, 1), None);
    assert_eq!(silenced(&paper, space, bob), [4, 5, 6, 9]);
    assert_eq!(unbans(&mut paper, ALICE, space, bob), None);
    assert_eq!(silenced(&paper, space, bob), [4, 5, 6], "taken back, as if it had not been");
    assert!(silenced(&paper, space, consumers[1]).is_empty());
    let Somebody { person, device, .. } = paper.people[bob];
    assert!(paper.state.silences().on(person, SpaceId([9; 32]), device, 5).is_none(), "elsewhere is elsewhere");
    check(&paper);
}

#[test]
fn who_is_expelled_is_silent_in_every_community_from_then_on() {
    let (mut paper, consumers, space) = talk(4);
    let bob = consumers[0];
    paper.written.insert((space, bob), 3);
    let person = paper.people[bob].person;
    let open = paper.open(ALICE, 1, vec![]);
    paper.vote(bob, open, Choice::For);
    let bill = paper.enact(ALICE, 2, vec![Effect::Expel { person }]);
    assert!(is_enacted(&paper, bill));
    assert_eq!((silenced(&paper, space, bob), silenced(&paper, SpaceId([9; 32]), bob).len()), (vec![4, 5, 6, 7, 8, 9], 9));
    let late = paper.open(ALICE, 3, vec![]);
    let ballot = paper.vote(bob, late, Choice::For);
    paper.print(1);
    assert!(paper.reason(ballot).is_some());
    check(&paper);
}

#[test]
fn an_issue_that_cuts_the_wrong_chains_is_none() {
    let (mut paper, consumers, space) = talk(2);
    let (bob, carol) = (paper.people[consumers[0]].clone(), paper.people[consumers[1]].clone());
    paper.written.insert((space, consumers[0]), 3);
    paper.law(ALICE, LawAct::Ban(Ban { space, person: bob.person, until_ms: 0, rule: 1, reason: "Because.".into() }));
    let waiting = paper.waiting.clone();
    let cut = |person, space, device, seq| law::Cut { person, spaces: vec![law::SpaceCut { space, chains: vec![law::ChainEnd { device, seq }] }] };
    let right = cut(bob.person, space, bob.device, 3);
    assert!(paper.refuses(&waiting, |issue| assert_eq!(issue.cuts, std::slice::from_ref(&right))).is_none());
    let refused = |cuts: Vec<law::Cut>| paper.refuses(&waiting, |issue| issue.cuts = cuts).unwrap().to_string();
    assert!(refused(vec![cut(carol.person, space, carol.device, 3)]).contains("neither silences"));
    assert!(refused(vec![cut(bob.person, SpaceId([9; 32]), bob.device, 3)]).contains("neither silences"));
    assert!(refused(vec![right.clone(), right.clone()]).contains("out of order"));
    assert!(refused(vec![law::Cut { spaces: vec![], ..right.clone() }]).contains("say nothing"));
    assert!(refused(vec![cut(bob.person, space, bob.device, 0)]).contains("none that can be"));
    assert!(refused(vec![cut(bob.person, space, bob.device, 2)]).contains("register"), "its hash covers them");
    let many: Vec<_> = (0..=limits::CHAINS_PER_CUT).map(|n| law::SpaceCut { space: SpaceId([n as u8; 32]), chains: right.spaces[0].chains.clone() }).collect();
    assert!(!refused(vec![law::Cut { person: bob.person, spaces: many }]).is_empty());
}
