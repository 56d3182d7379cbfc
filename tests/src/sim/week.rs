//! A rough week: random people do random things while everything goes wrong; then the faults end and all honest
//! machines must agree, whatever the hostile ones go on doing.

use super::{Checks, Faults, Sim, law, quick};
use crate::random::Random;
use folkmoot_node::api::{Draft, LawDraft, Request};
use folkmoot_protocol::{
    act::Mark,
    document::Key,
    id::*,
    law::{Choice, Count, Status},
};
use std::collections::BTreeMap;

/// Simulated time in which all must agree once the faults have ended.
const PATIENCE_MS: u64 = 900_000;
/// Rounds of faults.
const ROUNDS: usize = 100;
/// How reasons begin that speak of a peer's fault.
const BLAME: [&str; 6] =
    ["honest: it keeps sending", "honest: its reconciliation", "honest: it sent", "honest: it floods", "honest: it does not send", "honest: it does not read"];
/// Simulated time behind that for the votes that are under way to end.
const VOTES_END_MS: u64 = 60_000;
/// How far the teller's clock may be off at the most, in ms: its clock is the one that counts in law.
const TELLER_OFF_MS: u64 = 2_000;
/// As many vote when a bill is put to the vote.
const MOST_VOTERS: usize = 12;

/// How a run went.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Machines, the hostile ones too.
    pub machines: usize,
    /// How often each fault fired.
    pub fired: BTreeMap<&'static str, u64>,
    /// Why honest machines dropped peers, and how often.
    pub dropped: BTreeMap<String, u64>,
    /// Operations that an honest machine held in the end.
    pub operations: u64,
    /// Simulated time from the end of the faults to agreement, in ms.
    pub healed_in_ms: u64,
    /// Comparisons of machines that held the same.
    pub compared: u64,
    /// Texts that were seen again.
    pub texts: u64,
    /// Acknowledged operations that were looked for.
    pub looked_for: u64,
    /// Issues of the Gazette.
    pub issues: u64,
    /// Comparisons of issues.
    pub issues_compared: u64,
    /// Ballots with a teller's receipt that were looked for.
    pub receipts: u64,
    /// Bills whose vote ended.
    pub votes: u64,
    /// Bills that came into force.
    pub in_force: u64,
    /// Ballots that were counted.
    pub ballots: u64,
    /// Most bytes under way on one connection in one direction.
    pub most_under_way: usize,
    /// Hash over all that happened.
    pub trace: String,
}

impl Report {
    /// Adds another run's figures.
    pub fn add(&mut self, other: &Self) {
        self.machines += other.machines;
        other.fired.iter().for_each(|(fault, times)| *self.fired.entry(fault).or_insert(0) += times);
        other.dropped.iter().for_each(|(reason, times)| *self.dropped.entry(reason.clone()).or_insert(0) += times);
        self.operations += other.operations;
        self.healed_in_ms = self.healed_in_ms.max(other.healed_in_ms);
        self.compared += other.compared;
        self.texts += other.texts;
        self.looked_for += other.looked_for;
        self.issues += other.issues;
        self.issues_compared += other.issues_compared;
        self.receipts += other.receipts;
        self.votes += other.votes;
        self.in_force += other.in_force;
        self.ballots += other.ballots;
        self.most_under_way = self.most_under_way.max(other.most_under_way);
    }
}

/// How many honest machines a seed has: mostly a few, now and then hundreds.
fn people(seed: u64, random: &mut Random) -> usize {
    match seed % 250 {
        249 => 200 + random.below(100) as usize,
        24 | 124 | 224 => 40 + random.below(20) as usize,
        _ => 4 + random.below(8) as usize,
    }
}

/// Lives through one seed's week. Panics, with the seed, where something is wrong.
pub fn live_through(seed: u64) -> Report {
    let mut random = Random::new(seed ^ 0x5eed);
    let (people, faults) = (people(seed, &mut random), Faults::drawn(&mut random));
    let mut week = Week::begin(seed, people, faults.clone());
    week.sim.set_faults(faults);
    for round in 0..ROUNDS {
        week.sim.trouble(&[0], TELLER_OFF_MS);
        week.act(round);
        let pause = week.sim.random.below(3_000);
        week.sim.run_for(pause);
        if week.sim.random.one_in(8) {
            week.checks.look(&mut week.sim);
        }
    }
    week.end()
}

struct Week {
    sim: Sim,
    checks: Checks,
    communities: Vec<SpaceId>,
    documents: Vec<DocumentId>,
    bills: Vec<DocumentId>,
}

impl Week {
    fn begin(seed: u64, people: usize, faults: Faults) -> Self {
        let mut sim = Sim::new(seed, people, Faults { hostile: faults.hostile, ..Faults::none() });
        sim.be_good(true);
        let first = sim.found_under(quick(&[]));
        let second = sim.open_community(0, "music");
        sim.run_for(5_000);
        for node in 1..sim.machines() {
            if sim.random.below(4) > 0 {
                // Whoever has not heard of it yet goes without.
                let _ = sim.ask(node, Request::Follow { space: second, on: true });
            }
        }
        if people < 50 {
            for node in [0, 1] {
                let laptop = sim.pair(node);
                sim.ask(laptop, Request::Follow { space: first, on: true }).expect("following");
            }
        }
        // Some pay from the beginning, so that there is a vote.
        sim.pay(&(1..people.min(9)).step_by(2).collect::<Vec<_>>());
        sim.be_good(false);
        Self { sim, checks: Checks::default(), communities: vec![first, second], documents: vec![], bills: vec![] }
    }

    /// Somebody does something.
    fn act(&mut self, round: usize) {
        let everybody = self.sim.machines() as u64;
        let node = self.sim.random.below(everybody) as usize;
        if !self.sim.is_up(node) {
            return;
        }
        if self.sim.random.one_in(3) {
            return self.do_law(node, round);
        }
        let draft = self.draft(round);
        let founds = matches!(draft, Draft::Post { .. } | Draft::Comment { .. } | Draft::CreatePage { .. });
        // Refusals are fine: somebody else's post, one that this node does not know, a full disk.
        if let Ok(written) = self.sim.submit(node, draft)
            && founds
        {
            self.documents.push(written.id);
        }
    }

    /// Somebody does something in the co-op's law. When a bill is put to the vote, many hear of it.
    fn do_law(&mut self, node: usize, round: usize) {
        let Some(draft) = law::mood(&mut self.sim, node, &self.bills, round) else { return };
        match (self.sim.law(node, draft.clone()), draft) {
            (Ok(written), LawDraft::Bill { .. }) => self.bills.push(written.id),
            (Ok(_), LawDraft::Open { document, .. } | LawDraft::Rebase { document }) => self.campaign(document),
            _ => {}
        }
    }

    /// Most people vote on a bill, most of them for it, as far as they have heard of it.
    fn campaign(&mut self, document: DocumentId) {
        self.sim.run_for(2_000);
        for node in 0..self.sim.machines().min(MOST_VOTERS) {
            if self.sim.is_up(node) && !self.sim.random.one_in(4) {
                let choice = if self.sim.random.one_in(5) { Choice::Against } else { Choice::For };
                let _ = self.sim.vote(node, document, choice);
            }
        }
    }

    fn draft(&mut self, round: usize) -> Draft {
        let random = &mut self.sim.random;
        let community = *random.pick(&self.communities).expect("there is one");
        let target = random.pick(&self.documents).copied();
        let text = format!("Written in round {round}\nand {}\n", random.below(1_000));
        match (random.below(14), target) {
            (0, _) => Draft::CreatePage { community, name: format!("page-{round}"), title: "Page".into(), text, writers: None },
            (1..=4, _) | (_, None) => Draft::Post { community, title: format!("Post {round}"), text, url: None, origin: None },
            (5..=7, Some(on)) => Draft::Comment { on, text, origin: None },
            (8..=9, Some(document)) => Draft::React { document, mark: if random.one_in(2) { Mark::Up } else { Mark::Down } },
            (10..=12, Some(document)) => Draft::Edit { document, at: None, fields: BTreeMap::from([(Key::Text, text)]) },
            (_, Some(document)) => Draft::Erase { document },
        }
    }

    /// Where the network did nothing that QUIC does not do, an honest peer is never dropped for what it did.
    fn nobody_honest_was_blamed(&self) {
        let unnatural = ["lost message", "doubled message", "reordered message"];
        if unnatural.iter().any(|fault| self.sim.fired.contains_key(fault)) {
            return;
        }
        let blamed: Vec<_> = self.sim.dropped.iter().filter(|(reason, _)| BLAME.iter().any(|blame| reason.starts_with(blame))).collect();
        assert!(blamed.is_empty(), "seed {}: {blamed:?}", self.sim.seed);
    }

    fn end(mut self) -> Report {
        self.sim.heal();
        let begun = self.sim.now;
        self.sim.settle(PATIENCE_MS);
        let healed_in_ms = self.sim.now - begun;
        self.sim.run_for(VOTES_END_MS);
        self.sim.settle(PATIENCE_MS);
        self.checks.look_last(&mut self.sim);
        self.sim.count_harm();
        self.nobody_honest_was_blamed();
        let honest = self.sim.honest()[0];
        let law = self.sim.state(honest);
        let results = || law.bills.iter().filter_map(|(_, bill)| bill.result.map(|(tally, _)| tally));
        let cast = |count: Count| count.in_favour + count.against + count.abstain;
        Report {
            machines: self.sim.machines(),
            operations: self.sim.verify(honest).operations,
            healed_in_ms,
            compared: self.checks.compared,
            texts: self.checks.texts_seen_again,
            looked_for: self.checks.looked_for,
            issues: law.height(),
            issues_compared: self.checks.gazette.compared,
            receipts: self.checks.gazette.receipts_kept,
            votes: results().count() as u64,
            in_force: law.bills.iter().filter(|(_, bill)| matches!(bill.status, Status::Enacted { .. })).count() as u64,
            ballots: results().map(|tally| cast(tally.consumers) + cast(tally.workers)).sum(),
            most_under_way: self.sim.most_under_way,
            trace: self.sim.trace.finalize().to_hex().to_string(),
            fired: self.sim.fired,
            dropped: self.sim.dropped,
        }
    }
}
