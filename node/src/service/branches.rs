//! Chains of the hall that fork, and the Gazette: of two branches that one stands which an issue prints, and until one does, neither.

use super::Service;
use crate::store::{StoreError, forked_at};
use folkmoot_protocol::{
    act::law::ChainTo,
    id::*,
    law::Issue,
    op::Header,
    sync::{Closed, Tip},
};

impl Service {
    /// Up to where a chain of the hall stands here whatever else its device signed: what the Gazette printed of it, or
    /// is about to, and what this node, if it prints the Gazette, gave a receipt for and stands by.
    pub(super) fn stands_to(&mut self, device: DeviceId) -> Result<u64, StoreError> {
        let printed = self.world.law.as_ref().map_or(0, |law| law.printed_to(device));
        let receipted = self.receipted(device)?.map_or(0, |given| given.seq);
        Ok(printed.max(self.about_to_be_printed(device)?).max(receipted))
    }

    /// Up to where issues print a chain, of what is held, that are certified and wait, or, as long as there is none, that others may
    /// certify any time: were it let go of by all, nobody could follow the issue any more.
    fn about_to_be_printed(&self, device: DeviceId) -> Result<u64, StoreError> {
        let mut last = 0;
        for range in self.next_issues().flat_map(|issue| issue.includes).filter(|range| range.device == device) {
            if self.store.as_reader().holds_end(&range)? {
                last = range.to.max(last);
            }
        }
        Ok(last)
    }

    /// The issues that are certified and wait; where there are none, those that others may certify with what this teller said:
    /// once one of them is certified, nothing comes of the others.
    fn next_issues(&self) -> impl Iterator<Item = Issue> {
        let undecided = self.printing.waiting.is_empty();
        self.printing.issues().chain(self.backed_issues().filter(move |_| undecided))
    }

    /// Whether everything that an issue prints is held here. Of a chain that is not known to fork nothing else is kept out,
    /// whatever a teller says that it prints.
    pub(super) fn holds(&mut self, issue: &Issue) -> Result<bool, StoreError> {
        let mut all = true;
        for range in &issue.includes {
            let tip = self.world.tip(SpaceId::HALL, range.device);
            let held = tip.map_or(0, |tip| tip.seq);
            if held < range.to || !self.store.as_reader().holds_end(range)? {
                if tip.is_some_and(|tip| tip.closed.is_some()) {
                    self.reopen(range.device, range.to + 1)?;
                    self.printing.branches.insert((range.device, range.to), range.last);
                }
                all = false;
            }
        }
        Ok(all)
    }

    /// What the Gazette printed stands, also beyond a fork that closed its chain: it is taken in again.
    pub(super) fn reopen(&mut self, device: DeviceId, closed_at: u64) -> Result<(), StoreError> {
        let Some(tip) = self.world.tip(SpaceId::HALL, device) else { return Ok(()) };
        let (Some(closed), Some(chain)) = (tip.closed.filter(|closed| closed.at < closed_at), self.world.chains.get(&(SpaceId::HALL, device))) else {
            return Ok(());
        };
        self.store.begin()?;
        self.store.reopen_chain(chain.row, closed_at)?;
        self.world.set_tip(SpaceId::HALL, device, Tip { closed: Some(Closed { at: closed_at, ..closed }), ..tip });
        self.grown.insert((SpaceId::HALL, device));
        Ok(())
    }

    /// Whether a chain that forks at that number is known to, and is open here for the branch that an issue prints which
    /// waits, or of which tellers speak, or of a ballot that this teller asks for: nothing of the other one is held. Who has
    /// not heard of the issue says again and again where the fork is.
    pub(super) fn awaits_branch(&mut self, device: DeviceId, forked_at: u64) -> Result<bool, StoreError> {
        // What is printed stands, however far below it the fork is.
        let forked_at = forked_at.max(self.stands_to(device)? + 1);
        let Some(tip) = self.world.tip(SpaceId::HALL, device) else { return Ok(false) };
        let Some(closed) = tip.closed.filter(|closed| closed.at > forked_at) else { return Ok(false) };
        let issues = self.next_issues().chain(self.proposed_issues());
        let printed = issues.flat_map(|issue| issue.includes).map(|range| ChainTo { device: range.device, seq: range.to, id: range.last });
        let awaited = self.store.as_reader().stand_of(device)?.and_then(|stand| stand.awaits);
        for end in printed.chain(awaited).filter(|end| end.device == device && (forked_at..closed.at).contains(&end.seq)) {
            if tip.seq < forked_at || self.store.as_reader().holds_to(&end)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// An issue has come: what was opened again for the branch of another proposal of its number is closed where it forks.
    pub(super) fn close_again(&mut self) -> Result<(), StoreError> {
        let tips = self.world.tips.get(&SpaceId::HALL).into_iter().flat_map(|tips| tips.iter());
        let closed: Vec<(DeviceId, u64)> = tips.filter_map(|(device, tip)| Some((*device, tip.closed?.at))).collect();
        for (device, at) in closed {
            let Some(proof) = self.store.as_reader().fork_proof(SpaceId::HALL, device)? else { continue };
            let Some(forked_at) = forked_at(&proof) else { continue };
            if at > forked_at && !self.awaits_branch(device, forked_at)? {
                self.close(SpaceId::HALL, device, forked_at, &proof)?;
            }
        }
        Ok(())
    }

    /// Whether an operation of the hall is on another branch of its chain, which forks, than the one that the next issue
    /// prints. One that is on the right one tells which the operation before it is.
    pub(super) fn is_on_another_branch(&mut self, header: &Header, id: OpId) -> bool {
        let (device, seq) = (header.device, header.seq);
        match self.printing.branches.get(&(device, seq)) {
            Some(printed) if *printed == id && seq > 1 => {
                self.printing.branches.insert((device, seq - 1), header.prev);
                false
            }
            Some(printed) => *printed != id,
            None => false,
        }
    }
}
