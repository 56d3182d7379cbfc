//! Bills that cannot pass, whoever votes for them.

use super::{Bill, Body, Charter, Count, Electorate, Proposal, charter::ConflictRule, passing, state::State};
use crate::id::*;

impl State {
    /// Those whose ballots on a proposal are shown and not tallied, ascending.
    pub(super) fn excluded(&self, proposal: &Proposal) -> Vec<PersonId> {
        let mut excluded: Vec<PersonId> = match self.charter().conflict_rule {
            ConflictRule::Shown => proposal.beneficiaries().collect(),
            ConflictRule::Counted => vec![],
        };
        excluded.sort();
        excluded.dedup();
        excluded
    }

    /// Why a proposal could not pass if it were opened now and all voted for it; none where it could.
    pub fn why_never(&self, proposal: &Proposal) -> Option<String> {
        let electorate = self.electorate(self.time());
        Hopeless { charter: &self.charter(), electorate: &electorate, excluded: &self.excluded(proposal), entrenched: self.is_entrenched(proposal) }.why()
    }

    /// Why an open bill cannot pass though all vote for it; none where it can, or its vote has ended.
    pub fn why_hopeless(&self, bill: &Bill) -> Option<String> {
        let electorate = self.electorates.get(&bill.electorate).filter(|_| bill.is_open())?;
        Hopeless { charter: &self.charter_number(bill.charter), electorate, excluded: &bill.excluded, entrenched: bill.entrenched }.why()
    }
}

/// What it rests on whether a bill can pass.
struct Hopeless<'a> {
    charter: &'a Charter,
    electorate: &'a Electorate,
    excluded: &'a [PersonId],
    entrenched: bool,
}

impl Hopeless<'_> {
    fn why(&self) -> Option<String> {
        let [consumers, workers] = [&self.electorate.consumers, &self.electorate.workers].map(|voters| self.all_for(voters));
        // More ballots for a bill never make it fail.
        let verdict = passing::verdict(self.charter, consumers, workers, self.entrenched);
        if verdict.passes.is_some() {
            return None;
        }
        if self.excluded.is_empty() {
            let parts = [("consumers", &verdict.consumers), ("workers", &verdict.workers)].into_iter().filter(|(_, part)| !part.approves);
            let parts: Vec<String> = parts.map(|(name, part)| format!("{name}: {}", part.inequality)).collect();
            return Some(format!("it cannot pass, though all who can vote were for it: {}", parts.join("; ")));
        }
        let (named, left) = (self.excluded.len(), [consumers, workers].map(|body| body.count.in_favour));
        Some(format!(
            "it cannot pass: it names {named} whose ballots are not tallied, which leaves {} and {}, and {} and {} have to be for it; fewer names in one bill leave more votes",
            counted(left[0], "consumer"),
            counted(left[1], "worker"),
            verdict.consumers.quorum,
            verdict.workers.quorum
        ))
    }

    /// A body of whom all vote for it whose ballots are tallied.
    fn all_for(&self, voters: &[PersonId]) -> Body {
        let in_favour = voters.iter().filter(|voter| self.excluded.binary_search(voter).is_err()).count() as u64;
        Body { roll: voters.len() as u64, count: Count { in_favour, ..Count::default() } }
    }
}

fn counted(many: u64, what: &str) -> String {
    if many == 1 { format!("1 {what}") } else { format!("{many} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::charter::EmptyBody;

    fn why(consumers: u8, workers: u8, excluded: &[u8], charter: &Charter) -> Option<String> {
        let people = |from: u8, many: u8| (from..from + many).map(|n| PersonId([n; 32])).collect::<Vec<_>>();
        let electorate = Electorate { consumers: people(0, consumers), workers: people(100, workers) };
        let excluded: Vec<PersonId> = excluded.iter().map(|n| PersonId([*n; 32])).collect();
        Hopeless { charter, electorate: &electorate, excluded: &excluded, entrenched: false }.why()
    }

    #[test]
    fn who_is_named_may_leave_too_few() {
        let charter = Charter::default();
        let said = why(3, 1, &[0, 1], &charter).unwrap();
        assert!(said.contains("it names 2 whose ballots are not tallied, which leaves 1 consumer and 1 worker, and 2 and 1 have to be for it"), "{said}");
        assert_eq!(why(3, 1, &[0], &charter), None, "two of three consumers are enough");
        assert_eq!(why(3, 1, &[], &charter), None);
    }

    #[test]
    fn an_empty_body_may_stand_in_the_way() {
        let charter = |empty_body| Charter { empty_body, ..Charter::default() };
        let said = why(0, 2, &[], &charter(EmptyBody::Override)).unwrap();
        assert_eq!(said, "it cannot pass, though all who can vote were for it: consumers: nobody is in it: it cannot approve");
        assert_eq!(why(0, 2, &[], &charter(EmptyBody::Waived)), None);
    }
}
