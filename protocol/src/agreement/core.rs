use super::{
    AgreementError, Certificate, Contradiction, Input, Judgement, Message, Output, Place, Said, Timer, in_order, io, proposer, quorum,
    rules::{self, Backed, Local, Step},
    votes::{Kept, Vote, Votes},
};
use crate::{id::*, identity::device_of, limits};
use ed25519_dalek::SigningKey;
use std::collections::{BTreeMap, BTreeSet};

const STEPS: [Step; 3] = [Step::Propose, Step::Prevote, Step::Precommit];

/// One teller's part in the agreement on one height. Every input may change what [`Core::to_row`] says; the caller
/// commits that before it carries out any of the outputs, so that whatever was said is remembered.
#[derive(Debug, Clone)]
pub struct Core {
    pub(super) place: Place,
    /// In the order of devices.
    pub(super) tellers: Vec<DeviceId>,
    /// This teller's place among them.
    pub(super) me: u8,
    /// Whether timers run a hundred times as fast.
    pub(super) quick: bool,
    pub(super) local: Local,
    pub(super) votes: Votes,
    pub(super) bodies: BTreeMap<IssueId, Vec<u8>>,
    /// Of the issues whose bodies are held: whether they are sound, once that was judged.
    pub(super) sound: BTreeMap<IssueId, bool>,
    /// The issue that was certified.
    pub(super) ended: Option<IssueId>,
    pub(super) now: Now,
}

/// What belongs to the present round and is not remembered: after a restart it is asked anew.
#[derive(Debug, Clone, Default)]
pub(super) struct Now {
    pub(super) set: [bool; 3],
    pub(super) elapsed: [bool; 3],
    pub(super) fresh: BTreeMap<IssueId, bool>,
    pub(super) draft: Option<IssueId>,
    drafting: bool,
    judging: BTreeSet<IssueId>,
    /// Rounds that others were asked for: when they began, and for what was seen to be missing.
    asked: BTreeSet<(u32, bool)>,
}

impl Core {
    /// Begins a height with the tellers of the register after the issue before it.
    pub fn begin(place: Place, tellers: &[DeviceId], me: DeviceId, quick: bool) -> Result<Self, AgreementError> {
        let tellers = in_order(tellers).filter(|tellers| tellers.len() > 1).ok_or(AgreementError::Tellers(tellers.len()))?;
        let me = tellers.iter().position(|teller| *teller == me).ok_or(AgreementError::NoTeller(me))? as u8;
        let (votes, bodies, sound) = Default::default();
        Ok(Self { place, tellers, me, quick, local: Local::START, votes, bodies, sound, ended: None, now: Now::default() })
    }

    /// What there is to do at the beginning of a height, and after a restart: own messages of the present round,
    /// timers, questions.
    pub fn resume(&mut self, key: &SigningKey) -> Result<Vec<Output>, AgreementError> {
        self.check_key(key)?;
        if self.ended.is_some() {
            return Ok(vec![]);
        }
        self.now = Now::default();
        let own = self.votes.of_round(self.local.round).filter(|vote| vote.teller == self.me);
        let mut outputs: Vec<_> = own.map(|vote| Output::Send(self.message(vote))).collect();
        self.ask(self.local.round, false, &mut outputs);
        self.go_on(key, &mut outputs);
        Ok(outputs)
    }

    /// Takes an input in. After the end of the height nothing has an effect.
    pub fn handle(&mut self, input: Input, key: &SigningKey) -> Result<Vec<Output>, AgreementError> {
        self.check_key(key)?;
        let mut outputs = vec![];
        if self.ended.is_some() {
            return Ok(outputs);
        }
        match input {
            Input::Message(message) => self.hear(message, &mut outputs)?,
            Input::Tick(timer) => self.tick(timer),
            Input::Judged { issue, round, judgement } => self.judged(issue, round, judgement),
            Input::Drafted { round, body } => self.drafted(round, body)?,
            Input::Certified { issue, certificate } => self.end(issue, &certificate)?,
        }
        self.go_on(key, &mut outputs);
        Ok(outputs)
    }

    /// All that is held of a round, or of all rounds: what is offered on each connection, and to who asks.
    pub fn offer(&self, round: Option<u32>) -> Vec<Message> {
        let wanted = |vote: &&Vote| round.is_none_or(|round| vote.round == round);
        let with_body = |vote: &Vote| {
            let message = self.message(vote);
            let body = matches!(vote.said, Said::Propose { .. }).then(|| vote.said.issue()).flatten();
            Message { body: body.and_then(|issue| self.bodies.get(&issue)).cloned(), ..message }
        };
        self.votes.all().filter(wanted).map(with_body).collect()
    }

    /// Who contradicted themselves, as far as it is kept.
    pub fn contradictions(&self) -> Vec<Contradiction> {
        self.votes.contradictions().map(|(first, second)| self.contradiction(&first, &second)).collect()
    }

    /// What is agreed on.
    pub fn place(&self) -> Place {
        self.place
    }

    /// The state that the rules know.
    pub fn local(&self) -> &Local {
        &self.local
    }

    /// The bodies of the issues that others may certify with what this teller said: those that a quorum prevoted, as far as it
    /// knows, and the one that it prevoted in the present round.
    pub fn backed(&self) -> impl Iterator<Item = &[u8]> {
        let by_quorum = [self.local.locked, self.local.valid].into_iter().flatten().map(|backed| backed.issue);
        let own = self.votes.first(self.local.round, self.me, 1).and_then(|vote| vote.said.issue());
        by_quorum.chain(own).filter_map(|issue| self.body(issue))
    }

    /// The bodies of all issues that may still be certified.
    pub fn bodies(&self) -> impl Iterator<Item = &[u8]> {
        self.bodies.values().map(Vec::as_slice)
    }

    /// The body of an issue that may still be certified, if it is held.
    pub fn body(&self, issue: IssueId) -> Option<&[u8]> {
        self.bodies.get(&issue).map(Vec::as_slice)
    }

    /// Whether something that a teller said is of use here and not known, whatever was heard of it before: rounds and bodies
    /// that were let go of may be asked for again. Its signature is not looked at.
    pub fn lacks(&self, message: &Message) -> bool {
        let Message { height, prev, round, said, signature, .. } = *message;
        let place = self.tellers.iter().position(|teller| *teller == message.teller);
        let Some(teller) = place.filter(|_| (height, prev) == (self.place.height, self.place.prev)) else { return false };
        let vote = Vote { round, teller: teller as u8, said, signature };
        let unread = || said.issue().is_some_and(|issue| message.body.is_some() && self.body(issue).is_none() && self.wanted().contains(&issue));
        self.votes.keeps(&vote, self.local.round, &self.named_rounds()) || unread()
    }

    /// Something that an issue prints may have been let go of: what was judged of issues before says nothing any more, and
    /// nothing is signed for one before it is judged again. Answers the issues to be judged, and the present round.
    pub fn judge_anew(&mut self) -> (Vec<IssueId>, u32) {
        self.sound.clear();
        self.now.fresh.clear();
        self.now.judging.extend(self.bodies.keys());
        (self.bodies.keys().copied().collect(), self.local.round)
    }

    /// The issue that was certified here or elsewhere, at the end of the height.
    pub fn ended(&self) -> Option<IssueId> {
        self.ended
    }

    /// The devices of all tellers, ascending.
    pub fn tellers(&self) -> &[DeviceId] {
        &self.tellers
    }

    /// The device of this teller.
    pub fn me(&self) -> DeviceId {
        self.tellers[usize::from(self.me)]
    }

    fn check_key(&self, key: &SigningKey) -> Result<(), AgreementError> {
        let device = device_of(key);
        if device == self.me() { Ok(()) } else { Err(AgreementError::NoTeller(device)) }
    }

    fn hear(&mut self, message: Message, outputs: &mut Vec<Output>) -> Result<(), AgreementError> {
        let teller = self.check(&message)?;
        let Message { round, said, signature, body, .. } = message;
        let vote = Vote { round, teller, said, signature };
        if let Kept::Contradicts(first) = self.votes.insert(vote, self.local.round, &self.named_rounds()) {
            outputs.push(Output::Evidence(Box::new(self.contradiction(&first, &vote))));
        }
        if let (Some(body), Some(issue)) = (body, said.issue()) {
            self.bodies.entry(issue).or_insert(body);
        }
        Ok(())
    }

    /// Checks a stranger's message, what is cheap first. Answers its teller's place.
    fn check(&self, message: &Message) -> Result<u8, AgreementError> {
        let Place { coop, height, prev } = self.place;
        if (message.height, message.prev) != (height, prev) {
            return Err(AgreementError::Elsewhere { height: message.height, prev: message.prev, place: Box::new(self.place) });
        }
        let teller = self.tellers.iter().position(|teller| *teller == message.teller).ok_or(AgreementError::NoTeller(message.teller))?;
        if matches!(message.said, Said::Propose { .. }) && teller != proposer(height, message.round, self.tellers.len()) {
            return Err(AgreementError::NotItsTurn { round: message.round, teller: message.teller });
        }
        message.check(coop)?;
        Ok(teller as u8)
    }

    fn tick(&mut self, timer: Timer) {
        if timer.round == self.local.round && self.now.set[timer.step as usize] {
            self.now.elapsed[timer.step as usize] = true;
        }
    }

    fn judged(&mut self, issue: IssueId, round: u32, judgement: Judgement) {
        if !self.bodies.contains_key(&issue) {
            return;
        }
        self.sound.insert(issue, judgement != Judgement::Unsound);
        if round == self.local.round {
            self.now.fresh.insert(issue, judgement == Judgement::Fresh);
        }
    }

    fn drafted(&mut self, round: u32, body: Vec<u8>) -> Result<(), AgreementError> {
        if body.is_empty() || body.len() > limits::ISSUE_BYTES {
            return Err(AgreementError::Draft(body.len()));
        }
        if round == self.local.round && self.now.drafting {
            let issue = IssueId::of(&body);
            self.bodies.entry(issue).or_insert(body);
            self.now.draft = Some(issue);
        }
        Ok(())
    }

    fn end(&mut self, issue: IssueId, certificate: &Certificate) -> Result<(), AgreementError> {
        let Place { coop, height, prev } = self.place;
        certificate.check(coop, height, prev, issue, &self.tellers)?;
        self.ended = Some(issue);
        Ok(())
    }

    /// Takes the steps that the rules allow, as long as they allow one, then asks for what is missing.
    fn go_on(&mut self, key: &SigningKey, outputs: &mut Vec<Output>) {
        while self.ended.is_none() {
            if let Some(certified) = rules::certified(self) {
                return self.certify(certified, outputs);
            }
            let Some((local, said)) = rules::step(&self.local, self).into_iter().next() else { break };
            self.take(local, said, key, outputs);
        }
        if self.ended.is_none() {
            self.set_timers(outputs);
            self.ask_others(outputs);
            self.let_go();
            self.ask_the_owner(outputs);
        }
    }

    fn take(&mut self, local: Local, said: Option<Said>, key: &SigningKey, outputs: &mut Vec<Output>) {
        let before = self.local.round;
        self.local = local;
        if local.round != before {
            self.now = Now::default();
            self.votes.prune(local.round, &self.named_rounds());
            self.ask(local.round, false, outputs);
        }
        if let Some(said) = said {
            self.say(said, key, outputs);
        }
    }

    /// Signs and sends, unless something of this kind was said in this round: what a teller forgot with its disk
    /// but others brought back, it does not contradict.
    fn say(&mut self, said: Said, key: &SigningKey, outputs: &mut Vec<Output>) {
        let round = self.local.round;
        if self.votes.first(round, self.me, said.kind()).is_some() {
            return;
        }
        let body = matches!(said, Said::Propose { .. }).then(|| said.issue().and_then(|issue| self.bodies.get(&issue)).cloned());
        let message = Message::sign(self.place, round, said, body.flatten(), key);
        self.votes.insert(Vote { round, teller: self.me, said, signature: message.signature }, round, &BTreeSet::new());
        outputs.push(Output::Send(message));
    }

    fn certify(&mut self, certified: Backed, outputs: &mut Vec<Output>) {
        let Backed { round, issue } = certified;
        let votes = self.votes.of_round(round).filter(|vote| vote.said == Said::Precommit(Some(issue)));
        let signatures = votes.map(|vote| (self.tellers[usize::from(vote.teller)], vote.signature)).collect();
        let body = self.bodies.get(&issue).cloned().unwrap_or_default();
        self.ended = Some(issue);
        outputs.push(Output::Certified { issue, body, certificate: Certificate { round, signatures } });
    }

    /// Lines 21, 34 and 47. The proposer waits no longer for its own issue than others do.
    fn set_timers(&mut self, outputs: &mut Vec<Output>) {
        let Local { round, step, .. } = self.local;
        let heard = |kind| self.votes.speakers(round, kind) >= quorum(self.tellers.len());
        let due = [step == Step::Propose, step == Step::Prevote && heard(1), heard(2)];
        for step in STEPS.into_iter().filter(|step| due[*step as usize]) {
            let timer = Timer { round, step };
            if !std::mem::replace(&mut self.now.set[step as usize], true) {
                outputs.push(Output::Timer { timer, after_ms: timer.after_ms(self.quick) });
            }
        }
    }

    /// Asks for the prevotes that a proposal points at, and for bodies that a quorum names.
    fn ask_others(&mut self, outputs: &mut Vec<Output>) {
        let quorum = quorum(self.tellers.len());
        let lacks = |issue: &IssueId| !self.bodies.contains_key(issue);
        let proposals = self.votes.proposals(self.local.round);
        let unseen = proposals.iter().filter_map(|proposal| {
            let prevoted = |round: &u32| self.votes.count(*round, Said::Prevote(Some(proposal.issue))) >= quorum;
            proposal.valid_round.filter(|round| !prevoted(round))
        });
        let mut rounds: BTreeSet<u32> = unseen.collect();
        let unread = proposals.iter().any(|proposal| lacks(&proposal.issue)) || self.votes.named_by(quorum, self.local.round, 1).iter().any(lacks);
        rounds.extend(unread.then_some(self.local.round));
        rounds.extend(self.votes.rounds().into_iter().filter(|round| self.votes.named_by(quorum, *round, 2).iter().any(lacks)));
        rounds.into_iter().for_each(|round| self.ask(round, true, outputs));
    }

    fn ask(&mut self, round: u32, lacking: bool, outputs: &mut Vec<Output>) {
        if self.now.asked.insert((round, lacking)) {
            outputs.push(Output::Ask { round });
        }
    }

    fn ask_the_owner(&mut self, outputs: &mut Vec<Output>) {
        let Local { round, step, proposed, valid, .. } = self.local;
        let turn = proposer(self.place.height, round, self.tellers.len()) == usize::from(self.me);
        if step == Step::Propose && !proposed && valid.is_none() && turn && !std::mem::replace(&mut self.now.drafting, true) {
            outputs.push(Output::Draft { round });
        }
        let new: BTreeSet<_> = self.votes.proposals(round).iter().filter(|it| it.valid_round.is_none()).map(|it| it.issue).collect();
        for (issue, body) in &self.bodies {
            let open = !self.sound.contains_key(issue) || step == Step::Propose && new.contains(issue) && !self.now.fresh.contains_key(issue);
            if open && self.now.judging.insert(*issue) {
                outputs.push(Output::Judge { issue: *issue, round, body: body.clone() });
            }
        }
    }

    /// Lets go of bodies that nothing names any more: a stranger cannot make it keep more than a few.
    fn let_go(&mut self) {
        let wanted = self.wanted();
        self.bodies.retain(|issue, _| wanted.contains(issue));
        self.sound.retain(|issue, _| wanted.contains(issue));
    }

    fn wanted(&self) -> BTreeSet<IssueId> {
        let (round, quorum) = (self.local.round, quorum(self.tellers.len()));
        let mut wanted: BTreeSet<_> = self.votes.proposals(round).iter().map(|proposal| proposal.issue).collect();
        wanted.extend([self.local.locked, self.local.valid].into_iter().flatten().map(|backed| backed.issue));
        wanted.extend(self.votes.named_by(quorum, round, 1));
        wanted.extend(self.votes.rounds().into_iter().flat_map(|round| self.votes.named_by(quorum, round, 2)));
        let above = self.votes.rounds().into_iter().filter(|above| *above > round);
        wanted.extend(above.filter_map(|above| self.votes.proposals(above).first().map(|proposal| proposal.issue)));
        wanted
    }

    /// Rounds that are kept however old they are: what is locked or proposed rests on their prevotes.
    fn named_rounds(&self) -> BTreeSet<u32> {
        let own = [self.local.locked, self.local.valid].into_iter().flatten().map(|backed| backed.round);
        let proposed = self.votes.proposals(self.local.round).into_iter().filter_map(|proposal| proposal.valid_round);
        own.chain(proposed).collect()
    }

    fn message(&self, vote: &Vote) -> Message {
        let Vote { round, teller, said, signature } = *vote;
        let Place { height, prev, .. } = self.place;
        Message { height, prev, round, teller: self.tellers[usize::from(teller)], said, signature, body: None }
    }

    fn contradiction(&self, first: &Vote, second: &Vote) -> Contradiction {
        io::Contradiction { first: self.message(first), second: self.message(second) }
    }
}
