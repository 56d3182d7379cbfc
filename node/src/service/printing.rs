//! What a teller's node does: it gives receipts, finds out what is due, and prints as the only teller.

use super::{Service, world::HeldReplica};
use crate::{
    api::{Failure, Response},
    store::{StoreError, is_ballot, receipt_of, wants_printing},
};
use folkmoot_protocol::{
    act::{
        Act, LawAct,
        law::{ChainTo, Receipt},
    },
    agreement,
    id::*,
    law::SignedIssue,
    limits,
    sync::ChainRange,
};
use std::collections::{BTreeMap, BTreeSet};

/// Something that waits is printed after this part of the time within which it has to be.
const PROMPTNESS: u64 = 10;
/// While a bill is open, the Gazette comes out at least daily.
const DAY_MS: u64 = 24 * 3_600_000;
/// An only teller that begins, or whose machine has slept, waits for so long for what was written meanwhile.
const CATCHING_UP_MS: u64 = 10_000;

impl Service {
    /// Whether this device alone certifies the next issue.
    pub(super) fn is_only_teller(&self) -> bool {
        self.world.law.as_ref().is_some_and(|law| law.tellers() == [self.device()])
    }

    /// Why this teller prints nothing for now, if something stands in the way.
    fn why_no_printing(&self) -> Result<Option<Failure>, StoreError> {
        if let Some(reason) = &self.printing.stopped {
            let error = format!("the Gazette does not go on here: {reason}");
            return Ok(Some(Failure::new("stopped", error, "`folkmoot verify` looks into what is held")));
        }
        // What the folder has lost may have been printed: peers are asked first. What waits bears this teller's own
        // signature, so that another issue of its number would be a forgery of the past.
        if self.store.as_reader().is_unsure()? || !self.printing.waiting.is_empty() {
            let hint =
                "let the node run until it has met another one of the co-op; where nobody has joined yet, it prints once somebody has (`folkmoot invite`)";
            return Ok(Some(Failure::new("repairing", "what was printed may be missing here", hint)));
        }
        Ok(None)
    }

    /// Whether this device is a teller's.
    pub(super) fn is_teller(&self) -> bool {
        self.world.law.as_ref().is_some_and(|law| law.tellers().contains(&self.device()))
    }

    /// What a teller does about twice a second: it gives receipts, and prints what is due, alone or with the others.
    pub(super) fn tick_gazette(&mut self, now: u64) -> Result<(), StoreError> {
        if !self.is_teller() {
            return Ok(());
        }
        self.keep_everything(now);
        if self.why_no_printing()?.is_some() || (self.is_only_teller() && self.catches_up(now)?) {
            return Ok(());
        }
        self.look_for_what_waits()?;
        // A device that was closed, or forked, goes on printing until another is in its place; nothing that it writes counts.
        if self.may_write().is_ok() {
            self.show_evidence(now)?;
            self.give_receipt(now)?;
        }
        self.look_to_stands(now)?;
        let due = self.is_due(now);
        match self.is_only_teller() {
            true if due => self.print(now),
            true => Ok(()),
            false => self.tick_agreement(due, now),
        }
    }

    /// Tells voters that their ballots have come: whoever holds a receipt is not left out.
    fn give_receipt(&mut self, now: u64) -> Result<(), StoreError> {
        self.recall_receipts()?;
        let Some(receipted) = &mut self.printing.receipted else { return Ok(()) };
        let has_one = |held: &ChainTo| receipted.get(&held.device).is_some_and(|given| given.seq >= held.seq);
        let held: Vec<ChainTo> = self.printing.ballots.values().filter(|held| !has_one(held)).copied().take(limits::CHAINS_PER_RECEIPT).collect();
        if held.is_empty() {
            return Ok(());
        }
        receipted.extend(held.iter().map(|held| (held.device, *held)));
        let salt = self.salt(&[b"receipt", &now.to_be_bytes()]);
        self.write_act(SpaceId::HALL, Act::Law(LawAct::Receipt(Receipt { at_ms: now, held })), salt, now)?;
        Ok(())
    }

    /// Looks through what this teller wrote and has not printed for the receipts that it gave: a ballot is printed no
    /// later than its receipt.
    pub(super) fn recall_receipts(&mut self) -> Result<(), StoreError> {
        let Some(law) = self.world.law.as_ref().filter(|_| self.printing.receipted.is_none()) else { return Ok(()) };
        let from = law.printed_to(self.device()) + 1;
        let range = ChainRange { space: SpaceId::HALL, device: self.device(), from, to: u64::MAX };
        let own = self.store.as_reader().chain_operations(range, usize::MAX)?;
        // The last of each chain.
        let given: BTreeSet<ChainTo> = own.iter().filter_map(receipt_of).flat_map(|receipt| receipt.held).collect();
        self.printing.receipted = Some(given.into_iter().map(|held| (held.device, held)).collect());
        Ok(())
    }

    /// Finds out since when something waits to be printed.
    fn look_for_what_waits(&mut self) -> Result<(), StoreError> {
        let (Some(law), Some(tips)) = (&self.world.law, self.world.tips.get(&SpaceId::HALL)) else { return Ok(()) };
        let (mut since, mut ballots) = (None, BTreeMap::new());
        for (device, tip) in tips.iter() {
            let printed = law.printed_to(*device);
            let from = self.printing.looked.get(device).copied().unwrap_or(0).max(printed) + 1;
            if from > tip.seq {
                continue;
            }
            let to = self.store.as_reader().printable_to(*device, *tip)?;
            let range = ChainRange { space: SpaceId::HALL, device: *device, from, to };
            let waiting = self.store.as_reader().chain_operations(range, usize::MAX)?;
            match waiting.iter().find(|held| wants_printing(held)) {
                Some(held) => since = Some(since.unwrap_or(u64::MAX).min(held.received_at)),
                None => drop(self.printing.looked.insert(*device, to)),
            }
            if let Some(ballot) = waiting.iter().rfind(|held| is_ballot(held)) {
                ballots.insert(*device, ChainTo { device: *device, seq: ballot.op.header.seq, id: ballot.op.id });
            }
        }
        self.printing.wanted_since = since;
        self.printing.ballots = ballots;
        Ok(())
    }

    /// Whether an issue is to come out now: something waits, time changes something, or it is time for a sign of life.
    fn is_due(&self, now: u64) -> bool {
        let Some(law) = &self.world.law else { return false };
        let charter = law.charter();
        let prompt_ms = charter.inclusion_delay_ms / PROMPTNESS;
        // Where the clock was set back, since when something waits is not known.
        if self.printing.wanted_since.is_some_and(|since| now < since || now >= since.saturating_add(prompt_ms)) {
            return true;
        }
        let quiet_ms = if law.next_end().is_some() { charter.heartbeat_period_ms.min(DAY_MS) } else { charter.heartbeat_period_ms };
        law.next_due().is_some_and(|at| at <= now) || !law.ended_terms(now).is_empty() || (law.height() > 0 && now >= law.time().saturating_add(quiet_ms))
    }

    /// Whether this teller still has to hear what was written while it was away: a ballot that was signed in time is not to come
    /// behind the end of the vote because its teller started first.
    fn catches_up(&mut self, now: u64) -> Result<bool, StoreError> {
        let Some(since) = self.peers.catching_up else { return Ok(false) };
        let replica = HeldReplica { world: &self.world, store: &self.store };
        let is_in_step = self.peers.open.values().any(|open| open.heard_at >= since && open.session.agrees(SpaceId::HALL, &replica));
        let knows_others = self.store.as_reader().peers()?.iter().any(|peer| self.is_welcome(peer.device));
        if is_in_step || !knows_others || now >= since.saturating_add(CATCHING_UP_MS) {
            self.peers.catching_up = None;
        }
        Ok(self.peers.catching_up.is_some())
    }

    /// Prints what waits at once, by order.
    pub(super) fn print_now(&mut self, now: u64) -> Result<Result<Response, Failure>, StoreError> {
        if !self.is_only_teller() {
            let hint = "`folkmoot offices` shows the tellers; their nodes print what waits by themselves";
            return Ok(Err(Failure::new("may-not", "only the co-op's one teller prints at will, and this device is not that teller's", hint)));
        }
        if let Some(failure) = self.why_no_printing()? {
            return Ok(Err(failure));
        }
        self.store.begin()?;
        self.print(now)?;
        Ok(Ok(Response::Done))
    }

    /// Prints what waits, as the only teller.
    fn print(&mut self, now: u64) -> Result<(), StoreError> {
        let Some(law) = &self.world.law else { return Ok(()) };
        let (operations, more) = self.store.as_reader().next_to_print(law)?;
        let Some(mut law) = self.world.law.take() else { return Ok(()) };
        let printed = law.print(now.max(law.time() + 1), more, &operations, |turned| Ok(self.world.cuts(turned)));
        self.world.law = Some(law);
        let (issue, step) = match printed {
            Ok(printed) => printed,
            Err(error) => {
                tracing::error!(%error, "the next issue cannot be printed");
                return self.stop_gazette(&error);
            }
        };
        let (body, id) = (issue.to_bytes(), issue.id());
        let certificate = agreement::sign_alone(issue.coop, issue.height, issue.signed_after(), id, self.keys.key());
        self.keep_issue(id, &issue, &SignedIssue { body, certificate }, step)?;
        self.printing.printed = Some(issue.height);
        self.printing.wanted_since = None;
        self.printing.looked.clear();
        self.tell_all_of_gazette();
        Ok(())
    }
}
