//! What the model found, as ordinary tests: each is a shrunk list of operations, delivered as a file would.

use super::desk::*;
use folkmoot_node::store::query::Viewer;
use folkmoot_protocol::{id::*, op::*, view::ThreadSort};

#[test]
fn acts_count_where_the_first_operation_in_the_hall_was_a_profile() {
    let mut desk = Desk::new();
    let carl = desk.pen(3);
    let (profile, admit) = (desk.profile(BOB, "Robert"), desk.admit(BOB, carl, "Carl"));
    let mut node = desk.node();
    node.give(&[profile, admit]);
    assert_eq!(node.names(), ["Ann", "Carl", "Robert"]);
}

#[test]
fn only_an_edit_names_a_document() {
    let mut desk = Desk::new();
    let payload = || Payload::from_bytes(vec![0; 17]);
    let named = desk.try_sign(BOB, desk.space, Kind::Unknown(9), Some(DocumentId([1; 32])), payload());
    assert_eq!(named.unwrap_err().to_string(), "the header contradicts itself: only an edit names a document");
    // One of a newer version is kept and handed on as it came.
    let newer = desk.try_sign(BOB, desk.space, Kind::Unknown(9), None, payload()).unwrap();
    let mut node = desk.node();
    node.give(std::slice::from_ref(&newer));
    assert_eq!(node.0.store().as_reader().operation(newer.id()).unwrap().unwrap().op.to_signed(), newer.to_signed());
    node.assert_rebuilt_is_the_same();
}

#[test]
fn a_name_goes_with_what_said_it() {
    let mut desk = Desk::new();
    let carl = desk.pen(3);
    let (profile, admit) = (desk.profile(BOB, "Robert"), desk.admit(BOB, carl, "Carl"));
    desk.forget(BOB, SpaceId::HALL, &admit);
    let fork = desk.profile(BOB, "Bobby");
    let mut node = desk.node();
    node.give(&[profile.clone(), admit]);
    node.give(&[fork]);
    assert_eq!(node.names(), ["Ann", "Robert"], "the admission is beyond the fork");
    desk.forget(BOB, SpaceId::HALL, &profile);
    let fork = desk.profile(BOB, "Bobby");
    node.give(&[fork]);
    assert_eq!(node.names(), ["Ann", "Bob"], "the profile is beyond the fork");
    node.assert_rebuilt_is_the_same();
    assert_eq!(node.names(), ["Ann", "Bob"]);
}

#[test]
fn one_without_its_payload_does_not_keep_the_whole_one_out() {
    let mut desk = Desk::new();
    let (post, _) = desk.post(BOB, "Rye");
    let mut node = desk.empty_node();
    node.give(&[bare(&post)]);
    node.give(&[post]);
    node.give(&desk.start);
    assert_eq!(node.posts(), [("Rye".into(), 1)]);
}

#[test]
fn both_branches_of_a_fork_may_wait() {
    let mut desk = Desk::new();
    let (below, _) = desk.post(BOB, "Rye");
    let (first, _) = desk.post(BOB, "Oats");
    desk.forget(BOB, desk.space, &first);
    let (second, _) = desk.post(BOB, "Spelt");
    let mut node = desk.node();
    node.give(&[first, second]);
    node.give(&[below]);
    assert_eq!((node.posts(), node.closed()), (vec![("Rye".into(), 1)], vec![2]));
}

#[test]
fn nobody_reacts_in_the_hall() {
    let mut desk = Desk::new();
    let profile = desk.profile(BOB, "Robert");
    let reaction = desk.react(ANN, SpaceId::HALL, DocumentId::profile_of(desk.person(BOB)));
    let mut node = desk.node();
    node.give(&[profile, reaction]);
    node.assert_rebuilt_is_the_same();
}

#[test]
fn a_reaction_beyond_a_fork_in_the_same_batch_leaves_nothing() {
    let mut desk = Desk::new();
    let (post, id) = desk.post(ANN, "Rye");
    let reaction = desk.react(BOB, desk.space, id);
    desk.forget(BOB, desk.space, &reaction);
    let (fork, _) = desk.post(BOB, "Oats");
    let (after, _) = desk.post(ANN, "Spelt");
    let mut node = desk.node();
    node.give(&[post, reaction, fork, after]);
    assert_eq!(node.posts(), [("Rye".into(), 1), ("Spelt".into(), 1)]);
    node.assert_rebuilt_is_the_same();
}

#[test]
fn an_erasure_counts_wherever_its_chain_parts() {
    let mut desk = Desk::new();
    let (post, id) = desk.post(BOB, "Rye");
    let (missing, _) = desk.post(BOB, "Oats");
    let erasure = desk.erase(BOB, id);
    // It came before its chain was known, and what lies between is missing still.
    let mut node = desk.node();
    node.give(std::slice::from_ref(&erasure));
    node.give(std::slice::from_ref(&post));
    assert_eq!(node.posts(), []);
    // It stands on the other branch of a fork of which this node has one only.
    desk.forget(BOB, desk.space, &missing);
    let (other, _) = desk.post(BOB, "Spelt");
    let (longer, _) = desk.post(BOB, "Millet");
    let mut node = desk.node();
    node.give(&[post, other]);
    node.give(std::slice::from_ref(&erasure));
    assert_eq!((node.posts(), node.closed()), (vec![("Spelt".into(), 1)], vec![]));
    node.give(&[longer]);
    assert_eq!((node.posts(), node.closed()), (vec![("Spelt".into(), 1)], vec![3]));
    node.give(&[missing]);
    assert_eq!((node.posts(), node.closed()), (vec![], vec![2]));
}

#[test]
fn two_of_one_number_prove_a_fork_whatever_they_follow() {
    let mut desk = Desk::new();
    let (below, _) = desk.post(BOB, "Rye");
    let (first, last) = (desk.post(BOB, "Oats").0, desk.post(BOB, "Millet").0);
    desk.forget(BOB, desk.space, &first);
    let (other, other_last) = (desk.post(BOB, "Spelt").0, desk.post(BOB, "Emmer").0);
    let posts = |titles: &[&str]| titles.iter().map(|title| (title.to_string(), 1)).collect::<Vec<_>>();
    let mut node = desk.node();
    node.give(&[below.clone(), first.clone(), last.clone()]);
    node.give(std::slice::from_ref(&other_last));
    assert_eq!((node.posts(), node.closed()), (posts(&["Oats", "Rye"]), vec![3]));
    node.give(std::slice::from_ref(&other));
    assert_eq!((node.posts(), node.closed()), (posts(&["Rye"]), vec![2]));
    node.assert_rebuilt_is_the_same();
    // Both wait for what they follow; the one that came in before it, too.
    let mut node = desk.node();
    node.give(&[last.clone(), bare(&other_last)]);
    assert_eq!(node.closed(), [0; 0], "whose chain it is, is not known yet");
    node.give(&[below.clone(), first.clone()]);
    assert_eq!((node.posts(), node.closed()), (posts(&["Oats", "Rye"]), vec![3]));
    let mut node = desk.node();
    node.give(&[below, first]);
    node.give(std::slice::from_ref(&other_last));
    assert_eq!(node.closed(), [0; 0], "it parts below, but there is nothing to show for it");
    node.give(&[last]);
    assert_eq!((node.posts(), node.closed()), (posts(&["Oats", "Rye"]), vec![3]));
    node.give(&[other]);
    assert_eq!((node.posts(), node.closed()), (posts(&["Rye"]), vec![2]));
    node.assert_rebuilt_is_the_same();
}

#[test]
fn nothing_that_the_founder_signs_takes_the_founding_away() {
    let mut desk = Desk::new();
    let mut node = desk.node();
    desk.pens[ANN].ends.remove(&SpaceId::HALL);
    let again = desk.profile(ANN, "Anna");
    node.give(&[again]);
    assert_eq!((node.names(), node.closed()), (vec!["Ann".into(), "Bob".into()], vec![]));
}

#[test]
fn a_chain_that_begins_with_something_erased_comes_in() {
    let mut desk = Desk::new();
    let (post, id) = desk.post(BOB, "Rye");
    let (erasure, after) = (desk.erase(BOB, id), desk.post(BOB, "Oats").0);
    // As a peer sends it: what explains a missing payload comes first.
    let mut node = desk.node();
    node.give(&[erasure.clone(), bare(&post), erasure, after]);
    assert_eq!(node.posts(), [("Oats".into(), 1)]);
    node.assert_rebuilt_is_the_same();
}

#[test]
fn what_a_stranger_erased_is_not_shown_as_erased() {
    let mut desk = Desk::new();
    let (post, post_id) = desk.post(ANN, "Rye");
    let (comment, comment_id) = desk.comment(ANN, post_id, None);
    let (answer, _) = desk.comment(BOB, post_id, Some(comment_id));
    let erasure = desk.erase(BOB, comment_id);
    let own = desk.erase(ANN, comment_id);
    let shown = |node: &Node| {
        let viewer = Viewer { person: PersonId::ZERO, device: DeviceId::ZERO };
        node.0.store().as_reader().thread(post_id, ThreadSort::Old, &viewer, NOW).unwrap().unwrap().comments[0].erased
    };
    let mut node = desk.node();
    node.give(&[post, answer, erasure]);
    assert!(!shown(&node), "the comment has not come in yet");
    node.give(&[comment, own]);
    assert!(shown(&node));
}
