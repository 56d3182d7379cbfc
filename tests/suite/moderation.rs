//! Moderation among nodes: what is removed is hidden at once and gone after the grace, on every node.

use folkmoot_node::{
    api::{Draft, Failure, LawDraft, Request, Written},
    cli::why::reasons,
    keystore::Keystore,
    service::Input,
    store::query::{FeedQuery, SearchQuery, Viewer},
};
use folkmoot_protocol::{
    act::law::Measure,
    id::*,
    law::Choice,
    view::{Deed, FeedSort, PostView, ThreadSort, ThreadView},
};
use folkmoot_tests::sim::{Faults, Sim, quick};

/// Stands nowhere by chance.
const MARKER: &str = "zwgfhxqvbk";

/// So many people under the preset quick, where the workers alone decide as long as nobody pays; what machine 0 founds it
/// also moderates.
pub(super) fn talk(seed: u64, people: usize) -> (Sim, SpaceId) {
    talk_under(seed, people, &[])
}

/// As [`talk`], with other values of the charter.
pub(super) fn talk_under(seed: u64, people: usize, others: &[(&str, &str)]) -> (Sim, SpaceId) {
    let mut sim = Sim::new(seed, people, Faults::none());
    let space = sim.found_under(quick(&[&[("empty.body", "waived")], others].concat()));
    sim.settle(30_000);
    (sim, space)
}

fn post(sim: &mut Sim, node: usize, community: SpaceId, title: &str) -> Written {
    let draft = Draft::Post { community, title: title.into(), text: format!("So {MARKER}."), url: None, origin: None };
    let written = sim.submit(node, draft).unwrap();
    sim.settle(30_000);
    written
}

fn comment(sim: &mut Sim, node: usize, on: DocumentId) -> Result<Written, Failure> {
    sim.submit(node, Draft::Comment { on, text: format!("Indeed {MARKER}"), origin: None })
}

fn moderate(sim: &mut Sim, node: usize, document: DocumentId, measure: Measure) -> Result<Written, Failure> {
    sim.submit(node, Draft::Law(LawDraft::Moderate { document, measure, rule: 2, reason: "It advertises.".into() }))
}

pub(super) fn viewer(sim: &Sim, node: usize) -> Viewer {
    let device = sim.service(node).device();
    let person = sim.service(node).world().register.standing(device).map(|(_, credential)| credential.person).unwrap();
    Viewer { person, device }
}

fn feed(sim: &Sim, node: usize, community: Option<SpaceId>) -> Vec<PostView> {
    let query = FeedQuery { community, sort: FeedSort::Old, period_ms: None, page: None, saved: false, limit: 50 };
    sim.service(node).store().as_reader().feed(&query, &viewer(sim, node), sim.now).unwrap().posts
}

pub(super) fn titles(sim: &Sim, node: usize) -> Vec<String> {
    feed(sim, node, None).into_iter().map(|post| post.title).collect()
}

pub(super) fn thread(sim: &Sim, node: usize, id: DocumentId) -> ThreadView {
    sim.service(node).store().as_reader().thread(id, ThreadSort::Old, &viewer(sim, node), sim.now).unwrap().unwrap()
}

fn hits(sim: &Sim, node: usize) -> usize {
    let query = SearchQuery { words: MARKER.into(), community: None, author: None, kind: None, page: None, limit: 50 };
    sim.service(node).store().as_reader().search(&query).unwrap().hits.len()
}

fn has_payload(sim: &Sim, node: usize, op: OpId) -> bool {
    sim.service(node).store().as_reader().operation(op).unwrap().unwrap().op.payload.is_some()
}

fn height(sim: &Sim, node: usize) -> u64 {
    sim.service(node).world().law.as_ref().unwrap().height()
}

/// The same operations, the same issues, the same state; and nothing wrong.
pub(super) fn assert_agreed(sim: &Sim, nodes: &[usize]) {
    let reports: Vec<_> = nodes.iter().map(|node| sim.verify(*node)).collect();
    for report in &reports {
        assert_eq!((report.state_hash.as_str(), report.law.as_str()), (reports[0].state_hash.as_str(), reports[0].law.as_str()));
        assert_eq!(report.faults, []);
    }
}

#[test]
fn a_removal_hides_at_once_and_drops_after_the_grace_also_where_nobody_was_there() {
    let (mut sim, space) = talk(41, 3);
    let written = post(&mut sim, 1, space, "Mill");
    let answer = comment(&mut sim, 2, written.id).unwrap();
    sim.settle(30_000);
    assert_eq!((titles(&sim, 1), hits(&sim, 1)), (vec!["Mill".to_owned()], 2));
    // Machine 2 is away from here on.
    sim.split(&[0, 0, 1]);
    let act = moderate(&mut sim, 0, written.id, Measure::Remove).unwrap();
    assert_eq!(titles(&sim, 0), Vec::<String>::new(), "hidden where it was removed, before anything is printed");
    assert_eq!(thread(&sim, 0, written.id).post.removed.map(|removed| (removed.op, removed.issue)), Some((act.op, None)));
    sim.run_for(5_000);
    for node in [0, 1] {
        let post = thread(&sim, node, written.id).post;
        let removed = post.removed.unwrap();
        assert_eq!((removed.rule, removed.reason.as_str(), removed.issue.is_some()), (2, "It advertises.", true));
        assert_eq!((post.title.as_str(), post.text.as_str(), hits(&sim, node)), ("", "", 1), "the comment is still found");
        assert!(has_payload(&sim, node, written.op), "an appeal could bring it back");
    }
    assert_eq!(comment(&mut sim, 1, written.id).unwrap_err().code, "removed");
    sim.run_for(35_000);
    for node in [0, 1] {
        assert!(!has_payload(&sim, node, written.op) && has_payload(&sim, node, answer.op));
        let thread = thread(&sim, node, written.id);
        assert!(thread.post.removed.is_some() && thread.comments.len() == 1, "its place and the comments are left");
    }
    assert_eq!((titles(&sim, 2), has_payload(&sim, 2, written.op)), (vec!["Mill".to_owned()], true), "nobody could tell it");
    let dropped = sim.service(0).store().as_reader().moderations().unwrap()[&(written.id, space)].dropped.unwrap();
    let readers = |sim: &Sim| sim.service(0).store().as_reader().readers_of_issue(dropped).unwrap();
    assert_eq!(readers(&sim), (1, 2), "of the two others one has said that it read the issue with which it is dropped");
    sim.heal();
    sim.run_for(60_000);
    assert_eq!(readers(&sim), (2, 2));
    assert_eq!((titles(&sim, 2), has_payload(&sim, 2, written.op)), (vec![], false));
    assert_agreed(&sim, &[0, 1, 2]);
    assert_eq!(moderate(&mut sim, 0, written.id, Measure::Restore).unwrap_err().code, "no-effect");
    let before = sim.verify(1).state_hash;
    assert_eq!(sim.rebuild(1).state_hash, before);
    assert!(thread(&sim, 1, written.id).post.removed.is_some());
}

#[test]
fn what_is_restored_in_time_is_back_with_all_it_said() {
    let (mut sim, space) = talk(42, 2);
    let written = post(&mut sim, 1, space, "Bakery");
    moderate(&mut sim, 0, written.id, Measure::Remove).unwrap();
    sim.run_for(10_000);
    assert_eq!(moderate(&mut sim, 0, written.id, Measure::Remove).unwrap_err().code, "no-effect");
    assert_eq!(hits(&sim, 1), 0);
    moderate(&mut sim, 0, written.id, Measure::Restore).unwrap();
    sim.run_for(40_000);
    for node in [0, 1] {
        assert_eq!((titles(&sim, node), hits(&sim, node)), (vec!["Bakery".to_owned()], 1));
        assert!(has_payload(&sim, node, written.op));
    }
    let view = sim.service(1).store().as_reader();
    let because = reasons(view, view.law_book(sim.now).unwrap().unwrap(), &written.id.to_string()).unwrap();
    let links: Vec<_> = because.iter().map(|link| (link.what.as_str(), link.issue.is_some(), link.rule.is_some())).collect();
    assert_eq!(links[..3], [("was written", false, false), ("was removed: It advertises.", true, true), ("was restored: It advertises.", true, true)]);
    let log = sim.service(1).store().as_reader().modlog(Some(space)).unwrap();
    let did: Vec<_> = log.iter().map(|entry| (entry.measure, entry.effect, entry.stands)).collect();
    assert_eq!(did, [(Deed::Document(Measure::Restore), Some(true), None), (Deed::Document(Measure::Remove), Some(true), Some(false))]);
    assert_agreed(&sim, &[0, 1]);
}

#[test]
fn a_bill_brings_back_what_a_moderator_removed() {
    let (mut sim, space) = talk(43, 2);
    let written = post(&mut sim, 1, space, "Bakery");
    moderate(&mut sim, 0, written.id, Measure::Remove).unwrap();
    sim.run_for(15_000);
    let bill = LawDraft::Bill { title: "Bring it back".into(), text: String::new(), effects: format!("reinstate {}", written.id), writers: vec![] };
    let bill = sim.submit(1, Draft::Law(bill)).unwrap().id;
    sim.settle(30_000);
    sim.submit(0, Draft::Law(LawDraft::Open { document: bill, requires: None, sunset: None })).unwrap();
    sim.run_for(5_000);
    sim.submit(0, Draft::Law(LawDraft::Vote { document: bill, choice: Choice::For })).unwrap();
    sim.run_for(15_000);
    assert!(has_payload(&sim, 1, written.op), "the grace is over, and the bill is open");
    sim.run_for(30_000);
    for node in [0, 1] {
        assert_eq!((titles(&sim, node), hits(&sim, node)), (vec!["Bakery".to_owned()], 1));
    }
    let again = moderate(&mut sim, 0, written.id, Measure::Remove).unwrap_err();
    assert!(again.error.contains("a bill took back its removal by rule 2"), "{again}");
    assert_agreed(&sim, &[0, 1]);
}

#[test]
fn only_a_moderator_moderates() {
    let (mut sim, space) = talk(44, 2);
    let written = post(&mut sim, 0, space, "Bakery");
    assert_eq!(moderate(&mut sim, 1, written.id, Measure::Remove).unwrap_err().code, "may-not");
    assert_eq!(moderate(&mut sim, 1, written.id, Measure::Dismiss).unwrap_err().code, "may-not");
    assert_eq!(moderate(&mut sim, 0, DocumentId([7; 32]), Measure::Remove).unwrap_err().code, "not-found");
    let answer = comment(&mut sim, 1, written.id).unwrap();
    sim.settle(30_000);
    assert_eq!(moderate(&mut sim, 0, answer.id, Measure::Lock).unwrap_err().code, "kind");
    assert_eq!(moderate(&mut sim, 0, answer.id, Measure::Remove).map(|written| written.id), Ok(answer.id));
    sim.run_for(5_000);
    let gone = thread(&sim, 1, written.id).comments.remove(0);
    assert!(gone.removed.is_some() && gone.text.is_empty());
}

#[test]
fn comments_end_with_a_lock_and_later_ones_are_told() {
    let (mut sim, space) = talk(45, 3);
    let written = post(&mut sim, 1, space, "Bakery");
    let before = comment(&mut sim, 2, written.id).unwrap();
    sim.settle(30_000);
    sim.split(&[0, 0, 1]);
    moderate(&mut sim, 0, written.id, Measure::Lock).unwrap();
    sim.run_for(5_000);
    assert_eq!(comment(&mut sim, 1, written.id).unwrap_err().code, "locked");
    assert_eq!(comment(&mut sim, 0, before.id).unwrap_err().code, "locked");
    let unaware = comment(&mut sim, 2, written.id).unwrap();
    sim.heal();
    sim.run_for(60_000);
    let told = |sim: &Sim, node| thread(sim, node, written.id).comments.into_iter().map(|comment| (comment.id, comment.after_lock)).collect::<Vec<_>>();
    for node in [0, 1, 2] {
        assert_eq!(told(&sim, node), [(before.id, false), (unaware.id, true)]);
        assert!(thread(&sim, node, written.id).post.locked.is_some());
    }
    moderate(&mut sim, 0, written.id, Measure::Unlock).unwrap();
    sim.run_for(5_000);
    assert!(comment(&mut sim, 1, written.id).is_ok());
    assert_eq!(told(&sim, 1)[1], (unaware.id, false));
}

#[test]
fn a_pinned_post_stands_first_in_its_community() {
    let (mut sim, space) = talk(46, 2);
    let first = post(&mut sim, 1, space, "First");
    let second = post(&mut sim, 1, space, "Second");
    moderate(&mut sim, 0, second.id, Measure::Pin).unwrap();
    sim.run_for(5_000);
    for node in [0, 1] {
        let shown: Vec<_> = feed(&sim, node, Some(space)).into_iter().map(|post| (post.id, post.pinned)).collect();
        assert_eq!(shown, [(second.id, true), (first.id, false)]);
        assert_eq!(titles(&sim, node), ["First", "Second"], "in a feed of all communities it stands where it belongs");
    }
    moderate(&mut sim, 0, second.id, Measure::Unpin).unwrap();
    sim.run_for(5_000);
    assert_eq!(feed(&sim, 1, Some(space))[0].id, first.id);
}

#[test]
fn a_report_is_open_until_a_moderator_has_dealt_with_it() {
    let (mut sim, space) = talk(47, 3);
    let written = post(&mut sim, 0, space, "Mill");
    let report = |sim: &mut Sim, node| sim.submit(node, Draft::Law(LawDraft::Report { document: written.id, reason: "It advertises.".into() }));
    let open = |sim: &Sim, node: usize| {
        let view = sim.service(node).store().as_reader();
        let book = view.law_book(sim.now).unwrap().unwrap();
        view.open_reports(&book.provisional, Some(space)).unwrap().len()
    };
    report(&mut sim, 1).unwrap();
    assert_eq!(open(&sim, 1), 1, "shown before it is printed");
    report(&mut sim, 2).unwrap();
    assert_eq!(report(&mut sim, 1).unwrap_err().code, "no-effect");
    sim.run_for(5_000);
    assert_eq!(open(&sim, 0), 2);
    moderate(&mut sim, 0, written.id, Measure::Dismiss).unwrap();
    sim.run_for(5_000);
    assert_eq!([0, 1, 2].map(|node| open(&sim, node)), [0, 0, 0]);
    assert_eq!(titles(&sim, 1), ["Mill"]);
    // In whatever order these two are printed.
    report(&mut sim, 1).unwrap();
    moderate(&mut sim, 0, written.id, Measure::Remove).unwrap();
    sim.run_for(5_000);
    assert_eq!([0, 1, 2].map(|node| open(&sim, node)), [0, 0, 0]);
}

#[test]
fn an_old_copy_of_what_was_dropped_stays_away() {
    let (mut sim, space) = talk(48, 2);
    let written = post(&mut sim, 1, space, "Mill");
    let old = sim.operations(1, space);
    moderate(&mut sim, 0, written.id, Measure::Remove).unwrap();
    sim.run_for(45_000);
    assert!(!has_payload(&sim, 0, written.op));
    sim.import(0, old.clone());
    assert!(!has_payload(&sim, 0, written.op));
    // A newcomer who knows what the Gazette printed is handed the old copy before anything else of the community.
    let carol = sim.add(Keystore::in_memory("Carol", [7; 64]));
    sim.join(carol, 0);
    sim.run_for(20_000);
    assert_eq!(height(&sim, carol), height(&sim, 0));
    sim.split(&[0, 0, 1]);
    sim.ask(carol, Request::Follow { space, on: true }).unwrap();
    sim.import(carol, old.clone());
    assert_eq!((titles(&sim, carol), hits(&sim, carol), has_payload(&sim, carol, written.op)), (vec![], 0, false));
    sim.heal();
    sim.run_for(30_000);
    assert_agreed(&sim, &[0, 1, carol]);
}

fn hand_issues(sim: &mut Sim, of: usize, to: usize) {
    let issues = sim.service(of).store().as_reader().issues_from(1, 64).unwrap().into_iter().map(|kept| kept.signed).collect();
    sim.input(to, Input::Issues { issues });
}

/// A replica that is handed the spaces' operations in this order, then the issues.
fn replica(sim: &mut Sim, of: usize, spaces: &[SpaceId]) -> usize {
    let entropy = sim.random.bytes();
    let copy = sim.copy_machine(of, Keystore::in_memory("Nobody", entropy), spaces);
    hand_issues(sim, of, copy);
    copy
}

#[test]
fn the_order_of_arrival_does_not_matter() {
    let (mut sim, space) = talk(49, 2);
    let (mill, bakery, oven) = (post(&mut sim, 1, space, "Mill"), post(&mut sim, 1, space, "Bakery"), post(&mut sim, 1, space, "Oven"));
    let whole = sim.operations(1, space);
    moderate(&mut sim, 0, mill.id, Measure::Remove).unwrap();
    moderate(&mut sim, 0, oven.id, Measure::Pin).unwrap();
    sim.run_for(45_000);
    moderate(&mut sim, 0, bakery.id, Measure::Remove).unwrap();
    moderate(&mut sim, 0, oven.id, Measure::Lock).unwrap();
    sim.run_for(10_000);
    let (hall_first, hall_last) = (replica(&mut sim, 0, &[SpaceId::HALL, space]), replica(&mut sim, 1, &[space, SpaceId::HALL]));
    // One that had the whole text before it heard of anything.
    let before = sim.copy_machine(1, Keystore::in_memory("Nobody", [9; 64]), &[SpaceId::HALL, space]);
    sim.import(before, whole);
    assert!(has_payload(&sim, before, mill.op));
    hand_issues(&mut sim, 0, before);
    for node in [1, hall_first, hall_last, before] {
        assert_eq!(height(&sim, node), height(&sim, 0));
        let rows = |node: usize| sim.service(node).store().as_reader().moderations().unwrap();
        assert_eq!(rows(node), rows(0));
        assert!(!has_payload(&sim, node, mill.op) && has_payload(&sim, node, bakery.op));
    }
    assert_agreed(&sim, &[0, 1, hall_first, hall_last, before]);
}
