//! Several cores, what is on its way between them, and what their owners are asked. Nothing here has a time: a test
//! says what comes next.

use super::seen::Signed;
use crate::random::Random;
use ed25519_dalek::SigningKey;
use folkmoot_protocol::{
    agreement::{Certificate, Core, Input, Judgement, Message, Output, Place, Said, Timer, most_hostile, rules::Local},
    id::{CoopId, IssueId},
    identity::device_of,
};

/// What is agreed on here.
pub const PLACE: Place = Place { coop: CoopId([1; 32]), height: 0, prev: IssueId([2; 32]) };

/// What waits to happen to a teller.
#[derive(Debug, Clone)]
pub struct Due {
    /// The place of the teller.
    pub to: usize,
    /// What.
    pub input: Input,
    /// What it takes, if that is fixed: a timer's time.
    pub after_ms: Option<u64>,
}

/// Several tellers.
pub struct Several {
    /// In the order of tellers.
    pub keys: Vec<SigningKey>,
    /// In the order of tellers; none where one is hostile.
    pub cores: Vec<Option<Core>>,
    /// What honest ones signed.
    pub signed: Signed,
    /// What they certified.
    pub certified: Vec<Option<IssueId>>,
    /// The certificates that they made.
    pub certificates: Vec<(IssueId, Certificate)>,
    /// What was asked of a teller and waits.
    pub due: Vec<Due>,
    /// Chance.
    pub random: Random,
    /// Whether owners may find issues stale or unsound.
    pub picky: bool,
}

/// A crash in the middle of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// None.
    Not,
    /// Before what it did was committed: nothing of it was sent.
    BeforeCommit,
    /// After that, and before anything was sent.
    BeforeSend,
    /// After all of it was sent.
    AfterSend,
}

impl Several {
    /// So many tellers begin a height; the last ones in a random order are hostile.
    pub fn new(tellers: usize, hostile: usize, seed: u64, picky: bool) -> Self {
        let mut random = Random::new(seed);
        let mut keys: Vec<_> = (0..tellers).map(|_| SigningKey::from_bytes(&random.bytes())).collect();
        keys.sort_by_key(device_of);
        let devices: Vec<_> = keys.iter().map(device_of).collect();
        let mut signed = Signed { tellers, ..Signed::default() };
        while signed.hostile.len() < hostile.min(most_hostile(tellers)) {
            signed.hostile.insert(random.below(tellers as u64) as usize);
        }
        let begin = |place: usize| (!signed.hostile.contains(&place)).then(|| Core::begin(PLACE, &devices, devices[place], false).expect("a teller begins"));
        let cores = (0..tellers).map(begin).collect();
        let mut several = Self { keys, cores, signed, certified: vec![None; tellers], certificates: vec![], due: vec![], random, picky };
        (0..tellers).for_each(|place| several.restart(place));
        several
    }

    /// The places of the honest tellers.
    pub fn honest(&self) -> Vec<usize> {
        (0..self.cores.len()).filter(|place| self.cores[*place].is_some()).collect()
    }

    /// A teller starts again from its row.
    pub fn restart(&mut self, place: usize) {
        let Some(core) = &self.cores[place] else { return };
        let row = core.to_row();
        let mut again = Core::from_row(&row).expect("a row comes back");
        assert_eq!(again.to_row(), row);
        let before = *again.local();
        let outputs = again.resume(&self.keys[place]).expect("its own key");
        // What it sends again it had signed before; what else it says is new.
        let again_sent = |output: &&Output| matches!(output, Output::Send(message) if self.signed.said.get(&(message.round, place)).is_some_and(|said| said.contains(&message.said)));
        let new: Vec<_> = outputs.iter().filter(|output| !again_sent(output)).cloned().collect();
        self.cores[place] = Some(again);
        self.check(place, &before, &new);
        outputs.into_iter().for_each(|output| self.carry_out(place, output));
    }

    /// Something happens to a teller, and perhaps a crash with it.
    pub fn happen(&mut self, due: Due, crash: Crash) {
        let place = due.to;
        let Some(core) = &mut self.cores[place] else { return };
        let kept = core.clone();
        let outputs = core.handle(due.input, &self.keys[place]).expect("an input that is allowed");
        if crash == Crash::BeforeCommit {
            self.cores[place] = Some(kept);
            return self.restart(place);
        }
        self.check(place, kept.local(), &outputs);
        if crash == Crash::BeforeSend && self.cores[place].as_ref().is_some_and(|core| core.ended().is_none()) {
            return self.restart(place);
        }
        outputs.into_iter().for_each(|output| self.carry_out(place, output));
        if crash == Crash::AfterSend {
            self.restart(place);
        }
    }

    /// What a core did has to be among the steps of the rules.
    fn check(&mut self, place: usize, before: &Local, outputs: &[Output]) {
        let said: Vec<(u32, Said)> =
            outputs.iter().filter_map(|it| if let Output::Send(message) = it { Some((message.round, message.said)) } else { None }).collect();
        for (round, said) in &said {
            self.signed.said.entry((*round, place)).or_default().insert(*said);
        }
        let after = *self.cores[place].as_ref().expect("an honest teller").local();
        let words: Vec<_> = said.iter().map(|(_, said)| *said).collect();
        assert!(self.signed.allows(place, before, &after, &words), "{place}: {before:?} to {after:?} saying {words:?}");
        assert!(self.signed.is_honest(), "{:?}", self.signed.said);
    }

    fn carry_out(&mut self, place: usize, output: Output) {
        match output {
            Output::Send(message) => self.send(message),
            Output::Timer { timer, after_ms } => self.due.push(Due { to: place, input: Input::Tick(timer), after_ms: Some(after_ms) }),
            Output::Judge { issue, round, .. } => {
                let judgement = self.judge(issue);
                self.answer(place, Input::Judged { issue, round, judgement });
            }
            Output::Draft { round } => {
                let body = self.draft();
                self.answer(place, Input::Drafted { round, body });
            }
            Output::Ask { round } => self.offer(place, Some(round)),
            Output::Certified { issue, body, certificate } => {
                assert_eq!(IssueId::of(&body), issue);
                let devices: Vec<_> = self.keys.iter().map(device_of).collect();
                certificate.check(PLACE.coop, PLACE.height, PLACE.prev, issue, &devices).expect("a certificate holds");
                self.certified[place] = Some(issue);
                self.certificates.push((issue, certificate.clone()));
                (0..self.cores.len()).for_each(|to| self.answer(to, Input::Certified { issue, certificate: certificate.clone() }));
            }
            Output::Evidence(proof) => {
                assert!(proof.holds(PLACE.coop));
                let place = self.keys.iter().position(|key| device_of(key) == proof.first.teller).expect("a teller");
                assert!(self.signed.hostile.contains(&place), "an honest teller is accused");
            }
        }
    }

    /// Whoever certified an issue hands the certificate to all again.
    pub fn certified_again(&mut self) {
        for (issue, certificate) in self.certificates.clone() {
            (0..self.cores.len()).for_each(|to| self.answer(to, Input::Certified { issue, certificate: certificate.clone() }));
        }
    }

    /// Sends a message to all.
    pub fn send(&mut self, message: Message) {
        (0..self.cores.len()).for_each(|to| self.answer(to, Input::Message(message.clone())));
    }

    fn answer(&mut self, to: usize, input: Input) {
        self.due.push(Due { to, input, after_ms: None });
    }

    /// All others offer a teller what they hold.
    pub fn offer(&mut self, to: usize, round: Option<u32>) {
        let others = self.cores.iter().enumerate().filter(|(place, _)| *place != to).filter_map(|(_, core)| core.as_ref());
        let offered: Vec<_> = others.flat_map(|core| core.offer(round)).collect();
        offered.into_iter().for_each(|message| self.answer(to, Input::Message(message)));
    }

    /// A new issue; every eighth is not sound, where owners are picky.
    pub fn draft(&mut self) -> Vec<u8> {
        let body: [u8; 16] = self.random.bytes();
        let sound = !self.picky || !self.random.one_in(8);
        self.signed.issues.insert(IssueId::of(&body), sound);
        body.to_vec()
    }

    fn judge(&mut self, issue: IssueId) -> Judgement {
        match self.signed.issues.get(&issue) {
            Some(false) => Judgement::Unsound,
            _ if self.picky && self.random.one_in(6) => Judgement::Stale,
            _ => Judgement::Fresh,
        }
    }

    /// A hostile teller says something to one teller, or to all.
    pub fn lie(&mut self, rounds: u32, bodies: &[Vec<u8>]) {
        let hostile: Vec<_> = self.signed.hostile.iter().copied().collect();
        let (Some(place), Some(body)) = (self.random.pick(&hostile).copied(), self.random.pick(bodies).cloned()) else { return };
        let round = self.random.below(rounds.into()) as u32;
        let issue = IssueId::of(&body);
        let mine = folkmoot_protocol::agreement::proposer(PLACE.height, round, self.cores.len()) == place;
        let valid_round = (round > 0 && self.random.one_in(2)).then(|| self.random.below(round.into()) as u32);
        let (said, body) = match self.random.below(if mine { 5 } else { 4 }) {
            0 => (Said::Prevote(Some(issue)), None),
            1 => (Said::Precommit(Some(issue)), None),
            2 => (Said::Prevote(None), None),
            3 => (Said::Precommit(None), None),
            _ => (Said::Propose { issue, valid_round }, Some(body)),
        };
        let message = Message::sign(PLACE, round, said, body, &self.keys[place]);
        match self.random.one_in(2) {
            true => self.send(message),
            false => {
                let to = self.random.below(self.cores.len() as u64) as usize;
                self.answer(to, Input::Message(message));
            }
        }
    }

    /// Whether a timer of this round waits for a teller.
    pub fn timer(due: &Due) -> Option<Timer> {
        if let Input::Tick(timer) = due.input { Some(timer) } else { None }
    }
}
