//! What people do in the co-op's law at their machines, and what is read of it.

use super::Sim;
use crate::random::Random;
use folkmoot_node::{
    api::{Draft, Failure, LawDraft, Written},
    keystore::Keystore,
    service::{Input, Service},
    store::{Store, query::LawBook},
};
use folkmoot_protocol::{
    act::law::ChainTo,
    id::*,
    law::{Bill, Choice, Preset, SignedIssue, State, Tally},
    view::BillView,
    wire::Message,
};
use std::collections::BTreeMap;

/// A month of dues, in ms.
const MONTH_MS: u64 = 31 * 24 * 3_600_000;
/// How long printing may take while all is well, in ms.
const PRINTED_MS: u64 = 5_000;

/// The charter with periods of seconds, and these of its values others.
pub fn quick(others: &[(&str, &str)]) -> BTreeMap<String, String> {
    let mut charter: BTreeMap<String, String> = Preset::Quick.values().into_iter().map(|(key, value)| (key, value.to_string())).collect();
    charter.extend(others.iter().map(|(key, value)| ((*key).into(), (*value).into())));
    charter
}

impl Sim {
    /// Does something about the law at a machine.
    pub fn law(&mut self, node: usize, draft: LawDraft) -> Result<Written, Failure> {
        self.submit(node, Draft::Law(draft))
    }

    /// The law as a machine has it printed.
    pub fn state(&self, node: usize) -> &State {
        self.service(node).world().law.as_ref().expect("the founding has come")
    }

    /// Whose machine it is.
    pub fn person(&self, node: usize) -> PersonId {
        let service = self.service(node);
        let device = service.device();
        service.world().register.credentials.values().find(|credential| credential.device == device).expect("it was let in").person
    }

    /// Has people pay dues at the founder's machine, and accept.
    pub fn pay(&mut self, people: &[usize]) {
        for node in people {
            let (from_ms, to_ms) = (self.now, self.now + MONTH_MS);
            let dues = LawDraft::Dues { member: self.person(*node), from_ms, to_ms, amount: "9.99 EUR".into(), commitment: [0; 32] };
            self.law(0, dues).expect("dues");
        }
        self.run_for(PRINTED_MS);
        for node in people {
            let offers: Vec<OpId> = self.offers(*node);
            for offer in offers {
                self.law(*node, LawDraft::Accept { offer }).expect("accepting");
            }
        }
        self.run_for(PRINTED_MS);
    }

    /// What waits for a person's acceptance, as their machine has it printed.
    pub fn offers(&self, node: usize) -> Vec<OpId> {
        let person = self.person(node);
        self.state(node).offers.iter().filter(|(_, offer)| offer.person == person).map(|(op, _)| *op).collect()
    }

    /// Begins a bill.
    pub fn draft_bill(&mut self, node: usize, title: &str, effects: &str, writers: Vec<PersonId>) -> DocumentId {
        let bill = LawDraft::Bill { title: title.into(), text: "Whereas.\n".into(), effects: effects.into(), writers };
        self.law(node, bill).expect("a draft").id
    }

    /// Puts a bill to the vote; answers the opening when it is printed everywhere.
    pub fn open_bill(&mut self, node: usize, document: DocumentId) -> OpId {
        self.run_for(PRINTED_MS);
        let opened = self.law(node, LawDraft::Open { document, requires: None, sunset: None }).expect("opening").op;
        self.run_for(PRINTED_MS);
        opened
    }

    /// Votes.
    pub fn vote(&mut self, node: usize, document: DocumentId, choice: Choice) -> Result<Written, Failure> {
        self.law(node, LawDraft::Vote { document, choice })
    }

    /// A bill as a machine has it printed.
    pub fn bill(&self, node: usize, opened: OpId) -> &Bill {
        self.state(node).bills.get(&opened).expect("the opening is printed")
    }

    /// The count of a bill, as printed.
    pub fn tally(&self, node: usize, opened: OpId) -> Tally {
        self.bill(node, opened).result.map_or_else(|| self.state(node).tally(opened), |(tally, _)| tally)
    }

    /// A bill as the person at a machine sees it.
    pub fn bill_view(&self, node: usize, document: DocumentId) -> BillView {
        let view = self.service(node).store().as_reader();
        let book: LawBook = view.law_book(self.now).expect("a store").expect("the founding");
        view.bill(document, &book, self.person(node)).expect("a store").expect("the bill is here")
    }

    /// Runs until something holds.
    pub fn until(&mut self, what: &str, patience_ms: u64, holds: impl Fn(&Self) -> bool) {
        let end = self.now + patience_ms;
        while !holds(self) {
            assert!(self.now < end, "seed {}: {what}: not within {patience_ms} ms", self.seed);
            self.run_for(250);
        }
    }

    /// Runs until the vote on a bill has ended at a machine.
    pub fn until_ended(&mut self, node: usize, opened: OpId) {
        self.until("the vote ends", 600_000, |sim| sim.state(node).bills.get(&opened).is_some_and(|bill| !bill.is_open()));
    }

    /// Issues as a machine holds them.
    pub fn issues(&self, node: usize) -> Vec<SignedIssue> {
        let kept = self.service(node).store().as_reader().issues_from(1, usize::MAX >> 1).expect("a store");
        kept.into_iter().map(|kept| kept.signed).collect()
    }

    /// Hands issues to a machine as a file would.
    pub fn import_issues(&mut self, node: usize, issues: Vec<SignedIssue>) {
        self.input(node, Input::Issues { issues });
    }

    /// Sends a message over each connection from one machine to another, as if its owner's program had.
    pub fn say(&mut self, from: usize, to: usize, message: &Message) {
        for link in self.network.links_of(from) {
            if self.network.other_end(link, from) == to {
                self.put_on_the_line(link, from, message.encode());
            }
        }
    }

    /// A machine that knows its co-op and keeps the hall, and has nothing of it: without a network.
    pub fn add_empty(&mut self, coop: CoopId, keys: Keystore) -> usize {
        let mut store = Store::in_memory().expect("memory");
        store.set_setting("coop", &coop.0).expect("setting");
        store.follow(SpaceId::HALL, true).expect("following");
        self.add_service(Service::open(store, keys).expect("an empty store opens"))
    }

    /// A machine with a store of its own.
    pub fn add_stored(&mut self, store: Store, keys: Keystore) -> usize {
        let node = self.add_service(Service::open(store, keys).expect("the store opens"));
        self.wake(node);
        node
    }

    /// Shuts a machine down for good; what it had is let go of.
    pub fn take_down(&mut self, node: usize) {
        self.crash(node);
        drop(self.machines[node].disk.take());
    }

    /// Has a machine that was taken down go on with another store.
    pub fn put_up(&mut self, node: usize, store: Store, keys: Keystore) {
        self.machines[node].service = Some(Service::open(store, keys).expect("the store opens"));
        self.wake(node);
    }
}

/// What somebody in a random mood does about the law at a machine; none where there is nothing to do.
pub(super) fn mood(sim: &mut Sim, node: usize, bills: &[DocumentId], round: usize) -> Option<LawDraft> {
    let me = sim.service(node).world().register.standing(sim.service(node).device()).map(|(_, credential)| credential.person)?;
    let law = sim.service(node).world().law.as_ref()?;
    let persons: Vec<PersonId> = law.register.persons.keys().copied().collect();
    let offers: Vec<OpId> = law.offers.iter().filter(|(_, offer)| offer.person == me).map(|(op, _)| *op).collect();
    let (now, random) = (sim.now, &mut sim.random);
    let document = random.pick(bills).copied();
    match (random.below(16), document) {
        (0..=2, _) if !offers.is_empty() => random.pick(&offers).map(|offer| LawDraft::Accept { offer: *offer }),
        (0, _) => {
            let (from_ms, to_ms) = (now, now + MONTH_MS);
            random.pick(&persons).map(|member| LawDraft::Dues { member: *member, from_ms, to_ms, amount: "9.99 EUR".into(), commitment: [0; 32] })
        }
        (1..=3, _) | (_, None) => {
            let effects = effects(random, &persons, round);
            let writers = random.pick(&persons).copied().into_iter().collect();
            Some(LawDraft::Bill { title: format!("Bill {round}"), text: format!("Whereas {round}.\n"), effects, writers })
        }
        (4, Some(document)) => Some(LawDraft::Cosponsor { document, requires: None, sunset: None }),
        (7, Some(document)) if random.one_in(4) => Some(LawDraft::Rebase { document }),
        (5..=7, Some(document)) => Some(LawDraft::Open { document, requires: None, sunset: None }),
        (8, Some(document)) if random.one_in(4) => Some(LawDraft::Withdraw { document }),
        (_, Some(document)) => {
            let choice = *random.pick(&[Choice::For, Choice::For, Choice::For, Choice::Against, Choice::Abstain]).expect("there are some");
            Some(LawDraft::Vote { document, choice })
        }
    }
}

fn effects(random: &mut Random, persons: &[PersonId], round: usize) -> String {
    let person = random.pick(persons).copied().unwrap_or(PersonId::ZERO);
    match random.below(7) {
        0 => format!("set-law fee.minimum=4.{:02} EUR", random.below(100)),
        1 => format!("create-job job-{} 1000.00 EUR Job", round % 8),
        2 => format!("fill-job job-{} {person}", random.below(8)),
        3 => format!("end-job job-{}", random.below(8)),
        4 => format!("budget bread {}.00 EUR", 1 + random.below(10_000)),
        5 => format!("endorse host-{}.example", random.below(4)),
        _ => String::new(),
    }
}

/// What a teller's receipts say that it holds, from its chain.
pub(super) fn receipts(sim: &Sim, node: usize, teller: DeviceId, from: u64) -> Vec<(u64, ChainTo)> {
    use folkmoot_protocol::sync::ChainRange;
    let range = ChainRange { space: SpaceId::HALL, device: teller, from, to: u64::MAX };
    let held = sim.service(node).store().as_reader().chain_operations(range, usize::MAX).expect("a store");
    let receipts = held.iter().filter_map(|held| Some((held.op.header.seq, folkmoot_node::store::receipt_of(held)?)));
    receipts.flat_map(|(seq, receipt)| receipt.held.into_iter().map(move |to| (seq, to))).collect()
}
