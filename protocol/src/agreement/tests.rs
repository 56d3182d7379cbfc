//! One core by itself; several together are in tests/suite/agreement.rs.

use super::{
    rules::{Backed, Step},
    *,
};
use crate::{
    id::*,
    identity::{SignatureBytes, device_of},
    limits,
};
use ed25519_dalek::SigningKey;
use proptest::prelude::*;

const PLACE: Place = Place { coop: CoopId([1; 32]), height: 0, prev: IssueId([2; 32]) };

fn keys() -> Vec<SigningKey> {
    let mut keys: Vec<_> = (1..=4).map(|i| SigningKey::from_bytes(&[i; 32])).collect();
    keys.sort_by_key(device_of);
    keys
}

/// A core in the place of the fourth teller, who proposes in round 3, and the other tellers' voices.
struct Desk {
    keys: Vec<SigningKey>,
    core: Core,
}

impl Desk {
    fn new() -> Self {
        let keys = keys();
        let tellers: Vec<_> = keys.iter().map(device_of).collect();
        let mut core = Core::begin(PLACE, &tellers, tellers[3], false).unwrap();
        let begun = core.resume(&keys[3]).unwrap();
        let timer = Timer { round: 0, step: Step::Propose };
        assert_eq!(begun, [Output::Ask { round: 0 }, Output::Timer { timer, after_ms: 20_000 }]);
        Self { keys, core }
    }

    fn by(&self, teller: usize, round: u32, said: Said) -> Message {
        Message::sign(PLACE, round, said, None, &self.keys[teller])
    }

    fn proposal(&self, round: u32, body: &[u8], valid_round: Option<u32>) -> Message {
        let said = Said::Propose { issue: IssueId::of(body), valid_round };
        Message::sign(PLACE, round, said, Some(body.to_vec()), &self.keys[proposer(PLACE.height, round, 4)])
    }

    fn give(&mut self, input: Input) -> Vec<Output> {
        let outputs = self.core.handle(input, &self.keys[3].clone()).unwrap();
        self.core = Core::from_row(&self.core.to_row()).unwrap_or_else(|e| panic!("{e}")).with_now_of(&self.core);
        outputs
    }

    fn hear(&mut self, teller: usize, round: u32, said: Said) -> Vec<Output> {
        let message = self.by(teller, round, said);
        self.give(Input::Message(message))
    }

    fn propose(&mut self, round: u32, body: &[u8], valid_round: Option<u32>) -> Vec<Output> {
        let message = self.proposal(round, body, valid_round);
        self.give(Input::Message(message))
    }

    fn judge(&mut self, body: &[u8], round: u32, judgement: Judgement) -> Vec<Output> {
        self.give(Input::Judged { issue: IssueId::of(body), round, judgement })
    }

    fn refused(&mut self, message: Message) -> AgreementError {
        let before = self.core.to_row();
        let error = self.core.handle(Input::Message(message), &self.keys[3].clone()).unwrap_err();
        assert_eq!(self.core.to_row(), before, "{error}");
        error
    }
}

impl Core {
    /// As if it had not been restarted.
    fn with_now_of(self, core: &Core) -> Self {
        Self { now: core.now.clone(), ..self }
    }
}

fn said(outputs: &[Output]) -> Vec<Said> {
    outputs.iter().filter_map(|output| if let Output::Send(message) = output { Some(message.said) } else { None }).collect()
}

fn vote(body: &[u8]) -> Option<IssueId> {
    Some(IssueId::of(body))
}

#[test]
fn an_issue_is_judged_prevoted_precommitted_certified() {
    let mut desk = Desk::new();
    let asked = desk.propose(0, b"a", None);
    assert_eq!(asked, [Output::Judge { issue: IssueId::of(b"a"), round: 0, body: b"a".to_vec() }]);
    assert_eq!(said(&desk.judge(b"a", 0, Judgement::Fresh)), [Said::Prevote(vote(b"a"))]);
    assert_eq!(desk.hear(0, 0, Said::Prevote(vote(b"a"))), []);
    assert_eq!(said(&desk.hear(1, 0, Said::Prevote(vote(b"a")))), [Said::Precommit(vote(b"a"))]);
    let backed = Some(Backed { round: 0, issue: IssueId::of(b"a") });
    assert_eq!((desk.core.local().locked, desk.core.local().valid), (backed, backed));
    assert_eq!(desk.hear(0, 0, Said::Precommit(vote(b"a"))), []);
    let outputs = desk.hear(2, 0, Said::Precommit(vote(b"a")));
    let [Output::Certified { issue, body, certificate }] = &outputs[..] else { panic!("{outputs:?}") };
    let tellers: Vec<_> = desk.keys.iter().map(device_of).collect();
    assert_eq!((*issue, body.as_slice()), (IssueId::of(b"a"), &b"a"[..]));
    assert_eq!(certificate.check(PLACE.coop, PLACE.height, PLACE.prev, *issue, &tellers), Ok(()));
    assert_eq!(desk.hear(1, 0, Said::Precommit(vote(b"a"))), []);
}

#[test]
fn what_is_stale_or_unsound_gets_nil_and_what_is_not_held_is_waited_for() {
    for judgement in [Judgement::Stale, Judgement::Unsound] {
        let mut desk = Desk::new();
        desk.propose(0, b"a", None);
        assert_eq!(said(&desk.judge(b"a", 0, judgement)), [Said::Prevote(None)]);
    }
    let mut desk = Desk::new();
    desk.propose(0, b"a", None);
    assert_eq!(said(&desk.hear(1, 0, Said::Prevote(vote(b"a")))), []);
    assert_eq!(said(&desk.give(Input::Tick(Timer { round: 0, step: Step::Propose }))), [Said::Prevote(None)]);
}

/// Between its prevote and the quorum's, a fork may have this teller let go of what the issue prints.
#[test]
fn what_was_let_go_of_since_is_not_precommitted_until_it_is_judged_again() {
    let mut desk = Desk::new();
    desk.propose(0, b"a", None);
    desk.judge(b"a", 0, Judgement::Fresh);
    assert_eq!(desk.core.judge_anew(), (vec![IssueId::of(b"a")], 0));
    desk.hear(0, 0, Said::Prevote(vote(b"a")));
    assert_eq!(desk.hear(1, 0, Said::Prevote(vote(b"a"))), [Output::Timer { timer: Timer { round: 0, step: Step::Prevote }, after_ms: 20_000 }]);
    assert_eq!(desk.core.local().locked, None);
    assert_eq!(said(&desk.judge(b"a", 0, Judgement::Stale)), [Said::Precommit(vote(b"a"))]);
}

#[test]
fn an_issue_of_an_earlier_round_needs_to_be_sound_only() {
    let mut desk = Desk::new();
    desk.hear(0, 1, Said::Prevote(None));
    desk.hear(2, 1, Said::Prevote(None));
    assert_eq!(desk.core.local().round, 1);
    let asked = desk.propose(1, b"a", Some(0));
    assert!(asked.contains(&Output::Ask { round: 0 }) && asked.iter().any(|output| matches!(output, Output::Judge { round: 1, .. })));
    desk.judge(b"a", 1, Judgement::Stale);
    desk.hear(0, 0, Said::Prevote(vote(b"a")));
    desk.hear(1, 0, Said::Prevote(vote(b"a")));
    assert_eq!(said(&desk.hear(2, 0, Said::Prevote(vote(b"a")))), [Said::Prevote(vote(b"a"))]);
}

/// Locked on "a" in round 0, and in round 1.
fn locked() -> Desk {
    let mut desk = Desk::new();
    desk.propose(0, b"a", None);
    desk.judge(b"a", 0, Judgement::Fresh);
    desk.hear(0, 0, Said::Prevote(vote(b"a")));
    desk.hear(1, 0, Said::Prevote(vote(b"a")));
    desk.hear(0, 0, Said::Precommit(None));
    desk.hear(1, 0, Said::Precommit(None));
    desk.give(Input::Tick(Timer { round: 0, step: Step::Precommit }));
    assert_eq!((desk.core.local().round, desk.core.local().locked), (1, Some(Backed { round: 0, issue: IssueId::of(b"a") })));
    desk
}

#[test]
fn a_lock_is_left_for_no_new_issue() {
    let mut desk = locked();
    desk.propose(1, b"b", None);
    assert_eq!(said(&desk.judge(b"b", 1, Judgement::Fresh)), [Said::Prevote(None)]);
}

#[test]
fn a_lock_is_left_for_a_quorum_that_is_no_older() {
    let mut desk = locked();
    [0, 2].into_iter().for_each(|teller| drop(desk.hear(teller, 2, Said::Prevote(None))));
    desk.propose(2, b"b", Some(1));
    desk.judge(b"b", 2, Judgement::Stale);
    [0, 1].into_iter().for_each(|teller| drop(desk.hear(teller, 1, Said::Prevote(vote(b"b")))));
    assert_eq!(said(&desk.hear(2, 1, Said::Prevote(vote(b"b")))), [Said::Prevote(vote(b"b"))]);
}

#[test]
fn who_is_locked_proposes_that_with_its_round() {
    let mut desk = locked();
    [0, 1].into_iter().for_each(|teller| drop(desk.hear(teller, 3, Said::Precommit(None))));
    let offered = desk.core.offer(Some(3));
    let proposal = offered.iter().find(|message| message.teller == desk.core.me()).unwrap();
    assert_eq!(proposal.said, Said::Propose { issue: IssueId::of(b"a"), valid_round: Some(0) });
    assert_eq!(proposal.body.as_deref(), Some(&b"a"[..]));
}

#[test]
fn the_proposer_drafts_once() {
    let mut desk = Desk::new();
    desk.hear(0, 3, Said::Prevote(None));
    let outputs = desk.hear(1, 3, Said::Prevote(None));
    assert!(outputs.contains(&Output::Draft { round: 3 }), "{outputs:?}");
    let drafted = desk.give(Input::Drafted { round: 3, body: b"mine".to_vec() });
    assert_eq!(said(&drafted), [Said::Propose { issue: IssueId::of(b"mine"), valid_round: None }]);
    assert_eq!(desk.give(Input::Drafted { round: 3, body: b"other".to_vec() }), []);
    let large = Input::Drafted { round: 3, body: vec![0; limits::ISSUE_BYTES + 1] };
    assert!(matches!(desk.core.handle(large, &desk.keys[3]), Err(AgreementError::Draft(_))));
}

/// One that says three things in a round would hide a quorum of that round from whom it told the other two first: they
/// could not follow those who are locked, and these could not follow them.
#[test]
fn nobody_can_hide_a_quorum_that_others_have_seen() {
    let mut desk = Desk::new();
    [None, vote(b"b"), vote(b"a")].into_iter().for_each(|issue| drop(desk.hear(0, 0, Said::Prevote(issue))));
    [1, 2].into_iter().for_each(|teller| drop(desk.hear(teller, 0, Said::Prevote(vote(b"a")))));
    [1, 2].into_iter().for_each(|teller| drop(desk.hear(teller, 1, Said::Prevote(None))));
    let asked = desk.propose(1, b"a", Some(0));
    assert!(asked.contains(&Output::Ask { round: 0 }), "{asked:?}");
    assert_eq!(said(&desk.judge(b"a", 1, Judgement::Stale)), []);
    let again = desk.by(0, 0, Said::Prevote(vote(b"a")));
    assert!(desk.core.lacks(&again));
    assert_eq!(said(&desk.give(Input::Message(again.clone()))), [Said::Prevote(vote(b"a"))]);
    assert!(!desk.core.lacks(&again));
}

#[test]
fn a_restart_sends_again_and_signs_nothing_else() {
    let mut desk = Desk::new();
    desk.propose(0, b"a", None);
    let sent = desk.judge(b"a", 0, Judgement::Fresh);
    let mut again = Core::from_row(&desk.core.to_row()).unwrap();
    let resumed = again.resume(&desk.keys[3]).unwrap();
    assert_eq!(said(&resumed), said(&sent));
    let answer = Input::Judged { issue: IssueId::of(b"a"), round: 0, judgement: Judgement::Stale };
    assert_eq!(again.handle(answer, &desk.keys[3]).unwrap(), []);
}

#[test]
fn what_it_forgot_and_others_bring_back_is_not_contradicted() {
    let mut desk = Desk::new();
    desk.hear(3, 0, Said::Prevote(vote(b"b")));
    desk.propose(0, b"a", None);
    assert_eq!(said(&desk.judge(b"a", 0, Judgement::Fresh)), []);
}

#[test]
fn contradictions_are_proof() {
    let mut desk = Desk::new();
    desk.hear(0, 0, Said::Prevote(None));
    let outputs = desk.hear(0, 0, Said::Prevote(vote(b"a")));
    let [Output::Evidence(proof)] = &outputs[..] else { panic!("{outputs:?}") };
    assert!(proof.holds(PLACE.coop) && !proof.holds(CoopId([9; 32])));
    assert_eq!(desk.core.contradictions(), [(**proof).clone()]);
    assert!(!Contradiction { first: proof.first.clone(), second: proof.first.clone() }.holds(PLACE.coop));
    let forged = Message { signature: SignatureBytes([0; 64]), ..proof.second.clone() };
    assert!(!Contradiction { first: proof.first.clone(), second: forged }.holds(PLACE.coop));
    let other_kind = desk.by(0, 0, Said::Precommit(None));
    assert!(!Contradiction { first: proof.first.clone(), second: other_kind }.holds(PLACE.coop));
}

#[test]
fn strangers_and_forgeries_change_nothing() {
    let mut desk = Desk::new();
    let good = desk.by(0, 0, Said::Prevote(None));
    assert!(matches!(desk.refused(Message { signature: SignatureBytes([1; 64]), ..good.clone() }), AgreementError::Message(_)));
    assert!(matches!(desk.refused(Message { height: 1, ..good.clone() }), AgreementError::Elsewhere { .. }));
    assert!(matches!(desk.refused(Message { prev: IssueId([9; 32]), ..good }), AgreementError::Elsewhere { .. }));
    let stranger = Message::sign(PLACE, 0, Said::Prevote(None), None, &SigningKey::from_bytes(&[9; 32]));
    assert!(matches!(desk.refused(stranger), AgreementError::NoTeller(_)));
    let not_its_turn = desk.by(0, 1, Said::Propose { issue: IssueId::of(b"a"), valid_round: None });
    assert!(matches!(desk.refused(not_its_turn), AgreementError::NotItsTurn { round: 1, .. }));
}

#[test]
fn a_certificate_from_elsewhere_ends_the_height() {
    let mut desk = Desk::new();
    let signed = (0..3).map(|teller| desk.by(teller, 5, Said::Precommit(vote(b"a"))));
    let signatures: Vec<_> = signed.map(|message| (message.teller, message.signature)).collect();
    let few = Certificate { round: 5, signatures: signatures[..2].to_vec() };
    let end = |certificate| Input::Certified { issue: IssueId::of(b"a"), certificate };
    assert!(matches!(desk.core.handle(end(few), &desk.keys[3]), Err(AgreementError::Certificate(_))));
    assert_eq!(desk.give(end(Certificate { round: 5, signatures })), []);
    assert_eq!(desk.core.ended(), vote(b"a"));
    assert_eq!(desk.propose(0, b"b", None), []);
}

#[test]
fn precommits_for_what_is_not_held_ask_for_it() {
    let mut desk = Desk::new();
    [0, 1].into_iter().for_each(|teller| drop(desk.hear(teller, 0, Said::Precommit(vote(b"a")))));
    let outputs = desk.hear(2, 0, Said::Precommit(vote(b"a")));
    assert!(outputs.contains(&Output::Ask { round: 0 }), "{outputs:?}");
    desk.propose(0, b"a", None);
    let outputs = desk.judge(b"a", 0, Judgement::Stale);
    assert!(outputs.iter().any(|output| matches!(output, Output::Certified { .. })), "{outputs:?}");
}

#[test]
fn timers_grow_and_end() {
    let after = |round, quick| Timer { round, step: Step::Propose }.after_ms(quick);
    assert_eq!([0, 1, 58, 59, u32::MAX].map(|round| after(round, false)), [20_000, 30_000, 600_000, 600_000, 600_000]);
    assert_eq!(after(0, true), 200);
}

#[test]
fn only_timers_that_were_set_run_out() {
    let mut desk = Desk::new();
    for timer in [(0, Step::Prevote), (0, Step::Precommit), (1, Step::Propose)].map(|(round, step)| Timer { round, step }) {
        assert_eq!(desk.give(Input::Tick(timer)), []);
    }
    assert_eq!(desk.core.local(), &rules::Local::START);
}

#[test]
fn tellers_are_four_five_or_seven() {
    let tellers: Vec<_> = (1..=8).map(|i| device_of(&SigningKey::from_bytes(&[i; 32]))).collect();
    for n in 0..=8 {
        let begun = Core::begin(PLACE, &tellers[..n], tellers[0], false);
        assert_eq!(begun.is_ok(), [4, 5, 7].contains(&n), "{n}");
    }
    assert!(matches!(Core::begin(PLACE, &tellers[..4], tellers[7], false), Err(AgreementError::NoTeller(_))));
    assert_eq!([1, 4, 5, 7].map(quorum), [1, 3, 4, 5]);
    assert_eq!([1, 4, 5, 7].map(most_hostile), [0, 1, 1, 2]);
    assert_eq!(proposer(u64::MAX, u32::MAX, 4), 2);
}

#[test]
fn what_strangers_make_it_keep_is_bounded() {
    let mut desk = Desk::new();
    let body = |round: u32, i: u32| [vec![0; limits::ISSUE_BYTES - 8], round.to_be_bytes().into(), i.to_be_bytes().into()].concat();
    for round in (0..1000).step_by(4) {
        for i in 0..3 {
            desk.core.handle(Input::Message(desk.proposal(round, &body(round, i), None)), &desk.keys[3]).unwrap();
            for teller in 0..2 {
                let issue = vote(&i.to_be_bytes());
                let votes = [Said::Prevote(issue), Said::Precommit(issue)].map(|said| desk.by(teller, round, said));
                votes.into_iter().for_each(|message| drop(desk.core.handle(Input::Message(message), &desk.keys[3]).unwrap()));
            }
        }
    }
    assert!(desk.core.local().round >= 990, "{:?}", desk.core.local());
    let (row, bodies) = (desk.core.to_row().len(), desk.core.bodies.len());
    assert!(bodies <= 3 && row < 4 * limits::ISSUE_BYTES, "{bodies} bodies, {row} bytes");
    assert!(desk.core.votes.all().count() <= limits::ROUNDS_KEPT as usize * limits::TELLERS * 6);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = crate::cbor::decode::<Message>(&bytes).map(|message| message.check(PLACE.coop));
        let _ = crate::cbor::decode::<Certificate>(&bytes);
        let _ = crate::cbor::decode::<Contradiction>(&bytes).map(|proof| proof.holds(PLACE.coop));
        prop_assert!(Core::from_row(&bytes).is_err());
    }

    #[test]
    fn a_changed_row_never_makes_it_panic(at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let desk = locked();
        let mut row = desk.core.to_row();
        let at = at.index(row.len());
        row[at] = to;
        if let Ok(mut core) = Core::from_row(&row) {
            let _ = core.resume(&desk.keys[3]);
            let _ = core.offer(None);
        }
    }
}
