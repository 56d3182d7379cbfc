//! Ballots and how they are tallied.

use super::{Electorate, Recall, bill::Bill, passing::Count, state::State};
use crate::{
    document::{Edit, Key, Value},
    id::*,
    limits,
};
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;

/// What a ballot on a bill can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, serde::Serialize, serde::Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "lowercase")]
pub enum Choice {
    /// For the bill.
    #[n(0)]
    For,
    /// Against it.
    #[n(1)]
    Against,
    /// Recorded, and never counted.
    #[n(2)]
    Abstain,
}

impl Choice {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::For, Self::Against, Self::Abstain];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::For => "for",
            Self::Against => "against",
            Self::Abstain => "abstain",
        }
    }

    /// The choice of a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.name() == word)
    }
}

/// What a ballot says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Answer {
    /// On a bill or a recall.
    #[n(0)]
    Choice(#[n(0)] Choice),
    /// In an election: candidates, the first choice first; to one seat those who are acceptable, ascending. On
    /// priorities: the features of which it approves ([`super::Priorities::ballot_id`]), ascending.
    #[n(1)]
    Ranking(#[n(0)] Vec<PersonId>),
}

impl Answer {
    fn read(edit: &Edit) -> Result<Self, String> {
        match (edit.value(Key::Choice), edit.value(Key::Ranking)) {
            (Some(Value::Text(word)), None) => {
                let choice = Choice::of(word).ok_or_else(|| format!("a ballot says for, against or abstain, not {word}"))?;
                Ok(Self::Choice(choice))
            }
            (None, Some(Value::Ranking(ranking))) => Ok(Self::Ranking(ranking.clone())),
            (None, None) => Err("it does not say what it chooses".into()),
            _ => Err("it says something on a bill and in an election at once".into()),
        }
    }
}

/// The printed edits of one person's ballot on one bill, or in one election.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Ballot {
    /// In the order in which they were printed.
    #[n(0)]
    pub edits: Vec<BallotEntry>,
}

/// One edit of a ballot.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct BallotEntry {
    /// The operation.
    #[n(0)]
    pub op: OpId,
    /// The device that signed it.
    #[n(1)]
    pub device: DeviceId,
    /// The edits that it follows.
    #[n(2)]
    pub at: Vec<OpId>,
    /// What it says.
    #[n(3)]
    pub answer: Answer,
}

impl BallotEntry {
    /// Reads an edit of a ballot: on which bill or in which election, and what it says.
    pub fn read(op: OpId, device: DeviceId, edit: &Edit) -> Result<(OpId, Self), String> {
        edit.check().map_err(|error| error.to_string())?;
        let Some(Value::Operation(bill)) = edit.value(Key::Bill) else { return Err("it does not say on which bill it is".into()) };
        let answer = Answer::read(edit)?;
        Ok((*bill, Self { op, device, at: edit.at.clone(), answer }))
    }
}

impl Ballot {
    /// What it says: one answer; several where edits that do not know of each other disagree, which spoils it until
    /// its voter chooses; none where what its edits follow is not printed. Only the set of values counts, never the
    /// order in which Automerge has them. It is what the document of these edits says, found without Automerge,
    /// which takes a thousand times as long.
    pub fn answers(&self) -> BTreeSet<&Answer> {
        let marks = self.marks();
        marks.said(marks.known)
    }

    /// The edits on top, ascending: what the next one has to follow to take the place of all that it says. Edits that wait
    /// for what is not printed are none of them.
    pub fn heads(&self) -> Vec<OpId> {
        let marks = self.marks();
        let followed = marks.before.iter().fold(0, |sum, before| sum | before);
        let mut heads: Vec<OpId> = self.edits.iter().enumerate().filter(|(at, _)| marks.known & !followed & 1 << at != 0).map(|(_, edit)| edit.op).collect();
        heads.sort();
        heads
    }

    /// The edits whose answers stand, ascending: those that nothing later replaced. An edit that says the same once more is none.
    pub fn standing(&self) -> BTreeSet<OpId> {
        let marks = self.marks();
        let standing = marks.standing(marks.known);
        self.edits.iter().enumerate().filter(|(at, _)| standing & 1 << at != 0).map(|(_, edit)| edit.op).collect()
    }

    fn marks(&self) -> Marks<'_> {
        let mut marks = Marks { edits: &self.edits, known: 0, puts: 0, before: vec![0; self.edits.len()], replaced: vec![0; self.edits.len()] };
        while let Some((at, before)) = marks.next() {
            marks.take(at, before);
        }
        marks
    }

    /// What it says on a bill.
    pub fn choices(&self) -> BTreeSet<Choice> {
        self.answers().into_iter().filter_map(|answer| if let Answer::Choice(choice) = answer { Some(*choice) } else { None }).collect()
    }

    /// What it says in an election or on priorities.
    pub fn rankings(&self) -> BTreeSet<&[PersonId]> {
        self.answers().into_iter().filter_map(|answer| if let Answer::Ranking(ranking) = answer { Some(ranking.as_slice()) } else { None }).collect()
    }

    /// Takes an edit in; one that is there already changes nothing.
    pub fn insert(&mut self, entry: BallotEntry) -> Result<(), String> {
        if self.edits.iter().any(|edit| edit.op == entry.op) {
            return Ok(());
        }
        if self.edits.len() >= limits::EDITS_PER_BALLOT {
            return Err(format!("a ballot takes at most {} edits", limits::EDITS_PER_BALLOT));
        }
        self.edits.push(entry);
        Ok(())
    }
}

/// Edits of a ballot in sets, one bit for each by its place.
struct Marks<'a> {
    edits: &'a [BallotEntry],
    /// Those that are there with all that they follow.
    known: u64,
    /// Those that say something else than what they follow.
    puts: u64,
    /// Of each: all that it follows, near and far,
    before: Vec<u64>,
    /// and what of that it replaced.
    replaced: Vec<u64>,
}

const _: () = assert!(limits::EDITS_PER_BALLOT <= u64::BITS as usize, "a bit for each edit");

impl<'a> Marks<'a> {
    /// An edit of which all that it follows is known, and all that.
    fn next(&self) -> Option<(usize, u64)> {
        let open = (0..self.edits.len().min(u64::BITS as usize)).filter(|at| self.known & 1 << at == 0);
        open.filter_map(|at| Some((at, self.follows(&self.edits[at])?))).next()
    }

    fn follows(&self, edit: &BallotEntry) -> Option<u64> {
        edit.at.iter().try_fold(0, |sum, op| {
            let at = self.edits.iter().position(|other| other.op == *op)?;
            (self.known & 1 << at != 0).then(|| sum | self.before[at] | 1 << at)
        })
    }

    /// To say once more what is said alone changes nothing, as in any document.
    fn take(&mut self, at: usize, before: u64) {
        let stands = self.standing(before);
        self.known |= 1 << at;
        self.before[at] = before;
        if stands.count_ones() != 1 || !self.said(before).contains(&self.edits[at].answer) {
            self.puts |= 1 << at;
            self.replaced[at] = stands;
        }
    }

    /// What nothing among these has replaced.
    fn standing(&self, among: u64) -> u64 {
        let puts = self.puts & among;
        puts & !self.replaced.iter().enumerate().filter(|(at, _)| puts & 1 << at != 0).fold(0, |sum, (_, replaced)| sum | replaced)
    }

    fn said(&self, among: u64) -> BTreeSet<&'a Answer> {
        let standing = self.standing(among);
        self.edits.iter().enumerate().filter(|(at, _)| standing & 1 << at != 0).map(|(_, edit)| &edit.answer).collect()
    }
}

/// How the two bodies voted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode, serde::Serialize)]
#[cbor(array)]
pub struct Tally {
    /// Among the consumers.
    #[n(0)]
    pub consumers: Count,
    /// Among the workers.
    #[n(1)]
    pub workers: Count,
    /// Ballots that say several things at once and count for none.
    #[n(2)]
    pub spoiled: u64,
    /// Ballots of those whom the bill names: shown, not counted.
    #[n(3)]
    pub named: u64,
    /// Of those counted, the ballots of consumers whose place is challenged.
    #[cbor(n(4), skip_if = "is_zero")]
    pub provisional: u64,
    /// Ballots of consumers whose place an upheld challenge ended: shown, not counted.
    #[cbor(n(5), skip_if = "is_zero")]
    pub struck: u64,
}

/// What is not said of most tallies is not kept of them.
fn is_zero(figure: &u64) -> bool {
    *figure == 0
}

/// Where somebody's ballot on a bill counts.
#[derive(Debug, Clone, Copy)]
struct Voice {
    consumer: bool,
    worker: bool,
    /// An upheld challenge ended their place among the consumers since the bill was opened.
    struck: bool,
    /// Their place among the consumers is challenged.
    challenged: bool,
}

impl Tally {
    /// Counts what a voter's ballot says, or takes that out of the count again; none for no ballot.
    fn shift(&mut self, voice: Voice, named: bool, choices: &BTreeSet<Choice>, by: impl Fn(&mut u64)) {
        let Some(choice) = choices.first().filter(|_| voice.consumer || voice.worker || voice.struck) else { return };
        if named {
            return by(&mut self.named);
        }
        if choices.len() > 1 {
            return by(&mut self.spoiled);
        }
        if !voice.consumer && !voice.worker {
            return by(&mut self.struck);
        }
        if voice.challenged {
            by(&mut self.provisional);
        }
        for (count, votes) in [(&mut self.consumers, voice.consumer), (&mut self.workers, voice.worker)] {
            match choice {
                _ if !votes => {}
                Choice::For => by(&mut count.in_favour),
                Choice::Against => by(&mut count.against),
                Choice::Abstain => by(&mut count.abstain),
            }
        }
    }
}

impl State {
    /// Takes a printed edit of a ballot in.
    pub(super) fn vote(&mut self, voter: PersonId, document: Option<DocumentId>, op: OpId, device: DeviceId, edit: &Edit) -> Result<(), String> {
        let (id, mut entry) = BallotEntry::read(op, device, edit)?;
        if document != Some(DocumentId::ballot_of(id, voter)) {
            return Err("it is not the ballot of that person on that bill".into());
        }
        let (electorate, opened_height, outside) = self.admit(id, &mut entry.answer)?;
        let Some(electorate) = self.electorates.get(&electorate).filter(|electorate| electorate.votes(voter)) else {
            return Err(format!("its voter was {outside} was opened"));
        };
        if self.is_expelled(voter) {
            return Err("a bill expelled its voter".into());
        }
        if self.has_lost_vote(electorate, voter, opened_height) {
            return Err("a challenge of its voter's place among the consumers was upheld".into());
        }
        let before = self.ballots.get(&(id, voter)).cloned();
        let mut ballot = before.clone().unwrap_or_default();
        ballot.insert(entry)?;
        self.move_tally(id, voter, before.as_ref(), &ballot);
        self.ballots.insert((id, voter), ballot);
        Ok(())
    }

    /// Takes an answer as that of a ballot in what is open under an id; answers who may vote, the issue that opened it, and how
    /// to say that somebody may not. Or says why it is none.
    fn admit(&self, id: OpId, answer: &mut Answer) -> Result<([u8; 32], u64, &'static str), String> {
        if let Some(election) = self.elections.get(&id) {
            return Ok((election.admit(answer)?, election.opened_height, election.outside()));
        }
        if let Some(recall) = self.recalls.get(&id) {
            return Ok((recall.admit(answer)?, recall.opened_height, Recall::OUTSIDE));
        }
        if let Some(vote) = self.priorities.get(&id) {
            return Ok((vote.admit(answer)?, vote.opened_height, "in neither body when the vote on priorities"));
        }
        let bill = self.admit_on_bill(id, answer)?;
        Ok((bill.electorate, bill.opened_height, "in neither body when the bill"))
    }

    /// Brings the tally of an open bill up to date with what a voter's ballot said and says now.
    fn move_tally(&mut self, id: OpId, voter: PersonId, before: Option<&Ballot>, now: &Ballot) {
        let Some(bill) = self.bills.get(&id) else { return };
        let Some(electorate) = self.electorates.get(&bill.electorate) else { return };
        let (voice, named) = (self.voice(bill, electorate, voter), bill.excludes(voter));
        let mut tally = self.tally(id);
        if let Some(before) = before {
            tally.shift(voice, named, &before.choices(), |figure| *figure -= 1);
        }
        tally.shift(voice, named, &now.choices(), |figure| *figure += 1);
        self.index.tallies.insert(id, tally);
    }

    /// Takes an answer as that of a ballot on a bill, and answers the bill; or says why it is none.
    fn admit_on_bill(&self, id: OpId, answer: &Answer) -> Result<&Bill, String> {
        let Some(bill) = self.bills.get(&id) else { return Err("no such bill is open".into()) };
        if !bill.is_open() {
            return Err("it came after the vote ended".into());
        }
        match answer {
            Answer::Choice(_) => Ok(bill),
            Answer::Ranking(_) => Err("a ballot on a bill says for, against or abstain".into()),
        }
    }

    /// The ballots in a vote that is open, as printed.
    pub fn ballots_on(&self, bill: OpId) -> impl Iterator<Item = (PersonId, &Ballot)> {
        self.ballots.under(bill, PersonId::ZERO)
    }

    /// Who may vote on a bill, in an election, on priorities or on a recall on which ballots are taken, by the hash of the list.
    pub fn electorate_voting_on(&self, id: OpId) -> Option<[u8; 32]> {
        let bill = self.bills.get(&id).filter(|bill| bill.is_open()).map(|bill| bill.electorate);
        let election = || self.elections.get(&id).filter(|election| election.phase == super::Phase::Voting).map(|election| election.electorate);
        let priorities = || self.priorities.get(&id).filter(|vote| vote.is_open()).map(|vote| vote.electorate);
        let recall = || self.recalls.get(&id).filter(|recall| recall.is_open()).map(|recall| recall.electorate);
        bill.or_else(election).or_else(priorities).or_else(recall)
    }

    /// Whether ballots are taken under an id.
    pub fn is_voted_on(&self, id: OpId) -> bool {
        self.electorate_voting_on(id).is_some()
    }

    /// Somebody's ballot in a vote that is open, as printed.
    pub fn ballot_of(&self, vote: OpId, voter: PersonId) -> Option<&Ballot> {
        self.ballots.get(&(vote, voter))
    }

    /// A vote has ended: its ballots stay in the operations, not in the register.
    pub(super) fn drop_ballots(&mut self, id: OpId) {
        let voters: Vec<PersonId> = self.ballots_on(id).map(|(voter, _)| voter).collect();
        for voter in voters {
            self.ballots.remove(&(id, voter));
        }
    }

    /// The tally of an open bill by its printed ballots.
    pub fn tally(&self, id: OpId) -> Tally {
        self.index.tallies.get(&id).copied().unwrap_or_else(|| self.recount(id))
    }

    /// The same, counted anew ballot by ballot.
    pub fn recount(&self, id: OpId) -> Tally {
        self.tally_with(id, true)
    }

    /// The same without consumers whose place is challenged.
    pub(super) fn firm_tally(&self, id: OpId) -> Tally {
        self.tally_with(id, false)
    }

    fn tally_with(&self, id: OpId, challenged: bool) -> Tally {
        let mut tally = Tally::default();
        let Some(bill) = self.bills.get(&id) else { return tally };
        let Some(electorate) = self.electorates.get(&bill.electorate) else { return tally };
        for (voter, ballot) in self.ballots_on(id) {
            let voice = self.voice(bill, electorate, voter);
            let consumer = voice.consumer && (challenged || !voice.challenged);
            tally.shift(Voice { consumer, ..voice }, bill.excludes(voter), &ballot.choices(), |figure| *figure += 1);
        }
        tally
    }

    fn voice(&self, bill: &Bill, electorate: &Electorate, voter: PersonId) -> Voice {
        let (consumer, worker) = (electorate.is_consumer(voter), electorate.is_worker(voter));
        let struck = consumer && self.is_struck_since(voter, bill.opened_height);
        Voice { consumer: consumer && !struck, worker, struck, challenged: consumer && self.challenged.contains(&voter) }
    }

    /// The ballots of those who still have a vote in what was opened by an issue of that height.
    pub(super) fn counted_ballots(&self, id: OpId, electorate: [u8; 32], opened_height: u64) -> impl Iterator<Item = &Ballot> {
        let electorate = self.electorates.get(&electorate);
        let votes = move |voter| electorate.is_none_or(|electorate| !self.has_lost_vote(electorate, voter, opened_height));
        self.ballots_on(id).filter(move |(voter, _)| votes(*voter)).map(|(_, ballot)| ballot)
    }

    /// Whether somebody has no vote any more in what was opened by an issue of that height: an upheld challenge ended
    /// it, and they do not vote as a worker.
    pub fn has_lost_vote(&self, electorate: &Electorate, voter: PersonId, opened_height: u64) -> bool {
        !electorate.is_worker(voter) && self.is_struck_since(voter, opened_height)
    }
}
