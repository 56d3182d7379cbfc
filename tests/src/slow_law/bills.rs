//! Bills: their opening, their ballots, their end, and what they do.

use super::{Cast, Job, Said, Slow, Was, elections::SlowElection, number, offices::Held, present};
use folkmoot_protocol::{
    document::{Edit, Key, Value as Written},
    id::*,
    law::{Choice, Count, Effect, Office, PrintedOp, Proposal, Route, Tally, Value},
};
use std::collections::{BTreeMap, BTreeSet};

/// The rules by which bills pass, which two thirds of both bodies change; of these alone the co-op in the simulator changes one.
const ENTRENCHED: [&str; 2] = ["conflict.rule", "dual.ballots"];

pub(super) struct SlowBill {
    pub(super) id: OpId,
    pub(super) proposal: Proposal,
    pub(super) sponsor: PersonId,
    opened_in: usize,
    deadline: u64,
    extended: bool,
    charter: BTreeMap<String, Value>,
    /// Whether it changes a rule by which bills pass, or undoes a bill that did.
    entrenched: bool,
    consumers: BTreeSet<PersonId>,
    workers: BTreeSet<PersonId>,
    closed_in: usize,
    pub(super) route: Option<Route>,
    in_force_from: u64,
    pub(super) word: &'static str,
    pub(super) tally: Option<Tally>,
}

/// What effects change, taken apart from the rest: they come into force together or not at all.
struct Changed {
    values: BTreeMap<String, Vec<Was>>,
    jobs: Vec<Job>,
    hires: Vec<(OpId, PersonId, OpId)>,
    offices: BTreeMap<(Office, PersonId), Held>,
    offered: Vec<(OpId, PersonId, Office)>,
    endorsed: BTreeSet<String>,
    opened: Vec<SlowElection>,
    expelled: BTreeSet<PersonId>,
}

impl Slow {
    pub(super) fn open(&mut self, number: usize, time: u64, id: OpId, sponsor: PersonId, proposal: &Proposal) {
        let (consumers, workers) = (self.consumers(time), self.workers());
        let of_text = || self.bills.iter().filter(|bill| bill.proposal.document == proposal.document);
        let refile = self.duration("refile.wait");
        let refused = !consumers.contains(&sponsor) && !workers.contains(&sponsor)
            || of_text().any(|bill| bill.word == "open" || bill.word == "passed" || bill.word == "failed" && bill.deadline + refile > time)
            || proposal.requires.is_some_and(|required| self.bills.iter().all(|bill| bill.id != required))
            || proposal.effects.iter().any(|effect| effect.check().is_err())
            || proposal.confirms.is_some_and(|stale| !self.confirms(stale, sponsor, proposal))
            || proposal.sunset.is_some_and(|sunset| !self.may_end(time, sunset, proposal))
            || proposal.confirms.is_none() && self.sponsors_of(time, sponsor, proposal) < self.duration("sponsors.needed")
            || self.changed(OpId::ZERO, &proposal.effects, number, time).is_none();
        if refused {
            return;
        }
        self.sponsors.remove(&proposal.digest());
        let deadline = time + self.takes(proposal);
        let (charter, proposal, entrenched) = (self.law(), proposal.clone(), self.is_entrenched(proposal));
        let row = SlowBill {
            id,
            proposal,
            entrenched,
            sponsor,
            opened_in: number,
            deadline,
            extended: false,
            charter,
            consumers,
            workers,
            closed_in: 0,
            route: None,
            in_force_from: 0,
            word: "open",
            tally: None,
        };
        self.bills.push(row);
    }

    fn is_entrenched(&self, proposal: &Proposal) -> bool {
        let touches = |effect: &Effect| match effect {
            Effect::SetLaw { key, .. } => ENTRENCHED.contains(&key.as_str()),
            Effect::Repeal { bill } => self.bills.iter().any(|row| row.id == *bill && row.entrenched),
            _ => false,
        };
        proposal.effects.iter().any(touches)
    }

    pub(super) fn cosponsor(&mut self, time: u64, person: PersonId, proposal: [u8; 32]) {
        if self.may_propose(time).contains(&person) {
            self.sponsors.entry(proposal).or_default().insert(person);
        }
    }

    fn sponsors_of(&self, time: u64, sponsor: PersonId, proposal: &Proposal) -> u64 {
        let may = self.may_propose(time);
        let supporters = self.sponsors.get(&proposal.digest()).into_iter().flatten().filter(|person| may.contains(person));
        supporters.copied().chain([sponsor]).collect::<BTreeSet<_>>().len() as u64
    }

    pub(super) fn edit(&mut self, number: usize, printed: &PrintedOp, person: PersonId, edit: &Edit) {
        let Some(Written::Operation(on)) = edit.value(Key::Bill) else { return };
        if printed.document != Some(DocumentId::ballot_of(*on, person)) {
            return;
        }
        let says = match (edit.value(Key::Choice), edit.value(Key::Ranking)) {
            (Some(Written::Text(choice)), None) => self.chooses(number, *on, person, choice).or_else(|| self.says_on_recall(*on, person, choice)),
            (None, Some(Written::Ranking(ranking))) => self.ranks(number, *on, person, ranking),
            _ => None,
        };
        let Some(says) = says else { return };
        let held = self.ballots.iter().filter(|cast| cast.on == *on && cast.voter == person).count();
        if held < 64 {
            self.ballots.push(Cast { on: *on, voter: person, issue: number, op: printed.op, at: edit.at.clone(), says });
        }
    }

    fn chooses(&self, number: usize, bill: OpId, voter: PersonId, choice: &str) -> Option<Said> {
        let row = self.bills.iter().find(|row| row.id == bill && row.word == "open")?;
        let votes = row.consumers.contains(&voter) && !self.lost_place(voter, row.opened_in, number) || row.workers.contains(&voter);
        Choice::of(choice).filter(|_| votes).map(Said::Choice)
    }

    /// What a voter's ballot says at the end of an issue: the values that nothing on top of them has replaced.
    pub(super) fn says(&self, on: OpId, voter: PersonId, until: usize) -> BTreeSet<Said> {
        let edits: Vec<_> = self.ballots.iter().filter(|cast| cast.on == on && cast.voter == voter && cast.issue <= until).collect();
        // Per edit that is there with all that it follows: all before it, the puts that stand after it, its own among them.
        let mut known: BTreeMap<OpId, BTreeSet<OpId>> = BTreeMap::new();
        let mut puts: BTreeMap<OpId, (Said, BTreeSet<OpId>)> = BTreeMap::new();
        let standing = |puts: &BTreeMap<OpId, (Said, BTreeSet<OpId>)>, among: &BTreeSet<OpId>| -> BTreeSet<OpId> {
            let here = || puts.iter().filter(|(op, _)| among.contains(op));
            here().map(|(op, _)| *op).filter(|op| !here().any(|(_, (_, replaced))| replaced.contains(op))).collect()
        };
        let ready =
            |cast: &&&Cast, known: &BTreeMap<OpId, BTreeSet<OpId>>| !known.contains_key(&cast.op) && cast.at.iter().all(|before| known.contains_key(before));
        while let Some(Cast { op, at, says, .. }) = edits.iter().find(|cast| ready(cast, &known)) {
            let before: BTreeSet<OpId> = at.iter().flat_map(|before| known[before].iter().copied().chain([*before])).collect();
            let stood = standing(&puts, &before);
            let same = stood.len() == 1 && stood.iter().all(|put| puts[put].0 == *says);
            if !same {
                puts.insert(*op, (says.clone(), stood));
            }
            known.insert(*op, before);
        }
        let all = known.keys().copied().collect();
        standing(&puts, &all).iter().map(|put| puts[put].0.clone()).collect()
    }

    /// The count after an issue; `firm`: without the votes as consumers of those whose place is challenged.
    fn tally(&self, bill: &SlowBill, until: usize, firm: bool) -> Tally {
        let shown = matches!(bill.charter.get("conflict.rule"), Some(Value::Word(word)) if word == "shown");
        let gains = |effect: &Effect| match effect {
            Effect::FillJob { person, .. } | Effect::Appoint { person, .. } => Some(*person),
            _ => None,
        };
        let named: BTreeSet<PersonId> = bill.proposal.effects.iter().filter_map(gains).collect();
        let mut tally = Tally::default();
        for voter in bill.consumers.union(&bill.workers) {
            let says = self.says(bill.id, *voter, until);
            let (consumer, works) = (bill.consumers.contains(voter), bill.workers.contains(voter));
            let struck = consumer && self.lost_place(*voter, bill.opened_in, until);
            let challenged = consumer && self.is_challenged(*voter, until);
            let votes = [consumer && !struck && !(firm && challenged), works];
            match says.len() {
                0 => continue,
                _ if shown && named.contains(voter) => tally.named += 1,
                1 if struck && !works => tally.struck += 1,
                1 => {
                    tally.provisional += u64::from(challenged);
                    for (votes, count) in votes.into_iter().zip([&mut tally.consumers, &mut tally.workers]) {
                        if votes {
                            add(count, says.first());
                        }
                    }
                }
                _ => tally.spoiled += 1,
            }
        }
        tally
    }

    pub(super) fn close(&mut self, issue: usize, time: u64) {
        for place in 0..self.bills.len() {
            let bill = &self.bills[place];
            if bill.word != "open" || bill.deadline > time {
                continue;
            }
            let swing = number(&bill.charter, "late.swing");
            let (tally, firm) = (self.tally(bill, issue, false), self.tally(bill, issue, true));
            let (passes, enough) = judge(bill, &tally);
            // How it stood when its last stretch began: after the last issue before it.
            let eve = (bill.opened_in..issue).rev().find(|before| self.issues[*before].time < bill.deadline - swing).unwrap_or(bill.opened_in);
            let before = judge(bill, &self.tally(bill, eve, false));
            let turned = before.0.is_some() != passes.is_some() || enough && !before.1;
            let hangs = judge(bill, &firm).0.is_some() != passes.is_some();
            let (bill, cooling) = (&mut self.bills[place], if passes == Some(Route::Override) { "cooling.override" } else { "cooling.period" });
            if (turned || hangs) && swing > 0 && !bill.extended {
                (bill.extended, bill.deadline) = (true, time + swing);
                continue;
            }
            bill.in_force_from = time + number(&bill.charter, cooling);
            (bill.word, bill.route, bill.tally, bill.closed_in) = (if passes.is_some() { "passed" } else { "failed" }, passes, Some(tally), issue);
        }
    }

    pub(super) fn enact(&mut self, number: usize, time: u64) {
        loop {
            let settled = |bill: &&SlowBill| {
                let required = bill.proposal.requires.and_then(|required| self.last_of(required));
                required.is_none_or(|required| required.word != "open" && required.word != "passed")
            };
            let due = self.bills.iter().filter(|bill| bill.word == "passed" && bill.in_force_from <= time).filter(settled);
            let Some(id) = due.min_by_key(|bill| (bill.closed_in, bill.id)).map(|bill| bill.id) else { return };
            let Some(place) = self.bills.iter().position(|bill| bill.id == id) else { return };
            let proposal = self.bills[place].proposal.clone();
            let in_force = proposal.requires.is_none_or(|required| self.last_of(required).is_some_and(|bill| bill.word == "enacted"));
            let in_time = proposal.sunset.is_none_or(|sunset| sunset > time);
            let after = if in_force && in_time { self.changed(id, &proposal.effects, number, time) } else { None };
            self.bills[place].word = if after.is_some() { "enacted" } else { "stale" };
            if let Some(Changed { values, jobs, hires, offices, offered, endorsed, opened, expelled }) = after {
                (self.values, self.jobs, self.hires) = (values, jobs, hires);
                (self.offices, self.offered, self.endorsed) = (offices, offered, endorsed);
                self.roll.retain(|person, _| !expelled.contains(person));
                self.queue.retain(|(_, person)| !expelled.contains(person));
                self.expelled.extend(expelled.into_iter().map(|person| (person, number)));
                opened.into_iter().for_each(|election| self.begin_election(election));
            }
        }
    }

    /// What stands after some effects; none where one of them cannot be.
    fn changed(&self, bill: OpId, effects: &[Effect], issue: usize, time: u64) -> Option<Changed> {
        let copy = |job: &Job| Job { id: job.id, name: job.name.clone(), holder: job.holder, ended: job.ended };
        let mut to = Changed {
            values: self.values.clone(),
            jobs: self.jobs.iter().map(copy).collect(),
            hires: self.hires.clone(),
            offices: self.offices.clone(),
            offered: self.offered.clone(),
            endorsed: self.endorsed.clone(),
            opened: vec![],
            expelled: BTreeSet::new(),
        };
        let may_take = |to: &Changed, person: PersonId| self.knows(person) && !self.is_expelled(person) && !to.expelled.contains(&person);
        for (place, effect) in effects.iter().enumerate() {
            let made = bill.made_by(place as u64);
            match effect {
                Effect::SetLaw { key, value, expected_version } => {
                    let versions = to.values.entry(key.clone()).or_default();
                    if versions.len() as u64 != *expected_version {
                        return None;
                    }
                    versions.push(Was { value: Some(value.clone()), by: Some(bill), undoes: None });
                }
                Effect::CreateJob { name, .. } => {
                    if to.jobs.iter().any(|job| job.name == *name && !job.ended) {
                        return None;
                    }
                    to.jobs.push(Job { id: made, name: name.clone(), holder: None, ended: false });
                }
                Effect::FillJob { job, person } => {
                    let job = to.jobs.iter().find(|row| row.name == *job && !row.ended && row.holder.is_none())?;
                    if !may_take(&to, *person) || to.jobs.iter().any(|job| job.holder == Some(*person) && !job.ended) {
                        return None;
                    }
                    to.hires.push((made, *person, job.id));
                }
                Effect::EndJob { job } => {
                    let job = to.jobs.iter_mut().find(|row| row.name == *job && !row.ended)?;
                    (job.ended, job.holder) = (true, None);
                    let ended = job.id;
                    to.hires.retain(|(_, _, job)| *job != ended);
                }
                Effect::Appoint { office, person } => {
                    if !may_take(&to, *person) || to.offices.contains_key(&(*office, *person)) {
                        return None;
                    }
                    to.offered.push((made, *person, *office));
                }
                Effect::Dismiss { office, person } => {
                    let only = to.offices.keys().filter(|(other, _)| other == office).count() == 1;
                    if *office == Office::Teller && only {
                        return None;
                    }
                    to.offices.remove(&(*office, *person))?;
                    to.offered.retain(|(_, other, of)| (other, of) != (person, office));
                }
                Effect::Endorse { instance } => {
                    if !to.endorsed.insert(instance.clone()) {
                        return None;
                    }
                }
                Effect::OpenElection { office, seats } => to.opened.push(self.open_election(made, *office, *seats, issue, time)?),
                Effect::Budget { .. } => {}
                Effect::Repeal { bill: repealed } => self.repeal(&mut to.values, bill, *repealed)?,
                Effect::Expel { person } => {
                    let holds = |to: &Changed, who: PersonId| to.offices.contains_key(&(Office::Teller, who));
                    let alone = holds(&to, *person) && to.offices.keys().filter(|(office, _)| *office == Office::Teller).count() == 1;
                    if !may_take(&to, *person) || alone {
                        return None;
                    }
                    to.offices.retain(|(_, holder), _| holder != person);
                    to.offered.retain(|(_, other, _)| other != person);
                    to.hires.retain(|(_, other, _)| other != person);
                    to.jobs.iter_mut().filter(|job| job.holder == Some(*person)).for_each(|job| job.holder = None);
                    to.expelled.insert(*person);
                }
                _ => return None,
            }
        }
        // An override waits no shorter than other bills.
        let present = present(&to.values);
        if number(&present, "cooling.override") < number(&present, "cooling.period") { None } else { Some(to) }
    }
}

fn add(count: &mut Count, said: Option<&Said>) {
    match said {
        Some(Said::Choice(Choice::For)) => count.in_favour += 1,
        Some(Said::Choice(Choice::Against)) => count.against += 1,
        _ => count.abstain += 1,
    }
}

/// How a bill passes by the founding text's default, and whether enough are for it.
fn judge(bill: &SlowBill, tally: &Tally) -> (Option<Route>, bool) {
    let (n, m) = (bill.consumers.len() as u64, bill.workers.len() as u64);
    // The smallest F with 4 F^2 >= 9 N, or F^2 >= 9 N; at most just over half.
    let simple = |n: u64| (0..).find(|f| 4 * f * f >= 9 * n).unwrap_or(0).min(n / 2 + 1);
    let overriding = (0..).find(|f| f * f >= 9 * n).unwrap_or(0).min(n / 2 + 1);
    let more = |count: &Count| if bill.entrenched { count.in_favour >= 2 * count.against } else { count.in_favour > count.against };
    let approves = |n: u64, count: &Count| n > 0 && more(count) && count.in_favour > 0 && count.in_favour >= simple(n);
    let both = approves(n, &tally.consumers) && approves(m, &tally.workers);
    let alone = !bill.entrenched && n > 0 && tally.consumers.in_favour > 2 * tally.consumers.against && tally.consumers.in_favour >= overriding;
    let quorum = n > 0 && m > 0 && tally.consumers.in_favour >= simple(n) && tally.workers.in_favour >= simple(m)
        || !bill.entrenched && n > 0 && tally.consumers.in_favour >= overriding;
    let route = match (both, alone) {
        (true, _) if bill.entrenched => Some(Route::Entrenched),
        (true, _) => Some(Route::Simple),
        (false, true) => Some(Route::Override),
        (false, false) => None,
    };
    (route, quorum)
}
