//! A hostile teller: its node runs the honest program, and what it says to the other tellers is bent.

use crate::random::Random;
use ed25519_dalek::SigningKey;
use folkmoot_node::service::Service;
use folkmoot_protocol::{
    agreement::{Message as Words, Place, Said},
    cbor,
    document::DocumentKind,
    id::*,
    law::{Issue, IssueError, PrintedOp},
    op::Content,
    wire::Message,
};
use std::collections::{BTreeMap, BTreeSet};

/// An hour, in ms.
const HOUR_MS: u64 = 3_600_000;
/// What a hostile teller makes of its proposals, in turn.
const PROPOSALS: [&str; 6] = ["", TWO_ISSUES, LEAVES_OUT, DATED_BACK, DATED_AHEAD, WRONG_REGISTER];
const TWO_ISSUES: &str = "teller: two proposals in one round";
const LEAVES_OUT: &str = "teller: a proposal without ballots that wait";
const DATED_BACK: &str = "teller: a proposal that is dated back";
const DATED_AHEAD: &str = "teller: a proposal that is dated ahead";
const WRONG_REGISTER: &str = "teller: a proposal with a wrong register";
/// What it makes of its votes, in turn.
const VOTES: [&str; 4] = ["", "teller: a vote for each side", "teller: two votes to everybody", "teller: no vote"];

/// What a hostile teller has in mind.
#[derive(Default)]
pub(crate) struct Crook {
    turn: u64,
    /// What it made of its proposals, so that each is made once.
    made: BTreeMap<(u64, u32, &'static str), Option<Vec<u8>>>,
    /// Issues that it proposed for the present number.
    proposed: BTreeMap<u64, BTreeSet<IssueId>>,
    /// What it did, and how often.
    pub(crate) did: BTreeMap<&'static str, u64>,
}

impl Crook {
    pub(crate) fn new(turn: u64) -> Self {
        Self { turn, ..Self::default() }
    }

    /// What leaves in place of a message; none: the message. `half`: of the others.
    pub(crate) fn bend(&mut self, half: bool, message: &Message, service: &Service, key: &SigningKey, random: &mut Random) -> Option<Vec<Message>> {
        match message {
            Message::Agreement(words) if words.teller == service.device() => self.say(half, words, service, key),
            Message::Gazette { .. } | Message::Issues(_) if half && random.one_in(2) => {
                self.note("teller: issues are withheld from some");
                Some(vec![])
            }
            _ => None,
        }
    }

    fn note(&mut self, what: &'static str) {
        *self.did.entry(what).or_insert(0) += 1;
    }

    fn say(&mut self, half: bool, words: &Words, service: &Service, key: &SigningKey) -> Option<Vec<Message>> {
        match words.said {
            Said::Propose { valid_round, .. } => self.propose(half, words, valid_round, service, key),
            Said::Prevote(issue) | Said::Precommit(issue) => self.vote(half, words, issue, service, key),
        }
    }

    fn propose(&mut self, half: bool, words: &Words, valid_round: Option<u32>, service: &Service, key: &SigningKey) -> Option<Vec<Message>> {
        let trick = PROPOSALS[((self.turn + words.height + u64::from(words.round)) % 6) as usize];
        if trick.is_empty() || valid_round.is_some() || trick == TWO_ISSUES && !half {
            return None;
        }
        let made = self.made.entry((words.height, words.round, trick)).or_insert_with(|| other_issue(words.body.as_deref()?, trick, service));
        let body = made.clone()?;
        let issue = IssueId::of(&body);
        self.proposed.entry(words.height).or_default().insert(issue);
        self.note(trick);
        let said = Said::Propose { issue, valid_round: None };
        Some(vec![signed(words, said, Some(body), service, key)?])
    }

    fn vote(&mut self, half: bool, words: &Words, issue: Option<IssueId>, service: &Service, key: &SigningKey) -> Option<Vec<Message>> {
        let trick = ((self.turn + words.height / 2 + u64::from(words.round)) % 4) as usize;
        let own = self.proposed.get(&words.height).and_then(|issues| issues.first()).copied();
        let other = own.filter(|own| Some(*own) != issue).or(if issue.is_some() { None } else { Some(IssueId(words.prev.0)) });
        let contrary = if let Said::Prevote(_) = words.said { Said::Prevote(other) } else { Said::Precommit(other) };
        let honest = Message::Agreement(Box::new(words.clone()));
        let bent = match (trick, half) {
            (0, _) | (1, false) => return None,
            (1, true) => vec![signed(words, contrary, None, service, key)?],
            (2, _) => vec![signed(words, contrary, None, service, key)?, honest],
            _ => vec![],
        };
        self.note(VOTES[trick]);
        Some(bent)
    }
}

fn signed(words: &Words, said: Said, body: Option<Vec<u8>>, service: &Service, key: &SigningKey) -> Option<Message> {
    let place = Place { coop: service.world().coop?, height: words.height, prev: words.prev };
    Some(Message::Agreement(Box::new(Words::sign(place, words.round, said, body, key))))
}

/// Another issue for the same number: as sound as the trick allows.
fn other_issue(body: &[u8], trick: &str, service: &Service) -> Option<Vec<u8>> {
    let (issue, law) = (cbor::decode::<Issue>(body).ok()?, service.world().law.as_ref()?);
    if issue.prev != law.issue() {
        return None;
    }
    let mut operations = service.store().as_reader().printed_operations(&issue.includes).ok()?;
    let mut time = issue.time + 1;
    match trick {
        LEAVES_OUT => leave_out_ballots(&mut operations),
        DATED_BACK => time = law.time() + 1,
        DATED_AHEAD => time += HOUR_MS,
        _ => {}
    }
    let (mut other, _) = law.clone().print(time, issue.more, &operations, |_| Ok::<_, IssueError>(issue.cuts.clone())).ok()?;
    if trick == WRONG_REGISTER {
        other.register[0] ^= 1;
    }
    Some(other.to_bytes())
}

/// Cuts each chain off before the first ballot in it.
fn leave_out_ballots(operations: &mut Vec<PrintedOp>) {
    let mut cut = BTreeSet::new();
    operations.retain(|printed| {
        let ballot = matches!(&printed.content, Ok(Content::Edit(edit)) if edit.kind == DocumentKind::Ballot);
        if ballot {
            cut.insert(printed.device);
        }
        !cut.contains(&printed.device)
    });
}
