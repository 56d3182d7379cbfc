//! The law once more, by the plainest means, from what was printed alone. It was written from the design, not from
//! the fold, and knows resolutions, plain keys of the law, dues and jobs, sunsets and
//! confirming votes. Nothing is kept up to date: whoever asks for
//! something looks through all that was printed.

use folkmoot_protocol::{
    act::{Act, LawAct, law::Dues},
    document::{Edit, Key, Value as Written},
    id::*,
    law::{Choice, Count, Effect, Money, Preset, PrintedOp, Proposal, Route, Tally, Value},
    op::Content,
};
use std::collections::{BTreeMap, BTreeSet};

/// One issue: its time, and what it prints.
pub type SlowIssue = (u64, Vec<PrintedOp>);

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

struct SlowBill {
    id: OpId,
    proposal: Proposal,
    sponsor: PersonId,
    opened_in: usize,
    deadline: u64,
    extended: bool,
    charter: BTreeMap<String, Value>,
    consumers: BTreeSet<PersonId>,
    workers: BTreeSet<PersonId>,
    closed_in: usize,
    route: Option<Route>,
    in_force_from: u64,
    word: &'static str,
    tally: Option<Tally>,
}

/// A version of a key of the law: what it was, who set it (nobody: the founding), and whether it was only put back.
#[derive(Clone)]
struct Was {
    value: Option<Value>,
    by: Option<OpId>,
    put_back: bool,
}

struct Job {
    id: OpId,
    name: String,
    holder: Option<PersonId>,
    ended: bool,
}

/// The whole law of a co-op whose founder holds every office for ever.
#[derive(Default)]
struct Slow {
    issues: Vec<SlowIssue>,
    founder: Option<PersonId>,
    admitted: BTreeMap<OpId, PersonId>,
    /// Every version of every key.
    values: BTreeMap<String, Vec<Was>>,
    receipts: Vec<(OpId, Dues, bool)>,
    /// Since when somebody is on the roll, and until when they paid.
    roll: BTreeMap<PersonId, (u64, u64)>,
    queue: Vec<(u64, PersonId)>,
    jobs: Vec<Job>,
    hires: Vec<(OpId, PersonId, OpId)>,
    bills: Vec<SlowBill>,
    /// Edits of ballots that were taken: the bill, the voter, the issue, the edit.
    ballots: Vec<(OpId, PersonId, usize, OpId, Vec<OpId>, Choice)>,
}

/// What became of every bill that was opened.
pub fn recount(founding: &PrintedOp, issues: Vec<SlowIssue>) -> BTreeMap<OpId, Fate> {
    let Ok(Content::Act(Act::Found(found))) = &founding.content else { return BTreeMap::new() };
    let mut values = Preset::Cast.values();
    values.extend(found.charter.iter().flatten().cloned());
    let founder = found.founder.statement.person();
    let mut slow = Slow {
        issues,
        founder: Some(founder),
        admitted: BTreeMap::from([(founding.op, founder)]),
        values: values.into_iter().map(|(key, value)| (key, vec![Was { value: Some(value), by: None, put_back: false }])).collect(),
        jobs: vec![Job { id: OpId(founding.op.0), name: "founder".into(), holder: Some(founder), ended: false }],
        ..Slow::default()
    };
    for number in 0..slow.issues.len() {
        slow.issue(number);
    }
    slow.bills.into_iter().map(|bill| (bill.id, Fate { word: bill.word, route: bill.route, tally: bill.tally })).collect()
}

impl Slow {
    fn issue(&mut self, number: usize) {
        let (time, operations) = self.issues[number].clone();
        for printed in &operations {
            if let Ok(Content::Act(Act::Admit(admit))) = &printed.content {
                self.admitted.insert(printed.op, admit.joining.statement.person());
            }
        }
        for printed in &operations {
            let Some(person) = self.admitted.get(&printed.credential).copied() else { continue };
            match &printed.content {
                Ok(Content::Act(Act::Law(act))) => self.act(number, time, printed.op, person, act),
                Ok(Content::Edit(edit)) => self.edit(number, printed.op, person, edit),
                _ => {}
            }
        }
        self.grow(time);
        self.close(number, time);
        self.enact(time);
        self.expire(time);
    }

    fn duration(&self, key: &str) -> u64 {
        number(&self.law(), key)
    }

    fn law(&self) -> BTreeMap<String, Value> {
        present(&self.values)
    }

    fn act(&mut self, number: usize, time: u64, op: OpId, person: PersonId, act: &LawAct) {
        match act {
            LawAct::Dues(dues) if Some(person) == self.founder => {
                let in_order = dues.number == self.receipts.len() as u64 + 1;
                let months = (dues.to_ms - dues.from_ms).div_ceil(31 * 86_400_000);
                let Some(Value::Money(least)) = self.law().remove("fee.minimum") else { return };
                let enough = dues.amount.currency == least.currency && dues.amount.minor >= least.minor * months;
                if in_order && enough && self.admitted.values().any(|known| *known == dues.member) {
                    self.receipts.push((op, dues.clone(), false));
                }
            }
            LawAct::Accept { offer } => self.accept(time, person, *offer),
            LawAct::Open(proposal) => self.open(number, time, op, person, proposal),
            LawAct::Withdraw { bill } => {
                let own = self.bills.iter_mut().find(|row| row.id == *bill && row.sponsor == person && row.word == "open");
                own.into_iter().for_each(|row| row.word = "withdrawn");
            }
            _ => {}
        }
    }

    fn accept(&mut self, time: u64, person: PersonId, offer: OpId) {
        if let Some((_, dues, accepted)) = self.receipts.iter_mut().find(|(op, dues, accepted)| *op == offer && dues.member == person && !*accepted) {
            *accepted = true;
            let (number, to) = (dues.number, dues.to_ms);
            let grace = self.duration("grace.period");
            let queues = self.queues(person);
            match self.roll.get_mut(&person) {
                Some((_, paid_to)) if *paid_to + grace >= time => *paid_to = to.max(*paid_to),
                _ if queues => {}
                _ => self.queue.push((number, person)),
            }
        }
        let Some((_, _, job)) = self.hires.iter().find(|(id, hire, _)| *id == offer && *hire == person).copied() else { return };
        if self.job_of(person).is_none()
            && let Some(job) = self.jobs.iter_mut().find(|row| row.id == job && row.holder.is_none() && !row.ended)
        {
            job.holder = Some(person);
            let filled = job.id;
            self.hires.retain(|(_, _, job)| *job != filled);
        }
    }

    fn job_of(&self, person: PersonId) -> Option<&Job> {
        self.jobs.iter().find(|job| job.holder == Some(person) && !job.ended)
    }

    fn consumers(&self, time: u64) -> BTreeSet<PersonId> {
        let (grace, wait) = (self.duration("grace.period"), self.duration("waiting.period"));
        let good = |(person, (since, to)): (&PersonId, &(u64, u64))| (to + grace >= time && since + wait <= time && !self.queues(*person)).then_some(*person);
        self.roll.iter().filter_map(good).collect()
    }

    fn workers(&self) -> BTreeSet<PersonId> {
        self.jobs.iter().filter(|job| !job.ended).filter_map(|job| job.holder).collect()
    }

    fn open(&mut self, number: usize, time: u64, id: OpId, sponsor: PersonId, proposal: &Proposal) {
        let (consumers, workers) = (self.consumers(time), self.workers());
        let of_text = || self.bills.iter().filter(|bill| bill.proposal.document == proposal.document);
        let refile = self.duration("refile.wait");
        let refused = !consumers.contains(&sponsor) && !workers.contains(&sponsor)
            || of_text().any(|bill| bill.word == "open" || bill.word == "passed" || bill.word == "failed" && bill.deadline + refile > time)
            || proposal.requires.is_some_and(|required| self.bills.iter().all(|bill| bill.id != required))
            || proposal.confirms.is_some_and(|stale| !self.confirms(stale, sponsor, proposal))
            || proposal.effects.iter().any(|effect| effect.check().is_err())
            || proposal.sunset.is_some_and(|sunset| !self.may_end(time, sunset, proposal))
            || self.after(OpId::ZERO, &proposal.effects).is_none();
        if refused {
            return;
        }
        let deadline = time + self.takes(proposal);
        let (charter, proposal) = (self.law(), proposal.clone());
        let row = SlowBill {
            id,
            proposal,
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

    fn takes(&self, proposal: &Proposal) -> u64 {
        let (voting, short) = (self.duration("voting.period"), self.duration("confirming.period"));
        if proposal.confirms.is_some() { short.min(voting) } else { self.duration("deliberation.period") + voting }
    }

    /// Whether a bill may have a sunset: it sets keys of the law and does nothing else, and is in force before, by whatever way
    /// it passes.
    fn may_end(&self, time: u64, sunset: u64, proposal: &Proposal) -> bool {
        let laws = proposal.effects.iter().filter(|effect| matches!(effect, Effect::SetLaw { .. })).count();
        let hundred_years = 36_525 * 86_400_000;
        laws > 0 && laws == proposal.effects.len() && sunset > time + self.takes(proposal) + self.duration("cooling.override") && sunset <= time + hundred_years
    }

    /// Whether somebody may put a stale bill to a confirming vote in this form: it is theirs, the last one of its text, and
    /// differs in nothing but the versions.
    fn confirms(&self, stale: OpId, sponsor: PersonId, proposal: &Proposal) -> bool {
        let Some(row) = self.bills.iter().find(|row| row.id == stale && row.sponsor == sponsor && row.word == "stale") else { return false };
        let (old, last) = (&row.proposal, self.bills.iter().rfind(|bill| bill.proposal.document == proposal.document));
        let same_effect = |pair: (&Effect, &Effect)| match pair {
            (Effect::SetLaw { key, value, .. }, Effect::SetLaw { key: other_key, value: other, .. }) => key == other_key && value == other,
            (one, other) => one == other,
        };
        let head = |of: &Proposal| (of.document, of.at.clone(), of.title.clone(), of.requires, of.sunset);
        let effects = old.effects.len() == proposal.effects.len() && old.effects.iter().zip(&proposal.effects).all(same_effect);
        effects && head(old) == head(proposal) && last.is_some_and(|last| last.id == stale)
    }

    fn edit(&mut self, number: usize, op: OpId, person: PersonId, edit: &Edit) {
        let (Some(Written::Operation(bill)), Some(Written::Text(choice))) = (edit.value(Key::Bill), edit.value(Key::Choice)) else { return };
        let Some(row) = self.bills.iter().find(|row| row.id == *bill && row.word == "open") else { return };
        let Some(choice) = Choice::of(choice) else { return };
        let held = self.ballots.iter().filter(|(of, voter, ..)| of == bill && *voter == person).count();
        if held < 64 && (row.consumers.contains(&person) || row.workers.contains(&person)) {
            self.ballots.push((*bill, person, number, op, edit.at.clone(), choice));
        }
    }

    /// What a voter's ballot says at the end of an issue: the values that nothing on top of them has replaced.
    fn says(&self, bill: OpId, voter: PersonId, until: usize) -> BTreeSet<Choice> {
        let edits: Vec<_> = self.ballots.iter().filter(|(of, who, issue, ..)| *of == bill && *who == voter && *issue <= until).collect();
        // Per edit that is there with all that it follows: all before it, the puts that stand after it, its own among them.
        let mut known: BTreeMap<OpId, BTreeSet<OpId>> = BTreeMap::new();
        let mut puts: BTreeMap<OpId, (Choice, BTreeSet<OpId>)> = BTreeMap::new();
        let standing = |puts: &BTreeMap<OpId, (Choice, BTreeSet<OpId>)>, among: &BTreeSet<OpId>| -> BTreeSet<OpId> {
            let here = || puts.iter().filter(|(op, _)| among.contains(op));
            here().map(|(op, _)| *op).filter(|op| !here().any(|(_, (_, replaced))| replaced.contains(op))).collect()
        };
        while let Some((.., op, at, choice)) =
            edits.iter().find(|(.., op, at, _)| !known.contains_key(op) && at.iter().all(|before| known.contains_key(before)))
        {
            let before: BTreeSet<OpId> = at.iter().flat_map(|before| known[before].iter().copied().chain([*before])).collect();
            let stood = standing(&puts, &before);
            let same = stood.len() == 1 && stood.iter().all(|put| puts[put].0 == *choice);
            if !same {
                puts.insert(*op, (*choice, stood));
            }
            known.insert(*op, before);
        }
        let all = known.keys().copied().collect();
        standing(&puts, &all).iter().map(|put| puts[put].0).collect()
    }

    fn tally(&self, bill: &SlowBill, until: usize) -> Tally {
        let shown = matches!(bill.charter.get("conflict.rule"), Some(Value::Word(word)) if word == "shown");
        let named: BTreeSet<PersonId> =
            bill.proposal.effects.iter().filter_map(|effect| if let Effect::FillJob { person, .. } = effect { Some(*person) } else { None }).collect();
        let mut tally = Tally::default();
        for voter in bill.consumers.union(&bill.workers) {
            let says = self.says(bill.id, *voter, until);
            match says.len() {
                0 => continue,
                _ if shown && named.contains(voter) => tally.named += 1,
                1 => {
                    for (body, count) in [(&bill.consumers, &mut tally.consumers), (&bill.workers, &mut tally.workers)] {
                        if body.contains(voter) {
                            add(count, says.first().copied());
                        }
                    }
                }
                _ => tally.spoiled += 1,
            }
        }
        tally
    }

    fn close(&mut self, issue: usize, time: u64) {
        for place in 0..self.bills.len() {
            let bill = &self.bills[place];
            if bill.word != "open" || bill.deadline > time {
                continue;
            }
            let swing = number(&bill.charter, "late.swing");
            let tally = self.tally(bill, issue);
            let (passes, enough) = judge(bill, &tally);
            // How it stood when its last stretch began: after the last issue before it.
            let eve = (bill.opened_in..issue).rev().find(|before| self.issues[*before].0 < bill.deadline - swing).unwrap_or(bill.opened_in);
            let before = judge(bill, &self.tally(bill, eve));
            let turned = before.0.is_some() != passes.is_some() || enough && !before.1;
            let (bill, cooling) = (&mut self.bills[place], if passes == Some(Route::Override) { "cooling.override" } else { "cooling.period" });
            if turned && swing > 0 && !bill.extended {
                (bill.extended, bill.deadline) = (true, time + swing);
                continue;
            }
            bill.in_force_from = time + number(&bill.charter, cooling);
            (bill.word, bill.route, bill.tally, bill.closed_in) = (if passes.is_some() { "passed" } else { "failed" }, passes, Some(tally), issue);
        }
    }

    fn enact(&mut self, time: u64) {
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
            let after = if in_force && in_time { self.after(id, &proposal.effects) } else { None };
            self.bills[place].word = if after.is_some() { "enacted" } else { "stale" };
            if let Some((values, jobs, hires)) = after {
                (self.values, self.jobs, self.hires) = (values, jobs, hires);
            }
        }
    }

    /// A bill, or whatever confirmed it last.
    fn last_of(&self, id: OpId) -> Option<&SlowBill> {
        match self.bills.iter().find(|bill| bill.proposal.confirms == Some(id)) {
            Some(next) => self.last_of(next.id),
            None => self.bills.iter().find(|bill| bill.id == id),
        }
    }

    /// What is in force and past its sunset ends: where its value is the one in force, what would be without it comes back.
    fn expire(&mut self, time: u64) {
        let past = |bill: &&SlowBill| bill.word == "enacted" && bill.proposal.sunset.is_some_and(|sunset| sunset <= time);
        let mut ended: Vec<(u64, OpId)> = self.bills.iter().filter(past).filter_map(|bill| Some((bill.proposal.sunset?, bill.id))).collect();
        ended.sort();
        for (_, id) in ended {
            let over: BTreeSet<OpId> = self.bills.iter().filter(|bill| bill.word == "expired").map(|bill| bill.id).collect();
            let set = |versions: &[Was], without: Option<OpId>| {
                let counts = |was: &&Was| !was.put_back && was.by.is_none_or(|by| !over.contains(&by) && Some(by) != without);
                versions.iter().rfind(counts).cloned()
            };
            let mut values = self.values.clone();
            for versions in values.values_mut().filter(|versions| set(versions, None).is_some_and(|was| was.by == Some(id))) {
                let value = set(versions, Some(id)).and_then(|was| was.value);
                versions.push(Was { value, by: Some(id), put_back: true });
            }
            let law = present(&values);
            if number(&law, "cooling.override") >= number(&law, "cooling.period") {
                self.values = values;
                self.bills.iter_mut().filter(|bill| bill.id == id).for_each(|bill| bill.word = "expired");
            }
        }
    }

    /// Values, jobs and hires after some effects; none where one of them cannot be.
    #[allow(clippy::type_complexity, reason = "used twice")]
    fn after(&self, bill: OpId, effects: &[Effect]) -> Option<(BTreeMap<String, Vec<Was>>, Vec<Job>, Vec<(OpId, PersonId, OpId)>)> {
        let copy = |job: &Job| Job { id: job.id, name: job.name.clone(), holder: job.holder, ended: job.ended };
        let (mut values, mut jobs, mut hires) = (self.values.clone(), self.jobs.iter().map(copy).collect::<Vec<Job>>(), self.hires.clone());
        for (number, effect) in effects.iter().enumerate() {
            let made = bill.made_by(number as u64);
            match effect {
                Effect::SetLaw { key, value, expected_version } => {
                    let versions = values.entry(key.clone()).or_default();
                    if versions.len() as u64 != *expected_version {
                        return None;
                    }
                    versions.push(Was { value: Some(value.clone()), by: Some(bill), put_back: false });
                }
                Effect::CreateJob { name, .. } => {
                    if jobs.iter().any(|job| job.name == *name && !job.ended) {
                        return None;
                    }
                    jobs.push(Job { id: made, name: name.clone(), holder: None, ended: false });
                }
                Effect::FillJob { job, person } => {
                    let job = jobs.iter().find(|row| row.name == *job && !row.ended && row.holder.is_none())?;
                    if !self.admitted.values().any(|known| known == person) || jobs.iter().any(|job| job.holder == Some(*person) && !job.ended) {
                        return None;
                    }
                    hires.push((made, *person, job.id));
                }
                Effect::EndJob { job } => {
                    let job = jobs.iter_mut().find(|row| row.name == *job && !row.ended)?;
                    (job.ended, job.holder) = (true, None);
                    let ended = job.id;
                    hires.retain(|(_, _, job)| *job != ended);
                }
                _ => return None,
            }
        }
        // An override waits no shorter than other bills.
        let present = present(&values);
        if number(&present, "cooling.override") < number(&present, "cooling.period") { None } else { Some((values, jobs, hires)) }
    }

    fn queues(&self, person: PersonId) -> bool {
        self.queue.iter().any(|(_, waiting)| *waiting == person)
    }

    fn grow(&mut self, time: u64) {
        let (period, grace) = (self.duration("growth.period"), self.duration("grace.period"));
        let recent = self.roll.values().filter(|(since, _)| since + period > time).count() as u64;
        let settled = self.roll.values().filter(|(since, to)| since + period <= time && to + grace >= time).count() as u64;
        let most = self.duration("growth.least").max(settled * self.duration("growth.percent") / 100);
        for _ in recent..most {
            // By the number of the receipt they wait with, whenever they accepted it.
            let Some(next) = (0..self.queue.len()).min_by_key(|place| self.queue[*place].0) else { return };
            let (_, person) = self.queue.remove(next);
            let paid = self.receipts.iter().filter(|(_, dues, accepted)| *accepted && dues.member == person).map(|(_, dues, _)| dues.to_ms).max();
            self.roll.insert(person, (time, paid.unwrap_or(0)));
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

fn add(count: &mut Count, choice: Option<Choice>) {
    match choice {
        Some(Choice::For) => count.in_favour += 1,
        Some(Choice::Against) => count.against += 1,
        _ => count.abstain += 1,
    }
}

/// How a bill passes by the founding text's default, and whether enough are for it.
fn judge(bill: &SlowBill, tally: &Tally) -> (Option<Route>, bool) {
    let (n, m) = (bill.consumers.len() as u64, bill.workers.len() as u64);
    // The smallest F with 4 F^2 >= 9 N, or F^2 >= 9 N; at most just over half.
    let simple = |n: u64| (0..).find(|f| 4 * f * f >= 9 * n).unwrap_or(0).min(n / 2 + 1);
    let overriding = (0..).find(|f| f * f >= 9 * n).unwrap_or(0).min(n / 2 + 1);
    let approves = |n: u64, count: &Count| n > 0 && count.in_favour > count.against && count.in_favour >= simple(n);
    let both = approves(n, &tally.consumers) && approves(m, &tally.workers);
    let alone = n > 0 && tally.consumers.in_favour > 2 * tally.consumers.against && tally.consumers.in_favour >= overriding;
    let quorum =
        n > 0 && m > 0 && tally.consumers.in_favour >= simple(n) && tally.workers.in_favour >= simple(m) || n > 0 && tally.consumers.in_favour >= overriding;
    (
        if both {
            Some(Route::Simple)
        } else if alone {
            Some(Route::Override)
        } else {
            None
        },
        quorum,
    )
}
