//! Members with a second device. It gets lost; its owner closes it with the first, and what whoever found it signs has no effect.

use super::*;
use folkmoot_protocol::{
    act::{Act, GrantDevice, Keep, LawAct, RevokeDevice, standing::Challenge},
    identity::{Pairing, device_of},
    law::Choice,
    op::Content,
};

/// Who has a laptop: people on paper.
const OWNERS: [usize; 3] = [9, 10, 11];

/// A second device, which is a chain of its own.
pub(super) struct Laptop {
    owner: usize,
    device: DeviceId,
    key: SigningKey,
    credential: OpId,
    chain: Vec<(OpId, SignedOp)>,
    /// The act that closed it.
    revoked: Option<OpId>,
    /// Its ballots: on what, and which edit.
    pub(super) ballots: Vec<(OpId, OpId)>,
}

impl Coop {
    /// Each owner ties a laptop to themselves.
    pub(super) fn tie_laptops(&mut self) {
        for owner in OWNERS {
            let key = SigningKey::from_bytes(&self.sim.random.bytes());
            let grant = Act::GrantDevice(GrantDevice { pairing: Pairing::sign("laptop".into(), &key), authority: None });
            let credential = self.write(owner, None, &Content::Act(grant));
            self.laptops.push(Laptop { owner, device: device_of(&key), key, credential, chain: vec![], revoked: None, ballots: vec![] });
        }
    }

    /// Laptops vote; now and then one gets lost and is closed, and goes on.
    pub(super) fn use_laptops(&mut self) {
        for place in 0..self.laptops.len() {
            let Laptop { owner, credential, revoked, .. } = self.laptops[place];
            if self.people[owner].forked || !self.is_printed(self.honest(), credential) {
                continue;
            }
            match revoked {
                None if self.laptops[place].ballots.len() > 1 && self.sim.random.one_in(10) => self.revoke(place),
                None => self.vote_with(place),
                Some(act) => self.misuse(place, act),
            }
        }
    }

    /// On top of what the owner said before; what the owner says later follows this.
    fn vote_with(&mut self, place: usize) {
        if !self.sim.random.one_in(3) {
            return;
        }
        let Some(bill) = self.open_bill() else { return };
        let owner = self.laptops[place].owner;
        let at = self.people[owner].ballots.get(&bill).and_then(|edits| edits.last()).copied().into_iter().collect();
        let choice = Choice::ALL[self.sim.random.below(3) as usize];
        let op = self.write_with(place, Some(DocumentId::ballot_of(bill, self.people[owner].person)), &on_paper::ballot(bill, choice, at));
        self.people[owner].ballots.entry(bill).or_default().push(op);
        self.laptops[place].ballots.push((bill, op));
    }

    /// The owner says how much of it stands: all, or only a part. The law does not ask for that: what is printed up to then stands.
    fn revoke(&mut self, place: usize) {
        let Laptop { owner, device, ref chain, .. } = self.laptops[place];
        let seq = self.sim.random.below(chain.len() as u64 + 1);
        let keep = if seq == 0 { vec![] } else { vec![Keep { space: SpaceId::HALL, seq }] };
        let act = self.write(owner, None, &Content::Act(Act::RevokeDevice(RevokeDevice { device, keep, authority: None })));
        self.laptops[place].revoked = Some(act);
        self.fire("member: a device is closed");
    }

    /// Whoever has it votes, challenges and ties a device: before the closing is printed that may count, after it nothing does.
    fn misuse(&mut self, place: usize, closing: OpId) {
        if !self.sim.random.one_in(3) {
            return;
        }
        let (closed, owner) = (self.is_printed(self.honest(), closing), self.laptops[place].owner);
        let Some(bill) = self.open_bill() else { return };
        let person = self.people[owner].person;
        let (document, content) = match self.sim.random.below(3) {
            0 => (None, on_paper::law(LawAct::Challenge(Challenge { member: self.people[self.treasurer].person, reason: "Because.".into() }))),
            _ => (Some(DocumentId::ballot_of(bill, person)), on_paper::ballot(bill, Choice::Against, vec![])),
        };
        let op = self.write_with(place, document, &content);
        if closed {
            self.idle(op, "member: signs with a device that is closed");
            self.fire("member: signs with a device that is closed");
        }
    }

    fn write_with(&mut self, place: usize, document: Option<DocumentId>, content: &Content) -> OpId {
        let laptop = &self.laptops[place];
        let (seq, prev) = (laptop.chain.len() as u64 + 1, laptop.chain.last().map_or(OpId::ZERO, |(op, _)| *op));
        let at = on_paper::Standing { coop: self.coop(), seq, prev, credential: laptop.credential, claimed_at: self.sim.now };
        let (op, signed) = on_paper::sign(&at, document, content, self.sim.random.bytes(), &self.laptops[place].key);
        self.laptops[place].chain.push((op, signed));
        let chain: Vec<SignedOp> = self.laptops[place].chain.iter().map(|(_, signed)| signed.clone()).collect();
        if let Some(node) = self.machine_near(self.people[self.laptops[place].owner].home) {
            self.sim.import(node, chain);
        }
        op
    }

    /// Everything that was signed with a laptop, for who hands in what they have.
    pub(super) fn laptops_chains(&self) -> Vec<SignedOp> {
        self.laptops.iter().flat_map(|laptop| laptop.chain.iter().map(|(_, signed)| signed.clone())).collect()
    }

    /// What was printed of a device before its closing stands, and what was printed later has no effect. Answers how many ballots
    /// stand.
    pub(super) fn what_was_printed_before_a_closing_stands(&self, node: usize) -> u64 {
        let view = self.sim.service(node).store().as_reader();
        let mut stand = 0;
        for laptop in &self.laptops {
            let Some(closing) = laptop.revoked.and_then(|act| view.printing_of(act).expect("a store")) else { continue };
            for (_, op) in &laptop.ballots {
                let Some(printing) = view.printing_of(*op).expect("a store") else { continue };
                let cut = printing.reason.as_ref().is_some_and(|reason| reason.contains("closed"));
                assert_eq!(printing.height > closing.height, cut, "seed {}: machine {node}: {op}: {printing:?}, closed by {closing:?}", self.sim.seed);
                stand += u64::from(printing.height <= closing.height);
            }
        }
        stand
    }
}
