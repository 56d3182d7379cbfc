//! The law once more, by the plainest means, from what was printed alone. It was written from the design, not from
//! the fold, and knows resolutions, keys of the law, entrenched ones too, sunsets, repeals and confirming votes, dues, jobs, offices, expulsions,
//! elections, participants of communities with their petitions and recalls, endorsements, budgets, challenges, reconciliations,
//! evidence, further devices and their closing, and recovery. Nothing is kept up to date: whoever asks for something looks through all that was printed.

mod bills;
mod challenges;
mod communities;
mod elections;
mod offices;
mod reconciliations;
mod recovery;
mod roll;
mod sunset;

use bills::SlowBill;
use challenges::SlowChallenge;
use communities::SlowRecall;
use elections::SlowElection;
use offices::Held;

use folkmoot_protocol::{
    act::{Act, LawAct, law::Dues, standing::Reconcile},
    id::*,
    law::{Choice, Demand, Issue, Money, Office, Preset, PrintedOp, Route, State, Tally, Value, charter::assumed},
    op::Content,
};
use std::collections::{BTreeMap, BTreeSet};

/// One issue: its id, its time, what it prints, and the tellers of a recovery.
#[derive(Clone)]
pub struct SlowIssue {
    id: IssueId,
    time: u64,
    operations: Vec<PrintedOp>,
    recovery: Option<Vec<DeviceId>>,
}

impl SlowIssue {
    /// What the recount reads of an issue.
    pub fn of(id: IssueId, issue: &Issue, operations: Vec<PrintedOp>) -> Self {
        Self { id, time: issue.time, operations, recovery: issue.recovery.clone().map(|chosen| chosen.0) }
    }
}

/// What became of a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fate {
    /// Where it stands, in a word.
    pub word: &'static str,
    /// How it passed.
    pub route: Option<Route>,
    /// The count when the vote ended.
    pub tally: Option<Tally>,
}

/// How the law stands after an issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// The values of the law.
    pub values: BTreeMap<String, Value>,
    /// Who votes among the consumers at the issue's time,
    pub consumers: BTreeSet<PersonId>,
    /// and among the workers.
    pub workers: BTreeSet<PersonId>,
    /// Since when each consumer, past ones too, is one.
    pub since: BTreeMap<PersonId, u64>,
    /// Who holds which office.
    pub offices: BTreeSet<(Office, PersonId)>,
    /// The devices that certify the next issue.
    pub tellers: Vec<DeviceId>,
    /// Who was elected, in order, of the elections that are over.
    pub elected: BTreeMap<OpId, Vec<PersonId>>,
    /// How many could vote in each election.
    pub voters: BTreeMap<OpId, u64>,
    /// Whether somebody is recalled, of the votes on recalls that are over.
    pub recalls: BTreeMap<OpId, bool>,
    /// Every bill.
    pub bills: BTreeMap<OpId, Fate>,
    /// Every challenge: open, upheld, dismissed or lapsed.
    pub challenges: BTreeMap<OpId, &'static str>,
    /// The reconciliations that stand, in the order of printing.
    pub reconciled: Vec<OpId>,
}

/// What a ballot says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Said {
    Choice(Choice),
    Ranking(Vec<PersonId>),
}

/// A version of a key of the law: what it was, who set it (nobody: the founding), and, where it was only put back, what is undone.
#[derive(Clone)]
struct Was {
    value: Option<Value>,
    by: Option<OpId>,
    undoes: Option<OpId>,
}

struct Job {
    id: OpId,
    name: String,
    holder: Option<PersonId>,
    ended: bool,
}

/// An edit of a ballot that was taken.
struct Cast {
    on: OpId,
    voter: PersonId,
    issue: usize,
    op: OpId,
    at: Vec<OpId>,
    says: Said,
}

/// A receipt of dues.
struct Receipt {
    op: OpId,
    dues: Dues,
    recorded: u64,
    treasurer: PersonId,
    confirmed: bool,
    accepted: bool,
}

/// The whole law of a co-op.
#[derive(Default)]
struct Slow {
    coop: Option<CoopId>,
    issues: Vec<SlowIssue>,
    /// Whose chains rest on which act.
    admitted: BTreeMap<OpId, PersonId>,
    /// Whose a device is.
    devices: BTreeMap<DeviceId, PersonId>,
    /// Those of these acts by which a device came that may close others.
    first_hand: BTreeSet<OpId>,
    /// Which issue closed a device.
    closed: BTreeMap<DeviceId, usize>,
    /// Every version of every key.
    values: BTreeMap<String, Vec<Was>>,
    receipts: Vec<Receipt>,
    /// Since when somebody is on the roll, and until when they paid.
    roll: BTreeMap<PersonId, (u64, u64)>,
    queue: Vec<(u64, PersonId)>,
    jobs: Vec<Job>,
    hires: Vec<(OpId, PersonId, OpId)>,
    offices: BTreeMap<(Office, PersonId), Held>,
    offered: Vec<(OpId, PersonId, Office)>,
    /// Whom a bill expelled, in which issue.
    expelled: BTreeMap<PersonId, usize>,
    /// Devices that signed two things that exclude each other, while their owners held an office.
    proven: BTreeSet<DeviceId>,
    endorsed: BTreeSet<String>,
    /// Who supports a proposal.
    sponsors: BTreeMap<[u8; 32], BTreeSet<PersonId>>,
    bills: Vec<SlowBill>,
    elections: Vec<SlowElection>,
    communities: BTreeMap<SpaceId, PersonId>,
    /// Who takes part in which community, since when.
    takes_part: BTreeMap<(SpaceId, PersonId), u64>,
    /// What a participant signs, since when.
    signed: BTreeMap<(SpaceId, PersonId), (Demand, u64)>,
    recalls: Vec<SlowRecall>,
    ballots: Vec<Cast>,
    challenges: Vec<SlowChallenge>,
    reconciliations: Vec<(OpId, PersonId, Reconcile)>,
}

/// How the law stands after each issue; first, how it stood before any.
pub fn after_each(founding: &PrintedOp, issues: Vec<SlowIssue>) -> Vec<After> {
    let Some(mut slow) = Slow::founded(founding, issues) else { return vec![] };
    let mut all = vec![slow.after(0)];
    for number in 0..slow.issues.len() {
        slow.issue(number);
        all.push(slow.after(slow.issues[number].time));
    }
    all
}

/// What became of each challenge, as the fold has it: to compare with [`After::challenges`].
pub fn challenges_of(state: &State) -> BTreeMap<OpId, &'static str> {
    state.challenges.iter().map(|(id, row)| (*id, row.state())).collect()
}

impl Slow {
    fn founded(founding: &PrintedOp, issues: Vec<SlowIssue>) -> Option<Self> {
        let Ok(Content::Act(Act::Found(found))) = &founding.content else { return None };
        let mut values = Preset::Cast.values();
        values.extend(found.charter.iter().flatten().cloned());
        values.retain(|name, value| assumed(name).as_ref() != Some(value));
        let founder = found.founder.statement.person();
        let offices = [Office::Registrar, Office::Treasurer, Office::Teller];
        Some(Self {
            coop: Some(CoopId::founded_by(founding.op)),
            issues,
            admitted: BTreeMap::from([(founding.op, founder)]),
            devices: BTreeMap::from([(founding.device, founder)]),
            first_hand: BTreeSet::from([founding.op]),
            values: values.into_iter().map(|(key, value)| (key, vec![Was { value: Some(value), by: None, undoes: None }])).collect(),
            jobs: vec![Job { id: OpId(founding.op.0), name: "founder".into(), holder: Some(founder), ended: false }],
            offices: offices.map(|office| ((office, founder), Held { since: 0, device: founding.device })).into(),
            ..Self::default()
        })
    }

    fn after(&self, time: u64) -> After {
        let fate = |bill: &SlowBill| (bill.id, Fate { word: bill.word, route: bill.route, tally: bill.tally });
        After {
            values: self.law(),
            consumers: self.consumers(time),
            workers: self.workers(),
            since: self.roll.iter().map(|(person, (since, _))| (*person, *since)).collect(),
            offices: self.offices.keys().copied().collect(),
            tellers: self.tellers(),
            elected: self.elections.iter().filter(|election| election.over).map(|election| (election.id, election.elected.clone())).collect(),
            voters: self.elections.iter().map(|election| (election.id, election.voters.len() as u64)).collect(),
            recalls: self.recalls.iter().filter_map(|recall| Some((recall.id, recall.recalled?))).collect(),
            bills: self.bills.iter().map(fate).collect(),
            challenges: self.challenges.iter().map(|challenge| (challenge.id, challenge.word())).collect(),
            reconciled: self.standing_reconciliations(),
        }
    }

    fn issue(&mut self, number: usize) {
        let SlowIssue { time, operations, recovery, .. } = self.issues[number].clone();
        let chosen = recovery.filter(|tellers| self.have_chosen(number, tellers));
        for printed in &operations {
            self.let_in(number, printed);
        }
        for printed in operations.iter().filter(|printed| !self.is_closed(printed.device, number)).collect::<Vec<_>>() {
            let Some(person) = self.admitted.get(&printed.credential).copied().filter(|person| !self.is_expelled(*person)) else { continue };
            match &printed.content {
                Ok(Content::Act(Act::Law(act))) => self.act(number, time, printed, person, act),
                Ok(Content::Act(Act::RevokeDevice(revoke))) => self.hand_over(person, revoke.device, printed.device),
                Ok(Content::Edit(edit)) => self.edit(number, printed, person, edit),
                _ => {}
            }
        }
        chosen.iter().for_each(|tellers| self.seat_recovered(time, tellers));
        self.grow(time);
        self.lapse(number, time);
        self.close(number, time);
        self.enact(number, time);
        self.expire(time);
        self.move_elections(number, time);
        self.end_recalls(number, time);
    }

    /// What an issue prints of a device beside the closing stands, and nothing of it that comes later.
    fn is_closed(&self, device: DeviceId, number: usize) -> bool {
        self.closed.get(&device).is_some_and(|closed| *closed < number)
    }

    fn let_in(&mut self, number: usize, printed: &PrintedOp) {
        let speaks = |person: &PersonId| !self.is_closed(printed.device, number) && !self.is_expelled(*person);
        let Some(person) = self.admitted.get(&printed.credential).copied().filter(speaks) else { return };
        let first_hand = self.first_hand.contains(&printed.credential);
        match &printed.content {
            Ok(Content::Act(Act::Admit(admit))) => {
                let joined = admit.joining.statement.person();
                self.admitted.insert(printed.op, joined);
                self.devices.insert(admit.joining.grant.device, joined);
                self.first_hand.insert(printed.op);
            }
            Ok(Content::Act(Act::OpenSpace(_))) => drop(self.communities.insert(SpaceId::opened_by(printed.op), person)),
            Ok(Content::Act(Act::GrantDevice(grant))) if first_hand => {
                self.admitted.insert(printed.op, person);
                self.devices.insert(grant.pairing.device, person);
            }
            Ok(Content::Act(Act::RevokeDevice(revoke)))
                if (first_hand || revoke.device == printed.device) && self.devices.get(&revoke.device) == Some(&person) =>
            {
                self.closed.entry(revoke.device).or_insert(number);
            }
            _ => {}
        }
    }

    fn is_expelled(&self, person: PersonId) -> bool {
        self.expelled.contains_key(&person)
    }

    fn knows(&self, person: PersonId) -> bool {
        self.admitted.values().any(|known| *known == person)
    }

    fn duration(&self, key: &str) -> u64 {
        number(&self.law(), key)
    }

    fn law(&self) -> BTreeMap<String, Value> {
        present(&self.values)
    }

    fn act(&mut self, number: usize, time: u64, printed: &PrintedOp, person: PersonId, act: &LawAct) {
        match act {
            LawAct::Dues(dues) => self.record(time, printed.op, person, dues),
            LawAct::Attest { dues } => self.attest(time, person, *dues),
            LawAct::Accept { offer } => self.accept(time, person, printed.device, *offer),
            LawAct::Cosponsor { proposal, .. } => self.cosponsor(time, person, *proposal),
            LawAct::Open(proposal) => self.open(number, time, printed.op, person, proposal),
            LawAct::Withdraw { bill } => {
                let own = self.bills.iter_mut().find(|row| row.id == *bill && row.sponsor == person && row.word == "open");
                own.into_iter().for_each(|row| row.word = "withdrawn");
            }
            LawAct::Evidence(evidence) => self.dishonour(evidence),
            LawAct::TakePart { space, on } => self.take_part(time, person, *space, *on),
            LawAct::Petition { space, demand } => self.petition(number, time, printed.op, person, *space, *demand),
            LawAct::Stand { election } => self.stand(time, person, printed.device, *election),
            LawAct::Challenge(challenge) => self.challenge(number, time, printed.op, person, challenge.member),
            LawAct::Decide(decision) => self.decide(number, time, person, decision.challenge, decision.upheld),
            LawAct::Reconcile(says) => self.reconcile(time, printed.op, person, says),
            _ => {}
        }
    }
}

fn present(values: &BTreeMap<String, Vec<Was>>) -> BTreeMap<String, Value> {
    values.iter().filter_map(|(key, versions)| Some((key.clone(), versions.last()?.value.clone()?))).collect()
}

fn number(values: &BTreeMap<String, Value>, key: &str) -> u64 {
    match values.get(key) {
        Some(Value::Duration(number) | Value::Integer(number) | Value::Money(Money { minor: number, .. })) => *number,
        _ => 0,
    }
}
