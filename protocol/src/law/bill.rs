//! Bills from their opening to their end.

use super::{
    Effect, Hindrance, Tally,
    charter::Proposers,
    passing::{self, Body, Route, Verdict},
    proposal::Proposal,
    state::State,
};
use crate::{cbor, id::*, limits};
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};

/// Who may vote on a bill, in an election, on a recall or on priorities, fixed when it opens. Both lists ascend.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Electorate {
    /// The consumers.
    #[n(0)]
    pub consumers: Vec<PersonId>,
    /// The workers.
    #[n(1)]
    pub workers: Vec<PersonId>,
}

impl Electorate {
    /// Names it.
    pub fn root(&self) -> [u8; 32] {
        tagged_hash("folkmoot/electorate/1", &[&cbor::encode(self)])
    }

    /// Whether somebody votes among the consumers.
    pub fn is_consumer(&self, person: PersonId) -> bool {
        self.consumers.binary_search(&person).is_ok()
    }

    /// Whether somebody votes among the workers.
    pub fn is_worker(&self, person: PersonId) -> bool {
        self.workers.binary_search(&person).is_ok()
    }

    /// Whether somebody votes at all.
    pub fn votes(&self, person: PersonId) -> bool {
        self.is_consumer(person) || self.is_worker(person)
    }

    /// How many vote; who is in both bodies counts once.
    pub fn voters(&self) -> u64 {
        self.consumers.iter().chain(&self.workers).collect::<BTreeSet<_>>().len() as u64
    }
}

/// Where a bill stands.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Status {
    /// Voting goes on.
    #[n(0)]
    Open,
    /// It passed and comes into force after the time for cooling off.
    #[n(1)]
    Passed {
        /// In which way.
        #[n(0)]
        route: Route,
        /// When it comes into force at the earliest, in the Gazette's time.
        #[n(1)]
        in_force_from: u64,
    },
    /// It did not pass.
    #[n(2)]
    Failed,
    /// It is in force.
    #[n(3)]
    Enacted {
        /// The issue that enacted it.
        #[n(0)]
        height: u64,
    },
    /// It passed, and cannot come into force as it stands any more.
    #[n(4)]
    Stale {
        /// Why.
        #[n(0)]
        reason: Hindrance,
    },
    /// Its sponsor took it back.
    #[n(5)]
    Withdrawn,
    /// It was in force until its sunset.
    #[n(6)]
    Expired {
        /// The issue that enacted it.
        #[n(0)]
        since: u64,
        /// The issue that undid what it set.
        #[n(1)]
        height: u64,
    },
}

impl Status {
    /// The issue that enacted it; none where none did.
    pub fn in_force_since(&self) -> Option<u64> {
        match self {
            Self::Enacted { height } | Self::Expired { since: height, .. } => Some(*height),
            _ => None,
        }
    }

    /// The word for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Passed { .. } => "passed",
            Self::Failed => "failed",
            Self::Enacted { .. } => "enacted",
            Self::Stale { .. } => "stale",
            Self::Withdrawn => "withdrawn",
            Self::Expired { .. } => "expired",
        }
    }
}

/// A bill that was put to the vote.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Bill {
    /// What is voted on.
    #[n(0)]
    pub proposal: Proposal,
    /// Who opened it.
    #[n(1)]
    pub sponsor: PersonId,
    /// The issue that opened it,
    #[n(2)]
    pub opened_height: u64,
    /// and its time.
    #[n(3)]
    pub opened_at: u64,
    /// The vote ends with the first issue from here on.
    #[n(4)]
    pub deadline: u64,
    /// Whether the end was put off once, as the outcome turned late or hung on ballots under challenge.
    #[n(5)]
    pub extended: bool,
    /// How it would have ended before the last stretch: whether it passed, whether enough were for it.
    #[n(6)]
    pub eve: Option<(bool, bool)>,
    /// The charter by which it is judged, by number.
    #[n(7)]
    pub charter: u64,
    /// Who may vote.
    #[cbor(n(8), with = "minicbor::bytes")]
    pub electorate: [u8; 32],
    /// How many consumers may vote.
    #[n(9)]
    pub consumers: u64,
    /// How many workers may vote.
    #[n(10)]
    pub workers: u64,
    /// Those whose ballots are shown and not tallied: it names them. Ascending.
    #[n(11)]
    pub excluded: Vec<PersonId>,
    /// Where it stands.
    #[n(12)]
    pub status: Status,
    /// The count when the vote ended, and the issue that ended it.
    #[n(13)]
    pub result: Option<(Tally, u64)>,
    /// Whether it changes an entrenched key, by itself or by undoing a bill that did.
    #[n(14)]
    pub entrenched: bool,
}

/// What is looked up of the bills with every issue; follows from their rows.
#[derive(Debug, Clone, Default)]
pub(super) struct BillIndex {
    /// Those that are open, or passed and not in force yet.
    pub(super) live: BTreeSet<OpId>,
    /// When the vote on a text ended last without passing it.
    failed: BTreeMap<DocumentId, u64>,
    /// Tallies of open bills, brought up to date with each ballot; none since who counts changed.
    pub(super) tallies: BTreeMap<OpId, Tally>,
    /// The sunsets of those in force, the earliest first.
    pub(super) sunsets: BTreeSet<(u64, OpId)>,
}

impl Bill {
    /// Whether voting goes on.
    pub fn is_open(&self) -> bool {
        self.status == Status::Open
    }

    /// Whether somebody's ballot is shown and not tallied.
    pub fn excludes(&self, person: PersonId) -> bool {
        self.excluded.binary_search(&person).is_ok()
    }

    /// Judges a tally by the charter of its opening.
    pub fn verdict(&self, charter: &super::Charter, tally: &Tally) -> Verdict {
        let consumers = Body { roll: self.consumers, count: tally.consumers };
        let workers = Body { roll: self.workers, count: tally.workers };
        passing::verdict(charter, consumers, workers, self.entrenched)
    }
}

impl State {
    /// Why a person may not propose a bill or support one; none where they may.
    pub fn why_no_sponsor(&self, person: PersonId, time: u64) -> Option<String> {
        let standing = self.standing(person, time);
        match self.charter().proposers {
            Proposers::Members if standing.votes() => None,
            Proposers::Consumers if standing.consumer => None,
            Proposers::Workers if standing.worker => None,
            Proposers::Members => Some("only who may vote proposes bills".into()),
            Proposers::Consumers => Some("only consumers who may vote propose bills".into()),
            Proposers::Workers => Some("only workers propose bills".into()),
        }
    }

    /// Takes somebody's support for a proposal in.
    pub(super) fn cosponsor(&mut self, signer: PersonId, proposal: [u8; 32]) -> Result<(), String> {
        if let Some(reason) = self.why_no_sponsor(signer, self.time()) {
            return Err(reason);
        }
        let mut sponsors = self.sponsors.get(&proposal).cloned().unwrap_or_default();
        match sponsors.binary_search(&signer) {
            Ok(_) => return Err("they support it already".into()),
            Err(_) if sponsors.len() >= limits::SPONSORS_PER_BILL => return Err("it has as many supporters as are counted".into()),
            Err(place) => sponsors.insert(place, signer),
        }
        self.sponsors.insert(proposal, sponsors);
        self.note_support(signer, proposal);
        Ok(())
    }

    /// The last opening of a bill, by its text.
    pub fn bill_of(&self, document: DocumentId) -> Option<(OpId, &Bill)> {
        let openings = self.bills.iter().filter(|(_, bill)| bill.proposal.document == document);
        openings.max_by_key(|(id, bill)| (bill.opened_height, **id)).map(|(id, bill)| (*id, bill))
    }

    /// Of what a person supports, only so much is kept: the oldest support ends.
    fn note_support(&mut self, person: PersonId, proposal: [u8; 32]) {
        let held: Vec<(u64, [u8; 32])> = self.supported_by(person).collect();
        let next = held.last().map_or(0, |(number, _)| number + 1);
        if let Some((oldest, digest)) = held.first().filter(|_| held.len() >= limits::SUPPORTS_PER_PERSON) {
            self.supports.remove(&(person, *oldest));
            let mut left = self.sponsors.remove(digest).unwrap_or_default();
            left.retain(|sponsor| *sponsor != person);
            if !left.is_empty() {
                self.sponsors.insert(*digest, left);
            }
        }
        self.supports.insert((person, next), proposal);
    }

    fn supported_by(&self, person: PersonId) -> impl Iterator<Item = (u64, [u8; 32])> {
        self.supports.under(person, 0).map(|(number, digest)| (number, *digest))
    }

    /// A proposal was opened: what supported it has served.
    fn end_support(&mut self, proposal: [u8; 32]) {
        for person in self.sponsors.remove(&proposal).unwrap_or_default() {
            let number = self.supported_by(person).find(|(_, digest)| *digest == proposal).map(|(number, _)| number);
            number.and_then(|number| self.supports.remove(&(person, number)));
        }
    }

    /// Why a proposal cannot be opened now by a person; none where it can.
    pub fn why_not_open(&self, signer: PersonId, proposal: &Proposal) -> Option<String> {
        self.why_not_propose(signer, proposal).or_else(|| self.clone().try_effects(proposal))
    }

    /// Why its effects could not come into force now; none where they could.
    fn try_effects(&mut self, proposal: &Proposal) -> Option<String> {
        self.attempt(true, |state| state.enact_all(OpId::ZERO, &proposal.effects)).err().map(String::from)
    }

    fn why_not_propose(&self, signer: PersonId, proposal: &Proposal) -> Option<String> {
        let (charter, time) = (self.charter(), self.time());
        if let Some(reason) = self.why_no_sponsor(signer, time) {
            return Some(reason);
        }
        if self.live_bills().any(|(_, bill)| bill.proposal.document == proposal.document) {
            return Some("that bill is open, or passed and not in force yet".into());
        }
        if self.index.failed.get(&proposal.document).is_some_and(|ended| ended.saturating_add(charter.refile_wait_ms) > time) {
            return Some("that bill failed less than the time ago after which it can be put again (refile.wait)".into());
        }
        let no_support = match proposal.confirms {
            Some(stale) => self.why_not_confirm(signer, proposal, stale),
            None => self.why_no_support(signer, proposal),
        };
        if let Some(reason) = no_support.or_else(|| self.why_no_sunset(proposal)) {
            return Some(reason);
        }
        let open = || self.live_bills().filter(|(_, bill)| bill.is_open());
        if open().count() >= limits::OPEN_BILLS {
            return Some(format!("{} bills are open, as many as may be at one time", limits::OPEN_BILLS));
        }
        if open().filter(|(_, bill)| bill.sponsor == signer).count() >= limits::OPEN_BILLS_PER_PERSON {
            return Some(format!("{} bills of one sponsor are open, as many as may be at one time", limits::OPEN_BILLS_PER_PERSON));
        }
        if let Some(required) = proposal.requires
            && !self.bills.contains(&required)
        {
            return Some("the bill that it requires was never opened".into());
        }
        None
    }

    /// Why too few stand behind a proposal in its form; none where enough do.
    fn why_no_support(&self, signer: PersonId, proposal: &Proposal) -> Option<String> {
        let (needed, time) = (self.charter().sponsors_needed, self.time());
        let mut sponsors: BTreeSet<PersonId> = self.sponsors.get(&proposal.digest()).into_iter().flatten().copied().collect();
        sponsors.retain(|person| self.why_no_sponsor(*person, time).is_none());
        sponsors.insert(signer);
        let few = (sponsors.len() as u64) < needed;
        few.then(|| match sponsors.len() {
            1 => format!("it has one sponsor in this form, and {needed} are needed"),
            many => format!("it has {many} sponsors in this form, and {needed} are needed"),
        })
    }

    /// The bills that are open, or passed and not in force yet.
    pub fn live_bills(&self) -> impl Iterator<Item = (OpId, &Bill)> {
        self.index.live.iter().filter_map(|id| Some((*id, self.bills.get(id)?)))
    }

    /// Finds anew what is looked up of the bills.
    pub(super) fn index_bills(&mut self) {
        let bills: Vec<(OpId, Status)> = self.bills.iter().map(|(id, bill)| (*id, bill.status.clone())).collect();
        self.index = BillIndex::default();
        bills.into_iter().for_each(|(id, status)| self.index_bill(id, &status));
    }

    fn index_bill(&mut self, id: OpId, status: &Status) {
        match status {
            Status::Open | Status::Passed { .. } => self.index.live.insert(id),
            _ => self.index.live.remove(&id),
        };
        if *status != Status::Open {
            self.index.tallies.remove(&id);
        }
        if let Some(sunset) = self.bills.get(&id).and_then(|bill| bill.proposal.sunset) {
            match status {
                Status::Enacted { .. } => self.index.sunsets.insert((sunset, id)),
                _ => self.index.sunsets.remove(&(sunset, id)),
            };
        }
        if let Some(bill) = self.bills.get(&id).filter(|_| *status == Status::Failed) {
            let ended = self.index.failed.entry(bill.proposal.document).or_default();
            *ended = bill.deadline.max(*ended);
        }
    }

    /// Where a bill stands from here on.
    pub(super) fn set_status(&mut self, id: OpId, status: Status) {
        self.index_bill(id, &status);
        if let Some(bill) = self.bills.change(&id) {
            bill.status = status;
        }
    }

    /// Whether a proposal changes an entrenched key, by itself or by undoing a bill that did.
    pub fn is_entrenched(&self, proposal: &Proposal) -> bool {
        let undoes = |effect: &Effect| matches!(effect, Effect::Repeal { bill } if self.bills.get(bill).is_some_and(|bill| bill.entrenched));
        proposal.is_entrenched() || proposal.effects.iter().any(undoes)
    }

    /// Puts a bill to the vote: text, charter, electorate and deadline are fixed from here on.
    pub(super) fn open(&mut self, op: OpId, signer: PersonId, proposal: &Proposal) -> Result<(), String> {
        if let Some(reason) = self.why_not_propose(signer, proposal).or_else(|| self.try_effects(proposal)) {
            return Err(reason);
        }
        let (charter, time) = (self.charter(), self.time());
        let electorate = self.electorate(time);
        let (consumers, workers) = (electorate.consumers.len() as u64, electorate.workers.len() as u64);
        let bill = Bill {
            proposal: proposal.clone(),
            sponsor: signer,
            opened_height: self.height() + 1,
            opened_at: time,
            deadline: time.saturating_add(proposal.period_ms(&charter)),
            extended: false,
            eve: None,
            charter: self.charter_version(),
            electorate: self.keep_electorate(electorate),
            consumers,
            workers,
            excluded: self.excluded(proposal),
            status: Status::Open,
            result: None,
            entrenched: self.is_entrenched(proposal),
        };
        self.end_support(proposal.digest());
        self.bills.insert(op, bill);
        self.index_bill(op, &Status::Open);
        Ok(())
    }

    /// Keeps who may vote, for as long as somebody does by it; answers the hash of the list.
    pub(super) fn keep_electorate(&mut self, electorate: Electorate) -> [u8; 32] {
        let root = electorate.root();
        if !self.electorates.contains(&root) {
            self.electorates.insert(root, electorate);
        }
        root
    }

    /// A sponsor takes a bill back.
    pub(super) fn withdraw(&mut self, signer: PersonId, id: OpId) -> Result<(), String> {
        let Some(bill) = self.bills.get(&id) else { return Err("no such bill was opened".into()) };
        if bill.sponsor != signer {
            return Err("only who opened a bill takes it back".into());
        }
        if !bill.is_open() {
            return Err("the vote on it has ended".into());
        }
        self.end(id, Status::Withdrawn);
        Ok(())
    }

    /// Remembers how open bills stand before their last stretch, to know whether the outcome turns in it.
    pub(super) fn note_eves(&mut self, time: u64) {
        let open: Vec<OpId> = self.live_bills().filter(|(_, bill)| bill.is_open() && bill.eve.is_none()).map(|(id, _)| id).collect();
        for id in open {
            let Some(bill) = self.bills.get(&id) else { continue };
            let charter = self.charter_number(bill.charter);
            if charter.late_swing_ms == 0 || time < bill.deadline.saturating_sub(charter.late_swing_ms) {
                continue;
            }
            let verdict = bill.verdict(&charter, &self.tally(id));
            if let Some(bill) = self.bills.change(&id) {
                bill.eve = Some((verdict.passes.is_some(), verdict.quorum_met));
            }
        }
    }

    /// Ends the votes whose time has come, or puts the end off once where the outcome turned late.
    pub(super) fn close_bills(&mut self) {
        let time = self.time();
        let due: Vec<OpId> = self.live_bills().filter(|(_, bill)| bill.is_open() && bill.deadline <= time).map(|(id, _)| id).collect();
        for id in due {
            let tally = self.tally(id);
            let Some(bill) = self.bills.get(&id) else { continue };
            let charter = self.charter_number(bill.charter);
            let verdict = bill.verdict(&charter, &tally);
            let turned = bill.eve.is_some_and(|(passed, quorum)| passed != verdict.passes.is_some() || (verdict.quorum_met && !quorum));
            // While a challenge is open that decides the outcome, auditors are given the same time, once.
            let hangs = tally.provisional > 0 && bill.verdict(&charter, &self.firm_tally(id)).passes.is_some() != verdict.passes.is_some();
            if (turned || hangs && charter.late_swing_ms > 0) && !bill.extended {
                if let Some(bill) = self.bills.change(&id) {
                    bill.extended = true;
                    // From the issue on: where the Gazette stood still past the end, there still is time to answer.
                    bill.deadline = time.saturating_add(charter.late_swing_ms);
                }
                continue;
            }
            let status = match verdict.passes {
                None => Status::Failed,
                Some(route) => Status::Passed { route, in_force_from: time.saturating_add(charter.cooling_ms(route)) },
            };
            let height = self.height() + 1;
            if let Some(bill) = self.bills.change(&id) {
                bill.result = Some((tally, height));
            }
            self.end(id, status);
        }
    }

    /// The vote on a bill has ended.
    fn end(&mut self, id: OpId, status: Status) {
        self.drop_ballots(id);
        self.set_status(id, status);
        if let Some(electorate) = self.bills.get(&id).map(|bill| bill.electorate) {
            self.release_electorate(electorate);
        }
    }

    /// Nobody votes by an electorate any more, unless another vote has it too.
    pub(super) fn release_electorate(&mut self, electorate: [u8; 32]) {
        let by_bill = self.live_bills().any(|(_, bill)| bill.is_open() && bill.electorate == electorate);
        let by_election = self.running_elections().any(|(_, election)| election.electorate == electorate);
        let by_recall = self.open_recalls().any(|(_, recall)| recall.electorate == electorate);
        if !by_bill && !by_election && !by_recall && !self.running_priorities().any(|(_, vote)| vote.electorate == electorate) {
            self.electorates.remove(&electorate);
        }
    }
}
