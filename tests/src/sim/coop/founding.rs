//! How the co-op begins: one teller, thirty people who pay, and a bill that makes some of them workers, officers and tellers.

use super::*;
use folkmoot_node::{api::LawDraft, keystore::Keystore};
use folkmoot_protocol::{
    act::LawAct,
    agreement::most_hostile,
    law::{Choice, Effect, Status},
};

/// Dues of a long time are paid for so many days.
const LONG_DAYS: u64 = 300;
const DAY_MS: u64 = 86_400_000;
/// Who pays for a short time does for so many ms.
const SHORT_MS: u64 = 120_000;
/// How many people on paper are workers.
const WORKERS: usize = 3;

impl Coop {
    /// Machines and members; everybody but the founder has paid and accepted.
    pub(super) fn found(seed: u64) -> Self {
        let mut sim = Sim::new(seed, 0, Faults::none());
        let tellers = *sim.random.pick(&[4, 4, 4, 5, 5, 7]).expect("there are some");
        let crooks = pick_crooks(&mut sim, tellers);
        let entropy: Vec<[u8; 64]> = (0..tellers + OTHERS).map(|_| sim.random.bytes()).collect();
        let keys = (0..entropy.len()).map(|node| add(&mut sim, node, entropy[node], crooks.contains(&node))).collect();
        sim.be_good(true);
        sim.heard = Some(Heard::default());
        let charter = [("sponsors.needed", "2"), ("deliberation.period", "PT4S"), ("conflict.rule", ["shown", "counted"][(seed % 2) as usize])];
        sim.found_under(quick(&charter));
        let foreign = super::super::another_coop(&mut sim.random);
        let mut coop = Self {
            sim,
            keys,
            entropy,
            people: vec![],
            laptops: vec![],
            tellers,
            crooks,
            texts: vec![],
            treasurer: 0,
            registrar: 1,
            accepted: BTreeSet::new(),
            idle: BTreeMap::new(),
            rivals: vec![],
            foreign,
            backup: None,
            watch: Watch::default(),
        };
        for number in 0..PEOPLE - coop.sim.machines() {
            coop.let_in(number % (tellers + OTHERS));
        }
        coop.sim.run_for(6_000);
        coop.everybody_pays();
        coop
    }

    fn everybody_pays(&mut self) {
        let machines = (1..self.sim.machines()).map(|node| self.sim.person(node));
        let people: Vec<PersonId> = machines.chain(self.people.iter().map(|person| person.person)).collect();
        for (number, member) in people.iter().enumerate() {
            let short = number % 7 == 6 && number > self.sim.machines();
            let from_ms = self.sim.now;
            let to_ms = from_ms + if short { SHORT_MS } else { LONG_DAYS * DAY_MS };
            let dues = LawDraft::Dues { member: *member, from_ms, to_ms, amount: "99.99 EUR".into(), commitment: [0; 32] };
            self.sim.law(0, dues).expect("dues");
        }
        self.sim.run_for(5_000);
        self.accept_all();
        let people = self.people.len() + self.sim.machines() - 1;
        let all = |sim: &Sim| sim.honest().iter().all(|node| sim.state(*node).electorate(sim.state(*node).time()).consumers.len() == people);
        self.sim.until("all are on the roll", 90_000, all);
    }

    /// Everybody accepts whatever waits for them, as their machine has it printed.
    pub(super) fn accept_all(&mut self) {
        for node in (0..self.sim.machines()).filter(|node| self.sim.is_up(*node)).collect::<Vec<_>>() {
            for offer in if self.sim.is_up(node) { self.sim.offers(node) } else { vec![] } {
                if !self.accepted.contains(&(node, offer)) && self.sim.law(node, LawDraft::Accept { offer }).is_ok() {
                    self.accepted.insert((node, offer));
                }
            }
        }
        for who in (0..self.people.len()).filter(|who| !self.people[*who].forked).collect::<Vec<_>>() {
            let Some(home) = self.machine_near(self.people[who].home) else { return };
            let person = self.people[who].person;
            let offers: Vec<OpId> = self.sim.state(home).offers.iter().filter(|(_, offer)| offer.person == person).map(|(op, _)| *op).collect();
            for offer in offers {
                if self.people[who].accepted.insert(offer) {
                    self.write(who, None, &on_paper::law(LawAct::Accept { offer }));
                }
            }
        }
    }

    /// A bill makes some workers, gives the offices to two people on paper, and makes the first machines tellers.
    pub(super) fn hire_tellers(&mut self) {
        let teller = |node| format!("appoint teller {}\n", self.sim.person(node));
        let mut effects: String = (1..self.tellers).map(teller).collect();
        effects += &format!("appoint treasurer {}\nappoint registrar {}\n", self.people[self.treasurer].person, self.people[self.registrar].person);
        for auditor in disputes::AUDITORS {
            effects += &format!("appoint auditor {}\n", self.people[auditor].person);
        }
        for worker in 0..WORKERS {
            effects += &format!("create-job job-{worker} 1000.00 EUR Job\nfill-job job-{worker} {}\n", self.people[2 + worker].person);
        }
        let opened = self.pass("Tellers", &effects);
        let status = &self.sim.bill(0, opened).status;
        assert!(matches!(status, Status::Enacted { .. }), "seed {}: {status:?}", self.sim.seed);
        self.accept_all();
        let tellers = self.tellers;
        self.sim.until("there are several tellers", 60_000, |sim| sim.honest().iter().all(|node| sim.state(*node).tellers().len() == tellers));
        self.look();
    }

    /// A bill for which everybody is, while all is calm; answers its opening.
    pub(super) fn pass(&mut self, title: &str, effects: &str) -> OpId {
        let opened = self.pass_somewhere(title, effects);
        self.sim.until("all know it", 120_000, |sim| sim.honest().into_iter().all(|node| is_settled(sim, node, opened)));
        opened
    }

    /// As [`Coop::pass`], until the machine that proposed it knows: another one, which a hostile one keeps waiting for the issue, may
    /// be seconds behind, and an election over by then.
    pub(super) fn pass_somewhere(&mut self, title: &str, effects: &str) -> OpId {
        let sponsor = self.honest();
        let document = self.sim.draft_bill(sponsor, title, effects, vec![]);
        self.sim.run_for(2_000);
        let supporter = self.sim.honest().into_iter().find(|node| *node != sponsor).expect("there are several");
        self.sim.law(supporter, LawDraft::Cosponsor { document, requires: None, sunset: None }).expect("support");
        self.sim.run_for(8_000);
        let opened = self.sim.law(sponsor, LawDraft::Open { document, requires: None, sunset: None }).expect("opening").op;
        let end = self.sim.now + 60_000;
        while !self.sim.honest().iter().all(|node| self.sim.state(*node).bills.contains(&opened)) {
            assert!(self.sim.now < end, "seed {}: {title} is not open: {}", self.sim.seed, self.why_not_open(sponsor, opened));
            self.sim.run_for(500);
        }
        for node in self.sim.honest() {
            let _ = self.sim.vote(node, document, Choice::For);
        }
        for who in (0..self.people.len()).filter(|who| !self.people[*who].forked).collect::<Vec<_>>() {
            self.vote(who, opened, Choice::For);
        }
        self.sim.until("the bill is settled", 120_000, |sim| is_settled(sim, sponsor, opened));
        opened
    }

    /// What became of an opening, and when something was printed last.
    fn why_not_open(&self, node: usize, opened: OpId) -> String {
        let printing = self.sim.service(node).store().as_reader().printing_of(opened).expect("a store");
        let law = self.sim.state(node);
        format!("{printing:?}; issue {}, {} ms ago; {}", law.height(), self.sim.now - law.time(), self.sim.describe(&self.sim.honest()))
    }

    /// The effects of a bill's lines, by the law as a machine has it printed.
    pub(super) fn effects(&self, node: usize, lines: &str) -> Vec<Effect> {
        let version = |key: &str| self.sim.state(node).values.get(&key.to_owned()).map_or(0, |value| value.version());
        Effect::parse_all(lines, version).expect("effects")
    }
}

/// As many tellers as may be are hostile; the founder is not.
fn pick_crooks(sim: &mut Sim, tellers: usize) -> Vec<usize> {
    let mut crooks: Vec<usize> = vec![];
    while crooks.len() < most_hostile(tellers) {
        let node = 1 + sim.random.below(tellers as u64 - 1) as usize;
        if !crooks.contains(&node) {
            crooks.push(node);
        }
    }
    crooks
}

fn add(sim: &mut Sim, node: usize, entropy: [u8; 64], crook: bool) -> SigningKey {
    let keys = Keystore::in_memory(&format!("Person {node}"), entropy);
    let key = keys.key().clone();
    if crook {
        sim.add_villain(Malice::Crook, keys, vec![]);
    } else {
        sim.add(keys);
    }
    key
}

/// Whether, as a machine has it printed, a bill is neither open nor on its way into force.
fn is_settled(sim: &Sim, node: usize, bill: OpId) -> bool {
    !matches!(sim.bill(node, bill).status, Status::Open | Status::Passed { .. })
}
