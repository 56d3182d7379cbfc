//! Challenges: whose place among the consumers is disputed, and what came of it.

use super::Slow;
use folkmoot_protocol::{id::*, law::Office};

/// So many challenges by one person are open at one time, at most.
const BY_ONE_PERSON: usize = 5;

/// One challenge.
pub(super) struct SlowChallenge {
    pub(super) id: OpId,
    member: PersonId,
    by: PersonId,
    printed_in: usize,
    lapses: u64,
    end: Option<End>,
}

/// How a challenge ended.
struct End {
    issue: usize,
    time: u64,
    word: &'static str,
    /// How many receipts of anybody were recorded by then.
    receipts: u64,
}

impl SlowChallenge {
    /// Where it stands.
    pub(super) fn word(&self) -> &'static str {
        self.end.as_ref().map_or("open", |end| end.word)
    }

    fn upheld(&self) -> Option<&End> {
        self.end.as_ref().filter(|end| end.word == "upheld")
    }
}

impl Slow {
    pub(super) fn challenge(&mut self, issue: usize, time: u64, id: OpId, by: PersonId, member: PersonId) {
        let (grace, wait) = (self.duration("grace.period"), self.duration("refile.wait"));
        let open = || self.challenges.iter().filter(|row| row.end.is_none());
        let lately = |end: &End| end.word != "upheld" && end.time + wait > time;
        let refused = !self.consumers(time).contains(&by) && !self.works(by)
            || by == member
            || self.roll.get(&member).is_none_or(|(_, to)| to + grace < time)
            || open().any(|row| row.member == member)
            || open().filter(|row| row.by == by).count() >= BY_ONE_PERSON
            || self.challenges.iter().any(|row| (row.by, row.member) == (by, member) && row.end.as_ref().is_some_and(lately));
        if !refused {
            self.challenges.push(SlowChallenge { id, member, by, printed_in: issue, lapses: time + grace, end: None });
        }
    }

    pub(super) fn decide(&mut self, issue: usize, time: u64, person: PersonId, id: OpId, upheld: bool) {
        let (may, receipts) = (self.holds(Office::Auditor, person), self.receipts.len() as u64);
        let row = self.challenges.iter_mut().find(|row| row.id == id && row.end.is_none() && row.by != person && row.member != person);
        let Some(row) = row.filter(|_| may) else { return };
        let word = if upheld { "upheld" } else { "dismissed" };
        row.end = Some(End { issue, time, word, receipts });
        if upheld {
            let member = row.member;
            self.roll.remove(&member);
            self.queue.retain(|(_, waiting)| *waiting != member);
        }
    }

    /// What no auditor decided in time is dismissed.
    pub(super) fn lapse(&mut self, issue: usize, time: u64) {
        for row in self.challenges.iter_mut().filter(|row| row.end.is_none() && row.lapses <= time) {
            row.end = Some(End { issue, time, word: "lapsed", receipts: 0 });
        }
    }

    /// Whether somebody's place was disputed when an issue had been printed.
    pub(super) fn is_challenged(&self, person: PersonId, issue: usize) -> bool {
        let open = |row: &SlowChallenge| row.printed_in <= issue && row.end.as_ref().is_none_or(|end| end.issue > issue);
        self.challenges.iter().any(|row| row.member == person && open(row))
    }

    /// Whether somebody lost their place by an issue from one on, up to another.
    pub(super) fn lost_place(&self, person: PersonId, from: usize, until: usize) -> bool {
        self.challenges.iter().any(|row| row.member == person && row.upheld().is_some_and(|end| (from..=until).contains(&end.issue)))
    }

    /// Up to which number receipts count for somebody no more.
    pub(super) fn void_receipts(&self, person: PersonId) -> u64 {
        self.challenges.iter().filter(|row| row.member == person).filter_map(SlowChallenge::upheld).map(|end| end.receipts).max().unwrap_or(0)
    }

    /// Whether somebody who stood in an election that an issue opened is no member since they lost their place.
    pub(super) fn is_out(&self, person: PersonId, from: usize, until: usize) -> bool {
        self.lost_place(person, from, until) && !self.works(person) && !self.roll.contains_key(&person)
    }
}
