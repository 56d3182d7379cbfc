//! What people do at their machines.

use super::{Sim, address};
use crate::random::Random;
use folkmoot_node::{
    api::{Draft, Failure, Request, Response, Status, Written},
    keystore::Keystore,
    service::{Input, Output, RequestId, Service, Source},
    store::{Store, VerifyReport},
};
use folkmoot_protocol::{id::*, op::SignedOp, sync::ChainRange, ticket::Ticket};
use std::collections::BTreeMap;

impl Sim {
    /// Founds a co-op on machine 0 and lets all others in; all follow one community. Answers its space.
    pub fn found(&mut self) -> SpaceId {
        self.found_under(BTreeMap::new())
    }

    /// The same, under another charter than the preset cast's: keys and their values' text forms.
    pub fn found_under(&mut self, charter: BTreeMap<String, String>) -> SpaceId {
        self.submit(0, Draft::Found { name: "Bread".into(), charter }).expect("founding");
        let space = self.open_community(0, "talk");
        for node in 1..self.machines() {
            self.join(node, node / 3);
            self.ask(node, Request::Follow { space, on: true }).expect("following");
        }
        space
    }

    /// Opens a community.
    pub fn open_community(&mut self, node: usize, name: &str) -> SpaceId {
        let community = Draft::OpenCommunity { name: name.into(), title: name.into(), sidebar: String::new(), rules: String::new() };
        SpaceId(self.submit(node, community).expect("opening").id.0)
    }

    /// Lets a machine in by an invitation of another's.
    pub fn join(&mut self, node: usize, inviter: usize) {
        let invited = self.ask(inviter, Request::Invite { guest: false, expires_in_ms: 3_600_000, uses: 1 }).expect("inviting");
        let Response::Invited { ticket, .. } = invited else { panic!("an invitation answers with a ticket") };
        self.ask(node, Request::Join { ticket }).expect("joining");
    }

    /// Gives the person at a machine a further device; answers its machine.
    pub fn pair(&mut self, node: usize) -> usize {
        let keys = Keystore::in_memory_device("laptop", self.random.bytes());
        let offer = Ticket::Offer { pairing: keys.pairing() }.to_string();
        let second = self.add(keys);
        let added = self.ask(node, Request::AddDevice { ticket: offer, authority: None }).expect("adding a device");
        let Response::Welcomed { ticket, .. } = added else { panic!("a device is welcomed") };
        self.ask(second, Request::Join { ticket }).expect("joining as a further device");
        second
    }

    /// Writes one draft; the acknowledgement is remembered.
    pub fn submit(&mut self, node: usize, draft: Draft) -> Result<Written, Failure> {
        match self.ask(node, Request::Submit { drafts: vec![draft] })? {
            Response::Written { written } => {
                let written = written[0];
                self.acknowledged.push((node, written.op));
                Ok(written)
            }
            other => panic!("a submission answers with what was written, not {other:?}"),
        }
    }

    /// Asks a node and lets the world go on until it answers, or is no more.
    pub fn ask(&mut self, node: usize, request: Request) -> Result<Response, Failure> {
        let id = self.next_request();
        let entropy = self.random.bytes();
        let life = self.machines[node].life;
        self.input(node, Input::Request { id, request, entropy });
        loop {
            if let Some(answer) = self.machines[node].answers.remove(&id) {
                return answer;
            }
            if !self.is_up(node) || self.machines[node].life != life || !self.step() {
                return Err(Failure::new("no-answer", "the node did not answer", ""));
            }
        }
    }

    /// A node's status.
    pub fn status(&mut self, node: usize) -> Status {
        match self.ask(node, Request::Status) {
            Ok(Response::Status(status)) => *status,
            other => panic!("no status: {other:?}"),
        }
    }

    /// Hands operations to a node as a file would.
    pub fn import(&mut self, node: usize, operations: Vec<SignedOp>) {
        let id = self.next_request();
        let operations = operations.into_iter().map(|op| op.verify().map_err(|error| error.to_string())).collect();
        self.input(node, Input::Operations { source: Source::File(id), operations });
    }

    /// Throws away what a node derived and builds it anew; answers the report after.
    pub fn rebuild(&mut self, node: usize) -> VerifyReport {
        self.machines[node].service.as_mut().expect("the machine is up").rebuild(&|_, _| {}).expect("rebuilding");
        self.verify(node)
    }

    /// Checks a node's whole store.
    pub fn verify(&self, node: usize) -> VerifyReport {
        self.service(node).store().as_reader().verify(&|_, _| {}).expect("the store can be read")
    }

    /// All operations of a space that a node holds, as they travel.
    pub fn operations(&self, node: usize, space: SpaceId) -> Vec<SignedOp> {
        held(self.service(node), space)
    }

    /// Copies a machine with its keys, as a careless backup does; answers the copy's number. The copy has
    /// the operations that the original holds now.
    pub fn copy_machine(&mut self, node: usize, keys: Keystore, spaces: &[SpaceId]) -> usize {
        let operations: Vec<_> = spaces.iter().map(|space| self.operations(node, *space)).collect();
        let coop = self.service(node).world().coop.expect("the original belongs to a co-op");
        let mut store = Store::in_memory().expect("memory");
        store.set_setting("coop", &coop.0).expect("setting");
        spaces.iter().for_each(|space| store.follow(*space, true).expect("following"));
        let copy = self.add_service(Service::open(store, keys).expect("the copy opens"));
        operations.into_iter().for_each(|operations| self.import(copy, operations));
        copy
    }

    /// Lets a machine that was added without a network reach the others, which it hears of from `other`.
    pub fn connect_machine(&mut self, node: usize, other: usize) {
        let device = self.service(other).device();
        self.machines[node].service.as_mut().expect("the machine is up").meet(device, address(other));
        self.wake(node);
    }

    fn next_request(&mut self) -> RequestId {
        self.next_request += 1;
        RequestId(self.next_request)
    }
}

fn held(service: &Service, space: SpaceId) -> Vec<SignedOp> {
    let view = service.store().as_reader();
    let chains = view.chains().expect("chains").into_iter().filter(|chain| chain.space == space);
    let ranges = chains.map(|chain| ChainRange { space, device: chain.device, from: 1, to: chain.tip.seq });
    ranges.flat_map(|range| view.chain_operations(range, usize::MAX).expect("operations")).map(|held| held.op.to_signed()).collect()
}

/// A few operations of a co-op that has nothing to do with the one that is simulated.
pub fn another_coop(random: &mut Random) -> Vec<SignedOp> {
    let keys = Keystore::in_memory("Somebody else", random.bytes());
    let mut service = Service::open(Store::in_memory().expect("memory"), keys).expect("a fresh store opens");
    let drafts = [
        Draft::Found { name: "Elsewhere".into(), charter: Default::default() },
        Draft::OpenCommunity { name: "talk".into(), title: "Talk".into(), sidebar: String::new(), rules: String::new() },
    ];
    for draft in drafts {
        let request = Request::Submit { drafts: vec![draft] };
        let outputs = service.handle(Input::Request { id: RequestId(0), request, entropy: random.bytes() }, super::START_MS);
        assert!(outputs.iter().any(|output| matches!(output, Output::Reply { result: Ok(_), .. })), "another co-op is founded");
    }
    service.world().tips.keys().flat_map(|space| held(&service, *space)).collect()
}
