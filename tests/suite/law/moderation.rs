//! Moderation as law: who may do what about a document, by which rule, and what a bill says to it.

use super::*;
use folkmoot_protocol::{
    act::{
        Act, OpenSpace,
        law::{Measure, Moderation, Report},
    },
    id::{DocumentId, SpaceId},
    law::{Mandate, Office},
};

const POST: DocumentId = DocumentId([8; 32]);
/// As long as the preset quick keeps what was removed.
const GRACE: u64 = 30_000;

/// A co-op with a community that Alice opened.
fn talk(consumers: usize) -> (Paper, Vec<usize>, SpaceId) {
    let (mut paper, consumers) = bread(consumers);
    let opened = paper.act(ALICE, Act::OpenSpace(OpenSpace { name: "talk".into() }));
    paper.print(1);
    (paper, consumers, SpaceId::opened_by(opened))
}

fn measure(space: SpaceId, document: DocumentId, measure: Measure, rule: u32) -> LawAct {
    LawAct::Moderate(Moderation { space, document, measure, rule, reason: "Because.".into() })
}

/// Somebody does something about the post, and that is printed. Answers why it has no effect.
fn does(paper: &mut Paper, somebody: usize, space: SpaceId, what: Measure, rule: u32) -> Option<String> {
    let act = paper.law(somebody, measure(space, POST, what, rule));
    paper.print(1);
    paper.reason(act).map(str::to_owned)
}

fn reports(paper: &mut Paper, somebody: usize, space: SpaceId, document: DocumentId) -> Option<String> {
    let act = paper.law(somebody, LawAct::Report(Report { space, document, reason: "Look at this.".into() }));
    paper.print(1);
    paper.reason(act).map(str::to_owned)
}

fn is_removed(paper: &Paper, space: SpaceId) -> bool {
    paper.state.moderated(space, POST).is_some_and(|row| row.removed.is_some())
}

fn appoint(paper: &mut Paper, space: SpaceId, somebody: usize, text: u8) -> OpId {
    let person = paper.people[somebody].person;
    let bill = paper.enact(ALICE, text, vec![Effect::Appoint { office: Office::Moderator(space), person }]);
    let accepted = paper.law(somebody, LawAct::Accept { offer: bill.made_by(0) });
    paper.print(1);
    assert_eq!(paper.reason(accepted), None);
    bill
}

#[test]
fn who_opened_a_community_moderates_it_until_it_has_a_moderator() {
    let (mut paper, consumers, space) = talk(3);
    let bob = consumers[0];
    assert!(does(&mut paper, bob, space, Measure::Remove, 1).unwrap().contains("only who opened it"));
    assert!(!is_removed(&paper, space));
    assert_eq!(does(&mut paper, ALICE, space, Measure::Remove, 1), None);
    let ruling = paper.state.moderated(space, POST).unwrap().removed.clone().unwrap();
    assert!(matches!(ruling.mandate, Mandate::Opener(_)) && ruling.by == paper.people[ALICE].person && ruling.rule == 1);
    let bill = appoint(&mut paper, space, bob, 1);
    assert!(does(&mut paper, ALICE, space, Measure::Restore, 0).unwrap().contains("only a moderator"));
    assert_eq!(does(&mut paper, bob, space, Measure::Restore, 0), None);
    assert_eq!(does(&mut paper, bob, space, Measure::Lock, 2), None);
    let locked = paper.state.moderated(space, POST).unwrap().locked.clone().unwrap();
    assert_eq!(locked.mandate, Mandate::Office(law::Cause::Bill(bill)));
    paper.enact(ALICE, 2, vec![Effect::Dismiss { office: Office::Moderator(space), person: paper.people[bob].person }]);
    assert!(does(&mut paper, bob, space, Measure::Unlock, 0).is_some());
    assert_eq!(does(&mut paper, ALICE, space, Measure::Unlock, 0), None, "there is no moderator any more");
    assert!(paper.state.moderated(space, POST).is_none(), "nothing stands, and nothing is kept");
    check(&paper);
}

#[test]
fn a_moderator_of_one_community_is_none_of_another() {
    let (mut paper, consumers, space) = talk(3);
    let bob = consumers[0];
    let opened = paper.act(bob, Act::OpenSpace(OpenSpace { name: "bobs".into() }));
    paper.print(1);
    let bobs = SpaceId::opened_by(opened);
    assert!(does(&mut paper, bob, space, Measure::Remove, 1).is_some());
    assert_eq!(does(&mut paper, bob, bobs, Measure::Remove, 1), None);
    assert!(!is_removed(&paper, space) && is_removed(&paper, bobs), "the post of that name in his own community, if there is one");
    assert!(does(&mut paper, ALICE, SpaceId([9; 32]), Measure::Remove, 1).unwrap().contains("no such community"));
    check(&paper);
}

#[test]
fn who_was_expelled_does_not_moderate_what_they_opened() {
    let (mut paper, consumers, _) = talk(4);
    let bob = consumers[0];
    let opened = paper.act(bob, Act::OpenSpace(OpenSpace { name: "bobs".into() }));
    paper.print(1);
    paper.enact(ALICE, 1, vec![Effect::Expel { person: paper.people[bob].person }]);
    assert!(does(&mut paper, bob, SpaceId::opened_by(opened), Measure::Remove, 1).is_some());
}

#[test]
fn what_takes_something_cites_a_rule_and_everything_a_reason() {
    let (mut paper, _, space) = talk(1);
    assert!(does(&mut paper, ALICE, space, Measure::Remove, 0).unwrap().contains("cites a rule"));
    assert!(does(&mut paper, ALICE, space, Measure::Lock, 0).unwrap().contains("cites a rule"));
    assert!(does(&mut paper, ALICE, space, Measure::Remove, 100).unwrap().contains("1 to 99"));
    assert!(does(&mut paper, ALICE, SpaceId::HALL, Measure::Remove, 1).unwrap().contains("the hall"));
    let silent = LawAct::Moderate(Moderation { space, document: POST, measure: Measure::Pin, rule: 0, reason: String::new() });
    let silent = paper.law(ALICE, silent);
    paper.print(1);
    assert!(paper.reason(silent).is_some());
    assert_eq!(does(&mut paper, ALICE, space, Measure::Pin, 0), None);
}

#[test]
fn what_was_removed_is_dropped_after_the_grace_and_not_before() {
    let (mut paper, _, space) = talk(1);
    assert_eq!(does(&mut paper, ALICE, space, Measure::Remove, 2), None);
    let removed_at = paper.now;
    assert!(does(&mut paper, ALICE, space, Measure::Remove, 3).unwrap().contains("already"), "a second removal puts nothing off");
    assert_eq!(paper.state.next_drop(), Some(removed_at + GRACE));
    paper.print(removed_at + GRACE - 1 - paper.now);
    assert!(!paper.state.is_dropped(space, POST));
    assert_eq!(does(&mut paper, ALICE, space, Measure::Restore, 0), None, "what is printed with the last issue of the grace is in time");
    assert!(!is_removed(&paper, space) && !paper.state.is_dropped(space, POST) && paper.state.next_drop().is_none());
    assert_eq!(does(&mut paper, ALICE, space, Measure::Remove, 2), None);
    paper.print(GRACE);
    assert!(paper.state.is_dropped(space, POST));
    assert!(does(&mut paper, ALICE, space, Measure::Restore, 0).unwrap().contains("is dropped"));
    assert!(is_removed(&paper, space));
    check(&paper);
}

#[test]
fn a_bill_takes_a_removal_back_and_that_rule_removes_it_no_more() {
    let (mut paper, consumers, space) = talk(3);
    does(&mut paper, ALICE, space, Measure::Remove, 2);
    let removed_at = paper.now;
    paper.print(10_000);
    let bill = paper.open(consumers[0], 1, vec![Effect::Reinstate { document: POST }]);
    assert_eq!(paper.reason(bill), None);
    assert_eq!(paper.state.next_drop(), None, "while the bill is undecided, nothing is dropped");
    paper.all_for(bill, &[consumers[0], consumers[1], consumers[2]]);
    paper.until_ended(bill);
    paper.until_in_force(bill);
    assert!(paper.now > removed_at + GRACE, "the grace is over before the bill is in force");
    assert!(is_enacted(&paper, bill), "{:?}", paper.status(bill));
    assert!(!is_removed(&paper, space) && !paper.state.is_dropped(space, POST));
    assert!(does(&mut paper, ALICE, space, Measure::Remove, 2).unwrap().contains("a bill took back"));
    assert_eq!(does(&mut paper, ALICE, space, Measure::Remove, 3), None, "another rule is another matter");
    check(&paper);
}

#[test]
fn an_appeal_that_fails_only_puts_the_drop_off() {
    let (mut paper, consumers, space) = talk(3);
    does(&mut paper, ALICE, space, Measure::Remove, 2);
    paper.print(20_000);
    let bill = paper.open(consumers[0], 1, vec![Effect::Reinstate { document: POST }]);
    paper.print(12_000);
    assert!(!paper.state.is_dropped(space, POST), "the grace is over, the bill is open");
    paper.until_ended(bill);
    assert_eq!(paper.status(bill), Status::Failed);
    assert!(paper.state.is_dropped(space, POST), "the issue that ends the vote drops it");
    let late = paper.open(consumers[1], 2, vec![Effect::Reinstate { document: POST }]);
    assert!(paper.reason(late).unwrap().contains("is dropped"));
    let nothing = paper.open(consumers[1], 3, vec![Effect::Reinstate { document: DocumentId([3; 32]) }]);
    assert!(paper.reason(nothing).unwrap().contains("not removed"));
    check(&paper);
}

#[test]
fn a_community_has_five_pins() {
    let (mut paper, _, space) = talk(1);
    let pin = |paper: &mut Paper, n: u8, what| {
        let act = paper.law(ALICE, measure(space, DocumentId([n; 32]), what, 0));
        paper.print(1);
        paper.reason(act).map(str::to_owned)
    };
    assert!((1..=5).all(|n| pin(&mut paper, n, Measure::Pin).is_none()));
    assert!(pin(&mut paper, 6, Measure::Pin).unwrap().contains("as many as may be"));
    assert!(pin(&mut paper, 5, Measure::Pin).unwrap().contains("already"));
    assert_eq!(pin(&mut paper, 3, Measure::Unpin), None);
    assert!(pin(&mut paper, 3, Measure::Unpin).unwrap().contains("not pinned"));
    assert_eq!(pin(&mut paper, 6, Measure::Pin), None);
    let pins = [6, 5, 4, 2, 1].map(|n: u8| DocumentId([n; 32])).to_vec();
    assert_eq!(paper.state.pins.get(&space), Some(&pins), "the latest first");
    check(&paper);
}

#[test]
fn reports_are_open_until_a_moderator_has_looked() {
    let (mut paper, consumers, space) = talk(2);
    let (bob, carol) = (consumers[0], consumers[1]);
    assert_eq!(reports(&mut paper, bob, space, POST), None);
    assert_eq!(reports(&mut paper, carol, space, POST), None);
    assert!(reports(&mut paper, bob, space, POST).unwrap().contains("open already"));
    assert!(reports(&mut paper, bob, SpaceId([9; 32]), POST).unwrap().contains("no such community"));
    assert!(does(&mut paper, bob, space, Measure::Dismiss, 0).is_some(), "who reports does not decide");
    assert_eq!(paper.state.reports.get(&(POST, space)).map(Vec::len), Some(2));
    assert_eq!(does(&mut paper, ALICE, space, Measure::Dismiss, 0), None);
    assert!(paper.state.reports.is_empty() && paper.state.reporters.is_empty());
    assert!(does(&mut paper, ALICE, space, Measure::Dismiss, 0).unwrap().contains("nobody's report"));
    assert_eq!(reports(&mut paper, bob, space, POST), None);
    assert_eq!(does(&mut paper, ALICE, space, Measure::Remove, 1), None);
    assert!(paper.state.reports.is_empty());
    assert!(reports(&mut paper, carol, space, POST).unwrap().contains("removed already"));
    check(&paper);
}

#[test]
fn nobody_has_more_than_twenty_reports_open() {
    let (mut paper, consumers, space) = talk(1);
    for n in 1..=20 {
        assert_eq!(reports(&mut paper, consumers[0], space, DocumentId([n; 32])), None);
    }
    assert!(reports(&mut paper, consumers[0], space, DocumentId([21; 32])).unwrap().contains("as many as may be"));
    let dismissed = paper.law(ALICE, measure(space, DocumentId([5; 32]), Measure::Dismiss, 0));
    paper.print(1);
    assert_eq!(paper.reason(dismissed), None);
    assert_eq!(reports(&mut paper, consumers[0], space, DocumentId([21; 32])), None);
    check(&paper);
}
