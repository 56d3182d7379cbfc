//! How a month went.

use super::{Coop, history::History};
use folkmoot_protocol::law::{Phase, Route, Status};
use std::collections::{BTreeMap, BTreeSet};

/// How a month went.
#[derive(Debug, Clone, Default)]
pub struct CoopReport {
    /// Machines, the hostile tellers' too.
    pub machines: usize,
    /// People with keys on paper.
    pub on_paper: usize,
    /// Issues of the Gazette.
    pub issues: u64,
    /// Operations that were printed.
    pub operations: u64,
    /// How often each misdeed and fault fired.
    pub fired: BTreeMap<&'static str, u64>,
    /// What happened in law, and how often.
    pub law: BTreeMap<&'static str, u64>,
    /// Issues recounted from the founding, in other orders, or from a file.
    pub recounted: u64,
    /// Issues after which the slow recount and other dates came to the same.
    pub slow: u64,
    /// How often something printed was seen again.
    pub seen_again: u64,
    /// Precommits that were heard, out of which no two issues of one number could be certified.
    pub certified: u64,
    /// Ballots with receipts of q tellers in time.
    pub receipted: u64,
    /// Votes judged again by arithmetic.
    pub verdicts: u64,
    /// Reasons that were followed.
    pub why: u64,
    /// Operations that had to come to nothing.
    pub idle: u64,
    /// Issues of yesterday's tellers that a node followed as long as it knew of no seal.
    pub late: u64,
    /// Most people who came in within one growth period.
    pub grown: u64,
    /// Hash over all that happened.
    pub trace: String,
}

impl CoopReport {
    pub(super) fn of(coop: &Coop, history: &History) -> Self {
        Self {
            machines: coop.sim.machines(),
            on_paper: coop.people.len(),
            issues: history.issues.len() as u64,
            operations: history.issues.iter().map(|printed| printed.operations.len() as u64).sum(),
            law: events(history),
            ..Self::default()
        }
    }

    /// Adds another month's figures.
    pub fn add(&mut self, other: &Self) {
        self.machines += other.machines;
        self.on_paper += other.on_paper;
        for (from, to) in [(&other.fired, &mut self.fired), (&other.law, &mut self.law)] {
            from.iter().for_each(|(what, times)| *to.entry(what).or_insert(0) += times);
        }
        let figures = other.figures();
        let own = [
            &mut self.issues,
            &mut self.operations,
            &mut self.recounted,
            &mut self.slow,
            &mut self.seen_again,
            &mut self.certified,
            &mut self.receipted,
            &mut self.verdicts,
            &mut self.why,
            &mut self.idle,
            &mut self.late,
            &mut self.grown,
        ];
        own.into_iter().zip(figures).for_each(|(own, (_, figure))| *own += figure);
    }

    /// What was looked at, by name.
    pub fn figures(&self) -> [(&'static str, u64); 12] {
        [
            ("issues", self.issues),
            ("operations printed", self.operations),
            ("1: issues recounted", self.recounted),
            ("2: issues recounted slowly and with other dates", self.slow),
            ("3: printed facts seen again", self.seen_again),
            ("4: precommits heard", self.certified),
            ("5: ballots with receipts of q tellers in time", self.receipted),
            ("6: votes judged again", self.verdicts),
            ("7: reasons followed", self.why),
            ("operations that came to nothing", self.idle),
            ("issues that a late node followed", self.late),
            ("people who came in within one growth period, at most", self.grown),
        ]
    }
}

/// What happened in law.
fn events(history: &History) -> BTreeMap<&'static str, u64> {
    let law = history.last();
    let mut events: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut note = |what, times: u64| *events.entry(what).or_insert(0) += times;
    for (_, bill) in law.bills.iter() {
        let tally = bill.result.map(|(tally, _)| tally).unwrap_or_default();
        let verdict = bill.verdict(&law.charter_number(bill.charter), &tally);
        match (&bill.status, verdict.passes) {
            (Status::Failed, _) => note("bills that failed", 1),
            (Status::Stale { .. }, _) => note("bills that were stale", 1),
            (Status::Withdrawn, _) => note("bills taken back", 1),
            (Status::Enacted { .. }, Some(Route::Override)) => note("bills in force by override", 1),
            (Status::Enacted { .. }, Some(Route::Entrenched)) => note("bills in force that change an entrenched key", 1),
            (Status::Enacted { .. }, _) => note("bills in force simply", 1),
            _ => {}
        }
        note("votes whose end was put off", u64::from(bill.extended));
        note("ballots spoiled", tally.spoiled);
        note("ballots shown and not counted", tally.named);
        note("ballots counted under challenge", tally.provisional);
        note("ballots of those who lost their place", tally.struck);
        let cast = [tally.consumers, tally.workers];
        note("ballots counted", cast.iter().map(|count| count.in_favour + count.against + count.abstain).sum());
    }
    for word in crate::slow_law::challenges_of(law).into_values() {
        let what = [("upheld", "challenges upheld"), ("dismissed", "challenges dismissed"), ("lapsed", "challenges that lapsed")];
        what.iter().filter(|(of, _)| *of == word).for_each(|(_, what)| note(what, 1));
    }
    let (stated, standing) = (law.reconciliations.len() as u64, law.standing_reconciliations().len() as u64);
    note("reconciliations that stand", standing);
    note("reconciliations corrected", stated - standing);
    let late = |reason: &&String| reason.contains("after the vote ended");
    note("late ballots", history.issues.iter().flat_map(|printed| &printed.judged).filter_map(|judged| judged.reason.as_ref()).filter(late).count() as u64);
    let grace = law.charter().grace_period_ms;
    let lapsed = law.members.iter().filter(|(_, member)| member.consumer.is_some_and(|consumer| consumer.paid_to + grace < law.time())).count();
    note("members whose dues lapsed", lapsed as u64);
    note("members on the roll", law.members.iter().filter(|(_, member)| member.consumer.is_some()).count() as u64);
    note(
        "dues confirmed by a second person",
        law.dues.iter().filter(|(_, row)| row.registrar.is_some_and(|registrar| registrar != row.treasurer)).count() as u64,
    );
    note(
        "elections with winners",
        law.elections.iter().filter(|(_, row)| row.phase == Phase::Closed && row.outcome.as_ref().is_some_and(|end| !end.winners.is_empty())).count() as u64,
    );
    let offices: BTreeSet<_> = history.slow.iter().map(|after| &after.offices).collect();
    note("changes of offices", offices.len() as u64 - 1);
    let tellers: BTreeSet<_> = history.slow.iter().map(|after| &after.tellers).collect();
    note("changes of tellers", tellers.len() as u64 - 1);
    note("recoveries", history.issues.iter().filter(|printed| printed.issue.recovery.is_some()).count() as u64);
    note("jobs filled", law.jobs.iter().filter(|(_, job)| job.holder.is_some()).count() as u64);
    note("changes of the charter", law.charter_version() - 1);
    let undone = law.values.iter().flat_map(|(_, row)| &row.versions).filter(|version| version.undoes.is_some()).count();
    note("values that a repeal put back", undone as u64);
    note("people whom a bill expelled", law.expulsions.iter().count() as u64);
    events
}
