//! Several tellers at work: what they say to each other, and what this one finds of an issue. The rules by which they
//! agree are [`folkmoot_protocol::agreement`]'s.

use super::{ConnectionId, Service};
use crate::store::{StoreError, wants_printing};
use folkmoot_protocol::{
    agreement::{Core, Input, Judgement, Message as Said, Output, Place, Timer},
    cbor,
    id::*,
    law::{Issue, IssueError, SignedIssue, is_in_order},
    limits,
    sync::Breach,
    wire::Message,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Where this teller's part in the agreement is kept.
const ROW: &str = "agreement";
/// What is held of the next issue is offered again to the other tellers, in case it was lost on the way.
const OFFER_EVERY_MS: u64 = 10_000;
/// With so short a time to print something in, timers run a hundred times as fast.
const QUICK_BELOW_MS: u64 = 60_000;

/// This teller's part in the agreement on the next issue.
#[derive(Default)]
pub(super) struct Agreeing {
    core: Option<Core>,
    /// The part that this teller took before it was started anew, until it takes part again: what it signed binds it meanwhile.
    kept: Option<Core>,
    /// When timers run out, in ms.
    timers: Vec<(u64, Timer)>,
    /// Issues that wait to be judged until what they print is here, with the last round that asked.
    judging: BTreeMap<IssueId, u32>,
    /// What was passed on already of what each teller said of the next issue, by its round.
    passed_on: BTreeMap<DeviceId, BTreeSet<(u32, [u8; 32])>>,
    place: Option<Place>,
    /// When all was offered to the other tellers last, in ms.
    offered_at: u64,
}

impl Agreeing {
    fn was_passed_on(&self, said: &Said) -> bool {
        self.passed_on.get(&said.teller).is_some_and(|known| known.contains(&known_by(said)))
    }

    /// Takes down that something is passed on; answers whether it is new. Of each teller what it said in its newest rounds
    /// is known: one that says ever new things keeps no other from being heard.
    fn note_passed_on(&mut self, said: &Said) -> bool {
        let (known, digest) = (self.passed_on.entry(said.teller).or_default(), known_by(said));
        if known.len() >= limits::AGREEMENT_PASSED_ON {
            match known.first() {
                Some(oldest) if *oldest < digest => known.pop_first(),
                _ => return false,
            };
        }
        known.insert(digest)
    }
}

fn known_by(said: &Said) -> (u32, [u8; 32]) {
    (said.round, tagged_hash("folkmoot/passed-on/1", &[&cbor::encode(said)]))
}

impl Service {
    /// The next issue, as tellers name it.
    fn next_place(&self) -> Option<Place> {
        let law = self.world.law.as_ref()?;
        Some(Place { coop: law.coop?, height: law.height() + 1, prev: law.signed_after() })
    }

    /// Whether this device is one of several tellers, and has no reason to hold back.
    fn agrees_with_others(&self) -> Result<bool, StoreError> {
        let several = self.world.law.as_ref().is_some_and(|law| law.tellers().len() > 1 && law.tellers().contains(&self.device()));
        Ok(several && self.printing.stopped.is_none() && !self.store.as_reader().is_unsure()?)
    }

    /// What a teller among several does about twice a second. `due`: an issue is to come out.
    pub(super) fn tick_agreement(&mut self, due: bool, now: u64) -> Result<(), StoreError> {
        self.leave_old_height();
        if !self.agrees_with_others()? {
            return Ok(());
        }
        self.enter_height(due, now)?;
        if now.saturating_sub(self.agreeing.offered_at) >= OFFER_EVERY_MS {
            self.agreeing.offered_at = now;
            self.connected_tellers().into_iter().for_each(|connection| self.offer_agreement(connection, None, None));
        }
        let (ripe, later) = std::mem::take(&mut self.agreeing.timers).into_iter().partition(|(at, _)| *at <= now);
        self.agreeing.timers = later;
        for (_, timer) in ripe {
            self.agree(Input::Tick(timer), now)?;
        }
        for (issue, round) in std::mem::take(&mut self.agreeing.judging) {
            // What was proposed in vain is of no use any more.
            let Some(body) = self.agreeing.core.as_ref().and_then(|core| core.body(issue)).map(<[u8]>::to_vec) else { continue };
            self.carry_out_agreement(VecDeque::from([Output::Judge { issue, round, body }]), now)?;
        }
        Ok(())
    }

    /// An issue has come: what was said of it before is of no use any more.
    pub(super) fn leave_old_height(&mut self) {
        let others = |core: &Core| self.world.law.as_ref().is_some_and(|law| core.tellers() != law.tellers());
        if self.agreeing.place != self.next_place() || self.agreeing.core.as_ref().is_some_and(others) {
            self.agreeing = Agreeing { place: self.next_place(), ..Agreeing::default() };
        }
    }

    /// Takes part from here on: as before, if this device did before it was started anew, and anew where there is a
    /// reason to.
    fn enter_height(&mut self, reason: bool, now: u64) -> Result<(), StoreError> {
        let (Some(place), Some(law)) = (self.next_place(), &self.world.law) else { return Ok(()) };
        if self.agreeing.core.is_some() {
            return Ok(());
        }
        let kept = self.kept_agreement()?.filter(|core| core.place() == place && core.tellers() == law.tellers());
        let quick = law.charter().inclusion_delay_ms < QUICK_BELOW_MS;
        let begun = || Core::begin(place, &law.tellers(), self.device(), quick).ok().filter(|_| reason);
        let Some(mut core) = kept.or_else(begun) else { return Ok(()) };
        let outputs = core.resume(self.keys.key());
        self.agreeing.core = Some(core);
        self.agreeing.kept = None;
        match outputs {
            Ok(outputs) => self.carry_out_agreement(outputs.into(), now),
            Err(error) => {
                tracing::error!(%error, "this teller cannot take part");
                Ok(())
            }
        }
    }

    /// The part in the agreement that is kept.
    fn kept_agreement(&self) -> Result<Option<Core>, StoreError> {
        Ok(self.store.as_reader().setting(ROW)?.and_then(|row| Core::from_row(&row).ok()))
    }

    /// On starting: what this teller signed stands before anything is heard, though it takes part only once there is a reason.
    pub(super) fn recall_agreement(&mut self) -> Result<(), StoreError> {
        let place = self.next_place();
        let kept = self.kept_agreement()?.filter(|core| Some(core.place()) == place);
        self.agreeing = Agreeing { place, kept, ..Agreeing::default() };
        Ok(())
    }

    /// The issues that others may certify any time with what this teller said.
    pub(super) fn backed_issues(&self) -> impl Iterator<Item = Issue> {
        let cores = self.agreeing.core.iter().chain(&self.agreeing.kept);
        cores.flat_map(|core| core.backed()).filter_map(|body| cbor::decode(body).ok())
    }

    /// The issues that tellers speak of.
    pub(super) fn proposed_issues(&self) -> impl Iterator<Item = Issue> {
        let core = self.agreeing.core.as_ref();
        core.into_iter().flat_map(|core| core.bodies()).filter_map(|body| cbor::decode(body).ok())
    }

    /// Something of a chain was let go of. What this teller judged while it held it, it judges anew before it signs anything
    /// more: were an issue certified of which nobody holds everything, nobody could follow it.
    pub(super) fn judge_anew(&mut self) -> Result<(), StoreError> {
        let Some(core) = self.agreeing.core.as_mut().or(self.agreeing.kept.as_mut()) else { return Ok(()) };
        let (issues, round) = core.judge_anew();
        self.agreeing.judging.extend(issues.into_iter().map(|issue| (issue, round)));
        self.keep_agreement()
    }

    fn agree(&mut self, input: Input, now: u64) -> Result<(), StoreError> {
        let Some(core) = &mut self.agreeing.core else { return Ok(()) };
        match core.handle(input, self.keys.key()) {
            Ok(outputs) => self.carry_out_agreement(outputs.into(), now),
            Err(error) => {
                tracing::debug!(%error, "what a teller said is of no use");
                Ok(())
            }
        }
    }

    /// Carries out what the rules want. What was said is committed with the rest of this batch, before it leaves.
    fn carry_out_agreement(&mut self, mut outputs: VecDeque<Output>, now: u64) -> Result<(), StoreError> {
        while let Some(output) = outputs.pop_front() {
            let answer = match output {
                Output::Send(said) => {
                    self.pass_on(None, &said);
                    None
                }
                Output::Timer { timer, after_ms } => {
                    self.agreeing.timers.push((now.saturating_add(after_ms), timer));
                    None
                }
                Output::Judge { issue, round, body } => match self.judge_draft(&body, now)? {
                    Some(judgement) => Some(Input::Judged { issue, round, judgement }),
                    None => {
                        self.agreeing.judging.insert(issue, round);
                        None
                    }
                },
                Output::Draft { round } => self.draft_issue(now)?.map(|body| Input::Drafted { round, body }),
                Output::Ask { round } => {
                    self.ask_tellers(round);
                    None
                }
                Output::Certified { body, certificate, .. } => {
                    self.let_wait(vec![SignedIssue { body, certificate }]);
                    None
                }
                Output::Evidence(contradiction) => {
                    tracing::warn!(teller = %contradiction.first.teller.short(), "a teller said two different things in one round");
                    self.printing.contradictions.insert(contradiction.first.teller, *contradiction);
                    None
                }
            };
            if let (Some(input), Some(core)) = (answer, &mut self.agreeing.core) {
                outputs.extend(core.handle(input, self.keys.key()).unwrap_or_default());
            }
        }
        self.keep_agreement()
    }

    fn keep_agreement(&mut self) -> Result<(), StoreError> {
        let Some(row) = self.agreeing.core.as_ref().or(self.agreeing.kept.as_ref()).map(Core::to_row) else { return Ok(()) };
        self.store.begin()?;
        self.store.set_setting(ROW, &row)
    }

    /// A peer hands on what a teller said.
    pub(super) fn hear_teller(&mut self, connection: ConnectionId, said: Said, now: u64) -> Result<(), StoreError> {
        self.leave_old_height();
        let Some(place) = self.next_place().filter(|place| (place.height, place.prev) == (said.height, said.prev)) else { return Ok(()) };
        if !self.world.law.as_ref().is_some_and(|law| law.tellers().contains(&said.teller)) {
            return Ok(());
        }
        // It comes from each peer, and its signature is looked at once, unless this teller has let go of it and needs it.
        let lacks = self.agreeing.core.as_ref().is_some_and(|core| core.lacks(&said));
        if !lacks && self.agreeing.was_passed_on(&said) {
            return Ok(());
        }
        if let Err(error) = said.check(place.coop) {
            return self.drop_peer(connection, &Breach::Invalid(error.to_string()).to_string(), now);
        }
        let new = self.pass_on(Some(connection), &said);
        if !(new || lacks) || !self.agrees_with_others()? {
            return Ok(());
        }
        self.enter_height(true, now)?;
        self.agree(Input::Message(said), now)
    }

    /// Hands on what a teller said, once: not every two tellers are connected. Answers whether it was new.
    fn pass_on(&mut self, from: Option<ConnectionId>, said: &Said) -> bool {
        if !self.agreeing.note_passed_on(said) {
            return false;
        }
        let message = Message::Agreement(Box::new(said.clone()));
        let others = self.peers.greeted().into_iter().filter(|connection| Some(*connection) != from);
        others.for_each(|connection| self.send(connection, &message));
        true
    }

    fn ask_tellers(&mut self, round: u32) {
        let Some(place) = self.next_place() else { return };
        let message = Message::WantAgreement { height: place.height, prev: place.prev, round: Some(round) };
        for connection in self.connected_tellers() {
            self.send(connection, &message);
        }
    }

    fn connected_tellers(&self) -> Vec<ConnectionId> {
        self.peers.greeted().into_iter().filter(|connection| self.is_tellers(*connection)).collect()
    }

    /// Whether a teller is at the other end.
    fn is_tellers(&self, connection: ConnectionId) -> bool {
        let peer = self.peers.open.get(&connection).map(|open| open.session.peer);
        self.world.law.as_ref().zip(peer).is_some_and(|(law, peer)| law.tellers().contains(&peer))
    }

    /// Offers a teller what is held of the next issue: of one round, or of all on a new connection.
    pub(super) fn offer_agreement(&mut self, connection: ConnectionId, place: Option<(u64, IssueId)>, round: Option<u32>) {
        let here = self.agreeing.core.as_ref().map(|core| (core.place().height, core.place().prev));
        let offered = here.is_some() && place.is_none_or(|place| Some(place) == here) && self.is_tellers(connection);
        let Some(core) = self.agreeing.core.as_ref().filter(|_| offered) else { return };
        let messages = core.offer(round);
        messages.into_iter().for_each(|said| self.send(connection, &Message::Agreement(Box::new(said))));
    }

    /// What this teller finds of an issue; none as long as something that it prints is not here.
    fn judge_draft(&mut self, body: &[u8], now: u64) -> Result<Option<Judgement>, StoreError> {
        let Ok(issue) = cbor::decode::<Issue>(body) else { return Ok(Some(Judgement::Unsound)) };
        if issue.check().is_err() {
            return Ok(Some(Judgement::Unsound));
        }
        if !self.holds(&issue)? || !self.holds_cuts(&issue) {
            return Ok(None);
        }
        let Some(law) = &self.world.law else { return Ok(None) };
        if issue.recovery != law.recovery {
            return Ok(Some(Judgement::Unsound));
        }
        let operations = self.store.as_reader().printed_operations(&issue.includes)?;
        let Ok(step) = law.clone().apply(IssueId::of(body), &issue, &operations) else { return Ok(Some(Judgement::Unsound)) };
        let near = issue.time.abs_diff(now) <= law.charter().clock_tolerance_ms;
        let fresh = near && is_in_order(&operations) && !self.leaves_out_what_is_due(&issue, now)? && !self.cuts_what_was_here(&issue, &step.turned, now)?;
        Ok(Some(if fresh { Judgement::Fresh } else { Judgement::Stale }))
    }

    /// Whether something that this teller has held for longer than the delay is left out.
    fn leaves_out_what_is_due(&self, issue: &Issue, now: u64) -> Result<bool, StoreError> {
        let Some(law) = self.world.law.as_ref().filter(|_| !issue.more) else { return Ok(false) };
        let delay = law.charter().inclusion_delay_ms;
        if self.awaits_a_ballot()? {
            return Ok(true);
        }
        let included = |device: DeviceId, seq: u64| issue.includes.iter().any(|range| range.device == device && (range.from..=range.to).contains(&seq));
        let waiting = self.store.as_reader().unprinted(law)?;
        let due = waiting.iter().filter(|held| held.received_at.saturating_add(delay) <= now && wants_printing(held));
        Ok(due.map(|held| &held.op.header).any(|header| !included(header.device, header.seq)))
    }

    /// The next issue as this teller would print it.
    fn draft_issue(&self, now: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(law) = &self.world.law else { return Ok(None) };
        let (operations, more) = self.store.as_reader().next_to_print(law)?;
        let printed = law.clone().print(now.max(law.time() + 1), more, &operations, |turned| Ok::<_, IssueError>(self.world.cuts(turned)));
        match printed {
            Ok((issue, _)) => Ok(Some(issue.to_bytes())),
            Err(error) => {
                tracing::error!(%error, "the next issue cannot be drafted");
                Ok(None)
            }
        }
    }
}
