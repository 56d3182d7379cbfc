//! Chance at the Gazette: a handful of people who do anything that the law knows, at any time, from bytes.

mod communities;

use super::{BEGINNING, Paper};
use crate::fuzz::Bytes;
use folkmoot_protocol::{
    act::{
        Act, LawAct, OpenSpace,
        evidence::Evidence,
        law::{Ban, Dues, Measure, Moderation, Report, Unban},
        standing::{Challenge, Decision, Reconcile},
    },
    id::*,
    law::{self, Choice, Effect, Feature, Money, Office, PledgeState, Preset, PrintedOp, Proposal, Value},
    op::Content,
};
use std::collections::BTreeMap;

/// No game has more people and devices,
const MOST_PEOPLE: usize = 12;
/// or more bills.
const MOST_BILLS: usize = 16;

/// A game of chance at the Gazette.
pub struct Game {
    /// The co-op.
    pub paper: Paper,
    /// Bills that somebody put, printed or not, refused or not.
    pub bills: Vec<OpId>,
    /// Only resolutions, plain keys of the law, dues, jobs, challenges and reconciliations.
    plain: bool,
    /// A community.
    space: SpaceId,
    edits: BTreeMap<(OpId, PersonId), Vec<OpId>>,
}

impl Game {
    /// A co-op of five, under a charter that the bytes vary. `plain`: only what the slow recount knows.
    pub fn new(dice: &mut Bytes<'_>, plain: bool) -> Self {
        let mut others = vec![("growth.least", ["10", "2"][dice.below(2)]), ("waiting.period", ["PT0S", "PT3S"][dice.below(2)])];
        others.push(("late.swing", ["PT5S", "PT0S"][dice.below(2)]));
        others.push(("participants.least", ["2", "4", "1"][dice.below(3)]));
        others.push(("conflict.rule", ["shown", "counted"][dice.below(2)]));
        if !plain {
            others.push(("dual.ballots", ["both", "consumers", "workers"][dice.below(3)]));
            others.push(("empty.body", ["override", "waived"][dice.below(2)]));
            others.push(("moderator.voters", ["participants", "participants", "members"][dice.below(3)]));
            others.push(("sponsors.needed", ["1", "2"][dice.below(2)]));
        }
        let mut paper = Paper::found(Preset::Quick, &others);
        paper.consumers(4);
        let space = SpaceId::opened_by(paper.act(1, Act::OpenSpace(OpenSpace { name: "talk".into() })));
        paper.print(1);
        if plain && dice.coin() {
            paper.open_election(200, Office::Moderator(space), 1);
        }
        if plain && dice.coin() {
            let bill = paper.enact(0, 201, vec![Effect::Appoint { office: Office::Auditor, person: paper.people[1].person }]);
            paper.law(1, LawAct::Accept { offer: bill.made_by(0) });
            paper.print(1);
        }
        // Bills that everybody is for are rare: half of the games begin with an election, or a vote on priorities.
        if !plain && paper.state.charter().sponsors_needed == 1 && dice.coin() {
            let elections = [(Office::Teller, 1), (Office::Teller, 4), (Office::Auditor, 2), (Office::Treasurer, 1)];
            match elections.get(dice.below(5)) {
                Some((office, seats)) => paper.open_election(200, *office, *seats),
                None => paper.prioritise(200, prioritise(dice)),
            };
        }
        Self { paper, bills: vec![], plain, space, edits: BTreeMap::new() }
    }

    /// Plays until the bytes end, or so many moves.
    pub fn play(&mut self, dice: &mut Bytes<'_>, moves: usize) {
        for _ in 0..moves {
            if dice.is_empty() {
                break;
            }
            self.step(dice);
        }
        self.paper.print(1);
        self.paper.print(60_000);
        self.paper.print(60_000);
    }

    /// One move.
    pub fn step(&mut self, dice: &mut Bytes<'_>) {
        match dice.below(if self.plain { 37 } else { 60 }) {
            0..=5 => self.vote(dice),
            6..=8 => self.agree(dice),
            9..=11 => self.open(dice),
            12..=15 => {
                let after = [1, 500, 1_500, 4_000, 9_000, 22_000][dice.below(6)];
                self.paper.print(after);
            }
            16 => self.join(dice),
            17 => self.dues(dice),
            18..=20 => self.accept(dice),
            21 => {
                let bill = self.bill(dice);
                let _ = self.law(dice, LawAct::Withdraw { bill });
            }
            28 | 29 if self.plain => self.challenge(dice),
            30 if self.plain => self.reconcile(dice),
            31.. if self.plain => self.community(dice),
            22 if !self.plain => self.device(dice),
            23 if !self.plain => self.support(dice),
            24..=26 if !self.plain => self.stand(dice),
            27..=30 if !self.plain => self.rank(dice),
            31..=34 if !self.plain => self.moderate(dice),
            35 | 36 if !self.plain => self.pledge(dice),
            37..=40 if !self.plain => self.approve(dice),
            41..=44 if !self.plain => self.challenge(dice),
            22 | 23 | 45 | 46 => self.rebase(dice),
            49 | 50 => self.deliver(dice),
            51 => self.show(dice),
            52 | 53 => self.reconcile(dice),
            54.. => self.community(dice),
            _ => self.rivals(dice),
        }
    }

    fn somebody(&self, dice: &mut Bytes<'_>) -> usize {
        dice.below(self.paper.people.len())
    }

    fn person(&self, dice: &mut Bytes<'_>) -> PersonId {
        self.paper.people[self.somebody(dice)].person
    }

    fn bill(&self, dice: &mut Bytes<'_>) -> OpId {
        // The latest more often.
        let back = dice.below(self.bills.len().clamp(1, 4));
        self.bills.len().checked_sub(back + 1).map_or(OpId::ZERO, |place| self.bills[place])
    }

    fn law(&mut self, dice: &mut Bytes<'_>, act: LawAct) -> OpId {
        let somebody = self.somebody(dice);
        self.paper.law(somebody, act)
    }

    fn vote(&mut self, dice: &mut Bytes<'_>) {
        let (somebody, bill, choice) = (self.somebody(dice), self.bill(dice), Choice::ALL[dice.below(7) / 3]);
        let own = self.edits.entry((bill, self.paper.people[somebody].person)).or_default();
        let at = match dice.below(4) {
            0 => vec![],
            1 | 2 => own.last().copied().into_iter().collect(),
            _ => own.iter().rev().take(3).copied().collect(),
        };
        let edit = self.paper.vote_at(somebody, bill, choice, at);
        own.push(edit);
    }

    fn election(&self, dice: &mut Bytes<'_>) -> OpId {
        let elections: Vec<OpId> = self.paper.state.elections.iter().map(|(id, _)| *id).collect();
        if elections.is_empty() { OpId::ZERO } else { elections[dice.below(elections.len())] }
    }

    fn stand(&mut self, dice: &mut Bytes<'_>) {
        let election = self.election(dice);
        let act = if dice.below(6) == 0 { LawAct::StandDown { election } } else { LawAct::Stand { election } };
        self.law(dice, act);
    }

    fn rank(&mut self, dice: &mut Bytes<'_>) {
        let (somebody, election) = (self.somebody(dice), if dice.below(9) == 0 { self.bill(dice) } else { self.election(dice) });
        let mut ranking: Vec<usize> = vec![];
        for _ in 0..dice.below(5) {
            let candidate = self.somebody(dice);
            if ranking.iter().all(|other| self.paper.people[*other].person != self.paper.people[candidate].person) {
                ranking.push(candidate);
            }
        }
        let own = self.edits.entry((election, self.paper.people[somebody].person)).or_default();
        let at = own.iter().rev().take(dice.below(3)).copied().collect();
        own.push(self.paper.rank_at(somebody, election, &ranking, at));
    }

    /// Somebody names features of a vote on priorities.
    fn approve(&mut self, dice: &mut Bytes<'_>) {
        let votes: Vec<OpId> = self.paper.state.priorities.iter().map(|(id, _)| *id).collect();
        let (somebody, vote) = (self.somebody(dice), votes.get(dice.below(votes.len().max(1))).copied().unwrap_or(OpId::ZERO));
        let features: Vec<usize> = (0..4).filter(|_| dice.coin()).collect();
        let own = self.edits.entry((vote, self.paper.people[somebody].person)).or_default();
        let at = own.iter().rev().take(dice.below(3)).copied().collect();
        own.push(self.paper.approve_at(somebody, vote, &features, at));
    }

    /// Somebody pledges money to a bill or a feature, or takes that back.
    fn pledge(&mut self, dice: &mut Bytes<'_>) {
        let features: Vec<OpId> = self.paper.state.features.iter().map(|(id, _)| *id).collect();
        let to = if features.is_empty() || dice.coin() { self.bill(dice) } else { features[dice.below(features.len())] };
        let act = if dice.below(3) == 0 { LawAct::WithdrawPledge { to } } else { LawAct::Pledge { to, amount: self.money(dice) } };
        self.law(dice, act);
    }

    /// Nearly everybody is for a bill, else too few ever pass.
    fn agree(&mut self, dice: &mut Bytes<'_>) {
        let bill = self.bill(dice);
        self.agree_on(dice, bill);
    }

    fn agree_on(&mut self, dice: &mut Bytes<'_>, bill: OpId) {
        for somebody in 0..self.paper.people.len() {
            if dice.below(8) > 0 {
                let edit = self.paper.vote(somebody, bill, Choice::For);
                self.edits.entry((bill, self.paper.people[somebody].person)).or_default().push(edit);
            }
        }
    }

    fn open(&mut self, dice: &mut Bytes<'_>) {
        if self.bills.len() >= MOST_BILLS {
            return;
        }
        let effects = (0..dice.below(3)).map(|_| if self.plain || dice.coin() { self.plain_effect(dice) } else { self.effect(dice) }).collect();
        let requires = (dice.below(5) == 0).then(|| self.bill(dice)).filter(|bill| *bill != OpId::ZERO);
        let mut proposal = Proposal { requires, ..self.paper.proposal(dice.below(8) as u8, effects) };
        if dice.below(4) == 0 {
            proposal.sunset = self.sunset(dice);
            proposal.effects.retain(|effect| matches!(effect, Effect::SetLaw { .. }) || dice.below(8) == 0);
        }
        if !self.plain && dice.coin() {
            self.cosponsor(dice, &proposal);
        }
        let bill = self.law(dice, LawAct::Open(proposal));
        self.bills.push(bill);
    }

    fn sunset(&self, dice: &mut Bytes<'_>) -> Option<u64> {
        Some(self.paper.now + [1_000, 30_000, 50_000, 70_000, 90_000][dice.below(5)])
    }

    /// Two put bills on the same key, and nearly everybody is for both.
    fn rivals(&mut self, dice: &mut Bytes<'_>) {
        if self.bills.len() + 2 > MOST_BILLS {
            return;
        }
        let key = ["fee.minimum", "fee.minimum", "bots.policy", "cooling.period"][dice.below(4)];
        let kind = &law::key::key(key).expect("a key of the law").kind;
        let expected_version = self.paper.state.values.get(&key.to_owned()).map_or(0, law::LawValue::version);
        let texts = ["6.50 EUR", "7.00 EUR", "None.", "Some.", "PT3S", "PT4S"];
        for place in 0..2 {
            let mut values = texts.iter().filter_map(|text| Value::parse(kind, text).ok());
            let value = values.nth(place).expect("a value");
            let effects = vec![Effect::SetLaw { key: key.into(), value, expected_version }];
            let sunset = if dice.below(3) > 0 { self.sunset(dice) } else { None };
            let proposal = Proposal { sunset, ..self.paper.proposal(20 + self.bills.len() as u8, effects) };
            let bill = self.law(dice, LawAct::Open(proposal));
            self.bills.push(bill);
        }
        self.paper.print(1);
        let both = self.bills[self.bills.len() - 2..].to_vec();
        both.into_iter().for_each(|bill| self.agree_on(dice, bill));
    }

    /// Somebody puts a bill that says that something is delivered, and nearly everybody is for it.
    fn deliver(&mut self, dice: &mut Bytes<'_>) {
        let effects = vec![Effect::Deliver { what: self.deliverable(dice) }];
        let proposal = self.paper.proposal(60 + dice.below(4) as u8, effects);
        let bill = self.law(dice, LawAct::Open(proposal));
        self.bills.push(bill);
        self.paper.print(1);
        self.agree_on(dice, bill);
    }

    /// Somebody, mostly the sponsor, puts a stale bill to a confirming vote; now and then with other effects.
    fn rebase(&mut self, dice: &mut Bytes<'_>) {
        let state = &self.paper.state;
        let stale: Vec<(PersonId, Proposal)> = state.bills.iter().filter_map(|(id, bill)| Some((bill.sponsor, state.rebased(*id)?))).collect();
        let Some((sponsor, mut proposal)) = stale.get(dice.below(stale.len().max(1))).cloned() else { return };
        let own = self.paper.people.iter().position(|somebody| somebody.person == sponsor).unwrap_or(0);
        let somebody = if dice.below(6) == 0 { self.somebody(dice) } else { own };
        match dice.below(8) {
            0 => proposal.effects.extend([self.plain_effect(dice)]),
            1 => proposal.confirms = Some(self.bill(dice)),
            2 => proposal.requires = None,
            _ => {}
        }
        let bill = self.paper.law(somebody, LawAct::Open(proposal));
        self.bills.push(bill);
        if dice.coin() {
            self.paper.print(1);
            self.agree_on(dice, bill);
        }
    }

    fn plain_effect(&self, dice: &mut Bytes<'_>) -> Effect {
        let name = ["baker", "miller", "founder"][dice.below(3)];
        match dice.below(6) {
            0..=2 => {
                let (key, text) =
                    [("fee.minimum", "6.50 EUR"), ("fee.minimum", "7.00 EUR"), ("bots.policy", "None."), ("cooling.period", "PT3S")][dice.below(4)];
                let present = self.paper.state.values.get(&key.to_owned()).map_or(0, law::LawValue::version);
                let value = Value::parse(&law::key::key(key).expect("a key of the law").kind, text).expect("a value");
                Effect::SetLaw { key: key.into(), value, expected_version: present + u64::from(dice.below(6) == 0) }
            }
            3 => Effect::CreateJob { name: name.into(), title: "A job".into(), pay: self.money(dice) },
            4 => Effect::FillJob { job: name.into(), person: self.person(dice) },
            _ => Effect::EndJob { job: name.into() },
        }
    }

    fn effect(&self, dice: &mut Bytes<'_>) -> Effect {
        let moderator = Office::Moderator(self.space);
        let office = Office::OF_THE_COOP.get(dice.below(6)).copied().unwrap_or(moderator);
        let person = self.person(dice);
        let name = ["flour", "ovens"][dice.below(2)].to_owned();
        let instance = ["example.org", "bread.example"][dice.below(2)].to_owned();
        match dice.below(17) {
            16 => Effect::Deliver { what: self.deliverable(dice) },
            14 | 15 => prioritise(dice),
            11 | 12 => Effect::OpenElection { office, seats: [1, 1, 4][dice.below(3)] },
            0 | 1 => Effect::Appoint { office, person },
            2 => Effect::Dismiss { office, person },
            3 => Effect::Budget { name, amount: self.money(dice) },
            4 => Effect::Spend { budget: name, amount: self.money(dice), purpose: "Sacks".into() },
            5 => Effect::Endorse { instance },
            6 => Effect::Unendorse { instance },
            7 => Effect::AdoptText { name, document: DocumentId([3; 32]), at: vec![OpId([dice.byte(); 32])] },
            8 => Effect::Expel { person },
            13 => Effect::LiftBan { space: self.space, person },
            9 => Effect::Reinstate { document: DocumentId([dice.below(3) as u8; 32]) },
            _ => Effect::Repeal { bill: self.bill(dice) },
        }
    }

    /// A bill or feature, mostly one that waits for its delivery.
    fn deliverable(&self, dice: &mut Bytes<'_>) -> OpId {
        let law = &self.paper.state;
        let waits = |to: &OpId| law.promised(*to) == Some(PledgeState::Enacted);
        let decided: Vec<OpId> = law.features.iter().map(|(id, _)| *id).chain(law.bills.iter().map(|(id, _)| *id)).filter(waits).collect();
        if decided.is_empty() || dice.below(4) == 0 { self.bill(dice) } else { decided[dice.below(decided.len())] }
    }

    /// Somebody does something about one of three documents, or reports it; or bans somebody, or takes that back.
    fn moderate(&mut self, dice: &mut Bytes<'_>) {
        let (space, document, reason) = (self.space, DocumentId([dice.below(3) as u8; 32]), "Because.".to_owned());
        let writer = dice.below(self.paper.people.len());
        *self.paper.written.entry((space, writer)).or_insert(0) += 1;
        if dice.below(4) == 0 {
            let (person, until_ms) = (self.person(dice), [0, self.paper.now + 2_000, self.paper.now + 20_000][dice.below(3)]);
            let ban = LawAct::Ban(Ban { space, person, until_ms, rule: 1, reason: reason.clone() });
            let act = if dice.below(3) == 0 { LawAct::Unban(Unban { space, person, reason }) } else { ban };
            self.law(dice, act);
            return;
        }
        let act = match Measure::ALL.get(dice.below(10)).copied() {
            Some(measure) => LawAct::Moderate(Moderation { space, document, measure, rule: dice.below(4) as u32, reason }),
            None => LawAct::Report(Report { space, document, reason }),
        };
        self.law(dice, act);
    }

    /// Somebody shows that another signed two things that exclude each other, or something that shows nothing.
    fn show(&mut self, dice: &mut Bytes<'_>) {
        let forks = self.paper.fork(self.somebody(dice), 1 + dice.below(3) as u64);
        let evidence = match (forks, dice.below(4)) {
            (Evidence::Fork { first, .. }, 0) => Evidence::Fork { second: first.clone(), first },
            (forks, _) => forks,
        };
        self.law(dice, LawAct::Evidence(Box::new(evidence)));
    }

    /// Somebody challenges another's place on the roll, or decides on such a challenge.
    fn challenge(&mut self, dice: &mut Bytes<'_>) {
        let open = self.paper.state.open_challenges().next().map(|(id, _)| id);
        let auditor = self.paper.state.holders(Office::Auditor).first().and_then(|(person, _)| self.paper.people.iter().position(|row| row.person == *person));
        let (somebody, reason) = (self.somebody(dice), "Because.".to_owned());
        match open {
            Some(challenge) if dice.below(4) > 0 => {
                let by = auditor.filter(|_| dice.below(5) > 0).unwrap_or(somebody);
                self.paper.law(by, LawAct::Decide(Decision { challenge, upheld: dice.coin(), reason }));
            }
            _ => {
                self.paper.law(somebody, LawAct::Challenge(Challenge { member: self.person(dice), reason }));
                self.paper.print(1);
            }
        }
    }

    /// An officer, or somebody else, states what the receipts of some time come to; now and then something else.
    fn reconcile(&mut self, dice: &mut Bytes<'_>) {
        let euro: Money = "0.00 EUR".parse().expect("money");
        let (from_ms, to_ms) = (BEGINNING + 3 * dice.below(2) as u64, self.paper.now + u64::from(dice.below(6) == 0) * 60_000);
        let (receipts, sum) = self.paper.state.receipts_between(from_ms, to_ms, euro.currency);
        let sum = Money { minor: u64::try_from(sum).unwrap_or(u64::MAX) + u64::from(dice.below(6) == 0), ..euro };
        let says = Reconcile { from_ms, to_ms, receipts, sum, bank: Money { minor: dice.below(100) as u64, ..euro }, unmatched: 0, commitment: [0; 32] };
        let by = self.somebody(dice) / 2;
        self.paper.law(by, LawAct::Reconcile(says));
    }

    fn money(&self, dice: &mut Bytes<'_>) -> Money {
        let minor = if self.plain { 1 + dice.below(100) as u64 } else { dice.number() };
        Money { minor, currency: ["EUR", "USD"][dice.below(8) / 7].parse().expect("it is one") }
    }

    fn join(&mut self, dice: &mut Bytes<'_>) {
        if self.paper.people.len() >= MOST_PEOPLE {
            return;
        }
        let joined = self.paper.join();
        if dice.coin() {
            self.paper.dues(joined, BEGINNING * 2);
        }
    }

    fn dues(&mut self, dice: &mut Bytes<'_>) {
        let (treasurer, somebody) = (self.somebody(dice) / 2, self.somebody(dice));
        let to = [self.paper.now + 4_000, self.paper.now + 30_000, BEGINNING * 2][dice.below(3)];
        let next = self.paper.state.dues.len() as u64 + 1;
        let dues = Dues { number: next + u64::from(dice.below(6) == 0), ..self.paper.receipt(next, somebody, to) };
        self.paper.law(treasurer, LawAct::Dues(dues));
    }

    /// Somebody accepts what waits for them, or for somebody else; or confirms dues.
    fn accept(&mut self, dice: &mut Bytes<'_>) {
        let offers: Vec<(OpId, PersonId)> = self.paper.state.offers.iter().map(|(offer, row)| (*offer, row.person)).collect();
        if offers.is_empty() {
            return;
        }
        let (offer, person) = offers[dice.below(offers.len())];
        let own = self.paper.people.iter().position(|somebody| somebody.person == person).unwrap_or(0);
        let somebody = if dice.below(5) == 0 { self.somebody(dice) } else { own };
        match dice.below(4) {
            0 if !self.plain => self.paper.law(somebody, LawAct::Attest { dues: offer }),
            _ => self.paper.law(somebody, LawAct::Accept { offer }),
        };
    }

    fn device(&mut self, dice: &mut Bytes<'_>) {
        let (somebody, other) = (self.somebody(dice), self.somebody(dice));
        match dice.below(3) {
            // Tellers keep their devices, or nobody could print.
            0 if self.paper.people[other].device != self.paper.people[0].device => {
                self.paper.revoke(somebody, other, 0);
            }
            _ if self.paper.people.len() < MOST_PEOPLE => {
                self.paper.device(somebody);
            }
            _ => {}
        }
    }

    fn support(&mut self, dice: &mut Bytes<'_>) {
        let proposal = self.paper.proposal(dice.below(8) as u8, vec![]);
        self.cosponsor(dice, &proposal);
    }

    fn cosponsor(&mut self, dice: &mut Bytes<'_>, proposal: &Proposal) {
        self.law(dice, LawAct::Cosponsor { proposal: proposal.digest(), document: proposal.document });
    }
}

/// A vote on what up to 100 euros are spent on.
fn prioritise(dice: &mut Bytes<'_>) -> Effect {
    let budget = Money { minor: 10_000, currency: "EUR".parse().expect("it is one") };
    let features = (0..1 + dice.below(4)).map(|n| Feature { name: format!("feature-{n}"), cost: 1 + dice.below(111) as u64 * 90 }).collect();
    Effect::Prioritise { name: ["autumn", "winter"][dice.below(2)].into(), budget, features }
}

/// Whether an operation changes who is who, whatever the law makes of it.
pub fn is_identity(printed: &PrintedOp) -> bool {
    matches!(&printed.content, Ok(Content::Act(act)) if !matches!(act, Act::Law(_)))
}
