//! Delivers a list to two replicas in two orders, and compares each with the model after every step.

use super::{
    Answers, Model, NOW,
    list::{Deed, List, Made},
    real,
};
use crate::random::Random;
use folkmoot_node::{
    keystore::Keystore,
    service::{Input, RequestId, Service, Source},
    store::{Store, VerifyReport},
};
use folkmoot_protocol::{act::Act, id::*, op::VerifiedOp};
use std::{collections::BTreeSet, fmt};

/// Operations in a list, about.
const DEEDS: u64 = 60;

/// Where the node and the model part.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The list from which it comes.
    pub seed: u64,
    pub(super) deeds: Vec<Deed>,
    what: String,
    steps: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}, {} deeds:", self.seed, self.deeds.len())?;
        self.steps.iter().try_for_each(|step| writeln!(f, "  {step}"))?;
        write!(f, "{}", self.what)
    }
}

/// One thing that happens to a replica.
enum Step {
    Deliver(Vec<VerifiedOp>),
    Restart,
    Rebuild,
}

/// Makes the list of a seed and compares: none, if the node does what the model says.
pub fn check(seed: u64) -> Option<Failure> {
    check_deeds(seed, &deeds(seed))
}

/// The deeds of a seed.
pub(super) fn deeds(seed: u64) -> Vec<Deed> {
    let mut random = Random::new(seed);
    (1..=DEEDS).map(|number| Deed { number, seed: random.bits() }).collect()
}

pub(super) fn check_deeds(seed: u64, deeds: &[Deed]) -> Option<Failure> {
    let list = List::of(deeds);
    let mut ends = vec![];
    for replica in 0..2 {
        match Replica::new(&list).live(seed, replica, &list) {
            Ok(end) => ends.push(end),
            Err((what, steps)) => return Some(Failure { seed, deeds: deeds.to_vec(), what, steps }),
        }
    }
    let (last, first) = (ends.pop()?, ends.pop()?);
    let parted = difference("the first replica", &first.0, "the second replica", &last.0);
    let hashes = (first.1.state_hash != last.1.state_hash).then(|| "the replicas hold the same and have different state hashes".to_owned());
    let what = parted.or(hashes)?;
    Some(Failure { seed, deeds: deeds.to_vec(), what, steps: list.made.iter().map(|made| made.words.clone()).collect() })
}

/// A node, and the model beside it.
struct Replica {
    service: Option<Service>,
    model: Model,
    steps: Vec<String>,
}

impl Replica {
    fn new(list: &List) -> Self {
        let spaces: BTreeSet<SpaceId> = list.spaces.iter().copied().chain([SpaceId::HALL]).collect();
        let mut store = Store::in_memory().expect("memory");
        store.set_setting("coop", &list.coop.0).expect("setting");
        spaces.iter().for_each(|space| store.follow(*space, true).expect("following"));
        let keys = Keystore::in_memory_device("a reader", [3; 32]);
        Self { service: Some(Service::open(store, keys).expect("a fresh store opens")), model: Model::new(list.coop, spaces), steps: vec![] }
    }

    fn service(&mut self) -> &mut Service {
        self.service.as_mut().expect("it runs")
    }

    /// All that happens to it; answers how it stands in the end.
    fn live(mut self, seed: u64, number: u64, list: &List) -> Result<(Answers, VerifyReport), (String, Vec<String>)> {
        for step in schedule(seed, number, list) {
            self.take(step, list).map_err(|what| (what, self.steps.clone()))?;
        }
        // What was let go is asked for again.
        let all = list.made.iter().map(|made| made.op.clone()).collect();
        for step in [Step::Deliver(all), Step::Rebuild] {
            self.take(step, list).map_err(|what| (what, self.steps.clone()))?;
        }
        let answers = real::answers(self.service(), &list.asked);
        Ok((answers, self.verify()))
    }

    fn take(&mut self, step: Step, list: &List) -> Result<(), String> {
        let delivery = matches!(step, Step::Deliver(_));
        match step {
            Step::Deliver(operations) => {
                for op in &operations {
                    let made = list.made.iter().find(|made| made.op.id() == op.id());
                    let bare = if op.payload().is_none() { " (without its payload)" } else { "" };
                    self.steps.push(format!("{}{bare}", made.map_or("?", |made| &made.words)));
                    self.model.deliver(op.clone());
                }
                self.steps.push("-- end of a batch".into());
                let operations = operations.into_iter().map(Ok).collect();
                self.service().handle(Input::Operations { source: Source::File(RequestId(1)), operations }, NOW);
            }
            Step::Restart => {
                self.steps.push("-- restart".into());
                let (store, keys) = self.service.take().expect("it runs").into_parts();
                self.service = Some(Service::open(store, keys).map_err(|failure| format!("it does not start again: {failure:?}"))?);
                self.model.forget_waiting();
            }
            Step::Rebuild => {
                self.steps.push("-- rebuild".into());
                let before = self.verify().state_hash;
                self.service().rebuild(&|_, _| {}).map_err(|error| format!("it cannot be rebuilt: {error}"))?;
                if self.verify().state_hash != before {
                    return Err("rebuilt, it has another state hash".into());
                }
            }
        }
        let model = self.model.answers(&list.asked);
        let node = real::answers(self.service(), &list.asked);
        if let Some(what) = difference("the model", &model, "the node", &node) {
            return Err(what);
        }
        if delivery {
            return Ok(());
        }
        match self.verify().faults.into_iter().find(|fault| !fault.op.is_some_and(|op| self.model.lost_its_erasure(op))) {
            Some(fault) => Err(format!("its own check finds a fault: {fault:?}")),
            None => Ok(()),
        }
    }

    fn verify(&self) -> VerifyReport {
        self.service.as_ref().expect("it runs").store().as_reader().verify(&|_, _| {}).expect("the store can be read")
    }
}

/// What happens to a replica. Each operation's place hangs on its own deed alone, so that a list with one deed
/// less is delivered like the one before.
fn schedule(seed: u64, replica: u64, list: &List) -> Vec<Step> {
    let spread = [2, 12, 1_000][Random::new(seed ^ (replica << 32)).below(3) as usize];
    let erased: BTreeSet<DocumentId> = list.made.iter().filter_map(erases).collect();
    let mut places: Vec<(u64, usize, VerifiedOp, Random)> = vec![];
    let (mut nth, mut before) = (0, 0);
    for (index, made) in list.made.iter().enumerate() {
        nth = if made.deed.number == before { nth + 1 } else { 0 };
        before = made.deed.number;
        let mut random = Random::new(made.deed.seed ^ (replica + 1).wrapping_mul(0x5851_F42D_4C95_7F2D) ^ nth);
        let place = |random: &mut Random| made.deed.number * 16 + random.below(spread * 16);
        places.push((place(&mut random), index, made.op.clone(), random.clone()));
        if random.one_in(6) {
            places.push((place(&mut random) + 200, index, made.op.clone(), random.clone()));
        }
        if made.op.document().is_some_and(|document| erased.contains(&document)) && random.one_in(2) {
            let bare = folkmoot_protocol::op::SignedOp { payload: None, ..made.op.to_signed() };
            places.push((place(&mut random), index, bare.verify().expect("it is valid without too"), random.clone()));
        }
    }
    places.sort_by_key(|(place, index, _, _)| (*place, *index));
    let (mut steps, mut batch) = (vec![], vec![]);
    for (_, _, op, mut random) in places {
        batch.push(op);
        if random.one_in(3) {
            steps.push(Step::Deliver(std::mem::take(&mut batch)));
            if random.one_in(8) {
                steps.push(Step::Restart);
            }
            if random.one_in(8) {
                steps.push(Step::Rebuild);
            }
        }
    }
    steps.push(Step::Deliver(batch));
    steps
}

fn erases(made: &Made) -> Option<DocumentId> {
    match super::held::act(&made.op)? {
        Act::Erase(erase) => Some(erase.document),
        _ => None,
    }
}

/// The first question that is answered in two ways.
fn difference(one: &str, first: &Answers, other: &str, second: &Answers) -> Option<String> {
    let questions: BTreeSet<&String> = first.keys().chain(second.keys()).collect();
    let question = questions.into_iter().find(|question| first.get(*question) != second.get(*question))?;
    let answer = |answers: &Answers| answers.get(question).cloned().unwrap_or_else(|| "nothing".into());
    let (first, second) = (answer(first), answer(second));
    let lines = |ours: &str, theirs: &str| {
        let known: BTreeSet<&str> = theirs.lines().collect();
        ours.lines().filter(|line| !known.contains(line)).take(12).map(|line| format!("\n    {}", line.trim())).collect::<String>()
    };
    let (only_first, only_second) = (lines(&first, &second), lines(&second, &first));
    let briefly = format!("{question}\n  only {one}:{only_first}\n  only {other}:{only_second}");
    Some(if first.len() + second.len() < 6_000 { format!("{briefly}\n{one} says {first}\n{other} says {second}") } else { briefly })
}
