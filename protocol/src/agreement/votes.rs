use super::{Said, most_hostile, rules::Proposal};
use crate::{id::IssueId, identity::SignatureBytes, limits};
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};

/// One thing that a teller (by its place among the tellers) signed in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Vote {
    #[n(0)]
    pub(super) round: u32,
    #[n(1)]
    pub(super) teller: u8,
    #[n(2)]
    pub(super) said: Said,
    #[n(3)]
    pub(super) signature: SignatureBytes,
}

/// What became of a vote that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// Nothing: it is known, or of a round that is not kept.
    No,
    /// It is kept.
    Yes,
    /// It is kept, and contradicts an earlier one.
    Contradicts(Vote),
}

/// What the tellers said, for the latest rounds up to the present one; above it, of each teller only what it said in its
/// newest round. Of each teller, round and kind: what it said first, one thing that contradicts it, and of whatever else it
/// said only what is the first word of another teller too. A quorum holds honest tellers, who say one thing; so nobody
/// misses a quorum that others have seen, and nobody can make it keep more than there are tellers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Votes {
    by: BTreeMap<(u32, u8, u8), Vec<Vote>>,
}

impl Votes {
    /// Takes a vote in. `named` are earlier rounds that are kept in spite of their age.
    pub(super) fn insert(&mut self, vote: Vote, present: u32, named: &BTreeSet<u32>) -> Kept {
        if !self.keeps(&vote, present, named) {
            return Kept::No;
        }
        if vote.round > present {
            self.by.retain(|(round, teller, _), _| *teller != vote.teller || *round <= present || *round == vote.round);
        }
        let known = self.by.entry((vote.round, vote.teller, vote.said.kind())).or_default();
        let contradicted = known.first().filter(|_| known.len() == 1).copied();
        known.push(vote);
        contradicted.map_or(Kept::Yes, Kept::Contradicts)
    }

    /// Whether a vote is not known, and one to keep.
    pub(super) fn keeps(&self, vote: &Vote, present: u32, named: &BTreeSet<u32>) -> bool {
        let is_old = vote.round > present && self.by.keys().any(|(round, teller, _)| *teller == vote.teller && *round > vote.round);
        let known = self.by.get(&(vote.round, vote.teller, vote.said.kind())).map(Vec::as_slice).unwrap_or_default();
        !is_old && is_kept(vote.round, present, named) && known.iter().all(|known| known.said != vote.said) && (known.len() < 2 || self.is_seconded(vote))
    }

    /// Whether another teller said the same before anything else of this kind and round.
    fn is_seconded(&self, vote: &Vote) -> bool {
        let of_round = self.by.range((vote.round, 0, 0)..=(vote.round, u8::MAX, u8::MAX));
        let mut others = of_round.filter(|((_, teller, _), _)| *teller != vote.teller).filter_map(|(_, said)| said.first());
        others.any(|first| first.said == vote.said)
    }

    /// The votes that were kept, if all of them are to be kept.
    pub(super) fn kept(votes: &[Vote], present: u32, named: &BTreeSet<u32>) -> Option<Self> {
        let mut kept = Self::default();
        let mut insert = |vote: &&Vote| kept.insert(**vote, present, named) == Kept::No;
        // What one teller said besides rests on what others said.
        let besides: Vec<&Vote> = votes.iter().filter(&mut insert).collect();
        let refused = besides.into_iter().filter(&mut insert).count();
        (refused == 0).then_some(kept)
    }

    /// Lets go of rounds that are too old.
    pub(super) fn prune(&mut self, present: u32, named: &BTreeSet<u32>) {
        self.by.retain(|(round, _, _), _| is_kept(*round, present, named));
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Vote> {
        self.by.values().flatten()
    }

    pub(super) fn of_round(&self, round: u32) -> impl Iterator<Item = &Vote> {
        self.by.range((round, 0, 0)..=(round, u8::MAX, u8::MAX)).flat_map(|(_, votes)| votes)
    }

    /// The pairs that contradict each other.
    pub(super) fn contradictions(&self) -> impl Iterator<Item = (Vote, Vote)> {
        self.by.values().filter_map(|votes| Some((*votes.first()?, *votes.get(1)?)))
    }

    /// What a teller said first of one kind in a round.
    pub(super) fn first(&self, round: u32, teller: u8, kind: u8) -> Option<&Vote> {
        self.by.get(&(round, teller, kind))?.first()
    }

    pub(super) fn rounds(&self) -> BTreeSet<u32> {
        self.by.keys().map(|(round, _, _)| *round).collect()
    }

    pub(super) fn proposals(&self, round: u32) -> Vec<Proposal> {
        let proposal = |vote: &Vote| match vote.said {
            Said::Propose { issue, valid_round } => Some(Proposal { issue, valid_round }),
            _ => None,
        };
        self.of_round(round).filter_map(proposal).collect()
    }

    /// How many tellers said just this in a round.
    pub(super) fn count(&self, round: u32, said: Said) -> usize {
        self.of_round(round).filter(|vote| vote.said == said).count()
    }

    /// How many tellers said anything of this kind in a round.
    pub(super) fn speakers(&self, round: u32, kind: u8) -> usize {
        self.by.range((round, 0, 0)..=(round, u8::MAX, u8::MAX)).filter(|((_, _, of), _)| *of == kind).count()
    }

    /// The issues that so many tellers named in this way in a round.
    pub(super) fn named_by(&self, quorum: usize, round: u32, kind: u8) -> BTreeSet<IssueId> {
        let votes: Vec<_> = self.of_round(round).filter(|vote| vote.said.kind() == kind && vote.said.issue().is_some()).collect();
        let many = votes.iter().filter(|vote| self.count(round, vote.said) >= quorum);
        many.filter_map(|vote| vote.said.issue()).collect()
    }

    /// The highest round above this one that more of `tellers` have come to than may be hostile.
    pub(super) fn ahead(&self, present: u32, tellers: usize) -> Option<u32> {
        let mut newest = BTreeMap::new();
        self.by.keys().filter(|(round, _, _)| *round > present).for_each(|(round, teller, _)| {
            newest.insert(*teller, *round);
        });
        let mut rounds: Vec<u32> = newest.into_values().collect();
        rounds.sort_by(|a, b| b.cmp(a));
        rounds.get(most_hostile(tellers)).copied()
    }
}

fn is_kept(round: u32, present: u32, named: &BTreeSet<u32>) -> bool {
    round > present || present - round < limits::ROUNDS_KEPT || named.contains(&round)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: IssueId = IssueId([1; 32]);
    const B: IssueId = IssueId([2; 32]);

    fn vote(round: u32, teller: u8, said: Said) -> Vote {
        Vote { round, teller, said, signature: SignatureBytes([0; 64]) }
    }

    fn with(votes: &[Vote], present: u32) -> Votes {
        let mut kept = Votes::default();
        votes.iter().for_each(|vote| {
            kept.insert(*vote, present, &BTreeSet::new());
        });
        kept
    }

    #[test]
    fn one_of_a_kind_and_one_that_contradicts_it() {
        let (first, second) = (vote(0, 1, Said::Prevote(Some(A))), vote(0, 1, Said::Prevote(None)));
        let mut votes = Votes::default();
        let none = BTreeSet::new();
        assert_eq!(votes.insert(first, 0, &none), Kept::Yes);
        assert_eq!(votes.insert(first, 0, &none), Kept::No);
        assert_eq!(votes.insert(second, 0, &none), Kept::Contradicts(first));
        assert_eq!(votes.insert(vote(0, 1, Said::Prevote(Some(B))), 0, &none), Kept::No);
        assert_eq!(votes.insert(vote(0, 1, Said::Precommit(Some(B))), 0, &none), Kept::Yes);
        assert_eq!(votes.contradictions().collect::<Vec<_>>(), [(first, second)]);
        assert_eq!((votes.speakers(0, 1), votes.count(0, first.said), votes.count(0, second.said)), (1, 1, 1));
    }

    #[test]
    fn whatever_else_one_says_is_kept_where_it_is_the_first_word_of_another() {
        let third = vote(0, 0, Said::Prevote(Some(B)));
        let mut votes = with(&[vote(0, 0, Said::Prevote(None)), vote(0, 0, Said::Prevote(Some(A))), third], 0);
        votes.insert(vote(0, 1, Said::Prevote(Some(A))), 0, &BTreeSet::new());
        votes.insert(vote(0, 1, Said::Prevote(Some(B))), 0, &BTreeSet::new());
        assert!(!votes.keeps(&third, 0, &BTreeSet::new()), "nobody else says so first");
        votes.insert(vote(0, 2, Said::Prevote(Some(B))), 0, &BTreeSet::new());
        assert_eq!(votes.insert(third, 0, &BTreeSet::new()), Kept::Yes);
        assert!(!votes.keeps(&third, 0, &BTreeSet::new()));
        assert_eq!((votes.count(0, third.said), votes.speakers(0, 1), votes.contradictions().count()), (3, 3, 2));
        let all: Vec<Vote> = votes.all().copied().collect();
        assert_eq!(Votes::kept(&all, 0, &BTreeSet::new()), Some(votes));
        assert_eq!(Votes::kept(&all[..4], 0, &BTreeSet::new()), None, "nothing that it rests on is there");
    }

    #[test]
    fn above_the_present_round_the_newest_of_each_teller_stays() {
        let far = vote(u32::MAX, 0, Said::Prevote(None));
        let votes = with(&[vote(3, 0, Said::Prevote(None)), vote(5, 1, Said::Prevote(None)), far, vote(4, 1, Said::Prevote(None))], 2);
        assert_eq!(votes.rounds(), [5, u32::MAX].into());
        assert_eq!(votes.ahead(2, 4), Some(5));
        assert_eq!(votes.ahead(2, 7), None);
        assert_eq!(votes.ahead(5, 4), None);
    }

    #[test]
    fn old_rounds_go_but_for_those_that_are_named() {
        let rounds = [0, 9, 10, 73];
        let mut votes = with(&rounds.map(|round| vote(round, 0, Said::Prevote(None))), 63);
        votes.prune(73, &[0].into());
        assert_eq!(votes.rounds(), [0, 10, 73].into());
        assert_eq!(votes.insert(vote(9, 1, Said::Prevote(None)), 73, &[0].into()), Kept::No);
        assert_eq!(votes.insert(vote(0, 1, Said::Prevote(None)), 73, &[0].into()), Kept::Yes);
    }

    #[test]
    fn an_issue_is_named_by_as_many_as_say_so() {
        let said = [Some(A), Some(A), None, Some(A)];
        let votes = with(&said.map(Said::Prevote).iter().zip(0..).map(|(said, i)| vote(0, i, *said)).collect::<Vec<_>>(), 0);
        assert_eq!(votes.named_by(3, 0, 1), [A].into());
        assert_eq!(votes.named_by(4, 0, 1), [].into());
        assert_eq!(votes.named_by(1, 0, 2), [].into());
    }
}
